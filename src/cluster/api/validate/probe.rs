//! Probes and lifecycle hooks. Source: `pkg/apis/core/validation/validation.go` (`validateProbe`, `validateHandler`,
//! `validateLifecycle`).

use super::rules::{not_negative, one_of, port, port_or_name};
use crate::cluster::api::field::FieldError;
use k8s_openapi::api::core::v1::{
    ExecAction, GRPCAction, HTTPGetAction, Lifecycle, LifecycleHandler, Probe, SleepAction, TCPSocketAction,
};

const TWO_HANDLERS: &str = "may not specify more than 1 handler type";
const NO_HANDLER: &str = "must specify a handler type";

/// What a probe or a hook does.
#[derive(Default)]
struct Handler<'h> {
    exec: Option<&'h ExecAction>,
    http_get: Option<&'h HTTPGetAction>,
    tcp_socket: Option<&'h TCPSocketAction>,
    grpc: Option<&'h GRPCAction>,
    sleep: Option<&'h SleepAction>,
}

/// What a probe is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Its failure ends the container: one success must be enough.
    Kill,
    /// It ends nothing.
    Readiness,
}

/// What is wrong with a probe.
pub(super) fn validate(path: &str, probe: &Probe, purpose: Purpose) -> Vec<FieldError> {
    let handler = Handler {
        exec: probe.exec.as_ref(),
        http_get: probe.http_get.as_ref(),
        tcp_socket: probe.tcp_socket.as_ref(),
        grpc: probe.grpc.as_ref(),
        sleep: None,
    };
    let mut errors = validate_handler(path, &handler, None);
    let numbers = [
        ("initialDelaySeconds", probe.initial_delay_seconds),
        ("timeoutSeconds", probe.timeout_seconds),
        ("periodSeconds", probe.period_seconds),
        ("successThreshold", probe.success_threshold),
        ("failureThreshold", probe.failure_threshold),
    ];
    errors.extend(
        numbers.into_iter().filter_map(|(field, number)| not_negative(&format!("{path}.{field}"), number)),
    );
    let mut refuse = |field: &str, value: i64, detail: &str| {
        errors.push(FieldError::invalid(format!("{path}.{field}"), &value, detail));
    };
    let grace = probe.termination_grace_period_seconds;
    if let Some(grace) = grace.filter(|grace| *grace <= 0) {
        refuse("terminationGracePeriodSeconds", grace, "must be greater than 0");
    }
    match purpose {
        Purpose::Kill => {
            if let Some(times) = probe.success_threshold.filter(|times| *times != 1) {
                refuse("successThreshold", times.into(), "must be 1");
            }
        }
        Purpose::Readiness => {
            if let Some(grace) = grace {
                refuse("terminationGracePeriodSeconds", grace, "must not be set for readinessProbes");
            }
        }
    }
    errors
}

/// What is wrong with a container's hooks. `grace` is how long its Pod has to end.
pub(super) fn validate_lifecycle(path: &str, lifecycle: &Lifecycle, grace: Option<i64>) -> Vec<FieldError> {
    let handler = |hook: &LifecycleHandler, path: String| {
        let handler = Handler {
            exec: hook.exec.as_ref(),
            http_get: hook.http_get.as_ref(),
            tcp_socket: hook.tcp_socket.as_ref(),
            grpc: None,
            sleep: hook.sleep.as_ref(),
        };
        validate_handler(&path, &handler, grace)
    };
    let hooks = [("postStart", &lifecycle.post_start), ("preStop", &lifecycle.pre_stop)];
    hooks
        .into_iter()
        .filter_map(|(field, hook)| hook.as_ref().map(|hook| handler(hook, format!("{path}.{field}"))))
        .flatten()
        .collect()
}

