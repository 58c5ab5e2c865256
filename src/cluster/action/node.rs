//! What is done to Nodes: taints, cordons, machines that come, go, fail and recover.

use super::{Deed, Next, Refused};
use crate::cluster::api::{ApiError, DeleteOptions};
use crate::cluster::clock::Millis;
use crate::cluster::engine::{Signal, World};
use crate::cluster::object::{Key, Kind};
use crate::cluster::scenario::{NodeSpec, Reader, at, item, nodes};
use crate::yaml::{Node as Tree, Value};
use k8s_openapi::api::core::v1::{Node, Taint};
use std::sync::Arc;

#[derive(Debug)]
struct TaintNode(Vec<(String, TaintChange)>);

#[derive(Debug)]
enum TaintChange {
    Set(Taint),
    /// Every taint with this key and, if said, this effect.
    Remove {
        key: String,
        effect: Option<String>,
    },
}

pub(super) fn read_taint(reader: &mut Reader<'_>, map: &Tree, path: &str) -> Option<Arc<dyn Deed>> {
    if !matches!(map.value, Value::Map(_)) || map.entries().is_empty() {
        reader.expected(map, path, "mapping");
        return None;
    }
    let mut changes = Vec::new();
    for entry in map.entries() {
        let path = at(path, &entry.key);
        let texts: Vec<(&Tree, String)> = match &entry.value.value {
            Value::Seq(items) => items.iter().enumerate().map(|(i, text)| (text, item(&path, i))).collect(),
            _ => vec![(&entry.value, path)],
        };
        for (node, path) in texts {
            let text = reader.string(node, &path)?;
            let Some(change) = TaintChange::parse(text) else {
                reader.wrong(node, &path, "bad-taint", text, "");
                return None;
            };
            changes.push((entry.key.clone(), change));
        }
    }
    Some(Arc::new(TaintNode(changes)))
}

impl TaintChange {
    fn parse(text: &str) -> Option<TaintChange> {
        let Some(removed) = text.strip_suffix('-') else {
            return nodes::parse_taint(text).map(TaintChange::Set);
        };
        let (key, effect) = match removed.split_once(':') {
            Some((key, effect)) => (key, Some(effect.to_owned())),
            None => (removed, None),
        };
        // `key=value:Effect-` removes by key and effect, as kubectl does.
        let key = key.split('=').next().unwrap_or(key);
        (!key.is_empty()).then(|| TaintChange::Remove { key: key.to_owned(), effect })
    }
}

impl Deed for TaintNode {
    fn words(&self) -> String {
        let one = |(node, change): &(String, TaintChange)| {
            let taint = match change {
                TaintChange::Set(taint) => match &taint.value {
                    Some(value) => format!("{}={value}:{}", taint.key, taint.effect),
                    None => format!("{}:{}", taint.key, taint.effect),
                },
                TaintChange::Remove { key, effect: Some(effect) } => format!("{key}:{effect}-"),
                TaintChange::Remove { key, effect: None } => format!("{key}-"),
            };
            format!("kubectl taint nodes {node} {taint}")
        };
        self.0.iter().map(one).collect::<Vec<_>>().join("; ")
    }

    fn nodes(&self) -> Vec<&str> {
        self.0.iter().map(|(node, _)| node.as_str()).collect()
    }

    fn act(&self, world: &mut World) -> Result<Next, Refused> {
        for (node, change) in &self.0 {
            world.update::<Node>(&Key::cluster_wide(node), |node| {
                let taints = node.spec.get_or_insert_default().taints.get_or_insert_default();
                match change {
                    TaintChange::Set(taint) => {
                        taints.retain(|own| (&own.key, &own.effect) != (&taint.key, &taint.effect));
                        taints.push(taint.clone());
                    }
                    TaintChange::Remove { key, effect } => {
                        taints.retain(|own| {
                            own.key != *key || effect.as_ref().is_some_and(|e| *e != own.effect)
                        });
                    }
                }
                let spec = node.spec.get_or_insert_default();
                if spec.taints.as_ref().is_some_and(Vec::is_empty) {
                    spec.taints = None;
                }
            })?;
        }
        Ok(Next::Done)
    }
}

#[derive(Debug)]
struct Cordon {
    node: String,
    on: bool,
}

pub(super) fn read_cordon(reader: &mut Reader<'_>, node: &Tree, path: &str) -> Option<Arc<dyn Deed>> {
    Some(Arc::new(Cordon { node: reader.string(node, path)?.to_owned(), on: true }))
}

pub(super) fn read_uncordon(reader: &mut Reader<'_>, node: &Tree, path: &str) -> Option<Arc<dyn Deed>> {
    Some(Arc::new(Cordon { node: reader.string(node, path)?.to_owned(), on: false }))
}

/// Marks a Node as one that takes no new Pods, or takes the mark away.
pub(super) fn cordon(world: &mut World, node: &str, on: bool) -> Result<(), ApiError> {
    world.update::<Node>(&Key::cluster_wide(node), |node| {
        node.spec.get_or_insert_default().unschedulable = on.then_some(true);
    })?;
    Ok(())
}

