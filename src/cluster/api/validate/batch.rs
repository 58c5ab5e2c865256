//! batch/v1. Source: `pkg/apis/batch/validation/validation.go`.

use super::pod::{fixed_template, validate_template};
use super::rules::{IMMUTABLE, domain_prefixed_path, is_label_name, not_negative, one_of, selector};
use super::{Validate, job_policies};
use crate::cluster::api::defaults::own_labels_of;
use crate::cluster::api::field::{FieldError, Reason};
use crate::cluster::controllers::cronjob::schedule::{Schedule, zone};
use crate::cluster::object::Resource;
use crate::cluster::selector::Selector;
use jiff::tz::TimeZone;
use k8s_openapi::api::batch::v1::{CronJob, Job, JobSpec};
use k8s_openapi::api::core::v1::{Affinity, PodTemplateSpec};
use std::collections::BTreeMap;

/// A CronJob's name leaves room for the 11 characters that each of its Jobs adds (`-` and the minutes since 1970).
const MAX_CRON_JOB_NAME: usize = 52;

/// The longest name of a Job's controller (`maxManagedByLength`).
const MAX_MANAGED_BY: usize = 63;

impl Validate for Job {
    fn validate(&self) -> Vec<FieldError> {
        let Some(spec) = &self.spec else {
            return vec![FieldError::required("spec.template.spec.containers", "")];
        };
        let mut errors: Vec<FieldError> = generated_selector(self, spec).into_iter().collect();
        errors.extend(validate_job(spec));
        errors.extend(validate_selector(spec));
        errors.extend(host_name(self.name(), spec));
        errors
    }

