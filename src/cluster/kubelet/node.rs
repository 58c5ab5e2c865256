//! A Node as its kubelet knows it: the machine, its addresses and images, its heartbeats and conditions.
//!
//! Sources: `pkg/kubelet/kubelet_node_status.go`, `pkg/kubelet/nodestatus/setters.go`; component-helpers
//! `apimachinery/lease`. Leases are renewed every 10 s; the status is posted every 5 minutes, and at the next heartbeat
//! when it has changed.

use super::eviction;
use super::images::{Answer, ImageManager, Policy, Pull};
use super::pressure::{Amounts, Condition, Outside, Shortage, Size, condition as shows_as, resource};
use super::{BEAT, COMPONENT, PULLED};
use crate::cluster::clock::{Millis, SimTime};
use crate::cluster::engine::{Pressure, World};
use crate::cluster::image::Images;
use crate::cluster::object::{Key, Resource};
use crate::cluster::quantity::Quantity;
use k8s_openapi::api::core::v1::{ContainerImage, Node, NodeCondition};
use std::collections::BTreeSet;
use std::sync::Arc;

/// How often a Lease is renewed: a quarter of its 40 s (`nodeLeaseDurationSeconds`).
const RENEW: Millis = Millis::secs(10);
/// How often an unchanged status is posted (`nodeStatusReportFrequency`).
const POST: Millis = Millis::mins(5);
/// How long a machine that is switched on takes to its first heartbeat.
const FIRST_BEAT: Millis = Millis(20);

/// A machine and its kubelet.
pub(super) struct Machine {
    /// Its Node's name.
    pub(super) name: Arc<str>,
    /// Whether it has power.
    pub(super) is_up: bool,
    /// Whether it is being shut down.
    pub(super) is_shutting_down: bool,
    /// Its images.
    pub(super) images: ImageManager,
    /// The Pods that its kubelet has taken up.
    pub(super) pods: BTreeSet<Key>,
    /// Its address.
    pub(super) ip: String,
    /// What else uses it.
    pub(super) outside: Outside,
    /// When the shortage behind each condition was last seen, in the order of [`Condition::ALL`].
    seen: [Option<SimTime>; 3],
    /// What these conditions say.
    shows: [bool; 3],
    pod_prefix: String,
    next_address: u32,
    next_beat: Option<SimTime>,
    next_pull: Option<SimTime>,
    posted: SimTime,
    must_post: bool,
    images_posted: usize,
    /// Whether its Node was cordoned when the kubelet last looked.
    was_cordoned: bool,
}

impl Machine {
    /// The machine of a Node, which is the `number`th of the cluster, from zero.
    pub(super) fn of(node: &Node, number: usize, now: SimTime) -> Machine {
        let status = node.status.as_ref();
        let address = status.and_then(|status| status.addresses.as_ref()).and_then(|addresses| {
            addresses
                .iter()
                .find(|address| address.type_ == "InternalIP")
                .map(|address| address.address.clone())
        });
        let cidr = node.spec.as_ref().and_then(|spec| spec.pod_cidr.as_deref());
        let prefix = cidr.and_then(|cidr| cidr.rsplit_once('.')).map(|(prefix, _)| prefix.to_owned());
        Machine {
            name: node.name().into(),
            is_up: true,
            is_shutting_down: false,
            images: ImageManager::default(),
            pods: BTreeSet::new(),
            ip: address.unwrap_or_else(|| format!("192.168.0.{}", 10 + number)),
            outside: Outside::default(),
            seen: [None; 3],
            shows: [false; 3],
            pod_prefix: prefix.unwrap_or_else(|| format!("10.244.{number}")),
            next_address: 2,
            next_beat: None,
            next_pull: None,
            posted: now,
            must_post: false,
            images_posted: 0,
            was_cordoned: false,
        }
    }

    /// The key of its Node.
    pub(super) fn key(&self) -> Key {
        Key::cluster_wide(&self.name)
    }

    /// The address of a new Pod.
    pub(super) fn address(&mut self, host_network: bool) -> String {
        if host_network {
            return self.ip.clone();
        }
        // A Pod network of a Node has 253 addresses; by the time they come round again the old ones are free.
        let address = format!("{}.{}", self.pod_prefix, self.next_address);
        self.next_address = if self.next_address >= 254 { 2 } else { self.next_address + 1 };
        address
    }

    /// A container wants its image.
    pub(super) fn ask_image(
        &mut self,
        world: &mut World,
        policy: Policy,
        backs_off: Option<SimTime>,
        pull: Pull,
    ) -> Answer {
        let answer = self.images.ask(&world.images, policy, backs_off, pull);
        self.plan_pull(world);
        answer
    }

