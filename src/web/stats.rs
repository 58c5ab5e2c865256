//! `/stats`: today, the last thirty days, and what is due in the next fourteen.

use actix_web::{HttpResponse, web};
use askama::Template;

use crate::memory::Day;
use crate::store::{DayRecord, DaySummary};

use super::App;
use super::error::Result;
use super::page::{self, Frame, Section};
use super::visitor::Student;

/// How many days back.
const PAST: u16 = 30;
/// How many days ahead.
const AHEAD: u16 = 14;

#[derive(Template)]
#[template(path = "stats.html")]
struct View {
    f: Frame,
    today: DaySummary,
    /// Days in a row with at least one answer, up to today or yesterday.
    streak: usize,
    /// Of the cards that had waited for days, the share that was remembered, in percent.
    retention: Option<u32>,
    /// Time spent on answers in the last days, in minutes.
    minutes: u64,
    past: Chart,
    ahead: Chart,
}

/// Bars, one a day.
struct Chart {
    bars: Vec<Bar>,
    width: usize,
    /// Whether there is anything to see.
    is_empty: bool,
}

/// A bar in a drawing that is [`HEIGHT`] high.
struct Bar {
    x: usize,
    y: u64,
    height: u64,
    date: String,
    count: u32,
    /// Whether it is today's.
    today: bool,
}

const HEIGHT: u64 = 100;
const PITCH: usize = 12;

impl Chart {
    fn of(days: impl Iterator<Item = (Day, u32)>, today: Day) -> Chart {
        let days: Vec<(Day, u32)> = days.collect();
        let most = days.iter().map(|(_, count)| *count).max().unwrap_or(0);
        let bar = |(index, (day, count)): (usize, &(Day, u32))| {
            // A day with anything at all is seen.
            let height = (u64::from(*count) * HEIGHT).checked_div(u64::from(most)).unwrap_or(0);
            let height = if *count > 0 { height.max(2) } else { 0 };
            Bar {
                x: index * PITCH,
                y: HEIGHT - height,
                height,
                date: day.date().to_string(),
                count: *count,
                today: *day == today,
            }
        };
        Chart {
            bars: days.iter().enumerate().map(bar).collect(),
            width: days.len() * PITCH,
            is_empty: most == 0,
        }
    }
}

/// `GET /stats`
pub(super) async fn show(student: Student, app: web::Data<App>) -> Result<HttpResponse> {
    let (now, learner) = (app.now(), &student.learner);
    let today = learner.settings.days.day_of(now);
    let summary = app.store.day_summary(learner, now).await?;
    let history = app.store.history(learner, PAST, now).await?;
    let forecast = app.store.forecast(learner, AHEAD, now).await?;
    let (asked, remembered) = history
        .iter()
        .fold((0, 0), |(asked, remembered), day| (asked + day.asked, remembered + day.remembered));
    page::html(&View {
        streak: streak(&history),
        retention: (remembered * 100).checked_div(asked),
        minutes: history.iter().map(|day| day.took_ms).sum::<u64>() / 60_000,
        past: Chart::of(history.iter().map(|day| (day.day, day.answered)), today),
        ahead: Chart::of(forecast.iter().map(|day| (day.day, day.due)), today),
        today: summary,
        f: student.frame(Section::Stats),
    })
}

/// Days in a row with an answer; today need not have one yet.
fn streak(history: &[DayRecord]) -> usize {
    let days = history.iter().rev().map(|day| day.answered > 0);
    let before_today = days.clone().skip(1).take_while(|studied| *studied).count();
    before_today + usize::from(days.clone().next() == Some(true))
}
