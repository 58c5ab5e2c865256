//! A claim that asks for more, from beginning to end. A Pod runs 2 s after it is made.

use super::*;
use crate::cluster::controllers::Runner;
use crate::cluster::controllers::persistent_volume::VolumeBinder;
use crate::cluster::controllers::test_cluster::{cluster, create, events, get, run};
use crate::cluster::engine::Engine;
use crate::cluster::object::Kind;
use serde_json::json;

fn with_claim(expands: bool) -> Engine {
    let mut engine =
        cluster(vec![Box::new(Runner::new(VolumeBinder)), Box::new(Runner::new(VolumeExpander))]);
    create(
        &mut engine,
        Kind::StorageClass,
        json!({"metadata": {"name": "fast"}, "provisioner": "csi.example", "allowVolumeExpansion": expands}),
    );
    create(
        &mut engine,
        Kind::PersistentVolumeClaim,
        json!({"metadata": {"name": "data"}, "spec": {"storageClassName": "fast", "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "1Gi"}}}}),
    );
    run(&mut engine, 1_000);
    engine
}

/// Asks for so much, as a person does.
fn ask(engine: &mut Engine, size: &str) -> Result<(), String> {
    let asked = engine.world.update::<PersistentVolumeClaim>(&Key::new("default", "data"), |claim| {
        let resources = claim.spec.as_mut().unwrap().resources.as_mut().unwrap();
        resources.requests = Some([(STORAGE.to_owned(), ApiQuantity(size.to_owned()))].into());
    });
    engine.after_action();
    asked.map(drop).map_err(|error| error.to_string())
}

/// Capacity of the claim, its conditions, capacity of the volume.
fn state(engine: &Engine) -> (String, Vec<String>, String) {
    let claim = get::<PersistentVolumeClaim>(engine, "data");
    let status = claim.status.clone().unwrap();
    let conditions = status.conditions.into_iter().flatten().map(|condition| condition.type_).collect();
    let volume = bound_volume(engine.world.store.state(), &claim).unwrap().spec.clone().unwrap();
    let size = |amounts: Option<BTreeMap<String, ApiQuantity>>| amounts.unwrap()[STORAGE].0.clone();
    (size(status.capacity), conditions, size(volume.capacity))
}

#[test]
fn the_volume_grows_at_once_and_the_file_system_when_a_pod_has_it() {
    let mut engine = with_claim(true);
    ask(&mut engine, "2Gi").unwrap();
    run(&mut engine, 2_000);
    assert_eq!(state(&engine), ("1Gi".into(), vec![PENDING.into()], "2Gi".into()));
    assert_eq!(events(&engine, "FileSystemResizeRequired"), ["Require file system resize of volume on node"]);
    create(
        &mut engine,
        Kind::Pod,
        json!({"metadata": {"name": "user"}, "spec": {"containers": [{"name": "app", "image": "web:1"}],
            "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]}}),
    );
    run(&mut engine, 3_900);
    assert_eq!(state(&engine).0, "1Gi", "the Pod does not run yet");
    run(&mut engine, 5_000);
    assert_eq!(state(&engine), ("2Gi".into(), vec![], "2Gi".into()));
    assert_eq!(events(&engine, "FileSystemResizeSuccessful").len(), 1);
    // Now the Pod has it, and more is had at once.
    ask(&mut engine, "3Gi").unwrap();
    run(&mut engine, 6_000);
    assert_eq!(state(&engine), ("3Gi".into(), vec![], "3Gi".into()));
}

#[test]
fn a_class_must_allow_it_and_a_volume_never_shrinks() {
    let mut engine = with_claim(false);
    assert_eq!(
        ask(&mut engine, "2Gi").unwrap_err(),
        "persistentvolumeclaims \"data\" is forbidden: only dynamically provisioned pvc can be resized and the storageclass \
         that provisions the pvc must support resize"
    );
    let mut engine = with_claim(true);
    assert_eq!(
        ask(&mut engine, "500Mi").unwrap_err(),
        "PersistentVolumeClaim \"data\" is invalid: spec.resources.requests.storage: Forbidden: field can not be less than \
         status.capacity"
    );
    run(&mut engine, 2_000);
    assert_eq!(state(&engine), ("1Gi".into(), vec![], "1Gi".into()));
}
