//! `doujia user`: who has an account, for whoever sits at the machine: the first administrator, or one who has forgotten the
//! password. It works on the database, whether the service runs or not, and every change is in the audit log.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, anyhow};
use clap::{Args, Subcommand};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::config::Database;
use super::language::Language;
use crate::locale::{Locale, locale};
use crate::people::{Name, Password};
use crate::store::{self, Created, Entitlement, Holder, Person, Role, Settings, Store, Ticket};
use crate::web::{BaseUrl, Token};

/// People on one read of the database.
const PAGE: u32 = 500;
/// Letters and digits that nobody mistakes for one another.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// Characters of a password that is made here: 100 bits.
const GENERATED: usize = 20;

/// What to do with whom.
#[derive(Args, Clone, Debug)]
pub(super) struct User {
    #[command(subcommand)]
    command: Command,
}

/// What each of the commands must know.
#[derive(Args, Clone, Debug)]
struct Place {
    #[command(flatten)]
    database: Database,
    #[command(flatten)]
    language: Language,
}

#[derive(Subcommand, Clone, Debug)]
enum Command {
    /// Make an account. The password is asked for, or taken from a file, or made and printed
    Add {
        /// The name to sign in with
        name: String,
        /// learner, teacher or admin
        #[arg(long, default_value = "learner", value_parser = read_role)]
        role: Role,
        /// A file whose first line is the password
        #[arg(long, value_name = "FILE", conflicts_with = "generate_password")]
        password_file: Option<PathBuf>,
        /// Make a password and print it
        #[arg(long)]
        generate_password: bool,
        #[command(flatten)]
        place: Place,
    },
    /// Print everyone with an account: name, role, since when, last seen, whether locked out
    List {
        #[command(flatten)]
        place: Place,
    },
    /// Give someone another role
    Role {
        /// Whom
        name: String,
        /// learner, teacher or admin
        #[arg(value_parser = read_role)]
        role: Role,
        #[command(flatten)]
        place: Place,
    },
    /// Print a link by which someone sets a new password, within 24 hours and once
    Reset {
        /// Whom
        name: String,
        /// Where browsers find the service
        #[arg(long, env = "DOUJIA_BASE_URL", value_name = "URL", default_value = "http://127.0.0.1:8080")]
        base_url: BaseUrl,
        #[command(flatten)]
        place: Place,
    },
}

impl Command {
    fn place(&self) -> &Place {
        match self {
            Command::Add { place, .. }
            | Command::List { place }
            | Command::Role { place, .. }
            | Command::Reset { place, .. } => place,
        }
    }
}

fn read_role(code: &str) -> Result<Role, String> {
    Role::from_code(code).ok_or_else(|| "learner, teacher or admin".to_owned())
}

/// Does it. The exit status is 0 where it was done, and 1 where not, which standard error explains.
///
/// # Errors
/// Where it cannot be done.
pub(super) fn user(options: &User) -> anyhow::Result<ExitCode> {
    let place = options.command.place();
    let locale = locale(place.language.lang());
    let url = match &options.command {
        // There may be someone before the first start.
        Command::Add { .. } => place.database.url()?,
        Command::List { .. } | Command::Role { .. } | Command::Reset { .. } => {
            place.database.existing_url()?
        }
    };
    // Before the database is opened: someone may think about it for long.
    let adding = match &options.command {
        Command::Add { name, password_file, generate_password, .. } => {
            Some(new_account(locale, name, password_file.as_ref(), *generate_password)?)
        }
        Command::List { .. } | Command::Role { .. } | Command::Reset { .. } => None,
    };
    actix_web::rt::System::new().block_on(async {
        let store = Store::open(&url).await?;
        let done = match (&options.command, adding) {
            (Command::Add { role, .. }, Some(new)) => add(&store, locale, new, *role).await,
            (Command::Role { name, role, .. }, _) => change_role(&store, locale, name, *role).await,
            (Command::Reset { name, base_url, .. }, _) => reset(&store, locale, name, base_url).await,
            (Command::List { .. } | Command::Add { .. }, _) => list(&store, locale).await,
        };
        store.close().await;
        done.map(|()| ExitCode::SUCCESS)
    })
}

/// Who shall have an account.
struct New {
    name: Name,
    password: Password,
    /// The password, where it was made here.
    shown: Option<String>,
}