impl Deed for Cordon {
    fn words(&self) -> String {
        format!("kubectl {} {}", if self.on { "cordon" } else { "uncordon" }, self.node)
    }

    fn nodes(&self) -> Vec<&str> {
        vec![&self.node]
    }

    fn act(&self, world: &mut World) -> Result<Next, Refused> {
        cordon(world, &self.node, self.on)?;
        Ok(Next::Done)
    }
}

#[derive(Debug)]
struct AddNode(NodeSpec);

pub(super) fn read_add(reader: &mut Reader<'_>, node: &Tree, path: &str) -> Option<Arc<dyn Deed>> {
    Some(Arc::new(AddNode(nodes::read(reader, node, path)?)))
}

impl Deed for AddNode {
    fn words(&self) -> String {
        format!("kubeadm join # {}", self.0.name)
    }

    fn new_node(&self) -> Option<&str> {
        Some(&self.0.name)
    }

    fn act(&self, world: &mut World) -> Result<Next, Refused> {
        let number = world.store.state().count(Kind::Node);
        world.create(self.0.to_object(world.now, number))?;
        world.machines.insert(self.0.name.clone(), self.0.machine.clone());
        world.signal(Signal::NodeRecovers(self.0.name.clone()));
        Ok(Next::Done)
    }
}

/// A machine is shut down in good order.
#[derive(Debug)]
struct ShutDown {
    node: String,
    grace: Millis,
    critical: Millis,
}

pub(super) fn read_shut_down(reader: &mut Reader<'_>, map: &Tree, path: &str) -> Option<Arc<dyn Deed>> {
    if !reader.keys(map, path, &["node", "grace", "critical"]) {
        return None;
    }
    let node = reader.required(map, path, "node")?;
    let node = reader.string(node, &at(path, "node"))?.to_owned();
    let grace = reader.required(map, path, "grace")?;
    let grace = reader.duration(grace, &at(path, "grace"))?;
    let critical = match map.get("critical") {
        Some(critical) => reader.duration(critical, &at(path, "critical"))?.min(grace),
        None => Millis::ZERO,
    };
    Some(Arc::new(ShutDown { node, grace, critical }))
}

impl Deed for ShutDown {
    fn words(&self) -> String {
        format!(
            "{}: systemctl poweroff # shutdownGracePeriod {}, shutdownGracePeriodCriticalPods {}",
            self.node, self.grace, self.critical
        )
    }

    fn nodes(&self) -> Vec<&str> {
        vec![&self.node]
    }

    fn act(&self, world: &mut World) -> Result<Next, Refused> {
        let key = Key::cluster_wide(&self.node);
        if world.store.get::<Node>(&key).is_none() {
            return Err(ApiError::not_found(Kind::Node, &key).into());
        }
        let (node, grace, critical) = (self.node.clone(), self.grace, self.critical);
        world.signal(Signal::NodeShutsDown { node, grace, critical });
        Ok(Next::Done)
    }
}

/// A machine is taken away for good, or fails, or comes back.
#[derive(Debug)]
enum Machine {
    Remove(String),
    Fail(String),
    Recover(String),
}

pub(super) fn read_remove(reader: &mut Reader<'_>, node: &Tree, path: &str) -> Option<Arc<dyn Deed>> {
    Some(Arc::new(Machine::Remove(reader.string(node, path)?.to_owned())))
}

pub(super) fn read_fail(reader: &mut Reader<'_>, node: &Tree, path: &str) -> Option<Arc<dyn Deed>> {
    Some(Arc::new(Machine::Fail(reader.string(node, path)?.to_owned())))
}

pub(super) fn read_recover(reader: &mut Reader<'_>, node: &Tree, path: &str) -> Option<Arc<dyn Deed>> {
    Some(Arc::new(Machine::Recover(reader.string(node, path)?.to_owned())))
}

impl Machine {
    fn name(&self) -> &str {
        match self {
            Machine::Remove(name) | Machine::Fail(name) | Machine::Recover(name) => name,
        }
    }
}

impl Deed for Machine {
    fn words(&self) -> String {
        match self {
            Machine::Remove(name) => format!("kubectl delete node {name} # power off"),
            Machine::Fail(name) => format!("{name}: power off"),
            Machine::Recover(name) => format!("{name}: power on"),
        }
    }

    fn nodes(&self) -> Vec<&str> {
        vec![self.name()]
    }

    fn act(&self, world: &mut World) -> Result<Next, Refused> {
        let key = Key::cluster_wide(self.name());
        if world.store.get::<Node>(&key).is_none() {
            return Err(ApiError::not_found(Kind::Node, &key).into());
        }
        match self {
            Machine::Remove(name) => {
                world.signal(Signal::NodeFails(name.clone()));
                world.delete::<Node>(&key, DeleteOptions::default())?;
            }
            Machine::Fail(name) => world.signal(Signal::NodeFails(name.clone())),
            Machine::Recover(name) => world.signal(Signal::NodeRecovers(name.clone())),
        }
        Ok(Next::Done)
    }
}
