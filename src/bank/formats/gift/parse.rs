//! One block of GIFT as the tree of a question, read as Moodle's importer reads it.
//!
//! The tree has the keys of the native format and the places of the GIFT file, so that [`crate::bank::yaml`] checks it
//! like any other question and every problem points at the right line.

use super::blocks::{Block, Sym, find, rfind, starts, string, trim};
use super::{html, slips};
use crate::bank::formats::tree::{self, Keys};
use crate::bank::number::Number;
use crate::problem::{Place, Problem};
use crate::text::Lang;
use crate::yaml::{Node, Value};

/// What a block turned out to be.
pub(super) enum Parsed {
    /// A question: its keys, without an id, and what it may be named after.
    Question(Box<Keys>, Name),
    /// The folder that the following questions belong to.
    Category(String),
    /// Nothing that Doujia can carry, or nothing that can be read; why is among the problems.
    Nothing,
}

/// What a question's id comes from.
pub(super) struct Name {
    /// What stands in `[id:…]`, and its line.
    pub(super) given: Option<(String, u32)>,
    /// Its title, or its text where it has none.
    pub(super) derived: String,
}

/// How a text is marked up.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Markup {
    /// Moodle's own, which lets HTML through.
    Moodle,
    Html,
    Markdown,
    Plain,
}

/// Where a blank of a sentence stands, as Moodle shows it.
const BLANK: &str = "_____";

/// Reads a block.
pub(super) fn parse(block: &Block<'_>, file: &str, lang: Lang, problems: &mut Vec<Problem>) -> Parsed {
    let syms = block.syms();
    let text = trim(&syms);
    let mut parser = Parser { block, file, lang, problems, markup: Markup::Moodle };
    for gap in &block.gaps {
        let next = block.lines.iter().find(|(number, _)| number > gap).map_or("", |(_, line)| line);
        parser.warn((*gap, 0), "gift-blank-line", "", next.trim());
    }
    if text.is_empty() {
        return Parsed::Nothing;
    }
    if starts(text, "$CATEGORY:") {
        return Parsed::Category(string(trim(&text["$CATEGORY:".len()..])));
    }
    parser.question(text).map_or(Parsed::Nothing, |(keys, name)| Parsed::Question(Box::new(keys), name))
}

/// An answer inside the braces: the sign that begins it, its weight in hundredths of a percent, its text and what is said
/// to those who gave it.
struct Answer<'s> {
    sign: Option<Sym>,
    percent: Option<i64>,
    /// Everything behind the sign.
    whole: &'s [Sym],
    text: &'s [Sym],
    feedback: &'s [Sym],
}

pub(super) struct Parser<'p> {
    pub(super) block: &'p Block<'p>,
    file: &'p str,
    lang: Lang,
    problems: &'p mut Vec<Problem>,
    markup: Markup,
}

