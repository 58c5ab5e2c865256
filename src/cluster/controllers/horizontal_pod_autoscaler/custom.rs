//! What metrics of Pods, of other objects and from outside the cluster propose.
//!
//! Source: `pkg/controller/podautoscaler/horizontal.go` (`computeStatusForPodsMetric`, `computeStatusForObjectMetric`,
//! `computeStatusForExternalMetric`), `replica_calculator.go`, `metrics/client.go`.

use super::metrics::{runs, shares};
use super::replicas::{self, Pods, Sample, Tolerance};
use super::target::Target;
use crate::cluster::controllers::pods::{is_ready, phase};
use crate::cluster::engine::World;
use crate::cluster::metrics::Subject;
use crate::cluster::object::{Key, Kind};
use crate::cluster::quantity::Quantity;
use crate::cluster::selector::{Selector, as_go};
use k8s_openapi::api::autoscaling::v2::{
    ExternalMetricSource, ExternalMetricStatus, MetricStatus, MetricTarget, MetricValueStatus,
    ObjectMetricSource, ObjectMetricStatus, PodsMetricSource, PodsMetricStatus,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as ApiQuantity;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;

/// A proposal, how the metric is called, and how the status shows it; or why there is none.
pub(super) type Measured = Result<(i32, String, MetricStatus), Unread>;

/// Why a metric cannot be read.
#[derive(Debug)]
pub(super) struct Unread {
    /// What is put before the message where it is passed on.
    pub(super) passed_on: String,
    pub(super) message: String,
}

impl From<String> for Unread {
    fn from(message: String) -> Unread {
        Unread { passed_on: String::new(), message }
    }
}

/// A metric of the workload's Pods: an average for each of them.
pub(super) fn pods(
    world: &World,
    target: &Target,
    source: &PodsMetricSource,
    tolerance: Tolerance,
) -> Measured {
    let name = &source.metric.name;
    let wanted = milli(source.target.average_value.as_ref()).unwrap_or(0);
    let subject = Subject::Object(target.kind, target.key.clone());
    let sum =
        custom(world, &subject, name).map_err(|error| format!("unable to get metric {name}: {error}"))?;
    let pods = group(world, target, sum);
    let proposal =
        replicas::propose(&pods, replicas::Target::AverageValue(wanted), target.replicas, tolerance)
            .map_err(|error| error.to_string())?;
    let status = PodsMetricStatus { metric: source.metric.clone(), current: average(proposal.average) };
    let status = MetricStatus { type_: "Pods".to_owned(), pods: Some(status), ..MetricStatus::default() };
    Ok((proposal.replicas, format!("pods metric {name}"), status))
}

/// The workload's ready Pods share what it does; those that run and are not ready do nothing.
fn group(world: &World, target: &Target, sum: i64) -> Pods {
    let pods = target.pods(world);
    let ready = pods.iter().filter(|pod| runs(pod) && is_ready(pod)).count();
    let mut shares = shares(sum, ready);
    let mut groups = Pods::default();
    for pod in &pods {
        if pod.metadata.deletion_timestamp.is_some() || phase(pod) == "Failed" {
            continue;
        }
        match phase(pod) {
            "Pending" => groups.unready.push(0),
            "Running" if is_ready(pod) => {
                groups.ready.push(Sample { usage: shares.next().unwrap_or(0), request: 0 });
            }
            "Running" => groups.ready.push(Sample { usage: 0, request: 0 }),
            _ => groups.missing.push(0),
        }
    }
    groups
}

/// A metric of one object, such as the requests of a Service.
pub(super) fn object(
    world: &World,
    target: &Target,
    source: &ObjectMetricSource,
    tolerance: Tolerance,
) -> Measured {
    let (name, of) = (&source.metric.name, &source.described_object);
    let namespace = &target.key.namespace;
    let subject = Kind::parse(&of.kind).map(|kind| Subject::Object(kind, Key::new(namespace, &of.name)));
    let value = subject.map_or_else(|| Err(not_served(name)), |subject| custom(world, &subject, name));
    let value = value.map_err(|error| Unread {
        passed_on: if is_average(&source.target) {
            format!("failed to get {name} object metric: ")
        } else {
            String::new()
        },
        message: format!("unable to get metric {name}: {error} on {} {namespace}/{}", of.kind, of.name),
    })?;
    let (proposal, current) = of_whole(world, target, value, &source.target, tolerance).ok_or_else(|| {
        "invalid object metric source: neither a value target nor an average value target was set".to_owned()
    })?;
    let called = if is_average(&source.target) {
        format!("external metric {name}({})", as_go(source.metric.selector.as_ref()))
    } else {
        format!("{} metric {name}", of.kind)
    };
    let status = ObjectMetricStatus { described_object: of.clone(), metric: source.metric.clone(), current };
    let status = MetricStatus { type_: "Object".to_owned(), object: Some(status), ..MetricStatus::default() };
    Ok((proposal, called, status))
}

/// A metric from outside, such as the length of a queue.
pub(super) fn external(
    world: &World,
    target: &Target,
    source: &ExternalMetricSource,
    tolerance: Tolerance,
) -> Measured {
    let name = &source.metric.name;
    let labels = as_go(source.metric.selector.as_ref());
    let value = if world.metrics.has_external() {
        from_outside(world, name, source.metric.selector.as_ref())
    } else {
        Err(unregistered("external"))
    };
    let value = value.map_err(|error| Unread {
        passed_on: if is_average(&source.target) {
            format!("failed to get {name} external metric: ")
        } else {
            format!("failed to get external metric {name}: ")
        },
        message: format!("unable to get external metric {}/{name}/{labels}: {error}", target.key.namespace),
    })?;
    let (proposal, current) = of_whole(world, target, value, &source.target, tolerance).ok_or_else(|| {
        "invalid external metric source: neither a value target nor an average value target was set"
            .to_owned()
    })?;
    let status = ExternalMetricStatus { metric: source.metric.clone(), current };
    let status =
        MetricStatus { type_: "External".to_owned(), external: Some(status), ..MetricStatus::default() };
    Ok((proposal, format!("external metric {name}({labels})"), status))
}

/// The sum of the series that the selector chooses; without one, of all.
fn from_outside(world: &World, name: &str, selector: Option<&LabelSelector>) -> Result<i64, String> {
    let everything = LabelSelector::default();
    let selector = Selector::new(Some(selector.unwrap_or(&everything))).unwrap_or(Selector::Nothing);
    match world.metrics.external(name, &selector, world.now) {
        None => Err(format!("unable to fetch metrics from external metrics API: {}", not_served(name))),
        Some(values) if values.is_empty() => Err("no metrics returned from external metrics API".to_owned()),
        Some(values) => Ok(values.iter().sum()),
    }
}

fn custom(world: &World, subject: &Subject, name: &str) -> Result<i64, String> {
    if !world.metrics.has_custom() {
        return Err(unregistered("custom"));
    }
    let value = world.metrics.get(subject, name, world.now);
    value.ok_or_else(|| format!("unable to fetch metrics from custom metrics API: {}", not_served(name)))
}

fn unregistered(api: &str) -> String {
    format!(
        "unable to fetch metrics from {api} metrics API: no {api} metrics API ({api}.metrics.k8s.io) registered"
    )
}

fn not_served(name: &str) -> String {
    format!("the server could not find the metric {name}")
}

fn is_average(target: &MetricTarget) -> bool {
    target.value.is_none() || target.type_ == "AverageValue"
}

/// What a value that is about the whole proposes: in proportion to the ready Pods, or a share for each replica.
fn of_whole(
    world: &World,
    target: &Target,
    value: i64,
    wanted: &MetricTarget,
    tolerance: Tolerance,
) -> Option<(i32, MetricValueStatus)> {
    if is_average(wanted) {
        let each = milli(wanted.average_value.as_ref())?;
        let (replicas, share) = replicas::of_average(value, each, target.running, tolerance);
        return Some((replicas, average(share)));
    }
    let whole = milli(wanted.value.as_ref())?;
    let ready = target.pods(world).iter().filter(|pod| phase(pod) == "Running" && is_ready(pod)).count();
    let replicas = replicas::of_value(value, whole, target.replicas, ready, tolerance);
    let value = Some(ApiQuantity(Quantity::from_milli(value).to_string()));
    Some((replicas, MetricValueStatus { value, ..MetricValueStatus::default() }))
}

fn milli(quantity: Option<&ApiQuantity>) -> Option<i64> {
    Quantity::parse(&quantity?.0).ok().map(Quantity::milli).filter(|milli| *milli > 0)
}

fn average(milli: i64) -> MetricValueStatus {
    let average_value = Some(ApiQuantity(Quantity::from_milli(milli).to_string()));
    MetricValueStatus { average_value, ..MetricValueStatus::default() }
}
