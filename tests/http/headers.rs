//! What every answer says to the browser.

use crate::browser::Browser;
use crate::house::House;

#[tokio::test]
async fn every_answer_keeps_the_browser_safe() {
    let house = House::of_questions(&["one"]);
    let mut browser = house.guest().await;
    let style = browser.open("/study").await.attrs("link[rel=stylesheet]", "href")[0].clone();
    for page in ["/", "/study", "/help", "/nowhere", "/healthz", &style] {
        browser.open(page).await;
        let policy = browser.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{page}: {policy}");
        assert!(policy.contains("frame-ancestors 'none'"));
        assert_eq!(browser.header("x-content-type-options"), "nosniff", "{page}");
        assert_eq!(browser.header("referrer-policy"), "same-origin", "{page}");
        assert_eq!(browser.header("cross-origin-opener-policy"), "same-origin", "{page}");
        assert_eq!(browser.header("x-request-id").len(), 16, "{page}");
    }
}

#[tokio::test]
async fn no_page_has_script_or_style_of_its_own_or_asks_another_host() {
    let house = House::of_questions(&["one"]);
    let mut browser = house.guest().await;
    let feedback = browser.answer(&[("choice", "back")]).await.path.clone();
    for page in ["/", "/study/done", "/banks", "/stats", "/settings", "/help", "/scenarios", &feedback] {
        browser.open(page).await;
        assert!(!browser.has("style, [style], script:not([src])"), "{page}");
        assert!(!browser.html.contains(" onclick="), "{page}");
        for (what, attr) in [("script", "src"), ("link", "href"), ("img", "src"), ("form", "action")] {
            for url in browser.attrs(what, attr) {
                assert!(url.starts_with('/') && !url.starts_with("//"), "{page}: {url}");
            }
        }
    }
}

#[tokio::test]
async fn files_are_named_by_their_content_and_kept_for_ever() {
    let house = House::of_questions(&["one"]);
    let mut browser = house.browser();
    let style = browser.open("/").await.attrs("link[rel=stylesheet]", "href")[0].clone();
    browser.open_with(&style, "accept-encoding", "gzip").await;
    assert_eq!(browser.status, 200);
    assert!(browser.header("cache-control").contains("immutable"));
    assert_eq!(browser.header("content-encoding"), "gzip");
    assert!(browser.header("content-type").starts_with("text/css"));
    assert_eq!(browser.open("/static/base.css").await.status, 404);
    assert_eq!(browser.open("/static/../Cargo.toml").await.status, 404);
}

#[tokio::test]
async fn the_first_page_with_all_it_needs_is_small() {
    let house = House::of_questions(&["one"]);
    let mut browser = house.browser();
    let mut bytes = browser.open("/").await.html.len();
    let mut urls = browser.attrs("link[rel=stylesheet], link[rel=icon]", "href");
    urls.extend(browser.attrs("script, img", "src"));
    urls.sort();
    urls.dedup();
    for url in urls {
        browser.open_with(&url, "accept-encoding", "gzip").await;
        bytes += browser.header("content-length").parse::<usize>().unwrap();
    }
    assert!(bytes < 50_000, "{bytes}");
}

#[tokio::test]
async fn a_large_page_is_sent_smaller_to_who_can_read_it() {
    let house = House::of_questions(&["one"]);
    let mut browser = house.guest().await;
    let feedback = browser.answer(&[("choice", "back")]).await.path.clone();
    let plain = browser.html.len();
    browser.open_with(&feedback, "accept-encoding", "gzip").await;
    assert_eq!(browser.header("content-encoding"), "gzip");
    let small: usize = browser.header("content-length").parse().unwrap();
    assert!(small * 3 < plain, "{small} of {plain}");
}

#[tokio::test]
async fn nothing_but_a_redirect_follows_a_form() {
    let house = House::of_questions(&["one"]);
    let mut browser = Browser::without_redirects(&house.url);
    browser.open("/").await;
    browser.submit("main form", &[]).await;
    browser.open("/study").await;
    browser.answer(&[("choice", "gone")]).await;
    assert_eq!((browser.status, browser.header("location")), (303, "/study/feedback/1"));
    browser.open("/study/feedback/1").await;
    browser.rate("good").await;
    assert_eq!((browser.status, browser.header("location")), (303, "/study"));
}
