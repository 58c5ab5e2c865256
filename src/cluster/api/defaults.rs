//! What the API server fills into the kinds that take only a little. Sources: `pkg/apis/*/v1/defaults.go`.

use super::Admit;
use super::pod_defaults::fill_in_template;
use crate::cluster::state::State;
use crate::cluster::taint::{NO_SCHEDULE, NOT_READY, has_taint};
use k8s_openapi::api::apps::v1::{
    ControllerRevision, DaemonSet, Deployment, DeploymentStrategy, ReplicaSet, RollingUpdateDeployment,
    StatefulSet,
};
use k8s_openapi::api::autoscaling::v2::{
    HPAScalingPolicy, HPAScalingRules, HorizontalPodAutoscaler, MetricSpec, MetricTarget,
    ResourceMetricSource,
};
use k8s_openapi::api::batch::v1::{CronJob, Job, JobSpec};
use k8s_openapi::api::core::v1::{Event, Node, ReplicationController, Taint};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

const ROLLING_UPDATE: &str = "RollingUpdate";

/// The annotation of a DaemonSet with the number of its template, which clients do not change
/// (`pkg/registry/apps/daemonset/strategy.go`).
pub const TEMPLATE_GENERATION: &str = "deprecated.daemonset.template.generation";

impl Admit for Deployment {
    fn fill_in(&mut self, _state: &State) {
        let spec = self.spec.get_or_insert_default();
        spec.replicas.get_or_insert(1);
        spec.revision_history_limit.get_or_insert(10);
        spec.progress_deadline_seconds.get_or_insert(600);
        let strategy = spec.strategy.get_or_insert_with(DeploymentStrategy::default);
        if strategy.type_.get_or_insert_with(|| ROLLING_UPDATE.to_owned()) == ROLLING_UPDATE {
            let rolling = strategy.rolling_update.get_or_insert_with(RollingUpdateDeployment::default);
            rolling.max_unavailable.get_or_insert_with(|| IntOrString::String("25%".to_owned()));
            rolling.max_surge.get_or_insert_with(|| IntOrString::String("25%".to_owned()));
        }
        fill_in_template(&mut spec.template);
        self.status.get_or_insert_default();
    }
}

impl Admit for ReplicaSet {
    fn fill_in(&mut self, _state: &State) {
        let spec = self.spec.get_or_insert_default();
        spec.replicas.get_or_insert(1);
        if let Some(template) = &mut spec.template {
            fill_in_template(template);
        }
        self.status.get_or_insert_default();
    }
}

impl Admit for ReplicationController {
    fn fill_in(&mut self, _state: &State) {
        let spec = self.spec.get_or_insert_default();
        spec.replicas.get_or_insert(1);
        if let Some(template) = &mut spec.template {
            fill_in_template(template);
            // The selector defaults to the template's labels, and the controller's own labels too.
            let labels = template.metadata.as_ref().and_then(|meta| meta.labels.clone());
            if spec.selector.as_ref().is_none_or(std::collections::BTreeMap::is_empty) {
                spec.selector = labels.clone();
            }
            if self.metadata.labels.as_ref().is_none_or(std::collections::BTreeMap::is_empty) {
                self.metadata.labels = labels;
            }
        }
        self.status.get_or_insert_default();
    }
}

impl Admit for Node {
    /// Admission plugin `nodetaint`: a new Node takes no Pods until the node controller has seen that it is ready.
    fn fill_in(&mut self, _state: &State) {
        if self.metadata.resource_version.is_none() && !has_taint(self, NOT_READY, NO_SCHEDULE) {
            let taint = Taint {
                key: NOT_READY.to_owned(),
                effect: NO_SCHEDULE.to_owned(),
                value: None,
                time_added: None,
            };
            self.spec.get_or_insert_default().taints.get_or_insert_default().push(taint);
        }
    }
}

