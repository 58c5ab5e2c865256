//! Pictures: each once, and what their names mean in the versions of banks.

use jiff::Timestamp;
use sqlx::{AnyConnection, AssertSqlSafe, FromRow};

use super::banks::is_open;
use super::ids::count;
use super::placeholders::placeholders;
use super::{BankId, Error, ImageSync, LearnerId, Result, Store};

/// So many pictures are written in one statement: their bytes are in memory twice meanwhile.
const AT_ONCE: usize = 8;
/// Names per statement.
const NAMES: usize = 100;

/// A picture, ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct StoredImage {
    /// Its type in HTTP.
    pub media_type: String,
    /// All of it.
    pub bytes: Vec<u8>,
}

/// A picture that a bank has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BankImage {
    /// Its name.
    pub name: String,
    /// The SHA-256 of its bytes, in hexadecimal.
    pub hash: String,
    /// Its width in pixels.
    pub width: u32,
    /// Its height in pixels.
    pub height: u32,
    /// How long it is, in bytes.
    pub length: u64,
}

#[derive(FromRow)]
struct NamedRow {
    name: String,
    hash: String,
    width: i64,
    height: i64,
    length: i64,
}

impl TryFrom<NamedRow> for BankImage {
    type Error = Error;

    fn try_from(NamedRow { name, hash, width, height, length }: NamedRow) -> Result<BankImage> {
        let length = u64::from(count(length)?);
        Ok(BankImage { name, hash, width: count(width)?, height: count(height)?, length })
    }
}

impl Store {
    /// The picture with this hash, where a version of a bank that is open to a learner has it.
    pub async fn image_open_to(&self, learner: LearnerId, hash: &str) -> Result<Option<StoredImage>> {
        // By primary keys and version_images_by_hash.
        let image = sqlx::query_as(concat!(
            "select i.media_type, i.bytes from images i
             where i.hash = $2 and exists (
                 select 1 from version_images v join banks b on b.id = v.bank
                 left join enrollments e on e.learner = $1 and e.bank = b.id
                 where v.hash = i.hash and ",
            is_open!(),
            ")"
        ))
        .bind(learner.0)
        .bind(hash)
        .fetch_optional(&mut *self.reader().await?)
        .await?;
        Ok(image)
    }

    /// The picture with this hash. Who may see it, the caller knows.
    pub async fn image(&self, hash: &str) -> Result<Option<StoredImage>> {
        // By primary key.
        let image = sqlx::query_as("select media_type, bytes from images where hash = $1")
            .bind(hash)
            .fetch_optional(&mut *self.reader().await?)
            .await?;
        Ok(image)
    }

    /// What names of pictures mean in a version of a bank; without a number, now.
    pub async fn bank_images(&self, bank: BankId, number: Option<u32>) -> Result<Vec<BankImage>> {
        // By primary keys.
        let rows: Vec<NamedRow> = sqlx::query_as(
            "select v.name, i.hash, i.width, i.height, length(i.bytes) as length
             from version_images v join images i on i.hash = v.hash
             where v.bank = $1
               and v.number = coalesce($2, (select max(number) from bank_versions where bank = $1))
             order by v.name",
        )
        .bind(bank.0)
        .bind(number.map(i64::from))
        .fetch_all(&mut *self.reader().await?)
        .await?;
        rows.into_iter().map(BankImage::try_from).collect()
    }

    /// The pictures that a bank has now, by name, with all that is in them.
    pub async fn image_files(&self, bank: BankId) -> Result<Vec<(BankImage, StoredImage)>> {
        #[derive(FromRow)]
        struct Row {
            #[sqlx(flatten)]
            named: NamedRow,
            #[sqlx(flatten)]
            image: StoredImage,
        }
        // By primary keys.
        let rows: Vec<Row> = sqlx::query_as(
            "select v.name, i.hash, i.width, i.height, length(i.bytes) as length, i.media_type, i.bytes
             from version_images v join images i on i.hash = v.hash
             where v.bank = $1 and v.number = (select max(number) from bank_versions where bank = $1)
             order by v.name",
        )
        .bind(bank.0)
        .fetch_all(&mut *self.reader().await?)
        .await?;
        rows.into_iter().map(|row| Ok((row.named.try_into()?, row.image))).collect()
    }
}

/// Writes the pictures that are new, and what the names mean in a version.
pub(super) async fn write_images(
    connection: &mut AnyConnection,
    (bank, number): (BankId, i64),
    images: &[ImageSync],
    now: Timestamp,
) -> Result<()> {
    let new: Vec<_> = images.iter().filter_map(|image| Some((image, image.new.as_ref()?))).collect();
    for chunk in new.chunks(AT_ONCE) {
        let sql = format!(
            "insert into images (hash, media_type, width, height, bytes, created_at) values {}
             on conflict (hash) do nothing",
            placeholders(chunk.len(), 6)
        );
        let mut query = sqlx::query(AssertSqlSafe(sql)).persistent(false);
        for (image, new) in chunk {
            query = query
                .bind(&*image.hash)
                .bind(&*new.media_type)
                .bind(i64::from(image.width))
                .bind(i64::from(image.height))
                .bind(&*new.bytes)
                .bind(now.as_millisecond());
        }
        query.execute(&mut *connection).await?;
    }
    for chunk in images.chunks(NAMES) {
        let sql = format!(
            "insert into version_images (bank, number, name, hash) values {}",
            placeholders(chunk.len(), 4)
        );
        let mut query = sqlx::query(AssertSqlSafe(sql)).persistent(false);
        for image in chunk {
            query = query.bind(bank.0).bind(number).bind(&*image.name).bind(&*image.hash);
        }
        query.execute(&mut *connection).await?;
    }
    Ok(())
}

/// Forgets the pictures that no version of any bank has any more.
pub(super) async fn drop_unused_images(connection: &mut AnyConnection) -> Result<()> {
    // Every picture is looked at, by version_images_by_hash; banks are deleted rarely.
    sqlx::query(
        "delete from images where not exists (select 1 from version_images v where v.hash = images.hash)",
    )
    .execute(connection)
    .await?;
    Ok(())
}
