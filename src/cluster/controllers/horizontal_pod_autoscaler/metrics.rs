//! What a metrics server would say of a workload's Pods, and which of its samples are fit for use.
//!
//! A scenario's load is that of the whole workload, shared evenly by its ready Pods; without one a container uses what its
//! image does. All amounts are thousandths: of a core, or of a byte.
//!
//! Sources: `pkg/controller/podautoscaler/replica_calculator.go` (`groupPods`, `calculatePodRequests`);
//! metrics-server (`--metric-resolution`).

use super::replicas::{Pods, Sample};
use crate::cluster::clock::{Millis, SimTime};
use crate::cluster::condition::pod_condition;
use crate::cluster::controllers::pods::{is_ready, phase};
use crate::cluster::engine::World;
use crate::cluster::object::Resource;
use crate::cluster::quantity::Quantity;
use crate::cluster::sidecar::sidecars;
use k8s_openapi::api::core::v1::{Container, Pod, ResourceRequirements};
use std::sync::Arc;

/// For so long after its start a Pod's CPU counts only while it is Ready.
const INITIALIZATION: Millis = Millis::secs(300);
/// A Pod that turned not Ready within this time of its start has never been Ready.
const INITIAL_READINESS: Millis = Millis::secs(30);
/// What a sample covers.
const WINDOW: Millis = Millis::secs(15);

/// What is measured.
#[derive(Clone, Copy, Debug)]
pub(super) struct Meter<'a> {
    /// `cpu` or `memory`.
    pub(super) resource: &'a str,
    /// Only this container; all of a Pod's if not said.
    pub(super) container: Option<&'a str>,
    /// CPU of all Pods together, if the scenario says so.
    pub(super) load: Option<i64>,
    /// Whether requests matter.
    pub(super) needs_requests: bool,
}

impl Meter<'_> {
    /// Groups the Pods. An error says why nothing is known, in the words of Kubernetes.
    pub(super) fn read(&self, world: &World, pods: &[Arc<Pod>]) -> Result<Pods, String> {
        let ready = pods.iter().filter(|pod| runs(pod) && is_ready(pod)).count();
        let mut shares = shares(self.load.unwrap_or(0), ready);
        let usages: Vec<Option<i64>> = pods
            .iter()
            .map(|pod| {
                let share = if is_ready(pod) && runs(pod) { shares.next() } else { None };
                self.usage(world, pod, share)
            })
            .collect();
        if usages.iter().all(Option::is_none) {
            let resource = self.resource;
            return Err(format!(
                "unable to get metrics for resource {resource}: no metrics returned from resource metrics API"
            ));
        }
        let mut groups = Pods::default();
        for (pod, usage) in pods.iter().zip(usages) {
            let request = if self.needs_requests { self.request(pod)? } else { 0 };
            if pod.is_deleting() || phase(pod) == "Failed" {
                continue;
            }
            match usage {
                _ if phase(pod) == "Pending" => groups.unready.push(request),
                None => groups.missing.push(request),
                Some(_) if self.resource == "cpu" && is_unfit(pod, world.now) => groups.unready.push(request),
                Some(usage) => groups.ready.push(Sample { usage, request }),
            }
        }
        Ok(groups)
    }

    /// What a Pod uses; `None` if nothing is known. A load is that of the first container.
    fn usage(&self, world: &World, pod: &Pod, share: Option<i64>) -> Option<i64> {
        if !runs(pod) {
            return None;
        }
        let of_image = |container: &Container| {
            let image = world.images.get(container.image.as_deref().unwrap_or(""));
            match self.resource {
                "cpu" => image.cpu,
                "memory" => image.memory.map(|bytes| bytes.saturating_mul(1000)),
                _ => None,
            }
        };
        let containers = pod.spec.iter().flat_map(|spec| &spec.containers).enumerate();
        let known: Vec<i64> = containers
            .filter(|(_, container)| self.container.is_none_or(|name| name == container.name))
            .filter_map(|(index, container)| match self.load {
                Some(_) if self.resource == "cpu" => Some(if index == 0 { share.unwrap_or(0) } else { 0 }),
                _ => of_image(container),
            })
            .collect();
        (!known.is_empty()).then(|| known.into_iter().fold(0, i64::saturating_add))
    }

    /// What a Pod requests; every container must say.
    fn request(&self, pod: &Pod) -> Result<i64, String> {
        let Some(spec) = &pod.spec else { return Ok(0) };
        if let (None, Some(request)) = (self.container, requested(spec.resources.as_ref(), self.resource)) {
            return Ok(request);
        }
        let mut sum = 0;
        for container in spec.containers.iter().chain(sidecars(spec)) {
            if self.container.is_some_and(|name| name != container.name) {
                continue;
            }
            sum += requested(container.resources.as_ref(), self.resource).ok_or_else(|| {
                let (resource, container, pod) = (self.resource, &container.name, pod.name());
                format!("missing request for {resource} in container {container} of Pod {pod}")
            })?;
        }
        Ok(sum)
    }
}

/// An amount in equal parts; what is left over goes to the first ones, so that the sum is right.
pub(super) fn shares(whole: i64, parts: usize) -> impl Iterator<Item = i64> {
    let parts = i64::try_from(parts).unwrap_or(i64::MAX).max(1);
    (0..parts).map(move |index| whole / parts + i64::from(index < whole % parts))
}

fn requested(resources: Option<&ResourceRequirements>, name: &str) -> Option<i64> {
    Quantity::parse(&resources?.requests.as_ref()?.get(name)?.0).ok().map(Quantity::milli)
}

/// At work, and not about to go.
pub(super) fn runs(pod: &Pod) -> bool {
    phase(pod) == "Running" && !pod.is_deleting()
}

/// Whether a Pod's CPU sample says nothing yet: a young Pod must be Ready, and so for the whole sample; an older one must
/// have been Ready at least once.
fn is_unfit(pod: &Pod, now: SimTime) -> bool {
    let start = pod.status.as_ref().and_then(|status| status.start_time.as_ref());
    let (Some(start), Some(ready)) = (start, pod_condition(pod, "Ready")) else { return true };
    let start = SimTime::from_time(start);
    let since = ready.last_transition_time.as_ref().map_or(start, SimTime::from_time);
    let is_unready = ready.status == "False";
    if start + INITIALIZATION > now {
        is_unready || now < since + WINDOW
    } else {
        is_unready && start + INITIAL_READINESS > since
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_load_is_shared_without_loss() {
        assert_eq!(shares(400, 3).collect::<Vec<_>>(), [134, 133, 133]);
    }

    #[test]
    fn a_young_pod_must_be_ready_for_a_whole_sample_and_an_old_one_have_been_so_once() {
        let pod = |ready: &str, since: i64| -> Pod {
            serde_json::from_value(json!({"status": {"startTime": SimTime(0).to_time(), "conditions": [
                {"type": "Ready", "status": ready, "lastTransitionTime": SimTime(since * 1000).to_time()}]}}))
            .unwrap()
        };
        for (ready, since, now, unfit) in [
            ("True", 10, 24, true),
            ("True", 10, 25, false),
            ("False", 100, 200, true),
            ("False", 100, 300, false),
            ("False", 29, 300, true),
            ("False", 30, 300, false),
        ] {
            let found = is_unfit(&pod(ready, since), SimTime(now * 1000));
            assert_eq!(found, unfit, "{ready} since {since} s, at {now} s");
        }
        assert!(is_unfit(&Pod::default(), SimTime(0)));
    }
}
