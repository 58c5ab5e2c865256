//! The Job controller: runs Pods until enough of them have succeeded, or too many have failed.
//!
//! A sync counts what has finished (each Pod once: it keeps a finalizer until it is counted), decides whether the Job is over, and
//! then deletes what is too much or makes what is missing, never both. What Pods do is looked at in batches, a second
//! after the first of them did it.
//!
//! Source: `pkg/controller/job/job_controller.go`; docs "Jobs".

mod counting;
mod outcome;
mod status;

use super::pod_control::{create_pod, delete_pod, pod_of, slow_start};
use super::pods::{count, is_active, is_terminating, unless_zero};
use super::{Controller, Outcome};
use crate::cluster::api::{ApiError, DeleteOptions};
use crate::cluster::clock::{Millis, SimTime};
use crate::cluster::engine::World;
use crate::cluster::finalizers;
use crate::cluster::object::{Key, Object, Resource, controller_of};
use crate::cluster::store::Change;
use counting::Counts;
use k8s_openapi::api::batch::v1::{Job, JobSpec};
use k8s_openapi::api::core::v1::{EnvVar, Pod};
use outcome::End;
use std::sync::Arc;

/// Keeps a Pod's object until it has been counted.
pub(super) const TRACKING: &str = "batch.kubernetes.io/job-tracking";
/// Which index of an Indexed Job a Pod works on: its label and annotation.
const INDEX: &str = "batch.kubernetes.io/job-completion-index";

/// How long the changes of Pods are collected (`SyncJobBatchPeriod`).
const BATCH: Millis = Millis::secs(1);
/// At most this many Pods are made or deleted in one sync (`MaxPodCreateDeletePerSync`).
const BURST: usize = 500;
/// After the first failure; doubled with each that follows (`DefaultJobPodFailureBackOff`).
const FIRST_BACK_OFF: Millis = Millis::secs(10);
/// At most (`MaxJobPodFailureBackOff`).
const LONGEST_BACK_OFF: Millis = Millis::mins(10);

/// The controller.
#[derive(Debug, Default)]
pub struct JobController;

impl Controller for JobController {
    const NAME: &'static str = "job-controller";

