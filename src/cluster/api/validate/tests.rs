//! Refusals as `kubectl apply` prints them, manifest by manifest.

use crate::cluster::api::field::ApiError;
use crate::cluster::engine::World;
use crate::cluster::image::Images;
use crate::cluster::object::{Key, Kind, Object, Resource, for_kind};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::batch::v1::Job;
use serde_json::{Value, json};

/// What the API server says to this object; empty if it takes it.
pub(super) fn refusals(json: Value) -> Vec<String> {
    words(World::new(1, Images::default()).create_object(object(json)))
}

/// What the API server says to a change of an object that it has taken; empty if it takes that, too.
pub(super) fn changes(json: Value, change: impl FnOnce(&mut Value)) -> Vec<String> {
    let mut world = World::new(1, Images::default());
    let made = world.create_object(object(json)).unwrap();
    let mut json = made.to_json();
    change(&mut json);
    let new = object(json);
    for_kind!(made.kind(), T => {
        let new = T::from_object(&new).unwrap();
        words(world.update::<T>(&new.key(), |object| *object = T::clone(new)))
    })
}

fn object(json: Value) -> Object {
    let kind = Kind::parse(json["kind"].as_str().unwrap()).unwrap();
    Object::from_json(kind, json, |path| panic!("unknown field {path}")).unwrap()
}

fn words<T>(result: Result<T, ApiError>) -> Vec<String> {
    match result {
        Ok(_) => Vec::new(),
        Err(ApiError::Invalid { errors, .. }) => errors.iter().map(ToString::to_string).collect(),
        Err(other) => panic!("{other}"),
    }
}

pub(super) fn pod(spec: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": spec})
}

pub(super) fn deployment(spec: Value) -> Value {
    let mut whole = json!({
        "replicas": 1,
        "selector": {"matchLabels": {"app": "web"}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{"name": "app", "image": "web:1"}]},
        },
    });
    for (key, value) in spec.as_object().unwrap() {
        whole[key] = value.clone();
    }
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": whole})
}

#[test]
fn sound_objects_are_taken() {
    assert_eq!(refusals(deployment(json!({}))), [""; 0]);
    assert_eq!(refusals(pod(json!({"containers": [{"name": "a", "image": "web:1"}]}))), [""; 0]);
}

#[test]
fn a_container_needs_a_name_and_an_image() {
    assert_eq!(refusals(pod(json!({"containers": []}))), ["spec.containers: Required value"]);
    assert_eq!(
        refusals(pod(json!({"containers": [{"name": "", "image": ""}]}))),
        ["spec.containers[0].name: Required value", "spec.containers[0].image: Required value"]
    );
    assert_eq!(
        refusals(deployment(json!({"template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{"name": "app", "image": "web:1"}, {"name": "app", "image": ""}]},
        }}))),
        [
            "spec.template.spec.containers[1].image: Required value",
            "spec.template.spec.containers[1].name: Duplicate value: \"app\"",
        ]
    );
}

#[test]
fn a_container_name_is_a_dns_label() {
    let refused = refusals(pod(json!({"containers": [{"name": "App_1", "image": "web:1"}]})));
    assert!(
        refused[0].starts_with(
            "spec.containers[0].name: Invalid value: \"App_1\": a lowercase RFC 1123 label must consist of"
        ),
        "{refused:?}"
    );
}

#[test]
fn two_containers_may_name_the_same_port_but_a_port_has_its_range() {
    let twice = json!({"containers": [
        {"name": "a", "image": "web:1", "ports": [{"containerPort": 80}]},
        {"name": "b", "image": "web:1", "ports": [{"containerPort": 80}]},
    ]});
    assert_eq!(refusals(pod(twice)), [""; 0]);
    let high = json!({"containers": [{"name": "a", "image": "web:1", "ports": [{"containerPort": 70000}]}]});
    assert_eq!(
        refusals(pod(high)),
        [
            "spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive"
        ]
    );
}

#[test]
fn a_pod_s_names_are_names_and_a_grace_below_zero_is_taken() {
    let with = |field: &str, value: Value| {
        refusals(pod(json!({"containers": [{"name": "app", "image": "web:1"}], field: value})))
    };
    assert_eq!(with("terminationGracePeriodSeconds", json!(-5)), [""; 0]);
    assert_eq!(
        with("dnsPolicy", json!("Foo")),
        ["spec.dnsPolicy: Unsupported value: \"Foo\": supported values: \"ClusterFirstWithHostNet\", \
             \"ClusterFirst\", \"Default\", \"None\""]
    );
    for (field, value, why) in [
        ("hostname", json!("A_b"), "hostname: Invalid value: \"A_b\": a lowercase RFC 1123 label must"),
        ("nodeName", json!("A_b"), "nodeName: Invalid value: \"A_b\": a lowercase RFC 1123 subdomain must"),
        (
            "readinessGates",
            json!([{"conditionType": "a b"}]),
            "readinessGates[0].conditionType: Invalid value: \"a b\": name part must consist of",
        ),
    ] {
        let refused = with(field, value);
        assert!(refused.len() == 1 && refused[0].starts_with(&format!("spec.{why}")), "{refused:?}");
    }
}

