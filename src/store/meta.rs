//! Small facts about the database itself.

use super::{Result, Store};

const CONTENT_DIGEST: &str = "content-digest";

impl Store {
    /// The digest of the content that was last synced in whole; `None` in a fresh database.
    pub async fn content_digest(&self) -> Result<Option<String>> {
        // By primary key.
        let digest = sqlx::query_scalar("select value from meta where name = $1")
            .bind(CONTENT_DIGEST)
            .fetch_optional(self.reader())
            .await?;
        Ok(digest)
    }

    /// Remembers that all content with this digest is synced, so that the next start need not look.
    pub async fn set_content_digest(&self, digest: &str) -> Result<()> {
        let mut tx = self.write().await?;
        sqlx::query(
            "insert into meta (name, value) values ($1, $2) on conflict (name) do update set value = excluded.value",
        )
        .bind(CONTENT_DIGEST)
        .bind(digest)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }
}
