//! The namespace controller: empties a namespace that is being deleted, Pods first, and then lets it go.
//!
//! It waits five seconds, so that what was made at the last moment is seen; deletes all Pods and goes away for half of the
//! longest time that they may take; and deletes everything else only when no Pod is left. What stays behind because of a
//! finalizer it looks at again and again, and says so in the namespace's conditions.
//!
//! Source: `pkg/controller/namespace` (`namespace_controller.go`, `deletion/namespaced_resources_deleter.go`,
//! `deletion/status_condition_utils.go`); docs "Namespaces", feature gate `OrderedNamespaceDeletion`.

use super::{Controller, Outcome};
use crate::cluster::clock::Millis;
use crate::cluster::condition::is_finished;
use crate::cluster::engine::World;
use crate::cluster::object::{Key, Kind, Object, Resource};
use crate::cluster::store::Change;
use k8s_openapi::api::core::v1::{Namespace, NamespaceCondition, Pod};
use std::collections::BTreeMap;

/// How long a change of a namespace that goes waits until it is looked at (`namespaceDeletionGracePeriod`).
const GRACE: Millis = Millis::secs(5);
/// How long something with a finalizer is expected to take, in seconds (`finalizerEstimateSeconds`).
const FINALIZER_ESTIMATE: i64 = 15;
/// The conditions: their type, and the reason and the message where all is well.
const CONDITIONS: [(&str, &str, &str); 5] = [
    ("NamespaceDeletionDiscoveryFailure", "ResourcesDiscovered", "All resources successfully discovered"),
    (
        "NamespaceDeletionGroupVersionParsingFailure",
        "ParsedGroupVersions",
        "All legacy kube types successfully parsed",
    ),
    (CONTENT_FAILURE, "ContentDeleted", "All content successfully deleted, may be waiting on finalization"),
    (CONTENT_REMAINING, "ContentRemoved", "All content successfully removed"),
    (FINALIZERS_REMAINING, "ContentHasNoFinalizers", "All content-preserving finalizers finished"),
];
const CONTENT_FAILURE: &str = "NamespaceDeletionContentFailure";
const CONTENT_REMAINING: &str = "NamespaceContentRemaining";
const FINALIZERS_REMAINING: &str = "NamespaceFinalizersRemaining";

/// Empties namespaces.
#[derive(Debug, Default)]
pub struct NamespaceController;

impl Controller for NamespaceController {
    const NAME: &'static str = "namespace-controller";
    /// `nsControllerRateLimiter`.
    const MAX_RETRY: Millis = Millis::secs(60);

    fn keys(&self, _world: &World, change: &Change) -> Vec<Key> {
        match &change.object {
            Object::Namespace(namespace) if namespace.is_deleting() => vec![namespace.key()],
            _ => Vec::new(),
        }
    }

    fn delay(&self, _change: &Change) -> Millis {
        GRACE
    }

    fn reconcile(&mut self, world: &mut World, key: &Key) -> Outcome {
        let Some(namespace) = world.store.get::<Namespace>(key).cloned() else { return Outcome::Done };
        let holds = namespace.spec.as_ref().and_then(|spec| spec.finalizers.as_ref());
        if !namespace.is_deleting() || holds.is_none_or(Vec::is_empty) {
            return Outcome::Done;
        }
        let mut left = Left::default();
        left.delete(world, Kind::Pod, &namespace);
        if left.objects.is_empty() {
            let others = Kind::ALL.iter().filter(|kind| kind.is_namespaced() && **kind != Kind::Pod);
            others.for_each(|kind| left.delete(world, *kind, &namespace));
        }
        left.report(world, key);
        match left.estimate {
            _ if !left.failures.is_empty() => Outcome::Retry,
            0 => {
                world.finalize_namespace(key);
                Outcome::Done
            }
            estimate => Outcome::At(world.now + Millis::secs(estimate / 2 + 1)),
        }
    }
}

/// What is left of a namespace.
#[derive(Debug, Default)]
struct Left {
    /// How many seconds it may take until it is gone.
    estimate: i64,
    /// How many objects there are, by their resource and group.
    objects: BTreeMap<String, usize>,
    /// How many objects have each finalizer.
    finalizers: BTreeMap<String, usize>,
    /// What should have gone and has not.
    failures: Vec<String>,
}

impl Left {
    /// Deletes the objects of a kind, and takes note of those that stay for a while.
    fn delete(&mut self, world: &mut World, kind: Kind, namespace: &Namespace) {
        let name = namespace.name();
        let estimate = if kind == Kind::Pod { time_of_pods(world, namespace) } else { 0 };
        for key in keys(world, kind, name) {
            // Gone meanwhile is as good.
            let _ = world.delete_object(kind, &key, Default::default());
        }
        let rest = keys(world, kind, name);
        if rest.is_empty() {
            return;
        }
        self.objects.insert(format!("{}.{}", kind.plural(), kind.group()), rest.len());
        let state = world.store.state();
        let held = rest.iter().filter_map(|key| state.object(kind, key));
        let finalizers: Vec<&String> =
            held.flat_map(|object| object.metadata().finalizers.iter().flatten()).collect();
        for finalizer in &finalizers {
            *self.finalizers.entry((*finalizer).clone()).or_default() += 1;
        }
        let estimate = match estimate {
            0 if finalizers.is_empty() => {
                let resource = format!("{}, Resource={}", kind.api_version(), kind.plural());
                let resource = if kind.group().is_empty() { format!("/{resource}") } else { resource };
                self.failures
                    .push(format!("unexpected items still remain in namespace: {name} for gvr: {resource}"));
                0
            }
            0 => FINALIZER_ESTIMATE,
            estimate => estimate,
        };
        self.estimate = self.estimate.max(estimate);
    }

