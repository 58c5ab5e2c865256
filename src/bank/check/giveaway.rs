//! Giveaways: choices that betray the answer by their length or their place, to those who know nothing of it.

use super::{Checking, choices};
use crate::bank::{Kind, Question};
use crate::problem::Place;
use crate::text::{Lang, Text};

/// The right choice may be so much longer than the longest wrong one, in per cent …
const LONGER: usize = 160;
/// … or by so many characters.
const BY: usize = 8;
/// Of all questions with one right choice, it may be the longest in so many, in per cent. By chance it is in a quarter.
const LONGEST: usize = 45;
/// Of those that are not shuffled, the right one may stand in the same place in so many, in per cent.
const SAME_PLACE: usize = 60;
/// With fewer questions shares say nothing.
const ENOUGH: usize = 12;

pub(super) fn check(checking: &mut Checking<'_>) {
    let bank = checking.bank;
    for lang in Lang::ALL {
        let (mut questions, mut longest) = (0, 0);
        for question in &bank.questions {
            let Some((right, wrong)) = lengths(question, lang) else { continue };
            questions += 1;
            longest += usize::from(right > wrong);
            if right * 100 > wrong * LONGER && right > wrong + BY {
                checking.wrong(question, "choices", "right-is-long", &right.to_string(), &wrong.to_string());
            }
        }
        if questions >= ENOUGH && longest * 100 > questions * LONGEST {
            note(checking, "right-often-longest", longest, questions);
        }
    }
    let places: Vec<usize> = bank.questions.iter().filter_map(place).collect();
    for place in 0..10 {
        let same = places.iter().filter(|other| **other == place).count();
        if places.len() >= ENOUGH && same * 100 > places.len() * SAME_PLACE {
            note(checking, "right-same-place", same, places.len());
        }
    }
}

fn note(checking: &mut Checking<'_>, kind: &'static str, found: usize, of: usize) {
    let place = Place { path: checking.bank.slug.clone(), ..Place::default() };
    checking.note(place, kind, &found.to_string(), &of.to_string());
}

/// The lengths of the right choice and of the longest wrong one, where one is right.
fn lengths(question: &Question, lang: Lang) -> Option<(usize, usize)> {
    let Kind::Single(kind) = &question.kind else { return None };
    let length = |text: &Text| text.side(lang).map(|words| words.chars().count());
    let right = kind.choices.right().next().and_then(|choice| length(&choice.say))?;
    let wrong = kind.choices.wrong().filter_map(|choice| length(&choice.say)).max()?;
    Some((right, wrong))
}

/// The place of the right choice, where one is right and the order is kept.
fn place(question: &Question) -> Option<usize> {
    let choices = choices(question).filter(|choices| !choices.shuffle && choices.right().count() == 1)?;
    choices.all.iter().position(|choice| choice.right)
}
