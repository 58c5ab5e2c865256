//! Which moments of a trace are worth showing, and what is said about each.
//!
//! A trace and the entries of its scenario's timeline go in, frames come out. Changes that come close together make one
//! frame; an entry of the timeline always makes its own, so that a cause stands before its effects; what repeats is shown
//! twice (a crash loop's restarts six times, as each waits longer), and from then on only as far as it has come when
//! something else happens.

use super::facts::{Fact, What, facts, mark_changes};
use super::garden::garden;
use super::places::settle;
use super::sentences::sentences;
use super::{Arg, Caption, Frame, Garden, Mark, Sentence};
use crate::cluster::clock::{Millis, SimTime};
use crate::cluster::object::Kind;
use crate::cluster::trace::{Replay, Trace};
use crate::text::Text;
use std::collections::BTreeMap;

/// How close together changes are shown as one. The first span that makes at most [`FRAMES`] frames is taken.
const SPANS: [Millis; 8] = [
    Millis(500),
    Millis::secs(1),
    Millis::secs(2),
    Millis::secs(5),
    Millis::secs(15),
    Millis::mins(1),
    Millis::mins(5),
    Millis::mins(30),
];

/// As many frames as one likes to step through.
const FRAMES: usize = 36;

/// What only follows from a change (a tally, a taint's removal) joins its frame if it comes within this time.
const ECHO: Millis = Millis::secs(2);

/// After so long without a change, the end of the scenario gets a frame of its own.
const QUIET: Millis = Millis::secs(5);

/// An entry of a scenario's timeline, as far as frames need it.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// When.
    pub at: SimTime,
    /// What the scenario says about it.
    pub say: Option<Text>,
    /// What was done, as a person would type it; it is said where the scenario says nothing.
    pub deed: String,
    /// What kubectl printed if it could not do it; told whatever the scenario says.
    pub errors: Vec<String>,
}

/// A stretch of time that one frame stands for.
struct Moment {
    at: SimTime,
    /// The entries of the timeline at this very moment.
    steps: Vec<usize>,
    /// Whether it only repeats what has been shown.
    repeats: bool,
}

/// The moments of a trace that are worth showing; at least the first.
pub fn frames(trace: &Trace, steps: &[Step]) -> Vec<Frame> {
    let instants = instants(trace);
    let mut moments = Vec::new();
    for span in SPANS {
        moments = group(&instants, steps, span);
        if moments.len() <= FRAMES {
            break;
        }
    }
    let mut replay = Replay::new(trace);
    let mut shown = Vec::new();
    let mut gardens: Vec<Garden> = Vec::new();
    let mut told = Vec::new();
    for moment in moments {
        replay.advance(moment.at);
        let after = garden(&replay.state);
        let facts = match gardens.last() {
            Some(before) => facts(before, &after),
            None => facts(&garden(trace.initial()), &after),
        };
        // What came and went within one moment leaves nothing to tell.
        if facts.is_empty() && moment.steps.is_empty() && !moment.repeats && !shown.is_empty() {
            continue;
        }
        told.push(tell(&moment, steps, &facts));
        gardens.push(after);
        shown.push(moment);
    }
    let last = shown.last().map_or(SimTime::ZERO, |moment| moment.at);
    if trace.end().since(last) >= QUIET {
        let quiet = Moment { at: trace.end(), steps: Vec::new(), repeats: false };
        replay.advance(quiet.at);
        told.push(tell(&quiet, steps, &[]));
        gardens.push(garden(&replay.state));
        shown.push(quiet);
    }
    for i in (1..gardens.len()).rev() {
        let (before, after) = gardens.split_at_mut(i);
        mark_changes(&before[i - 1], &mut after[0]);
    }
    settle(&mut gardens);
    let frame = |((moment, garden), (caption, mark)): ((&Moment, Garden), (Caption, Mark))| Frame {
        at: moment.at,
        caption,
        mark,
        garden,
    };
    shown.iter().zip(gardens).zip(told).map(frame).collect()
}

/// A time at which the garden looks different from just before.
struct Instant {
    at: SimTime,
    /// Empty if all that differs follows from something that was shown.
    facts: Vec<Fact>,
}

