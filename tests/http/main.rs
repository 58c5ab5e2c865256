//! The service from outside: a real server on a real database file, asked over HTTP as a browser would.
//!
//! `house.rs` starts one on content of its own, with a clock whose hands a test turns; `browser.rs` keeps cookies, fills
//! in forms and reads pages.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod accounts;
mod administration;
mod browser;
mod errors;
#[path = "../support/forms.rs"]
mod forms;
mod headers;
mod hostile;
mod house;
mod kinds;
mod languages;
mod loops;
mod pages;
mod people;
mod pictures;
mod rights;
mod roles;
mod teaching;
