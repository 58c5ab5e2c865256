//! What machines measure: the CPU that a workload's Pods use in all, and how full a Node's disk, memory and the like are.

use super::{Deed, Next, Refused};
use crate::cluster::clock::Millis;
use crate::cluster::engine::{Pressure, Signal, World};
use crate::cluster::object::{DEFAULT_NAMESPACE, Key, Kind};
use crate::cluster::scenario::{Reader, at};
use crate::yaml::{Node, Value};
use std::sync::Arc;

#[derive(Debug)]
struct Load(Vec<(Kind, String, i64, Millis)>);

pub(super) fn read_load(reader: &mut Reader<'_>, map: &Node, path: &str) -> Option<Arc<dyn Deed>> {
    let mut loads = Vec::new();
    // A bare name is a Deployment's: `{ web: 800m }`.
    let entries = map.entries();
    if entries.is_empty() {
        reader.expected(map, path, "targets");
        return None;
    }
    for entry in entries {
        let path = at(path, &entry.key);
        let (kind, name) = match entry.key.split_once('/') {
            Some((kind, name)) => (Kind::parse(kind), name),
            None => (Some(Kind::Deployment), entry.key.as_str()),
        };
        let Some(kind) = kind else {
            reader.wrong(map, &path, "bad-target", entry.key.as_str(), "");
            return None;
        };
        let (cpu, over) = match &entry.value.value {
            Value::Map(_) => {
                if !reader.keys(&entry.value, &path, &["cpu", "over"]) {
                    return None;
                }
                let cpu = reader.required(&entry.value, &path, "cpu")?;
                let cpu = reader.quantity(cpu, &at(&path, "cpu"))?;
                let over = match entry.value.get("over") {
                    Some(over) => reader.duration(over, &at(&path, "over"))?,
                    None => Millis::ZERO,
                };
                (cpu, over)
            }
            _ => (reader.quantity(&entry.value, &path)?, Millis::ZERO),
        };
        loads.push((kind, name.to_owned(), cpu.milli(), over));
    }
    Some(Arc::new(Load(loads)))
}

impl Deed for Load {
    fn words(&self) -> String {
        let one = |(kind, name, cpu, over): &(Kind, String, i64, Millis)| {
            let over = if *over == Millis::ZERO { String::new() } else { format!(" over {over}") };
            format!("{}/{name}: {cpu}m CPU{over}", kind.name().to_lowercase())
        };
        self.0.iter().map(one).collect::<Vec<_>>().join("; ")
    }

    fn act(&self, world: &mut World) -> Result<Next, Refused> {
        for (kind, name, cpu, over) in &self.0 {
            let now = world.now;
            world.loads.set(*kind, Key::new(DEFAULT_NAMESPACE, name), *cpu, now, *over);
        }
        Ok(Next::Done)
    }
}

#[derive(Debug)]
struct Fill {
    nodes: Vec<(String, i64)>,
    what: Pressure,
}

pub(super) fn read_fill_disk(reader: &mut Reader<'_>, map: &Node, path: &str) -> Option<Arc<dyn Deed>> {
    read_fill(reader, map, path, Pressure::Disk)
}

pub(super) fn read_fill_image_disk(reader: &mut Reader<'_>, map: &Node, path: &str) -> Option<Arc<dyn Deed>> {
    read_fill(reader, map, path, Pressure::ImageDisk)
}

pub(super) fn read_fill_inodes(reader: &mut Reader<'_>, map: &Node, path: &str) -> Option<Arc<dyn Deed>> {
    read_fill(reader, map, path, Pressure::Inodes)
}

pub(super) fn read_fill_pids(reader: &mut Reader<'_>, map: &Node, path: &str) -> Option<Arc<dyn Deed>> {
    read_fill(reader, map, path, Pressure::Pids)
}

pub(super) fn read_fill_memory(reader: &mut Reader<'_>, map: &Node, path: &str) -> Option<Arc<dyn Deed>> {
    read_fill(reader, map, path, Pressure::Memory)
}

fn read_fill(reader: &mut Reader<'_>, map: &Node, path: &str, what: Pressure) -> Option<Arc<dyn Deed>> {
    if map.entries().is_empty() {
        reader.expected(map, path, "mapping");
        return None;
    }
    let mut nodes = Vec::new();
    for entry in map.entries() {
        let text = entry.value.scalar().unwrap_or_default();
        let percent = text.strip_suffix('%').and_then(|number| number.trim().parse().ok());
        let Some(percent) = percent.filter(|percent| (0..=100).contains(percent)) else {
            reader.expected(&entry.value, &at(path, &entry.key), "percentage");
            return None;
        };
        nodes.push((entry.key.clone(), percent));
    }
    Some(Arc::new(Fill { nodes, what }))
}

impl Deed for Fill {
    fn words(&self) -> String {
        let what = match self.what {
            Pressure::Disk => "disk",
            Pressure::ImageDisk => "image disk",
            Pressure::Inodes => "inodes",
            Pressure::Memory => "memory",
            Pressure::Pids => "process numbers",
        };
        let one = |(node, percent): &(String, i64)| format!("{node}: {what} {percent}% full");
        self.nodes.iter().map(one).collect::<Vec<_>>().join("; ")
    }

    fn nodes(&self) -> Vec<&str> {
        self.nodes.iter().map(|(node, _)| node.as_str()).collect()
    }

    fn act(&self, world: &mut World) -> Result<Next, Refused> {
        for (node, percent) in &self.nodes {
            world.signal(Signal::Fills { node: node.clone(), what: self.what, percent: *percent });
        }
        Ok(Next::Done)
    }
}
