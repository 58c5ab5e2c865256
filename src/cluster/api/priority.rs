//! The admission plugin `Priority`: what a Pod's `priorityClassName` comes to, and which PriorityClasses may be made.
//!
//! In: a Pod that is about to be made. Out: its `priority` and `preemptionPolicy`, or why it is forbidden. The two classes
//! that the API server makes for the system are there in every cluster, without being objects of the store.
//!
//! Sources: `plugin/pkg/admission/priority/admission.go`; `pkg/apis/scheduling/v1/helpers.go`; docs "Pod Priority and
//! Preemption".

use super::Admit;
use crate::cluster::object::{Key, Resource};
use crate::cluster::state::State;
use k8s_openapi::api::core::v1::PodSpec;
use k8s_openapi::api::scheduling::v1::PriorityClass;

/// The classes of the system, and their values (`SystemPriorityClasses`).
const SYSTEM: [(&str, i32); 2] =
    [("system-cluster-critical", 2_000_000_000), ("system-node-critical", 2_000_001_000)];
/// What a class does unless it says otherwise, and a Pod without one.
const PREEMPTS: &str = "PreemptLowerPriority";

/// What a class gives to a Pod.
struct Resolved {
    name: Option<String>,
    value: i32,
    policy: String,
}

impl Resolved {
    fn of(class: &PriorityClass) -> Resolved {
        Resolved {
            name: Some(class.name().to_owned()),
            value: class.value.unwrap_or(0),
            policy: class.preemption_policy.clone().unwrap_or_else(|| PREEMPTS.to_owned()),
        }
    }

    /// The class that a Pod names, else the default one, else priority 0; `None` if there is no class of that name.
    fn find(spec: &PodSpec, state: &State) -> Option<Resolved> {
        let none = Resolved { name: None, value: 0, policy: PREEMPTS.to_owned() };
        let Some(name) = named(spec) else {
            return Some(default_class(state).map_or(none, Resolved::of));
        };
        match state.get::<PriorityClass>(&Key::cluster_wide(name)) {
            Some(class) => Some(Resolved::of(class)),
            None => system_value(name).map(|value| Resolved { name: Some(name.to_owned()), value, ..none }),
        }
    }
}

fn named(spec: &PodSpec) -> Option<&str> {
    spec.priority_class_name.as_deref().filter(|name| !name.is_empty())
}

/// The value of a class that the system has by itself.
pub(super) fn system_value(name: &str) -> Option<i32> {
    SYSTEM.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
}

/// The class of Pods that name none. Were there several, it would be the one with the lowest value.
fn default_class(state: &State) -> Option<&PriorityClass> {
    let all = state.list::<PriorityClass>().filter(|class| class.global_default == Some(true));
    all.min_by_key(|class| class.value).map(AsRef::as_ref)
}

/// Why a Pod is forbidden: it names a class that is not there, or states what only its class may decide.
pub(super) fn forbids(spec: &PodSpec, state: &State) -> Option<String> {
    let Some(class) = Resolved::find(spec, state) else {
        return named(spec).map(|name| format!("no PriorityClass with name {name} was found"));
    };
    if let Some(own) = spec.priority.filter(|own| *own != class.value) {
        return Some(format!(
            "the integer value of priority ({own}) must not be provided in pod spec; priority admission controller \
             computed {} from the given PriorityClass name",
            class.value
        ));
    }
    let own = spec.preemption_policy.as_ref().filter(|own| **own != class.policy)?;
    Some(format!(
        "the string value of PreemptionPolicy ({own}) must not be provided in pod spec; priority admission controller \
         computed {} from the given PriorityClass name",
        class.policy
    ))
}

/// Gives a Pod that is not forbidden what its class says.
pub(super) fn fill_in(spec: &mut PodSpec, state: &State) {
    let Some(class) = Resolved::find(spec, state) else { return };
    spec.priority_class_name = class.name;
    spec.priority = Some(class.value);
    spec.preemption_policy = Some(class.policy);
}

impl Admit for PriorityClass {
    fn fill_in(&mut self, _state: &State) {
        self.preemption_policy.get_or_insert_with(|| PREEMPTS.to_owned());
    }

    fn forbids_creation(&self, state: &State) -> Option<String> {
        let other = default_class(state).filter(|_| self.global_default == Some(true))?;
        Some(second_default(other))
    }

    fn forbids_update(&self, _old: &PriorityClass, state: &State) -> Option<String> {
        let other = default_class(state).filter(|_| self.global_default == Some(true))?;
        (other.name() != self.name()).then(|| second_default(other))
    }
}

fn second_default(other: &PriorityClass) -> String {
    format!("PriorityClass {} is already marked as default. Only one default can exist", other.name())
}

