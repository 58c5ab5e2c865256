//! `kubectl get` of everything that makes Pods.

use super::{NONE, Table, age, age_of, containers, labels, listed, selector};
use crate::cluster::clock::SimTime;
use crate::cluster::object::Resource;
use crate::cluster::quantity::Quantity;
use crate::cluster::state::State;
use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, ReplicaSet, StatefulSet};
use k8s_openapi::api::autoscaling::v2::{
    HorizontalPodAutoscaler, MetricSpec, MetricStatus, MetricTarget, MetricValueStatus,
};
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
    let (source, current) = (&spec.type_, current(status));
    match source.as_str() {
        "Resource" => spec.resource.as_ref().map(|own| of_pods(&own.name, &own.target, current)),
        "ContainerResource" => {
            spec.container_resource.as_ref().map(|own| of_pods(&own.name, &own.target, current))
        }
        "Pods" => spec.pods.as_ref().map(|own| of_whole(&own.target, current, "")),
        "Object" => spec.object.as_ref().map(|own| of_whole(&own.target, current, " (avg)")),
        "External" => spec.external.as_ref().map(|own| of_whole(&own.target, current, " (avg)")),
        _ => None,
    }
    .unwrap_or_else(|| "<unknown type>".to_owned())
}

fn current(status: Option<&MetricStatus>) -> Option<&MetricValueStatus> {
    let status = status?;
    let resource = status.resource.as_ref().map(|own| &own.current);
    let container = || status.container_resource.as_ref().map(|own| &own.current);
    let pods = || status.pods.as_ref().map(|own| &own.current);
    let object = || status.object.as_ref().map(|own| &own.current);
    resource
        .or_else(container)
        .or_else(pods)
        .or_else(object)
        .or_else(|| Some(&status.external.as_ref()?.current))
}

/// An amount in its shortest form.
fn amount(quantity: Option<&ApiQuantity>) -> String {
    let parsed = quantity.and_then(|quantity| Quantity::parse(&quantity.0).ok());
    parsed.map_or_else(|| "<unknown>".to_owned(), |quantity| quantity.to_string())
}

/// `cpu: 45%/50%`, or with amounts where the target is one.
fn of_pods(name: &str, target: &MetricTarget, current: Option<&MetricValueStatus>) -> String {
    if let Some(wanted) = &target.average_value {
        let now = amount(current.and_then(|current| current.average_value.as_ref()));
        return format!("{name}: {now}/{}", amount(Some(wanted)));
    }
    let percent =
        |value: Option<i32>, or: &str| value.map_or_else(|| or.to_owned(), |percent| format!("{percent}%"));
    let now = percent(current.and_then(|current| current.average_utilization), "<unknown>");
    format!("{name}: {now}/{}", percent(target.average_utilization, "<auto>"))
}

/// `90/100`; a share for each Pod is marked.
fn of_whole(target: &MetricTarget, current: Option<&MetricValueStatus>, mark: &str) -> String {
    if let Some(wanted) = &target.average_value {
        let now = amount(current.and_then(|current| current.average_value.as_ref()));
        return format!("{now}/{}{mark}", amount(Some(wanted)));
    }
    let now = amount(current.and_then(|current| current.value.as_ref()));
    format!("{now}/{}", amount(target.value.as_ref()))
}
