//! What expressions may cost: hostile ones end, and at the same step everywhere.

use super::*;
use crate::cluster::{Change, ChangeType, Object, State};
use serde_json::json;

/// So many Pods, the last of which changes every second for so many seconds.
fn crowd(pods: usize, changes: i64) -> Trace {
    let pod = |name: usize, version: String| {
        let json = json!({"metadata": {"name": format!("web-{name}"), "uid": name.to_string(), "namespace": "default",
            "resourceVersion": version, "creationTimestamp": "2026-01-01T00:00:02Z"},
            "spec": {"containers": [{"name": "app", "image": "web:1"}]}, "status": {"phase": "Running"}});
        Object::from_json(Kind::Pod, json, |path| panic!("unknown field {path}")).unwrap()
    };
    let mut initial = State::default();
    for name in 0..pods {
        initial.put(pod(name, (name + 1).to_string()));
    }
    let change = |at: i64| Change {
        at: SimTime(at * 1000),
        change: ChangeType::Modified,
        object: pod(pods - 1, (at + 1_000_000).to_string()),
        before: None,
    };
    Trace::new(initial, (0..changes).map(change).collect(), SimTime(changes * 1000))
}

/// How an expression ends over a crowd, and the steps that it took.
fn cost(trace: &Trace, expression: &str) -> (Result<Value, ClaimError>, u64) {
    let mut prover = Prover::new(trace);
    let value = prover.evaluate(expression, trace.end());
    (value, MOST_STEPS - prover.past.budget.left())
}

#[test]
fn a_macro_pays_for_its_rounds_and_an_operator_for_what_it_looks_at() {
    let trace = crowd(10, 3);
    for (expression, steps) in [
        ("1 + 1 == 2", 0),
        // The list weighs 1 + 3; each round evaluates `@not_strictly_false(@result)` and `@result && x > 1`: 2 + 5 parts.
        ("[1, 2, 3].all(x, x > 1)", 4 + 3 * 7),
        // Four steps for each Pod listed; the list weighs 1 + 10; `@result && p.name != ''` has 6 parts.
        ("pods().all(p, p.name != '')", 40 + 11 + 10 * 8),
        // Ten Pods are looked at, and none has the label.
        ("pods(label('app', 'web')).size() == 0", 10),
        // Both lists are looked at as a whole.
        ("pods() == pods()", 2 * (40 + 11)),
        // Each object is looked at as a whole.
        ("pods()[0] == pods()[1]", 2 * (40 + 64)),
        // Three changes are played again, once; two numbers are compared.
        ("at('2s').pods().size() == at('2s').pods().size()", 3 + 1 + 2 * 40 + 2),
        // The text has four letters, and the pattern is new the first time.
        ("'web1'.matches('^w') && 'web2'.matches('^w')", 2 * 16 * 5 + 16 * 1024),
    ] {
        let (value, taken) = cost(&trace, expression);
        assert!(value.is_ok(), "{expression}: {value:?}");
        assert_eq!(taken, steps, "{expression}");
    }
}

#[test]
fn hostile_expressions_end() {
    let trace = crowd(400, 50);
    let sum = ["l"; 300].join(" + ");
    let many = ["l == l"; 180].join(" && ");
    let nested = "pods().all(a, pods().all(b, pods().all(c, a.name + b.name != c.name)))";
    let hostile = [
        nested.to_owned(),
        // CEL would forgive the error.
        format!("({nested}) || true"),
        format!("!({nested} && false)"),
        "pods().map(a, pods().map(b, pods().map(c, [a, b, c]))).size() > 0".to_owned(),
        // Not many rounds, but much in each.
        format!("[pods()].all(l, pods().all(p, ({sum}).size() > 0))"),
        format!("[pods()].all(l, pods().all(p, pods().all(q, {many})))"),
        "pods().all(p, pods().all(q, pods().filter(r, r.raw == p.raw).size() > 0))".to_owned(),
        "pods().all(p, pods().filter(n, n.name in pods().map(r, r.name)).size() > 0)".to_owned(),
        "pods().all(p, pods().all(q, (p.name + q.name).matches('^' + q.name + p.name + '(a|b)*$') || true))"
            .to_owned(),
        "pods().all(p, pods().all(q, at(string(size(p.name + q.name)) + 's').pods().size() == 400))"
            .to_owned(),
    ];
    for expression in hostile {
        assert!(check_expression(&expression).is_ok(), "{expression}");
        assert_eq!(cost(&trace, &expression).0, Err(ClaimError::TooCostly), "{expression}");
    }
}

#[test]
fn a_pattern_that_would_grow_is_refused() {
    let (value, _) = cost(&crowd(1, 1), "'a'.matches('((a{100}){100}){100}')");
    assert!(matches!(value, Err(ClaimError::Evaluation(_))), "{value:?}");
}

#[test]
fn a_claim_about_a_stretch_pays_for_all_of_its_moments_together() {
    let trace = crowd(100, 500);
    let always = |that: &str| {
        let when = When::Always { from: SimTime(0), to: trace.end() };
        let claim = Claim { when, that: that.to_owned(), say: None, place: Place::default() };
        Prover::new(&trace).prove(&[claim]).remove(0)
    };
    // 400 + 101 + 100 × 8 steps at each of 500 moments.
    assert!(always("pods().all(p, p.name != '')").holds);
    // Twice that, and as much again: 3 903 steps do not fit five hundred times.
    let thrice = "pods().all(p, p.name != '') && pods().all(p, p.node == '') && pods().all(p, p.ip == '')";
    let verdict = always(thrice);
    assert_eq!((verdict.holds, verdict.error), (false, Some(ClaimError::TooCostly)));
    // The 257th moment is the first that cannot be paid: 256 × 3 903 is less than 1 000 000.
    assert_eq!(verdict.at, SimTime(256_000));
}

#[test]
fn many_dear_claims_are_stopped_together() {
    let trace = crowd(100, 500);
    let when = When::Always { from: SimTime(0), to: trace.end() };
    let that = "pods().all(p, p.name != '')".to_owned();
    let claim = Claim { when, that, say: None, place: Place::default() };
    let verdicts = Prover::new(&trace).prove(&vec![claim; 20]);
    // Twenty times 650 500 steps are more than 5 000 000.
    assert!(verdicts.iter().all(|verdict| verdict.error == Some(ClaimError::TooCostly)));
    // They were checked in turn: 192 whole rounds of 26 020 steps, and 3 claims of the next one.
    assert_eq!((verdicts[2].at, verdicts[3].at), (SimTime(193_000), SimTime(192_000)));
}
