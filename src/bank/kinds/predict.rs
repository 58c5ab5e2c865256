//! `predict`: what will the cluster show? The right answer is computed by running the scenario and never written down;
//! wrong ones come from other moments, other runs or other expressions.
//!
//! ```yaml
//! - id: ready-after-failure
//!   kind: predict              # may be left out where there is a `predict`
//!   ask:
//!     zh: node-b 断电 90 秒后，这个 Deployment 有几个 Pod 就绪？
//!     en: 90 seconds after node-b lost power, how many Pods of the Deployment are ready?
//!   predict:
//!     scenario: node-failure   # may be left out where the question's own `scenario` is meant
//!     at: 110s                 # or `end`
//!     value: deployment('web').ready # CEL, as in claims: a number, a string, or true or false
//!     unit:                    # as in `numeric`; may be left out
//!       zh: 个
//!       en: Pods
//!     wrong:                   # 1 to 9; without them the learner types the value. What is left out is as above.
//!       - id: before           # where it is left out: w1, w2 … by place
//!         at: 10s              # another moment
//!         why:
//!           zh: 那是断电之前。
//!           en: That was before the power cut.
//!       - scenario: node-failure-bare-pod # another run
//!         value: pods().size() # another expression
//!         why:
//!           zh: 那里没有 Deployment。
//!           en: There is no Deployment there.
//! ```

use super::numeric::{understood, unit_text, write_unit};
use super::{Form, Frozen, Grade, Lots, Reader, Response, ResponseProblem, Rules, Spot, Writer, shuffle};
use crate::bank::answer::{Mark, Part};
use crate::bank::fold::{self, same};
use crate::bank::number::{Number, Unit};
use crate::bank::schema::{Keys, array, reference};
use crate::cluster::{Millis, SimTime};
use crate::text::Text;
use crate::yaml::Node;

/// At most this many wrong values.
const MOST: usize = 9;

/// What only a prediction has.
#[derive(Clone, Debug, PartialEq)]
pub struct Predict {
    /// What is to be predicted.
    pub right: Probe,
    /// What it counts, if it is a number.
    pub unit: Option<Unit>,
    /// Where the wrong values come from. None: the learner types the value.
    pub wrong: Vec<Wrong>,
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// The scenario; the question's own where it is not said.
    pub scenario: Option<String>,
    /// The moment.
    pub at: Moment,
    /// The expression.
    pub value: String,
}

/// A moment of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// So long after the beginning.
    At(SimTime),
    /// The end.
    End,
}

/// A wrong value. What is `None` is as in the right one.
#[derive(Clone, Debug, PartialEq)]
pub struct Wrong {
    /// The id of its choice.
    pub id: String,
    /// Another scenario.
    pub scenario: Option<String>,
    /// Another moment.
    pub at: Option<Moment>,
    /// Another expression.
    pub value: Option<String>,
    /// Why it is wrong.
    pub why: Option<Text>,
}

impl Predict {
    /// Where a wrong value comes from.
    pub fn probe(&self, wrong: &Wrong) -> Probe {
        Probe {
            scenario: wrong.scenario.clone().or_else(|| self.right.scenario.clone()),
            at: wrong.at.unwrap_or(self.right.at),
            value: wrong.value.clone().unwrap_or_else(|| self.right.value.clone()),
        }
    }

    /// Whether the learner chooses; else they type.
    pub fn has_choices(&self) -> bool {
        !self.wrong.is_empty()
    }
}

impl Moment {
    fn read(reader: &mut Reader<'_>, at: &Spot<'_>) -> Option<Moment> {
        match at.node.as_str() {
            Some("end") => Some(Moment::End),
            _ => reader.time(at).map(Moment::At),
        }
    }

    fn spell(self) -> String {
        match self {
            Moment::At(at) => Millis(at.0).to_string(),
            Moment::End => "end".to_owned(),
        }
    }
}

impl Wrong {
    fn read(reader: &mut Reader<'_>, at: &Spot<'_>, index: usize) -> Option<Wrong> {
        if !reader.keys(at, &["id", "scenario", "at", "value", "why"]) {
            return None;
        }
        let id = reader.id_or(at, 'w', index);
        let scenario = reader.optional(at, "scenario", Reader::id);
        let moment = reader.optional(at, "at", Moment::read);
        let value = reader.optional(at, "value", Reader::word);
        let why = reader.optional(at, "why", Reader::text);
        let wrong = Wrong { id: id?, scenario: scenario?, at: moment?, value: value?, why: why? };
        if wrong.scenario.is_none() && wrong.at.is_none() && wrong.value.is_none() {
            reader.wrong(at, "wrong-is-right", wrong.id.as_str(), "scenario, at, value");
            return None;
        }
        Some(wrong)
    }

    fn write(&self, writer: &mut Writer) {
        writer.put("id", self.id.as_str());
        writer.put_some("scenario", self.scenario.as_deref());
        writer.put_some("at", self.at.map(Moment::spell));
        writer.put_some("value", self.value.as_deref());
        writer.put_some_text("why", self.why.as_ref());
    }
}

