//! What someone sends, read, checked and made ready for the store: the step between a file and a bank that is studied.
//!
//! A [`Sent`] file goes in, a [`Prepared`] bank comes out: every question without a mistake, every problem with its place,
//! every claim proved, every prediction computed. Nothing is written here; the page shows what would be, and
//! `store::commit_bank` does it. The command line takes the same way, so that it says the same.
//!
//! Files come from strangers: scenarios are counted, and the time they may take together ends.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::{Duration, Instant};

use crate::bank::check::{Demands, findings, refuted};
use crate::bank::formats::{self, Defaults, Format, Reading, Rest, Upload, rest_name};
use crate::bank::image::{ImageFile, Pinned};
use crate::bank::library::{Library, ScenarioFile};
use crate::bank::{Bank, Frozen, Question, Recognized, keep_parts, recognize, yaml};
use crate::cluster::SimTime;
use crate::cluster::claim::{Claim, When};
use crate::cluster::run::Run;
use crate::content;
use crate::problem::{Place, Problem};
use crate::store::{Audience, BankImage, BankSync, ImageSync, LearnerId, NewImage, ScenarioSync};
use crate::text::Lang;

mod whole;

pub use whole::Mode;
use whole::{add, is_of_head, keep, keep_head, too_much};

/// So many scenarios may come with a bank.
pub const MAX_SCENARIOS: usize = 50;
/// So long they may run, all together; the one that is running then is the last.
pub const MAX_RUNNING: Duration = Duration::from_secs(5);
/// So often claims may be looked at in one scenario: one that must always hold is looked at after every change.
pub const MAX_LOOKS: usize = 50_000;

/// A file that was sent.
#[derive(Clone, Copy, Debug)]
pub struct Sent<'a> {
    /// What it is called; empty where it was pasted.
    pub name: &'a str,
    /// All of it.
    pub bytes: &'a [u8],
    /// What the file may not say itself.
    pub defaults: &'a Defaults,
}

/// What is there already of the bank that a file is about.
#[derive(Clone, Debug, Default)]
pub struct There {
    /// What its names of scenarios mean: they go on meaning it, unless the file brings others.
    pub scenarios: Vec<ScenarioSync>,
    /// What its names of pictures mean: the same.
    pub images: Vec<BankImage>,
    /// The bank as it is.
    pub bank: Option<Bank>,
    /// What becomes of the questions that the bank has and the file has not.
    pub mode: Mode,
    /// Whose it shall be, where it is new.
    pub owner: Option<LearnerId>,
}

/// A claim that does not hold.
#[derive(Clone, Debug, PartialEq)]
pub struct FalseClaim {
    /// Its scenario.
    pub scenario: ScenarioSync,
    /// Where it stands.
    pub place: Place,
    /// The expression.
    pub that: String,
    /// The moment that decided.
    pub at: SimTime,
    /// The parts of the expression and their values then.
    pub values: Vec<(String, String)>,
    /// Why it has no value, where it has none.
    pub error: Option<String>,
}

/// A bank that could be taken in, and what is wrong with the rest.
#[derive(Debug)]
pub struct Prepared {
    /// The format that was found, if one was.
    pub format: Option<Format>,
    /// The bank as it would be; `None` where there is nothing to take.
    pub bank: Option<Bank>,
    /// The same for the store.
    pub sync: Option<BankSync>,
    /// The ids of the questions that are in the file and can be taken.
    pub good: Vec<String>,
    /// How many questions of the file have mistakes.
    pub failed: usize,
    /// How many questions of the bank stay although the file is to be the whole bank and they are not among the good ones:
    /// nothing is removed as long as there are mistakes.
    pub kept: usize,
    /// Everything that is wrong or doubtful, in the order of the files.
    pub problems: Vec<Problem>,
    /// The claims that do not hold.
    pub false_claims: Vec<FalseClaim>,
    /// The questions without an id of their own that were recognized by their words.
    pub recognized: Vec<Recognized>,
    /// The questions with mistakes, as a file to mend.
    pub rest: Option<Rest>,
    /// How many scenarios came along, and how many of their claims hold.
    pub proved: (usize, usize),
}

