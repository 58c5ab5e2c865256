//! Nodes, budgets, priority classes, namespaces. Sources: `pkg/apis/core/validation/validation.go`,
//! `pkg/apis/policy/validation/validation.go`, `pkg/apis/scheduling/validation/validation.go`.

use super::Validate;
use super::rules::{self, IMMUTABLE, int_or_percent, one_of, qualified_names, selector};
use crate::cluster::api::field::FieldError;
use crate::cluster::api::priority::system_value;
use k8s_openapi::api::core::v1::{Event, Namespace, Node};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use k8s_openapi::api::scheduling::v1::PriorityClass;
use std::collections::BTreeSet;

/// The highest priority that a person may give; what lies above is the system's.
const HIGHEST_USER_PRIORITY: i32 = 1_000_000_000;
/// What the names of the system's classes begin with.
const SYSTEM_PRIORITY_PREFIX: &str = "system-";

impl Validate for Node {
    fn validate(&self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        let mut seen = BTreeSet::new();
        let taints = self.spec.iter().flat_map(|spec| spec.taints.iter().flatten());
        for (index, taint) in taints.enumerate() {
            let path = format!("spec.taints[{index}]");
            errors.extend(qualified_names(&format!("{path}.key"), &taint.key));
            let value = taint.value.as_deref().and_then(rules::label_value);
            errors.extend(
                value.map(|detail| FieldError::invalid(format!("{path}.value"), &taint.value, detail)),
            );
            errors.extend(one_of(
                &format!("{path}.effect"),
                Some(&taint.effect),
                &["NoSchedule", "PreferNoSchedule", "NoExecute"],
            ));
            if !seen.insert((&taint.key, &taint.effect)) {
                errors.push(FieldError::duplicate(path, &format!("{}:{}", taint.key, taint.effect)));
            }
        }
        let status = self.status.as_ref();
        for (field, list) in [
            ("capacity", status.and_then(|status| status.capacity.as_ref())),
            ("allocatable", status.and_then(|status| status.allocatable.as_ref())),
        ] {
            for (name, value) in list.into_iter().flatten() {
                errors.extend(rules::quantity(&format!("status.{field}[{name}]"), value));
            }
        }
        errors
    }
}

impl Validate for PodDisruptionBudget {
    fn validate(&self) -> Vec<FieldError> {
        let Some(spec) = &self.spec else { return Vec::new() };
        let mut errors = Vec::new();
        if spec.min_available.is_some() && spec.max_unavailable.is_some() {
            errors.push(FieldError::invalid(
                "spec",
                spec,
                "minAvailable and maxUnavailable cannot be both set",
            ));
        }
        for (path, value) in
            [("spec.minAvailable", &spec.min_available), ("spec.maxUnavailable", &spec.max_unavailable)]
        {
            if let Some(value) = value {
                errors.extend(int_or_percent(path, value));
                errors.extend(rules::at_most_all(path, value));
            }
        }
        errors.extend(one_of(
            "spec.unhealthyPodEvictionPolicy",
            spec.unhealthy_pod_eviction_policy.as_deref(),
            &["AlwaysAllow", "IfHealthyBudget"],
        ));
        errors.extend(spec.selector.iter().flat_map(|chosen| selector("spec.selector", chosen)));
        errors
    }
}

impl Validate for PriorityClass {
    fn validate(&self) -> Vec<FieldError> {
        let name = self.metadata.name.as_deref().unwrap_or("");
        let mut errors = Vec::new();
        if name.starts_with(SYSTEM_PRIORITY_PREFIX) {
            errors.extend(not_the_systems(self, name).map(|why| {
                let detail = format!(
                    "priority class names with '{SYSTEM_PRIORITY_PREFIX}' prefix are reserved for system use only. \
                     error: {why}"
                );
                FieldError::forbidden("metadata.name", detail)
            }));
        } else if self.value.unwrap_or(0) > HIGHEST_USER_PRIORITY {
            let detail =
                format!("maximum allowed value of a user defined priority is {HIGHEST_USER_PRIORITY}");
            errors.push(FieldError::forbidden("value", detail));
        }
        errors.extend(one_of(
            "preemptionPolicy",
            self.preemption_policy.as_deref(),
            &["PreemptLowerPriority", "Never"],
        ));
        errors
    }

    fn validate_update(&self, old: &PriorityClass) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if self.value != old.value {
            errors.push(FieldError::forbidden("value", "may not be changed in an update."));
        }
        if self.preemption_policy != old.preemption_policy {
            errors.push(FieldError::invalid("preemptionPolicy", &self.preemption_policy, IMMUTABLE));
        }
        errors
    }
}

/// Why a class with a name of the system's is none of the system's (`IsKnownSystemPriorityClass`).
fn not_the_systems(class: &PriorityClass, name: &str) -> Option<String> {
    match system_value(name) {
        None => Some(format!("{name} is not a known system priority class")),
        Some(value) if class.value != Some(value) => {
            Some(format!("value of {name} PriorityClass must be {value}"))
        }
        Some(_) if class.global_default == Some(true) => {
            Some(format!("globalDefault of {name} PriorityClass must be false"))
        }
        Some(_) => None,
    }
}

impl Validate for Namespace {}
impl Validate for EndpointSlice {}
impl Validate for Event {}
