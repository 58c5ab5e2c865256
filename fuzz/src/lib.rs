//! What the targets for files of questions have in common: seeds made of the built-in bank, and what becomes of an input.

use std::io::{Cursor, Read, Write};
use std::path::PathBuf;

use doujia::bank::formats::{Defaults, Format, Upload, read, write_what_fits};
use doujia::bank::{Bank, Library};
use doujia::text::Lang;
use zip::{CompressionMethod, ZipArchive, ZipWriter, write::SimpleFileOptions};

/// Enough for every kind of question, little enough to be changed quickly.
const QUESTIONS: usize = 12;
/// Where one file of an input ends and the next begins: behind it stands the name of the next.
const NEXT: &str = "\n%%";

/// Reads a file as a stranger uploads it, and writes what could be read in every format. Where `DOUJIA_FUZZ_KEEP` names a
/// path, the whole file is kept there: an input is only a part of it.
pub fn feed(bytes: &[u8]) {
    if let Some(path) = std::env::var_os("DOUJIA_FUZZ_KEEP") {
        std::fs::write(path, bytes).expect("it can be written");
    }
    let defaults = Defaults { slug: "fuzz".to_owned(), lang: Lang::Zh, title: None, wrong: Vec::new() };
    let reading = read(&Upload { name: "fuzz", bytes }, &defaults);
    let Some(bank) = reading.bank else { return };
    for format in Format::ALL {
        // What does not fit is listed; nothing falls over.
        let _ = write_what_fits(&bank, format);
    }
}

/// The built-in banks, shortened.
fn banks() -> Vec<Bank> {
    let mut banks = Library::builtin().expect("the built-in content is well").banks;
    banks.iter_mut().for_each(|bank| bank.questions.truncate(QUESTIONS));
    banks
}

/// Puts an input into a target's corpus.
fn seed(target: &str, name: &str, bytes: &[u8]) {
    let folder: PathBuf = [env!("CARGO_MANIFEST_DIR"), "corpus", target].iter().collect();
    std::fs::create_dir_all(&folder).expect("the corpus can be written");
    std::fs::write(folder.join(name), bytes).expect("the corpus can be written");
}

/// Seeds the corpus of `bank` with a file of each format.
pub fn seed_every_format(target: &str) {
    for bank in banks() {
        for format in Format::ALL {
            let (bytes, _) = write_what_fits(&bank, format);
            seed(target, &format!("{}.{}", bank.slug, format.extension()), &bytes);
        }
    }
}

/// Seeds the corpus of a target with what stands behind the head of a file, and returns the head. With it in front an input
/// is taken for this format, whatever it is.
pub fn head_of(target: &str, format: Format, end_of_head: &str) -> Vec<u8> {
    let mut head = None;
    for bank in banks() {
        let (bytes, _) = write_what_fits(&bank, format);
        let text = String::from_utf8(bytes).expect("the format is text");
        let (first, rest) = text.split_once(end_of_head).expect("it has a head");
        seed(target, &bank.slug, rest.as_bytes());
        head.get_or_insert_with(|| format!("{first}{end_of_head}").into_bytes());
    }
    head.expect("there is a built-in bank")
}

/// Seeds the corpus of a target with the files in an archive (or in a workbook, which is one), one behind the other;
/// only those that `goes` along.
pub fn seed_files(target: &str, format: Format, goes: impl Fn(&str) -> bool) {
    for bank in banks() {
        let (bytes, _) = write_what_fits(&bank, format);
        let mut archive = ZipArchive::new(Cursor::new(bytes)).expect("it is an archive");
        let mut input = Vec::new();
        for index in 0..archive.len() {
            let mut file = archive.by_index(index).expect("it can be read");
            let name = file.name().expect("it has a name").into_owned();
            if goes(&name) {
                input.extend(format!("{NEXT}{name}\n").into_bytes());
                file.read_to_end(&mut input).expect("it can be read");
            }
        }
        seed(target, &bank.slug, &input);
    }
}

/// The files of an input, packed into an archive behind `others`.
pub fn archive(others: &[(&str, &str)], input: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(input);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let files = text.split(NEXT).filter_map(|file| file.split_once('\n'));
    for (name, bytes) in others.iter().copied().chain(files) {
        // The same name twice cannot be written.
        if writer.start_file(name, options).is_ok() {
            let _ = writer.write_all(bytes.as_bytes());
        }
    }
    writer.finish().map(Cursor::into_inner).unwrap_or_default()
}
