//! What a person does to the cluster in a scenario's timeline: `kubectl`'s verbs, and what befalls machines.
//!
//! One file per verb or small group of verbs, and one table ([`TABLE`]) in which each is registered. Reading gives an
//! [`Action`] that needs no further checking but against the cluster of its moment; doing it goes through the API server
//! as kubectl would, or signals to the machines what befell them. An action never waits: what goes on (a drain) is done
//! again later ([`Next::Again`]). What kubectl refuses to do because of the state of the cluster, not of what the file says,
//! is no mistake of the file: it is told ([`Next::Told`]), and the scenario goes on.

mod apply;
mod container;
mod delete;
mod drain;
mod edit;
mod image;
mod label;
mod load;
mod metric;
mod node;
mod patch;
mod rollout;
mod scale;
mod target;

#[cfg(test)]
mod drain_tests;
#[cfg(test)]
mod tests;

pub(super) use apply::apply;

use super::api::ApiError;
use super::clock::SimTime;
use super::engine::World;
use super::scenario::{Reader, at};
use crate::problem::{Place, Problem};
use crate::yaml::{Node, Value};
use std::fmt;
use std::sync::Arc;

/// The verbs, an example of what stands behind each, and who reads that.
const TABLE: [(&str, &str, Read); 28] = [
    (
        "apply",
        "|\n  apiVersion: v1\n  kind: ConfigMap\n  metadata: { name: settings }\n  data: { mode: fast }",
        apply::read,
    ),
    ("delete", "{ target: pod/web-0, grace: 5s }", delete::read),
    ("scale", "{ deployment/web: 5 }", scale::read),
    ("set-image", "{ deployment/web: web:2 }", image::read),
    ("rollout", "{ undo: deployment/web, to: 1 }", rollout::read),
    ("patch", "{ deployment/web: { spec: { minReadySeconds: 10 } } }", patch::read),
    ("label", "{ node/node-a: { disk: ssd, zone: null } }", label::read_label),
    ("annotate", "{ deployment/web: { team: blue } }", label::read_annotate),
    ("taint", "{ node-a: [team=blue:NoSchedule, old-] }", node::read_taint),
    ("cordon", "node-a", node::read_cordon),
    ("uncordon", "node-a", node::read_uncordon),
    ("drain", "{ node: node-a, ignore-daemonsets: true, timeout: 1m }", drain::read),
    ("add-node", "{ name: node-c, cpu: 2, labels: { disk: ssd } }", node::read_add),
    ("remove-node", "node-a", node::read_remove),
    ("fail-node", "node-a", node::read_fail),
    ("recover-node", "node-a", node::read_recover),
    ("shut-down-node", "{ node: node-a, grace: 30s, critical: 10s }", node::read_shut_down),
    ("crash", "{ pod: deployment/web#0, container: app, code: 3 }", container::read_crash),
    ("finish", "job/report#0", container::read_finish),
    ("unready", "{ pod: web-0, container: app }", container::read_unready),
    ("ready", "web-0", container::read_ready),
    ("load", "{ deployment/web: { cpu: 900m, over: 2m } }", load::read_load),
    ("metric", "{ external: { queue_messages: { value: 90, labels: { queue: a } } } }", metric::read),
    ("fill-disk", "{ node-a: 95% }", load::read_fill_disk),
    ("fill-image-disk", "{ node-a: 95% }", load::read_fill_image_disk),
    ("fill-inodes", "{ node-a: 95% }", load::read_fill_inodes),
    ("fill-memory", "{ node-a: 95% }", load::read_fill_memory),
    ("fill-pids", "{ node-a: 95% }", load::read_fill_pids),
];

/// The verbs, each with an example of what stands behind it.
pub fn verbs() -> impl Iterator<Item = (&'static str, &'static str)> {
    TABLE.into_iter().map(|(verb, example, _)| (verb, example))
}

