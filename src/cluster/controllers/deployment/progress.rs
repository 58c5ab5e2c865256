//! The conditions of a Deployment, and whether its rollout gets on.
//!
//! A rollout that makes no progress for `progressDeadlineSeconds` gets a condition and nothing else: nothing is rolled
//! back. Source: `pkg/controller/deployment/progress.go`, `util/deployment_util.go`.

use crate::cluster::clock::{Millis, SimTime};
use crate::cluster::engine::World;
use crate::cluster::object::Resource;
use k8s_openapi::api::apps::v1::{Deployment, DeploymentCondition, DeploymentSpec, DeploymentStatus};

/// The condition of a rollout.
pub(super) const PROGRESSING: &str = "Progressing";
/// Its reason once everything is there.
pub(super) const COMPLETE: &str = "NewReplicaSetAvailable";
/// Its reason once too long nothing has happened.
pub(super) const TIMED_OUT: &str = "ProgressDeadlineExceeded";
const PAUSED: &str = "DeploymentPaused";
const RESUMED: &str = "DeploymentResumed";

/// A condition that has just come about.
pub(super) fn condition(
    type_: &str,
    status: &str,
    reason: &str,
    message: impl Into<String>,
    now: SimTime,
) -> DeploymentCondition {
    DeploymentCondition {
        type_: type_.to_owned(),
        status: status.to_owned(),
        reason: Some(reason.to_owned()),
        message: Some(message.into()),
        last_update_time: Some(now.to_time()),
        last_transition_time: Some(now.to_time()),
    }
}

/// The condition of this type.
pub(super) fn find<'a>(
    conditions: &'a [DeploymentCondition],
    type_: &str,
) -> Option<&'a DeploymentCondition> {
    conditions.iter().find(|condition| condition.type_ == type_)
}

/// Puts a condition at the end, in place of one of its type. One with the same status and reason stays as it is; one
/// with the same status keeps its transition time.
pub(super) fn put(conditions: &mut Vec<DeploymentCondition>, mut new: DeploymentCondition) {
    if let Some(old) = find(conditions, &new.type_)
        && old.status == new.status
    {
        if old.reason == new.reason {
            return;
        }
        new.last_transition_time.clone_from(&old.last_transition_time);
    }
    remove(conditions, &new.type_);
    conditions.push(new);
}

/// Puts a condition at the end even if its status and reason are the same: its update time is what matters.
pub(super) fn renew(conditions: &mut Vec<DeploymentCondition>, mut new: DeploymentCondition) {
    if let Some(old) = find(conditions, &new.type_)
        && old.status == new.status
    {
        new.last_transition_time.clone_from(&old.last_transition_time);
    }
    remove(conditions, &new.type_);
    conditions.push(new);
}

/// Takes the condition of this type out.
pub(super) fn remove(conditions: &mut Vec<DeploymentCondition>, type_: &str) {
    conditions.retain(|condition| condition.type_ != type_);
}

/// Whether the Deployment wants to know when its rollout is stuck.
pub(super) fn has_deadline(spec: &DeploymentSpec) -> bool {
    spec.progress_deadline_seconds.is_some_and(|seconds| seconds != i32::MAX)
}

/// Whether all wanted Pods are of the new template and available, and no old one is left.
pub(super) fn is_complete(deployment: &Deployment, status: &DeploymentStatus) -> bool {
    let wanted = deployment.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1);
    status.updated_replicas.unwrap_or(0) == wanted
        && status.replicas.unwrap_or(0) == wanted
        && status.available_replicas.unwrap_or(0) == wanted
        && status.observed_generation >= deployment.metadata.generation
}

/// Whether there are more new, ready or available Pods than before, or fewer old ones.
pub(super) fn has_progressed(old: &DeploymentStatus, new: &DeploymentStatus) -> bool {
    let count = |number: Option<i32>| number.unwrap_or(0);
    let not_updated = |status: &DeploymentStatus| count(status.replicas) - count(status.updated_replicas);
    count(new.updated_replicas) > count(old.updated_replicas)
        || not_updated(new) < not_updated(old)
        || count(new.ready_replicas) > count(old.ready_replicas)
        || count(new.available_replicas) > count(old.available_replicas)
}

/// Whether the last progress is too long ago. A rollout that was complete once never times out.
pub(super) fn has_timed_out(spec: &DeploymentSpec, status: &DeploymentStatus, now: SimTime) -> bool {
    let conditions = status.conditions.as_deref().unwrap_or(&[]);
    match find(conditions, PROGRESSING).and_then(|condition| condition.reason.as_deref()) {
        None | Some(COMPLETE) => false,
        Some(TIMED_OUT) => true,
        Some(_) => deadline(spec, status).is_some_and(|deadline| deadline < now),
    }
}

