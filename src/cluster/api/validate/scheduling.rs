//! Where a Pod may run: tolerations, affinity, spread, gates. Source: `pkg/apis/core/validation/validation.go`.

use super::rules::{label_value, one_of, qualified_names, selector};
use crate::cluster::api::field::{FieldError, subdomain};
use k8s_openapi::api::core::v1::{
    Affinity, NodeSelectorRequirement, NodeSelectorTerm, PodAffinityTerm, PodSpec, Toleration,
    TopologySpreadConstraint, WeightedPodAffinityTerm,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use std::collections::BTreeSet;

const TAINT_EFFECTS: [&str; 3] = ["NoSchedule", "PreferNoSchedule", "NoExecute"];
const NO_OPERATOR: &str = "not a valid selector operator";
const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";
const NO_SELECTOR: &str = "must not be specified when labelSelector is not set";
const IN_BOTH: &str = "exists in both matchLabelKeys and labelSelector";

/// What is wrong with the affinity at this path.
pub(super) fn validate_affinity(path: &str, affinity: &Affinity) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if let Some(nodes) = &affinity.node_affinity {
        let path = format!("{path}.nodeAffinity");
        if let Some(required) = &nodes.required_during_scheduling_ignored_during_execution {
            let path = format!("{path}.{REQUIRED}.nodeSelectorTerms");
            if required.node_selector_terms.is_empty() {
                errors.push(FieldError::required(&*path, "must have at least one node selector term"));
            }
            for (index, term) in required.node_selector_terms.iter().enumerate() {
                errors.extend(validate_node_term(&format!("{path}[{index}]"), term, true));
            }
        }
        let preferred = nodes.preferred_during_scheduling_ignored_during_execution.iter().flatten();
        for (index, term) in preferred.enumerate() {
            let path = format!("{path}.{PREFERRED}[{index}]");
            errors.extend(validate_weight(&path, term.weight));
            // What no label can be only never matches.
            errors.extend(validate_node_term(&format!("{path}.preference"), &term.preference, false));
        }
    }
    if let Some(own) = &affinity.pod_affinity {
        errors.extend(validate_pod_terms(
            &format!("{path}.podAffinity"),
            own.required_during_scheduling_ignored_during_execution.as_deref(),
            own.preferred_during_scheduling_ignored_during_execution.as_deref(),
        ));
    }
    if let Some(own) = &affinity.pod_anti_affinity {
        errors.extend(validate_pod_terms(
            &format!("{path}.podAntiAffinity"),
            own.required_during_scheduling_ignored_during_execution.as_deref(),
            own.preferred_during_scheduling_ignored_during_execution.as_deref(),
        ));
    }
    errors
}

fn validate_weight(path: &str, weight: i32) -> Option<FieldError> {
    (!(1..=100).contains(&weight))
        .then(|| FieldError::invalid(format!("{path}.weight"), &weight, "must be in the range 1-100"))
}

fn validate_node_term(path: &str, term: &NodeSelectorTerm, with_values: bool) -> Vec<FieldError> {
    let expressions = term.match_expressions.iter().flatten().enumerate();
    let mut errors: Vec<FieldError> = expressions
        .flat_map(|(index, own)| {
            validate_requirement(&format!("{path}.matchExpressions[{index}]"), own, with_values)
        })
        .collect();
    for (index, own) in term.match_fields.iter().flatten().enumerate() {
        errors.extend(validate_field_requirement(&format!("{path}.matchFields[{index}]"), own));
    }
    errors
}

fn validate_requirement(path: &str, own: &NodeSelectorRequirement, with_values: bool) -> Vec<FieldError> {
    let values = own.values.as_deref().unwrap_or_default();
    let at_values = format!("{path}.values");
    let mut errors = Vec::new();
    match own.operator.as_str() {
        "In" | "NotIn" if values.is_empty() => errors
            .push(FieldError::required(&*at_values, "must be specified when `operator` is 'In' or 'NotIn'")),
        "Exists" | "DoesNotExist" if !values.is_empty() => errors.push(FieldError::forbidden(
            &*at_values,
            "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
        )),
        "Gt" | "Lt" if values.len() != 1 => errors.push(FieldError::required(
            &*at_values,
            "must be specified single value when `operator` is 'Lt' or 'Gt'",
        )),
        "In" | "NotIn" | "Exists" | "DoesNotExist" | "Gt" | "Lt" => {}
        other => errors.push(FieldError::invalid(format!("{path}.operator"), &other, NO_OPERATOR)),
    }
    errors.extend(qualified_names(&format!("{path}.key"), &own.key));
    for (index, value) in values.iter().enumerate().filter(|_| with_values) {
        let wrong = label_value(value);
        errors
            .extend(wrong.map(|detail| FieldError::invalid(format!("{at_values}[{index}]"), value, detail)));
    }
    errors
}

