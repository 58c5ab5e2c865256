//! Browsers that are known.

use jiff::{SignedDuration, Timestamp};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, FromRow, Row};

use super::banks::{RAISE_FRONTIERS, is_open};
use super::cards;
use super::ids::instant;
use super::learners::{LearnerRow, learner_columns};
use super::{Card, Error, Learner, LearnerId, QuestionId, Result, Store};

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

/// A known browser, in the list that its learner sees.
#[derive(Clone, Debug, PartialEq)]
pub struct KnownBrowser {
    /// What tells it from the others.
    pub token: TokenHash,
    /// What it calls itself.
    pub agent: Option<String>,
    /// When it signed in.
    pub since: Timestamp,
    /// When it was last noted as seen.
    pub seen: Timestamp,
}

#[derive(FromRow)]
struct KnownRow {
    token_hash: Vec<u8>,
    agent: Option<String>,
    created_at: i64,
    seen_at: i64,
}

impl TryFrom<KnownRow> for KnownBrowser {
    type Error = Error;

    fn try_from(row: KnownRow) -> Result<KnownBrowser> {
        let token = row.token_hash.try_into().map_err(|_| Error::Corrupt("a session's hash".to_owned()))?;
        Ok(KnownBrowser {
            token: TokenHash(token),
            agent: row.agent,
            since: instant(row.created_at)?,
            seen: instant(row.seen_at)?,
        })
    }
}

/// A known browser by the hash of its token, where it was seen after some time: by the primary keys of three tables. More
/// can be said between `select` and `from`, and about tables that are joined to these.
macro_rules! session {
    (also: $columns:expr, join: $tables:expr) => {
        session!(token: "$1", after: "$2", also: $columns, join: $tables)
    };
    (token: $token:literal, after: $after:literal, also: $columns:expr, join: $tables:expr) => {
        concat!(
            "select s.seen_at, ",
            learner_columns!(),
            $columns,
            " from sessions s join learners l on l.id = s.learner left join accounts a on a.learner = l.id",
            $tables,
            " where s.token_hash = ",
            $token,
            " and s.seen_at > ",
            $after,
            " and a.disabled_at is null"
        )
    };
}
pub(super) use session;

#[derive(FromRow)]
pub(super) struct SessionRow {
    seen_at: i64,
    #[sqlx(flatten)]
    learner: LearnerRow,
}

impl TryFrom<SessionRow> for Session {
    type Error = Error;

    fn try_from(row: SessionRow) -> Result<Session> {
        Ok(Session { learner: row.learner.try_into()?, seen: instant(row.seen_at)? })
    }
}

/// From when on a browser must have been seen to be known.
pub(super) fn idle_since(now: Timestamp) -> i64 {
    (now - SESSION_IDLE).as_millisecond()
}

pub(super) async fn insert(
    connection: &mut AnyConnection,
    token: &TokenHash,
    learner: LearnerId,
    agent: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    sqlx::query(
        "insert into sessions (token_hash, learner, created_at, seen_at, agent) values ($1, $2, $3, $3, $4)",
    )
    .bind(&token.0[..])
    .bind(learner.0)
    .bind(now.as_millisecond())
    .bind(agent)
    .execute(connection)
    .await?;
    Ok(())
}

impl Store {
    /// The session of a token; `None` where it is unknown or was idle for too long, or the account is disabled.
    pub async fn session(&self, token: &TokenHash, now: Timestamp) -> Result<Option<Session>> {
        let row: Option<SessionRow> = sqlx::query_as(session!(also: "", join: ""))
            .bind(&token.0[..])
            .bind(idle_since(now))
            .fetch_optional(&mut *self.reader().await?)
            .await?;
        row.map(Session::try_from).transpose()
    }

