//! Tables as teachers write them, and back.

use super::*;
use crate::bank::Kind;
use crate::bank::formats::{csv, xlsx};
use crate::bank::yaml as native;
use crate::text::{Lang, Text};
use proptest::prelude::*;
use rust_xlsxwriter::Workbook;

fn defaults(lang: Lang) -> Defaults {
    Defaults { slug: "b".into(), lang, title: Some(Text::only(lang, "T")), wrong: Vec::new() }
}

fn reading(source: &str, lang: Lang) -> Reading {
    csv::read(source, "f.csv", &defaults(lang))
}

fn clean(source: &str, lang: Lang) -> Vec<Question> {
    let reading = reading(source, lang);
    assert!(reading.problems.is_empty(), "{:#?}", reading.problems);
    reading.bank.unwrap().questions
}

/// The questions as canonical YAML, after the header of the bank.
fn yaml(source: &str, lang: Lang) -> String {
    let text = native::write(&defaults(lang).bank(clean(source, lang)));
    text.split_once("questions:\n").unwrap().1.to_owned()
}

fn problems(source: &str) -> Vec<(String, &'static str, String)> {
    let reading = reading(source, Lang::Zh);
    reading.problems.into_iter().map(|p| (p.at.path, p.kind, p.expected)).collect()
}

#[test]
fn a_chinese_table_in_any_order_is_read() {
    let source = "答案,选项B,题目,选项A,题型,解析,标签,理由B\nA,在别的 Node 上,裸 Pod 在哪里？,在原处,单选题,没有 Controller。,\"pods、node-failure\",Pod 从不迁移\n";
    assert_eq!(
        yaml(source, Lang::Zh),
        "  - id: q-f18a7a1a70\n    kind: single\n    tags: [pods, node-failure]\n    difficulty: 2\n    ask: 裸 Pod 在哪里？\n    choices:\n      - id: c1\n        say: 在原处\n        right: true\n      - id: c2\n        say: 在别的 Node 上\n        why: Pod 从不迁移\n    explain: 没有 Controller。\n"
            .replace("q-f18a7a1a70", &tree::id_from("裸 Pod 在哪里？"))
    );
}

#[test]
fn two_languages_stand_side_by_side() {
    let source =
        "id,Question,question_zh,answer,answer_zh,Kind\nx,What?,什么？,ReplicaSet | RS,副本集,short\n";
    assert_eq!(
        yaml(source, Lang::En),
        "  - id: x\n    kind: short\n    difficulty: 2\n    ask:\n      zh: 什么？\n      en: What?\n    answers:\n      zh:\n        - 副本集\n      en: [ReplicaSet, RS]\n"
    );
}

#[test]
fn the_kind_is_known_by_what_is_in_the_row() {
    let source = "question;A;B;C;answer;back\n\
                  one;x;y;z;B;\n\
                  several;x;y;z;A, C;\n\
                  statement;;;;对;\n\
                  number;;;;300±5;\n\
                  word;;;;Pod;\n\
                  pairs;a -> b;c → d;-> e;;\n\
                  card;;;;;the back\n\
                  A [[gap|space]] here;;;;;\n";
    let kinds: Vec<_> = clean(source, Lang::En).iter().map(|q| q.kind.name()).collect();
    assert_eq!(
        kinds,
        ["single", "multiple", "true-false", "numeric", "short", "match", "flashcard", "cloze"]
    );
}

#[test]
fn right_choices_are_named_by_letter_number_or_words() {
    for answer in ["BC", "b c", "B、C", "Ｂ，Ｃ", "2;3", "yes|perhaps", "C和B"] {
        let source = format!("question,choice A,choice B,choice C,answer\nQ,no,yes,perhaps,\"{answer}\"\n");
        let questions = clean(&source, Lang::En);
        let Kind::Multiple(multiple) = &questions[0].kind else { panic!("{answer}") };
        assert_eq!(
            multiple.choices.right().map(|c| c.id.as_str()).collect::<Vec<_>>(),
            ["c2", "c3"],
            "{answer}"
        );
    }
}

#[test]
fn an_order_may_be_given_by_letters() {
    let source = "kind,question,A,B,C,answer\norder,Q,x,y,z,CAB\n";
    let questions = clean(source, Lang::En);
    let Kind::Order(order) = &questions[0].kind else { panic!() };
    assert_eq!(order.items.iter().map(|item| item.id.as_str()).collect::<Vec<_>>(), ["i3", "i1", "i2"]);
}

