//! The files that a command is given.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use crate::bank::image::MOST_BYTES;
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

impl File {
    /// A file that lies beside this one or in a folder there; `None` where there is no such one.
    pub(super) fn beside(&self, name: &str) -> Option<Vec<u8>> {
        let path = Path::new(&self.name).parent()?.join(name);
        // What only looks like a file may have no end.
        if !std::fs::metadata(&path).ok()?.is_file() {
            return None;
        }
        let mut bytes = Vec::new();
        // One byte more than is taken, so that it is refused for its length.
        std::fs::File::open(path).ok()?.take(MOST_BYTES as u64 + 1).read_to_end(&mut bytes).ok()?;
        Some(bytes)
    }
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
