//! What the API server says when it refuses: the field's path, the kind of reason, the value and a detail, in the words
//! of Kubernetes (apimachinery `pkg/util/validation/field/errors.go`). They stay in English: people search for them.

use crate::cluster::object::{Key, Kind};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use std::fmt;

/// Why a field is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It must be there.
    Required,
    /// Its value cannot be.
    Invalid,
    /// Its value is none of those supported.
    Unsupported,
    /// It may not be set here.
    Forbidden,
    /// It is there twice.
    Duplicate,
    /// It names something that does not exist.
    NotFound,
    /// The API has no such field.
    Unknown,
    /// It is too long.
    TooLong,
    /// It has too many items.
    TooMany,
}

/// One refused field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// Its path, as in `spec.template.spec.containers[0].image`.
    pub path: String,
    /// Why.
    pub reason: Reason,
    /// Its value, as JSON shows it; empty where the value is not shown.
    pub value: String,
    /// In more words; may be empty.
    pub detail: String,
}

impl FieldError {
    /// A field that must be there.
    pub fn required(path: impl Into<String>, detail: impl Into<String>) -> FieldError {
        FieldError {
            path: path.into(),
            reason: Reason::Required,
            value: String::new(),
            detail: detail.into(),
        }
    }

    /// A field whose value cannot be.
    pub fn invalid(
        path: impl Into<String>,
        value: &impl serde::Serialize,
        detail: impl Into<String>,
    ) -> FieldError {
        let value = serde_json::to_string(value).unwrap_or_default();
        FieldError { path: path.into(), reason: Reason::Invalid, value, detail: detail.into() }
    }

    /// A field that may not be set, or not changed.
    pub fn forbidden(path: impl Into<String>, detail: impl Into<String>) -> FieldError {
        FieldError {
            path: path.into(),
            reason: Reason::Forbidden,
            value: String::new(),
            detail: detail.into(),
        }
    }

    /// A value that is none of those supported.
    pub fn unsupported(path: impl Into<String>, value: &str, supported: &[&str]) -> FieldError {
        let supported: Vec<String> = supported.iter().map(|word| format!("{word:?}")).collect();
        FieldError {
            path: path.into(),
            reason: Reason::Unsupported,
            value: format!("{value:?}"),
            detail: format!("supported values: {}", supported.join(", ")),
        }
    }

    /// A text of more bytes than it may have.
    pub fn too_long(path: impl Into<String>, most: usize) -> FieldError {
        FieldError {
            path: path.into(),
            reason: Reason::TooLong,
            value: String::new(),
            detail: format!("may not be more than {most} bytes"),
        }
    }

    /// A list with more items than it may have.
    pub fn too_many(path: impl Into<String>, items: usize, most: usize) -> FieldError {
        FieldError {
            path: path.into(),
            reason: Reason::TooMany,
            value: items.to_string(),
            detail: format!("must have at most {most} items"),
        }
    }

    /// A value that cannot be, where it is too much to show.
    pub fn invalid_whole(path: impl Into<String>, detail: impl Into<String>) -> FieldError {
        FieldError { path: path.into(), reason: Reason::Invalid, value: String::new(), detail: detail.into() }
    }

    /// A value that names something that is not there.
    pub fn not_found(path: impl Into<String>, value: &str) -> FieldError {
        FieldError {
            path: path.into(),
            reason: Reason::NotFound,
            value: format!("{value:?}"),
            detail: String::new(),
        }
    }

    /// A value that is there twice.
    pub fn duplicate(path: impl Into<String>, value: &str) -> FieldError {
        FieldError {
            path: path.into(),
            reason: Reason::Duplicate,
            value: format!("{value:?}"),
            detail: String::new(),
        }
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = match self.reason {
            Reason::Required => "Required value",
            Reason::Invalid => "Invalid value",
            Reason::Unsupported => "Unsupported value",
            Reason::Forbidden => "Forbidden",
            Reason::Duplicate => "Duplicate value",
            Reason::NotFound => "Not found",
            Reason::Unknown => return write!(f, "unknown field \"{}\"", self.path),
            Reason::TooLong => "Too long",
            Reason::TooMany => "Too many",
        };
        write!(f, "{}: {reason}", self.path)?;
        if !self.value.is_empty() {
            write!(f, ": {}", self.value)?;
        }
        if !self.detail.is_empty() {
            write!(f, ": {}", self.detail)?;
        }
        Ok(())
    }
}

