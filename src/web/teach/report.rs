//! `/teach/upload/{id}`: a file that was sent, before it is taken in: what is wrong with it, the claims that do not hold
//! with the cluster at that moment, what would change, and each question as a learner will see it.
//!
//! Nothing of this is kept but the file: it can be computed again at any time, and is, where the bank changed meanwhile.

use std::sync::Arc;

use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::{HttpResponse, web};
use askama::Template;
use sha2::{Digest, Sha256};

use crate::bank::formats::{Defaults, Format};
use crate::bank::{Recognized, Response, ScenarioRef};
use crate::export;
use crate::intake::{self, Mode, Prepared, Sent, There};
use crate::problem::{Place, Problem};
use crate::store::{Change, Committed, Learner, PlannedChange, TaughtBank, Upload, UploadId};
use crate::text::Text;
use crate::web::App;
use crate::web::error::{Error, Result, see_other};
use crate::web::fields::Fields;
use crate::web::limits::{Act, Who};
use crate::web::page::{self, Frame, Section};
use crate::web::pair::Pair;
use crate::web::question::{Html, ImageView, Known, Showing, State};
use crate::web::state::Seen;
use crate::web::visitor::{Member, Teacher};

use super::manages;

/// Questions on one page.
const QUESTIONS: usize = 20;
/// Problems, and changed questions, on one page; of more the number is told.
const LINES: usize = 200;

#[derive(Template)]
#[template(path = "teach/report.html")]
struct View {
    f: Frame,
    id: UploadId,
    name: String,
    format: Option<&'static str>,
    title: Option<Pair>,
    slug: String,
    /// Whether the bank is there already.
    there: bool,
    /// Whether the file's questions are added to those of the bank.
    adds: bool,
    good: usize,
    failed: usize,
    kept: usize,
    /// Scenarios that came along, and their claims that hold.
    proved: (usize, usize),
    problems: Vec<Line>,
    more_problems: usize,
    claims: Vec<ClaimView>,
    player: Option<crate::player::View>,
    changes: Option<Changes>,
    questions: Vec<QuestionView>,
    pages: Vec<PageLink>,
    rest: bool,
    /// The digest of the bank that was seen; empty where there is none.
    seen: String,
}

/// A problem.
struct Line {
    error: bool,
    place: String,
    says: Vec<(bool, String)>,
}

/// A message in pieces, each with whether it is code: that stands between backticks.
fn pieces(message: &str) -> Vec<(bool, String)> {
    let pieces: Vec<&str> = message.split('`').collect();
    // An odd one has no other: it is a letter like any other.
    let pairs = (pieces.len() - 1) / 2 * 2;
    let mut marked: Vec<(bool, String)> = pieces[..pairs]
        .iter()
        .enumerate()
        .map(|(index, piece)| (index % 2 == 1, (*piece).to_owned()))
        .collect();
    marked.push((false, pieces[pairs..].join("`")));
    marked.retain(|(_, piece)| !piece.is_empty());
    marked
}

/// A claim that does not hold.
struct ClaimView {
    place: String,
    scenario: String,
    that: String,
    at: String,
    values: Vec<(String, String)>,
    error: Option<String>,
    url: String,
    shown: bool,
}

/// What taking the file in would change.
struct Changes {
    counts: Vec<(String, usize)>,
    cards: u32,
    rows: Vec<ChangeRow>,
    more: usize,
    /// Whether only something beside the questions changes: the title, a scenario, a picture.
    beside: bool,
    /// Questions without an id of their own whose words changed: the id that they keep, and the words before and now.
    recognized: Vec<(String, Pair, Pair)>,
}

struct ChangeRow {
    class: &'static str,
    what: String,
    ident: String,
    cards: u32,
}

/// A question as a learner will see it.
struct QuestionView {
    number: usize,
    ident: String,
    kind: &'static str,
    /// What people call the kind.
    kind_name: String,
    draft: bool,
    url: String,
    stem: Pair,
    image: Option<ImageView>,
    hint: Option<Pair>,
    asked: Html,
    answered: Html,
    explain: Option<Pair>,
    cluster: bool,
}

struct PageLink {
    number: usize,
    url: String,
    current: bool,
}