impl Prepared {
    /// Whether nothing is wrong; something may be doubtful.
    pub fn is_clean(&self) -> bool {
        !self.problems.iter().any(Problem::is_error)
    }

    /// The question with this id, with what the simulator computed for it.
    pub fn question(&self, id: &str) -> Option<(&Question, Option<Frozen>)> {
        let question = self.bank.as_ref()?.questions.iter().find(|question| question.id == id)?;
        let stored = self.sync.as_ref()?.questions.iter().find(|question| question.ident == id);
        let frozen = stored.and_then(|stored| stored.frozen.as_deref()).and_then(Frozen::from_json);
        Some((question, frozen))
    }
}

/// Reads a file, as a first step: which bank it is about decides what is there already.
pub fn read(sent: &Sent<'_>) -> Reading {
    formats::read(&Upload { name: sent.name, bytes: sent.bytes }, sent.defaults)
}

/// Checks what was read and makes it ready. `library` has the built-in scenarios.
pub fn prepare(library: &Library, sent: &Sent<'_>, reading: Reading, there: &There) -> Prepared {
    let Reading {
        format,
        bank,
        scenarios,
        images,
        refused_images,
        mut problems,
        mut rest,
        mut failed,
        sources,
        derived,
    } = reading;
    let mut here = library.beside();
    recall(&mut here, &there.scenarios);
    recall_images(&mut here, &there.images, &images);
    refused_images.iter().for_each(|name| here.refuse_image(name));
    let proof = prove(&mut here, &scenarios);
    problems.extend(proof.problems);
    let (mut good, mut kept, mut sync, mut recognized) = (Vec::new(), 0, None, Vec::new());
    let mut taken = None;
    if let Some(mut bank) = bank {
        if let (Some(was), Some(format)) = (&there.bank, format) {
            keep_head(was, &mut bank, format, sent.defaults);
        }
        here.adopt(bank, sources);
        let wrong = check(&here, &proof.refused, &mut problems);
        let mut bank = here.banks.pop().expect("it was just put there");
        if !wrong.is_empty() {
            (rest, failed) = without(sent, &mut bank, &wrong, failed);
        }
        let was = there.bank.as_ref();
        if let Some(was) = was.filter(|_| there.mode == Mode::Whole) {
            recognized = recognize(was, &mut bank, &derived);
        }
        if let Some(was) = was {
            keep_parts(was, &mut bank);
        }
        good = bank.questions.iter().map(|question| question.id.clone()).collect();
        let mut bank = match was {
            Some(base) if there.mode == Mode::Add => add(base, bank),
            Some(base) if failed > 0 => {
                let whole = keep(base, bank);
                kept = whole.questions.len() - good.len();
                whole
            }
            _ => bank,
        };
        bank.questions.iter_mut().for_each(|question| here.pin(question));
        if failed == 0 {
            problems.extend(unused(&bank, &images));
        }
        if !good.is_empty() {
            sync = ready(&here, &bank, there.owner, &mut problems);
            if let Some(sync) = &mut sync {
                carry(sync, images, failed > 0);
            }
            let beyond = sync.as_ref().map(|sync| too_much(library, sent.name, &bank, sync, there));
            let beyond = beyond.unwrap_or_default();
            // What stands above the questions decides how they are read: with a mistake there, none can be taken.
            let is_of_scenario =
                |problem: &&Problem| scenarios.iter().any(|(file, _)| *file == problem.at.file);
            let mut of_banks = problems.iter().filter(|problem| !is_of_scenario(problem));
            if !beyond.is_empty() || of_banks.any(is_of_head) {
                sync = None;
            }
            problems.extend(beyond);
            taken = Some(bank);
        }
    }
    problems.sort_by(|a, b| a.at.cmp(&b.at));
    problems.dedup();
    Prepared {
        format,
        bank: taken,
        sync,
        good,
        failed,
        kept,
        problems,
        false_claims: proof.false_claims,
        recognized,
        rest,
        proved: (proof.proved.len(), proof.proved.values().sum()),
    }
}

