//! What may change in a Pod that exists.
//!
//! In: the spec as it would be, and as it is. Out: every change that is refused. What may change is taken back, rule by rule, and
//! whatever differs then was not to be touched. Source: `pkg/apis/core/validation/validation.go` (`ValidatePodUpdate`).

use crate::cluster::api::field::FieldError;
use k8s_openapi::api::core::v1::{Affinity, Container, NodeAffinity, NodeSelectorTerm, PodSpec, Toleration};
use std::collections::BTreeSet;

/// What may change in the spec of a Pod that exists.
const MUTABLE: &str = "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,\
     `spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),\
     `spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

/// What is wrong with a change of the spec.
pub(super) fn validate(new: &PodSpec, old: &PodSpec) -> Vec<FieldError> {
    let init = |spec: &PodSpec| spec.init_containers.as_ref().map_or(0, Vec::len);
    let counts = [
        ("spec.containers", new.containers.len(), old.containers.len()),
        ("spec.initContainers", init(new), init(old)),
    ];
    if let Some((path, ..)) = counts.into_iter().find(|(_, new, old)| new != old) {
        return vec![FieldError::forbidden(path, "pod updates may not add or remove containers")];
    }
    let mut errors: Vec<FieldError> = deadline(new, old).into_iter().collect();
    errors.extend(tolerations(new, old));
    errors.extend(gates(new, old));
    let mut rest = new.clone();
    rest.active_deadline_seconds = old.active_deadline_seconds;
    rest.tolerations.clone_from(&old.tolerations);
    rest.scheduling_gates.clone_from(&old.scheduling_gates);
    same_images(&mut rest.containers, &old.containers);
    same_images(
        rest.init_containers.as_deref_mut().unwrap_or_default(),
        old.init_containers.as_deref().unwrap_or_default(),
    );
    if old.scheduling_gates.as_ref().is_some_and(|gates| !gates.is_empty()) {
        errors.extend(narrowed(&mut rest, old));
    }
    if rest != *old {
        errors.push(FieldError::forbidden("spec", MUTABLE));
    }
    errors
}

/// A deadline may be set, and come nearer.
fn deadline(new: &PodSpec, old: &PodSpec) -> Option<FieldError> {
    let before = old.active_deadline_seconds?;
    let detail = match new.active_deadline_seconds {
        None => "must not update from a positive integer to nil value",
        Some(after) if after > before => "must be less than or equal to previous value",
        Some(_) => return None,
    };
    Some(FieldError::invalid("spec.activeDeadlineSeconds", &new.active_deadline_seconds, detail))
}

/// Tolerations may be added, and those that are there may only change for how long they tolerate.
fn tolerations(new: &PodSpec, old: &PodSpec) -> Option<FieldError> {
    let is_kept = |old: &Toleration| {
        new.tolerations.iter().flatten().any(|new| {
            let seconds = new.toleration_seconds;
            *new == Toleration { toleration_seconds: seconds, ..old.clone() }
        })
    };
    let detail = "existing toleration can not be modified except its tolerationSeconds";
    (!old.tolerations.iter().flatten().all(is_kept))
        .then(|| FieldError::forbidden("spec.tolerations", detail))
}

/// Gates open one by one and never close again.
fn gates(new: &PodSpec, old: &PodSpec) -> Vec<FieldError> {
    let closed: BTreeSet<&str> =
        old.scheduling_gates.iter().flatten().map(|gate| gate.name.as_str()).collect();
    let new = new.scheduling_gates.iter().flatten().enumerate();
    new.filter(|(_, gate)| !closed.contains(gate.name.as_str()))
        .map(|(index, gate)| {
            let detail = format!("only deletion is allowed, but found new scheduling gate '{}'", gate.name);
            FieldError::forbidden(format!("spec.schedulingGates[{index}].name"), detail)
        })
        .collect()
}

fn same_images(containers: &mut [Container], old: &[Container]) {
    for (container, old) in containers.iter_mut().zip(old) {
        container.image.clone_from(&old.image);
    }
}

