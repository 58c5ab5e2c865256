//! Files that teachers sent and have not taken in yet. They wait for a week.

use jiff::{SignedDuration, Timestamp};
use sqlx::FromRow;

use crate::text::Lang;

use super::ids::instant;
use super::{Error, LearnerId, Result, Store, UploadId};

/// How long a file waits to be taken in.
const WAITS: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How many files of one person wait; of more, the oldest go.
const MOST: i64 = 10;

/// A file that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// Its name; empty where it was pasted.
    pub file_name: String,
    /// All of it.
    pub bytes: Vec<u8>,
    /// The bank it is for, where it cannot say so itself; may be empty.
    pub slug: String,
    /// Its language, where it cannot say so itself.
    pub lang: Lang,
    /// The bank's title, where it cannot say so itself; may be empty.
    pub title: String,
    /// The version of the bank `slug` that it brings back, where it is one.
    pub restores: Option<u32>,
    /// When it was sent.
    pub at: Timestamp,
}

#[derive(FromRow)]
struct UploadRow {
    file_name: String,
    bytes: Vec<u8>,
    slug: String,
    lang: String,
    title: String,
    restores: Option<i64>,
    created_at: i64,
}

impl TryFrom<UploadRow> for Upload {
    type Error = Error;

    fn try_from(row: UploadRow) -> Result<Upload> {
        let lang = Lang::from_code(&row.lang);
        Ok(Upload {
            file_name: row.file_name,
            bytes: row.bytes,
            slug: row.slug,
            lang: lang.ok_or_else(|| Error::Corrupt("the language of an upload".to_owned()))?,
            title: row.title,
            restores: row.restores.map(super::ids::count).transpose()?,
            at: instant(row.created_at)?,
        })
    }
}

impl Store {
    /// Keeps a file until it is taken in; those that waited too long go.
    pub async fn keep_upload(&self, learner: LearnerId, upload: &Upload) -> Result<UploadId> {
        let mut writer = self.writer().await?;
        let mut tx = writer.begin().await?;
        // The few rows of a week are read whole.
        sqlx::query("delete from uploads where created_at < $1")
            .bind((upload.at - WAITS).as_millisecond())
            .execute(&mut *tx)
            .await?;
        // By uploads_of_learner.
        sqlx::query(
            "delete from uploads where learner = $1 and id not in
             (select id from uploads where learner = $1 order by created_at desc, id desc limit $2)",
        )
        .bind(learner.0)
        .bind(MOST - 1)
        .execute(&mut *tx)
        .await?;
        let id = sqlx::query_scalar(
            "insert into uploads (learner, file_name, bytes, created_at, slug, lang, title, restores)
             values ($1, $2, $3, $4, $5, $6, $7, $8) returning id",
        )
        .bind(learner.0)
        .bind(&*upload.file_name)
        .bind(&*upload.bytes)
        .bind(upload.at.as_millisecond())
        .bind(&*upload.slug)
        .bind(upload.lang.code())
        .bind(&*upload.title)
        .bind(upload.restores.map(i64::from))
        .fetch_one(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(UploadId(id))
    }

    /// A file that this learner sent.
    pub async fn upload(&self, learner: LearnerId, id: UploadId) -> Result<Option<Upload>> {
        // By primary key.
        let row: Option<UploadRow> = sqlx::query_as(
            "select file_name, bytes, created_at, slug, lang, title, restores from uploads
             where id = $1 and learner = $2",
        )
        .bind(id.0)
        .bind(learner.0)
        .fetch_optional(&mut *self.reader().await?)
        .await?;
        row.map(Upload::try_from).transpose()
    }

    /// Forgets a file, once it is taken in. Does nothing where it is gone.
    pub async fn drop_upload(&self, learner: LearnerId, id: UploadId) -> Result<()> {
        let mut writer = self.writer().await?;
        let mut tx = writer.begin().await?;
        // By primary key.
        sqlx::query("delete from uploads where id = $1 and learner = $2")
            .bind(id.0)
            .bind(learner.0)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }
}
