//! `/healthz`: whether the service can answer questions, that is, read its database.

use actix_web::{HttpResponse, web};

use super::App;
use super::error::Result;

/// `GET /healthz`
pub(super) async fn show(app: web::Data<App>) -> Result<HttpResponse> {
    app.store.content_digest().await?;
    Ok(HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("ok\n"))
}
