//! The variables of a container, and where they come from. Source: `pkg/apis/core/validation/validation.go` (`ValidateEnv`,
//! `ValidateEnvFrom`).

use crate::cluster::api::field::FieldError;
use k8s_openapi::api::core::v1::{Container, EnvVar, EnvVarSource};

const NAME: &str =
    "a valid environment variable name must consist only of printable ASCII characters other than '='";
const TWO_SOURCES: &str = "may not have more than one field specified at a time";

/// What is wrong with the variables of the container at this path.
pub(super) fn validate(path: &str, container: &Container) -> Vec<FieldError> {
    let mut errors = Vec::new();
    for (index, variable) in container.env.iter().flatten().enumerate() {
        let path = format!("{path}.env[{index}]");
        errors.extend(validate_name(format!("{path}.name"), &variable.name));
        if let Some(from) = &variable.value_from {
            errors.extend(validate_source(&format!("{path}.valueFrom"), variable, from));
        }
    }
    for (index, source) in container.env_from.iter().flatten().enumerate() {
        let path_of_all = format!("{path}.envFrom");
        let path = format!("{path_of_all}[{index}]");
        if let Some(prefix) = source.prefix.as_deref().filter(|prefix| !prefix.is_empty()) {
            errors.extend(validate_name(format!("{path}.prefix"), prefix));
        }
        let map = source.config_map_ref.as_ref().map(|map| ("configMapRef", &map.name));
        let secret = source.secret_ref.as_ref().map(|secret| ("secretRef", &secret.name));
        let named = map.into_iter().chain(secret);
        errors.extend(
            named
                .filter(|(_, name)| name.is_empty())
                .map(|(field, _)| FieldError::required(format!("{path}.{field}.name"), "")),
        );
        match (map, secret) {
            (None, None) => {
                let detail = "must specify one of: `configMapRef` or `secretRef`";
                errors.push(FieldError::invalid(path_of_all, &"", detail));
            }
            (Some(_), Some(_)) => errors.push(FieldError::invalid(path_of_all, &"", TWO_SOURCES)),
            _ => {}
        }
    }
    errors
}

fn validate_name(path: String, name: &str) -> Option<FieldError> {
    if name.is_empty() {
        return Some(FieldError::required(path, ""));
    }
    let is_meant = |c: char| matches!(c, ' '..='~') && c != '=';
    (!name.chars().all(is_meant)).then(|| FieldError::invalid(path, &name, NAME))
}

fn validate_source(path: &str, variable: &EnvVar, from: &EnvVarSource) -> Vec<FieldError> {
    let required = |field: &str| FieldError::required(format!("{path}.{field}"), "");
    let mut errors = Vec::new();
    if from.field_ref.as_ref().is_some_and(|field| field.field_path.is_empty()) {
        errors.push(required("fieldRef.fieldPath"));
    }
    if from.resource_field_ref.as_ref().is_some_and(|field| field.resource.is_empty()) {
        errors.push(required("resourceFieldRef.resource"));
    }
    if from.config_map_key_ref.as_ref().is_some_and(|map| map.key.is_empty()) {
        errors.push(required("configMapKeyRef.key"));
    }
    if from.secret_key_ref.as_ref().is_some_and(|secret| secret.key.is_empty()) {
        errors.push(required("secretKeyRef.key"));
    }
    let sources = [
        from.field_ref.is_some(),
        from.resource_field_ref.is_some(),
        from.config_map_key_ref.is_some(),
        from.secret_key_ref.is_some(),
        from.file_key_ref.is_some(),
    ];
    let detail = match sources.into_iter().filter(|there| *there).count() {
        0 => "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`",
        _ if variable.value.as_deref().is_some_and(|value| !value.is_empty()) => {
            "may not be specified when `value` is not empty"
        }
        1 => return errors,
        _ => TWO_SOURCES,
    };
    errors.push(FieldError::invalid(path, &"", detail));
    errors
}
