//! The cluster player: a run of a scenario as a garden that one can step, play and scrub through.
//!
//! A [`Run`] (or two, for a contrast) goes in; a [`Player`] holds what there is to show, whatever the reader's language, and
//! may be kept in a cache; [`Player::view`] makes the HTML. The page works without JavaScript: every moment is a link.
//! The strict Content-Security-Policy holds here too: no `style` attribute, no script. Nothing here does I/O.

mod caption;
mod clock;
mod garden;
mod pod;
mod story;
mod strip;
mod view;

#[cfg(test)]
mod tests;

pub use caption::spoken;
pub use view::View;

use crate::cluster::SimTime;
use crate::cluster::run::Run;
use crate::text::Reading;
use story::Story;

/// One or two runs on one clock.
#[derive(Clone, Debug)]
pub struct Player {
    stories: Vec<Story>,
    moments: Vec<Moment>,
    focus: Option<SimTime>,
}

/// A moment of the common clock.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Moment {
    at: SimTime,
    /// For each run, which of its frames shows then.
    frames: Vec<usize>,
}

impl Player {
    /// A player for a run, and for another to hold against it. `focus` is the moment that the question asks about.
    pub fn new(main: &Run, contrast: Option<&Run>, focus: Option<SimTime>) -> Player {
        Player::of(Story::of(main), contrast.map(Story::of), focus)
    }

    fn of(main: Story, contrast: Option<Story>, focus: Option<SimTime>) -> Player {
        let stories: Vec<Story> = std::iter::once(main).chain(contrast).collect();
        let moments = moments(&stories);
        Player { stories, moments, focus }
    }

    /// How many moments there are to step through.
    pub fn len(&self) -> usize {
        self.moments.len()
    }

    /// Whether there is nothing to show: a run without any frame.
    pub fn is_empty(&self) -> bool {
        self.moments.is_empty()
    }

    /// The moment to open at: the last one that is not after the question's, else the first.
    pub fn start(&self) -> usize {
        self.focus.map_or(0, |focus| self.moment_at(focus))
    }

    /// The last moment that is not after this time, or the first.
    pub fn moment_at(&self, at: SimTime) -> usize {
        self.moments.partition_point(|moment| moment.at <= at).saturating_sub(1)
    }

    /// The player as HTML, opened at a moment (past the end: at the last). `links` gives the URL of the page at a moment.
    pub fn view(&self, reading: Reading, moment: usize, links: &dyn Fn(usize) -> String) -> View {
        View::of(self, reading, moment.min(self.len().saturating_sub(1)), links)
    }
}

/// Every time at which one of the runs has a frame.
fn moments(stories: &[Story]) -> Vec<Moment> {
    let mut times: Vec<SimTime> =
        stories.iter().flat_map(|story| &story.frames).map(|frame| frame.at).collect();
    times.sort_unstable();
    times.dedup();
    let shown = |story: &Story, at| story.frames.partition_point(|frame| frame.at <= at).saturating_sub(1);
    let moment = |at| Moment { at, frames: stories.iter().map(|story| shown(story, at)).collect() };
    times.into_iter().map(moment).collect()
}
