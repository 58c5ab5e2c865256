//! Probes in whole runs: what they restart, and what they only take out of service.

use super::tests::{Run, app, key, restarts, secs};
use super::*;
use crate::cluster::image::{Image, ProbeResult};
use serde_json::{Value, json};

pub(super) fn probing(kind: &str, image: &str, probe: Value) -> Value {
    let mut spec = app(image);
    let mut probe = probe;
    probe["httpGet"] = json!({"port": 80});
    spec["containers"][0][kind] = probe;
    spec
}

fn results(list: &[(i64, bool)]) -> Vec<ProbeResult> {
    list.iter().map(|(from, succeeds)| ProbeResult { from: secs(*from), succeeds: *succeeds }).collect()
}

#[test]
fn a_failing_liveness_probe_restarts_the_container_in_the_same_pod() {
    let mut image = Image { stop: secs(2), ..Image::default() };
    image.probes.liveness = results(&[(0, true), (25, false)]);
    let mut run = Run::new(&[("web:1", image)]);
    run.pod("web", probing("livenessProbe", "web:1", json!({})));
    run.until(60_000);
    // Runs at 1; ticks at 31, 41, 51 fail; SIGTERM at 51, exit at 53, restart at 53.1.
    assert_eq!(run.starts("web", "app"), [1, 53]);
    assert_eq!(restarts(run.get("web").unwrap()), 1);
    let events = run.events("web");
    assert!(events.contains(&(
        "Unhealthy".to_owned(),
        "Liveness probe failed: HTTP probe failed with statuscode: 503".to_owned()
    )));
    assert!(events.contains(&(
        "Killing".to_owned(),
        "Container app failed liveness probe, will be restarted".to_owned()
    )));
    let last = run.container("web", "app").last_state.clone().unwrap().terminated.unwrap();
    assert_eq!(last.exit_code, 143);
}

/// A Pod with one container of an image that listens to 8080 and has no program but `server`, asked by this probe.
fn asked(kind: &str, probe: Value) -> Run {
    let image = Image { listens: vec![8080], commands: Some(vec!["server".to_owned()]), ..Image::default() };
    let mut run = Run::new(&[("web:1", image)]);
    let mut spec = app("web:1");
    spec["containers"][0]["ports"] =
        json!([{"name": "web", "containerPort": 8080}, {"name": "old", "containerPort": 80}]);
    spec["containers"][0][kind] = probe;
    run.pod("web", spec);
    run.until(120_000);
    run
}

#[test]
fn a_port_that_nothing_in_the_pod_listens_to_refuses_a_probe() {
    for (probe, says) in [
        (
            json!({"httpGet": {"port": 80, "path": "/healthz"}}),
            "Get \"http://10.244.0.2:80/healthz\": dial tcp 10.244.0.2:80: connect: connection refused",
        ),
        // What containerPort says opens nothing.
        (
            json!({"httpGet": {"port": "old", "scheme": "HTTPS"}}),
            "Get \"https://10.244.0.2:80/\": dial tcp 10.244.0.2:80: connect: connection refused",
        ),
        (json!({"tcpSocket": {"port": 81}}), "dial tcp 10.244.0.2:81: connect: connection refused"),
        (
            json!({"grpc": {"port": 9090}, "timeoutSeconds": 2}),
            "timeout: failed to connect service \"10.244.0.2:9090\" within 2s: context deadline exceeded",
        ),
    ] {
        let run = asked("readinessProbe", probe);
        assert!(!run.container("web", "app").ready, "{says}");
        let event = ("Unhealthy".to_owned(), format!("Readiness probe failed: {says}"));
        assert!(run.events("web").contains(&event), "{:?}", run.events("web"));
    }
    for probe in [
        json!({"httpGet": {"port": 8080}}),
        json!({"tcpSocket": {"port": "web"}}),
        // Another host is none of the Pod's ports' business.
        json!({"tcpSocket": {"port": 80, "host": "10.0.0.1"}}),
    ] {
        assert!(asked("readinessProbe", probe.clone()).container("web", "app").ready, "{probe}");
    }
}

#[test]
fn a_probe_that_cannot_be_made_is_no_answer_so_that_a_liveness_probe_of_that_kind_kills_nothing() {
    for (probe, says) in [
        (json!({"httpGet": {"port": "metrics"}}), "strconv.Atoi: parsing \"metrics\": invalid syntax"),
        (
            json!({"exec": {"command": ["curl", "localhost:8080"]}}),
            "rpc error: code = Unknown desc = failed to exec in container: OCI runtime exec failed: exec failed: unable to \
             start container process: exec: \"curl\": executable file not found in $PATH: unknown",
        ),
    ] {
        let run = asked("livenessProbe", probe.clone());
        let event =
            ("Unhealthy".to_owned(), format!("Liveness probe errored and resulted in unknown state: {says}"));
        assert!(run.events("web").contains(&event), "{:?}", run.events("web"));
        assert_eq!(restarts(run.get("web").unwrap()), 0);
        assert!(run.container("web", "app").ready);
        // Nor does one of readiness ever let requests in.
        assert!(!asked("readinessProbe", probe).container("web", "app").ready);
    }
}

