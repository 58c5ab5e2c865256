//! The program as a process: what it says, answers and leaves behind.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// A service in a process of its own.
pub(crate) struct Service {
    pub(crate) process: Child,
    /// Host and port.
    pub(crate) address: String,
    pub(crate) metrics: Option<String>,
    log: Arc<Mutex<String>>,
    reader: Option<JoinHandle<()>>,
}

/// The program with a clean environment of our variables.
pub(crate) fn doujia() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_doujia"));
    for name in ["DOUJIA_DATA", "DATABASE_URL", "DOUJIA_LISTEN", "DOUJIA_BASE_URL", "DOUJIA_LOG"] {
        command.env_remove(name);
    }
    command
}

/// `doujia <arguments> --data FOLDER`, to its end.
pub(crate) fn run(arguments: &[&str], data: &Path) -> Output {
    doujia().args(arguments).arg("--data").arg(data).env("LC_ALL", "C").output().unwrap()
}

/// Standard output and standard error of a command.
pub(crate) fn words(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

impl Service {
    pub(crate) fn start(data: &Path, arguments: &[&str]) -> Service {
        let mut command = doujia();
        command.args(["--listen", "127.0.0.1:0"]).args(arguments).arg("--data").arg(data);
        Service::of(command)
    }

    /// What this command starts.
    pub(crate) fn of(mut command: Command) -> Service {
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap());
        let log = Arc::new(Mutex::new(String::new()));
        let mut service =
            Service { process, address: String::new(), metrics: None, log: Arc::clone(&log), reader: None };
        let wants_metrics = command.get_args().any(|argument| argument == "--metrics");
        while service.address.is_empty() || (wants_metrics && service.metrics.is_none()) {
            let mut line = String::new();
            assert!(lines.read_line(&mut line).unwrap() > 0, "it ended: {}", log.lock().unwrap());
            let host = |line: &str| {
                let rest = line.split_once("://").unwrap().1;
                rest.split('/').next().unwrap().trim().to_owned()
            };
            match line {
                line if line.starts_with("Doujia") => service.address = host(&line),
                line if line.starts_with("Metrics") => service.metrics = Some(host(&line)),
                line => log.lock().unwrap().push_str(&line),
            }
        }
        service.reader = Some(std::thread::spawn(move || {
            for line in lines.lines().map_while(Result::ok) {
                let mut log = log.lock().unwrap();
                log.push_str(&line);
                log.push('\n');
            }
        }));
        service
    }

    pub(crate) fn get(&self, path: &str) -> String {
        ask(&self.address, path)
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn signal(&self, name: &str) {
        let pid = self.process.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
    }

    /// Ends it, and tells what it logged.
    pub(crate) fn stop(mut self) -> String {
        self.signal("TERM");
        assert!(self.process.wait().unwrap().success());
        self.reader.take().unwrap().join().unwrap();
        self.log.lock().unwrap().clone()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // A test that failed leaves no process behind; one that has ended cannot be killed, which is as well.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A whole answer to a GET, as text.
pub(crate) fn ask(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}
