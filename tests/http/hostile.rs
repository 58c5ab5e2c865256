//! What a hostile teacher or learner writes stays text on every page, and harmless in every file, all the way: looked at,
//! taken in, studied by someone else, and written out again.

use std::io::{Cursor, Read};

use scraper::{Html, Selector};
use serde_json::{Value, json};
use zip::ZipArchive;

use crate::browser::Browser;
use crate::forms::filled;
use crate::house::House;
use crate::pictures::archive;
use crate::teaching::{commit, person, publish, send};

/// Everything that has ever made a page run something, as prose.
const ATTACK: &str = "<script>alert(1)</script> <img src=x onerror=alert(1)> \"><svg onload=alert(1)> ' autofocus \
                      onfocus=alert(1) x=' </textarea></title></style><base href=//evil.example> \
                      [x](javascript:alert(1)) ![x](https://evil.example/x.png) <a href='data:text/html,x'>y</a> \
                      <iframe srcdoc=x> {{7*7}} {% include \"x\" %} &lt;b&gt; `</code><b onclick=x>`";

/// What a spreadsheet would compute.
const FORMULAS: [&str; 6] =
    ["=HYPERLINK(\"https://evil.example\";\"x\")", "+1+1", "-2+3", "@SUM(1)", "＝1+1", "'=1+1"];

/// Nothing on the page runs, loads or leads elsewhere that its author did not write as a link to the web.
#[track_caller]
fn is_harmless(browser: &Browser) {
    assert!(browser.status == 200, "{} {}: {}", browser.status, browser.path, browser.html);
    let page = Html::parse_document(&browser.html);
    let all = Selector::parse("*").unwrap();
    for element in page.select(&all) {
        let value = element.value();
        let name = value.name();
        assert!(
            !matches!(name, "iframe" | "object" | "embed" | "base" | "style"),
            "<{name}> on {}: {}",
            browser.path,
            browser.html
        );
        assert!(
            name != "script" || value.attr("src").is_some_and(|src| src.starts_with("/static/")),
            "{}",
            browser.html
        );
        assert!(
            name != "img" || value.attr("src").is_some_and(|src| src.starts_with('/')),
            "{}",
            browser.html
        );
        for (attribute, words) in value.attrs() {
            assert!(!attribute.starts_with("on"), "{attribute} on {}", browser.path);
            assert!(
                !matches!(attribute, "srcdoc" | "style" | "autofocus") || words.is_empty(),
                "{attribute}"
            );
            let leads = matches!(attribute, "href" | "src" | "action" | "formaction");
            assert!(
                !leads
                    || ["/", "#", "https://", "http://", "data:image/"]
                        .iter()
                        .any(|way| words.starts_with(way))
                    || words.is_empty(),
                "{attribute}={words} on {}",
                browser.path
            );
        }
    }
}

/// A question of each kind that an author types, each text an attack in both languages.
fn bank() -> Value {
    let text = |more: &str| json!({ "zh": format!("{more} 中 {ATTACK}"), "en": format!("{more} {ATTACK}") });
    let choices = json!([
        { "say": text("right"), "right": true, "why": text("why") },
        { "say": text("wrong"), "why": text("why not"), "scenario": "own" },
        { "say": text("=1+1") },
    ]);
    let mut two = choices.clone();
    two[2]["right"] = json!(true);
    let cloze = format!("{ATTACK} [[{}|Pod]] {ATTACK}", "<script>");
    let kinds = [
        ("single", json!({ "choices": choices, "scenario": { "run": "own" } })),
        ("multiple", json!({ "choices": two })),
        ("flashcard", json!({ "back": text("back") })),
        ("true-false", json!({ "answer": true, "why": text("why") })),
        ("cloze", json!({ "cloze": { "zh": cloze, "en": cloze } })),
        ("short", json!({ "answers": ["<script>alert(1)</script>", "=1+1"] })),
        ("numeric", json!({ "value": 3, "unit": text("") })),
        ("order", json!({ "items": [text("one"), text("two"), text("three")] })),
        (
            "match",
            json!({
                "pairs": [{ "left": text("a"), "right": text("b") }, { "left": text("c"), "right": text("d") }],
                "extra": [text("e")],
            }),
        ),
    ];
    let question = |(kind, own): (&str, Value)| {
        let mut question = json!({
            "id": kind, "kind": kind, "ask": text(kind), "hint": text("hint"), "explain": text("explain"),
            "image": { "file": "pod.png", "alt": text("alt") },
            "see": "https://evil.example/\"onclick=alert(1)",
        });
        question.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
        question
    };
    let questions: Vec<Value> = kinds.into_iter().map(question).collect();
    json!({ "bank": "week-3", "title": text("title"), "license": ATTACK, "author": ATTACK, "questions": questions })
}

