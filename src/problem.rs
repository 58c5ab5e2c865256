//! What is wrong with something a person wrote, and where: one type from the parsers to the page.
//!
//! A problem is data. Its sentence is made by Fluent at the edge (`problem-<kind>` in `locales/*/problem.ftl`), in the
//! reader's language; the only words it carries itself are the author's own (`found`) and names from a format's
//! grammar (`expected`).

use std::fmt;

/// Where something stands in a file that a person wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The file as the person knows it; empty for pasted text.
    pub file: String,
    /// The line, from 1; 0 when the whole file is meant.
    pub line: u32,
    /// The column in characters, from 1; 0 when the whole line is meant.
    pub column: u32,
    /// The path inside the document, as in `questions[3].choices[0].say`; empty for the document itself.
    pub path: String,
}

impl fmt::Display for Place {
    /// `file:line:column: path`, leaving out what is not known.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts: Vec<String> = Vec::new();
        if !self.file.is_empty() {
            parts.push(self.file.clone());
        }
        if self.line > 0 {
            parts.push(self.line.to_string());
        }
        if self.column > 0 {
            parts.push(self.column.to_string());
        }
        f.write_str(&parts.join(":"))?;
        if !self.path.is_empty() {
            write!(f, "{}{}", if parts.is_empty() { "" } else { ": " }, self.path)?;
        }
        Ok(())
    }
}

/// How serious a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// It works, but surely not as the author meant.
    Warning,
    /// It cannot be used as it is.
    Error,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub at: Place,
    /// What: the Fluent message is `problem-<kind>`.
    pub kind: &'static str,
    /// How serious.
    pub severity: Severity,
    /// What stands there (Fluent argument `$found`); may be empty.
    pub found: String,
    /// What should stand there (Fluent argument `$expected`); may be empty.
    pub expected: String,
}

impl Problem {
    /// An error of this kind at this place.
    pub fn error(at: Place, kind: &'static str) -> Problem {
        Problem { at, kind, severity: Severity::Error, found: String::new(), expected: String::new() }
    }

    /// A warning of this kind at this place.
    pub fn warning(at: Place, kind: &'static str) -> Problem {
        Problem { severity: Severity::Warning, ..Problem::error(at, kind) }
    }

    /// Whether it is an error, and not only a warning.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// Says what was found.
    #[must_use]
    pub fn found(mut self, found: impl Into<String>) -> Problem {
        self.found = found.into();
        self
    }

    /// Says what was expected.
    #[must_use]
    pub fn expected(mut self, expected: impl Into<String>) -> Problem {
        self.expected = expected.into();
        self
    }
}
