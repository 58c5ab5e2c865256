//! What the API server fills into the volumes of a Pod. Source: `pkg/apis/core/v1/defaults.go`.

use super::pod_defaults::fill_in_field;
use k8s_openapi::api::core::v1::{DownwardAPIVolumeFile, Volume};

/// The permissions of the files that Kubernetes writes: 0644.
const FILE_MODE: i32 = 0o644;
/// For how long the token of a service account is good, in seconds (`SetDefaults_ServiceAccountTokenProjection`).
const TOKEN_SECONDS: i64 = 3_600;

/// Fills in one.
pub(super) fn fill_in(volume: &mut Volume) {
    if let Some(secret) = &mut volume.secret {
        secret.default_mode.get_or_insert(FILE_MODE);
    }
    if let Some(map) = &mut volume.config_map {
        map.default_mode.get_or_insert(FILE_MODE);
    }
    if let Some(downward) = &mut volume.downward_api {
        downward.default_mode.get_or_insert(FILE_MODE);
        downward.items.iter_mut().flatten().for_each(fill_in_file);
    }
    if let Some(projected) = &mut volume.projected {
        projected.default_mode.get_or_insert(FILE_MODE);
        for source in projected.sources.iter_mut().flatten() {
            if let Some(token) = &mut source.service_account_token {
                token.expiration_seconds.get_or_insert(TOKEN_SECONDS);
            }
            let files = source.downward_api.iter_mut().flat_map(|own| own.items.iter_mut().flatten());
            files.for_each(fill_in_file);
        }
    }
    if let Some(host) = &mut volume.host_path {
        host.type_.get_or_insert_default();
    }
}

fn fill_in_file(file: &mut DownwardAPIVolumeFile) {
    file.field_ref.iter_mut().for_each(fill_in_field);
}

#[cfg(test)]
mod tests {
    use super::fill_in;
    use k8s_openapi::api::core::v1::Volume;
    use serde_json::json;

    #[test]
    fn files_are_readable_by_all_and_a_path_of_the_node_may_be_anything() {
        for (given, filled) in [
            (
                json!({"secret": {"secretName": "s"}}),
                json!({"secret": {"secretName": "s", "defaultMode": 420}}),
            ),
            (json!({"configMap": {"name": "c"}}), json!({"configMap": {"name": "c", "defaultMode": 420}})),
            (json!({"hostPath": {"path": "/a"}}), json!({"hostPath": {"path": "/a", "type": ""}})),
            (json!({"emptyDir": {}}), json!({"emptyDir": {}})),
            (
                json!({"downwardAPI": {"items": [{"path": "a", "fieldRef": {"fieldPath": "metadata.labels"}}]}}),
                json!({"downwardAPI": {"defaultMode": 420, "items":
                    [{"path": "a", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.labels"}}]}}),
            ),
            (
                json!({"projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]}}),
                json!({"projected": {"defaultMode": 420, "sources":
                    [{"serviceAccountToken": {"path": "token", "expirationSeconds": 3600}}]}}),
            ),
        ] {
            let (mut given, mut filled) = (given, filled);
            given["name"] = json!("v");
            filled["name"] = json!("v");
            let mut volume: Volume = serde_json::from_value(given).unwrap();
            fill_in(&mut volume);
            assert_eq!(serde_json::to_value(&volume).unwrap(), filled);
        }
    }
}
