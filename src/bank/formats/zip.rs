//! A zip of a bank: its files in `banks/`, its scenarios in `scenarios/`, and pictures.
//!
//! Nothing an archive says about itself is believed: every entry is counted while it is expanded, and one that goes too
//! far ends the reading before anything of it was used. Names never become paths of a file system; they are only keys.
//!
//! ```text
//! week-3.zip
//! ├── banks/part-1.md       a bank in any format; several files are parts of one bank
//! ├── banks/part-2.csv
//! ├── scenarios/my.yaml
//! └── images/pod.png        PNG, JPEG, GIF or WebP
//! ```
//!
//! A folder around everything, as most programs put one, is left out. So is what macOS and Windows add.

#[cfg(test)]
mod tests;

use super::tree::is_unseen;
use super::{Defaults, Format, Parcel, Reading, Rest, Upload, rest_name};
use crate::bank::image;
use crate::bank::yaml;
use crate::bank::{Bank, Question};
use crate::problem::{Place, Problem};
use encoding_rs::GB18030;
use std::collections::HashMap;
use std::io::{Cursor, Read, Write};
use zip::ZipArchive;
use zip::read::ZipFile;
use zip::write::SimpleFileOptions;

/// The most entries.
const MOST_ENTRIES: usize = 500;
/// The most pictures of a bank: beside its scenarios, they fit into an archive.
pub const MOST_IMAGES: usize = 400;
/// How long all entries may be together, in bytes.
const MOST_BYTES: u64 = 32 << 20;
/// How long the pictures of a bank may be together, in bytes: an archive of them, which hardly gets shorter, can be sent.
pub const MOST_IMAGE_BYTES: u64 = 14 << 20;
/// How many times the length of the archive all entries may have.
const MOST_RATIO: u64 = 100;
/// So much may come out of an archive however short it is.
const ALWAYS: u64 = 256 << 10;

/// An entry as it came out.
struct Entry {
    name: String,
    bytes: Vec<u8>,
}

/// Expands an archive to see that it stays within bounds, for a reader that does not look itself.
pub(super) fn measure(bytes: &[u8], file: &str) -> Result<(), Problem> {
    let mut archive = open(bytes, file)?;
    let mut budget = Budget::of(bytes);
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).map_err(|error| broken(file, &error))?;
        budget.spend(&mut entry, &mut std::io::sink(), file)?;
    }
    Ok(())
}

/// Reads an archive, or refuses all of it.
pub(super) fn read(bytes: &[u8], file: &str, defaults: &Defaults) -> Reading {
    let mut problems = Vec::new();
    match expand(bytes, file, &mut problems) {
        Ok(entries) => Import::new(file, defaults, problems).entries(entries),
        Err(problem) => {
            problems.push(problem);
            Reading::refused(Format::Zip, problems)
        }
    }
}

/// Writes a bank with all that goes with it. Nothing is lost.
pub(super) fn write(parcel: &Parcel<'_>) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let mut put = |name: &str, bytes: &[u8]| {
        // Writing to memory does not fail.
        let _ = writer.start_file(name, SimpleFileOptions::default());
        let _ = writer.write_all(bytes);
    };
    put(&format!("banks/{}.yaml", parcel.bank.slug), yaml::write(parcel.bank).as_bytes());
    for (name, source) in parcel.scenarios {
        put(&format!("scenarios/{name}.yaml"), source.as_bytes());
    }
    for image in parcel.images {
        put(&image.name, &image.bytes);
    }
    writer.finish().map(Cursor::into_inner).unwrap_or_default()
}

fn problem(file: &str, kind: &'static str) -> Problem {
    Problem::error(Place { file: file.to_owned(), ..Place::default() }, kind)
}

fn broken(file: &str, error: &dyn std::error::Error) -> Problem {
    problem(file, "zip-broken").found(error.to_string())
}

fn open<'b>(bytes: &'b [u8], file: &str) -> Result<ZipArchive<Cursor<&'b [u8]>>, Problem> {
    if bytes.len() as u64 > MOST_BYTES {
        return Err(problem(file, "zip-too-long").expected((MOST_BYTES >> 20).to_string()));
    }
    // Before anything is made for each of them.
    if let Some(many) = declared(bytes).filter(|many| *many > MOST_ENTRIES) {
        let many = problem(file, "zip-too-many").found(many.to_string());
        return Err(many.expected(MOST_ENTRIES.to_string()));
    }
    let archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| broken(file, &error))?;
    if archive.len() > MOST_ENTRIES {
        let many = problem(file, "zip-too-many").found(archive.len().to_string());
        return Err(many.expected(MOST_ENTRIES.to_string()));
    }
    Ok(archive)
}

/// How many entries the end of an archive says there are.
fn declared(bytes: &[u8]) -> Option<usize> {
    let tail = &bytes[bytes.len().saturating_sub((64 << 10) + 22)..];
    let end = tail.windows(4).rposition(|window| window == b"PK\x05\x06")?;
    let count = tail.get(end + 10..end + 12)?;
    Some(usize::from(u16::from_le_bytes([count[0], count[1]])))
}

