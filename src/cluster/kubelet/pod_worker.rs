//! One Pod on its Node, from being taken up to being gone: what starts when, what is said, what is reported.
//!
//! [`Worker::sync`] brings everything that is due up to date and may be called at any time; between two calls nothing
//! happens. Order of a start: sandbox and address, init containers one by one, sidecars among them, then all ordinary
//! containers. Sources: `pkg/kubelet/pod_workers.go`, `pkg/kubelet/kuberuntime/kuberuntime_manager.go`
//! (`computePodActions`, `SyncPod`).

use super::backoff::BackOff;
use super::container::{Note, Role, Unit};
use super::mounts::Mounts;
use super::node::Machine;
use super::ports::Network;
use super::process::SIGKILLED;
use super::{COMPONENT, ports};
use crate::cluster::clock::{Millis, SimTime};
use crate::cluster::engine::World;
use crate::cluster::events::{EventType, reference};
use crate::cluster::image::Images;
use crate::cluster::machine::LONGEST_BACK_OFF;
use crate::cluster::object::{Key, Resource};
use crate::cluster::sidecar::is_sidecar;
use k8s_openapi::api::core::v1::{Pod, PodSpec};
use std::collections::BTreeMap;
use std::sync::Arc;

/// From a change on a Node to its report: what a busy kubelet needs.
pub(super) const REPORT: Millis = Millis(20);
/// How long the sandbox and its network take; never longer than the whole start of the first container.
const SANDBOX: Millis = Millis(300);
/// The grace of a Pod that is evicted for a hard threshold (`immediateEvictionGracePeriodSeconds`).
const EVICTION_GRACE: Millis = Millis::secs(1);

/// A Pod on its Node.
pub(super) struct Worker {
    /// The Pod as the kubelet last saw it.
    pub(super) pod: Arc<Pod>,
    /// Its Node.
    pub(super) node: Arc<str>,
    /// When it is woken next.
    pub(super) planned: Option<SimTime>,
    pub(super) key: Key,
    pub(super) uid: String,
    pub(super) units: Vec<Unit>,
    pub(super) taken_up: SimTime,
    /// When the sandbox is there, and how long it takes.
    pub(super) sandbox: SimTime,
    pub(super) sandbox_takes: Millis,
    pub(super) has_sandbox: bool,
    pub(super) ip: String,
    pub(super) host_ip: String,
    /// Whether its init containers have been through.
    pub(super) initialized: bool,
    deadline: Option<SimTime>,
    pub(super) ending: Option<Ending>,
    pub(super) step: Step,
    /// When its status is to be written.
    pub(super) report: Option<SimTime>,
    /// Its volumes.
    pub(super) mounts: Mounts,
    /// The images that could not be pulled for it, whichever of its containers wanted them.
    pub(super) pulls: BTreeMap<String, BackOff>,
}

/// Why a Pod ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// Somebody deleted it.
    Deleted,
    /// Its containers are done, or an init container failed for good.
    Finished,
    /// The kubelet ends it: the status's reason and message.
    Failed(&'static str, String),
}

/// A Pod is ending.
#[derive(Clone, Debug)]
pub(super) struct Ending {
    /// Why.
    pub(super) cause: Cause,
    /// Whether it is evicted, and why.
    pub(super) eviction: Eviction,
}

/// Whether a Pod is evicted, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Eviction {
    /// It is not.
    None,
    /// Its Node is short of something: a disruption.
    Pressure,
    /// It uses more than its limits allow.
    Limit,
}

/// How far a Pod has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    /// It lives, or its containers are being stopped.
    Alive,
    /// Nothing of it runs any more; that must be reported.
    Stopped,
    /// It has been reported; if it is being deleted, its object goes next.
    Reported,
    /// The kubelet has nothing left to do.
    Done,
}

