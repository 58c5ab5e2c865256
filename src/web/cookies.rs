//! The two cookies: the session, which is a secret, and the language, which is not.

use actix_web::HttpRequest;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use sha2::{Digest, Sha256};

use crate::store::{SESSION_IDLE, TokenHash};
use crate::text::Reading;

use super::BaseUrl;

const READING: &str = "doujia-reading";

/// A secret of 256 random bits: of a session, known to one browser, or of a link. The database has only its hash.
#[derive(Clone, PartialEq, Eq)]
pub struct Token([u8; 32]);

impl Token {
    /// A new one.
    ///
    /// # Errors
    /// Where the system gives no random numbers.
    pub fn random() -> Result<Token, getrandom::Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        Ok(Token(bytes))
    }

    /// Reads one from a link or a cookie.
    pub(super) fn from_hex(text: &str) -> Option<Token> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).ok()?;
        Some(Token(bytes))
    }

    /// As it stands in a link.
    pub fn hex(&self) -> String {
        hex::encode(self.0)
    }

    /// By what the store knows it.
    pub fn hash(&self) -> TokenHash {
        TokenHash(Sha256::digest(self.0).into())
    }

    /// What the session's forms carry. It can be computed only by who knows the token, and does not give it away.
    pub(super) fn csrf(&self) -> String {
        let digest = Sha256::new().chain_update(b"doujia form ").chain_update(self.0).finalize();
        hex::encode(&digest[..16])
    }

    /// The cookie that brings it to the browser, for as long as the store keeps an idle session.
    pub(super) fn cookie(&self, base: &BaseUrl) -> Cookie<'static> {
        let days = Duration::hours(SESSION_IDLE.as_hours());
        Cookie::build(session_name(base), self.hex())
            .path(session_path(base))
            .secure(base.is_https())
            .http_only(true)
            .same_site(SameSite::Lax)
            .max_age(days)
            .finish()
    }
}

/// The cookie that takes a session's place when it ends.
pub(super) fn no_session(base: &BaseUrl) -> Cookie<'static> {
    let mut cookie = Cookie::build(session_name(base), "")
        .path(session_path(base))
        .secure(base.is_https())
        .http_only(true)
        .same_site(SameSite::Lax)
        .finish();
    cookie.make_removal();
    cookie
}

/// The `__Host-` prefix makes browsers refuse such a cookie from anyone but this very host over TLS.
fn session_name(base: &BaseUrl) -> &'static str {
    if base.is_https() { "__Host-doujia" } else { "doujia" }
}

/// `__Host-` asks for the root.
fn session_path(base: &BaseUrl) -> String {
    if base.is_https() { "/".to_owned() } else { format!("{}/", base.prefix()) }
}

/// The session token a request brings, if it is well-formed.
pub(super) fn token(request: &HttpRequest, base: &BaseUrl) -> Option<Token> {
    request.cookie(session_name(base)).and_then(|cookie| Token::from_hex(cookie.value()))
}

/// The language a request brings.
pub(super) fn reading(request: &HttpRequest) -> Option<Reading> {
    // `+` is written as it is by us, but some clients send it escaped.
    request.cookie(READING).and_then(|cookie| Reading::from_code(&cookie.value().replace("%2B", "+")))
}

/// The cookie that remembers a language for a year.
pub(super) fn reading_cookie(reading: Reading, base: &BaseUrl) -> Cookie<'static> {
    Cookie::build(READING, reading.code())
        .path(format!("{}/", base.prefix()))
        .secure(base.is_https())
        .http_only(true)
        .same_site(SameSite::Lax)
        .max_age(Duration::days(365))
        .finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_token_is_not_the_hash_in_the_database() {
        let token = Token([7; 32]);
        assert_ne!(token.csrf(), hex::encode(&token.hash().0[..16]));
        assert_eq!(token.csrf(), Token([7; 32]).csrf());
        assert_ne!(token.csrf(), Token([8; 32]).csrf());
    }

    #[test]
    fn over_tls_the_cookie_is_bound_to_the_host() {
        let cookie = Token([7; 32]).cookie(&"https://example.org/doujia".parse().unwrap());
        assert_eq!((cookie.name(), cookie.path(), cookie.secure()), ("__Host-doujia", Some("/"), Some(true)));
        let cookie = Token([7; 32]).cookie(&"http://localhost/doujia".parse().unwrap());
        assert_eq!(
            (cookie.name(), cookie.path(), cookie.secure()),
            ("doujia", Some("/doujia/"), Some(false))
        );
    }
}
