//! `/help/authoring`: how to write questions, for teachers. Each kind of question is shown in each format, written by the
//! same writers that export banks, so that what stands there can be uploaded as it is; and so is the table of what a
//! format has no place for. Beside it the files to begin with: `schema.json`, `template.csv`, `template.xlsx`, `scenario.yaml`.

use std::sync::OnceLock;

use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::{HttpResponse, web};
use askama::Template;

use crate::bank::formats::{self, Format, Lost};
use crate::bank::{Bank, schema, yaml};
use crate::text::Lang;

use super::error::{Error, Result};
use super::page::{self, Frame, Section};
use super::scenario_guide;
use super::visitor::Visitor;

/// A bank with one question of each kind.
const EXAMPLE: &str = include_str!("../../content/authoring/example.yaml");

/// A bank with a question that has a picture.
const PICTURE: &str = include_str!("../../content/authoring/picture.yaml");

/// A bank with what those two do not say.
const EVERYTHING: &str = include_str!("../../content/authoring/everything.yaml");

/// The formats that the page shows: those that a person can write as text.
const SHOWN: [Format; 4] = [Format::Yaml, Format::Markdown, Format::Csv, Format::Gift];

#[derive(Template)]
#[template(path = "authoring.html")]
struct View {
    f: Frame,
    kinds: &'static [KindExamples],
    /// A question with a picture, in the formats that have a place for it.
    picture: &'static KindExamples,
    /// For each format that has no place for everything: its name, and what it loses.
    losses: Vec<(&'static str, Vec<String>)>,
}

/// One kind of question, as each format writes it.
struct KindExamples {
    /// The kind's word, as in a file.
    kind: &'static str,
    examples: Vec<Example>,
}

/// A question in one format.
struct Example {
    format: Format,
    /// `None` where the format has no such kind.
    text: Option<String>,
}

/// The bank of the examples.
fn example() -> &'static Bank {
    static BANK: OnceLock<Bank> = OnceLock::new();
    BANK.get_or_init(|| yaml::read(EXAMPLE, "example.yaml").expect("a test reads the example"))
}

/// The bank of the picture.
fn picture_bank() -> &'static Bank {
    static BANK: OnceLock<Bank> = OnceLock::new();
    BANK.get_or_init(|| yaml::read(PICTURE, "picture.yaml").expect("a test reads the example"))
}

/// All examples; written once.
fn examples() -> &'static [KindExamples] {
    static EXAMPLES: OnceLock<Vec<KindExamples>> = OnceLock::new();
    EXAMPLES.get_or_init(|| {
        let questions = example().questions.iter();
        questions
            .map(|question| {
                let bank = Bank { questions: vec![question.clone()], ..example().clone() };
                KindExamples::of(&bank, question.kind.name(), &SHOWN)
            })
            .collect()
    })
}

/// The question with a picture; written once.
fn picture() -> &'static KindExamples {
    static EXAMPLES: OnceLock<KindExamples> = OnceLock::new();
    EXAMPLES.get_or_init(|| KindExamples::of(picture_bank(), "picture", &[Format::Yaml, Format::Markdown]))
}

impl KindExamples {
    fn of(bank: &Bank, kind: &'static str, formats: &[Format]) -> KindExamples {
        let examples = formats.iter().map(|format| Example { format: *format, text: written(bank, *format) });
        KindExamples { kind, examples: examples.collect() }
    }
}

/// A bank of one question as a format writes it; `None` where the format has no place for the question.
fn written(bank: &Bank, format: Format) -> Option<String> {
    let (bytes, lost) = formats::write_what_fits(bank, format);
    if lost.iter().any(|lost| lost.what == "question") {
        return None;
    }
    let text = String::from_utf8(bytes).ok()?;
    Some(text.trim_start_matches('\u{feff}').trim_end().to_owned())
}

/// What each format has no place for, of all that can be said; found once.
fn losses() -> &'static [(&'static str, Vec<Lost>)] {
    static LOSSES: OnceLock<Vec<(&str, Vec<Lost>)>> = OnceLock::new();
    LOSSES.get_or_init(|| {
        let everything = yaml::read(EVERYTHING, "everything.yaml").expect("a test reads it");
        let banks = [example(), picture_bank(), &everything];
        let lost = |format| banks.iter().flat_map(|bank| formats::write_what_fits(*bank, format).1).collect();
        let all = Format::ALL.into_iter().map(|format| (format.name(), lost(format)));
        all.filter(|(_, lost): &(_, Vec<Lost>)| !lost.is_empty()).collect()
    })
}

/// `GET /help/authoring`
pub(super) async fn show(visitor: Visitor) -> Result<HttpResponse> {
    let f = visitor.frame.of_section(Section::Help);
    let losses = losses()
        .iter()
        .map(|(name, lost)| {
            let mut words: Vec<String> = Vec::new();
            for lost in lost {
                let word = match lost.what {
                    "question" => {
                        let kind = example().questions.iter().find(|question| question.id == lost.question);
                        f.say(&format!("kind-{}", kind.map_or("", |question| question.kind.name())))
                    }
                    what => f.say(&format!("lost-{what}")),
                };
                if !words.contains(&word) {
                    words.push(word);
                }
            }
            (*name, words)
        })
        .collect();
    page::html(&View { kinds: examples(), picture: picture(), losses, f })
}

