//! Services. Sources: `pkg/apis/core/validation/validation.go` (`ValidateService`, `ValidateServiceUpdate`),
//! `pkg/registry/core/service/portallocator`.

use super::Validate;
use super::rules::{LABEL_NAME, PROTOCOLS, is_label_name, one_of, port, port_or_name, validate_labels};
use crate::cluster::api::field::{FieldError, Reason, subdomain};
use crate::cluster::api::service_defaults::NODE_PORTS;
use k8s_openapi::api::core::v1::{Service, ServicePort, ServiceSpec};
use std::collections::BTreeSet;
use std::net::IpAddr;

/// The longest that a client may be sent to the same Pod, in seconds: a day.
const LONGEST_AFFINITY: i32 = 86_400;

impl Validate for Service {
    fn validate(&self) -> Vec<FieldError> {
        let Some(spec) = &self.spec else { return vec![FieldError::required("spec.ports", "")] };
        let ports = spec.ports.as_deref().unwrap_or_default();
        let is_headless = spec.cluster_ip.as_deref() == Some("None");
        let type_ = spec.type_.as_deref().unwrap_or("ClusterIP");
        let is_alias = type_ == "ExternalName";
        let opens_node_ports = matches!(type_, "NodePort" | "LoadBalancer");
        let mut errors = Vec::new();
        if ports.is_empty() && !is_headless && !is_alias {
            errors.push(FieldError::required("spec.ports", ""));
        }
        if is_headless && opens_node_ports {
            let detail = format!("may not be set to 'None' for {type_} services");
            errors.push(FieldError::invalid("spec.clusterIPs[0]", &"None", detail));
        }
        if is_alias {
            errors.extend(external_name(spec));
        }
        errors.extend(validate_ports(ports));
        errors.extend(validate_labels("spec.selector", spec.selector.as_ref()));
        errors.extend(session_affinity(spec));
        if !is_alias {
            errors.extend(cluster_ips(spec));
        }
        errors.extend(one_of(
            "spec.type",
            spec.type_.as_deref(),
            &["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"],
        ));
        errors.extend(node_ports(type_, ports));
        errors.extend(twice(ports));
        if spec.allocate_load_balancer_node_ports.is_some() && type_ != "LoadBalancer" {
            let detail = "may only be used when `type` is 'LoadBalancer'";
            errors.push(FieldError::forbidden("spec.allocateLoadBalancerNodePorts", detail));
        }
        errors.extend(traffic_policies(spec, opens_node_ports));
        // Ports are handed out at the end, if all else is well.
        if errors.is_empty() && opens_node_ports {
            errors.extend(out_of_range(ports));
        }
        errors
    }

    /// The address is for life.
    fn validate_update(&self, old: &Service) -> Vec<FieldError> {
        let (Some(new), Some(old)) = (&self.spec, &old.spec) else { return Vec::new() };
        let is_alias = |spec: &ServiceSpec| spec.type_.as_deref() == Some("ExternalName");
        if is_alias(new) || is_alias(old) {
            return Vec::new();
        }
        let before = old.cluster_ips.iter().flatten();
        let changed = before.zip(new.cluster_ips.iter().flatten()).enumerate();
        changed
            .filter(|(_, (before, after))| before != after)
            .map(|(index, _)| {
                let path = format!("spec.clusterIPs[{index}]");
                FieldError::invalid(path, &new.cluster_ips, "may not change once set")
            })
            .collect()
    }
}

/// The name that it stands for may end in a dot.
fn external_name(spec: &ServiceSpec) -> Option<FieldError> {
    let path = "spec.externalName";
    let name = spec.external_name.as_deref().unwrap_or("");
    match name.strip_suffix('.').unwrap_or(name) {
        "" => Some(FieldError::required(path, "")),
        name => subdomain(name).err().map(|detail| FieldError::invalid(path, &name, detail)),
    }
}

