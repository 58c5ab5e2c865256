//! The cluster as a garden, ready to be drawn: words instead of states, and how much room everything needs in this run.

use super::clock::{age, thousandths};
use super::pod::PodView;
use crate::cluster::SimTime;
use crate::cluster::frame::{Bed, Frame, Note, PodPicture, Post, Share, Stake, Tally};
use crate::locale::Locale;

/// From this many places on, a bed draws its Pods smaller.
const MANY: usize = 5;

/// A garden at a moment.
#[derive(Clone, Debug)]
pub(super) struct GardenView {
    /// What it is, for those who do not see it.
    pub(super) label: String,
    pub(super) posts: Vec<PostView>,
    /// `None` if nothing waits at any moment of the run.
    pub(super) tray: Option<Vec<Option<PodView>>>,
    pub(super) beds: Vec<Option<BedView>>,
    /// Whether the Pods are drawn small.
    pub(super) dense: bool,
}

/// A workload and what it owns.
#[derive(Clone, Debug)]
pub(super) struct PostView {
    pub(super) stake: Option<StakeView>,
    pub(super) branches: Vec<Option<StakeView>>,
}

/// A workload's label.
#[derive(Clone, Debug)]
pub(super) struct StakeView {
    pub(super) uid: String,
    pub(super) kind: &'static str,
    pub(super) name: String,
    pub(super) number: Option<usize>,
    pub(super) note: Option<String>,
    pub(super) counts: Vec<CountView>,
    pub(super) changed: bool,
    /// Whether it wants nothing and has nothing: an old ReplicaSet.
    pub(super) idle: bool,
}

/// One number of a label.
#[derive(Clone, Debug)]
pub(super) struct CountView {
    pub(super) word: String,
    pub(super) number: i32,
    /// `short`, `bad` or nothing.
    pub(super) class: &'static str,
}

/// A Node.
#[derive(Clone, Debug)]
pub(super) struct BedView {
    pub(super) name: String,
    /// kubectl's STATUS, and for how long where it is bad.
    pub(super) word: String,
    pub(super) down: bool,
    pub(super) cordoned: bool,
    pub(super) changed: bool,
    pub(super) taints: Vec<TaintView>,
    /// How many taints it has at its worst moment in the run.
    pub(super) taint_room: usize,
    /// Whether it is cordoned at some moment of the run.
    pub(super) fence_room: bool,
    /// Nothing if no Pod of the run requests any.
    pub(super) uses: Vec<UseView>,
    pub(super) places: Vec<PlaceView>,
}

/// A taint.
#[derive(Clone, Debug)]
pub(super) struct TaintView {
    /// Key and value, without the prefix that all of Kubernetes' own share.
    pub(super) key: String,
    pub(super) effect: String,
    pub(super) whole: String,
}

/// How much of a resource is requested.
#[derive(Clone, Debug)]
pub(super) struct UseView {
    pub(super) words: String,
    pub(super) percent: i64,
}

/// Where a Pod may stand.
#[derive(Clone, Debug)]
pub(super) struct PlaceView {
    pub(super) pod: Option<PodView>,
    /// Whether no Pod ever stands here: there only to make the beds alike.
    pub(super) spare: bool,
}

/// What all the gardens of a run have in common.
#[derive(Clone, Debug, Default)]
pub(super) struct Ground {
    beds: Vec<BedGround>,
    cpu: bool,
    memory: bool,
}

/// What a bed ever needs.
#[derive(Clone, Copy, Debug, Default)]
struct BedGround {
    /// How many places are ever taken.
    used: usize,
    cordoned: bool,
}

impl Ground {
    pub(super) fn of(frames: &[Frame]) -> Ground {
        let mut ground = Ground::default();
        for frame in frames {
            ground.beds.resize(ground.beds.len().max(frame.garden.beds.len()), BedGround::default());
            for (bed, ever) in frame.garden.beds.iter().zip(&mut ground.beds) {
                let Some(bed) = bed else { continue };
                let taken = bed.pods.iter().rposition(Option::is_some).map_or(0, |last| last + 1);
                ever.used = ever.used.max(taken);
                ever.cordoned |= bed.cordoned;
                ground.cpu |= bed.cpu.requested > 0;
                ground.memory |= bed.memory.requested > 0;
            }
        }
        ground
    }
}

