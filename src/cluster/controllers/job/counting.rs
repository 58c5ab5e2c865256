//! What a Job's Pods add up to: who has succeeded, who has failed, which indexes are left.
//!
//! A Pod carries a finalizer until it is in the sums, so that each is counted once. With a back-off limit per index, the last
//! failed Pod of an index keeps it until its successor is there, because the successor takes over how often the index has failed.
//!
//! Source: `pkg/controller/job/job_controller.go` (`getNewFinishedPods`, `trackJobStatusAndRemoveFinalizers`,
//! `canRemoveFinalizer`), `indexed_job_utils.go`.

use super::outcome::End;
use super::policy::{Verdict, is_failed, replaces_only_failed};
use super::{INDEX, TRACKING, backoff, indexes, is_indexed};
use crate::cluster::clock::SimTime;
use crate::cluster::controllers::pods::{is_active, is_terminating, phase};
use crate::cluster::finalizers;
use crate::cluster::object::Resource;
use k8s_openapi::api::batch::v1::{Job, JobSpec};
use k8s_openapi::api::core::v1::Pod;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// At most so many Pods are counted in one sync, as their names stand in the status meanwhile (`MaxUncountedPods`).
const MAX_UNCOUNTED: usize = 500;

/// How often Pods of this Pod's index had failed before it: its annotations.
pub(super) const FAILURES: &str = "batch.kubernetes.io/job-index-failure-count";
pub(super) const IGNORED_FAILURES: &str = "batch.kubernetes.io/job-index-ignored-failure-count";

/// The sums.
#[derive(Debug, Default)]
pub(super) struct Counts {
    /// Pods that are not in the status yet: what they count as, if they have finished.
    uncounted: Vec<(Arc<Pod>, Option<Verdict>)>,
    counted_succeeded: usize,
    counted_failed: usize,
    counted_completed: BTreeSet<usize>,
    /// The indexes that have succeeded, of an Indexed Job.
    completed: Option<BTreeSet<usize>>,
    /// The indexes that have been given up, where each has a limit of its own.
    given_up: Option<BTreeSet<usize>>,
    /// The failed Pods that wait for their successor, by index.
    retried: BTreeMap<usize, Arc<Pod>>,
    /// Why a failed Pod fails the whole Job.
    pub(super) fatal: Option<String>,
    /// How often containers of living Pods were restarted.
    pub(super) restarts: i32,
}

/// The Pods whose finalizers may go now, and by uid those that go into the sums.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) released: Vec<Arc<Pod>>,
    pub(super) succeeded: Vec<String>,
    pub(super) failed: Vec<String>,
    /// The indexes that have succeeded, those that were in the sums before among them, of an Indexed Job.
    pub(super) completed: Option<BTreeSet<usize>>,
    /// Whether Pods are left for the next sync.
    pub(super) is_full: bool,
}

impl Counts {
    pub(super) fn of(job: &Job, spec: &JobSpec, pods: &[Arc<Pod>]) -> Counts {
        let status = job.status.as_ref();
        let number = |count: Option<i32>| usize::try_from(count.unwrap_or(0)).unwrap_or(0);
        let completions = completions(spec);
        let listed = |text: Option<&String>| text.map(|t| indexes::parse(t, completions)).unwrap_or_default();
        let is_own = |pod: &&Arc<Pod>| !is_indexed(spec) || index_in(pod, completions).is_some();
        let tracked = pods.iter().filter(|pod| finalizers::has(&pod.metadata, TRACKING)).filter(is_own);
        let mut counts = Counts {
            uncounted: tracked.map(|pod| (pod.clone(), Verdict::of(spec, pod))).collect(),
            counted_succeeded: number(status.and_then(|status| status.succeeded)),
            counted_failed: number(status.and_then(|status| status.failed)),
            restarts: pods.iter().filter(|pod| lives(pod)).map(|pod| restarts(pod)).sum(),
            ..Counts::default()
        };
        counts.fatal = pods.iter().find_map(|pod| match Verdict::of(spec, pod) {
            Some(Verdict::FailsJob(message)) => Some(message),
            _ => None,
        });
        if is_indexed(spec) {
            let mut completed = listed(status.and_then(|status| status.completed_indexes.as_ref()));
            counts.counted_completed.clone_from(&completed);
            completed.extend(counts.finished(|v| *v == Verdict::Succeeded).filter_map(index_of));
            counts.completed = Some(completed);
        }
        if let Some(limit) = spec.backoff_limit_per_index {
            let mut given_up = listed(status.and_then(|status| status.failed_indexes.as_ref()));
            let hopeless = counts.uncounted.iter().filter(|(pod, verdict)| match verdict {
                Some(Verdict::FailsIndex) => true,
                Some(Verdict::Failed | Verdict::FailsJob(_)) => failures(pod).0 >= limit,
                Some(Verdict::Succeeded | Verdict::Ignored) | None => false,
            });
            given_up.extend(hopeless.filter_map(|(pod, _)| index_of(pod)));
            counts.given_up = Some(given_up);
            counts.retried = counts.to_retry(pods);
        }
        counts
    }

