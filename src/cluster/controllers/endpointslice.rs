//! The EndpointSlice controller: behind each Service it lists the Pods that its selector means.
//!
//! A Service goes by labels alone and never asks who made a Pod. A Pod is listed from the moment it has an IP until it
//! has finished or is gone; whether it gets traffic is what the conditions of its endpoint say.
//!
//! Sources: `pkg/controller/endpointslice/endpointslice_controller.go`, `staging/src/k8s.io/endpointslice`
//! (`reconciler.go`, `utils.go`).

mod trigger_time;

use super::pods::{is_ready, node_name};
use super::{Controller, Outcome};
use crate::cluster::condition::is_finished;
use crate::cluster::engine::World;
use crate::cluster::object::{Key, Object, Resource};
use crate::cluster::selector::Selector;
use crate::cluster::sidecar::sidecars;
use crate::cluster::store::{Change, ChangeType};
use k8s_openapi::api::core::v1::{Node, ObjectReference, Pod, Service, ServicePort};
use k8s_openapi::api::discovery::v1::{Endpoint, EndpointConditions, EndpointPort, EndpointSlice};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use std::collections::BTreeMap;
use std::sync::Arc;
use trigger_time::{Seen, TRIGGER_TIME};

/// The label with the name of the Service.
const SERVICE_NAME: &str = "kubernetes.io/service-name";
const MANAGED_BY: &str = "endpointslice.kubernetes.io/managed-by";
const HEADLESS: &str = "service.kubernetes.io/headless";
/// A slice holds so many endpoints at most (`--max-endpoints-per-slice`).
const MAX_ENDPOINTS: usize = 100;

/// Keeps the EndpointSlices of every Service that has a selector. It remembers the times of what it has seen, as the real
/// one does.
#[derive(Debug, Default)]
pub struct EndpointSlices {
    seen: BTreeMap<Key, Seen>,
}

impl Controller for EndpointSlices {
    const NAME: &'static str = "endpointslice-controller";

    fn keys(&self, world: &World, change: &Change) -> Vec<Key> {
        match &change.object {
            Object::Service(service) => vec![service.key()],
            // Someone else has changed or deleted one.
            Object::EndpointSlice(slice) => {
                let service = slice.controller().filter(|owner| owner.kind == "Service");
                service.map(|owner| Key::new(slice.namespace(), &owner.name)).into_iter().collect()
            }
            Object::Pod(pod) => {
                let old = change.before.as_ref().and_then(Pod::from_object);
                if change.change == ChangeType::Modified && old.is_some_and(|old| looks_alike(pod, old)) {
                    return Vec::new();
                }
                let services = world.store.state().list_in::<Service>(pod.namespace());
                let means = |service: &Service, pod: &Pod| {
                    selector(service).matches_option(pod.metadata.labels.as_ref())
                };
                services
                    .filter(|service| means(service, pod) || old.is_some_and(|old| means(service, old)))
                    .map(|service| service.key())
                    .collect()
            }
            _ => Vec::new(),
        }
    }

    fn reconcile(&mut self, world: &mut World, key: &Key) -> Outcome {
        let Some(service) = world.store.get::<Service>(key).cloned() else {
            self.seen.remove(key);
            return Outcome::Done;
        };
        // Without a selector somebody else writes the slices.
        if service.is_deleting() || selector(&service) == Selector::Nothing {
            return Outcome::Done;
        }
        let selector = selector(&service);
        let pods = world.store.state().list_in::<Pod>(service.namespace());
        let pods = pods.filter(|pod| selector.matches_option(pod.metadata.labels.as_ref()));
        let seen = self.seen.entry(key.clone()).or_default();
        let trigger = seen.trigger_time(&service, pods.map(Arc::as_ref));
        Plan::new(world, &service).carry_out(world, &service, trigger);
        Outcome::Done
    }
}

/// What a Service selects. A name in the DNS of elsewhere (`ExternalName`) has nothing behind it here.
fn selector(service: &Service) -> Selector {
    let spec = service.spec.as_ref().filter(|spec| spec.type_.as_deref() != Some("ExternalName"));
    spec.and_then(|spec| spec.selector.as_ref()).map_or(Selector::Nothing, Selector::from_labels)
}

/// Whether nothing differs that an endpoint shows (`podEndpointsChanged`).
fn looks_alike(new: &Pod, old: &Pod) -> bool {
    fn seen(pod: &Pod) -> impl PartialEq {
        (ip(pod), node_name(pod), is_ready(pod), is_finished(pod), pod.is_deleting())
    }
    seen(new) == seen(old) && new.metadata.labels == old.metadata.labels
}

