//! Kubernetes Events: who says what about which object, and how often.
//!
//! Source: client-go `tools/record` (`event.go`, `events_cache.go`), whose `EventCorrelator` stands between a component
//! and the API server. The same source, object, type, reason and message again raises `count` and moves `lastTimestamp`
//! instead of making another Event. The tenth message of the same kind within ten minutes is folded with those that follow
//! into one Event. A source that says too much about one object is cut short: what it says then is counted, not written.
//!
//! The scheduler speaks the newer API, which knows neither of the latter two and counts otherwise: [`series`].

pub(super) mod series;

use super::api;
use super::clock::{Millis, SimTime};
use super::engine::World;
use super::object::{Key, Resource};
use k8s_openapi::api::core::v1::{Event, EventSource, ObjectReference, Pod};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use std::collections::{HashMap, VecDeque};

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

/// How many different messages of one kind make the next one fold (`defaultAggregateMaxEvents`).
const FOLD_AT: usize = 10;
/// A kind of message that has not been heard for longer starts anew (`defaultAggregateIntervalInSeconds`).
const FOLD_WITHIN: Millis = Millis::secs(600);
/// What a folded Event says before its last message.
const FOLDED: &str = "(combined from similar events): ";
/// How many Events a source may write about an object at once (`defaultSpamBurst`) …
const BURST: i64 = 25;
/// … and how long it takes until it may write one more (`defaultSpamQPS`).
const ONE_MORE_AFTER: Millis = Millis::secs(300);
/// Who speaks from a Node.
const KUBELET: &str = "kubelet";
/// Whose Events are series.
const SCHEDULER: &str = "default-scheduler";

/// What makes two Events the same: who speaks, about what, type, reason and, unless they are folded, message.
type Identity = (&'static str, String, &'static str, String, Option<String>);

/// Remembers what has been said, so that repetitions are counted and floods dammed.
#[derive(Debug, Default)]
pub(super) struct Recorder {
    said: HashMap<Identity, Said>,
    alike: HashMap<Identity, Alike>,
    allowances: HashMap<(&'static str, String), Allowance>,
    count: u64,
    series: series::Series,
}

/// An Event, as its source remembers it.
#[derive(Debug)]
struct Said {
    key: Key,
    count: i32,
    first: SimTime,
}

/// The latest different messages that share all but the message.
#[derive(Debug)]
struct Alike {
    messages: VecDeque<String>,
    last: SimTime,
}

impl Alike {
    /// Takes note of a message; whether it is to be folded. Kubernetes then forgets any one of the messages; here it is
    /// the one noted first.
    fn folds(&mut self, message: &str, now: SimTime) -> bool {
        if now.since(self.last) > FOLD_WITHIN {
            self.messages.clear();
        }
        self.last = now;
        if !self.messages.iter().any(|known| known == message) {
            self.messages.push_back(message.to_owned());
        }
        let folds = self.messages.len() >= FOLD_AT;
        if folds {
            self.messages.pop_front();
        }
        folds
    }
}

/// How much more a source may write about an object: a bucket that fills up in time.
#[derive(Debug)]
struct Allowance {
    left: Millis,
    since: SimTime,
}

impl Allowance {
    fn full(now: SimTime) -> Allowance {
        Allowance { left: ONE_MORE_AFTER * BURST, since: now }
    }

    fn take(&mut self, now: SimTime) -> bool {
        self.left = (self.left + now.since(self.since)).min(ONE_MORE_AFTER * BURST);
        self.since = now;
        let takes = self.left >= ONE_MORE_AFTER;
        if takes {
            self.left = self.left - ONE_MORE_AFTER;
        }
        takes
    }
}

impl Recorder {
    /// Whether a source may write one more Event about an object.
    fn allows(&mut self, component: &'static str, uid: &str, now: SimTime) -> bool {
        let allowance = self.allowances.entry((component, uid.to_owned()));
        allowance.or_insert_with(|| Allowance::full(now)).take(now)
    }

