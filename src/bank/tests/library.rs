//! Banks beside scenarios: names found, values computed, claims proved, giveaways noticed.

use crate::bank::check::{Demands, check};
use crate::bank::library::Unpredicted;
use crate::bank::{Frozen, Library};
use crate::cluster::SimTime;
use crate::locale::locale;
use crate::text::Lang;

const SCENARIO: &str = "\
scenario: two-nodes
title: Two Nodes
cluster: {nodes: [a, b]}
manifests: ''
timeline:
  - {at: 10s, do: {cordon: a}}
until: 20s
claims:
  - {at: end, that: \"node('a').cordoned\"}
";

const BANK: &str = "\
bank: b
lang: en
title: T
questions:
  - id: how-many
    ask: How many Nodes are cordoned?
    predict:
      at: 15s
      value: nodes().filter(n, n.cordoned).size()
      wrong: [{id: early, at: 5s}, {id: nodes, value: nodes().size()}]
    scenario: two-nodes
";

fn library(bank: &str) -> Library {
    let files =
        [("s.yaml", SCENARIO), ("b.yaml", bank)].map(|(name, text)| (name.to_owned(), text.to_owned()));
    Library::read(&files).unwrap_or_else(|problems| panic!("{problems:?}"))
}

/// The problems as `file:line kind found`.
fn problems(bank: &str, demands: Demands) -> Vec<String> {
    let found = check(&library(bank), demands);
    for (lang, problem) in Lang::ALL.into_iter().flat_map(|lang| found.iter().map(move |p| (lang, p))) {
        assert!(locale(lang).has(&format!("problem-{}", problem.kind)), "no sentence for {}", problem.kind);
    }
    found.into_iter().map(|p| format!("{}:{} {} {}", p.at.file, p.at.line, p.kind, p.found)).collect()
}

#[test]
fn a_prediction_is_computed_by_running_its_scenario() {
    let library = library(BANK);
    let question = library.question("b", "how-many").unwrap();
    let frozen = library.freeze(question).unwrap();
    let wrong = vec![("early".into(), "0".into()), ("nodes".into(), "2".into())];
    assert_eq!(frozen, Some(Frozen { right: "1".into(), wrong }));
    assert_eq!(problems(BANK, Demands::Any), Vec::<String>::new());
}

#[test]
fn a_wrong_value_that_is_right_is_found() {
    let same = BANK.replace("at: 5s", "at: 16s");
    assert_eq!(problems(&same, Demands::Any), ["b.yaml:10 predict-same 1"]);
    let list = BANK.replace("value: nodes().filter(n, n.cordoned).size()", "value: nodes()");
    assert!(problems(&list, Demands::Any)[0].starts_with("b.yaml:9 predict-not-simple"));
    let broken = BANK.replace("value: nodes().size()", "value: nods().size()");
    assert!(problems(&broken, Demands::Any)[0].starts_with("b.yaml:10 bad-expression"));
    let library = library(&BANK.replace("scenario: two-nodes", "scenario: tow-nodes"));
    let question = library.question("b", "how-many").unwrap();
    assert_eq!(library.freeze(question), Err(Unpredicted::NoScenario("tow-nodes".into())));
}

#[test]
fn a_false_claim_is_found_at_its_line_with_its_expression() {
    let scenario = SCENARIO.replace("node('a').cordoned", "node('b').cordoned");
    let library =
        Library::read(&[("s.yaml".to_owned(), scenario)]).unwrap_or_else(|found| panic!("{found:?}"));
    let found = check(&library, Demands::Any);
    assert_eq!((found.len(), found[0].kind, found[0].at.line), (1, "claim-false", 9));
    assert!(found[0].found.starts_with("node('b').cordoned"), "{}", found[0].found);
}

/// The cordon that a refused drain leaves behind is as easily missed as the Pod that nobody evicted.
#[test]
fn a_false_claim_says_what_kubectl_gave_up_before_it() {
    let pod =
        "{apiVersion: v1, kind: Pod, metadata: {name: bare}, spec: {containers: [{name: web, image: web}]}}";
    let scenario = SCENARIO
        .replace("nodes: [a, b]", "nodes: [a, b], images: {web: {}}")
        .replace("manifests: ''", &format!("manifests: '{pod}'"))
        .replace("{cordon: a}", "{drain: a}")
        .replace("node('a').cordoned", "pods().size() == 0");
    let library =
        Library::read(&[("s.yaml".to_owned(), scenario)]).unwrap_or_else(|found| panic!("{found:?}"));
    let found = check(&library, Demands::Any);
    assert_eq!(found.len(), 1, "{found:?}");
    let (kind, told) = (found[0].kind, found[0].found.as_str());
    assert_eq!(kind, "claim-false");
    assert!(told.contains("\n    0:10: error: unable to drain node \"a\" due to error: "), "{told}");
}

#[test]
fn names_that_lead_nowhere_are_found_with_a_suggestion() {
    let bank = BANK.replace("scenario: two-nodes", "scenario: {run: tow-nodes, contrast: two-nodes}");
    let library = library(&bank);
    let found = check(&library, Demands::Any);
    assert_eq!(
        (found[0].kind, found[0].expected.as_str(), found[0].at.line),
        ("unknown-scenario", "two-nodes", 11)
    );
    let late = BANK.replace("scenario: two-nodes", "scenario: {run: two-nodes, focus: 21s}");
    assert_eq!(problems(&late, Demands::Any), ["b.yaml:11 too-late 0:21"]);
    assert_eq!(SimTime(21_000).to_string(), "0:21");
}

#[test]
fn a_right_choice_that_is_much_longer_than_the_others_is_found() {
    let bank = "\
bank: b
lang: en
title: T
questions:
  - id: q
    ask: Where?
    choices:
      - {id: a, say: In the place where it always was and will always be, right: true}
      - {id: b, say: Elsewhere}
";
    assert_eq!(problems(bank, Demands::Any), ["b.yaml:8 right-is-long 51"]);
}

#[test]
fn the_built_in_bank_must_have_both_languages_reasons_and_facts() {
    let bank = "bank: b\nlang: en\ntitle: T\nquestions:\n  - id: q\n    ask: Where?\n    choices: [{say: Here, right: true}, {say: There}]\n";
    let kinds: Vec<String> = problems(bank, Demands::Builtin)
        .iter()
        .filter_map(|problem| problem.split(' ').nth(1).map(str::to_owned))
        .collect();
    assert_eq!(
        kinds,
        [
            "text-one-language",
            "text-one-language",
            "text-one-language",
            "no-reason",
            "missing-key",
            "missing-key"
        ]
    );
}

#[test]
fn a_bank_in_two_files_is_one_bank_with_one_header() {
    let part = |title: &str, id: &str| {
        format!("bank: b\nlang: en\ntitle: {title}\nquestions:\n  - {{id: {id}, ask: a, back: b}}\n")
    };
    let read = |first: String, second: String| Library::read(&[("1".into(), first), ("2".into(), second)]);
    let library = read(part("T", "x"), part("T", "y")).unwrap_or_else(|found| panic!("{found:?}"));
    assert_eq!(library.banks[0].questions.len(), 2);
    assert_eq!(library.place("b", "y", "ask").file, "2");
    let kind = |found: Result<Library, Vec<crate::problem::Problem>>| found.err().map(|found| found[0].kind);
    assert_eq!(kind(read(part("T", "x"), part("U", "y"))), Some("bank-parts-differ"));
    assert_eq!(kind(read(part("T", "x"), part("T", "x"))), Some("id-elsewhere"));
}

#[test]
fn every_rule_of_the_check_has_a_sentence_in_both_languages() {
    let rules = [
        "bank-parts-differ",
        "claim-false",
        "fact-few-kinds",
        "fact-few-questions",
        "fact-not-shown",
        "id-elsewhere",
        "right-often-longest",
        "right-same-place",
        "unknown-fact",
        "unknown-file",
        "unknown-misconception",
        "unknown-scenario",
    ];
    for (lang, rule) in Lang::ALL.into_iter().flat_map(|lang| rules.map(|rule| (lang, rule))) {
        assert!(locale(lang).has(&format!("problem-{rule}")), "no sentence for {rule}");
    }
}