#[test]
fn every_mistake_names_its_cell() {
    let found = problems(
        "题目,题型,选项A,选项B,答案,难度,颜色,标签名\n\
         Q1,单选,x,y,D,2,,\n\
         Q2,单选题,x,y,,2,,\n\
         Q3,判断,,,也许,2,,\n\
         Q4,数值,,,三百左右,9,,\n\
         Q5,问答,,,Pod,9,,\n\
         ,,,,A,,,\n\
         Q6,连线,a,b -> c,,,,\n\
         Q7,排序,x,y,AC,,,\n\
         Q8,猜,x,y,A,,,\n\
         Q9,预测,,,,,,\n\
         Q10,判断,,,对,,,,多,余\n",
    );
    let found: Vec<_> =
        found.iter().map(|(path, kind, expected)| (path.as_str(), *kind, expected.as_str())).collect();
    assert_eq!(
        &found[..13],
        [
            ("G1", "table-unknown-column", ""),
            ("H1", "table-unknown-column-near", "标签"),
            ("E2", "table-no-such-choice", "A–B"),
            ("E3", "table-missing", "答案"),
            ("E4", "table-truth", ""),
            ("E5", "table-number", ""),
            ("F6", "out-of-bounds", "1–5"),
            ("A7", "table-missing", "题目"),
            ("C8", "table-no-arrow", ""),
            ("E9", "table-order", "AB"),
            ("B10", "bad-kind", found[10].2),
            ("B11", "table-no-predict", ""),
            ("I12", "table-too-many-cells", "8"),
        ]
    );
    assert_eq!(found.len(), 13);
}

#[test]
fn what_is_wrong_comes_back_to_be_mended() {
    let reading = reading("question,answer\nA,TRUE\n\"B, with\ncomma\",\n'=C,\n", Lang::En);
    assert_eq!(reading.bank.unwrap().questions.len(), 1);
    assert_eq!(reading.rest.unwrap().text, "\u{feff}question,answer\r\n\"B, with\ncomma\",\r\n'=C,\r\n");
    let lines: Vec<_> = reading.problems.iter().map(|p| (p.at.line, p.at.path.as_str())).collect();
    assert_eq!(lines, [(3, "B3"), (5, "B4")], "the line of the file and the row of the spreadsheet");
}

#[test]
fn a_table_without_a_header_and_an_empty_one_say_so() {
    assert_eq!(problems("Q1,TRUE\nQ2,FALSE\n")[0].1, "table-no-question-column");
    assert_eq!(problems("\n\n")[0].1, "no-questions");
    assert_eq!(problems("question,answer\n")[0].1, "no-questions");
    assert_eq!(
        problems("id,question,answer\na,Q,TRUE\na,R,TRUE\n")[0],
        ("A3".into(), "id-twice", "2".into())
    );
    assert_eq!(problems("question,answer,Answer\nQ,TRUE,\n")[0].1, "table-column-twice");
}

#[test]
fn a_long_answer_is_refused() {
    let long = "x".repeat(10_000);
    assert_eq!(problems(&format!("question,answer\nQ,{long}\n"))[0].1, "text-too-long");
}

#[test]
fn a_workbook_is_read_as_a_person_sees_it() {
    let mut book = Workbook::new();
    let first = book.add_worksheet();
    first.write_string(0, 0, "notes").unwrap();
    let sheet = book.add_worksheet().set_name("题目").unwrap();
    for (row, cells) in [["question", "answer"], ["a", ""], ["b", ""], ["c", ""]].iter().enumerate() {
        for (column, cell) in cells.iter().enumerate() {
            sheet.write_string(row as u32, column as u16, *cell).unwrap();
        }
    }
    sheet.write_number(1, 1, 3.0).unwrap();
    sheet.write_boolean(2, 1, true).unwrap();
    sheet.write_number(3, 1, 0.1 + 0.2).unwrap();
    let bytes = book.save_to_buffer().unwrap();
    let reading = xlsx::read(&bytes, "f.xlsx", &defaults(Lang::En));
    assert!(reading.problems.is_empty(), "{:?}", reading.problems);
    let yaml = native::write(&reading.bank.unwrap());
    assert!(
        yaml.contains("value: 3\n") && yaml.contains("answer: true\n") && yaml.contains("value: 0.3\n"),
        "{yaml}"
    );
}

