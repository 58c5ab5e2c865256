//! The study loop: question, answer, feedback, rating, next; and all the ways in which a browser can get it wrong.

use jiff::SignedDuration;
use tokio::task::JoinSet;

use crate::house::{House, only};

#[tokio::test]
async fn one_button_leads_to_a_question_and_the_day_ends_with_a_summary() {
    let house = House::of_questions(&["one", "truth"]);
    let mut browser = house.browser();
    browser.open("/").await;
    assert_eq!(browser.texts("main button").len(), 1);
    browser.submit("main form", &[("zone", "Asia/Shanghai")]).await;
    assert_eq!(browser.path, "/study");

    // Wrong: it comes back in the same sitting.
    assert!(browser.text(".stem").contains("裸 Pod 被删除了"), "{}", browser.html);
    browser.answer(&[("choice", "back")]).await;
    assert!(browser.path.starts_with("/study/feedback/"));
    browser.rate("again").await;
    assert!(browser.text(".stem").contains("会被重建"));
    browser.answer(&[("choice", "false")]).await.rate("easy").await;
    house.later(SignedDuration::from_mins(1));
    browser.open("/study").await;
    assert!(browser.text(".stem").contains("裸 Pod 被删除了"));
    browser.answer(&[("choice", "gone")]).await;
    let waits = browser.texts("form.ratings .rating small");
    assert_eq!(waits.len(), 4, "{waits:?}");
    assert!(waits[3].ends_with('天'), "{waits:?}");
    browser.rate("easy").await;

    assert_eq!(browser.path, "/study/done");
    assert_eq!(browser.texts(".facts dd"), ["3", "2", "2"]);
    assert!(browser.text(".learned").contains("Pod 自身不会自愈"), "{}", browser.html);
    assert!(browser.text(".next-due").contains("2026-03-"), "{}", browser.text(".next-due"));
    browser.open("/study").await;
    assert_eq!(browser.path, "/study/done");
}

#[tokio::test]
async fn the_same_form_twenty_times_at_once_records_one_review() {
    let house = House::of_questions(&["one", "truth"]);
    let browser = house.guest().await;
    let mut sending = JoinSet::new();
    for _ in 0..20 {
        let mut window = browser.clone();
        sending.spawn(async move { window.answer(&[("choice", "gone")]).await.clone() });
    }
    let windows = sending.join_all().await;
    assert_eq!(house.count("select count(*) from reviews").await, 1);
    for window in &windows {
        assert_eq!((window.status, &window.path), (200, &windows[0].path));
        assert!(window.has(".verdict.is-right"));
    }
}

#[tokio::test]
async fn reloading_and_going_back_record_nothing_and_show_no_error() {
    let house = House::of_questions(&["one", "truth"]);
    let mut browser = house.guest().await;
    let mut question = browser.clone();
    browser.answer(&[("choice", "gone")]).await;
    let feedback = browser.path.clone();
    for _ in 0..3 {
        browser.open(&feedback).await;
        assert_eq!(browser.status, 200);
    }
    // Back to the question, and another answer: the first one stands.
    question.answer(&[("choice", "back")]).await;
    assert_eq!(question.path, feedback);
    assert!(question.has(".verdict.is-right"));
    // Back to the feedback after going on: rating again is too late or changes only the rating, and leads on.
    let mut late = browser.clone();
    browser.rate("good").await;
    late.rate("hard").await;
    assert_eq!((late.status, late.path.as_str()), (200, "/study"));
    assert_eq!(house.count("select count(*) from reviews").await, 1);
    assert_eq!(house.count("select count(*) from reviews where rating = 2").await, 1);
}

#[tokio::test]
async fn two_tabs_agree() {
    let house = House::of_questions(&["one", "truth"]);
    let mut left = house.guest().await;
    let mut right = left.clone();
    left.answer(&[("choice", "gone")]).await.rate("good").await;
    right.answer(&[("choice", "back")]).await;
    assert!(right.has(".verdict.is-right"), "the answer that was recorded is shown");
    right.open("/study").await;
    assert_eq!(right.text(".stem"), left.text(".stem"));
}

