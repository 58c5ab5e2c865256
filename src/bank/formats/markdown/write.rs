//! Writing a bank as Markdown, in its one spelling. What a line would not read as it is stands in quotes.

use super::line;
use crate::bank::kinds::{Answers, Item, Moment, Predict, Wrong};
use crate::bank::number::{Number, Unit};
use crate::bank::writer::is_printable;
use crate::bank::{Bank, Kind, Question};
use crate::cluster::Millis;
use crate::text::{Lang, Text};
use std::fmt::Write;

/// Writes a bank. Everything has a place.
pub(in crate::bank::formats) fn write(bank: &Bank) -> String {
    let mut out = Page { lang: bank.lang, text: String::new() };
    out.line("---");
    out.line(&format!("bank: {}", bank.slug));
    out.line(&format!("lang: {}", bank.lang.code()));
    out.line(&format!("title: {}", out.both(&bank.title, |_| true)));
    for (key, value) in [("license", &bank.license), ("author", &bank.author)] {
        if let Some(value) = value {
            let fine = is_line(value) && !value.is_empty();
            out.line(&format!("{key}: {}", if fine { value.clone() } else { line::quote(value) }));
        }
    }
    out.line("---");
    for question in &bank.questions {
        out.line("");
        out.question(question);
    }
    out.text
}

struct Page {
    lang: Lang,
    text: String,
}

/// Whether words are a line that no mark at either end makes something else.
fn is_line(words: &str) -> bool {
    words.chars().all(is_printable)
        && words.trim() == words
        && !words.starts_with('"')
        && !words.ends_with(['}', '｝'])
}

/// Whether words can stand in a block.
fn is_block(words: &str) -> bool {
    words.contains('\n')
        && words.trim() == words
        && words.chars().all(|c| c == '\n' || is_printable(c))
        && words.split('\n').all(|line| line.trim_end() == line)
}

/// One side of a text, plain where it reads as itself.
fn plain_or_quoted(words: &str, fits: impl Fn(&str) -> bool) -> String {
    let plain = is_line(words) && line::sides(words) == [words] && fits(words);
    if plain { words.to_owned() } else { line::quote(words) }
}

/// Adds an attribute.
fn attribute(out: &mut Vec<String>, key: &str, value: Option<impl ToString>) {
    out.extend(value.map(|value| format!("{key}={}", value.to_string())));
}

/// Attributes behind words.
fn behind(words: String, attributes: &[String]) -> String {
    match (words.is_empty(), attributes.is_empty()) {
        (_, true) => words,
        (true, false) => format!("{{{}}}", attributes.join(" ")),
        (false, false) => format!("{words} {{{}}}", attributes.join(" ")),
    }
}

/// The id of something in a list, unless it is the one that its place gives it.
fn own_id(id: &str, letter: char, index: usize) -> Vec<String> {
    if id == format!("{letter}{}", index + 1) { Vec::new() } else { vec![format!("#{id}")] }
}

fn number(value: Number) -> String {
    value.to_json().to_string()
}

fn moment(moment: Moment) -> String {
    match moment {
        Moment::At(at) => Millis(at.0).to_string(),
        Moment::End => "end".to_owned(),
    }
}

impl Page {
    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// A text on one line: in this language, in both, or ` | ` and the other.
    fn both(&self, text: &Text, fits: impl Fn(&str) -> bool) -> String {
        let safe = |words: &str| {
            !words.contains("[[") && words.matches('`').count().is_multiple_of(2) && fits(words)
        };
        let side = |lang| text.side(lang).map(|words| plain_or_quoted(words, safe));
        match (side(self.lang), side(self.lang.other())) {
            (Some(own), None) => own,
            (own, other) => {
                format!("{} | {}", own.unwrap_or_default(), other.unwrap_or_default()).trim().to_owned()
            }
        }
    }

    /// A text under a key: under both words of the key where it is in both languages.
    fn keyed(&mut self, key: &'static str, text: Option<&Text>) {
        let Some(text) = text else { return };
        match (text.side(self.lang), text.side(self.lang.other())) {
            (None, _) => {
                let value = self.both(text, |_| true);
                self.line(&format!("{}: {value}", line::word(key, self.lang)));
            }
            (Some(own), other) => {
                self.value(line::word(key, self.lang), own);
                if let Some(other) = other {
                    self.value(line::word(key, self.lang.other()), other);
                }
            }
        }
    }

    /// Words of one language under a key: on its line, as a block or in quotes.
    fn value(&mut self, word: &str, words: &str) {
        if !is_block(words) {
            let value = plain_or_quoted(words, |_| true);
            return self.line(&format!("{word}: {value}"));
        }
        self.line(&format!("{word}: |"));
        for line in words.split('\n') {
            self.line(&if line.is_empty() { String::new() } else { format!("  {line}") });
        }
    }

