//! What happened: the cluster as it was at the beginning, and every change since, in order.

use super::clock::SimTime;
use super::state::State;
use super::store::{Change, ChangeType};
use std::sync::Arc;

/// The record of one run. Copying it is cheap: the changes are shared.
#[derive(Clone, Debug)]
pub struct Trace {
    initial: State,
    changes: Arc<[Change]>,
    end: SimTime,
}

impl Trace {
    /// A record that begins with `initial` (the Nodes that were there before the scenario) and ends at `end`.
    pub fn new(initial: State, changes: Vec<Change>, end: SimTime) -> Trace {
        Trace { initial, changes: changes.into(), end }
    }

    /// The cluster before anything happened.
    pub fn initial(&self) -> &State {
        &self.initial
    }

    /// Every change, in order.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// The last moment that was simulated.
    pub fn end(&self) -> SimTime {
        self.end
    }

    /// The cluster as it was at a moment, after everything that happened in that very millisecond.
    pub fn state_at(&self, at: SimTime) -> State {
        let mut replay = Replay::new(self);
        replay.advance(at);
        replay.state
    }
}

/// Walks through a trace from its beginning, keeping the state.
#[derive(Clone, Debug)]
pub struct Replay<'a> {
    /// The cluster as of the last [`Replay::advance`].
    pub state: State,
    rest: &'a [Change],
}

impl<'a> Replay<'a> {
    /// At the beginning.
    pub fn new(trace: &'a Trace) -> Replay<'a> {
        Replay { state: trace.initial.clone(), rest: &trace.changes }
    }

    /// When the next change comes.
    pub fn next_change(&self) -> Option<SimTime> {
        self.rest.first().map(|change| change.at)
    }

    /// Goes on to a moment, that moment's changes included; returns the changes on the way.
    pub fn advance(&mut self, to: SimTime) -> &'a [Change] {
        let count = self.rest.partition_point(|change| change.at <= to);
        let (passed, rest) = self.rest.split_at(count);
        for change in passed {
            match change.change {
                ChangeType::Added | ChangeType::Modified => {
                    self.state.put(change.object.clone());
                }
                ChangeType::Deleted => {
                    self.state.remove(change.object.kind(), &change.object.key());
                }
            }
        }
        self.rest = rest;
        passed
    }
}
