//! `/study/feedback/{review}`: whether an answer was right, why, why the others are not, and the cluster that shows it;
//! `POST /study/rate`: how hard it was.

use actix_web::{HttpResponse, web};
use askama::Template;

use crate::bank::{Kind, Response, ScenarioRef};
use crate::memory::{Next, Rating};
use crate::store::{Learner, Review, ReviewId, Revised};

use super::App;
use super::error::{Error, Result, see_other};
use super::fields::Fields;
use super::page::{self, Frame, Section};
use super::pair::Pair;
use super::question::{Html, ImageView, Known, Showing, State};
use super::scenarios::One;
use super::study::Only;
use super::visitor::Student;
use super::wait::wait;

#[derive(Template)]
#[template(path = "feedback.html")]
struct View {
    f: Frame,
    only: Only,
    review: ReviewId,
    kind: &'static str,
    verdict: Verdict,
    stem: Pair,
    image: Option<ImageView>,
    body: Html,
    explain: Option<Pair>,
    see: Option<String>,
    player: Option<crate::player::View>,
    ratings: Vec<Button>,
    /// Whether the learner has gone on since, so that the rating stands.
    past: bool,
}

/// What the answer was worth.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// A flashcard: the learner says.
    Open,
    Right,
    /// Not wholly; so many percent of it.
    Partly(u16),
    Wrong,
}

/// A rating, and what follows from it.
struct Button {
    rating: Rating,
    name: String,
    wait: String,
    /// Whether it stands at present.
    chosen: bool,
}

/// `?t=3`: the moment at which the player opens.
#[derive(serde::Deserialize)]
pub(super) struct Moment {
    pub(super) t: Option<usize>,
}

/// `?t=3&bank=week-3`: the moment, and the bank that is studied alone.
#[derive(serde::Deserialize)]
pub(super) struct Query {
    t: Option<usize>,
    bank: Option<String>,
}

/// `GET /study/feedback/{review}`
pub(super) async fn show(
    student: Student,
    id: web::Path<i64>,
    query: web::Query<Query>,
    app: web::Data<App>,
) -> Result<HttpResponse> {
    let id = ReviewId(*id);
    let only = Only(query.bank.clone());
    let review = app.store.review(student.learner.id, id).await?.ok_or(Error::NotFound)?;
    if review.undone.is_some() {
        return Ok(see_other(app.url(&only.to("/study"))));
    }
    let bank = app.store.bank_open_to(student.learner.id, review.answer.question).await?;
    let bank = bank.ok_or(Error::NotFound)?;
    let known = app.known(review.answer.question, &review.answer.hash).await?.ok_or(Error::NotFound)?;
    let card = app.store.card(student.learner.id, review.answer.question).await?;
    let next = review.next(&student.learner);
    let f = student.frame(Section::Study);
    let player = match &known.question.scenario {
        Some(scenario) => app.player(Some(bank), scenario).await?,
        None => None,
    };
    let player = player.map(|player| {
        let opened = query.t.unwrap_or_else(|| player.start());
        let link = |at| f.url(&format!("{}#player-title", only.to(&format!("/study/feedback/{id}?t={at}"))));
        player.view(f.reading(), opened, &link)
    });
    page::html(&view(f, only, &review, &known, &next, player, card.turn != review.answer.turn + 1)?)
}

