//! Deployments, ReplicaSets and Jobs, as `kubectl describe` shows them.

use super::page::Page;
use super::template::pod_template;
use super::{NONE, annotations, controlled_by, date, labels};
use crate::cluster::clock::SimTime;
use crate::cluster::object::Resource;
use crate::cluster::print::{age, selector};
use crate::cluster::state::State;
use k8s_openapi::api::apps::v1::{Deployment, ReplicaSet};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

/// The number of a Deployment's template, which the ReplicaSet that has it carries, too.
const REVISION: &str = "deployment.kubernetes.io/revision";
/// A list of indexes is cut at the first comma behind so many letters.
const LONGEST_INDEXES: usize = 50;

/// A Deployment, with its ReplicaSets.
pub(super) fn deployment(page: &mut Page, deployment: &Deployment, state: &State) {
    let (spec, status) =
        (deployment.spec.clone().unwrap_or_default(), deployment.status.clone().unwrap_or_default());
    page.field(0, "Name", deployment.name());
    page.field(0, "Namespace", deployment.namespace());
    let created = deployment.metadata.creation_timestamp.as_ref().map(date).unwrap_or_default();
    page.field(0, "CreationTimestamp", created);
    labels(page, "Labels", deployment.metadata.labels.as_ref());
    annotations(page, "Annotations", deployment.metadata.annotations.as_ref());
    page.field(0, "Selector", selector(Some(&spec.selector)));
    let count = |count: Option<i32>| count.unwrap_or(0);
    page.field(
        0,
        "Replicas",
        format!(
            "{} desired | {} updated | {} total | {} available | {} unavailable",
            count(spec.replicas),
            count(status.updated_replicas),
            count(status.replicas),
            count(status.available_replicas),
            count(status.unavailable_replicas)
        ),
    );
    let strategy = spec.strategy.unwrap_or_default();
    page.field(0, "StrategyType", strategy.type_.as_deref().unwrap_or(""));
    page.field(0, "MinReadySeconds", count(spec.min_ready_seconds));
    if let Some(rolling) = &strategy.rolling_update {
        let limit = |limit: &Option<IntOrString>| match limit {
            Some(IntOrString::Int(number)) => number.to_string(),
            Some(IntOrString::String(percent)) => percent.clone(),
            None => "<nil>".to_owned(),
        };
        let (unavailable, surge) = (limit(&rolling.max_unavailable), limit(&rolling.max_surge));
        let limits = format!("{unavailable} max unavailable, {surge} max surge");
        page.field(0, "RollingUpdateStrategy", limits);
    }
    pod_template(page, &spec.template);
    let conditions = status.conditions.iter().flatten();
    conditions_table(page, conditions.map(|c| (&c.type_, &c.status, c.reason.as_deref())));
    let own = state.by_age::<ReplicaSet>().into_iter().map(AsRef::as_ref);
    let own =
        own.filter(|set: &&ReplicaSet| set.controller().is_some_and(|owner| owner.uid == deployment.uid()));
    let revision = annotation(deployment, REVISION);
    let (new, old): (Vec<&ReplicaSet>, Vec<&ReplicaSet>) =
        own.partition(|set| revision.is_some() && annotation(*set, REVISION) == revision);
    if !new.is_empty() || !old.is_empty() {
        page.field(0, "OldReplicaSets", sets(&old));
        page.field(0, "NewReplicaSet", sets(&new));
    }
}

fn annotation<'o, T: Resource>(object: &'o T, key: &str) -> Option<&'o String> {
    object.metadata().annotations.as_ref()?.get(key)
}

/// `web-5d4 (2/2 replicas created)`.
fn sets(sets: &[&ReplicaSet]) -> String {
    let one = |set: &&ReplicaSet| {
        let wanted = set.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(0);
        let have = set.status.as_ref().map_or(0, |status| status.replicas);
        format!("{} ({have}/{wanted} replicas created)", set.name())
    };
    let words: Vec<String> = sets.iter().map(one).collect();
    if words.is_empty() { NONE.to_owned() } else { words.join(", ") }
}

fn conditions_table<'c>(
    page: &mut Page,
    conditions: impl Iterator<Item = (&'c String, &'c String, Option<&'c str>)>,
) {
    let mut conditions = conditions.peekable();
    if conditions.peek().is_none() {
        return;
    }
    page.line(0, "Conditions:\n  Type\tStatus\tReason");
    page.line(1, "----\t------\t------");
    conditions.for_each(|(type_, status, reason)| {
        page.line(1, &format!("{type_} \t{status}\t{}", reason.unwrap_or("")));
    });
}

