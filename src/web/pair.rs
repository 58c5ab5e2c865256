//! A text as a reader sees it: one language, or the two side by side, block by block.

use std::fmt::{self, Write};

use askama::filters::HtmlSafe;

use crate::locale::locale;
use crate::text::{Reading, Shown, Text};

use super::markdown;

/// A piece of content in HTML. In a template it is written out as it is.
///
/// One language: `<span class="say" lang="en">…</span>`. Two: `<span class="pair">` around two of these. A side that
/// stands in for a missing one carries `class="say fallback"` and a mark.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Pair(String);

impl Pair {
    /// A text that stands inside a line or a label: a choice, a title, a blank.
    pub(super) fn line(text: &Text, reading: Reading) -> Pair {
        let sides: Vec<(Shown<'_>, String)> =
            text.read(reading).into_iter().map(|side| (side, markdown::inline(side.words))).collect();
        let mut html = String::new();
        pair(&mut html, "span", reading, &sides);
        Pair(html)
    }

    /// A text of its own: a question, an explanation. Where both languages have as many blocks, each is paired.
    pub(super) fn blocks(text: &Text, reading: Reading) -> Pair {
        let sides: Vec<(Shown<'_>, Vec<String>)> =
            text.read(reading).into_iter().map(|side| (side, markdown::blocks(side.words))).collect();
        let mut html = String::new();
        match sides.as_slice() {
            [(first, left), (second, right)] if left.len() == right.len() => {
                for (left, right) in left.iter().zip(right) {
                    pair(&mut html, "div", reading, &[(*first, left.clone()), (*second, right.clone())]);
                }
            }
            _ => {
                let whole: Vec<_> = sides.iter().map(|(side, blocks)| (*side, blocks.join("\n"))).collect();
                pair(&mut html, "div", reading, &whole);
            }
        }
        Pair(html)
    }

    /// The words alone, in the interface's language: for a title or an attribute.
    pub(super) fn plain(text: &Text, reading: Reading) -> String {
        markdown::plain(text.show(reading.interface()).words)
    }
}

/// Writing to a string cannot fail, so that the results are dropped.
fn pair(html: &mut String, element: &str, reading: Reading, sides: &[(Shown<'_>, String)]) {
    if sides.len() > 1 {
        let _ = write!(html, "<{element} class=\"pair\">");
    }
    for (side, words) in sides {
        let lang = side.lang.tag();
        if side.fallback {
            // The mark is the interface's word, in the interface's language.
            let interface = reading.interface();
            let mark = locale(interface).say("content-fallback");
            let _ = write!(
                html,
                "<{element} class=\"say fallback\"><span class=\"fallback-mark\" lang=\"{}\">{mark}</span> \
                 <{element} lang=\"{lang}\">{words}</{element}></{element}>",
                interface.tag()
            );
        } else {
            let _ = write!(html, "<{element} class=\"say\" lang=\"{lang}\">{words}</{element}>");
        }
    }
    if sides.len() > 1 {
        let _ = write!(html, "</{element}>");
    }
}

impl fmt::Display for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What goes in is escaped by `markdown`, and the rest is ours.
impl HtmlSafe for Pair {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Lang;

    #[test]
    fn two_languages_are_paired_paragraph_by_paragraph() {
        let text = Text::both("一。\n\n二。", "One.\n\nTwo.");
        assert_eq!(
            Pair::blocks(&text, Reading::Both(Lang::Zh)).to_string(),
            "<div class=\"pair\"><div class=\"say\" lang=\"zh-CN\"><p>一。</p></div>\
             <div class=\"say\" lang=\"en\"><p>One.</p></div></div>\
             <div class=\"pair\"><div class=\"say\" lang=\"zh-CN\"><p>二。</p></div>\
             <div class=\"say\" lang=\"en\"><p>Two.</p></div></div>"
        );
    }

    #[test]
    fn one_language_is_alone() {
        let text = Text::both("豆荚", "pod");
        let line = Pair::line(&text, Reading::Only(Lang::En)).to_string();
        assert_eq!(line, "<span class=\"say\" lang=\"en\">pod</span>");
    }

    #[test]
    fn what_stands_in_carries_its_own_language_and_a_mark() {
        let line = Pair::line(&Text::only(Lang::Zh, "豆荚"), Reading::Only(Lang::En)).to_string();
        assert!(line.contains("fallback-mark\" lang=\"en\""), "{line}");
        assert!(line.contains("lang=\"zh-CN\">豆荚"), "{line}");
    }
}
