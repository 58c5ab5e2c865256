//! What the built-in bank teaches and against what: the lists of facts and of misconceptions.
//!
//! ```yaml
//! facts:                       # or `misconceptions:`, without `shown`
//!   - id: net-unique-ip
//!     say:
//!       zh: 每个 Pod 都有自己独立的 IP。
//!       en: Every Pod has its own IP.
//!     shown: true              # a scenario shows it
//! ```

use super::reader::{Reader, Spot};
use crate::problem::Problem;
use crate::text::Text;
use crate::yaml::parse;

/// The most entries of a list.
const MOST: usize = 1_000;

/// A fact, or a common belief that is none.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its id; questions name it.
    pub id: String,
    /// What it says.
    pub say: Text,
    /// Whether at least one question about it must be shown by a scenario.
    pub shown: bool,
}

/// Reads the list that stands under a key, the only one of its file.
pub(super) fn read(source: &str, file: &str, key: &str) -> Result<Vec<Entry>, Vec<Problem>> {
    let tree = parse(source, file).map_err(|problem| vec![problem])?;
    let mut reader = Reader::new(file);
    let root = Spot::root(&tree);
    let entries = read_entries(&mut reader, &root, key);
    match entries {
        Some(entries) if reader.is_clean() => Ok(entries),
        _ => Err(reader.into_problems()),
    }
}

fn read_entries(reader: &mut Reader<'_>, root: &Spot<'_>, key: &str) -> Option<Vec<Entry>> {
    if !reader.keys(root, &[key]) {
        return None;
    }
    let list = reader.required(root, key)?;
    let spots = reader.list(&list, 1, MOST)?;
    let entries: Vec<Option<Entry>> = spots.iter().map(|spot| read_entry(reader, spot)).collect();
    let entries: Vec<Entry> = entries.into_iter().collect::<Option<_>>()?;
    reader.distinct(entries.iter().zip(&spots).map(|(entry, spot)| (entry.id.as_str(), spot.clone())));
    Some(entries)
}

fn read_entry(reader: &mut Reader<'_>, at: &Spot<'_>) -> Option<Entry> {
    if !reader.keys(at, &["id", "say", "shown"]) {
        return None;
    }
    let id = reader.required(at, "id").and_then(|id| reader.id(&id));
    let say = reader.required(at, "say").and_then(|say| reader.text(&say));
    let shown = reader.flag(at, "shown");
    Some(Entry { id: id?, say: say?, shown: shown? })
}