/// Of a Node's fields only its name can be asked for.
fn validate_field_requirement(path: &str, own: &NodeSelectorRequirement) -> Vec<FieldError> {
    let values = own.values.as_deref().unwrap_or_default();
    let mut errors = Vec::new();
    match own.operator.as_str() {
        "In" | "NotIn" if values.len() == 1 => {}
        "In" | "NotIn" => errors.push(FieldError::required(
            format!("{path}.values"),
            "must be only one value when `operator` is 'In' or 'NotIn' for node field selector",
        )),
        other => errors.push(FieldError::invalid(format!("{path}.operator"), &other, NO_OPERATOR)),
    }
    if own.key != "metadata.name" {
        let detail = "not a valid field selector key";
        errors.push(FieldError::invalid(format!("{path}.key"), &own.key, detail));
        return errors;
    }
    for (index, name) in values.iter().enumerate() {
        let wrong = subdomain(name).err();
        errors
            .extend(wrong.map(|detail| FieldError::invalid(format!("{path}.values[{index}]"), name, detail)));
    }
    errors
}

fn validate_pod_terms(
    path: &str,
    required: Option<&[PodAffinityTerm]>,
    preferred: Option<&[WeightedPodAffinityTerm]>,
) -> Vec<FieldError> {
    let mut errors = Vec::new();
    for (index, term) in required.into_iter().flatten().enumerate() {
        errors.extend(validate_pod_term(&format!("{path}.{REQUIRED}[{index}]"), term));
    }
    for (index, own) in preferred.into_iter().flatten().enumerate() {
        let path = format!("{path}.{PREFERRED}[{index}]");
        errors.extend(validate_weight(&path, own.weight));
        errors.extend(validate_pod_term(&format!("{path}.podAffinityTerm"), &own.pod_affinity_term));
    }
    errors
}

fn validate_pod_term(path: &str, term: &PodAffinityTerm) -> Vec<FieldError> {
    let mut errors = Vec::new();
    for (field, own) in
        [("labelSelector", &term.label_selector), ("namespaceSelector", &term.namespace_selector)]
    {
        errors.extend(own.iter().flat_map(|own| selector(&format!("{path}.{field}"), own)));
    }
    let mismatch = term.mismatch_label_keys.as_deref().unwrap_or_default();
    let keys = term.match_label_keys.as_deref().unwrap_or_default();
    for (field, keys) in [("matchLabelKeys", keys), ("mismatchLabelKeys", mismatch)] {
        let path = format!("{path}.{field}");
        if term.label_selector.is_none() && !keys.is_empty() {
            errors.push(FieldError::forbidden(path, NO_SELECTOR));
            continue;
        }
        let keys = keys.iter().enumerate();
        errors.extend(keys.flat_map(|(index, key)| qualified_names(&format!("{path}[{index}]"), key)));
    }
    errors.extend(term.label_selector.iter().flat_map(|own| selected_twice(path, keys, own)));
    for (index, key) in keys.iter().enumerate().filter(|(_, key)| mismatch.contains(*key)) {
        let detail = "exists in both matchLabelKeys and mismatchLabelKeys";
        errors.push(FieldError::invalid(format!("{path}.matchLabelKeys[{index}]"), key, detail));
    }
    let path = format!("{path}.topologyKey");
    if term.topology_key.is_empty() {
        errors.push(FieldError::required(&*path, "can not be empty"));
    }
    errors.extend(qualified_names(&path, &term.topology_key));
    errors
}

/// Of what `matchLabelKeys` names the selector has had the Pod's own value put in; there may be nothing else of it.
fn selected_twice(path: &str, keys: &[String], own: &LabelSelector) -> Vec<FieldError> {
    let mut seen: BTreeSet<&str> = own.match_labels.iter().flatten().map(|(key, _)| key.as_str()).collect();
    let mut errors = Vec::new();
    for expression in own.match_expressions.iter().flatten() {
        let index = keys.iter().position(|key| *key == expression.key);
        if let Some(index) = index.filter(|_| seen.contains(expression.key.as_str())) {
            errors.push(FieldError::invalid(format!("{path}[{index}]"), &expression.key, IN_BOTH));
        }
        seen.insert(&expression.key);
    }
    errors
}

/// What is wrong with how the Pods are spread.
pub(super) fn validate_spread(path: &str, spec: &PodSpec) -> Vec<FieldError> {
    let all = spec.topology_spread_constraints.as_deref().unwrap_or_default();
    let mut errors = Vec::new();
    for (index, own) in all.iter().enumerate() {
        let path = format!("{path}.topologySpreadConstraints[{index}]");
        errors.extend(validate_constraint(&path, own, &all[index + 1..]));
    }
    errors
}

