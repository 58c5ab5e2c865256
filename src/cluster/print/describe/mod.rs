//! `kubectl describe`: an object in words, with its Events below.
//!
//! Source: `staging/src/k8s.io/kubectl/pkg/describe/describe.go`.

mod container;
mod page;
mod template;
mod workload;

#[cfg(test)]
mod tests;

use super::NONE;
use super::age;
use crate::cluster::clock::SimTime;
use crate::cluster::object::{Object, Resource};
use crate::cluster::state::State;
use k8s_openapi::api::core::v1::{Event, Pod, Toleration};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, Time};
use page::Page;
use std::collections::BTreeMap;

/// An annotation is at most this long in a line.
const LONGEST_ANNOTATION: usize = 140;
/// What `kubectl apply` leaves is not shown.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// The description of an object; `None` for kinds that are not described here.
pub fn describe(object: &Object, state: &State, at: SimTime) -> Option<String> {
    let mut page = Page::default();
    match object {
        Object::Pod(pod) => describe_pod(&mut page, pod, at),
        Object::Deployment(deployment) => workload::deployment(&mut page, deployment, state),
        Object::ReplicaSet(set) => workload::replica_set(&mut page, set, state),
        Object::Job(job) => workload::job(&mut page, job),
        _ => return None,
    }
    events(&mut page, object, state, at);
    Some(page.set())
}

fn describe_pod(page: &mut Page, pod: &Pod, at: SimTime) {
    let (spec, status) = (pod.spec.clone().unwrap_or_default(), pod.status.clone().unwrap_or_default());
    page.field(0, "Name", pod.name());
    page.field(0, "Namespace", pod.namespace());
    if let Some(priority) = spec.priority {
        page.field(0, "Priority", priority);
    }
    if let Some(class) = &spec.priority_class_name {
        page.field(0, "Priority Class Name", class);
    }
    if let Some(account) = &spec.service_account_name {
        page.field(0, "Service Account", account);
    }
    match spec.node_name.as_deref().filter(|node| !node.is_empty()) {
        None => page.field(0, "Node", NONE),
        Some(node) => page.field(0, "Node", format!("{node}/{}", status.host_ip.as_deref().unwrap_or(""))),
    }
    if let Some(start) = &status.start_time {
        page.field(0, "Start Time", date(start));
    }
    labels(page, "Labels", pod.metadata.labels.as_ref());
    annotations(page, "Annotations", pod.metadata.annotations.as_ref());
    let phase = status.phase.as_deref().unwrap_or("");
    match &pod.metadata.deletion_timestamp {
        Some(deleted) if !matches!(phase, "Failed" | "Succeeded") => {
            let since = age(at.since(SimTime::from_time(deleted)));
            page.field(0, "Status", format!("Terminating (lasts {since})"));
            let grace = pod.metadata.deletion_grace_period_seconds.unwrap_or(0);
            page.field(0, "Termination Grace Period", format!("{grace}s"));
        }
        _ => page.field(0, "Status", phase),
    }
    for (title, text) in [("Reason", &status.reason), ("Message", &status.message)] {
        if let Some(text) = text {
            page.field(0, title, text);
        }
    }
    page.field(0, "IP", status.pod_ip.as_deref().unwrap_or(""));
    match status.pod_ips.as_deref().unwrap_or_default() {
        [] => page.field(0, "IPs", NONE),
        ips => {
            page.line(0, "IPs:");
            ips.iter().for_each(|ip| page.field(1, "IP", &ip.ip));
        }
    }
    controlled_by(page, pod);
    if let Some(node) = &status.nominated_node_name {
        page.field(0, "NominatedNodeName", node);
    }
    if let Some(resources) = &spec.resources {
        page.line(0, "Resources:");
        container::resources(page, resources, 1);
    }
    let init = spec.init_containers.as_deref().unwrap_or_default();
    let resolve = |path: &str| container::field_of(pod, path);
    if !init.is_empty() {
        let statuses = status.init_container_statuses.as_deref().unwrap_or_default();
        container::containers(page, "Init Containers", init, statuses, &resolve, "");
    }
    let statuses = status.container_statuses.as_deref().unwrap_or_default();
    container::containers(page, "Containers", &spec.containers, statuses, &resolve, "");
    let conditions = status.conditions.as_deref().unwrap_or_default();
    let value =
        |type_: &str| conditions.iter().find(|c| c.type_ == type_).map_or(NONE, |c| c.status.as_str());
    let gates = spec.readiness_gates.as_deref().unwrap_or_default();
    if !gates.is_empty() {
        page.line(0, "Readiness Gates:\n  Type\tStatus");
        let mut row = |type_: &str| page.line(1, &format!("{type_} \t{} ", value(type_)));
        gates.iter().for_each(|gate| row(&gate.condition_type));
    }
    if !conditions.is_empty() {
        page.line(0, "Conditions:\n  Type\tStatus");
        conditions.iter().for_each(|c| page.line(1, &format!("{} \t{} ", c.type_, c.status)));
    }
    template::volumes(page, spec.volumes.as_deref().unwrap_or_default(), "");
    page.field(0, "QoS Class", status.qos_class.as_deref().unwrap_or(""));
    labels(page, "Node-Selectors", spec.node_selector.as_ref());
    tolerations(page, "Tolerations", spec.tolerations.as_deref().unwrap_or_default());
    template::spread(page, spec.topology_spread_constraints.as_deref().unwrap_or_default(), "");
}

