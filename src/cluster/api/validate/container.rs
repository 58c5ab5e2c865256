//! The containers of a Pod. Source: `pkg/apis/core/validation/validation.go` (`validateContainers`, `validateInitContainers`).

use super::pod::RESTART_POLICIES;
use super::probe::{self, Purpose};
use super::rules::{LABEL_NAME, PROTOCOLS, is_label_name, one_of, port, port_name};
use super::{environment, resources};
use crate::cluster::api::field::FieldError;
use crate::cluster::sidecar::is_sidecar;
use k8s_openapi::api::core::v1::{Container, PodSpec};
use std::collections::BTreeSet;

const PULL_POLICIES: [&str; 3] = ["Always", "IfNotPresent", "Never"];

/// What is wrong with the containers of the spec at this path, which has these volumes.
pub(super) fn validate(path: &str, spec: &PodSpec, volumes: &BTreeSet<&str>) -> Vec<FieldError> {
    let grace = spec.termination_grace_period_seconds;
    let mut errors = Vec::new();
    let mut names = BTreeSet::new();
    let mut ports = BTreeSet::new();
    if spec.containers.is_empty() {
        errors.push(FieldError::required(format!("{path}.containers"), ""));
    }
    for (index, container) in spec.containers.iter().enumerate() {
        let path = format!("{path}.containers[{index}]");
        errors.extend(validate_common(&path, container, volumes));
        errors.extend(validate_name_is_new(&path, container, &mut names));
        errors.extend(validate_handlers(&path, container, grace));
    }
    for (index, container) in spec.containers.iter().enumerate() {
        errors.extend(host_ports(&format!("{path}.containers[{index}]"), container, &mut ports));
    }
    for (index, container) in spec.init_containers.iter().flatten().enumerate() {
        let path = format!("{path}.initContainers[{index}]");
        errors.extend(validate_common(&path, container, volumes));
        errors.extend(validate_name_is_new(&path, container, &mut names));
        // They run one by one, each with ports of its own.
        errors.extend(host_ports(&path, container, &mut BTreeSet::new()));
        if is_sidecar(container) {
            errors.extend(validate_handlers(&path, container, grace));
        } else {
            errors.extend(forbid_handlers(&path, container));
        }
    }
    if spec.host_network == Some(true) {
        errors.extend(on_host_network(path, spec));
    }
    errors
}

/// What holds for every container.
fn validate_common(path: &str, container: &Container, volumes: &BTreeSet<&str>) -> Vec<FieldError> {
    let mut errors = Vec::new();
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
    errors.extend(one_of(
        &at("terminationMessagePolicy"),
        container.termination_message_policy.as_deref(),
        &["File", "FallbackToLogsOnError"],
    ));
    errors.extend(validate_ports(path, container));
    errors.extend(environment::validate(path, container));
    errors.extend(validate_mounts(path, container, volumes));
    errors.extend(one_of(&at("imagePullPolicy"), container.image_pull_policy.as_deref(), &PULL_POLICIES));
    errors.extend(container.resources.iter().flat_map(|own| resources::validate(&at("resources"), own)));
    errors.extend(one_of(&at("restartPolicy"), container.restart_policy.as_deref(), &RESTART_POLICIES));
    errors
}

fn validate_name_is_new<'c>(
    path: &str,
    container: &'c Container,
    names: &mut BTreeSet<&'c str>,
) -> Option<FieldError> {
    let is_new = container.name.is_empty() || names.insert(&container.name);
    (!is_new).then(|| FieldError::duplicate(format!("{path}.name"), &container.name))
}

