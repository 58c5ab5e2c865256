//! `kubectl scale`.

use super::edit::{edit, mapping};
use super::target::Target;
use super::{Deed, Next, Refused};
use crate::cluster::engine::World;
use crate::cluster::object::Kind;
use crate::cluster::scenario::{Reader, at};
use crate::yaml::Node;
use std::sync::Arc;

#[derive(Debug)]
struct Scale(Vec<(Target, i64)>);

pub(super) fn read(reader: &mut Reader<'_>, map: &Node, path: &str) -> Option<Arc<dyn Deed>> {
    let mut wanted = Vec::new();
    for (target, entry) in Target::read_keys(reader, map, path)? {
        let path = at(path, &entry.key);
        let scalable = matches!(
            target.kind(),
            Kind::Deployment | Kind::ReplicaSet | Kind::ReplicationController | Kind::StatefulSet
        );
        if !scalable {
            reader.wrong(map, &path, "not-scalable", target.to_string(), "");
            return None;
        }
        wanted.push((target, reader.whole(&entry.value, &path, 0, 10_000)?));
    }
    Some(Arc::new(Scale(wanted)))
}

impl Deed for Scale {
    fn words(&self) -> String {
        let one = |(target, count): &(Target, i64)| format!("kubectl scale {target} --replicas={count}");
        self.0.iter().map(one).collect::<Vec<_>>().join("; ")
    }

    fn act(&self, world: &mut World) -> Result<Next, Refused> {
        for (target, count) in &self.0 {
            let key = target.find(world)?;
            edit(world, target.kind(), &key, |json| {
                mapping(json, &["spec"]).insert("replicas".to_owned(), (*count).into());
                Ok(())
            })?;
        }
        Ok(Next::Done)
    }
}
