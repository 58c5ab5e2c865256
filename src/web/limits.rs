//! How often something may be done, by address and by account, before one has to wait: what guards passwords against being
//! guessed, and the service against being kept busy by one visitor.
//!
//! Each limit is a bucket that holds a number of tries and fills up again one by one (as a generic cell rate algorithm
//! counts it: one instant a key). It is kept in memory only: a restart forgives, and costs an attacker nothing they had.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::people::Name;
use crate::store::LearnerId;

use super::error::{Error, Result};

/// Keys kept in memory, a few dozen bytes each. Beyond that those that have waited long enough are forgotten, and then
/// those that are nearest to it.
const MOST_KEYS: usize = 50_000;

/// Something that may be done so often.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Act {
    /// Becoming a guest.
    Start,
    /// Making an account.
    SignUp,
    /// Giving a name and a password.
    SignIn,
    /// Giving a wrong password for one account, at one address. Whoever does it keeps nobody out but those at theirs.
    Password,
    /// The same, at all addresses together.
    PasswordFromAnywhere,
    /// Sending a bank, or an earlier version of one.
    Upload,
    /// The same, by all at one address together.
    UploadFromHere,
    /// Having what was sent read, and its scenarios run, once more.
    Simulation,
}

impl Act {
    /// How many at once, and how long until there is one more. A class that begins at one address is no flood.
    const fn rate(self) -> (u32, SignedDuration) {
        match self {
            Act::Start => (120, SignedDuration::from_secs(5)),
            Act::SignUp => (60, SignedDuration::from_secs(30)),
            Act::SignIn => (60, SignedDuration::from_secs(5)),
            Act::Password => (10, SignedDuration::from_secs(60)),
            Act::PasswordFromAnywhere => (50, SignedDuration::from_secs(60)),
            Act::Upload => (20, SignedDuration::from_secs(30)),
            Act::UploadFromHere => (100, SignedDuration::from_secs(2)),
            Act::Simulation => (60, SignedDuration::from_secs(10)),
        }
    }
}

/// Who does it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Who {
    /// Someone at this address; of IPv6, in this network of a household.
    Address(IpAddr),
    /// This learner.
    Learner(LearnerId),
    /// Whoever claims this name, there or anywhere, by a hash that nobody can aim at.
    Name(u64),
}

/// The limits of the service.
pub(super) struct Limits {
    /// Until when the tries of each are spent: one that lies so far ahead that the bucket is empty must wait.
    spent: Mutex<HashMap<(Act, Who), Timestamp>>,
    names: RandomState,
}

impl Limits {
    /// Nobody has done anything yet.
    pub(super) fn new() -> Limits {
        Limits { spent: Mutex::new(HashMap::new()), names: RandomState::new() }
    }

    /// Someone at this address.
    pub(super) fn address(address: IpAddr) -> Who {
        Who::Address(match address {
            IpAddr::V4(_) => address,
            // A household or a server has a /64 and can take any address in it.
            IpAddr::V6(v6) => IpAddr::V6((u128::from(v6) & !u128::from(u64::MAX)).into()),
        })
    }

    /// Whoever claims this name.
    pub(super) fn name(&self, name: &Name) -> Who {
        Who::Name(self.names.hash_one(name.folded()))
    }

    /// Whoever claims this name at an address.
    pub(super) fn name_at(&self, name: &Name, address: IpAddr) -> Who {
        Who::Name(self.names.hash_one((name.folded(), Limits::address(address))))
    }

