//! A guest becomes part of an account, and nothing is lost: by example, and for histories drawn at random.

use jiff::Timestamp;
use proptest::prelude::*;
use sqlx::Row;

use super::{Fixture, days, minutes, monday, questions};
use crate::memory::{Memory, Rating};
use crate::store::{Card, Error, Learner, Recorded, Revised, Role, TokenHash};

/// A review, as far as merging must not change it, with its turn.
type Logged = (i64, i64, i64, String, Option<i64>);

impl Fixture {
    /// The log of a learner: id, question, instant, card before, undone; in order of question and turn.
    async fn log(&self, learner: &Learner) -> Vec<Logged> {
        let rows = sqlx::query(
            "select id, question, answered_at, before, undone_at from reviews where learner = $1
             order by question, turn",
        )
        .bind(learner.id.0)
        .fetch_all(&mut *self.store.reader().await.unwrap())
        .await
        .unwrap();
        rows.iter().map(|row| (row.get(0), row.get(1), row.get(2), row.get(3), row.get(4))).collect()
    }

    async fn card_of(&self, learner: &Learner, ident: &str) -> Card {
        self.store.card(learner.id, self.id(ident).await).await.unwrap()
    }

    async fn number(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(&mut *self.store.reader().await.unwrap()).await.unwrap()
    }
}

#[tokio::test]
async fn what_only_the_guest_knew_moves_and_the_guest_is_gone() {
    let fixture = Fixture::with(questions(3)).await;
    let (guest, ada) = (fixture.guest(1).await, fixture.account("Ada", Role::Learner).await);
    let brought = fixture.answer(&guest, "q0", Rating::Good, monday()).await;
    fixture.answer(&ada, "q1", Rating::Good, monday()).await;
    let before = fixture.card_of(&guest, "q0").await;
    let reviews = fixture.store.merge_guest(guest.id, &ada, monday() + minutes(1)).await.unwrap();
    assert_eq!(reviews, 1);
    assert_eq!(fixture.card_of(&ada, "q0").await, Card { learner: ada.id, ..before });
    assert!(fixture.store.review(ada.id, brought.id).await.unwrap().is_some());
    assert_eq!(fixture.store.learner(guest.id).await.unwrap(), None);
    assert_eq!(fixture.store.session(&TokenHash([1; 32]), monday()).await.unwrap(), None);
    // What could be undone before still can.
    fixture.store.undo(ada.id, Some(brought.id), monday() + minutes(2)).await.unwrap();
    let later = fixture.answer(&ada, "q0", Rating::Good, monday() + minutes(3)).await;
    assert_eq!(fixture.store.review(ada.id, later.id).await.unwrap(), Some(later));
    let again = fixture.store.merge_guest(guest.id, &ada, monday()).await;
    assert!(matches!(again, Err(Error::NotFound("guest"))));
    let eve = fixture.account("Eve", Role::Learner).await;
    for nobodys in [&ada, &eve] {
        let refused = fixture.store.merge_guest(nobodys.id, &ada, monday()).await;
        assert!(matches!(refused, Err(Error::NotFound("guest"))));
    }
}

#[tokio::test]
async fn of_two_memories_the_later_stays_and_the_log_is_one() {
    let fixture = Fixture::with(questions(1)).await;
    let (guest, ada) = (fixture.guest(1).await, fixture.account("Ada", Role::Learner).await);
    let at = |day| monday() + days(day);
    let first = fixture.answer(&ada, "q0", Rating::Good, at(0)).await;
    let old_form = fixture.form(&ada, "q0", Rating::Easy).await;
    let second = fixture.answer(&guest, "q0", Rating::Again, at(1)).await;
    let third = fixture.answer(&ada, "q0", Rating::Good, at(2)).await;
    let fourth = fixture.answer(&guest, "q0", Rating::Good, at(3)).await;
    let (theirs, guests) = (fixture.card_of(&ada, "q0").await, fixture.card_of(&guest, "q0").await);
    let open_form = fixture.form(&ada, "q0", Rating::Easy).await;
    fixture.store.merge_guest(guest.id, &ada, at(4)).await.unwrap();

    let ids: Vec<i64> = fixture.log(&ada).await.iter().map(|review| review.0).collect();
    assert_eq!(ids, [&first, &second, &third, &fourth].map(|review| review.id.0));
    let card = fixture.card_of(&ada, "q0").await;
    assert_eq!((card.memory, card.reps, card.lapses), (guests.memory, guests.reps, guests.lapses));
    assert!(card.turn > theirs.turn + guests.turn);
    assert_eq!(fixture.number("select sum(first_exposure) from reviews").await, 1);
    // Forms that were open are stale, and not taken for answers of other turns.
    for form in [old_form, open_form] {
        assert_eq!(fixture.store.record_form(&ada, &form, at(4)).await.unwrap(), Recorded::Stale);
    }
    // The last answer is of the memory that stayed, and can be rated anew; the one before is of the other.
    let revised = fixture.store.revise(&ada, fourth.id, Rating::Easy).await.unwrap();
    assert!(matches!(revised, Revised::Revised(_)), "{revised:?}");
    let late = fixture.store.revise(&ada, third.id, Rating::Easy).await.unwrap();
    assert!(matches!(late, Revised::TooLate(_)), "{late:?}");
    // Undone, the memory is as it was before that answer; undoing further leaves it alone.
    let undone = fixture.store.undo(ada.id, None, at(5)).await.unwrap().unwrap();
    assert_eq!((undone.id, fixture.card_of(&ada, "q0").await.memory), (fourth.id, fourth.before.memory));
    let undone = fixture.store.undo(ada.id, None, at(5)).await.unwrap().unwrap();
    assert_eq!((undone.id, fixture.card_of(&ada, "q0").await.memory), (third.id, fourth.before.memory));
    // And it goes on.
    fixture.answer(&ada, "q0", Rating::Good, at(6)).await;
}

