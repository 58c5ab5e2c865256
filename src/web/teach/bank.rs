//! `/teach/bank/{slug}`: one bank that one has brought: who may study it, what it said before, its files, its end.

use std::collections::BTreeSet;

use actix_web::{HttpResponse, web};
use askama::Template;

use crate::bank::formats::{Format, Lost};
use crate::bank::{Bank, Question, yaml};
use crate::export::Whole;
use crate::store::{Audience, TaughtBank, Upload};
use crate::web::App;
use crate::web::error::{Error, Result, see_other};
use crate::web::fields::Fields;
use crate::web::page::{self, Frame, Section};
use crate::web::pair::Pair;
use crate::web::visitor::{Member, Teacher};

use super::report::download;
use super::{audience_key, managed, when_changed};

#[derive(Template)]
#[template(path = "teach/bank.html")]
struct View {
    f: Frame,
    title: Pair,
    name: String,
    bank: TaughtBank,
    audiences: Vec<AudienceView>,
    /// The link that lets learners join, where there is one now.
    link: Option<String>,
    versions: Vec<VersionView>,
    formats: Vec<(&'static str, &'static str)>,
    saved: bool,
    /// The upload whose rest can still be fetched.
    rest: Option<i64>,
}

struct AudienceView {
    code: &'static str,
    name: String,
    hint: String,
    chosen: bool,
}

struct VersionView {
    number: u32,
    at: String,
    by: Option<String>,
    /// Whether the bank is so now.
    present: bool,
}

/// `?saved` after a change; `?rest=7` where questions are left to mend.
#[derive(serde::Deserialize)]
pub(in crate::web) struct After {
    saved: Option<String>,
    rest: Option<i64>,
}

/// `GET /teach/bank/{slug}`
pub(in crate::web) async fn show(
    Teacher(member): Teacher,
    slug: web::Path<String>,
    after: web::Query<After>,
    app: web::Data<App>,
) -> Result<HttpResponse> {
    let Member { frame, learner } = member;
    let bank = managed(&app, &learner, &slug).await?;
    let versions = app.store.bank_versions(bank.bank.id).await?;
    let f = frame.of_section(Section::Teach);
    let audience = |audience: Audience| AudienceView {
        code: audience.code(),
        name: f.say(audience_key(audience)),
        hint: f.say(&format!("{}-hint", audience_key(audience))),
        chosen: bank.audience == audience,
    };
    let version = |version: &crate::store::BankVersion| VersionView {
        number: version.number,
        at: when_changed(&f, &learner, &app, version.at),
        by: version.by.clone(),
        present: version.digest == bank.bank.digest && version.number == versions[0].number,
    };
    let link = bank.link.as_ref().filter(|_| bank.audience == Audience::Link);
    page::html(&View {
        title: Pair::line(&bank.bank.title, f.reading()),
        name: Pair::plain(&bank.bank.title, f.reading()),
        audiences: [Audience::Private, Audience::Link, Audience::Public].map(audience).into(),
        link: link.map(|link| format!("{}{}", app.base().origin(), f.url(&format!("/join/{link}")))),
        versions: versions.iter().map(version).collect(),
        formats: Format::ALL.map(|format| (format.extension(), format.name())).into(),
        saved: after.saved.is_some(),
        rest: after.rest,
        bank,
        f,
    })
}

/// `POST /teach/bank/{slug}/audience` with `audience`, and `new-link` for another link.
pub(in crate::web) async fn audience(
    Teacher(member): Teacher,
    slug: web::Path<String>,
    form: Fields,
    app: web::Data<App>,
) -> Result<HttpResponse> {
    let bank = managed(&app, &member.learner, &slug).await?;
    let audience =
        Audience::from_code(form.get("audience")?).filter(|audience| *audience != Audience::Everyone);
    let audience = audience.ok_or(Error::BadForm("audience"))?;
    let needs = audience == Audience::Link && (bank.link.is_none() || form.find("new-link").is_some());
    let link = if needs { Some(secret()?) } else { None };
    app.store.set_audience(&bank, audience, link.as_deref(), Some(&member.learner), app.now()).await?;
    Ok(see_other(app.url(&format!("/teach/bank/{slug}?saved"))))
}

/// What a link has that cannot be guessed.
fn secret() -> Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    Ok(hex::encode(bytes))
}

/// `POST /teach/bank/{slug}/delete` with `sure`.
pub(in crate::web) async fn delete(
    Teacher(member): Teacher,
    slug: web::Path<String>,
    form: Fields,
    app: web::Data<App>,
) -> Result<HttpResponse> {
    let bank = managed(&app, &member.learner, &slug).await?;
    form.get("sure")?;
    app.store.delete_bank(&bank, Some(&member.learner), app.now()).await?;
    Ok(see_other(app.url("/teach")))
}

