//! Captions for frames whose scenario says nothing: facts go in, sentences come out, as keys and arguments.
//!
//! Several of the same are told together ("3 Pods are ready: …"). The words are in `locales/*/player.ftl`.

use super::facts::{Fact, What};
use super::{Arg, Mark, Note, Sentence};

/// The most sentences under one frame; what matters least is left out.
const SENTENCES: usize = 4;

/// The most names in one sentence; of more it tells the number and the first few.
const NAMES: usize = 4;

/// The sentences for these facts, in the order in which [`What`] lists them: Nodes, then what workloads want, then Pods.
pub(super) fn sentences(facts: &[Fact]) -> Vec<Sentence> {
    let mut groups: Vec<(What, Vec<&Fact>)> = Vec::new();
    for fact in facts {
        let alike = alike(&fact.what);
        match groups.iter_mut().find(|(what, _)| *what == alike) {
            Some((_, group)) => group.push(fact),
            None => groups.push((alike, vec![fact])),
        }
    }
    if groups.len() > SENTENCES {
        groups.sort_by_key(|(what, _)| rank(what));
        groups.truncate(SENTENCES);
    }
    groups.sort_by(|(a, _), (b, _)| a.cmp(b));
    groups.iter().map(|(_, group)| sentence(group)).collect()
}

/// How much a sentence would be missed: trouble most, then what a person asked for, details least.
fn rank(what: &What) -> u8 {
    match what {
        What::StakeWants { .. } | What::StakeNew { .. } if !matches!(kind(what), "ReplicaSet" | "Job") => 1,
        What::PodStarted | What::InitStarted { .. } | What::StakeNew { .. } | What::NodeUntainted(_) => 4,
        What::StakeSettled { .. } | What::StakeWants { .. } | What::InitDone { .. } => 3,
        other if other.mark() == Mark::Trouble => 0,
        _ => 2,
    }
}

fn kind(what: &What) -> &'static str {
    match what {
        What::StakeNew { kind, .. } | What::StakeWants { kind, .. } => kind,
        _ => "",
    }
}

/// Facts that make one sentence together are alike.
fn alike(what: &What) -> What {
    match what {
        What::PodPlanted { .. } => What::PodPlanted { node: String::new() },
        What::PodBound { .. } => What::PodBound { node: String::new() },
        What::NodeTainted(_) => What::NodeTainted(String::new()),
        What::NodeUntainted(_) => What::NodeUntainted(String::new()),
        other => other.clone(),
    }
}

fn sentence(group: &[&Fact]) -> Sentence {
    let mut names: Vec<String> = Vec::new();
    // The Nodes that took a Pod, or the taints that a Node got.
    let mut others: Vec<String> = Vec::new();
    for fact in group {
        if !names.contains(&fact.name) {
            names.push(fact.name.clone());
        }
        if let What::PodPlanted { node: other }
        | What::PodBound { node: other }
        | What::NodeTainted(other)
        | What::NodeUntainted(other) = &fact.what
            && !others.contains(other)
        {
            others.push(other.clone());
        }
    }
    let count = i64::try_from(names.len()).unwrap_or(i64::MAX);
    if names.len() > NAMES {
        names.truncate(NAMES - 1);
        names.push("…".to_owned());
    }
    let (key, more) = group.first().map_or(("", Vec::new()), |fact| words(&fact.what, others));
    let mut args = vec![("count", Arg::Count(count)), ("names", Arg::Names(names))];
    args.extend(more);
    Sentence { key, args }
}

