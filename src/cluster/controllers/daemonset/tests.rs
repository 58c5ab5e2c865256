//! DaemonSets in a cluster of three Nodes: Pods are Ready 2 s after they are made, and gone 1 s after they are deleted.

use super::*;
use crate::cluster::api::DeleteOptions;
use crate::cluster::controllers::Runner;
use crate::cluster::controllers::test_cluster::{
    cluster, create, edit, events, get, node, pods, run, set as set_phase, template,
};
use crate::cluster::engine::Engine;
use k8s_openapi::api::apps::v1::DaemonSetStatus;
use k8s_openapi::api::core::v1::Taint;
use serde_json::{Value, json};

fn with_set(spec: Value) -> Engine {
    let mut engine = cluster(vec![Box::new(Runner::new(DaemonSetController::default()))]);
    let mut set = json!({"metadata": {"name": "agent"}, "spec": {
        "selector": {"matchLabels": {"app": "agent"}}, "template": template("agent", "web:1")}});
    set["spec"].as_object_mut().unwrap().extend(spec.as_object().unwrap().clone());
    create(&mut engine, Kind::DaemonSet, set);
    engine
}

fn rolling(rolling: Value) -> Value {
    json!({"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": rolling}})
}

/// The Nodes that have Pods which are not being deleted, and the image of each.
fn places(engine: &Engine) -> Vec<(String, String)> {
    let staying = pods(engine).into_iter().filter(|pod| !pod.is_deleting());
    let mut all: Vec<(String, String)> = staying
        .map(|pod| {
            let image = pod.spec.as_ref().unwrap().containers[0].image.clone().unwrap();
            (node_name(&pod).unwrap_or("-").to_owned(), image)
        })
        .collect();
    all.sort();
    all
}

fn on(engine: &Engine) -> Vec<String> {
    places(engine).into_iter().map(|(node, _)| node).collect()
}

fn images(engine: &Engine) -> Vec<String> {
    places(engine).into_iter().map(|(_, image)| image).collect()
}

fn status(engine: &Engine) -> DaemonSetStatus {
    get::<DaemonSet>(engine, "agent").status.clone().unwrap()
}

fn set_image(engine: &mut Engine, image: &str) {
    edit::<DaemonSet>(engine, "agent", |set| {
        let template = &mut set.spec.as_mut().unwrap().template;
        template.spec.as_mut().unwrap().containers[0].image = Some(image.to_owned());
    });
}

fn change_node(engine: &mut Engine, name: &str, change: impl FnOnce(&mut Node)) {
    engine.world.write::<Node>(&Key::cluster_wide(name), change).unwrap();
    engine.after_action();
}

fn taint(engine: &mut Engine, name: &str, key: &str, effect: &str) {
    let taint = Taint { key: key.into(), effect: effect.into(), value: None, time_added: None };
    change_node(engine, name, |node| {
        node.spec.get_or_insert_default().taints.get_or_insert_default().push(taint);
    });
}

/// A Pod of the set on this Node that stays.
fn pod_on(engine: &Engine, node: &str) -> Arc<Pod> {
    pods(engine).into_iter().find(|pod| node_name(pod) == Some(node) && !pod.is_deleting()).unwrap()
}

#[test]
fn every_node_gets_a_pod_and_so_does_one_that_joins() {
    let mut engine = with_set(json!({}));
    run(&mut engine, 5000);
    assert_eq!(on(&engine), ["node-a", "node-b", "node-c"]);
    node(&mut engine, "node-d", |_| ());
    run(&mut engine, 5500);
    let status = status(&engine);
    assert_eq!((status.desired_number_scheduled, status.current_number_scheduled), (4, 4));
    assert_eq!(
        (status.number_ready, status.number_available, status.number_unavailable),
        (3, Some(3), Some(1))
    );
    assert_eq!((status.number_misscheduled, status.updated_number_scheduled), (0, Some(4)));
    let made: Vec<String> = pods(&engine).iter().map(|pod| format!("Created pod: {}", pod.name())).collect();
    assert_eq!(events(&engine, "SuccessfulCreate"), made);
}