fn ip(pod: &Pod) -> Option<&str> {
    pod.status.as_ref()?.pod_ip.as_deref().filter(|ip| !ip.is_empty())
}

type Ports = Vec<EndpointPort>;

/// Which slices there should be: those that stay or change, by name, and those that are still to be made.
struct Plan {
    kept: BTreeMap<String, (Ports, Vec<Endpoint>)>,
    made: Vec<(Ports, Vec<Endpoint>)>,
    /// Names of slices that nobody needs any more.
    dropped: Vec<String>,
}

impl Plan {
    fn new(world: &World, service: &Service) -> Plan {
        let mut groups = wanted(world, service);
        let slices: Vec<&Arc<EndpointSlice>> = world.store.controlled_by(service.uid()).collect();
        let mut plan = Plan { kept: BTreeMap::new(), made: Vec::new(), dropped: Vec::new() };
        // What is listed already stays in its slice and its place.
        for slice in slices.into_iter().filter(|slice| !slice.is_deleting()) {
            let ports = slice.ports.clone().unwrap_or_default();
            let group = groups.iter_mut().find(|(own, _)| *own == ports);
            let stays: Vec<Endpoint> = group.map_or_else(Vec::new, |(_, endpoints)| {
                let listed = slice.endpoints.iter().flatten();
                listed.filter_map(|old| take(endpoints, |new| is_same_pod(old, new))).collect()
            });
            if stays.is_empty() {
                plan.dropped.push(slice.name().to_owned());
            } else {
                plan.kept.insert(slice.name().to_owned(), (ports, stays));
            }
        }
        for (ports, mut endpoints) in groups {
            for (_, listed) in plan.kept.values_mut().filter(|(own, _)| *own == ports) {
                let room = MAX_ENDPOINTS.saturating_sub(listed.len()).min(endpoints.len());
                listed.extend(endpoints.drain(..room));
            }
            while !endpoints.is_empty() {
                let rest = endpoints.split_off(endpoints.len().min(MAX_ENDPOINTS));
                plan.made.push((ports.clone(), std::mem::replace(&mut endpoints, rest)));
            }
        }
        if plan.kept.is_empty() && plan.made.is_empty() {
            // A Service with nothing behind it has one slice that says so.
            plan.made.push((Vec::new(), Vec::new()));
        }
        // A slice that would go becomes one that would be made.
        while !plan.made.is_empty() && !plan.dropped.is_empty() {
            plan.kept.insert(plan.dropped.remove(0), plan.made.remove(0));
        }
        plan
    }

    /// Writes what differs. What is written carries the time of the change, if there is one.
    fn carry_out(self, world: &mut World, service: &Service, trigger: Option<Time>) {
        let labels = labels(service);
        let annotations = trigger.map(|time| BTreeMap::from([(TRIGGER_TIME.to_owned(), time.0.to_string())]));
        for (name, (ports, endpoints)) in self.kept {
            // It may have been deleted meanwhile; the change will be seen, and another made.
            let _ = world.write::<EndpointSlice>(&Key::new(service.namespace(), &name), |slice| {
                let before = slice.clone();
                slice.metadata.labels = Some(labels.clone());
                slice.ports = unless_empty(ports);
                slice.endpoints = unless_empty(endpoints);
                if *slice != before {
                    slice.metadata.annotations.clone_from(&annotations);
                }
            });
        }
        for (ports, endpoints) in self.made {
            // A name that was drawn before is drawn again with the next change.
            let _ = world.create(EndpointSlice {
                address_type: "IPv4".to_owned(),
                endpoints: unless_empty(endpoints),
                ports: unless_empty(ports),
                metadata: ObjectMeta {
                    generate_name: Some(format!("{}-", service.name())),
                    namespace: Some(service.namespace().to_owned()),
                    labels: Some(labels.clone()),
                    annotations: annotations.clone(),
                    owner_references: Some(vec![service.as_controller()]),
                    ..ObjectMeta::default()
                },
            });
        }
        for name in self.dropped {
            let _ = world.delete::<EndpointSlice>(&Key::new(service.namespace(), &name), Default::default());
        }
    }
}

/// A list as the API keeps it: an empty one is none.
fn unless_empty<T>(list: Vec<T>) -> Option<Vec<T>> {
    (!list.is_empty()).then_some(list)
}