/// The same as the native YAML: its strings as JSON writes them.
fn yaml(bank: &Value) -> String {
    let keys = bank.as_object().unwrap().iter();
    keys.map(|(key, value)| format!("{key}: {value}\n")).collect()
}

fn scenario() -> String {
    let attack = serde_json::to_string(ATTACK).unwrap();
    format!(
        "scenario: own\ntitle: {{ zh: {attack}, en: {attack} }}\ncluster: {{ nodes: [node-a] }}\nmanifests: |\n  apiVersion: v1\n  \
         kind: Pod\n  metadata: {{ name: web, annotations: {{ note: '<script>alert(1)</script>' }} }}\n  spec: {{ containers: \
         [{{ name: app, image: 'web:<script>alert(1)</script>' }}] }}\ntimeline:\n  - {{ at: 5s, do: {{ cordon: node-a }}, say: \
         {{ zh: {attack}, en: {attack} }} }}\nuntil: 20s\n"
    )
}

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x04\0\0\0\x03\x08\x06\0\0\0";

#[tokio::test]
async fn an_attack_in_every_text_stays_text_from_the_preview_to_the_answer() {
    let house = House::of_questions(&["one"]);
    let (mut teacher, mut learner) = (person(&house, "lin", "teacher").await, house.guest().await);
    let (bank, own) = (yaml(&bank()), scenario());
    let whole = archive(&[
        ("banks/b.yaml", bank.as_bytes()),
        ("scenarios/own.yaml", own.as_bytes()),
        ("pod.png", PNG),
    ]);
    for reading in ["both", "en", "zh"] {
        teacher.open("/teach").await;
        teacher.submit("form.languages", &[("reading", reading)]).await;
        send(&mut teacher, "\"><img src=x onerror=alert(1)>.zip", &whole).await;
        is_harmless(&teacher);
        assert_eq!(teacher.texts(".preview").len(), 9, "{:?}", teacher.texts(".problems li"));
        let mut page = teacher.clone();
        for link in teacher.attrs("article.preview a[href*='/teach/upload/'], .preview .shown a", "href") {
            page.open(&link).await;
            is_harmless(&page);
        }
    }
    commit(&mut teacher).await;
    is_harmless(&teacher);
    let second = whole_again(&bank, &own);
    send(&mut teacher, "b.zip", second).await;
    commit(&mut teacher).await;
    for page in ["/teach", "/teach/bank/week-3", "/teach/bank/week-3/compare?from=1&to=2"] {
        teacher.open(page).await;
        is_harmless(&teacher);
    }
    publish(&mut teacher, &mut learner).await;
    for page in ["/banks", "/bank/week-3"] {
        learner.open(page).await;
        is_harmless(&learner);
    }
    let mut kinds = Vec::new();
    for round in 0..9 {
        let reading = ["both", "en", "zh"][round % 3];
        learner.open("/study?bank=week-3").await;
        learner.submit("form.languages", &[("reading", reading)]).await;
        // The languages' button leads back to the page; the bank alone is opened once more.
        learner.open("/study?bank=week-3").await;
        is_harmless(&learner);
        kinds.extend(learner.attrs("form.question", "class"));
        let mut fields = filled(&learner.html, "/study/answer").unwrap();
        for (name, value) in &mut fields {
            if name == "answer" || name.starts_with("blank-") {
                *value = ATTACK.chars().take(390).collect();
            }
        }
        let numeric = learner.has("form.question.kind-numeric");
        learner.post("/study/answer", &fields).await;
        if numeric {
            assert_eq!(learner.status, 422, "no number");
            assert!(learner.has(".notice.bad"), "{}", learner.html);
            learner.status = 200;
            is_harmless(&learner);
            learner.answer(&[("answer", "1")]).await;
        }
        assert!(learner.path.starts_with("/study/feedback/"), "{} {}", learner.path, learner.html);
        is_harmless(&learner);
        let mut page = learner.clone();
        for link in learner.attrs(".choice .shown a", "href") {
            page.open(&link).await;
            is_harmless(&page);
        }
        let rating = learner.attrs("form.ratings [name=rating]", "value").pop().unwrap();
        // What was wrong comes again soon; the others first.
        learner.rate(&rating).await;
        house.later(jiff::SignedDuration::from_secs(1));
    }
    kinds.sort();
    kinds.dedup();
    assert_eq!(kinds.len(), 9, "{kinds:?}");
    for page in ["/stats", "/study/done?bank=week-3", "/banks", "/bank/week-3"] {
        learner.open(page).await;
        is_harmless(&learner);
    }
}

