//! Pairs to be found: each left-hand side has a list of what may go with it.

use askama::Template;

use crate::bank::kinds::Matching;
use crate::bank::{Response, sign};
use crate::text::{Reading, Text};
use crate::web::error::Result;
use crate::web::markdown;
use crate::web::page::Frame;
use crate::web::pair::Pair;

use super::{Html, MarkView, Showing, State};

#[derive(Template)]
#[template(path = "question/match.html")]
struct View<'a> {
    f: &'a Frame,
    rows: Vec<Row>,
    answered: bool,
}

struct Row {
    id: String,
    left: Pair,
    options: Vec<Choice>,
    mark: Option<MarkView>,
    /// What was chosen, and what is right, once it was answered.
    given: Option<Pair>,
    right: Pair,
}

/// What may go with a left-hand side. A list of the browser's has plain words only.
struct Choice {
    /// How the form says it.
    sign: String,
    words: String,
    chosen: bool,
}

pub(super) fn render(kind: &Matching, showing: &Showing<'_>) -> Result<Html> {
    let reading = showing.f.reading();
    let rights = kind.rights();
    let text_of = |id: &str| rights.iter().find(|(right, _)| *right == id).map(|(_, text)| *text);
    let rows = kind
        .pairs
        .iter()
        .map(|pair| {
            let kept = showing.kept(&format!("match-{}", pair.id));
            let option = |(place, id): (usize, &String)| {
                let (words, sign) = (words(text_of(id)?, reading), sign(place));
                Some(Choice { words, chosen: kept == sign, sign })
            };
            let given = given(showing.state, &pair.id).and_then(text_of);
            Row {
                left: Pair::line(&pair.left, reading),
                options: (1..).zip(showing.shown).filter_map(option).collect(),
                mark: showing.mark(&pair.id),
                given: given.map(|text| Pair::line(text, reading)),
                right: Pair::line(&pair.right, reading),
                id: pair.id.clone(),
            }
        })
        .collect();
    Html::of(&View { f: showing.f, rows, answered: showing.is_answered() })
}

/// What was paired with a left-hand side.
fn given<'a>(state: State<'a>, left: &str) -> Option<&'a str> {
    match state {
        State::Answered { response: Response::Paired(pairs), .. } => {
            pairs.iter().find(|(id, _)| id == left).map(|(_, right)| right.as_str())
        }
        State::Answered { .. } | State::Asked { .. } => None,
    }
}

/// A text in plain words, in the languages read.
fn words(text: &Text, reading: Reading) -> String {
    let sides: Vec<String> = text.read(reading).iter().map(|side| markdown::plain(side.words)).collect();
    sides.join(" · ")
}
