//! Ports of the Node that Pods take: `hostPort`, and every port of a Pod on the Node's own network.
//!
//! The scheduler and the kubelets ask the same question: whether two of them can be on one Node. Sources:
//! `pkg/scheduler/util/utils.go` (`GetHostPorts`), `staging/src/k8s.io/kube-scheduler/framework/types.go`
//! (`HostPortInfo`).

use super::sidecar::sidecars;
use k8s_openapi::api::core::v1::{ContainerPort, PodSpec};

/// Every address of a Node (`DefaultBindAllHostIP`).
const EVERY_ADDRESS: &str = "0.0.0.0";

/// A port of the Node that a Pod takes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct HostPort {
    /// TCP, UDP or SCTP.
    protocol: String,
    /// The address; `0.0.0.0` is all of them.
    address: String,
    /// The number.
    port: i32,
}

impl HostPort {
    fn of(port: &ContainerPort, number: i32) -> HostPort {
        let or = |text: &Option<String>, default: &str| {
            text.as_deref().filter(|text| !text.is_empty()).unwrap_or(default).to_owned()
        };
        HostPort {
            protocol: or(&port.protocol, "TCP"),
            address: or(&port.host_ip, EVERY_ADDRESS),
            port: number,
        }
    }

    /// Whether the two cannot be on one Node.
    fn conflicts(&self, other: &HostPort) -> bool {
        let everywhere = |port: &HostPort| port.address == EVERY_ADDRESS;
        self.protocol == other.protocol
            && self.port == other.port
            && (self.address == other.address || everywhere(self) || everywhere(other))
    }
}

/// The ports that a Pod takes, each once.
pub(super) fn host_ports(spec: &PodSpec) -> Vec<HostPort> {
    let containers = spec.containers.iter().chain(sidecars(spec));
    let number = |port: &ContainerPort| match spec.host_network {
        Some(true) => port.host_port.or(Some(port.container_port)),
        _ => port.host_port,
    };
    let mut taken: Vec<HostPort> = containers
        .flat_map(|container| container.ports.iter().flatten())
        .filter_map(|port| Some(HostPort::of(port, number(port).filter(|number| *number > 0)?)))
        .collect();
    taken.sort();
    taken.dedup();
    taken
}

/// Whether one of these and one of those cannot be on one Node.
pub(super) fn overlap(a: &[HostPort], b: &[HostPort]) -> bool {
    a.iter().any(|one| b.iter().any(|other| one.conflicts(other)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn taken(spec: Value) -> Vec<HostPort> {
        host_ports(&serde_json::from_value(spec).unwrap())
    }

    fn port(more: Value) -> Vec<HostPort> {
        let mut port = json!({"containerPort": 80, "hostPort": 8080});
        port.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        taken(json!({"containers": [{"name": "app", "ports": [port]}]}))
    }

    #[test]
    fn ports_collide_where_number_protocol_and_address_do_and_no_address_is_every_address() {
        let local = json!({"hostIP": "127.0.0.1"});
        for (a, b, collide) in [
            (json!({}), json!({}), true),
            (json!({}), json!({"hostPort": 8081}), false),
            (json!({}), json!({"protocol": "UDP"}), false),
            (local.clone(), local.clone(), true),
            (local.clone(), json!({"hostIP": "10.0.0.1"}), false),
            (local.clone(), json!({"hostIP": "0.0.0.0"}), true),
            (local, json!({"hostIP": ""}), true),
        ] {
            assert_eq!(overlap(&port(a.clone()), &port(b.clone())), collide, "{a} {b}");
            assert_eq!(overlap(&port(b.clone()), &port(a.clone())), collide, "{b} {a}");
        }
    }

    #[test]
    fn a_sidecar_s_ports_count_an_init_container_s_do_not_and_on_the_node_s_network_all_do() {
        let listed = json!([{"containerPort": 80, "hostPort": 8080}]);
        let init = |more: Value| {
            let mut init = json!({"name": "init", "ports": listed});
            init.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            taken(json!({"containers": [{"name": "app"}], "initContainers": [init]}))
        };
        assert_eq!(init(json!({})), []);
        assert_eq!(init(json!({"restartPolicy": "Always"})), port(json!({})));
        let plain = json!([{"name": "app", "ports": [{"containerPort": 8080}]}]);
        assert_eq!(taken(json!({"containers": plain.clone()})), []);
        assert_eq!(taken(json!({"containers": plain, "hostNetwork": true})), port(json!({})));
    }
}
