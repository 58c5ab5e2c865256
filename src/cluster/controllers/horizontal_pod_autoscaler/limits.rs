//! How fast a number of replicas may follow its metrics: windows that steady it, rates that hold it back, and the range.
//!
//! Without `behavior` the controller's own rules hold; with it, those written there. The two differ even where nothing is
//! written: from 3 replicas one step leads to 6 without and to 7 with it.
//!
//! Source: `pkg/controller/podautoscaler/horizontal.go` (`normalizeDesiredReplicas`,
//! `normalizeDesiredReplicasWithBehaviors`).

use crate::cluster::clock::{Millis, SimTime};
use k8s_openapi::api::autoscaling::v2::{HPAScalingRules, HorizontalPodAutoscalerBehavior};

/// For so long the highest proposal counts on the way down (`--horizontal-pod-autoscaler-downscale-stabilization`).
const DOWN_WINDOW: Millis = Millis::secs(300);
/// The longest period of a policy that the API allows.
const LONGEST_PERIOD: Millis = Millis::secs(1800);
/// The longest window that the API allows.
const LONGEST_WINDOW: Millis = Millis::secs(3600);

/// What was proposed and done lately.
#[derive(Clone, Debug, Default)]
pub(super) struct History {
    proposals: Vec<(SimTime, i32)>,
    /// By how much the number changed, and when.
    changes: Vec<(SimTime, i32)>,
}

/// The numbers that a step starts from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    pub(super) now: SimTime,
    pub(super) current: i32,
    pub(super) proposed: i32,
    pub(super) min: i32,
    pub(super) max: i32,
}

/// A reason and a message, as a condition has them.
pub(super) type Why = (&'static str, &'static str);

/// What becomes of a proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Limited {
    /// So many replicas.
    pub(super) replicas: i32,
    /// Why it may scale, or waits (condition AbleToScale).
    pub(super) able: Why,
    /// Whether something holds it back, and what (condition ScalingLimited).
    pub(super) limited: (bool, Why),
}

const READY: Why = ("ReadyForNewScale", "recommended size matches current size");
const DOWN_STABILIZED: Why = (
    "ScaleDownStabilized",
    "recent recommendations were higher than current one, applying the highest recent recommendation",
);
const UP_STABILIZED: Why = (
    "ScaleUpStabilized",
    "recent recommendations were lower than current one, applying the lowest recent recommendation",
);
const WITHIN: Why = ("DesiredWithinRange", "the desired count is within the acceptable range");
const TOO_FEW: Why = ("TooFewReplicas", "the desired replica count is less than the minimum replica count");
const TOO_MANY: Why = ("TooManyReplicas", "the desired replica count is more than the maximum replica count");
const UP_LIMIT: Why =
    ("ScaleUpLimit", "the desired replica count is increasing faster than the maximum scale rate");
const DOWN_LIMIT: Why =
    ("ScaleDownLimit", "the desired replica count is decreasing faster than the maximum scale rate");

impl History {
    /// The size at the first sight of the target counts as a proposal.
    pub(super) fn begin(&mut self, now: SimTime, current: i32) {
        if self.proposals.is_empty() {
            self.proposals.push((now, current));
        }
    }

    /// Remembers that the number was changed.
    pub(super) fn changed(&mut self, now: SimTime, by: i32) {
        self.changes.retain(|(at, _)| *at > now - LONGEST_PERIOD);
        self.changes.push((now, by));
    }

    /// Takes a proposal into account, and says what becomes of it.
    pub(super) fn limit(
        &mut self,
        step: Step,
        behavior: Option<&HorizontalPodAutoscalerBehavior>,
    ) -> Limited {
        let (steadied, why) = match behavior {
            None => self.highest(step),
            Some(behavior) => self.steady(step, behavior),
        };
        self.proposals.retain(|(at, _)| *at > step.now - LONGEST_WINDOW);
        self.proposals.push((step.now, step.proposed));
        let able = if steadied == step.proposed { READY } else { why };
        let (replicas, why) = match behavior {
            None => in_range(step, steadied),
            Some(behavior) => self.at_rate(step, steadied, behavior),
        };
        Limited { replicas, able, limited: (replicas != steadied, why) }
    }

