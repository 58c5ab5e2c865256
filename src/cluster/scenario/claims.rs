//! Claims: a time, or a stretch of time, and an expression that must hold then.

use super::MAX_ENTRIES;
use super::reader::{Reader, at, item};
use crate::cluster::claim::{Claim, When, check_expression};
use crate::cluster::clock::{Millis, SimTime};
use crate::yaml::Node;

pub(super) const KEYS: [&str; 6] = ["at", "that", "from", "to", "always", "say"];

/// Reads `claims`.
pub(super) fn read(reader: &mut Reader<'_>, list: &Node, end: SimTime) -> Vec<Claim> {
    let items = reader.seq(list, "claims");
    if items.len() > MAX_ENTRIES {
        reader.wrong(list, "claims", "too-many", items.len().to_string(), MAX_ENTRIES.to_string());
        return Vec::new();
    }
    let mut claims = Vec::new();
    for (i, map) in items.iter().enumerate() {
        claims.extend(read_claim(reader, map, &item("claims", i), end));
    }
    claims
}

fn read_claim(reader: &mut Reader<'_>, map: &Node, path: &str, end: SimTime) -> Option<Claim> {
    if !reader.keys(map, path, &KEYS) {
        return None;
    }
    let say = map.get("say").and_then(|say| reader.text(say, &at(path, "say")));
    let place = map.place(reader.file(), path);
    let (when, that, key) = if let Some(always) = map.get("always") {
        for (key, value) in [("at", map.get("at")), ("that", map.get("that"))] {
            if let Some(value) = value {
                reader.wrong(value, &at(path, key), "key-beside", key, "always");
            }
        }
        let from = read_time(reader, map, path, "from", end, SimTime::ZERO)?;
        let to = read_time(reader, map, path, "to", end, end)?;
        if from > to {
            let node = map.get("to").or(map.get("from")).unwrap_or(map);
            reader.wrong(node, &at(path, "to"), "too-late", from.to_string(), to.to_string());
        }
        (When::Always { from, to }, always, "always")
    } else {
        for (key, value) in [("from", map.get("from")), ("to", map.get("to"))] {
            if let Some(value) = value {
                reader.wrong(value, &at(path, key), "key-beside", key, "that");
            }
        }
        let that = reader.required(map, path, "that");
        reader.required(map, path, "at")?;
        (When::At(read_time(reader, map, path, "at", end, end)?), that?, "that")
    };
    let path = at(path, key);
    // `true` is an expression too, though YAML reads more into it.
    let Some(expression) = that.scalar() else {
        reader.expected(that, &path, "string");
        return None;
    };
    if let Err(error) = check_expression(&expression) {
        reader.wrong(that, &path, "bad-expression", error.to_string(), "");
    }
    Some(Claim { when, that: expression, say, place })
}

/// A moment: a duration since the beginning, or `end`.
fn read_time(
    reader: &mut Reader<'_>,
    map: &Node,
    path: &str,
    key: &str,
    end: SimTime,
    default: SimTime,
) -> Option<SimTime> {
    match map.get(key) {
        None => Some(default),
        Some(node) if node.as_str() == Some("end") => Some(end),
        Some(node) => reader.time(node, &at(path, key), Millis(end.0)).map(|span| SimTime(span.0)),
    }
}
