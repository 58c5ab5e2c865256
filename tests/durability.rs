//! An answer that got its response is on disk, whatever happens to the server then.

#![allow(clippy::unwrap_used)] // a test may panic: the allowance in clippy.toml does not reach helper functions

#[path = "support/forms.rs"]
mod forms;

use sqlx::{Connection, SqliteConnection};
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use tokio::sync::mpsc;

/// How often the server is killed.
const DEATHS: usize = 20;
/// How many learners answer at once.
const LEARNERS: usize = 4;

struct Server {
    child: Child,
    url: String,
}

/// The program itself, on a database of its own.
fn serve(data: &Path) -> Server {
    let mut child = Command::new(env!("CARGO_BIN_EXE_doujia"))
        .args(["serve", "--listen", "127.0.0.1:0", "--log", "error", "--data"])
        .arg(data)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = lines.next().unwrap().unwrap();
    let url = line.split_whitespace().last().unwrap().trim_end_matches('/').to_owned();
    Server { child, url }
}

/// Answers one question after the other until the server is gone, and tells the number of each review it hears of.
async fn answer_until_the_end(url: String, told: mpsc::UnboundedSender<i64>) -> Result<(), reqwest::Error> {
    let policy = reqwest::redirect::Policy::none();
    let client = reqwest::Client::builder().cookie_store(true).redirect(policy).build()?;
    let home = client.get(&url).send().await?.text().await?;
    let start = forms::filled(&home, "/start").unwrap();
    client.post(format!("{url}/start")).form(&start).send().await?;
    loop {
        let page = client.get(format!("{url}/study")).send().await?.text().await?;
        let Some(answer) = forms::filled(&page, "/study/answer") else { return Ok(()) };
        let response = client.post(format!("{url}/study/answer")).form(&answer).send().await?;
        let location = response.headers().get("location").and_then(|to| to.to_str().ok()).unwrap_or("");
        if let Some((_, id)) = location.rsplit_once("/study/feedback/") {
            told.send(id.parse().unwrap()).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_acknowledged_answer_survives_kill_9() {
    let folder = tempfile::tempdir().unwrap();
    let mut told: BTreeSet<i64> = BTreeSet::new();
    for death in 0..DEATHS {
        let mut server = serve(folder.path());
        let (tell, mut hear) = mpsc::unbounded_channel();
        for _ in 0..LEARNERS {
            tokio::spawn(answer_until_the_end(server.url.clone(), tell.clone()));
        }
        drop(tell);
        // In the middle of the stream, each time a little later; the others' answers are under way.
        for _ in 0..=death {
            told.extend(hear.recv().await);
        }
        server.child.kill().unwrap();
        server.child.wait().unwrap();
        while let Some(id) = hear.recv().await {
            told.insert(id);
        }
    }
    assert!(told.len() > DEATHS, "only {} answers came through", told.len());
    let file = folder.path().join("doujia.db");
    let mut database = SqliteConnection::connect(&format!("sqlite:{}", file.display())).await.unwrap();
    let kept: Vec<i64> = sqlx::query_scalar("select id from reviews").fetch_all(&mut database).await.unwrap();
    let lost: Vec<&i64> = told.iter().filter(|id| !kept.contains(id)).collect();
    assert!(lost.is_empty(), "{} of {} acknowledged answers are lost: {lost:?}", lost.len(), told.len());
}
