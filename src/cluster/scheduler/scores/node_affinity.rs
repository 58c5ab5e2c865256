//! A Pod may prefer Nodes of some kind. Source: `plugins/nodeaffinity/node_affinity.go` (`Score`).

use super::{NodeInfo, PodInfo, normalize};
use crate::cluster::node_affinity::Term;

/// The sum of the weights of the preferences that a Node meets. `None` for a Pod without preferences.
pub(super) fn scores(pod: &PodInfo, feasible: &[&NodeInfo]) -> Option<Vec<i64>> {
    let preferred = pod
        .pod
        .spec
        .as_ref()?
        .affinity
        .as_ref()?
        .node_affinity
        .as_ref()?
        .preferred_during_scheduling_ignored_during_execution
        .as_deref()?;
    let terms: Vec<(i64, Term)> =
        preferred.iter().map(|own| (i64::from(own.weight), Term::new(&own.preference))).collect();
    let sum = |node: &&NodeInfo| {
        terms.iter().filter(|(_, term)| term.matches(&node.node)).map(|(weight, _)| weight).sum()
    };
    Some(normalize(feasible.iter().map(sum).collect(), false))
}