    /// Writes the conditions.
    fn report(&self, world: &mut World, key: &Key) {
        let now = world.now.to_time();
        // It may be gone, and its conditions with it.
        let _ = world.write::<Namespace>(key, |namespace| {
            let conditions = namespace.status.get_or_insert_default().conditions.get_or_insert_default();
            for (type_, reason, message) in CONDITIONS {
                let trouble = self.trouble(type_);
                let status = if trouble.is_some() { "True" } else { "False" };
                let (reason, message) = trouble.unwrap_or_else(|| (reason, message.to_owned()));
                let known = conditions.iter().position(|condition| condition.type_ == type_);
                let since = known
                    .map(|index| conditions.remove(index))
                    .filter(|condition| condition.status == status)
                    .and_then(|condition| condition.last_transition_time)
                    .unwrap_or_else(|| now.clone());
                conditions.push(NamespaceCondition {
                    type_: type_.to_owned(),
                    status: status.to_owned(),
                    reason: Some(reason.to_owned()),
                    message: Some(message),
                    last_transition_time: Some(since),
                });
            }
        });
    }

    /// The reason and the message of a condition that is not well.
    fn trouble(&self, condition: &str) -> Option<(&'static str, String)> {
        let list = |all: &BTreeMap<String, usize>, between: &str| {
            let one =
                |(what, count): (&String, &usize)| format!("{what} {between} {count} resource instances");
            all.iter().map(one).collect::<Vec<_>>().join(", ")
        };
        match condition {
            CONTENT_FAILURE if !self.failures.is_empty() => {
                let mut failures = self.failures.clone();
                failures.sort();
                let all = failures.join(", ");
                let count = failures.len();
                Some((
                    "ContentDeletionFailed",
                    format!("Failed to delete all resource types, {count} remaining: {all}"),
                ))
            }
            CONTENT_REMAINING if !self.objects.is_empty() => Some((
                "SomeResourcesRemain",
                format!("Some resources are remaining: {}", list(&self.objects, "has")),
            )),
            FINALIZERS_REMAINING if !self.finalizers.is_empty() => Some((
                "SomeFinalizersRemain",
                format!(
                    "Some content in the namespace has finalizers remaining: {}",
                    list(&self.finalizers, "in")
                ),
            )),
            _ => None,
        }
    }
}

/// How many seconds the Pods may take to stop; 0 where the namespace has been waiting for longer than that.
fn time_of_pods(world: &World, namespace: &Namespace) -> i64 {
    let pods = world.store.state().list_in::<Pod>(namespace.name()).filter(|pod| !is_finished(pod));
    let graces = pods.filter_map(|pod| pod.spec.as_ref()?.termination_grace_period_seconds);
    let longest = graces.max().unwrap_or(0);
    let since = namespace.metadata.deletion_timestamp.as_ref().map(crate::cluster::clock::SimTime::from_time);
    let waited = since.map_or(Millis::ZERO, |since| world.now.since(since));
    if waited >= Millis::secs(longest) { 0 } else { longest }
}

