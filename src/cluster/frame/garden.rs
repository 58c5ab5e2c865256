//! The drawing of a state: which Pod lies in which bed, who owns what, how far each has come.
//!
//! A [`State`] goes in, a [`Garden`] comes out, each thing once and in a fixed order: workloads and Pods by age, Nodes by
//! name. Places that stay put from frame to frame are given out afterwards, by `places`.

use super::{Bed, Garden, Note, Pea, PeaState, PodPicture, PodState, Post, Role, Share, Stake, Tally};
use crate::cluster::clock::{Millis, SimTime};
use crate::cluster::condition::pod_is;
use crate::cluster::object::{DEFAULT_NAMESPACE, Resource, controller_of};
use crate::cluster::print::{status_word, taint_word};
use crate::cluster::quantity::Quantity;
use crate::cluster::sidecar::is_sidecar;
use crate::cluster::state::State;
use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, ReplicaSet, StatefulSet};
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::{Container, ContainerStatus, Namespace, Node, Pod, ReplicationController};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as ApiQuantity;
use std::collections::BTreeMap;

/// The label by which a Deployment tells its ReplicaSets apart; its value is the middle of their Pods' names.
const TEMPLATE_HASH: &str = "pod-template-hash";

/// The taint that cordoning a Node sets; the fence says it already.
const UNSCHEDULABLE: &str = "node.kubernetes.io/unschedulable";

/// The garden as the state has it.
pub fn garden(state: &State) -> Garden {
    let mut tray = Vec::new();
    let mut planted: BTreeMap<&str, Vec<Option<PodPicture>>> = BTreeMap::new();
    let mut requests: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
    for pod in state.by_age::<Pod>() {
        let picture = Some(pod_picture(pod));
        match pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref()) {
            None => tray.push(picture),
            Some(node) => {
                planted.entry(node).or_default().push(picture);
                let sum = requests.entry(node).or_default();
                let (cpu, memory) = pod_requests(pod);
                *sum = (sum.0 + cpu, sum.1 + memory);
            }
        }
    }
    let beds: Vec<Option<Bed>> = state
        .list::<Node>()
        .map(|node| {
            let pods = planted.remove(node.name()).unwrap_or_default();
            Some(bed(node, pods, requests.get(node.name()).copied().unwrap_or_default()))
        })
        .collect();
    let places = beds.iter().flatten().map(|bed| bed.pods.len()).max().unwrap_or(0);
    let namespaces = state
        .list::<Namespace>()
        .filter(|namespace| namespace.name() != DEFAULT_NAMESPACE)
        .map(|namespace| (namespace.name().to_owned(), namespace.is_deleting()))
        .collect();
    Garden { posts: posts(state), tray, beds, places, namespaces }
}

fn bed(node: &Node, pods: Vec<Option<PodPicture>>, (cpu, memory): (i64, i64)) -> Bed {
    let status = node.status.clone().unwrap_or_default();
    let ready = status.conditions.iter().flatten().find(|condition| condition.type_ == "Ready");
    let is_ready = ready.is_some_and(|condition| condition.status == "True");
    let spec = node.spec.clone().unwrap_or_default();
    let allocatable = |resource: &str, read: fn(&ApiQuantity) -> i64| {
        status.allocatable.as_ref().and_then(|all| all.get(resource)).map_or(0, read)
    };
    let taints: Vec<String> =
        spec.taints.iter().flatten().filter(|taint| taint.key != UNSCHEDULABLE).map(taint_word).collect();
    Bed {
        name: node.name().to_owned(),
        ready: is_ready,
        down_since: ready
            .filter(|_| !is_ready)
            .and_then(|condition| condition.last_transition_time.as_ref())
            .map(SimTime::from_time),
        cordoned: spec.unschedulable == Some(true),
        taint_room: taints.len(),
        taints,
        cpu: Share { requested: cpu, allocatable: allocatable("cpu", millis) },
        memory: Share { requested: memory, allocatable: allocatable("memory", units) },
        pods,
        changed: false,
    }
}

/// What a Pod requests: CPU in millicores and memory in bytes. A Pod that has ended holds nothing.
fn pod_requests(pod: &Pod) -> (i64, i64) {
    let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
    if matches!(phase, Some("Succeeded" | "Failed")) {
        return (0, 0);
    }
    let of = |container: &Container, resource: &str, read: fn(&ApiQuantity) -> i64| {
        let requests = container.resources.as_ref().and_then(|resources| resources.requests.as_ref());
        requests.and_then(|all| all.get(resource)).map_or(0, read)
    };
    let containers = pod.spec.iter().flat_map(|spec| &spec.containers);
    containers.fold((0, 0), |(cpu, memory), c| (cpu + of(c, "cpu", millis), memory + of(c, "memory", units)))
}

