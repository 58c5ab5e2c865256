//! What is asked next, and how much is left.

use jiff::SignedDuration;

use super::{Fixture, days, in_shanghai, minutes, monday, question, questions};
use crate::memory::Rating;
use crate::store::{Settings, TokenHash};

fn limits(new_per_day: u32, reviews_per_day: u32) -> Settings {
    Settings { new_per_day, reviews_per_day, ..in_shanghai() }
}

#[tokio::test]
async fn new_cards_come_in_the_order_of_the_bank() {
    let fixture = Fixture::with(questions(4)).await;
    let learner = fixture.guest(1).await;
    assert_eq!(fixture.left(&learner, monday()).await, (4, 0, 0));
    // Each comes back for its second step once nothing else is left: within twenty minutes, so ahead of time.
    assert_eq!(fixture.sit(&learner, monday()).await, ["q0", "q1", "q2", "q3", "q0", "q1", "q2", "q3"]);
    assert_eq!(fixture.left(&learner, monday() + minutes(5)).await, (0, 0, 0));
}

#[tokio::test]
async fn the_same_card_comes_until_it_is_answered() {
    let fixture = Fixture::with(questions(3)).await;
    let learner = fixture.guest(1).await;
    let first = fixture.next(&learner, monday()).await;
    assert_eq!(fixture.next(&learner, monday() + minutes(1)).await, first);
}

#[tokio::test]
async fn a_wrong_answer_comes_back_in_the_same_sitting_when_its_minute_is_over() {
    let fixture = Fixture::with(questions(3)).await;
    let learner = fixture.guest(1).await;
    fixture.answer(&learner, "q0", Rating::Again, monday()).await;
    assert_eq!(fixture.left(&learner, monday()).await, (2, 1, 0));
    let at = |seconds| monday() + SignedDuration::from_secs(seconds);
    assert_eq!(fixture.next(&learner, at(59)).await.unwrap().question.ident, "q1");
    assert_eq!(fixture.next(&learner, at(60)).await.unwrap().question.ident, "q0");
}

#[tokio::test]
async fn a_card_on_its_steps_is_shown_at_most_twenty_minutes_early() {
    let fixture = Fixture::with(questions(1)).await;
    let learner = fixture.guest(1).await;
    let review = fixture.answer(&learner, "q0", Rating::Good, monday()).await;
    let due = monday() + minutes(10);
    assert!(fixture.next(&learner, monday()).await.is_some());
    // Answered at a clock that ran ahead by an hour: due in seventy minutes, shown from fifty on.
    fixture.store.undo(learner.id, None, monday()).await.unwrap();
    fixture.answer(&learner, "q0", Rating::Good, monday() + minutes(60)).await;
    assert_eq!(review.next(&learner).good.memory.due(), Some(due));
    assert_eq!(fixture.next(&learner, monday() + minutes(49)).await, None);
    assert_eq!(fixture.left(&learner, monday()).await, (0, 1, 0));
    assert_eq!(fixture.store.resume(&learner, monday()).await.unwrap(), Some(monday() + minutes(50)));
    assert!(fixture.next(&learner, monday() + minutes(50)).await.is_some());
}

#[tokio::test]
async fn the_day_ends_at_the_limit_of_new_cards_and_starts_again_at_four() {
    let fixture = Fixture::with(questions(5)).await;
    let learner = fixture.guest_who(1, limits(2, 200)).await;
    assert_eq!(fixture.left(&learner, monday()).await, (2, 0, 0));
    assert_eq!(fixture.sit(&learner, monday()).await, ["q0", "q1", "q0", "q1"]);
    // 04:00 on Tuesday in Shanghai.
    let tuesday = "2026-03-02T20:00:00Z".parse().unwrap();
    let before = tuesday - SignedDuration::from_millis(1);
    assert_eq!(fixture.next(&learner, before).await, None);
    assert_eq!(fixture.store.resume(&learner, before).await.unwrap(), Some(tuesday));
    assert_eq!(fixture.next(&learner, tuesday).await.unwrap().question.ident, "q2");
    assert_eq!(fixture.left(&learner, tuesday).await, (2, 0, 0));
}

