//! The object store, etcd's part: versions, uids, generations, finalizers and the watch log.
//!
//! In: whole objects that the API server has admitted. Out: the present [`State`], a few indexes, and the log of every
//! change in order, which is what the watchers see and what a trace is. The store knows nothing of what objects mean.
//!
//! Sources: docs "Kubernetes API Concepts", "Object Names and IDs", "Finalizers"; apiserver
//! `pkg/registry/rest/create.go`, `update.go`, `delete.go`.

use super::clock::SimTime;
use super::names::Lots;
use super::object::{Key, Kind, Object, Resource, controller_of};
use super::state::State;
use k8s_openapi::api::core::v1::Pod;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What happened to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChangeType {
    /// It is new.
    Added,
    /// It is another version.
    Modified,
    /// It is gone.
    Deleted,
}

impl ChangeType {
    /// The word of the watch stream.
    pub const fn word(self) -> &'static str {
        match self {
            ChangeType::Added => "ADDED",
            ChangeType::Modified => "MODIFIED",
            ChangeType::Deleted => "DELETED",
        }
    }
}

/// One entry of the watch log.
#[derive(Clone, Debug)]
pub struct Change {
    /// When.
    pub at: SimTime,
    /// What happened.
    pub change: ChangeType,
    /// The object as it is now, or as it was last.
    pub object: Object,
    /// The object before, if there was one.
    pub before: Option<Object>,
}

/// The store refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// An object of this kind and name is there; use another name, or update it.
    #[error("already exists")]
    AlreadyExists,
    /// There is no such object (any more).
    #[error("not found")]
    NotFound,
}

/// The objects of the present, and the log of how they came to be so.
#[derive(Debug)]
pub struct Store {
    state: State,
    revision: u64,
    log: Vec<Change>,
    uids: Lots,
    pods_on_node: BTreeMap<Arc<str>, BTreeSet<Key>>,
    controlled: BTreeMap<(Kind, String), BTreeSet<Key>>,
    owned: BTreeMap<String, BTreeSet<(Kind, Key)>>,
    orphan_pods: BTreeSet<Key>,
}

impl Store {
    /// An empty store whose uids come from this seed.
    pub fn new(seed: u64) -> Store {
        Store {
            state: State::default(),
            revision: 0,
            log: Vec::new(),
            uids: Lots::new(seed ^ 0x7569_6473),
            pods_on_node: BTreeMap::new(),
            controlled: BTreeMap::new(),
            owned: BTreeMap::new(),
            orphan_pods: BTreeSet::new(),
        }
    }

    /// The objects of the present.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Every change so far, oldest first.
    pub fn log(&self) -> &[Change] {
        &self.log
    }

    /// Gives the log away and starts a new one; the present stays.
    pub fn take_log(&mut self) -> Vec<Change> {
        std::mem::take(&mut self.log)
    }

    /// The object with this key.
    pub fn get<T: Resource>(&self, key: &Key) -> Option<&Arc<T>> {
        self.state.get(key)
    }

    /// The Pods bound to a Node, in order of key.
    pub fn pods_on_node(&self, node: &str) -> impl Iterator<Item = &Arc<Pod>> {
        self.pods_on_node.get(node).into_iter().flatten().filter_map(|key| self.state.get(key))
    }

    /// The objects of a type that the object with this uid controls, in order of key.
    pub fn controlled_by<T: Resource>(&self, uid: &str) -> impl Iterator<Item = &Arc<T>> {
        self.controlled
            .get(&(T::OF, uid.to_owned()))
            .into_iter()
            .flatten()
            .filter_map(|key| self.state.get(key))
    }

    /// The Pods of a namespace that nobody controls, in order of name.
    pub fn orphan_pods(&self, namespace: &str) -> impl Iterator<Item = &Arc<Pod>> {
        self.orphan_pods
            .range(Key::new(namespace, "")..)
            .take_while(move |key| &*key.namespace == namespace)
            .filter_map(|key| self.state.get(key))
    }

    /// Everything that names this uid among its owners, in order of kind and key.
    pub fn owned_by(&self, uid: &str) -> Vec<(Kind, Key)> {
        self.owned.get(uid).into_iter().flatten().cloned().collect()
    }

    /// A uid that nothing has had before.
    pub fn new_uid(&mut self) -> String {
        self.uids.uid()
    }

