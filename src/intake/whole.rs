//! What a bank becomes: the questions of a file put together with those that it has, within what can be read again. A bank
//! grows by one file after another; all of it must be a file that may be sent.

use std::collections::{BTreeSet, HashMap};

use super::{MAX_SCENARIOS, There};
use crate::bank::formats::{Defaults, Format, MOST_IMAGE_BYTES, MOST_IMAGES, Reading, stem};
use crate::bank::yaml::{MAX_BYTES, MAX_QUESTIONS};
use crate::bank::{Bank, Library, Question};
use crate::problem::{Place, Problem};
use crate::store::{BankSync, ImageSync, ScenarioSync};
use crate::text::Lang;

/// What becomes of the questions that a bank has and a file has not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Mode {
    /// They are removed: the file is the whole bank.
    #[default]
    Whole,
    /// They stay: the questions of the file are added.
    Add,
}

impl Mode {
    /// As addresses and forms call it.
    pub fn name(self) -> &'static str {
        match self {
            Mode::Whole => "whole",
            Mode::Add => "add",
        }
    }

    /// The mode with this name.
    pub fn from_name(name: &str) -> Option<Mode> {
        [Mode::Whole, Mode::Add].into_iter().find(|mode| mode.name() == name)
    }

    /// What is meant where nobody says it: a file of questions to mend, or one with less than half as many questions as the
    /// bank has, is no new version of all of it, but some mended ones, or some more.
    pub fn likely(file: &str, reading: &Reading, bank: &Bank) -> Mode {
        let questions = reading.bank.as_ref().map_or(0, |bank| bank.questions.len()) + reading.failed;
        let adds = stem(file).1 || questions * 2 < bank.questions.len();
        if adds { Mode::Add } else { Mode::Whole }
    }
}

/// A bank with more questions: those it has are replaced where they stand, the others come behind.
pub(super) fn add(base: &Bank, more: Bank) -> Bank {
    let mut bank = base.clone();
    let mut places: HashMap<String, usize> =
        bank.questions.iter().enumerate().map(|(index, question)| (question.id.clone(), index)).collect();
    for question in more.questions {
        match places.get(&question.id) {
            Some(index) => bank.questions[*index] = question,
            None => {
                places.insert(question.id.clone(), bank.questions.len());
                bank.questions.push(question);
            }
        }
    }
    bank
}

/// A bank with the questions that it had before and has no more, each where it stood: behind the one that stood before it.
pub(super) fn keep(base: &Bank, mut bank: Bank) -> Bank {
    let present: BTreeSet<String> = bank.questions.iter().map(|question| question.id.clone()).collect();
    // By the id of the good one before them; those before all of them have an empty one.
    let mut behind: HashMap<&str, Vec<&Question>> = HashMap::new();
    let mut last = "";
    for question in &base.questions {
        if present.contains(&question.id) {
            last = &question.id;
        } else {
            behind.entry(last).or_default().push(question);
        }
    }
    let mut questions = Vec::new();
    let good = std::mem::take(&mut bank.questions);
    for question in std::iter::once(None).chain(good.into_iter().map(Some)) {
        let id = question.as_ref().map_or("", |question| &question.id);
        let following = behind.remove(id).unwrap_or_default();
        questions.extend(question);
        questions.extend(following.into_iter().cloned());
    }
    Bank { questions, ..bank }
}

/// Gives a bank whose format has no place for what stands above the questions what the stored one has there; a title that
/// the sender says stays. Where no title was found the id stands in for it.
pub(super) fn keep_head(base: &Bank, bank: &mut Bank, format: Format, defaults: &Defaults) {
    let stands_in =
        Lang::ALL.iter().all(|lang| bank.title.side(*lang).is_none_or(|title| title == bank.slug));
    if defaults.title.is_none() && stands_in {
        bank.title.clone_from(&base.title);
    }
    match format {
        Format::Csv | Format::Xlsx | Format::Gift => {}
        Format::Yaml | Format::Markdown | Format::Zip => return,
    }
    bank.license.clone_from(&base.license);
    bank.author.clone_from(&base.author);
}

/// Whether a problem is a mistake in what stands above the questions.
pub(super) fn is_of_head(problem: &Problem) -> bool {
    const KEYS: [&str; 5] = ["bank", "title", "lang", "license", "author"];
    let path = problem.at.path.as_str();
    let first = path.split(['.', '[']).next().unwrap_or_default();
    let is_top = !path.is_empty() && first == path;
    problem.is_error()
        && match problem.kind {
            "missing-key" => path.is_empty() && KEYS.contains(&problem.expected.as_str()),
            "unknown-key" | "unknown-key-near" => is_top,
            _ => KEYS.contains(&first),
        }
}

