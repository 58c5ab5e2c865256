//! The status of a Job and its conditions. Source: `pkg/controller/job/job_controller.go` (`trackJobStatusAndRemoveFinalizers`,
//! `enactJobFinished`).

use super::JobController;
use super::outcome::End;
use crate::cluster::clock::SimTime;
use crate::cluster::controllers::Controller;
use crate::cluster::engine::World;
use k8s_openapi::api::batch::v1::{Job, JobCondition};

pub(super) use k8s_openapi::api::batch::v1::JobStatus as Status;

fn condition(type_: &str, status: &str, reason: &str, message: &str, now: SimTime) -> JobCondition {
    JobCondition {
        type_: type_.to_owned(),
        status: status.to_owned(),
        reason: Some(reason.to_owned()),
        message: Some(message.to_owned()),
        last_probe_time: Some(now.to_time()),
        last_transition_time: Some(now.to_time()),
    }
}

fn holds<'a>(status: &'a Status, type_: &str) -> Option<&'a JobCondition> {
    status
        .conditions
        .iter()
        .flatten()
        .find(|condition| condition.type_ == type_ && condition.status == "True")
}

/// When the Job was Complete or Failed; `None` while it goes on.
pub(super) fn finished_at(job: &Job) -> Option<SimTime> {
    let status = job.status.as_ref()?;
    let end = holds(status, "Complete").or_else(|| holds(status, "Failed"))?;
    end.last_transition_time.as_ref().map(SimTime::from_time)
}

/// The end that has been announced and waits for the last Pods.
pub(super) fn ending(status: &Status) -> Option<End> {
    let end = |condition: &JobCondition, succeeded| End {
        succeeded,
        reason: condition.reason.clone().unwrap_or_default(),
        message: condition.message.clone().unwrap_or_default(),
    };
    let failed = holds(status, "FailureTarget").map(|condition| end(condition, false));
    failed.or_else(|| holds(status, "SuccessCriteriaMet").map(|condition| end(condition, true)))
}

/// The Job's clock starts with its first sync in which it is not suspended.
pub(super) fn begin(status: &mut Status, is_suspended: bool, now: SimTime) {
    if !is_suspended {
        status.start_time.get_or_insert_with(|| now.to_time());
    }
}

/// Keeps the condition Suspended, and says when it changes. A suspended Job has no clock, and one that is resumed starts
/// it anew (gate `MutableSchedulingDirectivesForSuspendedJobs`, on since 1.36).
pub(super) fn suspension(world: &mut World, job: &Job, status: &mut Status, is_suspended: bool) {
    let now = world.now;
    let was = holds(status, "Suspended").is_some();
    if is_suspended == was {
        return;
    }
    let (value, reason, message) = match is_suspended {
        true => ("True", "JobSuspended", "Job suspended"),
        false => ("False", "JobResumed", "Job resumed"),
    };
    let conditions = status.conditions.get_or_insert_default();
    conditions.retain(|condition| condition.type_ != "Suspended");
    conditions.push(condition("Suspended", value, reason, message, now));
    status.start_time = (!is_suspended).then(|| now.to_time());
    world.normal(JobController::NAME, job, if is_suspended { "Suspended" } else { "Resumed" }, message);
}

/// Says how the Job will end, while its last Pods still do.
pub(super) fn announce(status: &mut Status, end: &End, now: SimTime) {
    let type_ = if end.succeeded { "SuccessCriteriaMet" } else { "FailureTarget" };
    if holds(status, type_).is_none() {
        let conditions = status.conditions.get_or_insert_default();
        conditions.push(condition(type_, "True", &end.reason, &end.message, now));
    }
}

/// The Job is over.
pub(super) fn finish(world: &mut World, job: &Job, status: &mut Status, end: &End, now: SimTime) {
    let type_ = if end.succeeded { "Complete" } else { "Failed" };
    let conditions = status.conditions.get_or_insert_default();
    conditions.push(condition(type_, "True", &end.reason, &end.message, now));
    if end.succeeded {
        status.completion_time = Some(now.to_time());
        world.normal(JobController::NAME, job, "Completed", "Job completed");
    } else {
        world.warn(JobController::NAME, job, &end.reason, end.message.clone());
    }
}
