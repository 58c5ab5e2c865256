//! A file of questions in any format, as a stranger uploads it: found out by its content, read, and what could be read
//! written in every format.
//!
//! The corpus begins with some of the built-in questions in each format, among them the two that are no text.

#![no_main]

use doujia::bank::Library;
use doujia::bank::formats::{Defaults, Format, Upload, read, write_what_fits};
use doujia::text::Lang;
use libfuzzer_sys::fuzz_target;

/// Enough for every kind of question, little enough to be changed quickly.
const QUESTIONS: usize = 12;

fn write_seeds() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/corpus/bank");
    std::fs::create_dir_all(folder).expect("the corpus can be written");
    let library = Library::builtin().expect("the built-in content is well");
    for mut bank in library.banks {
        bank.questions.truncate(QUESTIONS);
        for format in Format::ALL {
            let (bytes, _) = write_what_fits(&bank, format);
            let file = format!("{folder}/{}.{}", bank.slug, format.extension());
            std::fs::write(file, bytes).expect("the corpus can be written");
        }
    }
}

fuzz_target!(init: write_seeds(), |bytes: &[u8]| {
    let defaults = Defaults { slug: "fuzz".to_owned(), lang: Lang::Zh, title: None, wrong: Vec::new() };
    let reading = read(&Upload { name: "fuzz", bytes }, &defaults);
    let Some(bank) = reading.bank else { return };
    for format in Format::ALL {
        // What does not fit is listed; nothing falls over.
        let _ = write_what_fits(&bank, format);
    }
});
