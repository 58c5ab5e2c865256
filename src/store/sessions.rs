//! Browsers that are known.

use jiff::{SignedDuration, Timestamp};
use sqlx::{AnyConnection, FromRow};

use super::banks::RAISE_FRONTIERS;
use super::ids::instant;
use super::learners::{LearnerRow, learner_columns};
use super::{Learner, LearnerId, Result, Store};

/// After so long without a visit a session is forgotten: the longest that browsers keep a cookie.
pub const SESSION_IDLE: SignedDuration = SignedDuration::from_hours(400 * 24);

/// The SHA-256 of a session's token. The token itself is only in the cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TokenHash(pub [u8; 32]);

/// A known browser.
#[derive(Clone, Debug, PartialEq)]
pub struct Session {
    /// Whose it is.
    pub learner: Learner,
    /// When it was last noted as seen: the caller touches it again after an hour or so, not at every request.
    pub seen: Timestamp,
}

#[derive(FromRow)]
struct SessionRow {
    seen_at: i64,
    #[sqlx(flatten)]
    learner: LearnerRow,
}

pub(super) async fn insert(
    connection: &mut AnyConnection,
    token: &TokenHash,
    learner: LearnerId,
    now: Timestamp,
) -> Result<()> {
    sqlx::query("insert into sessions (token_hash, learner, created_at, seen_at) values ($1, $2, $3, $3)")
        .bind(&token.0[..])
        .bind(learner.0)
        .bind(now.as_millisecond())
        .execute(connection)
        .await?;
    Ok(())
}

impl Store {
    /// The session of a token; `None` where it is unknown or was idle for too long.
    pub async fn session(&self, token: &TokenHash, now: Timestamp) -> Result<Option<Session>> {
        // By the primary keys of the three.
        let row: Option<SessionRow> = sqlx::query_as(concat!(
            "select s.seen_at, ",
            learner_columns!(),
            " from sessions s join learners l on l.id = s.learner left join accounts a on a.learner = l.id
             where s.token_hash = $1 and s.seen_at > $2"
        ))
        .bind(&token.0[..])
        .bind((now - SESSION_IDLE).as_millisecond())
        .fetch_optional(self.reader())
        .await?;
        row.map(|row| Ok(Session { learner: row.learner.try_into()?, seen: instant(row.seen_at)? }))
            .transpose()
    }

    /// Another session of a learner who is known already.
    pub async fn create_session(&self, token: &TokenHash, learner: LearnerId, now: Timestamp) -> Result<()> {
        let mut tx = self.write().await?;
        insert(&mut tx, token, learner, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Notes that a session was used. Now and then is the time for housekeeping, too: the learner's search for new cards
    /// leaves behind what they have seen.
    pub async fn touch_session(&self, token: &TokenHash, now: Timestamp) -> Result<()> {
        let mut tx = self.write().await?;
        // By primary key.
        let learner: Option<i64> = sqlx::query_scalar(
            "update sessions set seen_at = $2 where token_hash = $1 and seen_at < $2 returning learner",
        )
        .bind(&token.0[..])
        .bind(now.as_millisecond())
        .fetch_optional(&mut *tx)
        .await?;
        if let Some(learner) = learner {
            sqlx::query(RAISE_FRONTIERS).bind(learner).execute(&mut *tx).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Ends a session. Does nothing where it is unknown.
    pub async fn end_session(&self, token: &TokenHash) -> Result<()> {
        let mut tx = self.write().await?;
        // By primary key.
        sqlx::query("delete from sessions where token_hash = $1")
            .bind(&token.0[..])
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }
}
