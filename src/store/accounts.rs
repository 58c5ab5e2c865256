//! Accounts: what lets a learner sign in from anywhere. Whoever changes one leaves an entry in the audit log.

use jiff::Timestamp;
use sqlx::{AnyConnection, FromRow};

use crate::people::{Name, PasswordHash};

use super::audit::{AuditAction, audit};
use super::learners::{self, LearnerRow, learner_columns};
use super::people::not_the_last_admin;
use super::tickets::{self, Purpose};
use super::{Account, Error, Learner, LearnerId, Result, Role, Settings, Store, TokenHash};

/// Who gets an account.
#[derive(Clone, Copy, Debug)]
pub enum Holder<'a> {
    /// A guest, who keeps all that is theirs.
    Guest(LearnerId),
    /// Someone who was never here.
    New(&'a Settings),
}

/// By what right an account is made, which says its role, too, and who is said to have made it.
#[derive(Clone, Copy, Debug)]
pub enum Entitlement<'a> {
    /// Anyone may sign up as a learner.
    Open,
    /// Whoever holds a link for this purpose; one use of it is spent.
    Ticket(Purpose, &'a TokenHash),
    /// An administrator gives it, or, without one, whoever sits at the command line.
    Given(Role, Option<&'a Learner>),
}

/// What came of making an account.
#[derive(Clone, Debug, PartialEq)]
pub enum Created {
    /// It is there.
    Created(Learner),
    /// Someone has this name, or one that folds to the same: nothing was written.
    NameTaken,
    /// The link is spent, expired or was never given out: nothing was written.
    NoTicket,
}

/// What is needed to sign someone in.
#[derive(Clone, Debug, PartialEq)]
pub struct Credentials {
    /// Whose.
    pub learner: Learner,
    /// What their password is compared with.
    pub password: PasswordHash,
    /// Whether the account is disabled: then nobody is let in.
    pub disabled: bool,
}

/// A row of credentials.
#[derive(FromRow)]
struct CredentialsRow {
    password_hash: String,
    disabled_at: Option<i64>,
    #[sqlx(flatten)]
    learner: LearnerRow,
}

impl TryFrom<CredentialsRow> for Credentials {
    type Error = Error;

    fn try_from(row: CredentialsRow) -> Result<Credentials> {
        Ok(Credentials {
            learner: row.learner.try_into()?,
            password: PasswordHash(row.password_hash),
            disabled: row.disabled_at.is_some(),
        })
    }
}

impl Store {
    /// Makes an account.
    ///
    /// # Errors
    /// [`Error::NotFound`] where the guest is gone or has an account already.
    pub async fn create_account(
        &self,
        holder: Holder<'_>,
        name: &Name,
        password: &PasswordHash,
        entitlement: Entitlement<'_>,
        now: Timestamp,
    ) -> Result<Created> {
        let mut writer = self.writer().await?;
        let mut tx = writer.begin().await?;
        // By the unique name_folded.
        let taken: Option<i64> = sqlx::query_scalar("select learner from accounts where name_folded = $1")
            .bind(name.folded())
            .fetch_optional(&mut *tx)
            .await?;
        if taken.is_some() {
            return Ok(Created::NameTaken);
        }
        let role = match entitlement {
            Entitlement::Open => Role::Learner,
            Entitlement::Given(role, _) => role,
            Entitlement::Ticket(purpose, token) => match tickets::take(&mut tx, purpose, token, now).await? {
                Some(ticket) => ticket.role.unwrap_or(Role::Learner),
                None => return Ok(Created::NoTicket),
            },
        };
        let id = match holder {
            Holder::Guest(id) => id,
            Holder::New(settings) => learners::insert(&mut tx, settings, now).await?,
        };
        // By primary keys.
        let done = sqlx::query(
            "insert into accounts (learner, name, name_folded, password_hash, role, created_at)
             select id, $2, $3, $4, $5, $6 from learners
             where id = $1 and not exists (select 1 from accounts where learner = $1)",
        )
        .bind(id.0)
        .bind(name.written())
        .bind(name.folded())
        .bind(&*password.0)
        .bind(role.code())
        .bind(now.as_millisecond())
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() == 0 {
            return Err(Error::NotFound("guest"));
        }
        let learner = learners::read(&mut *tx, id).await?.ok_or(Error::NotFound("learner"))?;
        let actor = match entitlement {
            Entitlement::Given(_, by) => by,
            Entitlement::Open | Entitlement::Ticket(..) => Some(&learner),
        };
        let detail = serde_json::json!({ "role": role.code() });
        audit(&mut tx, actor, AuditAction::AccountCreated, name.written(), &detail, now).await?;
        tx.commit().await?;
        Ok(Created::Created(learner))
    }

    /// What is needed to sign in under this name; `None` where nobody has it.
    pub async fn account_by_name(&self, name: &Name) -> Result<Option<Credentials>> {
        // By the unique name_folded, then by primary key.
        let row: Option<CredentialsRow> = sqlx::query_as(concat!(
            "select a.password_hash, a.disabled_at, ",
            learner_columns!(),
            " from accounts a join learners l on l.id = a.learner where a.name_folded = $1"
        ))
        .bind(name.folded())
        .fetch_optional(&mut *self.reader().await?)
        .await?;
        row.map(Credentials::try_from).transpose()
    }

    /// What is needed to ask a learner for their password again; `None` where they have no account.
    pub async fn credentials(&self, learner: LearnerId) -> Result<Option<Credentials>> {
        // By the primary keys of both.
        let row: Option<CredentialsRow> = sqlx::query_as(concat!(
            "select a.password_hash, a.disabled_at, ",
            learner_columns!(),
            " from accounts a join learners l on l.id = a.learner where a.learner = $1"
        ))
        .bind(learner.0)
        .fetch_optional(&mut *self.reader().await?)
        .await?;
        row.map(Credentials::try_from).transpose()
    }

    /// Gives an account another password and ends all its sessions: whoever knew the old one is out.
    ///
    /// # Errors
    /// [`Error::NotFound`] where the learner has no account.
    pub async fn set_password(
        &self,
        learner: &Learner,
        password: &PasswordHash,
        actor: Option<&Learner>,
        now: Timestamp,
    ) -> Result<()> {
        let mut writer = self.writer().await?;
        let mut tx = writer.begin().await?;
        replace_password(&mut tx, learner, password, actor, AuditAction::PasswordChanged, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The same by a reset link, which is spent by it. `None`, and nothing written, where the link is spent or expired.
    pub async fn reset_password(
        &self,
        token: &TokenHash,
        password: &PasswordHash,
        now: Timestamp,
    ) -> Result<Option<Learner>> {
        let mut writer = self.writer().await?;
        let mut tx = writer.begin().await?;
        let ticket = tickets::take(&mut tx, Purpose::Reset, token, now).await?;
        let Some(id) = ticket.and_then(|ticket| ticket.learner) else { return Ok(None) };
        let Some(learner) = learners::read(&mut *tx, id).await? else { return Ok(None) };
        replace_password(&mut tx, &learner, password, Some(&learner), AuditAction::PasswordReset, now)
            .await?;
        tx.commit().await?;
        Ok(Some(learner))
    }

    /// Whether this is the one administrator who can still sign in: without them nobody could appoint another.
    pub async fn is_last_admin(&self, learner: &Learner) -> Result<bool> {
        let mut connection = self.reader().await?;
        match not_the_last_admin(&mut connection, learner.id).await {
            Ok(()) => Ok(false),
            Err(Error::LastAdmin) => Ok(true),
            Err(error) => Err(error),
        }
    }
}

async fn replace_password(
    connection: &mut AnyConnection,
    learner: &Learner,
    password: &PasswordHash,
    actor: Option<&Learner>,
    action: AuditAction,
    now: Timestamp,
) -> Result<()> {
    let Some(Account { name, .. }) = &learner.account else { return Err(Error::NotFound("account")) };
    // By primary key.
    let done = sqlx::query("update accounts set password_hash = $2 where learner = $1")
        .bind(learner.id.0)
        .bind(&*password.0)
        .execute(&mut *connection)
        .await?;
    if done.rows_affected() == 0 {
        return Err(Error::NotFound("account"));
    }
    // By sessions_of_learner.
    sqlx::query("delete from sessions where learner = $1")
        .bind(learner.id.0)
        .execute(&mut *connection)
        .await?;
    audit(connection, actor, action, name, &serde_json::json!({}), now).await
}
