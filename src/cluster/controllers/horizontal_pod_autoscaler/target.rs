//! What an autoscaler scales: it reads the size and the selector, and writes the size, and nothing else.
//!
//! Source: the `scale` subresource, `pkg/registry/apps/*/storage/storage.go` (`ScaleREST`).

use crate::cluster::api::ApiError;
use crate::cluster::engine::World;
use crate::cluster::object::{Key, Kind};
use crate::cluster::selector::Selector;
use k8s_openapi::api::apps::v1::{Deployment, ReplicaSet, StatefulSet};
use k8s_openapi::api::autoscaling::v2::CrossVersionObjectReference;
use k8s_openapi::api::core::v1::{Pod, ReplicationController};
use std::sync::Arc;

/// A workload that can be scaled.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) kind: Kind,
    pub(super) key: Key,
    /// What is asked for.
    pub(super) replicas: i32,
    /// What there is.
    pub(super) running: i32,
    selector: Selector,
}

impl Target {
    /// Finds the workload. An error says why there is none.
    pub(super) fn find(
        world: &World,
        namespace: &str,
        of: &CrossVersionObjectReference,
    ) -> Result<Target, String> {
        let key = Key::new(namespace, &of.name);
        let store = &world.store;
        let (kind, found) = match of.kind.as_str() {
            "Deployment" => (
                Kind::Deployment,
                store.get::<Deployment>(&key).and_then(|object| {
                    let spec = object.spec.as_ref()?;
                    let running = object.status.as_ref().and_then(|status| status.replicas);
                    Some((spec.replicas, running, Selector::new(Some(&spec.selector))))
                }),
            ),
            "ReplicaSet" => (
                Kind::ReplicaSet,
                store.get::<ReplicaSet>(&key).and_then(|object| {
                    let spec = object.spec.as_ref()?;
                    let running = object.status.as_ref().map(|status| status.replicas);
                    Some((spec.replicas, running, Selector::new(Some(&spec.selector))))
                }),
            ),
            "StatefulSet" => (
                Kind::StatefulSet,
                store.get::<StatefulSet>(&key).and_then(|object| {
                    let spec = object.spec.as_ref()?;
                    let running = object.status.as_ref().map(|status| status.replicas);
                    Some((spec.replicas, running, Selector::new(Some(&spec.selector))))
                }),
            ),
            "ReplicationController" => (
                Kind::ReplicationController,
                store.get::<ReplicationController>(&key).and_then(|object| {
                    let spec = object.spec.as_ref()?;
                    let running = object.status.as_ref().map(|status| status.replicas);
                    Some((spec.replicas, running, spec.selector.as_ref().map(Selector::from_labels)))
                }),
            ),
            other => {
                let group = of.api_version.as_deref().and_then(|version| version.split_once('/'));
                let group = group.map_or("", |(group, _)| group);
                return Err(format!("no matches for kind {other:?} in group {group:?}"));
            }
        };
        let (replicas, running, selector) = found.ok_or_else(|| not_found(kind, &key))?;
        let selector = selector.unwrap_or(Selector::Nothing);
        Ok(Target { kind, key, replicas: replicas.unwrap_or(1), running: running.unwrap_or(0), selector })
    }

    /// The workload's Pods.
    pub(super) fn pods(&self, world: &World) -> Vec<Arc<Pod>> {
        let pods = world.store.state().list_in::<Pod>(&self.key.namespace);
        pods.filter(|pod| self.selector.matches_option(pod.metadata.labels.as_ref())).cloned().collect()
    }

    /// Writes another size.
    pub(super) fn scale(&self, world: &mut World, replicas: i32) -> Result<(), ApiError> {
        let (key, size) = (&self.key, Some(replicas));
        match self.kind {
            Kind::Deployment => {
                world.update::<Deployment>(key, |o| o.spec.get_or_insert_default().replicas = size).map(drop)
            }
            Kind::ReplicaSet => {
                world.update::<ReplicaSet>(key, |o| o.spec.get_or_insert_default().replicas = size).map(drop)
            }
            Kind::StatefulSet => {
                world.update::<StatefulSet>(key, |o| o.spec.get_or_insert_default().replicas = size).map(drop)
            }
            _ => world
                .update::<ReplicationController>(key, |o| o.spec.get_or_insert_default().replicas = size)
                .map(drop),
        }
    }
}

/// Only StatefulSets pass the store's own error on; the others name the subresource.
fn not_found(kind: Kind, key: &Key) -> String {
    let group = match kind {
        Kind::StatefulSet => return ApiError::not_found(kind, key).to_string(),
        Kind::ReplicationController => "autoscaling",
        _ => kind.group(),
    };
    format!("{}/scale.{group} {:?} not found", kind.plural(), &*key.name)
}
