//! Tables against what a real kubectl printed for such objects.

use super::*;
use crate::cluster::object::Object;
use serde_json::{Value, json};

/// A quarter of an hour after the objects were made.
const NOW: SimTime = SimTime(15 * 60 * 1000);

fn state(objects: &[(Kind, Value)]) -> State {
    let mut state = State::default();
    for (i, (kind, json)) in objects.iter().enumerate() {
        let mut json = json.clone();
        let meta = &mut json["metadata"];
        meta["creationTimestamp"] = "2026-01-01T00:00:00Z".into();
        meta["resourceVersion"] = (i + 1).to_string().into();
        if kind.is_namespaced() {
            meta["namespace"] = "default".into();
        }
        state.put(Object::from_json(*kind, json, |path| panic!("unknown field {path}")).unwrap());
    }
    state
}

fn pod(name: &str, spec: Value, status: Value) -> (Kind, Value) {
    (Kind::Pod, json!({ "metadata": { "name": name }, "spec": spec, "status": status }))
}

fn app() -> Value {
    json!({ "nodeName": "node-a", "containers": [{ "name": "app", "image": "web:1" }] })
}

fn container(ready: bool, restarts: i32, state: Value) -> Value {
    json!({ "name": "app", "ready": ready, "restartCount": restarts, "image": "", "imageID": "", "state": state })
}

fn lines(table: &Table) -> Vec<String> {
    table.to_string().lines().map(str::to_owned).collect()
}

#[test]
fn pods_with_their_status_words_and_restarts() {
    let mut crashing = container(false, 5, json!({ "waiting": { "reason": "CrashLoopBackOff" } }));
    crashing["lastState"] =
        json!({ "terminated": { "exitCode": 1, "finishedAt": "2026-01-01T00:13:00Z", "reason": "Error" } });
    let mut ending = pod(
        "ending",
        app(),
        json!({ "phase": "Running", "containerStatuses": [container(true, 0, json!({ "running": {} }))] }),
    );
    ending.1["metadata"]["deletionTimestamp"] = "2026-01-01T00:15:30Z".into();
    let state = state(&[
        pod("waiting", json!({ "containers": [{ "name": "app" }] }), json!({ "phase": "Pending" })),
        pod(
            "serving",
            app(),
            json!({ "phase": "Running", "podIP": "10.244.0.2",
                "containerStatuses": [container(true, 0, json!({ "running": {} }))] }),
        ),
        pod("crashing", app(), json!({ "phase": "Running", "containerStatuses": [crashing] })),
        pod(
            "done",
            app(),
            json!({ "phase": "Succeeded", "containerStatuses":
                [container(false, 0, json!({ "terminated": { "exitCode": 0, "reason": "Completed" } }))] }),
        ),
        ending,
    ]);
    assert_eq!(
        lines(&pods(&state, NOW, true)),
        [
            "NAME       READY   STATUS             RESTARTS     AGE   IP           NODE     NOMINATED NODE   READINESS GATES",
            "crashing   0/1     CrashLoopBackOff   5 (2m ago)   15m   <none>       node-a   <none>           <none>",
            "done       0/1     Completed          0            15m   <none>       node-a   <none>           <none>",
            "ending     1/1     Terminating        0            15m   <none>       node-a   <none>           <none>",
            "serving    1/1     Running            0            15m   10.244.0.2   node-a   <none>           <none>",
            "waiting    0/1     Pending            0            15m   <none>       <none>   <none>           <none>",
        ]
    );
}