#[test]
fn a_question_with_a_cell_that_shows_an_error_is_to_be_mended() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (row, question) in ["question", "a", "b"].iter().enumerate() {
        sheet.write_string(row as u32, 0, *question).unwrap();
    }
    sheet.write_string(0, 1, "answer").unwrap();
    sheet.write_formula(1, 1, rust_xlsxwriter::Formula::new("=1/0").set_result("#DIV/0!")).unwrap();
    sheet.write_string(2, 1, "x").unwrap();
    let reading = xlsx::read(&book.save_to_buffer().unwrap(), "f.xlsx", &defaults(Lang::En));
    let found: Vec<_> = reading.problems.iter().map(|p| (p.kind, p.at.path.as_str())).collect();
    assert_eq!(found, [("xlsx-cell-error", "B2")]);
    assert_eq!((reading.bank.unwrap().questions.len(), reading.failed), (1, 1));
    assert!(reading.rest.unwrap().text.contains("a,"));
}

#[test]
fn questions_beyond_the_last_one_are_counted_and_come_back() {
    let rows: String = (0..MAX_QUESTIONS + 7).map(|n| format!("Q{n},TRUE\n")).collect();
    let reading = reading(&format!("question,answer\n{rows}"), Lang::En);
    let problem = &reading.problems[0];
    assert_eq!((problem.kind, problem.found.as_str(), problem.at.line), ("too-many", "5007", 5002));
    assert_eq!((reading.bank.unwrap().questions.len(), reading.failed), (MAX_QUESTIONS, 7));
    assert!(reading.rest.unwrap().text.contains("Q5006,TRUE"));
}

#[test]
fn cells_at_opposite_corners_take_no_room() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_string(0, 0, "question").unwrap();
    sheet.write_string(1_048_575, 16_383, "far").unwrap();
    let reading = xlsx::read(&book.save_to_buffer().unwrap(), "f.xlsx", &defaults(Lang::En));
    assert_eq!(reading.problems[0].kind, "no-questions");
}

#[test]
fn a_broken_workbook_is_refused() {
    let bytes = xlsx::write(&defaults(Lang::En).bank(clean("question,answer\nQ,TRUE\n", Lang::En))).0;
    for cut in [4, 100, bytes.len() / 2, bytes.len() - 4] {
        let reading = xlsx::read(&bytes[..cut], "f.xlsx", &defaults(Lang::En));
        assert!(reading.bank.is_none() && !reading.problems.is_empty());
    }
    for at in (0..bytes.len()).step_by(7) {
        let mut bytes = bytes.clone();
        bytes[at] ^= 0x55;
        xlsx::read(&bytes, "", &defaults(Lang::En));
    }
}

#[test]
fn what_a_table_cannot_hold_is_listed() {
    let bank = "bank: b\nlang: en\ntitle: T\nquestions:\n\
        \x20 - {id: p, ask: Q, predict: {scenario: s, at: 1m, value: pods().size()}}\n\
        \x20 - {id: m, ask: Q, choices: [{id: yes, say: a, right: true}, {say: b, right: true, weight: 2}, {say: c}]}\n\
        \x20 - {id: w, ask: Q, answers: ['a|b']}\n";
    let bank = native::read(bank, "").unwrap();
    let lost = csv::write(&bank).1;
    let lost: Vec<_> = lost.iter().map(|lost| (lost.question.as_str(), lost.what)).collect();
    assert_eq!(lost, [("p", "question"), ("m", "choice-ids"), ("m", "weight"), ("w", "question")]);
}

