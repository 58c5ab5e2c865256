//! The attach/detach controller: has volumes attached to the Nodes whose Pods want them, and detached when nobody does.
//!
//! A volume that only one Node may have (`ReadWriteOnce`) is attached nowhere else before it is detached there, and it is
//! detached only when its Node has unmounted it. A Node that is off unmounts nothing. Then one of two things must
//! happen once the Pod is gone: six minutes pass while the Node is not healthy, or a person says with the taint
//! `node.kubernetes.io/out-of-service` that it is off. A Pod that is Terminating on such a Node still wants its volume.
//!
//! The simulated drivers attach and detach within the sync that asks for it. Which Node has mounted what is in
//! [`World::mounts`], in place of `status.volumesInUse` of the Nodes.
//!
//! Source: `pkg/controller/volume/attachdetach/attach_detach_controller.go`, `reconciler/reconciler.go`,
//! `util/util.go` (`DetermineVolumeAction`, `IsMultiAttachAllowed`).

use super::pods::node_name;
use super::{Controller, Outcome};
use crate::cluster::clock::{Millis, SimTime};
use crate::cluster::condition::{is_finished, node_condition};
use crate::cluster::engine::World;
use crate::cluster::object::{Key, Object, Resource};
use crate::cluster::store::Change;
use crate::cluster::taint::{OUT_OF_SERVICE, taints};
use crate::cluster::volumes::{attachment_name, claim_key, claim_of, claims, csi, is_attached, volume_name};
use k8s_openapi::api::core::v1::{AttachedVolume, Node, PersistentVolume, PersistentVolumeClaim, Pod};
use k8s_openapi::api::storage::v1::{
    VolumeAttachment, VolumeAttachmentSource, VolumeAttachmentSpec, VolumeAttachmentStatus,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const SOURCE: &str = "attachdetach-controller";
/// A volume is taken from a Node that is not healthy this long after the last Pod that wanted it there
/// (`reconcilerMaxWaitForUnmountDuration`).
const LONGEST_UNMOUNT: Millis = Millis::mins(6);

/// It looks that often (`reconcilerLoopPeriod`), and so finds that *more* than the six minutes have passed.
const LOOK: Millis = Millis(100);

/// Attaches and detaches volumes, one volume at a time.
#[derive(Debug, Default)]
pub struct AttachDetach {
    /// Since when a volume is to be detached from a Node.
    unwanted: BTreeMap<(Key, String), SimTime>,
    /// The Pods that have been told who has their volume.
    told: BTreeSet<(Key, String)>,
}

impl Controller for AttachDetach {
    const NAME: &'static str = SOURCE;

    fn keys(&self, world: &World, change: &Change) -> Vec<Key> {
        let volume = |claim: &Key| {
            let claim = world.store.get::<PersistentVolumeClaim>(claim)?;
            Some(Key::cluster_wide(volume_name(claim)?))
        };
        match &change.object {
            Object::Pod(pod) if node_name(pod).is_some() => {
                claims(pod).filter_map(|name| volume(&Key::new(pod.namespace(), name))).collect()
            }
            Object::PersistentVolumeClaim(claim) => volume(&claim.key()).into_iter().collect(),
            Object::PersistentVolume(volume) => vec![volume.key()],
            Object::VolumeAttachment(attachment) => attachment
                .spec
                .source
                .persistent_volume_name
                .iter()
                .map(|name| Key::cluster_wide(name))
                .collect(),
            Object::Node(node) => {
                let waiting = self.unwanted.keys().filter(|(_, from)| from == node.name());
                waiting.map(|(volume, _)| volume.clone()).collect()
            }
            _ => Vec::new(),
        }
    }

    fn reconcile(&mut self, world: &mut World, key: &Key) -> Outcome {
        let volume = world.store.get::<PersistentVolume>(key).cloned();
        let wanted = volume.as_ref().map(|volume| wanted(world, volume)).unwrap_or_default();
        let next = self.detach(world, key, &wanted);
        if let Some(volume) = volume {
            self.attach(world, &volume, &wanted);
        }
        next.map_or(Outcome::Done, Outcome::At)
    }
}

/// The Nodes that want a volume, and the Pods there for which they do.
type Wanted = BTreeMap<String, Vec<Arc<Pod>>>;

fn wanted(world: &World, volume: &PersistentVolume) -> Wanted {
    let mut wanted = Wanted::new();
    let Some(claim) = claim_of(volume).map(claim_key) else { return wanted };
    if csi(volume).is_none()
        || world.store.get::<PersistentVolumeClaim>(&claim).and_then(|claim| volume_name(claim))
            != Some(volume.name())
    {
        return wanted;
    }
    for pod in world.store.state().list_in::<Pod>(&claim.namespace) {
        let Some(node) = node_name(pod).filter(|_| !is_over(pod)) else { continue };
        if claims(pod).any(|name| name == &*claim.name) {
            wanted.entry(node.to_owned()).or_default().push(pod.clone());
        }
    }
    wanted
}

/// Whether a Pod needs no volume any more: it has ended, or is being deleted and none of its containers is running.
fn is_over(pod: &Pod) -> bool {
    let statuses = pod.status.iter().flat_map(|status| status.container_statuses.iter().flatten());
    let mut running = statuses.filter(|status| {
        status.state.as_ref().is_some_and(|state| state.terminated.is_none() && state.waiting.is_none())
    });
    is_finished(pod) || (pod.is_deleting() && running.next().is_none())
}

impl AttachDetach {
    /// Detaches a volume from the Nodes that do not want it, as far as that may be; when to look again.
    fn detach(&mut self, world: &mut World, key: &Key, wanted: &Wanted) -> Option<SimTime> {
        let now = world.now;
        self.unwanted.retain(|(volume, node), _| volume != key || !wanted.contains_key(node));
        let mut next = None;
        for attachment in attachments(world, &key.name) {
            let node = attachment.spec.node_name.clone();
            if wanted.contains_key(&node) {
                continue;
            }
            let since = *self.unwanted.entry((key.clone(), node.clone())).or_insert(now);
            let late = since + LONGEST_UNMOUNT;
            let object = world.store.get::<Node>(&Key::cluster_wide(&node));
            let is_off =
                object.is_some_and(|node| taints(node).iter().any(|taint| taint.key == OUT_OF_SERVICE));
            let is_healthy = object
                .and_then(|node| node_condition(node, "Ready"))
                .is_some_and(|ready| ready.status == "True");
            if world.is_mounted(&node, &key.name) && !is_off && (is_healthy || now <= late) {
                let look = Some(late + LOOK).filter(|at| *at > now);
                next = [next, look].into_iter().flatten().min();
                continue;
            }
            self.unwanted.remove(&(key.clone(), node));
            // It may be gone, which is what is wanted.
            let _ = world.delete::<VolumeAttachment>(&attachment.key(), Default::default());
            list_on(world, &attachment.spec.node_name);
        }
        next
    }

    /// Attaches a volume to the Nodes that want it, as far as that may be.
    fn attach(&mut self, world: &mut World, volume: &PersistentVolume, wanted: &Wanted) {
        for (node, pods) in wanted {
            if is_attached(world.store.state(), volume, node) {
                continue;
            }
            let elsewhere: Vec<String> = attachments(world, volume.name())
                .iter()
                .map(|attachment| attachment.spec.node_name.clone())
                .collect();
            if !elsewhere.is_empty() && !is_shared(volume) {
                self.tell(world, volume, pods, wanted, &elsewhere);
                continue;
            }
            let Some((driver, _)) = csi(volume) else { continue };
            let attachment = VolumeAttachment {
                metadata: ObjectMeta { name: attachment_name(volume, node), ..ObjectMeta::default() },
                spec: VolumeAttachmentSpec {
                    attacher: driver.to_owned(),
                    node_name: node.clone(),
                    source: VolumeAttachmentSource {
                        persistent_volume_name: Some(volume.name().to_owned()),
                        inline_volume_spec: None,
                    },
                },
                status: Some(VolumeAttachmentStatus { attached: true, ..VolumeAttachmentStatus::default() }),
            };
            if world.create(attachment).is_ok() {
                let message = format!("AttachVolume.Attach succeeded for volume {:?}", volume.name());
                for pod in pods {
                    world.normal(SOURCE, pod.as_ref(), "SuccessfulAttachVolume", message.clone());
                }
                list_on(world, node);
            }
        }
    }

    /// Tells Pods, once each, that another Node has their volume (`reportMultiAttachError`).
    fn tell(
        &mut self,
        world: &mut World,
        volume: &PersistentVolume,
        pods: &[Arc<Pod>],
        wanted: &Wanted,
        elsewhere: &[String],
    ) {
        let users = elsewhere.iter().filter_map(|node| wanted.get(node)).flatten();
        let users: Vec<&str> = users.map(|pod| pod.name()).collect();
        let why = if users.is_empty() {
            "Volume is already exclusively attached to one node and can't be attached to another".to_owned()
        } else {
            format!("Volume is already used by pod(s) {}", users.join(", "))
        };
        for pod in pods {
            if self.told.insert((volume.key(), pod.uid().to_owned())) {
                let message = format!("Multi-Attach error for volume {:?} {why}", volume.name());
                world.warn(SOURCE, pod.as_ref(), "FailedAttachVolume", message);
            }
        }
    }
}

/// Says in a Node's status which volumes are attached to it (`statusupdater/node_status_updater.go`).
fn list_on(world: &mut World, node: &str) {
    let state = world.store.state();
    let here = state.list::<VolumeAttachment>().filter(|attachment| attachment.spec.node_name == node);
    let attached: Vec<AttachedVolume> = here
        .filter_map(|attachment| {
            let volume = attachment.spec.source.persistent_volume_name.as_deref()?;
            let (driver, handle) = csi(state.get::<PersistentVolume>(&Key::cluster_wide(volume))?)?;
            let name = format!("kubernetes.io/csi/{driver}^{handle}");
            Some(AttachedVolume { name, device_path: String::new() })
        })
        .collect();
    // The Node may be gone, and its status with it.
    let _ = world.write::<Node>(&Key::cluster_wide(node), |node| {
        node.status.get_or_insert_default().volumes_attached = Some(attached).filter(|all| !all.is_empty());
    });
}

fn attachments(world: &World, volume: &str) -> Vec<Arc<VolumeAttachment>> {
    let all = world.store.state().list::<VolumeAttachment>();
    all.filter(|attachment| attachment.spec.source.persistent_volume_name.as_deref() == Some(volume))
        .cloned()
        .collect()
}

/// Whether several Nodes may have a volume at a time.
fn is_shared(volume: &PersistentVolume) -> bool {
    let modes = volume.spec.as_ref().and_then(|spec| spec.access_modes.as_deref()).unwrap_or(&[]);
    modes.is_empty() || modes.iter().any(|mode| mode == "ReadWriteMany" || mode == "ReadOnlyMany")
}

#[cfg(test)]
mod tests;