    /// Stores a new object: gives it a uid if it has none yet, a resource version, a creation time and generation 1.
    pub fn create<T: Resource>(&mut self, now: SimTime, mut object: T) -> Result<Arc<T>, StoreError> {
        let key = object.key();
        if self.state.object(T::OF, &key).is_some() {
            return Err(StoreError::AlreadyExists);
        }
        self.revision += 1;
        let meta = object.metadata_mut();
        if meta.uid.is_none() {
            meta.uid = Some(self.uids.uid());
        }
        meta.resource_version = Some(self.revision.to_string());
        meta.creation_timestamp = Some(now.to_time());
        if has_generation(T::OF) {
            meta.generation = Some(1);
        }
        let object = Arc::new(object);
        self.append(now, ChangeType::Added, object.clone().into_object());
        Ok(object)
    }

    /// Changes an object. A change that changes nothing is no write; one that changes the spec raises the generation;
    /// one that takes the last finalizer off a deleted object removes it. Returns the object as it is then.
    pub fn update<T: Resource>(
        &mut self,
        now: SimTime,
        key: &Key,
        change: impl FnOnce(&mut T),
    ) -> Result<Arc<T>, StoreError> {
        let old = self.state.get::<T>(key).ok_or(StoreError::NotFound)?.clone();
        let mut new = T::clone(&old);
        change(&mut new);
        if new == *old {
            return Ok(old);
        }
        let raise =
            has_generation(T::OF) && (new.spec_differs(&old) || (new.is_deleting() && !old.is_deleting()));
        self.revision += 1;
        let meta = new.metadata_mut();
        meta.resource_version = Some(self.revision.to_string());
        if raise {
            meta.generation = Some(old.metadata().generation.unwrap_or(0) + 1);
        }
        let waits = meta.deletion_grace_period_seconds.unwrap_or(0) > 0;
        let finished = new.is_deleting() && !waits && !new.is_held();
        let new = Arc::new(new);
        let what = if finished { ChangeType::Deleted } else { ChangeType::Modified };
        self.append(now, what, new.clone().into_object());
        Ok(new)
    }

    /// Removes an object at once, whatever its finalizers. The API server decides when that may be.
    pub fn remove<T: Resource>(&mut self, now: SimTime, key: &Key) -> Result<Arc<T>, StoreError> {
        let old = self.state.get::<T>(key).ok_or(StoreError::NotFound)?;
        let mut last = T::clone(old);
        self.revision += 1;
        last.metadata_mut().resource_version = Some(self.revision.to_string());
        let last = Arc::new(last);
        self.append(now, ChangeType::Deleted, last.clone().into_object());
        Ok(last)
    }

    fn append(&mut self, at: SimTime, change: ChangeType, object: Object) {
        let before = match change {
            ChangeType::Added | ChangeType::Modified => self.state.put(object.clone()),
            ChangeType::Deleted => self.state.remove(object.kind(), &object.key()),
        };
        if let Some(before) = &before {
            self.index(before, false);
        }
        if change != ChangeType::Deleted {
            self.index(&object, true);
        }
        self.log.push(Change { at, change, object, before });
    }

    fn index(&mut self, object: &Object, present: bool) {
        let (kind, key, meta) = (object.kind(), object.key(), object.metadata());
        for owner in meta.owner_references.iter().flatten() {
            set(self.owned.entry(owner.uid.clone()).or_default(), (kind, key.clone()), present);
        }
        let controller = controller_of(meta);
        if let Some(owner) = controller {
            set(self.controlled.entry((kind, owner.uid.clone())).or_default(), key.clone(), present);
        }
        if let Object::Pod(pod) = object {
            if controller.is_none() {
                set(&mut self.orphan_pods, key.clone(), present);
            }
            if let Some(node) = pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref()) {
                match self.pods_on_node.get_mut(node) {
                    Some(pods) => set(pods, key, present),
                    None => set(self.pods_on_node.entry(node.into()).or_default(), key, present),
                }
            }
        }
    }
}

fn set<K: Ord>(index: &mut BTreeSet<K>, key: K, present: bool) {
    if present {
        index.insert(key);
    } else {
        index.remove(&key);
    }
}

