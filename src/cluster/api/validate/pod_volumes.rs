//! The volumes of a Pod. Source: `pkg/apis/core/validation/validation.go` (`ValidateVolumes`).

use super::rules::{LABEL_NAME, is_label_name};
use crate::cluster::api::field::FieldError;
use k8s_openapi::api::core::v1::PodSpec;
use std::collections::BTreeSet;

/// Checks the volumes and returns their names.
pub(super) fn validate<'a>(path: &str, spec: &'a PodSpec, errors: &mut Vec<FieldError>) -> BTreeSet<&'a str> {
    let mut names = BTreeSet::new();
    let path_of_volumes = format!("{path}.volumes");
    for (index, volume) in spec.volumes.iter().flatten().enumerate() {
        let path = format!("{path_of_volumes}[{index}].name");
        if volume.name.is_empty() {
            errors.push(FieldError::required(path, ""));
        } else if !is_label_name(&volume.name) {
            errors.push(FieldError::invalid(path, &volume.name, LABEL_NAME));
        } else if !names.insert(volume.name.as_str()) {
            errors.push(FieldError::duplicate(path, &volume.name));
        }
        let path = format!("{path_of_volumes}[{index}]");
        if volume.config_map.as_ref().is_some_and(|from| from.name.is_empty()) {
            errors.push(FieldError::required(format!("{path}.configMap.name"), ""));
        }
        let secret = volume.secret.as_ref();
        if secret.is_some_and(|from| from.secret_name.as_deref().unwrap_or("").is_empty()) {
            errors.push(FieldError::required(format!("{path}.secret.secretName"), ""));
        }
    }
    names
}
