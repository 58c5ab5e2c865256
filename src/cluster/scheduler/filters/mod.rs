//! Which Nodes a Pod may be put on: one file per plugin of the default profile, asked in its order; the first refusal
//! counts. Each also says which changes of the cluster may help a Pod that it has refused.
//!
//! Source: `pkg/scheduler/apis/config/v1/default_plugins.go`; the files of `pkg/scheduler/framework/plugins`.

mod node_affinity;
mod node_name;
mod node_ports;
mod node_unschedulable;
mod resources_fit;
mod taint_toleration;
mod volumes;

use super::cache::{Cache, NodeInfo, PodInfo, node_of};
use super::inter_pod_affinity;
use super::spread;
use crate::cluster::condition::is_finished;
use crate::cluster::node_affinity::RequiredNodes;
use crate::cluster::object::{Kind, Object, Resource};
use crate::cluster::state::State;
use crate::cluster::store::{Change, ChangeType};
use k8s_openapi::api::core::v1::{Node, Pod};
use std::sync::Arc;
pub(super) use volumes::{Bindings, Volumes};

/// The plugins that can refuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Plugin {
    /// The Node is cordoned.
    NodeUnschedulable,
    /// The Pod names another Node.
    NodeName,
    /// The Pod does not tolerate a taint.
    TaintToleration,
    /// The Node is not of the kind that the Pod asks for.
    NodeAffinity,
    /// A port of the Node is taken.
    NodePorts,
    /// The Node has not enough of something.
    NodeResourcesFit,
    /// A volume is in use elsewhere.
    VolumeRestrictions,
    /// The Node takes no more volumes.
    NodeVolumeLimits,
    /// A volume is not there, or not there.
    VolumeBinding,
    /// A volume is in another zone.
    VolumeZone,
    /// Too many like Pods in the Node's domain.
    PodTopologySpread,
    /// Other Pods are, or are not, near.
    InterPodAffinity,
}

/// Why a Node is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// By whom.
    pub plugin: Plugin,
    /// In words; there may be several.
    pub reasons: Vec<String>,
    /// Whether the eviction of Pods from the Node could help.
    pub resolvable: bool,
}

impl Refusal {
    /// Evicting somebody could help.
    pub(super) fn resolvable(plugin: Plugin, reason: &str) -> Refusal {
        Refusal { plugin, reasons: vec![reason.to_owned()], resolvable: true }
    }

    /// Evicting anybody would not help.
    pub(super) fn final_(plugin: Plugin, reason: &str) -> Refusal {
        Refusal { plugin, reasons: vec![reason.to_owned()], resolvable: false }
    }
}

/// What the filters have found out about one Pod and the whole cluster, before they look at single Nodes.
#[derive(Clone, Debug)]
pub(super) struct Prepared {
    /// The Nodes that the Pod asks for.
    pub required: RequiredNodes,
    spread: spread::Filtering,
    inter_pod: inter_pod_affinity::Filtering,
    /// Where its volumes are.
    pub volumes: Volumes,
}

impl Prepared {
    /// Looks at the whole cluster. An error is a refusal of every Node at once.
    pub(super) fn new(state: &State, cache: &Cache, pod: &PodInfo) -> Result<Prepared, Refusal> {
        let required = pod.pod.spec.as_ref().map(RequiredNodes::of).unwrap_or_default();
        let volumes = Volumes::prepare(state, &pod.pod)?;
        Ok(Prepared {
            spread: spread::Filtering::prepare(pod, &required, cache.nodes()),
            inter_pod: inter_pod_affinity::Filtering::prepare(state, pod, cache.nodes()),
            volumes,
            required,
        })
    }

    /// The first refusal of a Node, if there is one.
    pub(super) fn refusal(&self, state: &State, pod: &PodInfo, node: &NodeInfo) -> Option<Refusal> {
        node_unschedulable::filter(pod, node)
            .or_else(|| node_name::filter(pod, node))
            .or_else(|| taint_toleration::filter(pod, node))
            .or_else(|| node_affinity::filter(&self.required, node))
            .or_else(|| node_ports::filter(pod, node))
            .or_else(|| resources_fit::filter(pod, node))
            .or_else(|| self.volumes.filter(state, pod, node))
            .or_else(|| self.spread.filter(pod, node))
            .or_else(|| self.inter_pod.filter(pod, node))
    }

    /// Supposes that a Pod were on a Node.
    pub(super) fn suppose(&mut self, state: &State, pod: &PodInfo, other: &PodInfo, node: &mut NodeInfo) {
        self.spread.count(pod, &self.required, other, node, 1);
        self.inter_pod.count(state, pod, other, node, 1);
        node.add(other.clone());
    }

    /// Supposes that a Pod were not on a Node.
    pub(super) fn suppose_gone(
        &mut self,
        state: &State,
        pod: &PodInfo,
        other: &PodInfo,
        node: &mut NodeInfo,
    ) {
        self.spread.count(pod, &self.required, other, node, -1);
        self.inter_pod.count(state, pod, other, node, -1);
        node.remove(&other.pod.key());
    }
}

