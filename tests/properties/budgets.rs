//! Evictions never break a PodDisruptionBudget.
//!
//! A budget counts the Pods that are Ready and stay; an eviction may take one only while enough are left. It knows what its
//! controller knew a moment ago, as in Kubernetes: what else befell a Pod in the last milliseconds is no fault of the eviction.
//!
//! Source: docs "Specifying a Disruption Budget for your Application"; `pkg/controller/disruption/disruption.go`.

use doujia::cluster::object::{Object, Resource};
use doujia::cluster::quantity::{Round, scaled};
use doujia::cluster::selector::Selector;
use doujia::cluster::{Change, ChangeType, State, Trace};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use std::sync::Arc;

/// How far a budget's status may be behind: a change reaches its controller after 5 ms, and its status is written at once.
const LAG: i64 = 10;

/// Checks every eviction of a trace; returns how many of them a budget had to allow.
pub(super) fn check(trace: &Trace) -> Result<usize, String> {
    let (mut now, mut earlier) = (trace.initial().clone(), trace.initial().clone());
    let mut behind = trace.changes().iter().peekable();
    // The evictions that the lagging state does not know of.
    let mut recent: Vec<(i64, Arc<Pod>)> = Vec::new();
    let mut guarded = 0;
    for change in trace.changes() {
        while let Some(old) = behind.next_if(|old| old.at.0 <= change.at.0 - LAG) {
            apply(&mut earlier, old);
        }
        recent.retain(|(at, _)| *at > change.at.0 - LAG);
        if let Some(pod) = evicted(change).filter(|pod| is_healthy(pod)) {
            recent.push((change.at.0, pod.clone()));
            for budget in now.list::<PodDisruptionBudget>().filter(|budget| means(budget, pod)) {
                guarded += 1;
                let taken = recent.iter().filter(|(_, other)| means(budget, other)).count();
                let left = [
                    healthy(&now, budget).saturating_sub(1),
                    healthy(&earlier, budget).saturating_sub(taken),
                ];
                let wanted = [wanted(&now, budget), wanted(&earlier, budget)];
                if left.iter().max() < wanted.iter().min() {
                    return Err(format!(
                        "at {}: {} is evicted, {left:?} healthy Pods are left and {} wants {wanted:?}",
                        change.at,
                        pod.name(),
                        budget.name()
                    ));
                }
            }
        }
        apply(&mut now, change);
    }
    Ok(guarded)
}

fn apply(state: &mut State, change: &Change) {
    match change.change {
        ChangeType::Added | ChangeType::Modified => {
            state.put(change.object.clone());
        }
        ChangeType::Deleted => {
            state.remove(change.object.kind(), &change.object.key());
        }
    }
}

/// The Pod as it was, if this change marks it as evicted through the API.
fn evicted(change: &Change) -> Option<&Arc<Pod>> {
    let (Object::Pod(pod), Some(Object::Pod(before))) = (&change.object, &change.before) else { return None };
    (is_marked(pod) && !is_marked(before)).then_some(before)
}

fn is_marked(pod: &Pod) -> bool {
    let conditions = pod.status.iter().flat_map(|status| status.conditions.iter().flatten());
    conditions.into_iter().any(|condition| {
        condition.type_ == "DisruptionTarget" && condition.reason.as_deref() == Some("EvictionByEvictionAPI")
    })
}

fn is_healthy(pod: &Pod) -> bool {
    let conditions = pod.status.iter().flat_map(|status| status.conditions.iter().flatten());
    let mut ready = conditions.filter(|condition| condition.type_ == "Ready");
    !pod.is_deleting() && ready.any(|condition| condition.status == "True")
}

fn means(budget: &PodDisruptionBudget, pod: &Pod) -> bool {
    let selector = budget.spec.as_ref().and_then(|spec| spec.selector.as_ref());
    Selector::new(selector).is_some_and(|selector| selector.matches_option(pod.metadata.labels.as_ref()))
}

fn healthy(state: &State, budget: &PodDisruptionBudget) -> usize {
    state.list::<Pod>().filter(|pod| means(budget, pod) && is_healthy(pod)).count()
}

/// How many must stay healthy: drawn budgets are about the Pods of one Deployment, which has the name of their label.
fn wanted(state: &State, budget: &PodDisruptionBudget) -> usize {
    let Some(spec) = &budget.spec else { return 0 };
    let deployment = state.list::<Deployment>().find(|deployment| deployment.name() == budget.name());
    let scale = deployment.and_then(|deployment| deployment.spec.as_ref()?.replicas).unwrap_or(0);
    let wanted = match (&spec.min_available, &spec.max_unavailable) {
        (Some(least), _) => scaled(least, scale, Round::Up),
        (None, Some(most)) => scaled(most, scale, Round::Up).map(|most| scale - most),
        (None, None) => None,
    };
    usize::try_from(wanted.unwrap_or(0)).unwrap_or(0)
}
