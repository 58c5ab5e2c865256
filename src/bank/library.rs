//! The library: banks and scenarios together, so that a question finds the scenario it names, and a *predict* question the
//! value that its scenario computes.
//!
//! Files come in as names and text ([`Library::read`]); those of `content/` come with the program
//! ([`Library::builtin`]). A run is a pure function of its scenario, so runs are kept by the hash of the file.

use super::catalog::{self, Entry};
use super::identity::sha256;
use super::image::{self, Pinned};
use super::kinds::{Moment, Predict, Probe};
use super::{Bank, Frozen, Kind, Question, yaml};
use crate::cluster::claim::{ClaimError, Value};
use crate::cluster::run::{Run, run};
use crate::cluster::scenario::Scenario;
use crate::problem::{Place, Problem};
use crate::yaml::{Node, Value as YamlValue, parse};
use quick_cache::sync::Cache;
use rust_embed::RustEmbed;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// How many runs are kept: those of the questions that are looked at now. A run takes up to a few megabytes, and a
/// millisecond to compute again.
const RUNS: usize = 2;

/// The folder of what the help page shows, which nobody studies.
const AUTHORING: &str = "authoring/";

#[derive(RustEmbed)]
#[folder = "content/"]
struct Content;

/// Banks and scenarios.
pub struct Library {
    /// The banks, in order of slug.
    pub banks: Vec<Bank>,
    /// What their questions are about; empty where nothing is said about it.
    pub facts: Vec<Entry>,
    /// Common beliefs that are not so.
    pub misconceptions: Vec<Entry>,
    scenarios: BTreeMap<String, Arc<ScenarioFile>>,
    /// What names of pictures mean.
    images: BTreeMap<String, Pinned>,
    /// The names of pictures that came and cannot be taken.
    refused_images: BTreeSet<String>,
    /// Of each bank, its questions in their files.
    sources: HashMap<String, Vec<Source>>,
    runs: Arc<Cache<String, Arc<Run>>>,
    around: Option<Arc<Around>>,
}

/// What calls a run, once, and may look at a clock before and after.
pub type Around = dyn Fn(&mut dyn FnMut()) + Send + Sync;

/// A scenario with its file.
pub struct ScenarioFile {
    /// The scenario.
    pub scenario: Scenario,
    /// The text of its file.
    pub source: String,
    /// The hash of that text.
    pub hash: String,
}

/// A question as it stands in its file, kept to say where that is.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// The id of the question.
    pub id: String,
    /// The file.
    pub file: String,
    /// The path in the file.
    pub path: String,
    /// What stands there.
    pub tree: Node,
}

/// Why a *predict* question has no value.
#[derive(Clone, Debug, PartialEq)]
pub enum Unpredicted {
    /// No scenario has this name.
    NoScenario(String),
    /// The scenario does not run.
    NoRun(Vec<Problem>),
    /// The expression has no value at that moment; under this path of the question.
    NoValue(String, ClaimError),
    /// The value is no number, no string and neither true nor false; under this path of the question.
    NotSimple(String, String),
    /// A wrong value is the right one or another wrong one; under this path of the question.
    Same(String, String),
}

impl Library {
    /// The content that comes with the program, read but not proved.
    ///
    /// # Errors
    /// Everything that is wrong with any of its files.
    pub fn builtin() -> Result<Library, Vec<Problem>> {
        let mut files: Vec<(String, String)> = Content::iter()
            .filter(|name| name.ends_with(".yaml") && !name.starts_with(AUTHORING))
            .filter_map(|name| {
                let data = Content::get(&name)?.data;
                Some((format!("content/{name}"), String::from_utf8_lossy(&data).into_owned()))
            })
            .collect();
        files.sort();
        Library::read(&files)
    }

