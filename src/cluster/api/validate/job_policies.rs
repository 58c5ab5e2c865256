//! The policies of a Job: what its failed Pods mean, how many of its indexes may fail, when it has succeeded early.
//!
//! Source: `pkg/apis/batch/validation/validation.go` (`validateJobSpec`, `validatePodFailurePolicy`,
//! `validateSuccessPolicy`).

use super::rules::{IMMUTABLE, not_negative, one_of, qualified_names};
use crate::cluster::api::field::{FieldError, Reason};
use crate::cluster::controllers::job::indexes::Ranges;
use k8s_openapi::api::batch::v1::{
    JobSpec, PodFailurePolicyOnExitCodesRequirement, PodFailurePolicyRule, SuccessPolicyRule,
};
use std::collections::BTreeSet;

/// At most so many Pods of an Indexed Job at a time, and so many failed indexes: their lists must stay short.
const MOST_PARALLEL: i32 = 100_000;
/// With more completions than this, a limit for each index needs tighter bounds.
const MANY_COMPLETIONS: i32 = 100_000;
const MOST_WITH_MANY_COMPLETIONS: i32 = 10_000;
const MOST_RULES: usize = 20;
const MOST_CONDITIONS: usize = 20;
const MOST_EXIT_CODES: usize = 255;
/// In bytes.
const LONGEST_LIST_OF_INDEXES: usize = 64 * 1024;

/// What is wrong with a Job's policies.
pub(super) fn validate(spec: &JobSpec) -> Vec<FieldError> {
    let is_indexed = spec.completion_mode.as_deref() == Some("Indexed");
    let mut errors = if is_indexed { indexed(spec) } else { not_indexed(spec) };
    errors.extend(replacement_policy(spec));
    errors.extend(failure_policy(spec));
    if is_indexed {
        errors.extend(success_policy(spec));
    }
    errors
}

/// What of them may not be changed.
pub(super) fn fixed(new: &JobSpec, old: &JobSpec) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if new.pod_failure_policy != old.pod_failure_policy {
        errors.push(FieldError::invalid("spec.podFailurePolicy", &new.pod_failure_policy, IMMUTABLE));
    }
    if new.backoff_limit_per_index != old.backoff_limit_per_index {
        errors.push(FieldError::invalid(
            "spec.backoffLimitPerIndex",
            &new.backoff_limit_per_index,
            IMMUTABLE,
        ));
    }
    if new.success_policy != old.success_policy {
        errors.push(FieldError::invalid("spec.successPolicy", &new.success_policy, IMMUTABLE));
    }
    errors
}

fn at_most(path: &str, number: Option<i32>, most: i32, unless: &str) -> Option<FieldError> {
    let number = number.filter(|number| *number > most)?;
    Some(FieldError::invalid(path, &number, format!("must be less than or equal to {most}{unless}")))
}

fn indexed(spec: &JobSpec) -> Vec<FieldError> {
    const PARALLELISM: &str = "spec.parallelism";
    const FAILED: &str = "spec.maxFailedIndexes";
    let mut errors = Vec::new();
    let unless = " when completion mode is Indexed";
    errors.extend(at_most(PARALLELISM, spec.parallelism, MOST_PARALLEL, unless));
    if let (Some(completions), Some(most)) = (spec.completions, spec.max_failed_indexes)
        && most > completions
    {
        errors.push(FieldError::invalid(FAILED, &most, "must be less than or equal to completions"));
    }
    errors.extend(at_most(FAILED, spec.max_failed_indexes, MOST_PARALLEL, ""));
    if spec.completions.is_some_and(|count| count > MANY_COMPLETIONS)
        && spec.backoff_limit_per_index.is_some()
    {
        if spec.max_failed_indexes.is_none() {
            let detail = format!("must be specified when completions is above {MANY_COMPLETIONS}");
            errors.push(FieldError::required(FAILED, detail));
        }
        let unless =
            format!(" when completions are above {MANY_COMPLETIONS} and used with backoff limit per index");
        errors.extend(at_most(PARALLELISM, spec.parallelism, MOST_WITH_MANY_COMPLETIONS, &unless));
        errors.extend(at_most(FAILED, spec.max_failed_indexes, MOST_WITH_MANY_COMPLETIONS, &unless));
    }
    errors
}

