//! What became different between two gardens: the facts that make a moment worth showing.
//!
//! Two gardens go in, facts come out. What only follows from them (a tally, an address, a Node's load) is no fact.

use super::{Bed, Garden, Mark, Note, Pea, PeaState, PodPicture, PodState, Role, Stake, Tally};
use crate::cluster::clock::Millis;
use std::collections::{BTreeMap, BTreeSet};

/// So often the same may happen to the same thing before it counts as a repetition.
const REPEATS: usize = 2;

/// So many restarts of a Pod are news, each with a wait of its own: the waits double, and the fifth has reached its most.
const RESTARTS: i32 = 6;

/// One thing that became different.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fact {
    /// What it is about: a uid, or a Node's name.
    pub(super) subject: String,
    /// Its name, as it is shown.
    pub(super) name: String,
    /// What happened to it.
    pub(super) what: What,
}

/// What may happen, in the order in which it is told.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum What {
    NamespaceTerminating,
    NodeRemoved,
    NodeDown,
    NodeUp,
    NodeAdded,
    NodeTainted(String),
    NodeUntainted(String),
    NodeCordoned,
    NodeUncordoned,
    StakeNew {
        kind: &'static str,
        wanted: Option<i32>,
    },
    StakeWants {
        kind: &'static str,
        from: i32,
        to: i32,
    },
    StakeNoted {
        kind: &'static str,
        note: Option<Note>,
    },
    StakeGone {
        kind: &'static str,
    },
    NamespaceGone,
    PodUnready,
    PodTerminating,
    PodGone,
    PodWaits,
    PodPlanted {
        node: String,
    },
    PodBound {
        node: String,
    },
    PodStarted,
    /// An init container that is no sidecar ended well.
    InitDone {
        container: String,
    },
    /// An init container that is no sidecar runs for the first time.
    InitStarted {
        container: String,
    },
    SidecarStarted {
        container: String,
    },
    /// The ordinary containers of a Pod with init containers run.
    AppsStarted {
        containers: Vec<String>,
    },
    /// A container of a Pod that is being deleted has stopped, and another still runs.
    ContainerStopped {
        container: String,
    },
    PodRestarted {
        times: i32,
    },
    PodFailing {
        status: String,
        wait: Option<Millis>,
    },
    PodReady,
    PodSucceeded,
    StakeSettled {
        kind: &'static str,
        count: i32,
    },
}

impl What {
    /// What kind of moment this makes.
    pub(super) fn mark(&self) -> Mark {
        match self {
            What::NodeRemoved
            | What::NodeDown
            | What::PodFailing { .. }
            | What::PodRestarted { .. }
            | What::PodUnready => Mark::Trouble,
            What::NodeTainted(_)
            | What::NodeCordoned
            | What::StakeGone { .. }
            | What::NamespaceTerminating
            | What::NamespaceGone
            | What::PodTerminating
            | What::ContainerStopped { .. }
            | What::PodGone => Mark::Leaving,
            What::NodeUp
            | What::NodeAdded
            | What::NodeUntainted(_)
            | What::NodeUncordoned
            | What::StakeNew { .. }
            | What::StakeWants { .. }
            | What::StakeNoted { .. }
            | What::PodWaits
            | What::PodPlanted { .. }
            | What::PodBound { .. }
            | What::PodStarted
            | What::InitDone { .. }
            | What::InitStarted { .. }
            | What::SidecarStarted { .. }
            | What::AppsStarted { .. }
            | What::PodReady
            | What::PodSucceeded
            | What::StakeSettled { .. } => Mark::Growth,
        }
    }

    /// Whether it deserves a frame, or only a sentence in the frame of another.
    pub(super) fn is_loud(&self) -> bool {
        !matches!(self, What::StakeSettled { .. })
    }

    /// The same for every time that it happens again: what a crash loop repeats.
    pub(super) fn stage(&self) -> What {
        match self {
            What::PodRestarted { .. } => What::PodRestarted { times: 0 },
            other => other.clone(),
        }
    }

    /// Whether it is news although the same stage has been seen so often.
    pub(super) fn is_news(&self, seen: usize) -> bool {
        match self {
            What::PodRestarted { times } => *times <= RESTARTS,
            _ => seen < REPEATS,
        }
    }
}

/// What became different from `before` to `after`.
pub(super) fn facts(before: &Garden, after: &Garden) -> Vec<Fact> {
    let mut facts = Vec::new();
    namespaces(before, after, &mut facts);
    beds(before, after, &mut facts);
    stakes(before, after, &mut facts);
    pods(before, after, &mut facts);
    facts
}

fn namespaces(before: &Garden, after: &Garden, facts: &mut Vec<Fact>) {
    for name in before.namespaces.keys().filter(|name| !after.namespaces.contains_key(*name)) {
        facts.push(Fact { subject: name.clone(), name: name.clone(), what: What::NamespaceGone });
    }
    for (name, goes) in &after.namespaces {
        if *goes && before.namespaces.get(name) != Some(goes) {
            facts.push(Fact { subject: name.clone(), name: name.clone(), what: What::NamespaceTerminating });
        }
    }
}

