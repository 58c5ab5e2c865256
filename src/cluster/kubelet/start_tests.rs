//! What keeps a container from starting, in whole runs. Where a container cannot be created at all the kubelet looks again
//! every 10 s (`backOffPeriod`); where its process does not start it is a container that has exited, and is backed off.

use super::tests::{Run, app, exits, key, restarts, secs};
use crate::cluster::image::Image;
use crate::cluster::print::status_word;
use k8s_openapi::api::core::v1::{ConfigMap, Event, Secret};
use serde_json::{Value, json};

fn with_env(source: Value) -> Value {
    let mut spec = app("web:1");
    spec["containers"][0]["envFrom"] = json!([source]);
    spec
}

fn config_map(run: &mut Run, name: &str) {
    let map = json!({"metadata": {"name": name}, "data": {"mode": "fast"}});
    let map: ConfigMap = serde_json::from_value(map).unwrap();
    run.engine.world.create(map).unwrap();
    run.engine.after_action();
}

fn waiting(run: &Run, pod: &str) -> (String, String) {
    let state = run.container(pod, "app").state.clone().unwrap().waiting.unwrap();
    (state.reason.unwrap(), state.message.unwrap_or_default())
}

/// How often an Event with this reason and message was said.
fn count(run: &Run, reason: &str, message: &str) -> i32 {
    let events = run.engine.world.store.state().by_age::<Event>();
    let is_it = |event: &&&std::sync::Arc<Event>| {
        event.reason.as_deref() == Some(reason) && event.message.as_deref() == Some(message)
    };
    events.iter().find(is_it).map_or(0, |event| event.count.unwrap())
}

#[test]
fn an_image_name_that_is_none_is_told_every_ten_seconds_and_nothing_is_pulled() {
    let mut run = Run::new(&[]);
    run.pod("web", app("Web:1"));
    run.until(35_000);
    let error = "Failed to apply default image tag \"Web:1\": couldn't parse image name \"Web:1\": invalid reference \
                 format: repository name (library/Web) must be lowercase";
    assert_eq!(waiting(&run, "web"), ("InvalidImageName".to_owned(), error.to_owned()));
    assert_eq!((run.phase("web"), run.word("web").as_str()), ("Pending", "InvalidImageName"));
    assert_eq!(run.reasons("web"), ["InspectFailed", "Failed"]);
    // At 0.3 s (the sandbox is there), 10.3, 20.3 and 30.3.
    assert_eq!(count(&run, "InspectFailed", error), 4);
    assert_eq!(count(&run, "Failed", "Error: InvalidImageName"), 4);
}

#[test]
fn a_container_waits_for_the_config_map_of_its_environment_and_runs_once_it_is_there() {
    let mut run = Run::new(&[]);
    run.pod("web", with_env(json!({"configMapRef": {"name": "app-config"}})));
    run.until(15_000);
    let error = "configmap \"app-config\" not found".to_owned();
    assert_eq!(waiting(&run, "web"), ("CreateContainerConfigError".to_owned(), error));
    assert_eq!((run.phase("web"), run.word("web").as_str()), ("Pending", "CreateContainerConfigError"));
    assert_eq!(count(&run, "Failed", "Error: configmap \"app-config\" not found"), 2);
    config_map(&mut run, "app-config");
    run.until(60_000);
    // The next look after 15 s is at 20.3 s; then what is left of the one second of a start.
    assert_eq!(run.starts("web", "app"), [21]);
    assert_eq!((run.word("web").as_str(), restarts(run.get("web").unwrap())), ("Running", 0));
}

#[test]
fn what_runs_goes_on_without_its_secret_until_it_must_start_again() {
    let mut run = Run::new(&[("web:1", exits(1, 30))]);
    let secret: Secret = serde_json::from_value(json!({"metadata": {"name": "login"}})).unwrap();
    run.engine.world.create(secret).unwrap();
    run.pod("web", with_env(json!({"secretRef": {"name": "login"}})));
    run.until(10_000);
    run.engine.world.delete::<Secret>(&key("login"), Default::default()).unwrap();
    run.engine.after_action();
    run.until(30_500);
    assert_eq!(run.word("web"), "Running");
    // It exits at 31 and is started again at 31.1, in vain; the phase of a Pod whose container has run is Running.
    run.until(40_000);
    assert_eq!(
        waiting(&run, "web"),
        ("CreateContainerConfigError".to_owned(), "secret \"login\" not found".to_owned())
    );
    assert_eq!((run.phase("web"), restarts(run.get("web").unwrap())), ("Running", 0));
    let last = run.container("web", "app").last_state.clone().unwrap().terminated.unwrap();
    assert_eq!(last.exit_code, 1);
}

#[test]
fn a_volume_of_a_missing_config_map_is_tried_after_half_a_second_and_then_ever_less_often() {
    let mut run = Run::new(&[]);
    let mut spec = app("web:1");
    spec["volumes"] = json!([{"name": "files", "configMap": {"name": "app-config"}}]);
    run.pod("web", spec);
    run.until(64_000);
    assert_eq!((run.phase("web"), run.word("web").as_str()), ("Pending", "ContainerCreating"));
    // 0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5 and 63.5 s after it was taken up.
    let error = "MountVolume.SetUp failed for volume \"files\" : configmap \"app-config\" not found";
    assert_eq!(count(&run, "FailedMount", error), 8);
    run.until(125_000);
    let complaint = "Unable to attach or mount volumes: unmounted volumes=[files], unattached volumes=[], failed to \
                     process volumes=[]: context deadline exceeded";
    assert_eq!(count(&run, "FailedMount", complaint), 1);
    config_map(&mut run, "app-config");
    run.until(200_000);
    // The tenth try comes 127.5 s after the first; then the one second of a start.
    assert_eq!(run.starts("web", "app"), [128]);
}

