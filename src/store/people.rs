//! People with accounts, as an administrator sees them: who there is, what each may do, who is locked out.
//!
//! One rule holds in every transaction here: there is always an administrator who can sign in, once there was one.

use jiff::Timestamp;
use serde_json::json;
use sqlx::{Any, AnyConnection, Executor, FromRow};

use super::audit::{AuditAction, audit};
use super::ids::instant;
use super::tickets::{self, Purpose};
use super::{Error, Learner, LearnerId, Result, Role, Store, TokenHash};

/// Someone with an account.
#[derive(Clone, Debug, PartialEq)]
pub struct Person {
    /// Their number.
    pub id: LearnerId,
    /// The name they sign in with, as they write it.
    pub name: String,
    /// The name as it is compared, by which lists are sorted.
    pub folded: String,
    /// What they may do.
    pub role: Role,
    /// Since when they have the account.
    pub created: Timestamp,
    /// Since when they may not sign in, if so.
    pub disabled: Option<Timestamp>,
    /// When they were last here, to the hour; `None` where all their sessions have ended.
    pub seen: Option<Timestamp>,
}

/// A row of `accounts a`, with the latest of the person's sessions.
#[derive(FromRow)]
struct PersonRow {
    learner: i64,
    name: String,
    name_folded: String,
    role: String,
    created_at: i64,
    disabled_at: Option<i64>,
    seen_at: Option<i64>,
}

macro_rules! person_columns {
    () => {
        "select a.learner, a.name, a.name_folded, a.role, a.created_at, a.disabled_at,
                (select max(s.seen_at) from sessions s where s.learner = a.learner) as seen_at
         from accounts a "
    };
}

impl TryFrom<PersonRow> for Person {
    type Error = Error;

    fn try_from(row: PersonRow) -> Result<Person> {
        Ok(Person {
            id: LearnerId(row.learner),
            name: row.name,
            folded: row.name_folded,
            role: role(&row.role)?,
            created: instant(row.created_at)?,
            disabled: row.disabled_at.map(instant).transpose()?,
            seen: row.seen_at.map(instant).transpose()?,
        })
    }
}

fn role(code: &str) -> Result<Role> {
    Role::from_code(code).ok_or_else(|| Error::Corrupt(format!("the role {code:?}")))
}

/// The name and role of an account that is about to change.
async fn subject(connection: &mut AnyConnection, id: LearnerId) -> Result<(String, Role)> {
    // By primary key.
    let row: Option<(String, String)> = sqlx::query_as("select name, role from accounts where learner = $1")
        .bind(id.0)
        .fetch_optional(connection)
        .await?;
    let (name, code) = row.ok_or(Error::NotFound("account"))?;
    Ok((name, role(&code)?))
}

/// Refuses to go on where nobody could administer the service without this person. To be asked in the transaction that
/// takes a role or an account away.
pub(super) async fn not_the_last_admin(connection: &mut AnyConnection, id: LearnerId) -> Result<()> {
    // The handful of administrators is read from the whole table, which has a row for each person.
    let (mine, others): (i64, i64) = sqlx::query_as(
        "select coalesce(sum(case when learner = $1 then 1 else 0 end), 0),
                coalesce(sum(case when learner = $1 then 0 else 1 end), 0)
         from accounts where role = 'admin' and disabled_at is null",
    )
    .bind(id.0)
    .fetch_one(connection)
    .await?;
    if mine > 0 && others == 0 { Err(Error::LastAdmin) } else { Ok(()) }
}

/// How many can administer the service.
async fn admins(executor: impl Executor<'_, Database = Any>) -> Result<i64> {
    // The whole table is read, which has a row for each person: at a start, and by a link that is good once.
    let sql = "select count(*) from accounts where role = 'admin' and disabled_at is null";
    Ok(sqlx::query_scalar(sql).fetch_one(executor).await?)
}