    fn highest(&self, step: Step) -> (i32, Why) {
        let recent = self.proposals.iter().filter(|(at, _)| *at >= step.now - DOWN_WINDOW);
        (recent.map(|(_, count)| *count).fold(step.proposed, i32::max), DOWN_STABILIZED)
    }

    fn steady(&self, step: Step, behavior: &HorizontalPodAutoscalerBehavior) -> (i32, Why) {
        let within = |window: Millis| {
            self.proposals.iter().filter(move |(at, _)| *at > step.now - window).map(|(_, count)| *count)
        };
        let lowest = within(window(behavior.scale_up.as_ref(), Millis::ZERO)).fold(step.proposed, i32::min);
        let highest = within(window(behavior.scale_down.as_ref(), DOWN_WINDOW)).fold(step.proposed, i32::max);
        let why = if step.proposed >= step.current { UP_STABILIZED } else { DOWN_STABILIZED };
        (step.current.max(lowest).min(highest), why)
    }

    fn at_rate(&self, step: Step, wanted: i32, behavior: &HorizontalPodAutoscalerBehavior) -> (i32, Why) {
        if wanted > step.current {
            let limit = self.bound(step, behavior.scale_up.as_ref(), Direction::Up).max(step.current);
            let (most, why) = if step.max > limit { (limit, UP_LIMIT) } else { (step.max, TOO_MANY) };
            if wanted > most {
                return (most, why);
            }
        } else if wanted < step.current {
            let limit = self.bound(step, behavior.scale_down.as_ref(), Direction::Down).min(step.current);
            let (least, why) = if step.min < limit { (limit, DOWN_LIMIT) } else { (step.min, TOO_FEW) };
            if wanted < least {
                return (least, why);
            }
        }
        (wanted, WITHIN)
    }