/// `POST /teach/bank/{slug}/restore` with `version`: it is looked at as if it had been sent, and can then be taken in.
pub(in crate::web) async fn restore(
    Teacher(member): Teacher,
    slug: web::Path<String>,
    form: Fields,
    app: web::Data<App>,
) -> Result<HttpResponse> {
    let bank = managed(&app, &member.learner, &slug).await?;
    let number: u32 = form.parse("version")?;
    let source = app.store.bank_source(bank.bank.id, number).await?.ok_or(Error::NotFound)?;
    let upload = Upload {
        file_name: format!("{slug}-v{number}.yaml"),
        bytes: source.into_bytes(),
        slug: slug.to_string(),
        lang: bank.bank.lang,
        title: String::new(),
        restores: Some(number),
        at: app.now(),
    };
    let id = app.store.keep_upload(member.learner.id, &upload).await?;
    Ok(see_other(app.url(&format!("/teach/upload/{id}"))))
}

#[derive(Template)]
#[template(path = "teach/lost.html")]
struct LostView {
    f: Frame,
    slug: String,
    format: &'static str,
    extension: &'static str,
    lost: Vec<(String, String)>,
}

/// `?anyway`: without what the format has no place for.
#[derive(serde::Deserialize)]
pub(in crate::web) struct Anyway {
    anyway: Option<String>,
}

/// `GET /teach/bank/{slug}/export/{format}`
pub(in crate::web) async fn export(
    Teacher(member): Teacher,
    path: web::Path<(String, String)>,
    query: web::Query<Anyway>,
    app: web::Data<App>,
) -> Result<HttpResponse> {
    let (slug, extension) = path.into_inner();
    let stored = managed(&app, &member.learner, &slug).await?;
    let format = Format::from_extension(&extension).ok_or(Error::NotFound)?;
    let whole = Whole::of(&app.store, &stored.bank, format).await?.ok_or(Error::NotFound)?;
    let written = app.with_library(move |library| whole.write(library, format)).await;
    let (bytes, lost) = written.ok_or(Error::NotFound)?;
    if lost.is_empty() || query.anyway.is_some() {
        return Ok(download(&format!("{slug}.{extension}"), format.media_type(), bytes));
    }
    let f = member.frame.of_section(Section::Teach);
    let line = |lost: &Lost| (lost.question.clone(), f.say(&format!("lost-{}", lost.what)));
    page::html(&LostView {
        slug,
        format: format.name(),
        extension: format.extension(),
        lost: lost.iter().take(200).map(line).collect(),
        f,
    })
}

#[derive(Template)]
#[template(path = "teach/compare.html")]
struct CompareView {
    f: Frame,
    slug: String,
    from: u32,
    to: u32,
    rows: Vec<Difference>,
}

/// A question that differs.
struct Difference {
    ident: String,
    what: String,
    before: Option<String>,
    after: Option<String>,
}

/// `?from=1&to=3`
#[derive(serde::Deserialize)]
pub(in crate::web) struct Two {
    from: u32,
    to: u32,
}

/// `GET /teach/bank/{slug}/compare`
pub(in crate::web) async fn compare(
    Teacher(member): Teacher,
    slug: web::Path<String>,
    two: web::Query<Two>,
    app: web::Data<App>,
) -> Result<HttpResponse> {
    let bank = managed(&app, &member.learner, &slug).await?;
    let mut sides = Vec::new();
    for number in [two.from, two.to] {
        let source = app.store.bank_source(bank.bank.id, number).await?.ok_or(Error::NotFound)?;
        sides.push(yaml::read(&source, "").map_err(|_| Error::NotFound)?);
    }
    let f = member.frame.of_section(Section::Teach);
    let rows = differences(&f, &sides[0], &sides[1]);
    page::html(&CompareView { slug: slug.to_string(), from: two.from, to: two.to, rows, f })
}

fn differences<'b>(f: &Frame, before: &'b Bank, after: &'b Bank) -> Vec<Difference> {
    let words = |bank: &Bank, question: &Question| {
        let alone = yaml::write(&Bank { questions: vec![question.clone()], ..header_of(bank) });
        alone.split_once("questions:\n").map_or(alone.clone(), |(_, rest)| rest.to_owned())
    };
    let mut seen = BTreeSet::new();
    let ids = after.questions.iter().chain(&before.questions).map(|question| question.id.as_str());
    ids.filter(|id| seen.insert(*id))
        .filter_map(|id| {
            let find = |bank: &'b Bank| bank.questions.iter().find(|question| question.id == id);
            let (old, new) = (find(before), find(after));
            let sides = (old.map(|old| words(before, old)), new.map(|new| words(after, new)));
            let key = match (old, new) {
                _ if sides.0 == sides.1 => return None,
                (Some(old), Some(new)) if old.semantic_key(None) == new.semantic_key(None) => {
                    "teach-change-edited"
                }
                (Some(_), Some(_)) => "teach-change-reset",
                (None, _) => "teach-change-added",
                (Some(_), None) => "teach-change-removed",
            };
            Some(Difference { ident: id.to_owned(), what: f.say(key), before: sides.0, after: sides.1 })
        })
        .take(200)
        .collect()
}

/// A bank without its questions.
fn header_of(bank: &Bank) -> Bank {
    Bank {
        slug: bank.slug.clone(),
        lang: bank.lang,
        title: bank.title.clone(),
        license: bank.license.clone(),
        author: bank.author.clone(),
        questions: Vec::new(),
    }
}
