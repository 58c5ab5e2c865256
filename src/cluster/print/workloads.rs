//! `kubectl get` of everything that makes Pods.

use super::{NONE, Table, age, age_of, containers, labels, listed, selector};
use crate::cluster::clock::SimTime;
use crate::cluster::object::Resource;
use crate::cluster::quantity::Quantity;
use crate::cluster::state::State;
use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, ReplicaSet, StatefulSet};
use k8s_openapi::api::autoscaling::v2::{HorizontalPodAutoscaler, MetricSpec, MetricStatus};
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::ReplicationController;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as ApiQuantity;

const TEMPLATE: [&str; 3] = ["CONTAINERS", "IMAGES", "SELECTOR"];

fn number(count: Option<i32>) -> String {
    count.unwrap_or(0).to_string()
}

/// `kubectl get deployments`.
pub fn deployments(state: &State, at: SimTime, wide: bool) -> Table {
    let narrow = ["NAME", "READY", "UP-TO-DATE", "AVAILABLE", "AGE"];
    let mut table = Table::new(&narrow, wide.then_some(&TEMPLATE[..]));
    for object in listed::<Deployment>(state) {
        let spec = object.spec.clone().unwrap_or_default();
        let status = object.status.clone().unwrap_or_default();
        let mut row = vec![
            object.name().to_owned(),
            format!("{}/{}", number(status.ready_replicas), number(spec.replicas)),
            number(status.updated_replicas),
            number(status.available_replicas),
            age_of(&object.metadata, at),
        ];
        if wide {
            row.extend(containers(Some(&spec.template)));
            row.push(selector(Some(&spec.selector)));
        }
        table.rows.push(row);
    }
    table
}

/// `kubectl get replicasets`.
pub fn replica_sets(state: &State, at: SimTime, wide: bool) -> Table {
    let narrow = ["NAME", "DESIRED", "CURRENT", "READY", "AGE"];
    let mut table = Table::new(&narrow, wide.then_some(&TEMPLATE[..]));
    for object in listed::<ReplicaSet>(state) {
        let spec = object.spec.clone().unwrap_or_default();
        let status = object.status.clone().unwrap_or_default();
        let mut row = vec![
            object.name().to_owned(),
            number(spec.replicas),
            status.replicas.to_string(),
            number(status.ready_replicas),
            age_of(&object.metadata, at),
        ];
        if wide {
            row.extend(containers(spec.template.as_ref()));
            row.push(selector(Some(&spec.selector)));
        }
        table.rows.push(row);
    }
    table
}

/// `kubectl get replicationcontrollers`.
pub fn replication_controllers(state: &State, at: SimTime, wide: bool) -> Table {
    let narrow = ["NAME", "DESIRED", "CURRENT", "READY", "AGE"];
    let mut table = Table::new(&narrow, wide.then_some(&TEMPLATE[..]));
    for object in listed::<ReplicationController>(state) {
        let spec = object.spec.clone().unwrap_or_default();
        let status = object.status.clone().unwrap_or_default();
        let mut row = vec![
            object.name().to_owned(),
            number(spec.replicas),
            status.replicas.to_string(),
            number(status.ready_replicas),
            age_of(&object.metadata, at),
        ];
        if wide {
            row.extend(containers(spec.template.as_ref()));
            row.push(labels(spec.selector.as_ref()));
        }
        table.rows.push(row);
    }
    table
}

/// `kubectl get statefulsets`.
pub fn stateful_sets(state: &State, at: SimTime, wide: bool) -> Table {
    let mut table = Table::new(&["NAME", "READY", "AGE"], wide.then_some(&TEMPLATE[..2]));
    for object in listed::<StatefulSet>(state) {
        let spec = object.spec.clone().unwrap_or_default();
        let ready = object.status.as_ref().and_then(|status| status.ready_replicas);
        let mut row = vec![
            object.name().to_owned(),
            format!("{}/{}", number(ready), number(spec.replicas)),
            age_of(&object.metadata, at),
        ];
        if wide {
            row.extend(containers(Some(&spec.template)));
        }
        table.rows.push(row);
    }
    table
}