impl GardenView {
    /// `fresh` is whether the frame is of this very moment; in an older one nothing counts as changed.
    pub(super) fn of(
        frame: &Frame,
        ground: &Ground,
        at: SimTime,
        fresh: bool,
        locale: &Locale,
    ) -> GardenView {
        let garden = &frame.garden;
        let pod = |pod: &PodPicture| {
            let view = PodView::of(pod, locale);
            PodView { changed: view.changed && fresh, ..view }
        };
        let pods = |row: &[Option<PodPicture>]| row.iter().map(|place| place.as_ref().map(pod)).collect();
        let bed = |(index, bed): (usize, &Option<Bed>)| {
            let bed = bed.as_ref()?;
            let used = ground.beds.get(index).map_or(0, |bed| bed.used);
            let place = |(i, taken): (usize, &Option<PodPicture>)| PlaceView {
                pod: taken.as_ref().map(pod),
                spare: i >= used.max(1),
            };
            Some(BedView {
                name: bed.name.clone(),
                word: bed_word(bed, at),
                down: !bed.ready,
                cordoned: bed.cordoned,
                changed: bed.changed && fresh,
                taints: bed.taints.iter().map(|taint| TaintView::of(taint)).collect(),
                taint_room: bed.taint_room,
                fence_room: ground.beds.get(index).is_some_and(|bed| bed.cordoned),
                uses: uses(bed, ground, locale),
                places: bed.pods.iter().enumerate().map(place).collect(),
            })
        };
        GardenView {
            label: locale.say_with("player-garden-label", &[("time", super::clock::clock(at).into())]),
            posts: garden.posts.iter().map(|post| PostView::of(post, fresh, locale)).collect(),
            tray: (!garden.tray.is_empty()).then(|| pods(&garden.tray)),
            beds: garden.beds.iter().enumerate().map(bed).collect(),
            dense: garden.places >= MANY,
        }
    }
}

impl PostView {
    fn of(post: &Post, fresh: bool, locale: &Locale) -> PostView {
        let stake = |stake: &Stake| {
            let view = StakeView::of(stake, locale);
            StakeView { changed: view.changed && fresh, ..view }
        };
        PostView {
            stake: post.stake.as_ref().map(stake),
            branches: post.branches.iter().map(|branch| branch.as_ref().map(stake)).collect(),
        }
    }
}

impl StakeView {
    fn of(stake: &Stake, locale: &Locale) -> StakeView {
        let count = |key, number, class| CountView { word: locale.say(key), number, class };
        let counts = match stake.tally {
            Tally::Replicas { wanted, have, ready } => vec![
                count("player-wanted", wanted, ""),
                count("player-have", have, if have == wanted { "" } else { "short" }),
                count("player-ready", ready, if ready == wanted { "" } else { "short" }),
            ],
            Tally::Runs { wanted, active, succeeded, failed } => vec![
                count("player-wanted", wanted, ""),
                count("player-active", active, ""),
                count("player-succeeded", succeeded, ""),
                count("player-failed", failed, if failed > 0 { "bad" } else { "" }),
            ],
            Tally::Schedule { active } => vec![count("player-active", active, "")],
        };
        let note = stake.note.map(|note| {
            locale.say(match note {
                Note::Paused => "player-note-paused",
                Note::Suspended => "player-note-suspended",
                Note::Terminating => "player-note-terminating",
            })
        });
        StakeView {
            uid: stake.uid.clone(),
            kind: stake.kind,
            name: stake.name.clone(),
            number: stake.number,
            note,
            counts,
            changed: stake.changed,
            idle: matches!(stake.tally, Tally::Replicas { wanted: 0, have: 0, .. }),
        }
    }
}

impl TaintView {
    fn of(taint: &str) -> TaintView {
        let short = taint.strip_prefix("node.kubernetes.io/").unwrap_or(taint);
        let (key, effect) = short.rsplit_once(':').unwrap_or((short, ""));
        TaintView { key: key.to_owned(), effect: effect.to_owned(), whole: taint.to_owned() }
    }
}

fn bed_word(bed: &Bed, at: SimTime) -> String {
    let mut word = if bed.ready { "Ready" } else { "NotReady" }.to_owned();
    if let Some(since) = bed.down_since {
        word.push(' ');
        word.push_str(&age(at.since(since)));
    }
    word
}

fn uses(bed: &Bed, ground: &Ground, locale: &Locale) -> Vec<UseView> {
    let mut uses = Vec::new();
    let mut add = |key, share: Share, unit: i64| {
        let amount = |amount: i64| thousandths(amount.saturating_mul(1000) / unit);
        uses.push(UseView {
            words: locale.say_with(
                key,
                &[
                    ("requested", amount(share.requested).into()),
                    ("allocatable", amount(share.allocatable).into()),
                ],
            ),
            percent: (share.requested.saturating_mul(100) / share.allocatable.max(1)).clamp(0, 100),
        });
    };
    if ground.cpu {
        add("player-cpu", bed.cpu, 1000);
    }
    if ground.memory {
        add("player-memory", bed.memory, 1 << 30);
    }
    uses
}
