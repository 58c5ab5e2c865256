//! The kubelets: one component that serves every Node of the cluster.
//!
//! Changes of Pods and Nodes come in through the watch, signals from the machines through the engine; out go Pod
//! statuses, Node statuses, Leases and Events. A kubelet acts only on what it has observed, and on its own Node. Nothing
//! here decides where a Pod runs or whether there should be one.
//!
//! Each Pod has a [`pod_worker::Worker`] that is woken when something of it is due and not otherwise; each Node has a
//! [`node::Machine`] with a heartbeat. One file per concern: [`container`] (one container's life), [`process`],
//! [`restart`], [`backoff`], [`obstacle`], [`image_name`], [`images`], [`config`], [`command`], [`starting`], [`prober`], [`hooks`],
//! [`termination`], [`ports`], [`status`], [`report`], [`pressure`], [`eviction`], [`relief`], [`admission`], [`mounts`], [`shutdown`].
//!
//! What volumes keep: a container's own files are lost whenever it starts again. An `emptyDir` is made with the Pod and
//! goes with it (uid and Node stay the same that long); a claim outlives the Pod. So whether data survives can be read
//! from `restartCount`, from the Pod's uid, and from the claim's uid.

mod admission;
mod backoff;
mod command;
mod config;
mod container;
mod eviction;
#[cfg(test)]
mod hook_tests;
mod hooks;
mod image_name;
mod images;
mod mounts;
mod node;
#[cfg(test)]
mod node_tests;
mod obstacle;
mod pod_worker;
mod ports;
mod pressure;
#[cfg(test)]
mod probe_tests;
mod prober;
mod process;
mod relief;
#[cfg(test)]
mod relief_tests;
mod report;
mod restart;
mod shutdown;
#[cfg(test)]
mod shutdown_tests;
#[cfg(test)]
mod start_tests;
mod starting;
mod status;
mod termination;
#[cfg(test)]
mod tests;

use super::engine::{Alarm, Class, Component, Signal, World};
use super::object::{Key, Object, Resource};
use super::store::{Change, ChangeType};
use k8s_openapi::api::core::v1::{Node, Pod};
use node::Machine;
use pod_worker::{Worker, is_terminal};
use shutdown::Shutdown;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The name that the kubelets' Events carry.
const COMPONENT: &str = "kubelet";

/// Something of a Pod is due.
const SYNC: u64 = 0;
/// A Node's heartbeat.
const BEAT: u64 = 1;
/// A pull on a Node ends.
const PULLED: u64 = 2;
/// The time of some Pods is up on a machine that is being shut down.
const TIME_IS_UP: u64 = 3;

/// All kubelets.
#[derive(Default)]
pub struct Kubelets {
    machines: BTreeMap<Arc<str>, Machine>,
    workers: BTreeMap<Key, Worker>,
    shutdowns: BTreeMap<Arc<str>, Shutdown>,
}

