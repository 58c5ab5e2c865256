//! `/banks`: the banks a learner studies or could, and how far they are; `POST /banks/enroll` and `/banks/leave`.

use actix_web::{HttpResponse, web};
use askama::Template;

use crate::store::BankProgress;

use super::App;
use super::error::{Error, Result, see_other};
use super::fields::Fields;
use super::page::{self, Frame, Section};
use super::pair::Pair;
use super::study::open_bank;
use super::visitor::Student;

#[derive(Template)]
#[template(path = "banks.html")]
struct View {
    f: Frame,
    rows: Vec<Row>,
}

/// A bank.
struct Row {
    slug: String,
    title: Pair,
    progress: BankProgress,
    /// The share that is learned for weeks, in percent.
    percent: u32,
}

/// `GET /banks`
pub(super) async fn show(student: Student, app: web::Data<App>) -> Result<HttpResponse> {
    let banks = app.store.bank_progress(student.learner.id).await?;
    let f = student.frame(Section::Banks);
    let row = |progress: BankProgress| Row {
        slug: progress.bank.slug.clone(),
        title: Pair::line(&progress.bank.title, f.reading()),
        percent: (progress.mature * 100).checked_div(progress.questions).unwrap_or(0),
        progress,
    };
    page::html(&View { rows: banks.into_iter().map(row).collect(), f })
}

/// `POST /banks/enroll` with `bank` = its slug
pub(super) async fn enroll(student: Student, form: Fields, app: web::Data<App>) -> Result<HttpResponse> {
    let bank = open_bank(&app, &student, form.get("bank")?).await?;
    app.store.enroll(student.learner.id, bank.id, app.now()).await?;
    Ok(see_other(app.url("/banks")))
}

/// `POST /banks/leave` with `bank` = its slug
pub(super) async fn leave(student: Student, form: Fields, app: web::Data<App>) -> Result<HttpResponse> {
    let bank = app.store.bank(form.get("bank")?).await?.ok_or(Error::NotFound)?;
    app.store.leave(student.learner.id, bank.id).await?;
    Ok(see_other(app.url("/banks")))
}
