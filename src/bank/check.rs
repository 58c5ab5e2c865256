//! What `doujia check` demands of banks and scenarios beyond being readable.
//!
//! Of every bank: scenarios exist and run, claims hold, predictions have values, beliefs are known, and no choice gives the
//! answer away. Of the built-in bank also: both languages everywhere, a known fact for each question and enough questions
//! for each fact, and for every wrong choice the reason.

mod coverage;
mod giveaway;

use super::kinds::Choices;
use super::library::{Library, ScenarioFile, Unpredicted};
use super::reader::nearest;
use super::{Bank, Kind, Question};
use crate::cluster::claim::{Claim, Verdict};
use crate::cluster::run::Run;
use crate::problem::{Place, Problem, Severity};
use crate::text::Lang;

/// How much is demanded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Demands {
    /// What every bank must keep.
    Any,
    /// What the built-in bank must keep, too.
    Builtin,
}

/// Everything that is wrong with a library, scenarios first, then bank by bank.
pub fn check(library: &Library, demands: Demands) -> Vec<Problem> {
    let mut problems = Vec::new();
    for file in library.scenarios() {
        problems.extend(prove(library, file));
    }
    for bank in &library.banks {
        problems.extend(check_bank(library, bank, demands));
    }
    problems
}

/// Something that is wrong with a bank.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The question with which it is wrong; `None` where it is the bank as a whole.
    pub question: Option<String>,
    /// What it is.
    pub problem: Problem,
}

/// Everything that is wrong with one bank; its scenarios are not proved here.
pub fn check_bank(library: &Library, bank: &Bank, demands: Demands) -> Vec<Problem> {
    findings(library, bank, demands).into_iter().map(|finding| finding.problem).collect()
}

/// Everything that is wrong with one bank, and with which question.
pub fn findings(library: &Library, bank: &Bank, demands: Demands) -> Vec<Finding> {
    let mut checking = Checking { library, bank, findings: Vec::new() };
    for question in &bank.questions {
        checking.question(question);
        if demands == Demands::Builtin {
            checking.builtin(question);
        }
    }
    let proper = checking.findings.len();
    giveaway::check(&mut checking);
    if demands == Demands::Any {
        // What betrays the answer is worth knowing, and no reason to refuse someone's question.
        for finding in &mut checking.findings[proper..] {
            finding.problem.severity = Severity::Warning;
        }
    }
    if demands == Demands::Builtin {
        coverage::check(&mut checking);
    }
    checking.findings
}

/// Runs a scenario and checks its claims.
pub fn prove(library: &Library, file: &ScenarioFile) -> Vec<Problem> {
    let run = match library.run(file) {
        Ok(run) => run,
        Err(problems) => return problems,
    };
    let claims = &run.scenario.claims;
    run.prove()
        .into_iter()
        .filter(|verdict| !verdict.holds)
        .filter_map(|verdict| Some(refuted(&run, claims.get(verdict.claim)?, &verdict)))
        .collect()
}

/// What is said of a claim that does not hold in a run: the expression, the values in it, the moment; and what kubectl gave
/// up before that, which may be the reason.
pub fn refuted(run: &Run, claim: &Claim, verdict: &Verdict) -> Problem {
    match &verdict.error {
        Some(error) => Problem::error(claim.place.clone(), "bad-expression").found(error.to_string()),
        None => {
            let mut told = claim.that.clone();
            for (part, value) in &verdict.values {
                told.push_str(&format!("\n    {part} = {value}"));
            }
            for step in run.steps.iter().filter(|step| step.at <= verdict.at) {
                for error in &step.errors {
                    told.push_str(&format!("\n    {}: {}", step.at, error.replace('\n', "\n    ")));
                }
            }
            Problem::error(claim.place.clone(), "claim-false").found(told).expected(verdict.at.to_string())
        }
    }
}

/// A bank while it is checked.
struct Checking<'a> {
    library: &'a Library,
    bank: &'a Bank,
    findings: Vec<Finding>,
}

impl<'a> Checking<'a> {
    fn place(&self, question: &Question, path: &str) -> Place {
        self.library.place(&self.bank.slug, &question.id, path)
    }

    fn wrong(&mut self, question: &Question, path: &str, kind: &'static str, found: &str, expected: &str) {
        let place = self.place(question, path);
        let problem = Problem::error(place, kind).found(found).expected(expected);
        self.findings.push(Finding { question: Some(question.id.clone()), problem });
    }

    fn note(&mut self, place: Place, kind: &'static str, found: &str, expected: &str) {
        let problem = Problem::error(place, kind).found(found).expected(expected);
        self.findings.push(Finding { question: None, problem });
    }

    fn question(&mut self, question: &Question) {
        for (path, name) in named_scenarios(question) {
            if self.library.scenario(name).is_none() {
                let names: Vec<&str> =
                    self.library.scenarios().map(|file| file.scenario.name.as_str()).collect();
                let near = nearest(name, &names).map_or_else(|| names.join(", "), str::to_owned);
                self.wrong(question, &path, "unknown-scenario", name, &near);
            }
        }
        self.image(question);
        self.focus(question);
        self.beliefs(question);
        match self.library.freeze(question) {
            // A scenario that is not there was noted above, and one that does not run is noted where it is proved.
            Ok(_) | Err(Unpredicted::NoScenario(_) | Unpredicted::NoRun(_)) => {}
            Err(Unpredicted::NoValue(path, error)) => {
                self.wrong(question, &path, "bad-expression", &error.to_string(), "");
            }
            Err(Unpredicted::NotSimple(path, value)) => {
                self.wrong(question, &path, "predict-not-simple", &value, "");
            }
            Err(Unpredicted::Same(path, value)) => {
                self.wrong(question, &path, "predict-same", &value, "");
            }
        }
    }

