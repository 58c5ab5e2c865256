//! The CronJob controller: makes a Job at each time of a schedule, and clears the old ones away.
//!
//! A sync looks after the Jobs that exist, starts at most one run, the most recent one that is due, and says when the
//! next is. It only makes Jobs; what becomes of them is the Job controller's. A Job's name tells the minute of its run,
//! so that no run can be made twice.
//!
//! Sources: `pkg/controller/cronjob/cronjob_controllerv2.go`, `utils.go`.

pub mod schedule;

use super::{Controller, Outcome};
use crate::cluster::api::{ApiError, DeleteOptions};
use crate::cluster::clock::{Millis, SimTime};
use crate::cluster::engine::World;
use crate::cluster::events::reference;
use crate::cluster::object::{Key, Kind, Object, Resource, controller_of};
use crate::cluster::store::Change;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use k8s_openapi::api::batch::v1::{CronJob, CronJobStatus, Job};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use schedule::Schedule;
use std::sync::Arc;

const CONTROLLER: &str = "cronjob-controller";
/// So long after a scheduled time its run starts, against clocks that are a little off (`nextScheduleDelta`).
const DELTA: Millis = Millis(100);
/// More missed runs than this are worth a warning.
const MANY: usize = 100;
/// The annotation of a Job that tells for when its run was planned.
const SCHEDULED: &str = "batch.kubernetes.io/cronjob-scheduled-timestamp";

/// Starts Jobs by the clock.
#[derive(Debug)]
pub struct CronJobController;

impl Controller for CronJobController {
    const NAME: &'static str = CONTROLLER;

    fn keys(&self, _world: &World, change: &Change) -> Vec<Key> {
        match &change.object {
            Object::CronJob(cron) => vec![cron.key()],
            Object::Job(job) => controller_of(&job.metadata)
                .filter(|owner| owner.kind == Kind::CronJob.name())
                .map(|owner| Key::new(job.namespace(), &owner.name))
                .into_iter()
                .collect(),
            _ => Vec::new(),
        }
    }

    fn reconcile(&mut self, world: &mut World, key: &Key) -> Outcome {
        let Some(cron) = world.store.get::<CronJob>(key).cloned() else { return Outcome::Done };
        let jobs: Vec<Arc<Job>> = world.store.controlled_by::<Job>(cron.uid()).cloned().collect();
        let mut status = cron.status.clone().unwrap_or_default();
        take_stock(world, &cron, &jobs, &mut status);
        let outcome = if cron.is_deleting() || cron.spec.suspend == Some(true) {
            Outcome::Done
        } else {
            start_due(world, &cron, &mut status)
        };
        clear_history(world, &cron, &jobs, &mut status);
        // It may have been deleted meanwhile, and then nobody asks for its status.
        let _ = world.write::<CronJob>(key, |cron| cron.status = Some(status));
        outcome
    }
}

/// Brings the list of active Jobs up to date with those that there are.
fn take_stock(world: &mut World, cron: &CronJob, jobs: &[Arc<Job>], status: &mut CronJobStatus) {
    for job in jobs {
        let finished = finished(job);
        match (is_active(status, job.uid()), finished) {
            (false, None) => {
                let message =
                    format!("Saw a job that the controller did not create or forgot: {}", job.name());
                world.warn(CONTROLLER, cron, "UnexpectedJob", message);
            }
            (true, Some(condition)) => {
                let message = format!("Saw completed job: {}, condition: {condition}", job.name());
                world.normal(CONTROLLER, cron, "SawCompletedJob", message);
                no_longer_active(status, job.uid());
            }
            (true, None) | (false, Some(_)) => {}
        }
        if finished == Some("Complete") {
            let completed = job.status.as_ref().and_then(|status| status.completion_time.clone());
            status.last_successful_time = status.last_successful_time.take().max(completed);
        }
    }
    for active in status.active.clone().unwrap_or_default() {
        let uid = active.uid.unwrap_or_default();
        if !jobs.iter().any(|job| job.uid() == uid) {
            let message = format!("Active job went missing: {}", active.name.unwrap_or_default());
            world.normal(CONTROLLER, cron, "MissingJob", message);
            no_longer_active(status, &uid);
        }
    }
}

/// Starts the most recent run that is due, if it is still to be started, and says when the next is.
fn start_due(world: &mut World, cron: &CronJob, status: &mut CronJobStatus) -> Outcome {
    let spec = &cron.spec;
    let zone = match schedule::zone(spec.time_zone.as_deref()) {
        Ok(zone) => zone,
        Err(error) => {
            let name = spec.time_zone.as_deref().unwrap_or("");
            world.warn(CONTROLLER, cron, "UnknownTimeZone", format!("invalid timeZone: {name:?}: {error}"));
            return Outcome::Done;
        }
    };
    let schedule = match Schedule::parse(&spec.schedule, zone.clone()) {
        Ok(schedule) => schedule,
        Err(error) => {
            let message = format!("unparseable schedule: {:?} : {error}", spec.schedule);
            world.warn(CONTROLLER, cron, "UnparseableSchedule", message);
            return Outcome::Done;
        }
    };
    let now = world.now;
    let next = || schedule.next(now).map_or(Outcome::Done, |next| Outcome::At(next + DELTA));
    let Some(due) = due(world, cron, status, &schedule) else { return next() };
    let deadline = spec.starting_deadline_seconds.map(|seconds| due + Millis::secs(seconds));
    if deadline.is_some_and(|deadline| deadline < now) {
        world.warn(CONTROLLER, cron, "MissSchedule", missed(due));
        return next();
    }
    let name = format!("{}-{}", cron.name(), due.unix_seconds() / 60);
    let is_done = status.last_schedule_time == Some(due.to_time());
    let active = status.active.clone().unwrap_or_default();
    if is_done || active.iter().any(|job| job.name.as_deref() == Some(&name)) {
        return next();
    }
    match spec.concurrency_policy.as_deref() {
        Some("Forbid") if !active.is_empty() => {
            let message =
                "Not starting job because prior execution is running and concurrency policy is Forbid";
            world.normal(CONTROLLER, cron, "JobAlreadyActive", message);
            return next();
        }
        Some("Replace") => {
            for job in active {
                let key = Key::new(cron.namespace(), job.name.as_deref().unwrap_or(""));
                delete(world, cron, &key, job.uid.as_deref().unwrap_or(""), status);
            }
        }
        _ => {}
    }
    match world.create(job_of(cron, name, due, zone)) {
        Ok(job) => {
            world.normal(CONTROLLER, cron, "SuccessfulCreate", format!("Created job {}", job.name()));
            status.active.get_or_insert_default().push(reference(job.as_ref()));
            status.last_schedule_time = Some(due.to_time());
            next()
        }
        // Somebody else's Job has the name, or this run has been and ended.
        Err(ApiError::AlreadyExists { .. }) => next(),
        Err(error) => {
            world.warn(CONTROLLER, cron, "FailedCreate", format!("Error creating job: {error}"));
            Outcome::Retry
        }
    }
}