    /// Wakes the kubelet when the pull under way ends.
    pub(super) fn plan_pull(&mut self, world: &mut World) {
        let next = self.images.next();
        if next != self.next_pull {
            self.next_pull = next;
            if let Some(at) = next {
                world.wake_at(at, self.key(), PULLED);
            }
        }
    }

    /// Begins the heartbeats of a machine that has been running all along.
    pub(super) fn run(&mut self, world: &mut World) {
        world.leases.insert(self.name.to_string(), world.now);
        self.plan_beat(world, RENEW);
    }

    fn plan_beat(&mut self, world: &mut World, after: Millis) {
        self.next_beat = Some(world.now + after);
        world.wake_after(after, self.key(), BEAT);
    }

    /// The machine loses power.
    pub(super) fn fail(&mut self) {
        self.is_up = false;
        self.is_shutting_down = false;
        self.next_beat = None;
        self.next_pull = None;
        self.images.stop();
    }

    /// The machine has power (again).
    pub(super) fn boot(&mut self, world: &mut World) {
        self.is_up = true;
        self.must_post = true;
        self.outside.reboot();
        self.was_cordoned = false;
        self.seen = [None; 3];
        if let Some(node) = world.store.get::<Node>(&self.key()).cloned() {
            world.normal(COMPONENT, node.as_ref(), "Starting", "Starting kubelet.");
        }
        self.plan_beat(world, FIRST_BEAT);
    }

    /// The machine is being shut down, which its Node says at once.
    pub(super) fn begin_shutdown(&mut self, world: &mut World) {
        self.is_shutting_down = true;
        self.must_post = true;
        if let Some(node) = world.store.get::<Node>(&self.key()).cloned() {
            let message = "Shutdown manager detected shutdown event";
            world.normal(COMPONENT, node.as_ref(), "Shutdown", message);
        }
        self.post(world);
    }

    /// Renews the Lease and plans the next time. Returns whether it was time for that.
    pub(super) fn beat(&mut self, world: &mut World) -> bool {
        if !self.is_up || self.next_beat != Some(world.now) {
            return false;
        }
        if world.store.get::<Node>(&self.key()).is_some() {
            world.leases.insert(self.name.to_string(), world.now);
        }
        self.plan_beat(world, RENEW);
        true
    }

    /// Tells that the Node has been cordoned or uncordoned (`recordNodeSchedulableEvent`): found when the status is put
    /// together, every `nodeStatusUpdateFrequency`, which is as often as the Lease is renewed.
    pub(super) fn tell_schedulable(&mut self, world: &mut World) {
        let Some(node) = world.store.get::<Node>(&self.key()).cloned() else { return };
        let is_cordoned = node.spec.as_ref().and_then(|spec| spec.unschedulable) == Some(true);
        if is_cordoned != std::mem::replace(&mut self.was_cordoned, is_cordoned) {
            let reason = if is_cordoned { "NodeNotSchedulable" } else { "NodeSchedulable" };
            let message = format!("Node {} status is now: {reason}", self.name);
            world.normal(COMPONENT, node.as_ref(), reason, message);
        }
    }

    /// What is short where the Node's containers use this, in the order in which it is acted upon.
    pub(super) fn shortages(&self, world: &World, used: Amounts) -> Vec<Shortage> {
        let Some(node) = world.store.get::<Node>(&self.key()) else { return Vec::new() };
        let machine = world.machines.get(&*self.name).cloned().unwrap_or_default();
        self.outside.shortages(&machine.eviction_hard, size(node, machine.image_disk), used)
    }

    /// Looks for shortages and shows them in the Node's conditions. Returns the one to act on.
    pub(super) fn look_for_shortage(&mut self, world: &mut World, used: Amounts) -> Option<Shortage> {
        let shortages = self.shortages(world, used);
        let node = world.store.get::<Node>(&self.key())?.clone();
        for (index, condition) in Condition::ALL.into_iter().enumerate() {
            let short = shortages.iter().any(|shortage| shows_as(shortage.watched) == condition);
            if short {
                self.seen[index] = Some(world.now);
            }
            let shows = short || eviction::still_shows(self.seen[index], world.now);
            if shows != self.shows[index] {
                self.shows[index] = shows;
                self.must_post = true;
                let reason = condition.words().events[usize::from(shows)];
                let message = format!("Node {} status is now: {reason}", self.name);
                world.normal(COMPONENT, node.as_ref(), reason, message);
            }
        }
        let worst = shortages.first().copied();
        if let Some(shortage) = worst {
            let message = format!("Attempting to reclaim {}", resource(shortage.watched));
            world.warn(COMPONENT, node.as_ref(), "EvictionThresholdMet", message);
        }
        worst
    }

