//! ConfigMaps and Secrets. Source: `pkg/apis/core/validation/validation.go` (`ValidateConfigMap`, `ValidateSecret`).

use super::Validate;
use crate::cluster::api::field::FieldError;
use k8s_openapi::api::core::v1::{ConfigMap, Secret};

const KEY: &str = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or \
     'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
const FROZEN: &str = "field is immutable when `immutable` is set";
/// The longest key, in bytes.
const LONGEST_KEY: usize = 253;

/// What is wrong with the keys of `field`.
fn keys<'k>(field: &str, keys: impl Iterator<Item = &'k String>) -> Vec<FieldError> {
    let error = |key: &String| {
        let is_word = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        let detail = if key.len() > LONGEST_KEY {
            format!("must be no more than {LONGEST_KEY} bytes")
        } else if key.is_empty() || !key.bytes().all(is_word) {
            KEY.to_owned()
        } else if key == "." || key == ".." {
            format!("must not be '{key}'")
        } else if key.starts_with("..") {
            "must not start with '..'".to_owned()
        } else {
            return None;
        };
        Some(FieldError::invalid(format!("{field}[{key}]"), key, detail))
    };
    keys.filter_map(error).collect()
}

/// What may not change of an object that says it never will.
fn frozen(was: Option<bool>, is: Option<bool>, changed: &[(&str, bool)]) -> Vec<FieldError> {
    if was != Some(true) {
        return Vec::new();
    }
    let unfrozen = [("immutable", is != Some(true))];
    let fields = unfrozen.iter().chain(changed).filter(|(_, differs)| *differs);
    fields.map(|(field, _)| FieldError::forbidden(*field, FROZEN)).collect()
}

impl Validate for ConfigMap {
    fn validate(&self) -> Vec<FieldError> {
        let mut errors = keys("data", self.data.iter().flat_map(|data| data.keys()));
        errors.extend(keys("binaryData", self.binary_data.iter().flat_map(|data| data.keys())));
        let twice = self.data.iter().flat_map(|data| data.keys());
        let twice = twice.filter(|key| self.binary_data.as_ref().is_some_and(|data| data.contains_key(*key)));
        errors.extend(twice.map(|key| {
            FieldError::invalid(format!("data[{key}]"), key, "duplicate of key present in binaryData")
        }));
        errors
    }

    fn validate_update(&self, old: &ConfigMap) -> Vec<FieldError> {
        let changed = [("data", self.data != old.data), ("binaryData", self.binary_data != old.binary_data)];
        frozen(old.immutable, self.immutable, &changed)
    }
}

impl Validate for Secret {
    fn validate(&self) -> Vec<FieldError> {
        keys("data", self.data.iter().flat_map(|data| data.keys()))
    }

    fn validate_update(&self, old: &Secret) -> Vec<FieldError> {
        let mut errors = frozen(old.immutable, self.immutable, &[("data", self.data != old.data)]);
        if self.type_ != old.type_ {
            errors.push(FieldError::invalid("type", &self.type_, super::rules::IMMUTABLE));
        }
        errors
    }
}
