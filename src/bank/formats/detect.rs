//! Which format a file is in, by what is in it.

use super::{Format, decode, native, zip};
use crate::problem::{Place, Problem};

/// How much of a text is looked at.
const LOOK: usize = 64 << 10;

/// Finds the format of a file.
pub fn detect(bytes: &[u8]) -> Result<Format, Problem> {
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        return Ok(if zip::is_workbook(bytes) { Format::Xlsx } else { Format::Zip });
    }
    if bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
        return Err(Problem::error(Place::default(), "format-old-office"));
    }
    if bytes.len() > native::MAX_BYTES {
        return Err(native::too_long(bytes.len(), ""));
    }
    let text = decode::decode(bytes, "")?.text;
    let end = text.char_indices().map(|(at, _)| at).find(|at| *at >= LOOK).unwrap_or(text.len());
    let start = &text[..end];
    if start.trim().is_empty() {
        return Err(Problem::error(Place::default(), "file-empty"));
    }
    of_text(start).ok_or_else(|| {
        let line = start.lines().position(|line| !line.trim().is_empty()).unwrap_or_default();
        let found: String = start.trim().lines().next().unwrap_or_default().chars().take(60).collect();
        let line = u32::try_from(line).unwrap_or_default() + 1;
        Problem::error(Place { line, ..Place::default() }, "format-unknown").found(found)
    })
}

fn of_text(text: &str) -> Option<Format> {
    let lines = || text.lines().map(str::trim_end).filter(|line| !line.trim().is_empty());
    let has_list = lines().any(|line| key(line) == Some("questions"));
    let first = lines().find(|line| !line.starts_with('#') && *line != "---").unwrap_or_default();
    if has_list || key(first) == Some("scenario") {
        return Some(Format::Yaml);
    }
    let is_heading = |line: &str| {
        let rest = line.trim_start_matches(['#', '＃']);
        rest.len() < line.len() && !rest.trim().is_empty()
    };
    let is_choice = |line: &str| {
        let line = line.trim_start();
        ["- [", "* [", "-[", "-［", "- ［", "- 【"].iter().any(|start| line.starts_with(start))
    };
    if lines().any(|line| is_heading(line) || is_choice(line)) {
        // A comment of GIFT begins with two slashes and one of YAML is followed by a key, so this is a heading.
        let asks = |line: &str| line.chars().take_while(|c| matches!(c, '#' | '＃')).count() >= 2;
        let is_yaml = key(first) == Some("bank") && !lines().any(asks);
        return Some(if is_yaml { Format::Yaml } else { Format::Markdown });
    }
    if lines().any(|line| line.trim_start().starts_with("::")) || has_gift_answer(text) {
        return Some(Format::Gift);
    }
    if key(first).is_some_and(|key| ["bank", "title", "lang"].contains(&key)) {
        return Some(if text.trim_start().starts_with("---") { Format::Markdown } else { Format::Yaml });
    }
    let mut rows = lines();
    let is_row = |line: &str| line.contains([',', ';', '\t', '，', '；']);
    (rows.next().is_some_and(is_row) && rows.next().is_some_and(is_row)).then_some(Format::Csv)
}

/// The key that a line without indentation begins with.
fn key(line: &str) -> Option<&str> {
    let (key, _) = line.split_once([':', '：'])?;
    let key = key.trim_end();
    (!key.is_empty() && key.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')).then_some(key)
}

/// Whether there is a block of answers in braces.
fn has_gift_answer(text: &str) -> bool {
    text.split(['{', '｛']).skip(1).any(|rest| {
        let inside = rest.trim_start();
        let word: String = inside.chars().take_while(char::is_ascii_alphabetic).collect();
        let closed = inside[word.len()..].trim_start().starts_with(['}', '#']);
        let end = inside.find(['}', '｝', '#']).unwrap_or(inside.len());
        inside.starts_with(['=', '~', '#', '}', '＝', '～', '＃', '｝'])
            || ["对", "错", "是", "否", "正确", "错误"].contains(&inside[..end].trim_end())
            || (closed && ["T", "F", "TRUE", "FALSE"].contains(&word.to_ascii_uppercase().as_str()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_found_by_its_content() {
        for (text, format) in [
            ("bank: b\ntitle: t\nquestions: []\n", Format::Yaml),
            ("# A comment\n---\nbank: b\nquestions:\n", Format::Yaml),
            ("bank： b\nquestions：\n", Format::Yaml),
            ("scenario: x\nnodes: 2\n", Format::Yaml),
            ("---\nbank: b\nlang: zh\n---\n## Q\n", Format::Markdown),
            ("bank: b\nlang: zh\n\n## Q\n- [x] a\n", Format::Markdown),
            ("\n## Q {#q}\nanswer: x\n", Format::Markdown),
            ("＃＃ 问题\n－［ｘ］ 甲\n", Format::Markdown),
            ("---\nbank: b\nlang: zh\n---\n＃＃ 问题 {#a}\n－［ｘ］ 甲\n", Format::Markdown),
            ("- [x] a\n- [ ] b\n", Format::Markdown),
            ("---\nbank: b\n---\n", Format::Markdown),
            ("// c\n::t:: Who? {=Grant ~no}\n", Format::Gift),
            ("Is it so? {TRUE}\n", Format::Gift),
            ("How many? {#3:1}\n", Format::Gift),
            ("哪个？｛＝甲 ～乙｝\n", Format::Gift),
            ("会重建。{错}\n", Format::Gift),
            ("question,answer\nWhere?,here\n", Format::Csv),
            ("题目；答案\n在哪？；这里\n", Format::Csv),
            ("question\tanswer\nWhere?\there\n", Format::Csv),
            ("PK\x03\x04....xl/workbook.xml", Format::Xlsx),
            ("PK\x03\x04....bank.yaml", Format::Zip),
        ] {
            assert_eq!(detect(text.as_bytes()).map_err(|problem| problem.kind), Ok(format), "{text}");
        }
    }

    #[test]
    fn what_is_no_format_says_why() {
        for (bytes, kind) in [
            (&b" \n\n"[..], "file-empty"),
            (b"Just words.\n", "format-unknown"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "format-old-office"),
            (b"%PDF-1.7\n\x00\xff", "not-text"),
        ] {
            assert_eq!(detect(bytes).unwrap_err().kind, kind);
        }
    }
}
