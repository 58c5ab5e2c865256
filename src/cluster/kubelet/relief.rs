//! What the kubelet does about a shortage: what can be deleted without harm first, then one Pod.
//!
//! Dead containers and images that no container uses are deleted for want of disk or inodes; if nothing is short after
//! that, no Pod is evicted. The disk of images and layers is where they are: where that is a disk of its own, the Node's
//! disk has nothing to gain. Source: `pkg/kubelet/eviction/helpers.go` (`buildSignalToRankFunc`,
//! `buildSignalToNodeReclaimFuncs`), `eviction_manager.go` (`synchronize`).

use super::Kubelets;
use super::container::{Role, Unit};
use super::eviction::{self, Candidate};
use super::pod_worker::{Eviction, Worker};
use super::pressure::{Amounts, Shortage};
use crate::cluster::engine::World;
use crate::cluster::machine::Watched;
use crate::cluster::object::Resource;
use crate::cluster::quantity::Quantity;
use crate::cluster::resources::{Resources, pod_request};
use k8s_openapi::api::core::v1::{Container, Pod};
use std::collections::BTreeSet;

impl Worker {
    /// What its containers use of a thing, each with its name.
    fn usage(&self, watched: Watched, layers_count: bool) -> impl Iterator<Item = (&str, i64)> {
        self.units.iter().map(move |unit| {
            let used = match watched {
                Watched::Memory => unit.memory(),
                Watched::Disk | Watched::ImageDisk if layers_count => unit.disk(),
                // What the simulated containers have in logs, volumes and inodes is not counted.
                Watched::Disk | Watched::ImageDisk | Watched::Inodes | Watched::ImageInodes => 0,
                Watched::Pids => i64::from(unit.process().is_some()),
            };
            (unit.name.as_str(), used)
        })
    }
}

impl Kubelets {
    /// What the containers and images of a Node use.
    pub(super) fn used(&self, world: &World, node: &str) -> Amounts {
        let Some(machine) = self.machines.get(node) else { return Amounts::default() };
        let mut used = Amounts::default();
        for worker in machine.pods.iter().filter_map(|key| self.workers.get(key)) {
            // The dead containers of an evicted Pod are removed at once.
            let keeps_dead = !worker.ending.as_ref().is_some_and(|ending| ending.eviction != Eviction::None);
            for unit in &worker.units {
                used.memory += unit.memory();
                used.image_disk += unit.disk() + if keeps_dead { unit.dead_disk() } else { 0 };
                used.pids += i64::from(unit.process().is_some());
            }
        }
        used.image_disk += machine.images.pulled(&world.images).map(|(_, size)| size).sum::<i64>();
        used
    }

    /// Frees what can be freed without harm, then evicts one Pod if that was not enough.
    pub(super) fn relieve(&mut self, world: &mut World, node: &str, shortage: Shortage) {
        let has_image_disk = world.machines.get(node).is_some_and(|machine| machine.image_disk.is_some());
        // Images and layers are on the disk in question.
        let concerns_images = match shortage.watched {
            Watched::Memory | Watched::Pids => false,
            Watched::Disk | Watched::Inodes => !has_image_disk,
            Watched::ImageDisk | Watched::ImageInodes => true,
        };
        if concerns_images {
            self.delete_unused(world, node);
            let used = self.used(world, node);
            if self.machines.get(node).is_some_and(|machine| machine.shortages(world, used).is_empty()) {
                return;
            }
        }
        let Some(machine) = self.machines.get(node) else { return };
        let workers = machine.pods.iter().filter_map(|key| self.workers.get(key));
        let candidates = workers.filter(|worker| worker.is_alive() && !worker.is_ending()).map(|worker| {
            let spec = worker.pod.spec.clone().unwrap_or_default();
            Candidate {
                key: worker.pod.key(),
                priority: spec.priority.unwrap_or(0),
                request: amount(shortage.watched, &pod_request(&spec)),
                usage: worker.usage(shortage.watched, concerns_images).map(|(_, used)| used).sum(),
            }
        });
        let Some(victim) = eviction::victim(shortage.watched, candidates) else { return };
        let Some(worker) = self.workers.get_mut(&victim.key) else { return };
        let pod = worker.pod.clone();
        let greedy: Vec<(&str, i64, i64)> = worker
            .usage(shortage.watched, concerns_images)
            .map(|(name, used)| (name, used, request(&pod, name, shortage.watched)))
            .filter(|(_, used, asked)| has_requests(shortage.watched) && used > asked)
            .collect();
        let message = eviction::message(&shortage, &greedy);
        worker.evict(world, message, Eviction::Pressure);
        self.sync(world, &victim.key);
    }

