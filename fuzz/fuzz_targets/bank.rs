//! A file of questions in any format, as a stranger uploads it: found out by its content, read, and what could be read
//! written in every format.
//!
//! The corpus begins with some of the built-in questions in each format, among them the two that are no text.

#![no_main]

use doujia_fuzz::{feed, seed_every_format};
use libfuzzer_sys::fuzz_target;

fuzz_target!(init: seed_every_format("bank"), |bytes: &[u8]| feed(bytes));
