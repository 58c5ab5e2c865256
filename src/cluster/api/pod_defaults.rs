//! What the API server fills into a Pod and into a Pod template.
//!
//! Sources: `pkg/apis/core/v1/defaults.go`; admission plugin `defaulttolerationseconds`;
//! docs "Pod Quality of Service Classes" (`pkg/apis/core/v1/helper/qos/qos.go`).

use super::{Admit, label_keys, pod_volume_defaults, priority};
use crate::cluster::quantity::Quantity;
use crate::cluster::state::State;
use k8s_openapi::api::core::v1::{
    Container, HTTPGetAction, ObjectFieldSelector, Pod, PodCondition, PodSpec, PodTemplateSpec, Probe,
    ResourceRequirements, Toleration,
};

/// Default `tolerationSeconds` of `not-ready` and `unreachable`: how long a Pod stays on a lost Node.
const TOLERATION_SECONDS: i64 = 300;

/// Fills in a Pod template.
pub(super) fn fill_in_template(template: &mut PodTemplateSpec) {
    fill_in_spec(template.spec.get_or_insert_default());
}

fn fill_in_spec(spec: &mut PodSpec) {
    spec.restart_policy.get_or_insert_with(|| "Always".to_owned());
    spec.termination_grace_period_seconds.get_or_insert(30);
    spec.dns_policy.get_or_insert_with(|| "ClusterFirst".to_owned());
    spec.security_context.get_or_insert_default();
    spec.scheduler_name.get_or_insert_with(|| "default-scheduler".to_owned());
    spec.volumes.iter_mut().flatten().for_each(pod_volume_defaults::fill_in);
    for container in spec.containers.iter_mut().chain(spec.init_containers.iter_mut().flatten()) {
        fill_in_container(container);
    }
}

/// In the network of its Node, a Pod's port is the Node's; in a template that is left open.
fn fill_in_host_ports(spec: &mut PodSpec) {
    let containers = spec.containers.iter_mut().chain(spec.init_containers.iter_mut().flatten());
    for port in containers.flat_map(|container| container.ports.iter_mut().flatten()) {
        if port.host_port.unwrap_or(0) == 0 {
            port.host_port = Some(port.container_port);
        }
    }
}

fn fill_in_container(container: &mut Container) {
    if container.image_pull_policy.is_none() {
        let always = container.image.as_deref().is_some_and(is_latest);
        container.image_pull_policy = Some(if always { "Always" } else { "IfNotPresent" }.to_owned());
    }
    container.termination_message_path.get_or_insert_with(|| "/dev/termination-log".to_owned());
    container.termination_message_policy.get_or_insert_with(|| "File".to_owned());
    fill_in_requests(container.resources.get_or_insert_default());
    for port in container.ports.iter_mut().flatten() {
        port.protocol.get_or_insert_with(|| "TCP".to_owned());
    }
    for field in
        container.env.iter_mut().flatten().filter_map(|own| own.value_from.as_mut()?.field_ref.as_mut())
    {
        fill_in_field(field);
    }
    if let Some(lifecycle) = &mut container.lifecycle {
        for hook in [&mut lifecycle.post_start, &mut lifecycle.pre_stop].into_iter().flatten() {
            hook.http_get.iter_mut().for_each(fill_in_request);
        }
    }
    let probes =
        [&mut container.startup_probe, &mut container.liveness_probe, &mut container.readiness_probe];
    probes.into_iter().flatten().for_each(fill_in_probe);
}

/// No tag, or `:latest`: such an image is pulled at every start.
fn is_latest(image: &str) -> bool {
    let name = image.rsplit('/').next().unwrap_or(image);
    !name.contains('@') && name.split_once(':').is_none_or(|(_, tag)| tag == "latest")
}

/// A limit without a request is also the request.
fn fill_in_requests(resources: &mut ResourceRequirements) {
    let Some(limits) = resources.limits.clone() else { return };
    let requests = resources.requests.get_or_insert_default();
    for (name, limit) in limits {
        requests.entry(name).or_insert(limit);
    }
}

fn fill_in_probe(probe: &mut Probe) {
    probe.timeout_seconds.get_or_insert(1);
    probe.period_seconds.get_or_insert(10);
    probe.success_threshold.get_or_insert(1);
    probe.failure_threshold.get_or_insert(3);
    probe.http_get.iter_mut().for_each(fill_in_request);
    if let Some(grpc) = &mut probe.grpc {
        grpc.service.get_or_insert_default();
    }
}