#[cfg(test)]
mod tests {
    use crate::cluster::api::ApiError;
    use crate::cluster::engine::World;
    use crate::cluster::image::Images;
    use crate::cluster::object::Key;
    use k8s_openapi::api::core::v1::Pod;
    use k8s_openapi::api::scheduling::v1::PriorityClass;
    use serde_json::{Value, json};

    fn world() -> World {
        World::new(1, Images::default())
    }

    fn class(world: &mut World, name: &str, value: i32, more: Value) -> Result<(), ApiError> {
        let mut class = json!({"metadata": {"name": name}, "value": value});
        class.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        world.create::<PriorityClass>(serde_json::from_value(class).unwrap()).map(|_| ())
    }

    /// A Pod's class, priority and preemption policy; else why it is refused.
    fn pod(world: &mut World, name: &str, spec: Value) -> Result<(Option<String>, i32, String), String> {
        let mut pod =
            json!({"metadata": {"name": name}, "spec": {"containers": [{"name": "app", "image": "web:1"}]}});
        pod["spec"].as_object_mut().unwrap().extend(spec.as_object().unwrap().clone());
        let pod = world.create::<Pod>(serde_json::from_value(pod).unwrap()).map_err(|e| e.to_string())?;
        let spec = pod.spec.clone().unwrap();
        Ok((spec.priority_class_name, spec.priority.unwrap(), spec.preemption_policy.unwrap()))
    }

    fn gets(class: Option<&str>, value: i32, policy: &str) -> Result<(Option<String>, i32, String), String> {
        Ok((class.map(str::to_owned), value, policy.to_owned()))
    }

    #[test]
    fn a_pod_gets_the_priority_of_its_class_and_whether_it_drives_others_out() {
        let mut world = world();
        class(&mut world, "high", 1000, json!({})).unwrap();
        class(&mut world, "patient", 500, json!({"preemptionPolicy": "Never"})).unwrap();
        let name = |name: &str| json!({"priorityClassName": name});
        assert_eq!(pod(&mut world, "a", json!({})), gets(None, 0, "PreemptLowerPriority"));
        assert_eq!(pod(&mut world, "b", name("high")), gets(Some("high"), 1000, "PreemptLowerPriority"));
        assert_eq!(pod(&mut world, "c", name("patient")), gets(Some("patient"), 500, "Never"));
        for (system, value) in
            [("system-cluster-critical", 2_000_000_000), ("system-node-critical", 2_000_001_000)]
        {
            assert_eq!(
                pod(&mut world, system, name(system)),
                gets(Some(system), value, "PreemptLowerPriority")
            );
        }
    }

    #[test]
    fn pods_that_name_no_class_get_the_default_one_and_there_is_one_only() {
        let mut world = world();
        class(&mut world, "usual", 10, json!({"globalDefault": true, "preemptionPolicy": "Never"})).unwrap();
        assert_eq!(pod(&mut world, "a", json!({})), gets(Some("usual"), 10, "Never"));
        let second = class(&mut world, "other", 20, json!({"globalDefault": true})).unwrap_err().to_string();
        let expected = "priorityclasses.scheduling.k8s.io \"other\" is forbidden: \
                        PriorityClass usual is already marked as default. Only one default can exist";
        assert_eq!(second, expected);
        class(&mut world, "other", 20, json!({})).unwrap();
        let key = Key::cluster_wide("other");
        let marked = world.update::<PriorityClass>(&key, |class| class.global_default = Some(true));
        assert_eq!(marked.unwrap_err().to_string(), expected);
        let same = world.update::<PriorityClass>(&Key::cluster_wide("usual"), |class| {
            class.description = Some("for all".into());
        });
        assert!(same.is_ok());
    }

    #[test]
    fn a_pod_may_neither_name_a_class_that_is_not_there_nor_choose_its_own_priority() {
        let mut world = world();
        class(&mut world, "high", 1000, json!({})).unwrap();
        for (spec, why) in [
            (json!({"priorityClassName": "nope"}), "no PriorityClass with name nope was found"),
            (
                json!({"priorityClassName": "high", "priority": 5}),
                "the integer value of priority (5) must not be provided in pod spec; priority admission controller \
                 computed 1000 from the given PriorityClass name",
            ),
            (
                json!({"preemptionPolicy": "Never"}),
                "the string value of PreemptionPolicy (Never) must not be provided in pod spec; priority admission \
                 controller computed PreemptLowerPriority from the given PriorityClass name",
            ),
        ] {
            assert_eq!(pod(&mut world, "x", spec), Err(format!("pods \"x\" is forbidden: {why}")));
        }
        let same = json!({"priorityClassName": "high", "priority": 1000});
        assert_eq!(pod(&mut world, "x", same), gets(Some("high"), 1000, "PreemptLowerPriority"));
    }
}
