//! Recognizing what can be chosen, ordered or paired. Without an id of its own it is called by its place, `c1` to `c9`, and
//! what is right is told by ids: so the place of other words would be taken for the same answer, and the same words in
//! another place for another. Held against what its question had before, each keeps the id that it had.

use super::likest;
use super::words::{ALIKE, Words};
use crate::bank::kinds::{Choice, Item, Pair};
use crate::bank::{Bank, Kind};
use crate::text::Text;
use std::collections::HashMap;

/// Gives the parts of questions that were in the bank before the ids that they had there.
pub fn keep_parts(before: &Bank, bank: &mut Bank) {
    let were: HashMap<&str, &Kind> =
        before.questions.iter().map(|question| (question.id.as_str(), &question.kind)).collect();
    for question in &mut bank.questions {
        let Some(was) = were.get(question.id.as_str()) else { continue };
        match (was, &mut question.kind) {
            (Kind::Single(was), Kind::Single(is)) => keep('c', &was.choices.all, &mut is.choices.all),
            (Kind::Multiple(was), Kind::Multiple(is)) => keep('c', &was.choices.all, &mut is.choices.all),
            (Kind::Order(was), Kind::Order(is)) => keep('i', &was.items, &mut is.items),
            (Kind::Matching(was), Kind::Matching(is)) => {
                keep('p', &was.pairs, &mut is.pairs);
                keep('x', &was.extra, &mut is.extra);
            }
            _ => {}
        }
    }
}

/// What has an id and says something.
trait Part {
    fn id(&self) -> &str;
    fn set_id(&mut self, id: String);
    /// All of these must be alike.
    fn says(&self) -> Vec<&Text>;
}

macro_rules! part {
    ($part:ty: $($says:ident),+) => {
        impl Part for $part {
            fn id(&self) -> &str {
                &self.id
            }

            fn set_id(&mut self, id: String) {
                self.id = id;
            }

            fn says(&self) -> Vec<&Text> {
                vec![$(&self.$says),+]
            }
        }
    };
}
part!(Choice: say);
part!(Item: say);
part!(Pair: left, right);

fn keep<P: Part>(letter: char, was: &[P], parts: &mut [P]) {
    let by_place = |(index, part): (usize, &P)| part.id() == format!("{letter}{}", index + 1);
    if !parts.iter().enumerate().all(by_place) {
        // They have ids of their own.
        return;
    }
    let kept = kin(was, parts);
    // New ones are called by no place that something had.
    let is_free = |id: &String| was.iter().all(|old| old.id() != id);
    let mut free = (1..).map(|number| format!("{letter}{number}")).filter(is_free);
    for (part, at) in parts.iter_mut().zip(kept) {
        if let Some(id) = at.map(|at| was[at].id().to_owned()).or_else(|| free.next()) {
            part.set_id(id);
        }
    }
}

/// Which of the former parts each part is.
fn kin<P: Part>(was: &[P], parts: &[P]) -> Vec<Option<usize>> {
    let alike = |old: &P, new: &P| {
        let both = old.says().into_iter().zip(new.says());
        both.map(|(old, new)| Words::of(old).alike(&Words::of(new))).min().unwrap_or(0)
    };
    if was.len() == parts.len() && was.iter().zip(parts).all(|(old, new)| old.says() == new.says()) {
        // As nearly always: nothing has changed.
        return (0..was.len()).map(Some).collect();
    }
    let mut pairs = Vec::new();
    for (at, old) in was.iter().enumerate() {
        pairs.extend(parts.iter().enumerate().map(|(index, new)| (alike(old, new), at, index)));
    }
    pairs.retain(|(alike, ..)| *alike >= ALIKE);
    let kept = likest(pairs);
    (0..parts.len()).map(|index| kept.get(&index).copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bank::yaml;

    fn bank(question: &str) -> Bank {
        yaml::read(
            &format!("bank: b\nlang: en\ntitle: T\nquestions:\n  - {{id: q, ask: Q, {question}}}\n"),
            "",
        )
        .unwrap()
    }

    /// Whether what makes an answer right is the same before and after.
    fn same(before: &str, after: &str) -> bool {
        let (before, mut after) = (bank(before), bank(after));
        keep_parts(&before, &mut after);
        before.questions[0].semantic_key(None) == after.questions[0].semantic_key(None)
    }

    #[test]
    fn a_typo_or_another_place_keeps_what_is_right() {
        let before = "choices: [{say: RelicaSet, right: true}, {say: Deployment}]";
        assert!(same(before, "choices: [{say: ReplicaSet, right: true}, {say: Deployment}]"));
        assert!(same(
            before,
            "choices: [{say: Deployment}, {say: DaemonSet}, {say: ReplicaSet, right: true}]"
        ));
        assert!(same("items: [Creat, Bind, Run]", "items: [Create, Bind, Run]"));
        assert!(same(
            "pairs: [{left: logs, right: DaemonSet}, {left: data, right: StatefulSet}]",
            "pairs: [{left: data, right: StatefulSet}, {left: logs, right: DaemonSets}]"
        ));
    }

    #[test]
    fn another_answer_is_another_one_in_whatever_place_it_stands() {
        let before = "choices: [{say: ReplicaSet, right: true}, {say: Deployment}]";
        assert!(!same(before, "choices: [{say: DaemonSet, right: true}, {say: Deployment}]"));
        assert!(!same(before, "choices: [{say: ReplicaSet}, {say: Deployment, right: true}]"));
        assert!(!same(before, "choices: [{say: Deployment, right: true}, {say: ReplicaSet}]"));
        assert!(!same("items: [Create, Bind, Run]", "items: [Bind, Create, Run]"));
        assert!(!same(
            "pairs: [{left: logs, right: DaemonSet}, {left: data, right: StatefulSet}]",
            "pairs: [{left: logs, right: StatefulSet}, {left: data, right: DaemonSet}]"
        ));
        assert!(!same(
            "choices: [{say: 5 s, right: true}, {say: 6 s}]",
            "choices: [{say: 7 s, right: true}, {say: 6 s}]"
        ));
    }

    #[test]
    fn ids_that_were_given_are_meant_and_new_ones_are_new() {
        let before = bank("choices: [{say: one, right: true}, {say: two}]");
        let mut named = bank("choices: [{id: c2, say: one, right: true}, {id: c1, say: two}]");
        let given = named.clone();
        keep_parts(&before, &mut named);
        assert_eq!(named, given);
        let mut more = bank("choices: [{say: zero}, {say: two}, {say: one, right: true}]");
        keep_parts(&before, &mut more);
        let Kind::Single(single) = &more.questions[0].kind else { panic!("single") };
        let ids: Vec<&str> = single.choices.all.iter().map(|choice| choice.id.as_str()).collect();
        assert_eq!(ids, ["c3", "c2", "c1"]);
        // And the same again is the same.
        let mut again = bank("choices: [{say: zero}, {say: two}, {say: one, right: true}]");
        keep_parts(&more, &mut again);
        assert_eq!(again, more);
    }
}
