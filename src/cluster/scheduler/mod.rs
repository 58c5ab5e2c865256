//! The scheduler: takes the Pod whose turn it is, looks for the best Node, binds.
//!
//! In: Nodes, Pods, volumes and budgets, as the watch shows them ([`cache`], [`queue`]). Out: bindings, conditions,
//! Events, evictions of less important Pods. One Pod per cycle; a Pod is bound once and never moved. Where several Nodes
//! have the highest score, Kubernetes draws a lot; here the Node with the fewest Pods wins, then the first by name, so
//! that a change elsewhere in a scenario does not turn this choice.
//!
//! Source: `pkg/scheduler/schedule_one.go`, `scheduler.go`, `eventhandlers.go`.

mod cache;
mod claims;
mod filters;
mod inter_pod_affinity;
mod message;
mod preemption;
mod queue;
mod scores;
mod spread;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod volume_tests;

use super::api::DeleteOptions;
use super::clock::SimTime;
use super::condition::{is_finished, set_pod_condition};
use super::engine::{Alarm, Class, Component, World};
use super::object::{Key, Object, Resource};
use super::store::{Change, ChangeType};
use cache::{Cache, NodeInfo, PodInfo, node_of};
use claims::Binding;
use filters::{Happened, Plugin, Prepared, Refusal};
use k8s_openapi::api::core::v1::{Node, Pod};
use message::Reasons;
use preemption::Candidate;
use queue::{Queue, Waiting};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const NAME: &str = "default-scheduler";

/// In a larger cluster the search stops when this many Nodes will do (`minFeasibleNodesToFind`).
const FEW_NODES: usize = 100;

const CYCLE: u64 = 0;
const FLUSH: u64 = 1;
const CLAIMS_LATE: u64 = 2;

/// The scheduler of Pods whose `schedulerName` is `default-scheduler`.
#[derive(Debug, Default)]
pub struct Scheduler {
    cache: Cache,
    queue: Queue,
    /// Pods that wait for their victims to leave a Node, by Node.
    nominated: BTreeMap<String, BTreeMap<Key, PodInfo>>,
    /// Where the next search in a large cluster begins.
    next_start: usize,
    /// Pods that have a Node, but whose claims are not bound yet.
    binding: BTreeMap<Key, Binding>,
    awake: bool,
    flush_at: Option<SimTime>,
}

/// Why a Pod has found no Node.
struct Failure {
    message: String,
    refused_by: BTreeSet<Plugin>,
    preempts: Option<Candidate>,
    /// Whether it could have driven others out, and that would not help anywhere: no Node is kept for it any more.
    is_hopeless: bool,
}

impl Component for Scheduler {
    fn name(&self) -> &'static str {
        NAME
    }

    fn class(&self) -> Class {
        Class::Scheduler
    }

    fn start(&mut self, world: &mut World) {
        for node in world.store.state().list::<Node>() {
            self.cache.put_node(node);
        }
        let pods: Vec<Arc<Pod>> = world.store.state().pods_by_age().into_iter().cloned().collect();
        for pod in &pods {
            self.note_pod(pod, world.now);
        }
        self.plan(world);
    }

    fn observe(&mut self, world: &mut World, change: &Change) {
        match &change.object {
            Object::Node(node) if change.change == ChangeType::Deleted => self.cache.remove_node(node.name()),
            Object::Node(node) => self.cache.put_node(node),
            Object::Pod(pod) if change.change == ChangeType::Deleted => {
                let key = pod.key();
                self.cache.remove_pod(&key);
                self.queue.forget(&key);
                self.nominate(&key, None);
                self.binding.remove(&key);
            }
            Object::Pod(pod) => self.note_pod(pod, world.now),
            Object::PersistentVolumeClaim(_) => self.finish_bindings(world),
            _ => {}
        }
        if let Some(what) = Happened::of(change) {
            self.queue.happened(&what, world.now);
        }
        self.plan(world);
    }

    fn wake(&mut self, world: &mut World, alarm: Alarm) {
        match alarm.tag {
            FLUSH => {
                self.flush_at = None;
                self.queue.flush(world.now);
            }
            CLAIMS_LATE => self.give_up_binding(world, &alarm.key),
            _ => {
                self.awake = false;
                if let Some(waiting) = self.queue.pop() {
                    self.cycle(world, waiting);
                }
            }
        }
        self.plan(world);
    }
}

impl Scheduler {
    /// Asks to be woken if there is something to do.
    fn plan(&mut self, world: &mut World) {
        if self.queue.is_ready() && !self.awake {
            self.awake = true;
            world.wake_at(world.now, Key::cluster_wide(""), CYCLE);
        }
        if self.flush_at.is_none()
            && let Some(at) = self.queue.next_flush()
        {
            self.flush_at = Some(at);
            world.wake_at(at, Key::cluster_wide(""), FLUSH);
        }
    }

