//! A Node has so much to give, and so many places. Source: `plugins/noderesources/fit.go` (`fitsRequest`).

use super::{NodeInfo, Plugin, PodInfo, Refusal};
use crate::cluster::resources::{allocatable, max_pods};
use k8s_openapi::api::core::v1::Node;

/// Refuses a Node that has not enough left, and names everything of which it has not.
pub(super) fn filter(pod: &PodInfo, node: &NodeInfo) -> Option<Refusal> {
    let mut reasons = Vec::new();
    // More than an empty Node has cannot be freed by evicting anybody.
    let mut resolvable = true;
    if i64::try_from(node.pods.len()).unwrap_or(i64::MAX) >= node.max_pods {
        reasons.push("Too many pods".to_owned());
        resolvable &= node.max_pods > 0;
    }
    let request = &pod.demands.request;
    let basic = [
        ("cpu", request.cpu, node.allocatable.cpu, node.requested.cpu),
        ("memory", request.memory, node.allocatable.memory, node.requested.memory),
        ("ephemeral-storage", request.storage, node.allocatable.storage, node.requested.storage),
    ];
    let others = request.others.iter().map(|(name, amount)| {
        let of = |list: &std::collections::BTreeMap<String, i64>| list.get(name).copied().unwrap_or(0);
        (name.as_str(), *amount, of(&node.allocatable.others), of(&node.requested.others))
    });
    for (name, wanted, has, taken) in basic.into_iter().chain(others) {
        if wanted > 0 && wanted > has - taken {
            reasons.push(format!("Insufficient {name}"));
            resolvable &= wanted <= has;
        }
    }
    (!reasons.is_empty()).then_some(Refusal { plugin: Plugin::NodeResourcesFit, reasons, resolvable })
}

/// Whether a Node has more of something than it had.
pub(super) fn has_more(before: &Node, now: &Node) -> bool {
    let (old, new) = (allocatable(before), allocatable(now));
    new.cpu > old.cpu
        || new.memory > old.memory
        || new.storage > old.storage
        || max_pods(now) > max_pods(before)
        || new.others.iter().any(|(name, amount)| *amount > old.others.get(name).copied().unwrap_or(0))
}
