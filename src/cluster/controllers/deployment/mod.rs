//! The Deployment controller: one ReplicaSet for each Pod template that a Deployment has had, and sizes for them.
//!
//! A sync finds the ReplicaSet of the present template (or makes it), and changes sizes by one step of the strategy;
//! everything else happens because a ReplicaSet's status changes and wakes it again. It never touches a Pod.
//!
//! Source: `pkg/controller/deployment/deployment_controller.go` (`syncDeployment`), `sync.go`.

mod progress;
mod recreate;
mod revision;
mod rolling;
mod scaling;
mod status;
#[cfg(test)]
mod tests;

pub use revision::NOT_COPIED;

use super::adoption::{claim, owners};
use super::{Controller, Outcome};
use crate::cluster::api::{DeleteOptions, Propagation};
use crate::cluster::engine::World;
use crate::cluster::object::{Key, Object, Resource};
use crate::cluster::quantity::{Round, scaled};
use crate::cluster::selector::Selector;
use crate::cluster::store::{Change, ChangeType};
use k8s_openapi::api::apps::v1::{Deployment, DeploymentSpec, ReplicaSet};
use k8s_openapi::api::core::v1::Pod;
use std::sync::Arc;

const NAME: &str = "deployment-controller";

/// The controller of Deployments.
#[derive(Debug, Default)]
pub struct DeploymentController;

/// The ReplicaSets of a Deployment, as a sync found them.
struct Sets {
    /// The one with the present template, if there is one yet.
    new: Option<Arc<ReplicaSet>>,
    /// The others, oldest first.
    old: Vec<Arc<ReplicaSet>>,
}

/// How far the number of Pods may stray from the wanted one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Limits {
    replicas: i32,
    /// So many more at most.
    surge: i32,
    /// So many fewer available at most.
    unavailable: i32,
}

impl Controller for DeploymentController {
    const NAME: &'static str = NAME;

