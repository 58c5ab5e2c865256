//! From a configuration to a service that answers, and its orderly end.

use std::net::SocketAddr;

use actix_web::dev::ServerHandle;
use actix_web::middleware::from_fn;
use actix_web::{App as ActixApp, HttpServer, web};

use crate::bank::Library;
use crate::content;
use crate::locale::locale;
use crate::problem::Problem;
use crate::store::{self, DatabaseFile, Lock, Store, Ticket};
use crate::text::Lang;

use super::client::Proxies;
use super::cookies::Token;
use super::fields::MAXIMUM_FORM;
use super::manners::manners;
use super::routes::routes;
use super::{App, BaseUrl, Clock, metrics};

/// How long requests under way may take after the service was told to stop, in seconds.
const FAREWELL: u64 = 4;

/// Why the service did not start or broke off.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The database cannot be used; its error says what to do.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The content cannot be used. What comes with the program is tested, so that this is content of one's own.
    #[error("cannot use the content: {0}")]
    Content(String),
    /// Another program listens there already, or this one may not.
    #[error("cannot listen on {address}")]
    Listen {
        /// Where.
        address: String,
        /// Why not.
        source: std::io::Error,
    },
    /// The system gives no random numbers, without which nobody gets a session.
    #[error("no random numbers: {0}")]
    Random(getrandom::Error),
    /// The network failed while serving.
    #[error("the server broke off")]
    Broken(#[source] std::io::Error),
}

impl From<getrandom::Error> for ServerError {
    fn from(error: getrandom::Error) -> ServerError {
        ServerError::Random(error)
    }
}

impl ServerError {
    fn content(problems: Vec<Problem>) -> ServerError {
        let lines: Vec<String> = problems.iter().map(|problem| locale(Lang::En).problem(problem)).collect();
        ServerError::Content(lines.join("\n"))
    }
}

/// What a service is made of.
pub struct Setup {
    /// The address and port to listen on; port 0 is any that is free.
    pub listen: String,
    /// The URL of the database.
    pub database_url: String,
    /// Where browsers find the service, where that is not where it listens.
    pub base: Option<BaseUrl>,
    /// The reverse proxies that may say from where a request comes.
    pub proxies: Proxies,
    /// The address and port on which `/metrics` is; nowhere if not said.
    pub metrics: Option<String>,
    /// What time it is.
    pub clock: Box<dyn Clock>,
    /// Other content than what comes with the program.
    pub library: Option<Library>,
}

/// A service that listens.
pub struct Server {
    store: Store,
    base: BaseUrl,
    welcome: Option<String>,
    address: SocketAddr,
    server: actix_web::dev::Server,
    metrics: Option<(SocketAddr, actix_web::dev::Server)>,
    /// Held to the end, so that nobody restores a backup under our feet.
    _lock: Lock,
}

impl Server {
    /// Opens the store, fills it from the content, and listens. Must be called inside an actix `System`.
    ///
    /// # Errors
    /// See [`ServerError`]; nothing listens then.
    pub async fn start(setup: Setup) -> Result<Server, ServerError> {
        let Setup { listen, database_url, base, proxies, metrics, clock, library } = setup;
        let cannot_listen = |source| ServerError::Listen { address: listen.clone(), source };
        let listener = std::net::TcpListener::bind(&listen).map_err(cannot_listen)?;
        let address = listener.local_addr().map_err(cannot_listen)?;
        let lock = DatabaseFile::of(&database_url)?.lock()?;
        let store = Store::open(&database_url).await?;
        let listens = reached_at(address).parse().expect("a socket's address is a host and a port");
        let app = web::Data::new(App::new(store.clone(), clock, base, listens, proxies));
        fill(&app, library).await?;
        let metrics = match metrics {
            Some(listen) => Some(
                metrics::serve(&listen, app.clone())
                    .map_err(|source| ServerError::Listen { address: listen, source })?,
            ),
            None => None,
        };
        let welcome = welcome(&app).await?;
        let base = app.base().clone();
        let prefix = base.prefix().to_owned();
        let server = HttpServer::new(move || {
            ActixApp::new()
                .app_data(app.clone())
                .app_data(web::PayloadConfig::new(MAXIMUM_FORM))
                .wrap(from_fn(manners))
                .configure(routes(&prefix))
        })
        .shutdown_timeout(FAREWELL)
        .disable_signals()
        .listen(listener)
        .map_err(cannot_listen)?
        .run();
        Ok(Server { store, base, welcome, address, server, metrics, _lock: lock })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where browsers find it.
    pub fn base(&self) -> &BaseUrl {
        &self.base
    }

    /// Where `/metrics` is, where it is anywhere.
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics.as_ref().map(|(address, _)| *address)
    }

