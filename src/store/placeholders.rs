//! The `$n` of statements that are about several rows at once.

/// `($1, $2), ($3, $4)`: placeholders for so many rows of so many columns.
pub(super) fn placeholders(rows: usize, columns: usize) -> String {
    let row = |row: usize| {
        let cells: Vec<String> = (1..=columns).map(|column| format!("${}", row * columns + column)).collect();
        format!("({})", cells.join(", "))
    };
    (0..rows).map(row).collect::<Vec<_>>().join(", ")
}

/// `$2, $3`: so many placeholders, numbered from `first`.
pub(super) fn placeholders_from(first: usize, number: usize) -> String {
    (first..first + number).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ")
}
