//! Which ReplicaSet is the new one, and which revision each is.
//!
//! A ReplicaSet belongs to the present template if its own is equal but for the hash label. It carries its revision, and
//! the Deployment's size when its own was last set, as annotations; a template that comes back gets its old ReplicaSet
//! with a new number. Source: `pkg/controller/deployment/sync.go` (`getNewReplicaSet`), `util/deployment_util.go`.

use super::progress::{self, PROGRESSING};
use super::{Limits, NAME, Sets, rolling};
use crate::cluster::api::ApiError;
use crate::cluster::engine::World;
use crate::cluster::names::{encode_hash, fnv1a};
use crate::cluster::object::{Key, Resource};
use k8s_openapi::api::apps::v1::{Deployment, ReplicaSet, ReplicaSetSpec};
use k8s_openapi::api::core::v1::PodTemplateSpec;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};
use std::collections::BTreeMap;
use std::sync::Arc;

const TEMPLATE_HASH: &str = "pod-template-hash";
const REVISION: &str = "deployment.kubernetes.io/revision";
const REVISION_HISTORY: &str = "deployment.kubernetes.io/revision-history";
const DESIRED_REPLICAS: &str = "deployment.kubernetes.io/desired-replicas";
const MAX_REPLICAS: &str = "deployment.kubernetes.io/max-replicas";
/// A Deployment's annotations go to its ReplicaSets, and back with an undo, but not these (`annotationsToSkip`).
pub const NOT_COPIED: [&str; 6] = [
    "kubectl.kubernetes.io/last-applied-configuration",
    REVISION,
    REVISION_HISTORY,
    DESIRED_REPLICAS,
    MAX_REPLICAS,
    "deprecated.deployment.rollback.to",
];

/// What orders ReplicaSets by age: when they were created, then their names.
pub(super) fn age(set: &ReplicaSet) -> (Option<Time>, String) {
    (set.metadata.creation_timestamp.clone(), set.name().to_owned())
}

/// The revision of a ReplicaSet; 0 if it has none yet.
pub(super) fn of(set: &ReplicaSet) -> i64 {
    number(&set.metadata, REVISION).unwrap_or(0)
}

/// The Deployment's size when this ReplicaSet's was last set.
pub(super) fn desired_replicas(set: &ReplicaSet) -> Option<i32> {
    number(&set.metadata, DESIRED_REPLICAS).and_then(|number| i32::try_from(number).ok())
}

/// The most Pods that the Deployment could have then.
pub(super) fn max_replicas(set: &ReplicaSet) -> Option<i32> {
    number(&set.metadata, MAX_REPLICAS).and_then(|number| i32::try_from(number).ok())
}

/// Notes the Deployment's size on a ReplicaSet.
pub(super) fn note_sizes(set: &mut ReplicaSet, limits: Limits) {
    let annotations = set.metadata.annotations.get_or_insert_default();
    annotations.insert(DESIRED_REPLICAS.to_owned(), limits.replicas.to_string());
    annotations.insert(MAX_REPLICAS.to_owned(), limits.most().to_string());
}

/// Whether a ReplicaSet's template is this one, but for the hash label.
pub(super) fn has_template(set: &ReplicaSet, template: &PodTemplateSpec) -> bool {
    let Some(own) = set.spec.as_ref().and_then(|spec| spec.template.as_ref()) else { return false };
    own.spec == template.spec && without_hash(own) == without_hash(template)
}

fn without_hash(template: &PodTemplateSpec) -> ObjectMeta {
    let mut meta = template.metadata.clone().unwrap_or_default();
    if let Some(labels) = &mut meta.labels {
        labels.remove(TEMPLATE_HASH);
    }
    meta
}

/// The ReplicaSets; the new one, if it is there, gets its revision, and the Deployment too.
pub(super) fn existing(world: &mut World, key: &Key, all: Vec<Arc<ReplicaSet>>) -> Sets {
    let Some(deployment) = world.store.get::<Deployment>(key).cloned() else {
        return Sets { new: None, old: all };
    };
    let mut sets = Sets::split(&deployment.spec.clone().unwrap_or_default(), all);
    if let Some(new) = &sets.new {
        sets.new = Some(sync_new(world, key, &deployment, new, next_revision(&sets.old)));
    }
    sets
}

/// The ReplicaSets; the new one is made if it is not there.
pub(super) fn existing_or_created(
    world: &mut World,
    key: &Key,
    all: Vec<Arc<ReplicaSet>>,
) -> Result<Sets, ApiError> {
    let mut sets = existing(world, key, all);
    if sets.new.is_none()
        && let Some(deployment) = world.store.get::<Deployment>(key).cloned()
    {
        sets.new = Some(create_new(world, key, &deployment, &sets.old)?);
    }
    Ok(sets)
}

/// One more than the highest of the old ones.
fn next_revision(old: &[Arc<ReplicaSet>]) -> i64 {
    old.iter().map(|set| of(set)).max().unwrap_or(0) + 1
}

/// Brings the new ReplicaSet's annotations in line with its Deployment; if they are, the Deployment's own.
fn sync_new(
    world: &mut World,
    key: &Key,
    deployment: &Deployment,
    new: &Arc<ReplicaSet>,
    revision: i64,
) -> Arc<ReplicaSet> {
    let min_ready = deployment.spec.as_ref().and_then(|spec| spec.min_ready_seconds);
    let written = world.write::<ReplicaSet>(&new.key(), |set| {
        annotate(set, deployment, revision);
        set.spec.get_or_insert_default().min_ready_seconds = min_ready;
    });
    let Ok(written) = written else { return new.clone() };
    if written.metadata.resource_version == new.metadata.resource_version {
        let message = format!("Found new replica set {:?}", new.name());
        note_revision(world, key, of(new), ("FoundNewReplicaSet", message), true);
    }
    written
}