#[test]
fn init_containers_and_sidecars_count_as_kubectl_counts_them() {
    let spec = json!({
        "nodeName": "node-a", "containers": [{ "name": "app" }],
        "initContainers": [{ "name": "once" }, { "name": "side", "restartPolicy": "Always" }]
    });
    let init = |name: &str, restarts: i32, started: bool, state: Value| {
        json!({ "name": name, "ready": started, "started": started, "restartCount": restarts, "image": "", "imageID": "",
            "state": state })
    };
    let table = pods(
        &state(&[
            pod(
                "beginning",
                spec.clone(),
                json!({ "phase": "Pending", "initContainerStatuses":
                    [init("once", 3, false, json!({ "terminated": { "exitCode": 1, "reason": "Error" } }))] }),
            ),
            pod(
                "running",
                spec,
                json!({ "phase": "Running",
                    "conditions": [{ "type": "Initialized", "status": "True" }, { "type": "Ready", "status": "True" }],
                    "initContainerStatuses": [
                        init("once", 3, false, json!({ "terminated": { "exitCode": 0, "reason": "Completed" } })),
                        init("side", 1, true, json!({ "running": {} })),
                    ],
                    "containerStatuses": [container(true, 0, json!({ "running": {} }))] }),
            ),
        ]),
        NOW,
        false,
    );
    assert_eq!(table.rows[0][1..4], ["0/2", "Init:Error", "3"]);
    assert_eq!(table.rows[1][1..4], ["2/2", "Running", "1"]);
}

#[test]
fn workloads() {
    let template = json!({ "spec": { "containers": [{ "name": "app", "image": "web:1" }] } });
    let selector = json!({ "matchLabels": { "app": "web", "tier": "front" } });
    let state = state(&[
        (
            Kind::Deployment,
            json!({ "metadata": { "name": "web" },
                "spec": { "replicas": 3, "selector": selector, "template": template },
                "status": { "readyReplicas": 2, "updatedReplicas": 3, "availableReplicas": 2 } }),
        ),
        (
            Kind::ReplicaSet,
            json!({ "metadata": { "name": "web-5d4" },
                "spec": { "replicas": 3, "selector": selector, "template": template },
                "status": { "replicas": 3, "readyReplicas": 2 } }),
        ),
        (
            Kind::StatefulSet,
            json!({ "metadata": { "name": "db" },
                "spec": { "replicas": 2, "serviceName": "db", "selector": selector, "template": template },
                "status": { "replicas": 1, "readyReplicas": 1 } }),
        ),
        (
            Kind::DaemonSet,
            json!({ "metadata": { "name": "agent" }, "spec": { "selector": selector, "template": template },
                "status": { "desiredNumberScheduled": 3, "currentNumberScheduled": 3, "numberReady": 2,
                    "numberMisscheduled": 0, "updatedNumberScheduled": 3, "numberAvailable": 2 } }),
        ),
        (
            Kind::Job,
            json!({ "metadata": { "name": "sum" },
                "spec": { "completions": 5, "selector": { "matchLabels": { "job": "sum" } }, "template": template },
                "status": { "succeeded": 2, "startTime": "2026-01-01T00:14:30Z" } }),
        ),
        (
            Kind::CronJob,
            json!({ "metadata": { "name": "hourly" },
                "spec": { "schedule": "0 * * * *", "jobTemplate": { "spec": { "template": template } } } }),
        ),
    ]);
    assert_eq!(
        deployments(&state, NOW, true).to_string(),
        "NAME   READY   UP-TO-DATE   AVAILABLE   AGE   CONTAINERS   IMAGES   SELECTOR\n\
         web    2/3     3            2           15m   app          web:1    app=web,tier=front\n"
    );
    assert_eq!(
        replica_sets(&state, NOW, false).to_string(),
        "NAME      DESIRED   CURRENT   READY   AGE\nweb-5d4   3         3         2       15m\n"
    );
    assert_eq!(stateful_sets(&state, NOW, false).to_string(), "NAME   READY   AGE\ndb     1/2     15m\n");
    assert_eq!(
        daemon_sets(&state, NOW, false).to_string(),
        "NAME    DESIRED   CURRENT   READY   UP-TO-DATE   AVAILABLE   NODE SELECTOR   AGE\n\
         agent   3         3         2       3            2           <none>          15m\n"
    );
    assert_eq!(
        jobs(&state, NOW, false).to_string(),
        "NAME   STATUS    COMPLETIONS   DURATION   AGE\nsum    Running   2/5           30s        15m\n"
    );
    assert_eq!(
        cron_jobs(&state, NOW, false).to_string(),
        "NAME     SCHEDULE    TIMEZONE   SUSPEND   ACTIVE   LAST SCHEDULE   AGE\n\
         hourly   0 * * * *   <none>     False     0        <none>          15m\n"
    );
}

