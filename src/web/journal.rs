//! What is written down of a request: a line in the log and a count in the metrics.
//!
//! Nothing about a person is: no address, no name, and no path, since some paths are secrets (`/reset/…`): the pattern of
//! the route stands for it.

use std::error::Error as _;
use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::body::BoxBody;
use actix_web::dev::ServiceResponse;

use super::App;
use super::error::Error;

/// The number of a request, in its answer, its error page and each line of the log about it: eight random bytes; where
/// there are none, the request goes on without.
pub(super) fn request_id() -> String {
    getrandom::u64().map_or_else(|_| "-".to_owned(), |id| format!("{id:016x}"))
}

/// Writes down that a request was answered.
pub(super) fn note(response: &ServiceResponse<BoxBody>, took: Duration, app: &App) {
    let (request, status) = (response.request(), response.status());
    let prefix = app.base().prefix();
    let known = request.match_pattern().map(|pattern| below(&pattern, prefix).to_owned());
    app.metrics().request(known.as_deref().unwrap_or("other"), status, took);
    let error = response.response().error();
    if let Some(Error::Store(error)) = error.and_then(|error| error.as_error::<Error>()) {
        app.metrics().database_error(error);
    }
    let reason = || error.map(reasons).unwrap_or_default();
    let route = known.unwrap_or_else(|| unknown(request, prefix));
    let (method, status, ms) =
        (request.method(), status.as_u16(), u64::try_from(took.as_millis()).unwrap_or(u64::MAX));
    match status {
        500.. => tracing::error!(status, %method, route, ms, reason = reason(), "failed"),
        400.. => tracing::info!(status, %method, route, ms, reason = reason(), "refused"),
        _ => tracing::debug!(status, %method, route, ms, "answered"),
    }
}

/// A path without the base URL's.
fn below<'a>(path: &'a str, prefix: &str) -> &'a str {
    match path.strip_prefix(prefix) {
        Some("") => "/",
        Some(rest) if rest.starts_with('/') => rest,
        _ => path,
    }
}

/// What is told of a path that is nobody's: its beginning. The rest may be a secret after a slip of the pen.
fn unknown(request: &HttpRequest, prefix: &str) -> String {
    let path = below(request.path(), prefix).trim_start_matches('/');
    match path.split_once('/') {
        Some((first, _)) => format!("/{first}/…"),
        None => format!("/{path}"),
    }
}

/// An error with what it came from.
fn reasons(error: &actix_web::Error) -> String {
    let Some(error) = error.as_error::<Error>() else { return error.to_string() };
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        source = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn a_path_that_is_nobodys_is_cut_after_its_beginning() {
        let told = |path: &str| unknown(&TestRequest::with_uri(path).to_http_request(), "/doujia");
        assert_eq!(told("/nowhere"), "/nowhere");
        assert_eq!(told("/doujia/rset/6f1c"), "/rset/…");
        assert_eq!(told("/reset/6f1c/"), "/reset/…");
        assert_eq!(told("/doujiaX/y"), "/doujiaX/…");
        assert_eq!(told("/"), "/");
    }
}