impl Parser<'_> {
    /// A place in the file; where nothing stands that is meant, where its question begins.
    fn place(&self, (line, column): (u32, u32)) -> Place {
        let line = if line == 0 { self.block.first_line() } else { line };
        Place { file: self.file.to_owned(), line, column, path: String::new() }
    }

    /// Notes something that works, but surely not as its author meant.
    pub(super) fn warn(
        &mut self,
        at: (u32, u32),
        kind: &'static str,
        found: impl Into<String>,
        expected: impl Into<String>,
    ) {
        let place = self.place(at);
        self.problems.push(Problem::warning(place, kind).found(found).expected(expected));
    }

    /// Notes what cannot be read.
    pub(super) fn wrong(
        &mut self,
        at: (u32, u32),
        kind: &'static str,
        found: impl Into<String>,
        expected: impl Into<String>,
    ) {
        let place = self.place(at);
        self.problems.push(Problem::error(place, kind).found(found).expected(expected));
    }

    fn question(&mut self, mut text: &[Sym]) -> Option<(Keys, Name)> {
        let place = text.first().map_or((0, 0), |sym| (sym.line, sym.column));
        let mut title = None;
        if starts(text, "::") {
            text = &text[2..];
            match find(text, "::") {
                Some(end) => {
                    title = Some(string(trim(&text[..end])));
                    text = trim(&text[end + 2..]);
                }
                None => slips::open_title(self, place),
            }
        }
        let (stem, answers, tail) = self.cut(text, place)?;
        let general = rfind(answers, "####");
        let (answers, general) = match general {
            Some(at) => (trim(&answers[..at]), trim(&answers[at + 4..])),
            None => (answers, &answers[..0]),
        };
        let ends_in_brace = text.last().is_some_and(|sym| sym.c == '}' && !sym.escaped);
        let is_missing_word = !tail.is_empty() && !ends_in_brace;
        let (markup, stem_text) = self.marked(stem, Markup::Moodle);
        self.markup = markup;
        let mut keys = Keys::new(place.0, place.1);
        let feedback = (!general.is_empty()).then(|| self.node(general));
        if answers.is_empty() {
            self.warn(place, "gift-essay", shorten(&string(stem_text)), "");
            return None;
        }
        let ask = match (is_missing_word, tail.is_empty()) {
            (true, _) => self.words([string(stem_text), BLANK.to_owned(), string(tail)].concat(), place),
            (false, true) => self.words(string(stem_text), place),
            (false, false) => self.words([string(stem_text), string(tail)].concat(), place),
        };
        let name = self.name(title, &ask);
        keys.put("ask", tree::string(stem_text.first().map_or(place, |sym| (sym.line, sym.column)), ask));
        if let Some(feedback) = feedback {
            keys.put("explain", feedback);
        }
        slips::answers(self, answers);
        if starts(answers, "#") {
            self.numeric(&answers[1..], &mut keys)?;
        } else if find(answers, "~").is_some() {
            self.choices(answers, &mut keys);
        } else if find(answers, "=").is_some() && find(answers, "->").is_some() {
            self.pairs(answers, &mut keys)?;
        } else if let Some((truth, wrong, right)) = truth(answers) {
            keys.put("kind", tree::word(place, "true-false"));
            keys.put("answer", tree::node(at(answers), Value::Bool(truth)));
            if !wrong.is_empty() {
                let why = self.node(wrong);
                keys.put("why", why);
            }
            self.explain(right, &mut keys);
        } else {
            let accepted = self.short(answers, &mut keys)?;
            let is_plain = |text: &str| !["[[", "]]", "|"].iter().any(|sign| text.contains(sign));
            let can_be_cloze = accepted.iter().filter_map(Node::as_str).all(is_plain)
                && is_plain(&string(stem_text).replace('|', ""))
                && is_plain(&string(tail).replace('|', ""));
            if is_missing_word && can_be_cloze {
                self.cloze(stem_text, tail, &accepted, &mut keys);
            } else {
                keys.put("kind", tree::word(place, "short"));
                keys.put("answers", tree::node(at(answers), Value::Seq(accepted)));
            }
        }
        Some((keys, name))
    }

    /// Cuts a question into what stands before its braces, in them and behind them.
    fn cut<'s>(&mut self, text: &'s [Sym], place: (u32, u32)) -> Option<(&'s [Sym], &'s [Sym], &'s [Sym])> {
        let (open, close) = (find(text, "{"), find(text, "}"));
        match (open, close) {
            (None, None) => {
                if !slips::full_width_braces(self) {
                    self.warn(place, "gift-description", shorten(&string(text)), "");
                }
                None
            }
            (Some(open), Some(close)) if open < close => {
                slips::braces(self, text);
                Some((trim_end(&text[..open]), trim(&text[open + 1..close]), &text[close + 1..]))
            }
            _ => {
                let brace = open.or(close).map_or(place, |at| (text[at].line, text[at].column));
                let sign = if open.is_some() && close.is_none() { "{" } else { "}" };
                self.wrong(brace, "gift-brace", sign, if sign == "{" { "}" } else { "{" });
                None
            }
        }
    }

    /// Takes a mark such as `[html]` off the front.
    fn marked<'s>(&self, text: &'s [Sym], otherwise: Markup) -> (Markup, &'s [Sym]) {
        for (mark, markup) in [
            ("[moodle]", Markup::Moodle),
            ("[html]", Markup::Html),
            ("[markdown]", Markup::Markdown),
            ("[plain]", Markup::Plain),
        ] {
            if starts(text, mark) {
                return (markup, &text[mark.len()..]);
            }
        }
        (otherwise, text)
    }

    /// The words of a text in the question's markup.
    fn words(&mut self, text: String, place: (u32, u32)) -> String {
        self.converted(text, self.markup, place)
    }

    fn converted(&mut self, text: String, markup: Markup, place: (u32, u32)) -> String {
        match markup {
            Markup::Markdown | Markup::Plain => text.trim().to_owned(),
            Markup::Moodle | Markup::Html => {
                let converted = html::to_markdown(&text);
                if !converted.lost.is_empty() {
                    self.warn(place, "gift-html-lost", converted.lost.join(", "), "");
                }
                converted.text
            }
        }
    }

    /// A text as a node, marked or as the question is.
    fn node(&mut self, text: &[Sym]) -> Node {
        let (markup, words) = self.marked(trim(text), self.markup);
        let place = at(text);
        let words = self.converted(string(words), markup, place);
        tree::string(place, words)
    }

    /// What was said about the right answer explains it, unless the question explains more.
    fn explain(&mut self, feedback: &[Sym], keys: &mut Keys) {
        if feedback.is_empty() {
        } else if keys.has("explain") {
            self.warn(at(feedback), "gift-feedback-lost", shorten(&string(feedback)), "");
        } else {
            let feedback = self.node(feedback);
            keys.put("explain", feedback);
        }
    }

    /// Cuts answers at the signs that begin one; the first sign may be left out.
    fn answers<'s>(
        &mut self,
        text: &'s [Sym],
        signs: &[char],
        weighs: impl Fn(Option<Sym>) -> bool,
    ) -> Vec<Answer<'s>> {
        let is_sign = |sym: &Sym| !sym.escaped && signs.contains(&sym.c);
        let mut cuts: Vec<usize> = (0..text.len()).filter(|&at| is_sign(&text[at])).collect();
        if cuts.first() != Some(&0) {
            cuts.insert(0, 0);
        }
        cuts.push(text.len());
        let mut found = Vec::new();
        for range in cuts.windows(2) {
            let whole = &text[range[0]..range[1]];
            let sign = whole.first().copied().filter(is_sign);
            let whole = trim(&whole[usize::from(sign.is_some())..]);
            let mut rest = whole;
            let next_is_equals = text.get(range[1]).is_some_and(|next| next.c == '=');
            if rest.is_empty() && (sign.is_none() || next_is_equals) {
                continue;
            }
            let percent = if weighs(sign) { percent(rest) } else { None };
            if let Some((_, length)) = percent {
                rest = trim(&rest[length..]);
            }
            let (answer, feedback) = match find(rest, "#") {
                Some(hash) => (trim(&rest[..hash]), trim(&rest[hash + 1..])),
                None => (rest, &rest[..0]),
            };
            let percent = percent.map(|(value, _)| value);
            found.push(Answer { sign, percent, whole, text: answer, feedback });
        }
        found
    }

    /// Multiple choice. `=` is right; without one, several may be chosen and each counts its percentage.
    fn choices(&mut self, text: &[Sym], keys: &mut Keys) {
        let is_equals = |sign: Option<Sym>| sign.is_some_and(|sym| sym.c == '=');
        let answers = self.answers(text, &['~', '='], |sign| !is_equals(sign));
        let equals = answers.iter().filter(|answer| is_equals(answer.sign)).count();
        let percents: Vec<i64> = answers.iter().map(|answer| answer.percent.unwrap_or(0).abs()).collect();
        let weights = weights(&percents);
        let is_right = |answer: &Answer<'_>| match equals {
            0 => answer.percent.is_some_and(|percent| percent > 0),
            _ => is_equals(answer.sign),
        };
        if equals > 1 {
            slips::several_right(self, text, equals);
        }
        let mut nodes = Vec::new();
        for (index, answer) in answers.iter().enumerate() {
            let place = answer.sign.map_or_else(|| at(answer.text), |sym| (sym.line, sym.column));
            let mut choice = Keys::new(place.0, place.1);
            let say = self.node(answer.text);
            choice.put("say", if answer.text.is_empty() { tree::string(place, String::new()) } else { say });
            if !answer.feedback.is_empty() {
                let why = self.node(answer.feedback);
                choice.put("why", why);
            }
            if is_right(answer) {
                choice.put("right", tree::node(place, Value::Bool(true)));
            } else if equals > 0 && answer.percent.is_some_and(|percent| percent > 0) {
                self.warn(place, "gift-partly-right", shorten(&string(answer.text)), "");
            }
            if equals == 0
                && let Some(weight) =
                    weights.as_ref().map(|weights| weights[index]).filter(|weight| *weight > 1)
            {
                choice.put("weight", tree::node(place, Value::Int(weight)));
            }
            nodes.push(choice.into_node());
        }
        if equals == 0 && weights.is_none() {
            self.warn(at(text), "gift-weights-lost", "", "");
        }
        let several = equals > 1 || (equals == 0 && answers.iter().any(is_right));
        keys.put("kind", tree::word(at(text), if several { "multiple" } else { "single" }));
        keys.put("choices", tree::node(at(text), Value::Seq(nodes)));
    }

    /// Pairs, and right-hand sides behind an empty left-hand side.
    fn pairs(&mut self, text: &[Sym], keys: &mut Keys) -> Option<()> {
        let (mut pairs, mut extra) = (Vec::new(), Vec::new());
        let mut is_fine = true;
        for answer in self.answers(text, &['='], |_| false) {
            // Moodle has no feedback here: a `#` is part of the text.
            let whole = answer.whole;
            let place = answer.sign.map_or_else(|| at(whole), |sym| (sym.line, sym.column));
            let Some(arrow) = find(whole, "->") else {
                self.wrong(place, "gift-no-arrow", shorten(&string(whole)), "");
                is_fine = false;
                continue;
            };
            let (left, right) = (trim(&whole[..arrow]), trim(&whole[arrow + 2..]));
            let right = tree::string(if right.is_empty() { place } else { at(right) }, string(right));
            if left.is_empty() {
                extra.push(right);
                continue;
            }
            let mut pair = Keys::new(place.0, place.1);
            let left = self.node(left);
            pair.put("left", left);
            pair.put("right", right);
            pairs.push(pair.into_node());
        }
        keys.put("kind", tree::word(at(text), "match"));
        keys.put("pairs", tree::node(at(text), Value::Seq(pairs)));
        if !extra.is_empty() {
            keys.put("extra", tree::node(at(text), Value::Seq(extra)));
        }
        is_fine.then_some(())
    }

    /// Accepted words.
    fn short(&mut self, text: &[Sym], keys: &mut Keys) -> Option<Vec<Node>> {
        let mut accepted = Vec::new();
        for answer in self.answers(text, &['='], |_| true) {
            if self.counts(&answer, keys) {
                let node = self.node(answer.text);
                if node.as_str().is_some_and(|word| word.contains('*')) {
                    self.warn(at(answer.text), "gift-wildcard", shorten(&string(answer.text)), "");
                }
                accepted.push(node);
            }
        }
        if accepted.is_empty() {
            self.wrong(at(text), "gift-no-answer", "", "");
            return None;
        }
        Some(accepted)
    }

    /// Whether an answer is wholly right. What is only partly right is left out and said.
    fn counts(&mut self, answer: &Answer<'_>, keys: &mut Keys) -> bool {
        if answer.percent.is_some_and(|percent| percent < 10_000) {
            self.warn(at(answer.text), "gift-partly-right", shorten(&string(answer.text)), "");
            return false;
        }
        self.explain(answer.feedback, keys);
        true
    }

    /// A sentence with its blank. Paragraphs before it are what is asked.
    fn cloze(&mut self, stem: &[Sym], tail: &[Sym], accepted: &[Node], keys: &mut Keys) {
        let place = at(stem);
        let words: Vec<&str> = accepted.iter().filter_map(Node::as_str).collect();
        let blank = format!("[[{}]]", words.join("|"));
        let whole = self.words([string(stem), blank, string(tail)].concat(), place);
        let (ask, sentence) = match whole.rsplit_once("\n\n") {
            Some((ask, sentence)) if sentence.contains("[[") && !ask.contains("[[") => {
                (ask.to_owned(), sentence.to_owned())
            }
            _ => (tree::complete_the_sentence(self.lang).to_owned(), whole),
        };
        keys.replace("ask", tree::string(place, ask));
        keys.put("kind", tree::word(place, "cloze"));
        keys.put("cloze", tree::string(place, sentence));
    }

    /// A number with its tolerance, a range, or several numbers.
    fn numeric(&mut self, text: &[Sym], keys: &mut Keys) -> Option<()> {
        let place = at(text);
        let (text, wrong) = match find(text, "~") {
            Some(tilde) => (trim(&text[..tilde]), &text[tilde + 1..]),
            None => (trim(text), &text[..0]),
        };
        if !wrong.is_empty() && !slips::tilde_range(self, text, wrong) {
            let feedback = find(wrong, "#").map_or(&wrong[..0], |hash| trim(&wrong[hash + 1..]));
            self.explain(feedback, keys);
        }
        let mut values = Vec::new();
        for answer in self.answers(text, &['='], |_| true) {
            if !self.counts(&answer, keys) {
                continue;
            }
            match range(answer.text) {
                Some(range) => values.push((answer.text, range)),
                None => {
                    slips::number(self, answer.text);
                    return None;
                }
            }
        }
        let Some(((first, (value, tolerance)), others)) = values.split_first() else {
            self.wrong(place, "gift-no-answer", "", "");
            return None;
        };
        if others.is_empty() {
            keys.put("kind", tree::word(place, "numeric"));
            keys.put("value", tree::number(at(first), *value));
            if *tolerance != Number::ZERO {
                keys.put("tolerance", tree::number(at(first), *tolerance));
            }
            return Some(());
        }
        // Several exact numbers are accepted words; several ranges have no home here.
        if values.iter().any(|(_, (_, tolerance))| *tolerance != Number::ZERO) {
            self.wrong(place, "gift-several-ranges", string(text).trim(), "");
            return None;
        }
        let words =
            values.iter().map(|(text, (value, _))| tree::string(at(text), value.to_string())).collect();
        keys.put("kind", tree::word(place, "short"));
        keys.put("answers", tree::node(place, Value::Seq(words)));
        Some(())
    }

    /// What the id comes from, and the tags: Moodle writes both in a comment, as `[id:…] [tag:…]`.
    fn name(&mut self, title: Option<String>, ask: &str) -> Name {
        let given = self.block.comments().find_map(|(line, comment)| {
            bracketed(comment, "[id:").next().map(|id| (id.trim().to_owned(), line))
        });
        let derived = title.filter(|title| !title.is_empty()).unwrap_or_else(|| ask.to_owned());
        Name { given, derived }
    }
}

