//! Budgets over Pods that nobody controls. What budgets allow is tested with the evictions that ask them.

use super::*;
use crate::cluster::controllers::Runner;
use crate::cluster::controllers::test_cluster::{cluster, create, events, run, template};
use crate::cluster::object::Kind;
use serde_json::{Value, json};

/// The first warning about Pods without a controller, if there is one.
fn warning(budget: Value) -> Option<String> {
    let mut engine = cluster(vec![Box::new(Runner::new(Disruption))]);
    let mut pod = template("web", "web:1");
    pod["metadata"]["name"] = json!("bare");
    create(&mut engine, Kind::Pod, pod);
    let mut spec = budget;
    spec["selector"] = json!({"matchLabels": {"app": "web"}});
    create(&mut engine, Kind::PodDisruptionBudget, json!({"metadata": {"name": "web"}, "spec": spec}));
    run(&mut engine, 1_000);
    events(&engine, "UnmanagedPods").into_iter().next()
}

#[test]
fn pods_without_a_controller_are_warned_of_where_the_controllers_count() {
    let told = "Pods selected by this PodDisruptionBudget (selector: &LabelSelector{MatchLabels:map[string]string{app: \
                web,},MatchExpressions:[]LabelSelectorRequirement{},}) were found to be unmanaged. As a result, the status \
                of the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these \
                pods please set \".spec.minAvailable\" field of the PDB to an integer value.";
    assert_eq!(warning(json!({"maxUnavailable": 1})).as_deref(), Some(told));
    assert_eq!(warning(json!({"minAvailable": "50%"})).as_deref(), Some(told));
    assert_eq!(warning(json!({"minAvailable": 1})), None);
}
