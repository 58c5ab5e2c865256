//! Taints of Nodes and the Pods' tolerations of them.
//!
//! Source: component-helpers `scheduling/corev1/helpers.go`, `k8s.io/api/core/v1/toleration.go`, `taint.go`; docs
//! "Taints and Tolerations".

use k8s_openapi::api::core::v1::{Node, Pod, Taint, Toleration};

/// New Pods stay away.
pub const NO_SCHEDULE: &str = "NoSchedule";
/// New Pods come only if there is nowhere better.
pub const PREFER_NO_SCHEDULE: &str = "PreferNoSchedule";
/// New Pods stay away, and running ones are evicted.
pub const NO_EXECUTE: &str = "NoExecute";

/// The Node's kubelet says that it is not ready.
pub const NOT_READY: &str = "node.kubernetes.io/not-ready";
/// The Node's kubelet says nothing any more.
pub const UNREACHABLE: &str = "node.kubernetes.io/unreachable";
/// The Node is cordoned.
pub const UNSCHEDULABLE: &str = "node.kubernetes.io/unschedulable";
/// A person knows that the machine is off.
pub const OUT_OF_SERVICE: &str = "node.kubernetes.io/out-of-service";

/// The taints of a Node.
pub fn taints(node: &Node) -> &[Taint] {
    node.spec.as_ref().and_then(|spec| spec.taints.as_deref()).unwrap_or(&[])
}

/// The tolerations of a Pod.
pub fn tolerations(pod: &Pod) -> &[Toleration] {
    pod.spec.as_ref().and_then(|spec| spec.tolerations.as_deref()).unwrap_or(&[])
}

/// Whether a toleration is about this taint: same effect or none said, and the key exists or has the same value.
pub fn tolerates(toleration: &Toleration, taint: &Taint) -> bool {
    let key = toleration.key.as_deref().unwrap_or("");
    let effect = toleration.effect.as_deref().unwrap_or("");
    let value = toleration.value.as_deref().unwrap_or("");
    let taint_value = taint.value.as_deref().unwrap_or("");
    if (!effect.is_empty() && effect != taint.effect) || (!key.is_empty() && key != taint.key) {
        return false;
    }
    let number = |text: &str| text.parse::<i64>().ok();
    match toleration.operator.as_deref().unwrap_or("") {
        "" | "Equal" => value == taint_value,
        "Exists" => true,
        // Numeric comparison, beta since 1.36 (TaintTolerationComparisonOperators).
        "Lt" => number(taint_value).zip(number(value)).is_some_and(|(taint, own)| taint < own),
        "Gt" => number(taint_value).zip(number(value)).is_some_and(|(taint, own)| taint > own),
        _ => false,
    }
}

/// The first of these taints that no toleration is about.
pub fn first_untolerated<'a>(
    mut taints: impl Iterator<Item = &'a Taint>,
    tolerations: &[Toleration],
) -> Option<&'a Taint> {
    taints.find(|taint| !tolerations.iter().any(|toleration| tolerates(toleration, taint)))
}

/// Whether a Pod may be put on a Node as far as its taints go.
pub fn may_schedule(node: &Node, tolerations: &[Toleration]) -> bool {
    let hard = taints(node).iter().filter(|taint| taint.effect == NO_SCHEDULE || taint.effect == NO_EXECUTE);
    first_untolerated(hard, tolerations).is_none()
}

/// Whether a Node carries this taint.
pub fn has_taint(node: &Node, key: &str, effect: &str) -> bool {
    taints(node).iter().any(|taint| taint.key == key && taint.effect == effect)
}

/// Whether the Node is cordoned.
pub fn is_cordoned(node: &Node) -> bool {
    node.spec.as_ref().and_then(|spec| spec.unschedulable).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taint(key: &str, value: &str, effect: &str) -> Taint {
        Taint { key: key.into(), value: Some(value.into()), effect: effect.into(), time_added: None }
    }

    fn toleration(json: serde_json::Value) -> Toleration {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn a_toleration_matches_by_key_value_and_effect() {
        let team = taint("team", "x", NO_SCHEDULE);
        for (json, expected) in [
            (serde_json::json!({"key": "team", "value": "x", "effect": "NoSchedule"}), true),
            (serde_json::json!({"key": "team", "operator": "Equal", "value": "x"}), true),
            (serde_json::json!({"key": "team", "operator": "Exists"}), true),
            (serde_json::json!({"operator": "Exists"}), true),
            (serde_json::json!({"key": "team", "value": "y"}), false),
            (serde_json::json!({"key": "team", "operator": "Exists", "effect": "NoExecute"}), false),
            (serde_json::json!({"key": "other", "operator": "Exists"}), false),
        ] {
            assert_eq!(tolerates(&toleration(json.clone()), &team), expected, "{json}");
        }
    }

    #[test]
    fn a_soft_taint_keeps_nobody_away() {
        let mut node = Node::default();
        node.spec.get_or_insert_default().taints = Some(vec![taint("a", "", PREFER_NO_SCHEDULE)]);
        assert!(may_schedule(&node, &[]));
        node.spec.get_or_insert_default().taints = Some(vec![taint("a", "", NO_EXECUTE)]);
        assert!(!may_schedule(&node, &[]));
    }
}
