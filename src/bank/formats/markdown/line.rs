//! The small parts of a line: keys, words in two languages, words in quotes, attributes in braces, marks at the beginning.

use crate::text::Lang;

/// The keys of a question: the word of the tree, and the Chinese and English words.
const KEYS: [(&str, &[&str], &[&str]); 22] = [
    ("zh", &["中文"], &["zh"]),
    ("en", &["英文"], &["en"]),
    ("answer", &["答案", "参考答案"], &["answer", "answers"]),
    ("explain", &["解析", "解释"], &["explain", "explanation"]),
    ("hint", &["提示"], &["hint"]),
    ("back", &["背面"], &["back"]),
    ("cloze", &["填空"], &["cloze"]),
    ("why", &["理由"], &["why"]),
    ("unit", &["单位"], &["unit"]),
    ("tolerance", &["误差"], &["tolerance"]),
    ("predict", &["预测"], &["predict"]),
    ("scenario", &["场景"], &["scenario"]),
    ("see", &["参见"], &["see"]),
    ("kind", &["题型"], &["kind"]),
    ("id", &[], &["id"]),
    ("tags", &["标签"], &["tags"]),
    ("fact", &["知识点"], &["fact"]),
    ("difficulty", &["难度"], &["difficulty"]),
    ("misconception", &["误解"], &["misconception"]),
    ("status", &["状态"], &["status"]),
    ("shuffle", &["乱序"], &["shuffle"]),
    ("show", &["显示"], &["show"]),
];

/// More answers or attributes than any line has; they are not parted any more.
const MANY: usize = 100;

/// The word of a key in a language, as it is written.
pub(super) fn word(key: &'static str, lang: Lang) -> &'static str {
    let words =
        KEYS.iter().find(|(name, ..)| *name == key).map(|(_, zh, en)| if lang == Lang::Zh { zh } else { en });
    words.and_then(|words| words.first()).copied().unwrap_or(key)
}

/// The words of all keys, for those who wrote another.
pub(super) fn words() -> Vec<&'static str> {
    KEYS.iter().flat_map(|(_, zh, en)| zh.iter().chain(*en)).copied().collect()
}

/// What stands before and behind the first colon.
pub(super) fn colon(line: &str) -> Option<(&str, &str)> {
    let (key, value) = line.split_once([':', '：'])?;
    Some((key.trim(), value.trim()))
}

/// The key that a line begins with, the language of its word, and the value.
pub(super) fn key(line: &str) -> Option<(&'static str, Lang, &str)> {
    let (word, value) = colon(line)?;
    let small = word.to_lowercase();
    KEYS.iter().find_map(|(name, zh, en)| {
        let lang = if zh.contains(&&*small) {
            Lang::Zh
        } else if en.contains(&&*small) {
            Lang::En
        } else {
            return None;
        };
        Some((*name, lang, value))
    })
}

/// The words in one language or two: `a`, `a | b`, each plain or in quotes. A third side is what is too much.
pub(super) fn sides(text: &str) -> Vec<String> {
    let mut sides = Vec::new();
    let mut rest = text.trim();
    loop {
        if sides.len() == 2 {
            // There are no more than two languages; what is too much is not looked into.
            sides.push(rest.to_owned());
            return sides;
        }
        if let Some((words, after)) = quoted(rest) {
            let after = after.trim_start();
            if after.is_empty() {
                sides.push(words);
                return sides;
            }
            if let Some(next) = after.strip_prefix(['|', '｜']) {
                sides.push(words);
                rest = next.trim_start();
                continue;
            }
        }
        let Some((at, bar)) = find_bar(rest) else {
            sides.push(rest.trim().replace("\\|", "|"));
            return sides;
        };
        sides.push(rest[..at].trim().replace("\\|", "|"));
        rest = rest[at + bar..].trim_start();
    }
}

/// The first bar between words: not in code, not in a blank, not escaped, and not in the middle of a word.
fn find_bar(text: &str) -> Option<(usize, usize)> {
    let (mut skip, last_blank) = (0, text.rfind("]]").unwrap_or_default());
    for (at, c) in text.char_indices() {
        let rest = &text[at..];
        match c {
            _ if at < skip => {}
            '`' => skip = rest[1..].find('`').map_or(skip, |end| at + end + 2),
            '[' if at < last_blank && rest.starts_with("[[") => {
                skip = rest.find("]]").map_or(skip, |end| at + end + 2);
            }
            '\\' if rest.starts_with("\\|") => skip = at + 2,
            '｜' => return Some((at, c.len_utf8())),
            '|' => {
                let (before, after) = (text[..at].chars().next_back(), rest[1..].chars().next());
                if before.is_none_or(char::is_whitespace) || after.is_none_or(char::is_whitespace) {
                    return Some((at, 1));
                }
            }
            _ => {}
        }
    }
    None
}

