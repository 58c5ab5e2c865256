//! Coverage: every question has a fact, every fact has enough questions, and what can be shown is shown.

use super::Checking;
use crate::bank::{Question, reader::nearest};
use crate::problem::Place;
use std::collections::BTreeSet;

/// A fact needs so many questions …
const QUESTIONS: usize = 4;
/// … of so many kinds.
const KINDS: usize = 2;

pub(super) fn check(checking: &mut Checking<'_>) {
    let (library, bank) = (checking.library, checking.bank);
    let ids: Vec<&str> = library.facts.iter().map(|fact| fact.id.as_str()).collect();
    for question in &bank.questions {
        match question.fact.as_deref() {
            None => checking.wrong(question, "", "missing-key", "", "fact"),
            Some(fact) if !ids.contains(&fact) => {
                let near = nearest(fact, &ids).map_or_else(|| ids.join(", "), str::to_owned);
                checking.wrong(question, "fact", "unknown-fact", fact, &near);
            }
            Some(_) => {}
        }
    }
    for fact in &library.facts {
        let about: Vec<&Question> = bank
            .questions
            .iter()
            .filter(|question| !question.draft && question.fact.as_deref() == Some(&fact.id))
            .collect();
        let kinds: BTreeSet<&str> = about.iter().map(|question| question.kind.name()).collect();
        let shown = about.iter().any(|question| !question.scenarios().is_empty());
        let mut short = |kind, found: usize, expected: usize| {
            let place = Place { path: format!("fact {}", fact.id), ..Place::default() };
            checking.note(place, kind, &found.to_string(), &expected.to_string());
        };
        if about.len() < QUESTIONS {
            short("fact-few-questions", about.len(), QUESTIONS);
        }
        if kinds.len() < KINDS {
            short("fact-few-kinds", kinds.len(), KINDS);
        }
        if fact.shown && !shown {
            short("fact-not-shown", 0, 1);
        }
    }
}
