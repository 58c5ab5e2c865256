//! The eviction subresource of a Pod: a deletion that asks the disruption budget first.
//!
//! Source: `pkg/registry/core/pod/storage/eviction.go`; docs "API-initiated Eviction".

use super::{ApiError, DeleteOptions};
use crate::cluster::budget::{means, set_allowed_condition};
use crate::cluster::condition::{is_finished, pod_is, set_pod_condition};
use crate::cluster::engine::World;
use crate::cluster::object::{Key, Kind, Resource};
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use std::sync::Arc;

const VIOLATES: &str = "Cannot evict pod as it would violate the pod's disruption budget.";
const SEVERAL: &str =
    "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";

impl World {
    /// Evicts a Pod: asks its disruption budget, then deletes it with its own grace.
    ///
    /// # Errors
    /// [`ApiError::TooManyRequests`] if the budget does not allow it now, which is worth another try later;
    /// [`ApiError::Refused`] if two budgets mean the Pod; [`ApiError::NotFound`] if there is no such Pod.
    pub fn evict(&mut self, key: &Key) -> Result<(), ApiError> {
        let pod = self.store.get::<Pod>(key).ok_or_else(|| ApiError::not_found(Kind::Pod, key))?.clone();
        if !goes_freely(&pod) {
            let budgets: Vec<Arc<PodDisruptionBudget>> = self
                .store
                .state()
                .list_in::<PodDisruptionBudget>(&key.namespace)
                .filter(|budget| pod.metadata.labels.is_some() && means(budget, &pod))
                .cloned()
                .collect();
            match budgets.as_slice() {
                [] => {}
                [budget] if tolerates_unready(budget, &pod) => {}
                [budget] => self.use_up(budget, &pod)?,
                _ => return Err(ApiError::Refused(SEVERAL.to_owned())),
            }
        }
        let now = self.now;
        self.write::<Pod>(key, |pod| {
            let message = "Eviction API: evicting";
            set_pod_condition(
                pod,
                now,
                "DisruptionTarget",
                "True",
                Some("EvictionByEvictionAPI"),
                Some(message),
            );
        })?;
        self.delete::<Pod>(key, DeleteOptions::default())
    }

    /// Takes one disruption off a budget, at once, so that the next request sees it.
    fn use_up(&mut self, budget: &PodDisruptionBudget, pod: &Pod) -> Result<(), ApiError> {
        let status = budget.status.as_ref();
        let is_current = status.and_then(|status| status.observed_generation) >= budget.metadata.generation;
        if !is_current || status.and_then(|status| status.disruptions_allowed).unwrap_or(0) <= 0 {
            return Err(ApiError::TooManyRequests(VIOLATES.to_owned()));
        }
        let now = self.now;
        self.write::<PodDisruptionBudget>(&budget.key(), |budget| {
            let status = budget.status.get_or_insert_default();
            let left = status.disruptions_allowed.unwrap_or(0) - 1;
            status.disruptions_allowed = Some(left);
            let disrupted = status.disrupted_pods.get_or_insert_default();
            disrupted.insert(pod.name().to_owned(), now.to_time());
            if left == 0 {
                set_allowed_condition(status, now);
            }
        })?;
        Ok(())
    }
}

/// Pods that no budget is asked about (`canIgnorePDB`).
fn goes_freely(pod: &Pod) -> bool {
    let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
    pod.is_deleting() || is_finished(pod) || phase == Some("Pending")
}

/// Whether a Pod that is not ready may go without using up a disruption.
fn tolerates_unready(budget: &PodDisruptionBudget, pod: &Pod) -> bool {
    if pod_is(pod, "Ready") {
        return false;
    }
    let policy = budget.spec.as_ref().and_then(|spec| spec.unhealthy_pod_eviction_policy.as_deref());
    let status = budget.status.as_ref();
    let desired = status.and_then(|status| status.desired_healthy).unwrap_or(0);
    let healthy = status.and_then(|status| status.current_healthy).unwrap_or(0);
    policy == Some("AlwaysAllow") || (healthy >= desired && desired > 0)
}

#[cfg(test)]
mod tests;
