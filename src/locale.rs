//! The sentences of the interface, in both languages, from `locales/*/*.ftl` by Fluent.
//!
//! Keys and arguments go in, a sentence comes out. Every key exists in both languages with the same arguments, and
//! every key that the code or a template uses exists: tests below and in `tests/` prove it. Content (questions,
//! scenarios) never comes through here; it is [`crate::text::Text`].

use crate::problem::{Problem, Severity};
use crate::text::Lang;
use fluent::concurrent::FluentBundle;
use fluent::{FluentArgs, FluentResource, FluentValue};
use rust_embed::RustEmbed;
use std::borrow::Cow;
use std::sync::OnceLock;

#[derive(RustEmbed)]
#[folder = "locales/"]
struct Files;

/// The interface's sentences in one language.
pub struct Locale {
    lang: Lang,
    bundle: FluentBundle<FluentResource>,
}

/// The sentences of a language; built once, shared by all threads.
pub fn locale(lang: Lang) -> &'static Locale {
    static ZH: OnceLock<Locale> = OnceLock::new();
    static EN: OnceLock<Locale> = OnceLock::new();
    match lang {
        Lang::Zh => ZH.get_or_init(|| Locale::load(Lang::Zh)),
        Lang::En => EN.get_or_init(|| Locale::load(Lang::En)),
    }
}

impl Locale {
    fn load(lang: Lang) -> Locale {
        let tag = lang.tag().parse().expect("the tags of our languages are valid BCP 47");
        let mut bundle = FluentBundle::new_concurrent(vec![tag]);
        // Isolation marks (U+2068, U+2069) would show up in text that people copy, and all we insert is left to right.
        bundle.set_use_isolating(false);
        for (name, source) in sources(lang) {
            let resource = FluentResource::try_new(source)
                .unwrap_or_else(|(_, errors)| panic!("locales/{}/{name}: {errors:?}", lang.tag()));
            bundle
                .add_resource(resource)
                .unwrap_or_else(|errors| panic!("locales/{}/{name}: {errors:?}", lang.tag()));
        }
        Locale { lang, bundle }
    }

    /// Which language these sentences are in.
    pub fn lang(&self) -> Lang {
        self.lang
    }

    /// The sentence of a key. A key that does not exist shows as itself, between brackets; tests keep that from happening.
    pub fn say(&self, key: &str) -> String {
        self.say_with(key, &[])
    }

    /// The sentence of a key with arguments.
    pub fn say_with(&self, key: &str, args: &[(&'static str, FluentValue<'_>)]) -> String {
        let Some(pattern) = self.bundle.get_message(key).and_then(|message| message.value()) else {
            return format!("[{key}]");
        };
        let args: FluentArgs<'_> = args.iter().map(|(name, value)| (*name, value.clone())).collect();
        let mut errors = Vec::new();
        self.bundle.format_pattern(pattern, Some(&args), &mut errors).into_owned()
    }

    /// Whether a key exists.
    pub fn has(&self, key: &str) -> bool {
        self.bundle.get_message(key).is_some_and(|message| message.value().is_some())
    }

    /// The sentence of a problem, with its place in front where it has one.
    pub fn problem(&self, problem: &Problem) -> String {
        let sentence = self.problem_without_place(problem);
        let place = problem.at.to_string();
        match problem.severity {
            _ if place.is_empty() => sentence,
            Severity::Error => {
                self.say_with("problem-at", &[("place", place.into()), ("sentence", sentence.into())])
            }
            Severity::Warning => {
                self.say_with("problem-warning-at", &[("place", place.into()), ("sentence", sentence.into())])
            }
        }
    }

    /// The sentence of a problem alone.
    pub fn problem_without_place(&self, problem: &Problem) -> String {
        // What nobody sees could not be told from spaces.
        let found = problem.found.replace('\t', "⇥");
        self.say_with(
            &format!("problem-{}", problem.kind),
            &[("found", found.into()), ("expected", problem.expected.as_str().into())],
        )
    }
}

/// The Fluent files of a language: name and text, in order of name.
pub fn sources(lang: Lang) -> Vec<(String, String)> {
    let prefix = format!("{}/", lang.tag());
    let mut names: Vec<Cow<'static, str>> = Files::iter().filter(|name| name.starts_with(&prefix)).collect();
    names.sort();
    names
        .into_iter()
        .filter_map(|name| {
            let file = Files::get(&name)?;
            let text = String::from_utf8(file.data.into_owned()).expect("locale files are UTF-8");
            Some((name[prefix.len()..].to_owned(), text))
        })
        .collect()
}
