//! The whole control plane with kubelets: a volume moves with its Pod, or does not.

use super::super::test_cluster::events;
use super::*;
use crate::cluster::api::DeleteOptions;
use crate::cluster::components::control_plane;
use crate::cluster::engine::{Engine, Signal, Stop};
use crate::cluster::image::Images;
use crate::cluster::object::Kind;
use crate::cluster::scenario::NodeSpec;
use k8s_openapi::api::core::v1::Taint;
use serde_json::{Value, json};

/// Two Nodes that have been there, a claim, and a StatefulSet-like Pod `a` on node-a that uses it.
fn engine(mode: &str) -> Engine {
    let mut world = World::new(1, Images::default());
    for (number, name) in ["node-a", "node-b"].into_iter().enumerate() {
        let node = NodeSpec::named(name).to_object(SimTime(-3_600_000), number);
        world.store.create(SimTime(-3_600_000), node).unwrap();
        world.leases.insert(name.to_owned(), SimTime::ZERO);
    }
    let mut engine = Engine::new(world, control_plane());
    create(
        &mut engine,
        Kind::PersistentVolumeClaim,
        json!({"metadata": {"name": "data"}, "spec": {"accessModes": [mode],
            "resources": {"requests": {"storage": "1Gi"}}}}),
    );
    pod(&mut engine, "a", "node-a");
    run(&mut engine, 10);
    engine
}

fn create(engine: &mut Engine, kind: Kind, json: Value) {
    let object = Object::from_json(kind, json, |unknown| panic!("unknown field {unknown}")).unwrap();
    engine.world.create_object(object).unwrap();
    engine.after_action();
}

fn pod(engine: &mut Engine, name: &str, node: &str) {
    let spec = json!({
        "containers": [{"name": "app", "image": "web:1"}],
        "nodeSelector": {"kubernetes.io/hostname": node},
        "volumes": [{"name": "store", "persistentVolumeClaim": {"claimName": "data"}}],
    });
    create(engine, Kind::Pod, json!({"metadata": {"name": name}, "spec": spec}));
}

fn run(engine: &mut Engine, seconds: i64) {
    while engine.step(SimTime(seconds * 1000)) != Some(Stop::Reached) {}
}

fn delete(engine: &mut Engine, name: &str, options: DeleteOptions) {
    engine.world.delete::<Pod>(&Key::new("default", name), options).unwrap();
    engine.after_action();
}

fn fail(engine: &mut Engine, node: &str) {
    engine.world.signal(Signal::NodeFails(node.to_owned()));
    engine.after_action();
}

fn phase(engine: &Engine, name: &str) -> Option<String> {
    engine.world.store.get::<Pod>(&Key::new("default", name))?.status.as_ref()?.phase.clone()
}

/// The Nodes to which the volume is attached.
fn attached(engine: &Engine) -> Vec<String> {
    let all = engine.world.store.state().list::<VolumeAttachment>();
    all.map(|attachment| attachment.spec.node_name.clone()).collect()
}

#[test]
fn a_volume_moves_when_its_pod_has_ended() {
    let mut engine = engine("ReadWriteOnce");
    assert_eq!(
        (attached(&engine), phase(&engine, "a").as_deref()),
        (vec!["node-a".to_owned()], Some("Running"))
    );
    pod(&mut engine, "b", "node-b");
    run(&mut engine, 20);
    assert_eq!(phase(&engine, "b").as_deref(), Some("Pending"), "one Node at a time");
    let told = events(&engine, "FailedAttachVolume");
    assert_eq!(told.len(), 1);
    assert!(told[0].starts_with("Multi-Attach error for volume \"pvc-"), "{told:?}");
    assert!(told[0].ends_with("\" Volume is already used by pod(s) a"), "{told:?}");
    delete(&mut engine, "a", DeleteOptions::default());
    run(&mut engine, 60);
    assert_eq!(
        (attached(&engine), phase(&engine, "b").as_deref()),
        (vec!["node-b".to_owned()], Some("Running"))
    );
    delete(&mut engine, "b", DeleteOptions::default());
    run(&mut engine, 120);
    assert_eq!(attached(&engine), [""; 0]);
}

#[test]
fn a_second_pod_on_the_same_node_and_a_shared_volume_need_not_wait() {
    let mut once = engine("ReadWriteOnce");
    pod(&mut once, "b", "node-a");
    run(&mut once, 20);
    assert_eq!(phase(&once, "b").as_deref(), Some("Running"));
    let mut many = engine("ReadWriteMany");
    pod(&mut many, "b", "node-b");
    run(&mut many, 20);
    assert_eq!(phase(&many, "b").as_deref(), Some("Running"));
    assert_eq!(attached(&many).len(), 2);
}

