//! Learners, their settings and their sessions.

use jiff::tz::TimeZone;

use super::{Fixture, days, in_shanghai, minutes, monday, questions};
use crate::memory::{DayClock, Rating, Retention};
use crate::store::{Card, Error, Learner, LearnerId, QuestionId, Role, SESSION_IDLE, Settings, TokenHash};
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
async fn a_browser_that_was_here_is_asked_as_who_it_is_now() {
    let fixture = Fixture::with(questions(5)).await;
    let (guest, token) = (fixture.guest(1).await, TokenHash([1; 32]));
    let store = &fixture.store;
    let at_study = async || store.session_at_study(&token, monday()).await.unwrap();
    let both = async |learner: &Learner| {
        let session = store.session(&token, monday()).await.unwrap().unwrap();
        assert_eq!(session.learner, *learner);
        Some((session, store.study(learner, None, monday()).await.unwrap()))
    };
    // The first time and the times after it are different statements.
    for _ in 0..3 {
        assert_eq!(at_study().await, both(&guest).await);
    }
    fixture.answer(&guest, "q0", Rating::Again, monday()).await;
    assert_eq!(at_study().await, both(&guest).await);

    let settings = Settings { new_per_day: 3, ..guest.settings.clone() };
    store.save_settings(guest.id, &settings).await.unwrap();
    let changed = Learner { settings, ..guest.clone() };
    for _ in 0..2 {
        let found = at_study().await;
        assert_eq!(found.as_ref().unwrap().1.left.new, 2);
        assert_eq!(found, both(&changed).await);
    }

    let ada = fixture.account("Ada", Role::Learner).await;
    fixture.on_the_writer("update sessions set learner = (select learner from accounts)").await;
    assert_eq!(at_study().await, both(&ada).await);
    fixture.on_the_writer("update accounts set disabled_at = 1").await;
    assert_eq!(at_study().await, None);
    fixture.on_the_writer("update accounts set disabled_at = null").await;
    assert_eq!(at_study().await, both(&ada).await);
    let idle = store.session_at_study(&token, monday() + SESSION_IDLE).await.unwrap();
    assert_eq!(idle, None);
    store.end_session(&token).await.unwrap();
    assert_eq!(at_study().await, None);
}

#[tokio::test]
async fn a_session_finds_the_card_of_a_question_whose_bank_is_open_to_it() {
    let fixture = Fixture::with(questions(2)).await;
    let (guest, token) = (fixture.guest(1).await, TokenHash([1; 32]));
    let store = &fixture.store;
    let session = store.session(&token, monday()).await.unwrap().unwrap();
    let q0 = fixture.id("q0").await;
    let at_card = async |question| store.session_at_card(&token, question, monday()).await.unwrap();
    assert_eq!(at_card(q0).await, Some((session.clone(), Some(Card::new(guest.id, q0)))));
    let review = fixture.answer(&guest, "q0", Rating::Good, monday()).await;
    let card = store.card(guest.id, q0).await.unwrap();
    assert_eq!(card.turn, review.answer.turn + 1);
    assert_eq!(at_card(q0).await, Some((session.clone(), Some(card))));

    assert_eq!(at_card(QuestionId(999)).await, Some((session.clone(), None)));
    fixture.on_the_writer("update banks set audience = 'private'").await;
    assert_eq!(at_card(q0).await, Some((session.clone(), Some(card))));
    store.leave(guest.id, store.bank("pods").await.unwrap().unwrap().id).await.unwrap();
    assert_eq!(at_card(q0).await, Some((session, None)));
    store.end_session(&token).await.unwrap();
    assert_eq!(at_card(q0).await, None);
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
    assert!(matches!(fixture.store.record_form(&leaving, &form, monday()).await, Err(Error::NotFound(_))));
}
