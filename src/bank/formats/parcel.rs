//! What is written to a file: a bank with the files that go with it; and what of it a format has no place for.

use super::Format;
use crate::bank::Bank;
use crate::bank::image::ImageFile;

/// A bank with the files that go with it.
#[derive(Clone, Copy, Debug)]
pub struct Parcel<'a> {
    /// The bank.
    pub bank: &'a Bank,
    /// Its own scenarios: name and source.
    pub scenarios: &'a [(String, String)],
    /// Its pictures.
    pub images: &'a [ImageFile],
}

/// A bank alone, as where its files are not at hand.
impl<'a> From<&'a Bank> for Parcel<'a> {
    fn from(bank: &'a Bank) -> Parcel<'a> {
        Parcel { bank, scenarios: &[], images: &[] }
    }
}

/// Something that a format has no place for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lost {
    /// The question; empty for the bank itself.
    pub question: String,
    /// What: the Fluent message is `lost-<what>`.
    pub what: &'static str,
}

impl Parcel<'_> {
    /// The files that a format has no place for, each with a question that names it. A picture that is lost with all that
    /// the question says of it is listed by the writer of the format.
    pub(super) fn lost_files(&self, format: Format) -> Vec<Lost> {
        let (keeps_files, keeps_names) = match format {
            Format::Zip => (true, true),
            Format::Yaml | Format::Markdown => (false, true),
            Format::Csv | Format::Xlsx | Format::Gift => (false, false),
        };
        let mut lost = Vec::new();
        for question in self.bank.questions.iter().filter(|_| !keeps_files) {
            let mut lose = |what| lost.push(Lost { question: question.id.clone(), what });
            if keeps_names && question.image.is_some() {
                lose("image-file");
            }
            let named = question.scenarios();
            if self.scenarios.iter().any(|(name, _)| named.contains(&name.as_str())) {
                lose("scenario-file");
            }
        }
        lost
    }
}
