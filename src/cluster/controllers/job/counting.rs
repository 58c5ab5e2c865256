//! What a Job's Pods add up to: who has succeeded, who has failed, which indexes are left, how long to wait.
//!
//! Source: `pkg/controller/job/job_controller.go` (`getNewFinishedPods`), `backoff_utils.go`, `indexed_job_utils.go`,
//! `pod_failure_policy.go`.

use super::{FIRST_BACK_OFF, INDEX, LONGEST_BACK_OFF, TRACKING, is_indexed};
use crate::cluster::clock::SimTime;
use crate::cluster::condition::pod_condition;
use crate::cluster::controllers::pods::{is_ready, phase, unless_zero};
use crate::cluster::finalizers;
use crate::cluster::object::Resource;
use k8s_openapi::api::batch::v1::{Job, JobSpec, JobStatus, UncountedTerminatedPods};
use k8s_openapi::api::core::v1::{ContainerStatus, Pod};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What a finished Pod counts as, by the Job's failure policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Succeeded,
    Failed,
    /// The failure policy says not to count it.
    Ignored,
    /// The failure policy says that the whole Job has failed: by this rule.
    FailsJob {
        rule: usize,
    },
}

/// The sums.
#[derive(Debug, Default)]
pub(super) struct Counts {
    /// Pods that have finished and are not in the status yet.
    pub(super) finished: Vec<Arc<Pod>>,
    verdicts: Vec<Verdict>,
    counted_succeeded: usize,
    counted_failed: usize,
    completed: BTreeSet<usize>,
    /// When each failed Pod finished that has failed since the last success, oldest first.
    failures: Vec<SimTime>,
    /// A Pod that fails the whole Job, and the rule that says so.
    pub(super) fatal: Option<(Arc<Pod>, usize)>,
    /// How often containers of living Pods were restarted.
    pub(super) restarts: i32,
}

impl Counts {
    pub(super) fn of(job: &Job, spec: &JobSpec, pods: &[Arc<Pod>]) -> Counts {
        let status = job.status.as_ref();
        let number = |count: Option<i32>| usize::try_from(count.unwrap_or(0)).unwrap_or(0);
        let mut counts = Counts {
            counted_succeeded: number(status.and_then(|status| status.succeeded)),
            counted_failed: number(status.and_then(|status| status.failed)),
            completed: status
                .and_then(|s| s.completed_indexes.as_deref())
                .map(parse_indexes)
                .unwrap_or_default(),
            ..Counts::default()
        };
        let mut failures = Vec::new();
        let mut last_success = None;
        for pod in pods {
            let Some(verdict) = verdict(spec, pod) else {
                counts.restarts += restarts(pod);
                continue;
            };
            let at = finished_at(pod);
            match verdict {
                Verdict::Succeeded => last_success = last_success.max(Some(at)),
                Verdict::Failed | Verdict::FailsJob { .. } => failures.push(at),
                Verdict::Ignored => {}
            }
            if finalizers::has(&pod.metadata, TRACKING) {
                if let Verdict::FailsJob { rule } = verdict {
                    counts.fatal.get_or_insert_with(|| (pod.clone(), rule));
                }
                counts.finished.push(pod.clone());
                counts.verdicts.push(verdict);
            }
        }
        failures.retain(|at| last_success.is_none_or(|success| *at > success));
        failures.sort();
        counts.failures = failures;
        counts
    }

    fn newly(&self, verdict: impl Fn(Verdict) -> bool) -> usize {
        self.verdicts.iter().filter(|v| verdict(**v)).count()
    }

    /// How many have succeeded: Pods, or indexes of an Indexed Job.
    pub(super) fn succeeded(&self) -> usize {
        self.counted_succeeded + self.newly(|verdict| verdict == Verdict::Succeeded)
    }

    /// How many Pods have failed.
    pub(super) fn failed(&self) -> usize {
        self.counted_failed + self.newly(|v| matches!(v, Verdict::Failed | Verdict::FailsJob { .. }))
    }