/// Puts the scenarios that a bank has already beside the built-in ones.
fn recall(here: &mut Library, scenarios: &[ScenarioSync]) {
    for scenario in scenarios {
        if !here.has_scenario(&scenario.name, &scenario.hash) {
            // It was read when it came; where a later program refuses it, the question that names it will say so.
            let _ = here.add(&scenario.name, &scenario.source);
        }
    }
}

/// Makes known what names of pictures mean: those that come along, then those that a bank has already.
fn recall_images(here: &mut Library, there: &[BankImage], come: &[ImageFile]) {
    for BankImage { name, hash, width, height, length: _ } in there {
        here.add_image(name, Pinned { hash: hash.clone(), width: *width, height: *height });
    }
    for image in come {
        here.add_image(&image.name, image.pinned.clone());
    }
}

/// A warning for each picture that came along and that no question names.
fn unused(bank: &Bank, images: &[ImageFile]) -> Vec<Problem> {
    let is_named = |image: &&ImageFile| {
        bank.questions
            .iter()
            .any(|question| question.image.as_ref().is_some_and(|named| named.file == image.name))
    };
    let unused = images.iter().filter(|image| !is_named(image));
    let place = |image: &ImageFile| Place { file: image.name.clone(), ..Place::default() };
    unused.map(|image| Problem::warning(place(image), "image-unused")).collect()
}

/// Puts what is in the pictures into what the store shall keep. Where questions are left to be mended, all that came along
/// are kept: they may be theirs.
fn carry(sync: &mut BankSync, images: Vec<ImageFile>, all: bool) {
    for ImageFile { name, media_type, pinned: Pinned { hash, width, height }, bytes } in images {
        let new = Some(NewImage { media_type, bytes });
        match sync.images.iter_mut().find(|image| image.name == name) {
            Some(image) => image.new = new,
            None if all => sync.images.push(ImageSync { name, hash, width, height, new }),
            None => {}
        }
    }
}

/// What came of the scenarios of a file.
#[derive(Default)]
struct Proof {
    problems: Vec<Problem>,
    false_claims: Vec<FalseClaim>,
    /// Scenarios that cannot be used.
    refused: BTreeSet<String>,
    /// The others, with the number of their claims.
    proved: BTreeMap<String, usize>,
}

fn prove(here: &mut Library, scenarios: &[(String, String)]) -> Proof {
    let mut proof = Proof::default();
    let began = Instant::now();
    let mut names: HashMap<String, String> = HashMap::new();
    for (index, (file, source)) in scenarios.iter().enumerate() {
        let whole = || Place { file: file.clone(), ..Place::default() };
        if index >= MAX_SCENARIOS {
            let many =
                Problem::error(whole(), "upload-too-many-scenarios").found(scenarios.len().to_string());
            proof.problems.push(many.expected(MAX_SCENARIOS.to_string()));
            break;
        }
        let name = match here.add_scenario(file, source) {
            Ok(name) => name,
            Err(problems) => {
                proof.problems.extend(problems);
                continue;
            }
        };
        if let Some(earlier) = names.insert(name.clone(), file.clone()) {
            let twice = Problem::error(whole(), "scenario-name-twice").found(name.as_str());
            proof.problems.push(twice.expected(earlier));
            proof.refused.insert(name);
            continue;
        }
        let Some(added) = here.scenario(&name) else { continue };
        if began.elapsed() > MAX_RUNNING {
            let late =
                Problem::error(whole(), "upload-out-of-time").expected(MAX_RUNNING.as_secs().to_string());
            proof.problems.push(late);
            proof.refused.insert(name);
            continue;
        }
        match here.run(added) {
            Ok(run) => proof.claims(&name, added, &run),
            Err(problems) => {
                proof.problems.extend(problems);
                proof.refused.insert(name);
            }
        }
    }
    proof
}