/// What a probe or a hook asks for.
fn fill_in_request(http: &mut HTTPGetAction) {
    http.path.get_or_insert_with(|| "/".to_owned());
    http.scheme.get_or_insert_with(|| "HTTP".to_owned());
}

/// A field of the Pod that a variable or a file shows.
pub(super) fn fill_in_field(field: &mut ObjectFieldSelector) {
    field.api_version.get_or_insert_with(|| "v1".to_owned());
}

impl Admit for Pod {
    fn fill_in(&mut self, state: &State) {
        let spec = self.spec.get_or_insert_default();
        fill_in_spec(spec);
        spec.enable_service_links.get_or_insert(true);
        fill_in_tolerations(spec);
        if spec.host_network == Some(true) {
            fill_in_host_ports(spec);
        }
        if self.metadata.resource_version.is_some() {
            return;
        }
        label_keys::merge(self);
        let spec = self.spec.get_or_insert_default();
        priority::fill_in(spec, state);
        let qos = qos_class(spec);
        let is_gated = spec.scheduling_gates.as_ref().is_some_and(|gates| !gates.is_empty());
        let status = self.status.get_or_insert_default();
        status.phase = Some("Pending".to_owned());
        status.qos_class = Some(qos.to_owned());
        if is_gated {
            status.conditions = Some(vec![gated()]);
        }
    }

    fn forbids_creation(&self, state: &State) -> Option<String> {
        priority::forbids(self.spec.as_ref()?, state)
    }
}

/// The scheduler does not look at the Pod yet (`pkg/registry/core/pod/strategy.go`, `applySchedulingGatedCondition`).
fn gated() -> PodCondition {
    PodCondition {
        type_: "PodScheduled".to_owned(),
        status: "False".to_owned(),
        reason: Some("SchedulingGated".to_owned()),
        message: Some("Scheduling is blocked due to non-empty scheduling gates".to_owned()),
        ..PodCondition::default()
    }
}

/// Admission plugin `defaulttolerationseconds`, which sees every write.
fn fill_in_tolerations(spec: &mut PodSpec) {
    let tolerations = spec.tolerations.get_or_insert_default();
    for key in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] {
        let has_own = tolerations.iter().any(|own| {
            own.key.as_deref().is_none_or(|k| k.is_empty() || k == key)
                && own.effect.as_deref().is_none_or(|effect| effect.is_empty() || effect == "NoExecute")
        });
        if !has_own {
            tolerations.push(Toleration {
                key: Some(key.to_owned()),
                operator: Some("Exists".to_owned()),
                effect: Some("NoExecute".to_owned()),
                toleration_seconds: Some(TOLERATION_SECONDS),
                ..Toleration::default()
            });
        }
    }
}

