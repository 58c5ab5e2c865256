//! The JSON Schema of a bank in YAML, for editors that complete and check while one writes. It is put together from what
//! each kind says of its own keys, so that a new kind is in it from the first.
//!
//! It says what a schema can say: keys, types, bounds. That exactly one choice is right, or that ids differ, only reading
//! the bank tells ([`super::yaml`]).

use super::image::MAX_NAME;
use super::kinds::Kind;
use super::reader::{MAX_ID, MAX_TEXT};
use super::yaml::{KEYS, MAX_QUESTIONS, MAX_TAGS};
use serde_json::{Map, Value, json};

/// The keys of a mapping, and which of them must be there.
#[derive(Clone, Debug)]
pub(super) struct Keys {
    properties: Map<String, Value>,
    required: Vec<String>,
}

impl Keys {
    /// A mapping in which these must be there.
    pub(super) fn new(required: &[&str]) -> Keys {
        Keys { properties: Map::new(), required: required.iter().map(|key| (*key).to_owned()).collect() }
    }

    /// A key and what it may hold.
    pub(super) fn key(mut self, key: &str, schema: Value) -> Keys {
        self.properties.insert(key.to_owned(), schema);
        self
    }

    /// A mapping with these keys, and no other.
    pub(super) fn closed(self) -> Value {
        json!({
            "type": "object",
            "properties": self.properties,
            "required": self.required,
            "additionalProperties": false,
        })
    }

    /// The names of its keys, in order.
    #[cfg(test)]
    fn names(&self) -> Vec<&str> {
        self.properties.keys().map(String::as_str).collect()
    }
}

/// What is described once, under this name.
pub(super) fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/$defs/{name}") })
}

/// A list of so many of these.
pub(super) fn array(items: Value, least: usize, most: usize) -> Value {
    json!({ "type": "array", "items": items, "minItems": least, "maxItems": most })
}

/// The schema of a bank.
pub fn schema() -> Value {
    let bank = Keys::new(&["bank", "title", "questions"])
        .key("bank", reference("id"))
        .key("lang", json!({ "enum": ["zh", "en"], "default": "zh" }))
        .key("title", reference("text"))
        .key("license", json!({ "type": "string" }))
        .key("author", json!({ "type": "string" }))
        .key("questions", array(reference("question"), 0, MAX_QUESTIONS));
    let Value::Object(mut schema) = bank.closed() else { unreachable!("a mapping's schema is a mapping") };
    schema.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
    schema.insert("title".to_owned(), json!("A bank of Doujia"));
    schema.insert("$defs".to_owned(), definitions());
    Value::Object(schema)
}

fn definitions() -> Value {
    let string = json!({ "type": "string", "minLength": 1, "maxLength": MAX_TEXT });
    let text = Keys::new(&[]).key("zh", string.clone()).key("en", string.clone()).closed();
    let item = Keys::new(&["say"]).key("id", reference("id")).key("say", reference("text")).closed();
    json!({
        // Small letters, digits, single hyphens; a number is its own spelling.
        "id": {
            "type": ["string", "integer"],
            "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$",
            "maxLength": MAX_ID,
        },
        // A string in the bank's language, or one for each language.
        "text": { "anyOf": [string, text] },
        // What a person types.
        "word": { "type": ["string", "number", "boolean"] },
        // A time such as 90s; `end` where a prediction is about the end.
        "duration": { "type": ["string", "integer"] },
        "item": { "anyOf": [item, { "$ref": "#/$defs/text" }] },
        "question": question(),
    })
}

fn question() -> Value {
    let scenario = Keys::new(&["run"])
        .key("run", reference("id"))
        .key("contrast", reference("id"))
        .key("focus", reference("duration"))
        .closed();
    // A name as in `images/pod.png`.
    let file = json!({ "type": "string", "minLength": 1, "maxLength": MAX_NAME });
    let image = Keys::new(&["file", "alt"]).key("file", file).key("alt", reference("text")).closed();
    let kinds: Vec<Value> = Kind::schemas()
        .into_iter()
        .map(|(name, keys)| {
            // The keys of every question are described once, below; here they are only allowed.
            let allowed = |keys: Keys, key: &&str| keys.key(key, json!(true));
            let keys = KEYS.iter().filter(|key| **key != "kind").fold(keys, allowed);
            keys.key("kind", json!({ "const": name })).closed()
        })
        .collect();
    let Keys { properties, required } = Keys::new(&["id", "ask"])
        .key("id", reference("id"))
        .key("kind", json!({ "enum": Kind::NAMES }))
        .key("fact", reference("id"))
        .key("tags", array(reference("id"), 0, MAX_TAGS))
        .key("difficulty", json!({ "type": "integer", "minimum": 1, "maximum": 5 }))
        .key("misconception", reference("id"))
        .key("ask", reference("text"))
        .key("image", image)
        .key("hint", reference("text"))
        .key("explain", reference("text"))
        .key("scenario", json!({ "anyOf": [reference("id"), scenario] }))
        .key("see", json!({ "type": "string", "pattern": "^https://\\S+$" }))
        .key("status", json!({ "const": "draft" }));
    debug_assert!(properties.keys().map(String::as_str).eq(KEYS), "every key of a question is described");
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "anyOf": kinds,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bank::library::Library;
    use crate::bank::{kinds::Kind, yaml};

    /// Whether a bank follows the schema; if not, where it does not.
    fn validate(yaml: &str) -> Result<(), String> {
        let tree: Value = serde_saphyr::from_str(yaml).unwrap();
        let (mut schemas, mut compiler) = (boon::Schemas::new(), boon::Compiler::new());
        compiler.add_resource("https://doujia.example/bank.json", schema()).unwrap();
        let bank = compiler.compile("https://doujia.example/bank.json", &mut schemas).unwrap();
        schemas.validate(&tree, bank).map_err(|error| format!("{error:#}"))
    }

    #[test]
    fn a_kind_describes_all_of_its_keys_and_no_other() {
        for (name, keys) in Kind::schemas() {
            assert_eq!(keys.names(), Kind::keys(name).unwrap(), "{name}");
        }
    }

    #[test]
    fn the_built_in_banks_follow_it() {
        for bank in Library::builtin().unwrap().banks {
            assert_eq!(validate(&yaml::write(&bank)), Ok(()));
        }
    }

    #[test]
    fn what_reading_refuses_for_its_shape_it_refuses_too() {
        let question =
            |rest: &str| format!("bank: b\ntitle: T\nquestions:\n  - id: q\n    ask: Why?\n{rest}");
        assert_eq!(validate(&question("    back: So.\n")), Ok(()));
        assert_eq!(validate(&question("    kind: short\n    answers: [5, five]\n")), Ok(()));
        for wrong in [
            "    back: So.\n    answer: true\n",
            "    kind: single\n    back: So.\n",
            "    back: So.\n    dificulty: 2\n",
            "    back: So.\n    difficulty: 6\n",
            "    choices: [{ say: a, right: true }]\n",
            "    choices: [{ say: a, rigth: true }, { say: b }]\n",
            "    value: many\n",
            "",
        ] {
            assert!(validate(&question(wrong)).is_err(), "{wrong}");
        }
    }
}
