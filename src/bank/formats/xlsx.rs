//! XLSX: a table as Excel and its kin store it.
//!
//! `calamine` reads the cells one by one, so that two cells at opposite corners of a sheet do not take the room of all
//! between them. The archive is measured first ([`super::zip::measure`]), as the reader believes what it says.

use super::csv::{neutral, plain};
use super::table::{self, MOST_COLUMNS, Row};
use super::{Defaults, Format, Lost, Reading};
use crate::bank::Bank;
use crate::bank::yaml::MAX_QUESTIONS;
use crate::problem::{Place, Problem};
use calamine::{DataRef, Reader, Xlsx, XlsxError};
use rust_xlsxwriter::{Format as Style, FormatAlign, Workbook, XlsxError as WriteError};
use std::collections::BTreeMap;
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// At most so many cells are read.
const MOST_CELLS: usize = 300_000;
/// The longest cell, in bytes; longer ones are cut, and refused as too long a text.
const MOST_CELL: usize = 40_000;
/// Sheets that are read instead of the first.
const SHEETS: [&str; 6] = ["questions", "question", "题目", "题库", "试题", "quiz"];

/// Reads a workbook of questions.
pub(super) fn read(bytes: &[u8], file: &str, defaults: &Defaults) -> Reading {
    let mut problems = Vec::new();
    let rows = super::zip::measure(bytes, file).and_then(|()| {
        // The reader stumbles over some broken files, such as a sheet that ends before it begins; nothing of it is left then.
        let read = catch_unwind(AssertUnwindSafe(|| rows(bytes, file, &mut problems)));
        let broken = |why: String| {
            Problem::error(Place { file: file.to_owned(), ..Place::default() }, "xlsx-broken").found(why)
        };
        match read {
            Ok(rows) => rows.map_err(|error| broken(error.to_string())),
            Err(stumbled) => Err(broken(stumbled.downcast_ref::<&str>().unwrap_or(&"?").to_string())),
        }
    });
    match rows {
        Ok(rows) => table::read(&rows, Format::Xlsx, file, defaults, problems),
        Err(problem) => Reading::refused(Format::Xlsx, vec![problem]),
    }
}

/// The rows of the sheet called *questions* or 题目, or of the first.
fn rows(bytes: &[u8], file: &str, problems: &mut Vec<Problem>) -> Result<Vec<Row>, XlsxError> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes))?;
    let names = book.sheet_names();
    let named = names.iter().find(|name| SHEETS.contains(&name.trim().to_lowercase().as_str()));
    let Some(sheet) = named.or(names.first()) else { return Ok(Vec::new()) };
    let mut cells = book.worksheet_cells_reader(sheet)?;
    let mut rows: BTreeMap<u32, Row> = BTreeMap::new();
    for _ in 0..MOST_CELLS {
        let Some(cell) = cells.next_cell()? else { break };
        let (row, column) = cell.get_position();
        let is_error = matches!(cell.get_value(), DataRef::Error(_));
        let text = shown(cell.get_value());
        let column = column as usize;
        if text.is_empty()
            || column >= MOST_COLUMNS
            || (rows.len() > MAX_QUESTIONS + 1 && !rows.contains_key(&row))
        {
            continue;
        }
        if is_error {
            let path = format!("{}{}", table::cell_letters(column as u32 + 1), row + 1);
            let place = Place { file: file.to_owned(), line: row + 1, column: 0, path };
            problems.push(Problem::error(place, "xlsx-cell-error").found(text.as_str()));
        }
        let row = rows.entry(row).or_insert_with(|| Row { number: row + 1, line: row + 1, ..Row::default() });
        row.broken |= is_error;
        if row.cells.len() <= column {
            row.cells.resize(column + 1, String::new());
        }
        row.cells[column] = plain(&text).to_owned();
    }
    Ok(rows.into_values().collect())
}

/// A value as a person sees it: 3 and not 3.0, and no more digits than Excel keeps.
fn shown(value: &DataRef<'_>) -> String {
    let mut text = match value {
        DataRef::Int(value) => value.to_string(),
        DataRef::Float(value) => number(*value),
        DataRef::Bool(value) => if *value { "TRUE" } else { "FALSE" }.to_owned(),
        DataRef::DateTime(value) => match value.as_f64().fract() {
            _ if value.is_duration() => number(value.as_f64()),
            _ => {
                let (year, month, day, hour, minute, second, _) = value.to_ymd_hms_milli();
                match (hour, minute, second) {
                    (0, 0, 0) => format!("{year:04}-{month:02}-{day:02}"),
                    _ => format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}"),
                }
            }
        },
        DataRef::Error(error) => error.to_string(),
        DataRef::Empty => String::new(),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
    };
    if text.len() > MOST_CELL {
        let end = (0..=MOST_CELL).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
        text.truncate(end);
    }
    text.replace("_x000D_", "").replace("\r\n", "\n")
}

fn number(value: f64) -> String {
    // Fifteen digits, as a sheet shows; 0.1 + 0.2 is 0.3 there.
    format!("{value:.14e}").parse::<f64>().map_or_else(|_| value.to_string(), |value| value.to_string())
}

/// Writes a bank, and lists what is not in the file.
pub(super) fn write(bank: &Bank) -> (Vec<u8>, Vec<Lost>) {
    let (rows, lost) = table::write(bank);
    // A sheet in memory: nothing of it can fail but a cell that is too long, which no bank has.
    (spell(&rows).unwrap_or_default(), lost)
}

/// Every cell is text, so that nothing in it is ever computed.
fn spell(rows: &[Vec<String>]) -> Result<Vec<u8>, WriteError> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.set_name("questions")?;
    let head = Style::new().set_bold().set_align(FormatAlign::Top);
    let body = Style::new().set_text_wrap().set_align(FormatAlign::Top).set_num_format("@");
    for (row, cells) in (0_u32..).zip(rows) {
        let style = if row == 0 { &head } else { &body };
        for (column, cell) in (0_u16..).zip(cells) {
            if !cell.is_empty() {
                sheet.write_string_with_format(row, column, neutral(cell), style)?;
            }
        }
    }
    let columns = rows.first().map_or(0, Vec::len);
    for column in 0..u16::try_from(columns).unwrap_or(u16::MAX) {
        let longest =
            rows.iter().filter_map(|row| row.get(usize::from(column))).map(|cell| cell.chars().count()).max();
        sheet.set_column_width(
            column,
            f64::from(u32::try_from(longest.unwrap_or(0)).unwrap_or(60).clamp(8, 40)) * 1.4,
        )?;
    }
    sheet.set_freeze_panes(1, 0)?;
    book.save_to_buffer()
}
