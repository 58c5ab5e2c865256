//! What must hold after every change of a trace, and what must hold in the end.

use super::budgets;
use super::draw::Drawn;
use super::rollouts::{Rollouts, is_live};
use doujia::cluster::object::{Key, Kind, Object, Resource};
use doujia::cluster::quantity::Quantity;
use doujia::cluster::trace::Replay;
use doujia::cluster::{Change, ChangeType, State, Trace};
use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, ReplicaSet, StatefulSet};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{Node, Pod, ReplicationController};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Checks a whole trace; the error says what is broken, and when. Returns how many evictions a budget had to allow.
pub(crate) fn check(trace: &Trace, drawn: &Drawn) -> Result<usize, String> {
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
    let mut rollouts = Rollouts::default();
    while let Some(next) = replay.next_change() {
        let changes = replay.advance(next);
        let here = |what: String| format!("at {next}: {what}");
        if changes.iter().any(bound_now) {
            nodes_hold_their_pods(&replay.state).map_err(here)?;
        }
        rollouts.check(&replay.state, next, changes, !drawn.has_faults).map_err(here)?;
        for change in changes {
            ordinals_are_single(&replay.state, change).map_err(here)?;
        }
        jobs_keep_their_size(&replay.state).map_err(here)?;
    }
    owners_are_there(&replay.state)?;
    nothing_is_left(&replay.state, &drawn.deleted)?;
    counts_are_reached(&replay.state, drawn)?;
    if let Some(pod) = replay.state.list::<Pod>().find(|pod| pod.is_deleting()) {
        return Err(format!("in the end {} is still Terminating on a healthy Node", pod.name()));
    }
    budgets::check(trace)
}

/// Of a workload that was deleted whole there is nothing any more: not itself, no ReplicaSet, Pod, revision, Job or claim of it.
fn nothing_is_left(state: &State, deleted: &[String]) -> Result<(), String> {
    let kinds =
        [Kind::Pod, Kind::ReplicaSet, Kind::ControllerRevision, Kind::Job, Kind::PersistentVolumeClaim];
    for target in deleted {
        let (kind, name) = target.split_once('/').unwrap_or(("", target));
        let itself = Kind::parse(kind).and_then(|kind| state.object(kind, &Key::new("default", name)));
        // What belongs to a workload begins with its name; a StatefulSet's claims with that of their template before it.
        let own = [format!("{name}-"), format!("data-{name}-")];
        let is_own = |object: &&Object| own.iter().any(|prefix| object.name().starts_with(prefix));
        let left = itself.or_else(|| kinds.iter().flat_map(|kind| state.objects(*kind)).find(is_own));
        if let Some(left) = left {
            return Err(format!("{target} was deleted, and {} {} is left", left.kind().name(), left.name()));
        }
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

/// A StatefulSet never has two live Pods of one ordinal: a name is free only when the processes of the Pod that had it
/// have ended, or its Node is gone, or a person has said that they have.
fn ordinals_are_single(state: &State, change: &Change) -> Result<(), String> {
    let Object::Pod(pod) = &change.object else { return Ok(()) };
    let Some(owner) = pod.controller().filter(|owner| owner.kind == "StatefulSet") else { return Ok(()) };
    match change.change {
        ChangeType::Added => {
            let index = |pod: &Pod| pod.name().rsplit_once('-').map(|(_, index)| index.to_owned());
            let same = state.list::<Pod>().filter(|other| {
                other.controller().is_some_and(|own| own.uid == owner.uid) && index(other) == index(pod)
            });
            if same.count() > 1 {
                return Err(format!("there are two Pods of the ordinal of {}", pod.name()));
            }
        }
        ChangeType::Deleted => {
            let node = pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref());
            let is_there = state.list::<Node>().any(|other| Some(other.name()) == node);
            let statuses = pod.status.iter().flat_map(|status| status.container_statuses.iter().flatten());
            let mut states = statuses.filter_map(|status| status.state.as_ref());
            let is_forced = pod.metadata.deletion_grace_period_seconds == Some(0);
            if is_there && !is_forced && states.any(|state| state.running.is_some()) {
                return Err(format!("{} is gone while its containers run", pod.name()));
            }
        }
        ChangeType::Modified => {}
    }
    Ok(())
}

/// A Job runs no more Pods than it may at once, and succeeds no oftener than it has to.
fn jobs_keep_their_size(state: &State) -> Result<(), String> {
    for job in state.list::<Job>() {
        let Some(spec) = &job.spec else { continue };
        let own = |pod: &&Arc<Pod>| pod.controller().is_some_and(|owner| owner.uid == job.uid());
        let running = state.list::<Pod>().filter(own).filter(|pod| is_live(pod)).count();
        if running > usize::try_from(spec.parallelism.unwrap_or(1)).unwrap_or(0) {
            return Err(format!("{} runs {running} Pods at once", job.name()));
        }
        let succeeded = job.status.as_ref().and_then(|status| status.succeeded).unwrap_or(0);
        if spec.completions.is_some_and(|completions| succeeded > completions) {
            return Err(format!("{} has succeeded {succeeded} times", job.name()));
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

/// Every workload has the Pods that it wants, ready.
fn counts_are_reached(state: &State, drawn: &Drawn) -> Result<(), String> {
    let settles = |kind: &str| !drawn.unsettled.contains(&kind);
    let mut counts: Vec<(&str, i32, i32)> = Vec::new();
    for set in state.list::<ReplicaSet>() {
        let wanted = set.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1);
        let status = set.status.clone().unwrap_or_default();
        counts.push((set.name(), wanted, status.replicas));
        if settles("ReplicaSet") {
            counts.push((set.name(), wanted, status.ready_replicas.unwrap_or(0)));
        }
    }
    for set in state.list::<ReplicationController>() {
        let wanted = set.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1);
        counts.push((set.name(), wanted, set.status.as_ref().map_or(0, |status| status.replicas)));
    }
    for deployment in state.list::<Deployment>().filter(|_| settles("Deployment")) {
        let wanted = deployment.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1);
        let status = deployment.status.clone().unwrap_or_default();
        counts.push((deployment.name(), wanted, status.updated_replicas.unwrap_or(0)));
        counts.push((deployment.name(), wanted, status.replicas.unwrap_or(0)));
    }
    for set in state.list::<StatefulSet>().filter(|_| settles("StatefulSet")) {
        let wanted = set.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1);
        counts.push((set.name(), wanted, set.status.as_ref().and_then(|s| s.ready_replicas).unwrap_or(0)));
    }
    for set in state.list::<DaemonSet>().filter(|_| settles("DaemonSet")) {
        let nodes = i32::try_from(state.list::<Node>().count()).unwrap_or(0);
        let status = set.status.clone().unwrap_or_default();
        counts.push((set.name(), nodes, status.number_ready));
        counts.push((set.name(), nodes, status.updated_number_scheduled.unwrap_or(0)));
    }
    match counts.into_iter().find(|(_, wanted, has)| wanted != has) {
        Some((name, wanted, has)) => Err(format!("in the end {name} has {has} Pods of {wanted}")),
        None => Ok(()),
    }
}
