//! `doujia serve`, which is also what plain `doujia` does: the study service on an address.

use std::io::Write;

use clap::Args;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::config::{Database, Log, Network};
use crate::locale::locale;
use crate::text::Lang;
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
        // From the very first: in a container, the first process gets no signal that it does not ask for.
        let mut signals = Signals::new()?;
        let starting = Server::start(Setup {
            listen: options.network.listen.clone(),
            database_url: database.clone(),
            base: options.network.base_url.clone(),
            proxies: options.network.trusted_proxies.clone(),
            metrics: options.network.metrics.clone(),
            clock: Box::new(SystemClock),
            library: None,
        });
        let server = tokio::select! {
            server = starting => server?,
            () = signals.next() => return Ok(()),
        };
        // Said even where the log is silent: it is what one starts the program for. At once, so that whoever reads only the
        // first line and goes does not end it.
        let mut said = format!("Doujia 豆荚: {}\n", server.base());
        if let Some(address) = server.metrics_address() {
            said += &format!("Metrics: http://{address}/metrics\n");
        }
        if let Some(link) = server.welcome() {
            // Whoever reads it has told us no language yet.
            for lang in Lang::ALL {
                said += &format!("{}\n", locale(lang).say("serve-no-admin"));
            }
            said += &format!("  {link}\n");
        }
        let mut stdout = std::io::stdout();
        stdout.write_all(said.as_bytes())?;
        stdout.flush()?;
        tracing::info!(address = %server.address(), database, "listening");
        let handle = server.handle();
        actix_web::rt::spawn(async move {
            signals.next().await;
            tracing::info!("stopping");
            let patiently = handle.stop(true);
            tokio::select! {
                () = patiently => {}
                // Whoever says it twice means it.
                () = signals.next() => handle.stop(false).await,
            }
        });
        server.run().await?;
        tracing::info!("stopped");
        Ok(())
    })
}

/// What tells the program to stop: SIGTERM from whoever runs it, SIGINT from the terminal.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn new() -> std::io::Result<Signals> {
        Ok(Signals {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
