//! What a learner is asked next, and how much is left today.

use jiff::Timestamp;
use sqlx::any::AnyRow;
use sqlx::{FromRow, Row};

use crate::memory::queue::{Candidates, LEARN_AHEAD, Tally, pick};

use super::cards;
use super::ids::{count, instant};
use super::questions::{Question, QuestionRow};
use super::{BankId, Card, Error, Learner, LearnerId, Result, ReviewId, Store};

/// A card to be shown, with its question.
#[derive(Clone, Debug, PartialEq)]
pub struct StudyCard {
    /// The question.
    pub question: Question,
    /// What the learner remembers of it.
    pub card: Card,
}

/// How much is left today.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// New cards, within the day's limit; of siblings one counts.
    pub new: u32,
    /// Cards on their steps that are due before the day ends.
    pub learning: u32,
    /// Reviews that are due, within the day's limit; of siblings one counts.
    pub due: u32,
}

/// How a sitting stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Study {
    /// The card to show; `None` when the day's work is done.
    pub next: Option<StudyCard>,
    /// How much is left today, with the card to show.
    pub left: Counts,
    /// How many answers were given today.
    pub answered: u32,
    /// The last answer of today: what can be undone.
    pub last: Option<ReviewId>,
}

/// How many times the day's limit is looked at to find as many that are no siblings: a backlog of thousands must not
/// make each page slow.
const WINDOW: i64 = 4;

/// The state of a sitting in one statement, so that a page costs one trip to the database. At most three rows, one for
/// each kind of card that may be next; each carries the day's totals.
///
/// `$1` learner, `$2` start of the day, `$3` now, `$4` until when cards on their steps count, `$5` and `$6` how many due
/// and new cards are looked at,
/// `$7` the bank that is studied alone, 0 for all. The day's totals are those of all banks.
///
/// Indexes: `today` leans on reviews_by_day, `steps` and `due` on cards_due (each in its order), `fresh` on
/// questions_in_order and the primary key of cards; everything else is by primary key.
pub(super) const SITTING: &str = "
with today as materialized (
    select r.id, r.answered_at, r.was, q.bank, q.fact
    from reviews r join questions q on q.id = r.question
    where r.learner = $1 and r.answered_at >= $2 and r.undone_at is null
),
steps as materialized (
    select c.question, c.due_at
    from cards c join questions q on q.id = c.question
    where c.learner = $1 and c.state in ('learning', 'relearning') and c.due_at < $4 and q.removed_at is null
      and q.bank in (select bank from enrollments where learner = $1 and ($7 = 0 or bank = $7))
),
due as materialized (
    select c.question, c.due_at, q.bank, coalesce(q.fact, '#' || q.id) as sibling
    from cards c join questions q on q.id = c.question
    where c.learner = $1 and c.state = 'review' and c.due_at <= $3 and q.removed_at is null
      and q.bank in (select bank from enrollments where learner = $1 and ($7 = 0 or bank = $7))
      and (q.fact is null or (q.bank, q.fact) not in (select bank, fact from today where fact is not null))
    order by c.due_at, c.question limit $5 + 0
),
fresh as materialized (
    select q.id as question, q.position, q.bank, coalesce(q.fact, '#' || q.id) as sibling
    from enrollments e
    join questions q on q.bank = e.bank and q.removed_at is null and q.position >= e.frontier
    left join cards c on c.learner = $1 and c.question = q.id
    where e.learner = $1 and ($7 = 0 or e.bank = $7) and (c.state is null or c.state = 'new')
      and (q.fact is null or (q.bank, q.fact) not in (select bank, fact from today where fact is not null))
    order by e.bank, q.position limit $6 + 0
)
select total.answered, total.last_review, total.new_done, total.reviews_done, total.learning, total.due, total.fresh,
       next.kind_of_card, next.next_due_at,
       q.id, q.bank, q.ident, q.hash, q.fact, q.kind, q.removed_at,
       c.state, c.step, c.stability, c.difficulty, c.interval_days, c.last_at, c.due_at,
       c.turn, c.reps, c.lapses, c.since_turn
from (
    select (select count(*) from today) as answered,
           (select id from today order by answered_at desc, id desc limit 1) as last_review,
           (select count(*) from today where was = 'new') as new_done,
           (select count(*) from today where was = 'review') as reviews_done,
           (select count(*) from steps) as learning,
           (select count(*) from (select distinct bank, sibling from due) d) as due,
           (select count(*) from (select distinct bank, sibling from fresh) f) as fresh
) total
left join (
    select * from (select 'steps' as kind_of_card, question, due_at as next_due_at
                   from steps order by due_at, question limit 1) first_step
    union all
    select * from (select 'due' as kind_of_card, question, due_at as next_due_at
                   from due order by due_at, question limit 1) first_due
    union all
    select * from (select 'fresh' as kind_of_card, question, null as next_due_at
                   from fresh order by bank, position limit 1) first_fresh
) next on true
left join questions q on q.id = next.question
left join cards c on c.learner = $1 and c.question = next.question";

