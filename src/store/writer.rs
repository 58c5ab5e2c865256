//! The connection that writes.
//!
//! There is one, and whoever has it begins and ends a transaction on it. sqlx's pool would ask it after each transaction
//! whether it still lives, and the next one would wait for the answer.

use sqlx::any::AnyConnectOptions;
use sqlx::{Any, AnyConnection, Connection, Executor, Transaction};

use super::Result;
use super::open::PRAGMAS;

/// One connection, opened again when it is of no more use.
#[derive(Debug)]
pub(super) struct Writer {
    options: AnyConnectOptions,
    /// `None` once it was closed or given up.
    connection: Option<AnyConnection>,
    /// Whether the last transaction could not begin.
    doubtful: bool,
}

impl Writer {
    /// Opens the connection, so that an error shows at once.
    pub(super) async fn open(options: AnyConnectOptions) -> Result<Writer> {
        let connection = Some(connect(&options).await?);
        Ok(Writer { options, connection, doubtful: false })
    }

    /// A transaction that may write. It takes the write lock at once: one that only took it at its first write could
    /// find that what it read has changed meanwhile.
    pub(super) async fn begin(&mut self) -> Result<Transaction<'_, Any>> {
        if self.is_spoiled().await {
            tracing::warn!("the connection that writes to the database is replaced");
            self.connection = None;
        }
        let begun = opened(&mut self.connection, &self.options).await?.begin_with("begin immediate").await;
        self.doubtful = begun.is_err();
        Ok(begun?)
    }

    /// The connection itself, for what is no transaction.
    pub(super) async fn connection(&mut self) -> Result<&mut AnyConnection> {
        opened(&mut self.connection, &self.options).await
    }

    /// Waits for what is under way and closes the connection.
    pub(super) async fn close(&mut self) {
        if let Some(connection) = self.connection.take()
            && let Err(error) = connection.close().await
        {
            tracing::warn!(%error, "the connection that writes to the database did not close");
        }
    }

    /// When it cannot write, SQLite ends a transaction by itself; sqlx then fails to roll back what is no longer there,
    /// and takes the connection to be inside it for ever.
    async fn is_spoiled(&mut self) -> bool {
        match &mut self.connection {
            Some(connection) if self.doubtful || connection.is_in_transaction() => {
                // A transaction that was dropped has ended by the time this comes back.
                connection.ping().await.is_err() || connection.is_in_transaction()
            }
            _ => false,
        }
    }
}

async fn opened<'c>(
    connection: &'c mut Option<AnyConnection>,
    options: &AnyConnectOptions,
) -> Result<&'c mut AnyConnection> {
    Ok(match connection {
        Some(open) => open,
        none => none.insert(connect(options).await?),
    })
}

/// A connection that is set up as this program needs it.
pub(super) async fn connect(options: &AnyConnectOptions) -> Result<AnyConnection> {
    let mut connection = AnyConnection::connect_with(options).await?;
    connection.execute(PRAGMAS).await?;
    Ok(connection)
}
