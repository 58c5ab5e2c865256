//! Frames from traces made by hand.

use super::moments::{Step, frames};
use super::*;
use crate::cluster::{Change, ChangeType, Kind, Object, State, Trace};
use serde_json::{Value, json};

fn object(kind: Kind, json: Value) -> Object {
    Object::from_json(kind, json, |path| panic!("unknown field {path}")).unwrap()
}

fn node(name: &str, ready: &str) -> Object {
    object(
        Kind::Node,
        json!({
            "metadata": { "name": name, "uid": name },
            "status": {
                "allocatable": { "cpu": "4", "memory": "8Gi" },
                "conditions": [{ "type": "Ready", "status": ready }]
            }
        }),
    )
}

/// A Pod: `node` may be empty, `state` is one of `waiting`, `running`, `ready`, `crashed`, `backoff`.
fn pod(name: &str, node: &str, state: &str, restarts: i32) -> Object {
    let (phase, ready, container) = match state {
        "waiting" => ("Pending", "False", json!({ "waiting": { "reason": "ContainerCreating" } })),
        "running" => ("Running", "False", json!({ "running": {} })),
        "ready" => ("Running", "True", json!({ "running": {} })),
        "crashed" => ("Running", "False", json!({ "terminated": { "exitCode": 1, "reason": "Error" } })),
        "backoff" => ("Running", "False", json!({ "waiting": { "reason": "CrashLoopBackOff" } })),
        other => panic!("no such state: {other}"),
    };
    let mut pod = json!({
        "metadata": { "name": name, "uid": name, "namespace": "default" },
        "spec": { "containers": [{
            "name": "app", "resources": { "requests": { "cpu": "500m", "memory": "1Gi" } }
        }] },
        "status": { "phase": if node.is_empty() { "Pending" } else { phase } }
    });
    if !node.is_empty() {
        pod["spec"]["nodeName"] = node.into();
        pod["status"]["conditions"] = json!([{ "type": "Ready", "status": ready }]);
        pod["status"]["containerStatuses"] = json!([{
            "name": "app", "ready": ready == "True", "restartCount": restarts, "image": "", "imageID": "",
            "state": container
        }]);
    }
    object(Kind::Pod, pod)
}

fn deployment(wanted: i32, have: i32, ready: i32) -> Object {
    object(
        Kind::Deployment,
        json!({
            "metadata": { "name": "web", "uid": "web", "namespace": "default" },
            "spec": { "replicas": wanted, "selector": {}, "template": {} },
            "status": { "replicas": have, "readyReplicas": ready }
        }),
    )
}

/// A trace on node-a and node-b: at which millisecond an object is put (or taken out, with `-`).
fn trace(end: i64, changes: Vec<(i64, char, Object)>) -> Trace {
    let mut initial = State::default();
    initial.put(node("node-a", "True"));
    initial.put(node("node-b", "True"));
    let change = |(at, sign, object)| Change {
        at: SimTime(at),
        change: if sign == '-' { ChangeType::Deleted } else { ChangeType::Modified },
        object,
        before: None,
    };
    Trace::new(initial, changes.into_iter().map(change).collect(), SimTime(end))
}

fn step(at: i64, say: Option<Text>) -> Step {
    Step { at: SimTime(at), say, deed: "kubectl scale deployment/web --replicas 2".into(), errors: vec![] }
}

fn times(frames: &[Frame]) -> Vec<i64> {
    frames.iter().map(|frame| frame.at.0).collect()
}

fn keys(frame: &Frame) -> Vec<&'static str> {
    match &frame.caption {
        Caption::Said(_) => vec![],
        Caption::Generated(sentences) => sentences.iter().map(|sentence| sentence.key).collect(),
    }
}

#[test]
fn near_changes_make_one_frame_and_far_ones_two() {
    let frames = frames(
        &trace(
            4000,
            vec![
                (20, '+', pod("a", "", "waiting", 0)),
                (40, '+', pod("a", "node-a", "waiting", 0)),
                (60, '+', pod("b", "node-b", "waiting", 0)),
                (1060, '+', pod("b", "node-b", "ready", 0)),
                (1070, '+', pod("a", "node-a", "ready", 0)),
            ],
        ),
        &[],
    );
    assert_eq!(times(&frames), [0, 60, 1070]);
    assert_eq!(keys(&frames[0]), ["player-say-start"]);
    assert_eq!(keys(&frames[1]), ["player-say-pod-planted"]);
    assert_eq!(keys(&frames[2]), ["player-say-pod-ready"]);
    let Caption::Generated(sentences) = &frames[1].caption else { panic!("nobody said anything") };
    assert_eq!(sentences[0].args[0], ("count", Arg::Count(2)));
    assert_eq!(sentences[0].args[2], ("nodes", Arg::Names(vec!["node-a".into(), "node-b".into()])));
}

