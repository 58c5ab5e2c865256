//! Spreading like Pods evenly over the domains of a topology (Nodes, zones).
//!
//! Source: `pkg/scheduler/framework/plugins/podtopologyspread` (`common.go`, `filtering.go`, `scoring.go`).

use super::cache::{NodeInfo, PodInfo};
use super::filters::{Plugin, Refusal};
use super::scores::MAX_SCORE;
use crate::cluster::node_affinity::RequiredNodes;
use crate::cluster::object::{Key, Resource};
use crate::cluster::selector::{Labels, Requirement, Selector};
use crate::cluster::state::State;
use crate::cluster::taint;
use k8s_openapi::api::apps::v1::{ReplicaSet, StatefulSet};
use k8s_openapi::api::core::v1::{Pod, ReplicationController, Service, TopologySpreadConstraint};
use std::collections::BTreeMap;

const HOSTNAME: &str = "kubernetes.io/hostname";
const ZONE: &str = "topology.kubernetes.io/zone";
/// The constraints of a Pod that has none but belongs to a Service or workload (`plugin.go`, `systemDefaultConstraints`).
const DEFAULTS: [(&str, i64); 2] = [(HOSTNAME, 3), (ZONE, 5)];

const SKEW: &str = "node(s) didn't match pod topology spread constraints";
const NO_LABEL: &str = "node(s) didn't match pod topology spread constraints (missing required label)";

/// One constraint.
#[derive(Clone, Debug)]
struct Constraint {
    key: String,
    max_skew: i64,
    min_domains: usize,
    selector: Selector,
    honors_affinity: bool,
    honors_taints: bool,
}

impl Constraint {
    fn new(constraint: &TopologySpreadConstraint, pod: &Pod) -> Constraint {
        let mut selector = Selector::new(constraint.label_selector.as_ref()).unwrap_or(Selector::Nothing);
        for key in constraint.match_label_keys.iter().flatten() {
            let value = pod.metadata.labels.as_ref().and_then(|labels| labels.get(key));
            if let (Selector::All(requirements), Some(value)) = (&mut selector, value) {
                requirements.extend(Requirement::new(key, "In", std::slice::from_ref(value)));
            }
        }
        Constraint {
            key: constraint.topology_key.clone(),
            max_skew: i64::from(constraint.max_skew),
            min_domains: constraint.min_domains.and_then(|n| usize::try_from(n).ok()).unwrap_or(1),
            selector,
            honors_affinity: constraint.node_affinity_policy.as_deref() != Some("Ignore"),
            honors_taints: constraint.node_taints_policy.as_deref() == Some("Honor"),
        }
    }

    /// Whether a Node's Pods count.
    fn includes(&self, incoming: &Pod, required: &RequiredNodes, node: &NodeInfo) -> bool {
        (!self.honors_affinity || required.matches(&node.node))
            && (!self.honors_taints || taint::may_schedule(&node.node, taint::tolerations(incoming)))
    }

    /// Pods on a Node that are meant: of the same namespace, selected, and not on their way out.
    fn count(&self, namespace: &str, node: &NodeInfo) -> i64 {
        // An empty selector counts nobody here (`countPodsMatchSelector`).
        if self.selector.is_empty() || self.selector == Selector::Nothing {
            return 0;
        }
        let alike = node.alike.iter().filter(|((of, _), _)| of == namespace);
        alike.filter(|((_, labels), _)| self.selector.matches(labels)).map(|(_, count)| count).sum()
    }

    fn means(&self, namespace: &str, info: &PodInfo) -> bool {
        !info.pod.is_deleting()
            && info.pod.namespace() == namespace
            && self.selector.matches_option(info.labels())
    }
}

fn constraints(pod: &Pod, when: &str) -> Vec<Constraint> {
    let all = pod.spec.iter().flat_map(|spec| spec.topology_spread_constraints.iter().flatten());
    all.filter(|constraint| constraint.when_unsatisfiable == when)
        .map(|constraint| Constraint::new(constraint, pod))
        .collect()
}

fn has_own(pod: &Pod) -> bool {
    pod.spec
        .as_ref()
        .and_then(|spec| spec.topology_spread_constraints.as_ref())
        .is_some_and(|own| !own.is_empty())
}

