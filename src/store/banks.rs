//! Banks: taking in a new version of one, and how far a learner is with it.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use sqlx::{AnyConnection, AssertSqlSafe, FromRow};

use crate::memory::Reviewing;
use crate::text::{Lang, Text};

use super::ids::count;
use super::{BankId, Error, LearnerId, QuestionId, Result, Store};

/// Who may study a bank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Every learner is enrolled: the built-in content.
    Everyone,
    /// Every learner finds it among the banks and may enroll.
    Public,
    /// Learners come by its link.
    Link,
    /// Only its owner.
    Private,
}

impl Audience {
    /// All audiences, from the widest on.
    pub const ALL: [Audience; 4] = [Audience::Everyone, Audience::Public, Audience::Link, Audience::Private];

    /// Its word in the database and in forms.
    pub const fn code(self) -> &'static str {
        match self {
            Audience::Everyone => "everyone",
            Audience::Public => "public",
            Audience::Link => "link",
            Audience::Private => "private",
        }
    }

    /// The audience with this word.
    pub fn from_code(code: &str) -> Option<Audience> {
        Audience::ALL.into_iter().find(|audience| audience.code() == code)
    }
}

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
    /// Who studies it.
    pub audience: Audience,
    /// The digest of all of it: where it is the stored one, nothing is looked at.
    pub digest: String,
    /// Its questions, in order. Their idents must differ.
    pub questions: Vec<QuestionSync>,
    /// The scenarios its questions name.
    pub scenarios: Vec<ScenarioSync>,
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

/// What a sync did to one question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is new.
    Added,
    /// It says the same in other words, or stands elsewhere: cards are kept.
    Edited,
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

/// A bank, without its questions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bank {
    /// Its number.
    pub id: BankId,
    /// Its id for people.
    pub slug: String,
    /// The language of its plain strings.
    pub lang: Lang,
    /// Its title.
    pub title: Text,
    /// Its license.
    pub license: Option<String>,
    /// Who wrote it.
    pub author: Option<String>,
    /// The digest of its content.
    pub digest: String,
}

/// How far a learner is with a bank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BankProgress {
    /// The bank.
    pub bank: Bank,
    /// Whether they study it.
    pub enrolled: bool,
    /// Questions in it: the sum of the four below.
    pub questions: u32,
    /// Never answered.
    pub new: u32,
    /// On their steps.
    pub learning: u32,
    /// Waiting for days, less than three weeks.
    pub young: u32,
    /// Waiting for three weeks or more.
    pub mature: u32,
}

#[derive(FromRow)]
struct BankRow {
    id: i64,
    slug: String,
    lang: String,
    title_zh: Option<String>,
    title_en: Option<String>,
    license: Option<String>,
    author: Option<String>,
    digest: String,
}

impl TryFrom<BankRow> for Bank {
    type Error = Error;

    fn try_from(row: BankRow) -> Result<Bank> {
        let corrupt = |what: &str| Error::Corrupt(format!("{what} of bank {}", row.id));
        Ok(Bank {
            id: BankId(row.id),
            lang: Lang::from_code(&row.lang).ok_or_else(|| corrupt("the language"))?,
            title: Text::from_sides(row.title_zh, row.title_en).ok_or_else(|| corrupt("the title"))?,
            slug: row.slug,
            license: row.license,
            author: row.author,
            digest: row.digest,
        })
    }
}

#[derive(FromRow)]
struct ProgressRow {
    #[sqlx(flatten)]
    bank: BankRow,
    enrolled: i64,
    questions: i64,
    learning: i64,
    young: i64,
    mature: i64,
}

impl Store {
    /// Makes a bank what it shall be, in one transaction. The same digest writes nothing. A question keeps its cards
    /// unless its semantic key changed; a removed one keeps them, too, for the day it comes back.
    pub async fn sync_bank(&self, bank: &BankSync, now: Timestamp) -> Result<Synced> {
        if let Some(stored) = self.bank(&bank.slug).await?
            && stored.digest == bank.digest
        {
            return Ok(Synced { bank: stored.id, changes: Vec::new() });
        }
        let mut tx = self.write().await?;
        let id = write_bank(&mut tx, bank, now).await?;
        // By the unique (bank, ident).
        let stored: Vec<StoredQuestion> = sqlx::query_as(
            "select id, ident, hash, semantic_key, fact, kind, difficulty, position, removed_at
             from questions where bank = $1",
        )
        .bind(id.0)
        .fetch_all(&mut *tx)
        .await?;
        let plan = Plan::new(&stored, &bank.questions);
        let ids = write_questions(&mut tx, id, &plan.write).await?;
        write_versions(&mut tx, &ids, &plan.write, now).await?;
        write_scenarios(&mut tx, &bank.scenarios, now).await?;
        remove_questions(&mut tx, &plan.remove, now).await?;
        begin_afresh(&mut tx, &plan.reset).await?;
        lower_frontiers(&mut tx, id).await?;
        tx.commit().await?;
        Ok(Synced { bank: id, changes: plan.changes })
    }

    /// The bank with this slug.
    pub async fn bank(&self, slug: &str) -> Result<Option<Bank>> {
        // By the unique slug.
        let row: Option<BankRow> = sqlx::query_as(
            "select id, slug, lang, title_zh, title_en, license, author, digest from banks where slug = $1",
        )
        .bind(slug)
        .fetch_optional(self.reader())
        .await?;
        row.map(Bank::try_from).transpose()
    }

