//! The volume binder: gives every claim a volume of its own, and does away with volumes whose claim is gone.
//!
//! A claim whose class waits for its first consumer is left alone until the scheduler has said on which Node its volume is
//! wanted, or has chosen one that somebody made by hand. Claims of no class (`storageClassName: ""`) take only such ones.
//!
//! Source: `pkg/controller/volume/persistentvolume/pv_controller.go`, `staging/src/k8s.io/component-helpers/storage/volume`.

use super::{Controller, Outcome};
use crate::cluster::clock::Millis;
use crate::cluster::engine::World;
use crate::cluster::events::reference;
use crate::cluster::object::{Key, Object, Resource};
use crate::cluster::storage_class::{Class, Reach, attaches, default_class, waits_for_consumer};
use crate::cluster::store::{Change, ChangeType};
use crate::cluster::volumes::{
    self, belongs_to, best_volume, claim_key, claim_of, class_name, meant_for, phase, selected_node,
    volume_name,
};
use k8s_openapi::api::core::v1::{
    CSIPersistentVolumeSource, HostPathVolumeSource, Node, PersistentVolume, PersistentVolumeClaim,
    PersistentVolumeSpec, Pod, VolumeNodeAffinity,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use std::collections::BTreeSet;

const SOURCE: &str = "persistentvolume-controller";
/// `--pvclaimbinder-sync-period`.
const PERIOD: Millis = Millis::secs(15);
const PROVISIONED_BY: &str = "pv.kubernetes.io/provisioned-by";
/// On a claim: its binding was complete once, so that a missing volume means lost data.
const BIND_COMPLETED: &str = "pv.kubernetes.io/bind-completed";
const BOUND_BY_CONTROLLER: &str = "pv.kubernetes.io/bound-by-controller";

/// Binds claims and volumes. A key with a namespace is a claim's, one without a volume's.
#[derive(Debug, Default)]
pub struct VolumeBinder;

impl Controller for VolumeBinder {
    const NAME: &'static str = "persistentvolume-binder-controller";
    const PERIOD: Option<Millis> = Some(PERIOD);

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
                    None if change.change != ChangeType::Deleted => keys.extend(pending(world)),
                    None => {}
                }
                keys
            }
            Object::StorageClass(_) => pending(world).collect(),
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

    /// Looks at everything again, so that a claim which waits is told again why.
    fn tick(&mut self, world: &mut World) {
        let claims: Vec<Key> =
            world.store.state().list::<PersistentVolumeClaim>().map(|claim| claim.key()).collect();
        claims.iter().for_each(|key| sync_claim(world, key));
        let volumes: Vec<Key> =
            world.store.state().list::<PersistentVolume>().map(|volume| volume.key()).collect();
        volumes.iter().for_each(|key| sync_volume(world, key));
    }
}

/// The claims that wait for a volume.
fn pending(world: &World) -> impl Iterator<Item = Key> {
    let claims = world.store.state().list::<PersistentVolumeClaim>();
    claims.filter(|claim| phase(claim) == "Pending").map(|claim| claim.key())
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
        (None, _) => find_volume(world, &claim),
    }
}

/// A claim has no volume yet.
fn find_volume(world: &mut World, claim: &PersistentVolumeClaim) {
    let state = world.store.state();
    let delays = waits_for_consumer(state, class_name(claim));
    // Of the volumes that anybody could have, the scheduler chooses.
    let volume = if delays {
        meant_for(state, claim).cloned()
    } else {
        best_volume(state, claim, None, &BTreeSet::new())
    };
    match volume {
        Some(volume) => bind(world, &volume, claim),
        None if delays && selected_node(claim).is_none() => wait_for_consumer(world, claim),
        None => provision(world, claim),
    }
}

fn wait_for_consumer(world: &mut World, claim: &PersistentVolumeClaim) {
    let uses = |pod: &Pod| volumes::claims(pod).any(|name| name == claim.name());
    let pods = world.store.state().list_in::<Pod>(claim.namespace());
    let waiting = pods.filter(|pod| super::pods::node_name(pod).is_none() && uses(pod));
    let waiting: Vec<&str> = waiting.map(|pod| pod.name()).collect();
    let (reason, message) = match waiting.as_slice() {
        [] => ("WaitForFirstConsumer", "waiting for first consumer to be created before binding".to_owned()),
        [pod] => ("WaitForPodScheduled", format!("waiting for pod {pod} to be scheduled")),
        pods => ("WaitForPodScheduled", format!("waiting for pods {} to be scheduled", pods.join(","))),
    };
    world.normal(SOURCE, claim, reason, message);
}

/// Makes a volume for a claim; its binding follows when the volume is seen.
fn provision(world: &mut World, claim: &PersistentVolumeClaim) {
    let state = world.store.state();
    let spec = claim.spec.clone().unwrap_or_default();
    let Some(name) = class_name(claim) else {
        // A default class may have come later than the claim (`assignDefaultStorageClass`).
        if let Some(default) = default_class(state).filter(|_| spec.storage_class_name.is_none()) {
            let _ = world.write::<PersistentVolumeClaim>(&claim.key(), |claim| {
                claim.spec.get_or_insert_default().storage_class_name = Some(default);
            });
            return;
        }
        let message = "no persistent volumes available for this claim and no storage class is set";
        return world.normal(SOURCE, claim, "FailedBinding", message);
    };
    let Some(class) = Class::find(state, name) else {
        let message = format!("storageclass.storage.k8s.io {name:?} not found");
        return world.warn(SOURCE, claim, "ProvisioningFailed", message);
    };
    let chosen = selected_node(claim).and_then(|name| state.get::<Node>(&Key::cluster_wide(name)));
    let nowhere = || {
        let lacks = class.reach() == Reach::Node && chosen.is_none();
        lacks.then(|| {
            format!(
                "failed to provision volume with StorageClass {name:?}: configuration error, no node was specified"
            )
        })
    };
    if let Some(message) = class.no_plugin().or_else(nowhere) {
        return world.warn(SOURCE, claim, "ProvisioningFailed", message);
    }
    let required = class.place(state, chosen.map(AsRef::as_ref));
    let name = format!("pvc-{}", claim.uid());
    let attaches = attaches(&class.provisioner);
    let volume = PersistentVolume {
        metadata: ObjectMeta {
            name: Some(name.clone()),
            annotations: Some([(PROVISIONED_BY.to_owned(), class.provisioner.clone())].into()),
            ..ObjectMeta::default()
        },
        spec: Some(PersistentVolumeSpec {
            access_modes: spec.access_modes,
            capacity: spec.resources.and_then(|resources| resources.requests),
            claim_ref: Some(reference(claim)),
            csi: attaches.then(|| CSIPersistentVolumeSource {
                driver: class.provisioner.clone(),
                volume_handle: name.clone(),
                ..CSIPersistentVolumeSource::default()
            }),
            host_path: (!attaches).then(|| HostPathVolumeSource {
                path: format!("/opt/local-path-provisioner/{name}"),
                type_: Some("DirectoryOrCreate".to_owned()),
            }),
            node_affinity: required.map(|required| VolumeNodeAffinity { required: Some(required) }),
            persistent_volume_reclaim_policy: Some(class.reclaim_policy.clone()),
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
        let was_bound = phase(claim) == "Bound";
        let status = claim.status.get_or_insert_default();
        status.phase = Some("Bound".to_owned());
        status.access_modes = spec.access_modes;
        // Later the file system may be smaller than the volume, until it has been resized (`updateClaimStatus`).
        if !was_bound {
            status.capacity = spec.capacity;
        }
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

#[cfg(test)]
mod tests;
