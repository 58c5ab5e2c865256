//! What all handlers share: the store, the clock, where the pages live, and what can be computed again at any time:
//! questions once read, the library, players. Nothing here that a restart would lose.

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use actix_web::http::header::HOST;
use actix_web::{HttpRequest, web};
use jiff::Timestamp;
use quick_cache::sync::Cache;
use tokio::sync::Semaphore;

use crate::bank::library::{Library, ScenarioFile};
use crate::bank::{Frozen, Question, ScenarioRef};
use crate::cluster::SimTime;
use crate::cluster::run::Run;
use crate::cluster::scenario::Scenario;
use crate::intake::{Mode, Prepared};
use crate::player::Player;
use crate::store::{BankId, QuestionId, ScenarioSync, Store};
use crate::text::Text;

use super::client::Proxies;
use super::error::{Error, Result};
use super::limits::Limits;
use super::metrics::Metrics;
use super::question::Known;
use super::{BaseUrl, Clock, passwords};

/// Questions kept in memory: every version that learners meet in a day, at a few kilobytes each.
const QUESTIONS: usize = 20_000;
/// Files that were looked at and are kept in memory, a few megabytes each.
const PREPARED: usize = 16;
/// Files that are looked at at the same time.
const CHECKS: usize = 2;
/// Players kept in memory, a few hundred kilobytes each.
const PLAYERS: usize = 128;

/// What makes a player: a scenario, another beside it, each by its hash, and the moment of the question.
type PlayerKey = (String, Option<String>, Option<SimTime>);

/// A file that was looked at.
#[derive(Clone)]
pub(super) struct Seen {
    /// The bank it is about.
    pub(super) slug: String,
    /// The digest of that bank then, where it was there and theirs.
    pub(super) digest: Option<String>,
    /// What would become of its questions that the file has not.
    pub(super) mode: Mode,
    /// What would be taken in.
    pub(super) prepared: Arc<Prepared>,
}

/// The service, as handlers see it.
pub struct App {
    pub(super) store: Store,
    clock: Box<dyn Clock>,
    base: BaseUrl,
    /// Whether someone said where browsers find us, or we only guess it from where we listen.
    base_is_given: bool,
    proxies: Proxies,
    started: Timestamp,
    metrics: Arc<Metrics>,
    /// How often who may do what.
    pub(super) limits: Limits,
    /// Turns at hashing a password.
    pub(super) passwords: Semaphore,
    questions: Cache<(QuestionId, String), Arc<Known>>,
    /// Files that were looked at, by all that was sent, by whom, and by whether they are added to a bank.
    pub(super) prepared: Cache<String, Seen>,
    /// A turn for each file that is being looked at: simulations must not take all of the machine.
    pub(super) checks: Semaphore,
    shelf: Arc<Shelf>,
}

/// The library and what was made of it.
struct Shelf {
    library: OnceLock<Option<Library>>,
    players: Cache<PlayerKey, Arc<Player>>,
    metrics: Arc<Metrics>,
}

/// The scenario that a name means.
enum Meant {
    /// The one that comes with the program.
    Builtin(String),
    /// Another one.
    Own { hash: String, name: String, source: String },
}

impl App {
    /// A service on this store and clock. Without a base URL it is found at `listens`.
    pub fn new(
        store: Store,
        clock: Box<dyn Clock>,
        base: Option<BaseUrl>,
        listens: BaseUrl,
        proxies: Proxies,
    ) -> App {
        let (base_is_given, started) = (base.is_some(), clock.now());
        let metrics = Arc::new(Metrics::new());
        App {
            store,
            clock,
            base: base.unwrap_or(listens),
            base_is_given,
            proxies,
            started,
            metrics: Arc::clone(&metrics),
            limits: Limits::new(),
            passwords: Semaphore::new(passwords::AT_ONCE),
            questions: Cache::new(QUESTIONS),
            prepared: Cache::new(PREPARED),
            checks: Semaphore::new(CHECKS),
            shelf: Arc::new(Shelf { library: OnceLock::new(), players: Cache::new(PLAYERS), metrics }),
        }
    }

    /// The instant of this request.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Since when the service runs.
    pub(super) fn started(&self) -> Timestamp {
        self.started
    }

    /// Where browsers find the pages.
    pub fn base(&self) -> &BaseUrl {
        &self.base
    }

