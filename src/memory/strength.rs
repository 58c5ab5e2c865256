//! What FSRS knows of a memory: how slowly it fades and how hard it is; and how much of it one wants to keep.

use fsrs::{FSRS6_DEFAULT_DECAY, MemoryState, current_retrievability};

/// The two numbers of an FSRS memory state.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Strength {
    stability: f32,
    difficulty: f32,
}

impl Strength {
    /// From stability (days, above 0) and difficulty (1 to 10); `None` where they cannot be those of an FSRS state.
    pub fn new(stability: f32, difficulty: f32) -> Option<Strength> {
        (stability.is_finite() && stability > 0.0 && (1.0..=10.0).contains(&difficulty))
            .then_some(Strength { stability, difficulty })
    }

    /// Days after which 90 % is still remembered.
    pub const fn stability(self) -> f32 {
        self.stability
    }

    /// From 1 (easy) to 10 (hard).
    pub const fn difficulty(self) -> f32 {
        self.difficulty
    }

    /// The probability of remembering so many days (or parts of a day) after the last answer, 0 to 1.
    pub fn retrievability(self, days: f32) -> f32 {
        current_retrievability(self.into(), days, FSRS6_DEFAULT_DECAY)
    }
}

impl From<MemoryState> for Strength {
    fn from(state: MemoryState) -> Strength {
        Strength { stability: state.stability, difficulty: state.difficulty }
    }
}

impl From<Strength> for MemoryState {
    fn from(strength: Strength) -> MemoryState {
        MemoryState { stability: strength.stability, difficulty: strength.difficulty }
    }
}

/// The share of due cards a learner wants to remember, in per mille.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Retention(u16);

impl Retention {
    /// 90 %, the default of FSRS and Anki.
    pub const DEFAULT: Retention = Retention(900);

    /// From per mille, held to 700..=990: below it little is learned, above it intervals vanish (Anki's bounds are alike).
    pub const fn per_mille(per_mille: u16) -> Retention {
        match per_mille {
            0..=700 => Retention(700),
            990.. => Retention(990),
            between => Retention(between),
        }
    }

    /// In per mille, 700 to 990.
    pub const fn as_per_mille(self) -> u16 {
        self.0
    }

    /// As a share, 0.70 to 0.99.
    pub fn share(self) -> f32 {
        f32::from(self.0) / 1000.0
    }
}
