//! Claim protection: a claim that is being deleted stays until no Pod uses it any more.
//!
//! The API server gives every claim the finalizer; here it is taken off.
//!
//! Source: `pkg/controller/volume/pvcprotection/pvc_protection_controller.go`.

use super::pods::node_name;
use super::{Controller, Outcome};
use crate::cluster::api::CLAIM_PROTECTION;
use crate::cluster::condition::is_finished;
use crate::cluster::engine::World;
use crate::cluster::finalizers;
use crate::cluster::object::{Key, Object, Resource};
use crate::cluster::store::{Change, ChangeType};
use crate::cluster::volumes::claims;
use k8s_openapi::api::core::v1::{PersistentVolumeClaim, Pod};

/// Lets deleted claims go.
#[derive(Debug, Default)]
pub struct ClaimProtection;

impl Controller for ClaimProtection {
    const NAME: &'static str = "pvc-protection-controller";

    fn keys(&self, world: &World, change: &Change) -> Vec<Key> {
        match &change.object {
            Object::PersistentVolumeClaim(claim) => vec![claim.key()],
            // Only a Pod that needs its claims no longer can set one free.
            Object::Pod(pod) if change.change == ChangeType::Deleted || !holds_its_claims(pod) => {
                let keys = claims(pod).map(|name| Key::new(pod.namespace(), name));
                let deleted = |key: &Key| {
                    world.store.get::<PersistentVolumeClaim>(key).is_some_and(|claim| claim.is_deleting())
                };
                keys.filter(deleted).collect()
            }
            _ => Vec::new(),
        }
    }

    fn reconcile(&mut self, world: &mut World, key: &Key) -> Outcome {
        let waits = world
            .store
            .get::<PersistentVolumeClaim>(key)
            .is_some_and(|claim| waits_for(claim.as_ref(), CLAIM_PROTECTION));
        let uses = |pod: &Pod| claims(pod).any(|name| name == &*key.name) && holds_its_claims(pod);
        if waits && !world.store.state().list_in::<Pod>(&key.namespace).any(|pod| uses(pod)) {
            // If it is gone already, so is the finalizer.
            let _ = world.write::<PersistentVolumeClaim>(key, |claim| {
                finalizers::remove(&mut claim.metadata, CLAIM_PROTECTION);
            });
        }
        Outcome::Done
    }
}

/// Whether a Pod has its volumes, or may still get them: it is on a Node, and has not ended. One without a Node does not
/// count, for no kubelet starts a Pod whose claim is being deleted.
fn holds_its_claims(pod: &Pod) -> bool {
    let status = pod.status.as_ref();
    let containers = status.and_then(|status| status.container_statuses.as_deref()).unwrap_or(&[]);
    let runs = containers.iter().any(|container| {
        container.state.as_ref().is_some_and(|state| state.terminated.is_none() && state.waiting.is_none())
    });
    let has_ended = is_finished(pod) || (pod.is_deleting() && !runs);
    node_name(pod).is_some() && !has_ended
}

/// Whether an object's deletion waits for this finalizer.
pub(super) fn waits_for<T: Resource>(object: &T, finalizer: &str) -> bool {
    object.is_deleting() && finalizers::has(object.metadata(), finalizer)
}
