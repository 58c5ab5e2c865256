//! What controllers look at in a Pod.
//!
//! Sources: `pkg/controller/controller_utils.go` (`IsPodActive`, `IsPodTerminating`), `pkg/api/v1/pod/util.go`
//! (`IsPodReady`, `IsPodAvailable`).

use crate::cluster::clock::{Millis, SimTime};
use crate::cluster::condition::{is_finished, pod_condition, pod_is};
use crate::cluster::object::Resource;
use k8s_openapi::api::core::v1::Pod;

/// The phase; Pending where nobody has said anything yet.
pub(super) fn phase(pod: &Pod) -> &str {
    pod.status.as_ref().and_then(|status| status.phase.as_deref()).unwrap_or("Pending")
}

/// Neither finished nor being deleted: such a Pod counts as a replica.
pub(super) fn is_active(pod: &Pod) -> bool {
    !is_finished(pod) && !pod.is_deleting()
}

/// Being deleted, and its containers may still run.
pub(super) fn is_terminating(pod: &Pod) -> bool {
    !is_finished(pod) && pod.is_deleting()
}

/// Whether its condition Ready is True.
pub(super) fn is_ready(pod: &Pod) -> bool {
    pod_is(pod, "Ready")
}

/// Since when it has been Ready.
pub(super) fn ready_since(pod: &Pod) -> Option<SimTime> {
    let ready = pod_condition(pod, "Ready").filter(|condition| condition.status == "True")?;
    Some(ready.last_transition_time.as_ref().map_or(SimTime::ZERO, SimTime::from_time))
}

/// From when on it counts as available: Ready for `minReadySeconds` without a break.
pub(super) fn available_from(pod: &Pod, min_ready: Millis) -> Option<SimTime> {
    ready_since(pod).map(|since| since + min_ready)
}

/// Whether it counts as available.
pub(super) fn is_available(pod: &Pod, min_ready: Millis, now: SimTime) -> bool {
    available_from(pod, min_ready).is_some_and(|from| from <= now)
}

/// The next moment at which one of these Pods becomes available just by waiting.
pub(super) fn next_available<'a>(
    pods: impl IntoIterator<Item = &'a Pod>,
    min_ready: Millis,
    now: SimTime,
) -> Option<SimTime> {
    pods.into_iter().filter_map(|pod| available_from(pod, min_ready)).filter(|from| *from > now).min()
}

/// The Node that it is bound to.
pub(super) fn node_name(pod: &Pod) -> Option<&str> {
    pod.spec.as_ref()?.node_name.as_deref().filter(|name| !name.is_empty())
}

/// `minReadySeconds` of a workload.
pub(super) fn min_ready(seconds: Option<i32>) -> Millis {
    Millis::secs(i64::from(seconds.unwrap_or(0)))
}

/// A count as the API writes it: zero is left out.
pub(super) fn unless_zero(count: i32) -> Option<i32> {
    (count != 0).then_some(count)
}

/// How many there are, as the API counts.
pub(super) fn count<T>(of: impl IntoIterator<Item = T>) -> i32 {
    i32::try_from(of.into_iter().count()).unwrap_or(i32::MAX)
}
