//! What a Deployment owes while it rolls: never too few Pods by its own doing, never too many.

use doujia::cluster::clock::SimTime;
use doujia::cluster::object::{Object, Resource};
use doujia::cluster::quantity::{Round, scaled};
use doujia::cluster::{Change, State};
use k8s_openapi::api::apps::v1::{Deployment, ReplicaSet};
use k8s_openapi::api::core::v1::Pod;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a Deployment's strategy allows; `None` for Recreate.
struct Limits {
    replicas: i32,
    surge: i32,
    unavailable: i32,
}

impl Limits {
    fn of(deployment: &Deployment) -> Option<Limits> {
        let spec = deployment.spec.as_ref()?;
        let rolling = spec.strategy.as_ref()?.rolling_update.as_ref()?;
        let replicas = spec.replicas.unwrap_or(1);
        let surge = scaled(rolling.max_surge.as_ref()?, replicas, Round::Up)?;
        let unavailable = scaled(rolling.max_unavailable.as_ref()?, replicas, Round::Down)?;
        // If both come to nothing, one may be missing, or nothing could ever move.
        let unavailable = if surge == 0 && unavailable == 0 { 1 } else { unavailable };
        Some(Limits { replicas, surge, unavailable: unavailable.min(replicas) })
    }

    fn floor(&self) -> i32 {
        self.replicas - self.unavailable
    }
}

/// Follows the Deployments of one run.
#[derive(Default)]
pub(super) struct Rollouts {
    /// By uid: what was asked for, and whether there have been enough available Pods since.
    reached: BTreeMap<String, (i32, i32, bool)>,
}

impl Rollouts {
    /// Checks a moment. In a `quiet` run nobody but the Deployments takes Pods away.
    pub(super) fn check(
        &mut self,
        state: &State,
        now: SimTime,
        changes: &[Change],
        quiet: bool,
    ) -> Result<(), String> {
        for deployment in state.list::<Deployment>().filter(|deployment| !deployment.is_deleting()) {
            ceiling(state, deployment)?;
            let Some(limits) = Limits::of(deployment) else { continue };
            own_doing(state, deployment, &limits, changes)?;
            if quiet {
                self.stays_up(state, deployment, &limits, now)?;
            }
        }
        Ok(())
    }

    /// Once there were enough available Pods there are, until something else is asked for.
    fn stays_up(
        &mut self,
        state: &State,
        deployment: &Deployment,
        limits: &Limits,
        now: SimTime,
    ) -> Result<(), String> {
        let min_ready = deployment.spec.as_ref().and_then(|spec| spec.min_ready_seconds).unwrap_or(0);
        let pods = sets(state, deployment).flat_map(|set| pods(state, set).collect::<Vec<_>>());
        let pods: Vec<&Arc<Pod>> = pods.collect();
        let count = |min_ready: i32| {
            let count = pods.iter().filter(|pod| is_available(pod, min_ready, now)).count();
            i32::try_from(count).unwrap_or(i32::MAX)
        };
        let available = count(min_ready);
        let seen = self.reached.entry(deployment.uid().to_owned()).or_default();
        if (seen.0, seen.1) != (limits.replicas, min_ready) {
            *seen = (limits.replicas, min_ready, false);
        }
        let is_enough = available >= limits.floor();
        // A ReplicaSet that shrinks looks at who is Ready, and for how long, after it has looked at how full the Nodes are: it may
        // keep a Pod that is Ready and not available yet, and let an available one go.
        let ready = count(0);
        if seen.2 && ready < limits.floor() {
            return Err(format!(
                "{} has fallen to {ready} ready Pods, {available} of them available, of {} − {}",
                deployment.name(),
                limits.replicas,
                limits.unavailable
            ));
        }
        // A change of size is shared out among the sets, and may cost what was available; what counts is what comes after.
        seen.2 |= is_enough && is_sized(state, deployment, limits.replicas);
        Ok(())
    }
}

