//! Taking in a new version of a bank: what it changes, planned first and then written in one transaction.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;
use sqlx::{AnyConnection, AssertSqlSafe, FromRow};

use crate::text::{Lang, Text};

use super::audit::{AuditAction, audit};
use super::banks::Audience;
use super::ids::count;
use super::images::write_images;
use super::placeholders::{placeholders, placeholders_from};
use super::{BankId, Learner, LearnerId, Result, Role, Store};

/// A bank as it shall be. Drafts are left out by the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BankSync {
    /// Its id for people, in URLs; the identity of the bank.
    pub slug: String,
    /// The language of its plain strings.
    pub lang: Lang,
    /// Its title.
    pub title: Text,
    /// Its license, as an SPDX name.
    pub license: Option<String>,
    /// Who wrote it.
    pub author: Option<String>,
    /// Who may study it, where it is new; one that is there keeps the audience it has.
    pub audience: Audience,
    /// Whose it is, where it is new.
    pub owner: Option<LearnerId>,
    /// The digest of all of it: where it is the stored one, nothing is looked at.
    pub digest: String,
    /// Its questions, in order. Their idents must differ.
    pub questions: Vec<QuestionSync>,
    /// What the names of scenarios in its questions mean.
    pub scenarios: Vec<ScenarioSync>,
    /// What the names of pictures in its questions mean. The names must differ.
    pub images: Vec<ImageSync>,
    /// All of it, drafts too, as it can be read again.
    pub source: String,
}

/// A question as it shall be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuestionSync {
    /// Its id within the bank, stable for ever.
    pub ident: String,
    /// The hash of its content, with the frozen values.
    pub hash: String,
    /// What makes an answer right: where it changes, the cards begin afresh.
    pub semantic_key: String,
    /// What it tests; questions of one fact in one bank are siblings.
    pub fact: Option<String>,
    /// Its kind, as in the bank's file.
    pub kind: String,
    /// How hard the author thinks it is.
    pub difficulty: u8,
    /// The question itself, in whatever form the caller can read again.
    pub body: String,
    /// The values the simulator computed, where it has any.
    pub frozen: Option<String>,
    /// The version of the simulator that computed them.
    pub simulator: Option<String>,
}

/// A scenario that a question names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScenarioSync {
    /// The hash of its source.
    pub hash: String,
    /// Its name.
    pub name: String,
    /// Its source.
    pub source: String,
}

/// A picture that a question names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageSync {
    /// Its name.
    pub name: String,
    /// The SHA-256 of its bytes, in hexadecimal.
    pub hash: String,
    /// Its width in pixels.
    pub width: u32,
    /// Its height in pixels.
    pub height: u32,
    /// What is in it, where it comes along; `None` where the store has it already.
    pub new: Option<NewImage>,
}

/// What is in a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewImage {
    /// Its type in HTTP.
    pub media_type: String,
    /// All of it.
    pub bytes: Arc<[u8]>,
}

/// What a sync did to one question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is new.
    Added,
    /// It says the same in other words: cards are kept.
    Edited,
    /// It only stands elsewhere in the bank.
    Moved,
    /// Another answer is right now: its cards began afresh.
    Reset,
    /// It is no longer in the bank: its cards and reviews are kept, but not asked.
    Removed,
    /// It was removed and is back.
    Restored,
}

/// What a sync did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Synced {
    /// The bank.
    pub bank: BankId,
    /// The questions that changed, by ident: those that are in the bank in its order, then those removed.
    pub changes: Vec<(String, Change)>,
}
/// What a sync would do to one question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedChange {
    /// The question.
    pub ident: String,
    /// What would become of it.
    pub change: Change,
    /// How many learners remember something of it.
    pub cards: u32,
}

/// What came of taking in a version of a bank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Committed {
    /// It is on disk, or was already.
    Done(Synced),
    /// The bank is not as it was when its owner looked: nothing was written.
    Changed,
    /// The bank is someone else's: nothing was written.
    Taken,
}

/// The row of a bank that is there.
#[derive(FromRow)]
struct Stored {
    id: i64,
    digest: String,
    audience: String,
    owner: Option<i64>,
}

