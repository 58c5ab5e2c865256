//! Questions and banks: what a learner is asked, how it is written down, and how an answer is graded.
//!
//! A file goes in ([`yaml::read`]) and comes out as a [`Bank`] or as all of its problems; a [`Question`] is shown in an
//! order that a seed decides ([`Question::presented`]), reads the form that comes back ([`Question::read_response`]) and
//! grades it ([`Question::grade`]). The [`library`] is the content that comes with the program; it runs the scenarios,
//! proves their claims and freezes what a *predict* question computes. [`check`] is what `doujia check` demands.
//!
//! This room is pure: no I/O, no clock, no chance that a seed does not decide. It never writes a sentence for people:
//! problems are data, and what a question says is its author's [`Text`]. A new kind of question is one new file in
//! `kinds/` and one line in `kinds.rs`.

pub mod answer;
pub mod catalog;
pub mod check;
pub mod fold;
pub mod formats;
mod identity;
pub mod image;
pub mod kinds;
pub mod library;
pub mod number;
mod reader;
mod recognize;
pub mod schema;
#[cfg(test)]
mod tests;
mod writer;
pub mod yaml;

pub use answer::{Frozen, Grade, Mark, Part, Presented, Response, ResponseProblem, sign};
pub use identity::BodyError;
pub use kinds::Kind;
pub use library::Library;
pub use recognize::{Recognized, keep_parts, recognize};

use crate::cluster::{SimTime, names::Lots};
use crate::text::{Lang, Text};

/// A set of questions with a title.
#[derive(Clone, Debug, PartialEq)]
pub struct Bank {
    /// Its id for people, in URLs; the identity of the bank.
    pub slug: String,
    /// The language of its plain strings.
    pub lang: Lang,
    /// Its title.
    pub title: Text,
    /// Its license, as an SPDX name.
    pub license: Option<String>,
    /// Who wrote it.
    pub author: Option<String>,
    /// Its questions, in the order in which they are introduced.
    pub questions: Vec<Question>,
}

/// One question.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// Its id within the bank, stable for ever.
    pub id: String,
    /// Its kind, with what only that kind has.
    pub kind: Kind,
    /// What it tests; questions of one fact are siblings.
    pub fact: Option<String>,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// How hard the author thinks it is, 1 to 5.
    pub difficulty: u8,
    /// The question itself; the front of a flashcard.
    pub ask: Text,
    /// The picture below it.
    pub image: Option<image::Picture>,
    /// What may help before answering.
    pub hint: Option<Text>,
    /// Why the right answer is right.
    pub explain: Option<Text>,
    /// What shows it.
    pub scenario: Option<ScenarioRef>,
    /// The page of the documentation that says more.
    pub see: Option<String>,
    /// The common belief that it is about.
    pub misconception: Option<String>,
    /// Whether it is not to be studied yet.
    pub draft: bool,
}

/// A scenario that explains an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScenarioRef {
    /// Its name.
    pub run: String,
    /// Another one beside it, on the same clock.
    pub contrast: Option<String>,
    /// The moment that decides.
    pub focus: Option<SimTime>,
}

impl Question {
    /// The question as it is shown for a seed: the same seed, the same order. A *predict* question with choices needs its
    /// frozen values, which are its choices.
    pub fn presented(&self, seed: u64, frozen: Option<&Frozen>) -> Presented {
        Presented { shown: self.kind.present(&mut Lots::new(seed), frozen) }
    }

    /// Reads what the learner's form sent. `shown` are the ids that were shown.
    pub fn read_response(
        &self,
        shown: &[String],
        fields: &[(String, String)],
    ) -> Result<Response, ResponseProblem> {
        self.kind.respond(&answer::Form { shown, fields })
    }

    /// Grades an answer. An answer that fits no question of this kind, because the question was another when it was
    /// given, is worth nothing.
    pub fn grade(&self, response: &Response, frozen: Option<&Frozen>) -> Grade {
        self.kind.grade(response, frozen)
    }

    /// Every text of the question, with the path under which it stands in a file.
    pub fn texts(&self) -> Vec<(String, &Text)> {
        let mut texts = vec![("ask".to_owned(), &self.ask)];
        texts.extend(self.image.iter().map(|image| ("image.alt".to_owned(), &image.alt)));
        texts.extend(self.kind.texts());
        texts.extend(self.hint.iter().map(|text| ("hint".to_owned(), text)));
        texts.extend(self.explain.iter().map(|text| ("explain".to_owned(), text)));
        texts
    }

    /// The names of all scenarios that it leans on, each once.
    pub fn scenarios(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        let reference = self.scenario.iter().flat_map(|at| [Some(at.run.as_str()), at.contrast.as_deref()]);
        for name in reference.flatten().chain(self.kind.scenarios()) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }
}
