//! One container's life: waiting, its image, being created, running, ended, and again.
//!
//! A [`Unit`] is moved on by [`Unit::advance`] whenever something of it is due, and tells what happened as [`Note`]s; it
//! never looks at the cluster. What starts when, and what is said about it, is the Pod worker's business.
//!
//! Sources: `pkg/kubelet/kuberuntime/kuberuntime_container.go`, `kuberuntime_manager.go`, `kubelet_pods.go`
//! (`convertToAPIContainerStatuses`).

mod status;

use super::backoff::BackOff;
use super::command::{self, NOT_STARTED, START_ERROR};
use super::hooks::{Failure, Hook};
use super::images::Policy;
use super::obstacle::{Obstacle, Reason};
use super::ports::Network;
use super::prober::{ProbeKind, Prober};
use super::process::Process;
use super::restart::Restart;
use super::termination::{Stop, Terms};
use crate::cluster::clock::{EPOCH_MS, Millis, SimTime};
use crate::cluster::image::{Image, Images};
use crate::cluster::quantity::Quantity;
use k8s_openapi::api::core::v1::Container;
use sha2::{Digest, Sha256};

/// How long after an exit the kubelet starts the container again where there is no window to wait for.
const RESTART: Millis = Millis(100);
/// How long after a failure the kubelet looks again and finds that it must wait: a relist of the runtime's containers
/// (`genericPlegRelistPeriod`).
const LOOK_AGAIN: Millis = Millis::secs(1);
/// How often it looks at a Pod in which nothing happens (`syncFrequency`).
const RESYNC: Millis = Millis::mins(1);
/// The exit code that containerd gives to containers that it finds dead after the machine was off.
const LOST: i32 = 255;
/// When a process that never ran started, as the API shows it: the beginning of 1970.
const NEVER: SimTime = SimTime(-EPOCH_MS);

/// What a container is in its Pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// An init container: runs to its end before the next one starts.
    Init,
    /// An init container with `restartPolicy: Always`: starts before, and stops after the ordinary ones.
    Sidecar,
    /// An ordinary container.
    App,
}

/// A container of a Pod.
#[derive(Clone, Debug)]
pub(super) struct Unit {
    /// Its name.
    pub(super) name: String,
    /// Its image's name.
    pub(super) image_name: String,
    /// What it is in its Pod.
    pub(super) role: Role,
    /// When its image is pulled.
    pub(super) pull_policy: Policy,
    /// When it is started again.
    pub(super) restart: Restart,
    /// Where it stands.
    pub(super) life: Life,
    /// How its image behaves.
    pub(super) image: Image,
    /// Its definition.
    pub(super) container: Container,
    /// Why its latest start came to nothing, or was put off.
    start_error: Option<StartError>,
    probers: Vec<Prober>,
    memory_limit: Option<i64>,
    last: Option<Ended>,
    dead_disk: i64,
    runs: i32,
    crashes: BackOff,
    /// Whether the next start has everything to do that a first one has: the Pod is new on its Node, or the machine.
    fresh: bool,
    /// Its definition has changed: it runs again, whatever its policy.
    redefined: bool,
    /// How much of the next start is done already: its Pod's sandbox is part of it.
    pub(super) head_start: Millis,
}

/// Where a container stands.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Life {
    /// Its turn has not come.
    Idle,
    /// Its image is being pulled; before that something may have been in the way.
    Pulling(Option<Obstacle>),
    /// Something is in the way of its creation.
    Held(Obstacle),
    /// It is being created and runs from then on.
    Creating(SimTime),
    /// Its process runs.
    Running(Box<Process>),
    /// Its process has ended.
    Ended(Ended, After),
}

/// Why the latest start came to nothing, or was put off: what a container waits for that has been there before.
#[derive(Clone, Debug, PartialEq)]
enum StartError {
    /// Its process could not be started; the runtime's error.
    NotStarted(String),
    /// Its postStart hook failed, so that it was killed.
    PostStart(Failure),
    /// It was backed off for so long.
    BackOff(Millis),
}

