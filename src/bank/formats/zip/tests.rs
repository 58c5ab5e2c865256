//! Archives as people make them, and as nobody should.

use super::*;
use crate::bank::image::tests::png;
use crate::problem::Severity;
use crate::text::Lang;
use std::time::Instant;
use zip::{CompressionMethod, ZipWriter};

fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn defaults() -> Defaults {
    Defaults { slug: "b".into(), lang: Lang::En, title: None, wrong: Vec::new() }
}

fn reading(entries: &[(&str, &[u8])]) -> Reading {
    read(&archive(entries), "w.zip", &defaults())
}

/// The one problem of what is refused as a whole, in under a second.
fn refused(bytes: &[u8]) -> (&'static str, String) {
    let started = Instant::now();
    let reading = read(bytes, "w.zip", &defaults());
    assert!(started.elapsed().as_millis() < 1_000, "{:?}", started.elapsed());
    assert!(reading.bank.is_none() && reading.images.is_empty() && reading.scenarios.is_empty());
    let problem = reading.problems.last().unwrap();
    assert_eq!((problem.severity, problem.at.file.as_str()), (Severity::Error, "w.zip"));
    (problem.kind, problem.found.clone())
}

const YAML: &[u8] = b"bank: week-3\nlang: en\ntitle: Week 3\nquestions:\n  - {id: a, ask: Q, answer: true}\n";

#[test]
fn an_archive_is_a_bank_in_parts_with_scenarios_and_pictures() {
    let png = png(8, 8);
    let reading = reading(&[
        ("week/banks/2.csv", b"question,answer\nR,TRUE\n"),
        ("week/banks/z.yaml", YAML),
        ("week/scenarios/s.yaml", b"scenario: s\n"),
        ("week/images/pod.png", &png),
        ("week/README.md", b"# hello"),
        ("__MACOSX/week/._x", b"junk"),
    ]);
    let found: Vec<_> = reading.problems.iter().map(|p| (p.kind, p.severity, p.at.file.as_str())).collect();
    assert_eq!(found, [("zip-ignored", Severity::Warning, "README.md")]);
    let bank = reading.bank.unwrap();
    assert_eq!((bank.slug.as_str(), bank.questions.len()), ("week-3", 2));
    assert_eq!(reading.scenarios, [("scenarios/s.yaml".to_owned(), "scenario: s\n".to_owned())]);
    assert_eq!(
        (reading.images[0].name.as_str(), reading.images[0].media_type.as_str()),
        ("images/pod.png", "image/png")
    );
}

#[test]
fn a_problem_names_the_entry_and_the_rest_is_read() {
    let reading = reading(&[
        ("a.yaml", YAML),
        ("b.csv", b"question,answer,id\nR,TRUE,a\nS,perhaps yes,x\nT,,y\n"),
        ("images/x.svg", b"<svg/>"),
        ("images/y.jpg", &png(1, 1)),
        ("inner.zip", &archive(&[("a", b"x")])),
    ]);
    let found: Vec<_> = reading.problems.iter().map(|p| (p.at.file.as_str(), p.kind)).collect();
    assert_eq!(
        found,
        [
            ("images/x.svg", "zip-image-svg"),
            ("images/y.jpg", "zip-image-mislabelled"),
            ("b.csv", "table-missing"),
            ("b.csv", "zip-id-twice"),
            ("inner.zip", "zip-nested"),
        ]
    );
    assert_eq!(reading.bank.unwrap().questions.len(), 2);
    assert!(reading.rest.unwrap().text.contains("T,,y"));
}

#[test]
fn bombs_are_refused_at_once() {
    let zeros = vec![b' '; 8 << 20];
    assert_eq!(refused(&archive(&[("banks/a.csv", &zeros)])).0, "zip-ratio");
    assert!(measure(&archive(&[("a", &zeros)]), "").is_err());
    // Long, and hard to press: no ratio gives it away.
    let mut seed = 1_u32;
    let mut noise = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 24) as u8
    };
    let mixed: Vec<u8> = (0..(34 << 20)).map(|at| if at % 40 == 0 { noise() } else { 0 }).collect();
    assert_eq!(refused(&archive(&[("banks/a.csv", &mixed)])).0, "zip-too-long");
    let names: Vec<String> = (0..=MOST_ENTRIES).map(|n| format!("banks/{n}.csv")).collect();
    let many: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b"x"[..])).collect();
    assert_eq!(refused(&archive(&many)), ("zip-too-many", "501".to_owned()));
}

#[test]
fn a_length_that_is_not_true_is_not_believed() {
    let mut bytes = archive(&[("banks/a.csv", &vec![b' '; 8 << 20])]);
    let length = (8_u32 << 20).to_le_bytes();
    let places: Vec<usize> = (0..bytes.len() - 4).filter(|at| bytes[*at..*at + 4] == length).collect();
    assert!(!places.is_empty());
    for at in places {
        bytes[at..at + 4].copy_from_slice(&9_u32.to_le_bytes());
    }
    assert!(matches!(refused(&bytes).0, "zip-ratio" | "zip-broken"));
}

#[test]
fn names_that_lead_elsewhere_are_refused() {
    for name in
        ["../x.yaml", "/etc/passwd", "banks/../../x", "a\\..\\b", "C:/x", "banks/a\u{202e}lmay.exe", "a\nb"]
    {
        assert_eq!(refused(&archive(&[(name, b"x")])).0, "zip-path", "{name}");
    }
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.add_symlink("banks/a.yaml", "/etc/passwd", SimpleFileOptions::default()).unwrap();
    assert_eq!(refused(&writer.finish().unwrap().into_inner()).0, "zip-link");
}

#[test]
fn what_is_no_archive_or_a_broken_one_is_refused() {
    assert_eq!(refused(b"PK\x03\x04 no").0, "zip-broken");
    let whole = archive(&[("banks/a.yaml", YAML)]);
    assert_eq!(refused(&whole[..whole.len() / 2]).0, "zip-broken");
    for at in 0..whole.len() {
        for value in [0, 0x7f, 0xff] {
            let mut bytes = whole.clone();
            bytes[at] = value;
            read(&bytes, "", &defaults());
        }
    }
}

#[test]
fn a_name_in_gb18030_is_read() {
    let mut bytes = archive(&[("banks/ab.yaml", YAML)]);
    let name = GB18030.encode("周").0;
    let places: Vec<usize> = (0..bytes.len() - 2).filter(|at| &bytes[*at..*at + 2] == b"ab").collect();
    for at in places {
        bytes[at..at + 2].copy_from_slice(&name);
    }
    let reading = read(&bytes, "", &defaults());
    assert!(reading.problems.is_empty(), "{:?}", reading.problems);
    assert!(reading.bank.is_some());
}

#[test]
fn a_bank_is_read_as_it_was_written() {
    let bank = yaml::read(std::str::from_utf8(YAML).unwrap(), "").unwrap();
    let reading = read(&write(&Parcel::from(&bank)), "", &defaults());
    assert_eq!((reading.bank, reading.problems), (Some(bank), vec![]));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file("a.yaml", stored).unwrap();
    writer.write_all(YAML).unwrap();
    assert!(read(&writer.finish().unwrap().into_inner(), "", &defaults()).bank.is_some());
}
