//! The Nodes of a scenario: `node-a`, or a mapping with what differs from a Node of 4 CPUs, 8 Gi and 110 Pods.

use super::reader::{Reader, at, item};
use crate::cluster::clock::{Millis, SimTime};
use crate::cluster::machine::{LONGEST_BACK_OFF, Machine, Threshold, Thresholds, Watched};
use crate::cluster::quantity::Quantity;
use crate::problem::Problem;
use crate::yaml::{Node as Tree, Value};
use k8s_openapi::api::core::v1::{
    Node, NodeAddress, NodeCondition, NodeSpec as ApiNodeSpec, NodeStatus, NodeSystemInfo, Taint,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as ApiQuantity;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use std::collections::BTreeMap;

/// A Node as a scenario describes it.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeSpec {
    /// Its name.
    pub name: String,
    /// Its CPU.
    pub cpu: Quantity,
    /// Its memory.
    pub memory: Quantity,
    /// How many Pods it takes.
    pub pods: i64,
    /// Its labels, besides those that the kubelet sets.
    pub labels: BTreeMap<String, String>,
    /// Its taints.
    pub taints: Vec<Taint>,
    /// The size of its disk.
    pub disk: Quantity,
    /// What else is to be said of its machine.
    pub machine: Machine,
}

/// What may be said of a Node.
pub(super) const KEYS: [&str; 10] = [
    "name",
    "cpu",
    "memory",
    "pods",
    "labels",
    "taints",
    "disk",
    "image-disk",
    "eviction-hard",
    "max-restart-period",
];
/// The version that the simulated kubelets report.
const KUBELET_VERSION: &str = "v1.36.0";

impl NodeSpec {
    /// A Node of the usual size.
    pub fn named(name: &str) -> NodeSpec {
        NodeSpec {
            name: name.to_owned(),
            cpu: Quantity::from_milli(4000),
            memory: Quantity::parse("8Gi").unwrap_or(Quantity::ZERO),
            pods: 110,
            labels: BTreeMap::new(),
            taints: Vec::new(),
            disk: Quantity::parse("100Gi").unwrap_or(Quantity::ZERO),
            machine: Machine::default(),
        }
    }

