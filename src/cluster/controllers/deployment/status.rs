//! The status of a Deployment: sums over its ReplicaSets, and conditions.
//!
//! Source: `pkg/controller/deployment/sync.go` (`calculateStatus`), `progress.go` (`syncRolloutStatus`).

use super::progress::{
    self, COMPLETE, PROGRESSING, TIMED_OUT, condition, find, has_progressed, has_timed_out, is_complete,
};
use super::{Limits, Sets, actual, available, sum, wanted};
use crate::cluster::clock::SimTime;
use crate::cluster::controllers::Outcome;
use crate::cluster::controllers::pods::unless_zero;
use crate::cluster::engine::World;
use crate::cluster::object::{Key, Resource};
use k8s_openapi::api::apps::v1::{Deployment, DeploymentCondition, DeploymentStatus, ReplicaSetCondition};

const AVAILABLE: &str = "Available";
const REPLICA_FAILURE: &str = "ReplicaFailure";

/// Writes the numbers only: while a Deployment is paused, scaled or deleted.
pub(super) fn sync(world: &mut World, key: &Key, sets: &Sets) -> Outcome {
    let Some(deployment) = world.store.get::<Deployment>(key).cloned() else { return Outcome::Done };
    write(world, key, counted(&deployment, sets, world.now));
    Outcome::Done
}

/// Writes the numbers, and how the rollout gets on.
pub(super) fn sync_rollout(world: &mut World, key: &Key, sets: &Sets) -> Outcome {
    let Some(deployment) = world.store.get::<Deployment>(key).cloned() else { return Outcome::Done };
    let mut status = counted(&deployment, sets, world.now);
    judge_progress(&deployment, sets, &mut status, world.now);
    let conditions = status.conditions.get_or_insert_default();
    match replica_failure(sets) {
        Some(failure) => progress::put(conditions, failure),
        None => progress::remove(conditions, REPLICA_FAILURE),
    }
    let recheck = progress::recheck_at(&deployment, &status);
    write(world, key, status);
    recheck.map_or(Outcome::Done, Outcome::At)
}

fn write(world: &mut World, key: &Key, status: DeploymentStatus) {
    // It may have been deleted meanwhile, and then nobody asks for its status.
    let _ = world.write::<Deployment>(key, |deployment| deployment.status = Some(status));
}

/// The sums, and the condition Available.
fn counted(deployment: &Deployment, sets: &Sets, now: SimTime) -> DeploymentStatus {
    let old = deployment.status.clone().unwrap_or_default();
    let limits = deployment.spec.as_ref().map(Limits::of);
    let all_available = sum(sets.all().map(|set| available(set)));
    let all_wanted = sum(sets.all().map(|set| wanted(set)));
    let status = |set: &k8s_openapi::api::apps::v1::ReplicaSet| set.status.clone().unwrap_or_default();
    let mut conditions = old.conditions.unwrap_or_default();
    let is_available = limits.is_none_or(|limits| all_available >= limits.fewest());
    let (word, reason, message) = if is_available {
        ("True", "MinimumReplicasAvailable", "Deployment has minimum availability.")
    } else {
        ("False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.")
    };
    progress::put(&mut conditions, condition(AVAILABLE, word, reason, message, now));
    DeploymentStatus {
        observed_generation: deployment.metadata.generation,
        replicas: unless_zero(sets.all().map(|set| actual(set)).sum()),
        updated_replicas: unless_zero(sets.new.as_ref().map_or(0, |set| actual(set))),
        ready_replicas: unless_zero(sets.all().map(|set| status(set).ready_replicas.unwrap_or(0)).sum()),
        available_replicas: unless_zero(all_available),
        unavailable_replicas: unless_zero((all_wanted - all_available).max(0)),
        terminating_replicas: Some(sets.all().map(|set| status(set).terminating_replicas.unwrap_or(0)).sum()),
        collision_count: old.collision_count,
        conditions: Some(conditions),
    }
}

/// The condition Progressing, if the Deployment wants to be told.
fn judge_progress(deployment: &Deployment, sets: &Sets, status: &mut DeploymentStatus, now: SimTime) {
    let Some(spec) = &deployment.spec else { return };
    let subject = progress::subject(deployment, sets.new.as_ref().map(|set| set.name()));
    let old = deployment.status.clone().unwrap_or_default();
    let reason = find(old.conditions.as_deref().unwrap_or(&[]), PROGRESSING)
        .and_then(|condition| condition.reason.clone());
    if !progress::has_deadline(spec) {
        progress::remove(status.conditions.get_or_insert_default(), PROGRESSING);
        return;
    }
    // Once complete, a Deployment stays so until there is a new template or size to roll out.
    if status.replicas == status.updated_replicas && reason.as_deref() == Some(COMPLETE) {
        return;
    }
    let complete = is_complete(deployment, status);
    let progressed = has_progressed(&old, status);
    let timed_out = has_timed_out(spec, status, now);
    let conditions = status.conditions.get_or_insert_default();
    if complete {
        let message = format!("{subject} has successfully progressed.");
        progress::put(conditions, condition(PROGRESSING, "True", COMPLETE, message, now));
    } else if progressed {
        let message = format!("{subject} is progressing.");
        progress::renew(conditions, condition(PROGRESSING, "True", "ReplicaSetUpdated", message, now));
    } else if timed_out {
        let message = format!("{subject} has timed out progressing.");
        progress::put(conditions, condition(PROGRESSING, "False", TIMED_OUT, message, now));
    }
}

/// The failure of a ReplicaSet to make its Pods: the new one's first.
fn replica_failure(sets: &Sets) -> Option<DeploymentCondition> {
    let failure = |conditions: &Option<Vec<ReplicaSetCondition>>| {
        conditions.iter().flatten().find(|condition| condition.type_ == REPLICA_FAILURE).cloned()
    };
    let failed =
        sets.new.iter().chain(&sets.old).find_map(|set| failure(&set.status.as_ref()?.conditions))?;
    Some(DeploymentCondition {
        type_: failed.type_,
        status: failed.status,
        reason: failed.reason,
        message: failed.message,
        last_update_time: failed.last_transition_time.clone(),
        last_transition_time: failed.last_transition_time,
    })
}
