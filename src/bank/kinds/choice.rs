//! Choices: what *single* and *multiple* have in common.

use super::{Lots, Reader, Spot, Writer, shuffle};
use crate::bank::schema::{Keys, array, reference};
use crate::text::Text;
use crate::yaml::{Node, Value};
use serde_json::json;

/// Choices of a question: at least two, at most this many.
const MOST: usize = 10;

/// What can be chosen.
#[derive(Clone, Debug, PartialEq)]
pub struct Choices {
    /// All, in the order of the file.
    pub all: Vec<Choice>,
    /// Whether they are shown in an order drawn by lot.
    pub shuffle: bool,
    /// How many of the wrong ones are drawn each time; all, where it is not said.
    pub show: Option<u8>,
}

/// One choice.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// Its id, unique in the question and stable.
    pub id: String,
    /// What it says.
    pub say: Text,
    /// Whether it is right.
    pub right: bool,
    /// How much it counts where several may be chosen.
    pub weight: u8,
    /// Why it is wrong, or right.
    pub why: Option<Text>,
    /// The belief of those who choose it.
    pub misconception: Option<String>,
    /// The scenario that shows why it is wrong.
    pub scenario: Option<String>,
}

impl Choices {
    pub(super) const KEYS: &'static [&'static str] = &["choices", "shuffle", "show"];

    /// What these keys may hold; weights only where several may be chosen.
    pub(super) fn schema(several: bool) -> Keys {
        let mut choice = Keys::new(&["say"])
            .key("id", reference("id"))
            .key("say", reference("text"))
            .key("why", reference("text"))
            .key("right", json!({ "type": "boolean" }));
        if several {
            choice = choice.key("weight", json!({ "type": "integer", "minimum": 1, "maximum": 10 }));
        }
        choice = choice.key("misconception", reference("id")).key("scenario", reference("id"));
        Keys::new(&["choices"])
            .key("choices", array(choice.closed(), 2, MOST))
            .key("shuffle", json!({ "type": "boolean" }))
            .key("show", json!({ "type": "integer", "minimum": 1 }))
    }

    /// How many choices of a question's tree are said to be right.
    pub(super) fn count_right(question: &Node) -> Option<usize> {
        let choices = question.get("choices")?.as_seq()?;
        let is_right =
            |choice: &&Node| choice.get("right").is_some_and(|right| right.value == Value::Bool(true));
        Some(choices.iter().filter(is_right).count())
    }

    /// Reads them; weights only where several may be chosen.
    pub(super) fn read(reader: &mut Reader<'_>, question: &Spot<'_>, several: bool) -> Option<Choices> {
        let list = reader.required(question, "choices")?;
        let spots = reader.list(&list, 2, MOST)?;
        let read: Vec<Option<Choice>> =
            spots.iter().enumerate().map(|(i, spot)| Choice::read(reader, spot, i, several)).collect();
        let shuffle = reader.optional(question, "shuffle", Reader::boolean)?.unwrap_or(true);
        let all: Vec<Choice> = read.into_iter().collect::<Option<_>>()?;
        let wrong = all.iter().filter(|choice| !choice.right).count();
        let most = u8::try_from(wrong).unwrap_or(u8::MAX).max(1);
        let show = reader.optional(question, "show", |reader, at| reader.small(at, 1, most))?;
        reader.distinct(all.iter().zip(&spots).map(|(choice, spot)| (choice.id.as_str(), spot.clone())));
        match all.len() - wrong {
            0 => {
                reader.wrong(&list, "no-right-choice", "", "");
                None
            }
            right if right > 1 && !several => {
                reader.wrong(&list, "several-right-choices", right.to_string(), "");
                None
            }
            _ => Some(Choices { all, shuffle, show }),
        }
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        writer.put_list("choices", &self.all, Choice::write);
        if !self.shuffle {
            writer.put("shuffle", false);
        }
        writer.put_some("show", self.show);
    }

    pub(super) fn texts(&self) -> Vec<(String, &Text)> {
        let mut texts = Vec::new();
        for (index, choice) in self.all.iter().enumerate() {
            texts.push((format!("choices[{index}].say"), &choice.say));
            texts.extend(choice.why.iter().map(|why| (format!("choices[{index}].why"), why)));
        }
        texts
    }

    pub(super) fn scenarios(&self) -> Vec<&str> {
        self.all.iter().filter_map(|choice| choice.scenario.as_deref()).collect()
    }

    /// The ids as they are shown: every right one, and the wrong ones that were drawn.
    pub(super) fn present(&self, lots: &mut Lots) -> Vec<String> {
        let mut wrong: Vec<&str> = self.wrong().map(|choice| choice.id.as_str()).collect();
        if let Some(show) = self.show {
            shuffle(&mut wrong, lots);
            wrong.truncate(usize::from(show));
        }
        let drawn = |choice: &&Choice| choice.right || wrong.contains(&choice.id.as_str());
        let mut ids: Vec<String> = self.all.iter().filter(drawn).map(|choice| choice.id.clone()).collect();
        if self.shuffle {
            shuffle(&mut ids, lots);
        }
        ids
    }

    /// Those that are right.
    pub fn right(&self) -> impl Iterator<Item = &Choice> {
        self.all.iter().filter(|choice| choice.right)
    }

    /// Those that are wrong.
    pub fn wrong(&self) -> impl Iterator<Item = &Choice> {
        self.all.iter().filter(|choice| !choice.right)
    }

    /// The choice with this id.
    pub fn get(&self, id: &str) -> Option<&Choice> {
        self.all.iter().find(|choice| choice.id == id)
    }

    /// The ids of the right ones, in order of id.
    pub(super) fn semantics(&self) -> serde_json::Value {
        let mut ids: Vec<&str> = self.right().map(|choice| choice.id.as_str()).collect();
        ids.sort_unstable();
        ids.into()
    }
}

impl Choice {
    fn read(reader: &mut Reader<'_>, at: &Spot<'_>, index: usize, several: bool) -> Option<Choice> {
        let known: &[&str] = match several {
            true => &["id", "say", "why", "right", "weight", "misconception", "scenario"],
            false => &["id", "say", "why", "right", "misconception", "scenario"],
        };
        if !reader.keys(at, known) {
            return None;
        }
        let id = reader.id_or(at, 'c', index);
        let say = reader.required(at, "say").and_then(|say| reader.text(&say));
        let right = reader.flag(at, "right");
        let weight = reader.optional(at, "weight", |reader, weight| reader.small(weight, 1, 10));
        let why = reader.optional(at, "why", Reader::text);
        let misconception = reader.optional(at, "misconception", Reader::id);
        let scenario = reader.optional(at, "scenario", Reader::id);
        Some(Choice {
            id: id?,
            say: say?,
            right: right?,
            weight: weight?.unwrap_or(1),
            why: why?,
            misconception: misconception?,
            scenario: scenario?,
        })
    }

    fn write(&self, writer: &mut Writer) {
        writer.put("id", self.id.as_str());
        writer.put_text("say", &self.say);
        writer.put_some_text("why", self.why.as_ref());
        if self.right {
            writer.put("right", true);
        }
        if self.weight != 1 {
            writer.put("weight", self.weight);
        }
        writer.put_some("misconception", self.misconception.as_deref());
        writer.put_some("scenario", self.scenario.as_deref());
    }
}
