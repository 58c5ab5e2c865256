//! The built-in content keeps every rule of `doujia check`: its questions, its scenarios, every claim.

use doujia::bank::Library;
use doujia::bank::check::{Demands, check};
use doujia::content::sync;
use doujia::locale::locale;
use doujia::problem::Problem;
use doujia::text::Lang;

/// The sentences of problems, in English, one a line.
fn told(problems: &[Problem]) -> String {
    problems.iter().map(|problem| locale(Lang::En).problem(problem)).collect::<Vec<_>>().join("\n")
}

fn builtin() -> Library {
    Library::builtin().unwrap_or_else(|problems| panic!("{}", told(&problems)))
}

#[test]
fn the_built_in_content_is_well() {
    let problems = check(&builtin(), Demands::Builtin);
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), told(&problems));
}

#[test]
fn the_built_in_banks_can_be_stored_and_read_back() {
    let library = builtin();
    let banks = sync(&library).expect("every prediction has a value");
    for (bank, synced) in library.banks.iter().zip(&banks) {
        for question in &synced.questions {
            let read = doujia::bank::Question::from_body(&question.body).expect("what was written is read");
            assert_eq!(Some(&read), library.question(&bank.slug, &question.ident));
        }
    }
    assert_eq!(sync(&library), Ok(banks), "the same content gives the same digests");
}
