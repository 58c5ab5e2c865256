//! Preemption: a Pod that fits nowhere may drive out Pods of lower priority.
//!
//! Source: `pkg/scheduler/framework/preemption/preemption.go`,
//! `pkg/scheduler/framework/plugins/defaultpreemption/default_preemption.go`.

use super::cache::{Cache, NodeInfo, PodInfo};
use super::filters::{Prepared, Refusal};
use super::message::{Reasons, fit_error};
use crate::cluster::clock::SimTime;
use crate::cluster::object::{Key, Resource};
use crate::cluster::selector::Selector;
use crate::cluster::state::State;
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use std::cmp::Reverse;
use std::collections::BTreeMap;

const NO_VICTIMS: &str = "No preemption victims found for incoming pod";
const NOT_HELPFUL: &str = "Preemption is not helpful for scheduling";

/// A Node, and who would have to leave it.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    /// The Node.
    pub node: String,
    /// The victims, the most important first.
    pub victims: Vec<PodInfo>,
    /// How many of them a disruption budget protects.
    violations: usize,
}

/// Why nobody is driven out.
#[derive(Debug)]
pub(super) struct Nobody {
    /// The tail of the scheduler's message.
    pub tail: String,
    /// Whether the Pod might have driven others out, and that would not help anywhere.
    pub is_hopeless: bool,
}

/// Looks for a Node that the Pod could have if others left. `refusals` says why each Node was refused.
pub(super) fn find(
    state: &State,
    cache: &Cache,
    prepared: Option<&Prepared>,
    pod: &PodInfo,
    refusals: &BTreeMap<String, Refusal>,
) -> Result<Candidate, Nobody> {
    if let Some(reason) = not_eligible(cache, pod, refusals) {
        return Err(Nobody { tail: format!("preemption: {reason}"), is_hopeless: false });
    }
    let mut reasons = Reasons::default();
    let mut candidates = Vec::new();
    for node in cache.nodes() {
        let could_help = refusals.get(node.name()).is_some_and(|refusal| refusal.resolvable);
        match prepared.filter(|_| could_help) {
            None => reasons.add(NOT_HELPFUL),
            Some(prepared) => match victims(state, prepared, pod, node) {
                Ok(candidate) => candidates.push(candidate),
                Err(refused) => refused.iter().for_each(|reason| reasons.add(reason)),
            },
        }
    }
    best(candidates).ok_or_else(|| Nobody {
        tail: format!("preemption: {}", fit_error(cache.len(), &reasons)),
        is_hopeless: true,
    })
}

/// Why the Pod may not drive anybody out at all.
fn not_eligible(cache: &Cache, pod: &PodInfo, refusals: &BTreeMap<String, Refusal>) -> Option<&'static str> {
    let spec = pod.pod.spec.as_ref()?;
    if spec.preemption_policy.as_deref() == Some("Never") {
        return Some("not eligible due to preemptionPolicy=Never.");
    }
    let nominated = pod.pod.status.as_ref()?.nominated_node_name.as_deref()?;
    // A Node that cannot help any more is no reason to wait for it.
    if refusals.get(nominated).is_some_and(|refusal| !refusal.resolvable) {
        return None;
    }
    let leaves = |other: &PodInfo| other.pod.is_deleting() && other.priority() < pod.priority();
    cache
        .node(nominated)?
        .pods
        .values()
        .any(leaves)
        .then_some("not eligible due to a terminating pod on the nominated node.")
}

