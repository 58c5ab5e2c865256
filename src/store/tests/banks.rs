//! Taking in versions of a bank, and how far a learner is with it.

use super::{Fixture, bank, days, monday, question, questions};
use crate::memory::{Memory, Rating};
use crate::store::{Audience, BankSync, Change, ScenarioSync};
use crate::text::Text;

fn changes(changes: &[(String, Change)]) -> Vec<(&str, Change)> {
    changes.iter().map(|(ident, change)| (&**ident, *change)).collect()
}

#[tokio::test]
async fn a_sync_tells_what_changed_question_by_question() {
    let fixture = Fixture::with(vec![
        question("same", None, "?", "a"),
        question("typo", None, "wrods", "a"),
        question("other-answer", None, "?", "a"),
        question("gone", None, "?", "a"),
    ])
    .await;
    let second = vec![
        question("same", None, "?", "a"),
        question("typo", None, "words", "a"),
        question("other-answer", None, "?", "b"),
        question("new", None, "?", "a"),
    ];
    assert_eq!(
        changes(&fixture.sync("2", second.clone()).await),
        [
            ("typo", Change::Edited),
            ("other-answer", Change::Reset),
            ("new", Change::Added),
            ("gone", Change::Removed)
        ]
    );
    assert_eq!(changes(&fixture.sync("3", second.clone()).await), []);
    let mut third = second;
    third.insert(1, question("gone", None, "?", "a"));
    assert_eq!(
        changes(&fixture.sync("4", third).await),
        [
            ("gone", Change::Restored),
            // They stand one place further on.
            ("typo", Change::Moved),
            ("other-answer", Change::Moved),
            ("new", Change::Moved)
        ]
    );
    let bank = fixture.store.bank("pods").await.unwrap().unwrap();
    let order: Vec<String> =
        fixture.store.questions(bank.id).await.unwrap().into_iter().map(|q| q.ident).collect();
    assert_eq!(order, ["same", "gone", "typo", "other-answer", "new"]);
}

