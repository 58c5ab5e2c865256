//! Whole runs of kubelets alone: Pods whose manifests name their Node. All times are worked out by hand from the rules;
//! a change reaches a kubelet 5 ms after it was written, and its report comes 20 ms after what it reports.

use super::probe_tests::probing;
use super::*;
use crate::cluster::api::DeleteOptions;
use crate::cluster::clock::{Millis, SimTime};
use crate::cluster::engine::{Engine, Stop};
use crate::cluster::image::{Exit, Image, Images};
use crate::cluster::print::status_word;
use k8s_openapi::api::core::v1::{ContainerStatus, Event};
use serde_json::{Value, json};

pub(super) struct Run {
    pub(super) engine: Engine,
}

fn node(name: &str) -> Node {
    serde_json::from_value(json!({
        "metadata": {"name": name},
        "spec": {"podCIDR": "10.244.0.0/24"},
        "status": {
            "capacity": {"cpu": "4", "memory": "8Gi", "pods": "110", "ephemeral-storage": "100Gi"},
            "allocatable": {"cpu": "4", "memory": "8Gi", "pods": "110", "ephemeral-storage": "100Gi"},
            "conditions": [{"type": "Ready", "status": "True"}]
        }
    }))
    .unwrap()
}

pub(super) fn key(name: &str) -> Key {
    Key::new("default", name)
}

pub(super) fn secs(seconds: i64) -> Millis {
    Millis::secs(seconds)
}

impl Run {
    /// One Node, these images, nothing else.
    pub(super) fn new(images: &[(&str, Image)]) -> Run {
        let mut all = Images::default();
        for (name, image) in images {
            all.insert((*name).to_owned(), image.clone());
        }
        let mut world = World::new(1, all);
        world.store.create(SimTime(-3_600_000), node("node-a")).unwrap();
        world.store.take_log();
        Run { engine: Engine::new(world, vec![Box::new(Kubelets::default())]) }
    }

    /// Creates a Pod that is bound to the Node.
    pub(super) fn pod(&mut self, name: &str, mut spec: Value) {
        spec["nodeName"] = json!("node-a");
        let pod: Pod = serde_json::from_value(json!({"metadata": {"name": name}, "spec": spec})).unwrap();
        self.engine.world.create(pod).unwrap();
        self.engine.after_action();
    }

    pub(super) fn until(&mut self, at: i64) {
        while self.engine.step(SimTime(at)) != Some(Stop::Reached) {}
    }

    pub(super) fn signal(&mut self, signal: Signal) {
        self.engine.world.signal(signal);
        self.engine.after_action();
    }

    pub(super) fn delete(&mut self, name: &str) {
        self.engine.world.delete::<Pod>(&key(name), DeleteOptions::default()).unwrap();
        self.engine.after_action();
    }

    /// Keeps a Pod's object by a finalizer, so that its last report can be seen.
    pub(super) fn hold(&mut self, name: &str) {
        let hold = |pod: &mut Pod| pod.metadata.finalizers = Some(vec!["example.org/counts".to_owned()]);
        self.engine.world.write(&key(name), hold).unwrap();
    }

    pub(super) fn get(&self, name: &str) -> Option<&Arc<Pod>> {
        self.engine.world.store.get::<Pod>(&key(name))
    }

    pub(super) fn status(&self, name: &str) -> &k8s_openapi::api::core::v1::PodStatus {
        self.get(name).unwrap().status.as_ref().unwrap()
    }

    pub(super) fn phase(&self, name: &str) -> &str {
        self.status(name).phase.as_deref().unwrap()
    }

    pub(super) fn word(&self, name: &str) -> String {
        status_word(self.get(name).unwrap())
    }

    pub(super) fn is(&self, name: &str, condition: &str) -> bool {
        crate::cluster::condition::pod_is(self.get(name).unwrap(), condition)
    }

    pub(super) fn container(&self, pod: &str, name: &str) -> &ContainerStatus {
        let status = self.status(pod);
        let all = status.container_statuses.iter().chain(&status.init_container_statuses).flatten();
        all.into_iter().find(|container| container.name == name).unwrap()
    }

