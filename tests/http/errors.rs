//! Errors are pages, in both languages, that say what to do next.

use std::io::Write;
use std::sync::{Mutex, OnceLock};

use reqwest::Method;

use crate::browser::Browser;
use crate::house::House;
use crate::roles::{Role, Town};
use crate::teaching::{commit, person, send};

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

#[tokio::test]
async fn each_error_is_a_page_in_both_languages_with_the_number_of_the_request() {
    let house = House::of_questions(&["one"]);
    let mut browser = house.guest().await;
    let csrf = browser.form("form.question").1[0].1.clone();
    let origin = house.url.clone();
    let ours = ("origin", origin.as_str());
    let is_page = |browser: &crate::browser::Browser, status: u16| {
        assert_eq!(browser.status, status, "{}", browser.html);
        assert_eq!(browser.attrs(".error > [lang]", "lang"), ["zh-CN", "en"]);
        assert_eq!(browser.text(".error code"), browser.header("x-request-id"));
        assert!(browser.has(".error a[href='/study']"));
    };
    is_page(browser.open("/nowhere").await, 404);
    is_page(browser.open("/study/feedback/999").await, 404);
    is_page(browser.open("/study/feedback/x").await, 404);
    is_page(browser.open("/scenario/none").await, 404);
    is_page(browser.open("/study/answer").await, 405);
    assert_eq!(browser.header("allow"), "POST");
    let form = format!("csrf={csrf}");
    is_page(browser.send("/study/answer", &[FORM, ours], form.clone()).await, 400);
    is_page(browser.send("/study/answer", &[("content-type", "application/json"), ours], "{}").await, 415);
    is_page(browser.send("/study/answer", &[FORM, ours], "a".repeat(70_000)).await, 413);
    is_page(browser.send("/study/answer", &[FORM, ours], "csrf=0").await, 403);
    is_page(
        browser.send("/study/answer", &[FORM, ("origin", "https://evil.example")], form.clone()).await,
        403,
    );
    is_page(browser.send("/study/answer", &[FORM, ("sec-fetch-site", "cross-site")], form).await, 403);
}

#[tokio::test]
async fn a_form_needs_the_token_of_its_session() {
    let house = House::of_questions(&["one"]);
    let mut one = house.guest().await;
    let other = house.guest().await;
    let (action, fields) = other.form("form.question");
    one.post(&action, &fields).await;
    assert_eq!(one.status, 403);
    for path in ["/study/rate", "/study/undo", "/settings", "/language", "/banks/leave", "/banks/enroll"] {
        one.post(path, &[("reading".to_owned(), "en".to_owned())]).await;
        assert_eq!(one.status, 403, "{path}");
    }
    assert_eq!(house.count("select count(*) from reviews").await, 0);
}

/// Everything that the services of this test program have logged.
static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Kept;

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LOG.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn keep_the_log() {
    static KEPT: OnceLock<()> = OnceLock::new();
    KEPT.get_or_init(|| tracing_subscriber::fmt().with_ansi(false).with_writer(|| Kept).init());
}

/// That an error is a page in both languages, which says what to do next, and whose number is in the log.
fn is_told(browser: &Browser, status: u16) {
    assert_eq!(browser.status, status, "{}", browser.html);
    // That of the visitor first.
    let mut langs = browser.attrs(".error > [lang]", "lang");
    assert_eq!(langs[0], browser.attrs("html", "lang")[0]);
    langs.sort();
    assert_eq!(langs, ["en", "zh-CN"]);
    assert!(browser.texts(".error > [lang] p").iter().all(|advice| advice.len() > 20), "{}", browser.html);
    let id = browser.text(".error code");
    assert_eq!(id, browser.header("x-request-id"));
    let log = String::from_utf8(LOG.lock().unwrap().clone()).unwrap();
    let line =
        log.lines().find(|line| line.contains(&id)).unwrap_or_else(|| panic!("{status}: {id} is not logged"));
    assert!(line.contains(&status.to_string()), "{line}");
}

