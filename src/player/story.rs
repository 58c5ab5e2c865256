//! A run, reduced to what the player shows of it.

use crate::cluster::claim::When;
use crate::cluster::events::times;
use crate::cluster::frame::{self, Frame};
use crate::cluster::run::Run;
use crate::cluster::trace::Replay;
use crate::cluster::{Change, Object, SimTime, Trace, print};
use crate::text::Text;
use std::collections::BTreeMap;

/// How many rows the Events of a run may take.
const HAPPENINGS: usize = 120;

/// One run, ready to be shown.
#[derive(Clone, Debug)]
pub(super) struct Story {
    /// The scenario's title.
    pub(super) title: Text,
    /// What was applied at the beginning, as its author wrote it.
    pub(super) manifest: String,
    /// The moments worth showing.
    pub(super) frames: Vec<Frame>,
    /// For each frame, what kubectl would print then.
    pub(super) tables: Vec<String>,
    /// The Events, in order of time.
    pub(super) happenings: Vec<Happening>,
    /// The claims that hold.
    pub(super) proved: Vec<Proved>,
    /// When the run ends.
    pub(super) end: SimTime,
}

/// An Event, the first time or again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Happening {
    /// When.
    pub(super) at: SimTime,
    /// `Normal` or `Warning`.
    pub(super) kind: String,
    /// Why, in one word.
    pub(super) reason: String,
    /// What it is about, as `pod/web-0`.
    pub(super) about: String,
    /// What it says.
    pub(super) message: String,
    /// How often it has been said by then.
    pub(super) count: i32,
}

/// A claim that the run has proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Proved {
    /// What it says about the run.
    pub(super) say: Text,
    /// When it holds, or from when.
    pub(super) from: SimTime,
    /// Until when, if it holds all the time.
    pub(super) to: Option<SimTime>,
}

impl Story {
    /// What there is to show of a run.
    pub(super) fn of(run: &Run) -> Story {
        let frames = frame::frames(&run.trace, &run.steps);
        let mut replay = Replay::new(&run.trace);
        let table = |frame: &Frame| {
            replay.advance(frame.at);
            print::table(&replay.state, frame.at)
        };
        Story {
            title: run.scenario.title.clone(),
            manifest: run.scenario.manifest_text.clone(),
            tables: frames.iter().map(table).collect(),
            frames,
            happenings: happenings(&run.trace),
            proved: proved(run),
            end: run.trace.end(),
        }
    }
}

/// The claims that hold and say something, in order of time.
fn proved(run: &Run) -> Vec<Proved> {
    let claims = run.prove().into_iter().filter(|verdict| verdict.holds);
    let said = claims.filter_map(|verdict| {
        let claim = run.scenario.claims.get(verdict.claim)?;
        let (from, to) = match claim.when {
            When::At(at) => (at, None),
            When::Always { from, to } => (from, Some(to)),
        };
        Some(Proved { say: claim.say.clone()?, from, to })
    });
    let mut proved: Vec<Proved> = said.collect();
    proved.sort_by_key(|proved| proved.from);
    proved
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
        count: times(event),
    };
    Some((event.metadata.name.as_deref().unwrap_or_default(), happening))
}
