//! Running a scenario: a cluster is set up, the manifests are applied at time zero, the timeline is played, and the watch
//! log becomes a [`Trace`].
//!
//! A run is a pure function of its scenario: the same file and seed give the same trace to the byte. What runs away (too
//! many steps, objects or changes for its [`Limits`]) is stopped and told as a problem of the file.

use super::action::{Action, Left, apply};
use super::api::Admit;
use super::claim::{ClaimError, Prover, Value, Verdict};
use super::clock::{Millis, SimTime};
use super::components::control_plane;
use super::engine::{Engine, Stop, World};
use super::frame::moments::Step;
use super::limits::Limits;
use super::object::{DEFAULT_NAMESPACE, Kind};
use super::scenario::Scenario;
use super::trace::Trace;
use crate::problem::{Place, Problem};
use k8s_openapi::api::core::v1::Namespace;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

#[cfg(test)]
mod tests;

/// How long the Nodes have been there when a scenario begins.
const NODES_AGE: Millis = Millis::mins(60);
/// How often, in steps, the objects are counted.
const COUNT_EVERY: u64 = 256;

/// What happened when a scenario ran.
#[derive(Clone, Debug)]
pub struct Run {
    /// The scenario.
    pub scenario: Scenario,
    /// Everything that happened.
    pub trace: Trace,
    /// The timeline, as frames need it: `frame::frames(&run.trace, &run.steps)`.
    pub steps: Vec<Step>,
}

/// Runs a scenario within the usual limits.
///
/// # Errors
/// Located problems: a manifest or an action that the API server refuses, or a run that runs away.
pub fn run(scenario: &Scenario) -> Result<Run, Vec<Problem>> {
    run_within(scenario, Limits::default())
}

/// Runs a scenario within these limits.
///
/// # Errors
/// As [`run`].
pub fn run_within(scenario: &Scenario, limits: Limits) -> Result<Run, Vec<Problem>> {
    let mut world = World::new(scenario.seed, scenario.images.clone());
    set_up(&mut world, scenario);
    let initial = world.store.state().clone();
    world.store.take_log();
    let mut engine = Engine::new(world, control_plane());
    start(&mut engine, scenario)?;
    let errors = play(&mut engine, scenario, limits)?;
    let trace = Trace::new(initial, engine.world.store.take_log(), scenario.until);
    Ok(Run { scenario: scenario.clone(), trace, steps: steps(scenario, errors) })
}

/// The Nodes and the namespace, as they have been for an hour.
fn set_up(world: &mut World, scenario: &Scenario) {
    let long_ago = SimTime::ZERO - NODES_AGE;
    let metadata = ObjectMeta { name: Some(DEFAULT_NAMESPACE.to_owned()), ..ObjectMeta::default() };
    let mut namespace = Namespace { metadata, ..Namespace::default() };
    namespace.fill_in(world.store.state());
    // Names are unique: the scenario's reader has seen to that.
    let _ = world.store.create(long_ago, namespace);
    for (number, node) in scenario.nodes.iter().enumerate() {
        let _ = world.store.create(long_ago, node.to_object(long_ago, number));
        world.leases.insert(node.name.clone(), SimTime::ZERO);
        world.machines.insert(node.name.clone(), node.machine.clone());
    }
}