    /// The banks that are open to a learner (those for everyone, the public ones, and those they are enrolled in), and how
    /// far they are with each.
    pub async fn bank_progress(&self, learner: LearnerId) -> Result<Vec<BankProgress>> {
        // The handful of banks is read whole; the rest by the primary keys of enrollments and cards, and
        // questions_in_order.
        let rows: Vec<ProgressRow> = sqlx::query_as(
            "select b.id, b.slug, b.lang, b.title_zh, b.title_en, b.license, b.author, b.digest,
                    case when e.bank is null then 0 else 1 end as enrolled,
                    count(q.id) as questions,
                    count(case when c.state in ('learning', 'relearning') then 1 end) as learning,
                    count(case when c.state = 'review' and c.interval_days < $2 then 1 end) as young,
                    count(case when c.state = 'review' and c.interval_days >= $2 then 1 end) as mature
             from banks b
             left join enrollments e on e.learner = $1 and e.bank = b.id
             left join questions q on q.bank = b.id and q.removed_at is null
             left join cards c on c.learner = $1 and c.question = q.id
             where b.audience in ('everyone', 'public') or e.bank is not null
             group by b.id, b.slug, b.lang, b.title_zh, b.title_en, b.license, b.author, b.digest, e.bank
             order by b.id",
        )
        .bind(learner.0)
        .bind(i64::from(Reviewing::MATURE_DAYS))
        .fetch_all(self.reader())
        .await?;
        rows.into_iter()
            .map(|row| {
                let questions = count(row.questions)?;
                let (learning, young, mature) = (count(row.learning)?, count(row.young)?, count(row.mature)?);
                let new = questions - learning - young - mature;
                let enrolled = row.enrolled != 0;
                Ok(BankProgress {
                    bank: row.bank.try_into()?,
                    enrolled,
                    questions,
                    new,
                    learning,
                    young,
                    mature,
                })
            })
            .collect()
    }

    /// Enrolls a learner in a bank. Does nothing where they are.
    pub async fn enroll(&self, learner: LearnerId, bank: BankId, now: Timestamp) -> Result<()> {
        let mut tx = self.write().await?;
        // By primary key.
        sqlx::query(
            "insert into enrollments (learner, bank, since) values ($1, $2, $3) on conflict do nothing",
        )
        .bind(learner.0)
        .bind(bank.0)
        .bind(now.as_millisecond())
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Takes a learner out of a bank; their cards and reviews are kept. Does nothing where they are not in it.
    pub async fn leave(&self, learner: LearnerId, bank: BankId) -> Result<()> {
        let mut tx = self.write().await?;
        // By primary key.
        sqlx::query("delete from enrollments where learner = $1 and bank = $2")
            .bind(learner.0)
            .bind(bank.0)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }
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
                Some(old) if !old.is(new, position) => Change::Edited,
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
    fn is(&self, new: &QuestionSync, position: i64) -> bool {
        self.hash == new.hash
            && self.fact == new.fact
            && self.kind == new.kind
            && self.difficulty == i64::from(new.difficulty)
            && self.position == position
    }
}

/// Rows per statement. SQLite looks each `$n` up by name among those before it: ten times as many rows take a hundred
/// times as long.
const ROWS: usize = 100;

/// `($1, $2), ($3, $4)`: placeholders for so many rows of so many columns.
fn placeholders(rows: usize, columns: usize) -> String {
    let row = |row: usize| {
        let cells: Vec<String> = (1..=columns).map(|column| format!("${}", row * columns + column)).collect();
        format!("({})", cells.join(", "))
    };
    (0..rows).map(row).collect::<Vec<_>>().join(", ")
}

/// Writes the bank itself; everyone is enrolled in one that is new and for everyone.
async fn write_bank(connection: &mut AnyConnection, bank: &BankSync, now: Timestamp) -> Result<BankId> {
    let (id, created_at): (i64, i64) = sqlx::query_as(
        "insert into banks (slug, lang, title_zh, title_en, license, author, audience, digest, created_at, synced_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)
         on conflict (slug) do update
         set lang = excluded.lang, title_zh = excluded.title_zh, title_en = excluded.title_en,
             license = excluded.license, author = excluded.author, audience = excluded.audience,
             digest = excluded.digest, synced_at = excluded.synced_at
         returning id, created_at",
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
    .fetch_one(&mut *connection)
    .await?;
    let is_new = created_at == now.as_millisecond();
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

/// Lowers the frontier of one learner, where a card became new again.
pub(super) async fn lower_frontier(
    connection: &mut AnyConnection,
    learner: LearnerId,
    question: QuestionId,
) -> Result<()> {
    // By primary keys.
    sqlx::query(
        "update enrollments set frontier = 0
         where learner = $1 and bank = (select bank from questions where id = $2)",
    )
    .bind(learner.0)
    .bind(question.0)
    .execute(connection)
    .await?;
    Ok(())
}

/// Raises a learner's frontiers to the first new card of each bank: from the old ones on, by questions_in_order and the
/// primary key of cards.
pub(super) const RAISE_FRONTIERS: &str = "
update enrollments
set frontier = coalesce(
    (select q.position
     from questions q left join cards c on c.learner = $1 and c.question = q.id
     where q.bank = enrollments.bank and q.removed_at is null and q.position >= enrollments.frontier
       and (c.state is null or c.state = 'new')
     order by q.position limit 1),
    frontier)
where learner = $1";

/// `$2, $3`: so many placeholders, numbered from `first`.
fn placeholders_from(first: usize, number: usize) -> String {
    (first..first + number).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ")
}
