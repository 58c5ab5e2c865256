//! ReplicaSets in a cluster.

use super::*;
use crate::cluster::api::DeleteOptions;
use crate::cluster::controllers::Runner;
use crate::cluster::controllers::replication::ReplicationManager;
use crate::cluster::controllers::test_cluster::{cluster, create, edit, events, get, pods, run, template};
use crate::cluster::engine::Engine;
use crate::cluster::object::Kind;
use k8s_openapi::api::core::v1::ReplicationController;
use serde_json::json;

fn with_set(replicas: i32) -> Engine {
    let mut engine = cluster(vec![Box::new(Runner::new(ReplicaSetController::default()))]);
    create(
        &mut engine,
        Kind::ReplicaSet,
        json!({
            "metadata": {"name": "web"},
            "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": "web"}}, "template": template("web", "web:1")}
        }),
    );
    engine
}

fn scale(engine: &mut Engine, replicas: i32) {
    edit::<ReplicaSet>(engine, "web", |set| set.spec.as_mut().unwrap().replicas = Some(replicas));
}

#[test]
fn a_new_set_makes_its_pods_and_says_so() {
    let mut engine = with_set(3);
    run(&mut engine, 1000);
    let names: Vec<String> = pods(&engine).iter().map(|pod| format!("Created pod: {}", pod.name())).collect();
    assert_eq!(names.len(), 3);
    assert_eq!(events(&engine, "SuccessfulCreate"), names);
    let status = get::<ReplicaSet>(&engine, "web").status();
    assert_eq!((status.replicas, status.ready_replicas, status.observed_generation), (3, None, Some(1)));
    run(&mut engine, 5000);
    let status = get::<ReplicaSet>(&engine, "web").status();
    assert_eq!((status.ready_replicas, status.available_replicas), (Some(3), Some(3)));
}

#[test]
fn a_deleted_pod_is_replaced_at_once_while_it_still_terminates() {
    let mut engine = with_set(3);
    run(&mut engine, 10_000);
    let victim = pods(&engine)[0].key();
    engine.world.delete::<Pod>(&victim, DeleteOptions::default()).unwrap();
    engine.after_action();
    run(&mut engine, 10_010);
    assert_eq!(pods(&engine).len(), 4);
    let status = get::<ReplicaSet>(&engine, "web").status();
    assert_eq!((status.replicas, status.terminating_replicas), (3, Some(1)));
    run(&mut engine, 20_000);
    assert_eq!(pods(&engine).len(), 3);
}

#[test]
fn a_failed_pod_is_replaced_and_stays() {
    let mut engine = with_set(2);
    run(&mut engine, 5000);
    let key = pods(&engine)[0].key();
    crate::cluster::controllers::test_cluster::set(&mut engine.world, &key, "Failed", false);
    engine.after_action();
    run(&mut engine, 10_000);
    assert_eq!(pods(&engine).len(), 3);
    assert_eq!(get::<ReplicaSet>(&engine, "web").status().replicas, 2);
}

#[test]
fn an_orphan_that_matches_is_adopted_and_counts() {
    let mut engine = with_set(0);
    create(
        &mut engine,
        Kind::Pod,
        json!({"metadata": {"name": "stray", "labels": {"app": "web"}},
        "spec": {"containers": [{"name": "app", "image": "web:1"}]}}),
    );
    run(&mut engine, 2000);
    assert!(pods(&engine).is_empty(), "none is wanted, so the adopted one is deleted");
    assert_eq!(events(&engine, "SuccessfulDelete"), ["Deleted pod: stray"]);
    create(
        &mut engine,
        Kind::Pod,
        json!({"metadata": {"name": "stray", "labels": {"app": "web"}},
        "spec": {"containers": [{"name": "app", "image": "web:1"}]}}),
    );
    scale(&mut engine, 3);
    run(&mut engine, 3000);
    assert_eq!(pods(&engine).len(), 3);
    assert_eq!(get::<Pod>(&engine, "stray").controller().unwrap().name, "web");
}

#[test]
fn a_pod_whose_label_is_changed_is_released_and_replaced() {
    let mut engine = with_set(2);
    run(&mut engine, 5000);
    let key = pods(&engine)[0].key();
    engine
        .world
        .write::<Pod>(&key, |pod| {
            pod.metadata.labels.as_mut().unwrap().insert("app".into(), "debug".into());
        })
        .unwrap();
    engine.after_action();
    run(&mut engine, 9000);
    assert_eq!(pods(&engine).len(), 3);
    assert!(get::<Pod>(&engine, &key.name).controller().is_none());
}

