//! The Job controller: runs Pods until enough of them have succeeded, or too many have failed.
//!
//! A sync claims its Pods, counts what has finished (each Pod once: it keeps a finalizer until it is counted), decides whether the Job is over, and
//! then deletes what is too much or makes what is missing, never both. What Pods do is looked at in batches, a second
//! after the first of them did it.
//!
//! Source: `pkg/controller/job/job_controller.go`; docs "Jobs".

mod backoff;
mod counting;
pub mod indexes;
mod outcome;
mod policy;
mod removal;
mod status;

use super::adoption::{claim_held_pods, owners};
use super::pod_control::{create_pod, delete_pod, pod_of, slow_start};
use super::pods::{is_active, is_ready, is_terminating, unless_zero};
use super::{Controller, Outcome};
use crate::cluster::api::{ApiError, DeleteOptions, Propagation};
use crate::cluster::clock::{Millis, SimTime};
use crate::cluster::engine::World;
use crate::cluster::finalizers;
use crate::cluster::names::MAX_PREFIX;
use crate::cluster::object::{Key, Object, Resource};
use crate::cluster::selector::Selector;
use crate::cluster::store::{Change, ChangeType};
use backoff::BackOff;
use counting::Counts;
use k8s_openapi::api::batch::v1::{Job, JobSpec, UncountedTerminatedPods};
use k8s_openapi::api::core::v1::{Container, EnvVar, EnvVarSource, ObjectFieldSelector, Pod};
use outcome::End;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Keeps a Pod's object until it has been counted.
pub(super) const TRACKING: &str = "batch.kubernetes.io/job-tracking";
/// Which index of an Indexed Job a Pod works on: its label and annotation.
const INDEX: &str = "batch.kubernetes.io/job-completion-index";

/// This controller, as a Job's `managedBy` names it (`JobControllerName`).
const MANAGER: &str = "kubernetes.io/job-controller";

/// How long the changes of Pods are collected (`SyncJobBatchPeriod`).
const BATCH: Millis = Millis::secs(1);
/// At most this many Pods are made or deleted in one sync (`MaxPodCreateDeletePerSync`).
const BURST: usize = 500;
/// The controller. It remembers the failures in a row of each Job, as the real one does: a Pod that is gone says nothing any more.
#[derive(Debug, Default)]
pub struct JobController {
    back_offs: BTreeMap<Key, BackOff>,
}

impl Controller for JobController {
    const NAME: &'static str = "job-controller";

    fn keys(&self, world: &World, change: &Change) -> Vec<Key> {
        match &change.object {
            Object::Job(job) => vec![job.key()],
            Object::Pod(_) => owners(world, change, |job: &Job, labels| selector(job).matches(labels)),
            _ => Vec::new(),
        }
    }

    /// Pods are looked at in batches, and so is what this controller itself writes into a Job's status.
    fn delay(&self, change: &Change) -> Millis {
        let generation = |object: &Object| object.metadata().generation;
        let is_status = |before: &Object| generation(before) == generation(&change.object);
        let only_status =
            change.change == ChangeType::Modified && change.before.as_ref().is_some_and(is_status);
        if matches!(change.object, Object::Pod(_)) || only_status { BATCH } else { Millis::ZERO }
    }

    fn reconcile(&mut self, world: &mut World, key: &Key) -> Outcome {
        let Some(job) = world.store.get::<Job>(key).cloned() else {
            self.back_offs.remove(key);
            let orphans = orphans(world, key);
            let_go(world, &orphans);
            return Outcome::Done;
        };
        if managed_by_another(&job) {
            return Outcome::Done;
        }
        if status::finished_at(&job).is_some() {
            self.back_offs.remove(key);
            let pods: Vec<Arc<Pod>> = world.store.controlled_by::<Pod>(job.uid()).cloned().collect();
            let_go(world, &pods);
            return clean_up(world, &job);
        }
        let pods = claim_held_pods(world, &*job, &selector(&job), TRACKING);
        let spec = job.spec.clone().unwrap_or_default();
        let counts = Counts::of(&job, &spec, &pods);
        let (succeeded, failed) = counts.times();
        let back_off = self.back_offs.entry(key.clone()).or_default();
        *back_off = back_off.after(&succeeded, &failed);
        let back_off = *back_off;
        Sync { job, spec, pods, counts, back_off, now: world.now, deleted: BTreeSet::new() }.run(world)
    }
}

