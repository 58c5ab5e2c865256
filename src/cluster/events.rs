//! Kubernetes Events: who says what about which object, and how often.
//!
//! Source: client-go `tools/record` (`event.go`, `events_cache.go`): the same source, object, type, reason and message
//! again raises `count` and moves `lastTimestamp` instead of making another Event.

use super::engine::World;
use super::object::{Key, Resource};
use k8s_openapi::api::core::v1::{Event, EventSource, ObjectReference};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use std::collections::HashMap;

/// Normal, or something a person should look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventType {
    /// As it should be.
    Normal,
    /// Something is wrong.
    Warning,
}

impl EventType {
    const fn word(self) -> &'static str {
        match self {
            EventType::Normal => "Normal",
            EventType::Warning => "Warning",
        }
    }
}

/// Remembers what has been said, so that repetitions are counted.
#[derive(Debug, Default)]
pub(super) struct Recorder {
    said: HashMap<(&'static str, String, &'static str, String, String), Key>,
    count: u64,
}

impl World {
    /// Records a Normal Event.
    pub fn normal<T: Resource>(
        &mut self,
        component: &'static str,
        about: &T,
        reason: &str,
        message: impl Into<String>,
    ) {
        self.record(component, reference(about), EventType::Normal, reason, message.into());
    }

    /// Records a Warning.
    pub fn warn<T: Resource>(
        &mut self,
        component: &'static str,
        about: &T,
        reason: &str,
        message: impl Into<String>,
    ) {
        self.record(component, reference(about), EventType::Warning, reason, message.into());
    }

    /// Records an Event about an object that may be gone by now.
    pub fn record(
        &mut self,
        component: &'static str,
        about: ObjectReference,
        kind: EventType,
        reason: &str,
        message: String,
    ) {
        let identity =
            format!("{}/{}", about.uid.as_deref().unwrap_or(""), about.field_path.as_deref().unwrap_or(""));
        let said = (component, identity, kind.word(), reason.to_owned(), message);
        if let Some(key) = self.recorder.said.get(&said) {
            let now = self.now;
            let again = self.store.update::<Event>(now, key, |event| {
                event.count = Some(event.count.unwrap_or(1) + 1);
                event.last_timestamp = Some(now.to_time());
            });
            if again.is_ok() {
                return;
            }
        }
        self.recorder.count += 1;
        let stamp = self.now.to_micro_time().0.as_nanosecond() as u64 + self.recorder.count;
        let namespace =
            about.namespace.clone().unwrap_or_else(|| super::object::DEFAULT_NAMESPACE.to_owned());
        let event = Event {
            metadata: ObjectMeta {
                name: Some(format!("{}.{stamp:x}", about.name.as_deref().unwrap_or(""))),
                namespace: Some(namespace),
                ..ObjectMeta::default()
            },
            involved_object: about,
            reason: Some(reason.to_owned()),
            message: Some(said.4.clone()),
            type_: Some(kind.word().to_owned()),
            source: Some(EventSource { component: Some(component.to_owned()), host: None }),
            first_timestamp: Some(self.now.to_time()),
            last_timestamp: Some(self.now.to_time()),
            count: Some(1),
            reporting_component: Some(component.to_owned()),
            reporting_instance: Some(String::new()),
            ..Event::default()
        };
        let event = self.store.create(self.now, event).expect("an Event's name counts up, so it is new");
        self.recorder.said.insert(said, event.key());
    }
}

/// A reference to an object, as an Event carries it.
pub fn reference<T: Resource>(object: &T) -> ObjectReference {
    let meta = object.metadata();
    ObjectReference {
        api_version: Some(T::API_VERSION.to_owned()),
        kind: Some(T::KIND.to_owned()),
        name: meta.name.clone(),
        namespace: meta.namespace.clone(),
        // A Node's Events name it by name, also in `uid`, as the kubelet and the node controller do.
        uid: if T::OF == super::object::Kind::Node { meta.name.clone() } else { meta.uid.clone() },
        resource_version: meta.resource_version.clone(),
        field_path: None,
    }
}
