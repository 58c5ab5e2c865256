//! The DaemonSet controller: one Pod on every Node that fits.
//!
//! It decides on which Nodes Pods belong, and makes each for one Node by affinity; the scheduler binds it. A sync first sets
//! that right ([`manage`]); an update goes on only in a sync that had nothing of the kind to do. That a Node is gone is not
//! noticed until something else happens.
//!
//! Source: `pkg/controller/daemon/daemon_controller.go`, `update.go`.

mod backoff;
mod nodes;
mod status;
mod template;
mod update;

use super::adoption::{claim_pods, owners};
use super::history::{self, History, Subject};
use super::pod_control::{create_pod, delete_pod, slow_start};
use super::pods::{is_available, is_ready, next_available, node_name, phase};
use super::{Controller, Outcome};
use crate::cluster::api::ApiError;
use crate::cluster::clock::{Millis, SimTime};
use crate::cluster::engine::World;
use crate::cluster::object::{Key, Kind, Object, Resource};
use crate::cluster::selector::Selector;
use crate::cluster::store::{Change, ChangeType};
use backoff::Backoff;
use k8s_openapi::api::apps::v1::{ControllerRevision, DaemonSet, RollingUpdateDaemonSet};
use k8s_openapi::api::core::v1::{Node, Pod};
use nodes::{Demand, Place, by_node};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use update::Limit;

const NAME: &str = "daemonset-controller";

/// At most this many Pods are made or deleted in one sync (`BurstReplicas`).
const BURST: usize = 250;

/// Keeps the Pods of DaemonSets.
#[derive(Debug, Default)]
pub struct DaemonSetController {
    backoff: Backoff,
}

impl Controller for DaemonSetController {
    const NAME: &'static str = NAME;

    fn keys(&self, world: &World, change: &Change) -> Vec<Key> {
        match &change.object {
            object if object.kind() == Kind::DaemonSet => vec![object.key()],
            Object::Pod(_) => owners(world, change, |set: &DaemonSet, labels| selector(set).matches(labels)),
            Object::Node(node) if change.change != ChangeType::Deleted => {
                let before = change.before.as_ref().and_then(Node::from_object);
                concerned(world, node, before.map(Arc::as_ref))
            }
            _ => Vec::new(),
        }
    }

    fn reconcile(&mut self, world: &mut World, key: &Key) -> Outcome {
        match world.store.get::<DaemonSet>(key).cloned() {
            Some(set) if !set.is_deleting() => self.sync(world, &set).unwrap_or(Outcome::Retry),
            _ => Outcome::Done,
        }
    }
}

/// The sets to which a Node is something else than it was.
fn concerned(world: &World, node: &Node, before: Option<&Node>) -> Vec<Key> {
    let same_taints = |before: &Node| {
        before.spec.as_ref().and_then(|spec| spec.taints.as_ref())
            == node.spec.as_ref().and_then(|spec| spec.taints.as_ref())
    };
    if before.is_some_and(|before| before.metadata.labels == node.metadata.labels && same_taints(before)) {
        return Vec::new();
    }
    let differs = |set: &&Arc<DaemonSet>| {
        let pattern = template::pattern(set);
        let demand = Demand::of(&pattern);
        let place = demand.place(node);
        before.map_or(place == Place::Wanted, |before| demand.place(before) != place)
    };
    world.store.state().list::<DaemonSet>().filter(differs).map(|set| set.key()).collect()
}

fn selector(set: &DaemonSet) -> Selector {
    let selector = set.spec.as_ref().map(|spec| &spec.selector);
    Selector::new(selector).unwrap_or(Selector::Nothing)
}

/// What one sync of a set works with.
struct Sync<'a> {
    set: &'a DaemonSet,
    pattern: &'a Pod,
    demand: Demand<'a>,
    hash: &'a str,
    /// How an update goes on; `None` if Pods are not replaced (OnDelete).
    rolling: Option<RollingUpdateDaemonSet>,
    min_ready: Millis,
    now: SimTime,
}

/// What is to be done about Pods, and when to look again.
#[derive(Debug, Default)]
struct Work {
    create: Vec<String>,
    delete: Vec<Key>,
    again: Option<SimTime>,
}

