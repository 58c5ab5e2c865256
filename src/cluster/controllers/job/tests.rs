//! Jobs from beginning to end, with times worked out by hand: a Pod is Ready 2 s after it is bound and works for 4 s more;
//! what Pods do is noticed a second later.

use super::{JobController, TRACKING};
use crate::cluster::api::{DeleteOptions, Propagation};
use crate::cluster::clock::SimTime;
use crate::cluster::controllers::Runner;
use crate::cluster::controllers::garbage_collector::GarbageCollector;
use crate::cluster::controllers::test_cluster::{cluster, create, edit, events, get, pods, run};
use crate::cluster::engine::Engine;
use crate::cluster::object::{Key, Kind, Resource};
use crate::cluster::store::ChangeType;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::Pod;
use serde_json::{Value, json};

pub(super) fn engine() -> Engine {
    cluster(vec![Box::new(Runner::new(JobController::default()))])
}

fn with_collector() -> Engine {
    cluster(vec![Box::new(Runner::new(JobController::default())), Box::new(Runner::new(GarbageCollector))])
}

fn delete(engine: &mut Engine, propagation: Propagation) {
    let options = DeleteOptions { propagation, grace_period: None };
    engine.world.delete::<Job>(&Key::new("default", "sum"), options).unwrap();
    engine.after_action();
}

pub(super) fn job(engine: &mut Engine, image: &str, spec: Value) {
    let mut whole = spec;
    whole["template"] =
        json!({"spec": {"restartPolicy": "Never", "containers": [{"name": "app", "image": image}]}});
    create(
        engine,
        Kind::Job,
        json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "sum"}, "spec": whole}),
    );
}

/// `active succeeded failed`, and the conditions that hold.
pub(super) fn state(engine: &Engine) -> String {
    let status = get::<Job>(engine, "sum").status.clone().unwrap_or_default();
    let number = |count: Option<i32>| count.unwrap_or(0);
    let conditions: Vec<String> = status
        .conditions
        .iter()
        .flatten()
        .filter(|condition| condition.status == "True")
        .map(|condition| format!("{} {}", condition.type_, condition.reason.clone().unwrap_or_default()))
        .collect();
    let (active, succeeded) = (number(status.active), number(status.succeeded));
    format!("{active} {succeeded} {} [{}]", number(status.failed), conditions.join(", "))
}

#[test]
fn five_completions_two_at_a_time() {
    let mut engine = engine();
    job(&mut engine, "done:1", json!({"completions": 5, "parallelism": 2}));
    run(&mut engine, 1_000);
    assert_eq!(state(&engine), "2 0 0 []");
    // Waves end at 6, 13 and 20 s, each counted a second later.
    run(&mut engine, 8_000);
    assert_eq!(state(&engine), "2 2 0 []");
    run(&mut engine, 15_000);
    assert_eq!(state(&engine), "1 4 0 []");
    run(&mut engine, 30_000);
    assert_eq!(state(&engine), "0 5 0 [SuccessCriteriaMet CompletionsReached, Complete CompletionsReached]");
    assert_eq!(pods(&engine).len(), 5, "finished Pods stay");
    assert_eq!(events(&engine, "Completed"), ["Job completed"]);
    assert!(pods(&engine).iter().all(|pod| pod.metadata.finalizers.is_none()));
}

#[test]
fn with_never_the_seventh_failure_ends_a_job_whose_limit_is_six() {
    let mut engine = engine();
    job(&mut engine, "fail:1", json!({}));
    run(&mut engine, 3_600_000);
    assert_eq!(state(&engine), "0 0 7 [FailureTarget BackoffLimitExceeded, Failed BackoffLimitExceeded]");
    assert_eq!(pods(&engine).len(), 7);
    assert_eq!(events(&engine, "BackoffLimitExceeded"), ["Job has reached the specified backoff limit"]);
    // 10, 20, 40, 80, 160, 320 s from each failure to the next Pod.
    let born: Vec<i64> = pods(&engine)
        .iter()
        .map(|pod| pod.metadata.creation_timestamp.as_ref().unwrap().0.as_second())
        .collect();
    let gaps: Vec<i64> = born.windows(2).map(|two| two[1] - two[0] - 6).collect();
    assert_eq!(gaps, [10, 20, 40, 80, 160, 320]);
}

