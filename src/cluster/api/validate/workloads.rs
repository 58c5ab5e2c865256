//! apps/v1 and the ReplicationController. Sources: `pkg/apis/apps/validation/validation.go`,
//! `pkg/apis/core/validation/validation.go`.

use super::Validate;
use super::pod::validate_kept_template;
use super::rules::{
    IMMUTABLE, at_most_all, int_or_percent, is_zero, not_negative, one_of, own_labels, workload_selector,
};
use crate::cluster::api::field::FieldError;
use crate::cluster::selector::Selector;
use k8s_openapi::api::apps::v1::{
    ControllerRevision, DaemonSet, DaemonSetUpdateStrategy, Deployment, DeploymentStrategy, ReplicaSet,
    StatefulSet, StatefulSetSpec,
};
use k8s_openapi::api::core::v1::{EmptyDirVolumeSource, PodTemplateSpec, ReplicationController, Volume};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use std::collections::BTreeMap;

fn labels_of(template: &PodTemplateSpec) -> Option<&BTreeMap<String, String>> {
    template.metadata.as_ref()?.labels.as_ref()
}

fn fixed_selector(new: Option<&LabelSelector>, old: Option<&LabelSelector>) -> Vec<FieldError> {
    if new == old { Vec::new() } else { vec![FieldError::invalid("spec.selector", &new, IMMUTABLE)] }
}

impl Validate for Deployment {
    fn validate(&self) -> Vec<FieldError> {
        let Some(spec) = &self.spec else { return vec![FieldError::required("spec.selector", "")] };
        let mut errors: Vec<FieldError> = not_negative("spec.replicas", spec.replicas).into_iter().collect();
        errors.extend(workload_selector("deployment", &spec.selector, labels_of(&spec.template)));
        errors.extend(validate_kept_template("ReplicaSet", &spec.template));
        errors.extend(spec.strategy.iter().flat_map(validate_strategy));
        errors.extend(not_negative("spec.minReadySeconds", spec.min_ready_seconds));
        errors.extend(not_negative("spec.revisionHistoryLimit", spec.revision_history_limit));
        errors.extend(not_negative("spec.progressDeadlineSeconds", spec.progress_deadline_seconds));
        if let Some(deadline) = spec.progress_deadline_seconds
            && deadline <= spec.min_ready_seconds.unwrap_or(0)
        {
            errors.push(FieldError::invalid(
                "spec.progressDeadlineSeconds",
                &deadline,
                "must be greater than minReadySeconds",
            ));
        }
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
        errors.extend(validate_kept_template("ReplicaSet", &template));
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
                errors.extend(validate_kept_template("ReplicationController", template));
            }
        }
        errors
    }
}

