//! `kubectl drain --ignore-daemonsets --delete-emptydir-data --force`: cordon, evict everything at once, try again where
//! a disruption budget says no, and wait until the Pods are gone.
//!
//! Source: `staging/src/k8s.io/kubectl/pkg/drain/{drain,filters}.go`.

use super::node::cordon;
use super::{Deed, Next, Refused};
use crate::cluster::api::ApiError;
use crate::cluster::clock::Millis;
use crate::cluster::engine::World;
use crate::cluster::object::{Key, Resource};
use crate::cluster::scenario::Reader;
use crate::yaml::Node;
use k8s_openapi::api::core::v1::Pod;
use std::sync::Arc;

/// How long kubectl waits before it asks again for an eviction that was refused with 429.
const RETRY: Millis = Millis::secs(5);

#[derive(Debug)]
struct Drain(String);

/// The evictions that have not been granted yet: a Pod and its uid, since another of the same name is not meant.
#[derive(Debug)]
struct Evict(Vec<(Key, String)>);

pub(super) fn read(reader: &mut Reader<'_>, node: &Node, path: &str) -> Option<Arc<dyn Deed>> {
    Some(Arc::new(Drain(reader.string(node, path)?.to_owned())))
}

impl Deed for Drain {
    fn words(&self) -> String {
        format!("kubectl drain {} --ignore-daemonsets --delete-emptydir-data --force", self.0)
    }

    fn nodes(&self) -> Vec<&str> {
        vec![&self.0]
    }

    fn act(&self, world: &mut World) -> Result<Next, Refused> {
        cordon(world, &self.0, true)?;
        let is_left = |pod: &Pod| pod.controller().is_some_and(|owner| owner.kind == "DaemonSet");
        let pods = world.store.pods_on_node(&self.0).filter(|pod| !is_left(pod));
        let pods = pods.map(|pod| (pod.key(), pod.uid().to_owned())).collect();
        Evict(pods).act(world)
    }
}

impl Deed for Evict {
    fn words(&self) -> String {
        String::new()
    }

    fn act(&self, world: &mut World) -> Result<Next, Refused> {
        let mut refused = Vec::new();
        for (key, uid) in &self.0 {
            if world.store.get::<Pod>(key).is_none_or(|pod| pod.uid() != uid) {
                continue;
            }
            match world.evict(key) {
                Ok(()) | Err(ApiError::NotFound { .. }) => {}
                Err(ApiError::TooManyRequests(_)) => refused.push((key.clone(), uid.clone())),
                Err(error) => return Err(error.into()),
            }
        }
        if refused.is_empty() {
            return Ok(Next::Done);
        }
        Ok(Next::Again(world.now + RETRY, Arc::new(Evict(refused))))
    }
}
