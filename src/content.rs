//! The content that comes with the program, as the store takes it in when the service starts.
//!
//! A library goes in, a [`BankSync`] for each of its banks comes out: drafts left out, predictions computed and frozen.

use crate::bank::image::Pinned;
use crate::bank::library::{Library, Unpredicted};
use crate::bank::{Bank, Question, yaml};
use crate::store::{Audience, BankSync, ImageSync, LearnerId, QuestionSync, ScenarioSync};
use sha2::{Digest, Sha256};

/// The version of the simulator, kept beside what it computed.
pub const SIMULATOR: &str = concat!("doujia ", env!("CARGO_PKG_VERSION"), ", Kubernetes 1.36");

/// Every bank of a library, for everyone.
///
/// # Errors
/// A prediction that cannot be computed, with the id of its question.
pub fn sync(library: &Library) -> Result<Vec<BankSync>, (String, Unpredicted)> {
    library.banks.iter().map(|bank| sync_bank(library, bank, Audience::Everyone, None)).collect()
}

/// One bank, ready for the store; its scenarios are those of the library. Audience and owner are for a new one.
///
/// # Errors
/// A prediction that cannot be computed, with the id of its question.
pub fn sync_bank(
    library: &Library,
    bank: &Bank,
    audience: Audience,
    owner: Option<LearnerId>,
) -> Result<BankSync, (String, Unpredicted)> {
    let studied: Vec<&Question> = bank.questions.iter().filter(|question| !question.draft).collect();
    let questions: Vec<QuestionSync> =
        studied.iter().map(|question| sync_question(library, question)).collect::<Result<_, _>>()?;
    let mut scenarios: Vec<ScenarioSync> = Vec::new();
    // Drafts, too: they will be studied one day.
    for name in bank.questions.iter().flat_map(|question| question.scenarios()) {
        let Some(file) = library.scenario(name) else { continue };
        if !scenarios.iter().any(|there| there.name == name) {
            scenarios.push(ScenarioSync {
                hash: file.hash.clone(),
                name: name.to_owned(),
                source: file.source.clone(),
            });
        }
    }
    let mut images: Vec<ImageSync> = Vec::new();
    for image in bank.questions.iter().filter_map(|question| question.image.as_ref()) {
        let Some(Pinned { hash, width, height }) = image.pinned.clone() else { continue };
        if !images.iter().any(|there| there.name == image.file) {
            images.push(ImageSync { name: image.file.clone(), hash, width, height, new: None });
        }
    }
    let mut sync = BankSync {
        slug: bank.slug.clone(),
        lang: bank.lang,
        title: bank.title.clone(),
        license: bank.license.clone(),
        author: bank.author.clone(),
        audience,
        owner,
        digest: String::new(),
        questions,
        scenarios,
        images,
        source: yaml::write(bank),
    };
    sync.digest = digest(&sync);
    Ok(sync)
}

fn sync_question(library: &Library, question: &Question) -> Result<QuestionSync, (String, Unpredicted)> {
    let frozen = library.freeze(question).map_err(|reason| (question.id.clone(), reason))?;
    Ok(QuestionSync {
        ident: question.id.clone(),
        hash: question.hash(frozen.as_ref()),
        semantic_key: question.semantic_key(frozen.as_ref()),
        fact: question.fact.clone(),
        kind: question.kind.name().to_owned(),
        difficulty: question.difficulty,
        body: question.to_body(),
        simulator: frozen.is_some().then(|| SIMULATOR.to_owned()),
        frozen: frozen.map(|frozen| frozen.to_json()),
    })
}

/// The digest of all that is in a bank, in its order.
fn digest(bank: &BankSync) -> String {
    let mut hasher = Sha256::new();
    // The header, and all that a question says; no hash has the length of another part, so the parts cannot be confused.
    hasher.update(Sha256::digest(&bank.source));
    for question in &bank.questions {
        hasher.update(&question.hash);
        hasher.update(&question.semantic_key);
    }
    for scenario in &bank.scenarios {
        hasher.update(Sha256::digest(&scenario.name));
        hasher.update(&scenario.hash);
    }
    for image in &bank.images {
        hasher.update(Sha256::digest(&image.name));
        hasher.update(&image.hash);
    }
    hex::encode(hasher.finalize())
}
