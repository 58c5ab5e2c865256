//! Shortages in whole runs: what is deleted, who is evicted, what the Node says. A Node looks every 10 s.

use super::tests::{Run, app, exits, secs};
use crate::cluster::engine::{Pressure, Signal};
use crate::cluster::image::Image;
use crate::cluster::machine::{Machine, Threshold, Thresholds, Watched};
use crate::cluster::object::Key;
use k8s_openapi::api::core::v1::Node;
use k8s_openapi::api::scheduling::v1::PriorityClass;
use serde_json::json;

const GI: i64 = 1024 * 1024 * 1024;

fn fill(run: &mut Run, what: Pressure, percent: i64) {
    run.signal(Signal::Fills { node: "node-a".into(), what, percent });
}

/// What a condition of the Node says, and why.
fn condition(run: &Run, name: &str) -> (String, String) {
    let node = run.engine.world.store.get::<Node>(&Key::cluster_wide("node-a")).unwrap();
    let found = crate::cluster::condition::node_condition(node, name).unwrap();
    (found.status.clone(), found.reason.clone().unwrap())
}

/// Creates a Pod of `web:1` whose class has this priority.
fn prioritized(run: &mut Run, name: &str, priority: i32) {
    let class = format!("priority-{priority}");
    let json = json!({"metadata": {"name": class}, "value": priority});
    run.engine.world.create::<PriorityClass>(serde_json::from_value(json).unwrap()).unwrap();
    let mut spec = app("web:1");
    spec["priorityClassName"] = json!(class);
    run.pod(name, spec);
}

#[test]
fn a_full_disk_evicts_who_wrote_more_than_asked_for() {
    let writes = |gi: i64| Image { disk: Some(gi * GI), ..Image::default() };
    let mut run = Run::new(&[("small:1", writes(1)), ("large:1", writes(5)), ("asked:1", writes(8))]);
    run.pod("small", app("small:1"));
    run.pod("large", app("large:1"));
    let mut asked = app("asked:1");
    asked["containers"][0]["resources"] = json!({"requests": {"ephemeral-storage": "10Gi"}});
    run.pod("asked", asked);
    run.until(5000);
    fill(&mut run, Pressure::Disk, 88);
    run.until(60_000);
    // 12 of 100 GiB are free, 15 % must be; the 5 GiB of `large` are enough.
    assert_eq!((run.phase("large"), run.word("large").as_str()), ("Failed", "Evicted"));
    assert_eq!(
        run.status("large").message.as_deref().unwrap(),
        "The node was low on resource: ephemeral-storage. Threshold quantity: 16106128000, available: 12Gi. Container \
         app was using 5Gi, request is 0, has larger consumption of ephemeral-storage. "
    );
    assert_eq!((run.phase("small"), run.phase("asked")), ("Running", "Running"));
    assert_eq!(condition(&run, "DiskPressure"), ("True".to_owned(), "KubeletHasDiskPressure".to_owned()));
    assert_eq!(condition(&run, "MemoryPressure").0, "False");
    assert_eq!(run.reasons("node-a"), ["NodeHasDiskPressure", "EvictionThresholdMet"]);
    assert_eq!(run.events("node-a")[1].1, "Attempting to reclaim ephemeral-storage");
}

#[test]
fn dead_containers_and_unused_images_go_before_any_pod() {
    // The image of the Pod that is gone has 75 GB (50 minutes at 25 MB/s), that is 69.8 GiB.
    let mut run = Run::new(&[("big:1", Image { pull: Some(secs(3000)), ..Image::default() })]);
    run.pod("stays", app("web:1"));
    run.pod("goes", app("big:1"));
    run.until(3_010_000);
    run.delete("goes");
    run.until(3_130_000);
    fill(&mut run, Pressure::Disk, 95);
    run.until(3_145_000);
    assert_eq!(run.phase("stays"), "Running");
    assert_eq!(condition(&run, "DiskPressure").0, "True");
    assert_eq!(run.reasons("node-a").iter().filter(|reason| *reason == "EvictionThresholdMet").count(), 1);
    run.pod("again", app("big:1"));
    run.until(3_150_000);
    assert_eq!(run.phase("again"), "Failed", "no Pod is let in as long as the condition shows");
    assert_eq!(
        run.status("again").message.as_deref().unwrap(),
        "Pod was rejected: The node had condition: [DiskPressure]. "
    );
    run.until(3_500_000);
    assert_eq!(condition(&run, "DiskPressure"), ("False".to_owned(), "KubeletHasNoDiskPressure".to_owned()));
}

#[test]
fn what_a_crashed_container_wrote_is_kept_until_the_disk_is_needed() {
    let writes = Image { disk: Some(20 * GI), ..exits(0, 5) };
    let mut run = Run::new(&[("batch:1", writes)]);
    let mut spec = app("batch:1");
    spec["restartPolicy"] = json!("Never");
    run.pod("batch", spec);
    run.pod("web", app("web:1"));
    run.until(15_000);
    assert_eq!(run.phase("batch"), "Succeeded");
    fill(&mut run, Pressure::Disk, 90);
    run.until(45_000);
    assert_eq!(run.phase("web"), "Running", "10 GiB were free, and 30 once the dead container was removed");
    fill(&mut run, Pressure::Disk, 90);
    run.until(60_000);
    assert_eq!(run.word("web"), "Evicted", "this time there is nothing to delete");
}