    /// Under what an Event is counted, and its message.
    fn fold(
        &mut self,
        component: &'static str,
        about: &ObjectReference,
        kind: EventType,
        reason: &str,
        message: String,
        now: SimTime,
    ) -> (Identity, String) {
        let uid = about.uid.as_deref().unwrap_or("");
        let all: Identity = (component, uid.to_owned(), kind.word(), reason.to_owned(), None);
        let fresh = || Alike { messages: VecDeque::new(), last: now };
        if self.alike.entry(all.clone()).or_insert_with(fresh).folds(&message, now) {
            return (all, format!("{FOLDED}{message}"));
        }
        let exact = format!("{uid}/{}", about.field_path.as_deref().unwrap_or(""));
        ((component, exact, kind.word(), reason.to_owned(), Some(message.clone())), message)
    }
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
        if component == SCHEDULER {
            self.record_in_series(component, about, kind, reason, message);
            return;
        }
        let now = self.now;
        let uid = about.uid.clone().unwrap_or_default();
        let (identity, message) = self.recorder.fold(component, &about, kind, reason, message, now);
        // Whether or not it is written, it is counted.
        let said = self.recorder.said.get_mut(&identity).map(|said| {
            said.count += 1;
            (said.key.clone(), said.count, said.first)
        });
        let allowed = self.recorder.allows(component, &uid, now);
        let (count, first) = said.as_ref().map_or((1, now), |(_, count, first)| (*count, *first));
        if let Some((key, ..)) = said {
            if !allowed {
                return;
            }
            let again = self.store.update::<Event>(now, &key, |event| {
                event.count = Some(count);
                event.last_timestamp = Some(now.to_time());
                event.message = Some(message.clone());
            });
            if again.is_ok() {
                return;
            }
        }
        let name = name_of(&mut self.recorder, &about, now);
        let namespace =
            about.namespace.clone().unwrap_or_else(|| super::object::DEFAULT_NAMESPACE.to_owned());
        let key = Key::new(&namespace, &name);
        self.recorder.said.insert(identity, Said { key, count, first });
        if !allowed {
            return;
        }
        let host = self.host(component, &about);
        let event = Event {
            metadata: ObjectMeta { name: Some(name), namespace: Some(namespace), ..ObjectMeta::default() },
            involved_object: about,
            reason: Some(reason.to_owned()),
            message: Some(message),
            type_: Some(kind.word().to_owned()),
            source: Some(EventSource { component: Some(component.to_owned()), host: host.clone() }),
            first_timestamp: Some(first.to_time()),
            last_timestamp: Some(now.to_time()),
            count: Some(count),
            reporting_component: Some(component.to_owned()),
            reporting_instance: Some(host.unwrap_or_default()),
            ..Event::default()
        };
        self.write_event(event);
    }

    /// Writes a new Event, unless its namespace takes nothing any more: then it is dropped, as recorders do.
    fn write_event(&mut self, event: Event) {
        if api::admits(self.store.state(), &event) {
            self.store.create(self.now, event).expect("an Event's name counts up, so it is new");
        }
    }

    /// On which Node a source runs: a kubelet on that of the Pod, or on the Node, that it speaks of.
    fn host(&self, component: &str, about: &ObjectReference) -> Option<String> {
        if component != KUBELET {
            return None;
        }
        let name = about.name.as_deref()?;
        match about.kind.as_deref() {
            Some("Node") => Some(name.to_owned()),
            Some("Pod") => {
                let key = Key::new(about.namespace.as_deref().unwrap_or_default(), name);
                self.store.get::<Pod>(&key)?.spec.as_ref()?.node_name.clone()
            }
            _ => None,
        }
    }
}

/// The name of a new Event: that of the object, and a stamp of the time that is never the same.
fn name_of(recorder: &mut Recorder, about: &ObjectReference, now: SimTime) -> String {
    recorder.count += 1;
    let stamp = now.to_micro_time().0.as_nanosecond() as u64 + recorder.count;
    format!("{}.{stamp:x}", about.name.as_deref().unwrap_or(""))
}