impl Admit for PodDisruptionBudget {
    /// Nothing is known yet, and so nothing allowed.
    fn fill_in(&mut self, _state: &State) {
        let status = self.status.get_or_insert_default();
        status.current_healthy.get_or_insert(0);
        status.desired_healthy.get_or_insert(0);
        status.expected_pods.get_or_insert(0);
        status.disruptions_allowed.get_or_insert(0);
    }
}

impl Admit for Job {
    /// Besides the defaults, the selector and labels that the API server generates from the uid
    /// (`pkg/registry/batch/job/strategy.go`).
    fn fill_in(&mut self, _state: &State) {
        let own = own_labels_of(self);
        self.status.get_or_insert_default();
        let spec = self.spec.get_or_insert_default();
        fill_in_job(spec);
        if self.metadata.resource_version.is_some() || spec.manual_selector == Some(true) {
            return;
        }
        let labels = spec.template.metadata.get_or_insert_default().labels.get_or_insert_default();
        labels.extend(own.clone());
        // A Job without labels gets its template's.
        self.metadata.labels.get_or_insert_with(|| labels.clone());
        let [uid, ..] = own;
        spec.selector.get_or_insert_default().match_labels.get_or_insert_default().extend([uid]);
    }
}

/// What the API server puts on the Pods of a Job that does not select by itself; first, what it selects them by.
pub(super) fn own_labels_of(job: &Job) -> [(String, String); 4] {
    let name = job.metadata.name.clone().unwrap_or_default();
    let uid = job.metadata.uid.clone().unwrap_or_default();
    [
        ("batch.kubernetes.io/controller-uid", &uid),
        ("batch.kubernetes.io/job-name", &name),
        ("controller-uid", &uid),
        ("job-name", &name),
    ]
    .map(|(key, value)| (key.to_owned(), value.clone()))
}

/// What a Job leaves out. `pkg/apis/batch/v1/defaults.go`.
fn fill_in_job(spec: &mut JobSpec) {
    if spec.completions.is_none() && spec.parallelism.is_none() {
        spec.completions = Some(1);
    }
    spec.parallelism.get_or_insert(1);
    // Where each index has its own limit, the Job as a whole has none.
    spec.backoff_limit.get_or_insert(if spec.backoff_limit_per_index.is_some() { i32::MAX } else { 6 });
    spec.completion_mode.get_or_insert_with(|| "NonIndexed".to_owned());
    spec.suspend.get_or_insert(false);
    spec.manual_selector.get_or_insert(false);
    let replacement = if spec.pod_failure_policy.is_some() { "Failed" } else { "TerminatingOrFailed" };
    spec.pod_replacement_policy.get_or_insert_with(|| replacement.to_owned());
    let rules = spec.pod_failure_policy.iter_mut().flat_map(|policy| &mut policy.rules);
    for pattern in rules.flat_map(|rule| rule.on_pod_conditions.iter_mut().flatten()) {
        pattern.status.get_or_insert_with(|| "True".to_owned());
    }
    fill_in_template(&mut spec.template);
}

impl Admit for CronJob {
    /// Of the Job only the Pods' defaults: the rest is filled in when the Job is made.
    fn fill_in(&mut self, _state: &State) {
        let spec = &mut self.spec;
        spec.concurrency_policy.get_or_insert_with(|| "Allow".to_owned());
        spec.suspend.get_or_insert(false);
        spec.successful_jobs_history_limit.get_or_insert(3);
        spec.failed_jobs_history_limit.get_or_insert(1);
        if let Some(job) = &mut spec.job_template.spec {
            fill_in_template(&mut job.template);
        }
        self.status.get_or_insert_default();
    }
}

