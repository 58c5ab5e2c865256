//! `numeric`: a number, typed. `5 分钟`, `5m` and `300` are the same where seconds are asked for; `三百` is a number, too.
//!
//! ```yaml
//! - id: default-toleration
//!   kind: numeric              # may be left out where there is a `value`
//!   ask:
//!     zh: Node 不可达后，默认容忍它的 Pod 多久？
//!     en: How long are the Pods of an unreachable Node tolerated by default?
//!   value: 300
//!   tolerance: 5               # 295 to 305 are right; 0 where it is left out
//!   unit: s                    # ms, s, m, h and d are time; anything else is a text that stands behind the field
//! ```

use super::{Form, Frozen, Grade, Lots, Reader, Response, ResponseProblem, Rules, Spot, Writer};
use crate::bank::fold;
use crate::bank::number::{Number, Unit};
use crate::bank::schema::{Keys, reference};
use crate::text::Text;
use crate::yaml::Node;
use serde_json::json;

/// What only a question for a number has.
#[derive(Clone, Debug, PartialEq)]
pub struct Numeric {
    /// The right number.
    pub value: Number,
    /// How far off an answer may be and still be right.
    pub tolerance: Number,
    /// What it counts.
    pub unit: Option<Unit>,
}

/// Writes a unit.
pub(super) fn write_unit(unit: Option<&Unit>, writer: &mut Writer) {
    match unit {
        Some(Unit::Time(unit)) => writer.put("unit", unit.symbol()),
        Some(Unit::Of(text)) => writer.put_text("unit", text),
        None => {}
    }
}

/// The words of a unit, if it has any of its own.
pub(super) fn unit_text(unit: Option<&Unit>) -> Option<&Text> {
    match unit {
        Some(Unit::Of(text)) => Some(text),
        Some(Unit::Time(_)) | None => None,
    }
}

/// How a number was read, where that is not as it was typed.
pub(super) fn understood(number: Number, unit: Option<&Unit>, typed: &str) -> Option<String> {
    let read = match unit {
        Some(Unit::Time(unit)) => format!("{number} {}", unit.symbol()),
        Some(Unit::Of(_)) | None => number.to_string(),
    };
    (read != typed.trim()).then_some(read)
}

impl Rules for Numeric {
    const NAME: &'static str = "numeric";
    const KEYS: &'static [&'static str] = &["value", "tolerance", "unit"];

    fn schema() -> Keys {
        Keys::new(&["value"])
            .key("value", json!({ "type": "number" }))
            .key("tolerance", json!({ "type": "number", "minimum": 0 }))
            .key("unit", reference("text"))
    }

    fn fits(question: &Node) -> bool {
        question.get("value").is_some()
    }

    fn read(reader: &mut Reader<'_>, question: &Spot<'_>) -> Option<Numeric> {
        let value = reader.required(question, "value").and_then(|value| reader.number(&value));
        let tolerance = reader.optional(question, "tolerance", |reader, at| {
            let tolerance = reader.number(at)?;
            if tolerance < Number::ZERO {
                reader.wrong(at, "out-of-bounds", tolerance.to_string(), "≥ 0");
                return None;
            }
            Some(tolerance)
        });
        let unit = reader.optional(question, "unit", Reader::unit);
        Some(Numeric { value: value?, tolerance: tolerance?.unwrap_or_default(), unit: unit? })
    }

    fn write(&self, writer: &mut Writer) {
        writer.put("value", self.value.to_json());
        if self.tolerance != Number::ZERO {
            writer.put("tolerance", self.tolerance.to_json());
        }
        write_unit(self.unit.as_ref(), writer);
    }

    fn texts(&self) -> Vec<(String, &Text)> {
        unit_text(self.unit.as_ref()).map(|text| ("unit".to_owned(), text)).into_iter().collect()
    }

    fn present(&self, _: &mut Lots, _: Option<&Frozen>) -> Vec<String> {
        Vec::new()
    }

    fn respond(&self, form: &Form<'_>) -> Result<Response, ResponseProblem> {
        let typed = form.typed()?;
        match fold::number(typed, self.unit.as_ref()) {
            Some(_) => Ok(Response::Typed(typed.to_owned())),
            None => Err(ResponseProblem::NotANumber(typed.to_owned())),
        }
    }

    fn grade(&self, response: &Response, _: Option<&Frozen>) -> Grade {
        let Response::Typed(typed) = response else { return Grade::whole(false) };
        let Some(number) = fold::number(typed, self.unit.as_ref()) else { return Grade::whole(false) };
        let off = (number.in_millionths() - self.value.in_millionths()).abs();
        let understood = understood(number, self.unit.as_ref(), typed);
        Grade { understood, ..Grade::whole(off <= self.tolerance.in_millionths()) }
    }

    fn semantics(&self) -> serde_json::Value {
        let time = match &self.unit {
            Some(Unit::Time(unit)) => Some(unit.symbol()),
            Some(Unit::Of(_)) | None => None,
        };
        serde_json::json!([self.value.to_string(), self.tolerance.to_string(), time])
    }
}
