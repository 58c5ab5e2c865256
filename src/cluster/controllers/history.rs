//! The history of a Pod template: one ControllerRevision for each template that a StatefulSet or DaemonSet has had.
//!
//! A template that comes back (`kubectl rollout undo`) gets no new revision: its old one takes the highest number.
//!
//! Sources: `pkg/controller/history/controller_history.go`, `pkg/controller/statefulset/stateful_set_control.go`
//! (`getStatefulSetRevisions`, `truncateHistory`), `pkg/controller/daemon/update.go` (`constructHistory`).

use super::adoption::claim;
use crate::cluster::api::{ApiError, DeleteOptions};
use crate::cluster::engine::World;
use crate::cluster::names::{encode_hash, fnv1a};
use crate::cluster::object::{Key, Resource};
use crate::cluster::selector::Selector;
use k8s_openapi::api::apps::v1::ControllerRevision;
use k8s_openapi::api::core::v1::{Pod, PodTemplateSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use k8s_openapi::apimachinery::pkg::runtime::RawExtension;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The label of a Pod that says of which revision it is.
pub(super) const POD_REVISION: &str = "controller-revision-hash";

/// Of which revision a Pod is.
pub(super) fn revision_of(pod: &Pod) -> Option<&str> {
    pod.metadata.labels.as_ref()?.get(POD_REVISION).map(String::as_str)
}

/// The revisions of one owner.
#[derive(Debug)]
pub(super) struct History {
    /// That of the template as it is now.
    pub present: Arc<ControllerRevision>,
    /// All others, oldest first.
    pub earlier: Vec<Arc<ControllerRevision>>,
    /// How often a new revision's name was taken.
    pub collisions: i32,
}

impl History {
    /// The revision of this name.
    pub(super) fn named(&self, name: &str) -> Option<&Arc<ControllerRevision>> {
        std::iter::once(&self.present).chain(&self.earlier).find(|revision| revision.name() == name)
    }
}

/// What a history is kept for.
#[derive(Debug)]
pub(super) struct Subject<'a, O> {
    /// The StatefulSet or DaemonSet.
    pub owner: &'a O,
    /// Its template.
    pub template: &'a PodTemplateSpec,
    /// Which revisions without an owner are its own.
    pub selector: &'a Selector,
    /// The label in which a revision carries its hash.
    pub hash_label: &'static str,
    /// How often a new revision's name was taken before.
    pub collisions: i32,
}

/// Adopts and releases revisions, and sees to it that the present template has one, with the highest number.
pub(super) fn keep<O: Resource>(world: &mut World, subject: &Subject<'_, O>) -> Result<History, ApiError> {
    let mut earlier = claimed(world, subject);
    earlier.sort_by_key(|revision| (revision.revision, revision.metadata.creation_timestamp.clone()));
    let data = data(subject.template);
    let equal = earlier.iter().rposition(|revision| revision.data.as_ref().is_some_and(|own| own.0 == data));
    let Some(index) = equal else {
        let next = earlier.last().map_or(0, |last| last.revision) + 1;
        let (present, collisions) = create(world, subject, data, next)?;
        return Ok(History { present, earlier, collisions });
    };
    let mut present = earlier.remove(index);
    let highest = earlier.last().map_or(0, |last| last.revision);
    if present.revision <= highest {
        present =
            world.write::<ControllerRevision>(&present.key(), |revision| revision.revision = highest + 1)?;
    }
    Ok(History { present, earlier, collisions: subject.collisions })
}

fn claimed<O: Resource>(world: &mut World, subject: &Subject<'_, O>) -> Vec<Arc<ControllerRevision>> {
    let owner = subject.owner;
    let matches =
        |revision: &ControllerRevision| subject.selector.matches_option(revision.metadata.labels.as_ref());
    let own = world.store.controlled_by::<ControllerRevision>(owner.uid());
    let all = world.store.state().list_in::<ControllerRevision>(owner.namespace());
    let orphans = all.filter(|revision| revision.controller().is_none());
    let candidates = own.chain(orphans).cloned().collect();
    claim(world, owner, candidates, matches)
}

/// Stores a new revision; if its name is taken by another template's, under another name.
fn create<O: Resource>(
    world: &mut World,
    subject: &Subject<'_, O>,
    data: Value,
    number: i64,
) -> Result<(Arc<ControllerRevision>, i32), ApiError> {
    let mut collisions = subject.collisions;
    loop {
        let revision = revision(subject, &data, number, collisions);
        match world.create(revision) {
            Err(ApiError::AlreadyExists { .. }) => collisions += 1,
            Err(error) => return Err(error),
            Ok(created) => return Ok((created, collisions)),
        }
    }
}

fn revision<O: Resource>(
    subject: &Subject<'_, O>,
    data: &Value,
    number: i64,
    collisions: i32,
) -> ControllerRevision {
    let owner = subject.owner;
    let mut bytes = data.to_string();
    if collisions > 0 {
        bytes.push_str(&collisions.to_string());
    }
    let hash = encode_hash(fnv1a(bytes.as_bytes()));
    let mut labels =
        subject.template.metadata.as_ref().and_then(|meta| meta.labels.clone()).unwrap_or_default();
    labels.insert(subject.hash_label.to_owned(), hash.clone());
    ControllerRevision {
        metadata: ObjectMeta {
            name: Some(format!("{}-{hash}", owner.name())),
            namespace: Some(owner.namespace().to_owned()),
            labels: Some(labels),
            annotations: owner.metadata().annotations.clone(),
            owner_references: Some(vec![owner.as_controller()]),
            ..ObjectMeta::default()
        },
        data: Some(RawExtension(data.clone())),
        revision: number,
    }
}

/// A template as a patch that replaces the whole template.
fn data(template: &PodTemplateSpec) -> Value {
    let mut template = json!(template);
    template["$patch"] = json!("replace");
    json!({"spec": {"template": template}})
}

/// The template that a revision has kept.
pub(super) fn template_of(revision: &ControllerRevision) -> Option<PodTemplateSpec> {
    let template = revision.data.as_ref()?.0.pointer("/spec/template")?;
    serde_json::from_value(template.clone()).ok()
}

/// Deletes the oldest `excess` of these revisions; those in `live` are passed over.
pub(super) fn truncate(
    world: &mut World,
    revisions: &[Arc<ControllerRevision>],
    live: &BTreeSet<Key>,
    excess: usize,
) {
    for revision in revisions.iter().filter(|revision| !live.contains(&revision.key())).take(excess) {
        // It may be gone already.
        let _ = world.delete::<ControllerRevision>(&revision.key(), DeleteOptions::default());
    }
}
