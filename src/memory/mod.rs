//! Spaced repetition: what a learner remembers of a question, and when to ask again.
//!
//! A thin layer over FSRS-6 (the `fsrs` crate, the scheduler of Anki), shaped like Anki's `rslib/src/scheduler/states`:
//! a [`Memory`] is one of four states, each in a file of its own, and [`Scheduler::next`] is a pure function that
//! returns what each of the four [`Rating`]s would make of it. [`DayClock`] says what "a day" is for one learner,
//! and [`queue`] which kind of card comes next in a sitting.
//!
//! Never here: a clock (the time comes in as a [`Moment`]), a database, a random number (fuzz is seeded by the card).

mod day;
mod fuzz;
mod learning;
mod leech;
mod new;
pub mod queue;
mod rating;
mod relearning;
mod review;
mod scheduler;
mod steps;
mod strength;

pub use day::{Day, DayClock};
pub use fuzz::Fuzz;
pub use learning::Learning;
pub use leech::{LEECH_LAPSES, is_leech};
pub use rating::Rating;
pub use relearning::Relearning;
pub use review::Reviewing;
pub use scheduler::{MAXIMUM_INTERVAL_DAYS, Moment, Next, Outcome, Scheduler, Wait};
pub use steps::{Step, Steps};
pub use strength::{Retention, Strength};

use jiff::Timestamp;

/// What a learner remembers of one question.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Memory {
    /// Never answered, or begun afresh because the answer changed.
    New,
    /// Answered for the first time a moment ago; asked again within minutes until it sits.
    Learning(Learning),
    /// Learned; asked again after days.
    Review(Reviewing),
    /// Forgotten after having been learned; asked again within minutes until it sits.
    Relearning(Relearning),
}

impl Memory {
    /// When the question should be asked again; `None` for a new one, which waits for its turn.
    pub const fn due(&self) -> Option<Timestamp> {
        match self {
            Memory::New => None,
            Memory::Learning(learning) => Some(learning.due),
            Memory::Review(review) => Some(review.due),
            Memory::Relearning(relearning) => Some(relearning.due),
        }
    }

    /// When it was last answered.
    pub const fn last(&self) -> Option<Timestamp> {
        match self {
            Memory::New => None,
            Memory::Learning(learning) => Some(learning.last),
            Memory::Review(review) => Some(review.last),
            Memory::Relearning(relearning) => Some(relearning.last),
        }
    }

    /// What FSRS knows of it; `None` before the first answer.
    pub const fn strength(&self) -> Option<Strength> {
        match self {
            Memory::New => None,
            Memory::Learning(learning) => Some(learning.strength),
            Memory::Review(review) => Some(review.strength),
            Memory::Relearning(relearning) => Some(relearning.strength),
        }
    }

    /// The probability that the learner would answer right now, 0 to 1; `None` before the first answer.
    pub fn retrievability(&self, now: Timestamp) -> Option<f32> {
        let (strength, last) = (self.strength()?, self.last()?);
        let days = now.duration_since(last).as_secs_f32() / 86_400.0;
        Some(strength.retrievability(days.max(0.0)))
    }

    /// Whether this rating would be a lapse: something learned was forgotten.
    pub const fn lapses_on(&self, rating: Rating) -> bool {
        matches!((self, rating), (Memory::Review(_), Rating::Again))
    }

    /// Whether the learner is in the middle of its steps, so that it is asked again within the same sitting.
    pub const fn is_in_steps(&self) -> bool {
        match self {
            Memory::Learning(_) | Memory::Relearning(_) => true,
            Memory::New | Memory::Review(_) => false,
        }
    }
}

#[cfg(test)]
mod tests;
