//! The short fields of each kind of object, beside its raw API fields.
//!
//! [`OF_ANY`] and [`names`] list them, and what is not listed cannot be asked: the page that explains claims shows these
//! lists. What they mean is said there. A Pod's and a Node's `status` is the word that kubectl prints; the API's own is
//! `raw.status`.

use crate::cluster::clock::{Millis, SimTime};
use crate::cluster::condition::pod_is;
use crate::cluster::events::times;
use crate::cluster::object::{Kind, Object, controller_of};
use crate::cluster::print;
use crate::cluster::volumes;
use k8s_openapi::api::core::v1::{Container, Event, Node, Pod, PodTemplateSpec};
use k8s_openapi::api::discovery::v1::{Endpoint, EndpointConditions};
use serde_json::{Value, json};

const REVISION: &str = "deployment.kubernetes.io/revision";

/// The short fields that every object has.
pub(super) const OF_ANY: &[&str] =
    &["name", "namespace", "uid", "kind", "labels", "annotations", "owner", "created", "terminating"];

/// The short fields of a kind, besides those of every object.
pub(super) const fn names(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Pod => &["status", "phase", "ready", "restarts", "node", "ip", "image", "qos", "reason"],
        Kind::Node => &["status", "ready", "schedulable", "cordoned", "taints"],
        Kind::Event => &["type", "reason", "message", "count", "object", "component"],
        Kind::Deployment => {
            &["wanted", "have", "ready", "available", "updated", "unavailable", "paused", "revision", "image"]
        }
        Kind::ReplicaSet => &["wanted", "have", "ready", "available", "revision", "image"],
        Kind::ReplicationController => &["wanted", "have", "ready", "available", "image"],
        Kind::StatefulSet => &["wanted", "have", "ready", "available", "updated", "image"],
        Kind::DaemonSet => &["wanted", "have", "ready", "available", "updated", "misscheduled", "image"],
        Kind::Job => {
            &["wanted", "have", "active", "ready", "succeeded", "failed", "complete", "gave_up", "suspended"]
        }
        Kind::CronJob => &["schedule", "suspended", "active"],
        Kind::HorizontalPodAutoscaler => &["wanted", "have", "min", "max"],
        Kind::Service => &["type", "ip"],
        Kind::PersistentVolumeClaim => &["phase", "volume"],
        Kind::PersistentVolume => &["phase", "claim"],
        Kind::VolumeAttachment => &["node", "volume"],
        Kind::PodDisruptionBudget => &["allowed", "healthy", "wanted", "expected"],
        Kind::Namespace => &["phase"],
        Kind::PriorityClass
        | Kind::StorageClass
        | Kind::CSINode
        | Kind::ConfigMap
        | Kind::Secret
        | Kind::EndpointSlice
        | Kind::ControllerRevision => &[],
    }
}

/// A short field; `None` if the kind has no such field.
pub(super) fn field(object: &Object, name: &str) -> Option<Value> {
    if names(object.kind()).contains(&name) {
        of_kind(object, name)
    } else if OF_ANY.contains(&name) {
        of_any(object, name)
    } else {
        None
    }
}

fn of_any(object: &Object, name: &str) -> Option<Value> {
    let meta = object.metadata();
    Some(match name {
        "name" => json!(object.name()),
        "namespace" => json!(meta.namespace.as_deref().unwrap_or("")),
        "uid" => json!(meta.uid.as_deref().unwrap_or("")),
        "kind" => json!(object.kind().name()),
        "labels" => json!(meta.labels.clone().unwrap_or_default()),
        "annotations" => json!(meta.annotations.clone().unwrap_or_default()),
        "owner" => {
            json!(controller_of(meta).map_or(String::new(), |own| format!("{}/{}", own.kind, own.name)))
        }
        "created" => {
            json!(meta.creation_timestamp.as_ref().map(|time| SimTime::from_time(time).0 / Millis::secs(1).0))
        }
        "terminating" => json!(meta.deletion_timestamp.is_some()),
        _ => return None,
    })
}