    /// The Events of a Pod or Node: reason and message, in the order in which they were first said.
    pub(super) fn events(&self, about: &str) -> Vec<(String, String)> {
        let events = self.engine.world.store.state().by_age::<Event>();
        let events = events.into_iter().filter(|event| event.involved_object.name.as_deref() == Some(about));
        events.map(|event| (event.reason.clone().unwrap(), event.message.clone().unwrap())).collect()
    }

    pub(super) fn reasons(&self, about: &str) -> Vec<String> {
        self.events(about).into_iter().map(|(reason, _)| reason).collect()
    }

    /// When something became true of a Pod, and when it ceased to be: each change, in ms.
    pub(super) fn changes<T: PartialEq>(&self, name: &str, of: impl Fn(&Pod) -> T) -> Vec<(i64, T)> {
        let mut changes: Vec<(i64, T)> = Vec::new();
        for change in self.engine.world.store.log() {
            let Object::Pod(pod) = &change.object else { continue };
            if pod.name() == name && change.change != ChangeType::Deleted {
                let now = of(pod);
                if changes.last().is_none_or(|(_, last)| *last != now) {
                    changes.push((change.at.0, now));
                }
            }
        }
        changes
    }

    pub(super) fn gone_at(&self, name: &str) -> Option<i64> {
        let gone = |change: &&Change| change.change == ChangeType::Deleted && change.object.name() == name;
        self.engine.world.store.log().iter().find(gone).map(|change| change.at.0)
    }

    /// The moments, in whole seconds, at which a container's process started.
    pub(super) fn starts(&self, pod: &str, container: &str) -> Vec<i64> {
        let started = self.changes(pod, |pod| {
            let status = pod.status.clone().unwrap_or_default();
            let all = status.container_statuses.into_iter().chain(status.init_container_statuses).flatten();
            let mut all = all.filter(|status| status.name == container);
            let running = all.find_map(|status| status.state?.running?.started_at);
            running.map(|at| SimTime::from_time(&at).0 / 1000)
        });
        started.into_iter().filter_map(|(_, at)| at).collect()
    }
}

pub(super) fn restarts(pod: &Pod) -> i32 {
    let statuses = pod.status.iter().flat_map(|status| status.container_statuses.iter().flatten());
    statuses.map(|status| status.restart_count).sum()
}

pub(super) fn app(image: &str) -> Value {
    json!({"containers": [{"name": "app", "image": image}]})
}

pub(super) fn exits(code: i32, after: i64) -> Image {
    Image { exits: Some(Exit { code, after: secs(after) }), ..Image::default() }
}

#[test]
fn a_bound_pod_runs_after_its_start_and_is_ready_at_once() {
    let mut run = Run::new(&[("web:1", Image { start: secs(2), ..Image::default() })]);
    run.pod("web", app("web:1"));
    run.until(10_000);
    let phases = run.changes("web", |pod| pod.status.as_ref().unwrap().phase.clone().unwrap());
    assert_eq!(phases, [(0, "Pending".to_owned()), (2025, "Running".to_owned())]);
    let ready = run.changes("web", |pod| crate::cluster::condition::pod_is(pod, "Ready"));
    assert_eq!(ready, [(0, false), (2025, true)]);
    assert_eq!(run.status("web").pod_ip.as_deref(), Some("10.244.0.2"));
    assert_eq!(
        run.events("web"),
        [
            (
                "Pulled".to_owned(),
                "Container image \"web:1\" already present on machine and can be accessed by the pod"
                    .to_owned()
            ),
            ("Created".to_owned(), "Container created".to_owned()),
            ("Started".to_owned(), "Container started".to_owned()),
        ]
    );
}

#[test]
fn a_pod_that_starts_shows_container_creating_and_gets_its_address_before_it_runs() {
    let mut run = Run::new(&[("web:1", Image { pull: Some(secs(5)), ..Image::default() })]);
    run.pod("web", app("web:1"));
    run.until(4000);
    assert_eq!(run.word("web"), "ContainerCreating");
    assert!(run.is("web", "PodReadyToStartContainers") && !run.is("web", "ContainersReady"));
    assert_eq!(run.status("web").pod_ip.as_deref(), Some("10.244.0.2"));
    run.until(20_000);
    assert_eq!(run.word("web"), "Running");
    assert!(
        run.events("web").contains(&(
            "Pulled".to_owned(),
            "Successfully pulled image \"web:1\" in 5s (5s including waiting). Image size: 125000000 bytes."
                .to_owned()
        ))
    );
    assert_eq!(run.starts("web", "app"), [6], "5 s pull, 1 s start, of which the sandbox is a part");
}

