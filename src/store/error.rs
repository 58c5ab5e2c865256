//! What can go wrong in the store, and what the caller can do about it.

use std::path::PathBuf;

/// The error of every function of the store.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database URL is not one we can use: the operator must give another.
    #[error("cannot use the database URL {url:?}: {reason}")]
    Url {
        /// As it was given.
        url: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The database was written by a newer Doujia: the operator must run that one, or restore a copy.
    #[error(
        "the database has schema version {found}, and this program knows only up to {known}: run a newer Doujia"
    )]
    Newer {
        /// The version in the database.
        found: i64,
        /// The latest version this program knows.
        known: i64,
    },
    /// The copy before a migration could not be made, so nothing was migrated: the operator must make room or change rights.
    #[error("cannot copy the database to {} before migrating it", path.display())]
    Copy {
        /// Where the copy should have gone.
        path: PathBuf,
        /// Why not.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A migration failed and was rolled back: a fault of ours, or a database that someone else changed.
    #[error("cannot migrate the database")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// What the call refers to (a learner, a question, a version) is not there: the caller shows "not found".
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// The database is locked by someone else for too long: trying again later may help.
    #[error("the database is busy")]
    Busy(#[source] sqlx::Error),
    /// A row says something that we would never have written: the operator must look at the database.
    #[error("the database holds a value that cannot be: {0}")]
    Corrupt(String),
    /// Anything else from the database, such as a full disk: the operator must look; the transaction was rolled back.
    #[error("the database failed")]
    Database(#[source] sqlx::Error),
}

/// The result of every function of the store.
pub type Result<T> = std::result::Result<T, Error>;

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Error {
        // Our statements cannot name tables that are not there: a foreign key that fails is a caller's stale id.
        if error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_foreign_key_violation) {
            return Error::NotFound("learner, question or version");
        }
        // SQLITE_BUSY is 5; its extended codes keep it in the low byte.
        let code = error
            .as_database_error()
            .and_then(sqlx::error::DatabaseError::code)
            .and_then(|code| code.parse::<u32>().ok());
        match (&error, code) {
            (sqlx::Error::PoolTimedOut, _) => Error::Busy(error),
            (_, Some(code)) if code & 0xff == 5 => Error::Busy(error),
            _ => Error::Database(error),
        }
    }
}
