//! Deployments in a cluster: the sequence of sizes is what counts.

use super::*;
use crate::cluster::controllers::Runner;
use crate::cluster::controllers::garbage_collector::GarbageCollector;
use crate::cluster::controllers::replicaset::ReplicaSetController;
use crate::cluster::controllers::test_cluster::{cluster, create, edit, events, get, pods, run, template};
use crate::cluster::engine::Engine;
use crate::cluster::object::Kind;
use serde_json::{Value, json};

fn deployment(replicas: i32, change: impl FnOnce(&mut Value)) -> Engine {
    let mut engine = cluster(vec![
        Box::new(Runner::new(GarbageCollector)),
        Box::new(Runner::new(ReplicaSetController::default())),
        Box::new(Runner::new(DeploymentController)),
    ]);
    let mut json = json!({
        "metadata": {"name": "web"},
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": "web"}}, "template": template("web", "web:1")}
    });
    change(&mut json);
    create(&mut engine, Kind::Deployment, json);
    run(&mut engine, 10_000);
    engine
}

fn spec(engine: &mut Engine, change: impl FnOnce(&mut DeploymentSpec)) {
    edit::<Deployment>(engine, "web", |deployment| change(deployment.spec.as_mut().unwrap()));
}

fn image(engine: &mut Engine, image: &str) {
    spec(engine, |spec| spec.template.spec.as_mut().unwrap().containers[0].image = Some(image.to_owned()));
}

/// The ReplicaSets, oldest first.
fn sets(engine: &Engine) -> Vec<Arc<ReplicaSet>> {
    engine.world.store.state().by_age::<ReplicaSet>().into_iter().cloned().collect()
}

/// The sizes that each ReplicaSet has had, oldest set first.
fn sizes(engine: &Engine) -> Vec<Vec<i32>> {
    let mut uids: Vec<String> = Vec::new();
    let mut sizes: Vec<Vec<i32>> = Vec::new();
    for change in engine.world.store.log() {
        let Object::ReplicaSet(set) = &change.object else { continue };
        let index = uids.iter().position(|uid| uid == set.uid()).unwrap_or_else(|| {
            uids.push(set.uid().to_owned());
            sizes.push(Vec::new());
            uids.len() - 1
        });
        if sizes[index].last() != Some(&wanted(set)) {
            sizes[index].push(wanted(set));
        }
    }
    sizes
}

fn condition(engine: &Engine, type_: &str) -> (String, String) {
    let status = get::<Deployment>(engine, "web").status.clone().unwrap();
    let found = progress::find(status.conditions.as_deref().unwrap(), type_).unwrap().clone();
    (found.status, found.reason.unwrap())
}

#[test]
fn a_new_deployment_has_one_replicaset_with_revision_1() {
    let engine = deployment(3, |_| ());
    let set = &sets(&engine)[0];
    let hash = set.metadata.labels.as_ref().unwrap()["pod-template-hash"].clone();
    assert_eq!(set.name(), format!("web-{hash}"));
    assert_eq!(revision::of(set), 1);
    assert_eq!(revision::max_replicas(set), Some(4));
    assert!(
        pods(&engine).iter().all(|pod| pod.metadata.labels.as_ref().unwrap()["pod-template-hash"] == hash)
    );
    assert_eq!(condition(&engine, "Progressing"), ("True".into(), "NewReplicaSetAvailable".into()));
    assert_eq!(condition(&engine, "Available"), ("True".into(), "MinimumReplicasAvailable".into()));
    assert_eq!(
        events(&engine, "ScalingReplicaSet"),
        [format!("Scaled up replica set web-{hash} from 0 to 3")]
    );
    assert_eq!(
        get::<Deployment>(&engine, "web").metadata.annotations.as_ref().unwrap()["deployment.kubernetes.io/revision"],
        "1"
    );
}

#[test]
fn a_rolling_update_goes_one_by_one_within_the_limits() {
    let mut engine = deployment(4, |_| ());
    image(&mut engine, "web:2");
    run(&mut engine, 40_000);
    assert_eq!(sizes(&engine)[0][0], 4);
    assert_eq!(sizes(&engine)[0].last(), Some(&0));
    assert_eq!(sizes(&engine)[1][..2], [1, 2], "surge 1, then what the first old one made room for");
    assert_eq!(pods(&engine).len(), 4);
    assert_eq!(condition(&engine, "Progressing"), ("True".into(), "NewReplicaSetAvailable".into()));
}

#[test]
fn a_bad_image_stops_with_8_old_and_5_new_and_is_undone() {
    let mut engine = deployment(10, |_| ());
    image(&mut engine, "bad:1");
    run(&mut engine, 300_000);
    assert_eq!(sizes(&engine), [vec![10, 8], vec![3, 5]]);
    assert_eq!(get::<Deployment>(&engine, "web").status.as_ref().unwrap().available_replicas, Some(8));
    image(&mut engine, "web:1");
    run(&mut engine, 330_000);
    assert_eq!(sets(&engine).len(), 2, "the old ReplicaSet is used again");
    assert_eq!(sets(&engine).iter().map(|set| revision::of(set)).collect::<Vec<_>>(), [3, 2]);
    assert_eq!(sets(&engine).iter().map(|set| wanted(set)).collect::<Vec<_>>(), [10, 0]);
}