#[test]
fn a_changed_template_touches_no_running_pod() {
    let mut engine = with_set(2);
    run(&mut engine, 5000);
    edit::<ReplicaSet>(&mut engine, "web", |set| {
        let template = set.spec.as_mut().unwrap().template.as_mut().unwrap();
        template.spec.as_mut().unwrap().containers[0].image = Some("web:2".into());
    });
    scale(&mut engine, 3);
    run(&mut engine, 9000);
    let images: Vec<String> = pods(&engine)
        .iter()
        .map(|pod| pod.spec.as_ref().unwrap().containers[0].image.clone().unwrap())
        .collect();
    assert_eq!(images, ["web:1", "web:1", "web:2"]);
}

#[test]
fn a_pod_is_available_only_after_min_ready_seconds() {
    let mut engine = with_set(1);
    edit::<ReplicaSet>(&mut engine, "web", |set| set.spec.as_mut().unwrap().min_ready_seconds = Some(10));
    run(&mut engine, 11_900);
    assert_eq!(get::<ReplicaSet>(&engine, "web").status().available_replicas, None);
    run(&mut engine, 12_100);
    assert_eq!(get::<ReplicaSet>(&engine, "web").status().available_replicas, Some(1));
}

#[test]
fn a_thousand_replicas_come_in_two_bursts() {
    let mut engine = with_set(1000);
    run(&mut engine, 8);
    assert_eq!(pods(&engine).len(), 500);
    run(&mut engine, 5000);
    assert_eq!(get::<ReplicaSet>(&engine, "web").status().available_replicas, Some(1000));
    scale(&mut engine, 0);
    run(&mut engine, 9000);
    assert!(pods(&engine).is_empty());
}

#[test]
fn a_refused_template_is_a_condition_until_it_works() {
    let mut engine = with_set(0);
    // A name that is too long is refused for the Pod only.
    engine
        .world
        .write::<ReplicaSet>(&Key::new("default", "web"), |set| {
            let spec = set.spec.as_mut().unwrap();
            spec.replicas = Some(4);
            spec.template.as_mut().unwrap().spec.as_mut().unwrap().containers.clear();
        })
        .unwrap();
    engine.after_action();
    run(&mut engine, 8);
    let conditions = get::<ReplicaSet>(&engine, "web").status().conditions.unwrap();
    assert_eq!(
        (conditions[0].type_.as_str(), conditions[0].reason.as_deref()),
        ("ReplicaFailure", Some("FailedCreate"))
    );
    assert_eq!(events(&engine, "FailedCreate").len(), 1, "the first batch is one Pod, and it fails");
    edit::<ReplicaSet>(&mut engine, "web", |set| {
        set.spec.as_mut().unwrap().template = serde_json::from_value(template("web", "web:1")).unwrap();
    });
    run(&mut engine, 60_000);
    assert_eq!(get::<ReplicaSet>(&engine, "web").status().conditions, None);
    assert_eq!(pods(&engine).len(), 4);
}

#[test]
fn a_replication_controller_does_the_same() {
    let mut engine = cluster(vec![Box::new(Runner::new(ReplicationManager::default()))]);
    create(
        &mut engine,
        Kind::ReplicationController,
        json!({
        "metadata": {"name": "web"}, "spec": {"replicas": 2, "template": template("web", "web:1")}}),
    );
    run(&mut engine, 5000);
    assert_eq!(pods(&engine).len(), 2);
    assert_eq!(get::<ReplicationController>(&engine, "web").status.as_ref().unwrap().ready_replicas, Some(2));
    assert_eq!(pods(&engine)[0].controller().unwrap().kind, "ReplicationController");
}

#[test]
fn pods_of_a_priority_class_that_is_not_there_are_made_as_soon_as_it_is() {
    let mut engine = cluster(vec![Box::new(Runner::new(ReplicaSetController::default()))]);
    let mut template = template("web", "web:1");
    template["spec"]["priorityClassName"] = json!("important");
    create(
        &mut engine,
        Kind::ReplicaSet,
        json!({"metadata": {"name": "web"}, "spec": {"replicas": 2,
            "selector": {"matchLabels": {"app": "web"}}, "template": template}}),
    );
    run(&mut engine, 1000);
    // The plugin is asked before the API server has drawn the rest of the name.
    let why = "pods \"web-\" is forbidden: no PriorityClass with name important was found";
    assert_eq!(events(&engine, "FailedCreate"), [format!("Error creating: {why}")]);
    let status = get::<ReplicaSet>(&engine, "web").status();
    let condition = &status.conditions.unwrap()[0];
    assert_eq!((condition.type_.as_str(), condition.message.as_deref()), ("ReplicaFailure", Some(why)));
    create(&mut engine, Kind::PriorityClass, json!({"metadata": {"name": "important"}, "value": 7}));
    run(&mut engine, 3000);
    let priorities: Vec<_> = pods(&engine).iter().map(|pod| pod.spec.as_ref().unwrap().priority).collect();
    assert_eq!(priorities, [Some(7); 2]);
}
