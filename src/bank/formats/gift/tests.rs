//! GIFT is read as Moodle reads it (`question/format/gift/format.php`), and where that is surely not what was meant, the
//! reader says so and gives the corrected line.

use super::*;
use crate::bank::Kind;
use crate::bank::kinds::{
    Answers, Choice, Choices, Item, Matching, Multiple, Numeric, Pair, Short, Single, TrueFalse,
};
use crate::bank::number::Number;
use crate::text::{Lang, Text};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;

fn defaults() -> Defaults {
    Defaults { slug: "b".into(), lang: Lang::En, title: Some(Text::only(Lang::En, "T")), wrong: Vec::new() }
}

fn reading(source: &str) -> Reading {
    read(source, "q.gift", &defaults())
}

/// The questions of a file without problems.
fn clean(source: &str) -> Vec<Question> {
    let reading = reading(source);
    assert!(reading.problems.is_empty(), "{:#?}", reading.problems);
    reading.bank.map(|bank| bank.questions).unwrap_or_default()
}

fn one(source: &str) -> Question {
    clean(source).remove(0)
}

/// The question, and the one problem: its kind, line, and the corrected line.
fn slip(source: &str) -> (Option<Question>, &'static str, u32, String) {
    let reading = reading(source);
    assert_eq!(reading.problems.len(), 1, "{:#?}", reading.problems);
    let problem = reading.problems[0].clone();
    let question = reading.bank.map(|mut bank| bank.questions.remove(0));
    (question, problem.kind, problem.at.line, problem.expected)
}

fn say(text: &Text) -> &str {
    text.show(Lang::En).words
}

fn choices(question: &Question) -> Vec<(&str, bool, Option<&str>)> {
    let choices = match &question.kind {
        Kind::Single(single) => &single.choices,
        Kind::Multiple(multiple) => &multiple.choices,
        other => panic!("{other:?}"),
    };
    choices.all.iter().map(|c| (say(&c.say), c.right, c.why.as_ref().map(say))).collect()
}

fn accepted(question: &Question) -> Vec<&str> {
    match &question.kind {
        Kind::Short(short) => short.answers.en.iter().map(String::as_str).collect(),
        other => panic!("{other:?}"),
    }
}

