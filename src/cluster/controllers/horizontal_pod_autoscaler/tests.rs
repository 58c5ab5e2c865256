//! Autoscalers in a cluster, over a ReplicaSet whose Pods request 200m each.

use super::*;
use crate::cluster::clock::Millis;
use crate::cluster::controllers::Runner;
use crate::cluster::controllers::replicaset::ReplicaSetController;
use crate::cluster::controllers::test_cluster::{cluster, create, edit, events, get, run, template};
use crate::cluster::engine::Engine;
use crate::cluster::object::Kind;
use crate::cluster::selector::Labels;
use k8s_openapi::api::apps::v1::ReplicaSet;
use serde_json::{Value, json};

fn with_autoscaler(replicas: i32, fields: Value) -> Engine {
    let mut engine = cluster(vec![
        Box::new(Runner::new(ReplicaSetController::default())),
        Box::new(Runner::new(HorizontalPodAutoscalers::default())),
    ]);
    let mut pods = template("web", "web:1");
    pods["spec"]["containers"][0]["resources"] = json!({"requests": {"cpu": "200m"}});
    let selector = json!({"matchLabels": {"app": "web"}});
    let spec = json!({"replicas": replicas, "selector": selector, "template": pods});
    create(&mut engine, Kind::ReplicaSet, json!({"metadata": {"name": "web"}, "spec": spec}));
    let mut spec = json!({"maxReplicas": 10, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web"},
        "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}}}]});
    for (name, value) in fields.as_object().unwrap() {
        spec[name] = value.clone();
    }
    create(&mut engine, Kind::HorizontalPodAutoscaler, json!({"metadata": {"name": "web"}, "spec": spec}));
    engine
}

fn load(engine: &mut Engine, cpu: i64) {
    let now = engine.world.now;
    engine.world.loads.set(Kind::ReplicaSet, Key::new("default", "web"), cpu, now, Millis::ZERO);
}

fn size(engine: &Engine) -> i32 {
    get::<ReplicaSet>(engine, "web").spec.as_ref().unwrap().replicas.unwrap()
}

/// Status and reason of a condition.
fn condition(engine: &Engine, type_: &str) -> (String, String) {
    let conditions =
        get::<HorizontalPodAutoscaler>(engine, "web").status.clone().unwrap().conditions.unwrap();
    let found = conditions.into_iter().find(|condition| condition.type_ == type_).unwrap();
    (found.status, found.reason.unwrap())
}

fn words(status: &str, reason: &str) -> (String, String) {
    (status.to_owned(), reason.to_owned())
}

#[test]
fn a_load_is_followed_up_at_the_next_sync_and_down_after_the_window() {
    let mut engine = with_autoscaler(1, json!({}));
    load(&mut engine, 80);
    run(&mut engine, 60_000);
    assert_eq!(size(&engine), 1);
    assert_eq!(condition(&engine, "ScalingActive"), words("True", "ValidMetricFound"));
    // 400m of 200m is 200 % of target 50 %: four.
    load(&mut engine, 400);
    run(&mut engine, 75_100);
    assert_eq!(size(&engine), 4);
    let event = "New size: 4; reason: cpu resource utilization (percentage of request) above target";
    assert_eq!(events(&engine, "SuccessfulRescale"), [event]);
    run(&mut engine, 240_000);
    load(&mut engine, 80);
    run(&mut engine, 500_000);
    assert_eq!(size(&engine), 4);
    assert_eq!(condition(&engine, "AbleToScale"), words("True", "ScaleDownStabilized"));
    run(&mut engine, 560_000);
    assert_eq!(size(&engine), 1);
    assert_eq!(events(&engine, "SuccessfulRescale")[1], "New size: 1; reason: All metrics below target");
}

#[test]
fn from_three_one_step_leads_to_six_without_behavior_and_to_seven_with_it() {
    for (fields, replicas) in [(json!({}), 6), (json!({"behavior": {}}), 7)] {
        let mut engine = with_autoscaler(3, fields);
        load(&mut engine, 2000);
        run(&mut engine, 31_000);
        assert_eq!(size(&engine), replicas);
        assert_eq!(condition(&engine, "ScalingLimited"), words("True", "ScaleUpLimit"));
    }
}

#[test]
fn outside_the_range_the_size_is_corrected_without_metrics() {
    let mut engine = with_autoscaler(1, json!({"minReplicas": 3, "maxReplicas": 5}));
    run(&mut engine, 16_000);
    assert_eq!(size(&engine), 3);
    load(&mut engine, 300);
    run(&mut engine, 31_000);
    let shown = |engine: &Engine| {
        get::<HorizontalPodAutoscaler>(engine, "web")
            .status
            .clone()
            .unwrap()
            .current_metrics
            .map(|list| list.len())
    };
    assert_eq!(shown(&engine), Some(1));
    edit::<ReplicaSet>(&mut engine, "web", |set| set.spec.as_mut().unwrap().replicas = Some(8));
    run(&mut engine, 46_000);
    assert_eq!(size(&engine), 5);
    assert_eq!(shown(&engine), None, "nothing was measured");
    assert_eq!(
        events(&engine, "SuccessfulRescale"),
        [
            "New size: 3; reason: Current number of replicas below Spec.MinReplicas",
            "New size: 5; reason: Current number of replicas above Spec.MaxReplicas"
        ]
    );
}

#[test]
fn a_workload_of_size_zero_is_left_alone() {
    let mut engine = with_autoscaler(0, json!({}));
    load(&mut engine, 400);
    run(&mut engine, 40_000);
    assert_eq!(size(&engine), 0);
    assert_eq!(condition(&engine, "ScalingActive"), words("False", "ScalingDisabled"));
}

#[test]
fn without_metrics_nothing_changes_and_the_autoscaler_says_why() {
    let mut engine = with_autoscaler(2, json!({}));
    run(&mut engine, 40_000);
    assert_eq!(size(&engine), 2);
    assert_eq!(condition(&engine, "ScalingActive"), words("False", "FailedGetResourceMetric"));
    assert_eq!(
        events(&engine, "FailedComputeMetricsReplicas"),
        [
            "invalid metrics (1 invalid out of 1), first error is: failed to get cpu resource metric value: failed to get cpu utilization: unable to get metrics for \
          resource cpu: no metrics returned from resource metrics API"
        ]
    );
}

#[test]
fn a_metric_that_fails_stops_scaling_down_but_not_up() {
    let metrics = json!([
        {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}}},
        {"type": "Resource", "resource": {"name": "memory", "target": {"type": "AverageValue", "averageValue": "1Gi"}}}]);
    let behavior = json!({"scaleDown": {"stabilizationWindowSeconds": 0}});
    let mut engine = with_autoscaler(2, json!({"metrics": metrics, "behavior": behavior}));
    load(&mut engine, 20);
    run(&mut engine, 40_000);
    assert_eq!(size(&engine), 2);
    load(&mut engine, 300);
    run(&mut engine, 46_000);
    assert_eq!(size(&engine), 3);
}

