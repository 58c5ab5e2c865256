//! A Pod as a pea pod: the shell's outline and the places of its peas, in pixels of a picture 40 high.

use crate::cluster::frame::{Pea, PeaState, PodPicture, PodState, Role};
use crate::locale::Locale;

/// More peas than this are told by a number.
const PEAS: usize = 6;

/// From the middle of one pea to the next.
const GAP: usize = 21;

/// From the picture's edge to the shell.
const EDGE: usize = 2;

/// What the stem takes beyond the shell.
const STEM: usize = 12;

/// A Pod, ready to be drawn.
#[derive(Clone, Debug)]
pub(super) struct PodView {
    pub(super) uid: String,
    /// The class of its state.
    pub(super) state: &'static str,
    pub(super) changed: bool,
    pub(super) name: String,
    pub(super) number: Option<usize>,
    /// kubectl's STATUS, and how many containers are ready where not all are.
    pub(super) status: String,
    pub(super) restarts: i32,
    /// All there is to know, in one sentence.
    pub(super) label: String,
    pub(super) width: usize,
    pub(super) shell: String,
    pub(super) stem: String,
    pub(super) peas: Vec<PeaView>,
    /// How many peas there was no room for.
    pub(super) more: usize,
}

/// A pea: a circle and a glyph around the origin.
#[derive(Clone, Copy, Debug)]
pub(super) struct PeaView {
    pub(super) state: &'static str,
    pub(super) role: &'static str,
    pub(super) x: usize,
    pub(super) radius: &'static str,
    pub(super) glyph: &'static str,
}

impl PodView {
    pub(super) fn of(pod: &PodPicture, locale: &Locale) -> PodView {
        let (ready, total) = pod.ready();
        let drawn = &pod.peas[..pod.peas.len().min(PEAS)];
        let length = (GAP * drawn.len() + 28).max(72);
        let start = EDGE + (length - GAP * drawn.len().saturating_sub(1)) / 2 - 1;
        let counted = matches!(pod.state, PodState::Unready | PodState::Failing) && total > 0;
        PodView {
            uid: pod.uid.clone(),
            state: state_class(pod.state),
            changed: pod.changed,
            name: pod.short.clone(),
            number: pod.number,
            status: if counted { format!("{} {ready}/{total}", pod.status) } else { pod.status.clone() },
            restarts: pod.restarts(),
            label: label(pod, locale),
            width: EDGE + length + STEM,
            shell: shell(length),
            stem: format!("M{} 17q7-1 9-8", EDGE + length),
            peas: drawn.iter().enumerate().map(|(i, pea)| PeaView::of(pea, start + i * GAP)).collect(),
            more: pod.peas.len() - drawn.len(),
        }
    }
}

impl PeaView {
    fn of(pea: &Pea, x: usize) -> PeaView {
        let (state, glyph) = match pea.state {
            PeaState::Unplanted => ("unplanted", "M-2.8-2.4a2.8 2.8 0 1 1 4.2 2.5Q0 .8 0 2.2M0 5.4v0"),
            PeaState::Waiting => ("waiting", "M0 0v0"),
            PeaState::Unready => ("unready", "M-4 0v0M0 0v0M4 0v0"),
            PeaState::Ready => ("ready", "M-4.5-3q2.4-3.4 6.2-2.2"),
            PeaState::Failing => ("failing", "M0-4.8v5.2M0 4.6v0"),
            PeaState::Done => ("done", "M-3.8.2l2.6 2.9 5-5.8"),
        };
        let (role, radius) = match pea.role {
            Role::Init => ("init", "7"),
            Role::Sidecar => ("sidecar", "8"),
            Role::App => ("app", "9"),
        };
        PeaView { state, role, x, radius, glyph }
    }
}

/// A shell of this length: rounder below than above, with its tip on the right.
fn shell(length: usize) -> String {
    let (left, right) = (EDGE, EDGE + length);
    let part = |share: usize| EDGE + length * share / 100;
    format!("M{left} 20C{} 2 {} 0 {right} 17 {} 39 {} 41 {left} 20Z", part(16), part(82), part(84), part(14))
}

pub(super) fn state_class(state: PodState) -> &'static str {
    match state {
        PodState::Unscheduled => "unscheduled",
        PodState::Unready => "unready",
        PodState::Ready => "ready",
        PodState::Failing => "failing",
        PodState::Terminating => "terminating",
        PodState::Succeeded => "succeeded",
    }
}

fn label(pod: &PodPicture, locale: &Locale) -> String {
    let (ready, total) = pod.ready();
    let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let mut label = locale.say_with(
        "player-pod-label",
        &[
            ("name", pod.name.as_str().into()),
            ("status", pod.status.as_str().into()),
            ("ready", count(ready).into()),
            ("total", count(total).into()),
            ("restarts", pod.restarts().into()),
        ],
    );
    if let Some(ip) = &pod.ip {
        label.push_str(&locale.say_with("player-pod-label-ip", &[("ip", ip.as_str().into())]));
    }
    label
}
