//! Accounts: signing up and in, what a guest brings along, sessions, passwords, taking one's data and leaving.

use doujia::people::{Name, Password};
use doujia::store::{
    Entitlement, Holder, Purpose, Role, Settings, SignUp, Store, Ticket, TokenHash, file_url,
};
use jiff::SignedDuration;
use sha2::{Digest, Sha256};

use crate::browser::Browser;
use crate::house::{House, monday};

const PASSWORD: &str = "a bean in every pod";

async fn sign_up(browser: &mut Browser, name: &str) {
    browser.open("/sign-up").await;
    browser.submit("form.sign-up", &[("name", name), ("password", PASSWORD), ("again", PASSWORD)]).await;
    assert_eq!((browser.status, browser.path.as_str()), (200, "/account?new"), "{}", browser.html);
}

async fn sign_in(browser: &mut Browser, name: &str, password: &str) {
    browser.open("/sign-in").await;
    browser.submit("form.sign-in", &[("name", name), ("password", password)]).await;
}

impl House {
    async fn store(&self) -> Store {
        Store::open(&file_url(&self.database())).await.unwrap()
    }

    /// A link with this secret.
    async fn link(&self, secret: u8, purpose: Purpose, learner: Option<&str>, role: Option<Role>) -> String {
        let store = self.store().await;
        let learner = match learner {
            Some(name) => {
                let name = Name::parse(name).unwrap();
                Some(store.account_by_name(&name).await.unwrap().unwrap().learner.id)
            }
            None => None,
        };
        let token = [secret; 32];
        let hash = TokenHash(Sha256::digest(token).into());
        let expires = monday() + SignedDuration::from_hours(24);
        let ticket = Ticket { purpose, learner, role, uses: 1, expires };
        store.make_ticket(&hash, &ticket, "someone", None, monday()).await.unwrap();
        store.close().await;
        hex::encode(token)
    }

    async fn set_sign_up(&self, mode: SignUp) {
        let store = self.store().await;
        store.set_sign_up(mode, None, monday()).await.unwrap();
        store.close().await;
    }
}

#[tokio::test]
async fn a_guest_who_signs_up_keeps_their_progress_and_finds_it_in_another_browser() {
    let house = House::of_questions(&["one"]);
    let mut browser = house.guest().await;
    browser.answer(&[("choice", "gone")]).await;
    browser.open("/").await;
    assert_eq!(browser.attrs(".hero .small a", "href"), ["/sign-up"]);
    assert_eq!(browser.texts(".who"), ["登录"]);
    sign_up(&mut browser, "王小明").await;
    assert_eq!(browser.texts(".who"), ["王小明"]);
    assert!(!browser.open("/").await.has("a[href='/sign-up']"));

    let mut elsewhere = house.browser();
    sign_in(&mut elsewhere, " 王小明 ", PASSWORD).await;
    assert_eq!(elsewhere.status, 200, "{}", elsewhere.html);
    assert_eq!(elsewhere.open("/account").await.texts(".browsers li").len(), 2);
    assert_eq!(house.count("select count(*) from learners").await, 1);
    assert_eq!(house.count("select count(*) from reviews").await, 1);
    assert_eq!(elsewhere.open("/study/feedback/1").await.status, 200);
    assert_eq!(house.count("select count(*) from audit_log where action = 'account-created'").await, 1);
}