/// Applies the manifests at time zero and plans the timeline.
fn start(engine: &mut Engine, scenario: &Scenario) -> Result<(), Vec<Problem>> {
    let mut problems = Vec::new();
    for manifest in &scenario.manifests {
        if let Err(refused) = apply(&mut engine.world, manifest) {
            problems.extend(refused.into_problems(&manifest.place()));
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    engine.after_action();
    for (index, entry) in scenario.timeline.iter().enumerate() {
        engine.plan_action(entry.at, index);
    }
    Ok(())
}

/// An action that kubectl gave up: the entry of the timeline that it belongs to if it was at once, and what it printed.
struct GivenUp {
    entry: Option<usize>,
    at: SimTime,
    error: String,
}

fn play(engine: &mut Engine, scenario: &Scenario, limits: Limits) -> Result<Vec<GivenUp>, Vec<Problem>> {
    // What is left of actions that go on; the engine knows them by the numbers after the timeline's own.
    let mut rest: Vec<Action> = Vec::new();
    let mut given_up = Vec::new();
    let entries = scenario.timeline.len();
    loop {
        match engine.step(scenario.until) {
            Some(Stop::Reached) => return Ok(given_up),
            Some(Stop::Action(index)) => {
                let actions = match scenario.timeline.get(index) {
                    Some(entry) => entry.actions.clone(),
                    None => rest.get(index - entries).cloned().into_iter().collect(),
                };
                for action in actions {
                    let left = action
                        .act(&mut engine.world)
                        .map_err(|refused| refused.into_problems(action.place()))?;
                    match left {
                        Left::Nothing => {}
                        Left::Later(at, action) => {
                            engine.plan_action(at, entries + rest.len());
                            rest.push(action);
                        }
                        Left::Error(error) => {
                            let entry = Some(index).filter(|index| *index < entries);
                            given_up.push(GivenUp { entry, at: engine.world.now, error });
                        }
                    }
                    engine.after_action();
                }
            }
            None => {}
        }
        check_limits(engine, scenario, limits)?;
    }
}

fn check_limits(engine: &Engine, scenario: &Scenario, limits: Limits) -> Result<(), Vec<Problem>> {
    let store = &engine.world.store;
    let over = |kind, found: u64, most: u64| {
        // The last thing that a person did is the likeliest cause.
        let now = engine.world.now;
        let entry = scenario.timeline.iter().rev().find(|entry| entry.at <= now);
        let first = || scenario.manifests.first().map(super::scenario::Manifest::place);
        let whole = || Place { file: scenario.file.clone(), ..Place::default() };
        let place = entry.map(|entry| entry.place.clone()).or_else(first).unwrap_or_else(whole);
        let problem =
            Problem::error(place, kind).found(format!("{found} ({now})")).expected(most.to_string());
        Err(vec![problem])
    };
    if engine.steps() > limits.steps {
        return over("too-many-steps", engine.steps(), limits.steps);
    }
    if store.log().len() > limits.changes {
        return over("too-many-changes", store.log().len() as u64, limits.changes as u64);
    }
    if engine.steps().is_multiple_of(COUNT_EVERY) {
        let kinds = Kind::ALL.iter().filter(|kind| **kind != Kind::Event);
        let objects: usize = kinds.map(|kind| store.state().count(*kind)).sum();
        if objects > limits.objects {
            return over("too-many-objects", objects as u64, limits.objects as u64);
        }
    }
    Ok(())
}

/// The entries of the timeline, each with what kubectl gave up, and steps of their own for what it gave up later.
fn steps(scenario: &Scenario, given_up: Vec<GivenUp>) -> Vec<Step> {
    let step = |entry: &super::scenario::Entry| Step {
        at: entry.at,
        say: entry.say.clone(),
        deed: entry.actions.iter().map(Action::words).collect::<Vec<_>>().join("; "),
        errors: Vec::new(),
    };
    let mut steps: Vec<Step> = scenario.timeline.iter().map(step).collect();
    for GivenUp { entry, at, error } in given_up {
        match entry.and_then(|index| steps.get_mut(index)) {
            Some(step) => step.errors.push(error),
            None => steps.push(Step { at, say: None, deed: String::new(), errors: vec![error] }),
        }
    }
    steps.sort_by_key(|step| step.at);
    steps
}

impl Run {
    /// Checks every claim, in the order of the scenario.
    pub fn prove(&self) -> Vec<Verdict> {
        Prover::new(&self.trace).prove(&self.scenario.claims)
    }

    /// The value of an expression at a moment: what a prediction asks for.
    ///
    /// # Errors
    /// The expression is no CEL, or cannot be evaluated then.
    pub fn evaluate(&self, expression: &str, at: SimTime) -> Result<Value, ClaimError> {
        Prover::new(&self.trace).evaluate(expression, at)
    }
}