#[test]
fn nodes_services_and_the_rest() {
    let state = state(&[
        (
            Kind::Node,
            json!({ "metadata": { "name": "node-a", "labels": { "node-role.kubernetes.io/worker": "" } },
                "spec": { "unschedulable": true },
                "status": { "conditions": [{ "type": "Ready", "status": "Unknown" }],
                    "nodeInfo": { "kubeletVersion": "v1.36.0" } } }),
        ),
        (
            Kind::Service,
            json!({ "metadata": { "name": "web" }, "spec": { "type": "NodePort", "clusterIP": "10.96.0.7",
                "selector": { "app": "web" }, "ports": [{ "port": 80, "nodePort": 30080, "protocol": "TCP" }] } }),
        ),
        (
            Kind::PodDisruptionBudget,
            json!({ "metadata": { "name": "web" }, "spec": { "minAvailable": 2 },
                "status": { "disruptionsAllowed": 1, "currentHealthy": 3, "desiredHealthy": 2, "expectedPods": 3 } }),
        ),
        (
            Kind::HorizontalPodAutoscaler,
            json!({ "metadata": { "name": "web" },
                "spec": { "maxReplicas": 10, "minReplicas": 2,
                    "scaleTargetRef": { "kind": "Deployment", "name": "web" },
                    "metrics": [{ "type": "Resource", "resource":
                        { "name": "cpu", "target": { "type": "Utilization", "averageUtilization": 50 } } }] },
                "status": { "currentReplicas": 2, "desiredReplicas": 2 } }),
        ),
        (
            Kind::Event,
            json!({ "metadata": { "name": "lone.1" }, "type": "Normal", "reason": "Scheduled", "count": 1,
                "message": "Successfully assigned default/lone to node-a",
                "firstTimestamp": "2026-01-01T00:00:00Z", "lastTimestamp": "2026-01-01T00:10:00Z",
                "involvedObject": { "kind": "Pod", "name": "lone" } }),
        ),
    ]);
    assert_eq!(
        nodes(&state, NOW, false).to_string(),
        "NAME     STATUS                        ROLES    AGE   VERSION\n\
         node-a   NotReady,SchedulingDisabled   worker   15m   v1.36.0\n"
    );
    assert_eq!(
        services(&state, NOW, false).to_string(),
        "NAME   TYPE       CLUSTER-IP   EXTERNAL-IP   PORT(S)        AGE\n\
         web    NodePort   10.96.0.7    <none>        80:30080/TCP   15m\n"
    );
    assert_eq!(
        budgets(&state, NOW, false).to_string(),
        "NAME   MIN AVAILABLE   MAX UNAVAILABLE   ALLOWED DISRUPTIONS   AGE\n\
         web    2               N/A               1                     15m\n"
    );
    assert_eq!(
        autoscalers(&state, NOW, false).to_string(),
        "NAME   REFERENCE        TARGETS              MINPODS   MAXPODS   REPLICAS   AGE\n\
         web    Deployment/web   cpu: <unknown>/50%   2         10        2          15m\n"
    );
    assert_eq!(
        events(&state, NOW, false).to_string(),
        "LAST SEEN   TYPE     REASON      OBJECT     MESSAGE\n\
         5m          Normal   Scheduled   pod/lone   Successfully assigned default/lone to node-a\n"
    );
}

