//! What a StatefulSet does next: which Pods it makes and deletes in one sync, decided from what it sees.
//!
//! Source: `pkg/controller/statefulset/stateful_set_control.go` (`updateStatefulSet`, `processReplica`,
//! `processCondemned`).

use crate::cluster::clock::{Millis, SimTime};
use crate::cluster::condition::is_finished;
use crate::cluster::controllers::history::revision_of;
use crate::cluster::controllers::pods::{is_available, phase};
use crate::cluster::object::Resource;
use k8s_openapi::api::core::v1::Pod;

/// One thing to do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Step<'a> {
    /// Make the Pod with this ordinal.
    Create(i32),
    /// Delete this Pod.
    Delete(&'a Pod),
}

/// What a sync looks at.
#[derive(Debug)]
pub(super) struct View<'a> {
    /// `podManagementPolicy` is OrderedReady.
    pub ordered: bool,
    /// The wanted ordinals, ascending, and who has them.
    pub places: Vec<(i32, Option<&'a Pod>)>,
    /// The Pods whose ordinals are not wanted, highest first.
    pub surplus: Vec<&'a Pod>,
    /// The revision that Pods from this place on are brought to; `None` if Pods are not replaced (OnDelete).
    pub update: Option<(usize, &'a str)>,
    /// `minReadySeconds`.
    pub min_ready: Millis,
    /// The present moment.
    pub now: SimTime,
}

impl<'a> View<'a> {
    fn is_healthy(&self, pod: &Pod) -> bool {
        phase(pod) == "Running" && is_available(pod, self.min_ready, self.now) && !pod.is_deleting()
    }

    /// All steps of one sync, in order.
    pub(super) fn steps(&self) -> Vec<Step<'a>> {
        let mut steps = Vec::new();
        if self.fill(&mut steps) && self.shrink(&mut steps) {
            let replaced = self.replace().filter(|step| !steps.contains(step));
            steps.extend(replaced);
        }
        steps
    }

    /// Makes what is missing and clears away what has finished. In order, nothing happens beyond the first place whose Pod
    /// is not healthy. Returns whether the sync goes on.
    fn fill(&self, steps: &mut Vec<Step<'a>>) -> bool {
        for (ordinal, pod) in &self.places {
            match pod {
                None => steps.push(Step::Create(*ordinal)),
                // Even one that succeeded: its work is to go on. Its successor comes once it is gone.
                Some(pod) if is_finished(pod) && !pod.is_deleting() => steps.push(Step::Delete(pod)),
                Some(_) => {}
            }
            if self.ordered && !pod.is_some_and(|pod| self.is_healthy(pod)) {
                return false;
            }
        }
        true
    }

    /// Deletes what is no longer wanted; in order, one at a time, and an unhealthy Pod only if it is the first such.
    fn shrink(&self, steps: &mut Vec<Step<'a>>) -> bool {
        if !self.ordered {
            let staying = self.surplus.iter().filter(|pod| !pod.is_deleting());
            steps.extend(staying.map(|pod| Step::Delete(pod)));
            return true;
        }
        let Some(last) = self.surplus.first() else { return true };
        let first_unhealthy = self.surplus.iter().rev().find(|pod| !self.is_healthy(pod));
        if !last.is_deleting() && first_unhealthy.is_none_or(|first| self.is_healthy(last) || first == last) {
            steps.push(Step::Delete(last));
        }
        false
    }

    /// Replaces the highest Pod of an old revision, one at a time even in parallel: the gate MaxUnavailableStatefulSet is off
    /// by default in 1.36.
    fn replace(&self) -> Option<Step<'a>> {
        let (from, revision) = self.update?;
        for (_, pod) in self.places.iter().skip(from).rev() {
            let pod = (*pod)?;
            if revision_of(pod) != Some(revision) && !pod.is_deleting() {
                return Some(Step::Delete(pod));
            }
            if !self.is_healthy(pod) {
                return None;
            }
        }
        None
    }
}
