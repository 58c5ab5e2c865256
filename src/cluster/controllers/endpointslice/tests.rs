use super::super::test_cluster::{cluster, create, edit, events, get, pods, run, set, template};
use super::*;
use crate::cluster::api::DeleteOptions;
use crate::cluster::controllers::Runner;
use crate::cluster::controllers::garbage_collector::GarbageCollector;
use crate::cluster::engine::Engine;
use crate::cluster::object::Kind;
use serde_json::{Value, json};

fn world_with(service: Value) -> Engine {
    let mut engine = cluster(vec![
        Box::new(Runner::new(GarbageCollector)),
        Box::new(Runner::new(EndpointSlices::default())),
    ]);
    create(&mut engine, Kind::Service, json!({"metadata": {"name": "web"}, "spec": service}));
    engine
}

fn plain() -> Engine {
    world_with(json!({"selector": {"app": "web"}, "ports": [{"port": 80}]}))
}

fn pod(engine: &mut Engine, name: &str, image: &str) {
    let mut pod = template("web", image);
    pod["metadata"]["name"] = json!(name);
    create(engine, Kind::Pod, pod);
}

fn slices(engine: &Engine) -> Vec<Arc<EndpointSlice>> {
    engine.world.store.state().list::<EndpointSlice>().cloned().collect()
}

/// Pod, ready, serving, terminating of every endpoint.
fn endpoints(engine: &Engine) -> Vec<(String, bool, bool, bool)> {
    let slices = slices(engine);
    let all = slices.iter().flat_map(|slice| slice.endpoints.iter().flatten());
    all.map(|endpoint| {
        let conditions = endpoint.conditions.clone().unwrap();
        let name = endpoint.target_ref.clone().unwrap().name.unwrap();
        (name, conditions.ready.unwrap(), conditions.serving.unwrap(), conditions.terminating.unwrap())
    })
    .collect()
}

fn name(name: &str, ready: bool, serving: bool, terminating: bool) -> (String, bool, bool, bool) {
    (name.to_owned(), ready, serving, terminating)
}

#[test]
fn a_service_with_nothing_behind_it_has_one_empty_slice_which_then_fills() {
    let mut engine = plain();
    run(&mut engine, 100);
    let before = slices(&engine);
    assert_eq!(before.len(), 1);
    assert_eq!((before[0].endpoints.clone(), before[0].ports.clone()), (None, None));
    assert!(before[0].name().starts_with("web-") && before[0].name().len() == 9, "{}", before[0].name());
    assert_eq!(before[0].metadata.labels.as_ref().unwrap()["kubernetes.io/service-name"], "web");
    pod(&mut engine, "a", "web:1");
    run(&mut engine, 3_000);
    let after = slices(&engine);
    assert_eq!(after.len(), 1);
    assert_eq!(after[0].uid(), before[0].uid());
    let endpoint = &after[0].endpoints.as_ref().unwrap()[0];
    assert_eq!(endpoint.addresses, ["10.244.0.9"]);
    assert!(endpoint.node_name.as_deref().unwrap().starts_with("node-"));
    assert_eq!(endpoint.target_ref.as_ref().unwrap().uid.as_deref(), Some(pods(&engine)[0].uid()));
    assert_eq!(after[0].ports.as_ref().unwrap()[0].port, Some(80));
    assert!(events(&engine, "FailedToUpdateEndpointSlices").is_empty());
}

#[test]
fn conditions_follow_readiness_and_deletion_and_a_finished_pod_leaves() {
    let mut engine = plain();
    pod(&mut engine, "a", "web:1");
    run(&mut engine, 1_000);
    assert_eq!(endpoints(&engine), [], "a Pod without an IP is not listed");
    run(&mut engine, 3_000);
    assert_eq!(endpoints(&engine), [name("a", true, true, false)]);
    set(&mut engine.world, &Key::new("default", "a"), "Running", false);
    engine.after_action();
    run(&mut engine, 4_000);
    assert_eq!(endpoints(&engine), [name("a", false, false, false)]);
    set(&mut engine.world, &Key::new("default", "a"), "Running", true);
    engine.world.delete::<Pod>(&Key::new("default", "a"), DeleteOptions::default()).unwrap();
    engine.after_action();
    run(&mut engine, 4_500);
    assert_eq!(endpoints(&engine), [name("a", false, true, true)]);
    run(&mut engine, 6_000);
    assert_eq!(endpoints(&engine), []);
    pod(&mut engine, "b", "done:1");
    run(&mut engine, 10_000);
    assert_eq!(endpoints(&engine), [name("b", true, true, false)]);
    run(&mut engine, 13_000);
    assert_eq!(endpoints(&engine), []);
}

