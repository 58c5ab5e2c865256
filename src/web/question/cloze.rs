//! A text with blanks. Where both languages are shown, one has the fields and the other shows their numbers: one answer
//! per blank.

use askama::Template;

use crate::bank::Response;
use crate::bank::kinds::{Cloze, Segment};
use crate::text::Lang;
use crate::web::error::Result;
use crate::web::markdown;
use crate::web::page::Frame;

use super::{Html, MarkView, Showing, State};

#[derive(Template)]
#[template(path = "question/cloze.html")]
struct View<'a> {
    f: &'a Frame,
    sides: Vec<Side>,
    answered: bool,
}

/// The text in one language.
struct Side {
    lang: Lang,
    pieces: Vec<Piece>,
}

/// A piece of the text.
enum Piece {
    Words(Html),
    Blank(Blank),
    /// The number of a blank whose field stands in the other language.
    Twin(usize),
}

struct Blank {
    number: usize,
    kept: String,
    /// What was filled in.
    filled: String,
    right: String,
    mark: Option<MarkView>,
    /// A width in characters that does not give the answer away.
    size: usize,
}

pub(super) fn render(kind: &Cloze, showing: &Showing<'_>) -> Result<Html> {
    let shown = kind.text().read(showing.f.reading());
    let interface = showing.f.lang();
    // The fields stand in the interface's language, or in the only one there is.
    let fields_in =
        if shown.iter().any(|side| side.lang == interface) { interface } else { interface.other() };
    let sides = shown
        .iter()
        .map(|side| Side {
            lang: side.lang,
            pieces: kind
                .segments(side.lang)
                .into_iter()
                .map(|segment| match segment {
                    Segment::Words(words) => Piece::Words(Html(spaced(&words))),
                    Segment::Blank(number, _) if side.lang != fields_in => Piece::Twin(number),
                    Segment::Blank(number, answers) => Piece::Blank(blank(number, &answers, showing)),
                })
                .collect(),
        })
        .collect();
    Html::of(&View { f: showing.f, sides, answered: showing.is_answered() })
}

/// Words between two blanks: Markdown drops the spaces at their ends, which count here.
fn spaced(words: &str) -> String {
    let space = |is_there: bool| if is_there { " " } else { "" };
    let (start, end) = (words.starts_with(char::is_whitespace), words.ends_with(char::is_whitespace));
    format!("{}{}{}", space(start), markdown::inline(words.trim()), space(end))
}

fn blank(number: usize, answers: &[String], showing: &Showing<'_>) -> Blank {
    let filled = match showing.state {
        State::Answered { response: Response::Filled(filled), .. } => {
            filled.get(number - 1).cloned().unwrap_or_default()
        }
        State::Answered { .. } | State::Asked { .. } => String::new(),
    };
    let longest = answers.iter().map(|answer| answer.chars().count()).max().unwrap_or(0);
    Blank {
        number,
        kept: showing.kept(&format!("blank-{number}")).to_owned(),
        filled,
        right: answers.first().cloned().unwrap_or_default(),
        mark: showing.mark(&number.to_string()),
        size: longest.next_multiple_of(8).clamp(8, 32),
    }
}