#[test]
fn a_container_that_crashes_restarts_at_once_and_then_10_20_40_80_160_300_seconds_after_each_exit() {
    let mut run = Run::new(&[("bad:1", exits(1, 5))]);
    run.pod("bad", app("bad:1"));
    run.until(1_000_000);
    // Runs at 1, exits at 6, runs at 6.1, exits at 11.1, runs at 21.1, and so on: 5 s of run after every window.
    let expected = [1, 6, 21, 46, 91, 176, 341, 646, 951];
    assert_eq!(run.starts("bad", "app"), expected);
    assert_eq!(run.phase("bad"), "Running");
    assert_eq!(restarts(run.get("bad").unwrap()), 8);
    let words = run.changes("bad", status_word);
    let words: Vec<&str> = words.iter().map(|(_, word)| word.as_str()).take(9).collect();
    assert_eq!(
        words,
        [
            "Pending",
            "ContainerCreating",
            "Running",
            "Error",
            "Running",
            "Error",
            "CrashLoopBackOff",
            "Running",
            "Error"
        ]
    );
    let back_off = run.events("bad").into_iter().find(|(reason, _)| reason == "BackOff").unwrap().1;
    let uid = run.get("bad").unwrap().uid().to_owned();
    assert_eq!(back_off, format!("Back-off restarting failed container app in pod bad_default({uid})"));
}

#[test]
fn a_container_that_waits_says_for_how_long() {
    let mut run = Run::new(&[("bad:1", exits(3, 5))]);
    run.pod("bad", app("bad:1"));
    run.until(30_000);
    // The third exit, at 26.1 s, is followed by a window of 20 s.
    let container = run.container("bad", "app");
    let waiting = container.state.as_ref().unwrap().waiting.as_ref().unwrap();
    let uid = run.get("bad").unwrap().uid();
    assert_eq!(
        waiting.message.as_deref().unwrap(),
        format!("back-off 20s restarting failed container=app pod=bad_default({uid})")
    );
    let last = container.last_state.as_ref().unwrap().terminated.as_ref().unwrap();
    assert_eq!((last.exit_code, last.reason.as_deref()), (3, Some("Error")));
    assert_eq!(container.restart_count, 2);
}

#[test]
fn a_long_run_is_forgiven() {
    let mut run = Run::new(&[("long:1", exits(1, 601))]);
    run.pod("long", app("long:1"));
    run.until(2_500_000);
    assert_eq!(run.starts("long", "app"), [1, 602, 1203, 1804, 2405]);
}

#[test]
fn a_container_that_completes_under_always_is_backed_off_too() {
    let mut run = Run::new(&[("batch:1", exits(0, 5))]);
    run.pod("batch", app("batch:1"));
    run.until(15_000);
    assert_eq!((run.phase("batch"), run.word("batch").as_str()), ("Running", "CrashLoopBackOff"));
}

#[test]
fn a_pod_that_does_not_restart_succeeds_or_fails_by_its_exit_code() {
    let mut run = Run::new(&[("ok:1", exits(0, 5)), ("bad:1", exits(2, 5))]);
    let spec = |image: &str, policy: &str| {
        let mut spec = app(image);
        spec["restartPolicy"] = json!(policy);
        spec
    };
    run.pod("ok", spec("ok:1", "OnFailure"));
    run.pod("bad", spec("bad:1", "Never"));
    run.pod("again", spec("bad:1", "OnFailure"));
    run.until(12_000);
    assert_eq!((run.phase("ok"), run.word("ok").as_str()), ("Succeeded", "Completed"));
    assert_eq!((run.phase("bad"), run.word("bad").as_str()), ("Failed", "Error"));
    assert_eq!(run.phase("again"), "Running");
    assert_eq!(restarts(run.get("again").unwrap()), 1);
    let ready = crate::cluster::condition::pod_condition(run.get("ok").unwrap(), "Ready").unwrap();
    assert_eq!((ready.status.as_str(), ready.reason.as_deref()), ("False", Some("PodCompleted")));
}

