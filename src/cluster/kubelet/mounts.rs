//! A Pod's claims on its Node: nothing starts before their volumes are there, and they are let go when nothing runs.
//!
//! A volume with a CSI driver must be attached to the Node first, which the attach/detach controller sees to. The kubelet
//! waits for that as long as it takes, and complains now and then. A machine that is off lets nothing go.
//!
//! Source: `pkg/kubelet/volumemanager/volume_manager.go` (`WaitForAttachAndMount`), `pkg/kubelet/kubelet.go`.

use super::COMPONENT;
use super::pod_worker::{Step, Worker};
use crate::cluster::clock::{Millis, SimTime};
use crate::cluster::engine::World;
use crate::cluster::object::{Key, Resource};
use crate::cluster::volumes::{bound_volume, claims, csi, is_attached};
use k8s_openapi::api::core::v1::{PersistentVolume, PersistentVolumeClaim, Pod};
use std::sync::Arc;

/// How long the kubelet waits for a Pod's volumes until it complains (`podAttachAndMountTimeout`) …
const PATIENCE: Millis = Millis::secs(123);
/// … and how long until it waits again (`backOffPeriod`).
const PAUSE: Millis = Millis::secs(10);

/// How far a Pod has come with its volumes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mounts {
    /// They are mounted, or it has none.
    There,
    /// Some are not; the kubelet complains at this time.
    Awaited(SimTime),
}

impl Mounts {
    /// For a Pod that is taken up.
    pub(super) fn of(pod: &Pod, now: SimTime) -> Mounts {
        if claims(pod).next().is_none() { Mounts::There } else { Mounts::Awaited(now + PATIENCE) }
    }

    /// Whether a container may start.
    pub(super) fn are_there(self) -> bool {
        self == Mounts::There
    }

    /// When the kubelet complains next.
    pub(super) fn next_complaint(self) -> Option<SimTime> {
        match self {
            Mounts::There => None,
            Mounts::Awaited(at) => Some(at),
        }
    }
}

impl Worker {
    /// Mounts what the Pod needs if all of it is there now; complains if that takes long.
    pub(super) fn mount(&mut self, world: &mut World) {
        let Mounts::Awaited(complain) = self.mounts else { return };
        if self.step != Step::Alive || self.is_ending() {
            return;
        }
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
        if unattached.is_empty() && unbound.is_empty() {
            let all = world.mounts.entry(self.node.to_string()).or_default();
            all.extend(mounted.into_iter().map(|volume| (volume, self.key.clone())));
            self.mounts = Mounts::There;
            self.make_sandbox(world.now);
        } else if complain <= world.now {
            self.mounts = Mounts::Awaited(complain + PAUSE + PATIENCE);
            let message = self.complaint(&unattached, &unbound);
            world.warn(COMPONENT, self.pod.as_ref(), "FailedMount", message);
        }
    }

    fn volume(&self, world: &World, claim: &str) -> Option<Arc<PersistentVolume>> {
        let state = world.store.state();
        let claim = state.get::<PersistentVolumeClaim>(&Key::new(&self.key.namespace, claim))?;
        bound_volume(state, claim).cloned()
    }

    /// What the kubelet says of claims whose volumes are not attached, or that have none.
    fn complaint(&self, unattached: &[&str], unbound: &[&str]) -> String {
        // People know a Pod's volumes by their names in the Pod.
        let names = |claims: &[&str]| {
            let volumes = self.pod.spec.iter().flat_map(|spec| spec.volumes.iter().flatten());
            let meant = volumes.filter(|volume| {
                let claim = volume.persistent_volume_claim.as_ref();
                claim.is_some_and(|claim| claims.contains(&claim.claim_name.as_str()))
            });
            meant.map(|volume| volume.name.as_str()).collect::<Vec<_>>().join(" ")
        };
        let all: Vec<&str> = unattached.iter().chain(unbound).copied().collect();
        let why = match unbound.first() {
            None => "context deadline exceeded".to_owned(),
            Some(claim) => format!("error processing PVC {}/{claim}: PVC is not bound", self.key.namespace),
        };
        format!(
            "Unable to attach or mount volumes: unmounted volumes=[{}], unattached volumes=[{}], \
             failed to process volumes=[{}]: {why}",
            names(&all),
            names(unattached),
            names(unbound),
        )
    }

    /// Lets the Pod's volumes go.
    pub(super) fn unmount(&self, world: &mut World) {
        if let Some(mounts) = world.mounts.get_mut(&*self.node) {
            mounts.retain(|(_, pod)| *pod != self.key);
        }
    }
}
