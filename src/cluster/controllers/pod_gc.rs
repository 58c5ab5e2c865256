//! The Pod garbage collector: removes Pods that nobody else will.
//!
//! Source: `pkg/controller/podgc/gc_controller.go`.

use super::{Controller, Outcome};
use crate::cluster::api::DeleteOptions;
use crate::cluster::clock::{Millis, SimTime};
use crate::cluster::condition::{is_finished, node_condition, set_pod_condition};
use crate::cluster::engine::World;
use crate::cluster::object::{Key, Resource};
use crate::cluster::store::Change;
use crate::cluster::taint::{OUT_OF_SERVICE, taints};
use k8s_openapi::api::core::v1::{Node, Pod};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A Node must be missing for so long before its Pods are given up (`quarantineTime`).
const QUARANTINE: Millis = Millis::secs(40);
/// So many finished Pods are kept (`--terminated-pod-gc-threshold`).
const KEPT: usize = 12_500;

/// Collects Pods.
#[derive(Debug, Default)]
pub struct PodGc {
    /// Nodes that are missing, and since when.
    missing: BTreeMap<String, SimTime>,
}

impl Controller for PodGc {
    const NAME: &'static str = "pod-garbage-collector-controller";

    /// `gcCheckPeriod`.
    const PERIOD: Option<Millis> = Some(Millis::secs(20));

    fn keys(&self, _world: &World, _change: &Change) -> Vec<Key> {
        Vec::new()
    }

    fn reconcile(&mut self, _world: &mut World, _key: &Key) -> Outcome {
        Outcome::Done
    }

    fn tick(&mut self, world: &mut World) {
        let pods: Vec<Arc<Pod>> = world.store.state().pods_by_age().into_iter().cloned().collect();
        collect_finished(world, &pods);
        collect_out_of_service(world, &pods);
        self.collect_orphans(world, &pods);
        for pod in pods.iter().filter(|pod| pod.is_deleting() && node_name(pod).is_none()) {
            give_up(world, pod, None);
        }
    }
}

impl PodGc {
    /// Pods whose Node is no more.
    fn collect_orphans(&mut self, world: &mut World, pods: &[Arc<Pod>]) {
        let now = world.now;
        let is_missing = |name: &str| world.store.get::<Node>(&Key::cluster_wide(name)).is_none();
        self.missing.retain(|name, _| is_missing(name));
        for name in pods.iter().filter_map(|pod| node_name(pod)).filter(|name| is_missing(name)) {
            self.missing.entry(name.to_owned()).or_insert(now);
        }
        let lost = |name: &str| self.missing.get(name).is_some_and(|since| now.since(*since) >= QUARANTINE);
        for pod in pods.iter().filter(|pod| node_name(pod).is_some_and(lost)) {
            give_up(world, pod, Some("PodGC: node no longer exists"));
        }
        self.missing.retain(|_, since| now.since(*since) < QUARANTINE);
    }
}

/// The oldest finished Pods above the limit; evicted ones first.
fn collect_finished(world: &mut World, pods: &[Arc<Pod>]) {
    let mut finished: Vec<&Arc<Pod>> = pods.iter().filter(|pod| is_finished(pod)).collect();
    let Some(excess) = finished.len().checked_sub(KEPT).filter(|excess| *excess > 0) else { return };
    let is_evicted =
        |pod: &Pod| pod.status.as_ref().is_some_and(|status| status.reason.as_deref() == Some("Evicted"));
    finished.sort_by_key(|pod| !is_evicted(pod));
    for pod in finished.into_iter().take(excess) {
        give_up(world, pod, None);
    }
}

/// Pods on their way out, on a machine that a person knows to be off.
fn collect_out_of_service(world: &mut World, pods: &[Arc<Pod>]) {
    let is_off = |name: &str| {
        world.store.get::<Node>(&Key::cluster_wide(name)).is_some_and(|node| {
            taints(node).iter().any(|taint| taint.key == OUT_OF_SERVICE)
                && node_condition(node, "Ready").is_none_or(|ready| ready.status != "True")
        })
    };
    let lost: Vec<&Arc<Pod>> =
        pods.iter().filter(|pod| pod.is_deleting() && node_name(pod).is_some_and(is_off)).collect();
    for pod in lost {
        give_up(world, pod, None);
    }
}

/// Marks a Pod as failed, unless it has come to an end, and removes it at once (`markFailedAndDeletePod`).
fn give_up(world: &mut World, pod: &Pod, why: Option<&str>) {
    let now = world.now;
    if !is_finished(pod) {
        // It may be gone already, which is all that is wanted.
        let _ = world.write::<Pod>(&pod.key(), |pod| {
            if let Some(message) = why {
                set_pod_condition(
                    pod,
                    now,
                    "DisruptionTarget",
                    "True",
                    Some("DeletionByPodGC"),
                    Some(message),
                );
            }
            pod.status.get_or_insert_default().phase = Some("Failed".to_owned());
        });
    }
    let _ = world.delete::<Pod>(&pod.key(), DeleteOptions::now());
}

fn node_name(pod: &Pod) -> Option<&str> {
    pod.spec.as_ref()?.node_name.as_deref().filter(|name| !name.is_empty())
}
