//! Numbers of *numeric* questions: exact decimals, and what they count.

use crate::text::{Lang, Text};
use std::fmt;

/// A decimal with up to six digits behind the point, kept as millionths; up to a thousand millions either way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number(i64);

const ONE: i64 = 1_000_000;
const MOST: i64 = 1_000_000_000;

impl Number {
    /// Nothing.
    pub const ZERO: Number = Number(0);

    /// A whole number; `None` beyond a thousand millions.
    pub fn whole(value: i64) -> Option<Number> {
        (-MOST..=MOST).contains(&value).then(|| Number(value * ONE))
    }

    /// So many millionths; `None` beyond a thousand millions.
    pub fn millionths(value: i128) -> Option<Number> {
        i64::try_from(value)
            .ok()
            .filter(|value| value.unsigned_abs() <= (MOST * ONE).unsigned_abs())
            .map(Number)
    }

    /// Reads a decimal in ASCII: `300`, `-0.5`, `.5`. `None` for anything else, for more than six digits behind the point,
    /// and beyond a thousand millions.
    pub fn parse(text: &str) -> Option<Number> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if (whole.is_empty() && fraction.is_empty()) || !all_digits(whole) || !all_digits(fraction) {
            return None;
        }
        if whole.len() > 12 || fraction.len() > 6 {
            return None;
        }
        let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
        let fraction: i128 = format!("{fraction:0<6}").parse().ok()?;
        let value = whole * i128::from(ONE) + fraction;
        Number::millionths(if negative { -value } else { value })
    }

    /// In millionths.
    pub fn in_millionths(self) -> i128 {
        i128::from(self.0)
    }

    /// As JSON and YAML write it.
    pub(super) fn to_json(self) -> serde_json::Value {
        match self.0 % ONE {
            0 => (self.0 / ONE).into(),
            // A double holds fifteen digits, and this has no more.
            _ => self.to_string().parse::<f64>().map_or(serde_json::Value::Null, Into::into),
        }
    }
}

impl fmt::Display for Number {
    /// Without zeros at the end: `300`, `-0.5`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (value, one) = (self.0.unsigned_abs(), ONE.unsigned_abs());
        if self.0 < 0 {
            f.write_str("-")?;
        }
        write!(f, "{}", value / one)?;
        match value % one {
            0 => Ok(()),
            part => write!(f, ".{}", format!("{part:06}").trim_end_matches('0')),
        }
    }
}

/// What a number counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Time; an answer in another unit of time is converted.
    Time(TimeUnit),
    /// Anything else; the words stand behind the field.
    Of(Text),
}

/// A unit of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeUnit {
    /// `ms`
    Milliseconds,
    /// `s`
    Seconds,
    /// `m`
    Minutes,
    /// `h`
    Hours,
    /// `d`
    Days,
}

impl TimeUnit {
    /// All, from the shortest.
    pub const ALL: [TimeUnit; 5] =
        [TimeUnit::Milliseconds, TimeUnit::Seconds, TimeUnit::Minutes, TimeUnit::Hours, TimeUnit::Days];

    /// As Kubernetes and bank files write it.
    pub const fn symbol(self) -> &'static str {
        match self {
            TimeUnit::Milliseconds => "ms",
            TimeUnit::Seconds => "s",
            TimeUnit::Minutes => "m",
            TimeUnit::Hours => "h",
            TimeUnit::Days => "d",
        }
    }

    /// How many milliseconds it has.
    pub const fn millis(self) -> i128 {
        match self {
            TimeUnit::Milliseconds => 1,
            TimeUnit::Seconds => 1000,
            TimeUnit::Minutes => 60_000,
            TimeUnit::Hours => 3_600_000,
            TimeUnit::Days => 86_400_000,
        }
    }

    /// The unit of this word, in either language, folded.
    pub fn from_word(word: &str) -> Option<TimeUnit> {
        Some(match word {
            "ms" | "msec" | "msecs" | "millisecond" | "milliseconds" | "毫秒" => TimeUnit::Milliseconds,
            "s" | "sec" | "secs" | "second" | "seconds" | "秒" | "秒钟" | "秒鐘" => TimeUnit::Seconds,
            "m" | "min" | "mins" | "minute" | "minutes" | "分" | "分钟" | "分鐘" => TimeUnit::Minutes,
            "h" | "hr" | "hrs" | "hour" | "hours" | "小时" | "小時" | "个小时" | "钟头" | "个钟头" => {
                TimeUnit::Hours
            }
            "d" | "day" | "days" | "天" | "日" => TimeUnit::Days,
            _ => return None,
        })
    }
}

impl Unit {
    /// The unit of time with this symbol.
    pub fn of_time(symbol: &str) -> Option<Unit> {
        TimeUnit::ALL.into_iter().find(|unit| unit.symbol() == symbol).map(Unit::Time)
    }

    /// The words that stand behind the number, for a reader of a language. Units of time are the same in both.
    pub fn words(&self, lang: Lang) -> &str {
        match self {
            Unit::Time(unit) => unit.symbol(),
            Unit::Of(text) => text.show(lang).words,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact_and_print_as_they_were_written() {
        for text in ["0", "300", "-0.5", "0.1", "1000000000", "0.000001", "12.34"] {
            assert_eq!(Number::parse(text).map(|n| n.to_string()).as_deref(), Some(text));
        }
        assert_eq!(Number::parse(".5"), Number::parse("0.50"));
        for text in ["", "-", ".", "1e3", "0x10", "1.0000001", "1000000001", "９", "1,000"] {
            assert_eq!(Number::parse(text), None, "{text}");
        }
    }
}
