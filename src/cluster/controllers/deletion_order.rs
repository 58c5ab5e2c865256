//! Which Pods go first when there are too many: several steps, of which the first difference decides.
//!
//! A ReplicaSet compares ages by the power of two of their nanoseconds only, and equal ones by uid, which nobody chooses: so
//! that it is not always the youngest that go, and failures spread; and it looks at costs and crowded Nodes. A Job lets whoever
//! has done least go. Source: `pkg/controller/controller_utils.go` (`ActivePodsWithRanks`, `ActivePods`), docs "ReplicaSet"
//! (scaling, Pod deletion cost).

use crate::cluster::clock::SimTime;
use crate::cluster::controllers::pods::{is_active, node_name, phase, ready_since};
use crate::cluster::object::Resource;
use crate::cluster::sidecar;
use k8s_openapi::api::core::v1::Pod;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

const DELETION_COST: &str = "controller.kubernetes.io/pod-deletion-cost";

/// What decides about one Pod.
struct Candidate<'a> {
    pod: &'a Arc<Pod>,
    bound: bool,
    phase: u8,
    ready: Option<SimTime>,
    cost: i32,
    /// Active Pods of the same family on its Node, itself included.
    related: usize,
    restarts: i32,
    sidecar_restarts: i32,
    created: SimTime,
}

/// The Pods in the order in which they would go. `related` are the Pods of all sets of the same owner.
pub(super) fn sorted<'a>(
    pods: &'a [Arc<Pod>],
    related: impl Iterator<Item = &'a Pod>,
    now: SimTime,
) -> Vec<&'a Arc<Pod>> {
    let mut on_node: BTreeMap<Option<&str>, usize> = BTreeMap::new();
    for pod in related.filter(|pod| is_active(pod)) {
        *on_node.entry(node_name(pod)).or_default() += 1;
    }
    let mut candidates: Vec<Candidate<'_>> = pods
        .iter()
        .map(|pod| Candidate {
            pod,
            bound: node_name(pod).is_some(),
            phase: phase_rank(pod),
            ready: ready_since(pod),
            cost: deletion_cost(pod),
            related: on_node.get(&node_name(pod)).copied().unwrap_or(0),
            restarts: max_restarts(pod, false),
            sidecar_restarts: max_restarts(pod, true),
            created: pod.metadata.creation_timestamp.as_ref().map_or(SimTime(i64::MAX), SimTime::from_time),
        })
        .collect();
    candidates.sort_by(|a, b| compare(a, b, now));
    candidates.into_iter().map(|candidate| candidate.pod).collect()
}

/// `Less` if `a` goes before `b`.
fn compare(a: &Candidate<'_>, b: &Candidate<'_>, now: SimTime) -> Ordering {
    let by_uid = || a.pod.uid().cmp(b.pod.uid());
    let by_age = |x: SimTime, y: SimTime| match x == y {
        true => Ordering::Equal,
        false => age_bucket(x, now).cmp(&age_bucket(y, now)).then_with(by_uid),
    };
    a.bound
        .cmp(&b.bound)
        .then(a.phase.cmp(&b.phase))
        .then(a.ready.is_some().cmp(&b.ready.is_some()))
        .then(a.cost.cmp(&b.cost))
        .then(b.related.cmp(&a.related))
        .then_with(|| a.ready.zip(b.ready).map_or(Ordering::Equal, |(x, y)| by_age(x, y)))
        .then(b.restarts.cmp(&a.restarts))
        .then(b.sidecar_restarts.cmp(&a.sidecar_restarts))
        .then_with(|| by_age(a.created, b.created))
        // Kubernetes leaves the rest to its map order; here it is the uid again.
        .then_with(by_uid)
}

/// `Less` if `a` goes before `b` where a Job has too many: no Node, then Pending, then not ready, then ready more recently,
/// then restarted more often, then younger (`ActivePods`).
pub(super) fn by_activity(a: &Pod, b: &Pod) -> Ordering {
    let born =
        |pod: &Pod| pod.metadata.creation_timestamp.as_ref().map_or(SimTime(i64::MAX), SimTime::from_time);
    let restarts = |pod: &Pod| (max_restarts(pod, false), max_restarts(pod, true));
    let (ready_a, ready_b) = (ready_since(a), ready_since(b));
    node_name(a)
        .is_some()
        .cmp(&node_name(b).is_some())
        .then(phase_rank(a).cmp(&phase_rank(b)))
        .then(ready_a.is_some().cmp(&ready_b.is_some()))
        .then(ready_b.cmp(&ready_a))
        .then(restarts(b).cmp(&restarts(a)))
        .then(born(b).cmp(&born(a)))
        // Kubernetes leaves the rest to its sort, which keeps no order.
        .then_with(|| a.uid().cmp(b.uid()))
}

fn phase_rank(pod: &Pod) -> u8 {
    match phase(pod) {
        "Pending" => 0,
        "Unknown" => 1,
        _ => 2,
    }
}

/// ⌊log2⌋ of an age in nanoseconds; −1 for none.
fn age_bucket(since: SimTime, now: SimTime) -> i32 {
    let nanos = i128::from(now.0 - since.0.min(now.0)) * 1_000_000;
    u128::try_from(nanos).ok().and_then(u128::checked_ilog2).map_or(-1, |log| log as i32)
}

/// The annotation's number; absent or not a number is 0.
fn deletion_cost(pod: &Pod) -> i32 {
    let annotations = pod.metadata.annotations.as_ref();
    annotations.and_then(|all| all.get(DELETION_COST)).and_then(|cost| cost.parse().ok()).unwrap_or(0)
}

