//! What the room promises: grading by tables, hostile files with the places of their problems, round trips.

mod examples;
mod grading;
mod library;
mod mistakes;
mod round_trip;

use super::{Bank, Question, yaml};
use crate::locale::locale;
use crate::text::Lang;

/// A bank with these questions, each given as the YAML of a list item.
fn bank_of(questions: &str) -> Bank {
    let source = format!("bank: test\nlang: en\ntitle: Test\nquestions:\n{questions}");
    yaml::read(&source, "test.yaml").unwrap_or_else(|problems| {
        let told: Vec<String> = problems.iter().map(|problem| locale(Lang::En).problem(problem)).collect();
        panic!("{}\n{source}", told.join("\n"))
    })
}

/// The one question of such a bank.
fn question(yaml: &str) -> Question {
    bank_of(yaml).questions.remove(0)
}