    /// The link by which someone becomes the first administrator, where there is none yet. It is good for a day, and a secret.
    pub fn welcome(&self) -> Option<&str> {
        self.welcome.as_deref()
    }

    /// What stops it.
    pub fn handle(&self) -> ServerHandle {
        self.server.handle()
    }

    /// Serves until its handle tells it to stop, answers what is under way, and closes the store.
    ///
    /// # Errors
    /// [`ServerError::Broken`].
    pub async fn run(self) -> Result<(), ServerError> {
        let metrics = self.metrics.map(|(_, server)| {
            let handle = server.handle();
            (handle, actix_web::rt::spawn(server))
        });
        let ended = self.server.await.map_err(ServerError::Broken);
        if let Some((handle, served)) = metrics {
            handle.stop(false).await;
            if let Ok(Err(error)) = served.await {
                tracing::error!(%error, "the server of the metrics broke off");
            }
        }
        self.store.close().await;
        ended
    }
}

/// Where a browser on this machine finds what listens there.
fn reached_at(address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        format!("http://localhost:{}", address.port())
    } else {
        format!("http://{address}")
    }
}

/// A new link for the first administrator, unless somebody administers the service.
async fn welcome(app: &App) -> Result<Option<String>, ServerError> {
    if app.store.has_admin().await? {
        return Ok(None);
    }
    let (token, now) = (Token::random()?, app.now());
    app.store.make_ticket(&token.hash(), &Ticket::first_admin(now), "", None, now).await?;
    Ok(Some(format!("{}{}", app.base().origin(), app.url(&format!("/welcome/{}", token.hex())))))
}

/// Takes the content in, unless the store has it all already: then nothing is read before the first page.
async fn fill(app: &App, library: Option<Library>) -> Result<(), ServerError> {
    let (mut library, digest) = match library {
        Some(library) => (library, None),
        None => {
            let digest = Library::builtin_digest();
            if app.store.content_digest().await?.as_ref() == Some(&digest) {
                app.warm_up();
                return Ok(());
            }
            (Library::builtin().map_err(ServerError::content)?, Some(digest))
        }
    };
    app.count_runs(&mut library);
    let mut whole = true;
    let banks = loop {
        match content::sync(&library) {
            Ok(banks) => break banks,
            Err((question, reason)) => {
                // Better one question less than no service; its cards wait for the day it can be asked again.
                tracing::error!(question, ?reason, "a question cannot be computed and is left out");
                library.banks.iter_mut().for_each(|bank| bank.questions.retain(|other| other.id != question));
                whole = false;
            }
        }
    };
    for bank in banks {
        let synced = app.store.sync_bank(&bank, app.now()).await?;
        tracing::info!(
            bank = bank.slug,
            questions = bank.questions.len(),
            changes = synced.changes.len(),
            "content"
        );
    }
    if let Some(digest) = digest.filter(|_| whole) {
        app.store.set_content_digest(&digest).await?;
    }
    app.store.shrink().await?;
    app.shelve(library);
    crate::give_memory_back();
    Ok(())
}