    /// The digest of the content that comes with the program, and of the program: the same digest, the same library, and
    /// nothing need be read to know it.
    pub fn builtin_digest() -> String {
        let mut names: Vec<_> = Content::iter().collect();
        names.sort();
        let mut parts = vec![env!("CARGO_PKG_VERSION").to_owned()];
        for name in names {
            if let Some(file) = Content::get(&name) {
                parts.push(hex::encode(file.metadata.sha256_hash()));
                parts.push(name.into_owned());
            }
        }
        sha256(&parts.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// Reads files, each given by name and text, in this order. What a file is, its first key says: `bank`, `scenario`,
    /// `facts` or `misconceptions`.
    ///
    /// # Errors
    /// Everything that is wrong with any of them.
    pub fn read(files: &[(String, String)]) -> Result<Library, Vec<Problem>> {
        let mut library = Library {
            banks: Vec::new(),
            facts: Vec::new(),
            misconceptions: Vec::new(),
            scenarios: BTreeMap::new(),
            images: BTreeMap::new(),
            refused_images: BTreeSet::new(),
            sources: HashMap::new(),
            runs: Arc::new(Cache::new(RUNS)),
            around: None,
        };
        let mut problems = Vec::new();
        for (file, source) in files {
            if let Err(found) = library.add(file, source) {
                problems.extend(found);
            }
        }
        library.banks.sort_by(|a, b| a.slug.cmp(&b.slug));
        if problems.is_empty() { Ok(library) } else { Err(problems) }
    }

    /// Adds a file. A scenario takes the place of an earlier one of the same name; the questions of a bank come behind
    /// those that it has.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn add(&mut self, file: &str, source: &str) -> Result<(), Vec<Problem>> {
        let tree = parse(source, file).map_err(|problem| vec![problem])?;
        let has = |key: &str| tree.get(key).is_some();
        if has("bank") || has("questions") {
            self.add_bank(yaml::read(source, file)?, file, tree)
        } else if has("scenario") {
            self.add_scenario(file, source).map(drop)
        } else if has("facts") {
            self.facts.extend(catalog::read(source, file, "facts")?);
            Ok(())
        } else if has("misconceptions") {
            self.misconceptions.extend(catalog::read(source, file, "misconceptions")?);
            Ok(())
        } else {
            let expected = "bank, scenario, facts, misconceptions";
            Err(vec![Problem::error(tree.place(file, ""), "unknown-file").expected(expected)])
        }
    }

    /// Adds a scenario, which takes the place of an earlier one of the same name, and returns its name.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn add_scenario(&mut self, file: &str, source: &str) -> Result<String, Vec<Problem>> {
        let scenario = Scenario::parse(source, file)?;
        let name = scenario.name.clone();
        let added = ScenarioFile { scenario, source: source.to_owned(), hash: sha256(&[source]) };
        self.scenarios.insert(name.clone(), Arc::new(added));
        Ok(name)
    }