/// One look at one Job.
struct Sync {
    job: Arc<Job>,
    spec: JobSpec,
    pods: Vec<Arc<Pod>>,
    counts: Counts,
    back_off: BackOff,
    now: SimTime,
    /// The Pods that this sync has deleted, by uid.
    deleted: BTreeSet<String>,
}

impl Sync {
    fn run(mut self, world: &mut World) -> Outcome {
        let mut status = self.job.status.clone().unwrap_or_default();
        let is_suspended = self.spec.suspend == Some(true);
        status::begin(&mut status, is_suspended, self.now);
        let active: Vec<Arc<Pod>> = self.pods.iter().filter(|pod| is_active(pod)).cloned().collect();
        let mut end =
            status::ending(&status).or_else(|| outcome::end(&self.spec, &status, &self.counts, self.now));
        let mut wait = outcome::deadline(&self.spec, &status).filter(|at| *at > self.now);
        let mut left = active.len();
        let mut failed = false;
        if end.is_some() {
            // What still runs is of no use any more.
            self.delete(world, &active);
            left = 0;
        } else if self.job.is_deleting() {
            // What happens to its Pods is the garbage collector's business; here they are only counted.
            end = outcome::complete(&self.spec, &self.counts, left);
        } else {
            if is_suspended {
                self.withdraw(world, &active);
                left = 0;
            } else {
                match self.manage(world, &active, &mut wait) {
                    Ok(now_active) => left = now_active,
                    Err(_) => failed = true,
                }
            }
            end = outcome::complete(&self.spec, &self.counts, left);
            if end.is_none() {
                status::suspension(world, &self.job, &mut status, is_suspended);
            }
        }
        self.write(world, status, left, end);
        match (failed, wait) {
            (true, _) => Outcome::Retry,
            (false, Some(at)) => Outcome::At(at),
            (false, None) => Outcome::Done,
        }
    }

    /// Deletes what is too much, or makes what is missing. Returns how many are active afterwards.
    fn manage(
        &mut self,
        world: &mut World,
        active: &[Arc<Pod>],
        wait: &mut Option<SimTime>,
    ) -> Result<usize, ApiError> {
        let wanted = self.wanted(active.len());
        let doomed = removal::doomed(&self.spec, active, active.len().saturating_sub(wanted));
        if !doomed.is_empty() {
            self.withdraw(world, &doomed);
            return Ok(active.len() - doomed.len());
        }
        // Where only failed Pods are replaced, one that is still ending keeps its place.
        let keeps_place = policy::replaces_only_failed(&self.spec);
        let terminating = self.pods.iter().filter(|pod| keeps_place && is_terminating(pod)).count();
        let missing = wanted.saturating_sub(active.len() + terminating).min(BURST);
        let mut wait_until = |at: SimTime| *wait = Some(wait.map_or(at, |earlier| earlier.min(at)));
        if missing == 0 {
            return Ok(active.len());
        }
        // With a limit for each index, each index waits for its own failures only.
        if self.spec.backoff_limit_per_index.is_none()
            && let Some(at) = self.back_off.until().filter(|at| *at > self.now)
        {
            wait_until(at);
            return Ok(active.len());
        }
        let new: Vec<Option<usize>> = if is_indexed(&self.spec) {
            let free = self.counts.free_indexes(&self.spec, &self.pods, missing);
            let from = |index: &usize| self.counts.retry_from(*index);
            let (may, waits): (Vec<usize>, Vec<usize>) =
                free.into_iter().partition(|index| from(index) <= self.now);
            if may.is_empty()
                && let Some(at) = waits.iter().map(from).min()
            {
                wait_until(at);
            }
            may.into_iter().map(Some).collect()
        } else {
            vec![None; missing]
        };
        let mut indexes = new.iter();
        slow_start(new.len(), || {
            let pod = self.new_pod(indexes.next().copied().flatten());
            create_pod(world, JobController::NAME, &*self.job, pod)
        })?;
        Ok(active.len() + new.len())
    }

