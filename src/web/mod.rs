//! The pages: what a browser asks for and gets.
//!
//! A request passes `manners` (request id, whose form it is, headers, error pages), reaches the handler of its page, and
//! comes back as a template filled from a view struct. One file per page, a template of the same name, a section of the
//! same name in `locales/*/web.ftl`. Handlers are short: extract, one call down a step, return a view.
//!
//! Every form is answered by a redirect (303), so that reloading and going back never post anything twice.
//!
//! Never here: SQL, a rule of grading or repetition, a sentence for people, the system's clock (`Clock` has it).

mod account;
mod admin;
mod assets;
mod authoring;
mod bank;
mod banks;
mod base_url;
pub mod client;
mod clock;
mod cookies;
mod done;
mod error;
mod feedback;
mod fields;
mod health;
mod help;
mod home;
mod image;
mod join;
mod journal;
mod language;
mod limits;
mod manners;
mod markdown;
mod metrics;
mod origin;
mod page;
mod pair;
mod passwords;
mod question;
mod reset;
mod routes;
mod scenario_guide;
mod scenarios;
mod server;
mod settings;
mod sign_in;
mod sign_up;
mod state;
mod stats;
mod study;
mod takeout;
mod teach;
mod visitor;
mod wait;
mod welcome;

pub use base_url::{BaseUrl, BaseUrlError};
pub use clock::{Clock, SystemClock};
pub use cookies::Token;
pub use routes::{ROUTES, Route};
pub use server::{Server, ServerError, Setup};
pub use state::App;
