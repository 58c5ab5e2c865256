//! A question that is known: days between answers, more each time it is remembered.

use jiff::Timestamp;

use super::scheduler::{Context, Next};
use super::{Rating, Strength, relearning};

/// A memory that waits for days.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reviewing {
    /// What FSRS knows of it.
    pub strength: Strength,
    /// The days it was made to wait, at least 1.
    pub interval: u32,
    /// When it was last answered.
    pub last: Timestamp,
    /// When it is asked again: the start of one of the learner's days.
    pub due: Timestamp,
}

impl Reviewing {
    /// The interval from which a card counts as mature: three weeks, as in Anki.
    pub const MATURE_DAYS: u32 = 21;
}

/// What each rating makes of a memory that waited for days.
pub(super) fn next(state: &Reviewing, context: &Context<'_>) -> Next {
    // As Anki constrains them (states/review.rs): hard < good < easy, and a rating that lengthens the interval at all
    // lengthens it by a day at least, whatever the spread.
    let longer =
        |interval: f32| if interval.round() > state.interval as f32 { state.interval + 1 } else { 0 };
    let days = |rating: Rating, least: u32| {
        let interval = context.interval(rating);
        context.days(interval, least.max(longer(interval)))
    };
    let hard = days(Rating::Hard, 1);
    let good = days(Rating::Good, hard + 1);
    let easy = days(Rating::Easy, good + 1);
    Next {
        again: relearning::stay(context.scheduler.relearning_steps.again(), Rating::Again, context),
        hard: context.review(Rating::Hard, hard),
        good: context.review(Rating::Good, good),
        easy: context.review(Rating::Easy, easy),
    }
}