impl Store {
    /// Makes a bank of the content what it shall be, in one transaction. The same digest writes nothing. A question keeps
    /// its cards unless its semantic key changed; a removed one keeps them, too, for the day it comes back.
    pub async fn sync_bank(&self, bank: &BankSync, now: Timestamp) -> Result<Synced> {
        if let Some(stored) = self.bank(&bank.slug).await?
            && stored.digest == bank.digest
        {
            return Ok(Synced { bank: stored.id, changes: Vec::new() });
        }
        let mut writer = self.writer().await?;
        let mut tx = writer.begin().await?;
        let stored = stored(&mut tx, &bank.slug).await?;
        let synced = write(&mut tx, bank, stored.is_none(), None, now).await?;
        tx.commit().await?;
        Ok(synced)
    }

    /// What [`Store::commit_bank`] would change, and how many learners' cards each change touches.
    pub async fn plan_bank(&self, bank: &BankSync) -> Result<Vec<PlannedChange>> {
        let Some(stored) = self.bank(&bank.slug).await? else {
            let added = |question: &QuestionSync| PlannedChange {
                ident: question.ident.clone(),
                change: Change::Added,
                cards: 0,
            };
            return Ok(bank.questions.iter().map(added).collect());
        };
        let mut connection = self.reader().await?;
        let questions = stored_questions(&mut connection, stored.id).await?;
        // Questions by the unique (bank, ident), their cards by cards_of_question.
        let cards: Vec<(String, i64)> = sqlx::query_as(
            "select q.ident, count(*) from questions q join cards c on c.question = q.id
             where q.bank = $1 and c.state <> 'new' group by q.ident",
        )
        .bind(stored.id.0)
        .fetch_all(&mut *connection)
        .await?;
        let cards: HashMap<String, i64> = cards.into_iter().collect();
        let planned = |(ident, change): (String, Change)| {
            let cards = count(cards.get(&ident).copied().unwrap_or(0))?;
            Ok(PlannedChange { ident, change, cards })
        };
        Plan::new(&questions, &bank.questions).changes.into_iter().map(planned).collect()
    }

    /// Makes a bank what its owner has seen that it would be: `seen` is the digest of what was there then, `None` where
    /// there was nothing. Without an actor it is the command line, which may change every bank but the built-in ones.
    pub async fn commit_bank(
        &self,
        bank: &BankSync,
        seen: Option<&str>,
        actor: Option<&Learner>,
        now: Timestamp,
    ) -> Result<Committed> {
        let mut writer = self.writer().await?;
        let mut tx = writer.begin().await?;
        let stored = stored(&mut tx, &bank.slug).await?;
        if let Some(stored) = &stored {
            let may = actor.is_none_or(|actor| {
                actor.role() >= Role::Admin || stored.owner.map(LearnerId) == Some(actor.id)
            });
            if !may || stored.audience == Audience::Everyone.code() {
                return Ok(Committed::Taken);
            }
            if stored.digest == bank.digest {
                return Ok(Committed::Done(Synced { bank: BankId(stored.id), changes: Vec::new() }));
            }
        }
        if stored.as_ref().map(|stored| &*stored.digest) != seen {
            return Ok(Committed::Changed);
        }
        let is_new = stored.is_none();
        let synced = write(&mut tx, bank, is_new, actor, now).await?;
        let number_of =
            |wanted: Change| synced.changes.iter().filter(|(_, change)| *change == wanted).count();
        let detail = serde_json::json!({
            "questions": bank.questions.len(),
            "added": number_of(Change::Added) + number_of(Change::Restored),
            "edited": number_of(Change::Edited),
            "reset": number_of(Change::Reset),
            "removed": number_of(Change::Removed),
        });
        let action = if is_new { AuditAction::BankCreated } else { AuditAction::BankChanged };
        audit(&mut tx, actor, action, &bank.slug, &detail, now).await?;
        tx.commit().await?;
        Ok(Committed::Done(synced))
    }
}

async fn stored(connection: &mut AnyConnection, slug: &str) -> Result<Option<Stored>> {
    // By the unique slug.
    let stored = sqlx::query_as("select id, digest, audience, owner from banks where slug = $1")
        .bind(slug)
        .fetch_optional(connection)
        .await?;
    Ok(stored)
}