fn not_indexed(spec: &JobSpec) -> Vec<FieldError> {
    const DETAIL: &str = "requires indexed completion mode";
    let mut errors = Vec::new();
    if let Some(limit) = spec.backoff_limit_per_index {
        errors.push(FieldError::invalid("spec.backoffLimitPerIndex", &limit, DETAIL));
    }
    if let Some(most) = spec.max_failed_indexes {
        errors.push(FieldError::invalid("spec.maxFailedIndexes", &most, DETAIL));
    }
    if let Some(policy) = &spec.success_policy {
        errors.push(FieldError::invalid("spec.successPolicy", policy, DETAIL));
    }
    errors
}

/// A Job that looks at how its Pods failed must wait until they have.
fn replacement_policy(spec: &JobSpec) -> Option<FieldError> {
    let supported: &[&str] =
        if spec.pod_failure_policy.is_some() { &["Failed"] } else { &["Failed", "TerminatingOrFailed"] };
    one_of("spec.podReplacementPolicy", spec.pod_replacement_policy.as_deref(), supported)
}

fn failure_policy(spec: &JobSpec) -> Vec<FieldError> {
    let Some(policy) = &spec.pod_failure_policy else { return Vec::new() };
    let path = "spec.podFailurePolicy.rules";
    let mut errors = Vec::new();
    if policy.rules.len() > MOST_RULES {
        errors.push(FieldError::too_many(path, policy.rules.len(), MOST_RULES));
    }
    let pod = spec.template.spec.as_ref();
    let containers = pod.iter().flat_map(|pod| {
        pod.containers
            .iter()
            .chain(pod.init_containers.iter().flatten())
            .map(|container| container.name.as_str())
    });
    let containers: BTreeSet<&str> = containers.collect();
    for (index, rule) in policy.rules.iter().enumerate() {
        errors.extend(failure_rule(spec, rule, &format!("{path}[{index}]"), &containers));
    }
    errors
}

/// One word that must be there and be one of several, which the message lists as Go does.
fn word(path: String, word: &str, supported: &[&str]) -> Option<FieldError> {
    if word.is_empty() {
        let words: Vec<String> = supported.iter().map(|word| format!("{word:?}")).collect();
        return Some(FieldError::required(path, format!("valid values: [{}]", words.join(" "))));
    }
    one_of(&path, Some(word), supported)
}

fn failure_rule(
    spec: &JobSpec,
    rule: &PodFailurePolicyRule,
    path: &str,
    containers: &BTreeSet<&str>,
) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let action = format!("{path}.action");
    if rule.action == "FailIndex" && spec.backoff_limit_per_index.is_none() {
        let detail = "requires the backoffLimitPerIndex to be set";
        errors.push(FieldError::invalid(action, &rule.action, detail));
    } else {
        errors.extend(word(action, &rule.action, &["Count", "FailIndex", "FailJob", "Ignore"]));
    }
    if let Some(codes) = &rule.on_exit_codes {
        errors.extend(exit_codes(codes, &format!("{path}.onExitCodes"), containers));
    }
    let conditions = rule.on_pod_conditions.as_deref().unwrap_or_default();
    let list = format!("{path}.onPodConditions");
    if conditions.len() > MOST_CONDITIONS {
        errors.push(FieldError::too_many(list.clone(), conditions.len(), MOST_CONDITIONS));
    }
    for (index, pattern) in conditions.iter().enumerate() {
        errors.extend(qualified_names(&format!("{list}[{index}].type"), &pattern.type_));
        let status = pattern.status.as_deref().unwrap_or_default();
        errors.extend(word(format!("{list}[{index}].status"), status, &["False", "True", "Unknown"]));
    }
    match (&rule.on_exit_codes, conditions) {
        (Some(_), [_, ..]) => errors.push(FieldError::invalid_whole(
            path,
            "specifying both OnExitCodes and OnPodConditions is not supported",
        )),
        (None, []) => errors.push(FieldError::invalid_whole(
            path,
            "specifying one of OnExitCodes and OnPodConditions is required",
        )),
        _ => {}
    }
    errors
}