#[test]
fn init_containers_run_one_after_another_before_the_others() {
    let mut run = Run::new(&[("init:1", exits(0, 3)), ("web:1", Image::default())]);
    run.pod(
        "web",
        json!({
            "initContainers": [{"name": "one", "image": "init:1"}, {"name": "two", "image": "init:1"}],
            "containers": [{"name": "app", "image": "web:1"}, {"name": "helper", "image": "web:1"}]
        }),
    );
    run.until(3000);
    assert_eq!((run.phase("web"), run.word("web").as_str()), ("Pending", "Init:0/2"));
    let initialized =
        crate::cluster::condition::pod_condition(run.get("web").unwrap(), "Initialized").unwrap();
    assert_eq!(initialized.message.as_deref(), Some("containers with incomplete status: [one two]"));
    run.until(6000);
    assert_eq!(run.word("web"), "Init:1/2");
    run.until(20_000);
    // Start 1 s, run 3 s, start 1 s, run 3 s, start 1 s.
    assert_eq!((run.starts("web", "one"), run.starts("web", "two")), (vec![1], vec![5]));
    assert_eq!((run.starts("web", "app"), run.starts("web", "helper")), (vec![9], vec![9]));
    assert!(run.is("web", "Ready"));
}

#[test]
fn an_init_container_that_fails_is_tried_again_or_fails_the_pod() {
    let mut run = Run::new(&[("init:bad", exits(1, 1)), ("web:1", Image::default())]);
    let spec = |policy: &str| {
        json!({
            "restartPolicy": policy,
            "initContainers": [{"name": "setup", "image": "init:bad"}],
            "containers": [{"name": "app", "image": "web:1"}]
        })
    };
    run.pod("always", spec("Always"));
    run.pod("never", spec("Never"));
    run.until(8000);
    assert_eq!((run.phase("always"), run.word("always").as_str()), ("Pending", "Init:CrashLoopBackOff"));
    assert_eq!((run.phase("never"), run.word("never").as_str()), ("Failed", "Init:Error"));
}

#[test]
fn a_sidecar_starts_first_and_stops_last() {
    let mut run = Run::new(&[("web:1", Image { stop: secs(5), ..Image::default() })]);
    run.pod(
        "web",
        json!({
            "initContainers": [
                {"name": "proxy", "image": "web:1", "restartPolicy": "Always"},
                {"name": "logs", "image": "web:1", "restartPolicy": "Always"}
            ],
            "containers": [{"name": "app", "image": "web:1"}]
        }),
    );
    run.until(20_000);
    let starts = |name| run.starts("web", name);
    assert_eq!((starts("proxy"), starts("logs"), starts("app")), (vec![1], vec![2], vec![3]));
    run.delete("web");
    run.until(60_000);
    // SIGTERM to app at 20.005, to logs at 25.005, to proxy at 30.005; two reports after the last exit.
    assert_eq!(run.gone_at("web"), Some(35_025));
}

#[test]
fn a_finished_pod_takes_its_sidecars_along() {
    let mut run = Run::new(&[("batch:1", exits(0, 5)), ("web:1", Image::default())]);
    run.pod(
        "batch",
        json!({
            "restartPolicy": "Never",
            "initContainers": [{"name": "proxy", "image": "web:1", "restartPolicy": "Always"}],
            "containers": [{"name": "app", "image": "batch:1"}]
        }),
    );
    run.until(7500);
    assert_eq!(run.phase("batch"), "Running", "the sidecar still stops");
    run.until(12_000);
    assert_eq!(run.phase("batch"), "Succeeded", "a sidecar's exit code does not count");
}

#[test]
fn the_pre_stop_hook_counts_against_the_grace_and_sigkill_ends_it() {
    let mut run = Run::new(&[("stubborn:1", Image { stop: secs(600), ..Image::default() })]);
    let mut spec = app("stubborn:1");
    spec["containers"][0]["lifecycle"] = json!({"preStop": {"sleep": {"seconds": 20}}});
    run.pod("web", spec);
    run.hold("web");
    run.until(10_000);
    run.delete("web");
    run.until(40_000);
    assert_eq!(run.word("web"), "Terminating");
    run.until(60_000);
    // 30 s after the kubelet saw the deletion, and a report.
    let codes = run.changes("web", |pod| {
        let status = pod.status.clone().unwrap_or_default();
        status.container_statuses.and_then(|list| Some(list[0].state.clone()?.terminated?.exit_code))
    });
    assert_eq!(codes, [(0, None), (40_025, Some(137))]);
    assert!(run.events("web").contains(&("Killing".to_owned(), "Stopping container app".to_owned())));
}

