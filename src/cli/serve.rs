//! `doujia serve`, which is also what plain `doujia` does: the study service on an address.

use std::io::Write;

use clap::Args;

use super::config::{Database, Log, Network};
use crate::web::{Server, Setup, SystemClock};

/// What the service needs to know.
#[derive(Args, Clone, Debug)]
pub(super) struct Serve {
    #[command(flatten)]
    network: Network,
    #[command(flatten)]
    database: Database,
    #[command(flatten)]
    log: Log,
}

/// Serves until it is told to stop.
///
/// # Errors
/// Where the service cannot start or breaks off.
pub(super) fn serve(options: &Serve) -> anyhow::Result<()> {
    let database = options.database.url()?;
    options.log.begin()?;
    actix_web::rt::System::new().block_on(async {
        let server = Server::start(Setup {
            listen: options.network.listen.clone(),
            database_url: database.clone(),
            base: options.network.base_url.clone(),
            proxies: options.network.trusted_proxies.clone(),
            metrics: options.network.metrics.clone(),
            clock: Box::new(SystemClock),
            library: None,
        })
        .await?;
        // Said even where the log is silent: it is what one starts the program for.
        let mut stdout = std::io::stdout();
        writeln!(stdout, "Doujia 豆荚: {}", server.base())?;
        if let Some(address) = server.metrics_address() {
            writeln!(stdout, "Metrics: http://{address}/metrics")?;
        }
        stdout.flush()?;
        tracing::info!(address = %server.address(), database, "listening");
        server.run().await?;
        tracing::info!("stopped");
        Ok(())
    })
}