#[test]
fn a_daemons_pod_names_its_node_and_tolerates_what_daemons_tolerate() {
    let mut engine = with_set(json!({}));
    run(&mut engine, 5000);
    let spec = pod_on(&engine, "node-b").spec.clone().unwrap();
    assert_eq!(
        serde_json::to_value(spec.affinity).unwrap(),
        json!({"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
            {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["node-b"]}]}]}}})
    );
    let tolerations: Vec<String> = spec
        .tolerations
        .unwrap()
        .iter()
        .map(|own| {
            let key = own.key.as_deref().unwrap().rsplit('/').next().unwrap();
            format!("{key}:{}:{:?}", own.effect.as_deref().unwrap(), own.toleration_seconds)
        })
        .collect();
    assert_eq!(
        tolerations,
        [
            "not-ready:NoExecute:None",
            "unreachable:NoExecute:None",
            "disk-pressure:NoSchedule:None",
            "memory-pressure:NoSchedule:None",
            "pid-pressure:NoSchedule:None",
            "unschedulable:NoSchedule:None"
        ]
    );
}

#[test]
fn a_cordoned_node_gets_a_pod_and_a_tainted_one_gets_none() {
    let mut engine = cluster(vec![Box::new(Runner::new(DaemonSetController::default()))]);
    change_node(&mut engine, "node-a", |node| node.spec.get_or_insert_default().unschedulable = Some(true));
    taint(&mut engine, "node-a", "node.kubernetes.io/unschedulable", "NoSchedule");
    taint(&mut engine, "node-b", "node-role.kubernetes.io/control-plane", "NoSchedule");
    create(
        &mut engine,
        Kind::DaemonSet,
        json!({"metadata": {"name": "agent"}, "spec": {
            "selector": {"matchLabels": {"app": "agent"}}, "template": template("agent", "web:1")}}),
    );
    run(&mut engine, 5000);
    assert_eq!(on(&engine), ["node-a", "node-c"]);
    assert_eq!(status(&engine).desired_number_scheduled, 2);
}

#[test]
fn a_later_no_schedule_taint_lets_the_pod_stay_but_not_come_again() {
    let mut engine = with_set(json!({}));
    run(&mut engine, 5000);
    taint(&mut engine, "node-c", "team", "NoSchedule");
    run(&mut engine, 6000);
    assert_eq!(on(&engine).len(), 3);
    let now = status(&engine);
    assert_eq!((now.desired_number_scheduled, now.number_misscheduled), (2, 1));
    let key = pod_on(&engine, "node-c").key();
    engine.world.delete::<Pod>(&key, DeleteOptions::default()).unwrap();
    engine.after_action();
    run(&mut engine, 20_000);
    assert_eq!(on(&engine), ["node-a", "node-b"]);
    assert_eq!(status(&engine).number_misscheduled, 0);
}

#[test]
fn a_no_execute_taint_or_a_label_that_no_longer_fits_removes_the_pod() {
    let mut engine = with_set(json!({}));
    run(&mut engine, 5000);
    let name = pod_on(&engine, "node-c").name().to_owned();
    taint(&mut engine, "node-c", "team", "NoExecute");
    run(&mut engine, 5010);
    assert_eq!(on(&engine), ["node-a", "node-b"]);
    assert_eq!(events(&engine, "SuccessfulDelete"), [format!("Deleted pod: {name}")]);
    let now = status(&engine);
    assert_eq!((now.desired_number_scheduled, now.number_misscheduled), (2, 1), "it still terminates");
    run(&mut engine, 7000);
    assert_eq!(status(&engine).number_misscheduled, 0);

    let mut chosen = template("agent", "web:1");
    chosen["spec"]["nodeSelector"] = json!({"kubernetes.io/hostname": "node-b"});
    let mut engine = with_set(json!({"template": chosen}));
    run(&mut engine, 5000);
    assert_eq!(on(&engine), ["node-b"]);
    change_node(&mut engine, "node-b", |node| node.metadata.labels = None);
    run(&mut engine, 9000);
    assert!(on(&engine).is_empty());
}

