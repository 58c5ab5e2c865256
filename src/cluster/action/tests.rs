//! Each action against an API server with nobody behind it: what it writes, what it signals, why it is refused.

use super::Left;
use crate::cluster::engine::World;
use crate::cluster::image::Images;
use crate::cluster::object::{Key, Kind};
use crate::cluster::scenario::Scenario;
use crate::cluster::{Millis, SimTime};
use serde_json::{Value, json};

/// A scenario in which nothing is but the actions that are written behind it.
const ACTIONS: &str = "scenario: t\ntitle: T\ncluster: { nodes: [n] }\nmanifests: ''\nuntil: 9s\ntimeline:\n";

const DEPLOYMENT: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, labels: { team: a } }
spec:
  replicas: 3
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
        - name: app
          image: web:1
        - name: side
          image: side:1
";

const PODS: &str = "\
apiVersion: v1
kind: Pod
metadata: { name: a, labels: { app: web } }
spec: { nodeName: node-a, containers: [{ name: app, image: web:1 }] }
---
apiVersion: v1
kind: Pod
metadata: { name: b }
spec: { nodeName: node-a, containers: [{ name: app, image: web:1 }] }
";

/// Applies manifests, then does the actions (each the text behind `do:`); the first refusal, if there is one.
fn acted(manifests: &str, actions: &[&str]) -> Result<World, String> {
    let block = |text: &str| text.lines().map(|line| format!("  {line}\n")).collect::<String>();
    let entries: String = actions.iter().map(|action| format!("  - {{ at: 1s, do: {action} }}\n")).collect();
    let text = format!(
        "scenario: t\ntitle: T\ncluster: {{ nodes: [node-a, node-b] }}\nmanifests: |\n{}timeline:\n{entries}until: 2s\n",
        block(manifests)
    );
    let scenario = Scenario::parse(&text, "").unwrap_or_else(|problems| panic!("{problems:?}"));
    let mut world = World::new(1, Images::default());
    for (number, node) in scenario.nodes.iter().enumerate() {
        world.store.create(SimTime(0), node.to_object(SimTime(0), number)).unwrap();
    }
    for manifest in &scenario.manifests {
        super::apply(&mut world, manifest).unwrap();
    }
    world.now = SimTime(1000);
    for entry in &scenario.timeline {
        for action in &entry.actions {
            if let Err(refused) = action.act(&mut world) {
                return Err(refused.into_problems(action.place())[0].found.clone());
            }
        }
    }
    Ok(world)
}

fn get(world: &World, kind: Kind, name: &str) -> Value {
    let namespace = if kind.is_namespaced() { "default" } else { "" };
    world
        .store
        .state()
        .object(kind, &Key::new(namespace, name))
        .map_or(Value::Null, crate::cluster::Object::to_json)
}

fn deployment(actions: &[&str]) -> Value {
    get(&acted(DEPLOYMENT, actions).unwrap(), Kind::Deployment, "web")
}

fn node(action: &str) -> Value {
    get(&acted("", &[action]).unwrap(), Kind::Node, "node-a")
}

#[test]
fn scale_sets_replicas() {
    let after = deployment(&["{ scale: { deployment/web: 5 } }"]);
    assert_eq!((&after["spec"]["replicas"], &after["metadata"]["generation"]), (&json!(5), &json!(2)));
}

#[test]
fn set_image_names_one_container_or_all() {
    let images = |actions: &[&str]| {
        let containers = deployment(actions)["spec"]["template"]["spec"]["containers"].clone();
        [containers[0]["image"].clone(), containers[1]["image"].clone()]
    };
    assert_eq!(images(&["{ set-image: { deployment/web: { app: web:2 } } }"]), ["web:2", "side:1"]);
    assert_eq!(images(&["{ set-image: { deployment/web: web:2 } }"]), ["web:2", "web:2"]);
    let refused = acted(DEPLOYMENT, &["{ set-image: { deployment/web: { nope: web:2 } } }"]).err();
    assert_eq!(refused.as_deref(), Some("unable to find container named \"nope\""));
}

