//! A Pod goes where its volumes are. Sources: `plugins/volumebinding/volume_binding.go`,
//! `plugins/volumerestrictions/volume_restrictions.go`. Limits on the number of volumes are left out: they come from
//! storage drivers, which the simulation does not have.

use super::{NodeInfo, Plugin, PodInfo, Refusal};
use crate::cluster::node_affinity::matches_selector;
use crate::cluster::object::{Key, Resource};
use crate::cluster::state::State;
use k8s_openapi::api::core::v1::{NodeSelector, PersistentVolume, PersistentVolumeClaim, Pod};

/// What a Pod's claims require.
#[derive(Clone, Debug, Default)]
pub(super) struct Volumes {
    /// Where each bound volume can be reached.
    reachable: Vec<NodeSelector>,
    /// Claims that only one Pod may use at a time.
    exclusive: Vec<String>,
}

impl Volumes {
    /// Looks the claims up. A claim that is missing or not bound refuses every Node.
    pub(super) fn prepare(state: &State, pod: &Pod) -> Result<Volumes, Refusal> {
        let mut volumes = Volumes::default();
        for name in claims(pod) {
            let Some(claim) = state.get::<PersistentVolumeClaim>(&Key::new(pod.namespace(), name)) else {
                let reason = format!("persistentvolumeclaim {name:?} not found");
                return Err(Refusal::final_(Plugin::VolumeBinding, &reason));
            };
            if claim.is_deleting() {
                let reason = format!("persistentvolumeclaim {name:?} is being deleted");
                return Err(Refusal::final_(Plugin::VolumeBinding, &reason));
            }
            let spec = claim.spec.as_ref();
            let phase = claim.status.as_ref().and_then(|status| status.phase.as_deref());
            let volume = spec.and_then(|spec| spec.volume_name.as_deref()).filter(|name| !name.is_empty());
            let Some(volume) = volume.filter(|_| phase == Some("Bound")) else {
                let reason = "pod has unbound immediate PersistentVolumeClaims";
                return Err(Refusal::final_(Plugin::VolumeBinding, reason));
            };
            let affinity = state
                .get::<PersistentVolume>(&Key::cluster_wide(volume))
                .and_then(|volume| volume.spec.as_ref()?.node_affinity.as_ref()?.required.clone());
            volumes.reachable.extend(affinity);
            let modes = spec.and_then(|spec| spec.access_modes.as_deref()).unwrap_or(&[]);
            if modes.iter().any(|mode| mode == "ReadWriteOncePod") {
                volumes.exclusive.push(name.to_owned());
            }
        }
        Ok(volumes)
    }

    /// Refuses a Node that cannot reach a volume, or where another Pod has one to itself.
    pub(super) fn filter(&self, pod: &PodInfo, node: &NodeInfo) -> Option<Refusal> {
        let uses = |other: &PodInfo, claim: &str| {
            other.pod.namespace() == pod.pod.namespace() && claims(&other.pod).any(|name| name == claim)
        };
        if self.exclusive.iter().any(|claim| node.pods.values().any(|other| uses(other, claim))) {
            let reason = "node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode";
            return Some(Refusal::resolvable(Plugin::VolumeRestrictions, reason));
        }
        let out_of_reach = self.reachable.iter().any(|selector| !matches_selector(selector, &node.node));
        out_of_reach.then(|| {
            let reason = "node(s) didn't match PersistentVolume's node affinity";
            Refusal::final_(Plugin::VolumeBinding, reason)
        })
    }
}

fn claims(pod: &Pod) -> impl Iterator<Item = &str> {
    pod.spec
        .iter()
        .flat_map(|spec| spec.volumes.iter().flatten())
        .filter_map(|volume| volume.persistent_volume_claim.as_ref())
        .map(|source| source.claim_name.as_str())
}
