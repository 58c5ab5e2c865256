//! Walking a bank's tree and noting everything that is wrong with it: the small readers that all kinds share.
//!
//! A reader returns `None` where a value cannot be used; the reason is noted by then. So one pass finds every mistake.

use super::number::{Number, Unit};
use crate::cluster::{Millis, SimTime};
use crate::problem::{Place, Problem};
use crate::text::{Lang, Text};
use crate::yaml::{Node, Value};

/// The longest text, in characters of one language. The longest of the built-in bank has about 600.
pub(super) const MAX_TEXT: usize = 8_000;
/// The longest id, slug or tag.
pub(super) const MAX_ID: usize = 64;

/// A node and the path that leads to it.
#[derive(Clone)]
pub(super) struct Spot<'a> {
    pub(super) node: &'a Node,
    pub(super) path: String,
}

impl<'a> Spot<'a> {
    pub(super) fn root(node: &'a Node) -> Spot<'a> {
        Spot { node, path: String::new() }
    }

    /// The value of a key, if there is one.
    pub(super) fn get(&self, key: &str) -> Option<Spot<'a>> {
        let node = self.node.get(key).filter(|node| node.value != Value::Null)?;
        Some(Spot { node, path: self.path_of(key) })
    }

    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }
}

/// The file being read, and what has been found wrong with it.
pub(super) struct Reader<'a> {
    file: &'a str,
    lang: Lang,
    of_store: bool,
    problems: Vec<Problem>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(file: &'a str) -> Reader<'a> {
        Reader { file, lang: Lang::Zh, of_store: false, problems: Vec::new() }
    }

    /// A reader of what the store keeps, which says more than an author may.
    pub(super) fn of_store() -> Reader<'a> {
        Reader { of_store: true, ..Reader::new("") }
    }

    pub(super) fn is_of_store(&self) -> bool {
        self.of_store
    }

    /// From here on a plain string is in this language.
    pub(super) fn set_lang(&mut self, lang: Lang) {
        self.lang = lang;
    }

    pub(super) fn is_clean(&self) -> bool {
        self.problems.is_empty()
    }

    /// How much has been noted.
    pub(super) fn count(&self) -> usize {
        self.problems.len()
    }

    /// Everything noted, in the order of the file.
    pub(super) fn into_problems(mut self) -> Vec<Problem> {
        self.problems.sort_by_key(|problem| (problem.at.line, problem.at.column));
        self.problems
    }

    /// Notes what is wrong at a spot.
    pub(super) fn wrong(
        &mut self,
        at: &Spot<'_>,
        kind: &'static str,
        found: impl Into<String>,
        expected: impl Into<String>,
    ) {
        let place = at.node.place(self.file, &at.path);
        self.problems.push(Problem::error(place, kind).found(found).expected(expected));
    }

    /// Notes that a value is of another type than it must be.
    fn expected(&mut self, at: &Spot<'_>, expected: &str) {
        let found = match at.node.scalar() {
            Some(text) => format!("`{}`", text.chars().take(40).collect::<String>()),
            None => at.node.kind().to_owned(),
        };
        self.wrong(at, "wrong-value", found, expected);
    }

    /// A mapping with none but these keys; unknown ones are noted.
    pub(super) fn keys(&mut self, at: &Spot<'_>, known: &[&str]) -> bool {
        let Value::Map(entries) = &at.node.value else {
            self.expected(at, "mapping");
            return false;
        };
        for entry in entries.iter().filter(|entry| !known.contains(&entry.key.as_str())) {
            let place = Place {
                file: self.file.to_owned(),
                line: entry.line,
                column: entry.column,
                path: at.path_of(&entry.key),
            };
            let (kind, expected) = match nearest(&entry.key, known) {
                Some(near) => ("unknown-key-near", near.to_owned()),
                None => ("unknown-key", known.join(", ")),
            };
            self.problems.push(Problem::error(place, kind).found(entry.key.as_str()).expected(expected));
        }
        true
    }

    /// The value of a key that must be there.
    pub(super) fn required<'n>(&mut self, at: &Spot<'n>, key: &str) -> Option<Spot<'n>> {
        let value = at.get(key);
        if value.is_none() {
            self.wrong(at, "missing-key", "", key);
        }
        value
    }

    /// The items of a sequence whose length is between two bounds.
    pub(super) fn list<'n>(&mut self, at: &Spot<'n>, least: usize, most: usize) -> Option<Vec<Spot<'n>>> {
        let Some(items) = at.node.as_seq() else {
            self.expected(at, "sequence");
            return None;
        };
        if items.len() < least {
            self.wrong(at, "too-few", items.len().to_string(), least.to_string());
        } else if items.len() > most {
            self.wrong(at, "too-many", items.len().to_string(), most.to_string());
        }
        let spot = |(index, node)| Spot { node, path: format!("{}[{index}]", at.path) };
        Some(items.iter().take(most).enumerate().map(spot).collect())
    }

    /// A string that is not blank, without space around it.
    pub(super) fn string(&mut self, at: &Spot<'_>) -> Option<String> {
        let Some(text) = at.node.as_str() else {
            self.expected(at, "string");
            return None;
        };
        let text = text.trim();
        if text.is_empty() {
            self.wrong(at, "text-empty", "", "");
            return None;
        }
        if text.chars().count() > MAX_TEXT {
            self.wrong(at, "text-too-long", text.chars().count().to_string(), MAX_TEXT.to_string());
            return None;
        }
        if let Some(hidden) = text.chars().find(|c| is_hidden(*c)) {
            self.wrong(at, "hidden-character", format!("U+{:04X}", u32::from(hidden)), "");
            return None;
        }
        Some(text.to_owned())
    }

    /// What a person types as an answer: a string, or a number or truth value as it is spelled.
    pub(super) fn word(&mut self, at: &Spot<'_>) -> Option<String> {
        match at.node.value {
            Value::Int(_) | Value::Float(_) | Value::Bool(_) => at.node.scalar(),
            Value::Null | Value::Str(_) | Value::Seq(_) | Value::Map(_) => self.string(at),
        }
    }

    /// A text: a string in the bank's language, or a mapping of languages.
    pub(super) fn text(&mut self, at: &Spot<'_>) -> Option<Text> {
        match &at.node.value {
            Value::Map(_) => {
                let [zh, en] = Lang::ALL.map(|lang| match at.get(lang.code()) {
                    Some(side) => self.string(&side).map(Some),
                    None => Some(None),
                });
                if !self.keys(at, &Lang::ALL.map(Lang::code)) {
                    return None;
                }
                let text = Text::from_sides(zh?, en?);
                if text.is_none() {
                    self.wrong(at, "text-empty", "", "");
                }
                text
            }
            Value::Str(_) => self.string(at).map(|words| Text::only(self.lang, words)),
            Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Seq(_) => {
                self.expected(at, "text");
                None
            }
        }
    }

    /// The value of a key that may be left out. The outer `None` says that it is wrong.
    pub(super) fn optional<'n, T>(
        &mut self,
        at: &Spot<'n>,
        key: &str,
        read: impl FnOnce(&mut Self, &Spot<'n>) -> Option<T>,
    ) -> Option<Option<T>> {
        match at.get(key) {
            Some(value) => read(self, &value).map(Some),
            None => Some(None),
        }
    }

    /// An id, slug or tag: words of small letters and digits with single hyphens between them.
    pub(super) fn id(&mut self, at: &Spot<'_>) -> Option<String> {
        let Some(id) = at.node.scalar() else {
            self.expected(at, "string");
            return None;
        };
        let fine = id.len() <= MAX_ID
            && id.split('-').all(|word| {
                !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
            });
        if !fine {
            self.wrong(at, "bad-id", id, "");
            return None;
        }
        Some(id)
    }

    /// `true` or `false`.
    pub(super) fn boolean(&mut self, at: &Spot<'_>) -> Option<bool> {
        let Value::Bool(value) = at.node.value else {
            self.expected(at, "true, false");
            return None;
        };
        Some(value)
    }

    /// A key that is true or false, and false where it is left out.
    pub(super) fn flag(&mut self, at: &Spot<'_>, key: &str) -> Option<bool> {
        Some(self.optional(at, key, Self::boolean)?.unwrap_or(false))
    }

    /// A small whole number between two bounds, both included.
    pub(super) fn small(&mut self, at: &Spot<'_>, least: u8, most: u8) -> Option<u8> {
        let Value::Int(value) = at.node.value else {
            self.expected(at, "whole number");
            return None;
        };
        let small = u8::try_from(value).ok().filter(|value| (least..=most).contains(value));
        if small.is_none() {
            self.wrong(at, "out-of-bounds", value.to_string(), format!("{least}–{most}"));
        }
        small
    }

    /// A number.
    pub(super) fn number(&mut self, at: &Spot<'_>) -> Option<Number> {
        let (Value::Int(_) | Value::Float(_)) = at.node.value else {
            self.expected(at, "number");
            return None;
        };
        let spelled = at.node.scalar().unwrap_or_default();
        let number = Number::parse(&spelled);
        if number.is_none() {
            self.wrong(at, "number-bounds", spelled, "");
        }
        number
    }

    /// What a number counts: a unit of time, or a text.
    pub(super) fn unit(&mut self, at: &Spot<'_>) -> Option<Unit> {
        let text = self.text(at)?;
        let mut sides = Lang::ALL.into_iter().filter_map(|lang| text.side(lang));
        let first = sides.next().and_then(Unit::of_time);
        match first {
            Some(unit) if sides.all(|side| Unit::of_time(side).as_ref() == Some(&unit)) => Some(unit),
            _ => Some(Unit::Of(text)),
        }
    }

    /// A moment of a scenario.
    pub(super) fn time(&mut self, at: &Spot<'_>) -> Option<SimTime> {
        let spelled = at.node.scalar().unwrap_or_default();
        let span = Millis::parse(&spelled).filter(|span| span.0 >= 0);
        if span.is_none() {
            self.wrong(at, "bad-duration", spelled, "");
        }
        span.map(|span| SimTime(span.0))
    }

    /// Notes the ids that are there more than once.
    pub(super) fn distinct<'n>(&mut self, ids: impl IntoIterator<Item = (&'n str, Spot<'n>)>) {
        let mut seen: Vec<(&str, u32)> = Vec::new();
        for (id, spot) in ids {
            match seen.iter().find(|(earlier, _)| *earlier == id) {
                Some((_, line)) => self.wrong(&spot, "id-twice", id, line.to_string()),
                None => seen.push((id, spot.node.line)),
            }
        }
    }

    /// The id of an item: what stands under `id`, or a letter and its place from 1.
    pub(super) fn id_or(&mut self, at: &Spot<'_>, letter: char, index: usize) -> Option<String> {
        Some(self.optional(at, "id", Self::id)?.unwrap_or_else(|| format!("{letter}{}", index + 1)))
    }
}

/// Characters that nobody sees and that make a text read otherwise than it is: control characters, and those that turn
/// the direction of what follows.
fn is_hidden(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\t'))
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The known word that was probably meant: at most a third of its letters are wrong.
pub(super) fn nearest<'k>(found: &str, known: &[&'k str]) -> Option<&'k str> {
    if found.len() > MAX_ID {
        return None;
    }
    let found = found.to_lowercase().replace('_', "-");
    known
        .iter()
        .map(|word| (distance(&found, word), *word))
        .filter(|(distance, word)| distance * 3 <= word.chars().count().max(3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

/// How many letters must be put in, taken out, replaced or swapped with their neighbor (optimal string alignment).
pub(super) fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replaced.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_the_key_that_was_meant_and_a_strange_word_none() {
        let keys = ["choices", "explain", "difficulty", "ask"];
        assert_eq!(nearest("choice", &keys), Some("choices"));
        assert_eq!(nearest("Explain", &keys), Some("explain"));
        assert_eq!(nearest("dificulty", &keys), Some("difficulty"));
        assert_eq!(nearest("aks", &keys), Some("ask"));
        assert_eq!(nearest("colour", &keys), None);
    }
}