fn posts(state: &State) -> Vec<Post> {
    let mut posts: Vec<Post> = Vec::new();
    let mut post = |stake: Stake, branches: Vec<Stake>| {
        posts.push(Post { stake: Some(stake), branches: branches.into_iter().map(Some).collect() });
    };
    let sets = state.by_age::<ReplicaSet>();
    let jobs = state.by_age::<Job>();
    for deployment in state.by_age::<Deployment>() {
        let own = sets.iter().filter(|set| owned_by(set.as_ref(), deployment.uid()));
        post(deployment_stake(deployment), own.map(|set| replica_set_stake(set)).collect());
    }
    for set in sets.iter().filter(|set| controller_of(&set.metadata).is_none()) {
        post(replica_set_stake(set), Vec::new());
    }
    for controller in state.by_age::<ReplicationController>() {
        post(replication_controller_stake(controller), Vec::new());
    }
    for set in state.by_age::<StatefulSet>() {
        post(stateful_set_stake(set), Vec::new());
    }
    for set in state.by_age::<DaemonSet>() {
        post(daemon_set_stake(set), Vec::new());
    }
    for cron in state.by_age::<CronJob>() {
        let own = jobs.iter().filter(|job| owned_by(job.as_ref(), cron.uid()));
        post(cron_job_stake(cron), own.map(|job| job_stake(job)).collect());
    }
    for job in jobs.iter().filter(|job| controller_of(&job.metadata).is_none()) {
        post(job_stake(job), Vec::new());
    }
    posts
}

fn owned_by<T: Resource>(object: &T, uid: &str) -> bool {
    object.controller().is_some_and(|owner| owner.uid == uid)
}

fn stake<T: Resource>(object: &T, tally: Tally, note: Option<Note>) -> Stake {
    Stake {
        uid: object.uid().to_owned(),
        kind: T::OF.name(),
        name: object.name().to_owned(),
        tally,
        note: if object.is_deleting() { Some(Note::Terminating) } else { note },
        number: None,
        changed: false,
    }
}

fn replicas(wanted: i32, have: i32, ready: i32) -> Tally {
    Tally::Replicas { wanted, have, ready }
}

fn deployment_stake(object: &Deployment) -> Stake {
    let spec = object.spec.as_ref();
    let status = object.status.as_ref();
    let tally = replicas(
        spec.and_then(|spec| spec.replicas).unwrap_or(1),
        status.and_then(|status| status.replicas).unwrap_or(0),
        status.and_then(|status| status.ready_replicas).unwrap_or(0),
    );
    stake(object, tally, spec.and_then(|spec| spec.paused).unwrap_or(false).then_some(Note::Paused))
}

fn replica_set_stake(object: &ReplicaSet) -> Stake {
    let status = object.status.as_ref();
    let tally = replicas(
        object.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1),
        status.map_or(0, |status| status.replicas),
        status.and_then(|status| status.ready_replicas).unwrap_or(0),
    );
    stake(object, tally, None)
}

fn replication_controller_stake(object: &ReplicationController) -> Stake {
    let status = object.status.as_ref();
    let tally = replicas(
        object.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1),
        status.map_or(0, |status| status.replicas),
        status.and_then(|status| status.ready_replicas).unwrap_or(0),
    );
    stake(object, tally, None)
}

fn stateful_set_stake(object: &StatefulSet) -> Stake {
    let status = object.status.as_ref();
    let tally = replicas(
        object.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1),
        status.map_or(0, |status| status.replicas),
        status.and_then(|status| status.ready_replicas).unwrap_or(0),
    );
    stake(object, tally, None)
}

fn daemon_set_stake(object: &DaemonSet) -> Stake {
    let status = object.status.as_ref();
    let tally = replicas(
        status.map_or(0, |status| status.desired_number_scheduled),
        status.map_or(0, |status| status.current_number_scheduled),
        status.map_or(0, |status| status.number_ready),
    );
    stake(object, tally, None)
}

fn job_stake(object: &Job) -> Stake {
    let spec = object.spec.as_ref();
    let status = object.status.as_ref();
    let parallel = spec.and_then(|spec| spec.parallelism).unwrap_or(1);
    let tally = Tally::Runs {
        wanted: spec.and_then(|spec| spec.completions).unwrap_or(parallel),
        active: status.and_then(|status| status.active).unwrap_or(0),
        succeeded: status.and_then(|status| status.succeeded).unwrap_or(0),
        failed: status.and_then(|status| status.failed).unwrap_or(0),
    };
    stake(object, tally, spec.and_then(|spec| spec.suspend).unwrap_or(false).then_some(Note::Suspended))
}

fn cron_job_stake(object: &CronJob) -> Stake {
    let active = object.status.iter().flat_map(|status| status.active.iter().flatten()).count();
    let tally = Tally::Schedule { active: i32::try_from(active).unwrap_or(i32::MAX) };
    let suspended = object.spec.suspend.unwrap_or(false);
    stake(object, tally, suspended.then_some(Note::Suspended))
}

fn pod_picture(pod: &Pod) -> PodPicture {
    let peas = peas(pod);
    let status = status_word(pod);
    let state = pod_state(pod, &peas, &status);
    PodPicture {
        uid: pod.uid().to_owned(),
        name: pod.name().to_owned(),
        short: short_name(pod),
        owner: controller_of(&pod.metadata).map(|owner| owner.uid.clone()),
        number: None,
        state,
        status,
        peas,
        ip: pod.status.as_ref().and_then(|status| status.pod_ip.clone()),
        changed: false,
    }
}

