//! The scheduler in a world of hand-made Nodes and Pods.

use super::*;
use crate::cluster::clock::Millis;
use crate::cluster::condition::pod_condition;
use crate::cluster::engine::{Engine, Stop};
use crate::cluster::image::Images;
use crate::cluster::object::types::{Event, PriorityClass, ReplicaSet};
use serde_json::{Value, json};

/// An Engine with only the scheduler.
fn engine() -> Engine {
    Engine::new(World::new(1, Images::default()), vec![Box::new(Scheduler::default())])
}

pub(super) fn node(engine: &mut Engine, name: &str, edit: impl FnOnce(&mut Value)) {
    let mut node = json!({
        "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name}}, "spec": {},
        "status": {"allocatable": {"cpu": "4", "memory": "8Gi", "pods": "110"}}
    });
    edit(&mut node);
    // Not by way of the API server, which would keep Pods away until the node controller has looked.
    let now = engine.world.now;
    engine.world.store.create::<Node>(now, serde_json::from_value(node).unwrap()).unwrap();
}

fn nodes(engine: &mut Engine, names: &[&str]) {
    for name in names {
        node(engine, name, |_| ());
    }
}

pub(super) fn pod(engine: &mut Engine, name: &str, edit: impl FnOnce(&mut Value)) {
    let mut pod = json!({
        "metadata": {"name": name, "labels": {"app": "web"}},
        "spec": {"containers": [{"name": "app", "image": "web:1"}]}
    });
    edit(&mut pod);
    engine.world.create::<Pod>(serde_json::from_value(pod).unwrap()).unwrap();
}

fn requests(pod: &mut Value, cpu: &str) {
    pod["spec"]["containers"][0]["resources"] = json!({"requests": {"cpu": cpu}});
}

pub(super) fn run(engine: &mut Engine, until: i64) {
    engine.after_action();
    while engine.step(SimTime(until)) != Some(Stop::Reached) {}
}

pub(super) fn get<'a>(engine: &'a Engine, name: &str) -> &'a Pod {
    engine.world.store.get::<Pod>(&Key::new("default", name)).unwrap()
}

pub(super) fn place<'a>(engine: &'a Engine, name: &str) -> Option<&'a str> {
    node_of(get(engine, name))
}

pub(super) fn why(engine: &Engine, name: &str) -> String {
    pod_condition(get(engine, name), "PodScheduled").unwrap().message.clone().unwrap_or_default()
}

fn events(engine: &Engine, reason: &str) -> Vec<String> {
    let all = engine.world.store.state().by_age::<Event>();
    let meant = all.into_iter().filter(|event| event.reason.as_deref() == Some(reason));
    meant.map(|event| event.message.clone().unwrap_or_default()).collect()
}

