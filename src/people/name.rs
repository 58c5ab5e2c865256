//! Names of accounts: what may be one, and when two are the same.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// A name that an account may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    written: String,
    folded: String,
}

/// Why something is no name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// It has fewer or more characters than a name may have.
    #[error("a name has 2 to 40 characters")]
    Length,
    /// Some character of it can be mistaken, cannot be seen, or would change how the text around it reads.
    #[error("a name has letters, digits, spaces and - _ . only, at least one of them a letter or digit")]
    Characters,
}

/// Letters by Unicode's tables, but nothing is seen of them.
const UNSEEN: [char; 4] = ['\u{115f}', '\u{1160}', '\u{3164}', '\u{ffa0}'];

impl Name {
    /// The fewest characters.
    pub const LEAST: usize = 2;
    /// The most characters.
    pub const MOST: usize = 40;

    /// Reads a name: letters and digits of any script, spaces and `-_.`. Full-width and other compatibility forms become
    /// the plain ones (NFKC), and white space around it and doubled inside is dropped.
    pub fn parse(text: &str) -> Result<Name, NameError> {
        let plain: String = text.nfkc().collect();
        let is_visible = |c: char| c.is_alphanumeric() && !UNSEEN.contains(&c);
        let allowed = |c: char| is_visible(c) || is_combining_mark(c) || matches!(c, '-' | '_' | '.' | ' ');
        // Tabs and line breaks are not spaces that someone types into a name.
        if !plain.trim().chars().all(allowed) {
            return Err(NameError::Characters);
        }
        let written = plain.split_whitespace().collect::<Vec<_>>().join(" ");
        if !(Name::LEAST..=Name::MOST).contains(&written.chars().count()) {
            return Err(NameError::Length);
        }
        if !written.chars().any(is_visible) || written.starts_with(is_combining_mark) {
            return Err(NameError::Characters);
        }
        // Lower case may be a compatibility form again.
        let folded = written.to_lowercase().nfkc().collect();
        Ok(Name { written, folded })
    }

    /// As its owner writes it.
    pub fn written(&self) -> &str {
        &self.written
    }

    /// As it is compared: two names are the same where this is.
    pub fn folded(&self) -> &str {
        &self.folded
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_all_scripts_are_names() {
        for name in ["Ada", "王小明", "josé_2", "O. Müller-Schmidt", "ปิติ", "नेहा", "42"]
        {
            assert_eq!(Name::parse(name).map(|name| name.written().to_owned()), Ok(name.to_owned()));
        }
    }

    #[test]
    fn two_names_are_the_same_whatever_their_case_width_and_spaces() {
        let folded = |text| Name::parse(text).unwrap().folded().to_owned();
        assert_eq!(folded("Ada  Lovelace "), folded("ａｄａ　LOVELACE"));
        assert_eq!(folded("jose\u{301}"), folded("JOSÉ"));
        assert_ne!(folded("ada"), folded("ada1"));
    }

    #[test]
    fn what_deceives_or_cannot_be_seen_is_no_name() {
        for text in [
            "a\u{202e}b",
            "ad\u{200b}a",
            "ada\n2",
            "a\tb",
            "<b>",
            "ada@example.org",
            "--",
            "\u{3164}\u{3164}",
            "\u{301}a",
            "a\u{0}b",
            "😀😀",
        ] {
            assert_eq!(Name::parse(text), Err(NameError::Characters), "{text:?}");
        }
    }

    #[test]
    fn a_name_has_2_to_40_characters() {
        assert_eq!(Name::parse("a"), Err(NameError::Length));
        assert_eq!(Name::parse("   "), Err(NameError::Length));
        assert!(Name::parse(&"豆".repeat(40)).is_ok());
        assert_eq!(Name::parse(&"豆".repeat(41)), Err(NameError::Length));
    }
}
