//! The connections that only read.
//!
//! sqlx's pool asks a connection whether it still lives whenever it comes back, and spawns a task for that: as many trips
//! to the connection's thread as the statements of a page. A connection to a file lives until it is closed; these are
//! asked now and then.

use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, MutexGuard, PoisonError};

use sqlx::any::AnyConnectOptions;
use sqlx::{AnyConnection, Connection};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::Result;
use super::open::PATIENCE;
use super::writer::connect;

/// Readers never wait for the writer (WAL), so a few suffice; each has a thread and a page cache of its own.
const READERS: usize = 4;

/// After so many uses a connection is asked whether it lives. It would not if its thread had panicked.
const USES: u32 = 100;

/// A few connections, each opened when it is needed first.
#[derive(Debug)]
pub(super) struct Readers {
    options: AnyConnectOptions,
    permits: Semaphore,
    idle: Mutex<Vec<Used>>,
}

#[derive(Debug)]
struct Used {
    connection: AnyConnection,
    uses: u32,
}

/// A connection in use; it goes back when this is dropped. A statement that was cut short ends by itself before the next
/// one begins.
#[derive(Debug)]
pub(super) struct Reader<'r> {
    readers: &'r Readers,
    /// `None` only while it is dropped.
    used: Option<Used>,
    _permit: SemaphorePermit<'r>,
}

impl Readers {
    /// Opens the first connection, so that an error shows at once.
    pub(super) async fn open(options: AnyConnectOptions) -> Result<Readers> {
        let readers = Readers {
            options,
            permits: Semaphore::new(READERS),
            idle: Mutex::new(Vec::with_capacity(READERS)),
        };
        drop(readers.acquire().await?);
        Ok(readers)
    }

    /// A connection, once one is free.
    ///
    /// # Errors
    /// [`Error::Busy`](super::Error::Busy) where that takes too long, and whatever opening one can meet.
    pub(super) async fn acquire(&self) -> Result<Reader<'_>> {
        let permit = match self.permits.try_acquire() {
            Ok(permit) => permit,
            Err(_) => tokio::time::timeout(PATIENCE, self.permits.acquire())
                .await
                .map_err(|_| sqlx::Error::PoolTimedOut)?
                .map_err(|_| sqlx::Error::PoolClosed)?,
        };
        let idle = self.idle().pop();
        let used = match idle {
            Some(mut used) if used.uses == USES => match used.connection.ping().await {
                Ok(()) => Used { uses: 0, ..used },
                Err(error) => {
                    tracing::warn!(%error, "a connection to the database died and is replaced");
                    self.connect().await?
                }
            },
            Some(used) => used,
            None => self.connect().await?,
        };
        Ok(Reader { readers: self, used: Some(used), _permit: permit })
    }

    /// Waits for what is under way and closes all; nobody gets one any more.
    pub(super) async fn close(&self) {
        // Only fails where they are closed already.
        let all = self.permits.acquire_many(READERS as u32).await;
        let idle = std::mem::take(&mut *self.idle());
        for Used { connection, .. } in idle {
            if let Err(error) = connection.close().await {
                tracing::warn!(%error, "a connection to the database did not close");
            }
        }
        self.permits.close();
        drop(all);
    }

    async fn connect(&self) -> Result<Used> {
        Ok(Used { connection: connect(&self.options).await?, uses: 0 })
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Used>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        if let Some(Used { connection, uses }) = self.used.take() {
            self.readers.idle().push(Used { connection, uses: uses + 1 });
        }
    }
}

impl Deref for Reader<'_> {
    type Target = AnyConnection;

    fn deref(&self) -> &AnyConnection {
        &self.used.as_ref().expect("there until it is dropped").connection
    }
}

impl DerefMut for Reader<'_> {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        &mut self.used.as_mut().expect("there until it is dropped").connection
    }
}
