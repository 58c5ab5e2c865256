//! The player as HTML: the words and numbers of `templates/player/`.

use super::caption::{Say, read, speak};
use super::clock::clock;
use super::garden::{GardenView, Ground};
use super::pod::{PodView, state_class};
use super::story::{Happening, Proved, Story};
use super::strip::StripView;
use super::{Moment, Player};
use crate::cluster::SimTime;
use crate::cluster::frame::{Frame, Pea, PeaState, PodPicture, PodState, Role};
use crate::locale::{Locale, locale};
use crate::text::Reading;
use askama::Template;

/// The player, opened at a moment. Shows as HTML.
#[derive(Clone, Debug, Template)]
#[template(path = "player/player.html")]
pub struct View {
    l: Speaker,
    runs: Vec<RunView>,
    moments: Vec<MomentView>,
    now: usize,
    strip: StripView,
    focus: Option<FocusView>,
    end: String,
    proved_count: usize,
    legend: Vec<(PodView, String)>,
}

impl askama::filters::HtmlSafe for View {}

/// The interface's sentences.
#[derive(Clone, Copy)]
struct Speaker(&'static Locale);

/// What belongs to a run as a whole.
#[derive(Clone, Debug)]
struct RunView {
    title: Vec<Say>,
    manifest: String,
    happenings: Vec<HappeningView>,
    proved: Vec<ProvedView>,
}

#[derive(Clone, Debug)]
struct HappeningView {
    /// The first moment at which it has happened.
    moment: usize,
    time: String,
    warning: bool,
    happening: Happening,
}

#[derive(Clone, Debug)]
struct ProvedView {
    moment: usize,
    url: String,
    time: String,
    says: Vec<Say>,
}

#[derive(Clone, Debug)]
struct MomentView {
    time: String,
    url: String,
    runs: Vec<ShownView>,
}

/// A run at a moment.
#[derive(Clone, Debug)]
struct ShownView {
    /// Whether something happens in it just then.
    fresh: bool,
    says: Vec<Say>,
    garden: GardenView,
    table: String,
}

#[derive(Clone, Debug)]
struct FocusView {
    moment: usize,
    url: String,
    time: String,
}

impl View {
    pub(super) fn of(player: &Player, reading: Reading, now: usize, links: &dyn Fn(usize) -> String) -> View {
        let l = Speaker(locale(reading.interface()));
        let grounds: Vec<Ground> = player.stories.iter().map(|story| Ground::of(&story.frames)).collect();
        let moment = |(index, moment): (usize, &Moment)| MomentView {
            time: clock(moment.at),
            url: links(index),
            runs: (player.stories.iter().zip(&grounds).zip(&moment.frames))
                .filter_map(|((story, ground), frame)| {
                    ShownView::of(story, ground, *frame, moment.at, reading, l.0)
                })
                .collect(),
        };
        let runs: Vec<RunView> =
            player.stories.iter().map(|story| RunView::of(story, player, reading, links)).collect();
        let end = player.stories.iter().map(|story| story.end).max().unwrap_or_default();
        View {
            l,
            proved_count: runs.iter().map(|run| run.proved.len()).sum(),
            runs,
            moments: player.moments.iter().enumerate().map(moment).collect(),
            now,
            strip: StripView::of(player),
            focus: player.focus.map(|focus| {
                let moment = player.moment_at(focus);
                FocusView { moment, url: links(moment), time: clock(focus) }
            }),
            end: clock(end),
            legend: legend(l.0),
        }
    }

    fn contrasts(&self) -> bool {
        self.runs.len() > 1
    }

    fn last(&self) -> usize {
        self.moments.len().saturating_sub(1)
    }

    /// Where "back" leads; nowhere from the first moment.
    fn back(&self) -> Option<&MomentView> {
        self.now.checked_sub(1).and_then(|index| self.moments.get(index))
    }

    /// Where "next" leads.
    fn forward(&self) -> Option<&MomentView> {
        self.moments.get(self.now + 1)
    }

    fn current(&self) -> Option<&MomentView> {
        self.moments.get(self.now)
    }
}

impl RunView {
    fn of(story: &Story, player: &Player, reading: Reading, links: &dyn Fn(usize) -> String) -> RunView {
        let happening = |happening: &Happening| HappeningView {
            moment: player.moments.partition_point(|moment| moment.at < happening.at),
            time: clock(happening.at),
            warning: happening.kind == "Warning",
            happening: happening.clone(),
        };
        let proved = |proved: &Proved| {
            let moment = player.moment_at(proved.from);
            ProvedView {
                moment,
                url: links(moment),
                time: match proved.to {
                    None => clock(proved.from),
                    Some(to) => format!("{}–{}", clock(proved.from), clock(to)),
                },
                says: read(&proved.say, reading),
            }
        };
        RunView {
            title: read(&story.title, reading),
            manifest: story.manifest.trim_end().to_owned(),
            happenings: story.happenings.iter().map(happening).collect(),
            proved: story.proved.iter().map(proved).collect(),
        }
    }
}

impl ShownView {
    fn of(
        story: &Story,
        ground: &Ground,
        index: usize,
        at: SimTime,
        reading: Reading,
        locale: &Locale,
    ) -> Option<ShownView> {
        let frame: &Frame = story.frames.get(index)?;
        let fresh = frame.at == at;
        Some(ShownView {
            fresh,
            says: speak(&frame.caption, reading),
            garden: GardenView::of(frame, ground, at, fresh, locale),
            table: story.tables.get(index).cloned().unwrap_or_default(),
        })
    }
}

impl Speaker {
    fn say(&self, key: &str) -> String {
        self.0.say(key)
    }

    fn count(&self, key: &str, count: &usize) -> String {
        self.0.say_with(key, &[("count", i64::try_from(*count).unwrap_or(i64::MAX).into())])
    }
}

impl std::fmt::Debug for Speaker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.lang().fmt(f)
    }
}

/// One Pod of each state, and what it means.
fn legend(locale: &Locale) -> Vec<(PodView, String)> {
    let states = [
        (PodState::Unscheduled, PeaState::Unplanted),
        (PodState::Unready, PeaState::Unready),
        (PodState::Ready, PeaState::Ready),
        (PodState::Failing, PeaState::Failing),
        (PodState::Terminating, PeaState::Unready),
        (PodState::Succeeded, PeaState::Done),
    ];
    let entry = |(state, pea)| {
        let pod = PodPicture {
            uid: String::new(),
            name: String::new(),
            short: String::new(),
            owner: None,
            number: None,
            state,
            status: String::new(),
            peas: vec![Pea {
                container: String::new(),
                role: Role::App,
                state: pea,
                restarts: 0,
                wait: None,
            }],
            ip: None,
            changed: false,
        };
        (PodView::of(&pod, locale), locale.say(&format!("player-legend-{}", state_class(state))))
    };
    states.into_iter().map(entry).collect()
}
