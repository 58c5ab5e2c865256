//! What must hold after every change of a trace, and what must hold in the end.

use super::draw::Drawn;
use doujia::cluster::object::{Object, Resource};
use doujia::cluster::quantity::{Quantity, Round, scaled};
use doujia::cluster::trace::Replay;
use doujia::cluster::{Change, ChangeType, State, Trace};
use k8s_openapi::api::apps::v1::{Deployment, ReplicaSet};
use k8s_openapi::api::core::v1::{Node, Pod};
use std::collections::BTreeMap;

/// Checks a whole trace; the error says what is broken, and when.
pub(crate) fn check(trace: &Trace, drawn: &Drawn) -> Result<(), String> {
    let mut last_version = 0;
    let mut last_time = 0;
    let mut bound: BTreeMap<String, String> = BTreeMap::new();
    for change in trace.changes() {
        let at = |what: String| format!("at {}: {what}", change.at);
        if change.at.0 < last_time {
            return Err(at("time goes back".to_owned()));
        }
        last_time = change.at.0;
        let version = version(change).ok_or_else(|| at("no resourceVersion".to_owned()))?;
        if version <= last_version {
            return Err(at(format!("resourceVersion {version} after {last_version}")));
        }
        last_version = version;
        if let Object::Pod(pod) = &change.object {
            binds_once(pod, &mut bound).map_err(at)?;
        }
    }
    let mut replay = Replay::new(trace);
    while let Some(next) = replay.next_change() {
        let changes = replay.advance(next);
        let here = |what: String| format!("at {next}: {what}");
        if changes.iter().any(bound_now) {
            nodes_hold_their_pods(&replay.state).map_err(here)?;
        }
        surge_is_kept(&replay.state).map_err(here)?;
    }
    owners_are_there(&replay.state)?;
    if drawn.fits {
        counts_are_reached(&replay.state)?;
    }
    if !drawn.has_faults && replay.state.list::<Pod>().any(|pod| pod.is_deleting()) {
        return Err("in the end a Pod is still Terminating on a healthy Node".to_owned());
    }
    Ok(())
}

fn version(change: &Change) -> Option<u64> {
    change.object.metadata().resource_version.as_deref()?.parse().ok()
}

/// A Pod is bound once in its life, to one Node.
fn binds_once(pod: &Pod, bound: &mut BTreeMap<String, String>) -> Result<(), String> {
    let Some(node) = pod.spec.as_ref().and_then(|spec| spec.node_name.clone()) else {
        return match bound.get(pod.uid()) {
            Some(node) => Err(format!("Pod {} has left {node}", pod.name())),
            None => Ok(()),
        };
    };
    let first = bound.entry(pod.uid().to_owned()).or_insert_with(|| node.clone());
    if *first == node { Ok(()) } else { Err(format!("Pod {} moved from {first} to {node}", pod.name())) }
}

fn bound_now(change: &Change) -> bool {
    let node = |object: &Object| match object {
        Object::Pod(pod) => pod.spec.as_ref().and_then(|spec| spec.node_name.clone()),
        _ => None,
    };
    change.change != ChangeType::Deleted
        && node(&change.object).is_some()
        && change.before.as_ref().is_none_or(|before| node(before).is_none())
}

/// No Node is asked for more than it has.
fn nodes_hold_their_pods(state: &State) -> Result<(), String> {
    let read = |text: &str| Quantity::parse(text).map_or(0, Quantity::milli);
    for node in state.list::<Node>() {
        let allocatable = node.status.as_ref().and_then(|status| status.allocatable.as_ref());
        let room = |name: &str| allocatable.and_then(|all| all.get(name)).map_or(0, |q| read(&q.0));
        let (mut cpu, mut pods) = (0, 0);
        for pod in state.list::<Pod>() {
            let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
            let here = pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref()) == Some(node.name());
            if !here || matches!(phase, Some("Succeeded" | "Failed")) {
                continue;
            }
            pods += 1;
            for container in pod.spec.iter().flat_map(|spec| &spec.containers) {
                let requests = container.resources.as_ref().and_then(|resources| resources.requests.as_ref());
                cpu += requests.and_then(|all| all.get("cpu")).map_or(0, |q| read(&q.0));
            }
        }
        if cpu > room("cpu") || pods * 1000 > room("pods") {
            return Err(format!("{} is over-full: {cpu}m CPU, {pods} Pods", node.name()));
        }
    }
    Ok(())
}

/// A rollout never wants more Pods than `replicas + maxSurge`.
fn surge_is_kept(state: &State) -> Result<(), String> {
    for deployment in state.list::<Deployment>() {
        let Some(spec) = &deployment.spec else { continue };
        let replicas = spec.replicas.unwrap_or(1);
        let strategy = spec.strategy.as_ref();
        let surge = strategy
            .and_then(|strategy| strategy.rolling_update.as_ref()?.max_surge.as_ref())
            .and_then(|surge| scaled(surge, replicas, Round::Up))
            .unwrap_or(0);
        let sets: Vec<i32> = state
            .list::<ReplicaSet>()
            .filter(|set| set.controller().is_some_and(|owner| owner.uid == deployment.uid()))
            .map(|set| set.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(0))
            .collect();
        // A scale-down is carried out a moment after it was asked for; until then the old size counts.
        let seen = deployment.status.as_ref().and_then(|status| status.observed_generation);
        let is_current = seen == deployment.metadata.generation;
        let wanted: i32 = sets.iter().sum();
        if is_current && sets.len() > 1 && wanted > replicas + surge {
            return Err(format!("{} wants {wanted} Pods of {replicas} + {surge}", deployment.name()));
        }
    }
    Ok(())
}

/// Nothing outlives its owner.
fn owners_are_there(state: &State) -> Result<(), String> {
    let uids: std::collections::BTreeSet<&str> = doujia::cluster::Kind::ALL
        .iter()
        .flat_map(|kind| state.objects(*kind))
        .filter_map(|object| object.metadata().uid.as_deref())
        .collect();
    for kind in doujia::cluster::Kind::ALL {
        for object in state.objects(*kind) {
            let owners = object.metadata().owner_references.iter().flatten();
            if let Some(gone) = owners.clone().find(|owner| !uids.contains(owner.uid.as_str())) {
                return Err(format!("{} {} has outlived its {}", kind.name(), object.name(), gone.kind));
            }
        }
    }
    Ok(())
}

/// Every ReplicaSet has the Pods that it wants.
fn counts_are_reached(state: &State) -> Result<(), String> {
    for set in state.list::<ReplicaSet>() {
        let wanted = set.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(0);
        let ready = set.status.as_ref().and_then(|status| status.ready_replicas).unwrap_or(0);
        if wanted != ready {
            return Err(format!("in the end {} has {ready} ready Pods of {wanted}", set.name()));
        }
    }
    Ok(())
}
