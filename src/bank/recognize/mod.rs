//! Recognizing questions that have no id of their own: where an id is made of words, other words make another id. So that
//! a typo does not begin a card afresh, a question that is new is held against those that are gone.
//!
//! It is the same where it is of the same kind, stands in the same place (behind or before the same question, some steps
//! away) and has much the same words. Who means another question gives it an id. What can be chosen, ordered or paired is
//! recognized inside its question in the same way ([`keep_parts`]).

mod parts;
mod words;

pub use parts::keep_parts;

use super::{Bank, Question};
use crate::text::Text;
use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap, HashSet};
use words::{ALIKE, Words};

/// How far from its place a question may have moved, in questions.
const NEAR: usize = 20;

/// A question that was recognized by its words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recognized {
    /// Its id, which it keeps.
    pub id: String,
    /// The id that its words make.
    pub derived: String,
    /// What it asked.
    pub was: Text,
    /// What it asks now.
    pub asks: Text,
}

/// Gives questions that were in the bank before the ids that they had. `derived` are the ids that were made of words. The
/// bank must be whole: what is not in it is gone.
pub fn recognize(before: &Bank, bank: &mut Bank, derived: &BTreeSet<String>) -> Vec<Recognized> {
    let ids = |bank: &Bank| bank.questions.iter().map(|question| question.id.clone()).collect::<HashSet<_>>();
    let (old, new) = (ids(before), ids(bank));
    let stays = |question: &Question| old.contains(&question.id) && new.contains(&question.id);
    let (were, are) = (places(&before.questions, stays), places(&bank.questions, stays));
    let gone = |index: &usize| !new.contains(&before.questions[*index].id);
    let come = |index: &usize| {
        let id = &bank.questions[*index].id;
        !old.contains(id) && derived.contains(id)
    };
    let mut there: HashMap<Place<'_>, usize> = HashMap::new();
    for index in (0..before.questions.len()).filter(gone) {
        there.extend(were[index].iter().map(|place| (*place, index)));
    }
    let words: HashMap<usize, Words<'_>> =
        there.values().map(|at| (*at, Words::of(&before.questions[*at].ask))).collect();
    let mut pairs = Vec::new();
    for index in (0..bank.questions.len()).filter(come) {
        let asks = Words::of(&bank.questions[index].ask);
        let near = are[index].iter().flat_map(|(side, anchor, steps)| {
            let from = steps.saturating_sub(NEAR)..=steps + NEAR;
            from.filter_map(|steps| there.get(&(*side, *anchor, steps)).copied())
        });
        let near: BTreeSet<usize> = near.collect();
        for at in near {
            let (was, is) = (&before.questions[at], &bank.questions[index]);
            let alike = words[&at].alike(&asks);
            if was.kind.name() == is.kind.name() && alike >= ALIKE {
                pairs.push((alike, at, index));
            }
        }
    }
    let named = likest(pairs);
    let mut recognized = Vec::new();
    for (index, question) in bank.questions.iter_mut().enumerate() {
        let Some(at) = named.get(&index) else { continue };
        let was = &before.questions[*at];
        let derived = std::mem::replace(&mut question.id, was.id.clone());
        recognized.push(Recognized {
            id: was.id.clone(),
            derived,
            was: was.ask.clone(),
            asks: question.ask.clone(),
        });
    }
    recognized
}

/// Which is which, of pairs of what was and what is: how much they are alike, and the place of each. The likest come first, of
/// equals those that moved least, and each is taken once. Places of now to places of then.
fn likest(mut pairs: Vec<(u32, usize, usize)>) -> HashMap<usize, usize> {
    pairs.sort_by_key(|&(alike, at, index)| (Reverse(alike), at.abs_diff(index), at, index));
    let (mut taken, mut kept) = (HashSet::new(), HashMap::new());
    for (_, at, index) in pairs {
        if !taken.contains(&at) && !kept.contains_key(&index) {
            taken.insert(at);
            kept.insert(index, at);
        }
    }
    kept
}

/// Which side of a question that stays: behind it or before it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Side {
    Behind,
    Before,
}

/// The side of a question that stays (`None` for the end of the bank), and how many steps from it.
type Place<'b> = (Side, Option<&'b str>, usize);

