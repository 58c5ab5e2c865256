//! `/healthz`: whether the process answers at all, so that one that does not is started again. `/readyz`: whether it can
//! do its work: the database answers and the content is there. Both speak plain text, to machines.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use super::App;
use super::manners::PlainText;

/// `GET /healthz`
pub(super) async fn alive() -> HttpResponse {
    plain(StatusCode::OK, "ok\n".to_owned())
}

/// `GET /readyz`
pub(super) async fn ready(app: web::Data<App>) -> HttpResponse {
    if let Err(error) = app.store.content_digest().await {
        app.metrics().database_error(&error);
        tracing::warn!(%error, "not ready");
        return plain(StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {error}\n"));
    }
    if !app.has_library() {
        return plain(StatusCode::SERVICE_UNAVAILABLE, "not ready: the content is not loaded\n".to_owned());
    }
    plain(StatusCode::OK, "ready\n".to_owned())
}

fn plain(status: StatusCode, text: String) -> HttpResponse {
    let mut response = HttpResponse::build(status).content_type("text/plain; charset=utf-8").body(text);
    response.extensions_mut().insert(PlainText);
    response
}
