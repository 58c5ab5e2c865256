//! The volumes of a Pod. Source: `pkg/apis/core/validation/validation.go` (`ValidateVolumes`, `validateVolumeSource`).

use super::rules::{LABEL_NAME, is_label_name, one_of};
use crate::cluster::api::field::FieldError;
use k8s_openapi::api::core::v1::{HostPathVolumeSource, PodSpec, Volume};
use std::collections::BTreeSet;

const HOST_PATH_TYPES: [&str; 8] =
    ["", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"];

/// Checks the volumes and returns the names of the sound ones.
pub(super) fn validate<'a>(path: &str, spec: &'a PodSpec, errors: &mut Vec<FieldError>) -> BTreeSet<&'a str> {
    let mut names = BTreeSet::new();
    for (index, volume) in spec.volumes.iter().flatten().enumerate() {
        let path = format!("{path}.volumes[{index}]");
        let mut wrong = validate_source(&path, volume);
        let path = format!("{path}.name");
        if volume.name.is_empty() {
            wrong.push(FieldError::required(path, ""));
        } else if !is_label_name(&volume.name) {
            wrong.push(FieldError::invalid(path, &volume.name, LABEL_NAME));
        } else if names.contains(volume.name.as_str()) {
            wrong.push(FieldError::duplicate(path, &volume.name));
        }
        if wrong.is_empty() {
            names.insert(volume.name.as_str());
        }
        errors.extend(wrong);
    }
    names
}

/// A volume is of one type; what it names must be named.
fn validate_source(path: &str, volume: &Volume) -> Vec<FieldError> {
    let types = types(volume);
    let mut there = types.iter().filter(|(_, there)| *there).map(|(field, _)| *field);
    let Some(first) = there.next() else {
        return vec![FieldError::required(path, "must specify a volume type")];
    };
    let mut errors = match first {
        "hostPath" => volume.host_path.iter().flat_map(|own| validate_host_path(path, own)).collect(),
        _ => Vec::new(),
    };
    let name = match first {
        "secret" => {
            volume.secret.as_ref().map(|own| ("secret.secretName", own.secret_name.as_deref().unwrap_or("")))
        }
        "configMap" => volume.config_map.as_ref().map(|own| ("configMap.name", own.name.as_str())),
        "persistentVolumeClaim" => volume
            .persistent_volume_claim
            .as_ref()
            .map(|own| ("persistentVolumeClaim.claimName", own.claim_name.as_str())),
        "csi" => volume.csi.as_ref().map(|own| ("csi.driver", own.driver.as_str())),
        _ => None,
    };
    if let Some((field, _)) = name.filter(|(_, name)| name.is_empty()) {
        errors.push(FieldError::required(format!("{path}.{field}"), ""));
    }
    let detail = "may not specify more than 1 volume type";
    errors.extend(there.map(|field| FieldError::forbidden(format!("{path}.{field}"), detail)));
    errors
}

/// Which types a volume claims to be of, in the order in which the API server looks at them.
fn types(volume: &Volume) -> [(&'static str, bool); 30] {
    [
        ("emptyDir", volume.empty_dir.is_some()),
        ("hostPath", volume.host_path.is_some()),
        ("gitRepo", volume.git_repo.is_some()),
        ("gcePersistentDisk", volume.gce_persistent_disk.is_some()),
        ("awsElasticBlockStore", volume.aws_elastic_block_store.is_some()),
        ("secret", volume.secret.is_some()),
        ("nfs", volume.nfs.is_some()),
        ("iscsi", volume.iscsi.is_some()),
        ("glusterfs", volume.glusterfs.is_some()),
        ("persistentVolumeClaim", volume.persistent_volume_claim.is_some()),
        ("rbd", volume.rbd.is_some()),
        ("cinder", volume.cinder.is_some()),
        ("cephfs", volume.cephfs.is_some()),
        ("quobyte", volume.quobyte.is_some()),
        ("downwardAPI", volume.downward_api.is_some()),
        ("fc", volume.fc.is_some()),
        ("flexVolume", volume.flex_volume.is_some()),
        ("configMap", volume.config_map.is_some()),
        ("flocker", volume.flocker.is_some()),
        ("azureFile", volume.azure_file.is_some()),
        ("vsphereVolume", volume.vsphere_volume.is_some()),
        ("photonPersistentDisk", volume.photon_persistent_disk.is_some()),
        ("portworxVolume", volume.portworx_volume.is_some()),
        ("azureDisk", volume.azure_disk.is_some()),
        ("storageos", volume.storageos.is_some()),
        ("projected", volume.projected.is_some()),
        ("scaleIO", volume.scale_io.is_some()),
        ("csi", volume.csi.is_some()),
        ("ephemeral", volume.ephemeral.is_some()),
        ("image", volume.image.is_some()),
    ]
}

fn validate_host_path(path: &str, own: &HostPathVolumeSource) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let at = format!("{path}.hostPath.path");
    if own.path.is_empty() {
        errors.push(FieldError::required(at, ""));
    } else if own.path.split('/').any(|part| part == "..") {
        errors.push(FieldError::invalid(at, &own.path, "must not contain '..'"));
    }
    errors.extend(one_of(&format!("{path}.hostPath.type"), own.type_.as_deref(), &HOST_PATH_TYPES));
    errors
}

#[cfg(test)]
mod tests {
    use super::super::tests::{pod, refusals};
    use serde_json::{Value, json};

    fn with(volumes: Value, mounts: Value) -> Vec<String> {
        let container = json!({"name": "app", "image": "web:1", "volumeMounts": mounts});
        refusals(pod(json!({"containers": [container], "volumes": volumes})))
    }

    #[test]
    fn a_volume_is_of_one_type() {
        for (source, why) in [
            (json!({}), ": Required value: must specify a volume type"),
            (
                json!({"emptyDir": {}, "hostPath": {"path": "/a"}}),
                ".hostPath: Forbidden: may not specify more than 1 volume type",
            ),
            (json!({"configMap": {}}), ".configMap.name: Required value"),
            (json!({"secret": {}}), ".secret.secretName: Required value"),
            (
                json!({"persistentVolumeClaim": {"claimName": ""}}),
                ".persistentVolumeClaim.claimName: Required value",
            ),
            (
                json!({"hostPath": {"path": "/a/../b"}}),
                ".hostPath.path: Invalid value: \"/a/../b\": must not contain '..'",
            ),
            (
                json!({"hostPath": {"path": "/a", "type": "Link"}}),
                ".hostPath.type: Unsupported value: \"Link\": supported values: \"\", \"BlockDevice\", \"CharDevice\", \
                 \"Directory\", \"DirectoryOrCreate\", \"File\", \"FileOrCreate\", \"Socket\"",
            ),
        ] {
            let mut volume = source.clone();
            volume["name"] = json!("v");
            assert_eq!(with(json!([volume]), json!([])), [format!("spec.volumes[0]{why}")]);
        }
    }

    #[test]
    fn what_is_mounted_is_a_sound_volume() {
        let mounts = json!([{"name": "data", "mountPath": "/data"}]);
        let missing = "spec.containers[0].volumeMounts[0].name: Not found: \"data\"";
        assert_eq!(with(json!([{"name": "data", "emptyDir": {}}]), mounts.clone()), [""; 0]);
        assert_eq!(with(json!([]), mounts.clone()), [missing]);
        assert_eq!(
            with(json!([{"name": "data"}]), mounts),
            ["spec.volumes[0]: Required value: must specify a volume type", missing]
        );
    }
}
