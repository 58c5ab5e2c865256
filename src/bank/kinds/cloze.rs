//! `cloze`: a text with blanks to fill. A blank is written `[[answer|other accepted answer]]`; the first answer is shown as
//! the right one, and an answer in either language is right whatever is shown.
//!
//! ```yaml
//! - id: smallest-unit
//!   kind: cloze                # may be left out where there is a `cloze`
//!   ask:
//!     zh: 补全这句话。
//!     en: Complete the sentence.
//!   cloze:                     # both languages have the same number of blanks
//!     zh: "[[Pod]] 是 Kubernetes 管理的最小单位，由 [[Controller|控制器]] 维持其副本数。"
//!     en: "A [[#2 controller]] keeps the number of replicas of a [[#1 Pod]], the smallest unit of Kubernetes."
//!                              # where their order differs, all are numbered
//! ```

use super::short::folded;
use super::{Form, Frozen, Grade, Lots, Reader, Response, ResponseProblem, Rules, Spot, Writer};
use crate::bank::answer::{Mark, Part};
use crate::bank::fold::{fold, same};
use crate::bank::schema::{Keys, reference};
use crate::text::{Lang, Text};
use crate::yaml::Node;

/// At most this many blanks.
const MOST: usize = 20;

/// What only a text with blanks has.
#[derive(Clone, Debug, PartialEq)]
pub struct Cloze {
    text: Text,
    blanks: usize,
}

/// A piece of a text with blanks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// Words as they are.
    Words(String),
    /// A blank: its number, from 1, and what is accepted, the best first.
    Blank(usize, Vec<String>),
}

/// What is wrong with the blanks of a text: the kind of problem, and what was found.
type Fault = (&'static str, String);

/// Cuts a text into its pieces.
fn segments(text: &str) -> Result<Vec<Segment>, Fault> {
    let (mut pieces, mut rest) = (Vec::new(), text);
    let (mut count, mut numbered) = (0, 0);
    while let Some((words, tail)) = rest.split_once("[[") {
        if !words.is_empty() {
            pieces.push(Segment::Words(words.to_owned()));
        }
        let short: String = tail.chars().take(20).collect();
        let (inside, after) = tail.split_once("]]").ok_or(("blank-unclosed", format!("[[{short}")))?;
        count += 1;
        let (number, answers) = match inside.trim().strip_prefix('#') {
            None => (count, inside),
            Some(numbered_blank) => {
                numbered += 1;
                let (number, answers) = numbered_blank.split_once(' ').unwrap_or((numbered_blank, ""));
                (number.parse().map_err(|_| ("blank-number", format!("#{number}")))?, answers)
            }
        };
        let answers: Vec<String> = answers.split('|').map(|answer| answer.trim().to_owned()).collect();
        if answers.iter().any(|answer| fold(answer).is_empty()) {
            return Err(("blank-empty", format!("[[{inside}]]")));
        }
        pieces.push(Segment::Blank(number, answers));
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Segment::Words(rest.to_owned()));
    }
    if numbered != 0 && numbered != count {
        return Err(("blank-number", String::new()));
    }
    let mut numbers: Vec<usize> = pieces.iter().filter_map(Segment::number).collect();
    numbers.sort_unstable();
    match (1..=count).zip(&numbers).find(|(expected, number)| expected != *number) {
        Some((_, number)) => Err(("blank-number", format!("#{number}"))),
        None => Ok(pieces),
    }
}

impl Segment {
    fn number(&self) -> Option<usize> {
        match self {
            Segment::Blank(number, _) => Some(*number),
            Segment::Words(_) => None,
        }
    }
}

impl Cloze {
    /// The pieces of the text in this language, or in the other where it is missing.
    pub fn segments(&self, lang: Lang) -> Vec<Segment> {
        segments(self.text.show(lang).words).unwrap_or_default()
    }