/// `?page=2&claim=0&t=3&add`: which questions, which claim and moment, and whether the questions are added to the bank.
#[derive(serde::Deserialize)]
pub(in crate::web) struct Query {
    page: Option<usize>,
    claim: Option<usize>,
    pub(super) t: Option<usize>,
    pub(super) mode: Option<String>,
}

/// A file, looked at.
pub(super) struct Looked {
    upload: Upload,
    pub(super) prepared: Arc<Prepared>,
    /// The bank that it is about, where that is theirs.
    stored: Option<TaughtBank>,
    /// What becomes of its questions that the file has not.
    pub(super) mode: Mode,
}

/// Looks at a file. Without a mode, the likely one is meant.
pub(super) async fn look(app: &App, learner: &Learner, id: UploadId, mode: Option<&str>) -> Result<Looked> {
    let upload = app.store.upload(learner.id, id).await?.ok_or(Error::NotFound)?;
    let said = mode.and_then(Mode::from_name);
    if let Some(Seen { slug, digest, mode, prepared }) = app.prepared.get(&key_of(learner, &upload, said)) {
        let stored = app.store.taught_bank(&slug).await?.filter(|bank| manages(learner, bank));
        if stored.as_ref().map(|bank| bank.bank.digest.clone()) == digest {
            return Ok(Looked { upload, prepared, stored, mode });
        }
    }
    app.limits.spend(Act::Simulation, Who::Learner(learner.id), app.now())?;
    let _turn = app.checks.acquire().await;
    // Where the file cannot say its language, a new version has that of its bank, whatever the form was set to.
    let known = app.store.taught_bank(&upload.slug).await?.filter(|bank| manages(learner, bank));
    let defaults = Defaults {
        slug: upload.slug.clone(),
        lang: known.map_or(upload.lang, |bank| bank.bank.lang),
        title: (!upload.title.is_empty()).then(|| Text::only(upload.lang, upload.title.clone())),
        wrong: Vec::new(),
    };
    let (name, bytes) = (upload.file_name.clone(), upload.bytes.clone());
    let read = move || {
        let reading = intake::read(&Sent { name: &name, bytes: &bytes, defaults: &defaults });
        (reading, name, bytes, defaults)
    };
    let Ok((reading, name, bytes, defaults)) = web::block(read).await else { return Err(Error::NotFound) };
    let slug = reading.bank.as_ref().map(|bank| bank.slug.clone()).unwrap_or_default();
    let found = app.store.taught_bank(&slug).await?;
    let is_taken = found.as_ref().is_some_and(|bank| !manages(learner, bank));
    let stored = found.filter(|_| !is_taken);
    let mut there = there(app, learner, stored.as_ref(), &upload).await?;
    // An earlier version is meant whole, however short it was.
    let mends = there.bank.as_ref().filter(|_| upload.restores.is_none());
    let likely = mends.map(|bank| Mode::likely(&name, &reading, bank)).unwrap_or_default();
    let mode = said.unwrap_or(likely);
    there.mode = mode;
    let prepared = app
        .with_library(move |library| {
            let sent = Sent { name: &name, bytes: &bytes, defaults: &defaults };
            let mut prepared = intake::prepare(library, &sent, reading, &there);
            if is_taken {
                let place = Place { file: name.clone(), path: "bank".to_owned(), ..Place::default() };
                let taken = Problem::error(place, "slug-taken").found(slug.as_str());
                prepared.problems.insert(0, taken.expected(format!("{slug}-2")));
                prepared.sync = None;
            }
            (slug, prepared)
        })
        .await;
    let (slug, prepared) = prepared.ok_or(Error::NotFound)?;
    let prepared = Arc::new(prepared);
    let digest = stored.as_ref().map(|bank| bank.bank.digest.clone());
    let seen = Seen { slug, digest, mode, prepared: Arc::clone(&prepared) };
    // The links of its page say the mode that was likely.
    for said in [said, Some(mode)] {
        app.prepared.insert(key_of(learner, &upload, said), seen.clone());
    }
    Ok(Looked { upload, prepared, stored, mode })
}