fn instants(trace: &Trace) -> Vec<Instant> {
    let mut replay = Replay::new(trace);
    let mut before = garden(&replay.state);
    let mut instants = Vec::new();
    while let Some(at) = replay.next_change() {
        let changes = replay.advance(at);
        if changes.iter().all(|change| change.object.kind() == Kind::Event) {
            continue;
        }
        let after = garden(&replay.state);
        if after != before {
            let mut facts = facts(&before, &after);
            facts.retain(|fact| fact.what.is_loud());
            instants.push(Instant { at, facts });
            before = after;
        }
    }
    instants
}

fn group(instants: &[Instant], steps: &[Step], span: Millis) -> Vec<Moment> {
    let mut moments =
        vec![Moment { at: SimTime::ZERO, steps: at_once(steps, SimTime::ZERO), repeats: false }];
    let mut seen: BTreeMap<(&str, What), usize> = BTreeMap::new();
    // When the present group began; none while the last moment takes nothing more.
    let mut open: Option<SimTime> = None;
    let mut actions = steps.iter().map(|step| step.at).filter(|at| *at > SimTime::ZERO).peekable();
    for instant in instants {
        while let Some(at) = actions.next_if(|at| *at <= instant.at) {
            if moments.last().is_some_and(|moment| moment.at < at) {
                moments.push(Moment { at, steps: at_once(steps, at), repeats: false });
            }
            open = None;
        }
        let Some(last) = moments.last_mut() else { continue };
        if instant.at <= last.at {
            note(&mut seen, instant);
            continue;
        }
        if instant.facts.is_empty() {
            // An action's frame shows the moment itself; its effects, even small ones, come after it.
            if last.steps.is_empty() && instant.at.since(last.at) <= ECHO {
                last.at = instant.at;
            }
            continue;
        }
        let repeats = note(&mut seen, instant);
        let near = open.is_some_and(|start| {
            instant.at.since(last.at) <= span && instant.at.since(start) <= Millis(span.0 * 4)
        });
        // A repetition leads up to the news that comes at once after it: an exit, and then a longer wait.
        let leads = last.repeats && instant.at.since(last.at) <= ECHO;
        if near || leads || (repeats && last.repeats) {
            last.at = instant.at;
            last.repeats &= repeats;
        } else {
            moments.push(Moment { at: instant.at, steps: Vec::new(), repeats });
            open = Some(instant.at);
        }
    }
    for at in actions {
        if moments.last().is_some_and(|moment| moment.at < at) {
            moments.push(Moment { at, steps: at_once(steps, at), repeats: false });
        }
    }
    moments
}

fn at_once(steps: &[Step], at: SimTime) -> Vec<usize> {
    (0..steps.len()).filter(|i| steps[*i].at == at).collect()
}

/// Counts what happened; whether none of it is news any more.
fn note<'a>(seen: &mut BTreeMap<(&'a str, What), usize>, instant: &'a Instant) -> bool {
    let mut repeats = true;
    for fact in &instant.facts {
        let times = seen.entry((fact.subject.as_str(), fact.what.stage())).or_default();
        repeats &= !fact.what.is_news(*times);
        *times += 1;
    }
    repeats
}

fn tell(moment: &Moment, steps: &[Step], facts: &[Fact]) -> (Caption, Mark) {
    let steps: Vec<&Step> = moment.steps.iter().map(|i| &steps[*i]).collect();
    let mark = if steps.is_empty() {
        facts.iter().map(|fact| fact.what.mark()).max().unwrap_or(Mark::Calm)
    } else {
        Mark::Action
    };
    let mut said: Vec<Text> = steps.iter().filter_map(|step| step.say.clone()).collect();
    let errors = steps.iter().flat_map(|step| &step.errors);
    if !said.is_empty() {
        said.extend(errors.map(|error| Text::both(error, error)));
        return (Caption::Said(said), mark);
    }
    let mut all: Vec<Sentence> = steps
        .iter()
        .filter(|step| !step.deed.is_empty())
        .map(|step| Sentence { key: "player-say-deed", args: vec![("deed", Arg::Name(step.deed.clone()))] })
        .collect();
    all.extend(
        errors.map(|error| Sentence {
            key: "player-say-error",
            args: vec![("error", Arg::Name(error.clone()))],
        }),
    );
    all.extend(sentences(facts));
    if all.is_empty() {
        let key = match moment {
            Moment { at: SimTime::ZERO, .. } => "player-say-start",
            Moment { repeats: true, .. } => "player-say-repeats",
            _ => "player-say-nothing",
        };
        all.push(Sentence { key, args: vec![("time", Arg::Time(moment.at))] });
    }
    (Caption::Generated(all), mark)
}
