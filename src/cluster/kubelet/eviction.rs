//! Eviction for want of memory, disk, inodes or process numbers on a Node: who goes, and what is said.
//!
//! Looked at every ten seconds, at most one Pod each time. Source: `pkg/kubelet/eviction` (`eviction_manager.go`,
//! `helpers.go`). Pods that the Node cannot do without (priority of `system-cluster-critical` or more) are spared. Pod
//! disruption budgets are not asked.

use super::pressure::{Condition, Shortage, resource};
use crate::cluster::clock::{Millis, SimTime};
use crate::cluster::machine::Watched;
use crate::cluster::quantity::Quantity;
use crate::cluster::taint::{NO_SCHEDULE, tolerates, tolerations};
use k8s_openapi::api::core::v1::{Pod, PodCondition, Taint};
use std::cmp::Reverse;

/// How long the Node's condition stays after the shortage was last seen (`evictionPressureTransitionPeriod`).
const HOLD: Millis = Millis::mins(5);
/// Pods of this priority or more are not evicted (`scheduling.SystemCriticalPriority`).
const CRITICAL: i32 = 2_000_000_000;
/// The taint of a Node that is short of memory.
const MEMORY_PRESSURE: &str = "node.kubernetes.io/memory-pressure";

/// Whether a Node still shows its condition, when the shortage was last seen then.
pub(super) fn still_shows(last_seen: Option<SimTime>, now: SimTime) -> bool {
    last_seen.is_some_and(|seen| now.since(seen) < HOLD)
}

/// A Pod that may be evicted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Candidate<K> {
    /// Which.
    pub(super) key: K,
    /// Its priority.
    pub(super) priority: i32,
    /// What it asked for of what is short.
    pub(super) request: i64,
    /// What it uses of that.
    pub(super) usage: i64,
}

/// Whom to evict: who uses more than asked for before who does not, then the lower priority, then whoever uses the most
/// above what was asked for. Process numbers cannot be asked for, so that priority comes first. Of equals the first, in
/// order of key.
pub(super) fn victim<K: Ord>(
    watched: Watched,
    candidates: impl Iterator<Item = Candidate<K>>,
) -> Option<Candidate<K>> {
    let asks = watched != Watched::Pids;
    candidates.filter(|one| one.priority < CRITICAL).min_by(|a, b| {
        let rank = |one: &Candidate<K>| {
            (asks && one.usage <= one.request, one.priority, Reverse(one.usage - one.request))
        };
        rank(a).cmp(&rank(b)).then_with(|| a.key.cmp(&b.key))
    })
}

/// What an evicted Pod's status says. `containers`: name, use and request in bytes, of those that use more than they
/// asked for.
pub(super) fn message(shortage: &Shortage, containers: &[(&str, i64, i64)]) -> String {
    let resource = resource(shortage.watched);
    let available = match shortage.watched {
        Watched::Memory | Watched::Disk | Watched::ImageDisk => bytes(shortage.room.available),
        Watched::Inodes | Watched::ImageInodes | Watched::Pids => decimal(shortage.room.available),
    };
    let mut message = format!(
        "The node was low on resource: {resource}. Threshold quantity: {}, available: {available}. ",
        bytes(shortage.least),
    );
    for (name, usage, request) in containers {
        message += &format!(
            "Container {name} was using {}, request is {}, has larger consumption of {resource}. ",
            bytes(*usage),
            bytes(*request)
        );
    }
    message
}

/// Why a Pod is refused while its Node shows these conditions: under memory pressure alone those who asked for nothing and
/// do not tolerate it, else all.
pub(super) fn refusal(pod: &Pod, shows: &[Condition]) -> Option<String> {
    let critical = pod.spec.as_ref().and_then(|spec| spec.priority).unwrap_or(0) >= CRITICAL;
    if shows.is_empty() || critical {
        return None;
    }
    if *shows == [Condition::Memory] {
        let status = pod.status.as_ref();
        let best_effort = status.and_then(|status| status.qos_class.as_deref()) == Some("BestEffort");
        let taint =
            Taint { key: MEMORY_PRESSURE.to_owned(), effect: NO_SCHEDULE.to_owned(), ..Taint::default() };
        if !best_effort || tolerations(pod).iter().any(|toleration| tolerates(toleration, &taint)) {
            return None;
        }
    }
    let shows: Vec<&str> = shows.iter().map(|condition| condition.words().condition).collect();
    Some(format!("The node had condition: [{}]. ", shows.join(" ")))
}

/// The condition of a Pod that the kubelet evicts.
pub(super) fn disruption_target(message: &str, generation: Option<i64>, now: SimTime) -> PodCondition {
    PodCondition {
        type_: "DisruptionTarget".to_owned(),
        status: "True".to_owned(),
        reason: Some("TerminationByKubelet".to_owned()),
        message: Some(message.to_owned()),
        last_transition_time: Some(now.to_time()),
        observed_generation: generation,
        ..PodCondition::default()
    }
}

