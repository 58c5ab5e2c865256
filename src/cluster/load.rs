//! The CPU that a workload's Pods use in all, as a scenario's `load` says it: what a metrics server would measure.

use super::clock::{Millis, SimTime};
use super::object::{Key, Kind};
use std::collections::BTreeMap;

/// The loads of all workloads.
#[derive(Clone, Debug, Default)]
pub struct Loads(BTreeMap<(Kind, Key), Ramp>);

/// A load that goes evenly from one amount to another.
#[derive(Clone, Copy, Debug)]
struct Ramp {
    from: i64,
    to: i64,
    start: SimTime,
    over: Millis,
}

impl Loads {
    /// From `now` on a workload's load goes to `cpu` (thousandths of a core, all its Pods together) within `over`.
    pub fn set(&mut self, kind: Kind, key: Key, cpu: i64, now: SimTime, over: Millis) {
        let from = self.cpu(kind, &key, now).unwrap_or(0);
        self.0.insert((kind, key), Ramp { from, to: cpu, start: now, over });
    }

    /// A workload's load in thousandths of a core; `None` if the scenario says nothing of it.
    pub fn cpu(&self, kind: Kind, key: &Key, now: SimTime) -> Option<i64> {
        let ramp = self.0.get(&(kind, key.clone()))?;
        let passed = now.since(ramp.start).0;
        Some(if passed >= ramp.over.0 {
            ramp.to
        } else {
            let part =
                (i128::from(ramp.to) - i128::from(ramp.from)) * i128::from(passed) / i128::from(ramp.over.0);
            i64::try_from(i128::from(ramp.from) + part).unwrap_or(ramp.to)
        })
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
