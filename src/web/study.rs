//! `/study`: the next question; `POST /study/answer`: an answer, recorded at once; `POST /study/undo`: taken back.
//!
//! An answer belongs to a turn of a card. The form carries both, so that however often, late or from which tab it comes,
//! one review is recorded for the turn, and whoever sends it again gets the feedback that is already there.

use actix_web::http::StatusCode;
use actix_web::{FromRequest, HttpRequest, HttpResponse, web};
use askama::Template;
use jiff::Timestamp;

use crate::bank::{Kind, Response};
use crate::memory::Rating;
use crate::store::{Answer, Bank, Counts, LearnerId, QuestionId, Recorded, ReviewId};
use crate::text::Reading;

use super::App;
use super::error::{Error, Result, see_other};
use super::fields::Fields;
use super::page::{self, Frame, Section};
use super::pair::Pair;
use super::question::{Html, ImageView, Known, Showing, State};
use super::visitor::{self, Student};

/// What took longer than this was interrupted: the time says nothing about the answer.
const LONGEST_TOOK_MS: i64 = 60 * 60 * 1000;

#[derive(Template)]
#[template(path = "study.html")]
struct View {
    f: Frame,
    only: Only,
    /// The title of the bank that is studied alone.
    alone: Option<Pair>,
    ask: Ask,
    /// How much is left today, where it was looked at.
    left: Option<Counts>,
    /// What is said on top: why the form came back, or what just happened.
    notice: Option<Notice>,
    /// The answer that can be taken back.
    undo: Option<ReviewId>,
}

/// The form of a question.
struct Ask {
    question: QuestionId,
    turn: u32,
    hash: String,
    at: i64,
    kind: &'static str,
    stem: Pair,
    image: Option<ImageView>,
    hint: Option<Pair>,
    body: Html,
}

struct Notice {
    bad: bool,
    words: String,
}

/// `?undone` after taking an answer back, `?stale` after a form that was too late; `?bank=week-3` for that bank alone.
#[derive(serde::Deserialize)]
pub(super) struct After {
    undone: Option<String>,
    stale: Option<String>,
    bank: Option<String>,
}

/// The bank that is studied alone, if one is; it stays so from page to page.
pub(super) struct Only(pub(super) Option<String>);

impl Only {
    /// As a form says it.
    pub(super) fn of(form: &Fields) -> Only {
        Only(form.find("only").filter(|slug| !slug.is_empty()).map(str::to_owned))
    }

    /// A path that stays with the bank.
    pub(super) fn to(&self, path: &str) -> String {
        let Some(slug) = &self.0 else { return path.to_owned() };
        let bank = serde_urlencoded::to_string([("bank", slug)]).unwrap_or_default();
        format!("{path}{}{bank}", if path.contains('?') { '&' } else { '?' })
    }

    /// The slug, for a form.
    pub(super) fn slug(&self) -> &str {
        self.0.as_deref().unwrap_or_default()
    }
}

/// `GET /study`
pub(super) async fn show(
    request: HttpRequest,
    after: web::Query<After>,
    app: web::Data<App>,
) -> Result<HttpResponse> {
    let now = app.now();
    let only = Only(after.bank.clone());
    let (student, study, bank) = match &only.0 {
        Some(slug) => {
            let student = Student::extract(&request).await?;
            let bank = open_bank(&app, &student, slug).await?;
            let study = app.store.study(&student.learner, Some(bank.id), now).await?;
            (student, study, Some(bank))
        }
        None => {
            let (student, study) = visitor::at_study(&request).await?;
            (student, study, None)
        }
    };
    let Some(next) = study.next else {
        return Ok(see_other(app.url(&only.to("/study/done"))));
    };
    let known = app.known(next.question, &next.hash).await?.ok_or(Error::NotFound)?;
    let learner = student.learner.id;
    let mut f = student.frame(Section::Study);
    f.progress = Some(progress(study.answered, study.left));
    let key = after.stale.as_ref().map(|_| "study-stale").or(after.undone.as_ref().map(|_| "study-undone"));
    let notice = key.map(|key| Notice { bad: false, words: f.say(key) });
    let ask = ask(&f, learner, (next.question, next.turn), &next.hash, &known, &[], now)?;
    let alone = bank.map(|bank| Pair::line(&bank.title, f.reading()));
    page::html(&View { f, only, alone, ask, left: Some(study.left), notice, undo: study.last })
}

