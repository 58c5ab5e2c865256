# The pages. One section per page, named as its file in src/web and its template.

site-name = Doujia
skip-to-content = Skip to the content
nav-label = Parts of Doujia
nav-study = Study
nav-banks = Banks
nav-scenarios = Simulations
nav-stats = Statistics
nav-settings = Settings
nav-help = Help
language-label = Language
language-both = Both
day-progress = Done today
content-fallback = only in Chinese
key-space = Space

## home
home-title = Kubernetes Pods and Controllers, one question at a time
home-lead = Answer a question, then watch a small simulated cluster show you why. What you forget comes back before you have lost it.
home-start = Start with a question
home-no-sign-up = No sign-up: a cookie in this browser keeps your progress.
home-continue = Continue
home-left = { $count ->
    [0] Nothing is left for today.
    [one] One card is left for today.
   *[other] { $count } cards are left for today.
}
home-how = How it works
home-how-proved = Every explanation runs the control loops of Kubernetes 1.36 on the manifests in front of you, and what it states was checked by that run.
home-how-spaced = Each question returns after minutes, days or months, just before you would forget the answer.
home-how-bilingual = Read in Chinese, in English, or in both side by side; one click changes it on every page.

## help
help-title = Help
help-keys = Keys
help-key-choose = choose an answer
help-key-confirm = confirm the answer
help-key-next = go on: reveal, next question
help-key-rate = after a right answer: again, hard, good, easy
help-key-undo = undo the last answer
help-key-step = step through the simulation
help-key-help = this page
help-repetition = How questions come back
help-repetition-text = A wrong answer comes back within minutes, until it sits. A right one comes back after days, and each time a little later; you say how hard it was, and the buttons say what follows. The scheduler is FSRS-6, the one of Anki.
help-again = I did not know it: once more in this sitting.
help-hard = I knew it, with much effort: sooner than usual.
help-good = I knew it.
help-easy = I knew it at once: much later.
help-about = About
help-about-text = Doujia (豆荚, a pea pod) is free software. The pictures are traces of a simulation: a Pod is a pea pod, its containers are peas, a Node is a garden bed, a controller is a label stake.
rating-again = Again
rating-hard = Hard
rating-good = Good
rating-easy = Easy

## study
study-title = Question
study-answer = Answer
study-reveal = Show the back
study-hint = Hint
study-undo = Undo the last answer
study-undone = Undone. Here is where you were.
study-stale = That form was from an earlier turn, and nothing was recorded twice. Here is where you are now.
study-left-new = { $count } new
study-left-learning = { $count } in learning
study-left-due = { $count } to review
question-single = Choose one.
question-multiple = Choose all that are right.
question-true-false = True or false?
question-predict = What will the cluster show?
question-cloze = Fill in the blanks.
question-short = Type a word or two, in either language.
question-numeric = Type a number; a unit is fine.
question-order = Put these in order.
question-match = Find the pairs.
answer-true = True
answer-false = False
answer-label = Your answer
answer-blank = Blank { $count }
answer-given = Your answer
answer-right = Right
answer-understood = read as { $read }
answer-see-scenario = See it happen
mark-hit = (your answer, right)
mark-missed = (right, and not your answer)
mark-wrong = (your answer, wrong)
mark-left = (wrong, and not your answer)
order-up = Move up
order-down = Move down
order-given = you put it in place { $count }
match-choose = Choose …

## feedback
feedback-title = Feedback
feedback-right = Right.
feedback-wrong = Not quite.
feedback-partly = Partly: { $count } % of it.
feedback-explain = Why
feedback-see = In the documentation
feedback-rate = How hard was it?
feedback-next = Next
feedback-again-in = again in { $wait }
feedback-on = Go on

## done
done-title = Done for today
done-so-far = Today so far
done-next = The next question comes { $when }.
done-nothing-waits = Nothing waits. Take up a bank to go on.
done-answered = Answers
done-right = Right
done-new = New questions
done-learned = What it was about

