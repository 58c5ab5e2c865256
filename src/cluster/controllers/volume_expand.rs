//! Makes volumes larger when their claims ask for more: first the storage itself, then, where a Pod uses it, the file system on it.
//!
//! The first is the work of the CSI driver's resizer, the second of the kubelet. A Pod that runs already has its file system
//! resized under it; without one the claim waits with the condition `FileSystemResizePending`. Whether a claim may ask for more
//! is decided by the API server, when it is changed.
//!
//! Source: kubernetes-csi/external-resizer `pkg/controller/controller.go`; `pkg/volume/util/operationexecutor`
//! (`expandVolumeDuringMount`, `nodeExpandVolume`); docs "Expanding Persistent Volumes Claims".

use super::pods::{is_terminating, phase as pod_phase};
use super::{Controller, Outcome};
use crate::cluster::clock::SimTime;
use crate::cluster::engine::World;
use crate::cluster::object::{Key, Object, Resource};
use crate::cluster::quantity::Quantity;
use crate::cluster::store::Change;
use crate::cluster::volumes::{bound_volume, claims, csi};
use k8s_openapi::api::core::v1::{
    PersistentVolume, PersistentVolumeClaim, PersistentVolumeClaimCondition, PersistentVolumeClaimStatus, Pod,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as ApiQuantity;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Whose Events tell of the storage; a real one has its driver's name behind it.
const RESIZER: &str = "external-resizer";
const STORAGE: &str = "storage";
const RESIZING: &str = "Resizing";
const PENDING: &str = "FileSystemResizePending";
const WAITING: &str = "Waiting for user to (re-)start a pod to finish file system resize of volume on node.";

/// The resizers of all drivers, and the part of the kubelets that follows them.
#[derive(Debug, Default)]
pub struct VolumeExpander;

impl Controller for VolumeExpander {
    const NAME: &'static str = "volume_expand";

    fn keys(&self, _world: &World, change: &Change) -> Vec<Key> {
        match &change.object {
            Object::PersistentVolumeClaim(claim) => vec![claim.key()],
            Object::Pod(pod) => claims(pod).map(|name| Key::new(pod.namespace(), name)).collect(),
            _ => Vec::new(),
        }
    }

    fn reconcile(&mut self, world: &mut World, key: &Key) -> Outcome {
        let Some(claim) = world.store.get::<PersistentVolumeClaim>(key).cloned() else {
            return Outcome::Done;
        };
        let Some(volume) = bound_volume(world.store.state(), &claim).cloned() else { return Outcome::Done };
        let wanted = claim.spec.as_ref().and_then(|spec| spec.resources.as_ref()?.requests.as_ref());
        let wanted = wanted.and_then(|amounts| amounts.get(STORAGE)).cloned();
        let have = claim.status.as_ref().and_then(|status| status.capacity.as_ref()?.get(STORAGE));
        let Some(wanted) = wanted.filter(|wanted| bytes(Some(wanted)) > bytes(have)) else {
            return Outcome::Done;
        };
        let size = volume.spec.as_ref().and_then(|spec| spec.capacity.as_ref()?.get(STORAGE));
        if bytes(size) < bytes(Some(&wanted)) {
            expand(world, &claim, &volume, &wanted);
        } else if let Some(pod) = user(world, &claim) {
            resize_file_system(world, &claim, &volume, &pod);
        }
        Outcome::Done
    }
}

fn bytes(quantity: Option<&ApiQuantity>) -> i64 {
    quantity.and_then(|quantity| Quantity::parse(&quantity.0).ok()).map_or(0, Quantity::value)
}

/// The storage grows; the file system on it is next.
fn expand(world: &mut World, claim: &PersistentVolumeClaim, volume: &PersistentVolume, wanted: &ApiQuantity) {
    if csi(volume).is_none() {
        let message = "waiting for an external controller to expand this PVC";
        return world.normal(VolumeExpander::NAME, claim, "ExternalExpanding", message);
    }
    let message = format!("External resizer is resizing volume {}", volume.name());
    world.normal(RESIZER, claim, "Resizing", message);
    let now = world.now;
    let amounts = |quantity: &str| Some([(STORAGE.to_owned(), quantity.to_owned())].into());
    write_status(world, claim, |status| {
        status.allocated_resources = Some(amount(wanted));
        status.allocated_resource_statuses = amounts("ControllerResizeInProgress");
        status.conditions = Some(vec![condition(RESIZING, None, now)]);
    });
    let size = amount(wanted);
    // The volume was there when this sync began.
    let _ = world.write::<PersistentVolume>(&volume.key(), |volume| {
        volume.spec.get_or_insert_default().capacity = Some(size);
    });
    world.normal(RESIZER, claim, "FileSystemResizeRequired", "Require file system resize of volume on node");
    write_status(world, claim, |status| {
        status.allocated_resource_statuses = amounts("NodeResizePending");
        status.conditions = Some(vec![condition(PENDING, Some(WAITING), now)]);
    });
}

/// A Pod that has the volume mounted.
fn user(world: &World, claim: &PersistentVolumeClaim) -> Option<Arc<Pod>> {
    let uses = |pod: &&Arc<Pod>| claims(pod).any(|name| name == claim.name());
    let runs = |pod: &&Arc<Pod>| pod_phase(pod) == "Running" && !is_terminating(pod);
    world.store.state().list_in::<Pod>(claim.namespace()).filter(uses).find(runs).cloned()
}

fn resize_file_system(
    world: &mut World,
    claim: &PersistentVolumeClaim,
    volume: &PersistentVolume,
    pod: &Pod,
) {
    let size = volume.spec.as_ref().and_then(|spec| spec.capacity.clone());
    write_status(world, claim, |status| {
        status.capacity = size;
        status.conditions = None;
        status.allocated_resources = None;
        status.allocated_resource_statuses = None;
    });
    let node = super::pods::node_name(pod).unwrap_or("");
    let message = format!("MountVolume.NodeExpandVolume succeeded for volume {:?} {node}", volume.name());
    world.normal("kubelet", pod, "FileSystemResizeSuccessful", message);
}

fn amount(quantity: &ApiQuantity) -> BTreeMap<String, ApiQuantity> {
    [(STORAGE.to_owned(), quantity.clone())].into()
}

fn condition(type_: &str, message: Option<&str>, now: SimTime) -> PersistentVolumeClaimCondition {
    PersistentVolumeClaimCondition {
        type_: type_.to_owned(),
        status: "True".to_owned(),
        message: message.map(str::to_owned),
        last_transition_time: Some(now.to_time()),
        ..PersistentVolumeClaimCondition::default()
    }
}

fn write_status(
    world: &mut World,
    claim: &PersistentVolumeClaim,
    change: impl FnOnce(&mut PersistentVolumeClaimStatus),
) {
    // It was there when this sync began.
    let _ = world.write::<PersistentVolumeClaim>(&claim.key(), |claim| {
        change(claim.status.get_or_insert_default());
    });
}

#[cfg(test)]
mod tests;
