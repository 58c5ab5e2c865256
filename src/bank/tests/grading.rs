//! Forms in, scores out, worked out by hand.

use super::question;
use crate::bank::{Frozen, Grade, Mark, Question, Response, ResponseProblem};
use crate::locale::locale;
use crate::text::Lang;

const SINGLE: &str = "
  - id: q
    ask: Where?
    choices:
      - {id: a, say: Here, right: true}
      - {id: b, say: There}
      - {id: c, say: Nowhere}
      - {id: d, say: Everywhere}
";
const MULTIPLE: &str = "
  - id: q
    ask: What?
    choices:
      - {id: a, say: IP, right: true}
      - {id: b, say: Ports, right: true}
      - {id: c, say: Volumes, right: true, weight: 2}
      - {id: d, say: Files}
      - {id: e, say: Nodes, weight: 3}
";
const CLOZE: &str = "
  - id: q
    ask: Complete.
    cloze: {zh: '[[Pod|容器组]] 由 [[控制器]] 管理。', en: 'A [[#2 controller]] manages a [[#1 Pod]].'}
";
const SHORT: &str = "
  - id: q
    ask: Which?
    answers: {zh: [副本集], en: [ReplicaSet, replica set]}
";
const NUMERIC: &str = "
  - id: q
    ask: How long?
    value: 300
    tolerance: 5
    unit: s
";
const ORDER: &str = "
  - id: q
    ask: In which order?
    items:
      - {id: a, say: first}
      - {id: b, say: second}
      - {id: c, say: third}
      - {id: d, say: fourth}
";
const MATCH: &str = "
  - id: q
    ask: What goes with what?
    pairs:
      - {id: a, left: logs, right: DaemonSet}
      - {id: b, left: database, right: StatefulSet}
      - {id: c, left: agent, right: DaemonSet}
    extra: [Job]
";
const PREDICT: &str = "
  - id: q
    ask: How many?
    predict:
      scenario: x
      at: 10s
      value: pods().size()
      wrong: [{id: early, at: 5s}, {id: late, at: 20s}]
";
const PREDICT_TYPED: &str = "
  - id: q
    ask: How many?
    predict: {scenario: x, at: end, value: pods().size(), unit: s}
";

/// A form: `name=value` by spaces, `+` for a space inside.
fn form(fields: &str) -> Vec<(String, String)> {
    let pairs = fields.split(' ').filter_map(|field| field.split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), value.replace('+', " "))).collect()
}

fn answer(question: &Question, fields: &str, frozen: Option<&Frozen>) -> Result<Grade, ResponseProblem> {
    let shown = question.presented(7, frozen).shown;
    let response = question.read_response(&shown, &form(fields))?;
    assert_eq!(Response::from_raw(&response.to_raw()), Some(response.clone()), "it is stored and read back");
    Ok(question.grade(&response, frozen))
}

fn frozen() -> Frozen {
    Frozen { right: "3".into(), wrong: vec![("early".into(), "10".into()), ("late".into(), "2".into())] }
}

#[test]
fn scores() {
    let frozen = frozen();
    for (yaml, fields, score) in [
        (SINGLE, "choice=a", 1000),
        (SINGLE, "choice=b", 0),
        // One right of weight 4 in all; a wrong choice takes away what it weighs.
        (MULTIPLE, "choice=a choice=b choice=c", 1000),
        (MULTIPLE, "choice=c choice=a choice=b choice=a", 1000),
        (MULTIPLE, "choice=a choice=b", 500),
        (MULTIPLE, "choice=c", 500),
        (MULTIPLE, "choice=a choice=b choice=c choice=d", 750),
        (MULTIPLE, "choice=a choice=d", 0),
        (MULTIPLE, "choice=a choice=b choice=c choice=d choice=e", 0),
        (MULTIPLE, "choice=e", 0),
        ("\n  - {id: q, ask: True?, answer: false}\n", "choice=false", 1000),
        ("\n  - {id: q, ask: True?, answer: false}\n", "choice=true", 0),
        ("\n  - {id: q, ask: Front, back: Back}\n", "revealed=1", 1000),
        (CLOZE, "blank-1=pod blank-2=控制器", 1000),
        (CLOZE, "blank-1=容+器组 blank-2=the+Controller.", 1000),
        (CLOZE, "blank-1=controller blank-2=pod", 0),
        (CLOZE, "blank-2=controller", 500),
        (SHORT, "answer=replicaset", 1000),
        (SHORT, "answer=a+Replica+Set.", 1000),
        (SHORT, "answer=副本集", 1000),
        (SHORT, "answer=Ｒｅｐｌｉｃａ　Ｓｅｔ", 1000),
        (SHORT, "answer=deployment", 0),
        (NUMERIC, "answer=300", 1000),
        (NUMERIC, "answer=5+分钟", 1000),
        (NUMERIC, "answer=五分钟", 1000),
        (NUMERIC, "answer=295", 1000),
        (NUMERIC, "answer=305s", 1000),
        (NUMERIC, "answer=305.1", 0),
        (NUMERIC, "answer=294", 0),
        (NUMERIC, "answer=5", 0),
        (ORDER, "place-a=1 place-b=2 place-c=3 place-d=4", 1000),
        // Five of six pairs.
        (ORDER, "place-a=2 place-b=1 place-c=3 place-d=4", 833),
        (ORDER, "place-a=4 place-b=3 place-c=2 place-d=1", 0),
        (ORDER, "place-a=4 place-b=1 place-c=2 place-d=3", 500),
        (MATCH, "match-a=a match-b=b match-c=a", 1000),
        (MATCH, "match-a=a match-b=b match-c=x1", 666),
        (MATCH, "match-b=b", 333),
        (MATCH, "match-a=b match-b=a match-c=b", 0),
        (PREDICT, "choice==", 1000),
        (PREDICT, "choice=early", 0),
        (PREDICT_TYPED, "answer=3", 1000),
        (PREDICT_TYPED, "answer=三秒", 1000),
        (PREDICT_TYPED, "answer=4", 0),
    ] {
        let grade = answer(&question(yaml), fields, Some(&frozen));
        assert_eq!(grade.map(|grade| grade.score), Ok(score), "{fields} in {yaml}");
    }
}