/// As long as a Pod is gated, the choice of its Nodes may become narrower. Takes back in `rest` what was narrowed.
fn narrowed(rest: &mut PodSpec, old: &PodSpec) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let selected = rest.node_selector.clone().unwrap_or_default();
    if !old.node_selector.iter().flatten().all(|(key, value)| selected.get(key) == Some(value)) {
        let detail = "only additions to spec.nodeSelector are allowed (no mutations or deletions)";
        errors.push(FieldError::invalid("spec.nodeSelector", &selected, detail));
    }
    rest.node_selector.clone_from(&old.node_selector);
    let of_nodes =
        |spec: &PodSpec| spec.affinity.as_ref().and_then(|affinity| affinity.node_affinity.clone());
    errors.extend(narrowed_terms(of_nodes(rest).as_ref(), of_nodes(old).as_ref()));
    let affinity = rest.affinity.get_or_insert_default();
    affinity.node_affinity = of_nodes(old);
    if *affinity == Affinity::default() {
        rest.affinity.clone_from(&old.affinity.clone().filter(|old| *old == Affinity::default()));
    }
    errors
}

/// Required terms stay as many as they are, and each may only ask for more.
fn narrowed_terms(new: Option<&NodeAffinity>, old: Option<&NodeAffinity>) -> Vec<FieldError> {
    let path = "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms";
    let terms = |affinity: Option<&NodeAffinity>| {
        let required = affinity.and_then(|it| it.required_during_scheduling_ignored_during_execution.clone());
        required.map(|required| required.node_selector_terms).unwrap_or_default()
    };
    let (new, old) = (terms(new), terms(old));
    if !old.is_empty() && new.len() != old.len() {
        let detail = "no additions/deletions to non-empty NodeSelectorTerms list are allowed";
        return vec![FieldError::invalid(path, &new, detail)];
    }
    let changed = new.iter().zip(&old).enumerate().filter(|(_, (new, old))| !asks_for_more(new, old));
    let detail = "only additions are allowed (no mutations or deletions)";
    changed.map(|(index, (new, _))| FieldError::invalid(format!("{path}[{index}]"), new, detail)).collect()
}

/// Whether a term still asks for all that it did. One that matched nothing must stay so.
fn asks_for_more(new: &NodeSelectorTerm, old: &NodeSelectorTerm) -> bool {
    let lists = |term: &NodeSelectorTerm| {
        [&term.match_expressions, &term.match_fields].map(|list| list.clone().unwrap_or_default())
    };
    let (new, old) = (lists(new), lists(old));
    if old.iter().all(Vec::is_empty) {
        return new.iter().all(Vec::is_empty);
    }
    new.iter().zip(&old).all(|(new, old)| new.starts_with(old))
}

#[cfg(test)]
mod tests {
    use super::super::tests::changes;
    use serde_json::{Value, json};

    fn pod(more: &Value) -> Value {
        let mut spec = json!({"containers": [{"name": "app", "image": "web:1"}]});
        spec.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": spec})
    }

    /// What is said when fields of the spec get these values.
    fn change(before: Value, after: Value) -> Vec<String> {
        changes(pod(&before), |pod| {
            pod["spec"].as_object_mut().unwrap().extend(after.as_object().unwrap().clone());
        })
    }

    #[test]
    fn an_image_may_change_and_the_rest_of_the_container_is_filled_in_anew() {
        assert_eq!(change(json!({}), json!({"containers": [{"name": "app", "image": "web:2"}]})), [""; 0]);
        let command = json!({"containers": [{"name": "app", "image": "web:1", "command": ["sh"]}]});
        let refused = change(json!({}), command);
        assert!(refused[0].starts_with("spec: Forbidden: pod updates may not change fields"), "{refused:?}");
        let two = json!({"containers": [{"name": "app", "image": "web:1"}, {"name": "b", "image": "web:1"}]});
        assert_eq!(
            change(json!({}), two),
            ["spec.containers: Forbidden: pod updates may not add or remove containers"]
        );
    }

    #[test]
    fn a_pod_does_not_move_to_another_node() {
        let refused = change(json!({"nodeName": "node-a"}), json!({"nodeName": "node-b"}));
        assert!(refused[0].starts_with("spec: Forbidden: pod updates may not change fields"), "{refused:?}");
    }

