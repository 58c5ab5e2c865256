//! The HTML of Moodle's editor as the Markdown of a [`crate::text::Text`].
//!
//! Moodle exports nearly every text as `[html]`, with a handful of tags. Those are spelled as Markdown; what has no
//! spelling (tables, pictures, colors) keeps its words and loses the rest, which is said. Anything else in angle brackets
//! is no tag and stays as it is: `kubectl logs <pod>` is a sentence about Kubernetes.

/// What came out.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Converted {
    pub(super) text: String,
    /// The tags that have no spelling, each once.
    pub(super) lost: Vec<&'static str>,
}

/// Tags that are known, and what stands for the opening and the closing one.
const TAGS: [(&str, &str, &str); 27] = [
    ("p", "\n\n", "\n\n"),
    ("div", "\n\n", "\n\n"),
    ("br", "\n", "\n"),
    ("b", "**", "**"),
    ("strong", "**", "**"),
    ("i", "*", "*"),
    ("em", "*", "*"),
    ("code", "`", "`"),
    ("kbd", "`", "`"),
    ("tt", "`", "`"),
    ("pre", "\n\n```\n", "\n```\n\n"),
    ("ul", "\n\n", "\n\n"),
    ("ol", "\n\n", "\n\n"),
    ("li", "\n- ", "\n"),
    ("blockquote", "\n\n> ", "\n\n"),
    ("h1", "\n\n**", "**\n\n"),
    ("h2", "\n\n**", "**\n\n"),
    ("h3", "\n\n**", "**\n\n"),
    ("h4", "\n\n**", "**\n\n"),
    ("h5", "\n\n**", "**\n\n"),
    ("span", "", ""),
    ("font", "", ""),
    ("u", "", ""),
    ("a", "", ""),
    ("sub", "", ""),
    ("sup", "", ""),
    ("small", "", ""),
];

/// Tags whose loss is worth a word.
const LOST: [&str; 12] =
    ["img", "table", "tr", "td", "th", "tbody", "thead", "video", "audio", "iframe", "object", "svg"];

/// Spells HTML as Markdown.
pub(super) fn to_markdown(html: &str) -> Converted {
    let mut out = Converted::default();
    let mut rest = html;
    while let Some(at) = rest.find(['<', '&']) {
        out.text.push_str(&rest[..at]);
        rest = &rest[at..];
        rest = if rest.starts_with('<') { tag(rest, &mut out) } else { entity(rest, &mut out.text) };
    }
    out.text.push_str(rest);
    out.text = tidy(&out.text);
    out
}

/// Takes a tag, or a `<` that begins none, off the front.
fn tag<'h>(rest: &'h str, out: &mut Converted) -> &'h str {
    let inside = &rest[1..];
    let closing = inside.starts_with('/');
    let name_at = usize::from(closing);
    let name: String = inside[name_at..].chars().take_while(char::is_ascii_alphanumeric).take(12).collect();
    let lower = name.to_ascii_lowercase();
    let after = inside[name_at + name.len()..].chars().next();
    let known = TAGS.iter().find(|(tag, ..)| *tag == lower);
    let lost = LOST.iter().find(|tag| **tag == lower);
    let end = inside.find('>').filter(|_| {
        after.is_some_and(|c| c == '>' || c == '/' || c.is_whitespace())
            && (known.is_some() || lost.is_some())
    });
    let Some(end) = end else {
        out.text.push('<');
        return inside;
    };
    if let Some((_, open, close)) = known {
        out.text.push_str(if closing { close } else { open });
    }
    if let Some(lost) = lost {
        if !out.lost.contains(lost)
            && matches!(*lost, "img" | "table" | "video" | "audio" | "iframe" | "object" | "svg")
        {
            out.lost.push(lost);
        }
        out.text.push(' ');
    }
    &inside[end + 1..]
}

/// Takes a character reference, or an `&` that begins none, off the front.
fn entity<'h>(rest: &'h str, text: &mut String) -> &'h str {
    let inside = &rest[1..];
    let end = inside.char_indices().take(10).find(|(_, c)| *c == ';').map(|(at, _)| at);
    let c = end.and_then(|end| match &inside[..end] {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some(' '),
        "hellip" => Some('…'),
        "ndash" => Some('–'),
        "mdash" => Some('—'),
        "ldquo" => Some('“'),
        "rdquo" => Some('”'),
        "lsquo" => Some('‘'),
        "rsquo" => Some('’'),
        number => {
            let digits = number.strip_prefix('#')?;
            let code = match digits.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok(),
                None => digits.parse().ok(),
            };
            code.and_then(char::from_u32)
        }
    });
    match (c, end) {
        (Some(c), Some(end)) => {
            text.push(c);
            &inside[end + 1..]
        }
        _ => {
            text.push('&');
            inside
        }
    }
}

/// No more than one blank line, none at the ends, no space at line ends.
fn tidy(text: &str) -> String {
    let mut out: Vec<&str> = Vec::new();
    for line in text.lines().map(str::trim_end) {
        if !(line.is_empty() && out.last().is_none_or(|last| last.is_empty())) {
            out.push(line);
        }
    }
    out.join("\n").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tags_of_moodles_editor_become_markdown() {
        let html =
            "<p>A <strong>bare</strong> Pod&nbsp;&amp; <code>kubectl</code></p><ul><li>x</li><li>y</li></ul>";
        assert_eq!(to_markdown(html).text, "A **bare** Pod & `kubectl`\n\n- x\n\n- y");
        assert_eq!(to_markdown("a<br />b").text, "a\nb");
        assert_eq!(to_markdown("<span style=\"color: red\">x</span>").text, "x");
    }

    #[test]
    fn what_is_no_tag_stays() {
        for text in ["kubectl logs <pod>", "a < b && c > d", "<", "&", "<p", "&#x110000;", "&nope;", "x <"] {
            assert_eq!(to_markdown(text).text, text);
        }
    }

    #[test]
    fn pictures_and_tables_are_said_to_be_lost() {
        let found = to_markdown("<img src=x><table><tr><td>a</td></tr></table>");
        assert_eq!((found.text.as_str(), found.lost), ("a", vec!["img", "table"]));
    }
}
