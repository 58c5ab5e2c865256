//! Folding: what people type, made comparable. Two answers are the same if they fold to the same.
//!
//! Folded away are: width and compatibility forms (NFKC), case, the many forms of quotes, dashes and full stops, white
//! space of all kinds, spaces beside Han characters and punctuation, punctuation at the end, an English article at the
//! beginning, back quotes. A duration is the same in every unit and either language. Numbers, where a number is asked for,
//! may be written in Chinese. What was typed is kept elsewhere, raw.

use super::number::{Number, TimeUnit, Unit};
use crate::text::Lang;
use unicode_normalization::UnicodeNormalization;

/// Whether two answers are the same.
pub fn same(one: &str, other: &str) -> bool {
    fold(one) == fold(other)
}

/// An answer, folded. Empty if nothing in it matters.
pub fn fold(text: &str) -> String {
    let plain = plain(text);
    match millis(&plain) {
        Some(millis) => in_unit(millis, TimeUnit::Seconds).map_or(plain, |seconds| format!("{seconds}s")),
        None => plain,
    }
}

/// The number that was typed, in the unit that was asked for. `None` if it is none.
pub fn number(text: &str, unit: Option<&Unit>) -> Option<Number> {
    let text = plain(text);
    let text = ["about", "approximately", "大约", "约", "≈", "~"]
        .iter()
        .find_map(|word| text.strip_prefix(word))
        .map_or(text.as_str(), str::trim);
    if let Some(Unit::Time(unit)) = unit {
        return match split_number(text)? {
            (number, "") => Some(number),
            _ => in_unit(millis(text)?, *unit),
        };
    }
    let (number, rest) = split_number(text)?;
    let words = |lang| match unit {
        Some(unit) => plain(unit.words(lang)),
        None => String::new(),
    };
    // Of what is counted there are many words (3 个, 3 个 Pod, 3 replicas), but a percentage is another number.
    let percent = Lang::ALL.into_iter().any(|lang| words(lang).contains('%'));
    let fine = !rest.contains(|c: char| c.is_numeric() || "+-*/=.,".contains(c) || (c == '%' && !percent));
    (fine && TimeUnit::from_word(rest).is_none()).then_some(number)
}

/// Everything but durations, folded.
fn plain(text: &str) -> String {
    let mut out = String::new();
    for c in text.nfkc().flat_map(char::to_lowercase) {
        match c {
            '“' | '”' | '„' | '«' | '»' | '「' | '」' | '『' | '』' | '《' | '》' => {
                out.push('"');
            }
            '‘' | '’' | 'ʼ' | '′' => out.push('\''),
            '—' | '–' | '−' | '‐' | '‑' | '‒' | '―' => out.push('-'),
            '。' => out.push('.'),
            '、' => out.push(','),
            '·' | '•' | '・' => out.push(' '),
            '`' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}' => {}
            c if c.is_whitespace() => out.push(' '),
            c => out.push(c),
        }
    }
    let spaced = join(&out);
    let ended = spaced.trim_end_matches(['.', ',', ';', ':', '!', '?', '"', '\'']);
    let begun = ended.trim_start_matches(['"', '\'']);
    let bare = ["a ", "an ", "the "].iter().find_map(|article| begun.strip_prefix(article)).unwrap_or(begun);
    // An answer of nothing but punctuation is itself.
    if bare.is_empty() { spaced } else { bare.to_owned() }
}

