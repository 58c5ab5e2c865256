//! The native format: a bank as YAML, for the built-in bank and for exchange.
//!
//! ```yaml
//! bank: pods-and-controllers   # its id in URLs
//! lang: zh                     # the language of plain strings; zh where it is left out
//! title:
//!   zh: Pod 与 Controller
//!   en: Pods and Controllers
//! license: CC-BY-4.0           # may be left out, as the author
//! author: Doujia
//! questions:
//!   - id: pod-heals-itself     # stable for ever: small letters, digits and single hyphens
//!     kind: true-false         # may be left out where the shape says it; every kind is described in `kinds/`
//!     fact: life-no-selfheal   # what it tests; from here to `scenario` everything but `ask` may be left out
//!     tags: [node-failure]
//!     difficulty: 2            # 1 to 5; 2 where it is left out
//!     misconception: m07       # the belief that it is about
//!     ask:
//!       zh: Node 断电后，裸 Pod 会在别的 Node 上重建。
//!       en: After its Node lost power a bare Pod is created again on another Node.
//!     image:                   # a picture that came with the bank, or comes with it now
//!       file: images/node.png  # its name in the archive
//!       alt:                   # what is on it, for whoever does not see it
//!         zh: 一台断电的 Node
//!         en: A Node without power
//!     answer: false
//!     hint:
//!       zh: 谁来创建它？
//!       en: Who would create it?
//!     explain:
//!       zh: 没有 Controller 会重建它。
//!       en: No controller makes another.
//!     scenario:                # or only a name
//!       run: node-failure-bare-pod
//!       contrast: node-failure
//!       focus: 10m
//!     see: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/
//!     status: draft            # not to be studied yet
//! ```
//!
//! [`read`] finds all mistakes of a file at once, each with its place. [`write`] has one spelling for each bank, so that a
//! bank that was read and written twice is the same text.

use super::kinds::Kind;
use super::library::Source;
use super::reader::{Reader, Spot, nearest};
use super::writer::{Writer, to_yaml};
use super::{Bank, Question, ScenarioRef, image};
use crate::cluster::Millis;
use crate::problem::{Place, Problem};
use crate::text::{Lang, Text};
use crate::yaml::{Node, parse};
use std::collections::HashMap;

/// The longest file, in bytes.
pub const MAX_BYTES: usize = 4 << 20;
/// The most questions of a bank.
pub const MAX_QUESTIONS: usize = 5_000;
/// The most tags of a question.
pub(super) const MAX_TAGS: usize = 20;
/// How hard a question is where its author does not say.
const DIFFICULTY: u8 = 2;

/// The keys of every question, in their canonical order; those of the kind come after `image`.
pub(super) const KEYS: [&str; 13] = [
    "id",
    "kind",
    "fact",
    "tags",
    "difficulty",
    "misconception",
    "ask",
    "image",
    "hint",
    "explain",
    "scenario",
    "see",
    "status",
];

/// Reads a bank, or finds everything that is wrong with it, in the order of the file.
pub fn read(source: &str, file: &str) -> Result<Bank, Vec<Problem>> {
    if source.len() > MAX_BYTES {
        return Err(vec![too_long(source.len(), file)]);
    }
    let tree = parse(source, file).map_err(|problem| vec![problem])?;
    let sorted = sort(&tree, file);
    if !sorted.problems.is_empty() {
        return Err(sorted.problems);
    }
    let problems = sorted.problems;
    let questions: Option<Vec<Question>> = sorted.questions.into_iter().collect();
    match (sorted.header, questions) {
        (Header { lang, slug: Some(slug), title: Some(title), license, author }, Some(questions)) => {
            Ok(Bank { slug, lang, title, license, author, questions })
        }
        _ => Err(problems),
    }
}

/// The problem of a file that is too long to be read.
pub(super) fn too_long(bytes: usize, file: &str) -> Problem {
    let place = Place { file: file.to_owned(), ..Place::default() };
    Problem::error(place, "bank-too-long").found(bytes.to_string()).expected(MAX_BYTES.to_string())
}

/// What can be read of a bank's tree, and what is wrong with the rest.
pub(super) struct Sorted {
    /// What stands above the questions.
    pub(super) header: Header,
    /// The questions in the order of the file; `None` where there is a mistake.
    pub(super) questions: Vec<Option<Question>>,
    /// Where those without a mistake stand.
    pub(super) sources: Vec<Source>,
    /// All mistakes, in the order of the file.
    pub(super) problems: Vec<Problem>,
}

