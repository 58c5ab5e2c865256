//! What `kubectl get`, `describe` and `rollout status` print: the same columns, words, ages and spacing.
//!
//! Sources: `pkg/printers/internalversion/printers.go`, `staging/src/k8s.io/cli-runtime/pkg/printers`,
//! apimachinery `pkg/util/duration`. A [`State`] and a moment go in, a [`Table`] comes out; its `Display` is the text.

mod age;
mod config;
mod describe;
mod nodes;
mod pods;
mod rollout_status;
mod services;
mod storage;
mod workloads;

#[cfg(test)]
mod tests;

pub use age::age;
pub use config::{config_maps, namespaces, secrets};
pub use describe::describe;
pub use nodes::nodes;
pub(crate) use nodes::{node_ready, node_status, taint_word};
pub use pods::pods;
pub(crate) use pods::{restarts, status_word};
pub use rollout_status::rollout_status;
pub use services::{budgets, endpoint_slices, events, services};
pub use storage::{attachments, claims, classes, volumes};
pub use workloads::{
    autoscalers, cron_jobs, daemon_sets, deployments, jobs, replica_sets, replication_controllers,
    stateful_sets,
};

use super::clock::SimTime;
use super::object::{Kind, Resource};
use super::state::State;
use k8s_openapi::api::core::v1::PodTemplateSpec;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};
use std::fmt;

/// What stands where there is nothing.
const NONE: &str = "<none>";

/// A cell is this much wider than its words (`tabwriterPadding`).
const PADDING: usize = 3;
/// The least width of a cell with its padding (`tabwriterMinWidth`).
const MIN_WIDTH: usize = 6;

/// A table as kubectl prints it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// The headings.
    pub headers: Vec<&'static str>,
    /// The rows; each has as many cells as there are headings.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    fn new(narrow: &[&'static str], wide: Option<&[&'static str]>) -> Table {
        let headers = narrow.iter().chain(wide.into_iter().flatten()).copied().collect();
        Table { headers, rows: Vec::new() }
    }

    /// Whether there is nothing to print.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |cell: &str| cell.chars().count();
        let mut widths: Vec<usize> = self.headers.iter().map(|header| width(header)).collect();
        for row in &self.rows {
            for (column, cell) in widths.iter_mut().zip(row) {
                *column = (*column).max(width(cell));
            }
        }
        let line = |f: &mut fmt::Formatter<'_>, cells: &mut dyn Iterator<Item = &str>| {
            let mut cells = cells.zip(&widths).peekable();
            while let Some((cell, column)) = cells.next() {
                f.write_str(cell)?;
                if cells.peek().is_some() {
                    let padded = (column + PADDING).max(MIN_WIDTH);
                    write!(f, "{:1$}", "", padded - width(cell))?;
                }
            }
            f.write_str("\n")
        };
        line(f, &mut self.headers.iter().copied())?;
        for row in &self.rows {
            line(f, &mut row.iter().map(String::as_str))?;
        }
        Ok(())
    }
}

type Printer = fn(&State, SimTime, bool) -> Table;

/// The kinds of `kubectl get all,nodes`, in its order, with what their names are prefixed with.
const ALL: [(&str, Printer); 11] = [
    ("pod", pods),
    ("replicationcontroller", replication_controllers),
    ("service", services),
    ("daemonset.apps", daemon_sets),
    ("deployment.apps", deployments),
    ("replicaset.apps", replica_sets),
    ("statefulset.apps", stateful_sets),
    ("horizontalpodautoscaler.autoscaling", autoscalers),
    ("cronjob.batch", cron_jobs),
    ("job.batch", jobs),
    ("node", nodes),
];

/// `kubectl get all,nodes -o wide`.
pub fn table(state: &State, at: SimTime) -> String {
    let mut text = String::new();
    for (prefix, print) in ALL {
        let mut table = print(state, at, true);
        if table.is_empty() {
            continue;
        }
        for row in &mut table.rows {
            if let Some(name) = row.first_mut() {
                *name = format!("{prefix}/{name}");
            }
        }
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&table.to_string());
    }
    text
}

/// The table of a kind; `None` for kinds that nobody asks for in a lesson.
pub fn kind(kind: Kind, state: &State, at: SimTime, wide: bool) -> Option<Table> {
    let print: Printer = match kind {
        Kind::Pod => pods,
        Kind::Node => nodes,
        Kind::Deployment => deployments,
        Kind::ReplicaSet => replica_sets,
        Kind::ReplicationController => replication_controllers,
        Kind::StatefulSet => stateful_sets,
        Kind::DaemonSet => daemon_sets,
        Kind::Job => jobs,
        Kind::CronJob => cron_jobs,
        Kind::HorizontalPodAutoscaler => autoscalers,
        Kind::ConfigMap => config_maps,
        Kind::Secret => secrets,
        Kind::Service => services,
        Kind::EndpointSlice => endpoint_slices,
        Kind::PersistentVolumeClaim => claims,
        Kind::PersistentVolume => volumes,
        Kind::StorageClass => classes,
        Kind::VolumeAttachment => attachments,
        Kind::PodDisruptionBudget => budgets,
        Kind::Event => events,
        Kind::Namespace => namespaces,
        Kind::PriorityClass | Kind::CSINode | Kind::ControllerRevision => return None,
    };
    Some(print(state, at, wide))
}

/// The age of an object.
fn age_of(meta: &ObjectMeta, at: SimTime) -> String {
    meta.creation_timestamp
        .as_ref()
        .map_or_else(|| "<unknown>".to_owned(), |time| age(at.since(SimTime::from_time(time))))
}

/// The objects of a kind, by namespace and name.
fn listed<T: Resource>(state: &State) -> impl Iterator<Item = &T> {
    state.list::<T>().map(AsRef::as_ref)
}

/// The columns CONTAINERS and IMAGES of a Pod template.
fn containers(template: Option<&PodTemplateSpec>) -> [String; 2] {
    let list = template.and_then(|template| template.spec.as_ref()).map(|spec| spec.containers.as_slice());
    let list = list.unwrap_or_default();
    let names: Vec<&str> = list.iter().map(|container| container.name.as_str()).collect();
    let images: Vec<&str> = list.iter().filter_map(|container| container.image.as_deref()).collect();
    [names.join(","), images.join(",")]
}

/// A selector as `metav1.FormatLabelSelector` writes it.
fn selector(selector: Option<&LabelSelector>) -> String {
    let Some(selector) = selector else { return NONE.to_owned() };
    let mut parts: Vec<String> =
        selector.match_labels.iter().flatten().map(|(key, value)| format!("{key}={value}")).collect();
    for requirement in selector.match_expressions.iter().flatten() {
        let (key, values) = (&requirement.key, requirement.values.clone().unwrap_or_default().join(","));
        parts.push(match requirement.operator.as_str() {
            "In" => format!("{key} in ({values})"),
            "NotIn" => format!("{key} notin ({values})"),
            "Exists" => key.clone(),
            _ => format!("!{key}"),
        });
    }
    if parts.is_empty() { NONE.to_owned() } else { parts.join(",") }
}

/// Labels that must all be equal, as a Service or a ReplicationController selects.
fn labels(labels: Option<&std::collections::BTreeMap<String, String>>) -> String {
    let parts: Vec<String> =
        labels.into_iter().flatten().map(|(key, value)| format!("{key}={value}")).collect();
    if parts.is_empty() { NONE.to_owned() } else { parts.join(",") }
}
