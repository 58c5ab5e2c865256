//! What `kubectl rollout status` says at a moment, when it does not wait (`--watch=false`).
//!
//! Source: `staging/src/k8s.io/kubectl/pkg/polymorphichelpers/rollout_status.go`.

use crate::cluster::object::{Object, Resource};
use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, StatefulSet};

/// One line; the error is kubectl's own.
pub fn rollout_status(object: &Object) -> Result<String, String> {
    match object {
        Object::Deployment(deployment) => deployment_status(deployment),
        Object::DaemonSet(set) => daemon_set_status(set),
        Object::StatefulSet(set) => stateful_set_status(set),
        other => Err(format!("no status viewer has been implemented for {}", other.kind().name())),
    }
}

fn deployment_status(deployment: &Deployment) -> Result<String, String> {
    let (name, status) = (deployment.name(), deployment.status.clone().unwrap_or_default());
    if deployment.metadata.generation > status.observed_generation {
        return Ok("Waiting for deployment spec update to be observed...".to_owned());
    }
    let timed_out = status.conditions.iter().flatten().any(|condition| {
        condition.type_ == "Progressing" && condition.reason.as_deref() == Some("ProgressDeadlineExceeded")
    });
    if timed_out {
        return Err(format!("deployment {name:?} exceeded its progress deadline"));
    }
    let wanted = deployment.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(0);
    let count = |count: Option<i32>| count.unwrap_or(0);
    let (updated, all) = (count(status.updated_replicas), count(status.replicas));
    let available = count(status.available_replicas);
    let waiting = format!("Waiting for deployment {name:?} rollout to finish");
    Ok(if updated < wanted {
        format!("{waiting}: {updated} out of {wanted} new replicas have been updated...")
    } else if all > updated {
        format!("{waiting}: {} old replicas are pending termination...", all - updated)
    } else if available < updated {
        format!("{waiting}: {available} of {updated} updated replicas are available...")
    } else {
        format!("deployment {name:?} successfully rolled out")
    })
}

/// Only one of its strategies has anything to wait for.
fn must_roll(strategy: Option<&str>) -> Result<(), String> {
    match strategy {
        None | Some("RollingUpdate") => Ok(()),
        Some(_) => Err("rollout status is only available for RollingUpdate strategy type".to_owned()),
    }
}

fn daemon_set_status(set: &DaemonSet) -> Result<String, String> {
    let (name, status) = (set.name(), set.status.clone().unwrap_or_default());
    let strategy = set.spec.as_ref().and_then(|spec| spec.update_strategy.as_ref()?.type_.as_deref());
    must_roll(strategy)?;
    if set.metadata.generation > status.observed_generation {
        return Ok("Waiting for daemon set spec update to be observed...".to_owned());
    }
    let wanted = status.desired_number_scheduled;
    let updated = status.updated_number_scheduled.unwrap_or(0);
    let available = status.number_available.unwrap_or(0);
    let waiting = format!("Waiting for daemon set {name:?} rollout to finish");
    Ok(if updated < wanted {
        format!("{waiting}: {updated} out of {wanted} new pods have been updated...")
    } else if available < wanted {
        format!("{waiting}: {available} of {wanted} updated pods are available...")
    } else {
        format!("daemon set {name:?} successfully rolled out")
    })
}