#[test]
fn a_selector_matches_its_own_template() {
    assert_eq!(
        refusals(deployment(json!({"selector": {"matchLabels": {"app": "other"}}}))),
        [
            "spec.template.metadata.labels: Invalid value: {\"app\":\"web\"}: `selector` does not match template `labels`"
        ]
    );
    assert_eq!(
        refusals(deployment(json!({"selector": {}}))),
        ["spec.selector: Invalid value: {}: empty selector is invalid for deployment"]
    );
    let values = json!({"matchExpressions": [{"key": "app", "operator": "Exists", "values": ["web"]}]});
    assert_eq!(
        refusals(deployment(json!({ "selector": values })))[0],
        "spec.selector.matchExpressions[0].values: Forbidden: may not be specified when `operator` is 'Exists' or \
         'DoesNotExist'"
    );
}

#[test]
fn a_rollout_needs_room_to_move() {
    let rolling = |surge: Value, unavailable: Value| {
        deployment(json!({"strategy": {"type": "RollingUpdate",
            "rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}}}))
    };
    assert_eq!(
        refusals(rolling(json!(0), json!(0))),
        ["spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0"]
    );
    assert_eq!(
        refusals(rolling(json!("0%"), json!("0%"))),
        [
            "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: \"0%\": may not be 0 when `maxSurge` is 0"
        ]
    );
    assert_eq!(refusals(rolling(json!("1%"), json!("1%"))), [""; 0]);
    assert_eq!(
        refusals(rolling(json!(1), json!("150%"))),
        [
            "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: \"150%\": must not be greater than 100%"
        ]
    );
    assert_eq!(
        refusals(deployment(json!({"strategy": {"type": "Recreate", "rollingUpdate": {"maxSurge": 1}}}))),
        ["spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'"]
    );
    assert_eq!(
        refusals(deployment(json!({"strategy": {"type": "Blue"}}))),
        [
            "spec.strategy: Unsupported value: {\"type\":\"Blue\"}: supported values: \"Recreate\", \"RollingUpdate\""
        ]
    );
}

#[test]
fn counts_are_not_negative() {
    assert_eq!(
        refusals(deployment(json!({"replicas": -1, "minReadySeconds": 700}))),
        [
            "spec.replicas: Invalid value: -1: must be greater than or equal to 0",
            "spec.progressDeadlineSeconds: Invalid value: 600: must be greater than minReadySeconds",
        ]
    );
}

#[test]
fn what_keeps_pods_alive_restarts_their_containers() {
    let never = json!({"template": {
        "metadata": {"labels": {"app": "web"}},
        "spec": {"restartPolicy": "Never", "containers": [{"name": "app", "image": "web:1"}]},
    }});
    assert_eq!(
        refusals(deployment(never)),
        ["spec.template.spec.restartPolicy: Unsupported value: \"Never\": supported values: \"Always\""]
    );
}

#[test]
fn a_job_does_not_restart_for_ever() {
    let job = |policy: Value| {
        let mut spec = json!({"containers": [{"name": "a", "image": "batch:1"}]});
        if policy.is_string() {
            spec["restartPolicy"] = policy;
        }
        json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "j"}, "spec": {"template": {"spec": spec}}})
    };
    let refused =
        ["spec.template.spec.restartPolicy: Required value: valid values: \"OnFailure\", \"Never\""];
    assert_eq!(refusals(job(Value::Null)), refused);
    assert_eq!(refusals(job(json!("Always"))), refused);
    assert_eq!(refusals(job(json!("Never"))), [""; 0]);
}

#[test]
fn labels_have_their_own_grammar() {
    let mut bad = deployment(json!({}));
    bad["metadata"]["labels"] = json!({"team": "a b"});
    let refused = refusals(bad);
    assert!(
        refused[0].starts_with(
            "metadata.labels: Invalid value: \"a b\": a valid label must be an empty string or consist of"
        ),
        "{refused:?}"
    );
}

#[test]
fn annotations_have_keys_like_labels_and_neither_gets_worse_later() {
    let mut bad = deployment(json!({}));
    bad["metadata"]["annotations"] = json!({"a b": "anything", "Example.com/Note": "any thing"});
    let refused = refusals(bad);
    let annotation = "metadata.annotations: Invalid value: \"a b\": name part must consist of";
    assert!(refused.len() == 1 && refused[0].starts_with(annotation), "{refused:?}");
    let label = |web: &mut Value| web["metadata"]["labels"] = json!({"a b": "c"});
    let refused = changes(deployment(json!({})), label);
    assert!(refused[0].starts_with("metadata.labels: Invalid value: \"a b\": name part"), "{refused:?}");
}

#[test]
fn claims_budgets_and_autoscalers_have_their_rules_too() {
    let budget = json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "b"},
        "spec": {"minAvailable": 1, "maxUnavailable": 1, "selector": {}}});
    assert!(refusals(budget)[0].ends_with("minAvailable and maxUnavailable cannot be both set"));
    let claim =
        json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "c"}, "spec": {}});
    assert_eq!(
        refusals(claim),
        [
            "spec.accessModes: Required value: at least 1 access mode is required",
            "spec.resources[storage]: Required value",
        ]
    );
    let autoscaler = json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "h"},
        "spec": {"minReplicas": 3, "maxReplicas": 2, "scaleTargetRef": {"kind": "Deployment", "name": "web"}}});
    assert_eq!(
        refusals(autoscaler),
        ["spec.maxReplicas: Invalid value: 2: must be greater than or equal to `minReplicas`"]
    );
}

