//! What a Pod of a Job counts as, and what the Job's two policies make of it.
//!
//! A failure policy looks at one failed Pod: count it, forgive it, give its index up, or the whole Job. A success policy looks at
//! the indexes that have succeeded: whether they are enough.
//!
//! Source: `pkg/controller/job/pod_failure_policy.go`, `success_policy.go`, `job_controller.go` (`isPodFailed`).

use super::indexes::Ranges;
use crate::cluster::condition::pod_condition;
use crate::cluster::controllers::pods::phase;
use crate::cluster::object::Resource;
use k8s_openapi::api::batch::v1::{
    JobSpec, PodFailurePolicyOnExitCodesRequirement, PodFailurePolicyOnPodConditionsPattern,
    PodFailurePolicyRule, SuccessPolicyRule,
};
use k8s_openapi::api::core::v1::{ContainerStatus, Pod};
use std::collections::BTreeSet;

/// What a finished Pod counts as, by the Job's failure policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Succeeded,
    Failed,
    /// The failure policy says not to count it.
    Ignored,
    /// The failure policy gives up the index that it worked on.
    FailsIndex,
    /// The failure policy gives up the whole Job, with this message.
    FailsJob(String),
}

impl Verdict {
    /// The verdict on a Pod; `None` while it is at work.
    pub(super) fn of(spec: &JobSpec, pod: &Pod) -> Option<Verdict> {
        match phase(pod) {
            "Succeeded" => Some(Verdict::Succeeded),
            _ if is_failed(spec, pod) => Some(Verdict::of_failed(spec, pod)),
            _ => None,
        }
    }

    /// The verdict on a Pod that has failed, or is counted as if it had.
    pub(super) fn of_failed(spec: &JobSpec, pod: &Pod) -> Verdict {
        let rules = spec.pod_failure_policy.iter().flat_map(|policy| &policy.rules);
        rules.enumerate().find_map(|(index, rule)| apply(rule, index, pod)).unwrap_or(Verdict::Failed)
    }

    /// Whether it adds to the failed Pods of the Job.
    pub(super) fn counts_as_failed(&self) -> bool {
        matches!(self, Verdict::Failed | Verdict::FailsIndex | Verdict::FailsJob(_))
    }
}

/// A Pod that is being deleted counts as failed at once, unless only what has really failed is replaced: it might never get to
/// say how it ended.
pub(super) fn is_failed(spec: &JobSpec, pod: &Pod) -> bool {
    match phase(pod) {
        "Failed" => true,
        "Succeeded" => false,
        _ => pod.is_deleting() && !replaces_only_failed(spec),
    }
}

/// Whether a Pod keeps its place until it has ended.
pub(super) fn replaces_only_failed(spec: &JobSpec) -> bool {
    spec.pod_replacement_policy.as_deref() == Some("Failed")
}

/// What a rule says of a failed Pod, if it fits.
fn apply(rule: &PodFailurePolicyRule, index: usize, pod: &Pod) -> Option<Verdict> {
    let (namespace, name, action) = (pod.namespace(), pod.name(), &rule.action);
    let message = if let Some(codes) = &rule.on_exit_codes {
        let (container, code) = by_exit_code(codes, pod)?;
        format!(
            "Container {container} for pod {namespace}/{name} failed with exit code {code} matching {action} rule at index {index}"
        )
    } else {
        let condition = by_condition(rule.on_pod_conditions.as_deref().unwrap_or_default(), pod)?;
        format!("Pod {namespace}/{name} has condition {condition} matching {action} rule at index {index}")
    };
    match action.as_str() {
        "FailJob" => Some(Verdict::FailsJob(message)),
        "FailIndex" => Some(Verdict::FailsIndex),
        "Ignore" => Some(Verdict::Ignored),
        "Count" => Some(Verdict::Failed),
        _ => None,
    }
}

/// The first container that ended with such a code, ordinary ones before init containers.
fn by_exit_code<'a>(codes: &PodFailurePolicyOnExitCodesRequirement, pod: &'a Pod) -> Option<(&'a str, i32)> {
    let status = pod.status.as_ref()?;
    let ordinary = status.container_statuses.iter().flatten();
    let mut ended = ordinary
        .chain(status.init_container_statuses.iter().flatten())
        .filter(|container| codes.container_name.as_deref().is_none_or(|name| name == container.name))
        .filter_map(|container| Some((container.name.as_str(), exit_code(container)?)));
    ended.find(|(_, code)| match codes.operator.as_str() {
        "In" => *code != 0 && codes.values.contains(code),
        "NotIn" => *code != 0 && !codes.values.contains(code),
        _ => false,
    })
}

fn exit_code(container: &ContainerStatus) -> Option<i32> {
    Some(container.state.as_ref()?.terminated.as_ref()?.exit_code)
}

fn by_condition<'a>(patterns: &'a [PodFailurePolicyOnPodConditionsPattern], pod: &Pod) -> Option<&'a str> {
    let fits = |pattern: &&PodFailurePolicyOnPodConditionsPattern| {
        let wanted = pattern.status.as_deref().unwrap_or("True");
        pod_condition(pod, &pattern.type_).is_some_and(|condition| condition.status == wanted)
    };
    patterns.iter().find(fits).map(|pattern| pattern.type_.as_str())
}