#[test]
fn several_kinds_are_printed_one_below_the_other_with_prefixed_names() {
    let state = state(&[
        pod("lone", app(), json!({ "phase": "Pending" })),
        (Kind::Node, json!({ "metadata": { "name": "node-a" } })),
    ]);
    let text = table(&state, NOW);
    let starts: Vec<&str> = text.lines().map(|line| line.split_whitespace().next().unwrap_or("")).collect();
    assert_eq!(starts, ["NAME", "pod/lone", "", "NAME", "node/node-a"]);
}

#[test]
fn config_maps_and_secrets_show_how_much_is_in_them() {
    let state = state(&[
        (
            Kind::ConfigMap,
            json!({ "metadata": { "name": "app" }, "data": { "a": "1" }, "binaryData": { "b": "eA==" } }),
        ),
        (Kind::Secret, json!({ "metadata": { "name": "login" }, "type": "Opaque", "data": { "a": "eA==" } })),
    ]);
    assert_eq!(config_maps(&state, NOW, false).to_string(), "NAME   DATA   AGE\napp    2      15m\n");
    assert_eq!(
        secrets(&state, NOW, false).to_string(),
        "NAME    TYPE     DATA   AGE\nlogin   Opaque   1      15m\n"
    );
}

#[test]
fn an_event_of_the_newer_api_shows_its_series_and_who_reports_it() {
    let event = json!({
        "metadata": { "name": "big.1" }, "type": "Warning", "reason": "FailedScheduling", "message": "no room",
        "involvedObject": { "kind": "Pod", "name": "big" }, "source": {},
        "eventTime": "2026-01-01T00:00:00.000000Z",
        "series": { "count": 4, "lastObservedTime": "2026-01-01T00:12:00.000000Z" },
        "reportingComponent": "default-scheduler", "reportingInstance": "default-scheduler-control-plane"
    });
    let state = state(&[(Kind::Event, event)]);
    let source = "default-scheduler, default-scheduler-control-plane";
    let row = ["3m", "Warning", "FailedScheduling", "pod/big", "", source, "no room", "15m", "4", "big.1"];
    assert_eq!(events(&state, NOW, true).rows, [row]);
}

fn word(spec: &Value, status: Value) -> String {
    let (_, json) = pod("web", spec.clone(), status);
    super::pods::status_word(&serde_json::from_value(json).unwrap())
}

fn ended(code: i32, reason: &str) -> Value {
    json!({ "terminated": { "exitCode": code, "reason": reason } })
}

#[test]
fn a_pod_that_has_ended_with_its_sidecar_is_completed() {
    let mut sidecar = container(false, 0, ended(143, "Error"));
    sidecar["name"] = "log".into();
    sidecar["started"] = false.into();
    let spec = json!({ "nodeName": "node-a", "containers": [{ "name": "app", "image": "job:1" }],
        "initContainers": [{ "name": "log", "image": "log:1", "restartPolicy": "Always" }] });
    let status = |initialized: &str| {
        json!({ "phase": "Succeeded", "initContainerStatuses": [sidecar],
            "containerStatuses": [container(false, 0, ended(0, "Completed"))],
            "conditions": [{ "type": "Initialized", "status": initialized }] })
    };
    assert_eq!(word(&spec, status("True")), "Completed");
    assert_eq!(word(&spec, status("False")), "Init:Error");
}

#[test]
fn a_gated_pod_says_so_and_a_failed_container_is_not_hidden_by_a_running_one() {
    let gated = json!({ "phase": "Pending",
        "conditions": [{ "type": "PodScheduled", "status": "False", "reason": "SchedulingGated" }] });
    assert_eq!(word(&json!({ "containers": [{ "name": "app" }] }), gated), "SchedulingGated");
    let three = |second: Value| {
        json!({ "phase": "Running", "containerStatuses": [
            container(false, 0, ended(0, "Completed")), container(false, 0, second),
            container(true, 0, json!({ "running": {} })) ] })
    };
    assert_eq!(word(&app(), three(ended(1, "Error"))), "Error");
    assert_eq!(word(&app(), three(ended(0, "Completed"))), "NotReady");
}