    fn question(&mut self, question: &Question) {
        let mut attributes = vec![format!("#{}", question.id)];
        if !question.tags.is_empty() {
            attributes.push(format!("tags=\"{}\"", question.tags.join(" ")));
        }
        attribute(&mut attributes, "fact", question.fact.as_ref());
        attribute(&mut attributes, "difficulty", Some(question.difficulty).filter(|value| *value != 2));
        attribute(&mut attributes, "misconception", question.misconception.as_ref());
        attribute(&mut attributes, "status", question.draft.then_some("draft"));
        attribute(&mut attributes, "kind", self.must_say(&question.kind).then_some(question.kind.name()));
        if let Kind::Single(crate::bank::kinds::Single { choices })
        | Kind::Multiple(crate::bank::kinds::Multiple { choices }) = &question.kind
        {
            attribute(&mut attributes, "shuffle", (!choices.shuffle).then_some("false"));
            attribute(&mut attributes, "show", choices.show);
        }
        let own = question.ask.side(self.lang);
        let fits = |words: &&str| is_line(words) && line::sides(words) == [*words];
        let heading = own.filter(fits).unwrap_or_default();
        self.line(&format!("## {}", behind(heading.to_owned(), &attributes)));
        for lang in [self.lang, self.lang.other()] {
            let words = question.ask.side(lang).filter(|_| lang != self.lang || heading.is_empty());
            if let Some(words) = words {
                self.side(lang, words);
            }
        }
        if let Some(image) = &question.image {
            let alt = self.both(&image.alt, |_| true);
            self.line(&format!("![{alt}]({})", image.file));
        }
        self.kind(&question.kind);
        self.keyed("hint", question.hint.as_ref());
        self.keyed("explain", question.explain.as_ref());
        if let Some(scenario) = &question.scenario {
            let mut value = scenario.run.clone();
            if let Some(contrast) = &scenario.contrast {
                let _ = write!(value, " + {contrast}");
            }
            if let Some(focus) = scenario.focus {
                let _ = write!(value, " @ {}", Millis(focus.0));
            }
            self.line(&format!("{}: {value}", line::word("scenario", self.lang)));
        }
        if let Some(see) = &question.see {
            self.line(&format!("{}: {see}", line::word("see", self.lang)));
        }
    }

    /// What is asked in a language, where it does not stand in the heading. It has no bars.
    fn side(&mut self, lang: Lang, words: &str) {
        if is_line(words) && !matches!(words, "|" | "｜") {
            self.line(&format!("{}: {words}", lang.code()));
        } else {
            self.value(lang.code(), words);
        }
    }

    /// Whether a kind is not clear from the look of its question.
    fn must_say(&self, kind: &Kind) -> bool {
        match kind {
            Kind::Multiple(multiple) => multiple.choices.right().count() < 2,
            Kind::Short(short) => line::answer(&self.answers(&short.answers)) != line::Answer::Words,
            Kind::Flashcard(_)
            | Kind::Single(_)
            | Kind::TrueFalse(_)
            | Kind::Cloze(_)
            | Kind::Numeric(_)
            | Kind::Order(_)
            | Kind::Matching(_)
            | Kind::Predict(_) => false,
        }
    }

    fn answers(&self, answers: &Answers) -> String {
        let list = |lang| {
            let each = answers.of(lang).iter().map(|answer| {
                let fits = |words: &str| line::alternatives(words) == [words] && !words.contains('`');
                plain_or_quoted(answer, fits)
            });
            each.collect::<Vec<_>>().join(" / ")
        };
        if answers.zh == answers.en {
            return list(self.lang);
        }
        format!("{} | {}", list(self.lang), list(self.lang.other())).trim().to_owned()
    }

