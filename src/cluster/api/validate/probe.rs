//! Probes. Source: `pkg/apis/core/validation/validation.go` (`validateProbe`).

use super::rules;
use crate::cluster::api::field::FieldError;
use k8s_openapi::api::core::v1::Probe;

/// A probe; `kills` where its failure ends the container, so that one success must be enough.
pub(super) fn validate(path: &str, probe: &Probe, kills: bool, errors: &mut Vec<FieldError>) {
    let handlers =
        [probe.exec.is_some(), probe.http_get.is_some(), probe.tcp_socket.is_some(), probe.grpc.is_some()];
    match handlers.iter().filter(|there| **there).count() {
        0 => errors.push(FieldError::required(path, "must specify a handler type")),
        1 => {}
        _ => errors.push(FieldError::forbidden(path, "may not specify more than 1 handler type")),
    }
    let numbers = [
        ("initialDelaySeconds", probe.initial_delay_seconds),
        ("timeoutSeconds", probe.timeout_seconds),
        ("periodSeconds", probe.period_seconds),
        ("successThreshold", probe.success_threshold),
        ("failureThreshold", probe.failure_threshold),
    ];
    for (field, number) in numbers {
        errors.extend(rules::not_negative(&format!("{path}.{field}"), number));
    }
    if kills && let Some(times) = probe.success_threshold.filter(|times| *times != 1) {
        errors.push(FieldError::invalid(format!("{path}.successThreshold"), &times, "must be 1"));
    }
}