fn validate_ports(path: &str, container: &Container) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let mut names = BTreeSet::new();
    for (index, listed) in container.ports.iter().flatten().enumerate() {
        let path = format!("{path}.ports[{index}]");
        if let Some(name) = listed.name.as_deref().filter(|name| !name.is_empty()) {
            let wrong = port_name(&format!("{path}.name"), name);
            if wrong.is_empty() && !names.insert(name) {
                errors.push(FieldError::duplicate(format!("{path}.name"), name));
            }
            errors.extend(wrong);
        }
        if listed.container_port == 0 {
            errors.push(FieldError::required(format!("{path}.containerPort"), ""));
        } else {
            errors.extend(port(&format!("{path}.containerPort"), listed.container_port));
        }
        if let Some(host) = listed.host_port.filter(|host| *host != 0) {
            errors.extend(port(&format!("{path}.hostPort"), host));
        }
        errors.extend(one_of(&format!("{path}.protocol"), listed.protocol.as_deref(), &PROTOCOLS));
    }
    errors
}

/// A port of the Node is taken once.
fn host_ports(path: &str, container: &Container, taken: &mut BTreeSet<String>) -> Vec<FieldError> {
    let mut errors = Vec::new();
    for (index, port) in container.ports.iter().flatten().enumerate() {
        let Some(number) = port.host_port.filter(|number| *number != 0) else { continue };
        let protocol = port.protocol.as_deref().unwrap_or("");
        let wanted = format!("{protocol}/{}/{number}", port.host_ip.as_deref().unwrap_or(""));
        if taken.contains(&wanted) {
            errors.push(FieldError::duplicate(format!("{path}.ports[{index}].hostPort"), &wanted));
        }
        taken.insert(wanted);
    }
    errors
}

/// In the network of its Node, a container's port is the Node's (`validatePodHostNetworkDeps`). A template may leave that out.
fn on_host_network(path: &str, spec: &PodSpec) -> Vec<FieldError> {
    let detail = "must match `containerPort` when `hostNetwork` is true";
    let listed = spec.containers.iter().enumerate().flat_map(|(index, container)| {
        let ports = container.ports.iter().flatten().enumerate();
        ports
            .map(move |(port, listed)| (format!("{path}.containers[{index}].ports[{port}].hostPort"), listed))
    });
    listed
        .filter_map(|(path, port)| {
            let host = port.host_port.filter(|host| *host != 0 && *host != port.container_port)?;
            Some(FieldError::invalid(path, &host, detail))
        })
        .collect()
}

fn validate_mounts(path: &str, container: &Container, volumes: &BTreeSet<&str>) -> Vec<FieldError> {
    let mut errors = Vec::new();
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
    errors
}

/// The hooks and probes of a container that goes on running.
fn validate_handlers(path: &str, container: &Container, grace: Option<i64>) -> Vec<FieldError> {
    let lifecycle = container.lifecycle.iter();
    let mut errors: Vec<FieldError> = lifecycle
        .flat_map(|own| probe::validate_lifecycle(&format!("{path}.lifecycle"), own, grace))
        .collect();
    for (field, own, purpose) in [
        ("livenessProbe", &container.liveness_probe, Purpose::Kill),
        ("readinessProbe", &container.readiness_probe, Purpose::Readiness),
        ("startupProbe", &container.startup_probe, Purpose::Kill),
    ] {
        errors.extend(own.iter().flat_map(|own| probe::validate(&format!("{path}.{field}"), own, purpose)));
    }
    errors
}

