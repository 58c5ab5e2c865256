//! What all handlers share: the store, the clock, and where the pages live. Nothing here that a restart would lose.

use jiff::Timestamp;

use crate::store::Store;

use super::{BaseUrl, Clock};

/// The service, as handlers see it.
pub struct App {
    pub(super) store: Store,
    clock: Box<dyn Clock>,
    base: BaseUrl,
    /// Whether someone said where browsers find us, or we only guess it from where we listen.
    base_is_given: bool,
}

impl App {
    /// A service on this store and clock. Without a base URL it is found at `listens`.
    pub fn new(store: Store, clock: Box<dyn Clock>, base: Option<BaseUrl>, listens: BaseUrl) -> App {
        let base_is_given = base.is_some();
        App { store, clock, base: base.unwrap_or(listens), base_is_given }
    }

    /// The instant of this request.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Where browsers find the pages.
    pub fn base(&self) -> &BaseUrl {
        &self.base
    }

    /// The base URL, where it was given.
    pub(super) fn given_base(&self) -> Option<&BaseUrl> {
        self.base_is_given.then_some(&self.base)
    }

    /// The path of a page, as a link or a redirect needs it.
    pub(super) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base.prefix())
    }
}