#[tokio::test]
async fn an_account_of_the_command_line_begins_in_the_language_and_the_zone_of_its_first_browser() {
    let house = House::of_questions(&["one"]);
    let store = house.store().await;
    let hash = Password::new(PASSWORD, None).unwrap().hash().unwrap();
    let (name, role) = (Name::parse("root").unwrap(), Entitlement::Given(Role::Admin, None));
    store.create_account(Holder::New(&Settings::default()), &name, &hash, role, monday()).await.unwrap();
    store.close().await;
    let mut browser = house.browser();
    browser.open("/sign-in").await.submit("form.languages", &[("reading", "en")]).await;
    let zone = ("zone", "Europe/Berlin");
    browser.submit("form.sign-in", &[("name", "root"), ("password", PASSWORD), zone]).await;
    browser.open("/settings").await;
    assert_eq!(
        (browser.attrs("html", "lang"), browser.attrs("#zone", "value")),
        (vec!["en".to_owned()], vec!["Europe/Berlin".to_owned()])
    );
    // What was chosen since stays, wherever they sign in.
    let mut elsewhere = house.browser();
    elsewhere.open("/sign-in").await;
    elsewhere
        .submit("form.sign-in", &[("name", "root"), ("password", PASSWORD), ("zone", "Asia/Tokyo")])
        .await;
    assert_eq!(elsewhere.open("/settings").await.attrs("#zone", "value"), ["Europe/Berlin"]);
}

#[tokio::test]
async fn a_guest_who_signs_in_brings_their_answers_along() {
    let house = House::of_questions(&["one"]);
    let mut first = house.guest().await;
    first.answer(&[("choice", "gone")]).await;
    sign_up(&mut first, "Ada").await;
    let mut second = house.guest().await;
    house.later(SignedDuration::from_mins(5));
    second.answer(&[("choice", "gone")]).await;
    assert_eq!(second.open("/sign-in").await.texts("main p").len(), 4, "they are told: {}", second.html);
    sign_in(&mut second, "ada", PASSWORD).await;
    assert_eq!(second.texts(".who"), ["Ada"]);
    assert_eq!(house.count("select count(*) from learners").await, 1);
    assert_eq!(
        house.count("select count(*) from reviews r join accounts a on a.learner = r.learner").await,
        2
    );
    for review in ["/study/feedback/1", "/study/feedback/2"] {
        assert_eq!(first.open(review).await.status, 200, "{review}");
    }
}

#[tokio::test]
async fn slips_in_signing_up_are_told_where_they_are() {
    let house = House::of_questions(&["one"]);
    let mut browser = house.browser();
    let try_it = async |browser: &mut Browser, name, password, again| {
        browser.open("/sign-up").await;
        browser.submit("form.sign-up", &[("name", name), ("password", password), ("again", again)]).await;
        assert_eq!(browser.status, 422, "{}", browser.html);
        browser.attrs(".wrong", "id")
    };
    assert_eq!(try_it(&mut browser, "a", "short", "short").await, ["name-wrong", "password-wrong"]);
    assert_eq!(browser.attrs("#name", "value"), ["a"]);
    assert!(browser.attrs("[type=password]", "value").is_empty(), "a password is never sent back");
    assert_eq!(try_it(&mut browser, "<b>x</b>", PASSWORD, PASSWORD).await, ["name-wrong"]);
    assert_eq!(try_it(&mut browser, "Ada", "password123", "password123").await, ["password-wrong"]);
    assert_eq!(try_it(&mut browser, "Ada", PASSWORD, "another one").await, ["again-wrong"]);
    sign_up(&mut browser, "Ada").await;
    let mut other = house.browser();
    assert_eq!(try_it(&mut other, "ＡＤＡ", PASSWORD, PASSWORD).await, ["name-wrong"]);
    assert_eq!(house.count("select count(*) from accounts").await, 1);
}

#[tokio::test]
async fn an_unknown_name_and_a_wrong_password_get_the_same_answer() {
    let house = House::of_questions(&["one"]);
    sign_up(&mut house.browser(), "Ada").await;
    let mut answers = Vec::new();
    for (name, password) in
        [("Ada", "something else"), ("Eve", "something else"), ("\u{202e}", ""), ("Ada", "")]
    {
        let mut browser = house.browser();
        sign_in(&mut browser, name, password).await;
        assert!(!browser.has("[type=password][value]"));
        answers.push((browser.status, browser.text(".notice.bad"), browser.header("set-cookie").to_owned()));
    }
    assert!(answers.iter().all(|answer| *answer == answers[0] && answer.0 == 422), "{answers:?}");
    assert!(answers[0].2.is_empty());
}