/// The tags in a block's comments.
pub(super) fn tags(block: &Block<'_>) -> Vec<(String, u32)> {
    let tags = |(line, comment)| bracketed(comment, "[tag:").map(move |tag| (tag.trim().to_owned(), line));
    block.comments().flat_map(tags).collect()
}

/// What stands in every `[key:…]`, in which `\]` is a bracket.
fn bracketed<'t>(comment: &'t str, key: &'t str) -> impl Iterator<Item = String> + 't {
    let mut rest = comment;
    std::iter::from_fn(move || {
        let inside = &rest[rest.find(key)? + key.len()..];
        let end = inside.char_indices().find(|(at, c)| *c == ']' && !inside[..*at].ends_with('\\'))?.0;
        rest = &inside[end + 1..];
        Some(inside[..end].replace("\\]", "]"))
    })
}

/// Where a text begins.
pub(super) fn at(text: &[Sym]) -> (u32, u32) {
    trim(text).first().or(text.first()).map_or((0, 0), |sym| (sym.line, sym.column))
}

fn trim_end(text: &[Sym]) -> &[Sym] {
    let end = text.iter().rposition(|sym| sym.escaped || !sym.c.is_whitespace()).map_or(0, |last| last + 1);
    // Space before a blank is part of the sentence; line ends before the answers are not.
    match text[end..].iter().any(|sym| sym.c == '\n') {
        true => &text[..end],
        false => text,
    }
}

