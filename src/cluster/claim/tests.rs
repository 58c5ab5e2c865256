//! Claims about traces made by hand.

use super::*;
use crate::cluster::{Change, ChangeType, Object, State};
use serde_json::{Value as Json, json};

fn object(kind: Kind, json: Json) -> Object {
    Object::from_json(kind, json, |path| panic!("unknown field {path}")).unwrap()
}

fn pod(version: u32, name: &str, ready: bool, deleting: bool) -> Object {
    let mut json = json!({
        "metadata": {
            "name": name, "uid": name, "namespace": "default", "resourceVersion": version.to_string(),
            "creationTimestamp": "2026-01-01T00:00:02Z", "labels": { "app": "web" },
            "ownerReferences": [
                { "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web", "uid": "rs", "controller": true }
            ]
        },
        "spec": { "nodeName": "node-a", "containers": [{ "name": "app", "image": "web:1" }] },
        "status": {
            "phase": "Running", "podIP": "10.0.0.1", "qosClass": "BestEffort",
            "conditions": [{ "type": "Ready", "status": if ready { "True" } else { "False" } }],
            "containerStatuses": [
                { "name": "app", "ready": ready, "restartCount": 2, "image": "", "imageID": "", "state": { "running": {} } }
            ]
        }
    });
    if deleting {
        json["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:30Z".into();
    }
    object(Kind::Pod, json)
}

fn trace() -> Trace {
    let mut initial = State::default();
    initial.put(object(
        Kind::Node,
        json!({
            "metadata": { "name": "node-a", "uid": "node-a", "resourceVersion": "1" },
            "spec": { "unschedulable": true, "taints": [{ "key": "x", "effect": "NoExecute" }] },
            "status": { "conditions": [{ "type": "Ready", "status": "Unknown" }] }
        }),
    ));
    initial.put(object(
        Kind::Deployment,
        json!({
            "metadata": { "name": "web", "namespace": "default", "resourceVersion": "2",
                "annotations": { "deployment.kubernetes.io/revision": "3" } },
            "spec": { "replicas": 3, "selector": {}, "template": {} },
            "status": { "replicas": 2, "readyReplicas": 1, "conditions": [{ "type": "Available", "status": "False" }] }
        }),
    ));
    let change = |(at, object): (i64, Object)| Change {
        at: SimTime(at),
        change: ChangeType::Modified,
        object,
        before: None,
    };
    let changes = vec![
        (2000, pod(3, "web-a", false, false)),
        (4000, pod(4, "web-a", true, false)),
        (4000, pod(5, "web-b", true, false)),
        (8000, pod(6, "web-a", true, true)),
    ];
    Trace::new(initial, changes.into_iter().map(change).collect(), SimTime(10_000))
}

fn value(expression: &str, at: i64) -> String {
    match Prover::new(&trace()).evaluate(expression, SimTime(at)) {
        Ok(value) => value.to_string(),
        Err(error) => format!("error: {error}"),
    }
}

#[test]
fn every_accessor_gives_what_it_promises() {
    for (expression, expected) in [
        ("pods().size()", "2"),
        ("pods(label('app','web')).map(p, p.name)", "[web-a, web-b]"),
        ("pods(label('app','db')).size()", "0"),
        ("pod('web-a').status", "Terminating"),
        ("pod('web-b').status", "Running"),
        ("pod('web-a').raw.status.phase", "Running"),
        ("pod('web-a').terminating", "true"),
        ("pod('web-a').restarts + pod('web-b').restarts", "4"),
        ("pod('web-a').node + ' ' + pod('web-a').ip", "node-a 10.0.0.1"),
        ("pod('default/web-a').created", "2"),
        ("pod('web-a').owner", "ReplicaSet/web"),
        ("pod('web-a').labels.app", "web"),
        ("pod('web-a').image", "web:1"),
        ("pod('web-a').metadata.ownerReferences[0].kind", "ReplicaSet"),
        ("pod('web-a').spec.containers.map(c, c.image)", "[web:1]"),
        ("has(pod('web-a').spec.nodeSelector)", "false"),
        ("has(pod('web-a').metadata.ownerReferences)", "true"),
        ("node('node-a').ready", "Unknown"),
        ("node('node-a').status", "NotReady,SchedulingDisabled"),
        ("node('node-a').schedulable || !node('node-a').cordoned", "false"),
        ("node('node-a').taints", "[x:NoExecute]"),
        ("nodes().map(n, n.name)", "[node-a]"),
        ("deployment('web').wanted - deployment('web').have", "1"),
        ("deployment('web').ready", "1"),
        ("deployment('web').revision", "3"),
        (
            "deployment('web').status.conditions.exists(c, c.type == 'Available' && c.status == 'False')",
            "true",
        ),
        ("at('3s').pods().size()", "1"),
        ("at('3s').pod('web-a').ready", "false"),
        ("at('end').pods().size() == pods().size()", "true"),
        ("pods().exists(p, at('3s').pods().exists(q, q.uid == p.uid))", "true"),
        ("pods()[0] == at('9s').pods()[0] && pods()[0] != at('3s').pods()[0]", "true"),
        ("pods()", "[web-a (Terminating, ready), web-b (Running, ready)]"),
        ("events().size()", "0"),
        ("endpoints('web').size()", "0"),
        ("'web-a' in pods().map(p, p.name)", "true"),
    ] {
        assert_eq!(value(expression, 9000), expected, "{expression}");
    }
}

#[test]
fn what_cannot_be_asked_is_told() {
    for (expression, expected) in [
        ("pod('x').ready", "error: pod(): there is no Pod x at 0:09"),
        (
            "pods('app').size()",
            "error: pods(): takes nothing or label('key', 'value'), as in pods(label('app', 'web'))",
        ),
        ("pod('web-a').nonsense", "error: there is no field nonsense"),
        ("at('soon').pods()", "error: at(): soon is no time; write at('1m30s')"),
        ("pod(1)", "error: pod(): takes strings"),
        ("frobnicate()", "error: frobnicate() is not known here"),
        ("pods().all(p, q.ready)", "error: q is not known here"),
    ] {
        assert_eq!(value(expression, 9000), expected, "{expression}");
    }
    assert!(matches!(check_expression("pods("), Err(ClaimError::Syntax(_))));
}

fn prove(when: When, that: &str) -> Verdict {
    let claim = Claim { when, that: that.to_owned(), say: None, place: Place::default() };
    Prover::new(&trace()).prove(&[claim]).remove(0)
}

fn always(from: i64, to: i64) -> When {
    When::Always { from: SimTime(from), to: SimTime(to) }
}

#[test]
fn a_claim_about_a_stretch_is_checked_at_its_start_and_after_every_change_in_it() {
    assert!(prove(always(2000, 10_000), "pods().size() > 0").holds);
    let late = prove(always(0, 10_000), "pods().all(p, !p.terminating)");
    assert_eq!((late.holds, late.at), (false, SimTime(8000)));
    let early = prove(always(1000, 10_000), "pods().size() > 0");
    assert_eq!((early.holds, early.at), (false, SimTime(1000)), "before the first change too");
    assert!(prove(always(4000, 7999), "pods().all(p, p.ready && !p.terminating)").holds);
    assert!(prove(When::At(SimTime(7999)), "pods().size() == 2").holds);
}

#[test]
fn a_false_claim_brings_its_values_along() {
    let verdict = prove(When::At(SimTime(9000)), "deployment('web').ready == 3 && pods().size() == 2");
    assert!(!verdict.holds);
    let values: Vec<String> =
        verdict.values.iter().map(|(part, value)| format!("{part} = {value}")).collect();
    assert_eq!(
        values,
        [
            "deployment('web').ready == 3 = false",
            "pods().size() == 2 = true",
            "deployment('web').ready = 1",
            "pods().size() = 2"
        ]
    );
}

#[test]
fn a_claim_must_be_true_or_false() {
    let verdict = prove(When::At(SimTime(9000)), "pods().size()");
    assert_eq!(verdict.error, Some(ClaimError::NotBoolean("2".to_owned())));
    let verdict = prove(When::At(SimTime(9000)), "pod('x').ready");
    assert!(!verdict.holds && matches!(verdict.error, Some(ClaimError::Evaluation(_))));
}
