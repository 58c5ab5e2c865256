//! autoscaling/v2. Source: `pkg/apis/autoscaling/validation/validation.go`.

use super::Validate;
use super::rules::{one_of, quantity};
use crate::cluster::api::field::FieldError;
use crate::cluster::quantity::Quantity;
use k8s_openapi::api::autoscaling::v2::{HPAScalingRules, HorizontalPodAutoscaler, MetricSpec, MetricTarget};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as ApiQuantity;

/// The longest period of a policy, in seconds.
const LONGEST_PERIOD: i32 = 1800;
/// The longest stabilization window, in seconds.
const LONGEST_WINDOW: i32 = 3600;

impl Validate for HorizontalPodAutoscaler {
    fn validate(&self) -> Vec<FieldError> {
        let spec = &self.spec;
        let mut errors = Vec::new();
        let least = spec.min_replicas.unwrap_or(1);
        if least < 1 {
            let detail = "must be greater than or equal to 1";
            errors.push(FieldError::invalid("spec.minReplicas", &least, detail));
        }
        let most = &spec.max_replicas;
        if *most < 1 {
            errors.push(FieldError::invalid("spec.maxReplicas", most, "must be greater than 0"));
        }
        if *most < least {
            let detail = "must be greater than or equal to `minReplicas`";
            errors.push(FieldError::invalid("spec.maxReplicas", most, detail));
        }
        for (field, word) in [("kind", &spec.scale_target_ref.kind), ("name", &spec.scale_target_ref.name)] {
            if word.is_empty() {
                errors.push(FieldError::required(format!("spec.scaleTargetRef.{field}"), ""));
            }
        }
        for (index, metric) in spec.metrics.iter().flatten().enumerate() {
            errors.extend(validate_metric(metric, &format!("spec.metrics[{index}]")));
        }
        if let Some(behavior) = &spec.behavior {
            let rules = [("scaleUp", &behavior.scale_up), ("scaleDown", &behavior.scale_down)];
            for (field, rules) in rules {
                let path = format!("spec.behavior.{field}");
                errors.extend(rules.iter().flat_map(|rules| validate_rules(rules, &path)));
            }
        }
        errors
    }
}

/// A metric has one source, the one that its type names, and that one a name and a target.
fn validate_metric(metric: &MetricSpec, path: &str) -> Vec<FieldError> {
    const TYPES: [&str; 5] = ["ContainerResource", "External", "Object", "Pods", "Resource"];
    let mut errors = Vec::new();
    if metric.type_.is_empty() {
        errors.push(FieldError::required(format!("{path}.type"), "must specify a metric source type"));
    }
    errors.extend(one_of(&format!("{path}.type"), Some(&metric.type_), &TYPES));
    let sources = sources(metric);
    if let Some((field, source)) =
        sources.iter().find_map(|(_, field, source)| Some((field, source.as_ref()?)))
    {
        errors.extend(validate_source(source, &format!("{path}.{field}")));
    }
    let Some((_, expected, _)) = sources.iter().find(|(type_, ..)| *type_ == metric.type_) else {
        return errors;
    };
    let present: Vec<&str> =
        sources.iter().filter(|(.., source)| source.is_some()).map(|(_, field, _)| *field).collect();
    if !present.contains(expected) {
        let detail = "must populate information for the given metric source";
        errors.push(FieldError::required(format!("{path}.{expected}"), detail));
    }
    if present.len() != 1 {
        let detail = "must populate the given metric source only";
        let others = present.iter().filter(|field| *field != expected);
        errors.extend(others.map(|field| FieldError::forbidden(format!("{path}.{field}"), detail)));
    }
    errors
}

