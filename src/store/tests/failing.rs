//! What the store says and does when SQLite cannot write or read.

use super::{Fixture, days, monday, questions};
use crate::memory::Rating;
use crate::store::{Error, Recorded};

impl Fixture {
    pub(super) async fn on_the_writer(&self, sql: &'static str) {
        let mut writer = self.store.writer().await.unwrap();
        sqlx::query(sql).fetch_all(writer.connection().await.unwrap()).await.unwrap();
    }

    async fn try_to_sync(&self, number: usize) -> crate::store::Result<()> {
        let many: String = "x".repeat(100_000);
        let mut questions = questions(number);
        questions.iter_mut().for_each(|question| question.body = many.clone());
        self.store.sync_bank(&super::bank("many", questions), monday()).await.map(drop)
    }
}

#[tokio::test]
async fn a_full_database_refuses_what_is_new_keeps_what_is_there_and_works_again_with_room() {
    let fixture = Fixture::with(questions(2)).await;
    let learner = fixture.guest(1).await;
    fixture.answer(&learner, "q0", Rating::Good, monday()).await;
    fixture.on_the_writer("pragma max_page_count = 1").await;
    for _ in 0..2 {
        assert!(matches!(fixture.try_to_sync(10).await, Err(Error::Full(_))));
    }
    assert_eq!(fixture.left(&learner, monday()).await.0, 1);
    fixture.on_the_writer("pragma max_page_count = 1000000").await;
    fixture.try_to_sync(10).await.unwrap();
    assert_eq!(fixture.left(&learner, monday() + days(1)).await.0, 9);
}

#[tokio::test]
async fn a_read_only_database_is_told_from_a_broken_one() {
    let fixture = Fixture::with(questions(2)).await;
    let learner = fixture.guest(1).await;
    let form = fixture.form(&learner, "q0", Rating::Good).await;
    fixture.on_the_writer("pragma query_only = 1").await;
    assert!(matches!(fixture.store.record_form(&learner, &form, monday()).await, Err(Error::ReadOnly(_))));
    fixture.on_the_writer("pragma query_only = 0").await;
    assert!(matches!(fixture.store.record_form(&learner, &form, monday()).await, Ok(Recorded::Recorded(_))));
}
