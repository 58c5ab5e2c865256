//! `doujia import` and `doujia export`: banks from files and to files, by the way that teachers take on the page, for
//! whoever sits at the machine. It works on the database, whether the service runs or not.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, anyhow};
use clap::Args;
use jiff::Timestamp;

use super::config::Database;
use super::files::{File, UNREADABLE, read_files};
use super::language::Language;
use crate::bank::Library;
use crate::bank::formats::Format;
use crate::export::{self, Whole};
use crate::intake::{self, Mode, Prepared, Sent, There, defaults_of};
use crate::locale::{Locale, locale};
use crate::people::Name;
use crate::store::{Audience, Change, Committed, Learner, Store};
use crate::text::Text;

/// What to take in.
#[derive(Args, Clone, Debug)]
pub(super) struct Import {
    /// Banks in any format that the page for teachers takes
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Whose a new bank shall be: the name of an account; nobody's if not said
    #[arg(long, value_name = "NAME")]
    owner: Option<String>,
    /// Who may study it: private, link or public; a new bank is private, another stays as it is if not said
    #[arg(long, value_parser = read_audience)]
    audience: Option<Audience>,
    /// Add the questions to the bank: those that it has and the file has not stay
    #[arg(long)]
    add: bool,
    /// Say what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    database: Database,
    #[command(flatten)]
    language: Language,
}

/// What to write.
#[derive(Args, Clone, Debug)]
pub(super) struct Export {
    /// The id of the bank
    bank: String,
    /// yaml, markdown, csv, xlsx, gift or zip
    #[arg(long, default_value = "yaml", value_parser = read_format)]
    format: Format,
    /// The file to write; standard output if not said
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    database: Database,
    #[command(flatten)]
    language: Language,
}

fn read_audience(code: &str) -> Result<Audience, String> {
    let audience = Audience::from_code(code).filter(|audience| *audience != Audience::Everyone);
    audience.ok_or_else(|| "private, link or public".to_owned())
}

fn read_format(word: &str) -> Result<Format, String> {
    let named = |format: &Format| format.name().eq_ignore_ascii_case(word) || format.extension() == word;
    Format::ALL.into_iter().find(named).ok_or_else(|| "yaml, markdown, csv, xlsx, gift or zip".to_owned())
}

