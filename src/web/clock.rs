//! The one place where the time comes from.

use jiff::Timestamp;

/// Says what time it is. Tests have one whose hands they turn.
pub trait Clock: Send + Sync + 'static {
    /// The instant of this request.
    fn now(&self) -> Timestamp;
}

/// The clock of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

impl<F: Fn() -> Timestamp + Send + Sync + 'static> Clock for F {
    fn now(&self) -> Timestamp {
        self()
    }
}
