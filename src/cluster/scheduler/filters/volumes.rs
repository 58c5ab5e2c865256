//! A Pod goes where its volumes are, or can be. Sources: `plugins/volumebinding/volume_binding.go`, `binder.go`,
//! `plugins/volumerestrictions/volume_restrictions.go`, `plugins/volumezone/volume_zone.go`,
//! `plugins/nodevolumelimits/csi.go`.

use super::{NodeInfo, Plugin, PodInfo, Refusal};
use crate::cluster::object::{Key, Resource};
use crate::cluster::state::State;
use crate::cluster::storage_class::{Class, waits_for_consumer};
use crate::cluster::volumes::{
    READ_WRITE_ONCE_POD, best_volume, bound_volume, claims, class_name, csi, reaches, selected_node,
    volume_name,
};
use k8s_openapi::api::core::v1::{Node, PersistentVolume, PersistentVolumeClaim, Pod};
use k8s_openapi::api::storage::v1::CSINode;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Labels of volumes and Nodes that say where they are; a volume may be in several zones, written `a__b`.
const PLACES: [&str; 4] = [
    "topology.kubernetes.io/zone",
    "topology.kubernetes.io/region",
    "failure-domain.beta.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/region",
];

/// What a Pod's claims require.
#[derive(Clone, Debug, Default)]
pub(in crate::cluster::scheduler) struct Volumes {
    /// The volumes of bound claims.
    bound: Vec<Arc<PersistentVolume>>,
    /// Claims that get their volume when the Pod has got a Node.
    waiting: Vec<Arc<PersistentVolumeClaim>>,
    /// Claims that only one Pod may use at a time.
    exclusive: Vec<String>,
}

/// What is to be done for the claims that wait, once a Node is chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::cluster::scheduler) struct Bindings {
    /// Claims, and the volumes that they get.
    pub existing: Vec<(Key, String)>,
    /// Claims for which a volume is to be made.
    pub new: Vec<Key>,
}