/// Takes files in, each whole: one with mistakes is told of and left out. Exit status 0 where all went well, 1 where a
/// file has mistakes, 2 where one cannot be read.
///
/// # Errors
/// Where the database cannot be used.
pub(super) fn import(options: &Import) -> anyhow::Result<ExitCode> {
    let locale = locale(options.language.lang());
    let Some(files) = read_files(locale, &options.files)? else { return Ok(ExitCode::from(UNREADABLE)) };
    let url = options.database.url()?;
    actix_web::rt::System::new().block_on(async {
        let store = Store::open(&url).await?;
        let done = import_all(&store, locale, options, &files).await;
        store.close().await;
        Ok(if done? { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    })
}

async fn import_all(
    store: &Store,
    locale: &Locale,
    options: &Import,
    files: &[File],
) -> anyhow::Result<bool> {
    let library = Library::builtin().map_err(|_| anyhow!("the built-in content cannot be read"))?;
    let owner = match &options.owner {
        Some(name) => Some(account(store, locale, name).await?),
        None => None,
    };
    let mut fine = true;
    for file in files {
        let mut defaults = defaults_of(&file.name, options.language.lang());
        if let Some(known) = store.bank(&defaults.slug).await? {
            defaults.lang = known.lang;
        }
        let sent = Sent { name: &file.name, bytes: &file.bytes, defaults: &defaults };
        let mut reading = intake::read(&sent);
        reading.take_along(|name| file.beside(name));
        let slug = reading.bank.as_ref().map(|bank| bank.slug.clone()).unwrap_or_default();
        let stored = store.bank(&slug).await?;
        let scenarios = match &stored {
            Some(bank) => store.bank_scenarios(bank.id, None).await?,
            None => Vec::new(),
        };
        let images = match &stored {
            Some(bank) => store.bank_images(bank.id, None).await?,
            None => Vec::new(),
        };
        let owner = owner.as_ref().map(|owner| owner.id);
        let bank = match &stored {
            Some(bank) => export::present(store, bank).await?,
            None => None,
        };
        let mode = if options.add { Mode::Add } else { Mode::Whole };
        let there = There { scenarios, images, bank, mode, owner };
        let prepared = intake::prepare(&library, &sent, reading, &there);
        for problem in &prepared.problems {
            writeln!(std::io::stderr(), "{}", locale.problem(problem))?;
        }
        let seen = stored.map(|bank| bank.digest);
        fine &= take(store, locale, options, &prepared, seen.as_deref()).await?;
    }
    Ok(fine)
}

async fn account(store: &Store, locale: &Locale, name: &str) -> anyhow::Result<Learner> {
    let parsed = Name::parse(name).map_err(|_| anyhow!(locale.say("user-no-name")))?;
    let found = store.account_by_name(&parsed).await?;
    let args = [("name", name.into())];
    found.map(|found| found.learner).ok_or_else(|| anyhow!(locale.say_with("import-no-owner", &args)))
}

/// Takes one bank in, or says what that would change.
async fn take(
    store: &Store,
    locale: &Locale,
    options: &Import,
    prepared: &Prepared,
    seen: Option<&str>,
) -> anyhow::Result<bool> {
    let Some(sync) = prepared.sync.as_ref().filter(|_| prepared.is_clean()) else { return Ok(false) };
    let planned = store.plan_bank(sync).await?;
    let number = |changes: &[Change]| planned.iter().filter(|plan| changes.contains(&plan.change)).count();
    let cards: u32 = planned.iter().filter(|plan| plan.change == Change::Reset).map(|plan| plan.cards).sum();
    let args = [
        ("bank", sync.slug.as_str().into()),
        ("added", number(&[Change::Added, Change::Restored]).into()),
        ("edited", number(&[Change::Edited]).into()),
        ("reset", number(&[Change::Reset]).into()),
        ("removed", number(&[Change::Removed]).into()),
        ("cards", cards.into()),
    ];
    writeln!(std::io::stdout(), "{}", locale.say_with("import-changes", &args))?;
    for same in prepared.recognized.iter().filter(|same| same.was != same.asks) {
        let words = |text: &Text| text.show(options.language.lang()).words.to_owned();
        let args = [
            ("id", same.id.as_str().into()),
            ("was", words(&same.was).into()),
            ("asks", words(&same.asks).into()),
        ];
        writeln!(std::io::stdout(), "{}", locale.say_with("import-recognized", &args))?;
    }
    if options.dry_run {
        return Ok(true);
    }
    match store.commit_bank(sync, seen, None, Timestamp::now()).await? {
        Committed::Done(_) => {}
        Committed::Changed | Committed::Taken => {
            let args = [("bank", sync.slug.as_str().into())];
            writeln!(std::io::stderr(), "{}", locale.say_with("import-taken", &args))?;
            return Ok(false);
        }
    }
    let Some(bank) = store.taught_bank(&sync.slug).await? else { return Ok(true) };
    if let Some(audience) = options.audience.filter(|audience| *audience != bank.audience) {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).context("the system gives no random numbers")?;
        let link = hex::encode(bytes);
        let link = (audience == Audience::Link && bank.link.is_none()).then_some(link.as_str());
        store.set_audience(&bank, audience, link, None, Timestamp::now()).await?;
    }
    Ok(true)
}

/// Writes a bank. What a format has no place for is told on standard error. Exit status 0 where all fits, 1 where not or
/// where there is no such bank.
///
/// # Errors
/// Where the database cannot be used or the file not be written.
pub(super) fn export(options: &Export) -> anyhow::Result<ExitCode> {
    let locale = locale(options.language.lang());
    let url = options.database.existing_url()?;
    let whole = actix_web::rt::System::new().block_on(async {
        let store = Store::open(&url).await?;
        let whole = whole(&store, options).await;
        store.close().await;
        whole
    })?;
    let Some(whole) = whole else {
        let args = [("bank", options.bank.as_str().into())];
        writeln!(std::io::stderr(), "{}", locale.say_with("export-no-bank", &args))?;
        return Ok(ExitCode::FAILURE);
    };
    let library = Library::builtin().map_err(|_| anyhow!("the built-in content cannot be read"))?;
    let (bytes, lost) = whole.write(&library, options.format);
    for lost in &lost {
        writeln!(std::io::stderr(), "{}: {}", lost.question, locale.say(&format!("lost-{}", lost.what)))?;
    }
    match &options.output {
        Some(path) => {
            std::fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))?;
        }
        None => std::io::stdout().lock().write_all(&bytes)?,
    }
    Ok(if lost.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn whole(store: &Store, options: &Export) -> anyhow::Result<Option<Whole>> {
    let Some(bank) = store.bank(&options.bank).await? else { return Ok(None) };
    let whole = Whole::of(store, &bank, options.format).await?;
    whole.map(Some).ok_or_else(|| anyhow!("the stored bank cannot be read"))
}