#[tokio::test]
async fn the_session_is_another_one_after_signing_up_signing_in_and_changing_the_password() {
    let house = House::of_questions(&["one"]);
    let mut browser = Browser::without_redirects(&house.url);
    browser.open("/").await;
    browser.submit("form[action$='/start']", &[]).await;
    let token = |browser: &Browser| {
        let cookie = browser.header("set-cookie");
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
        cookie.split(';').next().unwrap().to_owned()
    };
    let mut tokens = vec![token(&browser)];
    // Long enough that the old cookie would be renewed.
    house.later(SignedDuration::from_hours(2));
    browser.open("/sign-up").await;
    house.later(SignedDuration::from_hours(2));
    browser.submit("form.sign-up", &[("name", "Ada"), ("password", PASSWORD), ("again", PASSWORD)]).await;
    tokens.push(token(&browser));
    browser.open("/account").await;
    let new = "another bean in a pod";
    let change = [("present", PASSWORD), ("password", new), ("again", new)];
    browser.submit("form.password", &change).await;
    tokens.push(token(&browser));
    let mut other = Browser::without_redirects(&house.url);
    other.open("/sign-in").await;
    other.submit("form.sign-in", &[("name", "Ada"), ("password", new)]).await;
    tokens.push(token(&other));
    tokens.dedup();
    assert_eq!(tokens.len(), 4);
    // The old ones are worth nothing: not the guest's, not the one of before the new password.
    for old in &tokens[..2] {
        let mut thief = Browser::without_redirects(&house.url);
        thief.open_with("/account", "cookie", old).await;
        assert_eq!((thief.status, thief.header("location")), (303, "/sign-in?next=%2Faccount"));
    }
    let mut same = Browser::without_redirects(&house.url);
    assert_eq!(same.open_with("/account", "cookie", &tokens[2]).await.status, 200);
}

#[tokio::test]
async fn signing_in_leads_back_to_a_page_of_ours_and_nowhere_else() {
    let house = House::of_questions(&["one"]);
    sign_up(&mut house.browser(), "Ada").await;
    let mut browser = house.browser();
    browser.open("/account").await;
    assert_eq!(browser.path, "/sign-in?next=%2Faccount");
    browser.submit("form.sign-in", &[("name", "Ada"), ("password", PASSWORD)]).await;
    assert_eq!(browser.path, "/account");
    for next in ["//evil.example/", "https://evil.example/", "/\\evil.example"] {
        let mut browser = Browser::without_redirects(&house.url);
        browser.open(&format!("/sign-in?next={}", next.replace('\\', "%5C"))).await;
        assert_eq!(browser.attrs("[name=next]", "value"), ["/study"]);
        let form = [("name", "Ada"), ("password", PASSWORD), ("next", next)];
        browser.submit("form.sign-in", &form).await;
        assert_eq!((browser.status, browser.header("location")), (303, "/study"));
    }
}