fn validate_constraint(
    path: &str,
    own: &TopologySpreadConstraint,
    rest: &[TopologySpreadConstraint],
) -> Vec<FieldError> {
    const NOT_POSITIVE: &str = "must be greater than zero";
    let at = |field: &str| format!("{path}.{field}");
    let (key, action) = (&own.topology_key, own.when_unsatisfiable.as_str());
    let mut errors = Vec::new();
    if own.max_skew <= 0 {
        errors.push(FieldError::invalid(at("maxSkew"), &own.max_skew, NOT_POSITIVE));
    }
    if key.is_empty() {
        errors.push(FieldError::required(at("topologyKey"), "can not be empty"));
    }
    errors.extend(one_of(&at("whenUnsatisfiable"), Some(action), &["DoNotSchedule", "ScheduleAnyway"]));
    if rest.iter().any(|other| other.topology_key == *key && other.when_unsatisfiable == action) {
        let pair = format!("{{{key}, {action}}}");
        errors.push(FieldError::duplicate(at("{topologyKey, whenUnsatisfiable}"), &pair));
    }
    if let Some(domains) = own.min_domains {
        if domains <= 0 {
            errors.push(FieldError::invalid(at("minDomains"), &domains, NOT_POSITIVE));
        }
        if action != "DoNotSchedule" {
            let detail = format!("can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {action}");
            errors.push(FieldError::invalid(at("minDomains"), &domains, detail));
        }
    }
    for (field, policy) in
        [("nodeAffinityPolicy", &own.node_affinity_policy), ("nodeTaintsPolicy", &own.node_taints_policy)]
    {
        errors.extend(one_of(&at(field), policy.as_deref(), &["Honor", "Ignore"]));
    }
    errors.extend(validate_spread_keys(&at("matchLabelKeys"), own));
    let keys = own.match_label_keys.as_deref().unwrap_or_default();
    errors.extend(own.label_selector.iter().flat_map(|own| selected_twice(path, keys, own)));
    errors.extend(own.label_selector.iter().flat_map(|own| selector(&at("labelSelector"), own)));
    errors
}

fn validate_spread_keys(path: &str, own: &TopologySpreadConstraint) -> Vec<FieldError> {
    let keys = own.match_label_keys.as_deref().unwrap_or_default();
    let mut errors = Vec::new();
    if own.label_selector.is_none() && !keys.is_empty() {
        errors.push(FieldError::forbidden(path, NO_SELECTOR));
    }
    for (index, key) in keys.iter().enumerate() {
        errors.extend(qualified_names(&format!("{path}[{index}]"), key));
    }
    errors
}

/// What is wrong with a Pod's gates.
pub(super) fn validate_gates(path: &str, spec: &PodSpec) -> Vec<FieldError> {
    let mut seen = BTreeSet::new();
    let mut errors = Vec::new();
    for (index, gate) in spec.scheduling_gates.iter().flatten().enumerate() {
        let path = format!("{path}.schedulingGates[{index}]");
        errors.extend(qualified_names(&path, &gate.name));
        if !seen.insert(&gate.name) {
            errors.push(FieldError::duplicate(path, &gate.name));
        }
    }
    errors
}

/// What is wrong with a Pod's tolerations.
pub(super) fn validate_tolerations(path: &str, spec: &PodSpec) -> Vec<FieldError> {
    let all = spec.tolerations.iter().flatten().enumerate();
    all.flat_map(|(index, own)| validate_toleration(&format!("{path}.tolerations[{index}]"), own)).collect()
}

fn validate_toleration(path: &str, toleration: &Toleration) -> Vec<FieldError> {
    let (at_operator, at_effect) = (format!("{path}.operator"), format!("{path}.effect"));
    let key = toleration.key.as_deref().unwrap_or("");
    let operator = toleration.operator.as_deref().unwrap_or("");
    let value = toleration.value.as_deref().unwrap_or("");
    let effect = toleration.effect.as_deref().unwrap_or("");
    let mut errors = Vec::new();
    if !key.is_empty() {
        errors.extend(qualified_names(&format!("{path}.key"), key));
    } else if operator != "Exists" {
        let detail =
            "operator must be Exists when `key` is empty, which means \"match all values and all keys\"";
        errors.push(FieldError::invalid(&*at_operator, &operator, detail));
    }
    if toleration.toleration_seconds.is_some() && effect != "NoExecute" {
        let detail = "effect must be 'NoExecute' when `tolerationSeconds` is set";
        errors.push(FieldError::invalid(&*at_effect, &effect, detail));
    }
    match operator {
        "Exists" if !value.is_empty() => {
            let detail = "value must be empty when `operator` is 'Exists'";
            errors.push(FieldError::invalid(at_operator, &value, detail));
        }
        "Exists" => {}
        "" | "Equal" => {
            let wrong = label_value(value);
            errors.extend(wrong.map(|detail| FieldError::invalid(at_operator, &value, detail)));
        }
        other => errors.push(FieldError::unsupported(at_operator, other, &["Equal", "Exists"])),
    }
    errors.extend(one_of(&at_effect, Some(effect).filter(|effect| !effect.is_empty()), &TAINT_EFFECTS));
    errors
}

#[cfg(test)]
mod tests;
