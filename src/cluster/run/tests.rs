//! Running scenarios, as far as it does not matter what the controllers do.

use crate::cluster::limits::Limits;
use crate::cluster::run::{run, run_within};
use crate::cluster::scenario::Scenario;
use crate::cluster::{Kind, SimTime};
use crate::problem::Problem;

fn scenario(rest: &str) -> Scenario {
    let text = format!("scenario: t\ntitle: T\ncluster: {{ nodes: [node-a] }}\n{rest}");
    Scenario::parse(&text, "t.yaml").unwrap_or_else(|problems| panic!("{problems:?}"))
}

fn refused(rest: &str) -> Vec<(u32, u32, &'static str, String)> {
    let told = |problem: Problem| (problem.at.line, problem.at.column, problem.kind, problem.found);
    run(&scenario(rest)).unwrap_err().into_iter().map(told).collect()
}

#[test]
fn the_nodes_are_there_ready_before_anything_happens() {
    let run = run(&scenario("manifests: ''\nuntil: 1s\n")).unwrap();
    assert_eq!(run.trace.initial().count(Kind::Node), 1);
    let verdict = run.evaluate("node('node-a').status", SimTime(0)).unwrap();
    assert_eq!(verdict.to_string(), "Ready");
    assert_eq!(run.evaluate("nodes()[0].created", SimTime(0)).unwrap().to_string(), "-3600");
}

#[test]
fn a_refused_manifest_is_told_at_the_refused_field() {
    let rest = "manifests: |\n  apiVersion: apps/v1\n  kind: Deployment\n  metadata: { name: web }\n  spec:\n    \
                replicas: -1\n    selector: { matchLabels: { app: web } }\n    template:\n      metadata:\n        \
                labels: { app: web }\n      spec:\n        containers:\n          - name: app\n            image: x:1\n\
                until: 1s\n";
    let found = refused(rest);
    assert_eq!(found.len(), 1, "{found:?}");
    let (line, column, kind, said) = &found[0];
    assert_eq!((*line, *column, *kind), (9, 15, "refused"));
    assert!(said.starts_with("spec.replicas: Invalid value: -1"), "{said}");
}

#[test]
fn a_refused_action_is_told_at_the_action() {
    let found = refused(
        "manifests: ''\ntimeline:\n  - at: 1s\n    do: { scale: { deployment/web: 3 } }\nuntil: 2s\n",
    );
    assert_eq!(
        found,
        [(7, 18, "refused", "deployments.apps \"web\" not found".to_owned())],
        "the value of the action is where it stands"
    );
}

#[test]
fn the_same_file_and_seed_give_the_same_trace_and_another_seed_another() {
    let mut file = scenario(
        "manifests: |\n  apiVersion: v1\n  kind: Pod\n  metadata: { name: lone }\n  spec: { containers: [{ name: a, image: \
         x:1 }] }\nuntil: 5s\n",
    );
    let bytes = |file: &Scenario| {
        let run = run(file).unwrap();
        run.trace.changes().iter().map(|change| change.object.to_json().to_string()).collect::<String>()
    };
    let first = bytes(&file);
    assert_eq!(first, bytes(&file));
    file.seed = 2;
    assert_ne!(first, bytes(&file), "uids are drawn");
}

#[test]
fn a_stateful_set_may_mount_its_claims() {
    let rest = "manifests: |\n  apiVersion: apps/v1\n  kind: StatefulSet\n  metadata: { name: db }\n  spec:\n    serviceName: \
                db\n    selector: { matchLabels: { app: db } }\n    volumeClaimTemplates:\n      - metadata: { name: data }\n        \
                spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } } }\n    template:\n      metadata: \
                { labels: { app: db } }\n      spec:\n        containers:\n          - { name: app, image: x:1, volumeMounts: [{ \
                name: data, mountPath: /data }] }\nuntil: 1s\n";
    assert!(run(&scenario(rest)).is_ok());
}

#[test]
fn a_run_that_runs_away_is_stopped_and_told_at_what_was_done_last() {
    let file = scenario(
        "manifests: |\n  apiVersion: apps/v1\n  kind: ReplicaSet\n  metadata: { name: web }\n  spec:\n    replicas: 1\n    \
         selector: { matchLabels: { app: web } }\n    template:\n      metadata: { labels: { app: web } }\n      spec: { \
         containers: [{ name: a, image: x:1 }] }\ntimeline:\n  - at: 2s\n    do: { scale: { replicaset/web: 40 } }\nuntil: \
         1h\n",
    );
    let usual = Limits::default();
    let found = |limits| match run_within(&file, limits) {
        Ok(_) => panic!("{limits:?} is enough"),
        Err(problems) => problems.into_iter().map(|p| (p.at.line, p.kind, p.expected)).collect::<Vec<_>>(),
    };
    let told = |kind, most: &str| vec![(15, kind, most.to_owned())];
    assert_eq!(found(Limits { steps: 300, ..usual }), told("too-many-steps", "300"));
    assert_eq!(found(Limits { changes: 60, ..usual }), told("too-many-changes", "60"));
    assert_eq!(found(Limits { objects: 20, ..usual }), told("too-many-objects", "20"));
    assert!(run_within(&file, usual).is_ok());
}