#[test]
fn a_deleted_pod_s_object_goes_when_its_process_has_stopped() {
    let mut run = Run::new(&[]);
    run.pod("web", app("web:1"));
    run.until(10_000);
    run.delete("web");
    run.until(20_000);
    assert_eq!(run.gone_at("web"), Some(11_025));
}

#[test]
fn who_holds_a_deleted_pod_by_a_finalizer_sees_its_final_phase() {
    let mut run = Run::new(&[]);
    run.pod("web", app("web:1"));
    run.hold("web");
    run.until(10_000);
    run.delete("web");
    run.until(20_000);
    let phases = run.changes("web", |pod| pod.status.as_ref().unwrap().phase.clone().unwrap());
    assert_eq!(phases.last(), Some(&(11_025, "Failed".to_owned())));
    assert_eq!(run.gone_at("web"), None);
}

#[test]
fn a_pod_that_is_deleted_before_it_runs_goes_at_once() {
    let mut run = Run::new(&[("slow:1", Image { pull: Some(secs(100)), ..Image::default() })]);
    run.pod("web", app("slow:1"));
    run.until(3000);
    run.delete("web");
    run.until(5000);
    assert_eq!(run.gone_at("web"), Some(3025));
}

#[test]
fn the_second_container_that_wants_a_port_crashes_and_the_pod_runs_on() {
    let mut run = Run::new(&[("web:1", Image { listens: vec![80], ..Image::default() })]);
    run.pod(
        "web",
        json!({"containers": [{"name": "first", "image": "web:1"}, {"name": "second", "image": "web:1"}]}),
    );
    run.until(9000);
    assert_eq!((run.phase("web"), run.word("web").as_str()), ("Running", "CrashLoopBackOff"));
    assert!(run.container("web", "first").ready && !run.container("web", "second").ready);
    let last = run.container("web", "second").last_state.clone().unwrap().terminated.unwrap();
    assert_eq!(last.exit_code, 1);
}

#[test]
fn a_container_killed_for_memory_is_restarted_on_its_node() {
    let mut run = Run::new(&[("big:1", Image { ooms: Some(secs(4)), ..Image::default() })]);
    run.pod("big", app("big:1"));
    run.until(5050);
    assert_eq!((run.phase("big"), run.word("big").as_str()), ("Running", "OOMKilled"));
    run.until(6000);
    assert_eq!(run.word("big"), "Running");
    let last = run.container("big", "app").last_state.clone().unwrap().terminated.unwrap();
    assert_eq!((last.exit_code, last.reason.as_deref()), (137, Some("OOMKilled")));
}

#[test]
fn a_bad_image_flips_between_two_reasons_and_never_gives_up() {
    let mut run = Run::new(&[("web:bad", Image { pull: None, ..Image::default() })]);
    run.pod("web", app("web:bad"));
    run.until(120_000);
    let words = run.changes("web", status_word);
    let failed: Vec<i64> =
        words.iter().filter(|(_, word)| word == "ErrImagePull").map(|(at, _)| at / 1000).collect();
    // Failed pulls at 0.8; then every window (10, 20, 40 s) after a failure, with half a second for each pull.
    assert_eq!(failed, [0, 11, 31, 72]);
    assert_eq!(words.last().unwrap().1, "ImagePullBackOff");
    assert_eq!(run.phase("web"), "Pending");
    let reasons = run.reasons("web");
    assert_eq!(reasons, ["Pulling", "Failed", "Failed", "BackOff", "Failed"]);
    assert_eq!(run.events("web")[3].1, "Back-off pulling image \"web:bad\"");
}

