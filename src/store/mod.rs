//! What is kept: learners, banks, cards and reviews, in one database. All SQL of Doujia lives here.
//!
//! One file per aggregate. Functions take plain values and `now`, and return domain types, never rows; each is one
//! statement or one transaction. The SQL is the part that SQLite and PostgreSQL share, spoken through sqlx's `Any`
//! driver; what only SQLite knows (pragmas, `vacuum into`) is in `open.rs`.
//!
//! There is one writer connection and several readers: writes queue here, in order, instead of failing with "busy".
//! A write that returned is on disk (`synchronous=FULL`).
//!
//! Never here: a rule of grading or of repetition (`bank`, `memory`), a clock, a sentence for people, a query in a loop.

mod accounts;
mod audit;
mod banks;
mod cards;
mod error;
mod figures;
mod file;
mod ids;
mod images;
mod invitations;
mod learners;
mod merge;
mod meta;
mod open;
mod people;
mod placeholders;
mod questions;
mod readers;
mod reviews;
mod sessions;
mod stats;
mod study;
mod sync;
mod takeout;
mod teaching;
mod tickets;
mod together;
mod uploads;
mod writer;

pub use accounts::{Created, Credentials, Entitlement, Holder};
pub use audit::{AuditAction, AuditEntry};
pub use banks::{Audience, Bank, BankProgress};
pub use cards::Card;
pub use error::{Error, Result};
pub use figures::Figures;
pub use file::{DatabaseFile, Examined, Lock};
pub use ids::{BankId, LearnerId, QuestionId, ReviewId, UploadId};
pub use images::{BankImage, StoredImage};
pub use invitations::Invitation;
pub use learners::{Account, Learner, Role, Settings};
pub use meta::SignUp;
pub use open::file_url;
pub use people::Person;
pub use questions::{Question, Version};
pub use reviews::{Answer, Recorded, Review, Revised};
pub use sessions::{KnownBrowser, SESSION_IDLE, Session, TokenHash};
pub use stats::{DayCount, DayRecord, DaySummary, FactCount};
pub use study::{Counts, NextCard, Study};
pub use sync::{
    BankSync, Change, Committed, ImageSync, NewImage, PlannedChange, QuestionSync, ScenarioSync, Synced,
};
pub use takeout::{TakenReview, Takeout};
pub use teaching::{BankVersion, TaughtBank};
pub use tickets::{Purpose, Ticket};
pub use uploads::Upload;

use std::path::PathBuf;
use std::sync::Arc;

use quick_cache::sync::Cache;
use tokio::sync::Mutex;

use readers::Readers;
use together::Desk;
use writer::Writer;

/// The database, open. Cloning it is cheap; all clones share the connections.
#[derive(Clone, Debug)]
pub struct Store {
    writer: Arc<Mutex<Writer>>,
    readers: Arc<Readers>,
    desk: Arc<Desk>,
    /// The learners of browsers that were here, as they were then: a guess of who they are and what they chose.
    seen: Arc<Cache<TokenHash, Learner>>,
    file: PathBuf,
}

#[cfg(test)]
mod tests;
