//! Bringing a DaemonSet's Pods to the present revision, Node by Node, within `maxUnavailable` or `maxSurge`.
//!
//! Source: `pkg/controller/daemon/update.go` (`rollingUpdate`, `findUpdatedPodsOnNode`, `updatedDesiredNodeCounts`).

use crate::cluster::clock::{Millis, SimTime};
use crate::cluster::controllers::history::revision_of;
use crate::cluster::controllers::pods::is_available;
use crate::cluster::object::Resource;
use crate::cluster::quantity::{Round, scaled};
use k8s_openapi::api::apps::v1::RollingUpdateDaemonSet;
use k8s_openapi::api::core::v1::Pod;

/// How far an update may go at once. Only one of them is more than zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Limit {
    /// So many Nodes may be without an available Pod.
    Unavailable(usize),
    /// So many Nodes may have a second Pod.
    Surge(usize),
}

impl Limit {
    /// The limit for this many Nodes; percentages are rounded up, and what allows nothing allows one.
    pub(super) fn of(rolling: Option<&RollingUpdateDaemonSet>, desired: usize) -> Limit {
        let desired = i32::try_from(desired).unwrap_or(i32::MAX);
        let resolve = |value: Option<_>| {
            let value: Option<i32> = value.and_then(|value| scaled(value, desired, Round::Up));
            value.and_then(|value| usize::try_from(value).ok())
        };
        let surge = resolve(rolling.and_then(|rolling| rolling.max_surge.as_ref())).unwrap_or(0);
        if surge > 0 {
            return Limit::Surge(surge);
        }
        let unavailable = resolve(rolling.and_then(|rolling| rolling.max_unavailable.as_ref()));
        Limit::Unavailable(unavailable.unwrap_or(1).max(1))
    }
}

/// What an update does in one sync.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Steps<'a> {
    /// Old Pods that go.
    pub delete: Vec<&'a Pod>,
    /// Nodes that get a new Pod beside the old one.
    pub create: Vec<&'a str>,
}

/// What a Node has of a set's Pods that are not being deleted.
enum OnNode<'a> {
    Nothing,
    New(&'a Pod),
    Old(&'a Pod),
    Both {
        new: &'a Pod,
        old: &'a Pod,
    },
    /// More than the update can make sense of; the rest of the sync clears that up.
    TooMany,
}

fn on_node<'a>(pods: &[&'a Pod], hash: &str) -> OnNode<'a> {
    let staying = pods.iter().copied().filter(|pod| !pod.is_deleting());
    let (new, old): (Vec<&Pod>, Vec<&Pod>) = staying.partition(|pod| revision_of(pod) == Some(hash));
    match (new.as_slice(), old.as_slice()) {
        ([], []) => OnNode::Nothing,
        ([new], []) => OnNode::New(new),
        ([], [old]) => OnNode::Old(old),
        ([new], [old]) => OnNode::Both { new, old },
        _ => OnNode::TooMany,
    }
}

/// What an update looks at: the Nodes of the set in order, each with the set's Pods on it.
#[derive(Debug)]
pub(super) struct View<'a> {
    /// The hash of the present revision.
    pub hash: &'a str,
    /// The Nodes, and what is on them.
    pub nodes: Vec<(&'a str, Vec<&'a Pod>)>,
    /// `minReadySeconds`.
    pub min_ready: Millis,
    /// The present moment.
    pub now: SimTime,
}

