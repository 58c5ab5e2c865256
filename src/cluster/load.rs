//! The CPU that a workload's Pods use in all, as a scenario's `load` says it: what a metrics server would measure.

use super::clock::{Millis, SimTime};
use super::object::{Key, Kind};
use std::collections::BTreeMap;

/// The loads of all workloads.
#[derive(Clone, Debug, Default)]
pub struct Loads(BTreeMap<(Kind, Key), Ramp>);

/// An amount that goes evenly from one to another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ramp {
    from: i64,
    to: i64,
    start: SimTime,
    over: Millis,
}

impl Ramp {
    /// From `start` on from one amount to another, within `over`.
    pub(super) fn new(from: i64, to: i64, start: SimTime, over: Millis) -> Ramp {
        Ramp { from, to, start, over }
    }

    /// The amount at a moment.
    pub(super) fn at(&self, now: SimTime) -> i64 {
        let passed = now.since(self.start).0;
        if passed >= self.over.0 {
            return self.to;
        }
        let (from, to) = (i128::from(self.from), i128::from(self.to));
        i64::try_from(from + (to - from) * i128::from(passed) / i128::from(self.over.0)).unwrap_or(self.to)
    }
}

impl Loads {
    /// From `now` on a workload's load goes to `cpu` (thousandths of a core, all its Pods together) within `over`.
    pub fn set(&mut self, kind: Kind, key: Key, cpu: i64, now: SimTime, over: Millis) {
        let from = self.cpu(kind, &key, now).unwrap_or(0);
        self.0.insert((kind, key), Ramp::new(from, cpu, now, over));
    }

    /// A workload's load in thousandths of a core; `None` if the scenario says nothing of it.
    pub fn cpu(&self, kind: Kind, key: &Key, now: SimTime) -> Option<i64> {
        self.0.get(&(kind, key.clone())).map(|ramp| ramp.at(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_load_climbs_evenly_from_where_it_was() {
        let mut loads = Loads::default();
        let web = Key::new("default", "web");
        assert_eq!(loads.cpu(Kind::Deployment, &web, SimTime(0)), None);
        loads.set(Kind::Deployment, web.clone(), 200, SimTime(0), Millis::ZERO);
        loads.set(Kind::Deployment, web.clone(), 600, SimTime(1000), Millis::secs(4));
        let at = |ms| loads.cpu(Kind::Deployment, &web, SimTime(ms));
        assert_eq!([at(1000), at(3000), at(5000), at(9000)], [Some(200), Some(400), Some(600), Some(600)]);
    }
}
