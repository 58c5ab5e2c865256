//! Markdown as people write it.

use super::{kinds, read_text};
use crate::bank::formats::{Format, Reading, write_what_fits};
use crate::bank::{Bank, Kind};
use crate::text::{Lang, Text};

/// The example on the page of the format.
fn example() -> String {
    include_str!("../markdown.rs")
        .lines()
        .map_while(|line| line.strip_prefix("//!"))
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
        .skip_while(|line| *line != "````markdown")
        .skip(1)
        .take_while(|line| *line != "````")
        .map(|line| format!("{line}\n"))
        .collect()
}

fn clean(reading: Reading) -> Bank {
    assert_eq!(kinds(&reading), [""; 0], "{:?}", reading.problems);
    assert_eq!(reading.rest, None);
    reading.bank.unwrap()
}

fn one(text: &str) -> Kind {
    clean(read_text(&format!("## Q?\n{text}\n"), "q.md")).questions.remove(0).kind
}

#[test]
fn the_example_has_every_kind_and_is_its_own_spelling_but_for_the_order_of_lines() {
    let bank = clean(read_text(&example(), "example.md"));
    let names: Vec<&str> = bank.questions.iter().map(|question| question.kind.name()).collect();
    let expected = [
        "single",
        "multiple",
        "true-false",
        "short",
        "numeric",
        "cloze",
        "flashcard",
        "order",
        "match",
        "predict",
    ];
    assert_eq!(names, expected);
    let first = &bank.questions[0];
    assert_eq!(first.id, "bare-pod-dead-node");
    assert_eq!(first.explain, Some(Text::both("没有 Controller 会重建它。", "No controller makes another.")));
    assert_eq!(first.scenarios(), ["node-failure-bare-pod", "node-failure"]);
    let written = String::from_utf8(write_what_fits(&bank, Format::Markdown).0).unwrap();
    let lines = |text: &str| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(lines(&written), lines(&example()));
    assert_eq!(clean(read_text(&written, "")), bank);
}

#[test]
fn full_width_signs_are_read_as_their_twins() {
    let wide = "题库：week-3\n\n＃＃ 在哪里？｜Where? ｛#q tags＝“a b”｝\n－［ｘ］ 这里｜Here\n＞ 是的｜Yes\n－［ ］ 那里\n解析：因为\n";
    let reading = read_text(wide, "");
    assert!(reading.is_clean() && reading.bank.is_some(), "{:?}", reading.problems);
    let question = reading.bank.unwrap().questions.remove(0);
    assert_eq!((question.id.as_str(), question.tags.len()), ("q", 2));
    assert_eq!(question.ask, Text::both("在哪里？", "Where?"));
    let Kind::Single(single) = question.kind else { panic!("single") };
    assert_eq!(single.choices.all[0].why, Some(Text::both("是的", "Yes")));
}

#[test]
fn a_slip_that_is_understood_is_told_with_the_line_as_it_was_read() {
    let reading = read_text("##Where?\n-[X] here\n- [] there\n", "");
    assert_eq!(kinds(&reading), ["1 slip-heading", "2 slip-checkbox", "3 slip-checkbox"]);
    let expected: Vec<&str> = reading.problems.iter().map(|problem| problem.expected.as_str()).collect();
    assert_eq!(expected, ["## Where?", "- [x] here", "- [ ] there"]);
    assert!(reading.is_clean());
    assert_eq!(reading.bank.map(|bank| bank.questions.len()), Some(1));
}

#[test]
fn a_tab_at_the_beginning_of_a_line_is_told_of_and_read_as_two_spaces() {
    let text = "## Where?\n\t- [x] here\n\t\t> because\n\t>   it is\n- [ ] there\nexplain: |\n\tone\n\ttwo\n";
    let reading = read_text(text, "");
    let told: Vec<_> =
        reading.problems.iter().map(|p| (p.at.line, p.kind, p.found.as_str(), p.expected.as_str())).collect();
    assert_eq!(
        told,
        [
            (2, "slip-indent-tab", "⇥- [x] here", "  - [x] here"),
            (3, "slip-indent-tab", "⇥⇥> because", "    > because"),
            (7, "slip-indent-tab", "⇥one", "  one"),
        ]
    );
    assert!(reading.is_clean());
    let question = reading.bank.unwrap().questions.remove(0);
    assert_eq!(question.explain, Some(Text::only(Lang::Zh, "one\ntwo")));
    let Kind::Single(single) = question.kind else { panic!("single") };
    assert_eq!(single.choices.all[0].why, Some(Text::only(Lang::Zh, "because\n  it is")));
    // What stands in a fence is the author's.
    assert_eq!(kinds(&read_text("## Which?\n```\n\tall:\n\t- [x] a\n```\nanswer: yes\n", "")), [""; 0]);
}

