//! The manifests of a drawn scenario.

use super::Draw;
use std::fmt::Write;

impl Draw {
    /// Everything that is applied at the beginning.
    pub(super) fn manifests(&mut self, source: &mut String) {
        source.push_str("manifests: |\n");
        for i in 0..self.has.deployments {
            self.deployment(source, i);
        }
        self.plain(source, self.has.replica_sets, "apps/v1", "ReplicaSet", "plain");
        self.plain(source, self.has.controllers, "v1", "ReplicationController", "old");
        for _ in 0..self.has.stateful_sets {
            self.stateful_set(source);
        }
        for _ in 0..self.has.daemon_sets {
            self.daemon_set(source);
        }
        for _ in 0..self.has.jobs {
            let job = self.job_spec("    ");
            let _ = write!(
                source,
                "  apiVersion: batch/v1\n  kind: Job\n  metadata: {{ name: batch }}\n  spec:\n{job}  ---\n"
            );
        }
        for _ in 0..self.has.cron_jobs {
            self.cron_job(source);
        }
        if self.has.deployments > 0 && self.chance(0.3) {
            self.budget(source);
        }
        if self.has.autoscaler {
            source.push_str(
                "  apiVersion: autoscaling/v2
  kind: HorizontalPodAutoscaler
  metadata: { name: web-0 }
  spec:
    scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web-0 }
    minReplicas: 1
    maxReplicas: 6
    metrics: [{ type: Resource, resource: { name: cpu, target: { type: Utilization, averageUtilization: 80 } } }]
  ---
",
            );
        }
        if self.chance(0.4) {
            source.push_str(
                "  apiVersion: v1
  kind: Service
  metadata: { name: web-0 }
  spec: { selector: { app: web-0 }, ports: [{ port: 80 }] }
  ---
",
            );
        }
        self.lone(source);
    }

    fn deployment(&mut self, source: &mut String, i: usize) {
        let (replicas, surge, unavailable) = (1 + self.up_to(5), self.up_to(3), self.up_to(2));
        let strategy = match self.up_to(4) {
            0 => "type: Recreate".to_owned(),
            1 => "type: RollingUpdate".to_owned(),
            2 => format!(
                "type: RollingUpdate\n      rollingUpdate: {{ maxSurge: {}%, maxUnavailable: {}% }}",
                1 + self.up_to(99),
                self.up_to(60)
            ),
            _ => format!(
                "type: RollingUpdate\n      rollingUpdate: {{ maxSurge: {}, maxUnavailable: {unavailable} }}",
                if unavailable == 0 { surge.max(1) } else { surge }
            ),
        };
        let min_ready = self.up_to(2) * 4;
        let history = self.up_to(3);
        let _ = write!(
            source,
            "  apiVersion: apps/v1
  kind: Deployment
  metadata: {{ name: web-{i} }}
  spec:
    replicas: {replicas}
    minReadySeconds: {min_ready}
    revisionHistoryLimit: {history}
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

    /// ReplicaSets and ReplicationControllers of their own.
    fn plain(&mut self, source: &mut String, count: usize, version: &str, kind: &str, name: &str) {
        for _ in 0..count {
            let replicas = 1 + self.up_to(4);
            let selector = if version == "v1" {
                format!("{{ app: {name} }}")
            } else {
                format!("{{ matchLabels: {{ app: {name} }} }}")
            };
            let _ = write!(
                source,
                "  apiVersion: {version}
  kind: {kind}
  metadata: {{ name: {name} }}
  spec:
    replicas: {replicas}
    selector: {selector}
    template:
      metadata: {{ labels: {{ app: {name} }} }}
      spec: {{ containers: [{{ name: app, image: \"web:1\" }}] }}
  ---
"
            );
        }
    }

    fn stateful_set(&mut self, source: &mut String) {
        let management = if self.chance(0.3) { "Parallel" } else { "OrderedReady" };
        let (replicas, partition) = (1 + self.up_to(3), if self.chance(0.2) { self.up_to(2) } else { 0 });
        let claims = if self.chance(0.5) {
            let scaled = if self.chance(0.5) { "Delete" } else { "Retain" };
            format!(
                "    persistentVolumeClaimRetentionPolicy: {{ whenScaled: {scaled}, whenDeleted: Delete }}
    volumeClaimTemplates:
      - metadata: {{ name: data }}
        spec: {{ accessModes: [ReadWriteOnce], resources: {{ requests: {{ storage: 1Gi }} }} }}
"
            )
        } else {
            String::new()
        };
        let _ = write!(
            source,
            "  apiVersion: apps/v1
  kind: StatefulSet
  metadata: {{ name: db }}
  spec:
    replicas: {replicas}
    podManagementPolicy: {management}
    serviceName: db
    updateStrategy: {{ rollingUpdate: {{ partition: {partition} }} }}
    selector: {{ matchLabels: {{ app: db }} }}
    template:
      metadata: {{ labels: {{ app: db }} }}
      spec: {{ containers: [{{ name: app, image: \"web:1\" }}] }}
{claims}  ---
"
        );
    }

    fn daemon_set(&mut self, source: &mut String) {
        let update = match self.up_to(2) {
            0 => "maxUnavailable: 1".to_owned(),
            1 => format!("maxUnavailable: {}%", 1 + self.up_to(99)),
            _ => "maxSurge: 1, maxUnavailable: 0".to_owned(),
        };
        let _ = write!(
            source,
            "  apiVersion: apps/v1
  kind: DaemonSet
  metadata: {{ name: agent }}
  spec:
    updateStrategy: {{ rollingUpdate: {{ {update} }} }}
    selector: {{ matchLabels: {{ app: agent }} }}
    template:
      metadata: {{ labels: {{ app: agent }} }}
      spec: {{ containers: [{{ name: app, image: \"web:1\" }}] }}
  ---
"
        );
    }

    /// The fields of a Job's spec.
    fn job_spec(&mut self, indent: &str) -> String {
        let (completions, parallelism) = (1 + self.up_to(4), 1 + self.up_to(2));
        let policy = if self.chance(0.5) { "Never" } else { "OnFailure" };
        let image = if self.chance(0.2) { "web:crash" } else { "batch:ok" };
        let mode = if self.chance(0.3) { "Indexed" } else { "NonIndexed" };
        let limit = self.up_to(3);
        let mut spec = format!(
            "{indent}completions: {completions}
{indent}parallelism: {parallelism}
{indent}backoffLimit: {limit}
{indent}completionMode: {mode}
{indent}template:
{indent}  spec: {{ restartPolicy: {policy}, containers: [{{ name: app, image: \"{image}\" }}] }}
"
        );
        if self.chance(0.2) {
            let _ = writeln!(spec, "{indent}ttlSecondsAfterFinished: {}", self.up_to(60));
        }
        if self.chance(0.2) {
            let _ = writeln!(spec, "{indent}activeDeadlineSeconds: {}", 10 + self.up_to(100));
        }
        spec
    }

    fn cron_job(&mut self, source: &mut String) {
        let concurrency = ["Allow", "Forbid", "Replace"][self.up_to(2)];
        let job = self.job_spec("        ");
        let _ = write!(
            source,
            "  apiVersion: batch/v1
  kind: CronJob
  metadata: {{ name: report }}
  spec:
    schedule: \"*/2 * * * *\"
    concurrencyPolicy: {concurrency}
    jobTemplate:
      spec:
{job}  ---
"
        );
    }

    fn budget(&mut self, source: &mut String) {
        let limit = match self.up_to(3) {
            0 => "minAvailable: 1".to_owned(),
            1 => "maxUnavailable: 1".to_owned(),
            2 => format!("maxUnavailable: {}%", self.up_to(100)),
            _ => format!("minAvailable: {}%", self.up_to(100)),
        };
        let _ = write!(
            source,
            "  apiVersion: policy/v1
  kind: PodDisruptionBudget
  metadata: {{ name: web-0 }}
  spec: {{ {limit}, selector: {{ matchLabels: {{ app: web-0 }} }} }}
  ---
"
        );
    }

    /// A Pod that nobody owns, perhaps with a claim.
    fn lone(&mut self, source: &mut String) {
        let volumes = if self.chance(0.3) {
            source.push_str(
                "  apiVersion: v1
  kind: PersistentVolumeClaim
  metadata: { name: lone }
  spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } } }
  ---
",
            );
            ", volumes: [{ name: data, persistentVolumeClaim: { claimName: lone } }]"
        } else {
            ""
        };
        let _ = write!(
            source,
            "  apiVersion: v1
  kind: Pod
  metadata: {{ name: lone, labels: {{ app: lone }} }}
  spec: {{ containers: [{{ name: app, image: \"web:1\" }}]{volumes} }}
"
        );
    }
}
