//! Building the tree of a question that another format spelled: the keys of the native format, each value with the place
//! it has in the file that was uploaded.

use crate::bank::identity::sha256;
use crate::bank::number::Number;
use crate::text::Lang;
use crate::yaml::{Entry, Node, Value};
use std::collections::{BTreeSet, HashMap};

/// A line and a column, as a [`Node`] has them.
pub(super) type At = (u32, u32);

/// The keys of one mapping.
#[derive(Debug)]
pub(super) struct Keys {
    at: At,
    entries: Vec<Entry>,
}

impl Keys {
    pub(super) fn new(line: u32, column: u32) -> Keys {
        Keys { at: (line, column), entries: Vec::new() }
    }

    /// Where it begins.
    pub(super) fn at(&self) -> At {
        self.at
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.entries.iter().any(|entry| entry.key == key)
    }

    /// Adds a key where its value stands.
    pub(super) fn put(&mut self, key: &str, value: Node) {
        self.entries.push(Entry { key: key.to_owned(), line: value.line, column: value.column, value });
    }

    /// Puts another value under a key.
    pub(super) fn replace(&mut self, key: &str, value: Node) {
        self.entries.retain(|entry| entry.key != key);
        self.put(key, value);
    }

    pub(super) fn into_node(self) -> Node {
        node(self.at, Value::Map(self.entries))
    }
}

pub(super) fn node((line, column): At, value: Value) -> Node {
    Node { line, column, value }
}

pub(super) fn string(at: At, text: String) -> Node {
    node(at, Value::Str(text))
}

pub(super) fn word(at: At, word: &str) -> Node {
    string(at, word.to_owned())
}

pub(super) fn number(at: At, number: Number) -> Node {
    let mut node = Node::from_json(&number.to_json());
    (node.line, node.column) = at;
    node
}

/// The longest id that is made here.
const MOST: usize = 48;

/// The words of a name, if all of them are ASCII and not too many.
fn slug(name: &str) -> Option<String> {
    if name.chars().any(|c| !c.is_ascii() && c.is_alphanumeric()) {
        return None;
    }
    let words: Vec<String> = name
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    Some(words.join("-")).filter(|id| !id.is_empty() && id.len() <= MOST)
}

/// An id made of a name: its words, where they can be one, else a letter and a part of its hash. The same name has the
/// same id for ever.
pub(super) fn id_from(name: &str) -> String {
    slug(name).unwrap_or_else(|| format!("q-{}", &sha256(&[name])[..10]))
}

/// A tag made of words; `None` where they can be none, as Chinese ones.
pub(super) fn tag_from(words: &str) -> Option<String> {
    slug(words)
}

/// The ids of a file, each with its line.
#[derive(Default)]
pub(super) struct Ids {
    lines: HashMap<String, u32>,
    /// The number that was last put behind an id to make another.
    numbers: HashMap<String, u32>,
    /// Those that were made of names.
    made: BTreeSet<String>,
}

impl Ids {
    /// An id for something without one: made of its name, with a number where it is taken.
    pub(super) fn free(&mut self, name: &str) -> String {
        let id = self.another(id_from(name));
        self.made.insert(id.clone());
        id
    }

    /// The ids that were made of names.
    pub(super) fn into_made(self) -> BTreeSet<String> {
        self.made
    }

    fn another(&mut self, id: String) -> String {
        if !self.lines.contains_key(&id) {
            return id;
        }
        let number = self.numbers.entry(id.clone()).or_insert(1);
        loop {
            *number += 1;
            let other = format!("{id}-{number}");
            if !self.lines.contains_key(&other) {
                return other;
            }
        }
    }

    /// Takes an id. The line where it was taken already, if it was.
    pub(super) fn take(&mut self, id: &str, line: u32) -> Option<u32> {
        match self.lines.get(id) {
            Some(earlier) => Some(*earlier),
            None => {
                self.lines.insert(id.to_owned(), line);
                None
            }
        }
    }
}

/// What is asked where a format has only a sentence with gaps.
pub(super) fn complete_the_sentence(lang: Lang) -> &'static str {
    match lang {
        Lang::Zh => "补全这句话。",
        Lang::En => "Complete the sentence.",
    }
}

/// Characters that show nothing and change what is shown: controls, and marks of direction.
pub(super) fn is_unseen(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\t'))
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::{Ids, id_from};

    #[test]
    fn a_name_makes_an_id_that_is_always_the_same() {
        assert_eq!(id_from("Bare Pod: dead Node?"), "bare-pod-dead-node");
        assert_eq!(id_from("week_3 / Q1"), "week-3-q1");
        let chinese = id_from("裸 Pod 在哪里？");
        assert_eq!(chinese, id_from("裸 Pod 在哪里？"));
        assert!(chinese.starts_with("q-") && chinese.len() == 12, "{chinese}");
        assert_ne!(chinese, id_from("裸 Pod 在哪里"));
        assert!(id_from("").starts_with("q-"));
        assert!(id_from(&"long ".repeat(20)).starts_with("q-"));
    }

    #[test]
    fn a_name_that_comes_again_gets_a_number() {
        let mut ids = Ids::default();
        for expected in ["a-name", "a-name-2", "a-name-3"] {
            let id = ids.free("A name");
            assert_eq!((id.as_str(), ids.take(&id, 7)), (expected, None));
        }
        assert_eq!(ids.take("a-name-2", 9), Some(7));
    }
}
