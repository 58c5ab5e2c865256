//! The event loop: virtual time, who is woken when, and in what order.
//!
//! Everything that happens is an alarm in one queue, ordered by (time, class, sequence number). At one instant the
//! classes go in this order: actions of the timeline, watch deliveries, the scheduler, controllers, kubelets, periodic
//! ticks. Components talk only through the store: a write is in the log at once, and reaches every watcher
//! [`WATCH_LAG`] later. Nothing here knows what a Pod is.

use super::clock::{Millis, SimTime};
use super::image::Images;
use super::load::Loads;
use super::machine::Machine;
use super::metrics::Metrics;
use super::names::Lots;
use super::object::Key;
use super::store::{Change, Store};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

/// How long a write takes to reach the watchers; the same for all of them. A real control plane on one machine needs
/// 2 to 10 ms.
pub const WATCH_LAG: Millis = Millis(5);

/// The order of those who are woken at one instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// An entry of the timeline.
    Action,
    /// A change reaches the watchers.
    Delivery,
    /// A scheduling cycle: before the controllers, which need a little longer. A Pod made by hand is bound before its new
    /// owner adopts it.
    Scheduler,
    /// A controller's sync.
    Controller,
    /// A kubelet's work.
    Kubelet,
    /// Something periodic.
    Tick,
}

/// Something outside the API happens to the machines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signal {
    /// The machine stops: no heartbeats, no containers, no reports.
    NodeFails(String),
    /// The machine is shut down in good order: its kubelet has time to end the Pods.
    NodeShutsDown {
        /// The Node.
        node: String,
        /// How much time in all (`shutdownGracePeriod`).
        grace: Millis,
        /// How much of it is for critical Pods (`shutdownGracePeriodCriticalPods`).
        critical: Millis,
    },
    /// The machine is back.
    NodeRecovers(String),
    /// A container's process ends with this exit code.
    ContainerExits {
        /// Its Pod.
        pod: Key,
        /// Its name; the first container if not said.
        container: Option<String>,
        /// The exit code.
        code: i32,
    },
    /// A container's process starts or stops to answer its readiness check.
    Readiness {
        /// Its Pod.
        pod: Key,
        /// Its name; all containers if not said.
        container: Option<String>,
        /// Whether it is ready.
        ready: bool,
    },
    /// A Node's disk, memory or the like fills up, or is freed.
    Fills {
        /// The Node.
        node: String,
        /// Which of them.
        what: Pressure,
        /// How full it is then, in per cent.
        percent: i64,
    },
}

/// What a Node can run short of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pressure {
    /// Its disk.
    Disk,
    /// The disk of images and containers' layers; its own disk if there is no other one.
    ImageDisk,
    /// The inodes of its disk.
    Inodes,
    /// Its memory.
    Memory,
    /// Its process numbers.
    Pids,
}

/// A part of the cluster that reacts: a controller, the scheduler, the kubelets.
pub trait Component {
    /// Its name, as Events and traces show it.
    fn name(&self) -> &'static str;
    /// The class in which its alarms go off.
    fn class(&self) -> Class;
    /// Called once, before anything happens.
    fn start(&mut self, _world: &mut World) {}
    /// A change of the watch log has reached it.
    fn observe(&mut self, world: &mut World, change: &Change);
    /// An alarm that it set goes off.
    fn wake(&mut self, world: &mut World, alarm: Alarm);
    /// Something happened to the machines.
    fn signal(&mut self, _world: &mut World, _signal: &Signal) {}
}

/// What a component asked to be woken for: a key and a number of its own choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// Which object it is about.
    pub key: Key,
    /// What about it; the component's own code.
    pub tag: u64,
}

