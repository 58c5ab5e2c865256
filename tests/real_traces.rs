//! The simulated cluster does what a real Kubernetes 1.36 control plane did, scenario by scenario.
//!
//! Both traces are reduced to the facts that must agree (`real_traces::facts`), and these are compared. A real control
//! plane starts up, and its kubelets were polled: times agree within 1.6 s; after a Node has failed within 11 s, since the
//! moment of its last Lease is chance.

#![allow(clippy::unwrap_used)] // a test may panic: the allowance in clippy.toml does not reach helper functions

#[path = "real_traces/facts.rs"]
mod facts;

use doujia::cluster::run::run;
use doujia::cluster::scenario::Scenario;
use facts::{Entry, Facts};
use serde_json::Value;
use std::io::Read;
use std::path::{Path, PathBuf};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/real-traces")
}

fn recorded(name: &str) -> Vec<Entry> {
    let file = std::fs::File::open(fixtures().join(format!("{name}.jsonl.gz"))).unwrap();
    let mut text = String::new();
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
    text.lines()
        .filter(|line| !line.is_empty())
        .map(|line| entry(&serde_json::from_str(line).unwrap()))
        .collect()
}

fn entry(line: &Value) -> Entry {
    Entry {
        at: line["t_ms"].as_i64().unwrap(),
        what: line["type"].as_str().unwrap().to_owned(),
        object: line["object"].clone(),
    }
}

fn simulated(name: &str) -> Vec<Entry> {
    let path = fixtures().join(format!("{name}.yaml"));
    let source = std::fs::read_to_string(&path).unwrap();
    let scenario = Scenario::parse(&source, name).unwrap();
    let run = run(&scenario).unwrap();
    let changes = run.trace.changes().iter();
    let entries = changes.map(|change| Entry {
        at: change.at.0,
        what: change.change.word().to_owned(),
        object: change.object.to_json(),
    });
    entries.collect()
}

#[track_caller]
fn agrees(name: &str) {
    let (ours, real) = (Facts::of(&simulated(name)), Facts::of(&recorded(name)));
    let differences = facts::differences(&ours, &real);
    assert!(differences.is_empty(), "simulated ≠ real in {name}:\n{}", differences.join("\n"));
}

macro_rules! scenarios {
    ($($test:ident $name:literal;)*) => {
        $(#[test] fn $test() { agrees($name); })*

        #[test]
        fn every_recording_is_compared() {
            let mut names: Vec<String> = std::fs::read_dir(fixtures())
                .unwrap()
                .map(|file| file.unwrap().file_name().into_string().unwrap())
                .filter_map(|name| name.strip_suffix(".jsonl.gz").map(str::to_owned))
                .collect();
            names.sort();
            assert_eq!(names, [$($name),*]);
        }
    };
}

scenarios! {
    a_deployment_is_created "01-create";
    a_rolling_update_with_default_limits "03-rolling-default";
    a_bad_image_stalls_a_rollout_until_it_is_undone "07-bad-image-undo";
    deleted_pods_are_replaced "08-self-heal";
    a_node_fails_for_a_short_time "10-node-failure-short";
    a_stateful_set_goes_in_order "12-statefulset-ordered";
    a_daemon_set_follows_the_nodes "16-daemonset-nodes";
    a_job_runs_to_completion "18-job";
    a_drain_waits_for_the_disruption_budget "25-drain-pdb";
    an_orphan_is_adopted "27-orphan-adopted";
}

#[test]
fn the_comparison_sees_a_difference() {
    let real = recorded("03-rolling-default");
    let mut late = real.clone();
    late.iter_mut().filter(|entry| entry.at > 5_000).for_each(|entry| entry.at += 4_000);
    assert!(facts::differences(&Facts::of(&real), &Facts::of(&real)).is_empty());
    assert!(!facts::differences(&Facts::of(&late), &Facts::of(&real)).is_empty());
}
