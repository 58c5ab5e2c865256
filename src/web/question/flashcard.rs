//! A flashcard: the front is the question, the back comes when asked for.

use askama::Template;

use crate::bank::kinds::Flashcard;
use crate::web::error::Result;
use crate::web::pair::Pair;

use super::{Html, Showing};

#[derive(Template)]
#[template(path = "question/flashcard.html")]
struct View {
    /// Once it was revealed.
    back: Option<Pair>,
}

pub(super) fn render(kind: &Flashcard, showing: &Showing<'_>) -> Result<Html> {
    let back = showing.is_answered().then(|| Pair::blocks(&kind.back, showing.f.reading()));
    Html::of(&View { back })
}
