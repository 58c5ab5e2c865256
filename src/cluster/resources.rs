//! Amounts of CPU, memory and the like: what a Pod asks for and what a Node has to give.
//!
//! Sources: component-helpers `resource/helpers.go` (`PodRequests`), `pkg/scheduler/framework/types.go` (`Resource`).

use super::quantity::Quantity as Amount;
use super::sidecar::is_sidecar;
use k8s_openapi::api::core::v1::{Container, Node, PodSpec, ResourceRequirements};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use std::collections::BTreeMap;

/// CPU that a container without a request counts as in scores: 0.1 cores
/// (`pkg/scheduler/util/pod_resources.go`, `DefaultMilliCPURequest`).
const SCORED_CPU: i64 = 100;
/// Memory that a container without a request counts as in scores: 200 MiB (`DefaultMemoryRequest`).
const SCORED_MEMORY: i64 = 200 * 1024 * 1024;

/// Amounts by resource.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resources {
    /// CPU in thousandths of a core.
    pub cpu: i64,
    /// Memory in bytes.
    pub memory: i64,
    /// Local disk in bytes.
    pub storage: i64,
    /// Everything else, in whole units, by name.
    pub others: BTreeMap<String, i64>,
}

impl Resources {
    /// Reads a list of amounts. What is no quantity counts as nothing: the API server has refused it before.
    pub fn read(list: Option<&BTreeMap<String, Quantity>>) -> Resources {
        let mut resources = Resources::default();
        for (name, quantity) in list.into_iter().flatten() {
            let amount = Amount::parse(&quantity.0).unwrap_or(Amount::ZERO);
            match name.as_str() {
                "cpu" => resources.cpu = amount.milli(),
                "memory" => resources.memory = amount.value(),
                "ephemeral-storage" => resources.storage = amount.value(),
                "pods" => {}
                _ => {
                    resources.others.insert(name.clone(), amount.value());
                }
            }
        }
        resources
    }

    /// Adds another list of amounts.
    pub fn add(&mut self, other: &Resources) {
        self.combine(other, i64::saturating_add);
    }

    /// Takes another list of amounts away.
    pub fn subtract(&mut self, other: &Resources) {
        self.combine(other, i64::saturating_sub);
    }

    /// Raises each amount to that of the other list.
    pub fn raise(&mut self, other: &Resources) {
        self.combine(other, i64::max);
    }

    fn combine(&mut self, other: &Resources, with: impl Fn(i64, i64) -> i64) {
        self.cpu = with(self.cpu, other.cpu);
        self.memory = with(self.memory, other.memory);
        self.storage = with(self.storage, other.storage);
        for (name, amount) in &other.others {
            let own = self.others.entry(name.clone()).or_default();
            *own = with(*own, *amount);
        }
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.cpu == 0 && self.memory == 0 && self.storage == 0 && self.others.values().all(|n| *n == 0)
    }
}

/// What a Pod asks for: the most that it needs at any moment, so the larger of its ordinary containers with all sidecars
/// and its largest init step; its own `resources` in place of that where it has some, and its overhead.
pub fn pod_request(spec: &PodSpec) -> Resources {
    request(spec, |container| {
        Resources::read(container.resources.as_ref().and_then(|resources| resources.requests.as_ref()))
    })
}

/// What a Pod counts as in scores: as [`pod_request`], but a container that names no CPU or memory counts as a small one.
pub fn scored_request(spec: &PodSpec) -> Resources {
    request(spec, |container| {
        let requests = container.resources.as_ref().and_then(|resources| resources.requests.as_ref());
        let mut resources = Resources::read(requests);
        let names = |name: &str| requests.is_some_and(|requests| requests.contains_key(name));
        if !names("cpu") {
            resources.cpu = SCORED_CPU;
        }
        if !names("memory") {
            resources.memory = SCORED_MEMORY;
        }
        resources
    })
}

fn request(spec: &PodSpec, of: impl Fn(&Container) -> Resources) -> Resources {
    let mut running = Resources::default();
    for container in &spec.containers {
        running.add(&of(container));
    }
    let mut sidecars = Resources::default();
    let mut largest_step = Resources::default();
    for container in spec.init_containers.iter().flatten() {
        let mut step = of(container);
        if is_sidecar(container) {
            running.add(&step);
            sidecars.add(&step);
            step = sidecars.clone();
        } else {
            step.add(&sidecars);
        }
        largest_step.raise(&step);
    }
    running.raise(&largest_step);
    if let Some(ResourceRequirements { requests: Some(requests), .. }) = &spec.resources {
        let own = Resources::read(Some(requests));
        if requests.contains_key("cpu") {
            running.cpu = own.cpu;
        }
        if requests.contains_key("memory") {
            running.memory = own.memory;
        }
    }
    running.add(&Resources::read(spec.overhead.as_ref()));
    running
}

/// What a Node has to give to Pods.
pub fn allocatable(node: &Node) -> Resources {
    Resources::read(node_amounts(node))
}

/// How many Pods a Node takes; none if it does not say.
pub fn max_pods(node: &Node) -> i64 {
    node_amounts(node)
        .and_then(|amounts| amounts.get("pods"))
        .and_then(|quantity| Amount::parse(&quantity.0).ok())
        .map_or(0, Amount::value)
}

fn node_amounts(node: &Node) -> Option<&BTreeMap<String, Quantity>> {
    let status = node.status.as_ref()?;
    status.allocatable.as_ref().or(status.capacity.as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn container(cpu: &str) -> serde_json::Value {
        json!({"name": "c", "resources": {"requests": {"cpu": cpu}}})
    }

    #[test]
    fn a_pod_asks_for_the_larger_of_its_containers_and_its_largest_init_step() {
        let spec = |json| serde_json::from_value::<PodSpec>(json).unwrap();
        let sum = spec(json!({"containers": [container("100m"), container("200m")]}));
        assert_eq!(pod_request(&sum).cpu, 300);
        let init = spec(json!({"containers": [container("100m")], "initContainers": [container("500m")]}));
        assert_eq!(pod_request(&init).cpu, 500);
        let mut sidecar = container("50m");
        sidecar["restartPolicy"] = json!("Always");
        // The sidecar runs beside the init step after it: 50 + 500; and beside the containers: 50 + 100.
        let beside =
            spec(json!({"containers": [container("100m")], "initContainers": [sidecar, container("500m")]}));
        assert_eq!(pod_request(&beside).cpu, 550);
    }

    #[test]
    fn a_container_without_a_request_counts_as_a_small_one_in_scores_only() {
        let spec: PodSpec = serde_json::from_value(json!({"containers": [{"name": "a"}]})).unwrap();
        assert!(pod_request(&spec).is_empty());
        let scored = scored_request(&spec);
        assert_eq!((scored.cpu, scored.memory), (100, 209_715_200));
    }
}
