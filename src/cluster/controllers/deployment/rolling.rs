//! RollingUpdate: the new ReplicaSet grows and the old ones shrink, step by step, within the limits.
//!
//! Source: `pkg/controller/deployment/rolling.go`, `util/deployment_util.go` (`NewRSNewReplicas`).

use super::{
    Limits, Sets, available, clean_up, is_recreate, progress, revision, scale_set, status, sum, wanted,
};
use crate::cluster::controllers::Outcome;
use crate::cluster::engine::World;
use crate::cluster::object::Key;
use k8s_openapi::api::apps::v1::{Deployment, DeploymentSpec, ReplicaSet};
use std::sync::Arc;

/// A ReplicaSet's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Replicas {
    wanted: i32,
    available: i32,
}

/// One step of a rollout: the new set up, or else the old ones down.
pub(super) fn roll(world: &mut World, key: &Key, all: Vec<Arc<ReplicaSet>>) -> Outcome {
    let Ok(sets) = revision::existing_or_created(world, key, all) else { return Outcome::Retry };
    let Some(deployment) = world.store.get::<Deployment>(key).cloned() else { return Outcome::Done };
    let (Some(spec), Some(new)) = (&deployment.spec, &sets.new) else { return Outcome::Done };
    let limits = Limits::of(spec);
    let total = sum(sets.all().map(|set| wanted(set)));
    let grown = grown(wanted(new), total, limits, spec);
    if grown != wanted(new) && scale_set(world, key, new, grown) {
        return status::sync_rollout(world, key, &sets);
    }
    if shrink(world, key, &sets, new, limits) {
        return status::sync_rollout(world, key, &sets);
    }
    if deployment.status.as_ref().is_some_and(|status| progress::is_complete(&deployment, status)) {
        clean_up(world, key, &sets.old);
    }
    status::sync_rollout(world, key, &sets)
}

/// Shrinks the old sets as far as they may now. Whether any did.
fn shrink(world: &mut World, key: &Key, sets: &Sets, new: &ReplicaSet, limits: Limits) -> bool {
    let old: Vec<&Arc<ReplicaSet>> = sets.old.iter().filter(|set| wanted(set) > 0).collect();
    let replicas = |set: &ReplicaSet| Replicas { wanted: wanted(set), available: available(set) };
    let numbers: Vec<Replicas> = old.iter().map(|set| replicas(set)).collect();
    let mut shrunk = false;
    let sizes = shrunk_sizes(&numbers, replicas(new), limits);
    for (set, size) in old.into_iter().zip(sizes) {
        shrunk |= size != wanted(set) && scale_set(world, key, set, size);
    }
    shrunk
}

/// The size of the new set: all that are wanted, as far as the limit on the total lets it. `total` counts every set.
pub(super) fn grown(new: i32, total: i32, limits: Limits, spec: &DeploymentSpec) -> i32 {
    if is_recreate(spec) || new >= limits.replicas {
        return limits.replicas;
    }
    let room = limits.most().saturating_sub(total);
    if room <= 0 { new } else { new + room.min(limits.replicas - new) }
}