    /// The base URL, where it was given.
    pub(super) fn given_base(&self) -> Option<&BaseUrl> {
        self.base_is_given.then_some(&self.base)
    }

    /// The reverse proxies that may say from where a request comes.
    pub(super) fn proxies(&self) -> &Proxies {
        &self.proxies
    }

    /// What is counted.
    pub(super) fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Whether the library is read, so that no page has to wait for it.
    pub(super) fn has_library(&self) -> bool {
        matches!(self.shelf.library.get(), Some(Some(_)))
    }

    /// Has the runs of a library counted.
    pub(super) fn count_runs(&self, library: &mut Library) {
        count_runs(library, Arc::clone(&self.metrics));
    }

    /// The path of a page, as a link or a redirect needs it.
    pub(super) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base.prefix())
    }

    /// The whole URL of a page, as someone else's browser needs it: where the service is said to be, or else where this
    /// browser has found it.
    pub(super) fn link(&self, path: &str, request: &HttpRequest) -> String {
        let found = request.headers().get(HOST).and_then(|host| host.to_str().ok());
        let is_host = |host: &&str| {
            !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b".:-_[]".contains(&b))
        };
        match found.filter(is_host).filter(|_| !self.base_is_given) {
            Some(host) => format!("http://{host}{}", self.url(path)),
            None => format!("{}{}", self.base.origin(), self.url(path)),
        }
    }

    /// What a question said in a version; read once, since versions never change. `None` where there is no such version.
    pub(super) async fn known(&self, id: QuestionId, hash: &str) -> Result<Option<Arc<Known>>> {
        let key = (id, hash.to_owned());
        if let Some(known) = self.questions.get(&key) {
            return Ok(Some(known));
        }
        let Some(version) = self.store.version(id, hash).await? else { return Ok(None) };
        let known = Arc::new(Known {
            question: Question::from_body(&version.body)
                .map_err(|error| Error::Body(id, error.to_string()))?,
            frozen: version.frozen.as_deref().and_then(Frozen::from_json),
        });
        self.questions.insert(key, Arc::clone(&known));
        Ok(Some(known))
    }

    /// Runs something that needs the library on a thread where it may take its time. `None` where the library that comes
    /// with this program cannot be read, which its tests rule out.
    pub(super) async fn with_library<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Library) -> T + Send + 'static,
    ) -> Option<T> {
        let shelf = Arc::clone(&self.shelf);
        web::block(move || shelf.library().map(work)).await.ok().flatten()
    }

    /// The player of a scenario, as its name is meant in a bank: the scenario that came with the bank, or the built-in one
    /// as it was then. Computed once. `None` where there is no such scenario or it does not run.
    pub(super) async fn player(
        &self,
        bank: Option<BankId>,
        scenario: &ScenarioRef,
    ) -> Result<Option<Arc<Player>>> {
        let main = self.meant(bank, &scenario.run).await?;
        let contrast = match &scenario.contrast {
            Some(name) => Some(self.meant(bank, name).await?),
            None => None,
        };
        let focus = scenario.focus;
        let shelf = Arc::clone(&self.shelf);
        let player = web::block(move || shelf.player(main, contrast, focus)).await.ok().flatten();
        if player.is_none() {
            tracing::error!(scenario = scenario.run, "a scenario of a question has no run");
        }
        Ok(player)
    }

    /// The title of a scenario, as its name is meant in a bank. `None` where there is no such scenario.
    pub(super) async fn scenario_title(&self, bank: BankId, name: &str) -> Result<Option<Text>> {
        let meant = self.meant(Some(bank), name).await?;
        Ok(self.title_of(meant).await)
    }

    /// The title of a scenario of a bank that is not stored yet.
    pub(super) async fn scenario_title_among(&self, scenarios: &[ScenarioSync], name: &str) -> Option<Text> {
        self.title_of(meant_among(scenarios, name)).await
    }

    async fn title_of(&self, meant: Meant) -> Option<Text> {
        self.with_library(move |library| meant.title(library)).await.flatten()
    }

    /// The player of a scenario of a bank that is not stored yet.
    pub(super) async fn player_among(
        &self,
        scenarios: &[ScenarioSync],
        scenario: &ScenarioRef,
    ) -> Result<Option<Arc<Player>>> {
        let meant = |name: &String| meant_among(scenarios, name);
        let (main, contrast) = (meant(&scenario.run), scenario.contrast.as_ref().map(meant));
        let (focus, shelf) = (scenario.focus, Arc::clone(&self.shelf));
        Ok(web::block(move || shelf.player(main, contrast, focus)).await.ok().flatten())
    }

    /// What a name of a scenario means in a bank.
    async fn meant(&self, bank: Option<BankId>, name: &str) -> Result<Meant> {
        let hash = match bank {
            Some(bank) => self.store.pinned_scenario(bank, name).await?,
            None => None,
        };
        let Some(hash) = hash else { return Ok(Meant::Builtin(name.to_owned())) };
        let builtin =
            self.shelf.library.get().and_then(Option::as_ref).and_then(|library| library.scenario(name));
        if builtin.is_some_and(|file| file.hash == hash) {
            return Ok(Meant::Builtin(name.to_owned()));
        }
        let source = self.store.scenario(&hash).await?.unwrap_or_default();
        Ok(Meant::Own { hash, name: name.to_owned(), source })
    }

    /// What a fact says; `None` where it is not known, or the library is not read yet.
    pub(super) fn fact(&self, id: &str) -> Option<&Text> {
        let library = self.shelf.library.get()?.as_ref()?;
        library.facts.iter().find(|fact| fact.id == id).map(|fact| &fact.say)
    }

    /// Reads the library ahead of the first page that needs it.
    pub(super) fn warm_up(&self) {
        let shelf = Arc::clone(&self.shelf);
        std::thread::spawn(move || shelf.library().is_some());
    }

    /// Puts a library that was read already on the shelf.
    pub(super) fn shelve(&self, library: Library) {
        // Only `warm_up` could have been faster, with the same library.
        let _ = self.shelf.library.set(Some(library));
    }
}

