//! How well an answer went, in the four words of FSRS and Anki.

use std::fmt;

/// A wrong answer is *Again*; a right one is *Good* unless the learner says *Hard* or *Easy*.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rating {
    /// Not remembered.
    Again,
    /// Remembered, with much effort.
    Hard,
    /// Remembered.
    Good,
    /// Remembered at once.
    Easy,
}

impl Rating {
    /// All four, in the order of their buttons.
    pub const ALL: [Rating; 4] = [Rating::Again, Rating::Hard, Rating::Good, Rating::Easy];

    /// The number FSRS gives it, 1 to 4, as it is kept in the database.
    pub const fn number(self) -> u8 {
        match self {
            Rating::Again => 1,
            Rating::Hard => 2,
            Rating::Good => 3,
            Rating::Easy => 4,
        }
    }

    /// Reads what [`Rating::number`] wrote; `None` for anything else.
    pub fn from_number(number: i64) -> Option<Rating> {
        Rating::ALL.into_iter().find(|rating| i64::from(rating.number()) == number)
    }

    /// The word in forms and Fluent keys: `again`, `hard`, `good`, `easy`.
    pub const fn code(self) -> &'static str {
        match self {
            Rating::Again => "again",
            Rating::Hard => "hard",
            Rating::Good => "good",
            Rating::Easy => "easy",
        }
    }

    /// Reads what [`Rating::code`] wrote; `None` for anything else.
    pub fn from_code(code: &str) -> Option<Rating> {
        Rating::ALL.into_iter().find(|rating| rating.code() == code)
    }
}

impl fmt::Display for Rating {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
