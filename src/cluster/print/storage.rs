//! Claims, volumes, storage classes and attachments. Source: `pkg/printers/internalversion/printers.go`.

use super::{Table, age_of, listed};
use crate::cluster::clock::SimTime;
use crate::cluster::object::Resource;
use crate::cluster::state::State;
use crate::cluster::storage_class::IS_DEFAULT;
use crate::cluster::volumes::{claim_key, claim_of};
use k8s_openapi::api::core::v1::{PersistentVolume, PersistentVolumeClaim};
use k8s_openapi::api::storage::v1::{StorageClass, VolumeAttachment};

const UNSET: &str = "<unset>";

/// `kubectl get pvc`.
pub fn claims(state: &State, at: SimTime, wide: bool) -> Table {
    let narrow = [
        "NAME",
        "STATUS",
        "VOLUME",
        "CAPACITY",
        "ACCESS MODES",
        "STORAGECLASS",
        "VOLUMEATTRIBUTESCLASS",
        "AGE",
    ];
    let mut table = Table::new(&narrow, wide.then_some(&["VOLUMEMODE"][..]));
    for claim in listed::<PersistentVolumeClaim>(state) {
        let spec = claim.spec.clone().unwrap_or_default();
        let status = claim.status.clone().unwrap_or_default();
        let phase = status.phase.unwrap_or_else(|| "Pending".to_owned());
        let phase = if claim.is_deleting() { "Terminating".to_owned() } else { phase };
        let volume = spec.volume_name.unwrap_or_default();
        let capacity =
            status.capacity.as_ref().and_then(|all| all.get("storage")).map(|amount| amount.0.clone());
        let mut row = vec![
            claim.name().to_owned(),
            phase,
            volume,
            capacity.unwrap_or_default(),
            modes(status.access_modes.as_deref()),
            spec.storage_class_name.unwrap_or_default(),
            spec.volume_attributes_class_name.unwrap_or_else(|| UNSET.to_owned()),
            age_of(&claim.metadata, at),
        ];
        if wide {
            row.push(spec.volume_mode.unwrap_or_else(|| UNSET.to_owned()));
        }
        table.rows.push(row);
    }
    table
}

/// `kubectl get pv`.
pub fn volumes(state: &State, at: SimTime, wide: bool) -> Table {
    let narrow = [
        "NAME",
        "CAPACITY",
        "ACCESS MODES",
        "RECLAIM POLICY",
        "STATUS",
        "CLAIM",
        "STORAGECLASS",
        "VOLUMEATTRIBUTESCLASS",
        "REASON",
        "AGE",
    ];
    let mut table = Table::new(&narrow, wide.then_some(&["VOLUMEMODE"][..]));
    for volume in listed::<PersistentVolume>(state) {
        let spec = volume.spec.clone().unwrap_or_default();
        let status = volume.status.clone().unwrap_or_default();
        let phase = if volume.is_deleting() { Some("Terminating".to_owned()) } else { status.phase };
        let capacity =
            spec.capacity.as_ref().and_then(|all| all.get("storage")).map(|amount| amount.0.clone());
        let mut row = vec![
            volume.name().to_owned(),
            capacity.unwrap_or_default(),
            modes(spec.access_modes.as_deref()),
            spec.persistent_volume_reclaim_policy.unwrap_or_default(),
            phase.unwrap_or_else(|| "Pending".to_owned()),
            claim_of(volume).map(|reference| claim_key(reference).to_string()).unwrap_or_default(),
            spec.storage_class_name.unwrap_or_default(),
            spec.volume_attributes_class_name.unwrap_or_else(|| UNSET.to_owned()),
            status.reason.unwrap_or_default(),
            age_of(&volume.metadata, at),
        ];
        if wide {
            row.push(spec.volume_mode.unwrap_or_else(|| UNSET.to_owned()));
        }
        table.rows.push(row);
    }
    table
}

/// `kubectl get storageclass`.
pub fn classes(state: &State, at: SimTime, _wide: bool) -> Table {
    let narrow = ["NAME", "PROVISIONER", "RECLAIMPOLICY", "VOLUMEBINDINGMODE", "ALLOWVOLUMEEXPANSION", "AGE"];
    let mut table = Table::new(&narrow, None);
    for class in listed::<StorageClass>(state) {
        let annotations = class.metadata.annotations.as_ref();
        let default = annotations.and_then(|all| all.get(IS_DEFAULT)).is_some_and(|mark| mark == "true");
        table.rows.push(vec![
            format!("{}{}", class.name(), if default { " (default)" } else { "" }),
            class.provisioner.clone(),
            class.reclaim_policy.clone().unwrap_or_else(|| "Delete".to_owned()),
            class.volume_binding_mode.clone().unwrap_or_else(|| UNSET.to_owned()),
            class.allow_volume_expansion.unwrap_or(false).to_string(),
            age_of(&class.metadata, at),
        ]);
    }
    table
}

/// `kubectl get volumeattachment`.
pub fn attachments(state: &State, at: SimTime, _wide: bool) -> Table {
    let mut table = Table::new(&["NAME", "ATTACHER", "PV", "NODE", "ATTACHED", "AGE"], None);
    for attachment in listed::<VolumeAttachment>(state) {
        let spec = &attachment.spec;
        table.rows.push(vec![
            attachment.name().to_owned(),
            spec.attacher.clone(),
            spec.source.persistent_volume_name.clone().unwrap_or_default(),
            spec.node_name.clone(),
            attachment.status.as_ref().is_some_and(|status| status.attached).to_string(),
            age_of(&attachment.metadata, at),
        ]);
    }
    table
}

fn modes(modes: Option<&[String]>) -> String {
    let short = modes.unwrap_or_default().iter().map(|mode| match mode.as_str() {
        "ReadWriteOnce" => "RWO",
        "ReadOnlyMany" => "ROX",
        "ReadWriteMany" => "RWX",
        "ReadWriteOncePod" => "RWOP",
        other => other,
    });
    short.collect::<Vec<_>>().join(",")
}