/// What has changed, as far as it can help a Pod that waits.
#[derive(Clone, Debug)]
pub(super) enum Happened {
    /// A Node is new, or another version of it.
    Node {
        /// As it was, if it was there.
        before: Option<Arc<Node>>,
        /// As it is.
        now: Arc<Node>,
    },
    /// A Node is gone.
    NodeGone,
    /// A Pod has got a Node, or one that has one has other labels.
    PodThere,
    /// A Pod that had a Node takes nothing any more.
    PodGone(Arc<Pod>),
    /// A volume, a claim, or something that they depend on has changed.
    Volume,
}

impl Happened {
    /// Reads it off a change; `None` if it cannot help anybody.
    pub(super) fn of(change: &Change) -> Option<Happened> {
        match &change.object {
            Object::Node(_) if change.change == ChangeType::Deleted => Some(Happened::NodeGone),
            Object::Node(node) => {
                let before = change.before.as_ref().and_then(Node::from_object).cloned();
                Some(Happened::Node { before, now: node.clone() })
            }
            Object::Pod(pod) => {
                node_of(pod)?;
                let before = change.before.as_ref().and_then(Pod::from_object);
                let was_there = before.is_some_and(|old| node_of(old).is_some() && !is_finished(old));
                let is_there = change.change != ChangeType::Deleted && !is_finished(pod);
                match (was_there, is_there) {
                    (true, false) => Some(Happened::PodGone(pod.clone())),
                    (false, true) => Some(Happened::PodThere),
                    (true, true) => {
                        let old = before?;
                        // Spreading counts no Pod that is on its way out.
                        if !old.is_deleting() && pod.is_deleting() {
                            return Some(Happened::PodThere);
                        }
                        (old.metadata.labels != pod.metadata.labels).then(|| Happened::PodThere)
                    }
                    (false, false) => None,
                }
            }
            other => matches!(
                other.kind(),
                Kind::PersistentVolume | Kind::PersistentVolumeClaim | Kind::StorageClass | Kind::CSINode
            )
            .then_some(Happened::Volume),
        }
    }

    /// Whether it may help a Pod that this plugin has refused (the plugins' `EventsToRegister` and queueing hints).
    pub(super) fn helps(&self, plugin: Plugin, pod: &PodInfo) -> bool {
        match (self, plugin) {
            (Happened::Node { before, now }, plugin) => {
                // A change helps if the plugin accepts the Node now and did not before.
                let accepts = |node: &Arc<Node>| accepts_empty(plugin, pod, &NodeInfo::new(node.clone()));
                match before {
                    None => accepts(now),
                    Some(before) => match plugin {
                        Plugin::PodTopologySpread | Plugin::InterPodAffinity => {
                            before.metadata.labels != now.metadata.labels
                                || before.spec.as_ref().map(|s| &s.taints)
                                    != now.spec.as_ref().map(|s| &s.taints)
                        }
                        Plugin::VolumeBinding | Plugin::VolumeZone => {
                            before.metadata.labels != now.metadata.labels
                        }
                        Plugin::NodeResourcesFit => accepts(now) && resources_fit::has_more(before, now),
                        _ => accepts(now) && !accepts(before),
                    },
                }
            }
            (Happened::NodeGone, plugin) => plugin == Plugin::PodTopologySpread,
            (Happened::PodThere, plugin) => {
                matches!(plugin, Plugin::PodTopologySpread | Plugin::InterPodAffinity)
            }
            (Happened::PodGone(gone), plugin) => match plugin {
                Plugin::NodePorts => node_ports::frees(gone, pod),
                Plugin::NodeResourcesFit => true,
                Plugin::VolumeRestrictions | Plugin::NodeVolumeLimits => true,
                Plugin::PodTopologySpread | Plugin::InterPodAffinity => true,
                Plugin::NodeUnschedulable
                | Plugin::NodeName
                | Plugin::TaintToleration
                | Plugin::NodeAffinity
                | Plugin::VolumeBinding
                | Plugin::VolumeZone => false,
            },
            (Happened::Volume, plugin) => {
                matches!(
                    plugin,
                    Plugin::VolumeBinding
                        | Plugin::VolumeRestrictions
                        | Plugin::NodeVolumeLimits
                        | Plugin::VolumeZone
                )
            }
        }
    }
}

/// Whether a plugin would accept this Node if no Pod were on it.
fn accepts_empty(plugin: Plugin, pod: &PodInfo, node: &NodeInfo) -> bool {
    match plugin {
        Plugin::NodeUnschedulable => node_unschedulable::filter(pod, node).is_none(),
        Plugin::NodeName => node_name::filter(pod, node).is_none(),
        Plugin::TaintToleration => taint_toleration::filter(pod, node).is_none(),
        Plugin::NodeAffinity => {
            let required = pod.pod.spec.as_ref().map(RequiredNodes::of).unwrap_or_default();
            node_affinity::filter(&required, node).is_none()
        }
        Plugin::NodeResourcesFit => resources_fit::filter(pod, node).is_none(),
        Plugin::NodePorts
        | Plugin::VolumeRestrictions
        | Plugin::NodeVolumeLimits
        | Plugin::VolumeBinding
        | Plugin::VolumeZone
        | Plugin::PodTopologySpread
        | Plugin::InterPodAffinity => true,
    }
}
