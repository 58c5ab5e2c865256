//! Manifests: several YAML documents inside a string of the scenario file, each a Kubernetes object.
//!
//! What is wrong with one is told with the line of the scenario file, which can be found again in a block scalar; in a
//! string between quotes lines are not what they seem, and the string itself is pointed at.

use super::MAX_MANIFESTS;
use super::reader::{Reader, item};
use crate::cluster::api::FieldError;
use crate::cluster::object::{Kind, Object};
use crate::problem::{Place, Problem};
use crate::yaml::{self, Node, Value};

/// A Kubernetes object as its author wrote it.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// The object.
    pub object: Object,
    /// The same as JSON: what `kubectl apply` remembers of it.
    pub json: serde_json::Value,
    tree: Node,
    file: String,
    path: String,
}

impl Manifest {
    /// Where the object stands in the scenario file.
    pub fn place(&self) -> Place {
        self.tree.place(&self.file, &self.path)
    }

    /// Where a field that the API server refuses stands in the scenario file, or the nearest one that does.
    pub fn place_of(&self, error: &FieldError) -> Place {
        self.tree.nearest(&error.path).place(&self.file, &format!("{}: {}", self.path, error.path))
    }
}

/// Reads the manifests in the string at a node.
pub(in crate::cluster) fn read(reader: &mut Reader<'_>, node: &Node, path: &str) -> Vec<Manifest> {
    if node.value == Value::Null {
        return Vec::new();
    }
    let Some(source) = reader.string(node, path) else { return Vec::new() };
    let origin = Origin::of(reader, node);
    let mut documents = match yaml::parse_all(source, reader.file()) {
        Ok(documents) => documents,
        Err(mut problem) => {
            problem.at = match origin {
                Origin::Block { lines, columns } if problem.at.line > 0 => Place {
                    line: problem.at.line + lines,
                    column: problem.at.column + columns,
                    path: path.to_owned(),
                    ..problem.at
                },
                _ => node.place(reader.file(), path),
            };
            reader.note(problem);
            return Vec::new();
        }
    };
    if documents.len() > MAX_MANIFESTS {
        reader.wrong(node, path, "too-many", documents.len().to_string(), MAX_MANIFESTS.to_string());
        return Vec::new();
    }
    for document in &mut documents {
        match origin {
            Origin::Block { lines, columns } => document.shift(lines, columns),
            Origin::Elsewhere => pin(document, node.line, node.column),
        }
    }
    let many = documents.len() > 1;
    let documents = documents.into_iter().enumerate();
    documents
        .filter_map(|(i, tree)| {
            let path = if many { item(path, i) } else { path.to_owned() };
            read_one(reader, tree, path)
        })
        .collect()
}

/// Where the lines of a string stand in the file.
#[derive(Clone, Copy)]
enum Origin {
    /// In a literal block: so many lines and columns further on.
    Block { lines: u32, columns: u32 },
    /// Between quotes, or folded: no line of the string is a line of the file.
    Elsewhere,
}

impl Origin {
    fn of(reader: &Reader<'_>, node: &Node) -> Origin {
        // The position of a block scalar is that of its `|`, or of its first line, whichever the parser reports.
        let header = |number: u32| {
            let line = reader.line(number);
            let line = line.split(" #").next().unwrap_or(line).trim_end();
            line.ends_with(['|', '-', '+']) && line.contains('|')
        };
        let first = if header(node.line) {
            node.line
        } else if node.line > 1 && header(node.line - 1) {
            node.line - 1
        } else {
            return Origin::Elsewhere;
        };
        let indent = reader
            .lines_after(first)
            .find(|line| !line.trim().is_empty())
            .map_or(0, |line| line.chars().take_while(|c| *c == ' ').count());
        Origin::Block { lines: first, columns: u32::try_from(indent).unwrap_or(0) }
    }
}

/// Gives every node of a tree the same place.
fn pin(node: &mut Node, line: u32, column: u32) {
    (node.line, node.column) = (line, column);
    match &mut node.value {
        Value::Seq(items) => items.iter_mut().for_each(|item| pin(item, line, column)),
        Value::Map(entries) => {
            for entry in entries {
                (entry.line, entry.column) = (line, column);
                pin(&mut entry.value, line, column);
            }
        }
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Str(_) => {}
    }
}

fn read_one(reader: &mut Reader<'_>, tree: Node, path: String) -> Option<Manifest> {
    if !matches!(tree.value, Value::Map(_)) {
        reader.expected(&tree, &path, "mapping");
        return None;
    }
    let word = reader.required(&tree, &path, "kind")?;
    let version = reader.required(&tree, &path, "apiVersion")?;
    let kind = word.as_str().and_then(|word| Kind::ALL.iter().copied().find(|kind| kind.name() == word));
    let Some(kind) = kind else {
        let known: Vec<&str> = Kind::ALL.iter().map(|kind| kind.name()).collect();
        let found = word.scalar().unwrap_or_default();
        reader.wrong(word, &format!("{path}: kind"), "unknown-kind", found, known.join(", "));
        return None;
    };
    if version.as_str() != Some(kind.api_version()) {
        let found = version.scalar().unwrap_or_default();
        reader.wrong(version, &format!("{path}: apiVersion"), "wrong-version", found, kind.api_version());
        return None;
    }
    let mut json = tree.to_json();
    if let serde_json::Value::Object(map) = &mut json {
        // The server keeps its own account of these; a manifest copied from a cluster may carry them.
        map.remove("status");
    }
    let mut unknown = Vec::new();
    let object = Object::from_json(kind, json.clone(), |field| unknown.push(api_path(&field)));
    for field in unknown {
        let (line, column) = key_position(&tree, &field);
        let place = Place { file: reader.file().to_owned(), line, column, path: format!("{path}: {field}") };
        reader.note(Problem::error(place, "unknown-field").found(field).expected(kind.name()));
    }
    match object {
        Ok(object) => Some(Manifest { object, json, tree, file: reader.file().to_owned(), path }),
        Err(error) => {
            let field = error.path().to_string();
            let at = tree.nearest(&field);
            let reason = error.inner().to_string();
            let reason = reason.split(" at line ").next().unwrap_or_default().to_owned();
            reader.wrong(at, &format!("{path}: {field}"), "bad-field", reason, kind.name());
            None
        }
    }
}

/// `spec.?.containers.0.imagee`, as serde sees it, in the words of the API: `spec.containers[0].imagee`.
fn api_path(path: &str) -> String {
    let mut words = String::new();
    for step in path.split('.').filter(|step| *step != "?") {
        if step.bytes().all(|b| b.is_ascii_digit()) {
            words.push_str(&format!("[{step}]"));
        } else {
            if !words.is_empty() {
                words.push('.');
            }
            words.push_str(step);
        }
    }
    words
}

/// Where the key of a field stands, rather than its value.
fn key_position(tree: &Node, field: &str) -> (u32, u32) {
    let (parent, key) = match field.rsplit_once('.') {
        Some((parent, key)) => (tree.nearest(parent), key),
        None => (tree, field),
    };
    let entry = parent.entries().iter().find(|entry| entry.key == key);
    entry.map_or((parent.line, parent.column), |entry| (entry.line, entry.column))
}
