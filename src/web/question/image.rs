//! The picture of a question. It has its size in the page, so that nothing moves when it comes.

use crate::bank::Question;
use crate::web::markdown;
use crate::web::page::Frame;

/// A picture, ready for `question/image.html`.
pub(in crate::web) struct ImageView {
    pub(in crate::web) url: String,
    /// What is on it, in the language of the interface where it is said in it.
    pub(in crate::web) alt: String,
    /// The language of these words.
    pub(in crate::web) lang: &'static str,
    pub(in crate::web) width: u32,
    pub(in crate::web) height: u32,
}

impl ImageView {
    /// The picture of a question as learners see it. `None` where it has none, or was never taken in.
    pub(in crate::web) fn of(question: &Question, f: &Frame) -> Option<ImageView> {
        ImageView::at(question, f, |hash| format!("/image/{hash}"))
    }

    /// The same at another path, made of its hash.
    pub(in crate::web) fn at(
        question: &Question,
        f: &Frame,
        path: impl Fn(&str) -> String,
    ) -> Option<ImageView> {
        let image = question.image.as_ref()?;
        let pinned = image.pinned.as_ref()?;
        let alt = image.alt.show(f.reading().interface());
        Some(ImageView {
            url: f.url(&path(&pinned.hash)),
            alt: markdown::plain(alt.words),
            lang: alt.lang.tag(),
            width: pinned.width,
            height: pinned.height,
        })
    }
}
