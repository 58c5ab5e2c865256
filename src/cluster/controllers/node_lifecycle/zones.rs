//! How fast Nodes are cleared, zone by zone.
//!
//! A zone is in one of three states: normal, partly down, wholly down. Nodes to be cleared wait in their zone's queue,
//! which lets one pass every so often. Source: `node_lifecycle_controller.go` (`handleDisruption`, `ComputeZoneState`).

use crate::cluster::clock::{Millis, SimTime};
use k8s_openapi::api::core::v1::Node;
use std::collections::{BTreeMap, VecDeque};

/// One Node per 10 s (`--node-eviction-rate` 0.1); the first at once.
const PERIOD: Millis = Millis::secs(10);
/// One Node per 100 s in a large zone that is partly down (`--secondary-node-eviction-rate` 0.01).
const SLOW_PERIOD: Millis = Millis::secs(100);
/// A zone of more Nodes than this is large (`--large-cluster-size-threshold`).
const LARGE: usize = 50;
/// A zone is partly down when this part of it is, in per cent (`--unhealthy-zone-threshold` 0.55)...
const UNHEALTHY_PERCENT: usize = 55;
/// ... and more Nodes than this are.
const FEW: usize = 2;

/// A zone: the region and zone labels of its Nodes; empty for Nodes that have none.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Zone(String, String);

impl Zone {
    /// The zone of a Node.
    pub(super) fn of(node: &Node) -> Zone {
        let label = |key: &str| node.metadata.labels.as_ref().and_then(|l| l.get(key)).cloned();
        Zone(
            label("topology.kubernetes.io/region").unwrap_or_default(),
            label("topology.kubernetes.io/zone").unwrap_or_default(),
        )
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Health {
    #[default]
    Normal,
    PartlyDown,
    Down,
}

impl Health {
    fn of(ready: &[bool]) -> Health {
        let down = ready.iter().filter(|ready| !**ready).count();
        if down == ready.len() && down > 0 {
            Health::Down
        } else if down > FEW && down * 100 >= ready.len() * UNHEALTHY_PERCENT {
            Health::PartlyDown
        } else {
            Health::Normal
        }
    }

    /// How often a Node may pass; never in a small zone that is partly down.
    fn period(self, size: usize) -> Option<Millis> {
        match self {
            Health::Normal | Health::Down => Some(PERIOD),
            Health::PartlyDown => (size > LARGE).then_some(SLOW_PERIOD),
        }
    }
}

#[derive(Debug)]
struct ZoneState {
    health: Health,
    /// Nodes that wait to be cleared, the first one first.
    queue: VecDeque<String>,
    period: Option<Millis>,
    /// When the next one may pass.
    free_at: SimTime,
}

impl Default for ZoneState {
    fn default() -> ZoneState {
        ZoneState {
            health: Health::Normal,
            queue: VecDeque::new(),
            period: Some(PERIOD),
            free_at: SimTime::ZERO,
        }
    }
}

impl ZoneState {
    /// Another rate; if one would have to wait now, one has to wait then too (`SwapLimiter`).
    fn set_period(&mut self, now: SimTime, period: Option<Millis>) {
        if self.period == period {
            return;
        }
        let waits = self.period.is_none() || now < self.free_at;
        if let Some(period) = period {
            self.free_at = if waits { now + period } else { now };
        }
        self.period = period;
    }
}

/// What has changed for the cluster as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shift {
    /// Nothing.
    None,
    /// Now every zone is wholly down: nobody is cleared any more, and nobody has to leave.
    AllFail,
    /// Not every zone is wholly down any more: everybody's grace begins anew.
    AllFailedBefore,
}

/// All zones.
#[derive(Debug, Default)]
pub(super) struct Zones(BTreeMap<Zone, ZoneState>);

impl Zones {
    /// Takes note of which Nodes of which zone are ready.
    pub(super) fn update(&mut self, now: SimTime, ready: &BTreeMap<Zone, Vec<bool>>) -> Shift {
        self.0.retain(|zone, state| ready.contains_key(zone) || !state.queue.is_empty());
        let all_failed = !self.0.is_empty() && self.0.values().all(|state| state.health == Health::Down);
        let all_fail = !ready.is_empty() && ready.values().all(|nodes| Health::of(nodes) == Health::Down);
        for (zone, nodes) in ready {
            let state = self.0.entry(zone.clone()).or_default();
            let health = Health::of(nodes);
            if all_fail {
                state.health = Health::Down;
                state.set_period(now, None);
            } else if all_failed || state.health != health {
                state.health = health;
                state.set_period(now, health.period(nodes.len()));
            }
        }
        match (all_failed, all_fail) {
            (false, true) => Shift::AllFail,
            (true, false) => Shift::AllFailedBefore,
            (true, true) | (false, false) => Shift::None,
        }
    }