    /// Until when no replacement is made: 10 s after the first failure in a row, doubled with each, 10 minutes at most.
    pub(super) fn back_off_until(&self) -> Option<SimTime> {
        let last = self.failures.last()?;
        let doublings = u32::try_from(self.failures.len() - 1).unwrap_or(u32::MAX).min(10);
        Some(*last + (FIRST_BACK_OFF * (1_i64 << doublings)).min(LONGEST_BACK_OFF))
    }

    /// So many of the indexes that nobody has completed or works on, lowest first.
    pub(super) fn free_indexes(&self, spec: &JobSpec, active: &[Arc<Pod>], count: usize) -> Vec<usize> {
        if !is_indexed(spec) {
            return Vec::new();
        }
        let busy: BTreeSet<usize> = active.iter().filter_map(|pod| index_of(pod)).collect();
        let completed = self.all_completed();
        let most = usize::try_from(spec.completions.unwrap_or(0)).unwrap_or(0);
        (0..most).filter(|index| !busy.contains(index) && !completed.contains(index)).take(count).collect()
    }

    fn all_completed(&self) -> BTreeSet<usize> {
        let new =
            self.finished.iter().zip(&self.verdicts).filter(|(_, verdict)| **verdict == Verdict::Succeeded);
        let new = new.filter_map(|(pod, _)| index_of(pod));
        self.completed.iter().copied().chain(new).collect()
    }

    /// The finished Pods by uid, as the status lists them until they are counted.
    pub(super) fn uncounted(&self) -> UncountedTerminatedPods {
        let of = |wanted: fn(Verdict) -> bool| -> Option<Vec<String>> {
            let pods = self.finished.iter().zip(&self.verdicts).filter(|(_, verdict)| wanted(**verdict));
            let uids: Vec<String> = pods.map(|(pod, _)| pod.uid().to_owned()).collect();
            (!uids.is_empty()).then_some(uids)
        };
        UncountedTerminatedPods {
            succeeded: of(|verdict| verdict == Verdict::Succeeded),
            failed: of(|verdict| matches!(verdict, Verdict::Failed | Verdict::FailsJob { .. })),
        }
    }

    /// Puts the numbers into the status.
    pub(super) fn add_to(&self, status: &mut JobStatus, spec: &JobSpec) {
        let number = |count: usize| unless_zero(i32::try_from(count).unwrap_or(i32::MAX));
        status.uncounted_terminated_pods = Some(UncountedTerminatedPods::default());
        status.failed = number(self.failed());
        status.succeeded = number(self.succeeded());
        if is_indexed(spec) {
            let completed = self.all_completed();
            status.succeeded = number(completed.len());
            status.completed_indexes = Some(print_indexes(&completed)).filter(|text| !text.is_empty());
        }
    }
}

/// What a finished Pod counts as; `None` while it has not finished.
fn verdict(spec: &JobSpec, pod: &Pod) -> Option<Verdict> {
    match phase(pod) {
        "Succeeded" => Some(Verdict::Succeeded),
        "Failed" => Some(by_policy(spec, pod).unwrap_or(Verdict::Failed)),
        _ => None,
    }
}

/// The first rule of the failure policy that fits.
fn by_policy(spec: &JobSpec, pod: &Pod) -> Option<Verdict> {
    let rules = &spec.pod_failure_policy.as_ref()?.rules;
    rules.iter().enumerate().find_map(|(rule, of)| {
        let by_code = of.on_exit_codes.as_ref().is_some_and(|codes| {
            let ended = containers(pod).filter(|container| {
                codes.container_name.as_deref().is_none_or(|name| name == container.name)
            });
            ended
                .filter_map(exit_code)
                .filter(|code| *code != 0)
                .any(|code| codes.values.contains(&code) == (codes.operator == "In"))
        });
        let by_condition = of.on_pod_conditions.iter().flatten().any(|pattern| {
            let wanted = pattern.status.as_deref().unwrap_or("True");
            pod_condition(pod, &pattern.type_).is_some_and(|condition| condition.status == wanted)
        });
        if !by_code && !by_condition {
            return None;
        }
        match of.action.as_str() {
            "FailJob" => Some(Verdict::FailsJob { rule }),
            "Ignore" => Some(Verdict::Ignored),
            _ => Some(Verdict::Failed),
        }
    })
}