impl Validate for StatefulSet {
    fn validate(&self) -> Vec<FieldError> {
        let Some(spec) = &self.spec else { return vec![FieldError::required("spec.selector", "")] };
        let mut errors = management(spec);
        let ordinals = spec.ordinals.as_ref().and_then(|ordinals| ordinals.start);
        errors.extend(not_negative("spec.replicas", spec.replicas));
        errors.extend(not_negative("spec.minReadySeconds", spec.min_ready_seconds));
        errors.extend(not_negative("spec.ordinals.start", ordinals));
        errors.extend(not_negative("spec.revisionHistoryLimit", spec.revision_history_limit));
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
        errors.extend(validate_kept_template("StatefulSet", &template));
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

/// How a StatefulSet makes its Pods, updates them, and leaves their claims.
fn management(spec: &StatefulSetSpec) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if let Some(policy) =
        spec.pod_management_policy.as_deref().filter(|policy| !["OrderedReady", "Parallel"].contains(policy))
    {
        let detail = "must be 'OrderedReady' or 'Parallel'";
        errors.push(FieldError::invalid("spec.podManagementPolicy", &policy, detail));
    }
    if let Some(strategy) = &spec.update_strategy {
        let path = "spec.updateStrategy.rollingUpdate";
        match (strategy.type_.as_deref(), &strategy.rolling_update) {
            (Some("OnDelete"), Some(rolling)) => {
                let detail = "only allowed for updateStrategy 'RollingUpdate'";
                errors.push(FieldError::invalid(path, rolling, detail));
            }
            (Some("OnDelete") | None, _) => {}
            (Some("RollingUpdate"), rolling) => {
                let partition = rolling.as_ref().and_then(|rolling| rolling.partition);
                errors.extend(not_negative(&format!("{path}.partition"), partition));
            }
            (Some(_), _) => {
                let detail = "must be 'RollingUpdate' or 'OnDelete'";
                errors.push(FieldError::invalid("spec.updateStrategy", strategy, detail));
            }
        }
    }
    if let Some(policy) = &spec.persistent_volume_claim_retention_policy {
        for (field, what) in [("whenDeleted", &policy.when_deleted), ("whenScaled", &policy.when_scaled)] {
            let path = format!("spec.persistentVolumeClaimRetentionPolicy.{field}");
            errors.extend(one_of(&path, what.as_deref(), &["Retain", "Delete"]));
        }
    }
    errors
}

impl Validate for DaemonSet {
    fn validate(&self) -> Vec<FieldError> {
        let Some(spec) = &self.spec else { return vec![FieldError::required("spec.selector", "")] };
        let mut errors = workload_selector("daemon set", &spec.selector, labels_of(&spec.template));
        errors.extend(validate_kept_template("DaemonSet", &spec.template));
        errors.extend(not_negative("spec.minReadySeconds", spec.min_ready_seconds));
        errors.extend(spec.update_strategy.iter().flat_map(validate_daemon_strategy));
        errors.extend(not_negative("spec.revisionHistoryLimit", spec.revision_history_limit));
        errors
    }

    fn validate_update(&self, old: &DaemonSet) -> Vec<FieldError> {
        fixed_selector(
            self.spec.as_ref().map(|spec| &spec.selector),
            old.spec.as_ref().map(|spec| &spec.selector),
        )
    }
}

fn validate_daemon_strategy(strategy: &DaemonSetUpdateStrategy) -> Vec<FieldError> {
    let type_ = strategy.type_.as_deref();
    let mut errors: Vec<FieldError> =
        one_of("spec.updateStrategy.type", type_, &["RollingUpdate", "OnDelete"]).into_iter().collect();
    let Some(rolling) = strategy.rolling_update.as_ref().filter(|_| type_ == Some("RollingUpdate")) else {
        return errors;
    };
    let path = |field: &str| format!("spec.updateStrategy.rollingUpdate.{field}");
    let (surge, unavailable) = (rolling.max_surge.as_ref(), rolling.max_unavailable.as_ref());
    let limits = [("maxUnavailable", unavailable), ("maxSurge", surge)];
    for rule in [int_or_percent, at_most_all] {
        errors.extend(limits.iter().filter_map(|(field, value)| rule(&path(field), (*value)?)));
    }
    match (is_zero(surge), is_zero(unavailable)) {
        (false, false) => errors.push(FieldError::invalid(
            path("maxSurge"),
            &surge,
            "may not be set when maxUnavailable is non-zero",
        )),
        (true, true) => {
            errors.push(FieldError::required(path("maxUnavailable"), "cannot be 0 when maxSurge is 0"));
        }
        _ => {}
    }
    errors
}

impl Validate for ControllerRevision {}

#[cfg(test)]
mod tests {
    use super::super::tests::{deployment, refusals};
    use serde_json::{Value, json};

    /// What is said of a workload of this kind with these fields.
    fn workload(kind: &str, fields: Value) -> Vec<String> {
        let mut workload = deployment(fields);
        workload["kind"] = json!(kind);
        if kind == "DaemonSet" {
            workload["spec"].as_object_mut().unwrap().remove("replicas");
        }
        refusals(workload)
    }

