//! YAML as a tree in which every node knows where it stands, so that every later check can point at its line.
//!
//! `serde-saphyr` reads the text; what comes out is a [`Node`]. Readers of a format (a bank, a scenario, a manifest)
//! walk the tree and collect *all* problems, instead of stopping at the first as a derived deserialiser does.

mod fault;

use crate::problem::{Place, Problem};
use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;
use std::fmt;

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
    /// What stands there.
    pub value: Value,
}

/// A YAML value of the core schema.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `null`, `~`, or nothing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// A string, however it was quoted.
    Str(String),
    /// A sequence.
    Seq(Vec<Node>),
    /// A mapping, in the order of the file.
    Map(Vec<Entry>),
}

/// One entry of a mapping.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key; keys that are not strings are kept as they are spelled.
    pub key: String,
    /// The line of the key, from 1.
    pub line: u32,
    /// The column of the key, from 1.
    pub column: u32,
    /// Its value.
    pub value: Node,
}

impl Node {
    /// The mapping's entries; empty for anything else.
    pub fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The value of a key of this mapping.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries().iter().find(|entry| entry.key == key).map(|entry| &entry.value)
    }

    /// The string, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The sequence's items, if it is one.
    pub fn as_seq(&self) -> Option<&[Node]> {
        match &self.value {
            Value::Seq(items) => Some(items),
            _ => None,
        }
    }

    /// A scalar as the text a person would write for it; `None` for null, sequences and mappings.
    pub fn scalar(&self) -> Option<String> {
        match &self.value {
            Value::Bool(value) => Some(value.to_string()),
            Value::Int(value) => Some(value.to_string()),
            Value::Float(value) => Some(value.to_string()),
            Value::Str(text) => Some(text.clone()),
            Value::Null | Value::Seq(_) | Value::Map(_) => None,
        }
    }

    /// What kind of thing stands here, in YAML's words (`mapping`, `sequence`, `string`, …).
    pub fn kind(&self) -> &'static str {
        match self.value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Int(_) | Value::Float(_) => "number",
            Value::Str(_) => "string",
            Value::Seq(_) => "sequence",
            Value::Map(_) => "mapping",
        }
    }

    /// This node's place, in a file and at a path.
    pub fn place(&self, file: &str, path: &str) -> Place {
        Place { file: file.to_owned(), line: self.line, column: self.column, path: path.to_owned() }
    }

    /// The node at a path such as `spec.containers[0].image`, or the nearest one above it that exists.
    pub fn nearest(&self, path: &str) -> &Node {
        let mut node = self;
        for step in path.split(['.', '[']).filter(|step| !step.is_empty()) {
            let next = match step.strip_suffix(']') {
                Some(index) => {
                    index.parse::<usize>().ok().and_then(|i| node.as_seq().and_then(|items| items.get(i)))
                }
                None => node.get(step),
            };
            match next {
                Some(found) => node = found,
                None => break,
            }
        }
        node
    }

    /// The same value as JSON.
    pub fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::Null => serde_json::Value::Null,
            Value::Bool(value) => (*value).into(),
            Value::Int(value) => (*value).into(),
            Value::Float(value) => (*value).into(),
            Value::Str(text) => text.as_str().into(),
            Value::Seq(items) => items.iter().map(Node::to_json).collect(),
            Value::Map(entries) => {
                entries.iter().map(|entry| (entry.key.clone(), entry.value.to_json())).collect()
            }
        }
    }

    /// A tree from JSON, without positions.
    pub fn from_json(json: &serde_json::Value) -> Node {
        let value = match json {
            serde_json::Value::Null => Value::Null,
            serde_json::Value::Bool(value) => Value::Bool(*value),
            serde_json::Value::Number(number) => match number.as_i64() {
                Some(value) => Value::Int(value),
                None => Value::Float(number.as_f64().unwrap_or(f64::NAN)),
            },
            serde_json::Value::String(text) => Value::Str(text.clone()),
            serde_json::Value::Array(items) => Value::Seq(items.iter().map(Node::from_json).collect()),
            serde_json::Value::Object(entries) => {
                let entry = |(key, value): (&String, &serde_json::Value)| Entry {
                    key: key.clone(),
                    line: 0,
                    column: 0,
                    value: Node::from_json(value),
                };
                Value::Map(entries.iter().map(entry).collect())
            }
        };
        Node { line: 0, column: 0, value }
    }

    /// Moves every position in the tree: what was parsed from line `line` of a block inside another file gets the
    /// places it has in that file.
    pub fn shift(&mut self, lines: u32, columns: u32) {
        self.line += lines;
        self.column += columns;
        match &mut self.value {
            Value::Seq(items) => items.iter_mut().for_each(|item| item.shift(lines, columns)),
            Value::Map(entries) => {
                for entry in entries {
                    entry.line += lines;
                    entry.column += columns;
                    entry.value.shift(lines, columns);
                }
            }
            Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Str(_) => {}
        }
    }
}