#[test]
fn forms_that_cannot_be_graded() {
    let unknown = |what: &str| ResponseProblem::Unknown(what.into());
    for (yaml, fields, problem) in [
        (SINGLE, "", ResponseProblem::Nothing),
        (SINGLE, "choice=z", unknown("z")),
        (MULTIPLE, "choice=a choice=z", unknown("z")),
        (CLOZE, "blank-1=+ blank-2=", ResponseProblem::Nothing),
        (SHORT, "answer=+", ResponseProblem::Nothing),
        (NUMERIC, "answer=many", ResponseProblem::NotANumber("many".into())),
        (NUMERIC, "answer=3+pods", ResponseProblem::NotANumber("3 pods".into())),
        (ORDER, "place-a=1 place-b=1 place-c=2 place-d=3", ResponseProblem::Place(1)),
        (ORDER, "place-a=1 place-b=2 place-c=3", ResponseProblem::Place(4)),
        (ORDER, "place-a=9", unknown("9")),
        (ORDER, "place-a=0", unknown("0")),
        (ORDER, "", ResponseProblem::Nothing),
        (MATCH, "match-a=z", unknown("z")),
        (MATCH, "match-z=a", ResponseProblem::Nothing),
        (PREDICT, "choice=z", unknown("z")),
        ("\n  - {id: q, ask: Front, back: Back}\n", "", ResponseProblem::Nothing),
    ] {
        for lang in Lang::ALL {
            assert!(locale(lang).has(problem.key()), "no sentence for {}", problem.key());
        }
        assert_eq!(answer(&question(yaml), fields, Some(&frozen())), Err(problem), "{fields} in {yaml}");
    }
}

#[test]
fn a_choice_that_was_not_drawn_cannot_be_chosen() {
    let question = question(&SINGLE.replace("    choices", "    show: 1\n    choices"));
    let shown = question.presented(3, None).shown;
    assert_eq!(shown.len(), 2);
    let hidden = ["b", "c", "d"].into_iter().find(|id| !shown.iter().any(|there| there == id)).unwrap();
    let fields = form(&format!("choice={hidden}"));
    assert_eq!(question.read_response(&shown, &fields), Err(ResponseProblem::Unknown(hidden.into())));
}

#[test]
fn the_parts_say_what_became_of_each_choice() {
    let grade = answer(&question(MULTIPLE), "choice=a choice=d", None).unwrap();
    let marks: Vec<Mark> = ["a", "b", "c", "d", "e"].iter().filter_map(|id| grade.mark(id)).collect();
    assert_eq!(marks, [Mark::Hit, Mark::Missed, Mark::Missed, Mark::Wrong, Mark::Left]);
    let grade = answer(&question(CLOZE), "blank-1=pod", None).unwrap();
    assert_eq!((grade.mark("1"), grade.mark("2")), (Some(Mark::Hit), Some(Mark::Missed)));
}

#[test]
fn what_was_understood_is_said_where_it_is_not_plain() {
    for (yaml, fields, understood) in [
        (NUMERIC, "answer=五分钟", Some("300 s")),
        (NUMERIC, "answer=300", Some("300 s")),
        (NUMERIC, "answer=300+s", None),
        (SHORT, "answer=ReplicaSet", None),
        (SHORT, "answer=the+replica+set.", Some("replica set")),
    ] {
        let grade = answer(&question(yaml), fields, None).unwrap();
        assert_eq!(grade.understood.as_deref(), understood, "{fields}");
    }
}

#[test]
fn an_answer_to_another_kind_is_worth_nothing() {
    for yaml in [SINGLE, MULTIPLE, CLOZE, SHORT, NUMERIC, ORDER, MATCH, PREDICT] {
        assert_eq!(question(yaml).grade(&Response::Revealed, None).score, 0, "{yaml}");
    }
}

#[test]
fn the_same_seed_shows_the_same_order_and_other_seeds_others() {
    let question = question(SINGLE);
    let orders: std::collections::BTreeSet<Vec<String>> =
        (0..200).map(|seed| question.presented(seed, None).shown).collect();
    assert_eq!(orders.len(), 24, "every order turns up");
    assert_eq!(question.presented(5, None), question.presented(5, None));
    let kept = super::question(&SINGLE.replace("    choices", "    shuffle: false\n    choices"));
    assert_eq!(kept.presented(5, None).shown, ["a", "b", "c", "d"]);
}

#[test]
fn order_and_match_are_never_shown_solved() {
    let two = question("\n  - {id: q, ask: Order, items: [x, y]}\n");
    for seed in 0..100 {
        assert_eq!(two.presented(seed, None).shown, ["i2", "i1"]);
        assert_ne!(question(ORDER).presented(seed, None).shown, ["a", "b", "c", "d"]);
        assert_ne!(question(MATCH).presented(seed, None).shown, ["a", "b", "x1"]);
    }
}

#[test]
fn predicted_numbers_are_shown_in_ascending_order() {
    assert_eq!(question(PREDICT).presented(1, Some(&frozen())).shown, ["late", "=", "early"]);
    assert!(question(PREDICT_TYPED).presented(1, Some(&frozen())).shown.is_empty());
}
