//! A whole scenario file, as a stranger uploads it: read, and if it can be read run within its limits and proved.

#![no_main]

use doujia::cluster::run::run;
use doujia::cluster::scenario::Scenario;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|source: &str| {
    if let Ok(scenario) = Scenario::parse(source, "fuzz.yaml")
        && let Ok(run) = run(&scenario)
    {
        assert_eq!(run.prove().len(), scenario.claims.len(), "every claim gets its verdict");
    }
});
