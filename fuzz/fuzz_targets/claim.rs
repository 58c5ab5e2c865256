//! A claim's expression, evaluated on a cluster in which something happens.

#![no_main]

use doujia::cluster::clock::SimTime;
use doujia::cluster::run::{Run, run};
use doujia::cluster::scenario::Scenario;
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static RUN: LazyLock<Run> = LazyLock::new(|| {
    let source = include_str!("../../content/scenarios/service-follows-labels.yaml");
    let scenario = Scenario::parse(source, "service-follows-labels.yaml").expect("the gallery is well");
    run(&scenario).expect("the gallery runs")
});

fuzz_target!(|expression: &str| {
    // It may be no CEL, or have no value; both are told, and nothing falls over.
    let _ = RUN.evaluate(expression, SimTime(45_500));
});