/// The labels of the Service's slices: its own, and whose they are.
fn labels(service: &Service) -> BTreeMap<String, String> {
    let mut labels = service.metadata.labels.clone().unwrap_or_default();
    labels.insert(SERVICE_NAME.to_owned(), service.name().to_owned());
    labels.insert(MANAGED_BY.to_owned(), "endpointslice-controller.k8s.io".to_owned());
    if service.spec.as_ref().is_some_and(|spec| spec.cluster_ip.as_deref() == Some("None")) {
        labels.insert(HEADLESS.to_owned(), String::new());
    }
    labels
}

/// Every endpoint that there should be, grouped by ports: a named target port may be another number in another Pod.
fn wanted(world: &World, service: &Service) -> Vec<(Ports, Vec<Endpoint>)> {
    let selector = selector(service);
    let mut groups: Vec<(Ports, Vec<Endpoint>)> = Vec::new();
    for pod in world.store.state().list_in::<Pod>(service.namespace()) {
        if is_finished(pod) || !selector.matches_option(pod.metadata.labels.as_ref()) {
            continue;
        }
        let Some(ip) = ip(pod) else { continue };
        let (ports, endpoint) = (ports(service, pod), endpoint(world, service, pod, ip));
        match groups.iter_mut().find(|(own, _)| *own == ports) {
            Some((_, endpoints)) => endpoints.push(endpoint),
            None => groups.push((ports, vec![endpoint])),
        }
    }
    groups
}

fn endpoint(world: &World, service: &Service, pod: &Pod, ip: &str) -> Endpoint {
    let (serving, terminating) = (is_ready(pod), pod.is_deleting());
    let publishes_all =
        service.spec.as_ref().and_then(|spec| spec.publish_not_ready_addresses).unwrap_or(false);
    let node = node_name(pod);
    let zone = node
        .and_then(|node| world.store.get::<Node>(&Key::cluster_wide(node)))
        .and_then(|node| node.metadata.labels.as_ref()?.get("topology.kubernetes.io/zone").cloned());
    let spec = pod.spec.as_ref();
    let has_name_here = spec.and_then(|spec| spec.subdomain.as_deref()) == Some(service.name());
    Endpoint {
        addresses: vec![ip.to_owned()],
        conditions: Some(EndpointConditions {
            ready: Some(publishes_all || (serving && !terminating)),
            serving: Some(serving),
            terminating: Some(terminating),
        }),
        hostname: spec.and_then(|spec| spec.hostname.clone()).filter(|_| has_name_here),
        node_name: node.map(str::to_owned),
        target_ref: Some(ObjectReference {
            kind: Some("Pod".to_owned()),
            namespace: pod.metadata.namespace.clone(),
            name: pod.metadata.name.clone(),
            uid: pod.metadata.uid.clone(),
            ..ObjectReference::default()
        }),
        zone,
        ..Endpoint::default()
    }
}

/// The Service's ports as they are in this Pod; a name that the Pod does not have is left out.
fn ports(service: &Service, pod: &Pod) -> Ports {
    let ports = service.spec.iter().flat_map(|spec| spec.ports.iter().flatten());
    ports
        .filter_map(|port| {
            Some(EndpointPort {
                name: Some(port.name.clone().unwrap_or_default()),
                port: Some(target(port, pod)?),
                protocol: port.protocol.clone(),
                app_protocol: port.app_protocol.clone(),
            })
        })
        .collect()
}

/// The number of a target port in a Pod (`FindPort`).
fn target(port: &ServicePort, pod: &Pod) -> Option<i32> {
    let name = match &port.target_port {
        None => return Some(port.port),
        Some(IntOrString::Int(number)) => return Some(*number),
        Some(IntOrString::String(name)) => name,
    };
    let spec = pod.spec.as_ref()?;
    let ports =
        spec.containers.iter().chain(sidecars(spec)).flat_map(|container| container.ports.iter().flatten());
    let protocol = |protocol: &Option<String>| protocol.clone().unwrap_or_else(|| "TCP".to_owned());
    ports
        .into_iter()
        .find(|own| own.name.as_ref() == Some(name) && protocol(&own.protocol) == protocol(&port.protocol))
        .map(|own| own.container_port)
}

fn is_same_pod(a: &Endpoint, b: &Endpoint) -> bool {
    let uid = |endpoint: &Endpoint| endpoint.target_ref.as_ref().and_then(|pod| pod.uid.clone());
    uid(a) == uid(b)
}

/// Takes the first one that fits out of a list.
fn take<T>(list: &mut Vec<T>, fits: impl Fn(&T) -> bool) -> Option<T> {
    list.iter().position(fits).map(|place| list.remove(place))
}

#[cfg(test)]
mod tests;