/// Text with single spaces, and none at the ends or beside Han characters and punctuation.
fn join(text: &str) -> String {
    let mut out = String::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        if let (Some(before), Some(after)) = (out.chars().last(), word.chars().next())
            && keeps_space(before)
            && keeps_space(after)
        {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

fn keeps_space(c: char) -> bool {
    c.is_alphanumeric() && !is_han(c)
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{3007}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}')
}

/// A duration in millionths of a millisecond: one or more numbers with units of time, as `1m30s`, `5 minutes`, `五分钟`.
fn millis(text: &str) -> Option<i128> {
    let (mut rest, mut total, mut parts) = (text, 0_i128, 0);
    while !rest.is_empty() {
        let (number, tail) = split_number(rest)?;
        let tail = tail.trim_start();
        let end = tail.find(|c: char| !c.is_alphabetic() || is_digit(c)).unwrap_or(tail.len());
        let (word, after) = match TimeUnit::from_word(&tail[..end]) {
            Some(unit) => (unit, &tail[end..]),
            // Chinese runs on: 一分三十秒 is cut before the next numeral, which the line above does; 五分钟半 is not read.
            None => return None,
        };
        total += number.in_millionths() * word.millis();
        parts += 1;
        rest = after.trim_start();
    }
    (parts > 0).then_some(total)
}

fn in_unit(millionths_of_millis: i128, unit: TimeUnit) -> Option<Number> {
    Number::millionths(millionths_of_millis / unit.millis())
}

/// Splits a number off the beginning: digits with thousands separators, or Chinese numerals.
fn split_number(text: &str) -> Option<(Number, &str)> {
    let end =
        text.find(|c: char| !is_digit(c) && !matches!(c, '.' | ',' | '-' | '+' | '_')).unwrap_or(text.len());
    let (head, tail) = text.split_at(end);
    if head.chars().any(|c| c.is_ascii_digit()) {
        let split = head.find(|c: char| is_chinese(c)).unwrap_or(head.len());
        let (digits, chinese) = head.split_at(split);
        let number = Number::parse(&without_separators(digits)?)?;
        // 3 万 and 1.5 万: digits may be followed by one Chinese power.
        let power = match chinese {
            "" => 1,
            "十" => 10,
            "百" => 100,
            "千" => 1_000,
            "万" => 10_000,
            "亿" => 100_000_000,
            _ => return None,
        };
        return Some((Number::millionths(number.in_millionths() * power)?, tail.trim_start()));
    }
    let number = if head.is_empty() { None } else { chinese(head) }?;
    Some((number, tail.trim_start()))
}

/// `3,000` and `3_000` as `3000`; a comma that does not stand before three digits is none.
fn without_separators(digits: &str) -> Option<String> {
    let mut groups = digits.split([',', '_']);
    let first = groups.next()?;
    let mut out = first.to_owned();
    for group in groups {
        let whole = group.split('.').next().unwrap_or_default();
        if whole.len() != 3 || first.trim_start_matches(['-', '+']).len() > 3 || out.contains('.') {
            return None;
        }
        out.push_str(group);
    }
    Some(out)
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit() || is_chinese(c)
}

fn is_chinese(c: char) -> bool {
    digit(c).is_some() || matches!(c, '十' | '百' | '千' | '万' | '亿' | '点' | '负')
}

fn digit(c: char) -> Option<i64> {
    Some(match c {
        '零' | '〇' => 0,
        '一' => 1,
        '二' | '两' => 2,
        '三' => 3,
        '四' => 4,
        '五' => 5,
        '六' => 6,
        '七' => 7,
        '八' => 8,
        '九' => 9,
        _ => return None,
    })
}

/// A number in Chinese numerals: `三百`, `十二`, `一万零五十`, `零点五`, `二〇二六`, `负三`.
fn chinese(text: &str) -> Option<Number> {
    let (negative, text) = text.strip_prefix('负').map_or((false, text), |rest| (true, rest));
    let (whole, fraction) = text.split_once('点').map_or((text, None), |(whole, part)| (whole, Some(part)));
    let mut spelled = chinese_whole(whole)?.to_string();
    if let Some(fraction) = fraction {
        let digits: Option<Vec<i64>> = fraction.chars().map(digit).collect();
        spelled.push('.');
        for digit in digits.filter(|digits| !digits.is_empty())? {
            spelled.push_str(&digit.to_string());
        }
    }
    Number::parse(&if negative { format!("-{spelled}") } else { spelled })
}

fn chinese_whole(text: &str) -> Option<i64> {
    if text.is_empty() {
        return None;
    }
    if text.chars().all(|c| digit(c).is_some()) {
        return text.chars().filter_map(digit).try_fold(0_i64, |sum, d| sum.checked_mul(10)?.checked_add(d));
    }
    let (mut total, mut section, mut pending) = (0_i64, 0_i64, None::<i64>);
    for c in text.chars() {
        match c {
            '十' | '百' | '千' => {
                let power = match c {
                    '十' => 10,
                    '百' => 100,
                    _ => 1000,
                };
                section += pending.take().filter(|d| *d > 0).unwrap_or(1) * power;
            }
            '万' | '亿' => {
                let power = if c == '万' { 10_000 } else { 100_000_000 };
                section += pending.take().unwrap_or(0);
                total = total.checked_add(section)?.checked_mul(power)?;
                section = 0;
            }
            c => match (pending, digit(c)?) {
                (None | Some(0), digit) => pending = Some(digit),
                // Two digits beside each other beside powers are no number.
                (Some(_), _) => return None,
            },
        }
    }
    total.checked_add(section + pending.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Text;

    #[test]
    fn what_does_not_matter_is_folded_away() {
        for (typed, folded) in [
            ("ReplicaSet", "replicaset"),
            ("  Ｒｅｐｌｉｃａ　Ｓｅｔ。", "replica set"),
            ("a Pod", "pod"),
            ("The node.", "node"),
            ("an   image", "image"),
            ("`kubectl get`", "kubectl get"),
            ("“Pod”", "pod"),
            ("Pod 模板", "pod模板"),
            ("Pod模板！", "pod模板"),
            ("容 器 组", "容器组"),
            ("Pending、Running", "pending,running"),
            ("pending, running", "pending,running"),
            ("out–of–service", "out-of-service"),
            ("node's", "node's"),
            ("node’s", "node's"),
            ("db · 0", "db 0"),
            ("80 / 443", "80/443"),
            ("\u{feff}Po\u{200b}d", "pod"),
            ("...", "..."),
            ("theory", "theory"),
            ("A", "a"),
            ("", ""),
        ] {
            assert_eq!(fold(typed), folded, "{typed:?}");
        }
    }

    #[test]
    fn durations_are_the_same_in_every_unit_and_language() {
        for typed in [
            "300s",
            "5m",
            "5 min",
            "5 minutes",
            "五分钟",
            "5 分钟。",
            "300 秒",
            "4m60s",
            "三百秒",
            "３００ｓ",
            "300,000 ms",
            "4 分 60 秒",
        ] {
            assert_eq!(fold(typed), "300s", "{typed:?}");
        }
        assert_eq!(fold("十分钟"), "600s");
        assert_eq!(fold("1.5h"), "5400s");
        assert_eq!(fold("250ms"), "0.25s");
        assert_eq!(fold("2 pods"), "2 pods");
        assert_eq!(fold("m"), "m");
    }

    #[test]
    fn numbers_are_read_in_the_unit_that_was_asked_for() {
        let seconds = Unit::Time(TimeUnit::Seconds);
        let pods = Unit::Of(Text::both("个", "Pods"));
        let percent = Unit::Of(Text::both("%", "%"));
        for (typed, unit, read) in [
            ("300", Some(&seconds), Some("300")),
            ("300 s", Some(&seconds), Some("300")),
            ("5 分钟", Some(&seconds), Some("300")),
            ("五分钟", Some(&seconds), Some("300")),
            ("1m30s", Some(&seconds), Some("90")),
            ("1 分 30 秒", Some(&seconds), Some("90")),
            ("一分三十秒", Some(&seconds), Some("90")),
            ("about 5 min", Some(&seconds), Some("300")),
            ("约 300 秒", Some(&seconds), Some("300")),
            ("300 pods", Some(&seconds), None),
            ("3", Some(&pods), Some("3")),
            ("3 个", Some(&pods), Some("3")),
            ("3 个 Pod", Some(&pods), Some("3")),
            ("三个", Some(&pods), Some("3")),
            ("两个", Some(&pods), Some("2")),
            ("3 replicas", Some(&pods), Some("3")),
            ("3 秒", Some(&pods), None),
            ("3%", Some(&pods), None),
            ("3 or 4", Some(&pods), None),
            ("25%", Some(&percent), Some("25")),
            ("25", Some(&percent), Some("25")),
            ("２５％", Some(&percent), Some("25")),
            ("3,000", None, Some("3000")),
            ("3_000", None, Some("3000")),
            ("3,5", None, None),
            ("-1", None, Some("-1")),
            ("−1", None, Some("-1")),
            ("0.5", None, Some("0.5")),
            (".5", None, Some("0.5")),
            ("零点五", None, Some("0.5")),
            ("十二", None, Some("12")),
            ("一百零五", None, Some("105")),
            ("三千六百", None, Some("3600")),
            ("一万零五十", None, Some("10050")),
            ("二〇二六", None, Some("2026")),
            ("3 万", None, Some("30000")),
            ("3万", None, Some("30000")),
            ("1.5万", None, Some("15000")),
            ("负三", None, Some("-3")),
            ("三四十", None, None),
            ("many", None, None),
            ("很多", None, None),
            ("", None, None),
        ] {
            let found = number(typed, unit).map(|number| number.to_string());
            assert_eq!(found.as_deref(), read, "{typed:?}");
        }
    }
}
