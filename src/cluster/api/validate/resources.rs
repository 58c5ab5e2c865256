//! What a container asks for and may use. Source: `pkg/apis/core/validation/validation.go` (`validateResourceRequirements`),
//! `pkg/apis/core/helper/helpers.go`.

use super::rules::{self, qualified_name};
use crate::cluster::api::field::FieldError;
use crate::cluster::quantity::Quantity;
use k8s_openapi::api::core::v1::ResourceRequirements;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as ApiQuantity;

/// What containers may ask for without a domain, besides huge pages.
const OF_CONTAINERS: [&str; 3] = ["cpu", "memory", "ephemeral-storage"];
/// What else has a name without a domain: it can be in a quota.
const OF_QUOTAS: [&str; 17] = [
    "requests.cpu",
    "requests.memory",
    "requests.ephemeral-storage",
    "limits.cpu",
    "limits.memory",
    "limits.ephemeral-storage",
    "pods",
    "resourcequotas",
    "services",
    "replicationcontrollers",
    "secrets",
    "persistentvolumeclaims",
    "configmaps",
    "services.nodeports",
    "services.loadbalancers",
    "storage",
    "requests.storage",
];

/// What is wrong with these resources.
pub(super) fn validate(path: &str, resources: &ResourceRequirements) -> Vec<FieldError> {
    let (limits_path, requests_path) = (format!("{path}.limits"), format!("{path}.requests"));
    let mut errors = Vec::new();
    for (name, limit) in resources.limits.iter().flatten() {
        errors.extend(validate_one(&format!("{limits_path}[{name}]"), name, limit));
    }
    for (name, request) in resources.requests.iter().flatten() {
        errors.extend(validate_one(&format!("{requests_path}[{name}]"), name, request));
        let limit = resources.limits.as_ref().and_then(|limits| limits.get(name));
        let overcommits = is_native(name) && !name.starts_with("hugepages-");
        let (Ok(asked), Some(Ok(limit))) =
            (Quantity::parse(&request.0), limit.map(|limit| Quantity::parse(&limit.0)))
        else {
            if limit.is_none() && !overcommits {
                let detail = "Limit must be set for non overcommitable resources";
                errors.push(FieldError::required(limits_path.clone(), detail));
            }
            continue;
        };
        let must = match asked.cmp(&limit) {
            std::cmp::Ordering::Equal => continue,
            _ if !overcommits => "must be equal to",
            std::cmp::Ordering::Less => continue,
            std::cmp::Ordering::Greater => "must be less than or equal to",
        };
        let detail = format!("{must} {name} limit of {limit}");
        errors.push(FieldError::invalid(requests_path.clone(), &asked.to_string(), detail));
    }
    errors
}

/// A resource without a domain, or with one of Kubernetes' own.
fn is_native(name: &str) -> bool {
    !name.contains('/') || name.contains("kubernetes.io/")
}

fn validate_one(path: &str, name: &str, value: &ApiQuantity) -> Vec<FieldError> {
    let invalid = |detail: &str| FieldError::invalid(path, &name, detail);
    let mut errors: Vec<FieldError> =
        qualified_name(name).into_iter().map(|detail| invalid(&detail)).collect();
    let of_containers = OF_CONTAINERS.contains(&name) || name.starts_with("hugepages-");
    if !name.contains('/') && !of_containers {
        if errors.is_empty() && !OF_QUOTAS.contains(&name) {
            errors.push(invalid("must be a standard resource type or fully qualified"));
        }
        errors.push(invalid("must be a standard resource for containers"));
    }
    errors.extend(rules::quantity(path, value));
    if let Ok(quantity) = Quantity::parse(&value.0)
        && !is_native(name)
        && quantity.milli() % 1000 != 0
    {
        errors.push(FieldError::invalid(path, &quantity.to_string(), "must be an integer"));
    }
    errors
}

#[cfg(test)]
mod tests {
    use super::super::tests::{pod, refusals};
    use serde_json::{Value, json};

    fn with(resources: Value) -> Vec<String> {
        refusals(pod(json!({"containers": [{"name": "a", "image": "web:1", "resources": resources}]})))
    }

    #[test]
    fn requests_are_quantities_within_their_limits() {
        let path = "spec.containers[0].resources";
        assert_eq!(
            with(json!({"requests": {"cpu": "2000m"}, "limits": {"cpu": "1"}})),
            [format!("{path}.requests: Invalid value: \"2\": must be less than or equal to cpu limit of 1")]
        );
        assert_eq!(
            with(json!({"requests": {"memory": "-1"}})),
            [format!("{path}.requests[memory]: Invalid value: \"-1\": must be greater than or equal to 0")]
        );
        let refused = with(json!({"requests": {"memory": "64MB"}}));
        assert!(refused[0].contains("quantities must match the regular expression"), "{refused:?}");
    }

    #[test]
    fn a_resource_without_a_domain_is_one_that_kubernetes_knows() {
        let path = "spec.containers[0].resources.requests";
        assert_eq!(
            with(json!({"requests": {"gpu": "1"}})),
            [
                format!(
                    "{path}[gpu]: Invalid value: \"gpu\": must be a standard resource type or fully qualified"
                ),
                format!("{path}[gpu]: Invalid value: \"gpu\": must be a standard resource for containers"),
            ]
        );
        assert_eq!(
            with(json!({"requests": {"pods": "1"}})),
            [format!("{path}[pods]: Invalid value: \"pods\": must be a standard resource for containers")]
        );
    }

    #[test]
    fn devices_are_whole_and_their_limit_is_their_request() {
        let path = "spec.containers[0].resources";
        let gpu = "example.com/gpu";
        assert_eq!(with(json!({"limits": {gpu: "1"}})), [""; 0]);
        assert_eq!(
            with(json!({"requests": {gpu: "1"}})),
            [format!("{path}.limits: Required value: Limit must be set for non overcommitable resources")]
        );
        assert_eq!(
            with(json!({"requests": {gpu: "1"}, "limits": {gpu: "2"}})),
            [format!("{path}.requests: Invalid value: \"1\": must be equal to {gpu} limit of 2")]
        );
        assert_eq!(
            with(json!({"limits": {gpu: "0.5"}})),
            [
                format!("{path}.limits[{gpu}]: Invalid value: \"500m\": must be an integer"),
                format!("{path}.requests[{gpu}]: Invalid value: \"500m\": must be an integer"),
            ]
        );
    }
}
