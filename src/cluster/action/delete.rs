//! `kubectl delete`: a target, a list of them, or `{ target: …, grace: 0s, cascade: orphan }`.

use super::target::Target;
use super::{Deed, Next, Refused};
use crate::cluster::api::{DeleteOptions, Propagation};
use crate::cluster::clock::Millis;
use crate::cluster::engine::World;
use crate::cluster::scenario::{Reader, at, item};
use crate::yaml::{Node, Value};
use std::sync::Arc;

#[derive(Debug)]
struct Delete {
    targets: Vec<Target>,
    options: DeleteOptions,
}

pub(super) fn read(reader: &mut Reader<'_>, node: &Node, path: &str) -> Option<Arc<dyn Deed>> {
    let mut options = DeleteOptions::default();
    let targets = match &node.value {
        Value::Map(_) => {
            if !reader.keys(node, path, &["target", "grace", "cascade"]) {
                return None;
            }
            if let Some(grace) = node.get("grace") {
                options.grace_period =
                    Some(reader.duration(grace, &at(path, "grace"))?.0 / Millis::secs(1).0);
            }
            if let Some(cascade) = node.get("cascade") {
                options.propagation = match cascade.as_str() {
                    Some("background") => Propagation::Background,
                    Some("foreground") => Propagation::Foreground,
                    Some("orphan") => Propagation::Orphan,
                    _ => {
                        reader.expected(cascade, &at(path, "cascade"), "background, foreground, orphan");
                        return None;
                    }
                };
            }
            let target = reader.required(node, path, "target")?;
            read_targets(reader, target, &at(path, "target"))?
        }
        _ => read_targets(reader, node, path)?,
    };
    Some(Arc::new(Delete { targets, options }))
}

fn read_targets(reader: &mut Reader<'_>, node: &Node, path: &str) -> Option<Vec<Target>> {
    let Value::Seq(items) = &node.value else { return Some(vec![Target::read(reader, node, path)?]) };
    let items = items.iter().enumerate();
    let targets: Vec<_> = items.map(|(i, node)| Target::read(reader, node, &item(path, i))).collect();
    targets.into_iter().collect()
}

impl Deed for Delete {
    fn words(&self) -> String {
        let mut words = String::from("kubectl delete");
        for target in &self.targets {
            words.push_str(&format!(" {target}"));
        }
        match self.options.propagation {
            Propagation::Background => {}
            Propagation::Foreground => words.push_str(" --cascade=foreground"),
            Propagation::Orphan => words.push_str(" --cascade=orphan"),
        }
        match self.options.grace_period {
            None => {}
            Some(0) => words.push_str(" --force --grace-period=0"),
            Some(seconds) => words.push_str(&format!(" --grace-period={seconds}")),
        }
        words
    }

    fn nodes(&self) -> Vec<&str> {
        self.targets.iter().filter_map(Target::node).collect()
    }

    fn act(&self, world: &mut World) -> Result<Next, Refused> {
        // Ages are those of the moment before anything is deleted: `#0` and `#1` are two Pods.
        let keys: Result<Vec<_>, _> = self
            .targets
            .iter()
            .map(|target| Ok::<_, Refused>((target.kind(), target.find(world)?)))
            .collect();
        for (kind, key) in keys? {
            world.delete_object(kind, &key, self.options)?;
        }
        Ok(Next::Done)
    }
}