    #[test]
    fn pods_that_are_kept_alive_have_no_deadline() {
        let spec = json!({"activeDeadlineSeconds": 10, "containers": [{"name": "app", "image": "web:1"}]});
        let template = json!({"template": {"metadata": {"labels": {"app": "web"}}, "spec": spec}});
        for (kind, told) in [
            ("Deployment", "ReplicaSet"),
            ("ReplicaSet", "ReplicaSet"),
            ("StatefulSet", "StatefulSet"),
            ("DaemonSet", "DaemonSet"),
        ] {
            assert_eq!(
                workload(kind, template.clone()),
                [format!(
                    "spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in {told} is not Supported"
                )]
            );
        }
    }

    #[test]
    fn a_stateful_set_says_how_it_makes_updates_and_leaves_what_it_has() {
        for (fields, why) in [
            (
                json!({"podManagementPolicy": "Foo"}),
                "podManagementPolicy: Invalid value: \"Foo\": must be 'OrderedReady' or 'Parallel'",
            ),
            (
                json!({"updateStrategy": {"type": "OnDelete", "rollingUpdate": {"partition": 1}}}),
                "updateStrategy.rollingUpdate: Invalid value: {\"partition\":1}: only allowed for updateStrategy \
                 'RollingUpdate'",
            ),
            (
                json!({"updateStrategy": {"type": "Foo"}}),
                "updateStrategy: Invalid value: {\"type\":\"Foo\"}: must be 'RollingUpdate' or 'OnDelete'",
            ),
            (
                json!({"persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Foo"}}),
                "persistentVolumeClaimRetentionPolicy.whenDeleted: Unsupported value: \"Foo\": supported values: \
                 \"Retain\", \"Delete\"",
            ),
        ] {
            assert_eq!(workload("StatefulSet", fields), [format!("spec.{why}")]);
        }
        let mut dotted = deployment(json!({}));
        dotted["kind"] = json!("StatefulSet");
        dotted["metadata"]["name"] = json!("a.b");
        let refused = refusals(dotted);
        assert!(
            refused[0].starts_with("metadata.name: Invalid value: \"a.b\": a lowercase RFC 1123 label"),
            "{refused:?}"
        );
    }

    #[test]
    fn a_daemon_set_updates_at_most_all_of_its_pods_and_in_one_way() {
        let rolling =
            |limits: Value| workload("DaemonSet", json!({"updateStrategy": {"rollingUpdate": limits}}));
        let path = "spec.updateStrategy.rollingUpdate";
        assert_eq!(
            rolling(json!({"maxUnavailable": "150%"})),
            [format!("{path}.maxUnavailable: Invalid value: \"150%\": must not be greater than 100%")]
        );
        assert_eq!(
            rolling(json!({"maxUnavailable": 0, "maxSurge": "150%"})),
            [format!("{path}.maxSurge: Invalid value: \"150%\": must not be greater than 100%")]
        );
        assert_eq!(
            rolling(json!({"maxSurge": 1})),
            [format!("{path}.maxSurge: Invalid value: 1: may not be set when maxUnavailable is non-zero")]
        );
        assert_eq!(
            rolling(json!({"maxUnavailable": 0})),
            [format!("{path}.maxUnavailable: Required value: cannot be 0 when maxSurge is 0")]
        );
    }

    #[test]
    fn a_restart_policy_that_nobody_knows_is_refused_twice() {
        let template = json!({"template": {"metadata": {"labels": {"app": "web"}},
            "spec": {"restartPolicy": "Foo", "containers": [{"name": "app", "image": "web:1"}]}}});
        let path = "spec.template.spec.restartPolicy: Unsupported value: \"Foo\": supported values:";
        assert_eq!(
            workload("Deployment", template),
            [format!("{path} \"Always\", \"OnFailure\", \"Never\""), format!("{path} \"Always\"")]
        );
    }
}
