//! Slips: what GIFT lets pass but surely nobody means, each with the corrected line.
//!
//! Nothing here changes how a question is read; that is Moodle's way, in [`super::parse`]. The corrected line is the
//! author's own with the least change that makes Moodle read what was meant.

use super::blocks::{Sym, find, is_comment, starts, string, trim};
use super::parse::{Parser, at, shorten};
use crate::bank::number::Number;
use std::collections::BTreeMap;
use unicode_normalization::UnicodeNormalization;

/// What replaces some characters of a line.
struct Edit {
    line: u32,
    column: u32,
    length: usize,
    by: String,
}

impl Edit {
    fn new(sym: &Sym, length: usize, by: impl Into<String>) -> Edit {
        Edit { line: sym.line, column: sym.column, length, by: by.into() }
    }

    /// A backslash before a sign.
    fn escape(sym: &Sym) -> Edit {
        Edit::new(sym, 0, "\\")
    }
}

/// At most so many corrected lines stand in one message.
const MOST_LINES: usize = 8;

/// The lines that edits change, as they should be.
fn corrected(parser: &Parser<'_>, edits: &[Edit]) -> String {
    let mut by_line: BTreeMap<u32, Vec<&Edit>> = BTreeMap::new();
    for edit in edits {
        by_line.entry(edit.line).or_default().push(edit);
    }
    let mut lines = Vec::new();
    for (number, mut edits) in by_line.into_iter().take(MOST_LINES) {
        let mut line: Vec<char> = parser.block.line(number).chars().collect();
        edits.sort_by_key(|edit| edit.column);
        for edit in edits.into_iter().rev() {
            let begin = (edit.column.max(1) as usize - 1).min(line.len());
            let end = (begin + edit.length).min(line.len());
            line.splice(begin..end, edit.by.chars());
        }
        lines.push(line.into_iter().collect::<String>().trim().to_owned());
    }
    lines.join("\n")
}

/// A title that is not closed: Moodle drops the colons and takes everything for the question.
pub(super) fn open_title(parser: &mut Parser<'_>, place: (u32, u32)) {
    let line = parser.block.line(place.0).trim();
    let body = line.trim_start_matches(':');
    let mended = ["：：", ":", "："].into_iter().find_map(|sign| {
        let (title, rest) = body.split_once(sign)?;
        (!rest.trim().is_empty()).then(|| format!("::{title}::{rest}"))
    });
    match mended {
        Some(mended) => parser.warn(place, "gift-open-title", shorten(line), mended),
        None => parser.warn(place, "gift-open-title-unclear", shorten(line), ""),
    }
}

/// Braces in full width are text for Moodle, so that a question is none. Says whether there are any.
pub(super) fn full_width_braces(parser: &mut Parser<'_>) -> bool {
    let block = parser.block;
    let mut any = false;
    for (number, line) in block.lines.iter().filter(|(_, line)| !is_comment(line)) {
        if let Some(brace) = line.chars().find(|c| matches!(c, '｛' | '｝')) {
            let column = line.chars().take_while(|c| *c != brace).count() as u32 + 1;
            parser.wrong((*number, column), "gift-full-width", brace, half_width(line).trim());
            any = true;
        }
    }
    any
}

/// A line with GIFT's signs in ASCII. A full-width tilde between two digits is a range in Chinese and stays.
fn half_width(line: &str) -> String {
    let chars: Vec<char> =
        line.replace("－＞", "->").replace('→', "->").replace("：：", "::").chars().collect();
    let is_digit = |at: Option<usize>| at.and_then(|at| chars.get(at)).is_some_and(char::is_ascii_digit);
    let twin = |(at, c): (usize, &char)| match c {
        '｛' => '{',
        '｝' => '}',
        '＝' => '=',
        '＃' => '#',
        '％' => '%',
        '～' if !(is_digit(at.checked_sub(1)) && is_digit(Some(at + 1))) => '~',
        other => *other,
    };
    chars.iter().enumerate().map(twin).collect()
}

/// Braces beyond the one pair of a question, as in a Helm template or a piece of JSON.
pub(super) fn braces(parser: &mut Parser<'_>, text: &[Sym]) {
    let is_brace = |sym: &&Sym| !sym.escaped && matches!(sym.c, '{' | '}');
    let all: Vec<&Sym> = text.iter().filter(is_brace).collect();
    if all.len() == 2 {
        return;
    }
    let meant = meant_pair(text);
    let edits: Vec<Edit> = (text.iter().enumerate())
        .filter(|(at, sym)| is_brace(sym) && meant.is_none_or(|(open, close)| *at != open && *at != close))
        .map(|(_, sym)| Edit::escape(sym))
        .collect();
    let Some(first) = edits.first() else { return };
    let place = (first.line, first.column);
    let found = parser.block.line(first.line).trim().to_owned();
    if meant.is_none() {
        parser.warn(place, "gift-braces-unclear", shorten(&found), "");
        return;
    }
    let lines = corrected(parser, &edits);
    parser.warn(place, "gift-braces", shorten(&found), lines);
}

