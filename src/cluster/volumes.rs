//! Claims and volumes: which claims a Pod uses, which volume belongs to which claim, which one would do.
//!
//! Source: `staging/src/k8s.io/component-helpers/storage/volume/pv_helpers.go`.

use super::node_affinity::matches_selector;
use super::object::{Key, Resource};
use super::quantity::Quantity;
use super::selector::Selector;
use super::state::State;
use k8s_openapi::api::core::v1::{Node, ObjectReference, PersistentVolume, PersistentVolumeClaim, Pod};
use k8s_openapi::api::storage::v1::VolumeAttachment;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as ApiQuantity;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::sync::Arc;

/// On a claim: the Node on which the scheduler wants its volume.
pub const SELECTED_NODE: &str = "volume.kubernetes.io/selected-node";
/// One Pod at a time may have the volume.
pub const READ_WRITE_ONCE_POD: &str = "ReadWriteOncePod";

/// The names of the claims that a Pod uses.
pub fn claims(pod: &Pod) -> impl Iterator<Item = &str> {
    let volumes = pod.spec.iter().flat_map(|spec| spec.volumes.iter().flatten());
    volumes.filter_map(|volume| Some(volume.persistent_volume_claim.as_ref()?.claim_name.as_str()))
}

/// A claim's phase.
pub fn phase(claim: &PersistentVolumeClaim) -> &str {
    claim.status.as_ref().and_then(|status| status.phase.as_deref()).unwrap_or("Pending")
}

/// The volume that a claim names.
pub fn volume_name(claim: &PersistentVolumeClaim) -> Option<&str> {
    claim.spec.as_ref()?.volume_name.as_deref().filter(|name| !name.is_empty())
}

/// The class that a claim names.
pub fn class_name(claim: &PersistentVolumeClaim) -> Option<&str> {
    claim.spec.as_ref()?.storage_class_name.as_deref().filter(|name| !name.is_empty())
}

/// How many bytes a claim asks for.
pub fn requested(claim: &PersistentVolumeClaim) -> Option<i64> {
    size(claim.spec.as_ref()?.resources.as_ref()?.requests.as_ref())
}

/// How many bytes a claim has.
pub fn granted(claim: &PersistentVolumeClaim) -> Option<i64> {
    size(claim.status.as_ref()?.capacity.as_ref())
}

/// The Node on which the scheduler wants a claim's volume.
pub fn selected_node(claim: &PersistentVolumeClaim) -> Option<&str> {
    claim.metadata.annotations.as_ref()?.get(SELECTED_NODE).map(String::as_str)
}

/// The volume that a claim is bound to; `None` as long as it is not.
pub fn bound_volume<'s>(
    state: &'s State,
    claim: &PersistentVolumeClaim,
) -> Option<&'s Arc<PersistentVolume>> {
    let name = volume_name(claim).filter(|_| phase(claim) == "Bound")?;
    state.get::<PersistentVolume>(&Key::cluster_wide(name))
}

/// For which claim a volume is.
pub fn claim_of(volume: &PersistentVolume) -> Option<&ObjectReference> {
    volume.spec.as_ref()?.claim_ref.as_ref()
}

/// The key of the claim that a reference means.
pub fn claim_key(reference: &ObjectReference) -> Key {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    Key::new(&text(&reference.namespace), &text(&reference.name))
}

/// Whether a volume is for this claim. A person who makes one may leave the uid out; a claim that comes again under the
/// same name has another.
pub fn belongs_to(volume: &PersistentVolume, claim: &PersistentVolumeClaim) -> bool {
    claim_of(volume).is_some_and(|reference| {
        claim_key(reference) == claim.key() && reference.uid.as_deref().is_none_or(|uid| uid == claim.uid())
    })
}

/// The CSI driver of a volume and how the driver calls it; `None` for storage that needs no attaching.
pub fn csi(volume: &PersistentVolume) -> Option<(&str, &str)> {
    let csi = volume.spec.as_ref()?.csi.as_ref()?;
    Some((&csi.driver, &csi.volume_handle))
}

/// How the attachment of a volume to a Node is called (`pkg/volume/csi`, `getAttachmentName`); `None` for storage that
/// needs none.
pub fn attachment_name(volume: &PersistentVolume, node: &str) -> Option<String> {
    let (driver, handle) = csi(volume)?;
    let mut name = "csi-".to_owned();
    for byte in Sha256::digest(format!("{handle}{driver}{node}")) {
        // Writing to a string cannot fail.
        let _ = write!(name, "{byte:02x}");
    }
    Some(name)
}

/// Whether a volume is attached to a Node.
pub fn is_attached(state: &State, volume: &PersistentVolume, node: &str) -> bool {
    let attachment = attachment_name(volume, node)
        .and_then(|name| state.get::<VolumeAttachment>(&Key::cluster_wide(&name)));
    attachment.and_then(|attachment| attachment.status.as_ref()).is_some_and(|status| status.attached)
}

/// Whether a Node can reach a volume.
pub fn reaches(node: &Node, volume: &PersistentVolume) -> bool {
    let required = volume.spec.as_ref().and_then(|spec| spec.node_affinity.as_ref()?.required.as_ref());
    required.is_none_or(|selector| matches_selector(selector, node))
}

/// The smallest volume that is free, or was meant for this claim, and meets what it asks (`FindMatchingVolume`): one that
/// `node` can reach if it is for a Pod there. `taken` are the names of those that other claims of the Pod will have.
pub fn best_volume(
    state: &State,
    claim: &PersistentVolumeClaim,
    node: Option<&Node>,
    taken: &BTreeSet<String>,
) -> Option<Arc<PersistentVolume>> {
    let spec = claim.spec.clone().unwrap_or_default();
    let selector =
        spec.selector.as_ref().map(|chosen| Selector::new(Some(chosen)).unwrap_or(Selector::Nothing));
    let wanted = spec.resources.and_then(|resources| size(resources.requests.as_ref()));
    let reaches = |volume: &PersistentVolume| node.is_none_or(|node| reaches(node, volume));
    let fits = |volume: &PersistentVolume| {
        let own = volume.spec.clone().unwrap_or_default();
        let modes = own.access_modes.unwrap_or_default();
        claim_of(volume).is_none()
            && !volume.is_deleting()
            && !taken.contains(volume.name())
            && own.storage_class_name.unwrap_or_default()
                == spec.storage_class_name.clone().unwrap_or_default()
            && own.volume_mode == spec.volume_mode
            && spec.access_modes.iter().flatten().all(|mode| modes.contains(mode))
            && size(own.capacity.as_ref()) >= wanted
            && selector.as_ref().is_none_or(|it| it.matches_option(volume.metadata.labels.as_ref()))
            && reaches(volume)
    };
    if let Some(meant) = meant_for(state, claim) {
        return Some(meant.clone()).filter(|volume| reaches(volume));
    }
    state
        .list::<PersistentVolume>()
        .filter(|volume| fits(volume))
        .min_by_key(|volume| size(volume.spec.as_ref().and_then(|spec| spec.capacity.as_ref())))
        .cloned()
}

/// The volume that already names this claim.
pub fn meant_for<'s>(state: &'s State, claim: &PersistentVolumeClaim) -> Option<&'s Arc<PersistentVolume>> {
    state.list::<PersistentVolume>().find(|volume| belongs_to(volume, claim))
}

fn size(amounts: Option<&BTreeMap<String, ApiQuantity>>) -> Option<i64> {
    Quantity::parse(&amounts?.get("storage")?.0).ok().map(Quantity::value)
}
