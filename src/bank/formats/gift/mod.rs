//! Moodle GIFT: questions as the importer of Moodle reads them.
//!
//! ```text
//! $CATEGORY: Week 3
//!
//! // A comment. Moodle writes ids and tags here: [id:bare-pod] [tag:node-failure]
//! ::A title:: [markdown] Where is the bare Pod? {
//!   =Where it was        # Why this is right
//!   ~On another Node     # Why this is wrong
//!   ####An explanation
//! }
//!
//! Several right ones {~%50%IP ~%50%Ports ~%-50%Root file system}
//! A statement. {FALSE # what to say to those who were wrong # and to those who were right}
//! Who keeps the count? {=ReplicaSet =RS}
//! How many seconds? {#300:5}
//! From 1 to 5: {#1..5}
//! Which goes with which? {=logs -> DaemonSet =database -> StatefulSet = -> Job}
//! A {=controller} keeps the count of Pods.
//! ```
//!
//! A blank line ends a question. `blocks` cuts the file, `parse` reads a question as Moodle does, `slips` finds what
//! surely was not meant, `html` spells the markup of Moodle's editor as Markdown, `write` is the way back.
//!
//! Two things are read although Moodle refuses or swallows them, because nothing else can be meant: a blank line inside
//! braces, and a question right below a `$CATEGORY:` line. Both are warned of.

mod blocks;
mod html;
mod parse;
mod slips;
#[cfg(test)]
mod tests;
mod write;

pub(super) use write::write;

use super::tree::{self, Ids, Keys};
use super::{Defaults, Format, Reading, Rest, rest_name};
use crate::bank::Question;
use crate::bank::library::Source;
use crate::bank::reader::{Reader, Spot};
use crate::bank::yaml::{self, MAX_QUESTIONS};
use crate::problem::{Place, Problem, Severity};
use crate::yaml::{Node, Value};
use blocks::Block;
use parse::Parsed;

/// Reads a file of questions.
pub(super) fn read(text: &str, file: &str, defaults: &Defaults) -> Reading {
    let mut import = Import {
        file,
        defaults,
        problems: Vec::new(),
        questions: Vec::new(),
        sources: Vec::new(),
        ids: Ids::default(),
        folder: None,
    };
    let mut rest: Vec<String> = Vec::new();
    for (count, block) in blocks::blocks(text).iter().enumerate() {
        if count == MAX_QUESTIONS {
            let problem =
                Problem::error(import.place(block.first_line()), "too-many").found((count + 1).to_string());
            import.problems.push(problem.expected(MAX_QUESTIONS.to_string()));
            break;
        }
        let before = import.problems.len();
        let parts = block.parts();
        if let [_, question] = parts.as_slice() {
            let problem = Problem::warning(import.place(question.first_line()), "gift-category-swallows");
            import.problems.push(problem);
        }
        for part in &parts {
            import.block(part);
        }
        if import.problems[before..].iter().any(|problem| problem.severity == Severity::Error) {
            rest.push(block.source());
        }
    }
    let Import { mut problems, questions, sources, ids, .. } = import;
    if questions.is_empty() && problems.is_empty() {
        problems.push(Problem::error(Place { file: file.to_owned(), ..Place::default() }, "no-questions"));
    }
    let bank = (!questions.is_empty()).then(|| defaults.bank(questions));
    let failed = rest.len();
    let rest = (!rest.is_empty())
        .then(|| Rest { file_name: rest_name(&defaults.slug, Format::Gift), text: rest.join("\n\n") + "\n" });
    Reading {
        bank,
        rest,
        failed,
        sources,
        derived: ids.into_made(),
        ..Reading::refused(Format::Gift, problems)
    }
}

/// What has been read of a file.
struct Import<'f> {
    file: &'f str,
    defaults: &'f Defaults,
    problems: Vec<Problem>,
    questions: Vec<Question>,
    sources: Vec<Source>,
    ids: Ids,
    /// The tag of the folder that questions now belong to.
    folder: Option<String>,
}

impl Import<'_> {
    fn place(&self, line: u32) -> Place {
        Place { file: self.file.to_owned(), line, ..Place::default() }
    }

    fn block(&mut self, block: &Block<'_>) {
        match parse::parse(block, self.file, self.defaults.lang, &mut self.problems) {
            Parsed::Nothing => {}
            Parsed::Category(path) => {
                let folders = path.rsplit('/').map(str::trim);
                let named =
                    folders.filter(|part| !part.is_empty() && !part.starts_with('$') && *part != "top");
                self.folder = named.map(tree::tag_from).next().flatten();
            }
            Parsed::Question(keys, name) => self.question(block, *keys, &name),
        }
    }

    fn question(&mut self, block: &Block<'_>, mut keys: Keys, name: &parse::Name) {
        let at = keys.at();
        let tags = self.tags(block, at);
        if !tags.is_empty() {
            keys.put("tags", tree::node(at, Value::Seq(tags)));
        }
        let (id, line) = match &name.given {
            Some((given, line)) => (tree::tag_from(given).unwrap_or_else(|| tree::id_from(given)), *line),
            None => (self.ids.free(&name.derived), at.0),
        };
        keys.put("id", tree::string((line, 0), id));
        let node = keys.into_node();
        let mut reader = Reader::new(self.file);
        reader.set_lang(self.defaults.lang);
        let question = yaml::read_question(&mut reader, &Spot::root(&node));
        let is_clean = reader.is_clean();
        self.problems.extend(reader.into_problems());
        let Some(question) = question.filter(|_| is_clean) else { return };
        match self.ids.take(&question.id, line) {
            Some(earlier) => {
                let problem = Problem::error(self.place(line), "id-twice").found(question.id);
                self.problems.push(problem.expected(earlier.to_string()));
            }
            None => {
                self.sources.push(Source::at_line(&question.id, self.file, at.0));
                self.questions.push(question);
            }
        }
    }

    /// The tags of a question's comments, and that of its folder.
    fn tags(&mut self, block: &Block<'_>, at: tree::At) -> Vec<Node> {
        let mut tags: Vec<(String, u32)> = Vec::new();
        for (words, line) in parse::tags(block) {
            match tree::tag_from(&words) {
                Some(tag) => tags.push((tag, line)),
                None => self.problems.push(Problem::warning(self.place(line), "gift-tag-lost").found(words)),
            }
        }
        tags.extend(self.folder.iter().map(|folder| (folder.clone(), at.0)));
        let mut seen: Vec<String> = Vec::new();
        tags.retain(|(tag, _)| {
            !seen.contains(tag) && {
                seen.push(tag.clone());
                true
            }
        });
        tags.into_iter().map(|(tag, line)| tree::string((line, 0), tag)).collect()
    }
}