#[test]
fn inodes_can_run_out_while_there_are_bytes_left() {
    let mut run = Run::new(&[]);
    prioritized(&mut run, "web", 10);
    prioritized(&mut run, "spare", 0);
    run.until(5000);
    fill(&mut run, Pressure::Inodes, 96);
    run.until(14_000);
    assert_eq!((run.word("spare").as_str(), run.word("web").as_str()), ("Evicted", "Running"));
    // 100 GiB have 6 553 600 inodes: a twentieth, in single precision, is 327 680; 96 hundredths are 6 291 456.
    assert_eq!(
        run.status("spare").message.as_deref().unwrap(),
        "The node was low on resource: inodes. Threshold quantity: 320Ki, available: 262144. "
    );
    assert_eq!(condition(&run, "DiskPressure").0, "True");
}

#[test]
fn process_numbers_are_watched_if_the_kubelet_is_told_to_and_priority_decides() {
    let mut run = Run::new(&[]);
    let pids = Thresholds([(Watched::Pids, Threshold::parse("10%").unwrap())].into());
    run.engine.world.machines.insert("node-a".into(), Machine { eviction_hard: pids, ..Machine::default() });
    prioritized(&mut run, "important", 1000);
    prioritized(&mut run, "web", 0);
    run.until(5000);
    fill(&mut run, Pressure::Pids, 95);
    run.until(14_000);
    assert_eq!((run.word("web").as_str(), run.word("important").as_str()), ("Evicted", "Running"));
    assert_eq!(condition(&run, "PIDPressure"), ("True".to_owned(), "KubeletHasInsufficientPID".to_owned()));
    assert_eq!(run.reasons("node-a"), ["NodeHasInsufficientPID", "EvictionThresholdMet"]);
    let mut memory = Run::new(&[]);
    memory.engine.world.machines.insert(
        "node-a".into(),
        Machine {
            eviction_hard: Thresholds([(Watched::Pids, Threshold::Part(0.1))].into()),
            ..Machine::default()
        },
    );
    memory.pod("web", app("web:1"));
    memory.until(5000);
    fill(&mut memory, Pressure::Memory, 100);
    memory.until(40_000);
    assert_eq!(memory.phase("web"), "Running", "what is not named is not watched any more");
}

#[test]
fn on_a_disk_of_their_own_images_and_layers_do_not_fill_the_nodes() {
    let mut run = Run::new(&[("web:1", Image { disk: Some(45 * GI), ..Image::default() })]);
    let machine = Machine { image_disk: Some(50 * GI), ..Machine::default() };
    run.engine.world.machines.insert("node-a".into(), machine);
    run.pod("web", app("web:1"));
    run.until(14_000);
    // 5 of 50 GiB are free, less than 15 %.
    assert_eq!(run.word("web"), "Evicted");
    let message = run.status("web").message.clone().unwrap();
    assert!(message.contains("available: 5Gi. Container app was using 45Gi"), "{message}");
}

#[test]
fn who_writes_more_than_the_limit_is_evicted_though_there_is_room() {
    let writes = |gi: i64| Image { disk: Some(gi * GI), ..Image::default() };
    let mut run = Run::new(&[("two:1", writes(2)), ("five:1", writes(5))]);
    let limit = |image: &str, gi: &str| json!({"name": image.replace(':', "-"), "image": image, "resources": {"limits": {"ephemeral-storage": gi}}});
    run.pod("sum", json!({"containers": [limit("two:1", "1Gi")]}));
    run.pod("one", json!({"containers": [limit("two:1", "10Gi"), limit("five:1", "4Gi")]}));
    run.pod("within", json!({"containers": [limit("two:1", "2Gi")]}));
    run.until(14_000);
    let says = |pod: &str| run.status(pod).message.clone().unwrap_or_default();
    assert_eq!((run.word("sum").as_str(), run.word("one").as_str()), ("Evicted", "Evicted"));
    assert_eq!(says("sum"), "Pod ephemeral local storage usage exceeds the total limit of containers 1Gi. ");
    assert_eq!(says("one"), "Container five-1 exceeded its local ephemeral storage limit \"4Gi\". ");
    assert!(!run.is("one", "DisruptionTarget"), "that is its own fault");
    assert_eq!((run.phase("within"), run.reasons("node-a").len()), ("Running", 0));
}

#[test]
fn a_full_disk_is_still_full_after_the_machine_was_off() {
    let mut run = Run::new(&[]);
    run.pod("web", app("web:1"));
    run.until(5000);
    fill(&mut run, Pressure::Disk, 95);
    run.signal(Signal::NodeFails("node-a".into()));
    run.until(50_000);
    run.signal(Signal::NodeRecovers("node-a".into()));
    run.until(60_000);
    assert_eq!(condition(&run, "DiskPressure").0, "True");
}
