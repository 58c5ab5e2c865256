//! What an action is about: `deployment/web`, or `deployment/web#0`, a workload's Pod by age; in another namespace than
//! `default`, `deployment/shop/web`.

use super::Refused;
use crate::cluster::api::ApiError;
use crate::cluster::engine::World;
use crate::cluster::object::{DEFAULT_NAMESPACE, Key, Kind, Resource};
use crate::cluster::scenario::Reader;
use crate::yaml::{Entry, Node, Value};
use k8s_openapi::api::apps::v1::ReplicaSet;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::Pod;
use std::fmt;

/// An object, or a Pod of a workload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    kind: Kind,
    /// Empty for kinds that have none.
    namespace: String,
    name: String,
    /// Which of its live Pods, oldest first; from the newest where negative.
    pod: Option<i64>,
}

impl Target {
    /// Reads `kind/name`, `kind/namespace/name`, and either with `#i` behind it; `None` for anything else.
    fn parse(text: &str) -> Option<Target> {
        let (kind, name) = text.split_once('/')?;
        let kind = Kind::parse(kind)?;
        let (namespace, name) = match name.split_once('/') {
            Some((namespace, name)) if kind.is_namespaced() && !namespace.is_empty() => (namespace, name),
            Some(_) => return None,
            None if kind.is_namespaced() => (DEFAULT_NAMESPACE, name),
            None => ("", name),
        };
        let (name, pod) = match name.split_once('#') {
            Some((name, index)) => (name, Some(index.parse().ok()?)),
            None => (name, None),
        };
        let workload = matches!(
            kind,
            Kind::Deployment
                | Kind::ReplicaSet
                | Kind::ReplicationController
                | Kind::StatefulSet
                | Kind::DaemonSet
                | Kind::Job
                | Kind::CronJob
        );
        (!name.is_empty() && (pod.is_none() || workload)).then(|| Target {
            kind,
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            pod,
        })
    }

    /// Reads the target in a string.
    pub(super) fn read(reader: &mut Reader<'_>, node: &Node, path: &str) -> Option<Target> {
        let text = reader.string(node, path)?;
        let target = Target::parse(text);
        if target.is_none() {
            reader.wrong(node, path, "bad-target", text, "");
        }
        target
    }

    /// Reads a Pod: its bare name will do.
    pub(super) fn read_pod(reader: &mut Reader<'_>, node: &Node, path: &str) -> Option<Target> {
        let text = reader.string(node, path)?;
        if text.contains('/') {
            return Target::read(reader, node, path);
        }
        let namespace = DEFAULT_NAMESPACE.to_owned();
        Some(Target { kind: Kind::Pod, namespace, name: text.to_owned(), pod: None })
    }

    /// Reads the targets that are the keys of a mapping, each with what stands behind it.
    pub(super) fn read_keys<'n>(
        reader: &mut Reader<'_>,
        map: &'n Node,
        path: &str,
    ) -> Option<Vec<(Target, &'n Entry)>> {
        let entries = map.entries();
        if !matches!(map.value, Value::Map(_)) || entries.is_empty() {
            reader.expected(map, path, "targets");
            return None;
        }
        let mut targets = Vec::new();
        for entry in entries {
            match Target::parse(&entry.key) {
                Some(target) => targets.push((target, entry)),
                None => reader.wrong(map, path, "bad-target", entry.key.as_str(), ""),
            }
        }
        (targets.len() == entries.len()).then_some(targets)
    }

    /// The Node that it names.
    pub(super) fn node(&self) -> Option<&str> {
        (self.kind == Kind::Node).then_some(self.name.as_str())
    }

    /// Its kind; that of a workload's Pod is Pod.
    pub(super) fn kind(&self) -> Kind {
        if self.pod.is_some() { Kind::Pod } else { self.kind }
    }

    /// The object's key, if it exists now.
    pub(super) fn find(&self, world: &World) -> Result<Key, Refused> {
        let key = Key::new(&self.namespace, &self.name);
        if world.store.state().object(self.kind, &key).is_none() {
            return Err(ApiError::not_found(self.kind, &key).into());
        }
        match self.pod {
            None => Ok(key),
            Some(index) => {
                let pods = live_pods(world, self.kind, &key);
                let place = if index < 0 { index + i64::try_from(pods.len()).unwrap_or(0) } else { index };
                let pod = usize::try_from(place).ok().and_then(|place| pods.into_iter().nth(place));
                pod.ok_or_else(|| Refused::new("no-such-pod", self.to_string()))
            }
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind.name().to_lowercase(), self.name)?;
        self.pod.map_or(Ok(()), |index| write!(f, "#{index}"))?;
        if self.namespace.is_empty() || self.namespace == DEFAULT_NAMESPACE {
            return Ok(());
        }
        write!(f, " -n {}", self.namespace)
    }
}

/// The Pods of a workload that are neither being deleted nor finished, oldest first.
fn live_pods(world: &World, kind: Kind, key: &Key) -> Vec<Key> {
    let state = world.store.state();
    let uid = |kind, key: &Key| state.object(kind, key).and_then(|object| object.metadata().uid.clone());
    let Some(owner) = uid(kind, key) else { return Vec::new() };
    let owners: Vec<String> = match kind {
        Kind::Deployment => {
            world.store.controlled_by::<ReplicaSet>(&owner).map(|set| set.uid().to_owned()).collect()
        }
        Kind::CronJob => world.store.controlled_by::<Job>(&owner).map(|job| job.uid().to_owned()).collect(),
        _ => vec![owner],
    };
    let is_live = |pod: &Pod| {
        let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
        !pod.is_deleting() && !matches!(phase, Some("Succeeded" | "Failed"))
    };
    let owned = |pod: &Pod| pod.controller().is_some_and(|own| owners.contains(&own.uid));
    let pods = state.pods_by_age().into_iter();
    pods.filter(|pod| owned(pod) && is_live(pod)).map(|pod| pod.key()).collect()
}
