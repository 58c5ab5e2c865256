//! Recording, revising and undoing answers.

use std::collections::HashSet;

use super::{Fixture, bank, minutes, monday, question, questions};
use crate::memory::{Memory, Rating, Wait};
use crate::store::{Answer, Card, Error, QuestionId, Recorded, ReviewId, Revised};
use crate::text::{Lang, Reading};

#[tokio::test]
async fn a_review_keeps_everything_it_was_given() {
    let fixture = Fixture::with(questions(2)).await;
    let learner = fixture.guest(1).await;
    let form = Answer {
        reading: Reading::Both(Lang::Zh),
        answer: "  Raw — 原文\u{3000}".to_owned(),
        score: 500,
        took_ms: None,
        ..fixture.form(&learner, "q0", Rating::Again).await
    };
    let Recorded::Recorded(review) = fixture.store.record_form(&learner, &form, monday()).await.unwrap()
    else {
        panic!("not recorded")
    };
    assert_eq!(fixture.store.review(learner.id, review.id).await.unwrap(), Some(review.clone()));
    assert_eq!(review.answer, form);
    assert_eq!((review.at, review.first_exposure, review.undone), (monday(), true, None));
    assert_eq!(review.before, Card::new(learner.id, form.question));
    let second = fixture.answer(&learner, "q0", Rating::Good, monday() + minutes(1)).await;
    assert!(!second.first_exposure);
    assert_eq!(second.before.reps, 1);
}

#[tokio::test]
async fn the_card_moves_on_as_the_preview_said() {
    let fixture = Fixture::with(questions(1)).await;
    let learner = fixture.guest(1).await;
    let mut now = monday();
    for rating in [Rating::Good, Rating::Hard, Rating::Good, Rating::Again, Rating::Good, Rating::Easy] {
        let id = fixture.id("q0").await;
        let before = fixture.store.card(learner.id, id).await.unwrap();
        let preview = before.next(&learner, now);
        let review = fixture.answer(&learner, "q0", rating, now).await;
        assert_eq!(review.before, before);
        assert_eq!(review.next(&learner), preview);
        let after = fixture.store.card(learner.id, id).await.unwrap();
        assert_same_memory(&after.memory, &preview.after(rating).memory);
        assert_eq!((after.turn, after.reps), (before.turn + 1, before.reps + 1));
        now = after.memory.due().unwrap();
    }
    let card = fixture.store.card(learner.id, fixture.id("q0").await).await.unwrap();
    assert_eq!(card.lapses, 1);
}

