//! Objects as an API server writes them out.
//!
//! The Go types of the API write some fields although nothing is in them; the Rust types leave those away. A watch has them.
//!
//! Source: the struct tags without `omitempty` in `staging/src/k8s.io/api/*/types.go`.

use super::object::Object;
use serde_json::{Map, Value, json};

/// The JSON of an object with the empty fields that clients of a real cluster see.
pub fn written(object: &Object) -> Value {
    let mut json = object.to_json();
    match object {
        Object::EndpointSlice(_) => fill(&mut json, &[("endpoints", Value::Null), ("ports", Value::Null)]),
        Object::Event(_) => fill(
            &mut json,
            &[
                ("eventTime", Value::Null),
                ("firstTimestamp", Value::Null),
                ("lastTimestamp", Value::Null),
                ("reportingComponent", json!("")),
                ("reportingInstance", json!("")),
                ("source", Value::Object(Map::new())),
            ],
        ),
        Object::HorizontalPodAutoscaler(_) => {
            json.pointer_mut("/status")
                .into_iter()
                .for_each(|it| fill(it, &[("currentMetrics", Value::Null)]));
        }
        Object::Pod(_) => {
            let conditions = json.pointer_mut("/status/conditions").and_then(Value::as_array_mut);
            conditions.into_iter().flatten().for_each(|it| fill(it, &[("lastProbeTime", Value::Null)]));
        }
        _ => {}
    }
    json
}

/// Puts in the fields that are not there.
fn fill(json: &mut Value, fields: &[(&str, Value)]) {
    let Value::Object(map) = json else { return };
    for (name, value) in fields {
        map.entry(*name).or_insert_with(|| value.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::object::Kind;

    #[test]
    fn what_is_empty_is_written_where_go_writes_it() {
        for (kind, object, expected) in [
            (Kind::EndpointSlice, json!({"addressType": "IPv4"}), json!({"endpoints": null, "ports": null})),
            (
                Kind::Event,
                json!({"involvedObject": {}, "count": 2, "firstTimestamp": "2026-01-01T00:00:00Z"}),
                json!({"eventTime": null, "firstTimestamp": "2026-01-01T00:00:00Z", "reportingInstance": ""}),
            ),
            (
                Kind::HorizontalPodAutoscaler,
                json!({"spec": {"maxReplicas": 1, "scaleTargetRef": {"kind": "a", "name": "b"}}, "status": {}}),
                json!({"status": {"desiredReplicas": 0, "currentMetrics": null}}),
            ),
            (
                Kind::Pod,
                json!({"status": {"conditions": [{"type": "Ready", "status": "True"}]}}),
                json!({"status": {"conditions": [{"type": "Ready", "status": "True", "lastProbeTime": null}]}}),
            ),
        ] {
            let object = Object::from_json(kind, object, |field| panic!("{field}")).unwrap();
            let written = written(&object);
            for (field, value) in expected.as_object().unwrap() {
                assert_eq!(written.get(field), Some(value), "{kind:?} {field}");
            }
        }
    }
}
