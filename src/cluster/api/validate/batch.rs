//! batch/v1. Source: `pkg/apis/batch/validation/validation.go`.

use super::pod::{fixed_template, validate_template};
use super::rules::{IMMUTABLE, domain_prefixed_path, not_negative, one_of};
use super::{Validate, job_policies};
use crate::cluster::api::field::FieldError;
use crate::cluster::controllers::cronjob::schedule::{Schedule, zone};
use jiff::tz::TimeZone;
use k8s_openapi::api::batch::v1::{CronJob, Job, JobSpec};

/// A CronJob's name leaves room for the 11 characters that each of its Jobs adds (`-` and the minutes since 1970).
const MAX_CRON_JOB_NAME: usize = 52;

/// The longest name of a Job's controller (`maxManagedByLength`).
const MAX_MANAGED_BY: usize = 63;

impl Validate for Job {
    fn validate(&self) -> Vec<FieldError> {
        self.spec
            .as_ref()
            .map_or_else(|| vec![FieldError::required("spec.template.spec.containers", "")], validate_job)
    }

    fn validate_update(&self, old: &Job) -> Vec<FieldError> {
        let (Some(new), Some(old)) = (&self.spec, &old.spec) else { return Vec::new() };
        let mut errors = Vec::new();
        let is_elastic = new.completion_mode.as_deref() == Some("Indexed")
            && new.completions.is_some()
            && new.completions == new.parallelism;
        if new.completions != old.completions && !is_elastic {
            errors.push(FieldError::invalid("spec.completions", &new.completions, IMMUTABLE));
        }
        if new.selector != old.selector && old.selector.is_some() {
            errors.push(FieldError::invalid("spec.selector", &new.selector, IMMUTABLE));
        }
        errors.extend(fixed_template(Some(&new.template), Some(&old.template)));
        if new.completion_mode != old.completion_mode {
            errors.push(FieldError::invalid("spec.completionMode", &new.completion_mode, IMMUTABLE));
        }
        if new.managed_by != old.managed_by {
            errors.push(FieldError::invalid("spec.managedBy", &new.managed_by, IMMUTABLE));
        }
        errors.extend(job_policies::fixed(new, old));
        errors
    }
}

fn validate_job(spec: &JobSpec) -> Vec<FieldError> {
    let seconds = |seconds: Option<i64>| seconds.map(|s| i32::try_from(s).unwrap_or(i32::MAX));
    let mut errors: Vec<FieldError> = [
        not_negative("spec.parallelism", spec.parallelism),
        not_negative("spec.completions", spec.completions),
        not_negative("spec.activeDeadlineSeconds", seconds(spec.active_deadline_seconds)),
        not_negative("spec.backoffLimit", spec.backoff_limit),
        not_negative("spec.ttlSecondsAfterFinished", spec.ttl_seconds_after_finished),
        not_negative("spec.backoffLimitPerIndex", spec.backoff_limit_per_index),
        not_negative("spec.maxFailedIndexes", spec.max_failed_indexes),
        one_of("spec.completionMode", spec.completion_mode.as_deref(), &["NonIndexed", "Indexed"]),
    ]
    .into_iter()
    .flatten()
    .collect();
    if spec.completion_mode.as_deref() == Some("Indexed") && spec.completions.is_none() {
        errors.push(FieldError::required("spec.completions", "when completion mode is Indexed"));
    }
    errors.extend(spec.managed_by.as_deref().into_iter().flat_map(|manager| {
        let path = "spec.managedBy";
        let too_long = (manager.len() > MAX_MANAGED_BY).then(|| FieldError::too_long(path, MAX_MANAGED_BY));
        domain_prefixed_path(path, manager).into_iter().chain(too_long)
    }));
    errors.extend(job_policies::validate(spec));
    errors.extend(validate_template(&spec.template, &["OnFailure", "Never", "Always"]));
    let policy = spec.template.spec.as_ref().and_then(|spec| spec.restart_policy.as_deref());
    if matches!(policy, None | Some("Always")) {
        errors.push(FieldError::required(
            "spec.template.spec.restartPolicy",
            "valid values: \"OnFailure\", \"Never\"",
        ));
    } else if spec.pod_failure_policy.is_some() && policy != Some("Never") {
        errors.push(FieldError::invalid(
            "spec.template.spec.restartPolicy",
            &policy,
            "only \"Never\" is supported when podFailurePolicy is specified",
        ));
    }
    errors
}

impl Validate for CronJob {
    fn validate(&self) -> Vec<FieldError> {
        let spec = &self.spec;
        let mut errors = Vec::new();
        let name = self.metadata.name.as_deref().unwrap_or("");
        if name.len() > MAX_CRON_JOB_NAME {
            let detail = format!("must be no more than {MAX_CRON_JOB_NAME} characters");
            errors.push(FieldError::invalid("metadata.name", &name, detail));
        }
        if spec.schedule.trim().is_empty() {
            errors.push(FieldError::required("spec.schedule", ""));
        } else if spec.schedule.contains("TZ") {
            let detail = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead";
            errors.push(FieldError::invalid("spec.schedule", &spec.schedule, detail));
        } else if let Err(wrong) = Schedule::parse(&spec.schedule, TimeZone::UTC) {
            errors.push(FieldError::invalid("spec.schedule", &spec.schedule, wrong.to_string()));
        }
        if let Err(wrong) = zone(spec.time_zone.as_deref()) {
            errors.push(FieldError::invalid("spec.timeZone", &spec.time_zone, wrong.to_string()));
        }
        errors.extend(one_of(
            "spec.concurrencyPolicy",
            spec.concurrency_policy.as_deref(),
            &["Allow", "Forbid", "Replace"],
        ));
        let deadline = spec.starting_deadline_seconds.map(|s| i32::try_from(s).unwrap_or(i32::MAX));
        errors.extend(not_negative("spec.startingDeadlineSeconds", deadline));
        errors.extend(not_negative("spec.successfulJobsHistoryLimit", spec.successful_jobs_history_limit));
        errors.extend(not_negative("spec.failedJobsHistoryLimit", spec.failed_jobs_history_limit));
        match &spec.job_template.spec {
            Some(job) => errors.extend(validate_job(job).into_iter().map(|mut error| {
                error.path = error.path.replacen("spec", "spec.jobTemplate.spec", 1);
                error
            })),
            None => errors.push(FieldError::required("spec.jobTemplate.spec.template.spec.containers", "")),
        }
        errors
    }
}