/// Guaranteed, Burstable or BestEffort: by the Pod's own `resources` if it has any, else by all its containers'.
fn qos_class(spec: &PodSpec) -> &'static str {
    let mut guaranteed = true;
    let mut any = false;
    let amount = |resources: Option<&ResourceRequirements>, limits: bool, name: &str| -> Option<Quantity> {
        let amounts = resources.and_then(|r| if limits { r.limits.as_ref() } else { r.requests.as_ref() })?;
        amounts.get(name).and_then(|q| Quantity::parse(&q.0).ok()).filter(|q| !q.is_zero())
    };
    let own = spec.resources.as_ref().filter(|own| own.requests.is_some() || own.limits.is_some());
    let containers = spec.containers.iter().chain(spec.init_containers.iter().flatten());
    let each = containers.filter(|_| own.is_none()).map(|container| container.resources.as_ref());
    for resources in own.map(Some).into_iter().chain(each) {
        for name in ["cpu", "memory"] {
            let request = amount(resources, false, name);
            let limit = amount(resources, true, name);
            any |= request.is_some() || limit.is_some();
            guaranteed &= limit.is_some() && request == limit;
        }
    }
    match (any, guaranteed) {
        (false, _) => "BestEffort",
        (true, true) => "Guaranteed",
        (true, false) => "Burstable",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_without_a_tag_or_latest_is_always_pulled() {
        for (image, latest) in [
            ("web", true),
            ("web:latest", true),
            ("web:1", false),
            ("host:5000/web", true),
            ("web@sha256:ab", false),
        ] {
            assert_eq!(is_latest(image), latest, "{image}");
        }
    }

    fn spec(resources: serde_json::Value) -> PodSpec {
        serde_json::from_value(
            serde_json::json!({"containers": [{"name": "a", "image": "x:1", "resources": resources}]}),
        )
        .unwrap()
    }

    #[test]
    fn quality_of_service_follows_requests_and_limits() {
        let class = |json| {
            let mut spec = spec(json);
            fill_in_spec(&mut spec);
            qos_class(&spec)
        };
        assert_eq!(class(serde_json::json!({})), "BestEffort");
        assert_eq!(class(serde_json::json!({"requests": {"cpu": "100m"}})), "Burstable");
        assert_eq!(class(serde_json::json!({"limits": {"cpu": "1", "memory": "1Gi"}})), "Guaranteed");
        assert_eq!(
            class(
                serde_json::json!({"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "1000m", "memory": "1024Mi"}})
            ),
            "Guaranteed"
        );
        assert_eq!(
            class(serde_json::json!({"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "500m"}})),
            "Burstable"
        );
    }

    #[test]
    fn one_container_without_limits_makes_a_pod_burstable_and_the_pod_s_own_resources_come_first() {
        let full = serde_json::json!({"limits": {"cpu": "1", "memory": "1Gi"}});
        let class = |json: serde_json::Value| {
            let mut spec: PodSpec = serde_json::from_value(json).unwrap();
            fill_in_spec(&mut spec);
            qos_class(&spec)
        };
        let containers = serde_json::json!([{"name": "a", "resources": full.clone()}]);
        let bare = serde_json::json!([{"name": "b"}]);
        for (spec, expected) in [
            (serde_json::json!({"containers": containers.clone()}), "Guaranteed"),
            (serde_json::json!({"containers": containers, "initContainers": bare.clone()}), "Burstable"),
            (
                serde_json::json!({"containers": [{"name": "a", "resources": {"requests": {"cpu": "0"}}}]}),
                "BestEffort",
            ),
            (
                serde_json::json!({
                    "containers": bare.clone(),
                    "resources": {
                        "requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"cpu": "1", "memory": "1Gi"}
                    }
                }),
                "Guaranteed",
            ),
            (serde_json::json!({"containers": bare, "resources": {"requests": {"cpu": "1"}}}), "Burstable"),
        ] {
            assert_eq!(class(spec.clone()), expected, "{spec}");
        }
    }

    #[test]
    fn what_a_container_leaves_out_is_filled_in() {
        let mut spec: PodSpec =
            serde_json::from_value(serde_json::json!({"hostNetwork": true, "containers": [{
                "name": "app",
                "ports": [{"containerPort": 80}],
                "env": [{"name": "NODE", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}],
                "lifecycle": {"preStop": {"httpGet": {"port": 80}}},
                "livenessProbe": {"grpc": {"port": 80}},
            }]}))
            .unwrap();
        fill_in_spec(&mut spec);
        assert_eq!(spec.containers[0].ports.as_ref().unwrap()[0].host_port, None);
        fill_in_host_ports(&mut spec);
        let container = serde_json::to_value(&spec.containers[0]).unwrap();
        assert_eq!(container["ports"][0]["hostPort"], 80);
        assert_eq!(container["env"][0]["valueFrom"]["fieldRef"]["apiVersion"], "v1");
        let request = serde_json::json!({"port": 80, "path": "/", "scheme": "HTTP"});
        assert_eq!(container["lifecycle"]["preStop"]["httpGet"], request);
        assert_eq!(container["livenessProbe"]["grpc"]["service"], "");
    }

    #[test]
    fn a_pod_s_own_toleration_replaces_the_default_one() {
        let mut own = spec(serde_json::json!({}));
        own.tolerations = Some(vec![Toleration {
            key: Some("node.kubernetes.io/unreachable".into()),
            operator: Some("Exists".into()),
            effect: Some("NoExecute".into()),
            toleration_seconds: Some(10),
            value: None,
        }]);
        fill_in_tolerations(&mut own);
        let seconds: Vec<_> = own.tolerations.unwrap().iter().map(|t| t.toleration_seconds).collect();
        assert_eq!(seconds, [Some(10), Some(300)]);
    }
}