    #[test]
    fn a_deadline_comes_nearer_and_never_goes_away() {
        let deadline = |before: Value, after: Value| {
            change(json!({"activeDeadlineSeconds": before}), json!({"activeDeadlineSeconds": after}))
        };
        assert_eq!(deadline(Value::Null, json!(10)), [""; 0]);
        assert_eq!(deadline(json!(10), json!(5)), [""; 0]);
        assert_eq!(
            deadline(json!(10), json!(20)),
            ["spec.activeDeadlineSeconds: Invalid value: 20: must be less than or equal to previous value"]
        );
        assert_eq!(
            deadline(json!(10), Value::Null),
            [
                "spec.activeDeadlineSeconds: Invalid value: null: must not update from a positive integer to nil value"
            ]
        );
    }

    #[test]
    fn tolerations_are_added_or_last_longer_and_the_usual_two_come_back_by_themselves() {
        let own = |seconds: i32| json!({"key": "a", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": seconds});
        let before = json!({"tolerations": [own(5)]});
        let after = |tolerations: Value| change(before.clone(), json!({ "tolerations": tolerations }));
        assert_eq!(after(json!([own(60), {"key": "b", "operator": "Exists"}])), [""; 0]);
        assert_eq!(
            after(json!([{"key": "a", "operator": "Exists"}])),
            [
                "spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds"
            ]
        );
        assert_eq!(change(json!({}), json!({"tolerations": []})), [""; 0]);
    }

    #[test]
    fn gates_open_one_by_one_and_never_close() {
        let gates = |names: &[&str]| {
            let gates: Vec<Value> = names.iter().map(|name| json!({ "name": name })).collect();
            json!({ "schedulingGates": gates })
        };
        assert_eq!(change(gates(&["a", "b"]), gates(&["b"])), [""; 0]);
        assert_eq!(change(gates(&["a", "b"]), gates(&[])), [""; 0]);
        assert_eq!(
            change(gates(&["a", "b"]), gates(&["a", "c"])),
            [
                "spec.schedulingGates[1].name: Forbidden: only deletion is allowed, but found new scheduling gate 'c'"
            ]
        );
    }

    #[test]
    fn a_gated_pod_may_be_sent_to_fewer_nodes() {
        let gated = |more: Value| {
            let mut spec = json!({"schedulingGates": [{"name": "a"}]});
            spec.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            spec
        };
        let selector = |selector: Value| json!({ "nodeSelector": selector });
        assert_eq!(change(gated(json!({})), selector(json!({"disk": "ssd"}))), [""; 0]);
        assert_eq!(
            change(gated(selector(json!({"disk": "ssd"}))), selector(json!({"disk": "hdd"}))),
            [
                "spec.nodeSelector: Invalid value: {\"disk\":\"hdd\"}: only additions to spec.nodeSelector are allowed (no \
                 mutations or deletions)"
            ]
        );
        let refused = change(json!({}), selector(json!({"disk": "ssd"})));
        assert!(refused[0].starts_with("spec: Forbidden"), "{refused:?}");

        let affinity = |terms: Value| {
            json!({"affinity": {"nodeAffinity":
                {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}}})
        };
        let (disk, zone) =
            (json!({"key": "disk", "operator": "Exists"}), json!({"key": "zone", "operator": "Exists"}));
        let one = affinity(json!([{ "matchExpressions": [disk] }]));
        let path =
            "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms";
        assert_eq!(change(gated(json!({})), one.clone()), [""; 0]);
        assert_eq!(
            change(gated(one.clone()), affinity(json!([{ "matchExpressions": [disk, zone] }]))),
            [""; 0]
        );
        let other = change(gated(one.clone()), affinity(json!([{ "matchExpressions": [zone] }])));
        assert!(other[0].starts_with(&format!("{path}[0]: Invalid value: ")), "{other:?}");
        assert!(other[0].ends_with("only additions are allowed (no mutations or deletions)"), "{other:?}");
        let more = affinity(json!([{ "matchExpressions": [disk] }, { "matchExpressions": [zone] }]));
        let refused = change(gated(one), more);
        assert!(
            refused[0].ends_with("no additions/deletions to non-empty NodeSelectorTerms list are allowed"),
            "{refused:?}"
        );
    }
}