#[test]
fn a_mistake_costs_only_its_question() {
    let text = "---\nbank: b\n---\n\n## One?\n- [x] a\n- [ ] b\n\n## Two? {#two}\n- a\n- [ ] b\n\n## Three?\nexplian: x\nanswer: y\n\n## Four?\n- [ ] a\n- [ ] b\n\n## Five?\nanswer: y\nwhat is this\n\n## Six? {#two levle=3}\nanswer: 3\n";
    let reading = read_text(text, "b.md");
    assert_eq!(
        kinds(&reading),
        [
            "10 md-no-box",
            "11 too-few",
            "11 no-right-choice",
            "14 unknown-key-near",
            "18 no-right-choice",
            "23 md-stray-line",
            "25 unknown-key",
            "25 id-twice",
        ]
    );
    assert_eq!(reading.problems[0].expected, "- [ ] a");
    assert_eq!(reading.bank.map(|bank| bank.questions.len()), Some(1));
    let rest = reading.rest.unwrap();
    assert_eq!(rest.file_name, "b-to-mend.md");
    assert!(rest.text.starts_with("---\nbank: b\n---\n\n## Two? {#two}\n- a\n"), "{}", rest.text);
    let mended = rest
        .text
        .replace("- a\n", "- [x] a\n")
        .replace("explian", "explain")
        .replace("## Four?\n- [ ]", "## Four?\n- [x]")
        .replace("what is this\n", "")
        .replace("{#two levle=3}", "");
    assert_eq!(clean(read_text(&mended, &rest.file_name)).questions.len(), 5);
}

#[test]
fn two_wrong_ones_of_fifty_are_the_rest() {
    let text: String = (0..50)
        .map(|index| match index {
            7 | 40 => format!("## What is {index}?\n- [ ] this\n- [ ] that\n\n"),
            _ => format!("## What is {index}?\n答案: {index}\n\n"),
        })
        .collect();
    let reading = read_text(&text, "");
    assert_eq!(reading.bank.map(|bank| bank.questions.len()), Some(48));
    let rest = reading.rest.unwrap().text;
    assert_eq!(rest.matches("## ").count(), 2);
    assert_eq!(clean(read_text(&rest.replace("- [ ] this", "- [x] this"), "")).questions.len(), 2);
}

#[test]
fn ids_are_derived_from_the_words_and_stay() {
    let id = |text: &str| clean(read_text(text, "")).questions.remove(0).id;
    assert_eq!(id("## Q?\nanswer: a\n"), id("\n\n## Q?\nanswer: b\nhint: c\n"));
    assert_ne!(id("## Q?\nanswer: a\n"), id("## R?\nanswer: a\n"));
}

#[test]
fn many_ways_to_write_an_answer() {
    let Kind::TrueFalse(statement) = one("答案：√") else { panic!("true-false") };
    assert!(statement.answer);
    let Kind::Numeric(numeric) = one("answer: 5 分钟") else { panic!("numeric") };
    assert_eq!(numeric.value.to_string(), "5");
    let Kind::Multiple(multiple) = one("A. one\nB. two\nC. three\n答案: AC") else { panic!("multiple") };
    assert_eq!(multiple.choices.right().count(), 2);
    let Kind::Cloze(cloze) = one("A [[Pod|pod]] has [[containers]].") else { panic!("cloze") };
    assert_eq!(cloze.blanks(), 2);
    let bank = clean(read_text("## A [[Pod|pod]] runs.\n", ""));
    assert_eq!(bank.questions[0].ask, Text::only(Lang::Zh, "A ____ runs."));
    let Kind::Short(short) = one("answer: \"a / b\"; c") else { panic!("short") };
    assert_eq!(short.answers.en, ["a / b", "c"]);
}

#[test]
fn a_fence_of_code_belongs_to_what_is_asked() {
    let bank = clean(read_text("## Which?\n```yaml\n## no question\nanswer: no\n```\nanswer: yes\n", ""));
    assert_eq!(bank.questions.len(), 1);
    assert!(bank.questions[0].ask.show(Lang::Zh).words.contains("## no question"));
}

#[test]
fn without_a_head_the_defaults_hold() {
    let bank = clean(read_text("# My questions\n\n## Q?\nanswer: a\n", ""));
    assert_eq!((bank.slug.as_str(), bank.lang), ("bank", Lang::Zh));
    assert_eq!(bank.title, Text::only(Lang::Zh, "My questions"));
}