/// Words in quotes at the beginning, and what stands behind them.
pub(super) fn quoted(text: &str) -> Option<(String, &str)> {
    let inside = text.strip_prefix('"')?;
    let mut words = String::new();
    let mut chars = inside.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((words, &inside[at + 1..])),
            '\\' => match chars.next()?.1 {
                'n' => words.push('\n'),
                't' => words.push('\t'),
                c @ ('"' | '\\') => words.push(c),
                'u' => {
                    let (code, _) = inside[at + 2..].strip_prefix('{')?.split_once('}')?;
                    words.push(u32::from_str_radix(code, 16).ok().and_then(char::from_u32)?);
                    chars.nth(code.chars().count() + 1);
                }
                _ => return None,
            },
            c => words.push(c),
        }
    }
    None
}

/// Words in quotes.
pub(super) fn quote(words: &str) -> String {
    let mut out = String::from("\"");
    for c in words.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if crate::bank::writer::is_printable(c) => out.push(c),
            c => out.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
        }
    }
    out.push('"');
    out
}

/// Attributes: the key (`id` for `#…`) and the value as it is spelled.
pub(super) type Attributes<'a> = Vec<(&'a str, &'a str)>;

/// Cuts the attributes in braces off the end of a line, if there are some.
pub(super) fn attributes(line: &str) -> (&str, Attributes<'_>) {
    let line = line.trim_end();
    let cut = line.strip_suffix(['}', '｝']).and_then(|line| {
        let (words, inside) = line.rsplit_once(['{', '｛'])?;
        Some((words.trim_end(), pairs(inside)?))
    });
    cut.unwrap_or((line, Vec::new()))
}

fn pairs(inside: &str) -> Option<Attributes<'_>> {
    let mut found = Vec::new();
    let mut rest = inside.trim_start();
    while !rest.is_empty() {
        if found.len() == MANY {
            return None;
        }
        let end = |text: &str| text.find(char::is_whitespace).unwrap_or(text.len());
        if let Some(id) = rest.strip_prefix(['#', '＃']) {
            let (id, after) = id.split_at(end(id));
            found.push(("id", id));
            rest = after.trim_start();
            continue;
        }
        let (key, value) = rest.split_once(['=', '＝'])?;
        if key.is_empty() || !key.bytes().all(|b| b.is_ascii_lowercase() || b == b'-') {
            return None;
        }
        let (value, after) = match value.strip_prefix(['"', '“', '”']) {
            Some(inside) => inside.split_once(['"', '”', '“'])?,
            None => value.split_at(end(value)),
        };
        found.push((key, value));
        rest = after.trim_start();
    }
    (!found.is_empty()).then_some(found)
}

/// Whether a line is the heading of a question.
pub(super) fn is_question(line: &str) -> bool {
    hashes(line) >= 2
}

/// How many number signs a line begins with.
pub(super) fn hashes(line: &str) -> usize {
    line.chars().take_while(|c| matches!(c, '#' | '＃')).count()
}

/// What stands behind the mark of a bullet.
pub(super) fn bullet(line: &str) -> Option<&str> {
    line.strip_prefix(['-', '*', '+', '－', '•']).filter(|rest| !rest.starts_with(['-', '*']))
}

/// A picture on a line of its own, `![what is on it](its name)`: what is on it, and its name.
pub(super) fn image(line: &str) -> Option<(&str, &str)> {
    let inside =
        line.strip_prefix(['!', '！'])?.strip_prefix(['[', '［', '【'])?.strip_suffix([')', '）'])?;
    // A name has no brackets, so the last ones end the words.
    let end = inside.rfind([']', '］', '】'])?;
    let (alt, rest) = inside.split_at(end);
    let name = rest.trim_start_matches([']', '］', '】']).strip_prefix(['(', '（'])?;
    Some((alt.trim(), name.trim()))
}

/// A choice: whether it is right, what it says, and whether its mark is spelled as it should be.
pub(super) fn choice(line: &str) -> Option<(bool, &str, bool)> {
    let behind = bullet(line)?;
    let open = behind.trim_start();
    let (inside, words) = open.strip_prefix(['[', '［', '【'])?.split_once([']', '］', '】'])?;
    let right = match inside.trim() {
        "" => false,
        "x" | "X" | "ｘ" | "Ｘ" | "√" | "✓" | "✔" | "*" => true,
        _ => return None,
    };
    // `[[…]]` is a blank, and `[x](…)` a link.
    if words.starts_with(['(', '[', ']']) {
        return None;
    }
    let spaced = behind.starts_with(' ') && words.starts_with(' ') && inside.chars().count() == 1;
    Some((right, words.trim(), spaced))
}

