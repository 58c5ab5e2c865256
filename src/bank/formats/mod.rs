//! The formats in which a bank comes and goes. Bytes go in ([`read`]) and a [`Reading`] comes out: every question without
//! a mistake, every problem with its place, and the questions with mistakes as a file to mend.
//!
//! A format is found by its content, never by the name of the file ([`detect`]). Each is one file here, which says in its
//! `//!` how it is written, and one line in [`read`] and in [`write_what_fits`]. All of them make the tree of the native YAML, with the places of their own source, so that every rule of a
//! question exists once ([`super::yaml`]).

mod csv;
mod decode;
mod detect;
mod gift;
mod markdown;
mod parcel;
mod table;
#[cfg(test)]
mod tests;
mod tree;
mod xlsx;
mod yaml;
mod zip;

pub use detect::detect;
pub use parcel::{Lost, Parcel};
pub use zip::{MOST_IMAGE_BYTES, MOST_IMAGES};

use super::image::{self, ImageFile};
use super::library::Source;
use super::yaml::Sorted;
use super::{Bank, Question, yaml as native};
use crate::problem::Problem;
use crate::text::{Lang, Text};
use std::collections::BTreeSet;

/// A format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// The native spelling: everything, for exchange.
    Yaml,
    /// The native spelling that is quick to write by hand.
    Markdown,
    /// A table as text.
    Csv,
    /// A table of Excel.
    Xlsx,
    /// What Moodle exchanges.
    Gift,
    /// A bank with its scenarios and images.
    Zip,
}

impl Format {
    /// All of them.
    pub const ALL: [Format; 6] =
        [Format::Yaml, Format::Markdown, Format::Csv, Format::Xlsx, Format::Gift, Format::Zip];

    /// Its name, which is the same in every language.
    pub const fn name(self) -> &'static str {
        match self {
            Format::Yaml => "YAML",
            Format::Markdown => "Markdown",
            Format::Csv => "CSV",
            Format::Xlsx => "XLSX",
            Format::Gift => "GIFT",
            Format::Zip => "ZIP",
        }
    }

    /// How its files end, without the dot; also its word in URLs.
    pub const fn extension(self) -> &'static str {
        match self {
            Format::Yaml => "yaml",
            Format::Markdown => "md",
            Format::Csv => "csv",
            Format::Xlsx => "xlsx",
            Format::Gift => "gift",
            Format::Zip => "zip",
        }
    }

    /// The type of its files in HTTP.
    pub const fn media_type(self) -> &'static str {
        match self {
            Format::Yaml => "application/yaml; charset=utf-8",
            Format::Markdown => "text/markdown; charset=utf-8",
            Format::Csv => "text/csv; charset=utf-8",
            Format::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Format::Gift => "text/plain; charset=utf-8",
            Format::Zip => "application/zip",
        }
    }

    /// Reads [`Format::extension`].
    pub fn from_extension(extension: &str) -> Option<Format> {
        Format::ALL.into_iter().find(|format| format.extension() == extension)
    }
}

/// What someone sent.
#[derive(Clone, Copy, Debug)]
pub struct Upload<'a> {
    /// What the file is called, for messages; empty for pasted text.
    pub name: &'a str,
    /// What is in it.
    pub bytes: &'a [u8],
}

/// What a bank is called where its file does not say.
#[derive(Clone, Debug, PartialEq)]
pub struct Defaults {
    /// Its id in URLs.
    pub slug: String,
    /// The language of its plain strings.
    pub lang: Lang,
    /// Its title; the slug where there is none.
    pub title: Option<Text>,
    /// The ids of questions that are to be mended for a reason that is not seen by reading: a scenario that is not there.
    pub wrong: Vec<String>,
}

impl Defaults {
    /// The title.
    fn title(&self) -> Text {
        self.title.clone().unwrap_or_else(|| Text::only(self.lang, self.slug.as_str()))
    }

    /// A bank of these questions, where its file says nothing else.
    fn bank(&self, questions: Vec<Question>) -> Bank {
        let (slug, title) = (self.slug.clone(), self.title());
        Bank { slug, lang: self.lang, title, license: None, author: None, questions }
    }
}