/// What the sources have in common.
struct Source<'m> {
    /// The names that it needs: where, what, and the words for a missing one.
    names: Vec<(&'static str, &'m str, &'static str)>,
    target: &'m MetricTarget,
    /// Which kinds of target it takes.
    targets: Targets,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Targets {
    /// Of the requests, or as it is.
    Resource,
    /// For each Pod.
    Average,
    /// Of the whole, or for each Pod.
    Either,
    /// One of the two, not both.
    OneOf,
}

/// The sources in the order in which the API server looks at them.
fn sources(metric: &MetricSpec) -> [(&'static str, &'static str, Option<Source<'_>>); 5] {
    const NAME: &str = "must specify a metric name";
    const RESOURCE: &str = "must specify a resource name";
    let object = metric.object.as_ref().map(|source| Source {
        names: vec![
            ("describedObject.kind", source.described_object.kind.as_str(), ""),
            ("describedObject.name", source.described_object.name.as_str(), ""),
            ("metric.name", source.metric.name.as_str(), NAME),
        ],
        target: &source.target,
        targets: Targets::Either,
    });
    let external = metric.external.as_ref().map(|source| Source {
        names: vec![("metric.name", source.metric.name.as_str(), NAME)],
        target: &source.target,
        targets: Targets::OneOf,
    });
    let pods = metric.pods.as_ref().map(|source| Source {
        names: vec![("metric.name", source.metric.name.as_str(), NAME)],
        target: &source.target,
        targets: Targets::Average,
    });
    let resource = metric.resource.as_ref().map(|source| Source {
        names: vec![("name", source.name.as_str(), RESOURCE)],
        target: &source.target,
        targets: Targets::Resource,
    });
    let container = metric.container_resource.as_ref().map(|source| Source {
        names: vec![
            ("name", source.name.as_str(), RESOURCE),
            ("container", source.container.as_str(), "must specify a container"),
        ],
        target: &source.target,
        targets: Targets::Resource,
    });
    [
        ("Object", "object", object),
        ("External", "external", external),
        ("Pods", "pods", pods),
        ("Resource", "resource", resource),
        ("ContainerResource", "containerResource", container),
    ]
}

fn validate_source(source: &Source<'_>, path: &str) -> Vec<FieldError> {
    let mut errors = Vec::new();
    for (field, name, detail) in &source.names {
        if name.is_empty() {
            errors.push(FieldError::required(format!("{path}.{field}"), *detail));
        }
    }
    let (target, path) = (source.target, format!("{path}.target"));
    errors.extend(validate_target(target, &path));
    let (value, average) = (target.value.is_some(), target.average_value.is_some());
    let percent = target.average_utilization.is_some();
    let required = |field: &str, detail: &str| FieldError::required(format!("{path}.{field}"), detail);
    let forbidden = |field: &str, detail: &str| FieldError::forbidden(format!("{path}.{field}"), detail);
    errors.extend(match source.targets {
        Targets::Resource if !percent && !average => {
            Some(required("averageUtilization", "must set either a target raw value or a target utilization"))
        }
        Targets::Resource if percent && average => {
            Some(forbidden("averageValue", "may not set both a target raw value and a target utilization"))
        }
        Targets::Average if !average => {
            Some(required("averageValue", "must specify a positive target averageValue"))
        }
        Targets::Either if !value && !average => {
            Some(required("averageValue", "must set either a target value or averageValue"))
        }
        Targets::OneOf if !value && !average => {
            Some(required("averageValue", "must set either a target value for metric or a per-pod target"))
        }
        Targets::OneOf if value && average => {
            Some(forbidden("value", "may not set both a target value for metric and a per-pod target"))
        }
        _ => None,
    });
    errors
}

fn validate_target(target: &MetricTarget, path: &str) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let type_ = format!("{path}.type");
    if target.type_.is_empty() {
        errors.push(FieldError::required(type_.clone(), "must specify a metric target type"));
    }
    if !["Utilization", "Value", "AverageValue"].contains(&target.type_.as_str()) {
        let detail = "must be either Utilization, Value, or AverageValue";
        errors.push(FieldError::invalid(type_, &target.type_, detail));
    }
    let is_positive =
        |value: &ApiQuantity| Quantity::parse(&value.0).is_ok_and(|quantity| quantity.milli() > 0);
    for (field, value) in [("value", &target.value), ("averageValue", &target.average_value)] {
        if let Some(value) = value.as_ref().filter(|value| !is_positive(value)) {
            errors.push(FieldError::invalid(format!("{path}.{field}"), &value.0, "must be positive"));
        }
    }
    if let Some(percent) = target.average_utilization.filter(|percent| *percent < 1) {
        let path = format!("{path}.averageUtilization");
        errors.push(FieldError::invalid(path, &percent, "must be greater than 0"));
    }
    errors
}

fn validate_rules(rules: &HPAScalingRules, path: &str) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let window = format!("{path}.stabilizationWindowSeconds");
    if let Some(seconds) = rules.stabilization_window_seconds {
        if seconds < 0 {
            errors.push(FieldError::invalid(window, &seconds, "must be greater than or equal to zero"));
        } else if seconds > LONGEST_WINDOW {
            let detail = format!("must be less than or equal to {LONGEST_WINDOW}");
            errors.push(FieldError::invalid(window, &seconds, detail));
        }
    }
    errors.extend(one_of(
        &format!("{path}.selectPolicy"),
        rules.select_policy.as_deref(),
        &["Disabled", "Max", "Min"],
    ));
    let policies = rules.policies.as_deref().unwrap_or_default();
    if policies.is_empty() {
        errors.push(FieldError::required(format!("{path}.policies"), "must specify at least one Policy"));
    }
    for (index, policy) in policies.iter().enumerate() {
        let path = format!("{path}.policies[{index}]");
        errors.extend(one_of(&format!("{path}.type"), Some(&policy.type_), &["Percent", "Pods"]));
        for (field, number) in [("value", policy.value), ("periodSeconds", policy.period_seconds)] {
            if number <= 0 {
                let path = format!("{path}.{field}");
                errors.push(FieldError::invalid(path, &number, "must be greater than zero"));
            }
        }
        if policy.period_seconds > LONGEST_PERIOD {
            let detail = format!("must be less than or equal to {LONGEST_PERIOD}");
            errors.push(FieldError::invalid(format!("{path}.periodSeconds"), &policy.period_seconds, detail));
        }
    }
    let tolerance = rules.tolerance.iter();
    errors.extend(tolerance.filter_map(|own| quantity(&format!("{path}.tolerance"), own)));
    errors
}

