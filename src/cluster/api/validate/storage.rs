//! Claims, volumes and storage classes. Sources: `pkg/apis/core/validation/validation.go`,
//! `pkg/apis/storage/validation/validation.go`.

use super::Validate;
use super::rules::{self, one_of};
use crate::cluster::api::field::FieldError;
use crate::cluster::quantity::Quantity;
use crate::cluster::volumes::{granted, phase, requested};
use k8s_openapi::api::core::v1::{PersistentVolume, PersistentVolumeClaim};
use k8s_openapi::api::storage::v1::{CSINode, StorageClass, VolumeAttachment};

const MODES: [&str; 4] = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];

impl Validate for PersistentVolumeClaim {
    fn validate(&self) -> Vec<FieldError> {
        let spec = self.spec.clone().unwrap_or_default();
        let mut errors = Vec::new();
        let modes = spec.access_modes.unwrap_or_default();
        if modes.is_empty() {
            errors.push(FieldError::required("spec.accessModes", "at least 1 access mode is required"));
        }
        for mode in &modes {
            errors.extend(one_of("spec.accessModes", Some(mode), &MODES));
        }
        let (alone, others): (Vec<&String>, Vec<&String>) = modes
            .iter()
            .filter(|mode| MODES.contains(&mode.as_str()))
            .partition(|mode| *mode == "ReadWriteOncePod");
        if !alone.is_empty() && !others.is_empty() {
            let detail = "may not use ReadWriteOncePod with other access modes";
            errors.push(FieldError::forbidden("spec.accessModes", detail));
        }
        let storage = spec.resources.and_then(|resources| resources.requests?.get("storage").cloned());
        match storage {
            None => errors.push(FieldError::required("spec.resources[storage]", "")),
            Some(size) => match Quantity::parse(&size.0) {
                Ok(quantity) if quantity.is_zero() || size.0.starts_with('-') => {
                    let detail = "must be greater than zero";
                    errors.push(FieldError::invalid("spec.resources[storage]", &size.0, detail));
                }
                _ => errors.extend(rules::quantity("spec.resources[storage]", &size)),
            },
        }
        errors
    }

    /// What a claim asks for is fixed; only its size may change, once it is bound, and never below what it has.
    fn validate_update(&self, old: &PersistentVolumeClaim) -> Vec<FieldError> {
        let is_bound = phase(old) == "Bound";
        let mut same = old.spec.clone().unwrap_or_default();
        let new = self.spec.clone().unwrap_or_default();
        if is_bound {
            same.resources.clone_from(&new.resources);
            same.volume_attributes_class_name.clone_from(&new.volume_attributes_class_name);
        }
        if same.storage_class_name.is_none() {
            same.storage_class_name.clone_from(&new.storage_class_name);
        }
        if same != new {
            let detail = "spec is immutable after creation except resources.requests and volumeAttributesClassName for \
                          bound claims";
            return vec![FieldError::forbidden("spec", detail)];
        }
        if requested(self) < requested(old) && requested(self) < granted(old) {
            let detail = "field can not be less than status.capacity";
            return vec![FieldError::forbidden("spec.resources.requests.storage", detail)];
        }
        Vec::new()
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

#[cfg(test)]
mod tests {
    use super::super::tests::refusals;
    use serde_json::{Value, json};

    #[test]
    fn a_claim_asks_for_some_room_and_for_modes_that_go_together() {
        let claim = |modes: Value, storage: &str| {
            refusals(json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "c"},
                "spec": {"accessModes": modes, "resources": {"requests": {"storage": storage}}}}))
        };
        assert_eq!(claim(json!(["ReadWriteOnce", "ReadOnlyMany"]), "1Gi"), [""; 0]);
        assert_eq!(
            claim(json!(["ReadWriteOncePod", "ReadWriteOnce"]), "0"),
            [
                "spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes",
                "spec.resources[storage]: Invalid value: \"0\": must be greater than zero",
            ]
        );
    }
}
