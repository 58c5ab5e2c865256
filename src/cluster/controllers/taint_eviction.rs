//! The taint eviction controller: Pods leave a Node with NoExecute taints, at once or when their toleration runs out.
//!
//! It does not ask disruption budgets. A wait begins when the taint is seen; a later, longer one does not put an earlier
//! one off. Source: `pkg/controller/tainteviction/taint_eviction.go`, `timed_workers.go`.

use crate::cluster::api::DeleteOptions;
use crate::cluster::clock::{Millis, SimTime};
use crate::cluster::condition::set_pod_condition;
use crate::cluster::engine::{Alarm, Class, Component, World};
use crate::cluster::events::EventType;
use crate::cluster::object::{Key, Object, Resource};
use crate::cluster::store::{Change, ChangeType};
use crate::cluster::taint::{NO_EXECUTE, taints, tolerates, tolerations};
use k8s_openapi::api::core::v1::{Node, ObjectReference, Pod, Taint, Toleration};
use std::collections::BTreeMap;

const NAME: &str = "taint-eviction-controller";

const NODE: u64 = 0;
const POD: u64 = 1;
const EVICT: u64 = 2;

/// A Pod that has to leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Work {
    /// At this time.
    Due(SimTime),
    /// It has been told.
    Done,
}

/// Evicts Pods from tainted Nodes.
#[derive(Debug, Default)]
pub struct TaintEviction {
    work: BTreeMap<Key, Work>,
}

/// How long a Pod may stay on a Node with these taints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stay {
    /// For ever.
    Forever,
    /// So long; zero is not at all, though every taint is tolerated.
    For(Millis),
    /// Not at all: a taint is not tolerated.
    NotTolerated,
}

impl Component for TaintEviction {
    fn name(&self) -> &'static str {
        NAME
    }

    fn class(&self) -> Class {
        Class::Controller
    }

    fn start(&mut self, world: &mut World) {
        let nodes: Vec<Key> = world.store.state().list::<Node>().map(|node| node.key()).collect();
        for key in nodes {
            world.wake_after(Millis::ZERO, key, NODE);
        }
    }

    fn observe(&mut self, world: &mut World, change: &Change) {
        let before = change.before.as_ref();
        match &change.object {
            Object::Node(node) if change.change != ChangeType::Deleted => {
                let old = before.and_then(Node::from_object).map_or(&[][..], |old| taints(old));
                if old != taints(node) {
                    world.wake_after(Millis::ZERO, node.key(), NODE);
                }
            }
            Object::Pod(pod) if change.change == ChangeType::Deleted => self.cancel(world, &pod.key()),
            Object::Pod(pod) => {
                let place = |pod: &Pod| pod.spec.as_ref().and_then(|spec| spec.node_name.clone());
                let old = before.and_then(Pod::from_object);
                let same =
                    old.is_some_and(|old| place(old) == place(pod) && tolerations(old) == tolerations(pod));
                if !same && place(pod).is_some() {
                    world.wake_after(Millis::ZERO, pod.key(), POD);
                }
            }
            _ => {}
        }
    }

    fn wake(&mut self, world: &mut World, alarm: Alarm) {
        match alarm.tag {
            NODE => self.look_at_node(world, &alarm.key),
            POD => self.look_at_pod(world, &alarm.key),
            _ => {
                if self.work.get(&alarm.key) == Some(&Work::Due(world.now)) {
                    self.evict(world, &alarm.key);
                }
            }
        }
    }
}

impl TaintEviction {
    fn look_at_node(&mut self, world: &mut World, key: &Key) {
        let Some(node) = world.store.get::<Node>(key) else { return };
        let hard = no_execute(node);
        let pods: Vec<Key> = world.store.pods_on_node(&key.name).map(|pod| pod.key()).collect();
        for pod in pods {
            self.settle(world, &pod, &hard);
        }
    }

    fn look_at_pod(&mut self, world: &mut World, key: &Key) {
        let node = world
            .store
            .get::<Pod>(key)
            .and_then(|pod| pod.spec.as_ref()?.node_name.as_deref())
            .and_then(|name| world.store.get::<Node>(&Key::cluster_wide(name)));
        let hard = node.map(|node| no_execute(node)).unwrap_or_default();
        if !hard.is_empty() {
            self.settle(world, key, &hard);
        }
    }

