//! apps/v1 and the ReplicationController. Sources: `pkg/apis/apps/validation/validation.go`,
//! `pkg/apis/core/validation/validation.go`.

use super::Validate;
use super::pod::validate_template;
use super::rules::{
    IMMUTABLE, at_most_all, int_or_percent, is_zero, not_negative, one_of, own_labels, workload_selector,
};
use crate::cluster::api::field::FieldError;
use crate::cluster::selector::Selector;
use k8s_openapi::api::apps::v1::{
    ControllerRevision, DaemonSet, Deployment, DeploymentStrategy, ReplicaSet, StatefulSet,
};
use k8s_openapi::api::core::v1::{EmptyDirVolumeSource, PodTemplateSpec, ReplicationController, Volume};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use std::collections::BTreeMap;

/// The only restart policy of a Pod that a workload keeps alive.
const ALWAYS: [&str; 1] = ["Always"];

fn labels_of(template: &PodTemplateSpec) -> Option<&BTreeMap<String, String>> {
    template.metadata.as_ref()?.labels.as_ref()
}

fn fixed_selector(new: Option<&LabelSelector>, old: Option<&LabelSelector>) -> Vec<FieldError> {
    if new == old { Vec::new() } else { vec![FieldError::invalid("spec.selector", &new, IMMUTABLE)] }
}

impl Validate for Deployment {
    fn validate(&self) -> Vec<FieldError> {
        let Some(spec) = &self.spec else { return vec![FieldError::required("spec.selector", "")] };
        let mut errors: Vec<FieldError> = [
            not_negative("spec.replicas", spec.replicas),
            not_negative("spec.minReadySeconds", spec.min_ready_seconds),
            not_negative("spec.revisionHistoryLimit", spec.revision_history_limit),
            not_negative("spec.progressDeadlineSeconds", spec.progress_deadline_seconds),
        ]
        .into_iter()
        .flatten()
        .collect();
        if let Some(deadline) = spec.progress_deadline_seconds
            && deadline <= spec.min_ready_seconds.unwrap_or(0)
        {
            errors.push(FieldError::invalid(
                "spec.progressDeadlineSeconds",
                &deadline,
                "must be greater than minReadySeconds",
            ));
        }
        errors.extend(workload_selector("deployment", &spec.selector, labels_of(&spec.template)));
        errors.extend(validate_template(&spec.template, &ALWAYS));
        errors.extend(spec.strategy.iter().flat_map(validate_strategy));
        errors
    }

    fn validate_update(&self, old: &Deployment) -> Vec<FieldError> {
        fixed_selector(
            self.spec.as_ref().map(|spec| &spec.selector),
            old.spec.as_ref().map(|spec| &spec.selector),
        )
    }
}

fn validate_strategy(strategy: &DeploymentStrategy) -> Vec<FieldError> {
    match (strategy.type_.as_deref(), &strategy.rolling_update) {
        (Some("Recreate"), Some(_)) => vec![FieldError::forbidden(
            "spec.strategy.rollingUpdate",
            "may not be specified when strategy `type` is 'Recreate'",
        )],
        (Some("Recreate"), None) => Vec::new(),
        (Some("RollingUpdate") | None, None) => vec![FieldError::required(
            "spec.strategy.rollingUpdate",
            "this should be defaulted and never be nil",
        )],
        (Some("RollingUpdate") | None, Some(rolling)) => {
            let (surge, unavailable) = (rolling.max_surge.as_ref(), rolling.max_unavailable.as_ref());
            let path = "spec.strategy.rollingUpdate.maxUnavailable";
            let mut errors: Vec<FieldError> = [
                unavailable.and_then(|value| int_or_percent(path, value)),
                surge.and_then(|value| int_or_percent("spec.strategy.rollingUpdate.maxSurge", value)),
                unavailable.and_then(|value| at_most_all(path, value)),
            ]
            .into_iter()
            .flatten()
            .collect();
            if errors.is_empty() && is_zero(surge) && is_zero(unavailable) {
                errors.push(FieldError::invalid(path, &unavailable, "may not be 0 when `maxSurge` is 0"));
            }
            errors
        }
        (Some(other), _) => {
            let value = format!("{{\"type\":{other:?}}}");
            let mut refused = FieldError::unsupported("spec.strategy", other, &["Recreate", "RollingUpdate"]);
            refused.value = value;
            vec![refused]
        }
    }
}

impl Validate for ReplicaSet {
    fn validate(&self) -> Vec<FieldError> {
        let Some(spec) = &self.spec else { return vec![FieldError::required("spec.selector", "")] };
        let mut errors: Vec<FieldError> = [
            not_negative("spec.replicas", spec.replicas),
            not_negative("spec.minReadySeconds", spec.min_ready_seconds),
        ]
        .into_iter()
        .flatten()
        .collect();
        let template = spec.template.clone().unwrap_or_default();
        errors.extend(workload_selector("replica set", &spec.selector, labels_of(&template)));
        errors.extend(validate_template(&template, &ALWAYS));
        errors
    }

    fn validate_update(&self, old: &ReplicaSet) -> Vec<FieldError> {
        fixed_selector(
            self.spec.as_ref().map(|spec| &spec.selector),
            old.spec.as_ref().map(|spec| &spec.selector),
        )
    }
}

