# What is wrong with a file of questions, whatever its format (problem-…), and what a format has no place for (lost-…).
# In slip-…, $found is the line as it stands and $expected the line as it should be.
problem-hidden-character = There is an invisible character ({ $found }) in this text that changes how it is read. Delete it and type the text anew.
problem-not-text = These bytes are no text that can be read (from byte { $found } on). Save the file as text, in UTF-8.
problem-byte-order-mark = The file begins with an invisible mark (BOM). It was left out; save the file as “UTF-8” without it.
problem-other-encoding = The file is not UTF-8; it was read as { $found }. Please check that the words are right, and save it as UTF-8.
problem-format-old-office = This is a file of an old Office program (.xls, .doc). Save it as .xlsx, or as text, and upload that.
problem-format-unknown = It is not clear what format this is; it begins with “{ $found }”. YAML begins with `bank:`, a question in Markdown with `##`, a table with the names of its columns.
problem-file-empty = There is nothing in it.
problem-slip-wide-colon = A full-width colon after a key: { $found }. Write: { $expected }
problem-slip-tab = There is a tab where YAML wants spaces: { $found }. Write: { $expected }
problem-slip-colon = A text with a colon in it needs quotes: { $found }. Write: { $expected }
problem-slip-quotes = These quotation marks are letters to YAML: { $found }. Write: { $expected }
problem-slip-unquoted = A text that begins with this character needs quotes: { $found }. Write: { $expected }
problem-slip-heading = A question begins with two number signs and a space: { $found }. It was read as: { $expected }
problem-slip-checkbox = A choice is written `- [ ] …` or `- [x] …`: { $found }. It was read as: { $expected }
problem-slip-indent-tab = There is a tab (⇥) at the beginning of this line: { $found }. It was read as two spaces; write: `{ $expected }`
problem-md-no-question = There is no question here. A question begins with `## `.
problem-md-no-box = A choice has a box in front of it: { $found }. Write: { $expected }, or `- [x]` if it is right; a pair is `- a -> b`.
problem-md-key-twice = `{ $found }` is there twice in this question. Leave one of them out.
problem-md-before-question = This stands before the first question and is no key of the bank: { $found }
problem-md-stray-line = It is not clear what this line belongs to: { $found }
problem-md-stray-reason = A reason (`>`) stands below a choice or below `answer:`: { $found }
problem-md-section = This heading was left out: { $found }. A question begins with `## `.
problem-md-too-many-sides = There are more than two languages in this: { $found }. A bar between spaces parts two languages; write `\|` for one that is only a bar.
problem-md-predict-right = The right value of a prediction is computed; only wrong ones are written, as `- [ ]`: { $found }
