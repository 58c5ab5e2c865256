//! What an expression can ask of a Service: `endpoints('svc')`, all that its slices list; `backends('svc')`, those that a
//! new connection may go to; `resolves('svc')`, what its name means in the cluster's DNS.
//!
//! Of a Service that is not there nothing is listed, and its name means nothing: it may have been deleted, and then that is
//! what a claim is about. Which of several backends a connection goes to is a lot that nobody draws here; neither are
//! traffic policies that prefer a Node or a zone looked at.

use super::accessors::{Found, LISTED, Moment, argument, key, moment};
use super::fields;
use super::values::val;
use crate::cluster::object::{Key, Kind, Resource};
use cel::common::types::CelList;
use cel::common::value::Val;
use cel::{ExecutionError, FunctionContext};
use k8s_openapi::api::core::v1::ServiceSpec;
use k8s_openapi::api::discovery::v1::{Endpoint, EndpointSlice};
use serde_json::Value as Json;

/// The label with the name of the Service.
const SERVICE_NAME: &str = "kubernetes.io/service-name";
/// What stands in place of the cluster IP of a headless Service.
const HEADLESS: &str = "None";

/// The endpoints of a Service, from all its slices: each as [`fields::endpoint`] shows it.
pub(super) fn endpoints(call: &FunctionContext<'_, '_>) -> Found {
    let moment = moment(call)?;
    let all = listed(&moment, &key(&argument(call, 0)?))?;
    Ok(values(all.into_iter().map(fields::endpoint)))
}

/// The endpoints that kube-proxy would send a new connection to: those that are ready; where none is, those that still
/// serve though they are terminating. Source: `pkg/proxy/topology.go` (`CategorizeEndpoints`); a Service without a cluster IP
/// has no rules (`ShouldSkipService` in `pkg/proxy/util/utils.go`).
pub(super) fn backends(call: &FunctionContext<'_, '_>) -> Found {
    let moment = moment(call)?;
    let service = key(&argument(call, 0)?);
    let all = listed(&moment, &service)?;
    let has_address = moment.spec(&service).is_some_and(|spec| cluster_ip(spec).is_some());
    let fitting = |fits: fn(&Endpoint) -> bool| -> Vec<&Endpoint> {
        all.iter().copied().filter(|endpoint| has_address && fits(endpoint)).collect()
    };
    let ready = fitting(is_ready);
    let chosen = if ready.is_empty() { fitting(serves_to_the_last) } else { ready };
    Ok(values(chosen.into_iter().map(fields::endpoint)))
}

/// What the name of a Service means: its cluster IP; of a headless one, the addresses of its ready endpoints; of an
/// `ExternalName`, that name. Source: CoreDNS, `plugin/kubernetes` (`findServices`; `endpointsliceReady` in `object/endpoint.go`).
pub(super) fn resolves(call: &FunctionContext<'_, '_>) -> Found {
    let moment = moment(call)?;
    let service = key(&argument(call, 0)?);
    let Some(spec) = moment.spec(&service) else { return Ok(values([])) };
    if is_elsewhere(spec) {
        return Ok(values(spec.external_name.iter().map(|name| Json::from(name.as_str()))));
    }
    if spec.cluster_ip.as_deref() != Some(HEADLESS) {
        return Ok(values(cluster_ip(spec).map(Json::from)));
    }
    let ready = listed(&moment, &service)?.into_iter().filter(|endpoint| is_ready(endpoint));
    let addresses = ready.flat_map(|endpoint| &endpoint.addresses);
    Ok(values(addresses.map(|address| Json::from(address.as_str()))))
}

impl Moment {
    fn spec(&self, service: &Key) -> Option<&ServiceSpec> {
        use k8s_openapi::api::core::v1::Service;
        self.state.get::<Service>(service)?.spec.as_ref()
    }
}

/// What the slices of a Service list, the oldest slice first.
fn listed<'m>(moment: &'m Moment, service: &Key) -> Result<Vec<&'m Endpoint>, ExecutionError> {
    let is_its_own = |slice: &EndpointSlice| {
        let labels = slice.metadata.labels.as_ref();
        let name = labels.and_then(|labels| labels.get(SERVICE_NAME));
        name.map(String::as_str) == Some(&service.name) && slice.namespace() == &*service.namespace
    };
    let slices = moment.state.by_age::<EndpointSlice>().into_iter().filter(|slice| is_its_own(slice));
    let all: Vec<&Endpoint> = slices.flat_map(|slice| slice.endpoints.iter().flatten()).collect();
    // Every slice was looked at.
    let steps = moment.state.count(Kind::EndpointSlice) + all.len();
    moment.past.budget.pay(LISTED * steps as u64)?;
    Ok(all)
}

fn cluster_ip(spec: &ServiceSpec) -> Option<&str> {
    let ip = spec.cluster_ip.as_deref().filter(|ip| !ip.is_empty() && *ip != HEADLESS);
    ip.filter(|_| !is_elsewhere(spec))
}

fn is_elsewhere(spec: &ServiceSpec) -> bool {
    spec.type_.as_deref() == Some("ExternalName")
}

fn is_ready(endpoint: &Endpoint) -> bool {
    let (ready, ..) = fields::conditions(endpoint);
    ready
}

fn serves_to_the_last(endpoint: &Endpoint) -> bool {
    let (_, serving, terminating) = fields::conditions(endpoint);
    serving && terminating
}