impl DaemonSetController {
    fn sync(&mut self, world: &mut World, set: &DaemonSet) -> Result<Outcome, ApiError> {
        let spec = set.spec.clone().unwrap_or_default();
        let selector = selector(set);
        let nodes: Vec<Arc<Node>> = world.store.state().list::<Node>().cloned().collect();
        let pods = claim_pods(world, set, &selector, |_| true);
        let collisions = set.status.as_ref().and_then(|status| status.collision_count);
        let history = history::keep(
            world,
            &Subject {
                owner: set,
                template: &spec.template,
                selector: &selector,
                hash_label: history::POD_REVISION,
                collisions: collisions.unwrap_or(0),
            },
        )?;
        let hash = hash_of(&history.present).to_owned();
        let pattern = template::pattern(set);
        let strategy = spec.update_strategy.unwrap_or_default();
        let replaces = strategy.type_.as_deref() != Some("OnDelete");
        let sync = Sync {
            set,
            pattern: &pattern,
            demand: Demand::of(&pattern),
            hash: &hash,
            rolling: replaces.then(|| strategy.rolling_update.unwrap_or_default()),
            min_ready: super::pods::min_ready(spec.min_ready_seconds),
            now: world.now,
        };
        let mut work = self.manage(world, &sync, &nodes, &pods);
        if work.create.is_empty() && work.delete.is_empty() {
            let steps = sync.update(&nodes, &pods);
            work.create = steps.create;
            work.delete = steps.delete;
        }
        let done = sync.carry_out(world, &work);
        let limit = usize::try_from(spec.revision_history_limit.unwrap_or(10)).unwrap_or(0);
        truncate(world, &pods, &history, limit);
        let next = sync.write_status(world, &nodes, &history);
        done?;
        Ok([work.again, next].into_iter().flatten().min().map_or(Outcome::Done, Outcome::At))
    }

    /// Which Nodes get a Pod, and which Pods go, apart from updates.
    fn manage(&mut self, world: &mut World, sync: &Sync<'_>, nodes: &[Arc<Node>], pods: &[Arc<Pod>]) -> Work {
        let by_node = by_node(pods);
        let mut work = Work::default();
        for node in nodes {
            let place = sync.demand.place(node);
            match by_node.get(node.name()) {
                None if place == Place::Wanted => work.create.push(node.name().to_owned()),
                None => {}
                Some(pods) if place == Place::Unwanted => {
                    work.delete.extend(pods.iter().filter(|pod| !pod.is_deleting()).map(|pod| pod.key()));
                }
                Some(pods) => {
                    let running = self.clear_finished(world, sync, node.name(), pods, &mut work);
                    sync.clear_excess(&running, &mut work);
                }
            }
        }
        // Nobody else would ever remove a Pod that waits for a Node that is no more.
        let homeless = pods.iter().filter(|pod| {
            node_name(pod).is_none()
                && !pod.is_deleting()
                && template::target(pod).is_some_and(|target| !nodes.iter().any(|node| node.name() == target))
        });
        work.delete.extend(homeless.map(|pod| pod.key()));
        work
    }

    /// Clears away the Pods on a Node that have finished; returns the others.
    fn clear_finished<'a>(
        &mut self,
        world: &mut World,
        sync: &Sync<'_>,
        node: &str,
        pods: &[&'a Pod],
        work: &mut Work,
    ) -> Vec<&'a Pod> {
        let mut running = Vec::new();
        for pod in pods.iter().copied().filter(|pod| !pod.is_deleting()) {
            let name = format!("{}/{} on node {node}", pod.namespace(), pod.name());
            match phase(pod) {
                "Failed" => match self.backoff.remove(sync.set.uid(), node, sync.now) {
                    Ok(()) => {
                        let message = format!("Found failed daemon pod {name}, will try to kill it");
                        world.warn(NAME, sync.set, "FailedDaemonPod", message);
                        work.delete.push(pod.key());
                    }
                    Err(wait) => {
                        let at = sync.now + wait;
                        work.again = Some(work.again.map_or(at, |again| again.min(at)));
                    }
                },
                "Succeeded" => {
                    let message = format!("Found succeeded daemon pod {name}, will try to delete it");
                    world.normal(NAME, sync.set, "SucceededDaemonPod", message);
                    work.delete.push(pod.key());
                }
                _ => running.push(pod),
            }
        }
        running
    }
}

