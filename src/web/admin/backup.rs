//! `GET /admin/backup`: the whole database as one file, as it was at one instant, while others go on studying.

use std::path::{Path, PathBuf};

use actix_web::body::SizedStream;
use actix_web::http::Method;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};
use jiff::tz::TimeZone;
use tokio_util::io::ReaderStream;

use super::super::App;
use super::super::error::{Error, Result};
use super::super::visitor::Admin;
use crate::store::{self, Store};

/// Bytes read at once.
const CHUNK: usize = 256 * 1024;

/// `GET /admin/backup`
pub(in crate::web) async fn download(
    admin: Admin,
    request: HttpRequest,
    app: web::Data<App>,
) -> Result<HttpResponse> {
    let now = app.now();
    let date = now.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d-%H%M%S");
    let mut response = HttpResponse::Ok();
    response
        .insert_header((CONTENT_TYPE, "application/vnd.sqlite3"))
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"doujia-{date}.db\"")))
        .insert_header((CACHE_CONTROL, "no-store"));
    // Who only asks what there would be gets no copy made.
    if request.method() == Method::HEAD {
        return Ok(response.finish());
    }
    app.store.note_backup(&admin.0.learner, now).await?;
    let path = beside(app.store.file(), getrandom::u64()?);
    copy_into(&app.store, &path, &mut response).await
}

/// Where the copy is for the moment: beside the database, where there is room for one, or there is none anywhere.
fn beside(database: &Path, number: u64) -> PathBuf {
    PathBuf::from(format!("{}.backup-{number:016x}", database.display()))
}

/// Answers with a copy of the database. Its file loses its name before the first byte is sent, so that nothing is left
/// whatever becomes of the connection.
async fn copy_into(store: &Store, path: &Path, response: &mut HttpResponseBuilder) -> Result<HttpResponse> {
    let copied = store.copy_to(path).await;
    let opened = tokio::fs::File::open(path).await;
    // Also what a copy that failed has left.
    if let Err(error) = tokio::fs::remove_file(path).await
        && error.kind() != std::io::ErrorKind::NotFound
    {
        tracing::error!(path = %path.display(), %error, "a copy of the database cannot be removed");
    }
    copied?;
    let failed = |source: std::io::Error| {
        Error::Store(store::Error::Copy { path: path.to_owned(), source: source.into() })
    };
    let file = opened.map_err(failed)?;
    let length = file.metadata().await.map_err(failed)?.len();
    Ok(response.body(SizedStream::new(length, ReaderStream::with_capacity(file, CHUNK))))
}