    fn validate_update(&self, old_job: &Job) -> Vec<FieldError> {
        let (Some(new), Some(old)) = (&self.spec, &old_job.spec) else { return Vec::new() };
        let mut errors: Vec<FieldError> = completions_changed(new, old).into_iter().collect();
        let mut template = old.template.clone();
        if may_change_template(old_job) {
            thaw(&mut template, &new.template);
        }
        if new.selector != old.selector && old.selector.is_some() {
            errors.push(FieldError::invalid("spec.selector", &new.selector, IMMUTABLE));
        }
        errors.extend(fixed_template(Some(&new.template), Some(&template)));
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

/// A selector that the API server makes selects by what it puts on the Job's Pods.
fn generated_selector(job: &Job, spec: &JobSpec) -> Option<FieldError> {
    if spec.manual_selector == Some(true) {
        return None;
    }
    let own: BTreeMap<String, String> = own_labels_of(job).into();
    let parsed = Selector::new(spec.selector.as_ref())?;
    (!parsed.matches(&own))
        .then(|| FieldError::invalid("spec.selector", &spec.selector, "`selector` not auto-generated"))
}

/// What a Job selects: there, and on its own Pods.
fn validate_selector(spec: &JobSpec) -> Vec<FieldError> {
    let labels = spec.template.metadata.as_ref().and_then(|meta| meta.labels.as_ref());
    let mut errors = match &spec.selector {
        None => vec![FieldError::required("spec.selector", "")],
        Some(own) => selector("spec.selector", own),
    };
    let is_chosen = Selector::new(spec.selector.as_ref()).is_some_and(|own| own.matches_option(labels));
    if !is_chosen && errors.iter().all(|error| error.reason == Reason::Required) {
        let detail = "`selector` does not match template `labels`";
        errors.push(FieldError::invalid("spec.template.metadata.labels", &labels, detail));
    }
    errors
}

/// Each Pod of an Indexed Job is called by its index, also as a host.
fn host_name(name: &str, spec: &JobSpec) -> Option<FieldError> {
    let is_indexed = spec.completion_mode.as_deref() == Some("Indexed");
    let completions = spec.completions.filter(|count| is_indexed && *count > 0)?;
    let longest = format!("{name}-{}", completions - 1);
    let detail = format!("will not able to create pod with invalid DNS hostname: {longest}");
    (!is_label_name(&longest)).then(|| FieldError::invalid("metadata.name", &name, detail))
}

/// Only an Indexed Job may change how many completions it wants, and always has as many Pods at a time.
fn completions_changed(new: &JobSpec, old: &JobSpec) -> Option<FieldError> {
    if new.completions == old.completions {
        return None;
    }
    let detail = match new.completion_mode.as_deref() {
        Some("Indexed") if new.completions == new.parallelism => return None,
        Some("Indexed") => "can only be modified in tandem with spec.parallelism",
        _ => IMMUTABLE,
    };
    Some(FieldError::invalid("spec.completions", &new.completions, detail))
}

/// Whether a Job is suspended and has no Pods any more (`pkg/registry/batch/job/strategy.go`, `validationOptionsForJob`; gates
/// `MutableSchedulingDirectivesForSuspendedJobs` and `MutablePodResourcesForSuspendedJobs`, on since 1.36).
fn may_change_template(job: &Job) -> bool {
    let is_suspended = job.spec.as_ref().is_some_and(|spec| spec.suspend == Some(true));
    let has_stopped = job.status.as_ref().is_none_or(|status| {
        let mut conditions = status.conditions.iter().flatten();
        let says_so = conditions.any(|it| it.type_ == "Suspended" && it.status == "True");
        status.active.unwrap_or(0) == 0 && (status.start_time.is_none() || says_so)
    });
    is_suspended && has_stopped
}

/// Takes over from a new template where its Pods may run and what they ask for.
fn thaw(template: &mut PodTemplateSpec, new: &PodTemplateSpec) {
    let meta = new.metadata.clone().unwrap_or_default();
    let own = template.metadata.get_or_insert_default();
    (own.labels, own.annotations) = (meta.labels, meta.annotations);
    let (Some(spec), Some(new)) = (&mut template.spec, &new.spec) else { return };
    spec.node_selector.clone_from(&new.node_selector);
    spec.tolerations.clone_from(&new.tolerations);
    spec.scheduling_gates.clone_from(&new.scheduling_gates);
    let affinity = spec.affinity.get_or_insert_default();
    affinity.node_affinity = new.affinity.as_ref().and_then(|affinity| affinity.node_affinity.clone());
    if *affinity == Affinity::default() {
        spec.affinity = new.affinity.clone().filter(|new| *new == Affinity::default());
    }
    let own = spec.containers.iter_mut().chain(spec.init_containers.iter_mut().flatten());
    for (container, new) in own.zip(new.containers.iter().chain(new.init_containers.iter().flatten())) {
        container.resources.clone_from(&new.resources);
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
    errors.extend(validate_template(&spec.template));
    let policy = spec.template.spec.as_ref().and_then(|spec| spec.restart_policy.as_deref());
    let path = "spec.template.spec.restartPolicy";
    if matches!(policy, None | Some("Always")) {
        errors.push(FieldError::required(path, "valid values: \"OnFailure\", \"Never\""));
    } else if let Some(error) = one_of(path, policy, &["OnFailure", "Never"]) {
        errors.push(error);
    } else if spec.pod_failure_policy.is_some() && policy != Some("Never") {
        errors.push(FieldError::invalid(
            path,
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
            Some(job) => {
                let refused = validate_job(job).into_iter().chain(chosen_pods(job));
                errors.extend(refused.map(|mut error| {
                    error.path = error.path.replacen("spec", "spec.jobTemplate.spec", 1);
                    error
                }));
            }
            None => errors.push(FieldError::required("spec.jobTemplate.spec.template.spec.containers", "")),
        }
        errors
    }
}

/// The Jobs of a CronJob do not choose their Pods: every selector is generated (`validateJobTemplateSpec`).
fn chosen_pods(job: &JobSpec) -> Vec<FieldError> {
    let selector = job
        .selector
        .as_ref()
        .map(|selector| FieldError::invalid("spec.selector", selector, "`selector` will be auto-generated"));
    let manual = (job.manual_selector == Some(true)).then(|| FieldError {
        value: "true".to_owned(),
        ..FieldError::unsupported("spec.manualSelector", "", &["nil", "false"])
    });
    selector.into_iter().chain(manual).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{changes, refusals};
    use super::may_change_template;
    use serde_json::{Value, json};

    fn job(fields: Value) -> Value {
        let mut spec = json!({"template": {"spec": {"restartPolicy": "Never",
            "containers": [{"name": "app", "image": "sum:1"}]}}});
        spec.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "sum"}, "spec": spec})
    }

    #[test]
    fn a_suspended_job_may_still_choose_where_its_pods_run_and_what_they_ask_for() {
        let direct = |job: &mut Value| {
            let template = &mut job["spec"]["template"];
            template["metadata"]["annotations"] = json!({"queue": "night"});
            let spec = &mut template["spec"];
            spec["nodeSelector"] = json!({"disk": "ssd"});
            spec["tolerations"] = json!([{"key": "gpu", "operator": "Exists"}]);
            spec["affinity"] = json!({"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution":
                {"nodeSelectorTerms": [{"matchExpressions": [{"key": "zone", "operator": "Exists"}]}]}}});
            spec["containers"][0]["resources"] = json!({"requests": {"cpu": "1"}});
        };
        let suspended = || job(json!({"suspend": true}));
        assert_eq!(changes(suspended(), direct), [""; 0]);
        let refused = changes(job(json!({})), direct);
        assert!(refused[0].starts_with("spec.template: Invalid value: "), "{refused:?}");
        let image = |job: &mut Value| {
            job["spec"]["template"]["spec"]["containers"][0]["image"] = json!("sum:2");
        };
        assert!(changes(suspended(), image)[0].ends_with(": field is immutable"));
    }

