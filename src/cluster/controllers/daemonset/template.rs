//! The Pods of a DaemonSet: each bound to one Node by affinity, and tolerating what daemons tolerate.
//!
//! Source: `pkg/controller/daemon/util/daemonset_util.go` (`CreatePodTemplate`, `AddOrUpdateDaemonPodTolerations`,
//! `ReplaceDaemonSetPodNodeNameNodeAffinity`, `GetTargetNodeName`).

use crate::cluster::api::TEMPLATE_GENERATION;
use crate::cluster::controllers::history::POD_REVISION;
use crate::cluster::controllers::pod_control::pod_of;
use crate::cluster::controllers::pods::node_name;
use crate::cluster::node_affinity::{NAME_FIELD, RequiredNodes};
use crate::cluster::taint::{NO_EXECUTE, NO_SCHEDULE, NOT_READY, UNREACHABLE, UNSCHEDULABLE};
use k8s_openapi::api::apps::v1::DaemonSet;
use k8s_openapi::api::core::v1::{
    NodeSelector, NodeSelectorRequirement, NodeSelectorTerm, Pod, PodSpec, Toleration,
};

/// The label with the number of the template, from before there were revisions (`GetTemplateGeneration`).
const GENERATION: &str = "pod-template-generation";

/// What every daemon tolerates, without limit.
const TOLERATED: [(&str, &str); 6] = [
    (NOT_READY, NO_EXECUTE),
    (UNREACHABLE, NO_EXECUTE),
    ("node.kubernetes.io/disk-pressure", NO_SCHEDULE),
    ("node.kubernetes.io/memory-pressure", NO_SCHEDULE),
    ("node.kubernetes.io/pid-pressure", NO_SCHEDULE),
    (UNSCHEDULABLE, NO_SCHEDULE),
];

/// What a daemon on the host's network tolerates as well.
const NETWORK_UNAVAILABLE: &str = "node.kubernetes.io/network-unavailable";

/// The Pods of a set, but for the Node that each is for.
pub(super) fn pattern(set: &DaemonSet) -> Pod {
    let template = set.spec.as_ref().map(|spec| spec.template.clone()).unwrap_or_default();
    let mut pod = pod_of(set, &template);
    if let Some(number) = set.metadata.annotations.as_ref().and_then(|all| all.get(TEMPLATE_GENERATION)) {
        pod.metadata.labels.get_or_insert_default().insert(GENERATION.to_owned(), number.clone());
    }
    tolerate(pod.spec.get_or_insert_default());
    pod
}

/// The Pod of this revision for this Node.
pub(super) fn pod_for(pattern: &Pod, hash: &str, node: &str) -> Pod {
    let mut pod = pattern.clone();
    let labels = pod.metadata.labels.get_or_insert_default();
    labels.insert(POD_REVISION.to_owned(), hash.to_owned());
    let affinity = pod.spec.get_or_insert_default().affinity.get_or_insert_default();
    let name = NodeSelectorRequirement {
        key: NAME_FIELD.to_owned(),
        operator: "In".to_owned(),
        values: Some(vec![node.to_owned()]),
    };
    // What the template requires of Nodes has been looked at before a Pod is made, and makes way.
    affinity.node_affinity.get_or_insert_default().required_during_scheduling_ignored_during_execution =
        Some(NodeSelector {
            node_selector_terms: vec![NodeSelectorTerm {
                match_fields: Some(vec![name]),
                match_expressions: None,
            }],
        });
    pod
}

fn tolerate(spec: &mut PodSpec) {
    let on_host = spec.host_network.unwrap_or(false).then_some((NETWORK_UNAVAILABLE, NO_SCHEDULE));
    let own = spec.tolerations.get_or_insert_default();
    for (key, effect) in TOLERATED.into_iter().chain(on_host) {
        let toleration = Toleration {
            key: Some(key.to_owned()),
            operator: Some("Exists".to_owned()),
            effect: Some(effect.to_owned()),
            ..Toleration::default()
        };
        let same = |own: &&mut Toleration| {
            own.key == toleration.key
                && own.effect == toleration.effect
                && own.operator == toleration.operator
                && own.value.as_deref().unwrap_or("").is_empty()
        };
        match own.iter_mut().find(same) {
            Some(own) => *own = toleration,
            None => own.push(toleration),
        }
    }
}

/// The Node that a Pod is on, or is for.
pub(super) fn target(pod: &Pod) -> Option<String> {
    if let Some(node) = node_name(pod) {
        return Some(node.to_owned());
    }
    let required = RequiredNodes::of(pod.spec.as_ref()?);
    required.named()?.into_iter().next().map(str::to_owned)
}
