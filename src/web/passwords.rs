//! Hashing and verifying passwords: off the threads that answer requests, and two at a time, since each takes 19 MiB.

use actix_web::web;

use crate::people::{Password, PasswordHash};

use super::App;
use super::error::{Error, Result};

/// How many at once.
pub(super) const AT_ONCE: usize = 2;

impl App {
    /// What is kept of a password.
    pub(super) async fn hash(&self, password: Password) -> Result<PasswordHash> {
        let hash = self.with_password(move || password.hash()).await?;
        hash.map_err(|error| Error::Hash(error.to_string()))
    }

    /// Whether a password is the one of this hash. It takes as long where there is none.
    pub(super) async fn verify(&self, password: Password, hash: Option<PasswordHash>) -> Result<bool> {
        self.with_password(move || password.is_of(hash.as_ref())).await
    }

    async fn with_password<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let _turn = self.passwords.acquire().await.map_err(|error| Error::Hash(error.to_string()))?;
        web::block(work).await.map_err(|error| Error::Hash(error.to_string()))
    }
}
