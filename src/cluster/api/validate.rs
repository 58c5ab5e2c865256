//! What the API server refuses: the rules behind `… is invalid: spec.replicas: Invalid value: -1: …`.
//!
//! In: an object with its defaults filled in. Out: every field that is wrong, with the path, the kind of reason and the words of
//! Kubernetes, since people search for them. One file per API group; rules that several share are in [`rules`].
//! Whether an object makes sense in the cluster (a Node that does not exist, a quota) is not asked here.

mod autoscaling;
mod batch;
mod config;
mod container;
mod core;
mod environment;
mod job_policies;
mod pod;
mod pod_update;
mod pod_volumes;
mod probe;
mod resources;
mod rules;
mod scheduling;
mod service;
mod storage;
mod workloads;

use super::field::FieldError;
use crate::cluster::object::Resource;

pub use rules::{object_name, validate_annotations, validate_labels};

/// What may be written of a kind.
pub trait Validate: Resource {
    /// What is wrong with a new object.
    fn validate(&self) -> Vec<FieldError> {
        Vec::new()
    }

    /// What is wrong with a change, beyond what is wrong with the new object itself.
    fn validate_update(&self, _old: &Self) -> Vec<FieldError> {
        Vec::new()
    }
}

#[cfg(test)]
mod tests;
