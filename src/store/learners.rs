//! Learners and what they chose.

use jiff::{Timestamp, tz::TimeZone};
use sqlx::{Any, AnyConnection, Executor, FromRow};

use crate::memory::{DayClock, Fuzz, Memory, Moment, Next, Retention, Scheduler};
use crate::text::{Lang, Reading};

use super::audit::{AuditAction, audit};
use super::ids::{count, instant};
use super::{Error, LearnerId, QuestionId, Result, Store, TokenHash};

/// What a person may do. Each role may do what the ones before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Studies.
    Learner,
    /// Brings banks.
    Teacher,
    /// Looks after people and the service.
    Admin,
}

impl Role {
    /// All roles, from the least on.
    pub const ALL: [Role; 3] = [Role::Learner, Role::Teacher, Role::Admin];

    /// Its word in the database, in forms and on the command line.
    pub const fn code(self) -> &'static str {
        match self {
            Role::Learner => "learner",
            Role::Teacher => "teacher",
            Role::Admin => "admin",
        }
    }

    /// The role with this word.
    pub fn from_code(code: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.code() == code)
    }
}

/// What lets a learner sign in from anywhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The name they sign in with, as they write it.
    pub name: String,
    /// What they may do.
    pub role: Role,
}

/// A person who studies.
#[derive(Clone, Debug, PartialEq)]
pub struct Learner {
    /// Their number.
    pub id: LearnerId,
    /// What lets them sign in; a guest has none and is known by a cookie only.
    pub account: Option<Account>,
    /// When they first came.
    pub created: Timestamp,
    /// What they chose.
    pub settings: Settings,
}

/// What a learner may choose.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// In which language or languages they read.
    pub reading: Reading,
    /// Their time zone and the hour at which their day starts.
    pub days: DayClock,
    /// New cards a day.
    pub new_per_day: u32,
    /// Reviews a day.
    pub reviews_per_day: u32,
    /// The share of due cards they want to remember.
    pub retention: Retention,
}

impl Settings {
    /// Twenty new cards and two hundred reviews a day (Anki's defaults), at 90 %, on days that start at 04:00.
    pub fn new(reading: Reading, zone: TimeZone) -> Settings {
        Settings {
            reading,
            days: DayClock::new(zone, DayClock::DEFAULT_START_MINUTE),
            new_per_day: 20,
            reviews_per_day: 200,
            retention: Retention::DEFAULT,
        }
    }

    fn zone_name(&self) -> &str {
        // A zone that has no IANA name (a fixed offset, a POSIX rule) cannot be kept.
        self.days.zone().iana_name().unwrap_or("UTC")
    }
}

impl Default for Settings {
    fn default() -> Settings {
        Settings::new(Reading::Only(Lang::Zh), TimeZone::UTC)
    }
}

impl Learner {
    /// What they may do. A guest may study.
    pub fn role(&self) -> Role {
        self.account.as_ref().map_or(Role::Learner, |account| account.role)
    }

    /// Whether they are known by a cookie only.
    pub fn is_guest(&self) -> bool {
        self.account.is_none()
    }

    /// What each rating would make of this memory of theirs, answered at this instant at this turn of the card: the
    /// intervals on the buttons, and exactly what recording or revising a review then writes.
    pub fn next(&self, memory: &Memory, question: QuestionId, turn: u32, at: Timestamp) -> Next {
        // Each number keeps its own bits, so that no two cards, turns or learners near each other share a seed.
        let seed = (self.id.0 as u64).rotate_left(40) ^ (question.0 as u64).rotate_left(16) ^ u64::from(turn);
        let moment = Moment { now: at, days: &self.settings.days, fuzz: Fuzz::seeded(seed) };
        Scheduler::new(self.settings.retention).next(memory, moment)
    }
}

/// Learners with their accounts: `from` and the columns of a [`LearnerRow`].
macro_rules! learner_columns {
    () => {
        "l.id, a.name, a.role, l.created_at, l.reading, l.zone, l.day_start_minute, l.new_per_day, \
         l.reviews_per_day, l.retention"
    };
}
pub(super) use learner_columns;

/// A row of `learners l left join accounts a on a.learner = l.id`.
#[derive(FromRow)]
pub(super) struct LearnerRow {
    id: i64,
    name: Option<String>,
    role: Option<String>,
    created_at: i64,
    reading: String,
    zone: String,
    day_start_minute: i64,
    new_per_day: i64,
    reviews_per_day: i64,
    retention: i64,
}

impl TryFrom<LearnerRow> for Learner {
    type Error = Error;

    fn try_from(row: LearnerRow) -> Result<Learner> {
        let corrupt = |what: &str| Error::Corrupt(format!("{what} of learner {}", row.id));
        let zone = TimeZone::get(&row.zone).map_err(|_| corrupt("the time zone"))?;
        let start = u16::try_from(row.day_start_minute).map_err(|_| corrupt("the day's start"))?;
        let retention = u16::try_from(row.retention).map_err(|_| corrupt("the retention"))?;
        let account = match (row.name, row.role) {
            (Some(name), Some(role)) => {
                Some(Account { name, role: Role::from_code(&role).ok_or_else(|| corrupt("the role"))? })
            }
            _ => None,
        };
        Ok(Learner {
            id: LearnerId(row.id),
            account,
            created: instant(row.created_at)?,
            settings: Settings {
                reading: Reading::from_code(&row.reading).ok_or_else(|| corrupt("the language"))?,
                days: DayClock::new(zone, start),
                new_per_day: count(row.new_per_day)?,
                reviews_per_day: count(row.reviews_per_day)?,
                retention: Retention::per_mille(retention),
            },
        })
    }
}

