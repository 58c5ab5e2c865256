//! Summaries of days past and to come.

use super::{Fixture, days, minutes, monday, question, questions};
use crate::memory::Rating;
use crate::store::FactCount;

#[tokio::test]
async fn the_day_is_summed_up_by_fact_with_the_weakest_first() {
    let fixture = Fixture::with(vec![
        question("a", Some("fact-a"), "?", "x"),
        question("b", Some("fact-b"), "?", "x"),
        question("loose", None, "?", "x"),
    ])
    .await;
    let learner = fixture.guest(1).await;
    for (ident, rating) in [
        ("a", Rating::Good),
        ("b", Rating::Again),
        ("b", Rating::Good),
        ("loose", Rating::Again),
        ("a", Rating::Good),
    ] {
        fixture.answer(&learner, ident, rating, monday()).await;
    }
    fixture.answer(&learner, "a", Rating::Again, monday() - days(1)).await;
    let summary = fixture.store.day_summary(&learner, monday()).await.unwrap();
    assert_eq!((summary.answered, summary.right, summary.new), (5, 3, 3));
    let fact = |fact: &str, answered, right| FactCount { fact: fact.to_owned(), answered, right, new: 1 };
    assert_eq!(summary.facts, [fact("fact-b", 2, 1), fact("fact-a", 2, 2)]);
    let tomorrow = fixture.store.day_summary(&learner, monday() + days(1)).await.unwrap();
    assert_eq!(tomorrow, Default::default());
}

#[tokio::test]
async fn the_history_has_every_day_and_counts_true_retention() {
    let fixture = Fixture::with(questions(4)).await;
    let learner = fixture.guest(1).await;
    for n in 0..4 {
        fixture.answer(&learner, &format!("q{n}"), Rating::Easy, monday()).await;
    }
    // Thirty days later: three remembered, one forgotten, learned again in the same sitting; one answer undone.
    let later = monday() + days(30);
    for (ident, rating) in [
        ("q0", Rating::Good),
        ("q1", Rating::Hard),
        ("q2", Rating::Easy),
        ("q3", Rating::Again),
        ("q3", Rating::Good),
    ] {
        fixture.answer(&learner, ident, rating, later).await;
    }
    fixture.answer(&learner, "q0", Rating::Again, later + minutes(1)).await;
    fixture.store.undo(learner.id, None, later + minutes(2)).await.unwrap();

    let history = fixture.store.history(&learner, 31, later).await.unwrap();
    assert_eq!(history.len(), 31);
    assert_eq!(history[0].day.date().to_string(), "2026-03-02");
    assert_eq!(history[30].day.date().to_string(), "2026-04-01");
    assert_eq!((history[0].answered, history[0].new, history[0].asked), (4, 4, 0));
    let last = history[30];
    assert_eq!((last.answered, last.new, last.asked, last.remembered, last.took_ms), (5, 0, 4, 3, 20_000));
    assert!(history[1..30].iter().all(|day| day.answered == 0 && day.took_ms == 0));
}

#[tokio::test]
async fn the_forecast_puts_what_is_overdue_on_the_first_day() {
    let fixture = Fixture::with(questions(3)).await;
    let learner = fixture.guest(1).await;
    let mut due = Vec::new();
    for (n, at) in [(0, monday() - days(40)), (1, monday()), (2, monday() + minutes(1))] {
        let review = fixture.answer(&learner, &format!("q{n}"), Rating::Easy, at).await;
        due.push(review.next(&learner).easy.memory.due().unwrap());
    }
    // A card on its steps is not in the forecast.
    let forecast = fixture.store.forecast(&learner, 14, monday()).await.unwrap();
    assert_eq!(forecast.len(), 14);
    assert_eq!(forecast[0].due, 1);
    assert_eq!(forecast.iter().map(|day| day.due).sum::<u32>(), 3);
    for due in &due[1..] {
        let day = learner.settings.days.day_of(*due);
        assert!(forecast.iter().any(|count| count.day == day && count.due > 0), "{due}");
    }
}

#[tokio::test]
async fn a_day_off_and_a_new_learner_are_all_zeros() {
    let fixture = Fixture::with(questions(1)).await;
    let learner = fixture.guest(1).await;
    let history = fixture.store.history(&learner, 30, monday()).await.unwrap();
    assert!(history.len() == 30 && history.iter().all(|day| day.answered == 0 && day.asked == 0));
    let forecast = fixture.store.forecast(&learner, 14, monday()).await.unwrap();
    assert!(forecast.iter().all(|day| day.due == 0));
}
