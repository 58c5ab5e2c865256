//! The API server: every write to the store that is not a bare status goes through here.
//!
//! In: objects as people and controllers write them. Here they get their defaults, are validated with the API server's
//! own field paths and reasons, and are stored; deletion follows its rules. Nothing here decides what to do next: that
//! is the controllers' work.

mod config_defaults;
mod defaults;
mod delete;
mod evict;
pub mod field;
mod label_keys;
mod namespaces;
mod pod_defaults;
mod pod_volume_defaults;
mod priority;
mod service_defaults;
pub mod validate;
mod volume_defaults;

pub use defaults::TEMPLATE_GENERATION;
pub use delete::{DeleteOptions, Propagation};
pub use field::{ApiError, FieldError};
pub use namespaces::admits;
pub use volume_defaults::{CLAIM_PROTECTION, VOLUME_PROTECTION};

use super::engine::World;
use super::object::{DEFAULT_NAMESPACE, Key, Object, Resource, for_kind};
use super::state::State;
use k8s_openapi::api::core::v1::{Pod, PodCondition};
use std::sync::Arc;
use validate::Validate;

/// What the API server does to an object of a kind before it stores it: fills it in, then [`Validate`]s it.
pub trait Admit: Validate {
    /// Fills in what the manifest leaves out. Source: `pkg/apis/*/defaults.go`, and the admission plugins that are on
    /// by default.
    fn fill_in(&mut self, _state: &State) {}

    /// Sets in a change of `old` what clients do not decide. Source: `PrepareForUpdate` of the kind's strategy.
    fn prepare_for_update(&mut self, _old: &Self) {}

    /// What it asks for by name and another object has: addresses and ports. Asked where all else is well.
    fn taken(&self, _state: &State) -> Vec<FieldError> {
        Vec::new()
    }

    /// Why an admission plugin forbids that this is made; asked before the defaults and, as mutating plugins are, before
    /// a name is drawn.
    fn forbids_creation(&self, _state: &State) -> Option<String> {
        None
    }

    /// Why an admission plugin forbids a change of `old` into this.
    fn forbids_update(&self, _old: &Self, _state: &State) -> Option<String> {
        None
    }
}

/// The name that an object shall have, as far as its client says.
fn asked_name<T: Resource>(object: &T) -> &str {
    let meta = object.metadata();
    meta.name.as_deref().or(meta.generate_name.as_deref()).unwrap_or("Unknown")
}

impl World {
    /// Creates an object: namespace, generated name, defaults, validation, store.
    pub fn create<T: Admit>(&mut self, mut object: T) -> Result<Arc<T>, ApiError> {
        let meta = object.metadata_mut();
        if T::OF.is_namespaced() {
            meta.namespace.get_or_insert_with(|| DEFAULT_NAMESPACE.to_owned());
        }
        namespaces::admit(self.store.state(), &object)?;
        if let Some(why) = object.forbids_creation(self.store.state()) {
            return Err(ApiError::forbidden(T::OF, asked_name(&object), &why));
        }
        let meta = object.metadata_mut();
        if let (None, Some(prefix)) = (&meta.name, &meta.generate_name) {
            meta.name = Some(self.lots.name(prefix));
        }
        // Nothing is born dying (`rest.BeforeCreate`).
        object.metadata_mut().deletion_timestamp = None;
        object.metadata_mut().deletion_grace_period_seconds = None;
        // Before the defaults: a Job's selector is made of its uid.
        object.metadata_mut().uid = Some(self.store.new_uid());
        object.fill_in(self.store.state());
        let mut errors = field::validate_metadata(T::OF, object.metadata());
        errors.extend(object.validate());
        if errors.is_empty() {
            errors = object.taken(self.store.state());
        }
        if !errors.is_empty() {
            return Err(ApiError::Invalid { kind: T::OF, name: object.name().to_owned(), errors });
        }
        let name = object.name().to_owned();
        self.store.create(self.now, object).map_err(|_| ApiError::AlreadyExists { kind: T::OF, name })
    }

    /// Creates an object whose kind is known only now.
    pub fn create_object(&mut self, object: Object) -> Result<Object, ApiError> {
        for_kind!(object.kind(), T => {
            let typed = T::from_object(&object).expect("the kind was asked of this very object");
            self.create(T::clone(typed)).map(Resource::into_object)
        })
    }

    /// Changes an object as a client's update does: with defaults and validation.
    pub fn update<T: Admit>(&mut self, key: &Key, change: impl FnOnce(&mut T)) -> Result<Arc<T>, ApiError> {
        let old = self.store.get::<T>(key).ok_or_else(|| ApiError::not_found(T::OF, key))?.clone();
        let mut new = T::clone(&old);
        change(&mut new);
        new.fill_in(self.store.state());
        new.prepare_for_update(&old);
        if let Some(why) = new.forbids_update(&old, self.store.state()) {
            return Err(ApiError::forbidden(T::OF, new.name(), &why));
        }
        let mut errors = field::validate_marks(new.metadata());
        errors.extend(new.validate());
        errors.extend(new.validate_update(&old));
        if errors.is_empty() {
            errors = new.taken(self.store.state());
        }
        if !errors.is_empty() {
            return Err(ApiError::Invalid { kind: T::OF, name: new.name().to_owned(), errors });
        }
        self.write(key, |object: &mut T| *object = new)
    }

    /// Changes an object without defaults or validation: for status, metadata, and writes by components that cannot be
    /// wrong in form.
    pub fn write<T: Resource>(&mut self, key: &Key, change: impl FnOnce(&mut T)) -> Result<Arc<T>, ApiError> {
        self.store.update(self.now, key, change).map_err(|_| ApiError::not_found(T::OF, key))
    }

    /// Binds a Pod to a Node: the `binding` subresource (`pkg/registry/core/pod/storage`, `assignPod`).
    pub fn bind(&mut self, pod: &Key, node: &str) -> Result<Arc<Pod>, ApiError> {
        let now = self.now.to_time();
        self.write(pod, |pod: &mut Pod| {
            pod.spec.get_or_insert_default().node_name = Some(node.to_owned());
            let condition = PodCondition {
                type_: "PodScheduled".to_owned(),
                status: "True".to_owned(),
                last_transition_time: Some(now),
                ..PodCondition::default()
            };
            let conditions = pod.status.get_or_insert_default().conditions.get_or_insert_default();
            conditions.retain(|c| c.type_ != condition.type_);
            conditions.push(condition);
            // Where room was being made for it no longer matters (`ClearingNominatedNodeNameAfterBinding`).
            pod.status.get_or_insert_default().nominated_node_name = None;
        })
    }
}
