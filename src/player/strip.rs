//! The timeline: one mark a moment, evenly spaced, since moments come in bursts with long silences between.

use super::Player;
use super::clock::clock;
use crate::cluster::SimTime;
use crate::cluster::frame::Mark;

/// How far apart labels are at least, in hundredths of a percent of the strip.
const ROOM: usize = 1300;

/// The strip, ready to be drawn.
#[derive(Clone, Debug)]
pub(super) struct StripView {
    pub(super) marks: Vec<MarkView>,
    /// Where the moment of the question is, in percent.
    pub(super) focus: Option<String>,
}

/// A mark.
#[derive(Clone, Debug)]
pub(super) struct MarkView {
    /// In percent.
    pub(super) x: String,
    pub(super) class: &'static str,
    /// Its shape, around the origin: not told by color alone.
    pub(super) shape: &'static str,
    /// The time, where there is room for it.
    pub(super) label: Option<String>,
}

impl StripView {
    pub(super) fn of(player: &Player) -> StripView {
        let count = player.moments.len();
        let place = |index: usize| index * 10_000 / (count - 1).max(1);
        let last = place(count.saturating_sub(1));
        let mut free = 0;
        let mut marks = Vec::new();
        for (index, moment) in player.moments.iter().enumerate() {
            let x = place(index);
            // The last label stands whatever comes before it.
            let has_room = x == last || (x >= free && x + ROOM <= last);
            if has_room {
                free = x + ROOM;
            }
            let (class, shape) = shape(mark(player, index));
            marks.push(MarkView { x: percent(x), class, shape, label: has_room.then(|| clock(moment.at)) });
        }
        StripView { marks, focus: player.focus.map(|focus| percent(between(player, focus, &place))) }
    }
}

/// What kind of moment it is: the gravest of the frames that begin then.
fn mark(player: &Player, index: usize) -> Mark {
    let moment = &player.moments[index];
    let frames = player.stories.iter().zip(&moment.frames).filter_map(|(story, i)| story.frames.get(*i));
    frames.filter(|frame| frame.at == moment.at).map(|frame| frame.mark).max().unwrap_or(Mark::Calm)
}

/// A time's place between the moments around it.
fn between(player: &Player, at: SimTime, place: &dyn Fn(usize) -> usize) -> usize {
    let index = player.moment_at(at);
    let (Some(before), Some(after)) = (player.moments.get(index), player.moments.get(index + 1)) else {
        return place(index);
    };
    let (gone, whole) = (at.since(before.at).0.max(0), after.at.since(before.at).0.max(1));
    let room = i64::try_from(place(index + 1) - place(index)).unwrap_or(0);
    place(index) + usize::try_from(room * gone / whole).unwrap_or(0)
}

fn percent(hundredths: usize) -> String {
    format!("{}.{:02}%", hundredths / 100, hundredths % 100)
}

fn shape(mark: Mark) -> (&'static str, &'static str) {
    match mark {
        Mark::Calm => ("calm", "M-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0Z"),
        Mark::Growth => ("growth", "M-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0Z"),
        Mark::Leaving => ("leaving", "M-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0-9 0Z"),
        Mark::Trouble => ("trouble", "M0-6.5 6.5 0 0 6.5-6.5 0Z"),
        Mark::Action => ("action", "M-5-6H5V1L0 7-5 1Z"),
    }
}
