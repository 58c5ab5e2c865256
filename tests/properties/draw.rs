//! Draws a scenario from a seed: as its author would write it, as YAML.

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use std::fmt::Write;

/// A scenario that was drawn, and what the invariants need to know of it.
pub(crate) struct Drawn {
    /// The file.
    pub(crate) source: String,
    /// Whether anything but rollouts and scaling happens: Node failures, deletions, drains, crashes, pressure.
    pub(crate) has_faults: bool,
    /// Whether every Pod fits somewhere the whole time, so that every workload reaches its count in the end.
    pub(crate) fits: bool,
}

/// Time for everything to settle after the last deed: a Node's failure needs 55 s to be noticed, 300 s of toleration, and 30 s of grace.
const SETTLE_SECONDS: u64 = 720;

struct Draw {
    lots: Pcg64Mcg,
    nodes: usize,
    deployments: usize,
    stateful_sets: usize,
    daemon_sets: usize,
    replica_sets: usize,
    jobs: usize,
}

/// The scenario of a seed.
pub(crate) fn scenario(seed: u64) -> Drawn {
    let mut lots = Pcg64Mcg::seed_from_u64(seed);
    let nodes = lots.random_range(1..=4);
    let mut draw = Draw {
        nodes,
        deployments: lots.random_range(0..=2),
        stateful_sets: lots.random_range(0..=1),
        daemon_sets: lots.random_range(0..=1),
        replica_sets: lots.random_range(0..=1),
        jobs: lots.random_range(0..=1),
        lots,
    };
    let has_faults = draw.lots.random_bool(0.6);
    let names: Vec<String> = (0..draw.nodes).map(|i| format!("node-{i}")).collect();
    let mut source = format!("scenario: drawn-{seed}\ntitle: drawn\nseed: {seed}\ncluster:\n");
    let _ = writeln!(source, "  nodes: [{}]", names.join(", "));
    draw.images(&mut source);
    draw.manifests(&mut source);
    let end = draw.timeline(&mut source, has_faults);
    let _ = writeln!(source, "until: {}s", end + SETTLE_SECONDS);
    // The most that is asked for: see `manifests` and `timeline`; a Node has 4 CPU and room for 110 Pods.
    Drawn { source, has_faults, fits: draw.nodes >= 2 && !has_faults }
}

impl Draw {
    fn up_to(&mut self, most: usize) -> usize {
        self.lots.random_range(0..=most)
    }

    fn images(&mut self, source: &mut String) {
        let (pull, start, ready, stop) =
            (self.up_to(3000), self.up_to(4000), self.up_to(5000), self.up_to(35_000));
        let _ = writeln!(
            source,
            "  images:
    \"web:1\": {{ pull: {pull}ms, start: {start}ms, ready: {ready}ms, stop: {}ms }}
    \"web:2\": {{ start: {ready}ms, stop: {stop}ms }}
    \"web:bad\": {{ pull: fails }}
    \"web:crash\": {{ exits: {{ code: 1, after: {start}ms }} }}
    \"batch:ok\": {{ exits: {{ code: 0, after: {}s }} }}",
            stop / 10,
            self.up_to(30)
        );
    }

