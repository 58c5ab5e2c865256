//! Answers: what a form sends, what is kept of it, and what it is worth.
//!
//! Form fields become a [`Response`], which is kept as it is; a [`Grade`] is computed from question and response whenever
//! it is needed, so that nothing has to be kept twice.

use serde::{Deserialize, Serialize};

/// How a question is shown this time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presented {
    /// The ids of what can be chosen, in the order shown: choices, the items of an *order*, the right-hand sides of a
    /// *match*. Empty where nothing is to be chosen.
    pub shown: Vec<String>,
}

/// What the simulator computed for a *predict* question. Kept with the version of the question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frozen {
    /// The right value.
    pub right: String,
    /// The wrong ones, with the ids of their choices.
    pub wrong: Vec<(String, String)>,
}

impl Frozen {
    /// The right value's choice. No author can write this id, since ids hold no `=`.
    pub const RIGHT: &'static str = "=";

    /// As it is stored.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("strings and lists are JSON")
    }

    /// Reads what [`Frozen::to_json`] wrote; `None` for anything else.
    pub fn from_json(json: &str) -> Option<Frozen> {
        serde_json::from_str(json).ok()
    }

    /// The value of a choice.
    pub fn value(&self, id: &str) -> Option<&str> {
        match id {
            Frozen::RIGHT => Some(&self.right),
            _ => self.wrong.iter().find(|(wrong, _)| wrong == id).map(|(_, value)| value.as_str()),
        }
    }
}

/// What a learner answered, raw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Response {
    /// They looked at the back of a flashcard.
    Revealed,
    /// They chose, by ids of choices.
    Chosen(Vec<String>),
    /// They typed.
    Typed(String),
    /// They filled blanks, from the first on.
    Filled(Vec<String>),
    /// They put items in an order, by ids.
    Ordered(Vec<String>),
    /// They paired: ids of the left and of the right.
    Paired(Vec<(String, String)>),
}

impl Response {
    /// As it is stored.
    pub fn to_raw(&self) -> String {
        serde_json::to_string(self).expect("strings and lists are JSON")
    }

    /// Reads what [`Response::to_raw`] wrote; `None` for anything else.
    pub fn from_raw(raw: &str) -> Option<Response> {
        serde_json::from_str(raw).ok()
    }
}

/// Why a form cannot be graded; the learner is asked again. Its sentence is the Fluent message of [`ResponseProblem::key`]
/// with the argument `$found`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResponseProblem {
    /// Nothing was answered: answer something.
    #[error("nothing was answered")]
    Nothing,
    /// An id that is not there: the form belongs to another question or version, show the question again.
    #[error("{0} is not part of this question")]
    Unknown(String),
    /// A number was asked for: write it in another way.
    #[error("{0} is not a number")]
    NotANumber(String),
    /// Two items have the same place, or one has none: give each its own.
    #[error("place {0} is not taken exactly once")]
    Place(usize),
}

impl ResponseProblem {
    /// The Fluent key of its sentence.
    pub fn key(&self) -> &'static str {
        match self {
            ResponseProblem::Nothing => "answer-nothing",
            ResponseProblem::Unknown(_) => "answer-unknown",
            ResponseProblem::NotANumber(_) => "answer-not-a-number",
            ResponseProblem::Place(_) => "answer-place",
        }
    }

    /// What was found, for `$found`.
    pub fn found(&self) -> String {
        match self {
            ResponseProblem::Nothing => String::new(),
            ResponseProblem::Unknown(found) | ResponseProblem::NotANumber(found) => found.clone(),
            ResponseProblem::Place(place) => place.to_string(),
        }
    }
}

/// What an answer is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grade {
    /// Per mille; 1000 is right, anything less is *Again* with the part shown.
    pub score: u16,
    /// What became of each choice, blank, item or pair, in the order of the file.
    pub parts: Vec<Part>,
    /// How the answer was read, where that is not plain (`300 s` for 五分钟).
    pub understood: Option<String>,
}

/// What became of a part of the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The id of the choice, item or left-hand side; the number of the blank, from 1.
    pub id: String,
    /// What became of it.
    pub mark: Mark,
}

