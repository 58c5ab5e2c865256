//! How much there is: what the administrator's first page counts, and how large the database has become.

use sqlx::FromRow;

use super::{Result, Store};

/// How much there is of what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// People who are known by a cookie only.
    pub guests: u64,
    /// Accounts of each role.
    pub learners: u64,
    /// See above.
    pub teachers: u64,
    /// See above.
    pub admins: u64,
    /// Accounts of any role that may not sign in now.
    pub disabled: u64,
    /// Banks that come with the program.
    pub builtin_banks: u64,
    /// Banks that people brought.
    pub own_banks: u64,
    /// Questions that can be asked.
    pub questions: u64,
    /// Answers on record.
    pub reviews: u64,
    /// The version of the database's schema.
    pub schema: i64,
    /// The size of the database, in bytes.
    pub bytes: u64,
}

#[derive(FromRow)]
struct FiguresRow {
    everyone: i64,
    learners: i64,
    teachers: i64,
    admins: i64,
    disabled: i64,
    builtin: i64,
    banks: i64,
    questions: i64,
    reviews: i64,
    schema_version: i64,
}

impl Store {
    /// Counts everything. It reads whole indexes, so that it is for a page that is seldom opened.
    pub async fn figures(&self) -> Result<Figures> {
        let row: FiguresRow = sqlx::query_as(
            "select
                 (select count(*) from learners) as everyone,
                 (select count(*) from accounts where role = 'learner') as learners,
                 (select count(*) from accounts where role = 'teacher') as teachers,
                 (select count(*) from accounts where role = 'admin') as admins,
                 (select count(*) from accounts where disabled_at is not null) as disabled,
                 (select count(*) from banks where audience = 'everyone') as builtin,
                 (select count(*) from banks) as banks,
                 (select count(*) from questions where removed_at is null) as questions,
                 (select count(*) from reviews) as reviews,
                 (select max(version) from _sqlx_migrations) as schema_version",
        )
        .fetch_one(&mut *self.reader().await?)
        .await?;
        let number = |count: i64| u64::try_from(count).unwrap_or(0);
        let accounts = row.learners + row.teachers + row.admins;
        Ok(Figures {
            guests: number(row.everyone - accounts),
            learners: number(row.learners),
            teachers: number(row.teachers),
            admins: number(row.admins),
            disabled: number(row.disabled),
            builtin_banks: number(row.builtin),
            own_banks: number(row.banks - row.builtin),
            questions: number(row.questions),
            reviews: number(row.reviews),
            schema: row.schema_version,
            bytes: self.size().await?,
        })
    }
}