impl Proof {
    fn claims(&mut self, name: &str, file: &ScenarioFile, run: &Run) {
        let claims = &run.scenario.claims;
        if let Some(problem) = too_many_looks(run, claims) {
            self.problems.push(problem);
            self.refused.insert(name.to_owned());
            return;
        }
        let verdicts = run.prove();
        for verdict in verdicts.iter().filter(|verdict| !verdict.holds) {
            let Some(claim) = claims.get(verdict.claim) else { continue };
            self.problems.push(refuted(run, claim, verdict));
            self.false_claims.push(FalseClaim {
                scenario: ScenarioSync {
                    hash: file.hash.clone(),
                    name: name.to_owned(),
                    source: file.source.clone(),
                },
                place: claim.place.clone(),
                that: claim.that.clone(),
                at: verdict.at,
                values: verdict.values.clone(),
                error: verdict.error.as_ref().map(ToString::to_string),
            });
            self.refused.insert(name.to_owned());
        }
        if !self.refused.contains(name) {
            self.proved.insert(name.to_owned(), claims.len());
        }
    }
}

/// Whether proving would take too long.
fn too_many_looks(run: &Run, claims: &[Claim]) -> Option<Problem> {
    let changes = run.trace.changes().len();
    let looks = |claim: &Claim| match claim.when {
        When::At(_) => 1,
        When::Always { .. } => changes + 1,
    };
    let all: usize = claims.iter().map(looks).sum();
    let place = claims.first()?.place.clone();
    (all > MAX_LOOKS).then(|| {
        Problem::error(place, "claims-too-many-looks").found(all.to_string()).expected(MAX_LOOKS.to_string())
    })
}

/// Checks the bank that was put beside its scenarios; returns the ids of the questions that cannot be taken.
fn check(here: &Library, refused: &BTreeSet<String>, problems: &mut Vec<Problem>) -> BTreeSet<String> {
    let mut wrong = BTreeSet::new();
    let Some(bank) = here.banks.last() else { return wrong };
    for finding in findings(here, bank, Demands::Any) {
        if finding.problem.is_error() {
            wrong.extend(finding.question);
        }
        problems.push(finding.problem);
    }
    for question in &bank.questions {
        if let Some(name) = question.scenarios().into_iter().find(|name| refused.contains(*name)) {
            let place = here.place(&bank.slug, &question.id, "scenario");
            problems.push(Problem::error(place, "scenario-refused").found(name));
            wrong.insert(question.id.clone());
        }
    }
    wrong
}

/// Takes questions out of a bank, and reads the file once more to have them among those that are to be mended.
fn without(
    sent: &Sent<'_>,
    bank: &mut Bank,
    wrong: &BTreeSet<String>,
    failed: usize,
) -> (Option<Rest>, usize) {
    let (out, kept): (Vec<Question>, Vec<Question>) =
        std::mem::take(&mut bank.questions).into_iter().partition(|question| wrong.contains(&question.id));
    bank.questions = kept;
    let defaults = Defaults { wrong: wrong.iter().cloned().collect(), ..sent.defaults.clone() };
    let again = read(&Sent { defaults: &defaults, ..*sent });
    let rest = again.rest.or_else(|| {
        let bank = Bank { questions: out.clone(), ..bank.clone() };
        Some(Rest { file_name: rest_name(&bank.slug, Format::Yaml), text: yaml::write(&bank) })
    });
    (rest, failed + out.len())
}

/// The bank for the store. A prediction that cannot be computed was noted before; should one be left, the bank waits.
fn ready(
    here: &Library,
    bank: &Bank,
    owner: Option<LearnerId>,
    problems: &mut Vec<Problem>,
) -> Option<BankSync> {
    content::sync_bank(here, bank, Audience::Private, owner)
        .map_err(|(id, _)| {
            let place = Place { path: id.clone(), ..Place::default() };
            problems.push(Problem::error(place, "scenario-refused").found(id));
        })
        .ok()
}

/// An id for a bank that is made of a file's name: `Week 3 (new).csv` is `week-3-new`.
pub fn slug_of(file_name: &str) -> String {
    let stem = formats::stem(file_name).0.to_ascii_lowercase();
    let words: Vec<&str> =
        stem.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    match words.join("-") {
        slug if slug.is_empty() => "bank".to_owned(),
        slug => slug.chars().take(60).collect::<String>().trim_end_matches('-').to_owned(),
    }
}