    /// How many Pods should be at work.
    fn wanted(&self, active: usize) -> usize {
        let parallelism = usize::try_from(self.spec.parallelism.unwrap_or(1)).unwrap_or(0);
        let succeeded = self.counts.succeeded();
        match self.spec.completions {
            // A work queue: the first success says that the queue is empty.
            None if succeeded > 0 => active,
            None => parallelism,
            Some(completions) => {
                parallelism.min(usize::try_from(completions).unwrap_or(0).saturating_sub(succeeded))
            }
        }
    }

    /// Deletes Pods that are not wanted now. Their finalizers go first, so that they do not count as failed.
    fn withdraw(&mut self, world: &mut World, pods: &[Arc<Pod>]) {
        let_go(world, pods);
        self.delete(world, pods);
    }

    fn delete(&mut self, world: &mut World, pods: &[Arc<Pod>]) {
        for pod in pods {
            delete_pod(world, JobController::NAME, &*self.job, &pod.key());
            self.deleted.insert(pod.uid().to_owned());
        }
    }

    /// Writes the status: first with how the Job will end and the finished Pods by name, then, once their objects are free to go,
    /// as numbers, and that the Job is over when none of its Pods is left that still ends.
    fn write(&self, world: &mut World, mut status: status::Status, active: usize, end: Option<End>) {
        let key = self.job.key();
        let number = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
        let is_deleted = |pod: &&Arc<Pod>| self.deleted.contains(pod.uid());
        let ending = self.pods.iter().filter(|pod| is_terminating(pod) || is_deleted(pod)).count();
        let ready =
            self.pods.iter().filter(|pod| is_active(pod) && is_ready(pod) && !is_deleted(pod)).count();
        status.active = unless_zero(number(active));
        status.ready = Some(number(ready));
        status.terminating = Some(number(ending));
        let tally = self.counts.tally(&self.spec, end.as_ref(), self.job.is_deleting());
        if let Some(completed) = &tally.completed {
            status.succeeded = unless_zero(number(completed.len()));
            status.completed_indexes = Some(indexes::print(completed)).filter(|text| !text.is_empty());
        }
        status.failed_indexes = self.counts.given_up().map(indexes::print);
        if let Some(end) = &end {
            status::announce(&mut status, end, self.now);
        }
        let (succeeded, failed) = (number(tally.succeeded.len()), number(tally.failed.len()));
        let some = |uids: Vec<String>| Some(uids).filter(|uids| !uids.is_empty());
        let by_name =
            UncountedTerminatedPods { succeeded: some(tally.succeeded), failed: some(tally.failed) };
        status.uncounted_terminated_pods = Some(by_name);
        let first = status.clone();
        // The Job was there when this sync began, and nobody else has had a turn since.
        let _ = world.write::<Job>(&key, |job| job.status = Some(first));
        let_go(world, &tally.released);
        status.uncounted_terminated_pods = Some(UncountedTerminatedPods::default());
        status.succeeded = unless_zero(status.succeeded.unwrap_or(0) + succeeded);
        status.failed = unless_zero(status.failed.unwrap_or(0) + failed);
        // Who could not be counted now wakes the Job again when others' finalizers go.
        if let Some(end) = end.filter(|_| ending == 0 && !tally.is_full) {
            status::finish(world, &self.job, &mut status, &end, self.now);
        }
        let _ = world.write::<Job>(&key, |job| job.status = Some(status));
    }