async fn stored_questions(connection: &mut AnyConnection, bank: BankId) -> Result<Vec<StoredQuestion>> {
    // By the unique (bank, ident).
    let questions = sqlx::query_as(
        "select id, ident, hash, semantic_key, fact, kind, difficulty, position, removed_at
         from questions where bank = $1",
    )
    .bind(bank.0)
    .fetch_all(connection)
    .await?;
    Ok(questions)
}

/// Writes all of a bank as part of a transaction.
async fn write(
    connection: &mut AnyConnection,
    bank: &BankSync,
    is_new: bool,
    actor: Option<&Learner>,
    now: Timestamp,
) -> Result<Synced> {
    let id = write_bank(connection, bank, is_new, now).await?;
    let stored = stored_questions(connection, id).await?;
    let plan = Plan::new(&stored, &bank.questions);
    let ids = write_questions(connection, id, &plan.write).await?;
    write_versions(connection, &ids, &plan.write, now).await?;
    write_scenarios(connection, &bank.scenarios, now).await?;
    write_bank_version(connection, id, bank, actor, now).await?;
    remove_questions(connection, &plan.remove, now).await?;
    mark_last_of_facts(connection, id).await?;
    begin_afresh(connection, &plan.reset).await?;
    lower_frontiers(connection, id).await?;
    Ok(Synced { bank: id, changes: plan.changes })
}

/// A question as it is stored, as far as a sync compares it.
#[derive(FromRow)]
struct StoredQuestion {
    id: i64,
    ident: String,
    hash: String,
    semantic_key: String,
    fact: Option<String>,
    kind: String,
    difficulty: i64,
    position: i64,
    removed_at: Option<i64>,
}

/// What a sync has to do.
struct Plan<'a> {
    /// Questions to write, with their positions.
    write: Vec<(i64, &'a QuestionSync)>,
    /// Questions that are no longer there.
    remove: Vec<i64>,
    /// Questions whose cards begin afresh.
    reset: Vec<i64>,
    changes: Vec<(String, Change)>,
}

impl<'a> Plan<'a> {
    fn new(stored: &[StoredQuestion], wanted: &'a [QuestionSync]) -> Plan<'a> {
        let by_ident: HashMap<&str, &StoredQuestion> = stored.iter().map(|old| (&*old.ident, old)).collect();
        let mut plan = Plan { write: Vec::new(), remove: Vec::new(), reset: Vec::new(), changes: Vec::new() };
        for (position, new) in (0..).zip(wanted) {
            let change = match by_ident.get(&*new.ident) {
                None => Change::Added,
                Some(old) if old.semantic_key != new.semantic_key => {
                    plan.reset.push(old.id);
                    Change::Reset
                }
                Some(old) if old.removed_at.is_some() => Change::Restored,
                Some(old) if !old.says(new) => Change::Edited,
                Some(old) if old.position != position => Change::Moved,
                Some(_) => continue,
            };
            plan.write.push((position, new));
            plan.changes.push((new.ident.clone(), change));
        }
        let wanted: HashSet<&str> = wanted.iter().map(|new| &*new.ident).collect();
        for old in stored.iter().filter(|old| old.removed_at.is_none() && !wanted.contains(&*old.ident)) {
            plan.remove.push(old.id);
            plan.changes.push((old.ident.clone(), Change::Removed));
        }
        plan
    }
}

impl StoredQuestion {
    fn says(&self, new: &QuestionSync) -> bool {
        self.hash == new.hash
            && self.fact == new.fact
            && self.kind == new.kind
            && self.difficulty == i64::from(new.difficulty)
    }
}

/// Rows per statement. SQLite looks each `$n` up by name among those before it: ten times as many rows take a hundred
/// times as long.
const ROWS: usize = 100;

/// Writes the bank itself; everyone is enrolled in one that is new and for everyone.
async fn write_bank(
    connection: &mut AnyConnection,
    bank: &BankSync,
    is_new: bool,
    now: Timestamp,
) -> Result<BankId> {
    let id: i64 = sqlx::query_scalar(
        "insert into banks (slug, lang, title_zh, title_en, license, author, audience, digest, created_at, synced_at,
                            owner)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $10)
         on conflict (slug) do update
         set lang = excluded.lang, title_zh = excluded.title_zh, title_en = excluded.title_en,
             license = excluded.license, author = excluded.author,
             digest = excluded.digest, synced_at = excluded.synced_at
         returning id",
    )
    .bind(&*bank.slug)
    .bind(bank.lang.code())
    .bind(bank.title.side(Lang::Zh))
    .bind(bank.title.side(Lang::En))
    .bind(bank.license.as_deref())
    .bind(bank.author.as_deref())
    .bind(bank.audience.code())
    .bind(&*bank.digest)
    .bind(now.as_millisecond())
    .bind(bank.owner.map(|owner| owner.0))
    .fetch_one(&mut *connection)
    .await?;
    if is_new && bank.audience == Audience::Everyone {
        // Every learner, once in the life of a bank.
        sqlx::query(
            "insert into enrollments (learner, bank, since) select id, $1, $2 from learners where true
             on conflict do nothing",
        )
        .bind(id)
        .bind(now.as_millisecond())
        .execute(connection)
        .await?;
    }
    Ok(BankId(id))
}

