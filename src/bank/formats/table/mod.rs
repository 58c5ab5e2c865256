//! Questions in a table: what CSV and XLSX have in common.
//!
//! The first row that is not blank names the columns, in Chinese or English, in any order; every further row is a question.
//!
//! ```text
//! 题型   题目               选项A   选项B     答案   解析
//! 单选   裸 Pod 在哪里？    原处    别的 Node  A     没有 Controller 重建它。
//! ```
//!
//! | Column | What it holds |
//! |---|---|
//! | `question` 题目 | What is asked. Needed, unless there is a sentence with gaps. |
//! | `kind` 题型 | May be left out where the row says it. |
//! | `choice A`… 选项A… | Choices; items in their right order; pairs as `left -> right`, and `-> right` for what goes with nothing. |
//! | `answer` 答案 | Letters of the right choices; `TRUE`/对; accepted words with a bar or a line end between; a number as `300`, `300±5` or `295..305`. |
//! | `why A`… 理由A… | Why a choice is right or wrong; `why` 理由 in a statement. |
//! | `cloze` 填空 | A sentence with gaps, as in `A [[Pod]] is …`. |
//! | `back` 背面 | The back of a flashcard. |
//! | `explain` 解析, `hint` 提示, `tags` 标签, `difficulty` 难度, `fact` 知识点, … | As in every format. |
//!
//! A name with `_zh` or `_en` behind it (`题目_en`) is the same in that language; without, it is in the language of the bank.
//!
//! A problem says the line of the file and the name of the cell (`C7`).

mod columns;
mod rows;
#[cfg(test)]
mod tests;
mod write;

pub(super) use write::write;

/// The bank that is downloaded to begin with: a question of every kind that a table can hold.
pub(super) fn template(lang: Lang) -> &'static str {
    match lang {
        Lang::Zh => include_str!("template.zh.yaml"),
        Lang::En => include_str!("template.en.yaml"),
    }
}

use super::tree::{self, Ids};
use super::{Defaults, Format, Reading, Rest, rest_name};
use crate::bank::Question;
use crate::bank::library::Source;
use crate::bank::reader::{Reader, Spot};
use crate::bank::yaml::{self, MAX_QUESTIONS};
use crate::problem::{Place, Problem, Severity};
use crate::text::Lang;
use columns::{Column, Field};
use rows::Cells;

/// At most so many columns are looked at.
pub(super) const MOST_COLUMNS: usize = 200;

/// A row of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Row {
    /// Its number in a spreadsheet, from 1.
    pub(super) number: u32,
    /// Its line in the file, from 1.
    pub(super) line: u32,
    /// What its cells say.
    pub(super) cells: Vec<String>,
    /// Whether one of them shows nothing but an error, which was told already.
    pub(super) broken: bool,
}

/// What is wrong with a cell.
struct Fault {
    at: tree::At,
    kind: &'static str,
    found: String,
    expected: String,
}

impl Fault {
    fn error(at: tree::At, kind: &'static str) -> Fault {
        Fault { at, kind, found: String::new(), expected: String::new() }
    }

    fn found(mut self, found: &str) -> Fault {
        self.found = found.to_owned();
        self
    }

    fn expected(mut self, expected: impl Into<String>) -> Fault {
        self.expected = expected.into();
        self
    }
}

/// The letters of a column, from 1: `A`, …, `Z`, `AA`, …
pub(super) fn cell_letters(column: u32) -> String {
    let mut letters = Vec::new();
    let mut left = column;
    while left > 0 {
        letters.push(char::from(b'A' + ((left - 1) % 26) as u8));
        left = (left - 1) / 26;
    }
    letters.iter().rev().collect()
}

/// The name of a cell: `C7`; only the row where there is no column.
fn cell_name(row: u32, column: u32) -> String {
    format!("{}{row}", cell_letters(column))
}

/// Reads a table. `problems` were found while its cells were.
pub(super) fn read(
    rows: &[Row],
    format: Format,
    file: &str,
    defaults: &Defaults,
    problems: Vec<Problem>,
) -> Reading {
    let mut table = Table { file, problems, questions: Vec::new(), sources: Vec::new(), ids: Ids::default() };
    let mut failed: Vec<&Row> = Vec::new();
    let filled = |row: &&Row| row.cells.iter().any(|cell| !cell.trim().is_empty());
    let mut filled = rows.iter().filter(filled);
    let header = filled.next();
    match header.map(|header| (header, table.columns(header))) {
        None => table.note(&Row::default(), 0, Severity::Error, "no-questions", "", ""),
        Some((_, None)) => {}
        Some((_, Some(columns))) => {
            for row in filled.by_ref().take(MAX_QUESTIONS) {
                if !table.row(row, &columns, defaults) {
                    failed.push(row);
                }
            }
            let beyond: Vec<&Row> = filled.collect();
            if let Some(first) = beyond.first() {
                let (all, most) = ((MAX_QUESTIONS + beyond.len()).to_string(), MAX_QUESTIONS.to_string());
                table.note(first, 0, Severity::Error, "too-many", &all, &most);
                failed.extend(beyond);
            }
            if failed.is_empty() && table.questions.is_empty() {
                table.note(&Row::default(), 0, Severity::Error, "no-questions", "", "");
            }
        }
    }
    let count = failed.len();
    let rest = header.filter(|_| !failed.is_empty()).map(|header| Rest {
        file_name: rest_name(&defaults.slug, Format::Csv),
        text: super::csv::spell(std::iter::once(header).chain(failed).map(|row| row.cells.as_slice())),
    });
    let Table { problems, questions, sources, ids, .. } = table;
    let bank = (!questions.is_empty()).then(|| defaults.bank(questions));
    Reading {
        bank,
        rest,
        failed: count,
        sources,
        derived: ids.into_made(),
        ..Reading::refused(format, problems)
    }
}