/// The first rule of the success policy that these indexes fulfil.
pub(super) fn success_rule(spec: &JobSpec, succeeded: &BTreeSet<usize>) -> Option<usize> {
    let policy = spec.success_policy.as_ref().filter(|_| !succeeded.is_empty())?;
    let completions = usize::try_from(spec.completions.unwrap_or(0)).unwrap_or(0);
    policy.rules.iter().position(|rule| fulfills(rule, completions, succeeded))
}

fn fulfills(rule: &SuccessPolicyRule, completions: usize, succeeded: &BTreeSet<usize>) -> bool {
    let enough = |count: usize| {
        let wanted = rule.succeeded_count.and_then(|count| usize::try_from(count).ok());
        wanted.is_some_and(|wanted| count >= wanted)
    };
    match &rule.succeeded_indexes {
        None => enough(succeeded.len()),
        Some(text) => match Ranges::parse(text, completions) {
            Ok(wanted) if wanted.count() > 0 => {
                let covered = wanted.covered(succeeded);
                covered == wanted.count() || enough(covered)
            }
            _ => false,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn spec(fields: Value) -> JobSpec {
        let mut whole = json!({"template": {}});
        for (key, value) in fields.as_object().unwrap() {
            whole[key] = value.clone();
        }
        serde_json::from_value(whole).unwrap()
    }

    fn pod(status: Value) -> Pod {
        serde_json::from_value(
            json!({"metadata": {"name": "sum-0-abcde", "namespace": "default"}, "status": status}),
        )
        .unwrap()
    }

    fn ended(name: &str, code: i32) -> Value {
        json!({"name": name, "image": "", "imageID": "", "ready": false, "restartCount": 0,
            "state": {"terminated": {"exitCode": code}}})
    }

    #[test]
    fn the_first_rule_that_fits_decides() {
        let spec = spec(json!({"podFailurePolicy": {"rules": [
            {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget"}]},
            {"action": "FailIndex", "onExitCodes": {"containerName": "app", "operator": "In", "values": [3, 4]}},
            {"action": "FailJob", "onExitCodes": {"operator": "NotIn", "values": [1, 2]}}]}}));
        let verdict = |status: Value| Verdict::of(&spec, &pod(status)).unwrap();
        let failed = |containers: Vec<Value>| json!({"phase": "Failed", "containerStatuses": containers});
        assert_eq!(verdict(failed(vec![ended("app", 1)])), Verdict::Failed, "no rule fits");
        assert_eq!(verdict(failed(vec![ended("app", 3)])), Verdict::FailsIndex);
        assert_eq!(
            verdict(failed(vec![ended("app", 0), ended("helper", 3)])),
            Verdict::FailsJob(
                "Container helper for pod default/sum-0-abcde failed with exit code 3 matching FailJob rule at index 2".into()
            ),
            "0 never fits, and the second rule names another container"
        );
        let mut disrupted = failed(vec![ended("app", 3)]);
        disrupted["conditions"] = json!([{"type": "DisruptionTarget", "status": "True"}]);
        assert_eq!(verdict(disrupted), Verdict::Ignored);
        assert_eq!(verdict(json!({"phase": "Succeeded"})), Verdict::Succeeded);
        assert_eq!(Verdict::of(&spec, &pod(json!({"phase": "Running"}))), None);
    }

    #[test]
    fn a_condition_fails_the_job_in_its_own_words() {
        let spec = spec(json!({"podFailurePolicy": {"rules": [
            {"action": "FailJob", "onPodConditions": [{"type": "ConfigIssue", "status": "True"}]}]}}));
        let status = json!({"phase": "Failed", "conditions": [{"type": "ConfigIssue", "status": "True"}]});
        assert_eq!(
            Verdict::of(&spec, &pod(status)),
            Some(Verdict::FailsJob(
                "Pod default/sum-0-abcde has condition ConfigIssue matching FailJob rule at index 0".into()
            ))
        );
    }

    #[test]
    fn a_pod_that_is_being_deleted_has_failed_unless_only_failed_pods_are_replaced() {
        let mut leaving = pod(json!({"phase": "Running"}));
        leaving.metadata.deletion_timestamp = Some(crate::cluster::clock::SimTime::ZERO.to_time());
        assert_eq!(Verdict::of(&spec(json!({})), &leaving), Some(Verdict::Failed));
        assert_eq!(Verdict::of(&spec(json!({"podReplacementPolicy": "Failed"})), &leaving), None);
    }

    #[test]
    fn a_success_policy_wants_all_of_its_indexes_or_so_many_of_them() {
        let first = |rules: Value, succeeded: &[usize]| {
            let spec = spec(json!({"completions": 10, "successPolicy": {"rules": rules}}));
            success_rule(&spec, &succeeded.iter().copied().collect())
        };
        let leader = json!([{"succeededIndexes": "0"}]);
        assert_eq!(first(leader.clone(), &[1, 2, 3]), None);
        assert_eq!(first(leader, &[0]), Some(0));
        let some = json!([{"succeededIndexes": "0,2-4", "succeededCount": 2}]);
        assert_eq!(first(some.clone(), &[0, 1, 5, 6]), None, "only one of 0, 2, 3, 4");
        assert_eq!(first(some, &[1, 3, 4]), Some(0));
        let either = json!([{"succeededIndexes": "8,9"}, {"succeededCount": 3}]);
        assert_eq!(first(either.clone(), &[1, 2]), None);
        assert_eq!(first(either.clone(), &[1, 2, 3]), Some(1));
        assert_eq!(first(either, &[1, 8, 9]), Some(0));
        assert_eq!(first(json!([{"succeededCount": 0}]), &[]), None, "nothing has succeeded yet");
    }
}