/// The braces that were meant to hold the answers: the last outermost pair that is no template.
fn meant_pair(text: &[Sym]) -> Option<(usize, usize)> {
    let (mut open, mut pairs) = (Vec::new(), Vec::new());
    for (at, sym) in text.iter().enumerate().filter(|(_, sym)| !sym.escaped) {
        match sym.c {
            '{' => open.push(at),
            '}' => {
                let begin = open.pop()?;
                if open.is_empty() {
                    pairs.push((begin, at));
                }
            }
            _ => {}
        }
    }
    let is_template = |(begin, _): &&(usize, usize)| starts(&text[begin + 1..], "{");
    if !open.is_empty() {
        return None;
    }
    pairs.iter().rev().find(|pair| !is_template(pair)).copied()
}

/// Slips inside the braces.
pub(super) fn answers(parser: &mut Parser<'_>, text: &[Sym]) {
    comments(parser, text);
    truth(parser, text);
    full_width_signs(parser, text);
    if !starts(text, "#") {
        equals(parser, text);
    }
}

/// A comment behind an answer is part of it; a comment line with a brace or a path was no comment.
fn comments(parser: &mut Parser<'_>, text: &[Sym]) {
    let mut from = 0;
    while let Some(found) = find(&text[from..], " //") {
        let begin = from + found;
        let end = text[begin..].iter().position(|sym| sym.c == '\n').map_or(text.len(), |end| begin + end);
        let sym = text[begin];
        let edit = Edit::new(&sym, end - begin, "");
        let line = corrected(parser, &[edit]);
        parser.warn((sym.line, sym.column + 1), "gift-comment-behind", string(trim(&text[begin..end])), line);
        from = end;
    }
    let block = parser.block;
    let first = at(text).0;
    for pair in block.lines.windows(2) {
        let ((_, before), (number, line)) = (pair[0], pair[1]);
        let words = line.trim().trim_start_matches('/');
        let is_path = !words.starts_with(char::is_whitespace)
            && words.split_whitespace().next().is_some_and(|word| word.contains('/') || word.contains('.'));
        if number >= first && is_comment(line) && !is_comment(before) && is_path {
            let joined = format!("{} {}", before.trim(), line.trim());
            parser.warn((number, 0), "gift-comment-inside", shorten(line), joined);
        }
    }
}

/// A truth value that Moodle does not know is a word to be typed.
fn truth(parser: &mut Parser<'_>, text: &[Sym]) {
    let bare = trim(&text[usize::from(starts(text, "="))..]);
    let word = trim(&bare[..find(bare, "#").unwrap_or(bare.len())]);
    let spelled = string(word);
    let meant = match spelled.nfkc().collect::<String>().to_lowercase().as_str() {
        "true" | "t" | "yes" | "right" | "对" | "是" | "正确" | "真" | "√" | "✓" => "TRUE",
        "false" | "f" | "no" | "wrong" | "错" | "否" | "错误" | "不对" | "假" | "×" | "✗" => {
            "FALSE"
        }
        _ => return,
    };
    let is_known = matches!(spelled.as_str(), "T" | "TRUE" | "F" | "FALSE") && bare.len() == text.len();
    let (Some(first), Some(start)) = (text.first(), word.first()) else { return };
    if !is_known && first.line == start.line {
        let length = (start.column - first.column) as usize + word.len();
        let line = corrected(parser, &[Edit::new(first, length, meant)]);
        parser.warn((first.line, first.column), "gift-true-false", spelled, line);
    }
}

/// Signs in full width where an answer would begin.
fn full_width_signs(parser: &mut Parser<'_>, text: &[Sym]) {
    let begins = |at: usize| at == 0 || text[at - 1].c.is_whitespace();
    let is_sign = |sym: &Sym| matches!(sym.c, '＝' | '～' | '＃');
    let signs: Vec<&Sym> =
        (0..text.len()).filter(|&at| begins(at) && is_sign(&text[at])).map(|at| &text[at]).collect();
    let arrows = find(text, "->").is_none() && find(text, "=").is_some();
    let arrow = arrows
        .then(|| ["－＞", "→", "—>", "–>"].into_iter().find_map(|arrow| Some((find(text, arrow)?, arrow))))
        .flatten();
    let found = signs.first().map(|sym| (**sym, sym.c.to_string()));
    let Some((sym, found)) = found.or_else(|| arrow.map(|(at, arrow)| (text[at], arrow.to_owned()))) else {
        return;
    };
    let mut edits: Vec<Edit> = signs
        .iter()
        .map(|sym| {
            Edit::new(
                sym,
                1,
                match sym.c {
                    '＝' => "=",
                    '～' => "~",
                    _ => "#",
                },
            )
        })
        .collect();
    if let Some((_, arrow)) = arrow {
        let here = (0..text.len()).filter(|&at| starts(&text[at..], arrow));
        edits.extend(here.map(|at| Edit::new(&text[at], arrow.chars().count(), "->")));
    }
    let lines = corrected(parser, &edits);
    parser.warn((sym.line, sym.column), "gift-full-width-sign", found, lines);
}