impl Worker {
    /// Takes a Pod up.
    pub(super) fn new(world: &World, pod: &Arc<Pod>, machine: &mut Machine) -> Worker {
        let now = world.now;
        let spec = pod.spec.clone().unwrap_or_default();
        let longest =
            world.machines.get(&*machine.name).map_or(LONGEST_BACK_OFF, |own| own.max_restart_period);
        let units = units(&spec, &world.images, longest);
        let ip = machine.address(spec.host_network == Some(true));
        let deadline = spec.active_deadline_seconds.map(|seconds| now + Millis::secs(seconds));
        let mut worker = Worker {
            key: pod.key(),
            uid: pod.uid().to_owned(),
            node: machine.name.clone(),
            pod: pod.clone(),
            units,
            planned: None,
            taken_up: now,
            sandbox: now,
            sandbox_takes: Millis::ZERO,
            has_sandbox: false,
            ip,
            host_ip: machine.ip.clone(),
            initialized: false,
            deadline,
            ending: None,
            step: Step::Alive,
            report: Some(now + REPORT),
            mounts: Mounts::of(pod, now),
            pulls: BTreeMap::new(),
        };
        worker.make_sandbox(now);
        worker
    }

    /// Refuses a Pod: it fails without having run.
    pub(super) fn refuse(world: &mut World, pod: &Pod, reason: &'static str, message: &str) {
        world.warn(COMPONENT, pod, reason, message.to_owned());
        let now = world.now;
        // It may be gone already, which is all the same.
        let _ = world.write(&pod.key(), |pod: &mut Pod| {
            let status = pod.status.get_or_insert_default();
            status.phase = Some("Failed".to_owned());
            status.reason = Some(reason.to_owned());
            status.message = Some(format!("Pod was rejected: {message}"));
            status.start_time = Some(now.to_time());
        });
    }

    /// Whether this is the Pod with this uid.
    pub(super) fn is(&self, uid: &str) -> bool {
        self.uid == uid
    }

    /// Whether its containers still take up room on the Node.
    pub(super) fn is_alive(&self) -> bool {
        self.step == Step::Alive
    }

    /// Whether it is on its way out.
    pub(super) fn is_ending(&self) -> bool {
        self.ending.is_some()
    }

    fn grace(&self) -> Millis {
        let spec = self.pod.spec.as_ref();
        let seconds = spec.and_then(|spec| spec.termination_grace_period_seconds).unwrap_or(30);
        // Less than none is the shortest that there is.
        Millis::secs(if seconds < 0 { 1 } else { seconds })
    }

    pub(super) fn make_sandbox(&mut self, now: SimTime) {
        let start = self.units.iter().map(|unit| unit.image.start).min().unwrap_or_default();
        self.sandbox_takes = SANDBOX.min(start);
        self.sandbox = now + self.sandbox_takes;
        self.has_sandbox = false;
    }

    /// Another version of the Pod has been seen.
    pub(super) fn observe(&mut self, world: &mut World, pod: &Arc<Pod>) {
        let now = world.now;
        let behind = pod.metadata.generation != self.pod.metadata.generation;
        self.pod = pod.clone();
        if behind && self.step == Step::Alive {
            self.report.get_or_insert(now + REPORT);
            self.redefine(world);
        }
        if pod.is_deleting() {
            let seconds = pod.metadata.deletion_grace_period_seconds.unwrap_or(0);
            self.end(world, Millis::secs(seconds), Cause::Deleted, Eviction::None);
        } else if is_terminal(pod) && self.step == Step::Alive {
            self.end(world, self.grace(), Cause::Finished, Eviction::None);
        }
    }

    /// A container's image is the one thing of it that a person may change while it runs: the kubelet replaces it.
    fn redefine(&mut self, world: &mut World) {
        let (now, grace, pod) = (world.now, self.grace(), self.pod.clone());
        let Some(spec) = &pod.spec else { return };
        let containers = spec.init_containers.iter().flatten().chain(&spec.containers);
        for (index, image) in containers.map(|container| container.image.as_deref().unwrap_or("")).enumerate()
        {
            let Some(unit) = self.units.get_mut(index).filter(|unit| unit.image_name != image) else {
                continue;
            };
            let runs = unit.redefine(image, &world.images);
            let network = Network::of(&self.ip, &self.units);
            if runs && self.units[index].begin_stop(now, grace, true, &network) {
                let name = &self.units[index].name;
                let message = format!("Container {name} definition changed, will be restarted");
                self.say(world, index, EventType::Normal, "Killing", message);
            }
        }
    }

