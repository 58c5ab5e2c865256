//! The containers of a Pod. Source: `pkg/apis/core/validation/validation.go` (`validateContainers`, `validateInitContainers`).

use super::pod::RESTART_POLICIES;
use super::probe;
use super::rules::{self, LABEL_NAME, is_label_name, one_of, port};
use crate::cluster::api::field::FieldError;
use crate::cluster::quantity::Quantity;
use crate::cluster::sidecar::is_sidecar;
use k8s_openapi::api::core::v1::{Container, ResourceRequirements};
use std::collections::BTreeSet;

const PULL_POLICIES: [&str; 3] = ["Always", "IfNotPresent", "Never"];
const PROTOCOLS: [&str; 3] = ["SCTP", "TCP", "UDP"];

/// What is wrong with one.
pub(super) fn validate(
    path: &str,
    container: &Container,
    is_init: bool,
    volumes: &BTreeSet<&str>,
    errors: &mut Vec<FieldError>,
) {
    let at = |field: &str| format!("{path}.{field}");
    if container.name.is_empty() {
        errors.push(FieldError::required(at("name"), ""));
    } else if !is_label_name(&container.name) {
        errors.push(FieldError::invalid(at("name"), &container.name, LABEL_NAME));
    }
    match container.image.as_deref() {
        None | Some("") => errors.push(FieldError::required(at("image"), "")),
        Some(image) if image.trim() != image => {
            errors.push(FieldError::invalid(
                at("image"),
                &image,
                "must not have leading or trailing whitespace",
            ));
        }
        Some(_) => {}
    }
    errors.extend(one_of(&at("imagePullPolicy"), container.image_pull_policy.as_deref(), &PULL_POLICIES));
    let is_sidecar = is_sidecar(container);
    if is_init {
        errors.extend(one_of(&at("restartPolicy"), container.restart_policy.as_deref(), &RESTART_POLICIES));
    }
    validate_ports(path, container, errors);
    validate_environment(path, container, errors);
    if let Some(resources) = &container.resources {
        validate_resources(&at("resources"), resources, errors);
    }
    let probes = [
        ("livenessProbe", &container.liveness_probe, true),
        ("readinessProbe", &container.readiness_probe, false),
        ("startupProbe", &container.startup_probe, true),
    ];
    for (name, probe, kills) in probes {
        let Some(probe) = probe else { continue };
        if is_init && !is_sidecar {
            errors.push(FieldError::forbidden(
                at(name),
                "must not be set for init containers without restartPolicy=Always",
            ));
            continue;
        }
        probe::validate(&at(name), probe, kills, errors);
    }
    let mut paths = BTreeSet::new();
    for (index, mount) in container.volume_mounts.iter().flatten().enumerate() {
        let path = format!("{path}.volumeMounts[{index}]");
        if mount.name.is_empty() {
            errors.push(FieldError::required(format!("{path}.name"), ""));
        } else if !volumes.contains(mount.name.as_str()) {
            errors.push(FieldError::not_found(format!("{path}.name"), &mount.name));
        }
        if mount.mount_path.is_empty() {
            errors.push(FieldError::required(format!("{path}.mountPath"), ""));
        } else if !paths.insert(mount.mount_path.as_str()) {
            errors.push(FieldError::invalid(
                format!("{path}.mountPath"),
                &mount.mount_path,
                "must be unique",
            ));
        }
    }
}

/// The variables of a container, and where they come from (`ValidateEnv`, `ValidateEnvFrom`).
fn validate_environment(path: &str, container: &Container, errors: &mut Vec<FieldError>) {
    for (index, variable) in container.env.iter().flatten().enumerate() {
        let path = format!("{path}.env[{index}]");
        if variable.name.is_empty() {
            errors.push(FieldError::required(format!("{path}.name"), ""));
        }
        let Some(from) = &variable.value_from else { continue };
        let config_map = from.config_map_key_ref.as_ref().map(|at| ("configMapKeyRef", &at.key));
        let secret = from.secret_key_ref.as_ref().map(|at| ("secretKeyRef", &at.key));
        for (field, _) in config_map.into_iter().chain(secret).filter(|(_, key)| key.is_empty()) {
            errors.push(FieldError::required(format!("{path}.valueFrom.{field}.key"), ""));
        }
        if variable.value.as_deref().is_some_and(|value| !value.is_empty()) {
            let detail = "may not be specified when `value` is not empty";
            errors.push(FieldError::invalid(format!("{path}.valueFrom"), &"", detail));
        }
    }
    for (index, source) in container.env_from.iter().flatten().enumerate() {
        let path = format!("{path}.envFrom[{index}]");
        let detail = match (&source.config_map_ref, &source.secret_ref) {
            (Some(_), Some(_)) => "may not have more than one field specified at a time",
            (None, None) => "must specify one of: `configMapRef` or `secretRef`",
            (Some(map), None) => {
                if map.name.is_empty() {
                    errors.push(FieldError::required(format!("{path}.configMapRef.name"), ""));
                }
                continue;
            }
            (None, Some(secret)) => {
                if secret.name.is_empty() {
                    errors.push(FieldError::required(format!("{path}.secretRef.name"), ""));
                }
                continue;
            }
        };
        errors.push(FieldError::invalid(path, &"", detail));
    }
}

fn validate_ports(path: &str, container: &Container, errors: &mut Vec<FieldError>) {
    let mut names = BTreeSet::new();
    for (index, listed) in container.ports.iter().flatten().enumerate() {
        let path = format!("{path}.ports[{index}]");
        if listed.container_port == 0 {
            errors.push(FieldError::required(format!("{path}.containerPort"), ""));
        } else {
            errors.extend(port(&format!("{path}.containerPort"), listed.container_port));
        }
        if let Some(host) = listed.host_port.filter(|host| *host != 0) {
            errors.extend(port(&format!("{path}.hostPort"), host));
        }
        errors.extend(one_of(&format!("{path}.protocol"), listed.protocol.as_deref(), &PROTOCOLS));
        if let Some(name) = listed.name.as_deref().filter(|name| !name.is_empty())
            && !names.insert(name)
        {
            errors.push(FieldError::duplicate(format!("{path}.name"), name));
        }
    }
}

fn validate_resources(path: &str, resources: &ResourceRequirements, errors: &mut Vec<FieldError>) {
    let listed = |field: &str, list: &Option<_>| -> Vec<FieldError> {
        let list: &Option<std::collections::BTreeMap<String, _>> = list;
        let checked = list.iter().flatten();
        checked
            .filter_map(|(name, value)| rules::quantity(&format!("{path}.{field}[{name}]"), value))
            .collect()
    };
    let mut found = listed("limits", &resources.limits);
    found.extend(listed("requests", &resources.requests));
    if found.is_empty() {
        for (name, request) in resources.requests.iter().flatten() {
            let limit = resources.limits.as_ref().and_then(|limits| limits.get(name));
            let (Some(limit), Ok(asked)) = (limit, Quantity::parse(&request.0)) else { continue };
            if Quantity::parse(&limit.0).is_ok_and(|limit| asked.milli() > limit.milli()) {
                let detail = format!("must be less than or equal to {name} limit of {}", limit.0);
                found.push(FieldError::invalid(format!("{path}.requests"), &request.0, detail));
            }
        }
    }
    errors.extend(found);
}
