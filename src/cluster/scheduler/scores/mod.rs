//! Which of the Nodes that will do is the best: one file per plugin of the default profile. Each gives 0 to 100, which
//! count with the plugin's weight.
//!
//! Source: `pkg/scheduler/apis/config/v1/default_plugins.go`; `pkg/scheduler/framework/runtime/framework.go`
//! (`RunScorePlugins`).

mod balanced_allocation;
mod image_locality;
mod least_allocated;
mod node_affinity;
mod taint_toleration;

use super::cache::{Cache, NodeInfo, PodInfo};
use super::filters::Prepared;
use super::{inter_pod_affinity, spread};
use crate::cluster::state::State;

/// The most that a plugin gives.
pub(super) const MAX_SCORE: i64 = 100;

const RESOURCES_WEIGHT: i64 = 1;
const BALANCE_WEIGHT: i64 = 1;
const IMAGE_WEIGHT: i64 = 1;
const TAINT_WEIGHT: i64 = 3;
const NODE_AFFINITY_WEIGHT: i64 = 2;
const SPREAD_WEIGHT: i64 = 2;
const INTER_POD_WEIGHT: i64 = 2;

/// The total score of each of these Nodes, in their order.
pub(super) fn totals(
    state: &State,
    cache: &Cache,
    prepared: &Prepared,
    pod: &PodInfo,
    feasible: &[&NodeInfo],
) -> Vec<i64> {
    let mut totals = vec![0; feasible.len()];
    let mut add = |weight: i64, scores: Option<Vec<i64>>| {
        for (total, score) in totals.iter_mut().zip(scores.into_iter().flatten()) {
            *total += weight * score;
        }
    };
    add(RESOURCES_WEIGHT, Some(least_allocated::scores(pod, feasible)));
    add(BALANCE_WEIGHT, balanced_allocation::scores(pod, feasible));
    add(IMAGE_WEIGHT, image_locality::scores(cache, pod, feasible));
    add(TAINT_WEIGHT, taint_toleration::scores(pod, feasible));
    add(NODE_AFFINITY_WEIGHT, node_affinity::scores(pod, feasible));
    add(SPREAD_WEIGHT, spread::scores(state, pod, &prepared.required, cache.nodes(), feasible));
    add(INTER_POD_WEIGHT, inter_pod_affinity::scores(state, pod, cache.nodes(), feasible));
    totals
}

/// Stretches counts to 0…100; reversed, the smallest count gets the most (`helper.DefaultNormalizeScore`).
fn normalize(counts: Vec<i64>, reverse: bool) -> Vec<i64> {
    let most = counts.iter().max().copied().unwrap_or(0);
    let one = |count: i64| {
        let score = if most == 0 { 0 } else { MAX_SCORE * count / most };
        if reverse { MAX_SCORE - score } else { score }
    };
    counts.into_iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_stretched_to_a_hundred() {
        assert_eq!(normalize(vec![1, 3, 0], false), [33, 100, 0]);
        assert_eq!(normalize(vec![1, 3, 0], true), [67, 0, 100]);
        assert_eq!(normalize(vec![0, 0], true), [100, 100]);
        assert_eq!(normalize(vec![0, 0], false), [0, 0]);
    }
}