/// The API server refuses a request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    /// 409: use another name, or update what is there.
    #[error("{} {name:?} already exists", resource(*kind))]
    AlreadyExists {
        /// The kind.
        kind: Kind,
        /// The name.
        name: String,
    },
    /// 404: there is no such object.
    #[error("{} {name:?} not found", resource(*kind))]
    NotFound {
        /// The kind.
        kind: Kind,
        /// The name.
        name: String,
    },
    /// 422: mend the fields.
    #[error("{} {name:?} is invalid: {}", qualified(*kind), list(errors))]
    Invalid {
        /// The kind.
        kind: Kind,
        /// The name.
        name: String,
        /// Every refused field.
        errors: Vec<FieldError>,
    },
    /// 429: try again later; a disruption budget does not allow it now.
    #[error("{0}")]
    TooManyRequests(String),
    /// 403: the namespace is on its way out; whatever is made in it would go, too.
    #[error("{0}")]
    NamespaceTerminating(String),
    /// 400, 403 or 500: the request as a whole cannot be.
    #[error("{0}")]
    Refused(String),
}

impl ApiError {
    /// There is no object of this kind with this key.
    pub fn not_found(kind: Kind, key: &Key) -> ApiError {
        ApiError::NotFound { kind, name: key.name.to_string() }
    }

    /// An admission plugin says no.
    pub(super) fn forbidden(kind: Kind, name: &str, why: &str) -> ApiError {
        ApiError::Refused(format!("{} {name:?} is forbidden: {why}", resource(kind)))
    }
}

/// `deployments.apps`, `pods`.
fn resource(kind: Kind) -> String {
    if kind.group().is_empty() {
        kind.plural().to_owned()
    } else {
        format!("{}.{}", kind.plural(), kind.group())
    }
}

/// `Deployment.apps`, `Pod`.
fn qualified(kind: Kind) -> String {
    if kind.group().is_empty() { kind.name().to_owned() } else { format!("{}.{}", kind.name(), kind.group()) }
}

fn list(errors: &[FieldError]) -> String {
    match errors {
        [one] => one.to_string(),
        several => format!("[{}]", several.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")),
    }
}

/// What is wrong with a new object's metadata.
pub(super) fn validate_metadata(kind: Kind, meta: &ObjectMeta) -> Vec<FieldError> {
    let mut errors = Vec::new();
    match meta.name.as_deref() {
        None | Some("") => {
            errors.push(FieldError::required("metadata.name", "name or generateName is required"));
        }
        Some(name) => {
            let wrong = super::validate::object_name(kind, name);
            errors.extend(wrong.map(|detail| FieldError::invalid("metadata.name", &name, detail)));
        }
    }
    errors.extend(validate_marks(meta));
    errors
}

/// What is wrong with an object's labels and annotations.
pub(super) fn validate_marks(meta: &ObjectMeta) -> Vec<FieldError> {
    let mut errors = super::validate::validate_labels("metadata.labels", meta.labels.as_ref());
    errors.extend(super::validate::validate_annotations("metadata.annotations", meta.annotations.as_ref()));
    errors
}

/// Whether a name is an RFC 1123 subdomain (docs "Object Names and IDs"); the error is the API server's own sentence.
pub fn subdomain(name: &str) -> Result<(), &'static str> {
    let label = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !part.starts_with('-')
            && !part.ends_with('-')
    };
    if name.len() > 253 {
        return Err("must be no more than 253 bytes");
    }
    if name.split('.').all(label) {
        Ok(())
    } else {
        Err(
            "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start \
             and end with an alphanumeric character (e.g. 'example.com', regex used for validation is \
             '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_reads_as_kubectl_prints_it() {
        let error = ApiError::Invalid {
            kind: Kind::Deployment,
            name: "web".into(),
            errors: vec![FieldError::required("spec.template.spec.containers[0].image", "")],
        };
        assert_eq!(
            error.to_string(),
            "Deployment.apps \"web\" is invalid: spec.template.spec.containers[0].image: Required value"
        );
        assert_eq!(
            FieldError::unsupported("spec.restartPolicy", "Sometimes", &["Always", "OnFailure", "Never"])
                .to_string(),
            "spec.restartPolicy: Unsupported value: \"Sometimes\": supported values: \"Always\", \"OnFailure\", \"Never\""
        );
    }
}
