//! Drains of whole clusters, and what kubectl says when it gives one up. Budgets are looked at by the disruption controller;
//! Pods are ready after a second and, deaf to SIGTERM, take their whole grace to stop.

use crate::cluster::run::{Run, run};
use crate::cluster::scenario::Scenario;
use crate::cluster::{Kind, SimTime};

const DAEMONS: &str = "\
apiVersion: apps/v1
kind: DaemonSet
metadata: { name: agent }
spec:
  selector: { matchLabels: { app: agent } }
  template:
    metadata: { labels: { app: agent } }
    spec: { containers: [{ name: app, image: web:1 }] }
";

const WEB: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 1
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { terminationGracePeriodSeconds: 20, containers: [{ name: app, image: web:1 }] }
";

const BARE: &str = "\
apiVersion: v1
kind: Pod
metadata: { name: bare }
spec: { containers: [{ name: app, image: web:1 }] }
";

const CACHE: &str = "\
apiVersion: v1
kind: Pod
metadata: { name: cache }
spec:
  containers: [{ name: app, image: web:1 }]
  volumes: [{ name: tmp, emptyDir: {} }]
";

fn budget(name: &str) -> String {
    format!(
        "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {{ name: {name} }}\nspec: {{ minAvailable: 1, \
         selector: {{ matchLabels: {{ app: web }} }} }}\n"
    )
}

/// Drains the only Node at 10 s, with these flags.
fn drained(manifests: &[&str], flags: &str) -> Run {
    let block: String = manifests.join("---\n").lines().map(|line| format!("  {line}\n")).collect();
    let text = format!(
        "scenario: t\ntitle: T\ncluster: {{ nodes: [node-a], images: {{ 'web:1': {{ start: 1s, stop: 60s }} }} }}\n\
         manifests: |\n{block}timeline:\n  - {{ at: 10s, do: {{ drain: {{ node: node-a, {flags} }} }} }}\nuntil: 90s\n"
    );
    run(&Scenario::parse(&text, "").unwrap_or_else(|problems| panic!("{problems:?}"))).unwrap()
}

/// What kubectl gave up with, and when in seconds.
fn errors(run: &Run) -> Vec<(i64, &str)> {
    let each =
        run.steps.iter().map(|step| step.errors.iter().map(|error| (step.at.0 / 1000, error.as_str())));
    each.flatten().collect()
}

/// The names of the Pods whose deletion was asked for, without what was drawn, and when in seconds.
fn deleted(run: &Run) -> Vec<(i64, String)> {
    let pods = run.trace.changes().iter().filter(|change| change.object.kind() == Kind::Pod);
    let asked = pods.filter(|change| {
        let before = change.before.as_ref();
        change.object.metadata().deletion_timestamp.is_some()
            && before.is_some_and(|before| before.metadata().deletion_timestamp.is_none())
    });
    let name = |pod: &str| pod.split('-').next().unwrap_or_default().to_owned();
    asked.map(|change| (change.at.0 / 1000, name(&change.object.key().name))).collect()
}

const UNABLE: &str = "error: unable to drain node \"node-a\" due to error: ";

#[test]
fn without_flags_kubectl_refuses_the_whole_drain_before_it_evicts_anything() {
    for (manifests, why) in [
        (
            vec![WEB, BARE],
            "cannot delete Pods that declare no controller (use --force to override): default/bare",
        ),
        (
            vec![WEB, CACHE],
            "cannot delete Pods with local storage (use --delete-emptydir-data to override): default/cache",
        ),
    ] {
        let run = drained(&manifests, "");
        assert_eq!(errors(&run), [(10, format!("{UNABLE}{why}, continuing command...").as_str())]);
        assert_eq!(deleted(&run), []);
        let cordoned = run.evaluate("node('node-a').cordoned", SimTime(11_000)).unwrap();
        assert_eq!(cordoned.to_string(), "true", "it cordons first");
    }
    let run = drained(&[WEB, DAEMONS, BARE], "");
    let [(10, said)] = errors(&run)[..] else { panic!("{:?}", errors(&run)) };
    let daemon = "[cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore): default/agent-";
    assert!(said.strip_prefix(UNABLE).unwrap().starts_with(daemon), "{said}");
    let bare = ", cannot delete Pods that declare no controller (use --force to override): default/bare], continuing \
                command...";
    assert!(said.ends_with(bare), "{said}");
}

