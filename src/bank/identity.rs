//! Identity: a question as it is stored, the hash of its content, and the key of what makes an answer right.
//!
//! A question is its id. Its *version* is the hash of all it says; its *semantic key* is the hash of what decides whether
//! an answer is right, so that mending a typo keeps what learners remember, and another right answer does not.

use super::reader::{Reader, Spot};
use super::writer::Writer;
use super::{Frozen, Question, yaml};
use crate::problem::Problem;
use crate::yaml::Node;
use sha2::{Digest, Sha256};

/// Why a stored question cannot be read: the database was written by something else.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// It is no JSON: restore a backup.
    #[error("not JSON: {0}")]
    Json(String),
    /// It is no question, for the reason given first: use the version of the program that wrote it, or a newer one.
    #[error("no question: {}", .0.first().map_or_else(String::new, |problem| format!("{} at {}", problem.kind, problem.at.path)))]
    Question(Vec<Problem>),
}

/// A digest in hexadecimal.
pub(super) fn sha256(parts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        // With its length, so that no two lists of parts make the same bytes.
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part.as_bytes());
    }
    hex::encode(hasher.finalize())
}

impl Question {
    /// As it is stored: the keys and values of its YAML as JSON, every text as a mapping.
    pub fn to_body(&self) -> String {
        let mut writer = Writer::new(None);
        yaml::write_question(self, &mut writer);
        writer.finish().to_string()
    }

    /// Reads what [`Question::to_body`] wrote.
    pub fn from_body(body: &str) -> Result<Question, BodyError> {
        let json: serde_json::Value =
            serde_json::from_str(body).map_err(|error| BodyError::Json(error.to_string()))?;
        let tree = Node::from_json(&json);
        let mut reader = Reader::of_store();
        match yaml::read_question(&mut reader, &Spot::root(&tree)) {
            Some(question) if reader.is_clean() => Ok(question),
            _ => Err(BodyError::Question(reader.into_problems())),
        }
    }

    /// The hash of its content and of what the simulator computed for it.
    pub fn hash(&self, frozen: Option<&Frozen>) -> String {
        sha256(&[&self.to_body(), &frozen.map(Frozen::to_json).unwrap_or_default()])
    }

    /// The hash of what makes an answer right.
    pub fn semantic_key(&self, frozen: Option<&Frozen>) -> String {
        // What was computed comes from a run, so the run belongs to it.
        let computed = frozen.map_or(["", ""], |frozen| {
            [self.scenario.as_ref().map_or("", |scenario| &scenario.run), &frozen.right]
        });
        sha256(&[self.kind.name(), &self.kind.semantics().to_string(), computed[0], computed[1]])
    }
}
