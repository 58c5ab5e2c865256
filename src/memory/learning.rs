//! A question met a moment ago: short steps, then days.

use jiff::{SignedDuration, Timestamp};

use super::scheduler::{Context, Next, Outcome, Wait};
use super::{Memory, Rating, Step, Strength};

/// A memory on its learning steps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Learning {
    /// The step it is on.
    pub step: Step,
    /// What FSRS knows of it.
    pub strength: Strength,
    /// When it was last answered.
    pub last: Timestamp,
    /// When it is asked again.
    pub due: Timestamp,
}

/// What each rating makes of a memory on its learning steps.
pub(super) fn next(state: &Learning, context: &Context<'_>) -> Next {
    from_step(state.step, context)
}

/// The same for a memory that stands on this step, answered before or not.
pub(super) fn from_step(step: Step, context: &Context<'_>) -> Next {
    let steps = context.scheduler.learning_steps;
    let (good_days, easy_days) = context.graduation_days();
    Next {
        again: stay(steps.again(), Rating::Again, context),
        hard: stay(steps.hard(step), Rating::Hard, context),
        good: match steps.good(step) {
            Some(to) => on_step(to, Rating::Good, context),
            None => context.review(Rating::Good, good_days),
        },
        easy: context.review(Rating::Easy, easy_days),
    }
}

/// Stays on the steps, or waits for days where there are none.
fn stay(to: Option<(Step, SignedDuration)>, rating: Rating, context: &Context<'_>) -> Outcome {
    match to {
        Some(to) => on_step(to, rating, context),
        None => context.review(rating, context.days(context.interval(rating), 1)),
    }
}

fn on_step((step, wait): (Step, SignedDuration), rating: Rating, context: &Context<'_>) -> Outcome {
    let strength = context.strength(rating);
    let memory =
        Memory::Learning(Learning { step, strength, last: context.at.now, due: context.after(wait) });
    Outcome { memory, wait: Wait::Short(wait) }
}