type Read = fn(&mut Reader<'_>, &Node, &str) -> Option<Arc<dyn Deed>>;

/// What a verb does.
trait Deed: fmt::Debug + Send + Sync {
    /// The same as a person would type it.
    fn words(&self) -> String;

    /// The Nodes that must be there for it.
    fn nodes(&self) -> Vec<&str> {
        Vec::new()
    }

    /// The Node that it adds.
    fn new_node(&self) -> Option<&str> {
        None
    }

    /// Does it.
    fn act(&self, world: &mut World) -> Result<Next, Refused>;
}

/// What is left to do after an action.
enum Next {
    /// Nothing.
    Done,
    /// This, later.
    Again(SimTime, Arc<dyn Deed>),
    /// Nothing: kubectl has done nothing, or no more, and says why, which changes nothing for anybody else.
    Told(String),
}

/// What is left of an action that was done.
pub(super) enum Left {
    /// Nothing.
    Nothing,
    /// This, to be done at that time.
    Later(SimTime, Action),
    /// What kubectl printed when it did nothing, or no more.
    Error(String),
}

/// Why an action was not done; several reasons where a manifest has several faults.
#[derive(Debug)]
pub(super) struct Refused(Vec<Refusal>);

#[derive(Debug)]
struct Refusal {
    kind: &'static str,
    found: String,
    expected: String,
    /// Where in the file, where that is nearer than the action itself.
    at: Option<Place>,
}

impl Refused {
    fn new(kind: &'static str, found: impl Into<String>) -> Refused {
        Refused(vec![Refusal { kind, found: found.into(), expected: String::new(), at: None }])
    }

    /// The same as problems of a file.
    pub(super) fn into_problems(self, place: &Place) -> Vec<Problem> {
        let problem = |refusal: Refusal| {
            Problem::error(refusal.at.unwrap_or_else(|| place.clone()), refusal.kind)
                .found(refusal.found)
                .expected(refusal.expected)
        };
        self.0.into_iter().map(problem).collect()
    }
}

impl From<ApiError> for Refused {
    fn from(error: ApiError) -> Refused {
        Refused::new("refused", error.to_string())
    }
}

/// One action, and where it stands in the scenario's file.
#[derive(Clone, Debug)]
pub struct Action {
    deed: Arc<dyn Deed>,
    place: Place,
}

impl Action {
    /// The action as a person would type it.
    pub fn words(&self) -> String {
        self.deed.words()
    }

    /// Where it stands in the file.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// The Nodes that must be there for it.
    pub fn nodes(&self) -> Vec<&str> {
        self.deed.nodes()
    }

    /// The Node that it adds.
    pub fn new_node(&self) -> Option<&str> {
        self.deed.new_node()
    }

    /// Does it now; returns what is left of it.
    pub(super) fn act(&self, world: &mut World) -> Result<Left, Refused> {
        Ok(match self.deed.act(world)? {
            Next::Done => Left::Nothing,
            Next::Again(at, deed) => Left::Later(at, Action { deed, place: self.place.clone() }),
            Next::Told(error) => Left::Error(error),
        })
    }
}

/// Reads what stands behind `do`: a mapping from verbs to what they are about.
pub(super) fn read(reader: &mut Reader<'_>, map: &Node, path: &str) -> Option<Vec<Action>> {
    if !matches!(map.value, Value::Map(_)) || map.entries().is_empty() {
        reader.expected(map, path, "action");
        return None;
    }
    let mut actions = Vec::new();
    for entry in map.entries() {
        let path = at(path, &entry.key);
        let Some((.., read)) = TABLE.iter().find(|(verb, ..)| *verb == entry.key) else {
            let known: Vec<&str> = verbs().map(|(verb, _)| verb).collect();
            reader.wrong(map, &path, "unknown-action", entry.key.as_str(), known.join(", "));
            continue;
        };
        let place = entry.value.place(reader.file(), &path);
        actions.extend(read(reader, &entry.value, &path).map(|deed| Action { deed, place }));
    }
    Some(actions)
}
