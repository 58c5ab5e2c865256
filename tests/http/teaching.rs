//! Teachers: a file is sent, looked at, taken in, and studied by someone else.

use doujia::store::file_url;
use sqlx::AnyPool;

use crate::browser::Browser;
use crate::house::House;
use crate::pictures::archive;

const PASSWORD: &str = "a bean in every pod";

/// Two questions; what is given stands for the first word and the right answer of the first.
fn bank(word: &str, right: &str) -> String {
    format!(
        "bank: week-3\nlang: en\ntitle: Week 3\nquestions:\n\
         - id: first\n  kind: true-false\n  ask: {word} a bare Pod moved to another Node?\n  answer: {right}\n\
         - id: second\n  kind: true-false\n  ask: Does a Job end?\n  answer: true\n"
    )
}

/// Someone with an account of this role.
pub(crate) async fn person(house: &House, name: &str, role: &str) -> Browser {
    let mut browser = house.guest().await;
    browser.open("/sign-up").await;
    browser.submit("form.sign-up", &[("name", name), ("password", PASSWORD), ("again", PASSWORD)]).await;
    sqlx::any::install_default_drivers();
    let pool = AnyPool::connect(&file_url(&house.database())).await.unwrap();
    let update = sqlx::query("update accounts set role = $1 where name = $2").bind(role).bind(name);
    assert_eq!(update.execute(&pool).await.unwrap().rows_affected(), 1);
    pool.close().await;
    browser
}

/// Sends a file by the form that is on `/teach`, and comes to what is said of it.
pub(crate) async fn send(browser: &mut Browser, name: &str, file: impl AsRef<[u8]>) {
    browser.open("/teach").await;
    let (action, fields) = browser.form("form.sending");
    let mut body = String::new();
    for (field, value) in fields.iter().filter(|(field, _)| field != "file") {
        body += &format!("--bean\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n");
    }
    body += &format!(
        "--bean\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n"
    );
    let body = [body.as_bytes(), file.as_ref(), b"\r\n--bean--\r\n"].concat();
    browser.send(&action, &[("content-type", "multipart/form-data; boundary=bean")], body).await;
}

pub(crate) async fn commit(browser: &mut Browser) {
    browser.submit("form[action$=commit]", &[]).await;
}

/// Opens the bank to all, and has someone study it.
pub(crate) async fn publish(teacher: &mut Browser, learner: &mut Browser) {
    teacher.open("/teach/bank/week-3").await;
    teacher.submit("form[action$=audience]", &[("audience", "public")]).await;
    learner.open("/bank/week-3").await;
    learner.submit("main form", &[]).await;
}

/// Answers the first question for good.
async fn learn(learner: &mut Browser) {
    learner.open("/study?bank=week-3").await;
    learner.answer(&[("choice", "false")]).await;
    learner.rate("easy").await;
}

#[tokio::test]
async fn a_file_is_looked_at_then_taken_in_and_someone_else_studies_it() {
    let house = House::of_questions(&["one"]);
    let mut teacher = person(&house, "lin", "teacher").await;
    send(&mut teacher, "week-3.yaml", &bank("Is", "false")).await;
    assert_eq!(teacher.status, 200, "{}", teacher.html);
    assert_eq!(teacher.texts(".preview").len(), 2);
    assert!(teacher.has(".preview fieldset[disabled] #q1-choice-1"), "{}", teacher.html);
    assert_eq!(house.count("select count(*) from banks where slug = 'week-3'").await, 0);
    commit(&mut teacher).await;
    assert_eq!(teacher.path, "/teach/bank/week-3?saved");
    let mut learner = house.guest().await;
    assert_eq!(learner.open("/bank/week-3").await.status, 404, "it is private");
    publish(&mut teacher, &mut learner).await;
    learner.open("/study?bank=week-3").await;
    assert!(learner.text(".stem").contains("bare Pod"), "{}", learner.html);
    learner.answer(&[("choice", "false")]).await;
    assert!(learner.path.starts_with("/study/feedback/") && learner.path.ends_with("?bank=week-3"));
    learner.rate("easy").await;
    assert_eq!(learner.path, "/study?bank=week-3");
    assert_eq!(house.count("select count(*) from audit_log where action like 'bank-%'").await, 2);
}

