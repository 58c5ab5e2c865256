//! Reduces a watch trace to the facts on which a simulation and a real control plane must agree, and compares two.
//!
//! Random names are replaced by roles (`web/rs1/pod`), and Pods that one owner made are compared as a group: which of two
//! twins was bound first is chance. Changes of one thing within [`WAVE`] count as one.

use regex::Regex;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// One line of a watch trace.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// Milliseconds since the scenario began.
    pub(crate) at: i64,
    /// ADDED, MODIFIED, DELETED; ACTION where a recording marks an entry of the timeline.
    pub(crate) what: String,
    /// The object.
    pub(crate) object: Value,
}

/// Changes of one count within this time are one wave: only where it ends matters.
const WAVE: i64 = 900;
/// By how much times may differ: a real control plane needs a moment, and its kubelets were polled.
const TOLERANCE: i64 = 1_600;
/// By how much they may differ once a Node has failed: when it last renewed its Lease is chance.
const TOLERANCE_AFTER_FAILURE: i64 = 11_000;

/// What kubelets say; the recordings' stand-ins said nothing.
const KUBELET_REASONS: [&str; 23] = [
    "Pulling",
    "Pulled",
    "Created",
    "Started",
    "Killing",
    "BackOff",
    "Failed",
    "Unhealthy",
    "Starting",
    "NodeHasSufficientMemory",
    "NodeHasNoDiskPressure",
    "NodeHasSufficientPID",
    "NodeAllocatableEnforced",
    "NodeReady",
    "NodeNotSchedulable",
    "NodeSchedulable",
    "InspectFailed",
    "ErrImageNeverPull",
    "SandboxChanged",
    "FailedKillPod",
    "CIDRNotAvailable",
    "Rebooted",
    "NodeAllocatableEnforced",
];
const WORKLOADS: [&str; 6] =
    ["Deployment", "StatefulSet", "DaemonSet", "Job", "ReplicationController", "ReplicaSet"];
const COUNTS: [&str; 8] = [
    "replicas",
    "readyReplicas",
    "availableReplicas",
    "updatedReplicas",
    "currentNumberScheduled",
    "numberReady",
    "succeeded",
    "failed",
];
const MOMENTS: [&str; 6] = ["created", "bound", "ready", "deleting", "gone", "ended"];

type Sequence = Vec<(i64, String)>;

/// The facts of a trace.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    failed_at: Option<i64>,
    /// Sizes and conditions of workloads over time.
    scale: BTreeMap<String, Sequence>,
    /// Readiness, cordon and taints of Nodes over time.
    nodes: BTreeMap<String, Sequence>,
    /// When the Pods of each group reached each moment of their lives, sorted.
    pods: BTreeMap<String, BTreeMap<&'static str, Vec<i64>>>,
    /// How many Pods of each group each Node got, sorted.
    spread: BTreeMap<String, Vec<usize>>,
    /// What each workload counted last.
    last: BTreeMap<String, BTreeMap<&'static str, i64>>,
    events: BTreeSet<String>,
}

#[derive(Default)]
struct Life {
    moments: BTreeMap<&'static str, i64>,
    node: Option<String>,
}

/// Gives objects names that do not depend on chance.
#[derive(Default)]
struct Roles {
    by_uid: BTreeMap<String, String>,
    by_name: BTreeMap<String, String>,
    count: BTreeMap<String, usize>,
}

impl Roles {
    fn next(&mut self, of: &str) -> usize {
        let count = self.count.entry(of.to_owned()).or_default();
        *count += 1;
        *count
    }

    fn of(&mut self, object: &Value) -> String {
        let (kind, meta) = (text(&object["kind"]), &object["metadata"]);
        let name = text(&meta["name"]);
        let uid = meta["uid"].as_str().unwrap_or(&name).to_owned();
        if let Some(role) = self.by_uid.get(&uid) {
            return role.clone();
        }
        let owners = meta["ownerReferences"].as_array();
        let owner = owners.into_iter().flatten().find(|owner| owner["controller"] == true);
        let role = match (kind.as_str(), owner) {
            ("ReplicaSet", Some(owner)) => {
                let number = self.next(&text(&owner["uid"]));
                format!("{}/rs{number}", text(&owner["name"]))
            }
            ("Pod", Some(owner)) => {
                let base = self.by_uid.get(&text(&owner["uid"])).cloned().unwrap_or(text(&owner["name"]));
                if owner["kind"] == "StatefulSet" {
                    let number = self.next(&format!("{base} {name}"));
                    format!("{name}({number})")
                } else {
                    let number = self.next(&base);
                    format!("{base}/pod{number}")
                }
            }
            _ => name.clone(),
        };
        self.by_uid.insert(uid, role.clone());
        self.by_name.insert(name, role.clone());
        role
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or("").to_owned()
}

fn number(value: &Value) -> i64 {
    value.as_i64().unwrap_or(0)
}

impl Facts {
    /// Reduces a trace.
    pub(crate) fn of(trace: &[Entry]) -> Facts {
        let mut facts = Facts::default();
        let mut roles = Roles::default();
        let mut lives: BTreeMap<String, Life> = BTreeMap::new();
        let is_action = |entry: &&Entry| entry.what == "ACTION";
        facts.failed_at = trace
            .iter()
            .filter(is_action)
            .find(|entry| !entry.object["fail-node"].is_null())
            .map(|entry| entry.at);
        // Roles first: an Event may arrive before the object that it is about.
        for entry in trace.iter().filter(|entry| !is_action(entry)) {
            let kind = text(&entry.object["kind"]);
            if kind == "Pod" || WORKLOADS.contains(&kind.as_str()) {
                roles.of(&entry.object);
            }
        }
        for entry in trace.iter().filter(|entry| !is_action(entry)) {
            match text(&entry.object["kind"]).as_str() {
                kind if WORKLOADS.contains(&kind) => facts.workload(entry, kind, &mut roles),
                "Pod" => facts.pod(entry, roles.of(&entry.object), &mut lives),
                "Event" => facts.event(&entry.object, &roles),
                "Node" => facts.node(entry),
                _ => {}
            }
        }
        facts.group(lives);
        facts
    }