    /// The Pod's object is gone: what still ran is killed, and nobody hears of it again.
    pub(super) fn forget(&mut self, world: &mut World) {
        self.end(world, Millis::ZERO, Cause::Deleted, Eviction::None);
        self.unmount(world);
    }

    /// Evicts the Pod.
    pub(super) fn evict(&mut self, world: &mut World, message: String, why: Eviction) {
        world.warn(COMPONENT, self.pod.as_ref(), "Evicted", message.clone());
        self.end(world, EVICTION_GRACE, Cause::Failed("Evicted", message), why);
    }

    /// Ends the Pod because its machine is shut down, with no more than this grace.
    pub(super) fn shut_down(&mut self, world: &mut World, most: Millis) {
        let cause = Cause::Failed(super::shutdown::REASON, super::shutdown::MESSAGE.to_owned());
        self.end(world, self.grace().min(most), cause, Eviction::None);
    }

    /// A container's process ends now; the first container's if no name is given.
    pub(super) fn exit(&mut self, now: SimTime, container: Option<&str>, code: i32) {
        let meant = self.units.iter_mut().find(|unit| match container {
            Some(name) => unit.name == name,
            None => unit.role == Role::App,
        });
        if let Some(unit) = meant {
            unit.exit(now, code);
        }
    }

    /// A container becomes ready, or not; all of them if no name is given.
    pub(super) fn tell_ready(&mut self, now: SimTime, container: Option<&str>, ready: bool) {
        for unit in &mut self.units {
            if container.is_none_or(|name| unit.name == name) {
                unit.tell_ready(now, ready);
            }
        }
        self.report.get_or_insert(now + REPORT);
    }

    /// The machine is back after having been off; `pod` is what the API now has. Nothing runs; the sandbox is made anew,
    /// unless nothing is to run in it.
    pub(super) fn reboot(&mut self, world: &mut World, machine: &mut Machine, pod: &Arc<Pod>) {
        let now = world.now;
        self.planned = None;
        if self.step >= Step::Reported {
            self.observe(world, pod);
            return;
        }
        let had_run = self.units.iter().any(Unit::has_run);
        for unit in &mut self.units {
            unit.lose(now, &world.images);
        }
        self.pulls.clear();
        self.report = Some(now + REPORT);
        self.observe(world, pod);
        if self.ending.is_some() {
            return;
        }
        let runs_again = self.units.iter().any(|unit| unit.role == Role::App && !unit.is_over());
        if !runs_again {
            return;
        }
        if had_run {
            world.normal(
                COMPONENT,
                self.pod.as_ref(),
                "SandboxChanged",
                "Pod sandbox changed, it will be killed and re-created.",
            );
        }
        for unit in self.units.iter_mut().filter(|unit| unit.role == Role::Init) {
            unit.run_again();
        }
        self.initialized = false;
        let host_network = self.pod.spec.as_ref().and_then(|spec| spec.host_network) == Some(true);
        self.ip = machine.address(host_network);
        self.mounts = Mounts::of(&self.pod, now);
        self.make_sandbox(now);
    }

    /// Does everything that is due, and plans the next time. To be called whenever something may have changed.
    pub(super) fn sync(&mut self, world: &mut World, machine: &mut Machine) {
        let now = world.now;
        if self.planned.is_some_and(|at| at <= now) {
            self.planned = None;
        }
        self.mount(world);
        let may_start = self.mounts.are_there() && self.step == Step::Alive;
        if !self.has_sandbox && self.sandbox <= now && may_start {
            self.has_sandbox = true;
            self.report.get_or_insert(now + REPORT);
        }
        if self.deadline.is_some_and(|at| at <= now) && self.ending.is_none() {
            let message = "Pod was active on the node longer than the specified deadline";
            world.normal(COMPONENT, self.pod.as_ref(), "DeadlineExceeded", message);
            self.end(
                world,
                self.grace(),
                Cause::Failed("DeadlineExceeded", message.to_owned()),
                Eviction::None,
            );
        }
        // Each round does what the one before it has made possible at this very moment.
        while self.step == Step::Alive && (self.advance(world) | self.pursue(world, machine)) {}
        if self.report.is_some_and(|at| at <= now) {
            self.report = None;
            self.write(world);
        }
        let next = self.units.iter().filter_map(|unit| unit.due(now));
        let sandbox = Some(self.sandbox).filter(|_| !self.has_sandbox);
        let mounts = self.mounts.due().filter(|_| self.ending.is_none());
        let deadline = self.deadline.filter(|_| self.ending.is_none());
        let next =
            next.chain(sandbox).chain(mounts).chain(deadline).chain(self.report).filter(|at| *at > now).min();
        if let Some(next) = next.filter(|next| self.planned.is_none_or(|planned| *next < planned)) {
            self.planned = Some(next);
            world.wake_at(next, self.key.clone(), super::SYNC);
        }
    }

