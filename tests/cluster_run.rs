//! `doujia cluster run` from outside: what it prints, and how it ends.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::io::Write;
use std::process::{Command, Output, Stdio};

fn doujia(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_doujia")).args(args).env("LANG", "en_US.UTF-8").output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A Pod that nothing but the API server touches: no Node is there to take it.
fn file(claim: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::Builder::new().suffix(".yaml").tempfile().unwrap();
    write!(
        file,
        "scenario: lonely\ntitle: {{ zh: 孤单, en: Lonely }}\ncluster: {{ nodes: [] }}\nmanifests: |\n  apiVersion: v1\n  \
         kind: Pod\n  metadata: {{ name: lone }}\n  spec: {{ containers: [{{ name: app, image: web:1 }}] }}\n\
         timeline:\n  - at: 5s\n    do: {{ label: {{ pod/lone: {{ tier: front }} }} }}\n    say: {{ zh: 贴上标签。, en: A \
         label is put on. }}\nuntil: 10s\nclaims:\n  - at: end\n    that: {claim}\n"
    )
    .unwrap();
    file
}

fn path(file: &tempfile::NamedTempFile) -> &str {
    file.path().to_str().unwrap()
}

#[test]
fn a_story_is_told_in_the_language_asked_for_and_ends_with_0() {
    let file = file("pod('lone').phase == 'Pending'");
    let english = doujia(&["cluster", "run", path(&file)]);
    assert_eq!(english.status.code(), Some(0), "{}", stderr(&english));
    assert!(stdout(&english).starts_with("Lonely\n"), "{}", stdout(&english));
    assert!(stdout(&english).contains("   0:05  A label is put on."), "{}", stdout(&english));
    let chinese = doujia(&["cluster", "run", path(&file), "--lang", "zh"]);
    assert!(stdout(&chinese).contains("贴上标签。"), "{}", stdout(&chinese));
}

#[test]
fn a_false_claim_ends_with_1_and_shows_its_values() {
    let file = file("pod('lone').phase == 'Running'");
    let output = doujia(&["cluster", "run", path(&file)]);
    assert_eq!(output.status.code(), Some(1));
    let told = stderr(&output);
    assert!(
        told.contains(&format!("{}:15:5: claims[0]: This claim is false at 0:10:", path(&file))),
        "{told}"
    );
    assert!(told.contains("pod('lone').phase  =  Pending"), "{told}");
}

#[test]
fn a_wrong_file_ends_with_2_and_names_the_place() {
    let file = file("pod('lone'");
    let output = doujia(&["cluster", "run", path(&file)]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).starts_with(&format!("{}:16:11: claims[0].that: ", path(&file))),
        "{}",
        stderr(&output)
    );
    let missing = doujia(&["cluster", "run", "no/such/file.yaml"]);
    assert_eq!(missing.status.code(), Some(2));
    assert!(
        stderr(&missing).starts_with("no/such/file.yaml: The file cannot be read"),
        "{}",
        stderr(&missing)
    );
}

#[test]
fn a_scenario_may_come_from_standard_input() {
    let file = file("true");
    let mut child = Command::new(env!("CARGO_BIN_EXE_doujia"))
        .args(["cluster", "run", "-", "--output", "table", "--at", "3s"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(&std::fs::read(file.path()).unwrap()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(
        stdout(&output),
        "NAME       READY   STATUS    RESTARTS   AGE   IP       NODE     NOMINATED NODE   READINESS GATES\n\
         pod/lone   0/1     Pending   0          3s    <none>   <none>   <none>           <none>\n"
    );
}

#[test]
fn a_moment_behind_the_end_is_told_to_be_the_end() {
    let file = file("true");
    let table =
        |at: &str| doujia(&["cluster", "run", path(&file), "--lang", "en", "--output", "table", "--at", at]);
    let (late, end) = (table("99h"), table("10s"));
    assert_eq!((late.status.code(), stdout(&late)), (Some(0), stdout(&end)));
    assert_eq!(stderr(&late), "The scenario ends at 0:10; this is what it is like then.\n");
    assert_eq!(stderr(&end), "");
}

#[test]
fn a_watch_has_one_json_object_a_line_in_order_and_is_the_same_every_time() {
    let file = file("true");
    let watch = || stdout(&doujia(&["cluster", "run", path(&file), "--output", "watch"]));
    let first = watch();
    assert_eq!(first, watch());
    let lines: Vec<serde_json::Value> =
        first.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let pod: Vec<_> = lines.iter().filter(|line| line["object"]["kind"] == "Pod").collect();
    assert_eq!((&pod[0]["t_ms"], &pod[0]["type"]), (&0.into(), &"ADDED".into()));
    let labelled = pod.iter().find(|line| line["object"]["metadata"]["labels"]["tier"] == "front").unwrap();
    assert_eq!((&labelled["t_ms"], &labelled["type"]), (&5000.into(), &"MODIFIED".into()));
    let times: Vec<i64> = lines.iter().map(|line| line["t_ms"].as_i64().unwrap()).collect();
    assert!(times.is_sorted());
    let other = stdout(&doujia(&["cluster", "run", path(&file), "--output", "watch", "--seed", "7"]));
    assert_ne!(first, other);
}

#[test]
fn an_object_is_described_and_a_rollout_told_as_kubectl_does() {
    let file = file("pod('lone').phase == 'Pending'");
    let show = |more: &[&str]| doujia(&[&["cluster", "run", path(&file)], more].concat());
    let pod = show(&["--output", "describe", "--object", "pod/lone", "--at", "6s"]);
    assert_eq!(pod.status.code(), Some(0), "{}", stderr(&pod));
    let text = stdout(&pod);
    assert!(text.contains("\nLabels:       tier=front\n"), "{text}");
    assert!(text.contains("\nNode:         <none>\n"), "{text}");
    assert!(
        text.contains("  Warning  FailedScheduling  5s    default-scheduler  no nodes available"),
        "{text}"
    );
    let status = show(&["--output", "rollout-status", "--object", "pod/lone"]);
    assert_eq!(status.status.code(), Some(2));
    assert_eq!(stderr(&status), "error: no status viewer has been implemented for Pod\n");
    let missing = show(&["--output", "rollout-status", "--object", "deploy/web"]);
    assert_eq!(missing.status.code(), Some(2));
    assert_eq!(stderr(&missing), "Error from server (NotFound): deployments.apps \"web\" not found\n");
    let none = show(&["--output", "describe"]);
    assert_eq!(none.status.code(), Some(2));
    assert!(stderr(&none).contains("--object <KIND/NAME>"), "{}", stderr(&none));
    let node = show(&["--output", "describe", "--object", "service/lone"]);
    assert!(
        stderr(&node).starts_with("Error from server (NotFound): services \"lone\""),
        "{}",
        stderr(&node)
    );
}
