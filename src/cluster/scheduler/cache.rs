//! The scheduler's picture of the cluster: every Node with what is taken on it, kept up to date change by change.
//!
//! In: watch changes, and the Pods that the scheduler has just placed ("assumed"), which count before the watch shows
//! them. Out: [`NodeInfo`]s, in order of name. Source: `pkg/scheduler/backend/cache`, `pkg/scheduler/framework/types.go`.

use super::inter_pod_affinity::PodTerms;
use crate::cluster::condition::is_finished;
use crate::cluster::host_port::{HostPort, host_ports};
use crate::cluster::object::{Key, Resource};
use crate::cluster::resources::{Resources, allocatable, max_pods, pod_request, scored_request};
use crate::cluster::selector::Labels;
use k8s_openapi::api::core::v1::{Node, Pod, PodSpec};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

/// What of a Pod decides where it may be; worked out once.
#[derive(Debug)]
pub(super) struct Demands {
    /// What it asks for.
    pub request: Resources,
    /// CPU (thousandths) and memory (bytes) that it counts as in scores.
    pub scored: (i64, i64),
    /// Ports of the Node.
    pub ports: Vec<HostPort>,
    /// Affinity to other Pods.
    pub terms: PodTerms,
}

/// A Pod with its demands.
#[derive(Clone, Debug)]
pub(super) struct PodInfo {
    /// The Pod.
    pub pod: Arc<Pod>,
    /// Its demands.
    pub demands: Arc<Demands>,
}

impl PodInfo {
    /// Works a Pod's demands out.
    pub(super) fn new(pod: Arc<Pod>) -> PodInfo {
        let none = PodSpec::default();
        let spec = pod.spec.as_ref().unwrap_or(&none);
        let scored = scored_request(spec);
        let demands = Demands {
            request: pod_request(spec),
            scored: (scored.cpu, scored.memory),
            ports: host_ports(spec),
            terms: PodTerms::of(&pod),
        };
        PodInfo { pod, demands: Arc::new(demands) }
    }

    /// The same Pod in a new version. A status change leaves the demands as they are.
    fn renew(&self, pod: &Arc<Pod>) -> PodInfo {
        if self.pod.spec == pod.spec && self.pod.metadata.labels == pod.metadata.labels {
            PodInfo { pod: pod.clone(), demands: self.demands.clone() }
        } else {
            PodInfo::new(pod.clone())
        }
    }

    /// Its priority.
    pub(super) fn priority(&self) -> i32 {
        priority(&self.pod)
    }

    /// Its labels, if it has any.
    pub(super) fn labels(&self) -> Option<&Labels> {
        self.pod.metadata.labels.as_ref()
    }
}

/// A Pod's priority.
pub(super) fn priority(pod: &Pod) -> i32 {
    pod.spec.as_ref().and_then(|spec| spec.priority).unwrap_or(0)
}

/// The Node that a Pod is bound to.
pub(super) fn node_of(pod: &Pod) -> Option<&str> {
    pod.spec.as_ref()?.node_name.as_deref().filter(|name| !name.is_empty())
}

/// A Node and what is taken on it.
#[derive(Clone, Debug)]
pub(super) struct NodeInfo {
    /// The Node.
    pub node: Arc<Node>,
    /// What it has to give.
    pub allocatable: Resources,
    /// How many Pods it takes.
    pub max_pods: i64,
    /// What its Pods ask for.
    pub requested: Resources,
    /// CPU and memory that its Pods count as in scores.
    pub scored: (i64, i64),
    /// Its Pods, by key.
    pub pods: BTreeMap<Key, PodInfo>,
    /// How many of them have affinity to other Pods.
    pub with_terms: usize,
    /// How many of them are alike to a selector: those that stay, by namespace and labels. A workload's replicas are
    /// one entry, so that a selector is asked once for all of them.
    pub alike: BTreeMap<(String, Labels), i64>,
}

impl NodeInfo {
    /// A Node without Pods.
    pub(super) fn new(node: Arc<Node>) -> NodeInfo {
        NodeInfo {
            allocatable: allocatable(&node),
            max_pods: max_pods(&node),
            node,
            requested: Resources::default(),
            scored: (0, 0),
            pods: BTreeMap::new(),
            with_terms: 0,
            alike: BTreeMap::new(),
        }
    }

    /// Its name.
    pub(super) fn name(&self) -> &str {
        self.node.name()
    }

    /// A label.
    pub(super) fn label(&self, key: &str) -> Option<&str> {
        self.node.metadata.labels.as_ref()?.get(key).map(String::as_str)
    }

