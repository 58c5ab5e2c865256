//! Accounts, their sessions, and the links that make them.

use super::{Fixture, days, in_shanghai, minutes, monday, questions};
use crate::memory::Rating;
use crate::people::{Name, Password, PasswordHash};
use crate::store::{
    Created, Entitlement, Error, Holder, Learner, LearnerId, Purpose, Role, SignUp, Ticket, TokenHash,
};

pub(super) fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

/// The store looks at no hash, so that tests need not wait for one.
pub(super) fn hash(text: &str) -> PasswordHash {
    PasswordHash(text.to_owned())
}

impl Fixture {
    pub(super) async fn account(&self, who: &str, role: Role) -> Learner {
        let settings = in_shanghai();
        let entitlement = Entitlement::Given(role, None);
        let created = self
            .store
            .create_account(Holder::New(&settings), &name(who), &hash("h"), entitlement, monday())
            .await;
        match created.unwrap() {
            Created::Created(learner) => learner,
            other => panic!("not created: {other:?}"),
        }
    }

    async fn link(&self, secret: u8, ticket: Ticket) -> TokenHash {
        let token = TokenHash([secret; 32]);
        self.store.make_ticket(&token, &ticket, "someone", None, monday()).await.unwrap();
        token
    }

    async fn actions(&self) -> Vec<String> {
        let log = self.store.audit_log(None, 100).await.unwrap();
        log.into_iter().rev().map(|(_, entry)| entry.action).collect()
    }
}

fn invitation(role: Option<Role>, uses: u32) -> Ticket {
    Ticket { purpose: Purpose::Invitation, learner: None, role, uses, expires: monday() + days(7) }
}

#[tokio::test]
async fn a_guest_who_signs_up_keeps_what_is_theirs() {
    let fixture = Fixture::with(questions(2)).await;
    let guest = fixture.guest(1).await;
    let review = fixture.answer(&guest, "q0", Rating::Good, monday()).await;
    let created = fixture
        .store
        .create_account(Holder::Guest(guest.id), &name("Ada"), &hash("h"), Entitlement::Open, monday())
        .await
        .unwrap();
    let Created::Created(ada) = created else { panic!("{created:?}") };
    assert_eq!((ada.id, ada.role(), ada.is_guest()), (guest.id, Role::Learner, false));
    assert_eq!(fixture.store.review(ada.id, review.id).await.unwrap(), Some(review));
    let credentials = fixture.store.account_by_name(&name("ＡＤＡ")).await.unwrap().unwrap();
    assert_eq!((credentials.learner, credentials.password), (ada.clone(), hash("h")));
    let (_, entry) = fixture.store.audit_log(None, 1).await.unwrap().remove(0);
    assert_eq!(
        (entry.actor, entry.actor_name.as_deref(), &*entry.subject),
        (Some(ada.id), Some("Ada"), "Ada")
    );

    // An account is made once.
    let again = fixture
        .store
        .create_account(Holder::Guest(ada.id), &name("Eve"), &hash("h"), Entitlement::Open, monday())
        .await;
    assert!(matches!(again, Err(Error::NotFound("guest"))));
    assert_eq!(fixture.store.account_by_name(&name("Eve")).await.unwrap(), None);
}

#[tokio::test]
async fn a_name_is_given_once_however_it_is_written() {
    let fixture = Fixture::with(questions(1)).await;
    fixture.account("Ada", Role::Learner).await;
    let settings = in_shanghai();
    let taken = fixture
        .store
        .create_account(Holder::New(&settings), &name("aDa"), &hash("h"), Entitlement::Open, monday())
        .await
        .unwrap();
    assert_eq!(taken, Created::NameTaken);
}

#[tokio::test]
async fn an_invitation_is_good_for_its_uses_and_until_it_expires() {
    let fixture = Fixture::with(questions(1)).await;
    let token = fixture.link(1, invitation(Some(Role::Teacher), 1)).await;
    let settings = in_shanghai();
    let join = async |who: &str, purpose, at| {
        let entitlement = Entitlement::Ticket(purpose, &token);
        let holder = Holder::New(&settings);
        fixture.store.create_account(holder, &name(who), &hash("h"), entitlement, at).await.unwrap()
    };
    assert_eq!(join("Late", Purpose::Invitation, monday() + days(7)).await, Created::NoTicket);
    assert_eq!(join("Sly", Purpose::FirstAdmin, monday()).await, Created::NoTicket);
    let looked = fixture.store.ticket(Purpose::Invitation, &token, monday()).await.unwrap();
    assert_eq!(looked, Some(invitation(Some(Role::Teacher), 1)));
    let Created::Created(teacher) = join("Ada", Purpose::Invitation, monday()).await else { panic!() };
    assert_eq!(teacher.role(), Role::Teacher);
    assert_eq!(join("Eve", Purpose::Invitation, monday()).await, Created::NoTicket);
    assert_eq!(fixture.store.ticket(Purpose::Invitation, &token, monday()).await.unwrap(), None);
    assert_eq!(fixture.actions().await, ["link-made", "account-created"]);
}