#[test]
fn a_target_that_is_not_there_is_a_warning() {
    let target = json!({"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "other"});
    let mut engine = with_autoscaler(1, json!({"scaleTargetRef": target}));
    run(&mut engine, 16_000);
    assert_eq!(condition(&engine, "AbleToScale"), words("False", "FailedGetScale"));
    assert_eq!(events(&engine, "FailedGetScale"), ["replicasets/scale.apps \"other\" not found"]);
}

#[test]
fn an_autoscaler_without_metrics_aims_at_80_percent_of_cpu() {
    let mut engine = with_autoscaler(1, json!({"metrics": []}));
    let hpa = get::<HorizontalPodAutoscaler>(&engine, "web");
    let metric = hpa.spec.metrics.as_ref().unwrap()[0].resource.clone().unwrap();
    assert_eq!((metric.name.as_str(), metric.target.average_utilization), ("cpu", Some(80)));
    assert_eq!(hpa.spec.min_replicas, Some(1));
    // 320m of 200m is 160 %, twice the target.
    load(&mut engine, 320);
    run(&mut engine, 31_000);
    assert_eq!(size(&engine), 2);
}

/// One metric, given from the beginning.
fn with_metric(metric: Value, subject: crate::cluster::metrics::Subject, name: &str, value: i64) -> Engine {
    let mut engine = with_autoscaler(2, json!({"metrics": [metric]}));
    engine.world.metrics.set(subject, name, value * 1000, SimTime::ZERO, Millis::ZERO);
    engine
}

#[test]
fn a_metric_of_the_pods_is_an_average_of_them() {
    use crate::cluster::metrics::Subject;
    let target = json!({"type": "AverageValue", "averageValue": "100"});
    let metric = json!({"type": "Pods", "pods": {"metric": {"name": "http_requests"}, "target": target}});
    let web = Subject::Object(Kind::ReplicaSet, Key::new("default", "web"));
    let mut engine = with_metric(metric, web, "http_requests", 301);
    run(&mut engine, 16_000);
    // Two ready Pods share 301: 150.5 each; 1.505 of 100, times two, is more than three.
    assert_eq!(size(&engine), 4);
    assert_eq!(
        events(&engine, "SuccessfulRescale"),
        ["New size: 4; reason: pods metric http_requests above target"]
    );
    let status = get::<HorizontalPodAutoscaler>(&engine, "web").status.clone().unwrap();
    let shown = status.current_metrics.unwrap()[0].pods.clone().unwrap().current.average_value.unwrap();
    assert_eq!(shown.0, "150500m");
}

#[test]
fn a_metric_of_another_object_is_in_proportion_or_shared() {
    use crate::cluster::metrics::Subject;
    let metric = |target: Value| {
        json!({"type": "Object", "object": {"describedObject": {"apiVersion": "v1", "kind": "Service", "name": "front"},
            "metric": {"name": "hits"}, "target": target}})
    };
    let front = Subject::Object(Kind::Service, Key::new("default", "front"));
    // 250 of 100: 2.5, times two ready Pods.
    let whole = metric(json!({"type": "Value", "value": "100"}));
    let mut engine = with_metric(whole, front.clone(), "hits", 250);
    run(&mut engine, 16_000);
    assert_eq!(size(&engine), 4, "at most twice as many, and at least four, in one step");
    assert_eq!(
        events(&engine, "SuccessfulRescale"),
        ["New size: 4; reason: Service metric hits above target"]
    );
    // 250 in shares of 100.
    let shared = metric(json!({"type": "AverageValue", "averageValue": "100"}));
    let mut engine = with_metric(shared, front, "hits", 250);
    run(&mut engine, 16_000);
    assert_eq!(size(&engine), 3);
    assert_eq!(
        events(&engine, "SuccessfulRescale"),
        ["New size: 3; reason: external metric hits(nil) above target"]
    );
}

#[test]
fn the_series_of_a_metric_from_outside_that_the_selector_chooses_are_summed() {
    use crate::cluster::metrics::Subject;
    let queue = |name: &str| Subject::External([("queue".to_owned(), name.to_owned())].into());
    for (selector, replicas) in [
        (json!({"matchLabels": {"queue": "a"}}), 3),
        (json!({"matchExpressions": [{"key": "queue", "operator": "In", "values": ["a", "b"]}]}), 4),
        (Value::Null, 4),
    ] {
        let metric = json!({"type": "External", "external": {"metric": {"name": "messages", "selector": selector},
            "target": {"type": "AverageValue", "averageValue": "30"}}});
        let mut engine = with_metric(metric, queue("a"), "messages", 90);
        engine.world.metrics.set(queue("b"), "messages", 30_000, SimTime::ZERO, Millis::ZERO);
        run(&mut engine, 16_000);
        assert_eq!(size(&engine), replicas, "90, or 120, in shares of 30");
    }
    let none = json!({"type": "External", "external": {"metric": {"name": "messages", "selector": {"matchLabels":
        {"queue": "c"}}}, "target": {"type": "AverageValue", "averageValue": "30"}}});
    let mut engine = with_metric(none, queue("a"), "messages", 90);
    run(&mut engine, 16_000);
    assert_eq!(size(&engine), 2);
    let told = events(&engine, "FailedGetExternalMetric").join("");
    assert!(told.ends_with("}: no metrics returned from external metrics API"), "{told}");
}

#[test]
fn a_metric_from_outside_that_nobody_serves_is_told() {
    use crate::cluster::metrics::Subject;
    let metric = |name: &str| {
        json!({"type": "External", "external": {"metric": {"name": name, "selector": {"matchLabels": {"queue": "a"}}},
            "target": {"type": "AverageValue", "averageValue": "30"}}})
    };
    let mut engine = with_metric(metric("others"), Subject::External(Labels::new()), "messages", 90);
    run(&mut engine, 16_000);
    assert_eq!(size(&engine), 2);
    assert_eq!(condition(&engine, "ScalingActive"), words("False", "FailedGetExternalMetric"));
    let told = events(&engine, "FailedGetExternalMetric");
    assert_eq!(
        told,
        ["unable to get external metric default/others/&LabelSelector{\
          MatchLabels:map[string]string{queue: a,},MatchExpressions:[]LabelSelectorRequirement{},}: unable to fetch metrics \
          from external metrics API: the server could not find the metric others"]
    );
    let all = events(&engine, "FailedComputeMetricsReplicas");
    let (what, cause) = all[0].split_once("first error is: ").unwrap();
    assert_eq!(what, "invalid metrics (1 invalid out of 1), ");
    let passed_on = "failed to get others external metric value: failed to get others external metric: ";
    assert_eq!(cause, format!("{passed_on}{}", told[0]));
}

#[test]
fn a_size_that_only_the_window_asks_for_has_no_reason() {
    let mut engine = with_autoscaler(2, json!({}));
    load(&mut engine, 900);
    run(&mut engine, 31_000);
    assert_eq!(size(&engine), 4, "nine are wanted, and one step leads from two to four");
    // The metric is content with four, but the window remembers the nine.
    load(&mut engine, 400);
    run(&mut engine, 46_000);
    assert_eq!(size(&engine), 8);
    assert_eq!(events(&engine, "SuccessfulRescale")[1], "New size: 8; reason: ");
}

#[test]
fn an_average_of_one_container_is_called_like_one_of_the_pod() {
    let source = json!({"name": "cpu", "container": "app", "target": {"type": "AverageValue", "averageValue": "100m"}});
    let mut engine =
        with_autoscaler(2, json!({"metrics": [{"type": "ContainerResource", "containerResource": source}]}));
    load(&mut engine, 400);
    run(&mut engine, 31_000);
    assert_eq!(events(&engine, "SuccessfulRescale"), ["New size: 4; reason: cpu resource above target"]);
}