#[tokio::test]
async fn passwords_cannot_be_guessed_and_who_knows_theirs_waits_no_longer_than_said() {
    let house = House::of_questions(&["one"]);
    sign_up(&mut house.browser(), "Ada").await;
    let mut thief = house.browser();
    for _ in 0..10 {
        sign_in(&mut thief, "Ada", "a guess of mine").await;
        assert_eq!(thief.status, 422);
    }
    sign_in(&mut thief, "Ada", "a guess of mine").await;
    assert_eq!((thief.status, thief.header("retry-after")), (429, "61"));
    assert!(thief.has(".error [lang=en]"));
    // An unknown name is limited alike, and others are not.
    for _ in 0..10 {
        sign_in(&mut thief, "Nobody", "a guess of mine").await;
    }
    sign_in(&mut thief, "Nobody", "a guess of mine").await;
    assert_eq!(thief.status, 429);
    // At her own address Ada is let in meanwhile.
    let mut elsewhere = Browser::at(&house.url, [127, 0, 0, 2]);
    sign_in(&mut elsewhere, "Ada", PASSWORD).await;
    assert_eq!((elsewhere.status, elsewhere.path.as_str()), (200, "/study"));
    // Many addresses together do not guess for long.
    let mut statuses = Vec::new();
    for address in 3..8 {
        let mut thief = Browser::at(&house.url, [127, 0, 0, address]);
        for _ in 0..10 {
            sign_in(&mut thief, "Ada", "a guess of mine").await;
            statuses.push(thief.status);
        }
    }
    let (guesses, refused) = statuses.split_at(40);
    assert!(guesses.iter().all(|status| *status == 422), "{statuses:?}");
    assert!(refused.iter().all(|status| *status == 429), "{statuses:?}");
    house.later(SignedDuration::from_secs(61));
    let mut ada = house.browser();
    for _ in 0..3 {
        sign_in(&mut ada, "Ada", PASSWORD).await;
        assert_eq!(ada.status, 200, "a right password does not count");
        ada.open("/account").await.submit("form.sign-out", &[]).await;
    }
}

#[tokio::test]
async fn one_address_cannot_make_accounts_or_guests_without_end() {
    let house = House::of_questions(&["one"]);
    let form = ("content-type", "application/x-www-form-urlencoded");
    let mut browser = Browser::without_redirects(&house.url);
    let mut statuses = Vec::new();
    for _ in 0..121 {
        let mut nobody = Browser::without_redirects(&house.url);
        statuses.push(nobody.send("/start", &[form], "zone=").await.status);
    }
    assert_eq!((statuses[119], statuses[120]), (303, 429));
    // Whose forms are wrong has made none yet.
    for _ in 0..70 {
        browser.send("/sign-up", &[form], "name=Ada&password=x&again=x").await;
        assert_eq!(browser.status, 422);
    }
}

#[tokio::test]
async fn signing_out_ends_the_session_here_and_a_guest_is_not_thrown_away() {
    let house = House::of_questions(&["one"]);
    let mut browser = house.browser();
    sign_up(&mut browser, "Ada").await;
    browser.submit("form.sign-out", &[]).await;
    assert_eq!((browser.path.as_str(), browser.texts(".who")), ("/", vec!["登录".to_owned()]));
    assert_eq!(house.count("select count(*) from sessions").await, 0);
    let mut guest = house.guest().await;
    let csrf = guest.form("form.question").1[0].clone();
    guest.post("/sign-out", &[csrf]).await;
    assert_eq!(guest.open("/study").await.path, "/study");
}

#[tokio::test]
async fn sessions_are_ended_one_by_one_and_all_at_once() {
    let house = House::of_questions(&["one"]);
    let mut first = house.browser();
    sign_up(&mut first, "Ada").await;
    let mut others = Vec::new();
    for _ in 0..3 {
        let mut other = house.browser();
        sign_in(&mut other, "Ada", PASSWORD).await;
        others.push(other);
    }
    first.open("/account").await;
    assert_eq!((first.texts(".browsers li").len(), first.texts(".browsers form").len()), (4, 3));
    first.submit(".browsers form", &[]).await;
    assert_eq!((first.path.as_str(), first.texts(".browsers li").len()), ("/account?sessions", 3));
    first.submit("form.others", &[]).await;
    assert_eq!(first.texts(".browsers li").len(), 1);
    for other in &mut others {
        assert_eq!(other.open("/account").await.path, "/sign-in?next=%2Faccount");
    }
    // Nobody can end another's.
    let mut eve = house.browser();
    sign_up(&mut eve, "Eve").await;
    let csrf = eve.form("form.sign-out").1[0].clone();
    let victims = house.count("select count(*) from sessions").await;
    let session = ("session".to_owned(), "00".repeat(32));
    eve.post("/account/sessions/end", &[csrf, session]).await;
    assert_eq!(house.count("select count(*) from sessions").await, victims);
}