#[test]
fn a_stuck_rollout_gets_a_condition_after_its_deadline_and_nothing_else() {
    let mut engine = deployment(4, |json| json["spec"]["progressDeadlineSeconds"] = json!(60));
    image(&mut engine, "bad:1");
    run(&mut engine, 69_000);
    assert_eq!(condition(&engine, "Progressing"), ("True".into(), "ReplicaSetUpdated".into()));
    run(&mut engine, 72_500);
    assert_eq!(condition(&engine, "Progressing"), ("False".into(), "ProgressDeadlineExceeded".into()));
    let before = sizes(&engine);
    run(&mut engine, 700_000);
    assert_eq!(sizes(&engine), before);
    assert_eq!(condition(&engine, "Available").0, "True");
}

#[test]
fn a_single_replica_is_never_below_one() {
    let mut engine = deployment(1, |_| ());
    image(&mut engine, "web:2");
    run(&mut engine, 10_100);
    assert_eq!(sizes(&engine), [vec![1], vec![1]]);
    run(&mut engine, 20_000);
    assert_eq!(sizes(&engine), [vec![1, 0], vec![1]]);
}

#[test]
fn recreate_waits_for_the_last_old_pod_to_be_gone() {
    let mut engine = deployment(3, |json| json["spec"]["strategy"] = json!({"type": "Recreate"}));
    image(&mut engine, "web:2");
    run(&mut engine, 10_900);
    assert_eq!(sizes(&engine), [vec![3, 0]], "the old Pods still terminate");
    assert_eq!(pods(&engine).len(), 3);
    run(&mut engine, 11_200);
    assert_eq!(sizes(&engine), [vec![3, 0], vec![3]]);
    run(&mut engine, 20_000);
    assert_eq!(condition(&engine, "Progressing"), ("True".into(), "NewReplicaSetAvailable".into()));
}

#[test]
fn a_change_in_mid_rollout_makes_the_half_done_set_an_old_one() {
    let mut engine = deployment(10, |_| ());
    image(&mut engine, "bad:1");
    run(&mut engine, 20_000);
    image(&mut engine, "web:3");
    run(&mut engine, 20_100);
    assert_eq!(
        sets(&engine).iter().map(|set| wanted(set)).collect::<Vec<_>>(),
        [8, 0, 5],
        "the broken ones go at once"
    );
    run(&mut engine, 60_000);
    assert_eq!(sets(&engine).iter().map(|set| wanted(set)).collect::<Vec<_>>(), [0, 0, 10]);
}

#[test]
fn a_paused_deployment_scales_but_rolls_nothing_out() {
    let mut engine = deployment(4, |_| ());
    spec(&mut engine, |spec| spec.paused = Some(true));
    image(&mut engine, "web:2");
    spec(&mut engine, |spec| spec.replicas = Some(6));
    run(&mut engine, 20_000);
    assert_eq!(sizes(&engine), [vec![4, 6]]);
    assert_eq!(condition(&engine, "Progressing"), ("Unknown".into(), "DeploymentPaused".into()));
    spec(&mut engine, |spec| spec.paused = None);
    run(&mut engine, 60_000);
    assert_eq!(sets(&engine).iter().map(|set| wanted(set)).collect::<Vec<_>>(), [0, 6]);
    assert_eq!(condition(&engine, "Progressing"), ("True".into(), "NewReplicaSetAvailable".into()));
}

#[test]
fn scaling_in_mid_rollout_is_shared_out() {
    let mut engine = deployment(10, |json| {
        json["spec"]["strategy"] = json!({"rollingUpdate": {"maxSurge": 3, "maxUnavailable": 2}});
    });
    image(&mut engine, "bad:1");
    run(&mut engine, 20_000);
    spec(&mut engine, |spec| spec.replicas = Some(15));
    run(&mut engine, 20_200);
    assert_eq!(sets(&engine).iter().map(|set| wanted(set)).collect::<Vec<_>>(), [11, 7]);
}

#[test]
fn old_sets_beyond_the_history_limit_are_deleted_oldest_first() {
    let mut engine = deployment(2, |json| json["spec"]["revisionHistoryLimit"] = json!(1));
    for (at, name) in [(20_000, "web:2"), (40_000, "web:3"), (60_000, "web:4")] {
        image(&mut engine, name);
        run(&mut engine, at);
    }
    assert_eq!(sets(&engine).iter().map(|set| revision::of(set)).collect::<Vec<_>>(), [3, 4]);
}

#[test]
fn min_ready_seconds_slow_a_rollout_down() {
    let mut engine = deployment(2, |json| json["spec"]["minReadySeconds"] = json!(5));
    image(&mut engine, "web:2");
    run(&mut engine, 14_900);
    assert_eq!(
        sets(&engine).iter().map(|set| wanted(set)).collect::<Vec<_>>(),
        [2, 1],
        "2 s to start and 5 to wait"
    );
    run(&mut engine, 50_000);
    assert_eq!(sets(&engine).iter().map(|set| wanted(set)).collect::<Vec<_>>(), [0, 2]);
}

#[test]
fn a_deleted_deployment_takes_its_sets_and_pods_along() {
    let mut engine = deployment(2, |_| ());
    engine.world.delete::<Deployment>(&Key::new("default", "web"), DeleteOptions::default()).unwrap();
    engine.after_action();
    run(&mut engine, 20_000);
    assert!(sets(&engine).is_empty() && pods(&engine).is_empty());
}

#[test]
fn a_thousand_replicas_roll_out() {
    let mut engine = deployment(1000, |_| ());
    image(&mut engine, "web:2");
    run(&mut engine, 100_000);
    assert_eq!(sets(&engine).iter().map(|set| wanted(set)).collect::<Vec<_>>(), [0, 1000]);
    assert!(engine.steps() < 60_000, "{} steps", engine.steps());
}