/// Of several handlers the first is looked at, and the others are one too many.
fn validate_handler(path: &str, handler: &Handler<'_>, grace: Option<i64>) -> Vec<FieldError> {
    let at = |field: &str| format!("{path}.{field}");
    let exec = handler.exec.map(|exec| {
        let is_empty = exec.command.as_ref().is_none_or(Vec::is_empty);
        let missing = is_empty.then(|| FieldError::required(at("exec.command"), ""));
        missing.into_iter().collect()
    });
    let http_get = handler.http_get.map(|http| {
        let mut errors = port_or_name(&at("httpGet.port"), &http.port);
        errors.extend(one_of(&at("httpGet.scheme"), http.scheme.as_deref(), &["HTTP", "HTTPS"]));
        errors
    });
    let tcp_socket = handler.tcp_socket.map(|tcp| port_or_name(&at("tcpSocket.port"), &tcp.port));
    let grpc = handler.grpc.map(|grpc| port(&at("grpc.port"), grpc.port).into_iter().collect());
    let sleep = handler.sleep.map(|sleep| {
        let grace = grace.filter(|grace| !(0..=*grace).contains(&sleep.seconds));
        let detail = |grace: i64| {
            format!("must be non-negative and less than terminationGracePeriodSeconds ({grace})")
        };
        grace
            .map(|grace| FieldError::invalid(at("sleep"), &sleep.seconds, detail(grace)))
            .into_iter()
            .collect()
    });
    let listed: [(&str, Option<Vec<FieldError>>); 5] =
        [("exec", exec), ("httpGet", http_get), ("tcpSocket", tcp_socket), ("grpc", grpc), ("sleep", sleep)];
    let mut there = listed.into_iter().filter_map(|(field, errors)| Some((field, errors?)));
    let Some((_, mut errors)) = there.next() else {
        return vec![FieldError::required(path, NO_HANDLER)];
    };
    errors.extend(there.map(|(field, _)| FieldError::forbidden(at(field), TWO_HANDLERS)));
    errors
}

#[cfg(test)]
mod tests {
    use super::super::tests::{pod, refusals};
    use serde_json::{Value, json};

    /// What is said of a container with these fields, in a Pod that has 30 s to end.
    fn container(fields: Value) -> Vec<String> {
        let mut container = json!({"name": "app", "image": "web:1"});
        container.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        refusals(pod(json!({ "containers": [container] })))
    }

    #[test]
    fn a_probe_knows_what_to_do_and_where() {
        for (probe, why) in [
            (json!({"periodSeconds": 3}), ": Required value: must specify a handler type"),
            (json!({"exec": {}}), ".exec.command: Required value"),
            (
                json!({"httpGet": {"port": 70000}}),
                ".httpGet.port: Invalid value: 70000: must be between 1 and 65535, inclusive",
            ),
            (
                json!({"httpGet": {"port": "Web"}}),
                ".httpGet.port: Invalid value: \"Web\": must contain only alpha-numeric characters (a-z, 0-9), and \
                 hyphens (-)",
            ),
            (
                json!({"httpGet": {"port": 80, "scheme": "FTP"}}),
                ".httpGet.scheme: Unsupported value: \"FTP\": supported values: \"HTTP\", \"HTTPS\"",
            ),
            (
                json!({"tcpSocket": {"port": 0}}),
                ".tcpSocket.port: Invalid value: 0: must be between 1 and 65535, inclusive",
            ),
            (
                json!({"exec": {"command": ["true"]}, "tcpSocket": {"port": 80}}),
                ".tcpSocket: Forbidden: may not specify more than 1 handler type",
            ),
            (
                json!({"tcpSocket": {"port": 80}, "periodSeconds": -1}),
                ".periodSeconds: Invalid value: -1: must be greater than or equal to 0",
            ),
            (
                json!({"tcpSocket": {"port": 80}, "terminationGracePeriodSeconds": 5}),
                ".terminationGracePeriodSeconds: Invalid value: 5: must not be set for readinessProbes",
            ),
        ] {
            assert_eq!(
                container(json!({"readinessProbe": probe})),
                [format!("spec.containers[0].readinessProbe{why}")]
            );
        }
    }

    #[test]
    fn a_probe_that_kills_succeeds_at_once_and_leaves_some_time() {
        let probe =
            json!({"tcpSocket": {"port": 80}, "successThreshold": 2, "terminationGracePeriodSeconds": 0});
        assert_eq!(
            container(json!({"livenessProbe": probe})),
            [
                "spec.containers[0].livenessProbe.terminationGracePeriodSeconds: Invalid value: 0: must be greater than 0",
                "spec.containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1",
            ]
        );
    }

    #[test]
    fn a_hook_does_something_and_does_not_sleep_longer_than_the_pod_has() {
        let hook = |hook: Value| container(json!({"lifecycle": {"preStop": hook}}));
        assert_eq!(hook(json!({"sleep": {"seconds": 30}})), [""; 0]);
        assert_eq!(
            hook(json!({})),
            ["spec.containers[0].lifecycle.preStop: Required value: must specify a handler type"]
        );
        assert_eq!(
            hook(json!({"sleep": {"seconds": 31}})),
            [
                "spec.containers[0].lifecycle.preStop.sleep: Invalid value: 31: must be non-negative and less than \
                 terminationGracePeriodSeconds (30)"
            ]
        );
    }
}
