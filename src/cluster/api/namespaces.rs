//! Namespaces at the API server: nothing is made in one that is not there or that is on its way out, and one that is
//! deleted goes only when it is empty.
//!
//! Sources: admission plugin `NamespaceLifecycle`, `pkg/registry/core/namespace`; docs "Namespaces".

use super::{Admit, ApiError, asked_name};
use crate::cluster::engine::World;
use crate::cluster::object::{DEFAULT_NAMESPACE, Key, Kind, Resource};
use crate::cluster::state::State;
use k8s_openapi::api::core::v1::Namespace;

/// The namespaces that every cluster begins with. They take objects whether or not a scenario shows them.
const INITIAL: [&str; 4] = [DEFAULT_NAMESPACE, "kube-node-lease", "kube-public", "kube-system"];
/// Those of them that cannot be deleted.
const IMMORTAL: [&str; 3] = [DEFAULT_NAMESPACE, "kube-public", "kube-system"];
/// The label that every namespace carries.
const NAME_LABEL: &str = "kubernetes.io/metadata.name";
/// In `spec.finalizers`: the namespace controller has not emptied it yet.
const KUBERNETES: &str = "kubernetes";

impl Admit for Namespace {
    fn fill_in(&mut self, _state: &State) {
        let name = self.metadata.name.clone().unwrap_or_default();
        self.metadata.labels.get_or_insert_default().insert(NAME_LABEL.to_owned(), name);
        if self.metadata.resource_version.is_none() {
            let finalizers = self.spec.get_or_insert_default().finalizers.get_or_insert_default();
            if !finalizers.iter().any(|own| own == KUBERNETES) {
                finalizers.push(KUBERNETES.to_owned());
            }
            self.status.get_or_insert_default().phase = Some("Active".to_owned());
        }
    }

    fn prepare_for_update(&mut self, old: &Namespace) {
        let finalizers = old.spec.as_ref().and_then(|spec| spec.finalizers.clone());
        self.spec.get_or_insert_default().finalizers = finalizers;
        self.status.clone_from(&old.status);
    }
}

/// Why an object may not be made in its namespace, where it may not.
pub(super) fn admit<T: Resource>(state: &State, object: &T) -> Result<(), ApiError> {
    if !T::OF.is_namespaced() {
        return Ok(());
    }
    let name = object.namespace();
    let key = Key::cluster_wide(name);
    match state.get::<Namespace>(&key) {
        Some(namespace) if namespace.is_deleting() => {
            let why =
                format!("unable to create new content in namespace {name} because it is being terminated");
            Err(ApiError::NamespaceTerminating(
                ApiError::forbidden(T::OF, asked_name(object), &why).to_string(),
            ))
        }
        None if !INITIAL.contains(&name) => Err(ApiError::not_found(Kind::Namespace, &key)),
        Some(_) | None => Ok(()),
    }
}

/// Whether an object may be made in its namespace.
pub fn admits<T: Resource>(state: &State, object: &T) -> bool {
    admit(state, object).is_ok()
}

impl World {
    /// Begins the deletion of a namespace; the namespace controller goes on with it.
    pub(super) fn delete_namespace(&mut self, key: &Key) -> Result<(), ApiError> {
        let name = &*key.name;
        if IMMORTAL.contains(&name) {
            return Err(ApiError::forbidden(Kind::Namespace, name, "this namespace may not be deleted"));
        }
        let missing = || ApiError::not_found(Kind::Namespace, key);
        let namespace = self.store.get::<Namespace>(key).ok_or_else(missing)?;
        if namespace.is_deleting() {
            let why = "The system is ensuring all content is removed from this namespace.  Upon completion, this \
                       namespace will automatically be purged by the system.";
            let message = format!("Operation cannot be fulfilled on namespaces {name:?}: {why}");
            return Err(ApiError::Refused(message));
        }
        let now = self.now.to_time();
        self.write(key, |namespace: &mut Namespace| {
            namespace.metadata.deletion_timestamp = Some(now);
            namespace.status.get_or_insert_default().phase = Some("Terminating".to_owned());
        })?;
        Ok(())
    }

    /// Takes off what holds a namespace that is empty: with it, it goes (the `finalize` subresource).
    pub fn finalize_namespace(&mut self, key: &Key) {
        // Where it is gone already, nothing holds it.
        let _ = self.write(key, |namespace: &mut Namespace| {
            let spec = namespace.spec.get_or_insert_default();
            let others = spec.finalizers.take().unwrap_or_default();
            let others: Vec<String> = others.into_iter().filter(|own| own != KUBERNETES).collect();
            spec.finalizers = (!others.is_empty()).then_some(others);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::image::Images;
    use k8s_openapi::api::core::v1::ConfigMap;
    use serde_json::json;

    fn world() -> World {
        World::new(1, Images::default())
    }

    fn namespace(name: &str) -> Namespace {
        serde_json::from_value(json!({"metadata": {"name": name}})).unwrap()
    }

    fn config(namespace: &str) -> ConfigMap {
        serde_json::from_value(json!({"metadata": {"name": "c", "namespace": namespace}})).unwrap()
    }

    #[test]
    fn nothing_is_made_in_a_namespace_that_is_not_there() {
        let mut world = world();
        assert_eq!(world.create(config("shop")).unwrap_err().to_string(), "namespaces \"shop\" not found");
        let shop = world.create(namespace("shop")).unwrap();
        assert_eq!(
            serde_json::to_value(&*shop).unwrap().pointer("/spec/finalizers/0"),
            Some(&json!("kubernetes"))
        );
        assert_eq!(shop.metadata.labels.as_ref().unwrap()[NAME_LABEL], "shop");
        assert_eq!(shop.metadata.generation, None);
        world.create(config("shop")).unwrap();
        world.create(config("kube-system")).unwrap();
    }

    #[test]
    fn nothing_is_made_in_a_namespace_that_goes_and_it_goes_when_it_is_finalized() {
        let mut world = world();
        let key = Key::cluster_wide("shop");
        world.create(namespace("shop")).unwrap();
        world.delete::<Namespace>(&key, Default::default()).unwrap();
        let going = world.store.get::<Namespace>(&key).unwrap();
        assert_eq!(going.status.as_ref().unwrap().phase.as_deref(), Some("Terminating"));
        assert_eq!(going.metadata.deletion_grace_period_seconds, None);
        assert_eq!(
            world.create(config("shop")).unwrap_err().to_string(),
            "configmaps \"c\" is forbidden: unable to create new content in namespace shop because it is being terminated"
        );
        let again = world.delete::<Namespace>(&key, Default::default()).unwrap_err().to_string();
        assert!(
            again.starts_with("Operation cannot be fulfilled on namespaces \"shop\": The system is"),
            "{again}"
        );
        world.finalize_namespace(&key);
        assert!(world.store.get::<Namespace>(&key).is_none());
    }

    #[test]
    fn the_namespaces_of_the_system_stay() {
        let mut world = world();
        world.create(namespace("kube-node-lease")).unwrap();
        let mut delete = |name: &str| world.delete::<Namespace>(&Key::cluster_wide(name), Default::default());
        assert_eq!(
            delete("default").unwrap_err().to_string(),
            "namespaces \"default\" is forbidden: this namespace may not be deleted"
        );
        delete("kube-system").unwrap_err();
        delete("kube-public").unwrap_err();
        delete("kube-node-lease").unwrap();
    }
}