impl<'a> View<'a> {
    /// The steps of one sync.
    pub(super) fn steps(&self, limit: Limit) -> Steps<'a> {
        match limit {
            Limit::Unavailable(limit) => self.replace(limit),
            Limit::Surge(limit) => self.surge(limit),
        }
    }

    fn is_available(&self, pod: &Pod) -> bool {
        is_available(pod, self.min_ready, self.now)
    }

    /// Deletes old Pods, those that are of no use in any case; the successors are made once they are gone.
    fn replace(&self, limit: usize) -> Steps<'a> {
        let mut unavailable = 0;
        let (mut useless, mut candidates) = (Vec::new(), Vec::new());
        for (_, pods) in &self.nodes {
            match on_node(pods, self.hash) {
                OnNode::Nothing | OnNode::Both { .. } | OnNode::TooMany => unavailable += 1,
                OnNode::New(pod) if self.is_available(pod) => {}
                OnNode::New(_) => unavailable += 1,
                OnNode::Old(pod) if self.is_available(pod) => candidates.push(pod),
                OnNode::Old(pod) => useless.push(pod),
            }
        }
        candidates.truncate(limit.saturating_sub(unavailable));
        useless.extend(candidates);
        Steps { delete: useless, create: Vec::new() }
    }

    /// Makes new Pods beside old ones, and deletes an old one as soon as its new one is available.
    fn surge(&self, limit: usize) -> Steps<'a> {
        let mut surging = 0;
        let mut delete = Vec::new();
        let (mut useless, mut candidates) = (Vec::new(), Vec::new());
        for (node, pods) in &self.nodes {
            match on_node(pods, self.hash) {
                OnNode::Nothing | OnNode::New(_) => {}
                OnNode::TooMany => surging += 1,
                OnNode::Old(pod) if self.is_available(pod) => candidates.push(*node),
                OnNode::Old(_) => useless.push(*node),
                OnNode::Both { new, old } if self.is_available(new) => delete.push(old),
                OnNode::Both { .. } => surging += 1,
            }
        }
        candidates.truncate(limit.saturating_sub(surging));
        useless.extend(candidates);
        Steps { delete, create: useless }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn limits_are_rounded_up_and_allow_at_least_one() {
        for (rolling, desired, expected) in [
            (json!({"maxUnavailable": 1, "maxSurge": 0}), 3, Limit::Unavailable(1)),
            // 10 % of 11 is 1.1.
            (json!({"maxUnavailable": "10%", "maxSurge": 0}), 11, Limit::Unavailable(2)),
            (json!({"maxUnavailable": "30%"}), 10, Limit::Unavailable(3)),
            (json!({"maxUnavailable": "0%", "maxSurge": "0%"}), 10, Limit::Unavailable(1)),
            (json!({"maxUnavailable": 0, "maxSurge": "34%"}), 3, Limit::Surge(2)),
            (json!({"maxUnavailable": "50%"}), 0, Limit::Unavailable(1)),
        ] {
            let rolling_update: RollingUpdateDaemonSet = serde_json::from_value(rolling.clone()).unwrap();
            assert_eq!(Limit::of(Some(&rolling_update), desired), expected, "{rolling} of {desired}");
        }
    }

    /// One letter for each Pod: `n`ew or `o`ld, capital if available; `x` is being deleted.
    fn pod(letter: char) -> Pod {
        let revision = if letter.eq_ignore_ascii_case(&'n') { "new" } else { "old" };
        let ready = if letter.is_ascii_uppercase() { "True" } else { "False" };
        let mut pod: Value = json!({"metadata": {"name": "p", "labels": {"controller-revision-hash": revision}},
            "status": {"conditions": [{"type": "Ready", "status": ready, "lastTransitionTime": "2026-01-01T00:00:00Z"}]}});
        if letter == 'x' {
            pod["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
        }
        serde_json::from_value(pod).unwrap()
    }

    /// How many Pods go and on which Nodes (by index) new ones are made.
    fn steps(nodes: &str, limit: Limit) -> (usize, Vec<usize>) {
        let pods: Vec<Vec<Pod>> =
            nodes.split(' ').map(|node| node.chars().filter(|c| *c != '-').map(pod).collect()).collect();
        let names: Vec<String> = (0..pods.len()).map(|index| index.to_string()).collect();
        let nodes =
            names.iter().zip(&pods).map(|(name, pods)| (name.as_str(), pods.iter().collect())).collect();
        let view = View { hash: "new", nodes, min_ready: Millis::ZERO, now: SimTime(i64::MAX / 2) };
        let steps = view.steps(limit);
        (steps.delete.len(), steps.create.iter().map(|name| name.parse().unwrap()).collect())
    }

    #[test]
    fn old_pods_go_as_far_as_unavailability_allows_and_useless_ones_in_any_case() {
        for (nodes, limit, deleted) in [
            ("O O O", 1, 1),
            ("O O O", 2, 2),
            ("x O O", 1, 0),
            ("- O O", 1, 0),
            ("n O O", 1, 0),
            ("N O O", 1, 1),
            ("o o O", 1, 3),
            ("n o O", 1, 1),
            ("NO O O", 1, 0),
            ("N N N", 1, 0),
        ] {
            assert_eq!(steps(nodes, Limit::Unavailable(limit)), (deleted, vec![]), "{nodes} with {limit}");
        }
    }

    #[test]
    fn new_pods_come_beside_old_ones_and_old_ones_go_when_the_new_are_available() {
        for (nodes, limit, deleted, created) in [
            ("O O O", 1, 0, vec![0]),
            ("nO O O", 1, 0, vec![]),
            ("nO O O", 2, 0, vec![1]),
            ("NO O O", 1, 1, vec![1]),
            ("o o O", 1, 0, vec![0, 1, 2]),
            ("nO o O", 1, 0, vec![1]),
            ("N N -", 1, 0, vec![]),
        ] {
            assert_eq!(steps(nodes, Limit::Surge(limit)), (deleted, created), "{nodes} with {limit}");
        }
    }
}
