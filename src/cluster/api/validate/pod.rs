//! Pods and Pod templates. Source: `pkg/apis/core/validation/validation.go`.

use super::rules::{IMMUTABLE, NOT_NEGATIVE, one_of, validate_labels};
use super::{Validate, container, pod_update, pod_volumes, scheduling};
use crate::cluster::api::field::FieldError;
use k8s_openapi::api::core::v1::{Pod, PodSpec, PodTemplateSpec};
use std::collections::BTreeSet;

pub(super) const RESTART_POLICIES: [&str; 3] = ["Always", "OnFailure", "Never"];
impl Validate for Pod {
    fn validate(&self) -> Vec<FieldError> {
        match &self.spec {
            Some(spec) => validate_spec("spec", spec),
            None => vec![FieldError::required("spec.containers", "")],
        }
    }

    fn validate_update(&self, old: &Pod) -> Vec<FieldError> {
        let (Some(new), Some(old)) = (&self.spec, &old.spec) else { return Vec::new() };
        pod_update::validate(new, old)
    }
}

/// A workload's Pod template. `policies` are the restart policies that the workload allows.
pub(super) fn validate_template(template: &PodTemplateSpec, policies: &[&str]) -> Vec<FieldError> {
    let labels = template.metadata.as_ref().and_then(|meta| meta.labels.as_ref());
    let mut errors = validate_labels("spec.template.metadata.labels", labels);
    match &template.spec {
        Some(spec) => {
            errors.extend(validate_spec("spec.template.spec", spec));
            if RESTART_POLICIES.contains(&spec.restart_policy.as_deref().unwrap_or("")) {
                errors.extend(one_of(
                    "spec.template.spec.restartPolicy",
                    spec.restart_policy.as_deref(),
                    policies,
                ));
            }
        }
        None => errors.push(FieldError::required("spec.template.spec.containers", "")),
    }
    errors
}

/// The spec of a Pod, at this path.
pub(super) fn validate_spec(path: &str, spec: &PodSpec) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let volumes = pod_volumes::validate(path, spec, &mut errors);
    if spec.containers.is_empty() {
        errors.push(FieldError::required(format!("{path}.containers"), ""));
    }
    let mut names = BTreeSet::new();
    let init = spec.init_containers.iter().flatten();
    let listed = init
        .enumerate()
        .map(|(i, container)| (format!("{path}.initContainers[{i}]"), container, true))
        .chain(
            spec.containers.iter().enumerate().map(|(i, c)| (format!("{path}.containers[{i}]"), c, false)),
        );
    for (path, container, is_init) in listed {
        container::validate(&path, container, is_init, &volumes, &mut errors);
        if !container.name.is_empty() && !names.insert(container.name.as_str()) {
            errors.push(FieldError::duplicate(format!("{path}.name"), &container.name));
        }
    }
    errors.extend(one_of(
        &format!("{path}.restartPolicy"),
        spec.restart_policy.as_deref(),
        &RESTART_POLICIES,
    ));
    if let Some(grace) = spec.termination_grace_period_seconds.filter(|grace| *grace < 0) {
        errors.push(FieldError::invalid(
            format!("{path}.terminationGracePeriodSeconds"),
            &grace,
            NOT_NEGATIVE,
        ));
    }
    if let Some(deadline) = spec.active_deadline_seconds.filter(|deadline| *deadline < 1) {
        errors.push(FieldError::invalid(
            format!("{path}.activeDeadlineSeconds"),
            &deadline,
            "must be between 1 and 2147483647, inclusive",
        ));
    }
    errors.extend(validate_labels(&format!("{path}.nodeSelector"), spec.node_selector.as_ref()));
    for (index, toleration) in spec.tolerations.iter().flatten().enumerate() {
        scheduling::validate_toleration(&format!("{path}.tolerations[{index}]"), toleration, &mut errors);
    }
    errors.extend(scheduling::validate_spread(path, spec));
    errors
}

/// A template that may not change.
pub(super) fn fixed_template(
    new: Option<&PodTemplateSpec>,
    old: Option<&PodTemplateSpec>,
) -> Option<FieldError> {
    (new != old).then(|| FieldError::invalid("spec.template", &new, IMMUTABLE))
}