/// An `=` inside a word begins another right answer.
fn equals(parser: &mut Parser<'_>, text: &[Sym]) {
    let signs: Vec<usize> =
        (0..text.len()).filter(|&at| starts(&text[at..], "=") || starts(&text[at..], "~")).collect();
    let is_tight = |at: &usize| text[..*at].last().is_some_and(|before| !before.c.is_whitespace());
    let behind = signs.get(1..).unwrap_or_default();
    // `{~a~b=c}` is written without any space.
    if behind.len() > 1 && behind.iter().all(is_tight) {
        return;
    }
    let tight: Vec<usize> =
        (signs.iter().copied()).filter(|at| *at > 0 && text[*at].c == '=' && is_tight(at)).collect();
    let Some(first) = tight.first().map(|&at| text[at]) else { return };
    // `~=right` is a right answer with a tilde too many.
    let edits: Vec<Edit> = (tight.iter())
        .map(|&at| match text[at - 1].c {
            '~' => Edit::new(&text[at - 1], 1, ""),
            _ => Edit::escape(&text[at]),
        })
        .collect();
    let lines = corrected(parser, &edits);
    parser.warn((first.line, first.column), "gift-equals-inside", "=", lines);
}

/// Several `=` beside `~`: Moodle lets the learner choose one and takes any of them. Several right ones are weights.
pub(super) fn several_right(parser: &mut Parser<'_>, text: &[Sym], count: usize) {
    let signs: Vec<usize> = (0..text.len()).filter(|&at| starts(&text[at..], "=")).collect();
    let is_tight =
        |at: &usize| text[..*at].last().is_some_and(|before| !before.c.is_whitespace() && before.c != '~');
    if signs.iter().filter(|at| !is_tight(at)).count() < 2 {
        return;
    }
    let share = format!("{:.5}", 100.0 / count as f64);
    let share = share.trim_end_matches('0').trim_end_matches('.');
    let edits: Vec<Edit> = signs.iter().map(|&at| Edit::new(&text[at], 1, format!("~%{share}%"))).collect();
    let lines = corrected(parser, &edits);
    parser.warn(at(text), "gift-several-right", count.to_string(), lines);
}

/// `{#1~5}` is the number 1, and `5` something about wrong answers. Says whether a range was meant.
pub(super) fn tilde_range(parser: &mut Parser<'_>, least: &[Sym], most: &[Sym]) -> bool {
    let numbers = [least, most].map(|text| Number::parse(string(trim(text)).trim_start_matches('=')));
    let (Some(first), Some(last)) = (least.first(), most.first()) else { return false };
    if numbers.iter().any(Option::is_none) || first.line != last.line {
        return false;
    }
    let tilde = Edit { line: last.line, column: last.column - 1, length: 1, by: "..".to_owned() };
    let line = corrected(parser, &[tilde]);
    parser.warn(
        (first.line, first.column),
        "gift-range",
        format!("{}~{}", string(least), string(trim(most))),
        line,
    );
    true
}

/// What is no number, with the number that was probably meant.
pub(super) fn number(parser: &mut Parser<'_>, text: &[Sym]) {
    let spelled = string(text);
    let place = at(text);
    let plain: String = spelled.nfkc().collect();
    let mended = mend_number(&plain).filter(|mended| *mended != spelled);
    match (mended, text.first()) {
        (Some(mended), Some(first)) => {
            let line = corrected(parser, &[Edit::new(first, text.len(), mended)]);
            parser.wrong(place, "gift-number", shorten(&spelled), line);
        }
        _ => parser.wrong(place, "gift-number-unclear", shorten(&spelled), ""),
    }
}

/// A decimal comma, a comma between thousands, or a range with another sign.
fn mend_number(plain: &str) -> Option<String> {
    let numbers = |text: &str| text.split(':').all(|part| Number::parse(part.trim()).is_some());
    let is_grouped = |text: &str| {
        let mut groups = text.trim_start_matches('-').split(',');
        groups.next().is_some_and(|first| (1..=3).contains(&first.len()))
            && groups.all(|group| group.len() == 3)
    };
    let commas = if is_grouped(plain) { plain.replace(',', "") } else { plain.replace(',', ".") };
    if numbers(&commas) {
        return Some(commas);
    }
    ["~", "–", "—", "-", "到", "至", "…", "..."].into_iter().find_map(|sign| {
        let (least, most) = plain.split_once(sign)?;
        let is_range = [least, most].iter().all(|part| Number::parse(part.trim()).is_some());
        is_range.then(|| format!("{}..{}", least.trim(), most.trim()))
    })
}
