//! `/study/done`: what was done today, what it was about, and when the next question comes.

use actix_web::{HttpResponse, web};
use askama::Template;

use crate::store::{DaySummary, ReviewId};

use super::App;
use super::error::Result;
use super::page::{self, Frame, Section};
use super::pair::Pair;
use super::study::Only;
use super::visitor::Student;
use super::wait::when;

#[derive(Template)]
#[template(path = "done.html")]
struct View {
    f: Frame,
    /// The bank that was studied alone, if one was.
    only: Only,
    summary: DaySummary,
    facts: Vec<Fact>,
    /// When the next question comes; `None` where nothing waits.
    next: Option<String>,
    /// Whether there is something to study now.
    more: bool,
    undo: Option<ReviewId>,
}

/// A fact that was asked about today.
struct Fact {
    say: Pair,
    answered: u32,
    right: u32,
}

/// `?bank=week-3`: the bank that was studied alone.
#[derive(serde::Deserialize)]
pub(super) struct Query {
    bank: Option<String>,
}

/// `GET /study/done`
pub(super) async fn show(
    student: Student,
    query: web::Query<Query>,
    app: web::Data<App>,
) -> Result<HttpResponse> {
    let (now, learner) = (app.now(), &student.learner);
    let study = app.store.study(learner, None, now).await?;
    let summary = app.store.day_summary(learner, now).await?;
    let resume = app.store.resume(learner, now).await?;
    let locale = student.frame.locale();
    let next = resume.map(|at| when(locale, &learner.settings.days, now, at));
    let mut f = student.frame(Section::Study);
    f.progress = study.next.is_none().then_some(100);
    let fact = |count: &crate::store::FactCount| {
        let say = app.fact(&count.fact)?;
        Some(Fact { say: Pair::line(say, f.reading()), answered: count.answered, right: count.right })
    };
    let facts = summary.facts.iter().filter_map(fact).collect();
    let only = Only(query.into_inner().bank);
    page::html(&View { facts, summary, next, more: study.next.is_some(), undo: study.last, only, f })
}
