//! The Pods that wait for a Node: ready to be tried, backing off after a failure, or waiting until something changes.
//!
//! Source: `pkg/scheduler/backend/queue/scheduling_queue.go`, `backoff_queue.go`. Higher priority first, then the one
//! that waits longer. A Pod that backs off gives way to those that do not; when none is left it is tried early
//! (`SchedulerPopFromBackoffQ`, on since 1.33).

use super::cache::PodInfo;
use super::filters::{Happened, Plugin};
use crate::cluster::clock::{Millis, SimTime};
use crate::cluster::object::{Key, Resource};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// How long a Pod waits after its first failure (`podInitialBackoffSeconds`); doubles with each.
const FIRST_BACKOFF: Millis = Millis::secs(1);
/// The longest such wait (`podMaxBackoffSeconds`).
const MAX_BACKOFF: Millis = Millis::secs(10);
/// A Pod that nothing seems to help is tried again after this long (`podMaxInUnschedulablePodsDuration`).
const LONGEST_WAIT: Millis = Millis::mins(5);
/// How often that is looked at (`flushUnschedulablePodsLeftover`).
const FLUSH_PERIOD: Millis = Millis::secs(30);

/// A Pod that waits.
#[derive(Clone, Debug)]
pub(super) struct Waiting {
    /// The Pod.
    pub info: PodInfo,
    /// How often it has been tried.
    attempts: u32,
    /// Since when it has been waiting: its arrival, or its last failure.
    since: SimTime,
    /// Its place among those of the same moment.
    arrival: u64,
    /// Who refused it the last time.
    refused_by: BTreeSet<Plugin>,
}

type Place = (Reverse<i32>, SimTime, u64, Key);

impl Waiting {
    fn place(&self) -> Place {
        (Reverse(self.info.priority()), self.since, self.arrival, self.info.pod.key())
    }

    /// Until when it backs off.
    fn backs_off_until(&self) -> SimTime {
        match self.attempts {
            0 => self.since,
            n => self.since + (FIRST_BACKOFF * (1 << (n - 1).min(10))).min(MAX_BACKOFF),
        }
    }

    fn is_gated(&self) -> bool {
        let gates = self.info.pod.spec.as_ref().and_then(|spec| spec.scheduling_gates.as_ref());
        gates.is_some_and(|gates| !gates.is_empty())
    }
}

/// The three pools.
#[derive(Debug, Default)]
pub(super) struct Queue {
    active: BTreeSet<Place>,
    backoff: BTreeSet<(SimTime, Place)>,
    pods: BTreeMap<Key, Waiting>,
    /// Those that wait until something changes; also those whose gates are closed.
    unschedulable: BTreeSet<Key>,
    arrivals: u64,
}

impl Queue {
    /// A Pod without a Node is new, or another version of it.
    pub(super) fn put(&mut self, info: PodInfo, now: SimTime) {
        let key = info.pod.key();
        let old = self.remove(&key);
        let same = old.filter(|old| old.info.pod.uid() == info.pod.uid());
        let spec_is_same = same.as_ref().is_some_and(|old| {
            old.info.pod.spec == info.pod.spec && old.info.pod.metadata.labels == info.pod.metadata.labels
        });
        let (waiting, waits) = match same {
            Some(old) => {
                let waits = spec_is_same && self.unschedulable.contains(&key);
                (Waiting { info, ..old }, waits)
            }
            None => {
                self.arrivals += 1;
                let waiting = Waiting {
                    info,
                    attempts: 0,
                    since: now,
                    arrival: self.arrivals,
                    refused_by: BTreeSet::new(),
                };
                (waiting, false)
            }
        };
        self.unschedulable.remove(&key);
        self.insert(waiting, waits, now);
    }

    /// A Pod waits no more: it is gone, or has a Node.
    pub(super) fn forget(&mut self, key: &Key) {
        self.remove(key);
        self.unschedulable.remove(key);
    }

    /// Whether a Pod can be tried now.
    pub(super) fn is_ready(&self) -> bool {
        !self.active.is_empty() || !self.backoff.is_empty()
    }

    /// Takes out the Pod whose turn it is.
    pub(super) fn pop(&mut self) -> Option<Waiting> {
        let (_, _, _, key) = match self.active.pop_first() {
            Some(place) => place,
            None => self.backoff.pop_first()?.1,
        };
        let mut waiting = self.pods.remove(&key)?;
        waiting.attempts += 1;
        Some(waiting)
    }

    /// Puts a Pod back that nobody would take.
    pub(super) fn put_back(&mut self, mut waiting: Waiting, refused_by: BTreeSet<Plugin>, now: SimTime) {
        waiting.since = now;
        waiting.refused_by = refused_by;
        self.insert(waiting, true, now);
    }

    /// Something has changed: those whom it may help will be tried again.
    pub(super) fn happened(&mut self, what: &Happened, now: SimTime) {
        let helped: Vec<Key> = self
            .unschedulable
            .iter()
            .filter(|key| {
                self.pods.get(*key).is_some_and(|waiting| {
                    let by = &waiting.refused_by;
                    by.is_empty() || by.iter().any(|plugin| what.helps(*plugin, &waiting.info))
                })
            })
            .cloned()
            .collect();
        self.wake(helped, now);
    }

