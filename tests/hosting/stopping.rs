//! SIGTERM: what is under way is answered, and the end comes soon.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::service::Service;

/// What containers and service managers expect.
const SOON: Duration = Duration::from_secs(5);

#[test]
fn a_request_under_way_is_answered_before_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let mut service = Service::start(folder.path(), &["--log", "off"]);
    let mut stream = TcpStream::connect(&service.address).unwrap();
    let host = &service.address;
    let form = "reading=en&back=%2Fhelp";
    write!(
        stream,
        "POST /language HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\n\r\n{}",
        form.len(),
        &form[..5]
    )
    .unwrap();
    // Asked after it, and answered: so the first request has arrived, too.
    assert!(service.get("/healthz").starts_with("HTTP/1.1 200"));
    let began = Instant::now();
    service.signal("TERM");
    // It takes no more visitors, which is how we know that it has heard.
    while TcpStream::connect(&service.address).is_ok() && began.elapsed() < SOON {
        std::thread::yield_now();
    }
    assert!(service.process.try_wait().unwrap().is_none(), "it did not wait for the request");
    stream.write_all(&form.as_bytes()[5..]).unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).unwrap();
    let status = String::from_utf8_lossy(&answer);
    assert!(status.starts_with("HTTP/1.1 ") && !status.contains(" 5"), "{status}");
    drop(stream);
    assert!(service.process.wait().unwrap().success());
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
}

#[test]
fn a_browser_that_only_keeps_its_connection_does_not_hold_up_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let mut service = Service::start(folder.path(), &["--log", "off"]);
    let mut idle = TcpStream::connect(&service.address).unwrap();
    write!(idle, "GET /healthz HTTP/1.1\r\nHost: {}\r\n\r\n", service.address).unwrap();
    let mut answer = [0; 12];
    idle.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200");
    let began = Instant::now();
    service.signal("TERM");
    assert!(service.process.wait().unwrap().success());
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
}
