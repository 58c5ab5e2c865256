//! The disruption controller: keeps the status of PodDisruptionBudgets, that is how many Pods may be evicted now.
//!
//! Source: `pkg/controller/disruption/disruption.go`.

use super::{Controller, Outcome};
use crate::cluster::budget::{means, set_allowed_condition, set_condition};
use crate::cluster::clock::{Millis, SimTime};
use crate::cluster::condition::pod_is;
use crate::cluster::engine::World;
use crate::cluster::object::{Key, Object, Resource};
use crate::cluster::quantity::{Round, scaled};
use crate::cluster::selector::as_go;
use crate::cluster::store::{Change, ChangeType};
use k8s_openapi::api::apps::v1::{Deployment, ReplicaSet, StatefulSet};
use k8s_openapi::api::core::v1::{Pod, ReplicationController};
use k8s_openapi::api::policy::v1::{PodDisruptionBudget, PodDisruptionBudgetStatus};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What its Events carry as their source.
const SOURCE: &str = "controllermanager";
/// An eviction that was granted counts for so long without the Pod's deletion being seen (`DeletionTimeout`).
const DELETION_TIMEOUT: Millis = Millis::mins(2);

/// Keeps the budgets.
#[derive(Debug, Default)]
pub struct Disruption;

impl Controller for Disruption {
    const NAME: &'static str = "disruption";

    fn keys(&self, world: &World, change: &Change) -> Vec<Key> {
        match &change.object {
            Object::PodDisruptionBudget(budget) if change.change != ChangeType::Deleted => vec![budget.key()],
            Object::Pod(pod) => {
                let old = change.before.as_ref().and_then(Pod::from_object);
                let mut keys: Vec<Key> = budgets_of(world, pod).map(|budget| budget.key()).collect();
                keys.extend(old.into_iter().flat_map(|old| budgets_of(world, old)).map(|b| b.key()));
                keys.sort();
                keys.dedup();
                keys
            }
            // The number that a budget expects is that of the Pods' controllers.
            Object::Deployment(_)
            | Object::ReplicaSet(_)
            | Object::StatefulSet(_)
            | Object::ReplicationController(_) => {
                let namespace = change.object.metadata().namespace.clone().unwrap_or_default();
                let budgets = world.store.state().list_in::<PodDisruptionBudget>(&namespace);
                budgets.filter(|budget| counts_replicas(budget)).map(|budget| budget.key()).collect()
            }
            _ => Vec::new(),
        }
    }

    fn reconcile(&mut self, world: &mut World, key: &Key) -> Outcome {
        let Some(budget) = world.store.get::<PodDisruptionBudget>(key).cloned() else { return Outcome::Done };
        let pods: Vec<Arc<Pod>> = world
            .store
            .state()
            .list_in::<Pod>(&key.namespace)
            .filter(|pod| means(&budget, pod))
            .cloned()
            .collect();
        if pods.is_empty() {
            world.normal(SOURCE, budget.as_ref(), "NoPods", "No matching pods found");
        }
        let (expected, desired) = match expectation(world, &budget, &pods) {
            Ok(numbers) => numbers,
            Err(why) => return fail_safe(world, &budget, &why),
        };
        if counts_replicas(&budget) && pods.iter().any(|pod| pod.controller().is_none()) {
            let selector = as_go(budget.spec.as_ref().and_then(|spec| spec.selector.as_ref()));
            let message = format!(
                "Pods selected by this PodDisruptionBudget (selector: {selector}) were found to be unmanaged. As a \
                 result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. \
                 To account for these pods please set \".spec.minAvailable\" field of the PDB to an integer value."
            );
            world.warn(SOURCE, budget.as_ref(), "UnmanagedPods", message);
        }
        let disrupted = disrupted(world.now, &budget, &pods);
        let healthy = pods
            .iter()
            .filter(|pod| !pod.is_deleting() && !disrupted.contains_key(pod.name()) && pod_is(pod, "Ready"))
            .count();
        let healthy = i32::try_from(healthy).unwrap_or(i32::MAX);
        let recheck = disrupted.values().map(|since| SimTime::from_time(since) + DELETION_TIMEOUT).min();
        let now = world.now;
        // It may have been deleted; then nobody wants its status.
        let _ = world.write::<PodDisruptionBudget>(key, |budget| {
            let observed_generation = budget.metadata.generation;
            let status = budget.status.get_or_insert_default();
            let allowed = if expected <= 0 { 0 } else { (healthy - desired).max(0) };
            *status = PodDisruptionBudgetStatus {
                current_healthy: Some(healthy),
                desired_healthy: Some(desired),
                expected_pods: Some(expected),
                disruptions_allowed: Some(allowed),
                disrupted_pods: (!disrupted.is_empty()).then_some(disrupted),
                observed_generation,
                conditions: status.conditions.take(),
            };
            set_allowed_condition(status, now);
        });
        recheck.map_or(Outcome::Done, |at| Outcome::At(at + Millis(1)))
    }
}