    /// The picture is there.
    fn image(&mut self, question: &Question) {
        let Some(image) = question.image.as_ref().filter(|image| self.library.image(&image.file).is_none())
        else {
            return;
        };
        if self.library.refuses_image(&image.file) {
            return self.wrong(question, "image.file", "image-refused", &image.file, "");
        }
        let names: Vec<&str> = self.library.image_names().collect();
        let (kind, expected) = match nearest(&image.file, &names) {
            Some(near) => ("image-missing-near", near),
            None => ("image-missing", "images/"),
        };
        self.wrong(question, "image.file", kind, &image.file, expected);
    }

    /// The moment that decides lies within its scenario.
    fn focus(&mut self, question: &Question) {
        let Some(reference) = &question.scenario else { return };
        let until = self.library.scenario(&reference.run).map(|file| file.scenario.until);
        if let (Some(focus), Some(until)) = (reference.focus, until)
            && focus > until
        {
            self.wrong(question, "scenario.focus", "too-late", &focus.to_string(), &until.to_string());
        }
    }

    /// Beliefs are known ones, where there is a list of them.
    fn beliefs(&mut self, question: &Question) {
        if self.library.misconceptions.is_empty() {
            return;
        }
        let mut named: Vec<(String, &str)> = Vec::new();
        named.extend(question.misconception.iter().map(|id| ("misconception".to_owned(), id.as_str())));
        let is_belief = |tag: &&String| {
            tag.strip_prefix('m')
                .is_some_and(|rest| rest.len() == 2 && rest.bytes().all(|b| b.is_ascii_digit()))
        };
        named.extend(question.tags.iter().filter(is_belief).map(|tag| ("tags".to_owned(), tag.as_str())));
        if let Some(choices) = choices(question) {
            for (index, choice) in choices.all.iter().enumerate() {
                let path = format!("choices[{index}].misconception");
                named.extend(choice.misconception.iter().map(|id| (path.clone(), id.as_str())));
            }
        }
        for (path, id) in named {
            if !self.library.misconceptions.iter().any(|belief| belief.id == id) {
                self.wrong(question, &path, "unknown-misconception", id, "");
            }
        }
    }

    /// What only the built-in bank must keep, question by question.
    fn builtin(&mut self, question: &Question) {
        for (path, text) in question.texts() {
            for lang in Lang::ALL {
                if text.side(lang).is_none() {
                    self.wrong(question, &path, "text-one-language", "", lang.code());
                }
            }
        }
        let reasons: Vec<(String, bool)> = match &question.kind {
            Kind::Single(kind) => reasons(&kind.choices),
            Kind::Multiple(kind) => reasons(&kind.choices),
            Kind::Predict(kind) => {
                let wrong = kind.wrong.iter().enumerate();
                wrong.map(|(i, wrong)| (format!("predict.wrong[{i}]"), wrong.why.is_some())).collect()
            }
            Kind::Flashcard(_)
            | Kind::TrueFalse(_)
            | Kind::Cloze(_)
            | Kind::Short(_)
            | Kind::Numeric(_)
            | Kind::Order(_)
            | Kind::Matching(_) => Vec::new(),
        };
        for (path, _) in reasons.into_iter().filter(|(_, given)| !given) {
            self.wrong(question, &path, "no-reason", "", "why");
        }
        if question.explain.is_none() && !matches!(question.kind, Kind::Flashcard(_)) {
            self.wrong(question, "", "missing-key", "", "explain");
        }
    }
}

/// Whether each wrong choice has a reason.
fn reasons(choices: &Choices) -> Vec<(String, bool)> {
    let all = choices.all.iter().enumerate().filter(|(_, choice)| !choice.right);
    all.map(|(index, choice)| (format!("choices[{index}]"), choice.why.is_some())).collect()
}

/// The choices of a question whose choices are written by its author.
fn choices(question: &Question) -> Option<&Choices> {
    match &question.kind {
        Kind::Single(kind) => Some(&kind.choices),
        Kind::Multiple(kind) => Some(&kind.choices),
        Kind::Flashcard(_)
        | Kind::TrueFalse(_)
        | Kind::Cloze(_)
        | Kind::Short(_)
        | Kind::Numeric(_)
        | Kind::Order(_)
        | Kind::Matching(_)
        | Kind::Predict(_) => None,
    }
}

/// The scenarios that a question names, with the paths where it does.
fn named_scenarios(question: &Question) -> Vec<(String, &str)> {
    let mut named = Vec::new();
    if let Some(reference) = &question.scenario {
        named.push(("scenario".to_owned(), reference.run.as_str()));
        named.extend(reference.contrast.iter().map(|name| ("scenario.contrast".to_owned(), name.as_str())));
    }
    if let Some(choices) = choices(question) {
        for (index, choice) in choices.all.iter().enumerate() {
            let path = format!("choices[{index}].scenario");
            named.extend(choice.scenario.iter().map(|name| (path.clone(), name.as_str())));
        }
    }
    if let Kind::Predict(predict) = &question.kind {
        named
            .extend(predict.right.scenario.iter().map(|name| ("predict.scenario".to_owned(), name.as_str())));
        for (index, wrong) in predict.wrong.iter().enumerate() {
            let path = format!("predict.wrong[{index}].scenario");
            named.extend(wrong.scenario.iter().map(|name| (path.clone(), name.as_str())));
        }
    }
    named
}

/// Whether anything found is more than a warning.
pub fn has_errors(problems: &[Problem]) -> bool {
    problems.iter().any(|problem| problem.severity == Severity::Error)
}
