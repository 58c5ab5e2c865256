//! The native Markdown: what is quick to write by hand.
//!
//! ````markdown
//! ---
//! bank: week-3
//! lang: zh
//! title: 第三周 | Week 3
//! license: CC-BY-4.0
//! author: Doujia
//! ---
//!
//! ## 裸 Pod 的 Node 断电十分钟后，它在哪里？ {#bare-pod-dead-node tags="node-failure m07" difficulty=3}
//! en: Ten minutes after its Node lost power, where is this bare Pod?
//! ![断电的 Node | A Node without power](images/node.png)
//! - [ ] 在另一个 Node 上 | On another Node {#moved misconception=m07 scenario=node-failure-bare-pod}
//!   > Pod 从不迁移。 | Pods are never moved.
//! - [x] 还在原处 | Still there {#terminating}
//! 解析: 没有 Controller 会重建它。
//! explain: No controller makes another.
//! 提示: 谁来创建它？
//! 场景: node-failure-bare-pod + node-failure @ 10m
//! 参见: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/
//!
//! ## 同一 Pod 的容器共享什么？ {#pod-shares shuffle=false}
//! - [x] IP
//! - [x] 端口空间 {weight=2}
//! - [ ] 根文件系统
//!
//! ## 被删除的裸 Pod 会被重建。 {#bare-pod-comes-back}
//! 答案: 错
//! > 没有 Controller 看管它。
//!
//! ## Deployment 通过什么对象维持 Pod 的数量？ {#who-keeps-the-count}
//! 答案: ReplicaSet / 副本集 | ReplicaSet / RS
//!
//! ## Node 不可达后，默认容忍它的 Pod 多久？ {#default-toleration}
//! 答案: 300 ± 5
//! 单位: s
//!
//! ## 补全这句话。 {#smallest-unit}
//! 填空: [[Pod|容器组]] 是 Kubernetes 管理的最小单位。
//!
//! ## Pod 是什么？ {#what-is-a-pod}
//! 背面: |
//!   Kubernetes 创建和管理的最小单位。
//!
//!   它的容器共享一个 IP。
//!
//! ## 删除 Pod 时，下面这些按什么顺序发生？ {#how-a-pod-ends}
//! 1. preStop 钩子
//! 2. 发送 SIGTERM
//! 3. 发送 SIGKILL
//!
//! ## 哪种工作用哪个 Controller？ {#which-controller}
//! - 每个 Node 上的日志代理 -> DaemonSet
//! - 数据库 -> StatefulSet
//! - -> Job
//!
//! ## 断电 90 秒后，有几个 Pod 就绪？ {#ready-after-failure}
//! 预测: deployment('web').ready @ 1m50s {scenario=node-failure}
//! - [ ] @ 10s
//!   > 那是断电之前。
//! - [ ] pods().size() {scenario=node-failure-bare-pod}
//! ````
//!
//! * The head may be left out, and every line of it: then the bank is called as whoever uploads it says.
//! * A question begins with `##`. Behind the words stand, in braces, its id (`#…`; without one it is derived from the
//!   words) and `tags`, `fact`, `difficulty`, `misconception`, `status`, `kind`, `shuffle` and `show`. A choice, an item, a
//!   pair and a wrong value have an id in the same way, and a choice `weight`, `misconception` and `scenario`.
//! * Words are in the bank's language; `a | b` is that language and the other. A Chinese key and its English twin in one
//!   question are the two languages. `zh:` and `en:` say what is asked.
//! * `key: |` is followed by words of several lines, two spaces to the right. `"…"` are words with signs that would mean
//!   something: `\"`, `\\`, `\n`, `\t`, `\u{2028}`. A bar that is only a bar is `\|`.
//! * `![what is on it](its name)` on a line of its own is the picture of the question, a file that comes in the same archive.
//! * Every key has a Chinese and an English word, and the colon, bar, brackets and number signs may be full-width. Choices
//!   may also be `A.` `B.` `C.` with `答案: B`.
//!
//! [`read`] makes the tree of the native YAML of it, with the places of these lines. [`write`] has one spelling for each
//! bank, so that a bank that was read and written twice is the same text.

mod head;
mod line;
mod question;
mod write;

pub(super) use write::write;

use super::{Defaults, Format, Reading, Rest, native, rest_name};
use crate::problem::{Place, Problem};
use crate::text::Lang;
use crate::yaml::{Entry, Node, Value};
use std::collections::BTreeSet;

/// A place in the file: line and column, both from 1.
#[derive(Clone, Copy)]
struct At {
    line: u32,
    column: u32,
}

impl At {
    /// Where a part of a line begins. `part` is a slice of `line`, or any other string for the beginning.
    fn of(index: usize, line: &str, part: &str) -> At {
        let offset = (part.as_ptr() as usize).saturating_sub(line.as_ptr() as usize);
        let column = line.get(..offset).map_or(0, |before| before.chars().count());
        let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX - 1) + 1;
        At { line: small(index), column: small(column) }
    }

    fn node(self, value: Value) -> Node {
        Node { line: self.line, column: self.column, value }
    }

    fn string(self, words: impl Into<String>) -> Node {
        self.node(Value::Str(words.into()))
    }

    fn map(self, entries: Vec<Entry>) -> Node {
        self.node(Value::Map(entries))
    }

    fn entry(self, key: &str, value: Node) -> Entry {
        Entry { key: key.to_owned(), line: self.line, column: self.column, value }
    }
}