/// The two places of each question.
fn places(questions: &[Question], stays: impl Fn(&Question) -> bool) -> Vec<[Place<'_>; 2]> {
    let walk = |side, order: &mut dyn Iterator<Item = usize>| {
        let mut found = vec![(side, None, 0); questions.len()];
        let (mut anchor, mut steps) = (None, 0);
        for index in order {
            found[index] = (side, anchor, steps);
            steps += 1;
            if stays(&questions[index]) {
                (anchor, steps) = (Some(questions[index].id.as_str()), 0);
            }
        }
        found
    };
    let behind = walk(Side::Behind, &mut (0..questions.len()));
    let before = walk(Side::Before, &mut (0..questions.len()).rev());
    behind.into_iter().zip(before).map(|(behind, before)| [behind, before]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bank::yaml;
    use std::fmt::Write;

    /// A bank of statements: id and words. One that ends with `#` is a flashcard.
    fn bank(questions: &[(&str, &str)]) -> Bank {
        let mut text = "bank: b\nlang: zh\ntitle: T\nquestions:\n".to_owned();
        for (id, words) in questions {
            let rest = if words.ends_with('#') { "back: x" } else { "answer: true" };
            let _ = writeln!(text, "- id: {id}\n  ask: \"{words}\"\n  {rest}");
        }
        yaml::read(&text, "").unwrap()
    }

    /// The ids after questions with these ids were derived.
    fn ids(before: &Bank, now: &Bank, derived: &[&str]) -> Vec<String> {
        let mut bank = now.clone();
        recognize(before, &mut bank, &derived.iter().map(|id| (*id).to_owned()).collect());
        bank.questions.into_iter().map(|question| question.id).collect()
    }

    #[test]
    fn a_typo_keeps_the_id_in_either_language() {
        let before =
            bank(&[("a", "Pod 是最小的单位。"), ("q-1", "裸 Pod 会被重健吗？"), ("b", "Is a Job done?")]);
        let now =
            bank(&[("a", "Pod 是最小的单位。"), ("q-2", "裸 Pod 会被重建吗？"), ("b", "Is a Job done?")]);
        assert_eq!(ids(&before, &now, &["q-2"]), ["a", "q-1", "b"]);
        assert_eq!(ids(&before, &now, &[]), ["a", "q-2", "b"], "an id that was given is meant");
        let (before, now) = (bank(&[("x", "Wat is a Pod?")]), bank(&[("y", "What is a Pod?")]));
        assert_eq!(ids(&before, &now, &["y"]), ["x"]);
    }

    #[test]
    fn other_words_another_kind_or_another_place_are_another_question() {
        let before = bank(&[("q-1", "裸 Pod 会被重建吗？"), ("b", "Job 会结束。")]);
        for (words, place) in [("Node 有多少 CPU？", 0), ("裸 Pod 会被重建吗？#", 0)] {
            let now = bank(&[("q-2", words), ("b", "Job 会结束。")]);
            assert_eq!(ids(&before, &now, &["q-2"])[place], "q-2", "{words}");
        }
        let mut far: Vec<(String, String)> =
            (0..60).map(|n| (format!("s{n}"), format!("第 {n} 题是对的。"))).collect();
        let all =
            |list: &[(String, String)]| bank(&list.iter().map(|(a, b)| (&**a, &**b)).collect::<Vec<_>>());
        far.insert(0, ("q-1".into(), "裸 Pod 会被重建吗？".into()));
        let before = all(&far);
        let question = far.remove(0);
        far.insert(30, ("q-2".into(), question.1));
        assert!(ids(&before, &all(&far), &["q-2"]).contains(&"q-2".to_owned()));
    }

    #[test]
    fn the_likest_takes_it_and_each_is_taken_once() {
        let before = bank(&[("q-1", "Deployment 会重建 Pod 吗？"), ("q-2", "ReplicaSet 会重建 Pod 吗？")]);
        let now = bank(&[
            ("q-3", "ReplicaSet 会重健 Pod 吗？"),
            ("q-4", "DaemonSet 会重建 Pod 吗？"),
            ("q-5", "Deployment 会重健 Pod 吗？"),
        ]);
        assert_eq!(ids(&before, &now, &["q-3", "q-4", "q-5"]), ["q-2", "q-4", "q-1"]);
    }

    #[test]
    fn a_translation_that_is_added_changes_no_question() {
        let before = bank(&[("q-1", "裸 Pod 会被重建吗？")]);
        let mut now = bank(&[("q-2", "裸 Pod 会被重建吗？")]);
        now.questions[0].ask =
            Text::both("裸 Pod 会被重建吗？", "Is a bare Pod that was deleted made again?");
        assert_eq!(ids(&before, &now, &["q-2"]), ["q-1"]);
    }

    #[test]
    fn a_bank_of_other_questions_takes_no_time() {
        let many = |word: &str| {
            let all: Vec<(String, String)> = (0..5_000)
                .map(|n| (format!("{word}-{n}"), format!("{word} {n} is so, is it not?")))
                .collect();
            bank(&all.iter().map(|(id, words)| (&**id, &**words)).collect::<Vec<_>>())
        };
        let (before, now) = (many("this"), many("that"));
        let derived = now.questions.iter().map(|question| question.id.clone()).collect();
        let began = std::time::Instant::now();
        recognize(&before, &mut now.clone(), &derived);
        assert!(began.elapsed().as_secs() < 10, "{:?}", began.elapsed());
    }
}