/// `kubectl get daemonsets`.
pub fn daemon_sets(state: &State, at: SimTime, wide: bool) -> Table {
    let narrow = ["NAME", "DESIRED", "CURRENT", "READY", "UP-TO-DATE", "AVAILABLE", "NODE SELECTOR", "AGE"];
    let mut table = Table::new(&narrow, wide.then_some(&TEMPLATE[..]));
    for object in listed::<DaemonSet>(state) {
        let spec = object.spec.clone().unwrap_or_default();
        let status = object.status.clone().unwrap_or_default();
        let template = spec.template.spec.clone().unwrap_or_default();
        let mut row = vec![
            object.name().to_owned(),
            status.desired_number_scheduled.to_string(),
            status.current_number_scheduled.to_string(),
            status.number_ready.to_string(),
            number(status.updated_number_scheduled),
            number(status.number_available),
            labels(template.node_selector.as_ref()),
            age_of(&object.metadata, at),
        ];
        if wide {
            row.extend(containers(Some(&spec.template)));
            row.push(selector(Some(&spec.selector)));
        }
        table.rows.push(row);
    }
    table
}

/// `kubectl get jobs`.
pub fn jobs(state: &State, at: SimTime, wide: bool) -> Table {
    let narrow = ["NAME", "STATUS", "COMPLETIONS", "DURATION", "AGE"];
    let mut table = Table::new(&narrow, wide.then_some(&TEMPLATE[..]));
    for job in listed::<Job>(state) {
        let spec = job.spec.clone().unwrap_or_default();
        let status = job.status.clone().unwrap_or_default();
        let started = status.start_time.as_ref().map(SimTime::from_time);
        let ended = status.completion_time.as_ref().map_or(at, SimTime::from_time);
        let mut row = vec![
            job.name().to_owned(),
            job_status(job).to_owned(),
            completions(job),
            started.map_or_else(String::new, |started| age(ended.since(started))),
            age_of(&job.metadata, at),
        ];
        if wide {
            row.extend(containers(Some(&spec.template)));
            row.push(selector(spec.selector.as_ref()));
        }
        table.rows.push(row);
    }
    table
}

/// The first of these that holds.
fn job_status(job: &Job) -> &'static str {
    let conditions = job.status.iter().flat_map(|status| status.conditions.iter().flatten());
    let holds = |wanted: &str| {
        conditions
            .clone()
            .filter(|condition| condition.type_ == wanted)
            .any(|condition| condition.status == "True")
    };
    if holds("Complete") {
        "Complete"
    } else if holds("Failed") {
        "Failed"
    } else if job.metadata.deletion_timestamp.is_some() {
        "Terminating"
    } else if holds("Suspended") {
        "Suspended"
    } else if holds("FailureTarget") {
        "FailureTarget"
    } else if holds("SuccessCriteriaMet") {
        "SuccessCriteriaMet"
    } else {
        "Running"
    }
}

/// `2/5`; of a work queue `0/1 of 3`.
fn completions(job: &Job) -> String {
    let spec = job.spec.clone().unwrap_or_default();
    let succeeded = job.status.as_ref().and_then(|status| status.succeeded).unwrap_or(0);
    match (spec.completions, spec.parallelism.unwrap_or(0)) {
        (Some(wanted), _) => format!("{succeeded}/{wanted}"),
        (None, parallel) if parallel > 1 => format!("{succeeded}/1 of {parallel}"),
        (None, _) => format!("{succeeded}/1"),
    }
}