/// A container that comes to its end has no hooks and no probes.
fn forbid_handlers(path: &str, container: &Container) -> Vec<FieldError> {
    let fields = [
        ("lifecycle", container.lifecycle.is_some()),
        ("livenessProbe", container.liveness_probe.is_some()),
        ("readinessProbe", container.readiness_probe.is_some()),
        ("startupProbe", container.startup_probe.is_some()),
    ];
    let detail = "may not be set for init containers without restartPolicy=Always";
    fields
        .into_iter()
        .filter(|(_, there)| *there)
        .map(|(field, _)| FieldError::forbidden(format!("{path}.{field}"), detail))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{deployment, pod, refusals};
    use serde_json::{Value, json};

    fn ports(ports: Value) -> Vec<String> {
        refusals(pod(json!({"containers": [{"name": "app", "image": "web:1", "ports": ports}]})))
    }

    #[test]
    fn the_name_of_a_port_is_short_and_plain() {
        let path = "spec.containers[0].ports[0].name: Invalid value";
        for (name, details) in [
            (
                "HTTP",
                vec![
                    "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)",
                    "must contain at least one letter (a-z)",
                ],
            ),
            ("abcdefghijklmnop", vec!["must be no more than 15 bytes"]),
            ("80", vec!["must contain at least one letter (a-z)"]),
            ("a--b", vec!["must not contain consecutive hyphens"]),
            ("web-", vec!["must not begin or end with a hyphen"]),
            ("web", vec![]),
        ] {
            let expected: Vec<String> =
                details.iter().map(|detail| format!("{path}: {name:?}: {detail}")).collect();
            assert_eq!(ports(json!([{"containerPort": 80, "name": name}])), expected);
        }
        assert_eq!(
            ports(json!([{"containerPort": 80, "name": "web"}, {"containerPort": 81, "name": "web"}])),
            ["spec.containers[0].ports[1].name: Duplicate value: \"web\""]
        );
    }

    #[test]
    fn a_port_of_the_node_is_taken_once() {
        assert_eq!(
            ports(json!([{"containerPort": 80, "hostPort": 80}, {"containerPort": 81, "hostPort": 80}])),
            ["spec.containers[0].ports[1].hostPort: Duplicate value: \"TCP//80\""]
        );
        let both = json!([{"containerPort": 80, "hostPort": 80}, {"containerPort": 80, "hostPort": 80, "protocol": "UDP"}]);
        assert_eq!(ports(both), [""; 0]);
    }

    #[test]
    fn in_the_network_of_the_node_both_ports_are_the_same() {
        let spec = |host: Value| {
            json!({"hostNetwork": true, "containers": [{"name": "app", "image": "web:1",
                "ports": [{"containerPort": 80, "hostPort": host}]}]})
        };
        let detail = "hostPort: Invalid value: 81: must match `containerPort` when `hostNetwork` is true";
        assert_eq!(refusals(pod(spec(json!(80)))), [""; 0]);
        assert_eq!(refusals(pod(spec(json!(81)))), [format!("spec.containers[0].ports[0].{detail}")]);
        let template =
            json!({"template": {"metadata": {"labels": {"app": "web"}}, "spec": spec(Value::Null)}});
        assert_eq!(refusals(deployment(template)), [""; 0]);
    }

    #[test]
    fn an_init_container_that_ends_has_no_hooks_and_no_probes() {
        let init = |policy: Value| {
            let hook = json!({"preStop": {"exec": {"command": ["sh"]}}});
            let init = json!({"name": "init", "image": "init:1", "restartPolicy": policy, "lifecycle": hook,
                "readinessProbe": {"tcpSocket": {"port": 80}}});
            refusals(pod(
                json!({"containers": [{"name": "app", "image": "web:1"}], "initContainers": [init]}),
            ))
        };
        let why = "Forbidden: may not be set for init containers without restartPolicy=Always";
        assert_eq!(init(json!("Always")), [""; 0]);
        assert_eq!(
            init(Value::Null),
            [
                format!("spec.initContainers[0].lifecycle: {why}"),
                format!("spec.initContainers[0].readinessProbe: {why}"),
            ]
        );
    }

    #[test]
    fn an_init_container_has_a_name_of_its_own() {
        let twice = json!({"containers": [{"name": "app", "image": "web:1"}],
            "initContainers": [{"name": "app", "image": "init:1"}]});
        assert_eq!(refusals(pod(twice)), ["spec.initContainers[0].name: Duplicate value: \"app\""]);
    }

    #[test]
    fn the_name_of_a_variable_is_printable_and_has_no_equals_sign() {
        let name = |name: &str| {
            let container = json!({"name": "app", "image": "web:1", "env": [{"name": name, "value": "x"}]});
            refusals(pod(json!({ "containers": [container] })))
        };
        assert_eq!(name("my.var 1"), [""; 0]);
        assert_eq!(
            name("a=b"),
            [
                "spec.containers[0].env[0].name: Invalid value: \"a=b\": a valid environment variable name must consist \
                 only of printable ASCII characters other than '='"
            ]
        );
    }
}
