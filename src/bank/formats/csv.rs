//! CSV: a table with a comma, semicolon or tab between its cells.
//!
//! `csv` cuts records and resolves quotes. What is added here: which sign separates, where a record really stands when
//! cells have several lines, a quote that is never closed, and formulas. A cell that a spreadsheet would take for a
//! formula gets an apostrophe in front when it is written, and loses it when it is read.

use super::table::{self, MOST_COLUMNS, Row};
use super::{Defaults, Format, Lost, Reading};
use crate::bank::Bank;
use crate::problem::{Place, Problem};
use csv::{ReaderBuilder, StringRecord, Terminator, WriterBuilder};

/// The byte order mark: without it Excel takes Chinese for something else.
const BOM: char = '\u{feff}';

/// Reads a file of questions.
pub(super) fn read(text: &str, file: &str, defaults: &Defaults) -> Reading {
    let mut problems = Vec::new();
    let line = first_line(text);
    if !line.contains([',', ';', '\t']) && line.contains(['，', '；']) {
        let place = Place { file: file.to_owned(), line: 1, ..Place::default() };
        let mended = line.trim().replace(['，', '；'], ",");
        return Reading::refused(Format::Csv, vec![Problem::error(place, "csv-full-width").expected(mended)]);
    }
    let rows = rows(text, file, &mut problems);
    table::read(&rows, Format::Csv, file, defaults, problems)
}

/// Writes a bank, and lists what is not in the file.
pub(super) fn write(bank: &Bank) -> (String, Vec<Lost>) {
    let (rows, lost) = table::write(bank);
    (spell(rows.iter().map(Vec::as_slice)), lost)
}

/// Writes rows as Excel expects them.
pub(super) fn spell<'r>(rows: impl Iterator<Item = &'r [String]>) -> String {
    let mut writer = WriterBuilder::new().flexible(true).terminator(Terminator::CRLF).from_writer(Vec::new());
    for row in rows {
        // Writing to memory does not fail.
        let _ = writer.write_record(row.iter().map(|cell| neutral(cell)));
    }
    let bytes = writer.into_inner().unwrap_or_default();
    format!("{BOM}{}", String::from_utf8(bytes).unwrap_or_default())
}

/// Whether a spreadsheet takes a cell that begins so for a formula.
fn is_formula(cell: &str) -> bool {
    cell.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'])
}

/// A cell that no spreadsheet takes for a formula.
pub(super) fn neutral(cell: &str) -> String {
    if is_formula(cell) { format!("'{cell}") } else { cell.to_owned() }
}

/// What [`neutral`] was given.
pub(super) fn plain(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| is_formula(rest)).unwrap_or(cell)
}

/// The first line that is not blank.
fn first_line(text: &str) -> &str {
    text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default()
}

/// The sign between cells: what stands most often in the first line, outside quotes. Excel may say it in a line `sep=;`.
fn separator(text: &str) -> (u8, usize) {
    let line = first_line(text);
    if let Some(sign) = line.trim().to_ascii_lowercase().strip_prefix("sep=")
        && let [sign] = sign.as_bytes()
    {
        let begin = text.find(line).unwrap_or_default() + line.len();
        return (*sign, begin);
    }
    let mut quoted = false;
    let mut counts = [(b',', 0), (b'\t', 0), (b';', 0)];
    for byte in line.bytes() {
        quoted ^= byte == b'"';
        for (sign, count) in &mut counts {
            *count += usize::from(!quoted && byte == *sign);
        }
    }
    // The first of equals.
    let best = counts.iter().rev().max_by_key(|(_, count)| *count);
    (best.map_or(b',', |(sign, _)| *sign), 0)
}

