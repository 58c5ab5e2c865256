//! The volume binder: gives every claim a volume of its own, and does away with volumes whose claim is gone.
//!
//! The simulated cluster has one storage class, `standard`, the default. It provisions at once (`Immediate`) whatever is
//! asked for, on storage that every Node reaches. Claims of no class (`storageClassName: ""`) take a volume that somebody
//! made by hand.
//!
//! Source: `pkg/controller/volume/persistentvolume/pv_controller.go`, `staging/src/k8s.io/component-helpers/storage/volume`.

use super::{Controller, Outcome};
use crate::cluster::api::STANDARD_CLASS;
use crate::cluster::engine::World;
use crate::cluster::events::reference;
use crate::cluster::object::{Key, Object, Resource};
use crate::cluster::quantity::Quantity;
use crate::cluster::selector::Selector;
use crate::cluster::store::{Change, ChangeType};
use k8s_openapi::api::core::v1::{
    CSIPersistentVolumeSource, ObjectReference, PersistentVolume, PersistentVolumeClaim, PersistentVolumeSpec,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as ApiQuantity;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use std::collections::BTreeMap;
use std::sync::Arc;

const SOURCE: &str = "persistentvolume-controller";
const PROVISIONER: &str = "csi.simulated.example";
const PROVISIONED_BY: &str = "pv.kubernetes.io/provisioned-by";
/// On a claim: its binding was complete once, so that a missing volume means lost data.
const BIND_COMPLETED: &str = "pv.kubernetes.io/bind-completed";
const BOUND_BY_CONTROLLER: &str = "pv.kubernetes.io/bound-by-controller";

/// Binds claims and volumes. A key with a namespace is a claim's, one without a volume's.
#[derive(Debug, Default)]
pub struct VolumeBinder;

impl Controller for VolumeBinder {
    const NAME: &'static str = "persistentvolume-binder-controller";

    fn keys(&self, world: &World, change: &Change) -> Vec<Key> {
        match &change.object {
            Object::PersistentVolumeClaim(claim) => {
                let volume = volume_name(claim).map(Key::cluster_wide);
                std::iter::once(claim.key()).chain(volume).collect()
            }
            Object::PersistentVolume(volume) => {
                let mut keys = vec![volume.key()];
                match claim_of(volume) {
                    Some(reference) => keys.push(claim_key(reference)),
                    // Somebody may have waited for it.
                    None if change.change != ChangeType::Deleted => {
                        let claims = world.store.state().list::<PersistentVolumeClaim>();
                        keys.extend(
                            claims.filter(|claim| phase(claim) == "Pending").map(|claim| claim.key()),
                        );
                    }
                    None => {}
                }
                keys
            }
            _ => Vec::new(),
        }
    }

    fn reconcile(&mut self, world: &mut World, key: &Key) -> Outcome {
        if key.namespace.is_empty() {
            sync_volume(world, key);
        } else {
            sync_claim(world, key);
        }
        Outcome::Done
    }
}

fn sync_claim(world: &mut World, key: &Key) {
    let Some(claim) = world.store.get::<PersistentVolumeClaim>(key).cloned() else { return };
    let was_bound = claim.metadata.annotations.iter().flatten().any(|(name, _)| name == BIND_COMPLETED);
    let named = volume_name(&claim);
    let volume =
        named.and_then(|name| world.store.get::<PersistentVolume>(&Key::cluster_wide(name)).cloned());
    match (named, volume) {
        (Some(_), Some(volume)) if belongs_to(&volume, &claim) || claim_of(&volume).is_none() => {
            bind(world, &volume, &claim);
        }
        (Some(_), volume) if was_bound => lose(world, &claim, volume.is_some()),
        // A person asked for a volume that is not there yet, or that somebody else has.
        (Some(_), _) => {}
        (None, _) if claim.is_deleting() => {}
        (None, _) => match best_volume(world, &claim) {
            Some(volume) => bind(world, &volume, &claim),
            None => provision(world, &claim),
        },
    }
}

/// The smallest volume that is free, or was meant for this claim, and meets what it asks (`FindMatchingVolume`).
fn best_volume(world: &World, claim: &PersistentVolumeClaim) -> Option<Arc<PersistentVolume>> {
    let spec = claim.spec.clone().unwrap_or_default();
    let selector =
        spec.selector.as_ref().map(|chosen| Selector::new(Some(chosen)).unwrap_or(Selector::Nothing));
    let wanted = spec.resources.and_then(|resources| size(resources.requests.as_ref()));
    let fits = |volume: &PersistentVolume| {
        let own = volume.spec.clone().unwrap_or_default();
        let modes = own.access_modes.unwrap_or_default();
        claim_of(volume).is_none()
            && !volume.is_deleting()
            && own.storage_class_name.unwrap_or_default()
                == spec.storage_class_name.clone().unwrap_or_default()
            && own.volume_mode == spec.volume_mode
            && spec.access_modes.iter().flatten().all(|mode| modes.contains(mode))
            && size(own.capacity.as_ref()) >= wanted
            && selector.as_ref().is_none_or(|it| it.matches_option(volume.metadata.labels.as_ref()))
    };
    let volumes = || world.store.state().list::<PersistentVolume>();
    let meant = volumes().find(|volume| belongs_to(volume, claim));
    let smallest = || {
        volumes()
            .filter(|volume| fits(volume))
            .min_by_key(|volume| size(volume.spec.as_ref().and_then(|spec| spec.capacity.as_ref())))
    };
    meant.or_else(smallest).cloned()
}

fn size(amounts: Option<&BTreeMap<String, ApiQuantity>>) -> Option<i64> {
    Quantity::parse(&amounts?.get("storage")?.0).ok().map(Quantity::value)
}

/// Makes a volume for a claim of the standard class; its binding follows when the volume is seen.
fn provision(world: &mut World, claim: &PersistentVolumeClaim) {
    let spec = claim.spec.clone().unwrap_or_default();
    match spec.storage_class_name.as_deref() {
        Some(STANDARD_CLASS) => {}
        None | Some("") => {
            let message = "no persistent volumes available for this claim and no storage class is set";
            return world.normal(SOURCE, claim, "FailedBinding", message);
        }
        Some(other) => {
            let message = format!("storageclass.storage.k8s.io {other:?} not found");
            return world.warn(SOURCE, claim, "ProvisioningFailed", message);
        }
    }
    let name = format!("pvc-{}", claim.uid());
    let volume = PersistentVolume {
        metadata: ObjectMeta {
            name: Some(name.clone()),
            annotations: Some([(PROVISIONED_BY.to_owned(), PROVISIONER.to_owned())].into()),
            ..ObjectMeta::default()
        },
        spec: Some(PersistentVolumeSpec {
            access_modes: spec.access_modes,
            capacity: spec.resources.and_then(|resources| resources.requests),
            claim_ref: Some(reference(claim)),
            csi: Some(CSIPersistentVolumeSource {
                driver: PROVISIONER.to_owned(),
                volume_handle: name.clone(),
                ..CSIPersistentVolumeSource::default()
            }),
            persistent_volume_reclaim_policy: Some("Delete".to_owned()),
            storage_class_name: spec.storage_class_name,
            volume_mode: spec.volume_mode,
            ..PersistentVolumeSpec::default()
        }),
        status: None,
    };
    // The name is the claim's uid: if there is one already, it is this claim's, and is found there.
    if let Ok(volume) = world.create(volume) {
        world.normal(
            SOURCE,
            claim,
            "ProvisioningSucceeded",
            format!("Successfully provisioned volume {name}"),
        );
        bind(world, &volume, claim);
    }
}

/// Binds the two to each other: first the volume, then the claim.
fn bind(world: &mut World, volume: &PersistentVolume, claim: &PersistentVolumeClaim) {
    let now = world.now;
    let name = volume.name().to_owned();
    let bound = world.write::<PersistentVolume>(&volume.key(), |volume| {
        let spec = volume.spec.get_or_insert_default();
        if spec.claim_ref.as_ref().is_none_or(|own| own.uid.is_none()) {
            spec.claim_ref = Some(reference(claim));
            let annotations = volume.metadata.annotations.get_or_insert_default();
            annotations.insert(BOUND_BY_CONTROLLER.to_owned(), "yes".to_owned());
        }
        set_phase(volume, "Bound", now);
    });
    let Ok(volume) = bound else { return };
    let spec = volume.spec.clone().unwrap_or_default();
    // It may have been deleted; then the volume's sync will see that nobody claims it.
    let _ = world.write::<PersistentVolumeClaim>(&claim.key(), |claim| {
        let annotations = claim.metadata.annotations.get_or_insert_default();
        annotations.insert(BIND_COMPLETED.to_owned(), "yes".to_owned());
        let own = claim.spec.get_or_insert_default();
        if own.volume_name.as_deref().is_none_or(str::is_empty) {
            annotations.insert(BOUND_BY_CONTROLLER.to_owned(), "yes".to_owned());
            own.volume_name = Some(name);
        }
        let status = claim.status.get_or_insert_default();
        status.phase = Some("Bound".to_owned());
        status.access_modes = spec.access_modes;
        status.capacity = spec.capacity;
    });
}

/// A bound claim whose volume is gone, or is another's.
fn lose(world: &mut World, claim: &PersistentVolumeClaim, is_there: bool) {
    if phase(claim) == "Lost" {
        return;
    }
    let (reason, message) = if is_there {
        ("ClaimMisbound", "Two claims are bound to the same volume, this one is bound incorrectly")
    } else {
        ("ClaimLost", "Bound claim has lost its PersistentVolume. Data on the volume is lost!")
    };
    world.warn(SOURCE, claim, reason, message);
    let _ = world.write::<PersistentVolumeClaim>(&claim.key(), |claim| {
        let status = claim.status.get_or_insert_default();
        status.phase = Some("Lost".to_owned());
        status.access_modes = None;
        status.capacity = None;
    });
}

fn sync_volume(world: &mut World, key: &Key) {
    let Some(volume) = world.store.get::<PersistentVolume>(key).cloned() else { return };
    let Some(wanted) = claim_of(&volume).filter(|reference| reference.uid.is_some()) else {
        return write_phase(world, key, "Available");
    };
    let claim = world.store.get::<PersistentVolumeClaim>(&claim_key(wanted));
    if claim.is_some_and(|claim| belongs_to(&volume, claim)) {
        return;
    }
    write_phase(world, key, "Released");
    let policy = volume.spec.as_ref().and_then(|spec| spec.persistent_volume_reclaim_policy.as_deref());
    if policy == Some("Delete") && !volume.is_deleting() {
        // If it is gone already, nothing is left to delete.
        let _ = world.delete::<PersistentVolume>(key, Default::default());
    }
}

fn write_phase(world: &mut World, key: &Key, phase: &str) {
    let now = world.now;
    // It may be gone, and its phase with it.
    let _ = world.write::<PersistentVolume>(key, |volume| set_phase(volume, phase, now));
}

fn set_phase(volume: &mut PersistentVolume, phase: &str, now: crate::cluster::clock::SimTime) {
    let status = volume.status.get_or_insert_default();
    if status.phase.as_deref() != Some(phase) {
        status.phase = Some(phase.to_owned());
        status.last_phase_transition_time = Some(now.to_time());
    }
}

fn phase(claim: &PersistentVolumeClaim) -> &str {
    claim.status.as_ref().and_then(|status| status.phase.as_deref()).unwrap_or("Pending")
}

fn volume_name(claim: &PersistentVolumeClaim) -> Option<&str> {
    claim.spec.as_ref()?.volume_name.as_deref().filter(|name| !name.is_empty())
}

/// For which claim a volume is.
fn claim_of(volume: &PersistentVolume) -> Option<&ObjectReference> {
    volume.spec.as_ref()?.claim_ref.as_ref()
}

fn claim_key(reference: &ObjectReference) -> Key {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    Key::new(&text(&reference.namespace), &text(&reference.name))
}

/// Whether a volume is for this claim. A person who makes one may leave the uid out; a claim that comes again under the
/// same name has another.
fn belongs_to(volume: &PersistentVolume, claim: &PersistentVolumeClaim) -> bool {
    claim_of(volume).is_some_and(|reference| {
        claim_key(reference) == claim.key() && reference.uid.as_deref().is_none_or(|uid| uid == claim.uid())
    })
}

#[cfg(test)]
mod tests;
