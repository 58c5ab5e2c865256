//! The volume claims of a StatefulSet's Pods: one for each claim template and ordinal, which outlives its Pod.
//!
//! Source: `pkg/controller/statefulset/stateful_pod_control.go` (`createPersistentVolumeClaims`),
//! `stateful_set_utils.go` (`getPersistentVolumeClaims`, `updateStorage`, `updateClaimOwnerRefForSetAndPod`).

use super::{NAME, identity};
use crate::cluster::api::ApiError;
use crate::cluster::engine::World;
use crate::cluster::object::{Key, Resource};
use k8s_openapi::api::apps::v1::StatefulSet;
use k8s_openapi::api::core::v1::{
    PersistentVolumeClaim, PersistentVolumeClaimVolumeSource, Pod, PodSpec, Volume,
};

/// Why a Pod's claims are not there yet.
#[derive(Debug)]
pub(super) enum NotYet {
    /// One could not be created.
    Refused,
    /// One is being deleted, or belongs to an earlier Pod of the same name and will be.
    Going,
}

fn templates(set: &StatefulSet) -> &[PersistentVolumeClaim] {
    set.spec.as_ref().and_then(|spec| spec.volume_claim_templates.as_deref()).unwrap_or(&[])
}

fn claim_name(set: &StatefulSet, template: &PersistentVolumeClaim, ordinal: i32) -> String {
    format!("{}-{}", template.name(), identity::pod_name(set.name(), ordinal))
}

/// Gives a Pod a volume for each claim; one of its own with the same name makes way.
pub(super) fn mount(set: &StatefulSet, ordinal: i32, spec: &mut PodSpec) {
    let templates = templates(set);
    if templates.is_empty() {
        return;
    }
    let claimed = templates.iter().map(|template| Volume {
        name: template.name().to_owned(),
        persistent_volume_claim: Some(PersistentVolumeClaimVolumeSource {
            claim_name: claim_name(set, template, ordinal),
            read_only: None,
        }),
        ..Volume::default()
    });
    let own = spec.volumes.take().unwrap_or_default();
    let own = own.into_iter().filter(|own| !templates.iter().any(|template| template.name() == own.name));
    spec.volumes = Some(claimed.chain(own).collect());
}

/// Creates the claims of an ordinal that are missing, and says so in Events on the set. `pod` is the Pod that has this
/// ordinal now, if one has.
pub(super) fn create(
    world: &mut World,
    set: &StatefulSet,
    ordinal: i32,
    pod: Option<&Pod>,
) -> Result<(), NotYet> {
    let mut result = Ok(());
    let pod_name = identity::pod_name(set.name(), ordinal);
    for template in templates(set) {
        let name = claim_name(set, template, ordinal);
        let key = Key::new(set.namespace(), &name);
        if let Some(claim) = world.store.get::<PersistentVolumeClaim>(&key) {
            if claim.is_deleting() || is_stale(claim, &pod_name, pod) {
                result = Err(NotYet::Going);
            }
            continue;
        }
        match world.create(new_claim(set, template, &name)) {
            Ok(_) => {
                let message =
                    format!("Create Claim {name} Pod {pod_name} in StatefulSet {} success", set.name());
                world.normal(NAME, set, "SuccessfulCreate", message);
            }
            Err(error) => {
                let set_name = set.name();
                let message = format!(
                    "Create Claim {name} for Pod {pod_name} in StatefulSet {set_name} failed error: {error}"
                );
                world.warn(NAME, set, "FailedCreate", message);
                result = Err(NotYet::Refused);
            }
        }
    }
    result
}

/// Whether a claim belongs to a Pod of this name that is no more.
fn is_stale(claim: &PersistentVolumeClaim, pod_name: &str, pod: Option<&Pod>) -> bool {
    claim.metadata.owner_references.iter().flatten().any(|owner| {
        owner.kind == "Pod" && owner.name == pod_name && pod.is_none_or(|pod| pod.uid() != owner.uid)
    })
}

fn new_claim(set: &StatefulSet, template: &PersistentVolumeClaim, name: &str) -> PersistentVolumeClaim {
    let mut claim = template.clone();
    claim.metadata.name = Some(name.to_owned());
    claim.metadata.namespace = Some(set.namespace().to_owned());
    let selected = set.spec.as_ref().and_then(|spec| spec.selector.match_labels.clone());
    if let Some(selected) = selected {
        claim.metadata.labels.get_or_insert_default().extend(selected);
    }
    claim.status = None;
    claim
}

/// Makes the claims of a Pod follow the set, the Pod or nobody, as the set's retention policy says; the garbage
/// collector does the rest. `surplus` says that the ordinal is no longer wanted.
pub(super) fn follow(
    world: &mut World,
    set: &StatefulSet,
    ordinal: i32,
    pod: &Pod,
    surplus: bool,
) -> Result<(), ApiError> {
    let policy = set.spec.as_ref().and_then(|spec| spec.persistent_volume_claim_retention_policy.as_ref());
    let deletes = |when: Option<&String>| when.is_some_and(|when| when == "Delete");
    let owner = if surplus && deletes(policy.and_then(|policy| policy.when_scaled.as_ref())) {
        Some(pod.as_controller())
    } else if deletes(policy.and_then(|policy| policy.when_deleted.as_ref())) {
        Some(set.as_controller())
    } else {
        None
    };
    for template in templates(set) {
        let key = Key::new(set.namespace(), &claim_name(set, template, ordinal));
        if world.store.get::<PersistentVolumeClaim>(&key).is_none() {
            continue;
        }
        world.write::<PersistentVolumeClaim>(&key, |claim| {
            let mut owners = claim.metadata.owner_references.take().unwrap_or_default();
            owners.retain(|own| own.uid != set.uid() && own.uid != pod.uid());
            owners.extend(owner.clone());
            claim.metadata.owner_references = (!owners.is_empty()).then_some(owners);
        })?;
    }
    Ok(())
}