#[test]
fn an_image_that_says_nothing_of_what_to_run_makes_no_container() {
    let bare = Image { has_entrypoint: false, ..Image::default() };
    let mut run = Run::new(&[("bare:1", bare)]);
    run.pod("web", app("bare:1"));
    let mut told = app("bare:1");
    told["containers"][0]["command"] = json!(["serve"]);
    run.pod("told", told);
    run.until(25_000);
    let (reason, message) = waiting(&run, "web");
    assert_eq!(reason, "CreateContainerError");
    assert!(message.ends_with("spec: failed to generate spec: no command specified"), "{message}");
    assert_eq!((run.phase("web"), restarts(run.get("web").unwrap())), ("Pending", 0));
    assert_eq!(run.word("told"), "Running");
}

#[test]
fn a_program_that_is_not_in_the_image_ends_with_128_and_is_backed_off_like_a_crash() {
    let image = Image { commands: Some(vec!["nginx".to_owned()]), ..Image::default() };
    let mut run = Run::new(&[("web:1", image)]);
    let mut spec = app("web:1");
    spec["containers"][0]["command"] = json!(["ngnix"]);
    run.pod("web", spec.clone());
    spec["restartPolicy"] = json!("Never");
    run.pod("once", spec);
    run.until(1050);
    let error = "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create \
                 failed: unable to start container process: error during container init: exec: \"ngnix\": executable \
                 file not found in $PATH: unknown";
    assert_eq!(waiting(&run, "web"), ("RunContainerError".to_owned(), error.to_owned()));
    let last = run.container("web", "app").last_state.clone().unwrap().terminated.unwrap();
    assert_eq!(
        (last.exit_code, last.reason.as_deref(), last.message.as_deref()),
        (128, Some("StartError"), Some(error))
    );
    assert_eq!(last.started_at.unwrap().0.as_second(), 0, "it never started");
    assert_eq!(run.phase("web"), "Running", "it has exited and will be restarted");
    assert_eq!((run.phase("once"), run.word("once").as_str()), ("Failed", "StartError"));
    run.until(60_000);
    // It does not start at 1.0, 1.1, 11.1 and 31.1; after the first failure at once, then after 10, 20, 40 s.
    let words = run.changes("web", status_word);
    let words: Vec<(i64, &str)> = words.iter().map(|(at, word)| (at / 1000, word.as_str())).collect();
    assert_eq!(
        words,
        [
            (0, "Pending"),
            (0, "ContainerCreating"),
            (1, "RunContainerError"),
            (2, "CrashLoopBackOff"),
            (11, "RunContainerError"),
            (12, "CrashLoopBackOff"),
            (31, "RunContainerError"),
            (32, "CrashLoopBackOff"),
        ]
    );
    assert_eq!(restarts(run.get("web").unwrap()), 3);
    let reasons = run.reasons("web");
    assert_eq!(reasons, ["Pulled", "Created", "Failed", "BackOff"]);
    assert_eq!(run.events("web")[2].1, format!("Error: {error}"));
}

#[test]
fn a_crashed_container_that_something_is_in_the_way_of_waits_out_its_back_off() {
    let mut run = Run::new(&[("web:1", exits(1, 5))]);
    config_map(&mut run, "app-config");
    run.pod("web", with_env(json!({"configMapRef": {"name": "app-config"}})));
    run.until(10_000);
    // It ran at 1 and 6.1, and exits at 11.1; then the window is 10 s, and after the try at 21.1 it is 20 s.
    run.engine.world.delete::<ConfigMap>(&key("app-config"), Default::default()).unwrap();
    run.engine.after_action();
    run.until(21_200);
    assert_eq!(run.word("web"), "CreateContainerConfigError");
    run.until(31_200);
    // The look at 31.1: the 20 s since the exit at 11.1 are over, so it is tried again, and the window is 40 s.
    assert_eq!(run.word("web"), "CreateContainerConfigError");
    run.until(41_200);
    // The look at 41.1 finds 30 of 40 s gone.
    assert_eq!(waiting(&run, "web").0, "CrashLoopBackOff");
    config_map(&mut run, "app-config");
    run.until(60_000);
    assert_eq!(run.starts("web", "app"), [1, 6, 51]);
}

#[test]
fn an_image_that_is_not_to_be_pulled_is_looked_for_every_ten_seconds() {
    let mut run = Run::new(&[("web:1", Image { pull: Some(secs(1)), ..Image::default() })]);
    let mut spec = app("web:1");
    spec["containers"][0]["imagePullPolicy"] = json!("Never");
    run.pod("web", spec);
    run.until(25_000);
    assert_eq!(count(&run, "Failed", "Error: ErrImageNeverPull"), 3);
}

#[test]
fn a_missing_pull_secret_is_told_and_hinders_nothing_by_itself() {
    let mut run = Run::new(&[]);
    let mut spec = app("web:1");
    spec["imagePullSecrets"] = json!([{"name": "registry"}, {"name": "other"}]);
    let other: Secret = serde_json::from_value(json!({"metadata": {"name": "other"}})).unwrap();
    run.engine.world.create(other).unwrap();
    run.pod("web", spec);
    run.until(10_000);
    assert_eq!(run.word("web"), "Running");
    let told = "Unable to retrieve some image pull secrets (registry); attempting to pull the image may not succeed.";
    assert_eq!(count(&run, "FailedToRetrieveImagePullSecret", told), 1);
}