#[test]
fn that_a_node_is_gone_is_not_noticed_by_itself() {
    let mut engine = with_set(json!({}));
    run(&mut engine, 5000);
    engine.world.delete::<Node>(&Key::cluster_wide("node-c"), DeleteOptions::default()).unwrap();
    engine.after_action();
    run(&mut engine, 20_000);
    assert_eq!(status(&engine).desired_number_scheduled, 3);
}

#[test]
fn a_failed_pod_is_replaced_at_once_then_ever_more_slowly() {
    let mut engine = with_set(json!({"template": template("agent", "web:1")}));
    run(&mut engine, 5000);
    let fail = |engine: &mut Engine| {
        let key = pod_on(engine, "node-a").key();
        set_phase(&mut engine.world, &key, "Failed", false);
        engine.after_action();
        key.name.to_string()
    };
    let first = fail(&mut engine);
    run(&mut engine, 5100);
    let message = format!("Found failed daemon pod default/{first} on node node-a, will try to kill it");
    assert_eq!(events(&engine, "FailedDaemonPod"), [message]);
    assert_eq!(on(&engine).len(), 3);
    let second = fail(&mut engine);
    run(&mut engine, 5900);
    assert_eq!(&*pod_on(&engine, "node-a").key().name, second, "1 s after the first is not over");
    run(&mut engine, 9000);
    assert_ne!(&*pod_on(&engine, "node-a").key().name, second);
    assert_eq!(events(&engine, "FailedDaemonPod").len(), 2);
}

#[test]
fn a_pod_that_has_succeeded_is_replaced() {
    let mut engine = with_set(json!({}));
    run(&mut engine, 5000);
    let key = pod_on(&engine, "node-a").key();
    set_phase(&mut engine.world, &key, "Succeeded", false);
    engine.after_action();
    run(&mut engine, 9000);
    assert_eq!(on(&engine).len(), 3);
    assert!(engine.world.store.get::<Pod>(&key).is_none());
    assert_eq!(events(&engine, "SucceededDaemonPod").len(), 1);
}

#[test]
fn an_update_replaces_one_node_after_the_other() {
    let mut engine = with_set(json!({}));
    run(&mut engine, 5000);
    set_image(&mut engine, "web:2");
    // 1 s to stop and 2 s to start, each.
    run(&mut engine, 5900);
    assert_eq!((images(&engine), pods(&engine).len()), (vec!["web:1".to_owned(); 2], 3));
    run(&mut engine, 7500);
    assert_eq!(images(&engine), ["web:2", "web:1", "web:1"]);
    assert_eq!(status(&engine).updated_number_scheduled, Some(1));
    run(&mut engine, 10_900);
    assert_eq!(images(&engine), ["web:2", "web:2", "web:1"]);
    run(&mut engine, 15_000);
    assert_eq!(images(&engine), ["web:2", "web:2", "web:2"]);
    assert_eq!(
        (status(&engine).updated_number_scheduled, status(&engine).number_available),
        (Some(3), Some(3))
    );
}

#[test]
fn a_percentage_of_unavailable_nodes_is_rounded_up() {
    // 34 % of 3 is 1.02, and so 2.
    let mut engine = with_set(rolling(json!({"maxUnavailable": "34%", "maxSurge": 0})));
    run(&mut engine, 5000);
    set_image(&mut engine, "web:2");
    run(&mut engine, 5500);
    assert_eq!(images(&engine), ["web:1"]);
}

#[test]
fn a_broken_update_stops_at_its_limit_and_can_be_undone() {
    let mut engine = with_set(json!({}));
    run(&mut engine, 5000);
    set_image(&mut engine, "bad:1");
    run(&mut engine, 60_000);
    assert_eq!(images(&engine), ["bad:1", "web:1", "web:1"]);
    set_image(&mut engine, "web:1");
    run(&mut engine, 70_000);
    assert_eq!(images(&engine), ["web:1", "web:1", "web:1"]);
}

