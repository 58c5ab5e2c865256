//! Sidecars: init containers with the restart policy `Always`, which run beside the ordinary containers.
//!
//! Source: docs "Sidecar Containers".

use k8s_openapi::api::core::v1::{Container, PodSpec};

/// Whether an init container is a sidecar.
pub fn is_sidecar(container: &Container) -> bool {
    container.restart_policy.as_deref() == Some("Always")
}

/// The sidecars of a Pod, in order.
pub fn sidecars(spec: &PodSpec) -> impl Iterator<Item = &Container> {
    spec.init_containers.iter().flatten().filter(|container| is_sidecar(container))
}
