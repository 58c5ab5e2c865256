//! Banks as those who bring them see them: whose they are, who may study them, and what they said before.

use jiff::Timestamp;
use sqlx::{AssertSqlSafe, FromRow};

use super::audit::{AuditAction, audit};
use super::banks::{Audience, BankRow};
use super::ids::{count, instant};
use super::images::drop_unused_images;
use super::{Bank, BankId, Error, Learner, LearnerId, Result, ScenarioSync, Store, Version};

/// A bank with what only its owner sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaughtBank {
    /// The bank.
    pub bank: Bank,
    /// Whose it is; `None` where that person is gone, or it came by the command line, or is built in.
    pub owner: Option<LearnerId>,
    /// The name of that person.
    pub owner_name: Option<String>,
    /// Who may study it.
    pub audience: Audience,
    /// The secret of the link that lets learners join.
    pub link: Option<String>,
    /// How many questions are in it.
    pub questions: u32,
    /// How many learners study it.
    pub learners: u32,
    /// When it last changed.
    pub changed: Timestamp,
}

/// What a bank said at some time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BankVersion {
    /// Its number, from 1.
    pub number: u32,
    /// The digest of all of it.
    pub digest: String,
    /// Who made it so, where they are still here.
    pub by: Option<String>,
    /// When.
    pub at: Timestamp,
}

#[derive(FromRow)]
struct TaughtRow {
    #[sqlx(flatten)]
    bank: BankRow,
    owner: Option<i64>,
    owner_name: Option<String>,
    audience: String,
    link: Option<String>,
    synced_at: i64,
    questions: i64,
    learners: i64,
}

impl TryFrom<TaughtRow> for TaughtBank {
    type Error = Error;

    fn try_from(row: TaughtRow) -> Result<TaughtBank> {
        let audience = Audience::from_code(&row.audience);
        Ok(TaughtBank {
            audience: audience
                .ok_or_else(|| Error::Corrupt(format!("the audience of bank {}", row.bank.id)))?,
            bank: row.bank.try_into()?,
            owner: row.owner.map(LearnerId),
            owner_name: row.owner_name,
            link: row.link,
            questions: count(row.questions)?,
            learners: count(row.learners)?,
            changed: instant(row.synced_at)?,
        })
    }
}

/// Banks with their owners and numbers: questions by questions_in_order, enrollments by enrollments_of_bank.
macro_rules! taught {
    ($where:literal) => {
        concat!(
            "select b.id, b.slug, b.lang, b.title_zh, b.title_en, b.license, b.author, b.digest, b.owner, \
                    a.name as owner_name, b.audience, b.link, b.synced_at, \
                    (select count(*) from questions q where q.bank = b.id and q.removed_at is null) as questions, \
                    (select count(*) from enrollments e where e.bank = b.id) as learners \
             from banks b left join accounts a on a.learner = b.owner ",
            $where
        )
    };
}

impl Store {
    /// The banks of one person, or of all people, but not the built-in ones; the last changed first.
    pub async fn taught_banks(&self, owner: Option<LearnerId>) -> Result<Vec<TaughtBank>> {
        // One person's by banks_of_owner; all are read whole for those who look after the service.
        let query = match owner {
            Some(owner) => {
                sqlx::query_as(taught!("where b.owner = $1 order by b.synced_at desc, b.id")).bind(owner.0)
            }
            None => sqlx::query_as(taught!("where b.audience <> 'everyone' order by b.synced_at desc, b.id")),
        };
        let rows: Vec<TaughtRow> = query.fetch_all(&mut *self.reader().await?).await?;
        rows.into_iter().map(TaughtBank::try_from).collect()
    }

    /// One bank, as its owner sees it.
    pub async fn taught_bank(&self, slug: &str) -> Result<Option<TaughtBank>> {
        // By the unique slug.
        let row: Option<TaughtRow> = sqlx::query_as(taught!("where b.slug = $1"))
            .bind(slug)
            .fetch_optional(&mut *self.reader().await?)
            .await?;
        row.map(TaughtBank::try_from).transpose()
    }

    /// The bank that a link leads to.
    pub async fn bank_by_link(&self, link: &str) -> Result<Option<TaughtBank>> {
        // By banks_by_link.
        let row: Option<TaughtRow> = sqlx::query_as(taught!("where b.link = $1 and b.audience = 'link'"))
            .bind(link)
            .fetch_optional(&mut *self.reader().await?)
            .await?;
        row.map(TaughtBank::try_from).transpose()
    }