/// Kinds whose `metadata.generation` the API server keeps.
const fn has_generation(kind: Kind) -> bool {
    match kind {
        Kind::PodDisruptionBudget
        | Kind::Deployment
        | Kind::ReplicaSet
        | Kind::ReplicationController
        | Kind::StatefulSet
        | Kind::DaemonSet
        | Kind::Job
        | Kind::CronJob
        | Kind::EndpointSlice
        | Kind::Pod => true,
        Kind::Namespace
        | Kind::Node
        | Kind::PriorityClass
        | Kind::StorageClass
        | Kind::CSINode
        | Kind::VolumeAttachment
        | Kind::PersistentVolume
        | Kind::PersistentVolumeClaim
        | Kind::ConfigMap
        | Kind::Secret
        | Kind::Service
        | Kind::ControllerRevision
        | Kind::HorizontalPodAutoscaler
        | Kind::Event => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

    fn pod(name: &str) -> Pod {
        Pod {
            metadata: ObjectMeta {
                name: Some(name.into()),
                namespace: Some("default".into()),
                ..ObjectMeta::default()
            },
            spec: Some(Default::default()),
            status: None,
        }
    }

    fn key(name: &str) -> Key {
        Key::new("default", name)
    }

    #[test]
    fn every_write_gets_the_next_resource_version_and_a_write_of_nothing_gets_none() {
        let mut store = Store::new(1);
        store.create(SimTime(0), pod("a")).unwrap();
        store.create(SimTime(0), pod("b")).unwrap();
        let same = store.update::<Pod>(SimTime(5), &key("a"), |_| ()).unwrap();
        assert_eq!(same.metadata.resource_version.as_deref(), Some("1"));
        let changed =
            store.update::<Pod>(SimTime(5), &key("a"), |pod| pod.status = Some(Default::default())).unwrap();
        assert_eq!(changed.metadata.resource_version.as_deref(), Some("3"));
        assert_eq!(changed.metadata.generation, Some(1), "a status write does not raise the generation");
        assert_eq!(store.log().len(), 3);
    }

    #[test]
    fn a_spec_change_raises_the_generation() {
        let mut store = Store::new(1);
        store.create(SimTime(0), pod("a")).unwrap();
        let changed = store
            .update::<Pod>(SimTime(1), &key("a"), |pod| {
                pod.spec.get_or_insert_default().active_deadline_seconds = Some(60);
            })
            .unwrap();
        assert_eq!(changed.metadata.generation, Some(2));
    }

    #[test]
    fn a_binding_does_not_raise_the_generation() {
        let mut store = Store::new(1);
        store.create(SimTime(0), pod("a")).unwrap();
        let bound = store
            .update::<Pod>(SimTime(1), &key("a"), |pod| {
                pod.spec.get_or_insert_default().node_name = Some("node-a".into());
            })
            .unwrap();
        assert_eq!(bound.metadata.generation, Some(1));
        assert_eq!(store.pods_on_node("node-a").count(), 1);
    }

    #[test]
    fn an_object_that_comes_again_has_another_uid() {
        let mut store = Store::new(1);
        let first = store.create(SimTime(0), pod("a")).unwrap();
        assert_eq!(store.create(SimTime(0), pod("a")).unwrap_err(), StoreError::AlreadyExists);
        store.remove::<Pod>(SimTime(1), &key("a")).unwrap();
        let second = store.create(SimTime(2), pod("a")).unwrap();
        assert_ne!(first.uid(), second.uid());
        assert_eq!(store.state().by_age::<Pod>().len(), 1);
    }

    #[test]
    fn the_last_finalizer_holds_a_deleted_object() {
        let mut store = Store::new(1);
        let mut held = pod("a");
        held.metadata.finalizers = Some(vec!["x/y".into()]);
        store.create(SimTime(0), held).unwrap();
        store
            .update::<Pod>(SimTime(1), &key("a"), |pod| {
                pod.metadata.deletion_timestamp = Some(SimTime(1).to_time());
                pod.metadata.deletion_grace_period_seconds = Some(0);
            })
            .unwrap();
        assert!(store.get::<Pod>(&key("a")).is_some());
        store.update::<Pod>(SimTime(2), &key("a"), |pod| pod.metadata.finalizers = None).unwrap();
        assert!(store.get::<Pod>(&key("a")).is_none());
        assert_eq!(store.log().last().map(|change| change.change), Some(ChangeType::Deleted));
    }
}
