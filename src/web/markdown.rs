//! The small Markdown of content texts: emphasis, code, lists, links. Whatever looks like HTML is shown as it is written.

use pulldown_cmark::{CowStr, Event, LinkType, Options, Parser, Tag, TagEnd, html};

/// A text as blocks of HTML (paragraphs, lists, code), so that two languages can be paired block by block.
pub(super) fn blocks(source: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let (mut block, mut depth) = (Vec::new(), 0);
    for event in events(source) {
        match &event {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth -= 1,
            _ => {}
        }
        block.push(event);
        if depth == 0 {
            blocks.push(to_html(block.drain(..)));
        }
    }
    blocks
}

/// A text as HTML that may stand inside a line, such as a label: paragraphs become spans.
pub(super) fn inline(source: &str) -> String {
    let line = events(source).map(|event| match event {
        Event::Start(Tag::Paragraph | Tag::Heading { .. } | Tag::Item) => raw("<span class=\"para\">"),
        Event::End(TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::Item) => raw("</span>"),
        Event::Start(Tag::CodeBlock(_)) => raw("<code class=\"block\">"),
        Event::End(TagEnd::CodeBlock) => raw("</code>"),
        Event::Start(Tag::List(_) | Tag::BlockQuote(_))
        | Event::End(TagEnd::List(_) | TagEnd::BlockQuote(_)) => raw(""),
        other => other,
    });
    let html = to_html(line);
    // The usual case, one paragraph, needs no span.
    match html.strip_prefix("<span class=\"para\">").and_then(|rest| rest.strip_suffix("</span>")) {
        Some(only) if !only.contains("<span") => only.to_owned(),
        _ => html,
    }
}

/// A text without any marks, for where HTML cannot stand.
pub(super) fn plain(source: &str) -> String {
    let mut words = String::new();
    for event in events(source) {
        match event {
            Event::Text(text) | Event::Code(text) => words.push_str(&text),
            Event::SoftBreak | Event::HardBreak | Event::Start(Tag::Item) => words.push(' '),
            Event::End(TagEnd::Paragraph) => words.push(' '),
            _ => {}
        }
    }
    words.truncate(words.trim_end().len());
    words
}

fn raw(html: &'static str) -> Event<'static> {
    Event::InlineHtml(CowStr::Borrowed(html))
}

fn to_html<'a>(events: impl Iterator<Item = Event<'a>>) -> String {
    let mut out = String::new();
    html::push_html(&mut out, events);
    out.truncate(out.trim_end().len());
    out
}

fn events(source: &str) -> impl Iterator<Item = Event<'_>> {
    Parser::new_ext(source, Options::ENABLE_TABLES).filter_map(|event| match event {
        // HTML is text here.
        Event::Html(text) | Event::InlineHtml(text) => Some(Event::Text(text)),
        Event::Start(Tag::HtmlBlock) => Some(Event::Start(Tag::Paragraph)),
        Event::End(TagEnd::HtmlBlock) => Some(Event::End(TagEnd::Paragraph)),
        // Pictures would come from elsewhere; their words stay.
        Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => None,
        Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
            let dest_url = if is_safe(&dest_url, link_type) { dest_url } else { CowStr::Borrowed("") };
            Some(Event::Start(Tag::Link { link_type, dest_url, title, id }))
        }
        other => Some(other),
    })
}

/// Only to the web, so that no link runs a script.
fn is_safe(url: &str, kind: LinkType) -> bool {
    kind != LinkType::Email && (url.starts_with("https://") || url.starts_with("http://"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_is_text() {
        assert_eq!(inline("a <b onclick=x>b</b> & c"), "a &lt;b onclick=x&gt;b&lt;/b&gt; &amp; c");
        assert_eq!(blocks("<script>alert(1)</script>"), ["<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"]);
    }

    #[test]
    fn links_lead_to_the_web_only() {
        assert_eq!(inline("[x](javascript:alert)"), "<a href=\"\">x</a>");
        assert_eq!(inline("[x](https://kubernetes.io)"), "<a href=\"https://kubernetes.io\">x</a>");
        assert_eq!(inline("![x](https://evil.example/x.png)"), "x");
    }

    #[test]
    fn blocks_are_paragraphs_lists_and_code() {
        let html = blocks("One *a*.\n\nTwo `b`.\n\n- x\n- y\n");
        assert_eq!(
            html,
            ["<p>One <em>a</em>.</p>", "<p>Two <code>b</code>.</p>", "<ul>\n<li>x</li>\n<li>y</li>\n</ul>"]
        );
    }

    #[test]
    fn plain_words_have_no_marks() {
        assert_eq!(plain("a `b` **c**\n\nd"), "a b c d");
    }

    #[test]
    fn a_line_has_no_blocks() {
        assert_eq!(inline("**a** `b`"), "<strong>a</strong> <code>b</code>");
        assert_eq!(inline("one\n\ntwo"), "<span class=\"para\">one</span><span class=\"para\">two</span>");
        assert_eq!(inline("```yaml\na: 1\n```"), "<code class=\"block\">a: 1\n</code>");
    }
}
