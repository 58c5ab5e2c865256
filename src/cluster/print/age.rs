//! Ages. Source: apimachinery `pkg/util/duration/duration.go`, `HumanDuration`.

use crate::cluster::clock::Millis;

/// A duration as kubectl prints it: at most two units, cut off, never rounded.
pub fn age(span: Millis) -> String {
    let seconds = span.0 / 1000;
    if seconds < -1 {
        return "<invalid>".to_owned();
    }
    if seconds < 0 {
        return "0s".to_owned();
    }
    let pair = |big: i64, unit: &str, small: i64, sub: &str| {
        if small == 0 { format!("{big}{unit}") } else { format!("{big}{unit}{small}{sub}") }
    };
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    let (days, years) = (hours / 24, hours / 24 / 365);
    match seconds {
        s if s < 2 * 60 => format!("{s}s"),
        _ if minutes < 10 => pair(minutes, "m", seconds % 60, "s"),
        _ if minutes < 3 * 60 => format!("{minutes}m"),
        _ if hours < 8 => pair(hours, "h", minutes % 60, "m"),
        _ if hours < 48 => format!("{hours}h"),
        _ if hours < 24 * 8 => pair(days, "d", hours % 24, "h"),
        _ if hours < 24 * 365 * 2 => format!("{days}d"),
        _ if hours < 24 * 365 * 8 => pair(years, "y", days % 365, "d"),
        _ => format!("{years}y"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_cut_off_to_two_units() {
        // Cases of duration_test.go.
        for (seconds, text) in [
            (1, "1s"),
            (70, "70s"),
            (119, "119s"),
            (190, "3m10s"),
            (180, "3m"),
            (70 * 60, "70m"),
            (3 * 3600 + 60, "3h1m"),
            (3 * 3600, "3h"),
            (47 * 3600, "47h"),
            (49 * 3600, "2d1h"),
            (48 * 3600, "2d"),
            (367 * 24 * 3600, "367d"),
            ((2 * 365 + 25) * 24 * 3600, "2y25d"),
            (2 * 365 * 24 * 3600, "2y"),
            (9 * 365 * 24 * 3600, "9y"),
            (-1, "0s"),
            (-2, "<invalid>"),
        ] {
            assert_eq!(age(Millis::secs(seconds)), text, "{seconds} s");
        }
    }
}
