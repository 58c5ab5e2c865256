//! The two languages say the same things: the same keys, with the same arguments, and every key that the code names.

#![allow(clippy::unwrap_used)] // a test may panic: the allowance in clippy.toml does not reach helper functions

use doujia::locale::{locale, sources};
use doujia::text::Lang;
use regex::Regex;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The arguments (`$name`) of every message, by file and key. What only chooses between forms (`{ $count -> …`) does not
/// count: Chinese has no plural.
fn messages(lang: Lang) -> BTreeMap<(String, String), BTreeSet<String>> {
    let head = Regex::new(r"^([a-z][a-z0-9-]*) *=").unwrap();
    let argument = Regex::new(r"\$([a-z][a-z0-9_-]*)").unwrap();
    let selector = Regex::new(r"\{ *\$[a-z_-]+ *->").unwrap();
    let mut all = BTreeMap::new();
    for (file, source) in sources(lang) {
        let mut key = None;
        for line in source.lines().filter(|line| !line.starts_with('#')) {
            if let Some(found) = head.captures(line) {
                key = Some((file.clone(), found[1].to_owned()));
                let earlier = all.insert((file.clone(), found[1].to_owned()), BTreeSet::new());
                assert!(earlier.is_none(), "{}/{file}: {} is there twice", lang.tag(), &found[1]);
            }
            if let Some(arguments) = key.as_ref().and_then(|key| all.get_mut(key)) {
                let shown = selector.replace_all(line, "");
                arguments.extend(argument.captures_iter(&shown).map(|found| found[1].to_owned()));
            }
        }
    }
    all
}

/// What the sources of a folder contain that matches, tests left out.
fn named(folder: &Path, pattern: &Regex, found: &mut BTreeSet<String>) {
    // Paths inside a document, as in `at(path, "choices")`, are no kinds of problem.
    let path_call = Regex::new(r#"at\([^()]*\)"#).unwrap();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if name != "tests" {
                named(&path, pattern, found);
            }
        } else if name.ends_with(".rs") && name != "tests.rs" {
            let source = std::fs::read_to_string(&path).unwrap();
            let code = source.split("#[cfg(test)]").next().unwrap();
            let code = path_call.replace_all(code, "");
            found.extend(pattern.captures_iter(&code).map(|found| found[1].to_owned()));
        }
    }
}

#[test]
fn both_languages_have_the_same_keys_with_the_same_arguments() {
    let (zh, en) = (messages(Lang::Zh), messages(Lang::En));
    assert!(en.len() > 200, "{}", en.len());
    let keys = |all: &BTreeMap<(String, String), _>| all.keys().cloned().collect::<BTreeSet<_>>();
    let one_sided: Vec<_> = keys(&zh).symmetric_difference(&keys(&en)).cloned().collect();
    assert!(one_sided.is_empty(), "only in one language: {one_sided:?}");
    let differ: Vec<_> = en.iter().filter(|(key, arguments)| zh[*key] != **arguments).collect();
    assert!(differ.is_empty(), "other arguments in Chinese: {differ:?}");
}

#[test]
fn no_key_stands_in_two_files_of_a_language() {
    for lang in Lang::ALL {
        let mut first: BTreeMap<String, String> = BTreeMap::new();
        for (file, key) in messages(lang).into_keys() {
            if let Some(earlier) = first.insert(key.clone(), file.clone()) {
                panic!("{}: {key} is in {earlier} and in {file}; only one of them would be said", lang.tag());
            }
        }
    }
}

#[test]
fn every_sentence_and_problem_that_the_code_names_exists() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut sentences = BTreeSet::new();
    named(
        &src,
        &Regex::new(r#""((?:player|cluster|answer|question|check|gift|table|csv|xlsx|zip|doctor|backup|restore|admin|user|serve|yaml|slip)-[a-z-]+[a-z])""#)
            .unwrap(),
        &mut sentences,
    );
    let mut problems = BTreeSet::new();
    let pattern = r#"Problem::(?:error|warning)\([^;"]*?"([a-z][a-z-]*)""#;
    named(&src, &Regex::new(pattern).unwrap(), &mut problems);
    assert!(sentences.len() > 50 && problems.len() > 5, "{sentences:?} {problems:?}");
    // A kind of problem is named without its prefix.
    sentences.retain(|key| !locale(Lang::En).has(&format!("problem-{key}")));
    sentences.extend(problems.iter().map(|kind| format!("problem-{kind}")));
    for lang in Lang::ALL {
        let missing: Vec<_> = sentences.iter().filter(|key| !locale(lang).has(key)).collect();
        assert!(missing.is_empty(), "{lang}: {missing:?}");
    }
}
