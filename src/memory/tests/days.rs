//! Days where clocks change, where they do not, and past midnight. Offsets are those of the tz database.

use std::ops::Range;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use super::{monday_noon, next};
use crate::memory::{Day, DayClock, Fuzz, Memory, Moment, Rating, Scheduler, Wait};

fn clock(zone: &str, start_minute: u16) -> DayClock {
    DayClock::new(TimeZone::get(zone).unwrap(), start_minute)
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn day(clock: &DayClock, text: &str) -> String {
    clock.day_of(at(text)).date().to_string()
}

fn hours(bounds: &Range<Timestamp>) -> i64 {
    bounds.end.duration_since(bounds.start).as_hours()
}

#[test]
fn a_day_starts_at_four_in_the_morning_of_the_learner() {
    let shanghai = clock("Asia/Shanghai", DayClock::DEFAULT_START_MINUTE);
    // 04:00 in Shanghai is 20:00 UTC of the day before.
    assert_eq!(day(&shanghai, "2026-03-01T19:59:59.999Z"), "2026-03-01");
    assert_eq!(day(&shanghai, "2026-03-01T20:00:00Z"), "2026-03-02");
    let bounds = shanghai.bounds(shanghai.day_of(at("2026-03-02T04:00:00Z")));
    assert_eq!(bounds, at("2026-03-01T20:00:00Z")..at("2026-03-02T20:00:00Z"));
}

#[test]
fn the_same_instant_is_another_day_elsewhere() {
    assert_eq!(day(&clock("Asia/Shanghai", 240), "2026-03-02T22:00:00Z"), "2026-03-03");
    assert_eq!(day(&clock("America/New_York", 240), "2026-03-02T22:00:00Z"), "2026-03-02");
}

#[test]
fn a_day_is_shorter_when_clocks_go_forward_and_longer_when_they_go_back() {
    // New York: 8 March and 1 November 2026 at 02:00; Berlin: 29 March and 25 October. Those hours lie before 04:00 and
    // so belong to the day before.
    for (zone, noon, expected) in [
        ("America/New_York", "2026-03-07T17:00:00Z", 23),
        ("America/New_York", "2026-03-08T17:00:00Z", 24),
        ("America/New_York", "2026-10-31T17:00:00Z", 25),
        ("Europe/Berlin", "2026-03-28T11:00:00Z", 23),
        ("Europe/Berlin", "2026-10-24T11:00:00Z", 25),
        ("Asia/Shanghai", "2026-03-28T04:00:00Z", 24),
    ] {
        let clock = clock(zone, 240);
        assert_eq!(hours(&clock.bounds(clock.day_of(at(noon)))), expected, "{zone} {noon}");
    }
}

#[test]
fn a_start_that_clocks_jump_over_comes_an_hour_later() {
    let clock = clock("America/New_York", 2 * 60 + 30);
    // 02:30 does not exist on 8 March: 01:59:59 EST is followed by 03:00 EDT, and the day starts at 03:30 EDT.
    assert_eq!(day(&clock, "2026-03-08T07:15:00Z"), "2026-03-07");
    assert_eq!(day(&clock, "2026-03-08T07:30:00Z"), "2026-03-08");
}

#[test]
fn of_a_start_that_clocks_repeat_the_first_counts() {
    let clock = clock("America/New_York", 60 + 30);
    // 01:30 comes twice on 1 November: at 05:30 UTC (EDT) and at 06:30 UTC (EST).
    assert_eq!(day(&clock, "2026-11-01T05:29:59Z"), "2026-10-31");
    assert_eq!(day(&clock, "2026-11-01T05:30:00Z"), "2026-11-01");
    assert_eq!(day(&clock, "2026-11-01T06:10:00Z"), "2026-11-01");
}

#[test]
fn every_instant_lies_within_its_day() {
    for zone in
        ["America/New_York", "Europe/Berlin", "Asia/Shanghai", "Australia/Lord_Howe", "Pacific/Apia", "UTC"]
    {
        for start in [0, 90, 150, 240, 1439] {
            let clock = clock(zone, start);
            // Half-hours over the year in which Samoa left out a day.
            for step in 0..(365 * 48) {
                let instant = at("2011-01-01T00:10:00Z") + SignedDuration::from_mins(30 * step);
                let bounds = clock.bounds(clock.day_of(instant));
                assert!(
                    bounds.contains(&instant),
                    "{zone} from minute {start}: {instant} is not in {bounds:?}"
                );
            }
        }
    }
}

#[test]
fn days_are_counted_by_the_calendar_not_by_hours() {
    let clock = clock("Europe/Berlin", 240);
    let before = clock.day_of(at("2026-03-28T22:00:00Z"));
    // Late in the evening, and again the next morning after clocks went forward: seven hours, one day.
    let after = clock.day_of(at("2026-03-29T05:00:00Z"));
    assert_eq!(after.days_since(before), 1);
    assert_eq!(before.days_since(after), 0);
    assert_eq!(before.plus(1), after);
}

#[test]
fn days_ahead_are_due_at_the_start_of_that_day_across_a_clock_change() {
    let clock = clock("America/New_York", 240);
    let moment = |text: &str| Moment { now: at(text), days: &clock, fuzz: Fuzz::NONE };
    let easy = *Scheduler::default().next(&Memory::New, moment("2026-03-05T20:00:00Z")).after(Rating::Easy);
    assert_eq!(easy.wait, Wait::Days(8));
    // 5 March is EST, 13 March EDT: 04:00 there is 08:00 UTC.
    assert_eq!(easy.memory.due(), Some(at("2026-03-13T08:00:00Z")));
    // At 03:00 it is still 4 March, so that the eighth day after is the 12th.
    let late = *Scheduler::default().next(&Memory::New, moment("2026-03-05T08:00:00Z")).after(Rating::Easy);
    assert_eq!(late.memory.due(), Some(at("2026-03-12T08:00:00Z")));
}

#[test]
fn elapsed_days_are_the_learners_own() {
    let scheduler = Scheduler::default();
    let evening = at("2026-03-02T23:00:00Z");
    let learned = next(&scheduler, &Memory::New, evening).good.memory;
    let strength = |now: &str| next(&scheduler, &learned, at(now)).good.memory.strength().unwrap();
    // Past midnight is the same day; from 04:00 on a day has passed.
    let same_day = next(&scheduler, &learned, evening).good.memory.strength().unwrap();
    assert_eq!(strength("2026-03-03T03:59:00Z"), same_day);
    assert_ne!(strength("2026-03-03T04:00:00Z"), same_day);
    assert_eq!(strength("2026-03-03T04:00:00Z"), strength("2026-03-04T03:00:00Z"));
}

#[test]
fn the_ends_of_the_calendar_do_no_harm() {
    let clock = DayClock::default();
    let day: Day = clock.day_of(monday_noon());
    assert_eq!(day.plus(i32::MAX).plus(1), day.plus(i32::MAX));
    assert!(clock.bounds(day.plus(i32::MAX)).end >= monday_noon());
}
