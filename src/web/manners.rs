//! What every answer has, whatever the page: a request id, headers that keep browsers safe, an error page where something
//! went wrong, and compression where it is worth it. And what no page gets to see: a form that another site has sent.

use std::time::Instant;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap, HeaderName,
    HeaderValue, VARY,
};
use actix_web::middleware::Next;
use actix_web::{FromRequest, HttpMessage, HttpResponse, HttpResponseBuilder, web};
use askama::Template;
use flate2::Compression;
use tracing::Instrument;

use crate::locale::locale;
use crate::text::Lang;

use super::error::Error;
use super::page::Frame;
use super::visitor::{Renewed, Visitor};
use super::{App, assets, journal, origin, page};

/// Pages below this many bytes go out as they are: compressing them costs more than it saves.
const WORTH_COMPRESSING: usize = 12 * 1024;

/// Only our own files, no script or style inside a page, nobody's frame.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                      connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const HEADERS: [(HeaderName, &str); 8] = [
    (HeaderName::from_static("content-security-policy"), POLICY),
    (HeaderName::from_static("x-content-type-options"), "nosniff"),
    (HeaderName::from_static("x-frame-options"), "DENY"),
    // Not "no-referrer": browsers would then send "Origin: null" with our own forms.
    (HeaderName::from_static("referrer-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-embedder-policy"), "require-corp"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=(), payment=()"),
];

/// The middleware around all pages.
pub(super) async fn manners(
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let id = journal::request_id();
    let Some(app) = request.app_data::<web::Data<App>>().cloned() else {
        return next.call(request).await;
    };
    let began = Instant::now();
    // All that is logged while the request is under way carries its number.
    let span = tracing::info_span!("request", id);
    let response = if origin::is_ours(request.method(), request.headers(), app.given_base()) {
        next.call(request).instrument(span.clone()).await?
    } else {
        request.error_response(Error::Foreign)
    };
    span.in_scope(|| journal::note(&response, began.elapsed(), &app));
    let response = if response.status().is_client_error() || response.status().is_server_error() {
        with_error_page(response, &id, &app).await
    } else {
        response
    };
    let mut response = compressed(response);
    let renewed = response.request().extensions_mut().remove::<Renewed>();
    if let Some(Renewed(cookie)) = renewed
        && let Err(error) = response.response_mut().add_cookie(&cookie)
    {
        tracing::error!(id, %error, "a cookie cannot be sent");
    }
    let is_https = app.base().is_https();
    let headers = response.headers_mut();
    // What is sent as a file may have a stricter policy of its own.
    let own_policy = headers.get(CONTENT_SECURITY_POLICY).cloned();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Some(policy) = own_policy {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    if is_https {
        let a_year = HeaderValue::from_static("max-age=31536000");
        headers.insert(HeaderName::from_static("strict-transport-security"), a_year);
    }
    if !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    }
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert(HeaderName::from_static("x-request-id"), id);
    }
    Ok(response)
}

/// The page of an error, in the visitor's language and in the other.
#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    f: Frame,
    status: u16,
    id: &'a str,
    sides: [Side; 2],
}

/// What is said in one language.
struct Side {
    lang: Lang,
    title: String,
    advice: String,
}

/// The mark of an answer to a machine, which gets no error page.
pub(super) struct PlainText;

async fn with_error_page(
    response: ServiceResponse<BoxBody>,
    id: &str,
    app: &App,
) -> ServiceResponse<BoxBody> {
    let is_page =
        response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if is_page || response.response().extensions().contains::<PlainText>() {
        return response;
    }
    let (request, response) = response.into_parts();
    let is_forbidden = response
        .error()
        .and_then(|error| error.as_error::<Error>())
        .is_some_and(|error| matches!(error, Error::Forbidden));
    // Who is signed in stays so on a page of theirs that went wrong. Where it was the server, it is not asked for more.
    let known =
        if response.status().is_client_error() { Visitor::extract(&request).await.ok() } else { None };
    let frame = known.map_or_else(|| Frame::of(&request, app), |visitor| visitor.frame);
    let page = error_page(frame, response.status(), is_forbidden, id);
    let mut page = page.unwrap_or_else(|error| {
        tracing::error!(id, %error, "the error page failed");
        HttpResponseBuilder::new(response.status()).finish()
    });
    // What the response says beside its page, such as which methods are allowed.
    for (name, value) in response.headers() {
        if name != CONTENT_TYPE {
            page.headers_mut().append(name.clone(), value.clone());
        }
    }
    ServiceResponse::new(request, page)
}

fn error_page(f: Frame, status: StatusCode, is_forbidden: bool, id: &str) -> Result<HttpResponse, Error> {
    let kind = match status.as_u16() {
        401 => "unauthorized",
        // Two reasons, of which only one can be helped by opening the page again.
        403 if is_forbidden => "not-allowed",
        403 => "forbidden",
        409 => "conflict",
        422 => "unprocessable",
        429 => "too-many",
        404 => "not-found",
        405 => "method",
        413 => "too-large",
        415 => "media",
        400..=499 => "bad-request",
        503 => "unavailable",
        507 => "full",
        _ => "internal",
    };
    let sides = [f.lang(), f.lang().other()].map(|lang| Side {
        lang,
        title: locale(lang).say(&format!("error-{kind}")),
        advice: locale(lang).say(&format!("error-{kind}-advice")),
    });
    page::html_with(status, &ErrorPage { f, status: status.as_u16(), id, sides })
}

fn compressed(response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    let is_page =
        response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if !is_page || !assets::takes_gzip(response.request().headers()) {
        return response;
    }
    let mut smaller = false;
    let mut response = response.map_body(|_, body| match body.try_into_bytes() {
        Ok(bytes) if bytes.len() >= WORTH_COMPRESSING => match assets::gzip(&bytes, Compression::fast()) {
            Some(small) => {
                smaller = true;
                BoxBody::new(small)
            }
            None => BoxBody::new(bytes),
        },
        Ok(bytes) => BoxBody::new(bytes),
        Err(body) => body,
    });
    if smaller {
        mark_compressed(response.headers_mut());
    }
    response
}

fn mark_compressed(headers: &mut HeaderMap) {
    headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    headers.insert(VARY, HeaderValue::from_static("accept-encoding, cookie"));
}
