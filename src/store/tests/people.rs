//! Learners, their settings and their sessions.

use jiff::tz::TimeZone;

use super::{Fixture, days, in_shanghai, minutes, monday, questions};
use crate::memory::{DayClock, Rating, Retention};
use crate::store::{Error, LearnerId, SESSION_IDLE, Settings, TokenHash};
use crate::text::{Lang, Reading};

#[tokio::test]
async fn a_guest_is_known_by_the_token_until_it_is_idle_for_too_long() {
    let fixture = Fixture::with(questions(1)).await;
    let guest = fixture.guest(7).await;
    let token = TokenHash([7; 32]);
    let session = fixture.store.session(&token, monday() + days(1)).await.unwrap().unwrap();
    assert_eq!((session.learner, session.seen), (guest.clone(), monday()));
    assert_eq!(fixture.store.session(&TokenHash([8; 32]), monday()).await.unwrap(), None);
    assert_eq!(fixture.store.learner(guest.id).await.unwrap(), Some(guest));

    let later = monday() + SESSION_IDLE;
    assert_eq!(fixture.store.session(&token, later).await.unwrap(), None);
    fixture.store.touch_session(&token, monday() + minutes(90)).await.unwrap();
    let seen = fixture.store.session(&token, later).await.unwrap().unwrap().seen;
    assert_eq!(seen, monday() + minutes(90));
    // A request that was slow does not set it back.
    fixture.store.touch_session(&token, monday()).await.unwrap();
    assert_eq!(fixture.store.session(&token, later).await.unwrap().unwrap().seen, seen);

    fixture.store.end_session(&token).await.unwrap();
    assert_eq!(fixture.store.session(&token, monday()).await.unwrap(), None);
}

#[tokio::test]
async fn a_learner_may_have_several_sessions() {
    let fixture = Fixture::with(questions(1)).await;
    let guest = fixture.guest(1).await;
    fixture.store.create_session(&TokenHash([2; 32]), guest.id, None, None, monday()).await.unwrap();
    for token in [1, 2] {
        let session = fixture.store.session(&TokenHash([token; 32]), monday()).await.unwrap().unwrap();
        assert_eq!(session.learner.id, guest.id);
    }
    let nobody =
        fixture.store.create_session(&TokenHash([3; 32]), LearnerId(999), None, None, monday()).await;
    assert!(matches!(nobody, Err(Error::NotFound(_))));
}

#[tokio::test]
async fn settings_are_kept_as_they_were_chosen() {
    let fixture = Fixture::with(questions(1)).await;
    let guest = fixture.guest(1).await;
    assert_eq!(guest.settings, in_shanghai());
    let chosen = Settings {
        reading: Reading::Both(Lang::En),
        days: DayClock::new(TimeZone::get("America/New_York").unwrap(), 5 * 60 + 30),
        new_per_day: 7,
        reviews_per_day: 0,
        retention: Retention::per_mille(850),
    };
    fixture.store.save_settings(guest.id, &chosen).await.unwrap();
    assert_eq!(fixture.store.learner(guest.id).await.unwrap().unwrap().settings, chosen);
    let nobody = fixture.store.save_settings(LearnerId(999), &chosen).await;
    assert!(matches!(nobody, Err(Error::NotFound("learner"))));
}

#[tokio::test]
async fn what_belongs_to_a_learner_goes_with_them_and_nothing_else() {
    let fixture = Fixture::with(questions(2)).await;
    let (leaving, staying) = (fixture.guest(1).await, fixture.guest(2).await);
    let gone = fixture.answer(&leaving, "q0", Rating::Good, monday()).await;
    let kept = fixture.answer(&staying, "q0", Rating::Good, monday()).await;
    fixture.store.delete_learner(&leaving, Some(&leaving), monday()).await.unwrap();
    assert_eq!(fixture.store.learner(leaving.id).await.unwrap(), None);
    assert_eq!(fixture.store.session(&TokenHash([1; 32]), monday()).await.unwrap(), None);
    assert_eq!(fixture.store.review(leaving.id, gone.id).await.unwrap(), None);
    assert_eq!(fixture.store.review(staying.id, kept.id).await.unwrap(), Some(kept));
    // An answer of theirs that was still on its way finds nobody.
    let id = fixture.id("q1").await;
    let form = fixture.form(&staying, "q1", Rating::Good).await;
    assert_eq!(form.question, id);
    assert!(matches!(fixture.store.record(&leaving, &form, monday()).await, Err(Error::NotFound(_))));
}
