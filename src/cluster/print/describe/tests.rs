//! Descriptions as kubectl prints them, put together by hand from the templates of `describe.go`.

use super::*;
use crate::cluster::object::Kind;
use serde_json::{Value, json};

fn object(kind: Kind, json: Value) -> Object {
    Object::from_json(kind, json, |path| panic!("unknown field {path}")).unwrap()
}

fn event(name: &str, uid: &str, count: i32, first: i64, last: i64, reason: &str, message: &str) -> Object {
    let time = |seconds: i64| SimTime(seconds * 1000).to_time();
    object(
        Kind::Event,
        json!({"metadata": {"name": name, "namespace": "default", "creationTimestamp": time(first)},
            "involvedObject": {"uid": uid}, "type": "Normal", "reason": reason, "message": message, "count": count,
            "source": {"component": "kubelet"}, "firstTimestamp": time(first), "lastTimestamp": time(last)}),
    )
}

#[test]
fn a_pod_that_ends_is_described() {
    let time = |seconds: i64| SimTime(seconds * 1000).to_time();
    let pod = object(
        Kind::Pod,
        json!({
            "metadata": {"name": "web-0", "namespace": "default", "uid": "u", "labels": {"app": "web", "tier": "front"},
                "deletionTimestamp": time(130), "deletionGracePeriodSeconds": 30,
                "ownerReferences": [{"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "web", "uid": "s", "controller": true}]},
            "spec": {
                "nodeName": "node-a", "priority": 0, "serviceAccountName": "default",
                "nodeSelector": {"disk": "ssd"},
                "tolerations": [
                    {"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300},
                    {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}],
                "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data-web-0"}},
                    {"name": "tmp", "emptyDir": {}}],
                "containers": [{
                    "name": "app", "image": "web:1", "ports": [{"containerPort": 8080, "protocol": "TCP"}],
                    "command": ["serve", "--all"],
                    "resources": {"limits": {"memory": "1024Mi"}, "requests": {"cpu": "1000m", "memory": "64Mi"}},
                    "readinessProbe": {"httpGet": {"path": "/ok", "port": 8080, "scheme": "HTTP"}, "timeoutSeconds": 1,
                        "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3},
                    "env": [{"name": "MODE", "value": "fast"},
                        {"name": "POD", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.name"}}}],
                    "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}, {"name": "data", "mountPath": "/data", "readOnly": true}]
                }]
            },
            "status": {
                "phase": "Running", "hostIP": "10.0.0.1", "podIP": "10.244.0.9", "podIPs": [{"ip": "10.244.0.9"}],
                "startTime": time(2), "qosClass": "Burstable",
                "conditions": [{"type": "Initialized", "status": "True"}, {"type": "Ready", "status": "False"}],
                "containerStatuses": [{
                    "name": "app", "image": "web:1", "imageID": "web@sha256:1", "containerID": "containerd://1", "ready": false,
                    "restartCount": 1, "state": {"running": {"startedAt": time(40)}},
                    "lastState": {"terminated": {"exitCode": 137, "reason": "OOMKilled", "startedAt": time(3), "finishedAt": time(39)}}
                }]
            }
        }),
    );
    let mut state = State::default();
    state.put(event("a", "u", 1, 2, 2, "Scheduled", "Successfully assigned default/web-0 to node-a"));
    state.put(event("b", "u", 4, 10, 125, "BackOff", "Back-off restarting failed container"));
    state.put(event("c", "other", 1, 3, 3, "Scheduled", "of another Pod"));
    let text = describe(&pod, &state, SimTime(135_000)).unwrap();
    let expected = "\
Name:                      web-0
Namespace:                 default
Priority:                  0
Service Account:           default
Node:                      node-a/10.0.0.1
Start Time:                Thu, 01 Jan 2026 00:00:02 +0000
Labels:                    app=web
                           tier=front
Annotations:               <none>
Status:                    Terminating (lasts 5s)
Termination Grace Period:  30s
IP:                        10.244.0.9
IPs:
  IP:           10.244.0.9
Controlled By:  StatefulSet/web
Containers:
  app:
    Container ID:  containerd://1
    Image:         web:1
    Image ID:      web@sha256:1
    Port:          8080/TCP
    Host Port:     0/TCP
    Command:
      serve
      --all
    State:          Running
      Started:      Thu, 01 Jan 2026 00:00:40 +0000
    Last State:     Terminated
      Reason:       OOMKilled
      Exit Code:    137
      Started:      Thu, 01 Jan 2026 00:00:03 +0000
      Finished:     Thu, 01 Jan 2026 00:00:39 +0000
    Ready:          False
    Restart Count:  1
    Limits:
      memory:  1Gi
    Requests:
      cpu:      1
      memory:   64Mi
    Readiness:  http-get http://:8080/ok delay=0s timeout=1s period=10s #success=1 #failure=3
    Environment:
      MODE:  fast
      POD:   web-0 (v1:metadata.name)
    Mounts:
      /data from data (ro)
      /tmp from tmp (rw)
Conditions:
  Type          Status
  Initialized   True 
  Ready         False 
Volumes:
  data:
    Type:       PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)
    ClaimName:  data-web-0
    ReadOnly:   false
  tmp:
    Type:        EmptyDir (a temporary directory that shares a pod's lifetime)
    Medium:      
    SizeLimit:   <unset>
QoS Class:       Burstable
Node-Selectors:  disk=ssd
Tolerations:     node.kubernetes.io/not-ready:NoExecute op=Exists for 300s
                 node.kubernetes.io/unreachable:NoExecute op=Exists for 300s
Events:
  Type    Reason     Age                 From     Message
  ----    ------     ----                ----     -------
  Normal  Scheduled  2m13s               kubelet  Successfully assigned default/web-0 to node-a
  Normal  BackOff    10s (x4 over 2m5s)  kubelet  Back-off restarting failed container
";
    assert_eq!(text, expected);
}

#[test]
fn a_deployment_is_described_with_its_replica_sets() {
    let meta = |name: &str, revision: &str, owned: bool| {
        let owner = json!([{"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "uid": "d", "controller": true}]);
        json!({"name": name, "namespace": "default", "uid": if owned { name } else { "d" },
            "creationTimestamp": SimTime::ZERO.to_time(),
            "annotations": {"deployment.kubernetes.io/revision": revision},
            "ownerReferences": if owned { owner } else { Value::Null }})
    };
    let template = json!({"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "app", "image": "web:2"}]}});
    let selector = json!({"matchLabels": {"app": "web"}});
    let deployment = object(
        Kind::Deployment,
        json!({"metadata": meta("web", "2", false),
            "spec": {"replicas": 4, "selector": selector, "template": template,
                "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 1}}},
            "status": {"replicas": 5, "updatedReplicas": 2, "availableReplicas": 3, "unavailableReplicas": 2,
                "conditions": [{"type": "Available", "status": "True", "reason": "MinimumReplicasAvailable"},
                    {"type": "Progressing", "status": "True", "reason": "ReplicaSetUpdated"}]}}),
    );
    let set = |name: &str, revision: &str, wanted: i32| {
        object(
            Kind::ReplicaSet,
            json!({"metadata": meta(name, revision, true), "spec": {"replicas": wanted, "selector": selector, "template": template},
                "status": {"replicas": wanted}}),
        )
    };
    let mut state = State::default();
    state.put(set("web-5d4", "2", 2));
    state.put(set("web-7f9", "1", 3));
    assert_eq!(
        describe(&deployment, &state, SimTime(60_000)).unwrap(),
        "\
Name:                   web
Namespace:              default
CreationTimestamp:      Thu, 01 Jan 2026 00:00:00 +0000
Labels:                 <none>
Annotations:            deployment.kubernetes.io/revision: 2
Selector:               app=web
Replicas:               4 desired | 2 updated | 5 total | 3 available | 2 unavailable
StrategyType:           RollingUpdate
MinReadySeconds:        0
RollingUpdateStrategy:  1 max unavailable, 25% max surge
Pod Template:
  Labels:  app=web
  Containers:
   app:
    Image:         web:2
    Port:          <none>
    Host Port:     <none>
    Environment:   <none>
    Mounts:        <none>
  Volumes:         <none>
  Node-Selectors:  <none>
  Tolerations:     <none>
Conditions:
  Type           Status  Reason
  ----           ------  ------
  Available      True    MinimumReplicasAvailable
  Progressing    True    ReplicaSetUpdated
OldReplicaSets:  web-7f9 (3/3 replicas created)
NewReplicaSet:   web-5d4 (2/2 replicas created)
Events:          <none>
"
    );
}

#[test]
fn a_long_list_of_indexes_is_cut_at_a_comma() {
    let completed = "0,2,4,6,8,10,12,14,16,18,20,22,24,26,28,30,32,34,36,38,40,42";
    let job = object(
        Kind::Job,
        json!({"metadata": {"name": "sum", "namespace": "default", "uid": "j"},
            "spec": {"completionMode": "Indexed", "completions": 50, "parallelism": 5, "backoffLimit": 6, "suspend": false,
                "template": {"spec": {"containers": [{"name": "app", "image": "sum:1"}]}}},
            "status": {"active": 5, "ready": 4, "succeeded": 22, "completedIndexes": completed,
                "startTime": SimTime(1_000).to_time(), "completionTime": SimTime(151_000).to_time()}}),
    );
    let text = describe(&job, &State::default(), SimTime(200_000)).unwrap();
    for line in [
        "Completions:        50\n",
        "Pods Statuses:      5 Active (4 Ready) / 22 Succeeded / 0 Failed\n",
        "Duration:           2m30s\n",
        // The fiftieth letter is inside "36"; the comma behind it is the last that is shown.
        "Completed Indexes:  0,2,4,6,8,10,12,14,16,18,20,22,24,26,28,30,32,34,36,...\n",
    ] {
        assert!(text.contains(line), "{line:?} in\n{text}");
    }
}

#[test]
fn an_event_that_goes_on_tells_how_often_and_since_when() {
    let time = |seconds: i64| SimTime(seconds * 1000).to_micro_time();
    let event = object(
        Kind::Event,
        json!({"metadata": {"name": "a", "namespace": "default", "creationTimestamp": SimTime(75_000).to_time()},
            "involvedObject": {"uid": "u"}, "type": "Warning", "reason": "FailedScheduling", "message": "0/1 nodes",
            "reportingComponent": "default-scheduler", "eventTime": time(75),
            "series": {"count": 3, "lastObservedTime": time(125)}}),
    );
    let pod = object(Kind::Pod, json!({"metadata": {"name": "lone", "namespace": "default", "uid": "u"}}));
    let mut state = State::default();
    state.put(event);
    let text = describe(&pod, &state, SimTime(135_000)).unwrap();
    let line = "  Warning  FailedScheduling  10s (x3 over 60s)  default-scheduler  0/1 nodes\n";
    assert!(text.ends_with(line), "{text}");
}