    /// When somebody has waited long enough to be tried whatever has changed.
    pub(super) fn next_flush(&self) -> Option<SimTime> {
        let waiting = self.unschedulable.iter().filter_map(|key| self.pods.get(key));
        let first = waiting.filter(|waiting| !waiting.is_gated()).map(|waiting| waiting.since).min()?;
        // The flush finds those that have waited *longer* than the limit.
        let over = first + LONGEST_WAIT;
        Some(SimTime((over.0.div_euclid(FLUSH_PERIOD.0) + 1) * FLUSH_PERIOD.0))
    }

    /// Lets those be tried again that have waited long enough.
    pub(super) fn flush(&mut self, now: SimTime) {
        let over: Vec<Key> = self
            .unschedulable
            .iter()
            .filter(|key| {
                let waiting = self.pods.get(*key).filter(|waiting| !waiting.is_gated());
                waiting.is_some_and(|waiting| now.since(waiting.since) > LONGEST_WAIT)
            })
            .cloned()
            .collect();
        self.wake(over, now);
    }

    fn wake(&mut self, keys: Vec<Key>, now: SimTime) {
        for key in keys {
            self.unschedulable.remove(&key);
            if let Some(waiting) = self.pods.remove(&key) {
                self.insert(waiting, false, now);
            }
        }
    }

    fn insert(&mut self, waiting: Waiting, waits: bool, now: SimTime) {
        let key = waiting.info.pod.key();
        let until = waiting.backs_off_until();
        if waits || waiting.is_gated() {
            self.unschedulable.insert(key.clone());
        } else if until > now {
            self.backoff.insert((until, waiting.place()));
        } else {
            self.active.insert(waiting.place());
        }
        self.pods.insert(key, waiting);
    }

    fn remove(&mut self, key: &Key) -> Option<Waiting> {
        let waiting = self.pods.remove(key)?;
        self.active.remove(&waiting.place());
        self.backoff.remove(&(waiting.backs_off_until(), waiting.place()));
        Some(waiting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use k8s_openapi::api::core::v1::Pod;
    use std::sync::Arc;

    fn pod(name: &str, priority: i32) -> PodInfo {
        let json = serde_json::json!({
            "metadata": {"name": name, "namespace": "default", "uid": name},
            "spec": {"containers": [], "priority": priority}
        });
        PodInfo::new(Arc::new(serde_json::from_value::<Pod>(json).unwrap()))
    }

    fn names(queue: &mut Queue) -> Vec<String> {
        std::iter::from_fn(|| queue.pop()).map(|waiting| waiting.info.pod.name().to_owned()).collect()
    }

    #[test]
    fn priority_comes_first_and_then_patience() {
        let mut queue = Queue::default();
        queue.put(pod("z-early", 0), SimTime(1));
        queue.put(pod("a-late", 0), SimTime(2));
        queue.put(pod("high", 10), SimTime(3));
        assert_eq!(names(&mut queue), ["high", "z-early", "a-late"]);
    }

    #[test]
    fn a_refused_pod_waits_until_something_may_help_it() {
        let mut queue = Queue::default();
        queue.put(pod("a", 0), SimTime(0));
        let a = queue.pop().unwrap();
        queue.put_back(a, BTreeSet::from([Plugin::NodeAffinity]), SimTime(0));
        assert!(!queue.is_ready());
        let gone = Happened::PodGone(pod("x", 0).pod);
        queue.happened(&gone, SimTime(500));
        assert!(!queue.is_ready(), "a Pod less does not make another kind of Node");
        let node = Happened::Node { before: None, now: Arc::default() };
        queue.happened(&node, SimTime(500));
        assert!(queue.is_ready());
    }

    #[test]
    fn the_wait_doubles_from_one_second_to_ten() {
        let mut queue = Queue::default();
        queue.put(pod("a", 0), SimTime(0));
        let mut waits = Vec::new();
        for _ in 0..6 {
            let a = queue.pop().unwrap();
            waits.push(a.attempts);
            queue.put_back(a, BTreeSet::new(), SimTime(0));
            queue.happened(&Happened::NodeGone, SimTime(0));
            let until = queue.backoff.first().unwrap().0;
            waits.push(u32::try_from(until.0 / 1000).unwrap());
        }
        assert_eq!(waits, [1, 1, 2, 2, 3, 4, 4, 8, 5, 10, 6, 10]);
    }

    #[test]
    fn one_that_backs_off_gives_way_to_one_that_does_not() {
        let mut queue = Queue::default();
        queue.put(pod("failed", 0), SimTime(0));
        let failed = queue.pop().unwrap();
        queue.put_back(failed, BTreeSet::new(), SimTime(0));
        queue.happened(&Happened::NodeGone, SimTime(10));
        queue.put(pod("new", 0), SimTime(10));
        assert_eq!(names(&mut queue), ["new", "failed"]);
    }

    #[test]
    fn whatever_happens_a_pod_is_tried_again_after_five_minutes() {
        let mut queue = Queue::default();
        queue.put(pod("a", 0), SimTime(0));
        let a = queue.pop().unwrap();
        queue.put_back(a, BTreeSet::from([Plugin::NodeAffinity]), SimTime(1005));
        // 1.005 s + 300 s is passed at the 30 s tick of 330 s.
        assert_eq!(queue.next_flush(), Some(SimTime(330_000)));
        queue.flush(SimTime(330_000));
        assert!(queue.is_ready());
    }
}