    fn keys(&self, _world: &World, change: &Change) -> Vec<Key> {
        match &change.object {
            Object::Job(job) => vec![job.key()],
            Object::Pod(pod) => {
                let owner = controller_of(&pod.metadata).filter(|owner| owner.kind == "Job");
                owner.map(|owner| Key::new(pod.namespace(), &owner.name)).into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

    fn delay(&self, change: &Change) -> Millis {
        if matches!(change.object, Object::Pod(_)) { BATCH } else { Millis::ZERO }
    }

    fn reconcile(&mut self, world: &mut World, key: &Key) -> Outcome {
        let Some(job) = world.store.get::<Job>(key).cloned() else {
            let orphans = orphans(world, key);
            let_go(world, &orphans);
            return Outcome::Done;
        };
        let pods: Vec<Arc<Pod>> = world.store.controlled_by::<Pod>(job.uid()).cloned().collect();
        if job.is_deleting() || status::finished_at(&job).is_some() {
            let_go(world, &pods);
            return clean_up(world, &job);
        }
        Sync::new(world, job, pods).run(world)
    }
}

/// One look at one Job.
struct Sync {
    job: Arc<Job>,
    spec: JobSpec,
    pods: Vec<Arc<Pod>>,
    counts: Counts,
    now: SimTime,
}

impl Sync {
    fn new(world: &World, job: Arc<Job>, pods: Vec<Arc<Pod>>) -> Sync {
        let spec = job.spec.clone().unwrap_or_default();
        let counts = Counts::of(&job, &spec, &pods);
        Sync { job, spec, pods, counts, now: world.now }
    }

    fn run(mut self, world: &mut World) -> Outcome {
        let mut status = self.job.status.clone().unwrap_or_default();
        let is_suspended = self.spec.suspend == Some(true);
        status::begin(&mut status, is_suspended, self.now);
        let active: Vec<Arc<Pod>> = self.pods.iter().filter(|pod| is_active(pod)).cloned().collect();
        let end = status::ending(&status)
            .or_else(|| outcome::end(&self.spec, &status, &self.counts, &active, self.now));
        let mut wait = outcome::deadline(&self.spec, &status).filter(|at| *at > self.now);
        let mut left = active.len();
        let mut failed = false;
        match &end {
            // What still runs is of no use any more.
            Some(_) => {
                self.delete(world, &active);
                left = 0;
            }
            None if is_suspended => {
                self.withdraw(world, &active);
                left = 0;
            }
            None => match self.manage(world, &active, &mut wait) {
                Ok(now_active) => left = now_active,
                Err(_) => failed = true,
            },
        }
        status::suspension(world, &self.job, &mut status, is_suspended);
        if let Some(end) = &end {
            status::announce(&mut status, end, self.now);
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
        let terminating = self.pods.iter().filter(|pod| is_terminating(pod)).count();
        // Where only failed Pods are replaced, one that is still ending keeps its place.
        let keeps_place = self.spec.pod_replacement_policy.as_deref() == Some("Failed");
        let taken = active.len() + if keeps_place { terminating } else { 0 };
        if active.len() > wanted {
            let mut doomed: Vec<Arc<Pod>> = active.to_vec();
            doomed.sort_by_key(|pod| counting::rank(pod));
            doomed.truncate((active.len() - wanted).min(BURST));
            self.withdraw(world, &doomed);
            return Ok(active.len() - doomed.len());
        }
        let missing = wanted.saturating_sub(taken);
        if missing == 0 {
            return Ok(active.len());
        }
        if let Some(at) = self.counts.back_off_until().filter(|at| *at > self.now) {
            *wait = Some(wait.map_or(at, |earlier| earlier.min(at)));
            return Ok(active.len());
        }
        let mut indexes = self.counts.free_indexes(&self.spec, active, missing.min(BURST)).into_iter();
        let (job, spec) = (self.job.clone(), self.spec.clone());
        slow_start(missing.min(BURST), || {
            let pod = new_pod(world, &job, &spec, indexes.next());
            create_pod(world, JobController::NAME, &*job, pod).map(|_| ())
        })?;
        Ok(active.len() + missing.min(BURST))
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
    fn withdraw(&self, world: &mut World, pods: &[Arc<Pod>]) {
        let_go(world, pods);
        self.delete(world, pods);
    }

    fn delete(&self, world: &mut World, pods: &[Arc<Pod>]) {
        for pod in pods {
            delete_pod(world, JobController::NAME, &*self.job, &pod.key());
        }
    }

    /// Writes the status: first with the finished Pods by name, then, once their objects are free to go, as numbers.
    fn write(&self, world: &mut World, mut status: status::Status, active: usize, end: Option<End>) {
        let key = self.job.key();
        let ready = self.pods.iter().filter(|pod| is_active(pod) && super::pods::is_ready(pod));
        status.active = unless_zero(i32::try_from(active).unwrap_or(i32::MAX));
        status.ready = Some(count(ready).min(i32::try_from(active).unwrap_or(i32::MAX)));
        status.terminating = Some(count(self.pods.iter().filter(|pod| is_terminating(pod))));
        status.uncounted_terminated_pods = Some(self.counts.uncounted());
        let first = status.clone();
        // The Job was there when this sync began, and nobody else has had a turn since.
        let _ = world.write::<Job>(&key, |job| job.status = Some(first));
        let_go(world, &self.counts.finished);
        self.counts.add_to(&mut status, &self.spec);
        let waits = self.pods.iter().any(|pod| is_terminating(pod))
            || (end.is_some() && self.pods.iter().any(|pod| is_active(pod)));
        if let Some(end) = end.filter(|_| !waits) {
            status::finish(world, &self.job, &mut status, &end, self.now);
        }
        let _ = world.write::<Job>(&key, |job| job.status = Some(status));
    }
}

/// The Pods of a Job that is gone: nobody counts them any more (`syncOrphanPod`).
fn orphans(world: &World, job: &Key) -> Vec<Arc<Pod>> {
    let pods = world.store.state().list_in::<Pod>(&job.namespace);
    let is_own = |pod: &&Arc<Pod>| {
        pod.controller().is_some_and(|owner| owner.kind == "Job" && *owner.name == *job.name)
    };
    pods.filter(is_own).cloned().collect()
}

/// Takes the finalizer off, so that the Pods' objects may go.
fn let_go(world: &mut World, pods: &[Arc<Pod>]) {
    for pod in pods {
        // It may have gone meanwhile.
        let _ = world.write::<Pod>(&pod.key(), |pod| finalizers::remove(&mut pod.metadata, TRACKING));
    }
}

/// A finished Job goes `ttlSecondsAfterFinished` after its end, if it says so.
fn clean_up(world: &mut World, job: &Job) -> Outcome {
    let ttl = job.spec.as_ref().and_then(|spec| spec.ttl_seconds_after_finished);
    let (Some(end), Some(ttl)) = (status::finished_at(job), ttl) else { return Outcome::Done };
    let at = end + Millis::secs(i64::from(ttl));
    if at > world.now {
        return Outcome::At(at);
    }
    // Gone already is as good.
    let _ = world.delete::<Job>(&job.key(), DeleteOptions::default());
    Outcome::Done
}

fn new_pod(world: &mut World, job: &Job, spec: &JobSpec, index: Option<usize>) -> Pod {
    let mut pod = pod_of(job, &spec.template);
    finalizers::add(&mut pod.metadata, TRACKING);
    if let Some(index) = index.filter(|_| is_indexed(spec)) {
        let index = index.to_string();
        let meta = &mut pod.metadata;
        meta.generate_name = None;
        meta.name = Some(world.lots.name(&format!("{}-{index}-", job.name())));
        meta.labels.get_or_insert_default().insert(INDEX.to_owned(), index.clone());
        meta.annotations.get_or_insert_default().insert(INDEX.to_owned(), index.clone());
        let pod_spec = pod.spec.get_or_insert_default();
        pod_spec.hostname.get_or_insert_with(|| format!("{}-{index}", job.name()));
        for container in &mut pod_spec.containers {
            let name = "JOB_COMPLETION_INDEX".to_owned();
            let variable = EnvVar { name, value: Some(index.clone()), value_from: None };
            container.env.get_or_insert_default().push(variable);
        }
    }
    pod
}

fn is_indexed(spec: &JobSpec) -> bool {
    spec.completion_mode.as_deref() == Some("Indexed")
}

#[cfg(test)]
mod tests;