    /// Evicts the Pods that have written more to disk than their limits allow, however much room there is; that is no
    /// disruption (`localStorageEviction`). The sum of a Pod's limits comes before those of its containers.
    pub(super) fn enforce_limits(&mut self, world: &mut World, node: &str) {
        let Some(machine) = self.machines.get(node) else { return };
        let workers = machine.pods.iter().filter_map(|key| self.workers.get(key));
        let living = workers.filter(|worker| worker.is_alive() && !worker.is_ending());
        let over = living.filter_map(|worker| Some((worker.pod.key(), over_limit(worker)?)));
        for (key, message) in over.collect::<Vec<_>>() {
            if let Some(worker) = self.workers.get_mut(&key) {
                worker.evict(world, message, Eviction::Limit);
                self.sync(world, &key);
            }
        }
    }

    /// Deletes a Node's dead containers, and the images that no other container uses.
    fn delete_unused(&mut self, world: &World, node: &str) {
        let Some(machine) = self.machines.get_mut(node) else { return };
        for key in &machine.pods {
            let worker = self.workers.get_mut(key).into_iter();
            worker.flat_map(|worker| &mut worker.units).for_each(Unit::remove_dead);
        }
        let workers = machine.pods.iter().filter_map(|key| self.workers.get(key));
        let units = workers.flat_map(|worker| &worker.units).filter(|unit| unit.uses_image());
        let used: BTreeSet<&str> = units.map(|unit| unit.image_name.as_str()).collect();
        machine.images.delete_unused(&used, world.now);
    }
}

/// Whether a container can ask for a thing, so that an evicted Pod is told who used more than that.
const fn has_requests(watched: Watched) -> bool {
    match watched {
        Watched::Memory | Watched::Disk | Watched::ImageDisk => true,
        Watched::Inodes | Watched::ImageInodes | Watched::Pids => false,
    }
}

/// What a Pod is told that has written more than its limits allow.
fn over_limit(worker: &Worker) -> Option<String> {
    let limit = |unit: &Unit| {
        let limits = unit.container.resources.as_ref()?.limits.as_ref()?;
        Quantity::parse(&limits.get("ephemeral-storage")?.0).ok()
    };
    let limits = worker.units.iter().filter(|unit| unit.role != Role::Init).filter_map(limit);
    let limits: Vec<Quantity> = limits.collect();
    let sum: i64 = limits.iter().map(|limit| limit.value()).sum();
    let used: i64 = worker.units.iter().map(Unit::disk).sum();
    if !limits.is_empty() && used > sum {
        let sum = eviction::bytes(sum);
        return Some(format!(
            "Pod ephemeral local storage usage exceeds the total limit of containers {sum}. "
        ));
    }
    worker.units.iter().find_map(|unit| {
        let limit = limit(unit).filter(|limit| unit.disk() > limit.value())?;
        let name = &unit.name;
        Some(format!("Container {name} exceeded its local ephemeral storage limit \"{limit}\". "))
    })
}

fn amount(watched: Watched, resources: &Resources) -> i64 {
    match watched {
        Watched::Memory => resources.memory,
        Watched::Disk | Watched::ImageDisk => resources.storage,
        Watched::Inodes | Watched::ImageInodes | Watched::Pids => 0,
    }
}

/// What a container asked for of a thing.
fn request(pod: &Pod, name: &str, watched: Watched) -> i64 {
    let spec = pod.spec.iter();
    let all = spec.flat_map(|spec| spec.containers.iter().chain(spec.init_containers.iter().flatten()));
    let requests = |container: &Container| {
        let resources = container.resources.as_ref();
        amount(watched, &Resources::read(resources.and_then(|resources| resources.requests.as_ref())))
    };
    all.into_iter().find(|container| container.name == name).map_or(0, requests)
}
