//! Pods and Pod templates. Source: `pkg/apis/core/validation/validation.go`.

use super::rules::{self, IMMUTABLE, LABEL_NAME, NOT_NEGATIVE, is_label_name, one_of, port, validate_labels};
use super::{Validate, pod_update};
use crate::cluster::api::field::FieldError;
use crate::cluster::quantity::Quantity;
use crate::cluster::sidecar::is_sidecar;
use k8s_openapi::api::core::v1::{
    Container, Pod, PodSpec, PodTemplateSpec, Probe, ResourceRequirements, Toleration,
};
use std::collections::BTreeSet;

const PULL_POLICIES: [&str; 3] = ["Always", "IfNotPresent", "Never"];
const PROTOCOLS: [&str; 3] = ["SCTP", "TCP", "UDP"];
const RESTART_POLICIES: [&str; 3] = ["Always", "OnFailure", "Never"];
const TAINT_EFFECTS: [&str; 3] = ["NoSchedule", "PreferNoSchedule", "NoExecute"];
impl Validate for Pod {
    fn validate(&self) -> Vec<FieldError> {
        match &self.spec {
            Some(spec) => validate_spec("spec", spec),
            None => vec![FieldError::required("spec.containers", "")],
        }
    }

    fn validate_update(&self, old: &Pod) -> Vec<FieldError> {
        let (Some(new), Some(old)) = (&self.spec, &old.spec) else { return Vec::new() };
        pod_update::validate(new, old)
    }
}

/// A workload's Pod template. `policies` are the restart policies that the workload allows.
pub(super) fn validate_template(template: &PodTemplateSpec, policies: &[&str]) -> Vec<FieldError> {
    let labels = template.metadata.as_ref().and_then(|meta| meta.labels.as_ref());
    let mut errors = validate_labels("spec.template.metadata.labels", labels);
    match &template.spec {
        Some(spec) => {
            errors.extend(validate_spec("spec.template.spec", spec));
            if RESTART_POLICIES.contains(&spec.restart_policy.as_deref().unwrap_or("")) {
                errors.extend(one_of(
                    "spec.template.spec.restartPolicy",
                    spec.restart_policy.as_deref(),
                    policies,
                ));
            }
        }
        None => errors.push(FieldError::required("spec.template.spec.containers", "")),
    }
    errors
}

/// The spec of a Pod, at this path.
pub(super) fn validate_spec(path: &str, spec: &PodSpec) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let volumes = validate_volumes(path, spec, &mut errors);
    if spec.containers.is_empty() {
        errors.push(FieldError::required(format!("{path}.containers"), ""));
    }
    let mut names = BTreeSet::new();
    let init = spec.init_containers.iter().flatten();
    let listed = init
        .enumerate()
        .map(|(i, container)| (format!("{path}.initContainers[{i}]"), container, true))
        .chain(
            spec.containers.iter().enumerate().map(|(i, c)| (format!("{path}.containers[{i}]"), c, false)),
        );
    for (path, container, is_init) in listed {
        validate_container(&path, container, is_init, &volumes, &mut errors);
        if !container.name.is_empty() && !names.insert(container.name.as_str()) {
            errors.push(FieldError::duplicate(format!("{path}.name"), &container.name));
        }
    }
    errors.extend(one_of(
        &format!("{path}.restartPolicy"),
        spec.restart_policy.as_deref(),
        &RESTART_POLICIES,
    ));
    if let Some(grace) = spec.termination_grace_period_seconds.filter(|grace| *grace < 0) {
        errors.push(FieldError::invalid(
            format!("{path}.terminationGracePeriodSeconds"),
            &grace,
            NOT_NEGATIVE,
        ));
    }
    if let Some(deadline) = spec.active_deadline_seconds.filter(|deadline| *deadline < 1) {
        errors.push(FieldError::invalid(
            format!("{path}.activeDeadlineSeconds"),
            &deadline,
            "must be between 1 and 2147483647, inclusive",
        ));
    }
    errors.extend(validate_labels(&format!("{path}.nodeSelector"), spec.node_selector.as_ref()));
    for (index, toleration) in spec.tolerations.iter().flatten().enumerate() {
        validate_toleration(&format!("{path}.tolerations[{index}]"), toleration, &mut errors);
    }
    for (index, spread) in spec.topology_spread_constraints.iter().flatten().enumerate() {
        let path = format!("{path}.topologySpreadConstraints[{index}]");
        if spread.max_skew <= 0 {
            errors.push(FieldError::invalid(
                format!("{path}.maxSkew"),
                &spread.max_skew,
                "must be greater than zero",
            ));
        }
        if spread.topology_key.is_empty() {
            errors.push(FieldError::required(format!("{path}.topologyKey"), "can not be empty"));
        }
        let action = Some(spread.when_unsatisfiable.as_str());
        errors.extend(one_of(
            &format!("{path}.whenUnsatisfiable"),
            action,
            &["DoNotSchedule", "ScheduleAnyway"],
        ));
    }
    errors
}