fn words(what: &What, others: Vec<String>) -> (&'static str, Vec<(&'static str, Arg)>) {
    let name = |key, text: &str| (key, Arg::Name(text.to_owned()));
    let count = |key, number: i32| (key, Arg::Count(i64::from(number)));
    match what {
        What::NamespaceTerminating => ("player-say-namespace-terminating", vec![]),
        What::NamespaceGone => ("player-say-namespace-gone", vec![]),
        What::NodeRemoved => ("player-say-node-removed", vec![]),
        What::NodeDown => ("player-say-node-down", vec![]),
        What::NodeUp => ("player-say-node-up", vec![]),
        What::NodeAdded => ("player-say-node-added", vec![]),
        What::NodeTainted(_) => ("player-say-node-tainted", vec![("taints", Arg::Names(others))]),
        What::NodeUntainted(_) => ("player-say-node-untainted", vec![("taints", Arg::Names(others))]),
        What::NodeCordoned => ("player-say-node-cordoned", vec![]),
        What::NodeUncordoned => ("player-say-node-uncordoned", vec![]),
        What::StakeNew { kind: kind @ "Job", wanted: Some(wanted) } => {
            ("player-say-job-new", vec![name("kind", kind), count("wanted", *wanted)])
        }
        What::StakeNew { kind, wanted: Some(wanted) } if *kind != "DaemonSet" => {
            ("player-say-stake-new", vec![name("kind", kind), count("wanted", *wanted)])
        }
        What::StakeNew { kind, .. } => ("player-say-object-new", vec![name("kind", kind)]),
        What::StakeWants { kind, from, to } => {
            ("player-say-stake-wants", vec![name("kind", kind), count("from", *from), count("to", *to)])
        }
        What::StakeNoted { kind, note } => {
            let key = match note {
                None => "player-say-stake-resumed",
                Some(Note::Paused) => "player-say-stake-paused",
                Some(Note::Suspended) => "player-say-stake-suspended",
                Some(Note::Terminating) => "player-say-stake-terminating",
            };
            (key, vec![name("kind", kind)])
        }
        What::StakeGone { kind } => ("player-say-stake-gone", vec![name("kind", kind)]),
        What::PodFailing { status, wait: None } => ("player-say-pod-failing", vec![name("status", status)]),
        What::PodFailing { status, wait: Some(wait) } => {
            let seconds = Arg::Count(wait.0 / 1000);
            ("player-say-pod-backing-off", vec![name("status", status), ("seconds", seconds)])
        }
        What::InitDone { container } => ("player-say-init-done", vec![name("container", container)]),
        What::InitStarted { container } => ("player-say-init-started", vec![name("container", container)]),
        What::SidecarStarted { container } => {
            ("player-say-sidecar-started", vec![name("container", container)])
        }
        What::AppsStarted { containers } => {
            let number = i64::try_from(containers.len()).unwrap_or(i64::MAX);
            let containers = Arg::Names(containers.clone());
            ("player-say-apps-started", vec![("containers", containers), ("number", Arg::Count(number))])
        }
        What::ContainerStopped { container } => {
            ("player-say-container-stopped", vec![name("container", container)])
        }
        What::PodRestarted { times } => ("player-say-pod-restarted", vec![count("times", *times)]),
        What::PodUnready => ("player-say-pod-unready", vec![]),
        What::PodTerminating => ("player-say-pod-terminating", vec![]),
        What::PodGone => ("player-say-pod-gone", vec![]),
        What::PodWaits => ("player-say-pod-waits", vec![]),
        What::PodPlanted { .. } => ("player-say-pod-planted", vec![("nodes", Arg::Names(others))]),
        What::PodBound { .. } => ("player-say-pod-bound", vec![("nodes", Arg::Names(others))]),
        What::PodStarted => ("player-say-pod-started", vec![]),
        What::PodReady => ("player-say-pod-ready", vec![]),
        What::PodSucceeded => ("player-say-pod-succeeded", vec![]),
        What::StakeSettled { kind: kind @ ("Job" | "CronJob"), count: n } => {
            ("player-say-job-complete", vec![name("kind", kind), count("wanted", *n)])
        }
        What::StakeSettled { kind, count: n } => {
            ("player-say-stake-settled", vec![name("kind", kind), count("wanted", *n)])
        }
    }
}