impl Rules for Predict {
    const NAME: &'static str = "predict";
    const KEYS: &'static [&'static str] = &["predict"];

    fn schema() -> Keys {
        let moment = reference("duration");
        let wrong = Keys::new(&[])
            .key("id", reference("id"))
            .key("scenario", reference("id"))
            .key("at", moment.clone())
            .key("value", reference("word"))
            .key("why", reference("text"));
        let predict = Keys::new(&["at", "value"])
            .key("scenario", reference("id"))
            .key("at", moment)
            .key("value", reference("word"))
            .key("unit", reference("text"))
            .key("wrong", array(wrong.closed(), 1, MOST));
        Keys::new(&["predict"]).key("predict", predict.closed())
    }

    fn fits(question: &Node) -> bool {
        question.get("predict").is_some()
    }

    fn read(reader: &mut Reader<'_>, question: &Spot<'_>) -> Option<Predict> {
        let at = reader.required(question, "predict")?;
        if !reader.keys(&at, &["scenario", "at", "value", "unit", "wrong"]) {
            return None;
        }
        let scenario = reader.optional(&at, "scenario", Reader::id);
        if at.get("scenario").is_none() && question.get("scenario").is_none() {
            reader.wrong(&at, "missing-key", "", "scenario");
        }
        let moment = reader.required(&at, "at").and_then(|moment| Moment::read(reader, &moment));
        let value = reader.required(&at, "value").and_then(|value| reader.word(&value));
        let unit = reader.optional(&at, "unit", Reader::unit);
        let wrong = reader.optional(&at, "wrong", |reader, list| {
            let spots = reader.list(list, 1, MOST)?;
            let wrong: Vec<Option<Wrong>> =
                spots.iter().enumerate().map(|(i, spot)| Wrong::read(reader, spot, i)).collect();
            let wrong: Vec<Wrong> = wrong.into_iter().collect::<Option<_>>()?;
            reader.distinct(wrong.iter().zip(&spots).map(|(wrong, spot)| (wrong.id.as_str(), spot.clone())));
            Some(wrong)
        });
        let right = Probe { scenario: scenario?, at: moment?, value: value? };
        Some(Predict { right, unit: unit?, wrong: wrong?.unwrap_or_default() })
    }

    fn write(&self, writer: &mut Writer) {
        writer.put_map("predict", |writer| {
            writer.put_some("scenario", self.right.scenario.as_deref());
            writer.put("at", self.right.at.spell());
            writer.put("value", self.right.value.as_str());
            write_unit(self.unit.as_ref(), writer);
            writer.put_list("wrong", &self.wrong, Wrong::write);
        });
    }

    fn texts(&self) -> Vec<(String, &Text)> {
        let mut texts: Vec<(String, &Text)> =
            unit_text(self.unit.as_ref()).map(|text| ("predict.unit".to_owned(), text)).into_iter().collect();
        for (index, wrong) in self.wrong.iter().enumerate() {
            texts.extend(wrong.why.iter().map(|why| (format!("predict.wrong[{index}].why"), why)));
        }
        texts
    }

    fn scenarios(&self) -> Vec<&str> {
        let wrong = self.wrong.iter().map(|wrong| wrong.scenario.as_deref());
        std::iter::once(self.right.scenario.as_deref()).chain(wrong).flatten().collect()
    }

    /// Numbers in ascending order, where any other order would only confuse; else by lot.
    fn present(&self, lots: &mut Lots, frozen: Option<&Frozen>) -> Vec<String> {
        let Some(frozen) = frozen.filter(|_| self.has_choices()) else { return Vec::new() };
        let mut ids: Vec<&str> = self.wrong.iter().map(|wrong| wrong.id.as_str()).collect();
        ids.push(Frozen::RIGHT);
        let number = |id: &&str| frozen.value(id).and_then(Number::parse);
        if ids.iter().all(|id| number(id).is_some()) {
            ids.sort_by_key(number);
        } else {
            shuffle(&mut ids, lots);
        }
        ids.into_iter().map(str::to_owned).collect()
    }

    fn respond(&self, form: &Form<'_>) -> Result<Response, ResponseProblem> {
        if self.has_choices() {
            return form
                .chosen_one(|id| id == Frozen::RIGHT || self.wrong.iter().any(|wrong| wrong.id == id));
        }
        Ok(Response::Typed(form.typed()?.to_owned()))
    }

    fn grade(&self, response: &Response, frozen: Option<&Frozen>) -> Grade {
        match response {
            Response::Chosen(chosen) => {
                let ids =
                    std::iter::once(Frozen::RIGHT).chain(self.wrong.iter().map(|wrong| wrong.id.as_str()));
                let part = |id: &str| Part {
                    id: id.to_owned(),
                    mark: Mark::of_choice(id == Frozen::RIGHT, chosen.iter().any(|chosen| chosen == id)),
                };
                let right = matches!(&chosen[..], [only] if only == Frozen::RIGHT);
                Grade { parts: ids.map(part).collect(), ..Grade::whole(right) }
            }
            Response::Typed(typed) => self.grade_typed(typed, frozen),
            Response::Revealed | Response::Filled(_) | Response::Ordered(_) | Response::Paired(_) => {
                Grade::whole(false)
            }
        }
    }

    fn semantics(&self) -> serde_json::Value {
        let Probe { scenario, at, value } = &self.right;
        serde_json::json!([scenario, at.spell(), value])
    }
}

impl Predict {
    fn grade_typed(&self, typed: &str, frozen: Option<&Frozen>) -> Grade {
        let Some(frozen) = frozen else { return Grade::whole(false) };
        let unit = self.unit.as_ref();
        match (Number::parse(&frozen.right), fold::number(typed, unit)) {
            (Some(right), Some(number)) => {
                Grade { understood: understood(number, unit, typed), ..Grade::whole(number == right) }
            }
            _ => Grade::whole(same(&frozen.right, typed)),
        }
    }
}
