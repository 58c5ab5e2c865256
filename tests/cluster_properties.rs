//! What must hold in every run of the simulated cluster, whatever is thrown at it.
//!
//! Scenarios are drawn from a seed: Nodes, workloads, and a timeline of deeds and faults. Every one is run twice (same
//! bytes), and the invariants of `properties::invariants` are checked after every change of its trace. A failing
//! seed is printed: `DOUJIA_PROPERTY_SEED=<seed> cargo test --test cluster_properties` runs that one alone, and
//! `DOUJIA_PROPERTY_RUNS=5000` runs as many as one likes.

#[path = "properties/budgets.rs"]
mod budgets;
#[path = "properties/draw.rs"]
mod draw;
#[path = "properties/invariants.rs"]
mod invariants;
#[path = "properties/rollouts.rs"]
mod rollouts;

use doujia::cluster::Trace;
use doujia::cluster::run::run;
use doujia::cluster::scenario::Scenario;
use sha2::{Digest, Sha256};

/// How many scenarios a plain `cargo test` draws.
const RUNS: u64 = 2000;

fn seeds() -> std::ops::Range<u64> {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    match number("DOUJIA_PROPERTY_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("DOUJIA_PROPERTY_RUNS").unwrap_or(RUNS),
    }
}

/// What happens in a drawn scenario; `None` if one of its deeds had lost its object by then, and was refused.
fn trace_of(seed: u64, source: &str) -> Option<Trace> {
    let scenario = Scenario::parse(source, "drawn.yaml")
        .unwrap_or_else(|problems| panic!("seed {seed}: {problems:#?}\n{source}"));
    match run(&scenario) {
        Ok(run) => Some(run.trace),
        Err(problems) if problems.iter().all(|problem| REFUSALS.contains(&problem.kind)) => None,
        Err(problems) => panic!("seed {seed}: {problems:#?}\n{source}"),
    }
}

/// Why a deed may come to nothing: there is no such Pod at that moment, or kubectl would say no.
const REFUSALS: [&str; 2] = ["no-such-pod", "refused"];

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
    let (mut broken, mut refused, mut drawn_in_all) = (Vec::new(), 0, 0);
    let (mut guarded, mut deleted) = (0, 0);
    for seed in seeds() {
        let drawn = draw::scenario(seed);
        drawn_in_all += 1;
        match trace_of(seed, &drawn.source) {
            None => refused += 1,
            Some(trace) => match invariants::check(&trace, &drawn) {
                Ok(evictions) => {
                    guarded += evictions;
                    deleted += drawn.deleted.len();
                }
                Err(what) => broken.push(format!("seed {seed}: {what}\n{}", drawn.source)),
            },
        }
        assert!(broken.len() < 3, "{}", broken.join("\n\n"));
    }
    assert!(broken.is_empty(), "{}", broken.join("\n\n"));
    assert!(
        refused * 10 <= drawn_in_all,
        "{refused} of {drawn_in_all} scenarios had a deed that was refused"
    );
    // What never happens is not tested.
    if drawn_in_all >= RUNS {
        assert!(guarded >= 20, "budgets had to allow only {guarded} evictions");
        assert!(deleted >= 200, "only {deleted} workloads were deleted whole");
    }
}

#[test]
fn the_same_scenario_and_seed_give_the_same_bytes() {
    for seed in seeds().take(60) {
        let source = draw::scenario(seed).source;
        let hash_of = || trace_of(seed, &source).as_ref().map(hash);
        assert_eq!(hash_of(), hash_of(), "seed {seed}");
    }
}