#[test]
fn a_limit_of_zero_ends_with_the_first_failure() {
    let mut engine = engine();
    job(&mut engine, "fail:1", json!({"backoffLimit": 0}));
    run(&mut engine, 60_000);
    assert_eq!(state(&engine), "0 0 1 [FailureTarget BackoffLimitExceeded, Failed BackoffLimitExceeded]");
}

#[test]
fn a_deadline_beats_the_limit_and_deletes_what_runs() {
    let mut engine = engine();
    job(&mut engine, "web:1", json!({"activeDeadlineSeconds": 10}));
    run(&mut engine, 60_000);
    assert_eq!(state(&engine), "0 0 1 [FailureTarget DeadlineExceeded, Failed DeadlineExceeded]");
    assert_eq!(pods(&engine).len(), 0);
}

#[test]
fn a_suspended_job_has_no_pods_and_its_clock_starts_anew() {
    let mut engine = engine();
    job(&mut engine, "web:1", json!({}));
    run(&mut engine, 5_000);
    edit::<Job>(&mut engine, "sum", |job| job.spec.as_mut().unwrap().suspend = Some(true));
    run(&mut engine, 10_000);
    assert_eq!(state(&engine), "0 0 0 [Suspended JobSuspended]");
    assert_eq!(pods(&engine).len(), 0);
    let started = |engine: &Engine| get::<Job>(engine, "sum").status.clone().unwrap().start_time;
    assert_eq!(started(&engine), None, "its clock is gone");
    edit::<Job>(&mut engine, "sum", |job| job.spec.as_mut().unwrap().suspend = Some(false));
    run(&mut engine, 12_000);
    assert_eq!(state(&engine), "1 0 0 []");
    assert_eq!(started(&engine), Some(SimTime(10_000).to_time()));
    assert_eq!(events(&engine, "Resumed"), ["Job resumed"]);
}

#[test]
fn an_indexed_job_does_each_index_once() {
    let mut engine = engine();
    job(&mut engine, "done:1", json!({"completions": 3, "parallelism": 3, "completionMode": "Indexed"}));
    run(&mut engine, 1_000);
    let names: Vec<String> = pods(&engine).iter().map(|pod| pod.name()[..6].to_owned()).collect();
    assert_eq!(names, ["sum-0-", "sum-1-", "sum-2-"]);
    run(&mut engine, 30_000);
    let status = get::<Job>(&engine, "sum").status.clone().unwrap();
    assert_eq!(status.completed_indexes.as_deref(), Some("0-2"));
}

#[test]
fn a_pod_that_no_longer_matches_is_released_and_replaced() {
    let mut engine = engine();
    job(&mut engine, "web:1", json!({}));
    run(&mut engine, 3_000);
    let key = pods(&engine)[0].key();
    let relabel = |pod: &mut Pod| {
        pod.metadata.labels.as_mut().unwrap().remove("batch.kubernetes.io/controller-uid");
    };
    engine.world.write::<Pod>(&key, relabel).unwrap();
    engine.after_action();
    run(&mut engine, 5_000);
    let released = get::<Pod>(&engine, &key.name);
    assert!(released.controller().is_none());
    assert_eq!(released.metadata.finalizers, None, "nobody counts it");
    assert_eq!((pods(&engine).len(), state(&engine).as_str()), (2, "1 0 0 []"));
}

