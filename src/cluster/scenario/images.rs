//! The simulated images of a scenario: `cluster.images`.

use super::reader::{Reader, at, item};
use crate::cluster::image::{Exit, Image, Images, ProbeResult, Probes};
use crate::cluster::quantity::Quantity;
use crate::yaml::{Node, Value};

pub(super) const KEYS: [&str; 13] = [
    "pull",
    "start",
    "ready",
    "stop",
    "exits",
    "ooms",
    "listens",
    "cpu",
    "memory",
    "disk",
    "probes",
    "entrypoint",
    "commands",
];
/// What stands behind `entrypoint` of an image that has none.
const NO_ENTRYPOINT: &str = "none";

/// Reads `cluster.images`.
pub(super) fn read(reader: &mut Reader<'_>, map: &Node, path: &str) -> Images {
    let mut images = Images::default();
    if !matches!(map.value, Value::Map(_) | Value::Null) {
        reader.expected(map, path, "mapping");
    }
    for entry in map.entries() {
        let path = at(path, &entry.key);
        images.insert(entry.key.clone(), read_image(reader, &entry.value, &path));
    }
    images
}

fn read_image(reader: &mut Reader<'_>, map: &Node, path: &str) -> Image {
    let mut image = Image::default();
    if map.value == Value::Null || !reader.keys(map, path, &KEYS) {
        return image;
    }
    if let Some(pull) = map.get("pull") {
        image.pull = match pull.as_str() {
            Some("fails") => None,
            _ => reader.duration(pull, &at(path, "pull")),
        };
    }
    for (key, span) in [("start", &mut image.start), ("ready", &mut image.ready), ("stop", &mut image.stop)] {
        if let Some(read) = map.get(key).and_then(|node| reader.duration(node, &at(path, key))) {
            *span = read;
        }
    }
    if let Some(exits) = map.get("exits") {
        image.exits = read_exit(reader, exits, &at(path, "exits"));
    }
    if let Some(ooms) = map.get("ooms") {
        let path = at(path, "ooms");
        if reader.keys(ooms, &path, &["after"]) {
            image.ooms = reader
                .required(ooms, &path, "after")
                .and_then(|after| reader.duration(after, &at(&path, "after")));
        }
    }
    if let Some(listens) = map.get("listens") {
        let path = at(path, "listens");
        for (i, port) in reader.seq(listens, &path).iter().enumerate() {
            let port = reader.whole(port, &item(&path, i), 1, 65_535);
            image.listens.extend(port.and_then(|port| u16::try_from(port).ok()));
        }
    }
    if let Some(cpu) = map.get("cpu") {
        image.cpu = reader.quantity(cpu, &at(path, "cpu")).map(Quantity::milli);
    }
    if let Some(memory) = map.get("memory") {
        image.memory = reader.quantity(memory, &at(path, "memory")).map(Quantity::value);
    }
    if let Some(disk) = map.get("disk") {
        image.disk = reader.quantity(disk, &at(path, "disk")).map(Quantity::value);
    }
    if let Some(probes) = map.get("probes") {
        image.probes = read_probes(reader, probes, &at(path, "probes"));
    }
    if let Some(entrypoint) = map.get("entrypoint") {
        image.has_entrypoint = entrypoint.as_str() != Some(NO_ENTRYPOINT);
        if image.has_entrypoint {
            reader.expected(entrypoint, &at(path, "entrypoint"), "no-entrypoint");
        }
    }
    if let Some(commands) = map.get("commands") {
        let path = at(path, "commands");
        let names = reader.seq(commands, &path).iter().enumerate();
        let mut read = Vec::new();
        for (i, name) in names {
            read.extend(reader.string(name, &item(&path, i)).map(str::to_owned));
        }
        image.commands = Some(read);
    }
    image
}

fn read_exit(reader: &mut Reader<'_>, map: &Node, path: &str) -> Option<Exit> {
    if !reader.keys(map, path, &["code", "after"]) {
        return None;
    }
    let code = match map.get("code") {
        Some(code) => reader.whole(code, &at(path, "code"), 0, 255)?,
        None => 0,
    };
    let after = reader.required(map, path, "after")?;
    let after = reader.duration(after, &at(path, "after"))?;
    Some(Exit { code: i32::try_from(code).unwrap_or_default(), after })
}

fn read_probes(reader: &mut Reader<'_>, map: &Node, path: &str) -> Probes {
    let mut probes = Probes::default();
    if !reader.keys(map, path, &["startup", "liveness", "readiness"]) {
        return probes;
    }
    for (key, results) in [
        ("startup", &mut probes.startup),
        ("liveness", &mut probes.liveness),
        ("readiness", &mut probes.readiness),
    ] {
        let Some(list) = map.get(key) else { continue };
        let path = at(path, key);
        for (i, result) in reader.seq(list, &path).iter().enumerate() {
            results.extend(read_probe(reader, result, &item(&path, i)));
        }
        results.sort_by_key(|result| result.from);
    }
    probes
}

/// `{ from: 10s, result: fail }`; the words of a probe's outcome are `success` and `failure`, shorter ones are taken too.
fn read_probe(reader: &mut Reader<'_>, map: &Node, path: &str) -> Option<ProbeResult> {
    if !reader.keys(map, path, &["from", "result"]) {
        return None;
    }
    let from = reader.required(map, path, "from")?;
    let from = reader.duration(from, &at(path, "from"))?;
    let result = reader.required(map, path, "result")?;
    let succeeds = match (&result.value, result.as_str()) {
        (Value::Bool(succeeds), _) => *succeeds,
        (_, Some("success" | "succeeds" | "ok" | "pass" | "passes")) => true,
        (_, Some("failure" | "fails" | "fail")) => false,
        _ => {
            reader.expected(result, &at(path, "result"), "success, failure");
            return None;
        }
    };
    Some(ProbeResult { from, succeeds })
}
