//! Failure policies, limits for each index, and success policies, with times worked out by hand: a Pod is Ready 2 s after it is
//! bound, works for 4 s more and takes 1 s to stop; what Pods do is noticed a second later.

use super::counting::{FAILURES, IGNORED_FAILURES};
use super::tests::{engine, job, state};
use crate::cluster::api::DeleteOptions;
use crate::cluster::controllers::test_cluster::{edit, events, get, pods, run};
use crate::cluster::engine::Engine;
use crate::cluster::object::Resource;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::Pod;
use serde_json::{Value, json};

/// An Indexed Job with as many Pods at a time as it has indexes.
fn indexed(engine: &mut Engine, image: &str, indexes: usize, more: Value) {
    let mut spec = json!({"completionMode": "Indexed", "completions": indexes, "parallelism": indexes});
    for (key, value) in more.as_object().unwrap() {
        spec[key] = value.clone();
    }
    job(engine, image, spec);
}

/// `completedIndexes failedIndexes`.
fn indexes(engine: &Engine) -> (Option<String>, Option<String>) {
    let status = get::<Job>(engine, "sum").status.clone().unwrap();
    (status.completed_indexes, status.failed_indexes)
}

fn annotation<'p>(pod: &'p Pod, key: &str) -> Option<&'p str> {
    pod.metadata.annotations.as_ref()?.get(key).map(String::as_str)
}

/// The first letters of the Pods' names, oldest Pod first.
fn names(engine: &Engine) -> Vec<String> {
    pods(engine).iter().map(|pod| pod.name()[..5].to_owned()).collect()
}

#[test]
fn an_index_fails_for_itself_and_waits_for_itself() {
    let mut engine = engine();
    indexed(&mut engine, "first:fail-done", 3, json!({"backoffLimitPerIndex": 1}));
    let limit = get::<Job>(&engine, "sum").spec.as_ref().unwrap().backoff_limit;
    assert_eq!(limit, Some(i32::MAX), "the Job as a whole has no limit");
    // All end at 6 s. The failed Pod is not counted before its successor is there, 10 s after it ended.
    run(&mut engine, 15_900);
    assert_eq!(state(&engine), "0 2 0 []");
    assert_eq!(indexes(&engine), (Some("1,2".into()), Some(String::new())));
    run(&mut engine, 18_000);
    assert_eq!(state(&engine), "1 2 1 []");
    let successor = pods(&engine).last().unwrap().clone();
    assert_eq!(annotation(&successor, FAILURES), Some("1"));
    assert_eq!(annotation(&successor, IGNORED_FAILURES), None);
    // It fails as well, at 22 s: index 0 is given up, and with that the Job.
    run(&mut engine, 30_000);
    assert_eq!(state(&engine), "0 2 2 [FailureTarget FailedIndexes, Failed FailedIndexes]");
    assert_eq!(indexes(&engine), (Some("1,2".into()), Some("0".into())));
    assert_eq!(events(&engine, "FailedIndexes"), ["Job has failed indexes"]);
    assert!(pods(&engine).iter().all(|pod| pod.metadata.finalizers.is_none()));
}

#[test]
fn an_index_that_waits_keeps_its_place_before_the_next() {
    let mut engine = engine();
    indexed(&mut engine, "first:fail-done", 2, json!({"parallelism": 1, "backoffLimitPerIndex": 1}));
    run(&mut engine, 15_900);
    assert_eq!(names(&engine), ["sum-0"]);
    run(&mut engine, 22_900);
    assert_eq!(names(&engine), ["sum-0", "sum-0"]);
    // Given up at 23 s; index 1 works until 29 s, and all the same the Job has failed.
    run(&mut engine, 24_000);
    assert_eq!(names(&engine), ["sum-0", "sum-0", "sum-1"]);
    run(&mut engine, 40_000);
    assert_eq!(state(&engine), "0 1 2 [FailureTarget FailedIndexes, Failed FailedIndexes]");
}

#[test]
fn too_many_failed_indexes_end_the_job_at_once() {
    let mut engine = engine();
    indexed(&mut engine, "first:fail-stay", 3, json!({"backoffLimitPerIndex": 0, "maxFailedIndexes": 0}));
    // Who still works has failed with the Job; it is over when they have stopped, at 8 s, which is noticed at 9 s.
    run(&mut engine, 8_900);
    assert_eq!(state(&engine), "0 0 3 [FailureTarget MaxFailedIndexesExceeded]");
    run(&mut engine, 12_000);
    assert_eq!(
        state(&engine),
        "0 0 3 [FailureTarget MaxFailedIndexesExceeded, Failed MaxFailedIndexesExceeded]"
    );
    assert_eq!(indexes(&engine), (None, Some("0".into())), "the others have not failed by themselves");
    assert_eq!(
        events(&engine, "MaxFailedIndexesExceeded"),
        ["Job has exceeded the specified maximal number of failed indexes"]
    );
}

