//! Metrics beyond CPU and memory, as a scenario's `metric` gives them: what an adapter would serve to autoscalers.
//!
//! A metric is about an object of the cluster, for a workload about all its Pods together; or about something outside, such as a
//! queue, of which there may be several, told apart by labels. Amounts are thousandths. Until a scenario gives one there is no adapter, as in a cluster where nobody installed one.
//!
//! Source: the APIs `custom.metrics.k8s.io` and `external.metrics.k8s.io` (docs "Horizontal Pod Autoscaling", Support for metrics
//! APIs).

use super::clock::{Millis, SimTime};
use super::load::Ramp;
use super::object::{Key, Kind};
use super::selector::{Labels, Selector};
use std::collections::BTreeMap;

/// What a metric is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// An object; for a workload, all its Pods together.
    Object(Kind, Key),
    /// Something outside the cluster: one series of a metric, by its labels.
    External(Labels),
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

    /// The values, in thousandths, of those series of a metric from outside that a selector means; `None` if there is no
    /// metric of this name at all.
    pub fn external(&self, name: &str, selector: &Selector, now: SimTime) -> Option<Vec<i64>> {
        let series = self.0.iter().filter_map(|((subject, own), ramp)| match subject {
            Subject::External(labels) if own == name => Some((labels, ramp)),
            Subject::External(_) | Subject::Object(..) => None,
        });
        let mut series = series.peekable();
        series.peek()?;
        Some(series.filter(|(labels, _)| selector.matches(labels)).map(|(_, ramp)| ramp.at(now)).collect())
    }

    /// Whether there is an adapter for metrics of objects.
    pub fn has_custom(&self) -> bool {
        self.0.keys().any(|(subject, _)| matches!(subject, Subject::Object(..)))
    }

    /// Whether there is one for metrics from outside.
    pub fn has_external(&self) -> bool {
        self.0.keys().any(|(subject, _)| matches!(subject, Subject::External(_)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn labels(queue: &str) -> Labels {
        [("queue".to_owned(), queue.to_owned())].into()
    }

    fn selector(json: serde_json::Value) -> Selector {
        Selector::new(Some(&serde_json::from_value(json).unwrap())).unwrap()
    }

    #[test]
    fn a_metric_climbs_evenly_and_makes_its_adapter_be_there() {
        let mut metrics = Metrics::default();
        assert!(!metrics.has_custom() && !metrics.has_external());
        let web = Subject::Object(Kind::Deployment, Key::new("default", "web"));
        metrics.set(web.clone(), "hits", 100_000, SimTime(0), Millis::secs(10));
        assert!(metrics.has_custom() && !metrics.has_external());
        let at = |ms| metrics.get(&web, "hits", SimTime(ms));
        assert_eq!(
            [at(0), at(5000), at(10_000), at(99_000)],
            [Some(0), Some(50_000), Some(100_000), Some(100_000)]
        );
        assert_eq!(metrics.get(&web, "other", SimTime(0)), None);
    }

    #[test]
    fn a_selector_chooses_among_the_series_of_a_metric() {
        let mut metrics = Metrics::default();
        for (labels, value) in [(labels("a"), 90), (labels("b"), 5), (Labels::new(), 7)] {
            metrics.set(Subject::External(labels), "messages", value, SimTime(0), Millis::ZERO);
        }
        metrics.set(Subject::External(labels("a")), "messages", 30, SimTime(10), Millis::ZERO);
        assert!(metrics.has_external() && !metrics.has_custom());
        let values = |json| {
            let mut values = metrics.external("messages", &selector(json), SimTime(20)).unwrap();
            values.sort_unstable();
            values
        };
        assert_eq!(values(json!({})), [5, 7, 30]);
        assert_eq!(values(json!({"matchLabels": {"queue": "a"}})), [30]);
        assert_eq!(values(json!({"matchExpressions": [{"key": "queue", "operator": "Exists"}]})), [5, 30]);
        assert_eq!(values(json!({"matchLabels": {"queue": "c"}})), [0; 0]);
        assert_eq!(metrics.external("others", &selector(json!({})), SimTime(20)), None);
    }
}