fn create_new(
    world: &mut World,
    key: &Key,
    deployment: &Deployment,
    old: &[Arc<ReplicaSet>],
) -> Result<Arc<ReplicaSet>, ApiError> {
    let spec = deployment.spec.clone().unwrap_or_default();
    let collisions = deployment.status.as_ref().and_then(|status| status.collision_count);
    let hash = template_hash(&spec.template, collisions);
    let mut template = spec.template.clone();
    let labels = template.metadata.get_or_insert_default().labels.get_or_insert_default();
    labels.insert(TEMPLATE_HASH.to_owned(), hash.clone());
    let labels = labels.clone();
    let mut selector = spec.selector.clone();
    selector.match_labels.get_or_insert_default().insert(TEMPLATE_HASH.to_owned(), hash.clone());
    let limits = Limits::of(&spec);
    let size = rolling::grown(0, super::sum(old.iter().map(|set| super::wanted(set))), limits, &spec);
    let mut set = ReplicaSet {
        metadata: ObjectMeta {
            name: Some(format!("{}-{hash}", deployment.name())),
            namespace: Some(deployment.namespace().to_owned()),
            labels: Some(labels),
            owner_references: Some(vec![deployment.as_controller()]),
            ..ObjectMeta::default()
        },
        spec: Some(ReplicaSetSpec {
            replicas: Some(size),
            min_ready_seconds: spec.min_ready_seconds,
            selector,
            template: Some(template),
        }),
        status: None,
    };
    let revision = next_revision(old);
    annotate(&mut set, deployment, revision);
    note_sizes(&mut set, limits);
    let name = set.name().to_owned();
    match world.create(set) {
        Ok(created) => {
            if size > 0 {
                let message = format!("Scaled up replica set {name} from 0 to {size}");
                world.normal(NAME, deployment, "ScalingReplicaSet", message);
            }
            let message = format!("Created new replica set {name:?}");
            note_revision(world, key, revision, ("NewReplicaSetCreated", message), false);
            Ok(created)
        }
        Err(error) => {
            note_failure(world, key, deployment, &name, &error);
            Err(error)
        }
    }
}

/// A name that is taken leads to another hash next time; any other refusal is said, unless the Deployment will go with its
/// namespace.
fn note_failure(world: &mut World, key: &Key, deployment: &Deployment, name: &str, error: &ApiError) {
    if matches!(error, ApiError::AlreadyExists { .. }) {
        let _ = world.write::<Deployment>(key, |deployment| {
            *deployment.status.get_or_insert_default().collision_count.get_or_insert(0) += 1;
        });
        return;
    }
    if matches!(error, ApiError::NamespaceTerminating(_)) {
        return;
    }
    let message = format!("Failed to create new replica set {name:?}: {error}");
    let condition =
        progress::condition(PROGRESSING, "False", "ReplicaSetCreateError", message.clone(), world.now);
    let _ = world.write::<Deployment>(key, |deployment| {
        let status = deployment.status.get_or_insert_default();
        progress::put(status.conditions.get_or_insert_default(), condition);
    });
    world.warn(NAME, deployment, "ReplicaSetCreateError", message);
}

/// Writes the revision on the Deployment, and a condition Progressing if it watches its progress; `only_if_none` leaves a
/// condition that is there alone.
fn note_revision(
    world: &mut World,
    key: &Key,
    revision: i64,
    (reason, message): (&str, String),
    only_if_none: bool,
) {
    let condition = progress::condition(PROGRESSING, "True", reason, message, world.now);
    let _ = world.write::<Deployment>(key, |deployment| {
        let watches = deployment.spec.as_ref().is_some_and(progress::has_deadline);
        let annotations = deployment.metadata.annotations.get_or_insert_default();
        annotations.insert(REVISION.to_owned(), revision.to_string());
        let status = deployment.status.get_or_insert_default();
        let conditions = status.conditions.get_or_insert_default();
        if watches && !(only_if_none && progress::find(conditions, PROGRESSING).is_some()) {
            progress::put(conditions, condition);
        }
        if conditions.is_empty() {
            status.conditions = None;
        }
    });
}

/// The Deployment's annotations, and a revision if it is higher than the one that the ReplicaSet has.
fn annotate(set: &mut ReplicaSet, deployment: &Deployment, revision: i64) {
    let before = of(set);
    let annotations = set.metadata.annotations.get_or_insert_default();
    for (name, value) in deployment.metadata.annotations.iter().flatten() {
        if !NOT_COPIED.contains(&name.as_str()) {
            annotations.insert(name.clone(), value.clone());
        }
    }
    if before < revision {
        annotations.insert(REVISION.to_owned(), revision.to_string());
        if before > 0 {
            let history = annotations.entry(REVISION_HISTORY.to_owned()).or_default();
            if !history.is_empty() {
                history.push(',');
            }
            history.push_str(&before.to_string());
        }
    }
}

/// The hash that tells templates apart. Kubernetes hashes a dump of the Go structure; here it is the JSON.
fn template_hash(template: &PodTemplateSpec, collisions: Option<i32>) -> String {
    let mut text = serde_json::to_string(template).unwrap_or_default();
    if let Some(collisions) = collisions {
        text.push_str(&collisions.to_string());
    }
    encode_hash(fnv1a(text.as_bytes()))
}

fn number(meta: &ObjectMeta, annotation: &str) -> Option<i64> {
    meta.annotations.as_ref().and_then(|all: &BTreeMap<_, _>| all.get(annotation))?.parse().ok()
}
