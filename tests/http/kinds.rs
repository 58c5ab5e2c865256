//! Each kind of question, answered rightly and wrongly.

use crate::browser::Browser;
use crate::house::House;

/// Answers the only question of a house; the feedback is open then.
async fn answered(ident: &str, filled: &[(&str, &str)]) -> (House, Browser) {
    let house = House::of_questions(&[ident]);
    let mut browser = house.guest().await;
    browser.answer(filled).await;
    (house, browser)
}

async fn is_right(ident: &str, filled: &[(&str, &str)]) -> Browser {
    let (house, mut browser) = answered(ident, filled).await;
    assert!(browser.has(".verdict.is-right"), "{ident} {filled:?}: {}", browser.html);
    assert_eq!(browser.attrs("form.ratings button[name=rating]", "value"), ["again", "hard", "good", "easy"]);
    browser.rate("good").await;
    assert_eq!(house.count("select count(*) from reviews where score = 1000 and rating = 3").await, 1);
    browser
}

/// What is wrong has one button, and nothing better than *Again*.
async fn is_wrong(ident: &str, filled: &[(&str, &str)]) -> Browser {
    let (house, mut browser) = answered(ident, filled).await;
    assert!(browser.has(".verdict.is-wrong, .verdict.is-partly"), "{ident} {filled:?}: {}", browser.html);
    assert_eq!(browser.attrs("form.ratings button[name=rating]", "value"), ["again"]);
    assert!(browser.text("form.ratings button").contains("1 分钟"), "{}", browser.html);
    let feedback = browser.clone();
    browser.rate("easy").await;
    assert_eq!(house.count("select count(*) from reviews where score < 1000 and rating = 1").await, 1);
    feedback
}

#[tokio::test]
async fn a_single_choice_says_why_each_other_is_wrong() {
    is_right("one", &[("choice", "gone")]).await;
    let page = is_wrong("one", &[("choice", "back")]).await;
    assert!(page.text(".choice.is-wrong.is-chosen").contains("重启策略只管 容器"), "{}", page.html);
    assert!(page.text(".choice.is-missed").contains("没有了"));
    assert!(page.text(".choice.is-left").contains("没有对象在等待"));
    assert!(page.text(".explain").contains("没有 Controller 看管它"));
    assert!(page.has("[data-player]"), "{}", page.html);
}

#[tokio::test]
async fn several_choices_are_right_together() {
    let both = [("choice", "ip"), ("choice", "ports")];
    is_right("many", &both).await;
    let page = is_wrong("many", &[("choice", "ip")]).await;
    assert!(page.text(".verdict.is-partly").contains("50"));
    is_wrong("many", &[("choice", "root")]).await;
}

#[tokio::test]
async fn a_statement_is_true_or_false() {
    is_right("truth", &[("choice", "false")]).await;
    let page = is_wrong("truth", &[("choice", "true")]).await;
    assert!(page.text(".choice.is-wrong").contains("没有 Controller"));
}

#[tokio::test]
async fn blanks_are_filled_in_either_language() {
    is_right("blanks", &[("blank-1", "pod"), ("blank-2", "控制器")]).await;
    let page = is_wrong("blanks", &[("blank-1", "Pod"), ("blank-2", "Node")]).await;
    assert_eq!(page.text(".blank.is-wrong del"), "Node");
    assert_eq!(page.text(".blank.is-wrong ins"), "Controller");
}

#[tokio::test]
async fn a_word_is_typed_in_either_language() {
    is_right("word", &[("answer", " replicaset。 ")]).await;
    let page = is_wrong("word", &[("answer", "Service")]).await;
    assert!(page.text(".given.is-wrong").contains("Service"));
    assert_eq!(page.text(".right-answer"), "副本集");
}

#[tokio::test]
async fn a_number_is_read_with_its_unit() {
    is_right("number", &[("answer", "300")]).await;
    let (_house, page) = answered("number", &[("answer", "五分钟")]).await;
    assert!(page.has(".verdict.is-right"));
    assert!(page.text(".understood").contains("300 s"), "{}", page.html);
    is_wrong("number", &[("answer", "30")]).await;
}

#[tokio::test]
async fn items_are_put_in_order() {
    let right = [("place-prestop", "1"), ("place-term", "2"), ("place-kill", "3")];
    is_right("sequence", &right).await;
    // As it is shown, it is never right.
    let page = is_wrong("sequence", &[]).await;
    assert!(page.has(".order .is-wrong"));
}

