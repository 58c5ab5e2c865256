//! What a learner is asked next, and how much is left today.

use jiff::Timestamp;
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::query::Query;
use sqlx::{Any, FromRow, Row};

use crate::memory::queue::{Candidates, LEARN_AHEAD, Tally, pick};

use super::ids::{count, instant};
use super::learners::learner_columns;
use super::sessions::{SessionRow, idle_since, session};
use super::{BankId, Learner, QuestionId, Result, ReviewId, Session, Settings, Store, TokenHash};

/// A card to be shown: which question, in which version, at which turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextCard {
    /// The question.
    pub question: QuestionId,
    /// The hash of its present version.
    pub hash: String,
    /// The card's turn.
    pub turn: u32,
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
    pub next: Option<NextCard>,
    /// How much is left today, with the card to show.
    pub left: Counts,
    /// How many answers were given today.
    pub answered: u32,
    /// The last answer of today: what can be undone.
    pub last: Option<ReviewId>,
}

/// The state of a sitting in one statement and one row, so that a page costs one short trip to the database: the day's
/// totals, and the first card of each kind that may be next.
///
/// `$1` learner, `$2` start of the day, `$3` now, `$4` until when cards on their steps count, `$5` and `$6` the day's
/// limits of reviews and new cards, `$7` the bank that is studied alone, 0 for all. The day's totals are those of all
/// banks.
///
/// Due and new cards are counted up to the day's limit: a backlog of thousands must not make each page slow. Of due ones
/// only four times as many are looked at to find as many that are no siblings; facts with a new card are found by the
/// last question of each. No list is kept aside, so that the first card of each is found without the others.
///
/// Indexes: `today` leans on reviews_by_day, `steps` and `due` on cards_due (each in its order), `fresh` on
/// questions_in_order, `fresh_facts` on last_of_facts and questions_of_fact, both on the primary key of cards; everything
/// else is by primary key.
macro_rules! sitting {
    () => {
        "with today as materialized (
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
due as not materialized (
    select c.question, c.due_at, q.bank, coalesce(q.fact, '#' || q.id) as sibling
    from cards c join questions q on q.id = c.question
    where c.learner = $1 and c.state = 'review' and c.due_at <= $3 and q.removed_at is null
      and q.bank in (select bank from enrollments where learner = $1 and ($7 = 0 or bank = $7))
      and (q.fact is null or (q.bank, q.fact) not in (select bank, fact from today where fact is not null))
),
fresh as not materialized (
    select q.id as question, q.position, e.bank
    from enrollments e
    join questions q on q.bank = e.bank and q.removed_at is null and q.position >= e.frontier
    left join cards c on c.learner = $1 and c.question = q.id
    where e.learner = $1 and ($7 = 0 or e.bank = $7) and (c.state is null or c.state = 'new')
      and (q.fact is null or (q.bank, q.fact) not in (select bank, fact from today where fact is not null))
),
fresh_facts as not materialized (
    select q.id
    from enrollments e
    join questions q on q.bank = e.bank and q.last_of_fact = 1 and q.position >= e.frontier
    left join cards c on c.learner = $1 and c.question = q.id
    where e.learner = $1 and ($7 = 0 or e.bank = $7)
      and (q.fact is null or (q.bank, q.fact) not in (select bank, fact from today where fact is not null))
      and (c.state is null or c.state = 'new' or exists (
          select 1 from questions s left join cards k on k.learner = $1 and k.question = s.id
          where s.bank = q.bank and s.fact = q.fact and s.removed_at is null
            and (k.state is null or k.state = 'new')
      ))
)
select done.answered, done.new_done, done.reviews_done,
       (select r.id from reviews r where r.learner = $1 and r.answered_at >= $2 and r.undone_at is null
        order by r.answered_at desc, r.id desc limit 1) as last_review,
       (select count(*) from steps) as learning,
       (select count(*) from (
           select distinct bank, sibling
           from (select bank, sibling from due order by due_at, question limit 4 * $5) near limit $5 + 0
       ) d) as due,
       (select count(*) from (select id from fresh_facts limit $6 + 0) f) as fresh,
       first_step.due_at as step_due_at,
       step.id as step_question, step.hash as step_hash, step_card.turn as step_turn,
       review.id as review_question, review.hash as review_hash, review_card.turn as review_turn,
       new.id as new_question, new.hash as new_hash, new_card.turn as new_turn
from (
    select count(*) as answered, count(case when was = 'new' then 1 end) as new_done,
           count(case when was = 'review' then 1 end) as reviews_done
    from today
) done
left join (select question, due_at from steps order by due_at, question limit 1) first_step on true
left join questions step on step.id = first_step.question
left join cards step_card on step_card.learner = $1 and step_card.question = step.id
left join questions review on review.id = (select question from due order by due_at, question limit 1)
left join cards review_card on review_card.learner = $1 and review_card.question = review.id
left join questions new on new.id = (select question from fresh order by bank, position limit 1)
left join cards new_card on new_card.learner = $1 and new_card.question = new.id"
    };
}

