//! A Pod may ask for Nodes of some kind. Source: `plugins/nodeaffinity/node_affinity.go`.

use super::{NodeInfo, Plugin, Refusal};
use crate::cluster::node_affinity::RequiredNodes;

/// Refuses a Node that is not of the kind asked for.
pub(super) fn filter(required: &RequiredNodes, node: &NodeInfo) -> Option<Refusal> {
    (!required.matches(&node.node))
        .then(|| Refusal::final_(Plugin::NodeAffinity, "node(s) didn't match Pod's node affinity/selector"))
}