impl Volumes {
    /// Looks the claims up. A claim that is missing, or not bound although nothing holds it up, refuses every Node.
    pub(in crate::cluster::scheduler) fn prepare(state: &State, pod: &Pod) -> Result<Volumes, Refusal> {
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
            match bound_volume(state, claim) {
                Some(volume) => volumes.bound.push(volume.clone()),
                None if volume_name(claim).is_none() && waits_for_consumer(state, class_name(claim)) => {
                    volumes.waiting.push(claim.clone());
                }
                None => {
                    let reason = "pod has unbound immediate PersistentVolumeClaims";
                    return Err(Refusal::final_(Plugin::VolumeBinding, reason));
                }
            }
            let modes = claim.spec.as_ref().and_then(|spec| spec.access_modes.as_deref()).unwrap_or(&[]);
            if modes.iter().any(|mode| mode == READ_WRITE_ONCE_POD) {
                volumes.exclusive.push(name.to_owned());
            }
        }
        Ok(volumes)
    }

    /// Refuses a Node where another Pod has a volume to itself, that has no room for more volumes, or cannot reach one.
    pub(super) fn filter(&self, state: &State, pod: &PodInfo, node: &NodeInfo) -> Option<Refusal> {
        self.restricted(pod, node)
            .or_else(|| self.too_many(state, pod, node))
            .or_else(|| self.out_of_reach(state, node))
            .or_else(|| self.elsewhere(node))
    }

    fn restricted(&self, pod: &PodInfo, node: &NodeInfo) -> Option<Refusal> {
        let uses = |other: &PodInfo, claim: &str| {
            other.pod.namespace() == pod.pod.namespace() && claims(&other.pod).any(|name| name == claim)
        };
        let taken = |claim: &String| node.pods.values().any(|other| uses(other, claim));
        self.exclusive.iter().any(taken).then(|| {
            let reason = "node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode";
            Refusal::resolvable(Plugin::VolumeRestrictions, reason)
        })
    }

    /// How many volumes of a driver a Node takes stands in its CSINode; without one, as many as one likes.
    fn too_many(&self, state: &State, pod: &PodInfo, node: &NodeInfo) -> Option<Refusal> {
        let drivers = &state.get::<CSINode>(&Key::cluster_wide(node.name()))?.spec.drivers;
        let there: BTreeSet<(String, String)> =
            node.pods.values().flat_map(|other| handles(state, &other.pod)).collect();
        let mut new: BTreeMap<String, i32> = BTreeMap::new();
        for (driver, _) in handles(state, &pod.pod).into_iter().filter(|volume| !there.contains(volume)) {
            *new.entry(driver).or_default() += 1;
        }
        let exceeds = |driver: &String, new: i32| {
            let own = drivers.iter().find(|own| own.name == *driver);
            let limit = own.and_then(|own| own.allocatable.as_ref()?.count);
            let taken = there.iter().filter(|(other, _)| other == driver).count();
            limit.is_some_and(|limit| i64::from(new) + taken as i64 > i64::from(limit))
        };
        new.iter()
            .any(|(driver, new)| exceeds(driver, *new))
            .then(|| Refusal::resolvable(Plugin::NodeVolumeLimits, "node(s) exceed max volume count"))
    }

    fn out_of_reach(&self, state: &State, node: &NodeInfo) -> Option<Refusal> {
        let mut reasons = Vec::new();
        if !self.bound.iter().all(|volume| reaches(&node.node, volume)) {
            reasons.push("node(s) didn't match PersistentVolume's node affinity".to_owned());
        }
        if self.bindings(state, &node.node).is_none() {
            reasons.push("node(s) didn't find available persistent volumes to bind".to_owned());
        }
        (!reasons.is_empty()).then_some(Refusal { plugin: Plugin::VolumeBinding, reasons, resolvable: false })
    }

    /// A Node that says where it is must be where the volumes say that they are.
    fn elsewhere(&self, node: &NodeInfo) -> Option<Refusal> {
        if PLACES.iter().all(|key| node.label(key).is_none()) {
            return None;
        }
        let here = |key: &str, places: &str| {
            let own = node.label(key).or_else(|| {
                let current = key.strip_prefix("failure-domain.beta.kubernetes.io/")?;
                node.label(&format!("topology.kubernetes.io/{current}"))
            });
            own.is_some_and(|own| places.split("__").any(|place| place == own))
        };
        let labels = self.bound.iter().flat_map(|volume| volume.metadata.labels.iter().flatten());
        let mut places = labels.filter(|(key, _)| PLACES.contains(&key.as_str()));
        (!places.all(|(key, places)| here(key, places)))
            .then(|| Refusal::final_(Plugin::VolumeZone, "node(s) had no available volume zone"))
    }

    /// How the claims that wait would get their volumes if the Pod came to this Node; `None` if they could not.
    pub(in crate::cluster::scheduler) fn bindings(&self, state: &State, node: &Node) -> Option<Bindings> {
        let mut bindings = Bindings::default();
        let mut taken = BTreeSet::new();
        for claim in &self.waiting {
            // An earlier attempt has had its volume made for another Node.
            let selected = selected_node(claim);
            if selected.is_some_and(|selected| selected != node.name()) {
                return None;
            }
            match best_volume(state, claim, Some(node), &taken).filter(|_| selected.is_none()) {
                Some(volume) => {
                    taken.insert(volume.name().to_owned());
                    bindings.existing.push((claim.key(), volume.name().to_owned()));
                }
                None => {
                    let class = class_name(claim).and_then(|name| Class::find(state, name));
                    class.filter(|class| class.allows(node))?;
                    bindings.new.push(claim.key());
                }
            }
        }
        Some(bindings)
    }
}

/// The volumes of a Pod that are attached to its Node, by driver; one that is still to be made by its claim.
fn handles(state: &State, pod: &Pod) -> Vec<(String, String)> {
    let claims = claims(pod)
        .filter_map(|name| state.get::<PersistentVolumeClaim>(&Key::new(pod.namespace(), name)).cloned());
    claims
        .filter_map(|claim| match bound_volume(state, &claim) {
            Some(volume) => csi(volume).map(|(driver, handle)| (driver.to_owned(), handle.to_owned())),
            None => {
                let class = Class::find(state, class_name(&claim)?)?;
                Some((class.provisioner, claim.key().to_string()))
            }
        })
        .collect()
}