    /// Moves every container on. Returns whether anything happened.
    fn advance(&mut self, world: &mut World) -> bool {
        let (now, grace) = (world.now, self.grace());
        let mut happened = false;
        for index in 0..self.units.len() {
            let mut notes = Vec::new();
            let network = Network::of(&self.ip, &self.units);
            self.units[index].advance(now, grace, &self.uid, &network, &mut notes);
            for note in notes {
                happened = true;
                self.tell(world, index, note);
            }
        }
        happened
    }

    pub(super) fn tell(&mut self, world: &mut World, index: usize, note: Note) {
        self.report.get_or_insert(world.now + REPORT);
        let name = self.units[index].name.clone();
        match note {
            Note::Changed => {}
            Note::Ended => self.ports_changed(world.now, index),
            Note::Started => {
                self.say(world, index, EventType::Normal, "Created", "Container created".to_owned());
                self.say(world, index, EventType::Normal, "Started", "Container started".to_owned());
                self.bind_ports(world.now, index);
            }
            Note::NotStarted(error) => {
                self.say(world, index, EventType::Normal, "Created", "Container created".to_owned());
                self.say(world, index, EventType::Warning, "Failed", format!("Error: {error}"));
            }
            Note::PostStartFailed => {
                let message = "PostStartHook failed".to_owned();
                self.say(world, index, EventType::Warning, "FailedPostStartHook", message);
                self.say(world, index, EventType::Normal, "Killing", "FailedPostStartHook".to_owned());
            }
            Note::PreStopFailed => {
                let message = "PreStopHook failed".to_owned();
                self.say(world, index, EventType::Warning, "FailedPreStopHook", message);
            }
            Note::Unhealthy(message) => self.say(world, index, EventType::Warning, "Unhealthy", message),
            Note::Killed(kind) => {
                // Only where it will be: SIGTERM or SIGKILL is no exit with 0.
                let restarts = self.units[index].restart.after(SIGKILLED);
                let then = if restarts { ", will be restarted" } else { "" };
                let message = format!("Container {name} failed {} probe{then}", kind.word());
                self.say(world, index, EventType::Normal, "Killing", message);
            }
            Note::BackOff => {
                let message =
                    format!("Back-off restarting failed container {name} in pod {}", self.full_name());
                self.say(world, index, EventType::Warning, "BackOff", message);
            }
            Note::PullBackOff(image) => {
                let message = format!("Back-off pulling image \"{image}\"");
                self.say(world, index, EventType::Normal, "BackOff", message);
                let message = "Error: ImagePullBackOff".to_owned();
                self.say(world, index, EventType::Warning, "Failed", message);
            }
        }
    }

    /// The Pod as back-off messages name it.
    pub(super) fn full_name(&self) -> String {
        format!("{}_{}({})", self.key.name, self.key.namespace, self.uid)
    }

    /// An Event about one of its containers.
    pub(super) fn say(
        &self,
        world: &mut World,
        index: usize,
        kind: EventType,
        reason: &str,
        message: String,
    ) {
        let unit = &self.units[index];
        let list = if unit.role == Role::App { "containers" } else { "initContainers" };
        let mut about = reference(self.pod.as_ref());
        about.field_path = Some(format!("spec.{list}{{{}}}", unit.name));
        world.record(COMPONENT, about, kind, reason, message);
    }

    fn bind_ports(&mut self, now: SimTime, index: usize) {
        let others = self.units.iter().enumerate().filter(|(other, _)| *other != index);
        let held = ports::held(others.map(|(_, unit)| unit));
        let taken = ports::is_taken(&self.units[index].image.listens, held);
        if let Some(process) = self.units[index].process_mut().filter(|_| taken) {
            process.port_taken(now);
        }
        self.ports_changed(now, index);
    }