/// When to look again, so that a stuck rollout is noticed: one second after the deadline.
pub(super) fn recheck_at(deployment: &Deployment, status: &DeploymentStatus) -> Option<SimTime> {
    let spec = deployment.spec.as_ref().filter(|spec| has_deadline(spec))?;
    let conditions = status.conditions.as_deref().unwrap_or(&[]);
    let reason = find(conditions, PROGRESSING)?.reason.as_deref();
    if is_complete(deployment, status) || matches!(reason, Some(TIMED_OUT | COMPLETE)) {
        return None;
    }
    Some(deadline(spec, status)? + Millis::secs(1))
}

fn deadline(spec: &DeploymentSpec, status: &DeploymentStatus) -> Option<SimTime> {
    let condition = find(status.conditions.as_deref().unwrap_or(&[]), PROGRESSING)?;
    let from = SimTime::from_time(condition.last_update_time.as_ref()?);
    Some(from + Millis::secs(i64::from(spec.progress_deadline_seconds?)))
}

/// Notes on the Deployment that it is paused or goes on, so that the deadline does not count the pause.
pub(super) fn note_pause(world: &mut World, deployment: &Deployment) {
    let Some(spec) = deployment.spec.as_ref().filter(|spec| has_deadline(spec)) else { return };
    let status = deployment.status.clone().unwrap_or_default();
    let reason = find(status.conditions.as_deref().unwrap_or(&[]), PROGRESSING)
        .and_then(|condition| condition.reason.as_deref());
    if reason == Some(TIMED_OUT) {
        return;
    }
    let (reason, message) = match (spec.paused == Some(true), reason == Some(PAUSED)) {
        (true, false) => (PAUSED, "Deployment is paused"),
        (false, true) => (RESUMED, "Deployment is resumed"),
        _ => return,
    };
    let condition = condition(PROGRESSING, "Unknown", reason, message, world.now);
    let _ = world.write::<Deployment>(&deployment.key(), |deployment| {
        put(deployment.status.get_or_insert_default().conditions.get_or_insert_default(), condition);
    });
}

/// What the condition Progressing says about the new ReplicaSet, or the Deployment while there is none.
pub(super) fn subject(deployment: &Deployment, new: Option<&str>) -> String {
    match new {
        Some(name) => format!("ReplicaSet {name:?}"),
        None => format!("Deployment {:?}", deployment.name()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(condition: DeploymentCondition) -> DeploymentStatus {
        DeploymentStatus { conditions: Some(vec![condition]), ..DeploymentStatus::default() }
    }

    fn spec(seconds: i32) -> DeploymentSpec {
        DeploymentSpec { progress_deadline_seconds: Some(seconds), ..DeploymentSpec::default() }
    }

    #[test]
    fn a_rollout_times_out_when_the_deadline_has_passed() {
        let going = |at| status(condition(PROGRESSING, "True", "ReplicaSetUpdated", "", SimTime(at)));
        assert!(
            !has_timed_out(&spec(60), &going(0), SimTime(60_000)),
            "not yet: the deadline must lie before"
        );
        assert!(has_timed_out(&spec(60), &going(0), SimTime(60_001)));
        let done = status(condition(PROGRESSING, "True", COMPLETE, "", SimTime(0)));
        assert!(!has_timed_out(&spec(60), &done, SimTime(999_000)), "a finished rollout does not time out");
    }

    #[test]
    fn the_same_condition_again_changes_nothing_and_a_new_reason_keeps_the_transition_time() {
        let mut conditions = vec![condition(PROGRESSING, "True", "A", "", SimTime(0))];
        put(&mut conditions, condition(PROGRESSING, "True", "A", "other words", SimTime(5000)));
        assert_eq!(conditions[0].last_update_time, Some(SimTime(0).to_time()));
        put(&mut conditions, condition(PROGRESSING, "True", "B", "", SimTime(9000)));
        assert_eq!(conditions[0].last_update_time, Some(SimTime(9000).to_time()));
        assert_eq!(conditions[0].last_transition_time, Some(SimTime(0).to_time()));
    }

    #[test]
    fn progress_is_more_new_ready_or_available_pods_or_fewer_old_ones() {
        let numbers = |replicas, updated, ready, available| DeploymentStatus {
            replicas: Some(replicas),
            updated_replicas: Some(updated),
            ready_replicas: Some(ready),
            available_replicas: Some(available),
            ..DeploymentStatus::default()
        };
        let before = numbers(5, 2, 3, 3);
        for (after, progressed) in [
            (numbers(5, 2, 3, 3), false),
            (numbers(5, 3, 3, 3), true),
            (numbers(4, 2, 3, 3), true),
            (numbers(5, 2, 4, 3), true),
            (numbers(5, 2, 3, 4), true),
            (numbers(5, 2, 2, 2), false),
        ] {
            assert_eq!(has_progressed(&before, &after), progressed, "{after:?}");
        }
    }
}
