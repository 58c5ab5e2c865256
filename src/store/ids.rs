//! The numbers by which the database knows things, each a type of its own.

use std::fmt;

use jiff::Timestamp;

use super::{Error, Result};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = std::num::ParseIntError;

            fn from_str(text: &str) -> std::result::Result<$name, Self::Err> {
                text.parse().map($name)
            }
        }
    };
}

id!(
    /// A person who studies.
    LearnerId
);
id!(
    /// A bank of questions.
    BankId
);
id!(
    /// A question, over all its versions.
    QuestionId
);
id!(
    /// One recorded answer.
    ReviewId
);
id!(
    /// A file that a teacher sent.
    UploadId
);

/// The instant of a column `…_at`.
pub(super) fn instant(ms: i64) -> Result<Timestamp> {
    Timestamp::from_millisecond(ms).map_err(|_| Error::Corrupt(format!("the instant {ms}")))
}

/// A column that counts something.
pub(super) fn count(number: i64) -> Result<u32> {
    u32::try_from(number).map_err(|_| Error::Corrupt(format!("the count {number}")))
}