impl Component for Kubelets {
    fn name(&self) -> &'static str {
        COMPONENT
    }

    fn class(&self) -> Class {
        Class::Kubelet
    }

    fn start(&mut self, world: &mut World) {
        let nodes: Vec<Arc<Node>> = world.store.state().by_age::<Node>().into_iter().cloned().collect();
        for node in nodes {
            self.add_machine(world, &node).run(world);
        }
    }

    fn observe(&mut self, world: &mut World, change: &Change) {
        match &change.object {
            Object::Pod(pod) => self.observe_pod(world, pod, change.change),
            Object::Node(node) => self.observe_node(world, node, change.change),
            Object::PersistentVolumeClaim(_) | Object::VolumeAttachment(_) => {
                let waiting = self.workers.iter().filter(|(_, worker)| !worker.mounts.are_there());
                let waiting: Vec<Key> = waiting.map(|(key, _)| key.clone()).collect();
                waiting.iter().for_each(|key| self.sync(world, key));
            }
            _ => {}
        }
    }

    fn wake(&mut self, world: &mut World, alarm: Alarm) {
        match alarm.tag {
            BEAT => self.beat(world, &alarm.key.name),
            PULLED => self.pulled(world, &alarm.key.name),
            TIME_IS_UP => self.pursue_shutdown(world, &alarm.key.name),
            _ => {
                self.sync(world, &alarm.key);
                if let Some(node) = self.workers.get(&alarm.key).map(|worker| worker.node.clone()) {
                    self.pursue_shutdown(world, &node);
                }
            }
        }
    }

    fn signal(&mut self, world: &mut World, signal: &Signal) {
        let now = world.now;
        match signal {
            Signal::NodeFails(name) => {
                if let Some(machine) = self.machines.get_mut(name.as_str()) {
                    machine.fail();
                }
            }
            Signal::NodeShutsDown { node, grace, critical } => {
                self.shut_down(world, node, *grace, *critical);
            }
            Signal::NodeRecovers(name) => self.recover(world, name),
            Signal::ContainerExits { pod, container, code } => {
                if let Some(worker) = self.workers.get_mut(pod) {
                    worker.exit(now, container.as_deref(), *code);
                    self.sync(world, pod);
                }
            }
            Signal::Readiness { pod, container, ready } => {
                if let Some(worker) = self.workers.get_mut(pod) {
                    worker.tell_ready(now, container.as_deref(), *ready);
                    self.sync(world, pod);
                }
            }
            Signal::Fills { node, what, percent } => {
                let used = self.used(world, node);
                if let Some(machine) = self.machines.get_mut(node.as_str()) {
                    machine.fill(world, *what, *percent, used);
                }
            }
        }
    }
}

impl Kubelets {
    fn add_machine(&mut self, world: &World, node: &Node) -> &mut Machine {
        let machine = Machine::of(node, self.machines.len(), world.now);
        self.machines.entry(machine.name.clone()).or_insert(machine)
    }

    fn observe_node(&mut self, world: &mut World, node: &Arc<Node>, change: ChangeType) {
        match change {
            // Without a signal the machine of a new Node has been running, and has now registered.
            ChangeType::Added if !self.machines.contains_key(node.name()) => {
                self.add_machine(world, node).boot(world);
                self.take_up_all(world, node.name());
            }
            // A kubelet whose Node object is deleted keeps its Pods, but renews no Lease.
            ChangeType::Deleted => {
                world.leases.remove(node.name());
            }
            ChangeType::Added | ChangeType::Modified => {}
        }
    }

