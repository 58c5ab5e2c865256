//! Eviction for want of memory or disk on a Node.
//!
//! Looked at every ten seconds, at most one Pod each time. Source: `pkg/kubelet/eviction` (`eviction_manager.go`,
//! `helpers.go`); defaults: `pkg/kubelet/apis/config/v1beta1/defaults_linux.go`. Pods that the Node cannot do without
//! (priority of `system-cluster-critical` or more) are spared. Pod disruption budgets are not asked.

use crate::cluster::clock::{Millis, SimTime};
use crate::cluster::engine::Pressure;
use crate::cluster::quantity::Quantity;
use k8s_openapi::api::core::v1::{Pod, PodCondition};
use std::cmp::Reverse;

/// `memory.available` below this is too little.
const LEAST_MEMORY: i64 = 100 * 1024 * 1024;
/// `nodefs.available` below this part of the disk, in per cent, is too little.
const LEAST_DISK_PERCENT: i64 = 10;
/// The disk of a Node that does not say how large it is: 100 GiB.
const DISK: i64 = 100 * 1024 * 1024 * 1024;
/// How long the Node's condition stays after the shortage was last seen (`evictionPressureTransitionPeriod`).
const HOLD: Millis = Millis::mins(5);
/// Pods of this priority or more are not evicted (`scheduling.SystemCriticalPriority`).
const CRITICAL: i32 = 2_000_000_000;

/// What there is of memory or disk on a Node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Room {
    /// In all, in bytes.
    pub(super) capacity: i64,
    /// Free, in bytes.
    pub(super) available: i64,
}