#[test]
fn a_pod_that_no_node_takes_stands_in_the_tray_and_keeps_its_room_there() {
    let frames = frames(
        &trace(
            9000,
            vec![(10, '+', pod("a", "", "waiting", 0)), (8000, '+', pod("a", "node-b", "waiting", 0))],
        ),
        &[],
    );
    assert_eq!(times(&frames), [0, 10, 8000]);
    assert_eq!(frames[1].garden.tray[0].as_ref().map(|pod| pod.state), Some(PodState::Unscheduled));
    assert_eq!(frames[2].garden.tray, [None], "the tray is still there, and empty");
    assert_eq!(keys(&frames[2]), ["player-say-pod-bound"]);
}

#[test]
fn a_deed_stands_in_a_frame_of_its_own_before_its_effects() {
    let frames = frames(
        &trace(
            6000,
            vec![
                (0, '+', deployment(1, 1, 1)),
                (5000, '+', deployment(2, 1, 1)),
                (5050, '+', pod("a", "node-a", "waiting", 0)),
            ],
        ),
        &[step(5000, None)],
    );
    assert_eq!(times(&frames), [0, 5000, 5050]);
    assert_eq!(frames[1].mark, Mark::Action);
    assert_eq!(keys(&frames[1]), ["player-say-deed", "player-say-stake-wants"]);
    assert!(frames[1].garden.posts[0].stake.as_ref().unwrap().changed);
    assert!(!frames[2].garden.posts[0].stake.as_ref().unwrap().changed);
}

#[test]
fn the_words_of_the_scenario_are_used_where_it_has_some() {
    let say = Text::both("扩到两个。", "Two now.");
    let frames = frames(&trace(6000, vec![]), &[step(3000, Some(say.clone()))]);
    assert_eq!(frames[1].caption, Caption::Said(vec![say]));
}

#[test]
fn a_crash_loop_of_hours_makes_few_frames_and_ends_with_the_count() {
    let mut changes = vec![(10, '+', pod("a", "node-a", "waiting", 0))];
    for times in 0..40 {
        let at = 2000 + i64::from(times) * 300_000;
        changes.push((at, '+', pod("a", "node-a", "ready", times)));
        changes.push((at + 5000, '+', pod("a", "node-a", "crashed", times)));
        changes.push((at + 15_000, '+', pod("a", "node-a", "backoff", times)));
    }
    let frames = frames(&trace(2000 + 39 * 300_000 + 20_000, changes), &[]);
    // The first six restarts are told one by one; each waits longer.
    assert!(frames.len() <= 20, "{:?}", times(&frames));
    let last = frames[frames.len() - 2].garden.pods().next().unwrap();
    assert_eq!((last.restarts(), last.status.as_str()), (39, "CrashLoopBackOff"));
    assert!(keys(&frames[frames.len() - 2]).contains(&"player-say-pod-restarted"));
}

#[test]
fn there_are_never_more_frames_than_one_likes_to_step_through() {
    let changes = (0..400).map(|i| (i * 3000, '+', pod(&format!("p{i}"), "node-a", "ready", 0))).collect();
    let frames = frames(&trace(1_200_000, changes), &[]);
    assert!((2..=38).contains(&frames.len()), "{}", frames.len());
}

#[test]
fn a_pod_keeps_its_place_when_an_older_one_goes_and_a_new_one_takes_the_free_place() {
    let frames = frames(
        &trace(
            9000,
            vec![
                (10, '+', pod("a", "node-a", "ready", 0)),
                (20, '+', pod("b", "node-a", "ready", 0)),
                (3000, '-', pod("a", "node-a", "ready", 0)),
                (6000, '+', pod("c", "node-a", "ready", 0)),
            ],
        ),
        &[],
    );
    let row = |i: usize| {
        let bed = frames[i].garden.beds[0].as_ref().unwrap();
        bed.pods.iter().map(|pod| pod.as_ref().map_or("", |pod| pod.name.as_str())).collect::<Vec<_>>()
    };
    assert_eq!(row(0), ["", ""]);
    assert_eq!(row(1), ["a", "b"]);
    assert_eq!(row(2), ["", "b"]);
    assert_eq!(row(3), ["c", "b"]);
}

