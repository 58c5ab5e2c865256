//! The store on real SQLite files.

mod accounts;
mod administration;
mod banks;
mod failing;
mod merging;
mod opening;
mod people;
mod plans;
mod recording;
mod schemas;
mod sitting;
mod statistics;
mod together;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use tempfile::TempDir;

use super::{
    Answer, Audience, BankSync, Card, Error, Learner, Question, QuestionId, QuestionSync, Recorded, Result,
    Review, Settings, Store, TokenHash, file_url,
};
use crate::memory::Rating;
use crate::text::{Lang, Reading, Text};

/// A store in a folder of its own, with one bank for everyone.
struct Fixture {
    store: Store,
    folder: TempDir,
}

/// What a learner is shown next.
#[derive(Debug, PartialEq)]
struct Shown {
    question: Question,
    card: Card,
}

/// Monday, 2 March 2026, nine in the morning in Shanghai.
fn monday() -> Timestamp {
    "2026-03-02T01:00:00Z".parse().unwrap()
}

fn minutes(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

fn days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

/// A question whose hash and key are made of its words and its answer.
fn question(ident: &str, fact: Option<&str>, words: &str, answer: &str) -> QuestionSync {
    QuestionSync {
        ident: ident.to_owned(),
        hash: format!("{ident}-{words}-{answer}"),
        semantic_key: answer.to_owned(),
        fact: fact.map(str::to_owned),
        kind: "single".to_owned(),
        difficulty: 2,
        body: format!("{{\"ask\":\"{words}\"}}"),
        frozen: None,
        simulator: None,
    }
}

/// Questions `q0`, `q1`, … without facts.
fn questions(number: usize) -> Vec<QuestionSync> {
    (0..number).map(|n| question(&format!("q{n}"), None, "?", "a")).collect()
}

fn bank(digest: &str, questions: Vec<QuestionSync>) -> BankSync {
    BankSync {
        slug: "pods".to_owned(),
        lang: Lang::Zh,
        title: Text::both("豆荚", "Pods"),
        license: Some("CC-BY-4.0".to_owned()),
        author: None,
        audience: Audience::Everyone,
        owner: None,
        digest: digest.to_owned(),
        questions,
        scenarios: Vec::new(),
        images: Vec::new(),
        source: String::new(),
    }
}

fn in_shanghai() -> Settings {
    Settings::new(Reading::Only(Lang::Zh), TimeZone::get("Asia/Shanghai").unwrap())
}

impl Store {
    /// Records what a learner sends, with the card as it is now.
    async fn record_form(&self, learner: &Learner, answer: &Answer, now: Timestamp) -> Result<Recorded> {
        self.bank_open_to(learner.id, answer.question).await?.ok_or(Error::NotFound("question"))?;
        let seen = self.card(learner.id, answer.question).await?;
        self.record(learner, answer, &seen, now).await
    }
}

impl Fixture {
    async fn with(questions: Vec<QuestionSync>) -> Fixture {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&file_url(&folder.path().join("doujia.db"))).await.unwrap();
        store.sync_bank(&bank("1", questions), monday()).await.unwrap();
        Fixture { store, folder }
    }

    async fn sync(&self, digest: &str, questions: Vec<QuestionSync>) -> Vec<(String, super::Change)> {
        self.store.sync_bank(&bank(digest, questions), monday()).await.unwrap().changes
    }

    async fn guest(&self, number: u8) -> Learner {
        self.guest_who(number, in_shanghai()).await
    }

    async fn guest_who(&self, number: u8, settings: Settings) -> Learner {
        self.store.create_guest(&settings, &TokenHash([number; 32]), monday()).await.unwrap()
    }

    async fn id(&self, ident: &str) -> QuestionId {
        let bank = self.store.bank("pods").await.unwrap().unwrap();
        self.store.question_by_ident(bank.id, ident).await.unwrap().unwrap().id
    }

    async fn next(&self, learner: &Learner, now: Timestamp) -> Option<Shown> {
        let next = self.store.study(learner, None, now).await.unwrap().next?;
        let question = self.store.question(next.question).await.unwrap().unwrap();
        let card = self.store.card(learner.id, next.question).await.unwrap();
        assert_eq!((&next.hash, next.turn), (&question.hash, card.turn));
        Some(Shown { question, card })
    }

    /// New, learning and due.
    async fn left(&self, learner: &Learner, now: Timestamp) -> (u32, u32, u32) {
        let left = self.store.study(learner, None, now).await.unwrap().left;
        (left.new, left.learning, left.due)
    }

    /// The present form of a question, answered and rated so.
    async fn form(&self, learner: &Learner, ident: &str, rating: Rating) -> Answer {
        let id = self.id(ident).await;
        let question = self.store.question(id).await.unwrap().unwrap();
        let card = self.store.card(learner.id, id).await.unwrap();
        Answer {
            question: id,
            turn: card.turn,
            hash: question.hash,
            reading: learner.settings.reading,
            shown: vec!["b".to_owned(), "a".to_owned()],
            answer: "a".to_owned(),
            score: if rating == Rating::Again { 0 } else { 1000 },
            rating,
            took_ms: Some(4000),
        }
    }

    async fn answer(&self, learner: &Learner, ident: &str, rating: Rating, now: Timestamp) -> Review {
        let form = self.form(learner, ident, rating).await;
        match self.store.record_form(learner, &form, now).await.unwrap() {
            Recorded::Recorded(review) => review,
            other => panic!("not recorded: {other:?}"),
        }
    }

    /// Answers whatever comes, *Good*, until nothing does; the idents in order.
    async fn sit(&self, learner: &Learner, mut now: Timestamp) -> Vec<String> {
        let mut idents = Vec::new();
        while let Some(next) = self.next(learner, now).await {
            self.answer(learner, &next.question.ident, Rating::Good, now).await;
            idents.push(next.question.ident);
            now += SignedDuration::from_secs(10);
        }
        idents
    }
}