fn validate_ports(ports: &[ServicePort]) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let mut names = BTreeSet::new();
    for (index, listed) in ports.iter().enumerate() {
        let path = format!("spec.ports[{index}]");
        match listed.name.as_deref().filter(|name| !name.is_empty()) {
            None if ports.len() > 1 => errors.push(FieldError::required(format!("{path}.name"), "")),
            Some(name) if !is_label_name(name) => {
                errors.push(FieldError::invalid(format!("{path}.name"), &name, LABEL_NAME));
            }
            Some(name) if !names.insert(name) => {
                errors.push(FieldError::duplicate(format!("{path}.name"), name));
            }
            _ => {}
        }
        errors.extend(port(&format!("{path}.port"), listed.port));
        errors.extend(one_of(&format!("{path}.protocol"), listed.protocol.as_deref(), &PROTOCOLS));
        let target = listed.target_port.iter();
        errors.extend(target.flat_map(|target| port_or_name(&format!("{path}.targetPort"), target)));
    }
    errors
}

fn session_affinity(spec: &ServiceSpec) -> Option<FieldError> {
    let path = "spec.sessionAffinity";
    let affinity = spec.session_affinity.as_deref();
    if let Some(error) = one_of(path, affinity, &["ClientIP", "None"]) {
        return Some(error);
    }
    let client = spec.session_affinity_config.as_ref()?.client_ip.as_ref()?;
    let seconds = client.timeout_seconds.filter(|seconds| !(1..=LONGEST_AFFINITY).contains(seconds))?;
    let detail = format!("must be greater than 0 and less than {LONGEST_AFFINITY}");
    Some(FieldError::invalid("spec.sessionAffinityConfig.clientIP.timeoutSeconds", &seconds, detail))
}

fn cluster_ips(spec: &ServiceSpec) -> Vec<FieldError> {
    let detail = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
    let listed = spec.cluster_ips.iter().flatten().enumerate();
    listed
        .filter(|(index, ip)| !(*index == 0 && *ip == "None") && ip.parse::<IpAddr>().is_err())
        .map(|(index, ip)| FieldError::invalid(format!("spec.clusterIPs[{index}]"), ip, detail))
        .collect()
}

/// The ports that are open on the Nodes, with their paths.
fn opened(ports: &[ServicePort]) -> impl Iterator<Item = (String, i32, &ServicePort)> {
    ports.iter().enumerate().filter_map(|(index, port)| {
        let number = port.node_port.filter(|number| *number != 0)?;
        Some((format!("spec.ports[{index}].nodePort"), number, port))
    })
}

fn node_ports(type_: &str, ports: &[ServicePort]) -> Vec<FieldError> {
    if type_ != "ClusterIP" {
        return Vec::new();
    }
    let detail = "may not be used when `type` is 'ClusterIP'";
    opened(ports).map(|(path, ..)| FieldError::forbidden(path, detail)).collect()
}

/// No port, and no port of the Nodes, is there twice with the same protocol.
fn twice(ports: &[ServicePort]) -> Vec<FieldError> {
    let mut seen = BTreeSet::new();
    let mut errors = Vec::new();
    for (path, number, port) in opened(ports) {
        if !seen.insert((number, port.protocol.as_deref())) {
            let (reason, value) = (Reason::Duplicate, number.to_string());
            errors.push(FieldError { path, reason, value, detail: String::new() });
        }
    }
    let mut seen = BTreeSet::new();
    for (index, port) in ports.iter().enumerate() {
        if !seen.insert((port.port, port.protocol.as_deref())) {
            errors.push(FieldError::duplicate(format!("spec.ports[{index}]"), &port.port.to_string()));
        }
    }
    errors
}

fn traffic_policies(spec: &ServiceSpec, opens_node_ports: bool) -> Vec<FieldError> {
    let policies = ["Cluster", "Local"];
    let mut errors = Vec::new();
    let (path, external) = ("spec.externalTrafficPolicy", spec.external_traffic_policy.as_deref());
    let is_reachable = opens_node_ports || spec.external_ips.as_ref().is_some_and(|ips| !ips.is_empty());
    match external.filter(|policy| !policy.is_empty()) {
        Some(policy) if !is_reachable => {
            let detail = "may only be set for externally-accessible services";
            errors.push(FieldError::invalid(path, &policy, detail));
        }
        policy => errors.extend(one_of(path, policy, &policies)),
    }
    let internal = spec.internal_traffic_policy.as_deref();
    errors.extend(one_of("spec.internalTrafficPolicy", internal, &policies));
    errors.extend(one_of(
        "spec.trafficDistribution",
        spec.traffic_distribution.as_deref(),
        &["PreferClose", "PreferSameNode", "PreferSameZone"],
    ));
    errors
}

