//! What an operator can say: one option each, a flag and an environment variable of the same meaning. Values are read here,
//! so that a wrong one stops the program before it does anything. The README has all of them in one table.

use std::io::IsTerminal;
use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, ValueEnum};
use tracing_subscriber::EnvFilter;

use crate::store::{DatabaseFile, file_url};
use crate::web::BaseUrl;
use crate::web::client::Proxies;

/// Where the database is.
#[derive(Args, Clone, Debug)]
pub(super) struct Database {
    /// The folder of the database; it is made if it is missing
    #[arg(long, env = "DOUJIA_DATA", default_value = "./data", value_name = "FOLDER")]
    pub(super) data: PathBuf,

    /// The database, where it is not FOLDER/doujia.db: sqlite:FILE
    #[arg(long, env = "DATABASE_URL", value_name = "URL", hide_env_values = true)]
    database_url: Option<String>,

    /// A file that holds the database's URL
    #[arg(long, env = "DATABASE_URL_FILE", value_name = "FILE", conflicts_with = "database_url")]
    database_url_file: Option<PathBuf>,
}

impl Database {
    /// The URL of the database.
    ///
    /// # Errors
    /// Where the file that should hold it cannot be read.
    pub(super) fn url(&self) -> anyhow::Result<String> {
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

    /// The URL of a database that is there already: a slip in its name shall not make another one.
    ///
    /// # Errors
    /// As [`Database::url`], and where there is none.
    pub(super) fn existing_url(&self) -> anyhow::Result<String> {
        let url = self.url()?;
        DatabaseFile::of(&url)?.expect()?;
        Ok(url)
    }
}

/// How the service is reached.
#[derive(Args, Clone, Debug)]
pub(super) struct Network {
    /// The address and port to listen on
    #[arg(long, env = "DOUJIA_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDRESS:PORT")]
    pub(super) listen: String,

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

    /// A second address and port, where Prometheus finds /metrics; nowhere if not said
    #[arg(long, env = "DOUJIA_METRICS", value_name = "ADDRESS:PORT")]
    pub(super) metrics: Option<String>,
}

/// What is logged, to standard output.
#[derive(Args, Clone, Debug)]
pub(super) struct Log {
    /// What to log to standard output: error, warn, info, debug, trace, or a filter such as info,doujia::web=debug
    #[arg(long, env = "DOUJIA_LOG", default_value = "info,actix_server=warn", value_name = "FILTER", value_parser = filter)]
    log: String,

    /// How to log: lines for people, or JSON objects for machines
    #[arg(long, env = "DOUJIA_LOG_FORMAT", default_value = "text", value_name = "FORMAT")]
    log_format: LogFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum LogFormat {
    Text,
    Json,
}

impl Log {
    /// Logs so from now on.
    ///
    /// # Errors
    /// Where the filter cannot be read.
    pub(super) fn begin(&self) -> anyhow::Result<()> {
        let log = tracing_subscriber::fmt()
            .with_env_filter(EnvFilter::try_new(&self.log).context("cannot read the log filter")?)
            .with_writer(std::io::stdout)
            .with_ansi(std::io::stdout().is_terminal());
        match self.log_format {
            LogFormat::Text => log.init(),
            LogFormat::Json => {
                log.json().flatten_event(true).with_current_span(true).with_span_list(false).init();
            }
        }
        Ok(())
    }
}

/// A log filter, checked but kept as it was written.
fn filter(text: &str) -> Result<String, String> {
    EnvFilter::try_new(text).map(|_| text.to_owned()).map_err(|error| error.to_string())
}
