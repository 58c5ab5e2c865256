//! The node lifecycle controller: notices that a Node is silent, says so, and has it cleared.
//!
//! In: Leases and Node conditions, as the kubelets write them. Out: conditions Unknown, Pods that are not ready, and
//! taints: NoSchedule ones at once from the conditions, NoExecute ones through a queue that lets few Nodes pass, fewer
//! when much of a zone fails, and none when everything does, since then the control plane suspects itself.
//!
//! Source: `pkg/controller/nodelifecycle/node_lifecycle_controller.go`, `scheduler/rate_limited_queue.go`;
//! `pkg/controller/util/node/controller_utils.go`.

mod zones;

use crate::cluster::clock::{Millis, SimTime};
use crate::cluster::condition::{node_condition, pod_condition, set_pod_condition};
use crate::cluster::engine::{Alarm, Class, Component, World};
use crate::cluster::events::EventType;
use crate::cluster::object::{Key, Object, Resource};
use crate::cluster::store::{Change, ChangeType};
use crate::cluster::taint::{
    NO_EXECUTE, NO_SCHEDULE, NOT_READY, UNREACHABLE, UNSCHEDULABLE, has_taint, is_cordoned, taints,
};
use k8s_openapi::api::core::v1::{Node, NodeCondition, ObjectReference, Pod, Taint};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use zones::{Zone, Zones};

const NAME: &str = "node-controller";

/// How often the Nodes are looked at (kube-controller-manager `--node-monitor-period`).
const MONITOR_PERIOD: Millis = Millis::secs(5);
/// A Node may be silent for so long (`--node-monitor-grace-period`; 40 s until 1.31).
const GRACE: Millis = Millis::secs(50);
/// One that has never said anything, for so long (`--node-startup-grace-period`).
const STARTUP_GRACE: Millis = Millis::secs(60);
/// How often the queue of Nodes to be cleared is looked at (`scheduler.NodeEvictionPeriod`).
const QUEUE_PERIOD: Millis = Millis(100);

/// Which status of which condition is which taint.
const CONDITION_TAINTS: [(&str, &str, &str); 6] = [
    ("Ready", "False", NOT_READY),
    ("Ready", "Unknown", UNREACHABLE),
    ("MemoryPressure", "True", "node.kubernetes.io/memory-pressure"),
    ("DiskPressure", "True", "node.kubernetes.io/disk-pressure"),
    ("NetworkUnavailable", "True", "node.kubernetes.io/network-unavailable"),
    ("PIDPressure", "True", "node.kubernetes.io/pid-pressure"),
];
/// The conditions that nobody knows any more when a Node is silent.
const LOST: [&str; 4] = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"];

const MONITOR: u64 = 0;
const TAINT: u64 = 1;
const QUEUE: u64 = 2;

/// What is known of a Node's health.
#[derive(Clone, Debug)]
struct Health {
    /// When this controller, by its own clock, last saw a sign of life.
    seen: SimTime,
    /// The heartbeat of the Ready condition as of then.
    heartbeat: Option<Time>,
    /// The Lease as of then.
    lease: Option<SimTime>,
}

/// Watches over the Nodes.
#[derive(Debug, Default)]
pub struct NodeLifecycle {
    known: BTreeSet<String>,
    uids: BTreeMap<String, String>,
    health: BTreeMap<String, Health>,
    zones: Zones,
    queue_at: Option<SimTime>,
}

