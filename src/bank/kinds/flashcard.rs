//! `flashcard`: a front and a back; the learner says how well they knew it.
//!
//! ```yaml
//! - id: what-is-a-pod
//!   kind: flashcard            # may be left out where there is a `back`
//!   ask:                       # the front
//!     zh: Pod 是什么？
//!     en: What is a Pod?
//!   back:
//!     zh: Kubernetes 创建和管理的最小单位。
//!     en: The smallest unit that Kubernetes creates and manages.
//! ```

use super::{Form, Frozen, Grade, Lots, Reader, Response, ResponseProblem, Rules, Spot, Writer};
use crate::bank::schema::{Keys, reference};
use crate::text::Text;
use crate::yaml::Node;

/// What only a flashcard has.
#[derive(Clone, Debug, PartialEq)]
pub struct Flashcard {
    /// The back; the front is what every question asks.
    pub back: Text,
}

impl Rules for Flashcard {
    const NAME: &'static str = "flashcard";
    const KEYS: &'static [&'static str] = &["back"];

    fn schema() -> Keys {
        Keys::new(&["back"]).key("back", reference("text"))
    }

    fn fits(question: &Node) -> bool {
        question.get("back").is_some()
    }

    fn read(reader: &mut Reader<'_>, question: &Spot<'_>) -> Option<Flashcard> {
        let back = reader.required(question, "back")?;
        Some(Flashcard { back: reader.text(&back)? })
    }

    fn write(&self, writer: &mut Writer) {
        writer.put_text("back", &self.back);
    }

    fn texts(&self) -> Vec<(String, &Text)> {
        vec![("back".to_owned(), &self.back)]
    }

    fn present(&self, _: &mut Lots, _: Option<&Frozen>) -> Vec<String> {
        Vec::new()
    }

    fn respond(&self, form: &Form<'_>) -> Result<Response, ResponseProblem> {
        form.one("revealed").map(|_| Response::Revealed).ok_or(ResponseProblem::Nothing)
    }

    /// Whether it was known, the learner says with their rating.
    fn grade(&self, response: &Response, _: Option<&Frozen>) -> Grade {
        Grade::whole(*response == Response::Revealed)
    }

    fn semantics(&self) -> serde_json::Value {
        serde_json::Value::Null
    }
}