fn of_kind(object: &Object, name: &str) -> Option<Value> {
    match object {
        Object::Pod(pod) => of_pod(pod, name),
        Object::Node(node) => of_node(node, name),
        Object::Event(event) => of_event(event, name),
        Object::Deployment(object) => {
            let (spec, status) = (object.spec.as_ref(), object.status.as_ref());
            match name {
                "wanted" => count(spec.and_then(|s| s.replicas).or(Some(1))),
                "have" => count(status.and_then(|s| s.replicas)),
                "ready" => count(status.and_then(|s| s.ready_replicas)),
                "available" => count(status.and_then(|s| s.available_replicas)),
                "updated" => count(status.and_then(|s| s.updated_replicas)),
                "unavailable" => count(status.and_then(|s| s.unavailable_replicas)),
                "paused" => Some(json!(spec.and_then(|s| s.paused).unwrap_or(false))),
                "revision" => Some(revision(object.metadata.annotations.as_ref())),
                "image" => image(spec.map(|s| &s.template)),
                _ => None,
            }
        }
        Object::ReplicaSet(object) => {
            let (spec, status) = (object.spec.as_ref(), object.status.as_ref());
            match name {
                "wanted" => count(spec.and_then(|s| s.replicas).or(Some(1))),
                "have" => count(status.map(|s| s.replicas)),
                "ready" => count(status.and_then(|s| s.ready_replicas)),
                "available" => count(status.and_then(|s| s.available_replicas)),
                "revision" => Some(revision(object.metadata.annotations.as_ref())),
                "image" => image(spec.and_then(|s| s.template.as_ref())),
                _ => None,
            }
        }
        Object::ReplicationController(object) => {
            let (spec, status) = (object.spec.as_ref(), object.status.as_ref());
            match name {
                "wanted" => count(spec.and_then(|s| s.replicas).or(Some(1))),
                "have" => count(status.map(|s| s.replicas)),
                "ready" => count(status.and_then(|s| s.ready_replicas)),
                "available" => count(status.and_then(|s| s.available_replicas)),
                "image" => image(spec.and_then(|s| s.template.as_ref())),
                _ => None,
            }
        }
        Object::StatefulSet(object) => {
            let (spec, status) = (object.spec.as_ref(), object.status.as_ref());
            match name {
                "wanted" => count(spec.and_then(|s| s.replicas).or(Some(1))),
                "have" => count(status.map(|s| s.replicas)),
                "ready" => count(status.and_then(|s| s.ready_replicas)),
                "available" => count(status.and_then(|s| s.available_replicas)),
                "updated" => count(status.and_then(|s| s.updated_replicas)),
                "image" => image(spec.map(|s| &s.template)),
                _ => None,
            }
        }
        Object::DaemonSet(object) => {
            let status = object.status.as_ref();
            match name {
                "wanted" => count(status.map(|s| s.desired_number_scheduled)),
                "have" => count(status.map(|s| s.current_number_scheduled)),
                "ready" => count(status.map(|s| s.number_ready)),
                "available" => count(status.and_then(|s| s.number_available)),
                "updated" => count(status.and_then(|s| s.updated_number_scheduled)),
                "misscheduled" => count(status.map(|s| s.number_misscheduled)),
                "image" => image(object.spec.as_ref().map(|s| &s.template)),
                _ => None,
            }
        }
        Object::Job(object) => {
            let (spec, status) = (object.spec.as_ref(), object.status.as_ref());
            let condition = |wanted: &str| {
                let conditions = status.and_then(|s| s.conditions.as_ref()).into_iter().flatten();
                conditions.filter(|c| c.type_ == wanted).any(|c| c.status == "True")
            };
            match name {
                "wanted" => count(spec.and_then(|s| s.completions.or(s.parallelism)).or(Some(1))),
                "have" | "active" => count(status.and_then(|s| s.active)),
                "ready" => count(status.and_then(|s| s.ready)),
                "succeeded" => count(status.and_then(|s| s.succeeded)),
                "failed" => count(status.and_then(|s| s.failed)),
                "complete" => Some(json!(condition("Complete"))),
                "gave_up" => Some(json!(condition("Failed"))),
                "suspended" => Some(json!(spec.and_then(|s| s.suspend).unwrap_or(false))),
                _ => None,
            }
        }
        Object::CronJob(object) => {
            let (spec, status) = (&object.spec, object.status.as_ref());
            match name {
                "schedule" => Some(json!(spec.schedule)),
                "suspended" => Some(json!(spec.suspend.unwrap_or(false))),
                "active" => Some(json!(status.and_then(|s| s.active.as_ref()).map_or(0, Vec::len))),
                _ => None,
            }
        }
        Object::HorizontalPodAutoscaler(object) => {
            let (spec, status) = (&object.spec, object.status.as_ref());
            match name {
                "wanted" => count(status.map(|s| s.desired_replicas)),
                "have" => count(status.and_then(|s| s.current_replicas)),
                "min" => count(spec.min_replicas.or(Some(1))),
                "max" => count(Some(spec.max_replicas)),
                _ => None,
            }
        }
        Object::Service(object) => match name {
            "ip" => Some(json!(object.spec.as_ref().and_then(|s| s.cluster_ip.as_deref()).unwrap_or(""))),
            "type" => {
                Some(json!(object.spec.as_ref().and_then(|s| s.type_.as_deref()).unwrap_or("ClusterIP")))
            }
            _ => None,
        },
        Object::PersistentVolumeClaim(object) => match name {
            "phase" => {
                Some(json!(object.status.as_ref().and_then(|s| s.phase.as_deref()).unwrap_or("Pending")))
            }
            "volume" => {
                Some(json!(object.spec.as_ref().and_then(|s| s.volume_name.as_deref()).unwrap_or("")))
            }
            _ => None,
        },
        Object::PersistentVolume(object) => match name {
            "phase" => {
                Some(json!(object.status.as_ref().and_then(|s| s.phase.as_deref()).unwrap_or("Pending")))
            }
            "claim" => {
                let claim = volumes::claim_of(object).and_then(|reference| reference.name.as_deref());
                Some(json!(claim.unwrap_or("")))
            }
            _ => None,
        },
        Object::VolumeAttachment(object) => match name {
            "node" => Some(json!(object.spec.node_name)),
            "volume" => Some(json!(object.spec.source.persistent_volume_name.as_deref().unwrap_or(""))),
            _ => None,
        },
        Object::PodDisruptionBudget(object) => {
            let status = object.status.as_ref();
            match name {
                "allowed" => count(status.and_then(|s| s.disruptions_allowed)),
                "healthy" => count(status.and_then(|s| s.current_healthy)),
                "wanted" => count(status.and_then(|s| s.desired_healthy)),
                "expected" => count(status.and_then(|s| s.expected_pods)),
                _ => None,
            }
        }
        Object::Namespace(object) => match name {
            "phase" => {
                Some(json!(object.status.as_ref().and_then(|s| s.phase.as_deref()).unwrap_or("Active")))
            }
            _ => None,
        },
        Object::PriorityClass(_)
        | Object::StorageClass(_)
        | Object::CSINode(_)
        | Object::ConfigMap(_)
        | Object::Secret(_)
        | Object::EndpointSlice(_)
        | Object::ControllerRevision(_) => None,
    }
}

