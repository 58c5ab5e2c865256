# What is wrong with a table (CSV or XLSX). $found is what stands in the cell, $expected what should.
problem-table-no-question-column = No column asks anything. The first row names the columns, and one of them is { $expected }. The first row here: { $found }
problem-table-unknown-column = Nobody knows a column `{ $found }`; it was left out.
problem-table-unknown-column-near = Nobody knows a column `{ $found }`; it was left out. Did you mean `{ $expected }`?
problem-table-column-twice = The column `{ $found }` is there already; this one was left out.
problem-table-too-many-cells = The row has more cells than the { $expected } columns of the header: `{ $found }`. Put a text with the separator in it in double quotes.
problem-table-missing = There is nothing in the column `{ $expected }`.
problem-table-no-such-choice = `{ $found }` names no choice. Write letters from { $expected }.
problem-table-truth = `{ $found }` is neither true nor false. Write TRUE or FALSE.
problem-table-number = `{ $found }` is no number. Write `300`, `300±5` or `295..305`; the unit has a column of its own.
problem-table-order = `{ $found }` is no order of the items. Write each of { $expected } once, or leave the cell empty where they stand in the right order.
problem-table-no-arrow = `{ $found }` is no pair. Write `left -> right`.
problem-table-no-predict = A prediction has no place in a table. Write it in YAML.
problem-csv-broken = The table cannot be read on from here: { $found }
problem-csv-open-quote = The double quote before `{ $found }` is never closed. A double quote inside a text is written twice.
problem-csv-full-width = Full-width commas or semicolons separate no cells. Write: { $expected }
problem-xlsx-broken = The workbook cannot be read: { $found }. Save it again as .xlsx.
problem-xlsx-cell-error = This cell shows an error: { $found }.
