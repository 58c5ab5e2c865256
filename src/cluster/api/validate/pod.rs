//! Pods and Pod templates. Source: `pkg/apis/core/validation/validation.go`.

use super::rules::{
    IMMUTABLE, LABEL_NAME, is_label_name, one_of, qualified_names, validate_annotations, validate_labels,
};
use super::{Validate, container, pod_update, pod_volumes, scheduling};
use crate::cluster::api::field::{FieldError, subdomain};
use k8s_openapi::api::core::v1::{Pod, PodSpec, PodTemplateSpec};

pub(super) const RESTART_POLICIES: [&str; 3] = ["Always", "OnFailure", "Never"];
const DNS_POLICIES: [&str; 4] = ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"];

impl Validate for Pod {
    fn validate(&self) -> Vec<FieldError> {
        match &self.spec {
            Some(spec) => {
                let mut errors = validate_spec("spec", spec);
                let is_gated = spec.scheduling_gates.as_ref().is_some_and(|gates| !gates.is_empty());
                if is_gated && spec.node_name.as_deref().is_some_and(|name| !name.is_empty()) {
                    let detail = "cannot be set until all schedulingGates have been cleared";
                    errors.push(FieldError::forbidden("spec.nodeName", detail));
                }
                errors
            }
            None => vec![FieldError::required("spec.containers", "")],
        }
    }

    fn validate_update(&self, old: &Pod) -> Vec<FieldError> {
        let (Some(new), Some(old)) = (&self.spec, &old.spec) else { return Vec::new() };
        pod_update::validate(new, old)
    }
}

/// A workload's Pod template.
pub(super) fn validate_template(template: &PodTemplateSpec) -> Vec<FieldError> {
    let meta = template.metadata.as_ref();
    let mut errors = validate_labels("spec.template.labels", meta.and_then(|meta| meta.labels.as_ref()));
    errors.extend(validate_annotations(
        "spec.template.annotations",
        meta.and_then(|meta| meta.annotations.as_ref()),
    ));
    match &template.spec {
        Some(spec) => errors.extend(validate_spec("spec.template.spec", spec)),
        None => errors.push(FieldError::required("spec.template.spec.containers", "")),
    }
    errors
}

/// The template of a workload of this kind, which keeps its Pods alive for ever.
pub(super) fn validate_kept_template(kind: &str, template: &PodTemplateSpec) -> Vec<FieldError> {
    let mut errors = validate_template(template);
    let spec = template.spec.as_ref();
    let policy = spec.and_then(|spec| spec.restart_policy.as_deref());
    errors.extend(one_of("spec.template.spec.restartPolicy", policy, &["Always"]));
    if spec.is_some_and(|spec| spec.active_deadline_seconds.is_some()) {
        let detail = format!("activeDeadlineSeconds in {kind} is not Supported");
        errors.push(FieldError::forbidden("spec.template.spec.activeDeadlineSeconds", detail));
    }
    errors
}

/// The spec of a Pod, at this path.
pub(super) fn validate_spec(path: &str, spec: &PodSpec) -> Vec<FieldError> {
    let at = |field: &str| format!("{path}.{field}");
    let mut errors = Vec::new();
    let volumes = pod_volumes::validate(path, spec, &mut errors);
    errors.extend(container::validate(path, spec, &volumes));
    errors.extend(one_of(&at("restartPolicy"), spec.restart_policy.as_deref(), &RESTART_POLICIES));
    errors.extend(one_of(&at("dnsPolicy"), spec.dns_policy.as_deref(), &DNS_POLICIES));
    errors.extend(validate_labels(&at("nodeSelector"), spec.node_selector.as_ref()));
    let affinity = spec.affinity.iter();
    errors.extend(affinity.flat_map(|own| scheduling::validate_affinity(&at("affinity"), own)));
    for (index, gate) in spec.readiness_gates.iter().flatten().enumerate() {
        let path = format!("{path}.readinessGates[{index}].conditionType");
        errors.extend(qualified_names(&path, &gate.condition_type));
    }
    errors.extend(scheduling::validate_gates(path, spec));
    errors.extend(scheduling::validate_spread(path, spec));
    for (field, name) in [("serviceAccountName", &spec.service_account_name), ("nodeName", &spec.node_name)] {
        let name = name.as_deref().filter(|name| !name.is_empty());
        let wrong = name.and_then(|name| Some((name, subdomain(name).err()?)));
        errors.extend(wrong.map(|(name, detail)| FieldError::invalid(at(field), &name, detail)));
    }
    if let Some(deadline) =
        spec.active_deadline_seconds.filter(|deadline| !(1..=i64::from(i32::MAX)).contains(deadline))
    {
        let detail = "must be between 1 and 2147483647, inclusive";
        errors.push(FieldError::invalid(at("activeDeadlineSeconds"), &deadline, detail));
    }
    for (field, name) in [("hostname", &spec.hostname), ("subdomain", &spec.subdomain)] {
        let wrong = name.as_deref().filter(|name| !name.is_empty() && !is_label_name(name));
        errors.extend(wrong.map(|name| FieldError::invalid(at(field), &name, LABEL_NAME)));
    }
    errors.extend(scheduling::validate_tolerations(path, spec));
    errors
}

/// A template that may not change.
pub(super) fn fixed_template(
    new: Option<&PodTemplateSpec>,
    old: Option<&PodTemplateSpec>,
) -> Option<FieldError> {
    (new != old).then(|| FieldError::invalid("spec.template", &new, IMMUTABLE))
}
