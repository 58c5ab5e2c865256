//! Events as the scheduler records them, by the newer API: `events.k8s.io/v1`, client-go `tools/events`
//! (`event_broadcaster.go`).
//!
//! Who says the same about the same version of an object again begins a series; the message does not matter and stays that
//! of the first time. The second time is written at once. What comes after is counted, and written when half an hour is
//! over or the series is: when nothing was heard of it for six minutes. So what `kubectl` shows may lag behind. A change of
//! the object, as of its status, begins another Event.

use super::{Event, EventType, ObjectReference, World, name_of};
use crate::cluster::clock::{Millis, SimTime};
use crate::cluster::engine::{Alarm, Class, Component};
use crate::cluster::object::{DEFAULT_NAMESPACE, Key};
use crate::cluster::store::Change;
use k8s_openapi::api::core::v1::{EventSeries, EventSource};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use std::collections::BTreeMap;

/// How often series that are over are looked for, and how long nothing was heard of one that is (`finishTime`).
const FINISH: Millis = Millis::mins(6);
/// How often all series are written (`refreshTime`).
const REFRESH: Millis = Millis::mins(30);
/// The machine on which the scheduler runs.
const HOST: &str = "control-plane";

/// What makes two Events parts of one series: about what (uid, resource version), type and reason.
type Identity = (String, String, &'static str, String);

/// The series that are remembered.
#[derive(Debug, Default)]
pub(super) struct Series(BTreeMap<Identity, Said>);

/// An Event that was written.
#[derive(Debug)]
struct Said {
    event: Event,
    count: i32,
    last: SimTime,
}

impl Said {
    /// The Event as it is to be written now.
    fn to_event(&self) -> Event {
        let series = (self.count > 1).then(|| EventSeries {
            count: Some(self.count),
            last_observed_time: Some(self.last.to_micro_time()),
        });
        Event { series, ..self.event.clone() }
    }
}

/// What the scheduler was doing, by the reason of its Event.
fn action(reason: &str) -> &'static str {
    match reason {
        "Scheduled" => "Binding",
        "Preempted" => "Preempting",
        _ => "Scheduling",
    }
}

impl World {
    /// Records an Event of the scheduler.
    pub(super) fn record_in_series(
        &mut self,
        component: &'static str,
        about: ObjectReference,
        kind: EventType,
        reason: &str,
        message: String,
    ) {
        let now = self.now;
        let part = |part: &Option<String>| part.clone().unwrap_or_default();
        let identity = (part(&about.uid), part(&about.resource_version), kind.word(), reason.to_owned());
        if let Some(said) = self.recorder.series.0.get_mut(&identity) {
            said.count += 1;
            said.last = now;
            let second = (said.count == 2).then(|| said.to_event());
            if let Some(event) = second {
                self.write_in_series(event);
            }
            return;
        }
        let namespace = about.namespace.clone().unwrap_or_else(|| DEFAULT_NAMESPACE.to_owned());
        let event = Event {
            metadata: ObjectMeta {
                name: Some(name_of(&mut self.recorder, &about, now)),
                namespace: Some(namespace),
                ..ObjectMeta::default()
            },
            involved_object: about,
            reason: Some(reason.to_owned()),
            message: Some(message),
            type_: Some(kind.word().to_owned()),
            source: Some(EventSource::default()),
            event_time: Some(now.to_micro_time()),
            action: Some(action(reason).to_owned()),
            reporting_component: Some(component.to_owned()),
            reporting_instance: Some(format!("{component}-{HOST}")),
            ..Event::default()
        };
        self.recorder.series.0.insert(identity, Said { event: event.clone(), count: 1, last: now });
        self.write_in_series(event);
    }

    /// Writes an Event, which may be gone by now.
    fn write_in_series(&mut self, event: Event) {
        let meta = &event.metadata;
        let key =
            Key::new(meta.namespace.as_deref().unwrap_or_default(), meta.name.as_deref().unwrap_or_default());
        let series = event.series.clone();
        if self.store.update::<Event>(self.now, &key, |event| event.series = series).is_err() {
            self.write_event(event);
        }
    }