    #[test]
    fn a_cron_job_does_not_choose_the_pods_of_its_jobs() {
        let mut spec =
            job(json!({"manualSelector": true, "selector": {"matchLabels": {"app": "sum"}}}))["spec"].take();
        spec["template"]["metadata"] = json!({"labels": {"app": "sum"}});
        let refused =
            refusals(json!({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "sum"},
            "spec": {"schedule": "* * * * *", "jobTemplate": {"spec": spec}}}));
        assert_eq!(refused.len(), 2, "{refused:?}");
        assert!(refused[0].starts_with("spec.jobTemplate.spec.selector: Invalid value: "), "{refused:?}");
        assert!(refused[0].ends_with(": `selector` will be auto-generated"), "{refused:?}");
        assert_eq!(
            refused[1],
            "spec.jobTemplate.spec.manualSelector: Unsupported value: true: supported values: \"nil\", \"false\""
        );
    }

    #[test]
    fn a_job_that_was_stopped_may_change_its_template_when_its_pods_are_gone() {
        let may = |suspend: bool, status: Value| {
            let mut job = job(json!({ "suspend": suspend }));
            job["status"] = status;
            may_change_template(&serde_json::from_value(job).unwrap())
        };
        let at = "2026-01-01T00:00:00Z";
        let stopped = json!([{"type": "Suspended", "status": "True"}]);
        assert!(may(true, json!({})));
        assert!(may(true, json!({"startTime": at, "conditions": stopped})));
        assert!(!may(true, json!({"startTime": at})));
        assert!(!may(true, json!({"startTime": at, "active": 1, "conditions": stopped})));
        assert!(!may(false, json!({})));
    }

    #[test]
    fn a_job_selects_by_what_it_was_given_unless_it_says_that_it_selects_by_itself() {
        let own = json!({"matchLabels": {"app": "sum"}});
        let refused = refusals(job(json!({ "selector": own })));
        assert!(
            refused[0]
                .starts_with("spec.selector: Invalid value: {\"matchLabels\":{\"app\":\"sum\",\"batch.")
        );
        assert!(refused[0].ends_with(": `selector` not auto-generated"), "{refused:?}");
        assert!(refused[1].ends_with(": `selector` does not match template `labels`"), "{refused:?}");
        assert_eq!(
            refusals(job(json!({"manualSelector": true}))),
            [
                "spec.selector: Required value",
                "spec.template.metadata.labels: Invalid value: null: `selector` does not match template `labels`",
            ]
        );
        let mut manual = job(json!({"manualSelector": true, "selector": own}));
        manual["spec"]["template"]["metadata"] = json!({"labels": {"app": "sum"}});
        assert_eq!(refusals(manual), [""; 0]);
    }

    #[test]
    fn the_pods_of_an_indexed_job_can_be_hosts() {
        let named = |length: usize| {
            let mut job = job(json!({"completionMode": "Indexed", "completions": 1000}));
            job["metadata"]["name"] = json!("a".repeat(length));
            refusals(job)
        };
        assert_eq!(named(59), [""; 0]);
        let name = "a".repeat(60);
        assert_eq!(
            named(60),
            [format!(
                "metadata.name: Invalid value: {name:?}: will not able to create pod with invalid DNS hostname: {name}-999"
            )]
        );
    }

    #[test]
    fn a_restart_policy_that_nobody_knows_is_refused_twice() {
        let mut job = job(json!({}));
        job["spec"]["template"]["spec"]["restartPolicy"] = json!("Foo");
        let path = "spec.template.spec.restartPolicy: Unsupported value: \"Foo\": supported values:";
        assert_eq!(
            refusals(job),
            [
                format!("{path} \"Always\", \"OnFailure\", \"Never\""),
                format!("{path} \"OnFailure\", \"Never\"")
            ]
        );
    }

    #[test]
    fn only_an_indexed_job_grows_and_then_with_its_parallelism() {
        let grow = |mode: &str, parallelism: i32| {
            let spec = json!({"completionMode": mode, "completions": 3, "parallelism": 3});
            changes(job(spec), |job| {
                job["spec"]["completions"] = json!(4);
                job["spec"]["parallelism"] = json!(parallelism);
            })
        };
        assert_eq!(grow("Indexed", 4), [""; 0]);
        assert_eq!(
            grow("Indexed", 3),
            ["spec.completions: Invalid value: 4: can only be modified in tandem with spec.parallelism"]
        );
        assert_eq!(grow("NonIndexed", 4), ["spec.completions: Invalid value: 4: field is immutable"]);
    }
}