    /// Decides how long a Pod may stay (`processPodOnNode`).
    fn settle(&mut self, world: &mut World, key: &Key, hard: &[Taint]) {
        let Some(pod) = world.store.get::<Pod>(key) else { return };
        match stay(hard, tolerations(pod)) {
            Stay::Forever => self.cancel(world, key),
            Stay::NotTolerated => {
                self.cancel(world, key);
                self.evict(world, key);
            }
            Stay::For(time) => {
                // One that is told to leave earlier, or has been told, is not told again.
                if !self.work.contains_key(key) {
                    let due = world.now + time;
                    self.work.insert(key.clone(), Work::Due(due));
                    world.wake_at(due, key.clone(), EVICT);
                }
            }
        }
    }

    fn cancel(&mut self, world: &mut World, key: &Key) {
        if let Some(Work::Due(_)) = self.work.remove(key) {
            let message = format!("Cancelling deletion of Pod {key}");
            world.record(NAME, reference(key), EventType::Normal, "TaintManagerEviction", message);
        }
    }

    fn evict(&mut self, world: &mut World, key: &Key) {
        if self.work.insert(key.clone(), Work::Done) == Some(Work::Done) {
            return;
        }
        let message = format!("Marking for deletion Pod {key}");
        world.record(NAME, reference(key), EventType::Normal, "TaintManagerEviction", message);
        let now = world.now;
        // It may be gone already, which is all that is wanted.
        let _ = world.write::<Pod>(key, |pod| {
            let message = "Taint manager: deleting due to NoExecute taint";
            set_pod_condition(
                pod,
                now,
                "DisruptionTarget",
                "True",
                Some("DeletionByTaintManager"),
                Some(message),
            );
        });
        let _ = world.delete::<Pod>(key, DeleteOptions::default());
    }
}

fn no_execute(node: &Node) -> Vec<Taint> {
    taints(node).iter().filter(|taint| taint.effect == NO_EXECUTE).cloned().collect()
}

/// The shortest of the tolerations that are used; one without a time is for ever.
fn stay(hard: &[Taint], tolerations: &[Toleration]) -> Stay {
    let mut shortest = Stay::Forever;
    for taint in hard {
        // Of several tolerations of one taint the first counts (`GetMatchingTolerations`).
        let Some(used) = tolerations.iter().find(|own| tolerates(own, taint)) else {
            return Stay::NotTolerated;
        };
        if let Some(seconds) = used.toleration_seconds {
            let time = Millis::secs(seconds.max(0));
            shortest = match shortest {
                Stay::For(other) => Stay::For(other.min(time)),
                Stay::Forever | Stay::NotTolerated => Stay::For(time),
            };
        }
    }
    shortest
}

/// The controller names a Pod without its uid.
fn reference(key: &Key) -> ObjectReference {
    ObjectReference {
        api_version: Some("v1".to_owned()),
        kind: Some("Pod".to_owned()),
        namespace: Some(key.namespace.to_string()),
        name: Some(key.name.to_string()),
        ..ObjectReference::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn taint(key: &str) -> Taint {
        Taint { key: key.into(), effect: NO_EXECUTE.into(), value: None, time_added: None }
    }

    fn tolerations(json: serde_json::Value) -> Vec<Toleration> {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn the_shortest_toleration_counts() {
        let both = tolerations(json!([
            {"key": "a", "operator": "Exists", "tolerationSeconds": 300},
            {"key": "b", "operator": "Exists", "tolerationSeconds": 10}
        ]));
        assert_eq!(stay(&[taint("a"), taint("b")], &both), Stay::For(Millis::secs(10)));
        assert_eq!(stay(&[taint("a")], &both), Stay::For(Millis::secs(300)));
        assert_eq!(stay(&[taint("a"), taint("c")], &both), Stay::NotTolerated);
        assert_eq!(stay(&[], &both), Stay::Forever);
    }

    #[test]
    fn a_toleration_without_a_time_is_for_ever_and_one_of_no_time_is_none() {
        let forever = tolerations(json!([{"operator": "Exists"}]));
        assert_eq!(stay(&[taint("a")], &forever), Stay::Forever);
        let none = tolerations(json!([{"operator": "Exists", "tolerationSeconds": -5}]));
        assert_eq!(stay(&[taint("a")], &none), Stay::For(Millis::ZERO));
    }
}
