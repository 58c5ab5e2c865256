//! What a container takes from ConfigMaps and Secrets: for its environment, and through volumes.
//!
//! Pure functions of the present state. The kubelet asks again at each start of a container and at each try to mount a
//! volume; what runs is not touched when a ConfigMap changes or goes.
//!
//! Sources: `pkg/kubelet/kubelet_pods.go` (`makeEnvironmentVariables`), `pkg/volume/configmap/configmap.go`,
//! `pkg/volume/secret/secret.go`, `pkg/volume/projected/projected.go`.

use crate::cluster::object::Key;
use crate::cluster::state::State;
use k8s_openapi::api::core::v1::{ConfigMap, Container, KeyToPath, Pod, Secret, Volume};

/// What holds a key, for messages.
#[derive(Clone, Copy)]
enum Store {
    ConfigMap,
    Secret,
}

impl Store {
    /// Its keys; `None` if it is not there.
    fn has(self, state: &State, namespace: &str, name: &str) -> Option<impl Fn(&str) -> bool> {
        let key = Key::new(namespace, name);
        let keys: Vec<String> = match self {
            Store::ConfigMap => {
                let map = state.get::<ConfigMap>(&key)?;
                let binary = map.binary_data.iter().flat_map(|data| data.keys());
                map.data.iter().flat_map(|data| data.keys()).chain(binary).cloned().collect()
            }
            Store::Secret => {
                let secret = state.get::<Secret>(&key)?;
                secret.data.iter().flat_map(|data| data.keys()).cloned().collect()
            }
        };
        Some(move |key: &str| keys.iter().any(|own| own == key))
    }

    /// The error of one that is not there.
    fn not_found(self, name: &str) -> String {
        match self {
            Store::ConfigMap => format!("configmap \"{name}\" not found"),
            Store::Secret => format!("secret \"{name}\" not found"),
        }
    }

    /// One must be there, unless it is optional: its keys.
    fn need(
        self,
        state: &State,
        namespace: &str,
        name: &str,
        optional: Option<bool>,
    ) -> Result<Option<impl Fn(&str) -> bool>, String> {
        match self.has(state, namespace, name) {
            None if optional != Some(true) => Err(self.not_found(name)),
            has => Ok(has),
        }
    }

    /// One key of one must be there.
    fn need_key(
        self,
        state: &State,
        namespace: &str,
        name: &str,
        key: &str,
        optional: Option<bool>,
    ) -> Result<(), String> {
        let kind = match self {
            Store::ConfigMap => "ConfigMap",
            Store::Secret => "Secret",
        };
        match self.need(state, namespace, name, optional)? {
            Some(has) if !has(key) && optional != Some(true) => {
                Err(format!("couldn't find key {key} in {kind} {namespace}/{name}"))
            }
            _ => Ok(()),
        }
    }

    /// Those keys of one that a volume names must be there.
    fn need_items(
        self,
        state: &State,
        namespace: &str,
        name: &str,
        items: Option<&Vec<KeyToPath>>,
        optional: Option<bool>,
    ) -> Result<(), String> {
        let Some(has) = self.need(state, namespace, name, optional)? else { return Ok(()) };
        let mut items = items.into_iter().flatten();
        match items.find(|item| !has(&item.key) && optional != Some(true)) {
            None => Ok(()),
            Some(item) => Err(match self {
                Store::ConfigMap => format!("configmap references non-existent config key: {}", item.key),
                Store::Secret => format!("references non-existent secret key: {}", item.key),
            }),
        }
    }
}

/// What a container's environment lacks: `envFrom` first, then `env`, in the order of the manifest.
pub(super) fn environment(state: &State, namespace: &str, container: &Container) -> Result<(), String> {
    for source in container.env_from.iter().flatten() {
        if let Some(map) = &source.config_map_ref {
            Store::ConfigMap.need(state, namespace, &map.name, map.optional)?;
        }
        if let Some(secret) = &source.secret_ref {
            Store::Secret.need(state, namespace, &secret.name, secret.optional)?;
        }
    }
    for variable in container.env.iter().flatten() {
        let Some(from) = &variable.value_from else { continue };
        if let Some(at) = &from.config_map_key_ref {
            Store::ConfigMap.need_key(state, namespace, &at.name, &at.key, at.optional)?;
        }
        if let Some(at) = &from.secret_key_ref {
            Store::Secret.need_key(state, namespace, &at.name, &at.key, at.optional)?;
        }
    }
    Ok(())
}

/// A Pod's volumes whose content is taken from ConfigMaps or Secrets.
pub(super) fn volumes(pod: &Pod) -> impl Iterator<Item = &Volume> {
    let volumes = pod.spec.iter().flat_map(|spec| spec.volumes.iter().flatten());
    volumes.filter(|volume| {
        let projected = volume.projected.iter().flat_map(|projected| projected.sources.iter().flatten());
        let mut parts = projected.map(|part| part.config_map.is_some() || part.secret.is_some());
        volume.config_map.is_some() || volume.secret.is_some() || parts.any(|takes| takes)
    })
}

