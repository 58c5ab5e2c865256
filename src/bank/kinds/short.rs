//! `short`: a word or two, typed. Case, spaces, punctuation and articles do not matter ([`crate::bank::fold`]), and an
//! answer in either language is right whatever is shown.
//!
//! ```yaml
//! - id: who-keeps-the-count
//!   kind: short                # may be left out where there are `answers`
//!   ask:
//!     zh: Deployment 通过什么对象维持 Pod 的数量？
//!     en: Through which object does a Deployment keep the number of its Pods?
//!   answers:                   # the first of a language is shown as the right one
//!     zh: [ReplicaSet, 副本集]
//!     en: [ReplicaSet, replica set, RS]
//!                              # where both languages have the same, one list is enough: answers: [ReplicaSet]
//! ```

use super::{Form, Frozen, Grade, Lots, Reader, Response, ResponseProblem, Rules, Spot, Writer};
use crate::bank::fold::{fold, same};
use crate::bank::schema::{Keys, array, reference};
use crate::text::{Lang, Text};
use crate::yaml::Node;
use serde_json::json;

/// Answers of a language: at most this many.
const MOST: usize = 20;

/// What only a question with a typed word has.
#[derive(Clone, Debug, PartialEq)]
pub struct Short {
    /// What is accepted.
    pub answers: Answers,
}

/// Accepted answers, at least one.
#[derive(Clone, Debug, PartialEq)]
pub struct Answers {
    /// In Chinese.
    pub zh: Vec<String>,
    /// In English.
    pub en: Vec<String>,
}

impl Answers {
    /// Those of a language.
    pub fn of(&self, lang: Lang) -> &[String] {
        match lang {
            Lang::Zh => &self.zh,
            Lang::En => &self.en,
        }
    }

    /// All, of both languages.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        self.zh.iter().chain(&self.en).map(String::as_str)
    }

    /// The one that is shown as right: the first of this language, or of the other.
    pub fn best(&self, lang: Lang) -> &str {
        self.of(lang).first().or(self.of(lang.other()).first()).map_or("", String::as_str)
    }

    /// Whether this is accepted.
    pub fn accept(&self, typed: &str) -> bool {
        self.all().any(|answer| same(answer, typed))
    }

    fn read(reader: &mut Reader<'_>, at: &Spot<'_>) -> Option<Answers> {
        if at.node.as_seq().is_some() {
            let all = Answers::list(reader, at)?;
            return Some(Answers { zh: all.clone(), en: all });
        }
        if !reader.keys(at, &Lang::ALL.map(Lang::code)) {
            return None;
        }
        let zh = reader.optional(at, Lang::Zh.code(), Answers::list);
        let en = reader.optional(at, Lang::En.code(), Answers::list);
        let answers = Answers { zh: zh?.unwrap_or_default(), en: en?.unwrap_or_default() };
        if answers.all().next().is_none() {
            reader.wrong(at, "too-few", "0", "1");
            return None;
        }
        Some(answers)
    }

    fn list(reader: &mut Reader<'_>, at: &Spot<'_>) -> Option<Vec<String>> {
        let items = reader.list(at, 1, MOST)?;
        let words: Vec<Option<String>> = items
            .iter()
            .map(|item| {
                let word = reader.word(item)?;
                if fold(&word).is_empty() {
                    reader.wrong(item, "answer-empty", word, "");
                    return None;
                }
                Some(word)
            })
            .collect();
        words.into_iter().collect()
    }

    fn write(&self, key: &str, writer: &mut Writer) {
        if self.zh == self.en {
            writer.put(key, self.zh.clone());
            return;
        }
        writer.put_map(key, |writer| {
            for lang in Lang::ALL {
                if !self.of(lang).is_empty() {
                    writer.put(lang.code(), self.of(lang).to_vec());
                }
            }
        });
    }
}

/// Folded, sorted, each once: what is accepted, however it is spelled.
pub(super) fn folded<'a>(answers: impl Iterator<Item = &'a str>) -> serde_json::Value {
    let mut folded: Vec<String> = answers.map(fold).collect();
    folded.sort_unstable();
    folded.dedup();
    folded.into()
}

impl Rules for Short {
    const NAME: &'static str = "short";
    const KEYS: &'static [&'static str] = &["answers"];

    fn schema() -> Keys {
        let list = array(reference("word"), 1, MOST);
        let sides = json!({
            "type": "object", "properties": { "zh": list, "en": list }, "additionalProperties": false, "minProperties": 1
        });
        Keys::new(&["answers"]).key("answers", json!({ "oneOf": [list, sides] }))
    }

    fn fits(question: &Node) -> bool {
        question.get("answers").is_some()
    }

    fn read(reader: &mut Reader<'_>, question: &Spot<'_>) -> Option<Short> {
        let answers = reader.required(question, "answers")?;
        Answers::read(reader, &answers).map(|answers| Short { answers })
    }

    fn write(&self, writer: &mut Writer) {
        self.answers.write("answers", writer);
    }

    fn texts(&self) -> Vec<(String, &Text)> {
        Vec::new()
    }

    fn present(&self, _: &mut Lots, _: Option<&Frozen>) -> Vec<String> {
        Vec::new()
    }

    fn respond(&self, form: &Form<'_>) -> Result<Response, ResponseProblem> {
        Ok(Response::Typed(form.typed()?.to_owned()))
    }

    fn grade(&self, response: &Response, _: Option<&Frozen>) -> Grade {
        let Response::Typed(typed) = response else { return Grade::whole(false) };
        let read = fold(typed);
        let understood = (read != typed.trim().to_lowercase()).then_some(read);
        Grade { understood, ..Grade::whole(self.answers.accept(typed)) }
    }

    fn semantics(&self) -> serde_json::Value {
        folded(self.answers.all())
    }
}
