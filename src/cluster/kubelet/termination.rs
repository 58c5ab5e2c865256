//! Stopping a container: preStop hook, SIGTERM, and SIGKILL when the grace is over.
//!
//! Source: `pkg/kubelet/kuberuntime/kuberuntime_container.go` (`killContainer`), `kuberuntime_termination_order.go`. The
//! hook's time counts against the grace, and so does a sidecar's wait for its turn; whatever is left of the grace, a
//! process has two seconds between SIGTERM and SIGKILL.

use super::hooks::Hook;
use crate::cluster::clock::{Millis, SimTime};

/// The least time between SIGTERM and SIGKILL (`minimumGracePeriodInSeconds`).
const LEAST: Millis = Millis::secs(2);

/// A container that is being stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stop {
    hook_until: SimTime,
    /// When the hook fails, unless its failure has been told.
    hook_fails: Option<SimTime>,
    grace_end: SimTime,
    in_turn: bool,
    term: Option<SimTime>,
}

/// On what terms a container is stopped that the kubelet has to stop.
pub(super) struct Terms {
    /// The grace of its Pod.
    pub(super) grace: Millis,
    /// Its preStop hook, if it has one.
    pub(super) pre_stop: Option<Hook>,
}

impl Terms {
    /// Begins now, with a grace of its own if there is one.
    pub(super) fn stop(&self, now: SimTime, grace: Option<Millis>) -> Stop {
        Stop::begin(now, grace.unwrap_or(self.grace), self.pre_stop.as_ref(), true)
    }
}

impl Stop {
    /// Begins now. A container that is not in turn (a sidecar) gets SIGTERM only once it is, or when the grace is over.
    /// A hook that fails hinders nothing; without any grace there is no hook.
    pub(super) fn begin(now: SimTime, grace: Millis, pre_stop: Option<&Hook>, in_turn: bool) -> Stop {
        let grace_end = now + grace;
        let hook_ends = now + pre_stop.map_or(Millis::ZERO, |hook| hook.takes);
        let fails = pre_stop.is_some_and(|hook| hook.failure.is_some()) && hook_ends < grace_end;
        let hook_fails = fails.then_some(hook_ends);
        let mut stop =
            Stop { hook_until: hook_ends.min(grace_end), hook_fails, grace_end, in_turn, term: None };
        stop.advance(now);
        stop
    }

    /// The grace ends earlier than first said.
    pub(super) fn shorten(&mut self, grace_end: SimTime) {
        self.grace_end = self.grace_end.min(grace_end);
        self.hook_until = self.hook_until.min(grace_end);
        self.hook_fails = self.hook_fails.filter(|at| *at < grace_end);
    }

    /// Whether the hook fails now.
    pub(super) fn hook_failed(&mut self, now: SimTime) -> bool {
        self.hook_fails.take_if(|at| *at <= now).is_some()
    }

    /// It is the container's turn. Returns whether that is news.
    pub(super) fn take_turn(&mut self) -> bool {
        !std::mem::replace(&mut self.in_turn, true)
    }

    /// Sends SIGTERM if it is time.
    pub(super) fn advance(&mut self, now: SimTime) {
        if self.term.is_none() && self.term_due() <= now {
            self.term = Some(now);
        }
    }

    /// When the process ends if it needs `takes` after SIGTERM, and whether SIGKILL ends it; `None` before SIGTERM.
    pub(super) fn end(&self, takes: Millis) -> Option<(SimTime, bool)> {
        let term = self.term?;
        let (exits, killed) = (term + takes, self.grace_end.max(term + LEAST));
        Some((exits.min(killed), exits > killed))
    }

    /// When something happens next.
    pub(super) fn due(&self, takes: Millis) -> SimTime {
        let end = self.end(takes).map_or_else(|| self.term_due(), |(at, _)| at);
        self.hook_fails.map_or(end, |fails| fails.min(end))
    }

    fn term_due(&self) -> SimTime {
        if self.in_turn { self.hook_until } else { self.grace_end }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(grace: i64, pre_stop: Option<i64>, takes: i64) -> (i64, bool) {
        let takes = Millis::secs(takes);
        let hook = pre_stop.map(|seconds| Hook { takes: Millis::secs(seconds), failure: None });
        let mut stop = Stop::begin(SimTime::ZERO, Millis::secs(grace), hook.as_ref(), true);
        loop {
            let due = stop.due(takes);
            stop.advance(due);
            if let Some((at, killed)) = stop.end(takes).filter(|(at, _)| *at <= due) {
                return (at.0 / 1000, killed);
            }
        }
    }

    #[test]
    fn a_process_that_stops_in_time_is_not_killed_and_another_is() {
        assert_eq!(end(30, None, 3), (3, false));
        assert_eq!(end(30, None, 60), (30, true));
    }

    #[test]
    fn the_pre_stop_hook_counts_against_the_grace() {
        assert_eq!(end(30, Some(20), 5), (25, false));
        assert_eq!(end(30, Some(20), 60), (30, true), "ten seconds are left after the hook");
    }

    #[test]
    fn two_seconds_lie_between_sigterm_and_sigkill_whatever_is_left_of_the_grace() {
        assert_eq!(end(10, Some(60), 60), (12, true), "the hook overran");
        assert_eq!(end(0, None, 60), (2, true));
        assert_eq!(end(1, None, 1), (1, false));
    }

    #[test]
    fn a_sidecar_waits_for_its_turn_or_for_the_end_of_the_grace() {
        let mut stop = Stop::begin(SimTime::ZERO, Millis::secs(30), None, false);
        assert_eq!(stop.due(Millis::secs(1)), SimTime(30_000));
        assert!(stop.take_turn());
        stop.advance(SimTime(7000));
        assert_eq!(stop.end(Millis::secs(1)), Some((SimTime(8000), false)));
    }
}