#[test]
fn a_rule_may_give_up_an_index_whatever_its_limit() {
    let mut engine = engine();
    let policy =
        json!({"rules": [{"action": "FailIndex", "onExitCodes": {"operator": "In", "values": [1]}}]});
    let more = json!({"backoffLimitPerIndex": 5, "podFailurePolicy": policy});
    indexed(&mut engine, "first:fail-done", 2, more);
    run(&mut engine, 8_000);
    assert_eq!(state(&engine), "0 1 1 [FailureTarget FailedIndexes, Failed FailedIndexes]");
    assert_eq!(indexes(&engine), (Some("1".into()), Some("0".into())));
}

#[test]
fn a_success_policy_ends_a_job_early_and_counts_nobody_as_failed() {
    let mut engine = engine();
    let policy = json!({"rules": [{"succeededIndexes": "0", "succeededCount": 1}, {"succeededCount": 2}]});
    indexed(&mut engine, "first:stay-done", 3, json!({"successPolicy": policy}));
    run(&mut engine, 8_900);
    assert_eq!(state(&engine), "0 2 0 [SuccessCriteriaMet SuccessPolicy]");
    assert_eq!(get::<Job>(&engine, "sum").status.as_ref().unwrap().terminating, Some(1));
    run(&mut engine, 12_000);
    assert_eq!(state(&engine), "0 2 0 [SuccessCriteriaMet SuccessPolicy, Complete SuccessPolicy]");
    let status = get::<Job>(&engine, "sum").status.clone().unwrap();
    let messages: Vec<_> = status.conditions.iter().flatten().map(|c| c.message.clone().unwrap()).collect();
    assert_eq!(messages, ["Matched rules at index 1"; 2]);
    assert!(status.completion_time.is_some());
    assert_eq!(status.terminating, Some(0));
    assert_eq!(events(&engine, "Completed"), ["Job completed"]);
    assert_eq!(pods(&engine).len(), 2, "who still worked was deleted");
}

#[test]
fn a_rule_may_give_up_the_whole_job() {
    let mut engine = engine();
    let policy = json!({"rules": [{"action": "FailJob", "onExitCodes": {"operator": "In", "values": [1]}}]});
    indexed(&mut engine, "first:fail-stay", 3, json!({"podFailurePolicy": policy}));
    run(&mut engine, 8_900);
    assert_eq!(state(&engine), "0 0 3 [FailureTarget PodFailurePolicy]");
    run(&mut engine, 12_000);
    assert_eq!(state(&engine), "0 0 3 [FailureTarget PodFailurePolicy, Failed PodFailurePolicy]");
    let failed = pods(&engine).iter().map(|pod| pod.name().to_owned()).collect::<Vec<_>>();
    assert_eq!(
        events(&engine, "PodFailurePolicy"),
        [format!(
            "Container app for pod default/{} failed with exit code 1 matching FailJob rule at index 0",
            failed[0]
        )]
    );
}

#[test]
fn ignored_failures_do_not_count_but_the_job_waits_for_them() {
    let mut engine = engine();
    let policy =
        json!({"rules": [{"action": "Ignore", "onExitCodes": {"operator": "NotIn", "values": [2]}}]});
    job(&mut engine, "fail:1", json!({"backoffLimit": 0, "podFailurePolicy": policy}));
    // They end at 6 s, at 16 + 6 s and at 42 + 6 s.
    run(&mut engine, 50_000);
    assert_eq!(state(&engine), "0 0 0 []");
    assert_eq!(pods(&engine).len(), 3);
}

#[test]
fn a_deleted_pod_has_failed_at_once_or_when_it_has_ended() {
    for (policy, counted, replaced) in [("TerminatingOrFailed", 6, 15), ("Failed", 7, 16)] {
        let mut engine = engine();
        job(&mut engine, "web:1", json!({"podReplacementPolicy": policy}));
        run(&mut engine, 5_000);
        let pod = pods(&engine)[0].key();
        engine.world.delete::<Pod>(&pod, DeleteOptions::default()).unwrap();
        engine.after_action();
        run(&mut engine, counted * 1000 - 100);
        assert!(!state(&engine).ends_with(" 1 []"), "{policy}: {}", state(&engine));
        run(&mut engine, counted * 1000 + 200);
        assert!(state(&engine).ends_with(" 1 []"), "{policy}: {}", state(&engine));
        // 10 s after the deletion, or after the end.
        run(&mut engine, replaced * 1000 - 100);
        assert_eq!(pods(&engine).len(), 0, "{policy}");
        run(&mut engine, replaced * 1000 + 200);
        assert_eq!(pods(&engine).len(), 1, "{policy}");
    }
}

#[test]
fn an_indexed_job_that_gets_smaller_lets_its_last_indexes_go() {
    let mut engine = engine();
    indexed(&mut engine, "web:1", 3, json!({}));
    run(&mut engine, 3_000);
    edit::<Job>(&mut engine, "sum", |job| {
        let spec = job.spec.as_mut().unwrap();
        (spec.completions, spec.parallelism) = (Some(2), Some(2));
    });
    run(&mut engine, 6_000);
    assert_eq!(names(&engine), ["sum-0", "sum-1"]);
    assert_eq!(state(&engine), "2 0 0 []");
}