#[tokio::test]
async fn a_typo_keeps_cards_another_answer_resets_them_and_the_same_file_changes_nothing() {
    let house = House::of_questions(&["one"]);
    let (mut teacher, mut learner) = (person(&house, "lin", "teacher").await, house.guest().await);
    send(&mut teacher, "week-3.yaml", &bank("Is", "false")).await;
    commit(&mut teacher).await;
    publish(&mut teacher, &mut learner).await;
    learn(&mut learner).await;
    let known = "select count(*) from cards where state <> 'new'";
    send(&mut teacher, "week-3.yaml", &bank("Was", "false")).await;
    assert_eq!(teacher.attrs(".changes li", "class"), ["is-left"]);
    commit(&mut teacher).await;
    assert_eq!(house.count(known).await, 1);
    send(&mut teacher, "week-3.yaml", &bank("Was", "false")).await;
    assert!(!teacher.has(".changes li"));
    commit(&mut teacher).await;
    assert_eq!(
        house
            .count("select count(*) from bank_versions v join banks b on b.id = v.bank where slug = 'week-3'")
            .await,
        2
    );
    send(&mut teacher, "week-3.yaml", &bank("Was", "true")).await;
    assert!(teacher.text(".changes li").contains('1'), "{}", teacher.text(".changes li"));
    let late = teacher.clone();
    commit(&mut teacher).await;
    assert_eq!(house.count(known).await, 0);
    // The same page sent again is too late, whatever it says.
    let mut late = late;
    commit(&mut late).await;
    assert_eq!(late.status, 404);
    // The first version comes back as a fourth one, after it was looked at.
    teacher.open("/teach/bank/week-3").await;
    assert_eq!(teacher.texts(".versions li").len(), 3);
    teacher.submit(".versions li:last-child form", &[]).await;
    assert!(teacher.path.starts_with("/teach/upload/"), "{}", teacher.path);
    commit(&mut teacher).await;
    assert_eq!(
        house
            .count(
                "select max(number) from bank_versions v join banks b on b.id = v.bank where slug = 'week-3'"
            )
            .await,
        4
    );
    teacher.open("/teach/bank/week-3/compare?from=1&to=3").await;
    assert_eq!(teacher.texts(".difference").len(), 1);
    teacher.open("/teach/bank/week-3/export/yaml").await;
    assert!(
        teacher.html.contains("Is a bare Pod")
            && teacher.header("content-disposition").contains("week-3.yaml")
    );
}

#[tokio::test]
async fn what_a_version_changes_is_told_before_and_afterwards() {
    let house = House::of_questions(&["one"]);
    let mut teacher = person(&house, "lin", "teacher").await;
    let statement = |id: &str, ask: &str, answer: bool| {
        format!("  - {{id: {id}, kind: true-false, ask: {ask}, answer: {answer}}}\n")
    };
    let bank = |title: &str, questions: &[String]| {
        format!("bank: week-4\nlang: en\ntitle: {title}\nquestions:\n{}", questions.concat())
    };
    let [a, b] = [statement("a", "Is A so?", true), statement("b", "Is B so?", true)];
    let versions = [
        bank("Week 4", &[a.clone(), b.clone()]),
        bank("Week four", &[a.clone(), b.clone()]),
        bank("Week four", &[b.clone(), a.clone()]),
        bank("Week four", &[statement("b", "Is B so?", false), statement("a", "Is A really so?", true)]),
    ];
    let mut told = Vec::new();
    for version in &versions {
        send(&mut teacher, "week-4.yaml", version).await;
        told.push((teacher.texts(".changes li"), teacher.html.contains("标题、场景或图片等会更新")));
        commit(&mut teacher).await;
    }
    assert_eq!(told[1], (vec![], true));
    assert_eq!(
        told[2],
        (vec!["b 只换了位置：进度保留".to_owned(), "a 只换了位置：进度保留".to_owned()], false)
    );
    assert_eq!(
        told[3],
        (vec!["b 答案变了：进度重新开始".to_owned(), "a 改了文字，答案不变：进度保留".to_owned()], false)
    );
    for (from, expected) in [
        (1, vec!["标题、语言、作者或许可"]),
        (2, vec!["题目的顺序"]),
        (3, vec!["b · 答案变了：进度重新开始", "a · 改了文字，答案不变：进度保留"]),
    ] {
        teacher.open(&format!("/teach/bank/week-4/compare?from={from}&to={}", from + 1)).await;
        assert_eq!(teacher.texts(".difference h2"), expected);
    }
    // Side by side, with the lines that differ.
    assert_eq!(teacher.texts(".difference del"), ["answer: true", "ask: Is A so?"]);
    assert_eq!(teacher.texts(".difference ins"), ["answer: false", "ask: Is A really so?"]);
}

