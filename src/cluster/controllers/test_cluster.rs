//! A cluster for the controllers' tests: real controllers, and one small component in place of scheduler and kubelets.

use crate::cluster::api::DeleteOptions;
use crate::cluster::clock::{Millis, SimTime};
use crate::cluster::condition::set_pod_condition;
use crate::cluster::engine::{Alarm, Class, Component, Engine, Stop, World};
use crate::cluster::image::Images;
use crate::cluster::node_affinity::RequiredNodes;
use crate::cluster::object::{Key, Kind, Object, Resource};
use crate::cluster::store::{Change, ChangeType};
use k8s_openapi::api::core::v1::{Event, Node, Pod};
use serde_json::{Value, json};
use std::sync::Arc;

const RUNS: u64 = 0;
const STOPS: u64 = 1;
const ENDS: u64 = 2;

/// How long a Pod takes from its binding to Ready.
const START: Millis = Millis::secs(2);
/// How long it takes to stop.
const STOP: Millis = Millis::secs(1);
/// How long the images that end run.
const WORK: Millis = Millis::secs(4);

/// Binds every Pod, to the Nodes in turn, and lets it live: any image is Running and Ready after [`START`], but `bad:1`
/// never; `done:1` and `fail:1` end after [`WORK`] more. Of an Indexed Job, `first:fail-stay` does one thing in the Pods
/// of index 0 and another in the others.
#[derive(Debug, Default)]
struct Hands {
    turn: usize,
}

impl Component for Hands {
    fn name(&self) -> &'static str {
        "hands"
    }

    fn class(&self) -> Class {
        Class::Kubelet
    }

    fn observe(&mut self, world: &mut World, change: &Change) {
        let Object::Pod(pod) = &change.object else { return };
        if change.change == ChangeType::Added {
            let wanted = RequiredNodes::of(pod.spec.as_ref().unwrap());
            let nodes: Vec<String> = world
                .store
                .state()
                .list::<Node>()
                .filter(|node| wanted.matches(node))
                .map(|node| node.name().to_owned())
                .collect();
            if !nodes.is_empty() {
                self.turn += 1;
                let _ = world.bind(&pod.key(), &nodes[self.turn % nodes.len()]);
                world.wake_after(START, pod.key(), RUNS);
            }
        }
        let was_deleting =
            change.before.as_ref().is_some_and(|old| old.metadata().deletion_timestamp.is_some());
        if pod.is_deleting() && !was_deleting && change.change == ChangeType::Modified {
            world.wake_after(STOP, pod.key(), STOPS);
        }
    }

    fn wake(&mut self, world: &mut World, alarm: Alarm) {
        let Some(pod) = world.store.get::<Pod>(&alarm.key).cloned() else { return };
        let image = image_of(&pod);
        match alarm.tag {
            RUNS if image != "bad:1" && pod.status.as_ref().unwrap().phase.as_deref() == Some("Pending") => {
                set(world, &alarm.key, "Running", true);
                if image == "done:1" || image == "fail:1" {
                    world.wake_after(WORK, alarm.key, ENDS);
                }
            }
            ENDS => set(world, &alarm.key, if image == "fail:1" { "Failed" } else { "Succeeded" }, false),
            STOPS => {
                if pod.metadata.finalizers.iter().flatten().next().is_some() {
                    set(world, &alarm.key, "Failed", false);
                }
                let _ = world.delete::<Pod>(&alarm.key, DeleteOptions::now());
            }
            _ => {}
        }
    }
}

fn image_of(pod: &Pod) -> String {
    let image = pod.spec.as_ref().unwrap().containers[0].image.clone().unwrap();
    let Some((first, others)) = image.strip_prefix("first:").and_then(|tag| tag.split_once('-')) else {
        return image;
    };
    let index =
        pod.metadata.annotations.as_ref().unwrap()["batch.kubernetes.io/job-completion-index"].as_str();
    format!("{}:1", if index == "0" { first } else { others })
}

