//! Cards: what one learner remembers of one question, and how a `Memory` is laid out in columns.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, FromRow, Row};

use crate::memory::{Learning, Memory, Next, Relearning, Reviewing, Step, Strength, is_leech};

use super::ids::{count, instant};
use super::placeholders::placeholders;
use super::{Error, Learner, LearnerId, QuestionId, Result, Store};

/// One learner's memory of one question. A question that was never answered has the card [`Card::new`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Card {
    /// Whose.
    pub learner: LearnerId,
    /// Of what.
    pub question: QuestionId,
    /// What they remember.
    pub memory: Memory,
    /// The turn that comes next: how many reviews were ever recorded. An undone one counts, too, and so does beginning
    /// afresh because the answer changed, and a guest's card joining it: a form of an earlier turn is never taken for one
    /// of a later.
    pub turn: u32,
    /// How often it was answered since its memory began, without what was undone.
    pub reps: u32,
    /// How often it was forgotten after having been learned.
    pub lapses: u32,
    /// The turn at which the present memory began: reviews of earlier turns were about another answer.
    pub(super) since_turn: u32,
}

impl Card {
    /// The card of a question that the learner never answered.
    pub const fn new(learner: LearnerId, question: QuestionId) -> Card {
        Card { learner, question, memory: Memory::New, turn: 0, reps: 0, lapses: 0, since_turn: 0 }
    }

    /// What each rating would make of it now. The learner must be its own.
    pub fn next(&self, learner: &Learner, now: Timestamp) -> Next {
        learner.next(&self.memory, self.question, self.turn, now)
    }

    /// Whether it was forgotten so often that repeating alone does not help.
    pub const fn is_leech(&self) -> bool {
        is_leech(self.lapses)
    }
}

/// A memory, laid out in the columns of `cards`; the same words are the JSON in `reviews.before`.
#[derive(Clone, Debug, FromRow, Serialize, Deserialize)]
pub(super) struct MemoryColumns {
    pub(super) state: String,
    pub(super) step: Option<i64>,
    /// Millionths of a day.
    pub(super) stability: Option<i64>,
    /// Millionths.
    pub(super) difficulty: Option<i64>,
    pub(super) interval_days: Option<i64>,
    pub(super) last_at: Option<i64>,
    pub(super) due_at: Option<i64>,
}

/// The word for a memory's state in the database.
pub(super) const fn state_of(memory: &Memory) -> &'static str {
    match memory {
        Memory::New => "new",
        Memory::Learning(_) => "learning",
        Memory::Review(_) => "review",
        Memory::Relearning(_) => "relearning",
    }
}

const MILLION: f64 = 1e6;

impl From<&Memory> for MemoryColumns {
    fn from(memory: &Memory) -> MemoryColumns {
        let millionths = |number: f32| (f64::from(number) * MILLION).round() as i64;
        let (step, interval) = match memory {
            Memory::New => (None, None),
            Memory::Learning(learning) => (Some(learning.step), None),
            Memory::Review(review) => (None, Some(review.interval)),
            Memory::Relearning(relearning) => (Some(relearning.step), None),
        };
        MemoryColumns {
            state: state_of(memory).to_owned(),
            step: step.map(|step| i64::from(step.0)),
            // The least stability FSRS knows is 0.001 days, so that rounding never gives 0.
            stability: memory.strength().map(|strength| millionths(strength.stability())),
            difficulty: memory.strength().map(|strength| millionths(strength.difficulty())),
            interval_days: interval.map(i64::from),
            last_at: memory.last().map(Timestamp::as_millisecond),
            due_at: memory.due().map(Timestamp::as_millisecond),
        }
    }
}

impl TryFrom<&MemoryColumns> for Memory {
    type Error = Error;

    fn try_from(columns: &MemoryColumns) -> Result<Memory> {
        if columns.state == "new" {
            return Ok(Memory::New);
        }
        let corrupt = || Error::Corrupt(format!("a card that is {columns:?}"));
        let strength = || {
            let number = |millionths: i64| (millionths as f64 / MILLION) as f32;
            Strength::new(number(columns.stability?), number(columns.difficulty?))
        };
        let strength = strength().ok_or_else(corrupt)?;
        let step = || columns.step.and_then(|step| u8::try_from(step).ok()).map(Step).ok_or_else(corrupt);
        let last = instant(columns.last_at.ok_or_else(corrupt)?)?;
        let due = instant(columns.due_at.ok_or_else(corrupt)?)?;
        match columns.state.as_str() {
            "learning" => Ok(Memory::Learning(Learning { step: step()?, strength, last, due })),
            "relearning" => Ok(Memory::Relearning(Relearning { step: step()?, strength, last, due })),
            "review" => {
                let interval = count(columns.interval_days.ok_or_else(corrupt)?)?;
                Ok(Memory::Review(Reviewing { strength, interval, last, due }))
            }
            _ => Err(corrupt()),
        }
    }
}

