//! Opening the database: its URL, its connections, its schema, and the copy that is kept before the schema changes.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions, install_default_drivers};
use sqlx::migrate::{Migrate, Migrator};
use sqlx::{Any, AnyConnection, AnyPool, Connection, Executor, Transaction};

use super::file::{at, beside, private};
use super::readers::{Reader, Readers};
use super::{Error, Result, Store};

pub(super) static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");
const MIGRATIONS_TABLE: &str = "_sqlx_migrations";

/// Others who wait for the writer may spoil it again before it is our turn; so often, we try once more.
const WRITERS_REPLACED: u32 = 3;

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
    /// [`Error::Url`], [`Error::Newer`], [`Error::Copy`], [`Error::Migrate`]; none of them changes the database.
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
        first.execute(PRAGMAS).await?;
        first.close().await?;
        let options: AnyConnectOptions = format!("{}?mode=rwc", file_url(&file)).parse()?;
        let writer = writer(options.clone()).await?;
        migrate(&writer, migrations, &file).await?;
        let readers = Arc::new(Readers::open(options).await?);
        Ok(Store { writer, readers, desk: Default::default(), file })
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
        self.writer.execute("pragma shrink_memory").await?;
        Ok(())
    }

    /// Waits for what is under way and closes the connections; the write-ahead log is folded into the file.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    /// A transaction that may write. It takes the write lock at once: one that only took it at its first write could
    /// find that what it read has changed meanwhile.
    pub(super) async fn write(&self) -> Result<Transaction<'static, Any>> {
        for _ in 0..WRITERS_REPLACED {
            match self.writer.begin_with("begin immediate").await {
                // When it cannot write, SQLite ends the transaction by itself; sqlx then fails to roll back what is no
                // longer there, and takes the connection to be inside it for ever. A new one knows better.
                Err(sqlx::Error::InvalidSavePointStatement) => self.writer.acquire().await?.close().await?,
                begun => return Ok(begun?),
            }
        }
        Ok(self.writer.begin_with("begin immediate").await?)
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

/// The one connection that writes.
async fn writer(options: AnyConnectOptions) -> Result<AnyPool> {
    let pool = AnyPoolOptions::new()
        .max_connections(1)
        .min_connections(1)
        .acquire_timeout(PATIENCE)
        // A connection to a file does not go stale, so it need not be asked or renewed.
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None)
        .after_connect(|connection, _| Box::pin(async move { connection.execute(PRAGMAS).await.map(drop) }))
        .connect_with(options)
        .await?;
    Ok(pool)
}

/// Brings the schema up to date, after a copy if there was one.
async fn migrate(writer: &AnyPool, migrations: &Migrator, file: &Path) -> Result<()> {
    let mut connection = writer.acquire().await?;
    connection.ensure_migrations_table(MIGRATIONS_TABLE).await?;
    let applied = connection.list_applied_migrations(MIGRATIONS_TABLE).await?;
    let found = applied.iter().map(|migration| migration.version).max();
    let known = migrations.iter().map(|migration| migration.version).max().unwrap_or(0);
    match found {
        Some(found) if found > known => return Err(Error::Newer { found, known }),
        Some(found) if found < known => copy_before(&mut connection, file, found).await?,
        Some(_) | None => {}
    }
    drop(connection);
    migrations.run(writer).await?;
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