    fn manifests(&mut self, source: &mut String) {
        source.push_str("manifests: |\n");
        for i in 0..self.deployments {
            let (replicas, surge, unavailable) = (self.up_to(6), self.up_to(3), self.up_to(2));
            let strategy = match self.up_to(3) {
                0 => "type: Recreate".to_owned(),
                1 => "type: RollingUpdate".to_owned(),
                _ => format!(
                    "type: RollingUpdate\n      rollingUpdate: {{ maxSurge: {}, maxUnavailable: {unavailable} }}",
                    if unavailable == 0 { surge.max(1) } else { surge }
                ),
            };
            let min_ready = self.up_to(2) * 4;
            let _ = write!(
                source,
                "  apiVersion: apps/v1
  kind: Deployment
  metadata: {{ name: web-{i} }}
  spec:
    replicas: {replicas}
    minReadySeconds: {min_ready}
    strategy:
      {strategy}
    selector: {{ matchLabels: {{ app: web-{i} }} }}
    template:
      metadata: {{ labels: {{ app: web-{i} }} }}
      spec: {{ containers: [{{ name: app, image: \"web:1\", resources: {{ requests: {{ cpu: 100m, memory: 64Mi }} }} }}] }}
  ---
"
            );
        }
        for i in 0..self.stateful_sets {
            let management = if self.lots.random_bool(0.3) { "Parallel" } else { "OrderedReady" };
            let replicas = self.up_to(4);
            let _ = write!(
                source,
                "  apiVersion: apps/v1
  kind: StatefulSet
  metadata: {{ name: db-{i} }}
  spec:
    replicas: {replicas}
    podManagementPolicy: {management}
    serviceName: db
    selector: {{ matchLabels: {{ app: db-{i} }} }}
    template:
      metadata: {{ labels: {{ app: db-{i} }} }}
      spec: {{ containers: [{{ name: app, image: \"web:1\" }}] }}
  ---
"
            );
        }
        for i in 0..self.daemon_sets {
            let _ = write!(
                source,
                "  apiVersion: apps/v1
  kind: DaemonSet
  metadata: {{ name: agent-{i} }}
  spec:
    selector: {{ matchLabels: {{ app: agent-{i} }} }}
    template:
      metadata: {{ labels: {{ app: agent-{i} }} }}
      spec: {{ containers: [{{ name: app, image: \"web:1\" }}] }}
  ---
"
            );
        }
        for i in 0..self.replica_sets {
            let replicas = self.up_to(5);
            let _ = write!(
                source,
                "  apiVersion: apps/v1
  kind: ReplicaSet
  metadata: {{ name: plain-{i} }}
  spec:
    replicas: {replicas}
    selector: {{ matchLabels: {{ app: plain-{i} }} }}
    template:
      metadata: {{ labels: {{ app: plain-{i} }} }}
      spec: {{ containers: [{{ name: app, image: \"web:1\" }}] }}
  ---
"
            );
        }
        for i in 0..self.jobs {
            let (completions, parallelism) = (1 + self.up_to(4), 1 + self.up_to(2));
            let _ = write!(
                source,
                "  apiVersion: batch/v1
  kind: Job
  metadata: {{ name: batch-{i} }}
  spec:
    completions: {completions}
    parallelism: {parallelism}
    template:
      spec: {{ restartPolicy: Never, containers: [{{ name: app, image: \"batch:ok\" }}] }}
  ---
"
            );
        }
        source.push_str(
            "  apiVersion: v1
  kind: Pod
  metadata: { name: lone, labels: { app: lone } }
  spec: { containers: [{ name: app, image: \"web:1\" }] }
",
        );
    }

    /// Returns when the last deed is done, in seconds.
    fn timeline(&mut self, source: &mut String, has_faults: bool) -> u64 {
        source.push_str("timeline:\n");
        let mut at = 20;
        let mut failed: Option<usize> = None;
        for _ in 0..=self.up_to(6) {
            at += 1 + self.up_to(60) as u64;
            let deed = if has_faults && self.lots.random_bool(0.6) {
                self.fault(&mut failed)
            } else {
                self.rollout()
            };
            let _ = writeln!(source, "  - {{ at: {at}s, do: {deed} }}");
        }
        if let Some(node) = failed {
            at += 400;
            let _ = writeln!(source, "  - {{ at: {at}s, do: {{ recover-node: node-{node} }} }}");
        }
        at
    }

    fn rollout(&mut self) -> String {
        if self.deployments == 0 {
            return "{ uncordon: node-0 }".to_owned();
        }
        let web = format!("deployment/web-{}", self.up_to(self.deployments - 1));
        match self.up_to(5) {
            0 | 1 => format!("{{ scale: {{ {web}: {} }} }}", self.up_to(7)),
            2 | 3 => format!("{{ set-image: {{ {web}: \"web:{}\" }} }}", 1 + self.up_to(1)),
            4 => format!("{{ rollout: {{ restart: {web} }} }}"),
            _ => format!("{{ annotate: {{ {web}: {{ note: \"{}\" }} }} }}", self.up_to(9)),
        }
    }

    fn fault(&mut self, failed: &mut Option<usize>) -> String {
        match (self.up_to(5), *failed) {
            (0, None) if self.nodes > 1 => {
                let node = self.up_to(self.nodes - 1);
                *failed = Some(node);
                format!("{{ fail-node: node-{node} }}")
            }
            (1, _) => format!("{{ cordon: node-{} }}", self.up_to(self.nodes - 1)),
            (2, _) => format!("{{ uncordon: node-{} }}", self.up_to(self.nodes - 1)),
            (3, _) if self.deployments > 0 => {
                let bad = if self.lots.random_bool(0.5) { "bad" } else { "crash" };
                format!(
                    "{{ set-image: {{ deployment/web-{}: \"web:{bad}\" }} }}",
                    self.up_to(self.deployments - 1)
                )
            }
            (4, None) => {
                format!("{{ taint: {{ node-{}: \"team=x:NoExecute\" }} }}", self.up_to(self.nodes - 1))
            }
            _ => format!("{{ uncordon: node-{} }}", self.up_to(self.nodes - 1)),
        }
    }
}
