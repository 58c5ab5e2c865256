//! How long until a question returns, and when, in words.

use jiff::Timestamp;

use crate::locale::Locale;
use crate::memory::{DayClock, Wait};

/// A wait, as it stands on a button: `10 min`, `3 days`, `2.5 months`.
pub(super) fn wait(locale: &Locale, wait: Wait) -> String {
    let say = |key, number: f64| locale.say_with(key, &[("count", number.into())]);
    match wait {
        Wait::Short(time) if time.as_secs() < 60 => locale.say("wait-moment"),
        Wait::Short(time) if time.as_mins() < 60 => say("wait-minutes", rounded(time.as_secs_f64() / 60.0)),
        Wait::Short(time) => say("wait-hours", tenths(time.as_secs_f64() / 3600.0)),
        Wait::Days(days) if days < 60 => say("wait-days", f64::from(days)),
        Wait::Days(days) if days < 365 => say("wait-months", tenths(f64::from(days) / 30.4375)),
        Wait::Days(days) => say("wait-years", tenths(f64::from(days) / 365.25)),
    }
}

/// An instant in a learner's own time: a time today, tomorrow, or a date.
pub(super) fn when(locale: &Locale, days: &DayClock, now: Timestamp, at: Timestamp) -> String {
    let local = days.zone().to_datetime(at);
    let time = local.strftime("%H:%M").to_string();
    match days.day_of(at).days_since(days.day_of(now)) {
        _ if at <= now => locale.say("when-now"),
        0 => locale.say_with("when-today", &[("time", time.into())]),
        1 => locale.say_with("when-tomorrow", &[("time", time.into())]),
        _ => {
            let date = days.day_of(at).date().to_string();
            locale.say_with("when-on", &[("date", date.into())])
        }
    }
}

fn rounded(number: f64) -> f64 {
    number.round()
}

fn tenths(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, tz::TimeZone};

    use super::*;
    use crate::locale::locale;
    use crate::text::Lang;

    #[test]
    fn a_wait_is_told_in_its_own_unit() {
        let en = locale(Lang::En);
        let short = |seconds| wait(en, Wait::Short(SignedDuration::from_secs(seconds)));
        assert_eq!([short(30), short(60), short(600), short(5400)], ["< 1 min", "1 min", "10 min", "1.5 h"]);
        let days = |days| wait(en, Wait::Days(days));
        assert_eq!([days(1), days(59), days(75), days(731)], ["1 day", "59 days", "2.5 months", "2 years"]);
        assert_eq!(wait(locale(Lang::Zh), Wait::Days(3)), "3 天");
    }

    #[test]
    fn an_instant_is_told_in_the_learners_own_time() {
        let days = DayClock::new(TimeZone::get("Asia/Shanghai").unwrap(), 240);
        let now: Timestamp = "2026-03-02T01:00:00Z".parse().unwrap();
        let told = |at: &str| when(locale(Lang::En), &days, now, at.parse().unwrap());
        assert_eq!(told("2026-03-02T01:00:00Z"), "now");
        assert_eq!(told("2026-03-02T02:30:00Z"), "today at 10:30");
        assert_eq!(told("2026-03-02T20:00:00Z"), "tomorrow at 04:00");
        assert_eq!(told("2026-03-09T20:00:00Z"), "on 2026-03-10");
    }
}