pub(super) const SITTING: &str = sitting!();

/// The same, beside the session whose token has the hash `$8`, seen after `$9`.
pub(super) const SITTING_OF_SESSION: &str = concat!(
    "select * from (",
    sitting!(),
    ") sitting left join (",
    session!(token: "$8", after: "$9", also: "", join: ""),
    ") known on true"
);

#[derive(FromRow)]
struct Totals {
    answered: i64,
    last_review: Option<i64>,
    new_done: i64,
    reviews_done: i64,
    learning: i64,
    due: i64,
    fresh: i64,
    step_due_at: Option<i64>,
}

impl Store {
    /// What the learner is asked next, and how much is left today. The same until something is answered or time passes.
    /// With `only`, of that bank alone; the day's limits hold for all banks together.
    pub async fn study(&self, learner: &Learner, only: Option<BankId>, now: Timestamp) -> Result<Study> {
        let row = sitting(SITTING, learner, only, now).fetch_one(&mut *self.reader().await?).await?;
        Study::of(&row, &learner.settings, now)
    }

    /// The session of a token and what its learner is asked next. One trip to the database for a browser that was here
    /// before: the statement asks on behalf of the learner that was found then, and says who it is now.
    pub async fn session_at_study(
        &self,
        token: &TokenHash,
        now: Timestamp,
    ) -> Result<Option<(Session, Study)>> {
        if let Some(learner) = self.seen.get(token) {
            let row = sitting(SITTING_OF_SESSION, &learner, None, now)
                .bind(&token.0[..])
                .bind(idle_since(now))
                .fetch_one(&mut *self.reader().await?)
                .await?;
            let session = match row.try_get::<Option<i64>, _>("seen_at")? {
                Some(_) => Session::try_from(SessionRow::from_row(&row)?)?,
                None => return Ok(None),
            };
            if session.learner == learner {
                let study = Study::of(&row, &learner.settings, now)?;
                return Ok(Some((session, study)));
            }
        }
        let Some(session) = self.session(token, now).await? else { return Ok(None) };
        let study = self.study(&session.learner, None, now).await?;
        self.seen.insert(*token, session.learner.clone());
        Ok(Some((session, study)))
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

impl Study {
    fn of(row: &AnyRow, settings: &Settings, now: Timestamp) -> Result<Study> {
        let totals = Totals::from_row(row)?;
        let tally = |done: i64, waiting: i64, limit: u32| -> Result<Tally> {
            let done = count(done)?;
            Ok(Tally { done, left: limit.saturating_sub(done).min(count(waiting)?) })
        };
        let reviews = tally(totals.reviews_done, totals.due, settings.reviews_per_day)?;
        let news = tally(totals.new_done, totals.fresh, settings.new_per_day)?;
        let ahead = ahead_of(now);
        let step_due = totals.step_due_at.map(instant).transpose()?.filter(|due| *due <= ahead);
        let in_steps = next_card(row, ["step_question", "step_hash", "step_turn"])?;
        let review = next_card(row, ["review_question", "review_hash", "review_turn"])?;
        let new = next_card(row, ["new_question", "new_hash", "new_turn"])?;
        let candidates = Candidates {
            in_steps: step_due.zip(in_steps),
            review: review.filter(|_| reviews.left > 0),
            new: new.filter(|_| news.left > 0),
            reviews,
            news,
        };
        Ok(Study {
            next: pick(candidates, now),
            left: Counts { new: news.left, learning: count(totals.learning)?, due: reviews.left },
            answered: count(totals.answered)?,
            last: totals.last_review.map(ReviewId),
        })
    }
}

/// Binds `$1` to `$7`.
fn sitting(
    sql: &'static str,
    learner: &Learner,
    only: Option<BankId>,
    now: Timestamp,
) -> Query<'static, Any, AnyArguments> {
    let settings = &learner.settings;
    let today = settings.days.bounds(settings.days.day_of(now));
    sqlx::query(sql)
        .bind(learner.id.0)
        .bind(today.start.as_millisecond())
        .bind(now.as_millisecond())
        .bind(today.end.max(ahead_of(now)).as_millisecond())
        .bind(i64::from(settings.reviews_per_day))
        .bind(i64::from(settings.new_per_day))
        .bind(only.map_or(0, |bank| bank.0))
}

/// Until when a card on its steps may be shown if nothing else is left.
fn ahead_of(now: Timestamp) -> Timestamp {
    now.checked_add(LEARN_AHEAD).unwrap_or(Timestamp::MAX)
}

/// The card in these columns of a sitting's row, if there is one.
fn next_card(row: &AnyRow, [question, hash, turn]: [&str; 3]) -> Result<Option<NextCard>> {
    let Some(id) = row.try_get(question)? else { return Ok(None) };
    // A question that was never answered has no card.
    let turn = row.try_get::<Option<i64>, _>(turn)?.map_or(Ok(0), count)?;
    Ok(Some(NextCard { question: QuestionId(id), hash: row.try_get(hash)?, turn }))
}
