# What is wrong with a GIFT file, or surely not what its author meant. $found is what stands there, $expected the corrected line.
problem-no-questions = There is no question in this file.
problem-gift-brace = The brace `{ $found }` has no `{ $expected }` to go with it. A literal brace is written `\{ $found }`.
problem-gift-no-arrow = `{ $found }` is no pair. Write `=left -> right`; an `=` that is part of a text is written `\=`.
problem-gift-no-answer = No answer here is wholly right, so nobody could be.
problem-gift-number = `{ $found }` is no number. Write: { $expected }
problem-gift-number-unclear = `{ $found }` is no number. Write a number (`3`), one with a tolerance (`3:0.5`) or a range (`1..5`).
problem-gift-several-ranges = Several ranges are right here (`{ $found }`), which cannot be carried. Write one range, or one question for each.
problem-gift-full-width = `{ $found }` is a full-width brace, which is plain text in GIFT, so this is no question. Write: { $expected }
problem-gift-full-width-sign = The full-width `{ $found }` is plain text in GIFT. Write: { $expected }
problem-gift-blank-line = A blank line ends a question in Moodle, which would refuse both halves; here it was passed over. Take it out, so that `{ $expected }` follows directly.
problem-gift-category-swallows = Moodle takes all lines up to the next blank one for the name of the folder. Put a blank line before this question; here it was read as if there were one.
problem-gift-open-title = The title `{ $found }` is not closed, so all of it was read as the question. Write: { $expected }
problem-gift-open-title-unclear = The title `{ $found }` is not closed, so all of it was read as the question. End the title with `::`.
problem-gift-braces = Only the first `{ "{" }` and the first `{ "}" }` of a question hold its answers; `{ $found }` has more. Write: { $expected }
problem-gift-braces-unclear = Only the first `{ "{" }` and the first `{ "}" }` of a question hold its answers; `{ $found }` has more. Put a backslash before braces that are text, and write a question for each gap.
problem-gift-comment-behind = Only a whole line can be a comment. `{ $found }` was read as part of the answer. Write: { $expected }
problem-gift-comment-inside = A line that begins with `//` is a comment, so `{ $found }` was left out. If it is text, write: { $expected }
problem-gift-true-false = `{ $found }` is a word to be typed. A statement is answered with `TRUE` or `FALSE`. If that was meant, write: { $expected }
problem-gift-equals-inside = Every `=` begins another right answer, this one in the middle of a text, too. If it is part of the text, write: { $expected }
problem-gift-several-right = { $found } answers begin with `=`. Moodle shows one choice of which any of them is right; here all of them must be chosen. If that is meant, write: { $expected }
problem-gift-range = In `{ $found }` only the number before `~` is right. A range is written with two dots: { $expected }
problem-gift-essay = An essay cannot be graded here and was left out: { $found }
problem-gift-description = This has no answers in braces, so it is a description and was left out: { $found }
problem-gift-partly-right = `{ $found }` is only partly right. There is no such thing here; it was left out of the right answers.
problem-gift-wildcard = In Moodle the `*` in `{ $found }` stands for anything; here it is an asterisk. List the answers that shall be accepted.
problem-gift-weights-lost = The percentages of these choices are no small whole multiples of each other; every choice counts the same here.
problem-gift-feedback-lost = The question has an explanation already; this was left out: { $found }
problem-gift-html-lost = This cannot be shown here and was left out: { $found }. Its words are kept.
problem-gift-tag-lost = `{ $found }` cannot be a tag: small letters, digits and single hyphens. It was left out.
