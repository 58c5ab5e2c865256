//! Nodes that fall silent, and what becomes of their Pods, without kubelets: a small component sends the Leases.

use super::*;
use crate::cluster::components::control_plane;
use crate::cluster::condition::pod_is;
use crate::cluster::engine::{Engine, Signal, Stop};
use crate::cluster::image::Images;
use crate::cluster::object::types::Event;
use serde_json::json;

/// Renews the Lease of every Node that has not failed, every 10 s, and posts Ready when one comes back.
#[derive(Default)]
struct Hearts {
    stopped: BTreeSet<String>,
}

impl Component for Hearts {
    fn name(&self) -> &'static str {
        "hearts"
    }

    fn class(&self) -> Class {
        Class::Kubelet
    }

    fn start(&mut self, world: &mut World) {
        world.wake_at(SimTime::ZERO, Key::cluster_wide(""), 0);
    }

    fn observe(&mut self, _world: &mut World, _change: &Change) {}

    fn wake(&mut self, world: &mut World, alarm: Alarm) {
        let names: Vec<String> =
            world.store.state().list::<Node>().map(|node| node.name().to_owned()).collect();
        for name in names.into_iter().filter(|name| !self.stopped.contains(name)) {
            world.leases.insert(name, world.now);
        }
        world.wake_after(Millis::secs(10), alarm.key, 0);
    }

    fn signal(&mut self, world: &mut World, signal: &Signal) {
        match signal {
            Signal::NodeFails(name) => {
                self.stopped.insert(name.clone());
            }
            Signal::NodeRecovers(name) => {
                self.stopped.remove(name);
                world.leases.insert(name.clone(), world.now);
                let now = world.now.to_time();
                world
                    .write::<Node>(&Key::cluster_wide(name), |node| {
                        for condition in
                            node.status.iter_mut().flat_map(|s| s.conditions.iter_mut().flatten())
                        {
                            let is_ready = condition.type_ == "Ready";
                            condition.status = if is_ready { "True" } else { "False" }.to_owned();
                            condition.last_heartbeat_time = Some(now.clone());
                            condition.last_transition_time = Some(now.clone());
                        }
                    })
                    .unwrap();
            }
            _ => {}
        }
    }
}

fn engine(nodes: &[&str]) -> Engine {
    let mut world = World::new(1, Images::default());
    for name in nodes {
        let node = json!({
            "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name}}, "spec": {},
            "status": {
                "allocatable": {"cpu": "4", "memory": "8Gi", "pods": "110"},
                "conditions": [{"type": "Ready", "status": "True", "lastHeartbeatTime": SimTime::ZERO.to_time()}]
            }
        });
        world.leases.insert((*name).to_owned(), SimTime::ZERO);
        world.store.create::<Node>(SimTime::ZERO, serde_json::from_value(node).unwrap()).unwrap();
    }
    let mut components = control_plane();
    components.retain(|component| component.name() != "kubelet");
    components.push(Box::new(Hearts::default()));
    Engine::new(world, components)
}

/// A bare Pod on a Node, running and ready.
fn pod(engine: &mut Engine, name: &str, node: &str, tolerations: serde_json::Value) {
    let pod = json!({
        "metadata": {"name": name},
        "spec": {"nodeName": node, "containers": [{"name": "app", "image": "web:1"}], "tolerations": tolerations}
    });
    engine.world.create::<Pod>(serde_json::from_value(pod).unwrap()).unwrap();
    let key = Key::new("default", name);
    engine
        .world
        .write::<Pod>(&key, |pod| {
            set_pod_condition(pod, SimTime::ZERO, "Ready", "True", None, None);
            pod.status.get_or_insert_default().phase = Some("Running".to_owned());
        })
        .unwrap();
}

fn run(engine: &mut Engine, seconds: f64) {
    engine.after_action();
    let until = SimTime((seconds * 1000.0).round() as i64);
    while engine.step(until) != Some(Stop::Reached) {}
}

fn fail(engine: &mut Engine, names: &[&str]) {
    for name in names {
        engine.world.signal(Signal::NodeFails((*name).to_owned()));
    }
    engine.after_action();
}

fn ready(engine: &Engine, name: &str) -> String {
    ready_status(engine.world.store.get::<Node>(&Key::cluster_wide(name)).unwrap()).unwrap()
}

fn node_taints(engine: &Engine, name: &str) -> Vec<String> {
    let node = engine.world.store.get::<Node>(&Key::cluster_wide(name)).unwrap();
    let short = |taint: &Taint| format!("{}:{}", taint.key.rsplit('/').next().unwrap_or(""), taint.effect);
    taints(node).iter().map(short).collect()
}