impl Shelf {
    fn library(&self) -> Option<&Library> {
        let read = || {
            Library::builtin()
                .map(|mut library| {
                    count_runs(&mut library, Arc::clone(&self.metrics));
                    library
                })
                .inspect_err(|problems| tracing::error!(?problems, "the built-in content cannot be read"))
                .ok()
        };
        self.library.get_or_init(read).as_ref()
    }

    fn player(&self, main: Meant, contrast: Option<Meant>, focus: Option<SimTime>) -> Option<Arc<Player>> {
        let library = self.library()?;
        let key = (main.hash(library)?, contrast.as_ref().and_then(|meant| meant.hash(library)), focus);
        if let Some(player) = self.players.get(&key) {
            return Some(player);
        }
        let main = main.run(library)?;
        let contrast = contrast.and_then(|meant| meant.run(library));
        let player = Arc::new(Player::new(&main, contrast.as_deref(), focus));
        self.players.insert(key, Arc::clone(&player));
        Some(player)
    }
}

fn count_runs(library: &mut Library, metrics: Arc<Metrics>) {
    library.run_inside(move |run| {
        let began = Instant::now();
        run();
        metrics.simulation(began.elapsed());
    });
}

/// The scenario that a name means among those of a bank, or else the built-in one.
fn meant_among(scenarios: &[ScenarioSync], name: &str) -> Meant {
    match scenarios.iter().find(|scenario| scenario.name == name) {
        Some(own) => {
            Meant::Own { hash: own.hash.clone(), name: own.name.clone(), source: own.source.clone() }
        }
        None => Meant::Builtin(name.to_owned()),
    }
}

impl Meant {
    fn title(&self, library: &Library) -> Option<Text> {
        match self {
            Meant::Builtin(name) => library.scenario(name).map(|file| file.scenario.title.clone()),
            Meant::Own { name, source, .. } => Scenario::parse(source, name).ok().map(|own| own.title),
        }
    }

    fn hash(&self, library: &Library) -> Option<String> {
        match self {
            Meant::Builtin(name) => library.scenario(name).map(|file| file.hash.clone()),
            Meant::Own { hash, .. } => Some(hash.clone()),
        }
    }

    fn run(self, library: &Library) -> Option<Arc<Run>> {
        match self {
            Meant::Builtin(name) => library.run(library.scenario(&name)?).ok(),
            Meant::Own { hash, name, source } => {
                let scenario = Scenario::parse(&source, &name).ok()?;
                library.run(&ScenarioFile { scenario, source, hash }).ok()
            }
        }
    }
}
