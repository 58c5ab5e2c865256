//! Hostile and careless files: every mistake is found, each at its place, each with a sentence in both languages.

use crate::bank::yaml::{MAX_BYTES, read};
use crate::locale::locale;
use crate::text::Lang;

/// The problems of a file as `line:column kind path`.
fn mistakes(source: &str) -> Vec<String> {
    let problems = match read(source, "bank.yaml") {
        Ok(_) => Vec::new(),
        Err(problems) => problems,
    };
    for (lang, problem) in Lang::ALL.into_iter().flat_map(|lang| problems.iter().map(move |p| (lang, p))) {
        let sentence = locale(lang).problem(problem);
        assert!(
            !sentence.contains(&format!("[problem-{}]", problem.kind)),
            "no sentence for {}",
            problem.kind
        );
        assert!(sentence.starts_with("bank.yaml"), "{sentence}");
    }
    problems
        .iter()
        .map(|problem| {
            format!("{}:{} {} {}", problem.at.line, problem.at.column, problem.kind, problem.at.path)
        })
        .collect()
}

/// The problems of a question in a bank of its own; its first line is line 6.
fn question_mistakes(question: &str) -> Vec<String> {
    mistakes(&format!("bank: b\ntitle: t\nquestions:\n  # the question\n  #\n  - id: q\n{question}"))
}

#[test]
fn all_mistakes_of_a_file_are_found_at_once() {
    let source = "\
bank: Pods And More
lang: fr
titel: Pods
questions:
  - id: one
    ask: Q?
    choice: []
    dificulty: 9
  - id: one
    ask: [1]
    back: B
  - id: one
    ask: Q?
    back: B
    difficulty: 6
    see: http://example.org
    status: done
  - id: two
    ask: Q?
    back: B
    tags: [Big Word]
";
    assert_eq!(
        mistakes(source),
        [
            "1:1 missing-key ",
            "1:7 bad-id bank",
            "2:7 bad-lang lang",
            "3:1 unknown-key-near titel",
            "5:5 kind-unclear questions[0]",
            "10:10 wrong-value questions[1].ask",
            "15:17 out-of-bounds questions[2].difficulty",
            "16:10 bad-url questions[2].see",
            "17:13 bad-status questions[2].status",
            "21:12 bad-id questions[3].tags[0]",
        ]
    );
}

#[test]
fn an_id_twice_names_the_line_of_the_first() {
    let source =
        "bank: b\ntitle: t\nquestions:\n  - {id: x, ask: a, back: b}\n  - {id: x, ask: c, back: d}\n";
    assert_eq!(mistakes(source), ["5:10 id-twice questions[1].id"]);
    let problems = read(source, "").unwrap_err();
    assert_eq!((problems[0].found.as_str(), problems[0].expected.as_str()), ("x", "4"));
}