/// How a process ended.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Ended {
    /// Its exit code.
    pub(super) code: i32,
    /// When.
    pub(super) finished: SimTime,
    /// Why, as its status says it.
    pub(super) reason: &'static str,
    /// When it had started.
    pub(super) started: SimTime,
    /// Which container of the runtime it was.
    pub(super) id: String,
    /// What the runtime says about it, where it says anything.
    pub(super) message: Option<String>,
}

/// What the kubelet does about a process that has ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum After {
    /// Nothing, or not yet decided.
    Over,
    /// Starts the container again at a time; from `look` on it says that it waits.
    Restart { at: SimTime, look: SimTime, waits: bool },
}

/// What happened to a container.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Note {
    /// Its process runs.
    Started,
    /// It was created, and its process did not start; why.
    NotStarted(String),
    /// Its postStart hook has failed: it is being killed.
    PostStartFailed,
    /// Its preStop hook has failed.
    PreStopFailed,
    /// Its process has ended.
    Ended,
    /// Something that its status shows has changed.
    Changed,
    /// A probe of it failed, or could not be made; what is said about that.
    Unhealthy(String),
    /// It is being killed since a probe failed too often.
    Killed(ProbeKind),
    /// It waits before it is started again.
    BackOff,
    /// It waits before its image is pulled again.
    PullBackOff(String),
}

impl Unit {
    /// A container of a Pod whose policy this is, before anything happened. Its back-off does not get longer than `longest`.
    pub(super) fn new(
        container: &Container,
        role: Role,
        pod_policy: Option<&str>,
        images: &Images,
        longest: Millis,
    ) -> Unit {
        let image_name = container.image.clone().unwrap_or_default();
        let limits = container.resources.as_ref().and_then(|resources| resources.limits.as_ref());
        Unit {
            name: container.name.clone(),
            role,
            pull_policy: Policy::read(container.image_pull_policy.as_deref()),
            restart: Restart::of(pod_policy, container, role),
            life: Life::Idle,
            image: images.get(&image_name),
            image_name,
            container: container.clone(),
            start_error: None,
            probers: Prober::of(container),
            memory_limit: limits
                .and_then(|limits| limits.get("memory"))
                .and_then(|quantity| Quantity::parse(&quantity.0).ok())
                .map(Quantity::value),
            last: None,
            dead_disk: 0,
            runs: 0,
            crashes: BackOff::up_to(longest),
            fresh: true,
            redefined: false,
            head_start: Millis::ZERO,
        }
    }

    /// Its process, if it runs.
    pub(super) fn process(&self) -> Option<&Process> {
        match &self.life {
            Life::Running(process) => Some(process),
            _ => None,
        }
    }

    /// Its process, if it runs.
    pub(super) fn process_mut(&mut self) -> Option<&mut Process> {
        match &mut self.life {
            Life::Running(process) => Some(process),
            _ => None,
        }
    }

    /// How its process ended, if it does not run.
    pub(super) fn ended(&self) -> Option<&Ended> {
        match &self.life {
            Life::Ended(ended, _) => Some(ended),
            _ => None,
        }
    }

    fn post_start(&self, network: &Network<'_>) -> Option<Hook> {
        let handler = self.container.lifecycle.as_ref()?.post_start.as_ref()?;
        Some(Hook::read(handler, &self.container, &self.image, network))
    }

    fn pre_stop(&self, network: &Network<'_>) -> Option<Hook> {
        let handler = self.container.lifecycle.as_ref()?.pre_stop.as_ref()?;
        Some(Hook::read(handler, &self.container, &self.image, network))
    }

    /// Whether the containers after it must wait: it is starting, and has a postStart hook that is not done.
    pub(super) fn holds_up_others(&self, now: SimTime) -> bool {
        self.container.lifecycle.as_ref().is_some_and(|hooks| hooks.post_start.is_some())
            && match &self.life {
                Life::Creating(_) => true,
                Life::Running(process) => process.is_in_hook(now),
                Life::Idle | Life::Pulling(_) | Life::Held(_) | Life::Ended(..) => false,
            }
    }

