//! The kinds of object that the simulated cluster knows, as their real API types.
//!
//! One table ([`kinds!`]) says everything that differs by kind: type, names for `kubectl`, scope, whether it has a spec.
//! Everything else is generic over [`Resource`].

use super::finalizers;
use k8s_openapi::Metadata;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;
use std::sync::Arc;

/// The API types behind the kinds.
pub mod types {
    pub use k8s_openapi::api::apps::v1::{
        ControllerRevision, DaemonSet, Deployment, ReplicaSet, StatefulSet,
    };
    pub use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
    pub use k8s_openapi::api::batch::v1::{CronJob, Job};
    pub use k8s_openapi::api::core::v1::{
        ConfigMap, Event, Namespace, Node, PersistentVolume, PersistentVolumeClaim, Pod,
        ReplicationController, Secret, Service,
    };
    pub use k8s_openapi::api::discovery::v1::EndpointSlice;
    pub use k8s_openapi::api::policy::v1::PodDisruptionBudget;
    pub use k8s_openapi::api::scheduling::v1::PriorityClass;
    pub use k8s_openapi::api::storage::v1::{CSINode, StorageClass, VolumeAttachment};
}

use types::*;

/// The namespace of everything that names none.
pub const DEFAULT_NAMESPACE: &str = "default";

/// Which object of a kind: its namespace (empty for kinds that have none) and name.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The namespace; empty for cluster-wide kinds.
    pub namespace: Arc<str>,
    /// The name.
    pub name: Arc<str>,
}

impl Key {
    /// A key in a namespace.
    pub fn new(namespace: &str, name: &str) -> Key {
        Key { namespace: namespace.into(), name: name.into() }
    }