/// The most restarts of any ordinary container, or of any sidecar.
fn max_restarts(pod: &Pod, sidecars: bool) -> i32 {
    let Some(status) = &pod.status else { return 0 };
    let statuses = if sidecars { &status.init_container_statuses } else { &status.container_statuses };
    let is_sidecar =
        |name: &str| pod.spec.iter().flat_map(sidecar::sidecars).any(|container| container.name == name);
    statuses
        .iter()
        .flatten()
        .filter(|status| !sidecars || is_sidecar(&status.name))
        .map(|status| status.restart_count)
        .max()
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const NOW: SimTime = SimTime(1_000_000);

    /// A Running, Ready Pod on a Node of its own, created and ready at `ready` seconds.
    fn pod(name: &str, uid: &str, ready: i64, edit: impl FnOnce(&mut Value)) -> Arc<Pod> {
        let time = serde_json::to_value(SimTime(ready * 1000).to_time()).unwrap();
        let mut pod = json!({
            "metadata": {"name": name, "uid": uid, "creationTimestamp": time},
            "spec": {"nodeName": format!("on-{name}"), "containers": []},
            "status": {"phase": "Running", "conditions": [
                {"type": "Ready", "status": "True", "lastTransitionTime": time}]}
        });
        edit(&mut pod);
        Arc::new(serde_json::from_value(pod).unwrap())
    }

    fn order(pods: &[Arc<Pod>]) -> Vec<&str> {
        sorted(pods, pods.iter().map(Arc::as_ref), NOW).into_iter().map(|pod| pod.name()).collect()
    }

    #[test]
    fn each_step_decides_where_the_steps_before_it_are_equal() {
        let cost = |cost: &str| json!({ DELETION_COST: cost });
        let pods = [
            pod("keeps", "00", 0, |p| p["metadata"]["annotations"] = cost("5")),
            pod("ready-cheap", "01", 0, |p| p["metadata"]["annotations"] = cost("-1")),
            pod("ready", "02", 0, |_| ()),
            pod("not-ready", "03", 0, |p| p["status"]["conditions"][0]["status"] = json!("False")),
            pod("unknown", "04", 0, |p| p["status"]["phase"] = json!("Unknown")),
            pod("pending", "05", 0, |p| p["status"]["phase"] = json!("Pending")),
            pod("unbound", "06", 0, |p| p["spec"]["nodeName"] = Value::Null),
        ];
        assert_eq!(
            order(&pods),
            ["unbound", "pending", "unknown", "not-ready", "ready-cheap", "ready", "keeps"]
        );
    }

    #[test]
    fn of_a_job_s_pods_those_go_first_that_have_done_least() {
        let restarted = |count: i32| {
            move |p: &mut Value| {
                p["status"]["containerStatuses"] = json!([{"name": "app", "image": "", "imageID": "", "ready": true, "restartCount": count}]);
            }
        };
        let pods = [
            pod("old", "00", 100, |_| ()),
            pod("young", "01", 500, |_| ()),
            pod("restarted", "02", 100, restarted(2)),
            // It costs nothing, but a Job does not ask.
            pod("cheap", "03", 90, |p| p["metadata"]["annotations"] = json!({ DELETION_COST: "-1" })),
            pod("not-ready", "04", 0, |p| p["status"]["conditions"][0]["status"] = json!("False")),
            pod("newer", "05", 500, |p| {
                p["status"]["conditions"][0]["status"] = json!("False");
            }),
            pod("pending", "06", 0, |p| p["status"]["phase"] = json!("Pending")),
            pod("unbound", "07", 0, |p| p["spec"]["nodeName"] = Value::Null),
        ];
        let mut sorted = pods.iter().collect::<Vec<_>>();
        sorted.sort_by(|a, b| by_activity(a, b));
        let names: Vec<&str> = sorted.iter().map(|pod| pod.name()).collect();
        assert_eq!(names, ["unbound", "pending", "newer", "not-ready", "young", "restarted", "old", "cheap"]);
    }

    #[test]
    fn a_crowded_node_gives_first() {
        let on = |node: &'static str| move |p: &mut Value| p["spec"]["nodeName"] = json!(node);
        let pods = [pod("a", "00", 0, on("one")), pod("b", "01", 0, on("two")), pod("c", "02", 0, on("two"))];
        assert_eq!(order(&pods), ["b", "c", "a"]);
    }

    #[test]
    fn ages_in_one_power_of_two_are_equal_and_the_uid_decides() {
        // 600 s and 900 s are 2^39 ns and a little more; 400 s is 2^38.5, so it goes before both.
        let pods = [
            pod("old", "bb", 100, |_| ()),
            pod("younger", "cc", 400, |_| ()),
            pod("young", "dd", 600, |_| ()),
        ];
        assert_eq!(age_bucket(SimTime(100_000), NOW), 39);
        assert_eq!(age_bucket(SimTime(400_000), NOW), 39);
        assert_eq!(age_bucket(SimTime(600_000), NOW), 38);
        assert_eq!(order(&pods), ["young", "old", "younger"]);
        assert_eq!(age_bucket(NOW, NOW), -1);
    }

    #[test]
    fn of_pods_ready_at_the_same_second_the_one_with_more_restarts_goes() {
        let restarted = |count: i32| {
            move |p: &mut Value| {
                p["status"]["containerStatuses"] = json!([{"name": "app", "image": "", "imageID": "", "ready": true, "restartCount": count}]);
            }
        };
        let pods = [pod("calm", "00", 10, restarted(1)), pod("shaky", "01", 10, restarted(7))];
        assert_eq!(order(&pods), ["shaky", "calm"]);
    }
}
