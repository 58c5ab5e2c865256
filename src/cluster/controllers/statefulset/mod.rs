//! The StatefulSet controller: Pods with a name and volumes of their own, made and deleted in order.
//!
//! A sync decides from one look at the Pods ([`update::View`]); what it has just made or deleted shows in the status of
//! the next. A Pod that cannot be asked, because its Node is silent, holds everything up: two Pods with one identity
//! would be worse.
//!
//! Source: `pkg/controller/statefulset/stateful_set.go`, `stateful_set_control.go`, `stateful_pod_control.go`.

mod claims;
mod identity;
mod status;
mod update;

use super::adoption::{claim_pods, owners};
use super::history::{self, History, Subject};
use super::pods::{next_available, phase};
use super::{Controller, Outcome};
use crate::cluster::api::{ApiError, DeleteOptions};
use crate::cluster::clock::Millis;
use crate::cluster::engine::World;
use crate::cluster::object::{Key, Kind, Object, Resource};
use crate::cluster::selector::Selector;
use crate::cluster::store::Change;
use identity::{is_marked, mark, new_pod, ordinal_of};
use k8s_openapi::api::apps::v1::{ControllerRevision, StatefulSet};
use k8s_openapi::api::core::v1::Pod;
use std::collections::BTreeSet;
use std::sync::Arc;
use update::{Step, View};

const NAME: &str = "statefulset-controller";

/// The label in which a revision of a StatefulSet carries its hash.
const HASH_LABEL: &str = "controller.kubernetes.io/hash";

/// Keeps the Pods of StatefulSets.
#[derive(Debug)]
pub struct StatefulSetController;

/// What a StatefulSet asks for.
#[derive(Debug)]
struct Settings {
    replicas: i32,
    /// The first ordinal.
    start: i32,
    ordered: bool,
    /// How many places from the first are left at the old revision; `None` if Pods are not replaced (OnDelete).
    partition: Option<i32>,
    min_ready: Millis,
    history_limit: usize,
}

impl Settings {
    fn of(set: &StatefulSet) -> Settings {
        let spec = set.spec.clone().unwrap_or_default();
        let strategy = spec.update_strategy.unwrap_or_default();
        let partition = strategy.rolling_update.and_then(|rolling| rolling.partition).unwrap_or(0);
        Settings {
            replicas: spec.replicas.unwrap_or(1),
            start: spec.ordinals.and_then(|ordinals| ordinals.start).unwrap_or(0),
            ordered: spec.pod_management_policy.as_deref() != Some("Parallel"),
            partition: (strategy.type_.as_deref() != Some("OnDelete")).then_some(partition),
            min_ready: super::pods::min_ready(spec.min_ready_seconds),
            history_limit: usize::try_from(spec.revision_history_limit.unwrap_or(10)).unwrap_or(0),
        }
    }

    /// Whether an ordinal is wanted.
    fn wants(&self, ordinal: i32) -> bool {
        (self.start..self.start.saturating_add(self.replicas)).contains(&ordinal)
    }
}

/// Some of the work could not be done; it is tried again.
#[derive(Debug)]
struct Failed;

impl From<ApiError> for Failed {
    fn from(_: ApiError) -> Failed {
        Failed
    }
}

impl From<claims::NotYet> for Failed {
    fn from(_: claims::NotYet) -> Failed {
        Failed
    }
}

impl Controller for StatefulSetController {
    const NAME: &'static str = NAME;

    fn keys(&self, world: &World, change: &Change) -> Vec<Key> {
        match &change.object {
            object if object.kind() == Kind::StatefulSet => vec![object.key()],
            Object::Pod(_) => {
                owners(world, change, |set: &StatefulSet, labels| selector(set).matches(labels))
            }
            _ => Vec::new(),
        }
    }

    fn reconcile(&mut self, world: &mut World, key: &Key) -> Outcome {
        match world.store.get::<StatefulSet>(key).cloned() {
            Some(set) => sync(world, &set).unwrap_or(Outcome::Retry),
            None => Outcome::Done,
        }
    }
}

fn selector(set: &StatefulSet) -> Selector {
    let selector = set.spec.as_ref().map(|spec| &spec.selector);
    Selector::new(selector).unwrap_or(Selector::Nothing)
}

fn sync(world: &mut World, set: &StatefulSet) -> Result<Outcome, Failed> {
    let (settings, selector) = (Settings::of(set), selector(set));
    let pods = claim_pods(world, set, &selector, |pod| ordinal_of(set.name(), pod.name()).is_some());
    let history = keep_history(world, set, &selector)?;
    let current = set.status.as_ref().and_then(|status| status.current_revision.as_deref());
    let current = current.and_then(|name| history.named(name)).unwrap_or(&history.present).clone();
    let managed =
        if set.is_deleting() { Ok(()) } else { manage(world, set, &settings, &pods, &history, &current) };
    let status = status::next(set, &settings, &pods, &history, current.name(), world.now);
    // It may have been deleted meanwhile, and then nobody asks for its status.
    let _ = world.write::<StatefulSet>(&set.key(), |set| set.status = Some(status));
    managed?;
    truncate(world, &settings, &pods, &history, &current);
    let next = next_available(pods.iter().map(Arc::as_ref), settings.min_ready, world.now);
    Ok(next.map_or(Outcome::Done, Outcome::At))
}