    /// Whether it has ended and will not be started again.
    pub(super) fn is_over(&self) -> bool {
        self.ended().is_some_and(|ended| !self.redefined && !self.restart.after(ended.code))
    }

    /// Its image is another one from now on: what it waited for is forgotten, and what runs is to be replaced. Returns
    /// whether something runs.
    pub(super) fn redefine(&mut self, image_name: &str, images: &Images) -> bool {
        self.image = images.get(image_name);
        self.image_name = image_name.to_owned();
        self.crashes.forget();
        match &mut self.life {
            Life::Idle | Life::Pulling(_) | Life::Held(_) | Life::Creating(_) => self.life = Life::Idle,
            Life::Running(_) => self.redefined = true,
            Life::Ended(_, after) => *after = After::Over,
        }
        self.process().is_some()
    }

    /// Whether it has ever run.
    pub(super) fn has_run(&self) -> bool {
        self.runs > 0
    }

    /// Memory in use now, in bytes.
    pub(super) fn memory(&self) -> i64 {
        self.process().map_or(0, |_| self.image.memory.unwrap_or(0))
    }

    /// What its process has written to its container's layer, in bytes.
    pub(super) fn disk(&self) -> i64 {
        self.process().map_or(0, |_| self.image.disk.unwrap_or(0))
    }

    /// What the layer of the one dead container that is kept of it holds, in bytes
    /// (`maximumPerPodContainerCount`).
    pub(super) fn dead_disk(&self) -> i64 {
        self.dead_disk
    }

    /// Its dead container is removed.
    pub(super) fn remove_dead(&mut self) {
        self.dead_disk = 0;
    }

    /// Whether a container is made of its image, or is about to be.
    pub(super) fn uses_image(&self) -> bool {
        matches!(self.life, Life::Pulling(_) | Life::Creating(_) | Life::Running(_))
    }

    /// The image is there: the container is created now.
    pub(super) fn create(&mut self, now: SimTime) {
        let takes = if self.fresh { self.image.start - self.head_start } else { Millis::ZERO };
        self.head_start = Millis::ZERO;
        self.life = Life::Creating(now + takes.max(Millis::ZERO));
    }

    /// The image is being pulled.
    pub(super) fn pull(&mut self) {
        let before = match std::mem::replace(&mut self.life, Life::Idle) {
            Life::Held(obstacle) => Some(obstacle),
            _ => None,
        };
        self.life = Life::Pulling(before);
    }

    /// Whether its image is being pulled.
    pub(super) fn is_pulling(&self) -> bool {
        matches!(self.life, Life::Pulling(_))
    }

    /// Something is in the way.
    pub(super) fn hold(&mut self, obstacle: Obstacle) {
        self.life = Life::Held(obstacle);
    }

    /// Which container of the runtime the next one made of it is.
    pub(super) fn next_id(&self, pod_uid: &str, now: SimTime) -> String {
        container_id(pod_uid, &format!("{}/{}", self.name, now.0), self.runs + 1)
    }

    /// Whether it is time to ask for the image (again).
    pub(super) fn wants_image(&self, now: SimTime) -> bool {
        match &self.life {
            Life::Idle => true,
            Life::Held(obstacle) => obstacle.reason != Reason::ErrImagePull && obstacle.look <= now,
            Life::Ended(_, After::Restart { at, .. }) => *at <= now,
            Life::Pulling(_) | Life::Creating(_) | Life::Running(_) | Life::Ended(_, After::Over) => false,
        }
    }

