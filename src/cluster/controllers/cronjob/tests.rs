//! CronJobs in a cluster without a Job controller: the tests end the Jobs themselves.

use super::*;
use crate::cluster::controllers::Runner;
use crate::cluster::controllers::test_cluster::{cluster, create, edit, events, get, run, template};
use crate::cluster::engine::Engine;
use serde_json::{Value, json};

/// Minutes from 1970 to the scenario's beginning.
const START: i64 = 29_453_760;

fn with_cron(fields: Value) -> Engine {
    let mut engine = cluster(vec![Box::new(Runner::new(CronJobController))]);
    let mut pods = template("report", "done:1");
    pods["spec"]["restartPolicy"] = json!("Never");
    let mut spec = json!({"schedule": "* * * * *", "jobTemplate": {"spec": {"template": pods}}});
    for (name, value) in fields.as_object().unwrap() {
        spec[name] = value.clone();
    }
    create(&mut engine, Kind::CronJob, json!({"metadata": {"name": "report"}, "spec": spec}));
    engine
}

/// The minutes of the runs whose Jobs exist.
fn runs(engine: &Engine) -> Vec<i64> {
    let jobs = engine.world.store.state().list::<Job>();
    jobs.map(|job| job.name().strip_prefix("report-").unwrap().parse::<i64>().unwrap() - START).collect()
}

fn end(engine: &mut Engine, minute: i64, condition: &str) {
    let now = engine.world.now.to_time();
    let key = Key::new("default", &format!("report-{}", START + minute));
    let write = |job: &mut Job| {
        job.status = serde_json::from_value(json!({"startTime": now, "completionTime": now,
            "conditions": [{"type": condition, "status": "True"}]}))
        .unwrap();
    };
    engine.world.write::<Job>(&key, write).unwrap();
    engine.after_action();
}

fn suspend(engine: &mut Engine, suspended: bool) {
    edit::<CronJob>(engine, "report", |cron| cron.spec.suspend = Some(suspended));
}

#[test]
fn until_its_first_run_nothing_is_written_into_a_cron_job() {
    let mut engine = with_cron(json!({}));
    run(&mut engine, 60_000);
    let written = engine.world.store.log().iter().filter(|change| change.object.kind() == Kind::CronJob);
    assert_eq!(written.count(), 1, "it was made");
    assert_eq!(get::<CronJob>(&engine, "report").status, Some(Default::default()));
}

#[test]
fn a_run_starts_100_ms_after_its_time_and_its_job_is_named_after_the_minute() {
    let mut engine = with_cron(json!({}));
    run(&mut engine, 60_099);
    assert_eq!(runs(&engine), [0; 0]);
    run(&mut engine, 60_100);
    assert_eq!(runs(&engine), [1]);
    let job = get::<Job>(&engine, "report-29453761");
    assert_eq!(job.controller().unwrap().name, "report");
    assert_eq!(job.metadata.annotations.as_ref().unwrap()[SCHEDULED], "2026-01-01T00:01:00Z");
    let status = get::<CronJob>(&engine, "report").status.clone().unwrap();
    assert_eq!(status.last_schedule_time, Some(SimTime(60_000).to_time()));
    assert_eq!(status.active.unwrap().len(), 1);
    assert_eq!(events(&engine, "SuccessfulCreate"), ["Created job report-29453761"]);
}

#[test]
fn of_the_missed_runs_only_the_latest_is_made_up_for() {
    let mut engine = with_cron(json!({}));
    run(&mut engine, 140_000);
    suspend(&mut engine, true);
    run(&mut engine, 320_000);
    assert_eq!(runs(&engine), [1, 2]);
    suspend(&mut engine, false);
    run(&mut engine, 321_000);
    assert_eq!(runs(&engine), [1, 2, 5]);
    run(&mut engine, 361_000);
    assert_eq!(runs(&engine), [1, 2, 5, 6]);
}