#[tokio::test]
async fn undo_takes_back_one_answer_however_often_it_is_pressed() {
    let house = House::of_questions(&["one", "truth"]);
    let mut browser = house.guest().await;
    browser.answer(&[("choice", "gone")]).await.rate("good").await;
    browser.answer(&[("choice", "true")]).await;
    let (undo, fields) = browser.form("form#undo");
    browser.post(&undo, &fields).await;
    assert!(browser.text(".stem").contains("会被重建"), "{}", browser.html);
    assert!(browser.has(".notice.good"));
    browser.post(&undo, &fields).await;
    assert_eq!((browser.status, browser.path.as_str()), (200, "/study"));
    assert_eq!(house.count("select count(*) from reviews where undone_at is not null").await, 1);

    // Its question can be answered again, and the old form of it cannot.
    browser.answer(&[("choice", "false")]).await;
    assert!(browser.has(".verdict.is-right"));
}

#[tokio::test]
async fn a_stale_form_leads_to_where_the_learner_is() {
    let house = House::of_questions(&["one", "truth"]);
    let mut browser = house.guest().await;
    let mut old = browser.clone();
    browser.answer(&[("choice", "gone")]).await;
    browser.submit("form#undo", &[]).await;
    old.answer(&[("choice", "gone")]).await;
    assert_eq!((old.status, old.path.as_str()), (200, "/study?stale"));
    assert!(old.has(".notice"));
    assert_eq!(house.count("select count(*) from reviews where undone_at is null").await, 0);
    // The feedback of an answer that was taken back leads to the question.
    browser.open("/study/feedback/1").await;
    assert_eq!((browser.status, browser.path.as_str()), (200, "/study"));
}

#[tokio::test]
async fn a_restart_keeps_progress_and_takes_in_changed_content() {
    let mut house = House::of_questions(&["one", "truth"]);
    let mut browser = house.guest().await;
    browser.answer(&[("choice", "gone")]).await.rate("easy").await;
    let mut open_form = browser.clone();

    let edited = only(&["one", "truth"]).replace("被删除的裸 Pod 会被重建", "被删除的裸 Pod 会回来");
    house.restart(Some(edited)).await;
    browser.moved_to(&house.url).open("/study").await;
    assert!(browser.text(".stem").contains("会回来"));
    assert_eq!(house.count("select count(*) from cards where state = 'review'").await, 1);
    // The form from before the restart is graded as what it showed.
    open_form.moved_to(&house.url).answer(&[("choice", "false")]).await;
    assert!(open_form.text(".stem").contains("会被重建"));

    // Another answer is right now: a form from before is stale.
    browser.open("/study").await;
    let turned = only(&["one", "truth"]).replace("answer: false", "answer: true");
    house.restart(Some(turned)).await;
    browser.moved_to(&house.url).open("/study").await;
    assert!(browser.text(".stem").contains("会被重建"));
    browser.answer(&[("choice", "true")]).await;
    assert!(browser.has(".verdict.is-right"));
}

#[tokio::test]
async fn a_broken_answer_is_refused_and_nothing_is_lost() {
    let house = House::of_questions(&["one", "truth"]);
    let mut browser = house.guest().await;
    let (action, fields) = browser.form("form.question");
    let without = |name: &str| fields.iter().filter(|(field, _)| field != name).cloned().collect::<Vec<_>>();
    for name in ["question", "turn", "hash"] {
        browser.post(&action, &without(name)).await;
        assert_eq!(browser.status, 400, "{name}");
    }
    let mut unknown = without("hash");
    unknown.push(("hash".to_owned(), "0".repeat(64)));
    browser.post(&action, &unknown).await;
    assert_eq!((browser.status, browser.path.as_str()), (200, "/study?stale"));
    let mut made_up = without("turn");
    made_up.extend([("turn".to_owned(), "7".to_owned()), ("choice".to_owned(), "gone".to_owned())]);
    browser.post(&action, &made_up).await;
    assert_eq!((browser.status, browser.path.as_str()), (200, "/study?stale"));
    assert_eq!(house.count("select count(*) from reviews").await, 0);
}
