//! Links that let someone do one thing: join, set a new password, become the first administrator. The database has only
//! the hash of each link's secret.

use jiff::{SignedDuration, Timestamp};
use sqlx::{Any, AnyConnection, Executor, FromRow};

use super::audit::{AuditAction, audit};
use super::ids::{count, instant};
use super::{Error, Learner, LearnerId, Result, Role, Store, TokenHash};

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Making an account where that is by invitation.
    Invitation,
    /// Setting a new password.
    Reset,
    /// Making the first administrator's account.
    FirstAdmin,
}

impl Purpose {
    /// Its word in the database.
    pub const fn code(self) -> &'static str {
        match self {
            Purpose::Invitation => "invitation",
            Purpose::Reset => "reset",
            Purpose::FirstAdmin => "first-admin",
        }
    }
}

/// A link, as far as it says something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// What it is for.
    pub purpose: Purpose,
    /// Whose password is reset.
    pub learner: Option<LearnerId>,
    /// What an invitation makes of who takes it; a learner, where it does not say.
    pub role: Option<Role>,
    /// How often it can be used.
    pub uses: u32,
    /// Until when.
    pub expires: Timestamp,
}

impl Ticket {
    /// How long a link is good by which someone sets a new password, or becomes the first administrator.
    pub const SHORT: SignedDuration = SignedDuration::from_hours(24);

    /// A link by which a person sets a new password, once.
    pub fn reset(learner: LearnerId, now: Timestamp) -> Ticket {
        Ticket {
            purpose: Purpose::Reset,
            learner: Some(learner),
            role: None,
            uses: 1,
            expires: now + Ticket::SHORT,
        }
    }

    /// A link by which someone becomes the first administrator.
    pub fn first_admin(now: Timestamp) -> Ticket {
        Ticket {
            purpose: Purpose::FirstAdmin,
            learner: None,
            role: Some(Role::Admin),
            uses: 1,
            expires: now + Ticket::SHORT,
        }
    }
}

#[derive(FromRow)]
struct TicketRow {
    learner: Option<i64>,
    role: Option<String>,
    uses_left: i64,
    expires_at: i64,
}

impl TicketRow {
    fn ticket(self, purpose: Purpose) -> Result<Ticket> {
        let unknown = || Error::Corrupt("the role of a link".to_owned());
        Ok(Ticket {
            purpose,
            learner: self.learner.map(LearnerId),
            role: self.role.map(|role| Role::from_code(&role).ok_or_else(unknown)).transpose()?,
            uses: count(self.uses_left)?,
            expires: instant(self.expires_at)?,
        })
    }
}

impl Store {
    /// Gives out a link with this secret; `about` is whom or what it is for, in the audit log. An earlier reset link of the
    /// same learner is void, as is an earlier one for the first administrator, and links that have expired are swept away.
    pub async fn make_ticket(
        &self,
        token: &TokenHash,
        ticket: &Ticket,
        about: &str,
        actor: Option<&Learner>,
        now: Timestamp,
    ) -> Result<()> {
        let mut writer = self.writer().await?;
        let mut tx = writer.begin().await?;
        // The handful of links is read whole.
        sqlx::query(
            "delete from tickets
             where expires_at <= $1 or uses_left = 0 or (purpose = 'reset' and learner = $2)
                or (purpose = 'first-admin' and purpose = $3)",
        )
        .bind(now.as_millisecond())
        .bind(ticket.learner.map(|learner| learner.0))
        .bind(ticket.purpose.code())
        .execute(&mut *tx)
        .await?;
        sqlx::query(
            "insert into tickets (token_hash, purpose, learner, role, uses_left, created_by, created_at, expires_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(&token.0[..])
        .bind(ticket.purpose.code())
        .bind(ticket.learner.map(|learner| learner.0))
        .bind(ticket.role.map(Role::code))
        .bind(i64::from(ticket.uses))
        .bind(actor.map(|actor| actor.id.0))
        .bind(now.as_millisecond())
        .bind(ticket.expires.as_millisecond())
        .execute(&mut *tx)
        .await?;
        let detail = serde_json::json!({
            "purpose": ticket.purpose.code(),
            "role": ticket.role.map(Role::code),
            "uses": ticket.uses,
            "expires": ticket.expires.to_string(),
        });
        audit(&mut tx, actor, AuditAction::LinkMade, about, &detail, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The link with this secret, where it is for this and can still be used. Looking does not use it up.
    pub async fn ticket(
        &self,
        purpose: Purpose,
        token: &TokenHash,
        now: Timestamp,
    ) -> Result<Option<Ticket>> {
        find(&mut *self.reader().await?, purpose, token, now).await
    }
}

async fn find(
    executor: impl Executor<'_, Database = Any>,
    purpose: Purpose,
    token: &TokenHash,
    now: Timestamp,
) -> Result<Option<Ticket>> {
    // By primary key.
    let row: Option<TicketRow> = sqlx::query_as(
        "select learner, role, uses_left, expires_at from tickets
         where token_hash = $1 and purpose = $2 and uses_left > 0 and expires_at > $3",
    )
    .bind(&token.0[..])
    .bind(purpose.code())
    .bind(now.as_millisecond())
    .fetch_optional(executor)
    .await?;
    row.map(|row| row.ticket(purpose)).transpose()
}

/// Spends one use of a link, as part of what it is used for; `None` where it cannot be used.
pub(super) async fn take(
    connection: &mut AnyConnection,
    purpose: Purpose,
    token: &TokenHash,
    now: Timestamp,
) -> Result<Option<Ticket>> {
    let Some(ticket) = find(&mut *connection, purpose, token, now).await? else { return Ok(None) };
    // By primary key.
    sqlx::query("update tickets set uses_left = uses_left - 1 where token_hash = $1")
        .bind(&token.0[..])
        .execute(connection)
        .await?;
    Ok(Some(ticket))
}
