//! A Pod's volumes on its Node: nothing starts before they are there, and they are let go when nothing runs.
//!
//! A claim's volume with a CSI driver must be attached to the Node first, which the attach/detach controller sees to. A
//! volume that is made of a ConfigMap or a Secret is tried again after longer and longer waits, and each failure is told.
//! The kubelet waits for all of them as long as it takes, and complains now and then. A machine that is off lets nothing
//! go.
//!
//! Sources: `pkg/kubelet/volumemanager/volume_manager.go` (`WaitForAttachAndMount`), `pkg/kubelet/kubelet.go`,
//! `pkg/volume/util/operationexecutor/operation_generator.go` (`GenerateMountVolumeFunc`),
//! `pkg/util/goroutinemap/exponentialbackoff/exponential_backoff.go`.

use super::pod_worker::{Step, Worker};
use super::{COMPONENT, config};
use crate::cluster::clock::{Millis, SimTime};
use crate::cluster::engine::World;
use crate::cluster::object::{Key, Resource};
use crate::cluster::volumes::{bound_volume, claims, csi, is_attached};
use k8s_openapi::api::core::v1::{PersistentVolume, PersistentVolumeClaim, Pod};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How long the kubelet waits for a Pod's volumes until it complains (`podAttachAndMountTimeout`) …
const PATIENCE: Millis = Millis::secs(123);
/// … and how long until it waits again (`backOffPeriod`).
const PAUSE: Millis = Millis::secs(10);

/// How long after a failed mount it is tried again for the first time (`initialDurationBeforeRetry`); then twice as long
/// each time …
const FIRST_RETRY: Millis = Millis(500);
/// … up to this (`maxDurationBeforeRetry`).
const LONGEST_RETRY: Millis = Millis::secs(122);

/// How far a Pod has come with its volumes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Mounts {
    /// They are mounted, or it has none.
    There,
    /// Some are not.
    Awaited {
        /// When the kubelet complains next.
        complain: SimTime,
        /// The volumes made of ConfigMaps and Secrets that are not mounted yet, by name.
        unmounted: BTreeMap<String, Retry>,
    },
}

/// When a volume is tried (again), and how long the wait for that was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Retry {
    at: SimTime,
    wait: Millis,
}

impl Retry {
    /// It has just failed.
    fn fail(&mut self, now: SimTime) {
        self.wait = if self.wait == Millis::ZERO { FIRST_RETRY } else { (self.wait * 2).min(LONGEST_RETRY) };
        self.at = now + self.wait;
    }
}

impl Mounts {
    /// For a Pod that is taken up.
    pub(super) fn of(pod: &Pod, now: SimTime) -> Mounts {
        let at_once = Retry { at: now, wait: Millis::ZERO };
        let unmounted: BTreeMap<String, Retry> =
            config::volumes(pod).map(|volume| (volume.name.clone(), at_once)).collect();
        if unmounted.is_empty() && claims(pod).next().is_none() {
            return Mounts::There;
        }
        Mounts::Awaited { complain: now + PATIENCE, unmounted }
    }

    /// Whether a container may start.
    pub(super) fn are_there(&self) -> bool {
        *self == Mounts::There
    }

    /// When there is something to do next.
    pub(super) fn due(&self) -> Option<SimTime> {
        match self {
            Mounts::There => None,
            Mounts::Awaited { complain, unmounted } => {
                unmounted.values().map(|retry| retry.at).chain([*complain]).min()
            }
        }
    }
}

