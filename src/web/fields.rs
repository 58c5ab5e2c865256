//! A form as it was sent: checked to be ours, and taken apart into fields.

use std::future::Future;
use std::pin::Pin;
use std::str::FromStr;

use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{FromRequest, HttpRequest, web};

use super::error::Error;
use super::{App, cookies};

/// The largest form, in bytes: the longest typed answer many times over.
pub(super) const MAXIMUM_FORM: usize = 64 * 1024;

/// The fields of a form that the visitor's own page has sent: where there is a session, its token was in it.
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// A field that must be there.
    pub(super) fn get(&self, name: &'static str) -> Result<&str, Error> {
        self.find(name).ok_or(Error::BadForm(name))
    }

    /// A field that may be there; the first, where it is repeated.
    pub(super) fn find(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// A field that must be there and be this kind of thing.
    pub(super) fn parse<T: FromStr>(&self, name: &'static str) -> Result<T, Error> {
        self.get(name)?.trim().parse().map_err(|_| Error::BadForm(name))
    }

    /// All fields, in order.
    pub(super) fn all(&self) -> &[(String, String)] {
        &self.0
    }
}

impl FromRequest for Fields {
    type Error = actix_web::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Fields, actix_web::Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let body = web::Bytes::from_request(&request, payload);
        Box::pin(async move {
            let kind =
                request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
            let kind = kind.split(';').next().unwrap_or_default().trim();
            if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
                return Err(Error::NotAForm.into());
            }
            let body = body.await?;
            let fields: Vec<(String, String)> =
                serde_urlencoded::from_bytes(&body).map_err(|_| Error::BadForm("the body"))?;
            let fields = Fields(fields);
            let app = request.app_data::<web::Data<App>>().ok_or(Error::NotFound)?;
            match cookies::token(&request, app.base()) {
                Some(token) if !same(fields.find("csrf").unwrap_or_default(), &token.csrf()) => {
                    Err(Error::Foreign.into())
                }
                Some(_) | None => Ok(fields),
            }
        })
    }
}

/// Compares in a time that does not tell how much was right.
pub(super) fn same(one: &str, other: &str) -> bool {
    one.len() == other.len() && one.bytes().zip(other.bytes()).fold(0, |sum, (a, b)| sum | (a ^ b)) == 0
}