#[tokio::test]
async fn a_typo_in_a_question_without_an_id_keeps_its_card_and_the_teacher_sees_why() {
    let house = House::of_questions(&["one"]);
    let (mut teacher, mut learner) = (person(&house, "lin", "teacher").await, house.guest().await);
    let text = |asks: &str, answer: &str| {
        format!(
            "---\nbank: week-3\nlang: en\n---\n## {asks}\nanswer: {answer}\n\n## Does a Job end?\nanswer: true\n"
        )
    };
    send(&mut teacher, "week-3.md", text("Wil a bare Pod move to another Node?", "false")).await;
    commit(&mut teacher).await;
    publish(&mut teacher, &mut learner).await;
    learn(&mut learner).await;
    let known = "select count(*) from cards where state <> 'new'";
    let versions = "select count(*) from bank_versions v join banks b on b.id = v.bank where slug = 'week-3'";
    let mended = text("Will a bare Pod move to another Node?", "false");
    for (round, file) in ["week-3.md", "week-3.zip"].into_iter().enumerate() {
        let bytes = match file {
            "week-3.md" => mended.clone().into_bytes(),
            _ => archive(&[("banks/week-3.md", mended.as_bytes())]),
        };
        send(&mut teacher, file, bytes).await;
        if round == 0 {
            assert_eq!(teacher.attrs(".changes li", "class"), ["is-left"], "{}", teacher.html);
            assert!(teacher.text(".recognized del").contains("Wil a bare"));
            assert!(teacher.text(".recognized ins").contains("Will a bare"));
        } else {
            assert!(!teacher.has(".changes li") && !teacher.has(".recognized"), "the same again");
        }
        commit(&mut teacher).await;
        assert_eq!((house.count(known).await, house.count(versions).await), (1, 2));
    }
    // Another answer begins it afresh, however the words change with it.
    send(&mut teacher, "week-3.md", text("Will a bare Pod move to another machine?", "true")).await;
    assert_eq!(teacher.attrs(".changes li", "class"), ["is-wrong"]);
    assert!(teacher.has(".recognized"));
    commit(&mut teacher).await;
    assert_eq!(house.count(known).await, 0);
    // Other words are another question.
    send(&mut teacher, "week-3.md", text("How about a quite different one?", "true")).await;
    let classes = teacher.attrs(".changes li", "class");
    assert_eq!(classes, ["is-wrong", "is-hit"], "one is gone, one is new");
}

#[tokio::test]
async fn good_questions_are_taken_and_the_others_come_back_as_a_file_that_is_added_later() {
    let house = House::of_questions(&["one"]);
    let mut teacher = person(&house, "lin", "teacher").await;
    let broken = bank("Is", "perhaps");
    send(&mut teacher, "week-3.yaml", &broken).await;
    assert_eq!((teacher.texts(".problems .is-error").len(), teacher.texts(".preview").len()), (1, 1));
    assert!(
        teacher.text(".problems li code").starts_with("week-3.yaml:8:"),
        "{}",
        teacher.text(".problems li")
    );
    let rest = teacher.attrs("a[href$=rest]", "href")[0].clone();
    let mut file = teacher.clone();
    file.open(&rest).await;
    assert!(file.html.contains("id: first") && !file.html.contains("id: second"), "{}", file.html);
    commit(&mut teacher).await;
    send(&mut teacher, "week-3-to-mend.yaml", &file.html.replace("perhaps", "false")).await;
    commit(&mut teacher).await;
    assert_eq!(house.count("select count(*) from questions q join banks b on b.id = q.bank where slug = 'week-3' and removed_at is null").await, 2);
}

