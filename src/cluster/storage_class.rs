//! Storage classes: who makes volumes, when, and from which Nodes they can be reached.
//!
//! The simulated cluster comes with the class `standard`, the default: it makes a volume as soon as a claim asks for one, on
//! storage that every Node reaches. A StorageClass of that name in a scenario takes its place; others stand beside it.
//! Of several default classes the youngest counts.
//!
//! Sources: `staging/src/k8s.io/component-helpers/storage/volume/helpers.go`, `pkg/volume/util/storageclass.go`; docs
//! "Storage Classes".

use super::object::{Key, Resource};
use super::state::State;
use k8s_openapi::api::core::v1::{
    Node, NodeSelector, NodeSelectorRequirement, NodeSelectorTerm, TopologySelectorTerm,
};
use k8s_openapi::api::storage::v1::StorageClass;
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// The class that the simulated cluster comes with.
pub const STANDARD: &str = "standard";
/// Who makes its volumes.
const STANDARD_PROVISIONER: &str = "csi.simulated.example";
/// On a StorageClass: claims that name no class get this one.
pub const IS_DEFAULT: &str = "storageclass.kubernetes.io/is-default-class";
/// The provisioner of a class whose volumes a person makes by hand.
const NO_PROVISIONER: &str = "kubernetes.io/no-provisioner";
/// What the in-tree provisioners' names begin with; none of them is left.
const IN_TREE: &str = "kubernetes.io/";
/// Where a Node is.
pub const ZONE: &str = "topology.kubernetes.io/zone";
const HOST: &str = "kubernetes.io/hostname";

/// From where a provisioner's volumes can be reached, as the best-known provisioners have it; any other's from everywhere.
const REACH: [(&str, Reach); 4] = [
    ("ebs.csi.aws.com", Reach::Zone),
    ("pd.csi.storage.gke.io", Reach::Zone),
    ("disk.csi.azure.com", Reach::Zone),
    ("rancher.io/local-path", Reach::Node),
];

/// From where a volume can be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Every Node.
    Everywhere,
    /// The Nodes of one zone.
    Zone,
    /// One Node: it is a directory there.
    Node,
}

/// A class, as the parts of the cluster see it.
#[derive(Clone, Debug, PartialEq)]
pub struct Class {
    /// Who makes its volumes.
    pub provisioner: String,
    /// Whether a claim waits until a Pod that uses it has been given a Node.
    pub waits_for_consumer: bool,
    /// What becomes of a volume whose claim is gone.
    pub reclaim_policy: String,
    topologies: Vec<TopologySelectorTerm>,
}

impl Class {
    /// The class of this name.
    pub fn find(state: &State, name: &str) -> Option<Class> {
        match state.get::<StorageClass>(&Key::cluster_wide(name)) {
            Some(class) => Some(Class {
                provisioner: class.provisioner.clone(),
                waits_for_consumer: class.volume_binding_mode.as_deref() == Some("WaitForFirstConsumer"),
                reclaim_policy: class.reclaim_policy.clone().unwrap_or_else(|| "Delete".to_owned()),
                topologies: class.allowed_topologies.clone().unwrap_or_default(),
            }),
            None => (name == STANDARD).then(|| Class {
                provisioner: STANDARD_PROVISIONER.to_owned(),
                waits_for_consumer: false,
                reclaim_policy: "Delete".to_owned(),
                topologies: Vec::new(),
            }),
        }
    }

    /// Whether somebody makes volumes of this class.
    pub fn provisions(&self) -> bool {
        !self.provisioner.starts_with(IN_TREE)
    }

    /// Why nobody does.
    pub fn no_plugin(&self) -> Option<String> {
        (!self.provisions()).then(|| format!("no volume plugin matched name: {}", self.provisioner))
    }

    /// From where its volumes can be reached.
    pub fn reach(&self) -> Reach {
        let known = REACH.iter().find(|(name, _)| *name == self.provisioner);
        known.map_or(Reach::Everywhere, |(_, reach)| *reach)
    }

    /// Whether it may make a volume for a Pod on this Node (`MatchTopologySelectorTerms`).
    pub fn allows(&self, node: &Node) -> bool {
        let label = |key: &str| node.metadata.labels.as_ref().and_then(|labels| labels.get(key));
        let met = |term: &TopologySelectorTerm| {
            let mut wanted = term.match_label_expressions.iter().flatten();
            wanted.all(|wanted| label(&wanted.key).is_some_and(|value| wanted.values.contains(value)))
        };
        self.provisions() && (self.topologies.is_empty() || self.topologies.iter().any(met))
    }

    /// The Nodes that will reach a new volume; `None` for all. Without a Node that was chosen for it, the volume is made in
    /// the first zone that the class allows: a real provisioner draws a lot.
    pub fn place(&self, state: &State, chosen: Option<&Node>) -> Option<NodeSelector> {
        let label = |node: &Node, key: &str| node.metadata.labels.as_ref()?.get(key).cloned();
        let (key, value) = match self.reach() {
            Reach::Everywhere => return None,
            Reach::Node => (HOST, label(chosen?, HOST)),
            Reach::Zone => {
                let zone = match chosen {
                    Some(node) => label(node, ZONE),
                    None => {
                        let allowed = state.list::<Node>().filter(|node| self.allows(node));
                        let zones: BTreeSet<String> = allowed.filter_map(|node| label(node, ZONE)).collect();
                        zones.into_iter().next()
                    }
                };
                (ZONE, zone)
            }
        };
        let requirement = NodeSelectorRequirement {
            key: key.to_owned(),
            operator: "In".to_owned(),
            values: Some(vec![value?]),
        };
        let term = NodeSelectorTerm { match_expressions: Some(vec![requirement]), match_fields: None };
        Some(NodeSelector { node_selector_terms: vec![term] })
    }
}

/// Whether claims of this class wait for a Pod that has a Node. A class that is not there makes nobody wait.
pub fn waits_for_consumer(state: &State, class: Option<&str>) -> bool {
    class.and_then(|name| Class::find(state, name)).is_some_and(|class| class.waits_for_consumer)
}

/// The class of claims that name none; `None` if there is no default.
pub fn default_class(state: &State) -> Option<String> {
    let is_default = |class: &StorageClass| {
        let mark = class.metadata.annotations.as_ref().and_then(|all| all.get(IS_DEFAULT));
        mark.map(String::as_str) == Some("true")
    };
    let marked = state.by_age::<StorageClass>().into_iter().filter(|class| is_default(class));
    let youngest = marked.min_by_key(|class| {
        let created = class.metadata.creation_timestamp.as_ref().map(|time| time.0);
        (Reverse(created), class.name().to_owned())
    });
    let own = || Some(STANDARD.to_owned()).filter(|_| !is_there(state, STANDARD));
    youngest.map(|class| class.name().to_owned()).or_else(own)
}

fn is_there(state: &State, name: &str) -> bool {
    state.get::<StorageClass>(&Key::cluster_wide(name)).is_some()
}

/// Whether a provisioner has its volumes attached to Nodes: a directory of a Node is there already.
pub fn attaches(provisioner: &str) -> bool {
    provisioner != NO_PROVISIONER
        && REACH.iter().all(|(name, reach)| *name != provisioner || *reach != Reach::Node)
}
