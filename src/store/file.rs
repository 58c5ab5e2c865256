//! The database's file, whether or not a service runs on it: examined, backed up, restored, and locked. Nothing here
//! migrates it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use sqlx::any::install_default_drivers;
use sqlx::{AnyConnection, Connection};

use super::open::{MIGRATIONS, copy, file_of};
use super::{Error, Result, file_url};

/// So many faults are told of a damaged file; there may be thousands.
const MOST_FAULTS: usize = 20;

/// Where a database is, or will be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabaseFile {
    path: PathBuf,
}

/// What a database file is like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Examined {
    /// The version of its schema.
    pub schema: i64,
    /// The newest version that this program knows.
    pub known: i64,
    /// What is broken in it, in SQLite's words; nothing if it is whole.
    pub faults: Vec<String>,
    /// How many rows refer to something that is not there.
    pub dangling: u64,
    /// How many learners it knows.
    pub learners: u64,
    /// How many answers it keeps.
    pub answers: u64,
}

impl Examined {
    /// Whether nothing is broken.
    pub fn is_whole(&self) -> bool {
        self.faults.is_empty() && self.dangling == 0
    }

    fn usable(self, path: &Path) -> Result<Examined> {
        if !self.is_whole() {
            let dangling = format!("{} references to rows that are not there", self.dangling);
            let reason = self.faults.first().cloned().unwrap_or(dangling);
            return Err(Error::Broken { path: path.to_owned(), reason });
        }
        if self.schema > self.known {
            return Err(Error::Newer { found: self.schema, known: self.known });
        }
        Ok(self)
    }
}

