//! `/bank/{slug}`: one bank, with what its questions are about and how far the learner is.

use actix_web::{HttpResponse, web};
use askama::Template;

use crate::store::BankProgress;

use super::App;
use super::error::{Error, Result};
use super::page::{self, Frame, Section};
use super::pair::Pair;
use super::visitor::Student;

#[derive(Template)]
#[template(path = "bank.html")]
struct View {
    f: Frame,
    title: Pair,
    name: String,
    progress: BankProgress,
    facts: Vec<Pair>,
}

/// `GET /bank/{slug}`
pub(super) async fn show(
    student: Student,
    slug: web::Path<String>,
    app: web::Data<App>,
) -> Result<HttpResponse> {
    let banks = app.store.bank_progress(student.learner.id).await?;
    let progress = banks.into_iter().find(|progress| progress.bank.slug == *slug).ok_or(Error::NotFound)?;
    let f = student.frame(Section::Banks);
    let reading = f.reading();
    let facts = app.with_library(move |library| {
        let bank = library.banks.iter().find(|bank| bank.slug == *slug);
        let asked = |id: &str| {
            bank.is_some_and(|bank| {
                bank.questions.iter().any(|question| question.fact.as_deref() == Some(id))
            })
        };
        let facts = library.facts.iter().filter(|fact| asked(&fact.id));
        facts.map(|fact| Pair::line(&fact.say, reading)).collect()
    });
    page::html(&View {
        title: Pair::line(&progress.bank.title, reading),
        name: Pair::plain(&progress.bank.title, reading),
        facts: facts.await.unwrap_or_default(),
        progress,
        f,
    })
}