#[test]
fn a_service_can_publish_what_is_not_ready() {
    let mut engine = world_with(json!({
        "selector": {"app": "web"}, "clusterIP": "None", "publishNotReadyAddresses": true}));
    pod(&mut engine, "a", "web:1");
    run(&mut engine, 3_000);
    set(&mut engine.world, &Key::new("default", "a"), "Running", false);
    engine.after_action();
    run(&mut engine, 4_000);
    assert_eq!(endpoints(&engine), [name("a", true, false, false)]);
    assert!(slices(&engine)[0].metadata.labels.as_ref().unwrap().contains_key(HEADLESS));
}

#[test]
fn a_pod_leaves_with_its_label_and_the_slice_with_its_service() {
    let mut engine = plain();
    pod(&mut engine, "a", "web:1");
    run(&mut engine, 3_000);
    edit::<Pod>(&mut engine, "a", |pod| {
        pod.metadata.labels = Some([("app".to_owned(), "other".to_owned())].into());
    });
    run(&mut engine, 4_000);
    assert_eq!(endpoints(&engine), []);
    engine.world.delete::<Service>(&Key::new("default", "web"), DeleteOptions::default()).unwrap();
    engine.after_action();
    run(&mut engine, 5_000);
    assert!(slices(&engine).is_empty());
    assert_eq!(get::<Pod>(&engine, "a").metadata.owner_references, None);
}

#[test]
fn a_named_target_port_is_looked_up_in_each_pod() {
    let ports = json!([{"port": 80, "targetPort": "http"}]);
    let mut engine = world_with(json!({"selector": {"app": "web"}, "ports": ports}));
    for (name, port) in [("a", 8080), ("b", 9090)] {
        let mut pod = template("web", "web:1");
        pod["metadata"]["name"] = json!(name);
        pod["spec"]["containers"][0]["ports"] = json!([{"name": "http", "containerPort": port}]);
        create(&mut engine, Kind::Pod, pod);
    }
    run(&mut engine, 3_000);
    let slices = slices(&engine);
    let mut ports: Vec<_> = slices.iter().map(|slice| slice.ports.as_ref().unwrap()[0].port).collect();
    ports.sort();
    assert_eq!(ports, [Some(8080), Some(9090)]);
}

#[test]
fn the_hundred_and_first_endpoint_opens_a_second_slice() {
    let mut engine = plain();
    for number in 0..101 {
        pod(&mut engine, &format!("p{number:03}"), "web:1");
    }
    run(&mut engine, 3_000);
    let sizes = |engine: &Engine| -> Vec<usize> {
        let mut sizes: Vec<_> =
            slices(engine).iter().map(|slice| slice.endpoints.as_ref().unwrap().len()).collect();
        sizes.sort_unstable();
        sizes
    };
    assert_eq!(sizes(&engine), [1, 100]);
    engine.world.delete::<Pod>(&Key::new("default", "p000"), DeleteOptions::default()).unwrap();
    engine.after_action();
    run(&mut engine, 5_000);
    assert_eq!(sizes(&engine).iter().sum::<usize>(), 100);
}

#[test]
fn a_change_that_no_endpoint_shows_wakes_nobody() {
    let mut engine = plain();
    pod(&mut engine, "a", "web:1");
    run(&mut engine, 3_000);
    let old = get::<Pod>(&engine, "a");
    let change = |edit: &dyn Fn(&mut Pod)| {
        let mut new = Pod::clone(&old);
        edit(&mut new);
        Change {
            at: engine.world.now,
            change: ChangeType::Modified,
            object: Arc::new(new).into_object(),
            before: Some(old.clone().into_object()),
        }
    };
    let restarted = change(&|pod| pod.status.as_mut().unwrap().message = Some("other".to_owned()));
    assert_eq!(EndpointSlices::default().keys(&engine.world, &restarted), []);
    let moved = change(&|pod| pod.status.as_mut().unwrap().pod_ip = Some("10.244.0.10".to_owned()));
    assert_eq!(EndpointSlices::default().keys(&engine.world, &moved), [Key::new("default", "web")]);
}

#[test]
fn each_change_of_a_slice_is_counted_and_says_since_when_it_is_so() {
    let mut engine = plain();
    let told = |engine: &Engine| {
        let slice = slices(engine)[0].clone();
        let annotations = slice.metadata.annotations.clone().unwrap_or_default();
        (slice.metadata.generation.unwrap(), annotations.get(TRIGGER_TIME).cloned())
    };
    run(&mut engine, 1_000);
    assert_eq!(told(&engine), (1, Some("2026-01-01T00:00:00Z".to_owned())));
    pod(&mut engine, "a", "web:1");
    run(&mut engine, 10_000);
    assert_eq!(
        told(&engine),
        (2, Some("2026-01-01T00:00:03Z".to_owned())),
        "it is Ready 2 s after it is bound"
    );
    // That a Pod is being deleted has no time of its own.
    engine.world.delete::<Pod>(&Key::new("default", "a"), DeleteOptions::default()).unwrap();
    engine.after_action();
    run(&mut engine, 10_500);
    assert_eq!(told(&engine), (3, None));
}
