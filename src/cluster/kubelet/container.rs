//! One container's life: waiting, its image, being created, running, ended, and again.
//!
//! A [`Unit`] is moved on by [`Unit::advance`] whenever something of it is due, and tells what happened as [`Note`]s; it
//! never looks at the cluster. What starts when, and what is said about it, is the Pod worker's business.
//!
//! Sources: `pkg/kubelet/kuberuntime/kuberuntime_container.go`, `kuberuntime_manager.go`, `kubelet_pods.go`
//! (`convertToAPIContainerStatuses`).

use super::backoff::BackOff;
use super::images::{Policy, go_duration, refusal};
use super::prober::{ProbeKind, Prober};
use super::process::Process;
use super::restart::Restart;
use super::termination::{Stop, hook_time};
use crate::cluster::clock::{Millis, SimTime};
use crate::cluster::image::{Image, Images};
use crate::cluster::quantity::Quantity;
use k8s_openapi::api::core::v1::{
    Container, ContainerState, ContainerStateRunning, ContainerStateTerminated, ContainerStateWaiting,
    ContainerStatus,
};
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
    post_start: Option<Millis>,
    probers: Vec<Prober>,
    pre_stop: Option<Millis>,
    memory_limit: Option<i64>,
    last: Option<Ended>,
    runs: i32,
    crashes: BackOff,
    pulls: BackOff,
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
    /// Its image is being pulled; before that it may have failed.
    Pulling(Option<NoImage>),
    /// Its image is not to be had.
    NoImage(NoImage),
    /// It is being created and runs from then on.
    Creating(SimTime),
    /// Its process runs.
    Running(Box<Process>),
    /// Its process has ended.
    Ended(Ended, After),
}

/// An image that is not to be had.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct NoImage {
    reason: NoImageReason,
    message: String,
    failed: SimTime,
    look: SimTime,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NoImageReason {
    ErrImagePull,
    ImagePullBackOff,
    ErrImageNeverPull,
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
    /// Its process has ended.
    Ended,
    /// Something that its status shows has changed.
    Changed,
    /// A probe of it failed; what it said.
    Unhealthy(ProbeKind, String),
    /// It is being killed since a probe failed too often.
    Killed(ProbeKind),
    /// It waits before it is started again.
    BackOff,
    /// It waits before its image is pulled again.
    PullBackOff(String),
}