/// What stands above the questions; `None` where it is missing or wrong.
pub(super) struct Header {
    pub(super) slug: Option<String>,
    pub(super) lang: Lang,
    pub(super) title: Option<Text>,
    pub(super) license: Option<String>,
    pub(super) author: Option<String>,
}

/// Reads a bank's tree and keeps every question without a mistake.
pub(super) fn sort(tree: &Node, file: &str) -> Sorted {
    let mut reader = Reader::new(file);
    let root = Spot::root(tree);
    let mut header = Header { slug: None, lang: Lang::Zh, title: None, license: None, author: None };
    let mut questions = Vec::new();
    if reader.keys(&root, &["bank", "lang", "title", "license", "author", "questions"]) {
        header = read_header(&mut reader, &root);
        questions = read_questions(&mut reader, &root);
    }
    let items = tree.get("questions").and_then(Node::as_seq).unwrap_or_default();
    let source = |(index, (question, item)): (usize, (&Option<Question>, &Node))| {
        let id = question.as_ref()?.id.clone();
        Some(Source { id, file: file.to_owned(), path: format!("questions[{index}]"), tree: item.clone() })
    };
    let sources = questions.iter().zip(items).enumerate().filter_map(source).collect();
    Sorted { header, questions, sources, problems: reader.into_problems() }
}

/// Writes a bank in its canonical spelling.
pub fn write(bank: &Bank) -> String {
    let mut writer = Writer::new(Some(bank.lang));
    writer.put("bank", bank.slug.as_str());
    writer.put("lang", bank.lang.code());
    writer.put_text("title", &bank.title);
    writer.put_some("license", bank.license.as_deref());
    writer.put_some("author", bank.author.as_deref());
    writer.put_list("questions", &bank.questions, write_question);
    if bank.questions.is_empty() {
        writer.put("questions", Vec::<String>::new());
    }
    to_yaml(&writer.finish())
}

fn read_header(reader: &mut Reader<'_>, root: &Spot<'_>) -> Header {
    let lang = reader.optional(root, "lang", |reader, at| {
        let lang = at.node.as_str().and_then(Lang::from_code);
        if lang.is_none() {
            reader.wrong(at, "bad-lang", at.node.scalar().unwrap_or_default(), "zh, en");
        }
        lang
    });
    let lang = lang.flatten().unwrap_or(Lang::Zh);
    reader.set_lang(lang);
    let slug = reader.required(root, "bank").and_then(|slug| reader.id(&slug));
    let title = reader.required(root, "title").and_then(|title| reader.text(&title));
    let license = reader.optional(root, "license", Reader::string).flatten();
    let author = reader.optional(root, "author", Reader::string).flatten();
    Header { slug, lang, title, license, author }
}

fn read_questions(reader: &mut Reader<'_>, root: &Spot<'_>) -> Vec<Option<Question>> {
    let Some(list) = reader.required(root, "questions") else { return Vec::new() };
    let Some(spots) = reader.list(&list, 0, MAX_QUESTIONS) else { return Vec::new() };
    let mut lines: HashMap<String, u32> = HashMap::new();
    let mut read = Vec::new();
    for spot in &spots {
        let before = reader.count();
        let question = read_question(reader, spot);
        // A question with a mistake claims its id, too: mended, it will have it.
        let id = spot.node.get("id").and_then(Node::scalar);
        match id.as_ref().and_then(|id| lines.get(id)) {
            Some(line) if question.is_some() => {
                let at = spot.get("id").unwrap_or_else(|| spot.clone());
                reader.wrong(&at, "id-twice", id.unwrap_or_default(), line.to_string());
            }
            Some(_) => {}
            None => {
                lines.extend(id.map(|id| (id, spot.node.line)));
            }
        }
        read.push(question.filter(|_| reader.count() == before));
    }
    // Those beyond the most are mistakes that the list has noted.
    read.resize_with(list.node.as_seq().map_or(0, <[Node]>::len), || None);
    read
}

