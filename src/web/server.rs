//! From a configuration to a service that answers, and its orderly end.

use std::net::SocketAddr;

use actix_web::dev::ServerHandle;
use actix_web::middleware::from_fn;
use actix_web::{App as ActixApp, HttpServer, web};

use crate::store::{self, Store};

use super::fields::MAXIMUM_FORM;
use super::manners::manners;
use super::routes::routes;
use super::{App, BaseUrl, Clock};

/// How long requests under way may take after the service was told to stop, in seconds.
const FAREWELL: u64 = 20;

/// Why the service did not start or broke off.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The database cannot be used; its error says what to do.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// Another program listens there already, or this one may not.
    #[error("cannot listen on {address}")]
    Listen {
        /// Where.
        address: String,
        /// Why not.
        source: std::io::Error,
    },
    /// The network failed while serving.
    #[error("the server broke off")]
    Broken(#[source] std::io::Error),
}

/// A service that listens.
pub struct Server {
    store: Store,
    base: BaseUrl,
    address: SocketAddr,
    server: actix_web::dev::Server,
}

impl Server {
    /// Opens the store and listens. Must be called inside an actix `System`.
    ///
    /// # Errors
    /// See [`ServerError`]; nothing listens then.
    pub async fn start(
        listen: &str,
        database_url: &str,
        base: Option<BaseUrl>,
        clock: Box<dyn Clock>,
    ) -> Result<Server, ServerError> {
        let cannot_listen = |source| ServerError::Listen { address: listen.to_owned(), source };
        let listener = std::net::TcpListener::bind(listen).map_err(cannot_listen)?;
        let address = listener.local_addr().map_err(cannot_listen)?;
        let store = Store::open(database_url).await?;
        let listens = format!("http://{address}").parse().expect("a socket's address is a host and a port");
        let app = web::Data::new(App::new(store.clone(), clock, base, listens));
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
        .listen(listener)
        .map_err(cannot_listen)?
        .run();
        Ok(Server { store, base, address, server })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where browsers find it.
    pub fn base(&self) -> &BaseUrl {
        &self.base
    }

    /// What stops it.
    pub fn handle(&self) -> ServerHandle {
        self.server.handle()
    }

    /// Serves until it is told to stop (SIGTERM, SIGINT, the handle), answers what is under way, and closes the store.
    ///
    /// # Errors
    /// [`ServerError::Broken`].
    pub async fn run(self) -> Result<(), ServerError> {
        let ended = self.server.await.map_err(ServerError::Broken);
        self.store.close().await;
        ended
    }
}
