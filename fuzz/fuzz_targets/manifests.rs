//! Manifests, as an author pastes them: applied to a small cluster that runs for three minutes.

#![no_main]

use doujia::cluster::run::run;
use doujia::cluster::scenario::Scenario;
use libfuzzer_sys::fuzz_target;

/// What stands around the manifests.
const HEAD: &str =
    "scenario: fuzz\ntitle: fuzz\ncluster: { nodes: [node-a, node-b] }\nuntil: 3m\nmanifests: |\n";

fuzz_target!(|manifests: &str| {
    let mut source = HEAD.to_owned();
    for line in manifests.lines() {
        source.push_str("  ");
        source.push_str(line);
        source.push('\n');
    }
    if let Ok(scenario) = Scenario::parse(&source, "fuzz.yaml") {
        // The API server may refuse them; it may not fall over them.
        let _ = run(&scenario);
    }
});