#[test]
fn a_dead_node_keeps_a_volume_as_long_as_its_pod_is_terminating() {
    let mut engine = engine("ReadWriteOnce");
    fail(&mut engine, "node-a");
    pod(&mut engine, "b", "node-b");
    run(&mut engine, 3_600);
    let a = engine.world.store.get::<Pod>(&Key::new("default", "a")).unwrap();
    assert!(a.is_deleting(), "its toleration is long over");
    assert_eq!(
        (attached(&engine), phase(&engine, "b").as_deref()),
        (vec!["node-a".to_owned()], Some("Pending"))
    );
}

#[test]
fn six_minutes_after_its_pod_is_gone_a_dead_node_loses_a_volume() {
    let mut engine = engine("ReadWriteOnce");
    fail(&mut engine, "node-a");
    run(&mut engine, 100);
    delete(&mut engine, "a", DeleteOptions::now());
    pod(&mut engine, "b", "node-b");
    run(&mut engine, 460);
    assert_eq!(
        (attached(&engine), phase(&engine, "b").as_deref()),
        (vec!["node-a".to_owned()], Some("Pending"))
    );
    assert!(
        events(&engine, "FailedAttachVolume")[0]
            .ends_with("Volume is already exclusively attached to one node and can't be attached to another")
    );
    // After 123 s, and 133 s later again.
    let complaint = "Unable to attach or mount volumes: unmounted volumes=[store], unattached volumes=[store], \
                     failed to process volumes=[]: context deadline exceeded";
    assert_eq!(events(&engine, "FailedMount"), [complaint]);
    run(&mut engine, 461);
    assert_eq!(attached(&engine), ["node-b"]);
    run(&mut engine, 470);
    assert_eq!(phase(&engine, "b").as_deref(), Some("Running"));
}

#[test]
fn a_node_that_a_person_knows_to_be_off_loses_its_volumes_at_once() {
    let mut engine = engine("ReadWriteOnce");
    fail(&mut engine, "node-a");
    pod(&mut engine, "b", "node-b");
    run(&mut engine, 100);
    let taint = Taint {
        key: OUT_OF_SERVICE.to_owned(),
        value: Some("nodeshutdown".to_owned()),
        effect: "NoExecute".to_owned(),
        time_added: None,
    };
    let put = |node: &mut Node| {
        node.spec.get_or_insert_default().taints.get_or_insert_default().push(taint);
    };
    engine.world.update::<Node>(&Key::cluster_wide("node-a"), put).unwrap();
    engine.after_action();
    // The taint evicts the Pod, and the Pod collector, which comes every 20 s, removes it.
    run(&mut engine, 125);
    assert_eq!(
        (attached(&engine), phase(&engine, "b").as_deref()),
        (vec!["node-b".to_owned()], Some("Running"))
    );
}

#[test]
fn a_node_that_comes_back_lets_go_of_what_it_no_longer_needs() {
    let mut engine = engine("ReadWriteOnce");
    fail(&mut engine, "node-a");
    run(&mut engine, 100);
    delete(&mut engine, "a", DeleteOptions::now());
    pod(&mut engine, "b", "node-b");
    run(&mut engine, 200);
    assert_eq!(attached(&engine), ["node-a"]);
    engine.world.signal(Signal::NodeRecovers("node-a".to_owned()));
    engine.after_action();
    run(&mut engine, 210);
    assert_eq!(attached(&engine), ["node-b"]);
}

/// The volumes that a Node says are attached to it.
fn listed(engine: &Engine, node: &str) -> Vec<String> {
    let node = engine.world.store.get::<Node>(&Key::cluster_wide(node)).unwrap();
    let attached = node.status.as_ref().and_then(|status| status.volumes_attached.clone());
    attached.into_iter().flatten().map(|volume| volume.name).collect()
}

#[test]
fn a_node_lists_what_is_attached_to_it() {
    let mut engine = engine("ReadWriteOnce");
    let claim =
        engine.world.store.get::<PersistentVolumeClaim>(&Key::new("default", "data")).unwrap().clone();
    let volume = volume_name(&claim).unwrap().to_owned();
    assert_eq!(listed(&engine, "node-a"), [format!("kubernetes.io/csi/csi.simulated.example^{volume}")]);
    assert_eq!(listed(&engine, "node-b"), [""; 0]);
    engine.world.delete::<Pod>(&Key::new("default", "a"), DeleteOptions::default()).unwrap();
    engine.after_action();
    run(&mut engine, 60);
    assert_eq!(listed(&engine, "node-a"), [""; 0]);
}