#[tokio::test]
async fn what_stands_above_the_questions_is_kept_by_a_table_and_lost_by_no_mistake() {
    let house = House::of_questions(&["one"]);
    let mut teacher = person(&house, "lin", "teacher").await;
    let whole = "bank: week-3\nlang: en\ntitle: {zh: 第三周, en: Week 3}\nlicense: CC0\nauthor: Lin\nquestions:\n\
                 - {id: a, ask: Is it so?, answer: true}\n";
    send(&mut teacher, "week-3.yaml", whole).await;
    commit(&mut teacher).await;
    let head = "select count(*) from banks where slug = 'week-3' and lang = 'en' and license = 'CC0' and author = 'Lin'
                and title_zh = '第三周' and title_en = 'Week 3'";
    assert_eq!(house.count(head).await, 1);
    // A table has no place for it; the form of the page is in Chinese.
    send(&mut teacher, "week-3.csv", "id,question,answer\na,Is it really so?,TRUE\n").await;
    commit(&mut teacher).await;
    assert_eq!(house.count(head).await, 1);
    for mistake in ["title: {}", "titel: Week 3", "title: Week 3\nlang: eng"] {
        let wrong =
            format!("bank: week-3\n{mistake}\nquestions:\n- {{id: a, ask: Is it so now?, answer: true}}\n");
        send(&mut teacher, "week-3.yaml", wrong).await;
        assert!(teacher.has(".problems .is-error") && !teacher.has("form[action$=commit]"), "{mistake}");
    }
    assert_eq!(house.count(head).await, 1);
}

#[tokio::test]
async fn a_file_with_few_of_many_questions_is_an_addition_unless_one_says_otherwise() {
    let house = House::of_questions(&["one"]);
    let mut teacher = person(&house, "lin", "teacher").await;
    let of = |ids: &[&str]| {
        let questions: String = ids
            .iter()
            .map(|id| format!("- {{id: {id}, ask: Is {id} what it is called?, answer: true}}\n"))
            .collect();
        format!("bank: week-3\nlang: en\ntitle: Week 3\nquestions:\n{questions}")
    };
    send(&mut teacher, "week-3.yaml", of(&["a", "b", "c", "d", "e"])).await;
    commit(&mut teacher).await;
    // Two of five, under any name: they are added. Three may well be all that shall stay.
    send(&mut teacher, "mended.yaml", of(&["f", "g"])).await;
    assert_eq!(teacher.attrs(".changes li", "class"), ["is-hit", "is-hit"]);
    assert_eq!(teacher.attrs("input[name=mode]", "value"), ["add"]);
    send(&mut teacher, "mended.yaml", of(&["a", "b", "f"])).await;
    assert_eq!(teacher.attrs("input[name=mode]", "value"), ["whole"]);
    send(&mut teacher, "mended.yaml", of(&["f"])).await;
    let other = teacher.attrs("a[href$='mode=whole']", "href").remove(0);
    teacher.open(&other).await;
    commit(&mut teacher).await;
    let there = "select count(*) from questions q join banks b on b.id = q.bank
                 where slug = 'week-3' and removed_at is null";
    assert_eq!(house.count(there).await, 1);
    // An earlier version is meant whole, however few questions it had.
    send(&mut teacher, "week-3.yaml", of(&["a", "b", "c", "d", "e"])).await;
    commit(&mut teacher).await;
    teacher.open("/teach/bank/week-3").await;
    teacher.submit("form[action$=restore]:has([value='2'])", &[]).await;
    assert_eq!(teacher.attrs("input[name=mode]", "value"), ["whole"]);
}

