//! Roles, who is locked out, and that somebody always administers the service.

use super::{Fixture, days, monday, questions};
use crate::store::{Error, LearnerId, Role, TokenHash};

impl Fixture {
    /// A guest who has got an account.
    async fn account(&self, number: u8, name: &str, role: Role) -> LearnerId {
        let guest = self.guest(number).await;
        let mut tx = self.store.write().await.unwrap();
        let sql = "insert into accounts (learner, name, name_folded, password_hash, role, created_at)
                   values ($1, $2, $3, 'none', $4, $5)";
        let insert = sqlx::query(sql).bind(guest.id.0).bind(name).bind(name.to_lowercase()).bind(role.code());
        insert.bind(monday().as_millisecond()).execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
        guest.id
    }
}

#[tokio::test]
async fn a_person_has_a_role_and_may_be_locked_out() {
    let fixture = Fixture::with(questions(1)).await;
    let store = &fixture.store;
    let ada = fixture.account(1, "Ada", Role::Admin).await;
    let grace = fixture.account(2, "Grace", Role::Learner).await;
    assert!(store.has_admin().await.unwrap());
    assert_eq!(store.person_named("grace").await.unwrap().unwrap().id, grace);
    assert_eq!(store.person_named("Grace").await.unwrap(), None);

    let actor = store.learner(ada).await.unwrap();
    store.set_role(grace, Role::Teacher, actor.as_ref(), monday()).await.unwrap();
    store.set_disabled(grace, true, actor.as_ref(), monday() + days(1)).await.unwrap();
    store.set_disabled(grace, true, actor.as_ref(), monday() + days(2)).await.unwrap();
    let person = store.person(grace).await.unwrap().unwrap();
    assert_eq!((person.role, person.disabled, person.seen), (Role::Teacher, Some(monday() + days(1)), None));
    assert_eq!(store.session(&TokenHash([2; 32]), monday()).await.unwrap(), None);

    let log = store.audit_log(None, 10).await.unwrap();
    let told: Vec<_> = log.iter().map(|(_, entry)| (entry.actor, entry.action.as_str())).collect();
    assert_eq!(told, [(Some(ada), "account-disabled"), (Some(ada), "role-changed")]);
    assert_eq!(log[1].1.detail, serde_json::json!({ "before": "learner", "after": "teacher" }));
    assert_eq!(log[1].1.actor_name.as_deref(), Some("Ada"));
}

#[tokio::test]
async fn nobody_takes_away_the_last_administrator() {
    let fixture = Fixture::with(questions(1)).await;
    let store = &fixture.store;
    let ada = fixture.account(1, "ada", Role::Admin).await;
    let grace = fixture.account(2, "grace", Role::Admin).await;
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
    fixture.account(1, "ada", Role::Admin).await;
    let grace = fixture.account(2, "grace", Role::Teacher).await;
    fixture.store.set_disabled(grace, true, None, monday()).await.unwrap();
    let figures = fixture.store.figures().await.unwrap();
    assert_eq!(
        (figures.guests, figures.learners, figures.teachers, figures.admins, figures.disabled),
        (1, 0, 1, 1, 1)
    );
    assert_eq!((figures.builtin_banks, figures.own_banks, figures.questions, figures.reviews), (1, 0, 3, 0));
    assert!(figures.bytes > 50_000 && figures.schema >= 2);
}