/// What has been read of a table.
struct Table<'f> {
    file: &'f str,
    problems: Vec<Problem>,
    questions: Vec<Question>,
    sources: Vec<Source>,
    ids: Ids,
}

impl Table<'_> {
    /// Notes something about a cell, by the number of its column, or about the whole row.
    fn note(
        &mut self,
        row: &Row,
        column: u32,
        severity: Severity,
        kind: &'static str,
        found: &str,
        expected: &str,
    ) {
        let path = if row.number == 0 { String::new() } else { cell_name(row.number, column) };
        let at = Place { file: self.file.to_owned(), line: row.line, column: 0, path };
        let (found, expected) = (found.to_owned(), expected.to_owned());
        self.problems.push(Problem { at, kind, severity, found, expected });
    }

    /// What the columns hold. `None` where none of them asks anything, so that this is no header.
    fn columns(&mut self, header: &Row) -> Option<Vec<Option<Column>>> {
        let mut columns: Vec<Option<Column>> = Vec::new();
        let mut unknown = Vec::new();
        for (index, name) in header.cells.iter().enumerate().take(MOST_COLUMNS) {
            let column = Column::from_header(name);
            let at = index as u32 + 1;
            if column.is_none() && !name.trim().is_empty() {
                unknown.push((at, name.trim()));
            }
            let is_twice = column.is_some() && columns.contains(&column);
            if is_twice {
                self.note(header, at, Severity::Warning, "table-column-twice", name.trim(), "");
            }
            columns.push(column.filter(|_| !is_twice));
        }
        let asks = |column: &Column| matches!(column.field, Field::Ask | Field::Cloze);
        if !columns.iter().flatten().any(asks) {
            let names: Vec<&str> =
                header.cells.iter().map(|cell| cell.trim()).filter(|cell| !cell.is_empty()).collect();
            let found: String = names.join(", ").chars().take(80).collect();
            self.note(header, 0, Severity::Error, "table-no-question-column", &found, "题目, question");
            return None;
        }
        for (at, name) in unknown {
            match Column::nearest(name) {
                Some(near) => {
                    self.note(header, at, Severity::Warning, "table-unknown-column-near", name, near);
                }
                None => self.note(header, at, Severity::Warning, "table-unknown-column", name, ""),
            }
        }
        Some(columns)
    }

    /// Reads a row. Says whether it is a question now.
    fn row(&mut self, row: &Row, columns: &[Option<Column>], defaults: &Defaults) -> bool {
        let beyond =
            row.cells.iter().enumerate().skip(columns.len()).find(|(_, cell)| !cell.trim().is_empty());
        if let Some((index, cell)) = beyond {
            let found: String = cell.trim().chars().take(40).collect();
            let expected = columns.len().to_string();
            self.note(row, index as u32 + 1, Severity::Error, "table-too-many-cells", &found, &expected);
            return false;
        }
        let mut faults = Vec::new();
        let question = Cells { row, columns, lang: defaults.lang }.question(&mut faults);
        for fault in faults {
            self.note(row, fault.at.1, Severity::Error, fault.kind, &fault.found, &fault.expected);
        }
        let Some((mut keys, name)) = question else { return false };
        if !keys.has("id") {
            keys.put("id", tree::string(keys.at(), self.ids.free(&name)));
        }
        let node = keys.into_node();
        let mut reader = Reader::new(self.file);
        reader.set_lang(defaults.lang);
        let question = yaml::read_question(&mut reader, &Spot::root(&node));
        let is_clean = reader.is_clean();
        for problem in reader.into_problems() {
            self.note(
                row,
                problem.at.column,
                problem.severity,
                problem.kind,
                &problem.found,
                &problem.expected,
            );
        }
        let Some(question) = question.filter(|_| is_clean) else { return false };
        if let Some(earlier) = self.ids.take(&question.id, row.line) {
            let column = node.get("id").map_or(0, |id| id.column);
            self.note(row, column, Severity::Error, "id-twice", &question.id, &earlier.to_string());
            return false;
        }
        if row.broken {
            return false;
        }
        self.sources.push(Source::at_line(&question.id, self.file, row.line));
        self.questions.push(question);
        true
    }
}
