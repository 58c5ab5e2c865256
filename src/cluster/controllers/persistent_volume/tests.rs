use super::super::test_cluster::{cluster, create, events, get, run};
use super::*;
use crate::cluster::api::DeleteOptions;
use crate::cluster::controllers::Runner;
use crate::cluster::controllers::pv_protection::VolumeProtection;
use crate::cluster::controllers::pvc_protection::ClaimProtection;
use crate::cluster::engine::Engine;
use crate::cluster::object::Kind;
use k8s_openapi::api::core::v1::Pod;
use serde_json::{Value, json};

fn world() -> Engine {
    cluster(vec![
        Box::new(Runner::new(VolumeBinder)),
        Box::new(Runner::new(ClaimProtection)),
        Box::new(Runner::new(VolumeProtection)),
    ])
}

fn claim(engine: &mut Engine, name: &str, class: Option<&str>) {
    let mut spec = json!({"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}});
    if let Some(class) = class {
        spec["storageClassName"] = json!(class);
    }
    create(engine, Kind::PersistentVolumeClaim, json!({"metadata": {"name": name}, "spec": spec}));
}

fn volume(engine: &mut Engine, name: &str, size: &str, more: Value) {
    let mut spec = json!({"accessModes": ["ReadWriteOnce"], "capacity": {"storage": size},
        "hostPath": {"path": "/data"}});
    for (field, value) in more.as_object().unwrap() {
        spec[field] = value.clone();
    }
    create(engine, Kind::PersistentVolume, json!({"metadata": {"name": name}, "spec": spec}));
}

fn user(engine: &mut Engine, name: &str, claim: &str) {
    create(
        engine,
        Kind::Pod,
        json!({"metadata": {"name": name}, "spec": {
            "containers": [{"name": "app", "image": "web:1"}],
            "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": claim}}]}}),
    );
}

fn delete<T: Resource>(engine: &mut Engine, key: &Key) {
    engine.world.delete::<T>(key, DeleteOptions::default()).unwrap();
    engine.after_action();
}

fn data() -> Key {
    Key::new("default", "data")
}

/// Phase and volume of the claim `data`.
fn bound_to(engine: &Engine) -> (String, Option<String>) {
    let claim = get::<PersistentVolumeClaim>(engine, "data");
    (phase(&claim).to_owned(), volume_name(&claim).map(str::to_owned))
}

fn volume_phase(engine: &Engine, name: &str) -> Option<String> {
    let volume = engine.world.store.get::<PersistentVolume>(&Key::cluster_wide(name))?;
    volume.status.as_ref()?.phase.clone()
}

#[test]
fn a_claim_of_the_default_class_is_bound_at_once_to_a_volume_of_its_own() {
    let mut engine = world();
    claim(&mut engine, "data", None);
    run(&mut engine, 10);
    let claim = get::<PersistentVolumeClaim>(&engine, "data");
    let name = format!("pvc-{}", claim.uid());
    assert_eq!(bound_to(&engine), ("Bound".to_owned(), Some(name.clone())));
    assert_eq!(claim.status.as_ref().unwrap().capacity.as_ref().unwrap()["storage"].0, "1Gi");
    assert_eq!(claim.metadata.finalizers, Some(vec!["kubernetes.io/pvc-protection".to_owned()]));
    let volume = engine.world.store.get::<PersistentVolume>(&Key::cluster_wide(&name)).unwrap();
    let spec = volume.spec.as_ref().unwrap();
    assert_eq!(spec.storage_class_name.as_deref(), Some("standard"));
    assert_eq!(spec.persistent_volume_reclaim_policy.as_deref(), Some("Delete"));
    assert_eq!(spec.access_modes, Some(vec!["ReadWriteOnce".to_owned()]));
    assert_eq!(volume_phase(&engine, &name).as_deref(), Some("Bound"));
    assert_eq!(events(&engine, "ProvisioningSucceeded"), [format!("Successfully provisioned volume {name}")]);
}

#[test]
fn a_claim_in_use_outlives_its_deletion_until_its_pod_is_gone_and_takes_its_volume_along() {
    let mut engine = world();
    claim(&mut engine, "data", None);
    run(&mut engine, 100);
    let name = volume_name(&get::<PersistentVolumeClaim>(&engine, "data")).unwrap().to_owned();
    user(&mut engine, "a", "data");
    run(&mut engine, 3_000);
    delete::<PersistentVolumeClaim>(&mut engine, &data());
    run(&mut engine, 10_000);
    assert!(get::<PersistentVolumeClaim>(&engine, "data").is_deleting());
    assert_eq!(volume_phase(&engine, &name).as_deref(), Some("Bound"));
    delete::<Pod>(&mut engine, &Key::new("default", "a"));
    run(&mut engine, 12_000);
    assert!(engine.world.store.get::<PersistentVolumeClaim>(&data()).is_none());
    assert_eq!(volume_phase(&engine, &name), None);
}

#[test]
fn a_deleted_claim_that_nobody_uses_goes_at_once() {
    let mut engine = world();
    claim(&mut engine, "data", None);
    claim(&mut engine, "other", None);
    user(&mut engine, "a", "other");
    run(&mut engine, 3_000);
    delete::<PersistentVolumeClaim>(&mut engine, &data());
    run(&mut engine, 3_100);
    assert!(engine.world.store.get::<PersistentVolumeClaim>(&data()).is_none());
    assert_eq!(engine.world.store.state().count(Kind::PersistentVolume), 1);
}