    /// Spends a try.
    ///
    /// # Errors
    /// [`Error::TooMany`] where there is none left; then none is spent.
    pub(super) fn spend(&self, act: Act, who: Who, now: Timestamp) -> Result<()> {
        let (burst, refill) = act.rate();
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        let whole = refill * i32::try_from(burst).unwrap_or(i32::MAX);
        // A clock that was set back must not lock anyone out.
        let until = spent.get(&(act, who)).copied().unwrap_or(now).clamp(now, now + whole);
        let after = until + refill;
        let over = after.duration_since(now + whole);
        if over.is_positive() {
            if let Some(known) = spent.get_mut(&(act, who)) {
                *known = until;
            }
            return Err(Error::TooMany(over.as_secs().unsigned_abs() + 1));
        }
        if spent.len() >= MOST_KEYS {
            make_room(&mut spent, now);
        }
        spent.insert((act, who), after);
        Ok(())
    }

    /// Gives a try back that turned out not to count.
    pub(super) fn give_back(&self, act: Act, who: Who) {
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(until) = spent.get_mut(&(act, who)) {
            *until -= act.rate().1;
        }
    }
}

fn make_room(spent: &mut HashMap<(Act, Who), Timestamp>, now: Timestamp) {
    spent.retain(|_, until| *until > now);
    if spent.len() >= MOST_KEYS {
        let mut instants: Vec<Timestamp> = spent.values().copied().collect();
        let (_, middle, _) = instants.select_nth_unstable(MOST_KEYS / 2);
        let middle = *middle;
        spent.retain(|_, until| *until > middle);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-03-02T01:00:00Z".parse().unwrap()
    }

    fn at(address: &str) -> Who {
        Limits::address(address.parse().unwrap())
    }

    #[test]
    fn so_many_tries_and_then_one_at_a_time() {
        let (limits, who) = (Limits::new(), at("192.0.2.1"));
        let (burst, refill) = Act::Password.rate();
        for _ in 0..burst {
            limits.spend(Act::Password, who, now()).unwrap();
        }
        let refused = limits.spend(Act::Password, who, now()).unwrap_err();
        assert!(matches!(refused, Error::TooMany(61)), "{refused:?}");
        limits.spend(Act::Password, at("192.0.2.2"), now()).unwrap();
        limits.spend(Act::SignIn, who, now()).unwrap();
        limits.spend(Act::Password, who, now() + refill).unwrap();
        limits.spend(Act::Password, who, now() + refill).unwrap_err();
        limits.give_back(Act::Password, who);
        limits.spend(Act::Password, who, now() + refill).unwrap();
    }

    #[test]
    fn a_network_of_ipv6_is_one_address_and_a_name_is_one_however_it_is_written() {
        assert_eq!(at("2001:db8::1"), at("2001:db8::ffff:1"));
        assert_ne!(at("2001:db8::1"), at("2001:db8:0:1::1"));
        let limits = Limits::new();
        let who = |name| limits.name(&Name::parse(name).unwrap());
        assert_eq!(who("Ada"), who("ADA"));
        assert_ne!(who("Ada"), who("Eve"));
    }

    #[test]
    fn a_clock_that_was_set_back_locks_nobody_out() {
        let (limits, who) = (Limits::new(), at("192.0.2.1"));
        let (burst, refill) = Act::Password.rate();
        for _ in 0..burst {
            limits.spend(Act::Password, who, now() + SignedDuration::from_hours(1000)).unwrap();
        }
        let refused = limits.spend(Act::Password, who, now()).unwrap_err();
        assert!(matches!(refused, Error::TooMany(61)), "{refused:?}");
        limits.spend(Act::Password, who, now() + refill).unwrap();
    }

    #[test]
    fn memory_is_bounded_and_those_who_must_wait_longest_are_kept() {
        let (limits, worst) = (Limits::new(), at("192.0.2.1"));
        for _ in 0..10 {
            limits.spend(Act::Password, worst, now()).unwrap();
        }
        for n in 0..MOST_KEYS as i64 + 10 {
            limits.spend(Act::Password, Who::Learner(LearnerId(n)), now()).unwrap();
        }
        assert!(limits.spent.lock().unwrap().len() <= MOST_KEYS);
        limits.spend(Act::Password, worst, now()).unwrap_err();
    }
}