    /// The key of a cluster-wide object, such as a Node.
    pub fn cluster_wide(name: &str) -> Key {
        Key::new("", name)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.namespace.is_empty() {
            f.write_str(&self.name)
        } else {
            write!(f, "{}/{}", self.namespace, self.name)
        }
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// An object of the API whose kind is known when compiling.
pub trait Resource:
    Metadata<Ty = ObjectMeta> + Clone + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static
{
    /// Its kind.
    const OF: Kind;
    /// As an object of any kind.
    fn into_object(self: Arc<Self>) -> Object;
    /// Back from an object of any kind; `None` if it is of another kind.
    fn from_object(object: &Object) -> Option<&Arc<Self>>;
    /// Whether the two differ in what a person wants of them, so that `metadata.generation` must rise.
    fn spec_differs(&self, other: &Self) -> bool;

    /// Whether something must be done before it may go, once its deletion has begun.
    fn is_held(&self) -> bool;

    /// Its key.
    fn key(&self) -> Key {
        let meta = self.metadata();
        Key::new(meta.namespace.as_deref().unwrap_or(""), meta.name.as_deref().unwrap_or(""))
    }

    /// Its name; empty only before the API server has seen it.
    fn name(&self) -> &str {
        self.metadata().name.as_deref().unwrap_or("")
    }

    /// Its namespace; empty for cluster-wide kinds.
    fn namespace(&self) -> &str {
        self.metadata().namespace.as_deref().unwrap_or("")
    }

    /// Its uid; empty only before the API server has seen it.
    fn uid(&self) -> &str {
        self.metadata().uid.as_deref().unwrap_or("")
    }

    /// Whether its deletion has begun.
    fn is_deleting(&self) -> bool {
        self.metadata().deletion_timestamp.is_some()
    }

    /// The owner that controls it (the one owner reference with `controller: true`).
    fn controller(&self) -> Option<&OwnerReference> {
        controller_of(self.metadata())
    }

    /// A reference that makes this object the controlling owner of another.
    fn as_controller(&self) -> OwnerReference {
        OwnerReference {
            api_version: Self::API_VERSION.to_owned(),
            kind: Self::KIND.to_owned(),
            name: self.name().to_owned(),
            uid: self.uid().to_owned(),
            controller: Some(true),
            block_owner_deletion: Some(true),
        }
    }
}

/// The owner reference with `controller: true`, if there is one.
pub fn controller_of(meta: &ObjectMeta) -> Option<&OwnerReference> {
    meta.owner_references.as_ref()?.iter().find(|owner| owner.controller == Some(true))
}

/// Whether two Pods with different specs differ in nothing but the Node. The `binding` subresource sets that past the
/// update that counts generations (`pkg/registry/core/pod/storage`, `setPodNodeAndMetadata`).
fn is_binding(new: &Pod, old: &Pod) -> bool {
    let (Some(new), Some(old)) = (&new.spec, &old.spec) else { return false };
    let mut moved = old.clone();
    moved.node_name.clone_from(&new.node_name);
    moved == *new
}

macro_rules! spec_differs {
    (spec, $a:expr, $b:expr) => {
        $a.spec != $b.spec
    };
    (pod, $a:expr, $b:expr) => {
        $a.spec != $b.spec && !is_binding($a, $b)
    };
    // It has no spec: all that it says is wanted, and its labels too (`pkg/registry/discovery/endpointslice/strategy.go`).
    (slice, $a:expr, $b:expr) => {
        ($a.endpoints != $b.endpoints || $a.ports != $b.ports || $a.metadata.labels != $b.metadata.labels)
    };
    ($other:ident, $a:expr, $b:expr) => {{
        let _ = ($a, $b);
        false
    }};
}

macro_rules! is_held {
    // Its own finalizers hold it as well: its content goes first.
    (namespace, $object:expr) => {
        finalizers::has_any(&$object.metadata)
            || $object
                .spec
                .as_ref()
                .and_then(|spec| spec.finalizers.as_ref())
                .is_some_and(|own| !own.is_empty())
    };
    ($other:ident, $object:expr) => {
        finalizers::has_any(&$object.metadata)
    };
}

macro_rules! kinds {
    ($dollar:tt; $($Kind:ident, $plural:literal, [$($short:literal),*], $namespaced:literal, $spec:ident;)*) => {
        /// Runs an expression with a type parameter for a kind that is known only when running.
        macro_rules! for_kind {
            ($dollar kind:expr, $dollar T:ident => $dollar body:expr) => {
                match $dollar kind {
                    $($crate::cluster::object::Kind::$Kind => {
                        type $dollar T = $crate::cluster::object::types::$Kind;
                        $dollar body
                    })*
                }
            };
        }
        pub(crate) use for_kind;

        /// A kind of object.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind { $(#[allow(missing_docs)] $Kind,)* }

        /// An object of some kind. Objects are shared, never changed in place: a change makes a new one.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Object { $(#[allow(missing_docs)] $Kind(Arc<$Kind>),)* }

        impl Kind {
            /// Every kind, in the order in which the simulated API server lists them.
            pub const ALL: &[Kind] = &[$(Kind::$Kind,)*];

            /// The kind's name as manifests write it.
            pub const fn name(self) -> &'static str {
                match self { $(Kind::$Kind => stringify!($Kind),)* }
            }

            /// `apps/v1`, `v1`, …
            pub const fn api_version(self) -> &'static str {
                match self { $(Kind::$Kind => <$Kind as k8s_openapi::Resource>::API_VERSION,)* }
            }

            /// The API group; empty for the core group.
            pub const fn group(self) -> &'static str {
                match self { $(Kind::$Kind => <$Kind as k8s_openapi::Resource>::GROUP,)* }
            }

            /// The plural, as `kubectl get` takes it.
            pub const fn plural(self) -> &'static str {
                match self { $(Kind::$Kind => $plural,)* }
            }

            /// Whether its objects live in a namespace.
            pub const fn is_namespaced(self) -> bool {
                match self { $(Kind::$Kind => $namespaced,)* }
            }

