//! `kubectl set image`: one image for all containers, or one per container.

use super::edit::edit;
use super::target::Target;
use super::{Deed, Next, Refused};
use crate::cluster::engine::World;
use crate::cluster::object::Kind;
use crate::cluster::scenario::{Reader, at};
use crate::yaml::{Node, Value as Tree};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The name that means every container.
const ALL: &str = "*";

#[derive(Debug)]
struct SetImage(Vec<(Target, BTreeMap<String, String>)>);

pub(super) fn read(reader: &mut Reader<'_>, map: &Node, path: &str) -> Option<Arc<dyn Deed>> {
    let mut wanted = Vec::new();
    for (target, entry) in Target::read_keys(reader, map, path)? {
        let path = at(path, &entry.key);
        let mut images = BTreeMap::new();
        match &entry.value.value {
            Tree::Map(containers) => {
                for container in containers {
                    let image = reader.string(&container.value, &at(&path, &container.key))?;
                    images.insert(container.key.clone(), image.to_owned());
                }
            }
            _ => {
                images.insert(ALL.to_owned(), reader.string(&entry.value, &path)?.to_owned());
            }
        }
        wanted.push((target, images));
    }
    Some(Arc::new(SetImage(wanted)))
}

impl Deed for SetImage {
    fn words(&self) -> String {
        let one = |(target, images): &(Target, BTreeMap<String, String>)| {
            let pairs = images.iter().map(|(container, image)| format!(" {container}={image}"));
            format!("kubectl set image {target}{}", pairs.collect::<String>())
        };
        self.0.iter().map(one).collect::<Vec<_>>().join("; ")
    }

    fn act(&self, world: &mut World) -> Result<Next, Refused> {
        for (target, images) in &self.0 {
            let key = target.find(world)?;
            edit(world, target.kind(), &key, |json| set(json, target, images))?;
        }
        Ok(Next::Done)
    }
}

fn set(json: &mut Value, target: &Target, images: &BTreeMap<String, String>) -> Result<(), Refused> {
    let spec = match target.kind() {
        Kind::Pod => "/spec",
        Kind::CronJob => "/spec/jobTemplate/spec/template/spec",
        _ => "/spec/template/spec",
    };
    let mut found: Vec<&str> = Vec::new();
    for list in ["containers", "initContainers"] {
        let containers = json.pointer_mut(&format!("{spec}/{list}")).and_then(Value::as_array_mut);
        for container in containers.into_iter().flatten() {
            let name = container.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
            // The star means all containers, init containers included, as kubectl's does.
            let wanted = images.get_key_value(&name).or_else(|| images.get_key_value(ALL));
            if let Some((key, image)) = wanted {
                container["image"] = image.as_str().into();
                found.push(key);
            }
        }
    }
    match images.keys().find(|name| !found.contains(&name.as_str())) {
        Some(missing) => Err(Refused::new("refused", format!("unable to find container named {missing:?}"))),
        None => Ok(()),
    }
}