impl Sync<'_> {
    /// Of several Pods on a Node the first stays; where an update surges, the first of each kind stays as long as both are
    /// needed.
    fn clear_excess(&self, running: &[&Pod], work: &mut Work) {
        let surges = matches!(&self.rolling, Some(rolling) if matches!(Limit::of(Some(rolling), 100), Limit::Surge(_)));
        if !surges || running.len() < 2 {
            work.delete.extend(running.iter().skip(1).map(|pod| pod.key()));
            return;
        }
        let (new, old): (Vec<&Pod>, Vec<&Pod>) =
            running.iter().copied().partition(|pod| history::revision_of(pod) == Some(self.hash));
        work.delete.extend(new.iter().skip(1).chain(old.iter().skip(1)).map(|pod| pod.key()));
        if let (Some(new), Some(old)) = (new.first(), old.first())
            && (!is_ready(old) || is_available(new, self.min_ready, self.now))
        {
            work.delete.push(old.key());
        }
    }

    /// What an update does.
    fn update(&self, nodes: &[Arc<Node>], pods: &[Arc<Pod>]) -> Work {
        let Some(rolling) = &self.rolling else { return Work::default() };
        let mut by_node: BTreeMap<String, Vec<&Pod>> = by_node(pods);
        let wanted = nodes.iter().filter(|node| self.demand.place(node) == Place::Wanted);
        let mut desired = 0;
        for node in wanted {
            desired += 1;
            by_node.entry(node.name().to_owned()).or_default();
        }
        let view = update::View {
            hash: self.hash,
            nodes: by_node.iter().map(|(node, pods)| (node.as_str(), pods.clone())).collect(),
            min_ready: self.min_ready,
            now: self.now,
        };
        let steps = view.steps(Limit::of(Some(rolling), desired));
        Work {
            create: steps.create.into_iter().map(str::to_owned).collect(),
            delete: steps.delete.into_iter().map(Resource::key).collect(),
            again: None,
        }
    }

    /// Makes Pods in batches that grow, then deletes.
    fn carry_out(&self, world: &mut World, work: &Work) -> Result<(), ApiError> {
        let mut nodes = work.create.iter();
        let made = slow_start(work.create.len().min(BURST), || {
            let node = nodes.next().map_or("", String::as_str);
            let pod = template::pod_for(self.pattern, self.hash, node);
            create_pod(world, NAME, self.set, pod)
        });
        for pod in work.delete.iter().take(BURST) {
            delete_pod(world, NAME, self.set, pod);
        }
        made
    }

    /// Writes the status; returns when a Pod becomes available just by waiting.
    fn write_status(&self, world: &mut World, nodes: &[Arc<Node>], history: &History) -> Option<SimTime> {
        let pods: Vec<Arc<Pod>> = world.store.controlled_by::<Pod>(self.set.uid()).cloned().collect();
        let sight = status::Sight {
            nodes,
            demand: &self.demand,
            hash: self.hash,
            min_ready: self.min_ready,
            now: self.now,
        };
        let mut status = status::next(&self.set.status.clone().unwrap_or_default(), &by_node(&pods), &sight);
        status.observed_generation = self.set.metadata.generation;
        if history.collisions > 0 {
            status.collision_count = Some(history.collisions);
        }
        // It may have been deleted meanwhile, and then nobody asks for its status.
        let _ = world.write::<DaemonSet>(&self.set.key(), |set| set.status = Some(status));
        next_available(pods.iter().map(Arc::as_ref), self.min_ready, self.now)
    }
}

/// The hash in a revision's label, which its Pods carry too.
fn hash_of(revision: &ControllerRevision) -> &str {
    let labels = revision.metadata.labels.as_ref();
    labels.and_then(|labels| labels.get(history::POD_REVISION)).map_or("", String::as_str)
}

/// Forgets the oldest revisions beyond `revisionHistoryLimit`, of which no Pod is left.
fn truncate(world: &mut World, pods: &[Arc<Pod>], history: &History, limit: usize) {
    let used: BTreeSet<&str> = pods.iter().filter_map(|pod| history::revision_of(pod)).collect();
    let is_live = |revision: &&Arc<ControllerRevision>| used.contains(hash_of(revision));
    let live: BTreeSet<Key> = history.earlier.iter().filter(is_live).map(|revision| revision.key()).collect();
    history::truncate(world, &history.earlier, &live, history.earlier.len().saturating_sub(limit));
}

#[cfg(test)]
mod tests;