#[test]
fn three_pods_of_a_replicaset_go_to_three_nodes() {
    let mut engine = engine();
    nodes(&mut engine, &["node-a", "node-b", "node-c"]);
    let set = json!({
        "metadata": {"name": "web"},
        "spec": {"replicas": 3, "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{"name": "app", "image": "web:1"}]}}}
    });
    let set = engine.world.create::<ReplicaSet>(serde_json::from_value(set).unwrap()).unwrap();
    let owner = serde_json::to_value(set.as_controller()).unwrap();
    for name in ["web-1", "web-2", "web-3", "web-4"] {
        pod(&mut engine, name, |pod| pod["metadata"]["ownerReferences"] = json!([owner]));
    }
    run(&mut engine, 1000);
    let places: Vec<_> = ["web-1", "web-2", "web-3", "web-4"].map(|name| place(&engine, name)).into();
    assert_eq!(places, [Some("node-a"), Some("node-b"), Some("node-c"), Some("node-a")]);
    assert_eq!(events(&engine, "Scheduled")[0], "Successfully assigned default/web-1 to node-a");
}

#[test]
fn a_pod_that_fits_nowhere_says_why_in_kubernetes_words() {
    let mut engine = engine();
    node(&mut engine, "node-a", |node| node["spec"]["unschedulable"] = json!(true));
    node(&mut engine, "node-b", |node| {
        node["spec"]["taints"] = json!([{"key": "team", "value": "x", "effect": "NoSchedule"}]);
    });
    nodes(&mut engine, &["node-c"]);
    pod(&mut engine, "big", |pod| requests(pod, "5"));
    run(&mut engine, 1000);
    assert_eq!(
        why(&engine, "big"),
        "0/3 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint(s), \
         1 node(s) were unschedulable. no new claims to deallocate, preemption: 0/3 nodes are available: \
         3 Preemption is not helpful for scheduling."
    );
    assert_eq!(events(&engine, "FailedScheduling").len(), 1);
}

#[test]
fn without_any_node_there_is_nothing_to_look_at() {
    let mut engine = engine();
    pod(&mut engine, "lone", |_| ());
    run(&mut engine, 1000);
    assert_eq!(why(&engine, "lone"), "no nodes available to schedule pods");
    nodes(&mut engine, &["node-a"]);
    run(&mut engine, 2000);
    assert_eq!(place(&engine, "lone"), Some("node-a"));
}

#[test]
fn a_full_node_takes_the_next_pod_when_one_goes() {
    let mut engine = engine();
    nodes(&mut engine, &["node-a"]);
    pod(&mut engine, "first", |pod| requests(pod, "3"));
    run(&mut engine, 100);
    pod(&mut engine, "second", |pod| requests(pod, "2"));
    run(&mut engine, 1000);
    assert_eq!(
        why(&engine, "second"),
        "0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: \
         0/1 nodes are available: 1 No preemption victims found for incoming pod."
    );
    engine.world.delete::<Pod>(&Key::new("default", "first"), DeleteOptions::default()).unwrap();
    run(&mut engine, 2000);
    assert_eq!(place(&engine, "second"), None, "a Pod that is being deleted still takes its place");
    engine.world.delete::<Pod>(&Key::new("default", "first"), DeleteOptions::now()).unwrap();
    run(&mut engine, 3000);
    assert_eq!(place(&engine, "second"), Some("node-a"));
}

#[test]
fn a_cordoned_node_takes_the_pod_when_it_is_uncordoned() {
    let mut engine = engine();
    node(&mut engine, "node-a", |node| node["spec"]["unschedulable"] = json!(true));
    pod(&mut engine, "web", |_| ());
    run(&mut engine, 10_000);
    assert_eq!(place(&engine, "web"), None);
    let key = Key::cluster_wide("node-a");
    engine.world.write::<Node>(&key, |node| node.spec.get_or_insert_default().unschedulable = None).unwrap();
    run(&mut engine, 20_000);
    assert_eq!(place(&engine, "web"), Some("node-a"));
}

#[test]
fn a_pod_with_closed_gates_is_not_looked_at() {
    let mut engine = engine();
    nodes(&mut engine, &["node-a"]);
    pod(&mut engine, "gated", |pod| pod["spec"]["schedulingGates"] = json!([{"name": "wait"}]));
    run(&mut engine, 1000);
    assert_eq!(place(&engine, "gated"), None);
    // Those that wait for more than five minutes are tried again; it is not among them.
    run(&mut engine, 700_000);
    assert_eq!(place(&engine, "gated"), None);
    assert!(events(&engine, "FailedScheduling").is_empty());
    let key = Key::new("default", "gated");
    engine.world.write::<Pod>(&key, |pod| pod.spec.get_or_insert_default().scheduling_gates = None).unwrap();
    run(&mut engine, 701_000);
    assert_eq!(place(&engine, "gated"), Some("node-a"));
}

#[test]
fn hard_spreading_over_zones_allows_one_more_than_the_smallest() {
    let mut engine = engine();
    for (name, zone) in [("a1", "a"), ("a2", "a"), ("b1", "b")] {
        node(&mut engine, name, |node| {
            node["metadata"]["labels"]["topology.kubernetes.io/zone"] = json!(zone);
        });
    }
    let constraint = json!([{"maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone",
        "whenUnsatisfiable": "DoNotSchedule", "labelSelector": {"matchLabels": {"app": "web"}}}]);
    for name in ["p1", "p2", "p3", "p4"] {
        pod(&mut engine, name, |pod| pod["spec"]["topologySpreadConstraints"] = constraint.clone());
    }
    run(&mut engine, 1000);
    let in_b = ["p1", "p2", "p3", "p4"].iter().filter(|name| place(&engine, name) == Some("b1")).count();
    assert_eq!(in_b, 2, "two in each zone, though zone b has one Node only");
    let key = Key::cluster_wide("b1");
    engine
        .world
        .write::<Node>(&key, |node| node.spec.get_or_insert_default().unschedulable = Some(true))
        .unwrap();
    pod(&mut engine, "p5", |pod| pod["spec"]["topologySpreadConstraints"] = constraint.clone());
    pod(&mut engine, "p6", |pod| pod["spec"]["topologySpreadConstraints"] = constraint.clone());
    run(&mut engine, 2000);
    assert!(place(&engine, "p5").is_some_and(|node| node.starts_with('a')), "3 and 2");
    assert!(
        why(&engine, "p6").starts_with(
            "0/3 nodes are available: 1 node(s) were unschedulable, \
             2 node(s) didn't match pod topology spread constraints."
        ),
        "{}",
        why(&engine, "p6")
    );
}

#[test]
fn pods_that_keep_each_other_away_share_no_node() {
    let mut engine = engine();
    nodes(&mut engine, &["node-a", "node-b"]);
    let apart = json!({"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
        {"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {"app": "web"}}}]}});
    for name in ["p1", "p2", "p3"] {
        pod(&mut engine, name, |pod| pod["spec"]["affinity"] = apart.clone());
    }
    run(&mut engine, 1000);
    assert_eq!((place(&engine, "p1"), place(&engine, "p2")), (Some("node-a"), Some("node-b")));
    assert!(
        why(&engine, "p3")
            .starts_with("0/2 nodes are available: 2 node(s) didn't match pod anti-affinity rules.")
    );
}

#[test]
fn the_first_of_a_group_that_wants_to_be_together_may_go_anywhere() {
    let mut engine = engine();
    nodes(&mut engine, &["node-a", "node-b"]);
    let together = json!({"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
        {"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {"app": "web"}}}]}});
    for name in ["p1", "p2"] {
        pod(&mut engine, name, |pod| pod["spec"]["affinity"] = together.clone());
    }
    run(&mut engine, 1000);
    assert_eq!((place(&engine, "p1"), place(&engine, "p2")), (Some("node-a"), Some("node-a")));
}

fn priorities(engine: &mut Engine) {
    for (name, value) in [("high", 1000), ("mid", 500)] {
        let class = json!({"metadata": {"name": name}, "value": value});
        engine.world.create::<PriorityClass>(serde_json::from_value(class).unwrap()).unwrap();
    }
}

fn with_priority(pod: &mut Value, class: Option<&str>, cpu: &str) {
    requests(pod, cpu);
    if let Some(class) = class {
        pod["spec"]["priorityClassName"] = json!(class);
    }
}

#[test]
fn a_preemptor_is_nominated_waits_and_is_bound_when_the_victim_is_gone() {
    let mut engine = engine();
    priorities(&mut engine);
    nodes(&mut engine, &["node-a"]);
    pod(&mut engine, "low", |pod| with_priority(pod, None, "3"));
    run(&mut engine, 100);
    pod(&mut engine, "high", |pod| with_priority(pod, Some("high"), "3"));
    run(&mut engine, 1000);
    let low = get(&engine, "low");
    assert!(low.is_deleting());
    let target = pod_condition(low, "DisruptionTarget").unwrap();
    assert_eq!(target.reason.as_deref(), Some("PreemptionByScheduler"));
    let high = get(&engine, "high");
    assert_eq!(high.status.as_ref().unwrap().nominated_node_name.as_deref(), Some("node-a"));
    assert_eq!(place(&engine, "high"), None);
    assert_eq!(events(&engine, "Preempted"), [format!("Preempted by pod {} on node node-a", high.uid())]);
    engine.world.delete::<Pod>(&Key::new("default", "low"), DeleteOptions::now()).unwrap();
    run(&mut engine, 2000);
    assert_eq!(place(&engine, "high"), Some("node-a"));
}

#[test]
fn preemption_takes_the_node_whose_most_important_victim_is_least_important() {
    let mut engine = engine();
    priorities(&mut engine);
    nodes(&mut engine, &["node-a", "node-b"]);
    // node-a gets one mid Pod; node-b gets two of priority 0.
    pod(&mut engine, "mid", |pod| with_priority(pod, Some("mid"), "4"));
    run(&mut engine, 100);
    pod(&mut engine, "low-1", |pod| with_priority(pod, None, "2"));
    pod(&mut engine, "low-2", |pod| with_priority(pod, None, "2"));
    run(&mut engine, 200);
    assert_eq!((place(&engine, "mid"), place(&engine, "low-2")), (Some("node-a"), Some("node-b")));
    pod(&mut engine, "high", |pod| with_priority(pod, Some("high"), "4"));
    run(&mut engine, 1000);
    let going = ["mid", "low-1", "low-2"].map(|name| get(&engine, name).is_deleting());
    assert_eq!(going, [false, true, true], "two unimportant victims rather than one important");
}

#[test]
fn only_as_many_as_needed_have_to_leave_and_the_youngest_of_equals_goes() {
    let mut engine = engine();
    priorities(&mut engine);
    nodes(&mut engine, &["node-a"]);
    for (name, started) in [("older", 0), ("younger", 60_000)] {
        pod(&mut engine, name, |pod| {
            with_priority(pod, None, "2");
            pod["spec"]["nodeName"] = json!("node-a");
            pod["status"] = json!({"startTime": SimTime(started).to_time()});
        });
    }
    run(&mut engine, 100);
    pod(&mut engine, "high", |pod| with_priority(pod, Some("high"), "2"));
    run(&mut engine, 1000);
    assert_eq!(["older", "younger"].map(|name| get(&engine, name).is_deleting()), [false, true]);
}

#[test]
fn a_pod_that_never_preempts_waits() {
    let mut engine = engine();
    let class = json!({"metadata": {"name": "patient"}, "value": 1000, "preemptionPolicy": "Never"});
    engine.world.create::<PriorityClass>(serde_json::from_value(class).unwrap()).unwrap();
    nodes(&mut engine, &["node-a"]);
    pod(&mut engine, "low", |pod| with_priority(pod, None, "3"));
    run(&mut engine, 100);
    pod(&mut engine, "patient", |pod| with_priority(pod, Some("patient"), "3"));
    run(&mut engine, 1000);
    assert!(!get(&engine, "low").is_deleting());
    assert!(why(&engine, "patient").ends_with("preemption: not eligible due to preemptionPolicy=Never."));
}

#[test]
fn a_daemon_pod_asks_for_its_own_node_only() {
    let mut engine = engine();
    nodes(&mut engine, &["node-a", "node-b", "node-c"]);
    pod(&mut engine, "agent", |pod| {
        requests(pod, "5");
        pod["spec"]["affinity"] = json!({"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution":
            {"nodeSelectorTerms": [{"matchFields":
                [{"key": "metadata.name", "operator": "In", "values": ["node-b"]}]}]}}});
    });
    run(&mut engine, 1000);
    assert!(
        why(&engine, "agent").starts_with(
            "0/3 nodes are available: 1 Insufficient cpu, 2 node(s) didn't satisfy plugin(s) [NodeAffinity]."
        ),
        "{}",
        why(&engine, "agent")
    );
}

#[test]
fn in_a_large_cluster_the_search_stops_early() {
    assert_eq!(feasible_nodes_to_find(99), 99);
    assert_eq!(feasible_nodes_to_find(100), 100); // 50 % of 100 is below the least number
    assert_eq!(feasible_nodes_to_find(1000), 420); // 50 − 1000/125 = 42 %
    assert_eq!(feasible_nodes_to_find(6000), 300); // 50 − 48 = 2 %, at least 5 %
}

#[test]
fn a_refused_pod_is_tried_again_after_five_minutes() {
    let mut engine = engine();
    nodes(&mut engine, &["node-a"]);
    pod(&mut engine, "big", |pod| requests(pod, "5"));
    run(&mut engine, Millis::mins(6).0);
    let state = engine.world.store.state();
    // The first refusal has changed the Pod's status, so that the second one is told of another version of it.
    let told = state.list::<Event>().filter(|event| event.reason.as_deref() == Some("FailedScheduling"));
    assert_eq!(told.count(), 2);
}

#[test]
fn no_node_is_kept_for_a_pod_that_nobody_could_make_room_for() {
    let mut engine = engine();
    nodes(&mut engine, &["node-a"]);
    pod(&mut engine, "big", |pod| {
        pod["spec"]["containers"][0]["resources"]["requests"] = json!({"cpu": "1000"});
        pod["status"] = json!({"nominatedNodeName": "node-a"});
    });
    run(&mut engine, 1000);
    let pod = engine.world.store.get::<Pod>(&Key::new("default", "big")).unwrap();
    assert!(why(&engine, "big").contains("preemption: 0/1 nodes are available"), "{}", why(&engine, "big"));
    assert_eq!(pod.status.as_ref().unwrap().nominated_node_name, None);
}