/// Writes questions, a hundred a statement, and returns the number of each ident.
async fn write_questions(
    connection: &mut AnyConnection,
    bank: BankId,
    questions: &[(i64, &QuestionSync)],
) -> Result<HashMap<String, i64>> {
    let mut ids = HashMap::with_capacity(questions.len());
    for chunk in questions.chunks(ROWS) {
        let sql = format!(
            "insert into questions (bank, ident, hash, semantic_key, fact, kind, difficulty, position) values {}
             on conflict (bank, ident) do update
             set hash = excluded.hash, semantic_key = excluded.semantic_key, fact = excluded.fact,
                 kind = excluded.kind, difficulty = excluded.difficulty, position = excluded.position,
                 removed_at = null
             returning ident, id",
            placeholders(chunk.len(), 8)
        );
        let mut query = sqlx::query_as(AssertSqlSafe(sql)).persistent(false);
        for (position, question) in chunk {
            query = query
                .bind(bank.0)
                .bind(&*question.ident)
                .bind(&*question.hash)
                .bind(&*question.semantic_key)
                .bind(question.fact.as_deref())
                .bind(&*question.kind)
                .bind(i64::from(question.difficulty))
                .bind(*position);
        }
        ids.extend(query.fetch_all(&mut *connection).await?);
    }
    Ok(ids)
}

async fn write_versions(
    connection: &mut AnyConnection,
    ids: &HashMap<String, i64>,
    questions: &[(i64, &QuestionSync)],
    now: Timestamp,
) -> Result<()> {
    for chunk in questions.chunks(ROWS) {
        let sql = format!(
            "insert into question_versions (question, hash, body, frozen, simulator, created_at) values {}
             on conflict (question, hash) do nothing",
            placeholders(chunk.len(), 6)
        );
        let mut query = sqlx::query(AssertSqlSafe(sql)).persistent(false);
        for (_, question) in chunk {
            query = query
                .bind(ids.get(&question.ident))
                .bind(&*question.hash)
                .bind(&*question.body)
                .bind(question.frozen.as_deref())
                .bind(question.simulator.as_deref())
                .bind(now.as_millisecond());
        }
        query.execute(&mut *connection).await?;
    }
    Ok(())
}

async fn write_scenarios(
    connection: &mut AnyConnection,
    scenarios: &[ScenarioSync],
    now: Timestamp,
) -> Result<()> {
    for chunk in scenarios.chunks(ROWS) {
        let sql = format!(
            "insert into scenarios (hash, name, source, created_at) values {} on conflict (hash) do nothing",
            placeholders(chunk.len(), 4)
        );
        let mut query = sqlx::query(AssertSqlSafe(sql)).persistent(false);
        for scenario in chunk {
            query = query
                .bind(&*scenario.hash)
                .bind(&*scenario.name)
                .bind(&*scenario.source)
                .bind(now.as_millisecond());
        }
        query.execute(&mut *connection).await?;
    }
    Ok(())
}

