//! When a CronJob is due: the five fields of cron, `@hourly` and its like, `@every 90s`, in a time zone.
//!
//! In: the text of `spec.schedule` and `spec.timeZone`. Out: the next time after a moment, or what is wrong in the words
//! of the library that Kubernetes uses, since people search for them.
//!
//! Sources: `github.com/robfig/cron/v3` (`parser.go`, `spec.go`, `constantdelay.go`);
//! `pkg/apis/batch/validation/validation.go` (time zones).

use crate::cluster::clock::{EPOCH_MS, Millis, SimTime};
use jiff::civil::Date;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, ToSpan, Zoned};

/// A schedule that has no time within so many years has none at all, as `0 0 31 2 *`.
const YEARS: i16 = 5;

/// The schedule cannot be read; the text says why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadSchedule(String);

/// When something is due.
#[derive(Clone, Debug)]
pub enum Schedule {
    /// At these times of the clock.
    Clock(Clock),
    /// So long after the last time, in whole seconds.
    Every(Millis),
}

/// Times of the clock: one bit for each value that a field takes.
#[derive(Clone, Debug)]
pub struct Clock {
    minutes: u64,
    hours: u64,
    days: Days,
    months: u64,
    zone: TimeZone,
}

/// The two fields that name days. If both are restricted, a day needs to meet only one of them.
#[derive(Clone, Copy, Debug)]
struct Days {
    of_month: u64,
    of_week: u64,
    both: bool,
}

/// What a field may hold.
struct Bounds {
    min: u32,
    max: u32,
    /// Names of the values from `min` on.
    names: &'static [&'static str],
}