/// The sign that a service runs on a database. It ends with the value, or with the process.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl DatabaseFile {
    /// The file that a database's URL means.
    ///
    /// # Errors
    /// [`Error::Url`].
    pub fn of(url: &str) -> Result<DatabaseFile> {
        file_of(url).map(|path| DatabaseFile { path })
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes sure that there is one, for those who would rather not make a new one.
    ///
    /// # Errors
    /// [`Error::File`] where there is none, or it cannot be read.
    pub fn expect(&self) -> Result<()> {
        File::open(&self.path).map(drop).map_err(at(&self.path))
    }

    /// Claims the database for a service, or for something that must not meet one.
    ///
    /// # Errors
    /// [`Error::InUse`] where it is claimed already; [`Error::File`] where its folder cannot be written.
    pub fn lock(&self) -> Result<Lock> {
        if let Some(folder) = self.path.parent() {
            std::fs::create_dir_all(folder).map_err(at(folder))?;
        }
        let path = beside(&self.path, ".lock");
        let file =
            OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(at(&path))?;
        match file.try_lock() {
            Ok(()) => Ok(Lock { _file: file }),
            Err(TryLockError::WouldBlock) => Err(Error::InUse(self.path.clone())),
            // Some network file systems have no locks; there the operator must take care.
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
                tracing::warn!(path = %path.display(), "this file system has no locks");
                Ok(Lock { _file: file })
            }
            Err(TryLockError::Error(error)) => Err(at(&path)(error)),
        }
    }

    /// Looks at every page and every reference of the file.
    ///
    /// # Errors
    /// [`Error::File`] where there is none, [`Error::Damaged`] where it is no database or cannot be read at all,
    /// [`Error::Foreign`] where it is another program's.
    pub async fn examine(&self) -> Result<Examined> {
        let mut connection = self.connect().await?;
        let examined = self.examine_by(&mut connection).await;
        connection.close().await?;
        examined
    }

    async fn examine_by(&self, connection: &mut AnyConnection) -> Result<Examined> {
        let faults: Vec<String> = sqlx::query_scalar("select integrity_check from pragma_integrity_check")
            .fetch_all(&mut *connection)
            .await?;
        let ours: i64 = count(
            connection,
            "select count(*) from sqlite_master where name in ('_sqlx_migrations', 'learners', 'reviews', 'meta')",
        )
        .await?;
        if ours != 4 {
            return Err(Error::Foreign(self.path.clone()));
        }
        let mut count = async |sql| count(&mut *connection, sql).await;
        let unsigned = |count: i64| u64::try_from(count).unwrap_or(0);
        Ok(Examined {
            schema: count("select coalesce(max(version), 0) from _sqlx_migrations").await?,
            known: MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or(0),
            faults: faults.into_iter().filter(|fault| fault != "ok").take(MOST_FAULTS).collect(),
            dangling: unsigned(count("select count(*) from pragma_foreign_key_check").await?),
            learners: unsigned(count("select count(*) from learners").await?),
            answers: unsigned(count("select count(*) from reviews where undone_at is null").await?),
        })
    }

    /// What the present version of each question says: `bank/ident` and body. Only for the schema of this program.
    pub async fn bodies(&self) -> Result<Vec<(String, String)>> {
        let mut connection = self.connect().await?;
        // The whole table, by the unique index of versions.
        let bodies = sqlx::query_as(
            "select b.slug || '/' || q.ident, v.body
             from questions q
             join banks b on b.id = q.bank
             join question_versions v on v.question = q.id and v.hash = q.hash
             where q.removed_at is null",
        )
        .fetch_all(&mut connection)
        .await;
        connection.close().await?;
        Ok(bodies?)
    }

    /// Copies the database to a new file, while a service may run on it, and examines the copy.
    ///
    /// # Errors
    /// [`Error::Exists`], [`Error::File`], [`Error::Copy`], or what is wrong with the copy; then there is none.
    pub async fn back_up(&self, to: &Path) -> Result<Examined> {
        if to.exists() {
            return Err(Error::Exists(to.to_owned()));
        }
        let mut connection = self.connect().await?;
        let unfinished = beside(to, ".unfinished");
        let copied = back_up_by(&mut connection, &unfinished).await;
        connection.close().await?;
        let examined = match copied {
            Ok(examined) => examined,
            Err(error) => {
                // What is left of it is of no use to anybody.
                let _ = std::fs::remove_file(&unfinished);
                return Err(error);
            }
        };
        std::fs::rename(&unfinished, to).map_err(at(to))?;
        sync_folder(to)?;
        Ok(examined)
    }

    /// Puts a backup in the place of the database, at once or not at all. The old database stays beside it: where, is what
    /// comes back, unless there was none. The caller holds the [`Lock`].
    ///
    /// # Errors
    /// What is wrong with the backup, or [`Error::File`]; then the database is as it was.
    pub async fn restore(&self, backup: &Path, _lock: &Lock, now: Timestamp) -> Result<Option<PathBuf>> {
        let same = backup.canonicalize().map_err(at(backup))?;
        if self.path.canonicalize().is_ok_and(|own| own == same) {
            return Err(Error::Exists(self.path.clone()));
        }
        // The very bytes that will be used are examined, and a backup on a read-only medium will do.
        let unfinished = beside(&self.path, ".unfinished");
        let prepared = prepare(backup, &unfinished).await;
        if let Err(error) = prepared {
            for ending in ["", "-wal", "-shm"] {
                let _ = std::fs::remove_file(beside(&unfinished, ending));
            }
            return Err(error);
        }
        let kept = if self.path.exists() { Some(self.set_aside(now).await?) } else { None };
        std::fs::rename(&unfinished, &self.path).map_err(at(&self.path))?;
        sync_folder(&self.path)?;
        Ok(kept)
    }

    /// Gives the database a second name, and makes sure that nothing of it would be taken for a part of its successor.
    async fn set_aside(&self, now: Timestamp) -> Result<PathBuf> {
        // The log of a service that was killed belongs into the file. One that cannot be read any more is moved along.
        if let Ok(mut connection) = self.connect().await {
            let folded = sqlx::query("pragma wal_checkpoint(truncate)").fetch_all(&mut connection).await;
            if let Err(error) = folded {
                tracing::warn!(%error, "the old database's log cannot be folded into it");
            }
            let _ = connection.close().await;
        }
        let name = format!(".before-{}", now.strftime("%Y%m%dT%H%M%SZ"));
        let mut kept = beside(&self.path, &name);
        // Another restore in the same second has a name of its own.
        let mut number = 1;
        while kept.exists() {
            number += 1;
            kept = beside(&self.path, &format!("{name}-{number}"));
        }
        if std::fs::hard_link(&self.path, &kept).is_err() {
            std::fs::copy(&self.path, &kept).map_err(at(&kept))?;
        }
        let log = beside(&self.path, "-wal");
        if log.exists() {
            std::fs::rename(&log, beside(&kept, "-wal")).map_err(at(&log))?;
        }
        let index = beside(&self.path, "-shm");
        if index.exists() {
            std::fs::remove_file(&index).map_err(at(&index))?;
        }
        Ok(kept)
    }

    async fn connect(&self) -> Result<AnyConnection> {
        install_default_drivers();
        // SQLite would only say that it cannot open it, not why.
        self.expect()?;
        // For writing if one may, since that is what its log wants.
        let refused = match self.connect_by("mode=rw").await {
            Ok(connection) => return Ok(connection),
            Err(refused) => refused,
        };
        // On a volume that is only for reading. A file that nobody can write and that has no log needs nothing beside it.
        let log = std::fs::metadata(beside(&self.path, "-wal")).map_or(0, |about| about.len());
        for mode in std::iter::once("mode=ro").chain((log == 0).then_some("mode=ro&immutable=1")) {
            if let Ok(connection) = self.connect_by(mode).await {
                return Ok(connection);
            }
        }
        Err(refused)
    }

    async fn connect_by(&self, mode: &str) -> Result<AnyConnection> {
        let mut connection = AnyConnection::connect(&format!("{}?{mode}", file_url(&self.path))).await?;
        sqlx::query("pragma busy_timeout = 10000").execute(&mut connection).await?;
        // Only a statement that reads tells whether it can be read.
        count(&mut connection, "select count(*) from sqlite_master").await?;
        Ok(connection)
    }
}

