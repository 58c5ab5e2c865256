//! Kinds where one chooses: single, multiple, true or false, and predictions with choices.

use askama::Template;

use crate::bank::kinds::{Multiple, Predict, Single, TrueFalse};
use crate::bank::{Response, kinds, sign};
use crate::locale::locale;
use crate::text::{Lang, Text};
use crate::web::error::Result;
use crate::web::page::Frame;
use crate::web::pair::Pair;

use super::{Html, MarkView, Showing, State};

/// One choice.
struct Row {
    /// How the form says it.
    sign: String,
    /// The key that chooses it.
    number: usize,
    say: Pair,
    chosen: bool,
    mark: Option<MarkView>,
    why: Option<Pair>,
    /// The page of the scenario that shows why it is wrong.
    scenario: Option<String>,
}

#[derive(Template)]
#[template(path = "question/single.html")]
struct SingleView<'a> {
    f: &'a Frame,
    rows: Vec<Row>,
    answered: bool,
    many: bool,
}

#[derive(Template)]
#[template(path = "question/multiple.html")]
struct MultipleView<'a> {
    f: &'a Frame,
    rows: Vec<Row>,
    answered: bool,
    many: bool,
}

#[derive(Template)]
#[template(path = "question/true-false.html")]
struct TrueFalseView<'a> {
    f: &'a Frame,
    rows: Vec<Row>,
    answered: bool,
    many: bool,
}

#[derive(Template)]
#[template(path = "question/predict.html")]
struct PredictView<'a> {
    f: &'a Frame,
    rows: Vec<Row>,
    answered: bool,
    many: bool,
}

pub(super) fn single(kind: &Single, showing: &Showing<'_>) -> Result<Html> {
    let rows = rows(showing, |id| kind.choices.get(id).map(of_choice));
    Html::of(&SingleView { f: showing.f, rows, answered: showing.is_answered(), many: false })
}

pub(super) fn multiple(kind: &Multiple, showing: &Showing<'_>) -> Result<Html> {
    let rows = rows(showing, |id| kind.choices.get(id).map(of_choice));
    Html::of(&MultipleView { f: showing.f, rows, answered: showing.is_answered(), many: true })
}

pub(super) fn true_false(kind: &TrueFalse, showing: &Showing<'_>) -> Result<Html> {
    let word = |id: &str| {
        let key = if id == "true" { "answer-true" } else { "answer-false" };
        Text::both(locale(Lang::Zh).say(key), locale(Lang::En).say(key))
    };
    let rows = rows(showing, |id| {
        let why = (id != kind.right_id()).then(|| kind.why.clone()).flatten();
        TrueFalse::IDS.contains(&id).then(|| Said { say: word(id), why, scenario: None })
    });
    Html::of(&TrueFalseView { f: showing.f, rows, answered: showing.is_answered(), many: false })
}

pub(super) fn predict(kind: &Predict, showing: &Showing<'_>) -> Result<Html> {
    let rows = rows(showing, |id| {
        let value = showing.known.frozen.as_ref()?.value(id)?;
        let with_unit = |lang| match &kind.unit {
            Some(unit) => format!("{value} {}", unit.words(lang)),
            None => value.to_owned(),
        };
        let wrong = kind.wrong.iter().find(|wrong| wrong.id == id);
        Some(Said {
            say: Text::both(with_unit(Lang::Zh), with_unit(Lang::En)),
            why: wrong.and_then(|wrong| wrong.why.clone()),
            scenario: wrong.and_then(|wrong| wrong.scenario.clone()),
        })
    });
    Html::of(&PredictView { f: showing.f, rows, answered: showing.is_answered(), many: false })
}

/// What a choice says.
struct Said {
    say: Text,
    why: Option<Text>,
    scenario: Option<String>,
}

fn of_choice(choice: &kinds::Choice) -> Said {
    Said { say: choice.say.clone(), why: choice.why.clone(), scenario: choice.scenario.clone() }
}

/// The choices in the order shown.
fn rows(showing: &Showing<'_>, say: impl Fn(&str) -> Option<Said>) -> Vec<Row> {
    let reading = showing.f.reading();
    let chosen = |number: usize, id: &str| match showing.state {
        State::Asked { kept } => kept.iter().any(|(name, value)| name == "choice" && *value == sign(number)),
        State::Answered { response: Response::Chosen(ids), .. } => ids.iter().any(|chosen| chosen == id),
        State::Answered { .. } => false,
    };
    let row = |(number, id): (usize, &String)| {
        let said = say(id)?;
        let after = |text: Option<Text>| text.filter(|_| showing.is_answered());
        Some(Row {
            number,
            say: Pair::line(&said.say, reading),
            chosen: chosen(number, id),
            mark: showing.mark(id),
            why: after(said.why).map(|why| Pair::line(&why, reading)),
            scenario: said.scenario.and_then(|name| match showing.state {
                State::Asked { .. } => None,
                State::Answered { scenario, .. } => Some(scenario(&name)),
            }),
            sign: sign(number),
        })
    };
    (1..).zip(showing.shown).filter_map(row).collect()
}
