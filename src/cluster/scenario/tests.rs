//! Scenario files, good and bad.

use super::*;
use crate::locale::locale;
use crate::text::Lang;

fn library() -> Vec<(String, String)> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("content/scenarios");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .collect();
    files.sort();
    files
        .into_iter()
        .map(|path| (path.display().to_string(), std::fs::read_to_string(&path).unwrap()))
        .collect()
}

#[test]
fn every_scenario_of_the_library_is_read() {
    let files = library();
    assert!(files.len() >= 18);
    for (file, source) in files {
        if let Err(problems) = Scenario::parse(&source, &file) {
            let said: Vec<String> = problems.iter().map(|p| locale(Lang::En).problem(p)).collect();
            panic!("{}", said.join("\n"));
        }
    }
}

/// A good scenario; tests spoil it.
const GOOD: &str = "\
scenario: good
title: { zh: 好, en: Good }
cluster:
  nodes: [node-a, node-b]
  images:
    web:1: { start: 2s }
manifests: |
  apiVersion: v1
  kind: Pod
  metadata: { name: lone }
  spec:
    containers:
      - name: app
        image: web:1
timeline:
  - at: 10s
    do: { cordon: node-a }
until: 1m
claims:
  - at: end
    that: pod('lone').ready
";

/// Line, column and kind of everything that is wrong with a text.
fn found(source: &str) -> Vec<(u32, u32, &'static str)> {
    match Scenario::parse(source, "bad.yaml") {
        Ok(_) => Vec::new(),
        Err(problems) => {
            for problem in &problems {
                for lang in Lang::ALL {
                    let sentence = locale(lang).problem(problem);
                    assert!(!sentence.contains("[problem") && !sentence.contains("{$"), "{sentence}");
                }
                assert_eq!(problem.at.file, "bad.yaml");
            }
            problems.iter().map(|problem| (problem.at.line, problem.at.column, problem.kind)).collect()
        }
    }
}

#[test]
fn a_good_file_has_no_problems() {
    let scenario = Scenario::parse(GOOD, "good.yaml").unwrap();
    assert_eq!(scenario.nodes.len(), 2);
    assert_eq!(scenario.manifests[0].place().line, 8);
    assert_eq!(scenario.timeline[0].actions[0].words(), "kubectl cordon node-a");
    assert_eq!(scenario.until, SimTime(60_000));
    assert_eq!(scenario.images.get("web:1").start, Millis::secs(2));
}

