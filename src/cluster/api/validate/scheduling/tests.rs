//! Refusals of where a Pod may run.

use super::super::tests::{pod, refusals};
use serde_json::{Value, json};

fn with(field: &str, value: Value) -> Vec<String> {
    refusals(pod(json!({"containers": [{"name": "app", "image": "web:1"}], field: value})))
}

#[test]
fn a_term_of_node_affinity_can_be_read() {
    let required = |terms: Value| {
        let affinity = json!({"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution":
            {"nodeSelectorTerms": terms}}});
        with("affinity", affinity)
    };
    let path = "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms";
    assert_eq!(
        required(json!([])),
        [format!("{path}: Required value: must have at least one node selector term")]
    );
    for (requirement, why) in [
        (
            json!({"key": "a", "operator": "Foo"}),
            ".operator: Invalid value: \"Foo\": not a valid selector operator",
        ),
        (
            json!({"key": "a", "operator": "In"}),
            ".values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
        ),
        (
            json!({"key": "a", "operator": "Exists", "values": ["b"]}),
            ".values: Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
        ),
        (
            json!({"key": "a", "operator": "Gt", "values": ["1", "2"]}),
            ".values: Required value: must be specified single value when `operator` is 'Lt' or 'Gt'",
        ),
    ] {
        assert_eq!(
            required(json!([{ "matchExpressions": [requirement] }])),
            [format!("{path}[0].matchExpressions[0]{why}")]
        );
    }
    assert_eq!(
        required(json!([{"matchFields": [{"key": "spec.x", "operator": "In", "values": ["a"]}]}])),
        [format!("{path}[0].matchFields[0].key: Invalid value: \"spec.x\": not a valid field selector key")]
    );
}

#[test]
fn a_preference_weighs_from_1_to_100() {
    let preferred = |weight: i32| {
        let term = json!({"weight": weight, "preference": {"matchExpressions": [{"key": "a", "operator": "Exists"}]}});
        with("affinity", json!({"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [term]}}))
    };
    assert_eq!(preferred(100), [""; 0]);
    for weight in [0, 101] {
        assert_eq!(
            preferred(weight),
            [format!(
                "spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight: Invalid value: \
                 {weight}: must be in the range 1-100"
            )]
        );
    }
}

#[test]
fn a_term_of_pod_affinity_names_a_topology_and_keys_of_a_selector() {
    let required = |term: Value| {
        with(
            "affinity",
            json!({"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}),
        )
    };
    let path = "spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0]";
    let nowhere = required(json!({"labelSelector": {}}));
    assert_eq!(nowhere[0], format!("{path}.topologyKey: Required value: can not be empty"));
    assert_eq!(nowhere[1], format!("{path}.topologyKey: Invalid value: \"\": name part must be non-empty"));
    assert_eq!(
        required(json!({"topologyKey": "zone", "matchLabelKeys": ["app"]})),
        [format!("{path}.matchLabelKeys: Forbidden: must not be specified when labelSelector is not set")]
    );
    assert_eq!(
        required(json!({"topologyKey": "zone", "labelSelector": {}, "matchLabelKeys": ["app"],
            "mismatchLabelKeys": ["app"]})),
        [format!(
            "{path}.matchLabelKeys[0]: Invalid value: \"app\": exists in both matchLabelKeys and mismatchLabelKeys"
        )]
    );
}

#[test]
fn pods_are_spread_once_over_a_topology() {
    let spread = |constraints: Value| with("topologySpreadConstraints", constraints);
    let path = "spec.topologySpreadConstraints[0]";
    for (fields, why) in [
        (json!({"maxSkew": 0}), vec![".maxSkew: Invalid value: 0: must be greater than zero"]),
        (
            json!({"whenUnsatisfiable": "ScheduleAnyway", "minDomains": 2}),
            vec![
                ".minDomains: Invalid value: 2: can only use minDomains if whenUnsatisfiable=DoNotSchedule, not \
                 ScheduleAnyway",
            ],
        ),
        (json!({"minDomains": 0}), vec![".minDomains: Invalid value: 0: must be greater than zero"]),
        (
            json!({"nodeTaintsPolicy": "Foo", "matchLabelKeys": ["a"]}),
            vec![
                ".nodeTaintsPolicy: Unsupported value: \"Foo\": supported values: \"Honor\", \"Ignore\"",
                ".matchLabelKeys: Forbidden: must not be specified when labelSelector is not set",
            ],
        ),
    ] {
        let mut constraint =
            json!({"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"});
        constraint.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let expected: Vec<String> = why.iter().map(|why| format!("{path}{why}")).collect();
        assert_eq!(spread(json!([constraint])), expected);
    }
    let one =
        |skew: i32| json!({"maxSkew": skew, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"});
    assert_eq!(
        spread(json!([one(1), one(2)])),
        [format!("{path}.{{topologyKey, whenUnsatisfiable}}: Duplicate value: \"{{zone, DoNotSchedule}}\"")]
    );
}

#[test]
fn a_gate_is_there_once_and_holds_only_a_pod_without_a_node() {
    assert_eq!(
        with("schedulingGates", json!([{"name": "a"}, {"name": "a"}])),
        ["spec.schedulingGates[1]: Duplicate value: \"a\""]
    );
    let placed = json!({"containers": [{"name": "app", "image": "web:1"}], "nodeName": "node-a",
        "schedulingGates": [{"name": "a"}]});
    assert_eq!(
        refusals(pod(placed)),
        ["spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared"]
    );
}

#[test]
fn a_toleration_makes_sense() {
    let path = "spec.tolerations[0]";
    for (toleration, why) in [
        (
            json!({"key": "a", "operator": "Exists", "value": "b"}),
            ".operator: Invalid value: \"b\": value must be empty when `operator` is 'Exists'",
        ),
        (
            json!({"operator": "Equal"}),
            ".operator: Invalid value: \"Equal\": operator must be Exists when `key` is empty, which means \"match all \
             values and all keys\"",
        ),
        (
            json!({"key": "a", "operator": "Foo"}),
            ".operator: Unsupported value: \"Foo\": supported values: \"Equal\", \"Exists\"",
        ),
        (
            json!({"key": "a", "operator": "Exists", "tolerationSeconds": 5}),
            ".effect: Invalid value: \"\": effect must be 'NoExecute' when `tolerationSeconds` is set",
        ),
        (
            json!({"key": "a", "operator": "Exists", "effect": "Foo"}),
            ".effect: Unsupported value: \"Foo\": supported values: \"NoSchedule\", \"PreferNoSchedule\", \"NoExecute\"",
        ),
    ] {
        assert_eq!(with("tolerations", json!([toleration])), [format!("{path}{why}")]);
    }
}