fn stateful_set_status(set: &StatefulSet) -> Result<String, String> {
    let (spec, status) = (set.spec.clone().unwrap_or_default(), set.status.clone().unwrap_or_default());
    let strategy = spec.update_strategy.unwrap_or_default();
    must_roll(strategy.type_.as_deref())?;
    if status.observed_generation.is_none_or(|seen| seen == 0 || Some(seen) < set.metadata.generation) {
        return Ok("Waiting for statefulset spec update to be observed...".to_owned());
    }
    let wanted = spec.replicas.unwrap_or(0);
    let ready = status.ready_replicas.unwrap_or(0);
    if ready < wanted {
        return Ok(format!("Waiting for {} pods to be ready...", wanted - ready));
    }
    let updated = status.updated_replicas.unwrap_or(0);
    if let Some(rolling) = strategy.rolling_update {
        let new = wanted - rolling.partition.unwrap_or(0);
        return Ok(if rolling.partition.is_some() && updated < new {
            format!(
                "Waiting for partitioned roll out to finish: {updated} out of {new} new pods have been updated..."
            )
        } else {
            format!("partitioned roll out complete: {updated} new pods have been updated...")
        });
    }
    let (current, update) =
        (status.current_revision.unwrap_or_default(), status.update_revision.unwrap_or_default());
    Ok(if current == update {
        let count = status.current_replicas.unwrap_or(0);
        format!("statefulset rolling update complete {count} pods at revision {current}...")
    } else {
        format!("waiting for statefulset rolling update to complete {updated} pods at revision {update}...")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::object::Kind;
    use serde_json::{Value, json};

    fn says(kind: Kind, name: &str, spec: Value, status: Value) -> Result<String, String> {
        let meta = json!({"name": name, "namespace": "default", "generation": 2});
        let mut whole = json!({"selector": {}, "template": {}});
        for (key, value) in spec.as_object().unwrap() {
            whole[key] = value.clone();
        }
        let json = json!({"metadata": meta, "spec": whole, "status": status});
        rollout_status(&Object::from_json(kind, json, |path| panic!("unknown field {path}")).unwrap())
    }

    #[test]
    fn a_deployment_says_what_it_waits_for_in_this_order() {
        let says = |status: Value| says(Kind::Deployment, "web", json!({"replicas": 4}), status);
        let waiting = "Waiting for deployment \"web\" rollout to finish";
        for (status, line) in [
            (
                json!({"observedGeneration": 1}),
                "Waiting for deployment spec update to be observed...".to_owned(),
            ),
            (
                json!({"observedGeneration": 2, "replicas": 5, "updatedReplicas": 2}),
                format!("{waiting}: 2 out of 4 new replicas have been updated..."),
            ),
            (
                json!({"observedGeneration": 2, "replicas": 5, "updatedReplicas": 4, "availableReplicas": 3}),
                format!("{waiting}: 1 old replicas are pending termination..."),
            ),
            (
                json!({"observedGeneration": 2, "replicas": 4, "updatedReplicas": 4, "availableReplicas": 3}),
                format!("{waiting}: 3 of 4 updated replicas are available..."),
            ),
            (
                json!({"observedGeneration": 2, "replicas": 4, "updatedReplicas": 4, "availableReplicas": 4}),
                "deployment \"web\" successfully rolled out".to_owned(),
            ),
        ] {
            assert_eq!(says(status), Ok(line));
        }
        let late = json!({"observedGeneration": 2, "conditions": [
            {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}]});
        assert_eq!(says(late), Err("deployment \"web\" exceeded its progress deadline".to_owned()));
    }

    #[test]
    fn a_daemon_set_counts_nodes_and_refuses_on_delete() {
        let count = |updated: i32, available: i32| {
            json!({"observedGeneration": 2, "desiredNumberScheduled": 3, "currentNumberScheduled": 3,
                "numberMisscheduled": 0, "numberReady": 3, "updatedNumberScheduled": updated, "numberAvailable": available})
        };
        let roll = json!({"updateStrategy": {"type": "RollingUpdate"}});
        let says = |status: Value| says(Kind::DaemonSet, "agent", roll.clone(), status).unwrap();
        let waiting = "Waiting for daemon set \"agent\" rollout to finish";
        assert_eq!(says(count(1, 2)), format!("{waiting}: 1 out of 3 new pods have been updated..."));
        assert_eq!(says(count(3, 2)), format!("{waiting}: 2 of 3 updated pods are available..."));
        assert_eq!(says(count(3, 3)), "daemon set \"agent\" successfully rolled out");
        let on_delete = json!({"updateStrategy": {"type": "OnDelete"}});
        let refused = super::tests::says(Kind::DaemonSet, "agent", on_delete, count(3, 3));
        assert_eq!(
            refused,
            Err("rollout status is only available for RollingUpdate strategy type".to_owned())
        );
    }

    #[test]
    fn a_stateful_set_ends_with_its_partition() {
        let status = |ready: i32, updated: i32| {
            json!({"observedGeneration": 2, "replicas": 3, "readyReplicas": ready, "updatedReplicas": updated,
                "currentReplicas": 3, "currentRevision": "db-1", "updateRevision": "db-1"})
        };
        let says = |strategy: Value, status: Value| {
            let spec = json!({"replicas": 3, "updateStrategy": strategy});
            says(Kind::StatefulSet, "db", spec, status).unwrap()
        };
        let roll =
            |partition: i32| json!({"type": "RollingUpdate", "rollingUpdate": {"partition": partition}});
        assert_eq!(says(roll(0), status(2, 3)), "Waiting for 1 pods to be ready...");
        assert_eq!(
            says(roll(1), status(3, 1)),
            "Waiting for partitioned roll out to finish: 1 out of 2 new pods have been updated..."
        );
        assert_eq!(
            says(roll(0), status(3, 3)),
            "partitioned roll out complete: 3 new pods have been updated..."
        );
        assert_eq!(
            says(json!({"type": "RollingUpdate"}), status(3, 3)),
            "statefulset rolling update complete 3 pods at revision db-1..."
        );
    }
}
