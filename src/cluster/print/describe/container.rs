//! Containers, as `kubectl describe` shows them in Pods and in templates.

use super::page::Page;
use super::{NONE, date};
use crate::cluster::object::Resource;
use crate::cluster::quantity::Quantity;
use k8s_openapi::api::core::v1::{
    Container, ContainerPort, ContainerState, ContainerStatus, EnvVar, EnvVarSource, Pod, Probe,
    ResourceRequirements, VolumeMount,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as ApiQuantity;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use std::collections::BTreeMap;

/// All containers of a list, with what is known of each. `indent` is that of a template inside another object.
pub(super) fn containers(
    page: &mut Page,
    title: &str,
    containers: &[Container],
    statuses: &[ContainerStatus],
    resolve: &dyn Fn(&str) -> String,
    indent: &str,
) {
    let none = if containers.is_empty() { " <none>" } else { "" };
    page.line(0, &format!("{indent}{title}:{none}"));
    for container in containers {
        let status = statuses.iter().find(|status| status.name == container.name);
        let name_indent = if indent.is_empty() { "" } else { " " };
        page.line(1, &format!("{name_indent}{}:", container.name));
        basics(page, container, status);
        words(page, "Command", container.command.as_deref());
        words(page, "Args", container.args.as_deref());
        if let Some(status) = status {
            state(page, status);
        }
        if let Some(own) = &container.resources {
            resources(page, own, 2);
        }
        for (title, probe) in [
            ("Liveness", &container.liveness_probe),
            ("Readiness", &container.readiness_probe),
            ("Startup", &container.startup_probe),
        ] {
            if let Some(probe) = probe {
                page.field(2, title, probe_words(probe));
            }
        }
        sources(page, container);
        variables(page, container.env.as_deref().unwrap_or_default(), resolve);
        mounts(page, container.volume_mounts.as_deref().unwrap_or_default());
    }
}

fn basics(page: &mut Page, container: &Container, status: Option<&ContainerStatus>) {
    if let Some(status) = status {
        page.field(2, "Container ID", status.container_id.as_deref().unwrap_or(""));
    }
    page.field(2, "Image", container.image.as_deref().unwrap_or(""));
    if let Some(status) = status {
        page.field(2, "Image ID", &status.image_id);
    }
    let all = container.ports.as_deref().unwrap_or_default();
    let list = |number: fn(&ContainerPort) -> i32| {
        let port =
            |port: &ContainerPort| format!("{}/{}", number(port), port.protocol.as_deref().unwrap_or("TCP"));
        let ports: Vec<String> = all.iter().map(port).collect();
        if ports.is_empty() { NONE.to_owned() } else { ports.join(", ") }
    };
    let plural = if all.len() > 1 { "s" } else { "" };
    page.field(2, &format!("Port{plural}"), list(|port| port.container_port));
    page.field(2, &format!("Host Port{plural}"), list(|port| port.host_port.unwrap_or(0)));
}

fn words(page: &mut Page, title: &str, words: Option<&[String]>) {
    let Some(words) = words.filter(|words| !words.is_empty()) else { return };
    page.line(2, &format!("{title}:"));
    words.iter().flat_map(|word| word.split('\n')).for_each(|line| page.line(3, line));
}

fn state(page: &mut Page, status: &ContainerStatus) {
    let waiting = ContainerState::default();
    one_state(page, "State", status.state.as_ref().unwrap_or(&waiting));
    if let Some(last) = status.last_state.as_ref().filter(|state| state.terminated.is_some()) {
        one_state(page, "Last State", last);
    }
    page.field(2, "Ready", if status.ready { "True" } else { "False" });
    page.field(2, "Restart Count", status.restart_count);
}

fn one_state(page: &mut Page, title: &str, state: &ContainerState) {
    let mut reason = |title: &str, word: &str, reason: Option<&str>| {
        page.field(2, title, word);
        if let Some(reason) = reason.filter(|reason| !reason.is_empty()) {
            page.field(3, "Reason", reason);
        }
    };
    if let Some(running) = &state.running {
        reason(title, "Running", None);
        page.field(3, "Started", running.started_at.as_ref().map(date).unwrap_or_default());
    } else if let Some(terminated) = &state.terminated {
        reason(title, "Terminated", terminated.reason.as_deref());
        if let Some(message) = &terminated.message {
            page.field(3, "Message", message);
        }
        page.field(3, "Exit Code", terminated.exit_code);
        if let Some(signal) = terminated.signal.filter(|signal| *signal > 0) {
            page.field(3, "Signal", signal);
        }
        page.field(3, "Started", terminated.started_at.as_ref().map(date).unwrap_or_default());
        page.field(3, "Finished", terminated.finished_at.as_ref().map(date).unwrap_or_default());
    } else {
        let why = state.waiting.as_ref().and_then(|waiting| waiting.reason.as_deref());
        reason(title, "Waiting", why);
    }
}

/// Limits and requests, by name.
pub(super) fn resources(page: &mut Page, resources: &ResourceRequirements, level: usize) {
    let mut list = |title: &str, amounts: Option<&BTreeMap<String, ApiQuantity>>| {
        let Some(amounts) = amounts.filter(|amounts| !amounts.is_empty()) else { return };
        page.line(level, &format!("{title}:"));
        for (name, amount) in amounts {
            let canonical = Quantity::parse(&amount.0).map_or_else(|_| amount.0.clone(), |q| q.to_string());
            page.field(level + 1, name, canonical);
        }
    };
    list("Limits", resources.limits.as_ref());
    list("Requests", resources.requests.as_ref());
}

/// `http-get http://:8080/ok delay=0s timeout=1s period=10s #success=1 #failure=3`.
fn probe_words(probe: &Probe) -> String {
    let number = |number: Option<i32>| number.unwrap_or(0);
    let attributes = format!(
        "delay={}s timeout={}s period={}s #success={} #failure={}",
        number(probe.initial_delay_seconds),
        number(probe.timeout_seconds),
        number(probe.period_seconds),
        number(probe.success_threshold),
        number(probe.failure_threshold)
    );
    let port = |port: &IntOrString| match port {
        IntOrString::Int(number) => number.to_string(),
        IntOrString::String(name) => name.clone(),
    };
    let what = if let Some(exec) = &probe.exec {
        format!("exec [{}]", exec.command.as_deref().unwrap_or_default().join(" "))
    } else if let Some(get) = &probe.http_get {
        let scheme = get.scheme.as_deref().unwrap_or("HTTP").to_lowercase();
        let (host, path) = (get.host.as_deref().unwrap_or(""), get.path.as_deref().unwrap_or("/"));
        format!("http-get {scheme}://{host}:{}{path}", port(&get.port))
    } else if let Some(socket) = &probe.tcp_socket {
        format!("tcp-socket {}:{}", socket.host.as_deref().unwrap_or(""), port(&socket.port))
    } else if let Some(grpc) = &probe.grpc {
        format!("grpc <pod>:{} {}", grpc.port, grpc.service.as_deref().unwrap_or(""))
    } else {
        "unknown".to_owned()
    };
    format!("{what} {attributes}")
}

/// Where whole sets of variables come from.
fn sources(page: &mut Page, container: &Container) {
    let sources = container.env_from.as_deref().unwrap_or_default();
    if sources.is_empty() {
        return;
    }
    page.line(2, "Environment Variables from:");
    for source in sources {
        let (from, name, optional) = match (&source.config_map_ref, &source.secret_ref) {
            (Some(map), _) => ("ConfigMap", map.name.as_str(), map.optional),
            (None, Some(secret)) => ("Secret", secret.name.as_str(), secret.optional),
            (None, None) => ("", "", None),
        };
        let prefix = source.prefix.as_deref().filter(|prefix| !prefix.is_empty());
        let prefix = prefix.map(|prefix| format!(" with prefix '{prefix}'")).unwrap_or_default();
        page.line(3, &format!("{name}\t{from}{prefix}\tOptional: {}", optional.unwrap_or(false)));
    }
}

fn variables(page: &mut Page, variables: &[EnvVar], resolve: &dyn Fn(&str) -> String) {
    if variables.is_empty() {
        return page.field(2, "Environment", NONE);
    }
    page.line(2, "Environment:");
    for variable in variables {
        let name = &variable.name;
        match &variable.value_from {
            None => {
                for (index, line) in variable.value.as_deref().unwrap_or("").split('\n').enumerate() {
                    let name = if index == 0 { format!("{name}:") } else { String::new() };
                    page.line(3, &format!("{name}\t{line}"));
                }
            }
            Some(source) => {
                if let Some(from) = from_source(source, resolve) {
                    page.field(3, name, from);
                }
            }
        }
    }
}

fn from_source(source: &EnvVarSource, resolve: &dyn Fn(&str) -> String) -> Option<String> {
    if let Some(field) = &source.field_ref {
        let version = field.api_version.as_deref().unwrap_or("v1");
        return Some(format!("{} ({version}:{})", resolve(&field.field_path), field.field_path));
    }
    if let Some(amount) = &source.resource_field_ref {
        return Some(format!(" ({})", amount.resource));
    }
    if let Some(secret) = &source.secret_key_ref {
        let optional = secret.optional.unwrap_or(false);
        let (key, name) = (&secret.key, &secret.name);
        return Some(format!("<set to the key '{key}' in secret '{name}'>\tOptional: {optional}"));
    }
    let map = source.config_map_key_ref.as_ref()?;
    let (key, name, optional) = (&map.key, &map.name, map.optional.unwrap_or(false));
    Some(format!("<set to the key '{key}' of config map '{name}'>\tOptional: {optional}"))
}

/// The value of a field of a Pod that a variable may stand for; kubectl knows only those of the metadata.
pub(super) fn field_of(pod: &Pod, path: &str) -> String {
    let meta = &pod.metadata;
    let entry = |map: Option<&BTreeMap<String, String>>, key: &str| {
        map.and_then(|map| map.get(key)).cloned().unwrap_or_default()
    };
    if let Some((field, key)) = path.strip_suffix("']").and_then(|path| path.split_once("['")) {
        return match field {
            "metadata.labels" => entry(meta.labels.as_ref(), key),
            "metadata.annotations" => entry(meta.annotations.as_ref(), key),
            _ => String::new(),
        };
    }
    match path {
        "metadata.name" => pod.name().to_owned(),
        "metadata.namespace" => pod.namespace().to_owned(),
        "metadata.uid" => pod.uid().to_owned(),
        _ => String::new(),
    }
}

fn mounts(page: &mut Page, mounts: &[VolumeMount]) {
    if mounts.is_empty() {
        return page.field(2, "Mounts", NONE);
    }
    page.line(2, "Mounts:");
    let mut sorted: Vec<&VolumeMount> = mounts.iter().collect();
    sorted.sort_by_key(|mount| mount.mount_path.as_str());
    for mount in sorted {
        let how = if mount.read_only == Some(true) { "ro" } else { "rw" };
        let part = mount.sub_path.as_deref().filter(|path| !path.is_empty());
        let part = part.map(|path| format!(",path={path:?}")).unwrap_or_default();
        page.line(3, &format!("{} from {} ({how}{part})", mount.mount_path, mount.name));
    }
}
