//! Every object of the cluster at one moment. Copying a [`State`] is cheap: objects are shared.
//!
//! The store keeps one as the present; a trace replays to one for any moment of the past.

use super::object::{Key, Kind, Object, Resource};
use k8s_openapi::api::core::v1::Pod;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The objects of the cluster, by kind and key.
#[derive(Clone, Debug, Default)]
pub struct State {
    objects: BTreeMap<Kind, BTreeMap<Key, Entry>>,
}

#[derive(Clone, Debug)]
struct Entry {
    object: Object,
    /// The resource version of its creation: orders objects that were created within the same second.
    born: u64,
}

impl State {
    /// The object of a kind with this key.
    pub fn object(&self, kind: Kind, key: &Key) -> Option<&Object> {
        self.objects.get(&kind)?.get(key).map(|entry| &entry.object)
    }

    /// The object with this key, as its own type.
    pub fn get<T: Resource>(&self, key: &Key) -> Option<&Arc<T>> {
        self.object(T::OF, key).and_then(T::from_object)
    }

    /// All objects of a kind, in order of key.
    pub fn objects(&self, kind: Kind) -> impl DoubleEndedIterator<Item = &Object> {
        self.objects.get(&kind).into_iter().flat_map(BTreeMap::values).map(|entry| &entry.object)
    }

    /// All objects of a type, in order of key.
    pub fn list<T: Resource>(&self) -> impl DoubleEndedIterator<Item = &Arc<T>> {
        self.objects(T::OF).filter_map(T::from_object)
    }

    /// All objects of a type in a namespace, in order of name.
    pub fn list_in<T: Resource>(&self, namespace: &str) -> impl Iterator<Item = &Arc<T>> {
        let from = Key::new(namespace, "");
        self.objects
            .get(&T::OF)
            .into_iter()
            .flat_map(move |objects| objects.range(from.clone()..))
            .take_while(move |(key, _)| &*key.namespace == namespace)
            .filter_map(|(_, entry)| T::from_object(&entry.object))
    }

    /// How many objects there are of a kind.
    pub fn count(&self, kind: Kind) -> usize {
        self.objects.get(&kind).map_or(0, BTreeMap::len)
    }

    /// All objects of a type, oldest first, in the order in which the API server accepted them.
    pub fn by_age<T: Resource>(&self) -> Vec<&Arc<T>> {
        let mut entries: Vec<&Entry> =
            self.objects.get(&T::OF).into_iter().flat_map(BTreeMap::values).collect();
        entries.sort_by_key(|entry| entry.born);
        entries.into_iter().filter_map(|entry| T::from_object(&entry.object)).collect()
    }

    /// All Pods, oldest first.
    pub fn pods_by_age(&self) -> Vec<&Arc<Pod>> {
        self.by_age::<Pod>()
    }

    /// Puts an object in, in place of what was there under its key; the new one keeps the place in age of the old one.
    pub fn put(&mut self, object: Object) -> Option<Object> {
        let objects = self.objects.entry(object.kind()).or_default();
        match objects.entry(object.key()) {
            std::collections::btree_map::Entry::Occupied(mut old) => {
                Some(std::mem::replace(&mut old.get_mut().object, object))
            }
            std::collections::btree_map::Entry::Vacant(place) => {
                let born =
                    object.metadata().resource_version.as_deref().and_then(|rv| rv.parse().ok()).unwrap_or(0);
                place.insert(Entry { object, born });
                None
            }
        }
    }

    /// Takes an object out.
    pub fn remove(&mut self, kind: Kind, key: &Key) -> Option<Object> {
        self.objects.get_mut(&kind)?.remove(key).map(|entry| entry.object)
    }
}
