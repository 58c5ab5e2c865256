//! Kinds where one types a word or a number.

use askama::Template;

use crate::bank::Response;
use crate::bank::kinds::{Numeric, Predict, Short};
use crate::bank::number::{Number, Unit};
use crate::text::{Lang, Text};
use crate::web::error::Result;
use crate::web::page::Frame;
use crate::web::pair::Pair;

use super::{Html, Showing, State};

/// The field, or what became of it.
struct Field {
    kept: String,
    unit: Option<Pair>,
    answered: Option<Answered>,
}

/// What was typed, and what is right.
struct Answered {
    typed: String,
    right: Pair,
    is_right: bool,
    /// How it was read, as a sentence.
    understood: Option<String>,
}

#[derive(Template)]
#[template(path = "question/short.html")]
struct ShortView<'a> {
    f: &'a Frame,
    field: Field,
    numeric: bool,
}

#[derive(Template)]
#[template(path = "question/numeric.html")]
struct NumericView<'a> {
    f: &'a Frame,
    field: Field,
    numeric: bool,
}

pub(super) fn short(kind: &Short, showing: &Showing<'_>) -> Result<Html> {
    let side = |lang| kind.answers.of(lang).first().cloned();
    let right = Text::from_sides(side(Lang::Zh), side(Lang::En));
    Html::of(&ShortView { f: showing.f, field: field(showing, right, None), numeric: false })
}

pub(super) fn numeric(kind: &Numeric, showing: &Showing<'_>) -> Result<Html> {
    let value = if kind.tolerance == Number::ZERO {
        kind.value.to_string()
    } else {
        format!("{} ± {}", kind.value, kind.tolerance)
    };
    let right = with_unit(&value, kind.unit.as_ref());
    Html::of(&NumericView {
        f: showing.f,
        field: field(showing, Some(right), kind.unit.as_ref()),
        numeric: true,
    })
}

/// A prediction without choices: a number where the cluster's value is one.
pub(super) fn predict(kind: &Predict, showing: &Showing<'_>) -> Result<Html> {
    let value = showing.known.frozen.as_ref().map(|frozen| frozen.right.as_str());
    let numeric = value.is_some_and(|value| Number::parse(value).is_some());
    let right = value.map(|value| with_unit(value, kind.unit.as_ref()));
    let field = field(showing, right, kind.unit.as_ref());
    if numeric {
        Html::of(&NumericView { f: showing.f, field, numeric })
    } else {
        Html::of(&ShortView { f: showing.f, field, numeric })
    }
}

fn with_unit(value: &str, unit: Option<&Unit>) -> Text {
    let side = |lang| unit.map_or_else(|| value.to_owned(), |unit| format!("{value} {}", unit.words(lang)));
    Text::both(side(Lang::Zh), side(Lang::En))
}

fn field(showing: &Showing<'_>, right: Option<Text>, unit: Option<&Unit>) -> Field {
    let reading = showing.f.reading();
    let pair = |text: Text| Pair::line(&text, reading);
    let answered = match showing.state {
        State::Asked { .. } => None,
        State::Answered { response, grade, .. } => Some(Answered {
            typed: match response {
                Response::Typed(typed) => typed.clone(),
                _ => String::new(),
            },
            right: right.map(pair).unwrap_or_default(),
            is_right: grade.is_correct(),
            understood: grade
                .understood
                .as_deref()
                .map(|read| showing.f.locale().say_with("answer-understood", &[("read", read.into())])),
        }),
    };
    Field {
        kept: showing.kept("answer").to_owned(),
        unit: unit
            .map(|unit| pair(Text::both(unit.words(Lang::Zh).to_owned(), unit.words(Lang::En).to_owned()))),
        answered,
    }
}