    fn workload(&mut self, entry: &Entry, kind: &str, roles: &mut Roles) {
        let role = format!("{kind}:{}", roles.of(&entry.object));
        let (spec, status) = (&entry.object["spec"], &entry.object["status"]);
        let size = match kind {
            "DaemonSet" => format!("desired {}", number(&status["desiredNumberScheduled"])),
            "Job" => {
                let [active, succeeded, failed] =
                    ["active", "succeeded", "failed"].map(|field| number(&status[field]));
                if (active, succeeded, failed) == (0, 0, 0) {
                    return;
                }
                format!("{active} active, {succeeded} succeeded, {failed} failed")
            }
            _ => format!("replicas {}", spec["replicas"]),
        };
        if kind == "Deployment" && status["conditions"].is_array() {
            let condition = |name: &str| {
                let all = status["conditions"].as_array();
                all.into_iter()
                    .flatten()
                    .find(|condition| condition["type"] == name)
                    .cloned()
                    .unwrap_or_default()
            };
            let now = format!("{} {}", condition("Available")["status"], condition("Progressing")["reason"]);
            push(self.scale.entry(format!("{role} conditions")).or_default(), entry.at, now);
        }
        let sequence = self.scale.entry(role.clone()).or_default();
        push(sequence, entry.at, size);
        if entry.what == "DELETED" {
            sequence.push((entry.at, "deleted".to_owned()));
            self.last.remove(&role);
        } else {
            let counts =
                COUNTS.iter().map(|field| (*field, number(&status[*field]))).filter(|(_, n)| *n != 0);
            self.last.insert(role, counts.collect());
        }
    }

    fn pod(&mut self, entry: &Entry, role: String, lives: &mut BTreeMap<String, Life>) {
        let (at, object) = (entry.at, &entry.object);
        let life = lives.entry(role).or_default();
        let mut first = |moment: &'static str| {
            life.moments.entry(moment).or_insert(at);
        };
        first("created");
        if object["spec"]["nodeName"].is_string() {
            first("bound");
        }
        let conditions = object["status"]["conditions"].as_array();
        if conditions.into_iter().flatten().any(|c| c["type"] == "Ready" && c["status"] == "True") {
            first("ready");
        }
        if object["metadata"]["deletionTimestamp"].is_string() || entry.what == "DELETED" {
            first("deleting");
        }
        if matches!(text(&object["status"]["phase"]).as_str(), "Succeeded" | "Failed") {
            first("ended");
        }
        if entry.what == "DELETED" {
            first("gone");
        }
        // A Job's Pods come one after the other to Nodes that are all equal again: which one they get is drawn by lot.
        let owners = object["metadata"]["ownerReferences"].as_array();
        let is_of_job = owners.into_iter().flatten().any(|owner| owner["kind"] == "Job");
        if life.node.is_none() && !is_of_job {
            life.node = object["spec"]["nodeName"].as_str().map(str::to_owned);
        }
    }

    fn node(&mut self, entry: &Entry) {
        let object = &entry.object;
        let now = if entry.what == "DELETED" {
            "gone".to_owned()
        } else {
            let conditions = object["status"]["conditions"].as_array();
            let ready = conditions.into_iter().flatten().find(|condition| condition["type"] == "Ready");
            let taints = object["spec"]["taints"].as_array();
            let mut taints: Vec<String> = taints
                .into_iter()
                .flatten()
                .map(|taint| {
                    let key = text(&taint["key"]);
                    format!("{}:{}", key.rsplit('/').next().unwrap_or(""), text(&taint["effect"]))
                })
                .collect();
            taints.sort();
            let cordoned = object["spec"]["unschedulable"] == true;
            format!("ready {:?}, cordoned {cordoned}, taints {taints:?}", ready.map(|r| text(&r["status"])))
        };
        push(self.nodes.entry(text(&object["metadata"]["name"])).or_default(), entry.at, now);
    }