fn get<'a>(engine: &'a Engine, name: &str) -> Option<&'a Arc<Pod>> {
    engine.world.store.get::<Pod>(&Key::new("default", name))
}

fn messages(engine: &Engine, reason: &str) -> Vec<String> {
    let events = engine.world.store.state().by_age::<Event>();
    let meant = events.into_iter().filter(|event| event.reason.as_deref() == Some(reason));
    meant.map(|event| event.message.clone().unwrap_or_default()).collect()
}

#[test]
fn a_silent_node_is_lost_at_the_eleventh_tick_after_its_last_sign_of_life() {
    let mut engine = engine(&["node-a", "node-b", "node-c"]);
    pod(&mut engine, "lone", "node-b", json!([]));
    run(&mut engine, 5.0);
    fail(&mut engine, &["node-b"]);
    // The Lease of time 0 was noted at the beginning: 50 s later is not yet "after".
    run(&mut engine, 54.999);
    assert_eq!(ready(&engine, "node-b"), "True");
    run(&mut engine, 55.0);
    assert_eq!(ready(&engine, "node-b"), "Unknown");
    assert!(!pod_is(get(&engine, "lone").unwrap(), "Ready"), "it gets no traffic from this moment on");
    assert!(!get(&engine, "lone").unwrap().is_deleting());
    assert_eq!(
        messages(&engine, "NodeNotReady"),
        ["Node node-b status is now: NodeNotReady", "Node is not ready"]
    );
    run(&mut engine, 56.0);
    assert_eq!(node_taints(&engine, "node-b"), ["unreachable:NoSchedule", "unreachable:NoExecute"]);
}

#[test]
fn pods_leave_a_lost_node_after_their_toleration_and_stay_terminating() {
    let mut engine = engine(&["node-a", "node-b", "node-c"]);
    pod(&mut engine, "lone", "node-b", json!([]));
    pod(&mut engine, "patient", "node-b", json!([{"operator": "Exists"}]));
    run(&mut engine, 5.0);
    fail(&mut engine, &["node-b"]);
    // Lost at 55 s, tainted at the next look at the queue (55.1 s), seen 5 ms later, tolerated for 300 s.
    run(&mut engine, 355.104);
    assert!(!get(&engine, "lone").unwrap().is_deleting());
    run(&mut engine, 355.105);
    assert!(get(&engine, "lone").unwrap().is_deleting());
    assert_eq!(messages(&engine, "TaintManagerEviction"), ["Marking for deletion Pod default/lone"]);
    run(&mut engine, 1000.0);
    assert!(get(&engine, "lone").is_some(), "only the kubelet may finish it");
    assert!(!get(&engine, "patient").unwrap().is_deleting(), "it tolerates everything for ever");
}

#[test]
fn a_node_that_comes_back_in_time_keeps_its_pods() {
    let mut engine = engine(&["node-a", "node-b", "node-c"]);
    pod(&mut engine, "lone", "node-b", json!([]));
    run(&mut engine, 5.0);
    fail(&mut engine, &["node-b"]);
    run(&mut engine, 100.0);
    engine.world.signal(Signal::NodeRecovers("node-b".to_owned()));
    engine.after_action();
    run(&mut engine, 101.0);
    // The NoSchedule taint goes with the condition, the NoExecute one at the next tick.
    assert_eq!(node_taints(&engine, "node-b"), ["unreachable:NoExecute"]);
    run(&mut engine, 106.0);
    assert!(node_taints(&engine, "node-b").is_empty());
    assert_eq!(messages(&engine, "TaintManagerEviction"), ["Cancelling deletion of Pod default/lone"]);
    run(&mut engine, 500.0);
    assert!(!get(&engine, "lone").unwrap().is_deleting());
}

#[test]
fn in_a_cluster_of_one_node_nobody_is_ever_evicted() {
    let mut engine = engine(&["node-a"]);
    pod(&mut engine, "lone", "node-a", json!([]));
    run(&mut engine, 5.0);
    fail(&mut engine, &["node-a"]);
    run(&mut engine, 2000.0);
    assert_eq!(ready(&engine, "node-a"), "Unknown");
    assert_eq!(node_taints(&engine, "node-a"), ["unreachable:NoSchedule"]);
    assert!(!get(&engine, "lone").unwrap().is_deleting());
}

#[test]
fn when_most_of_a_small_zone_fails_nobody_is_evicted() {
    let mut engine = engine(&["a", "b", "c", "d", "e"]);
    pod(&mut engine, "lone", "c", json!([]));
    run(&mut engine, 5.0);
    fail(&mut engine, &["c", "d", "e"]);
    run(&mut engine, 2000.0);
    assert_eq!(node_taints(&engine, "c"), ["unreachable:NoSchedule"]);
    assert!(!get(&engine, "lone").unwrap().is_deleting());
}

