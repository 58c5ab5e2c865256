//! A bank out of the store, with its files: the way back of `intake`, for the page and for the command line.

use crate::bank::formats::{self, Format, Lost, Parcel};
use crate::bank::image::{ImageFile, Pinned};
use crate::bank::library::Library;
use crate::bank::{Bank, Question, yaml};
use crate::store::{self, ScenarioSync, Store};

/// A bank and what goes with it.
#[derive(Clone, Debug)]
pub struct Whole {
    bank: Bank,
    scenarios: Vec<ScenarioSync>,
    images: Vec<ImageFile>,
}

/// All that a bank says now; `None` where it was written by something else and cannot be read.
///
/// # Errors
/// Where the store cannot be read.
pub async fn present(store: &Store, bank: &store::Bank) -> store::Result<Option<Bank>> {
    let versions = store.bank_versions(bank.id).await?;
    let Some(last) = versions.first() else { return of_questions(store, bank).await };
    let source = store.bank_source(bank.id, last.number).await?.unwrap_or_default();
    Ok(yaml::read(&source, "").ok())
}

/// A bank that came before versions were kept, put together again. Drafts were not kept then.
async fn of_questions(store: &Store, bank: &store::Bank) -> store::Result<Option<Bank>> {
    let bodies = store.present_bodies(bank.id).await?;
    let questions: Result<Vec<Question>, _> = bodies.iter().map(|body| Question::from_body(body)).collect();
    Ok(questions.ok().map(|questions| Bank {
        slug: bank.slug.clone(),
        lang: bank.lang,
        title: bank.title.clone(),
        license: bank.license.clone(),
        author: bank.author.clone(),
        questions,
    }))
}

impl Whole {
    /// A bank as it is now, with the files that a format has a place for. `None` where it cannot be read.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn of(store: &Store, bank: &store::Bank, format: Format) -> store::Result<Option<Whole>> {
        let scenarios = store.bank_scenarios(bank.id, None).await?;
        let files = match format {
            Format::Zip => store.image_files(bank.id).await?,
            Format::Yaml | Format::Markdown | Format::Csv | Format::Xlsx | Format::Gift => Vec::new(),
        };
        let Some(bank) = present(store, bank).await? else { return Ok(None) };
        let named = |name: &str| {
            let mut images = bank.questions.iter().filter_map(|question| question.image.as_ref());
            images.any(|image| image.file == name)
        };
        let images =
            files.into_iter().filter(|(image, _)| named(&image.name)).map(|(image, stored)| ImageFile {
                name: image.name,
                media_type: stored.media_type,
                pinned: Pinned { hash: image.hash, width: image.width, height: image.height },
                bytes: stored.bytes.into(),
            });
        Ok(Some(Whole { images: images.collect(), bank, scenarios }))
    }

    /// Writes it, and lists what the format has no place for. A scenario that is still the built-in one of `library` does
    /// not go along.
    pub fn write(&self, library: &Library, format: Format) -> (Vec<u8>, Vec<Lost>) {
        let is_own = |scenario: &&ScenarioSync| !library.has_scenario(&scenario.name, &scenario.hash);
        let own = self.scenarios.iter().filter(is_own);
        let scenarios: Vec<_> = own.map(|own| (own.name.clone(), own.source.clone())).collect();
        let parcel = Parcel { bank: &self.bank, scenarios: &scenarios, images: &self.images };
        formats::write_what_fits(parcel, format)
    }
}