    fn observe_pod(&mut self, world: &mut World, pod: &Arc<Pod>, change: ChangeType) {
        let key = pod.key();
        if self.workers.get(&key).is_some_and(|worker| !worker.is(pod.uid())) {
            // The watch tells of the old Pod of this name after the new one has been taken up only if it was forgotten.
            if change == ChangeType::Deleted {
                return;
            }
            self.forget(world, &key);
        }
        if change == ChangeType::Deleted {
            self.forget(world, &key);
            return;
        }
        let Some(name) = pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref()) else { return };
        let Some(machine) = self.machines.get(name).filter(|machine| machine.is_up) else { return };
        match self.workers.get_mut(&key) {
            Some(worker) => {
                worker.observe(world, pod);
                self.sync(world, &key);
            }
            None if !is_terminal(pod) => {
                let name = machine.name.clone();
                self.take_up(world, pod, &name);
            }
            None => {}
        }
    }

    /// A Pod is new on a Node.
    fn take_up(&mut self, world: &mut World, pod: &Arc<Pod>, node: &str) {
        // What the kubelet has observed may be gone by now.
        let node_key = Key::cluster_wide(node);
        let (Some(machine), Some(object)) = (self.machines.get_mut(node), world.store.get::<Node>(&node_key))
        else {
            return;
        };
        if !pod.is_deleting() {
            if machine.is_shutting_down {
                Worker::refuse(world, pod, "NodeShutdown", shutdown::REFUSAL);
                return;
            }
            if let Some(message) = machine.refusal(pod) {
                Worker::refuse(world, pod, "Evicted", &message);
                return;
            }
            let others = machine.pods.iter().filter_map(|key| self.workers.get(key));
            let others = others.filter(|worker| worker.is_alive()).map(|worker| worker.pod.as_ref());
            if let Some(refusal) = admission::refuse(pod, object, others) {
                Worker::refuse(world, pod, refusal.reason, &refusal.message);
                return;
            }
        }
        let key = pod.key();
        let mut worker = Worker::new(world, pod, machine);
        machine.pods.insert(key.clone());
        if pod.is_deleting() {
            worker.observe(world, pod);
        }
        self.workers.insert(key.clone(), worker);
        self.sync(world, &key);
    }

    /// Takes up the Pods that were bound to a Node while nobody was there.
    fn take_up_all(&mut self, world: &mut World, node: &str) {
        let pods: Vec<Arc<Pod>> = world.store.pods_on_node(node).cloned().collect();
        for pod in pods {
            if !self.workers.contains_key(&pod.key()) && !is_terminal(&pod) {
                self.take_up(world, &pod, node);
            }
        }
    }

    fn forget(&mut self, world: &mut World, key: &Key) {
        let Some(mut worker) = self.workers.remove(key) else { return };
        if let Some(machine) = self.machines.get_mut(&worker.node) {
            machine.pods.remove(key);
            if machine.is_up {
                worker.forget(world);
            }
        }
    }

    fn sync(&mut self, world: &mut World, key: &Key) {
        let Some(worker) = self.workers.get_mut(key) else { return };
        if let Some(machine) = self.machines.get_mut(&worker.node).filter(|machine| machine.is_up) {
            worker.sync(world, machine);
        }
    }

    fn pulled(&mut self, world: &mut World, node: &str) {
        let Some(machine) = self.machines.get_mut(node).filter(|machine| machine.is_up) else { return };
        let Some(pulled) = machine.images.finish(&world.images, world.now) else { return };
        machine.plan_pull(world);
        let key = pulled.pull.pod.clone();
        if let Some(worker) = self.workers.get_mut(&key).filter(|worker| worker.is(&pulled.pull.uid)) {
            worker.pulled(world, &pulled);
            self.sync(world, &key);
        }
    }

    /// A heartbeat: the Lease, shortages, the Node's status.
    fn beat(&mut self, world: &mut World, node: &str) {
        let Some(machine) = self.machines.get_mut(node) else { return };
        if !machine.beat(world) {
            return;
        }
        machine.tell_schedulable(world);
        self.enforce_limits(world, node);
        let used = self.used(world, node);
        let Some(machine) = self.machines.get_mut(node) else { return };
        let shortage = machine.look_for_shortage(world, used);
        machine.post(world);
        if let Some(shortage) = shortage {
            self.relieve(world, node, shortage);
        }
    }

    /// The machine has power (again): its kubelet sees what is to be done with the Pods that the API has for it.
    fn recover(&mut self, world: &mut World, name: &str) {
        match self.machines.get_mut(name) {
            Some(machine) if machine.is_up => return,
            Some(machine) => machine.boot(world),
            None => {
                let Some(node) = world.store.get::<Node>(&Key::cluster_wide(name)).cloned() else { return };
                self.add_machine(world, &node).boot(world);
            }
        }
        let Some(machine) = self.machines.get_mut(name) else { return };
        world.mounts.remove(name);
        for key in machine.pods.clone() {
            let stored = world.store.get::<Pod>(&key).cloned();
            let Some(worker) = self.workers.get_mut(&key) else { continue };
            match stored.filter(|pod| worker.is(pod.uid())) {
                Some(pod) => {
                    worker.reboot(world, machine, &pod);
                    worker.sync(world, machine);
                }
                None => {
                    self.workers.remove(&key);
                    machine.pods.remove(&key);
                }
            }
        }
        self.take_up_all(world, name);
    }
}