/// `POST /study/answer`
pub(super) async fn answer(request: HttpRequest, form: Fields, app: web::Data<App>) -> Result<HttpResponse> {
    let now = app.now();
    let question: QuestionId = match form.parse("question") {
        Ok(question) => question,
        // Who is not known is sent home, whatever the form.
        Err(bad) => return Student::extract(&request).await.and(Err(bad)),
    };
    let (student, seen) = visitor::at_card(&request, question).await?;
    let turn: u32 = form.parse("turn")?;
    let (hash, only) = (form.get("hash")?, Only::of(&form));
    let Some(known) = app.known(question, hash).await? else {
        return Ok(see_other(app.url(&only.to("/study?stale"))));
    };
    let seen = seen.ok_or(Error::NotFound)?;
    let shown = known.shown(student.learner.id, question, turn);
    let response = match known.question.read_response(&shown, form.all()) {
        Ok(response) => response,
        Err(problem) => {
            let learner = student.learner.id;
            let f = student.frame(Section::Study);
            let words = f.locale().say_with(problem.key(), &[("found", problem.found().into())]);
            let ask = ask(&f, learner, (question, turn), hash, &known, form.all(), now)?;
            let notice = Some(Notice { bad: true, words });
            let view = View { f, only, alone: None, ask, left: None, notice, undo: None };
            return page::html_with(StatusCode::UNPROCESSABLE_ENTITY, &view);
        }
    };
    let grade = known.question.grade(&response, known.frozen.as_ref());
    let reading = form.find("reading").and_then(Reading::from_code);
    let answer = Answer {
        question,
        turn,
        hash: hash.to_owned(),
        reading: reading.unwrap_or(student.learner.settings.reading),
        shown,
        answer: response.to_raw(),
        score: grade.score,
        rating: first_rating(&known, &response, grade.is_correct()),
        took_ms: form.find("at").and_then(|at| took(at, now)),
    };
    let recorded = app.store.record(&student.learner, &answer, &seen, now).await;
    if let Ok(Recorded::Recorded(_)) = &recorded {
        app.metrics().answer(known.question.kind.name(), grade.is_correct());
    }
    Ok(match recorded {
        Ok(Recorded::Recorded(review) | Recorded::AlreadyRecorded(review)) => {
            see_other(app.url(&only.to(&format!("/study/feedback/{}", review.id))))
        }
        Ok(Recorded::Stale) => see_other(app.url(&only.to("/study?stale"))),
        Err(error) => return Err(error.into()),
    })
}

/// `POST /study/undo` with `review` = the answer that is meant; without it, the last.
pub(super) async fn undo(student: Student, form: Fields, app: web::Data<App>) -> Result<HttpResponse> {
    let meant = form.find("review").map(|_| form.parse("review")).transpose()?;
    let undone = app.store.undo(student.learner.id, meant, app.now()).await?;
    let path = if undone.is_some() { "/study?undone" } else { "/study" };
    Ok(see_other(app.url(&Only::of(&form).to(path))))
}

/// The bank with this slug, where it is open to them.
pub(super) async fn open_bank(app: &App, student: &Student, slug: &str) -> Result<Bank> {
    let bank = app.store.bank(slug).await?.ok_or(Error::NotFound)?;
    match app.store.may_study(student.learner.id, bank.id).await? {
        true => Ok(bank),
        false => Err(Error::NotFound),
    }
}

/// How an answer is rated until the learner says otherwise. A flashcard that was only looked at counts as not known: who
/// leaves here sees it again.
fn first_rating(known: &Known, response: &Response, is_correct: bool) -> Rating {
    match (&known.question.kind, response) {
        (Kind::Flashcard(_), Response::Revealed) => Rating::Again,
        _ if is_correct => Rating::Good,
        _ => Rating::Again,
    }
}

/// The time since the question was shown, where it is believable.
fn took(shown_at: &str, now: Timestamp) -> Option<u32> {
    let took = now.as_millisecond().checked_sub(shown_at.parse().ok()?)?;
    (0..=LONGEST_TOOK_MS).contains(&took).then(|| u32::try_from(took).ok()).flatten()
}

/// The share of the day's work that is done, in percent.
fn progress(answered: u32, left: Counts) -> u32 {
    let all = answered + left.new + left.learning + left.due;
    (answered * 100).checked_div(all).unwrap_or(0)
}

impl Known {
    /// The ids of what can be chosen, in the order in which this learner sees them at this turn: the same whenever the
    /// page is loaded, so that no form need be trusted with it.
    pub(super) fn shown(&self, learner: LearnerId, question: QuestionId, turn: u32) -> Vec<String> {
        let seed = (learner.0 as u64).rotate_left(24) ^ (question.0 as u64).rotate_left(48) ^ u64::from(turn);
        self.question.presented(seed, self.frozen.as_ref()).shown
    }
}

fn ask(
    f: &Frame,
    learner: LearnerId,
    (question, turn): (QuestionId, u32),
    hash: &str,
    known: &Known,
    kept: &[(String, String)],
    now: Timestamp,
) -> Result<Ask> {
    let shown = known.shown(learner, question, turn);
    let body = Showing { f, known, shown: &shown, state: State::Asked { kept } }.render()?;
    Ok(Ask {
        question,
        turn,
        hash: hash.to_owned(),
        at: now.as_millisecond(),
        kind: known.question.kind.name(),
        stem: Pair::blocks(&known.question.ask, f.reading()),
        image: ImageView::of(&known.question, f),
        hint: known.question.hint.as_ref().map(|hint| Pair::blocks(hint, f.reading())),
        body,
    })
}