/// What a bank is called where its file does not say.
pub fn defaults_of(file_name: &str, lang: Lang) -> Defaults {
    Defaults { slug: slug_of(file_name), lang, title: None, wrong: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bank::Library;
    use std::fmt::Write;

    const FALSE: &str = r"
scenario: lonely
title: {zh: 独自, en: Alone}
cluster: {nodes: [node-a], images: {'web:1': {start: 2s, stop: 2s}}}
manifests: |
  apiVersion: v1
  kind: Pod
  metadata: {name: web}
  spec: {containers: [{name: app, image: 'web:1'}]}
until: 1m
claims:
- at: 30s
  that: pods().size() == 2
";

    fn bank(questions: &[&str]) -> String {
        let mut text = "bank: week-3\nlang: en\ntitle: Week 3\nquestions:\n".to_owned();
        for (index, more) in questions.iter().enumerate() {
            let _ = write!(
                text,
                "- id: q{index}\n  kind: true-false\n  ask: Is it so in case {index}?\n  answer: true\n{more}"
            );
        }
        text
    }

    fn prepared(text: &str, there: &There) -> Prepared {
        let defaults = defaults_of("week-3.yaml", Lang::En);
        let sent = Sent { name: "week-3.yaml", bytes: text.as_bytes(), defaults: &defaults };
        prepare(&Library::read(&[]).unwrap(), &sent, read(&sent), there)
    }

    #[test]
    fn a_name_of_a_file_becomes_an_id() {
        assert_eq!(slug_of("Week 3 (new).csv"), "week-3-new");
        assert_eq!(slug_of("C:\\banks\\第三周.md"), "bank");
        assert_eq!(slug_of("week-3-to-mend.yaml"), "week-3");
        assert_eq!(slug_of("week-3-to-mend (1).yaml"), "week-3");
        assert_eq!(slug_of("how-to-mend-pods.csv"), "how-to-mend-pods");
    }

    #[test]
    fn nothing_is_removed_as_long_as_a_file_has_mistakes() {
        let there = |mode| There {
            bank: prepared(&bank(&["", "", "", ""]), &There::default()).bank,
            mode,
            ..There::default()
        };
        let ids = |prepared: &Prepared| {
            let questions = &prepared.bank.as_ref().unwrap().questions;
            questions.iter().map(|question| question.id.clone()).collect::<Vec<_>>()
        };
        let without_the_first = |second: &str| bank(&["", second, ""]).replacen("q0", "new", 1);
        // q1 is to be mended, q0 and q3 are not in the file.
        let wrong = prepared(&without_the_first("  scenario: nowhere\n"), &there(Mode::Whole));
        assert_eq!(
            (ids(&wrong), wrong.kept),
            (["q0", "q1", "new", "q2", "q3"].map(str::to_owned).to_vec(), 3)
        );
        assert_eq!(wrong.good, ["new", "q2"]);
        let mended = prepared(&without_the_first(""), &there(Mode::Whole));
        assert_eq!((ids(&mended), mended.kept), (["new", "q1", "q2"].map(str::to_owned).to_vec(), 0));
        assert_eq!(prepared(&without_the_first("  scenario: nowhere\n"), &there(Mode::Add)).kept, 0);
    }

    #[test]
    fn what_betrays_an_answer_is_told_with_its_place_in_every_format() {
        let long = "the one that is right and says so at such length that nobody has to think".to_owned();
        for (name, text) in [
            ("b.csv", format!("question,A,B,answer\nQ,no,{long},B\n")),
            ("b.gift", format!("// first\nQ {{~no ={long}}}\n")),
            ("b.md", format!("## Q\n- [ ] no\n- [x] {long}\n")),
        ] {
            let defaults = defaults_of(name, Lang::En);
            let sent = Sent { name, bytes: text.as_bytes(), defaults: &defaults };
            let prepared = prepare(&Library::read(&[]).unwrap(), &sent, read(&sent), &There::default());
            let found: Vec<_> =
                prepared.problems.iter().map(|p| (p.kind, p.at.file.as_str(), p.at.line > 0)).collect();
            assert_eq!(found, [("right-is-long", name, true)], "{:?}", prepared.problems);
        }
    }

    #[test]
    fn a_question_whose_scenario_is_not_there_is_among_those_to_mend() {
        let prepared = prepared(&bank(&["", "  scenario: nowhere\n", ""]), &There::default());
        assert_eq!(prepared.good, ["q0", "q2"]);
        assert_eq!((prepared.failed, prepared.problems.len()), (1, 1));
        let problem = &prepared.problems[0];
        assert_eq!((problem.kind, problem.at.line), ("unknown-scenario", 13));
        let rest = prepared.rest.unwrap();
        assert_eq!(rest.file_name, "week-3-to-mend.yaml");
        assert!(rest.text.contains("id: q1") && !rest.text.contains("id: q2"), "{}", rest.text);
        assert_eq!(prepared.sync.unwrap().questions.len(), 2);
    }

    #[test]
    fn a_false_claim_is_shown_with_its_values_and_its_questions_wait() {
        let text = bank(&["", "  scenario: lonely\n"]);
        let defaults = defaults_of("week-3.yaml", Lang::En);
        let sent = Sent { name: "week-3.yaml", bytes: text.as_bytes(), defaults: &defaults };
        let mut reading = read(&sent);
        reading.scenarios.push(("scenarios/lonely.yaml".to_owned(), FALSE.to_owned()));
        let prepared = prepare(&Library::read(&[]).unwrap(), &sent, reading, &There::default());
        assert_eq!(prepared.good, ["q0"], "{:?}", prepared.problems);
        let [claim] = &prepared.false_claims[..] else { panic!("{:?}", prepared.problems) };
        assert_eq!((claim.that.as_str(), claim.at.to_string().as_str()), ("pods().size() == 2", "0:30"));
        assert!(claim.values.contains(&("pods().size()".to_owned(), "1".to_owned())), "{:?}", claim.values);
        let kinds: Vec<&str> = prepared.problems.iter().map(|problem| problem.kind).collect();
        assert_eq!(kinds, ["claim-false", "scenario-refused"]);
    }

    #[test]
    fn questions_are_added_to_a_bank_where_they_stand_or_behind() {
        let base = prepared(&bank(&["", ""]), &There::default()).bank;
        let more = bank(&[""]).replace("case 0", "case new").replace("q0", "q1")
            + "- id: q9\n  kind: true-false\n  ask: More?\n  answer: false\n";
        let added = prepared(&more, &There { bank: base, mode: Mode::Add, ..There::default() });
        let ids: Vec<_> = added.bank.as_ref().unwrap().questions.iter().map(|q| q.id.as_str()).collect();
        assert_eq!(ids, ["q0", "q1", "q9"]);
        assert_eq!(added.good, ["q1", "q9"]);
    }

    #[test]
    fn a_choice_that_moves_is_the_same_and_other_words_in_its_place_are_not() {
        let file = |choices: &str| {
            format!(
                "bank: week-3\nlang: en\ntitle: T\nquestions:\n- {{id: q, ask: Which?, choices: [{choices}]}}\n"
            )
        };
        let key = |prepared: &Prepared| prepared.sync.as_ref().unwrap().questions[0].semantic_key.clone();
        let first = prepared(&file("{say: ReplicaSet, right: true}, {say: Job}"), &There::default());
        let there = There { bank: first.bank.clone(), ..There::default() };
        let moved = prepared(&file("{say: Node}, {say: Job}, {say: ReplicaSet, right: true}"), &there);
        assert_eq!(key(&moved), key(&first));
        let other = prepared(&file("{say: DaemonSet, right: true}, {say: Job}"), &there);
        assert_ne!(key(&other), key(&first));
    }

    #[test]
    fn five_thousand_questions_are_read_and_checked() {
        let prepared = prepared(&bank(&[""; 5000]), &There::default());
        assert_eq!((prepared.good.len(), prepared.failed), (5000, 0), "{:?}", prepared.problems.first());
        assert_eq!(prepared.sync.unwrap().questions.len(), 5000);
    }
}
