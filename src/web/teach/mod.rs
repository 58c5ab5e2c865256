//! `/teach`: the banks that one has brought, and the form that brings another. What is sent is kept and looked at
//! (`report`), then taken in; a bank that is there has its own page (`bank`).

pub(super) mod bank;
pub(super) mod files;
pub(super) mod report;
mod sending;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use crate::intake::slug_of;
use crate::store::{Audience, Learner, Role, TaughtBank, Upload};
use crate::text::Lang;

use super::error::{Error, Result, see_other};
use super::limits::{Act, Limits, Who};
use super::page::{self, Frame, Section};
use super::pair::Pair;
use super::visitor::Member;
use super::wait::when;
use super::{App, client};
use sending::Sending;

#[derive(Template)]
#[template(path = "teach/teach.html")]
struct View {
    f: Frame,
    /// Whether they may bring banks at all.
    may: bool,
    /// Why the form came back.
    wrong: Option<&'static str>,
    rows: Vec<Row>,
    /// The bank that a file is for, where the form is that of one.
    bank: String,
}

/// A bank.
struct Row {
    slug: String,
    title: Pair,
    audience: String,
    owner: Option<String>,
    questions: u32,
    learners: u32,
    changed: String,
}

/// `?bank=week-3`: the bank for which a new version is sent.
#[derive(serde::Deserialize)]
pub(super) struct Query {
    bank: Option<String>,
}

/// `GET /teach`
pub(super) async fn show(
    member: Member,
    query: web::Query<Query>,
    app: web::Data<App>,
) -> Result<HttpResponse> {
    let bank = query.into_inner().bank.unwrap_or_default();
    page::html(&view(member, bank, None, &app).await?)
}

async fn view(member: Member, bank: String, wrong: Option<&'static str>, app: &App) -> Result<View> {
    let Member { frame, learner } = member;
    let f = frame.of_section(Section::Teach);
    let may = learner.role() >= Role::Teacher;
    let owner = (learner.role() < Role::Admin).then_some(learner.id);
    let banks = if may { app.store.taught_banks(owner).await? } else { Vec::new() };
    let row = |bank: TaughtBank| Row {
        title: Pair::line(&bank.bank.title, f.reading()),
        audience: f.say(audience_key(bank.audience)),
        owner: bank.owner_name.filter(|_| bank.owner != Some(learner.id)),
        questions: bank.questions,
        learners: bank.learners,
        changed: when_changed(&f, &learner, app, bank.changed),
        slug: bank.bank.slug,
    };
    let rows = banks.into_iter().map(row).collect();
    Ok(View { may, wrong, rows, bank, f })
}

/// The words of an audience.
fn audience_key(audience: Audience) -> &'static str {
    match audience {
        Audience::Everyone => "teach-audience-everyone",
        Audience::Public => "teach-audience-public",
        Audience::Link => "teach-audience-link",
        Audience::Private => "teach-audience-private",
    }
}

/// A past instant, in a learner's own time.
fn when_changed(f: &Frame, learner: &Learner, app: &App, at: jiff::Timestamp) -> String {
    let local = learner.settings.days.zone().to_datetime(at);
    if app.now().duration_since(at).as_secs() < 60 {
        return when(f.locale(), &learner.settings.days, app.now(), at);
    }
    local.strftime("%Y-%m-%d %H:%M").to_string()
}

/// Whether someone manages a bank: it is theirs, or they look after the service. The built-in ones nobody does.
fn manages(learner: &Learner, bank: &TaughtBank) -> bool {
    bank.audience != Audience::Everyone
        && learner.role() >= Role::Teacher
        && (bank.owner == Some(learner.id) || learner.role() >= Role::Admin)
}

/// One more file to look at, if that is not too often for this teacher or this address.
fn spend_upload(app: &App, request: &HttpRequest, learner: &Learner) -> Result<()> {
    app.limits.spend(Act::Upload, Who::Learner(learner.id), app.now())?;
    app.limits.spend(Act::UploadFromHere, Limits::address(client::address(request, app)), app.now())
}

/// `POST /teach/upload`
pub(super) async fn upload(
    sending: Sending,
    request: HttpRequest,
    app: web::Data<App>,
) -> Result<HttpResponse> {
    let Sending { member, sent: sending } = sending;
    spend_upload(&app, &request, &member.learner)?;
    let bank = sending.field("bank").trim().to_owned();
    let (file_name, bytes) = match sending.file.filter(|(_, bytes)| !bytes.is_empty()) {
        Some(file) => file,
        None => (String::new(), sending.text.into_bytes()),
    };
    if bytes.iter().all(u8::is_ascii_whitespace) {
        let view = view(member, bank, Some("teach-nothing-sent"), &app).await?;
        return page::html_with(StatusCode::UNPROCESSABLE_ENTITY, &view);
    }
    let slug = slug_of(if bank.is_empty() { &file_name } else { &bank });
    let upload = Upload {
        file_name,
        bytes,
        slug,
        lang: sending.lang.unwrap_or(Lang::Zh),
        title: sending.title,
        restores: None,
        at: app.now(),
    };
    let id = app.store.keep_upload(member.learner.id, &upload).await?;
    Ok(see_other(app.url(&format!("/teach/upload/{id}"))))
}

/// A bank that someone manages; for others it does not exist.
async fn managed(app: &App, learner: &Learner, slug: &str) -> Result<TaughtBank> {
    let bank = app.store.taught_bank(slug).await?;
    bank.filter(|bank| manages(learner, bank)).ok_or(Error::NotFound)
}
