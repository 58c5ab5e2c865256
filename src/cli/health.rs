//! `doujia health`: asks a running service whether it is well, for containers that have no curl.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, ToSocketAddrs};
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;

/// How long the service may take to answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// Which service to ask.
#[derive(Args, Clone, Debug)]
pub(super) struct Health {
    /// The address and port on which the service listens
    #[arg(long, env = "DOUJIA_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDRESS:PORT")]
    pub(super) listen: String,
}

/// Succeeds where the service answers that it is well.
///
/// # Errors
/// Where it does not answer, or says that it is not well.
pub(super) fn health(options: &Health) -> anyhow::Result<()> {
    let address = options.listen.to_socket_addrs()?.next().context("the address names nothing")?;
    let address = reachable(address);
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)
        .with_context(|| format!("nothing listens on {address}"))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(stream, "GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut status = [0; 12];
    stream.read_exact(&mut status).context("the service does not answer")?;
    if &status != b"HTTP/1.1 200" {
        bail!("the service is not well: {}", String::from_utf8_lossy(&status));
    }
    Ok(())
}

/// A service that listens on all addresses is asked on the loopback one.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}
