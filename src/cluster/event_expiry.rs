//! Events are forgotten an hour after they were last written.
//!
//! The API server gives each Event a lease of the database when it is written, and a new one when it is written again;
//! when the lease ends, the Event is gone (`--event-ttl`; `pkg/registry/core/event/storage/storage.go`). What the source
//! remembers of it is not touched: said once more, it is written anew, and its count goes on.

use super::clock::{Millis, SimTime};
use super::engine::{Alarm, Class, Component, World};
use super::object::{Key, Object};
use super::store::{Change, ChangeType};
use k8s_openapi::api::core::v1::Event;
use std::collections::BTreeMap;

/// How long an Event lives after its last write (`--event-ttl`).
const TTL: Millis = Millis::mins(60);

/// Takes Events out of the store when their time is over.
#[derive(Default)]
pub(super) struct EventExpiry {
    /// When each Event was last written. For each of them one alarm is set.
    written: BTreeMap<Key, SimTime>,
}

impl Component for EventExpiry {
    fn name(&self) -> &'static str {
        "etcd"
    }

    fn class(&self) -> Class {
        Class::Tick
    }

    fn observe(&mut self, world: &mut World, change: &Change) {
        let Object::Event(_) = &change.object else { return };
        let key = change.object.key();
        match change.change {
            ChangeType::Deleted => {
                self.written.remove(&key);
            }
            ChangeType::Added | ChangeType::Modified => {
                if self.written.insert(key.clone(), change.at).is_none() {
                    world.wake_at(change.at + TTL, key, 0);
                }
            }
        }
    }

    fn wake(&mut self, world: &mut World, alarm: Alarm) {
        let Some(written) = self.written.get(&alarm.key).copied() else { return };
        if world.now.since(written) < TTL {
            world.wake_at(written + TTL, alarm.key, 0);
            return;
        }
        self.written.remove(&alarm.key);
        // Nobody else deletes Events, so that it is still there.
        let _ = world.store.remove::<Event>(world.now, &alarm.key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::engine::{Engine, Stop};
    use crate::cluster::image::Images;
    use k8s_openapi::api::core::v1::Pod;

    fn until(engine: &mut Engine, seconds: i64) {
        while engine.step(SimTime(seconds * 1000)) != Some(Stop::Reached) {}
    }

    fn say(engine: &mut Engine, message: &str) {
        let mut pod = Pod::default();
        pod.metadata.name = Some("web".to_owned());
        pod.metadata.namespace = Some("default".to_owned());
        engine.world.warn("kubelet", &pod, "BackOff", message);
        engine.after_action();
    }

    /// The Events there are: message and count.
    fn said(engine: &Engine) -> Vec<(String, i32)> {
        let events = engine.world.store.state().by_age::<Event>();
        events.iter().map(|event| (event.message.clone().unwrap(), event.count.unwrap())).collect()
    }

    #[test]
    fn an_event_goes_an_hour_after_it_was_last_written() {
        let mut engine =
            Engine::new(World::new(1, Images::default()), vec![Box::new(EventExpiry::default())]);
        say(&mut engine, "once");
        say(&mut engine, "twice");
        until(&mut engine, 1800);
        say(&mut engine, "twice");
        until(&mut engine, 3599);
        assert_eq!(said(&engine), [("once".to_owned(), 1), ("twice".to_owned(), 2)]);
        until(&mut engine, 3600);
        assert_eq!(said(&engine), [("twice".to_owned(), 2)]);
        until(&mut engine, 5399);
        assert_eq!(said(&engine).len(), 1);
        until(&mut engine, 5400);
        assert_eq!(said(&engine), []);
        say(&mut engine, "twice");
        assert_eq!(said(&engine), [("twice".to_owned(), 3)], "its source goes on counting");
    }
}
