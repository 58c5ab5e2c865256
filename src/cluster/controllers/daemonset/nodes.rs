//! On which Nodes a DaemonSet's Pods belong, and which are there.
//!
//! Source: `pkg/controller/daemon/daemon_controller.go` (`NodeShouldRunDaemonPod`, `getNodesToDaemonPods`).

use super::template::target;
use crate::cluster::clock::SimTime;
use crate::cluster::condition::is_finished;
use crate::cluster::controllers::pods::node_name;
use crate::cluster::node_affinity::RequiredNodes;
use crate::cluster::object::Resource;
use crate::cluster::taint::{NO_EXECUTE, first_untolerated, may_schedule, taints, tolerations};
use k8s_openapi::api::core::v1::{Node, Pod};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Whether a Node is one of the set's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// It gets a Pod.
    Wanted,
    /// It gets none, but one that is there stays: a NoSchedule taint came later.
    Kept,
    /// One that is there goes.
    Unwanted,
}

/// What a set's Pods ask of their Node.
#[derive(Debug)]
pub(super) struct Demand<'a> {
    required: RequiredNodes,
    pattern: &'a Pod,
}

impl<'a> Demand<'a> {
    /// What Pods of this pattern ask for.
    pub(super) fn of(pattern: &'a Pod) -> Demand<'a> {
        Demand { required: pattern.spec.as_ref().map(RequiredNodes::of).unwrap_or_default(), pattern }
    }

    /// What a Node is to the set. Resources and ports are not looked at: such a Pod is made and stays Pending.
    pub(super) fn place(&self, node: &Node) -> Place {
        if node_name(self.pattern).is_some_and(|name| name != node.name()) || !self.required.matches(node) {
            return Place::Unwanted;
        }
        let tolerations = tolerations(self.pattern);
        if may_schedule(node, tolerations) {
            return Place::Wanted;
        }
        let evicting = taints(node).iter().filter(|taint| taint.effect == NO_EXECUTE);
        match first_untolerated(evicting, tolerations) {
            None => Place::Kept,
            Some(_) => Place::Unwanted,
        }
    }
}

/// The set's Pods by Node, those first that are bound, then the older ones. A Pod that has finished and is being deleted
/// is as good as gone.
pub(super) fn by_node(pods: &[Arc<Pod>]) -> BTreeMap<String, Vec<&Pod>> {
    let mut all: BTreeMap<String, Vec<&Pod>> = BTreeMap::new();
    for pod in pods.iter().filter(|pod| !(is_finished(pod) && pod.is_deleting())) {
        if let Some(node) = target(pod) {
            all.entry(node).or_default().push(pod);
        }
    }
    for pods in all.values_mut() {
        let created = |pod: &Pod| pod.metadata.creation_timestamp.as_ref().map(SimTime::from_time);
        pods.sort_by(|a, b| {
            let key = |pod: &Pod| (node_name(pod).is_none(), created(pod));
            key(a).cmp(&key(b)).then_with(|| a.name().cmp(b.name()))
        });
    }
    all
}
