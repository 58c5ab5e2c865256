//! The scheduler and the volume binder together: who waits for whom, and where a volume then is.

use super::tests::{get, node, place, pod, run, why};
use super::*;
use crate::cluster::controllers::Runner;
use crate::cluster::controllers::persistent_volume::VolumeBinder;
use crate::cluster::engine::Engine;
use crate::cluster::image::Images;
use crate::cluster::object::Kind;
use crate::cluster::object::types::{Event, PersistentVolume, PersistentVolumeClaim};
use crate::cluster::volumes::{phase, selected_node, volume_name};
use serde_json::{Value, json};

fn engine() -> Engine {
    let components: Vec<Box<dyn Component>> =
        vec![Box::new(Runner::new(VolumeBinder)), Box::new(Scheduler::default())];
    let mut engine = Engine::new(World::new(1, Images::default()), components);
    for (name, zone) in [("node-a", "z1"), ("node-b", "z2")] {
        node(&mut engine, name, |node| {
            node["metadata"]["labels"]["topology.kubernetes.io/zone"] = json!(zone);
        });
    }
    engine
}

fn create(engine: &mut Engine, kind: Kind, json: Value) {
    let object = Object::from_json(kind, json, |unknown| panic!("unknown field {unknown}")).unwrap();
    engine.world.create_object(object).unwrap();
    engine.after_action();
}

fn class(engine: &mut Engine, provisioner: &str, mode: &str) {
    let class = json!({"metadata": {"name": "fast"}, "provisioner": provisioner, "volumeBindingMode": mode});
    create(engine, Kind::StorageClass, class);
}

fn claim(engine: &mut Engine, name: &str) {
    let spec = json!({"accessModes": ["ReadWriteOnce"], "storageClassName": "fast",
        "resources": {"requests": {"storage": "1Gi"}}});
    create(engine, Kind::PersistentVolumeClaim, json!({"metadata": {"name": name}, "spec": spec}));
}

fn user(engine: &mut Engine, name: &str, claims: &[&str], node: Option<&str>) {
    let volumes: Vec<Value> = claims
        .iter()
        .map(|claim| json!({"name": claim, "persistentVolumeClaim": {"claimName": claim}}))
        .collect();
    pod(engine, name, |pod| {
        pod["spec"]["volumes"] = json!(volumes);
        if let Some(node) = node {
            pod["spec"]["nodeSelector"] = json!({"kubernetes.io/hostname": node});
        }
    });
}

fn data(engine: &Engine) -> &PersistentVolumeClaim {
    engine.world.store.get::<PersistentVolumeClaim>(&Key::new("default", "data")).unwrap()
}

fn said(engine: &Engine, reason: &str) -> Vec<String> {
    let events = engine.world.store.state().by_age::<Event>().into_iter();
    let events = events.filter(|event| event.reason.as_deref() == Some(reason));
    events.map(|event| event.message.clone().unwrap_or_default()).collect()
}

#[test]
fn a_claim_that_waits_for_its_first_consumer_gets_its_volume_where_the_pod_goes() {
    let mut engine = engine();
    class(&mut engine, "ebs.csi.aws.com", "WaitForFirstConsumer");
    claim(&mut engine, "data");
    run(&mut engine, 1_000);
    assert_eq!((phase(data(&engine)), volume_name(data(&engine))), ("Pending", None));
    assert_eq!(
        said(&engine, "WaitForFirstConsumer"),
        ["waiting for first consumer to be created before binding"]
    );
    user(&mut engine, "a", &["data"], Some("node-b"));
    run(&mut engine, 2_000);
    assert_eq!(place(&engine, "a"), Some("node-b"));
    assert_eq!((phase(data(&engine)), selected_node(data(&engine))), ("Bound", Some("node-b")));
    let volume = Key::cluster_wide(volume_name(data(&engine)).unwrap());
    let volume = engine.world.store.get::<PersistentVolume>(&volume).unwrap().clone();
    let term = serde_json::to_value(volume.spec.as_ref().unwrap().node_affinity.as_ref().unwrap()).unwrap();
    assert_eq!(
        term["required"]["nodeSelectorTerms"][0]["matchExpressions"][0],
        json!({"key": "topology.kubernetes.io/zone", "operator": "In", "values": ["z2"]})
    );
}

#[test]
fn a_volume_made_at_once_may_be_in_a_zone_where_the_pod_cannot_go() {
    let mut engine = engine();
    class(&mut engine, "ebs.csi.aws.com", "Immediate");
    claim(&mut engine, "data");
    run(&mut engine, 1_000);
    assert_eq!(phase(data(&engine)), "Bound");
    user(&mut engine, "a", &["data"], Some("node-b"));
    run(&mut engine, 2_000);
    assert_eq!(place(&engine, "a"), None);
    let reasons = "0/2 nodes are available: 1 node(s) didn't match PersistentVolume's node affinity, \
                   1 node(s) didn't match Pod's node affinity/selector.";
    assert!(why(&engine, "a").starts_with(reasons), "{}", why(&engine, "a"));
}

#[test]
fn a_pod_with_an_unbound_claim_of_an_immediate_class_is_refused_by_all_nodes() {
    let mut engine = engine();
    claim(&mut engine, "data"); // Its class is not there.
    user(&mut engine, "a", &["data"], None);
    run(&mut engine, 1_000);
    let reasons = "0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims.";
    assert!(why(&engine, "a").starts_with(reasons), "{}", why(&engine, "a"));
    class(&mut engine, "csi.example", "Immediate");
    run(&mut engine, 20_000);
    assert!(place(&engine, "a").is_some(), "the class came, then the volume, then the Node");
}

