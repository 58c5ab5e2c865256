//! `kubectl get nodes`.

use super::{NONE, Table, age_of, listed};
use crate::cluster::clock::SimTime;
use crate::cluster::object::Resource;
use crate::cluster::state::State;
use k8s_openapi::api::core::v1::{Node, Taint};

const ROLE: &str = "node-role.kubernetes.io/";

/// `kubectl get nodes`.
pub fn nodes(state: &State, at: SimTime, wide: bool) -> Table {
    let more = ["INTERNAL-IP", "EXTERNAL-IP", "OS-IMAGE", "KERNEL-VERSION", "CONTAINER-RUNTIME"];
    let mut table = Table::new(&["NAME", "STATUS", "ROLES", "AGE", "VERSION"], wide.then_some(&more[..]));
    for node in listed::<Node>(state) {
        let status = node.status.clone().unwrap_or_default();
        let info = status.node_info.clone().unwrap_or_default();
        let mut row = vec![
            node.name().to_owned(),
            node_status(node),
            roles(node),
            age_of(&node.metadata, at),
            info.kubelet_version,
        ];
        if wide {
            let address = |kind: &str| {
                let addresses = status.addresses.iter().flatten();
                let found =
                    addresses.filter(|address| address.type_ == kind).map(|address| address.address.clone());
                found.into_iter().next().unwrap_or_else(|| NONE.to_owned())
            };
            let known = |text: String| if text.is_empty() { "<unknown>".to_owned() } else { text };
            row.extend([address("InternalIP"), address("ExternalIP")]);
            row.extend([
                known(info.os_image),
                known(info.kernel_version),
                known(info.container_runtime_version),
            ]);
        }
        table.rows.push(row);
    }
    table
}

/// `True`, `False` or `Unknown`, as the Ready condition says; none without one.
pub(crate) fn node_ready(node: &Node) -> Option<&str> {
    let mut conditions = node.status.iter().flat_map(|status| status.conditions.iter().flatten());
    conditions.find(|condition| condition.type_ == "Ready").map(|condition| condition.status.as_str())
}

/// The STATUS column: `Ready`, `NotReady`, `Unknown`, with `,SchedulingDisabled` behind it on a cordoned Node.
pub(crate) fn node_status(node: &Node) -> String {
    let word = match node_ready(node) {
        Some("True") => "Ready",
        Some(_) => "NotReady",
        None => "Unknown",
    };
    let cordoned = node.spec.as_ref().is_some_and(|spec| spec.unschedulable == Some(true));
    format!("{word}{}", if cordoned { ",SchedulingDisabled" } else { "" })
}

/// A taint as `kubectl taint` takes it.
pub(crate) fn taint_word(taint: &Taint) -> String {
    match taint.value.as_deref() {
        Some(value) if !value.is_empty() => format!("{}={value}:{}", taint.key, taint.effect),
        _ => format!("{}:{}", taint.key, taint.effect),
    }
}

fn roles(node: &Node) -> String {
    let labels = node.metadata.labels.iter().flatten();
    let mut roles: Vec<&str> = labels
        .filter_map(|(key, value)| match key.strip_prefix(ROLE) {
            Some(role) if !role.is_empty() => Some(role),
            _ => (key == "kubernetes.io/role" && !value.is_empty()).then_some(value.as_str()),
        })
        .collect();
    roles.sort_unstable();
    roles.dedup();
    if roles.is_empty() { NONE.to_owned() } else { roles.join(",") }
}