/// The questions with mistakes, in the format and the words of their author: to be mended and sent again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rest {
    /// What to call the file.
    pub file_name: String,
    /// What is in it.
    pub text: String,
}

/// What was read: a report, not a rejection.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The format that was found, if one was.
    pub format: Option<Format>,
    /// The bank with every question that has no mistake; `None` where there is not one to take.
    pub bank: Option<Bank>,
    /// The scenarios that came with it: file and source.
    pub scenarios: Vec<(String, String)>,
    /// The images that came with it.
    pub images: Vec<ImageFile>,
    /// The names of images that came with it and cannot be taken.
    pub refused_images: BTreeSet<String>,
    /// Everything that is wrong or doubtful, each at its place. A warning may say in `expected` what was read instead.
    pub problems: Vec<Problem>,
    /// The questions with mistakes, where there are some.
    pub rest: Option<Rest>,
    /// How many questions have mistakes, as far as they can be counted.
    pub failed: usize,
    /// Where the questions of the bank stand; not of every format.
    pub sources: Vec<Source>,
    /// The ids that were made of words, since their questions have none.
    pub derived: BTreeSet<String>,
}

impl Reading {
    /// What cannot be read at all.
    pub(crate) fn refused(format: impl Into<Option<Format>>, problems: Vec<Problem>) -> Reading {
        Reading {
            format: format.into(),
            bank: None,
            scenarios: Vec::new(),
            images: Vec::new(),
            refused_images: BTreeSet::new(),
            problems,
            rest: None,
            failed: 0,
            sources: Vec::new(),
            derived: BTreeSet::new(),
        }
    }

    /// What was read of a tree. `rest` writes the questions with these indices, if there are some.
    fn sorted(
        format: Format,
        sorted: Sorted,
        defaults: &Defaults,
        rest: impl FnOnce(&[usize]) -> Rest,
    ) -> Reading {
        let Sorted { header, mut questions, problems, mut sources } = sorted;
        if !defaults.wrong.is_empty() {
            let is_wrong = |id: &String| defaults.wrong.contains(id);
            sources.retain(|source| !is_wrong(&source.id));
            for read in &mut questions {
                read.take_if(|question| is_wrong(&question.id));
            }
        }
        let failed: Vec<usize> =
            questions.iter().enumerate().filter(|(_, read)| read.is_none()).map(|(index, _)| index).collect();
        let good: Vec<_> = questions.into_iter().flatten().collect();
        let nothing = good.is_empty() && !problems.is_empty();
        let bank = (!nothing).then(|| Bank {
            slug: header.slug.unwrap_or_else(|| defaults.slug.clone()),
            lang: header.lang,
            title: header.title.unwrap_or_else(|| defaults.title()),
            license: header.license,
            author: header.author,
            questions: good,
        });
        let rest = (!failed.is_empty()).then(|| rest(&failed));
        Reading { bank, rest, failed: failed.len(), sources, ..Reading::refused(format, problems) }
    }

    /// Takes along the pictures that questions name, that did not come with the file and that `beside` has: the file lies
    /// in a folder. What `beside` is asked for leads nowhere but down from there.
    pub fn take_along(&mut self, beside: impl Fn(&str) -> Option<Vec<u8>>) {
        let questions = self.bank.iter().flat_map(|bank| &bank.questions);
        let named: BTreeSet<String> = questions
            .filter_map(|question| question.image.as_ref())
            .map(|image| image.file.clone())
            .collect();
        for name in named {
            let has_come = |meant: &String| self.images.iter().any(|image| image.name == *meant);
            if image::meanings(&name).any(|meant| has_come(&meant)) {
                continue;
            }
            let there = image::meanings(&name).find_map(|meant| Some((beside(&meant)?, meant)));
            let Some((bytes, meant)) = there else { continue };
            self.take_image(&meant, bytes);
        }
    }

    /// Takes a picture that came along, or says why not.
    fn take_image(&mut self, name: &str, bytes: Vec<u8>) {
        match ImageFile::take(name, bytes) {
            Ok(image) => self.images.push(image),
            Err(fault) => {
                self.problems.push(image::problem(name, fault));
                self.refused_images.insert(name.to_owned());
            }
        }
    }

