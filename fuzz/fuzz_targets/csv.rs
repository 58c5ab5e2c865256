//! The rows of a table of questions, behind its header.

#![no_main]

use doujia::bank::formats::Format;
use doujia_fuzz::{feed, head_of};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static HEAD: LazyLock<Vec<u8>> = LazyLock::new(|| head_of("csv", Format::Csv, "\n"));

fuzz_target!(init: LazyLock::force(&HEAD), |bytes: &[u8]| feed(&[&HEAD, bytes].concat()));