/// Why such a volume cannot be mounted.
pub(super) fn volume(state: &State, namespace: &str, volume: &Volume) -> Result<(), String> {
    if let Some(from) = &volume.config_map {
        let items = from.items.as_ref();
        Store::ConfigMap.need_items(state, namespace, &from.name, items, from.optional)?;
    }
    if let Some(from) = &volume.secret {
        let name = from.secret_name.as_deref().unwrap_or("");
        Store::Secret.need_items(state, namespace, name, from.items.as_ref(), from.optional)?;
    }
    for part in volume.projected.iter().flat_map(|projected| projected.sources.iter().flatten()) {
        if let Some(from) = &part.config_map {
            let items = from.items.as_ref();
            Store::ConfigMap.need_items(state, namespace, &from.name, items, from.optional)?;
        }
        if let Some(from) = &part.secret {
            Store::Secret.need_items(state, namespace, &from.name, from.items.as_ref(), from.optional)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::object::Object;
    use serde_json::{Value, json};
    use std::sync::Arc;

    /// A ConfigMap `app` with the key `mode`, a Secret `login` with the key `password`.
    fn state() -> State {
        let mut state = State::default();
        let map = json!({"metadata": {"name": "app", "namespace": "default"}, "data": {"mode": "fast"}});
        let secret =
            json!({"metadata": {"name": "login", "namespace": "default"}, "data": {"password": "eA=="}});
        state.put(Object::ConfigMap(Arc::new(serde_json::from_value(map).unwrap())));
        state.put(Object::Secret(Arc::new(serde_json::from_value(secret).unwrap())));
        state
    }

    fn lacks(container: Value) -> Option<String> {
        let container: Container = serde_json::from_value(container).unwrap();
        environment(&state(), "default", &container).err()
    }

    #[test]
    fn an_environment_names_the_first_thing_that_it_lacks() {
        let variable = |source: &str, name: &str, key: &str, optional: bool| json!({"name": "X", "valueFrom": {source: {"name": name, "key": key, "optional": optional}}});
        for (container, error) in [
            (json!({"envFrom": [{"configMapRef": {"name": "app"}}]}), None),
            (json!({"envFrom": [{"configMapRef": {"name": "gone"}}]}), Some("configmap \"gone\" not found")),
            (json!({"envFrom": [{"secretRef": {"name": "gone"}}]}), Some("secret \"gone\" not found")),
            (json!({"envFrom": [{"configMapRef": {"name": "gone", "optional": true}}]}), None),
            (json!({"env": [variable("configMapKeyRef", "app", "mode", false)]}), None),
            (json!({"env": [variable("configMapKeyRef", "app", "nope", true)]}), None),
            (
                json!({"env": [variable("configMapKeyRef", "app", "nope", false)]}),
                Some("couldn't find key nope in ConfigMap default/app"),
            ),
            (
                json!({"env": [variable("secretKeyRef", "login", "user", false)]}),
                Some("couldn't find key user in Secret default/login"),
            ),
            (
                json!({
                    "env": [variable("secretKeyRef", "gone", "user", false)],
                    "envFrom": [{"configMapRef": {"name": "first"}}]
                }),
                Some("configmap \"first\" not found"),
            ),
        ] {
            let mut container = container;
            container["name"] = json!("app");
            assert_eq!(lacks(container.clone()).as_deref(), error, "{container}");
        }
    }

    #[test]
    fn a_volume_needs_its_source_and_the_keys_that_it_names() {
        let items = |key: &str| json!([{"key": key, "path": key}]);
        for (source, error) in [
            (json!({"configMap": {"name": "app"}}), None),
            (json!({"configMap": {"name": "gone"}}), Some("configmap \"gone\" not found")),
            (json!({"configMap": {"name": "gone", "optional": true}}), None),
            (
                json!({"configMap": {"name": "app", "items": items("nope")}}),
                Some("configmap references non-existent config key: nope"),
            ),
            (json!({"secret": {"secretName": "gone"}}), Some("secret \"gone\" not found")),
            (
                json!({"secret": {"secretName": "login", "items": items("nope")}}),
                Some("references non-existent secret key: nope"),
            ),
            (
                json!({"projected": {"sources": [{"secret": {"name": "gone"}}]}}),
                Some("secret \"gone\" not found"),
            ),
        ] {
            let mut source = source;
            source["name"] = json!("files");
            let wanted: Volume = serde_json::from_value(source).unwrap();
            assert_eq!(volume(&state(), "default", &wanted).err().as_deref(), error, "{wanted:?}");
        }
    }
}
