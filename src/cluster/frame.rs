//! A moment of a trace worth showing: what stands in the garden then, and its caption.
//!
//! A trace goes in, a handful of [`Frame`]s come out ([`moments::frames`]); the player draws them. Everything here is data:
//! no words of any language (a caption is the scenario's own [`Text`] or the keys of sentences), no pixel, no color.
//!
//! All frames of a run have the same places in the same order: a Pod keeps its place in its bed for life, and a place
//! that is empty now but taken at another moment is `None`. So stepping through the frames moves only what really moved.

mod facts;
pub mod garden;
pub mod moments;
mod places;
mod sentences;

pub use moments::frames;

use super::clock::{Millis, SimTime};
use crate::text::Text;
use std::collections::BTreeMap;

/// One moment worth showing.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// When; the last of the changes that it shows together.
    pub at: SimTime,
    /// What happened, in words.
    pub caption: Caption,
    /// What kind of moment it is, for the timeline.
    pub mark: Mark,
    /// What stands where.
    pub garden: Garden,
}

/// The words under a frame.
#[derive(Clone, Debug, PartialEq)]
pub enum Caption {
    /// The scenario's own; several if several actions were taken at once.
    Said(Vec<Text>),
    /// Made from what changed; the sentences are spoken by Fluent (`player-say-…`).
    Generated(Vec<Sentence>),
}

/// A sentence to be spoken: a Fluent key and its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// The Fluent key.
    pub key: &'static str,
    /// Its arguments.
    pub args: Vec<(&'static str, Arg)>,
}

/// An argument of a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arg {
    /// A name from the cluster, the same in every language.
    Name(String),
    /// Several names, to be listed as each language lists.
    Names(Vec<String>),
    /// How many.
    Count(i64),
    /// When.
    Time(SimTime),
}

/// What kind of moment a frame is. Where it is several at once, the later one here wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mark {
    /// Nothing happens: the beginning, and the end after a long silence.
    Calm,
    /// Something grows: a Pod appears, is bound, becomes ready; a Node comes back.
    Growth,
    /// Something goes.
    Leaving,
    /// Something fails.
    Trouble,
    /// Somebody did something: an entry of the scenario's timeline.
    Action,
}

/// The cluster as a garden.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Garden {
    /// The workloads, each on its own post.
    pub posts: Vec<Post>,
    /// The Pods that no Node has taken yet.
    pub tray: Vec<Option<PodPicture>>,
    /// The Nodes.
    pub beds: Vec<Option<Bed>>,
    /// How many places a bed has: as many as its fullest moment in the run needs.
    pub places: usize,
    /// The namespaces besides `default`, by name, and whether each is on its way out.
    pub namespaces: BTreeMap<String, bool>,
}

/// A workload and the workloads that it owns: a Deployment with its ReplicaSets, a CronJob with its Jobs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Post {
    /// The owner; `None` while it does not exist.
    pub stake: Option<Stake>,
    /// What it owns, oldest first.
    pub branches: Vec<Option<Stake>>,
}

/// A workload's label.
#[derive(Clone, Debug, PartialEq)]
pub struct Stake {
    /// The object's uid.
    pub uid: String,
    /// Its kind, as manifests write it.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// What it counts.
    pub tally: Tally,
    /// Paused, suspended, or going.
    pub note: Option<Note>,
    /// Which of its owner's children it is, from 1, where there are several: its Pods carry the same number.
    pub number: Option<usize>,
    /// Whether it differs from the frame before.
    pub changed: bool,
}

/// What a workload counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tally {
    /// A workload that keeps Pods alive.
    Replicas {
        /// How many it wants (`spec.replicas`; a DaemonSet's `desiredNumberScheduled`).
        wanted: i32,
        /// How many there are.
        have: i32,
        /// How many of those are ready.
        ready: i32,
    },
    /// A Job.
    Runs {
        /// How many are to succeed.
        wanted: i32,
        /// How many are at work.
        active: i32,
        /// How many succeeded.
        succeeded: i32,
        /// How many failed.
        failed: i32,
    },
    /// A CronJob.
    Schedule {
        /// How many of its Jobs are at work.
        active: i32,
    },
}

/// A word about a workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Note {
    /// `spec.paused` of a Deployment.
    Paused,
    /// `spec.suspend` of a Job or CronJob.
    Suspended,
    /// Its deletion has begun.
    Terminating,
}

