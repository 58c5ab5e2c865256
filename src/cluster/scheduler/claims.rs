//! Between the choice of a Node and the binding: the Pod's claims that have waited for it get their volumes.
//!
//! The scheduler writes its choice into a volume that somebody made by hand, or names the Node on the claim for the
//! provisioner, and binds the Pod once all its claims are bound. Meanwhile the Pod counts as being on its Node.
//!
//! Source: `pkg/scheduler/framework/plugins/volumebinding/binder.go` (`BindPodVolumes`).

use super::cache::node_of;
use super::filters::{Bindings, Happened, Volumes};
use super::queue::Waiting;
use super::{CLAIMS_LATE, Failure, Scheduler};
use crate::cluster::clock::Millis;
use crate::cluster::engine::World;
use crate::cluster::events::reference;
use crate::cluster::object::{Key, Resource};
use crate::cluster::volumes::{SELECTED_NODE, bound_volume, claims};
use k8s_openapi::api::core::v1::{Node, PersistentVolume, PersistentVolumeClaim, Pod};
use std::collections::BTreeSet;

/// How long the scheduler waits for a Pod's claims (`bindTimeoutSeconds`).
const LONGEST_WAIT: Millis = Millis::secs(600);

/// A Pod whose claims are being bound.
#[derive(Debug)]
pub(super) struct Binding {
    node: String,
    waiting: Waiting,
}

impl Scheduler {
    /// A Node is chosen: binds the Pod, at once or when its claims are bound.
    pub(super) fn bind_claims(&mut self, world: &mut World, pod: &Pod, waiting: Waiting, node: String) {
        let state = world.store.state();
        let volumes = Volumes::prepare(state, pod).ok();
        let object = state.get::<Node>(&Key::cluster_wide(&node));
        let bindings = volumes.zip(object).and_then(|(volumes, object)| volumes.bindings(state, object));
        let bindings = bindings.unwrap_or_default();
        if bindings == Bindings::default() {
            self.bind(world, pod, &node);
            return;
        }
        order(world, &bindings, &node);
        let key = pod.key();
        self.nominate(&key, None);
        self.cache.place(&node, waiting.info.clone());
        self.binding.insert(key.clone(), Binding { node, waiting });
        world.wake_after(LONGEST_WAIT, key, CLAIMS_LATE);
    }

    /// A claim has changed: binds the Pods whose claims are all bound now.
    pub(super) fn finish_bindings(&mut self, world: &mut World) {
        let state = world.store.state();
        let is_bound = |pod: &Pod| {
            claims(pod).all(|name| {
                let claim = state.get::<PersistentVolumeClaim>(&Key::new(pod.namespace(), name));
                claim.is_some_and(|claim| bound_volume(state, claim).is_some())
            })
        };
        let ready = self.binding.iter().filter(|(_, binding)| is_bound(&binding.waiting.info.pod));
        let ready: Vec<Key> = ready.map(|(key, _)| key.clone()).collect();
        for key in ready {
            let Some(Binding { node, waiting }) = self.binding.remove(&key) else { continue };
            let pod = world.store.get::<Pod>(&key).cloned();
            if let Some(pod) = pod.filter(|pod| pod.uid() == waiting.info.pod.uid() && node_of(pod).is_none())
            {
                self.bind(world, &pod, &node);
            }
        }
    }

    /// Somebody has not made a volume in time: the Pod is to be tried again.
    pub(super) fn give_up_binding(&mut self, world: &mut World, key: &Key) {
        let Some(Binding { waiting, .. }) = self.binding.remove(key) else { return };
        self.cache.remove_pod(key);
        let Some(pod) = world.store.get::<Pod>(key).cloned() else { return };
        self.queue.happened(&Happened::PodGone(pod.clone()), world.now);
        let message =
            "running PreBind plugin \"VolumeBinding\": binding volumes: context deadline exceeded".to_owned();
        let failure = Failure { message, refused_by: BTreeSet::new(), preempts: None, is_hopeless: false };
        self.fail(world, &pod, waiting, "SchedulerError", failure);
    }
}

/// Writes down what is to be bound to what, and what is to be made where. Whatever is gone by now will be missed when the
/// claims are looked at again.
fn order(world: &mut World, bindings: &Bindings, node: &str) {
    for (claim, volume) in &bindings.existing {
        let Some(claim) = world.store.get::<PersistentVolumeClaim>(claim).cloned() else { continue };
        let _ = world.write::<PersistentVolume>(&Key::cluster_wide(volume), |volume| {
            volume.spec.get_or_insert_default().claim_ref = Some(reference(claim.as_ref()));
        });
    }
    for claim in &bindings.new {
        let _ = world.write::<PersistentVolumeClaim>(claim, |claim| {
            let annotations = claim.metadata.annotations.get_or_insert_default();
            annotations.insert(SELECTED_NODE.to_owned(), node.to_owned());
        });
    }
}
