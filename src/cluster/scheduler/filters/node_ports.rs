//! A port of the Node belongs to one Pod. Source: `plugins/nodeports/node_ports.go`.

use super::{NodeInfo, Plugin, PodInfo, Refusal};
use crate::cluster::host_port::overlap;
use k8s_openapi::api::core::v1::Pod;
use std::sync::Arc;

/// Refuses a Node where a port that the Pod wants is taken.
pub(super) fn filter(pod: &PodInfo, node: &NodeInfo) -> Option<Refusal> {
    let wanted = &pod.demands.ports;
    let taken = !wanted.is_empty() && node.pods.values().any(|other| overlap(&other.demands.ports, wanted));
    taken.then(|| {
        Refusal::resolvable(Plugin::NodePorts, "node(s) didn't have free ports for the requested pod ports")
    })
}

/// Whether a Pod that is gone held a port that this one wants.
pub(super) fn frees(gone: &Arc<Pod>, pod: &PodInfo) -> bool {
    overlap(&PodInfo::new(gone.clone()).demands.ports, &pod.demands.ports)
}