    /// A container has begun or ceased to hold the ports that it listens to: probes of the others may see it.
    fn ports_changed(&mut self, now: SimTime, index: usize) {
        if self.units[index].image.listens.is_empty() {
            return;
        }
        for (_, other) in self.units.iter_mut().enumerate().filter(|(other, _)| *other != index) {
            other.ask_anew(now);
        }
    }

    /// Starts what may start now, and sees whether the Pod is at its end. Returns whether anything changed.
    fn pursue(&mut self, world: &mut World, machine: &mut Machine) -> bool {
        if self.ending.is_some() {
            return self.pursue_end(world.now);
        }
        // The kubelet syncs a Pod in one go, and a pull is part of that.
        if !self.has_sandbox || self.units.iter().any(Unit::is_pulling) {
            return false;
        }
        let mut changed = false;
        for index in 0..self.units.len() {
            match self.units[index].role {
                Role::Init if self.initialized => {}
                Role::Init => match self.units[index].ended().map(|ended| ended.code) {
                    Some(0) => {}
                    Some(_) if self.units[index].is_over() => {
                        self.end(world, self.grace(), Cause::Finished, Eviction::None);
                        return true;
                    }
                    _ => return changed | self.start(world, machine, index),
                },
                Role::Sidecar => {
                    changed |= self.start(world, machine, index);
                    let up = self.units[index].process().is_some_and(|process| process.up);
                    if !up && !self.initialized {
                        return changed;
                    }
                }
                Role::App => {
                    self.initialized = true;
                    changed |= self.start(world, machine, index);
                    if self.units[index].holds_up_others(world.now) {
                        return changed;
                    }
                }
            }
            if self.units[index].is_pulling() {
                return changed;
            }
        }
        let mut apps = self.units.iter().filter(|unit| unit.role == Role::App);
        let over = apps.all(Unit::is_over);
        if over {
            self.end(world, self.grace(), Cause::Finished, Eviction::None);
        }
        changed | over
    }

    /// Begins to end the Pod, or makes its end come sooner.
    fn end(&mut self, world: &mut World, grace: Millis, cause: Cause, eviction: Eviction) {
        let now = world.now;
        match &mut self.ending {
            Some(ending) => {
                if ending.cause == Cause::Finished {
                    ending.cause = cause;
                }
                if self.step == Step::Reported {
                    self.report.get_or_insert(now + REPORT);
                }
            }
            None => self.ending = Some(Ending { cause, eviction }),
        }
        for index in 0..self.units.len() {
            self.units[index].cancel();
            let in_turn = self.units[index].role != Role::Sidecar;
            let network = Network::of(&self.ip, &self.units);
            if self.units[index].begin_stop(now, grace, in_turn, &network) {
                let message = format!("Stopping container {}", self.units[index].name);
                self.say(world, index, EventType::Normal, "Killing", message);
            }
        }
    }

    /// Lets sidecars stop one after another, last first, once the ordinary containers have stopped.
    fn pursue_end(&mut self, now: SimTime) -> bool {
        let Some(last) = self.units.iter().rposition(|unit| unit.process().is_some()) else {
            self.step = Step::Stopped;
            self.has_sandbox = false;
            self.report = Some(now + REPORT);
            return true;
        };
        self.units[last].process_mut().and_then(|process| process.stop.as_mut()).is_some_and(|stop| {
            let news = stop.take_turn();
            stop.advance(now);
            news
        })
    }
}

fn units(spec: &PodSpec, images: &Images, longest: Millis) -> Vec<Unit> {
    let policy = spec.restart_policy.as_deref();
    let init = spec
        .init_containers
        .iter()
        .flatten()
        .map(|container| (container, if is_sidecar(container) { Role::Sidecar } else { Role::Init }));
    let app = spec.containers.iter().map(|container| (container, Role::App));
    init.chain(app).map(|(container, role)| Unit::new(container, role, policy, images, longest)).collect()
}

/// Whether a Pod has come to its end, as its object says.
pub(super) fn is_terminal(pod: &Pod) -> bool {
    let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
    matches!(phase, Some("Succeeded" | "Failed"))
}