    /// Decides about a process that has ended, where its Pod goes on. A container that has crashed before, and whose next
    /// start something is in the way of, waits like any other that has crashed. Returns whether it begins to.
    pub(super) fn decide(&mut self, now: SimTime) -> bool {
        if let (Life::Held(obstacle), Some(last)) = (&self.life, &self.last)
            && obstacle.reason != Reason::ErrImagePull
            && obstacle.look <= now
        {
            let at = last.finished + self.crashes.window(last.finished);
            if at > now {
                self.life = Life::Ended(last.clone(), After::Restart { at, look: now, waits: false });
                return true;
            }
        }
        if self.is_over() {
            return false;
        }
        let Life::Ended(ended, after) = &mut self.life else { return false };
        if *after == After::Over {
            let window = self.crashes.window(ended.finished);
            let at = now.max(ended.finished + window.max(RESTART));
            *after = After::Restart { at, look: ended.finished + LOOK_AGAIN, waits: false };
        }
        false
    }

    /// A container that was to be started again is not: its Pod ends.
    pub(super) fn cancel(&mut self) {
        self.start_error = None;
        match &mut self.life {
            Life::Ended(_, after) => *after = After::Over,
            Life::Idle | Life::Pulling(_) | Life::Creating(_) | Life::Held(_) => self.life = Life::Idle,
            Life::Running(_) => {}
        }
    }

    /// The machine was off. Whatever ran is gone, and so is what the kubelet kept in mind.
    pub(super) fn lose(&mut self, now: SimTime, images: &Images) {
        self.image = images.get(&self.image_name);
        self.crashes.forget();
        self.start_error = None;
        self.fresh = true;
        match &mut self.life {
            Life::Running(process) => {
                self.life = Life::Ended(process.ended(LOST, "Unknown", now), After::Over);
            }
            Life::Ended(_, after) => *after = After::Over,
            Life::Idle | Life::Pulling(_) | Life::Held(_) | Life::Creating(_) => self.life = Life::Idle,
        }
    }

    /// An init container that has run must run again: its sandbox is a new one.
    pub(super) fn run_again(&mut self) {
        if let Life::Ended(ended, _) = &self.life {
            self.last = Some(ended.clone());
            self.life = Life::Idle;
        }
    }

    /// The container is made; its process runs, or cannot be started.
    fn start(&mut self, now: SimTime, pod_uid: &str, network: &Network<'_>) -> Note {
        if let Life::Ended(ended, _) = &self.life {
            self.last = Some(ended.clone());
        }
        self.fresh = false;
        self.redefined = false;
        self.runs += 1;
        let id = container_id(pod_uid, &self.name, self.runs);
        if let Some(error) = command::not_there(&self.container, &self.image) {
            let ended = Ended {
                code: NOT_STARTED,
                reason: START_ERROR,
                started: NEVER,
                finished: now,
                id,
                message: Some(error.clone()),
            };
            self.life = Life::Ended(ended, After::Over);
            self.start_error = Some(StartError::NotStarted(error.clone()));
            return Note::NotStarted(error);
        }
        let hook = self.post_start(&network.and(&self.image.listens));
        let process = Process::begin(id, &self.image, self.memory_limit, hook, &self.probers, now);
        self.life = Life::Running(Box::new(process));
        Note::Started
    }

    /// When it has something to do next, after `now`.
    pub(super) fn due(&self, now: SimTime) -> Option<SimTime> {
        match &self.life {
            Life::Idle | Life::Pulling(_) | Life::Ended(_, After::Over) => None,
            Life::Held(obstacle) => Some(obstacle.look),
            Life::Creating(at) => Some(*at),
            Life::Running(process) => process.due(&self.probers, &self.image, now),
            Life::Ended(_, After::Restart { at, look, .. }) => Some(*at.min(look)),
        }
        .filter(|at| *at > now)
    }

