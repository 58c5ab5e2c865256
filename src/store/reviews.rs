//! Reviews: recording an answer, revising its rating, undoing it.
//!
//! The log is exact: a review is written once, and what may change later is only its rating and whether it was undone.
//! It keeps the card as it was before, so that both can be computed again from there.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sqlx::{Any, AnyConnection, AssertSqlSafe, Executor, FromRow};

use crate::memory::{Memory, Next, Rating};
use crate::text::Reading;

use super::banks;
use super::cards::{self, Card, MemoryColumns, state_of};
use super::ids::{count, instant};
use super::placeholders::placeholders;
use super::{Error, Learner, LearnerId, QuestionId, Result, ReviewId, Store};

/// An answer that a learner gave, graded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The question.
    pub question: QuestionId,
    /// The card's turn when the question was shown.
    pub turn: u32,
    /// The version that was shown.
    pub hash: String,
    /// The language or languages in which it was shown.
    pub reading: Reading,
    /// The ids of the choices, in the order shown; empty where there are none.
    pub shown: Vec<String>,
    /// What was answered, raw.
    pub answer: String,
    /// How right it was, in per mille.
    pub score: u16,
    /// How it is rated for now.
    pub rating: Rating,
    /// How long it took, where that is known.
    pub took_ms: Option<u32>,
}

/// An answer that was recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct Review {
    /// Its number.
    pub id: ReviewId,
    /// Who answered.
    pub learner: LearnerId,
    /// When.
    pub at: Timestamp,
    /// What was answered; its rating is the present one.
    pub answer: Answer,
    /// Whether the learner had never answered this question before.
    pub first_exposure: bool,
    /// The card as it was before.
    pub before: Card,
    /// When it was undone.
    pub undone: Option<Timestamp>,
}

impl Review {
    /// The review of an answer that is to be recorded; its number comes from the database.
    fn of(posted: &Posted, before: Card) -> Review {
        Review {
            id: ReviewId(0),
            learner: posted.learner.id,
            at: posted.now,
            answer: posted.answer.clone(),
            first_exposure: before.turn == 0,
            before,
            undone: None,
        }
    }

    /// What each rating makes of the card, answered when it was: the intervals on the buttons of the feedback page. The
    /// learner must be its own.
    pub fn next(&self, learner: &Learner) -> Next {
        learner.next(&self.before.memory, self.answer.question, self.answer.turn, self.at)
    }

    /// The card afterwards, were it rated so.
    fn card_after(&self, learner: &Learner, rating: Rating, turn: u32) -> Card {
        Card {
            memory: self.next(learner).after(rating).memory,
            turn,
            reps: self.before.reps + 1,
            lapses: self.before.lapses + u32::from(self.before.memory.lapses_on(rating)),
            ..self.before
        }
    }
}

/// What came of recording an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Recorded {
    /// It is on disk.
    Recorded(Review),
    /// This turn was answered before: nothing was written, here is the review of then.
    AlreadyRecorded(Review),
    /// The form is of a turn that was undone, or of before the answer changed, or was made up: nothing was written.
    Stale,
}

/// What came of revising a rating.
#[derive(Clone, Debug, PartialEq)]
pub enum Revised {
    /// The review and its card now stand as if it had been rated so from the first.
    Revised(Review),
    /// It was undone, or the card was answered again, or began afresh: nothing was written.
    TooLate(Review),
}

/// `reviews.before`: the card's columns that an answer changes.
#[derive(Serialize, Deserialize)]
struct Before {
    #[serde(flatten)]
    memory: MemoryColumns,
    reps: u32,
    lapses: u32,
    since_turn: u32,
}

/// The columns of `reviews`.
#[derive(FromRow)]
struct ReviewRow {
    id: i64,
    learner: i64,
    question: i64,
    turn: i64,
    answered_at: i64,
    hash: String,
    lang: String,
    shown: String,
    answer: String,
    score: i64,
    first_exposure: i64,
    took_ms: Option<i64>,
    rating: i64,
    before: String,
    undone_at: Option<i64>,
}

impl TryFrom<ReviewRow> for Review {
    type Error = Error;

    fn try_from(row: ReviewRow) -> Result<Review> {
        let corrupt = |what: &str| Error::Corrupt(format!("{what} of review {}", row.id));
        let (learner, question) = (LearnerId(row.learner), QuestionId(row.question));
        let turn = count(row.turn)?;
        let before: Before = serde_json::from_str(&row.before).map_err(|_| corrupt("the card before"))?;
        Ok(Review {
            id: ReviewId(row.id),
            learner,
            at: instant(row.answered_at)?,
            answer: Answer {
                question,
                turn,
                reading: Reading::from_code(&row.lang).ok_or_else(|| corrupt("the language"))?,
                shown: serde_json::from_str(&row.shown).map_err(|_| corrupt("the choices"))?,
                score: u16::try_from(row.score).map_err(|_| corrupt("the score"))?,
                rating: Rating::from_number(row.rating).ok_or_else(|| corrupt("the rating"))?,
                took_ms: row.took_ms.map(count).transpose()?,
                hash: row.hash,
                answer: row.answer,
            },
            first_exposure: row.first_exposure != 0,
            before: Card {
                learner,
                question,
                memory: (&before.memory).try_into()?,
                turn,
                reps: before.reps,
                lapses: before.lapses,
                since_turn: before.since_turn,
            },
            undone: row.undone_at.map(instant).transpose()?,
        })
    }
}