/// What the components share: the clock, the store, the lots, the machines.
pub struct World {
    /// The present moment.
    pub now: SimTime,
    /// The object store.
    pub store: Store,
    /// Where lots are drawn.
    pub lots: Lots,
    /// How the simulated images behave.
    pub images: Images,
    /// When each Node's Lease was last renewed. Leases are left out of the watch log: they would be most of it.
    pub leases: BTreeMap<String, SimTime>,
    /// Which volumes each Node has mounted, and for which Pods. Left out of the watch log like the Leases.
    pub mounts: BTreeMap<String, BTreeSet<(String, Key)>>,
    /// How much CPU workloads use.
    pub loads: Loads,
    /// What the scenario says of the Nodes' machines, by name.
    pub machines: BTreeMap<String, Machine>,
    /// What autoscalers can know besides.
    pub metrics: Metrics,
    pub(super) recorder: super::events::Recorder,
    queue: BinaryHeap<Reverse<Scheduled>>,
    sequence: u64,
    delivered: usize,
    deliveries: SimTime,
    current: (usize, Class),
    signals: Vec<Signal>,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Scheduled {
    at: SimTime,
    class: Class,
    sequence: u64,
    what: What,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum What {
    Deliver,
    Wake { component: usize, key: Key, tag: u64 },
    Act(usize),
}

impl World {
    /// An empty world.
    pub fn new(seed: u64, images: Images) -> World {
        World {
            now: SimTime::ZERO,
            store: Store::new(seed),
            lots: Lots::new(seed),
            images,
            leases: BTreeMap::new(),
            mounts: BTreeMap::new(),
            loads: Loads::default(),
            machines: BTreeMap::new(),
            metrics: Metrics::default(),
            recorder: super::events::Recorder::default(),
            queue: BinaryHeap::new(),
            sequence: 0,
            delivered: 0,
            deliveries: SimTime(-1),
            current: (0, Class::Action),
            signals: Vec::new(),
        }
    }

    /// Wakes the component that is running now again, at a moment that is not in the past.
    pub fn wake_at(&mut self, at: SimTime, key: Key, tag: u64) {
        let (component, class) = self.current;
        self.schedule(at.max(self.now), class, What::Wake { component, key, tag });
    }

    /// Wakes the component that is running now again, after a while.
    pub fn wake_after(&mut self, delay: Millis, key: Key, tag: u64) {
        self.wake_at(self.now + delay, key, tag);
    }

    /// Whether a Node has a volume mounted.
    pub fn is_mounted(&self, node: &str, volume: &str) -> bool {
        self.mounts.get(node).is_some_and(|mounts| mounts.iter().any(|(mounted, _)| mounted == volume))
    }

    /// Tells the components that something happened to the machines.
    pub fn signal(&mut self, signal: Signal) {
        self.signals.push(signal);
    }

    fn schedule(&mut self, at: SimTime, class: Class, what: What) {
        self.sequence += 1;
        self.queue.push(Reverse(Scheduled { at, class, sequence: self.sequence, what }));
    }

    /// Plans the delivery of what has been written since the last one.
    fn plan_delivery(&mut self) {
        let at = self.now + WATCH_LAG;
        if self.store.log().len() > self.delivered && self.deliveries < at {
            self.deliveries = at;
            self.schedule(at, Class::Delivery, What::Deliver);
        }
    }
}

/// What the loop stopped for.
#[derive(Debug, PartialEq, Eq)]
pub enum Stop {
    /// The next thing to happen lies after the given moment.
    Reached,
    /// It is the turn of an entry of the timeline.
    Action(usize),
}

/// The world and its components.
pub struct Engine {
    /// What the components share.
    pub world: World,
    components: Vec<Box<dyn Component>>,
    steps: u64,
}

impl Engine {
    /// A world with these components; nothing has happened yet.
    pub fn new(world: World, components: Vec<Box<dyn Component>>) -> Engine {
        let mut engine = Engine { world, components, steps: 0 };
        for index in 0..engine.components.len() {
            engine.with_component(index, |component, world| component.start(world));
        }
        engine
    }

    /// Plans entry `index` of the timeline.
    pub fn plan_action(&mut self, at: SimTime, index: usize) {
        self.world.schedule(at, Class::Action, What::Act(index));
    }

    /// How many alarms have gone off.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Lets one thing happen, if it happens at `until` or before.
    pub fn step(&mut self, until: SimTime) -> Option<Stop> {
        let next = self.world.queue.peek().filter(|Reverse(next)| next.at <= until);
        if next.is_none() {
            self.world.now = self.world.now.max(until);
            return Some(Stop::Reached);
        }
        let Reverse(next) = self.world.queue.pop()?;
        debug_assert!(next.at >= self.world.now, "nothing happens in the past");
        self.world.now = next.at;
        self.steps += 1;
        match next.what {
            What::Act(index) => return Some(Stop::Action(index)),
            What::Deliver => self.deliver(),
            What::Wake { component, key, tag } => {
                self.with_component(component, |c, world| c.wake(world, Alarm { key, tag }));
            }
        }
        None
    }

    /// Hands on what an action of the timeline has written or signalled.
    pub fn after_action(&mut self) {
        self.settle();
    }

    fn deliver(&mut self) {
        while let Some(change) = self.world.store.log().get(self.world.delivered) {
            if change.at + WATCH_LAG > self.world.now {
                break;
            }
            let change = change.clone();
            self.world.delivered += 1;
            for index in 0..self.components.len() {
                self.with_component(index, |c, world| c.observe(world, &change));
            }
        }
        // What was written at this very instant by those just told has its own delivery planned by `settle`.
        if let Some(change) = self.world.store.log().get(self.world.delivered) {
            let at = change.at + WATCH_LAG;
            if self.world.deliveries < at {
                self.world.deliveries = at;
                self.world.schedule(at, Class::Delivery, What::Deliver);
            }
        }
    }

    fn with_component(&mut self, index: usize, run: impl FnOnce(&mut dyn Component, &mut World)) {
        let component = self.components[index].as_mut();
        self.world.current = (index, component.class());
        run(component, &mut self.world);
        self.settle();
    }

    fn settle(&mut self) {
        while !self.world.signals.is_empty() {
            for signal in std::mem::take(&mut self.world.signals) {
                for index in 0..self.components.len() {
                    let component = self.components[index].as_mut();
                    self.world.current = (index, component.class());
                    component.signal(&mut self.world, &signal);
                }
            }
        }
        self.world.plan_delivery();
    }
}
