//! `kubectl get pods`. Source: `pkg/printers/internalversion/printers.go`, `printPod`.

use super::{NONE, Table, age, age_of, listed};
use crate::cluster::clock::SimTime;
use crate::cluster::condition::{pod_condition, pod_is};
use crate::cluster::object::Resource;
use crate::cluster::sidecar;
use crate::cluster::state::State;
use k8s_openapi::api::core::v1::{ContainerStatus, Pod};

/// `kubectl get pods`.
pub fn pods(state: &State, at: SimTime, wide: bool) -> Table {
    let more = ["IP", "NODE", "NOMINATED NODE", "READINESS GATES"];
    let mut table = Table::new(&["NAME", "READY", "STATUS", "RESTARTS", "AGE"], wide.then_some(&more[..]));
    for pod in listed::<Pod>(state) {
        let (ready, total) = ready(pod);
        let mut row = vec![
            pod.name().to_owned(),
            format!("{ready}/{total}"),
            status_word(pod),
            restarts_column(pod, at),
            age_of(&pod.metadata, at),
        ];
        if wide {
            let (spec, status) = (pod.spec.as_ref(), pod.status.as_ref());
            let or_none =
                |text: Option<&str>| text.filter(|text| !text.is_empty()).unwrap_or(NONE).to_owned();
            row.push(or_none(status.and_then(|status| status.pod_ip.as_deref())));
            row.push(or_none(spec.and_then(|spec| spec.node_name.as_deref())));
            row.push(or_none(status.and_then(|status| status.nominated_node_name.as_deref())));
            row.push(gates(pod));
        }
        table.rows.push(row);
    }
    table
}

/// How many readiness gates are open, of how many.
fn gates(pod: &Pod) -> String {
    let gates =
        pod.spec.as_ref().and_then(|spec| spec.readiness_gates.as_ref()).filter(|gates| !gates.is_empty());
    let Some(gates) = gates else { return NONE.to_owned() };
    let open = gates.iter().filter(|gate| pod_is(pod, &gate.condition_type)).count();
    format!("{open}/{}", gates.len())
}

/// The READY column: containers ready, of how many; ordinary init containers do not count.
fn ready(pod: &Pod) -> (usize, usize) {
    let sidecars = sidecars(pod);
    let total = pod.spec.as_ref().map_or(0, |spec| spec.containers.len()) + sidecars.len();
    let ready = statuses(pod)
        .filter(|status| status.ready && status.state.as_ref().is_some_and(|state| state.running.is_some()))
        .count();
    let started =
        init_statuses(pod).filter(|status| sidecars.contains(&status.name.as_str()) && status.ready);
    (ready + started.filter(|status| status.started == Some(true)).count(), total)
}

/// How often containers were restarted: the ordinary ones and sidecars; while initializing, the init containers.
pub(crate) fn restarts(pod: &Pod) -> i32 {
    counted(pod).iter().map(|status| status.restart_count).sum()
}

/// The RESTARTS column: the number, and how long ago the last one was.
fn restarts_column(pod: &Pod, at: SimTime) -> String {
    let counted = counted(pod);
    let count: i32 = counted.iter().map(|status| status.restart_count).sum();
    let ended = counted.iter().filter_map(|status| {
        let ended = status.last_state.as_ref()?.terminated.as_ref()?;
        ended.finished_at.as_ref().map(SimTime::from_time)
    });
    match ended.max() {
        Some(last) if count > 0 => format!("{count} ({} ago)", age(at.since(last))),
        _ => count.to_string(),
    }
}

/// The containers whose restarts count now.
fn counted(pod: &Pod) -> Vec<&ContainerStatus> {
    let sidecars = sidecars(pod);
    if is_initializing(pod, &sidecars) && !pod_is(pod, "Initialized") {
        return init_statuses(pod).collect();
    }
    let own = init_statuses(pod).filter(|status| sidecars.contains(&status.name.as_str()));
    own.chain(statuses(pod)).collect()
}

