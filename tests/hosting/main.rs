//! Doujia as those who run it see it: the program from outside, its options, its log, its end, its database file.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "../support/forms.rs"]
mod forms;

mod configuration;
mod failing;
mod keeping;
mod learner;
mod observing;
mod service;
mod stopping;
