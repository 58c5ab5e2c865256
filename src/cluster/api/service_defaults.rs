//! What the API server fills into Services: defaults, and the addresses and ports that it hands out.
//!
//! A real cluster draws those by lot. Here the first free one is taken, so that a run can be read.
//!
//! Sources: `pkg/apis/core/v1/defaults.go` (`SetDefaults_Service`), `pkg/registry/core/service/storage/alloc.go`.

use super::{Admit, FieldError};
use crate::cluster::object::{Key, Resource};
use crate::cluster::state::State;
use k8s_openapi::api::core::v1::{Service, ServiceSpec};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use std::collections::BTreeSet;
use std::net::Ipv4Addr;

/// Where cluster IPs begin in `10.96.0.0/12`: after those of the API server (.1) and of the DNS (.10).
const FIRST_IP: u32 = u32::from_be_bytes([10, 96, 0, 11]);
const LAST_IP: u32 = u32::from_be_bytes([10, 111, 255, 254]);
/// For how long a client of a Service with affinity is sent to the same Pod (`DefaultClientIPServiceAffinitySeconds`).
const AFFINITY_SECONDS: i32 = 10_800;
/// The default `--service-node-port-range`.
pub(super) const NODE_PORTS: std::ops::RangeInclusive<i32> = 30_000..=32_767;

impl Admit for Service {
    fn fill_in(&mut self, state: &State) {
        let key = self.key();
        let old = state.get::<Service>(&key).and_then(|old| old.spec.as_ref());
        let spec = self.spec.get_or_insert_default();
        let kind = spec.type_.get_or_insert_with(|| "ClusterIP".to_owned()).clone();
        set_affinity(spec);
        for port in spec.ports.iter_mut().flatten() {
            port.protocol.get_or_insert_with(|| "TCP".to_owned());
            port.target_port.get_or_insert(IntOrString::Int(port.port));
        }
        let opens_node_ports = kind == "NodePort" || kind == "LoadBalancer";
        if kind != "ExternalName" {
            spec.internal_traffic_policy.get_or_insert_with(|| "Cluster".to_owned());
            set_cluster_ip(spec, old, others(state, &key));
        }
        if opens_node_ports {
            spec.external_traffic_policy.get_or_insert_with(|| "Cluster".to_owned());
            set_node_ports(spec, others(state, &key));
        } else if old.is_some_and(|old| old.type_.as_deref() != Some(&kind)) {
            // It had them as another type, and gives them back (`dropTypeDependentFields`).
            spec.ports.iter_mut().flatten().for_each(|port| port.node_port = None);
            spec.external_traffic_policy = None;
        }
        if kind == "LoadBalancer" {
            spec.allocate_load_balancer_node_ports.get_or_insert(true);
        } else if old.is_some_and(|old| old.type_.as_deref() == Some("LoadBalancer")) {
            spec.allocate_load_balancer_node_ports = None;
        }
        self.status.get_or_insert_default().load_balancer.get_or_insert_default();
    }

    /// An address or a port of the Nodes that it names may be another's.
    fn taken(&self, state: &State) -> Vec<FieldError> {
        let key = self.key();
        let Some(spec) = &self.spec else { return Vec::new() };
        let address =
            address_of(spec).filter(|ip| others(state, &key).any(|other| address_of(other) == Some(*ip)));
        let address = address.map(|ip| {
            let detail = format!("failed to allocate IP {ip}: provided IP is already allocated");
            FieldError::invalid("spec.clusterIPs", &spec.cluster_ips, detail)
        });
        let ports: BTreeSet<i32> = others(state, &key).flat_map(node_ports).collect();
        let ports = spec.ports.iter().flatten().enumerate().filter_map(|(index, port)| {
            let number = port.node_port.filter(|number| ports.contains(number))?;
            let path = format!("spec.ports[{index}].nodePort");
            Some(FieldError::invalid(path, &number, "provided port is already allocated"))
        });
        // One at a time, as they are handed out.
        address.into_iter().chain(ports).take(1).collect()
    }
}