    /// How far the policies let the number go.
    fn bound(&self, step: Step, rules: Option<&HPAScalingRules>, direction: Direction) -> i32 {
        let select = rules.and_then(|rules| rules.select_policy.as_deref()).unwrap_or("Max");
        if select == "Disabled" {
            return step.current;
        }
        let bounds = rules.into_iter().flat_map(|rules| rules.policies.iter().flatten()).map(|policy| {
            let since = step.now - Millis::secs(i64::from(policy.period_seconds));
            let recent = self.changes.iter().filter(|(at, _)| *at > since);
            let changed = recent.fold(0, |sum: i32, (_, by)| sum.saturating_add(*by));
            let start = step.current.saturating_sub(changed);
            let part = f64::from(policy.value) / 100.0;
            match (direction, policy.type_.as_str()) {
                (Direction::Up, "Pods") => start.saturating_add(policy.value),
                (Direction::Up, _) => (f64::from(start) * (1.0 + part)).ceil() as i32,
                (Direction::Down, "Pods") => start.saturating_sub(policy.value),
                (Direction::Down, _) => (f64::from(start) * (1.0 - part)) as i32,
            }
        });
        // `Max` takes the policy that allows the largest change.
        let bound = match (direction, select) {
            (Direction::Up, "Min") | (Direction::Down, "Max") => bounds.min(),
            (Direction::Up | Direction::Down, _) => bounds.max(),
        };
        bound.unwrap_or(step.current)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Direction {
    Up,
    Down,
}

fn window(rules: Option<&HPAScalingRules>, otherwise: Millis) -> Millis {
    let seconds = rules.and_then(|rules| rules.stabilization_window_seconds);
    seconds.map_or(otherwise, |seconds| Millis::secs(i64::from(seconds)))
}

/// At most doubled, or raised to four, and within the range.
fn in_range(step: Step, wanted: i32) -> (i32, Why) {
    let limit = step.current.saturating_mul(2).max(4);
    let (most, why) = if step.max > limit { (limit, UP_LIMIT) } else { (step.max, TOO_MANY) };
    if wanted < step.min {
        (step.min, TOO_FEW)
    } else if wanted > most {
        (most, why)
    } else {
        (wanted, WITHIN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::api::Admit;
    use crate::cluster::state::State;
    use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
    use serde_json::{Value, json};

    /// A behavior with its defaults.
    fn behavior(json: Value) -> HorizontalPodAutoscalerBehavior {
        let mut hpa: HorizontalPodAutoscaler = serde_json::from_value(json!({"spec": {
            "maxReplicas": 10, "scaleTargetRef": {"kind": "Deployment", "name": "web"}, "behavior": json}}))
        .unwrap();
        hpa.fill_in(&State::default());
        hpa.spec.behavior.unwrap()
    }

    fn step(seconds: i64, current: i32, proposed: i32) -> Step {
        Step { now: SimTime(seconds * 1000), current, proposed, min: 1, max: 100 }
    }

    #[test]
    fn without_behavior_a_step_doubles_or_goes_to_four() {
        for (current, replicas) in [(1, 4), (2, 4), (3, 6), (10, 20)] {
            let limited = History::default().limit(step(0, current, 50), None);
            assert_eq!((limited.replicas, limited.limited), (replicas, (true, UP_LIMIT)));
        }
    }

    #[test]
    fn with_behavior_a_step_adds_four_or_doubles() {
        let defaults = behavior(json!({}));
        for (current, replicas) in [(1, 5), (3, 7), (4, 8), (10, 20)] {
            let limited = History::default().limit(step(0, current, 50), Some(&defaults));
            assert_eq!((limited.replicas, limited.limited), (replicas, (true, UP_LIMIT)));
        }
    }

    #[test]
    fn the_range_is_kept() {
        let narrow = |current, proposed| Step { min: 2, max: 5, ..step(0, current, proposed) };
        for behavior in [None, Some(&behavior(json!({"scaleDown": {"stabilizationWindowSeconds": 0}})))] {
            let up = History::default().limit(narrow(3, 9), behavior);
            assert_eq!((up.replicas, up.limited), (5, (true, TOO_MANY)));
            let down = History::default().limit(narrow(3, 1), behavior);
            assert_eq!((down.replicas, down.limited), (2, (true, TOO_FEW)));
        }
    }

    #[test]
    fn on_the_way_down_the_highest_proposal_of_300_s_counts() {
        let defaults = behavior(json!({}));
        for behavior in [None, Some(&defaults)] {
            let mut history = History::default();
            history.begin(SimTime(0), 4);
            let early = history.limit(step(285, 4, 1), behavior);
            assert_eq!((early.replicas, early.able), (4, DOWN_STABILIZED));
            let late = history.limit(step(301, 4, 1), behavior);
            assert_eq!((late.replicas, late.able), (1, READY));
        }
    }

    #[test]
    fn a_window_on_the_way_up_takes_the_lowest_proposal() {
        let slow = behavior(json!({"scaleUp": {"stabilizationWindowSeconds": 60}}));
        let mut history = History::default();
        history.begin(SimTime(0), 2);
        let early = history.limit(step(30, 2, 5), Some(&slow));
        assert_eq!((early.replicas, early.able), (2, UP_STABILIZED));
        assert_eq!(history.limit(step(61, 2, 5), Some(&slow)).replicas, 5);
    }

    #[test]
    fn what_changed_within_a_period_uses_its_policy_up() {
        let two_a_minute =
            behavior(json!({"scaleUp": {"policies": [{"type": "Pods", "value": 2, "periodSeconds": 60}]}}));
        let mut history = History::default();
        assert_eq!(history.limit(step(0, 3, 9), Some(&two_a_minute)).replicas, 5);
        history.changed(SimTime(0), 2);
        assert_eq!(history.limit(step(15, 5, 9), Some(&two_a_minute)).replicas, 5);
        assert_eq!(history.limit(step(61, 5, 9), Some(&two_a_minute)).replicas, 7);
    }

    #[test]
    fn down_policies_may_be_the_gentler_of_two_or_none_at_all() {
        let down = |select: &str| {
            behavior(
                json!({"scaleDown": {"stabilizationWindowSeconds": 0, "selectPolicy": select, "policies": [
                {"type": "Pods", "value": 1, "periodSeconds": 60},
                {"type": "Percent", "value": 50, "periodSeconds": 60}]}}),
            )
        };
        for (select, replicas) in [("Min", 8), ("Max", 4), ("Disabled", 9)] {
            let limited = History::default().limit(step(0, 9, 1), Some(&down(select)));
            assert_eq!((limited.replicas, limited.limited), (replicas, (true, DOWN_LIMIT)), "{select}");
        }
    }
}
