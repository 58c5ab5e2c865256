//! What an operator can watch: health, metrics, the log.

use crate::learner::Learner;
use crate::service::{Service, ask, doujia, run, words};

#[test]
fn health_and_readiness_are_plain_text_under_the_base_path_and_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    // What is printed is the public address, so that the real one must be known before.
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let mut command = doujia();
    command
        .args(["--listen", &address, "--base-url", "http://localhost/doujia", "--data"])
        .arg(folder.path());
    let service = Service::of(command);
    for path in ["/healthz", "/doujia/healthz"] {
        let answer = ask(&address, path);
        assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("\r\n\r\nok\n"), "{answer}");
        assert!(answer.contains("text/plain"), "{answer}");
    }
    // The content is read in the background.
    while !ask(&address, "/readyz").starts_with("HTTP/1.1 200") {
        std::thread::yield_now();
    }
    assert!(doujia().args(["health", "--listen", &address]).status().unwrap().success());
    drop(service);
    assert!(!doujia().args(["health", "--listen", &address]).output().unwrap().status.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_are_on_an_address_of_their_own_and_name_routes_not_paths() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(folder.path(), &["--metrics", "127.0.0.1:0"]);
    let learner = Learner::begin(&service).await;
    assert_eq!(learner.answer().await.0, 303);
    assert_eq!(learner.page("/scenario/delete-bare-pod").await.0, 200);
    assert_eq!(learner.page("/secret/path").await.0, 404);
    assert_eq!(learner.page("/metrics").await.0, 404);
    let metrics = ask(service.metrics.as_ref().unwrap(), "/metrics");
    let has = |line: &str| assert!(metrics.contains(line), "{line} is not in\n{metrics}");
    has("content-type: application/openmetrics-text");
    has("doujia_build_info{version=\"0.1.0\",kubernetes=\"1.36\"} 1");
    has("doujia_http_request_duration_seconds_count{route=\"/study/answer\",status=\"3xx\"} 1");
    has("doujia_http_request_duration_seconds_count{route=\"/scenario/{name}\",status=\"2xx\"} 1");
    has("doujia_http_request_duration_seconds_count{route=\"other\",status=\"4xx\"} 2");
    has("doujia_answers_total{kind=");
    has("doujia_simulation_duration_seconds_count");
    assert!(!metrics.contains("doujia_simulation_duration_seconds_count 0"), "{metrics}");
    assert!(metrics.ends_with("# EOF\n"));
    assert!(!metrics.contains("secret"), "{metrics}");
    assert!(ask(service.metrics.as_ref().unwrap(), "/").starts_with("HTTP/1.1 404"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_json_with_request_ids_and_without_secrets_or_addresses() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(folder.path(), &["--log", "debug", "--log-format", "json"]);
    let client = reqwest::Client::new();
    let mut ids = Vec::new();
    for path in
        ["/reset/s3cr3t", "/invitation/s3cr3t/", "/join/s3cr3t", "/rset/s3cr3t", "/welcome/s3cr3t", "/"]
    {
        let request = client.get(format!("{}{path}?s3cr3t", service.url()));
        let request = request.header("x-forwarded-for", "203.0.113.77").header("user-agent", "s3cr3t");
        let response = request.send().await.unwrap();
        ids.push(response.headers()["x-request-id"].to_str().unwrap().to_owned());
    }
    let log = service.stop();
    // The link for the first administrator is told beside the log, not in it.
    let lines: Vec<serde_json::Value> =
        log.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    for id in ids {
        // Statements are told under the id of their request, too.
        let line = lines.iter().find(|line| line["span"]["id"] == id.as_str() && line["route"].is_string());
        let line = line.unwrap_or_else(|| panic!("{id} is not in {log}"));
        assert!(line["route"].is_string() && line["status"].is_number() && line["ms"].is_number(), "{line}");
    }
    let own = lines.iter().filter(|line| line["target"].as_str().unwrap().starts_with("doujia"));
    for line in own.filter(|line| line["message"] != "listening") {
        let line = line.to_string();
        assert!(
            !line.contains("s3cr3t") && !line.contains("203.0.113") && !line.contains("127.0.0.1"),
            "{line}"
        );
    }
    assert!(!log.contains("s3cr3t"), "{log}");
}

#[test]
fn who_listens_everywhere_is_found_on_this_machine_by_its_name() {
    let data = tempfile::tempdir().unwrap();
    let mut command = doujia();
    command.args(["--listen", "0.0.0.0:0", "--log", "off", "--data"]).arg(data.path());
    let service = Service::of(command);
    assert!(service.address.starts_with("localhost:"), "{}", service.address);
    let said = service.stop();
    assert!(said.contains("http://localhost:") && !said.contains("http://0.0.0.0"), "{said}");
}

#[test]
fn the_first_start_says_in_both_languages_how_to_become_its_administrator() {
    let data = tempfile::tempdir().unwrap();
    let said = Service::start(data.path(), &["--log", "off"]).stop();
    assert!(said.contains("还没有管理员") && said.contains("No administrator yet"), "{said}");
    assert_eq!(said.matches("/welcome/").count(), 1, "{said}");
    let password = data.path().join("password");
    std::fs::write(&password, "peas in their pods\n").unwrap();
    let add = ["user", "add", "root", "--role", "admin", "--password-file", password.to_str().unwrap()];
    let output = run(&add, data.path());
    assert!(output.status.success(), "{}", words(&output));
    let said = Service::start(data.path(), &["--log", "off"]).stop();
    assert!(!said.contains("/welcome/") && !said.contains("No administrator"), "{said}");
}