impl Unit {
    /// A container of a Pod whose policy this is, before anything happened.
    pub(super) fn new(container: &Container, role: Role, pod_policy: Option<&str>, images: &Images) -> Unit {
        let image_name = container.image.clone().unwrap_or_default();
        let hooks = container.lifecycle.as_ref();
        let limits = container.resources.as_ref().and_then(|resources| resources.limits.as_ref());
        Unit {
            name: container.name.clone(),
            role,
            pull_policy: Policy::read(container.image_pull_policy.as_deref()),
            restart: Restart::of(pod_policy, container, role),
            life: Life::Idle,
            image: images.get(&image_name),
            image_name,
            post_start: hooks.and_then(|hooks| hooks.post_start.as_ref()).map(hook_time),
            probers: Prober::of(container),
            pre_stop: hooks.and_then(|hooks| hooks.pre_stop.as_ref()).map(hook_time),
            memory_limit: limits
                .and_then(|limits| limits.get("memory"))
                .and_then(|quantity| Quantity::parse(&quantity.0).ok())
                .map(Quantity::value),
            last: None,
            runs: 0,
            crashes: BackOff::default(),
            pulls: BackOff::default(),
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

    /// Whether the containers after it must wait: it is starting, and has a postStart hook that is not done.
    pub(super) fn holds_up_others(&self, now: SimTime) -> bool {
        self.post_start.is_some()
            && match &self.life {
                Life::Pulling(_) | Life::Creating(_) => true,
                Life::Running(process) => process.is_in_hook(now),
                Life::Idle | Life::NoImage(_) | Life::Ended(..) => false,
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
        self.crashes = BackOff::default();
        self.pulls = BackOff::default();
        match &mut self.life {
            Life::Idle | Life::Pulling(_) | Life::NoImage(_) | Life::Creating(_) => self.life = Life::Idle,
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

    /// The image is there: the container is created now.
    pub(super) fn create(&mut self, now: SimTime) {
        let takes = if self.fresh { self.image.start - self.head_start } else { Millis::ZERO };
        self.head_start = Millis::ZERO;
        self.life = Life::Creating(now + takes.max(Millis::ZERO));
    }

    /// The image is being pulled.
    pub(super) fn pull(&mut self) {
        let before = match std::mem::replace(&mut self.life, Life::Idle) {
            Life::NoImage(no_image) => Some(no_image),
            _ => None,
        };
        self.life = Life::Pulling(before);
    }

    /// The image is not there and may not be pulled.
    pub(super) fn never_pull(&mut self, now: SimTime) {
        self.life = Life::NoImage(NoImage {
            reason: NoImageReason::ErrImageNeverPull,
            message: never_pull(&self.image_name),
            failed: now,
            look: now + RESYNC,
        });
    }

    /// The pull failed.
    pub(super) fn pull_failed(&mut self, now: SimTime) {
        self.pulls.grow(now, now);
        self.life = Life::NoImage(NoImage {
            reason: NoImageReason::ErrImagePull,
            message: refusal(&self.image_name),
            failed: now,
            look: now + LOOK_AGAIN,
        });
    }

    /// Whether it is time to ask for the image (again).
    pub(super) fn wants_image(&self, now: SimTime) -> bool {
        match &self.life {
            Life::Idle => true,
            Life::NoImage(no_image) => match no_image.reason {
                NoImageReason::ErrImagePull => false,
                NoImageReason::ImagePullBackOff => {
                    no_image.failed + self.pulls.window(no_image.failed) <= now
                }
                NoImageReason::ErrImageNeverPull => no_image.look <= now,
            },
            Life::Ended(_, After::Restart { at, .. }) => *at <= now,
            Life::Pulling(_) | Life::Creating(_) | Life::Running(_) | Life::Ended(_, After::Over) => false,
        }
    }

    /// Decides about a process that has ended, where its Pod goes on.
    pub(super) fn decide(&mut self, now: SimTime) {
        if self.is_over() {
            return;
        }
        let Life::Ended(ended, after) = &mut self.life else { return };
        if *after == After::Over {
            let window = self.crashes.window(ended.finished);
            let at = now.max(ended.finished + window.max(RESTART));
            *after = After::Restart { at, look: ended.finished + LOOK_AGAIN, waits: false };
        }
    }

    /// A container that was to be started again is not: its Pod ends.
    pub(super) fn cancel(&mut self) {
        match &mut self.life {
            Life::Ended(_, after) => *after = After::Over,
            Life::Idle | Life::Pulling(_) | Life::Creating(_) | Life::NoImage(_) => self.life = Life::Idle,
            Life::Running(_) => {}
        }
    }

    /// The machine was off. Whatever ran is gone, and so is what the kubelet kept in mind.
    pub(super) fn lose(&mut self, now: SimTime, images: &Images) {
        self.image = images.get(&self.image_name);
        self.crashes = BackOff::default();
        self.pulls = BackOff::default();
        self.fresh = true;
        match &mut self.life {
            Life::Running(process) => {
                self.life = Life::Ended(process.ended(LOST, "Unknown", now), After::Over);
            }
            Life::Ended(_, after) => *after = After::Over,
            Life::Idle | Life::Pulling(_) | Life::NoImage(_) | Life::Creating(_) => self.life = Life::Idle,
        }
    }

    /// An init container that has run must run again: its sandbox is a new one.
    pub(super) fn run_again(&mut self) {
        if let Life::Ended(ended, _) = &self.life {
            self.last = Some(ended.clone());
            self.life = Life::Idle;
        }
    }

    /// The process runs.
    fn start(&mut self, now: SimTime, pod_uid: &str) {
        if let Life::Ended(ended, _) = &self.life {
            self.last = Some(ended.clone());
        }
        self.fresh = false;
        self.redefined = false;
        self.runs += 1;
        let id = container_id(pod_uid, &self.name, self.runs);
        let post_start = self.post_start.unwrap_or_default();
        let process = Process::begin(id, &self.image, self.memory_limit, post_start, &self.probers, now);
        self.life = Life::Running(Box::new(process));
    }

    /// When it has something to do next, after `now`.
    pub(super) fn due(&self, now: SimTime) -> Option<SimTime> {
        match &self.life {
            Life::Idle | Life::Pulling(_) | Life::Ended(_, After::Over) => None,
            Life::NoImage(no_image) => Some(match no_image.reason {
                NoImageReason::ErrImagePull | NoImageReason::ErrImageNeverPull => no_image.look,
                NoImageReason::ImagePullBackOff => no_image.failed + self.pulls.window(no_image.failed),
            }),
            Life::Creating(at) => Some(*at),
            Life::Running(process) => process.due(&self.probers, &self.image, now),
            Life::Ended(_, After::Restart { at, look, .. }) => Some(*at.min(look)),
        }
        .filter(|at| *at > now)
    }

    /// Does what is due.
    pub(super) fn advance(&mut self, now: SimTime, grace: Millis, pod_uid: &str, notes: &mut Vec<Note>) {
        match &mut self.life {
            Life::Creating(at) if *at <= now => {
                self.start(now, pod_uid);
                notes.push(Note::Started);
            }
            Life::NoImage(no_image)
                if no_image.reason == NoImageReason::ErrImagePull && no_image.look <= now =>
            {
                no_image.reason = NoImageReason::ImagePullBackOff;
                notes.push(Note::PullBackOff(self.image_name.clone()));
            }
            Life::Running(process) => {
                if let Some((code, reason)) = process.end(&self.image, now) {
                    self.life = Life::Ended(process.ended(code, reason, now), After::Over);
                    notes.push(Note::Ended);
                } else {
                    process.probe(&self.probers, &self.image, now, grace, self.pre_stop, notes);
                }
            }
            Life::Ended(_, After::Restart { at, look, waits }) if *look <= now && now < *at => {
                *waits = true;
                *look = now + RESYNC;
                notes.push(Note::BackOff);
            }
            Life::Idle | Life::Pulling(_) | Life::NoImage(_) | Life::Creating(_) | Life::Ended(..) => {}
        }
    }

    /// The container is created again after an end: its back-off grows, and its end becomes its last state.
    pub(super) fn restarting(&mut self, now: SimTime) {
        if let Life::Ended(ended, After::Restart { .. }) = &self.life {
            self.crashes.grow(ended.finished, now);
            self.last = Some(ended.clone());
            self.life = Life::Idle;
        }
    }

    /// Begins to stop the process: preStop, SIGTERM, and SIGKILL at the end of the grace.
    pub(super) fn begin_stop(&mut self, now: SimTime, grace: Millis, in_turn: bool) -> bool {
        let pre_stop = self.pre_stop;
        let Some(process) = self.process_mut() else { return false };
        match &mut process.stop {
            Some(stop) => {
                stop.shorten(now + grace);
                false
            }
            None => {
                process.stop = Some(Stop::begin(now, grace, pre_stop, in_turn));
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

    /// What `kubectl describe` says of it while it waits to be started again.
    pub(super) fn back_off_window(&self) -> Millis {
        match &self.life {
            Life::Ended(ended, _) => self.crashes.window(ended.finished),
            _ => Millis::ZERO,
        }
    }

    /// Its status as the API shows it. `waiting` is the reason to wait where there is no better one; `pod` is how
    /// messages name the Pod.
    pub(super) fn status(&self, waiting: &str, pod: &str) -> ContainerStatus {
        let wait = |reason: &str, message: Option<String>| ContainerState {
            waiting: Some(ContainerStateWaiting { reason: Some(reason.to_owned()), message }),
            ..ContainerState::default()
        };
        let mut last = self.last.as_ref();
        let mut id = None;
        let mut ready = false;
        let mut started = false;
        let state = match &self.life {
            Life::Idle | Life::Pulling(None) | Life::Creating(_) => wait(waiting, None),
            Life::Pulling(Some(no_image)) | Life::NoImage(no_image) => {
                let message = match no_image.reason {
                    NoImageReason::ErrImagePull | NoImageReason::ErrImageNeverPull => {
                        no_image.message.clone()
                    }
                    NoImageReason::ImagePullBackOff => format!(
                        "Back-off pulling image \"{}\": ErrImagePull: {}",
                        self.image_name, no_image.message
                    ),
                };
                wait(no_image.reason.word(), Some(message))
            }
            Life::Running(process) => {
                id = Some(process.id.clone());
                ready = process.ready && self.role != Role::Init;
                started = process.up;
                ContainerState {
                    running: Some(ContainerStateRunning { started_at: Some(process.started.to_time()) }),
                    ..ContainerState::default()
                }
            }
            Life::Ended(ended, After::Restart { waits: true, .. }) => {
                last = Some(ended);
                id = Some(ended.id.clone());
                let message = format!(
                    "back-off {} restarting failed container={} pod={pod}",
                    go_duration(self.back_off_window()),
                    self.name
                );
                wait("CrashLoopBackOff", Some(message))
            }
            Life::Ended(ended, _) => {
                id = Some(ended.id.clone());
                ready = self.role == Role::Init && ended.code == 0;
                ended.state()
            }
        };
        ContainerStatus {
            name: self.name.clone(),
            image: self.image_name.clone(),
            image_id: id.as_ref().map_or_else(String::new, |_| digest(&self.image_name)),
            container_id: id,
            state: Some(state),
            last_state: Some(last.map(Ended::state).unwrap_or_default()),
            ready,
            started: Some(started),
            restart_count: (self.runs - 1).max(0),
            ..ContainerStatus::default()
        }
    }
}

impl Ended {
    fn state(&self) -> ContainerState {
        ContainerState {
            terminated: Some(ContainerStateTerminated {
                exit_code: self.code,
                reason: Some(self.reason.to_owned()),
                started_at: Some(self.started.to_time()),
                finished_at: Some(self.finished.to_time()),
                container_id: Some(self.id.clone()),
                ..ContainerStateTerminated::default()
            }),
            ..ContainerState::default()
        }
    }
}

impl NoImageReason {
    const fn word(self) -> &'static str {
        match self {
            NoImageReason::ErrImagePull => "ErrImagePull",
            NoImageReason::ImagePullBackOff => "ImagePullBackOff",
            NoImageReason::ErrImageNeverPull => "ErrImageNeverPull",
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

fn digest(image: &str) -> String {
    let name = image.rsplit_once(':').map_or(image, |(name, _)| name);
    format!("docker.io/library/{name}@sha256:{}", hex::encode(Sha256::digest(image)))
}