/// `GET /help/authoring/{file}`: the schema of the YAML, tables to begin with in the reader's language, and a scenario.
pub(super) async fn file(visitor: Visitor, name: web::Path<String>) -> Result<HttpResponse> {
    if name.as_str() == "schema.json" {
        return Ok(HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, "application/schema+json"))
            .body(format!("{:#}\n", schema::schema())));
    }
    if name.as_str() == "scenario.yaml" {
        return Ok(HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, Format::Yaml.media_type()))
            .insert_header((CONTENT_DISPOSITION, "attachment; filename=\"scenario.yaml\""))
            .body(scenario_guide::example(visitor.frame.reading())));
    }
    let format = name.strip_prefix("template.").and_then(Format::from_extension).ok_or(Error::NotFound)?;
    let lang: Lang = visitor.frame.lang();
    let bytes = formats::template(format, lang).ok_or(Error::NotFound)?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, format.media_type()))
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .body(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bank::formats::{Defaults, Upload};
    use crate::bank::{Kind, Library};
    use crate::intake::{self, Sent, There};
    use std::collections::BTreeSet;

    #[test]
    fn the_page_shows_every_kind() {
        let shown: Vec<&str> = examples().iter().map(|kind| kind.kind).collect();
        let all = Kind::NAMES.iter().copied();
        assert!(all.clone().all(|kind| shown.contains(&kind)), "{shown:?}");
        assert_eq!(shown.len(), all.count());
    }

    #[test]
    fn every_example_can_be_uploaded_and_is_of_its_kind() {
        let defaults =
            Defaults { slug: "example".to_owned(), lang: Lang::Zh, title: None, wrong: Vec::new() };
        for kind in examples() {
            for example in &kind.examples {
                let Some(text) = &example.text else { continue };
                let reading = formats::read(&Upload { name: "", bytes: text.as_bytes() }, &defaults);
                assert_eq!(reading.format, Some(example.format), "{text}");
                assert!(reading.is_clean(), "{:#?}\n{text}", reading.problems);
                let questions = reading.bank.unwrap().questions;
                assert_eq!(questions.len(), 1, "{text}");
                assert_eq!(questions[0].kind.name(), kind.kind, "{text}");
            }
        }
    }

    #[test]
    fn the_example_with_a_picture_can_be_sent_in_an_archive() {
        use std::io::{Cursor, Write};
        use zip::write::SimpleFileOptions;
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x04\0\0\0\x03\x08\x06\0\0\0";
        let library = Library::read(&[]).unwrap();
        for example in &picture().examples {
            let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
            let text = example.text.as_ref().unwrap().as_bytes();
            for (name, bytes) in [("banks/week-3", text), ("images/three-pods.png", png)] {
                writer.start_file(name, SimpleFileOptions::default()).unwrap();
                writer.write_all(bytes).unwrap();
            }
            let bytes = writer.finish().unwrap().into_inner();
            let defaults = intake::defaults_of("week-3.zip", Lang::Zh);
            let sent = Sent { name: "week-3.zip", bytes: &bytes, defaults: &defaults };
            let prepared = intake::prepare(&library, &sent, intake::read(&sent), &There::default());
            assert_eq!((prepared.problems, prepared.good.len()), (vec![], 1));
            let image = prepared.bank.unwrap().questions[0].image.clone().unwrap();
            let pinned = image.pinned.unwrap();
            assert_eq!((pinned.width, pinned.height), (4, 3));
        }
    }

    #[test]
    fn the_native_spellings_have_a_place_for_everything_but_files_and_an_archive_for_these_too() {
        let losses = losses();
        let lost = |format: Format| {
            let found = losses.iter().find(|(name, _)| *name == format.name());
            found.map_or(Vec::new(), |(_, lost)| lost.iter().map(|lost| lost.what).collect())
        };
        for native in [Format::Yaml, Format::Markdown] {
            assert_eq!(lost(native), ["image-file"]);
        }
        assert_eq!(lost(Format::Zip), [""; 0]);
        let told: BTreeSet<&str> =
            losses.iter().flat_map(|(_, lost)| lost.iter().map(|lost| lost.what)).collect();
        let words = include_str!("../../locales/en/lost.ftl");
        let all = words.lines().filter_map(|line| line.strip_prefix("lost-")?.split(" = ").next());
        // That is what only a bank that is stored can lose.
        let untold: Vec<&str> = all.filter(|what| *what != "scenario-file" && !told.contains(what)).collect();
        assert!(untold.is_empty(), "{untold:?}");
        for exchange in [Format::Csv, Format::Xlsx, Format::Gift] {
            assert!(lost(exchange).contains(&"image"), "{losses:?}");
        }
    }
}
