//! The scheduler: from a memory and a moment to the four memories a rating can make of it.

use fsrs::{FSRS, NextStates};
use jiff::{SignedDuration, Timestamp};

use super::{
    DayClock, Fuzz, Memory, Rating, Retention, Reviewing, Steps, Strength, learning, new, relearning, review,
};

/// The longest interval: a hundred years, Anki's default.
pub const MAXIMUM_INTERVAL_DAYS: u32 = 36_500;

/// When an answer is given, by whose calendar, and with which spread.
#[derive(Clone, Copy, Debug)]
pub struct Moment<'a> {
    /// The instant of the answer.
    pub now: Timestamp,
    /// The learner's days.
    pub days: &'a DayClock,
    /// The spread of this card at this turn.
    pub fuzz: Fuzz,
}

/// How long until the question is asked again, as it stands on the rating's button.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Within this sitting.
    Short(SignedDuration),
    /// So many of the learner's days, at least 1.
    Days(u32),
}

/// What one rating would make of a memory.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outcome {
    /// The memory afterwards.
    pub memory: Memory,
    /// How long until it is due.
    pub wait: Wait,
}

/// What each rating would make of a memory.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Next {
    /// Not remembered.
    pub again: Outcome,
    /// Remembered with effort.
    pub hard: Outcome,
    /// Remembered.
    pub good: Outcome,
    /// Remembered at once.
    pub easy: Outcome,
}

impl Next {
    /// The outcome of one rating.
    pub const fn after(&self, rating: Rating) -> &Outcome {
        match rating {
            Rating::Again => &self.again,
            Rating::Hard => &self.hard,
            Rating::Good => &self.good,
            Rating::Easy => &self.easy,
        }
    }
}

/// FSRS-6 with its default parameters, and what a learner wants of it.
#[derive(Clone, Debug)]
pub struct Scheduler {
    fsrs: FSRS,
    retention: Retention,
    pub(super) learning_steps: Steps,
    pub(super) relearning_steps: Steps,
}

impl Scheduler {
    /// A scheduler that aims at this retention, with the default steps.
    pub fn new(retention: Retention) -> Scheduler {
        Scheduler {
            fsrs: FSRS::default(),
            retention,
            learning_steps: Steps::LEARNING,
            relearning_steps: Steps::RELEARNING,
        }
    }

    /// The same scheduler with other steps.
    #[must_use]
    pub fn with_steps(self, learning: Steps, relearning: Steps) -> Scheduler {
        Scheduler { learning_steps: learning, relearning_steps: relearning, ..self }
    }

    /// What each rating would make of this memory now.
    pub fn next(&self, memory: &Memory, at: Moment<'_>) -> Next {
        let context = Context { scheduler: self, at, ideal: self.ideal(memory, at) };
        match memory {
            Memory::New => new::next(&context),
            Memory::Learning(state) => learning::next(state, &context),
            Memory::Review(state) => review::next(state, &context),
            Memory::Relearning(state) => relearning::next(state, &context),
        }
    }

    /// The days after which so stable a memory has faded to the desired retention: neither rounded nor spread nor capped.
    pub fn interval(&self, stability: f32) -> f32 {
        // The rating counts only where there is no stability yet.
        self.fsrs.next_interval(Some(stability), self.retention.share(), 0)
    }

    /// The four FSRS states, before steps, whole days and spread.
    fn ideal(&self, memory: &Memory, at: Moment<'_>) -> NextStates {
        let elapsed = memory.last().map_or(0, |last| at.days.day_of(at.now).days_since(at.days.day_of(last)));
        self.fsrs
            .next_states(memory.strength().map(Into::into), self.retention.share(), elapsed)
            .expect("FSRS clamps stability and difficulty, so that a finite state stays finite")
    }
}

impl Default for Scheduler {
    fn default() -> Scheduler {
        Scheduler::new(Retention::DEFAULT)
    }
}

/// What the four state files need to decide.
pub(super) struct Context<'a> {
    pub(super) scheduler: &'a Scheduler,
    pub(super) at: Moment<'a>,
    pub(super) ideal: NextStates,
}

impl Context<'_> {
    /// The strength after a rating.
    pub(super) fn strength(&self, rating: Rating) -> Strength {
        self.state(rating).memory.into()
    }

    /// The interval after a rating in days, as FSRS wants it.
    pub(super) fn interval(&self, rating: Rating) -> f32 {
        self.state(rating).interval
    }

    /// Whole days for an interval, at least `least`.
    pub(super) fn days(&self, interval: f32, least: u32) -> u32 {
        self.at.fuzz.days(interval, least, MAXIMUM_INTERVAL_DAYS)
    }

    /// The instant after a short wait.
    pub(super) fn after(&self, wait: SignedDuration) -> Timestamp {
        self.at.now.checked_add(wait).unwrap_or(Timestamp::MAX)
    }

    /// A memory that is asked for again at the start of the day so many days ahead.
    pub(super) fn review(&self, rating: Rating, days: u32) -> Outcome {
        let ahead = i32::try_from(days).unwrap_or(i32::MAX);
        let due = self.at.days.start_of(self.at.days.day_of(self.at.now).plus(ahead));
        let memory = Memory::Review(Reviewing {
            strength: self.strength(rating),
            interval: days,
            last: self.at.now,
            due,
        });
        Outcome { memory, wait: Wait::Days(days) }
    }

    /// The days after *Good* and *Easy* of a card that leaves its steps: easy waits longer than good.
    pub(super) fn graduation_days(&self) -> (u32, u32) {
        let good = self.days(self.interval(Rating::Good), 1);
        let easy = self.days(self.interval(Rating::Easy), good + 1);
        (good, easy)
    }

    fn state(&self, rating: Rating) -> &fsrs::ItemState {
        match rating {
            Rating::Again => &self.ideal.again,
            Rating::Hard => &self.ideal.hard,
            Rating::Good => &self.ideal.good,
            Rating::Easy => &self.ideal.easy,
        }
    }
}
