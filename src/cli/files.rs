//! The files that a command is given.

use std::io::Write;
use std::path::PathBuf;

use crate::locale::Locale;
use crate::problem::{Place, Problem};

/// The exit status where a file cannot be read.
pub(super) const UNREADABLE: u8 = 2;

/// A file.
pub(super) struct File {
    /// As it was named.
    pub(super) name: String,
    /// What is in it.
    pub(super) bytes: Vec<u8>,
}

/// All of each file, with its name. `None` where one cannot be read, which standard error explains.
///
/// # Errors
/// Where nothing can be said.
pub(super) fn read_files(locale: &Locale, paths: &[PathBuf]) -> anyhow::Result<Option<Vec<File>>> {
    let mut files = Vec::new();
    let mut whole = true;
    for path in paths {
        let name = path.display().to_string();
        match std::fs::read(path) {
            Ok(bytes) => files.push(File { name, bytes }),
            Err(error) => {
                let place = Place { file: name, ..Place::default() };
                let problem = Problem::error(place, "unreadable").found(error.to_string());
                writeln!(std::io::stderr(), "{}", locale.problem(&problem))?;
                whole = false;
            }
        }
    }
    Ok(whole.then_some(files))
}