/// `web-7d4b9c6f5-gsv8m` → `web-…-gsv8m`. Names without a template's hash stay as they are.
fn short_name(pod: &Pod) -> String {
    let hash = pod.metadata.labels.as_ref().and_then(|labels| labels.get(TEMPLATE_HASH));
    match hash {
        Some(hash) => pod.name().replacen(&format!("-{hash}-"), "-…-", 1),
        None => pod.name().to_owned(),
    }
}

fn pod_state(pod: &Pod, peas: &[Pea], status: &str) -> PodState {
    let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref()).unwrap_or("Pending");
    let bound = pod.spec.as_ref().is_some_and(|spec| spec.node_name.is_some());
    match phase {
        _ if pod.is_deleting() => PodState::Terminating,
        "Succeeded" => PodState::Succeeded,
        "Failed" => PodState::Failing,
        _ if !bound => PodState::Unscheduled,
        _ if peas.iter().any(|pea| pea.state == PeaState::Failing) || is_trouble(status) => PodState::Failing,
        "Running" if pod_is(pod, "Ready") => PodState::Ready,
        _ => PodState::Unready,
    }
}

/// Whether a container's reason to wait, or a Pod's status, says that something is wrong.
fn is_trouble(reason: &str) -> bool {
    let reason = reason.strip_prefix("Init:").unwrap_or(reason);
    reason.ends_with("BackOff")
        || reason.starts_with("Err")
        || reason.ends_with("Error")
        || reason.starts_with("ExitCode")
        || matches!(
            reason,
            "OOMKilled" | "ContainerCannotRun" | "InvalidImageName" | "Evicted" | "DeadlineExceeded"
        )
}

fn peas(pod: &Pod) -> Vec<Pea> {
    let Some(spec) = &pod.spec else { return Vec::new() };
    let status = pod.status.as_ref();
    let ready = pod_is(pod, "Ready");
    let bound = spec.node_name.is_some();
    let statuses = |list: Option<&Vec<ContainerStatus>>, name: &str| {
        list.into_iter().flatten().find(|status| status.name == name).cloned()
    };
    let init = spec.init_containers.iter().flatten().map(|container| {
        let role = if is_sidecar(container) { Role::Sidecar } else { Role::Init };
        (container, role, statuses(status.and_then(|s| s.init_container_statuses.as_ref()), &container.name))
    });
    let app = spec.containers.iter().map(|container| {
        (container, Role::App, statuses(status.and_then(|s| s.container_statuses.as_ref()), &container.name))
    });
    let pea = |(container, role, status): (&Container, Role, Option<ContainerStatus>)| Pea {
        container: container.name.clone(),
        role,
        restarts: status.as_ref().map_or(0, |status| status.restart_count),
        state: pea_state(status.as_ref(), role, bound, ready),
        wait: status.as_ref().and_then(back_off),
    };
    init.chain(app).map(pea).collect()
}

/// A container that says it is ready in a Pod that is not (its Node is lost, a readiness gate is shut) shows as not
/// ready: nobody sends it anything.
fn pea_state(status: Option<&ContainerStatus>, role: Role, bound: bool, pod_ready: bool) -> PeaState {
    if !bound {
        return PeaState::Unplanted;
    }
    let Some(state) = status.and_then(|status| status.state.as_ref()) else { return PeaState::Waiting };
    let is_ready = status.is_some_and(|status| status.ready) && (pod_ready || role != Role::App);
    match (&state.waiting, &state.running, &state.terminated) {
        (Some(waiting), ..) if waiting.reason.as_deref().is_some_and(is_trouble) => PeaState::Failing,
        (_, Some(_), _) if is_ready => PeaState::Ready,
        (_, Some(_), _) => PeaState::Unready,
        (.., Some(ended)) if ended.exit_code == 0 => PeaState::Done,
        (.., Some(_)) => PeaState::Failing,
        _ => PeaState::Waiting,
    }
}

/// How long a container waits before it starts again; only the message tells it: `back-off 40s restarting failed
/// container=…`.
///
/// Source: `doBackOff`, `pkg/kubelet/kuberuntime/kuberuntime_manager.go`.
fn back_off(status: &ContainerStatus) -> Option<Millis> {
    let message = status.state.as_ref()?.waiting.as_ref()?.message.as_deref()?;
    Millis::parse(message.strip_prefix("back-off ")?.split_whitespace().next()?)
}

/// A quantity in thousandths: CPU. What the API server would not have let in counts as nothing.
fn millis(quantity: &ApiQuantity) -> i64 {
    Quantity::parse(&quantity.0).map_or(0, Quantity::milli)
}

/// A quantity in ones: memory in bytes.
fn units(quantity: &ApiQuantity) -> i64 {
    Quantity::parse(&quantity.0).map_or(0, Quantity::value)
}
