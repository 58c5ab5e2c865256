//! The text of a failed attempt, as Events and the PodScheduled condition carry it.
//!
//! Source: `pkg/scheduler/framework/types.go` (`FitError`).

use std::collections::BTreeMap;

/// No Node is known at all (`schedule_one.go`, `ErrNoNodesAvailable`).
pub(super) const NO_NODES: &str = "no nodes available to schedule pods";

/// What the plugin for device claims says about a Pod that has none, in releases 1.34 to 1.36
/// (kubernetes/kubernetes#140222 took it out of the text in 1.37).
const NO_CLAIMS: &str = "no new claims to deallocate";

/// How many Nodes were refused for which reason. One Node may count under several.
#[derive(Clone, Debug, Default)]
pub(super) struct Reasons(BTreeMap<String, usize>);

impl Reasons {
    /// One more Node for this reason.
    pub(super) fn add(&mut self, reason: &str) {
        self.add_many(reason, 1);
    }

    /// So many more Nodes for this reason.
    pub(super) fn add_many(&mut self, reason: &str, nodes: usize) {
        if nodes > 0 {
            *self.0.entry(reason.to_owned()).or_default() += nodes;
        }
    }
}

/// `0/3 nodes are available: 1 Insufficient cpu, 2 node(s) were unschedulable.` The parts are sorted as text, so that
/// "10 x" precedes "2 y".
pub(super) fn fit_error(nodes: usize, reasons: &Reasons) -> String {
    let mut parts: Vec<String> =
        reasons.0.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
    parts.sort();
    let head = format!("0/{nodes} nodes are available:");
    if parts.is_empty() { head } else { format!("{head} {}.", parts.join(", ")) }
}

/// `0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims.`
pub(super) fn refused_at_once(nodes: usize, reason: &str) -> String {
    format!("0/{nodes} nodes are available: {reason}.")
}

/// The whole text: why no Node will do and, where no room could be made either, why not.
pub(super) fn with_tail(head: &str, preemption: Option<&str>) -> String {
    match preemption {
        None => head.to_owned(),
        Some(tail) => format!("{head} {NO_CLAIMS}, {tail}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_sorted_as_text() {
        let mut reasons = Reasons::default();
        reasons.add_many("node(s) were unschedulable", 2);
        reasons.add_many("Insufficient cpu", 10);
        assert_eq!(
            fit_error(11, &reasons),
            "0/11 nodes are available: 10 Insufficient cpu, 2 node(s) were unschedulable."
        );
    }
}
