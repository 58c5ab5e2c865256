//! Volume protection: a volume that is being deleted stays as long as a claim is bound to it.
//!
//! Source: `pkg/controller/volume/pvprotection/pv_protection_controller.go`.

use super::pvc_protection::waits_for;
use super::{Controller, Outcome};
use crate::cluster::api::VOLUME_PROTECTION;
use crate::cluster::engine::World;
use crate::cluster::finalizers;
use crate::cluster::object::{Key, Object, Resource};
use crate::cluster::store::Change;
use k8s_openapi::api::core::v1::PersistentVolume;

/// Lets deleted volumes go.
#[derive(Debug, Default)]
pub struct VolumeProtection;

impl Controller for VolumeProtection {
    const NAME: &'static str = "pv-protection-controller";

    fn keys(&self, _world: &World, change: &Change) -> Vec<Key> {
        match &change.object {
            Object::PersistentVolume(volume) => vec![volume.key()],
            _ => Vec::new(),
        }
    }

    fn reconcile(&mut self, world: &mut World, key: &Key) -> Outcome {
        let Some(volume) = world.store.get::<PersistentVolume>(key) else { return Outcome::Done };
        let phase = volume.status.as_ref().and_then(|status| status.phase.as_deref());
        if waits_for(volume.as_ref(), VOLUME_PROTECTION) && phase != Some("Bound") {
            // If it is gone already, so is the finalizer.
            let _ = world.write::<PersistentVolume>(key, |volume| {
                finalizers::remove(&mut volume.metadata, VOLUME_PROTECTION);
            });
        }
        Outcome::Done
    }
}
