//! A Pod may name its Node itself. Source: `plugins/nodename/node_name.go`.

use super::{NodeInfo, Plugin, PodInfo, Refusal, node_of};

/// Refuses every Node but the named one.
pub(super) fn filter(pod: &PodInfo, node: &NodeInfo) -> Option<Refusal> {
    let other = node_of(&pod.pod).is_some_and(|name| name != node.name());
    other.then(|| Refusal::final_(Plugin::NodeName, "node(s) didn't match the requested node name"))
}
