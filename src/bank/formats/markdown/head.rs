//! What stands above the first question: the bank's own keys, between `---` or without.

use super::{At, Defaults, Sheet, line};
use crate::bank::reader::nearest;
use crate::text::Lang;
use crate::yaml::Entry;

const KEYS: [(&str, &str); 5] =
    [("bank", "题库"), ("lang", "语言"), ("title", "标题"), ("license", "许可"), ("author", "作者")];

/// Reads the lines before `end`. What is missing is as the defaults say.
pub(super) fn read(sheet: &mut Sheet<'_>, end: usize, defaults: &Defaults) -> Vec<Entry> {
    let lines = sheet.lines;
    let mut found: Vec<(&'static str, At, At, &str)> = Vec::new();
    for (index, line) in lines[..end].iter().enumerate() {
        let body = line.trim();
        if body.is_empty() || (body.len() >= 3 && body.bytes().all(|b| b == b'-')) {
            continue;
        }
        let at = At::of(index, line, body);
        if line::hashes(body) == 1 {
            let title = body.trim_start_matches(['#', '＃']).trim();
            if !title.is_empty() && !found.iter().any(|(key, ..)| *key == "title") {
                found.push(("title", at, At::of(index, line, title), title));
            }
            continue;
        }
        let pair = line::colon(body);
        let known = pair.and_then(|(word, value)| {
            let word = word.to_lowercase();
            KEYS.iter().find(|(en, zh)| *en == word || *zh == word).map(|(key, _)| (*key, value))
        });
        match (known, pair) {
            (Some((key, _)), _) if found.iter().any(|(earlier, ..)| *earlier == key) => {
                sheet.wrong(at, "md-key-twice", key, "");
            }
            (Some((key, value)), _) => found.push((key, at, At::of(index, line, value), value)),
            (None, Some((word, _))) => match nearest(word, &KEYS.map(|(key, _)| key)) {
                Some(near) => sheet.wrong(at, "unknown-key-near", word, near),
                None => sheet.wrong(at, "unknown-key", word, &KEYS.map(|(key, _)| key).join(", ")),
            },
            (None, None) => sheet.wrong(at, "md-before-question", body, ""),
        }
    }
    let lang = found.iter().find(|(key, ..)| *key == "lang").and_then(|(.., value)| Lang::from_code(value));
    sheet.lang = lang.unwrap_or(defaults.lang);
    let mut entries: Vec<Entry> = found
        .iter()
        .map(|(key, at, value_at, value)| {
            let node = match *key {
                "title" => sheet.text(*value_at, value),
                _ => value_at
                    .string(line::quoted(value).map_or_else(|| (*value).to_owned(), |(words, _)| words)),
            };
            at.entry(key, node)
        })
        .collect();
    let top = At { line: 1, column: 1 };
    let has = |key: &str| found.iter().any(|(found, ..)| *found == key);
    if !has("bank") {
        entries.push(top.entry("bank", top.string(defaults.slug.as_str())));
    }
    if !has("lang") {
        entries.push(top.entry("lang", top.string(sheet.lang.code())));
    }
    if !has("title") {
        // Without a title of its own a bank is called by its slug.
        let slug = found.iter().find(|(key, ..)| *key == "bank").map(|(.., value)| (*value).to_owned());
        let title = match (&defaults.title, slug) {
            (Some(title), _) => {
                let side =
                    |lang: Lang| title.side(lang).map(|words| top.entry(lang.code(), top.string(words)));
                top.map(Lang::ALL.into_iter().filter_map(side).collect())
            }
            (None, slug) => top.string(slug.unwrap_or_else(|| defaults.slug.clone())),
        };
        entries.push(top.entry("title", title));
    }
    entries
}