#[tokio::test]
async fn the_limit_of_reviews_holds_back_the_latest_due() {
    let fixture = Fixture::with(questions(4)).await;
    let learner = fixture.guest_who(1, limits(20, 3)).await;
    for n in 0..4 {
        fixture.answer(&learner, &format!("q{n}"), Rating::Easy, monday() + minutes(n)).await;
    }
    let later = monday() + days(60);
    assert_eq!(fixture.left(&learner, later).await, (0, 0, 3));
    assert_eq!(fixture.sit(&learner, later).await.len(), 3);
    assert_eq!(fixture.left(&learner, later).await, (0, 0, 0));
    let tomorrow = fixture.store.resume(&learner, later).await.unwrap().unwrap();
    assert_eq!(fixture.left(&learner, tomorrow).await, (0, 0, 1));
}

#[tokio::test]
async fn a_limit_of_zero_shows_nothing_of_that_kind() {
    let fixture = Fixture::with(questions(2)).await;
    let learner = fixture.guest_who(1, limits(0, 0)).await;
    assert_eq!(fixture.next(&learner, monday()).await, None);
    fixture.answer(&learner, "q0", Rating::Easy, monday()).await;
    assert_eq!(fixture.next(&learner, monday() + days(60)).await, None);
    // A card on its steps is not held back.
    fixture.answer(&learner, "q0", Rating::Again, monday() + days(60)).await;
    assert_eq!(fixture.left(&learner, monday() + days(60)).await, (0, 1, 0));
}

#[tokio::test]
async fn an_undone_answer_does_not_count_against_the_limit() {
    let fixture = Fixture::with(questions(3)).await;
    let learner = fixture.guest_who(1, limits(1, 200)).await;
    fixture.answer(&learner, "q0", Rating::Easy, monday()).await;
    assert_eq!(fixture.next(&learner, monday()).await, None);
    fixture.store.undo(learner.id, None, monday()).await.unwrap();
    assert_eq!(fixture.left(&learner, monday()).await, (1, 0, 0));
    assert_eq!(fixture.next(&learner, monday()).await.unwrap().question.ident, "q0");
}

#[tokio::test]
async fn siblings_are_kept_for_another_day() {
    let fixture = Fixture::with(vec![
        question("a1", Some("a"), "?", "x"),
        question("a2", Some("a"), "?", "x"),
        question("b1", Some("b"), "?", "x"),
        question("loose1", None, "?", "x"),
        question("loose2", None, "?", "x"),
    ])
    .await;
    let learner = fixture.guest(1).await;
    assert_eq!(fixture.left(&learner, monday()).await, (4, 0, 0));
    // The card on its steps comes back although its fact was answered; its sibling waits.
    let today = fixture.sit(&learner, monday()).await;
    assert_eq!(today, ["a1", "b1", "loose1", "loose2", "a1", "b1", "loose1", "loose2"]);
    let tuesday = fixture.store.resume(&learner, monday() + minutes(30)).await.unwrap().unwrap();
    assert_eq!(fixture.sit(&learner, tuesday).await, ["a2", "a2"]);

    // As reviews, the two share a day, but only one of them is asked.
    let later = monday() + days(60);
    assert_eq!(fixture.left(&learner, later).await, (0, 0, 4));
    let asked = fixture.sit(&learner, later).await;
    assert_eq!(asked.iter().filter(|ident| ident.starts_with('a')).count(), 1, "{asked:?}");
}

/// However many questions test one fact, as many facts as the day's limit are counted.
#[tokio::test]
async fn new_cards_are_counted_by_their_facts() {
    let of = |fact: usize, n: usize| question(&format!("f{fact}-{n}"), Some(&format!("f{fact}")), "?", "x");
    let by_fact: Vec<_> = (0..30).flat_map(|fact| (0..5).map(move |n| of(fact, n))).collect();
    let in_turns: Vec<_> = (0..5).flat_map(|n| (0..30).map(move |fact| of(fact, n))).collect();
    for bank in [by_fact, in_turns] {
        let fixture = Fixture::with(bank).await;
        let learner = fixture.guest_who(1, limits(20, 200)).await;
        assert_eq!(fixture.left(&learner, monday()).await, (20, 0, 0));
        fixture.answer(&learner, "f7-4", Rating::Easy, monday()).await;
        assert_eq!(fixture.left(&learner, monday()).await, (19, 0, 0));
    }
}

