//! How fast a bank of five thousand questions is taken in: `cargo bench --bench banks`, or `scripts/bench`.
//!
//! The questions are in both languages, with four choices and no claims; the file is read, checked, compared with a database
//! on disk and written to it, then the same with other words in every question. Each time is printed next to the aim.

#![allow(clippy::print_stdout, clippy::unwrap_used)] // a bench prints its figures, and may stop where it cannot go on

use doujia::bank::Library;
use doujia::intake::{self, Sent, There, defaults_of};
use doujia::store::{Committed, Store, file_url};
use doujia::text::Lang;
use jiff::Timestamp;
use std::fmt::Write;
use std::time::{Duration, Instant};

const QUESTIONS: usize = 5_000;
const AIM: Duration = Duration::from_secs(1);

fn bank() -> String {
    let mut text = "bank: big\nlang: en\ntitle: Big\nquestions:\n".to_owned();
    for n in 0..QUESTIONS {
        let _ = write!(
            text,
            "- id: q{n}\n  ask: {{zh: '下面哪个数是 {n} 的下一个？', en: 'Which of these comes after {n}?'}}\n  choices:\n"
        );
        for (id, value) in [("a", n + 1), ("b", n), ("c", n + 2), ("d", n + 10)] {
            let right = if id == "a" { ", right: true" } else { "" };
            let _ = writeln!(text, "  - {{id: {id}, say: {{zh: 是 {value}, en: It is {value}}}{right}}}");
        }
    }
    text
}

fn row(what: &str, took: Duration) {
    let verdict = if took < AIM { "" } else { "  TOO SLOW" };
    println!("{what:<44} {:>7.0} ms   aim: under {} ms{verdict}", took.as_secs_f64() * 1e3, AIM.as_millis());
}

/// Takes a file in; how long it took to read and check it, and then to compare and write it.
async fn take(store: &Store, library: &Library, text: &str) -> (Duration, Duration) {
    let defaults = defaults_of("big.yaml", Lang::En);
    let sent = Sent { name: "big.yaml", bytes: text.as_bytes(), defaults: &defaults };
    let stored = store.bank("big").await.unwrap();
    let began = Instant::now();
    let prepared = intake::prepare(library, &sent, intake::read(&sent), &There::default());
    let read = began.elapsed();
    assert_eq!((prepared.good.len(), prepared.problems.len()), (QUESTIONS, 0));
    let began = Instant::now();
    let sync = prepared.sync.unwrap();
    assert_eq!(store.plan_bank(&sync).await.unwrap().len(), QUESTIONS);
    let seen = stored.map(|bank| bank.digest);
    let committed = store.commit_bank(&sync, seen.as_deref(), None, Timestamp::now()).await.unwrap();
    assert!(matches!(committed, Committed::Done(_)));
    (read, began.elapsed())
}

#[actix_web::main]
async fn main() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&file_url(&folder.path().join("doujia.db"))).await.unwrap();
    let library = Library::builtin().unwrap_or_else(|problems| panic!("{problems:?}"));
    let text = bank();
    println!("A bank of {QUESTIONS} questions, {} KB", text.len() / 1000);
    for (what, text) in
        [("new", text.clone()), ("with other words", text.replace("Which of", "Which one of"))]
    {
        let (read, written) = take(&store, &library, &text).await;
        row(&format!("{what}: read and checked"), read);
        row(&format!("{what}: compared and written"), written);
        row(&format!("{what}: all of it"), read + written);
    }
}