    /// Whether nothing is wrong; something may be doubtful.
    pub fn is_clean(&self) -> bool {
        !self.problems.iter().any(Problem::is_error)
    }
}

/// Reads what someone sent, whatever its format. It never panics, and its work is bounded by the size of the file.
pub fn read(upload: &Upload<'_>, defaults: &Defaults) -> Reading {
    let format = match detect(upload.bytes) {
        Ok(format) => format,
        Err(mut problem) => {
            upload.name.clone_into(&mut problem.at.file);
            return Reading::refused(None, vec![problem]);
        }
    };
    let refused = |problem| Reading::refused(format, vec![problem]);
    let read: fn(&str, &str, &Defaults) -> Reading = match format {
        Format::Yaml => yaml::read,
        Format::Markdown => markdown::read,
        Format::Csv => csv::read,
        Format::Gift => gift::read,
        Format::Xlsx => return xlsx::read(upload.bytes, upload.name, defaults),
        Format::Zip => return zip::read(upload.bytes, upload.name, defaults),
    };
    if upload.bytes.len() > native::MAX_BYTES {
        return refused(native::too_long(upload.bytes.len(), upload.name));
    }
    match decode::decode(upload.bytes, upload.name) {
        Ok(decoded) => {
            let mut reading = read(&decoded.text, upload.name, defaults);
            // Excel needs the mark before a table; elsewhere it is a slip.
            let warning =
                decoded.warning.filter(|warning| format != Format::Csv || warning.kind != "byte-order-mark");
            reading.problems.splice(0..0, warning);
            reading
        }
        Err(problem) => refused(problem),
    }
}

/// Writes a bank. Where a format has no place for something, says what would be lost.
pub fn write<'a>(parcel: impl Into<Parcel<'a>>, format: Format) -> Result<Vec<u8>, Vec<Lost>> {
    match write_what_fits(parcel, format) {
        (bytes, lost) if lost.is_empty() => Ok(bytes),
        (_, lost) => Err(lost),
    }
}

/// Writes as much of a bank and its files as a format has a place for, and lists the rest.
pub fn write_what_fits<'a>(parcel: impl Into<Parcel<'a>>, format: Format) -> (Vec<u8>, Vec<Lost>) {
    let parcel = parcel.into();
    let bank = parcel.bank;
    let (bytes, mut lost) = match format {
        Format::Csv => bytes_of(csv::write(bank)),
        Format::Gift => bytes_of(gift::write(bank)),
        Format::Xlsx => xlsx::write(bank),
        Format::Zip => (zip::write(&parcel), Vec::new()),
        Format::Yaml => (native::write(bank).into_bytes(), Vec::new()),
        Format::Markdown => (markdown::write(bank).into_bytes(), Vec::new()),
    };
    lost.extend(parcel.lost_files(format));
    (bytes, lost)
}

fn bytes_of((text, lost): (String, Vec<Lost>)) -> (Vec<u8>, Vec<Lost>) {
    (text.into_bytes(), lost)
}

/// A table to begin with, which has a question of every kind that a table can hold; only for formats that are tables.
pub fn template(format: Format, lang: Lang) -> Option<Vec<u8>> {
    let bank = native::read(table::template(lang), "").ok()?;
    match format {
        Format::Csv | Format::Xlsx => write(&bank, format).ok(),
        Format::Yaml | Format::Markdown | Format::Gift | Format::Zip => None,
    }
}

/// How the name of a file of questions to mend ends.
const TO_MEND: &str = "-to-mend";

/// The name of a file without its folders and its end, and without what says that it is to be mended; and whether it says
/// so. A browser may have put a number behind it.
pub fn stem(file: &str) -> (&str, bool) {
    let name = file.rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    match stem.rsplit_once(TO_MEND) {
        Some((stem, rest)) if !rest.contains(char::is_alphabetic) => (stem, true),
        _ => (stem, false),
    }
}

/// What a file of questions to mend is called: after the file that they come from, or after their bank where the format does
/// not say which it is.
pub(crate) fn rest_name(file: &str, format: Format) -> String {
    let (stem, _) = stem(file);
    let stem = if stem.is_empty() { "questions" } else { stem };
    format!("{stem}{TO_MEND}.{}", format.extension())
}
