//! Taints keep Pods away that do not tolerate them. Source: `plugins/tainttoleration/taint_toleration.go`.

use super::{NodeInfo, Plugin, PodInfo, Refusal};
use crate::cluster::taint;

/// Refuses a Node with a NoSchedule or NoExecute taint that is not tolerated.
pub(super) fn filter(pod: &PodInfo, node: &NodeInfo) -> Option<Refusal> {
    let may = taint::may_schedule(&node.node, taint::tolerations(&pod.pod));
    (!may).then(|| Refusal::final_(Plugin::TaintToleration, "node(s) had untolerated taint(s)"))
}