#[test]
fn two_of_three_nodes_are_cleared_ten_seconds_apart() {
    let mut engine = engine(&["a", "b", "c"]);
    run(&mut engine, 5.0);
    fail(&mut engine, &["b", "c"]);
    run(&mut engine, 56.0);
    assert_eq!(node_taints(&engine, "b").len(), 2);
    assert_eq!(node_taints(&engine, "c").len(), 1);
    run(&mut engine, 65.0);
    assert_eq!(node_taints(&engine, "c").len(), 1);
    run(&mut engine, 65.1);
    assert_eq!(node_taints(&engine, "c").len(), 2);
}

#[test]
fn a_taint_that_a_person_sets_evicts_those_who_do_not_tolerate_it() {
    let mut engine = engine(&["node-a", "node-b"]);
    pod(&mut engine, "lone", "node-a", json!([]));
    run(&mut engine, 5.0);
    engine
        .world
        .write::<Node>(&Key::cluster_wide("node-a"), |node| {
            set_taints(node, vec![new_taint("team", NO_EXECUTE, SimTime::ZERO)]);
        })
        .unwrap();
    run(&mut engine, 5.1);
    let lone = get(&engine, "lone").unwrap();
    assert!(lone.is_deleting());
    let target = pod_condition(lone, "DisruptionTarget").unwrap();
    assert_eq!(target.reason.as_deref(), Some("DeletionByTaintManager"));
}

#[test]
fn a_cordon_is_also_a_taint() {
    let mut engine = engine(&["node-a", "node-b"]);
    run(&mut engine, 1.0);
    let key = Key::cluster_wide("node-a");
    engine
        .world
        .write::<Node>(&key, |node| node.spec.get_or_insert_default().unschedulable = Some(true))
        .unwrap();
    run(&mut engine, 2.0);
    assert_eq!(node_taints(&engine, "node-a"), ["unschedulable:NoSchedule"]);
    engine.world.write::<Node>(&key, |node| node.spec.get_or_insert_default().unschedulable = None).unwrap();
    run(&mut engine, 3.0);
    assert!(node_taints(&engine, "node-a").is_empty());
}

#[test]
fn pods_of_a_node_that_is_removed_are_given_up_after_the_quarantine() {
    let mut engine = engine(&["node-a", "node-b"]);
    pod(&mut engine, "lone", "node-b", json!([]));
    run(&mut engine, 5.0);
    let key = Key::cluster_wide("node-b");
    engine.world.delete::<Node>(&key, crate::cluster::api::DeleteOptions::default()).unwrap();
    // Missed at the tick of 20 s; 40 s later is the tick of 60 s.
    run(&mut engine, 59.9);
    assert!(get(&engine, "lone").is_some());
    run(&mut engine, 60.0);
    assert!(get(&engine, "lone").is_none());
    assert_eq!(
        messages(&engine, "RemovingNode"),
        ["Node node-b event: Removing Node node-b from Controller"]
    );
}

#[test]
fn a_new_node_takes_pods_only_after_the_controller_has_seen_that_it_is_ready() {
    let mut engine = engine(&["node-a"]);
    run(&mut engine, 7.0);
    let node = json!({"metadata": {"name": "node-b"}, "status": {
        "conditions": [{"type": "Ready", "status": "True"}]}});
    let node = engine.world.create::<Node>(serde_json::from_value(node).unwrap()).unwrap();
    assert!(has_taint(&node, NOT_READY, NO_SCHEDULE));
    run(&mut engine, 8.0);
    assert!(node_taints(&engine, "node-b").is_empty());
    assert!(messages(&engine, "RegisteredNode").is_empty());
    run(&mut engine, 10.0);
    assert_eq!(
        messages(&engine, "RegisteredNode"),
        ["Node node-b event: Registered Node node-b in Controller"]
    );
}

#[test]
fn a_terminating_pod_of_a_machine_that_is_known_to_be_off_is_removed() {
    let mut engine = engine(&["node-a", "node-b", "node-c"]);
    pod(&mut engine, "db-0", "node-b", json!([]));
    run(&mut engine, 5.0);
    fail(&mut engine, &["node-b"]);
    run(&mut engine, 370.0);
    assert!(get(&engine, "db-0").unwrap().is_deleting());
    engine
        .world
        .write::<Node>(&Key::cluster_wide("node-b"), |node| {
            let mut list = taints(node).to_vec();
            list.push(new_taint(crate::cluster::taint::OUT_OF_SERVICE, NO_EXECUTE, SimTime::ZERO));
            set_taints(node, list);
        })
        .unwrap();
    run(&mut engine, 380.0);
    assert!(get(&engine, "db-0").is_none(), "at the next tick of 20 s");
}