#[test]
fn a_probe_asks_the_pod_so_that_any_of_its_containers_may_answer_as_long_as_it_runs() {
    let proxy = Image {
        listens: vec![15021],
        exits: Some(crate::cluster::image::Exit { code: 1, after: secs(60) }),
        ..Image::default()
    };
    let mut run = Run::new(&[("proxy:1", proxy)]);
    let probe = json!({"tcpSocket": {"port": 15021}, "failureThreshold": 1, "periodSeconds": 5});
    run.pod(
        "web",
        json!({"restartPolicy": "Never", "containers": [
            {"name": "app", "image": "web:1", "readinessProbe": probe},
            {"name": "proxy", "image": "proxy:1"}]}),
    );
    run.until(30_000);
    assert!(run.container("web", "app").ready);
    // The proxy ends at 61; the next tick of the probe is that of second 66.
    run.until(90_000);
    assert!(!run.container("web", "app").ready);
    let unhealthy = run.events("web").into_iter().filter(|(reason, _)| reason == "Unhealthy").count();
    assert_eq!(unhealthy, 1);
}

#[test]
fn a_failing_liveness_probe_under_never_ends_the_pod_and_promises_no_restart() {
    let mut image = Image::default();
    image.probes.liveness = results(&[(0, false)]);
    let mut run = Run::new(&[("web:1", image)]);
    let mut spec = probing("livenessProbe", "web:1", json!({"periodSeconds": 1}));
    spec["restartPolicy"] = json!("Never");
    run.pod("web", spec);
    run.until(20_000);
    assert!(
        run.events("web").contains(&("Killing".to_owned(), "Container app failed liveness probe".to_owned()))
    );
    assert_eq!((run.phase("web"), run.word("web").as_str()), ("Failed", "Error"));
}

#[test]
fn a_liveness_probe_s_own_grace_counts_for_its_kill() {
    let mut image = Image { stop: secs(600), ..Image::default() };
    image.probes.liveness = results(&[(0, false)]);
    let mut run = Run::new(&[("web:1", image)]);
    let probe = json!({"periodSeconds": 1, "terminationGracePeriodSeconds": 5});
    run.pod("web", probing("livenessProbe", "web:1", probe));
    run.until(9000);
    // Runs at 1, killed at 3 (third failure), SIGKILL at 8.
    assert_eq!(run.starts("web", "app"), [1, 8]);
}

#[test]
fn a_failing_readiness_probe_never_restarts_anything() {
    let mut image = Image::default();
    image.probes.readiness = results(&[(0, true), (60, false), (300, true)]);
    let mut run = Run::new(&[("web:1", image)]);
    run.pod("web", probing("readinessProbe", "web:1", json!({})));
    run.until(600_000);
    // Ticks at 1, 11, 21 …: the third failure is that of second 81, the first success that of second 301.
    let ready = run.changes("web", |pod| crate::cluster::condition::pod_is(pod, "Ready"));
    assert_eq!(ready, [(0, false), (1025, true), (81_025, false), (301_025, true)]);
    assert_eq!(restarts(run.get("web").unwrap()), 0);
}

#[test]
fn the_other_probes_wait_for_the_startup_probe() {
    let mut image = Image::default();
    image.probes.startup = results(&[(0, false), (28, true)]);
    image.probes.liveness = results(&[(0, false), (20, true)]);
    let mut run = Run::new(&[("web:1", image)]);
    let mut spec = probing("startupProbe", "web:1", json!({"failureThreshold": 30}));
    spec["containers"][0]["livenessProbe"] = json!({"httpGet": {"port": 80}});
    run.pod("web", spec);
    run.until(120_000);
    let started = run.changes("web", |pod| {
        let status = pod.status.clone().unwrap_or_default();
        status.container_statuses.and_then(|list| list[0].started).unwrap_or(false)
    });
    assert_eq!(started, [(0, false), (31_025, true)]);
    assert_eq!(restarts(run.get("web").unwrap()), 0);
}

#[test]
fn a_pod_can_be_told_to_be_unready() {
    let mut run = Run::new(&[]);
    run.pod("web", app("web:1"));
    run.until(10_000);
    run.signal(Signal::Readiness { pod: key("web"), container: Some("app".into()), ready: false });
    run.until(20_000);
    assert!(!run.is("web", "Ready"));
    let reason = crate::cluster::condition::pod_condition(run.get("web").unwrap(), "Ready").unwrap();
    assert_eq!(reason.message.as_deref(), Some("containers with unready status: [app]"));
    run.signal(Signal::Readiness { pod: key("web"), container: None, ready: true });
    run.until(30_000);
    assert!(run.is("web", "Ready"));
}

#[test]
fn readiness_is_still_asked_while_a_pod_terminates_and_liveness_is_not() {
    let mut image = Image { stop: secs(25), ..Image::default() };
    image.probes.readiness = results(&[(0, true), (12, false)]);
    image.probes.liveness = results(&[(0, true), (12, false)]);
    let mut run = Run::new(&[("web:1", image)]);
    let mut spec = probing("readinessProbe", "web:1", json!({"periodSeconds": 1}));
    spec["containers"][0]["livenessProbe"] = json!({"httpGet": {"port": 80}, "periodSeconds": 1});
    run.pod("web", spec);
    run.until(10_000);
    run.delete("web");
    run.until(30_000);
    let ready = run.changes("web", |pod| crate::cluster::condition::pod_is(pod, "Ready"));
    // Runs at 1, so the failures are those of seconds 13, 14 and 15.
    assert_eq!(ready, [(0, false), (1025, true), (15_025, false)]);
    assert!(!run.events("web").iter().any(|(_, message)| message.contains("liveness")));
}