#[tokio::test]
async fn who_may_not_is_told_what_to_do_and_the_log_has_the_number() {
    keep_the_log();
    let mut town = Town::new(House::of_questions(&["one"])).await;
    let mut guest = town.browser(Role::Guest).await;
    let csrf = guest.open("/help").await.attrs("form.languages [name=csrf]", "value")[0].clone();
    guest.post("/admin/settings", &[("csrf".to_owned(), csrf)]).await;
    is_told(&guest, 401);
    let mut teacher = town.browser(Role::Teacher).await;
    is_told(teacher.open("/admin").await, 403);
    assert!(teacher.text(".error h1").contains("权限"), "{}", teacher.html);
    is_told(teacher.post("/language", &[]).await, 403);
    assert!(!teacher.text(".error h1").contains("权限"), "{}", teacher.html);
    is_told(teacher.open("/nowhere").await, 404);
    let outcome = town.ask(Role::Admin, &Method::DELETE, "/admin/people/2", &[]).await;
    assert_eq!(outcome.status, 405);
}

#[tokio::test]
async fn who_is_too_late_or_sends_nothing_good_is_told_so_in_both_languages() {
    keep_the_log();
    let house = House::of_questions(&["one"]);
    let mut teacher = person(&house, "lin", "teacher").await;
    let bank = |words: &str, answer: &str| {
        format!(
            "bank: week-3\nlang: en\ntitle: T\nquestions:\n- {{id: q, kind: true-false, ask: {words}, answer: {answer}}}\n"
        )
    };
    for (reading, conflict, nothing) in [("zh", "抢先", "做不了"), ("en", "faster", "cannot be done")] {
        teacher.open("/teach").await;
        teacher.submit("form.languages", &[("reading", reading)]).await;
        // Two windows: what the second looked at is no longer so when it takes its file in.
        send(&mut teacher, "week-3.yaml", bank(&format!("Is {reading} first?"), "true")).await;
        let mut late = teacher.clone();
        send(&mut late, "week-3.yaml", bank(&format!("Is {reading} second?"), "true")).await;
        commit(&mut teacher).await;
        assert_eq!(teacher.status, 200);
        commit(&mut late).await;
        is_told(&late, 409);
        assert_eq!(late.attrs("html", "lang"), [if reading == "zh" { "zh-CN" } else { "en" }]);
        assert!(late.text(".error h1").contains(conflict), "{}", late.text(".error h1"));
        // A form that no page of ours has: there is nothing to take in.
        send(&mut teacher, "week-3.yaml", bank("Is it?", "perhaps")).await;
        assert!(!teacher.has("form[action$=commit]"));
        let csrf = teacher.attrs("form.languages [name=csrf]", "value")[0].clone();
        let fields = [("csrf", csrf.as_str()), ("seen", ""), ("mode", "whole")];
        let path = teacher.path.clone();
        teacher
            .post(&format!("{path}/commit"), &fields.map(|(name, value)| (name.to_owned(), value.to_owned())))
            .await;
        is_told(&teacher, 422);
        assert!(teacher.text(".error h1").contains(nothing), "{}", teacher.text(".error h1"));
    }
    let there = "select count(*) from bank_versions v join banks b on b.id = v.bank where slug = 'week-3'";
    assert_eq!(house.count(there).await, 2);
}

#[tokio::test]
async fn a_fault_of_ours_is_a_page_too() {
    keep_the_log();
    let house = House::of_questions(&["one"]);
    let mut browser = house.guest().await;
    house.break_it("alter table reviews rename to lost").await;
    is_told(browser.open("/stats").await, 500);
    assert!(!browser.html.contains("reviews"), "what is inside stays inside");
    let log = String::from_utf8(LOG.lock().unwrap().clone()).unwrap();
    assert!(log.contains("no such table"), "the log says what it was");
    house.break_it("alter table lost rename to reviews").await;
    assert_eq!(browser.open("/stats").await.status, 200);
}

#[tokio::test]
async fn too_many_tries_are_told_when_to_try_again() {
    keep_the_log();
    let house = House::of_questions(&["one"]);
    let mut browser = house.browser();
    for _ in 0..200 {
        let fields = [("name", "ada"), ("password", "a wrong one")];
        browser.post("/sign-in", &fields.map(|(name, value)| (name.to_owned(), value.to_owned()))).await;
        if browser.status != 422 {
            break;
        }
    }
    is_told(&browser, 429);
    assert!(browser.header("retry-after").parse::<u64>().unwrap() > 0);
}
