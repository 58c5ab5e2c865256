//! Disruption budgets: which Pods one means, and how its status says whether one of them may go.
//!
//! Shared by the disruption controller, which keeps the status, and the eviction request, which uses it up.
//! Source: `pkg/controller/disruption/disruption.go`; component-helpers `apps/poddisruptionbudget/helpers.go`.

use super::clock::SimTime;
use super::object::Resource;
use super::selector::Selector;
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::api::policy::v1::{PodDisruptionBudget, PodDisruptionBudgetStatus};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;

const ALLOWED: &str = "DisruptionAllowed";

/// Whether a budget means a Pod. An empty selector means every Pod of the namespace.
pub fn means(budget: &PodDisruptionBudget, pod: &Pod) -> bool {
    let selector = budget.spec.as_ref().and_then(|spec| spec.selector.as_ref());
    budget.namespace() == pod.namespace()
        && Selector::new(selector)
            .is_some_and(|selector| selector.matches_option(pod.metadata.labels.as_ref()))
}

/// Says in a condition whether a disruption is allowed (`UpdateDisruptionAllowedCondition`).
pub fn set_allowed_condition(status: &mut PodDisruptionBudgetStatus, now: SimTime) {
    if status.disruptions_allowed.unwrap_or(0) > 0 {
        set_condition(status, now, "True", "SufficientPods", "");
    } else {
        set_condition(status, now, "False", "InsufficientPods", "");
    }
}

/// Sets that condition.
pub fn set_condition(
    status: &mut PodDisruptionBudgetStatus,
    now: SimTime,
    value: &str,
    reason: &str,
    message: &str,
) {
    let observed_generation = status.observed_generation;
    let conditions = status.conditions.get_or_insert_default();
    let old = conditions.iter().find(|condition| condition.type_ == ALLOWED && condition.status == value);
    let since = old.map_or_else(|| now.to_time(), |old| old.last_transition_time.clone());
    conditions.retain(|condition| condition.type_ != ALLOWED);
    conditions.push(Condition {
        type_: ALLOWED.to_owned(),
        status: value.to_owned(),
        reason: reason.to_owned(),
        message: message.to_owned(),
        last_transition_time: since,
        observed_generation,
    });
}
