//! What is written is read back the same, whatever its words are.

use crate::bank::formats::{self, Defaults, Format, Parcel, Upload};
use crate::bank::image::tests::png;
use crate::bank::image::{ImageFile, Picture, Pinned};
use crate::bank::kinds::*;
use crate::bank::number::{Number, TimeUnit, Unit};
use crate::bank::yaml::{read, write};
use crate::bank::{Bank, Kind, Question, ScenarioRef};
use crate::cluster::SimTime;
use crate::text::{Lang, Text};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;

/// Words that a YAML reader may take for something else, and any others.
fn words() -> BoxedStrategy<String> {
    let tricky = prop::sample::select(vec![
        "true",
        "null",
        "~",
        "1e3",
        "0x1F",
        "2026-01-01",
        "1:30",
        "- a",
        "# no",
        "a: b",
        "a #b",
        "[x]",
        "{x}",
        "a, b",
        "'q'",
        "\"",
        "\\",
        "`code`",
        "：",
        "全角 空格",
        "line\n\nbreak",
        "  indented\nsecond",
        "tab\there",
        "end:",
        "|",
        ">",
        "@x",
        "%x",
        "!tag",
        "&a",
        "*a",
        "\u{2028}",
        "\u{feff}x",
        "no",
        "Yes",
        "1.50",
        "=",
        "<<",
        "?",
        "a\n  b\n c",
        "## heading",
        "- [x] a",
        "1. a",
        "> a",
        "a -> b",
        "a | b",
        "a|b",
        "\\|",
        "|",
        "｜",
        "q {#id}",
        "{x=1}",
        "\"q\" | \"",
        "`a | b",
        "[[a]] b",
        "[[ a | b",
        "x @ 10s",
        "a / b",
        "a; b",
        "```\n## x\n```",
        "答案: 对",
        "line\n\"quoted",
        "bar | here\nand there",
    ]);
    prop_oneof![
        tricky.prop_map(str::to_owned),
        "[a-zA-Z0-9 ,.:#'\"-]{1,20}",
        "\\PC{1,12}",
        "[^\u{0}]{1,8}",
        "(\\PC{1,9}\n){1,3}\\PC{1,9}"
    ]
    .prop_map(|words: String| {
        let shown = words.chars().filter(|c| matches!(c, '\n' | '\t') || !c.is_control());
        let shown = shown.filter(|c| !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'));
        shown.collect::<String>().trim().to_owned()
    })
    .prop_filter("not blank", |words| !words.is_empty())
    .boxed()
}

fn text() -> BoxedStrategy<Text> {
    prop_oneof![
        words().prop_map(|zh| Text::only(Lang::Zh, zh)),
        words().prop_map(|en| Text::only(Lang::En, en)),
        (words(), words()).prop_map(|(zh, en)| Text::both(zh, en)),
    ]
    .boxed()
}

fn id() -> BoxedStrategy<String> {
    "[a-z0-9]{1,5}(-[a-z0-9]{1,5}){0,2}".boxed()
}

fn time() -> BoxedStrategy<SimTime> {
    (0_i64..10_000_000).prop_map(SimTime).boxed()
}

fn number() -> BoxedStrategy<Number> {
    (-1_000_000_000_000_000_i128..=1_000_000_000_000_000)
        .prop_map(|millionths| Number::millionths(millionths).unwrap_or_default())
        .boxed()
}

fn unit() -> BoxedStrategy<Unit> {
    let time = prop::sample::select(TimeUnit::ALL.to_vec()).prop_map(Unit::Time);
    let is_time =
        |text: &Text| Lang::ALL.iter().filter_map(|l| text.side(*l)).any(|s| Unit::of_time(s).is_some());
    prop_oneof![time, text().prop_filter("no time", move |text| !is_time(text)).prop_map(Unit::Of)].boxed()
}

/// Gives things the ids that a file may give them: each its own.
fn distinct<T>(mut things: Vec<T>, id: impl Fn(&mut T) -> &mut String) -> Vec<T> {
    for (index, thing) in things.iter_mut().enumerate() {
        let id = id(thing);
        *id = format!("{id}-{index}");
    }
    things
}

fn choices(several: bool) -> BoxedStrategy<Choices> {
    let choice = (id(), text(), of(text()), 1_u8..=10, of(id()), of(id())).prop_map(
        move |(id, say, why, weight, misconception, scenario)| Choice {
            id,
            say,
            right: false,
            weight: if several { weight } else { 1 },
            why,
            misconception,
            scenario,
        },
    );
    (vec(choice, 2..5), any::<bool>(), any::<bool>())
        .prop_map(move |(all, shuffle, draw)| {
            let mut all = distinct(all, |choice| &mut choice.id);
            all[0].right = true;
            if several {
                all[1].right = true;
            }
            let wrong = all.iter().filter(|choice| !choice.right).count() as u8;
            Choices { all, shuffle, show: (draw && wrong > 0).then_some(wrong) }
        })
        .boxed()
}

fn item() -> BoxedStrategy<Item> {
    (id(), text()).prop_map(|(id, say)| Item { id, say }).boxed()
}

fn moment() -> BoxedStrategy<Moment> {
    prop_oneof![time().prop_map(Moment::At), Just(Moment::End)].boxed()
}

fn expression() -> BoxedStrategy<String> {
    prop_oneof![
        Just("pods().size()".to_owned()),
        Just("node('a').taints.exists(t, t == 'x:y')".to_owned()),
        words()
    ]
    .boxed()
}

fn kind() -> BoxedStrategy<Kind> {
    let answers = vec("[a-z]{1,8}( [a-z]{1,8})?|副本集|1e3|true|a \\| b|x / y|p; q|\"r\" s", 1..3);
    let wrong = (id(), of(id()), moment(), of(expression()), of(text()))
        .prop_map(|(id, scenario, at, value, why)| Wrong { id, scenario, at: Some(at), value, why });
    let pair = (id(), text(), text()).prop_map(|(id, left, right)| Pair { id, left, right });
    let blanks = ("[a-z]{1,8}", "[a-z]{1,8}|副本集", words()).prop_filter_map("no other blanks", |(a, b, words)| {
        let body = serde_json::json!({
            "id": "q",
            "ask": { "en": "Q" },
            "cloze": { "zh": format!("{words} [[{a}| {b}]] [[{b}]]"), "en": format!("[[#2 {b}]]\n[[#1 {a}]]{words}") },
        });
        Question::from_body(&body.to_string()).ok().map(|question| question.kind)
    });
    prop_oneof![
        blanks,
        text().prop_map(|back| Kind::Flashcard(Flashcard { back })),
        choices(false).prop_map(|choices| Kind::Single(Single { choices })),
        choices(true).prop_map(|choices| Kind::Multiple(Multiple { choices })),
        (any::<bool>(), of(text())).prop_map(|(answer, why)| Kind::TrueFalse(TrueFalse { answer, why })),
        (answers.clone(), answers).prop_map(|(zh, en)| Kind::Short(Short { answers: Answers { zh, en } })),
        (number(), of(unit())).prop_map(|(value, unit)| {
            let tolerance = Number::millionths(value.in_millionths().abs()).unwrap_or_default();
            Kind::Numeric(Numeric { value, tolerance, unit })
        }),
        vec(item(), 2..5)
            .prop_map(|items| Kind::Order(Order { items: distinct(items, |item| &mut item.id) })),
        (vec(pair, 2..4), vec(id(), 0..3)).prop_map(|(pairs, extra)| {
            let pairs = distinct(pairs, |pair| &mut pair.id);
            let extra =
                extra.into_iter().map(|id| Item { say: Text::only(Lang::En, format!("extra {id}")), id });
            let mut extra: Vec<Item> = extra.collect();
            extra.iter_mut().enumerate().for_each(|(i, item)| item.id = format!("{}-x{i}", item.id));
            Kind::Matching(Matching { pairs, extra })
        }),
        (id(), moment(), expression(), of(unit()), vec(wrong, 0..3)).prop_map(
            |(scenario, at, value, unit, wrong)| {
                let right = Probe { scenario: Some(scenario), at, value };
                Kind::Predict(Predict { right, unit, wrong: distinct(wrong, |wrong| &mut wrong.id) })
            }
        ),
    ]
    .boxed()
}

/// A picture as a file names it.
fn picture() -> BoxedStrategy<Picture> {
    let file = "(images/)?(豆荚|[a-z]{1,6}( \\([0-9]\\))?)\\.(png|PNG|jpg|gif|webp)";
    (file, text()).prop_map(|(file, alt)| Picture { file, alt, pinned: None }).boxed()
}

fn question() -> BoxedStrategy<Question> {
    let scenario =
        (id(), of(id()), of(time())).prop_map(|(run, contrast, focus)| ScenarioRef { run, contrast, focus });
    (
        (id(), kind(), of(id()), vec(id(), 0..3), 1_u8..=5, text()),
        (
            of(text()),
            of(text()),
            of(scenario),
            of("https://[a-z]{1,9}\\.io/[a-z#?=]{0,9}"),
            of(id()),
            any::<bool>(),
            of(picture()),
        ),
    )
        .prop_map(|(begin, end)| {
            let (id, kind, fact, tags, difficulty, ask) = begin;
            let (hint, explain, scenario, see, misconception, draft, image) = end;
            Question {
                id,
                kind,
                fact,
                tags,
                difficulty,
                ask,
                image,
                hint,
                explain,
                scenario,
                see,
                misconception,
                draft,
            }
        })
        .boxed()
}

fn bank() -> BoxedStrategy<Bank> {
    let lang = prop::sample::select(Lang::ALL.to_vec());
    (id(), lang, text(), of(words()), of(words()), vec(question(), 0..4))
        .prop_map(|(slug, lang, title, license, author, questions)| Bank {
            slug,
            lang,
            title,
            license,
            author,
            questions: distinct(questions, |question| &mut question.id),
        })
        .boxed()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_bank_is_read_as_it_was_written(bank in bank()) {
        let written = write(&bank);
        let read_back = read(&written, "").map_err(|problems| TestCaseError::fail(format!("{problems:?}\n{written}")))?;
        prop_assert_eq!(&read_back, &bank, "{}", written);
        prop_assert_eq!(write(&read_back), written);
    }

    #[test]
    fn a_bank_is_read_from_markdown_as_it_was_written(bank in bank()) {
        let (written, lost) = formats::write_what_fits(&bank, Format::Markdown);
        prop_assert!(lost.iter().all(|lost| lost.what == "image-file"), "{:?}", lost);
        let text = String::from_utf8_lossy(&written);
        let defaults = Defaults { slug: "x".into(), lang: Lang::Zh, title: None, wrong: Vec::new() };
        let reading = formats::read(&Upload { name: "", bytes: &written }, &defaults);
        if !bank.questions.is_empty() {
            prop_assert_eq!(&reading.problems, &[], "{}", text);
            prop_assert_eq!(reading.format, Some(Format::Markdown));
            let read_back = reading.bank.unwrap();
            prop_assert_eq!(&read_back, &bank, "{}", text);
            prop_assert_eq!(formats::write_what_fits(&read_back, Format::Markdown).0, written);
        }
    }

    #[test]
    fn an_archive_brings_back_the_bank_and_its_files(bank in bank(), size in 1_u32..2_000) {
        let mut names: Vec<&str> = bank.questions.iter().filter_map(|q| q.image.as_ref()).map(|i| &*i.file).collect();
        names.sort_unstable();
        names.dedup();
        // All of them PNG, whatever they are called: what a file is, its content says.
        let named = names.iter().filter(|name| name.to_lowercase().ends_with("png")).zip(size..);
        let images: Vec<ImageFile> =
            named.map(|(name, size)| ImageFile::take(name, png(size, 3)).unwrap()).collect();
        let scenarios = [("lonely".to_owned(), "scenario: lonely\n".to_owned())];
        let parcel = Parcel { bank: &bank, scenarios: &scenarios, images: &images };
        let written = formats::write(parcel, Format::Zip).unwrap();
        let defaults = Defaults { slug: "x".into(), lang: Lang::Zh, title: None, wrong: Vec::new() };
        let reading = formats::read(&Upload { name: "", bytes: &written }, &defaults);
        prop_assert_eq!(&reading.problems, &[]);
        prop_assert_eq!(reading.bank.as_ref(), Some(&bank));
        prop_assert_eq!(&reading.images, &images);
        prop_assert_eq!(&reading.scenarios[0].1, &scenarios[0].1);
    }

    #[test]
    fn a_question_is_read_from_the_database_as_it_was_stored(mut question in question(), pinned in any::<bool>()) {
        if let Some(image) = question.image.as_mut().filter(|_| pinned) {
            image.pinned = Some(Pinned { hash: "0f".repeat(32), width: 4, height: 3 });
        }
        let body = question.to_body();
        let read_back = Question::from_body(&body).map_err(|error| TestCaseError::fail(format!("{error}\n{body}")))?;
        prop_assert_eq!(read_back.hash(None), question.hash(None));
        prop_assert_eq!(read_back, question);
    }
}

/// A cloze, whose text must have blanks, by hand.
#[test]
fn a_cloze_is_read_as_it_was_written() {
    let source = "bank: b\ntitle: t\nquestions:\n  - id: q\n    ask: Q\n    cloze: {zh: '[[ a | b ]] c', en: '[[#1 d]]'}\n";
    let bank = read(source, "").unwrap();
    assert_eq!(read(&write(&bank), "").unwrap(), bank);
    assert_eq!(Question::from_body(&bank.questions[0].to_body()).as_ref(), Ok(&bank.questions[0]));
}

#[test]
fn the_canonical_spelling_reads_well() {
    let source = "\
bank: b
lang: en
title:
  zh: 测试
  en: A test
license: CC-BY-4.0
questions:
  - id: q
    kind: single
    tags: [node-failure, m07]
    difficulty: 2
    ask: \"Where is it: here?\"
    choices:
      - id: a
        say:
          zh: 这里
          en: Here, of course
        right: true
      - id: b
        say: There
        why: |-
          Because.

          Not `there`.
    scenario:
      run: x
      focus: 1m30s
    status: draft
";
    assert_eq!(write(&read(source, "").unwrap()), source);
}

#[test]
fn a_typo_keeps_the_semantic_key_and_another_answer_does_not() {
    let read_one = |source: &str| super::question(source);
    let base = "\n  - {id: q, ask: Whre?, choices: [{id: a, say: Hre, right: true}, {id: b, say: There}]}\n";
    let key = |source: &str| read_one(source).semantic_key(None);
    let typo = base.replace("Whre", "Where").replace("Hre", "Here");
    assert_eq!(key(base), key(&typo));
    assert_ne!(read_one(base).hash(None), read_one(&typo).hash(None));
    let other =
        "\n  - {id: q, ask: Where?, choices: [{id: a, say: Here}, {id: b, say: There, right: true}]}\n";
    assert_ne!(key(base), key(other));
    let numeric = "\n  - {id: q, ask: Where?, value: 3}\n";
    assert_ne!(key(numeric), key(&numeric.replace('3', "4")));
}
