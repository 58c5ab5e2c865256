//! The status of a StatefulSet. Source: `pkg/controller/statefulset/stateful_set_control.go` (`updateStatus`),
//! `stateful_set_utils.go` (`completeRollingUpdate`).

use super::Settings;
use crate::cluster::clock::SimTime;
use crate::cluster::controllers::history::{History, revision_of};
use crate::cluster::controllers::pods::{count, is_available, is_ready, phase, unless_zero};
use crate::cluster::object::Resource;
use k8s_openapi::api::apps::v1::{StatefulSet, StatefulSetStatus};
use k8s_openapi::api::core::v1::Pod;
use std::sync::Arc;

/// The status that these Pods make; `current` is the revision that the set is coming from.
pub(super) fn next(
    set: &StatefulSet,
    settings: &Settings,
    pods: &[Arc<Pod>],
    history: &History,
    current: &str,
    now: SimTime,
) -> StatefulSetStatus {
    let update = history.present.name();
    let is_up = |pod: &&Arc<Pod>| phase(pod) == "Running" && is_ready(pod);
    let of = |revision: &str| {
        count(pods.iter().filter(|pod| !pod.is_deleting() && revision_of(pod) == Some(revision)))
    };
    let ready = count(pods.iter().filter(is_up));
    let available = pods.iter().filter(is_up).filter(|pod| is_available(pod, settings.min_ready, now));
    let (replicas, updated) = (count(pods), of(update));
    let all_done =
        settings.partition.is_some() && [replicas, ready, updated].iter().all(|n| *n == settings.replicas);
    let current = if all_done { update } else { current };
    StatefulSetStatus {
        replicas,
        ready_replicas: unless_zero(ready),
        available_replicas: Some(count(available)),
        current_replicas: unless_zero(of(current)),
        updated_replicas: unless_zero(updated),
        current_revision: Some(current.to_owned()),
        update_revision: Some(update.to_owned()),
        observed_generation: set.metadata.generation,
        collision_count: Some(history.collisions),
        conditions: set.status.as_ref().and_then(|status| status.conditions.clone()),
    }
}
