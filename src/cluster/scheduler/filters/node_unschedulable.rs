//! A cordoned Node takes no new Pods. Source: `plugins/nodeunschedulable/node_unschedulable.go`.

use super::{NodeInfo, Plugin, PodInfo, Refusal};
use crate::cluster::taint::{self, NO_SCHEDULE, UNSCHEDULABLE};
use k8s_openapi::api::core::v1::Taint;

/// Refuses a cordoned Node, unless the Pod tolerates the taint that says so.
pub(super) fn filter(pod: &PodInfo, node: &NodeInfo) -> Option<Refusal> {
    if !taint::is_cordoned(&node.node) {
        return None;
    }
    let cordon = Taint {
        key: UNSCHEDULABLE.to_owned(),
        effect: NO_SCHEDULE.to_owned(),
        value: None,
        time_added: None,
    };
    let tolerated = taint::tolerations(&pod.pod).iter().any(|own| taint::tolerates(own, &cordon));
    (!tolerated).then(|| Refusal::final_(Plugin::NodeUnschedulable, "node(s) were unschedulable"))
}
