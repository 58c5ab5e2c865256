//! Draws a scenario from a seed: as its author would write it, as YAML.
//!
//! Half of them are quiet: nothing but rollouts, scaling and load. In the others faults come between. Before the end what
//! was broken is mended, so that in the end every workload must have what it wants.

mod manifests;

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use std::fmt::Write;

/// A scenario that was drawn, and what the invariants need to know of it.
pub(crate) struct Drawn {
    /// The file.
    pub(crate) source: String,
    /// Whether anything but rollouts, scaling and load happens: Node failures, deletions, drains, crashes, pressure.
    pub(crate) has_faults: bool,
    /// The kinds whose Pods need not all be ready in the end, as in Kubernetes: a Pod whose readiness was taken away is not
    /// replaced; a StatefulSet waits for a broken Pod for ever; a DaemonSet's back-off after a full disk may be long.
    pub(crate) unsettled: Vec<&'static str>,
    /// The workloads that were deleted whole, as `kind/name`.
    pub(crate) deleted: Vec<String>,
}

/// Time for everything to settle after the last deed. Where nothing fails: four Pods in turn, each with a slow image and a
/// grace of 30 s, and a HPA's sync.
const QUIET_SECONDS: u64 = 200;
/// Where something does: the longest back-off of a crash, 300 s.
const SETTLE_SECONDS: u64 = 420;

struct Draw {
    lots: Pcg64Mcg,
    nodes: usize,
    has: Has,
    /// The present state of what deeds depend on.
    now: Now,
}

/// How many there are of each kind.
struct Has {
    deployments: usize,
    replica_sets: usize,
    controllers: usize,
    stateful_sets: usize,
    daemon_sets: usize,
    jobs: usize,
    cron_jobs: usize,
    autoscaler: bool,
}

#[derive(Default)]
struct Now {
    failed: Vec<usize>,
    cordoned: Vec<usize>,
    tainted: Vec<usize>,
    filled: Vec<usize>,
    paused: bool,
    has_vip: bool,
    bad_image: Vec<usize>,
    unsettled: Vec<&'static str>,
    deleted: Vec<String>,
    lone_is_gone: bool,
}

/// The scenario of a seed.
pub(crate) fn scenario(seed: u64) -> Drawn {
    let mut lots = Pcg64Mcg::seed_from_u64(seed);
    let nodes = lots.random_range(1..=3);
    let deployments = [0, 1, 1, 2][lots.random_range(0..4)];
    let mut one_in = |chance: f64| usize::from(lots.random_bool(chance));
    let has = Has {
        deployments,
        replica_sets: one_in(0.2),
        controllers: one_in(0.1),
        stateful_sets: one_in(0.35),
        daemon_sets: one_in(0.25),
        jobs: one_in(0.25),
        cron_jobs: one_in(0.08),
        autoscaler: deployments > 0 && one_in(0.15) == 1,
    };
    let has_faults = one_in(0.5) == 1;
    let mut draw = Draw { lots, nodes, has, now: Now::default() };
    let names: Vec<String> = (0..nodes).map(|i| format!("node-{i}")).collect();
    let mut source = format!("scenario: drawn-{seed}\ntitle: drawn\nseed: {seed}\ncluster:\n");
    let _ = writeln!(source, "  nodes: [{}]", names.join(", "));
    draw.images(&mut source);
    draw.manifests(&mut source);
    let end = draw.timeline(&mut source, has_faults);
    let _ = writeln!(source, "until: {}s", end + if has_faults { SETTLE_SECONDS } else { QUIET_SECONDS });
    Drawn { source, has_faults, unsettled: draw.now.unsettled, deleted: draw.now.deleted }
}

impl Draw {
    fn up_to(&mut self, most: usize) -> usize {
        self.lots.random_range(0..=most)
    }