impl Admit for StatefulSet {
    fn fill_in(&mut self, _state: &State) {
        let spec = self.spec.get_or_insert_default();
        spec.replicas.get_or_insert(1);
        spec.revision_history_limit.get_or_insert(10);
        spec.pod_management_policy.get_or_insert_with(|| "OrderedReady".to_owned());
        let strategy = spec.update_strategy.get_or_insert_default();
        if strategy.type_.get_or_insert_with(|| ROLLING_UPDATE.to_owned()) == ROLLING_UPDATE {
            let rolling = strategy.rolling_update.get_or_insert_default();
            rolling.partition.get_or_insert(0);
            // The gate MaxUnavailableStatefulSet is off (`pkg/registry/apps/statefulset/strategy.go`,
            // `dropStatefulSetDisabledFields`).
            rolling.max_unavailable = None;
        }
        let policy = spec.persistent_volume_claim_retention_policy.get_or_insert_default();
        policy.when_deleted.get_or_insert_with(|| "Retain".to_owned());
        policy.when_scaled.get_or_insert_with(|| "Retain".to_owned());
        fill_in_template(&mut spec.template);
        self.status.get_or_insert_default().available_replicas.get_or_insert(0);
    }
}

impl Admit for DaemonSet {
    fn fill_in(&mut self, _state: &State) {
        let spec = self.spec.get_or_insert_default();
        spec.revision_history_limit.get_or_insert(10);
        let strategy = spec.update_strategy.get_or_insert_default();
        if strategy.type_.get_or_insert_with(|| ROLLING_UPDATE.to_owned()) == ROLLING_UPDATE {
            let rolling = strategy.rolling_update.get_or_insert_default();
            rolling.max_unavailable.get_or_insert(IntOrString::Int(1));
            rolling.max_surge.get_or_insert(IntOrString::Int(0));
        }
        fill_in_template(&mut spec.template);
        self.status.get_or_insert_default();
        if template_generation(self) < 1 {
            set_template_generation(self, 1);
        }
    }

    fn prepare_for_update(&mut self, old: &DaemonSet) {
        let [new, was] = [&*self, old].map(|set| set.spec.as_ref().map(|spec| &spec.template));
        let changed = new != was;
        set_template_generation(self, template_generation(old).saturating_add(i64::from(changed)));
    }
}

fn template_generation(set: &DaemonSet) -> i64 {
    let written = set.metadata.annotations.as_ref().and_then(|all| all.get(TEMPLATE_GENERATION));
    written.and_then(|number| number.parse().ok()).unwrap_or(0)
}

fn set_template_generation(set: &mut DaemonSet, number: i64) {
    let annotations = set.metadata.annotations.get_or_insert_default();
    annotations.insert(TEMPLATE_GENERATION.to_owned(), number.to_string());
}

impl Admit for HorizontalPodAutoscaler {
    fn fill_in(&mut self, _state: &State) {
        self.status.get_or_insert_default();
        let spec = &mut self.spec;
        spec.min_replicas.get_or_insert(1);
        if spec.metrics.as_ref().is_none_or(Vec::is_empty) {
            let target = MetricTarget {
                type_: "Utilization".to_owned(),
                average_utilization: Some(80),
                ..MetricTarget::default()
            };
            let resource = Some(ResourceMetricSource { name: "cpu".to_owned(), target });
            let metric = MetricSpec { type_: "Resource".to_owned(), resource, ..MetricSpec::default() };
            spec.metrics = Some(vec![metric]);
        }
        if let Some(behavior) = &mut spec.behavior {
            let up = behavior.scale_up.get_or_insert_default();
            up.stabilization_window_seconds.get_or_insert(0);
            fill_in_scaling(up, &[("Pods", 4), ("Percent", 100)]);
            fill_in_scaling(behavior.scale_down.get_or_insert_default(), &[("Percent", 100)]);
        }
    }
}

/// How fast an autoscaler may go. `pkg/apis/autoscaling/v2/defaults.go`.
fn fill_in_scaling(rules: &mut HPAScalingRules, policies: &[(&str, i32)]) {
    rules.select_policy.get_or_insert_with(|| "Max".to_owned());
    rules.policies.get_or_insert_with(|| {
        let policy = |(type_, value): &(&str, i32)| HPAScalingPolicy {
            type_: (*type_).to_owned(),
            value: *value,
            period_seconds: 15,
        };
        policies.iter().map(policy).collect()
    });
}

impl Admit for EndpointSlice {}
impl Admit for ControllerRevision {}
impl Admit for Event {}
