//! Affinity and anti-affinity between Pods: near whom a Pod wants to be, and whom it keeps away.
//!
//! Source: `pkg/scheduler/framework/plugins/interpodaffinity` (`filtering.go`, `scoring.go`).

use super::cache::{NodeInfo, PodInfo};
use super::filters::{Plugin, Refusal};
use super::scores::MAX_SCORE;
use crate::cluster::object::{Key, Resource};
use crate::cluster::selector::{Labels, Requirement, Selector};
use crate::cluster::state::State;
use k8s_openapi::api::core::v1::{Namespace, Pod, PodAffinityTerm};
use std::collections::BTreeMap;

/// How much an existing Pod's *required* affinity for the incoming one counts in scores (`hardPodAffinityWeight`).
const HARD_WEIGHT: i64 = 1;

const AFFINITY: &str = "node(s) didn't match pod affinity rules";
const ANTI_AFFINITY: &str = "node(s) didn't match pod anti-affinity rules";
const EXISTING_ANTI_AFFINITY: &str = "node(s) didn't satisfy existing pods anti-affinity rules";

/// One term: Pods of some namespaces with some labels, in one domain of a topology.
#[derive(Clone, Debug)]
pub(super) struct Term {
    namespaces: Vec<String>,
    namespace_selector: Selector,
    selector: Selector,
    topology_key: String,
}

/// What a Pod wants of other Pods.
#[derive(Clone, Debug, Default)]
pub(super) struct PodTerms {
    affinity: Vec<Term>,
    anti_affinity: Vec<Term>,
    /// With their weights; negative for anti-affinity.
    preferred: Vec<(i64, Term)>,
}

impl PodTerms {
    /// Reads them off a Pod.
    pub(super) fn of(pod: &Pod) -> PodTerms {
        let Some(affinity) = pod.spec.as_ref().and_then(|spec| spec.affinity.as_ref()) else {
            return PodTerms::default();
        };
        let mut terms = PodTerms::default();
        let read = |term: &PodAffinityTerm| Term::new(term, pod);
        if let Some(own) = &affinity.pod_affinity {
            let required = own.required_during_scheduling_ignored_during_execution.iter().flatten();
            terms.affinity.extend(required.map(read));
            let preferred = own.preferred_during_scheduling_ignored_during_execution.iter().flatten();
            terms.preferred.extend(preferred.map(|p| (i64::from(p.weight), read(&p.pod_affinity_term))));
        }
        if let Some(own) = &affinity.pod_anti_affinity {
            let required = own.required_during_scheduling_ignored_during_execution.iter().flatten();
            terms.anti_affinity.extend(required.map(read));
            let preferred = own.preferred_during_scheduling_ignored_during_execution.iter().flatten();
            terms.preferred.extend(preferred.map(|p| (-i64::from(p.weight), read(&p.pod_affinity_term))));
        }
        terms
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.affinity.is_empty() && self.anti_affinity.is_empty() && self.preferred.is_empty()
    }
}

impl Term {
    fn new(term: &PodAffinityTerm, pod: &Pod) -> Term {
        let namespace_selector = Selector::new(term.namespace_selector.as_ref()).unwrap_or(Selector::Nothing);
        let mut namespaces = term.namespaces.clone().unwrap_or_default();
        if namespaces.is_empty() && term.namespace_selector.is_none() {
            namespaces.push(pod.namespace().to_owned());
        }
        let mut selector = Selector::new(term.label_selector.as_ref()).unwrap_or(Selector::Nothing);
        let own = |key: &String| pod.metadata.labels.as_ref().and_then(|labels| labels.get(key));
        for (keys, operator) in [(&term.match_label_keys, "In"), (&term.mismatch_label_keys, "NotIn")] {
            for key in keys.iter().flatten() {
                if let (Selector::All(requirements), Some(value)) = (&mut selector, own(key)) {
                    requirements.extend(Requirement::new(key, operator, std::slice::from_ref(value)));
                }
            }
        }
        Term { namespaces, namespace_selector, selector, topology_key: term.topology_key.clone() }
    }

    fn matches(&self, pod: &Pod, state: &State) -> bool {
        let namespace = pod.namespace();
        let there = self.namespaces.iter().any(|own| own == namespace)
            || (self.namespace_selector != Selector::Nothing
                && self.namespace_selector.matches(&namespace_labels(state, namespace)));
        there && self.selector.matches_option(pod.metadata.labels.as_ref())
    }
}

/// Every Namespace carries its own name as a label.
fn namespace_labels(state: &State, name: &str) -> Labels {
    let mut labels = state
        .get::<Namespace>(&Key::cluster_wide(name))
        .and_then(|namespace| namespace.metadata.labels.clone())
        .unwrap_or_default();
    labels.entry("kubernetes.io/metadata.name".to_owned()).or_insert_with(|| name.to_owned());
    labels
}

/// How many matches there are in each domain.
type Counts = BTreeMap<String, BTreeMap<String, i64>>;

/// What the filter needs to know of the whole cluster for one Pod.
#[derive(Clone, Debug, Default)]
pub(super) struct Filtering {
    /// Existing Pods whose anti-affinity means the incoming one.
    existing_anti: Counts,
    /// Existing Pods that meet *all* of the incoming Pod's affinity terms.
    affinity: Counts,
    /// Existing Pods that meet any of the incoming Pod's anti-affinity terms.
    anti_affinity: Counts,
    /// Whether the incoming Pod meets its own affinity terms.
    meets_itself: bool,
}