impl Store {
    /// Rates a recorded answer anew, as if it had been rated so from the first. Doing it twice changes nothing.
    ///
    /// # Errors
    /// [`Error::NotFound`] where the learner has no such review.
    pub async fn revise(&self, learner: &Learner, id: ReviewId, rating: Rating) -> Result<Revised> {
        let mut writer = self.writer().await?;
        let mut tx = writer.begin().await?;
        let mut review = of_learner(&mut *tx, learner.id, id).await?.ok_or(Error::NotFound("review"))?;
        let card = cards::read(&mut tx, learner.id, review.answer.question).await?;
        if review.undone.is_some()
            || review.answer.turn < card.since_turn
            || answered_since(&mut tx, &review).await?
        {
            return Ok(Revised::TooLate(review));
        }
        if review.answer.rating != rating {
            review.answer.rating = rating;
            let after = review.card_after(learner, rating, card.turn);
            cards::write(&mut tx, &[Card { since_turn: card.since_turn, ..after }]).await?;
            // By primary key.
            sqlx::query("update reviews set rating = $2 where id = $1")
                .bind(id.0)
                .bind(i64::from(rating.number()))
                .execute(&mut *tx)
                .await?;
            tx.commit().await?;
        }
        Ok(Revised::Revised(review))
    }

    /// Undoes the learner's last answer that is not undone yet, and puts its card back; `None` where there is none. The
    /// review stays in the log, and the card's turn goes on. A card that began afresh since then stays as it is.
    ///
    /// A caller that says which answer is `meant` undoes that one or none: a form that is sent twice undoes once.
    pub async fn undo(
        &self,
        learner: LearnerId,
        meant: Option<ReviewId>,
        now: Timestamp,
    ) -> Result<Option<Review>> {
        let mut writer = self.writer().await?;
        let mut tx = writer.begin().await?;
        // By reviews_by_day, from its end; an index entry of one instant holds the ids in their order.
        let row: Option<ReviewRow> = sqlx::query_as(
            "select id, learner, question, turn, answered_at, hash, lang, shown, answer, score, first_exposure, took_ms,
                    rating, before, undone_at
             from reviews where learner = $1 and undone_at is null order by answered_at desc, id desc limit 1",
        )
        .bind(learner.0)
        .fetch_optional(&mut *tx)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let mut review = Review::try_from(row)?;
        if meant.is_some_and(|meant| meant != review.id) {
            return Ok(None);
        }
        let card = cards::read(&mut tx, learner, review.answer.question).await?;
        if review.answer.turn >= card.since_turn {
            let before = Card { turn: card.turn, since_turn: card.since_turn, ..review.before };
            cards::write(&mut tx, &[before]).await?;
            if review.before.memory == Memory::New {
                banks::lower_frontier(&mut tx, learner, review.answer.question).await?;
            }
        }
        // By primary key.
        sqlx::query("update reviews set undone_at = $2 where id = $1")
            .bind(review.id.0)
            .bind(now.as_millisecond())
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        review.undone = Some(now);
        Ok(Some(review))
    }

    /// A review, if it is this learner's.
    pub async fn review(&self, learner: LearnerId, id: ReviewId) -> Result<Option<Review>> {
        of_learner(&mut *self.reader().await?, learner, id).await
    }
}

/// An answer as it came, to be recorded.
#[derive(Debug)]
pub(super) struct Posted {
    pub(super) learner: Learner,
    pub(super) answer: Answer,
    pub(super) now: Timestamp,
}

/// Records answers in this transaction and moves their cards on: what became of each, in their order; see
/// [`Store::record`]. However many they are, the statements are few.
pub(super) async fn record(connection: &mut AnyConnection, posted: &[Arc<Posted>]) -> Result<Vec<Recorded>> {
    let keys: Vec<_> = posted.iter().map(|it| (it.learner.id, it.answer.question)).collect();
    let cards = cards::read_all(connection, &keys).await?;
    let mut taken = HashSet::with_capacity(keys.len());
    let mut reviews = Vec::with_capacity(keys.len());
    let mut moved = Vec::with_capacity(keys.len());
    for ((it, key), card) in posted.iter().zip(keys).zip(cards) {
        if card.turn != it.answer.turn || !taken.insert(key) {
            reviews.push(None);
            continue;
        }
        let review = Review::of(it, card);
        moved.push(review.card_after(&it.learner, it.answer.rating, card.turn + 1));
        reviews.push(Some(review));
    }
    cards::write(connection, &moved).await?;
    let fresh: Vec<_> = reviews.iter_mut().flatten().collect();
    insert(connection, fresh).await?;
    let mut recorded = Vec::with_capacity(reviews.len());
    for (it, review) in posted.iter().zip(reviews) {
        recorded.push(match review {
            Some(review) => Recorded::Recorded(review),
            None => settled(connection, it.learner.id, &it.answer).await?,
        });
    }
    Ok(recorded)
}

