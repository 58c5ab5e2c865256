//! The timeline: what is done, and when.

use super::reader::{Reader, at, item};
use super::{Entry, MAX_ENTRIES};
use crate::cluster::action;
use crate::cluster::clock::{Millis, SimTime};
use crate::yaml::Node;

pub(super) const KEYS: [&str; 3] = ["at", "do", "say"];

/// Reads `timeline`. `nodes` are the names of the Nodes that are there at the beginning.
pub(super) fn read(reader: &mut Reader<'_>, list: &Node, end: SimTime, nodes: &[String]) -> Vec<Entry> {
    let items = reader.seq(list, "timeline");
    if items.len() > MAX_ENTRIES {
        reader.wrong(list, "timeline", "too-many", items.len().to_string(), MAX_ENTRIES.to_string());
        return Vec::new();
    }
    let mut entries = Vec::new();
    for (i, map) in items.iter().enumerate() {
        entries.extend(read_entry(reader, map, &item("timeline", i), end));
    }
    // Entries of one moment keep the order of the file.
    entries.sort_by_key(|entry: &Entry| entry.at);
    check_nodes(reader, &entries, nodes);
    entries
}

fn read_entry(reader: &mut Reader<'_>, map: &Node, path: &str, end: SimTime) -> Option<Entry> {
    if !reader.keys(map, path, &KEYS) {
        return None;
    }
    let when = reader.required(map, path, "at");
    let when = when.and_then(|node| reader.time(node, &at(path, "at"), Millis(end.0)));
    let say = map.get("say").and_then(|say| reader.text(say, &at(path, "say")));
    let actions =
        reader.required(map, path, "do").and_then(|node| action::read(reader, node, &at(path, "do")));
    Some(Entry {
        at: SimTime(when?.0),
        actions: actions.unwrap_or_default(),
        say,
        place: map.place(reader.file(), path),
    })
}

/// Every Node that an action names must be there by then.
fn check_nodes(reader: &mut Reader<'_>, entries: &[Entry], initial: &[String]) {
    let mut nodes: Vec<String> = initial.to_vec();
    for action in entries.iter().flat_map(|entry| &entry.actions) {
        nodes.extend(action.new_node().map(str::to_owned));
        for name in action.nodes() {
            if !nodes.iter().any(|node| node == name) {
                let problem = crate::problem::Problem::error(action.place().clone(), "unknown-node");
                reader.note(problem.found(name).expected(nodes.join(", ")));
            }
        }
    }
}