    fn chance(&mut self, chance: f64) -> bool {
        self.lots.random_bool(chance)
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

    /// Returns when the last deed is done, in seconds.
    fn timeline(&mut self, source: &mut String, has_faults: bool) -> u64 {
        source.push_str("timeline:\n");
        let mut at = 1 + self.up_to(30) as u64;
        for _ in 0..=self.up_to(6) {
            // Now and then two deeds fall into one second.
            at += [0, 1, 3, 20, 50][self.up_to(4)] * (1 + self.up_to(1) as u64);
            let deed = match self.up_to(19) {
                0 => self.delete_whole(),
                _ if has_faults && self.chance(0.6) => self.fault(),
                _ => self.change(),
            };
            if let Some(deed) = deed {
                let _ = writeln!(source, "  - {{ at: {at}s, do: {deed} }}");
            }
        }
        // A failure is sometimes mended at once, sometimes after everybody has given up on the Node.
        let late = !self.now.failed.is_empty() && self.chance(0.5);
        at += if late { 420 } else { 20 };
        for deed in self.mend() {
            at += 1;
            let _ = writeln!(source, "  - {{ at: {at}s, do: {deed} }}");
        }
        // The file needs a timeline that is a list, even of nothing.
        let _ = writeln!(source, "  - {{ at: {at}s, do: {{ uncordon: node-0 }} }}");
        at
    }

    /// A Node.
    fn node(&mut self) -> usize {
        self.up_to(self.nodes - 1)
    }

    /// A workload that has Pods, and those Pods are interchangeable.
    fn workload(&mut self) -> Option<String> {
        let mut all: Vec<String> = (0..self.has.deployments).map(|i| format!("deployment/web-{i}")).collect();
        let others = [
            (self.has.replica_sets, "replicaset/plain"),
            (self.has.controllers, "replicationcontroller/old"),
            (self.has.stateful_sets, "statefulset/db"),
            (self.has.daemon_sets, "daemonset/agent"),
        ];
        all.extend(others.iter().filter(|(count, _)| *count > 0).map(|(_, name)| (*name).to_owned()));
        let most = all.len().checked_sub(1)?;
        let one = self.up_to(most);
        Some(all.swap_remove(one))
    }

    /// A workload goes, and all that belongs to it. Nothing is done to it any more.
    fn delete_whole(&mut self) -> Option<String> {
        let has = &mut self.has;
        let mut all: Vec<(String, &mut usize)> = Vec::new();
        if has.deployments > 0 {
            all.push((format!("deployment/web-{}", has.deployments - 1), &mut has.deployments));
        }
        let others = [
            ("replicaset/plain", &mut has.replica_sets),
            ("replicationcontroller/old", &mut has.controllers),
            ("statefulset/db", &mut has.stateful_sets),
            ("daemonset/agent", &mut has.daemon_sets),
            ("job/batch", &mut has.jobs),
            ("cronjob/report", &mut has.cron_jobs),
        ];
        all.extend(
            others.into_iter().filter(|(_, count)| **count > 0).map(|(name, count)| (name.to_owned(), count)),
        );
        let most = all.len().checked_sub(1)?;
        let (target, count) = all.swap_remove(self.lots.random_range(0..=most));
        *count -= 1;
        let deployments = has.deployments;
        has.autoscaler &= deployments > 0;
        self.now.paused &= deployments > 0;
        self.now.bad_image.retain(|i| *i < deployments);
        let cascade = ["background", "background", "foreground"][self.up_to(2)];
        let deed = format!("{{ delete: {{ target: {target}, cascade: {cascade} }} }}");
        self.now.deleted.push(target);
        Some(deed)
    }

    /// What people do to a cluster that is well.
    fn change(&mut self) -> Option<String> {
        match self.up_to(9) {
            0..=6 if self.has.deployments > 0 => Some(self.rollout()),
            7 if self.has.jobs > 0 => {
                Some(format!("{{ patch: {{ job/batch: {{ spec: {{ suspend: {} }} }} }} }}", self.chance(0.4)))
            }
            8 if self.has.autoscaler => {
                Some(format!("{{ load: {{ deployment/web-0: {}m }} }}", self.up_to(600)))
            }
            _ => {
                let workload = self.workload()?;
                Some(if self.chance(0.5) && !workload.starts_with("daemonset") {
                    format!("{{ scale: {{ {workload}: {} }} }}", 1 + self.up_to(4))
                } else {
                    format!("{{ set-image: {{ {workload}: \"web:{}\" }} }}", 1 + self.up_to(1))
                })
            }
        }
    }

    fn rollout(&mut self) -> String {
        let i = self.up_to(self.has.deployments - 1);
        let web = format!("deployment/web-{i}");
        match self.up_to(9) {
            0..=2 => format!("{{ scale: {{ {web}: {} }} }}", self.up_to(7)),
            3 | 4 => format!("{{ set-image: {{ {web}: \"web:{}\" }} }}", 1 + self.up_to(1)),
            5 => {
                self.now.bad_image.push(i);
                format!("{{ set-image: {{ {web}: \"web:bad\" }} }}")
            }
            6 if i == 0 => {
                self.now.paused = !self.now.paused;
                let verb = if self.now.paused { "pause" } else { "resume" };
                format!("{{ rollout: {{ {verb}: {web} }} }}")
            }
            7 if i > 0 => format!("{{ rollout: {{ restart: {web} }} }}"),
            8 => format!("{{ patch: {{ {web}: {{ spec: {{ minReadySeconds: {} }} }} }} }}", self.up_to(6)),
            _ => format!("{{ annotate: {{ {web}: {{ note: \"{}\" }} }} }}", self.up_to(9)),
        }
    }

    /// What goes wrong.
    fn fault(&mut self) -> Option<String> {
        let node = self.node();
        Some(match self.up_to(13) {
            0 | 1 if self.nodes > 1 && !self.now.failed.contains(&node) => {
                self.now.failed.push(node);
                format!("{{ fail-node: node-{node} }}")
            }
            2 => {
                self.now.cordoned.push(node);
                format!("{{ cordon: node-{node} }}")
            }
            3 => {
                self.now.cordoned.push(node);
                self.now.lone_is_gone = true;
                format!(
                    "{{ drain: {{ node: node-{node}, ignore-daemonsets: true, delete-emptydir-data: true, force: true }} }}"
                )
            }
            4 => {
                self.now.tainted.push(node);
                self.now.lone_is_gone = true;
                format!(
                    "{{ taint: {{ node-{node}: \"team=x:{}\" }} }}",
                    ["NoExecute", "NoSchedule"][self.up_to(1)]
                )
            }
            5 => {
                self.now.filled.push(node);
                self.now.unsettled.push("DaemonSet");
                self.now.lone_is_gone = true;
                format!("{{ fill-{}: {{ node-{node}: 99% }} }}", ["disk", "memory"][self.up_to(1)])
            }
            6 => {
                let workload = self.workload()?;
                self.now.unsettled.extend(["Deployment", "ReplicaSet", "StatefulSet", "DaemonSet"]);
                format!("{{ unready: {{ pod: \"{workload}#0\" }} }}")
            }
            7 => format!("{{ crash: {{ pod: \"{}#0\" }} }}", self.workload()?),
            8 if self.has.stateful_sets > 0 => {
                self.now.unsettled.push("StatefulSet");
                format!("{{ set-image: {{ statefulset/db: \"web:{}\" }} }}", ["bad", "crash"][self.up_to(1)])
            }
            9 if self.has.deployments > 0 => {
                let i = self.up_to(self.has.deployments - 1);
                self.now.bad_image.push(i);
                format!("{{ set-image: {{ deployment/web-{i}: \"web:crash\" }} }}")
            }
            10 if !self.now.lone_is_gone => {
                self.now.lone_is_gone = true;
                "{ delete: pod/lone }".to_owned()
            }
            11 if !self.now.has_vip => {
                self.now.has_vip = true;
                self.now.lone_is_gone = true;
                format!(
                    "{{ apply: \"{{ apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {{ name: high }}, value: 1000 }}\\n\
                     ---\\n{{ apiVersion: v1, kind: Pod, metadata: {{ name: vip }}, spec: {{ priorityClassName: high, \
                     containers: [{{ name: app, image: 'web:1', resources: {{ requests: {{ cpu: 3{}00m }} }} }}] }} }}\" }}",
                    self.up_to(9)
                )
            }
            12 => {
                let workload = self.workload()?;
                format!("{{ delete: {{ target: \"{workload}#0\", grace: {}s }} }}", self.up_to(2) * 20)
            }
            _ => format!("{{ delete: \"{}#0\" }}", self.workload()?),
        })
    }

    /// Everything that makes the cluster whole again.
    fn mend(&mut self) -> Vec<String> {
        let now = std::mem::take(&mut self.now);
        let mut deeds = Vec::new();
        deeds.extend(now.failed.iter().map(|node| format!("{{ recover-node: node-{node} }}")));
        deeds.extend(now.cordoned.iter().map(|node| format!("{{ uncordon: node-{node} }}")));
        deeds.extend(now.tainted.iter().map(|node| format!("{{ taint: {{ node-{node}: \"team-\" }} }}")));
        for node in &now.filled {
            deeds.push(format!("{{ fill-disk: {{ node-{node}: 10% }} }}"));
            deeds.push(format!("{{ fill-memory: {{ node-{node}: 10% }} }}"));
        }
        if now.paused {
            deeds.push("{ rollout: { resume: deployment/web-0 } }".to_owned());
        }
        if self.has.cron_jobs > 0 {
            deeds.push("{ patch: { cronjob/report: { spec: { suspend: true } } } }".to_owned());
        }
        if now.has_vip {
            deeds.push("{ delete: pod/vip }".to_owned());
        }
        deeds.extend(
            now.bad_image.iter().map(|i| format!("{{ set-image: {{ deployment/web-{i}: \"web:1\" }} }}")),
        );
        self.now = Now { unsettled: now.unsettled, deleted: now.deleted, ..Now::default() };
        deeds
    }
}
