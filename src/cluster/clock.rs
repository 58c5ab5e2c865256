//! Virtual time: whole milliseconds since a scenario began, and nothing else.
//!
//! The simulation never looks at a real clock. An API timestamp is the scenario's fixed beginning plus the virtual time,
//! cut to whole seconds as the API server does.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, Time};
use k8s_openapi::jiff::Timestamp;
use std::fmt;
use std::ops::{Add, AddAssign, Mul, Sub};

/// The moment of a scenario's time zero, in milliseconds since 1970: 2026-01-01T00:00:00Z, a Thursday.
pub const EPOCH_MS: i64 = 1_767_225_600_000;

/// A span of virtual time in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Millis(pub i64);

/// A moment of virtual time: milliseconds since the scenario began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SimTime(pub i64);

impl Millis {
    /// No time at all.
    pub const ZERO: Millis = Millis(0);

    /// A span of whole seconds.
    pub const fn secs(seconds: i64) -> Millis {
        Millis(seconds.saturating_mul(1000))
    }

    /// A span of whole minutes.
    pub const fn mins(minutes: i64) -> Millis {
        Millis(minutes.saturating_mul(60_000))
    }

    /// Reads a duration as scenario files write it: numbers with `ms`, `s`, `m`, `h` or `d`, largest first, as `1m30s`.
    /// Fractions are allowed (`1.5s`). `None` for anything else.
    pub fn parse(text: &str) -> Option<Millis> {
        let mut rest = text.trim();
        if rest == "0" {
            return Some(Millis::ZERO);
        }
        let mut total = 0_i64;
        let mut any = false;
        while !rest.is_empty() {
            let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
            let (number, tail) = rest.split_at(digits);
            let letters = tail.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(tail.len());
            let (unit, tail) = tail.split_at(letters);
            let unit_ms: i64 = match unit {
                "ms" => 1,
                "s" => 1000,
                "m" => 60_000,
                "h" => 3_600_000,
                "d" => 86_400_000,
                _ => return None,
            };
            let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
            if whole.is_empty() || (number.contains('.') && fraction.is_empty()) || fraction.len() > 6 {
                return None;
            }
            let whole: i64 = whole.parse().ok()?;
            let mut part = whole.checked_mul(unit_ms)?;
            if !fraction.is_empty() {
                let scale = 10_i64.pow(u32::try_from(fraction.len()).ok()?);
                part = part.checked_add(fraction.parse::<i64>().ok()?.checked_mul(unit_ms)? / scale)?;
            }
            total = total.checked_add(part)?;
            any = true;
            rest = tail;
        }
        any.then_some(Millis(total))
    }

    /// As Go prints a duration: `500ms`, `1.5s`, `1m20s`, `5m0s`.
    pub fn as_go(self) -> String {
        let (seconds, ms) = (self.0 / 1000, self.0 % 1000);
        if seconds == 0 && ms > 0 {
            return format!("{ms}ms");
        }
        let mut text = String::new();
        if seconds >= 3600 {
            text += &format!("{}h", seconds / 3600);
        }
        if seconds >= 60 {
            text += &format!("{}m", seconds / 60 % 60);
        }
        text += &(seconds % 60).to_string();
        if ms > 0 {
            text += format!(".{ms:03}").trim_end_matches('0');
        }
        text + "s"
    }
}

impl SimTime {
    /// The beginning of the scenario.
    pub const ZERO: SimTime = SimTime(0);

    /// The moment as the API writes it: whole seconds, cut off.
    pub fn to_time(self) -> Time {
        Time(Timestamp::from_second(self.unix_seconds()).unwrap_or(Timestamp::MAX))
    }

    /// The moment as the API writes it where it keeps microseconds (Event `eventTime`, Leases).
    pub fn to_micro_time(self) -> MicroTime {
        MicroTime(Timestamp::from_millisecond(self.unix_millis()).unwrap_or(Timestamp::MAX))
    }

    /// Reads an API timestamp back.
    pub fn from_time(time: &Time) -> SimTime {
        SimTime(time.0.as_millisecond() - EPOCH_MS)
    }

    /// How long after `earlier` this is; negative if before.
    pub fn since(self, earlier: SimTime) -> Millis {
        Millis(self.0.saturating_sub(earlier.0))
    }

    /// The first moment at or after this one at which an API timestamp changes, that is the next whole second.
    pub fn ceil_second(self) -> SimTime {
        SimTime(self.unix_millis().saturating_add(999).div_euclid(1000) * 1000 - EPOCH_MS)
    }

