//! The status of a ReplicaSet. Source: `pkg/controller/replicaset/replica_set_utils.go` (`calculateStatus`).

use super::{Failure, Replicated};
use crate::cluster::clock::SimTime;
use crate::cluster::controllers::pods::{count, is_available, is_ready, unless_zero};
use crate::cluster::selector::Selector;
use k8s_openapi::api::apps::v1::{ReplicaSetCondition, ReplicaSetStatus};
use k8s_openapi::api::core::v1::Pod;
use std::sync::Arc;

const REPLICA_FAILURE: &str = "ReplicaFailure";

/// The status that these Pods make. `failure` is why the last attempt to set their number right failed.
pub(super) fn next<T: Replicated>(
    set: &T,
    pods: &[Arc<Pod>],
    terminating: usize,
    failure: Option<&Failure>,
    now: SimTime,
) -> ReplicaSetStatus {
    let old = set.status();
    let labels = set.template().and_then(|template| template.metadata.as_ref()?.labels.clone());
    let of_template = match &labels {
        Some(labels) if !labels.is_empty() => Selector::from_labels(labels),
        _ => Selector::All(Vec::new()),
    };
    let fully_labeled = pods.iter().filter(|pod| of_template.matches_option(pod.metadata.labels.as_ref()));
    ReplicaSetStatus {
        replicas: count(pods),
        fully_labeled_replicas: unless_zero(count(fully_labeled)),
        ready_replicas: unless_zero(count(pods.iter().filter(|pod| is_ready(pod)))),
        available_replicas: unless_zero(count(
            pods.iter().filter(|pod| is_available(pod, set.min_ready(), now)),
        )),
        terminating_replicas: i32::try_from(terminating).ok(),
        observed_generation: set.metadata().generation,
        conditions: conditions(old.conditions, failure, now),
    }
}

/// The condition ReplicaFailure comes with the first failure, stays as it is, and goes with the first success.
fn conditions(
    old: Option<Vec<ReplicaSetCondition>>,
    failure: Option<&Failure>,
    now: SimTime,
) -> Option<Vec<ReplicaSetCondition>> {
    let mut conditions = old.unwrap_or_default();
    let has_failed = conditions.iter().any(|condition| condition.type_ == REPLICA_FAILURE);
    match failure {
        Some(failure) if !has_failed => conditions.push(ReplicaSetCondition {
            type_: REPLICA_FAILURE.to_owned(),
            status: "True".to_owned(),
            reason: Some(failure.reason.to_owned()),
            message: Some(failure.message.clone()),
            last_transition_time: Some(now.to_time()),
        }),
        Some(_) => {}
        None => conditions.retain(|condition| condition.type_ != REPLICA_FAILURE),
    }
    (!conditions.is_empty()).then_some(conditions)
}
