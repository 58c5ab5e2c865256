//! A Deployment whose number of replicas is changed in the middle of a rollout, or while it is paused: every ReplicaSet
//! gets its share, so that the risk stays spread.
//!
//! Source: `pkg/controller/deployment/sync.go` (`scale`), `util/deployment_util.go` (`GetReplicaSetProportion`).

use super::{Limits, Sets, available, is_recreate, revision, scale_set, sum, wanted};
use crate::cluster::engine::World;
use crate::cluster::object::Key;
use k8s_openapi::api::apps::v1::{Deployment, ReplicaSet};
use std::cmp::Reverse;
use std::sync::Arc;

/// Brings the sizes in line with the number of replicas, without going on with a rollout.
pub(super) fn scale(world: &mut World, key: &Key, sets: &Sets) {
    let Some(deployment) = world.store.get::<Deployment>(key).cloned() else { return };
    let Some(spec) = &deployment.spec else { return };
    let limits = Limits::of(spec);
    if let Some(only) = active_or_latest(sets) {
        if wanted(only) != limits.replicas {
            scale_set(world, key, only, limits.replicas);
        }
    } else if sets.new.as_ref().is_some_and(|new| is_saturated(new, limits.replicas)) {
        for set in sets.old.iter().filter(|set| wanted(set) > 0) {
            scale_set(world, key, set, 0);
        }
    } else if !is_recreate(spec) {
        let before = deployment.status.as_ref().and_then(|status| status.replicas).unwrap_or(0);
        let mut active: Vec<&Arc<ReplicaSet>> = sets.active().collect();
        let total = sum(active.iter().map(|set| wanted(set)));
        let add = if limits.replicas > 0 { limits.most() } else { 0 }.saturating_sub(total);
        active.sort_by_key(|set| revision::age(set));
        if add > 0 {
            active.reverse();
        }
        active.sort_by_key(|set| Reverse(wanted(set)));
        let shares: Vec<Share> = active
            .iter()
            .map(|set| Share {
                size: wanted(set),
                most_before: revision::max_replicas(set).filter(|most| *most != 0).unwrap_or(before),
            })
            .collect();
        for (set, size) in active.into_iter().zip(proportional(&shares, add, limits)) {
            scale_set(world, key, set, size);
        }
    }
}

/// The one set that has Pods; the newest, if none has.
fn active_or_latest(sets: &Sets) -> Option<&Arc<ReplicaSet>> {
    let mut active = sets.active();
    match (active.next(), active.next()) {
        (None, _) => sets.new.as_ref().or(sets.old.last()),
        (only, None) => only,
        _ => None,
    }
}

/// Whether a set has all Pods of its Deployment, and all are available.
fn is_saturated(set: &ReplicaSet, replicas: i32) -> bool {
    wanted(set) == replicas && revision::desired_replicas(set) == Some(replicas) && available(set) == replicas
}

/// A ReplicaSet that takes part.
#[derive(Clone, Copy, Debug)]
struct Share {
    size: i32,
    /// The most Pods that the Deployment could have when this size was set.
    most_before: i32,
}

/// The new sizes, for sets that are in the order in which left-overs go: larger first. `add` Pods are given out, or
/// taken if it is negative.
fn proportional(shares: &[Share], add: i32, limits: Limits) -> Vec<i32> {
    let mut added = 0;
    let mut sizes: Vec<i32> = shares
        .iter()
        .map(|share| {
            let left = add - added;
            let part = match add.signum() {
                _ if share.size == 0 || left == 0 => 0,
                1 => fraction(*share, limits).min(left),
                _ => fraction(*share, limits).max(left),
            };
            added += part;
            share.size.saturating_add(part)
        })
        .collect();
    if let Some(first) = sizes.first_mut() {
        *first = first.saturating_add(add - added).max(0);
    }
    sizes
}

/// How much a set grows so that its part of the whole stays what it was, rounded half away from zero.
fn fraction(share: Share, limits: Limits) -> i32 {
    if limits.replicas == 0 || share.most_before == 0 {
        return -share.size;
    }
    let (product, before) = (i64::from(share.size) * i64::from(limits.most()), i64::from(share.most_before));
    let rounded = (2 * product + before).div_euclid(2 * before);
    i32::try_from(rounded).unwrap_or(i32::MAX) - share.size
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(sets: &[(i32, i32)], replicas: i32, surge: i32) -> Vec<i32> {
        let shares: Vec<Share> =
            sets.iter().map(|(size, most_before)| Share { size: *size, most_before: *most_before }).collect();
        let limits = Limits { replicas, surge, unavailable: 0 };
        let most = if replicas > 0 { replicas + surge } else { 0 };
        proportional(&shares, most - sets.iter().map(|(size, _)| size).sum::<i32>(), limits)
    }

    #[test]
    fn the_documentation_s_example() {
        // Docs "Deployments", proportional scaling: 10 replicas, maxSurge 3, sets of 8 and 5; scaled to 15, the 5 more
        // go 3 to the larger and 2 to the smaller.
        assert_eq!(sizes(&[(8, 13), (5, 13)], 15, 3), [11, 7]);
    }

    #[test]
    fn shrinking_takes_in_proportion_and_the_rest_from_the_largest() {
        // 8 × 8 ÷ 13 = 4.9 → 5; 5 × 8 ÷ 13 = 3.08 → 3; in all 8 = 5 + surge 3.
        assert_eq!(sizes(&[(8, 13), (5, 13)], 5, 3), [5, 3]);
        assert_eq!(sizes(&[(8, 13), (5, 13)], 0, 3), [0, 0]);
        // 1 × 4 ÷ 3 = 1.33 → 1 for each of three; the left-over goes to the first.
        assert_eq!(sizes(&[(1, 3), (1, 3), (1, 3)], 4, 0), [2, 1, 1]);
    }
}
