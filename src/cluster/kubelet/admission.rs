//! Whether a kubelet takes a Pod that has been bound to its Node. A scheduler that knew everything would never send it one
//! that it must refuse; a manifest that names its Node may.
//!
//! Source: `pkg/kubelet/lifecycle/predicate.go`. A Pod that is refused is Failed; its controller makes another.

use crate::cluster::host_port::{host_ports, overlap};
use crate::cluster::node_affinity::RequiredNodes;
use crate::cluster::resources::{Resources, allocatable, max_pods, pod_request};
use crate::cluster::taint::{first_untolerated, taints, tolerations};
use k8s_openapi::api::core::v1::{Node, Pod, PodSpec};

/// Why a Pod is refused: the reason and message of its status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// `OutOfcpu`, `NodeAffinity`, …
    pub(super) reason: &'static str,
    /// In words.
    pub(super) message: String,
}

/// Refuses a Pod that the Node has no room for, or that does not belong there. `others` are the Pods that the kubelet
/// has taken and that have not come to their end.
pub(super) fn refuse<'a>(
    pod: &Pod,
    node: &Node,
    others: impl Iterator<Item = &'a Pod> + Clone,
) -> Option<Refusal> {
    let spec = pod.spec.clone().unwrap_or_default();
    let predicate = |reason, words: &str| {
        Some(Refusal { reason, message: format!("Predicate {reason} failed: {words}") })
    };
    if let Some(refusal) = no_room(&spec, node, others.clone()) {
        return Some(refusal);
    }
    if !RequiredNodes::of(&spec).matches(node) {
        return predicate("NodeAffinity", "node(s) didn't match Pod's node affinity/selector");
    }
    let wanted = host_ports(&spec);
    let mut taken = others.filter_map(|other| other.spec.as_ref()).map(host_ports);
    if !wanted.is_empty() && taken.any(|ports| overlap(&ports, &wanted)) {
        return predicate("NodePorts", "node(s) didn't have free ports for the requested pod ports");
    }
    let no_execute = taints(node).iter().filter(|taint| taint.effect == "NoExecute");
    if first_untolerated(no_execute, tolerations(pod)).is_some() {
        return predicate("TaintToleration", "node(s) had untolerated taint(s)");
    }
    None
}

fn no_room<'a>(spec: &PodSpec, node: &Node, others: impl Iterator<Item = &'a Pod>) -> Option<Refusal> {
    let mut used = Resources::default();
    let mut pods = 0;
    for other in others.filter_map(|other| other.spec.as_ref()) {
        used.add(&pod_request(other));
        pods += 1;
    }
    let (wants, has) = (pod_request(spec), allocatable(node));
    let amounts = [
        ("pods", "OutOfpods", 1, pods, max_pods(node)),
        ("cpu", "OutOfcpu", wants.cpu, used.cpu, has.cpu),
        ("memory", "OutOfmemory", wants.memory, used.memory, has.memory),
        ("ephemeral-storage", "OutOfephemeral-storage", wants.storage, used.storage, has.storage),
    ];
    let short = amounts.into_iter().find(|(.., wants, used, has)| *wants > 0 && used + wants > *has)?;
    let (name, reason, wants, used, has) = short;
    let message = format!(
        "Node didn't have enough resource: {name}, requested: {wants}, used: {used}, capacity: {has}"
    );
    Some(Refusal { reason, message })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pod(spec: serde_json::Value) -> Pod {
        Pod { spec: Some(serde_json::from_value(spec).unwrap()), ..Pod::default() }
    }

    fn node() -> Node {
        serde_json::from_value(serde_json::json!({
            "metadata": {"name": "a", "labels": {"disk": "ssd"}},
            "status": {"allocatable": {"cpu": "4", "memory": "8Gi", "pods": "2"}}
        }))
        .unwrap()
    }

    fn reason(pod: &Pod, others: &[Pod]) -> Option<&'static str> {
        refuse(pod, &node(), others.iter()).map(|refusal| refusal.reason)
    }

    #[test]
    fn a_kubelet_refuses_what_does_not_fit_or_does_not_belong_on_its_node() {
        let asks = |cpu: &str| {
            pod(serde_json::json!({"containers": [
                {"name": "a", "resources": {"requests": {"cpu": cpu}}, "ports": [{"containerPort": 80, "hostPort": 80}]}
            ]}))
        };
        let local = pod(serde_json::json!({"containers": [
            {"name": "a", "ports": [{"containerPort": 80, "hostPort": 80, "hostIP": "127.0.0.1"}]}
        ]}));
        assert_eq!(reason(&local, &[asks("2")]), Some("NodePorts"), "no address is every address");
        let small = pod(serde_json::json!({"containers": [{"name": "a"}]}));
        assert_eq!(reason(&asks("3"), &[]), None);
        assert_eq!(reason(&asks("5"), &[]), Some("OutOfcpu"));
        assert_eq!(reason(&asks("1"), &[asks("2")]), Some("NodePorts"));
        assert_eq!(reason(&small, &[small.clone(), small.clone()]), Some("OutOfpods"));
        let picky = pod(serde_json::json!({"containers": [{"name": "a"}], "nodeSelector": {"disk": "hdd"}}));
        assert_eq!(reason(&picky, &[]), Some("NodeAffinity"));
        let message = refuse(&asks("3"), &node(), [asks("2")].iter()).unwrap().message;
        assert_eq!(
            message,
            "Node didn't have enough resource: cpu, requested: 3000, used: 2000, capacity: 4000"
        );
    }
}