    fn keys(&self, world: &World, change: &Change) -> Vec<Key> {
        match &change.object {
            Object::Deployment(deployment) => vec![deployment.key()],
            Object::ReplicaSet(_) => {
                owners(world, change, |owner: &Deployment, labels| selector(owner).matches(labels))
            }
            // Only Recreate waits for Pods to be gone.
            Object::Pod(pod) if change.change == ChangeType::Deleted => {
                waits_for(world, pod).into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

    fn reconcile(&mut self, world: &mut World, key: &Key) -> Outcome {
        let Some(deployment) = world.store.get::<Deployment>(key).cloned() else { return Outcome::Done };
        let selector = selector(&deployment);
        if selector.is_empty() {
            world.warn(
                NAME,
                deployment.as_ref(),
                "SelectingAll",
                "This deployment is selecting all pods. A non-empty selector is required.",
            );
            return Outcome::Done;
        }
        let all = replica_sets(world, &deployment, &selector);
        let spec = deployment.spec.clone().unwrap_or_default();
        if deployment.is_deleting() {
            return status::sync(world, key, &Sets::split(&spec, all));
        }
        progress::note_pause(world, &deployment);
        if spec.paused == Some(true) || is_scaling(&spec, &all) {
            let sets = revision::existing(world, key, all);
            scaling::scale(world, key, &sets);
            if spec.paused == Some(true) {
                clean_up(world, key, &sets.old);
            }
            return status::sync(world, key, &sets);
        }
        if is_recreate(&spec) { recreate::roll(world, key, all) } else { rolling::roll(world, key, all) }
    }
}

impl Sets {
    /// Tells the set of the present template from the others.
    fn split(spec: &DeploymentSpec, mut all: Vec<Arc<ReplicaSet>>) -> Sets {
        all.sort_by_key(|set| revision::age(set));
        let new = all.iter().position(|set| revision::has_template(set, &spec.template));
        let new = new.map(|index| all.remove(index));
        Sets { new, old: all }
    }

    /// All of them, the old ones first.
    fn all(&self) -> impl Iterator<Item = &Arc<ReplicaSet>> {
        self.old.iter().chain(&self.new)
    }

    /// Those that should have Pods, the old ones first.
    fn active(&self) -> impl Iterator<Item = &Arc<ReplicaSet>> {
        self.all().filter(|set| wanted(set) > 0)
    }
}

impl Limits {
    /// The limits of a Deployment: the surge is rounded up, the unavailability down, and both cannot be zero, or nothing
    /// could ever move (`ResolveFenceposts`).
    fn of(spec: &DeploymentSpec) -> Limits {
        let replicas = spec.replicas.unwrap_or(1);
        if is_recreate(spec) {
            return Limits { replicas, surge: 0, unavailable: 0 };
        }
        let rolling = spec.strategy.as_ref().and_then(|strategy| strategy.rolling_update.as_ref());
        let surge = rolling.and_then(|rolling| scaled(rolling.max_surge.as_ref()?, replicas, Round::Up));
        let unavailable =
            rolling.and_then(|rolling| scaled(rolling.max_unavailable.as_ref()?, replicas, Round::Down));
        let (surge, mut unavailable) = (surge.unwrap_or(0), unavailable.unwrap_or(0));
        if surge == 0 && unavailable == 0 {
            unavailable = 1;
        }
        Limits { replicas, surge, unavailable: unavailable.min(replicas) }
    }

    /// At most so many Pods.
    fn most(self) -> i32 {
        self.replicas.saturating_add(self.surge)
    }

    /// At least so many available.
    fn fewest(self) -> i32 {
        self.replicas - self.unavailable
    }
}

/// A sum of what people may have asked for, that is of any numbers.
fn sum(numbers: impl Iterator<Item = i32>) -> i32 {
    numbers.fold(0, i32::saturating_add)
}

fn is_recreate(spec: &DeploymentSpec) -> bool {
    spec.strategy.as_ref().and_then(|strategy| strategy.type_.as_deref()) == Some("Recreate")
}

fn selector(deployment: &Deployment) -> Selector {
    let selector = deployment.spec.as_ref().map(|spec| &spec.selector);
    Selector::new(selector).unwrap_or(Selector::Nothing)
}

/// The Deployment of a Pod that has gone, if it is one that waits for that.
fn waits_for(world: &World, pod: &Pod) -> Option<Key> {
    let set = pod.controller().filter(|owner| owner.kind == ReplicaSet::OF.name())?;
    let set = world.store.get::<ReplicaSet>(&Key::new(pod.namespace(), &set.name))?;
    let key = Key::new(pod.namespace(), &set.controller()?.name);
    let deployment = world.store.get::<Deployment>(&key)?;
    deployment.spec.as_ref().is_some_and(is_recreate).then_some(key)
}

/// The Deployment's ReplicaSets, after adopting and releasing.
fn replica_sets(world: &mut World, deployment: &Deployment, selector: &Selector) -> Vec<Arc<ReplicaSet>> {
    let matches = |set: &ReplicaSet| selector.matches_option(set.metadata.labels.as_ref());
    let own = world.store.controlled_by::<ReplicaSet>(deployment.uid());
    let orphans = world
        .store
        .state()
        .list_in::<ReplicaSet>(deployment.namespace())
        .filter(|set| set.controller().is_none() && matches(set));
    let candidates = own.chain(orphans).cloned().collect();
    claim(world, deployment, candidates, matches)
}

/// Whether someone has changed the number of replicas since the sizes were last set.
fn is_scaling(spec: &DeploymentSpec, all: &[Arc<ReplicaSet>]) -> bool {
    all.iter()
        .filter(|set| wanted(set) > 0)
        .any(|set| revision::desired_replicas(set).is_some_and(|then| Some(then) != spec.replicas))
}

/// How many Pods a ReplicaSet should have.
fn wanted(set: &ReplicaSet) -> i32 {
    set.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1)
}

/// How many available Pods it has.
fn available(set: &ReplicaSet) -> i32 {
    set.status.as_ref().and_then(|status| status.available_replicas).unwrap_or(0)
}

/// How many Pods it has.
fn actual(set: &ReplicaSet) -> i32 {
    set.status.as_ref().map_or(0, |status| status.replicas)
}

/// Sets a ReplicaSet's size, and notes on it what the Deployment's size was then. Whether the size has changed.
fn scale_set(world: &mut World, deployment: &Key, set: &ReplicaSet, size: i32) -> bool {
    let Some(deployment) = world.store.get::<Deployment>(deployment).cloned() else { return false };
    let limits = deployment.spec.as_ref().map(Limits::of);
    let before = wanted(set);
    let written = world.write::<ReplicaSet>(&set.key(), |set| {
        set.spec.get_or_insert_default().replicas = Some(size);
        if let Some(limits) = limits {
            revision::note_sizes(set, limits);
        }
    });
    if written.is_err() || before == size {
        return false;
    }
    let direction = if size > before { "up" } else { "down" };
    let message = format!("Scaled {direction} replica set {} from {before} to {size}", set.name());
    world.normal(NAME, deployment.as_ref(), "ScalingReplicaSet", message);
    true
}

/// Deletes the old ReplicaSets beyond `revisionHistoryLimit`, lowest revision first, if they are empty.
fn clean_up(world: &mut World, deployment: &Key, old: &[Arc<ReplicaSet>]) {
    let limit = world
        .store
        .get::<Deployment>(deployment)
        .and_then(|deployment| deployment.spec.as_ref()?.revision_history_limit);
    let Some(limit) = limit.and_then(|limit| usize::try_from(limit).ok()) else { return };
    let mut old: Vec<&Arc<ReplicaSet>> = old.iter().filter(|set| !set.is_deleting()).collect();
    old.sort_by_key(|set| revision::of(set));
    for set in old.iter().take(old.len().saturating_sub(limit)) {
        let observed = set.status.as_ref().and_then(|status| status.observed_generation);
        if actual(set) == 0 && wanted(set) == 0 && observed >= set.metadata.generation {
            let options = DeleteOptions { propagation: Propagation::Background, grace_period: None };
            // It may be gone already, which is all that is wanted.
            let _ = world.delete::<ReplicaSet>(&set.key(), options);
        }
    }
}
