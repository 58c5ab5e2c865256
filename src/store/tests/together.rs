//! Answers that arrive at the same moment.

use std::time::Duration;

use tokio::task::JoinHandle;

use super::{Fixture, days, monday, questions};
use crate::memory::Rating;
use crate::store::{Answer, Error, Learner, Recorded, Result, Revised};

impl Fixture {
    fn post(&self, learner: &Learner, form: Answer) -> JoinHandle<Result<Recorded>> {
        let (store, learner) = (self.store.clone(), learner.clone());
        tokio::spawn(async move { store.record_form(&learner, &form, monday()).await })
    }

    /// Has the answers of a class wait for their turn, in their order.
    async fn queue(&self, class: &[(Learner, Answer)]) -> Vec<JoinHandle<Result<Recorded>>> {
        let turn = self.store.desk.turn.lock().await;
        let mut posts = Vec::new();
        for (learner, form) in class {
            posts.push(self.post(learner, form.clone()));
            self.until_waiting(posts.len()).await;
        }
        drop(turn);
        posts
    }

    /// Until so many answers wait.
    async fn until_waiting(&self, number: usize) {
        while self.store.desk.waiting.lock().unwrap().len() != number {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

/// Learners, and what each of them answers.
async fn class(fixture: &Fixture, size: u8) -> Vec<(Learner, Answer)> {
    let mut class = Vec::new();
    for number in 0..size {
        let learner = fixture.guest(number).await;
        let form = fixture.form(&learner, "q0", Rating::Good).await;
        class.push((learner, form));
    }
    class
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_made_up_answer_among_those_of_a_class_is_refused_alone() {
    let fixture = Fixture::with(questions(1)).await;
    let mut class = class(&fixture, 8).await;
    class[3].1.hash = "made-up".to_owned();
    let posts = fixture.queue(&class).await;
    for (number, post) in posts.into_iter().enumerate() {
        match post.await.unwrap() {
            Err(Error::NotFound(_)) => assert_eq!(number, 3),
            Ok(Recorded::Recorded(review)) => {
                assert_eq!(review.learner, class[number].0.id);
                let kept = fixture.store.review(review.learner, review.id).await.unwrap();
                assert_eq!(kept, Some(review));
            }
            other => panic!("answer {number}: {other:?}"),
        }
    }
}

/// More than one statement holds, with forms that were sent twice among them, and learners who answer from two tabs.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_of_many_answers_is_recorded_once_and_told_to_whoever_sent_it() {
    let fixture = Fixture::with(questions(2)).await;
    let mut forms = class(&fixture, 10).await;
    for number in [0, 9] {
        let learner = forms[number].0.clone();
        forms.push((learner.clone(), fixture.form(&learner, "q1", Rating::Easy).await));
        forms.push(forms[number].clone());
    }
    let posts = fixture.queue(&forms).await;
    let mut recorded = Vec::new();
    for ((learner, form), post) in forms.iter().zip(posts) {
        match post.await.unwrap().unwrap() {
            Recorded::Recorded(review) => {
                assert_eq!((review.learner, &review.answer), (learner.id, form));
                assert_eq!(
                    fixture.store.review(learner.id, review.id).await.unwrap().as_ref(),
                    Some(&review)
                );
                recorded.push(review);
            }
            Recorded::AlreadyRecorded(review) => assert!(recorded.contains(&review), "{review:?}"),
            Recorded::Stale => panic!("{form:?} is stale"),
        }
    }
    assert_eq!(recorded.len(), 12);
    for review in recorded {
        let card = fixture.store.card(review.learner, review.answer.question).await.unwrap();
        assert_eq!((card.turn, card.reps), (1, 1));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_goes_while_carrying_the_answers_of_others_loses_none_of_them() {
    let fixture = Fixture::with(questions(1)).await;
    let class = class(&fixture, 4).await;
    let others_write = fixture.store.writer().await.unwrap();
    let mut posts = fixture.queue(&class).await;
    // The first has taken all of them along, and stands before a database that someone else writes.
    fixture.until_waiting(0).await;
    posts.remove(0).abort();
    drop(others_write);
    for post in posts {
        assert!(matches!(post.await.unwrap(), Ok(Recorded::Recorded(_))));
    }
    // A browser that has heard nothing sends its form again.
    let (learner, form) = &class[0];
    assert!(matches!(
        fixture.store.record_form(learner, form, monday()).await.unwrap(),
        Recorded::Recorded(_)
    ));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_whose_asker_has_gone_before_its_turn_is_not_recorded_later() {
    let fixture = Fixture::with(questions(1)).await;
    let class = class(&fixture, 2).await;
    let turn = fixture.store.desk.turn.lock().await;
    let gone = fixture.post(&class[0].0, class[0].1.clone());
    fixture.until_waiting(1).await;
    gone.abort();
    assert!(gone.await.unwrap_err().is_cancelled());
    drop(turn);
    fixture.answer(&class[1].0, "q0", Rating::Good, monday()).await;
    assert_eq!(fixture.store.day_summary(&class[0].0, monday()).await.unwrap().answered, 0);
    assert_eq!(fixture.store.day_summary(&class[1].0, monday()).await.unwrap().answered, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_card_that_changes_while_its_next_answer_waits_is_read_again() {
    let fixture = Fixture::with(questions(1)).await;
    let learner = fixture.guest(1).await;
    let first = fixture.answer(&learner, "q0", Rating::Good, monday()).await;
    let form = fixture.form(&learner, "q0", Rating::Good).await;
    let turn = fixture.store.desk.turn.lock().await;
    let post = fixture.post(&learner, form.clone());
    fixture.until_waiting(1).await;
    let revised = fixture.store.revise(&learner, first.id, Rating::Easy).await.unwrap();
    assert!(matches!(revised, Revised::Revised(_)));
    let card = fixture.store.card(learner.id, form.question).await.unwrap();
    drop(turn);
    let Ok(Recorded::Recorded(second)) = post.await.unwrap() else { panic!("not recorded") };
    assert_eq!(second.before, card);
}

#[tokio::test]
async fn a_card_with_numbers_that_nobody_here_has_written_is_answered_all_the_same() {
    let fixture = Fixture::with(questions(1)).await;
    let learner = fixture.guest(1).await;
    fixture.answer(&learner, "q0", Rating::Easy, monday()).await;
    // Finer than such a number is kept.
    fixture.on_the_writer("update cards set stability = 123456789123").await;
    let review = fixture.answer(&learner, "q0", Rating::Good, monday() + days(20)).await;
    let card = fixture.store.card(learner.id, review.answer.question).await.unwrap();
    assert_eq!((card.turn, card.reps), (2, 2));
}