    fn new_pod(&self, index: Option<usize>) -> Pod {
        let mut pod = pod_of(&*self.job, &self.spec.template);
        finalizers::add(&mut pod.metadata, TRACKING);
        let Some(index) = index else { return pod };
        let (name, number) = (self.job.name(), index.to_string());
        let meta = &mut pod.metadata;
        meta.generate_name = Some(prefix(name, index));
        meta.labels.get_or_insert_default().insert(INDEX.to_owned(), number.clone());
        let annotations = meta.annotations.get_or_insert_default();
        annotations.insert(INDEX.to_owned(), number);
        if self.spec.backoff_limit_per_index.is_some() {
            let predecessor = self.counts.predecessor(index);
            let (failures, ignored) = counting::inherited_failures(&self.spec, predecessor);
            annotations.insert(counting::FAILURES.to_owned(), failures.to_string());
            if ignored > 0 {
                annotations.insert(counting::IGNORED_FAILURES.to_owned(), ignored.to_string());
            }
        }
        let spec = pod.spec.get_or_insert_default();
        spec.hostname = Some(format!("{name}-{index}"));
        let containers = spec.init_containers.iter_mut().flatten().chain(&mut spec.containers);
        containers.for_each(tell_index);
        pod
    }
}

/// `<job>-<index>-`; of a long name so much is cut that the index stays.
fn prefix(job: &str, index: usize) -> String {
    let rest = format!("-{index}-");
    let job: String = job.chars().take(MAX_PREFIX.saturating_sub(rest.len())).collect();
    format!("{job}{rest}")
}

/// Tells a container its index, unless the template says something else there.
fn tell_index(container: &mut Container) {
    const VARIABLE: &str = "JOB_COMPLETION_INDEX";
    let env = container.env.get_or_insert_default();
    if env.iter().any(|variable| variable.name == VARIABLE) {
        return;
    }
    let label = ObjectFieldSelector { api_version: None, field_path: format!("metadata.labels['{INDEX}']") };
    let source = EnvVarSource { field_ref: Some(label), ..EnvVarSource::default() };
    env.push(EnvVar { name: VARIABLE.to_owned(), value: None, value_from: Some(source) });
}

/// Whether the Job names another controller than this one (`managedBy`): then nothing is done about it here.
fn managed_by_another(job: &Job) -> bool {
    let manager = job.spec.as_ref().and_then(|spec| spec.managed_by.as_deref());
    manager.is_some_and(|manager| manager != MANAGER)
}

/// Which Pods are the Job's.
fn selector(job: &Job) -> Selector {
    let selector = job.spec.as_ref().and_then(|spec| spec.selector.as_ref());
    Selector::new(selector).unwrap_or(Selector::Nothing)
}

/// The Pods of a Job that is gone, and those that it may have left behind: nobody counts them any more
/// (`syncOrphanPod`).
fn orphans(world: &World, job: &Key) -> Vec<Arc<Pod>> {
    let pods = world.store.state().list_in::<Pod>(&job.namespace);
    let is_left = |pod: &&Arc<Pod>| match pod.controller() {
        Some(owner) => owner.kind == "Job" && *owner.name == *job.name,
        None => finalizers::has(&pod.metadata, TRACKING),
    };
    pods.filter(is_left).cloned().collect()
}

/// Takes the finalizer off, so that the Pods' objects may go.
fn let_go(world: &mut World, pods: &[Arc<Pod>]) {
    for pod in pods {
        // It may have gone meanwhile.
        let _ = world.write::<Pod>(&pod.key(), |pod| finalizers::remove(&mut pod.metadata, TRACKING));
    }
}

/// A finished Job goes `ttlSecondsAfterFinished` after its end, if it says so, and its Pods before it
/// (`pkg/controller/ttlafterfinished/ttlafterfinished_controller.go`, `processJob`).
fn clean_up(world: &mut World, job: &Job) -> Outcome {
    let ttl = job.spec.as_ref().and_then(|spec| spec.ttl_seconds_after_finished);
    let (Some(end), Some(ttl), false) = (status::finished_at(job), ttl, job.is_deleting()) else {
        return Outcome::Done;
    };
    let at = end + Millis::secs(i64::from(ttl));
    if at > world.now {
        return Outcome::At(at);
    }
    let options = DeleteOptions { propagation: Propagation::Foreground, grace_period: None };
    // Gone already is as good.
    let _ = world.delete::<Job>(&job.key(), options);
    Outcome::Done
}

fn is_indexed(spec: &JobSpec) -> bool {
    spec.completion_mode.as_deref() == Some("Indexed")
}

#[cfg(test)]
mod policy_tests;
#[cfg(test)]
mod tests;
