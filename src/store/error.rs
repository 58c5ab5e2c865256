//! What can go wrong in the store, and what the caller can do about it.

use std::path::PathBuf;

use sqlx::migrate::MigrateError;

/// SQLite's result codes.
const PERM: u32 = 3;
const BUSY: u32 = 5;
const LOCKED: u32 = 6;
const READONLY: u32 = 8;
const CORRUPT: u32 = 11;
const FULL: u32 = 13;
const CANTOPEN: u32 = 14;
const NOTADB: u32 = 26;
/// A write that the system did not do: over a quota or a limit. (A disk without room is `FULL`.)
const IOERR_WRITE: u32 = 778;

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
    /// A copy could not be made. Where it was to be kept before a migration, nothing was migrated: the operator must make
    /// room or change rights.
    #[error("cannot copy the database to {}", path.display())]
    Copy {
        /// Where the copy should have gone.
        path: PathBuf,
        /// Why not.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A service runs on this database already: the operator must stop that one first.
    #[error("a Doujia runs on {} already: stop it first", .0.display())]
    InUse(PathBuf),
    /// A file or folder cannot be used: the operator must look at its path, its rights and the room there.
    #[error("cannot use {}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A file is there already and is not overwritten: the operator must give another.
    #[error("{} is there already, and is left as it is", .0.display())]
    Exists(PathBuf),
    /// The file is a database of another program: the operator must give another.
    #[error("{} is not a database of Doujia", .0.display())]
    Foreign(PathBuf),
    /// The file can be read but is broken inside: the operator must take another copy.
    #[error("{} is damaged: {reason}", path.display())]
    Broken {
        /// Which.
        path: PathBuf,
        /// The first thing that is wrong.
        reason: String,
    },
    /// A migration failed and was rolled back: a fault of ours, or a database that someone else changed.
    #[error("cannot migrate the database")]
    Migrate(#[source] MigrateError),
    /// What the call refers to (a learner, a question, a version) is not there: the caller shows "not found".
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// Nobody could administer the service any more: the caller says so, and that someone else must be made an
    /// administrator first.
    #[error("this is the last administrator")]
    LastAdmin,
    /// The database is locked by someone else for too long: trying again later may help.
    #[error("the database is busy")]
    Busy(#[source] sqlx::Error),
    /// There is no room: on the disk, in the quota, or below a limit on the size of files. Nothing was written, reading
    /// goes on, and so does writing once there is room: the operator must make some.
    #[error("the disk is full: make room, and Doujia goes on by itself")]
    Full(#[source] sqlx::Error),
    /// The file or its folder cannot be written: the operator must change rights or mount it for writing.
    #[error("the database cannot be written: its file, its folder or their volume is read-only")]
    ReadOnly(#[source] sqlx::Error),
    /// The file cannot be opened: the operator must look at its path and its rights.
    #[error("the database file cannot be opened")]
    Unopened(#[source] sqlx::Error),
    /// The file is not a database, or is no longer whole: the operator must restore a backup.
    #[error(
        "the database file is damaged, or no database: see `doujia doctor`, and `doujia restore` for a backup"
    )]
    Damaged(#[source] sqlx::Error),
    /// A row says something that we would never have written: the operator must look at the database.
    #[error("the database holds a value that cannot be: {0}")]
    Corrupt(String),
    /// Anything else from the database: the operator must look; the transaction was rolled back.
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
        let code = error
            .as_database_error()
            .and_then(sqlx::error::DatabaseError::code)
            .and_then(|code| code.parse::<u32>().ok());
        match (&error, code) {
            (sqlx::Error::PoolTimedOut, _) => Error::Busy(error),
            (_, Some(IOERR_WRITE)) => Error::Full(error),
            // Extended codes keep the primary one in the low byte.
            (_, Some(code)) => match code & 0xff {
                BUSY | LOCKED => Error::Busy(error),
                FULL => Error::Full(error),
                PERM | READONLY => Error::ReadOnly(error),
                CANTOPEN => Error::Unopened(error),
                CORRUPT | NOTADB => Error::Damaged(error),
                _ => Error::Database(error),
            },
            _ => Error::Database(error),
        }
    }
}

impl From<MigrateError> for Error {
    fn from(error: MigrateError) -> Error {
        let (MigrateError::Execute(inner) | MigrateError::ExecuteMigration(inner, _)) = error else {
            return Error::Migrate(error);
        };
        match Error::from(inner) {
            Error::Database(inner) => Error::Migrate(MigrateError::Execute(inner)),
            // Only our own foreign keys could be meant.
            Error::NotFound(what) => Error::Corrupt(format!("a reference to a {what} that is not there")),
            known => known,
        }
    }
}

impl Error {
    /// What is wrong, in one word, as the metrics count it.
    pub fn kind(&self) -> &'static str {
        match self {
            Error::Url { .. } => "url",
            Error::Newer { .. } => "newer",
            Error::Copy { .. } => "copy",
            Error::Migrate(_) => "migrate",
            Error::InUse(_) => "in-use",
            Error::File { .. } => "file",
            Error::Exists(_) => "exists",
            Error::Foreign(_) => "foreign",
            Error::Broken { .. } => "broken",
            Error::NotFound(_) => "not-found",
            Error::LastAdmin => "last-admin",
            Error::Busy(_) => "busy",
            Error::Full(_) => "full",
            Error::ReadOnly(_) => "read-only",
            Error::Unopened(_) => "unopened",
            Error::Damaged(_) => "damaged",
            Error::Corrupt(_) => "corrupt",
            Error::Database(_) => "other",
        }
    }
}
