//! `kubectl patch --type merge`.

use super::edit::{edit, merge};
use super::target::Target;
use super::{Deed, Next, Refused};
use crate::cluster::engine::World;
use crate::cluster::scenario::Reader;
use crate::yaml::Node;
use serde_json::Value;
use std::sync::Arc;

#[derive(Debug)]
struct Patch(Vec<(Target, Value)>);

pub(super) fn read(reader: &mut Reader<'_>, map: &Node, path: &str) -> Option<Arc<dyn Deed>> {
    let targets = Target::read_keys(reader, map, path)?;
    Some(Arc::new(Patch(
        targets.into_iter().map(|(target, entry)| (target, entry.value.to_json())).collect(),
    )))
}

impl Deed for Patch {
    fn words(&self) -> String {
        let one =
            |(target, patch): &(Target, Value)| format!("kubectl patch {target} --type=merge -p '{patch}'");
        self.0.iter().map(one).collect::<Vec<_>>().join("; ")
    }

    fn nodes(&self) -> Vec<&str> {
        self.0.iter().filter_map(|(target, _)| target.node()).collect()
    }

    fn act(&self, world: &mut World) -> Result<Next, Refused> {
        for (target, patch) in &self.0 {
            let key = target.find(world)?;
            edit(world, target.kind(), &key, |json| {
                merge(json, patch);
                Ok(())
            })?;
        }
        Ok(Next::Done)
    }
}
