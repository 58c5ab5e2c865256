//! Opening the database: its URL, its connections, its schema, and the copy that is kept before the schema changes.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use quick_cache::sync::Cache;
use sqlx::any::{AnyConnectOptions, install_default_drivers};
use sqlx::migrate::{Migrate, Migrator};
use sqlx::{AnyConnection, Connection, Executor};
use tokio::sync::{Mutex, MutexGuard};

use super::file::{at, beside, private};
use super::readers::{Reader, Readers};
use super::writer::Writer;
use super::{Error, Result, Store};

pub(super) static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");
const MIGRATIONS_TABLE: &str = "_sqlx_migrations";

/// So many browsers are remembered by who used them.
const SEEN: usize = 2_000;

/// How long to wait for a connection: longer than SQLite waits for a lock.
pub(super) const PATIENCE: Duration = Duration::from_secs(15);

/// Set on each connection. WAL is a property of the file, the rest of the connection. The cache is in KiB.
pub(super) const PRAGMAS: &str = "pragma busy_timeout = 10000; pragma journal_mode = wal; pragma synchronous = full; \
                       pragma foreign_keys = on; pragma cache_size = -8000; pragma temp_store = memory";

/// The URL of a database file. Characters that mean something in a URL are escaped.
pub fn file_url(path: &Path) -> String {
    let mut url = String::from("sqlite:");
    for character in path.to_string_lossy().chars() {
        match character {
            '%' | '?' | '#' | ' ' => url.push_str(&format!("%{:02X}", u32::from(character))),
            _ => url.push(character),
        }
    }
    url
}

impl Store {
    /// Opens the database at this URL (`sqlite:…`), makes the file and its folder if they are missing, and brings the
    /// schema up to date. A database that already has a schema is copied beside itself before that.
    ///
    /// # Errors
    /// [`Error::Url`], [`Error::Foreign`], [`Error::Newer`], [`Error::Copy`], [`Error::Migrate`]; none of them changes the
    /// database.
    pub async fn open(url: &str) -> Result<Store> {
        Store::open_with(url, &MIGRATIONS).await
    }

    pub(super) async fn open_with(url: &str, migrations: &Migrator) -> Result<Store> {
        install_default_drivers();
        let file = file_of(url)?;
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder).map_err(at(folder))?;
        }
        private(&file)?;
        // A pool tries again and again, and then only says that it took too long; this says what is wrong.
        let mut first = AnyConnection::connect(&format!("{}?mode=rwc", file_url(&file))).await?;
        refuse_foreign(&mut first, &file).await?;
        first.execute(PRAGMAS).await?;
        first.close().await?;
        let options: AnyConnectOptions = format!("{}?mode=rwc", file_url(&file)).parse()?;
        let mut writer = Writer::open(options.clone()).await?;
        migrate(writer.connection().await?, migrations, &file).await?;
        let readers = Arc::new(Readers::open(options).await?);
        let seen = Arc::new(Cache::new(SEEN));
        Ok(Store { writer: Arc::new(Mutex::new(writer)), readers, desk: Default::default(), seen, file })
    }

    /// Copies the database to a new file while others read and write.
    ///
    /// # Errors
    /// [`Error::Copy`] where the file exists already or cannot be written.
    pub async fn copy_to(&self, path: &Path) -> Result<()> {
        let mut connection = self.reader().await?;
        copy(&mut connection, path).await
    }

    /// The file of the database.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// The size of the database in bytes, without what is still in its write-ahead log.
    pub(super) async fn size(&self) -> Result<u64> {
        let bytes: i64 =
            sqlx::query_scalar("select page_count * page_size from pragma_page_count(), pragma_page_size()")
                .fetch_one(&mut *self.reader().await?)
                .await?;
        Ok(u64::try_from(bytes).unwrap_or(0))
    }

    /// Gives back the memory of the pages that the writer keeps, after a large write that nobody will soon read.
    ///
    /// # Errors
    /// As for any write.
    pub async fn shrink(&self) -> Result<()> {
        self.writer().await?.connection().await?.execute("pragma shrink_memory").await?;
        Ok(())
    }

    /// Waits for what is under way and closes the connections; the write-ahead log is folded into the file.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.lock().await.close().await;
    }

    /// The connection that writes, once it is free.
    ///
    /// # Errors
    /// [`Error::Busy`] where that takes too long.
    pub(super) async fn writer(&self) -> Result<MutexGuard<'_, Writer>> {
        if let Ok(writer) = self.writer.try_lock() {
            return Ok(writer);
        }
        let waiting = tokio::time::timeout(PATIENCE, self.writer.lock());
        Ok(waiting.await.map_err(|_| sqlx::Error::PoolTimedOut)?)
    }

    /// A connection for statements that only read.
    pub(super) async fn reader(&self) -> Result<Reader<'_>> {
        self.readers.acquire().await
    }
}

