//! What `matchLabelKeys` and `mismatchLabelKeys` come to in a new Pod: its own values, written into the selectors.
//!
//! In: a Pod that is about to be made. Out: the selectors that the scheduler reads. Source: `pkg/registry/core/pod/strategy.go`
//! (`mutatePodAffinity`, `mutateTopologySpreadConstraints`; gate `MatchLabelKeysInPodTopologySpreadSelectorMerge`, on since 1.34).

use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, LabelSelectorRequirement};
use std::collections::BTreeMap;

type Labels = BTreeMap<String, String>;

/// Writes the Pod's values into its selectors.
pub(super) fn merge(pod: &mut Pod) {
    let labels = pod.metadata.labels.clone().unwrap_or_default();
    let Some(spec) = &mut pod.spec else { return };
    for constraint in spec.topology_spread_constraints.iter_mut().flatten() {
        add(constraint.label_selector.as_mut(), constraint.match_label_keys.as_deref(), "In", &labels);
    }
    let Some(affinity) = &mut spec.affinity else { return };
    let (mut required, mut preferred) = (Vec::new(), Vec::new());
    if let Some(own) = &mut affinity.pod_affinity {
        required.extend(own.required_during_scheduling_ignored_during_execution.iter_mut().flatten());
        preferred.extend(own.preferred_during_scheduling_ignored_during_execution.iter_mut().flatten());
    }
    if let Some(own) = &mut affinity.pod_anti_affinity {
        required.extend(own.required_during_scheduling_ignored_during_execution.iter_mut().flatten());
        preferred.extend(own.preferred_during_scheduling_ignored_during_execution.iter_mut().flatten());
    }
    let preferred = preferred.into_iter().map(|weighted| &mut weighted.pod_affinity_term);
    for term in preferred.chain(required) {
        let keys = [(&term.match_label_keys, "In"), (&term.mismatch_label_keys, "NotIn")];
        for (keys, operator) in keys {
            add(term.label_selector.as_mut(), keys.as_deref(), operator, &labels);
        }
    }
}

/// No selector matches nothing, whatever the keys; a label that the Pod has not is passed over.
fn add(selector: Option<&mut LabelSelector>, keys: Option<&[String]>, operator: &str, labels: &Labels) {
    let Some(selector) = selector else { return };
    for key in keys.into_iter().flatten() {
        let Some(value) = labels.get(key) else { continue };
        selector.match_expressions.get_or_insert_default().push(LabelSelectorRequirement {
            key: key.clone(),
            operator: operator.to_owned(),
            values: Some(vec![value.clone()]),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::merge;
    use k8s_openapi::api::core::v1::Pod;
    use serde_json::json;

    #[test]
    fn the_selectors_of_a_pod_get_its_own_values() {
        let keys = json!({"topologyKey": "zone", "labelSelector": {"matchLabels": {"app": "web"}},
            "matchLabelKeys": ["hash", "missing"], "mismatchLabelKeys": ["tenant"]});
        let bare = json!({"topologyKey": "zone", "matchLabelKeys": ["hash"]});
        let mut pod: Pod = serde_json::from_value(json!({
            "metadata": {"name": "p", "labels": {"app": "web", "hash": "1", "tenant": "a"}},
            "spec": {
                "containers": [],
                "affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [keys, bare]}},
                "topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule",
                    "labelSelector": {}, "matchLabelKeys": ["hash"]}],
            },
        }))
        .unwrap();
        merge(&mut pod);
        let pod = serde_json::to_value(&pod).unwrap();
        let hash = json!({"key": "hash", "operator": "In", "values": ["1"]});
        let tenant = json!({"key": "tenant", "operator": "NotIn", "values": ["a"]});
        let terms =
            &pod["spec"]["affinity"]["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"];
        assert_eq!(terms[0]["labelSelector"]["matchExpressions"], json!([hash, tenant]));
        assert_eq!(terms[1].get("labelSelector"), None);
        let spread = &pod["spec"]["topologySpreadConstraints"][0]["labelSelector"];
        assert_eq!(*spread, json!({"matchExpressions": [hash]}));
    }
}
