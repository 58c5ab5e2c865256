//! How long a DaemonSet waits before it removes a Failed Pod from a Node again: 1 s, doubled each time, up to 15 minutes.
//!
//! Without it, controller and kubelet fight where the kubelet turns the Pod away. Source:
//! `pkg/controller/daemon/daemon_controller.go` (`failedPodsBackoff`), client-go `util/flowcontrol/backoff.go`.

use crate::cluster::clock::{Millis, SimTime};
use std::collections::BTreeMap;

const FIRST: Millis = Millis::secs(1); // cmd/kube-controller-manager/app/apps.go
const LONGEST: Millis = Millis::secs(15 * 60);

/// When a Failed Pod was last removed, by set (its uid) and Node, and the wait that began then.
#[derive(Debug, Default)]
pub(super) struct Backoff(BTreeMap<(String, String), (SimTime, Millis)>);

impl Backoff {
    /// Notes a removal now, and says `Ok`; or how long to wait before asking again.
    pub(super) fn remove(&mut self, set: &str, node: &str, now: SimTime) -> Result<(), Millis> {
        let key = (set.to_owned(), node.to_owned());
        // A quiet time of twice the longest wait forgives everything.
        let last = self.0.get(&key).filter(|(at, _)| now.since(*at) <= LONGEST * 2);
        let wait = match last {
            Some((at, wait)) if now.since(*at) < *wait => return Err(*wait),
            Some((_, wait)) => (*wait * 2).min(LONGEST),
            None => FIRST,
        };
        self.0.insert(key, (now, wait));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_fifteen_minutes_and_a_long_quiet_time_forgives() {
        let mut backoff = Backoff::default();
        let mut at = |seconds: i64| backoff.remove("uid", "node-a", SimTime(seconds * 1000));
        assert_eq!(at(0), Ok(()));
        assert_eq!(at(0), Err(Millis::secs(1)));
        assert_eq!(at(1), Ok(()));
        assert_eq!(at(2), Err(Millis::secs(2)));
        assert_eq!(at(3), Ok(()));
        assert_eq!(at(6), Err(Millis::secs(4)));
        assert_eq!(at(3000), Ok(()), "2997 s later, which is more than 1800 s");
        assert_eq!(at(3000), Err(Millis::secs(1)));
    }
}