fn exit_codes(
    codes: &PodFailurePolicyOnExitCodesRequirement,
    path: &str,
    containers: &BTreeSet<&str>,
) -> Vec<FieldError> {
    let mut errors = Vec::new();
    errors.extend(word(format!("{path}.operator"), &codes.operator, &["In", "NotIn"]));
    if let Some(name) = codes.container_name.as_deref().filter(|name| !containers.contains(name)) {
        let detail = "must be one of the container or initContainer names in the pod template";
        errors.push(FieldError::invalid(format!("{path}.containerName"), &name, detail));
    }
    let list = format!("{path}.values");
    match codes.values.len() {
        0 => errors.push(FieldError::invalid(list.clone(), &codes.values, "at least one value is required")),
        many if many > MOST_EXIT_CODES => {
            errors.push(FieldError::too_many(list.clone(), many, MOST_EXIT_CODES));
        }
        _ => {}
    }
    let mut seen = BTreeSet::new();
    for (index, code) in codes.values.iter().enumerate() {
        let path = format!("{list}[{index}]");
        if codes.operator == "In" && *code == 0 {
            errors.push(FieldError::invalid(path.clone(), code, "must not be 0 for the In operator"));
        }
        if !seen.insert(code) {
            let (reason, value) = (Reason::Duplicate, code.to_string());
            errors.push(FieldError { path, reason, value, detail: String::new() });
        }
    }
    if !codes.values.is_sorted() {
        errors.push(FieldError::invalid(list, &codes.values, "must be ordered"));
    }
    errors
}

fn success_policy(spec: &JobSpec) -> Vec<FieldError> {
    let Some(policy) = &spec.success_policy else { return Vec::new() };
    let path = "spec.successPolicy.rules";
    let mut errors = Vec::new();
    match policy.rules.len() {
        0 => {
            let detail = "at least one rules must be specified when the successPolicy is specified";
            errors.push(FieldError::required(path, detail));
        }
        many if many > MOST_RULES => errors.push(FieldError::too_many(path, many, MOST_RULES)),
        _ => {}
    }
    for (index, rule) in policy.rules.iter().enumerate() {
        errors.extend(success_rule(rule, spec.completions.unwrap_or(0), &format!("{path}[{index}]")));
    }
    errors
}

fn success_rule(rule: &SuccessPolicyRule, completions: i32, path: &str) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if rule.succeeded_count.is_none() && rule.succeeded_indexes.is_none() {
        let detail = "at least one of succeededCount or succeededIndexes must be specified";
        errors.push(FieldError::required(path, detail));
    }
    let mut named = 0;
    if let Some(text) = &rule.succeeded_indexes {
        let path = format!("{path}.succeededIndexes");
        if text.len() > LONGEST_LIST_OF_INDEXES {
            errors.push(FieldError::too_long(path.clone(), LONGEST_LIST_OF_INDEXES));
        }
        match Ranges::parse(text, usize::try_from(completions).unwrap_or(0)) {
            Ok(ranges) => named = ranges.count(),
            Err(wrong) => {
                let detail = format!("error parsing succeededIndexes: {wrong}");
                errors.push(FieldError::invalid(path, text, detail));
            }
        }
    }
    if let Some(count) = rule.succeeded_count {
        let path = format!("{path}.succeededCount");
        errors.extend(not_negative(&path, Some(count)));
        let of = " (the number of specified completions)";
        errors.extend(at_most(&path, Some(count), completions, of));
        if rule.succeeded_indexes.is_some() {
            let named = i32::try_from(named).unwrap_or(i32::MAX);
            let of = " (the number of indexes in the specified succeededIndexes field)";
            errors.extend(at_most(&path, Some(count), named, of));
        }
    }
    errors
}