/// The file a URL means.
pub(super) fn file_of(url: &str) -> Result<PathBuf> {
    let refuse = |reason| Error::Url { url: url.to_owned(), reason };
    let rest = url.strip_prefix("sqlite:").ok_or_else(|| refuse("only sqlite:FILE is supported"))?;
    let rest = rest.strip_prefix("//").unwrap_or(rest);
    let (file, options) = rest.split_once('?').unwrap_or((rest, ""));
    if file.is_empty() || file == ":memory:" || options.contains("memory") {
        return Err(refuse("the database must be a file"));
    }
    unescape(file).map(PathBuf::from).ok_or_else(|| refuse("a % must be followed by two hexadecimal digits"))
}

/// Undoes the escapes (`%20`) of a URL.
fn unescape(text: &str) -> Option<String> {
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        bytes.push(u8::from_str_radix(part.get(..2)?, 16).ok()?);
        bytes.extend_from_slice(&part.as_bytes()[2..]);
    }
    String::from_utf8(bytes).ok()
}

/// Another program's database stays as it is: ours has our migrations in it, or nothing at all.
async fn refuse_foreign(connection: &mut AnyConnection, file: &Path) -> Result<()> {
    let names: Vec<String> = sqlx::query_scalar("select name from sqlite_master where type = 'table'")
        .fetch_all(connection)
        .await?;
    let is_ours = names.is_empty() || names.iter().any(|name| name == MIGRATIONS_TABLE);
    if is_ours { Ok(()) } else { Err(Error::Foreign(file.to_owned())) }
}

/// Brings the schema up to date, after a copy if there was one.
async fn migrate(connection: &mut AnyConnection, migrations: &Migrator, file: &Path) -> Result<()> {
    connection.ensure_migrations_table(MIGRATIONS_TABLE).await?;
    let applied = connection.list_applied_migrations(MIGRATIONS_TABLE).await?;
    let found = applied.iter().map(|migration| migration.version).max();
    let known = migrations.iter().map(|migration| migration.version).max().unwrap_or(0);
    match found {
        Some(found) if found > known => return Err(Error::Newer { found, known }),
        Some(found) if found < known => copy_before(connection, file, found).await?,
        Some(_) | None => {}
    }
    migrations.run(connection).await?;
    Ok(())
}

/// Keeps the database as it was under the old schema: `doujia.db` becomes `doujia.db.schema-3`.
async fn copy_before(connection: &mut AnyConnection, file: &Path, version: i64) -> Result<()> {
    let copied = beside(file, &format!(".schema-{version}"));
    let unfinished = beside(&copied, ".unfinished");
    let failed = |source: std::io::Error| Error::Copy { path: copied.clone(), source: source.into() };
    // Left over from a start that was cut short.
    match std::fs::remove_file(&unfinished) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    copy(connection, &unfinished).await?;
    std::fs::rename(&unfinished, &copied).map_err(failed)
}

pub(super) async fn copy(connection: &mut AnyConnection, path: &Path) -> Result<()> {
    let failed =
        |source: Box<dyn std::error::Error + Send + Sync>| Error::Copy { path: path.to_owned(), source };
    if path.exists() {
        return Err(failed("it is there already".into()));
    }
    // SQLite fills an empty file, which nobody else may read then.
    private(path).map_err(|error| failed(error.into()))?;
    let target = path.to_string_lossy().into_owned();
    let copied = sqlx::query("vacuum into $1").bind(target).execute(connection).await;
    copied.map(drop).map_err(|source| {
        // Half a copy is of no use, and may be in the way of a whole one.
        let _ = std::fs::remove_file(path);
        failed(Error::from(source).into())
    })
}