    /// A Pod that exists: placed, waiting, or none of our business.
    fn note_pod(&mut self, pod: &Arc<Pod>, now: SimTime) {
        let key = pod.key();
        if node_of(pod).is_some() || is_finished(pod) {
            self.cache.put_pod(pod);
            self.queue.forget(&key);
            self.nominate(&key, None);
        } else if is_ours(pod) && !pod.is_deleting() && !self.cache.holds(pod) {
            let info = PodInfo::new(pod.clone());
            let node = pod.status.as_ref().and_then(|status| status.nominated_node_name.clone());
            if node.as_deref().is_some_and(|node| !node.is_empty()) {
                self.nominate(&key, node.map(|node| (node, info.clone())));
            }
            self.queue.put(info, now);
        } else {
            self.queue.forget(&key);
        }
    }

    fn nominate(&mut self, key: &Key, at: Option<(String, PodInfo)>) {
        self.nominated.retain(|_, pods| {
            pods.remove(key);
            !pods.is_empty()
        });
        if let Some((node, info)) = at {
            self.nominated.entry(node).or_default().insert(key.clone(), info);
        }
    }

    /// One Pod's turn.
    fn cycle(&mut self, world: &mut World, waiting: Waiting) {
        let key = waiting.info.pod.key();
        let current = world.store.get::<Pod>(&key).cloned();
        let Some(pod) = current.filter(|pod| {
            pod.uid() == waiting.info.pod.uid() && !pod.is_deleting() && node_of(pod).is_none()
        }) else {
            return;
        };
        match self.find_node(world, &waiting.info) {
            Ok(node) => self.bind_claims(world, &pod, waiting, node),
            Err(failure) => self.fail(world, &pod, waiting, "Unschedulable", failure),
        }
    }

    fn bind(&mut self, world: &mut World, pod: &Pod, node: &str) {
        let key = pod.key();
        // The Pod was there a moment ago, at this very instant of virtual time.
        let Ok(bound) = world.bind(&key, node) else { return };
        self.nominate(&key, None);
        self.cache.place(node, PodInfo::new(bound.clone()));
        let message = format!("Successfully assigned {key} to {node}");
        world.normal(NAME, bound.as_ref(), "Scheduled", message);
    }

    fn fail(
        &mut self,
        world: &mut World,
        pod: &Pod,
        waiting: Waiting,
        reason: &'static str,
        failure: Failure,
    ) {
        let key = pod.key();
        let nominee = failure.preempts.as_ref().map(|candidate| candidate.node.clone());
        if let Some(candidate) = &failure.preempts {
            preempt(world, pod, candidate);
            self.nominate(&key, Some((candidate.node.clone(), waiting.info.clone())));
        } else if failure.is_hopeless {
            self.nominate(&key, None);
        }
        world.warn(NAME, pod, "FailedScheduling", failure.message.clone());
        let now = world.now;
        let written = world.write::<Pod>(&key, |pod| {
            set_pod_condition(pod, now, "PodScheduled", "False", Some(reason), Some(&failure.message));
            if nominee.is_some() || failure.is_hopeless {
                pod.status.get_or_insert_default().nominated_node_name = nominee;
            }
        });
        if written.is_ok() {
            self.queue.put_back(waiting, failure.refused_by, now);
        }
    }

    /// The best Node for a Pod.
    fn find_node(&mut self, world: &World, pod: &PodInfo) -> Result<String, Failure> {
        let state = world.store.state();
        let count = self.cache.len();
        if count == 0 {
            let message = message::NO_NODES.to_owned();
            return Err(Failure { message, refused_by: BTreeSet::new(), preempts: None, is_hopeless: false });
        }
        let prepared = match Prepared::new(state, &self.cache, pod) {
            Ok(prepared) => prepared,
            Err(refusal) => {
                let head = message::refused_at_once(count, &refusal.reasons.join(", "));
                return Err(self.no_node(world, pod, None, &head, &BTreeMap::new(), &[refusal.plugin]));
            }
        };
        if let Some(node) = self.nominee(world, pod, &prepared) {
            return Ok(node);
        }
        let named = prepared.required.named();
        let nodes: Vec<&NodeInfo> = match &named {
            Some(names) => names.iter().filter_map(|name| self.cache.node(name)).collect(),
            None => self.cache.nodes().collect(),
        };
        let enough = feasible_nodes_to_find(nodes.len());
        let mut feasible = Vec::new();
        let mut refusals = BTreeMap::new();
        let mut looked_at = 0;
        for offset in 0..nodes.len() {
            let node = nodes[(self.next_start + offset) % nodes.len()];
            looked_at += 1;
            match self.refusal(world, pod, &prepared, node) {
                None => feasible.push(node),
                Some(refusal) => {
                    refusals.insert(node.name().to_owned(), refusal);
                }
            }
            if feasible.len() >= enough {
                break;
            }
        }
        if let Some(node) = choose(world, &self.cache, &prepared, pod, &feasible) {
            let node = node.to_owned();
            self.next_start = (self.next_start + looked_at) % nodes.len();
            return Ok(node);
        }
        let mut reasons = Reasons::default();
        for refusal in refusals.values() {
            refusal.reasons.iter().for_each(|reason| reasons.add(reason));
        }
        reasons.add_many("node(s) didn't satisfy plugin(s) [NodeAffinity]", count - nodes.len());
        let head = message::fit_error(count, &reasons);
        let mut by: Vec<Plugin> = refusals.values().map(|refusal| refusal.plugin).collect();
        if nodes.len() < count {
            by.push(Plugin::NodeAffinity);
        }
        Err(self.no_node(world, pod, Some(&prepared), &head, &refusals, &by))
    }

