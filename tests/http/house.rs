//! A service for one test.

use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;

use doujia::bank::Library;
use doujia::store::file_url;
use doujia::web::{Server, Setup};
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

use crate::browser::Browser;

/// One question of each kind.
pub(crate) const BANK: &str = include_str!("bank.yaml");
const SCENARIO: &str = include_str!("../../content/scenarios/delete-bare-pod.yaml");
const FACTS: &str = include_str!("facts.yaml");

/// A running service.
pub(crate) struct House {
    pub(crate) url: String,
    /// The link for the first administrator that it printed at its start.
    pub(crate) welcome: Option<String>,
    folder: TempDir,
    clock: Arc<AtomicI64>,
    running: Option<(actix_web::dev::ServerHandle, JoinHandle<()>)>,
    base: Option<&'static str>,
    bank: String,
}

/// Monday, 2 March 2026, nine in the morning in Shanghai.
pub(crate) fn monday() -> Timestamp {
    "2026-03-02T01:00:00Z".parse().unwrap()
}

impl House {
    pub(crate) fn new() -> House {
        House::with(BANK, None)
    }

    /// With only these questions of the bank, in its order.
    pub(crate) fn of_questions(idents: &[&str]) -> House {
        House::with(&only(idents), None)
    }

    pub(crate) fn with(bank: &str, base: Option<&'static str>) -> House {
        let mut house = House {
            url: String::new(),
            welcome: None,
            folder: tempfile::tempdir().unwrap(),
            clock: Arc::new(AtomicI64::new(monday().as_millisecond())),
            running: None,
            base,
            bank: bank.to_owned(),
        };
        house.start();
        house
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.folder.path().join("doujia.db")
    }

    fn start(&mut self) {
        let files = [("bank.yaml", &*self.bank), ("scenario.yaml", SCENARIO), ("facts.yaml", FACTS)]
            .map(|(name, text)| (name.to_owned(), text.to_owned()));
        let library = Library::read(&files).unwrap_or_else(|problems| panic!("{problems:#?}"));
        let clock = Arc::clone(&self.clock);
        let setup = Setup {
            listen: "127.0.0.1:0".to_owned(),
            database_url: file_url(&self.database()),
            base: self.base.map(|base| base.parse().unwrap()),
            proxies: Default::default(),
            metrics: None,
            clock: Box::new(move || Timestamp::from_millisecond(clock.load(Ordering::SeqCst)).unwrap()),
            library: Some(library),
        };
        let (tell, told) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let server = Server::start(setup).await.unwrap();
                tell.send((server.address(), server.handle(), server.welcome().map(str::to_owned))).unwrap();
                server.run().await.unwrap();
            });
        });
        let (address, handle, welcome) = told.recv().unwrap();
        self.welcome = welcome;
        self.url = format!("http://{address}");
        self.running = Some((handle, thread));
    }

    /// Stops it and starts it again on the same file, perhaps with other content.
    pub(crate) async fn restart(&mut self, bank: Option<String>) {
        if let Some((handle, thread)) = self.running.take() {
            handle.stop(true).await;
            thread.join().unwrap();
        }
        if let Some(bank) = bank {
            self.bank = bank;
        }
        self.start();
    }

    /// Turns the clock on.
    pub(crate) fn later(&self, by: SignedDuration) {
        self.clock.fetch_add(i64::try_from(by.as_millis()).unwrap(), Ordering::SeqCst);
    }

    /// A browser that was never here.
    pub(crate) fn browser(&self) -> Browser {
        Browser::new(&self.url)
    }

    /// A browser whose guest has pressed the one button.
    pub(crate) async fn guest(&self) -> Browser {
        let mut browser = self.browser();
        browser.open("/").await;
        browser.submit("form[action$='/start']", &[("zone", "Asia/Shanghai")]).await;
        assert_eq!(browser.status, 200, "{}", browser.html);
        browser
    }

    /// Does to the database what no page does.
    pub(crate) async fn break_it(&self, sql: &'static str) {
        sqlx::any::install_default_drivers();
        let pool = sqlx::AnyPool::connect(&file_url(&self.database())).await.unwrap();
        sqlx::query(sql).execute(&pool).await.unwrap();
        pool.close().await;
    }

    /// How many rows a query counts.
    pub(crate) async fn count(&self, sql: &'static str) -> i64 {
        sqlx::any::install_default_drivers();
        let pool = sqlx::AnyPool::connect(&file_url(&self.database())).await.unwrap();
        let count = sqlx::query_scalar(sql).fetch_one(&pool).await.unwrap();
        pool.close().await;
        count
    }
}

impl Drop for House {
    fn drop(&mut self) {
        if let Some((handle, thread)) = self.running.take() {
            // Not gracefully: nobody waits for an answer any more.
            drop(handle.stop(false));
            let _ = thread.join();
        }
    }
}

/// The bank with only these questions.
pub(crate) fn only(idents: &[&str]) -> String {
    let (header, questions) = BANK.split_once("questions:").unwrap();
    let wanted = |question: &&str| idents.iter().any(|ident| question.starts_with(&format!("{ident}\n")));
    let kept: Vec<&str> = questions.split("\n  - id: ").filter(wanted).collect();
    assert_eq!(kept.len(), idents.len(), "{idents:?}");
    format!("{header}questions:\n  - id: {}\n", kept.join("\n  - id: "))
}
