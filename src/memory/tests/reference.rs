//! `tests/fixtures/fsrs-reference.json`: values on which the FSRS implementations in Rust, Python and TypeScript agree.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::{after, monday_noon, next};
use crate::memory::{
    MAXIMUM_INTERVAL_DAYS, Memory, Next, Outcome, Rating, Retention, Reviewing, Scheduler, Strength, Wait,
};

#[derive(Deserialize)]
struct Reference {
    parameters: Vec<f32>,
    new_card: BTreeMap<String, BTreeMap<String, State>>,
    histories: Vec<History>,
    retrievability: Vec<Retrievability>,
    next_interval: Vec<Interval>,
}

#[derive(Deserialize)]
struct State {
    stability: f32,
    difficulty: f32,
    /// Days; absent from the states of a history.
    interval: Option<f32>,
}

#[derive(Deserialize)]
struct History {
    name: String,
    /// Rating 1 to 4, whole days since the review before.
    reviews: Vec<(i64, u32)>,
    states: Vec<State>,
    elapsed: u32,
    next: BTreeMap<String, State>,
    rounded_days: BTreeMap<String, u32>,
    retrievability_before_next: f32,
}

#[derive(Deserialize)]
struct Retrievability {
    stability: f32,
    days: f32,
    retrievability: f32,
}

#[derive(Deserialize)]
struct Interval {
    stability: f32,
    desired_retention: f32,
    interval: f32,
}

fn reference() -> Reference {
    serde_json::from_str(include_str!("../../../tests/fixtures/fsrs-reference.json")).unwrap()
}

#[track_caller]
fn assert_close(found: f32, expected: f32, what: &str) {
    let difference = (found - expected).abs() / expected.abs();
    assert!(difference <= 1e-4, "{what}: found {found}, expected {expected}");
}

#[track_caller]
fn assert_state(found: Option<Strength>, expected: &State, what: &str) {
    let found = found.expect("an answered memory has a strength");
    assert_close(found.stability(), expected.stability, &format!("{what}: stability"));
    assert_close(found.difficulty(), expected.difficulty, &format!("{what}: difficulty"));
}

fn days(days: u32) -> SignedDuration {
    SignedDuration::from_hours(24 * i64::from(days))
}

/// Answers a new card as the history says; what is remembered then, and when the last answer was.
fn replay(history: &History, scheduler: &Scheduler) -> (Memory, Timestamp) {
    let mut memory = Memory::New;
    let mut now = monday_noon();
    assert_eq!(history.reviews.len(), history.states.len());
    for ((rating, elapsed), state) in history.reviews.iter().zip(&history.states) {
        now += days(*elapsed);
        memory = after(scheduler, &memory, Rating::from_number(*rating).unwrap(), now);
        assert_state(memory.strength(), state, &history.name);
    }
    (memory, now)
}

#[test]
fn the_default_parameters_are_those_of_the_reference() {
    assert_eq!(reference().parameters, fsrs::DEFAULT_PARAMETERS);
}

#[test]
fn a_new_card_gets_the_states_of_the_reference_at_each_retention() {
    let sections = reference().new_card;
    assert_eq!(sections.len(), 2);
    for (retention, ratings) in sections {
        let per_mille = (retention.parse::<f32>().unwrap() * 1000.0).round() as u16;
        let scheduler = Scheduler::new(Retention::per_mille(per_mille));
        let next = next(&scheduler, &Memory::New, monday_noon());
        for rating in Rating::ALL {
            let what = format!("{rating} at {retention}");
            let expected = &ratings[rating.code()];
            let strength = next.after(rating).memory.strength().unwrap();
            assert_state(Some(strength), expected, &what);
            assert_close(scheduler.interval(strength.stability()), expected.interval.unwrap(), &what);
        }
    }
}

#[test]
fn every_history_goes_through_the_states_of_the_reference() {
    let scheduler = Scheduler::default();
    let histories = reference().histories;
    assert_eq!(histories.len(), 13);
    for history in &histories {
        let (memory, last) = replay(history, &scheduler);
        let now = last + days(history.elapsed);
        let retrievability = memory.retrievability(now).unwrap();
        assert_close(retrievability, history.retrievability_before_next, &history.name);
        let next = next(&scheduler, &memory, now);
        for rating in Rating::ALL {
            let what = format!("{}, then {rating}", history.name);
            let expected = &history.next[rating.code()];
            let strength = next.after(rating).memory.strength().unwrap();
            assert_state(Some(strength), expected, &what);
            assert_close(scheduler.interval(strength.stability()), expected.interval.unwrap(), &what);
        }
    }
}

fn days_of(outcome: &Outcome) -> u32 {
    match outcome.wait {
        Wait::Days(days) => days,
        Wait::Short(short) => panic!("{short:?} is no wait of days"),
    }
}

fn passing(next: &Next) -> [u32; 3] {
    [days_of(&next.hard), days_of(&next.good), days_of(&next.easy)]
}

#[test]
fn a_known_card_waits_the_rounded_days_of_the_reference_kept_in_order() {
    let scheduler = Scheduler::default();
    let mut compared = 0;
    for history in reference().histories {
        let (memory, last) = replay(&history, &scheduler);
        // The days on which a card on its steps is asked are its steps' business.
        let strength = memory.strength().unwrap();
        let known = Memory::Review(Reviewing { strength, interval: 1, last, due: last });
        let [hard, good, easy] = passing(&next(&scheduler, &known, last + days(history.elapsed)));
        let rounded = &history.rounded_days;
        let good_by_hand = rounded["good"].max(rounded["hard"] + 1).min(MAXIMUM_INTERVAL_DAYS);
        let easy_by_hand = rounded["easy"].max(good_by_hand + 1).min(MAXIMUM_INTERVAL_DAYS);
        assert_eq!([hard, good, easy], [rounded["hard"], good_by_hand, easy_by_hand], "{}", history.name);
        compared += usize::from([good_by_hand, easy_by_hand] == [rounded["good"], rounded["easy"]]);
    }
    assert!(compared >= 11, "the order of ratings should seldom matter, but only {compared} were as rounded");
}

#[test]
fn retrievability_is_that_of_the_reference() {
    let table = reference().retrievability;
    assert_eq!(table.len(), 12);
    for row in table {
        let strength = Strength::new(row.stability, 5.0).unwrap();
        let what = format!("{} after {} days", row.stability, row.days);
        assert_close(strength.retrievability(row.days), row.retrievability, &what);
    }
}

#[test]
fn the_next_interval_is_that_of_the_reference() {
    let table = reference().next_interval;
    assert_eq!(table.len(), 19);
    for row in table {
        let retention = Retention::per_mille((row.desired_retention * 1000.0).round() as u16);
        let found = Scheduler::new(retention).interval(row.stability);
        assert_close(found, row.interval, &format!("{} at {}", row.stability, row.desired_retention));
    }
}