/// Puts a Pod into a phase.
pub(super) fn set(world: &mut World, key: &Key, phase: &str, ready: bool) {
    let now = world.now;
    let _ = world.write::<Pod>(key, |pod| {
        set_pod_condition(pod, now, "Ready", if ready { "True" } else { "False" }, None, None);
        let status = pod.status.as_mut().unwrap();
        status.phase = Some(phase.to_owned());
        status.start_time.get_or_insert_with(|| now.to_time());
        status.pod_ip.get_or_insert_with(|| "10.244.0.9".to_owned());
        if phase == "Failed" || phase == "Succeeded" {
            let code = i32::from(phase == "Failed");
            status.container_statuses = serde_json::from_value(json!([{
                "name": "app", "image": "", "imageID": "", "ready": false, "restartCount": 0,
                "state": {"terminated": {"exitCode": code, "finishedAt": now.to_time()}}}]))
            .unwrap();
        }
    });
}

/// A cluster of three Nodes with these controllers.
pub(super) fn cluster(mut controllers: Vec<Box<dyn Component>>) -> Engine {
    controllers.push(Box::new(Hands::default()));
    let mut engine = Engine::new(World::new(1, Images::default()), controllers);
    for name in ["node-a", "node-b", "node-c"] {
        node(&mut engine, name, |_| ());
    }
    engine
}

/// Adds a Node.
pub(super) fn node(engine: &mut Engine, name: &str, edit: impl FnOnce(&mut Value)) {
    let mut node = json!({"metadata": {"name": name, "labels": {"kubernetes.io/hostname": name}}, "spec": {},
        "status": {"conditions": [{"type": "Ready", "status": "True"}]}});
    edit(&mut node);
    let node: Node = serde_json::from_value(node).unwrap();
    engine.world.create(node).unwrap();
    // The API server taints every new Node until the node controller has seen that it is ready.
    let _ = engine.world.write::<Node>(&Key::cluster_wide(name), |node| {
        if let Some(taints) = node.spec.as_mut().and_then(|spec| spec.taints.as_mut()) {
            taints.retain(|taint| taint.key != crate::cluster::taint::NOT_READY);
        }
    });
    engine.after_action();
}

/// Creates an object.
pub(super) fn create(engine: &mut Engine, kind: Kind, json: Value) {
    let object = Object::from_json(kind, json, |unknown| panic!("unknown field {unknown}")).unwrap();
    engine.world.create_object(object).unwrap();
    engine.after_action();
}

/// Changes an object as a person does.
pub(super) fn edit<T: crate::cluster::api::Admit>(
    engine: &mut Engine,
    name: &str,
    change: impl FnOnce(&mut T),
) {
    engine.world.update::<T>(&Key::new("default", name), change).unwrap();
    engine.after_action();
}

/// A Pod template with this image, labeled `app: <app>`.
pub(super) fn template(app: &str, image: &str) -> Value {
    json!({"metadata": {"labels": {"app": app}}, "spec": {"containers": [{"name": "app", "image": image}]}})
}

/// Lets the cluster run until a moment, in milliseconds.
pub(super) fn run(engine: &mut Engine, until: i64) {
    while engine.step(SimTime(until)) != Some(Stop::Reached) {}
}

/// The object of this name.
pub(super) fn get<T: Resource>(engine: &Engine, name: &str) -> Arc<T> {
    engine.world.store.get::<T>(&Key::new("default", name)).unwrap().clone()
}

/// All Pods, oldest first.
pub(super) fn pods(engine: &Engine) -> Vec<Arc<Pod>> {
    engine.world.store.state().pods_by_age().into_iter().cloned().collect()
}

/// The messages of all Events with this reason, oldest first.
pub(super) fn events(engine: &Engine, reason: &str) -> Vec<String> {
    let all = engine.world.store.state().by_age::<Event>();
    let meant = all.into_iter().filter(|event| event.reason.as_deref() == Some(reason));
    meant.map(|event| event.message.clone().unwrap_or_default()).collect()
}