    /// A Node is to be cleared.
    pub(super) fn queue(&mut self, zone: Zone, node: &str) {
        let queue = &mut self.0.entry(zone).or_default().queue;
        if !queue.iter().any(|name| name == node) {
            queue.push_back(node.to_owned());
        }
    }

    /// A Node is gone, or well.
    pub(super) fn forget(&mut self, node: &str) {
        self.0.values_mut().for_each(|state| state.queue.retain(|name| name != node));
    }

    /// When the next Node may pass; `None` if none waits, or none may.
    pub(super) fn next_turn(&self) -> Option<SimTime> {
        let waiting = self.0.values().filter(|state| !state.queue.is_empty() && state.period.is_some());
        waiting.map(|state| state.free_at).min()
    }

    /// The Nodes that may pass now.
    pub(super) fn take(&mut self, now: SimTime) -> Vec<String> {
        let mut passing = Vec::new();
        for state in self.0.values_mut() {
            if let Some(period) = state.period
                && now >= state.free_at
                && let Some(node) = state.queue.pop_front()
            {
                state.free_at = now + period;
                passing.push(node);
            }
        }
        passing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ready(up: usize, down: usize) -> Vec<bool> {
        [vec![true; up], vec![false; down]].concat()
    }

    #[test]
    fn a_zone_is_partly_down_from_three_nodes_and_55_percent() {
        for (up, down, health) in [
            (1, 2, Health::Normal),      // 67 %, but only two
            (2, 3, Health::PartlyDown),  // 60 %
            (3, 3, Health::Normal),      // 50 %
            (9, 11, Health::PartlyDown), // 55 % exactly
            (0, 1, Health::Down),
            (0, 5, Health::Down),
            (5, 0, Health::Normal),
        ] {
            assert_eq!(Health::of(&ready(up, down)), health, "{up} up, {down} down");
        }
    }

    #[test]
    fn one_node_passes_at_once_and_one_every_ten_seconds() {
        let mut zones = Zones::default();
        zones.queue(Zone::default(), "a");
        zones.queue(Zone::default(), "b");
        assert_eq!(zones.take(SimTime(55_000)), ["a"]);
        assert!(zones.take(SimTime(64_900)).is_empty());
        assert_eq!(zones.next_turn(), Some(SimTime(65_000)));
        assert_eq!(zones.take(SimTime(65_000)), ["b"]);
    }

    #[test]
    fn a_small_zone_that_is_partly_down_lets_nobody_pass_and_a_large_one_few() {
        let mut zones = Zones::default();
        zones.queue(Zone::default(), "a");
        zones.update(SimTime(0), &BTreeMap::from([(Zone::default(), ready(2, 3))]));
        assert!(zones.take(SimTime(1_000_000)).is_empty());
        assert_eq!(zones.next_turn(), None);
        let mut zones = Zones::default();
        zones.queue(Zone::default(), "a");
        zones.queue(Zone::default(), "b");
        zones.update(SimTime(0), &BTreeMap::from([(Zone::default(), ready(22, 33))]));
        assert_eq!(zones.take(SimTime(0)), ["a"]);
        assert_eq!(zones.next_turn(), Some(SimTime(100_000)));
    }

    #[test]
    fn when_every_zone_is_down_nobody_passes_until_one_is_not() {
        let one = |up, down| BTreeMap::from([(Zone::default(), ready(up, down))]);
        let mut zones = Zones::default();
        assert_eq!(zones.update(SimTime(0), &one(1, 0)), Shift::None);
        zones.queue(Zone::default(), "a");
        assert_eq!(zones.update(SimTime(55_000), &one(0, 1)), Shift::AllFail);
        assert_eq!(zones.update(SimTime(60_000), &one(0, 1)), Shift::None);
        assert!(zones.take(SimTime(60_000)).is_empty());
        assert_eq!(zones.update(SimTime(65_000), &one(1, 0)), Shift::AllFailedBefore);
    }
}