    fn add_bank(&mut self, bank: Bank, file: &str, tree: Node) -> Result<(), Vec<Problem>> {
        let place = tree.place(file, "");
        let items = tree.get("questions").and_then(Node::as_seq).unwrap_or_default();
        let source = |(index, question): (usize, &Question)| Source {
            id: question.id.clone(),
            file: file.to_owned(),
            path: format!("questions[{index}]"),
            tree: items.get(index).unwrap_or(&tree).clone(),
        };
        let sources: Vec<Source> = bank.questions.iter().enumerate().map(source).collect();
        let Some(there) = self.banks.iter_mut().find(|there| there.slug == bank.slug) else {
            self.adopt(bank, sources);
            return Ok(());
        };
        let header = |bank: &Bank| (bank.lang, bank.title.clone(), bank.license.clone(), bank.author.clone());
        let mut problems = Vec::new();
        if header(there) != header(&bank) {
            problems.push(Problem::error(place, "bank-parts-differ").found(bank.slug.as_str()));
        }
        for (question, source) in bank.questions.iter().zip(&sources) {
            if there.questions.iter().any(|other| other.id == question.id) {
                let place = source.place("id");
                problems.push(Problem::error(place, "id-elsewhere").found(question.id.as_str()));
            }
        }
        there.questions.extend(bank.questions);
        self.sources.entry(bank.slug).or_default().extend(sources);
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    /// A library with the same scenarios, whose runs are kept in common, and with no bank yet: for one that comes from
    /// elsewhere and names them.
    pub fn beside(&self) -> Library {
        Library {
            banks: Vec::new(),
            facts: Vec::new(),
            misconceptions: Vec::new(),
            scenarios: self.scenarios.clone(),
            images: BTreeMap::new(),
            refused_images: BTreeSet::new(),
            sources: HashMap::new(),
            runs: Arc::clone(&self.runs),
            around: self.around.clone(),
        }
    }

    /// Adds a bank that was read from elsewhere, with the places of its questions.
    pub fn adopt(&mut self, bank: Bank, sources: Vec<Source>) {
        self.sources.entry(bank.slug.clone()).or_default().extend(sources);
        self.banks.push(bank);
    }

    /// All scenarios, in order of name.
    pub fn scenarios(&self) -> impl Iterator<Item = &ScenarioFile> {
        self.scenarios.values().map(Arc::as_ref)
    }

    /// The scenario with this name.
    pub fn scenario(&self, name: &str) -> Option<&ScenarioFile> {
        self.scenarios.get(name).map(Arc::as_ref)
    }

    /// Whether it has a scenario of this name with this very source.
    pub fn has_scenario(&self, name: &str, hash: &str) -> bool {
        self.scenario(name).is_some_and(|file| file.hash == hash)
    }

    /// Adds a picture, which takes the place of an earlier one of the same name.
    pub fn add_image(&mut self, name: &str, pinned: Pinned) {
        self.images.insert(name.to_owned(), pinned);
    }

    /// Notes that a picture of this name came and cannot be taken, which was told.
    pub fn refuse_image(&mut self, name: &str) {
        self.refused_images.insert(name.to_owned());
    }

    /// Whether a name means a picture that came and cannot be taken.
    pub fn refuses_image(&self, name: &str) -> bool {
        image::meanings(name).any(|name| self.refused_images.contains(&name))
    }

    /// The picture that a name means, with the whole name.
    pub fn image(&self, name: &str) -> Option<(String, &Pinned)> {
        image::meanings(name).find_map(|name| self.images.get(&name).map(|pinned| (name, pinned)))
    }

    /// The names of all pictures, in order.
    pub fn image_names(&self) -> impl Iterator<Item = &str> {
        self.images.keys().map(String::as_str)
    }

    /// Notes in a question which picture its name means, for as long as it says so.
    pub fn pin(&self, question: &mut Question) {
        let Some(image) = &mut question.image else { return };
        if let Some((name, pinned)) = self.image(&image.file) {
            image.file = name;
            image.pinned = Some(pinned.clone());
        }
    }

    /// The question of a bank with this id.
    pub fn question(&self, bank: &str, id: &str) -> Option<&Question> {
        let bank = self.banks.iter().find(|there| there.slug == bank)?;
        bank.questions.iter().find(|question| question.id == id)
    }

    /// Where a path of a question stands in its file.
    pub fn place(&self, bank: &str, question: &str, path: &str) -> Place {
        let mut sources = self.sources.get(bank).into_iter().flatten();
        sources.find(|source| source.id == question).map(|source| source.place(path)).unwrap_or_default()
    }

    /// A run of a scenario; computed once and kept.
    ///
    /// # Errors
    /// The scenario cannot be run to its end.
    pub fn run(&self, file: &ScenarioFile) -> Result<Arc<Run>, Vec<Problem>> {
        self.runs.get_or_insert_with(&file.hash, || {
            let Some(around) = &self.around else { return run(&file.scenario).map(Arc::new) };
            let mut made = None;
            around(&mut || made = Some(run(&file.scenario)));
            made.unwrap_or_else(|| run(&file.scenario)).map(Arc::new)
        })
    }

    /// Has each run that is not kept from before made inside `around`.
    pub fn run_inside(&mut self, around: impl Fn(&mut dyn FnMut()) + Send + Sync + 'static) {
        self.around = Some(Arc::new(around));
    }

    /// What the simulator computes for a question: `None` where there is nothing to compute.
    ///
    /// # Errors
    /// It cannot be computed, or the values do not make a question.
    pub fn freeze(&self, question: &Question) -> Result<Option<Frozen>, Unpredicted> {
        match &question.kind {
            Kind::Predict(predict) => self.predict(question, predict).map(Some),
            Kind::Flashcard(_)
            | Kind::Single(_)
            | Kind::Multiple(_)
            | Kind::TrueFalse(_)
            | Kind::Cloze(_)
            | Kind::Short(_)
            | Kind::Numeric(_)
            | Kind::Order(_)
            | Kind::Matching(_) => Ok(None),
        }
    }

    fn predict(&self, question: &Question, predict: &Predict) -> Result<Frozen, Unpredicted> {
        let right = self.probe(question, &predict.right, "predict.value")?;
        let mut frozen = Frozen { right, wrong: Vec::new() };
        for (index, wrong) in predict.wrong.iter().enumerate() {
            let path = format!("predict.wrong[{index}]");
            let value = self.probe(question, &predict.probe(wrong), &path)?;
            if value == frozen.right || frozen.wrong.iter().any(|(_, other)| *other == value) {
                return Err(Unpredicted::Same(path, value));
            }
            frozen.wrong.push((wrong.id.clone(), value));
        }
        Ok(frozen)
    }

    fn probe(&self, question: &Question, probe: &Probe, path: &str) -> Result<String, Unpredicted> {
        let own = question.scenario.as_ref().map(|scenario| scenario.run.as_str());
        let name = probe.scenario.as_deref().or(own).unwrap_or_default();
        let file = self.scenario(name).ok_or_else(|| Unpredicted::NoScenario(name.to_owned()))?;
        let run = self.run(file).map_err(Unpredicted::NoRun)?;
        let at = match probe.at {
            Moment::At(at) => at,
            Moment::End => file.scenario.until,
        };
        let value =
            run.evaluate(&probe.value, at).map_err(|error| Unpredicted::NoValue(path.to_owned(), error))?;
        match value {
            Value::Bool(_) | Value::Int(_) | Value::Double(_) | Value::Str(_) => Ok(value.to_string()),
            Value::Null | Value::List(_) | Value::Map(_) | Value::Object { .. } => {
                Err(Unpredicted::NotSimple(path.to_owned(), value.to_string()))
            }
        }
    }
}

impl Source {
    /// A question of a file that has lines and no tree: it stands at one of them.
    pub(super) fn at_line(id: &str, file: &str, line: u32) -> Source {
        let tree = Node { line, column: 0, value: YamlValue::Null };
        Source { id: id.to_owned(), file: file.to_owned(), path: id.to_owned(), tree }
    }

    /// Where a path of the question stands, or what is nearest above it.
    pub fn place(&self, path: &str) -> Place {
        let whole = if path.is_empty() { self.path.clone() } else { format!("{}.{path}", self.path) };
        self.tree.nearest(path).place(&self.file, &whole)
    }
}
