//! StatefulSets in a cluster: Pods are Ready 2 s after they are made, and gone 1 s after they are deleted.

use super::*;
use crate::cluster::api::Propagation;
use crate::cluster::controllers::Runner;
use crate::cluster::controllers::garbage_collector::GarbageCollector;
use crate::cluster::controllers::pvc_protection::ClaimProtection;
use crate::cluster::controllers::test_cluster::{
    cluster, create, edit, events, get, pods, run, set as set_phase, template,
};
use crate::cluster::engine::Engine;
use k8s_openapi::api::core::v1::PersistentVolumeClaim;
use serde_json::{Value, json};

fn with_set(spec: Value) -> Engine {
    let mut engine = cluster(vec![
        Box::new(Runner::new(GarbageCollector)),
        Box::new(Runner::new(StatefulSetController)),
        Box::new(Runner::new(ClaimProtection)),
    ]);
    let mut set = json!({"metadata": {"name": "db"}, "spec": {
        "replicas": 3, "serviceName": "db", "selector": {"matchLabels": {"app": "db"}}, "template": template("db", "web:1")}});
    set["spec"].as_object_mut().unwrap().extend(spec.as_object().unwrap().clone());
    create(&mut engine, Kind::StatefulSet, set);
    engine
}

fn with_claims(policy: Value) -> Engine {
    with_set(json!({
        "replicas": 2,
        "persistentVolumeClaimRetentionPolicy": policy,
        "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": {
            "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}]}))
}

fn names(engine: &Engine) -> Vec<String> {
    let mut names: Vec<String> = pods(engine).iter().map(|pod| pod.name().to_owned()).collect();
    names.sort();
    names
}

/// The image of each Pod, by ordinal.
fn images(engine: &Engine) -> Vec<String> {
    let image = |name: String| get::<Pod>(engine, &name).spec.as_ref().unwrap().containers[0].image.clone();
    names(engine).into_iter().filter_map(image).collect()
}

fn claims(engine: &Engine) -> Vec<String> {
    let all = engine.world.store.state().list::<PersistentVolumeClaim>();
    all.map(|claim| claim.name().to_owned()).collect()
}

fn scale(engine: &mut Engine, replicas: i32) {
    edit::<StatefulSet>(engine, "db", |set| set.spec.as_mut().unwrap().replicas = Some(replicas));
}

fn set_image(engine: &mut Engine, image: &str) {
    edit::<StatefulSet>(engine, "db", |set| {
        let template = &mut set.spec.as_mut().unwrap().template;
        template.spec.as_mut().unwrap().containers[0].image = Some(image.to_owned());
    });
}

fn delete(engine: &mut Engine, name: &str) {
    engine.world.delete::<Pod>(&Key::new("default", name), DeleteOptions::default()).unwrap();
    engine.after_action();
}

#[test]
fn pods_come_in_order_each_when_the_one_before_is_ready() {
    let mut engine = with_set(json!({}));
    run(&mut engine, 1900);
    assert_eq!(names(&engine), ["db-0"]);
    run(&mut engine, 3900);
    assert_eq!(names(&engine), ["db-0", "db-1"]);
    run(&mut engine, 7000);
    assert_eq!(names(&engine), ["db-0", "db-1", "db-2"]);
    assert_eq!(
        events(&engine, "SuccessfulCreate"),
        [
            "Create Pod db-0 in StatefulSet db successful",
            "Create Pod db-1 in StatefulSet db successful",
            "Create Pod db-2 in StatefulSet db successful"
        ]
    );
    let status = get::<StatefulSet>(&engine, "db").status.clone().unwrap();
    assert_eq!((status.replicas, status.ready_replicas, status.current_replicas), (3, Some(3), Some(3)));
    assert_eq!((status.updated_replicas, status.available_replicas), (Some(3), Some(3)));
    assert_eq!(status.current_revision, status.update_revision);
}

#[test]
fn a_pod_knows_its_name_its_ordinal_and_its_service() {
    let mut engine = with_set(json!({"ordinals": {"start": 5}, "replicas": 1}));
    run(&mut engine, 1000);
    let pod = get::<Pod>(&engine, "db-5");
    let spec = pod.spec.as_ref().unwrap();
    assert_eq!((spec.hostname.as_deref(), spec.subdomain.as_deref()), (Some("db-5"), Some("db")));
    let labels = pod.metadata.labels.as_ref().unwrap();
    assert_eq!(labels["statefulset.kubernetes.io/pod-name"], "db-5");
    assert_eq!(labels["apps.kubernetes.io/pod-index"], "5");
    let status = get::<StatefulSet>(&engine, "db").status.clone().unwrap();
    assert_eq!(Some(&labels["controller-revision-hash"]), status.update_revision.as_ref());
}

#[test]
fn in_parallel_all_come_and_go_at_once() {
    let mut engine = with_set(json!({"podManagementPolicy": "Parallel"}));
    run(&mut engine, 10);
    assert_eq!(names(&engine).len(), 3);
    run(&mut engine, 5000);
    scale(&mut engine, 0);
    run(&mut engine, 6100);
    assert!(names(&engine).is_empty());
}

#[test]
fn scaling_down_takes_the_highest_first_and_one_at_a_time() {
    let mut engine = with_set(json!({}));
    run(&mut engine, 10_000);
    scale(&mut engine, 1);
    run(&mut engine, 10_900);
    assert_eq!(names(&engine).len(), 3);
    assert!(get::<Pod>(&engine, "db-2").is_deleting() && !get::<Pod>(&engine, "db-1").is_deleting());
    run(&mut engine, 11_500);
    assert_eq!(names(&engine), ["db-0", "db-1"]);
    run(&mut engine, 12_500);
    assert_eq!(names(&engine), ["db-0"]);
    assert_eq!(
        events(&engine, "SuccessfulDelete"),
        ["Delete Pod db-2 in StatefulSet db successful", "Delete Pod db-1 in StatefulSet db successful"]
    );
}

#[test]
fn scaling_down_waits_while_a_lower_pod_is_not_ready() {
    let mut engine = with_set(json!({}));
    run(&mut engine, 10_000);
    set_phase(&mut engine.world, &Key::new("default", "db-0"), "Running", false);
    scale(&mut engine, 1);
    run(&mut engine, 20_000);
    assert_eq!(names(&engine).len(), 3);
    set_phase(&mut engine.world, &Key::new("default", "db-0"), "Running", true);
    engine.after_action();
    run(&mut engine, 30_000);
    assert_eq!(names(&engine), ["db-0"]);
}

#[test]
fn a_deleted_pod_comes_back_under_its_name_once_it_is_gone() {
    let mut engine = with_set(json!({}));
    run(&mut engine, 10_000);
    let uid = get::<Pod>(&engine, "db-1").uid().to_owned();
    delete(&mut engine, "db-1");
    run(&mut engine, 10_500);
    assert_eq!(get::<Pod>(&engine, "db-1").uid(), uid, "it still terminates");
    run(&mut engine, 14_000);
    assert_ne!(get::<Pod>(&engine, "db-1").uid(), uid);
    assert_eq!(get::<StatefulSet>(&engine, "db").status.as_ref().unwrap().ready_replicas, Some(3));
}

#[test]
fn a_pod_that_nobody_can_stop_holds_everything_up() {
    let mut engine = with_set(json!({}));
    run(&mut engine, 10_000);
    // Its kubelet is silent: the deletion is wanted, and never confirmed.
    let key = Key::new("default", "db-0");
    engine.world.write::<Pod>(&key, |pod| pod.metadata.finalizers = Some(vec!["x/held".to_owned()])).unwrap();
    delete(&mut engine, "db-0");
    scale(&mut engine, 5);
    run(&mut engine, 600_000);
    assert_eq!(names(&engine), ["db-0", "db-1", "db-2"]);
    engine.world.write::<Pod>(&key, |pod| pod.metadata.finalizers = None).unwrap();
    engine.after_action();
    run(&mut engine, 620_000);
    assert_eq!(names(&engine).len(), 5);
}

#[test]
fn a_failed_or_succeeded_pod_is_replaced() {
    for phase in ["Failed", "Succeeded"] {
        let mut engine = with_set(json!({"replicas": 1}));
        run(&mut engine, 5000);
        let uid = get::<Pod>(&engine, "db-0").uid().to_owned();
        set_phase(&mut engine.world, &Key::new("default", "db-0"), phase, false);
        engine.after_action();
        run(&mut engine, 10_000);
        assert_ne!(get::<Pod>(&engine, "db-0").uid(), uid, "{phase}");
    }
}

#[test]
fn an_update_goes_from_the_highest_ordinal_down_one_at_a_time() {
    for policy in ["OrderedReady", "Parallel"] {
        let mut engine = with_set(json!({"podManagementPolicy": policy}));
        run(&mut engine, 10_000);
        set_image(&mut engine, "web:2");
        // 1 s to stop and 2 s to start, each.
        run(&mut engine, 12_500);
        assert_eq!(images(&engine), ["web:1", "web:1", "web:2"], "{policy}");
        let status = get::<StatefulSet>(&engine, "db").status.clone().unwrap();
        assert_eq!((status.current_replicas, status.updated_replicas), (Some(2), Some(1)));
        assert_ne!(status.current_revision, status.update_revision);
        run(&mut engine, 15_500);
        assert_eq!(images(&engine), ["web:1", "web:2", "web:2"], "{policy}");
        run(&mut engine, 20_000);
        assert_eq!(images(&engine), ["web:2", "web:2", "web:2"], "{policy}");
        let status = get::<StatefulSet>(&engine, "db").status.clone().unwrap();
        assert_eq!(status.current_revision, status.update_revision);
        assert_eq!(status.current_replicas, Some(3));
    }
}

#[test]
fn max_unavailable_is_dropped_and_changes_nothing() {
    let rolling = json!({"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 2}});
    let mut engine = with_set(json!({"updateStrategy": rolling, "podManagementPolicy": "Parallel"}));
    run(&mut engine, 10_000);
    let strategy = get::<StatefulSet>(&engine, "db").spec.clone().unwrap().update_strategy.unwrap();
    assert_eq!(strategy.rolling_update.unwrap().max_unavailable, None);
    set_image(&mut engine, "web:2");
    run(&mut engine, 10_500);
    assert_eq!(pods(&engine).iter().filter(|pod| pod.is_deleting()).count(), 1);
}

#[test]
fn below_the_partition_pods_keep_the_old_revision_even_when_they_come_again() {
    let mut engine =
        with_set(json!({"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 2}}}));
    run(&mut engine, 10_000);
    set_image(&mut engine, "web:2");
    run(&mut engine, 20_000);
    assert_eq!(images(&engine), ["web:1", "web:1", "web:2"]);
    delete(&mut engine, "db-0");
    run(&mut engine, 30_000);
    assert_eq!(images(&engine), ["web:1", "web:1", "web:2"]);
    edit::<StatefulSet>(&mut engine, "db", |set| {
        let strategy = set.spec.as_mut().unwrap().update_strategy.as_mut().unwrap();
        strategy.rolling_update.as_mut().unwrap().partition = Some(0);
    });
    run(&mut engine, 40_000);
    assert_eq!(images(&engine), ["web:2", "web:2", "web:2"]);
}

#[test]
fn on_delete_replaces_nothing_until_a_person_deletes_a_pod() {
    let mut engine = with_set(json!({"updateStrategy": {"type": "OnDelete"}}));
    run(&mut engine, 10_000);
    set_image(&mut engine, "web:2");
    run(&mut engine, 20_000);
    assert_eq!(images(&engine), ["web:1", "web:1", "web:1"]);
    delete(&mut engine, "db-1");
    run(&mut engine, 30_000);
    assert_eq!(images(&engine), ["web:1", "web:2", "web:1"]);
}

#[test]
fn a_broken_revision_blocks_even_its_own_undoing_until_its_pod_is_deleted() {
    let mut engine = with_set(json!({}));
    run(&mut engine, 10_000);
    set_image(&mut engine, "bad:1");
    run(&mut engine, 20_000);
    set_image(&mut engine, "web:1");
    run(&mut engine, 600_000);
    assert_eq!(images(&engine), ["web:1", "web:1", "bad:1"]);
    delete(&mut engine, "db-2");
    run(&mut engine, 610_000);
    assert_eq!(images(&engine), ["web:1", "web:1", "web:1"]);
}

#[test]
fn in_parallel_a_broken_revision_can_be_undone() {
    let mut engine = with_set(json!({"podManagementPolicy": "Parallel"}));
    run(&mut engine, 10_000);
    set_image(&mut engine, "bad:1");
    run(&mut engine, 20_000);
    assert_eq!(images(&engine), ["web:1", "web:1", "bad:1"]);
    set_image(&mut engine, "web:1");
    run(&mut engine, 30_000);
    assert_eq!(images(&engine), ["web:1", "web:1", "web:1"]);
}

#[test]
fn the_next_pod_waits_for_min_ready_seconds() {
    let mut engine = with_set(json!({"minReadySeconds": 10}));
    // 2 s to start and 10 s more.
    run(&mut engine, 11_900);
    assert_eq!(names(&engine), ["db-0"]);
    run(&mut engine, 12_100);
    assert_eq!(names(&engine), ["db-0", "db-1"]);
}

#[test]
fn each_pod_has_its_claim_which_stays_and_is_used_again() {
    let mut engine = with_claims(json!({}));
    run(&mut engine, 6000);
    assert_eq!(claims(&engine), ["data-db-0", "data-db-1"]);
    assert_eq!(
        events(&engine, "SuccessfulCreate")[..2],
        [
            "Create Claim data-db-0 Pod db-0 in StatefulSet db success",
            "Create Pod db-0 in StatefulSet db successful"
        ]
    );
    let volumes = get::<Pod>(&engine, "db-1").spec.clone().unwrap().volumes.unwrap();
    let source = volumes[0].persistent_volume_claim.as_ref().unwrap();
    assert_eq!((volumes[0].name.as_str(), source.claim_name.as_str()), ("data", "data-db-1"));
    let uid = get::<PersistentVolumeClaim>(&engine, "data-db-1").uid().to_owned();
    scale(&mut engine, 1);
    run(&mut engine, 10_000);
    assert_eq!(claims(&engine), ["data-db-0", "data-db-1"]);
    scale(&mut engine, 2);
    run(&mut engine, 15_000);
    assert_eq!(get::<PersistentVolumeClaim>(&engine, "data-db-1").uid(), uid);
    let claim_events = events(&engine, "SuccessfulCreate");
    assert_eq!(claim_events.iter().filter(|message| message.contains("Claim")).count(), 2);
}

#[test]
fn claims_go_with_a_scaled_down_pod_if_the_policy_says_so() {
    let mut engine = with_claims(json!({"whenScaled": "Delete"}));
    run(&mut engine, 6000);
    let uid = get::<PersistentVolumeClaim>(&engine, "data-db-1").uid().to_owned();
    scale(&mut engine, 1);
    run(&mut engine, 10_000);
    assert_eq!(claims(&engine), ["data-db-0"]);
    scale(&mut engine, 2);
    run(&mut engine, 15_000);
    assert_ne!(get::<PersistentVolumeClaim>(&engine, "data-db-1").uid(), uid);
}

#[test]
fn claims_go_with_the_set_if_the_policy_says_so() {
    for (policy, left) in [(json!({"whenDeleted": "Delete"}), 0), (json!({"whenScaled": "Delete"}), 2)] {
        let mut engine = with_claims(policy.clone());
        run(&mut engine, 6000);
        engine.world.delete::<StatefulSet>(&Key::new("default", "db"), DeleteOptions::default()).unwrap();
        engine.after_action();
        run(&mut engine, 10_000);
        assert!(names(&engine).is_empty());
        assert_eq!(claims(&engine).len(), left, "{policy}");
    }
}

#[test]
fn a_template_that_comes_back_takes_its_old_revision_with_the_highest_number() {
    let mut engine = with_set(json!({"replicas": 1}));
    for (at, image) in [(5000, "web:2"), (10_000, "web:1")] {
        run(&mut engine, at);
        set_image(&mut engine, image);
    }
    run(&mut engine, 15_000);
    let mut numbers: Vec<i64> =
        engine.world.store.state().list::<ControllerRevision>().map(|revision| revision.revision).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, [2, 3]);
}

#[test]
fn revisions_beyond_the_limit_are_forgotten() {
    let mut engine = with_set(json!({"replicas": 1, "revisionHistoryLimit": 2}));
    for version in 2..8 {
        run(&mut engine, version * 5000);
        set_image(&mut engine, &format!("web:{version}"));
    }
    run(&mut engine, 60_000);
    let mut numbers: Vec<i64> =
        engine.world.store.state().list::<ControllerRevision>().map(|revision| revision.revision).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, [5, 6, 7]);
}

#[test]
fn a_set_made_again_adopts_what_an_orphaning_deletion_left() {
    let mut engine = with_set(json!({"replicas": 1}));
    run(&mut engine, 5000);
    let uid = get::<Pod>(&engine, "db-0").uid().to_owned();
    let orphan = DeleteOptions { propagation: Propagation::Orphan, ..DeleteOptions::default() };
    engine.world.delete::<StatefulSet>(&Key::new("default", "db"), orphan).unwrap();
    engine.after_action();
    run(&mut engine, 6000);
    create(
        &mut engine,
        Kind::StatefulSet,
        json!({"metadata": {"name": "db"}, "spec": {
            "serviceName": "db", "selector": {"matchLabels": {"app": "db"}}, "template": template("db", "web:1")}}),
    );
    run(&mut engine, 10_000);
    assert_eq!(get::<Pod>(&engine, "db-0").uid(), uid);
    assert_eq!(engine.world.store.state().count(Kind::ControllerRevision), 1);
}
