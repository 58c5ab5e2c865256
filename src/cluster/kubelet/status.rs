//! What the kubelet reports of a Pod: its phase and its conditions, computed from its containers.
//!
//! Pure functions. Sources: `pkg/kubelet/kubelet_pods.go` (`getPhase`), `pkg/kubelet/status/generate.go`,
//! `pkg/kubelet/status/status_manager.go` (`TerminatePod`).

use super::container::Role;
use super::restart::Restart;
use crate::cluster::clock::SimTime;
use k8s_openapi::api::core::v1::{
    ContainerState, ContainerStateTerminated, ContainerStatus, PodCondition, PodReadinessGate,
};

/// The exit code of a container of which nobody knows how it ended.
const UNKNOWN_EXIT: i32 = 137;

/// A container's status and what else the phase depends on.
#[derive(Clone, Debug)]
pub(super) struct Seen<'a> {
    /// What it is in its Pod.
    pub(super) role: Role,
    /// When it is started again.
    pub(super) restart: &'a Restart,
    /// Its status.
    pub(super) status: ContainerStatus,
}

/// Where a Pod stands on the way to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// It lives.
    Living,
    /// Nothing of it will run again, whatever its restart policy: it was deleted, evicted, or ran out of time.
    Over,
}

enum Was {
    Waiting,
    Running,
    Exited(i32),
}

fn exit_code(state: Option<&ContainerState>) -> Option<i32> {
    state?.terminated.as_ref().map(|ended| ended.exit_code)
}

/// Waiting before a restart counts as exited.
fn was(status: &ContainerStatus) -> Was {
    let state = status.state.as_ref();
    if state.is_some_and(|state| state.running.is_some()) {
        return Was::Running;
    }
    exit_code(state).or_else(|| exit_code(status.last_state.as_ref())).map_or(Was::Waiting, Was::Exited)
}