/// What the other Services have.
fn others<'a>(state: &'a State, key: &Key) -> impl Iterator<Item = &'a ServiceSpec> {
    state.list::<Service>().filter(move |other| other.key() != *key).filter_map(|other| other.spec.as_ref())
}

fn address_of(spec: &ServiceSpec) -> Option<Ipv4Addr> {
    spec.cluster_ip.as_deref()?.parse().ok()
}

fn node_ports(spec: &ServiceSpec) -> Vec<i32> {
    spec.ports.iter().flatten().filter_map(|port| port.node_port).filter(|number| *number != 0).collect()
}

/// A client is sent to the same Pod for three hours, or not at all.
fn set_affinity(spec: &mut ServiceSpec) {
    if spec.session_affinity.get_or_insert_with(|| "None".to_owned()) == "ClientIP" {
        let config = spec.session_affinity_config.get_or_insert_default();
        config.client_ip.get_or_insert_default().timeout_seconds.get_or_insert(AFFINITY_SECONDS);
    } else {
        spec.session_affinity_config = None;
    }
}

/// Gives a Service the address that it has for life. A headless one (`None`) has none.
fn set_cluster_ip<'a>(
    spec: &mut ServiceSpec,
    old: Option<&ServiceSpec>,
    others: impl Iterator<Item = &'a ServiceSpec>,
) {
    if spec.cluster_ip.as_deref().is_none_or(str::is_empty) {
        let kept = old.and_then(|old| old.cluster_ip.clone()).filter(|ip| !ip.is_empty());
        spec.cluster_ip = kept.or_else(|| {
            let taken: BTreeSet<Ipv4Addr> = others.filter_map(address_of).collect();
            let free = (FIRST_IP..=LAST_IP).map(Ipv4Addr::from).find(|ip| !taken.contains(ip));
            free.map(|ip| ip.to_string())
        });
    }
    spec.cluster_ips = spec.cluster_ip.clone().map(|ip| vec![ip]);
    spec.ip_families.get_or_insert_with(|| vec!["IPv4".to_owned()]);
    spec.ip_family_policy.get_or_insert_with(|| "SingleStack".to_owned());
}

fn set_node_ports<'a>(spec: &mut ServiceSpec, others: impl Iterator<Item = &'a ServiceSpec>) {
    let mut taken: BTreeSet<i32> = others.flat_map(node_ports).collect();
    taken.extend(node_ports(spec));
    for port in spec.ports.iter_mut().flatten().filter(|port| port.node_port.unwrap_or(0) == 0) {
        port.node_port = NODE_PORTS.clone().find(|free| !taken.contains(free));
        taken.extend(port.node_port);
    }
}

#[cfg(test)]
mod tests {
    use crate::cluster::engine::World;
    use crate::cluster::image::Images;
    use crate::cluster::object::Key;
    use k8s_openapi::api::core::v1::{Service, ServiceSpec};
    use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
    use serde_json::{Value, json};

    fn create(world: &mut World, name: &str, spec: Value) -> ServiceSpec {
        let service = json!({"metadata": {"name": name}, "spec": spec});
        let service: Service = serde_json::from_value(service).unwrap();
        world.create(service).unwrap().spec.clone().unwrap()
    }

    #[test]
    fn a_plain_service_gets_an_address_and_its_own_port_as_target() {
        let mut world = World::new(1, Images::default());
        let web = create(&mut world, "web", json!({"selector": {"app": "web"}, "ports": [{"port": 80}]}));
        assert_eq!(web.type_.as_deref(), Some("ClusterIP"));
        assert_eq!(web.cluster_ip.as_deref(), Some("10.96.0.11"));
        assert_eq!(web.session_affinity.as_deref(), Some("None"));
        let port = &web.ports.unwrap()[0];
        assert_eq!(port.protocol.as_deref(), Some("TCP"));
        assert_eq!(port.target_port, Some(IntOrString::Int(80)));
        assert_eq!(port.node_port, None);
        let api = create(&mut world, "api", json!({"ports": [{"port": 80, "targetPort": "http"}]}));
        assert_eq!(api.cluster_ip.as_deref(), Some("10.96.0.12"));
    }