/// A choice with a letter, `A.` to `J.`: its place and what it says.
pub(super) fn lettered(line: &str) -> Option<(usize, &str)> {
    let letter = line.chars().next()?;
    let place = match letter {
        'A'..='J' => u32::from(letter) - u32::from('A'),
        'Ａ'..='Ｊ' => u32::from(letter) - u32::from('Ａ'),
        _ => return None,
    };
    let words = line[letter.len_utf8()..].strip_prefix(['.', '．', '、', ')', '）'])?;
    Some((place as usize, words.trim()))
}

/// An item of an order: what stands behind `1.`.
pub(super) fn numbered(line: &str) -> Option<&str> {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    if digits == 0 || digits > 3 {
        return None;
    }
    let words = line[digits..].strip_prefix(['.', '．', '、', ')', '）'])?;
    (!words.starts_with(|c: char| c.is_ascii_digit())).then(|| words.trim())
}

/// What stands on either side of the arrow of a pair. An arrow in quotes is none.
pub(super) fn arrow(text: &str) -> Option<(&str, &str)> {
    const ARROWS: [&str; 4] = ["->", "→", "=>", "－>"];
    let mut rest = text;
    // More than two sides are a mistake, which is told where they are read.
    for _ in 0..3 {
        rest = rest.trim_start();
        if let Some((_, after)) = quoted(rest) {
            let end = after.trim_start();
            if end.starts_with(['|', '｜']) || ARROWS.iter().any(|arrow| end.starts_with(arrow)) {
                rest = end;
            }
        }
        let first = ARROWS.into_iter().filter_map(|arrow| rest.find(arrow).map(|at| (at, arrow))).min();
        let (at, arrow) = first?;
        match find_bar(&rest[..at]) {
            Some((bar, width)) => rest = &rest[bar + width..],
            None => {
                let left = &text[..text.len() - rest.len() + at];
                return Some((left.trim(), rest[at + arrow.len()..].trim()));
            }
        }
    }
    None
}

/// What stands behind the mark of a reason.
pub(super) fn reason(line: &str) -> Option<&str> {
    let words = line.trim_start().strip_prefix(['>', '＞'])?;
    Some(words.strip_prefix(' ').unwrap_or(words).trim_end())
}

/// An expression and a moment, of which either may be missing: `value @ 10s`.
pub(super) fn probe(text: &str) -> (String, &str) {
    let (value, rest) = match quoted(text) {
        Some((value, rest)) if rest.trim().is_empty() || rest.trim_start().starts_with('@') => {
            (Some(value), rest)
        }
        _ => (None, text),
    };
    let (plain, moment) = rest.rsplit_once('@').unwrap_or((rest, ""));
    (value.unwrap_or_else(|| plain.trim().to_owned()), moment.trim())
}

/// What an answer says, where a word or a number may be meant.
#[derive(Debug, PartialEq)]
pub(super) enum Answer<'a> {
    Bool(bool),
    /// The value, the tolerance, and the words behind them.
    Number(&'a str, Option<&'a str>, &'a str),
    Words,
}

/// Guesses what is meant by an answer.
pub(super) fn answer(text: &str) -> Answer<'_> {
    match text.to_lowercase().as_str() {
        "对" | "正确" | "√" | "true" => return Answer::Bool(true),
        "错" | "错误" | "×" | "false" => return Answer::Bool(false),
        _ => {}
    }
    let number = |text: &'_ str| {
        let end =
            text.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '-' | '+'))).unwrap_or(text.len());
        text[..end].parse::<f64>().is_ok().then_some(end)
    };
    let Some(end) = number(text) else { return Answer::Words };
    let (value, rest) = text.split_at(end);
    let rest = rest.trim_start();
    if let Some(behind) = rest.strip_prefix('±').or_else(|| rest.strip_prefix("+-")) {
        let behind = behind.trim_start();
        return match number(behind) {
            Some(end) => Answer::Number(value, Some(&behind[..end]), behind[end..].trim()),
            None => Answer::Words,
        };
    }
    // `3 Pods` is a number with a unit; `3 / three` and `3-5` are words.
    let is_unit = rest.chars().all(char::is_alphabetic);
    if is_unit { Answer::Number(value, None, rest) } else { Answer::Words }
}

