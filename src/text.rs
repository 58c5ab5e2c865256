//! The bilingual string, and which of its two languages a reader sees.
//!
//! Everything a person reads that is not an interface sentence (those live in `locales/`) is a [`Text`]: a question,
//! a choice, an explanation, the caption of a scenario. Nothing here does I/O or knows where a text came from.

use std::fmt;

/// One of the two languages of Doujia.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lang {
    /// Simplified Chinese.
    Zh,
    /// English.
    En,
}

impl Lang {
    /// Both languages, in the order in which they are shown side by side.
    pub const ALL: [Lang; 2] = [Lang::Zh, Lang::En];

    /// The BCP 47 tag, as it stands in `lang` attributes and in the folders of `locales/`.
    pub const fn tag(self) -> &'static str {
        match self {
            Lang::Zh => "zh-CN",
            Lang::En => "en",
        }
    }

    /// The short code, as it stands in content files, URLs and the database.
    pub const fn code(self) -> &'static str {
        match self {
            Lang::Zh => "zh",
            Lang::En => "en",
        }
    }

    /// Reads a short code; `None` for anything else.
    pub fn from_code(code: &str) -> Option<Lang> {
        Lang::ALL.into_iter().find(|lang| lang.code() == code)
    }

    /// The other language.
    pub const fn other(self) -> Lang {
        match self {
            Lang::Zh => Lang::En,
            Lang::En => Lang::Zh,
        }
    }
}

impl fmt::Display for Lang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// What a learner has chosen to read: one language, or both side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reading {
    /// One language.
    Only(Lang),
    /// Both, paired block by block; the interface itself is in the given one.
    Both(Lang),
}

impl Reading {
    /// The language of the interface (menus, buttons, messages).
    pub const fn interface(self) -> Lang {
        match self {
            Reading::Only(lang) | Reading::Both(lang) => lang,
        }
    }

    /// The languages in which content is shown, in order.
    pub fn langs(self) -> &'static [Lang] {
        match self {
            Reading::Only(Lang::Zh) => &[Lang::Zh],
            Reading::Only(Lang::En) => &[Lang::En],
            Reading::Both(_) => &Lang::ALL,
        }
    }

    /// `zh`, `en`, `zh+en` (both, Chinese interface) or `en+zh` (both, English interface).
    pub const fn code(self) -> &'static str {
        match self {
            Reading::Only(Lang::Zh) => "zh",
            Reading::Only(Lang::En) => "en",
            Reading::Both(Lang::Zh) => "zh+en",
            Reading::Both(Lang::En) => "en+zh",
        }
    }

    /// Reads what [`Reading::code`] wrote; `None` for anything else.
    pub fn from_code(code: &str) -> Option<Reading> {
        [Reading::Only(Lang::Zh), Reading::Only(Lang::En), Reading::Both(Lang::Zh), Reading::Both(Lang::En)]
            .into_iter()
            .find(|reading| reading.code() == code)
    }
}

/// A string in Chinese, in English, or in both. At least one of the two is there, and neither is blank.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Text {
    zh: Option<String>,
    en: Option<String>,
}

/// One language's side of a [`Text`], as it is about to be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown<'a> {
    /// The words.
    pub words: &'a str,
    /// The language they are really in.
    pub lang: Lang,
    /// Whether the reader asked for the other language, which this text does not have.
    pub fallback: bool,
}

impl Text {
    /// A text in one language.
    pub fn only(lang: Lang, words: impl Into<String>) -> Text {
        match lang {
            Lang::Zh => Text { zh: Some(words.into()), en: None },
            Lang::En => Text { zh: None, en: Some(words.into()) },
        }
    }

    /// A text in both languages.
    pub fn both(zh: impl Into<String>, en: impl Into<String>) -> Text {
        Text { zh: Some(zh.into()), en: Some(en.into()) }
    }

    /// A text from whichever sides are there; blank sides count as missing, and `None` comes back if nothing is left.
    pub fn from_sides(zh: Option<String>, en: Option<String>) -> Option<Text> {
        let text = Text {
            zh: zh.filter(|words| !words.trim().is_empty()),
            en: en.filter(|words| !words.trim().is_empty()),
        };
        (text.zh.is_some() || text.en.is_some()).then_some(text)
    }

    /// The words in exactly this language.
    pub fn side(&self, lang: Lang) -> Option<&str> {
        match lang {
            Lang::Zh => self.zh.as_deref(),
            Lang::En => self.en.as_deref(),
        }
    }

    /// The words in this language, or in the other one where it is missing.
    pub fn show(&self, lang: Lang) -> Shown<'_> {
        let side = |lang, fallback| self.side(lang).map(|words| Shown { words, lang, fallback });
        side(lang, false).or_else(|| side(lang.other(), true)).unwrap_or(Shown {
            words: "",
            lang,
            fallback: false,
        })
    }

    /// What a reader sees: one side, or the two in order; a side that would only repeat the other is left out.
    pub fn read(&self, reading: Reading) -> Vec<Shown<'_>> {
        match reading {
            Reading::Only(lang) => vec![self.show(lang)],
            Reading::Both(_) => match (self.side(Lang::Zh), self.side(Lang::En)) {
                (Some(zh), Some(en)) if zh == en => {
                    vec![Shown { words: en, lang: Lang::En, fallback: false }]
                }
                (Some(_), Some(_)) => Lang::ALL.into_iter().map(|lang| self.show(lang)).collect(),
                _ => vec![self.show(reading.interface())],
            },
        }
    }

    /// Whether both languages are there.
    pub fn is_bilingual(&self) -> bool {
        self.zh.is_some() && self.en.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_side_falls_back_to_the_other_and_says_so() {
        let text = Text::only(Lang::Zh, "豆荚");
        assert_eq!(text.show(Lang::En), Shown { words: "豆荚", lang: Lang::Zh, fallback: true });
        assert_eq!(text.read(Reading::Both(Lang::En)).len(), 1);
    }

    #[test]
    fn both_shows_chinese_first_and_never_the_same_words_twice() {
        let pair = Text::both("副本", "replicas");
        assert_eq!(
            pair.read(Reading::Both(Lang::En)).iter().map(|s| s.words).collect::<Vec<_>>(),
            ["副本", "replicas"]
        );
        assert_eq!(Text::both("Pod", "Pod").read(Reading::Both(Lang::Zh)).len(), 1);
    }

    #[test]
    fn blank_sides_do_not_count() {
        assert_eq!(Text::from_sides(Some("  ".into()), None), None);
        assert_eq!(Text::from_sides(None, Some("x".into())), Some(Text::only(Lang::En, "x")));
    }

    #[test]
    fn codes_round_trip() {
        for code in ["zh", "en", "zh+en", "en+zh"] {
            assert_eq!(Reading::from_code(code).map(Reading::code), Some(code));
        }
        assert_eq!(Reading::from_code("fr"), None);
    }
}