/// By what a file that was looked at is known. Not by its number: that of one that is gone is given again.
fn key_of(learner: &Learner, upload: &Upload, said: Option<Mode>) -> String {
    let Upload { file_name, bytes, slug, lang, title, restores, at: _ } = upload;
    let mode = said.map(Mode::name);
    let said = serde_json::json!([learner.id.0, file_name, slug, lang.code(), title, restores, mode]);
    let digest = Sha256::new().chain_update(said.to_string()).chain_update([0]).chain_update(bytes);
    hex::encode(digest.finalize())
}

/// What is there already of the bank.
async fn there(app: &App, learner: &Learner, stored: Option<&TaughtBank>, upload: &Upload) -> Result<There> {
    let mut there = There { owner: Some(learner.id), ..There::default() };
    let Some(stored) = stored else { return Ok(there) };
    there.images = app.store.bank_images(stored.bank.id, upload.restores).await?;
    there.scenarios = app.store.bank_scenarios(stored.bank.id, upload.restores).await?;
    there.bank = export::present(&app.store, &stored.bank).await?;
    Ok(there)
}

/// `GET /teach/upload/{id}`
pub(in crate::web) async fn show(
    Teacher(member): Teacher,
    id: web::Path<i64>,
    query: web::Query<Query>,
    app: web::Data<App>,
) -> Result<HttpResponse> {
    let Member { frame, learner } = member;
    let id = UploadId(*id);
    let looked = look(&app, &learner, id, query.mode.as_deref()).await?;
    let f = frame.of_section(Section::Teach);
    let mode = looked.mode.name();
    let here = |more: &str| f.url(&format!("/teach/upload/{id}?mode={mode}{more}"));
    let prepared = &looked.prepared;
    let shown = query.claim.unwrap_or(0);
    let claims = prepared.false_claims.iter().enumerate().map(|(index, claim)| ClaimView {
        place: claim.place.to_string(),
        scenario: claim.scenario.name.clone(),
        that: claim.that.clone(),
        at: claim.at.to_string(),
        values: claim.values.clone(),
        error: claim.error.clone(),
        url: here(&format!("&claim={index}#player-title")),
        shown: index == shown,
    });
    let claims = claims.take(LINES).collect();
    let player = match prepared.false_claims.get(shown) {
        Some(claim) => {
            let at = ScenarioRef { run: claim.scenario.name.clone(), contrast: None, focus: Some(claim.at) };
            app.player_among(std::slice::from_ref(&claim.scenario), &at).await?
        }
        None => None,
    };
    let player = player.map(|player| {
        let link = |at| here(&format!("&claim={shown}&t={at}#player-title"));
        player.view(f.reading(), query.t.unwrap_or_else(|| player.start()), &link)
    });
    let changes = match &prepared.sync {
        Some(sync) => {
            let planned = app.store.plan_bank(sync).await?;
            let is_other = looked.stored.as_ref().is_some_and(|bank| bank.bank.digest != sync.digest);
            let told = changes(&f, &planned, &prepared.recognized);
            Some(Changes { beside: is_other && planned.is_empty(), ..told })
        }
        None => None,
    };
    let page = query.page.unwrap_or(1).max(1);
    let count = prepared.good.len().div_ceil(QUESTIONS);
    let link = |number| PageLink {
        number,
        url: here(&format!("&page={number}#questions")),
        current: number == page,
    };
    let pages = if count > 1 { (1..=count).map(link).collect() } else { Vec::new() };
    let from = (page - 1).saturating_mul(QUESTIONS);
    let idents = prepared.good.iter().enumerate().skip(from).take(QUESTIONS);
    let questions = idents
        .filter_map(|(index, ident)| question(&f, id, mode, prepared, index + 1, ident).transpose())
        .collect::<Result<Vec<_>>>()?;
    let line = |problem: &Problem| Line {
        error: problem.is_error(),
        place: problem.at.to_string(),
        says: pieces(&f.locale().problem_without_place(problem)),
    };
    page::html(&View {
        id,
        name: looked.upload.file_name.clone(),
        format: prepared.format.map(Format::name),
        title: prepared.bank.as_ref().map(|bank| Pair::line(&bank.title, f.reading())),
        slug: prepared.bank.as_ref().map(|bank| bank.slug.clone()).unwrap_or_default(),
        there: looked.stored.is_some(),
        adds: looked.mode == Mode::Add,
        good: prepared.good.len(),
        failed: prepared.failed,
        kept: prepared.kept,
        proved: prepared.proved,
        problems: prepared.problems.iter().take(LINES).map(line).collect(),
        more_problems: prepared.problems.len().saturating_sub(LINES),
        claims,
        player,
        changes,
        questions,
        pages,
        rest: prepared.rest.is_some(),
        seen: looked.stored.map(|bank| bank.bank.digest).unwrap_or_default(),
        f,
    })
}

