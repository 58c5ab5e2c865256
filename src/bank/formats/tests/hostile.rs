//! Files that mean harm, and files that were damaged: never a panic, and never much time.

use super::{kinds, read_bytes, read_text};
use proptest::prelude::*;
use std::time::{Duration, Instant};

/// Reads a text, which must not take long.
fn quickly(text: &str) -> Vec<String> {
    let start = Instant::now();
    let reading = read_text(text, "");
    let took = start.elapsed();
    // In a build for debugging, while other tests keep the machine busy.
    assert!(took < Duration::from_secs(60), "{took:?}");
    let mut kinds = kinds(&reading);
    kinds.truncate(3);
    kinds
}

#[test]
fn alias_bombs_are_refused() {
    let mut bomb = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x]\n");
    for level in 1..12 {
        let items = vec![format!("*a{}", level - 1); 9].join(",");
        bomb.push_str(&format!("    a{level}: &a{level} [{items}]\n"));
    }
    let item = format!("  - {bomb}");
    let many = format!("bank: b\ntitle: t\nquestions:\n{}", item.repeat(300));
    assert_eq!(quickly(&many)[0], "9 yaml-too-many");
}

#[test]
fn a_workbook_over_which_its_reader_stumbles_is_broken() {
    let bytes =
        include_bytes!("../../../../tests/fixtures/fuzz/bank-a-sheet-that-ends-before-it-begins.xlsx");
    let reading = read_bytes(bytes, "f.xlsx");
    assert_eq!((kinds(&reading), reading.bank.is_none()), (vec!["0 xlsx-broken".to_owned()], true));
}

#[test]
fn deep_nesting_is_refused() {
    for text in [
        format!("bank: b\ntitle: t\nquestions: {}{}\n", "[".repeat(100_000), "]".repeat(100_000)),
        format!("bank: b\ntitle: t\nquestions:\n  - id: q\n    ask: {}\n", "{a: ".repeat(50_000)),
        format!(
            "questions:\n{}",
            (0..2_000).map(|depth| format!("{}- \n", " ".repeat(depth))).collect::<String>()
        ),
    ] {
        assert!(!quickly(&text).is_empty());
    }
}

#[test]
fn long_answers_and_lines_are_told() {
    let long = "长".repeat(10_000);
    assert_eq!(quickly(&format!("## Q?\n答案: {long}\n")), ["2 text-too-long"]);
    assert_eq!(quickly(&format!("## {long}\n答案: x\n")), ["1 text-too-long"]);
    let line = "a | `b [[ \" {".repeat(20_000);
    quickly(&format!(
        "## Q?\n- [x] {line}\n- [ ] {line}\n> {line}\n答案: {line}\n1. {line}\n- {line} -> {line}\n"
    ));
    for part in ["[[", "a;", "a / ", "\"\\\" | ", "{a=1 ", "-> "] {
        let line = part.repeat(300_000 / part.len());
        quickly(&format!("## Q?\nanswer: {line}\n\n## {line}\n- [x] {line}\n- {line} -> {line}}}\n"));
    }
    quickly(&format!("## Q? {{{}}}\n", "ab=1 ".repeat(100_000)));
    quickly(&format!("bank: b\ntitle: t\nquestions: []\n{}: 1\n", "k".repeat(1_000_000)));
    quickly(&"## Q?\n".repeat(200_000));
    quickly(&"- [x] a\n".repeat(200_000));
    quickly(&format!("## Q?\n{}", "explain: |\n  x\n".repeat(50_000)));
}

#[test]
fn the_same_id_again_is_told_in_both_formats() {
    let markdown = "## A? {#q}\nanswer: a\n\n## B? {#q}\nanswer: b\n";
    assert_eq!(quickly(markdown), ["4 id-twice"]);
    let yaml = "bank: b\ntitle: t\nquestions:\n  - {id: q, ask: A, back: B}\n  - {id: q, ask: B, back: C}\n";
    let reading = read_text(yaml, "");
    assert_eq!(kinds(&reading), ["5 id-twice"]);
    assert!(
        reading.rest.is_some_and(|rest| rest.text.ends_with("questions:\n  - {id: q, ask: B, back: C}\n"))
    );
}

#[test]
fn characters_that_nobody_sees_are_refused_where_they_stand() {
    assert_eq!(quickly("## Q?\nanswer: a\n\n## R\u{202e}?\nanswer: b\n"), ["4 hidden-character"]);
    assert_eq!(quickly("## Q?\nanswer: a\u{7}\n"), ["2 hidden-character"]);
    let yaml = "bank: b\ntitle: t\nquestions:\n  - id: q\n    ask: \"a\\u202eb\"\n    back: B\n";
    assert_eq!(quickly(yaml), ["5 hidden-character"]);
}

const YAML: &str = include_str!("../../../../content/banks/pods-and-controllers.yaml");
const MARKDOWN: &str = include_str!("../markdown.rs");

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        read_bytes(&bytes, "f");
    }

    #[test]
    fn any_lines_are_read_or_refused(lines in prop::collection::vec("(## |- \\[x\\] |> |答案: |1\\. |- a -> |explain: |\\||预测: |```|  )?[a-z\\[\\]{}|\"\\\\@#=：｜`-]{0,12}", 0..30)) {
        read_text(&format!("## Q\n{}\n", lines.join("\n")), "f");
        read_text(&format!("questions:\n{}\n", lines.join("\n")), "f");
    }

    #[test]
    fn a_damaged_file_is_read_as_far_as_it_goes(markdown in any::<bool>(), hits in prop::collection::vec((any::<u32>(), any::<char>()), 1..5)) {
        let page: String = MARKDOWN.lines().skip(3).map_while(|line| line.strip_prefix("//!")).map(|line| format!("{}\n", line.strip_prefix(' ').unwrap_or(line))).collect();
        let source = if markdown { page.as_str() } else { YAML };
        let mut chars: Vec<char> = source.chars().take(6_000).collect();
        for (at, c) in hits {
            let at = at as usize % chars.len();
            chars[at] = c;
        }
        read_text(&chars.into_iter().collect::<String>(), "f");
    }
}