#[test]
fn each_mistake_is_told_with_its_place() {
    let cases = [
        ("scenario: good", "scenario: Not Good", vec![(1, 11, "bad-name")]),
        ("scenario: good\n", "", vec![(1, 1, "missing-key")]),
        ("until: 1m", "until: soon", vec![(18, 8, "bad-duration")]),
        ("until: 1m", "until: 900h", vec![(18, 8, "too-late")]),
        ("until: 1m", "until: 1m\nmystery: 1", vec![(19, 1, "unknown-key")]),
        ("[node-a, node-b]", "[node-a, node-a]", vec![(4, 19, "duplicate-name")]),
        ("[node-a, node-b]", "[node-a, {name: node-b, cpu: lots}]", vec![(4, 39, "bad-quantity")]),
        (
            "[node-a, node-b]",
            "[node-a, {name: node-b, eviction-hard: {memory.available: lots}}]",
            vec![(4, 68, "wrong-value")],
        ),
        (
            "[node-a, node-b]",
            "[node-a, {name: node-b, eviction-hard: {memory: 1Gi}}]",
            vec![(4, 50, "unknown-key")],
        ),
        ("[node-a, node-b]", "[node-a, {name: node-b, max-restart-period: 6m}]", vec![(4, 54, "too-late")]),
        (
            "[node-a, node-b]",
            "[node-a, {name: node-b, max-restart-period: 0s}]",
            vec![(4, 54, "out-of-bounds")],
        ),
        ("[node-a, node-b]", "[node-a, {name: node-b, gpu: 1}]", vec![(4, 34, "unknown-key")]),
        ("[node-a, node-b]", "[{name: node-a, taints: [x:Never]}, node-b]", vec![(4, 35, "bad-taint")]),
        ("start: 2s", "starts: 2s", vec![(6, 14, "unknown-key")]),
        ("start: 2s", "listens: [99999]", vec![(6, 24, "out-of-bounds")]),
        ("start: 2s", "entrypoint: sh", vec![(6, 26, "wrong-value")]),
        ("start: 2s", "commands: sh", vec![(6, 24, "wrong-value")]),
        ("  kind: Pod", "  kind: Widget", vec![(9, 9, "unknown-kind")]),
        ("  apiVersion: v1", "  apiVersion: v2", vec![(8, 15, "wrong-version")]),
        ("        image: web:1", "        imagee: web:1", vec![(14, 9, "unknown-field")]),
        ("    containers:\n", "    restartPolicyy: No\n    containers:\n", vec![(12, 5, "unknown-field")]),
        ("  metadata: { name: lone }", "  metadata: { name: [1] }", vec![(10, 21, "bad-field")]),
        ("  spec:\n", "  spec: [\n", vec![(13, 7, "yaml-syntax")]),
        ("at: 10s", "at: 2m", vec![(16, 9, "too-late")]),
        ("cordon: node-a", "cordon: node-z", vec![(17, 19, "unknown-node")]),
        ("cordon: node-a", "corden: node-a", vec![(17, 9, "unknown-action")]),
        ("{ cordon: node-a }", "cordon", vec![(17, 9, "wrong-value")]),
        ("{ cordon: node-a }", "{ delete: lone }", vec![(17, 19, "bad-target")]),
        ("{ cordon: node-a }", "{ scale: { job/x: 3 } }", vec![(17, 18, "not-scalable")]),
        ("{ cordon: node-a }", "{ scale: { deployment/x: -1 } }", vec![(17, 34, "out-of-bounds")]),
        ("{ cordon: node-a }", "{ rollout: { pause: daemonset/x } }", vec![(17, 29, "no-rollout")]),
        ("{ cordon: node-a }", "{ taint: { node-a: x } }", vec![(17, 28, "bad-taint")]),
        ("{ cordon: node-a }", "{ fill-disk: { node-a: 900% } }", vec![(17, 32, "wrong-value")]),
        ("that: pod('lone').ready", "that: pod('lone'", vec![(21, 11, "bad-expression")]),
        ("that: pod('lone').ready", "that: pod('lone').ready && x", vec![(21, 11, "bad-expression")]),
        ("that: pod('lone').ready", "that: podd('lone').ready", vec![(21, 11, "bad-expression")]),
        ("at: end\n", "from: 1s\n", vec![(20, 5, "missing-key"), (20, 11, "key-beside")]),
        ("at: end\n", "at: 61s\n", vec![(20, 9, "too-late")]),
        ("title: { zh: 好, en: Good }", "title: { zh: '' }", vec![(2, 8, "wrong-value")]),
        ("title: { zh: 好, en: Good }", "title: { de: Gut, en: Good }", vec![(2, 10, "unknown-key")]),
    ];
    let mut wrong = Vec::new();
    for (good, bad, expected) in cases {
        assert!(GOOD.contains(good), "{good}");
        let found = found(&GOOD.replacen(good, bad, 1));
        if found != expected {
            wrong.push(format!("{bad}: {found:?}, not {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn all_mistakes_are_told_at_once_in_the_order_of_the_file() {
    let bad = GOOD
        .replace("until: 1m", "until: soon")
        .replace("start: 2s", "starts: 2s")
        .replace("imagee", "image")
        .replace("pod('lone')", "podd('lone')")
        .replace("        image: web:1", "        imagee: web:1");
    let kinds: Vec<&str> = found(&bad).into_iter().map(|(.., kind)| kind).collect();
    assert_eq!(kinds, ["unknown-key", "unknown-field", "bad-duration", "bad-expression"]);
}

#[test]
fn a_manifest_between_quotes_is_pointed_at_as_a_whole() {
    let bad = GOOD.replace(
        "{ cordon: node-a }",
        "{ apply: \"apiVersion: v1\\nkind: Pod\\nmetadata: { name: x }\\nspec: { containerz: [] }\\n\" }",
    );
    assert_eq!(found(&bad), [(17, 18, "unknown-field")]);
}

#[test]
fn what_is_not_a_scenario_at_all_is_told_kindly() {
    for (source, kind) in [
        ("", "yaml-one-document"),
        ("just text", "wrong-value"),
        ("- a\n- b\n", "wrong-value"),
        ("a: [1, 2", "yaml-bracket-open"),
        ("\u{feff}scenario: x", "missing-key"),
        ("scenario: x\n---\nscenario: y\n", "yaml-one-document"),
    ] {
        let found = found(source);
        assert!(found.iter().any(|(.., found)| *found == kind), "{source:?}: {found:?}");
    }
    assert_eq!(found(&"x".repeat(MAX_BYTES + 1)), [(0, 0, "file-too-long")]);
}

#[test]
fn too_much_of_anything_is_refused() {
    let limits = Limits::default();
    let nodes = (0..=limits.nodes).map(|i| format!("n{i}")).collect::<Vec<_>>().join(", ");
    let source = GOOD.replace("node-a, node-b", &nodes).replace("cordon: node-a", "cordon: n0");
    assert!(found(&source).iter().any(|(.., kind)| *kind == "too-many"));
    let more = Limits { nodes: limits.nodes + 1, ..limits };
    assert!(Scenario::parse_within(&source, "large.yaml", more).is_ok(), "unless the caller allows it");
}

#[test]
fn the_readme_tells_of_every_key_of_a_node_and_of_an_image() {
    let readme = include_str!("../../../README.md");
    let keys = super::nodes::KEYS.iter().chain(&super::images::KEYS);
    let untold: Vec<&&str> = keys.filter(|key| !readme.contains(&format!("`{key}`"))).collect();
    assert_eq!(untold, [&""; 0]);
}