impl Filtering {
    /// Looks at every Pod once.
    pub(super) fn prepare<'a>(
        state: &State,
        incoming: &PodInfo,
        nodes: impl Iterator<Item = &'a NodeInfo>,
    ) -> Filtering {
        let own = &incoming.demands.terms;
        let mut filtering = Filtering {
            meets_itself: !own.affinity.is_empty()
                && own.affinity.iter().all(|term| term.matches(&incoming.pod, state)),
            ..Filtering::default()
        };
        let asks = !own.affinity.is_empty() || !own.anti_affinity.is_empty();
        for node in nodes.filter(|node| asks || node.with_terms > 0) {
            for existing in node.pods.values() {
                filtering.count(state, incoming, existing, node, 1);
            }
        }
        filtering
    }

    /// Adds (or, with −1, takes away) one existing Pod.
    pub(super) fn count(
        &mut self,
        state: &State,
        incoming: &PodInfo,
        existing: &PodInfo,
        node: &NodeInfo,
        by: i64,
    ) {
        for term in &existing.demands.terms.anti_affinity {
            if term.matches(&incoming.pod, state) {
                bump(&mut self.existing_anti, node, &term.topology_key, by);
            }
        }
        let own = &incoming.demands.terms;
        if !own.affinity.is_empty() && own.affinity.iter().all(|term| term.matches(&existing.pod, state)) {
            for term in &own.affinity {
                bump(&mut self.affinity, node, &term.topology_key, by);
            }
        }
        for term in &own.anti_affinity {
            if term.matches(&existing.pod, state) {
                bump(&mut self.anti_affinity, node, &term.topology_key, by);
            }
        }
    }

    /// Whether a Node is refused.
    pub(super) fn filter(&self, incoming: &PodInfo, node: &NodeInfo) -> Option<Refusal> {
        let own = &incoming.demands.terms;
        let mut all_there = true;
        let mut all_match = true;
        for term in &own.affinity {
            all_there &= node.label(&term.topology_key).is_some();
            all_match &= at(&self.affinity, node, &term.topology_key) > 0;
        }
        if !own.affinity.is_empty() {
            // The first of a group that wants to be together may go anywhere that has the keys.
            let first_of_its_group = all_there && self.affinity.values().all(is_zero) && self.meets_itself;
            let together = all_there && all_match;
            if !together && !first_of_its_group {
                return Some(Refusal::final_(Plugin::InterPodAffinity, AFFINITY));
            }
        }
        if own.anti_affinity.iter().any(|term| at(&self.anti_affinity, node, &term.topology_key) > 0) {
            return Some(Refusal::resolvable(Plugin::InterPodAffinity, ANTI_AFFINITY));
        }
        let kept_away = self.existing_anti.iter().any(|(key, domains)| {
            node.label(key).is_some_and(|value| domains.get(value).copied().unwrap_or(0) > 0)
        });
        kept_away.then(|| Refusal::resolvable(Plugin::InterPodAffinity, EXISTING_ANTI_AFFINITY))
    }
}

fn is_zero(domains: &BTreeMap<String, i64>) -> bool {
    domains.values().all(|count| *count <= 0)
}

fn at(counts: &Counts, node: &NodeInfo, key: &str) -> i64 {
    node.label(key).and_then(|value| counts.get(key)?.get(value)).copied().unwrap_or(0)
}

fn bump(counts: &mut Counts, node: &NodeInfo, key: &str, by: i64) {
    if let Some(value) = node.label(key) {
        *counts.entry(key.to_owned()).or_default().entry(value.to_owned()).or_default() += by;
    }
}

/// The scores of these Nodes: the weights of the preferred terms that hold there, stretched to 0…100. `None` where no
/// term says anything.
pub(super) fn scores<'a>(
    state: &State,
    incoming: &PodInfo,
    nodes: impl Iterator<Item = &'a NodeInfo>,
    feasible: &[&NodeInfo],
) -> Option<Vec<i64>> {
    let own = &incoming.demands.terms;
    let mut weights = Counts::new();
    for node in nodes.filter(|node| !own.preferred.is_empty() || node.with_terms > 0) {
        for existing in node.pods.values() {
            for (weight, term) in &own.preferred {
                if term.matches(&existing.pod, state) {
                    bump(&mut weights, node, &term.topology_key, *weight);
                }
            }
            for term in &existing.demands.terms.affinity {
                if term.matches(&incoming.pod, state) {
                    bump(&mut weights, node, &term.topology_key, HARD_WEIGHT);
                }
            }
            for (weight, term) in &existing.demands.terms.preferred {
                if term.matches(&incoming.pod, state) {
                    bump(&mut weights, node, &term.topology_key, *weight);
                }
            }
        }
    }
    if weights.is_empty() {
        return None;
    }
    let sums: Vec<i64> =
        feasible.iter().map(|node| weights.keys().map(|key| at(&weights, node, key)).sum()).collect();
    let (least, most) = (sums.iter().min().copied()?, sums.iter().max().copied()?);
    let range = most - least;
    Some(sums.iter().map(|sum| if range > 0 { MAX_SCORE * (sum - least) / range } else { 0 }).collect())
}