fn count(number: Option<i32>) -> Option<Value> {
    Some(json!(number.unwrap_or(0)))
}

fn revision(annotations: Option<&std::collections::BTreeMap<String, String>>) -> Value {
    json!(annotations.and_then(|all| all.get(REVISION)).map_or("", String::as_str))
}

/// The image of a template's first container.
fn image(template: Option<&PodTemplateSpec>) -> Option<Value> {
    let containers = template.and_then(|template| template.spec.as_ref()).map(|spec| &spec.containers);
    Some(first_image(containers.map_or(&[][..], Vec::as_slice)))
}

fn first_image(containers: &[Container]) -> Value {
    json!(containers.first().and_then(|container| container.image.as_deref()).unwrap_or(""))
}

fn of_pod(pod: &Pod, name: &str) -> Option<Value> {
    let (spec, status) = (pod.spec.as_ref(), pod.status.as_ref());
    Some(match name {
        "ip" => json!(status.and_then(|s| s.pod_ip.as_deref()).unwrap_or("")),
        "node" => json!(spec.and_then(|s| s.node_name.as_deref()).unwrap_or("")),
        "phase" => json!(status.and_then(|s| s.phase.as_deref()).unwrap_or("")),
        "ready" => json!(pod_is(pod, "Ready")),
        "restarts" => json!(print::restarts(pod)),
        "status" => json!(print::status_word(pod)),
        "reason" => json!(status.and_then(|s| s.reason.as_deref()).unwrap_or("")),
        "qos" => json!(status.and_then(|s| s.qos_class.as_deref()).unwrap_or("")),
        "image" => first_image(spec.map_or(&[][..], |s| s.containers.as_slice())),
        _ => return None,
    })
}

fn of_node(node: &Node, name: &str) -> Option<Value> {
    let spec = node.spec.as_ref();
    let cordoned = spec.and_then(|s| s.unschedulable).unwrap_or(false);
    Some(match name {
        "ready" => json!(print::node_ready(node).unwrap_or("Unknown")),
        "cordoned" => json!(cordoned),
        "schedulable" => json!(!cordoned),
        "status" => json!(print::node_status(node)),
        "taints" => {
            let taints = spec.and_then(|s| s.taints.as_ref()).into_iter().flatten();
            json!(taints.map(print::taint_word).collect::<Vec<_>>())
        }
        _ => return None,
    })
}