fn controlled_by<T: Resource>(page: &mut Page, object: &T) {
    if let Some(owner) = object.controller() {
        page.field(0, "Controlled By", format!("{}/{}", owner.kind, owner.name));
    }
}

/// A moment as Go's RFC1123Z writes it.
fn date(time: &Time) -> String {
    time.0.strftime("%a, %d %b %Y %H:%M:%S %z").to_string()
}

/// Labels, each in a line of its own.
fn labels(page: &mut Page, title: &str, labels: Option<&BTreeMap<String, String>>) {
    let lines = labels.into_iter().flatten().map(|(key, value)| format!("{key}={value}"));
    lines_below(page, title, lines.collect());
}

/// A title and, beside and below it, lines; `<none>` where there are none.
fn lines_below(page: &mut Page, title: &str, lines: Vec<String>) {
    page.add(0, &format!("{title}:\t"));
    if lines.is_empty() {
        page.line(0, NONE);
    }
    for (index, line) in lines.iter().enumerate() {
        page.line(0, &format!("{}{line}", if index == 0 { "" } else { "\t" }));
    }
}

fn annotations(page: &mut Page, title: &str, annotations: Option<&BTreeMap<String, String>>) {
    let mut lines = Vec::new();
    for (key, value) in annotations.into_iter().flatten().filter(|(key, _)| *key != LAST_APPLIED) {
        let value = value.strip_suffix('\n').unwrap_or(value);
        if value.len() + key.len() + 2 > LONGEST_ANNOTATION || value.contains('\n') {
            lines.push(format!("{key}:"));
            lines
                .extend(value.split('\n').map(|line| format!("  {}", shorten(line, LONGEST_ANNOTATION - 2))));
        } else {
            lines.push(format!("{key}: {value}"));
        }
    }
    lines_below(page, title, lines);
}

fn shorten(text: &str, most: usize) -> String {
    if text.chars().count() > most {
        text.chars().take(most).chain("...".chars()).collect()
    } else {
        text.to_owned()
    }
}

fn tolerations(page: &mut Page, title: &str, tolerations: &[Toleration]) {
    let mut sorted: Vec<&Toleration> = tolerations.iter().collect();
    sorted.sort_by_key(|toleration| toleration.key.clone().unwrap_or_default());
    lines_below(page, title, sorted.into_iter().map(toleration).collect());
}

fn toleration(toleration: &Toleration) -> String {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let (mut line, value, effect) =
        (text(&toleration.key), text(&toleration.value), text(&toleration.effect));
    if !value.is_empty() {
        line.push_str(&format!("={value}"));
    }
    if !effect.is_empty() {
        line.push_str(&format!(":{effect}"));
    }
    if toleration.operator.as_deref() == Some("Exists") && value.is_empty() {
        line.push_str(if line.is_empty() { "op=Exists" } else { " op=Exists" });
    }
    if let Some(seconds) = toleration.toleration_seconds {
        line.push_str(&format!(" for {seconds}s"));
    }
    line
}

/// The Events about an object, by when they were seen last; those that do not say so come first, as with kubectl.
fn events(page: &mut Page, object: &Object, state: &State, at: SimTime) {
    let uid = object.metadata().uid.as_deref();
    let all = state.by_age::<Event>().into_iter();
    let mut about: Vec<&Event> =
        all.map(AsRef::as_ref).filter(|event| event.involved_object.uid.as_deref() == uid).collect();
    about.sort_by_key(|event| event.last_timestamp.as_ref().map(SimTime::from_time));
    if about.is_empty() {
        return page.field(0, "Events", NONE);
    }
    page.line(0, "Events:");
    page.line(1, "Type\tReason\tAge\tFrom\tMessage");
    page.line(1, "----\t------\t----\t----\t-------");
    for event in about {
        let since =
            |time: Option<SimTime>| time.map_or_else(|| "<unknown>".to_owned(), |time| age(at.since(time)));
        let micro = |time: &MicroTime| SimTime::from_time(&Time(time.0));
        let begun = event.event_time.as_ref().map(micro);
        let first = since(begun.or_else(|| event.first_timestamp.as_ref().map(SimTime::from_time)));
        let interval = match (&event.series, event.count) {
            (Some(series), _) => {
                let last = since(series.last_observed_time.as_ref().map(micro));
                format!("{last} (x{} over {first})", series.count.unwrap_or(0))
            }
            (None, Some(count)) if count > 1 => {
                let last = since(event.last_timestamp.as_ref().map(SimTime::from_time));
                format!("{last} (x{count} over {first})")
            }
            (None, _) => first,
        };
        let word = |text: &Option<String>| text.clone().unwrap_or_default();
        let source = event.source.as_ref().and_then(|source| source.component.clone());
        let source =
            source.filter(|name| !name.is_empty()).unwrap_or_else(|| word(&event.reporting_component));
        let message = word(&event.message);
        let cells = [word(&event.type_), word(&event.reason), interval, source, message.trim().to_owned()];
        page.line(1, &cells.join("\t"));
    }
}
