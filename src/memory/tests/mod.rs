//! The room against published values and against tables worked out by hand.

mod days;
mod reference;
mod states;

use jiff::Timestamp;

use super::{DayClock, Fuzz, Memory, Moment, Next, Rating, Scheduler};

/// Noon in UTC on a Monday.
fn monday_noon() -> Timestamp {
    "2026-03-02T12:00:00Z".parse().unwrap()
}

/// Without spread, on UTC days.
fn next(scheduler: &Scheduler, memory: &Memory, now: Timestamp) -> Next {
    scheduler.next(memory, Moment { now, days: &DayClock::default(), fuzz: Fuzz::NONE })
}

fn after(scheduler: &Scheduler, memory: &Memory, rating: Rating, now: Timestamp) -> Memory {
    next(scheduler, memory, now).after(rating).memory
}