/// A ReplicaSet, with how its Pods are.
pub(super) fn replica_set(page: &mut Page, set: &ReplicaSet, state: &State) {
    let (spec, status) = (set.spec.clone().unwrap_or_default(), set.status.clone().unwrap_or_default());
    page.field(0, "Name", set.name());
    page.field(0, "Namespace", set.namespace());
    page.field(0, "Selector", selector(Some(&spec.selector)));
    labels(page, "Labels", set.metadata.labels.as_ref());
    annotations(page, "Annotations", set.metadata.annotations.as_ref());
    controlled_by(page, set);
    let wanted = spec.replicas.unwrap_or(0);
    page.field(0, "Replicas", format!("{} current / {wanted} desired", status.replicas));
    let own = |pod: &&std::sync::Arc<Pod>| pod.controller().is_some_and(|owner| owner.uid == set.uid());
    let in_phase = |phase: &str| {
        let is = |pod: &&std::sync::Arc<Pod>| {
            pod.status.as_ref().and_then(|status| status.phase.as_deref()) == Some(phase)
        };
        state.list_in::<Pod>(set.namespace()).filter(own).filter(is).count()
    };
    let (running, waiting) = (in_phase("Running"), in_phase("Pending"));
    let (succeeded, failed) = (in_phase("Succeeded"), in_phase("Failed"));
    let counts = format!("{running} Running / {waiting} Waiting / {succeeded} Succeeded / {failed} Failed");
    page.field(0, "Pods Status", counts);
    pod_template(page, &spec.template.unwrap_or_default());
    let conditions = status.conditions.iter().flatten();
    conditions_table(page, conditions.map(|c| (&c.type_, &c.status, c.reason.as_deref())));
}

/// A Job.
pub(super) fn job(page: &mut Page, job: &Job) {
    let (spec, status) = (job.spec.clone().unwrap_or_default(), job.status.clone().unwrap_or_default());
    page.field(0, "Name", job.name());
    page.field(0, "Namespace", job.namespace());
    page.field(0, "Selector", selector(spec.selector.as_ref()));
    labels(page, "Labels", job.metadata.labels.as_ref());
    annotations(page, "Annotations", job.metadata.annotations.as_ref());
    controlled_by(page, job);
    let mut number = |title: &str, number: Option<i32>, unit: &str| {
        if let Some(number) = number {
            page.field(0, title, format!("{number}{unit}"));
        }
    };
    number("Parallelism", spec.parallelism, "");
    match spec.completions {
        Some(_) => number("Completions", spec.completions, ""),
        None => page.field(0, "Completions", "<unset>"),
    }
    if let Some(mode) = &spec.completion_mode {
        page.field(0, "Completion Mode", mode);
    }
    if let Some(suspend) = spec.suspend {
        page.field(0, "Suspend", suspend);
    }
    if let Some(limit) = spec.backoff_limit {
        page.field(0, "Backoff Limit", limit);
    }
    if let Some(seconds) = spec.ttl_seconds_after_finished {
        page.field(0, "TTL Seconds After Finished", seconds);
    }
    let (start, end) = (status.start_time.as_ref(), status.completion_time.as_ref());
    for (title, time) in [("Start Time", start), ("Completed At", end)] {
        if let Some(time) = time {
            page.field(0, title, date(time));
        }
    }
    if let (Some(start), Some(end)) = (start, end) {
        let took = SimTime::from_time(end).since(SimTime::from_time(start));
        page.field(0, "Duration", age(took));
    }
    if let Some(seconds) = spec.active_deadline_seconds {
        page.field(0, "Active Deadline Seconds", format!("{seconds}s"));
    }
    let count = |count: Option<i32>| count.unwrap_or(0);
    let ready = status.ready.map(|ready| format!(" ({ready} Ready)")).unwrap_or_default();
    let (active, succeeded, failed) = (count(status.active), count(status.succeeded), count(status.failed));
    let counts = format!("{active} Active{ready} / {succeeded} Succeeded / {failed} Failed");
    page.field(0, "Pods Statuses", counts);
    if spec.completion_mode.as_deref() == Some("Indexed") {
        page.field(0, "Completed Indexes", indexes(status.completed_indexes.as_deref().unwrap_or("")));
    }
    pod_template(page, &spec.template);
}

fn indexes(text: &str) -> String {
    if text.is_empty() {
        return NONE.to_owned();
    }
    match text.get(LONGEST_INDEXES..).and_then(|rest| rest.find(',')) {
        Some(comma) => format!("{}...", &text[..=LONGEST_INDEXES + comma]),
        None => text.to_owned(),
    }
}