/// When a rollout shrinks a ReplicaSet, it leaves enough available Pods, as far as it could know.
fn own_doing(
    state: &State,
    deployment: &Deployment,
    limits: &Limits,
    changes: &[Change],
) -> Result<(), String> {
    let mut lost = 0;
    for change in changes {
        let (Object::ReplicaSet(set), Some(Object::ReplicaSet(before))) = (&change.object, &change.before)
        else {
            continue;
        };
        let (from, to) = (wanted(before), wanted(set));
        let is_own = set.controller().is_some_and(|owner| owner.uid == deployment.uid());
        // A change of the Deployment's own size is shared out among the sets, and may cost what was available.
        if !is_own || to >= from || sized_for(before) != Some(limits.replicas) {
            continue;
        }
        lost += (available(before) - to).max(0);
    }
    // What it could know is what the statuses said when the moment began.
    let known = |set: &Arc<ReplicaSet>| {
        let earlier = changes.iter().find_map(|change| match (&change.object, &change.before) {
            (Object::ReplicaSet(now), Some(Object::ReplicaSet(before))) if now.uid() == set.uid() => {
                Some(available(before))
            }
            _ => None,
        });
        earlier.unwrap_or(0).max(available(set))
    };
    let available: i32 = sets(state, deployment).map(known).sum();
    if lost > 0 && available - lost < limits.floor() && limits.floor() > 0 {
        return Err(format!(
            "{} takes {lost} of {available} available Pods away, of {} − {}",
            deployment.name(),
            limits.replicas,
            limits.unavailable
        ));
    }
    Ok(())
}

/// Whether every set has been sized for this many replicas, and has let surplus Pods go.
fn is_sized(state: &State, deployment: &Deployment, replicas: i32) -> bool {
    sets(state, deployment).all(|set| {
        let live = pods(state, set).filter(|pod| is_live(pod)).count();
        live <= usize::try_from(wanted(set)).unwrap_or(0)
            && (wanted(set) == 0 || sized_for(set) == Some(replicas))
    })
}

/// For how many replicas of its Deployment a set was sized.
fn sized_for(set: &ReplicaSet) -> Option<i32> {
    set.metadata.annotations.as_ref().and_then(|all| all.get(DESIRED)?.parse().ok())
}

const DESIRED: &str = "deployment.kubernetes.io/desired-replicas";

/// A rollout never asks for more Pods than `replicas + maxSurge`, and a ReplicaSet never has more than it asks for.
fn ceiling(state: &State, deployment: &Deployment) -> Result<(), String> {
    let Some(spec) = &deployment.spec else { return Ok(()) };
    let replicas = spec.replicas.unwrap_or(1);
    let surge = Limits::of(deployment).map_or(0, |limits| limits.surge);
    // A change of size is carried out a moment after it was asked for; until then the old size counts.
    let seen = deployment.status.as_ref().and_then(|status| status.observed_generation);
    let asked: i32 = sets(state, deployment).map(|set| wanted(set)).sum();
    let is_rolling = sets(state, deployment).filter(|set| wanted(set) > 0).count() > 1;
    if seen == deployment.metadata.generation && is_rolling && asked > replicas + surge {
        return Err(format!("{} asks for {asked} Pods, of {replicas} + {surge}", deployment.name()));
    }
    for set in sets(state, deployment) {
        let is_current =
            set.status.as_ref().and_then(|status| status.observed_generation) == set.metadata.generation;
        let live = pods(state, set).filter(|pod| is_live(pod)).count();
        if is_current && live > usize::try_from(wanted(set)).unwrap_or(0) {
            return Err(format!("{} has {live} live Pods of {}", set.name(), wanted(set)));
        }
    }
    Ok(())
}

fn available(set: &ReplicaSet) -> i32 {
    set.status.as_ref().and_then(|status| status.available_replicas).unwrap_or(0)
}

fn wanted(set: &ReplicaSet) -> i32 {
    set.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1)
}

fn sets<'s>(state: &'s State, deployment: &Deployment) -> impl Iterator<Item = &'s Arc<ReplicaSet>> {
    let uid = deployment.uid().to_owned();
    state.list::<ReplicaSet>().filter(move |set| set.controller().is_some_and(|owner| owner.uid == uid))
}

fn pods<'s>(state: &'s State, set: &ReplicaSet) -> impl Iterator<Item = &'s Arc<Pod>> {
    let uid = set.uid().to_owned();
    state.list::<Pod>().filter(move |pod| pod.controller().is_some_and(|owner| owner.uid == uid))
}

/// Whether a Pod counts as one of its controller's.
pub(super) fn is_live(pod: &Pod) -> bool {
    let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
    !pod.is_deleting() && !matches!(phase, Some("Succeeded" | "Failed"))
}

fn is_available(pod: &Pod, min_ready: i32, now: SimTime) -> bool {
    let conditions = pod.status.iter().flat_map(|status| status.conditions.iter().flatten());
    let ready = conditions.filter(|condition| condition.type_ == "Ready" && condition.status == "True");
    let since = ready.filter_map(|condition| condition.last_transition_time.as_ref()).next();
    is_live(pod)
        && since.is_some_and(|since| SimTime::from_time(since).0 + i64::from(min_ready) * 1000 <= now.0)
}