/// The soft constraints that every Pod of a Service or workload gets.
fn defaults(pod: &Pod, state: &State) -> Vec<Constraint> {
    let Some(selector) = default_selector(pod, state) else { return Vec::new() };
    DEFAULTS
        .iter()
        .map(|(key, max_skew)| Constraint {
            key: (*key).to_owned(),
            max_skew: *max_skew,
            min_domains: 1,
            selector: selector.clone(),
            honors_affinity: true,
            honors_taints: false,
        })
        .collect()
}

/// The labels that the Services and the owner of a Pod select by
/// (`pkg/scheduler/framework/plugins/helper/spread.go`, `DefaultSelector`).
fn default_selector(pod: &Pod, state: &State) -> Option<Selector> {
    let mut equal = Labels::new();
    let none = Labels::new();
    let labels = pod.metadata.labels.as_ref().unwrap_or(&none);
    for service in state.list_in::<Service>(pod.namespace()) {
        let selector = service.spec.as_ref().and_then(|spec| spec.selector.as_ref());
        if let Some(selector) = selector.filter(|s| Selector::from_labels(s).matches(labels)) {
            equal.extend(selector.clone());
        }
    }
    let mut more = Selector::All(Vec::new());
    if let Some(owner) = pod.controller() {
        let key = Key::new(pod.namespace(), &owner.name);
        let selector = match owner.kind.as_str() {
            "ReplicationController" => {
                let owner = state.get::<ReplicationController>(&key);
                equal.extend(owner.and_then(|o| o.spec.as_ref()?.selector.clone()).unwrap_or_default());
                None
            }
            "ReplicaSet" => state
                .get::<ReplicaSet>(&key)
                .and_then(|o| Selector::new(o.spec.as_ref().map(|spec| &spec.selector))),
            "StatefulSet" => state
                .get::<StatefulSet>(&key)
                .and_then(|o| Selector::new(o.spec.as_ref().map(|spec| &spec.selector))),
            _ => None,
        };
        more = selector.unwrap_or(more);
    }
    let mut all = match Selector::from_labels(&equal) {
        Selector::All(requirements) => requirements,
        Selector::Nothing => Vec::new(),
    };
    if let Selector::All(requirements) = more {
        all.extend(requirements);
    }
    (!all.is_empty()).then_some(Selector::All(all))
}

/// What the filter needs to know of the whole cluster for one Pod.
#[derive(Clone, Debug, Default)]
pub(super) struct Filtering {
    constraints: Vec<Constraint>,
    /// For each constraint, how many Pods that are meant each domain has.
    counts: Vec<BTreeMap<String, i64>>,
}

impl Filtering {
    /// Counts the Pods of each domain. A domain is a value of the key on a Node that has all the keys.
    pub(super) fn prepare<'a>(
        incoming: &PodInfo,
        required: &RequiredNodes,
        nodes: impl Iterator<Item = &'a NodeInfo>,
    ) -> Filtering {
        let pod = &incoming.pod;
        let constraints = constraints(pod, "DoNotSchedule");
        let mut filtering = Filtering { counts: vec![BTreeMap::new(); constraints.len()], constraints };
        if filtering.constraints.is_empty() {
            return filtering;
        }
        for node in nodes.filter(|node| has_keys(&filtering.constraints, node)) {
            for (constraint, counts) in filtering.constraints.iter().zip(&mut filtering.counts) {
                if let Some(value) = node.label(&constraint.key)
                    && constraint.includes(pod, required, node)
                {
                    *counts.entry(value.to_owned()).or_default() += constraint.count(pod.namespace(), node);
                }
            }
        }
        filtering
    }

    /// Adds (or, with −1, takes away) one existing Pod.
    pub(super) fn count(
        &mut self,
        incoming: &PodInfo,
        required: &RequiredNodes,
        existing: &PodInfo,
        node: &NodeInfo,
        by: i64,
    ) {
        if !has_keys(&self.constraints, node) {
            return;
        }
        for (constraint, counts) in self.constraints.iter().zip(&mut self.counts) {
            if let Some(value) = node.label(&constraint.key)
                && constraint.means(incoming.pod.namespace(), existing)
                && constraint.includes(&incoming.pod, required, node)
            {
                *counts.entry(value.to_owned()).or_default() += by;
            }
        }
    }

    /// Whether a Node is refused: with this Pod its domain would have more than `maxSkew` Pods above the smallest one.
    pub(super) fn filter(&self, incoming: &PodInfo, node: &NodeInfo) -> Option<Refusal> {
        for (constraint, counts) in self.constraints.iter().zip(&self.counts) {
            let Some(domain) = node.label(&constraint.key) else {
                return Some(Refusal::final_(Plugin::PodTopologySpread, NO_LABEL));
            };
            let least = if counts.len() < constraint.min_domains {
                0
            } else {
                counts.values().min().copied().unwrap_or(0)
            };
            let itself = i64::from(constraint.selector.matches_option(incoming.labels()));
            let there = counts.get(domain).copied().unwrap_or(0);
            if there + itself - least > constraint.max_skew {
                return Some(Refusal::resolvable(Plugin::PodTopologySpread, SKEW));
            }
        }
        None
    }
}

