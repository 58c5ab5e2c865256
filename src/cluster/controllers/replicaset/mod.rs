//! The ReplicaSet controller: keeps the wanted number of Pods. It serves ReplicationControllers as well, which differ
//! only in form ([`Replicated`]).
//!
//! A sync claims the Pods, makes or deletes as many as are missing or too many, and writes the status as it was before
//! that. Pods that have finished or are being deleted do not count. The controller reads the store itself, so it sees
//! what it has just written and needs no expectations of what the watch is still to bring.
//!
//! Source: `pkg/controller/replicaset/replica_set.go`.

mod status;

use super::adoption::{claim_pods, owners};
use super::deletion_order;
use super::pod_control::{create_pod, delete_pod, pod_of, slow_start};
use super::pods::{is_active, is_terminating, next_available};
use super::{Controller, Outcome};
use crate::cluster::api::Admit;
use crate::cluster::clock::Millis;
use crate::cluster::engine::World;
use crate::cluster::object::{Key, Object, Resource};
use crate::cluster::selector::Selector;
use crate::cluster::store::Change;
use k8s_openapi::api::apps::v1::{ReplicaSet, ReplicaSetStatus};
use k8s_openapi::api::core::v1::{Pod, PodTemplateSpec};
use std::marker::PhantomData;
use std::sync::Arc;

/// At most this many Pods are made or deleted in one sync (`BurstReplicas`).
const BURST: usize = 500;

/// A kind that asks for a number of equal Pods.
pub trait Replicated: Admit {
    /// The controller's name, as its Events carry it.
    const CONTROLLER: &'static str;
    /// How many Pods are wanted.
    fn replicas(&self) -> i32;
    /// Which Pods are meant.
    fn selector(&self) -> Selector;
    /// What the Pods look like.
    fn template(&self) -> Option<&PodTemplateSpec>;
    /// How long a Pod must have been Ready to be available.
    fn min_ready(&self) -> Millis;
    /// The status.
    fn status(&self) -> ReplicaSetStatus;
    /// Another status in its place.
    fn set_status(&mut self, status: ReplicaSetStatus);
}

impl Replicated for ReplicaSet {
    const CONTROLLER: &'static str = "replicaset-controller";

    fn replicas(&self) -> i32 {
        self.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1)
    }

    fn selector(&self) -> Selector {
        let selector = self.spec.as_ref().map(|spec| &spec.selector);
        Selector::new(selector).unwrap_or(Selector::Nothing)
    }

    fn template(&self) -> Option<&PodTemplateSpec> {
        self.spec.as_ref()?.template.as_ref()
    }

    fn min_ready(&self) -> Millis {
        super::pods::min_ready(self.spec.as_ref().and_then(|spec| spec.min_ready_seconds))
    }

    fn status(&self) -> ReplicaSetStatus {
        self.status.clone().unwrap_or_default()
    }

    fn set_status(&mut self, status: ReplicaSetStatus) {
        self.status = Some(status);
    }
}

/// Keeps the Pods of every `T` at the wanted number.
#[derive(Debug)]
pub struct ReplicaController<T>(PhantomData<T>);

/// The controller of ReplicaSets.
pub type ReplicaSetController = ReplicaController<ReplicaSet>;

impl<T> Default for ReplicaController<T> {
    fn default() -> ReplicaController<T> {
        ReplicaController(PhantomData)
    }
}

impl<T: Replicated> Controller for ReplicaController<T> {
    const NAME: &'static str = T::CONTROLLER;

    fn keys(&self, world: &World, change: &Change) -> Vec<Key> {
        match &change.object {
            object if object.kind() == T::OF => vec![object.key()],
            Object::Pod(_) => owners(world, change, |set: &T, labels| set.selector().matches(labels)),
            _ => Vec::new(),
        }
    }

    fn reconcile(&mut self, world: &mut World, key: &Key) -> Outcome {
        let Some(set) = world.store.get::<T>(key).cloned() else { return Outcome::Done };
        let selector = set.selector();
        let pods = claim_pods(world, set.as_ref(), &selector, is_active);
        let terminating = world
            .store
            .controlled_by::<Pod>(set.uid())
            .filter(|pod| is_terminating(pod) && selector.matches_option(pod.metadata.labels.as_ref()))
            .count();
        let managed = if set.is_deleting() { Ok(()) } else { manage(world, set.as_ref(), &pods) };
        let status = status::next(set.as_ref(), &pods, terminating, managed.as_ref().err(), world.now);
        // It may have been deleted meanwhile, and then nobody asks for its status.
        let _ = world.write::<T>(key, |set| set.set_status(status));
        if managed.is_err() {
            return Outcome::Retry;
        }
        next_available(pods.iter().map(Arc::as_ref), set.min_ready(), world.now)
            .map_or(Outcome::Done, Outcome::At)
    }
}

/// Why the number of Pods could not be set right.
#[derive(Debug)]
struct Failure {
    reason: &'static str,
    message: String,
}

/// Makes the Pods that are missing, or deletes those that are too many.
fn manage<T: Replicated>(world: &mut World, set: &T, pods: &[Arc<Pod>]) -> Result<(), Failure> {
    let wanted = usize::try_from(set.replicas()).unwrap_or(0);
    if let Some(missing) = wanted.checked_sub(pods.len()).filter(|missing| *missing > 0) {
        let template = set.template().cloned().unwrap_or_default();
        slow_start(missing.min(BURST), || {
            create_pod(world, T::CONTROLLER, set, pod_of(set, &template))
                .map_err(|error| Failure { reason: "FailedCreate", message: error.to_string() })
        })?;
    } else if pods.len() > wanted {
        let doomed = choose(world, set, pods, (pods.len() - wanted).min(BURST));
        for pod in doomed {
            delete_pod(world, T::CONTROLLER, set, &pod);
        }
    }
    Ok(())
}

/// The `count` Pods that go first.
fn choose<T: Replicated>(world: &World, set: &T, pods: &[Arc<Pod>], count: usize) -> Vec<Key> {
    if count >= pods.len() {
        return pods.iter().map(|pod| pod.key()).collect();
    }
    let siblings: Vec<String> = match set.controller() {
        Some(owner) => world.store.controlled_by::<T>(&owner.uid).map(|set| set.uid().to_owned()).collect(),
        None => vec![set.uid().to_owned()],
    };
    let related = siblings.iter().flat_map(|uid| world.store.controlled_by::<Pod>(uid));
    deletion_order::sorted(pods, related.map(Arc::as_ref), world.now)
        .into_iter()
        .take(count)
        .map(|pod| pod.key())
        .collect()
}

#[cfg(test)]
mod tests;