/// An amount of bytes as Kubernetes writes it: `100Mi`.
pub(super) fn bytes(amount: i64) -> String {
    if amount % 1024 == 0 {
        Quantity::parse(&format!("{}Ki", amount / 1024))
            .map_or_else(|_| amount.to_string(), |q| q.to_string())
    } else {
        amount.to_string()
    }
}

/// A number as Kubernetes writes it: `3k`.
fn decimal(amount: i64) -> String {
    Quantity::parse(&amount.to_string()).map_or_else(|_| amount.to_string(), |q| q.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::kubelet::pressure::Room;
    use serde_json::json;

    const MI: i64 = 1024 * 1024;

    fn candidate(key: &'static str, priority: i32, request: i64, usage: i64) -> Candidate<&'static str> {
        Candidate { key, priority, request: request * MI, usage: usage * MI }
    }

    fn order(watched: Watched, mut left: Vec<Candidate<&'static str>>) -> Vec<&'static str> {
        let mut order = Vec::new();
        while let Some(next) = victim(watched, left.iter().cloned()) {
            left.retain(|one| one.key != next.key);
            order.push(next.key);
        }
        order
    }

    #[test]
    fn who_uses_more_than_asked_for_goes_first_then_the_lower_priority_then_the_larger_excess() {
        let all = vec![
            candidate("guaranteed", 0, 500, 500),
            candidate("best-effort", 0, 0, 100),
            candidate("burstable, over by 300", 0, 100, 400),
            candidate("important, over by 900", 100, 0, 900),
            candidate("unimportant, within", -5, 200, 100),
            candidate("critical", CRITICAL, 0, 2000),
        ];
        let expected = [
            "burstable, over by 300",
            "best-effort",
            "important, over by 900",
            "unimportant, within",
            "guaranteed",
        ];
        assert_eq!(order(Watched::Memory, all.clone()), expected);
        assert_eq!(order(Watched::Disk, all), expected);
    }

    #[test]
    fn for_process_numbers_priority_comes_first() {
        let all = vec![
            candidate("important, many", 100, 0, 900),
            candidate("few", 0, 0, 1),
            candidate("many", 0, 0, 20),
            candidate("unimportant, none", -5, 0, 0),
        ];
        assert_eq!(order(Watched::Pids, all), ["unimportant, none", "many", "few", "important, many"]);
    }

    #[test]
    fn an_evicted_pod_says_what_was_short_and_who_used_too_much() {
        let shortage = |watched, least, available| Shortage {
            watched,
            least,
            room: Room { capacity: 8192 * MI, available },
        };
        assert_eq!(
            message(&shortage(Watched::Memory, 100 * MI, 80 * MI), &[("app", 400 * MI, 100 * MI)]),
            "The node was low on resource: memory. Threshold quantity: 100Mi, available: 80Mi. Container app was using \
             400Mi, request is 100Mi, has larger consumption of memory. "
        );
        assert_eq!(
            message(&shortage(Watched::ImageDisk, 16_106_128_000, 12 * 1024 * MI), &[("app", 2048 * MI, 0)]),
            "The node was low on resource: ephemeral-storage. Threshold quantity: 16106128000, available: 12Gi. \
             Container app was using 2Gi, request is 0, has larger consumption of ephemeral-storage. "
        );
        assert_eq!(
            message(&shortage(Watched::Pids, 3276, 2000), &[]),
            "The node was low on resource: pids. Threshold quantity: 3276, available: 2k. "
        );
    }

    #[test]
    fn under_memory_pressure_only_pods_that_asked_for_nothing_are_refused_and_else_all() {
        let pod = |class: &str, tolerations: serde_json::Value| -> Pod {
            serde_json::from_value(json!({
                "spec": {"containers": [], "tolerations": tolerations}, "status": {"qosClass": class}
            }))
            .unwrap()
        };
        let tolerant = json!([{"key": MEMORY_PRESSURE, "operator": "Exists", "effect": "NoSchedule"}]);
        let (memory, disk) = (Condition::Memory, Condition::Disk);
        for (class, tolerations, shows, refused) in [
            ("BestEffort", json!([]), vec![memory], Some("The node had condition: [MemoryPressure]. ")),
            ("BestEffort", tolerant.clone(), vec![memory], None),
            ("Burstable", json!([]), vec![memory], None),
            ("Guaranteed", json!([]), vec![disk], Some("The node had condition: [DiskPressure]. ")),
            (
                "Burstable",
                tolerant,
                vec![memory, Condition::Pids],
                Some("The node had condition: [MemoryPressure PIDPressure]. "),
            ),
            ("BestEffort", json!([]), vec![], None),
        ] {
            assert_eq!(refusal(&pod(class, tolerations), &shows).as_deref(), refused, "{class} {shows:?}");
        }
    }
}
