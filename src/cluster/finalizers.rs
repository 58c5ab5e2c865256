//! Finalizers: names on an object that hold its deletion until whoever put them there has taken them off.
//!
//! Source: docs "Finalizers".

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

/// Whether the object carries this finalizer.
pub(super) fn has(meta: &ObjectMeta, finalizer: &str) -> bool {
    meta.finalizers.iter().flatten().any(|own| own == finalizer)
}

/// Whether the object carries any.
pub(super) fn has_any(meta: &ObjectMeta) -> bool {
    meta.finalizers.as_ref().is_some_and(|list| !list.is_empty())
}

/// Puts a finalizer on, if it is not there yet.
pub(super) fn add(meta: &mut ObjectMeta, finalizer: &str) {
    if !has(meta, finalizer) {
        meta.finalizers.get_or_insert_default().push(finalizer.to_owned());
    }
}

/// Takes a finalizer off; an empty list is no list.
pub(super) fn remove(meta: &mut ObjectMeta, finalizer: &str) {
    if let Some(finalizers) = &mut meta.finalizers {
        finalizers.retain(|own| own != finalizer);
    }
    if !has_any(meta) {
        meta.finalizers = None;
    }
}