/// What all questions of a file share while it is read.
struct Sheet<'a> {
    file: &'a str,
    lang: Lang,
    lines: &'a [&'a str],
    /// Whether a line stands in a fence, where nothing means anything.
    fenced: Vec<bool>,
    problems: Vec<Problem>,
    /// Ids that were made of words.
    derived: BTreeSet<String>,
}

impl Sheet<'_> {
    fn place(&self, at: At) -> Place {
        Place { file: self.file.to_owned(), line: at.line, column: at.column, path: String::new() }
    }

    /// Notes an error.
    fn wrong(&mut self, at: At, kind: &'static str, found: &str, expected: &str) {
        let found: String = found.trim().chars().take(120).collect();
        self.problems.push(Problem::error(self.place(at), kind).found(found).expected(expected));
    }

    /// Notes a slip that was understood: the line as it stands, and as it should be.
    fn slip(&mut self, at: At, kind: &'static str, found: &str, expected: &str) {
        let found: String = found.trim().chars().take(120).collect();
        self.problems.push(Problem::warning(self.place(at), kind).found(found).expected(expected));
    }

    /// Notes a tab at the beginning of a line, which counts as two spaces.
    fn tab(&mut self, index: usize) {
        let line = self.lines[index];
        let tabs = line.len() - line.trim_start_matches('\t').len();
        let (shown, mended) = ("⇥".repeat(tabs), "  ".repeat(tabs));
        let words = line.trim();
        self.slip(
            At::of(index, line, line),
            "slip-indent-tab",
            &format!("{shown}{words}"),
            &format!("{mended}{words}"),
        );
    }

    /// Words in one language or two as a node.
    fn text(&mut self, at: At, words: &str) -> Node {
        let mut sides = line::sides(words);
        if sides.len() == 1 {
            return at.string(sides.remove(0));
        }
        if sides.len() > 2 {
            self.wrong(at, "md-too-many-sides", words, "");
        }
        let named =
            sides.into_iter().zip([self.lang, self.lang.other()]).filter(|(words, _)| !words.is_empty());
        at.map(named.map(|(words, lang)| at.entry(lang.code(), at.string(words))).collect())
    }
}

/// Reads a bank.
pub(super) fn read(text: &str, file: &str, defaults: &Defaults) -> Reading {
    let lines: Vec<&str> = text.lines().collect();
    let fenced = fences(&lines);
    let starts: Vec<usize> =
        (0..lines.len()).filter(|index| !fenced[*index] && line::is_question(lines[*index])).collect();
    let first = starts.first().copied().unwrap_or(lines.len());
    let mut sheet = Sheet {
        file,
        lang: defaults.lang,
        lines: &lines,
        fenced,
        problems: Vec::new(),
        derived: BTreeSet::new(),
    };
    let mut root = head::read(&mut sheet, first, defaults);
    let end = |index: usize| starts.get(index + 1).copied().unwrap_or(lines.len());
    let mut items = Vec::new();
    let mut wrong = Vec::new();
    for (index, start) in starts.iter().enumerate() {
        let before = sheet.problems.len();
        items.push(question::read(&mut sheet, *start, end(index)));
        wrong.push(sheet.problems[before..].iter().any(Problem::is_error));
    }
    let top = At { line: 1, column: 1 };
    if starts.is_empty() {
        sheet.wrong(At::of(lines.len().saturating_sub(1), "", ""), "md-no-question", "", "");
    }
    root.push(top.entry("questions", top.node(Value::Seq(items))));
    let mut sorted = native::sort(&top.map(root), file);
    for (question, wrong) in sorted.questions.iter_mut().zip(wrong) {
        question.take_if(|_| wrong);
    }
    sorted.problems.append(&mut sheet.problems);
    sorted.problems.sort_by_key(|problem| (problem.at.line, problem.at.column));
    let derived = sheet.derived;
    let reading = Reading::sorted(Format::Markdown, sorted, defaults, |failed| {
        let mut kept: Vec<&str> = lines[..first].to_vec();
        kept.extend(failed.iter().flat_map(|index| &lines[starts[*index]..end(*index)]));
        Rest { file_name: rest_name(file, Format::Markdown), text: kept.join("\n") + "\n" }
    });
    Reading { derived, ..reading }
}

/// Which lines stand in a fence of code. A fence that is never closed is none.
fn fences(lines: &[&str]) -> Vec<bool> {
    let mut fenced = vec![false; lines.len()];
    let is_fence = |line: &str| line.starts_with("```");
    let mut marks: Vec<usize> = (0..lines.len()).filter(|index| is_fence(lines[*index])).collect();
    if marks.len() % 2 == 1 {
        marks.pop();
    }
    for pair in marks.chunks(2) {
        fenced[pair[0]..=pair[1]].fill(true);
    }
    fenced
}