#[test]
fn what_is_wrong_with_a_kind() {
    for (question, expected) in [
        ("    kind: singel\n    ask: Q\n", vec!["7:11 bad-kind-near questions[0].kind"]),
        ("    kind: essay\n    ask: Q\n", vec!["7:11 bad-kind questions[0].kind"]),
        ("    ask: Q\n    choices: [{say: a, right: true}]\n", vec!["8:14 too-few questions[0].choices"]),
        (
            "    ask: Q\n    choices: [{say: a}, {say: b}]\n",
            vec!["8:14 no-right-choice questions[0].choices"],
        ),
        (
            "    kind: single\n    ask: Q\n    choices: [{say: a, right: true}, {say: b, right: true}]\n",
            vec!["9:14 several-right-choices questions[0].choices"],
        ),
        (
            "    ask: Q\n    choices: [{id: x, say: a, right: true}, {id: x, say: b}]\n",
            vec!["8:45 id-twice questions[0].choices[1]"],
        ),
        (
            "    ask: Q\n    choices:\n      - {say: a, right: yes}\n      - {say: b, wieght: 2}\n      - text\n",
            vec![
                "9:25 wrong-value questions[0].choices[0].right",
                "10:18 unknown-key questions[0].choices[1].wieght",
                "11:9 wrong-value questions[0].choices[2]",
            ],
        ),
        (
            "    ask: Q\n    show: 3\n    choices: [{say: a, right: true}, {say: b}]\n",
            vec!["8:11 out-of-bounds questions[0].show"],
        ),
        ("    ask: Q\n    kind: true-false\n    answer: yes\n", vec!["9:13 wrong-value questions[0].answer"]),
        ("    ask: Q\n    cloze: no blank\n", vec!["8:12 no-blank questions[0].cloze"]),
        ("    ask: Q\n    cloze: a [[b\n", vec!["8:12 blank-unclosed questions[0].cloze"]),
        ("    ask: Q\n    cloze: a [[b|]]\n", vec!["8:12 blank-empty questions[0].cloze"]),
        ("    ask: Q\n    cloze: '[[#1 a]] [[b]]'\n", vec!["8:12 blank-number questions[0].cloze"]),
        ("    ask: Q\n    cloze: '[[#1 a]] [[#3 b]]'\n", vec!["8:12 blank-number questions[0].cloze"]),
        ("    ask: Q\n    cloze: '[[#x a]]'\n", vec!["8:12 blank-number questions[0].cloze"]),
        (
            "    ask: Q\n    cloze:\n      zh: '[[a]]'\n      en: '[[a]] [[b]]'\n",
            vec!["9:7 blanks-differ questions[0].cloze"],
        ),
        (
            "    ask: Q\n    cloze:\n      zh: '[[a]]'\n      en: 'a'\n",
            vec!["10:11 no-blank questions[0].cloze.en"],
        ),
        ("    ask: Q\n    answers: []\n", vec!["8:14 too-few questions[0].answers"]),
        ("    ask: Q\n    answers: {}\n", vec!["8:14 too-few questions[0].answers"]),
        ("    ask: Q\n    answers: ['``']\n", vec!["8:15 answer-empty questions[0].answers[0]"]),
        ("    ask: Q\n    value: many\n", vec!["8:12 wrong-value questions[0].value"]),
        ("    ask: Q\n    value: 1e12\n", vec!["8:12 number-bounds questions[0].value"]),
        ("    ask: Q\n    value: 1\n    tolerance: -1\n", vec!["9:16 out-of-bounds questions[0].tolerance"]),
        ("    ask: Q\n    items: [a]\n", vec!["8:12 too-few questions[0].items"]),
        (
            "    ask: Q\n    pairs: [{left: a, right: b}, {left: c, right: d}]\n    extra: [b]\n",
            vec!["9:13 extra-matches questions[0].extra[0]"],
        ),
        (
            "    ask: Q\n    predict: {at: soon, value: x, wrong: [{why: no}]}\n",
            vec![
                "8:14 missing-key questions[0].predict",
                "8:19 bad-duration questions[0].predict.at",
                "8:43 wrong-is-right questions[0].predict.wrong[0]",
            ],
        ),
        ("    back: B\n    ask: {zh: a, de: b}\n", vec!["8:18 unknown-key questions[0].ask.de"]),
        ("    back: B\n    ask: '  '\n", vec!["8:10 text-empty questions[0].ask"]),
        ("    back: B\n    ask: {}\n", vec!["8:10 text-empty questions[0].ask"]),
        (
            "    back: B\n    ask: Q\n    scenario: {contrast: x, focus: 1 week}\n",
            vec!["9:15 missing-key questions[0].scenario", "9:36 bad-duration questions[0].scenario.focus"],
        ),
    ] {
        assert_eq!(question_mistakes(question), expected, "{question}");
    }
}

#[test]
fn what_is_no_bank_at_all() {
    assert_eq!(mistakes("just words"), ["1:1 wrong-value "]);
    assert_eq!(mistakes("- a\n- b\n"), ["1:1 wrong-value "]);
    assert_eq!(mistakes("a: [\n")[0].split(' ').nth(1), Some("yaml-bracket-open"));
    assert_eq!(mistakes("")[0].split(' ').nth(1), Some("yaml-one-document"));
    assert_eq!(mistakes(&" ".repeat(MAX_BYTES + 1)), ["0:0 bank-too-long "]);
    let long = format!("bank: b\ntitle: t\nquestions:\n  - {{id: q, back: b, ask: {}}}\n", "x".repeat(9000));
    assert_eq!(mistakes(&long), ["4:27 text-too-long questions[0].ask"]);
    let many = "x, ".repeat(30);
    let items = format!("bank: b\ntitle: t\nquestions:\n  - {{id: q, ask: a, items: [{many}]}}\n");
    assert_eq!(mistakes(&items)[0].split(' ').nth(1), Some("too-many"));
}