fn has_keys(constraints: &[Constraint], node: &NodeInfo) -> bool {
    constraints.iter().all(|constraint| node.label(&constraint.key).is_some())
}

/// The scores of these Nodes: the fewer like Pods in a Node's domains, the more. `None` where nothing asks for it.
pub(super) fn scores<'a>(
    state: &State,
    incoming: &PodInfo,
    required: &RequiredNodes,
    nodes: impl Iterator<Item = &'a NodeInfo>,
    feasible: &[&NodeInfo],
) -> Option<Vec<i64>> {
    let pod = &incoming.pod;
    let own = has_own(pod);
    let constraints = if own { constraints(pod, "ScheduleAnyway") } else { defaults(pod, state) };
    if constraints.is_empty() {
        return None;
    }
    // Nodes without a zone may still be spread over by the defaults; a Pod's own constraints want every key.
    let ignored: Vec<bool> = feasible.iter().map(|node| own && !has_keys(&constraints, node)).collect();
    let ranked = ignored.iter().filter(|ignored| !**ignored).count();
    let mut domains: Vec<BTreeMap<&str, i64>> = vec![BTreeMap::new(); constraints.len()];
    for (node, ignored) in feasible.iter().zip(&ignored) {
        for (constraint, domains) in constraints.iter().zip(&mut domains) {
            if !ignored && constraint.key != HOSTNAME {
                domains.extend(node.label(&constraint.key).map(|value| (value, 0)));
            }
        }
    }
    if domains.iter().any(|domains| !domains.is_empty()) {
        for node in nodes.filter(|node| !own || has_keys(&constraints, node)) {
            for (constraint, domains) in constraints.iter().zip(&mut domains) {
                if let Some(count) = node.label(&constraint.key).and_then(|value| domains.get_mut(value))
                    && constraint.includes(pod, required, node)
                {
                    *count += constraint.count(pod.namespace(), node);
                }
            }
        }
    }
    let raw: Vec<Option<i64>> = feasible
        .iter()
        .zip(&ignored)
        .map(|(node, ignored)| {
            (!ignored).then(|| {
                let parts = constraints.iter().zip(&domains).filter_map(|(constraint, domains)| {
                    let value = node.label(&constraint.key)?;
                    let (count, size) = if constraint.key == HOSTNAME {
                        (constraint.count(pod.namespace(), node), ranked)
                    } else {
                        (domains.get(value).copied().unwrap_or(0), domains.len())
                    };
                    // A topology of many domains weighs more, by the logarithm of their number.
                    Some(count as f64 * ((size + 2) as f64).ln() + (constraint.max_skew - 1) as f64)
                });
                parts.sum::<f64>().round() as i64
            })
        })
        .collect();
    let least = raw.iter().flatten().min().copied().unwrap_or(0);
    let most = raw.iter().flatten().max().copied().unwrap_or(0);
    let normalize =
        |score: i64| if most == 0 { MAX_SCORE } else { MAX_SCORE * (most + least - score) / most };
    Some(raw.into_iter().map(|score| score.map_or(0, normalize)).collect())
}