#[test]
fn more_than_a_hundred_missed_runs_are_a_warning_and_the_latest_starts_all_the_same() {
    let mut engine = with_cron(json!({"suspend": true}));
    run(&mut engine, 101 * 60_000 + 30_000);
    suspend(&mut engine, false);
    run(&mut engine, 101 * 60_000 + 31_000);
    assert_eq!(runs(&engine), [101]);
    assert_eq!(events(&engine, "TooManyMissedTimes").len(), 1);
}

#[test]
fn a_hundred_missed_runs_are_no_warning() {
    let mut engine = with_cron(json!({"suspend": true}));
    run(&mut engine, 100 * 60_000 + 30_000);
    suspend(&mut engine, false);
    run(&mut engine, 100 * 60_000 + 31_000);
    assert_eq!(runs(&engine), [100]);
    assert_eq!(events(&engine, "TooManyMissedTimes").len(), 0);
}

#[test]
fn what_is_later_than_its_deadline_is_not_started() {
    let mut engine = with_cron(json!({"startingDeadlineSeconds": 20, "suspend": true}));
    run(&mut engine, 90_000);
    suspend(&mut engine, false);
    run(&mut engine, 91_000);
    assert_eq!(runs(&engine), [0; 0]);
    run(&mut engine, 121_000);
    assert_eq!(runs(&engine), [2]);
}

#[test]
fn forbid_starts_a_run_late_if_the_one_before_ends_in_time_and_else_loses_it() {
    let mut engine = with_cron(json!({"concurrencyPolicy": "Forbid"}));
    run(&mut engine, 130_000);
    assert_eq!(runs(&engine), [1]);
    assert_eq!(
        events(&engine, "JobAlreadyActive"),
        ["Not starting job because prior execution is running and concurrency policy is Forbid"]
    );
    run(&mut engine, 190_000);
    end(&mut engine, 1, "Complete");
    run(&mut engine, 191_000);
    assert_eq!(runs(&engine), [1, 3]);
    assert_eq!(
        events(&engine, "SawCompletedJob"),
        ["Saw completed job: report-29453761, condition: Complete"]
    );
}

#[test]
fn replace_deletes_the_run_that_is_still_going() {
    let mut engine = with_cron(json!({"concurrencyPolicy": "Replace"}));
    run(&mut engine, 130_000);
    assert_eq!(runs(&engine), [2]);
    assert_eq!(events(&engine, "SuccessfulDelete"), ["Deleted job report-29453761"]);
    assert_eq!(get::<CronJob>(&engine, "report").status.clone().unwrap().active.unwrap().len(), 1);
}

#[test]
fn allow_lets_runs_go_side_by_side() {
    let mut engine = with_cron(json!({}));
    run(&mut engine, 190_000);
    assert_eq!(get::<CronJob>(&engine, "report").status.clone().unwrap().active.unwrap().len(), 3);
}

#[test]
fn three_completed_and_one_failed_job_are_kept() {
    let mut engine = with_cron(json!({}));
    for minute in 1..=7 {
        run(&mut engine, minute * 60_000 + 5000);
        end(&mut engine, minute, if minute <= 2 { "Failed" } else { "Complete" });
    }
    run(&mut engine, 8 * 60_000 - 1);
    assert_eq!(runs(&engine), [2, 5, 6, 7]);
    let status = get::<CronJob>(&engine, "report").status.clone().unwrap();
    assert_eq!(status.last_successful_time, Some(SimTime(425_000).to_time()));
    assert_eq!(status.active, None);
}

#[test]
fn a_run_counts_in_its_time_zone() {
    // 00:01 UTC is 08:01 in Shanghai.
    let mut engine = with_cron(json!({"schedule": "1 8 * * *", "timeZone": "Asia/Shanghai"}));
    run(&mut engine, 61_000);
    assert_eq!(runs(&engine), [1]);
    let job = get::<Job>(&engine, "report-29453761");
    assert_eq!(job.metadata.annotations.as_ref().unwrap()[SCHEDULED], "2026-01-01T08:01:00+08:00");
}

#[test]
fn a_missed_time_is_told_as_mail_writes_dates() {
    let message = missed(SimTime(60_000));
    assert_eq!(message, "Missed scheduled time to start a job: Thu, 01 Jan 2026 00:01:00 +0000");
}