#[tokio::test]
async fn a_bank_is_its_owners_and_a_link_lets_learners_in() {
    let house = House::of_questions(&["one"]);
    let (mut teacher, mut other) =
        (person(&house, "lin", "teacher").await, person(&house, "wei", "teacher").await);
    send(&mut teacher, "week-3.yaml", &bank("Is", "false")).await;
    commit(&mut teacher).await;
    for page in ["/teach/bank/week-3", "/teach/bank/week-3/export/yaml", "/bank/week-3", "/study?bank=week-3"]
    {
        assert_eq!(other.open(page).await.status, 404, "{page}");
    }
    send(&mut other, "week-3.yaml", &bank("Was", "true")).await;
    assert!(other.has(".problems .is-error") && !other.has("form[action$=commit]"));
    teacher.open("/teach/bank/week-3").await;
    teacher.submit("form[action$=audience]", &[("audience", "link")]).await;
    let link = teacher.attrs("#link", "value")[0].clone();
    let path = &link[link.find("/join/").unwrap()..];
    // It leads where this browser has found the service.
    teacher.open_with("/teach/bank/week-3", "host", "beans.lan:8080").await;
    assert_eq!(teacher.attrs("#link", "value"), [format!("http://beans.lan:8080{path}")]);
    teacher.open_with("/teach/bank/week-3", "host", "beans.lan/<b>").await;
    assert_eq!(teacher.attrs("#link", "value"), std::slice::from_ref(&link));
    teacher.open("/teach/bank/week-3").await;
    let mut learner = house.guest().await;
    assert_eq!(learner.open("/bank/week-3").await.status, 404);
    learner.open(path).await;
    learner.submit("main form", &[]).await;
    assert_eq!((learner.status, learner.path.as_str()), (200, "/bank/week-3"));
    // Private again: the learner is out, and the old link leads nowhere.
    teacher.submit("form[action$=audience]", &[("audience", "private")]).await;
    assert_eq!(learner.open("/bank/week-3").await.status, 404);
    assert_eq!(learner.open(path).await.status, 404);
}

#[tokio::test]
async fn the_own_scenario_of_a_wrong_choice_plays_in_the_preview_and_after_the_answer() {
    let house = House::of_questions(&["one"]);
    let (mut teacher, mut learner) = (person(&house, "lin", "teacher").await, house.guest().await);
    let own = include_str!("../../content/scenarios/delete-bare-pod.yaml")
        .replace("scenario: delete-bare-pod", "scenario: my-own");
    let text = "bank: week-3\nlang: en\ntitle: Week 3\nquestions:\n- id: one\n  ask: What becomes of it?\n  choices:\n  \
                - {id: back, say: It comes back, scenario: my-own}\n  - {id: gone, say: It is gone, right: true}\n";
    let whole = archive(&[("banks/week-3.yaml", text.as_bytes()), ("scenarios/my-own.yaml", own.as_bytes())]);
    send(&mut teacher, "week-3.zip", whole).await;
    let url = teacher.attrs(".preview .choice .shown a", "href").remove(0);
    let mut preview = teacher.clone();
    preview.open(&url).await;
    assert_eq!((preview.status, preview.texts(".player").len()), (200, 1), "{}", preview.html);
    let next = preview.attrs(".player a[href*='&t=1#']", "href").remove(0);
    assert!(preview.open(&next).await.has(".player"), "every moment has a page");
    commit(&mut teacher).await;
    publish(&mut teacher, &mut learner).await;
    learner.open("/study?bank=week-3").await;
    learner.answer(&[("choice", "back")]).await;
    let url = learner.attrs(".choice .shown a", "href").remove(0);
    let feedback = learner.path.clone();
    let mut other = house.guest().await;
    assert_eq!(other.open(&url).await.status, 404, "the answer is someone else's");
    assert_eq!(learner.open(&url.replace("my-own", "another")).await.status, 404);
    learner.open(&url).await;
    assert_eq!((learner.status, learner.texts(".player").len()), (200, 1), "{}", learner.html);
    let next = learner.attrs(".player a[href*='t=1']", "href").remove(0);
    assert!(learner.open(&next).await.has(".player"));
    assert!(learner.attrs("main a", "href").contains(&feedback), "the way back");
}