#[test]
fn pause_and_resume_are_refused_when_they_change_nothing() {
    assert_eq!(deployment(&["{ rollout: { pause: deployment/web } }"])["spec"]["paused"], true);
    let both = ["{ rollout: { pause: deployment/web } }", "{ rollout: { resume: deployment/web } }"];
    assert_eq!(deployment(&both)["spec"]["paused"], Value::Null);
    let refused = |actions: &[&str]| acted(DEPLOYMENT, actions).err().unwrap_or_default();
    assert_eq!(refused(&both[1..]), "deployments.apps \"web\" is not paused");
    assert_eq!(refused(&[both[0], both[0]]), "deployments.apps \"web\" is already paused");
    assert_eq!(
        refused(&[both[0], "{ rollout: { restart: deployment/web } }"]),
        "deployments.apps \"web\" can't restart paused deployment (run rollout resume first)"
    );
}

#[test]
fn restart_stamps_the_template() {
    let after = deployment(&["{ rollout: { restart: deployment/web } }"]);
    assert_eq!(
        after["spec"]["template"]["metadata"]["annotations"]["kubectl.kubernetes.io/restartedAt"],
        "2026-01-01T00:00:01Z"
    );
}

#[test]
fn undo_writes_the_template_of_the_revision_before() {
    let refused = acted(DEPLOYMENT, &["{ rollout: { undo: deployment/web } }"]).err();
    assert_eq!(refused.as_deref(), Some("no rollout history found for deployment \"web\""));
    let set = |name: &str, revision: i64, image: &str, uid: &str| {
        format!(
            "---\napiVersion: apps/v1\nkind: ReplicaSet\nmetadata:\n  name: {name}\n  annotations: {{ \
             deployment.kubernetes.io/revision: \"{revision}\", kubernetes.io/change-cause: {name} }}\n  ownerReferences: [{{ apiVersion: apps/v1, kind: \
             Deployment, name: web, uid: {uid}, controller: true }}]\nspec:\n  replicas: 0\n  selector: {{ matchLabels: \
             {{ app: web }} }}\n  template:\n    metadata: {{ labels: {{ app: web, pod-template-hash: x }} }}\n    spec: \
             {{ containers: [{{ name: app, image: {image} }}] }}\n"
        )
    };
    // The seed decides the Deployment's uid.
    let uid = deployment(&[])["metadata"]["uid"].as_str().unwrap_or_default().to_owned();
    let history: String = [("web-a", 1, "web:1"), ("web-b", 2, "web:2"), ("web-c", 3, "web:3")]
        .map(|(name, revision, image)| set(name, revision, image, &uid))
        .concat();
    let template = |action: &str| {
        let world = acted(&format!("{DEPLOYMENT}{history}"), &[action]).unwrap();
        get(&world, Kind::Deployment, "web")["spec"]["template"].clone()
    };
    let before = template("{ rollout: { undo: deployment/web } }");
    assert_eq!(before["spec"]["containers"][0]["image"], "web:2");
    assert_eq!(before["metadata"]["labels"], json!({ "app": "web" }), "the hash stays behind");
    assert_eq!(
        template("{ rollout: { undo: deployment/web, to: 1 } }")["spec"]["containers"][0]["image"],
        "web:1"
    );
    // The annotations are those of the revision, and none of later; what kubectl and the controller keep there stays.
    let note = "{ annotate: { deployment/web: { team: blue } } }";
    let undo = "{ rollout: { undo: deployment/web, to: 2 } }";
    let mut world = acted(&format!("{DEPLOYMENT}{history}"), &[note, undo]).unwrap();
    let undone = get(&world, Kind::Deployment, "web");
    let annotations = undone["metadata"]["annotations"].as_object().unwrap();
    let names: Vec<&str> = annotations.keys().map(String::as_str).collect();
    assert_eq!(names, ["kubectl.kubernetes.io/last-applied-configuration", "kubernetes.io/change-cause"]);
    assert_eq!(annotations["kubernetes.io/change-cause"], "web-b");
    // Again there is nothing to do.
    let again = Scenario::parse(&format!("{ACTIONS}  - {{ at: 1s, do: {undo} }}\n"), "").unwrap();
    let Left::Error(told) = again.timeline[0].actions[0].act(&mut world).unwrap() else { panic!() };
    assert_eq!(told, "deployment.apps/web skipped rollback (current template already matches revision 2)");
    assert_eq!(get(&world, Kind::Deployment, "web"), undone);
}

