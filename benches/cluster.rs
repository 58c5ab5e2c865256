//! How fast the simulated cluster is: `cargo bench --bench cluster`.
//!
//! Each case runs in a process of its own, so that its peak memory is its own. Figures are wall time on one core.

#![allow(clippy::print_stdout)] // a bench prints its figures

use doujia::cluster::limits::Limits;
use doujia::cluster::run::run_within;
use doujia::cluster::scenario::Scenario;
use std::process::Command;
use std::time::{Duration, Instant};

/// What strangers may not have.
const LIMITS: Limits = Limits { nodes: 1_000, steps: 20_000_000, objects: 20_000, changes: 1_000_000 };

struct Case {
    name: &'static str,
    /// What the project asks of it.
    aim: &'static str,
    /// How often it is run; the median counts.
    times: usize,
    scenario: fn() -> String,
}

const CASES: [Case; 5] = [
    Case {
        name: "a Node fails, 3 Nodes, 15 simulated minutes",
        aim: "5 ms",
        times: 101,
        scenario: node_failure,
    },
    Case {
        name: "1 000 Pods on 100 Nodes, created to Running",
        aim: "-",
        times: 3,
        scenario: || many_pods(100, 1_000),
    },
    Case {
        name: "10 000 Pods on 100 Nodes (a Node holds 110)",
        aim: "-",
        times: 1,
        scenario: || many_pods(100, 10_000),
    },
    Case {
        name: "10 000 Pods on 1 000 Nodes, created to Running",
        aim: "10 s",
        times: 1,
        scenario: || many_pods(1_000, 10_000),
    },
    Case {
        name: "a rolling update of 1 000 replicas on 100 Nodes",
        aim: "2 s",
        times: 3,
        scenario: rolling_update,
    },
];

fn node_failure() -> String {
    "scenario: bench
title: bench
cluster: { nodes: [node-a, node-b, node-c] }
manifests: |
  apiVersion: apps/v1
  kind: Deployment
  metadata: { name: web }
  spec:
    replicas: 3
    selector: { matchLabels: { app: web } }
    template:
      metadata: { labels: { app: web } }
      spec: { containers: [{ name: app, image: 'web:1' }] }
timeline:
  - { at: 20s, do: { fail-node: node-b } }
until: 15m
"
    .to_owned()
}

fn nodes(count: usize) -> String {
    let names: Vec<String> =
        (0..count).map(|i| format!("{{ name: node-{i:04}, cpu: 32, memory: 64Gi, pods: 110 }}")).collect();
    format!("cluster: {{ nodes: [{}] }}", names.join(", "))
}

fn many_pods(node_count: usize, pods: usize) -> String {
    format!(
        "scenario: bench
title: bench
{}
manifests: |
  apiVersion: apps/v1
  kind: ReplicaSet
  metadata: {{ name: web }}
  spec:
    replicas: {pods}
    selector: {{ matchLabels: {{ app: web }} }}
    template:
      metadata: {{ labels: {{ app: web }} }}
      spec: {{ containers: [{{ name: app, image: 'web:1', resources: {{ requests: {{ cpu: 100m, memory: 64Mi }} }} }}] }}
until: 60s
claims:
  - {{ at: end, that: \"replicaset('web').ready == {pods}\" }}
",
        nodes(node_count)
    )
}

fn rolling_update() -> String {
    format!(
        "scenario: bench
title: bench
{}
manifests: |
  apiVersion: apps/v1
  kind: Deployment
  metadata: {{ name: web }}
  spec:
    replicas: 1000
    selector: {{ matchLabels: {{ app: web }} }}
    template:
      metadata: {{ labels: {{ app: web }} }}
      spec: {{ containers: [{{ name: app, image: 'web:1' }}] }}
timeline:
  - {{ at: 30s, do: {{ set-image: {{ deployment/web: 'web:2' }} }} }}
until: 3m
claims:
  - {{ at: end, that: \"deployment('web').ready == 1000 && deployment('web').updated == 1000\" }}
",
        nodes(100)
    )
}

/// Runs one case and prints its row.
fn measure(case: &Case) {
    let scenario = Scenario::parse_within(&(case.scenario)(), "bench.yaml", LIMITS)
        .expect("the bench's scenario is sound");
    let mut times: Vec<Duration> = Vec::new();
    let mut changes = 0;
    for _ in 0..case.times {
        let begin = Instant::now();
        let run = run_within(&scenario, LIMITS).expect("the bench's scenario runs");
        times.push(begin.elapsed());
        changes = run.trace.changes().len();
        assert!(run.prove().iter().all(|verdict| verdict.holds), "{}: a claim is false", case.name);
    }
    times.sort();
    let median = times[times.len() / 2];
    println!(
        "{:<52} {:>10.1} ms   aim {:>5}   {:>8} changes   {:>5} MB",
        case.name,
        median.as_secs_f64() * 1000.0,
        case.aim,
        changes,
        peak_memory_mb()
    );
}

/// The largest resident set so far (Linux; 0 elsewhere).
fn peak_memory_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) / 1024
}

fn main() {
    let asked: Option<usize> = std::env::var("DOUJIA_BENCH_CASE").ok().and_then(|index| index.parse().ok());
    match asked.and_then(|index| CASES.get(index)) {
        Some(case) => measure(case),
        None => {
            let this = std::env::current_exe().expect("the bench has a path");
            for index in 0..CASES.len() {
                let status = Command::new(&this).env("DOUJIA_BENCH_CASE", index.to_string()).status();
                assert!(status.expect("the bench can run itself").success(), "case {index} failed");
            }
        }
    }
}