/// The records with their places.
fn rows(text: &str, file: &str, problems: &mut Vec<Problem>) -> Vec<Row> {
    let text = text.strip_prefix(BOM).unwrap_or(text);
    let (separator, begin) = separator(text);
    let body = &text[begin..];
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator)
        .from_reader(body.as_bytes());
    let mut rows = Vec::new();
    let mut record = StringRecord::new();
    let mut line = 1 + count_lines(&text[..begin]);
    // Line ends inside cells are no rows of a spreadsheet.
    let mut inside = 0;
    let mut at = 0;
    loop {
        match reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                let place = Place { file: file.to_owned(), line, ..Place::default() };
                problems.push(Problem::error(place, "csv-broken").found(error.to_string()));
                break;
            }
        }
        let end = usize::try_from(reader.position().byte()).unwrap_or(usize::MAX).min(body.len());
        let whole = body.get(at..end).unwrap_or_default();
        let raw = whole.trim_start_matches(['\r', '\n']);
        line += count_lines(&whole[..whole.len() - raw.len()]);
        let cells: Vec<String> =
            record.iter().take(MOST_COLUMNS).map(|cell| plain(cell).to_owned()).collect();
        if end == body.len()
            && raw.matches('"').count() % 2 == 1
            && cells.iter().any(|cell| cell.contains('\n'))
        {
            let place = Place { file: file.to_owned(), line, ..Place::default() };
            let begin: String = raw.split('"').nth(1).unwrap_or_default().chars().take(30).collect();
            problems.push(
                Problem::error(place, "csv-open-quote").found(begin.lines().next().unwrap_or_default()),
            );
            break;
        }
        let lines = count_lines(raw.trim_end_matches(['\r', '\n']));
        rows.push(Row { number: line - inside, line, cells, broken: false });
        inside += lines;
        line += count_lines(raw);
        at = end;
    }
    rows
}

fn count_lines(text: &str) -> u32 {
    u32::try_from(text.matches('\n').count()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Severity;
    use crate::text::Lang;

    fn places(text: &str) -> Vec<(u32, u32, Vec<String>)> {
        let mut problems = Vec::new();
        let rows = rows(text, "", &mut problems);
        assert!(problems.is_empty(), "{problems:?}");
        rows.into_iter().map(|row| (row.number, row.line, row.cells)).collect()
    }

    fn cells(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn a_record_stands_where_it_begins_even_behind_cells_of_several_lines() {
        assert_eq!(
            places("a,b\n\n\"x\ny\",z\r\nc,\"d \"\"e\"\"\"\n"),
            [(1, 1, cells(&["a", "b"])), (3, 3, cells(&["x\ny", "z"])), (4, 5, cells(&["c", "d \"e\""]))]
        );
    }

    #[test]
    fn the_separator_is_found() {
        assert_eq!(places("a;b,c;d\n")[0].2, cells(&["a", "b,c", "d"]));
        assert_eq!(places("a\tb\n")[0].2, cells(&["a", "b"]));
        assert_eq!(places("\u{feff}sep=;\na;b\n"), [(2, 2, cells(&["a", "b"]))]);
        assert_eq!(places("\"a;b;c\",d\n")[0].2, cells(&["a;b;c", "d"]));
    }

    #[test]
    fn formulas_are_neutralised_and_come_back() {
        for cell in ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "'=x", "''-x", "＝x"] {
            assert_eq!(neutral(cell), format!("'{cell}"));
            assert_eq!(plain(&neutral(cell)), cell);
        }
        for cell in ["x", "'x", "", "1-1", "'"] {
            assert_eq!((neutral(cell).as_str(), plain(cell)), (cell, cell));
        }
    }

    #[test]
    fn full_width_commas_separate_nothing() {
        let defaults = Defaults { slug: "b".into(), lang: Lang::Zh, title: None, wrong: Vec::new() };
        let reading = read("题目，答案\n问，对\n", "f.csv", &defaults);
        let found: Vec<_> = reading.problems.iter().map(|p| (p.kind, p.expected.as_str())).collect();
        assert_eq!(found, [("csv-full-width", "题目,答案")]);
    }

    #[test]
    fn a_quote_that_is_never_closed_is_located() {
        let defaults = Defaults { slug: "b".into(), lang: Lang::En, title: None, wrong: Vec::new() };
        let reading = read("question,answer\nA,TRUE\nB,\"TRUE\nC,FALSE\nD,TRUE\n", "f.csv", &defaults);
        let found: Vec<_> = reading.problems.iter().map(|p| (p.kind, p.severity, p.at.line)).collect();
        assert_eq!(found, [("csv-open-quote", Severity::Error, 3)]);
        assert_eq!(reading.bank.unwrap().questions.len(), 1, "what stands before is read");
    }
}
