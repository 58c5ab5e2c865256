//! The hot statements find what they need by index, however large the tables are.

use sqlx::any::AnyArguments;
use sqlx::query::Query;
use sqlx::{Any, AssertSqlSafe, Row};

use super::{Fixture, monday, questions};
use crate::memory::Rating;
use crate::store::banks::RAISE_FRONTIERS;
use crate::store::study::{RESUME, SITTING, SITTING_OF_SESSION};

/// What SQLite would do, a line a step.
async fn plan(fixture: &Fixture, sql: &str) -> Vec<String> {
    let explain = format!("explain query plan {sql}");
    let parameters = (1..=20).filter(|n| sql.contains(&format!("${n}"))).max().unwrap_or(0);
    let mut query: Query<'_, Any, AnyArguments> = sqlx::query(AssertSqlSafe(explain));
    for n in 0..parameters {
        query = query.bind(i64::from(n));
    }
    let rows = query.fetch_all(&mut *fixture.store.reader().await.unwrap()).await.unwrap();
    rows.iter().map(|row| row.get::<String, _>("detail")).collect()
}

/// A learner's few rows that were found already may be scanned, and so may the row of totals; a table may not.
#[track_caller]
fn assert_by_index(plan: &[String], sql: &str) {
    assert!(!plan.is_empty());
    let small = ["today", "steps", "near", "d", "f", "t", "done", "first_step", "known"];
    for step in plan {
        if let Some(scanned) = step.strip_prefix("SCAN ") {
            let name = scanned.split_whitespace().next().unwrap_or_default();
            assert!(
                small.contains(&name)
                    || scanned.starts_with("CONSTANT ROW")
                    || scanned.starts_with("(subquery"),
                "{step} in the plan of {sql}:\n{}",
                plan.join("\n")
            );
        }
    }
}

#[tokio::test]
async fn no_hot_statement_scans_cards_reviews_or_questions() {
    let fixture = Fixture::with(questions(3)).await;
    for sql in [
        SITTING,
        SITTING_OF_SESSION,
        RESUME,
        RAISE_FRONTIERS,
        "select turn from cards where learner = $1 and question = $2",
        "select turn from cards where learner = $1 and question = $2 or learner = $3 and question = $4",
        "select id from reviews where learner = $1 and question = $2 and turn = $3",
        "select id from reviews where learner = $1 and undone_at is null order by answered_at desc, id desc limit 1",
        "select s.seen_at from sessions s join learners l on l.id = s.learner where s.token_hash = $1",
        "update cards set state = 'new', due_at = null where question in ($1, $2)",
    ] {
        assert_by_index(&plan(&fixture, sql).await, sql);
    }
}

#[tokio::test]
async fn the_last_answer_and_the_due_cards_are_read_in_the_order_of_their_index() {
    let fixture = Fixture::with(questions(3)).await;
    let undo = "select id from reviews where learner = $1 and undone_at is null order by answered_at desc, id desc limit 1";
    let plan_of_undo = plan(&fixture, undo).await;
    assert!(plan_of_undo.iter().any(|step| step.contains("reviews_by_day")), "{plan_of_undo:?}");
    assert!(!plan_of_undo.iter().any(|step| step.contains("TEMP B-TREE")), "{plan_of_undo:?}");
    let sitting = plan(&fixture, SITTING).await;
    for index in [
        "reviews_by_day",
        "cards_due (learner=? AND state=? AND due_at<?)",
        "COVERING INDEX questions_in_order (bank=? AND removed_at=?",
        "COVERING INDEX last_of_facts (bank=? AND position>?",
        "COVERING INDEX questions_of_fact (bank=? AND fact=? AND removed_at=?",
    ] {
        assert!(sitting.iter().any(|step| step.contains(index)), "{index} is not in\n{}", sitting.join("\n"));
    }
}

/// `analyze` on real tables must not talk the planner out of the indexes.
#[tokio::test]
async fn the_plans_hold_with_statistics_too() {
    let fixture = Fixture::with(questions(50)).await;
    for number in 1..4 {
        let learner = fixture.guest(number).await;
        for n in 0..30 {
            fixture.answer(&learner, &format!("q{n}"), Rating::Easy, monday()).await;
        }
    }
    let mut writer = fixture.store.writer().await.unwrap();
    let mut tx = writer.begin().await.unwrap();
    sqlx::query("analyze").execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    for sql in [SITTING, SITTING_OF_SESSION, RESUME] {
        assert_by_index(&plan(&fixture, sql).await, sql);
    }
}
