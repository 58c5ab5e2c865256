//! What a learner did, day by day, and what awaits them.

use jiff::Timestamp;
use sqlx::{AssertSqlSafe, FromRow};

use crate::memory::{Day, DayClock};

use super::ids::count;
use super::{Learner, Result, Store};

/// What a learner did on one day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DaySummary {
    /// Answers given.
    pub answered: u32,
    /// Of these, wholly right and not rated *Again* (as a flashcard may be).
    pub right: u32,
    /// Questions met for the first time (or afresh).
    pub new: u32,
    /// The same by fact, those with the most wrong answers first; questions without a fact are not here.
    pub facts: Vec<FactCount>,
}

/// What a learner did on one day about one fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactCount {
    /// The fact.
    pub fact: String,
    /// Answers given.
    pub answered: u32,
    /// Of these, wholly right.
    pub right: u32,
    /// Questions met for the first time (or afresh).
    pub new: u32,
}

/// What became of one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayRecord {
    /// The day.
    pub day: Day,
    /// Answers given.
    pub answered: u32,
    /// Questions met for the first time (or afresh).
    pub new: u32,
    /// Answers to cards that had waited for days.
    pub asked: u32,
    /// Of these, remembered: `remembered / asked` is the true retention.
    pub remembered: u32,
    /// Time spent on answers, in milliseconds, as far as it is known.
    pub took_ms: u64,
}

/// How many cards are due on one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayCount {
    /// The day.
    pub day: Day,
    /// Cards that wait for days and are due then; on the first day also those that were due before.
    pub due: u32,
}

#[derive(FromRow)]
struct FactRow {
    fact: Option<String>,
    answered: i64,
    right_ones: i64,
    new_ones: i64,
}

#[derive(FromRow)]
struct DayRow {
    day: i64,
    answered: i64,
    new_ones: i64,
    asked: i64,
    remembered: i64,
    took_ms: i64,
}

impl Store {
    /// What the learner did on the day of `now`.
    pub async fn day_summary(&self, learner: &Learner, now: Timestamp) -> Result<DaySummary> {
        let days = &learner.settings.days;
        let today = days.bounds(days.day_of(now));
        // By reviews_by_day, then the primary key of questions.
        let rows: Vec<FactRow> = sqlx::query_as(
            "select q.fact, count(*) as answered, count(case when r.score = 1000 and r.rating > 1 then 1 end) as right_ones,
                    count(case when r.was = 'new' then 1 end) as new_ones
             from reviews r join questions q on q.id = r.question
             where r.learner = $1 and r.answered_at >= $2 and r.answered_at < $3 and r.undone_at is null
             group by q.fact
             order by count(*) - count(case when r.score = 1000 and r.rating > 1 then 1 end) desc, q.fact",
        )
        .bind(learner.id.0)
        .bind(today.start.as_millisecond())
        .bind(today.end.as_millisecond())
        .fetch_all(&mut *self.reader().await?)
        .await?;
        let mut summary = DaySummary::default();
        for row in rows {
            let (answered, right, new) = (count(row.answered)?, count(row.right_ones)?, count(row.new_ones)?);
            summary.answered += answered;
            summary.right += right;
            summary.new += new;
            summary.facts.extend(row.fact.map(|fact| FactCount { fact, answered, right, new }));
        }
        Ok(summary)
    }