/// The same archive with other words in a question.
fn whole_again(bank: &str, own: &str) -> Vec<u8> {
    let bank = bank.replace("explain 中", "explanation 中");
    archive(&[("banks/b.yaml", bank.as_bytes()), ("scenarios/own.yaml", own.as_bytes()), ("pod.png", PNG)])
}

/// The cells of a CSV file.
fn cells(text: &str) -> Vec<String> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    records.iter().flat_map(|record| record.iter().map(str::to_owned)).collect()
}

#[tokio::test]
async fn what_is_written_out_computes_nothing_and_comes_back_as_it_was() {
    let house = House::of_questions(&["one"]);
    let mut teacher = person(&house, "lin", "teacher").await;
    let questions: Vec<Value> = FORMULAS
        .iter()
        .enumerate()
        .map(|(n, formula)| {
            json!({
                "id": format!("q{n}"), "kind": "single", "ask": format!("{formula} {ATTACK}"), "explain": formula,
                "choices": [{ "say": formula, "right": true }, { "say": format!("no {formula}"), "why": formula }],
            })
        })
        .collect();
    let bank = json!({ "bank": "week-3", "lang": "zh", "title": "=1+1", "questions": questions });
    send(&mut teacher, "b.yaml", yaml(&bank)).await;
    assert!(!teacher.has(".problems .is-error"), "{:?}", teacher.texts(".problems li"));
    commit(&mut teacher).await;
    for format in ["yaml", "md", "csv", "xlsx", "gift", "zip"] {
        let mut file = teacher.clone();
        file.open(&format!("/teach/bank/week-3/export/{format}?anyway")).await;
        assert_eq!(file.header("x-content-type-options"), "nosniff");
        assert!(file.header("content-disposition").starts_with("attachment;"), "{format}");
        match format {
            "csv" => {
                let found = cells(file.html.trim_start_matches('\u{feff}'));
                assert!(found.iter().any(|cell| cell.starts_with("'=HYPERLINK")), "{found:?}");
                let begins = |cell: &&String| cell.starts_with(['=', '+', '-', '@', '＝', '\t', '\r']);
                assert_eq!(found.iter().find(begins), None);
            }
            "xlsx" => {
                let mut book = ZipArchive::new(Cursor::new(file.bytes.clone())).unwrap();
                let mut sheet = String::new();
                book.by_name("xl/worksheets/sheet1.xml").unwrap().read_to_string(&mut sheet).unwrap();
                assert!(sheet.contains("<c ") && !sheet.contains("<f>") && !sheet.contains("<f "), "{sheet}");
            }
            _ => {}
        }
        send(&mut teacher, &format!("week-3.{format}"), &file.bytes).await;
        if matches!(format, "csv" | "xlsx" | "gift") {
            // These cannot say which bank they are; the file's name does, and the title is lost.
            assert_eq!(teacher.text("h1 ~ p code:last-of-type"), "week-3", "{}", teacher.html);
        }
        assert!(!teacher.has(".problems .is-error"), "{format}: {:?}", teacher.texts(".problems li"));
        assert!(!teacher.has(".changes li"), "{format}: {:?}", teacher.texts(".changes li"));
    }
}

#[tokio::test]
async fn characters_that_nobody_sees_are_refused_with_their_place_in_every_format() {
    let house = House::of_questions(&["one"]);
    let mut teacher = person(&house, "lin", "teacher").await;
    for hidden in ['\u{202e}', '\u{2066}', '\u{7}', '\u{1b}'] {
        let words = format!("Is it \"{hidden}so\"?").replace('"', "");
        let files = [
            (
                "b.yaml",
                yaml(&json!({ "bank": "b", "title": "T", "questions": [
                    { "id": "q", "kind": "true-false", "ask": words, "answer": true },
                ]})),
            ),
            ("b.md", format!("---\nbank: b\n---\n## {words} {{#q}}\nanswer: true\n")),
            ("b.csv", format!("question,answer\n{words},TRUE\n")),
            ("b.gift", format!("::q:: {words} {{T}}\n")),
        ];
        for (name, text) in files {
            send(&mut teacher, name, &text).await;
            assert_eq!(teacher.status, 200, "{name} {hidden:?}");
            let place = teacher.texts(".problems .is-error code").into_iter().next().unwrap_or_default();
            assert!(place.starts_with(name), "{name} {hidden:?}: {:?}", teacher.texts(".problems li"));
            assert!(!teacher.has("form[action$=commit]"), "{name} {hidden:?}");
            assert!(!teacher.html.contains(hidden), "{name}: it is shown by its number only");
        }
    }
    assert_eq!(house.count("select count(*) from banks").await, 1);
}