fn of_event(event: &Event, name: &str) -> Option<Value> {
    let object = &event.involved_object;
    Some(match name {
        "type" => json!(event.type_.as_deref().unwrap_or("")),
        "reason" => json!(event.reason.as_deref().unwrap_or("")),
        "message" => json!(event.message.as_deref().unwrap_or("")),
        "count" => json!(times(event)),
        "object" => json!(format!(
            "{}/{}",
            object.kind.as_deref().unwrap_or(""),
            object.name.as_deref().unwrap_or("")
        )),
        "component" => {
            let source = event.source.as_ref().and_then(|source| source.component.as_deref());
            json!(source.or(event.reporting_component.as_deref()).unwrap_or(""))
        }
        _ => return None,
    })
}

/// The fields of an endpoint.
pub(super) const OF_ENDPOINT: &[&str] = &["address", "ready", "serving", "terminating", "node", "pod"];

/// Whether an endpoint is ready, whether it serves, and whether it is terminating. What is not said of it is as the API's
/// documentation of `EndpointConditions` has it.
pub(super) fn conditions(endpoint: &Endpoint) -> (bool, bool, bool) {
    let said = endpoint.conditions.as_ref();
    let of = |condition: fn(&EndpointConditions) -> Option<bool>| said.and_then(condition);
    let terminating = of(|said| said.terminating).unwrap_or(false);
    (of(|said| said.ready).unwrap_or(true), of(|said| said.serving).unwrap_or(true), terminating)
}

/// One endpoint of a Service.
pub(super) fn endpoint(endpoint: &Endpoint) -> Value {
    let (ready, serving, terminating) = conditions(endpoint);
    json!({
        "address": endpoint.addresses.first().map_or("", String::as_str),
        "ready": ready,
        "serving": serving,
        "terminating": terminating,
        "node": endpoint.node_name.as_deref().unwrap_or(""),
        "pod": endpoint.target_ref.as_ref().and_then(|pod| pod.name.as_deref()).unwrap_or(""),
    })
}

/// An object's state in a few words, for the values beside a false claim.
pub(super) fn state(object: &Object) -> String {
    match object {
        Object::Pod(pod) => {
            let ready = if pod_is(pod, "Ready") { ", ready" } else { "" };
            format!("{}{ready}", print::status_word(pod))
        }
        Object::Node(node) => print::node_status(node),
        Object::Event(event) => event.reason.clone().unwrap_or_default(),
        _ => {
            let part = |name: &str| of_kind(object, name).map(|value| format!("{name} {value}"));
            ["wanted", "have", "ready"].into_iter().filter_map(part).collect::<Vec<_>>().join(", ")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listed_field_is_known_of_its_kind() {
        for kind in Kind::ALL {
            let object = Object::from_json(*kind, json!({}), |_| ()).unwrap();
            for name in names(*kind).iter().chain(OF_ANY) {
                assert!(field(&object, name).is_some(), "{}: {name}", kind.name());
            }
            let doubled = names(*kind).iter().find(|name| OF_ANY.contains(name));
            assert_eq!(doubled, None, "{}", kind.name());
        }
        let shown = endpoint(&Endpoint::default());
        let mut names: Vec<&str> = OF_ENDPOINT.to_vec();
        names.sort_unstable();
        let mut keys: Vec<&String> = shown.as_object().unwrap().keys().collect();
        keys.sort_unstable();
        assert_eq!(keys, names);
    }

    #[test]
    fn every_field_that_the_code_knows_is_listed() {
        let source = include_str!("fields.rs");
        let code = source.split("#[cfg(test)]").next().unwrap();
        let arm = regex::Regex::new(r#"(?m)^ +((?:"[a-z_]+"(?: \| )?)+) => "#).unwrap();
        let known = arm.captures_iter(code).flat_map(|arm| {
            let names = arm.get(1).unwrap().as_str().split(" | ");
            names.map(|name| name.trim_matches('"').to_owned()).collect::<Vec<_>>()
        });
        let listed = |name: &String| {
            let kinds = Kind::ALL.iter().flat_map(|kind| names(*kind));
            kinds.chain(OF_ANY).any(|listed| listed == name)
        };
        let known: Vec<String> = known.collect();
        assert!(known.len() > 80, "{known:?}");
        let unlisted: Vec<&String> = known.iter().filter(|name| !listed(name)).collect();
        assert_eq!(unlisted, [""; 0]);
        // Each kind's list is as long as its arms are many: a field listed of one kind cannot hide one of another.
        let all: usize = Kind::ALL.iter().map(|kind| names(*kind).len()).sum();
        assert_eq!(known.len(), all + OF_ANY.len());
    }
}
