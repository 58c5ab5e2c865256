//! `doujia check`: whether banks and scenarios are fit to be studied: every rule, every scenario run, every claim proved.
//! It reads all formats that teachers may send, and says what their page would say.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::files::{File, UNREADABLE, read_files};
use super::language::Language;
use crate::bank::Library;
use crate::bank::check::{Demands, check, has_errors};
use crate::intake::{self, Sent, There, defaults_of};
use crate::locale::{Locale, locale};
use crate::problem::Problem;

/// What to check.
#[derive(Args, Clone, Debug)]
pub(super) struct Check {
    /// Banks and scenarios to check; the built-in content, by its stricter rules, where none is named
    #[arg(value_name = "FILE")]
    pub(super) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) language: Language,
}

/// What was found: the problems, and how many questions, scenarios and claims there are.
struct Found {
    problems: Vec<Problem>,
    questions: usize,
    scenarios: usize,
    claims: usize,
}

/// Says what is wrong, and whether anything is: exit status 0 if not, 1 if so, 2 where a file cannot be read.
///
/// # Errors
/// Where nothing can be said.
pub(super) fn check_files(options: &Check) -> anyhow::Result<ExitCode> {
    let locale = locale(options.language.lang());
    if options.files.is_empty() {
        return report(locale, &builtin());
    }
    let Some(files) = read_files(locale, &options.files)? else { return Ok(ExitCode::from(UNREADABLE)) };
    report(locale, &beside_builtin(&files, options.language))
}

fn builtin() -> Found {
    match Library::builtin() {
        Ok(library) => Found {
            problems: check(&library, Demands::Builtin),
            questions: library.banks.iter().map(|bank| bank.questions.len()).sum(),
            scenarios: library.scenarios().count(),
            claims: library.scenarios().map(|file| file.scenario.claims.len()).sum(),
        },
        Err(problems) => Found { problems, questions: 0, scenarios: 0, claims: 0 },
    }
}

/// Checks files that may name built-in scenarios, and those of one another.
fn beside_builtin(files: &[File], language: Language) -> Found {
    let library = match Library::builtin() {
        Ok(library) => library,
        Err(problems) => return Found { problems, questions: 0, scenarios: 0, claims: 0 },
    };
    let read = |file: &File| {
        let defaults = defaults_of(&file.name, language.lang());
        let mut reading = intake::read(&Sent { name: &file.name, bytes: &file.bytes, defaults: &defaults });
        reading.take_along(|name| file.beside(name));
        (defaults, reading)
    };
    let mut read: Vec<_> = files.iter().map(read).collect();
    let scenarios: Vec<_> =
        read.iter_mut().flat_map(|(_, reading)| std::mem::take(&mut reading.scenarios)).collect();
    let mut found = Found { problems: Vec::new(), questions: 0, scenarios: 0, claims: 0 };
    for (File { name, bytes }, (defaults, mut reading)) in files.iter().zip(read) {
        // Each file sees the scenarios of all; they are run once.
        reading.scenarios.clone_from(&scenarios);
        let sent = Sent { name, bytes, defaults: &defaults };
        let prepared = intake::prepare(&library, &sent, reading, &There::default());
        found.questions += prepared.good.len();
        (found.scenarios, found.claims) = prepared.proved;
        for problem in prepared.problems {
            if !found.problems.contains(&problem) {
                found.problems.push(problem);
            }
        }
    }
    found
}

fn report(locale: &Locale, found: &Found) -> anyhow::Result<ExitCode> {
    let mut stdout = std::io::stdout().lock();
    for problem in &found.problems {
        writeln!(stdout, "{}", locale.problem(problem))?;
    }
    if found.problems.is_empty() {
        let args = [
            ("questions", found.questions.into()),
            ("scenarios", found.scenarios.into()),
            ("claims", found.claims.into()),
        ];
        writeln!(stdout, "{}", locale.say_with("check-fine", &args))?;
    } else {
        writeln!(stdout, "{}", locale.say_with("check-problems", &[("count", found.problems.len().into())]))?;
    }
    Ok(if has_errors(&found.problems) { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
