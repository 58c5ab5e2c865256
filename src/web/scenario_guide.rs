//! `/help/scenarios`: how to write a scenario and its claims, for teachers. The verbs, the keys and what a claim can ask
//! are the lists that read and answer them, and the limits are the numbers that are kept; only the sentences are the
//! page's own. The example is a file that can be uploaded.

use std::iter;

use actix_web::HttpResponse;
use askama::Template;
use fluent::FluentValue;

use crate::cluster::action;
use crate::cluster::claim::vocabulary::{self, Accessor};
use crate::cluster::claim::{MAX_LENGTH, MOST_NESTED, MOST_STEPS, MOST_STEPS_OF_ALL};
use crate::cluster::clock::Millis;
use crate::cluster::limits::Limits;
use crate::cluster::scenario::{MAX_BYTES, MAX_ENTRIES, MAX_MANIFESTS, MAX_UNTIL};
use crate::intake::{MAX_LOOKS, MAX_RUNNING, MAX_SCENARIOS};
use crate::text::{Lang, Reading, Text};

use super::error::Result;
use super::page::{self, Frame, Section};
use super::pair::Pair;
use super::visitor::Visitor;

/// A whole scenario, with comments in both languages: where a comment is, first lines in Chinese, then in English.
const EXAMPLE: &str = include_str!("../../content/authoring/scenario.yaml");

/// The mappings of a scenario's file, each with all of its keys as they may be written. A test holds them against
/// [`crate::cluster::scenario::KEYS`], and reads them.
const WRITTEN: [(&str, &[&str]); 6] = [
    (
        "file",
        &[
            "scenario: quiet-drain",
            "title: { zh: 标题, en: Title }",
            "cluster: { nodes: [node-a] }",
            "manifests: |",
            "timeline: [ … ]",
            "until: 5m",
            "claims: [ … ]",
            "seed: 7",
        ],
    ),
    ("cluster", &["nodes: [node-a, node-b]", "images: { \"web:1\": { start: 2s } }"]),
    (
        "node",
        &[
            "name: node-b",
            "cpu: 2",
            "memory: 4Gi",
            "pods: 20",
            "labels: { topology.kubernetes.io/zone: east }",
            "taints: [team=blue:NoSchedule]",
            "disk: 50Gi",
            "image-disk: 20Gi",
            "eviction-hard: { memory.available: 100Mi, nodefs.available: 10% }",
            "max-restart-period: 1m",
        ],
    ),
    (
        "image",
        &[
            "pull: 3s",
            "start: 2s",
            "ready: 5s",
            "stop: 4s",
            "exits: { code: 1, after: 10s }",
            "ooms: { after: 20s }",
            "listens: [8080]",
            "cpu: 250m",
            "memory: 64Mi",
            "disk: 2Gi",
            "probes: { readiness: [{ from: 0s, result: success }, { from: 30s, result: failure }] }",
            "entrypoint: none",
            "commands: [sh, nginx]",
        ],
    ),
    ("entry", &["at: 20s", "do: { drain: node-a }", "say: { zh: 排空, en: Drained }"]),
    (
        "claim",
        &[
            "at: 45s",
            "that: pods().size() == 2",
            "from: 15s",
            "to: end",
            "always: pods().size() > 0",
            "say: { zh: 两个, en: Two }",
        ],
    ),
];

/// What claims may look like.
const ASKING: [&str; 5] = [
    "pods(label('app', 'web')).all(p, p.ready)",
    "pods().filter(p, p.node == 'node-a').size() == 2",
    "events().exists(e, e.reason == 'BackOff' && e.object.startsWith('Pod/web'))",
    "pod('web-0').uid != at('20s').pod('web-0').uid",
    "pod('web-0').raw.status.phase == 'Running'",
];

#[derive(Template)]
#[template(path = "scenario_guide.html")]
struct View {
    f: Frame,
    example: String,
    mappings: Vec<Mapping>,
    /// Each verb: how it is written, and what it does.
    verbs: Vec<(String, Pair)>,
    asking: [&'static str; 5],
    /// What can be asked of the kinds, and what else.
    accessors: [Vec<Asked>; 2],
    every_object: &'static [&'static str],
    /// How large things may be.
    limits: Vec<Pair>,
}

