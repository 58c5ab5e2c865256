//! `/teach/bank/{slug}`: one bank that one has brought: who may study it, what it said before, its files, its end.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use similar::{ChangeTag, TextDiff};

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
use super::{audience_key, managed, spend_upload, when_changed};

/// So many differences are shown on a page.
const DIFFERENCES: usize = 200;
/// After so long two sides are compared more coarsely.
const LONGEST_DIFF: Duration = Duration::from_millis(20);

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
    request: HttpRequest,
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
        link: link.map(|link| app.link(&format!("/join/{link}"), &request)),
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
    request: HttpRequest,
    app: web::Data<App>,
) -> Result<HttpResponse> {
    let bank = managed(&app, &member.learner, &slug).await?;
    spend_upload(&app, &request, &member.learner)?;
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
    /// So many more differ.
    more: usize,
}

/// What differs.
struct Difference {
    /// The question, if it is one that differs.
    ident: Option<String>,
    what: String,
    before: Option<Vec<DiffLine>>,
    after: Option<Vec<DiffLine>>,
}

/// A line of one side, and whether the other side has another in its place.
struct DiffLine {
    text: String,
    differs: bool,
}

impl Difference {
    fn new(ident: Option<String>, what: String, before: Option<String>, after: Option<String>) -> Difference {
        let (before, after) = match (before, after) {
            (Some(before), Some(after)) => {
                let (before, after) = side_by_side(&before, &after);
                (Some(before), Some(after))
            }
            // There is nothing beside it that it could differ from.
            (before, after) => (before.as_deref().map(plain), after.as_deref().map(plain)),
        };
        Difference { ident, what, before, after }
    }
}

fn plain(text: &str) -> Vec<DiffLine> {
    text.split_inclusive('\n').map(|line| DiffLine { text: line.to_owned(), differs: false }).collect()
}

fn side_by_side(before: &str, after: &str) -> (Vec<DiffLine>, Vec<DiffLine>) {
    let (mut left, mut right) = (Vec::new(), Vec::new());
    let diff = TextDiff::configure().timeout(LONGEST_DIFF).diff_lines(before, after);
    for change in diff.iter_all_changes() {
        let line = |differs| DiffLine { text: change.value().to_owned(), differs };
        match change.tag() {
            ChangeTag::Equal => {
                left.push(line(false));
                right.push(line(false));
            }
            ChangeTag::Delete => left.push(line(true)),
            ChangeTag::Insert => right.push(line(true)),
        }
    }
    (left, right)
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
    let mut rows = differences(&f, &sides[0], &sides[1]);
    let more = rows.len().saturating_sub(DIFFERENCES);
    rows.truncate(DIFFERENCES);
    page::html(&CompareView { slug: slug.to_string(), from: two.from, to: two.to, rows, more, f })
}

/// What differs between two versions: what stands above the questions, each question, and their order.
fn differences(f: &Frame, before: &Bank, after: &Bank) -> Vec<Difference> {
    let sides = [before, after]
        .map(|bank| bank.questions.iter().map(|q| (q.id.as_str(), q)).collect::<HashMap<_, _>>());
    let [old, new] = &sides;
    let words = |bank: &Bank, question: &Question| {
        let alone = yaml::write(&Bank { questions: vec![question.clone()], ..header_of(bank) });
        alone.split_once("questions:\n").map_or(alone.clone(), |(_, rest)| rest.to_owned())
    };
    let header = |bank: &Bank| yaml::write(&header_of(bank)).trim_end_matches("questions: []\n").to_owned();
    let order = |bank: &Bank, other: &HashMap<&str, &Question>| {
        let ids = bank.questions.iter().map(|question| question.id.as_str());
        ids.filter(|id| other.contains_key(id)).collect::<Vec<_>>().join("\n")
    };
    let whole = |key: &str, before: String, after: String| {
        let differs = before != after;
        differs.then(|| Difference::new(None, f.say(key), Some(before), Some(after)))
    };
    let mut seen = BTreeSet::new();
    let ids = after.questions.iter().chain(&before.questions).map(|question| question.id.as_str());
    let questions = ids.filter(|id| seen.insert(*id)).filter_map(|id| {
        let key = match (old.get(id), new.get(id)) {
            (Some(old), Some(new)) if old == new => return None,
            (Some(old), Some(new)) if old.semantic_key(None) == new.semantic_key(None) => {
                "teach-change-edited"
            }
            (Some(_), Some(_)) => "teach-change-reset",
            (None, _) => "teach-change-added",
            (Some(_), None) => "teach-change-removed",
        };
        let before = old.get(id).map(|question| words(before, question));
        let after = new.get(id).map(|question| words(after, question));
        Some(Difference::new(Some(id.to_owned()), f.say(key), before, after))
    });
    let above = whole("teach-change-header", header(before), header(after));
    let order = whole("teach-change-order", order(before, new), order(after, old));
    above.into_iter().chain(questions).chain(order).collect()
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