#[test]
fn two_containers_with_one_missing_image_share_its_back_off() {
    let mut run = Run::new(&[("web:bad", Image { pull: None, ..Image::default() })]);
    let spec = json!({"containers": [
        {"name": "one", "image": "web:bad"}, {"name": "two", "image": "web:bad"}, {"name": "fine", "image": "web:1"}]});
    run.pod("web", spec);
    let reason = |run: &Run, name: &str| {
        let state = run.container("web", name).state.clone().unwrap();
        state.waiting.and_then(|waiting| waiting.reason).unwrap_or_default()
    };
    // The pull for the first fails within a second, and the second does not ask the registry again.
    run.until(1000);
    assert_eq!(
        (reason(&run, "one"), reason(&run, "two")),
        ("ErrImagePull".into(), "ImagePullBackOff".into())
    );
    run.until(2500);
    assert_eq!(reason(&run, "one"), "ImagePullBackOff");
    assert!(run.container("web", "fine").ready, "who has an image of its own waits for nobody");
    let pulls = |run: &Run| {
        let events = run.engine.world.store.state().by_age::<Event>();
        let pulling = events.into_iter().filter(|event| event.reason.as_deref() == Some("Pulling"));
        pulling.map(|event| event.count.unwrap_or(1)).sum::<i32>()
    };
    assert_eq!(pulls(&run), 1);
    // After 10 s, 20 s and 40 s: one pull each, not one for each container.
    run.until(120_000);
    assert_eq!(pulls(&run), 4);
    let message = run.container("web", "two").state.clone().unwrap().waiting.unwrap().message.unwrap();
    assert!(message.starts_with("Back-off pulling image \"web:bad\": ErrImagePull: rpc error"), "{message}");
}

#[test]
fn an_image_that_may_not_be_pulled_must_be_there() {
    let mut run = Run::new(&[("web:1", Image { pull: Some(secs(1)), ..Image::default() })]);
    let mut spec = app("web:1");
    spec["containers"][0]["imagePullPolicy"] = json!("Never");
    run.pod("web", spec);
    run.until(5000);
    assert_eq!(run.word("web"), "ErrImageNeverPull");
}

#[test]
fn a_pod_that_runs_too_long_fails_and_its_object_stays() {
    let mut run = Run::new(&[]);
    let mut spec = app("web:1");
    spec["activeDeadlineSeconds"] = json!(30);
    run.pod("web", spec);
    run.until(40_000);
    assert_eq!((run.phase("web"), run.status("web").reason.as_deref()), ("Failed", Some("DeadlineExceeded")));
}

#[test]
fn a_kubelet_with_a_shorter_longest_wait_starts_a_crashing_container_more_often() {
    let mut run = Run::new(&[("bad:1", exits(1, 5))]);
    let machine = crate::cluster::machine::Machine { max_restart_period: secs(20), ..Default::default() };
    run.engine.world.machines.insert("node-a".into(), machine);
    run.pod("bad", app("bad:1"));
    run.until(130_000);
    // As with the default up to the third wait, then 20 s after each exit.
    assert_eq!(run.starts("bad", "app"), [1, 6, 21, 46, 71, 96, 121]);
}

#[test]
fn a_crash_from_outside_is_a_restart() {
    let mut run = Run::new(&[]);
    run.pod("web", app("web:1"));
    run.until(10_000);
    run.signal(Signal::ContainerExits { pod: key("web"), container: None, code: 7 });
    run.until(10_050);
    assert_eq!(run.word("web"), "Error");
    run.until(12_000);
    assert_eq!((run.word("web").as_str(), restarts(run.get("web").unwrap())), ("Running", 1));
}

#[test]
fn a_changed_image_replaces_the_container_in_the_same_pod() {
    let mut run = Run::new(&[]);
    run.pod("web", app("web:1"));
    run.until(10_000);
    let change = |pod: &mut Pod| {
        pod.spec.as_mut().unwrap().containers[0].image = Some("web:2".to_owned());
    };
    run.engine.world.write(&key("web"), change).unwrap();
    run.engine.after_action();
    run.until(20_000);
    assert_eq!(run.container("web", "app").image, "web:2");
    assert_eq!(restarts(run.get("web").unwrap()), 1);
    assert!(
        run.events("web").contains(&(
            "Killing".to_owned(),
            "Container app definition changed, will be restarted".to_owned()
        ))
    );
}

#[test]
fn a_quiet_pod_wakes_nobody() {
    let mut run = Run::new(&[]);
    for index in 0..100 {
        run.pod(&format!("web-{index}"), probing("livenessProbe", "web:1", json!({})));
    }
    run.until(10_000);
    let steps = run.engine.steps();
    run.until(610_000);
    // Sixty heartbeats, and two posts of the Node's status that are delivered.
    assert_eq!(run.engine.steps() - steps, 62);
}