fn beds(before: &Garden, after: &Garden, facts: &mut Vec<Fact>) {
    let old: BTreeMap<&str, &Bed> =
        before.beds.iter().flatten().map(|bed| (bed.name.as_str(), bed)).collect();
    let mut say =
        |bed: &Bed, what| facts.push(Fact { subject: bed.name.clone(), name: bed.name.clone(), what });
    for bed in after.beds.iter().flatten() {
        let Some(old) = old.get(bed.name.as_str()) else {
            say(bed, What::NodeAdded);
            continue;
        };
        if old.ready != bed.ready {
            say(bed, if bed.ready { What::NodeUp } else { What::NodeDown });
        }
        if old.cordoned != bed.cordoned {
            say(bed, if bed.cordoned { What::NodeCordoned } else { What::NodeUncordoned });
        }
        for taint in bed.taints.iter().filter(|taint| !old.taints.contains(taint)) {
            say(bed, What::NodeTainted(taint.clone()));
        }
        for taint in old.taints.iter().filter(|taint| !bed.taints.contains(taint)) {
            say(bed, What::NodeUntainted(taint.clone()));
        }
    }
    for bed in before.beds.iter().flatten() {
        if !after.beds.iter().flatten().any(|now| now.name == bed.name) {
            say(bed, What::NodeRemoved);
        }
    }
}

fn stakes(before: &Garden, after: &Garden, facts: &mut Vec<Fact>) {
    let old: BTreeMap<&str, &Stake> = before.stakes().map(|stake| (stake.uid.as_str(), stake)).collect();
    let mut say = |stake: &Stake, what| {
        facts.push(Fact { subject: stake.uid.clone(), name: stake.name.clone(), what });
    };
    for stake in after.stakes() {
        let kind = stake.kind;
        let Some(old) = old.get(stake.uid.as_str()) else {
            say(stake, What::StakeNew { kind, wanted: wanted(stake) });
            continue;
        };
        if let (Some(from), Some(to)) = (wanted(old), wanted(stake))
            && from != to
        {
            say(stake, What::StakeWants { kind, from, to });
        }
        if old.note != stake.note {
            say(stake, What::StakeNoted { kind, note: stake.note });
        }
        if let Some(count) = settled(stake)
            && settled(old) != Some(count)
            && !is_branch(after, stake)
        {
            say(stake, What::StakeSettled { kind, count });
        }
    }
    for stake in before.stakes() {
        if !after.stakes().any(|now| now.uid == stake.uid) {
            say(stake, What::StakeGone { kind: stake.kind });
        }
    }
}

/// Whether another workload owns it, and tells the same.
fn is_branch(garden: &Garden, stake: &Stake) -> bool {
    garden.posts.iter().any(|post| post.branches.iter().flatten().any(|branch| branch.uid == stake.uid))
}

fn wanted(stake: &Stake) -> Option<i32> {
    match stake.tally {
        Tally::Replicas { wanted, .. } | Tally::Runs { wanted, .. } => Some(wanted),
        Tally::Schedule { .. } => None,
    }
}

/// How many a workload has, if that is what it wants.
fn settled(stake: &Stake) -> Option<i32> {
    match stake.tally {
        Tally::Replicas { wanted, have, ready } => (wanted == have && wanted == ready).then_some(wanted),
        Tally::Runs { wanted, succeeded, .. } => (wanted == succeeded).then_some(wanted),
        Tally::Schedule { .. } => None,
    }
}

fn pods(before: &Garden, after: &Garden, facts: &mut Vec<Fact>) {
    let old: BTreeMap<&str, (&PodPicture, Option<&str>)> = standing(before).collect();
    let mut say =
        |pod: &PodPicture, what| facts.push(Fact { subject: pod.uid.clone(), name: pod.short.clone(), what });
    for (uid, (pod, node)) in standing(after) {
        let was = old.get(uid);
        let node_before = was.and_then(|(_, node)| *node);
        match (was, node) {
            (None, None) => say(pod, What::PodWaits),
            (None, Some(node)) => say(pod, What::PodPlanted { node: node.to_owned() }),
            (Some(_), Some(node)) if node_before.is_none() => {
                say(pod, What::PodBound { node: node.to_owned() });
            }
            (Some(_), _) => {}
        }
        let state_before = was.map(|(pod, _)| pod.state);
        if state_before != Some(pod.state) {
            match pod.state {
                PodState::Terminating => say(pod, What::PodTerminating),
                PodState::Succeeded => say(pod, What::PodSucceeded),
                PodState::Ready => say(pod, What::PodReady),
                PodState::Unready if state_before == Some(PodState::Ready) => say(pod, What::PodUnready),
                PodState::Failing | PodState::Unready | PodState::Unscheduled => {}
            }
        }
        let wait = pod.wait();
        if pod.state == PodState::Failing
            && was.is_none_or(|(old, _)| (&old.status, old.wait()) != (&pod.status, wait))
        {
            say(pod, What::PodFailing { status: pod.status.clone(), wait });
        }
        for what in containers(was.map(|(old, _)| *old), pod) {
            say(pod, what);
        }
        let times = pod.restarts();
        if times > was.map_or(0, |(old, _)| old.restarts()) {
            say(pod, What::PodRestarted { times });
        }
    }
    let now: BTreeSet<&str> = after.pods().map(|pod| pod.uid.as_str()).collect();
    for pod in before.pods().filter(|pod| !now.contains(pod.uid.as_str())) {
        say(pod, What::PodGone);
    }
}

