//! Soft taints make a Node less attractive. Source: `plugins/tainttoleration/taint_toleration.go` (`Score`).

use super::{NodeInfo, PodInfo, normalize};
use crate::cluster::taint::{self, PREFER_NO_SCHEDULE};
use k8s_openapi::api::core::v1::Toleration;

/// The fewer PreferNoSchedule taints that the Pod does not tolerate, the better.
pub(super) fn scores(pod: &PodInfo, feasible: &[&NodeInfo]) -> Option<Vec<i64>> {
    let about_soft = |own: &&Toleration| {
        own.effect.as_deref().is_none_or(|effect| effect.is_empty() || effect == PREFER_NO_SCHEDULE)
    };
    let own: Vec<&Toleration> = taint::tolerations(&pod.pod).iter().filter(about_soft).collect();
    let count = |node: &&NodeInfo| {
        let soft = taint::taints(&node.node).iter().filter(|taint| taint.effect == PREFER_NO_SCHEDULE);
        let untolerated = soft.filter(|taint| !own.iter().any(|own| taint::tolerates(own, taint))).count();
        i64::try_from(untolerated).unwrap_or(i64::MAX)
    };
    Some(normalize(feasible.iter().map(count).collect(), true))
}