impl Component for NodeLifecycle {
    fn name(&self) -> &'static str {
        NAME
    }

    fn class(&self) -> Class {
        Class::Tick
    }

    fn start(&mut self, world: &mut World) {
        // Nodes that are there before anything happens have been registered long ago.
        for node in world.store.state().list::<Node>() {
            self.known.insert(node.name().to_owned());
            self.uids.insert(node.name().to_owned(), node.uid().to_owned());
            let _ = self.note_signs_of_life(world, node);
        }
        world.wake_after(MONITOR_PERIOD, Key::cluster_wide(""), MONITOR);
    }

    fn observe(&mut self, world: &mut World, change: &Change) {
        if let Object::Node(node) = &change.object {
            if change.change == ChangeType::Deleted {
                self.health.remove(node.name());
                self.zones.forget(node.name());
            } else {
                world.wake_after(Millis::ZERO, node.key(), TAINT);
            }
        }
    }

    fn wake(&mut self, world: &mut World, alarm: Alarm) {
        match alarm.tag {
            MONITOR => {
                self.monitor(world);
                world.wake_after(MONITOR_PERIOD, alarm.key, MONITOR);
            }
            TAINT => taint_by_conditions(world, &alarm.key),
            _ => {
                self.queue_at = None;
                self.taint_queued(world);
            }
        }
        self.plan_queue(world);
    }
}

impl NodeLifecycle {
    /// Looks at every Node (`monitorNodeHealth`).
    fn monitor(&mut self, world: &mut World) {
        let nodes: Vec<Arc<Node>> = world.store.state().list::<Node>().cloned().collect();
        self.register(world, &nodes);
        let mut by_zone: BTreeMap<Zone, Vec<bool>> = BTreeMap::new();
        for node in &nodes {
            let observed = ready_status(node);
            let node = self.judge(world, node);
            let current = ready_status(&node);
            if node_label(&node, "node.kubernetes.io/exclude-disruption").is_none() {
                by_zone.entry(Zone::of(&node)).or_default().push(current.as_deref() == Some("True"));
            }
            let Some(current) = current else { continue };
            self.settle_no_execute(world, &node, &current);
            if current != "True" && observed.as_deref() == Some("True") {
                let message = format!("Node {} status is now: NodeNotReady", node.name());
                world.record(NAME, reference(&node), EventType::Normal, "NodeNotReady", message);
                mark_pods_not_ready(world, node.name());
            }
        }
        match self.zones.update(world.now, &by_zone) {
            zones::Shift::None => {}
            zones::Shift::AllFail => nodes.iter().for_each(|node| clear_no_execute(world, node.name())),
            zones::Shift::AllFailedBefore => {
                let now = world.now;
                self.health.values_mut().for_each(|health| health.seen = now);
            }
        }
    }

    /// Says which Nodes are new and which are gone (`classifyNodes`).
    fn register(&mut self, world: &mut World, nodes: &[Arc<Node>]) {
        let present: BTreeSet<String> = nodes.iter().map(|node| node.name().to_owned()).collect();
        for node in nodes.iter().filter(|node| !self.known.contains(node.name())) {
            let message = format!("Node {0} event: Registered Node {0} in Controller", node.name());
            world.record(NAME, reference(node), EventType::Normal, "RegisteredNode", message);
            self.uids.insert(node.name().to_owned(), node.uid().to_owned());
        }
        for name in self.known.difference(&present) {
            let message = format!("Node {name} event: Removing Node {name} from Controller");
            let about = node_reference(name, self.uids.remove(name));
            world.record(NAME, about, EventType::Normal, "RemovingNode", message);
        }
        self.known = present;
    }

    /// Takes note of a Node's heartbeat and Lease, by this controller's own clock; returns when a sign of life was last
    /// seen.
    fn note_signs_of_life(&mut self, world: &World, node: &Node) -> SimTime {
        let heartbeat = node_condition(node, "Ready").and_then(|ready| ready.last_heartbeat_time.clone());
        let lease = world.leases.get(node.name()).copied();
        let created = node.metadata.creation_timestamp.as_ref().map(SimTime::from_time);
        let has_spoken = node_condition(node, "Ready").is_some();
        let health = self.health.entry(node.name().to_owned()).or_insert_with(|| Health {
            seen: if has_spoken { world.now } else { created.unwrap_or(world.now) },
            heartbeat: heartbeat.clone(),
            lease,
        });
        if health.heartbeat != heartbeat || health.lease < lease {
            *health = Health { seen: world.now, heartbeat, lease };
        }
        health.seen
    }

