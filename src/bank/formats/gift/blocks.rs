//! GIFT's outermost layer: lines, blank lines between questions, comment lines, and escapes.
//!
//! Every character keeps where it stands, so that whatever is cut out of a question later can still be pointed at.

/// A character of a question. Where it was escaped it is only itself and never a sign of the grammar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sym {
    pub(super) c: char,
    pub(super) escaped: bool,
    pub(super) line: u32,
    pub(super) column: u32,
}

/// The lines between two blank ones: what Moodle takes for one question.
#[derive(Clone, Debug, Default)]
pub(super) struct Block<'t> {
    /// The lines as they are written, with their numbers.
    pub(super) lines: Vec<(u32, &'t str)>,
    /// Blank lines that stand inside its braces.
    pub(super) gaps: Vec<u32>,
}

/// A `{` or `}` that is not escaped.
fn braces(line: &str) -> impl Iterator<Item = char> {
    let mut escaped = false;
    line.chars().filter(move |c| {
        let is_brace = !escaped && matches!(c, '{' | '}');
        escaped = !escaped && *c == '\\';
        is_brace
    })
}

/// How many blocks may be put together because a brace is open.
const MOST_JOINED: usize = 12;

/// Cuts a file into its blocks. A blank line inside braces ends a question for Moodle, which then refuses both halves; here
/// the halves are put together, where the next brace after the blank line is the one that closes.
pub(super) fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut plain: Vec<Block<'_>> = vec![Block::default()];
    for (number, line) in (1..).zip(lines(text)) {
        if !line.trim().is_empty() {
            if let Some(block) = plain.last_mut() {
                block.lines.push((number, line));
            }
        } else if plain.last().is_some_and(|block| !block.lines.is_empty()) {
            plain.push(Block::default());
        }
    }
    plain.retain(|block| !block.lines.is_empty());
    let mut joined: Vec<Block<'_>> = Vec::new();
    let mut index = 0;
    while index < plain.len() {
        let rest = &plain[index..];
        let parts = rest.first().filter(|block| block.is_open()).map_or(1, |_| closed_after(rest));
        let mut whole = Block::default();
        for part in &rest[..parts] {
            if let (Some(last), Some(first)) = (whole.lines.last(), part.lines.first()) {
                whole.gaps.extend(last.0 + 1..first.0);
            }
            whole.lines.extend(&part.lines);
        }
        joined.push(whole);
        index += parts;
    }
    joined
}

/// How many blocks belong together where the first has an open brace: up to the one whose first brace closes it.
fn closed_after(blocks: &[Block<'_>]) -> usize {
    for (index, block) in blocks.iter().enumerate().take(MOST_JOINED).skip(1) {
        match block.braces().next() {
            Some('}') => return index + 1,
            Some(_) => return 1,
            None => {}
        }
    }
    1
}

/// Lines that end in any of the three ways. Moodle takes lone carriage returns for line ends where there is nothing else.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let end = if text.contains('\n') { '\n' } else { '\r' };
    text.split(end).map(|line| line.strip_suffix('\r').unwrap_or(line))
}

/// Whether Moodle leaves this line out.
pub(super) fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with("//")
}

impl<'t> Block<'t> {
    fn braces(&self) -> impl Iterator<Item = char> {
        self.lines.iter().filter(|(_, line)| !is_comment(line)).flat_map(|(_, line)| braces(line))
    }

    /// Whether its brace is never closed.
    fn is_open(&self) -> bool {
        let mut braces = self.braces();
        braces.next() == Some('{') && !braces.any(|brace| brace == '}')
    }

    /// The number of its first line.
    pub(super) fn first_line(&self) -> u32 {
        self.lines.first().map_or(0, |(number, _)| *number)
    }