#[derive(FromRow)]
struct Totals {
    answered: i64,
    last_review: Option<i64>,
    new_done: i64,
    reviews_done: i64,
    learning: i64,
    due: i64,
    fresh: i64,
}

impl Store {
    /// What the learner is asked next, and how much is left today. The same until something is answered or time passes.
    /// With `only`, of that bank alone; the day's limits hold for all banks together.
    pub async fn study(&self, learner: &Learner, only: Option<BankId>, now: Timestamp) -> Result<Study> {
        let settings = &learner.settings;
        let today = settings.days.bounds(settings.days.day_of(now));
        let ahead = now.checked_add(LEARN_AHEAD).unwrap_or(Timestamp::MAX);
        let rows: Vec<AnyRow> = sqlx::query(SITTING)
            .bind(learner.id.0)
            .bind(today.start.as_millisecond())
            .bind(now.as_millisecond())
            .bind(today.end.max(ahead).as_millisecond())
            .bind(WINDOW * i64::from(settings.reviews_per_day))
            .bind(WINDOW * i64::from(settings.new_per_day))
            .bind(only.map_or(0, |bank| bank.0))
            .fetch_all(&mut *self.reader().await?)
            .await?;
        let Some(first) = rows.first() else {
            return Err(Error::Corrupt("the day's totals have no row".to_owned()));
        };
        let totals = Totals::from_row(first)?;
        let tally = |done: i64, waiting: i64, limit: u32| -> Result<Tally> {
            let done = count(done)?;
            Ok(Tally { done, left: limit.saturating_sub(done).min(count(waiting)?) })
        };
        let reviews = tally(totals.reviews_done, totals.due, settings.reviews_per_day)?;
        let news = tally(totals.new_done, totals.fresh, settings.new_per_day)?;
        let left = Counts { new: news.left, learning: count(totals.learning)?, due: reviews.left };

        let mut candidates = Candidates { in_steps: None, review: None, new: None, reviews, news };
        for row in &rows {
            match row.try_get::<Option<&str>, _>("kind_of_card")? {
                Some("steps") => {
                    let due = instant(row.try_get("next_due_at")?)?;
                    candidates.in_steps = (due <= ahead).then_some((due, row));
                }
                Some("due") if reviews.left > 0 => candidates.review = Some(row),
                Some("fresh") if news.left > 0 => candidates.new = Some(row),
                _ => {}
            }
        }
        let next = pick(candidates, now).map(|row| study_card(row, learner.id)).transpose()?;
        Ok(Study { next, left, answered: count(totals.answered)?, last: totals.last_review.map(ReviewId) })
    }

    /// When there will be something to study again, for a learner who has nothing now; `None` where nothing waits. What
    /// today's limits or siblings hold back comes at the start of the next day.
    pub async fn resume(&self, learner: &Learner, now: Timestamp) -> Result<Option<Timestamp>> {
        let settings = &learner.settings;
        let tomorrow = settings.days.bounds(settings.days.day_of(now)).end;
        let (in_steps, review, held_back): (Option<i64>, Option<i64>, i64) = sqlx::query_as(RESUME)
            .bind(learner.id.0)
            .bind(now.as_millisecond())
            .fetch_one(&mut *self.reader().await?)
            .await?;
        let in_steps = in_steps.map(instant).transpose()?;
        let in_steps = in_steps.map(|due| due.checked_sub(LEARN_AHEAD).unwrap_or(due).max(now));
        let review = review.map(instant).transpose()?;
        let held_back = (held_back != 0).then_some(tomorrow);
        Ok([in_steps, review, held_back].into_iter().flatten().min())
    }
}

/// `$1` learner, `$2` now. By cards_due in its order, then by primary keys; new cards by questions_in_order.
pub(super) const RESUME: &str = "
select (select min(c.due_at) from cards c join questions q on q.id = c.question
        join enrollments e on e.learner = $1 and e.bank = q.bank
        where c.learner = $1 and c.state in ('learning', 'relearning') and q.removed_at is null) as in_steps,
       (select c.due_at from cards c join questions q on q.id = c.question
        join enrollments e on e.learner = $1 and e.bank = q.bank
        where c.learner = $1 and c.state = 'review' and c.due_at > $2 and q.removed_at is null
        order by c.due_at limit 1) as review,
       case when exists (
           select 1 from cards c join questions q on q.id = c.question
           join enrollments e on e.learner = $1 and e.bank = q.bank
           where c.learner = $1 and c.state = 'review' and c.due_at <= $2 and q.removed_at is null
       ) or exists (
           select 1 from enrollments e
           join questions q on q.bank = e.bank and q.removed_at is null and q.position >= e.frontier
           left join cards c on c.learner = $1 and c.question = q.id
           where e.learner = $1 and (c.state is null or c.state = 'new')
       ) then 1 else 0 end as held_back";

fn study_card(row: &AnyRow, learner: LearnerId) -> Result<StudyCard> {
    let question = Question::from(QuestionRow::from_row(row)?);
    let card = cards::joined(row, learner, question.id)?;
    Ok(StudyCard { question, card })
}
