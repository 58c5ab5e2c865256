//! When a Job is over, and why. Source: `pkg/controller/job/job_controller.go` (`syncJob`, `exceedsBackoffLimit`,
//! `pastActiveDeadline`).

use super::counting::{Counts, failing_container};
use crate::cluster::clock::{Millis, SimTime};
use crate::cluster::controllers::pods::phase;
use crate::cluster::object::Resource;
use k8s_openapi::api::batch::v1::{JobSpec, JobStatus};
use k8s_openapi::api::core::v1::Pod;
use std::sync::Arc;

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
}

/// When the Job's time is up.
pub(super) fn deadline(spec: &JobSpec, status: &JobStatus) -> Option<SimTime> {
    let start = status.start_time.as_ref().map(SimTime::from_time)?;
    Some(start + Millis::secs(spec.active_deadline_seconds?))
}

/// Whether the Job is over now.
pub(super) fn end(
    spec: &JobSpec,
    status: &JobStatus,
    counts: &Counts,
    active: &[Arc<Pod>],
    now: SimTime,
) -> Option<End> {
    if let Some((pod, rule)) = &counts.fatal {
        let (container, code) = failing_container(pod).unwrap_or(("", 0));
        let whole = format!("{}/{}", pod.namespace(), pod.name());
        return End::failed(
            "PodFailurePolicy",
            format!(
                "Container {container} for pod {whole} failed with exit code {code} matching FailJob rule at index {rule}"
            ),
        );
    }
    if spec.suspend != Some(true) && deadline(spec, status).is_some_and(|at| at <= now) {
        return End::failed("DeadlineExceeded", "Job was active longer than specified deadline");
    }
    if exceeds_limit(spec, counts, active) {
        return End::failed("BackoffLimitExceeded", "Job has reached the specified backoff limit");
    }
    let complete = match spec.completions {
        Some(completions) => counts.succeeded() >= usize::try_from(completions).unwrap_or(0),
        // A work queue is done when one Pod has said so and the others have ended, too.
        None => counts.succeeded() > 0 && active.is_empty(),
    };
    complete.then(|| End {
        succeeded: true,
        reason: "CompletionsReached".to_owned(),
        message: "Reached expected number of succeeded pods".to_owned(),
    })
}

/// With Never each failed Pod counts; with OnFailure the restarts of those that live.
fn exceeds_limit(spec: &JobSpec, counts: &Counts, active: &[Arc<Pod>]) -> bool {
    let limit = spec.backoff_limit.unwrap_or(6);
    if counts.failed() > usize::try_from(limit).unwrap_or(0) {
        return true;
    }
    let policy = spec.template.spec.as_ref().and_then(|spec| spec.restart_policy.as_deref());
    let lives = active.iter().any(|pod| matches!(phase(pod), "Running" | "Pending"));
    policy == Some("OnFailure")
        && lives
        && if limit == 0 { counts.restarts > 0 } else { counts.restarts >= limit }
}