/// A Node.
#[derive(Clone, Debug, PartialEq)]
pub struct Bed {
    /// Its name.
    pub name: String,
    /// Whether its kubelet reports.
    pub ready: bool,
    /// Since when it does not; `None` while it does.
    pub down_since: Option<SimTime>,
    /// `spec.unschedulable`.
    pub cordoned: bool,
    /// Its taints, as `kubectl taint` writes them, without the one that cordoning sets.
    pub taints: Vec<String>,
    /// How many taints it has at its worst moment in the run.
    pub taint_room: usize,
    /// CPU in millicores.
    pub cpu: Share,
    /// Memory in bytes.
    pub memory: Share,
    /// Its Pods.
    pub pods: Vec<Option<PodPicture>>,
    /// Whether the Node itself (not its Pods) differs from the frame before.
    pub changed: bool,
}

/// How much of a Node's resource is requested.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// The sum of its Pods' requests.
    pub requested: i64,
    /// What the Node has for Pods.
    pub allocatable: i64,
}

/// A Pod.
#[derive(Clone, Debug, PartialEq)]
pub struct PodPicture {
    /// The object's uid.
    pub uid: String,
    /// Its name.
    pub name: String,
    /// Its name with the template's hash left out, as `web-…-gsv8m`.
    pub short: String,
    /// The uid of the object that controls it.
    pub owner: Option<String>,
    /// The number of the stake that controls it, where its owner has several.
    pub number: Option<usize>,
    /// Its state as a whole.
    pub state: PodState,
    /// The STATUS that `kubectl get pods` prints.
    pub status: String,
    /// Its containers.
    pub peas: Vec<Pea>,
    /// Its address.
    pub ip: Option<String>,
    /// Whether it differs from the frame before.
    pub changed: bool,
}

/// The state of a Pod as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PodState {
    /// No Node has taken it yet.
    Unscheduled,
    /// On a Node, not ready yet or no longer.
    Unready,
    /// Running, and the Ready condition holds.
    Ready,
    /// A container cannot start or has failed, or the Pod has.
    Failing,
    /// Its deletion has begun.
    Terminating,
    /// All its containers have ended well.
    Succeeded,
}

/// A container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pea {
    /// The container's name.
    pub container: String,
    /// Its part in the Pod.
    pub role: Role,
    /// Its state.
    pub state: PeaState,
    /// How often it was restarted.
    pub restarts: i32,
    /// How long it waits, after its last end, before it starts again; `None` if it does not.
    pub wait: Option<Millis>,
}

/// A container's part in its Pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// It runs to its end before the others start.
    Init,
    /// An init container that keeps running (`restartPolicy: Always`).
    Sidecar,
    /// An ordinary container.
    App,
}

/// The state of a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PeaState {
    /// Not started yet, and nobody knows on which Node it will.
    Unplanted,
    /// Not started yet.
    Waiting,
    /// Running, but not ready.
    Unready,
    /// Running and ready.
    Ready,
    /// It ended with an error, or cannot start.
    Failing,
    /// It ended well.
    Done,
}

impl PeaState {
    /// Whether the container runs, ready or not.
    pub fn is_running(self) -> bool {
        matches!(self, PeaState::Unready | PeaState::Ready)
    }
}

impl Garden {
    /// Every Pod that stands somewhere: those in the tray, then those in the beds.
    pub fn pods(&self) -> impl Iterator<Item = &PodPicture> {
        let planted = self.beds.iter().flatten().flat_map(|bed| bed.pods.iter().flatten());
        self.tray.iter().flatten().chain(planted)
    }

    /// Every workload, owners before what they own.
    pub fn stakes(&self) -> impl Iterator<Item = &Stake> {
        self.posts.iter().flat_map(|post| post.stake.iter().chain(post.branches.iter().flatten()))
    }
}

impl PodPicture {
    /// How many of its containers are ready, and how many there are, as in the READY column; init containers that are
    /// no sidecars do not count.
    pub fn ready(&self) -> (usize, usize) {
        let counted = self.peas.iter().filter(|pea| pea.role != Role::Init);
        let ready = counted.clone().filter(|pea| pea.state == PeaState::Ready).count();
        (ready, counted.count())
    }

    /// How often its containers were restarted, all together.
    pub fn restarts(&self) -> i32 {
        self.peas.iter().map(|pea| pea.restarts).sum()
    }

    /// The longest that one of its containers waits before it starts again.
    pub fn wait(&self) -> Option<Millis> {
        self.peas.iter().filter_map(|pea| pea.wait).max()
    }
}

#[cfg(test)]
mod tests;