#[test]
fn a_surging_update_never_leaves_a_node_without_a_pod() {
    let mut engine = with_set(rolling(json!({"maxUnavailable": 0, "maxSurge": 1})));
    run(&mut engine, 5000);
    set_image(&mut engine, "web:2");
    run(&mut engine, 5500);
    assert_eq!(images(&engine), ["web:1", "web:2", "web:1", "web:1"]);
    for at in 0..80 {
        run(&mut engine, 5500 + at * 100);
        assert_eq!(status(&engine).number_available, Some(3), "at {at}");
        let nodes: BTreeSet<String> = on(&engine).into_iter().collect();
        assert_eq!(nodes.len(), 3);
    }
    run(&mut engine, 20_000);
    assert_eq!(images(&engine), ["web:2", "web:2", "web:2"]);
}

#[test]
fn on_delete_replaces_nothing_until_a_person_deletes_a_pod() {
    let mut engine = with_set(json!({"updateStrategy": {"type": "OnDelete"}}));
    run(&mut engine, 5000);
    set_image(&mut engine, "web:2");
    run(&mut engine, 10_000);
    assert_eq!(images(&engine), ["web:1", "web:1", "web:1"]);
    let key = pod_on(&engine, "node-b").key();
    engine.world.delete::<Pod>(&key, DeleteOptions::default()).unwrap();
    engine.after_action();
    run(&mut engine, 15_000);
    assert_eq!(images(&engine), ["web:1", "web:2", "web:1"]);
}

#[test]
fn of_two_pods_on_a_node_the_older_stays() {
    let mut engine = with_set(json!({}));
    run(&mut engine, 5000);
    let first = pod_on(&engine, "node-a").name().to_owned();
    let mut stray = template("agent", "web:1");
    stray["metadata"]["name"] = json!("stray");
    stray["spec"]["nodeSelector"] = json!({"kubernetes.io/hostname": "node-a"});
    create(&mut engine, Kind::Pod, stray);
    run(&mut engine, 9000);
    assert_eq!(on(&engine), ["node-a", "node-b", "node-c"]);
    assert_eq!(pod_on(&engine, "node-a").name(), first);
}

#[test]
fn revisions_beyond_the_limit_are_forgotten() {
    let mut engine = with_set(json!({"revisionHistoryLimit": 1}));
    for version in 2..6 {
        run(&mut engine, version * 20_000);
        set_image(&mut engine, &format!("web:{version}"));
    }
    run(&mut engine, 140_000);
    let mut numbers: Vec<i64> =
        engine.world.store.state().list::<ControllerRevision>().map(|revision| revision.revision).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, [4, 5]);
}

#[test]
fn each_template_has_a_number_that_nobody_else_changes() {
    use crate::cluster::api::TEMPLATE_GENERATION;
    let mut engine = with_set(json!({}));
    let number = |meta: &k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta| {
        meta.annotations.as_ref().unwrap()[TEMPLATE_GENERATION].clone()
    };
    run(&mut engine, 3_000);
    assert_eq!(number(&get::<DaemonSet>(&engine, "agent").metadata), "1");
    set_image(&mut engine, "web:2");
    edit::<DaemonSet>(&mut engine, "agent", |set| {
        set.metadata.annotations = Some([(TEMPLATE_GENERATION.to_owned(), "7".to_owned())].into());
    });
    run(&mut engine, 60_000);
    assert_eq!(number(&get::<DaemonSet>(&engine, "agent").metadata), "2");
    let of_pods = pods(&engine)
        .iter()
        .all(|pod| pod.metadata.labels.as_ref().unwrap()["pod-template-generation"] == "2");
    assert!(of_pods);
    let revisions: Vec<String> = engine
        .world
        .store
        .state()
        .by_age::<ControllerRevision>()
        .into_iter()
        .map(|revision| number(&revision.metadata))
        .collect();
    assert_eq!(revisions, ["1", "2"]);
}