fn changes(f: &Frame, planned: &[PlannedChange], recognized: &[Recognized]) -> Changes {
    let kinds = [
        (Change::Reset, "teach-change-reset", "is-wrong"),
        (Change::Removed, "teach-change-removed", "is-wrong"),
        (Change::Edited, "teach-change-edited", "is-left"),
        (Change::Restored, "teach-change-restored", "is-hit"),
        (Change::Added, "teach-change-added", "is-hit"),
        (Change::Moved, "teach-change-moved", "is-left"),
    ];
    let of = |change| planned.iter().filter(move |planned| planned.change == change);
    let counts = kinds
        .iter()
        .map(|(change, key, _)| (f.say(key), of(*change).count()))
        .filter(|(_, count)| *count > 0)
        .collect();
    let rows = kinds.iter().flat_map(|(change, key, class)| {
        of(*change).map(|planned| ChangeRow {
            class,
            what: f.say(key),
            ident: planned.ident.clone(),
            cards: planned.cards,
        })
    });
    Changes {
        beside: false,
        counts,
        cards: of(Change::Reset).chain(of(Change::Removed)).map(|planned| planned.cards).sum(),
        rows: rows.take(LINES).collect(),
        more: planned.len().saturating_sub(LINES),
        recognized: recognized
            .iter()
            .filter(|same| same.was != same.asks)
            .take(LINES)
            .map(|same| {
                let words = |text| Pair::line(text, f.reading());
                (same.id.clone(), words(&same.was), words(&same.asks))
            })
            .collect(),
    }
}

fn question(
    f: &Frame,
    id: UploadId,
    mode: &str,
    prepared: &Prepared,
    number: usize,
    ident: &str,
) -> Result<Option<QuestionView>> {
    let Some((question, frozen)) = prepared.question(ident) else { return Ok(None) };
    let known = Known { question: question.clone(), frozen };
    let shown = known.question.presented(number as u64, known.frozen.as_ref()).shown;
    let scope = format!("q{number}-");
    let asked = Showing { f, known: &known, shown: &shown, state: State::Asked { kept: &[] } }.render()?;
    let response = Response::Chosen(Vec::new());
    let grade = known.question.grade(&response, known.frozen.as_ref());
    let scenario = |name: &str| f.url(&format!("/teach/upload/{id}/scenario/{name}?mode={mode}"));
    let state = State::Answered { response: &response, grade: &grade, scenario: &scenario };
    let answered = Showing { f, known: &known, shown: &shown, state }.render()?;
    let reading = f.reading();
    Ok(Some(QuestionView {
        number,
        ident: ident.to_owned(),
        kind: question.kind.name(),
        kind_name: f.say(&format!("kind-{}", question.kind.name())),
        draft: question.draft,
        url: f.url(&format!("/teach/upload/{id}/question/{ident}?mode={mode}")),
        stem: Pair::blocks(&question.ask, reading),
        image: ImageView::at(question, f, |hash| format!("/teach/upload/{id}/image/{hash}?mode={mode}")),
        hint: question.hint.as_ref().map(|hint| Pair::blocks(hint, reading)),
        asked: asked.scoped(&scope),
        answered: answered.scoped(&scope),
        explain: question.explain.as_ref().map(|explain| Pair::blocks(explain, reading)),
        cluster: question.scenario.is_some(),
    }))
}

#[derive(Template)]
#[template(path = "teach/question.html")]
struct One {
    f: Frame,
    back: String,
    row: QuestionView,
    player: Option<crate::player::View>,
}

