//! Evictions against budgets, with the disruption controller at work.

use super::*;
use crate::cluster::clock::SimTime;
use crate::cluster::controllers::Runner;
use crate::cluster::controllers::disruption::Disruption;
use crate::cluster::engine::{Engine, Stop};
use crate::cluster::image::Images;
use crate::cluster::object::types::{Event, ReplicaSet};
use serde_json::{Value, json};

fn engine() -> Engine {
    Engine::new(World::new(1, Images::default()), vec![Box::new(Runner::new(Disruption))])
}

/// Three running Pods `web-0` to `web-2` of a ReplicaSet, so many of them ready.
fn web(engine: &mut Engine, ready: usize) {
    let set = json!({"metadata": {"name": "web"},
        "spec": {"replicas": 3, "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{"name": "app", "image": "web:1"}]}}}});
    let set = engine.world.create::<ReplicaSet>(serde_json::from_value(set).unwrap()).unwrap();
    for index in 0..3 {
        let pod = json!({
            "metadata": {"name": format!("web-{index}"), "labels": {"app": "web"},
                "ownerReferences": [serde_json::to_value(set.as_controller()).unwrap()]},
            "spec": {"nodeName": "node-a", "containers": [{"name": "app", "image": "web:1"}]}
        });
        let pod = engine.world.create::<Pod>(serde_json::from_value(pod).unwrap()).unwrap();
        engine
            .world
            .write::<Pod>(&pod.key(), |pod| {
                let status = if index < ready { "True" } else { "False" };
                set_pod_condition(pod, SimTime::ZERO, "Ready", status, None, None);
                pod.status.get_or_insert_default().phase = Some("Running".to_owned());
            })
            .unwrap();
    }
}

fn budget(engine: &mut Engine, name: &str, spec: Value) {
    let mut budget = json!({"metadata": {"name": name}, "spec": {"selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{"name": "app", "image": "web:1"}]}}}});
    for (field, value) in spec.as_object().unwrap() {
        budget["spec"][field] = value.clone();
    }
    engine.world.create::<PodDisruptionBudget>(serde_json::from_value(budget).unwrap()).unwrap();
    settle(engine);
}

fn settle(engine: &mut Engine) {
    engine.after_action();
    let until = SimTime(engine.world.now.0 + 1000);
    while engine.step(until) != Some(Stop::Reached) {}
}

/// expected, desired, healthy, allowed.
fn numbers(engine: &Engine) -> [i32; 4] {
    let budget = engine.world.store.get::<PodDisruptionBudget>(&key("web")).unwrap();
    let status = budget.status.as_ref().unwrap();
    [status.expected_pods, status.desired_healthy, status.current_healthy, status.disruptions_allowed]
        .map(|number| number.unwrap_or(-1))
}

fn key(name: &str) -> Key {
    Key::new("default", name)
}

#[test]
fn a_budget_counts_healthy_pods_against_those_wanted() {
    for (spec, ready, expected) in [
        (json!({"minAvailable": 2}), 3, [3, 2, 3, 1]),
        (json!({"minAvailable": 2}), 1, [3, 2, 1, 0]),
        (json!({"minAvailable": "50%"}), 3, [3, 2, 3, 1]), // 1.5, rounded up
        (json!({"maxUnavailable": 1}), 3, [3, 2, 3, 1]),
        (json!({"maxUnavailable": "50%"}), 3, [3, 1, 3, 2]), // 1.5, rounded up
        (json!({"maxUnavailable": 0}), 3, [3, 3, 3, 0]),
    ] {
        let mut engine = engine();
        web(&mut engine, ready);
        budget(&mut engine, "web", spec.clone());
        assert_eq!(numbers(&engine), expected, "{spec}, {ready} ready");
    }
}

#[test]
fn one_eviction_is_granted_and_the_next_refused_until_the_number_is_back() {
    let mut engine = engine();
    web(&mut engine, 3);
    budget(&mut engine, "web", json!({"minAvailable": 2}));
    engine.world.evict(&key("web-0")).unwrap();
    assert_eq!(numbers(&engine)[3], 0, "used up at once");
    assert_eq!(engine.world.evict(&key("web-1")), Err(ApiError::TooManyRequests(VIOLATES.to_owned())));
    settle(&mut engine);
    // As long as the Pod is on its way out it is expected but not healthy.
    assert_eq!(numbers(&engine), [3, 2, 2, 0]);
    let pod = engine.world.store.get::<Pod>(&key("web-0")).unwrap();
    assert_eq!(pod.metadata.deletion_grace_period_seconds, Some(30));
    let target = crate::cluster::condition::pod_condition(pod, "DisruptionTarget").unwrap();
    assert_eq!(target.reason.as_deref(), Some("EvictionByEvictionAPI"));
}

#[test]
fn a_plain_deletion_asks_no_budget() {
    let mut engine = engine();
    web(&mut engine, 3);
    budget(&mut engine, "web", json!({"maxUnavailable": 0}));
    engine.world.delete::<Pod>(&key("web-0"), DeleteOptions::default()).unwrap();
    assert!(engine.world.store.get::<Pod>(&key("web-0")).unwrap().is_deleting());
}

#[test]
fn a_pod_that_is_not_ready_may_go_if_enough_others_are() {
    let mut engine = engine();
    web(&mut engine, 2);
    budget(&mut engine, "web", json!({"minAvailable": 2}));
    assert_eq!(numbers(&engine), [3, 2, 2, 0]);
    engine.world.evict(&key("web-2")).unwrap();
    assert!(engine.world.evict(&key("web-0")).is_err());
}

#[test]
fn a_pod_that_is_not_ready_is_held_while_too_few_are_unless_the_budget_says_always() {
    for (policy, goes) in [("IfHealthyBudget", false), ("AlwaysAllow", true)] {
        let mut engine = engine();
        web(&mut engine, 1);
        budget(&mut engine, "web", json!({"minAvailable": 2, "unhealthyPodEvictionPolicy": policy}));
        assert_eq!(engine.world.evict(&key("web-2")).is_ok(), goes, "{policy}");
    }
}

#[test]
fn two_budgets_for_one_pod_are_an_error() {
    let mut engine = engine();
    web(&mut engine, 3);
    budget(&mut engine, "web", json!({"minAvailable": 1}));
    budget(&mut engine, "other", json!({"minAvailable": 1}));
    assert_eq!(engine.world.evict(&key("web-0")), Err(ApiError::Refused(SEVERAL.to_owned())));
}

#[test]
fn a_budget_without_pods_says_so_and_allows_nothing() {
    let mut engine = engine();
    budget(&mut engine, "web", json!({"minAvailable": 2}));
    assert_eq!(numbers(&engine), [0, 2, 0, 0]);
    let event = engine.world.store.state().list::<Event>().next().unwrap();
    assert_eq!(event.message.as_deref(), Some("No matching pods found"));
    assert_eq!(event.reporting_component.as_deref(), Some("controllermanager"));
}