/// Whether an archive is a workbook of Excel. One that is broken is what its bytes look like.
pub(super) fn is_workbook(bytes: &[u8]) -> bool {
    let name = "xl/workbook.xml";
    match open(bytes, "") {
        Ok(archive) => archive.index_for_name(name).is_some(),
        Err(_) => bytes.windows(name.len()).any(|window| window == name.as_bytes()),
    }
}

/// How much may still come out.
struct Budget {
    left: u64,
    ratio: bool,
}

impl Budget {
    fn of(archive: &[u8]) -> Budget {
        let by_ratio = (archive.len() as u64).saturating_mul(MOST_RATIO).max(ALWAYS);
        Budget { left: by_ratio.min(MOST_BYTES), ratio: by_ratio < MOST_BYTES }
    }

    /// Expands an entry, and stops where it is too much.
    fn spend<R: Read>(
        &mut self,
        entry: &mut ZipFile<'_, R>,
        to: &mut impl Write,
        file: &str,
    ) -> Result<(), Problem> {
        let most = self.left + 1;
        let length =
            std::io::copy(&mut entry.by_ref().take(most), to).map_err(|error| broken(file, &error))?;
        if length >= most {
            return Err(match self.ratio {
                true => problem(file, "zip-ratio").expected(MOST_RATIO.to_string()),
                false => problem(file, "zip-too-long").expected((MOST_BYTES >> 20).to_string()),
            });
        }
        self.left -= length;
        Ok(())
    }
}

/// The name of an entry: UTF-8, or what Windows in China writes.
fn name_of(raw: &[u8]) -> String {
    match std::str::from_utf8(raw) {
        Ok(name) => name.replace('\\', "/"),
        Err(_) => GB18030.decode_without_bom_handling(raw).0.replace('\\', "/"),
    }
}

/// Whether a name leads nowhere but down.
fn is_safe(name: &str) -> bool {
    image::leads_down(name) && !name.chars().any(|c| c.is_control() || is_unseen(c))
}

/// What programs add by themselves.
fn is_litter(name: &str) -> bool {
    let last = name.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    name.starts_with("__MACOSX/")
        || last.starts_with("._")
        || matches!(last.as_str(), ".ds_store" | "thumbs.db" | "desktop.ini")
}

/// Everything in the archive. An error refuses all of it.
fn expand(bytes: &[u8], file: &str, problems: &mut Vec<Problem>) -> Result<Vec<Entry>, Problem> {
    let mut archive = open(bytes, file)?;
    let mut budget = Budget::of(bytes);
    let mut entries: Vec<Entry> = Vec::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index_raw(index).map_err(|error| broken(file, &error))?;
        let name = name_of(entry.name_raw());
        if !is_safe(&name) {
            let shown: String =
                name.chars().map(|c| if c.is_control() || is_unseen(c) { '�' } else { c }).take(80).collect();
            return Err(problem(file, "zip-path").found(shown));
        }
        if entry.is_symlink() {
            return Err(problem(file, "zip-link").found(name));
        }
        if entry.encrypted() {
            return Err(problem(file, "zip-encrypted").found(name));
        }
        if entry.is_dir() || name.ends_with('/') || is_litter(&name) {
            continue;
        }
        if entries.iter().any(|earlier| earlier.name == name) {
            problems.push(problem(file, "zip-name-twice").found(name.as_str()));
            continue;
        }
        drop(entry);
        entry = archive.by_index(index).map_err(|error| broken(file, &error))?;
        let mut bytes = Vec::new();
        budget.spend(&mut entry, &mut bytes, file)?;
        entries.push(Entry { name, bytes });
    }
    strip_folder(&mut entries);
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(entries)
}

/// Takes away a folder that is around everything.
fn strip_folder(entries: &mut [Entry]) {
    let folder =
        entries.first().and_then(|entry| entry.name.split_once('/')).map(|(folder, _)| format!("{folder}/"));
    let Some(folder) =
        folder.filter(|folder| !matches!(folder.as_str(), "banks/" | "scenarios/" | "images/"))
    else {
        return;
    };
    if entries.iter().all(|entry| entry.name.starts_with(&folder)) {
        for entry in entries {
            entry.name = entry.name[folder.len()..].to_owned();
        }
    }
}

/// What has been read of an archive.
struct Import<'f> {
    file: &'f str,
    defaults: Defaults,
    reading: Reading,
    /// The file that said what bank this is.
    header: Option<(String, Bank)>,
    questions: Vec<Question>,
    ids: HashMap<String, String>,
    rest: Vec<Rest>,
}

