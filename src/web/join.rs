//! `/join/{link}`: the bank that a teacher's link leads to, and one button to study it.

use actix_web::{HttpResponse, web};
use askama::Template;

use super::App;
use super::error::{Error, Result, see_other};
use super::fields::Fields;
use super::page::{self, Frame, Section};
use super::pair::Pair;
use super::visitor::{Student, Visitor};

#[derive(Template)]
#[template(path = "join.html")]
struct View {
    f: Frame,
    title: Pair,
    name: String,
    author: Option<String>,
    questions: u32,
    link: String,
}

/// `GET /join/{link}`
pub(super) async fn show(
    visitor: Visitor,
    link: web::Path<String>,
    app: web::Data<App>,
) -> Result<HttpResponse> {
    let bank = app.store.bank_by_link(&link).await?.ok_or(Error::NotFound)?;
    let f = visitor.frame.of_section(Section::Banks);
    page::html(&View {
        title: Pair::line(&bank.bank.title, f.reading()),
        name: Pair::plain(&bank.bank.title, f.reading()),
        author: bank.bank.author,
        questions: bank.questions,
        link: link.into_inner(),
        f,
    })
}

/// `POST /join/{link}`
pub(super) async fn join(
    student: Student,
    link: web::Path<String>,
    _: Fields,
    app: web::Data<App>,
) -> Result<HttpResponse> {
    let bank = app.store.bank_by_link(&link).await?.ok_or(Error::NotFound)?;
    app.store.enroll(student.learner.id, bank.bank.id, app.now()).await?;
    Ok(see_other(app.url(&format!("/bank/{}", bank.bank.slug))))
}