/// The beginning of a text, for a message.
pub(super) fn shorten(text: &str) -> String {
    let line = text.trim().lines().next().unwrap_or_default();
    match line.char_indices().nth(40) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line.to_owned(),
    }
}

/// `T`, `TRUE`, `F` or `FALSE`, what is said to those who were wrong, and to those who were right.
fn truth(text: &[Sym]) -> Option<(bool, &[Sym], &[Sym])> {
    let first = find(text, "#");
    let word = string(trim(&text[..first.unwrap_or(text.len())]));
    let truth = match word.as_str() {
        "T" | "TRUE" => true,
        "F" | "FALSE" => false,
        _ => return None,
    };
    let feedback = first.map_or(&text[..0], |hash| &text[hash + 1..]);
    Some(match find(feedback, "#") {
        Some(hash) => (truth, trim(&feedback[..hash]), trim(&feedback[hash + 1..])),
        None => (truth, trim(feedback), &feedback[..0]),
    })
}

/// A weight such as `%50%` or `%-33.33333%`, in hundredths of a percent, and how long it is.
fn percent(text: &[Sym]) -> Option<(i64, usize)> {
    if !starts(text, "%") {
        return None;
    }
    let end = text.iter().skip(1).take(16).position(|sym| sym.c == '%')? + 1;
    let value: f64 = string(&text[1..end]).parse().ok()?;
    let is_number = text[1..end].iter().all(|sym| sym.c.is_ascii_digit() || matches!(sym.c, '-' | '.'));
    // At most three digits before the point, so that this fits.
    (is_number && value.abs() < 1_000.0).then_some(((value * 100.0).round() as i64, end + 1))
}

