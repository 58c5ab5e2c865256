//! Who a Pod of a StatefulSet is: its ordinal, and from that its name, its host name and its labels.
//!
//! Source: `pkg/controller/statefulset/stateful_set_utils.go` (`getParentNameAndOrdinal`, `newVersionedStatefulSetPod`,
//! `updateIdentity`, `initIdentity`).

use super::claims;
use crate::cluster::controllers::history::{POD_REVISION, template_of};
use crate::cluster::controllers::pod_control::pod_of;
use crate::cluster::object::Resource;
use crate::cluster::selector::Labels;
use k8s_openapi::api::apps::v1::{ControllerRevision, StatefulSet};
use k8s_openapi::api::core::v1::Pod;

const POD_NAME: &str = "statefulset.kubernetes.io/pod-name";
const POD_INDEX: &str = "apps.kubernetes.io/pod-index";

/// Which ordinal of the set a Pod of this name has; `None` if it is no name of the set's.
pub(super) fn ordinal_of(set: &str, pod: &str) -> Option<i32> {
    let digits = pod.strip_prefix(set)?.strip_prefix('-')?;
    digits.parse().ok().filter(|ordinal: &i32| *ordinal >= 0 && ordinal.to_string() == digits)
}

/// The name of the Pod with this ordinal.
pub(super) fn pod_name(set: &str, ordinal: i32) -> String {
    format!("{set}-{ordinal}")
}

/// The Pod with this ordinal as this revision wants it.
pub(super) fn new_pod(set: &StatefulSet, revision: &ControllerRevision, ordinal: i32) -> Pod {
    let mut pod = pod_of(set, &template_of(revision).unwrap_or_default());
    let name = pod_name(set.name(), ordinal);
    pod.metadata.name = Some(name.clone());
    let labels = pod.metadata.labels.get_or_insert_default();
    mark(labels, &name, ordinal);
    labels.insert(POD_REVISION.to_owned(), revision.name().to_owned());
    let spec = pod.spec.get_or_insert_default();
    spec.subdomain =
        set.spec.as_ref().and_then(|spec| spec.service_name.clone()).filter(|name| !name.is_empty());
    claims::mount(set, ordinal, spec);
    spec.hostname = Some(name);
    pod
}

/// Writes name and ordinal into the labels, by which a Service can choose one Pod.
pub(super) fn mark(labels: &mut Labels, name: &str, ordinal: i32) {
    labels.insert(POD_NAME.to_owned(), name.to_owned());
    labels.insert(POD_INDEX.to_owned(), ordinal.to_string());
}

/// Whether the labels say who the Pod is.
pub(super) fn is_marked(pod: &Pod, ordinal: i32) -> bool {
    let label = |key| pod.metadata.labels.as_ref().and_then(|labels| labels.get(key));
    label(POD_NAME).is_some_and(|own| own == pod.name()) && label(POD_INDEX) == Some(&ordinal.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ordinal_is_the_number_behind_the_sets_name() {
        for (pod, ordinal) in [
            ("db-0", Some(0)),
            ("db-12", Some(12)),
            ("db-", None),
            ("db-01", None),
            ("db-x", None),
            ("db--1", None),
            ("dbx-1", None),
            ("other-1", None),
            ("db-2-1", None),
        ] {
            assert_eq!(ordinal_of("db", pod), ordinal, "{pod}");
        }
    }
}