/// The sizes of the old sets, oldest first. Broken Pods go at once, as many as the budget has; then as many available
/// ones as are more than must be. Unavailable new Pods hold both back.
fn shrunk_sizes(old: &[Replicas], new: Replicas, limits: Limits) -> Vec<i32> {
    let mut sizes: Vec<i32> = old.iter().map(|set| set.wanted).collect();
    let total = sum(sizes.iter().copied().chain([new.wanted]));
    let mut budget = total - limits.fewest() - (new.wanted - new.available);
    if budget <= 0 {
        return sizes;
    }
    for (i, set) in old.iter().enumerate() {
        if budget == 0 {
            break;
        }
        // More available Pods than the set asks for: its status is from before it was last shrunk, and nothing is known.
        if set.available > set.wanted {
            return sizes;
        }
        let broken = (set.wanted - set.available).min(budget);
        sizes[i] -= broken;
        budget -= broken;
    }
    let available = sum(old.iter().map(|set| set.available).chain([new.available]));
    let mut spare = (available - limits.fewest()).max(0);
    for size in &mut sizes {
        let fewer = spare.min(*size);
        *size -= fewer;
        spare -= fewer;
    }
    sizes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(replicas: i32, surge: i32, unavailable: i32) -> Limits {
        Limits { replicas, surge, unavailable }
    }

    fn set(wanted: i32, available: i32) -> Replicas {
        Replicas { wanted, available }
    }

    #[test]
    fn the_limits_round_the_surge_up_and_the_unavailability_down() {
        let of = |replicas: i32, surge: &str, unavailable: &str| {
            let value =
                |text: &str| text.parse::<i32>().map_or(serde_json::json!(text), |n| serde_json::json!(n));
            Limits::of(
                &serde_json::from_value(serde_json::json!({
                    "replicas": replicas, "selector": {}, "template": {},
                    "strategy": {"type": "RollingUpdate",
                        "rollingUpdate": {"maxSurge": value(surge), "maxUnavailable": value(unavailable)}}}))
                .unwrap(),
            )
        };
        assert_eq!(of(10, "25%", "25%"), limits(10, 3, 2));
        assert_eq!(of(1, "25%", "25%"), limits(1, 1, 0));
        assert_eq!(of(4, "25%", "25%"), limits(4, 1, 1));
        assert_eq!(of(3, "0%", "10%"), limits(3, 0, 1), "nothing could move, so one may be missing");
        assert_eq!(of(2, "0", "5"), limits(2, 0, 2), "no more than there are");
    }

    #[test]
    fn ten_replicas_with_a_quarter_each_way() {
        let (limits, spec) = (limits(10, 3, 2), DeploymentSpec::default());
        assert_eq!(grown(0, 10, limits, &spec), 3);
        assert_eq!(shrunk_sizes(&[set(10, 10)], set(3, 0), limits), [8]);
        assert_eq!(grown(3, 11, limits, &spec), 5);
        assert_eq!(shrunk_sizes(&[set(8, 8)], set(5, 0), limits), [8], "a bad image stops here");
        assert_eq!(shrunk_sizes(&[set(8, 8)], set(5, 2), limits), [6], "two new ones for two old ones");
        assert_eq!(grown(5, 11, limits, &spec), 7);
    }

    #[test]
    fn one_replica_is_never_below_one() {
        let (limits, spec) = (limits(1, 1, 0), DeploymentSpec::default());
        assert_eq!(grown(0, 1, limits, &spec), 1);
        assert_eq!(shrunk_sizes(&[set(1, 1)], set(1, 0), limits), [1]);
        assert_eq!(shrunk_sizes(&[set(1, 1)], set(1, 1), limits), [0]);
    }

    #[test]
    fn broken_old_pods_go_first_and_at_once() {
        // A second template after a bad one: the four Pods of the bad one go before any that works.
        assert_eq!(shrunk_sizes(&[set(8, 8), set(5, 0)], set(0, 0), limits(10, 3, 2)), [8, 0]);
        // And only as many as the budget has: 13 − 8 = 5, less three new ones that are not available.
        assert_eq!(shrunk_sizes(&[set(6, 6), set(4, 0)], set(3, 0), limits(10, 3, 2)), [6, 2]);
    }

    #[test]
    fn a_status_from_before_the_set_was_shrunk_is_not_built_upon() {
        assert_eq!(shrunk_sizes(&[set(3, 6)], set(1, 0), limits(1, 3, 0)), [3]);
        assert_eq!(shrunk_sizes(&[set(4, 0), set(3, 6)], set(1, 0), limits(1, 9, 0)), [0, 3]);
    }

    #[test]
    fn a_new_set_that_is_too_large_shrinks() {
        assert_eq!(grown(7, 7, limits(5, 1, 1), &DeploymentSpec::default()), 5);
    }
}
