//! The native YAML, read as far as it goes.
//!
//! [`super::native`] reads a file or refuses it. Here a mistake costs only its question, even where the YAML itself is
//! broken: then every item of `questions:` is read alone. The rest has the very lines of its author.

use super::{Defaults, Format, Reading, Rest, native, rest_name};
use crate::bank::writer::to_yaml;
use crate::problem::{Place, Problem};
use crate::yaml::{Entry, MAX_NODES, Node, Value, parse};

/// So many items may be broken before the others are not looked at any more.
const MAX_BROKEN: usize = 50;
/// So many characters of a line are shown.
const MOST_SHOWN: usize = 120;

/// Reads a bank, or a scenario.
pub(super) fn read(text: &str, file: &str, defaults: &Defaults) -> Reading {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let tree = match parse(text, file) {
        Ok(tree) if tree.get("scenario").is_some() && tree.get("questions").is_none() => {
            let scenarios = vec![(file.to_owned(), text.to_owned())];
            return Reading { scenarios, ..Reading::refused(Format::Yaml, Vec::new()) };
        }
        Ok(tree) => tree,
        Err(problem) => {
            return Layout::of_lines(&lines)
                .and_then(|layout| read_items(&layout, &lines, file, defaults))
                .unwrap_or_else(|| Reading::refused(Format::Yaml, slips(problem, &lines)));
        }
    };
    Reading::sorted(Format::Yaml, native::sort(&tree, file), defaults, |failed| {
        let text = Layout::of_tree(&tree, &lines)
            .map(|layout| layout.cut(&lines, failed))
            .filter(|cut| is_same(cut, &tree, failed))
            .unwrap_or_else(|| to_yaml(&without(&tree, failed).to_json()));
        Rest { file_name: rest_name(file, Format::Yaml), text }
    })
}

/// Where the questions of a file stand, as indices of lines.
struct Layout {
    /// The first line of each question.
    starts: Vec<usize>,
    /// The first line behind the last question.
    end: usize,
}

impl Layout {
    /// From the places of a tree. `None` where questions are not written one below the other.
    fn of_tree(tree: &Node, lines: &[&str]) -> Option<Layout> {
        let list = tree.entries().iter().position(|entry| entry.key == "questions")?;
        let starts = tree.entries()[list].value.as_seq()?.iter().map(|item| {
            let mut line = (item.line as usize).checked_sub(1)?;
            while !lines.get(line)?.trim_start().starts_with('-') {
                line = line.checked_sub(1)?;
            }
            Some(line)
        });
        let starts = starts.collect::<Option<Vec<usize>>>()?;
        let end =
            tree.entries().get(list + 1).map_or(lines.len(), |next| next.line.saturating_sub(1) as usize);
        let ordered =
            starts.windows(2).all(|pair| pair[0] < pair[1]) && starts.last().is_some_and(|last| *last < end);
        ordered.then(|| Layout { starts, end }.with_comments(lines))
    }

    /// From the look of the lines, where YAML itself is broken.
    fn of_lines(lines: &[&str]) -> Option<Layout> {
        let list = lines.iter().position(|line| line.trim_end().replace('：', ":") == "questions:")?;
        let is_item = |line: &str| line.trim_start().starts_with("- ");
        let first = list + 1 + lines[list + 1..].iter().position(|line| is_item(line))?;
        let depth = indent(lines[first]);
        let is_key = |line: &str| line.starts_with(|c: char| c.is_ascii_lowercase());
        let end = first + lines[first..].iter().position(|line| is_key(line)).unwrap_or(lines.len() - first);
        let starts =
            (first..end).filter(|line| is_item(lines[*line]) && indent(lines[*line]) == depth).collect();
        Some(Layout { starts, end }.with_comments(lines))
    }

    /// A comment above a question, as far to the right as its hyphen, belongs to it.
    fn with_comments(mut self, lines: &[&str]) -> Layout {
        for start in &mut self.starts {
            let depth = indent(lines[*start]);
            let is_comment = |line: &str| line.trim_start().starts_with('#') && indent(line) == depth;
            while *start > 0 && is_comment(lines[*start - 1]) {
                *start -= 1;
            }
        }
        self
    }