    /// Does what is due.
    pub(super) fn advance(
        &mut self,
        now: SimTime,
        grace: Millis,
        pod_uid: &str,
        network: &Network<'_>,
        notes: &mut Vec<Note>,
    ) {
        let terms = Terms { grace, pre_stop: self.pre_stop(network) };
        match &mut self.life {
            Life::Creating(at) if *at <= now => {
                notes.push(self.start(now, pod_uid, network));
            }
            Life::Held(obstacle) if obstacle.reason == Reason::ErrImagePull && obstacle.look <= now => {
                obstacle.back_off();
                notes.push(Note::PullBackOff(self.image_name.clone()));
            }
            Life::Running(process) => {
                if process.stop.as_mut().is_some_and(|stop| stop.hook_failed(now)) {
                    notes.push(Note::PreStopFailed);
                }
                if let Some((code, reason)) = process.end(&self.image, now) {
                    self.dead_disk = self.image.disk.unwrap_or(0);
                    self.start_error = process.failed_hook(now).cloned().map(StartError::PostStart);
                    self.life = Life::Ended(process.ended(code, reason, now), After::Over);
                    notes.push(Note::Ended);
                } else {
                    process.probe(&self.probers, &self.image, network, now, &terms, notes);
                }
            }
            Life::Ended(_, After::Restart { at, look, waits }) if *look <= now && now < *at => {
                *waits = true;
                *look = now + RESYNC;
                notes.push(Note::BackOff);
            }
            Life::Idle | Life::Pulling(_) | Life::Held(_) | Life::Creating(_) | Life::Ended(..) => {}
        }
    }

    /// The container is created again after an end: its back-off grows, and its end becomes its last state. It grows at
    /// each try, also where something is in the way.
    pub(super) fn restarting(&mut self, now: SimTime) {
        match (&self.life, &self.last) {
            (Life::Ended(ended, After::Restart { waits, .. }), _) => {
                if *waits {
                    self.start_error = Some(StartError::BackOff(self.crashes.window(ended.finished)));
                }
                self.crashes.grow(ended.finished, now);
                self.last = Some(ended.clone());
                self.life = Life::Idle;
            }
            (Life::Held(_), Some(last)) => self.crashes.grow(last.finished, now),
            _ => {}
        }
    }

    /// Begins to stop the process: preStop, SIGTERM, and SIGKILL at the end of the grace.
    pub(super) fn begin_stop(
        &mut self,
        now: SimTime,
        grace: Millis,
        in_turn: bool,
        network: &Network<'_>,
    ) -> bool {
        let pre_stop = self.pre_stop(network);
        let Some(process) = self.process_mut() else { return false };
        match &mut process.stop {
            Some(stop) => {
                stop.shorten(now + grace);
                false
            }
            None => {
                process.stop = Some(Stop::begin(now, grace, pre_stop.as_ref(), in_turn));
                true
            }
        }
    }

    /// The process ends now with this code, whatever its image says.
    pub(super) fn exit(&mut self, now: SimTime, code: i32) {
        if let Some(process) = self.process_mut() {
            process.end_at(now, code);
        }
    }

    /// From now on the process is ready, or not, whatever its image says.
    pub(super) fn tell_ready(&mut self, now: SimTime, ready: bool) {
        let Life::Running(process) = &mut self.life else { return };
        process.tell_ready(&self.probers, &self.image, now, ready);
    }

    /// Other ports of its Pod are held from now on.
    pub(super) fn ask_anew(&mut self, now: SimTime) {
        let Life::Running(process) = &mut self.life else { return };
        process.ask_anew(&self.probers, now);
    }

    /// How long it waits to be started again.
    fn back_off_window(&self) -> Millis {
        match &self.life {
            Life::Ended(ended, _) => self.crashes.window(ended.finished),
            _ => Millis::ZERO,
        }
    }
}

/// The message of a container whose image is not there and may not be pulled.
pub(super) fn never_pull(image: &str) -> String {
    format!("Container image \"{image}\" is not present with pull policy of Never")
}

fn container_id(pod_uid: &str, name: &str, run: i32) -> String {
    format!("containerd://{}", hex::encode(Sha256::digest(format!("{pod_uid}/{name}/{run}"))))
}
