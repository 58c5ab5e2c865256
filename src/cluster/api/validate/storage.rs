//! Claims, volumes and storage classes. Sources: `pkg/apis/core/validation/validation.go`,
//! `pkg/apis/storage/validation/validation.go`.

use super::Validate;
use super::rules::{self, one_of};
use crate::cluster::api::field::FieldError;
use k8s_openapi::api::core::v1::{PersistentVolume, PersistentVolumeClaim};
use k8s_openapi::api::storage::v1::{CSINode, StorageClass, VolumeAttachment};

impl Validate for PersistentVolumeClaim {
    fn validate(&self) -> Vec<FieldError> {
        let spec = self.spec.clone().unwrap_or_default();
        let mut errors = Vec::new();
        let modes = spec.access_modes.unwrap_or_default();
        if modes.is_empty() {
            errors.push(FieldError::required("spec.accessModes", "at least 1 access mode is required"));
        }
        for mode in &modes {
            errors.extend(one_of(
                "spec.accessModes",
                Some(mode),
                &["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"],
            ));
        }
        let storage = spec.resources.and_then(|resources| resources.requests?.get("storage").cloned());
        match storage {
            None => errors.push(FieldError::required("spec.resources[storage]", "")),
            Some(size) => errors.extend(rules::quantity("spec.resources[storage]", &size)),
        }
        errors
    }
}

impl Validate for StorageClass {
    fn validate(&self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if self.provisioner.is_empty() {
            errors.push(FieldError::required("provisioner", ""));
        }
        errors.extend(one_of("reclaimPolicy", self.reclaim_policy.as_deref(), &["Delete", "Retain"]));
        let mode = self.volume_binding_mode.as_deref();
        errors.extend(one_of("volumeBindingMode", mode, &["Immediate", "WaitForFirstConsumer"]));
        errors
    }

    fn validate_update(&self, old: &StorageClass) -> Vec<FieldError> {
        let changed = [
            ("parameters", self.parameters != old.parameters),
            ("provisioner", self.provisioner != old.provisioner),
            ("reclaimPolicy", self.reclaim_policy != old.reclaim_policy),
        ];
        let mut errors: Vec<FieldError> = changed
            .into_iter()
            .filter(|(_, changed)| *changed)
            .map(|(field, _)| FieldError::forbidden(field, format!("updates to {field} are forbidden.")))
            .collect();
        if self.volume_binding_mode != old.volume_binding_mode {
            let detail = "field is immutable";
            errors.push(FieldError::invalid("volumeBindingMode", &self.volume_binding_mode, detail));
        }
        errors
    }
}

impl Validate for PersistentVolume {}
impl Validate for CSINode {}
impl Validate for VolumeAttachment {}