/// `GET /teach/upload/{id}/question/{ident}`
pub(in crate::web) async fn one(
    Teacher(member): Teacher,
    path: web::Path<(i64, String)>,
    query: web::Query<Query>,
    app: web::Data<App>,
) -> Result<HttpResponse> {
    let Member { frame, learner } = member;
    let (id, ident) = path.into_inner();
    let id = UploadId(id);
    let looked = look(&app, &learner, id, query.mode.as_deref()).await?;
    let mode = looked.mode.name();
    let f = frame.of_section(Section::Teach);
    let number = looked.prepared.good.iter().position(|good| *good == ident).ok_or(Error::NotFound)? + 1;
    let row = question(&f, id, mode, &looked.prepared, number, &ident)?.ok_or(Error::NotFound)?;
    let scenario = looked.prepared.question(&ident).and_then(|(question, _)| question.scenario.clone());
    let player = match (&scenario, &looked.prepared.sync) {
        (Some(scenario), Some(sync)) => app.player_among(&sync.scenarios, scenario).await?,
        _ => None,
    };
    let player = player.map(|player| {
        let link =
            |at| f.url(&format!("/teach/upload/{id}/question/{ident}?mode={mode}&t={at}#player-title"));
        player.view(f.reading(), query.t.unwrap_or_else(|| player.start()), &link)
    });
    let page = number.div_ceil(QUESTIONS);
    let back = f.url(&format!("/teach/upload/{id}?mode={mode}&page={page}#questions"));
    page::html(&One { back, row, player, f })
}

/// `POST /teach/upload/{id}/commit` with `seen` = the digest of the bank as it was shown, and `mode`.
pub(in crate::web) async fn commit(
    Teacher(member): Teacher,
    id: web::Path<i64>,
    form: Fields,
    app: web::Data<App>,
) -> Result<HttpResponse> {
    let id = UploadId(*id);
    let seen = Some(form.get("seen")?).filter(|seen| !seen.is_empty());
    let looked = look(&app, &member.learner, id, form.find("mode")).await?;
    let Some(sync) = &looked.prepared.sync else { return Err(Error::Unprocessable("nothing to take in")) };
    match app.store.commit_bank(sync, seen, Some(&member.learner), app.now()).await? {
        Committed::Done(_) => {}
        Committed::Changed => return Err(Error::Conflict("the bank has changed")),
        Committed::Taken => return Err(Error::Forbidden),
    }
    // What is left to mend can still be fetched from the file.
    if looked.prepared.rest.is_none() {
        app.store.drop_upload(member.learner.id, id).await?;
        return Ok(see_other(app.url(&format!("/teach/bank/{}?saved", sync.slug))));
    }
    Ok(see_other(app.url(&format!("/teach/bank/{}?saved&rest={id}", sync.slug))))
}

/// `GET /teach/upload/{id}/rest`
pub(in crate::web) async fn rest(
    Teacher(member): Teacher,
    id: web::Path<i64>,
    app: web::Data<App>,
) -> Result<HttpResponse> {
    let looked = look(&app, &member.learner, UploadId(*id), None).await?;
    let rest = looked.prepared.rest.as_ref().ok_or(Error::NotFound)?;
    Ok(download(&rest.file_name, "text/plain; charset=utf-8", rest.text.clone().into_bytes()))
}

/// A file to keep. Its name may have any letters.
pub(super) fn download(name: &str, media_type: &str, bytes: Vec<u8>) -> HttpResponse {
    let plain: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' }).collect();
    let coded: String = name
        .bytes()
        .map(|b| match b {
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'-' | b'_' | b'.' => char::from(b).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect();
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, media_type))
        .insert_header((
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{coded}"),
        ))
        .body(bytes)
}

#[cfg(test)]
mod tests {
    use super::pieces;

    #[test]
    fn what_stands_between_backticks_is_code_and_an_odd_one_is_a_letter() {
        let found = |message| {
            let words = |(code, piece): (bool, String)| if code { format!("<{piece}>") } else { piece };
            pieces(message).into_iter().map(words).collect::<Vec<_>>()
        };
        assert_eq!(found("no `a`, but `b`."), ["no ", "<a>", ", but ", "<b>", "."]);
        assert_eq!(found("`a`"), ["<a>"]);
        assert_eq!(found("plain"), ["plain"]);
        assert_eq!(found("no `a`b`."), ["no ", "<a>", "b`."]);
        assert_eq!(found("`"), ["`"]);
    }
}