/// Reads one question.
pub(super) fn read_question(reader: &mut Reader<'_>, at: &Spot<'_>) -> Option<Question> {
    let name = read_kind(reader, at);
    let own = name.and_then(Kind::keys).unwrap_or_default();
    if name.is_some() {
        let known: Vec<&str> = KEYS.iter().chain(own).copied().collect();
        reader.keys(at, &known);
    }
    let id = reader.required(at, "id").and_then(|id| reader.id(&id));
    let ask = reader.required(at, "ask").and_then(|ask| reader.text(&ask));
    let kind = name.and_then(|name| Kind::read(name, reader, at));
    let fact = reader.optional(at, "fact", Reader::id);
    let tags = reader.optional(at, "tags", |reader, list| {
        let tags: Vec<Option<String>> =
            reader.list(list, 0, MAX_TAGS)?.iter().map(|tag| reader.id(tag)).collect();
        tags.into_iter().collect::<Option<Vec<String>>>()
    });
    let difficulty = reader.optional(at, "difficulty", |reader, at| reader.small(at, 1, 5));
    let misconception = reader.optional(at, "misconception", Reader::id);
    let image = reader.optional(at, "image", image::read);
    let hint = reader.optional(at, "hint", Reader::text);
    let explain = reader.optional(at, "explain", Reader::text);
    let scenario = reader.optional(at, "scenario", read_scenario);
    let see = reader.optional(at, "see", |reader, at| {
        let url = reader.string(at)?;
        let fine = url
            .strip_prefix("https://")
            .is_some_and(|rest| !rest.is_empty() && !url.contains(char::is_whitespace));
        if !fine {
            reader.wrong(at, "bad-url", url, "");
            return None;
        }
        Some(url)
    });
    let draft = reader.optional(at, "status", |reader, at| match at.node.as_str() {
        Some("draft") => Some(true),
        _ => {
            reader.wrong(at, "bad-status", at.node.scalar().unwrap_or_default(), "draft");
            None
        }
    });
    Some(Question {
        id: id?,
        kind: kind?,
        fact: fact?,
        tags: tags?.unwrap_or_default(),
        difficulty: difficulty?.unwrap_or(DIFFICULTY),
        ask: ask?,
        image: image?,
        hint: hint?,
        explain: explain?,
        scenario: scenario?,
        see: see?,
        misconception: misconception?,
        draft: draft?.unwrap_or(false),
    })
}

/// The word of a question's kind: what it says, or what its shape says.
fn read_kind(reader: &mut Reader<'_>, at: &Spot<'_>) -> Option<&'static str> {
    let Some(spot) = at.get("kind") else {
        let name = Kind::guess(at.node);
        if name.is_none() {
            reader.wrong(at, "kind-unclear", "", Kind::NAMES.join(", "));
        }
        return name;
    };
    let word = spot.node.scalar().unwrap_or_default();
    let name = Kind::NAMES.iter().find(|name| **name == word).copied();
    if name.is_none() {
        match nearest(&word, Kind::NAMES) {
            Some(near) => reader.wrong(&spot, "bad-kind-near", word, near),
            None => reader.wrong(&spot, "bad-kind", word, Kind::NAMES.join(", ")),
        }
    }
    name
}

fn read_scenario(reader: &mut Reader<'_>, at: &Spot<'_>) -> Option<ScenarioRef> {
    if at.node.as_str().is_some() {
        return Some(ScenarioRef { run: reader.id(at)?, contrast: None, focus: None });
    }
    if !reader.keys(at, &["run", "contrast", "focus"]) {
        return None;
    }
    let run = reader.required(at, "run").and_then(|run| reader.id(&run));
    let contrast = reader.optional(at, "contrast", Reader::id);
    let focus = reader.optional(at, "focus", Reader::time);
    Some(ScenarioRef { run: run?, contrast: contrast?, focus: focus? })
}

/// Writes one question.
pub(super) fn write_question(question: &Question, writer: &mut Writer) {
    writer.put("id", question.id.as_str());
    writer.put("kind", question.kind.name());
    writer.put_some("fact", question.fact.as_deref());
    if !question.tags.is_empty() {
        writer.put("tags", question.tags.clone());
    }
    writer.put("difficulty", question.difficulty);
    writer.put_some("misconception", question.misconception.as_deref());
    writer.put_text("ask", &question.ask);
    if let Some(image) = &question.image {
        writer.put_map("image", |writer| image.write(writer));
    }
    question.kind.write(writer);
    writer.put_some_text("hint", question.hint.as_ref());
    writer.put_some_text("explain", question.explain.as_ref());
    if let Some(scenario) = &question.scenario {
        match scenario {
            ScenarioRef { run, contrast: None, focus: None } => writer.put("scenario", run.as_str()),
            ScenarioRef { run, contrast, focus } => writer.put_map("scenario", |writer| {
                writer.put("run", run.as_str());
                writer.put_some("contrast", contrast.as_deref());
                writer.put_some("focus", focus.map(|at| Millis(at.0).to_string()));
            }),
        }
    }
    writer.put_some("see", question.see.as_deref());
    if question.draft {
        writer.put("status", "draft");
    }
}
