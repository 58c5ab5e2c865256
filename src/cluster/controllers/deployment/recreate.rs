//! Recreate: every old Pod goes, and when the last is gone all new ones come.
//!
//! Source: `pkg/controller/deployment/recreate.go`.

use super::{Sets, actual, clean_up, progress, revision, scale_set, status, wanted};
use crate::cluster::condition::is_finished;
use crate::cluster::controllers::Outcome;
use crate::cluster::engine::World;
use crate::cluster::object::{Key, Resource};
use k8s_openapi::api::apps::v1::{Deployment, ReplicaSet};
use k8s_openapi::api::core::v1::Pod;
use std::sync::Arc;

/// One step of a rollout.
pub(super) fn roll(world: &mut World, key: &Key, all: Vec<Arc<ReplicaSet>>) -> Outcome {
    let mut sets = revision::existing(world, key, all);
    let mut shrunk = false;
    for set in sets.old.iter().filter(|set| wanted(set) > 0) {
        shrunk |= scale_set(world, key, set, 0);
    }
    if shrunk || old_pods_left(world, &sets) {
        return status::sync_rollout(world, key, &sets);
    }
    if sets.new.is_none() {
        match revision::existing_or_created(world, key, sets.old) {
            Ok(all) => sets = all,
            Err(_) => return Outcome::Retry,
        }
    }
    let Some(deployment) = world.store.get::<Deployment>(key).cloned() else { return Outcome::Done };
    let replicas = deployment.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1);
    if let Some(new) = &sets.new
        && wanted(new) != replicas
    {
        scale_set(world, key, new, replicas);
    }
    if deployment.status.as_ref().is_some_and(|status| progress::is_complete(&deployment, status)) {
        clean_up(world, key, &sets.old);
    }
    status::sync_rollout(world, key, &sets)
}

/// Whether a Pod of an old set is still there and has not run to its end. One that is being deleted counts.
fn old_pods_left(world: &World, sets: &Sets) -> bool {
    sets.old.iter().any(|set| {
        actual(set) > 0 || world.store.controlled_by::<Pod>(set.uid()).any(|pod| !is_finished(pod))
    })
}