/// What is to be said of an answer to another turn than the card's present one.
pub(super) async fn settled(
    connection: &mut AnyConnection,
    learner: LearnerId,
    answer: &Answer,
) -> Result<Recorded> {
    let earlier = of_turn(connection, learner, answer.question, answer.turn).await?;
    Ok(match earlier {
        Some(review) if review.undone.is_none() => Recorded::AlreadyRecorded(review),
        Some(_) | None => Recorded::Stale,
    })
}

/// Writes reviews, no two of one turn of a card, and gives them their numbers.
async fn insert(connection: &mut AnyConnection, mut reviews: Vec<&mut Review>) -> Result<()> {
    let json = |error| Error::Corrupt(format!("a review that cannot be written as JSON: {error}"));
    for chunk in reviews.chunks_mut(cards::ROWS) {
        let sql = format!(
            "insert into reviews (learner, question, turn, answered_at, hash, lang, shown, answer, score,
                                  first_exposure, took_ms, rating, was, before)
             values {} returning learner, question, id",
            placeholders(chunk.len(), 14)
        );
        let mut statement = sqlx::query_as(AssertSqlSafe(sql));
        for Review { learner, at, answer, first_exposure, before, .. } in chunk.iter() {
            let before_json = Before {
                memory: (&before.memory).into(),
                reps: before.reps,
                lapses: before.lapses,
                since_turn: before.since_turn,
            };
            statement = statement
                .bind(learner.0)
                .bind(answer.question.0)
                .bind(i64::from(answer.turn))
                .bind(at.as_millisecond())
                .bind(&*answer.hash)
                .bind(answer.reading.code())
                .bind(serde_json::to_string(&answer.shown).map_err(json)?)
                .bind(&*answer.answer)
                .bind(i64::from(answer.score.min(1000)))
                .bind(i64::from(*first_exposure))
                .bind(answer.took_ms.map(i64::from))
                .bind(i64::from(answer.rating.number()))
                .bind(state_of(&before.memory))
                .bind(serde_json::to_string(&before_json).map_err(json)?);
        }
        let ids: Vec<(i64, i64, i64)> = statement.fetch_all(&mut *connection).await?;
        let ids: HashMap<_, _> =
            ids.into_iter().map(|(learner, question, id)| ((learner, question), id)).collect();
        for review in chunk {
            let id = ids.get(&(review.learner.0, review.answer.question.0));
            review.id = id.copied().map(ReviewId).ok_or(Error::NotFound("review"))?;
        }
    }
    Ok(())
}

async fn of_learner(
    executor: impl Executor<'_, Database = Any>,
    learner: LearnerId,
    id: ReviewId,
) -> Result<Option<Review>> {
    // By primary key.
    let row: Option<ReviewRow> = sqlx::query_as(
        "select id, learner, question, turn, answered_at, hash, lang, shown, answer, score, first_exposure, took_ms,
                rating, before, undone_at
         from reviews where id = $1 and learner = $2",
    )
    .bind(id.0)
    .bind(learner.0)
    .fetch_optional(executor)
    .await?;
    row.map(Review::try_from).transpose()
}

async fn of_turn(
    connection: &mut AnyConnection,
    learner: LearnerId,
    question: QuestionId,
    turn: u32,
) -> Result<Option<Review>> {
    // By the unique (learner, question, turn).
    let row: Option<ReviewRow> = sqlx::query_as(
        "select id, learner, question, turn, answered_at, hash, lang, shown, answer, score, first_exposure, took_ms,
                rating, before, undone_at
         from reviews where learner = $1 and question = $2 and turn = $3",
    )
    .bind(learner.0)
    .bind(question.0)
    .bind(i64::from(turn))
    .fetch_optional(connection)
    .await?;
    row.map(Review::try_from).transpose()
}

/// Whether the card has a later review that counts.
async fn answered_since(connection: &mut AnyConnection, review: &Review) -> Result<bool> {
    // By the unique (learner, question, turn).
    let later: Option<i64> = sqlx::query_scalar(
        "select id from reviews where learner = $1 and question = $2 and turn > $3 and undone_at is null limit 1",
    )
    .bind(review.learner.0)
    .bind(review.answer.question.0)
    .bind(i64::from(review.answer.turn))
    .fetch_optional(connection)
    .await?;
    Ok(later.is_some())
}