/// The keys of one mapping.
struct Mapping {
    name: &'static str,
    /// Each key: how it is written, and what it means.
    keys: Vec<(&'static str, Pair)>,
}

/// An accessor, and what it answers.
struct Asked {
    accessor: Accessor,
    means: Pair,
}

/// The example as a reader sees it: with the comments of their language. What says something is the same in both.
pub(super) fn example(reading: Reading) -> String {
    let shown = |line: &&str| match (line.trim_start().strip_prefix('#'), reading) {
        (None, _) | (_, Reading::Both(_)) => true,
        (Some(comment), Reading::Only(lang)) => (lang == Lang::Zh) == is_chinese(comment),
    };
    EXAMPLE.lines().filter(shown).flat_map(|line| [line, "\n"]).collect()
}

fn is_chinese(comment: &str) -> bool {
    comment.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
}

/// `GET /help/scenarios`
pub(super) async fn show(visitor: Visitor) -> Result<HttpResponse> {
    let f = visitor.frame.of_section(Section::Help);
    let mapping = |(name, written): (&'static str, &'static [&'static str])| Mapping {
        name,
        keys: written.iter().map(|written| (*written, say(&f, &sentence_of(name, written)))).collect(),
    };
    let asked = |accessor: Accessor| Asked { means: say(&f, &format!("asked-{}", accessor.name)), accessor };
    page::html(&View {
        example: example(f.reading()),
        mappings: WRITTEN.into_iter().map(mapping).collect(),
        verbs: action::verbs()
            .map(|(verb, example)| (format!("{verb}: {example}"), say(&f, &format!("verb-{verb}"))))
            .collect(),
        accessors: [vocabulary::of_kinds().map(asked).collect(), vocabulary::others().map(asked).collect()],
        asking: ASKING,
        every_object: vocabulary::EVERY_OBJECT,
        limits: limits(&f),
        f,
    })
}

impl View {
    fn say(&self, key: &str) -> Pair {
        say(&self.f, key)
    }
}

/// A sentence with code in it, which stands between backticks.
fn say(f: &Frame, key: &str) -> Pair {
    marked(f, f.say(key))
}

fn marked(f: &Frame, sentence: String) -> Pair {
    Pair::line(&Text::both(sentence.clone(), sentence), Reading::Only(f.lang()))
}

/// The key of the sentence about a key of a mapping.
fn sentence_of(mapping: &str, written: &str) -> String {
    format!("key-{mapping}-{}", key_of(written))
}

fn key_of(written: &str) -> &str {
    written.split_once(':').map_or(written, |(key, _)| key)
}

fn limits(f: &Frame) -> Vec<Pair> {
    let Limits { nodes, steps: _, objects, changes } = Limits::default();
    let days = MAX_UNTIL.0 / Millis::mins(60 * 24).0;
    let say = |key: &str, numbers: &[(&'static str, u64)]| {
        let numbers: Vec<(&'static str, FluentValue<'_>)> =
            numbers.iter().map(|(name, number)| (*name, grouped(*number).into())).collect();
        marked(f, f.locale().say_with(key, &numbers))
    };
    vec![
        say(
            "guide-limits-file",
            &[
                ("kib", MAX_BYTES as u64 / 1024),
                ("nodes", nodes as u64),
                ("manifests", MAX_MANIFESTS as u64),
                ("entries", MAX_ENTRIES as u64),
                ("days", days.unsigned_abs()),
            ],
        ),
        say("guide-limits-run", &[("objects", objects as u64), ("changes", changes as u64)]),
        say(
            "guide-limits-claims",
            &[
                ("length", MAX_LENGTH as u64),
                ("nested", MOST_NESTED as u64),
                ("steps", MOST_STEPS),
                ("all", MOST_STEPS_OF_ALL),
            ],
        ),
        say(
            "guide-limits-upload",
            &[
                ("scenarios", MAX_SCENARIOS as u64),
                ("seconds", MAX_RUNNING.as_secs()),
                ("looks", MAX_LOOKS as u64),
            ],
        ),
    ]
}

/// With a comma before every three digits.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let comma = |i: usize| (i > 0 && (digits.len() - i).is_multiple_of(3)).then_some(',');
    digits.chars().enumerate().flat_map(|(i, digit)| comma(i).into_iter().chain(iter::once(digit))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bank::Library;
    use crate::cluster::claim::check_expression;
    use crate::cluster::scenario::{KEYS, Scenario};
    use crate::intake::{self, Sent, There};
    use crate::locale::locale;

    /// A bank with a question that names the example.
    const BANK: &str = "\
bank: week-4
title: { zh: 第四周, en: Week 4 }
license: CC-BY-4.0
questions:
  - id: where-is-the-pod
    kind: true-false
    ask: { zh: 排空 node-a 时，Pod 会搬到 node-b。, en: 'When node-a is drained, its Pod moves to node-b.' }
    answer: false
    explain: { zh: 新 Pod 是另建的。, en: Another Pod is made. }
    scenario: { run: quiet-drain, focus: 20s }
";

    #[test]
    fn the_example_can_be_uploaded_beside_a_question_that_names_it_and_its_claims_hold() {
        use std::io::{Cursor, Write};
        use zip::write::SimpleFileOptions;
        let library = Library::read(&[]).unwrap();
        for reading in [Reading::Only(Lang::Zh), Reading::Only(Lang::En), Reading::Both(Lang::Zh)] {
            let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
            for (name, text) in
                [("banks/week-4.yaml", BANK), ("scenarios/quiet-drain.yaml", &example(reading))]
            {
                writer.start_file(name, SimpleFileOptions::default()).unwrap();
                writer.write_all(text.as_bytes()).unwrap();
            }
            let bytes = writer.finish().unwrap().into_inner();
            let defaults = intake::defaults_of("week-4.zip", Lang::Zh);
            let sent = Sent { name: "week-4.zip", bytes: &bytes, defaults: &defaults };
            let prepared = intake::prepare(&library, &sent, intake::read(&sent), &There::default());
            assert_eq!((prepared.problems, prepared.good), (vec![], vec!["where-is-the-pod".to_owned()]));
            let claims = Scenario::parse(EXAMPLE, "").unwrap().claims.len();
            assert_eq!(prepared.proved, (1, claims));
        }
    }

    #[test]
    fn a_reader_sees_the_comments_of_their_language() {
        let comments = |lang| -> Vec<bool> {
            let shown = example(Reading::Only(lang));
            shown.lines().filter_map(|line| line.trim_start().strip_prefix('#').map(is_chinese)).collect()
        };
        let (zh, en) = (comments(Lang::Zh), comments(Lang::En));
        assert!(zh.len() > 8 && zh.iter().all(|chinese| *chinese), "{zh:?}");
        assert_eq!(en, vec![false; zh.len()]);
        assert_eq!(example(Reading::Both(Lang::En)), EXAMPLE);
    }

    #[test]
    fn every_key_of_a_file_is_shown_as_the_reader_takes_it() {
        let shown =
            WRITTEN.map(|(name, lines)| (name, lines.iter().map(|line| key_of(line)).collect::<Vec<_>>()));
        assert_eq!(shown, KEYS.map(|(name, keys)| (name, keys.to_vec())));
        let lines = |mapping: &str, leave: &[&str], indent: &str| -> String {
            let (_, lines) = WRITTEN.iter().find(|(name, _)| *name == mapping).unwrap();
            let kept = lines.iter().filter(|line| !leave.contains(&key_of(line)));
            kept.map(|line| format!("{indent}{line}\n")).collect()
        };
        // What stands for something longer is written out here.
        let source = format!(
            "{}cluster:\n  nodes:\n  - node-a\n  -\n{}  images:\n    web:\n{}manifests: ''\ntimeline:\n-\n{}claims:\n-\n{}-\n{}",
            lines("file", &["cluster", "manifests", "timeline", "claims"], ""),
            lines("node", &[], "    "),
            lines("image", &[], "      "),
            lines("entry", &[], "  "),
            lines("claim", &["from", "to", "always"], "  "),
            lines("claim", &["at", "that"], "  "),
        );
        let scenario =
            Scenario::parse(&source, "keys.yaml").unwrap_or_else(|wrong| panic!("{source}{wrong:#?}"));
        assert_eq!((scenario.nodes.len(), scenario.claims.len(), scenario.seed), (2, 2, 7));
    }

    #[test]
    fn every_verb_key_and_accessor_has_its_sentence_in_both_languages() {
        let verbs = action::verbs().map(|(verb, _)| format!("verb-{verb}"));
        let keys = WRITTEN
            .into_iter()
            .flat_map(|(name, lines)| lines.iter().map(move |line| sentence_of(name, line)));
        let mappings = WRITTEN.into_iter().map(|(name, _)| format!("guide-keys-{name}"));
        let asked = vocabulary::of_kinds().chain(vocabulary::others());
        let asked = asked.map(|accessor| format!("asked-{}", accessor.name));
        for key in verbs.chain(keys).chain(mappings).chain(asked) {
            for lang in Lang::ALL {
                assert!(locale(lang).has(&key), "{lang}: {key}");
            }
        }
    }

    #[test]
    fn what_is_shown_as_a_claim_can_be_asked() {
        for claim in ASKING {
            assert_eq!(check_expression(claim), Ok(()), "{claim}");
        }
    }

    #[test]
    fn long_numbers_have_commas() {
        let numbers = [0, 100, 5_000, 1_000_000].map(grouped);
        assert_eq!(numbers, ["0", "100", "5,000", "1,000,000"]);
    }
}