/// The budgets of a Pod.
fn budgets_of<'a>(world: &'a World, pod: &'a Pod) -> impl Iterator<Item = &'a Arc<PodDisruptionBudget>> {
    let budgets = world.store.state().list_in::<PodDisruptionBudget>(pod.namespace());
    budgets.filter(|budget| means(budget, pod))
}

/// Whether the number that a budget expects is that of its Pods' controllers, and not of the Pods.
fn counts_replicas(budget: &PodDisruptionBudget) -> bool {
    budget.spec.as_ref().is_some_and(|spec| {
        spec.max_unavailable.is_some() || matches!(spec.min_available, Some(IntOrString::String(_)))
    })
}

/// How many Pods there should be, and how many of them healthy (`getExpectedPodCount`).
fn expectation(world: &World, budget: &PodDisruptionBudget, pods: &[Arc<Pod>]) -> Result<(i32, i32), String> {
    let spec = budget.spec.as_ref();
    let bad = |value: &IntOrString| format!("invalid value for IntOrString: {value:?}");
    if let Some(most) = spec.and_then(|spec| spec.max_unavailable.as_ref()) {
        let expected = expected_scale(world, pods)?;
        let most = scaled(most, expected, Round::Up).ok_or_else(|| bad(most))?;
        return Ok((expected, (expected - most).max(0)));
    }
    match spec.and_then(|spec| spec.min_available.as_ref()) {
        Some(IntOrString::Int(least)) => Ok((i32::try_from(pods.len()).unwrap_or(i32::MAX), *least)),
        Some(percent) => {
            let expected = expected_scale(world, pods)?;
            Ok((expected, scaled(percent, expected, Round::Up).ok_or_else(|| bad(percent))?))
        }
        None => Ok((0, 0)),
    }
}

/// The sum of the replicas of the Pods' controllers, each counted once. Pods without a controller do not count.
fn expected_scale(world: &World, pods: &[Arc<Pod>]) -> Result<i32, String> {
    let mut scales: BTreeMap<String, i32> = BTreeMap::new();
    for pod in pods {
        let Some(owner) = pod.controller() else { continue };
        let (uid, replicas) = scale(world, pod.namespace(), &owner.kind, &owner.name, &owner.uid)
            .ok_or_else(|| format!("found no controllers for pod {:?}", pod.name()))?;
        scales.insert(uid, replicas);
    }
    Ok(scales.values().fold(0, |sum: i32, scale| sum.saturating_add(*scale)))
}

/// The controller that decides on the number, and that number.
fn scale(world: &World, namespace: &str, kind: &str, name: &str, uid: &str) -> Option<(String, i32)> {
    let key = Key::new(namespace, name);
    let (found, replicas) = match kind {
        "ReplicaSet" => {
            let set = world.store.get::<ReplicaSet>(&key).filter(|set| set.uid() == uid)?;
            if let Some(owner) = set.controller().filter(|owner| owner.kind == "Deployment") {
                return scale(world, namespace, "Deployment", &owner.name, &owner.uid);
            }
            (set.uid(), set.spec.as_ref().and_then(|spec| spec.replicas))
        }
        "Deployment" => {
            let deployment = world.store.get::<Deployment>(&key)?;
            (deployment.uid(), deployment.spec.as_ref().and_then(|spec| spec.replicas))
        }
        "StatefulSet" => {
            let set = world.store.get::<StatefulSet>(&key)?;
            (set.uid(), set.spec.as_ref().and_then(|spec| spec.replicas))
        }
        "ReplicationController" => {
            let controller = world.store.get::<ReplicationController>(&key)?;
            (controller.uid(), controller.spec.as_ref().and_then(|spec| spec.replicas))
        }
        _ => return None,
    };
    (found == uid).then(|| (uid.to_owned(), replicas.unwrap_or(1)))
}

/// Pods whose eviction was granted a short while ago and whose deletion has not been seen yet.
fn disrupted(now: SimTime, budget: &PodDisruptionBudget, pods: &[Arc<Pod>]) -> BTreeMap<String, Time> {
    let granted = budget.status.as_ref().and_then(|status| status.disrupted_pods.as_ref());
    let waits = |name: &str, since: &Time| {
        pods.iter().any(|pod| pod.name() == name && !pod.is_deleting())
            && SimTime::from_time(since) + DELETION_TIMEOUT >= now
    };
    granted
        .into_iter()
        .flatten()
        .filter(|(name, since)| waits(name, since))
        .map(|(name, since)| (name.clone(), since.clone()))
        .collect()
}

/// Nobody may be evicted while the numbers are not known (`failSafe`).
fn fail_safe(world: &mut World, budget: &PodDisruptionBudget, why: &str) -> Outcome {
    let message = format!("Failed to calculate the number of expected pods: {why}");
    world.warn(SOURCE, budget, "CalculateExpectedPodCountFailed", message);
    let now = world.now;
    let _ = world.write::<PodDisruptionBudget>(&budget.key(), |budget| {
        let observed_generation = budget.metadata.generation;
        let status = budget.status.get_or_insert_default();
        status.disruptions_allowed = Some(0);
        status.observed_generation = observed_generation;
        set_condition(status, now, "False", "SyncFailed", why);
    });
    Outcome::Done
}

#[cfg(test)]
mod tests;
