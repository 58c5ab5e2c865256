//! The parts of the simulated control plane, and the one list in which each is registered.

use super::controllers::Runner;
use super::controllers::garbage_collector::GarbageCollector;
use super::engine::Component;
use super::scheduler::Scheduler;

/// Every component of a cluster, in the order in which they hear of a change.
pub fn control_plane() -> Vec<Box<dyn Component>> {
    vec![Box::new(Runner::new(GarbageCollector)), Box::new(Scheduler::default())]
}
