//! Amounts as Kubernetes writes them (`500m`, `1.5Gi`), and numbers that may be percentages (`25%`).
//!
//! Sources: apimachinery `pkg/api/resource/quantity.go`, `pkg/util/intstr/intstr.go`; docs "Quantity".

use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use std::fmt;

/// How a quantity was written, and so how it is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    /// Powers of 1000: `n u m k M G T P E`.
    Decimal,
    /// Powers of 1024: `Ki` … `Ei`.
    Binary,
    /// `1e3`.
    Exponent,
}

/// An amount, exact to one billionth.
#[derive(Clone, Copy, Debug)]
pub struct Quantity {
    nanos: i128,
    format: Format,
}

/// The text is no quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'")]
pub struct BadQuantity;

const NANOS: i128 = 1_000_000_000;
/// Amounts are capped here: 2^63 − 1 whole units.
const MAX: i128 = (i64::MAX as i128) * NANOS;

impl Quantity {
    /// Nothing.
    pub const ZERO: Quantity = Quantity { nanos: 0, format: Format::Decimal };

    /// So many thousandths.
    pub const fn from_milli(milli: i64) -> Quantity {
        Quantity { nanos: milli as i128 * 1_000_000, format: Format::Decimal }
    }

    /// Reads a quantity. What is finer than one billionth is rounded up, away from zero.
    pub fn parse(text: &str) -> Result<Quantity, BadQuantity> {
        let (negative, unsigned) = match text.as_bytes().first() {
            Some(b'-') => (true, &text[1..]),
            Some(b'+') => (false, &text[1..]),
            _ => (false, text),
        };
        let end = unsigned.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(unsigned.len());
        let (number, suffix) = unsigned.split_at(end);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if fraction.contains('.') || (whole.is_empty() && fraction.is_empty()) {
            return Err(BadQuantity);
        }
        let (format, power) = scale(suffix)?;
        let digits: String = [whole, fraction].concat();
        if digits.len() > 30 {
            return Err(BadQuantity);
        }
        let mantissa: i128 = if digits.is_empty() { 0 } else { digits.parse().map_err(|_| BadQuantity)? };
        let shift = i32::try_from(fraction.len()).map_err(|_| BadQuantity)?;
        let nanos = match power {
            Power::Two(bits) => ratio(mantissa, (NANOS) << bits, 10_i128.pow(shift.unsigned_abs())),
            Power::Ten(exponent) => {
                let exponent = exponent + 9 - shift;
                if exponent >= 0 {
                    10_i128
                        .checked_pow(exponent.unsigned_abs())
                        .and_then(|f| mantissa.checked_mul(f))
                        .unwrap_or(MAX)
                } else {
                    10_i128.checked_pow(exponent.unsigned_abs()).map_or(1, |f| ratio(mantissa, 1, f))
                }
            }
        }
        .min(MAX);
        Ok(Quantity { nanos: if negative { -nanos } else { nanos }, format })
    }

    /// In thousandths, rounded up: CPU is compared so.
    pub fn milli(self) -> i64 {
        clamp(div_up(self.nanos, 1_000_000))
    }

    /// In whole units, rounded up: memory is compared so.
    pub fn value(self) -> i64 {
        clamp(div_up(self.nanos, NANOS))
    }

    /// Whether it is nothing.
    pub fn is_zero(self) -> bool {
        self.nanos == 0
    }
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Quantity) -> bool {
        self.nanos == other.nanos
    }
}

impl Eq for Quantity {}

impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Quantity) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Quantity {
    fn cmp(&self, other: &Quantity) -> std::cmp::Ordering {
        self.nanos.cmp(&other.nanos)
    }
}

impl fmt::Display for Quantity {
    /// The canonical text: the largest suffix that leaves no fraction.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = self.nanos % NANOS == 0;
        if self.format == Format::Binary && whole {
            let units = self.nanos / NANOS;
            for (bits, suffix) in [(60, "Ei"), (50, "Pi"), (40, "Ti"), (30, "Gi"), (20, "Mi"), (10, "Ki")] {
                if units != 0 && units % (1_i128 << bits) == 0 {
                    return write!(f, "{}{suffix}", units >> bits);
                }
            }
            return write!(f, "{units}");
        }
        let suffixes: [(i32, &str); 10] = match self.format {
            Format::Exponent => [
                (18, "e18"),
                (15, "e15"),
                (12, "e12"),
                (9, "e9"),
                (6, "e6"),
                (3, "e3"),
                (0, ""),
                (-3, "e-3"),
                (-6, "e-6"),
                (-9, "e-9"),
            ],
            Format::Decimal | Format::Binary => [
                (18, "E"),
                (15, "P"),
                (12, "T"),
                (9, "G"),
                (6, "M"),
                (3, "k"),
                (0, ""),
                (-3, "m"),
                (-6, "u"),
                (-9, "n"),
            ],
        };
        for (exponent, suffix) in suffixes {
            let size = 10_i128.pow((exponent + 9).unsigned_abs());
            if self.nanos != 0 && self.nanos % size == 0 {
                return write!(f, "{}{suffix}", self.nanos / size);
            }
        }
        f.write_str("0")
    }
}

