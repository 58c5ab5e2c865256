//! Whether a form that changes something was sent from one of our own pages.

use actix_web::http::Method;
use actix_web::http::header::{HOST, HeaderMap, HeaderName, ORIGIN};

use super::BaseUrl;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Whether a request may change something, by what the browser says of where it comes from. Browsers always say so for
/// forms; what does not is no browser, and has no cookie that someone else could abuse.
pub(super) fn is_ours(method: &Method, headers: &HeaderMap, base: Option<&BaseUrl>) -> bool {
    if method.is_safe() {
        return true;
    }
    let header = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    match (header(SEC_FETCH_SITE), header(ORIGIN)) {
        // "none" is a person's own doing: a form posted again from the history.
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => match base {
            Some(base) => origin == base.origin(),
            // Nobody said where we live: where the request was sent, then.
            None => {
                let host = header(HOST).unwrap_or_default();
                !host.is_empty() && origin.split_once("://").is_some_and(|(_, from)| from == host)
            }
        },
        (None, None) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    fn verdict(base: Option<&str>, headers: &[(&'static str, &'static str)]) -> bool {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        let base = base.map(|base| base.parse().unwrap());
        is_ours(&Method::POST, &map, base.as_ref())
    }

    #[test]
    fn only_our_own_pages_may_send_forms() {
        let base = Some("https://example.org/doujia");
        assert!(verdict(base, &[("sec-fetch-site", "same-origin")]));
        assert!(!verdict(base, &[("sec-fetch-site", "same-site")]));
        assert!(!verdict(base, &[("sec-fetch-site", "cross-site"), ("origin", "https://example.org")]));
        assert!(verdict(base, &[("origin", "https://example.org")]));
        assert!(!verdict(base, &[("origin", "http://example.org")]));
        assert!(!verdict(base, &[("origin", "null")]));
        assert!(verdict(None, &[("origin", "http://localhost:8080"), ("host", "localhost:8080")]));
        assert!(!verdict(None, &[("origin", "http://evil.example"), ("host", "localhost:8080")]));
        assert!(verdict(base, &[]));
    }
}