fn values(all: impl IntoIterator<Item = Json>) -> Box<dyn Val> {
    Box::new(CelList::from(all.into_iter().map(|json| val(&json)).collect::<Vec<_>>()))
}

#[cfg(test)]
mod tests {
    use crate::cluster::clock::SimTime;
    use crate::cluster::object::{Kind, Object};
    use crate::cluster::state::State;
    use crate::cluster::trace::Trace;
    use serde_json::{Value as Json, json};

    /// Ready, serving, terminating.
    type Conditions = (bool, bool, bool);
    const READY: Conditions = (true, true, false);
    const NOT_READY: Conditions = (false, false, false);
    const STOPPING: Conditions = (false, true, true);
    const STOPPED: Conditions = (false, false, true);

    /// Services and what stands behind each, at one moment.
    struct Cluster(State);

    impl Cluster {
        fn new() -> Cluster {
            Cluster(State::default())
        }

        /// `name` may have a namespace before it.
        fn with(mut self, name: &str, spec: Option<Json>, endpoints: &[(&str, Conditions)]) -> Cluster {
            let (namespace, name) = name.split_once('/').unwrap_or(("default", name));
            if let Some(spec) = spec {
                let service = json!({"metadata": {"name": name, "namespace": namespace}, "spec": spec});
                self.0.put(Object::from_json(Kind::Service, service, |_| ()).unwrap());
            }
            let endpoint = |(ip, (ready, serving, terminating)): &(&str, Conditions)| {
                json!({"addresses": [ip],
                    "conditions": {"ready": ready, "serving": serving, "terminating": terminating}})
            };
            let slice = json!({
                "metadata": {"name": format!("{name}-1"), "namespace": namespace,
                    "labels": {"kubernetes.io/service-name": name}},
                "endpoints": endpoints.iter().map(endpoint).collect::<Vec<_>>()
            });
            self.0.put(Object::from_json(Kind::EndpointSlice, slice, |_| ()).unwrap());
            self
        }

        fn says(&self, expression: &str) -> String {
            let trace = Trace::new(self.0.clone(), Vec::new(), SimTime(1000));
            let value = super::super::Prover::new(&trace).evaluate(expression, SimTime(1000));
            value.map_or_else(|error| error.to_string(), |value| value.to_string())
        }
    }

    fn with_address() -> Option<Json> {
        Some(json!({"type": "ClusterIP", "clusterIP": "10.96.0.11"}))
    }

    fn headless() -> Option<Json> {
        Some(json!({"type": "ClusterIP", "clusterIP": "None"}))
    }

    #[test]
    fn new_connections_go_to_ready_endpoints_and_only_without_any_to_those_that_serve_to_the_last() {
        for (endpoints, expected) in [
            (&[("a", READY), ("b", NOT_READY), ("c", STOPPING)][..], "[a]"),
            (&[("a", STOPPING), ("b", NOT_READY), ("c", STOPPED), ("d", STOPPING)], "[a, d]"),
            // A Pod whose readiness probe fails gets nothing, even if there is no other.
            (&[("a", NOT_READY)], "[]"),
            (&[("a", STOPPED)], "[]"),
            (&[], "[]"),
        ] {
            let cluster = Cluster::new().with("web", with_address(), endpoints);
            assert_eq!(cluster.says("backends('web').map(e, e.address)"), expected, "{endpoints:?}");
        }
    }

    #[test]
    fn kube_proxy_knows_no_service_without_a_cluster_ip() {
        let alias = Some(json!({"type": "ExternalName", "externalName": "db.example.com"}));
        for spec in [headless(), alias, None] {
            let cluster = Cluster::new().with("web", spec.clone(), &[("a", READY)]);
            assert_eq!(cluster.says("backends('web')"), "[]", "{spec:?}");
            assert_eq!(cluster.says("endpoints('web').size()"), "1");
        }
    }

    #[test]
    fn a_name_means_an_address_or_the_ready_ones_or_another_name_or_nothing() {
        let alias = Some(json!({"type": "ExternalName", "externalName": "db.example.com"}));
        let endpoints = [("a", READY), ("b", NOT_READY), ("c", STOPPING), ("d", READY)];
        for (spec, expected) in [
            (with_address(), "[10.96.0.11]"),
            (headless(), "[a, d]"),
            (alias, "[db.example.com]"),
            (None, "[]"),
        ] {
            let cluster = Cluster::new().with("web", spec.clone(), &endpoints);
            assert_eq!(cluster.says("resolves('web')"), expected, "{spec:?}");
        }
        // Without a ready endpoint the name of a headless Service has no address; there is no falling back in the DNS.
        let cluster = Cluster::new().with("web", headless(), &[("a", STOPPING)]);
        assert_eq!(cluster.says("resolves('web')"), "[]");
    }

    #[test]
    fn a_service_of_another_namespace_is_another_service() {
        let cluster = Cluster::new().with("web", with_address(), &[("a", READY)]).with(
            "shop/web",
            headless(),
            &[("b", READY)],
        );
        assert_eq!(cluster.says("endpoints('web').map(e, e.address)"), "[a]");
        assert_eq!(cluster.says("endpoints('shop/web').map(e, e.address)"), "[b]");
        assert_eq!(cluster.says("resolves('shop/web')"), "[b]");
        assert_eq!(cluster.says("backends('shop/web').size() + resolves('gone').size()"), "0");
    }
}
