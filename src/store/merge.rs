//! A guest who turns out to have an account: all that they did as a guest becomes the account's, and nothing is lost.
//!
//! Every review stays. Where both have a card of a question, its reviews are put in the order of time and get new turns,
//! above all old ones, so that no form that is still open somewhere is taken for a later one. The card that survives is the
//! one whose last answer is later. The other's reviews, and all before them, lie before the turn at which the surviving
//! memory began: they count in the log, and cannot be rated or undone against a memory that they did not make.

use jiff::Timestamp;
use sqlx::Row;

use super::audit::{AuditAction, audit};
use super::{Error, Learner, LearnerId, Result, Store};

/// The questions that both have a card of: the guest ($1) and the account ($2). `base` is above all old turns;
/// `survivor` is whose memory is kept (where both are as late, of who answered more often), and `since` its beginning.
/// `anew` has the reviews of these questions with their new turns. By the primary key of cards, and the unique
/// (learner, question, turn) of reviews.
macro_rules! pairs {
    ($rest:literal) => {
        concat!(
            "with pair as (
                 select question, base,
                        case when guest_later = 1 then $1 else $2 end as survivor,
                        case when guest_later = 1 then guest_since else account_since end as since
                 from (select g.question,
                              case when g.turn > a.turn then g.turn else a.turn end as base,
                              case when (coalesce(g.last_at, -1), g.reps) > (coalesce(a.last_at, -1), a.reps)
                                   then 1 else 0 end as guest_later,
                              g.since_turn as guest_since, a.since_turn as account_since
                       from cards g join cards a on a.learner = $2 and a.question = g.question
                       where g.learner = $1) as both
             ),
             placed as (
                 select r.id, r.question, pair.base,
                        row_number() over (partition by r.question order by r.answered_at, r.id) as place,
                        case when r.learner <> pair.survivor or r.turn < pair.since then 1 else 0 end as is_foreign
                 from pair join reviews r on r.learner in ($1, $2) and r.question = pair.question
             ),
             anew as (select id, question, place, base + place as turn, is_foreign from placed) ",
            $rest
        )
    };
}

/// The surviving memory began after the last review that is not its own.
const SINCE: &str = pairs!(
    "update cards
     set since_turn = coalesce(
         (select max(anew.turn) + 1 from anew where anew.question = cards.question and anew.is_foreign = 1), 0)
     where exists (select 1 from pair where pair.question = cards.question and pair.survivor = cards.learner)
       and learner in ($1, $2)"
);

/// Only the first of all answers was a first one.
const TURNS: &str = pairs!(
    "update reviews
     set learner = $2, turn = anew.turn, first_exposure = case when anew.place = 1 then first_exposure else 0 end
     from anew where anew.id = reviews.id"
);

/// The next turn is above all of them.
const NEXT_TURN: &str = pairs!(
    "update cards
     set turn = 1 + (select case when max(r.turn) > pair.base then max(r.turn) else pair.base end
                     from pair left join reviews r on r.learner = $2 and r.question = pair.question
                     where pair.question = cards.question group by pair.base)
     where learner in ($1, $2) and question in (select question from pair)"
);

const LOSERS: &str = pairs!(
    "delete from cards
     where learner in ($1, $2)
       and exists (select 1 from pair where pair.question = cards.question and pair.survivor <> cards.learner)"
);

/// What is of no question that both have a card of. By the primary key of cards, and by the unique (learner, question,
/// turn).
const CARDS: &str = "update cards set learner = $2 where learner = $1";
const REVIEWS: &str = "update reviews set learner = $2 where learner = $1";

/// A bank that is for everyone, and that the account is not enrolled in, was put aside there: the guest was enrolled in it
/// unasked, so that only answers in it say that they want it. Where the next new card stands is looked for again. By
/// primary keys.
const ENROLLMENTS: &str = "
insert into enrollments (learner, bank, since)
select $2, e.bank, e.since
from enrollments e join banks b on b.id = e.bank
where e.learner = $1
  and (b.audience <> 'everyone'
       or exists (select 1 from enrollments mine where mine.learner = $2 and mine.bank = e.bank)
       or exists (select 1 from cards c join questions q on q.id = c.question
                  where c.learner = $1 and q.bank = e.bank))
on conflict (learner, bank) do update
set frontier = 0,
    since = case when excluded.since < enrollments.since then excluded.since else enrollments.since end";

impl Store {
    /// Makes all that a guest did the account's, forgets the guest, and returns how many reviews they brought along. The
    /// account keeps its settings.
    ///
    /// # Errors
    /// [`Error::NotFound`] where the guest is gone or has an account, or the other has none.
    pub async fn merge_guest(&self, guest: LearnerId, into: &Learner, now: Timestamp) -> Result<u64> {
        let Some(account) = &into.account else { return Err(Error::NotFound("account")) };
        let mut writer = self.writer().await?;
        let mut tx = writer.begin().await?;
        // By primary keys, and by reviews_by_day.
        let found = sqlx::query(
            "select (select count(*) from reviews where learner = $1) as reviews
             from learners l left join accounts a on a.learner = l.id
             where l.id = $1 and a.learner is null and exists (select 1 from accounts where learner = $2)",
        )
        .bind(guest.0)
        .bind(into.id.0)
        .fetch_optional(&mut *tx)
        .await?;
        let Some(found) = found else { return Err(Error::NotFound("guest")) };
        let reviews: i64 = found.try_get("reviews")?;
        for statement in [ENROLLMENTS, SINCE, TURNS, NEXT_TURN, LOSERS, CARDS, REVIEWS] {
            sqlx::query(statement).bind(guest.0).bind(into.id.0).execute(&mut *tx).await?;
        }
        // By primary key; the guest's sessions and enrollments go by their own indexes.
        sqlx::query("delete from learners where id = $1").bind(guest.0).execute(&mut *tx).await?;
        let detail = serde_json::json!({ "reviews": reviews });
        audit(&mut tx, Some(into), AuditAction::GuestMerged, &account.name, &detail, now).await?;
        tx.commit().await?;
        Ok(reviews.unsigned_abs())
    }
}