    /// A line by its number.
    pub(super) fn line(&self, number: u32) -> &'t str {
        let found = self.lines.binary_search_by_key(&number, |(number, _)| *number);
        found.map_or("", |index| self.lines[index].1)
    }

    /// Its comment lines.
    pub(super) fn comments(&self) -> impl Iterator<Item = (u32, &'t str)> {
        self.lines.iter().filter(|(_, line)| is_comment(line)).copied()
    }

    /// It in one, or in two where a question stands right below a line that only names a folder.
    pub(super) fn parts(&self) -> Vec<Block<'t>> {
        let folder = self.lines.iter().position(|(_, line)| line.trim_start().starts_with("$CATEGORY:"));
        match folder {
            Some(at)
                if self.lines[..at].iter().all(|(_, line)| is_comment(line)) && at + 1 < self.lines.len() =>
            {
                let (first, second) = self.lines.split_at(at + 1);
                let part = |lines: &[(u32, &'t str)], gaps: &[u32]| Block {
                    lines: lines.to_vec(),
                    gaps: gaps.to_vec(),
                };
                vec![part(first, &[]), part(second, &self.gaps)]
            }
            _ => vec![self.clone()],
        }
    }

    /// It as it is written.
    pub(super) fn source(&self) -> String {
        self.lines.iter().map(|(_, line)| *line).collect::<Vec<_>>().join("\n")
    }

    /// Its characters without comment lines, with escapes resolved: `\~ \= \# \{ \} \:` are the sign itself, `\n` is a new
    /// line, `\\` one backslash; before anything else a backslash is only that.
    pub(super) fn syms(&self) -> Vec<Sym> {
        let mut syms: Vec<Sym> = Vec::new();
        for (line, text) in self.lines.iter().copied().filter(|(_, text)| !is_comment(text)) {
            if !syms.is_empty() {
                syms.push(Sym { c: '\n', escaped: false, line, column: 1 });
            }
            let mut chars = (1..).zip(text.chars()).peekable();
            while let Some((column, c)) = chars.next() {
                let meant = (c == '\\').then(|| chars.peek()).flatten().and_then(|(_, next)| match next {
                    ':' | '#' | '=' | '{' | '}' | '~' | '\\' => Some(*next),
                    'n' => Some('\n'),
                    _ => None,
                });
                if meant.is_some() {
                    chars.next();
                }
                syms.push(Sym { c: meant.unwrap_or(c), escaped: meant.is_some(), line, column });
            }
        }
        syms
    }
}

/// Whether an unescaped sequence of signs stands here.
pub(super) fn starts(syms: &[Sym], signs: &str) -> bool {
    let mut here = syms.iter();
    signs.chars().all(|sign| here.next().is_some_and(|sym| !sym.escaped && sym.c == sign))
}

/// Where an unescaped sequence of signs first stands.
pub(super) fn find(syms: &[Sym], signs: &str) -> Option<usize> {
    (0..syms.len()).find(|&at| starts(&syms[at..], signs))
}

/// Where an unescaped sequence of signs last stands.
pub(super) fn rfind(syms: &[Sym], signs: &str) -> Option<usize> {
    (0..syms.len()).rev().find(|&at| starts(&syms[at..], signs))
}

/// Without white space at both ends. An escaped line end is white space there, too, as in Moodle.
pub(super) fn trim(syms: &[Sym]) -> &[Sym] {
    let begin = syms.iter().position(|sym| !sym.c.is_whitespace()).unwrap_or(syms.len());
    let end = syms.iter().rposition(|sym| !sym.c.is_whitespace()).map_or(begin, |last| last + 1);
    &syms[begin..end]
}

/// The words.
pub(super) fn string(syms: &[Sym]) -> String {
    syms.iter().map(|sym| sym.c).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(source: &str) -> String {
        string(&blocks(source)[0].syms())
    }

    #[test]
    fn blank_lines_separate_and_comment_lines_are_left_out() {
        let found = blocks("// c\na\n b\n\n \t\nc{\n=x\n}\r\n\r\nd");
        assert_eq!(found.len(), 3);
        assert_eq!(string(&found[0].syms()), "a\n b");
        assert_eq!(found[1].first_line(), 6);
        assert_eq!(blocks("a\r\rb").len(), 2, "old Macintosh line ends");
        assert!(blocks("\n \n").is_empty());
    }

    #[test]
    fn escapes_are_resolved_as_moodle_does() {
        assert_eq!(text(r"a \= \~ \{ \} \# \: b"), "a = ~ { } # : b");
        assert_eq!(text(r"one\ntwo"), "one\ntwo");
        assert_eq!(text(r"\\= \x C:\dir"), r"\= \x C:\dir");
        let block = blocks(r"\\=")[0].clone();
        assert!(!block.syms()[1].escaped, "an escaped backslash escapes nothing");
    }

    #[test]
    fn a_blank_line_inside_braces_does_not_end_the_question() {
        let found = blocks("Q {\n=a\n\n~b\n}\n\nR {T}");
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].gaps, [3]);
        assert_eq!(found[1].first_line(), 7);
    }

    #[test]
    fn a_brace_that_is_never_closed_does_not_swallow_the_next_question() {
        let found = blocks("Q {\n=a\n\nR {T}\n\nS {F}");
        assert_eq!(found.iter().map(Block::first_line).collect::<Vec<_>>(), [1, 4, 6]);
    }
}