enum Power {
    Two(u32),
    Ten(i32),
}

fn scale(suffix: &str) -> Result<(Format, Power), BadQuantity> {
    Ok(match suffix {
        "Ki" => (Format::Binary, Power::Two(10)),
        "Mi" => (Format::Binary, Power::Two(20)),
        "Gi" => (Format::Binary, Power::Two(30)),
        "Ti" => (Format::Binary, Power::Two(40)),
        "Pi" => (Format::Binary, Power::Two(50)),
        "Ei" => (Format::Binary, Power::Two(60)),
        "n" => (Format::Decimal, Power::Ten(-9)),
        "u" => (Format::Decimal, Power::Ten(-6)),
        "m" => (Format::Decimal, Power::Ten(-3)),
        "" => (Format::Decimal, Power::Ten(0)),
        "k" => (Format::Decimal, Power::Ten(3)),
        "M" => (Format::Decimal, Power::Ten(6)),
        "G" => (Format::Decimal, Power::Ten(9)),
        "T" => (Format::Decimal, Power::Ten(12)),
        "P" => (Format::Decimal, Power::Ten(15)),
        "E" => (Format::Decimal, Power::Ten(18)),
        other => {
            let exponent = other.strip_prefix(['e', 'E']).ok_or(BadQuantity)?;
            let exponent: i32 = exponent.parse().map_err(|_| BadQuantity)?;
            if !(-30..=30).contains(&exponent) {
                return Err(BadQuantity);
            }
            (Format::Exponent, Power::Ten(exponent))
        }
    })
}

/// a × b ÷ c, rounded up, capped instead of overflowing.
fn ratio(a: i128, b: i128, c: i128) -> i128 {
    a.checked_mul(b).map_or(MAX, |product| div_up(product, c))
}

fn div_up(a: i128, b: i128) -> i128 {
    // Away from zero: a request is never understated.
    if a >= 0 { (a + b - 1) / b } else { (a - b + 1) / b }
}

fn clamp(value: i128) -> i64 {
    i64::try_from(value).unwrap_or(if value > 0 { i64::MAX } else { i64::MIN })
}

/// Which way a percentage of a count is rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Round {
    /// Surge; unavailability of a DaemonSet; percentages of a disruption budget.
    Up,
    /// Unavailability of a Deployment or StatefulSet.
    Down,
}

/// A number, or that percentage of `total`. `None` if the text is no percentage.
pub fn scaled(value: &IntOrString, total: i32, round: Round) -> Option<i32> {
    match value {
        IntOrString::Int(number) => Some(*number),
        IntOrString::String(text) => {
            let percent: i64 = text.strip_suffix('%')?.parse().ok()?;
            let product = percent.checked_mul(i64::from(total))?;
            let result = match round {
                Round::Up => product.div_euclid(100) + i64::from(product.rem_euclid(100) != 0),
                Round::Down => product.div_euclid(100),
            };
            i32::try_from(result).ok()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_text_has_the_largest_suffix_without_a_fraction() {
        for (text, canonical) in [
            ("1500m", "1500m"),
            ("1000m", "1"),
            ("1024Mi", "1Gi"),
            ("1.5Gi", "1536Mi"),
            ("0.1", "100m"),
            ("1e3", "1e3"),
            ("12e6", "12e6"),
            ("0", "0"),
            ("100k", "100k"),
            ("1000k", "1M"),
            ("0.5n", "1n"),
            (".5", "500m"),
            ("5.", "5"),
        ] {
            assert_eq!(Quantity::parse(text).map(|q| q.to_string()), Ok(canonical.to_owned()), "{text}");
        }
    }

    #[test]
    fn what_is_no_quantity_is_refused() {
        for text in ["", "K", "1K", "1i", "1 Gi", "1.2.3", "abc", "1e", "--1", "Gi", "."] {
            assert_eq!(Quantity::parse(text), Err(BadQuantity), "{text}");
        }
    }

    #[test]
    fn cpu_is_compared_in_thousandths_and_memory_in_bytes() {
        assert_eq!(Quantity::parse("0.5").map(Quantity::milli), Ok(500));
        assert_eq!(Quantity::parse("1u").map(Quantity::milli), Ok(1));
        assert_eq!(Quantity::parse("64Mi").map(Quantity::value), Ok(67_108_864));
        assert_eq!(Quantity::parse("100E").map(Quantity::value), Ok(i64::MAX));
    }

    #[test]
    fn percentages_round_up_or_down() {
        let percent = IntOrString::String("25%".into());
        assert_eq!(scaled(&percent, 10, Round::Up), Some(3));
        assert_eq!(scaled(&percent, 10, Round::Down), Some(2));
        assert_eq!(scaled(&percent, 1, Round::Up), Some(1));
        assert_eq!(scaled(&percent, 1, Round::Down), Some(0));
        assert_eq!(scaled(&IntOrString::Int(4), 1, Round::Down), Some(4));
        assert_eq!(scaled(&IntOrString::String("x".into()), 1, Round::Down), None);
    }
}