#[test]
fn labels_annotations_and_patches_change_only_what_they_name() {
    let after = deployment(&[
        "{ label: { deployment/web: { tier: front, team: null } } }",
        "{ annotate: { deployment/web: { note: hello } } }",
        "{ patch: { deployment/web: { spec: { minReadySeconds: 7, replicas: null } } } }",
    ]);
    assert_eq!(after["metadata"]["labels"], json!({ "tier": "front" }));
    assert_eq!(after["metadata"]["annotations"]["note"], "hello");
    assert_eq!((&after["spec"]["minReadySeconds"], &after["spec"]["replicas"]), (&json!(7), &json!(1)));
    let refused = acted(DEPLOYMENT, &["{ patch: { deployment/web: { spec: { replica: 7 } } } }"]).err();
    assert_eq!(refused.as_deref(), Some("unknown field \"spec.replica\""));
    let refused = acted(DEPLOYMENT, &["{ patch: { deployment/web: { metadata: { name: shop } } } }"]).err();
    let why = "the name of the object (shop) does not match the name on the URL (web)";
    assert_eq!(refused.as_deref(), Some(why));
}

#[test]
fn apply_takes_away_what_the_manifest_no_longer_says_and_keeps_what_others_wrote() {
    let again = "apiVersion: apps/v1\\nkind: Deployment\\nmetadata: { name: web, labels: { kind: b } }\\nspec:\\n  selector: { matchLabels: { \
                 app: web } }\\n  template:\\n    metadata: { labels: { app: web } }\\n    spec: { containers: [{ name: app, \
                 image: web:2 }] }\\n";
    let after = deployment(&[
        "{ scale: { deployment/web: 9 } }",
        "{ label: { deployment/web: { tier: front } } }",
        &format!("{{ apply: \"{again}\" }}"),
    ]);
    assert_eq!(
        after["metadata"]["labels"],
        json!({ "kind": "b", "tier": "front" }),
        "team was the manifest's, tier is not"
    );
    assert_eq!(after["spec"]["replicas"], 1, "the manifest said 3, says nothing now: the default");
    let containers = &after["spec"]["template"]["spec"]["containers"];
    assert_eq!(containers.as_array().map(Vec::len), Some(1), "side is gone");
    assert_eq!(containers[0]["image"], "web:2");
    assert_eq!(containers[0]["imagePullPolicy"], "IfNotPresent", "defaults stay");
}

#[test]
fn apply_remembers_what_it_applied_as_kubectl_does() {
    let world = acted(PODS, &[]).unwrap();
    assert_eq!(
        get(&world, Kind::Pod, "a")["metadata"]["annotations"]["kubectl.kubernetes.io/last-applied-configuration"],
        "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"annotations\":{},\"labels\":{\"app\":\"web\"},\"name\":\"a\",\
         \"namespace\":\"default\"},\"spec\":{\"containers\":[{\"image\":\"web:1\",\"name\":\"app\"}],\"nodeName\":\"node-a\"}}\n"
    );
}

#[test]
fn delete_begins_a_pods_end_and_removes_other_objects_at_once() {
    let world = acted(PODS, &["{ delete: [pod/a, pod/b] }"]).unwrap();
    assert_eq!(get(&world, Kind::Pod, "a")["metadata"]["deletionGracePeriodSeconds"], 30);
    let forced = acted(PODS, &["{ delete: { target: pod/a, grace: 0s } }"]).unwrap();
    assert_eq!(get(&forced, Kind::Pod, "a"), Value::Null);
    let gone = acted(DEPLOYMENT, &["{ delete: deployment/web }"]).unwrap();
    assert_eq!(get(&gone, Kind::Deployment, "web"), Value::Null);
    let orphaning = acted(DEPLOYMENT, &["{ delete: { target: deployment/web, cascade: orphan } }"]).unwrap();
    assert_eq!(get(&orphaning, Kind::Deployment, "web")["metadata"]["finalizers"], json!(["orphan"]));
    let refused = acted(PODS, &["{ delete: pod/c }"]).err();
    assert_eq!(refused.as_deref(), Some("pods \"c\" not found"));
}