impl Validate for ReplicationController {
    fn validate(&self) -> Vec<FieldError> {
        let Some(spec) = &self.spec else { return vec![FieldError::required("spec.selector", "")] };
        let mut errors: Vec<FieldError> = [
            not_negative("spec.replicas", spec.replicas),
            not_negative("spec.minReadySeconds", spec.min_ready_seconds),
        ]
        .into_iter()
        .flatten()
        .collect();
        let selector = spec.selector.clone().unwrap_or_default();
        match &spec.template {
            None => errors.push(FieldError::required("spec.template", "")),
            Some(_) if selector.is_empty() => errors.push(FieldError::required("spec.selector", "")),
            Some(template) => {
                errors.extend(own_labels(&Selector::from_labels(&selector), labels_of(template)));
                errors.extend(validate_template(template, &ALWAYS));
            }
        }
        errors
    }
}

impl Validate for StatefulSet {
    fn validate(&self) -> Vec<FieldError> {
        let Some(spec) = &self.spec else { return vec![FieldError::required("spec.selector", "")] };
        let mut errors: Vec<FieldError> = [
            not_negative("spec.replicas", spec.replicas),
            not_negative("spec.minReadySeconds", spec.min_ready_seconds),
            not_negative("spec.revisionHistoryLimit", spec.revision_history_limit),
            one_of(
                "spec.podManagementPolicy",
                spec.pod_management_policy.as_deref(),
                &["OrderedReady", "Parallel"],
            ),
            not_negative("spec.ordinals.start", spec.ordinals.as_ref().and_then(|ordinals| ordinals.start)),
        ]
        .into_iter()
        .flatten()
        .collect();
        if let Some(strategy) = &spec.update_strategy {
            errors.extend(one_of(
                "spec.updateStrategy",
                strategy.type_.as_deref(),
                &["RollingUpdate", "OnDelete"],
            ));
            let partition = strategy.rolling_update.as_ref().and_then(|rolling| rolling.partition);
            errors.extend(not_negative("spec.updateStrategy.rollingUpdate.partition", partition));
        }
        errors.extend(workload_selector("statefulset", &spec.selector, labels_of(&spec.template)));
        // Its Pods get a volume for each claim, whose name their containers may mount.
        let mut template = spec.template.clone();
        let volumes = template.spec.get_or_insert_default().volumes.get_or_insert_default();
        for claim in spec.volume_claim_templates.iter().flatten() {
            let name = claim.metadata.name.clone().unwrap_or_default();
            if !volumes.iter().any(|volume| volume.name == name) {
                volumes.push(Volume {
                    name,
                    empty_dir: Some(EmptyDirVolumeSource::default()),
                    ..Volume::default()
                });
            }
        }
        errors.extend(validate_template(&template, &ALWAYS));
        errors
    }

    fn validate_update(&self, old: &StatefulSet) -> Vec<FieldError> {
        let (Some(new), Some(old)) = (&self.spec, &old.spec) else { return Vec::new() };
        let mut allowed = old.clone();
        allowed.replicas = new.replicas;
        allowed.ordinals.clone_from(&new.ordinals);
        allowed.template.clone_from(&new.template);
        allowed.update_strategy.clone_from(&new.update_strategy);
        allowed.revision_history_limit = new.revision_history_limit;
        allowed
            .persistent_volume_claim_retention_policy
            .clone_from(&new.persistent_volume_claim_retention_policy);
        allowed.min_ready_seconds = new.min_ready_seconds;
        if allowed == *new {
            return Vec::new();
        }
        vec![FieldError::forbidden(
            "spec",
            "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', \
             'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
        )]
    }
}

impl Validate for DaemonSet {
    fn validate(&self) -> Vec<FieldError> {
        let Some(spec) = &self.spec else { return vec![FieldError::required("spec.selector", "")] };
        let mut errors: Vec<FieldError> = [
            not_negative("spec.minReadySeconds", spec.min_ready_seconds),
            not_negative("spec.revisionHistoryLimit", spec.revision_history_limit),
        ]
        .into_iter()
        .flatten()
        .collect();
        errors.extend(workload_selector("daemon set", &spec.selector, labels_of(&spec.template)));
        errors.extend(validate_template(&spec.template, &ALWAYS));
        let Some(strategy) = &spec.update_strategy else { return errors };
        errors.extend(one_of(
            "spec.updateStrategy.type",
            strategy.type_.as_deref(),
            &["RollingUpdate", "OnDelete"],
        ));
        if let Some(rolling) = &strategy.rolling_update {
            let path = |field: &str| format!("spec.updateStrategy.rollingUpdate.{field}");
            let (surge, unavailable) = (rolling.max_surge.as_ref(), rolling.max_unavailable.as_ref());
            errors.extend(unavailable.and_then(|value| int_or_percent(&path("maxUnavailable"), value)));
            errors.extend(surge.and_then(|value| int_or_percent(&path("maxSurge"), value)));
            match (is_zero(surge), is_zero(unavailable)) {
                (false, false) => errors.push(FieldError::invalid(
                    path("maxSurge"),
                    &surge,
                    "may not be set when maxUnavailable is non-zero",
                )),
                (true, true) => errors
                    .push(FieldError::required(path("maxUnavailable"), "cannot be 0 when maxSurge is 0")),
                _ => {}
            }
        }
        errors
    }

    fn validate_update(&self, old: &DaemonSet) -> Vec<FieldError> {
        fixed_selector(
            self.spec.as_ref().map(|spec| &spec.selector),
            old.spec.as_ref().map(|spec| &spec.selector),
        )
    }
}

impl Validate for ControllerRevision {}