    fn kind(&mut self, kind: &Kind) {
        let answer = line::word("answer", self.lang);
        match kind {
            Kind::Flashcard(card) => self.keyed("back", Some(&card.back)),
            Kind::Cloze(cloze) => self.keyed("cloze", Some(cloze.text())),
            Kind::Predict(predict) => self.predict(predict),
            Kind::Single(crate::bank::kinds::Single { choices })
            | Kind::Multiple(crate::bank::kinds::Multiple { choices }) => {
                for (index, choice) in choices.all.iter().enumerate() {
                    let mut attributes = own_id(&choice.id, 'c', index);
                    attribute(&mut attributes, "weight", Some(choice.weight).filter(|weight| *weight != 1));
                    attribute(&mut attributes, "misconception", choice.misconception.as_ref());
                    attribute(&mut attributes, "scenario", choice.scenario.as_ref());
                    let say = behind(
                        self.both(&choice.say, |words| !words.starts_with(['(', '[', ']'])),
                        &attributes,
                    );
                    self.line(&format!("- [{}] {say}", if choice.right { 'x' } else { ' ' }));
                    self.reason("  ", choice.why.as_ref());
                }
            }
            Kind::TrueFalse(statement) => {
                let word = match (self.lang, statement.answer) {
                    (Lang::Zh, true) => "对",
                    (Lang::Zh, false) => "错",
                    (Lang::En, true) => "true",
                    (Lang::En, false) => "false",
                };
                self.line(&format!("{answer}: {word}"));
                self.reason("", statement.why.as_ref());
            }
            Kind::Short(short) => {
                let answers = self.answers(&short.answers);
                self.line(&format!("{answer}: {answers}"));
            }
            Kind::Numeric(numeric) => {
                let tolerance = match numeric.tolerance {
                    Number::ZERO => String::new(),
                    tolerance => format!(" ± {}", number(tolerance)),
                };
                self.line(&format!("{answer}: {}{tolerance}", number(numeric.value)));
                self.unit(numeric.unit.as_ref());
            }
            Kind::Order(order) => {
                for (index, Item { id, say }) in order.items.iter().enumerate() {
                    let fits = |words: &str| !words.starts_with(|c: char| c.is_ascii_digit());
                    let say = behind(self.both(say, fits), &own_id(id, 'i', index));
                    self.line(&format!("{}. {say}", index + 1));
                }
            }
            Kind::Matching(matching) => {
                let fits = |words: &str| line::arrow(words).is_none();
                for (index, pair) in matching.pairs.iter().enumerate() {
                    // What begins with a bracket would be the mark of a choice.
                    let begins = |words: &str| fits(words) && !words.starts_with(['[', '［', '【']);
                    let sides =
                        format!("{} -> {}", self.both(&pair.left, begins), self.both(&pair.right, fits));
                    self.line(&format!("- {}", behind(sides, &own_id(&pair.id, 'p', index))));
                }
                for (index, item) in matching.extra.iter().enumerate() {
                    let say = format!("-> {}", self.both(&item.say, fits));
                    self.line(&format!("- {}", behind(say, &own_id(&item.id, 'x', index))));
                }
            }
        }
    }

    fn predict(&mut self, predict: &Predict) {
        let mut attributes = Vec::new();
        attribute(&mut attributes, "scenario", predict.right.scenario.as_ref());
        let value = probe(Some(&predict.right.value), Some(predict.right.at));
        let word = line::word("predict", self.lang);
        self.line(&format!("{word}: {}", behind(value, &attributes)));
        self.unit(predict.unit.as_ref());
        for (index, wrong) in predict.wrong.iter().enumerate() {
            let Wrong { id, scenario, at, value, why } = wrong;
            let mut attributes = own_id(id, 'w', index);
            attribute(&mut attributes, "scenario", scenario.as_ref());
            self.line(&format!("- [ ] {}", behind(probe(value.as_ref(), *at), &attributes)));
            self.reason("  ", why.as_ref());
        }
    }

    fn unit(&mut self, unit: Option<&Unit>) {
        match unit {
            Some(Unit::Time(unit)) => {
                self.line(&format!("{}: {}", line::word("unit", self.lang), unit.symbol()));
            }
            Some(Unit::Of(text)) => self.keyed("unit", Some(text)),
            None => {}
        }
    }

    fn reason(&mut self, indent: &str, why: Option<&Text>) {
        let Some(why) = why else { return };
        let own =
            why.side(self.lang).filter(|words| is_block(words) && why.side(self.lang.other()).is_none());
        match own.filter(|words| is_reason(words)) {
            Some(words) => {
                for line in words.split('\n') {
                    self.line(format!("{indent}> {line}").trim_end());
                }
            }
            None => {
                let why = self.both(why, |_| true);
                self.line(&format!("{indent}> {why}"));
            }
        }
    }
}

/// Whether words of several lines read as themselves behind `>`.
fn is_reason(words: &str) -> bool {
    !words.starts_with('"') && line::sides(words) == [words]
}

/// `value @ moment`.
fn probe(value: Option<&String>, at: Option<Moment>) -> String {
    let plain =
        |words: &&String| is_line(words) && !words.contains('@') && !words.starts_with(['(', '[', ']']);
    let value = value.map(|value| if plain(&value) { value.clone() } else { line::quote(value) });
    let at = at.map(|at| format!("@ {}", moment(at)));
    value.into_iter().chain(at).collect::<Vec<_>>().join(" ")
}