/// Every Pod by uid, with its Node.
fn standing(garden: &Garden) -> impl Iterator<Item = (&str, (&PodPicture, Option<&str>))> {
    let tray = garden.tray.iter().flatten().map(|pod| (pod.uid.as_str(), (pod, None)));
    let planted = garden.beds.iter().flatten().flat_map(|bed| {
        bed.pods.iter().flatten().map(|pod| (pod.uid.as_str(), (pod, Some(bed.name.as_str()))))
    });
    tray.chain(planted)
}

/// What happened to a Pod's containers one by one, as far as the Pod as a whole does not tell it.
fn containers(old: Option<&PodPicture>, pod: &PodPicture) -> Vec<What> {
    let before = |pea: &Pea| {
        let pea = old?.peas.iter().find(|old| old.container == pea.container)?;
        Some(pea.state)
    };
    let starts = |pea: &Pea| pea.state.is_running() && !before(pea).is_some_and(PeaState::is_running);
    let mut all = Vec::new();
    if pod.state == PodState::Terminating {
        let another_runs = pod.peas.iter().any(|pea| pea.state.is_running());
        let stopped = pod.peas.iter().filter(|pea| {
            another_runs && !pea.state.is_running() && before(pea).is_some_and(PeaState::is_running)
        });
        return stopped.map(|pea| What::ContainerStopped { container: pea.container.clone() }).collect();
    }
    for pea in &pod.peas {
        let container = pea.container.clone();
        match pea.role {
            Role::Init if pea.state == PeaState::Done && before(pea) != Some(PeaState::Done) => {
                all.push(What::InitDone { container });
            }
            Role::Init if starts(pea) && pea.restarts == 0 => all.push(What::InitStarted { container }),
            Role::Sidecar if starts(pea) && pea.restarts == 0 => all.push(What::SidecarStarted { container }),
            _ => {}
        }
    }
    let is_app = |pea: &&Pea| pea.role == Role::App;
    let first: Vec<&Pea> =
        pod.peas.iter().filter(is_app).filter(|pea| starts(pea) && pea.restarts == 0).collect();
    if pod.peas.iter().any(|pea| pea.role != Role::App) && !first.is_empty() {
        all.push(What::AppsStarted { containers: first.iter().map(|pea| pea.container.clone()).collect() });
    } else if pod.state == PodState::Unready
        && pod.peas.iter().filter(is_app).any(|pea| pea.state.is_running())
        && !pod.peas.iter().filter(is_app).any(|pea| before(pea).is_some_and(PeaState::is_running))
    {
        all.push(What::PodStarted);
    }
    all
}

/// Marks in `after` whatever looks different from `before`.
pub(super) fn mark_changes(before: &Garden, after: &mut Garden) {
    let old_pods: BTreeMap<&str, (&PodPicture, Option<&str>)> = standing(before).collect();
    let old_stakes: BTreeMap<&str, &Stake> =
        before.stakes().map(|stake| (stake.uid.as_str(), stake)).collect();
    for pod in after.tray.iter_mut().flatten() {
        pod.changed = pod_differs(old_pods.get(pod.uid.as_str()), pod, None);
    }
    for bed in after.beds.iter_mut().flatten() {
        for pod in bed.pods.iter_mut().flatten() {
            pod.changed = pod_differs(old_pods.get(pod.uid.as_str()), pod, Some(&bed.name));
        }
        let old = before.beds.iter().flatten().find(|old| old.name == bed.name);
        bed.changed = old.is_none_or(|old| {
            (old.ready, old.cordoned, &old.taints) != (bed.ready, bed.cordoned, &bed.taints)
        });
    }
    for post in &mut after.posts {
        for stake in post.stake.iter_mut().chain(post.branches.iter_mut().flatten()) {
            let old = old_stakes.get(stake.uid.as_str());
            stake.changed = old.is_none_or(|old| (old.tally, old.note) != (stake.tally, stake.note));
        }
    }
}

fn pod_differs(old: Option<&(&PodPicture, Option<&str>)>, pod: &PodPicture, node: Option<&str>) -> bool {
    old.is_none_or(|(old, old_node)| {
        *old_node != node || (old.state, &old.status, &old.peas) != (pod.state, &pod.status, &pod.peas)
    })
}
