//! How long a Job waits before it replaces a failed Pod: 10 s, doubled with each failure in a row, up to 10 minutes.
//!
//! Source: `pkg/controller/job/backoff_utils.go`.

use crate::cluster::clock::{Millis, SimTime};
use crate::cluster::condition::pod_condition;
use crate::cluster::sidecar::sidecars;
use k8s_openapi::api::core::v1::Pod;

/// After the first failure; doubled with each that follows (`DefaultJobPodFailureBackOff`).
const FIRST: Millis = Millis::secs(10);
/// At most (`MaxJobPodFailureBackOff`; the documentation page "Jobs" says six minutes).
const LONGEST: Millis = Millis::mins(10);

/// The failures of a Job since its last success. Those that its failure policy ignores count here, too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct BackOff {
    failures: usize,
    last: Option<SimTime>,
}

impl BackOff {
    /// The record once these Pods have been seen to succeed and fail, at these times.
    pub(super) fn after(self, succeeded: &[SimTime], failed: &[SimTime]) -> BackOff {
        let last = failed.iter().max().copied();
        match succeeded.iter().max() {
            None if failed.is_empty() => self,
            None => BackOff { failures: self.failures + failed.len(), last },
            Some(success) => {
                let failures = failed.iter().filter(|at| *at > success).count();
                BackOff { failures, last: last.filter(|_| failures > 0) }
            }
        }
    }

    /// Until when no replacement is made.
    pub(super) fn until(self) -> Option<SimTime> {
        self.last.map(|last| until(self.failures, last))
    }
}

/// Until when no replacement is made after so many failures (at least one), the last of them then.
pub(super) fn until(failures: usize, last: SimTime) -> SimTime {
    let doublings = u32::try_from(failures.saturating_sub(1)).unwrap_or(u32::MAX).min(10);
    last + (FIRST * (1_i64 << doublings)).min(LONGEST)
}

/// When a Pod finished: when the last of its containers ended; where one does not say, when the Pod stopped being ready; else
/// when its deletion was asked for; else when it was made.
pub(super) fn finished_at(pod: &Pod) -> SimTime {
    let meta = &pod.metadata;
    let unready = pod_condition(pod, "Ready").filter(|ready| ready.status == "False");
    let unready = unready.and_then(|ready| ready.last_transition_time.as_ref()).map(SimTime::from_time);
    let asked = meta.deletion_timestamp.as_ref().map(|at| {
        let grace = Millis::secs(meta.deletion_grace_period_seconds.unwrap_or(0));
        SimTime(SimTime::from_time(at).0 - grace.0)
    });
    let born = meta.creation_timestamp.as_ref().map_or(SimTime::ZERO, SimTime::from_time);
    last_end(pod).or(unready).or(asked).unwrap_or(born)
}

/// When the last ordinary container or sidecar ended; `None` while one has not.
fn last_end(pod: &Pod) -> Option<SimTime> {
    let status = pod.status.as_ref()?;
    let sidecars: Vec<&str> =
        pod.spec.iter().flat_map(sidecars).map(|container| container.name.as_str()).collect();
    let sidecars = status
        .init_container_statuses
        .iter()
        .flatten()
        .filter(|container| sidecars.contains(&container.name.as_str()));
    let mut last = None;
    for container in status.container_statuses.iter().flatten().chain(sidecars) {
        let ended = container.state.as_ref()?.terminated.as_ref()?.finished_at.as_ref()?;
        last = last.max(Some(SimTime::from_time(ended)));
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn the_wait_doubles_with_each_failure_in_a_row_up_to_ten_minutes() {
        let wait = |failures: usize| until(failures, SimTime::ZERO).0 / 1000;
        assert_eq!([wait(1), wait(2), wait(3)], [10, 20, 40]);
        assert_eq!([wait(6), wait(7), wait(30)], [320, 600, 600]);
    }

    #[test]
    fn a_success_forgives_the_failures_before_it() {
        let at = |seconds: i64| SimTime(seconds * 1000);
        let twice = BackOff::default().after(&[], &[at(5), at(3)]);
        assert_eq!(twice, BackOff { failures: 2, last: Some(at(5)) });
        assert_eq!(twice.until(), Some(at(25)), "20 s after the later one");
        assert_eq!(twice.after(&[], &[]), twice);
        assert_eq!(twice.after(&[at(8)], &[]), BackOff::default());
        assert_eq!(twice.after(&[at(8)], &[at(7), at(9)]), BackOff { failures: 1, last: Some(at(9)) });
        assert_eq!(twice.after(&[at(8)], &[at(8)]).until(), None);
    }

    #[test]
    fn a_pod_without_an_end_finished_when_its_deletion_was_asked_for() {
        let pod = |status: Value, deleted: bool| -> Pod {
            let mut pod = json!({"metadata": {"name": "a", "creationTimestamp": SimTime(1_000).to_time()}, "status": status});
            if deleted {
                pod["metadata"]["deletionTimestamp"] = json!(SimTime(60_000).to_time());
                pod["metadata"]["deletionGracePeriodSeconds"] = json!(30);
            }
            serde_json::from_value(pod).unwrap()
        };
        let seconds = |pod: &Pod| finished_at(pod).0 / 1000;
        let running = json!({"containerStatuses": [{"name": "a", "image": "", "imageID": "", "ready": true,
            "restartCount": 0, "state": {"running": {}}}]});
        assert_eq!(seconds(&pod(running.clone(), false)), 1);
        assert_eq!(seconds(&pod(running, true)), 30);
        let unready = json!({"conditions": [{"type": "Ready", "status": "False",
            "lastTransitionTime": SimTime(40_000).to_time()}]});
        assert_eq!(seconds(&pod(unready, true)), 40);
        let ended = json!({"containerStatuses": [{"name": "a", "image": "", "imageID": "", "ready": false,
            "restartCount": 0, "state": {"terminated": {"exitCode": 1, "finishedAt": SimTime(50_000).to_time()}}}]});
        assert_eq!(seconds(&pod(ended, true)), 50);
    }
}
