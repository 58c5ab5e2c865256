//! Walking a tree of YAML and noting everything that is wrong with it: the small readers that all parts of a scenario
//! file share. A reader returns `None` where a value cannot be used; the reason is noted by then.

use crate::cluster::api::field::subdomain;
use crate::cluster::clock::Millis;
use crate::cluster::quantity::Quantity;
use crate::problem::{Place, Problem};
use crate::text::Text;
use crate::yaml::{Node, Value};

/// The file being read, and what has been found wrong with it.
pub(in crate::cluster) struct Reader<'a> {
    source: &'a str,
    file: &'a str,
    problems: Vec<Problem>,
}

/// The path of a key below a path.
pub(in crate::cluster) fn at(path: &str, key: &str) -> String {
    let key = if key.contains(['.', '/', '[', ' ']) { format!("\"{key}\"") } else { key.to_owned() };
    if path.is_empty() { key } else { format!("{path}.{key}") }
}

/// The path of an item of the sequence at a path.
pub(in crate::cluster) fn item(path: &str, index: usize) -> String {
    format!("{path}[{index}]")
}

impl<'a> Reader<'a> {
    pub(super) fn new(source: &'a str, file: &'a str) -> Reader<'a> {
        Reader { source, file, problems: Vec::new() }
    }

    /// The name of the file.
    pub(in crate::cluster) fn file(&self) -> &'a str {
        self.file
    }

    /// The line of the file with this number, from 1.
    pub(super) fn line(&self, number: u32) -> &'a str {
        let index = usize::try_from(number).unwrap_or(usize::MAX).saturating_sub(1);
        self.source.lines().nth(index).unwrap_or("")
    }

    /// The lines of the file after the one with this number.
    pub(super) fn lines_after(&self, number: u32) -> impl Iterator<Item = &'a str> {
        self.source.lines().skip(usize::try_from(number).unwrap_or(usize::MAX))
    }

    pub(super) fn is_clean(&self) -> bool {
        self.problems.is_empty()
    }

    /// Everything noted, in the order of the file.
    pub(super) fn into_problems(mut self) -> Vec<Problem> {
        self.problems.sort_by_key(|problem| (problem.at.line, problem.at.column));
        self.problems
    }

    /// Notes a problem.
    pub(in crate::cluster) fn note(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// Notes what is wrong with a node.
    pub(in crate::cluster) fn wrong(
        &mut self,
        node: &Node,
        path: &str,
        kind: &'static str,
        found: impl Into<String>,
        expected: impl Into<String>,
    ) {
        let problem = Problem::error(node.place(self.file, path), kind);
        self.note(problem.found(found).expected(expected));
    }

    /// Notes that a value is of another kind than it must be.
    pub(in crate::cluster) fn expected(&mut self, node: &Node, path: &str, expected: &str) {
        let found = match node.scalar() {
            Some(text) => format!("`{text}`"),
            None => node.kind().to_owned(),
        };
        self.wrong(node, path, "wrong-value", found, expected);
    }

    /// A mapping with none but these keys. False if it is no mapping; unknown keys are noted.
    pub(in crate::cluster) fn keys(&mut self, node: &Node, path: &str, known: &[&str]) -> bool {
        let Value::Map(entries) = &node.value else {
            self.expected(node, path, "mapping");
            return false;
        };
        for entry in entries {
            if !known.contains(&entry.key.as_str()) {
                let place = Place {
                    file: self.file.to_owned(),
                    line: entry.line,
                    column: entry.column,
                    path: at(path, &entry.key),
                };
                let problem = Problem::error(place, "unknown-key").found(entry.key.as_str());
                self.note(problem.expected(known.join(", ")));
            }
        }
        true
    }

    /// The value of a key that must be there.
    pub(in crate::cluster) fn required<'n>(
        &mut self,
        node: &'n Node,
        path: &str,
        key: &str,
    ) -> Option<&'n Node> {
        let value = node.get(key).filter(|value| value.value != Value::Null);
        if value.is_none() {
            self.wrong(node, path, "missing-key", "", key);
        }
        value
    }

    /// The items of a sequence.
    pub(in crate::cluster) fn seq<'n>(&mut self, node: &'n Node, path: &str) -> &'n [Node] {
        match &node.value {
            Value::Seq(items) => items,
            // An author who has nothing to list yet leaves the key empty.
            Value::Null => &[],
            _ => {
                self.expected(node, path, "sequence");
                &[]
            }
        }
    }

    /// A string.
    pub(in crate::cluster) fn string<'n>(&mut self, node: &'n Node, path: &str) -> Option<&'n str> {
        let text = node.as_str();
        if text.is_none() {
            self.expected(node, path, "string");
        }
        text
    }

    /// True or false.
    pub(in crate::cluster) fn boolean(&mut self, node: &Node, path: &str) -> Option<bool> {
        let Value::Bool(value) = node.value else {
            self.expected(node, path, "true, false");
            return None;
        };
        Some(value)
    }

    /// A name that the API server takes.
    pub(in crate::cluster) fn object_name(&mut self, node: &Node, path: &str) -> Option<String> {
        let name = self.string(node, path)?;
        if subdomain(name).is_err() {
            self.wrong(node, path, "bad-name", name, "");
            return None;
        }
        Some(name.to_owned())
    }

    /// A whole number within bounds.
    pub(in crate::cluster) fn whole(&mut self, node: &Node, path: &str, from: i64, to: i64) -> Option<i64> {
        match node.value {
            Value::Int(number) if (from..=to).contains(&number) => Some(number),
            Value::Int(number) => {
                self.wrong(node, path, "out-of-bounds", number.to_string(), format!("{from} … {to}"));
                None
            }
            _ => {
                self.expected(node, path, "whole-number");
                None
            }
        }
    }

    /// A duration.
    pub(in crate::cluster) fn duration(&mut self, node: &Node, path: &str) -> Option<Millis> {
        let read = node.scalar().and_then(|text| Millis::parse(&text));
        if read.is_none() {
            let found = node.scalar().unwrap_or_else(|| node.kind().to_owned());
            self.wrong(node, path, "bad-duration", found, "");
        }
        read
    }

    /// A duration that is not longer than it may be.
    pub(in crate::cluster) fn time(&mut self, node: &Node, path: &str, most: Millis) -> Option<Millis> {
        let span = self.duration(node, path)?;
        if span > most {
            self.wrong(node, path, "too-late", span.to_string(), most.to_string());
            return None;
        }
        Some(span)
    }

    /// An amount as Kubernetes writes it.
    pub(in crate::cluster) fn quantity(&mut self, node: &Node, path: &str) -> Option<Quantity> {
        let read = node.scalar().and_then(|text| Quantity::parse(&text).ok());
        if read.is_none() {
            let found = node.scalar().unwrap_or_else(|| node.kind().to_owned());
            self.wrong(node, path, "bad-quantity", found, "");
        }
        read
    }

    /// A text: `{zh, en}` with at least one of them, or a string that reads the same in both languages.
    pub(in crate::cluster) fn text(&mut self, node: &Node, path: &str) -> Option<Text> {
        if let Some(same) = node.as_str().filter(|text| !text.trim().is_empty()) {
            return Some(Text::both(same, same));
        }
        if !matches!(node.value, Value::Map(_)) {
            self.expected(node, path, "text");
            return None;
        }
        self.keys(node, path, &["zh", "en"]);
        let mut side = |key| {
            let value = node.get(key)?;
            match value.scalar() {
                Some(words) => Some(words.trim_end().to_owned()),
                None => {
                    self.expected(value, &at(path, key), "string");
                    None
                }
            }
        };
        let text = Text::from_sides(side("zh"), side("en"));
        if text.is_none() {
            self.expected(node, path, "text");
        }
        text
    }
}