    /// The same with the learner's card of a question, in one trip to the database; no card where there is no such
    /// question or its bank is not open to them.
    pub async fn session_at_card(
        &self,
        token: &TokenHash,
        question: QuestionId,
        now: Timestamp,
    ) -> Result<Option<(Session, Option<Card>)>> {
        // By primary keys.
        let row: Option<AnyRow> = sqlx::query(session!(
            also: ", b.id as open_bank, c.state, c.step, c.stability, c.difficulty, c.interval_days, c.last_at, c.due_at,
                   c.turn, c.reps, c.lapses, c.since_turn",
            join: concat!(
                " left join questions q on q.id = $3
                  left join enrollments e on e.learner = l.id and e.bank = q.bank
                  left join banks b on b.id = q.bank and ",
                is_open!("l.id"),
                " left join cards c on c.learner = l.id and c.question = q.id"
            )
        ))
        .bind(&token.0[..])
        .bind(idle_since(now))
        .bind(question.0)
        .fetch_optional(&mut *self.reader().await?)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let session = Session::try_from(SessionRow::from_row(&row)?)?;
        let card = match row.try_get::<Option<i64>, _>("open_bank")? {
            Some(_) => Some(cards::joined(&row, session.learner.id, question)?),
            None => None,
        };
        Ok(Some((session, card)))
    }

    /// A session of a learner who has just said who they are. It takes the place of the one their browser had: no token is
    /// worth more after signing in than it was before.
    pub async fn create_session(
        &self,
        token: &TokenHash,
        learner: LearnerId,
        agent: Option<&str>,
        instead_of: Option<&TokenHash>,
        now: Timestamp,
    ) -> Result<()> {
        let mut writer = self.writer().await?;
        let mut tx = writer.begin().await?;
        if let Some(before) = instead_of {
            end(&mut tx, before).await?;
        }
        insert(&mut tx, token, learner, agent, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The browsers that a learner is signed in with, the one seen last first.
    pub async fn known_browsers(&self, learner: LearnerId, now: Timestamp) -> Result<Vec<KnownBrowser>> {
        // By sessions_of_learner.
        let rows: Vec<KnownRow> = sqlx::query_as(
            "select token_hash, agent, created_at, seen_at from sessions
             where learner = $1 and seen_at > $2 order by seen_at desc, token_hash",
        )
        .bind(learner.0)
        .bind(idle_since(now))
        .fetch_all(&mut *self.reader().await?)
        .await?;
        rows.into_iter().map(KnownBrowser::try_from).collect()
    }

    /// Ends a session, if it is this learner's; whether there was such a one.
    pub async fn end_session_of(&self, learner: LearnerId, token: &TokenHash) -> Result<bool> {
        let mut writer = self.writer().await?;
        let mut tx = writer.begin().await?;
        // By primary key.
        let done = sqlx::query("delete from sessions where token_hash = $1 and learner = $2")
            .bind(&token.0[..])
            .bind(learner.0)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(done.rows_affected() > 0)
    }

    /// Ends all sessions of a learner but this one, and returns how many there were.
    pub async fn end_other_sessions(&self, learner: LearnerId, but: &TokenHash) -> Result<u64> {
        let mut writer = self.writer().await?;
        let mut tx = writer.begin().await?;
        // By sessions_of_learner.
        let done = sqlx::query("delete from sessions where learner = $1 and token_hash <> $2")
            .bind(learner.0)
            .bind(&but.0[..])
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(done.rows_affected())
    }

    /// Notes that a session was used. Now and then is the time for housekeeping, too: the learner's search for new cards
    /// leaves behind what they have seen.
    pub async fn touch_session(&self, token: &TokenHash, now: Timestamp) -> Result<()> {
        let mut writer = self.writer().await?;
        let mut tx = writer.begin().await?;
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
        let mut writer = self.writer().await?;
        let mut tx = writer.begin().await?;
        end(&mut tx, token).await?;
        tx.commit().await?;
        Ok(())
    }
}

async fn end(connection: &mut AnyConnection, token: &TokenHash) -> Result<()> {
    // By primary key.
    sqlx::query("delete from sessions where token_hash = $1").bind(&token.0[..]).execute(connection).await?;
    Ok(())
}
