//! The control loops, one file per controller of kube-controller-manager, each named after it.
//!
//! A controller says which keys a change concerns ([`Controller::keys`]) and brings one key's world in line with what is
//! wanted ([`Controller::reconcile`]): observe, compare, act. It never calls another controller, and keeps nothing that
//! a restart would lose. It reads the store itself and not a cache that lags, so what it has just written it sees: the
//! expectations that client-go needs against making things twice have nothing to do here. Only what wakes it lags.
//! [`Runner`] gives it the work queue of client-go: a key waits at most once, failures back off.

mod adoption;
pub mod attach_detach;
pub mod cronjob;
pub mod daemonset;
mod deletion_order;
pub mod deployment;
pub mod disruption;
pub mod endpointslice;
pub mod garbage_collector;
mod history;
pub mod horizontal_pod_autoscaler;
pub mod job;
pub mod namespace;
pub mod node_lifecycle;
pub mod persistent_volume;
mod pod_control;
pub mod pod_gc;
mod pods;
pub mod pv_protection;
pub mod pvc_protection;
pub mod replicaset;
pub mod replication;
pub mod statefulset;
pub mod taint_eviction;
#[cfg(test)]
mod test_cluster;
pub mod volume_expand;

use super::clock::{Millis, SimTime};
use super::engine::{Alarm, Class, Component, World};
use super::object::Key;
use super::store::Change;
use std::collections::{BTreeMap, BTreeSet};

/// A control loop.
pub trait Controller {
    /// Its name, as its Events carry it.
    const NAME: &'static str;

    /// The keys that must be looked at after this change.
    fn keys(&self, world: &World, change: &Change) -> Vec<Key>;

    /// How long a change may wait until its keys are looked at, so that what comes close together is looked at once.
    fn delay(&self, _change: &Change) -> Millis {
        Millis::ZERO
    }

    /// Brings the world in line for one key.
    fn reconcile(&mut self, world: &mut World, key: &Key) -> Outcome;

    /// The longest that a key waits after it failed (client-go `default_rate_limiters.go`, if the controller says nothing).
    const MAX_RETRY: Millis = Millis::secs(1000);

    /// Work to do every so often, whatever changes; the first time after one period.
    const PERIOD: Option<Millis> = None;

    /// What to do then.
    fn tick(&mut self, _world: &mut World) {}
}

/// What is left to do for a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing, until something changes.
    Done,
    /// Look again at this time, whatever changes.
    At(SimTime),
    /// It failed: try again, later each time (5 ms, doubling, up to [`Controller::MAX_RETRY`]).
    Retry,
}

const FIRST_RETRY: Millis = Millis(5);

const SYNC: u64 = 0;
const TICK: u64 = 1;

/// Runs a controller as a component, with its work queue.
pub struct Runner<C> {
    controller: C,
    waiting: BTreeSet<Key>,
    planned: BTreeMap<Key, SimTime>,
    failures: BTreeMap<Key, u32>,
}

impl<C: Controller> Runner<C> {
    /// A controller with an empty queue.
    pub fn new(controller: C) -> Runner<C> {
        Runner { controller, waiting: BTreeSet::new(), planned: BTreeMap::new(), failures: BTreeMap::new() }
    }

    fn add(&mut self, world: &mut World, key: Key) {
        if self.waiting.insert(key.clone()) {
            world.wake_after(Millis::ZERO, key, SYNC);
        }
    }

    /// Adds a key at a time; of several such times the earliest counts.
    fn add_at(&mut self, world: &mut World, key: Key, at: SimTime) {
        if self.planned.get(&key).is_none_or(|planned| at < *planned) {
            self.planned.insert(key.clone(), at);
            world.wake_at(at, key, SYNC);
        }
    }
}

impl<C: Controller> Component for Runner<C> {
    fn name(&self) -> &'static str {
        C::NAME
    }

    fn class(&self) -> Class {
        Class::Controller
    }

    fn start(&mut self, world: &mut World) {
        if let Some(period) = C::PERIOD {
            world.wake_after(period, Key::cluster_wide(""), TICK);
        }
    }

    fn observe(&mut self, world: &mut World, change: &Change) {
        let delay = self.controller.delay(change);
        for key in self.controller.keys(world, change) {
            match delay {
                Millis::ZERO => self.add(world, key),
                delay => self.add_at(world, key, world.now + delay),
            }
        }
    }

    fn wake(&mut self, world: &mut World, alarm: Alarm) {
        if alarm.tag == TICK {
            self.controller.tick(world);
            if let Some(period) = C::PERIOD {
                world.wake_after(period, alarm.key, TICK);
            }
            return;
        }
        let planned_now = self.planned.get(&alarm.key).is_some_and(|at| *at <= world.now);
        if planned_now {
            self.planned.remove(&alarm.key);
        }
        // An alarm whose key neither waits nor is planned for now was overtaken by an earlier sync.
        if !self.waiting.remove(&alarm.key) && !planned_now {
            return;
        }
        match self.controller.reconcile(world, &alarm.key) {
            Outcome::Done => {
                self.failures.remove(&alarm.key);
            }
            Outcome::At(at) => {
                self.failures.remove(&alarm.key);
                self.add_at(world, alarm.key, at);
            }
            Outcome::Retry => {
                let failures = self.failures.entry(alarm.key.clone()).or_default();
                let delay = FIRST_RETRY * (1_i64 << (*failures).min(30));
                *failures += 1;
                let at = world.now + delay.min(C::MAX_RETRY);
                self.add_at(world, alarm.key, at);
            }
        }
    }
}