/// What a bank has too much of to be sent again as one file; `file` is what made it so, and the scenarios of `library` are
/// there without it.
pub(super) fn too_much(
    library: &Library,
    file: &str,
    bank: &Bank,
    sync: &BankSync,
    there: &There,
) -> Vec<Problem> {
    let is_own = |scenario: &&ScenarioSync| !library.has_scenario(&scenario.name, &scenario.hash);
    let scenarios = sync.scenarios.iter().filter(is_own).count();
    let lengths: HashMap<&str, u64> =
        there.images.iter().map(|image| (image.hash.as_str(), image.length)).collect();
    let length = |image: &ImageSync| match &image.new {
        Some(new) => new.bytes.len() as u64,
        None => lengths.get(image.hash.as_str()).copied().unwrap_or(0),
    };
    let kib = |bytes: u64| bytes.div_ceil(1 << 10);
    let beyond = [
        ("bank-too-many-questions", bank.questions.len() as u64, MAX_QUESTIONS as u64),
        ("bank-too-much-text", kib(sync.source.len() as u64), kib(MAX_BYTES as u64)),
        ("bank-too-many-scenarios", scenarios as u64, MAX_SCENARIOS as u64),
        ("bank-too-many-images", sync.images.len() as u64, MOST_IMAGES as u64),
        ("bank-images-too-long", kib(sync.images.iter().map(length).sum()), kib(MOST_IMAGE_BYTES)),
    ];
    let at = || Place { file: file.to_owned(), ..Place::default() };
    let beyond = beyond.into_iter().filter(|(_, found, most)| found > most);
    beyond
        .map(|(kind, found, most)| {
            Problem::error(at(), kind).found(found.to_string()).expected(most.to_string())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bank::yaml;
    use crate::content;
    use crate::store::{Audience, BankImage};
    use std::fmt::Write;

    fn bank(questions: std::ops::Range<usize>) -> Bank {
        let mut text = "bank: b\nlang: en\ntitle: T\nquestions: []\n".to_owned();
        if !questions.is_empty() {
            text = text.replace(" []", "");
        }
        for n in questions {
            let _ = writeln!(text, "- {{id: q{n}, ask: Is it so in case {n}?, answer: true}}");
        }
        yaml::read(&text, "").unwrap()
    }

    #[test]
    fn a_file_with_less_than_half_of_the_questions_is_likely_an_addition() {
        let file = |questions, failed| Reading {
            bank: Some(bank(0..questions)),
            failed,
            ..Reading::refused(None, Vec::new())
        };
        assert_eq!(Mode::likely("b.yaml", &file(1, 1), &bank(0..5)), Mode::Add);
        assert_eq!(Mode::likely("b.yaml", &file(1, 2), &bank(0..5)), Mode::Whole);
        assert_eq!(Mode::likely("b-to-mend (1).yaml", &file(5, 0), &bank(0..5)), Mode::Add);
        assert_eq!(Mode::likely("", &file(0, 0), &bank(0..0)), Mode::Whole);
    }

    #[test]
    fn all_that_a_bank_has_together_is_bounded() {
        let kinds = |bank: &Bank, images: &[(&str, u64)]| {
            let library = Library::read(&[]).unwrap();
            let mut sync = content::sync_bank(&library, bank, Audience::Private, None).unwrap();
            let image = |name: &str, length| BankImage {
                name: name.to_owned(),
                hash: name.to_owned(),
                width: 1,
                height: 1,
                length,
            };
            let images: Vec<BankImage> = images.iter().map(|(name, length)| image(name, *length)).collect();
            sync.images = images
                .iter()
                .map(|image| ImageSync {
                    name: image.name.clone(),
                    hash: image.hash.clone(),
                    width: 1,
                    height: 1,
                    new: None,
                })
                .collect();
            let there = There { images, ..There::default() };
            too_much(&library, "f", bank, &sync, &there)
                .iter()
                .map(|problem| problem.kind)
                .collect::<Vec<_>>()
        };
        let none: [&str; 0] = [];
        let most = add(&bank(0..2_500), bank(2_500..MAX_QUESTIONS));
        assert_eq!(kinds(&most, &[]), none);
        assert_eq!(
            kinds(&add(&most, bank(MAX_QUESTIONS..MAX_QUESTIONS + 1)), &[]),
            ["bank-too-many-questions"]
        );
        let mut long = bank(0..1);
        for n in 0..MAX_BYTES / 7_000 {
            let mut question = long.questions[0].clone();
            question.id = format!("long-{n}");
            question.explain = Some(crate::text::Text::only(crate::text::Lang::En, "x".repeat(7_000)));
            long.questions.push(question);
        }
        assert_eq!(kinds(&long, &[]), ["bank-too-much-text"]);
        assert_eq!(kinds(&bank(0..1), &[("a", MOST_IMAGE_BYTES - 1), ("b", 1)]), none);
        assert_eq!(kinds(&bank(0..1), &[("a", MOST_IMAGE_BYTES), ("b", 1)]), ["bank-images-too-long"]);
        let names: Vec<String> = (0..=MOST_IMAGES).map(|n| n.to_string()).collect();
        let many: Vec<(&str, u64)> = names.iter().map(|name| (name.as_str(), 1)).collect();
        assert_eq!(kinds(&bank(0..1), &many), ["bank-too-many-images"]);
    }

    #[test]
    fn scenarios_of_the_library_do_not_count() {
        let library = Library::builtin().unwrap();
        let mut own = library.banks[0].clone();
        own.slug = "mine".to_owned();
        let mut sync = content::sync_bank(&library, &own, Audience::Private, None).unwrap();
        assert!(sync.scenarios.len() > MAX_SCENARIOS, "{}", sync.scenarios.len());
        assert!(too_much(&library, "", &own, &sync, &There::default()).is_empty());
        sync.scenarios.iter_mut().for_each(|scenario| scenario.hash.push('x'));
        let found = too_much(&library, "", &own, &sync, &There::default());
        assert_eq!(found[0].kind, "bank-too-many-scenarios");
    }
}
