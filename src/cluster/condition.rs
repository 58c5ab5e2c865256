//! Conditions of Pods and Nodes: `lastTransitionTime` moves only when the status does.
//!
//! Source: `pkg/api/v1/pod/util.go` (`UpdatePodCondition`), `pkg/util/node/node.go`.

use super::clock::SimTime;
use k8s_openapi::api::core::v1::{Node, NodeCondition, Pod, PodCondition};

/// A condition of a Pod.
pub fn pod_condition<'a>(pod: &'a Pod, type_: &str) -> Option<&'a PodCondition> {
    pod.status.as_ref()?.conditions.as_ref()?.iter().find(|condition| condition.type_ == type_)
}

/// Whether a condition of a Pod is True.
pub fn pod_is(pod: &Pod, type_: &str) -> bool {
    pod_condition(pod, type_).is_some_and(|condition| condition.status == "True")
}

/// Whether a Pod has run to its end.
pub fn is_finished(pod: &Pod) -> bool {
    let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
    matches!(phase, Some("Succeeded" | "Failed"))
}

/// A condition of a Node.
pub fn node_condition<'a>(node: &'a Node, type_: &str) -> Option<&'a NodeCondition> {
    node.status.as_ref()?.conditions.as_ref()?.iter().find(|condition| condition.type_ == type_)
}

/// Sets a condition of a Pod, in its place if the Pod has it already.
pub fn set_pod_condition(
    pod: &mut Pod,
    now: SimTime,
    type_: &str,
    status: &str,
    reason: Option<&str>,
    message: Option<&str>,
) {
    let observed_generation = pod.metadata.generation;
    let conditions = pod.status.get_or_insert_default().conditions.get_or_insert_default();
    let mut new = PodCondition {
        type_: type_.to_owned(),
        status: status.to_owned(),
        reason: reason.map(str::to_owned),
        message: message.map(str::to_owned),
        last_transition_time: Some(now.to_time()),
        observed_generation,
        ..PodCondition::default()
    };
    match conditions.iter_mut().find(|condition| condition.type_ == type_) {
        Some(old) => {
            if old.status == status {
                new.last_transition_time = old.last_transition_time.clone();
            }
            *old = new;
        }
        None => conditions.push(new),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_that_keeps_its_status_keeps_its_transition_time() {
        let mut pod = Pod::default();
        set_pod_condition(&mut pod, SimTime(0), "Ready", "False", Some("A"), None);
        set_pod_condition(&mut pod, SimTime(5000), "Ready", "False", Some("B"), None);
        let ready = pod_condition(&pod, "Ready").unwrap();
        assert_eq!(ready.reason.as_deref(), Some("B"));
        assert_eq!(ready.last_transition_time, Some(SimTime(0).to_time()));
        set_pod_condition(&mut pod, SimTime(9000), "Ready", "True", None, None);
        assert_eq!(pod_condition(&pod, "Ready").unwrap().last_transition_time, Some(SimTime(9000).to_time()));
    }
}
