//! Errors are pages, in both languages, that say what to do next.

use crate::house::House;

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
