//! How simulated images behave: what a scenario's `cluster.images` says, and what an image does that is not named there.

use super::clock::Millis;
use std::collections::BTreeMap;

/// What happens when a container of this image is pulled, started, stopped.
#[derive(Clone, Debug, PartialEq)]
pub struct Image {
    /// How long a pull takes; `None` means that every pull fails.
    pub pull: Option<Millis>,
    /// From "the Pod is bound and the image is there" to "the container runs".
    pub start: Millis,
    /// From "runs" to "ready", where no probe says otherwise.
    pub ready: Millis,
    /// From SIGTERM to the process's exit.
    pub stop: Millis,
    /// The process ends by itself.
    pub exits: Option<Exit>,
    /// The process is killed for want of memory, this long after its start.
    pub ooms: Option<Millis>,
    /// The ports that the process binds; a taken one makes it exit with code 1.
    pub listens: Vec<u16>,
    /// CPU in use, in thousandths of a core.
    pub cpu: Option<i64>,
    /// Memory in use, in bytes.
    pub memory: Option<i64>,
    /// What the process writes into its container's own layer, in bytes. It stays until the container is removed.
    pub disk: Option<i64>,
    /// What its probes answer, by kind of probe.
    pub probes: Probes,
    /// Whether the image says what to run (ENTRYPOINT or CMD) where the manifest does not.
    pub has_entrypoint: bool,
    /// The programs in it, by name or path; `None` if every program that is asked for is there. Whatever else a container
    /// or a hook names cannot be run.
    pub commands: Option<Vec<String>>,
}

/// The process ends by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exit {
    /// The exit code.
    pub code: i32,
    /// How long after its start.
    pub after: Millis,
}

/// What a process answers to its probes: from each moment after its start on, until the next one named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Probes {
    /// To startup probes.
    pub startup: Vec<ProbeResult>,
    /// To liveness probes.
    pub liveness: Vec<ProbeResult>,
    /// To readiness probes.
    pub readiness: Vec<ProbeResult>,
}

/// From a moment after the process's start on, a probe of it succeeds or fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProbeResult {
    /// From when on.
    pub from: Millis,
    /// Whether it succeeds.
    pub succeeds: bool,
}

impl Default for Image {
    /// An image that is not named starts and stops in one second and is ready at once.
    fn default() -> Image {
        Image {
            pull: Some(Millis::ZERO),
            start: Millis::secs(1),
            ready: Millis::ZERO,
            stop: Millis::secs(1),
            exits: None,
            ooms: None,
            listens: Vec::new(),
            cpu: None,
            memory: None,
            disk: None,
            probes: Probes::default(),
            has_entrypoint: true,
            commands: None,
        }
    }
}

/// The images of a scenario, by name as manifests write it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Images(BTreeMap<String, Image>);

impl Images {
    /// The behavior of an image.
    pub fn get(&self, name: &str) -> Image {
        self.0.get(name).cloned().unwrap_or_default()
    }

    /// Names an image's behavior.
    pub fn insert(&mut self, name: String, image: Image) {
        self.0.insert(name, image);
    }
}
