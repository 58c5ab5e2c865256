//! The simulated cluster: a deterministic discrete-event simulation of Kubernetes 1.36.
//!
//! A scenario goes in (Nodes, images, manifests, a timeline), a [`Trace`] comes out: the watch stream that a real
//! cluster would have sent. Components (controllers, the scheduler, the kubelets) talk only through the [`store`], are
//! woken by the [`engine`], and each mirrors the Kubernetes component that its file is named after. This room is pure:
//! no I/O, no wall clock, no randomness that a seed does not decide. It knows nothing of questions, pages or databases.

pub mod action;
pub mod api;
pub mod budget;
pub mod claim;
pub mod clock;
pub mod components;
pub mod condition;
pub mod controllers;
pub mod engine;
mod event_expiry;
pub mod events;
mod finalizers;
pub mod frame;
mod host_port;
pub mod image;
pub mod kubelet;
pub mod limits;
pub mod load;
pub mod machine;
pub mod metrics;
pub mod names;
pub mod node_affinity;
pub mod object;
pub mod print;
pub mod quantity;
pub mod resources;
pub mod run;
pub mod scenario;
pub mod scheduler;
pub mod selector;
pub mod sidecar;
pub mod state;
pub mod storage_class;
pub mod store;
pub mod taint;
pub mod trace;
pub mod volumes;
pub mod wire;

pub use clock::{Millis, SimTime};
pub use object::{Key, Kind, Object, Resource};
pub use state::State;
pub use store::{Change, ChangeType};
pub use trace::Trace;