    fn item(&self, index: usize) -> std::ops::Range<usize> {
        self.starts[index]..self.starts.get(index + 1).copied().unwrap_or(self.end)
    }

    /// The file with only these questions.
    fn cut(&self, lines: &[&str], kept: &[usize]) -> String {
        let mut out: String = lines[..self.starts[0]].concat();
        for index in kept {
            out.push_str(&lines[self.item(*index)].concat());
        }
        if !out.ends_with('\n') {
            out.push('\n');
        }
        out + &lines[self.end..].concat()
    }
}

/// Reads every question alone. `None` where what stands around them is broken, too.
fn read_items(layout: &Layout, lines: &[&str], file: &str, defaults: &Defaults) -> Option<Reading> {
    let around = [lines[..layout.starts[0]].concat(), lines[layout.end..].concat()].concat();
    let mut tree = parse(&around, file).ok()?;
    let (mut items, mut broken, mut problems) = (Vec::new(), Vec::new(), Vec::new());
    let mut nodes = 0;
    if lines.iter().any(|line| has_alias(line)) {
        return None;
    }
    for index in 0..layout.starts.len() {
        let range = layout.item(index);
        let shift = u32::try_from(range.start).unwrap_or(u32::MAX);
        match parse(&lines[range.clone()].concat(), file) {
            Ok(Node { value: Value::Seq(mut found), .. }) if found.len() == 1 => {
                nodes += count(&found[0]);
                found[0].shift(shift, 0);
                items.append(&mut found);
            }
            Ok(_) => return None,
            Err(mut problem) => {
                problem.at.line = problem.at.line.max(1) + shift;
                problem.at.path = format!("questions[{index}]");
                let end = range.end.min(lines.len());
                problems
                    .extend(slips(problem, &lines[..end]).into_iter().filter(|slip| slip.at.line > shift));
                broken.push(index);
                items.push(Node { line: shift + 1, column: 1, value: Value::Null });
            }
        }
        if broken.len() > MAX_BROKEN || nodes > MAX_NODES {
            return None;
        }
    }
    if broken.is_empty() {
        return None;
    }
    // The broken ones are left out of the tree, and put in again as mistakes.
    let whole = items.into_iter().enumerate().filter(|(index, _)| !broken.contains(index));
    let list = Node { line: 1, column: 1, value: Value::Seq(whole.map(|(_, item)| item).collect()) };
    let Value::Map(entries) = &mut tree.value else { return None };
    entries.iter_mut().find(|entry| entry.key == "questions")?.value = list;
    let mut sorted = native::sort(&tree, file);
    for index in &broken {
        sorted.questions.insert((*index).min(sorted.questions.len()), None);
    }
    sorted.problems.extend(problems);
    sorted.problems.sort_by_key(|problem| (problem.at.line, problem.at.column));
    Some(Reading::sorted(Format::Yaml, sorted, defaults, |failed| Rest {
        file_name: rest_name(file, Format::Yaml),
        text: layout.cut(lines, failed),
    }))
}

/// Whether something like an alias stands in a line: items that repeat others cannot be read alone, and each of them could
/// be as much work as a file may be.
fn has_alias(line: &str) -> bool {
    line.split('*').skip(1).zip(line.split('*')).any(|(after, before)| {
        before.ends_with([' ', '\t', '[', ',']) && after.starts_with(|c: char| !c.is_whitespace())
    })
}

/// How many spaces a line begins with.
fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// How many nodes a tree has.
fn count(node: &Node) -> usize {
    1 + match &node.value {
        Value::Seq(items) => items.iter().map(count).sum(),
        Value::Map(entries) => entries.iter().map(|entry| count(&entry.value)).sum::<usize>(),
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Str(_) => 0,
    }
}