#[test]
fn taints_are_set_replaced_and_taken_away() {
    assert_eq!(
        node("{ taint: { node-a: [team=x:NoSchedule, team=y:NoSchedule, k:NoExecute] } }")["spec"]["taints"],
        json!([{ "key": "team", "value": "y", "effect": "NoSchedule" }, { "key": "k", "effect": "NoExecute" }])
    );
    assert_eq!(node("{ taint: { node-a: [team=x:NoSchedule, team-] } }")["spec"]["taints"], Value::Null);
    assert_eq!(
        node("{ taint: { node-a: [k:NoSchedule, k:NoExecute, k:NoSchedule-] } }")["spec"]["taints"],
        json!([{ "key": "k", "effect": "NoExecute" }])
    );
}

#[test]
fn cordon_and_uncordon() {
    assert_eq!(node("{ cordon: node-a }")["spec"]["unschedulable"], true);
    assert_eq!(node("{ cordon: node-a, uncordon: node-a }")["spec"]["unschedulable"], Value::Null);
}

#[test]
fn nodes_come_and_go() {
    let world = acted("", &["{ add-node: { name: node-c, cpu: 2 } }", "{ remove-node: node-b }"]).unwrap();
    assert_eq!(get(&world, Kind::Node, "node-c")["status"]["capacity"]["cpu"], "2");
    assert_eq!(get(&world, Kind::Node, "node-b"), Value::Null);
}

#[test]
fn a_workloads_pods_are_named_by_age() {
    let set = "apiVersion: apps/v1\nkind: ReplicaSet\nmetadata: { name: web }\nspec: { selector: { matchLabels: { app: web } }, \
               template: { metadata: { labels: { app: web } }, spec: { containers: [{ name: app, image: web:1 }] } } }\n";
    let uid = get(&acted(set, &[]).unwrap(), Kind::ReplicaSet, "web")["metadata"]["uid"]
        .as_str()
        .unwrap()
        .to_owned();
    let pod = |name: &str| {
        format!(
            "---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: {name}\n  ownerReferences: [{{ apiVersion: apps/v1, kind: \
             ReplicaSet, name: web, uid: {uid}, controller: true }}]\nspec: {{ nodeName: node-a, containers: [{{ name: app, \
             image: web:1 }}] }}\n"
        )
    };
    let all = format!("{set}{}{}{}", pod("z"), pod("m"), pod("a"));
    let ending = |actions: &[&str]| {
        let world = acted(&all, actions).unwrap();
        let pods = ["z", "m", "a"].into_iter();
        pods.filter(|name| !get(&world, Kind::Pod, name)["metadata"]["deletionTimestamp"].is_null())
            .collect::<String>()
    };
    assert_eq!(ending(&["{ delete: replicaset/web#0 }"]), "z");
    assert_eq!(ending(&["{ delete: replicaset/web#-1 }"]), "a");
    assert_eq!(ending(&["{ delete: [replicaset/web#0, replicaset/web#1] }"]), "zm", "ages of one moment");
    assert_eq!(
        ending(&["{ delete: replicaset/web#0 }", "{ delete: replicaset/web#0 }"]),
        "zm",
        "dying Pods do not count"
    );
    let refused = acted(&all, &["{ delete: replicaset/web#3 }"]).err();
    assert_eq!(refused.as_deref(), Some("replicaset/web#3"));
}

#[test]
fn a_container_must_be_there() {
    assert!(acted(PODS, &["{ crash: { pod: pod/a, container: app, code: 3 } }", "{ unready: a }"]).is_ok());
    let refused = acted(PODS, &["{ finish: { pod: a, container: nope } }"]).err();
    assert_eq!(refused.as_deref(), Some("container nope is not valid for pod a"));
}

#[test]
fn a_load_may_climb() {
    let world = acted("", &["{ load: { web: { cpu: 1, over: 10s } } }"]).unwrap();
    let web = Key::new("default", "web");
    assert_eq!(world.loads.cpu(Kind::Deployment, &web, SimTime(1000) + Millis::secs(5)), Some(500));
}

