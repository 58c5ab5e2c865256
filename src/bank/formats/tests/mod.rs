//! What uploads promise: a mistake costs only its question, and the rest can be mended.

mod hostile;
mod markdown;
mod partial;

use super::{Defaults, Reading, Upload, read};
use crate::locale::locale;
use crate::text::Lang;

/// Reads a text under a name, and checks that every problem has its sentences.
fn read_text(text: &str, name: &str) -> Reading {
    read_bytes(text.as_bytes(), name)
}

fn read_bytes(bytes: &[u8], name: &str) -> Reading {
    let defaults = Defaults { slug: "bank".into(), lang: Lang::Zh, title: None, wrong: Vec::new() };
    let reading = read(&Upload { name, bytes }, &defaults);
    for problem in &reading.problems {
        assert_eq!(problem.at.file, name);
        for lang in Lang::ALL {
            assert!(!locale(lang).problem(problem).contains("[problem-"), "{problem:?}");
        }
    }
    reading
}

/// The problems as `line kind`.
fn kinds(reading: &Reading) -> Vec<String> {
    reading.problems.iter().map(|problem| format!("{} {}", problem.at.line, problem.kind)).collect()
}
