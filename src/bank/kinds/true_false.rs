//! `true-false`: a statement that is true or false.
//!
//! ```yaml
//! - id: bare-pod-comes-back
//!   kind: true-false           # may be left out where `answer` is true or false
//!   ask:
//!     zh: 被删除的裸 Pod 会被重建。
//!     en: A deleted bare Pod is created again.
//!   answer: false
//!   why:                       # what to say to those who believed the contrary; may be left out
//!     zh: 没有 Controller 看管它。
//!     en: No controller watches over it.
//! ```

use super::{Form, Frozen, Grade, Lots, Reader, Response, ResponseProblem, Rules, Spot, Writer};
use crate::bank::answer::{Mark, Part};
use crate::bank::schema::{Keys, reference};
use crate::text::Text;
use crate::yaml::{Node, Value};
use serde_json::json;

/// What only a statement has.
#[derive(Clone, Debug, PartialEq)]
pub struct TrueFalse {
    /// Whether it is true.
    pub answer: bool,
    /// Why it is not the contrary.
    pub why: Option<Text>,
}

impl TrueFalse {
    /// The ids of the two choices, in the order shown.
    pub const IDS: [&'static str; 2] = ["true", "false"];

    /// The id of the right choice.
    pub fn right_id(&self) -> &'static str {
        if self.answer { "true" } else { "false" }
    }
}

impl Rules for TrueFalse {
    const NAME: &'static str = "true-false";
    const KEYS: &'static [&'static str] = &["answer", "why"];

    fn schema() -> Keys {
        Keys::new(&["answer"]).key("answer", json!({ "type": "boolean" })).key("why", reference("text"))
    }

    fn fits(question: &Node) -> bool {
        question.get("answer").is_some_and(|answer| matches!(answer.value, Value::Bool(_)))
    }

    fn read(reader: &mut Reader<'_>, question: &Spot<'_>) -> Option<TrueFalse> {
        let answer = reader.required(question, "answer").and_then(|answer| reader.boolean(&answer));
        let why = reader.optional(question, "why", Reader::text);
        Some(TrueFalse { answer: answer?, why: why? })
    }

    fn write(&self, writer: &mut Writer) {
        writer.put("answer", self.answer);
        writer.put_some_text("why", self.why.as_ref());
    }

    fn texts(&self) -> Vec<(String, &Text)> {
        self.why.iter().map(|why| ("why".to_owned(), why)).collect()
    }

    /// True stands before false, as everywhere.
    fn present(&self, _: &mut Lots, _: Option<&Frozen>) -> Vec<String> {
        TrueFalse::IDS.map(str::to_owned).to_vec()
    }

    fn respond(&self, form: &Form<'_>) -> Result<Response, ResponseProblem> {
        form.chosen_one(|id| TrueFalse::IDS.contains(&id))
    }

    fn grade(&self, response: &Response, _: Option<&Frozen>) -> Grade {
        let Response::Chosen(chosen) = response else { return Grade::whole(false) };
        let chose = |id: &str| chosen.iter().any(|chosen| chosen == id);
        let part =
            |id: &str| Part { id: id.to_owned(), mark: Mark::of_choice(id == self.right_id(), chose(id)) };
        let right = chosen.len() == 1 && chose(self.right_id());
        Grade { parts: TrueFalse::IDS.map(part).to_vec(), ..Grade::whole(right) }
    }

    fn semantics(&self) -> serde_json::Value {
        self.answer.into()
    }
}
