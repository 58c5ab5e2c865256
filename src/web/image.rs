//! `/image/{hash}`: the picture of a question, for those who may see a bank that has it.
//!
//! An address never means another picture, so that browsers may keep it for ever; but only they, since others may not
//! see it. It is sent as what it was found to be, and can do nothing, whatever is in it.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use actix_web::{HttpResponse, web};

use crate::store::StoredImage;

use super::App;
use super::error::{Error, Result};
use super::visitor::Student;

/// Even opened by itself it runs nothing and loads nothing.
const POLICY: &str = "default-src 'none'; frame-ancestors 'none'; sandbox";

/// `GET /image/{hash}`
pub(super) async fn show(
    student: Student,
    hash: web::Path<String>,
    app: web::Data<App>,
) -> Result<HttpResponse> {
    let StoredImage { media_type, bytes } =
        app.store.image_open_to(student.learner.id, &hash).await?.ok_or(Error::NotFound)?;
    Ok(picture(&media_type, web::Bytes::from(bytes)))
}

/// A picture that never changes.
pub(super) fn picture(media_type: &str, bytes: web::Bytes) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, media_type))
        .insert_header((CACHE_CONTROL, "private, max-age=31536000, immutable"))
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .body(bytes)
}
