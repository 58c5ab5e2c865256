//! How controllers make and delete Pods: with an Event on the owner for each.
//!
//! Source: `pkg/controller/controller_utils.go` (`RealPodControl`, `slowStartBatch` in `replica_set.go`).

use crate::cluster::api::{ApiError, DeleteOptions};
use crate::cluster::engine::World;
use crate::cluster::object::{Key, Resource};
use k8s_openapi::api::core::v1::{Pod, PodTemplateSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

/// A Pod of this template that `owner` controls; its name will be the owner's and five drawn characters.
pub(super) fn pod_of<T: Resource>(owner: &T, template: &PodTemplateSpec) -> Pod {
    let meta = template.metadata.as_ref();
    Pod {
        metadata: ObjectMeta {
            generate_name: Some(format!("{}-", owner.name())),
            namespace: Some(owner.namespace().to_owned()),
            labels: meta.and_then(|meta| meta.labels.clone()),
            annotations: meta.and_then(|meta| meta.annotations.clone()),
            finalizers: meta.and_then(|meta| meta.finalizers.clone()),
            owner_references: Some(vec![owner.as_controller()]),
            ..ObjectMeta::default()
        },
        spec: template.spec.clone(),
        status: None,
    }
}

/// Creates a Pod and says so in an Event on its owner; says so as well if it cannot. Where the namespace is on its way out,
/// that is no failure: everything in it will go, and so will the owner.
pub(super) fn create_pod<T: Resource>(
    world: &mut World,
    component: &'static str,
    owner: &T,
    pod: Pod,
) -> Result<(), ApiError> {
    match world.create(pod) {
        Ok(pod) => {
            world.normal(component, owner, "SuccessfulCreate", format!("Created pod: {}", pod.name()));
            Ok(())
        }
        Err(ApiError::NamespaceTerminating(_)) => Ok(()),
        Err(error) => {
            world.warn(component, owner, "FailedCreate", format!("Error creating: {error}"));
            Err(error)
        }
    }
}

/// Deletes a Pod, with its own grace, and says so in an Event on its owner. A Pod that is gone already is no error.
pub(super) fn delete_pod<T: Resource>(world: &mut World, component: &'static str, owner: &T, pod: &Key) {
    if world.delete::<Pod>(pod, DeleteOptions::default()).is_ok() {
        world.normal(component, owner, "SuccessfulDelete", format!("Deleted pod: {}", pod.name));
    }
}

/// Does something `count` times in batches of 1, 2, 4, …; a batch with a failure in it is finished, and is the last. So a
/// quota that lets nothing through is not asked five hundred times.
pub(super) fn slow_start<E>(count: usize, mut act: impl FnMut() -> Result<(), E>) -> Result<(), E> {
    let (mut left, mut batch) = (count, 1);
    while left > 0 {
        let size = left.min(batch);
        let mut result = Ok(());
        for _ in 0..size {
            result = result.and(act());
        }
        result?;
        left -= size;
        batch *= 2;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_with_a_failure_is_finished_and_is_the_last() {
        for (fails_at, calls) in [(1, 1), (2, 3), (3, 3), (4, 7), (5, 7), (8, 10), (99, 10)] {
            let mut done = 0;
            let result = slow_start(10, || {
                done += 1;
                if done >= fails_at { Err(()) } else { Ok(()) }
            });
            assert_eq!(done, calls, "fails from call {fails_at} on");
            assert_eq!(result.is_ok(), fails_at > 10);
        }
    }
}