    /// Says who may study a bank, and by which link. Those who study it go on, unless it becomes private: then only its
    /// owner does; the others keep their cards for the day it opens again. A link that was there stays where none is given.
    pub async fn set_audience(
        &self,
        bank: &TaughtBank,
        audience: Audience,
        link: Option<&str>,
        actor: Option<&Learner>,
        now: Timestamp,
    ) -> Result<()> {
        let mut writer = self.writer().await?;
        let mut tx = writer.begin().await?;
        // By primary key.
        sqlx::query("update banks set audience = $2, link = coalesce($3, link) where id = $1")
            .bind(bank.bank.id.0)
            .bind(audience.code())
            .bind(link)
            .execute(&mut *tx)
            .await?;
        if audience == Audience::Private {
            // By enrollments_of_bank.
            sqlx::query("delete from enrollments where bank = $1 and learner <> $2")
                .bind(bank.bank.id.0)
                .bind(bank.owner.map_or(0, |owner| owner.0))
                .execute(&mut *tx)
                .await?;
        }
        let detail = serde_json::json!({
            "from": bank.audience.code(),
            "to": audience.code(),
            "new-link": link.is_some(),
        });
        audit(&mut tx, actor, AuditAction::BankAudience, &bank.bank.slug, &detail, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Removes a bank with all that learners remember of it.
    pub async fn delete_bank(
        &self,
        bank: &TaughtBank,
        actor: Option<&Learner>,
        now: Timestamp,
    ) -> Result<()> {
        let mut writer = self.writer().await?;
        let mut tx = writer.begin().await?;
        // By primary key; what belongs to it goes by indexes that begin with the bank or the question.
        sqlx::query("delete from banks where id = $1").bind(bank.bank.id.0).execute(&mut *tx).await?;
        drop_unused_images(&mut tx).await?;
        let detail = serde_json::json!({ "questions": bank.questions, "learners": bank.learners });
        audit(&mut tx, actor, AuditAction::BankDeleted, &bank.bank.slug, &detail, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The versions of a bank, the latest first.
    pub async fn bank_versions(&self, bank: BankId) -> Result<Vec<BankVersion>> {
        // By primary keys.
        let rows: Vec<(i64, String, Option<String>, i64)> = sqlx::query_as(
            "select v.number, v.digest, a.name, v.created_at
             from bank_versions v left join accounts a on a.learner = v.created_by
             where v.bank = $1 order by v.number desc",
        )
        .bind(bank.0)
        .fetch_all(&mut *self.reader().await?)
        .await?;
        rows.into_iter()
            .map(|(number, digest, by, at)| {
                Ok(BankVersion { number: count(number)?, digest, by, at: instant(at)? })
            })
            .collect()
    }

    /// All that a version of a bank said.
    pub async fn bank_source(&self, bank: BankId, number: u32) -> Result<Option<String>> {
        // By primary key.
        let source = sqlx::query_scalar("select source from bank_versions where bank = $1 and number = $2")
            .bind(bank.0)
            .bind(i64::from(number))
            .fetch_optional(&mut *self.reader().await?)
            .await?;
        Ok(source)
    }

    /// What names of scenarios mean in a version of a bank; without a number, now.
    pub async fn bank_scenarios(&self, bank: BankId, number: Option<u32>) -> Result<Vec<ScenarioSync>> {
        // By primary keys.
        let query = match number {
            Some(number) => sqlx::query_as(
                "select v.name, s.hash, s.source from version_scenarios v join scenarios s on s.hash = v.hash
                 where v.bank = $1 and v.number = $2 order by v.name",
            )
            .bind(bank.0)
            .bind(i64::from(number)),
            None => sqlx::query_as(
                "select b.name, s.hash, s.source from bank_scenarios b join scenarios s on s.hash = b.hash
                 where b.bank = $1 order by b.name",
            )
            .bind(bank.0),
        };
        let rows: Vec<(String, String, String)> = query.fetch_all(&mut *self.reader().await?).await?;
        Ok(rows.into_iter().map(|(name, hash, source)| ScenarioSync { hash, name, source }).collect())
    }

    /// The hash of the scenario that a name means in a bank now.
    pub async fn pinned_scenario(&self, bank: BankId, name: &str) -> Result<Option<String>> {
        // By primary key.
        let hash = sqlx::query_scalar("select hash from bank_scenarios where bank = $1 and name = $2")
            .bind(bank.0)
            .bind(name)
            .fetch_optional(&mut *self.reader().await?)
            .await?;
        Ok(hash)
    }

    /// What these questions of a bank say now, by ident; at most as many as a page shows.
    pub async fn present_versions(&self, bank: BankId, idents: &[&str]) -> Result<Vec<(String, Version)>> {
        #[derive(FromRow)]
        struct Named {
            ident: String,
            #[sqlx(flatten)]
            version: Version,
        }
        if idents.is_empty() {
            return Ok(Vec::new());
        }
        let wanted: Vec<String> = (0..idents.len()).map(|n| format!("${}", n + 2)).collect();
        // By the unique (bank, ident) and (question, hash).
        let sql = format!(
            "select q.ident, v.hash, v.body, v.frozen, v.simulator
             from questions q join question_versions v on v.question = q.id and v.hash = q.hash
             where q.bank = $1 and q.ident in ({})",
            wanted.join(", ")
        );
        let mut query = sqlx::query_as(AssertSqlSafe(sql)).persistent(false).bind(bank.0);
        for ident in idents {
            query = query.bind(*ident);
        }
        let rows: Vec<Named> = query.fetch_all(&mut *self.reader().await?).await?;
        Ok(rows.into_iter().map(|row| (row.ident, row.version)).collect())
    }
}