fn keep_history(world: &mut World, set: &StatefulSet, selector: &Selector) -> Result<History, ApiError> {
    let template = set.spec.as_ref().map(|spec| spec.template.clone()).unwrap_or_default();
    let collisions = set.status.as_ref().and_then(|status| status.collision_count).unwrap_or(0);
    let subject = Subject { owner: set, template: &template, selector, hash_label: HASH_LABEL, collisions };
    history::keep(world, &subject)
}

/// Makes and deletes Pods, and sees to the claims and the identity of those that are there.
fn manage(
    world: &mut World,
    set: &StatefulSet,
    settings: &Settings,
    pods: &[Arc<Pod>],
    history: &History,
    current: &ControllerRevision,
) -> Result<(), Failed> {
    let mut known: Vec<(i32, &Pod)> =
        pods.iter().filter_map(|pod| Some((ordinal_of(set.name(), pod.name())?, pod.as_ref()))).collect();
    known.sort_by_key(|(ordinal, _)| *ordinal);
    for (ordinal, pod) in &known {
        let wanted = settings.wants(*ordinal);
        if wanted && phase(pod) == "Pending" {
            claims::create(world, set, *ordinal, Some(pod))?;
        }
        if wanted && !is_marked(pod, *ordinal) {
            world.write::<Pod>(&pod.key(), |pod| {
                let name = pod.name().to_owned();
                mark(pod.metadata.labels.get_or_insert_default(), &name, *ordinal);
            })?;
        }
        claims::follow(world, set, *ordinal, pod, !wanted)?;
    }
    let last = settings.start.saturating_add(settings.replicas);
    let holder = |ordinal| known.iter().find(|(own, _)| *own == ordinal).map(|(_, pod)| *pod);
    let view = View {
        ordered: settings.ordered,
        places: (settings.start..last).map(|ordinal| (ordinal, holder(ordinal))).collect(),
        surplus: known.iter().rev().filter(|(own, _)| !settings.wants(*own)).map(|(_, pod)| *pod).collect(),
        update: settings
            .partition
            .map(|partition| (usize::try_from(partition).unwrap_or(0), history.present.name())),
        min_ready: settings.min_ready,
        now: world.now,
    };
    for step in view.steps() {
        match step {
            Step::Create(ordinal) => {
                let kept = settings.partition.is_some_and(|partition| ordinal < settings.start + partition);
                let revision = if kept { current } else { history.present.as_ref() };
                create_pod(world, set, revision, ordinal)?;
            }
            Step::Delete(pod) => delete_pod(world, set, pod),
        }
    }
    Ok(())
}

fn create_pod(
    world: &mut World,
    set: &StatefulSet,
    revision: &ControllerRevision,
    ordinal: i32,
) -> Result<(), Failed> {
    claims::create(world, set, ordinal, None)?;
    let pod = new_pod(set, revision, ordinal);
    let (name, set_name) = (pod.name().to_owned(), set.name());
    match world.create(pod) {
        Ok(pod) => {
            claims::follow(world, set, ordinal, &pod, false)?;
            let message = format!("Create Pod {name} in StatefulSet {set_name} successful");
            world.normal(NAME, set, "SuccessfulCreate", message);
            Ok(())
        }
        // A Pod of this name that is not the set's: nothing is said about it.
        Err(error @ ApiError::AlreadyExists { .. }) => Err(error.into()),
        Err(error) => {
            let message = format!("Create Pod {name} in StatefulSet {set_name} failed error: {error}");
            world.warn(NAME, set, "FailedCreate", message);
            Err(error.into())
        }
    }
}

fn delete_pod(world: &mut World, set: &StatefulSet, pod: &Pod) {
    if world.delete::<Pod>(&pod.key(), DeleteOptions::default()).is_ok() {
        let message = format!("Delete Pod {} in StatefulSet {} successful", pod.name(), set.name());
        world.normal(NAME, set, "SuccessfulDelete", message);
    }
}

/// Forgets the oldest revisions beyond `revisionHistoryLimit`, of which no Pod is left.
fn truncate(
    world: &mut World,
    settings: &Settings,
    pods: &[Arc<Pod>],
    history: &History,
    current: &ControllerRevision,
) {
    let used: BTreeSet<&str> = pods.iter().filter_map(|pod| history::revision_of(pod)).collect();
    let is_live = |revision: &&Arc<ControllerRevision>| {
        revision.name() == current.name() || used.contains(revision.name())
    };
    let live: BTreeSet<Key> = history.earlier.iter().filter(is_live).map(|revision| revision.key()).collect();
    let excess = (history.earlier.len() - live.len()).saturating_sub(settings.history_limit);
    history::truncate(world, &history.earlier, &live, excess);
}

#[cfg(test)]
mod tests;