/// Questions of every kind, with words that a spreadsheet or a reader of CSV may take for something else.
fn bank() -> BoxedStrategy<crate::bank::Bank> {
    let tricky = prop::sample::select(vec![
        "=1+1",
        "-5",
        "+x",
        "@a",
        "'=q",
        "a,b;c",
        "\"q\"",
        "line\nbreak",
        "\"",
        "TRUE",
        "1e3",
        "００１",
        "a\tb",
        "＝全角",
        "'",
        "sep=;",
    ]);
    let words = prop_oneof![tricky.prop_map(str::to_owned), "[a-zA-Z0-9 ,.:#'\"=-]{1,16}", "\\PC{1,10}"]
        .prop_map(|words| words.trim().to_owned())
        .prop_filter("text", |words| {
            !words.is_empty() && !words.chars().any(tree::is_unseen) && !words.contains("[[")
        })
        .boxed();
    (proptest::collection::vec((words.clone(), words.clone(), words, 0_u8..8, any::<bool>()), 1..5), any::<bool>())
        .prop_map(|(rows, chinese)| {
            let lang = if chinese { Lang::Zh } else { Lang::En };
            let questions = rows.into_iter().enumerate().map(|(at, (a, b, c, kind, both))| {
                let side = |words: &str| match both {
                    true => serde_json::json!({"zh": format!("{words} 中"), "en": words}),
                    false => serde_json::json!({lang.code(): words}),
                };
                let mut body = serde_json::json!({"id": format!("q{at}"), "difficulty": 1 + at, "ask": side(&a), "explain": side(&c)});
                let more = match kind {
                    0 => serde_json::json!({"kind": "single", "choices": [{"id": "c1", "say": side(&b), "why": side(&c)}, {"id": "c2", "say": side(&c), "right": true}], "shuffle": false}),
                    1 => serde_json::json!({"kind": "multiple", "choices": [{"id": "c1", "say": side(&b), "right": true}, {"id": "c2", "say": side(&c), "right": true}, {"id": "c3", "say": side("x")}], "show": 1}),
                    2 => serde_json::json!({"kind": "true-false", "answer": both, "why": side(&b)}),
                    3 => serde_json::json!({"kind": "short", "answers": ["ReplicaSet", "-5", "=x", "对"]}),
                    4 => serde_json::json!({"kind": "numeric", "value": -3.5, "tolerance": 1, "unit": side("Pods")}),
                    5 => serde_json::json!({"kind": "order", "items": [{"id": "i1", "say": side(&b)}, {"id": "i2", "say": side(&c)}]}),
                    6 => serde_json::json!({"kind": "match", "pairs": [{"id": "p1", "left": side("l"), "right": side(&format!("r{b}"))}, {"id": "p2", "left": side("m"), "right": side("s")}], "extra": [{"id": "x1", "say": side("nothing of these")}]}),
                    _ => serde_json::json!({"kind": "flashcard", "back": side(&b), "tags": ["a", "b-c"], "scenario": {"run": "s", "focus": "10m"}, "status": "draft"}),
                };
                body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
                Question::from_body(&body.to_string())
            });
            questions.collect::<Result<Vec<_>, _>>().map(|questions| defaults(lang).bank(questions))
        })
        .prop_filter_map("questions", Result::ok)
        .boxed()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_bank_is_read_from_csv_as_it_was_written(bank in bank()) {
        let (written, lost) = csv::write(&bank);
        prop_assert_eq!(lost, vec![]);
        let reading = csv::read(&written, "", &defaults(bank.lang));
        prop_assert!(reading.problems.is_empty(), "{:?}\n{}", reading.problems, written);
        prop_assert_eq!(reading.bank.as_ref(), Some(&bank), "{}", written);
        for line in written.lines() {
            prop_assert!(!line.trim_start_matches('\u{feff}').starts_with(['=', '@']), "{}", line);
        }
    }

    #[test]
    fn no_text_makes_the_reader_panic(source in "(question|answer|A|B|[,;\"\n\r\t'=|>-]|题目|\\PC){0,60}") {
        reading(&source, Lang::En);
        reading(&format!("question,A,B,answer\n{source}"), Lang::En);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_bank_is_read_from_a_workbook_as_it_was_written(bank in bank()) {
        let (written, lost) = xlsx::write(&bank);
        prop_assert_eq!(lost, vec![]);
        let reading = xlsx::read(&written, "", &defaults(bank.lang));
        prop_assert!(reading.problems.is_empty(), "{:?}", reading.problems);
        prop_assert_eq!(reading.bank.as_ref(), Some(&bank));
    }
}

#[test]
fn a_hostile_table_takes_no_time() {
    let started = std::time::Instant::now();
    for piece in [",", "\"", "\n", "a,b\n", "\"\n\"", "x\t", "'", "Q,TRUE\n"] {
        reading(&format!("question,answer\n{}", piece.repeat(60_000 / piece.len())), Lang::En);
        reading(&piece.repeat(60_000 / piece.len()), Lang::En);
    }
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}

#[test]
fn the_templates_have_every_kind_and_are_read_without_a_problem() {
    for lang in Lang::ALL {
        let bank = native::read(template(lang), "").unwrap();
        let kinds: Vec<_> = bank.questions.iter().map(|question| question.kind.name()).collect();
        let all = Kind::NAMES.iter().copied().filter(|name| *name != "predict");
        assert!(all.into_iter().all(|name| kinds.contains(&name)), "{kinds:?}");
        let (text, lost) = csv::write(&bank);
        assert_eq!(lost, []);
        let reading = csv::read(&text, "", &defaults(lang));
        assert!(reading.problems.is_empty(), "{:?}", reading.problems);
        assert_eq!(reading.bank.unwrap().questions, bank.questions);
        let reading = xlsx::read(&xlsx::write(&bank).0, "", &defaults(lang));
        assert_eq!((reading.bank.unwrap().questions, reading.problems), (bank.questions, vec![]));
    }
}
