//! Pod templates, volumes and spread constraints, as `kubectl describe` shows them.

use super::container::containers;
use super::page::Page;
use super::{annotations, labels, tolerations};
use crate::cluster::print::selector;
use k8s_openapi::api::core::v1::{PodTemplateSpec, TopologySpreadConstraint, Volume};

/// What new Pods will be like.
pub(super) fn pod_template(page: &mut Page, template: &PodTemplateSpec) {
    page.line(0, "Pod Template:");
    let meta = template.metadata.clone().unwrap_or_default();
    labels(page, "  Labels", meta.labels.as_ref());
    if meta.annotations.as_ref().is_some_and(|all| !all.is_empty()) {
        annotations(page, "  Annotations", meta.annotations.as_ref());
    }
    let spec = template.spec.clone().unwrap_or_default();
    if let Some(account) = &spec.service_account_name {
        page.field(1, "Service Account", account);
    }
    let unknown = |_: &str| String::new();
    let init = spec.init_containers.as_deref().unwrap_or_default();
    if !init.is_empty() {
        containers(page, "Init Containers", init, &[], &unknown, "  ");
    }
    containers(page, "Containers", &spec.containers, &[], &unknown, "  ");
    volumes(page, spec.volumes.as_deref().unwrap_or_default(), "  ");
    spread(page, spec.topology_spread_constraints.as_deref().unwrap_or_default(), "  ");
    if let Some(class) = &spec.priority_class_name {
        page.field(1, "Priority Class Name", class);
    }
    labels(page, "  Node-Selectors", spec.node_selector.as_ref());
    tolerations(page, "  Tolerations", spec.tolerations.as_deref().unwrap_or_default());
}

/// The kinds of volumes that scenarios use; kubectl knows some more.
pub(super) fn volumes(page: &mut Page, volumes: &[Volume], indent: &str) {
    if volumes.is_empty() {
        return page.line(0, &format!("{indent}Volumes:\t<none>"));
    }
    page.line(0, &format!("{indent}Volumes:"));
    for volume in volumes {
        let name_indent = if indent.is_empty() { "" } else { " " };
        page.line(1, &format!("{name_indent}{}:", volume.name));
        match kind_of(volume) {
            None => page.line(1, "<unknown>"),
            Some((kind, fields)) => {
                page.field(2, "Type", kind);
                fields.iter().for_each(|(title, value)| page.field(2, title, value));
            }
        }
    }
}

/// What a volume is, and the fields that say which.
fn kind_of(volume: &Volume) -> Option<(&'static str, Vec<(&'static str, String)>)> {
    let optional = |optional: Option<bool>| ("Optional", optional.unwrap_or(false).to_string());
    if let Some(path) = &volume.host_path {
        let type_ = path.type_.clone().unwrap_or_else(|| super::NONE.to_owned());
        return Some((
            "HostPath (bare host directory volume)",
            vec![("Path", path.path.clone()), ("HostPathType", type_)],
        ));
    }
    if let Some(empty) = &volume.empty_dir {
        let limit = empty.size_limit.as_ref().map_or_else(|| "<unset>".to_owned(), |limit| limit.0.clone());
        return Some((
            "EmptyDir (a temporary directory that shares a pod's lifetime)",
            vec![("Medium", empty.medium.clone().unwrap_or_default()), ("SizeLimit", limit)],
        ));
    }
    if let Some(secret) = &volume.secret {
        let name = secret.secret_name.clone().unwrap_or_default();
        return Some((
            "Secret (a volume populated by a Secret)",
            vec![("SecretName", name), optional(secret.optional)],
        ));
    }
    if let Some(map) = &volume.config_map {
        return Some((
            "ConfigMap (a volume populated by a ConfigMap)",
            vec![("Name", map.name.clone()), optional(map.optional)],
        ));
    }
    let claim = volume.persistent_volume_claim.as_ref()?;
    Some((
        "PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)",
        vec![
            ("ClaimName", claim.claim_name.clone()),
            ("ReadOnly", claim.read_only.unwrap_or(false).to_string()),
        ],
    ))
}

/// How Pods are to be spread, by key.
pub(super) fn spread(page: &mut Page, constraints: &[TopologySpreadConstraint], indent: &str) {
    let mut sorted: Vec<&TopologySpreadConstraint> = constraints.iter().collect();
    sorted.sort_by_key(|constraint| constraint.topology_key.as_str());
    for (index, constraint) in sorted.into_iter().enumerate() {
        let title = if index == 0 { "Topology Spread Constraints:" } else { "" };
        let about = constraint.label_selector.as_ref();
        let about = about.map(|own| format!(" for selector {}", selector(Some(own)))).unwrap_or_default();
        let (key, unless, skew) =
            (&constraint.topology_key, &constraint.when_unsatisfiable, constraint.max_skew);
        page.line(0, &format!("{indent}{title}\t{key}:{unless} when max skew {skew} is exceeded{about}"));
    }
}