/// The deepest nesting. The parser's own bound, 64, is more than the stack of a thread holds in a build for debugging.
const MAX_DEPTH: usize = 32;
/// The most values, counted as often as aliases repeat them. Five thousand questions in both languages have some fifty to
/// ninety each.
pub(crate) const MAX_NODES: usize = 450_000;

/// Reads a file of one document. Duplicate keys, alias bombs and excessive nesting are errors of the parser.
pub fn parse(source: &str, file: &str) -> Result<Node, Problem> {
    let mut documents = parse_all(source, file)?;
    match documents.len() {
        1 => Ok(documents.remove(0)),
        n => Err(Problem::error(Place { file: file.to_owned(), ..Place::default() }, "yaml-one-document")
            .found(n.to_string())),
    }
}

/// Reads a file of several documents (`---` between them); empty ones are left out.
pub fn parse_all(source: &str, file: &str) -> Result<Vec<Node>, Problem> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_depth: MAX_DEPTH, max_nodes: MAX_NODES },
        strict_booleans: true,
        emit_comments: false,
    };
    serde_saphyr::from_str_multiple_with_options::<Node, Vec<Node>>(source, options)
        .map(|documents| documents.into_iter().filter(|node| node.value != Value::Null).collect())
        .map_err(|error| fault::problem(&error, file))
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Node, D::Error> {
        let spanned = Spanned::<Value>::deserialize(deserializer)?;
        let at = spanned.referenced;
        Ok(Node {
            line: u32::try_from(at.line()).unwrap_or(u32::MAX),
            column: u32::try_from(at.column()).unwrap_or(u32::MAX),
            value: spanned.value,
        })
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        Value::deserialize(deserializer)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Int(value))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Value, E> {
        i64::try_from(value).map(Value::Int).map_err(|_| E::custom("number too large"))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::Str(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::Str(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Value::Seq(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = map.next_key::<Spanned<String>>()? {
            entries.push(Entry {
                line: u32::try_from(key.referenced.line()).unwrap_or(u32::MAX),
                column: u32::try_from(key.referenced.column()).unwrap_or(u32::MAX),
                key: key.value,
                value: map.next_value()?,
            });
        }
        Ok(Value::Map(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_node_knows_its_line_and_column() {
        let tree = parse("a: 1\nb:\n  - x\n  - c: true\n    d: ~\n", "f.yaml").unwrap();
        let at = |path: &str| (tree.nearest(path).line, tree.nearest(path).column);
        assert_eq!(at("a"), (1, 4));
        assert_eq!(at("b[0]"), (3, 5));
        assert_eq!(at("b[1].c"), (4, 8));
        assert_eq!(tree.entries()[1].line, 2);
        assert_eq!(tree.nearest("b[1].d").value, Value::Null);
        assert_eq!(tree.nearest("b[7].x").line, 3, "the nearest that exists is the sequence");
    }

    #[test]
    fn only_true_and_false_are_booleans() {
        let tree = parse("a: yes\nb: on\nc: true\nd: 5m\ne: 1.5\n", "").unwrap();
        assert_eq!(tree.get("a").and_then(Node::as_str), Some("yes"));
        assert_eq!(tree.get("b").and_then(Node::as_str), Some("on"));
        assert_eq!(tree.get("c").map(|n| n.value.clone()), Some(Value::Bool(true)));
        assert_eq!(tree.get("d").and_then(Node::as_str), Some("5m"));
        assert_eq!(tree.get("e").map(|n| n.value.clone()), Some(Value::Float(1.5)));
    }

    #[test]
    fn a_syntax_error_has_a_line() {
        let problem = parse("a: [1, 2\nb: 3\n", "bad.yaml").unwrap_err();
        assert_eq!(problem.kind, "yaml-colon");
        assert_eq!(problem.at.file, "bad.yaml");
        assert!(problem.at.line >= 1);
    }

    #[test]
    fn a_key_twice_is_an_error_with_its_line() {
        let problem = parse("a: 1\nb: 2\na: 3\n", "").unwrap_err();
        assert_eq!((problem.kind, problem.at.line), ("yaml-key-twice", 3));
    }

    #[test]
    fn several_documents_and_empty_ones() {
        assert_eq!(parse_all("---\na: 1\n---\n---\nb: 2\n", "").unwrap().len(), 2);
        assert_eq!(parse("a: 1\n---\nb: 2\n", "").unwrap_err().kind, "yaml-one-document");
    }

    #[test]
    fn an_alias_bomb_is_refused() {
        let mut bomb = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x]\n");
        for i in 1..12 {
            let items = vec![format!("*a{}", i - 1); 9].join(",");
            bomb.push_str(&format!("a{i}: &a{i} [{items}]\n"));
        }
        assert_eq!(parse(&bomb, "").unwrap_err().kind, "yaml-too-many");
    }
}