/// Who would have to leave a Node: everybody of lower priority is supposed gone, then as many as still fit are given
/// back, those whom a disruption budget protects first, each time the more important first. The error is why the Pod
/// would not fit even then.
fn victims(
    state: &State,
    prepared: &Prepared,
    pod: &PodInfo,
    node: &NodeInfo,
) -> Result<Candidate, Vec<String>> {
    let mut prepared = prepared.clone();
    let mut supposed = node.clone();
    let mut potential: Vec<PodInfo> =
        node.pods.values().filter(|other| other.priority() < pod.priority()).cloned().collect();
    if potential.is_empty() {
        return Err(vec![NO_VICTIMS.to_owned()]);
    }
    for other in &potential {
        prepared.suppose_gone(state, pod, other, &mut supposed);
    }
    if let Some(refusal) = prepared.refusal(state, pod, &supposed) {
        return Err(refusal.reasons);
    }
    potential.sort_by_key(importance);
    let (protected, free) = by_budget(state, potential);
    let mut victims = Vec::new();
    let mut violations = 0;
    for (other, is_protected) in
        protected.into_iter().map(|p| (p, true)).chain(free.into_iter().map(|p| (p, false)))
    {
        prepared.suppose(state, pod, &other, &mut supposed);
        if prepared.refusal(state, pod, &supposed).is_some() {
            prepared.suppose_gone(state, pod, &other, &mut supposed);
            violations += usize::from(is_protected);
            victims.push(other);
        }
    }
    victims.sort_by_key(importance);
    Ok(Candidate { node: node.name().to_owned(), victims, violations })
}

/// The more important Pod sorts first: higher priority, then earlier start (`util.MoreImportantPod`).
fn importance(pod: &PodInfo) -> (Reverse<i32>, SimTime, Key) {
    (Reverse(pod.priority()), start(&pod.pod), pod.pod.key())
}

/// When a Pod started; one that has not yet started is the least important.
fn start(pod: &Pod) -> SimTime {
    let time = pod.status.as_ref().and_then(|status| status.start_time.as_ref());
    time.map_or(SimTime(i64::MAX), SimTime::from_time)
}

/// Splits the Pods into those whose going would break a disruption budget, and the others. Each that goes uses up one
/// disruption of every budget that means it.
fn by_budget(state: &State, pods: Vec<PodInfo>) -> (Vec<PodInfo>, Vec<PodInfo>) {
    let mut budgets: Vec<(&PodDisruptionBudget, Selector, i32)> = state
        .list::<PodDisruptionBudget>()
        .filter_map(|budget| {
            let selector = Selector::new(budget.spec.as_ref()?.selector.as_ref())?;
            let allowed = budget.status.as_ref().and_then(|status| status.disruptions_allowed).unwrap_or(0);
            Some((budget.as_ref(), selector, allowed))
        })
        .collect();
    let (mut protected, mut free) = (Vec::new(), Vec::new());
    for pod in pods {
        let mut violates = false;
        let labels = pod.labels().filter(|labels| !labels.is_empty());
        for (budget, selector, allowed) in &mut budgets {
            let already = budget
                .status
                .iter()
                .flat_map(|s| s.disrupted_pods.iter().flatten())
                .any(|(name, _)| name == pod.pod.name());
            let means = labels.is_some_and(|labels| selector.matches(labels))
                && budget.namespace() == pod.pod.namespace()
                && !selector.is_empty()
                && !already;
            if means {
                *allowed -= 1;
                violates |= *allowed < 0;
            }
        }
        if violates { protected.push(pod) } else { free.push(pod) }
    }
    (protected, free)
}

/// Fewest budgets broken, then the lowest priority of the most important victim, the smallest sum of priorities, the
/// fewest victims, the latest start of the most important victims, the first by name (`pickOneNodeForPreemption`).
fn best(candidates: Vec<Candidate>) -> Option<Candidate> {
    candidates.into_iter().min_by_key(|candidate| {
        let highest = candidate.victims.iter().map(PodInfo::priority).max().unwrap_or(i32::MIN);
        // Each priority is shifted to be non-negative, so that more victims never make a smaller sum.
        let sum: i64 = candidate
            .victims
            .iter()
            .map(|victim| i64::from(victim.priority()) + i64::from(i32::MAX) + 1)
            .sum();
        let earliest = candidate
            .victims
            .iter()
            .filter(|victim| victim.priority() == highest)
            .map(|victim| start(&victim.pod))
            .min();
        (candidate.violations, highest, sum, candidate.victims.len(), Reverse(earliest))
    })
}