#[tokio::test]
async fn a_bank_that_was_put_aside_stays_so_unless_the_guest_studied_it() {
    for studied in [false, true] {
        let fixture = Fixture::with(questions(1)).await;
        let (guest, ada) = (fixture.guest(1).await, fixture.account("Ada", Role::Learner).await);
        let bank = fixture.store.bank("pods").await.unwrap().unwrap().id;
        fixture.store.leave(ada.id, bank).await.unwrap();
        if studied {
            fixture.answer(&guest, "q0", Rating::Good, monday()).await;
        }
        fixture.store.merge_guest(guest.id, &ada, monday()).await.unwrap();
        let enrolled = fixture.store.bank_progress(ada.id).await.unwrap()[0].enrolled;
        assert_eq!(enrolled, studied);
    }
}

/// Something one of the two did.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Answer { guest: bool, question: usize, rating: Rating },
    Undo { guest: bool },
    Afresh { question: usize },
}

fn deeds() -> impl Strategy<Value = Vec<(Deed, i64)>> {
    let rating = proptest::sample::select(vec![Rating::Again, Rating::Hard, Rating::Good, Rating::Easy]);
    let deed = prop_oneof![
        8 => (any::<bool>(), 0..3usize, rating)
            .prop_map(|(guest, question, rating)| Deed::Answer { guest, question, rating }),
        2 => any::<bool>().prop_map(|guest| Deed::Undo { guest }),
        1 => (0..3usize).prop_map(|question| Deed::Afresh { question }),
    ];
    // Some happen at one instant.
    proptest::collection::vec((deed, 0..3000i64), 0..25)
}

async fn merged_whole(deeds: Vec<(Deed, i64)>) {
    let mut answers = ["a".to_owned(), "a".to_owned(), "a".to_owned()];
    let present = |answers: &[String; 3]| {
        (0..3).map(|n| super::question(&format!("q{n}"), None, "?", &answers[n])).collect::<Vec<_>>()
    };
    let fixture = Fixture::with(present(&answers)).await;
    let (guest, ada) = (fixture.guest(1).await, fixture.account("Ada", Role::Learner).await);
    let mut now = monday();
    for (number, (deed, later)) in deeds.into_iter().enumerate() {
        now += minutes(later);
        let who = |is_guest| if is_guest { &guest } else { &ada };
        match deed {
            Deed::Answer { guest, question, rating } => {
                fixture.answer(who(guest), &format!("q{question}"), rating, now).await;
            }
            Deed::Undo { guest } => drop(fixture.store.undo(who(guest).id, None, now).await.unwrap()),
            Deed::Afresh { question } => {
                answers[question] = format!("b{number}");
                fixture.sync(&number.to_string(), present(&answers)).await;
            }
        }
    }
    let sorted = |mut log: Vec<Logged>| {
        log.sort_by_key(|review| (review.1, review.2, review.0));
        log
    };
    let mut all = fixture.log(&guest).await;
    all.extend(fixture.log(&ada).await);
    let all = sorted(all);
    let mut cards = Vec::new();
    for n in 0..3 {
        let ident = format!("q{n}");
        cards.push((fixture.card_of(&guest, &ident).await, fixture.card_of(&ada, &ident).await, ident));
    }
    fixture.store.merge_guest(guest.id, &ada, now).await.unwrap();

    // Every review is there, as it was, and in the order of time.
    let log = fixture.log(&ada).await;
    assert_eq!(sorted(log.clone()), all);
    let times: Vec<(i64, i64)> = log.iter().map(|review| (review.1, review.2)).collect();
    for (_, theirs, _) in cards.iter().filter(|(guest, ada, _)| guest.turn > 0 && ada.turn > 0) {
        assert!(times.iter().filter(|time| time.0 == theirs.question.0).is_sorted());
    }
    assert_eq!(fixture.number("select count(*) from learners").await, 1);
    for (guests, theirs, ident) in cards {
        let last = |card: &Card| card.memory.last().unwrap_or(Timestamp::MIN);
        let guest_wins = (last(&guests), guests.reps) > (last(&theirs), theirs.reps);
        let kept = if guest_wins { guests } else { theirs };
        let card = fixture.card_of(&ada, &ident).await;
        assert_eq!((card.memory, card.reps, card.lapses), (kept.memory, kept.reps, kept.lapses));
        let highest: Option<i64> = sqlx::query_scalar("select max(turn) from reviews where question = $1")
            .bind(card.question.0)
            .fetch_one(&mut *fixture.store.reader().await.unwrap())
            .await
            .unwrap();
        assert!(i64::from(card.turn) > highest.unwrap_or(-1));
        assert!(card.turn >= guests.turn.max(theirs.turn));
        assert!(card.since_turn <= card.turn);
    }
    // All can be undone, to nothing remembered or to where a memory that was not theirs left off, and studied again.
    while fixture.store.undo(ada.id, None, now).await.unwrap().is_some() {}
    for n in 0..3 {
        let card = fixture.card_of(&ada, &format!("q{n}")).await;
        assert!(card.memory == Memory::New || card.since_turn > 0, "{card:?}");
        fixture.answer(&ada, &format!("q{n}"), Rating::Good, now + days(1)).await;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn whatever_both_did_nothing_of_it_is_lost(deeds in deeds()) {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(merged_whole(deeds));
    }
}
