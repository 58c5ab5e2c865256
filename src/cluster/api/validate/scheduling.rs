//! Where a Pod may run. Source: `pkg/apis/core/validation/validation.go`.

use super::rules::{self, one_of};
use crate::cluster::api::field::FieldError;
use k8s_openapi::api::core::v1::{PodSpec, Toleration};

const TAINT_EFFECTS: [&str; 3] = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

pub(super) fn validate_toleration(path: &str, toleration: &Toleration, errors: &mut Vec<FieldError>) {
    let operator = toleration.operator.as_deref().filter(|operator| !operator.is_empty()).unwrap_or("Equal");
    let key = toleration.key.as_deref().unwrap_or("");
    if key.is_empty() && operator != "Exists" {
        errors.push(FieldError::invalid(
            format!("{path}.operator"),
            &operator,
            "operator must be Exists when `key` is empty, which means \"match all values and all keys\"",
        ));
    }
    if let Some(detail) = Some(key).filter(|key| !key.is_empty()).and_then(rules::qualified_name) {
        errors.push(FieldError::invalid(format!("{path}.key"), &key, detail));
    }
    if operator == "Exists" && toleration.value.as_deref().is_some_and(|value| !value.is_empty()) {
        errors.push(FieldError::invalid(
            format!("{path}.operator"),
            &toleration.value,
            "value must be empty when `operator` is 'Exists'",
        ));
    }
    errors.extend(one_of(&format!("{path}.operator"), Some(operator), &["Equal", "Exists"]));
    let effect = toleration.effect.as_deref().filter(|effect| !effect.is_empty());
    errors.extend(one_of(&format!("{path}.effect"), effect, &TAINT_EFFECTS));
    if toleration.toleration_seconds.is_some() && effect != Some("NoExecute") {
        errors.push(FieldError::invalid(
            format!("{path}.effect"),
            &effect,
            "effect must be 'NoExecute' when `tolerationSeconds` is set",
        ));
    }
}

/// How a Pod is spread.
pub(super) fn validate_spread(path: &str, spec: &PodSpec) -> Vec<FieldError> {
    let mut errors = Vec::new();
    for (index, spread) in spec.topology_spread_constraints.iter().flatten().enumerate() {
        let path = format!("{path}.topologySpreadConstraints[{index}]");
        if spread.max_skew <= 0 {
            errors.push(FieldError::invalid(
                format!("{path}.maxSkew"),
                &spread.max_skew,
                "must be greater than zero",
            ));
        }
        if spread.topology_key.is_empty() {
            errors.push(FieldError::required(format!("{path}.topologyKey"), "can not be empty"));
        }
        let action = Some(spread.when_unsatisfiable.as_str());
        errors.extend(one_of(
            &format!("{path}.whenUnsatisfiable"),
            action,
            &["DoNotSchedule", "ScheduleAnyway"],
        ));
    }
    errors
}
