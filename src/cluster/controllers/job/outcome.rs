//! When a Job is over, and why. Source: `pkg/controller/job/job_controller.go` (`syncJob`, `pastBackoffLimitOnFailure`,
//! `pastActiveDeadline`).

use super::counting::Counts;
use super::policy::success_rule;
use crate::cluster::clock::{Millis, SimTime};
use k8s_openapi::api::batch::v1::{JobSpec, JobStatus};
use std::collections::BTreeSet;

/// How a Job ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct End {
    pub(super) succeeded: bool,
    pub(super) reason: String,
    pub(super) message: String,
}

impl End {
    fn failed(reason: &str, message: impl Into<String>) -> Option<End> {
        Some(End { succeeded: false, reason: reason.to_owned(), message: message.into() })
    }

    fn success(reason: &str, message: impl Into<String>) -> End {
        End { succeeded: true, reason: reason.to_owned(), message: message.into() }
    }
}

/// When the Job's time is up; a suspended Job has no clock.
pub(super) fn deadline(spec: &JobSpec, status: &JobStatus) -> Option<SimTime> {
    let start = status.start_time.as_ref().map(SimTime::from_time).filter(|_| spec.suspend != Some(true))?;
    Some(start + Millis::secs(spec.active_deadline_seconds?))
}

/// Whether the Job must stop now, whatever is still at work.
pub(super) fn end(spec: &JobSpec, status: &JobStatus, counts: &Counts, now: SimTime) -> Option<End> {
    if let Some(message) = &counts.fatal {
        return End::failed("PodFailurePolicy", message.clone());
    }
    if exceeds_limit(spec, counts) {
        return End::failed("BackoffLimitExceeded", "Job has reached the specified backoff limit");
    }
    if deadline(spec, status).is_some_and(|at| at <= now) {
        return End::failed("DeadlineExceeded", "Job was active longer than specified deadline");
    }
    let number = |count: Option<i32>| count.and_then(|count| usize::try_from(count).ok());
    let given_up = counts.given_up().map_or(0, BTreeSet::len);
    if number(spec.max_failed_indexes).is_some_and(|limit| given_up > limit) {
        return End::failed(
            "MaxFailedIndexesExceeded",
            "Job has exceeded the specified maximal number of failed indexes",
        );
    }
    if given_up > 0 && given_up + counts.succeeded() >= number(spec.completions).unwrap_or(0) {
        return End::failed("FailedIndexes", "Job has failed indexes");
    }
    let rule = counts.completed().and_then(|completed| success_rule(spec, completed))?;
    Some(End::success("SuccessPolicy", format!("Matched rules at index {rule}")))
}

/// Whether all is done, with so many Pods at work.
pub(super) fn complete(spec: &JobSpec, counts: &Counts, active: usize) -> Option<End> {
    let complete = match spec.completions {
        Some(completions) => counts.succeeded() >= usize::try_from(completions).unwrap_or(0),
        // A work queue is done when one Pod has said so and the others have ended, too.
        None => counts.succeeded() > 0,
    };
    (complete && active == 0)
        .then(|| End::success("CompletionsReached", "Reached expected number of succeeded pods"))
}

/// With Never each failed Pod counts; with OnFailure also the restarts of those that live.
fn exceeds_limit(spec: &JobSpec, counts: &Counts) -> bool {
    let limit = spec.backoff_limit.unwrap_or(6);
    if counts.failed() > usize::try_from(limit).unwrap_or(0) {
        return true;
    }
    let policy = spec.template.spec.as_ref().and_then(|spec| spec.restart_policy.as_deref());
    policy == Some("OnFailure") && if limit == 0 { counts.restarts > 0 } else { counts.restarts >= limit }
}
