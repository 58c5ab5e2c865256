//! Exponential back-off, as the kubelet keeps it for restarts of each container and for pulls of each image of a Pod.
//!
//! Sources: client-go `util/flowcontrol/backoff.go`; `pkg/kubelet/kubelet.go` (`MaxCrashLoopBackOff`, `imageBackOffPeriod`).

use crate::cluster::clock::{Millis, SimTime};
use crate::cluster::machine::LONGEST_BACK_OFF;

/// The first window.
const FIRST: Millis = Millis::secs(10);
/// A record is forgotten when nothing failed for longer than this: twice the longest window that there is by default. A
/// shorter longest window changes nothing about it.
const FORGOTTEN: Millis = Millis::secs(600);

/// How long to wait after the next failure. Without a record there is nothing to wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BackOff {
    record: Option<Record>,
    /// No window is longer.
    longest: Millis,
}

impl Default for BackOff {
    /// With the longest window that there is by default.
    fn default() -> BackOff {
        BackOff::up_to(LONGEST_BACK_OFF)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Record {
    window: Millis,
    since: SimTime,
}

impl BackOff {
    /// With no window longer than this (`crashLoopBackOff.maxContainerRestartPeriod`).
    pub(super) const fn up_to(longest: Millis) -> BackOff {
        BackOff { record: None, longest }
    }

    /// What failed before is forgotten.
    pub(super) fn forget(&mut self) {
        self.record = None;
    }

    /// How long after a failure at `failed` the next attempt may begin; zero means at once.
    pub(super) fn window(&self, failed: SimTime) -> Millis {
        self.record.filter(|record| !record.is_forgotten(failed)).map_or(Millis::ZERO, |record| record.window)
    }

    /// Until when there is no attempt, after failures that are not forgotten; `None` if there may be one at `now`.
    pub(super) fn until(&self, now: SimTime) -> Option<SimTime> {
        self.record.map(|record| record.since + self.window(now)).filter(|until| *until > now)
    }

    /// An attempt begins at `now`, or for image pulls has just failed: the next window is twice as long. `failed` is
    /// when the attempt before it failed.
    pub(super) fn grow(&mut self, failed: SimTime, now: SimTime) {
        let window = match self.record.filter(|record| !record.is_forgotten(failed)) {
            Some(record) => record.window * 2,
            None => FIRST,
        };
        let window = window.min(self.longest);
        self.record = Some(Record { window, since: now });
    }
}

impl Record {
    fn is_forgotten(&self, failed: SimTime) -> bool {
        failed.since(self.since) > FORGOTTEN
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_restart_is_at_once_and_then_the_window_doubles_up_to_five_minutes() {
        let mut back_off = BackOff::default();
        let mut now = SimTime::ZERO;
        let mut windows = Vec::new();
        for _ in 0..8 {
            let failed = now + Millis::secs(1);
            windows.push(back_off.window(failed).0 / 1000);
            now = failed + back_off.window(failed);
            back_off.grow(failed, now);
        }
        assert_eq!(windows, [0, 10, 20, 40, 80, 160, 300, 300]);
    }

    #[test]
    fn a_kubelet_may_be_told_to_wait_less_long() {
        for (longest, expected) in [(60, [10, 20, 40, 60, 60]), (5, [5, 5, 5, 5, 5])] {
            let mut back_off = BackOff::up_to(Millis::secs(longest));
            let mut now = SimTime::ZERO;
            let windows = std::array::from_fn(|_| {
                back_off.grow(now, now);
                now += back_off.window(now);
                back_off.window(now).0 / 1000
            });
            assert_eq!(windows, expected);
        }
    }

    #[test]
    fn a_run_of_more_than_ten_minutes_is_forgiven_and_one_of_exactly_ten_is_not() {
        let mut back_off = BackOff::default();
        back_off.grow(SimTime(0), SimTime(0));
        back_off.grow(SimTime(0), SimTime(10_000));
        assert_eq!(back_off.window(SimTime(610_000)), Millis::secs(20));
        assert_eq!(back_off.window(SimTime(610_001)), Millis::ZERO);
        back_off.grow(SimTime(610_001), SimTime(610_001));
        assert_eq!(back_off.window(SimTime(620_000)), Millis::secs(10), "and it begins anew");
    }
}
