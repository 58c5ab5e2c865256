//! Lifecycle hooks in whole runs.

use super::tests::{Run, app, restarts, secs};
use crate::cluster::image::Image;
use crate::cluster::object::Resource;
use crate::cluster::print::status_word;
use serde_json::{Value, json};

fn hooked(hook: &str, script: &str) -> Value {
    let mut spec = app("web:1");
    spec["containers"][0]["lifecycle"] = json!({hook: {"exec": {"command": ["sh", "-c", script]}}});
    spec
}

#[test]
fn a_container_is_not_running_for_the_api_before_its_post_start_hook_is_done() {
    let mut run = Run::new(&[]);
    run.pod("web", hooked("postStart", "sleep 5"));
    run.until(20_000);
    let words = run.changes("web", status_word);
    let words: Vec<(i64, &str)> = words.iter().map(|(at, word)| (*at, word.as_str())).collect();
    assert_eq!(words, [(0, "Pending"), (25, "ContainerCreating"), (6025, "Running")]);
    assert_eq!(run.starts("web", "app"), [1], "the process started at 1 s all the same");
}

#[test]
fn a_container_whose_post_start_hook_fails_is_killed_and_started_again() {
    let mut run = Run::new(&[("web:1", Image { stop: secs(2), ..Image::default() })]);
    run.pod("web", hooked("postStart", "sleep 1; exit 1"));
    run.until(4500);
    // Runs at 1, the hook fails at 2, SIGTERM at once, exit at 4; again at 4.1, and so on.
    let uid = run.get("web").unwrap().uid().to_owned();
    let waiting = run.container("web", "app").state.clone().unwrap().waiting.unwrap();
    assert_eq!(waiting.reason.as_deref(), Some("PostStartHookError"));
    assert_eq!(
        waiting.message.unwrap(),
        format!(
            "Exec lifecycle hook ([sh -c sleep 1; exit 1]) for Container \"app\" in Pod \"web_default({uid})\" failed - \
             error: command 'sh -c sleep 1; exit 1' exited with 1: , message: \"\""
        )
    );
    let last = run.container("web", "app").last_state.clone().unwrap().terminated.unwrap();
    assert_eq!((last.exit_code, last.reason.as_deref()), (143, Some("Error")));
    run.until(60_000);
    // Exits at 4, 7.1, 20.1, 43.1; waits of 0, 10, 20 and 40 s after them.
    assert_eq!(restarts(run.get("web").unwrap()), 3);
    assert_eq!((run.phase("web"), run.word("web").as_str()), ("Running", "CrashLoopBackOff"));
    assert!(!run.changes("web", status_word).iter().any(|(_, word)| word == "Running"));
    let events = run.events("web");
    assert!(events.contains(&("FailedPostStartHook".to_owned(), "PostStartHook failed".to_owned())));
    assert!(events.contains(&("Killing".to_owned(), "FailedPostStartHook".to_owned())));
}

#[test]
fn a_failed_post_start_hook_under_never_fails_the_pod() {
    let mut run = Run::new(&[]);
    let mut spec = hooked("postStart", "exit 1");
    spec["restartPolicy"] = json!("Never");
    run.pod("web", spec);
    run.until(10_000);
    assert_eq!((run.phase("web"), run.word("web").as_str()), ("Failed", "Error"));
}

#[test]
fn the_next_container_waits_until_a_failed_hook_s_container_is_gone() {
    let mut run = Run::new(&[("web:1", Image { stop: secs(3), ..Image::default() })]);
    let mut spec = hooked("postStart", "exit 1");
    spec["containers"].as_array_mut().unwrap().push(json!({"name": "next", "image": "next:1"}));
    run.pod("web", spec);
    run.until(20_000);
    // The hook fails at 1 s, the process ends at 4; then comes the other's start of one second.
    assert_eq!(run.starts("web", "next"), [5]);
}

#[test]
fn a_hook_s_request_fails_where_nothing_listens() {
    let fails = |port: u16| {
        let mut run = Run::new(&[("web:1", Image { listens: vec![8080], ..Image::default() })]);
        let mut spec = app("web:1");
        spec["containers"][0]["lifecycle"] =
            json!({"postStart": {"httpGet": {"path": "/warm", "port": port}}});
        run.pod("web", spec);
        run.until(3000);
        let waiting = run.container("web", "app").state.clone().unwrap().waiting;
        waiting.map(|waiting| (run.get("web").unwrap().uid().to_owned(), waiting.message.unwrap()))
    };
    assert_eq!(fails(8080), None);
    let (uid, message) = fails(80).unwrap();
    assert_eq!(
        message,
        format!(
            "HTTP lifecycle hook (/warm) for Container \"app\" in Pod \"web_default({uid})\" failed - error: \
             Get \"http://10.244.0.2:80/warm\": dial tcp 10.244.0.2:80: connect: connection refused"
        )
    );
}

#[test]
fn a_failed_pre_stop_hook_is_told_and_the_container_is_stopped_all_the_same() {
    let mut run = Run::new(&[]);
    run.pod("web", hooked("preStop", "sleep 4; exit 1"));
    run.until(10_000);
    run.delete("web");
    run.until(60_000);
    // The hook ends at 14.005, a second later the process; then the report, which removes the object.
    assert_eq!(run.gone_at("web"), Some(15_025));
    let events = run.events("web");
    let last: Vec<&str> = events.iter().rev().take(2).map(|(_, message)| message.as_str()).collect();
    assert_eq!(last, ["PreStopHook failed", "Stopping container app"]);
}

#[test]
fn a_pre_stop_hook_that_overruns_the_grace_has_not_failed() {
    let mut run = Run::new(&[]);
    let mut spec = hooked("preStop", "sleep 60; exit 1");
    spec["terminationGracePeriodSeconds"] = json!(5);
    run.pod("web", spec);
    run.until(10_000);
    run.delete("web");
    run.until(90_000);
    assert!(!run.reasons("web").contains(&"FailedPreStopHook".to_owned()));
    assert_eq!(run.gone_at("web"), Some(16_025), "SIGTERM at the end of the grace, and a second to stop");
}
