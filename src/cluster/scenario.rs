//! A scenario: a cluster, manifests, a timeline of actions, and claims about what happens. Read from one YAML file.
//!
//! The text of a file goes in; out comes a [`Scenario`] that needs no further checking, or every problem of the file at
//! once, each with its line, column and path. Manifests inside block scalars keep the lines of the file around them.
//! Nothing is run here: [`super::run`] does that.

mod claims;
mod images;
pub(super) mod manifests;
pub(super) mod nodes;
mod reader;
mod timeline;

#[cfg(test)]
mod tests;

pub use manifests::Manifest;
pub use nodes::NodeSpec;
pub(super) use reader::{Reader, at, item};

use super::action::Action;
use super::claim::Claim;
use super::clock::{Millis, SimTime};
use super::image::Images;
use super::limits::Limits;
use crate::problem::{Place, Problem};
use crate::text::Text;
use crate::yaml;

/// A scenario file may be this long.
pub const MAX_BYTES: usize = 256 * 1024;
/// The manifests may hold this many objects.
pub const MAX_MANIFESTS: usize = 200;
/// The timeline may have this many entries, and there may be as many claims.
pub const MAX_ENTRIES: usize = 200;
/// A scenario may go on for this long.
pub const MAX_UNTIL: Millis = Millis::mins(60 * 24 * 7);
/// The seed of a scenario that names none.
const SEED: u64 = 1;

/// The keys of the file itself.
const FILE_KEYS: [&str; 8] =
    ["scenario", "title", "cluster", "manifests", "timeline", "until", "claims", "seed"];
const CLUSTER_KEYS: [&str; 2] = ["nodes", "images"];

/// The mappings of a file and their keys: of the file itself, of its cluster, of each Node and each image, and of each entry
/// of its timeline and each claim.
pub const KEYS: [(&str, &[&str]); 6] = [
    ("file", &FILE_KEYS),
    ("cluster", &CLUSTER_KEYS),
    ("node", &nodes::KEYS),
    ("image", &images::KEYS),
    ("entry", &timeline::KEYS),
    ("claim", &claims::KEYS),
];

/// A scenario, ready to run.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Its name; by it questions refer to it.
    pub name: String,
    /// Its title.
    pub title: Text,
    /// The Nodes that are there from the beginning.
    pub nodes: Vec<NodeSpec>,
    /// How its images behave.
    pub images: Images,
    /// What is applied at the beginning.
    pub manifests: Vec<Manifest>,
    /// The same as the author wrote it.
    pub manifest_text: String,
    /// What is done, in order of time.
    pub timeline: Vec<Entry>,
    /// When it ends.
    pub until: SimTime,
    /// What is claimed about it, in the order of the file.
    pub claims: Vec<Claim>,
    /// Decides every lot that is drawn.
    pub seed: u64,
    /// The file that it was read from; empty for pasted text.
    pub file: String,
}

/// One entry of the timeline.
#[derive(Clone, Debug)]
pub struct Entry {
    /// When.
    pub at: SimTime,
    /// What is done.
    pub actions: Vec<Action>,
    /// What the scenario says about it.
    pub say: Option<Text>,
    /// Where it stands in the file.
    pub place: Place,
}

impl Scenario {
    /// Reads a scenario file. `file` is its name as the author knows it.
    ///
    /// # Errors
    /// Everything that is wrong with it, in the order of the file.
    pub fn parse(source: &str, file: &str) -> Result<Scenario, Vec<Problem>> {
        Scenario::parse_within(source, file, Limits::default())
    }

    /// Reads a scenario file that may be larger, or must be smaller, than usual.
    ///
    /// # Errors
    /// As [`Scenario::parse`].
    pub fn parse_within(source: &str, file: &str, limits: Limits) -> Result<Scenario, Vec<Problem>> {
        let mut reader = Reader::new(source, file);
        if source.len() > MAX_BYTES {
            let whole = Place { file: file.to_owned(), ..Place::default() };
            let problem = Problem::error(whole, "file-too-long");
            return Err(vec![problem.found(source.len().to_string()).expected(MAX_BYTES.to_string())]);
        }
        let root = yaml::parse(source, file).map_err(|problem| vec![problem])?;
        let scenario = read(&mut reader, &root, limits);
        match scenario {
            Some(scenario) if reader.is_clean() => Ok(scenario),
            _ => Err(reader.into_problems()),
        }
    }
}

fn read(reader: &mut Reader<'_>, root: &yaml::Node, limits: Limits) -> Option<Scenario> {
    if !reader.keys(root, "", &FILE_KEYS) {
        return None;
    }
    let name = reader.required(root, "", "scenario").and_then(|node| reader.object_name(node, "scenario"));
    let title = reader.required(root, "", "title").and_then(|node| reader.text(node, "title"));
    let seed = match root.get("seed") {
        Some(node) => reader.whole(node, "seed", 0, i64::MAX).map(i64::unsigned_abs),
        None => Some(SEED),
    };
    let until = reader.required(root, "", "until").and_then(|node| reader.time(node, "until", MAX_UNTIL));
    let (mut nodes, mut images) = (Vec::new(), Images::default());
    if let Some(cluster) = reader.required(root, "", "cluster")
        && reader.keys(cluster, "cluster", &CLUSTER_KEYS)
    {
        if let Some(list) = reader.required(cluster, "cluster", "nodes") {
            nodes = nodes::read_all(reader, list, "cluster.nodes", limits.nodes);
        }
        if let Some(map) = cluster.get("images") {
            images = images::read(reader, map, "cluster.images");
        }
    }
    let mut manifest_text = String::new();
    let mut manifests = Vec::new();
    if let Some(node) = reader.required(root, "", "manifests") {
        manifest_text = node.as_str().unwrap_or_default().to_owned();
        manifests = manifests::read(reader, node, "manifests");
    }
    let end = until.map_or(SimTime(MAX_UNTIL.0), |until| SimTime(until.0));
    let node_names: Vec<String> = nodes.iter().map(|node| node.name.clone()).collect();
    let timeline =
        root.get("timeline").map_or_else(Vec::new, |list| timeline::read(reader, list, end, &node_names));
    let claims = root.get("claims").map_or_else(Vec::new, |list| claims::read(reader, list, end));
    Some(Scenario {
        name: name?,
        title: title?,
        nodes,
        images,
        manifests,
        manifest_text,
        timeline,
        until: end,
        claims,
        seed: seed?,
        file: reader.file().to_owned(),
    })
}
