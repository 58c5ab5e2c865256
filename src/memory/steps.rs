//! The short waits, within one sitting, before a card is trusted to wait for days.

use jiff::SignedDuration;

/// The step a card is on, from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Step(pub u8);

/// A list of short waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Steps(&'static [SignedDuration]);

impl Steps {
    /// One minute, then ten: Anki's default for new cards.
    pub const LEARNING: Steps = Steps(&[SignedDuration::from_mins(1), SignedDuration::from_mins(10)]);

    /// Ten minutes: Anki's default for forgotten cards.
    pub const RELEARNING: Steps = Steps(&[SignedDuration::from_mins(10)]);

    /// These waits, in order; an empty list means that cards wait for days at once.
    pub const fn new(waits: &'static [SignedDuration]) -> Steps {
        Steps(waits)
    }

    /// *Again*: back to the first step. `None` where there are no steps.
    pub(super) fn again(self) -> Option<(Step, SignedDuration)> {
        self.0.first().map(|wait| (Step(0), *wait))
    }

    /// *Hard*: the same step once more. On the first one the wait lies halfway to the next step, or is half as long
    /// again (at most a day longer) where there is no next (Anki, `steps.rs`). `None` where there are no steps.
    pub(super) fn hard(self, step: Step) -> Option<(Step, SignedDuration)> {
        let first = *self.0.first()?;
        match self.0.get(usize::from(step.0)) {
            Some(wait) if step.0 > 0 => Some((step, *wait)),
            _ => {
                let wait = match self.0.get(1) {
                    Some(second) => (first + *second) / 2,
                    None => (first * 3 / 2).min(first + SignedDuration::from_hours(24)),
                };
                Some((Step(0), wait))
            }
        }
    }

    /// *Good*: the next step. `None` where the last one is done.
    pub(super) fn good(self, step: Step) -> Option<(Step, SignedDuration)> {
        let next = Step(step.0.saturating_add(1));
        self.0.get(usize::from(next.0)).map(|wait| (next, *wait))
    }
}
