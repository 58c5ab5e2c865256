//! What the API server fills into claims and volumes.
//!
//! Sources: `pkg/apis/core/v1/defaults.go`; admission plugins `DefaultStorageClass` and
//! `StorageObjectInUseProtection`.

use super::Admit;
use crate::cluster::finalizers;
use crate::cluster::state::State;
use k8s_openapi::api::core::v1::{PersistentVolume, PersistentVolumeClaim};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

/// The storage class of the simulated cluster, which is the default.
pub const STANDARD_CLASS: &str = "standard";
/// The finalizer that holds a claim as long as a Pod uses it.
pub const CLAIM_PROTECTION: &str = "kubernetes.io/pvc-protection";
/// The finalizer that holds a volume as long as a claim is bound to it.
pub const VOLUME_PROTECTION: &str = "kubernetes.io/pv-protection";

impl Admit for PersistentVolumeClaim {
    fn fill_in(&mut self, _state: &State) {
        let spec = self.spec.get_or_insert_default();
        spec.volume_mode.get_or_insert_with(|| "Filesystem".to_owned());
        if is_new(&self.metadata) {
            // No class at all is written as "", and stays.
            spec.storage_class_name.get_or_insert_with(|| STANDARD_CLASS.to_owned());
            finalizers::add(&mut self.metadata, CLAIM_PROTECTION);
        }
        self.status.get_or_insert_default().phase.get_or_insert_with(|| "Pending".to_owned());
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

fn is_new(meta: &ObjectMeta) -> bool {
    meta.resource_version.is_none()
}
