//! What the API server fills into claims, volumes and storage classes.
//!
//! Sources: `pkg/apis/core/v1/defaults.go`, `pkg/apis/storage/v1/defaults.go`; admission plugins `DefaultStorageClass` and
//! `StorageObjectInUseProtection`.

use super::Admit;
use crate::cluster::finalizers;
use crate::cluster::object::Key;
use crate::cluster::state::State;
use crate::cluster::storage_class::default_class;
use crate::cluster::volumes::{class_name, phase, requested};
use k8s_openapi::api::core::v1::{PersistentVolume, PersistentVolumeClaim};
use k8s_openapi::api::storage::v1::{CSINode, StorageClass, VolumeAttachment};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

/// The finalizer that holds a claim as long as a Pod uses it.
pub const CLAIM_PROTECTION: &str = "kubernetes.io/pvc-protection";
/// The finalizer that holds a volume as long as a claim is bound to it.
pub const VOLUME_PROTECTION: &str = "kubernetes.io/pv-protection";

impl Admit for PersistentVolumeClaim {
    fn fill_in(&mut self, state: &State) {
        let spec = self.spec.get_or_insert_default();
        spec.volume_mode.get_or_insert_with(|| "Filesystem".to_owned());
        if is_new(&self.metadata) {
            // No class at all is written as "", and stays.
            if spec.storage_class_name.is_none() {
                spec.storage_class_name = default_class(state);
            }
            finalizers::add(&mut self.metadata, CLAIM_PROTECTION);
        }
        self.status.get_or_insert_default().phase.get_or_insert_with(|| "Pending".to_owned());
    }

    /// A claim may ask for more only where its class says that volumes can grow (plugin `PersistentVolumeClaimResize`).
    fn forbids_update(&self, old: &PersistentVolumeClaim, state: &State) -> Option<String> {
        if requested(self) <= requested(old) {
            return None;
        }
        if phase(old) != "Bound" {
            return Some("Only bound persistent volume claims can be expanded".to_owned());
        }
        let class = class_name(old).and_then(|name| state.get::<StorageClass>(&Key::cluster_wide(name)));
        let allows = class.is_some_and(|class| class.allow_volume_expansion == Some(true));
        (!allows).then(|| {
            "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support \
             resize"
                .to_owned()
        })
    }
}

impl Admit for PersistentVolume {
    fn fill_in(&mut self, _state: &State) {
        let spec = self.spec.get_or_insert_default();
        spec.volume_mode.get_or_insert_with(|| "Filesystem".to_owned());
        spec.persistent_volume_reclaim_policy.get_or_insert_with(|| "Retain".to_owned());
        if is_new(&self.metadata) {
            finalizers::add(&mut self.metadata, VOLUME_PROTECTION);
        }
        self.status.get_or_insert_default().phase.get_or_insert_with(|| "Pending".to_owned());
    }
}

impl Admit for StorageClass {
    fn fill_in(&mut self, _state: &State) {
        self.reclaim_policy.get_or_insert_with(|| "Delete".to_owned());
        self.volume_binding_mode.get_or_insert_with(|| "Immediate".to_owned());
    }
}

impl Admit for CSINode {}
impl Admit for VolumeAttachment {}

fn is_new(meta: &ObjectMeta) -> bool {
    meta.resource_version.is_none()
}