impl Worker {
    /// Mounts what the Pod needs if all of it is there now; complains if that takes long.
    pub(super) fn mount(&mut self, world: &mut World) {
        if self.step != Step::Alive || self.is_ending() {
            return;
        }
        let now = world.now;
        self.mount_config(world);
        let Mounts::Awaited { complain, unmounted } = &mut self.mounts else { return };
        let complains = *complain <= now;
        if complains {
            *complain += PAUSE + PATIENCE;
        }
        let unmounted: Vec<String> = unmounted.keys().cloned().collect();
        let mut mounted = Vec::new();
        let (mut unattached, mut unbound) = (Vec::new(), Vec::new());
        for name in claims(&self.pod) {
            match self.volume(world, name) {
                None => unbound.push(name),
                Some(volume) if csi(&volume).is_none() => {}
                Some(volume) if is_attached(world.store.state(), &volume, &self.node) => {
                    mounted.push(volume.name().to_owned());
                }
                Some(_) => unattached.push(name),
            }
        }
        if unattached.is_empty() && unbound.is_empty() && unmounted.is_empty() {
            let all = world.mounts.entry(self.node.to_string()).or_default();
            all.extend(mounted.into_iter().map(|volume| (volume, self.key.clone())));
            self.mounts = Mounts::There;
            self.make_sandbox(now);
        } else if complains {
            let message = self.complaint(&unattached, &unbound, unmounted);
            world.warn(COMPONENT, self.pod.as_ref(), "FailedMount", message);
        }
    }

    /// Tries those volumes of ConfigMaps and Secrets whose time has come.
    fn mount_config(&mut self, world: &mut World) {
        let Mounts::Awaited { unmounted, .. } = &mut self.mounts else { return };
        let mut failures = Vec::new();
        for volume in config::volumes(&self.pod) {
            let Some(retry) = unmounted.get_mut(&volume.name).filter(|retry| retry.at <= world.now) else {
                continue;
            };
            match config::volume(world.store.state(), &self.key.namespace, volume) {
                Ok(()) => {
                    unmounted.remove(&volume.name);
                }
                Err(why) => {
                    retry.fail(world.now);
                    failures.push(format!("MountVolume.SetUp failed for volume \"{}\" : {why}", volume.name));
                }
            }
        }
        for message in failures {
            world.warn(COMPONENT, self.pod.as_ref(), "FailedMount", message);
        }
    }

    fn volume(&self, world: &World, claim: &str) -> Option<Arc<PersistentVolume>> {
        let state = world.store.state();
        let claim = state.get::<PersistentVolumeClaim>(&Key::new(&self.key.namespace, claim))?;
        bound_volume(state, claim).cloned()
    }

    /// What the kubelet says of claims whose volumes are not attached, or that have none, and of other volumes that are not
    /// mounted.
    fn complaint(&self, unattached: &[&str], unbound: &[&str], unmounted: Vec<String>) -> String {
        // People know a Pod's volumes by their names in the Pod.
        let names = |claims: &[&str]| -> Vec<String> {
            let volumes = self.pod.spec.iter().flat_map(|spec| spec.volumes.iter().flatten());
            let meant = volumes.filter(|volume| {
                let claim = volume.persistent_volume_claim.as_ref();
                claim.is_some_and(|claim| claims.contains(&claim.claim_name.as_str()))
            });
            meant.map(|volume| volume.name.clone()).collect()
        };
        let (unattached, unbound_names) = (names(unattached), names(unbound));
        let mut all: Vec<String> =
            unattached.iter().chain(&unbound_names).cloned().chain(unmounted).collect();
        all.sort();
        let why = match unbound.first() {
            None => "context deadline exceeded".to_owned(),
            Some(claim) => format!("error processing PVC {}/{claim}: PVC is not bound", self.key.namespace),
        };
        format!(
            "Unable to attach or mount volumes: unmounted volumes=[{}], unattached volumes=[{}], \
             failed to process volumes=[{}]: {why}",
            all.join(" "),
            unattached.join(" "),
            unbound_names.join(" "),
        )
    }

    /// Lets the Pod's volumes go.
    pub(super) fn unmount(&self, world: &mut World) {
        if let Some(mounts) = world.mounts.get_mut(&*self.node) {
            mounts.retain(|(_, pod)| *pod != self.key);
        }
    }
}