/// The phase of a Pod. `initialized`: its init containers have been through once.
pub(super) fn phase(containers: &[Seen<'_>], stage: Stage, initialized: bool) -> &'static str {
    let mut pending_init = false;
    let mut pending_sidecar = false;
    let (mut running, mut waiting, mut exited, mut restarting, mut succeeded) = (0, 0, 0, 0, 0);
    for Seen { role, restart, status } in containers {
        match (role, was(status)) {
            (Role::Init, Was::Exited(0)) => {}
            (Role::Init, Was::Exited(code)) => {
                if stage == Stage::Over || !restart.after(code) {
                    return "Failed";
                }
                pending_init = true;
            }
            (Role::Init, Was::Running | Was::Waiting) => pending_init |= !initialized,
            (Role::Sidecar, Was::Running) => {
                pending_sidecar |= status.started != Some(true);
                running += 1;
            }
            (Role::Sidecar, Was::Waiting) => {
                pending_sidecar = true;
                waiting += usize::from(stage == Stage::Living);
            }
            (Role::Sidecar, Was::Exited(_)) => {}
            (Role::App, Was::Running) => running += 1,
            (Role::App, Was::Waiting) => waiting += 1,
            (Role::App, Was::Exited(code)) => {
                exited += 1;
                restarting += usize::from(restart.after(code));
                succeeded += usize::from(code == 0);
            }
        }
    }
    let ended = if succeeded == exited { "Succeeded" } else { "Failed" };
    match stage {
        Stage::Over if running == 0 => {
            if waiting == 0 && exited > 0 {
                ended
            } else {
                "Failed"
            }
        }
        Stage::Living | Stage::Over => {
            if pending_init || (pending_sidecar && !initialized) || waiting > 0 {
                "Pending"
            } else if running > 0 || restarting > 0 {
                "Running"
            } else if exited > 0 {
                ended
            } else {
                "Pending"
            }
        }
    }
}

/// A Pod has come to its end: what never ran, or whose end nobody saw, counts as killed.
pub(super) fn end_unknown(status: &mut ContainerStatus) {
    let state = status.state.get_or_insert_default();
    if state.terminated.is_none() {
        *state = ContainerState {
            terminated: Some(ContainerStateTerminated {
                exit_code: UNKNOWN_EXIT,
                reason: Some("ContainerStatusUnknown".to_owned()),
                message: Some("The container could not be located when the pod was terminated".to_owned()),
                ..ContainerStateTerminated::default()
            }),
            ..ContainerState::default()
        };
    }
    status.ready = false;
    status.started = Some(false);
}

/// What a condition says: whether it holds, and if not why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Says {
    holds: bool,
    reason: Option<&'static str>,
    message: Option<String>,
}

impl Says {
    const fn yes(reason: Option<&'static str>) -> Says {
        Says { holds: true, reason, message: None }
    }

    const fn no(reason: &'static str, message: Option<String>) -> Says {
        Says { holds: false, reason: Some(reason), message }
    }
}

/// Condition Initialized.
pub(super) fn initialized(containers: &[Seen<'_>], phase: &str, any_app_has_run: bool) -> Says {
    if phase == "Succeeded" {
        return Says::yes(Some("PodCompleted"));
    }
    if any_app_has_run {
        return Says::yes(None);
    }
    let incomplete = names(containers, |seen| match seen.role {
        Role::Init => !seen.status.ready,
        Role::Sidecar => seen.status.started != Some(true),
        Role::App => false,
    });
    if incomplete.is_empty() {
        Says::yes(None)
    } else {
        let message = format!("containers with incomplete status: [{}]", incomplete.join(" "));
        Says::no("ContainersNotInitialized", Some(message))
    }
}

/// Condition ContainersReady.
pub(super) fn containers_ready(containers: &[Seen<'_>], phase: &str) -> Says {
    match phase {
        "Succeeded" => return Says::no("PodCompleted", None),
        "Failed" => return Says::no("PodFailed", None),
        _ => {}
    }
    let unready = names(containers, |seen| match seen.role {
        Role::Init => false,
        Role::Sidecar | Role::App => !seen.status.ready,
    });
    if unready.is_empty() {
        Says::yes(None)
    } else {
        let message = format!("containers with unready status: [{}]", unready.join(" "));
        Says::no("ContainersNotReady", Some(message))
    }
}

/// Condition Ready: the containers are, and so says every readiness gate.
pub(super) fn ready(containers_ready: &Says, gates: &[PodReadinessGate], others: &[PodCondition]) -> Says {
    if !containers_ready.holds {
        return containers_ready.clone();
    }
    let mut messages = Vec::new();
    for gate in gates {
        let name = &gate.condition_type;
        match others.iter().find(|condition| condition.type_ == *name) {
            None => messages
                .push(format!("corresponding condition of pod readiness gate \"{name}\" does not exist.")),
            Some(condition) if condition.status != "True" => messages.push(format!(
                "the status of pod readiness gate \"{name}\" is not \"True\", but {}",
                condition.status
            )),
            Some(_) => {}
        }
    }
    if messages.is_empty() {
        Says::yes(None)
    } else {
        Says::no("ReadinessGatesNotReady", Some(messages.join(", ")))
    }
}

/// Condition PodReadyToStartContainers: the sandbox and its network are there.
pub(super) const fn sandbox_ready(there: bool) -> Says {
    Says { holds: there, reason: None, message: None }
}

fn names(containers: &[Seen<'_>], is_meant: impl Fn(&Seen<'_>) -> bool) -> Vec<String> {
    containers.iter().filter(|seen| is_meant(seen)).map(|seen| seen.status.name.clone()).collect()
}

/// The conditions of a Pod: the kubelet's own, then those that others have set. The time of a transition stays where the
/// status stays.
pub(super) fn conditions(
    own: [(&str, Says); 4],
    old: &[PodCondition],
    generation: Option<i64>,
    now: SimTime,
) -> Vec<PodCondition> {
    let set = |name: &str, says: Says| {
        let status = if says.holds { "True" } else { "False" };
        let before = old.iter().find(|condition| condition.type_ == name && condition.status == status);
        PodCondition {
            type_: name.to_owned(),
            status: status.to_owned(),
            reason: says.reason.map(str::to_owned),
            message: says.message,
            last_transition_time: before
                .and_then(|condition| condition.last_transition_time.clone())
                .or_else(|| Some(now.to_time())),
            observed_generation: generation,
            ..PodCondition::default()
        }
    };
    let mut conditions: Vec<PodCondition> = Vec::with_capacity(old.len().max(5));
    let is_own = |name: &str| OWN.contains(&name);
    conditions.extend(own.into_iter().map(|(name, says)| set(name, says)));
    // A Pod whose manifest names its Node was never scheduled: the kubelet says that it has its place.
    conditions.push(set("PodScheduled", Says::yes(None)));
    conditions.extend(old.iter().filter(|condition| !is_own(&condition.type_)).cloned());
    conditions
}

/// The conditions that the kubelet keeps.
const OWN: [&str; 5] =
    ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"];

#[cfg(test)]
mod tests {
    use super::*;
    use k8s_openapi::api::core::v1::Container;
    use serde_json::json;

    /// A container's status in short: `w` waits, `w1` waits after exit code 1, `r` runs, `0`, `1` … has ended with that
    /// code.
    fn container(role: Role, word: &str) -> ContainerStatus {
        let ended = |code: &str| json!({"terminated": {"exitCode": code.parse::<i32>().unwrap()}});
        let (state, last) = match word {
            "r" => (json!({"running": {}}), json!({})),
            "w" => (json!({"waiting": {}}), json!({})),
            _ => match word.strip_prefix('w') {
                Some(code) => (json!({"waiting": {}}), ended(code)),
                None => (ended(word), json!({})),
            },
        };
        let ready = if role == Role::Init { word == "0" } else { word == "r" };
        serde_json::from_value(json!({
            "name": "x", "image": "x", "imageID": "", "restartCount": 0,
            "ready": ready, "started": word == "r", "state": state, "lastState": last
        }))
        .unwrap()
    }

    /// The phase of a Pod with this policy, containers in short (`i:` init, `s:` sidecar) and stage.
    fn of(policy: &str, containers: &str, stage: Stage) -> &'static str {
        let container_of = |word: &str| {
            let (role, word) = match word.split_once(':') {
                Some(("i", word)) => (Role::Init, word),
                Some((_, word)) => (Role::Sidecar, word),
                None => (Role::App, word),
            };
            let mut spec = Container::default();
            if role == Role::Sidecar {
                spec.restart_policy = Some("Always".to_owned());
            }
            (role, Restart::of(Some(policy), &spec, role), container(role, word))
        };
        let all: Vec<_> = containers.split(' ').map(container_of).collect();
        let initialized = all.iter().all(|(role, _, status)| match role {
            Role::Init => status.ready,
            Role::Sidecar => status.started == Some(true),
            Role::App => true,
        });
        let seen: Vec<Seen<'_>> = all
            .iter()
            .map(|(role, restart, status)| Seen { role: *role, restart, status: status.clone() })
            .collect();
        phase(&seen, stage, initialized)
    }

    #[test]
    fn the_phase_follows_from_the_containers_and_the_restart_policy() {
        for (policy, containers, expected) in [
            ("Always", "w", "Pending"),
            ("Always", "r w", "Pending"),
            ("Always", "r", "Running"),
            ("Always", "r 1", "Running"),
            ("Always", "w1", "Running"),
            ("Always", "1", "Running"),
            ("Always", "0", "Running"),
            ("OnFailure", "0", "Succeeded"),
            ("OnFailure", "0 1", "Running"),
            ("OnFailure", "0 r", "Running"),
            ("Never", "0", "Succeeded"),
            ("Never", "0 1", "Failed"),
            ("Never", "0 r", "Running"),
            ("Always", "i:r w", "Pending"),
            ("Always", "i:1 w", "Pending"),
            ("Always", "i:w1 w", "Pending"),
            ("Never", "i:1 w", "Failed"),
            ("Always", "i:0 r", "Running"),
            ("Always", "s:w w", "Pending"),
            ("Always", "s:r r", "Running"),
            ("Never", "s:137 0", "Succeeded"),
        ] {
            assert_eq!(of(policy, containers, Stage::Living), expected, "{policy} {containers}");
        }
    }

    #[test]
    fn a_pod_that_was_stopped_succeeded_only_if_every_container_exited_with_zero() {
        for (containers, expected) in
            [("0 0", "Succeeded"), ("0 143", "Failed"), ("w", "Failed"), ("s:137 0", "Succeeded")]
        {
            assert_eq!(of("Always", containers, Stage::Over), expected, "{containers}");
        }
    }

    #[test]
    fn a_readiness_gate_that_is_absent_or_false_keeps_the_pod_unready() {
        let gates = [PodReadinessGate { condition_type: "x/lb".to_owned() }];
        let containers_ready = Says::yes(None);
        let says = ready(&containers_ready, &gates, &[]);
        assert_eq!(says.reason, Some("ReadinessGatesNotReady"));
        assert_eq!(
            says.message.as_deref(),
            Some("corresponding condition of pod readiness gate \"x/lb\" does not exist.")
        );
        let condition = |status: &str| PodCondition {
            type_: "x/lb".to_owned(),
            status: status.to_owned(),
            ..PodCondition::default()
        };
        assert!(!ready(&containers_ready, &gates, &[condition("False")]).holds);
        assert!(ready(&containers_ready, &gates, &[condition("True")]).holds);
    }

    #[test]
    fn the_time_of_a_transition_stays_while_the_status_stays() {
        let own = |holds: bool| {
            let says = || Says { holds, reason: None, message: None };
            [("Initialized", says()), ("Ready", says()), ("ContainersReady", says()), ("X", says())]
        };
        let ready_since = |conditions: &[PodCondition]| {
            let ready = conditions.iter().find(|condition| condition.type_ == "Ready").unwrap();
            SimTime::from_time(ready.last_transition_time.as_ref().unwrap()).0
        };
        let first = conditions(own(false), &[], None, SimTime(1000));
        let same = conditions(own(false), &first, None, SimTime(5000));
        let other = conditions(own(true), &same, None, SimTime(9000));
        assert_eq!((ready_since(&same), ready_since(&other)), (1000, 9000));
    }
}
