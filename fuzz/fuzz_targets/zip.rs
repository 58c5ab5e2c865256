//! An archive of a bank with what goes along: names and files, packed anew, so that every input can be opened.

#![no_main]

use doujia::bank::formats::Format;
use doujia_fuzz::{archive, feed, seed_files};
use libfuzzer_sys::fuzz_target;

fuzz_target!(init: seed_files("zip", Format::Zip, |_| true), |bytes: &[u8]| feed(&archive(&[], bytes)));
