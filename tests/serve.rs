//! `doujia serve` as an operator sees it: what it prints, keeps, and does when told to stop.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A service of one's own process, and where it listens.
struct Service {
    process: Child,
    address: String,
}

impl Service {
    fn start(data: &Path) -> Service {
        let mut process = Command::new(env!("CARGO_BIN_EXE_doujia"))
            .args(["--listen", "127.0.0.1:0", "--log", "off"])
            .env("DOUJIA_DATA", data)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().rsplit_once("http://").unwrap().1.trim_end_matches('/').to_owned();
        Service { process, address }
    }

    /// What a request without a body gets.
    fn ask(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(stream, "{request} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.address).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn health(&self) -> bool {
        let program = env!("CARGO_BIN_EXE_doujia");
        Command::new(program).args(["health", "--listen", &self.address]).status().unwrap().success()
    }

    /// SIGTERM, as containers get it.
    fn stop(&mut self) -> bool {
        Command::new("kill").arg(self.process.id().to_string()).status().unwrap();
        self.process.wait().unwrap().success()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // A test that failed leaves no process behind; one that has ended cannot be killed, which is as well.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn it_makes_its_database_serves_and_stops_when_told() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("deep/data");
    let mut first = Service::start(&data);
    assert!(data.join("doujia.db").exists());
    assert!(first.ask("GET /").starts_with("HTTP/1.1 200"));
    assert!(first.health());
    let address = first.address.clone();
    assert!(first.stop());
    assert!(TcpStream::connect(address).is_err());

    let mut second = Service::start(&data);
    assert!(second.ask("GET /healthz").contains("ok"));
    assert!(second.stop());
}

#[test]
fn the_help_explains_every_option_with_its_variable() {
    let output = Command::new(env!("CARGO_BIN_EXE_doujia")).args(["serve", "--help"]).output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    let options = [
        ("--listen", "DOUJIA_LISTEN"),
        ("--data", "DOUJIA_DATA"),
        ("--database-url", "DATABASE_URL"),
        ("--base-url", "DOUJIA_BASE_URL"),
        ("--log", "DOUJIA_LOG"),
    ];
    for (option, variable) in options {
        assert!(help.contains(option) && help.contains(variable), "{option}: {help}");
    }
}

#[test]
fn a_port_that_is_taken_is_said_so() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_doujia"))
        .args(["--listen", &taken.local_addr().unwrap().to_string(), "--data"])
        .arg(folder.path())
        .output()
        .unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot listen on 127.0.0.1:"));
}