#[cfg(test)]
mod tests {
    use super::super::tests::refusals;
    use serde_json::{Value, json};

    fn autoscaler(fields: Value) -> Vec<String> {
        let mut spec = json!({"maxReplicas": 5, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}});
        for (key, value) in fields.as_object().unwrap() {
            spec[key] = value.clone();
        }
        refusals(
            json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "web"}, "spec": spec}),
        )
    }

    #[test]
    fn a_metric_has_the_source_of_its_type_and_that_one_a_target() {
        let metric = |metric: Value| autoscaler(json!({"metrics": [metric]}));
        let path = "spec.metrics[0]";
        let cpu = |target: Value| json!({"type": "Resource", "resource": {"name": "cpu", "target": target}});
        assert_eq!(metric(cpu(json!({"type": "Utilization", "averageUtilization": 50}))), [""; 0]);
        assert_eq!(
            metric(cpu(json!({"type": "Utilization", "averageUtilization": 0}))),
            [format!("{path}.resource.target.averageUtilization: Invalid value: 0: must be greater than 0")]
        );
        assert_eq!(
            metric(
                json!({"type": "Pods", "pods": {"metric": {"name": ""}, "target": {"type": "Value", "value": "0"}}})
            ),
            [
                format!("{path}.pods.metric.name: Required value: must specify a metric name"),
                format!("{path}.pods.target.value: Invalid value: \"0\": must be positive"),
                format!(
                    "{path}.pods.target.averageValue: Required value: must specify a positive target averageValue"
                ),
            ]
        );
        assert_eq!(
            metric(
                json!({"type": "External", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 5}}})
            ),
            [format!(
                "{path}.external: Required value: must populate information for the given metric source"
            )]
        );
    }

    #[test]
    fn a_tolerance_is_not_negative() {
        let tolerance = |text: &str| autoscaler(json!({"behavior": {"scaleUp": {"tolerance": text}}}));
        assert_eq!(tolerance("0.1"), [""; 0]);
        assert_eq!(
            tolerance("-0.1"),
            ["spec.behavior.scaleUp.tolerance: Invalid value: \"-100m\": must be greater than or equal to 0"]
        );
    }

    #[test]
    fn a_policy_takes_time_and_does_something() {
        let up = json!({"stabilizationWindowSeconds": 3601, "selectPolicy": "Most",
            "policies": [{"type": "Pods", "value": 0, "periodSeconds": 1801}]});
        let path = "spec.behavior.scaleUp";
        assert_eq!(
            autoscaler(json!({"behavior": {"scaleUp": up}})),
            [
                format!(
                    "{path}.stabilizationWindowSeconds: Invalid value: 3601: must be less than or equal to 3600"
                ),
                format!(
                    "{path}.selectPolicy: Unsupported value: \"Most\": supported values: \"Disabled\", \"Max\", \"Min\""
                ),
                format!("{path}.policies[0].value: Invalid value: 0: must be greater than zero"),
                format!(
                    "{path}.policies[0].periodSeconds: Invalid value: 1801: must be less than or equal to 1800"
                ),
            ]
        );
    }
}