#[test]
fn with_its_flags_everything_goes_but_the_daemons() {
    let run = drained(
        &[WEB, DAEMONS, BARE, CACHE],
        "ignore-daemonsets: true, delete-emptydir-data: true, force: true",
    );
    assert_eq!(errors(&run), []);
    let mut gone = deleted(&run);
    gone.sort();
    assert_eq!(gone, [(10, "bare".to_owned()), (10, "cache".to_owned()), (10, "web".to_owned())]);
}

#[test]
fn finished_pods_pass_every_test() {
    let done = BARE.replace("containers:", "restartPolicy: Never, containers:").replace("web:1", "done:1");
    let text = format!(
        "scenario: t\ntitle: T\ncluster: {{ nodes: [node-a], images: {{ 'done:1': {{ exits: {{ code: 0, after: 1s }} }} }} }}\n\
         manifests: |\n{}timeline:\n  - {{ at: 10s, do: {{ drain: node-a }} }}\nuntil: 20s\n",
        done.lines().map(|line| format!("  {line}\n")).collect::<String>()
    );
    let run = run(&Scenario::parse(&text, "").unwrap()).unwrap();
    assert_eq!((errors(&run), deleted(&run)), (vec![], vec![(10, "bare".to_owned())]));
    assert_eq!(run.evaluate("pods().size()", SimTime(11_000)).unwrap().to_string(), "0");
}

#[test]
fn a_budget_that_says_no_is_asked_again_every_five_seconds_until_the_time_is_over() {
    let both = [WEB, &budget("web")].join("---\n");
    let run = drained(&[&both], "");
    assert_eq!((errors(&run), deleted(&run)), (vec![], vec![]), "for ever");
    let run = drained(&[&both], "timeout: 12s");
    let [(25, said)] = errors(&run)[..] else { panic!("asked at 10, 15, 20 and 25 s: {:?}", errors(&run)) };
    assert!(said.starts_with(&format!("{UNABLE}error when evicting pods/\"web-")), "{said}");
    assert!(said.ends_with("-n \"default\": global timeout reached: 12s, continuing command..."), "{said}");
    assert_eq!(deleted(&run), []);
}

#[test]
fn a_pod_that_stops_too_slowly_uses_the_time_up() {
    let run = drained(&[WEB], "timeout: 15s");
    let [(25, said)] = errors(&run)[..] else { panic!("{:?}", errors(&run)) };
    assert!(said.contains("error when waiting for pod \"web-"), "{said}");
    assert!(said.contains("in namespace \"default\" to terminate: global timeout reached: 15s"), "{said}");
    assert_eq!(errors(&drained(&[WEB], "timeout: 30s")), []);
}

#[test]
fn two_budgets_for_one_pod_are_an_error_and_the_scenario_goes_on() {
    let both = [WEB, &budget("one"), &budget("two"), BARE].join("---\n");
    let run = drained(&[&both], "force: true");
    let pod = run.evaluate("pods(label('app','web'))[0].name", SimTime(5000)).unwrap().to_string();
    // The other Pod is evicted all the same. kubectl waits for it, and then says what went wrong.
    assert_eq!(deleted(&run), [(10, "bare".to_owned())]);
    let why = format!(
        "{UNABLE}error when evicting pods/\"{pod}\" -n \"default\": This pod has more than one PodDisruptionBudget, which the \
         eviction subresource does not support., continuing command..."
    );
    let [(at, said)] = errors(&run)[..] else { panic!("{:?}", errors(&run)) };
    assert_eq!((at, said), (41, why.as_str()), "30 s of grace, and the next look");
    assert_eq!(run.trace.end(), SimTime(90_000));
}