/// `kubectl get cronjobs`.
pub fn cron_jobs(state: &State, at: SimTime, wide: bool) -> Table {
    let narrow = ["NAME", "SCHEDULE", "TIMEZONE", "SUSPEND", "ACTIVE", "LAST SCHEDULE", "AGE"];
    let mut table = Table::new(&narrow, wide.then_some(&TEMPLATE[..]));
    for object in listed::<CronJob>(state) {
        let spec = object.spec.clone();
        let status = object.status.clone().unwrap_or_default();
        let last = status.last_schedule_time.as_ref().map(SimTime::from_time);
        let suspended = if spec.suspend == Some(true) { "True" } else { "False" };
        let mut row = vec![
            object.name().to_owned(),
            spec.schedule,
            spec.time_zone.unwrap_or_else(|| NONE.to_owned()),
            suspended.to_owned(),
            status.active.as_ref().map_or(0, Vec::len).to_string(),
            last.map_or_else(|| NONE.to_owned(), |last| age(at.since(last))),
            age_of(&object.metadata, at),
        ];
        if wide {
            let template = spec.job_template.spec.clone().unwrap_or_default();
            row.extend(containers(Some(&template.template)));
            row.push(selector(template.selector.as_ref()));
        }
        table.rows.push(row);
    }
    table
}

/// `kubectl get hpa`.
pub fn autoscalers(state: &State, at: SimTime, _wide: bool) -> Table {
    let narrow = ["NAME", "REFERENCE", "TARGETS", "MINPODS", "MAXPODS", "REPLICAS", "AGE"];
    let mut table = Table::new(&narrow, None);
    for object in listed::<HorizontalPodAutoscaler>(state) {
        let spec = object.spec.clone();
        let status = object.status.clone().unwrap_or_default();
        let minimum = spec.min_replicas.map_or_else(|| "<unset>".to_owned(), |count| count.to_string());
        table.rows.push(vec![
            object.name().to_owned(),
            format!("{}/{}", spec.scale_target_ref.kind, spec.scale_target_ref.name),
            targets(
                spec.metrics.as_deref().unwrap_or_default(),
                status.current_metrics.as_deref().unwrap_or_default(),
            ),
            minimum,
            spec.max_replicas.to_string(),
            number(status.current_replicas),
            age_of(&object.metadata, at),
        ]);
    }
    table
}

/// `cpu: 45%/50%`; two are shown.
fn targets(specs: &[MetricSpec], statuses: &[MetricStatus]) -> String {
    const SHOWN: usize = 2;
    if specs.is_empty() {
        return NONE.to_owned();
    }
    let shown: Vec<String> =
        specs.iter().enumerate().take(SHOWN).map(|(i, spec)| target(spec, statuses.get(i))).collect();
    let more = specs.len().saturating_sub(SHOWN);
    let rest = if more > 0 { format!(" + {more} more...") } else { String::new() };
    format!("{}{rest}", shown.join(", "))
}

fn target(spec: &MetricSpec, status: Option<&MetricStatus>) -> String {
    let Some(resource) = &spec.resource else { return format!("<unknown>/{}", spec.type_) };
    let current = status.and_then(|status| status.resource.as_ref()).map(|resource| &resource.current);
    let amount = |quantity: Option<&ApiQuantity>| {
        quantity.and_then(|quantity| Quantity::parse(&quantity.0).ok()).map(|quantity| quantity.to_string())
    };
    let unknown = || "<unknown>".to_owned();
    let (now, wanted) = if let Some(average) = &resource.target.average_value {
        let now = current.and_then(|current| amount(current.average_value.as_ref()));
        (now.unwrap_or_else(unknown), amount(Some(average)).unwrap_or_else(unknown))
    } else {
        let percent = |value: Option<i32>| value.map(|percent| format!("{percent}%"));
        let now = percent(current.and_then(|current| current.average_utilization));
        (
            now.unwrap_or_else(unknown),
            percent(resource.target.average_utilization).unwrap_or_else(|| "<auto>".to_owned()),
        )
    };
    format!("{}: {now}/{wanted}", resource.name)
}
