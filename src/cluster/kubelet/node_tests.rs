//! A Node and its kubelet in whole runs: heartbeats, power cuts, shortages, and Pods that it refuses.

use super::tests::{Run, app, restarts};
use super::*;
use crate::cluster::clock::SimTime;
use crate::cluster::engine::Pressure;
use crate::cluster::image::Image;
use serde_json::json;

#[test]
fn a_kubelet_renews_its_lease_every_ten_seconds_until_its_machine_fails() {
    let mut run = Run::new(&[]);
    run.until(35_000);
    assert_eq!(run.engine.world.leases["node-a"], SimTime(30_000));
    run.signal(Signal::NodeFails("node-a".into()));
    run.until(95_000);
    assert_eq!(run.engine.world.leases["node-a"], SimTime(30_000));
    run.signal(Signal::NodeRecovers("node-a".into()));
    run.until(100_000);
    assert_eq!(run.engine.world.leases["node-a"], SimTime(95_020));
}

#[test]
fn an_idle_node_posts_its_status_every_five_minutes() {
    let mut run = Run::new(&[]);
    run.until(1_000_000);
    let posts: Vec<i64> = run.engine.world.store.log().iter().map(|change| change.at.0 / 1000).collect();
    assert_eq!(posts, [300, 600, 900]);
}

#[test]
fn nothing_is_reported_from_a_dead_node_and_its_pods_start_again_when_it_is_back() {
    let mut run = Run::new(&[]);
    run.pod("stays", app("web:1"));
    run.pod("goes", app("web:1"));
    run.until(10_000);
    let uid = run.get("stays").unwrap().uid().to_owned();
    run.signal(Signal::NodeFails("node-a".into()));
    run.until(50_000);
    run.delete("goes");
    run.until(100_000);
    assert_eq!((run.phase("stays"), run.word("goes").as_str()), ("Running", "Terminating"));
    run.signal(Signal::NodeRecovers("node-a".into()));
    run.until(110_000);
    assert_eq!(run.gone_at("goes"), Some(100_020));
    let stays = run.get("stays").unwrap();
    assert_eq!((stays.uid(), restarts(stays)), (uid.as_str(), 1));
    assert!(run.is("stays", "Ready"));
    assert!(run.reasons("stays").contains(&"SandboxChanged".to_owned()));
    let last = run.container("stays", "app").last_state.clone().unwrap().terminated.unwrap();
    assert_eq!((last.exit_code, last.reason.as_deref()), (255, Some("Unknown")));
    assert_eq!(run.starts("stays", "app"), [1, 101]);
}

#[test]
fn a_kubelet_tells_that_its_node_was_cordoned_when_it_next_looks() {
    let mut run = Run::new(&[]);
    let cordon = |run: &mut Run, on: bool| {
        let change = |node: &mut Node| node.spec.get_or_insert_default().unschedulable = on.then_some(true);
        run.engine.world.write(&Key::cluster_wide("node-a"), change).unwrap();
        run.engine.after_action();
    };
    run.until(12_000);
    cordon(&mut run, true);
    run.until(19_000);
    assert_eq!(run.reasons("node-a"), [""; 0]);
    run.until(29_000);
    cordon(&mut run, false);
    run.until(31_000);
    assert_eq!(run.reasons("node-a"), ["NodeNotSchedulable", "NodeSchedulable"]);
    assert_eq!(run.events("node-a")[0].1, "Node node-a status is now: NodeNotSchedulable");
}

#[test]
fn a_node_short_of_memory_evicts_one_pod_each_ten_seconds_until_there_is_enough() {
    let mi = 1024 * 1024;
    let mut run = Run::new(&[
        ("small:1", Image { memory: Some(50 * mi), ..Image::default() }),
        ("large:1", Image { memory: Some(300 * mi), ..Image::default() }),
    ]);
    run.pod("small", app("small:1"));
    run.pod("large", app("large:1"));
    run.until(12_000);
    run.signal(Signal::Fills { node: "node-a".into(), what: Pressure::Memory, percent: 99 });
    run.until(60_000);
    let large = run.status("large");
    assert_eq!((large.phase.as_deref(), large.reason.as_deref()), (Some("Failed"), Some("Evicted")));
    assert!(
        large
            .message
            .as_ref()
            .unwrap()
            .starts_with("The node was low on resource: memory. Threshold quantity: 100Mi, available: ")
    );
    assert!(run.is("large", "DisruptionTarget"));
    assert_eq!(run.word("large"), "Evicted");
    assert_eq!(run.phase("small"), "Running", "there is enough once the large one is gone");
    let node = run.engine.world.store.get::<Node>(&Key::cluster_wide("node-a")).unwrap().clone();
    let pressure = |node: &Node| {
        crate::cluster::condition::node_condition(node, "MemoryPressure").unwrap().status.clone()
    };
    assert_eq!(pressure(&node), "True");
    run.until(400_000);
    let node = run.engine.world.store.get::<Node>(&Key::cluster_wide("node-a")).unwrap().clone();
    assert_eq!(pressure(&node), "False", "five minutes after it was last seen");
    assert_eq!(
        run.reasons("node-a"),
        ["NodeHasInsufficientMemory", "EvictionThresholdMet", "NodeHasSufficientMemory"]
    );
}

#[test]
fn a_pod_for_which_its_node_has_no_room_is_refused() {
    let mut run = Run::new(&[]);
    let mut spec = app("web:1");
    spec["containers"][0]["resources"] = json!({"requests": {"cpu": "5"}});
    run.pod("web", spec);
    run.until(1000);
    assert_eq!((run.phase("web"), run.word("web").as_str()), ("Failed", "OutOfcpu"));
}

#[test]
fn a_pod_that_asks_for_more_disk_than_its_node_has_is_refused() {
    let mut run = Run::new(&[]);
    let mut spec = app("web:1");
    spec["containers"][0]["resources"] = json!({"requests": {"ephemeral-storage": "200Gi"}});
    run.pod("web", spec);
    run.until(1000);
    assert_eq!(run.word("web"), "OutOfephemeral-storage");
}

#[test]
fn what_was_bound_to_a_dead_node_starts_when_it_is_back() {
    let mut run = Run::new(&[]);
    run.signal(Signal::NodeFails("node-a".into()));
    run.until(10_000);
    run.pod("web", app("web:1"));
    run.until(20_000);
    assert_eq!((run.phase("web"), run.status("web").start_time.clone()), ("Pending", None));
    run.signal(Signal::NodeRecovers("node-a".into()));
    run.until(30_000);
    assert_eq!(run.starts("web", "app"), [21]);
}
