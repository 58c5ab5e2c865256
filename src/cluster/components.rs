//! The parts of the simulated control plane, and the one list in which each is registered.

use super::controllers::Runner;
use super::controllers::attach_detach::AttachDetach;
use super::controllers::cronjob::CronJobController;
use super::controllers::daemonset::DaemonSetController;
use super::controllers::deployment::DeploymentController;
use super::controllers::disruption::Disruption;
use super::controllers::endpointslice::EndpointSlices;
use super::controllers::garbage_collector::GarbageCollector;
use super::controllers::horizontal_pod_autoscaler::HorizontalPodAutoscalers;
use super::controllers::job::JobController;
use super::controllers::namespace::NamespaceController;
use super::controllers::node_lifecycle::NodeLifecycle;
use super::controllers::persistent_volume::VolumeBinder;
use super::controllers::pod_gc::PodGc;
use super::controllers::pv_protection::VolumeProtection;
use super::controllers::pvc_protection::ClaimProtection;
use super::controllers::replicaset::ReplicaSetController;
use super::controllers::replication::ReplicationManager;
use super::controllers::statefulset::StatefulSetController;
use super::controllers::taint_eviction::TaintEviction;
use super::controllers::volume_expand::VolumeExpander;
use super::engine::Component;
use super::event_expiry::EventExpiry;
use super::events::series::SeriesKeeper;
use super::kubelet::Kubelets;
use super::scheduler::Scheduler;

/// Every component of a cluster, in the order in which they hear of a change. The garbage collector asks for each owner and
/// each dependent before it deletes anything, and so comes after those who only look into their caches.
pub fn control_plane() -> Vec<Box<dyn Component>> {
    vec![
        Box::new(Runner::new(HorizontalPodAutoscalers::default())),
        Box::new(Runner::new(DeploymentController)),
        Box::new(Runner::new(CronJobController)),
        Box::new(Runner::new(JobController::default())),
        Box::new(Runner::new(ReplicaSetController::default())),
        Box::new(Runner::new(ReplicationManager::default())),
        Box::new(Runner::new(StatefulSetController)),
        Box::new(Runner::new(DaemonSetController::default())),
        Box::new(Runner::new(GarbageCollector)),
        Box::new(Runner::new(NamespaceController)),
        Box::new(Runner::new(Disruption)),
        Box::new(NodeLifecycle::default()),
        Box::new(TaintEviction::default()),
        Box::new(Runner::new(PodGc::default())),
        Box::new(Runner::new(EndpointSlices::default())),
        Box::new(Runner::new(VolumeBinder)),
        Box::new(Runner::new(VolumeExpander)),
        Box::new(Runner::new(AttachDetach::default())),
        Box::new(Runner::new(ClaimProtection)),
        Box::new(Runner::new(VolumeProtection)),
        Box::new(Scheduler::default()),
        Box::new(Kubelets::default()),
        Box::new(SeriesKeeper),
        Box::new(EventExpiry::default()),
    ]
}