/// A new learner without an account, enrolled in every bank that is for everyone.
pub(super) async fn insert(
    connection: &mut AnyConnection,
    settings: &Settings,
    now: Timestamp,
) -> Result<LearnerId> {
    let id: i64 = sqlx::query_scalar(
        "insert into learners (created_at, reading, zone, day_start_minute, new_per_day, reviews_per_day, retention)
         values ($1, $2, $3, $4, $5, $6, $7) returning id",
    )
    .bind(now.as_millisecond())
    .bind(settings.reading.code())
    .bind(settings.zone_name())
    .bind(i64::from(settings.days.start_minute()))
    .bind(i64::from(settings.new_per_day))
    .bind(i64::from(settings.reviews_per_day))
    .bind(i64::from(settings.retention.as_per_mille()))
    .fetch_one(&mut *connection)
    .await?;
    // The handful of banks is read whole.
    sqlx::query(
        "insert into enrollments (learner, bank, since) select $1, id, $2 from banks where audience = 'everyone'",
    )
    .bind(id)
    .bind(now.as_millisecond())
    .execute(connection)
    .await?;
    Ok(LearnerId(id))
}

/// One learner.
pub(super) async fn read(
    executor: impl Executor<'_, Database = Any>,
    id: LearnerId,
) -> Result<Option<Learner>> {
    // By the primary keys of both.
    let row: Option<LearnerRow> = sqlx::query_as(concat!(
        "select ",
        learner_columns!(),
        " from learners l left join accounts a on a.learner = l.id where l.id = $1"
    ))
    .bind(id.0)
    .fetch_optional(executor)
    .await?;
    row.map(Learner::try_from).transpose()
}

impl Store {
    /// A new guest with a session, enrolled in every bank that is for everyone.
    pub async fn create_guest(
        &self,
        settings: &Settings,
        token: &TokenHash,
        now: Timestamp,
    ) -> Result<Learner> {
        let mut writer = self.writer().await?;
        let mut tx = writer.begin().await?;
        let id = insert(&mut tx, settings, now).await?;
        super::sessions::insert(&mut tx, token, id, None, now).await?;
        tx.commit().await?;
        Ok(Learner { id, account: None, created: now, settings: settings.clone() })
    }

    /// One learner.
    pub async fn learner(&self, id: LearnerId) -> Result<Option<Learner>> {
        read(&mut *self.reader().await?, id).await
    }

    /// Keeps what a learner chose. Cards keep the due instants they have; only later answers follow the new settings.
    ///
    /// # Errors
    /// [`Error::NotFound`] where the learner is gone.
    pub async fn save_settings(&self, id: LearnerId, settings: &Settings) -> Result<()> {
        let mut writer = self.writer().await?;
        let mut tx = writer.begin().await?;
        // By primary key.
        let done = sqlx::query(
            "update learners set reading = $2, zone = $3, day_start_minute = $4, new_per_day = $5,
                                 reviews_per_day = $6, retention = $7
             where id = $1",
        )
        .bind(id.0)
        .bind(settings.reading.code())
        .bind(settings.zone_name())
        .bind(i64::from(settings.days.start_minute()))
        .bind(i64::from(settings.new_per_day))
        .bind(i64::from(settings.reviews_per_day))
        .bind(i64::from(settings.retention.as_per_mille()))
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        if done.rows_affected() == 0 { Err(Error::NotFound("learner")) } else { Ok(()) }
    }

    /// Forgets a learner and everything that is theirs: account, sessions, cards, reviews, and the banks of theirs that
    /// nobody else ever studied. The others go on without an owner. Does nothing where they are gone.
    ///
    /// # Errors
    /// [`Error::LastAdmin`] where nobody else administers the service.
    pub async fn delete_learner(
        &self,
        learner: &Learner,
        actor: Option<&Learner>,
        now: Timestamp,
    ) -> Result<()> {
        let mut writer = self.writer().await?;
        let mut tx = writer.begin().await?;
        super::people::not_the_last_admin(&mut tx, learner.id).await?;
        // By banks_of_owner, enrollments_of_bank, questions_in_order and cards_of_question.
        sqlx::query(
            "delete from banks
             where owner = $1
               and not exists (select 1 from enrollments e where e.bank = banks.id and e.learner <> $1)
               and not exists (select 1 from questions q join cards c on c.question = q.id
                               where q.bank = banks.id and c.learner <> $1)",
        )
        .bind(learner.id.0)
        .execute(&mut *tx)
        .await?;
        // By primary key; what is theirs goes by its own index that begins with the learner.
        let done =
            sqlx::query("delete from learners where id = $1").bind(learner.id.0).execute(&mut *tx).await?;
        if let Some(account) = &learner.account
            && done.rows_affected() > 0
        {
            let detail = serde_json::json!({ "role": account.role.code() });
            audit(&mut tx, actor, AuditAction::AccountDeleted, &account.name, &detail, now).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}
