# Banks that teachers bring: sending, looking, taking in; who may study them. Also studying one bank alone.

## study
study-alone = Only this bank:
study-all-banks = all banks together
done-alone = This bank is done for today; your other banks have more.
bank-study-alone = Study this bank alone

## problems of a file that was sent
problem-upload-too-many-scenarios = { $found } scenarios came along; at most { $expected } are taken. Leave out those that no question names.
problem-upload-out-of-time = This scenario was not run any more: those before it took the { $expected } seconds that a file has. Send fewer, or shorter ones.
problem-claims-too-many-looks = The claims of this scenario would have to be looked at { $found } times; at most { $expected } are allowed. Use `at` instead of `from`/`to` where a moment is enough.
problem-scenario-refused = The scenario `{ $found }` cannot be used, for the reasons given where it stands; this question waits for it.
problem-scenario-name-twice = The scenario `{ $found }` is there twice; it is also in { $expected }.
problem-bank-too-many-questions = With these, the bank would have { $found } questions; a bank has at most { $expected }. Begin another bank.
problem-bank-too-much-text = With these, the bank would have { $found } KiB of text; a bank has at most { $expected }. Begin another bank.
problem-bank-too-many-scenarios = With these, the questions of the bank would name { $found } scenarios of its own; a bank has at most { $expected }. Begin another bank.
problem-bank-too-many-images = With these, the bank would have { $found } pictures; a bank has at most { $expected }. Begin another bank.
problem-bank-images-too-long = The pictures of the bank would have { $found } KiB together; at most { $expected } are allowed. Make them smaller, or begin another bank.
problem-slug-taken = The id `{ $found }` belongs to another bank on this server. Choose another, such as `{ $expected }`.
problem-bank-builtin = `{ $found }` is built in and cannot be replaced. Choose another id, such as `{ $expected }`.

## teach
nav-teach = Teach
teach-title = Teach
teach-become = Teachers bring banks of questions of their own, see how each question will look, and share them with their learners.
teach-become-how = Whoever runs this server can make you a teacher: ask them for it and name your account.
teach-help = How to write questions
teach-mine = My banks
teach-new = Bring a bank
teach-new-version = A new version of
teach-lead = Send a file or paste its text. You see everything that is wrong and every question as learners will see it, before anything is kept.
teach-file = File
teach-file-hint = YAML, Markdown, CSV, Excel, GIFT, or a zip of a bank with its scenarios and images; at most 16 MB.
teach-paste = Or paste the text
teach-tables = Where the file does not say which bank it is
teach-tables-hint = A table or a GIFT file has no place for these. YAML and Markdown say it themselves.
teach-slug = Id of the bank: small letters, digits and hyphens
teach-bank-title = Title
teach-lang = Language
teach-send = Send and look
teach-nothing-sent = Choose a file or paste some text; there was nothing in what was sent.
teach-questions = { $count ->
    [one] one question
   *[other] { $count } questions
}
teach-learners = { $count ->
    [one] one learner
   *[other] { $count } learners
}
teach-audience-everyone = Everyone
teach-audience-public = Public
teach-audience-link = By link
teach-audience-private = Private
teach-audience-public-hint = Everyone on this server finds it among the banks.
teach-audience-link-hint = Those who have the link can add it.
teach-audience-private-hint = Only you. Others who study it no longer can; their progress is kept.
teach-report-title = What was sent
teach-pasted = Pasted text
teach-good = { $count ->
    [0] No question can be taken in.
    [one] One question can be taken in.
   *[other] { $count } questions can be taken in.
}
teach-failed = { $count ->
    [one] One has to be mended.
   *[other] { $count } have to be mended.
}
teach-proved = Scenarios proved: { $scenarios }, with { $claims } claims.
teach-problems = What is wrong
teach-error = error
teach-warning = warning
teach-more = … and { $count } more.
teach-rest = Download the questions to mend
teach-false-claims = Claims that do not hold
teach-changes = What would change
teach-mode-whole = This file is the whole bank: what is not in it is removed.
teach-kept = As long as a question of the file has to be mended nothing is removed. { $count ->
    [one] One question of the bank stays as it is.
   *[other] { $count } questions of the bank stay as they are.
}
teach-mode-adds = These questions are added to the bank: all others stay as they are.
teach-mode-to-whole = Take it as the whole bank instead
teach-mode-to-add = Add them to the bank instead
teach-no-change = Nothing: the bank says all this already.
teach-cards = Cards that begin afresh or are no longer asked
teach-which = Which questions
teach-recognized = Recognized by their words
teach-recognized-hint = These questions have no id of their own. They stand where the old ones stood and say nearly the same, so they count as the same questions. Where that is wrong, give the question an id.
teach-change-added = New
teach-change-edited = Other words, same answer: progress is kept
teach-change-reset = Another answer: progress begins afresh
teach-change-removed = No longer there
teach-change-moved = Elsewhere in the bank: progress is kept
teach-change-header = Title, language, author or license
teach-change-order = The order of the questions
teach-change-beside = No question changes; the title, a scenario or something else beside them does.
teach-change-restored = Back again
teach-cards-of = { $count ->
    [one] one learner’s card
   *[other] { $count } learners’ cards
}
teach-commit = { $count ->
    [one] Take in the good question
   *[other] Take in the { $count } good questions
}
teach-not-now = Not now
teach-nothing = There is nothing to take in yet.
teach-preview = As learners will see it
teach-after = After the answer
teach-cluster = With its cluster
teach-pages = Pages of questions
teach-question = Question
teach-draft = draft
teach-back = Back to what was sent
teach-send-version = Send a new version
teach-as-learner = As learners see it
teach-audience = Who may study it
teach-new-link = Make a new link; the old one no longer works
teach-link = The link for your learners
teach-versions = Versions
teach-version = Version { $count }
teach-present = in use
teach-restore = Bring back
teach-restore-version = Bring back version { $count }
teach-from = From version
teach-to = to
teach-compare = Compare
teach-compare-title = From version { $from } to { $to }
teach-same = Both say the same.
teach-back-to-bank = Back to the bank
teach-export = Download
teach-lost-title = Not everything fits
teach-lost = { $format } has no place for this:
teach-lost-anyway = Download it without
teach-delete = Delete this bank
teach-delete-sure = { $count ->
    [0] Delete it with all its versions. This cannot be undone.
    [one] Delete it with all its versions and the progress of one learner. This cannot be undone.
   *[other] Delete it with all its versions and the progress of { $count } learners. This cannot be undone.
}

## join
join-lead = A teacher has shared this bank with you. Add it, and its questions come in your sittings.
join-first = Begin here as a guest, or sign in, then open this link once more.
join-sign-in = Sign in

## command line
import-changes = { $bank }: { $added } new, { $edited } with other words, { $reset } with another answer ({ $cards } cards begin afresh), { $removed } removed
import-recognized = { $id }: recognized by its words: “{ $was }” is now “{ $asks }”
import-no-owner = Nobody has an account named { $name }.
import-taken = { $bank } was not taken in: it is built in, or has just been changed by someone else.
export-no-bank = There is no bank { $bank }.