#[tokio::test]
async fn a_new_password_needs_the_present_one() {
    let house = House::of_questions(&["one"]);
    let mut browser = house.browser();
    sign_up(&mut browser, "Ada").await;
    let new = "another bean in a pod";
    let change = |present| [("present", present), ("password", new), ("again", new)];
    browser.submit("form.password", &change("not this one")).await;
    assert_eq!((browser.status, browser.attrs(".wrong", "id")), (422, vec!["present-wrong".to_owned()]));
    let short = [("present", PASSWORD), ("password", "short"), ("again", "short")];
    browser.submit("form.password", &short).await;
    assert_eq!(browser.attrs(".wrong", "id"), ["password-wrong"]);
    browser.submit("form.password", &change(PASSWORD)).await;
    assert_eq!(browser.path, "/account?password");
    let mut other = house.browser();
    sign_in(&mut other, "Ada", PASSWORD).await;
    assert_eq!(other.status, 422);
    sign_in(&mut other, "Ada", new).await;
    assert_eq!(other.status, 200);
}

#[tokio::test]
async fn where_sign_up_is_by_invitation_a_link_opens_it_once() {
    let house = House::of_questions(&["one"]);
    house.set_sign_up(SignUp::Invitation).await;
    let mut browser = house.browser();
    assert!(!browser.open("/sign-up").await.has("form.sign-up"));
    let form = ("content-type", "application/x-www-form-urlencoded");
    let body = format!("name=Ada&password={PASSWORD}&again={PASSWORD}");
    assert_eq!(browser.send("/sign-up", &[form], body.clone()).await.status, 403);
    let forged = format!("{body}&invitation={}", "ab".repeat(32));
    assert_eq!(browser.send("/sign-up", &[form], forged).await.status, 404);
    assert_eq!(house.count("select count(*) from accounts").await, 0);

    let token = house.link(7, Purpose::Invitation, None, Some(Role::Teacher)).await;
    browser.open(&format!("/invitation/{token}")).await;
    browser.submit("form.sign-up", &[("name", "Ada"), ("password", PASSWORD), ("again", PASSWORD)]).await;
    assert_eq!(browser.path, "/account?new");
    assert_eq!(house.count("select count(*) from accounts where role = 'teacher'").await, 1);
    assert_eq!(house.browser().open(&format!("/invitation/{token}")).await.status, 404);

    house.set_sign_up(SignUp::Closed).await;
    let token = house.link(8, Purpose::Invitation, None, None).await;
    let mut late = house.browser();
    assert!(!late.open(&format!("/invitation/{token}")).await.has("form.sign-up"));
}

#[tokio::test]
async fn a_reset_link_sets_a_new_password_once_and_signs_everyone_out() {
    let house = House::of_questions(&["one"]);
    let mut browser = house.browser();
    sign_up(&mut browser, "Ada").await;
    let token = house.link(7, Purpose::Reset, Some("Ada"), None).await;
    let mut elsewhere = house.browser();
    elsewhere.open(&format!("/reset/{token}")).await;
    assert!(elsewhere.html.contains("Ada"));
    let new = "another bean in a pod";
    elsewhere.submit("form.reset", &[("password", "password123"), ("again", "password123")]).await;
    assert_eq!(elsewhere.status, 422);
    elsewhere.submit("form.reset", &[("password", new), ("again", new)]).await;
    assert_eq!(elsewhere.path, "/sign-in?reset");
    assert_eq!(elsewhere.open(&format!("/reset/{token}")).await.status, 404);
    assert_eq!(browser.open("/account").await.path, "/sign-in?next=%2Faccount");
    sign_in(&mut browser, "Ada", new).await;
    assert_eq!(browser.status, 200);
    let invitation = house.link(8, Purpose::Invitation, None, None).await;
    assert_eq!(elsewhere.open(&format!("/reset/{invitation}")).await.status, 404);
    assert_eq!(elsewhere.open("/reset/nonsense").await.status, 404);
}