    /// Decides whether a Node is lost, and writes that down (`tryUpdateNodeHealth`). Returns the Node as it is then.
    fn judge(&mut self, world: &mut World, node: &Arc<Node>) -> Arc<Node> {
        let seen = self.note_signs_of_life(world, node);
        let grace = if node_condition(node, "Ready").is_some() { GRACE } else { STARTUP_GRACE };
        // Strictly after: with ticks of 5 s and a grace of 50 s, that is at the eleventh tick.
        if world.now <= seen + grace || ready_status(node).as_deref() == Some("Unknown") {
            return node.clone();
        }
        let now = world.now;
        let written = world.write::<Node>(&node.key(), |node| {
            let created = node.metadata.creation_timestamp.clone();
            let conditions = node.status.get_or_insert_default().conditions.get_or_insert_default();
            for type_ in LOST {
                match conditions.iter_mut().find(|condition| condition.type_ == type_) {
                    Some(condition) if condition.status == "Unknown" => {}
                    Some(condition) => {
                        condition.status = "Unknown".to_owned();
                        condition.reason = Some("NodeStatusUnknown".to_owned());
                        condition.message = Some("Kubelet stopped posting node status.".to_owned());
                        condition.last_transition_time = Some(now.to_time());
                    }
                    None => conditions.push(NodeCondition {
                        type_: type_.to_owned(),
                        status: "Unknown".to_owned(),
                        reason: Some("NodeStatusNeverUpdated".to_owned()),
                        message: Some("Kubelet never posted node status.".to_owned()),
                        last_heartbeat_time: created.clone(),
                        last_transition_time: Some(now.to_time()),
                    }),
                }
            }
        });
        written.unwrap_or_else(|_| node.clone())
    }

    /// Brings the NoExecute taint in line with the Ready condition, or queues the Node for it
    /// (`processTaintBaseEviction`).
    fn settle_no_execute(&mut self, world: &mut World, node: &Node, ready: &str) {
        let (wanted, opposite) = match ready {
            "False" => (NOT_READY, UNREACHABLE),
            "Unknown" => (UNREACHABLE, NOT_READY),
            _ => {
                self.zones.forget(node.name());
                if [NOT_READY, UNREACHABLE].iter().any(|key| has_taint(node, key, NO_EXECUTE)) {
                    clear_no_execute(world, node.name());
                }
                return;
            }
        };
        if has_taint(node, opposite, NO_EXECUTE) {
            swap_no_execute(world, node.name(), wanted, opposite);
        } else if !has_taint(node, wanted, NO_EXECUTE) {
            self.zones.queue(Zone::of(node), node.name());
        }
    }

    /// Taints the queued Nodes whose turn it is (`doNoExecuteTaintingPass`).
    fn taint_queued(&mut self, world: &mut World) {
        for name in self.zones.take(world.now) {
            let Some(node) = world.store.get::<Node>(&Key::cluster_wide(&name)) else { continue };
            match ready_status(node).as_deref() {
                Some("False") => swap_no_execute(world, &name, NOT_READY, UNREACHABLE),
                Some("Unknown") => swap_no_execute(world, &name, UNREACHABLE, NOT_READY),
                // It has recovered while it waited.
                _ => {}
            }
        }
    }

    fn plan_queue(&mut self, world: &mut World) {
        let Some(turn) = self.zones.next_turn() else { return };
        // The queue is looked at every 100 ms; whatever came up at this very instant waits for the next look.
        let earliest = turn.max(world.now + Millis(1));
        let at = SimTime((earliest.0 + QUEUE_PERIOD.0 - 1).div_euclid(QUEUE_PERIOD.0) * QUEUE_PERIOD.0);
        if self.queue_at.is_none_or(|planned| at < planned) {
            self.queue_at = Some(at);
            world.wake_at(at, Key::cluster_wide(""), QUEUE);
        }
    }
}