#[tokio::test]
async fn a_fact_has_a_new_card_while_one_of_its_questions_was_never_answered() {
    let whole = || ["a1", "a2", "a3"].map(|ident| question(ident, Some("a"), "?", "x")).to_vec();
    let fixture = Fixture::with(whole()).await;
    let learner = fixture.guest(1).await;
    let new_on = |day: i64| {
        let (fixture, learner) = (&fixture, &learner);
        async move { fixture.left(learner, monday() + days(day)).await.0 }
    };
    fixture.answer(&learner, "a3", Rating::Easy, monday()).await;
    assert_eq!(new_on(1).await, 1, "a1 and a2 are new");
    fixture.answer(&learner, "a1", Rating::Easy, monday() + days(1)).await;
    assert_eq!(new_on(2).await, 1, "a2 is new");

    let without = |left_out: &str| whole().into_iter().filter(|it| it.ident != left_out).collect();
    fixture.sync("2", without("a2")).await;
    assert_eq!(new_on(2).await, 0, "a2 is gone");
    fixture.sync("3", without("a3")).await;
    assert_eq!(new_on(2).await, 1, "a2 is back and the last");
    fixture.answer(&learner, "a2", Rating::Easy, monday() + days(2)).await;
    assert_eq!(new_on(3).await, 0);
}

#[tokio::test]
async fn new_cards_are_mixed_among_the_reviews() {
    let fixture = Fixture::with(questions(6)).await;
    let learner = fixture.guest_who(1, limits(4, 200)).await;
    for n in 0..4 {
        fixture.answer(&learner, &format!("q{n}"), Rating::Easy, monday()).await;
    }
    let later = monday() + days(60);
    assert_eq!(fixture.left(&learner, later).await, (2, 0, 4));
    let mut kinds = String::new();
    let mut now = later;
    for _ in 0..6 {
        let next = fixture.next(&learner, now).await.unwrap();
        kinds.push(if next.card.turn == 0 { 'n' } else { 'r' });
        fixture.answer(&learner, &next.question.ident, Rating::Easy, now).await;
        now += SignedDuration::from_secs(10);
    }
    assert_eq!(kinds, "rnrrnr");
}

#[tokio::test]
async fn reviews_come_in_the_order_in_which_they_are_due() {
    let fixture = Fixture::with(questions(3)).await;
    let learner = fixture.guest(1).await;
    for (ident, ahead) in [("q2", 0), ("q0", 3), ("q1", 6)] {
        fixture.answer(&learner, ident, Rating::Easy, monday() + days(ahead * 10)).await;
    }
    assert_eq!(fixture.sit(&learner, monday() + days(100)).await, ["q2", "q0", "q1"]);
}

#[tokio::test]
async fn the_search_for_new_cards_leaves_behind_what_was_seen_and_misses_nothing() {
    let fixture = Fixture::with(questions(6)).await;
    let learner = fixture.guest(1).await;
    let mut hour = monday();
    let mut touch = async || {
        hour += minutes(60);
        fixture.store.touch_session(&TokenHash([1; 32]), hour).await.unwrap();
        sqlx::query_scalar::<_, i64>("select frontier from enrollments where learner = $1")
            .bind(learner.id.0)
            .fetch_one(&mut *fixture.store.reader().await.unwrap())
            .await
            .unwrap()
    };
    for ident in ["q0", "q1", "q3"] {
        fixture.answer(&learner, ident, Rating::Easy, monday()).await;
    }
    assert_eq!(touch().await, 2);
    assert_eq!(fixture.next(&learner, monday()).await.unwrap().question.ident, "q2");
    fixture.answer(&learner, "q2", Rating::Easy, monday() + minutes(1)).await;
    assert_eq!(touch().await, 4);
    // Undone: new again, and before the frontier.
    fixture.store.undo(learner.id, None, monday()).await.unwrap();
    assert_eq!(fixture.next(&learner, monday()).await.unwrap().question.ident, "q2");
    assert_eq!(touch().await, 2);
    // A question that is put in at the front.
    let mut with_first = questions(6);
    with_first.insert(0, question("first", None, "?", "a"));
    fixture.sync("2", with_first).await;
    assert_eq!(fixture.next(&learner, monday()).await.unwrap().question.ident, "first");
    assert_eq!(fixture.left(&learner, monday()).await, (4, 0, 0));
}