## wait
wait-moment = < 1 min
wait-minutes = { $count } min
wait-hours = { $count } h
wait-days = { $count ->
    [one] { $count } day
   *[other] { $count } days
}
wait-months = { $count ->
    [one] { $count } month
   *[other] { $count } months
}
wait-years = { $count ->
    [one] { $count } year
   *[other] { $count } years
}
when-now = now
when-today = today at { $time }
when-tomorrow = tomorrow at { $time }
when-on = on { $date }

## banks
banks-title = Banks
banks-none = There is no bank here yet.
banks-enroll = Study it
banks-leave = Put it aside
banks-percent = { $count } % learned for weeks

## bank
bank-questions = Questions
bank-new = New
bank-learning = In learning
bank-young = Known for days
bank-mature = Known for weeks
bank-license = License:
bank-facts = What it is about

## scenarios
scenarios-title = Simulations
scenarios-lead = Each is a cluster, a manifest, and what happens. Every statement about it was checked by running it.
scenarios-claims = { $count ->
    [one] one statement checked
   *[other] { $count } statements checked
}
scenarios-all = All simulations
scenario-back-to-answer = Back to the answer

## stats
stats-title = Statistics
stats-today = Today
stats-streak = Days in a row
stats-past = The last 30 days
stats-ahead = Due in the next 14 days
stats-minutes = Minutes
stats-retention = Remembered
stats-due = Due
stats-day = Day
stats-in-numbers = In numbers
stats-nothing = Nothing yet.

## settings
settings-title = Settings
settings-saved = Saved.
settings-zone = Time zone
settings-zone-of-browser = Use this browser’s
settings-day-start = The day starts at
settings-day-start-hint = Whoever studies past midnight is still in yesterday’s sitting.
settings-new-per-day = New cards a day
settings-reviews-per-day = Reviews a day
settings-retention = How much you want to remember
settings-retention-hint = The share of questions you still know when they come back. 90 % is a good balance; higher means many more reviews.
settings-save = Save
settings-wrong-zone = Choose a time zone from the list, as in Asia/Shanghai.
settings-wrong-day-start = Write a time of day, as in 04:00.
settings-wrong-number = Write a whole number from 0 to 9999.
settings-wrong-retention = Write a whole number from 70 to 99.

## error
error-to-study = Go on studying
error-to-home = To the first page
error-id = Should you ask for help, name this request:
error-bad-request = This form is incomplete
error-bad-request-advice = Something is missing in what the browser sent. Go back, reload the page and try again; what you answered before is kept.
error-forbidden = This form is not from your present visit
error-forbidden-advice = Nothing was changed. Open the page again here and send the form from there.
error-unauthorized = Please sign in
error-unauthorized-advice = This page belongs to people with an account. Sign in, and what you have as a guest comes along.
error-not-allowed = This is not for your account
error-not-allowed-advice = Only teachers or administrators may do this. If you should be one, ask whoever runs this server.
error-conflict = Someone was faster
error-conflict-advice = What this form is about has changed meanwhile. Nothing was done. Open the page again, look at what is there now, and decide anew.
error-unprocessable = This cannot be done
error-unprocessable-advice = The form was understood, but what it asks for is not possible. Nothing was changed. Go back and change what it says.
error-too-many = Too many tries
error-too-many-advice = To keep everyone safe, this is limited. Wait a few minutes and try again.
error-not-found = There is no such page
error-not-found-advice = It may have moved, or the address has a slip. Your progress is kept: go on studying, or start from the first page.
error-method = This address does not take such a request
error-method-advice = It is meant to be used from a page of Doujia. Go there by the links below.
error-too-large = That is too much at once
error-too-large-advice = What was sent is larger than this page takes. Shorten it and send it again.
error-media = This is not a form
error-media-advice = This address takes forms only. Use the page that belongs to it.
error-internal = Something went wrong here
error-internal-advice = It is our fault, and it is in the log. What you answered before is kept. Try again in a moment.
