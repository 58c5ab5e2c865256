//! What can go wrong while a page is made, and what the browser gets then. The page itself is made by `manners`.

use actix_web::http::StatusCode;
use actix_web::http::header::{LOCATION, RETRY_AFTER};
use actix_web::{HttpResponse, ResponseError};

use crate::store::{self, QuestionId};

/// The error of every handler.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// There is no such page, question or review, or it is someone else's: which of these is nobody's business.
    #[error("not found")]
    NotFound,
    /// The form lacks something or says something that no page of ours lets one say.
    #[error("a form that cannot be read: {0}")]
    BadForm(&'static str),
    /// One must sign in for it.
    #[error("not signed in")]
    Unauthorized,
    /// One must be more than one is for it.
    #[error("not allowed")]
    Forbidden,
    /// Someone was faster: what the form is about is not as its page said.
    #[error("a conflict: {0}")]
    Conflict(&'static str),
    /// It can be read, but not be done.
    #[error("cannot be done: {0}")]
    Unprocessable(&'static str),
    /// What was sent is longer than this page takes.
    #[error("too large")]
    TooLarge,
    /// Too often, from this address or account; after so many seconds it may be tried again.
    #[error("too many; again after {0} s")]
    TooMany(u64),
    /// The form was not sent by a page of this visitor's session.
    #[error("a form of another session")]
    Foreign,
    /// The body is not a form.
    #[error("a body that is not a form")]
    NotAForm,
    /// Nothing is wrong: the visitor belongs on another page.
    #[error("elsewhere: {0}")]
    Elsewhere(String),
    /// The database failed.
    #[error("the store failed")]
    Store(#[source] store::Error),
    /// A question in the database cannot be read: another program wrote it.
    #[error("question {0} cannot be read: {1}")]
    Body(QuestionId, String),
    /// A template failed, which only a bug in it can do.
    #[error("a template failed")]
    Template(#[from] askama::Error),
    /// A password cannot be hashed: the system gives no random numbers, or no memory.
    #[error("a password cannot be hashed: {0}")]
    Hash(String),
    /// The system gives no random numbers, without which nobody gets a session.
    #[error("no random numbers: {0}")]
    Random(getrandom::Error),
}

/// The result of every handler.
pub(super) type Result<T> = std::result::Result<T, Error>;

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Error {
        match error {
            store::Error::NotFound(_) => Error::NotFound,
            store::Error::LastAdmin => Error::Conflict("the last administrator"),
            other => Error::Store(other),
        }
    }
}

impl From<getrandom::Error> for Error {
    fn from(error: getrandom::Error) -> Error {
        Error::Random(error)
    }
}

impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        match self {
            Error::NotFound => StatusCode::NOT_FOUND,
            Error::BadForm(_) => StatusCode::BAD_REQUEST,
            Error::Unauthorized => StatusCode::UNAUTHORIZED,
            Error::Foreign | Error::Forbidden => StatusCode::FORBIDDEN,
            Error::Conflict(_) => StatusCode::CONFLICT,
            Error::Unprocessable(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Error::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Error::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Error::NotAForm => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Error::Elsewhere(_) => StatusCode::SEE_OTHER,
            Error::Store(store::Error::Busy(_) | store::Error::ReadOnly(_)) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Error::Store(store::Error::Full(_)) => StatusCode::INSUFFICIENT_STORAGE,
            Error::Store(_) | Error::Body(..) | Error::Template(_) | Error::Hash(_) | Error::Random(_) => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
        }
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        match self {
            Error::Elsewhere(location) => response.insert_header((LOCATION, location.as_str())).finish(),
            Error::TooMany(seconds) => response.insert_header((RETRY_AFTER, seconds.to_string())).finish(),
            _ => response.finish(),
        }
    }
}

/// Sends the browser on with a GET, after a form or from a page that is not for it.
pub(super) fn see_other(location: impl AsRef<str>) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((LOCATION, location.as_ref())).finish()
}