fn is_initializing(pod: &Pod, sidecars: &[&str]) -> bool {
    init_statuses(pod).any(|status| {
        let ended_well = status
            .state
            .as_ref()
            .and_then(|state| state.terminated.as_ref())
            .is_some_and(|ended| ended.exit_code == 0);
        let serves = sidecars.contains(&status.name.as_str()) && status.started == Some(true);
        !ended_well && !serves
    })
}

fn sidecars(pod: &Pod) -> Vec<&str> {
    let sidecars = pod.spec.iter().flat_map(sidecar::sidecars);
    sidecars.map(|container| container.name.as_str()).collect()
}

fn statuses(pod: &Pod) -> impl Iterator<Item = &ContainerStatus> {
    pod.status.iter().flat_map(|status| status.container_statuses.iter().flatten())
}

fn init_statuses(pod: &Pod) -> impl Iterator<Item = &ContainerStatus> {
    pod.status.iter().flat_map(|status| status.init_container_statuses.iter().flatten())
}

/// The reason of a Pod that the scheduler does not look at yet.
const GATED: &str = "SchedulingGated";

/// The STATUS column.
pub(crate) fn status_word(pod: &Pod) -> String {
    let status = pod.status.clone().unwrap_or_default();
    let mut word = status.reason.clone().or(status.phase.clone()).unwrap_or_else(|| "Pending".to_owned());
    let all = pod.spec.iter().flat_map(|spec| spec.init_containers.iter().flatten()).count();
    let sidecars = sidecars(pod);
    let scheduling = pod_condition(pod, "PodScheduled");
    if let Some(gated) =
        scheduling.and_then(|condition| condition.reason.as_deref()).filter(|it| *it == GATED)
    {
        word = gated.to_owned();
    }
    let mut initializing = false;
    for (done, container) in status.init_container_statuses.iter().flatten().enumerate() {
        let state = container.state.clone().unwrap_or_default();
        if state.terminated.as_ref().is_some_and(|ended| ended.exit_code == 0) {
            continue;
        }
        if sidecars.contains(&container.name.as_str()) && container.started == Some(true) {
            continue;
        }
        word = match (&state.terminated, state.waiting.as_ref().and_then(|waiting| waiting.reason.as_deref()))
        {
            (Some(ended), _) => {
                format!("Init:{}", ended_word(ended.reason.as_deref(), ended.signal, ended.exit_code))
            }
            (None, Some(reason)) if !reason.is_empty() && reason != "PodInitializing" => {
                format!("Init:{reason}")
            }
            _ => format!("Init:{done}/{all}"),
        };
        initializing = true;
        break;
    }
    // A sidecar that has ended with its Pod is no initialization.
    if !initializing || pod_is(pod, "Initialized") {
        let (mut running, mut earlier) = (false, None);
        for container in status.container_statuses.iter().flatten().rev() {
            let state = container.state.clone().unwrap_or_default();
            if let Some(reason) =
                state.waiting.and_then(|waiting| waiting.reason).filter(|reason| !reason.is_empty())
            {
                word = reason;
            } else if let Some(ended) = state.terminated {
                word = ended_word(ended.reason.as_deref(), ended.signal, ended.exit_code);
                earlier = Some(word.clone()).filter(|word| word != "Completed").or(earlier);
            } else if container.ready && state.running.is_some() {
                running = true;
            }
        }
        if word == "Completed" && running {
            word = match earlier {
                _ if pod_is(pod, "Ready") => "Running".to_owned(),
                Some(error) => error,
                None => "NotReady".to_owned(),
            };
        }
    }
    match pod.metadata.deletion_timestamp {
        Some(_) if status.reason.as_deref() == Some("NodeLost") => "Unknown".to_owned(),
        Some(_) if !matches!(status.phase.as_deref(), Some("Succeeded" | "Failed")) => {
            "Terminating".to_owned()
        }
        _ => word,
    }
}

fn ended_word(reason: Option<&str>, signal: Option<i32>, code: i32) -> String {
    match (reason.filter(|reason| !reason.is_empty()), signal.filter(|signal| *signal != 0)) {
        (Some(reason), _) => reason.to_owned(),
        (None, Some(signal)) => format!("Signal:{signal}"),
        (None, None) => format!("ExitCode:{code}"),
    }
}
