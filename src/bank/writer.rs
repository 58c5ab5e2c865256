//! Writing a bank as a tree, and the tree as YAML in its one canonical spelling.
//!
//! The same tree is written as JSON for the database, so that there is one place where each kind says how it is written.

use crate::text::{Lang, Text};
use serde_json::{Map, Value};

/// Collects the keys of one mapping, in order.
pub(super) struct Writer {
    /// The language whose texts are written as plain strings; `None` where every text is a mapping.
    plain: Option<Lang>,
    map: Map<String, Value>,
}

impl Writer {
    pub(super) fn new(plain: Option<Lang>) -> Writer {
        Writer { plain, map: Map::new() }
    }

    /// Whether it writes for the store, which keeps more than an author may say.
    pub(super) fn is_for_store(&self) -> bool {
        self.plain.is_none()
    }

    pub(super) fn finish(self) -> Value {
        Value::Object(self.map)
    }

    /// Writes a key.
    pub(super) fn put(&mut self, key: &str, value: impl Into<Value>) {
        self.map.insert(key.to_owned(), value.into());
    }

    /// Writes a key where there is a value.
    pub(super) fn put_some(&mut self, key: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.put(key, value);
        }
    }

    /// Writes a key as a text.
    pub(super) fn put_text(&mut self, key: &str, text: &Text) {
        self.put(key, self.text(text));
    }

    /// Writes a key as a text where there is one.
    pub(super) fn put_some_text(&mut self, key: &str, text: Option<&Text>) {
        if let Some(text) = text {
            self.put_text(key, text);
        }
    }

    /// Writes a key as a mapping.
    pub(super) fn put_map(&mut self, key: &str, fill: impl FnOnce(&mut Writer)) {
        let value = self.map(fill);
        self.put(key, value);
    }

    /// Writes a key as a list of mappings, unless it is empty.
    pub(super) fn put_list<T>(&mut self, key: &str, items: &[T], fill: impl Fn(&T, &mut Writer)) {
        if !items.is_empty() {
            let list: Vec<Value> = items.iter().map(|item| self.map(|writer| fill(item, writer))).collect();
            self.put(key, list);
        }
    }

    fn map(&self, fill: impl FnOnce(&mut Writer)) -> Value {
        let mut writer = Writer::new(self.plain);
        fill(&mut writer);
        writer.finish()
    }

    /// A text: a plain string if it is only in the plain language.
    fn text(&self, text: &Text) -> Value {
        match self.plain {
            Some(lang) if text.side(lang.other()).is_none() => text.side(lang).unwrap_or_default().into(),
            _ => Lang::ALL
                .into_iter()
                .filter_map(|lang| text.side(lang).map(|words| (lang.code().to_owned(), words.into())))
                .collect::<Map<String, Value>>()
                .into(),
        }
    }
}

/// A mapping as a YAML document.
pub(super) fn to_yaml(tree: &Value) -> String {
    let mut out = String::new();
    if let Value::Object(map) = tree {
        entries(map, 0, &mut out);
    }
    out
}

fn entries(map: &Map<String, Value>, indent: usize, out: &mut String) {
    for (index, (key, value)) in map.iter().enumerate() {
        if index > 0 {
            out.push_str(&" ".repeat(indent));
        }
        out.push_str(&scalar(key));
        out.push(':');
        below(value, indent, out);
    }
}

/// Writes a value behind `key:` or `-`, with its line end.
fn below(value: &Value, indent: usize, out: &mut String) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            out.push('\n');
            out.push_str(&" ".repeat(indent + 2));
            entries(map, indent + 2, out);
        }
        Value::Array(items) if items.iter().all(is_word) => {
            let words: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            out.push_str(&format!(" [{}]\n", words.join(", ")));
        }
        Value::Array(items) => {
            out.push('\n');
            for item in items {
                out.push_str(&" ".repeat(indent + 2));
                out.push('-');
                match item {
                    Value::Object(map) if !map.is_empty() => {
                        out.push(' ');
                        entries(map, indent + 4, out);
                    }
                    _ => below(item, indent + 2, out),
                }
            }
        }
        Value::String(text) if is_block(text) => {
            out.push_str(" |-\n");
            for line in text.split('\n') {
                if !line.is_empty() {
                    out.push_str(&" ".repeat(indent + 2));
                    out.push_str(line);
                }
                out.push('\n');
            }
        }
        Value::String(text) => {
            out.push(' ');
            out.push_str(&scalar(text));
            out.push('\n');
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => {
            out.push_str(&format!(" {value}\n"));
        }
    }
}

/// Whether a string can stand in a list on one line.
fn is_word(value: &Value) -> bool {
    value.as_str().is_some_and(|text| {
        is_plain(text) && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
    })
}

/// Whether a string of several lines can be written as a block: `|-` keeps neither space nor lines at either end, and
/// takes the first line's indentation for its own.
fn is_block(text: &str) -> bool {
    text.contains('\n')
        && text.trim() == text
        && text.chars().all(|c| c == '\n' || is_printable(c))
        && text.split('\n').all(|line| line.is_empty() || !line.trim().is_empty())
}

/// Characters that stand for themselves in every style of YAML.
pub(super) fn is_printable(c: char) -> bool {
    !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// Whether a string means itself without quotes: nothing in it that YAML reads otherwise, and not the look of another
/// type.
fn is_plain(text: &str) -> bool {
    let Some(first) = text.chars().next() else { return false };
    let word = first.is_alphabetic() || (first.is_ascii_digit() && text.chars().any(char::is_alphabetic));
    let other_type = matches!(
        text.to_ascii_lowercase().as_str(),
        "null" | "true" | "false" | "yes" | "no" | "on" | "off" | "y" | "n" | "nan" | "inf"
    ) || (first.is_ascii_digit() && looks_like_a_number(text));
    word && !other_type
        && text.trim() == text
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.ends_with(':')
        && text
            .chars()
            .all(|c| is_printable(c) && !matches!(c, '[' | ']' | '{' | '}' | '\u{a0}' | '\u{3000}'))
}

/// Hexadecimal, octal, exponents, dates, sexagesimals: whatever some reader of YAML takes for a number or a time.
fn looks_like_a_number(text: &str) -> bool {
    text.chars().all(|c| {
        c.is_ascii_hexdigit() || matches!(c, '.' | '_' | '-' | '+' | ':' | 'x' | 'X' | 'o' | 'T' | 'Z' | ' ')
    })
}

/// A string on one line: as it is, or in double quotes.
fn scalar(text: &str) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if is_printable(c) => out.push(c),
            c => out.push_str(&format!("\\U{:08X}", u32::from(c))),
        }
    }
    out.push('"');
    out
}