/// The most recent time of the schedule since the last run, or since the CronJob was made; what lies before the deadline
/// for starting does not count.
fn due(world: &mut World, cron: &CronJob, status: &CronJobStatus, schedule: &Schedule) -> Option<SimTime> {
    let since = status.last_schedule_time.as_ref().or(cron.metadata.creation_timestamp.as_ref());
    let since = since.map_or(SimTime::ZERO, SimTime::from_time);
    let deadline = cron.spec.starting_deadline_seconds.map(|seconds| world.now - Millis::secs(seconds));
    let since = deadline.map_or(since, |deadline| since.max(deadline));
    let now = world.now;
    let times = std::iter::successors(schedule.next(since), |time| schedule.next(*time));
    let (missed, last) =
        times.take_while(|time| *time <= now).fold((0, None), |(n, _), time| (n + 1, Some(time)));
    if missed > MANY {
        let message =
            "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew";
        world.warn(CONTROLLER, cron, "TooManyMissedTimes", message);
    }
    last
}

/// The time as Go writes it in `RFC1123Z`.
fn missed(due: SimTime) -> String {
    let time = due.to_time().0.to_zoned(TimeZone::UTC);
    format!("Missed scheduled time to start a job: {}", time.strftime("%a, %d %b %Y %H:%M:%S %z"))
}

/// The Job of one run.
fn job_of(cron: &CronJob, name: String, due: SimTime, zone: TimeZone) -> Job {
    let template = &cron.spec.job_template;
    let meta = template.metadata.clone().unwrap_or_default();
    let mut annotations = meta.annotations.unwrap_or_default();
    let due: Timestamp = due.to_time().0;
    let planned = due.to_zoned(zone.clone());
    let shown =
        if zone == TimeZone::UTC { due.to_string() } else { planned.strftime("%FT%T%:z").to_string() };
    annotations.insert(SCHEDULED.to_owned(), shown);
    Job {
        metadata: ObjectMeta {
            name: Some(name),
            namespace: Some(cron.namespace().to_owned()),
            labels: meta.labels,
            annotations: Some(annotations),
            owner_references: Some(vec![cron.as_controller()]),
            ..ObjectMeta::default()
        },
        spec: template.spec.clone(),
        status: None,
    }
}

/// Deletes the oldest finished Jobs beyond the two limits.
fn clear_history(world: &mut World, cron: &CronJob, jobs: &[Arc<Job>], status: &mut CronJobStatus) {
    for (condition, limit) in [
        ("Failed", cron.spec.failed_jobs_history_limit),
        ("Complete", cron.spec.successful_jobs_history_limit),
    ] {
        let Some(limit) = limit else { continue };
        let mut ended: Vec<&Arc<Job>> = jobs.iter().filter(|job| finished(job) == Some(condition)).collect();
        ended.sort_by_key(|job| {
            let started = job.status.as_ref().and_then(|status| status.start_time.clone());
            // A Job that has not started goes last.
            (started.is_none(), started, job.name().to_owned())
        });
        let surplus = ended.len().saturating_sub(usize::try_from(limit).unwrap_or(0));
        for job in ended.into_iter().take(surplus) {
            delete(world, cron, &job.key(), job.uid(), status);
        }
    }
}

fn delete(world: &mut World, cron: &CronJob, job: &Key, uid: &str, status: &mut CronJobStatus) {
    // It may be gone already.
    if world.delete::<Job>(job, DeleteOptions::default()).is_ok() {
        world.normal(CONTROLLER, cron, "SuccessfulDelete", format!("Deleted job {}", job.name));
    }
    no_longer_active(status, uid);
}

/// The condition in which a Job has ended.
fn finished(job: &Job) -> Option<&str> {
    let conditions = job.status.as_ref()?.conditions.as_ref()?;
    let end = conditions.iter().find(|condition| {
        condition.status == "True" && matches!(condition.type_.as_str(), "Complete" | "Failed")
    })?;
    Some(&end.type_)
}

fn is_active(status: &CronJobStatus, uid: &str) -> bool {
    status.active.iter().flatten().any(|job| job.uid.as_deref() == Some(uid))
}

fn no_longer_active(status: &mut CronJobStatus, uid: &str) {
    if let Some(active) = &mut status.active {
        active.retain(|job| job.uid.as_deref() != Some(uid));
    }
    if status.active.as_ref().is_some_and(Vec::is_empty) {
        status.active = None;
    }
}

#[cfg(test)]
mod tests;
