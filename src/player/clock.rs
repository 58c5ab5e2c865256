//! Times and amounts as the picture writes them: short, and the same in both languages.

use crate::cluster::{Millis, SimTime};

/// A clock without fractions: `0:05`, `12:34`, `1:02:03`.
pub(super) fn clock(at: SimTime) -> String {
    SimTime(at.0.div_euclid(1000) * 1000).to_string()
}

/// An age as kubectl writes it, roughly: `45s`, `5m`, `3h`, `2d`.
pub(super) fn age(span: Millis) -> String {
    let seconds = span.0.max(0) / 1000;
    match seconds {
        0..120 => format!("{seconds}s"),
        120..7200 => format!("{}m", seconds / 60),
        7200..172_800 => format!("{}h", seconds / 3600),
        _ => format!("{}d", seconds / 86_400),
    }
}

/// Thousandths as a decimal number without needless digits: `500` is `0.5`, `4000` is `4`.
pub(super) fn thousandths(amount: i64) -> String {
    let text = format!("{}.{:03}", amount / 1000, amount.abs() % 1000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_no_needless_digits() {
        for (amount, text) in [(0, "0"), (500, "0.5"), (4000, "4"), (1250, "1.25"), (5, "0.005")] {
            assert_eq!(thousandths(amount), text);
        }
    }

    #[test]
    fn clocks_have_whole_seconds_and_ages_one_unit() {
        assert_eq!(clock(SimTime(65_999)), "1:05");
        assert_eq!(age(Millis::secs(119)), "119s");
        assert_eq!(age(Millis::mins(5)), "5m");
        assert_eq!(age(Millis::mins(60 * 49)), "2d");
    }
}