/// Keeps the version, and what its names of scenarios and pictures mean from now on.
async fn write_bank_version(
    connection: &mut AnyConnection,
    id: BankId,
    bank: &BankSync,
    actor: Option<&Learner>,
    now: Timestamp,
) -> Result<()> {
    // By primary key.
    let number: i64 = sqlx::query_scalar(
        "insert into bank_versions (bank, number, digest, source, created_by, created_at)
         values ($1, (select coalesce(max(number), 0) + 1 from bank_versions where bank = $1), $2, $3, $4, $5)
         returning number",
    )
    .bind(id.0)
    .bind(&*bank.digest)
    .bind(&*bank.source)
    .bind(actor.map(|actor| actor.id.0))
    .bind(now.as_millisecond())
    .fetch_one(&mut *connection)
    .await?;
    // By primary key.
    sqlx::query("delete from bank_scenarios where bank = $1").bind(id.0).execute(&mut *connection).await?;
    for chunk in bank.scenarios.chunks(ROWS) {
        let sql = format!(
            "insert into version_scenarios (bank, number, name, hash) values {}",
            placeholders(chunk.len(), 4)
        );
        let mut query = sqlx::query(AssertSqlSafe(sql)).persistent(false);
        for scenario in chunk {
            query = query.bind(id.0).bind(number).bind(&*scenario.name).bind(&*scenario.hash);
        }
        query.execute(&mut *connection).await?;
    }
    // By primary key.
    sqlx::query(
        "insert into bank_scenarios (bank, name, hash)
         select bank, name, hash from version_scenarios where bank = $1 and number = $2",
    )
    .bind(id.0)
    .bind(number)
    .execute(&mut *connection)
    .await?;
    write_images(connection, (id, number), &bank.images, now).await
}

async fn remove_questions(connection: &mut AnyConnection, questions: &[i64], now: Timestamp) -> Result<()> {
    for chunk in questions.chunks(ROWS) {
        // By primary key.
        let sql = format!(
            "update questions set removed_at = $1 where id in ({})",
            placeholders_from(2, chunk.len())
        );
        let mut query = sqlx::query(AssertSqlSafe(sql)).persistent(false).bind(now.as_millisecond());
        for id in chunk {
            query = query.bind(*id);
        }
        query.execute(&mut *connection).await?;
    }
    Ok(())
}

/// Marks the last question of each fact that is asked.
async fn mark_last_of_facts(connection: &mut AnyConnection, bank: BankId) -> Result<()> {
    // By the unique (bank, ident) and questions_of_fact.
    sqlx::query(
        "update questions
         set last_of_fact = case when removed_at is null and (fact is null or position = (
             select max(other.position) from questions other
             where other.bank = questions.bank and other.fact = questions.fact and other.removed_at is null
         )) then 1 else 0 end
         where bank = $1",
    )
    .bind(bank.0)
    .execute(connection)
    .await?;
    Ok(())
}

/// Makes the cards of these questions new. Their turn goes on by one, so that forms in flight are stale, and marks where
/// the new memory began.
async fn begin_afresh(connection: &mut AnyConnection, questions: &[i64]) -> Result<()> {
    for chunk in questions.chunks(ROWS) {
        // By cards_of_question.
        let sql = format!(
            "update cards set state = 'new', step = null, stability = null, difficulty = null, interval_days = null,
                              last_at = null, due_at = null, reps = 0, lapses = 0, turn = turn + 1,
                              since_turn = turn + 1
             where question in ({})",
            placeholders_from(1, chunk.len())
        );
        let mut query = sqlx::query(AssertSqlSafe(sql)).persistent(false);
        for id in chunk {
            query = query.bind(*id);
        }
        query.execute(&mut *connection).await?;
    }
    Ok(())
}

/// After a sync a new card may stand anywhere.
async fn lower_frontiers(connection: &mut AnyConnection, bank: BankId) -> Result<()> {
    // By enrollments_of_bank.
    sqlx::query("update enrollments set frontier = 0 where bank = $1 and frontier > 0")
        .bind(bank.0)
        .execute(connection)
        .await?;
    Ok(())
}
