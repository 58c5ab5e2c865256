//! Roles, who is locked out, and that somebody always administers the service.

use super::{Fixture, days, monday, questions};
use crate::store::{Error, LearnerId, Purpose, Role, Ticket, TokenHash};

#[tokio::test]
async fn a_person_has_a_role_and_may_be_locked_out() {
    let fixture = Fixture::with(questions(1)).await;
    let store = &fixture.store;
    let ada = fixture.account("Ada", Role::Admin).await.id;
    let grace = fixture.account("Grace", Role::Learner).await.id;
    assert!(store.has_admin().await.unwrap());
    assert_eq!(store.person_named("grace").await.unwrap().unwrap().id, grace);
    assert_eq!(store.person_named("Grace").await.unwrap(), None);

    store.create_session(&TokenHash([2; 32]), grace, None, None, monday()).await.unwrap();
    let actor = store.learner(ada).await.unwrap();
    store.set_role(grace, Role::Teacher, actor.as_ref(), monday()).await.unwrap();
    store.set_disabled(grace, true, actor.as_ref(), monday() + days(1)).await.unwrap();
    store.set_disabled(grace, true, actor.as_ref(), monday() + days(2)).await.unwrap();
    let person = store.person(grace).await.unwrap().unwrap();
    assert_eq!((person.role, person.disabled, person.seen), (Role::Teacher, Some(monday() + days(1)), None));
    store.set_disabled(grace, false, actor.as_ref(), monday() + days(2)).await.unwrap();
    assert_eq!(store.session(&TokenHash([2; 32]), monday()).await.unwrap(), None);

    let log = store.audit_log(None, 10).await.unwrap().split_off(1);
    let told: Vec<_> = log.iter().map(|(_, entry)| (entry.actor, entry.action.as_str())).collect();
    assert_eq!(told[..2], [(Some(ada), "account-disabled"), (Some(ada), "role-changed")]);
    assert_eq!(log[1].1.detail, serde_json::json!({ "before": "learner", "after": "teacher" }));
    assert_eq!(log[1].1.actor_name.as_deref(), Some("Ada"));
}

#[tokio::test]
async fn nobody_takes_away_the_last_administrator() {
    let fixture = Fixture::with(questions(1)).await;
    let store = &fixture.store;
    let ada = fixture.account("ada", Role::Admin).await.id;
    let grace = fixture.account("grace", Role::Admin).await.id;
    store.set_disabled(grace, true, None, monday()).await.unwrap();
    let learner = store.learner(ada).await.unwrap().unwrap();
    assert!(matches!(store.set_role(ada, Role::Teacher, None, monday()).await, Err(Error::LastAdmin)));
    assert!(matches!(store.set_disabled(ada, true, None, monday()).await, Err(Error::LastAdmin)));
    assert!(matches!(store.delete_learner(&learner, None, monday()).await, Err(Error::LastAdmin)));
    // One who is locked out is not missed.
    store.set_role(grace, Role::Learner, None, monday()).await.unwrap();
    store.set_role(grace, Role::Admin, None, monday()).await.unwrap();
    store.set_disabled(grace, false, None, monday()).await.unwrap();
    store.set_role(ada, Role::Teacher, None, monday()).await.unwrap();
    let nobody = store.set_role(LearnerId(99), Role::Admin, None, monday()).await;
    assert!(matches!(nobody, Err(Error::NotFound(_))));
}

#[tokio::test]
async fn figures_count_people_banks_and_answers() {
    let fixture = Fixture::with(questions(3)).await;
    fixture.guest(9).await;
    fixture.account("ada", Role::Admin).await;
    let grace = fixture.account("grace", Role::Teacher).await.id;
    fixture.store.set_disabled(grace, true, None, monday()).await.unwrap();
    let figures = fixture.store.figures().await.unwrap();
    assert_eq!(
        (figures.guests, figures.learners, figures.teachers, figures.admins, figures.disabled),
        (1, 0, 1, 1, 1)
    );
    assert_eq!((figures.builtin_banks, figures.own_banks, figures.questions, figures.reviews), (1, 0, 3, 0));
    assert!(figures.bytes > 50_000 && figures.schema >= 2);
}

#[tokio::test]
async fn an_invitation_is_listed_until_it_is_spent_expired_or_taken_back() {
    let fixture = Fixture::with(questions(1)).await;
    let store = &fixture.store;
    let ada = fixture.account("Ada", Role::Admin).await;
    for (number, lasts) in [(1, 7), (2, 1)] {
        let (purpose, role, expires) = (Purpose::Invitation, Some(Role::Teacher), monday() + days(lasts));
        let ticket = Ticket { purpose, learner: None, role, uses: 3, expires };
        store.make_ticket(&TokenHash([number; 32]), &ticket, "", Some(&ada), monday()).await.unwrap();
    }
    store.make_ticket(&TokenHash([3; 32]), &Ticket::first_admin(monday()), "", None, monday()).await.unwrap();
    let listed = store.invitations(monday()).await.unwrap();
    let tokens: Vec<_> = listed.iter().map(|invitation| invitation.token.0[0]).collect();
    assert_eq!(tokens, [2, 1]);
    assert_eq!((listed[0].role, listed[0].uses, listed[0].by.as_deref()), (Role::Teacher, 3, Some("Ada")));
    assert_eq!(store.invitations(monday() + days(1)).await.unwrap().len(), 1);
    store.revoke_invitation(&TokenHash([1; 32]), Some(&ada), monday()).await.unwrap();
    store.revoke_invitation(&TokenHash([1; 32]), Some(&ada), monday()).await.unwrap();
    store.revoke_invitation(&TokenHash([3; 32]), Some(&ada), monday()).await.unwrap();
    assert_eq!(store.invitations(monday()).await.unwrap().len(), 1);
    let first = store.ticket(Purpose::FirstAdmin, &TokenHash([3; 32]), monday()).await.unwrap();
    assert!(first.is_some(), "a link for something else is not an invitation");
}

#[tokio::test]
async fn of_the_links_for_the_first_administrator_only_the_last_is_good() {
    let fixture = Fixture::with(questions(1)).await;
    let store = &fixture.store;
    for number in [1, 2] {
        let ticket = Ticket::first_admin(monday());
        store.make_ticket(&TokenHash([number; 32]), &ticket, "", None, monday()).await.unwrap();
    }
    let good = async |number, at| {
        store.ticket(Purpose::FirstAdmin, &TokenHash([number; 32]), at).await.unwrap().is_some()
    };
    assert!(!good(1, monday()).await && good(2, monday()).await && !good(2, monday() + days(1)).await);
}
