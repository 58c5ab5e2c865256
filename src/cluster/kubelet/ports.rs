//! Ports: the containers of a Pod share one network, so a port can be bound by one of them only.
//!
//! The API accepts a port that two containers declare (`containerPort` is only documentation). What counts is what the
//! processes bind: the second gets "address already in use", and whoever connects to a port that none of them has bound is
//! refused.

use super::container::Unit;
use k8s_openapi::api::core::v1::Container;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use std::collections::BTreeSet;

/// The exit code of a process that cannot bind its port.
pub(super) const ADDRESS_IN_USE: i32 = 1;

/// Whether a process cannot bind one of its ports, since another process in the same network holds it.
pub(super) fn is_taken<'a>(wanted: &[u16], held: impl Iterator<Item = &'a [u16]>) -> bool {
    let held: BTreeSet<u16> = held.flatten().copied().collect();
    wanted.iter().any(|port| held.contains(port))
}

/// What the processes of these containers hold.
pub(super) fn held<'u>(units: impl IntoIterator<Item = &'u Unit>) -> impl Iterator<Item = &'u [u16]> {
    let bound = units.into_iter().filter(|unit| unit.process().is_some_and(|process| process.bound));
    bound.map(|unit| unit.image.listens.as_slice())
}

/// What is reached at a Pod's address.
pub(super) struct Network<'a> {
    /// The address.
    pub(super) ip: &'a str,
    /// The ports that its processes hold; `None` if no image of the Pod says what it listens to: then any port answers.
    held: Option<Vec<u16>>,
}

impl<'a> Network<'a> {
    /// The network that these containers share at this address.
    pub(super) fn of(ip: &'a str, units: &[Unit]) -> Network<'a> {
        let says = units.iter().any(|unit| !unit.image.listens.is_empty());
        let held = || held(units).flatten().copied().collect();
        Network { ip, held: says.then(held) }
    }

    /// It together with what a process listens to that is about to start.
    pub(super) fn and(&self, listens: &[u16]) -> Network<'a> {
        let held = self.held.as_ref().map(|held| held.iter().chain(listens).copied().collect());
        Network { ip: self.ip, held }
    }

    /// Why nobody can be reached at a port, if so.
    pub(super) fn refusal(&self, port: u16) -> Option<String> {
        let refuses = self.held.as_ref().is_some_and(|held| !held.contains(&port));
        refuses.then(|| format!("dial tcp {}:{port}: connect: connection refused", self.ip))
    }

    /// A request of a port of the Pod, as Go's HTTP client names it when it failed.
    pub(super) fn request(&self, https: bool, port: u16, path: &str) -> String {
        let (scheme, path) = (if https { "https" } else { "http" }, path.trim_start_matches('/'));
        format!("Get \"{scheme}://{}:{port}/{path}\"", self.ip)
    }
}

/// What a probe or a hook connects to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// A port of its Pod.
    Port(u16),
    /// A port that does not exist; the kubelet's error.
    Missing(String),
    /// Another host: whether that answers is its image's business.
    Elsewhere,
}

impl Target {
    /// The port that a container's probe or hook means by number or by name (`ResolveContainerPort` in
    /// `pkg/probe/util.go`), at a host or, if there is none, at its Pod.
    pub(super) fn read(host: Option<&str>, port: &IntOrString, container: &Container) -> Target {
        if host.is_some_and(|host| !host.is_empty()) {
            return Target::Elsewhere;
        }
        let number = match port {
            IntOrString::Int(number) => *number,
            IntOrString::String(name) => {
                let mut ports = container.ports.iter().flatten();
                match (ports.find(|port| port.name.as_ref() == Some(name)), name.parse()) {
                    (Some(port), _) => port.container_port,
                    (None, Ok(number)) => number,
                    (None, Err(_)) => {
                        return Target::Missing(format!("strconv.Atoi: parsing {name:?}: invalid syntax"));
                    }
                }
            }
        };
        match u16::try_from(number) {
            Ok(port) => Target::Port(port),
            Err(_) => Target::Missing(format!("invalid port number: {number}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_that_another_process_holds_is_taken() {
        let held: [&[u16]; 2] = [&[80, 443], &[9090]];
        assert!(is_taken(&[8080, 443], held.into_iter()));
        assert!(!is_taken(&[8080], held.into_iter()));
        assert!(!is_taken(&[], held.into_iter()));
    }

    #[test]
    fn a_port_is_meant_by_its_number_or_by_a_name_of_its_own_container() {
        let container: Container = serde_json::from_value(serde_json::json!({"name": "app",
            "ports": [{"name": "web", "containerPort": 8080}, {"name": "81", "containerPort": 9090}]}))
        .unwrap();
        let read = |port: &str| {
            Target::read(
                None,
                &port.parse().map_or(IntOrString::String(port.to_owned()), IntOrString::Int),
                &container,
            )
        };
        assert_eq!(read("80"), Target::Port(80));
        assert_eq!(read("web"), Target::Port(8080));
        assert_eq!(read("70000"), Target::Missing("invalid port number: 70000".to_owned()));
        assert!(matches!(read("metrics"), Target::Missing(_)));
        let text = |port: &str| Target::read(None, &IntOrString::String(port.to_owned()), &container);
        assert_eq!((text("81"), text("82")), (Target::Port(9090), Target::Port(82)));
        assert_eq!(Target::read(Some("10.0.0.1"), &IntOrString::Int(80), &container), Target::Elsewhere);
        assert_eq!(Target::read(Some(""), &IntOrString::Int(80), &container), Target::Port(80));
    }
}