            /// Reads a kind as `kubectl` takes it: name, plural or short name, any case.
            pub fn parse(word: &str) -> Option<Kind> {
                let word = word.to_ascii_lowercase();
                $(if word == stringify!($Kind).to_ascii_lowercase() || word == $plural $(|| word == $short)* {
                    return Some(Kind::$Kind);
                })*
                None
            }
        }

        impl Object {
            /// Its kind.
            pub fn kind(&self) -> Kind {
                match self { $(Object::$Kind(_) => Kind::$Kind,)* }
            }

            /// Its metadata.
            pub fn metadata(&self) -> &ObjectMeta {
                match self { $(Object::$Kind(object) => &object.metadata,)* }
            }

            /// The whole object as a Kubernetes API server would send it.
            pub fn to_json(&self) -> serde_json::Value {
                let json = match self { $(Object::$Kind(object) => serde_json::to_value(object.as_ref()),)* };
                json.expect("API types have string keys and no fallible serializers")
            }

            /// Reads an object of this kind from JSON; fields that the API does not know are handed to `unknown`.
            pub fn from_json(
                kind: Kind,
                json: serde_json::Value,
                mut unknown: impl FnMut(String),
            ) -> Result<Object, serde_path_to_error::Error<serde_json::Error>> {
                Object::read_json(kind, json, &mut unknown)
            }

            /// One copy of all the deserializers, whoever calls and whatever the kind: they are most of what there is to
            /// compile.
            fn read_json(
                kind: Kind,
                json: serde_json::Value,
                unknown: &mut dyn FnMut(String),
            ) -> Result<Object, serde_path_to_error::Error<serde_json::Error>> {
                let report: &mut dyn FnMut(serde_ignored::Path<'_>) = &mut |path| unknown(path.to_string());
                match kind {
                    $(Kind::$Kind => {
                        // The two wrappers cannot be stacked (each tracks paths in its own way), so the value is read twice.
                        let _: Result<$Kind, _> = serde_ignored::deserialize(&json, report);
                        serde_path_to_error::deserialize::<_, $Kind>(json).map(|object| Object::$Kind(Arc::new(object)))
                    })*
                }
            }
        }

        $(impl Resource for $Kind {
            const OF: Kind = Kind::$Kind;
            fn into_object(self: Arc<Self>) -> Object { Object::$Kind(self) }
            fn from_object(object: &Object) -> Option<&Arc<Self>> {
                match object { Object::$Kind(object) => Some(object), _ => None }
            }
            fn spec_differs(&self, other: &Self) -> bool { spec_differs!($spec, self, other) }
            fn is_held(&self) -> bool { is_held!($spec, self) }
        })*
    };
}

kinds! {
    $;
    Namespace, "namespaces", ["ns"], false, namespace;
    Node, "nodes", ["no"], false, none;
    PriorityClass, "priorityclasses", ["pc"], false, none;
    StorageClass, "storageclasses", ["sc"], false, none;
    CSINode, "csinodes", [], false, none;
    VolumeAttachment, "volumeattachments", [], false, none;
    PersistentVolume, "persistentvolumes", ["pv"], false, spec;
    PersistentVolumeClaim, "persistentvolumeclaims", ["pvc"], true, none;
    ConfigMap, "configmaps", ["cm"], true, none;
    Secret, "secrets", [], true, none;
    Service, "services", ["svc"], true, none;
    EndpointSlice, "endpointslices", [], true, slice;
    PodDisruptionBudget, "poddisruptionbudgets", ["pdb"], true, spec;
    Deployment, "deployments", ["deploy"], true, spec;
    ReplicaSet, "replicasets", ["rs"], true, spec;
    ReplicationController, "replicationcontrollers", ["rc"], true, spec;
    StatefulSet, "statefulsets", ["sts"], true, spec;
    DaemonSet, "daemonsets", ["ds"], true, spec;
    ControllerRevision, "controllerrevisions", [], true, none;
    Job, "jobs", [], true, spec;
    CronJob, "cronjobs", ["cj"], true, spec;
    HorizontalPodAutoscaler, "horizontalpodautoscalers", ["hpa"], true, none;
    Pod, "pods", ["po"], true, pod;
    Event, "events", ["ev"], true, none;
}

impl Object {
    /// Its key.
    pub fn key(&self) -> Key {
        let meta = self.metadata();
        Key::new(meta.namespace.as_deref().unwrap_or(""), meta.name.as_deref().unwrap_or(""))
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.metadata().name.as_deref().unwrap_or("")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_read_as_kubectl_reads_them() {
        for word in ["deployment", "Deployment", "deployments", "deploy"] {
            assert_eq!(Kind::parse(word), Some(Kind::Deployment), "{word}");
        }
        assert_eq!(Kind::parse("widget"), None);
    }

    #[test]
    fn an_object_knows_its_group_and_version() {
        assert_eq!(Kind::Deployment.api_version(), "apps/v1");
        assert_eq!(Kind::Pod.api_version(), "v1");
    }

    #[test]
    fn unknown_fields_are_named_with_their_path() {
        let json = serde_json::json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"},
            "spec": {"containers": [{"name": "a", "imagee": "web:1"}], "restart": "Always"}
        });
        let mut unknown = Vec::new();
        let object = Object::from_json(Kind::Pod, json, |path| unknown.push(path)).unwrap();
        assert_eq!(object.key(), Key::new("", "x"));
        assert_eq!(unknown.len(), 2, "{unknown:?}");
        assert!(unknown.iter().any(|path| path.contains("imagee")), "{unknown:?}");
    }
}