    /// A resource of the machine is now this full.
    pub(super) fn fill(&mut self, world: &World, pressure: Pressure, percent: i64, used: Amounts) {
        if let Some(node) = world.store.get::<Node>(&self.key()) {
            let image_disk = world.machines.get(&*self.name).and_then(|machine| machine.image_disk);
            self.outside.fill(pressure, percent, size(node, image_disk), used);
        }
    }

    /// Why a Pod is not taken while the Node is short of something.
    pub(super) fn refusal(&self, pod: &k8s_openapi::api::core::v1::Pod) -> Option<String> {
        let shows = Condition::ALL.into_iter().zip(self.shows).filter(|(_, shows)| *shows);
        eviction::refusal(pod, &shows.map(|(condition, _)| condition).collect::<Vec<_>>())
    }

    /// Posts the Node's status if it has changed or it is time.
    pub(super) fn post(&mut self, world: &mut World) {
        let now = world.now;
        let images = images(&self.images, &world.images);
        let due = self.must_post || images.len() != self.images_posted || now.since(self.posted) >= POST;
        let Some(node) = world.store.get::<Node>(&self.key()).filter(|_| due).cloned() else { return };
        self.must_post = false;
        self.posted = now;
        self.images_posted = images.len();
        let was_ready = condition(&node, "Ready").is_some_and(|ready| ready.status == "True");
        let mut says: Vec<(&str, bool, &str, &str)> = Vec::new();
        for (condition, shows) in Condition::ALL.into_iter().zip(self.shows) {
            let words = condition.words();
            let (reason, message) = words.reasons[usize::from(shows)];
            says.push((words.condition, shows, reason, message));
        }
        let is_ready = !self.is_shutting_down;
        says.push(if is_ready {
            ("Ready", true, "KubeletReady", "kubelet is posting ready status")
        } else {
            ("Ready", false, "KubeletNotReady", "node is shutting down")
        });
        // The Node is there, so this cannot fail.
        let _ = world.write(&self.key(), |node: &mut Node| {
            let status = node.status.get_or_insert_default();
            if !images.is_empty() {
                status.images = Some(images);
            }
            let conditions = status.conditions.get_or_insert_default();
            for (name, holds, reason, message) in says {
                set_condition(conditions, now, name, holds, reason, message);
            }
        });
        if was_ready && !is_ready {
            let message = format!("Node {} status is now: NodeNotReady", self.name);
            world.normal(COMPONENT, node.as_ref(), "NodeNotReady", message);
        }
        if !was_ready && is_ready {
            let message = format!("Node {} status is now: NodeReady", self.name);
            world.normal(COMPONENT, node.as_ref(), "NodeReady", message);
        }
    }
}

fn images(own: &ImageManager, all: &Images) -> Vec<ContainerImage> {
    own.pulled(all)
        .map(|(name, size)| ContainerImage { names: Some(vec![name.to_owned()]), size_bytes: Some(size) })
        .collect()
}

/// How large a Node says that it is.
fn size(node: &Node, image_disk: Option<i64>) -> Size {
    let amounts = node.status.as_ref().and_then(|status| status.capacity.as_ref());
    let amount = |name: &str| {
        let amount = amounts.and_then(|amounts| amounts.get(name));
        amount.and_then(|amount| Quantity::parse(&amount.0).ok()).map_or(0, Quantity::value)
    };
    Size { memory: amount("memory"), disk: amount("ephemeral-storage"), image_disk }
}

fn condition<'a>(node: &'a Node, name: &str) -> Option<&'a NodeCondition> {
    crate::cluster::condition::node_condition(node, name)
}

fn set_condition(
    conditions: &mut Vec<NodeCondition>,
    now: SimTime,
    name: &str,
    holds: bool,
    reason: &str,
    message: &str,
) {
    let status = if holds { "True" } else { "False" };
    let place = conditions.iter().position(|condition| condition.type_ == name);
    let since = place
        .map(|place| &conditions[place])
        .filter(|old| old.status == status)
        .and_then(|old| old.last_transition_time.clone());
    let new = NodeCondition {
        type_: name.to_owned(),
        status: status.to_owned(),
        reason: Some(reason.to_owned()),
        message: Some(message.to_owned()),
        last_heartbeat_time: Some(now.to_time()),
        last_transition_time: since.or_else(|| Some(now.to_time())),
    };
    match place {
        Some(place) => conditions[place] = new,
        None => conditions.push(new),
    }
}