/// A pattern for `like … escape '\'` that finds what contains this text.
fn containing(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

impl Store {
    /// People in the order of their names, from the one after `after` on: those whose name contains `part`, which must be
    /// folded as names are.
    pub async fn people(&self, part: &str, after: &str, most: u32) -> Result<Vec<Person>> {
        // Along the unique index on the folded name; sessions by `sessions_of_learner`.
        let rows: Vec<PersonRow> = sqlx::query_as(concat!(
            person_columns!(),
            "where a.name_folded > $1 and a.name_folded like $2 escape '\\' order by a.name_folded limit $3"
        ))
        .bind(after)
        .bind(containing(part))
        .bind(i64::from(most))
        .fetch_all(&mut *self.reader().await?)
        .await?;
        rows.into_iter().map(Person::try_from).collect()
    }

    /// The person with this number.
    pub async fn person(&self, id: LearnerId) -> Result<Option<Person>> {
        // By primary key.
        let row: Option<PersonRow> = sqlx::query_as(concat!(person_columns!(), "where a.learner = $1"))
            .bind(id.0)
            .fetch_optional(&mut *self.reader().await?)
            .await?;
        row.map(Person::try_from).transpose()
    }

    /// The person of this name, folded.
    pub async fn person_named(&self, folded: &str) -> Result<Option<Person>> {
        // By the unique index on the folded name.
        let row: Option<PersonRow> = sqlx::query_as(concat!(person_columns!(), "where a.name_folded = $1"))
            .bind(folded)
            .fetch_optional(&mut *self.reader().await?)
            .await?;
        row.map(Person::try_from).transpose()
    }

    /// Whether anyone can administer the service.
    pub async fn has_admin(&self) -> Result<bool> {
        Ok(admins(&mut *self.reader().await?).await? > 0)
    }

    /// Gives a person another role.
    ///
    /// # Errors
    /// [`Error::NotFound`] where they have no account, [`Error::LastAdmin`] where nobody else administers the service.
    pub async fn set_role(
        &self,
        id: LearnerId,
        role: Role,
        actor: Option<&Learner>,
        now: Timestamp,
    ) -> Result<()> {
        let mut writer = self.writer().await?;
        let mut tx = writer.begin().await?;
        let (name, before) = subject(&mut tx, id).await?;
        if before == role {
            return Ok(());
        }
        if role < Role::Admin {
            not_the_last_admin(&mut tx, id).await?;
        }
        // By primary key.
        sqlx::query("update accounts set role = $2 where learner = $1")
            .bind(id.0)
            .bind(role.code())
            .execute(&mut *tx)
            .await?;
        let detail = json!({ "before": before.code(), "after": role.code() });
        audit(&mut tx, actor, AuditAction::RoleChanged, &name, &detail, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Makes a member the first administrator, which spends the link; `false`, and nothing written, where it is spent or
    /// expired, or someone administers the service already.
    pub async fn become_first_admin(
        &self,
        member: &Learner,
        token: &TokenHash,
        now: Timestamp,
    ) -> Result<bool> {
        let mut writer = self.writer().await?;
        let mut tx = writer.begin().await?;
        let (name, before) = subject(&mut tx, member.id).await?;
        let ticket = tickets::take(&mut tx, Purpose::FirstAdmin, token, now).await?;
        if ticket.is_none() || admins(&mut *tx).await? > 0 {
            return Ok(false);
        }
        // By primary key.
        sqlx::query("update accounts set role = 'admin' where learner = $1")
            .bind(member.id.0)
            .execute(&mut *tx)
            .await?;
        let (actor, detail) = (Some(member), json!({ "before": before.code(), "after": Role::Admin.code() }));
        audit(&mut tx, actor, AuditAction::RoleChanged, &name, &detail, now).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Notes that someone took a copy of everything.
    pub async fn note_backup(&self, actor: &Learner, now: Timestamp) -> Result<()> {
        let mut writer = self.writer().await?;
        let mut tx = writer.begin().await?;
        let actor = Some(actor);
        audit(&mut tx, actor, AuditAction::CopyTaken, "", &json!({}), now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Locks a person out, ending all their sessions, or lets them in again.
    ///
    /// # Errors
    /// [`Error::NotFound`] where they have no account, [`Error::LastAdmin`] where nobody else administers the service.
    pub async fn set_disabled(
        &self,
        id: LearnerId,
        disabled: bool,
        actor: Option<&Learner>,
        now: Timestamp,
    ) -> Result<()> {
        let mut writer = self.writer().await?;
        let mut tx = writer.begin().await?;
        let (name, _) = subject(&mut tx, id).await?;
        if disabled {
            not_the_last_admin(&mut tx, id).await?;
            // By `sessions_of_learner`.
            sqlx::query("delete from sessions where learner = $1").bind(id.0).execute(&mut *tx).await?;
        }
        // By primary key.
        let done = sqlx::query(
            "update accounts set disabled_at = $2 where learner = $1 and (disabled_at is null) <> ($2 is null)",
        )
        .bind(id.0)
        .bind(disabled.then(|| now.as_millisecond()))
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() > 0 {
            let action = if disabled { AuditAction::AccountDisabled } else { AuditAction::AccountEnabled };
            audit(&mut tx, actor, action, &name, &json!({}), now).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_something_in_a_pattern_is_taken_literally() {
        assert_eq!(containing("a_b%\\"), "%a\\_b\\%\\\\%");
    }
}