/// `GET /study/feedback/{review}/scenario/{name}`: the scenario that shows why a choice is wrong, as its name is meant in the
/// bank of the question.
pub(super) async fn scenario(
    student: Student,
    path: web::Path<(i64, String)>,
    query: web::Query<Query>,
    app: web::Data<App>,
) -> Result<HttpResponse> {
    let (id, name) = path.into_inner();
    let (id, only) = (ReviewId(id), Only(query.bank.clone()));
    let review = app.store.review(student.learner.id, id).await?.ok_or(Error::NotFound)?;
    let bank = app.store.bank_open_to(student.learner.id, review.answer.question).await?;
    let bank = bank.ok_or(Error::NotFound)?;
    let known = app.known(review.answer.question, &review.answer.hash).await?.ok_or(Error::NotFound)?;
    if !known.question.scenarios().contains(&name.as_str()) {
        return Err(Error::NotFound);
    }
    let title = app.scenario_title(bank, &name).await?.ok_or(Error::NotFound)?;
    let alone = ScenarioRef { run: name.clone(), contrast: None, focus: None };
    let player = app.player(Some(bank), &alone).await?.ok_or(Error::NotFound)?;
    let f = student.frame(Section::Study);
    let path = format!("/study/feedback/{id}");
    let link = |at| f.url(&format!("{}#player-title", only.to(&format!("{path}/scenario/{name}?t={at}"))));
    let player = player.view(f.reading(), query.t.unwrap_or_else(|| player.start()), &link);
    let back = (f.url(&only.to(&path)), f.say("scenario-back-to-answer"));
    page::html(&One::new(f, &title, player, back))
}

/// `POST /study/rate` with `review` and `rating`. What was wrong stays *Again*. Too late or twice changes nothing.
pub(super) async fn rate(student: Student, form: Fields, app: web::Data<App>) -> Result<HttpResponse> {
    let id = form.parse("review")?;
    let rating = Rating::from_code(form.get("rating")?).ok_or(Error::BadForm("rating"))?;
    let review = app.store.review(student.learner.id, id).await?.ok_or(Error::NotFound)?;
    if may_rate(&review) {
        revise(&app, &student.learner, id, rating).await?;
    }
    Ok(see_other(app.url(&Only::of(&form).to("/study"))))
}

async fn revise(app: &App, learner: &Learner, id: ReviewId, rating: Rating) -> Result<()> {
    match app.store.revise(learner, id, rating).await? {
        Revised::Revised(_) => {}
        Revised::TooLate(review) => tracing::debug!(review = review.id.0, "a rating that came too late"),
    }
    Ok(())
}

/// Whether the learner may say how hard it was: a wrong answer was.
fn may_rate(review: &Review) -> bool {
    review.answer.score == crate::bank::Grade::FULL
}

fn view(
    f: Frame,
    only: Only,
    review: &Review,
    known: &Known,
    next: &Next,
    player: Option<crate::player::View>,
    past: bool,
) -> Result<View> {
    let reading = f.reading();
    let question = &known.question;
    // Only a review that another program wrote has an answer that cannot be read; it is shown as nothing chosen.
    let response = Response::from_raw(&review.answer.answer).unwrap_or(Response::Chosen(Vec::new()));
    let grade = question.grade(&response, known.frozen.as_ref());
    let id = review.id;
    let scenario = |name: &str| f.url(&only.to(&format!("/study/feedback/{id}/scenario/{name}")));
    let showing = Showing {
        f: &f,
        known,
        shown: &review.answer.shown,
        state: State::Answered { response: &response, grade: &grade, scenario: &scenario },
    };
    let body = showing.render()?;
    let verdict = match (&question.kind, review.answer.score) {
        (Kind::Flashcard(_), _) => Verdict::Open,
        (_, crate::bank::Grade::FULL) => Verdict::Right,
        (_, 0) => Verdict::Wrong,
        (_, score) => Verdict::Partly(score / 10),
    };
    let offered: &[Rating] = if may_rate(review) { &Rating::ALL } else { &[Rating::Again] };
    // A flashcard stands at Again until it is rated; what is offered first is that it was known.
    let standing = if verdict == Verdict::Open && !past { Rating::Good } else { review.answer.rating };
    let button = |rating: &Rating| Button {
        rating: *rating,
        name: f.say(&format!("rating-{rating}")),
        wait: wait(f.locale(), next.after(*rating).wait),
        chosen: *rating == standing,
    };
    let ratings = offered.iter().map(button).collect();
    Ok(View {
        review: review.id,
        kind: question.kind.name(),
        verdict,
        stem: Pair::blocks(&question.ask, reading),
        image: ImageView::of(question, &f),
        body,
        explain: question.explain.as_ref().map(|explain| Pair::blocks(explain, reading)),
        see: question.see.clone(),
        player,
        ratings,
        past,
        only,
        f,
    })
}
