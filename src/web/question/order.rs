//! Items to be put in order. Each has a field for its place; a script turns that into moving them up and down.

use askama::Template;

use crate::bank::kinds::Order;
use crate::bank::{Response, sign};
use crate::web::error::Result;
use crate::web::page::Frame;
use crate::web::pair::Pair;

use super::{Html, MarkView, Showing, State};

#[derive(Template)]
#[template(path = "question/order.html")]
struct View<'a> {
    f: &'a Frame,
    rows: Vec<Row>,
    answered: bool,
}

struct Row {
    /// How the form says which item it is; empty where it was answered.
    sign: String,
    say: Pair,
    /// The place in its field; where it was answered, the right one.
    place: usize,
    /// The place it was given.
    given: usize,
    mark: Option<MarkView>,
}

pub(super) fn render(kind: &Order, showing: &Showing<'_>) -> Result<Html> {
    let reading = showing.f.reading();
    let item = |id: &str| kind.items.iter().find(|item| item.id == id);
    let rows = match showing.state {
        State::Asked { .. } => (1..)
            .zip(showing.shown)
            .filter_map(|(place, id)| {
                let sign = sign(place);
                let kept = showing.kept(&format!("place-{sign}")).parse().ok();
                Some(Row {
                    say: Pair::line(&item(id)?.say, reading),
                    place: kept.unwrap_or(place),
                    given: 0,
                    mark: None,
                    sign,
                })
            })
            .collect(),
        State::Answered { response, .. } => (1..)
            .zip(&kind.items)
            .map(|(place, item)| Row {
                say: Pair::line(&item.say, reading),
                place,
                given: given(response, &item.id),
                mark: showing.mark(&item.id),
                sign: String::new(),
            })
            .collect(),
    };
    Html::of(&View { f: showing.f, rows, answered: showing.is_answered() })
}

/// The place that was given to an item; 0 where none was.
fn given(response: &Response, id: &str) -> usize {
    match response {
        Response::Ordered(ids) => ids.iter().position(|given| given == id).map_or(0, |place| place + 1),
        _ => 0,
    }
}