#[test]
fn a_lost_node_is_down_and_what_lies_there_is_not_ready() {
    let lost = {
        let mut json = pod("a", "node-b", "ready", 0).to_json();
        json["status"]["conditions"][0]["status"] = "False".into();
        object(Kind::Pod, json)
    };
    let frames = frames(
        &trace(
            60_000,
            vec![
                (10, '+', pod("a", "node-b", "ready", 0)),
                (50_000, '+', node("node-b", "Unknown")),
                (50_010, '+', lost),
            ],
        ),
        &[],
    );
    let last = &frames[2];
    let bed = last.garden.beds[1].as_ref().unwrap();
    assert!(!bed.ready && bed.changed);
    let pod = bed.pods[0].as_ref().unwrap();
    assert_eq!(
        (pod.state, pod.peas[0].state, pod.status.as_str()),
        (PodState::Unready, PeaState::Unready, "Running")
    );
    assert_eq!(
        (last.mark, keys(last)),
        (Mark::Trouble, vec!["player-say-node-down", "player-say-pod-unready"])
    );
}

#[test]
fn what_kubectl_gives_up_is_told_whatever_the_scenario_says() {
    let error = "error: unable to drain node \"node-a\"";
    let with = |say: Option<Text>| {
        let step = Step { errors: vec![error.into()], ..step(10, say) };
        frames(&trace(20, vec![]), &[step]).remove(1)
    };
    assert_eq!(keys(&with(None)), ["player-say-deed", "player-say-error"]);
    let say = Text::both("排空", "A drain.");
    let told = Caption::Said(vec![say.clone(), Text::both(error, error)]);
    assert_eq!(with(Some(say)).caption, told);
}

#[test]
fn a_long_silence_at_the_end_is_said() {
    let frames = frames(&trace(600_000, vec![(10, '+', pod("a", "node-a", "ready", 0))]), &[]);
    assert_eq!(times(&frames), [0, 10, 600_000]);
    assert_eq!((keys(&frames[2]), frames[2].mark), (vec!["player-say-nothing"], Mark::Calm));
}

#[test]
fn a_bed_counts_what_its_pods_request() {
    let frames = frames(&trace(20, vec![(10, '+', pod("a", "node-a", "ready", 0))]), &[]);
    let bed = frames[1].garden.beds[0].as_ref().unwrap();
    assert_eq!(bed.cpu, Share { requested: 500, allocatable: 4000 });
    assert_eq!(bed.memory, Share { requested: 1 << 30, allocatable: 8 << 30 });
}

#[test]
fn the_status_is_the_one_that_kubectl_prints() {
    let status = |json: Value| {
        let Object::Pod(pod) = object(Kind::Pod, json!({ "metadata": { "name": "p" }, "status": json }))
        else {
            panic!("a Pod was made")
        };
        crate::cluster::print::status_word(&pod)
    };
    let container = |state: Value| json!([{ "name": "app", "ready": false, "restartCount": 0, "image": "", "imageID": "", "state": state }]);
    assert_eq!(status(json!({ "phase": "Pending" })), "Pending");
    assert_eq!(status(json!({ "phase": "Failed", "reason": "Evicted" })), "Evicted");
    let oom = container(json!({ "terminated": { "exitCode": 137, "reason": "OOMKilled" } }));
    assert_eq!(status(json!({ "phase": "Running", "containerStatuses": oom })), "OOMKilled");
    let code = container(json!({ "terminated": { "exitCode": 3 } }));
    assert_eq!(status(json!({ "phase": "Failed", "containerStatuses": code })), "ExitCode:3");
    let pull = container(json!({ "waiting": { "reason": "ImagePullBackOff" } }));
    assert_eq!(status(json!({ "phase": "Pending", "initContainerStatuses": pull })), "Init:ImagePullBackOff");
    let init = container(json!({ "running": {} }));
    assert_eq!(status(json!({ "phase": "Pending", "initContainerStatuses": init })), "Init:0/0");
}