    /// Writes the series that are over and forgets them; and writes all others, where `refreshes`.
    fn sweep_series(&mut self, refreshes: bool) {
        let mut due = Vec::new();
        let now = self.now;
        self.recorder.series.0.retain(|_, said| {
            let is_over = now.since(said.last) > FINISH;
            if said.count > 1 && (is_over || refreshes) {
                due.push(said.to_event());
            }
            !is_over
        });
        due.into_iter().for_each(|event| self.write_in_series(event));
    }
}

/// Writes series now and then.
#[derive(Default)]
pub(in crate::cluster) struct SeriesKeeper;

impl Component for SeriesKeeper {
    fn name(&self) -> &'static str {
        "events"
    }

    fn class(&self) -> Class {
        Class::Tick
    }

    fn start(&mut self, world: &mut World) {
        world.wake_after(FINISH, Key::cluster_wide(""), 0);
    }

    fn observe(&mut self, _world: &mut World, _change: &Change) {}

    fn wake(&mut self, world: &mut World, alarm: Alarm) {
        // Half an hour is five times six minutes.
        let refreshes = world.now.since(SimTime::ZERO).0 % REFRESH.0 == 0;
        world.sweep_series(refreshes);
        world.wake_after(FINISH, alarm.key, alarm.tag);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::engine::{Engine, Stop};
    use crate::cluster::events::times;
    use crate::cluster::image::Images;
    use k8s_openapi::api::core::v1::Pod;

    fn engine() -> Engine {
        Engine::new(World::new(1, Images::default()), vec![Box::new(SeriesKeeper)])
    }

    fn until(engine: &mut Engine, seconds: i64) {
        while engine.step(SimTime(seconds * 1000)) != Some(Stop::Reached) {}
    }

    /// The scheduler cannot place this version of a Pod.
    fn fail(engine: &mut Engine, version: &str, message: &str) {
        let mut pod = Pod::default();
        pod.metadata.name = Some("big".to_owned());
        pod.metadata.uid = Some("u".to_owned());
        pod.metadata.resource_version = Some(version.to_owned());
        engine.world.warn("default-scheduler", &pod, "FailedScheduling", message);
        engine.after_action();
    }

    /// The Events there are: message, how often, and when last, in seconds.
    fn said(engine: &Engine) -> Vec<(String, i32, i64)> {
        let events = engine.world.store.state().by_age::<Event>();
        let seconds = |event: &Event| {
            let last = event.series.as_ref().and_then(|series| series.last_observed_time.clone());
            last.or_else(|| event.event_time.clone()).unwrap().0.as_second()
                - SimTime::ZERO.to_time().0.as_second()
        };
        events.iter().map(|event| (event.message.clone().unwrap(), times(event), seconds(event))).collect()
    }

    #[test]
    fn the_same_about_the_same_version_is_a_series_whatever_its_message() {
        let mut engine = engine();
        fail(&mut engine, "1", "0/1 nodes");
        until(&mut engine, 10);
        fail(&mut engine, "2", "0/1 nodes");
        until(&mut engine, 20);
        fail(&mut engine, "2", "0/2 nodes");
        assert_eq!(said(&engine), [("0/1 nodes".to_owned(), 1, 0), ("0/1 nodes".to_owned(), 2, 20)]);
        let event = engine.world.store.state().by_age::<Event>()[1].clone();
        assert_eq!((event.count, event.first_timestamp.clone()), (None, None));
        assert_eq!(event.action.as_deref(), Some("Scheduling"));
    }

    #[test]
    fn after_the_second_time_a_series_is_written_every_half_hour_and_when_it_is_over() {
        let mut engine = engine();
        for minute in 0..35 {
            until(&mut engine, minute * 60);
            fail(&mut engine, "1", "no");
            if minute == 29 {
                assert_eq!(said(&engine)[0].1, 2, "thirty times by then");
            }
        }
        // At 30 min it was written, with those of the minutes 0 to 29.
        assert_eq!(said(&engine)[0].1, 30);
        // The last one was at 34 min. At 36 it is not over; it is when looked at after more than 40.
        until(&mut engine, 40 * 60);
        assert_eq!(said(&engine)[0].1, 30);
        until(&mut engine, 42 * 60);
        assert_eq!(said(&engine), [("no".to_owned(), 35, 34 * 60)]);
        fail(&mut engine, "1", "again");
        assert_eq!(said(&engine)[1], ("again".to_owned(), 1, 42 * 60), "another Event");
    }
}
