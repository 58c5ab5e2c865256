//! Questions, the versions of what they say, and the scenarios these name.

use sqlx::FromRow;

use super::{BankId, QuestionId, Result, Store};

/// A question, as the store knows it: what it says is the body of the version with its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Its number.
    pub id: QuestionId,
    /// The bank it is in.
    pub bank: BankId,
    /// Its id within the bank, stable for ever.
    pub ident: String,
    /// The hash of its present version.
    pub hash: String,
    /// What it tests.
    pub fact: Option<String>,
    /// Its kind, as in the bank's file.
    pub kind: String,
    /// Whether it is no longer in the bank.
    pub removed: bool,
}

/// What a question said at some time. Versions never change, so they may be cached by question and hash.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Version {
    /// The hash that names it.
    pub hash: String,
    /// The question, as the caller wrote it.
    pub body: String,
    /// The values the simulator computed, as the caller wrote them.
    pub frozen: Option<String>,
    /// The version of the simulator that computed them.
    pub simulator: Option<String>,
}

/// The columns of `questions` that make a [`Question`].
#[derive(FromRow)]
pub(super) struct QuestionRow {
    id: i64,
    bank: i64,
    ident: String,
    hash: String,
    fact: Option<String>,
    kind: String,
    removed_at: Option<i64>,
}

impl From<QuestionRow> for Question {
    fn from(row: QuestionRow) -> Question {
        Question {
            id: QuestionId(row.id),
            bank: BankId(row.bank),
            ident: row.ident,
            hash: row.hash,
            fact: row.fact,
            kind: row.kind,
            removed: row.removed_at.is_some(),
        }
    }
}

impl Store {
    /// One question.
    pub async fn question(&self, id: QuestionId) -> Result<Option<Question>> {
        // By primary key.
        let row: Option<QuestionRow> = sqlx::query_as(
            "select id, bank, ident, hash, fact, kind, removed_at from questions where id = $1",
        )
        .bind(id.0)
        .fetch_optional(&mut *self.reader().await?)
        .await?;
        Ok(row.map(Question::from))
    }

    /// The question with this ident in a bank.
    pub async fn question_by_ident(&self, bank: BankId, ident: &str) -> Result<Option<Question>> {
        // By the unique (bank, ident).
        let row: Option<QuestionRow> = sqlx::query_as(
            "select id, bank, ident, hash, fact, kind, removed_at from questions where bank = $1 and ident = $2",
        )
        .bind(bank.0)
        .bind(ident)
        .fetch_optional(&mut *self.reader().await?)
        .await?;
        Ok(row.map(Question::from))
    }

    /// The questions of a bank, in its order, without those that were removed.
    pub async fn questions(&self, bank: BankId) -> Result<Vec<Question>> {
        // By questions_in_order.
        let rows: Vec<QuestionRow> = sqlx::query_as(
            "select id, bank, ident, hash, fact, kind, removed_at from questions
             where bank = $1 and removed_at is null order by position",
        )
        .bind(bank.0)
        .fetch_all(&mut *self.reader().await?)
        .await?;
        Ok(rows.into_iter().map(Question::from).collect())
    }

    /// What the questions of a bank say now, in its order, without those that were removed.
    pub async fn present_bodies(&self, bank: BankId) -> Result<Vec<String>> {
        // By questions_in_order and the unique (question, hash).
        let bodies = sqlx::query_scalar(
            "select v.body from questions q join question_versions v on v.question = q.id and v.hash = q.hash
             where q.bank = $1 and q.removed_at is null order by q.position",
        )
        .bind(bank.0)
        .fetch_all(&mut *self.reader().await?)
        .await?;
        Ok(bodies)
    }

    /// What a question said in the version with this hash, present or past.
    pub async fn version(&self, question: QuestionId, hash: &str) -> Result<Option<Version>> {
        // By the unique (question, hash).
        let version = sqlx::query_as(
            "select hash, body, frozen, simulator from question_versions where question = $1 and hash = $2",
        )
        .bind(question.0)
        .bind(hash)
        .fetch_optional(&mut *self.reader().await?)
        .await?;
        Ok(version)
    }

    /// The source of the scenario with this hash.
    pub async fn scenario(&self, hash: &str) -> Result<Option<String>> {
        // By primary key.
        let source = sqlx::query_scalar("select source from scenarios where hash = $1")
            .bind(hash)
            .fetch_optional(&mut *self.reader().await?)
            .await?;
        Ok(source)
    }
}