    /// The text with its blanks as they are written.
    pub fn text(&self) -> &Text {
        &self.text
    }

    /// How many blanks there are.
    pub fn blanks(&self) -> usize {
        self.blanks
    }

    /// What is accepted in a blank (from 1), in both languages.
    fn accepted(&self, blank: usize) -> Vec<String> {
        let sides = Lang::ALL.into_iter().filter_map(|lang| self.text.side(lang));
        let pieces = sides.flat_map(|side| segments(side).unwrap_or_default());
        let answers = pieces.filter_map(|piece| match piece {
            Segment::Blank(number, answers) if number == blank => Some(answers),
            Segment::Blank(..) | Segment::Words(_) => None,
        });
        answers.flatten().collect()
    }
}

impl Rules for Cloze {
    const NAME: &'static str = "cloze";
    const KEYS: &'static [&'static str] = &["cloze"];

    fn schema() -> Keys {
        Keys::new(&["cloze"]).key("cloze", reference("text"))
    }

    fn fits(question: &Node) -> bool {
        question.get("cloze").is_some()
    }

    fn read(reader: &mut Reader<'_>, question: &Spot<'_>) -> Option<Cloze> {
        let at = reader.required(question, "cloze")?;
        let text = reader.text(&at)?;
        let mut counts = Vec::new();
        for lang in Lang::ALL {
            let Some(side) = text.side(lang) else { continue };
            let spot = at.get(lang.code()).unwrap_or_else(|| at.clone());
            let count = match segments(side) {
                Ok(pieces) => pieces.iter().filter_map(Segment::number).count(),
                Err((kind, found)) => {
                    reader.wrong(&spot, kind, found, "");
                    return None;
                }
            };
            if count == 0 || count > MOST {
                let (kind, bound) = if count == 0 { ("no-blank", 1) } else { ("too-many", MOST) };
                reader.wrong(&spot, kind, count.to_string(), bound.to_string());
                return None;
            }
            counts.push(count);
        }
        if let [zh, en] = counts[..]
            && zh != en
        {
            reader.wrong(&at, "blanks-differ", zh.to_string(), en.to_string());
            return None;
        }
        counts.first().map(|&blanks| Cloze { text, blanks })
    }

    fn write(&self, writer: &mut Writer) {
        writer.put_text("cloze", &self.text);
    }

    fn texts(&self) -> Vec<(String, &Text)> {
        vec![("cloze".to_owned(), &self.text)]
    }

    fn present(&self, _: &mut Lots, _: Option<&Frozen>) -> Vec<String> {
        Vec::new()
    }

    fn respond(&self, form: &Form<'_>) -> Result<Response, ResponseProblem> {
        let filled: Vec<String> = (1..=self.blanks)
            .map(|n| form.one(&format!("blank-{n}")).unwrap_or_default().to_owned())
            .collect();
        if filled.iter().all(String::is_empty) {
            Err(ResponseProblem::Nothing)
        } else {
            Ok(Response::Filled(filled))
        }
    }

    fn grade(&self, response: &Response, _: Option<&Frozen>) -> Grade {
        let Response::Filled(filled) = response else { return Grade::whole(false) };
        let mark = |blank: usize| match filled.get(blank - 1).map(|typed| typed.trim()) {
            None | Some("") => Mark::Missed,
            Some(typed) if self.accepted(blank).iter().any(|answer| same(answer, typed)) => Mark::Hit,
            Some(_) => Mark::Wrong,
        };
        let parts: Vec<Part> =
            (1..=self.blanks).map(|blank| Part { id: blank.to_string(), mark: mark(blank) }).collect();
        let hits = parts.iter().filter(|part| part.mark == Mark::Hit).count();
        Grade::partial(hits, self.blanks, parts)
    }

    fn semantics(&self) -> serde_json::Value {
        (1..=self.blanks).map(|blank| folded(self.accepted(blank).iter().map(String::as_str))).collect()
    }
}