const MINUTES: Bounds = Bounds { min: 0, max: 59, names: &[] };
const HOURS: Bounds = Bounds { min: 0, max: 23, names: &[] };
const DAYS: Bounds = Bounds { min: 1, max: 31, names: &[] };
const MONTHS: Bounds = Bounds {
    min: 1,
    max: 12,
    names: &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
};
const WEEKDAYS: Bounds = Bounds { min: 0, max: 6, names: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"] };

/// Reads the name of a time zone; without one a CronJob follows the controller's, which is UTC here.
pub fn zone(name: Option<&str>) -> Result<TimeZone, BadSchedule> {
    match name {
        None => Ok(TimeZone::UTC),
        Some("") => Err(BadSchedule("timeZone must be nil or non-empty string".to_owned())),
        Some(name) if name.eq_ignore_ascii_case("local") => Err(BadSchedule(
            "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones".to_owned(),
        )),
        // The built-in database: the same on every machine.
        Some(name) => TimeZoneDatabase::bundled()
            .get(name)
            .map_err(|_| BadSchedule(format!("unknown time zone {name}"))),
    }
}

impl Schedule {
    /// Reads a schedule.
    pub fn parse(text: &str, zone: TimeZone) -> Result<Schedule, BadSchedule> {
        if text.is_empty() {
            return Err(BadSchedule("empty spec string".to_owned()));
        }
        let fields = match text {
            "@yearly" | "@annually" => "0 0 1 1 *",
            "@monthly" => "0 0 1 * *",
            "@weekly" => "0 0 * * 0",
            "@daily" | "@midnight" => "0 0 * * *",
            "@hourly" => "0 * * * *",
            _ => match text.strip_prefix("@every ") {
                Some(span) => return every(span, text),
                None if text.starts_with('@') => {
                    return Err(BadSchedule(format!("unrecognized descriptor: {text}")));
                }
                None => text,
            },
        };
        let fields: Vec<&str> = fields.split_whitespace().collect();
        let [minutes, hours, of_month, months, of_week] = fields[..] else {
            let list = fields.join(" ");
            return Err(BadSchedule(format!("expected exactly 5 fields, found {}: [{list}]", fields.len())));
        };
        let (minutes, _) = field(minutes, &MINUTES)?;
        let (hours, _) = field(hours, &HOURS)?;
        let (of_month, any_of_month) = field(of_month, &DAYS)?;
        let (months, _) = field(months, &MONTHS)?;
        let (of_week, any_of_week) = field(of_week, &WEEKDAYS)?;
        let days = Days { of_month, of_week, both: any_of_month || any_of_week };
        Ok(Schedule::Clock(Clock { minutes, hours, days, months, zone }))
    }

    /// The first time after a moment; `None` if there is none within five years.
    pub fn next(&self, after: SimTime) -> Option<SimTime> {
        match self {
            Schedule::Every(span) => Some(SimTime((after + *span).0.div_euclid(1000) * 1000)),
            Schedule::Clock(clock) => {
                let minute = after.unix_seconds().div_euclid(60) + 1;
                let start = Timestamp::from_second(minute * 60).ok()?.to_zoned(clock.zone.clone());
                let next = clock.first_from(start)?;
                Some(SimTime(next.timestamp().as_millisecond() - EPOCH_MS))
            }
        }
    }
}

impl Clock {
    /// The first time at or after the start of a minute. Hours and minutes go by as they pass, not as the clock shows them: what
    /// falls into the hour that summer time leaves out does not happen, and into the hour that comes twice, happens twice.
    fn first_from(&self, start: Zoned) -> Option<Zoned> {
        let last = start.year() + YEARS;
        let mut at = start;
        while at.year() <= last {
            at = if !has(self.months, at.month()) {
                let month = at.date().first_of_month().checked_add(1.month()).ok()?;
                month.to_zoned(self.zone.clone()).ok()?
            } else if !self.days.meets(at.date()) {
                at.date().tomorrow().ok()?.to_zoned(self.zone.clone()).ok()?
            } else if !has(self.hours, at.hour()) {
                at.checked_add((60 - i64::from(at.minute())).minutes()).ok()?
            } else if !has(self.minutes, at.minute()) {
                at.checked_add(1.minute()).ok()?
            } else {
                return Some(at);
            };
        }
        None
    }
}

impl Days {
    fn meets(self, date: Date) -> bool {
        let of_month = has(self.of_month, date.day());
        let of_week = has(self.of_week, date.weekday().to_sunday_zero_offset());
        if self.both { of_month && of_week } else { of_month || of_week }
    }
}

fn has(bits: u64, value: i8) -> bool {
    bits >> value & 1 == 1
}

fn every(span: &str, text: &str) -> Result<Schedule, BadSchedule> {
    // Go knows no days.
    let span = Millis::parse(span).filter(|_| !span.contains('d')).ok_or_else(|| {
        BadSchedule(format!("failed to parse duration {text}: time: invalid duration {span:?}"))
    })?;
    Ok(Schedule::Every(Millis::secs((span.0 / 1000).max(1))))
}

/// Reads a list of ranges: the values as bits, and whether it is unrestricted (`*` or `?`).
fn field(text: &str, bounds: &Bounds) -> Result<(u64, bool), BadSchedule> {
    let (mut bits, mut any) = (0, false);
    for part in text.split(',').filter(|part| !part.is_empty()) {
        let (more, star) = range(part, bounds)?;
        bits |= more;
        any |= star;
    }
    Ok((bits, any))
}

/// Reads one range: `*`, `5`, `1-5`, `*/15`, `10-20/5`; `5/15` means from 5 to the end.
fn range(text: &str, bounds: &Bounds) -> Result<(u64, bool), BadSchedule> {
    let wrong = |what: String| Err(BadSchedule(format!("{what}: {text}")));
    let parts: Vec<&str> = text.split('/').collect();
    let ends: Vec<&str> = parts[0].split('-').collect();
    let mut star = matches!(ends[0], "*" | "?");
    let (start, mut end) = match ends[..] {
        _ if star => (bounds.min, bounds.max),
        [one] => (value(one, bounds)?, value(one, bounds)?),
        [low, high] => (value(low, bounds)?, value(high, bounds)?),
        _ => return wrong("too many hyphens".to_owned()),
    };
    let step = match parts[..] {
        [_] => 1,
        [_, step] => {
            if ends.len() == 1 {
                end = bounds.max;
            }
            number(step)?
        }
        _ => return wrong("too many slashes".to_owned()),
    };
    star &= step <= 1;
    if start < bounds.min {
        return wrong(format!("beginning of range ({start}) below minimum ({})", bounds.min));
    }
    if end > bounds.max {
        return wrong(format!("end of range ({end}) above maximum ({})", bounds.max));
    }
    if start > end {
        return wrong(format!("beginning of range ({start}) beyond end of range ({end})"));
    }
    if step == 0 {
        return wrong("step of range should be a positive number".to_owned());
    }
    let values = (start..=end).step_by(usize::try_from(step).unwrap_or(usize::MAX));
    Ok((values.fold(0, |bits, value| bits | 1 << value), star))
}

fn value(text: &str, bounds: &Bounds) -> Result<u32, BadSchedule> {
    let lower = text.to_ascii_lowercase();
    match (bounds.min..).zip(bounds.names).find(|(_, name)| **name == lower) {
        Some((value, _)) => Ok(value),
        None => number(text),
    }
}

fn number(text: &str) -> Result<u32, BadSchedule> {
    text.parse().map_err(|_| {
        BadSchedule(format!(
            "failed to parse int from {text}: strconv.Atoi: parsing {text:?}: invalid syntax"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The next times after the scenario's beginning, Thursday 2026-01-01 00:00 UTC, as `MM-DD hh:mm` in the schedule's zone.
    fn next(text: &str, zone_name: &str, from: &str, count: usize) -> Vec<String> {
        let zone = zone(Some(zone_name)).unwrap();
        let schedule = Schedule::parse(text, zone.clone()).unwrap();
        let from: Timestamp = from.parse().unwrap();
        let mut at = SimTime(from.as_millisecond() - EPOCH_MS);
        let mut times = Vec::new();
        for _ in 0..count {
            at = schedule.next(at).unwrap();
            let shown = Timestamp::from_millisecond(EPOCH_MS + at.0).unwrap().to_zoned(zone.clone());
            times.push(shown.strftime("%m-%d %H:%M").to_string());
        }
        times
    }

    #[test]
    fn the_next_times_of_a_schedule() {
        let start = "2026-01-01T00:00:00Z";
        for (text, times) in [
            ("* * * * *", ["01-01 00:01", "01-01 00:02", "01-01 00:03"]),
            ("*/20 * * * *", ["01-01 00:20", "01-01 00:40", "01-01 01:00"]),
            ("10/25 * * * *", ["01-01 00:10", "01-01 00:35", "01-01 01:10"]),
            ("5,1-3/2 4 * * *", ["01-01 04:01", "01-01 04:03", "01-01 04:05"]),
            ("0 0 * * ?", ["01-02 00:00", "01-03 00:00", "01-04 00:00"]),
            // 2026-01-04 is a Sunday.
            ("@weekly", ["01-04 00:00", "01-11 00:00", "01-18 00:00"]),
            ("@hourly", ["01-01 01:00", "01-01 02:00", "01-01 03:00"]),
            ("@monthly", ["02-01 00:00", "03-01 00:00", "04-01 00:00"]),
            ("30 9 * FEB mon-tue", ["02-02 09:30", "02-03 09:30", "02-09 09:30"]),
            ("@every 90m", ["01-01 01:30", "01-01 03:00", "01-01 04:30"]),
        ] {
            assert_eq!(next(text, "UTC", start, 3), times, "{text}");
        }
    }

    #[test]
    fn a_day_of_month_and_a_day_of_week_together_mean_either() {
        assert_eq!(
            next("0 0 13 * 5", "UTC", "2026-01-01T00:00:00Z", 5),
            ["01-02 00:00", "01-09 00:00", "01-13 00:00", "01-16 00:00", "01-23 00:00"]
        );
        // A star with a step restricts as well.
        assert_eq!(
            next("0 0 */10 * 1", "UTC", "2026-01-01T00:00:00Z", 3),
            ["01-05 00:00", "01-11 00:00", "01-12 00:00"]
        );
    }

    #[test]
    fn the_hour_left_out_is_skipped_and_the_hour_that_comes_twice_is_due_twice() {
        let berlin = |from| next("30 2 * * *", "Europe/Berlin", from, 2);
        assert_eq!(berlin("2026-03-28T12:00:00Z"), ["03-30 02:30", "03-31 02:30"]);
        assert_eq!(berlin("2026-10-24T12:00:00Z"), ["10-25 02:30", "10-25 02:30"]);
        assert_eq!(next("0 9 * * *", "Asia/Shanghai", "2026-01-01T00:00:00Z", 1), ["01-01 09:00"]);
    }

    #[test]
    fn a_day_that_never_comes_has_no_next_time() {
        let schedule = Schedule::parse("0 0 31 2 *", TimeZone::UTC).unwrap();
        assert_eq!(schedule.next(SimTime(0)), None);
    }

    #[test]
    fn what_is_wrong_is_said_in_the_words_of_the_library() {
        for (text, message) in [
            ("", "empty spec string"),
            ("* * * *", "expected exactly 5 fields, found 4: [* * * *]"),
            ("60 * * * *", "end of range (60) above maximum (59): 60"),
            ("* * * * 7", "end of range (7) above maximum (6): 7"),
            ("* * 0 * *", "beginning of range (0) below minimum (1): 0"),
            ("5-1 * * * *", "beginning of range (5) beyond end of range (1): 5-1"),
            ("1-2-3 * * * *", "too many hyphens: 1-2-3"),
            ("*/2/3 * * * *", "too many slashes: */2/3"),
            ("*/0 * * * *", "step of range should be a positive number: */0"),
            ("x * * * *", "failed to parse int from x: strconv.Atoi: parsing \"x\": invalid syntax"),
            ("@often", "unrecognized descriptor: @often"),
            ("@every 1d", "failed to parse duration @every 1d: time: invalid duration \"1d\""),
        ] {
            assert_eq!(Schedule::parse(text, TimeZone::UTC).unwrap_err().to_string(), message);
        }
        assert_eq!(zone(Some("Mars/Base")).unwrap_err().to_string(), "unknown time zone Mars/Base");
    }
}