/// The columns of a card beside its keys.
#[derive(FromRow)]
pub(super) struct CardRow {
    #[sqlx(flatten)]
    memory: MemoryColumns,
    turn: i64,
    reps: i64,
    lapses: i64,
    since_turn: i64,
}

impl CardRow {
    pub(super) fn card(self, learner: LearnerId, question: QuestionId) -> Result<Card> {
        Ok(Card {
            learner,
            question,
            memory: (&self.memory).try_into()?,
            turn: count(self.turn)?,
            reps: count(self.reps)?,
            lapses: count(self.lapses)?,
            since_turn: count(self.since_turn)?,
        })
    }
}

/// The card as it stands, new where there is none.
pub(super) async fn read(
    connection: &mut AnyConnection,
    learner: LearnerId,
    question: QuestionId,
) -> Result<Card> {
    Ok(read_all(connection, &[(learner, question)]).await?.remove(0))
}

/// The card of a row into which it was joined, new where there is none.
pub(super) fn joined(row: &AnyRow, learner: LearnerId, question: QuestionId) -> Result<Card> {
    match row.try_get::<Option<&str>, _>("state")? {
        Some(_) => CardRow::from_row(row)?.card(learner, question),
        None => Ok(Card::new(learner, question)),
    }
}

/// Rows a statement: SQLite looks each `$n` up by name, and each number of rows is a statement of its own.
pub(super) const ROWS: usize = 8;

/// The cards of some learners' questions as they stand, in the order asked for; new where there are none.
pub(super) async fn read_all(
    connection: &mut AnyConnection,
    keys: &[(LearnerId, QuestionId)],
) -> Result<Vec<Card>> {
    let mut found = HashMap::with_capacity(keys.len());
    for chunk in keys.chunks(ROWS) {
        let these: Vec<String> = (0..chunk.len())
            .map(|row| format!("learner = ${} and question = ${}", 2 * row + 1, 2 * row + 2))
            .collect();
        // By primary key.
        let sql = format!(
            "select learner, question, state, step, stability, difficulty, interval_days, last_at, due_at, turn, reps,
                    lapses, since_turn
             from cards where {}",
            these.join(" or ")
        );
        let mut statement = sqlx::query(AssertSqlSafe(sql));
        for (learner, question) in chunk {
            statement = statement.bind(learner.0).bind(question.0);
        }
        for row in statement.fetch_all(&mut *connection).await? {
            let key = (LearnerId(row.try_get("learner")?), QuestionId(row.try_get("question")?));
            found.insert(key, CardRow::from_row(&row)?.card(key.0, key.1)?);
        }
    }
    let card = |key: &(LearnerId, QuestionId)| found.get(key).copied().unwrap_or(Card::new(key.0, key.1));
    Ok(keys.iter().map(card).collect())
}

/// Writes cards as they shall stand. No two are of one learner and question.
pub(super) async fn write(connection: &mut AnyConnection, cards: &[Card]) -> Result<()> {
    for chunk in cards.chunks(ROWS) {
        // By primary key.
        let sql = format!(
            "insert into cards (learner, question, state, step, stability, difficulty, interval_days, last_at, due_at,
                                turn, reps, lapses, since_turn)
             values {}
             on conflict (learner, question) do update
             set state = excluded.state, step = excluded.step, stability = excluded.stability,
                 difficulty = excluded.difficulty, interval_days = excluded.interval_days, last_at = excluded.last_at,
                 due_at = excluded.due_at, turn = excluded.turn, reps = excluded.reps, lapses = excluded.lapses,
                 since_turn = excluded.since_turn",
            placeholders(chunk.len(), 13)
        );
        let mut statement = sqlx::query(AssertSqlSafe(sql));
        for card in chunk {
            let columns = MemoryColumns::from(&card.memory);
            statement = statement
                .bind(card.learner.0)
                .bind(card.question.0)
                .bind(columns.state)
                .bind(columns.step)
                .bind(columns.stability)
                .bind(columns.difficulty)
                .bind(columns.interval_days)
                .bind(columns.last_at)
                .bind(columns.due_at)
                .bind(i64::from(card.turn))
                .bind(i64::from(card.reps))
                .bind(i64::from(card.lapses))
                .bind(i64::from(card.since_turn));
        }
        statement.execute(&mut *connection).await?;
    }
    Ok(())
}

impl Store {
    /// The card of a learner and a question, new where it was never answered.
    pub async fn card(&self, learner: LearnerId, question: QuestionId) -> Result<Card> {
        read(&mut *self.reader().await?, learner, question).await
    }
}