    /// Puts a Pod on it.
    pub(super) fn add(&mut self, info: PodInfo) {
        self.remove(&info.pod.key());
        self.requested.add(&info.demands.request);
        self.scored.0 += info.demands.scored.0;
        self.scored.1 += info.demands.scored.1;
        self.with_terms += usize::from(!info.demands.terms.is_empty());
        if let Some(kind) = alike(&info) {
            *self.alike.entry(kind).or_default() += 1;
        }
        self.pods.insert(info.pod.key(), info);
    }

    /// Takes a Pod away.
    pub(super) fn remove(&mut self, key: &Key) -> Option<PodInfo> {
        let info = self.pods.remove(key)?;
        self.requested.subtract(&info.demands.request);
        self.scored.0 -= info.demands.scored.0;
        self.scored.1 -= info.demands.scored.1;
        self.with_terms -= usize::from(!info.demands.terms.is_empty());
        if let Some(kind) = alike(&info)
            && let Entry::Occupied(mut count) = self.alike.entry(kind)
        {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
        Some(info)
    }

    fn renew(&mut self, node: Arc<Node>) {
        self.allocatable = allocatable(&node);
        self.max_pods = max_pods(&node);
        self.node = node;
    }
}

/// What selectors see of a Pod; `None` for one on its way out, which they do not count.
fn alike(info: &PodInfo) -> Option<(String, Labels)> {
    let kind = || (info.pod.namespace().to_owned(), info.labels().cloned().unwrap_or_default());
    (!info.pod.is_deleting()).then(kind)
}

/// Every Node and every placed Pod.
#[derive(Debug, Default)]
pub(super) struct Cache {
    nodes: BTreeMap<Arc<str>, NodeInfo>,
    /// Where each placed Pod is.
    places: BTreeMap<Key, Arc<str>>,
    /// Placed Pods whose Node is not (or no longer) known.
    adrift: BTreeMap<Arc<str>, BTreeMap<Key, PodInfo>>,
}

impl Cache {
    /// The Nodes in order of name.
    pub(super) fn nodes(&self) -> impl Iterator<Item = &NodeInfo> {
        self.nodes.values()
    }

    /// A Node.
    pub(super) fn node(&self, name: &str) -> Option<&NodeInfo> {
        self.nodes.get(name)
    }

    /// How many Nodes there are.
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Takes note of a Node's present version.
    pub(super) fn put_node(&mut self, node: &Arc<Node>) {
        let name: Arc<str> = node.name().into();
        match self.nodes.get_mut(&name) {
            Some(info) => info.renew(node.clone()),
            None => {
                let mut info = NodeInfo::new(node.clone());
                for pod in self.adrift.remove(&name).unwrap_or_default().into_values() {
                    info.add(pod);
                }
                self.nodes.insert(name, info);
            }
        }
    }

    /// Takes note that a Node is gone. Its Pods stay known, in case it comes back.
    pub(super) fn remove_node(&mut self, name: &str) {
        if let Some((name, info)) = self.nodes.remove_entry(name)
            && !info.pods.is_empty()
        {
            self.adrift.insert(name, info.pods);
        }
    }

    /// Takes note of a placed Pod's present version. A finished one takes nothing any more.
    pub(super) fn put_pod(&mut self, pod: &Arc<Pod>) {
        let key = pod.key();
        let old = self.remove_pod(&key);
        let Some(node) = node_of(pod).filter(|_| !is_finished(pod)) else { return };
        let info = old.filter(|old| old.pod.uid() == pod.uid()).map(|old| old.renew(pod));
        self.place(node, info.unwrap_or_else(|| PodInfo::new(pod.clone())));
    }

    /// Counts a Pod as placed.
    pub(super) fn place(&mut self, node: &str, info: PodInfo) {
        let key = info.pod.key();
        let name: Arc<str> = match self.nodes.get_key_value(node) {
            Some((name, _)) => name.clone(),
            None => node.into(),
        };
        match self.nodes.get_mut(&name) {
            Some(node) => node.add(info),
            None => {
                self.adrift.entry(name.clone()).or_default().insert(key.clone(), info);
            }
        }
        self.places.insert(key, name);
    }

    /// Whether this very Pod counts as placed; the watch may still show it without a Node.
    pub(super) fn holds(&self, pod: &Pod) -> bool {
        let key = pod.key();
        let there = self.places.get(&key).and_then(|name| match self.nodes.get(name) {
            Some(node) => node.pods.get(&key),
            None => self.adrift.get(name)?.get(&key),
        });
        there.is_some_and(|info| info.pod.uid() == pod.uid())
    }

    /// Takes note that a placed Pod is gone.
    pub(super) fn remove_pod(&mut self, key: &Key) -> Option<PodInfo> {
        let name = self.places.remove(key)?;
        match self.nodes.get_mut(&name) {
            Some(node) => node.remove(key),
            None => self.adrift.get_mut(&name)?.remove(key),
        }
    }
}
