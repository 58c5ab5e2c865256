# Question banks: what is wrong with a file (problem-…), and answers that cannot be graded (answer-…).
problem-bank-too-long = The bank is too long: { $found } bytes; at most { $expected } are allowed.
problem-unknown-key-near = There is no key `{ $found }` here. Did you mean `{ $expected }`?
problem-too-few = { $found } are too few; there must be at least { $expected }.
problem-text-empty = There is no text here. Write something, or leave the key out.
problem-text-too-long = The text is too long: { $found } characters; at most { $expected } are allowed.
problem-bad-id = `{ $found }` is no id. Use small letters, digits and single hyphens, as in `bare-pod-dead-node`; at most 64 characters.
problem-id-twice = The id `{ $found }` is there already, on line { $expected }. Give this one another.
problem-bad-lang = `{ $found }` is no language. Write `zh` or `en`.
problem-kind-unclear = It is not clear what kind of question this is. Add `kind:` with one of { $expected }.
problem-bad-kind = There is no kind of question `{ $found }`. There are: { $expected }.
problem-bad-kind-near = There is no kind of question `{ $found }`. Did you mean `{ $expected }`?
problem-bad-url = `{ $found }` is no address. Write one that begins with `https://`.
problem-bad-status = `{ $found }` is no status. Write `draft`, or leave the key out.
problem-number-bounds = `{ $found }` is out of bounds: at most six digits behind the point, and at most 1,000,000,000.
problem-no-right-choice = No choice is right. Mark it with `right: true`.
problem-several-right-choices = { $found } choices are right, but this kind has one. Write `kind: multiple`, or mark only one.
problem-answer-empty = The answer `{ $found }` has nothing in it that counts.
problem-extra-matches = `{ $found }` is the same as the right-hand side of a pair, so it would be right as well.
problem-no-blank = There is no blank. Write one as `[[answer]]`.
problem-blank-unclosed = The blank `{ $found }` is not closed. End it with `]]`.
problem-blank-empty = The blank `{ $found }` accepts nothing. Write an answer between every two bars.
problem-blank-number = Number all blanks or none, from #1 on, each number once. { $found }
problem-blanks-differ = The Chinese text has { $found } blanks and the English one { $expected }. Both must have the same.
problem-wrong-is-right = The wrong value `{ $found }` comes from where the right one comes from. Change at least one of { $expected }.

answer-nothing = There is no answer yet.
answer-unknown = This form belongs to an older version of the question. Here is the present one.
answer-not-a-number = “{ $found }” cannot be read as a number. Write it in digits.
answer-place = Give each item a place of its own: place { $found } is not taken exactly once.

problem-unknown-file = This is no file of Doujia's. Its first key is one of { $expected }.
problem-bank-parts-differ = This file and an earlier one are both the bank `{ $found }`, but their headers differ. Repeat the same language, title, license and author.
problem-id-elsewhere = Another file of this bank has a question `{ $found }` already.
problem-claim-false = This claim is false at { $expected }: { $found }
problem-unknown-scenario = There is no scenario `{ $found }`. There is: { $expected }.
problem-unknown-misconception = There is no misconception `{ $found }`. They are listed in `misconceptions.yaml`.
problem-unknown-fact = There is no fact `{ $found }`. There is: { $expected }.
problem-predict-not-simple = The value is `{ $found }`. A prediction needs a number, a string, or true or false.
problem-predict-same = The value is `{ $found }`, which is the right one or another wrong one. Take it from another moment, run or expression.
problem-text-one-language = The language `{ $expected }` is missing here.
problem-no-reason = This wrong choice does not say why it is wrong. Add `why:`.
problem-right-is-long = The right choice gives itself away: it has { $found } characters, the longest wrong one has { $expected }.
problem-right-often-longest = The right choice is the longest one in { $found } of { $expected } questions. Lengthen wrong ones or shorten right ones.
problem-right-same-place = In { $found } of { $expected } questions that are not shuffled the right choice has the same place.
problem-fact-few-questions = Only { $found } questions are about this fact; at least { $expected } shall be.
problem-fact-few-kinds = The questions about this fact are of { $found } kinds only; { $expected } shall there be.
problem-fact-not-shown = No question about this fact is shown by a scenario.

check-fine = All is well: { $questions ->
    [one] 1 question
   *[other] { $questions } questions
}, { $scenarios ->
    [one] 1 scenario
   *[other] { $scenarios } scenarios
}, { $claims ->
    [one] 1 claim
   *[other] { $claims } claims
}.
check-problems = { $count ->
    [one] 1 problem.
   *[other] { $count } problems.
}