async fn count(connection: &mut AnyConnection, sql: &'static str) -> Result<i64> {
    Ok(sqlx::query_scalar(sql).fetch_one(connection).await?)
}

async fn back_up_by(connection: &mut AnyConnection, unfinished: &Path) -> Result<Examined> {
    match std::fs::remove_file(unfinished) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(at(unfinished)(error)),
        _ => {}
    }
    copy(connection, unfinished).await?;
    File::open(unfinished).and_then(|file| file.sync_all()).map_err(at(unfinished))?;
    DatabaseFile { path: unfinished.to_owned() }.examine().await?.usable(unfinished)
}

/// A copy of the backup, with its log if it has one, whole and on disk.
async fn prepare(backup: &Path, unfinished: &Path) -> Result<()> {
    for ending in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(beside(unfinished, ending));
    }
    private(unfinished)?;
    // Its bytes, not its rights: a backup may be read-only.
    let copy_bytes = |from: &Path, to: &Path| -> io::Result<()> {
        let mut to = File::create(to)?;
        io::copy(&mut File::open(from)?, &mut to)?;
        to.sync_all()
    };
    copy_bytes(backup, unfinished).map_err(at(unfinished))?;
    let log = beside(backup, "-wal");
    if log.exists() {
        copy_bytes(&log, &beside(unfinished, "-wal")).map_err(at(&log))?;
    }
    let examined = DatabaseFile { path: unfinished.to_owned() }.examine().await;
    let examined = examined.map_err(|error| match error {
        // It is the backup that is meant, not the copy of it that was looked at, nor the database.
        Error::Damaged(source) => {
            let said = source
                .as_database_error()
                .map_or_else(|| source.to_string(), |said| said.message().to_owned());
            Error::Broken { path: backup.to_owned(), reason: said }
        }
        Error::Foreign(_) => Error::Foreign(backup.to_owned()),
        other => other,
    })?;
    examined.usable(backup)?;
    let left = beside(unfinished, "-wal");
    if left.exists() {
        return Err(Error::Broken {
            path: backup.to_owned(),
            reason: "its log cannot be folded in".to_owned(),
        });
    }
    File::open(unfinished).and_then(|file| file.sync_all()).map_err(at(unfinished))
}

/// Makes an empty file that nobody else may read: learners' data will be in it.
pub(super) fn private(path: &Path) -> Result<()> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop).map_err(at(path))
}

/// `doujia.db` and an ending: `doujia.db-wal`.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// What cannot be done with a file.
pub(super) fn at(path: &Path) -> impl Fn(io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::File { path: path.clone(), source }
}

/// Has a rename on disk before it is told of.
fn sync_folder(file: &Path) -> Result<()> {
    let folder = match file.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    if cfg!(unix) {
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(at(folder))?;
    }
    Ok(())
}
