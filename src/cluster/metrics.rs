//! Metrics beyond CPU and memory, as a scenario's `metric` gives them: what an adapter would serve to autoscalers.
//!
//! A metric is about an object of the cluster, for a workload about all its Pods together; or about something outside, such as a
//! queue. Amounts are thousandths. Until a scenario gives one there is no adapter, as in a cluster where nobody installed one.
//!
//! Source: the APIs `custom.metrics.k8s.io` and `external.metrics.k8s.io` (docs "Horizontal Pod Autoscaling", Support for metrics
//! APIs).

use super::clock::{Millis, SimTime};
use super::load::Ramp;
use super::object::{Key, Kind};
use std::collections::BTreeMap;

/// What a metric is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// An object; for a workload, all its Pods together.
    Object(Kind, Key),
    /// Something outside the cluster.
    External,
}

/// All metrics.
#[derive(Clone, Debug, Default)]
pub struct Metrics(BTreeMap<(Subject, String), Ramp>);

impl Metrics {
    /// From `now` on a metric goes to `value` (in thousandths) within `over`.
    pub fn set(&mut self, subject: Subject, name: &str, value: i64, now: SimTime, over: Millis) {
        let from = self.get(&subject, name, now).unwrap_or(0);
        self.0.insert((subject, name.to_owned()), Ramp::new(from, value, now, over));
    }

    /// A metric's value, in thousandths; `None` if nobody gives it.
    pub fn get(&self, subject: &Subject, name: &str, now: SimTime) -> Option<i64> {
        self.0.get(&(subject.clone(), name.to_owned())).map(|ramp| ramp.at(now))
    }

    /// Whether there is an adapter for metrics of objects.
    pub fn has_custom(&self) -> bool {
        self.0.keys().any(|(subject, _)| *subject != Subject::External)
    }

    /// Whether there is one for metrics from outside.
    pub fn has_external(&self) -> bool {
        self.0.keys().any(|(subject, _)| *subject == Subject::External)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metric_climbs_evenly_and_makes_its_adapter_be_there() {
        let mut metrics = Metrics::default();
        assert!(!metrics.has_custom() && !metrics.has_external());
        metrics.set(Subject::External, "queue", 100_000, SimTime(0), Millis::secs(10));
        assert!(!metrics.has_custom() && metrics.has_external());
        let at = |ms| metrics.get(&Subject::External, "queue", SimTime(ms));
        assert_eq!(
            [at(0), at(5000), at(10_000), at(99_000)],
            [Some(0), Some(50_000), Some(100_000), Some(100_000)]
        );
        assert_eq!(metrics.get(&Subject::External, "other", SimTime(0)), None);
    }
}