#[test]
fn a_claim_of_no_class_waits_for_a_volume_made_by_hand_and_takes_the_smallest_that_is_large_enough() {
    let mut engine = world();
    claim(&mut engine, "data", Some(""));
    volume(&mut engine, "small", "512Mi", json!({}));
    run(&mut engine, 100);
    assert_eq!(bound_to(&engine), ("Pending".to_owned(), None));
    assert_eq!(volume_phase(&engine, "small").as_deref(), Some("Available"));
    assert_eq!(
        events(&engine, "FailedBinding"),
        ["no persistent volumes available for this claim and no storage class is set"]
    );
    volume(&mut engine, "huge", "10Gi", json!({}));
    volume(&mut engine, "right", "2Gi", json!({}));
    run(&mut engine, 200);
    assert_eq!(bound_to(&engine), ("Bound".to_owned(), Some("right".to_owned())));
    // What a person made is kept, with its data, and goes to nobody else.
    delete::<PersistentVolumeClaim>(&mut engine, &data());
    run(&mut engine, 300);
    assert_eq!(volume_phase(&engine, "right").as_deref(), Some("Released"));
    claim(&mut engine, "data", Some(""));
    run(&mut engine, 400);
    assert_eq!(bound_to(&engine), ("Bound".to_owned(), Some("huge".to_owned())));
}

#[test]
fn a_claim_of_no_class_gets_the_youngest_default_class() {
    let mut engine = world();
    let class = |engine: &mut Engine, name: &str, default: &str| {
        let annotations = json!({"storageclass.kubernetes.io/is-default-class": default});
        let metadata = json!({"name": name, "annotations": annotations});
        create(engine, Kind::StorageClass, json!({"metadata": metadata, "provisioner": "csi.example"}));
    };
    // In the place of the class that every cluster has.
    class(&mut engine, "standard", "false");
    claim(&mut engine, "data", None);
    run(&mut engine, 1_000);
    assert_eq!(bound_to(&engine).0, "Pending", "there is no default");
    class(&mut engine, "old", "true");
    run(&mut engine, 2_000);
    assert_eq!(bound_to(&engine).0, "Bound", "it is given the default that has come later");
    class(&mut engine, "young", "true");
    claim(&mut engine, "more", None);
    let class_of = |name: &str| {
        get::<PersistentVolumeClaim>(&engine, name).spec.as_ref().unwrap().storage_class_name.clone()
    };
    assert_eq!((class_of("data").as_deref(), class_of("more").as_deref()), (Some("old"), Some("young")));
}

#[test]
fn a_class_can_keep_its_volumes() {
    let mut engine = world();
    let class =
        json!({"metadata": {"name": "kept"}, "provisioner": "csi.example", "reclaimPolicy": "Retain"});
    create(&mut engine, Kind::StorageClass, class);
    claim(&mut engine, "data", Some("kept"));
    run(&mut engine, 1_000);
    let volume = bound_to(&engine).1.unwrap();
    delete::<PersistentVolumeClaim>(&mut engine, &data());
    run(&mut engine, 2_000);
    assert_eq!(volume_phase(&engine, &volume).as_deref(), Some("Released"));
}

#[test]
fn a_directory_of_a_node_is_not_made_before_the_node_is_known() {
    let mut engine = world();
    let class = json!({"metadata": {"name": "local"}, "provisioner": "rancher.io/local-path"});
    create(&mut engine, Kind::StorageClass, class);
    claim(&mut engine, "data", Some("local"));
    run(&mut engine, 1_000);
    assert_eq!(bound_to(&engine).0, "Pending");
    assert_eq!(
        events(&engine, "ProvisioningFailed"),
        [
            "failed to provision volume with StorageClass \"local\": configuration error, no node was specified"
        ]
    );
}

#[test]
fn a_class_that_is_not_there_provisions_nothing() {
    let mut engine = world();
    claim(&mut engine, "data", Some("fast"));
    run(&mut engine, 1_000);
    assert_eq!(bound_to(&engine), ("Pending".to_owned(), None));
    assert_eq!(events(&engine, "ProvisioningFailed"), ["storageclass.storage.k8s.io \"fast\" not found"]);
}

#[test]
fn a_bound_volume_waits_for_its_claim_and_a_claim_without_its_volume_is_lost() {
    let mut engine = world();
    claim(&mut engine, "data", None);
    run(&mut engine, 100);
    let volume = Key::cluster_wide(volume_name(&get::<PersistentVolumeClaim>(&engine, "data")).unwrap());
    delete::<PersistentVolume>(&mut engine, &volume);
    run(&mut engine, 200);
    assert!(engine.world.store.get::<PersistentVolume>(&volume).unwrap().is_deleting());
    assert_eq!(bound_to(&engine).0, "Bound");
    let forced = |volume: &mut PersistentVolume| volume.metadata.finalizers = None;
    engine.world.write::<PersistentVolume>(&volume, forced).unwrap();
    engine.after_action();
    run(&mut engine, 300);
    assert_eq!(bound_to(&engine).0, "Lost");
    assert_eq!(
        events(&engine, "ClaimLost"),
        ["Bound claim has lost its PersistentVolume. Data on the volume is lost!"]
    );
}

#[test]
fn a_claim_that_waits_is_told_so_every_fifteen_seconds() {
    let mut engine = world();
    claim(&mut engine, "data", Some(""));
    run(&mut engine, 61_000);
    let waits = engine.world.store.state().list::<k8s_openapi::api::core::v1::Event>();
    let counts: Vec<Option<i32>> = waits
        .filter(|event| event.reason.as_deref() == Some("FailedBinding"))
        .map(|event| event.count)
        .collect();
    assert_eq!(counts, [Some(5)], "at once, and at 15, 30, 45 and 60 s");
}
