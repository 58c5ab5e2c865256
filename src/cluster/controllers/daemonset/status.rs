//! The status of a DaemonSet. Source: `pkg/controller/daemon/daemon_controller.go` (`updateDaemonSetStatus`).

use super::nodes::{Demand, Place};
use crate::cluster::clock::{Millis, SimTime};
use crate::cluster::controllers::history::revision_of;
use crate::cluster::controllers::pods::{count, is_available, is_ready, unless_zero};
use crate::cluster::object::Resource;
use k8s_openapi::api::apps::v1::DaemonSetStatus;
use k8s_openapi::api::core::v1::{Node, Pod};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What the status is made of, beside the Pods.
#[derive(Debug)]
pub(super) struct Sight<'a> {
    /// All Nodes.
    pub nodes: &'a [Arc<Node>],
    /// What the set's Pods ask of them.
    pub demand: &'a Demand<'a>,
    /// The hash of the present revision.
    pub hash: &'a str,
    /// `minReadySeconds`.
    pub min_ready: Millis,
    /// The present moment.
    pub now: SimTime,
}

/// The counts that these Pods make: of each Node, the first Pod counts.
pub(super) fn next(
    old: &DaemonSetStatus,
    pods: &BTreeMap<String, Vec<&Pod>>,
    sight: &Sight<'_>,
) -> DaemonSetStatus {
    let first = |node: &Arc<Node>| pods.get(node.name()).and_then(|pods| pods.first().copied());
    let is_wanted = |node: &&Arc<Node>| sight.demand.place(node) == Place::Wanted;
    let (wanted, others): (Vec<_>, Vec<_>) = sight.nodes.iter().partition(is_wanted);
    let on: Vec<&Pod> = wanted.iter().filter_map(|node| first(node)).collect();
    let desired = count(&wanted);
    let available =
        count(on.iter().filter(|pod| is_ready(pod) && is_available(pod, sight.min_ready, sight.now)));
    DaemonSetStatus {
        desired_number_scheduled: desired,
        current_number_scheduled: count(&on),
        number_misscheduled: count(others.iter().filter_map(|node| first(node))),
        number_ready: count(on.iter().filter(|pod| is_ready(pod))),
        number_available: unless_zero(available),
        number_unavailable: unless_zero(desired - available),
        updated_number_scheduled: unless_zero(count(
            on.iter().filter(|pod| revision_of(pod) == Some(sight.hash)),
        )),
        observed_generation: old.observed_generation,
        collision_count: old.collision_count,
        conditions: old.conditions.clone(),
    }
}