/// Checks the volumes and returns their names.
fn validate_volumes<'a>(path: &str, spec: &'a PodSpec, errors: &mut Vec<FieldError>) -> BTreeSet<&'a str> {
    let mut names = BTreeSet::new();
    let path_of_volumes = format!("{path}.volumes");
    for (index, volume) in spec.volumes.iter().flatten().enumerate() {
        let path = format!("{path_of_volumes}[{index}].name");
        if volume.name.is_empty() {
            errors.push(FieldError::required(path, ""));
        } else if !is_label_name(&volume.name) {
            errors.push(FieldError::invalid(path, &volume.name, LABEL_NAME));
        } else if !names.insert(volume.name.as_str()) {
            errors.push(FieldError::duplicate(path, &volume.name));
        }
        let path = format!("{path_of_volumes}[{index}]");
        if volume.config_map.as_ref().is_some_and(|from| from.name.is_empty()) {
            errors.push(FieldError::required(format!("{path}.configMap.name"), ""));
        }
        let secret = volume.secret.as_ref();
        if secret.is_some_and(|from| from.secret_name.as_deref().unwrap_or("").is_empty()) {
            errors.push(FieldError::required(format!("{path}.secret.secretName"), ""));
        }
    }
    names
}

fn validate_container(
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
        validate_probe(&at(name), probe, kills, errors);
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

/// A probe; `kills` where its failure ends the container, so that one success must be enough.
fn validate_probe(path: &str, probe: &Probe, kills: bool, errors: &mut Vec<FieldError>) {
    let handlers =
        [probe.exec.is_some(), probe.http_get.is_some(), probe.tcp_socket.is_some(), probe.grpc.is_some()];
    match handlers.iter().filter(|there| **there).count() {
        0 => errors.push(FieldError::required(path, "must specify a handler type")),
        1 => {}
        _ => errors.push(FieldError::forbidden(path, "may not specify more than 1 handler type")),
    }
    let numbers = [
        ("initialDelaySeconds", probe.initial_delay_seconds),
        ("timeoutSeconds", probe.timeout_seconds),
        ("periodSeconds", probe.period_seconds),
        ("successThreshold", probe.success_threshold),
        ("failureThreshold", probe.failure_threshold),
    ];
    for (field, number) in numbers {
        errors.extend(rules::not_negative(&format!("{path}.{field}"), number));
    }
    if kills && let Some(times) = probe.success_threshold.filter(|times| *times != 1) {
        errors.push(FieldError::invalid(format!("{path}.successThreshold"), &times, "must be 1"));
    }
}

fn validate_toleration(path: &str, toleration: &Toleration, errors: &mut Vec<FieldError>) {
    let operator = toleration.operator.as_deref().filter(|operator| !operator.is_empty()).unwrap_or("Equal");
    let key = toleration.key.as_deref().unwrap_or("");
    if key.is_empty() && operator != "Exists" {
        errors.push(FieldError::invalid(
            format!("{path}.operator"),
            &operator,
            "operator must be Exists when `key` is empty, which means \"match all values and all keys\"",
        ));
    }
    if let Some(detail) = Some(key).filter(|key| !key.is_empty()).and_then(rules::qualified_name) {
        errors.push(FieldError::invalid(format!("{path}.key"), &key, detail));
    }
    if operator == "Exists" && toleration.value.as_deref().is_some_and(|value| !value.is_empty()) {
        errors.push(FieldError::invalid(
            format!("{path}.operator"),
            &toleration.value,
            "value must be empty when `operator` is 'Exists'",
        ));
    }
    errors.extend(one_of(&format!("{path}.operator"), Some(operator), &["Equal", "Exists"]));
    let effect = toleration.effect.as_deref().filter(|effect| !effect.is_empty());
    errors.extend(one_of(&format!("{path}.effect"), effect, &TAINT_EFFECTS));
    if toleration.toleration_seconds.is_some() && effect != Some("NoExecute") {
        errors.push(FieldError::invalid(
            format!("{path}.effect"),
            &effect,
            "effect must be 'NoExecute' when `tolerationSeconds` is set",
        ));
    }
}

/// A template that may not change.
pub(super) fn fixed_template(
    new: Option<&PodTemplateSpec>,
    old: Option<&PodTemplateSpec>,
) -> Option<FieldError> {
    (new != old).then(|| FieldError::invalid("spec.template", &new, IMMUTABLE))
}