/// How often an Event has been said, as `kubectl` counts it.
pub fn times(event: &Event) -> i32 {
    let series = event.series.as_ref().and_then(|series| series.count);
    series.or(event.count).unwrap_or(1)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::image::Images;

    fn world() -> (World, Pod) {
        let metadata = ObjectMeta {
            name: Some("a".into()),
            namespace: Some("default".into()),
            uid: Some("1".into()),
            ..ObjectMeta::default()
        };
        (World::new(1, Images::default()), Pod { metadata, ..Pod::default() })
    }

    /// The Events of a world, oldest first: count, first and last second, message.
    fn said(world: &World) -> Vec<(i32, i64, i64, String)> {
        let second = |time: &Option<k8s_openapi::apimachinery::pkg::apis::meta::v1::Time>| {
            time.as_ref().map_or(0, |time| time.0.as_second() - SimTime::ZERO.to_time().0.as_second())
        };
        let events = world.store.state().by_age::<Event>().into_iter();
        events
            .map(|event| {
                let (first, last) = (second(&event.first_timestamp), second(&event.last_timestamp));
                (event.count.unwrap(), first, last, event.message.clone().unwrap())
            })
            .collect()
    }

    #[test]
    fn the_same_again_is_counted() {
        let (mut world, pod) = world();
        for second in 0..3 {
            world.now = SimTime(second * 1000);
            world.warn("kubelet", &pod, "BackOff", "Back-off");
        }
        assert_eq!(said(&world), [(3, 0, 2, "Back-off".to_owned())]);
    }

    #[test]
    fn the_tenth_different_message_and_those_after_it_are_one_event() {
        let (mut world, pod) = world();
        for number in 0..12 {
            world.now = SimTime(number * 1000);
            world.normal("replicaset-controller", &pod, "SuccessfulCreate", format!("Created pod: {number}"));
        }
        world.normal("replicaset-controller", &pod, "SuccessfulDelete", "Deleted pod: 1");
        let said = said(&world);
        assert_eq!(said.len(), 11);
        assert_eq!(said[8], (1, 8, 8, "Created pod: 8".to_owned()));
        assert_eq!(said[9], (3, 9, 11, "(combined from similar events): Created pod: 11".to_owned()));
        assert_eq!(said[10].3, "Deleted pod: 1", "another reason is another kind");
    }

    #[test]
    fn after_ten_minutes_of_silence_messages_stand_alone_again() {
        let (mut world, pod) = world();
        for number in 0..10 {
            world.normal("replicaset-controller", &pod, "SuccessfulCreate", format!("{number}"));
        }
        world.now = SimTime(600_000);
        world.normal("replicaset-controller", &pod, "SuccessfulCreate", "at ten minutes");
        world.now = SimTime(1_200_001);
        world.normal("replicaset-controller", &pod, "SuccessfulCreate", "later");
        let said = said(&world);
        assert_eq!(said[9].3, "(combined from similar events): at ten minutes");
        assert_eq!(said[10].3, "later");
    }

    #[test]
    fn after_25_events_a_source_may_write_one_in_300_seconds_but_all_are_counted() {
        let (mut world, pod) = world();
        for _ in 0..30 {
            world.warn("kubelet", &pod, "BackOff", "Back-off");
        }
        assert_eq!(said(&world)[0].0, 25);
        world.now = SimTime(299_999);
        world.warn("kubelet", &pod, "BackOff", "Back-off");
        assert_eq!(said(&world)[0].0, 25);
        world.warn("job-controller", &pod, "BackOff", "another source");
        assert_eq!(said(&world).len(), 2);
        world.now = SimTime(300_000);
        world.warn("kubelet", &pod, "BackOff", "Back-off");
        assert_eq!(said(&world)[0], (32, 0, 300, "Back-off".to_owned()));
    }

    #[test]
    fn what_was_held_back_at_first_is_written_later_with_its_count() {
        let (mut world, pod) = world();
        for number in 0..26 {
            world.warn("kubelet", &pod, if number < 25 { "BackOff" } else { "Unhealthy" }, "x");
        }
        assert_eq!(said(&world).len(), 1);
        world.now = SimTime(300_000);
        world.warn("kubelet", &pod, "Unhealthy", "x");
        assert_eq!(said(&world)[1], (2, 0, 300, "x".to_owned()));
    }
}