/// The answers of one language: between ` / `, `;` or `；`, each plain or in quotes.
pub(super) fn alternatives(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        if found.len() == MANY {
            found.push(rest.to_owned());
            break;
        }
        if let Some((words, after)) = quoted(rest) {
            let after = after.trim_start();
            if after.is_empty() || after.starts_with(['/', ';', '；']) {
                found.push(words);
                rest = after.trim_start_matches(['/', ';', '；']).trim_start();
                continue;
            }
        }
        let cut = [" / ", ";", "；"].into_iter().filter_map(|cut| rest.find(cut).map(|at| (at, cut))).min();
        let (words, after) = cut.map_or((rest, ""), |(at, cut)| (&rest[..at], &rest[at + cut.len()..]));
        found.push(words.trim().to_owned());
        rest = after.trim_start();
    }
    found
}

/// Cuts an answer in two languages at its bar, without reading the words.
pub(super) fn raw_sides(text: &str) -> (&str, Option<&str>) {
    let mut rest = text.trim_start();
    for _ in 0..MANY {
        if let Some((_, after)) = quoted(rest) {
            let end = after.trim_start();
            if end.starts_with(['|', '｜', '/', ';', '；']) {
                rest = end;
            } else if end.is_empty() {
                break;
            }
        }
        let bar = find_bar(rest);
        let cut =
            ["/ ", ";", "；"].into_iter().filter_map(|cut| rest.find(cut).map(|at| at + cut.len())).min();
        match (bar, cut) {
            (bar, Some(cut)) if bar.is_none_or(|(at, _)| cut <= at) => rest = rest[cut..].trim_start(),
            (Some((at, width)), _) => {
                let first = &text[..text.len() - rest.len() + at];
                return (first.trim(), Some(rest[at + width..].trim()));
            }
            (None, _) => break,
        }
    }
    (text.trim(), None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_in_two_languages() {
        for (text, expected) in [
            ("一", &["一"][..]),
            ("一 | one", &["一", "one"]),
            ("一｜one", &["一", "one"]),
            ("a|b", &["a|b"]),
            ("`a | b` 是", &["`a | b` 是"]),
            (r"a \| b", &["a | b"]),
            ("| one", &["", "one"]),
            ("one |", &["one", ""]),
            ("\"a | b\" | \"\\u{2028}\\n\"", &["a | b", "\u{2028}\n"]),
            ("\"Pod\" is | \"x", &["\"Pod\" is", "\"x"]),
            ("[[ a | b ]] c", &["[[ a | b ]] c"]),
        ] {
            assert_eq!(sides(text), expected, "{text}");
        }
    }

    #[test]
    fn what_stands_in_quotes_parts_nothing() {
        assert_eq!(arrow(r#"| "a -> b" -> c"#), Some((r#"| "a -> b""#, "c")));
        assert_eq!(arrow(r#"a | "b -> c" -> "d -> e""#), Some((r#"a | "b -> c""#, r#""d -> e""#)));
        assert_eq!(arrow("-> c"), Some(("", "c")));
        assert_eq!(raw_sides(r#"x / "a | b" | "c / d""#), (r#"x / "a | b""#, Some(r#""c / d""#)));
        assert_eq!(raw_sides("| RS"), ("", Some("RS")));
        assert_eq!(raw_sides(r#""a; b" / c"#), (r#""a; b" / c"#, None));
    }

    #[test]
    fn a_picture_is_a_line_of_its_own() {
        assert_eq!(image("![一 | one](images/a (1).png)"), Some(("一 | one", "images/a (1).png")));
        assert_eq!(image("！［a](b)］（图/豆.png）"), Some(("a](b)", "图/豆.png")));
        assert_eq!(image("![](a.png)"), Some(("", "a.png")));
        for words in ["![a](b.png) and", "[a](b.png)", "![a]", "!(b.png)", "![a] (b.png)"] {
            assert_eq!(image(words), None, "{words}");
        }
    }

    #[test]
    fn attributes_are_cut_off_and_other_braces_are_words() {
        assert_eq!(
            attributes("Q? {#q tags=“a b” show=1}"),
            ("Q?", vec![("id", "q"), ("tags", "a b"), ("show", "1")])
        );
        assert_eq!(attributes("{a: 1}"), ("{a: 1}", vec![]));
        assert_eq!(attributes("{}"), ("{}", vec![]));
    }

    #[test]
    fn an_answer_is_a_word_a_number_or_true_or_false() {
        assert_eq!(answer("对"), Answer::Bool(true));
        assert_eq!(answer("300"), Answer::Number("300", None, ""));
        assert_eq!(answer("300 ± 5 s"), Answer::Number("300", Some("5"), "s"));
        assert_eq!(answer("3个"), Answer::Number("3", None, "个"));
        for words in ["3 / three", "1.2.3", "v1", "-", "ReplicaSet"] {
            assert_eq!(answer(words), Answer::Words, "{words}");
        }
    }
}
