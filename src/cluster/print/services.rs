//! `kubectl get` of Services and what is behind them, of budgets and Events.

use super::{NONE, Table, age, age_of, labels, listed};
use crate::cluster::clock::SimTime;
use crate::cluster::events::times;
use crate::cluster::object::Resource;
use crate::cluster::state::State;
use k8s_openapi::api::core::v1::{Event, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, Time};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

/// `kubectl get services`.
pub fn services(state: &State, at: SimTime, wide: bool) -> Table {
    let narrow = ["NAME", "TYPE", "CLUSTER-IP", "EXTERNAL-IP", "PORT(S)", "AGE"];
    let mut table = Table::new(&narrow, wide.then_some(&["SELECTOR"][..]));
    for service in listed::<Service>(state) {
        let spec = service.spec.clone().unwrap_or_default();
        let kind = spec.type_.clone().unwrap_or_else(|| "ClusterIP".to_owned());
        let external = match (&spec.external_name, kind.as_str()) {
            (Some(name), "ExternalName") => name.clone(),
            (_, "LoadBalancer") => "<pending>".to_owned(),
            _ => NONE.to_owned(),
        };
        let ports: Vec<String> = spec
            .ports
            .iter()
            .flatten()
            .map(|port| {
                let protocol = port.protocol.as_deref().unwrap_or("TCP");
                match port.node_port.filter(|port| *port > 0) {
                    Some(node_port) => format!("{}:{node_port}/{protocol}", port.port),
                    None => format!("{}/{protocol}", port.port),
                }
            })
            .collect();
        let mut row = vec![
            service.name().to_owned(),
            kind,
            spec.cluster_ip.filter(|ip| !ip.is_empty()).unwrap_or_else(|| NONE.to_owned()),
            external,
            if ports.is_empty() { NONE.to_owned() } else { ports.join(",") },
            age_of(&service.metadata, at),
        ];
        if wide {
            row.push(labels(spec.selector.as_ref()));
        }
        table.rows.push(row);
    }
    table
}

/// `kubectl get endpointslices`.
pub fn endpoint_slices(state: &State, at: SimTime, _wide: bool) -> Table {
    let mut table = Table::new(&["NAME", "ADDRESSTYPE", "PORTS", "ENDPOINTS", "AGE"], None);
    for slice in listed::<EndpointSlice>(state) {
        let ports = slice.ports.iter().flatten().map(|port| match (port.port, &port.name) {
            (Some(number), _) => number.to_string(),
            (None, Some(name)) => name.clone(),
            (None, None) => "*".to_owned(),
        });
        let addresses =
            slice.endpoints.iter().flatten().flat_map(|endpoint| endpoint.addresses.iter().cloned());
        table.rows.push(vec![
            slice.name().to_owned(),
            slice.address_type.clone(),
            first_three(ports.collect()),
            first_three(addresses.collect()),
            age_of(&slice.metadata, at),
        ]);
    }
    table
}

/// Three of them, and how many more; `<unset>` for none.
fn first_three(items: Vec<String>) -> String {
    const SHOWN: usize = 3;
    match items.len() {
        0 => "<unset>".to_owned(),
        n if n <= SHOWN => items.join(","),
        n => format!("{} + {} more...", items[..SHOWN].join(","), n - SHOWN),
    }
}

/// `kubectl get pdb`.
pub fn budgets(state: &State, at: SimTime, _wide: bool) -> Table {
    let narrow = ["NAME", "MIN AVAILABLE", "MAX UNAVAILABLE", "ALLOWED DISRUPTIONS", "AGE"];
    let mut table = Table::new(&narrow, None);
    for budget in listed::<PodDisruptionBudget>(state) {
        let spec = budget.spec.clone().unwrap_or_default();
        let bound = |value: Option<IntOrString>| match value {
            None => "N/A".to_owned(),
            Some(IntOrString::Int(number)) => number.to_string(),
            Some(IntOrString::String(text)) => text,
        };
        let allowed = budget.status.as_ref().and_then(|status| status.disruptions_allowed).unwrap_or(0);
        table.rows.push(vec![
            budget.name().to_owned(),
            bound(spec.min_available),
            bound(spec.max_unavailable),
            allowed.to_string(),
            age_of(&budget.metadata, at),
        ]);
    }
    table
}

/// `kubectl get events --sort-by=.lastTimestamp`, the latest last.
pub fn events(state: &State, at: SimTime, wide: bool) -> Table {
    let (narrow, all): (&[&'static str], &[&'static str]) = (
        &["LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"],
        &[
            "LAST SEEN",
            "TYPE",
            "REASON",
            "OBJECT",
            "SUBOBJECT",
            "SOURCE",
            "MESSAGE",
            "FIRST SEEN",
            "COUNT",
            "NAME",
        ],
    );
    let mut table = Table::new(if wide { all } else { narrow }, None);
    let mut events = state.by_age::<Event>();
    let micro = |time: &MicroTime| SimTime::from_time(&Time(time.0));
    let first = |event: &Event| {
        let first = event.first_timestamp.as_ref().map(SimTime::from_time);
        first.or_else(|| event.event_time.as_ref().map(micro)).unwrap_or_default()
    };
    let last = |event: &Event| {
        let series = event.series.as_ref().and_then(|series| series.last_observed_time.as_ref()).map(micro);
        let seen = series.or_else(|| event.last_timestamp.as_ref().map(SimTime::from_time));
        seen.unwrap_or_else(|| first(event))
    };
    events.sort_by_key(|event| last(event));
    for event in events {
        let object = &event.involved_object;
        let name = object.name.as_deref().unwrap_or("");
        let about = format!("{}/{name}", object.kind.as_deref().unwrap_or("").to_lowercase());
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let mut row = vec![age(at.since(last(event))), text(&event.type_), text(&event.reason), about];
        if wide {
            row.push(text(&object.field_path));
            row.push(source(event));
        }
        row.push(text(&event.message).trim().to_owned());
        if wide {
            row.push(age(at.since(first(event))));
            row.push(times(event).to_string());
            row.push(event.name().to_owned());
        }
        table.rows.push(row);
    }
    table
}

/// `kubelet, node-a`; by the newer API who reports it, and from where (`formatEventSource`).
fn source(event: &Event) -> String {
    let source = event.source.clone().unwrap_or_default();
    let either = |old: Option<String>, new: &Option<String>| {
        old.filter(|name| !name.is_empty()).or_else(|| new.clone()).unwrap_or_default()
    };
    let component = either(source.component, &event.reporting_component);
    let host = either(source.host, &event.reporting_instance);
    if host.is_empty() { component } else { format!("{component}, {host}") }
}