/// The tree with only these questions.
fn without(tree: &Node, kept: &[usize]) -> Node {
    let keep = |entry: &Entry| match (&*entry.key, entry.value.as_seq()) {
        ("questions", Some(items)) => Entry {
            value: Node {
                value: Value::Seq(kept.iter().filter_map(|index| items.get(*index)).cloned().collect()),
                ..entry.value
            },
            ..entry.clone()
        },
        _ => entry.clone(),
    };
    Node { value: Value::Map(tree.entries().iter().map(keep).collect()), ..*tree }
}

/// Whether lines that were cut out say the same as what was read.
fn is_same(cut: &str, tree: &Node, kept: &[usize]) -> bool {
    parse(cut, "").is_ok_and(|read| read.to_json() == without(tree, kept).to_json())
}

/// The usual slips at or just above the place where the parser gave up, each with the line as it should be; where there
/// is none, what the parser says.
fn slips(problem: Problem, lines: &[&str]) -> Vec<Problem> {
    // Of these it says all there is to say.
    let is_clear = ["yaml-key-twice", "yaml-aliases", "yaml-no-anchor", "yaml-too-deep", "yaml-too-many"];
    let found = if is_clear.contains(&problem.kind) { None } else { slip_at(&problem, lines) };
    vec![found.unwrap_or(problem)]
}

fn slip_at(problem: &Problem, lines: &[&str]) -> Option<Problem> {
    let last = (problem.at.line as usize).min(lines.len());
    // The parser often notices a slip only on the next line. Only of a tab it tells where the text before it began.
    let above = (last.saturating_sub(3)..last).rev();
    let below = last..if problem.kind == "yaml-tab" { lines.len().min(last + 3) } else { last };
    above.chain(below).find_map(|index| {
        let line = lines[index].trim_end();
        let (kind, column, mended) = slip(line)?;
        let place = Place {
            line: u32::try_from(index + 1).unwrap_or(u32::MAX),
            column: u32::try_from(column).unwrap_or(u32::MAX),
            ..problem.at.clone()
        };
        Some(Problem::error(place, kind).found(shown(line)).expected(shown(&mended)))
    })
}

/// A line as a sentence shows it: without its indentation, unless that is of tabs, and not longer than one reads.
fn shown(line: &str) -> String {
    let line = line.trim_start_matches(' ');
    match line.char_indices().nth(MOST_SHOWN) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

/// The slip in a line: its kind, its column, and the line without it.
fn slip(line: &str) -> Option<(&'static str, usize, String)> {
    let column = |at: usize| line[..at].chars().count() + 1;
    let indent = &line[..line.len() - line.trim_start().len()];
    if let Some(tab) = indent.find('\t') {
        return Some(("slip-tab", column(tab), line.replacen('\t', "  ", indent.matches('\t').count())));
    }
    let body = line.trim_start().trim_start_matches("- ");
    let start = line.len() - body.len();
    let key = body.bytes().take_while(|b| b.is_ascii_lowercase() || *b == b'-').count();
    let rest = &body[key..];
    if key > 0 && rest.starts_with('：') {
        let mended = format!("{}: {}", &line[..start + key], rest['：'.len_utf8()..].trim_start());
        return Some(("slip-wide-colon", column(start + key), mended));
    }
    let value = if key > 0 { rest.strip_prefix(": ")?.trim_start() } else { body };
    let at = line.len() - value.len();
    if value.is_empty() || value.starts_with(['"', '\'', '|', '>']) {
        return None;
    }
    let quoted = format!("{}\"{}\"", &line[..at], value.replace('\\', "\\\\").replace('"', "\\\""));
    if let Some(inner) = value.strip_prefix(['“', '”']).map(|inner| inner.trim_end_matches(['”', '“']))
    {
        let mended = format!("{}\"{}\"", &line[..at], inner.replace('\\', "\\\\").replace('"', "\\\""));
        return Some(("slip-quotes", column(at), mended));
    }
    if let Some(colon) = value.find(": ").or_else(|| value.ends_with(':').then(|| value.len() - 1)) {
        return (key > 0).then(|| ("slip-colon", column(at + colon), quoted));
    }
    value
        .starts_with(['`', '@', '%', '&', '*', '!', '[', '{', ']', '}', ','])
        .then(|| ("slip-unquoted", column(at), quoted))
}
