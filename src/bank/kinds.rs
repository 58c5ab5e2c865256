//! The kinds of question. Each is one file here, which says in its `//!` how it is written in YAML; the table below is the
//! one place where they are registered.

mod choice;
mod cloze;
mod flashcard;
mod matching;
mod multiple;
mod numeric;
mod order;
mod predict;
mod short;
mod single;
mod true_false;

pub use choice::{Choice, Choices};
pub use cloze::{Cloze, Segment};
pub use flashcard::Flashcard;
pub use matching::{Matching, Pair};
pub use multiple::Multiple;
pub use numeric::Numeric;
pub use order::{Item, Order};
pub use predict::{Moment, Predict, Probe, Wrong};
pub use short::{Answers, Short};
pub use single::Single;
pub use true_false::TrueFalse;

use super::answer::{Form, Frozen, Grade, Response, ResponseProblem};
use super::reader::{Reader, Spot};
use super::schema::Keys;
use super::writer::Writer;
use crate::cluster::names::Lots;
use crate::text::Text;
use crate::yaml::Node;

/// What every kind can do.
trait Rules: Sized {
    /// Its word in files and in the database.
    const NAME: &'static str;
    /// Its keys in a question, beside those that every question has.
    const KEYS: &'static [&'static str];
    /// What its keys may hold; the keys are [`Rules::KEYS`].
    fn schema() -> Keys;
    /// Whether a question without `kind` is of this kind, by its shape.
    fn fits(question: &Node) -> bool;
    /// Reads its keys. `None` where they cannot be used; the reader has noted why.
    fn read(reader: &mut Reader<'_>, question: &Spot<'_>) -> Option<Self>;
    /// Writes its keys, in their canonical order.
    fn write(&self, writer: &mut Writer);
    /// Its texts, with the paths under which they stand.
    fn texts(&self) -> Vec<(String, &Text)>;
    /// The scenarios that it names itself.
    fn scenarios(&self) -> Vec<&str> {
        Vec::new()
    }
    /// The ids of what can be chosen, in an order drawn by lot.
    fn present(&self, lots: &mut Lots, frozen: Option<&Frozen>) -> Vec<String>;
    /// Reads a form.
    fn respond(&self, form: &Form<'_>) -> Result<Response, ResponseProblem>;
    /// Grades an answer.
    fn grade(&self, response: &Response, frozen: Option<&Frozen>) -> Grade;
    /// What makes an answer right, and nothing else.
    fn semantics(&self) -> serde_json::Value;
}

macro_rules! kinds {
    ($($variant:ident),+ $(,)?) => {
        /// A question's kind, with what only that kind has.
        #[derive(Clone, Debug, PartialEq)]
        #[allow(missing_docs)] // each is described where it is declared
        pub enum Kind {
            $($variant($variant)),+
        }

        impl Kind {
            /// The words of all kinds, in the order of the table.
            pub const NAMES: &'static [&'static str] = &[$($variant::NAME),+];

            /// Its word in files, in the database, and in Fluent keys.
            pub fn name(&self) -> &'static str {
                match self { $(Kind::$variant(_) => $variant::NAME),+ }
            }

            /// The kind of a question that does not say it, by its shape.
            pub(super) fn guess(question: &Node) -> Option<&'static str> {
                $(if $variant::fits(question) { return Some($variant::NAME); })+
                None
            }

            /// The keys of the kind with this word.
            pub(super) fn keys(name: &str) -> Option<&'static [&'static str]> {
                match name { $(_ if name == $variant::NAME => Some($variant::KEYS),)+ _ => None }
            }

            /// What the keys of every kind may hold, with the kind's word.
            pub(super) fn schemas() -> Vec<(&'static str, Keys)> {
                vec![$(($variant::NAME, $variant::schema())),+]
            }

            /// Reads a question's keys as those of the kind with this word.
            pub(super) fn read(name: &str, reader: &mut Reader<'_>, question: &Spot<'_>) -> Option<Kind> {
                match name {
                    $(_ if name == $variant::NAME => $variant::read(reader, question).map(Kind::$variant),)+
                    _ => None,
                }
            }

            pub(super) fn write(&self, writer: &mut Writer) {
                match self { $(Kind::$variant(kind) => kind.write(writer)),+ }
            }

            pub(super) fn texts(&self) -> Vec<(String, &Text)> {
                match self { $(Kind::$variant(kind) => kind.texts()),+ }
            }

            pub(super) fn scenarios(&self) -> Vec<&str> {
                match self { $(Kind::$variant(kind) => kind.scenarios()),+ }
            }

            pub(super) fn present(&self, lots: &mut Lots, frozen: Option<&Frozen>) -> Vec<String> {
                match self { $(Kind::$variant(kind) => kind.present(lots, frozen)),+ }
            }

            pub(super) fn respond(&self, form: &Form<'_>) -> Result<Response, ResponseProblem> {
                match self { $(Kind::$variant(kind) => kind.respond(form)),+ }
            }

            pub(super) fn grade(&self, response: &Response, frozen: Option<&Frozen>) -> Grade {
                match self { $(Kind::$variant(kind) => kind.grade(response, frozen)),+ }
            }

            pub(super) fn semantics(&self) -> serde_json::Value {
                match self { $(Kind::$variant(kind) => kind.semantics()),+ }
            }
        }
    };
}

kinds! { Flashcard, Single, Multiple, TrueFalse, Cloze, Short, Numeric, Order, Matching, Predict }

/// Puts things in an order drawn by lot (Fisher and Yates).
fn shuffle<T>(things: &mut [T], lots: &mut Lots) {
    for last in (1..things.len()).rev() {
        let other = lots.below(last as u64 + 1) as usize;
        things.swap(last, other);
    }
}

/// The ids in an order drawn by lot that is not the given one, which would be the solution.
fn shuffle_unsolved(mut ids: Vec<String>, lots: &mut Lots) -> Vec<String> {
    let solution = ids.clone();
    shuffle(&mut ids, lots);
    if ids == solution && ids.len() > 1 {
        ids.rotate_left(1);
    }
    ids
}
