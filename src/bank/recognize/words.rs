//! How much two texts are alike.

use crate::bank::reader::distance;
use crate::text::{Lang, Text};

/// How much of two texts must be the same to be the same text with a typo, in per mille.
pub(super) const ALIKE: u32 = 500;
/// Everything.
const EQUAL: u32 = 1_000;
/// Texts of no more letters than this are compared letter by letter: one wrong letter is much of them.
const SHORT: usize = 8;

/// The words of a text in each language.
pub(super) struct Words<'t>([Side<'t>; 2]);

struct Side<'t> {
    words: &'t str,
    /// Letters and digits, in lower case.
    letters: String,
    /// The neighbors among them, sorted.
    pairs: Vec<[char; 2]>,
}

impl Words<'_> {
    pub(super) fn of(text: &Text) -> Words<'_> {
        Words(Lang::ALL.map(|lang| Side::of(text.side(lang).unwrap_or_default())))
    }

    /// How much of two texts is the same, in per mille: in the language in which it is most.
    pub(super) fn alike(&self, other: &Words<'_>) -> u32 {
        self.0.iter().zip(&other.0).map(|(one, other)| one.alike(other)).max().unwrap_or(0)
    }
}

impl Side<'_> {
    fn of(words: &str) -> Side<'_> {
        let letters: Vec<char> =
            words.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
        let mut pairs: Vec<[char; 2]> = letters.windows(2).map(|pair| [pair[0], pair[1]]).collect();
        pairs.sort_unstable();
        Side { words, letters: letters.into_iter().collect(), pairs }
    }

    fn alike(&self, other: &Side<'_>) -> u32 {
        if self.words.is_empty() || other.words.is_empty() {
            return 0;
        }
        if self.words == other.words {
            return EQUAL;
        }
        match dice(&self.pairs, &other.pairs) {
            share if share < ALIKE && self.is_a_slip_of(other) => ALIKE,
            // Only what is written the same is the same.
            share => share.min(EQUAL - 1),
        }
    }

    /// Whether a short word is another with a letter wrong. A number with a digit wrong is another number.
    fn is_a_slip_of(&self, other: &Side<'_>) -> bool {
        let length = |side: &Side<'_>| side.letters.chars().count();
        let most = length(self).max(length(other));
        (1..=SHORT).contains(&most)
            && !self.letters.contains(char::is_numeric)
            && !other.letters.contains(char::is_numeric)
            && distance(&self.letters, &other.letters) * 3 <= most
    }
}

/// Twice what two sorted lists have in common, of all that they have, in per mille (Sørensen and Dice).
fn dice(one: &[[char; 2]], other: &[[char; 2]]) -> u32 {
    let (mut common, mut i, mut j) = (0_usize, 0, 0);
    while i < one.len() && j < other.len() {
        match one[i].cmp(&other[j]) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => (common, i, j) = (common + 1, i + 1, j + 1),
        }
    }
    let share = (common * 2_000).checked_div(one.len() + other.len()).unwrap_or(0);
    u32::try_from(share).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alike(one: &str, other: &str) -> u32 {
        Words::of(&Text::only(Lang::En, one)).alike(&Words::of(&Text::only(Lang::En, other)))
    }

    #[test]
    fn a_typo_is_alike_and_another_word_is_not() {
        // Nine of ten neighbors each: 2 × 7 of 9 + 8.
        assert_eq!(alike("ReplicaSet", "RelicaSet"), 2 * 7 * 1_000 / 17);
        assert_eq!(alike("Job", "Jbo"), ALIKE);
        assert_eq!(alike("+", "+"), EQUAL);
        assert!(alike("裸 Pod 会被重健吗？", "裸 Pod 会被重建吗？") >= ALIKE);
        for (one, other) in [
            ("5 s", "6 s"),
            ("+", "-"),
            ("Job", "Pod"),
            ("IP", "ID"),
            ("Deployment", "DaemonSet"),
            ("v1", "v2"),
        ] {
            assert!(alike(one, other) < ALIKE, "{one} {other}");
        }
    }
}
