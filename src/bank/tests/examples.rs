//! The examples in the pages of the format are read, and say what their pages say.

use super::bank_of;
use crate::bank::kinds::{Cloze, Segment};
use crate::bank::number::{Number, TimeUnit, Unit};
use crate::bank::{Kind, yaml};
use crate::text::Lang;

/// The YAML between the fences of a file's page.
fn example(page: &str) -> String {
    page.lines()
        .map_while(|line| line.strip_prefix("//!"))
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
        .skip_while(|line| *line != "```yaml")
        .skip(1)
        .take_while(|line| *line != "```")
        .map(|line| format!("{line}\n"))
        .collect()
}

macro_rules! kind {
    ($file:literal) => {
        bank_of(&example(include_str!(concat!("../kinds/", $file)))).questions.remove(0).kind
    };
}

#[test]
fn the_example_of_every_kind_is_of_that_kind_with_and_without_saying_so() {
    let pages = [
        ("flashcard", include_str!("../kinds/flashcard.rs")),
        ("single", include_str!("../kinds/single.rs")),
        ("multiple", include_str!("../kinds/multiple.rs")),
        ("true-false", include_str!("../kinds/true_false.rs")),
        ("cloze", include_str!("../kinds/cloze.rs")),
        ("short", include_str!("../kinds/short.rs")),
        ("numeric", include_str!("../kinds/numeric.rs")),
        ("order", include_str!("../kinds/order.rs")),
        ("match", include_str!("../kinds/matching.rs")),
    ];
    for (kind, page) in pages {
        let example = example(page);
        assert_eq!(bank_of(&example).questions[0].kind.name(), kind);
        let silent: String =
            example.lines().filter(|line| !line.contains("kind:")).map(|line| format!("{line}\n")).collect();
        assert_eq!(bank_of(&silent).questions[0].kind.name(), kind, "without saying so");
    }
}

#[test]
fn the_example_of_a_bank_is_read() {
    let bank = yaml::read(&example(include_str!("../yaml.rs")), "").expect("the example is a bank");
    let question = &bank.questions[0];
    assert_eq!((bank.slug.as_str(), question.id.as_str()), ("pods-and-controllers", "pod-heals-itself"));
    assert!(question.draft);
    assert_eq!(question.scenarios(), ["node-failure-bare-pod", "node-failure"]);
}

#[test]
fn a_cloze_numbers_its_blanks_across_languages() {
    let Kind::Cloze(cloze) = kind!("cloze.rs") else { panic!("a cloze") };
    let numbers = |cloze: &Cloze, lang| -> Vec<usize> {
        let pieces = cloze.segments(lang).into_iter();
        pieces.filter_map(|piece| if let Segment::Blank(n, _) = piece { Some(n) } else { None }).collect()
    };
    assert_eq!(cloze.blanks(), 2);
    assert_eq!(numbers(&cloze, Lang::Zh), [1, 2]);
    assert_eq!(numbers(&cloze, Lang::En), [2, 1]);
    assert_eq!(cloze.segments(Lang::En)[1], Segment::Blank(2, vec!["controller".into()]));
}

#[test]
fn a_prediction_takes_from_the_right_value_what_a_wrong_one_leaves_out() {
    let Kind::Predict(predict) = kind!("predict.rs") else { panic!("a prediction") };
    let [before, bare] = &predict.wrong[..] else { panic!("two wrong values") };
    assert_eq!(predict.probe(before).value, predict.right.value);
    assert_eq!(predict.probe(before).scenario.as_deref(), Some("node-failure"));
    assert_eq!(predict.probe(bare).scenario.as_deref(), Some("node-failure-bare-pod"));
    assert_eq!(predict.probe(bare).at, predict.right.at);
}

#[test]
fn equal_right_hand_sides_are_one() {
    let yaml = "  - id: q\n    ask: Which?\n    pairs:\n      - {left: a, right: x}\n      - {left: b, right: x}\n      - {left: c, right: y}\n    extra: [z]\n";
    let Kind::Matching(matching) = bank_of(yaml).questions.remove(0).kind else { panic!("a match") };
    let ids: Vec<&str> = matching.rights().into_iter().map(|(id, _)| id).collect();
    assert_eq!(ids, ["p1", "p3", "x1"]);
    assert_eq!(matching.right_id("p2"), Some("p1"));
}

#[test]
fn a_unit_of_time_is_known_however_it_is_written() {
    for unit in ["s", "{ zh: s, en: s }", "{ en: s }"] {
        let yaml = format!("  - id: q\n    ask: How long?\n    value: 1.5\n    unit: {unit}\n");
        let Kind::Numeric(numeric) = bank_of(&yaml).questions.remove(0).kind else { panic!("numeric") };
        assert_eq!(numeric.unit, Some(Unit::Time(TimeUnit::Seconds)), "{unit}");
        assert_eq!(Some(numeric.value), Number::parse("1.5"));
    }
}