#[test]
fn selectors_and_a_jobs_template_are_immutable() {
    let mut world = World::new(1, Images::default());
    world.create_object(object(deployment(json!({})))).unwrap();
    let changed = world.update::<Deployment>(&Key::new("default", "web"), |web| {
        let spec = web.spec.as_mut().unwrap();
        let labels = Some([("tier".to_owned(), "front".to_owned())].into());
        spec.selector.match_labels.clone_from(&labels);
        spec.template.metadata.get_or_insert_default().labels = labels;
    });
    assert_eq!(
        changed.unwrap_err().to_string(),
        "Deployment.apps \"web\" is invalid: spec.selector: Invalid value: {\"matchLabels\":{\"tier\":\"front\"}}: field is \
         immutable"
    );
    let job = json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "j"}, "spec": {"template": {"spec":
        {"restartPolicy": "Never", "containers": [{"name": "a", "image": "batch:1"}]}}}});
    world.create_object(object(job)).unwrap();
    let changed = world.update::<Job>(&Key::new("default", "j"), |job| {
        job.spec.as_mut().unwrap().template.spec.as_mut().unwrap().containers[0].image =
            Some("batch:2".into());
    });
    assert!(changed.unwrap_err().to_string().ends_with(": field is immutable"));
}

#[test]
fn a_storage_class_names_who_makes_its_volumes_and_can_hardly_be_changed() {
    let class = |more: Value| {
        let mut class = json!({"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass",
            "metadata": {"name": "fast"}, "provisioner": "csi.example"});
        for (key, value) in more.as_object().unwrap() {
            class[key] = value.clone();
        }
        class
    };
    assert_eq!(refusals(class(json!({}))), [""; 0]);
    assert_eq!(
        refusals(class(json!({"provisioner": "", "reclaimPolicy": "Recycle", "volumeBindingMode": "Late"}))),
        [
            "provisioner: Required value",
            "reclaimPolicy: Unsupported value: \"Recycle\": supported values: \"Delete\", \"Retain\"",
            "volumeBindingMode: Unsupported value: \"Late\": supported values: \"Immediate\", \"WaitForFirstConsumer\"",
        ]
    );
    let mut world = World::new(1, Images::default());
    let object = Object::from_json(Kind::StorageClass, class(json!({})), |path| panic!("{path}")).unwrap();
    world.create_object(object).unwrap();
    let changed =
        world.update::<k8s_openapi::api::storage::v1::StorageClass>(&Key::cluster_wide("fast"), |class| {
            class.reclaim_policy = Some("Retain".to_owned());
            class.volume_binding_mode = Some("WaitForFirstConsumer".to_owned());
        });
    let Err(ApiError::Invalid { errors, .. }) = changed else { panic!("it was changed") };
    assert_eq!(
        errors.iter().map(ToString::to_string).collect::<Vec<_>>(),
        [
            "reclaimPolicy: Forbidden: updates to reclaimPolicy are forbidden.",
            "volumeBindingMode: Invalid value: \"WaitForFirstConsumer\": field is immutable",
        ]
    );
}