fn out_of_range(ports: &[ServicePort]) -> Vec<FieldError> {
    let (first, last) = (NODE_PORTS.start(), NODE_PORTS.end());
    let detail =
        format!("provided port is not in the valid range. The range of valid ports is {first}-{last}");
    opened(ports)
        .filter(|(_, number, _)| !NODE_PORTS.contains(number))
        .map(|(path, number, _)| FieldError::invalid(path, &number, &*detail))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{changes, refusals};
    use serde_json::{Value, json};

    fn service(spec: Value) -> Value {
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": spec})
    }

    #[test]
    fn a_service_has_ports_that_can_be_told_apart() {
        for (ports, why) in [
            (json!([]), "spec.ports: Required value"),
            (json!([{"port": 80, "name": "a"}, {"port": 81}]), "spec.ports[1].name: Required value"),
            (
                json!([{"port": 0, "targetPort": 80}]),
                "spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive",
            ),
            (
                json!([{"port": 80, "targetPort": 70000}]),
                "spec.ports[0].targetPort: Invalid value: 70000: must be between 1 and 65535, inclusive",
            ),
            (
                json!([{"port": 80, "targetPort": "web-"}]),
                "spec.ports[0].targetPort: Invalid value: \"web-\": must not begin or end with a hyphen",
            ),
        ] {
            assert_eq!(refusals(service(json!({ "ports": ports }))), [why]);
        }
    }

    #[test]
    fn what_belongs_to_a_type_is_refused_elsewhere() {
        for (fields, why) in [
            (
                json!({"ports": [{"port": 80, "nodePort": 30001}]}),
                "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'",
            ),
            (
                json!({"type": "NodePort", "ports": [{"port": 80, "nodePort": 80}]}),
                "spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. The range of valid \
                 ports is 30000-32767",
            ),
            (
                json!({"type": "NodePort", "clusterIP": "None", "ports": [{"port": 80}]}),
                "spec.clusterIPs[0]: Invalid value: \"None\": may not be set to 'None' for NodePort services",
            ),
            (
                json!({"externalTrafficPolicy": "Local"}),
                "spec.externalTrafficPolicy: Invalid value: \"Local\": may only be set for externally-accessible services",
            ),
            (json!({"type": "ExternalName"}), "spec.externalName: Required value"),
            (
                json!({"sessionAffinity": "Foo"}),
                "spec.sessionAffinity: Unsupported value: \"Foo\": supported values: \"ClientIP\", \"None\"",
            ),
            (
                json!({"clusterIP": "1.2.3"}),
                "spec.clusterIPs[0]: Invalid value: \"1.2.3\": must be a valid IP address, (e.g. 10.9.8.7 or \
                 2001:db8::ffff)",
            ),
            (
                json!({"type": "Foo"}),
                "spec.type: Unsupported value: \"Foo\": supported values: \"ClusterIP\", \"ExternalName\", \
                 \"LoadBalancer\", \"NodePort\"",
            ),
        ] {
            let mut spec = json!({"ports": [{"port": 80}]});
            spec.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
            assert_eq!(refusals(service(spec)), [why]);
        }
    }

    #[test]
    fn the_address_of_a_service_does_not_change() {
        let change = |from: &str, to: &str| {
            changes(service(json!({"ports": [{"port": 80}], "clusterIP": from})), |service| {
                service["spec"]["clusterIP"] = json!(to);
            })
        };
        assert_eq!(
            change("10.96.0.20", "10.96.0.50"),
            ["spec.clusterIPs[0]: Invalid value: [\"10.96.0.50\"]: may not change once set"]
        );
        assert_eq!(change("10.96.0.20", ""), [""; 0]);
    }

    #[test]
    fn a_service_that_is_no_longer_open_on_the_nodes_gives_back_what_belongs_to_that() {
        for type_ in ["NodePort", "LoadBalancer"] {
            let open = service(json!({"type": type_, "ports": [{"port": 80}]}));
            assert_eq!(changes(open, |service| service["spec"]["type"] = json!("ClusterIP")), [""; 0]);
        }
    }
}
