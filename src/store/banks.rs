//! Banks as those who study see them: which are open to a learner, and how far they are with each.

use jiff::Timestamp;
use sqlx::{AnyConnection, FromRow};

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
pub(super) struct BankRow {
    pub(super) id: i64,
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

/// Whether the bank `b` is open to a learner, by default `$1`, whose enrollment is `e`.
macro_rules! is_open {
    () => {
        is_open!("$1")
    };
    ($learner:literal) => {
        concat!("(b.audience in ('everyone', 'public') or b.owner = ", $learner, " or e.bank is not null)")
    };
}
pub(super) use is_open;

impl Store {
    /// The bank with this slug.
    pub async fn bank(&self, slug: &str) -> Result<Option<Bank>> {
        // By the unique slug.
        let row: Option<BankRow> = sqlx::query_as(
            "select id, slug, lang, title_zh, title_en, license, author, digest from banks where slug = $1",
        )
        .bind(slug)
        .fetch_optional(&mut *self.reader().await?)
        .await?;
        row.map(Bank::try_from).transpose()
    }

    /// The banks that are open to a learner (those for everyone, the public ones, their own, and those they are enrolled
    /// in), and how far they are with each.
    pub async fn bank_progress(&self, learner: LearnerId) -> Result<Vec<BankProgress>> {
        // The handful of banks is read whole; the rest by the primary keys of enrollments and cards, and
        // questions_in_order.
        let rows: Vec<ProgressRow> = sqlx::query_as(concat!(
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
             where ",
            is_open!(),
            "
             group by b.id, b.slug, b.lang, b.title_zh, b.title_en, b.license, b.author, b.digest, e.bank
             order by b.id"
        ))
        .bind(learner.0)
        .bind(i64::from(Reviewing::MATURE_DAYS))
        .fetch_all(&mut *self.reader().await?)
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

    /// Whether a bank is open to a learner: it is for everyone, public, their own, or one they are enrolled in.
    pub async fn may_study(&self, learner: LearnerId, bank: BankId) -> Result<bool> {
        // By primary keys.
        let open: Option<i64> = sqlx::query_scalar(concat!(
            "select b.id from banks b left join enrollments e on e.learner = $1 and e.bank = b.id
             where b.id = $2 and ",
            is_open!()
        ))
        .bind(learner.0)
        .bind(bank.0)
        .fetch_optional(&mut *self.reader().await?)
        .await?;
        Ok(open.is_some())
    }

    /// The bank of a question, where it is open to a learner.
    pub async fn bank_open_to(&self, learner: LearnerId, question: QuestionId) -> Result<Option<BankId>> {
        // By primary keys.
        let open: Option<i64> = sqlx::query_scalar(concat!(
            "select b.id from questions q join banks b on b.id = q.bank
             left join enrollments e on e.learner = $1 and e.bank = b.id
             where q.id = $2 and ",
            is_open!()
        ))
        .bind(learner.0)
        .bind(question.0)
        .fetch_optional(&mut *self.reader().await?)
        .await?;
        Ok(open.map(BankId))
    }

    /// Enrolls a learner in a bank. Does nothing where they are.
    pub async fn enroll(&self, learner: LearnerId, bank: BankId, now: Timestamp) -> Result<()> {
        let mut writer = self.writer().await?;
        let mut tx = writer.begin().await?;
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
        let mut writer = self.writer().await?;
        let mut tx = writer.begin().await?;
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