fn range(question: &Question) -> (String, String) {
    match &question.kind {
        Kind::Numeric(numeric) => (numeric.value.to_string(), numeric.tolerance.to_string()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_choice_question_has_title_feedback_and_explanation() {
    let question =
        one("::Bare Pod:: Where is it? {\n\t=Where it was#yes\n\t~On another Node # no\n\t####Because.\n}");
    assert_eq!((question.id.as_str(), question.kind.name()), ("bare-pod", "single"));
    assert_eq!(say(&question.ask), "Where is it?");
    assert_eq!(
        choices(&question),
        [("Where it was", true, Some("yes")), ("On another Node", false, Some("no"))]
    );
    assert_eq!(question.explain.as_ref().map(say), Some("Because."));
}

#[test]
fn weights_without_a_right_sign_make_several_right_choices() {
    let question = one("Q {~%50%a ~%50%b ~%-100%c ~d}");
    assert_eq!(question.kind.name(), "multiple");
    assert_eq!(choices(&question).iter().map(|c| c.1).collect::<Vec<_>>(), [true, true, false, false]);
    let question = one("Q {~%66.66667%a ~%33.33333%b ~c}");
    let Kind::Multiple(multiple) = question.kind else { panic!() };
    assert_eq!(multiple.choices.all.iter().map(|c| c.weight).collect::<Vec<_>>(), [2, 1, 1]);
}

#[test]
fn statements_words_numbers_and_pairs() {
    let question = one("A bare Pod comes back. {F#no controller#well done}");
    let Kind::TrueFalse(statement) = &question.kind else { panic!() };
    assert!(!statement.answer);
    assert_eq!(statement.why.as_ref().map(say), Some("no controller"));
    assert_eq!(question.explain.as_ref().map(say), Some("well done"));
    assert_eq!(accepted(&one("Who? {=ReplicaSet =%100%RS}")), ["ReplicaSet", "RS"]);
    assert_eq!(accepted(&one("Who? {ReplicaSet}")), ["ReplicaSet"]);
    assert_eq!(range(&one("Q {#3:0.5}")), ("3".into(), "0.5".into()));
    assert_eq!(range(&one("Q {#1..5}")), ("3".into(), "2".into()));
    assert_eq!(range(&one("Q {#=0 ####why}")), ("0".into(), "0".into()));
    assert_eq!(accepted(&one("Q {#=3 =4}")), ["3", "4"], "several exact numbers are words");
    let question = one("Q {=logs -> DaemonSet =db -> StatefulSet = -> Job}");
    let Kind::Matching(matching) = &question.kind else { panic!() };
    assert_eq!((matching.pairs.len(), say(&matching.extra[0].say)), (2, "Job"));
}

#[test]
fn a_gap_in_a_sentence_is_a_cloze_or_a_choice() {
    let question = one("A {=controller =Controller} keeps the count.");
    let Kind::Cloze(cloze) = &question.kind else { panic!() };
    assert_eq!(say(cloze.text()), "A [[controller|Controller]] keeps the count.");
    let question = one("A {=controller ~Node} keeps the count.");
    assert_eq!((say(&question.ask), question.kind.name()), ("A _____ keeps the count.", "single"));
}

#[test]
fn ids_tags_and_folders_come_from_where_moodle_writes_them() {
    let questions = clean("$CATEGORY: $course$/top/Week 3\n\n// [id:x-1] [tag:pods] c\n::T:: A {T}\n\nB {F}");
    assert_eq!((questions[0].id.as_str(), questions[0].tags.join(",")), ("x-1", "pods,week-3".into()));
    assert_eq!(questions[1].tags, ["week-3"]);
    assert_eq!(questions[1].id, "b");
}

#[test]
fn moodles_html_becomes_markdown() {
    let question = one("[html]<p>Which\\: <b>A</b> &lt; B</p>{=<p>yes</p> ~[plain]<i> is a tag}");
    assert_eq!(say(&question.ask), "Which: **A** < B");
    assert_eq!(choices(&question), [("yes", true, None), ("<i> is a tag", false, None)]);
}

#[test]
fn an_essay_and_a_description_are_not_carried_and_nothing_is_lost_silently() {
    for (source, kind) in [("Write it down. {}", "gift-essay"), ("Only words: here.", "gift-description")] {
        let reading = reading(source);
        assert_eq!(
            reading.problems.iter().map(|p| (p.kind, p.severity)).collect::<Vec<_>>(),
            [(kind, Severity::Warning)]
        );
        assert!(reading.bank.is_none() && reading.rest.is_none());
    }
}

// Where readers of GIFT disagree.

#[test]
fn a_bare_colon_in_a_stem_is_a_colon() {
    let question = one("Note: at 10:30, what is a Pod? {=a: b ~c::d}");
    assert_eq!(say(&question.ask), "Note: at 10:30, what is a Pod?");
    assert_eq!(choices(&question)[0].0, "a: b");
}

#[test]
fn a_title_that_is_not_closed_is_warned_of() {
    let (question, kind, line, corrected) = slip("::Q1: What is a Pod? {T}");
    assert_eq!(say(&question.unwrap().ask), "Q1: What is a Pod?");
    assert_eq!((kind, line, corrected.as_str()), ("gift-open-title", 1, "::Q1:: What is a Pod? {T}"));
}

#[test]
fn a_comment_line_inside_braces_is_left_out() {
    assert_eq!(choices(&one("Q {\n=a\n// not this: {x}\n~b\n}")).len(), 2);
}

#[test]
fn a_comment_behind_an_answer_is_part_of_it_and_warned_of() {
    let (question, kind, line, corrected) = slip("Q {\n=a // right\n~b https://x.io\n}");
    assert_eq!(choices(&question.unwrap())[0].0, "a // right");
    assert_eq!((kind, line, corrected.as_str()), ("gift-comment-behind", 2, "=a"));
}

#[test]
fn a_path_at_the_beginning_of_a_line_is_a_comment_and_warned_of() {
    let (question, kind, line, corrected) = slip("Q {\n=it pulls from\n//registry.k8s.io/pause\n~b\n}");
    assert_eq!(choices(&question.unwrap())[0].0, "it pulls from");
    assert_eq!(
        (kind, line, corrected.as_str()),
        ("gift-comment-inside", 3, "=it pulls from //registry.k8s.io/pause")
    );
}

#[test]
fn a_template_in_a_stem_is_taken_for_the_answers_and_warned_of() {
    let (question, kind, line, corrected) = slip("What is\n{{ .Values.x }} here? {=a ~b}");
    assert_eq!(accepted(&question.unwrap()), ["{ .Values.x"], "as Moodle reads it");
    assert_eq!((kind, line, corrected.as_str()), ("gift-braces", 2, "\\{\\{ .Values.x \\}\\} here? {=a ~b}"));
    assert_eq!(
        choices(&one("What is\n\\{\\{ .Values.x \\}\\} here? {=a ~b}")).len(),
        2,
        "the corrected line is clean"
    );
}

#[test]
fn a_template_in_an_answer_ends_the_answers_and_is_warned_of() {
    let reading = reading("Q {=a {{ .x }} ~b}");
    assert_eq!(reading.problems[0].kind, "gift-braces");
    assert_eq!(reading.problems[0].expected, "Q {=a \\{\\{ .x \\}\\} ~b}");
}

#[test]
fn true_in_small_letters_is_a_word_and_warned_of() {
    for (word, meant) in
        [("true", "TRUE"), ("True", "TRUE"), ("对", "TRUE"), ("f", "FALSE"), ("=TRUE", "TRUE")]
    {
        let (question, kind, _, corrected) = slip(&format!("Q {{{word}}}"));
        assert_eq!(accepted(&question.unwrap()), [word.trim_start_matches('=')]);
        assert_eq!((kind, corrected), ("gift-true-false", format!("Q {{{meant}}}")));
    }
}

#[test]
fn a_decimal_comma_is_no_number() {
    for (wrong, meant) in [
        ("3,5", "3.5"),
        ("1,000", "1000"),
        ("3:0,5", "3:0.5"),
        ("３", "3"),
        ("1-5", "1..5"),
        ("1～5", "1..5"),
        ("=3,5", "=3.5"),
    ] {
        let (question, kind, line, corrected) = slip(&format!("Q\n{{#{wrong}}}"));
        assert_eq!((question, kind, line, corrected), (None, "gift-number", 2, format!("{{#{meant}}}")));
    }
    assert_eq!(slip("Q {#about 5}").3, "", "nobody knows what was meant");
}

#[test]
fn a_tilde_in_a_range_begins_what_is_said_about_wrong_numbers() {
    let (question, kind, _, corrected) = slip("Q {#1~5}");
    assert_eq!(range(&question.unwrap()).0, "1", "as Moodle reads it");
    assert_eq!((kind, corrected.as_str()), ("gift-range", "Q {#1..5}"));
}

#[test]
fn several_equals_beside_tildes_are_several_right_and_warned_of() {
    let (question, kind, _, corrected) = slip("Q {\n=a\n=b\n~c\n}");
    assert_eq!(question.unwrap().kind.name(), "multiple");
    assert_eq!((kind, corrected.as_str()), ("gift-several-right", "~%50%a\n~%50%b"));
}

#[test]
fn an_equals_inside_a_word_begins_an_answer_and_is_warned_of() {
    let (question, kind, _, corrected) = slip("Q {=replicas=3 ~replicas\\=5}");
    assert_eq!(choices(&question.unwrap()).len(), 3, "as Moodle reads it");
    assert_eq!((kind, corrected.as_str()), ("gift-equals-inside", "Q {=replicas\\=3 ~replicas\\=5}"));
    assert_eq!(choices(&one("Q {~Grant~Jefferson=no one}")).len(), 3, "no space at all is a style");
    let (_, kind, _, corrected) = slip("Q {~=a ~b}");
    assert_eq!((kind, corrected.as_str()), ("gift-equals-inside", "Q {=a ~b}"));
}

#[test]
fn full_width_braces_make_no_question() {
    let (question, kind, line, corrected) = slip("哪个？｛＝甲 ～乙｝");
    assert_eq!((question, kind, line, corrected.as_str()), (None, "gift-full-width", 1, "哪个？{=甲 ~乙}"));
}

#[test]
fn full_width_signs_are_text_and_warned_of() {
    let (question, kind, _, corrected) = slip("哪个？{＝甲 ～乙 3～5}");
    assert_eq!(accepted(&question.unwrap()), ["＝甲 ～乙 3～5"], "as Moodle reads it");
    assert_eq!((kind, corrected.as_str()), ("gift-full-width-sign", "哪个？{=甲 ~乙 3～5}"));
    let (_, kind, _, corrected) = slip("Q {=a → b =c → d}");
    assert_eq!((kind, corrected.as_str()), ("gift-full-width-sign", "Q {=a -> b =c -> d}"));
}

#[test]
fn a_blank_line_inside_braces_is_passed_over_and_warned_of() {
    let (question, kind, line, corrected) = slip("Q {\n=a\n\n~b\n}\n");
    assert_eq!(choices(&question.unwrap()).len(), 2);
    assert_eq!((kind, line, corrected.as_str()), ("gift-blank-line", 3, "~b"));
}

#[test]
fn a_question_right_below_a_folder_is_read_and_warned_of() {
    let (question, kind, line, _) = slip("$CATEGORY: Pods\nQ {T}");
    assert_eq!(question.unwrap().tags, ["pods"]);
    assert_eq!((kind, line), ("gift-category-swallows", 2));
}

#[test]
fn what_cannot_be_carried_is_said() {
    assert_eq!(slip("Q {=a =%50%b}").1, "gift-partly-right");
    assert_eq!(slip("Q {=Pod* =x}").1, "gift-wildcard");
    assert_eq!(slip("Q {T##right####general}").1, "gift-feedback-lost");
    assert_eq!(slip("[html]<img src=a.png>Q {T}").1, "gift-html-lost");
    assert_eq!(slip("// [tag:节点]\nQ {T}").1, "gift-tag-lost");
    assert_eq!(slip("Q {#=1:1 =9:1}").1, "gift-several-ranges");
}

#[test]
fn a_mistake_is_located_and_the_other_questions_are_read() {
    let reading = reading("A {T}\n\nB {=x\n\nC {=a -> b =c}\n\n// [id:a]\nD {F}\n\nE {~a ~b}");
    let found: Vec<_> = reading.problems.iter().map(|p| (p.kind, p.at.line, p.at.column)).collect();
    assert_eq!(
        found,
        [
            ("gift-brace", 3, 3),
            ("gift-no-arrow", 5, 12),
            ("id-twice", 7, 0),
            ("gift-weights-lost", 10, 4),
            ("no-right-choice", 10, 4)
        ]
    );
    assert_eq!(reading.bank.unwrap().questions.len(), 1);
    let rest = reading.rest.unwrap().text;
    assert_eq!(rest, "B {=x\n\nC {=a -> b =c}\n\n// [id:a]\nD {F}\n\nE {~a ~b}\n", "ready to be mended");
}

fn words() -> BoxedStrategy<String> {
    let tricky = prop::sample::select(vec![
        "[html]x",
        "%50%",
        "a=b",
        "~",
        "{{ .x }}",
        "C:\\n\\dir",
        "\\",
        "a # b",
        "::t::",
        "a\n\nb",
        "####",
        "T",
        "//x",
        "->",
        "<b>x</b> &amp;",
        "＝全角",
        "a | b",
        "_____",
        "$CATEGORY: x",
    ]);
    prop_oneof![tricky.prop_map(str::to_owned), "[a-zA-Z0-9 ,.:#'\"~={}\\\\-]{1,20}", "\\PC{1,12}"]
        .prop_map(|words: String| words.trim().to_owned())
        .prop_filter("not blank, no control or direction", |words| {
            !words.is_empty() && !words.chars().any(crate::bank::formats::tree::is_unseen)
        })
        .boxed()
}

fn text() -> BoxedStrategy<Text> {
    words().prop_map(|words| Text::only(Lang::En, words)).boxed()
}

fn kind() -> BoxedStrategy<Kind> {
    let choice = || (text(), of(text()));
    let build = |several: bool| {
        move |all: Vec<(Text, Option<Text>)>| {
            let choice = |(index, (say, why)): (usize, (Text, Option<Text>))| Choice {
                id: format!("c{}", index + 1),
                say,
                right: index == 0 || (several && index == 1),
                weight: 1,
                why,
                misconception: None,
                scenario: None,
            };
            Choices { all: all.into_iter().enumerate().map(choice).collect(), shuffle: true, show: None }
        }
    };
    let word = "[a-zA-Z0-9={}~#:]{1,8}( [a-z]{1,8})?"
        .prop_filter("a word", |word| !crate::bank::fold::fold(word).is_empty());
    let side =
        || text().prop_filter("no arrow", |text| !say(text).contains("->") && !say(text).starts_with('>'));
    prop_oneof![
        vec(choice(), 2..5).prop_map(build(false)).prop_map(|choices| Kind::Single(Single { choices })),
        vec(choice(), 2..5).prop_map(build(true)).prop_map(|choices| Kind::Multiple(Multiple { choices })),
        (any::<bool>(), of(text())).prop_map(|(answer, why)| Kind::TrueFalse(TrueFalse { answer, why })),
        prop::collection::btree_set(word, 1..4).prop_map(|words| {
            let words: Vec<String> = words.into_iter().collect();
            Kind::Short(Short { answers: Answers { zh: words.clone(), en: words } })
        }),
        (-1_000_000_000_i128..1_000_000_000, 0_i128..5_000_000).prop_map(|(value, tolerance)| {
            let [value, tolerance] = [value, tolerance].map(|n| Number::millionths(n).unwrap());
            Kind::Numeric(Numeric { value, tolerance, unit: None })
        }),
        (vec((side(), text()), 2..5), vec("[a-z]{3,9}", 0..2)).prop_map(|(pairs, extra)| {
            let pair =
                |(i, (left, right)): (usize, (Text, Text))| Pair { id: format!("p{}", i + 1), left, right };
            let item = |(i, say): (usize, String)| Item {
                id: format!("x{}", i + 1),
                say: Text::only(Lang::En, format!("no {i} {say}")),
            };
            Kind::Matching(Matching {
                pairs: pairs.into_iter().enumerate().map(pair).collect(),
                extra: extra.into_iter().enumerate().map(item).collect(),
            })
        }),
    ]
    .boxed()
}

fn question() -> BoxedStrategy<Question> {
    ("[a-z0-9]{1,5}(-[a-z0-9]{1,5})?", kind(), vec("[a-z]{1,6}", 0..3), text(), of(text()))
        .prop_map(|(id, kind, mut tags, ask, explain)| {
            tags.sort();
            tags.dedup();
            Question {
                id,
                kind,
                fact: None,
                tags,
                difficulty: 2,
                ask,
                image: None,
                hint: None,
                explain,
                scenario: None,
                see: None,
                misconception: None,
                draft: false,
            }
        })
        .boxed()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_gift_can_carry_is_read_as_it_was_written(mut questions in vec(question(), 1..4)) {
        questions.iter_mut().enumerate().for_each(|(i, question)| question.id = format!("{}-{i}", question.id));
        let bank = defaults().bank(questions);
        let (written, lost) = write(&bank);
        prop_assert_eq!(lost, vec![]);
        prop_assert_eq!(written.trim_end().split("\n\n").count(), bank.questions.len(), "no blank line inside: {}", written);
        let reading = reading(&written);
        let errors: Vec<_> = reading.problems.iter().filter(|p| p.severity == Severity::Error).collect();
        prop_assert!(errors.is_empty(), "{:?}\n{}", errors, written);
        prop_assert_eq!(reading.bank.as_ref(), Some(&bank), "{}", written);
    }

    #[test]
    fn no_text_makes_the_reader_panic(source in "([a-z：＝～ \\n]|[{}=~#%:\\\\/>.$*\\[\\]-]){0,80}") {
        reading(&source);
    }
}

#[test]
fn a_cloze_is_read_as_it_was_written_and_what_has_no_place_is_listed() {
    let bank =
        defaults().bank(clean("::c:: Fill in.\\n\\nA {=controller =Controller} keeps the count: yes.\n"));
    let (written, lost) = write(&bank);
    assert_eq!(lost, []);
    assert_eq!(reading(&written).bank, Some(bank));
    let yaml = "bank: b\nlang: en\ntitle: T\nquestions:\n  - {id: f, ask: Q, back: B}\n  - {id: n, ask: Q, value: 3, unit: s, hint: H}\n";
    let (written, lost) = write(&yaml::read(yaml, "").unwrap());
    assert!(!written.contains("[id:f]"));
    let lost: Vec<_> = lost.iter().map(|lost| (lost.question.as_str(), lost.what)).collect();
    assert_eq!(lost, [("f", "question"), ("n", "unit"), ("n", "hint")]);
}

#[test]
fn weights_are_lost_only_where_percentages_cannot_say_them() {
    let bank = |weights: [u8; 4]| {
        let choice = |(n, weight): (usize, u8)| format!("{{say: c{n}, weight: {weight}, right: {}}}", n < 2);
        let all: Vec<String> = weights.into_iter().enumerate().map(choice).collect();
        let yaml = format!(
            "bank: b\nlang: en\ntitle: T\nquestions:\n  - {{id: q, kind: multiple, ask: Q, choices: [{}]}}\n",
            all.join(", ")
        );
        yaml::read(&yaml, "").unwrap()
    };
    let read_back = |weights: [u8; 4]| {
        let (written, lost) = write(&bank(weights));
        let lost: Vec<_> = lost.iter().map(|lost| lost.what).collect();
        let question = one(&written);
        let Kind::Multiple(multiple) = question.kind else { panic!("{written}") };
        (lost, multiple.choices.all.iter().map(|choice| choice.weight).collect::<Vec<_>>())
    };
    // Two thirds and one third; a wrong one that counts as much as the second right one.
    assert_eq!(read_back([2, 1, 1, 1]), (vec![], vec![2, 1, 1, 1]));
    assert_eq!(read_back([3, 7, 1, 10]), (vec![], vec![3, 7, 1, 10]));
    // All twice is all once.
    assert_eq!(read_back([2, 2, 2, 2]), (vec![], vec![1, 1, 1, 1]));
    // A wrong one that takes more than all right ones give: more than 100 % there is not.
    assert_eq!(read_back([1, 1, 5, 1]).0, ["weight"]);
}

#[test]
fn a_hostile_file_takes_no_time() {
    let started = std::time::Instant::now();
    for piece in [
        "{",
        "}",
        "=",
        "~=",
        "::",
        "{=a -> b\n",
        "Q {T}\n\n",
        "= //",
        "{{",
        "####",
        "//x.y\n",
        "Q {=a\n\n",
        "%1",
        "<",
        "&",
    ] {
        reading(&piece.repeat(60_000 / piece.len()));
        reading(&format!("Q {{~{}}}", piece.repeat(60_000 / piece.len())));
    }
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}

#[test]
fn a_question_without_an_answer_is_told_where_it_stands() {
    let reading = reading("\n\nHow many? {#}\n");
    assert_eq!((reading.problems[0].kind, reading.problems[0].at.line), ("gift-no-answer", 3));
}