fn new_account(locale: &Locale, name: &str, file: Option<&PathBuf>, generate: bool) -> anyhow::Result<New> {
    let name = named(locale, name)?;
    let (typed, shown) = match file {
        Some(file) => {
            let text = std::fs::read_to_string(file).with_context(|| {
                locale.say_with("user-unreadable", &[("file", file.display().to_string().into())])
            })?;
            (text.lines().next().unwrap_or_default().to_owned(), None)
        }
        None if generate => {
            let password = generated()?;
            (password.clone(), Some(password))
        }
        None => (asked(locale)?, None),
    };
    let password =
        Password::new(&typed, Some(&name)).map_err(|error| anyhow!(locale.say(error_key(error))))?;
    Ok(New { name, password, shown })
}

fn named(locale: &Locale, name: &str) -> anyhow::Result<Name> {
    Name::parse(name).map_err(|_| anyhow!(locale.say("user-no-name")))
}

fn error_key(error: crate::people::PasswordError) -> &'static str {
    use crate::people::PasswordError::{Common, Long, Short};
    match error {
        Short => "user-password-short",
        Long => "user-password-long",
        Common => "user-password-common",
    }
}

/// A password that someone types twice, unseen.
fn asked(locale: &Locale) -> anyhow::Result<String> {
    if !std::io::stdin().is_terminal() {
        return Err(anyhow!(locale.say("user-no-terminal")));
    }
    let password = rpassword::prompt_password(locale.say("user-ask-password"))?;
    if rpassword::prompt_password(locale.say("user-ask-again"))? == password {
        Ok(password)
    } else {
        Err(anyhow!(locale.say("user-not-the-same")))
    }
}

fn generated() -> anyhow::Result<String> {
    let mut bytes = [0; GENERATED];
    getrandom::fill(&mut bytes).context("the system gives no random numbers")?;
    Ok(bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect())
}

async fn add(store: &Store, locale: &Locale, new: New, role: Role) -> anyhow::Result<()> {
    let hash = new.password.hash().map_err(|error| anyhow!("the password cannot be hashed: {error}"))?;
    let settings = Settings::default();
    let given = Entitlement::Given(role, None);
    let created = store.create_account(Holder::New(&settings), &new.name, &hash, given, now()).await?;
    let args = [("name", new.name.written().into())];
    match created {
        Created::Created(_) => tell(&locale.say_with("user-added", &args))?,
        Created::NameTaken | Created::NoTicket => {
            return Err(anyhow!(locale.say_with("user-name-taken", &args)));
        }
    }
    match new.shown {
        Some(password) => tell(&locale.say_with("user-password", &[("password", password.into())])),
        None => Ok(()),
    }
}

async fn list(store: &Store, locale: &Locale) -> anyhow::Result<()> {
    let day = |at: Timestamp| at.to_zoned(TimeZone::system()).strftime("%Y-%m-%d").to_string();
    let mut after = String::new();
    loop {
        let people = store.people("", &after, PAGE).await?;
        let Some(last) = people.last() else { return Ok(()) };
        after.clone_from(&last.folded);
        for person in people {
            let seen = person.seen.map_or_else(|| "-".to_owned(), day);
            let state = if person.disabled.is_some() { locale.say("user-locked-out") } else { String::new() };
            let (role, since) = (person.role.code(), day(person.created));
            // Tabs, so that other programs can read it.
            tell(format!("{}\t{role}\t{since}\t{seen}\t{state}", person.name).trim_end())?;
        }
    }
}

async fn change_role(store: &Store, locale: &Locale, name: &str, role: Role) -> anyhow::Result<()> {
    let person = find(store, locale, name).await?;
    match store.set_role(person.id, role, None, now()).await {
        Ok(()) => tell(
            &locale
                .say_with("user-role-changed", &[("name", person.name.into()), ("role", role.code().into())]),
        ),
        Err(store::Error::LastAdmin) => Err(anyhow!(locale.say("user-last-admin"))),
        Err(error) => Err(error.into()),
    }
}

async fn reset(store: &Store, locale: &Locale, name: &str, base: &BaseUrl) -> anyhow::Result<()> {
    let person = find(store, locale, name).await?;
    let token = Token::random().context("the system gives no random numbers")?;
    let (at, about) = (now(), person.name.as_str());
    store.make_ticket(&token.hash(), &Ticket::reset(person.id, at), about, None, at).await?;
    tell(&locale.say_with("user-reset", &[("name", about.into())]))?;
    tell(&format!("{base}reset/{}", token.hex()))
}

async fn find(store: &Store, locale: &Locale, name: &str) -> anyhow::Result<Person> {
    let name = named(locale, name)?;
    let found = store.person_named(name.folded()).await?;
    found.ok_or_else(|| anyhow!(locale.say_with("user-unknown", &[("name", name.written().into())])))
}

fn now() -> Timestamp {
    Timestamp::now()
}

fn tell(line: &str) -> anyhow::Result<()> {
    Ok(writeln!(std::io::stdout(), "{line}")?)
}
