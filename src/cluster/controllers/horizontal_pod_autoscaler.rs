//! The HorizontalPodAutoscaler: every 15 s it asks how busy a workload's Pods are, and writes how many there should be.
//!
//! A sync reads the size, computes a proposal for each metric ([`replicas`]), takes the largest, holds it back
//! ([`limits`]), and writes `spec.replicas`; the workload's own controller does the rest. What was proposed and done
//! lately is kept in memory, as the real controller keeps it.
//!
//! Source: `pkg/controller/podautoscaler/horizontal.go` (`reconcileAutoscaler`).

mod custom;
mod limits;
mod metrics;
mod replicas;
mod target;
#[cfg(test)]
mod tests;

use super::{Controller, Outcome};
use crate::cluster::clock::{Millis, SimTime};
use crate::cluster::engine::World;
use crate::cluster::object::{Key, Object, Resource};
use crate::cluster::quantity::Quantity;
use crate::cluster::store::{Change, ChangeType};
use custom::Unread;
use k8s_openapi::api::autoscaling::v2::{
    ContainerResourceMetricStatus, HPAScalingRules, HorizontalPodAutoscaler,
    HorizontalPodAutoscalerCondition, HorizontalPodAutoscalerStatus, MetricSpec, MetricStatus, MetricTarget,
    MetricValueStatus, ResourceMetricStatus,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as ApiQuantity;
use limits::{History, Step};
use metrics::Meter;
use replicas::{Proposal, Tolerance};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use target::Target;

const CONTROLLER: &str = "horizontal-pod-autoscaler";
/// `--horizontal-pod-autoscaler-sync-period`; the first sync too comes one period after the autoscaler is made.
const PERIOD: Millis = Millis::secs(15);
/// `--horizontal-pod-autoscaler-tolerance`.
const TOLERANCE: f64 = 0.1;

/// Scales workloads by their metrics.
#[derive(Debug, Default)]
pub struct HorizontalPodAutoscalers {
    memories: BTreeMap<Key, Memory>,
}

/// What is remembered of one autoscaler.
#[derive(Debug)]
struct Memory {
    uid: String,
    next: SimTime,
    history: History,
}

impl Controller for HorizontalPodAutoscalers {
    const NAME: &'static str = CONTROLLER;

    /// A changed autoscaler waits for its next sync like any other.
    fn keys(&self, _world: &World, change: &Change) -> Vec<Key> {
        match (&change.object, change.change) {
            (Object::HorizontalPodAutoscaler(hpa), ChangeType::Added | ChangeType::Deleted) => {
                vec![hpa.key()]
            }
            _ => Vec::new(),
        }
    }

    fn reconcile(&mut self, world: &mut World, key: &Key) -> Outcome {
        let Some(hpa) = world.store.get::<HorizontalPodAutoscaler>(key).cloned() else {
            self.memories.remove(key);
            return Outcome::Done;
        };
        if self.memories.get(key).is_none_or(|memory| memory.uid != hpa.uid()) {
            let next = world.now + PERIOD;
            let memory = Memory { uid: hpa.uid().to_owned(), next, history: History::default() };
            self.memories.insert(key.clone(), memory);
        }
        let Some(memory) = self.memories.get_mut(key) else { return Outcome::Done };
        if memory.next <= world.now {
            memory.next = world.now + PERIOD;
            let mut status = hpa.status.clone().unwrap_or_default();
            sync(world, &hpa, &mut memory.history, &mut status);
            let _ = world.write::<HorizontalPodAutoscaler>(key, |hpa| hpa.status = Some(status));
        }
        Outcome::At(memory.next)
    }
}

/// One sync.
fn sync(
    world: &mut World,
    hpa: &HorizontalPodAutoscaler,
    history: &mut History,
    status: &mut HorizontalPodAutoscalerStatus,
) {
    let now = world.now;
    let spec = &hpa.spec;
    let target = match Target::find(world, hpa.namespace(), &spec.scale_target_ref) {
        Ok(target) => target,
        Err(error) => {
            let message = format!("the HPA controller was unable to get the target's current scale: {error}");
            set(status, now, "AbleToScale", false, "FailedGetScale", &message);
            world.warn(CONTROLLER, hpa, "FailedGetScale", error);
            return;
        }
    };
    let message = "the HPA controller was able to get the target's current scale";
    set(status, now, "AbleToScale", true, "SucceededGetScale", message);
    let current = target.replicas;
    let (min, max) = (spec.min_replicas.unwrap_or(1), spec.max_replicas);
    history.begin(now, current);
    status.current_replicas = Some(current);
    // Nothing is measured where the size alone decides.
    status.current_metrics = None;
    let (wanted, reason) = if current == 0 {
        let message = "scaling is disabled since the replica count of the target is zero";
        set(status, now, "ScalingActive", false, "ScalingDisabled", message);
        (current, String::new())
    } else if current > max {
        (max, "Current number of replicas above Spec.MaxReplicas".to_owned())
    } else if current < min {
        (min, "Current number of replicas below Spec.MinReplicas".to_owned())
    } else {
        let Some((proposed, metric)) = propose(world, hpa, &target, status) else { return };
        let limited = history.limit(Step { now, current, proposed, min, max }, spec.behavior.as_ref());
        set(status, now, "AbleToScale", true, limited.able.0, limited.able.1);
        let (is_limited, why) = limited.limited;
        set(status, now, "ScalingLimited", is_limited, why.0, why.1);
        // A window or the range may move the number though the metrics are content.
        let reason = match proposed.cmp(&current) {
            Ordering::Greater => format!("{metric} above target"),
            Ordering::Less => "All metrics below target".to_owned(),
            Ordering::Equal => String::new(),
        };
        (limited.replicas, reason)
    };
    status.desired_replicas = wanted;
    if wanted == current {
        return;
    }
    if let Err(error) = target.scale(world, wanted) {
        let message = format!("New size: {wanted}; reason: {reason}; error: {error}");
        world.warn(CONTROLLER, hpa, "FailedRescale", message);
        let message = format!("the HPA controller was unable to update the target scale: {error}");
        set(status, now, "AbleToScale", false, "FailedUpdateScale", &message);
        status.desired_replicas = current;
        return;
    }
    let message = format!("the HPA controller was able to update the target scale to {wanted}");
    set(status, now, "AbleToScale", true, "SucceededRescale", &message);
    world.normal(CONTROLLER, hpa, "SuccessfulRescale", format!("New size: {wanted}; reason: {reason}"));
    status.last_scale_time = Some(now.to_time());
    if spec.behavior.is_some() {
        history.changed(now, wanted - current);
    }
}

/// The largest proposal of all metrics, and which metric's it is; `None` if nothing may be done. One metric that cannot be
/// read stops scaling down, since it might be the one that is high.
fn propose(
    world: &mut World,
    hpa: &HorizontalPodAutoscaler,
    target: &Target,
    status: &mut HorizontalPodAutoscalerStatus,
) -> Option<(i32, String)> {
    let metrics = hpa.spec.metrics.as_deref().unwrap_or_default();
    let now = world.now;
    let mut best: Option<(i32, String)> = None;
    let mut failures: Vec<Failure> = Vec::new();
    let mut current = Vec::new();
    for metric in metrics {
        match measure(world, hpa, target, metric) {
            Ok((replicas, name, shown)) => {
                if best.as_ref().is_none_or(|(most, _)| replicas > *most) {
                    best = Some((replicas, name));
                }
                current.push(shown);
            }
            Err(failure) => {
                world.warn(CONTROLLER, hpa, failure.reason, failure.message.clone());
                failures.push(failure);
                current.push(MetricStatus { type_: String::new(), ..MetricStatus::default() });
            }
        }
    }
    status.current_metrics = (!current.is_empty()).then_some(current);
    if let Some(first) = failures.first()
        && best.as_ref().is_none_or(|(most, _)| *most < target.replicas)
    {
        let message = format!("the HPA was unable to compute the replica count: {}", first.message);
        set(status, now, "ScalingActive", false, first.reason, &message);
        let message = format!(
            "invalid metrics ({} invalid out of {}), first error is: {}",
            failures.len(),
            metrics.len(),
            first.in_full
        );
        world.warn(CONTROLLER, hpa, "FailedComputeMetricsReplicas", message);
        return None;
    }
    let (_, name) = best.as_ref()?;
    let message = format!("the HPA was able to successfully calculate a replica count from {name}");
    set(status, now, "ScalingActive", true, "ValidMetricFound", &message);
    best
}

/// Why a metric cannot be read.
struct Failure {
    reason: &'static str,
    /// As the metric's own Event says it.
    message: String,
    /// As the Event about all metrics says it (`computeReplicasForMetric`).
    in_full: String,
}

/// What one metric proposes, how it is called, and how it is shown.
fn measure(
    world: &World,
    hpa: &HorizontalPodAutoscaler,
    target: &Target,
    metric: &MetricSpec,
) -> Result<(i32, String, MetricStatus), Failure> {
    let type_ = metric.type_.clone();
    if let ("Resource", Some(source)) = (type_.as_str(), &metric.resource) {
        let name = source.name.clone();
        let (proposal, called) =
            read(world, hpa, target, &name, None, &source.target).map_err(|message| Failure {
                reason: "FailedGetResourceMetric",
                in_full: format!("failed to get {name} resource metric value: {message}"),
                message,
            })?;
        let resource = Some(ResourceMetricStatus { current: shown(&name, proposal), name });
        return Ok((proposal.replicas, called, MetricStatus { type_, resource, ..MetricStatus::default() }));
    }
    if let ("ContainerResource", Some(source)) = (type_.as_str(), &metric.container_resource) {
        let (name, container) = (source.name.clone(), source.container.clone());
        let (proposal, called) =
            read(world, hpa, target, &name, Some(&container), &source.target).map_err(|message| Failure {
                reason: "FailedGetContainerResourceMetric",
                in_full: format!("failed to get {container} container metric value: {message}"),
                message,
            })?;
        let container_resource =
            Some(ContainerResourceMetricStatus { container, current: shown(&name, proposal), name });
        return Ok((
            proposal.replicas,
            called,
            MetricStatus { type_, container_resource, ..MetricStatus::default() },
        ));
    }
    let tolerance = tolerances(hpa);
    let (reason, what, measured) = if let ("Pods", Some(source)) = (type_.as_str(), &metric.pods) {
        ("FailedGetPodsMetric", "pods".to_owned(), custom::pods(world, target, source, tolerance))
    } else if let ("Object", Some(source)) = (type_.as_str(), &metric.object) {
        ("FailedGetObjectMetric", "object".to_owned(), custom::object(world, target, source, tolerance))
    } else if let ("External", Some(source)) = (type_.as_str(), &metric.external) {
        let what = format!("{} external", source.metric.name);
        ("FailedGetExternalMetric", what, custom::external(world, target, source, tolerance))
    } else {
        let message = format!("unknown metric source type {type_:?}");
        return Err(Failure { reason: "InvalidMetricSourceType", in_full: message.clone(), message });
    };
    measured.map_err(|Unread { passed_on, message }| Failure {
        reason,
        in_full: format!("failed to get {what} metric value: {passed_on}{message}"),
        message,
    })
}

/// Reads a metric of the Pods themselves.
fn read(
    world: &World,
    hpa: &HorizontalPodAutoscaler,
    target: &Target,
    resource: &str,
    container: Option<&str>,
    wanted: &MetricTarget,
) -> Result<(Proposal, String), String> {
    let what = if container.is_some() { "container resource" } else { "resource" };
    let average = wanted.average_value.as_ref().and_then(|value| Quantity::parse(&value.0).ok());
    let (aim, called, noun) = match (average, wanted.average_utilization) {
        (Some(value), _) => {
            (replicas::Target::AverageValue(value.milli()), format!("{resource} resource"), "usage")
        }
        (None, Some(percent)) => (
            replicas::Target::Utilization(percent),
            format!("{resource} {what} utilization (percentage of request)"),
            "utilization",
        ),
        (None, None) => {
            return Err(
                "invalid resource metric source: neither an average utilization target nor an average \
                        value (usage) target was set"
                    .to_owned(),
            );
        }
    };
    let load = world.loads.cpu(target.kind, &target.key, world.now);
    let needs_requests = matches!(aim, replicas::Target::Utilization(_));
    let meter = Meter { resource, container, load, needs_requests };
    meter
        .read(world, &target.pods(world))
        .and_then(|pods| {
            replicas::propose(&pods, aim, target.replicas, tolerances(hpa)).map_err(|error| error.to_string())
        })
        .map(|proposal| (proposal, called))
        .map_err(|error| format!("failed to get {resource} {noun}: {error}"))
}

/// How far a metric may be off its target in each direction.
fn tolerances(hpa: &HorizontalPodAutoscaler) -> Tolerance {
    let behavior = hpa.spec.behavior.as_ref();
    Tolerance {
        down: tolerance(behavior.and_then(|behavior| behavior.scale_down.as_ref())),
        up: tolerance(behavior.and_then(|behavior| behavior.scale_up.as_ref())),
    }
}

fn tolerance(rules: Option<&HPAScalingRules>) -> f64 {
    let written = rules.and_then(|rules| rules.tolerance.as_ref());
    written
        .and_then(|quantity| Quantity::parse(&quantity.0).ok())
        .map_or(TOLERANCE, |quantity| quantity.milli() as f64 / 1000.0)
}

/// A metric as the status shows it.
fn shown(resource: &str, proposal: Proposal) -> MetricValueStatus {
    let average = match resource {
        "memory" => (proposal.average / 1000).to_string(),
        _ => Quantity::from_milli(proposal.average).to_string(),
    };
    MetricValueStatus {
        average_utilization: proposal.utilization,
        average_value: Some(ApiQuantity(average)),
        value: None,
    }
}

fn set(
    status: &mut HorizontalPodAutoscalerStatus,
    now: SimTime,
    type_: &str,
    is: bool,
    reason: &str,
    message: &str,
) {
    let mut new = HorizontalPodAutoscalerCondition {
        type_: type_.to_owned(),
        status: if is { "True" } else { "False" }.to_owned(),
        reason: Some(reason.to_owned()),
        message: Some(message.to_owned()),
        last_transition_time: Some(now.to_time()),
    };
    let conditions = status.conditions.get_or_insert_default();
    match conditions.iter_mut().find(|condition| condition.type_ == type_) {
        Some(old) => {
            if old.status == new.status {
                new.last_transition_time = old.last_transition_time.take();
            }
            *old = new;
        }
        None => conditions.push(new),
    }
}
