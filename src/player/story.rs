//! A run, reduced to what the player shows of it.

use crate::cluster::frame::moments::Step;
use crate::cluster::frame::{self, Frame};
use crate::cluster::{Change, Object, SimTime, Trace};
use crate::text::Text;
use std::collections::BTreeMap;

/// How many rows the Events of a run may take.
const HAPPENINGS: usize = 120;

/// One run, ready to be shown.
#[derive(Clone, Debug)]
pub struct Story {
    /// The scenario's title.
    pub title: Text,
    /// What was applied at the beginning, as its author wrote it.
    pub manifest: String,
    /// The moments worth showing.
    pub frames: Vec<Frame>,
    /// For each frame, what kubectl would print then.
    pub tables: Vec<String>,
    /// The Events, in order of time.
    pub happenings: Vec<Happening>,
    /// The claims that hold.
    pub proved: Vec<Proved>,
    /// When the run ends.
    pub end: SimTime,
}

/// An Event, the first time or again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happening {
    /// When.
    pub at: SimTime,
    /// `Normal` or `Warning`.
    pub kind: String,
    /// Why, in one word.
    pub reason: String,
    /// What it is about, as `pod/web-0`.
    pub about: String,
    /// What it says.
    pub message: String,
    /// How often it has been said by then.
    pub count: i32,
}

/// A claim that the run has proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proved {
    /// What it says about the run.
    pub say: Text,
    /// When it holds (from when, if always).
    pub at: SimTime,
}

impl Story {
    /// What a trace tells. `steps` is the timeline of its scenario.
    pub fn of(title: Text, manifest: String, trace: &Trace, steps: &[Step], proved: Vec<Proved>) -> Story {
        let frames = frame::frames(trace, steps);
        let happenings = happenings(trace);
        Story { title, manifest, tables: Vec::new(), frames, happenings, proved, end: trace.end() }
    }
}

/// The Events of a trace. What repeats often is told twice, and then as it was in the end.
fn happenings(trace: &Trace) -> Vec<Happening> {
    let all: Vec<(&str, Happening)> = trace.changes().iter().filter_map(happening).collect();
    let mut last: BTreeMap<&str, usize> = BTreeMap::new();
    for (i, (name, _)) in all.iter().enumerate() {
        last.insert(name, i);
    }
    let mut said: BTreeMap<&str, usize> = BTreeMap::new();
    let mut kept = Vec::new();
    for (i, (name, happening)) in all.iter().enumerate() {
        let times = said.entry(name).or_default();
        *times += 1;
        if *times <= 2 || last.get(name) == Some(&i) {
            kept.push(happening.clone());
        }
    }
    kept.truncate(HAPPENINGS);
    kept
}

fn happening(change: &Change) -> Option<(&str, Happening)> {
    let Object::Event(event) = &change.object else { return None };
    let about = &event.involved_object;
    let happening = Happening {
        at: change.at,
        kind: event.type_.clone().unwrap_or_default(),
        reason: event.reason.clone().unwrap_or_default(),
        about: format!(
            "{}/{}",
            about.kind.as_deref().unwrap_or_default().to_lowercase(),
            about.name.as_deref().unwrap_or_default()
        ),
        message: event.message.clone().unwrap_or_default(),
        count: event.count.unwrap_or(1),
    };
    Some((event.metadata.name.as_deref().unwrap_or_default(), happening))
}