/// NoSchedule taints follow the conditions and the cordon at once (`doNoScheduleTaintingPass`).
fn taint_by_conditions(world: &mut World, key: &Key) {
    let now = world.now;
    // The Node may be gone by now; then there is nothing to taint.
    let _ = world.write::<Node>(key, |node| {
        let mut wanted: Vec<&str> = CONDITION_TAINTS
            .iter()
            .filter(|(type_, status, _)| node_condition(node, type_).is_some_and(|c| c.status == *status))
            .map(|(_, _, taint)| *taint)
            .collect();
        if is_cordoned(node) {
            wanted.push(UNSCHEDULABLE);
        }
        let is_ours = |taint: &Taint| {
            taint.effect == NO_SCHEDULE
                && (taint.key == UNSCHEDULABLE
                    || CONDITION_TAINTS.iter().any(|(_, _, key)| *key == taint.key))
        };
        let mut list = taints(node).to_vec();
        list.retain(|taint| !is_ours(taint) || wanted.contains(&taint.key.as_str()));
        for key in wanted {
            if !list.iter().any(|taint| taint.key == key && taint.effect == NO_SCHEDULE) {
                list.push(new_taint(key, NO_SCHEDULE, now));
            }
        }
        set_taints(node, list);
    });
}

fn swap_no_execute(world: &mut World, name: &str, wanted: &str, opposite: &str) {
    let now = world.now;
    let _ = world.write::<Node>(&Key::cluster_wide(name), |node| {
        let mut list = taints(node).to_vec();
        list.retain(|taint| !(taint.effect == NO_EXECUTE && taint.key == opposite));
        if !list.iter().any(|taint| taint.effect == NO_EXECUTE && taint.key == wanted) {
            list.push(new_taint(wanted, NO_EXECUTE, now));
        }
        set_taints(node, list);
    });
}

/// Nobody has to leave any more (`markNodeAsReachable`).
fn clear_no_execute(world: &mut World, name: &str) {
    let _ = world.write::<Node>(&Key::cluster_wide(name), |node| {
        let mut list = taints(node).to_vec();
        list.retain(|taint| !(taint.effect == NO_EXECUTE && [NOT_READY, UNREACHABLE].contains(&&*taint.key)));
        set_taints(node, list);
    });
}

fn set_taints(node: &mut Node, list: Vec<Taint>) {
    if taints(node) != list {
        node.spec.get_or_insert_default().taints = (!list.is_empty()).then_some(list);
    }
}

fn new_taint(key: &str, effect: &str, now: SimTime) -> Taint {
    Taint { key: key.to_owned(), effect: effect.to_owned(), value: None, time_added: Some(now.to_time()) }
}

/// The Pods of a lost Node get no traffic any more (`MarkPodsNotReady`).
fn mark_pods_not_ready(world: &mut World, node: &str) {
    let pods: Vec<Key> = world.store.pods_on_node(node).map(|pod| pod.key()).collect();
    let now = world.now;
    for key in pods {
        let Some(pod) = world.store.get::<Pod>(&key) else { continue };
        let Some(ready) = pod_condition(pod, "Ready").filter(|ready| ready.status != "False") else {
            continue;
        };
        let (reason, message) = (ready.reason.clone(), ready.message.clone());
        let written = world.write::<Pod>(&key, |pod| {
            set_pod_condition(pod, now, "Ready", "False", reason.as_deref(), message.as_deref());
        });
        if let Ok(pod) = written {
            world.warn(NAME, pod.as_ref(), "NodeNotReady", "Node is not ready");
        }
    }
}

fn ready_status(node: &Node) -> Option<String> {
    node_condition(node, "Ready").map(|ready| ready.status.clone())
}

fn node_label<'a>(node: &'a Node, key: &str) -> Option<&'a str> {
    node.metadata.labels.as_ref()?.get(key).map(String::as_str)
}

fn reference(node: &Node) -> ObjectReference {
    node_reference(node.name(), node.metadata.uid.clone())
}

/// The node controller names a Node by its real uid, unlike the kubelet.
fn node_reference(name: &str, uid: Option<String>) -> ObjectReference {
    ObjectReference {
        api_version: Some("v1".to_owned()),
        kind: Some("Node".to_owned()),
        name: Some(name.to_owned()),
        uid,
        ..ObjectReference::default()
    }
}

#[cfg(test)]
mod tests;
