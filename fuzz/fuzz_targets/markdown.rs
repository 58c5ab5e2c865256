//! The questions of a bank in Markdown, behind its front matter.

#![no_main]

use doujia::bank::formats::Format;
use doujia_fuzz::{feed, head_of};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static HEAD: LazyLock<Vec<u8>> = LazyLock::new(|| head_of("markdown", Format::Markdown, "\n---\n"));

fuzz_target!(init: LazyLock::force(&HEAD), |bytes: &[u8]| feed(&[&HEAD, bytes].concat()));
