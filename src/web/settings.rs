//! `/settings`: when a learner's day starts, how much it holds, and how well they want to remember.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use jiff::tz::TimeZone;

use crate::memory::{DayClock, Retention};
use crate::store::Settings;

use super::App;
use super::error::{Result, see_other};
use super::fields::Fields;
use super::page::{self, Frame, Section};
use super::visitor::Student;

/// More than anyone does in a day, so that a slip of the finger is noticed.
const MOST_PER_DAY: u32 = 9999;

#[derive(Template)]
#[template(path = "settings.html")]
struct View {
    f: Frame,
    saved: bool,
    form: Form,
    zones: Vec<String>,
}

/// The form as it is filled in, with what is wrong with each field.
struct Form {
    zone: Field,
    day_start: Field,
    new_per_day: Field,
    reviews_per_day: Field,
    retention: Field,
}

/// One field.
#[derive(Default)]
struct Field {
    value: String,
    /// The Fluent key of what is wrong with it.
    wrong: Option<&'static str>,
}

impl From<&Settings> for Form {
    fn from(settings: &Settings) -> Form {
        let field = |value: String| Field { value, wrong: None };
        let start = settings.days.start_minute();
        Form {
            zone: field(settings.days.zone().iana_name().unwrap_or("UTC").to_owned()),
            day_start: field(format!("{:02}:{:02}", start / 60, start % 60)),
            new_per_day: field(settings.new_per_day.to_string()),
            reviews_per_day: field(settings.reviews_per_day.to_string()),
            retention: field((settings.retention.as_per_mille() / 10).to_string()),
        }
    }
}

/// `GET /settings`
pub(super) async fn show(student: Student, query: web::Query<Saved>) -> Result<HttpResponse> {
    let form = Form::from(&student.learner.settings);
    page::html(&View {
        f: student.frame(Section::Settings),
        saved: query.saved.is_some(),
        form,
        zones: zones(),
    })
}

/// `?saved` after saving.
#[derive(serde::Deserialize)]
pub(super) struct Saved {
    saved: Option<String>,
}

/// `POST /settings`
pub(super) async fn save(student: Student, fields: Fields, app: web::Data<App>) -> Result<HttpResponse> {
    match read(&fields, &student.learner.settings) {
        Ok(settings) => {
            app.store.save_settings(student.learner.id, &settings).await?;
            Ok(see_other(app.url("/settings?saved")))
        }
        Err(form) => page::html_with(
            StatusCode::UNPROCESSABLE_ENTITY,
            &View { f: student.frame(Section::Settings), saved: false, form: *form, zones: zones() },
        ),
    }
}

/// The settings a form means; or the form again, with what is wrong.
fn read(fields: &Fields, before: &Settings) -> std::result::Result<Settings, Box<Form>> {
    let field = |name| fields.find(name).unwrap_or_default().trim().to_owned();
    let number = |text: &str, least: u32, most: u32| text.parse().ok().filter(|n| (least..=most).contains(n));
    let checked = |value: String, right: bool, wrong| Field { value, wrong: (!right).then_some(wrong) };

    let zone = field("zone");
    let tz = TimeZone::get(&zone).ok();
    let day_start = field("day-start");
    let minute = minute_of(&day_start);
    let (new, reviews) = (field("new-per-day"), field("reviews-per-day"));
    let (new_per_day, reviews_per_day) = (number(&new, 0, MOST_PER_DAY), number(&reviews, 0, MOST_PER_DAY));
    let retention = field("retention");
    let percent = number(&retention, 70, 99).and_then(|percent| u16::try_from(percent).ok());

    match (tz.clone(), minute, new_per_day, reviews_per_day, percent) {
        (Some(tz), Some(minute), Some(new_per_day), Some(reviews_per_day), Some(percent)) => Ok(Settings {
            reading: before.reading,
            days: DayClock::new(tz, minute),
            new_per_day,
            reviews_per_day,
            retention: Retention::per_mille(percent * 10),
        }),
        _ => Err(Box::new(Form {
            zone: checked(zone, tz.is_some(), "settings-wrong-zone"),
            day_start: checked(day_start, minute.is_some(), "settings-wrong-day-start"),
            new_per_day: checked(new, new_per_day.is_some(), "settings-wrong-number"),
            reviews_per_day: checked(reviews, reviews_per_day.is_some(), "settings-wrong-number"),
            retention: checked(retention, percent.is_some(), "settings-wrong-retention"),
        })),
    }
}

/// The minute after midnight of `04:00`.
fn minute_of(clock: &str) -> Option<u16> {
    let (hour, minute) = clock.split_once(':')?;
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

/// The names the time zone field offers.
fn zones() -> Vec<String> {
    jiff::tz::db().available().map(|name| name.to_string()).filter(|name| name.contains('/')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_of_day_has_hours_and_minutes() {
        assert_eq!(minute_of("04:00"), Some(240));
        assert_eq!(minute_of("23:59"), Some(1439));
        assert_eq!((minute_of("24:00"), minute_of("4"), minute_of("1:60")), (None, None, None));
    }
}
