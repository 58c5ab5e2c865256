//! `doujia serve`, which is also what plain `doujia` does: the study service on an address.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use tracing_subscriber::EnvFilter;

use crate::store::file_url;
use crate::web::client::Proxies;
use crate::web::{BaseUrl, Server, Setup, SystemClock};

/// What the service needs to know. Each option is also an environment variable.
#[derive(Args, Clone, Debug)]
pub(super) struct Serve {
    /// The address and port to listen on
    #[arg(long, env = "DOUJIA_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDRESS:PORT")]
    pub(super) listen: String,

    /// The folder of the database; it is made if it is missing
    #[arg(long, env = "DOUJIA_DATA", default_value = "./data", value_name = "FOLDER")]
    pub(super) data: PathBuf,

    /// The database, where it is not FOLDER/doujia.db: sqlite:FILE
    #[arg(long, env = "DATABASE_URL", value_name = "URL", hide_env_values = true)]
    pub(super) database_url: Option<String>,

    /// A file that holds the database's URL
    #[arg(long, env = "DATABASE_URL_FILE", value_name = "FILE", conflicts_with = "database_url")]
    pub(super) database_url_file: Option<PathBuf>,

    /// Where browsers find the service, with the path if it has one: https://example.org/doujia. With https, cookies are
    /// sent over TLS only
    #[arg(long, env = "DOUJIA_BASE_URL", value_name = "URL")]
    pub(super) base_url: Option<BaseUrl>,

    /// The reverse proxies that may say, in X-Forwarded-For or Forwarded, from where a request comes: addresses and
    /// networks (10.0.0.0/8) between commas. What others say there is ignored
    #[arg(
        long,
        env = "DOUJIA_TRUSTED_PROXIES",
        default_value = "",
        value_name = "LIST",
        hide_default_value = true
    )]
    pub(super) trusted_proxies: Proxies,

    /// What to log to standard output: error, warn, info, debug, trace, or a filter such as info,doujia::web=debug
    #[arg(long, env = "DOUJIA_LOG", default_value = "info,actix_server=warn", value_name = "FILTER")]
    pub(super) log: String,
}

impl Serve {
    /// The URL of the database.
    ///
    /// # Errors
    /// Where the file that should hold it cannot be read.
    pub(super) fn database(&self) -> anyhow::Result<String> {
        match (&self.database_url, &self.database_url_file) {
            (Some(url), _) => Ok(url.clone()),
            (None, Some(file)) => {
                let url = std::fs::read_to_string(file)
                    .with_context(|| format!("cannot read the database's URL from {}", file.display()))?;
                Ok(url.trim().to_owned())
            }
            (None, None) => Ok(file_url(&self.data.join("doujia.db"))),
        }
    }
}

/// Serves until it is told to stop.
///
/// # Errors
/// Where the service cannot start or breaks off.
pub(super) fn serve(options: &Serve) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&options.log).context("cannot read the log filter")?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stdout)
        .with_ansi(std::io::stdout().is_terminal())
        .init();
    let database = options.database()?;
    actix_web::rt::System::new().block_on(async {
        let server = Server::start(Setup {
            listen: options.listen.clone(),
            database_url: database.clone(),
            base: options.base_url.clone(),
            proxies: options.trusted_proxies.clone(),
            clock: Box::new(SystemClock),
            library: None,
        })
        .await?;
        // Said even where the log is silent: it is what one starts the program for.
        let mut stdout = std::io::stdout();
        writeln!(stdout, "Doujia 豆荚: {}", server.base())?;
        stdout.flush()?;
        tracing::info!(address = %server.address(), database, "listening");
        server.run().await?;
        tracing::info!("stopped");
        Ok(())
    })
}
