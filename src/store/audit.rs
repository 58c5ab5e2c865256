//! The audit log: every change of a role, a bank or an account: who, what, when. It is written in the transaction of the
//! change, so that neither is there without the other.

use jiff::Timestamp;
use sqlx::{AnyConnection, FromRow};

use super::ids::instant;
use super::{Error, Learner, LearnerId, Result, Store};

/// What can be done that the log tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditAction {
    /// Someone got another role.
    RoleChanged,
    /// Someone got an account.
    AccountCreated,
    /// Someone's account is gone.
    AccountDeleted,
    /// Someone was locked out.
    AccountDisabled,
    /// Someone was let in again.
    AccountEnabled,
    /// Someone's password is another one.
    PasswordChanged,
    /// Someone set a new password by a link.
    PasswordReset,
    /// A backup was downloaded.
    CopyTaken,
    /// A link was given out.
    LinkMade,
    /// An invitation was taken back.
    InvitationRevoked,
    /// Others may sign up from now on.
    SignUpChanged,
    /// An account took over what a guest had learned.
    GuestMerged,
    /// A bank was taken in.
    BankCreated,
    /// A bank has a new version.
    BankChanged,
    /// Others may study a bank.
    BankAudience,
    /// A bank is gone.
    BankDeleted,
}

impl AuditAction {
    /// All there are.
    pub const ALL: [AuditAction; 16] = [
        AuditAction::RoleChanged,
        AuditAction::AccountCreated,
        AuditAction::AccountDeleted,
        AuditAction::AccountDisabled,
        AuditAction::AccountEnabled,
        AuditAction::PasswordChanged,
        AuditAction::PasswordReset,
        AuditAction::CopyTaken,
        AuditAction::LinkMade,
        AuditAction::InvitationRevoked,
        AuditAction::SignUpChanged,
        AuditAction::GuestMerged,
        AuditAction::BankCreated,
        AuditAction::BankChanged,
        AuditAction::BankAudience,
        AuditAction::BankDeleted,
    ];

    /// The word that the log keeps.
    pub const fn code(self) -> &'static str {
        match self {
            AuditAction::RoleChanged => "role-changed",
            AuditAction::AccountCreated => "account-created",
            AuditAction::AccountDeleted => "account-deleted",
            AuditAction::AccountDisabled => "account-disabled",
            AuditAction::AccountEnabled => "account-enabled",
            AuditAction::PasswordChanged => "password-changed",
            AuditAction::PasswordReset => "password-reset",
            AuditAction::CopyTaken => "copy-taken",
            AuditAction::LinkMade => "link-made",
            AuditAction::InvitationRevoked => "invitation-revoked",
            AuditAction::SignUpChanged => "sign-up-changed",
            AuditAction::GuestMerged => "guest-merged",
            AuditAction::BankCreated => "bank-created",
            AuditAction::BankChanged => "bank-changed",
            AuditAction::BankAudience => "bank-audience",
            AuditAction::BankDeleted => "bank-deleted",
        }
    }
}

/// One change.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditEntry {
    /// When.
    pub at: Timestamp,
    /// Who; `None` is whoever sits at the command line.
    pub actor: Option<LearnerId>,
    /// The name they had then; a guest has none.
    pub actor_name: Option<String>,
    /// What they did: the [code](AuditAction::code) of an action, maybe of another version of this program.
    pub action: String,
    /// To whom or what: a person's name, a bank's slug.
    pub subject: String,
    /// What else there is to know, as JSON.
    pub detail: serde_json::Value,
}

#[derive(FromRow)]
struct AuditRow {
    at: i64,
    actor: Option<i64>,
    actor_name: Option<String>,
    action: String,
    subject: String,
    detail: String,
}

impl TryFrom<AuditRow> for AuditEntry {
    type Error = Error;

    fn try_from(row: AuditRow) -> Result<AuditEntry> {
        let detail = serde_json::from_str(&row.detail);
        Ok(AuditEntry {
            at: instant(row.at)?,
            actor: row.actor.map(LearnerId),
            actor_name: row.actor_name,
            action: row.action,
            subject: row.subject,
            detail: detail.map_err(|_| Error::Corrupt("the detail of an audit entry".to_owned()))?,
        })
    }
}

/// Writes an entry as part of the change that it tells of.
pub(super) async fn audit(
    connection: &mut AnyConnection,
    actor: Option<&Learner>,
    action: AuditAction,
    subject: &str,
    detail: &serde_json::Value,
    now: Timestamp,
) -> Result<()> {
    let name = actor.and_then(|learner| learner.account.as_ref()).map(|account| account.name.as_str());
    sqlx::query(
        "insert into audit_log (at, actor, actor_name, action, subject, detail) values ($1, $2, $3, $4, $5, $6)",
    )
    .bind(now.as_millisecond())
    .bind(actor.map(|learner| learner.id.0))
    .bind(name)
    .bind(action.code())
    .bind(subject)
    .bind(detail.to_string())
    .execute(connection)
    .await?;
    Ok(())
}

impl Store {
    /// The latest entries, newest first, before the one with this number, where one is given; with their numbers.
    pub async fn audit_log(&self, before: Option<i64>, most: u32) -> Result<Vec<(i64, AuditEntry)>> {
        #[derive(FromRow)]
        struct Numbered {
            id: i64,
            #[sqlx(flatten)]
            entry: AuditRow,
        }
        // By primary key, backwards.
        let rows: Vec<Numbered> = sqlx::query_as(
            "select id, at, actor, actor_name, action, subject, detail from audit_log
             where id < $1 order by id desc limit $2 + 0",
        )
        .bind(before.unwrap_or(i64::MAX))
        .bind(i64::from(most))
        .fetch_all(&mut *self.reader().await?)
        .await?;
        rows.into_iter().map(|row| Ok((row.id, row.entry.try_into()?))).collect()
    }
}
