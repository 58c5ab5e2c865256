//! What fuzzing has found stays mended: the inputs in `tests/fixtures/fuzz`, each named for its target and for what it is.
//!
//! `scripts/fuzz` says how an input gets here. Each target's check is that of `fuzz/fuzz_targets`: nothing may panic, and
//! everything comes to an end.

use doujia::bank::formats::{Defaults, Format, Upload, read, write_what_fits};
use doujia::cluster::claim::check_expression;
use doujia::cluster::run::{Run, run};
use doujia::cluster::scenario::Scenario;
use doujia::problem::Problem;
use doujia::text::Lang;
use std::path::{Path, PathBuf};

/// The inputs of a target, each with its name.
fn finds(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/fuzz");
    let name = |path: &PathBuf| path.file_name().map(|name| name.to_string_lossy().into_owned());
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("it can be listed").path())
        .filter(|path| name(path).is_some_and(|name| name.starts_with(target)))
        .collect();
    files.sort();
    let read =
        |path: PathBuf| (name(&path).unwrap_or_default(), std::fs::read(&path).expect("it can be read"));
    files.into_iter().map(read).collect()
}

/// The same where the target takes text.
fn texts(target: &str) -> Vec<(String, String)> {
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    finds(target).into_iter().map(|(name, bytes)| (name, text(bytes))).collect()
}

/// Runs a scenario as far as it goes.
fn run_of(source: &str) -> Result<Run, Vec<Problem>> {
    Scenario::parse(source, "found.yaml").and_then(|scenario| run(&scenario))
}

#[test]
fn every_scenario_that_was_found_comes_to_an_end() {
    let finds = texts("scenario-");
    assert!(!finds.is_empty());
    for (name, source) in finds {
        if let Ok(run) = run_of(&source) {
            assert_eq!(run.prove().len(), run.scenario.claims.len(), "{name}");
        }
    }
}

#[test]
fn manifests_bring_neither_a_status_nor_a_deletion_of_their_own() {
    for (name, manifests) in texts("manifests-") {
        let manifests: String = manifests.lines().map(|line| format!("  {line}\n")).collect();
        let source = format!(
            "scenario: found\ntitle: found\ncluster: {{ nodes: [node-a, node-b] }}\nuntil: 3m\nmanifests: |\n{manifests}"
        );
        let run = run_of(&source).unwrap_or_else(|problems| panic!("{name}: {problems:#?}"));
        let value = run
            .evaluate("pod('p').ready && !pod('p').terminating && job('j').succeeded == 0", run.trace.end());
        assert_eq!(value.map(|value| value.to_string()), Ok("true".to_owned()), "{name}");
    }
}

#[test]
fn expressions_that_would_take_for_ever_are_refused() {
    for (name, expression) in texts("claim-") {
        assert!(check_expression(&expression).is_err(), "{name}");
    }
}

#[test]
fn a_damaged_file_of_questions_is_read_as_far_as_it_goes() {
    let defaults = Defaults { slug: "found".to_owned(), lang: Lang::Zh, title: None, wrong: Vec::new() };
    let finds = finds("bank-");
    assert!(!finds.is_empty());
    for (name, bytes) in finds {
        let reading = read(&Upload { name: &name, bytes: &bytes }, &defaults);
        assert!(
            reading.bank.is_some() || !reading.problems.is_empty(),
            "{name} comes to nothing, and nobody says why"
        );
        let Some(bank) = reading.bank else { continue };
        for format in Format::ALL {
            // What does not fit is listed; nothing falls over.
            let _ = write_what_fits(&bank, format);
        }
    }
}