    fn no_node(
        &self,
        world: &World,
        pod: &PodInfo,
        prepared: Option<&Prepared>,
        head: &str,
        refusals: &BTreeMap<String, Refusal>,
        refused_by: &[Plugin],
    ) -> Failure {
        let found = preemption::find(world.store.state(), &self.cache, prepared, pod, refusals);
        let message = message::with_tail(head, found.as_ref().err().map(|nobody| nobody.tail.as_str()));
        let is_hopeless = found.as_ref().is_err_and(|nobody| nobody.is_hopeless);
        let refused_by = refused_by.iter().copied().collect();
        Failure { message, refused_by, preempts: found.ok(), is_hopeless }
    }

    /// The Node that an earlier preemption has made room on, if there is room now.
    fn nominee(&self, world: &World, pod: &PodInfo, prepared: &Prepared) -> Option<String> {
        let key = pod.pod.key();
        let (name, _) = self.nominated.iter().find(|(_, pods)| pods.contains_key(&key))?;
        let node = self.cache.node(name)?;
        self.refusal(world, pod, prepared, node).is_none().then(|| name.clone())
    }

    /// The first refusal of a Node, also with the Pods there for which room has been made and which are not less
    /// important (`RunFilterPluginsWithNominatedPods`).
    fn refusal(&self, world: &World, pod: &PodInfo, prepared: &Prepared, node: &NodeInfo) -> Option<Refusal> {
        let own = pod.pod.key();
        let others: Vec<&PodInfo> = self
            .nominated
            .get(node.name())
            .into_iter()
            .flatten()
            .filter(|(key, other)| **key != own && other.priority() >= pod.priority())
            .map(|(_, other)| other)
            .collect();
        if !others.is_empty() {
            let mut prepared = prepared.clone();
            let mut supposed = node.clone();
            for other in others {
                prepared.suppose(world.store.state(), pod, other, &mut supposed);
            }
            if let Some(refusal) = prepared.refusal(world.store.state(), pod, &supposed) {
                return Some(refusal);
            }
        }
        prepared.refusal(world.store.state(), pod, node)
    }
}

/// The Node with the highest score. A single one needs none.
fn choose<'a>(
    world: &World,
    cache: &Cache,
    prepared: &Prepared,
    pod: &PodInfo,
    feasible: &[&'a NodeInfo],
) -> Option<&'a str> {
    if let [only] = feasible {
        return Some(only.name());
    }
    let totals = scores::totals(world.store.state(), cache, prepared, pod, feasible);
    feasible
        .iter()
        .zip(totals)
        .min_by_key(|(node, total)| (Reverse(*total), node.pods.len(), node.name()))
        .map(|(node, _)| node.name())
}

/// How many Nodes that will do are enough (`numFeasibleNodesToFind`).
fn feasible_nodes_to_find(nodes: usize) -> usize {
    if nodes < FEW_NODES {
        return nodes;
    }
    let percent = 50_usize.saturating_sub(nodes / 125).max(5);
    (nodes * percent / 100).max(FEW_NODES)
}

fn is_ours(pod: &Pod) -> bool {
    let scheduler = pod.spec.as_ref().and_then(|spec| spec.scheduler_name.as_deref());
    scheduler.is_none_or(|name| name == NAME)
}

/// Deletes the victims, each with its own grace.
fn preempt(world: &mut World, pod: &Pod, candidate: &Candidate) {
    for victim in &candidate.victims {
        let key = victim.pod.key();
        let now = world.now;
        let message = format!("{NAME}: preempting to accommodate a higher priority pod");
        let marked = world.write::<Pod>(&key, |pod| {
            set_pod_condition(
                pod,
                now,
                "DisruptionTarget",
                "True",
                Some("PreemptionByScheduler"),
                Some(&message),
            );
        });
        // It may have gone by itself in the meantime, which is as good.
        if let Ok(marked) = marked
            && world.delete::<Pod>(&key, DeleteOptions::default()).is_ok()
        {
            let message = format!("Preempted by pod {} on node {}", pod.uid(), candidate.node);
            world.normal(NAME, marked.as_ref(), "Preempted", message);
        }
    }
}
