//! Which Pods of a Job go when there are too many. Source: `pkg/controller/job/job_controller.go` (`activePodsForRemoval`),
//! `indexed_job_utils.go` (`appendDuplicatedIndexPodsForRemoval`).

use super::counting::index_in;
use super::{BURST, is_indexed};
use crate::cluster::controllers::deletion_order::by_activity;
use k8s_openapi::api::batch::v1::JobSpec;
use k8s_openapi::api::core::v1::Pod;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The active Pods that are too many, the first to go first: those of indexes that the Job does not have (any more); all but
/// one of each index; and then, until so many go, those that have done least.
pub(super) fn doomed(spec: &JobSpec, active: &[Arc<Pod>], too_many: usize) -> Vec<Arc<Pod>> {
    let (mut doomed, mut left) =
        if is_indexed(spec) { surplus(spec, active) } else { (vec![], active.to_vec()) };
    left.sort_by(|a, b| by_activity(a, b));
    left.truncate(too_many.saturating_sub(doomed.len()));
    doomed.extend(left);
    doomed.truncate(BURST);
    doomed
}

/// Of an Indexed Job's Pods those that are of no use, and the others: one for each index.
fn surplus(spec: &JobSpec, active: &[Arc<Pod>]) -> (Vec<Arc<Pod>>, Vec<Arc<Pod>>) {
    let completions = usize::try_from(spec.completions.unwrap_or(0)).unwrap_or(0);
    let mut by_index: BTreeMap<Option<usize>, Vec<Arc<Pod>>> = BTreeMap::new();
    for pod in active {
        by_index.entry(index_in(pod, completions)).or_default().push(pod.clone());
    }
    let (mut doomed, mut left) = (Vec::new(), Vec::new());
    for (index, mut pods) in by_index {
        pods.sort_by(|a, b| by_activity(a, b));
        left.extend(pods.pop_if(|_| index.is_some()));
        doomed.extend(pods);
    }
    (doomed, left)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::clock::SimTime;
    use crate::cluster::object::Resource;
    use serde_json::json;

    /// A running Pod of this index, made at so many seconds.
    fn pod(name: &str, index: Option<usize>, born: i64) -> Arc<Pod> {
        let index = index.map(|index| json!({"batch.kubernetes.io/job-completion-index": index.to_string()}));
        let json = json!({"metadata": {"name": name, "uid": name, "annotations": index,
            "creationTimestamp": SimTime(born * 1000).to_time()},
            "spec": {"nodeName": "node-a", "containers": []}, "status": {"phase": "Running"}});
        Arc::new(serde_json::from_value(json).unwrap())
    }

    fn names(spec: serde_json::Value, active: &[Arc<Pod>], too_many: usize) -> Vec<String> {
        let mut whole = json!({"template": {}});
        whole.as_object_mut().unwrap().extend(spec.as_object().unwrap().clone());
        let spec: JobSpec = serde_json::from_value(whole).unwrap();
        doomed(&spec, active, too_many).iter().map(|pod| pod.name().to_owned()).collect()
    }

    #[test]
    fn the_youngest_of_equals_goes_first() {
        let active = [pod("a", None, 1), pod("b", None, 3), pod("c", None, 2)];
        assert_eq!(names(json!({}), &active, 2), ["b", "c"]);
        assert_eq!(names(json!({}), &active, 0), [""; 0]);
    }

    #[test]
    fn an_index_has_one_pod_and_one_that_is_not_there_has_none() {
        let active = [
            pod("zero", Some(0), 1),
            pod("zero-again", Some(0), 2),
            pod("one", Some(1), 3),
            pod("lost", Some(2), 1),
            pod("stray", None, 1),
        ];
        let spec = json!({"completionMode": "Indexed", "completions": 2});
        assert_eq!(names(spec.clone(), &active, 0), ["lost", "stray", "zero-again"]);
        assert_eq!(names(spec, &active, 4), ["lost", "stray", "zero-again", "one"]);
    }
}
