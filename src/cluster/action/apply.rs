//! `kubectl apply`: create what is not there, else merge three ways: what the manifest said last time, what it says now,
//! and the object as it is.
//!
//! Sources: `staging/src/k8s.io/kubectl/pkg/cmd/apply`, apimachinery `pkg/util/strategicpatch`. Lists are merged by the
//! key of their items where the API says so (containers by name); other lists are replaced.

use super::edit::{edit, mapping};
use super::{Deed, Next, Refusal, Refused};
use crate::cluster::api::ApiError;
use crate::cluster::engine::World;
use crate::cluster::object::{DEFAULT_NAMESPACE, Key, Kind, Object};
use crate::cluster::scenario::{Manifest, Reader, manifests};
use crate::yaml::Node;
use serde_json::{Value, json};
use std::sync::Arc;

const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

#[derive(Debug)]
struct Apply(Vec<Manifest>);

pub(super) fn read(reader: &mut Reader<'_>, node: &Node, path: &str) -> Option<Arc<dyn Deed>> {
    Some(Arc::new(Apply(manifests::read(reader, node, path))))
}

impl Deed for Apply {
    fn words(&self) -> String {
        let names = self.0.iter().map(|manifest| {
            let object = &manifest.object;
            format!("{}/{}", object.kind().name().to_lowercase(), object.name())
        });
        format!("kubectl apply -f - # {}", names.collect::<Vec<_>>().join(" "))
    }

    fn act(&self, world: &mut World) -> Result<Next, Refused> {
        for manifest in &self.0 {
            apply(world, manifest)?;
        }
        Ok(Next::Done)
    }
}

/// Applies one manifest.
pub(in crate::cluster) fn apply(world: &mut World, manifest: &Manifest) -> Result<(), Refused> {
    let kind = manifest.object.kind();
    let mut wanted = manifest.json.clone();
    let key = {
        let meta = mapping(&mut wanted, &["metadata"]);
        if kind.is_namespaced() {
            meta.entry("namespace").or_insert_with(|| DEFAULT_NAMESPACE.into());
        }
        Key::new(
            manifest.object.metadata().namespace.as_deref().unwrap_or(if kind.is_namespaced() {
                DEFAULT_NAMESPACE
            } else {
                ""
            }),
            manifest.object.name(),
        )
    };
    let remembered = {
        let mut config = wanted.clone();
        mapping(&mut config, &["metadata", "annotations"]);
        format!("{}\n", sorted(&config))
    };
    // The status is what the cluster makes of it; only a Node, which reports it, brings its own
    // (`PrepareForCreate` and `PrepareForUpdate` of each kind's strategy).
    if kind != Kind::Node {
        mapping(&mut wanted, &[]).shift_remove("status");
    }
    let result = match world.store.state().object(kind, &key) {
        None => {
            let generated = manifest.object.name().is_empty();
            if !generated {
                mapping(&mut wanted, &["metadata", "annotations"])
                    .insert(LAST_APPLIED.to_owned(), remembered.into());
            }
            Object::from_json(kind, wanted, |_| ())
                .map_err(|error| Refused::new("refused", error.to_string()))
                .and_then(|object| {
                    world.create_object(object).map(|_| ()).map_err(|error| refused(manifest, error))
                })
        }
        Some(live) => {
            let annotations = live.metadata().annotations.as_ref();
            let last = annotations
                .and_then(|all| all.get(LAST_APPLIED))
                .and_then(|text| serde_json::from_str(text).ok())
                .unwrap_or_else(|| json!({}));
            edit(world, kind, &key, |live| {
                three_way(&last, &wanted, live, "");
                mapping(live, &["metadata", "annotations"])
                    .insert(LAST_APPLIED.to_owned(), remembered.into());
                Ok(())
            })
        }
    };
    result.map_err(|mut refused| {
        for refusal in &mut refused.0 {
            refusal.at.get_or_insert_with(|| manifest.place());
        }
        refused
    })
}

/// The reasons of the API server, each at its field.
fn refused(manifest: &Manifest, error: ApiError) -> Refused {
    match &error {
        ApiError::Invalid { errors, .. } => {
            let refusal = |field: &crate::cluster::api::FieldError| Refusal {
                kind: "refused",
                found: field.to_string(),
                expected: String::new(),
                at: Some(manifest.place_of(field)),
            };
            Refused(errors.iter().map(refusal).collect())
        }
        _ => error.into(),
    }
}

/// Brings `live` in line with `wanted`; what `last` had and `wanted` has not is taken away, all else stays.
fn three_way(last: &Value, wanted: &Value, live: &mut Value, field: &str) {
    match (wanted, &mut *live) {
        (Value::Object(wanted), Value::Object(live)) => {
            for key in last.as_object().into_iter().flat_map(|last| last.keys()) {
                if !wanted.contains_key(key) {
                    live.shift_remove(key);
                }
            }
            for (key, value) in wanted {
                if value.is_null() {
                    live.shift_remove(key);
                    continue;
                }
                let last = last.get(key).unwrap_or(&Value::Null);
                three_way(last, value, live.entry(key.clone()).or_insert(Value::Null), key);
            }
        }
        (Value::Array(wanted), Value::Array(items)) => {
            let Some(key) = merge_key(field, wanted) else {
                *live = Value::Array(wanted.clone());
                return;
            };
            let find =
                |list: &[Value], item: &Value| list.iter().position(|other| other.get(key) == item.get(key));
            let last = last.as_array().map_or(&[][..], Vec::as_slice);
            items.retain(|item| find(last, item).is_none() || find(wanted, item).is_some());
            for item in wanted {
                let before = find(last, item).map_or(&Value::Null, |i| &last[i]);
                match find(items, item) {
                    Some(i) => three_way(before, item, &mut items[i], ""),
                    None => items.push(item.clone()),
                }
            }
        }
        (wanted, live) => *live = wanted.clone(),
    }
}

/// By which key the items of a list are the same (`patchMergeKey` of the API types); `None` where a list is replaced.
fn merge_key(field: &str, items: &[Value]) -> Option<&'static str> {
    let key = match field {
        "containers" | "initContainers" | "volumes" | "env" | "imagePullSecrets" => "name",
        "ports" if items.iter().all(|item| item.get("containerPort").is_some()) => "containerPort",
        "ports" => "port",
        "volumeMounts" => "mountPath",
        "topologySpreadConstraints" => "topologyKey",
        _ => return None,
    };
    items.iter().all(|item| item.get(key).is_some()).then_some(key)
}

/// The same with the keys of every mapping in order, as kubectl writes its annotation.
fn sorted(json: &Value) -> Value {
    match json {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| key.as_str());
            entries.into_iter().map(|(key, value)| (key.clone(), sorted(value))).collect()
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        other => other.clone(),
    }
}
