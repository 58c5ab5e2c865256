//! What a Pod worker reports: the Pod's whole status, and at its end the deletion of its object.
//!
//! Source: `pkg/kubelet/status/status_manager.go`, `pkg/kubelet/kubelet_pods.go` (`generateAPIPodStatus`).

use super::container::Role;
use super::pod_worker::{Cause, Ending, Eviction, REPORT, Step, Worker, is_terminal};
use super::status::{self, Seen, Stage};
use crate::cluster::api::DeleteOptions;
use crate::cluster::clock::SimTime;
use crate::cluster::engine::World;
use crate::cluster::finalizers;
use crate::cluster::object::Resource;
use k8s_openapi::api::core::v1::{HostIP, Pod, PodIP, PodStatus};

impl Worker {
    /// Writes the Pod's status; at its end, deletes its object where somebody asked for that.
    pub(super) fn write(&mut self, world: &mut World) {
        if self.step > Step::Alive {
            self.unmount(world);
        }
        let stored = world.store.get::<Pod>(&self.key).filter(|pod| pod.uid() == self.uid).cloned();
        let Some(stored) = stored else {
            self.step = Step::Done;
            return;
        };
        // A deleted Pod's last report and the removal of its object are one: only who holds the object by a finalizer
        // can see what became of it.
        let is_held = finalizers::has_any(&stored.metadata);
        if self.step == Step::Stopped && stored.is_deleting() && !is_held {
            self.step = Step::Reported;
        }
        match self.step {
            Step::Alive | Step::Stopped => {
                let status = self.status(&stored, world.now);
                if !is_terminal(&stored) {
                    // The Pod is there, so this cannot fail.
                    let _ = world.write(&self.key, |pod: &mut Pod| pod.status = Some(status));
                }
                if self.step == Step::Stopped {
                    self.step = Step::Reported;
                    if stored.is_deleting() {
                        self.report = Some(world.now + REPORT);
                    }
                }
            }
            Step::Reported => {
                self.step = Step::Done;
                let grace = stored.metadata.deletion_grace_period_seconds;
                if stored.is_deleting() && grace != Some(0) {
                    // Only somebody else can have removed it meanwhile, which is all that is wanted.
                    let _ = world.delete::<Pod>(&self.key, DeleteOptions::now());
                }
            }
            Step::Done => {}
        }
    }

    fn status(&self, stored: &Pod, now: SimTime) -> PodStatus {
        let spec = self.pod.spec.as_ref();
        let has_init =
            spec.is_some_and(|spec| spec.init_containers.as_ref().is_some_and(|list| !list.is_empty()));
        let waiting = if has_init { "PodInitializing" } else { "ContainerCreating" };
        let full_name = self.full_name();
        let stage = if self.step == Step::Alive || self.cause() == Some(&Cause::Finished) {
            Stage::Living
        } else {
            Stage::Over
        };
        let mut seen: Vec<Seen<'_>> = self
            .units
            .iter()
            .map(|unit| Seen {
                role: unit.role,
                restart: &unit.restart,
                status: unit.status(waiting, &full_name, now),
            })
            .collect();
        if stage == Stage::Over && self.initialized {
            for seen in seen.iter_mut().filter(|seen| seen.role != Role::Init) {
                status::end_unknown(&mut seen.status);
            }
        }
        let phase = match self.cause() {
            Some(Cause::Failed(..)) if self.step != Step::Alive => "Failed",
            _ => status::phase(&seen, stage, self.initialized),
        };
        // The end is not reported before everything has stopped.
        let is_early = self.step == Step::Alive && matches!(phase, "Succeeded" | "Failed");
        let phase = if is_early { if self.initialized { "Running" } else { "Pending" } } else { phase };
        let any_app_has_run = self.units.iter().any(|unit| unit.role == Role::App && unit.has_run());
        let mut status = stored.status.clone().unwrap_or_default();
        let old = status.conditions.take().unwrap_or_default();
        let containers_ready = status::containers_ready(&seen, phase);
        let gates = spec.and_then(|spec| spec.readiness_gates.as_deref()).unwrap_or(&[]);
        let ready = status::ready(&containers_ready, gates, &old);
        let own = [
            ("PodReadyToStartContainers", status::sandbox_ready(self.has_sandbox)),
            ("Initialized", status::initialized(&seen, phase, any_app_has_run)),
            ("Ready", ready),
            ("ContainersReady", containers_ready),
        ];
        let generation = stored.metadata.generation;
        let mut conditions = status::conditions(own, &old, generation, now);
        if let Some(Ending { cause: Cause::Failed(reason, message), eviction }) = &self.ending {
            let disrupted = *eviction == Eviction::Pressure || *reason == super::shutdown::REASON;
            if disrupted && !conditions.iter().any(|condition| condition.type_ == "DisruptionTarget") {
                conditions.push(super::eviction::disruption_target(message, generation, now));
            }
            if self.step != Step::Alive {
                status.reason = Some((*reason).to_owned());
                status.message = Some(message.clone());
            }
        }
        status.conditions = Some(conditions);
        status.phase = Some(phase.to_owned());
        status.observed_generation = generation;
        status.start_time.get_or_insert_with(|| self.taken_up.to_time());
        status.host_ip = Some(self.host_ip.clone());
        status.host_ips = Some(vec![HostIP { ip: self.host_ip.clone() }]);
        if self.has_sandbox {
            status.pod_ip = Some(self.ip.clone());
            status.pod_ips = Some(vec![PodIP { ip: self.ip.clone() }]);
        }
        let (init, app): (Vec<_>, Vec<_>) = seen.into_iter().partition(|seen| seen.role != Role::App);
        let statuses = |list: Vec<Seen<'_>>| list.into_iter().map(|seen| seen.status).collect::<Vec<_>>();
        // An evicted Pod is reported without its containers, so that its STATUS is `Evicted` and not how they ended.
        let is_evicted = self.step != Step::Alive
            && self.ending.as_ref().is_some_and(|ending| ending.eviction != Eviction::None);
        status.init_container_statuses = (has_init && !is_evicted).then(|| statuses(init));
        status.container_statuses = (!is_evicted).then(|| statuses(app));
        status
    }

    fn cause(&self) -> Option<&Cause> {
        self.ending.as_ref().map(|ending| &ending.cause)
    }
}