/// What became of a choice, blank, item or pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Rightly chosen, filled, placed or paired.
    Hit,
    /// It should have been chosen or filled, and was not.
    Missed,
    /// Wrongly chosen, filled, placed or paired.
    Wrong,
    /// Rightly not chosen.
    Left,
}

impl Mark {
    /// The mark of something that could be chosen.
    pub(super) fn of_choice(right: bool, chosen: bool) -> Mark {
        match (right, chosen) {
            (true, true) => Mark::Hit,
            (true, false) => Mark::Missed,
            (false, true) => Mark::Wrong,
            (false, false) => Mark::Left,
        }
    }
}

impl Grade {
    /// The score of an answer that is right.
    pub const FULL: u16 = 1000;

    /// Whether the answer is right.
    pub fn is_correct(&self) -> bool {
        self.score == Grade::FULL
    }

    /// The mark of a choice, blank, item or pair.
    pub fn mark(&self, id: &str) -> Option<Mark> {
        self.parts.iter().find(|part| part.id == id).map(|part| part.mark)
    }

    /// A grade without parts: all or nothing.
    pub(super) fn whole(right: bool) -> Grade {
        Grade { score: if right { Grade::FULL } else { 0 }, parts: Vec::new(), understood: None }
    }

    /// A grade of so many points out of so many, cut down to whole per mille.
    pub(super) fn partial(points: usize, of: usize, parts: Vec<Part>) -> Grade {
        let score = (points.min(of) * usize::from(Grade::FULL)).checked_div(of).unwrap_or(0);
        Grade { score: u16::try_from(score).unwrap_or(Grade::FULL), parts, understood: None }
    }
}

/// How a form says which of the things shown it means, so that the source of a page gives nothing away: `#1` is the first.
pub fn sign(place: usize) -> String {
    format!("#{place}")
}

/// What a form sent, and what it was shown with. It says what it means by its [`sign`] or by its id, which has no `#`.
pub(super) struct Form<'a> {
    pub(super) shown: &'a [String],
    pub(super) fields: &'a [(String, String)],
}

impl<'a> Form<'a> {
    /// The values of a field, in order.
    pub(super) fn all<'f>(&'f self, name: &'f str) -> impl Iterator<Item = &'a str> + 'f {
        self.fields.iter().filter(move |(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// The value of a field, without space around it; `None` if it is not there or blank.
    pub(super) fn one(&self, name: &str) -> Option<&'a str> {
        self.all(name).map(str::trim).find(|value| !value.is_empty())
    }

    /// The id of what a value means.
    pub(super) fn meant(&self, value: &'a str) -> &'a str {
        let place = value.strip_prefix('#').and_then(|place| place.parse::<usize>().ok());
        place.and_then(|place| self.shown.get(place.checked_sub(1)?)).map_or(value, String::as_str)
    }

    /// The value of the field that something shown has for itself.
    pub(super) fn of(&self, field: &str, id: &str) -> Option<&'a str> {
        let place = self.shown.iter().position(|shown| shown == id);
        self.one(&format!("{field}{id}")).or_else(|| self.one(&format!("{field}{}", sign(place? + 1))))
    }

    /// The choices that were made, each once. They must be among those shown, if any are said to have been shown.
    pub(super) fn chosen(&self, known: impl Fn(&str) -> bool) -> Result<Vec<String>, ResponseProblem> {
        let mut chosen: Vec<String> = Vec::new();
        for id in self.all("choice").map(|value| self.meant(value)) {
            let shown = self.shown.is_empty() || self.shown.iter().any(|shown| shown == id);
            if !shown || !known(id) {
                return Err(ResponseProblem::Unknown(id.to_owned()));
            }
            if !chosen.iter().any(|earlier| earlier == id) {
                chosen.push(id.to_owned());
            }
        }
        if chosen.is_empty() { Err(ResponseProblem::Nothing) } else { Ok(chosen) }
    }

    /// The one choice that was made.
    pub(super) fn chosen_one(&self, known: impl Fn(&str) -> bool) -> Result<Response, ResponseProblem> {
        let mut chosen = self.chosen(known)?;
        chosen.truncate(1);
        Ok(Response::Chosen(chosen))
    }

    /// What was typed.
    pub(super) fn typed(&self) -> Result<&'a str, ResponseProblem> {
        self.one("answer").ok_or(ResponseProblem::Nothing)
    }
}
