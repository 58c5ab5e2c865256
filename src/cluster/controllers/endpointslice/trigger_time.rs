//! When what a Service's slices show was changed: the time in an annotation of each slice that is written.
//!
//! Source: `staging/src/k8s.io/endpointslice/trigger_time_tracker.go` (`ComputeEndpointLastChangeTriggerTime`).

use crate::cluster::condition::pod_condition;
use crate::cluster::object::Resource;
use k8s_openapi::api::core::v1::{Pod, Service};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use std::collections::BTreeMap;

/// The annotation with that time.
pub(super) const TRIGGER_TIME: &str = "endpoints.kubernetes.io/last-change-trigger-time";

/// What was seen of one Service at its last sync.
#[derive(Debug, Default)]
pub(super) struct Seen {
    service: Option<Time>,
    /// When each Pod's readiness last changed, by name.
    pods: BTreeMap<String, Time>,
}

impl Seen {
    /// The earliest of the times that are new since the last sync; at the first one, when the Service was made.
    pub(super) fn trigger_time<'a>(
        &mut self,
        service: &Service,
        pods: impl IntoIterator<Item = &'a Pod>,
    ) -> Option<Time> {
        let made = service.metadata.creation_timestamp.clone();
        let now: BTreeMap<String, Time> = pods
            .into_iter()
            .filter_map(|pod| {
                let turned = pod_condition(pod, "Ready")?.last_transition_time.clone()?;
                Some((pod.name().to_owned(), turned))
            })
            .collect();
        let is_new = |name: &str, time: &Time| self.pods.get(name).is_none_or(|seen| time > seen);
        let earliest =
            now.iter().filter(|(name, time)| is_new(name, time)).map(|(_, time)| time).min().cloned();
        let trigger = match &self.service {
            None => made.clone(),
            Some(seen) => earliest.into_iter().chain(made.clone().filter(|made| made > seen)).min(),
        };
        *self = Seen { service: made, pods: now };
        trigger
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::clock::SimTime;
    use serde_json::json;

    fn at(second: i64) -> Time {
        SimTime(second * 1000).to_time()
    }

    fn pod(name: &str, turned: i64) -> Pod {
        serde_json::from_value(json!({"metadata": {"name": name}, "status": {"conditions": [
            {"type": "Ready", "status": "True", "lastTransitionTime": at(turned)}]}}))
        .unwrap()
    }

    #[test]
    fn the_earliest_new_time_counts_and_without_one_there_is_none() {
        let service: Service =
            serde_json::from_value(json!({"metadata": {"creationTimestamp": at(5)}})).unwrap();
        let mut seen = Seen::default();
        for (pods, expected) in [
            (vec![pod("a", 3)], Some(5)),
            (vec![pod("a", 3)], None),
            (vec![pod("a", 9), pod("b", 8)], Some(8)),
            (vec![pod("a", 9)], None),
            // Whoever comes again is as new as before.
            (vec![pod("a", 9), pod("b", 8)], Some(8)),
        ] {
            assert_eq!(seen.trigger_time(&service, &pods), expected.map(at));
        }
    }
}
