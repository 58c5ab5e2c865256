//! Fifty questions of which two are wrong.

use super::{kinds, read_text};

/// Fifty questions in YAML; those at these places are spoiled.
fn fifty(spoil: &[(usize, &str, &str)]) -> String {
    let mut text = String::from("# My bank\nbank: week-3\nlang: en\ntitle: Week 3\nquestions:\n");
    for index in 0..50 {
        let mut question = format!(
            "  # Question {index}\n  - id: q{index}\n    ask: What is {index}?\n    back: A number\n\n"
        );
        for (_, from, to) in spoil.iter().filter(|(at, ..)| *at == index) {
            question = question.replace(from, to);
        }
        text.push_str(&question);
    }
    text + "license: CC-BY-4.0\n"
}

#[test]
fn two_wrong_ones_of_fifty_cost_only_themselves_and_can_be_mended() {
    let text = fifty(&[(7, "back:", "bakc:"), (40, "ask: What", "difficulty: 9\n    ask: What")]);
    let reading = read_text(&text, "week 3.yaml");
    assert_eq!(kinds(&reading), ["42 kind-unclear", "208 out-of-bounds"]);
    assert_eq!(reading.bank.map(|bank| bank.questions.len()), Some(48));
    let rest = reading.rest.unwrap();
    assert_eq!(rest.file_name, "week 3-to-mend.yaml");
    let expected = "# My bank\nbank: week-3\nlang: en\ntitle: Week 3\nquestions:\n  # Question 7\n  - id: q7\n    ask: What is 7?\n    bakc: A number\n\n  # Question 40\n  - id: q40\n    difficulty: 9\n    ask: What is 40?\n    back: A number\n\nlicense: CC-BY-4.0\n";
    assert_eq!(rest.text, expected);
    let mended = read_text(&rest.text.replace("bakc", "back").replace(": 9", ": 3"), &rest.file_name);
    assert!(mended.problems.is_empty() && mended.rest.is_none(), "{:?}", mended.problems);
    assert_eq!(mended.bank.map(|bank| bank.questions.len()), Some(2));
}

#[test]
fn broken_yaml_costs_only_its_question() {
    let text = fifty(&[
        (3, "ask: What", "ask: Note: what"),
        (9, "ask:", "ask："),
        (11, "ask: What is 11?", "ask: “What: 11?”"),
    ]);
    let reading = read_text(&text, "b.yaml");
    assert_eq!(kinds(&reading), ["23 slip-colon", "53 slip-wide-colon", "63 slip-quotes"]);
    assert_eq!(reading.problems[0].expected, "ask: \"Note: what is 3?\"");
    assert_eq!(reading.problems[1].expected, "ask: What is 9?");
    assert_eq!(reading.problems[2].expected, "ask: \"What: 11?\"");
    assert_eq!(reading.bank.map(|bank| bank.questions.len()), Some(47));
}

#[test]
fn questions_in_braces_are_written_anew() {
    let text = "bank: b\ntitle: t\nquestions: [{id: a, ask: A, back: B}, {id: b, ask: C}]\n";
    let rest = read_text(text, "").rest.unwrap();
    assert_eq!(rest.file_name, "questions-to-mend.yaml");
    assert_eq!(rest.text, "bank: b\ntitle: t\nquestions:\n  - id: b\n    ask: C\n");
}

#[test]
fn a_header_with_mistakes_is_told_and_filled_in() {
    let reading = read_text("bank: My Bank\nquestions:\n  - {id: a, ask: A, back: B}\n", "");
    assert_eq!(kinds(&reading), ["1 missing-key", "1 bad-id"]);
    assert_eq!(reading.bank.map(|bank| bank.slug), Some("bank".to_owned()));
    assert_eq!(reading.rest, None);
}

#[test]
fn a_scenario_alone_is_a_scenario() {
    let reading = read_text("scenario: x\nnodes: 2\n", "x.yaml");
    assert_eq!(reading.scenarios.len(), 1);
    assert!(reading.is_clean() && reading.bank.is_none());
}

#[test]
fn a_slip_in_yaml_is_shown_as_it_is_and_as_it_should_be() {
    for (from, to, kind, found, expected) in [
        ("    back: A number", "\tback: A number", "slip-tab", "\tback: A number", "back: A number"),
        ("ask: What is 3?", "ask: [What", "slip-unquoted", "ask: [What", "ask: \"[What\""),
    ] {
        let reading = read_text(&fifty(&[(3, from, to)]), "b.yaml");
        let problem = &reading.problems[0];
        assert_eq!((problem.kind, &*problem.found, &*problem.expected), (kind, found, expected));
    }
    let text = fifty(&[(3, "back: A number", "ask: twice")]);
    let reading = read_text(&text, "b.yaml");
    assert_eq!(
        (kinds(&reading), reading.problems[0].found.as_str()),
        (vec!["24 yaml-key-twice".to_owned()], "ask")
    );
    // A long line is not shown whole.
    let text = fifty(&[(3, "ask: What is 3?", &format!("ask: {}", "[".repeat(10_000)))]);
    let problem = &read_text(&text, "b.yaml").problems[0];
    assert!(problem.found.len() < 500 && problem.expected.len() < 500);
}