#[test]
fn every_verb_says_what_a_person_would_type() {
    for (action, words) in [
        ("{ delete: [pod/a, deployment/web#-1] }", "kubectl delete pod/a deployment/web#-1"),
        ("{ delete: { target: pod/a, grace: 0s } }", "kubectl delete pod/a --force --grace-period=0"),
        ("{ scale: { sts/db: 2 } }", "kubectl scale statefulset/db --replicas=2"),
        ("{ set-image: { ds/x: { app: a:2 } } }", "kubectl set image daemonset/x app=a:2"),
        ("{ rollout: { undo: deploy/web } }", "kubectl rollout undo deployment/web"),
        ("{ label: { pod/a: { x: y, z: null } } }", "kubectl label pod/a x=y z- --overwrite"),
        ("{ taint: { n: team- } }", "kubectl taint nodes n team-"),
        ("{ drain: n }", "kubectl drain n"),
        (
            "{ drain: { node: n, ignore-daemonsets: true, delete-emptydir-data: true, force: true, timeout: 1m } }",
            "kubectl drain n --ignore-daemonsets --delete-emptydir-data --force --timeout=1m",
        ),
        (
            "{ patch: { pod/a: { spec: { x: 1 } } } }",
            "kubectl patch pod/a --type=merge -p '{\"spec\":{\"x\":1}}'",
        ),
        ("{ fail-node: n }", "n: power off"),
        ("{ fill-disk: { n: 95% } }", "n: disk 95% full"),
        ("{ fill-image-disk: { n: 95% } }", "n: image disk 95% full"),
        ("{ fill-inodes: { n: 95% } }", "n: inodes 95% full"),
        ("{ fill-pids: { n: 95% } }", "n: process numbers 95% full"),
        ("{ load: { web: 800m } }", "deployment/web: 800m CPU"),
        ("{ metric: { external: { jobs: 90 } } }", "external: jobs = 90"),
        (
            "{ metric: { external: { jobs: [{ value: 90, labels: { queue: a } }, { value: 5, over: 1m, labels: { queue: b } }] } } }",
            "external: jobs{queue=\"a\"} = 90; external: jobs{queue=\"b\"} = 5 over 1m",
        ),
    ] {
        let scenario = Scenario::parse(&format!("{ACTIONS}  - {{ at: 1s, do: {action} }}\n"), "").unwrap();
        assert_eq!(scenario.timeline[0].actions[0].words(), words);
    }
}

#[test]
fn a_target_may_be_in_another_namespace() {
    let elsewhere = DEPLOYMENT.replace("name: web,", "name: web, namespace: shop,");
    let shop = "apiVersion: v1\nkind: Namespace\nmetadata: { name: shop }\n";
    let both = format!("{shop}---\n{DEPLOYMENT}---\n{elsewhere}");
    let world = acted(&both, &["{ scale: { deployment/shop/web: 5 } }"]).unwrap();
    let replicas = |namespace: &str| {
        let object = world.store.state().object(Kind::Deployment, &Key::new(namespace, "web")).unwrap();
        object.to_json()["spec"]["replicas"].clone()
    };
    assert_eq!((replicas("default"), replicas("shop")), (json!(3), json!(5)));
    let refused = acted(DEPLOYMENT, &["{ scale: { deployment/shop/web: 5 } }"]).err();
    assert_eq!(refused.as_deref(), Some("deployments.apps \"web\" not found"));
}

#[test]
fn the_readme_tells_of_every_action() {
    let readme = include_str!("../../../README.md");
    let verbs = super::verbs().map(|(verb, _)| verb);
    let untold: Vec<&str> = verbs.filter(|verb| !readme.contains(&format!("`{verb}`"))).collect();
    assert_eq!(untold, [""; 0]);
}

#[test]
fn every_verbs_example_is_read() {
    for (verb, example) in super::verbs() {
        let behind = example.replace('\n', "\n      ");
        let source = format!(
            "scenario: t\ntitle: T\ncluster: {{ nodes: [node-a] }}\nmanifests: ''\nuntil: 9s\ntimeline:\n  - at: 1s\n    do:\n      \
             {verb}: {behind}\n"
        );
        let scenario = Scenario::parse(&source, "").unwrap_or_else(|wrong| panic!("{source}{wrong:?}"));
        let words: Vec<String> = scenario.timeline[0].actions.iter().map(super::Action::words).collect();
        assert!(words.len() == 1 && !words[0].is_empty(), "{verb}: {words:?}");
    }
}
