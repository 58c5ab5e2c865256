//! `metric`: what a metrics adapter serves to autoscalers, beyond CPU and memory.
//!
//! `{ deployment/web: { http_requests: 240 } }` is about an object (a workload's metric is that of all its Pods together);
//! `{ external: { queue_messages: 90 } }` about something outside the cluster. A value may grow: `{ value: 90, over: 2m }`.
//! What comes from outside may have labels, by which autoscalers choose: `{ value: 90, labels: { queue: a } }`, or a list of
//! such.

use super::{Deed, Next, Refused};
use crate::cluster::clock::Millis;
use crate::cluster::engine::World;
use crate::cluster::metrics::Subject;
use crate::cluster::object::{DEFAULT_NAMESPACE, Key, Kind};
use crate::cluster::quantity::Quantity;
use crate::cluster::scenario::{Reader, at, item};
use crate::cluster::selector::Labels;
use crate::yaml::{Node, Value};
use std::sync::Arc;

#[derive(Debug)]
struct Metric(Vec<One>);

#[derive(Debug)]
struct One {
    subject: Subject,
    /// As the file has it.
    about: String,
    name: String,
    value: Quantity,
    over: Millis,
}

pub(super) fn read(reader: &mut Reader<'_>, map: &Node, path: &str) -> Option<Arc<dyn Deed>> {
    if map.entries().is_empty() {
        reader.expected(map, path, "targets");
        return None;
    }
    let mut metrics = Vec::new();
    for entry in map.entries() {
        let path = at(path, &entry.key);
        let subject = match entry.key.split_once('/') {
            _ if entry.key == "external" => Some(Subject::External(Labels::new())),
            Some((kind, name)) => Kind::parse(kind).map(|kind| Subject::Object(kind, key(kind, name))),
            None => None,
        };
        let Some(subject) = subject else {
            reader.wrong(map, &path, "bad-target", entry.key.as_str(), "");
            return None;
        };
        if entry.value.entries().is_empty() {
            reader.expected(&entry.value, &path, "mapping");
            return None;
        }
        for metric in entry.value.entries() {
            let path = at(&path, &metric.key);
            let series: Vec<(&Node, String)> = match &metric.value.value {
                Value::Seq(items) if matches!(subject, Subject::External(_)) => {
                    items.iter().enumerate().map(|(i, node)| (node, item(&path, i))).collect()
                }
                _ => vec![(&metric.value, path)],
            };
            for (node, path) in series {
                let (value, over) = read_value(reader, node, &path, &subject)?;
                let subject = match &subject {
                    Subject::External(_) => Subject::External(read_labels(reader, node, &path)?),
                    Subject::Object(..) => subject.clone(),
                };
                let (about, name) = (entry.key.clone(), metric.key.clone());
                metrics.push(One { subject, about, name, value, over });
            }
        }
    }
    Some(Arc::new(Metric(metrics)))
}

fn key(kind: Kind, name: &str) -> Key {
    if kind.is_namespaced() { Key::new(DEFAULT_NAMESPACE, name) } else { Key::cluster_wide(name) }
}

fn read_value(
    reader: &mut Reader<'_>,
    node: &Node,
    path: &str,
    subject: &Subject,
) -> Option<(Quantity, Millis)> {
    if !matches!(node.value, Value::Map(_)) {
        return Some((reader.quantity(node, path)?, Millis::ZERO));
    }
    let known: &[&str] = match subject {
        Subject::External(_) => &["value", "over", "labels"],
        Subject::Object(..) => &["value", "over"],
    };
    if !reader.keys(node, path, known) {
        return None;
    }
    let value = reader.required(node, path, "value")?;
    let value = reader.quantity(value, &at(path, "value"))?;
    let over = match node.get("over") {
        Some(over) => reader.duration(over, &at(path, "over"))?,
        None => Millis::ZERO,
    };
    Some((value, over))
}

fn read_labels(reader: &mut Reader<'_>, node: &Node, path: &str) -> Option<Labels> {
    let mut labels = Labels::new();
    let Some(map) = node.get("labels") else { return Some(labels) };
    let path = at(path, "labels");
    if !matches!(map.value, Value::Map(_)) {
        reader.expected(map, &path, "mapping");
        return None;
    }
    for entry in map.entries() {
        let Some(value) = entry.value.scalar() else {
            reader.expected(&entry.value, &at(&path, &entry.key), "string");
            return None;
        };
        labels.insert(entry.key.clone(), value);
    }
    Some(labels)
}

/// Labels as Prometheus writes them; nothing if there are none.
fn braced(subject: &Subject) -> String {
    match subject {
        Subject::External(labels) if !labels.is_empty() => {
            let labels: Vec<String> = labels.iter().map(|(key, value)| format!("{key}={value:?}")).collect();
            format!("{{{}}}", labels.join(","))
        }
        Subject::External(_) | Subject::Object(..) => String::new(),
    }
}

impl Deed for Metric {
    fn words(&self) -> String {
        let one = |metric: &One| {
            let One { subject, about, name, value, over } = metric;
            let over = if *over == Millis::ZERO { String::new() } else { format!(" over {over}") };
            format!("{about}: {name}{} = {value}{over}", braced(subject))
        };
        self.0.iter().map(one).collect::<Vec<_>>().join("; ")
    }

    fn act(&self, world: &mut World) -> Result<Next, Refused> {
        let now = world.now;
        for metric in &self.0 {
            let value = metric.value.milli();
            world.metrics.set(metric.subject.clone(), &metric.name, value, now, metric.over);
        }
        Ok(Next::Done)
    }
}