    /// What became of the learner's last `days` days, oldest first, the day of `now` last; a day off is all zeros.
    pub async fn history(&self, learner: &Learner, days: u16, now: Timestamp) -> Result<Vec<DayRecord>> {
        let clock = &learner.settings.days;
        let span = Span::new(clock, clock.day_of(now).plus(1 - i32::from(days)), days);
        // By reviews_by_day, once for each day.
        let sql = format!(
            "with days (day, starts, ends) as (values {})
             select d.day, count(r.id) as answered, count(case when r.was = 'new' then 1 end) as new_ones,
                    count(case when r.was = 'review' then 1 end) as asked,
                    count(case when r.was = 'review' and r.rating > 1 then 1 end) as remembered,
                    cast(coalesce(sum(r.took_ms), 0) as bigint) as took_ms
             from days d
             left join reviews r on r.learner = $1 and r.answered_at >= d.starts and r.answered_at < d.ends
                                and r.undone_at is null
             group by d.day order by d.day",
            span.placeholders()
        );
        let rows: Vec<DayRow> = span
            .bind(sqlx::query_as(AssertSqlSafe(sql)), learner)
            .fetch_all(&mut *self.reader().await?)
            .await?;
        rows.into_iter()
            .map(|row| {
                Ok(DayRecord {
                    day: span.day(row.day),
                    answered: count(row.answered)?,
                    new: count(row.new_ones)?,
                    asked: count(row.asked)?,
                    remembered: count(row.remembered)?,
                    took_ms: row.took_ms.try_into().unwrap_or(0),
                })
            })
            .collect()
    }

    /// How many cards are due on each of the next `days` days, the day of `now` first.
    pub async fn forecast(&self, learner: &Learner, days: u16, now: Timestamp) -> Result<Vec<DayCount>> {
        let clock = &learner.settings.days;
        let mut span = Span::new(clock, clock.day_of(now), days);
        if let Some((starts, _)) = span.bounds.first_mut() {
            *starts = 0;
        }
        // By cards_due, once for each day, then by primary keys.
        let sql = format!(
            "with days (day, starts, ends) as (values {})
             select d.day, (select count(*) from cards c join questions q on q.id = c.question
                            where c.learner = $1 and c.state = 'review' and c.due_at >= d.starts and c.due_at < d.ends
                              and q.removed_at is null
                              and exists (select 1 from enrollments e where e.learner = $1 and e.bank = q.bank)) as due
             from days d order by d.day",
            span.placeholders()
        );
        let rows: Vec<(i64, i64)> = span
            .bind(sqlx::query_as(AssertSqlSafe(sql)), learner)
            .fetch_all(&mut *self.reader().await?)
            .await?;
        rows.into_iter().map(|(day, due)| Ok(DayCount { day: span.day(day), due: count(due)? })).collect()
    }
}

/// Days in a row, as the rows of a `values` clause: which bounds they have is the learner's calendar's business.
struct Span {
    first: Day,
    bounds: Vec<(i64, i64)>,
}

impl Span {
    fn new(clock: &DayClock, first: Day, days: u16) -> Span {
        let bounds = |ahead| {
            let bounds = clock.bounds(first.plus(ahead));
            (bounds.start.as_millisecond(), bounds.end.as_millisecond())
        };
        // `values` needs a row.
        Span { first, bounds: (0..i32::from(days.max(1))).map(bounds).collect() }
    }

    fn day(&self, index: i64) -> Day {
        self.first.plus(i32::try_from(index).unwrap_or(i32::MAX))
    }

    /// `$1` is the learner; each row is its index, its start and its end. The casts tell PostgreSQL the types.
    fn placeholders(&self) -> String {
        let row = |row: usize| {
            let (starts, ends) = (2 * row + 2, 2 * row + 3);
            format!("({row}, cast(${starts} as bigint), cast(${ends} as bigint))")
        };
        (0..self.bounds.len()).map(row).collect::<Vec<_>>().join(", ")
    }

    fn bind<'q, O>(
        &self,
        query: sqlx::query::QueryAs<'q, sqlx::Any, O, sqlx::any::AnyArguments>,
        learner: &Learner,
    ) -> sqlx::query::QueryAs<'q, sqlx::Any, O, sqlx::any::AnyArguments> {
        self.bounds
            .iter()
            .fold(query.bind(learner.id.0), |query, (starts, ends)| query.bind(*starts).bind(*ends))
    }
}
