//! A machine that is shut down in good order: the Node says that it is not ready, ordinary Pods end first, critical ones
//! after them, and then the power is off.
//!
//! A kubelet does so only if its `shutdownGracePeriod` is set; by default it is not, and a machine that is switched off is
//! a machine that fails.
//!
//! Source: `pkg/kubelet/nodeshutdown/nodeshutdown_manager.go`, `nodeshutdown_manager_linux.go`.

use super::pod_worker::Step;
use super::{Kubelets, TIME_IS_UP};
use crate::cluster::clock::{Millis, SimTime};
use crate::cluster::engine::World;
use crate::cluster::object::Key;

/// The reason of a Pod that was ended (`nodeShutdownReason`), and the message.
pub(super) const REASON: &str = "Terminated";
pub(super) const MESSAGE: &str = "Pod was terminated in response to imminent node shutdown.";
/// What is said of Pods that come too late (`nodeShutdownNotAdmittedMessage`).
pub(super) const REFUSAL: &str = "Pod was rejected as the node is shutting down.";
/// Pods of at least this priority are critical (`SystemCriticalPriority`).
const CRITICAL: i32 = 2_000_000_000;

/// How long the machine takes to switch off when the kubelet's time is up; its last reports still get through.
const POWER_OFF: Millis = Millis::secs(1);

/// A shutdown under way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shutdown {
    /// Whether it is the critical Pods' turn.
    critical: bool,
    /// When the time of those whose turn it is is up.
    until: SimTime,
    /// How long the critical Pods will have.
    for_critical: Millis,
}

impl Kubelets {
    /// Begins to shut a machine down.
    pub(super) fn shut_down(&mut self, world: &mut World, node: &str, grace: Millis, critical: Millis) {
        let Some(machine) = self.machines.get_mut(node).filter(|machine| machine.is_up) else { return };
        machine.begin_shutdown(world);
        let name = machine.name.clone();
        let for_ordinary = grace - critical;
        let shutdown = Shutdown { critical: false, until: world.now + for_ordinary, for_critical: critical };
        self.shutdowns.insert(name.clone(), shutdown);
        self.end_group(world, &name, shutdown, for_ordinary);
        self.pursue_shutdown(world, &name);
    }

    /// Goes on to the next Pods, or to the end, if those whose turn it is have ended or have no time left.
    pub(super) fn pursue_shutdown(&mut self, world: &mut World, node: &str) {
        while let Some(shutdown) = self.shutdowns.get(node).copied() {
            let Some(machine) = self.machines.get_mut(node).filter(|machine| machine.is_shutting_down) else {
                self.shutdowns.remove(node);
                return;
            };
            let group = machine.pods.iter().filter_map(|key| self.workers.get(key));
            let mut group = group.filter(|worker| is_critical(&worker.pod) == shutdown.critical);
            if world.now < shutdown.until && group.any(|worker| worker.step < Step::Reported) {
                return;
            }
            if shutdown.critical {
                machine.fail();
                self.shutdowns.remove(node);
                return;
            }
            let until = world.now + shutdown.for_critical + POWER_OFF;
            let next = Shutdown { critical: true, until, ..shutdown };
            let name = machine.name.clone();
            self.shutdowns.insert(name.clone(), next);
            self.end_group(world, &name, next, next.for_critical);
        }
    }

    /// Ends the Pods whose turn it is, with this much time.
    fn end_group(&mut self, world: &mut World, node: &str, shutdown: Shutdown, time: Millis) {
        world.wake_at(shutdown.until, Key::cluster_wide(node), TIME_IS_UP);
        let pods = self.machines.get(node).map(|machine| machine.pods.clone()).unwrap_or_default();
        for key in pods {
            let worker = self
                .workers
                .get_mut(&key)
                .filter(|worker| is_critical(&worker.pod) == shutdown.critical && worker.step == Step::Alive);
            if let Some(worker) = worker {
                worker.shut_down(world, time);
                self.sync(world, &key);
            }
        }
    }
}

fn is_critical(pod: &k8s_openapi::api::core::v1::Pod) -> bool {
    pod.spec.as_ref().and_then(|spec| spec.priority).is_some_and(|priority| priority >= CRITICAL)
}