/// Names of one resource in conditions and Events.
pub(super) struct Words {
    /// The Node's condition.
    pub(super) condition: &'static str,
    /// Its reasons when False and when True, and what the kubelet says with them.
    pub(super) reasons: [(&'static str, &'static str); 2],
    /// The reasons of the Node's Events when the condition changes to False and to True.
    pub(super) events: [&'static str; 2],
    /// The resource as messages name it.
    pub(super) resource: &'static str,
}

/// How each shortage is spoken of.
pub(super) const fn words(pressure: Pressure) -> Words {
    match pressure {
        Pressure::Memory => Words {
            condition: "MemoryPressure",
            reasons: [
                ("KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
                ("KubeletHasInsufficientMemory", "kubelet has insufficient memory available"),
            ],
            events: ["NodeHasSufficientMemory", "NodeHasInsufficientMemory"],
            resource: "memory",
        },
        Pressure::Disk => Words {
            condition: "DiskPressure",
            reasons: [
                ("KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
                ("KubeletHasDiskPressure", "kubelet has disk pressure"),
            ],
            events: ["NodeHasNoDiskPressure", "NodeHasDiskPressure"],
            resource: "ephemeral-storage",
        },
    }
}

/// What the processes outside the simulated containers use of a Node, as the timeline has set it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Outside {
    /// Memory in bytes.
    pub(super) memory: i64,
    /// Disk in per cent.
    pub(super) disk_percent: i64,
}

impl Outside {
    /// A resource is now this full in all, of which `used` bytes are the containers'.
    pub(super) fn fill(&mut self, pressure: Pressure, percent: i64, capacity: i64, used: i64) {
        match pressure {
            Pressure::Memory => self.memory = (capacity / 100 * percent - used).max(0),
            Pressure::Disk => self.disk_percent = percent,
        }
    }

    /// What is left of a resource if the containers use `used` bytes of memory.
    pub(super) fn room(self, pressure: Pressure, capacity: i64, used: i64) -> Room {
        match pressure {
            Pressure::Memory => Room { capacity, available: (capacity - self.memory - used).max(0) },
            Pressure::Disk => {
                let capacity = if capacity > 0 { capacity } else { DISK };
                Room { capacity, available: capacity / 100 * (100 - self.disk_percent).max(0) }
            }
        }
    }
}

impl Room {
    /// The least that must be free.
    pub(super) fn threshold(self, pressure: Pressure) -> i64 {
        match pressure {
            Pressure::Memory => LEAST_MEMORY,
            Pressure::Disk => self.capacity / 100 * LEAST_DISK_PERCENT,
        }
    }

    /// Whether too little is free.
    pub(super) fn is_short(self, pressure: Pressure) -> bool {
        self.available < self.threshold(pressure)
    }
}

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
    /// What it asked for of the resource, in bytes.
    pub(super) request: i64,
    /// What it uses, in bytes.
    pub(super) usage: i64,
}

/// Whom to evict: who uses more than asked for before who does not, then the lower priority, then whoever uses the most
/// above what was asked for. Of equals the first, in order of key.
pub(super) fn victim<K: Ord>(candidates: impl Iterator<Item = Candidate<K>>) -> Option<Candidate<K>> {
    candidates.filter(|one| one.priority < CRITICAL).min_by(|a, b| {
        let rank =
            |one: &Candidate<K>| (one.usage <= one.request, one.priority, Reverse(one.usage - one.request));
        rank(a).cmp(&rank(b)).then_with(|| a.key.cmp(&b.key))
    })
}

/// What an evicted Pod's status says. `containers`: name, use and request in bytes, of those that use more than they
/// asked for.
pub(super) fn message(pressure: Pressure, room: Room, containers: &[(&str, i64, i64)]) -> String {
    let resource = words(pressure).resource;
    let mut message = format!(
        "The node was low on resource: {resource}. Threshold quantity: {}, available: {}. ",
        bytes(room.threshold(pressure)),
        bytes(room.available)
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

/// Why a Pod is refused while its Node is short of something: under memory pressure those who asked for nothing, under
/// disk pressure all.
pub(super) fn refusal(pod: &Pod, memory: bool, disk: bool) -> Option<String> {
    let critical = pod.spec.as_ref().and_then(|spec| spec.priority).unwrap_or(0) >= CRITICAL;
    let status = pod.status.as_ref();
    let best_effort = status.and_then(|status| status.qos_class.as_deref()) == Some("BestEffort");
    let shows = match (memory && best_effort, disk) {
        _ if critical => return None,
        (_, true) => "DiskPressure",
        (true, false) => "MemoryPressure",
        (false, false) => return None,
    };
    Some(format!("The node had condition: [{shows}]. "))
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
fn bytes(amount: i64) -> String {
    if amount % 1024 == 0 {
        Quantity::parse(&format!("{}Ki", amount / 1024))
            .map_or_else(|_| amount.to_string(), |q| q.to_string())
    } else {
        amount.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MI: i64 = 1024 * 1024;

    #[test]
    fn who_uses_more_than_asked_for_goes_first_then_the_lower_priority_then_the_larger_excess() {
        let candidate = |key, priority, request: i64, usage: i64| Candidate {
            key,
            priority,
            request: request * MI,
            usage: usage * MI,
        };
        let order = |mut left: Vec<Candidate<&'static str>>| {
            let mut order = Vec::new();
            while let Some(next) = victim(left.iter().cloned()) {
                left.retain(|one| one.key != next.key);
                order.push(next.key);
            }
            order
        };
        let all = vec![
            candidate("guaranteed", 0, 500, 500),
            candidate("best-effort", 0, 0, 100),
            candidate("burstable, over by 300", 0, 100, 400),
            candidate("important, over by 900", 100, 0, 900),
            candidate("unimportant, within", -5, 200, 100),
            candidate("critical", CRITICAL, 0, 2000),
        ];
        assert_eq!(
            order(all),
            [
                "burstable, over by 300",
                "best-effort",
                "important, over by 900",
                "unimportant, within",
                "guaranteed"
            ]
        );
    }

    #[test]
    fn the_thresholds_are_100_mebibytes_of_memory_and_a_tenth_of_the_disk() {
        let mut outside = Outside::default();
        outside.fill(Pressure::Memory, 98, 8192 * MI, 1000 * MI);
        let room = outside.room(Pressure::Memory, 8192 * MI, 1000 * MI);
        assert!(!room.is_short(Pressure::Memory), "164 MiB are free");
        outside.fill(Pressure::Memory, 99, 8192 * MI, 1000 * MI);
        assert!(outside.room(Pressure::Memory, 8192 * MI, 1000 * MI).is_short(Pressure::Memory));
        assert!(
            !outside.room(Pressure::Memory, 8192 * MI, 0).is_short(Pressure::Memory),
            "the containers are gone"
        );
        outside.fill(Pressure::Disk, 90, 0, 0);
        assert!(!outside.room(Pressure::Disk, 0, 0).is_short(Pressure::Disk));
        outside.fill(Pressure::Disk, 91, 0, 0);
        assert!(outside.room(Pressure::Disk, 0, 0).is_short(Pressure::Disk));
    }

    #[test]
    fn an_evicted_pod_says_what_was_short_and_who_used_too_much() {
        let room = Room { capacity: 8192 * MI, available: 80 * MI };
        assert_eq!(
            message(Pressure::Memory, room, &[("app", 400 * MI, 100 * MI)]),
            "The node was low on resource: memory. Threshold quantity: 100Mi, available: 80Mi. Container app was using \
             400Mi, request is 100Mi, has larger consumption of memory. "
        );
    }
}