#[tokio::test]
async fn pairs_are_found() {
    is_right("pairs", &[("match-logs", "logs"), ("match-database", "database")]).await;
    let page = is_wrong("pairs", &[("match-logs", "database"), ("match-database", "database")]).await;
    assert_eq!(page.text(".match .is-wrong del"), "StatefulSet");
    assert_eq!(page.text(".match .is-wrong ins"), "DaemonSet");
}

#[tokio::test]
async fn a_prediction_is_what_the_cluster_computes() {
    let house = House::of_questions(&["forecast"]);
    let mut browser = house.guest().await;
    assert_eq!(browser.texts(".choice .said"), ["0 个", "1 个"]);
    assert_eq!(browser.attrs("[name=choice]", "value"), ["#1", "#2"]);
    browser.answer(&[("choice", "#1")]).await;
    assert!(browser.has(".verdict.is-right"), "{}", browser.html);
    let page = is_wrong("forecast", &[("choice", "before")]).await;
    assert!(page.text(".choice.is-wrong").contains("那是删除之前"));
}

/// Whoever reads the source of the page learns no more than who looks at it: the right order, the right pairs and the right
/// choice have no name of their own there.
#[tokio::test]
async fn the_source_of_a_question_gives_nothing_away() {
    let asked = async |ident| {
        let house = House::of_questions(&[ident]);
        let page = house.guest().await;
        (house, page)
    };
    for ident in ["one", "many", "truth", "forecast"] {
        let (_house, page) = asked(ident).await;
        let signs: Vec<String> = (1..=page.texts(".choice").len()).map(|place| format!("#{place}")).collect();
        assert_eq!(page.attrs("[name=choice]", "value"), signs, "{ident}");
    }
    let (_house, page) = asked("sequence").await;
    assert_eq!(page.attrs(".order select", "name"), ["place-#1", "place-#2", "place-#3"]);
    let (_house, mut page) = asked("pairs").await;
    assert_eq!(page.attrs("#match-1 option", "value"), ["", "#1", "#2"]);
    assert_eq!(page.attrs("#match-2 option", "value"), ["", "#1", "#2"]);

    // The same signs, sent back, are understood.
    let words = page.texts("#match-1 option");
    let sign = |name: &str| format!("#{}", words.iter().position(|word| word == name).unwrap());
    let (logs, database) = (sign("DaemonSet"), sign("StatefulSet"));
    page.answer(&[("match-logs", &logs), ("match-database", &database)]).await;
    assert!(page.has(".verdict.is-right"), "{}", page.html);

    let (_house, mut page) = asked("sequence").await;
    let shown = page.texts(".order .said");
    let place =
        |words: &str| format!("place-#{}", shown.iter().position(|said| said.contains(words)).unwrap() + 1);
    let names = ["preStop", "SIGTERM", "SIGKILL"].map(place);
    page.answer(&[(&names[0], "1"), (&names[1], "2"), (&names[2], "3")]).await;
    assert!(page.has(".verdict.is-right"), "{}", page.html);
}

#[tokio::test]
async fn a_flashcard_is_revealed_and_then_rated_by_the_learner() {
    let (house, mut page) = answered("card", &[]).await;
    assert!(page.path.starts_with("/study/feedback/"));
    assert_eq!(page.text(".back"), "最小的单位。");
    assert!(!page.has(".verdict"));
    assert_eq!(page.attrs("form.ratings button[name=rating]", "value"), ["again", "hard", "good", "easy"]);
    // Whoever leaves without a rating sees it again.
    assert_eq!(house.count("select count(*) from reviews where rating = 1").await, 1);
    page.rate("easy").await;
    assert_eq!(house.count("select count(*) from reviews where rating = 4").await, 1);
    assert_eq!(page.path, "/study/done");
}

#[tokio::test]
async fn a_form_that_cannot_be_graded_is_shown_again_as_it_was_filled_in() {
    let house = House::of_questions(&["sequence"]);
    let mut browser = house.guest().await;
    browser.answer(&[("place-#1", "2"), ("place-#2", "2"), ("place-#3", "1")]).await;
    assert_eq!(browser.status, 422);
    assert!(browser.has(".notice.bad"), "{}", browser.html);
    let (_, fields) = browser.form("form.question");
    assert!(fields.contains(&("place-#3".to_owned(), "1".to_owned())), "{fields:?}");
    assert_eq!(house.count("select count(*) from reviews").await, 0);

    for ident in ["one", "many", "word", "number", "blanks", "pairs"] {
        let (house, browser) = answered(ident, &[("answer", " ")]).await;
        assert_eq!(browser.status, 422, "{ident}");
        assert_eq!(browser.text(".notice.bad"), "还没有作答。", "{ident}");
        assert_eq!(house.count("select count(*) from reviews").await, 0, "{ident}");
    }
}
