//! `doujia check`: whether banks and scenarios are fit to be studied: every rule, every scenario run, every claim proved.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;

use super::language::Language;
use crate::bank::Library;
use crate::bank::check::{Demands, check, check_bank, has_errors, prove};
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

/// Says what is wrong, and whether anything is: exit status 0 if not, 1 if so.
///
/// # Errors
/// Where a file cannot be read.
pub(super) fn check_files(options: &Check) -> anyhow::Result<ExitCode> {
    let locale = locale(options.language.lang());
    if options.files.is_empty() {
        return report(
            locale,
            Library::builtin().map(|library| (check(&library, Demands::Builtin), library)),
        );
    }
    let mut files = Vec::new();
    for path in &options.files {
        let name = path.display().to_string();
        let source = std::fs::read_to_string(path).with_context(|| format!("cannot read {name}"))?;
        files.push((name, source));
    }
    report(locale, check_beside_builtin(&files))
}

/// Checks files that may name built-in scenarios.
fn check_beside_builtin(files: &[(String, String)]) -> Result<(Vec<Problem>, Library), Vec<Problem>> {
    let mut library = Library::builtin()?;
    library.banks.clear();
    let mut problems = Vec::new();
    for (name, source) in files {
        if let Err(found) = library.add(name, source) {
            problems.extend(found);
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let own = |file: &str| files.iter().any(|(name, _)| name == file);
    for file in library.scenarios().filter(|file| own(&file.scenario.file)) {
        problems.extend(prove(&library, file));
    }
    for bank in &library.banks {
        problems.extend(check_bank(&library, bank, Demands::Any));
    }
    Ok((problems, library))
}

fn report(
    locale: &Locale,
    checked: Result<(Vec<Problem>, Library), Vec<Problem>>,
) -> anyhow::Result<ExitCode> {
    let mut stdout = std::io::stdout().lock();
    let (problems, library) = match checked {
        Ok((problems, library)) => (problems, Some(library)),
        Err(problems) => (problems, None),
    };
    for problem in &problems {
        writeln!(stdout, "{}", locale.problem(problem))?;
    }
    match library {
        Some(library) if problems.is_empty() => {
            let questions: usize = library.banks.iter().map(|bank| bank.questions.len()).sum();
            let claims: usize = library.scenarios().map(|file| file.scenario.claims.len()).sum();
            let args = [
                ("questions", questions.into()),
                ("scenarios", library.scenarios().count().into()),
                ("claims", claims.into()),
            ];
            writeln!(stdout, "{}", locale.say_with("check-fine", &args))?;
        }
        _ => writeln!(stdout, "{}", locale.say_with("check-problems", &[("count", problems.len().into())]))?,
    }
    Ok(if has_errors(&problems) { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