/// The same but for stability and difficulty, which are kept to a millionth.
fn assert_same_memory(found: &Memory, expected: &Memory) {
    assert_eq!((found.due(), found.last()), (expected.due(), expected.last()));
    assert_eq!(std::mem::discriminant(found), std::mem::discriminant(expected));
    let (found, expected) = (found.strength().unwrap(), expected.strength().unwrap());
    assert!((found.stability() - expected.stability()).abs() <= 1e-6 * expected.stability().max(1.0));
    assert!((found.difficulty() - expected.difficulty()).abs() <= 2e-6);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_same_form_posted_twenty_times_at_once_records_one_review() {
    let fixture = Fixture::with(questions(1)).await;
    let learner = fixture.guest(1).await;
    for turn in 0..3 {
        let form = fixture.form(&learner, "q0", Rating::Good).await;
        assert_eq!(form.turn, turn);
        let posts: Vec<_> = (0..20)
            .map(|_| {
                let (store, learner, form) = (fixture.store.clone(), learner.clone(), form.clone());
                tokio::spawn(async move { store.record_form(&learner, &form, monday()).await.unwrap() })
            })
            .collect();
        let (mut written, mut ids) = (0, HashSet::new());
        for post in posts {
            match post.await.unwrap() {
                Recorded::Recorded(review) => {
                    written += 1;
                    ids.insert(review.id);
                }
                Recorded::AlreadyRecorded(review) => {
                    ids.insert(review.id);
                }
                Recorded::Stale => panic!("a recorded turn is not stale"),
            }
        }
        assert_eq!((written, ids.len()), (1, 1));
    }
    let card = fixture.store.card(learner.id, fixture.id("q0").await).await.unwrap();
    assert_eq!((card.turn, card.reps), (3, 3));
    let today = fixture.store.day_summary(&learner, monday()).await.unwrap();
    assert_eq!(today.answered, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_learners_answer_at_once_and_nobody_is_turned_away() {
    let fixture = Fixture::with(questions(10)).await;
    let mut tasks = Vec::new();
    for number in 0..10 {
        let learner = fixture.guest(number).await;
        for n in 0..10 {
            let form = fixture.form(&learner, &format!("q{n}"), Rating::Good).await;
            let (store, learner) = (fixture.store.clone(), learner.clone());
            tasks.push(tokio::spawn(async move {
                store.study(&learner, None, monday()).await.unwrap();
                store.record_form(&learner, &form, monday()).await.unwrap()
            }));
        }
    }
    for task in tasks {
        assert!(matches!(task.await.unwrap(), Recorded::Recorded(_)));
    }
}

#[tokio::test]
async fn two_learners_do_not_see_each_other() {
    let fixture = Fixture::with(questions(2)).await;
    let (one, two) = (fixture.guest(1).await, fixture.guest(2).await);
    let review = fixture.answer(&one, "q0", Rating::Easy, monday()).await;
    let id = fixture.id("q0").await;
    assert_eq!(fixture.store.card(two.id, id).await.unwrap(), Card::new(two.id, id));
    assert_eq!(fixture.store.review(two.id, review.id).await.unwrap(), None);
    assert!(matches!(
        fixture.store.revise(&two, review.id, Rating::Hard).await,
        Err(Error::NotFound("review"))
    ));
    assert_eq!(fixture.store.undo(two.id, None, monday()).await.unwrap(), None);
    assert_eq!(fixture.next(&two, monday()).await.unwrap().question.ident, "q0");
    assert_eq!(fixture.next(&one, monday()).await.unwrap().question.ident, "q1");
    assert_eq!(fixture.store.day_summary(&two, monday()).await.unwrap().answered, 0);
}

#[tokio::test]
async fn an_answer_to_what_is_not_there_is_refused_and_leaves_no_trace() {
    let fixture = Fixture::with(questions(1)).await;
    let learner = fixture.guest(1).await;
    let form = fixture.form(&learner, "q0", Rating::Good).await;
    let made_up = Answer { hash: "made-up".to_owned(), ..form.clone() };
    assert!(matches!(fixture.store.record_form(&learner, &made_up, monday()).await, Err(Error::NotFound(_))));
    let nowhere = Answer { question: QuestionId(999), ..form.clone() };
    assert!(matches!(fixture.store.record_form(&learner, &nowhere, monday()).await, Err(Error::NotFound(_))));
    let ahead = Answer { turn: 5, ..form.clone() };
    assert_eq!(fixture.store.record_form(&learner, &ahead, monday()).await.unwrap(), Recorded::Stale);
    let card = fixture.store.card(learner.id, form.question).await.unwrap();
    assert_eq!(card, Card::new(learner.id, form.question));
    assert_eq!(fixture.store.review(learner.id, ReviewId(1)).await.unwrap(), None);
}

#[tokio::test]
async fn a_revised_rating_stands_as_if_it_had_been_given_from_the_first() {
    let fixture = Fixture::with(questions(2)).await;
    let learner = fixture.guest(1).await;
    let review = fixture.answer(&learner, "q0", Rating::Good, monday()).await;
    fixture.answer(&learner, "q1", Rating::Easy, monday()).await;
    // Twice, and a minute later: the same as once and at once.
    for _ in 0..2 {
        let Revised::Revised(revised) =
            fixture.store.revise(&learner, review.id, Rating::Easy).await.unwrap()
        else {
            panic!("too late")
        };
        assert_eq!(revised.answer.rating, Rating::Easy);
        assert_eq!(fixture.store.review(learner.id, review.id).await.unwrap(), Some(revised));
    }
    let revised = fixture.store.card(learner.id, fixture.id("q0").await).await.unwrap();
    assert_same_memory(&revised.memory, &review.next(&learner).easy.memory);
    assert!(matches!(review.next(&learner).easy.wait, Wait::Days(_)));
    assert_eq!((revised.turn, revised.reps), (1, 1));
}

#[tokio::test]
async fn revising_counts_and_discounts_a_lapse() {
    let fixture = Fixture::with(questions(1)).await;
    let learner = fixture.guest(1).await;
    fixture.answer(&learner, "q0", Rating::Easy, monday()).await;
    let review = fixture.answer(&learner, "q0", Rating::Again, monday()).await;
    let lapses = async || fixture.store.card(learner.id, review.answer.question).await.unwrap().lapses;
    assert_eq!(lapses().await, 1);
    fixture.store.revise(&learner, review.id, Rating::Hard).await.unwrap();
    assert_eq!(lapses().await, 0);
    fixture.store.revise(&learner, review.id, Rating::Again).await.unwrap();
    assert_eq!(lapses().await, 1);
}

#[tokio::test]
async fn only_the_latest_answer_to_a_card_can_be_revised() {
    let fixture = Fixture::with(questions(1)).await;
    let learner = fixture.guest(1).await;
    let first = fixture.answer(&learner, "q0", Rating::Good, monday()).await;
    let second = fixture.answer(&learner, "q0", Rating::Good, monday() + minutes(10)).await;
    let card = fixture.store.card(learner.id, first.answer.question).await.unwrap();
    let late = fixture.store.revise(&learner, first.id, Rating::Easy).await.unwrap();
    assert_eq!(late, Revised::TooLate(first.clone()));
    assert_eq!(fixture.store.card(learner.id, first.answer.question).await.unwrap(), card);
    // Once the second is undone, the first is the latest again.
    fixture.store.undo(learner.id, None, monday() + minutes(11)).await.unwrap();
    assert!(matches!(
        fixture.store.revise(&learner, second.id, Rating::Easy).await.unwrap(),
        Revised::TooLate(_)
    ));
    assert!(matches!(
        fixture.store.revise(&learner, first.id, Rating::Easy).await.unwrap(),
        Revised::Revised(_)
    ));
    let card = fixture.store.card(learner.id, first.answer.question).await.unwrap();
    assert_eq!((card.turn, card.reps), (2, 1));
    assert_same_memory(&card.memory, &first.next(&learner).easy.memory);
}

#[tokio::test]
async fn undo_goes_back_answer_by_answer_and_keeps_the_log() {
    let fixture = Fixture::with(questions(2)).await;
    let learner = fixture.guest(1).await;
    let mut reviews = Vec::new();
    for (n, ident) in ["q0", "q1", "q0"].into_iter().enumerate() {
        reviews.push(fixture.answer(&learner, ident, Rating::Good, monday() + minutes(n as i64)).await);
    }
    let now = monday() + minutes(30);
    for (turn, review) in [(2, &reviews[2]), (1, &reviews[1]), (2, &reviews[0])] {
        let undone = fixture.store.undo(learner.id, None, now).await.unwrap().unwrap();
        assert_eq!((undone.id, undone.undone), (review.id, Some(now)));
        let card = fixture.store.card(learner.id, review.answer.question).await.unwrap();
        assert_eq!(card, Card { turn, ..review.before });
        assert_eq!(fixture.store.review(learner.id, review.id).await.unwrap(), Some(undone));
    }
    assert_eq!(fixture.store.undo(learner.id, None, now).await.unwrap(), None);
    assert_eq!(fixture.store.day_summary(&learner, now).await.unwrap().answered, 0);
    assert_eq!(fixture.next(&learner, now).await.unwrap().card.turn, 2);
}

#[tokio::test]
async fn a_form_whose_answer_was_undone_is_stale_and_the_next_one_counts() {
    let fixture = Fixture::with(questions(1)).await;
    let learner = fixture.guest(1).await;
    let form = fixture.form(&learner, "q0", Rating::Again).await;
    fixture.store.record_form(&learner, &form, monday()).await.unwrap();
    fixture.store.undo(learner.id, None, monday()).await.unwrap();
    assert_eq!(fixture.store.record_form(&learner, &form, monday()).await.unwrap(), Recorded::Stale);
    let again = fixture.answer(&learner, "q0", Rating::Good, monday()).await;
    assert_eq!((again.answer.turn, again.before.reps, again.first_exposure), (1, 0, false));
}

#[tokio::test]
async fn a_card_that_began_afresh_is_neither_revised_nor_undone_into_its_old_memory() {
    let fixture = Fixture::with(vec![question("q", None, "?", "a")]).await;
    let learner = fixture.guest(1).await;
    let in_flight = fixture.form(&learner, "q", Rating::Good).await;
    let review = fixture.answer(&learner, "q", Rating::Good, monday()).await;
    let shown_since = fixture.form(&learner, "q", Rating::Good).await;
    fixture.store.sync_bank(&bank("2", vec![question("q", None, "?", "b")]), monday()).await.unwrap();

    let afresh = fixture.store.card(learner.id, review.answer.question).await.unwrap();
    assert_eq!((afresh.memory, afresh.reps, afresh.turn), (Memory::New, 0, 2));
    assert_eq!(fixture.store.record_form(&learner, &shown_since, monday()).await.unwrap(), Recorded::Stale);
    let first_again = fixture.store.record_form(&learner, &in_flight, monday()).await.unwrap();
    assert_eq!(first_again, Recorded::AlreadyRecorded(review.clone()));
    assert_eq!(
        fixture.store.revise(&learner, review.id, Rating::Easy).await.unwrap(),
        Revised::TooLate(review.clone())
    );
    assert!(fixture.store.undo(learner.id, None, monday()).await.unwrap().is_some());
    assert_eq!(fixture.store.card(learner.id, review.answer.question).await.unwrap(), afresh);
}