#[test]
fn the_keys_of_config_maps_and_secrets_may_be_file_names_and_frozen_ones_do_not_change() {
    let config = |data: Value| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": data});
    assert_eq!(refusals(config(json!({"app.conf": "", "KEY_1": ""}))), [""; 0]);
    let refused = refusals(config(json!({"a b": "", "..x": ""})));
    assert!(
        refused[0].starts_with("data[..x]: Invalid value: \"..x\": must not start with '..'"),
        "{refused:?}"
    );
    assert!(refused[1].starts_with("data[a b]: Invalid value: \"a b\": a valid config key"), "{refused:?}");
    let secret =
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": {"a b": "eA=="}});
    assert!(refusals(secret)[0].starts_with("data[a b]"));

    let mut world = World::new(1, Images::default());
    let frozen = json!({"metadata": {"name": "f"}, "immutable": true, "data": {"mode": "fast"}});
    let frozen: k8s_openapi::api::core::v1::ConfigMap = serde_json::from_value(frozen).unwrap();
    world.create(frozen).unwrap();
    let change = |map: &mut k8s_openapi::api::core::v1::ConfigMap| {
        map.data.get_or_insert_default().insert("mode".into(), "slow".into());
    };
    let refused = world.update(&Key::new("default", "f"), change).unwrap_err().to_string();
    assert!(refused.contains("data: Forbidden: field is immutable when `immutable` is set"), "{refused}");
}

#[test]
fn a_secret_s_text_is_kept_encoded_and_its_type_stays() {
    let mut world = World::new(1, Images::default());
    let secret = json!({"metadata": {"name": "s"}, "stringData": {"user": "ann"}});
    let secret: k8s_openapi::api::core::v1::Secret = serde_json::from_value(secret).unwrap();
    let kept = world.create(secret).unwrap();
    assert_eq!(serde_json::to_value(&*kept).unwrap()["data"], json!({"user": "YW5u"}));
    assert_eq!((kept.type_.as_deref(), &kept.string_data), (Some("Opaque"), &None));
    let change = |secret: &mut k8s_openapi::api::core::v1::Secret| secret.type_ = Some("other".to_owned());
    let refused = world.update(&Key::new("default", "s"), change).unwrap_err().to_string();
    assert!(refused.contains("type: Invalid value: \"other\": field is immutable"), "{refused}");
}

#[test]
fn what_a_pod_takes_from_config_maps_and_secrets_has_a_name() {
    let refused = |container: Value, volumes: Value| {
        let mut container = container;
        container["name"] = json!("a");
        container["image"] = json!("web:1");
        refusals(pod(json!({"containers": [container], "volumes": volumes})))
    };
    let sound = json!({
        "env": [{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "c", "key": "k"}}}],
        "envFrom": [{"secretRef": {"name": "s"}}]
    });
    assert_eq!(refused(sound, json!([{"name": "v", "secret": {"secretName": "s"}}])), [""; 0]);
    assert_eq!(
        refused(json!({}), json!([{"name": "v", "configMap": {}}, {"name": "w", "secret": {}}])),
        [
            "spec.volumes[0].configMap.name: Required value",
            "spec.volumes[1].secret.secretName: Required value"
        ]
    );
    assert_eq!(
        refused(json!({"envFrom": [{}], "env": [{"name": ""}]}), json!([])),
        [
            "spec.containers[0].env[0].name: Required value",
            "spec.containers[0].envFrom: Invalid value: \"\": must specify one of: `configMapRef` or `secretRef`"
        ]
    );
    let both = json!({"env": [{"name": "A", "value": "x", "valueFrom": {"secretKeyRef": {"name": "s", "key": ""}}}]});
    assert_eq!(
        refused(both, json!([])),
        [
            "spec.containers[0].env[0].valueFrom.secretKeyRef.key: Required value",
            "spec.containers[0].env[0].valueFrom: Invalid value: \"\": may not be specified when `value` is not empty"
        ]
    );
}

#[test]
fn a_priority_class_has_no_name_of_the_system_s_and_no_value_above_a_billion() {
    let class = |name: &str, value: i32| {
        refusals(json!({"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass",
            "metadata": {"name": name}, "value": value}))
    };
    assert_eq!(class("high", 1_000_000_000), [""; 0]);
    let above = "value: Forbidden: maximum allowed value of a user defined priority is 1000000000";
    assert_eq!(class("high", 1_000_000_001), [above]);
    let reserved = "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. \
                    error: system-high is not a known system priority class";
    assert_eq!(class("system-high", 5), [reserved]);
}

#[test]
fn the_controller_of_a_job_is_a_domain_and_a_path_and_does_not_change() {
    let job = |manager: &str| {
        refusals(json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "sum"}, "spec": {
            "managedBy": manager,
            "template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "app", "image": "web:1"}]}}}}))
    };
    let long = format!("example.com/{}", "x".repeat(52));
    for (manager, why) in [
        ("kubernetes.io/job-controller", None),
        ("", Some("Required value")),
        ("kueue", Some("Invalid value: \"kueue\": must be a domain-prefixed path (such as \"acme.io/foo\")")),
        (
            "example.com/a b",
            Some(
                "Invalid value: \"a b\": Invalid path (regex used for validation is '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')",
            ),
        ),
        (&long, Some("Too long: may not be more than 63 bytes")),
    ] {
        let expected: Vec<String> = why.map(|why| format!("spec.managedBy: {why}")).into_iter().collect();
        assert_eq!(job(manager), expected);
    }
}