impl<'f> Import<'f> {
    fn new(file: &'f str, defaults: &Defaults, problems: Vec<Problem>) -> Import<'f> {
        let defaults = defaults.clone();
        let reading = Reading::refused(Format::Zip, problems);
        Import {
            file,
            defaults,
            reading,
            header: None,
            questions: Vec::new(),
            ids: HashMap::new(),
            rest: Vec::new(),
        }
    }

    fn entries(mut self, entries: Vec<Entry>) -> Reading {
        let mut parts = Vec::new();
        for entry in entries {
            let folder =
                entry.name.split('/').next().filter(|_| entry.name.contains('/')).unwrap_or_default();
            if image::is_named_so(&entry.name) || folder == "images" {
                self.reading.take_image(&entry.name, entry.bytes);
            } else if folder == "scenarios" {
                self.scenario(&entry);
            } else if matches!(folder, "" | "banks") && !is_about(&entry.name) {
                parts.push(entry);
            } else {
                self.note(&entry.name, Problem::warning, "zip-ignored", "", "");
            }
        }
        // What says which bank it is comes first: a table or GIFT cannot.
        let says =
            |entry: &Entry| !matches!(super::detect(&entry.bytes), Ok(Format::Yaml | Format::Markdown));
        parts.sort_by_key(says);
        for part in &parts {
            self.part(part);
        }
        self.finish()
    }

    fn note(
        &mut self,
        name: &str,
        problem: fn(Place, &'static str) -> Problem,
        kind: &'static str,
        found: &str,
        expected: &str,
    ) {
        let place = Place { file: name.to_owned(), ..Place::default() };
        self.reading.problems.push(problem(place, kind).found(found).expected(expected));
    }

    fn scenario(&mut self, entry: &Entry) {
        if !entry.name.ends_with(".yaml") && !entry.name.ends_with(".yml") {
            return self.note(&entry.name, Problem::warning, "zip-ignored", "", "");
        }
        match super::decode::decode(&entry.bytes, &entry.name) {
            Ok(decoded) => {
                self.reading.problems.extend(decoded.warning);
                self.reading.scenarios.push((entry.name.clone(), decoded.text));
            }
            Err(problem) => self.reading.problems.push(problem),
        }
    }

    /// A file of the bank.
    fn part(&mut self, entry: &Entry) {
        if matches!(super::detect(&entry.bytes), Ok(Format::Zip)) {
            return self.note(&entry.name, Problem::error, "zip-nested", "", "");
        }
        let reading = super::read(&Upload { name: &entry.name, bytes: &entry.bytes }, &self.defaults);
        self.reading.problems.extend(reading.problems);
        self.reading.scenarios.extend(reading.scenarios);
        self.rest.extend(reading.rest);
        self.reading.failed += reading.failed;
        self.reading.sources.extend(reading.sources);
        self.reading.derived.extend(reading.derived);
        let Some(mut bank) = reading.bank else { return };
        let questions = std::mem::take(&mut bank.questions);
        match &self.header {
            Some((first, header)) if header.slug != bank.slug => {
                let (first, slug) = (first.clone(), header.slug.clone());
                let found = format!("{} ({first}: {slug})", bank.slug);
                return self.note(&entry.name, Problem::error, "zip-two-banks", &found, &slug);
            }
            Some(_) => {}
            None => {
                self.defaults.slug.clone_from(&bank.slug);
                self.defaults.lang = bank.lang;
                self.defaults.title = Some(bank.title.clone());
                self.header = Some((entry.name.clone(), bank));
            }
        }
        for question in questions {
            if let Some(earlier) = self.ids.get(&question.id) {
                let earlier = earlier.clone();
                self.note(&entry.name, Problem::error, "zip-id-twice", &question.id, &earlier);
                continue;
            }
            self.ids.insert(question.id.clone(), entry.name.clone());
            self.questions.push(question);
        }
    }

    /// The questions to be mended: those of all files of the first one's format. Of the others it is said that they are in
    /// the archive still.
    fn take_rest(&mut self) -> Option<Rest> {
        let mut rests = std::mem::take(&mut self.rest).into_iter();
        let mut first = rests.next()?;
        let end = |format: &Format| first.file_name.ends_with(&format!(".{}", format.extension()));
        let format = Format::ALL.into_iter().find(end)?;
        let end = format!(".{}", format.extension());
        for other in rests {
            // Only files without a header can be put together.
            if format == Format::Gift && other.file_name.ends_with(&end) {
                first.text.push('\n');
                first.text.push_str(&other.text);
            } else {
                self.note(&other.file_name, Problem::warning, "zip-rest-left", "", &first.file_name);
            }
        }
        first.file_name = rest_name(&self.defaults.slug, format);
        Some(first)
    }

    fn finish(mut self) -> Reading {
        if self.questions.len() > yaml::MAX_QUESTIONS {
            let (found, most) = (self.questions.len().to_string(), yaml::MAX_QUESTIONS.to_string());
            let problem = problem(self.file, "too-many").found(found).expected(most);
            return Reading::refused(Format::Zip, vec![problem]);
        }
        if self.header.is_none() && self.reading.scenarios.is_empty() && self.reading.problems.is_empty() {
            self.reading.problems.push(problem(self.file, "no-questions"));
        }
        self.reading.rest = self.take_rest();
        self.reading.bank = self.header.map(|(_, bank)| Bank { questions: self.questions, ..bank });
        self.reading
    }
}

/// Whether a file is about the archive and no bank.
fn is_about(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["readme", "license", "licence", "notice", "changelog"].iter().any(|about| name.starts_with(about))
}