#[tokio::test]
async fn the_same_digest_is_not_looked_at() {
    let fixture = Fixture::with(questions(2)).await;
    assert_eq!(fixture.sync("1", Vec::new()).await, []);
    let bank = fixture.store.bank("pods").await.unwrap().unwrap();
    assert_eq!(fixture.store.questions(bank.id).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_typo_keeps_the_cards_and_another_answer_begins_them_afresh() {
    let before = vec![question("typo", None, "wrods", "a"), question("other", None, "?", "a")];
    let fixture = Fixture::with(before).await;
    let learners = [fixture.guest(1).await, fixture.guest(2).await];
    for learner in &learners {
        fixture.answer(learner, "typo", Rating::Easy, monday()).await;
        fixture.answer(learner, "other", Rating::Easy, monday()).await;
    }
    let (typo, other) = (fixture.id("typo").await, fixture.id("other").await);
    let mut kept = Vec::new();
    for learner in &learners {
        kept.push(fixture.store.card(learner.id, typo).await.unwrap());
    }
    fixture.sync("2", vec![question("typo", None, "words", "a"), question("other", None, "?", "b")]).await;
    for (learner, kept) in learners.iter().zip(kept) {
        assert_eq!(fixture.store.card(learner.id, typo).await.unwrap(), kept);
        let other = fixture.store.card(learner.id, other).await.unwrap();
        assert_eq!((other.memory, other.turn), (Memory::New, 2));
        // What was answered stays in the log.
        assert_eq!(fixture.store.day_summary(learner, monday()).await.unwrap().answered, 2);
        // It is asked again, as a new card.
        assert_eq!(fixture.next(learner, monday() + days(1)).await.unwrap().question.ident, "other");
    }
}

#[tokio::test]
async fn a_removed_question_is_not_asked_and_remembered_when_it_comes_back() {
    let fixture = Fixture::with(questions(1)).await;
    let learner = fixture.guest(1).await;
    let review = fixture.answer(&learner, "q0", Rating::Good, monday()).await;
    fixture.sync("2", Vec::new()).await;
    let due = monday() + days(1);
    assert_eq!(fixture.next(&learner, due).await, None);
    assert_eq!(fixture.left(&learner, due).await, (0, 0, 0));
    assert_eq!(fixture.store.resume(&learner, due).await.unwrap(), None);
    assert!(fixture.store.question(review.answer.question).await.unwrap().unwrap().removed);
    fixture.sync("3", questions(1)).await;
    assert_eq!(fixture.next(&learner, due).await.unwrap().card.turn, 1);
}

#[tokio::test]
async fn every_version_that_was_shown_stays_readable() {
    let mut first = question("q", None, "first", "a");
    first.frozen = Some("{\"value\":3}".to_owned());
    first.simulator = Some("1".to_owned());
    let fixture = Fixture::with(vec![first.clone()]).await;
    fixture.sync("2", vec![question("q", None, "second", "a")]).await;
    let id = fixture.id("q").await;
    let old = fixture.store.version(id, &first.hash).await.unwrap().unwrap();
    assert_eq!(
        (old.body, old.frozen, old.simulator),
        (first.body.clone(), first.frozen.clone(), first.simulator.clone())
    );
    let hash = fixture.store.question(id).await.unwrap().unwrap().hash;
    assert!(fixture.store.version(id, &hash).await.unwrap().unwrap().body.contains("second"));
    assert_eq!(fixture.store.version(id, "unknown").await.unwrap(), None);
    // Back to the first words: the version is there already.
    fixture.sync("3", vec![first.clone()]).await;
    assert_eq!(fixture.store.question(id).await.unwrap().unwrap().hash, first.hash);
}

#[tokio::test]
async fn scenarios_are_kept_by_hash() {
    let fixture = Fixture::with(Vec::new()).await;
    let scenario = |hash: &str, source: &str| ScenarioSync {
        hash: hash.to_owned(),
        name: "node-failure".to_owned(),
        source: source.to_owned(),
    };
    for (digest, scenario) in [("2", scenario("h1", "old")), ("3", scenario("h2", "new"))] {
        let synced = BankSync { scenarios: vec![scenario], ..bank(digest, Vec::new()) };
        fixture.store.sync_bank(&synced, monday()).await.unwrap();
    }
    assert_eq!(fixture.store.scenario("h1").await.unwrap().as_deref(), Some("old"));
    assert_eq!(fixture.store.scenario("h2").await.unwrap().as_deref(), Some("new"));
    assert_eq!(fixture.store.scenario("h3").await.unwrap(), None);
}

#[tokio::test]
async fn a_bank_of_thousands_of_questions_is_taken_in_and_changed_whole() {
    let fixture = Fixture::with(questions(2500)).await;
    let learner = fixture.guest(1).await;
    fixture.answer(&learner, "q2400", Rating::Easy, monday()).await;
    let all_other: Vec<_> = (0..2500).map(|n| question(&format!("q{n}"), None, "?", "b")).collect();
    let changed = fixture.sync("2", all_other).await;
    assert_eq!(changed.len(), 2500);
    assert!(changed.iter().all(|(_, change)| *change == Change::Reset));
    let card = fixture.store.card(learner.id, fixture.id("q2400").await).await.unwrap();
    assert_eq!(card.memory, Memory::New);
    assert_eq!(fixture.sync("3", Vec::new()).await.len(), 2500);
    let progress = fixture.store.bank_progress(learner.id).await.unwrap();
    assert_eq!(progress[0].questions, 0);
}

#[tokio::test]
async fn a_bank_for_everyone_is_studied_by_those_who_came_before_and_after() {
    let fixture = Fixture::with(Vec::new()).await;
    let before = fixture.guest(1).await;
    let another = |slug: &str, audience| BankSync {
        slug: slug.to_owned(),
        audience,
        ..bank("1", vec![question("x", None, "?", "a")])
    };
    let later = monday() + days(1);
    fixture.store.sync_bank(&another("second", Audience::Everyone), later).await.unwrap();
    let private = fixture.store.sync_bank(&another("mine", Audience::Private), later).await.unwrap().bank;
    let after = fixture.guest(2).await;
    for learner in [&before, &after] {
        let progress = fixture.store.bank_progress(learner.id).await.unwrap();
        let slugs: Vec<&str> = progress.iter().map(|p| &*p.bank.slug).collect();
        assert_eq!(slugs, ["pods", "second"]);
    }
    // Who left is not brought back by the next version; who was enrolled in a private one studies it.
    let second = fixture.store.bank("second").await.unwrap().unwrap();
    fixture.store.leave(before.id, second.id).await.unwrap();
    let newer = BankSync { digest: "2".to_owned(), ..another("second", Audience::Everyone) };
    fixture.store.sync_bank(&newer, later + days(1)).await.unwrap();
    assert_eq!(fixture.next(&before, later).await, None);
    fixture.store.enroll(before.id, private, later).await.unwrap();
    fixture.store.enroll(before.id, private, later).await.unwrap();
    assert_eq!(fixture.next(&before, later).await.unwrap().question.bank, private);
}

#[tokio::test]
async fn progress_counts_each_question_once() {
    let fixture = Fixture::with(questions(5)).await;
    let learner = fixture.guest(1).await;
    fixture.answer(&learner, "q0", Rating::Good, monday()).await;
    fixture.answer(&learner, "q1", Rating::Easy, monday()).await;
    fixture.answer(&learner, "q2", Rating::Easy, monday()).await;
    fixture.answer(&learner, "q2", Rating::Easy, monday() + days(30)).await;
    let progress = fixture.store.bank_progress(learner.id).await.unwrap();
    assert_eq!(progress.len(), 1);
    let progress = &progress[0];
    assert_eq!(progress.bank.title, Text::both("豆荚", "Pods"));
    assert_eq!(
        (progress.questions, progress.new, progress.learning, progress.young, progress.mature),
        (5, 2, 1, 1, 1)
    );
}