fn containers(pod: &Pod) -> impl Iterator<Item = &ContainerStatus> {
    pod.status.iter().flat_map(|status| {
        let init = status.init_container_statuses.iter().flatten();
        init.chain(status.container_statuses.iter().flatten())
    })
}

fn exit_code(container: &ContainerStatus) -> Option<i32> {
    Some(container.state.as_ref()?.terminated.as_ref()?.exit_code)
}

/// The container and exit code that a failure policy's message names.
pub(super) fn failing_container(pod: &Pod) -> Option<(&str, i32)> {
    let mut ended = containers(pod).filter_map(|c| Some((c.name.as_str(), exit_code(c)?)));
    ended.find(|(_, code)| *code != 0)
}

fn restarts(pod: &Pod) -> i32 {
    containers(pod).map(|container| container.restart_count).sum()
}

/// When its last container ended; where no container says, when it stopped being ready.
fn finished_at(pod: &Pod) -> SimTime {
    let ends = containers(pod).filter_map(|container| {
        container.state.as_ref()?.terminated.as_ref()?.finished_at.as_ref().map(SimTime::from_time)
    });
    let unready = pod_condition(pod, "Ready").and_then(|ready| ready.last_transition_time.as_ref());
    ends.max().or(unready.map(SimTime::from_time)).unwrap_or(SimTime::ZERO)
}

fn index_of(pod: &Pod) -> Option<usize> {
    pod.metadata.annotations.as_ref()?.get(INDEX)?.parse().ok()
}

/// Who goes first where there are too many: not running, not ready, younger.
pub(super) fn rank(pod: &Pod) -> (bool, bool, std::cmp::Reverse<SimTime>, String) {
    let born = pod.metadata.creation_timestamp.as_ref().map_or(SimTime::ZERO, SimTime::from_time);
    (phase(pod) == "Running", is_ready(pod), std::cmp::Reverse(born), pod.uid().to_owned())
}

/// Reads `0,2-5`.
fn parse_indexes(text: &str) -> BTreeSet<usize> {
    let mut indexes = BTreeSet::new();
    for part in text.split(',') {
        let (from, to) = part.split_once('-').unwrap_or((part, part));
        if let (Ok(from), Ok(to)) = (from.parse::<usize>(), to.parse::<usize>()) {
            indexes.extend(from..=to);
        }
    }
    indexes
}

/// Writes `0,2-5`: two neighbors are listed, three or more make a range.
fn print_indexes(indexes: &BTreeSet<usize>) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut rest = indexes.iter().copied().peekable();
    while let Some(from) = rest.next() {
        let mut to = from;
        while rest.peek() == Some(&(to + 1)) {
            to += 1;
            rest.next();
        }
        parts.push(match to - from {
            0 => from.to_string(),
            1 => format!("{from},{to}"),
            _ => format!("{from}-{to}"),
        });
    }
    parts.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indexes_are_written_as_ranges() {
        let print = |list: &[usize]| print_indexes(&list.iter().copied().collect());
        assert_eq!(print(&[0, 2, 3, 4, 5]), "0,2-5");
        assert_eq!(print(&[0, 1]), "0,1");
        assert_eq!(print(&[]), "");
        assert_eq!(parse_indexes("0,2-5"), [0, 2, 3, 4, 5].into());
    }

    #[test]
    fn the_wait_doubles_with_each_failure_in_a_row_up_to_ten_minutes() {
        let wait = |failures: usize| {
            let counts = Counts { failures: vec![SimTime::ZERO; failures], ..Counts::default() };
            counts.back_off_until().map(|at| at.0 / 1000)
        };
        assert_eq!([wait(0), wait(1), wait(2), wait(3)], [None, Some(10), Some(20), Some(40)]);
        assert_eq!([wait(6), wait(7), wait(30)], [Some(320), Some(600), Some(600)]);
    }
}