    /// Seconds since 1970, cut off.
    pub fn unix_seconds(self) -> i64 {
        self.unix_millis().div_euclid(1000)
    }

    fn unix_millis(self) -> i64 {
        self.0.saturating_add(EPOCH_MS)
    }
}

impl fmt::Display for Millis {
    /// As scenario files write it: `1m30s`, `250ms`, `0s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("0s");
        }
        let mut rest = self.0.unsigned_abs();
        if self.0 < 0 {
            f.write_str("-")?;
        }
        for (unit, size) in [("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)] {
            if rest >= size {
                write!(f, "{}{unit}", rest / size)?;
                rest %= size;
            }
        }
        Ok(())
    }
}

impl fmt::Display for SimTime {
    /// As a clock: `0:05`, `12:34`, `1:02:03`, with `.250` behind it where it is not a whole second.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.div_euclid(1000);
        let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        if hours > 0 {
            write!(f, "{hours}:{minutes:02}:{seconds:02}")?;
        } else {
            write!(f, "{minutes}:{seconds:02}")?;
        }
        match self.0.rem_euclid(1000) {
            0 => Ok(()),
            ms => write!(f, ".{ms:03}"),
        }
    }
}

impl Add<Millis> for SimTime {
    type Output = SimTime;
    fn add(self, span: Millis) -> SimTime {
        SimTime(self.0.saturating_add(span.0))
    }
}

impl AddAssign<Millis> for SimTime {
    fn add_assign(&mut self, span: Millis) {
        *self = *self + span;
    }
}

impl Sub<Millis> for SimTime {
    type Output = SimTime;
    fn sub(self, span: Millis) -> SimTime {
        SimTime(self.0.saturating_sub(span.0))
    }
}

impl Add for Millis {
    type Output = Millis;
    fn add(self, other: Millis) -> Millis {
        Millis(self.0.saturating_add(other.0))
    }
}

impl Sub for Millis {
    type Output = Millis;
    fn sub(self, other: Millis) -> Millis {
        Millis(self.0.saturating_sub(other.0))
    }
}

impl Mul<i64> for Millis {
    type Output = Millis;
    fn mul(self, factor: i64) -> Millis {
        Millis(self.0.saturating_mul(factor))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_people_write_them() {
        for (text, ms) in
            [("0", 0), ("0s", 0), ("250ms", 250), ("1m30s", 90_000), ("1.5s", 1500), ("2h", 7_200_000)]
        {
            assert_eq!(Millis::parse(text), Some(Millis(ms)), "{text}");
        }
        for text in ["", "5", "s", "1x", "1.s", ".5s", "-1s", "99999999999999999999s", "1m 30s"] {
            assert_eq!(Millis::parse(text), None, "{text}");
        }
    }

    #[test]
    fn durations_and_moments_print_as_they_are_read() {
        assert_eq!(Millis(90_250).to_string(), "1m30s250ms");
        assert_eq!(SimTime(356_000).to_string(), "5:56");
        assert_eq!(SimTime(3_723_004).to_string(), "1:02:03.004");
    }

    #[test]
    fn spans_and_moments_beyond_all_measure_stay_at_the_end() {
        let never = SimTime::ZERO + Millis::secs(i64::MAX);
        assert_eq!(never, SimTime(i64::MAX));
        assert_eq!(never.since(SimTime(-1)), Millis(i64::MAX));
        assert!(never.ceil_second() > SimTime(i64::MAX / 2));
        assert_eq!(never.to_time().0, Timestamp::MAX);
        assert_eq!(Millis::mins(i64::MIN), Millis(i64::MIN));
    }

    #[test]
    fn api_timestamps_are_whole_seconds_cut_off() {
        assert_eq!(SimTime(1999).to_time().0.to_string(), "2026-01-01T00:00:01Z");
        assert_eq!(SimTime::from_time(&SimTime(1999).to_time()), SimTime(1000));
        assert_eq!(SimTime(1001).ceil_second(), SimTime(2000));
    }

    #[test]
    fn durations_read_as_go_prints_them() {
        for (ms, text) in [(0, "0s"), (500, "500ms"), (1500, "1.5s"), (80_000, "1m20s"), (300_000, "5m0s")] {
            assert_eq!(Millis(ms).as_go(), text);
        }
    }
}
