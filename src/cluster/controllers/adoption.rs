//! Who controls whom: adopting orphans that match a selector, and releasing what no longer matches.
//!
//! Source: `pkg/controller/controller_ref_manager.go`; docs "ReplicaSet" (non-template Pod acquisitions).

use crate::cluster::engine::World;
use crate::cluster::finalizers;
use crate::cluster::object::{Key, Resource};
use crate::cluster::selector::{Labels, Selector};
use crate::cluster::store::{Change, ChangeType};
use k8s_openapi::api::core::v1::Pod;
use std::sync::Arc;

/// What an owner is to do with an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Claim {
    Own,
    Adopt,
    Release,
    Leave,
}

/// Decides about one object; `matches` says whether the owner's selector, and whatever else it asks, is met.
fn decide<O: Resource, T: Resource>(owner: &O, object: &T, matches: bool) -> Claim {
    match object.controller() {
        Some(controller) if controller.uid != owner.uid() => Claim::Leave,
        Some(_) if matches => Claim::Own,
        Some(_) if owner.is_deleting() => Claim::Leave,
        Some(_) => Claim::Release,
        None if owner.is_deleting() || object.is_deleting() || !matches => Claim::Leave,
        None => Claim::Adopt,
    }
}

/// Goes through candidates, in order, and returns those that the owner controls afterwards.
pub(super) fn claim<O: Resource, T: Resource>(
    world: &mut World,
    owner: &O,
    candidates: Vec<Arc<T>>,
    matches: impl Fn(&T) -> bool,
) -> Vec<Arc<T>> {
    claim_with(world, owner, candidates, matches, None)
}

/// The same where whoever is adopted gets a finalizer as well, and loses it when it is released.
fn claim_with<O: Resource, T: Resource>(
    world: &mut World,
    owner: &O,
    candidates: Vec<Arc<T>>,
    matches: impl Fn(&T) -> bool,
    finalizer: Option<&str>,
) -> Vec<Arc<T>> {
    let mut claimed = Vec::with_capacity(candidates.len());
    for object in candidates {
        match decide(owner, object.as_ref(), matches(&object)) {
            Claim::Own => claimed.push(object),
            Claim::Adopt => {
                let owner = owner.as_controller();
                let adopted = world.write::<T>(&object.key(), |object| {
                    let meta = object.metadata_mut();
                    meta.owner_references.get_or_insert_default().push(owner);
                    if let Some(finalizer) = finalizer {
                        finalizers::add(meta, finalizer);
                    }
                });
                claimed.extend(adopted);
            }
            Claim::Release => {
                // It may be gone already; then it is released as well.
                let _ = world.write::<T>(&object.key(), |object| {
                    let meta = object.metadata_mut();
                    if let Some(finalizer) = finalizer {
                        finalizers::remove(meta, finalizer);
                    }
                    let owners = &mut meta.owner_references;
                    if let Some(list) = owners {
                        list.retain(|reference| reference.uid != owner.uid());
                    }
                    if owners.as_ref().is_some_and(Vec::is_empty) {
                        *owners = None;
                    }
                });
            }
            Claim::Leave => {}
        }
    }
    claimed
}

/// The Pods that an owner controls, after adopting and releasing; only those that `wanted` lets through are looked at.
pub(super) fn claim_pods<O: Resource>(
    world: &mut World,
    owner: &O,
    selector: &Selector,
    wanted: impl Fn(&Pod) -> bool,
) -> Vec<Arc<Pod>> {
    claim_pods_with(world, owner, selector, wanted, None)
}

/// All Pods that an owner controls, after adopting and releasing; each of them carries a finalizer of the owner's.
pub(super) fn claim_held_pods<O: Resource>(
    world: &mut World,
    owner: &O,
    selector: &Selector,
    finalizer: &str,
) -> Vec<Arc<Pod>> {
    claim_pods_with(world, owner, selector, |_| true, Some(finalizer))
}

fn claim_pods_with<O: Resource>(
    world: &mut World,
    owner: &O,
    selector: &Selector,
    wanted: impl Fn(&Pod) -> bool,
    finalizer: Option<&str>,
) -> Vec<Arc<Pod>> {
    let matches = |pod: &Pod| selector.matches_option(pod.metadata.labels.as_ref());
    let own = world.store.controlled_by::<Pod>(owner.uid());
    let orphans = world.store.orphan_pods(owner.namespace()).filter(|pod| matches(pod));
    let candidates = own.chain(orphans).filter(|pod| wanted(pod)).cloned().collect();
    claim_with(world, owner, candidates, matches, finalizer)
}

/// The keys of the owners of one type that a change of a dependent concerns: the one that controls it, the one that did
/// before, and, for an orphan, each that would like to have it.
pub(super) fn owners<O: Resource>(
    world: &World,
    change: &Change,
    selects: impl Fn(&O, &Labels) -> bool,
) -> Vec<Key> {
    let after = change.object.metadata();
    let namespace = after.namespace.as_deref().unwrap_or("");
    let before = change.before.as_ref().map(crate::cluster::object::Object::metadata);
    let controller = |meta| crate::cluster::object::controller_of(meta).filter(|owner| owner.kind == O::KIND);
    let mut keys: Vec<Key> = Vec::new();
    for owner in [Some(after), before].into_iter().flatten().filter_map(controller) {
        let key = Key::new(namespace, &owner.name);
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    let is_orphan = crate::cluster::object::controller_of(after).is_none();
    let is_new = before.is_none_or(|before| {
        before.labels != after.labels || before.owner_references != after.owner_references
    });
    if is_orphan && is_new && change.change != ChangeType::Deleted {
        let none = Labels::new();
        let labels = after.labels.as_ref().unwrap_or(&none);
        let all = world.store.state().list_in::<O>(namespace);
        keys.extend(all.filter(|owner| selects(owner, labels)).map(|owner| owner.key()));
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;
    use k8s_openapi::api::apps::v1::ReplicaSet;
    use serde_json::json;

    fn set(deleting: bool) -> ReplicaSet {
        let mut json = json!({"metadata": {"name": "web", "namespace": "default", "uid": "u1"}});
        if deleting {
            json["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
        }
        serde_json::from_value(json).unwrap()
    }

    fn pod(owner: Option<&str>, deleting: bool) -> Pod {
        let mut json = json!({"metadata": {"name": "a", "namespace": "default"}});
        if let Some(uid) = owner {
            json["metadata"]["ownerReferences"] = json!([
                {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "x", "uid": uid, "controller": true}]);
        }
        if deleting {
            json["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
        }
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn orphans_that_match_are_adopted_and_what_no_longer_matches_is_released() {
        for (owner_goes, pod, matches, expected) in [
            (false, pod(None, false), true, Claim::Adopt),
            (false, pod(None, false), false, Claim::Leave),
            (false, pod(None, true), true, Claim::Leave),
            (true, pod(None, false), true, Claim::Leave),
            (false, pod(Some("u1"), false), true, Claim::Own),
            (false, pod(Some("u1"), false), false, Claim::Release),
            (true, pod(Some("u1"), false), false, Claim::Leave),
            (false, pod(Some("u2"), false), true, Claim::Leave),
        ] {
            assert_eq!(decide(&set(owner_goes), &pod, matches), expected);
        }
    }
}
