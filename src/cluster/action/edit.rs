//! Changing an object as kubectl does: read it as JSON, change that, send it back to the API server.

use super::Refused;
use crate::cluster::api::ApiError;
use crate::cluster::engine::World;
use crate::cluster::object::{Key, Kind, Object, Resource, for_kind};
use serde_json::{Map, Value};

/// Changes an object's JSON and updates the object with it.
pub(super) fn edit(
    world: &mut World,
    kind: Kind,
    key: &Key,
    change: impl FnOnce(&mut Value) -> Result<(), Refused>,
) -> Result<(), Refused> {
    let old = world.store.state().object(kind, key).ok_or_else(|| ApiError::not_found(kind, key))?;
    let mut json = old.to_json();
    change(&mut json)?;
    update(world, kind, key, json)
}

fn update(world: &mut World, kind: Kind, key: &Key, json: Value) -> Result<(), Refused> {
    let mut unknown = Vec::new();
    let new = Object::from_json(kind, json, |field| unknown.push(field))
        .map_err(|error| Refused::new("refused", format!("{}: {}", error.path(), error.inner())))?;
    if let Some(field) = unknown.first() {
        let field = field.replace(".?", "");
        return Err(Refused::new("refused", format!("unknown field {field:?}")));
    }
    // `checkName` in apiserver `pkg/endpoints/handlers/rest.go`.
    let Key { namespace, name } = new.key();
    for (what, place, own, asked) in
        [("name", "URL", name, &key.name), ("namespace", "request", namespace, &key.namespace)]
    {
        if own != *asked {
            let why = format!(
                "the {what} of the object ({own}) does not match the {what} on the {place} ({asked})"
            );
            return Err(Refused::new("refused", why));
        }
    }
    for_kind!(kind, T => {
        if let Some(new) = T::from_object(&new) {
            world.update::<T>(key, |object| *object = T::clone(new))?;
        }
    });
    Ok(())
}

/// The mapping at a path of keys, made where it is not there yet.
pub(super) fn mapping<'j>(json: &'j mut Value, path: &[&str]) -> &'j mut Map<String, Value> {
    let mut at = json;
    for key in path {
        if !at.is_object() {
            *at = Value::Object(Map::new());
        }
        at = &mut at[*key];
    }
    if !at.is_object() {
        *at = Value::Object(Map::new());
    }
    match at {
        Value::Object(map) => map,
        _ => unreachable!("it has just been made a mapping"),
    }
}

/// A JSON merge patch: RFC 7386.
pub(super) fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    let target = mapping(target, &[]);
    for (key, value) in patch {
        if value.is_null() {
            target.shift_remove(key);
        } else {
            merge(target.entry(key.clone()).or_insert(Value::Null), value);
        }
    }
}