/// Whole weights from 1 to 10 that stand for percentages, which are in hundredths: the least that come close. `None` where
/// none do.
pub(super) fn weights(percents: &[i64]) -> Option<Vec<i64>> {
    let least = percents.iter().copied().filter(|percent| *percent > 0).min()?;
    (1..=10).find_map(|times| {
        let weigh = |percent: &i64| match percent {
            0 => Some(1),
            _ => {
                let weight = (percent * times + least / 2) / least;
                let is_close = (weight * least - percent * times).abs() * 50 <= percent * times;
                (is_close && weight <= 10).then_some(weight)
            }
        };
        percents.iter().map(weigh).collect()
    })
}

/// `3`, `3:0.5` or `1..5`, as a number and its tolerance.
fn range(text: &[Sym]) -> Option<(Number, Number)> {
    let spelled = string(text);
    if let Some((least, most)) = spelled.split_once("..") {
        let least = Number::parse(least.trim())?.in_millionths();
        let most = Number::parse(most.trim())?.in_millionths();
        if most < least || (most - least) % 2 != 0 {
            return None;
        }
        let tolerance = (most - least) / 2;
        return Some((Number::millionths(least + tolerance)?, Number::millionths(tolerance)?));
    }
    let (value, tolerance) = match find(text, ":") {
        Some(colon) => (string(&text[..colon]), string(&text[colon + 1..])),
        None => (spelled, "0".to_owned()),
    };
    Some((Number::parse(value.trim())?, Number::parse(tolerance.trim())?))
}