    /// The object that its kubelet registers, ready at this moment; `number` tells Nodes' addresses apart.
    /// Source: `pkg/kubelet/nodestatus/setters.go`.
    pub fn to_object(&self, ready: SimTime, number: usize) -> Node {
        let mut labels = BTreeMap::from(
            [
                ("kubernetes.io/hostname", self.name.as_str()),
                ("kubernetes.io/os", "linux"),
                ("kubernetes.io/arch", "amd64"),
                ("beta.kubernetes.io/os", "linux"),
                ("beta.kubernetes.io/arch", "amd64"),
            ]
            .map(|(key, value)| (key.to_owned(), value.to_owned())),
        );
        labels.extend(self.labels.clone());
        let amounts = BTreeMap::from([
            ("cpu".to_owned(), ApiQuantity(self.cpu.to_string())),
            ("memory".to_owned(), ApiQuantity(self.memory.to_string())),
            ("ephemeral-storage".to_owned(), ApiQuantity(self.disk.to_string())),
            ("pods".to_owned(), ApiQuantity(self.pods.to_string())),
        ]);
        let condition = |kind: &str, status: &str, reason: &str, message: &str| NodeCondition {
            type_: kind.to_owned(),
            status: status.to_owned(),
            reason: Some(reason.to_owned()),
            message: Some(message.to_owned()),
            last_heartbeat_time: Some(ready.to_time()),
            last_transition_time: Some(ready.to_time()),
        };
        Node {
            metadata: ObjectMeta {
                name: Some(self.name.clone()),
                labels: Some(labels),
                annotations: Some(BTreeMap::from([(
                    "node.alpha.kubernetes.io/ttl".to_owned(),
                    "0".to_owned(),
                )])),
                ..ObjectMeta::default()
            },
            spec: Some(ApiNodeSpec {
                pod_cidr: Some(format!("10.244.{number}.0/24")),
                pod_cidrs: Some(vec![format!("10.244.{number}.0/24")]),
                taints: (!self.taints.is_empty()).then(|| self.taints.clone()),
                ..ApiNodeSpec::default()
            }),
            status: Some(NodeStatus {
                capacity: Some(amounts.clone()),
                allocatable: Some(amounts),
                addresses: Some(vec![
                    NodeAddress {
                        type_: "InternalIP".to_owned(),
                        address: format!("192.168.0.{}", 10 + number),
                    },
                    NodeAddress { type_: "Hostname".to_owned(), address: self.name.clone() },
                ]),
                conditions: Some(vec![
                    condition(
                        "MemoryPressure",
                        "False",
                        "KubeletHasSufficientMemory",
                        "kubelet has sufficient memory available",
                    ),
                    condition(
                        "DiskPressure",
                        "False",
                        "KubeletHasNoDiskPressure",
                        "kubelet has no disk pressure",
                    ),
                    condition(
                        "PIDPressure",
                        "False",
                        "KubeletHasSufficientPID",
                        "kubelet has sufficient PID available",
                    ),
                    condition("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
                ]),
                node_info: Some(NodeSystemInfo {
                    architecture: "amd64".to_owned(),
                    container_runtime_version: "containerd://2.2.0".to_owned(),
                    kernel_version: "6.12.0".to_owned(),
                    kubelet_version: KUBELET_VERSION.to_owned(),
                    operating_system: "linux".to_owned(),
                    os_image: "Doujia".to_owned(),
                    ..NodeSystemInfo::default()
                }),
                ..NodeStatus::default()
            }),
        }
    }
}

/// Reads `cluster.nodes`, of which there may be so many.
pub(super) fn read_all(reader: &mut Reader<'_>, list: &Tree, path: &str, most: usize) -> Vec<NodeSpec> {
    let items = reader.seq(list, path);
    if items.len() > most {
        reader.wrong(list, path, "too-many", items.len().to_string(), most.to_string());
        return Vec::new();
    }
    let mut nodes: Vec<NodeSpec> = Vec::new();
    for (i, tree) in items.iter().enumerate() {
        let Some(node) = read(reader, tree, &item(path, i)) else { continue };
        if nodes.iter().any(|other| other.name == node.name) {
            reader.wrong(tree, &item(path, i), "duplicate-name", node.name.as_str(), "");
        }
        nodes.push(node);
    }
    nodes
}

/// Reads one Node: a name, or a mapping.
pub(in crate::cluster) fn read(reader: &mut Reader<'_>, tree: &Tree, path: &str) -> Option<NodeSpec> {
    if tree.as_str().is_some() {
        return reader.object_name(tree, path).map(|name| NodeSpec::named(&name));
    }
    if !reader.keys(tree, path, &KEYS) {
        return None;
    }
    let name = reader.required(tree, path, "name")?;
    let mut node = NodeSpec::named(&reader.object_name(name, &at(path, "name"))?);
    if let Some(cpu) = tree.get("cpu") {
        node.cpu = reader.quantity(cpu, &at(path, "cpu"))?;
    }
    if let Some(memory) = tree.get("memory") {
        node.memory = reader.quantity(memory, &at(path, "memory"))?;
    }
    if let Some(pods) = tree.get("pods") {
        node.pods = reader.whole(pods, &at(path, "pods"), 0, 1000)?;
    }
    if let Some(labels) = tree.get("labels") {
        let path = at(path, "labels");
        if !matches!(labels.value, Value::Map(_)) {
            reader.expected(labels, &path, "mapping");
        }
        for entry in labels.entries() {
            match entry.value.scalar() {
                Some(value) => {
                    node.labels.insert(entry.key.clone(), value);
                }
                None => reader.expected(&entry.value, &at(&path, &entry.key), "string"),
            }
        }
    }
    if let Some(taints) = tree.get("taints") {
        let path = at(path, "taints");
        for (i, taint) in reader.seq(taints, &path).iter().enumerate() {
            node.taints.extend(read_taint(reader, taint, &item(&path, i)));
        }
    }
    if let Some(disk) = tree.get("disk") {
        node.disk = reader.quantity(disk, &at(path, "disk"))?;
    }
    if let Some(disk) = tree.get("image-disk") {
        node.machine.image_disk = Some(reader.quantity(disk, &at(path, "image-disk"))?.value());
    }
    if let Some(period) = tree.get("max-restart-period") {
        let path = at(path, "max-restart-period");
        let read = reader.time(period, &path, LONGEST_BACK_OFF)?;
        if read < Millis::secs(1) {
            reader.wrong(
                period,
                &path,
                "out-of-bounds",
                read.to_string(),
                format!("1s … {LONGEST_BACK_OFF}"),
            );
            return None;
        }
        node.machine.max_restart_period = read;
    }
    if let Some(map) = tree.get("eviction-hard") {
        node.machine.eviction_hard = read_thresholds(reader, map, &at(path, "eviction-hard"))?;
    }
    Some(node)
}

/// Reads `evictionHard` of a kubelet's configuration. As there, what is not named is not watched any more
/// (`mergeDefaultEvictionSettings` is off).
fn read_thresholds(reader: &mut Reader<'_>, map: &Tree, path: &str) -> Option<Thresholds> {
    if !reader.keys(map, path, &Watched::ALL.map(Watched::name)) {
        return None;
    }
    let mut thresholds = BTreeMap::new();
    for entry in map.entries() {
        let Some(watched) = Watched::parse(&entry.key) else { continue };
        let threshold = entry.value.scalar().and_then(|text| Threshold::parse(&text));
        match threshold {
            Some(threshold) => {
                thresholds.insert(watched, threshold);
            }
            None => reader.expected(&entry.value, &at(path, &entry.key), "threshold"),
        }
    }
    Some(Thresholds(thresholds))
}

/// Reads a taint as `kubectl taint` takes it: `key=value:Effect` or `key:Effect`.
fn read_taint(reader: &mut Reader<'_>, tree: &Tree, path: &str) -> Option<Taint> {
    let text = reader.string(tree, path)?;
    let taint = parse_taint(text);
    if taint.is_none() {
        reader.note(Problem::error(tree.place(reader.file(), path), "bad-taint").found(text));
    }
    taint
}

/// A taint from `key=value:Effect` or `key:Effect`; `None` for anything else.
pub(in crate::cluster) fn parse_taint(text: &str) -> Option<Taint> {
    let (rest, effect) = text.rsplit_once(':')?;
    if !matches!(effect, "NoSchedule" | "PreferNoSchedule" | "NoExecute") {
        return None;
    }
    let (key, value) = match rest.split_once('=') {
        Some((key, value)) => (key, Some(value.to_owned())),
        None => (rest, None),
    };
    (!key.is_empty()).then(|| Taint {
        key: key.to_owned(),
        value,
        effect: effect.to_owned(),
        time_added: None,
    })
}
