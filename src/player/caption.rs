//! What is said about a moment, in the languages that the reader reads.

use super::clock::clock;
use crate::cluster::frame::{Arg, Caption, Sentence};
use crate::locale::{Locale, locale};
use crate::text::{Lang, Reading, Text};
use fluent::FluentValue;

/// Some words in their own language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Say {
    pub(super) lang: Lang,
    pub(super) words: String,
    /// Whether they stand in for a language that is missing.
    pub(super) fallback: bool,
}

impl Say {
    /// The `lang` attribute.
    pub(super) fn tag(&self) -> &'static str {
        self.lang.tag()
    }
}

/// A text's sides.
pub(super) fn read(text: &Text, reading: Reading) -> Vec<Say> {
    let side = |shown: crate::text::Shown<'_>| Say {
        lang: shown.lang,
        words: shown.words.to_owned(),
        fallback: shown.fallback,
    };
    text.read(reading).into_iter().map(side).collect()
}

/// A caption, one paragraph a language.
pub(super) fn speak(caption: &Caption, reading: Reading) -> Vec<Say> {
    match caption {
        Caption::Said(texts) => {
            let mut sides: Vec<Say> = texts.iter().flat_map(|text| read(text, reading)).collect();
            sides.sort_by_key(|say| say.lang);
            sides
        }
        Caption::Generated(sentences) => {
            let paragraph = |lang: &Lang| {
                let spoken: Vec<String> =
                    sentences.iter().map(|sentence| sentence_in(locale(*lang), sentence)).collect();
                let gap = if *lang == Lang::Zh { "" } else { " " };
                Say { lang: *lang, words: spoken.join(gap), fallback: false }
            };
            reading.langs().iter().map(paragraph).collect()
        }
    }
}

/// A caption in one language.
pub fn spoken(caption: &Caption, lang: Lang) -> String {
    let said: Vec<String> = speak(caption, Reading::Only(lang)).into_iter().map(|say| say.words).collect();
    said.join(if lang == Lang::Zh { "" } else { " " })
}

fn sentence_in(locale: &Locale, sentence: &Sentence) -> String {
    let value = |arg: &Arg| -> FluentValue<'static> {
        match arg {
            Arg::Name(name) => name.clone().into(),
            Arg::Names(names) => list(locale.lang(), names).into(),
            Arg::Count(count) => (*count).into(),
            Arg::Time(at) => clock(*at).into(),
        }
    };
    let args: Vec<_> = sentence.args.iter().map(|(name, arg)| (*name, value(arg))).collect();
    locale.say_with(sentence.key, &args)
}

/// Names as each language lists them; a last `…` says that there are more.
fn list(lang: Lang, names: &[String]) -> String {
    match (lang, names) {
        (Lang::Zh, [rest @ .., last]) if last == "…" => format!("{} 等", rest.join("、")),
        (Lang::Zh, _) => names.join("、"),
        (Lang::En, [rest @ .., last]) if !rest.is_empty() && last != "…" => {
            format!("{} and {last}", rest.join(", "))
        }
        (Lang::En, _) => names.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_language_lists_names_in_its_own_way() {
        let names = ["a".to_owned(), "b".to_owned(), "c".to_owned()];
        assert_eq!(list(Lang::Zh, &names), "a、b、c");
        assert_eq!(list(Lang::En, &names), "a, b and c");
        assert_eq!(list(Lang::En, &names[..1]), "a");
        let more = ["a".to_owned(), "b".to_owned(), "…".to_owned()];
        assert_eq!((list(Lang::Zh, &more), list(Lang::En, &more)), ("a、b 等".into(), "a, b, …".into()));
    }

    #[test]
    fn a_caption_is_spoken_in_both_languages_when_both_are_read() {
        let caption = Caption::Generated(vec![Sentence {
            key: "player-say-pod-ready",
            args: vec![("count", Arg::Count(2)), ("names", Arg::Names(vec!["a".into(), "b".into()]))],
        }]);
        let words: Vec<String> =
            speak(&caption, Reading::Both(Lang::Zh)).into_iter().map(|say| say.words).collect();
        assert_eq!(words, ["2 个 Pod 就绪：a、b。", "2 Pods are ready: a and b."]);
    }
}