    fn finished<'a>(&'a self, wanted: impl Fn(&Verdict) -> bool + 'a) -> impl Iterator<Item = &'a Pod> {
        let is_wanted = move |verdict: &Option<Verdict>| verdict.as_ref().is_some_and(&wanted);
        self.uncounted.iter().filter(move |(_, verdict)| is_wanted(verdict)).map(|(pod, _)| &**pod)
    }

    /// Of each index that nobody works on and that may be tried again, the Pod that failed last.
    fn to_retry(&self, pods: &[Arc<Pod>]) -> BTreeMap<usize, Arc<Pod>> {
        let busy: BTreeSet<usize> =
            pods.iter().filter(|pod| is_active(pod)).filter_map(|pod| index_of(pod)).collect();
        let mut last: BTreeMap<usize, Arc<Pod>> = BTreeMap::new();
        for (pod, verdict) in &self.uncounted {
            let has_failed = verdict.as_ref().is_some_and(|verdict| *verdict != Verdict::Succeeded);
            let Some(index) = index_of(pod).filter(|index| {
                has_failed && !busy.contains(index) && !self.is_completed(*index) && !self.is_given_up(*index)
            }) else {
                continue;
            };
            let is_later = last.get(&index).is_none_or(|old| {
                total_failures(old) <= total_failures(pod)
                    && backoff::finished_at(old) <= backoff::finished_at(pod)
            });
            if is_later {
                last.insert(index, pod.clone());
            }
        }
        last
    }

    fn is_completed(&self, index: usize) -> bool {
        self.completed.as_ref().is_some_and(|completed| completed.contains(&index))
    }

    fn is_given_up(&self, index: usize) -> bool {
        self.given_up.as_ref().is_some_and(|given_up| given_up.contains(&index))
    }

    /// How many have succeeded: Pods, or indexes of an Indexed Job.
    pub(super) fn succeeded(&self) -> usize {
        let pods =
            || self.counted_succeeded + self.finished(|verdict| *verdict == Verdict::Succeeded).count();
        self.completed.as_ref().map_or_else(pods, BTreeSet::len)
    }

    /// How many Pods have failed.
    pub(super) fn failed(&self) -> usize {
        self.counted_failed + self.finished(Verdict::counts_as_failed).count()
    }

    /// The indexes that have succeeded.
    pub(super) fn completed(&self) -> Option<&BTreeSet<usize>> {
        self.completed.as_ref()
    }

    /// The indexes that have been given up.
    pub(super) fn given_up(&self) -> Option<&BTreeSet<usize>> {
        self.given_up.as_ref()
    }

    /// When those finished that have newly succeeded, and those that have newly failed.
    pub(super) fn times(&self) -> (Vec<SimTime>, Vec<SimTime>) {
        let succeeded = self.finished(|verdict| *verdict == Verdict::Succeeded);
        let failed = self.finished(|verdict| *verdict != Verdict::Succeeded);
        (succeeded.map(backoff::finished_at).collect(), failed.map(backoff::finished_at).collect())
    }

    /// So many of the indexes that nobody has completed, given up or works on, lowest first.
    pub(super) fn free_indexes(&self, spec: &JobSpec, pods: &[Arc<Pod>], count: usize) -> Vec<usize> {
        let keeps_place = |pod: &Pod| is_active(pod) || (replaces_only_failed(spec) && is_terminating(pod));
        let busy: BTreeSet<usize> =
            pods.iter().filter(|pod| keeps_place(pod)).filter_map(|pod| index_of(pod)).collect();
        (0..completions(spec))
            .filter(|index| !busy.contains(index) && !self.is_completed(*index) && !self.is_given_up(*index))
            .take(count)
            .collect()
    }

    /// The failed Pod that a new one of this index takes over from.
    pub(super) fn predecessor(&self, index: usize) -> Option<&Arc<Pod>> {
        self.retried.get(&index)
    }

    /// From when on an index may be tried again: each waits for its own failures.
    pub(super) fn retry_from(&self, index: usize) -> SimTime {
        let wait = |pod: &Arc<Pod>| {
            let failures = usize::try_from(total_failures(pod)).unwrap_or(0) + 1;
            backoff::until(failures, backoff::finished_at(pod))
        };
        self.predecessor(index).map_or(SimTime::ZERO, wait)
    }