#[tokio::test]
async fn a_disabled_account_is_out() {
    let house = House::of_questions(&["one"]);
    let mut browser = house.browser();
    sign_up(&mut browser, "Ada").await;
    assert_eq!(house.count("update accounts set disabled_at = 1 returning 1").await, 1);
    assert_eq!(browser.open("/account").await.path, "/sign-in?next=%2Faccount");
    sign_in(&mut browser, "Ada", "not the password").await;
    let stranger = browser.text(".notice.bad");
    sign_in(&mut browser, "Ada", PASSWORD).await;
    assert_eq!(browser.status, 422);
    assert_ne!(browser.text(".notice.bad"), stranger, "who knows the password is told why");
    assert_eq!(
        house.count("select count(*) from sessions where learner in (select learner from accounts)").await,
        1
    );
}

#[tokio::test]
async fn all_that_is_theirs_can_be_taken_along() {
    let house = House::of_questions(&["one"]);
    let mut browser = house.guest().await;
    browser.answer(&[("choice", "gone")]).await;
    sign_up(&mut browser, "Ada").await;
    browser.open("/account/data").await;
    assert!(browser.header("content-disposition").starts_with("attachment"));
    let data: serde_json::Value = serde_json::from_str(&browser.html).unwrap();
    assert_eq!(data["account"]["name"], "Ada");
    assert_eq!(data["settings"]["time_zone"], "Asia/Shanghai");
    assert_eq!(data["enrollments"][0]["bank"], "one-of-each");
    assert_eq!(data["cards"].as_array().unwrap().len(), 1);
    let reviews = data["reviews"].as_array().unwrap();
    assert_eq!(reviews.len(), 1);
    assert_eq!((&reviews[0]["question"], &reviews[0]["bank"]), (&"one".into(), &"one-of-each".into()));
    assert_eq!(reviews[0]["answered_at"], "2026-03-02T01:00:00Z");
    assert!(reviews[0]["before"].is_object());
    let secrets = ["password", "token", "argon2"];
    assert!(secrets.iter().all(|secret| !browser.html.contains(secret)), "{}", browser.html);
}

#[tokio::test]
async fn an_account_that_is_deleted_leaves_nothing_but_the_note_of_it() {
    let house = House::of_questions(&["one"]);
    let mut browser = house.guest().await;
    browser.answer(&[("choice", "gone")]).await;
    sign_up(&mut browser, "Ada").await;
    browser.submit("form.delete", &[("present", "not the password")]).await;
    assert_eq!(
        (browser.status, browser.attrs(".wrong", "id")),
        (422, vec!["delete-present-wrong".to_owned()])
    );
    browser.submit("form.delete", &[("present", PASSWORD)]).await;
    assert_eq!(browser.path, "/");
    let left = "select (select count(*) from learners) + (select count(*) from accounts)
                       + (select count(*) from sessions) + (select count(*) from reviews)";
    assert_eq!(house.count(left).await, 0);
    assert_eq!(house.count("select count(*) from audit_log where action = 'account-deleted'").await, 1);
    // The last administrator stays.
    let mut admin = house.browser();
    sign_up(&mut admin, "Root").await;
    house.count("update accounts set role = 'admin' returning 1").await;
    assert!(!admin.open("/account").await.has("form.delete"));
    let csrf = admin.form("form.sign-out").1[0].clone();
    admin.post("/account/delete", &[csrf, ("present".to_owned(), PASSWORD.to_owned())]).await;
    assert_eq!(admin.status, 409);
}
