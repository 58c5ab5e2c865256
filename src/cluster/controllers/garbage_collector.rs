//! The garbage collector: dependents go when their owners are gone.
//!
//! Sources: `pkg/controller/garbagecollector/garbagecollector.go`; docs "Garbage Collection". An owner counts by its uid:
//! a new object of the same name is not the owner.

use super::{Controller, Outcome};
use crate::cluster::api::{DeleteOptions, Propagation};
use crate::cluster::engine::World;
use crate::cluster::finalizers;
use crate::cluster::object::{Key, Kind, Object, for_kind};
use crate::cluster::store::{Change, ChangeType};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};

const FOREGROUND: &str = "foregroundDeletion";
const ORPHAN: &str = "orphan";

/// Deletes what nobody owns any more. Its keys carry `kind/name` in place of a name, since it works on every kind.
#[derive(Debug, Default)]
pub struct GarbageCollector;

impl Controller for GarbageCollector {
    const NAME: &'static str = "garbage-collector-controller";

    fn keys(&self, world: &World, change: &Change) -> Vec<Key> {
        let meta = change.object.metadata();
        let uid = meta.uid.as_deref().unwrap_or("");
        let mut keys = Vec::new();
        if change.change == ChangeType::Deleted {
            // Its dependents have lost an owner; its owners, if they wait for it, may go now.
            keys.extend(world.store.owned_by(uid).into_iter().map(|(kind, key)| work(kind, &key)));
            for owner in meta.owner_references.iter().flatten() {
                if let Some((kind, key)) = owner_key(meta, owner) {
                    keys.push(work(kind, &key));
                }
            }
        } else {
            let goes_with_its_dependents = meta.deletion_timestamp.is_some()
                && (finalizers::has(meta, FOREGROUND) || finalizers::has(meta, ORPHAN));
            let is_new_and_owned = change.change == ChangeType::Added && meta.owner_references.is_some();
            if goes_with_its_dependents || is_new_and_owned {
                keys.push(work(change.object.kind(), &change.object.key()));
            }
        }
        keys
    }

    fn reconcile(&mut self, world: &mut World, key: &Key) -> Outcome {
        let Some((kind, key)) = work_of(key) else { return Outcome::Done };
        let Some(object) = world.store.state().object(kind, &key).cloned() else { return Outcome::Done };
        let meta = object.metadata();
        if meta.deletion_timestamp.is_some() {
            if finalizers::has(meta, ORPHAN) {
                orphan_dependents(world, &object);
            } else if finalizers::has(meta, FOREGROUND) {
                delete_dependents(world, &object);
            }
        }
        collect(world, &object);
        Outcome::Done
    }
}

/// Deletes an object whose owners are all gone. If one is left, the references to those that are gone are dropped.
fn collect(world: &mut World, object: &Object) {
    let meta = object.metadata();
    let Some(owners) = meta.owner_references.as_ref().filter(|owners| !owners.is_empty()) else { return };
    let (solid, dangling): (Vec<_>, Vec<_>) = owners.iter().partition(|owner| is_alive(world, meta, owner));
    if dangling.is_empty() {
        return;
    }
    let (kind, key) = (object.kind(), object.key());
    if solid.is_empty() {
        if meta.deletion_timestamp.is_none() {
            let propagation = if finalizers::has(meta, FOREGROUND) {
                Propagation::Foreground
            } else {
                Propagation::Background
            };
            // It may be gone already, which is all that is wanted.
            let _ =
                world.delete_object(kind, &key, DeleteOptions { propagation, ..DeleteOptions::default() });
        }
    } else {
        let keep: Vec<OwnerReference> = solid.into_iter().cloned().collect();
        edit_metadata(world, kind, &key, |meta| meta.owner_references = Some(keep));
    }
}

/// The owner waits for the dependents that block it.
fn delete_dependents(world: &mut World, owner: &Object) {
    let uid = owner.metadata().uid.clone().unwrap_or_default();
    let mut blocked = false;
    for (kind, key) in world.store.owned_by(&uid) {
        let Some(dependent) = world.store.state().object(kind, &key) else { continue };
        let meta = dependent.metadata();
        blocked |= meta
            .owner_references
            .iter()
            .flatten()
            .any(|reference| reference.uid == uid && reference.block_owner_deletion == Some(true));
        if meta.deletion_timestamp.is_none() {
            let options = DeleteOptions { propagation: Propagation::Foreground, grace_period: None };
            // A Pod owns nothing: waiting for its dependents would only delay it by one sync.
            let options = if kind == Kind::Pod { DeleteOptions::default() } else { options };
            let _ = world.delete_object(kind, &key, options);
        }
    }
    if !blocked {
        remove_finalizer(world, owner, FOREGROUND);
    }
}

/// The dependents lose their reference and live on.
fn orphan_dependents(world: &mut World, owner: &Object) {
    let uid = owner.metadata().uid.clone().unwrap_or_default();
    for (kind, key) in world.store.owned_by(&uid) {
        edit_metadata(world, kind, &key, |meta| {
            if let Some(owners) = &mut meta.owner_references {
                owners.retain(|reference| reference.uid != uid);
            }
            if meta.owner_references.as_ref().is_some_and(Vec::is_empty) {
                meta.owner_references = None;
            }
        });
    }
    remove_finalizer(world, owner, ORPHAN);
}

fn remove_finalizer(world: &mut World, object: &Object, finalizer: &str) {
    edit_metadata(world, object.kind(), &object.key(), |meta| finalizers::remove(meta, finalizer));
}

fn edit_metadata(world: &mut World, kind: Kind, key: &Key, edit: impl FnOnce(&mut ObjectMeta)) {
    for_kind!(kind, T => {
        // It may be gone already; then there is nothing to edit.
        let _ = world.write::<T>(key, |object| edit(&mut object.metadata));
    });
}

fn is_alive(world: &World, dependent: &ObjectMeta, owner: &OwnerReference) -> bool {
    owner_key(dependent, owner)
        .and_then(|(kind, key)| world.store.state().object(kind, &key))
        .is_some_and(|object| object.metadata().uid.as_deref() == Some(owner.uid.as_str()))
}

fn owner_key(dependent: &ObjectMeta, owner: &OwnerReference) -> Option<(Kind, Key)> {
    let kind = Kind::parse(&owner.kind)?;
    let namespace = if kind.is_namespaced() { dependent.namespace.as_deref().unwrap_or("") } else { "" };
    Some((kind, Key::new(namespace, &owner.name)))
}

fn work(kind: Kind, key: &Key) -> Key {
    Key::new(&key.namespace, &format!("{}/{}", kind.name(), key.name))
}

fn work_of(key: &Key) -> Option<(Kind, Key)> {
    let (kind, name) = key.name.split_once('/')?;
    Some((Kind::parse(kind)?, Key::new(&key.namespace, name)))
}