/// The objects of a kind in a namespace.
fn keys(world: &World, kind: Kind, namespace: &str) -> Vec<Key> {
    let objects = world.store.state().objects(kind);
    objects
        .filter(|object| object.metadata().namespace.as_deref() == Some(namespace))
        .map(Object::key)
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::cluster::object::{Key, Kind};
    use crate::cluster::run::{Run, run};
    use crate::cluster::scenario::Scenario;
    use crate::cluster::{Object, SimTime};

    /// A namespace with these objects, deleted at 10 s.
    fn deleted(manifest: &str, later: &str) -> Run {
        let block: String = manifest.lines().map(|line| format!("  {line}\n")).collect();
        let text = format!(
            "scenario: t\ntitle: T\ncluster: {{ nodes: [node-a], images: {{ 'web:1': {{ start: 1s, stop: 60s }} }} }}\n\
             manifests: |\n  apiVersion: v1\n  kind: Namespace\n  metadata: {{ name: shop }}\n  ---\n{block}\
             timeline:\n  - {{ at: 10s, do: {{ delete: namespace/shop }} }}\n{later}until: 5m\n"
        );
        run(&Scenario::parse(&text, "").unwrap_or_else(|problems| panic!("{problems:?}"))).unwrap()
    }

    /// When objects of a kind were removed, in whole seconds.
    fn removed(run: &Run, kind: Kind) -> Vec<i64> {
        let is_so = |change: &&crate::cluster::store::Change| {
            change.object.kind() == kind && change.change == crate::cluster::store::ChangeType::Deleted
        };
        run.trace.changes().iter().filter(is_so).map(|change| change.at.0 / 1000).collect()
    }

    fn conditions(run: &Run, seconds: i64) -> Vec<(String, String)> {
        let state = run.trace.state_at(SimTime(seconds * 1000));
        let Some(Object::Namespace(namespace)) =
            state.object(Kind::Namespace, &Key::cluster_wide("shop")).cloned()
        else {
            return Vec::new();
        };
        let conditions = namespace.status.as_ref().and_then(|status| status.conditions.clone());
        let bad = conditions.unwrap_or_default().into_iter().filter(|condition| condition.status == "True");
        bad.map(|condition| (condition.reason.unwrap(), condition.message.unwrap())).collect()
    }

    #[test]
    fn pods_go_first_and_half_of_their_grace_is_waited_for() {
        let run = deleted(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: web, namespace: shop }\nspec:\n  replicas: 2\n  \
             selector: { matchLabels: { app: web } }\n  template:\n    metadata: { labels: { app: web } }\n    \
             spec: { containers: [{ name: app, image: web:1 }] }\n",
            "",
        );
        // Looked at after 5 s; deaf to SIGTERM, they are killed 30 s later.
        assert_eq!(removed(&run, Kind::Pod), [45, 45]);
        // Looked at again at 20 s, since the conditions changed, and then every 30 / 2 + 1 s: 36 s, 52 s.
        assert_eq!(removed(&run, Kind::Deployment), [52]);
        assert_eq!(removed(&run, Kind::ReplicaSet), [52]);
        assert_eq!(removed(&run, Kind::Namespace), [52]);
        let some = (
            "SomeResourcesRemain".to_owned(),
            "Some resources are remaining: pods. has 2 resource instances".to_owned(),
        );
        assert_eq!(conditions(&run, 16), [some]);
        assert_eq!(conditions(&run, 14), []);
        // Nothing was made again, and nobody could say so.
        let state = run.trace.state_at(SimTime(53_000));
        assert_eq!(
            state
                .objects(Kind::Event)
                .filter(|event| event.metadata().namespace.as_deref() == Some("shop"))
                .count(),
            0
        );
        let made = run.trace.changes().iter().filter(|change| {
            change.object.kind() == Kind::Pod && change.change == crate::cluster::store::ChangeType::Added
        });
        assert_eq!(made.count(), 2);
    }

    #[test]
    fn a_pod_that_nobody_can_stop_holds_its_namespace() {
        let run = deleted(
            "apiVersion: v1\nkind: Pod\nmetadata: { name: web, namespace: shop }\nspec: { terminationGracePeriodSeconds: 10, \
             containers: [{ name: app, image: web:1 }] }\n",
            "  - { at: 12s, do: { fail-node: node-a } }\n  - { at: 90s, do: { remove-node: node-a } }\n",
        );
        // Its grace is over, and it has no finalizer: it should be gone.
        let reasons =
            |seconds| conditions(&run, seconds).into_iter().map(|(reason, _)| reason).collect::<Vec<_>>();
        assert_eq!(reasons(19), ["SomeResourcesRemain"]);
        assert_eq!(reasons(30), ["ContentDeletionFailed", "SomeResourcesRemain"]);
        assert_eq!(
            conditions(&run, 30)[0].1,
            "Failed to delete all resource types, 1 remaining: unexpected items still remain in namespace: shop for gvr: \
             /v1, Resource=pods"
        );
        // Pod GC removes the Pod of a Node that is no more, and the next look, at most a minute later, finds nothing.
        assert_eq!(removed(&run, Kind::Pod).len(), 1);
        let (pod, namespace) = (removed(&run, Kind::Pod)[0], removed(&run, Kind::Namespace));
        assert!(namespace.len() == 1 && (pod..=pod + 60).contains(&namespace[0]), "{pod} {namespace:?}");
    }

    #[test]
    fn what_has_a_finalizer_is_waited_for_and_told() {
        let run = deleted(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: held, namespace: shop, finalizers: [example.com/hold] }\n\
             ---\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: free, namespace: shop }\n",
            "  - { at: 26s, do: { patch: { configmap/shop/held: { metadata: { finalizers: null } } } } }\n",
        );
        assert_eq!(removed(&run, Kind::ConfigMap), [15, 26]);
        // Looked at at 15 s, at 20 s since the conditions changed, and 15 / 2 + 1 s later.
        assert_eq!(removed(&run, Kind::Namespace), [28]);
        let told = |reason: &str, message: &str| (reason.to_owned(), message.to_owned());
        assert_eq!(
            conditions(&run, 16),
            [
                told(
                    "SomeResourcesRemain",
                    "Some resources are remaining: configmaps. has 1 resource instances"
                ),
                told(
                    "SomeFinalizersRemain",
                    "Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances"
                ),
            ]
        );
    }
}
