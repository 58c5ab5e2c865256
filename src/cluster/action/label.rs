//! `kubectl label --overwrite` and `kubectl annotate --overwrite`; `null` takes one away.

use super::edit::{edit, mapping};
use super::target::Target;
use super::{Deed, Next, Refused};
use crate::cluster::engine::World;
use crate::cluster::scenario::{Reader, at};
use crate::yaml::{Node, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(Debug)]
struct Mark {
    verb: &'static str,
    field: &'static str,
    marks: Vec<(Target, BTreeMap<String, Option<String>>)>,
}

pub(super) fn read_label(reader: &mut Reader<'_>, map: &Node, path: &str) -> Option<Arc<dyn Deed>> {
    read(reader, map, path, "label", "labels")
}

pub(super) fn read_annotate(reader: &mut Reader<'_>, map: &Node, path: &str) -> Option<Arc<dyn Deed>> {
    read(reader, map, path, "annotate", "annotations")
}

fn read(
    reader: &mut Reader<'_>,
    map: &Node,
    path: &str,
    verb: &'static str,
    field: &'static str,
) -> Option<Arc<dyn Deed>> {
    let mut marks = Vec::new();
    for (target, entry) in Target::read_keys(reader, map, path)? {
        let path = at(path, &entry.key);
        let mut wanted = BTreeMap::new();
        if entry.value.entries().is_empty() {
            reader.expected(&entry.value, &path, "mapping");
            return None;
        }
        for mark in entry.value.entries() {
            let value = match (&mark.value.value, mark.value.scalar()) {
                (Value::Null, _) => None,
                (_, Some(value)) => Some(value),
                (_, None) => {
                    reader.expected(&mark.value, &at(&path, &mark.key), "string");
                    return None;
                }
            };
            wanted.insert(mark.key.clone(), value);
        }
        marks.push((target, wanted));
    }
    Some(Arc::new(Mark { verb, field, marks }))
}

impl Deed for Mark {
    fn words(&self) -> String {
        let one = |(target, marks): &(Target, BTreeMap<String, Option<String>>)| {
            let marks = marks.iter().map(|(key, value)| match value {
                Some(value) => format!(" {key}={value}"),
                None => format!(" {key}-"),
            });
            format!("kubectl {} {target}{} --overwrite", self.verb, marks.collect::<String>())
        };
        self.marks.iter().map(one).collect::<Vec<_>>().join("; ")
    }

    fn nodes(&self) -> Vec<&str> {
        self.marks.iter().filter_map(|(target, _)| target.node()).collect()
    }

    fn act(&self, world: &mut World) -> Result<Next, Refused> {
        for (target, marks) in &self.marks {
            let key = target.find(world)?;
            edit(world, target.kind(), &key, |json| {
                let present = mapping(json, &["metadata", self.field]);
                for (key, value) in marks {
                    match value {
                        Some(value) => {
                            present.insert(key.clone(), value.as_str().into());
                        }
                        None => {
                            present.shift_remove(key);
                        }
                    }
                }
                Ok(())
            })?;
        }
        Ok(Next::Done)
    }
}
