//! Deleting an object: at once, gracefully, in the foreground, or leaving its dependents behind.
//!
//! Sources: apiserver `pkg/registry/rest/delete.go`, `pkg/registry/core/pod/strategy.go`; docs "Garbage Collection",
//! "Pod Lifecycle" (termination).

use super::field::ApiError;
use crate::cluster::engine::World;
use crate::cluster::finalizers;
use crate::cluster::object::{Key, Kind, Resource, for_kind};
use k8s_openapi::api::core::v1::Pod;

/// What happens to the objects that the deleted one owns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Propagation {
    /// The owner goes at once, its dependents afterwards; what `kubectl delete` asks for.
    #[default]
    Background,
    /// The dependents go first.
    Foreground,
    /// The dependents stay, without an owner.
    Orphan,
}

/// How to delete.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeleteOptions {
    /// A Pod's grace in seconds; its own `terminationGracePeriodSeconds` if not said.
    pub grace_period: Option<i64>,
    /// What happens to the dependents.
    pub propagation: Propagation,
}

impl DeleteOptions {
    /// Remove the object now, as the kubelet does at the end of a Pod.
    pub const fn now() -> DeleteOptions {
        DeleteOptions { grace_period: Some(0), propagation: Propagation::Background }
    }
}

impl World {
    /// Deletes an object, or begins to.
    pub fn delete<T: Resource>(&mut self, key: &Key, options: DeleteOptions) -> Result<(), ApiError> {
        if T::OF == Kind::Namespace {
            return self.delete_namespace(key);
        }
        let object = self.store.get::<T>(key).ok_or_else(|| ApiError::not_found(T::OF, key))?;
        let finalizer = match options.propagation {
            Propagation::Background => None,
            Propagation::Foreground => Some("foregroundDeletion"),
            Propagation::Orphan => Some("orphan"),
        };
        let grace = match Pod::from_object(&object.clone().into_object()) {
            Some(pod) => match pod_grace(pod, options.grace_period) {
                Some(grace) => grace,
                None => return Ok(()),
            },
            None => 0,
        };
        let waits = grace > 0 || finalizer.is_some() || object.is_held();
        if T::OF != Kind::Pod && !waits {
            self.store.remove::<T>(self.now, key).map_err(|_| ApiError::not_found(T::OF, key))?;
            return Ok(());
        }
        let now = self.now;
        self.write(key, |object: &mut T| {
            let meta = object.metadata_mut();
            meta.deletion_timestamp = Some((now + crate::cluster::clock::Millis::secs(grace)).to_time());
            meta.deletion_grace_period_seconds = Some(grace);
            if let Some(finalizer) = finalizer {
                finalizers::add(meta, finalizer);
            }
        })?;
        Ok(())
    }

    /// Deletes an object whose kind is known only now.
    pub fn delete_object(&mut self, kind: Kind, key: &Key, options: DeleteOptions) -> Result<(), ApiError> {
        for_kind!(kind, T => self.delete::<T>(key, options))
    }
}

/// The grace of a Pod's deletion in seconds; `None` if this request changes nothing, because the deletion is under way
/// and a grace can only get shorter.
fn pod_grace(pod: &Pod, asked: Option<i64>) -> Option<i64> {
    let spec = pod.spec.as_ref();
    let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
    let unbound = spec.and_then(|spec| spec.node_name.as_deref()).unwrap_or("").is_empty();
    let finished = matches!(phase, Some("Succeeded" | "Failed"));
    let wanted = asked.or_else(|| spec.and_then(|spec| spec.termination_grace_period_seconds)).unwrap_or(30);
    let grace = match wanted {
        _ if unbound || finished => 0,
        negative if negative < 0 => 1,
        grace => grace,
    };
    match (pod.metadata.deletion_timestamp.is_some(), pod.metadata.deletion_grace_period_seconds) {
        (true, Some(under_way)) if grace >= under_way && under_way > 0 => None,
        _ => Some(grace),
    }
}