#[tokio::test]
async fn looking_at_files_is_limited_by_teacher_and_by_address() {
    let house = House::of_questions(&["one"]);
    let mut refused = Vec::new();
    for name in ["ada", "lin", "wei", "mei", "bob", "eve"] {
        let mut teacher = person(&house, name, "teacher").await;
        let mut count = 0;
        while teacher.status != 429 {
            let answer = if count % 2 == 0 { "false" } else { "true" };
            send(&mut teacher, "b.yaml", bank("Is", answer).replace("week-3", &format!("of-{name}"))).await;
            if count < 2 && teacher.status == 200 {
                commit(&mut teacher).await;
            }
            count += u32::from(teacher.status == 200);
        }
        // Bringing back an earlier version is one more file to look at.
        if name == "ada" {
            teacher.open("/teach/bank/of-ada").await;
            assert_eq!(teacher.submit(".versions li:last-child form", &[]).await.status, 429);
        }
        refused.push(count);
    }
    assert_eq!(refused, [20, 20, 20, 20, 20, 0]);
}

#[tokio::test]
async fn what_looks_like_a_script_stays_text() {
    let house = House::of_questions(&["one"]);
    let mut teacher = person(&house, "lin", "teacher").await;
    let hostile = "<script>alert(1)</script> <img src=x onerror=alert(1)> [x](javascript:alert(1)) \\\" autofocus onfocus=";
    let text = bank("Is", "false").replace("Does a Job end?", &format!("\"{hostile}\""));
    send(&mut teacher, "<b>week</b>.yaml", &text).await;
    assert_eq!(teacher.texts(".preview").len(), 2, "{}", teacher.html);
    assert!(!teacher.has("main script, main img[onerror], main [onfocus], main a[href^=javascript], main b"));
}

/// A bank of five thousand questions in both languages, each with four choices.
fn five_thousand() -> String {
    let mut text = "bank: big\nlang: en\ntitle: Big\nquestions:\n".to_owned();
    for n in 0..5_000 {
        text += &format!(
            "- id: q{n}\n  ask: {{zh: '下面哪个数是 {n} 的下一个？', en: 'Which of these comes after {n}?'}}\n  choices:\n"
        );
        for (id, value, why) in
            [("a", n + 1, ""), ("b", n, ""), ("c", n + 2, ", why: Too far"), ("d", n + 10, "")]
        {
            let right = if id == "a" { ", right: true" } else { "" };
            text += &format!("  - {{id: {id}, say: {{zh: 是 {value}, en: It is {value}}}{right}{why}}}\n");
        }
    }
    text
}

#[tokio::test]
async fn five_thousand_questions_are_taken_in_and_their_preview_has_pages_and_stays_small() {
    let house = House::of_questions(&["one"]);
    let mut teacher = person(&house, "lin", "teacher").await;
    let text = five_thousand();
    for reading in ["both", "en"] {
        teacher.open("/teach").await;
        teacher.submit("form.languages", &[("reading", reading)]).await;
        send(&mut teacher, "big.yaml", &text).await;
        assert_eq!(
            (teacher.texts(".preview").len(), teacher.texts(".pager a").len()),
            (20, 250),
            "{:?}",
            teacher.texts(".problems li")
        );
        assert!(teacher.html.len() < 300_000, "{}", teacher.html.len());
    }
    let last = teacher.attrs(".pager a:last-child", "href")[0].clone();
    let mut page = teacher.clone();
    page.open(&last).await;
    assert!(page.text(".preview").contains("4980"), "{}", page.text(".preview"));
    commit(&mut teacher).await;
    assert_eq!(
        house
            .count("select count(*) from questions q join banks b on b.id = q.bank where slug = 'big'")
            .await,
        5_000
    );
    // The same with every question changed: the list of changes does not make the page long.
    send(&mut teacher, "big.yaml", text.replace("Which of", "Which one of")).await;
    assert!(teacher.has(".changes li.is-left") && teacher.html.len() < 300_000, "{}", teacher.html.len());
}
