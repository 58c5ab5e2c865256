//! Chinese, English, or both, on every page.

use crate::house::House;

#[tokio::test]
async fn a_new_visitor_reads_what_the_browser_prefers() {
    let house = House::of_questions(&["one"]);
    let mut browser = house.browser();
    browser.open_with("/", "accept-language", "en-US,en;q=0.9").await;
    assert_eq!(browser.attrs("html", "lang"), ["en"]);
    browser.open_with("/", "accept-language", "zh-CN,zh;q=0.9,en;q=0.8").await;
    assert_eq!(browser.attrs("html", "lang"), ["zh-CN"]);
}

#[tokio::test]
async fn one_click_changes_the_language_on_every_page_and_comes_back_to_it() {
    let house = House::of_questions(&["one"]);
    let mut visitor = house.browser();
    for page in ["/", "/help", "/scenarios", "/nowhere"] {
        visitor.open(page).await;
        visitor.submit("form.languages", &[("reading", "en")]).await;
        assert_eq!((visitor.path.as_str(), visitor.attrs("html", "lang")), (page, vec!["en".to_owned()]));
        visitor.submit("form.languages", &[("reading", "zh")]).await;
    }
    let mut guest = house.guest().await;
    for page in ["/", "/study", "/banks", "/stats", "/settings", "/study/done"] {
        guest.open(page).await;
        guest.submit("form.languages", &[("reading", "en")]).await;
        assert_eq!((guest.path.as_str(), guest.attrs("html", "lang")), (page, vec!["en".to_owned()]));
        guest.submit("form.languages", &[("reading", "zh")]).await;
    }
    // It is the learner's own, and no link leads elsewhere.
    guest.submit("form.languages", &[("reading", "en"), ("back", "//evil.example/")]).await;
    assert_eq!(guest.path, "/");
    assert_eq!(house.count("select count(*) from learners where reading = 'en'").await, 1);
}

#[tokio::test]
async fn both_languages_are_paired_block_by_block_with_one_button_a_pair() {
    let house = House::of_questions(&["one"]);
    let mut browser = house.guest().await;
    browser.submit("form.languages", &[("reading", "both")]).await;
    assert_eq!(browser.attrs("html", "lang"), ["zh-CN"]);
    assert_eq!(browser.attrs("button[aria-pressed=true]", "value"), ["both"]);
    // The stem has two paragraphs, the question three choices: a pair for each.
    assert_eq!(browser.texts(".stem .pair").len(), 2);
    assert_eq!(browser.attrs(".stem .pair:first-child > .say", "lang"), ["zh-CN", "en"]);
    assert_eq!(browser.texts(".choice .pair").len(), 3);
    assert_eq!(browser.texts("input[type=radio]").len(), 3);
    browser.answer(&[("choice", "back")]).await;
    assert_eq!(browser.texts(".explain .pair").len(), 1);
    assert_eq!(browser.texts(".choice.is-wrong .why .say").len(), 2);
    assert_eq!(house.count("select count(*) from reviews where lang = 'zh+en'").await, 1);
}

#[tokio::test]
async fn a_text_in_one_language_says_so_to_who_asked_for_the_other() {
    let house = House::of_questions(&["zh-only"]);
    let mut browser = house.guest().await;
    assert!(!browser.has(".fallback"));
    browser.submit("form.languages", &[("reading", "en")]).await;
    assert_eq!(browser.text(".stem .fallback-mark"), "only in Chinese");
    assert_eq!(browser.attrs(".stem .fallback > [lang=zh-CN]", "lang"), ["zh-CN"]);
}

#[tokio::test]
async fn content_is_markdown_and_never_html() {
    let house = House::of_questions(&["one"]);
    let browser = house.guest().await;
    assert!(browser.html.contains("<code>restartPolicy: Always</code>"), "{}", browser.html);
    assert!(browser.html.contains("&lt;b&gt;等待&lt;/b&gt;"), "{}", browser.html);
}

#[tokio::test]
async fn blanks_have_one_field_where_both_languages_are_shown() {
    let house = House::of_questions(&["blanks"]);
    let mut browser = house.guest().await;
    browser.submit("form.languages", &[("reading", "both")]).await;
    assert_eq!(browser.attrs("input.blank", "name"), ["blank-1", "blank-2"]);
    assert_eq!(browser.texts(".twin"), ["1", "2"]);
}
