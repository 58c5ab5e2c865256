//! What fuzzing has found stays mended: the inputs in `tests/fixtures/fuzz`, each named for its target and what it is.
//!
//! `scripts/fuzz` says how an input gets here.

use doujia::cluster::clock::SimTime;
use doujia::cluster::run::run;
use doujia::cluster::scenario::Scenario;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// The inputs of a target.
fn finds(target: &str) -> Vec<(PathBuf, String)> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/fuzz");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("it can be listed").path())
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(target)))
        .collect();
    files.sort();
    let read = |path: PathBuf| {
        let bytes = std::fs::read(&path).expect("it can be read");
        (path, String::from_utf8_lossy(&bytes).into_owned())
    };
    files.into_iter().map(read).collect()
}