#[test]
fn of_hand_made_volumes_the_scheduler_takes_one_that_the_node_reaches() {
    let mut engine = engine();
    class(&mut engine, "kubernetes.io/no-provisioner", "WaitForFirstConsumer");
    let volume = |engine: &mut Engine, name: &str, node: &str, size: &str| {
        let required = json!({"nodeSelectorTerms": [{"matchExpressions": [
            {"key": "kubernetes.io/hostname", "operator": "In", "values": [node]}]}]});
        let spec = json!({"accessModes": ["ReadWriteOnce"], "capacity": {"storage": size},
            "storageClassName": "fast", "local": {"path": "/data"}, "nodeAffinity": {"required": required}});
        create(engine, Kind::PersistentVolume, json!({"metadata": {"name": name}, "spec": spec}));
    };
    volume(&mut engine, "small-a", "node-a", "1Gi");
    volume(&mut engine, "large-b", "node-b", "5Gi");
    claim(&mut engine, "data");
    run(&mut engine, 1_000);
    assert_eq!(phase(data(&engine)), "Pending", "the smallest one is not taken before a Pod needs it");
    user(&mut engine, "a", &["data"], Some("node-b"));
    run(&mut engine, 2_000);
    assert_eq!(place(&engine, "a"), Some("node-b"));
    assert_eq!(volume_name(data(&engine)), Some("large-b"));
    // A second claim finds no volume on that Node, and nobody makes one.
    claim(&mut engine, "more");
    user(&mut engine, "b", &["more"], Some("node-b"));
    run(&mut engine, 3_000);
    let reasons = "0/2 nodes are available: 1 node(s) didn't find available persistent volumes to bind, \
                   1 node(s) didn't match Pod's node affinity/selector.";
    assert!(why(&engine, "b").starts_with(reasons), "{}", why(&engine, "b"));
    user(&mut engine, "c", &["more"], Some("node-a"));
    run(&mut engine, 5_000);
    assert_eq!(place(&engine, "c"), Some("node-a"));
}

#[test]
fn a_pod_is_bound_only_when_its_claims_are_and_counts_on_its_node_meanwhile() {
    // Nobody binds claims here.
    let mut engine = Engine::new(
        World::new(1, Images::default()),
        vec![Box::new(Scheduler::default()) as Box<dyn Component>],
    );
    node(&mut engine, "node-a", |_| ());
    class(&mut engine, "csi.example", "WaitForFirstConsumer");
    claim(&mut engine, "data");
    pod(&mut engine, "a", |pod| {
        pod["spec"]["containers"][0]["resources"] = json!({"requests": {"cpu": "3"}});
        pod["spec"]["volumes"] = json!([{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]);
    });
    run(&mut engine, 1_000);
    assert_eq!(selected_node(data(&engine)), Some("node-a"));
    pod(&mut engine, "b", |pod| {
        pod["spec"]["containers"][0]["resources"] = json!({"requests": {"cpu": "2"}});
    });
    run(&mut engine, 2_000);
    assert_eq!((place(&engine, "a"), place(&engine, "b")), (None, None));
    run(&mut engine, 610_000);
    let message = "running PreBind plugin \"VolumeBinding\": binding volumes: context deadline exceeded";
    assert!(said(&engine, "FailedScheduling").contains(&message.to_owned()));
    assert_eq!(place(&engine, "b"), Some("node-a"), "the other one has given up its place");
    assert_eq!(get(&engine, "a").status.as_ref().unwrap().phase.as_deref(), Some("Pending"));
}

#[test]
fn a_node_takes_as_many_volumes_of_a_driver_as_its_csinode_says() {
    let mut engine = engine();
    for name in ["node-a", "node-b"] {
        let driver = json!({"name": "ebs.csi.aws.com", "nodeID": name, "allocatable": {"count": 2}});
        create(
            &mut engine,
            Kind::CSINode,
            json!({"metadata": {"name": name}, "spec": {"drivers": [driver]}}),
        );
    }
    class(&mut engine, "ebs.csi.aws.com", "WaitForFirstConsumer");
    for name in ["data", "x", "y"] {
        claim(&mut engine, name);
    }
    user(&mut engine, "a", &["data", "x"], Some("node-a"));
    run(&mut engine, 1_000);
    user(&mut engine, "b", &["data"], Some("node-a"));
    user(&mut engine, "c", &["y"], Some("node-a"));
    run(&mut engine, 2_000);
    assert_eq!(place(&engine, "b"), Some("node-a"), "a volume that is there already counts once");
    let reasons = "0/2 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, \
                   1 node(s) exceed max volume count.";
    assert!(why(&engine, "c").starts_with(reasons), "{}", why(&engine, "c"));
}

#[test]
fn a_volume_with_a_zone_label_keeps_its_pods_in_that_zone() {
    let mut engine = engine();
    let spec = json!({"accessModes": ["ReadWriteOnce"], "capacity": {"storage": "1Gi"}, "storageClassName": "fast",
        "nfs": {"server": "nas", "path": "/"}});
    let labels = json!({"topology.kubernetes.io/zone": "z2__z3"});
    create(
        &mut engine,
        Kind::PersistentVolume,
        json!({"metadata": {"name": "old", "labels": labels}, "spec": spec}),
    );
    claim(&mut engine, "data");
    user(&mut engine, "a", &["data"], Some("node-a"));
    user(&mut engine, "b", &["data"], None);
    run(&mut engine, 10_000);
    assert!(why(&engine, "a").contains("1 node(s) had no available volume zone"), "{}", why(&engine, "a"));
    assert_eq!(place(&engine, "b"), Some("node-b"));
}