#[cfg(test)]
mod tests {
    use super::super::tests::refusals;
    use crate::cluster::engine::World;
    use crate::cluster::image::Images;
    use crate::cluster::object::{Key, Kind, Object};
    use k8s_openapi::api::batch::v1::Job;
    use serde_json::{Value, json};

    fn job(fields: Value) -> Value {
        let mut spec = json!({"template": {"spec": {"restartPolicy": "Never",
            "containers": [{"name": "app", "image": "sum:1"}]}}});
        for (key, value) in fields.as_object().unwrap() {
            spec[key] = value.clone();
        }
        json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "sum"}, "spec": spec})
    }

    fn indexed(fields: Value) -> Value {
        let mut job = job(fields);
        job["spec"]["completionMode"] = json!("Indexed");
        job["spec"]["completions"] = json!(5);
        job
    }

    #[test]
    fn limits_for_each_index_need_indexes() {
        assert_eq!(
            refusals(job(json!({"backoffLimitPerIndex": 1, "maxFailedIndexes": 1}))),
            [
                "spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode",
                "spec.maxFailedIndexes: Invalid value: 1: requires indexed completion mode",
            ]
        );
        assert_eq!(
            refusals(job(json!({"successPolicy": {"rules": [{"succeededCount": 1}]}}))),
            [
                "spec.successPolicy: Invalid value: {\"rules\":[{\"succeededCount\":1}]}: requires indexed completion mode"
            ]
        );
        assert_eq!(
            refusals(indexed(json!({"maxFailedIndexes": 6}))),
            ["spec.maxFailedIndexes: Invalid value: 6: must be less than or equal to completions"]
        );
        let mut many = indexed(json!({"backoffLimitPerIndex": 1, "parallelism": 10_001}));
        many["spec"]["completions"] = json!(100_001);
        assert_eq!(
            refusals(many),
            [
                "spec.maxFailedIndexes: Required value: must be specified when completions is above 100000",
                "spec.parallelism: Invalid value: 10001: must be less than or equal to 10000 when completions are \
                 above 100000 and used with backoff limit per index",
            ]
        );
    }

    #[test]
    fn a_rule_of_a_failure_policy_says_what_to_do_and_when() {
        let rule = |rule: Value| refusals(job(json!({"podFailurePolicy": {"rules": [rule]}})));
        let path = "spec.podFailurePolicy.rules[0]";
        let good = json!({"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget"}]});
        assert_eq!(rule(good), [""; 0]);
        assert_eq!(
            rule(
                json!({"action": "", "onExitCodes": {"operator": "In", "values": [0, 5, 5, 3], "containerName": "x"}})
            ),
            [
                format!(
                    "{path}.action: Required value: valid values: [\"Count\" \"FailIndex\" \"FailJob\" \"Ignore\"]"
                ),
                format!(
                    "{path}.onExitCodes.containerName: Invalid value: \"x\": must be one of the container or \
                     initContainer names in the pod template"
                ),
                format!("{path}.onExitCodes.values[0]: Invalid value: 0: must not be 0 for the In operator"),
                format!("{path}.onExitCodes.values[2]: Duplicate value: 5"),
                format!("{path}.onExitCodes.values: Invalid value: [0,5,5,3]: must be ordered"),
            ]
        );
        assert_eq!(
            rule(json!({"action": "FailIndex", "onExitCodes": {"operator": "Is", "values": []}})),
            [
                format!(
                    "{path}.action: Invalid value: \"FailIndex\": requires the backoffLimitPerIndex to be set"
                ),
                format!(
                    "{path}.onExitCodes.operator: Unsupported value: \"Is\": supported values: \"In\", \"NotIn\""
                ),
                format!("{path}.onExitCodes.values: Invalid value: []: at least one value is required"),
            ]
        );
        assert_eq!(
            rule(json!({"action": "Count"})),
            [format!("{path}: Invalid value: specifying one of OnExitCodes and OnPodConditions is required")]
        );
        assert_eq!(
            rule(json!({"action": "Count", "onExitCodes": {"operator": "In", "values": [1]},
                "onPodConditions": [{"type": "DisruptionTarget"}]})),
            [format!(
                "{path}: Invalid value: specifying both OnExitCodes and OnPodConditions is not supported"
            )]
        );
    }

    #[test]
    fn a_failure_policy_needs_pods_that_are_not_restarted_and_waits_for_their_end() {
        let rules =
            json!({"rules": [{"action": "FailJob", "onExitCodes": {"operator": "In", "values": [42]}}]});
        let mut restarted =
            job(json!({"podFailurePolicy": rules, "podReplacementPolicy": "TerminatingOrFailed"}));
        restarted["spec"]["template"]["spec"]["restartPolicy"] = json!("OnFailure");
        assert_eq!(
            refusals(restarted),
            [
                "spec.podReplacementPolicy: Unsupported value: \"TerminatingOrFailed\": supported values: \"Failed\"",
                "spec.template.spec.restartPolicy: Invalid value: \"OnFailure\": only \"Never\" is supported when \
                 podFailurePolicy is specified",
            ]
        );
        let rule = json!({"action": "FailJob", "onExitCodes": {"operator": "In", "values": [42]}});
        assert_eq!(
            refusals(job(json!({"podFailurePolicy": {"rules": vec![rule; 21]}}))),
            ["spec.podFailurePolicy.rules: Too many: 21: must have at most 20 items"]
        );
    }

    #[test]
    fn a_success_policy_names_indexes_that_there_are() {
        let rules = |rules: Value| refusals(indexed(json!({"successPolicy": {"rules": rules}})));
        let path = "spec.successPolicy.rules";
        assert_eq!(rules(json!([{"succeededIndexes": "0,2-4", "succeededCount": 4}])), [""; 0]);
        assert_eq!(
            rules(json!([])),
            [format!(
                "{path}: Required value: at least one rules must be specified when the successPolicy is specified"
            )]
        );
        assert_eq!(
            rules(
                json!([{}, {"succeededIndexes": "3-5"}, {"succeededCount": 6}, {"succeededIndexes": "0,1", "succeededCount": 3}])
            ),
            [
                format!(
                    "{path}[0]: Required value: at least one of succeededCount or succeededIndexes must be specified"
                ),
                format!(
                    "{path}[1].succeededIndexes: Invalid value: \"3-5\": error parsing succeededIndexes: too large \
                     index: \"5\""
                ),
                format!(
                    "{path}[2].succeededCount: Invalid value: 6: must be less than or equal to 5 (the number of \
                     specified completions)"
                ),
                format!(
                    "{path}[3].succeededCount: Invalid value: 3: must be less than or equal to 2 (the number of \
                     indexes in the specified succeededIndexes field)"
                ),
            ]
        );
    }

    #[test]
    fn the_policies_of_a_job_cannot_be_changed() {
        let mut world = World::new(1, Images::default());
        let job =
            indexed(json!({"backoffLimitPerIndex": 1, "successPolicy": {"rules": [{"succeededCount": 1}]}}));
        let job = Object::from_json(Kind::Job, job, |path| panic!("{path}")).unwrap();
        world.create_object(job).unwrap();
        let changed = world.update::<Job>(&Key::new("default", "sum"), |job| {
            let spec = job.spec.as_mut().unwrap();
            spec.backoff_limit_per_index = Some(2);
            spec.success_policy = None;
        });
        assert_eq!(
            changed.unwrap_err().to_string(),
            "Job.batch \"sum\" is invalid: [spec.backoffLimitPerIndex: Invalid value: 2: field is immutable, \
             spec.successPolicy: Invalid value: null: field is immutable]"
        );
    }
}