    /// Who goes into the sums now, not more than [`MAX_UNCOUNTED`] at a time. When the Job has failed, whoever still works
    /// has failed with it; when it has met its success policy, or is being deleted, they count as nothing.
    pub(super) fn tally(&self, spec: &JobSpec, end: Option<&End>, is_deleting: bool) -> Tally {
        let mut tally = Tally::default();
        let mut completed = self.counted_completed.clone();
        for (pod, verdict) in &self.uncounted {
            let waits = index_of(pod)
                .and_then(|index| self.predecessor(index))
                .is_some_and(|waiting| waiting.uid() == pod.uid());
            if end.is_none() && !is_deleting && (verdict.is_none() || waits) {
                continue;
            }
            tally.released.push(pod.clone());
            let uid = pod.uid().to_owned();
            match verdict {
                Some(Verdict::Succeeded) if is_indexed(spec) => completed.extend(index_of(pod)),
                Some(Verdict::Succeeded) => tally.succeeded.push(uid),
                Some(verdict) if verdict.counts_as_failed() => tally.failed.push(uid),
                None if end.is_some_and(|end| !end.succeeded)
                    && Verdict::of_failed(spec, pod).counts_as_failed() =>
                {
                    tally.failed.push(uid);
                }
                Some(_) | None => {}
            }
            let new = completed.len() - self.counted_completed.len();
            if new + tally.succeeded.len() + tally.failed.len() >= MAX_UNCOUNTED {
                tally.is_full = true;
                break;
            }
        }
        tally.completed = is_indexed(spec).then_some(completed);
        tally
    }
}

fn completions(spec: &JobSpec) -> usize {
    usize::try_from(spec.completions.unwrap_or(0)).unwrap_or(0)
}

fn lives(pod: &Pod) -> bool {
    matches!(phase(pod), "Running" | "Pending")
}

fn restarts(pod: &Pod) -> i32 {
    let status = pod.status.iter();
    let containers = status.flat_map(|status| {
        let init = status.init_container_statuses.iter().flatten();
        init.chain(status.container_statuses.iter().flatten())
    });
    containers.map(|container| container.restart_count).sum()
}

/// The index that a Pod works on.
pub(super) fn index_of(pod: &Pod) -> Option<usize> {
    pod.metadata.annotations.as_ref()?.get(INDEX)?.parse().ok()
}

/// The index that a Pod works on, if the Job has it (still).
pub(super) fn index_in(pod: &Pod, completions: usize) -> Option<usize> {
    index_of(pod).filter(|index| *index < completions)
}

/// How often Pods of the same index had failed before this one, and how often that was ignored.
fn failures(pod: &Pod) -> (i32, i32) {
    let annotations = pod.metadata.annotations.as_ref();
    let count = |key: &str| {
        let text = annotations.and_then(|annotations| annotations.get(key));
        text.and_then(|text| text.parse::<i32>().ok()).filter(|count| *count >= 0).unwrap_or(0)
    };
    (count(FAILURES), count(IGNORED_FAILURES))
}

fn total_failures(pod: &Pod) -> i32 {
    let (counted, ignored) = failures(pod);
    counted.saturating_add(ignored)
}

/// What the successor of a failed Pod carries: how often the index has failed, and how often that was ignored.
pub(super) fn inherited_failures(spec: &JobSpec, predecessor: Option<&Arc<Pod>>) -> (i32, i32) {
    let Some(pod) = predecessor else { return (0, 0) };
    let (counted, ignored) = failures(pod);
    if is_failed(spec, pod) && Verdict::of_failed(spec, pod).counts_as_failed() {
        (counted.saturating_add(1), ignored)
    } else {
        (counted, ignored.saturating_add(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn counts(spec: &Value, status: Value, finished: usize) -> (JobSpec, Counts) {
        let job: Job = serde_json::from_value(json!({"spec": spec, "status": status})).unwrap();
        let pod = |index: usize| {
            let json = json!({"metadata": {"uid": format!("u{index}"), "finalizers": [TRACKING],
                "annotations": {INDEX: index.to_string()}}, "status": {"phase": "Succeeded"}});
            Arc::new(serde_json::from_value::<Pod>(json).unwrap())
        };
        let pods: Vec<Arc<Pod>> = (0..finished).map(pod).collect();
        let spec = job.spec.clone().unwrap();
        let counts = Counts::of(&job, &spec, &pods);
        (spec, counts)
    }

    #[test]
    fn at_most_five_hundred_pods_are_counted_in_one_sync_and_all_count_for_what_is_to_be_done() {
        let plain = json!({"completions": 700, "template": {}});
        let (spec, all) = counts(&plain, json!({}), 620);
        assert_eq!(all.succeeded(), 620);
        let tally = all.tally(&spec, None, false);
        assert_eq!((tally.succeeded.len(), tally.released.len(), tally.is_full), (500, 500, true));
        let (spec, rest) = counts(&plain, json!({"succeeded": 500}), 120);
        let tally = rest.tally(&spec, None, false);
        assert_eq!((tally.succeeded.len(), tally.is_full), (120, false));
    }

    #[test]
    fn indexes_that_were_counted_before_do_not_fill_a_sync() {
        let indexed = json!({"completionMode": "Indexed", "completions": 700, "template": {}});
        let (spec, all) = counts(&indexed, json!({"completedIndexes": "0-199", "succeeded": 200}), 700);
        let tally = all.tally(&spec, None, false);
        // Pods of 200 indexes that count already, and 500 others.
        assert_eq!((tally.released.len(), tally.completed.unwrap().len(), tally.is_full), (700, 700, true));
        assert_eq!((tally.succeeded.len(), tally.failed.len()), (0, 0));
    }
}