    fn event(&mut self, event: &Value, roles: &Roles) {
        let reason = text(&event["reason"]);
        if KUBELET_REASONS.contains(&reason.as_str()) {
            return;
        }
        let mut message = text(&event["message"]);
        let mut names: Vec<&String> = roles.by_name.keys().filter(|name| name.len() > 8).collect();
        names.sort_by_key(|name| std::cmp::Reverse(name.len()));
        for name in names {
            let role =
                roles.by_name[name].trim_end_matches(')').trim_end_matches(|c: char| c.is_ascii_digit());
            message = message.replace(name.as_str(), &format!("<{role}>"));
        }
        let folded = match reason.as_str() {
            "ScalingReplicaSet" => replace(r"from \d+ to \d+", &message, "from N to N"),
            "Scheduled" => replace(r" to [a-z0-9-]+$", &message, " to <node>"),
            _ => message,
        };
        let folded = replace(r"[0-9a-f]{8}-[0-9a-f-]{27}", &folded, "<uid>");
        self.events.insert(format!("{} | {reason} | {folded}", text(&event["involvedObject"]["kind"])));
    }

    fn group(&mut self, lives: BTreeMap<String, Life>) {
        let mut nodes: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
        for (role, life) in lives {
            let group = match role.contains("/pod") {
                true => role.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned(),
                false => role,
            };
            let moments = self.pods.entry(group.clone()).or_default();
            for (moment, at) in life.moments {
                moments.entry(moment).or_default().push(at);
            }
            *nodes.entry(group).or_default().entry(life.node.unwrap_or_default()).or_default() += 1;
        }
        self.pods.values_mut().flat_map(BTreeMap::values_mut).for_each(|times| times.sort_unstable());
        self.spread = nodes
            .into_iter()
            .map(|(group, nodes)| {
                let mut counts: Vec<usize> = nodes.into_values().collect();
                counts.sort_unstable();
                (group, counts)
            })
            .collect();
    }
}

fn replace(pattern: &str, text: &str, with: &str) -> String {
    Regex::new(pattern).unwrap().replace_all(text, with).into_owned()
}

/// Adds what holds from now on, if it is new; of one wave only the end stays.
fn push(sequence: &mut Sequence, at: i64, now: String) {
    if sequence.last().is_none_or(|(_, before)| *before != now) {
        sequence.push((at, now));
    }
    while let [.., (before, _), (last, _)] = sequence.as_slice()
        && last - before < WAVE
    {
        sequence.remove(sequence.len() - 2);
    }
}

/// What differs, in words; empty where the two agree.
pub(crate) fn differences(ours: &Facts, real: &Facts) -> Vec<String> {
    let failed = [ours.failed_at, real.failed_at].into_iter().flatten().min().unwrap_or(i64::MAX);
    let near = |ours: &[i64], real: &[i64]| {
        let close =
            |a: i64, b: i64| (a - b).abs() <= if a > failed { TOLERANCE_AFTER_FAILURE } else { TOLERANCE };
        ours.len() == real.len() && ours.iter().zip(real).all(|(a, b)| close(*a, *b))
    };
    let mut found = Vec::new();
    for (part, ours, real) in [("scale", &ours.scale, &real.scale), ("nodes", &ours.nodes, &real.nodes)] {
        for key in keys(ours, real) {
            let split = |all: &BTreeMap<String, Sequence>| -> (Vec<i64>, Vec<String>) {
                all.get(key).into_iter().flatten().cloned().unzip()
            };
            let ((our_times, our_values), (real_times, real_values)) = (split(ours), split(real));
            if our_values != real_values {
                found.push(format!("{part} {key}: {our_values:?} ≠ {real_values:?}"));
            } else if !near(&our_times, &real_times) {
                found.push(format!("{part} {key}, times: {our_times:?} ≠ {real_times:?}"));
            }
        }
    }
    let none = BTreeMap::new();
    for group in keys(&ours.pods, &real.pods) {
        let (our, their) = (ours.pods.get(group).unwrap_or(&none), real.pods.get(group).unwrap_or(&none));
        for moment in MOMENTS {
            let times = |moments: &BTreeMap<&str, Vec<i64>>| moments.get(moment).cloned().unwrap_or_default();
            if !near(&times(our), &times(their)) {
                found.push(format!("Pods {group} {moment}: {:?} ≠ {:?}", times(our), times(their)));
            }
        }
        if ours.spread.get(group) != real.spread.get(group) {
            let (a, b) = (ours.spread.get(group), real.spread.get(group));
            found.push(format!("Pods {group} over the Nodes: {a:?} ≠ {b:?}"));
        }
    }
    for key in keys(&ours.last, &real.last) {
        if ours.last.get(key) != real.last.get(key) {
            found.push(format!("in the end {key}: {:?} ≠ {:?}", ours.last.get(key), real.last.get(key)));
        }
    }
    found.extend(ours.events.difference(&real.events).map(|event| format!("only simulated: {event}")));
    found.extend(real.events.difference(&ours.events).map(|event| format!("only real: {event}")));
    found
}

fn keys<'a, V>(one: &'a BTreeMap<String, V>, other: &'a BTreeMap<String, V>) -> BTreeSet<&'a String> {
    one.keys().chain(other.keys()).collect()
}
