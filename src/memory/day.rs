//! What "a day" is for one learner: it begins at their own hour in their own time zone.
//!
//! Someone who studies past midnight is still in yesterday's sitting, so the day starts at 04:00 unless they say
//! otherwise (Anki's default). A day is bounded by two instants, and it may have 23 or 25 hours where clocks change.

use std::ops::Range;

use jiff::{SignedDuration, Timestamp, civil, tz::TimeZone};

/// One of a learner's days, named by the date on which it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(civil::Date);

impl Day {
    /// The date on which it starts.
    pub const fn date(self) -> civil::Date {
        self.0
    }

    /// The day so many days later (earlier where negative), at the ends of the calendar the last or first one.
    #[must_use]
    pub fn plus(self, days: i32) -> Day {
        Day(self.0.saturating_add(SignedDuration::from_hours(24 * i64::from(days))))
    }

    /// How many days this one is after the other; 0 where it is not.
    pub fn days_since(self, other: Day) -> u32 {
        let days = (self.0 - other.0).get_days();
        u32::try_from(days).unwrap_or(0)
    }
}

/// Turns instants into a learner's days and back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayClock {
    zone: TimeZone,
    start_minute: u16,
}

impl DayClock {
    /// Four in the morning, Anki's default.
    pub const DEFAULT_START_MINUTE: u16 = 4 * 60;

    /// A clock for this time zone whose days start at this minute after midnight; a minute past 23:59 counts as 23:59.
    pub fn new(zone: TimeZone, start_minute: u16) -> DayClock {
        DayClock { zone, start_minute: start_minute.min(24 * 60 - 1) }
    }

    /// The time zone.
    pub const fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The minute after midnight at which a day starts.
    pub const fn start_minute(&self) -> u16 {
        self.start_minute
    }

    /// The day to which an instant belongs.
    pub fn day_of(&self, instant: Timestamp) -> Day {
        // The last day that has started. Decided by instants, not by reading the wall clock: where clocks jump over the
        // start of the day (or over a whole day, as in Samoa in 2011), the two differ.
        let date = Day(self.zone.to_datetime(instant).date());
        let nearby = [1, 0, -1, -2].map(|days| date.plus(days));
        nearby.into_iter().find(|day| self.start_of(*day) <= instant).unwrap_or(date)
    }

    /// The first instant of a day. A start that clocks jump over comes as much later; of one they repeat, the first counts.
    pub fn start_of(&self, day: Day) -> Timestamp {
        let (hour, minute) = (self.start_minute / 60, self.start_minute % 60);
        let start = day.0.at(i8::try_from(hour).unwrap_or(0), i8::try_from(minute).unwrap_or(0), 0, 0);
        // Only a date at the very end of the calendar (year 9999) has no instant.
        self.zone.to_timestamp(start).unwrap_or(Timestamp::MAX)
    }

    /// The instants of a day: from its first up to, not including, the first of the next.
    pub fn bounds(&self, day: Day) -> Range<Timestamp> {
        self.start_of(day)..self.start_of(day.plus(1))
    }
}

impl Default for DayClock {
    /// UTC, from four in the morning.
    fn default() -> DayClock {
        DayClock::new(TimeZone::UTC, DayClock::DEFAULT_START_MINUTE)
    }
}