#[tokio::test]
async fn a_reset_link_sets_one_password_and_ends_all_sessions() {
    let fixture = Fixture::with(questions(1)).await;
    let ada = fixture.account("Ada", Role::Learner).await;
    let session = TokenHash([9; 32]);
    fixture.store.create_session(&session, ada.id, None, None, monday()).await.unwrap();
    let reset = |uses| Ticket {
        purpose: Purpose::Reset,
        learner: Some(ada.id),
        role: None,
        uses,
        expires: monday() + days(1),
    };
    let void = fixture.link(1, reset(1)).await;
    let token = fixture.link(2, reset(1)).await;
    assert_eq!(fixture.store.reset_password(&void, &hash("x"), monday()).await.unwrap(), None);
    let late = fixture.store.reset_password(&token, &hash("x"), monday() + days(1)).await.unwrap();
    assert_eq!(late, None);
    let done = fixture.store.reset_password(&token, &hash("new"), monday()).await.unwrap();
    assert_eq!(done, Some(ada.clone()));
    assert_eq!(fixture.store.reset_password(&token, &hash("x"), monday()).await.unwrap(), None);
    assert_eq!(fixture.store.credentials(ada.id).await.unwrap().unwrap().password, hash("new"));
    assert_eq!(fixture.store.session(&session, monday()).await.unwrap(), None);
    assert_eq!(fixture.actions().await.last().map(String::as_str), Some("password-reset"));
}

#[tokio::test]
async fn sessions_are_listed_ended_and_take_each_others_place() {
    let fixture = Fixture::with(questions(1)).await;
    let (ada, eve) =
        (fixture.account("Ada", Role::Learner).await, fixture.account("Eve", Role::Learner).await);
    let token = |n: u8| TokenHash([n; 32]);
    for n in 1..=4 {
        let at = monday() + minutes(n.into());
        fixture.store.create_session(&token(n), ada.id, Some("Firefox"), None, at).await.unwrap();
    }
    let known = async |at| -> Vec<TokenHash> {
        let browsers = fixture.store.known_browsers(ada.id, at).await.unwrap();
        browsers.into_iter().map(|browser| browser.token).collect()
    };
    assert_eq!(known(monday() + minutes(9)).await, [4, 3, 2, 1].map(token));
    assert!(!fixture.store.end_session_of(eve.id, &token(1)).await.unwrap());
    assert!(fixture.store.end_session_of(ada.id, &token(1)).await.unwrap());
    let now = monday() + minutes(9);
    fixture.store.create_session(&token(5), ada.id, None, Some(&token(2)), now).await.unwrap();
    assert_eq!(known(now).await, [5, 4, 3].map(token));
    assert_eq!(fixture.store.end_other_sessions(ada.id, &token(5)).await.unwrap(), 2);
    assert_eq!(known(now).await, [token(5)]);
    fixture.store.set_password(&ada, &hash("new"), Some(&ada), now).await.unwrap();
    assert!(known(now).await.is_empty());
    let guest = fixture.guest(8).await;
    let nobody = fixture.store.set_password(&guest, &hash("new"), None, now).await;
    assert!(matches!(nobody, Err(Error::NotFound("account"))));
}

#[tokio::test]
async fn a_disabled_account_has_no_sessions_that_work() {
    let fixture = Fixture::with(questions(1)).await;
    let ada = fixture.account("Ada", Role::Admin).await;
    let token = TokenHash([1; 32]);
    fixture.store.create_session(&token, ada.id, None, None, monday()).await.unwrap();
    assert!(fixture.store.session(&token, monday()).await.unwrap().is_some());
    let mut writer = fixture.store.writer().await.unwrap();
    let mut tx = writer.begin().await.unwrap();
    sqlx::query("update accounts set disabled_at = 1").execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    assert!(fixture.store.session(&token, monday()).await.unwrap().is_none());
    assert!(fixture.store.account_by_name(&name("Ada")).await.unwrap().unwrap().disabled);
}

#[tokio::test]
async fn the_last_administrator_is_known() {
    let fixture = Fixture::with(questions(1)).await;
    let ada = fixture.account("Ada", Role::Admin).await;
    let eve = fixture.account("Eve", Role::Teacher).await;
    assert!(fixture.store.is_last_admin(&ada).await.unwrap());
    assert!(!fixture.store.is_last_admin(&eve).await.unwrap());
    fixture.account("Bob", Role::Admin).await;
    assert!(!fixture.store.is_last_admin(&ada).await.unwrap());
}

#[tokio::test]
async fn anyone_may_sign_up_until_it_is_decided_otherwise() {
    let fixture = Fixture::with(questions(1)).await;
    assert_eq!(fixture.store.sign_up().await.unwrap(), SignUp::Open);
    fixture.store.set_sign_up(SignUp::Invitation, None, monday()).await.unwrap();
    assert_eq!(fixture.store.sign_up().await.unwrap(), SignUp::Invitation);
    assert_eq!(fixture.actions().await, ["sign-up-changed"]);
}

#[tokio::test]
async fn the_hash_that_is_found_is_that_of_the_password() {
    let fixture = Fixture::with(questions(1)).await;
    let password = Password::new("correct horse", Some(&name("Ada"))).unwrap();
    let settings = in_shanghai();
    let kept = password.hash().unwrap();
    fixture
        .store
        .create_account(Holder::New(&settings), &name("Ada"), &kept, Entitlement::Open, monday())
        .await
        .unwrap();
    let found = fixture.store.account_by_name(&name("ada")).await.unwrap().unwrap();
    assert!(password.is_of(Some(&found.password)));
    assert!(fixture.store.credentials(LearnerId(999)).await.unwrap().is_none());
}
