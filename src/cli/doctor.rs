//! `doujia doctor`: whether all that the service leans on is well: folder, database, content, room on the disk. It changes
//! nothing, and may be asked while a service runs.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use fluent::FluentValue;

use super::config::Database;
use super::language::Language;
use crate::bank::{Library, Question};
use crate::locale::{Locale, locale};
use crate::store::{DatabaseFile, Error, Examined};

/// What must be free beside the room for a copy of the database, in bytes: the log of a busy day.
const HEADROOM: u64 = 64 * 1024 * 1024;

/// Which database to look at.
#[derive(Args, Clone, Debug)]
pub(super) struct Doctor {
    #[command(flatten)]
    database: Database,
    #[command(flatten)]
    language: Language,
}

/// What is told, line by line, and whether something is wrong.
struct Report {
    locale: &'static Locale,
    lines: Vec<String>,
    sound: bool,
}

impl Report {
    fn fine(&mut self, key: &str, args: &[(&'static str, FluentValue<'_>)]) {
        self.lines.push(format!("✓ {}", self.locale.say_with(key, args)));
    }

    fn wrong(&mut self, key: &str, args: &[(&'static str, FluentValue<'_>)]) {
        self.lines.push(format!("✗ {}", self.locale.say_with(key, args)));
        self.sound = false;
    }
}

/// Looks at everything. Exit status 0 if all is well, 1 if not.
///
/// # Errors
/// Where it is not said which database is meant.
#[tokio::main(flavor = "current_thread")]
pub(super) async fn doctor(options: &Doctor) -> anyhow::Result<ExitCode> {
    let file = DatabaseFile::of(&options.database.url()?)?;
    let locale = locale(options.language.lang());
    let mut report = Report { locale, lines: Vec::new(), sound: true };
    let folder = match file.path().parent() {
        Some(folder) if folder != Path::new("") => folder.to_owned(),
        _ => PathBuf::from("."),
    };
    if folder.exists() {
        permissions(&mut report, &folder, file.path());
    } else {
        report.fine("doctor-no-folder", &[("path", folder.display().to_string().into())]);
        // It will be made in the nearest folder that there is.
        let above = folder.ancestors().skip(1).find(|above| above.exists()).unwrap_or(Path::new("."));
        permissions(&mut report, above, file.path());
    }
    if file.path().exists() {
        database(&mut report, &file).await;
        room(&mut report, &folder, file.path());
    } else {
        report.fine("doctor-no-database", &[("path", file.path().display().to_string().into())]);
    }
    content(&mut report);
    let mut stdout = std::io::stdout().lock();
    for line in &report.lines {
        writeln!(stdout, "{line}")?;
    }
    writeln!(stdout, "{}", locale.say(if report.sound { "doctor-sound" } else { "doctor-unsound" }))?;
    Ok(if report.sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn permissions(report: &mut Report, folder: &Path, file: &Path) {
    let path = |path: &Path| ("path", path.display().to_string().into());
    let trial = folder.join(format!(".doujia-doctor-{}", std::process::id()));
    let tried = std::fs::write(&trial, b"").and_then(|()| std::fs::remove_file(&trial));
    match tried {
        Ok(()) => report.fine("doctor-folder", &[path(folder)]),
        Err(error) => {
            report.wrong("doctor-folder-unwritable", &[path(folder), ("reason", error.to_string().into())]);
        }
    }
    if file.exists()
        && let Err(error) = std::fs::OpenOptions::new().read(true).write(true).open(file)
    {
        report.wrong("doctor-file-unwritable", &[path(file), ("reason", error.to_string().into())]);
    }
}

async fn database(report: &mut Report, file: &DatabaseFile) {
    let examined = match file.examine().await {
        Ok(examined) => examined,
        Err(error) => return report.wrong("doctor-unreadable", &[("reason", told(&error).into())]),
    };
    if examined.is_whole() {
        let args = [("learners", examined.learners.into()), ("answers", examined.answers.into())];
        report.fine("doctor-whole", &args);
    }
    for fault in &examined.faults {
        report.wrong("doctor-fault", &[("reason", fault.as_str().into())]);
    }
    if examined.dangling > 0 {
        report.wrong("doctor-dangling", &[("count", examined.dangling.into())]);
    }
    let Examined { schema, known, .. } = examined;
    let versions = [("found", schema.into()), ("known", known.into())];
    if schema > known {
        report.wrong("doctor-newer", &versions);
    } else if schema < known {
        report.fine("doctor-older", &versions);
    } else {
        report.fine("doctor-schema", &[("found", schema.into())]);
        questions(report, file).await;
    }
}

async fn questions(report: &mut Report, file: &DatabaseFile) {
    let bodies = match file.bodies().await {
        Ok(bodies) => bodies,
        Err(error) => return report.wrong("doctor-unreadable", &[("reason", told(&error).into())]),
    };
    let mut bad = false;
    for (name, body) in &bodies {
        if let Err(error) = Question::from_body(body) {
            bad = true;
            let args = [("question", name.as_str().into()), ("reason", error.to_string().into())];
            report.wrong("doctor-question", &args);
        }
    }
    if !bad {
        report.fine("doctor-questions", &[("count", bodies.len().into())]);
    }
}

fn content(report: &mut Report) {
    match Library::builtin() {
        Ok(library) => {
            let questions: usize = library.banks.iter().map(|bank| bank.questions.len()).sum();
            let scenarios = library.scenarios().count();
            let args = [("questions", questions.into()), ("scenarios", scenarios.into())];
            report.fine("doctor-content", &args);
        }
        Err(problems) => {
            for problem in &problems {
                let words = report.locale.problem(problem);
                report.wrong("doctor-content-bad", &[("reason", words.into())]);
            }
        }
    }
}

/// Before a migration, the database is copied.
fn room(report: &mut Report, folder: &Path, file: &Path) {
    let size = std::fs::metadata(file).map_or(0, |about| about.len());
    let needed = size + HEADROOM;
    let mega = |bytes: u64| bytes.div_ceil(1024 * 1024);
    match fs4::available_space(folder) {
        Ok(free) => {
            let args = [("free", mega(free).into()), ("needed", mega(needed).into())];
            if free < needed {
                report.wrong("doctor-no-room", &args);
            } else {
                report.fine("doctor-room", &args);
            }
        }
        Err(error) => report.wrong("doctor-room-unknown", &[("reason", error.to_string().into())]),
    }
}

/// An error with what it came from, in one line.
fn told(error: &Error) -> String {
    use std::error::Error as _;
    let cause = error.source().map(|source| format!(": {source}")).unwrap_or_default();
    format!("{error}{cause}")
}