#[test]
fn an_orphan_that_matches_is_adopted_and_counted() {
    let mut engine = engine();
    let mut early = json!({"metadata": {"name": "early"}});
    let template = json!({"metadata": {"labels": {"app": "sum"}},
        "spec": {"restartPolicy": "Never", "containers": [{"name": "app", "image": "done:1"}]}});
    early["metadata"]["labels"] = template["metadata"]["labels"].clone();
    early["spec"] = template["spec"].clone();
    create(&mut engine, Kind::Pod, early.clone());
    let spec = json!({"manualSelector": true, "selector": {"matchLabels": {"app": "sum"}}, "template": template,
        "completions": 2, "parallelism": 1});
    create(&mut engine, Kind::Job, json!({"metadata": {"name": "sum"}, "spec": spec}));
    run(&mut engine, 3_000);
    let adopted = get::<Pod>(&engine, "early");
    assert_eq!(adopted.controller().unwrap().name, "sum");
    assert_eq!(adopted.metadata.finalizers.as_deref(), Some([TRACKING.to_owned()].as_slice()));
    assert_eq!(pods(&engine).len(), 1, "it is the one at work");
    // It ends at 6 s, is counted at 7 s, and now the Job makes one; of another that comes by itself, one is too many.
    run(&mut engine, 8_000);
    assert_eq!((pods(&engine).len(), state(&engine).as_str()), (2, "1 1 0 []"));
    early["metadata"]["name"] = json!("late");
    create(&mut engine, Kind::Pod, early);
    run(&mut engine, 10_500);
    assert_eq!(state(&engine), "1 1 0 []");
    assert_eq!(events(&engine, "SuccessfulDelete"), ["Deleted pod: late"], "it is not ready yet");
}

#[test]
fn a_job_that_names_another_controller_is_left_alone() {
    for (manager, made) in [("kueue.x-k8s.io/multikueue", 0), ("kubernetes.io/job-controller", 1)] {
        let mut engine = engine();
        job(&mut engine, "web:1", json!({"managedBy": manager}));
        run(&mut engine, 3_000);
        assert_eq!(pods(&engine).len(), made, "{manager}");
        let started = get::<Job>(&engine, "sum").status.clone().unwrap().start_time;
        assert_eq!(started.is_some(), made == 1, "{manager}");
    }
}

#[test]
fn a_finished_job_goes_after_its_pods_when_its_time_to_live_is_over() {
    let mut engine = with_collector();
    job(&mut engine, "done:1", json!({"ttlSecondsAfterFinished": 60}));
    run(&mut engine, 60_000);
    assert!(state(&engine).contains("Complete"));
    run(&mut engine, 70_000);
    assert_eq!(engine.world.store.state().count(Kind::Job), 0);
    let deleted = engine.world.store.log().iter().filter(|change| change.change == ChangeType::Deleted);
    let kinds: Vec<Kind> = deleted.map(|change| change.object.kind()).collect();
    assert_eq!(kinds, [Kind::Pod, Kind::Job]);
}

#[test]
fn pods_that_their_job_leaves_behind_are_free_to_go() {
    let mut engine = with_collector();
    job(&mut engine, "web:1", json!({"parallelism": 2, "completions": 2}));
    run(&mut engine, 3_000);
    delete(&mut engine, Propagation::Orphan);
    run(&mut engine, 4_000);
    assert_eq!(engine.world.store.state().count(Kind::Job), 0);
    assert_eq!(pods(&engine).len(), 2);
    for pod in pods(&engine) {
        assert!(pod.controller().is_none());
        assert_eq!(pod.metadata.finalizers, None);
    }
}

#[test]
fn a_job_that_waits_for_its_pods_to_go_tells_of_them_and_counts_none_as_failed() {
    let mut engine = with_collector();
    job(&mut engine, "web:1", json!({"parallelism": 2, "completions": 2}));
    run(&mut engine, 3_000);
    delete(&mut engine, Propagation::Foreground);
    run(&mut engine, 3_900);
    assert!(pods(&engine).iter().all(|pod| pod.is_deleting() && pod.metadata.finalizers.is_none()));
    let waiting = get::<Job>(&engine, "sum");
    assert!(waiting.is_deleting());
    assert_eq!(waiting.status.clone().unwrap().terminating, Some(2));
    assert_eq!(state(&engine), "0 0 0 []");
    run(&mut engine, 5_000);
    assert_eq!(engine.world.store.state().count(Kind::Job), 0);
}
