//! A question as it is shown: asked, or answered with what became of it. One template per kind, in `templates/question/`;
//! kinds of one shape share a file here.

mod choices;
mod cloze;
mod flashcard;
mod image;
mod matching;
mod order;
mod typed;

use std::fmt;

use askama::Template;
use askama::filters::HtmlSafe;

use crate::bank::{Frozen, Grade, Kind, Mark, Question, Response};

use super::error::Result;
use super::page::Frame;

pub(super) use image::ImageView;

/// A question whose text was read, with the values the simulator computed for it. Never changes, so that it may be kept.
pub(super) struct Known {
    pub(super) question: Question,
    pub(super) frozen: Option<Frozen>,
}

/// How a question is to be shown.
pub(super) struct Showing<'a> {
    pub(super) f: &'a Frame,
    pub(super) known: &'a Known,
    /// The ids of what can be chosen, in the order shown.
    pub(super) shown: &'a [String],
    pub(super) state: State<'a>,
}

/// Whether it was answered.
#[derive(Clone, Copy)]
pub(super) enum State<'a> {
    /// Not yet; `kept` is what the form said when it was sent and could not be graded.
    Asked { kept: &'a [(String, String)] },
    /// So, and it was worth so much. `scenario` says where the page of a scenario is.
    Answered { response: &'a Response, grade: &'a Grade, scenario: &'a dyn Fn(&str) -> String },
}

/// HTML that a template has made.
pub(super) struct Html(String);

impl fmt::Display for Html {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// It comes from a template, which has escaped what goes into it.
impl HtmlSafe for Html {}

impl Html {
    fn of(template: &impl Template) -> Result<Html> {
        Ok(Html(template.render()?))
    }

    /// The same for a page with several questions, none of which takes the focus: no two fields have the same id. What an
    /// author wrote is escaped, so that it is not taken for an attribute.
    pub(super) fn scoped(&self, scope: &str) -> Html {
        let with_ids = self.0.replace(" id=\"", &format!(" id=\"{scope}"));
        Html(with_ids.replace(" for=\"", &format!(" for=\"{scope}")).replace(" autofocus", ""))
    }
}

impl Showing<'_> {
    /// What is to be answered, below the question itself: the fields of the form, or what became of them.
    pub(super) fn render(&self) -> Result<Html> {
        match &self.known.question.kind {
            Kind::Flashcard(kind) => flashcard::render(kind, self),
            Kind::Single(kind) => choices::single(kind, self),
            Kind::Multiple(kind) => choices::multiple(kind, self),
            Kind::TrueFalse(kind) => choices::true_false(kind, self),
            Kind::Cloze(kind) => cloze::render(kind, self),
            Kind::Short(kind) => typed::short(kind, self),
            Kind::Numeric(kind) => typed::numeric(kind, self),
            Kind::Order(kind) => order::render(kind, self),
            Kind::Matching(kind) => matching::render(kind, self),
            Kind::Predict(kind) if kind.has_choices() => choices::predict(kind, self),
            Kind::Predict(kind) => typed::predict(kind, self),
        }
    }

    fn is_answered(&self) -> bool {
        matches!(self.state, State::Answered { .. })
    }

    /// What a form that came back said in this field.
    fn kept(&self, name: &str) -> &str {
        match self.state {
            State::Asked { kept } => {
                kept.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value)
            }
            State::Answered { .. } => "",
        }
    }

    /// The mark of a part, where it was answered.
    fn mark(&self, id: &str) -> Option<MarkView> {
        match self.state {
            State::Asked { .. } => None,
            State::Answered { grade, .. } => grade.mark(id).map(MarkView),
        }
    }
}

/// What became of a part of the answer, in class, glyph and words.
#[derive(Clone, Copy)]
struct MarkView(Mark);

impl MarkView {
    /// Whether the part was answered as it should be.
    fn is_right(self) -> bool {
        matches!(self.0, Mark::Hit | Mark::Left)
    }

    /// A class.
    fn class(self) -> &'static str {
        match self.0 {
            Mark::Hit => "is-hit",
            Mark::Missed => "is-missed",
            Mark::Wrong => "is-wrong",
            Mark::Left => "is-left",
        }
    }

    /// A sign, so that color is never alone.
    fn glyph(self) -> &'static str {
        match self.0 {
            Mark::Hit | Mark::Missed => "✓",
            Mark::Wrong => "✗",
            Mark::Left => "",
        }
    }

    /// The key of its words.
    fn key(self) -> &'static str {
        match self.0 {
            Mark::Hit => "mark-hit",
            Mark::Missed => "mark-missed",
            Mark::Wrong => "mark-wrong",
            Mark::Left => "mark-left",
        }
    }
}