    #[test]
    fn headless_and_external_services_get_no_address() {
        let mut world = World::new(1, Images::default());
        let headless = create(&mut world, "db", json!({"clusterIP": "None"}));
        assert_eq!(headless.cluster_ip.as_deref(), Some("None"));
        let alias =
            create(&mut world, "alias", json!({"type": "ExternalName", "externalName": "example.com"}));
        assert_eq!(alias.cluster_ip, None);
    }

    #[test]
    fn the_address_stays_through_updates_and_node_ports_come_and_go_with_the_type() {
        let mut world = World::new(1, Images::default());
        create(&mut world, "web", json!({"ports": [{"port": 80}]}));
        let mut become_ = |kind: &str| {
            let change = |service: &mut Service| {
                let spec = service.spec.as_mut().unwrap();
                spec.type_ = Some(kind.to_owned());
                spec.cluster_ip = None;
            };
            world.update::<Service>(&Key::new("default", "web"), change).unwrap().spec.clone().unwrap()
        };
        let open = become_("NodePort");
        assert_eq!(open.cluster_ip.as_deref(), Some("10.96.0.11"));
        assert_eq!(open.ports.unwrap()[0].node_port, Some(30_000));
        assert_eq!(become_("ClusterIP").ports.unwrap()[0].node_port, None);
    }

    #[test]
    fn what_another_service_has_is_refused() {
        let mut world = World::new(1, Images::default());
        let open = |port: i32| json!({"type": "NodePort", "ports": [{"port": 80, "nodePort": port}]});
        create(&mut world, "web", open(30_080));
        let mut refused = |name: &str, spec: Value| {
            let service = json!({"metadata": {"name": name}, "spec": spec});
            world.create::<Service>(serde_json::from_value(service).unwrap()).unwrap_err().to_string()
        };
        assert_eq!(
            refused("api", open(30_080)),
            "Service \"api\" is invalid: spec.ports[0].nodePort: Invalid value: 30080: provided port is already allocated"
        );
        assert_eq!(
            refused("api", json!({"clusterIP": "10.96.0.11", "ports": [{"port": 80}]})),
            "Service \"api\" is invalid: spec.clusterIPs: Invalid value: [\"10.96.0.11\"]: failed to allocate IP \
             10.96.0.11: provided IP is already allocated"
        );
        // One Service may have a number for two protocols; and what is gone is free again.
        let both = json!([{"port": 53, "name": "a", "protocol": "UDP", "nodePort": 30_053},
                          {"port": 53, "name": "b", "protocol": "TCP", "nodePort": 30_053}]);
        create(&mut world, "dns", json!({"type": "NodePort", "ports": both}));
        world.delete::<Service>(&Key::new("default", "web"), Default::default()).unwrap();
        create(&mut world, "api", open(30_080));
        let change = |service: &mut Service| {
            service.spec.as_mut().unwrap().ports.as_mut().unwrap()[0].node_port = Some(30_053);
        };
        world.update::<Service>(&Key::new("default", "api"), change).unwrap_err();
    }

    #[test]
    fn each_port_of_a_node_port_service_gets_its_own() {
        let mut world = World::new(1, Images::default());
        let ports = json!([{"port": 80, "name": "a", "nodePort": 30000}, {"port": 81, "name": "b"}]);
        let web = create(&mut world, "web", json!({"type": "NodePort", "ports": ports}));
        let numbers: Vec<_> = web.ports.unwrap().iter().map(|port| port.node_port).collect();
        assert_eq!(numbers, [Some(30_000), Some(30_001)]);
    }
}
