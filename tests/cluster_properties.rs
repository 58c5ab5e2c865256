//! What must hold in every run of the simulated cluster, whatever is thrown at it.
//!
//! Scenarios are drawn from a seed: Nodes, workloads, and a timeline of deeds and faults. Every one is run twice (same
//! bytes), and the invariants of `properties::invariants` are checked after every change of its trace. A failing
//! seed is printed: `DOUJIA_PROPERTY_SEED=<seed> cargo test --test cluster_properties` runs that one alone, and
//! `DOUJIA_PROPERTY_RUNS=5000` runs as many as one likes.

#[path = "properties/draw.rs"]
mod draw;
#[path = "properties/invariants.rs"]
mod invariants;

use doujia::cluster::Trace;
use doujia::cluster::run::run;
use doujia::cluster::scenario::Scenario;
use sha2::{Digest, Sha256};

/// How many scenarios a plain `cargo test` draws.
const RUNS: u64 = 300;

fn seeds() -> std::ops::Range<u64> {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    match number("DOUJIA_PROPERTY_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("DOUJIA_PROPERTY_RUNS").unwrap_or(RUNS),
    }
}

fn trace_of(seed: u64, source: &str) -> Trace {
    let scenario = Scenario::parse(source, "drawn.yaml")
        .unwrap_or_else(|problems| panic!("seed {seed}: {problems:#?}\n{source}"));
    run(&scenario).unwrap_or_else(|problems| panic!("seed {seed}: {problems:#?}\n{source}")).trace
}

/// The SHA-256 of the whole watch stream.
fn hash(trace: &Trace) -> String {
    let mut hash = Sha256::new();
    for change in trace.changes() {
        hash.update(change.at.0.to_le_bytes());
        hash.update(change.change.word());
        hash.update(change.object.to_json().to_string());
    }
    hex::encode(hash.finalize())
}

#[test]
fn the_invariants_hold_after_every_change_of_any_scenario() {
    let mut broken = Vec::new();
    for seed in seeds() {
        let drawn = draw::scenario(seed);
        let trace = trace_of(seed, &drawn.source);
        if let Err(what) = invariants::check(&trace, &drawn) {
            broken.push(format!("seed {seed}: {what}\n{}", drawn.source));
        }
        assert!(broken.len() < 3, "{}", broken.join("\n\n"));
    }
    assert!(broken.is_empty(), "{}", broken.join("\n\n"));
}

#[test]
fn the_same_scenario_and_seed_give_the_same_bytes() {
    for seed in seeds().take(60) {
        let source = draw::scenario(seed).source;
        assert_eq!(hash(&trace_of(seed, &source)), hash(&trace_of(seed, &source)), "seed {seed}");
    }
}
