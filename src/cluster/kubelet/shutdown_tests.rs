//! Shutting a machine down, as the Pods on it see it.

use super::tests::Run;
use super::*;
use crate::cluster::clock::{Millis, SimTime};
use crate::cluster::condition::{node_condition, pod_condition};
use crate::cluster::image::Image;
use serde_json::json;

fn run(grace: i64, critical: i64) -> Run {
    // Neither listens to SIGTERM.
    let deaf = Image { stop: Millis::secs(600), ..Image::default() };
    let mut run = Run::new(&[("deaf:1", deaf)]);
    let spec = |class: Option<&str>| {
        json!({"priorityClassName": class, "terminationGracePeriodSeconds": 60,
            "containers": [{"name": "app", "image": "deaf:1"}]})
    };
    run.pod("web", spec(None));
    run.pod("dns", spec(Some("system-node-critical")));
    run.until(10_000);
    run.signal(Signal::NodeShutsDown {
        node: "node-a".to_owned(),
        grace: Millis::secs(grace),
        critical: Millis::secs(critical),
    });
    run
}

fn phase(run: &Run, name: &str) -> String {
    run.get(name).unwrap().status.as_ref().unwrap().phase.clone().unwrap()
}

#[test]
fn ordinary_pods_end_first_and_critical_ones_have_their_own_time() {
    let mut run = run(30, 10);
    let node = run.engine.world.store.get::<Node>(&Key::cluster_wide("node-a")).unwrap();
    let ready = node_condition(node, "Ready").unwrap();
    assert_eq!((ready.status.as_str(), ready.message.as_deref()), ("False", Some("node is shutting down")));
    run.until(29_000);
    assert_eq!((phase(&run, "web"), phase(&run, "dns")), ("Running".to_owned(), "Running".to_owned()));
    // 10 s + (30 − 10) s, and the report.
    run.until(30_100);
    assert_eq!((phase(&run, "web"), phase(&run, "dns")), ("Failed".to_owned(), "Running".to_owned()));
    let web = run.get("web").unwrap();
    let status = web.status.as_ref().unwrap();
    assert_eq!(status.reason.as_deref(), Some("Terminated"));
    assert_eq!(status.message.as_deref(), Some("Pod was terminated in response to imminent node shutdown."));
    let target = pod_condition(web, "DisruptionTarget").unwrap();
    assert_eq!(target.reason.as_deref(), Some("TerminationByKubelet"));
    run.until(40_100);
    assert_eq!(phase(&run, "dns"), "Failed");
    let last = run.engine.world.leases["node-a"];
    run.until(100_000);
    assert_eq!(run.engine.world.leases["node-a"], last, "the power is off");
    assert!(last <= SimTime(40_100));
}

#[test]
fn a_pod_that_comes_while_its_machine_is_shut_down_is_refused() {
    let mut run = run(30, 0);
    run.pod("late", json!({"containers": [{"name": "app", "image": "web:1"}]}));
    run.until(11_000);
    let status = run.get("late").unwrap().status.clone().unwrap();
    assert_eq!((status.phase.as_deref(), status.reason.as_deref()), (Some("Failed"), Some("NodeShutdown")));
}
