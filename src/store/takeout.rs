//! Everything that is a learner's, for them to take along: what the download of the account page is made of.

use jiff::Timestamp;
use serde::{Serialize, Serializer};
use sqlx::FromRow;

use super::{Learner, LearnerId, Result, Store};

/// All but the reviews, which are read piece by piece.
#[derive(Debug, Serialize)]
pub struct Takeout {
    doujia: &'static str,
    taken_at: String,
    account: Option<TakenAccount>,
    learner_since: String,
    settings: TakenSettings,
    sessions: Vec<TakenSession>,
    enrollments: Vec<TakenEnrollment>,
    banks: Vec<TakenBank>,
    bank_versions: Vec<TakenVersion>,
    uploads: Vec<TakenUpload>,
    cards: Vec<TakenCard>,
}

#[derive(Debug, Serialize)]
struct TakenAccount {
    name: String,
    role: &'static str,
}

#[derive(Debug, Serialize)]
struct TakenSettings {
    reading: &'static str,
    time_zone: String,
    day_start_minute: u16,
    new_per_day: u32,
    reviews_per_day: u32,
    retention_per_mille: u16,
}

#[derive(Debug, FromRow, Serialize)]
struct TakenSession {
    agent: Option<String>,
    #[serde(serialize_with = "iso")]
    created_at: i64,
    #[serde(serialize_with = "iso")]
    seen_at: i64,
}

#[derive(Debug, FromRow, Serialize)]
struct TakenEnrollment {
    bank: String,
    #[serde(serialize_with = "iso")]
    since: i64,
}

#[derive(Debug, FromRow, Serialize)]
struct TakenBank {
    slug: String,
    audience: String,
    title_zh: Option<String>,
    title_en: Option<String>,
    #[serde(serialize_with = "iso")]
    created_at: i64,
}

#[derive(Debug, FromRow, Serialize)]
struct TakenVersion {
    bank: String,
    number: i64,
    #[serde(serialize_with = "iso")]
    created_at: i64,
    source: String,
}

#[derive(Debug, FromRow, Serialize)]
struct TakenUpload {
    file_name: String,
    #[serde(serialize_with = "iso")]
    created_at: i64,
}

#[derive(Debug, FromRow, Serialize)]
struct TakenCard {
    bank: String,
    question: String,
    state: String,
    step: Option<i64>,
    #[serde(rename = "stability_millionths_of_a_day")]
    stability: Option<i64>,
    #[serde(rename = "difficulty_millionths")]
    difficulty: Option<i64>,
    interval_days: Option<i64>,
    #[serde(serialize_with = "iso_or_null")]
    last_at: Option<i64>,
    #[serde(serialize_with = "iso_or_null")]
    due_at: Option<i64>,
    reps: i64,
    lapses: i64,
}

/// One review.
#[derive(Debug, FromRow, Serialize)]
pub struct TakenReview {
    #[serde(skip)]
    id: i64,
    bank: String,
    question: String,
    version: String,
    turn: i64,
    #[serde(serialize_with = "iso")]
    answered_at: i64,
    lang: String,
    #[serde(serialize_with = "json")]
    shown: String,
    answer: String,
    score: i64,
    rating: i64,
    took_ms: Option<i64>,
    #[serde(serialize_with = "json")]
    before: String,
    #[serde(serialize_with = "iso_or_null")]
    undone_at: Option<i64>,
}

fn iso<S: Serializer>(ms: &i64, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    match Timestamp::from_millisecond(*ms) {
        Ok(at) => serializer.collect_str(&at),
        Err(_) => serializer.serialize_i64(*ms),
    }
}

fn iso_or_null<S: Serializer>(ms: &Option<i64>, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    match ms {
        Some(ms) => iso(ms, serializer),
        None => serializer.serialize_none(),
    }
}

/// What is JSON already.
fn json<S: Serializer>(text: &str, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    serde_json::from_str::<serde_json::Value>(text).unwrap_or_default().serialize(serializer)
}

impl Store {
    /// Everything that is a learner's but their reviews.
    pub async fn takeout(&self, learner: &Learner, now: Timestamp) -> Result<Takeout> {
        let (id, settings) = (learner.id.0, &learner.settings);
        // By sessions_of_learner.
        let sessions = sqlx::query_as(
            "select agent, created_at, seen_at from sessions where learner = $1 order by created_at",
        )
        .bind(id)
        .fetch_all(&mut *self.reader().await?)
        .await?;
        // By the primary keys of both.
        let enrollments = sqlx::query_as(
            "select b.slug as bank, e.since from enrollments e join banks b on b.id = e.bank
             where e.learner = $1 order by e.bank",
        )
        .bind(id)
        .fetch_all(&mut *self.reader().await?)
        .await?;
        // By banks_of_owner.
        let banks = sqlx::query_as(
            "select slug, audience, title_zh, title_en, created_at from banks where owner = $1 order by id",
        )
        .bind(id)
        .fetch_all(&mut *self.reader().await?)
        .await?;
        // By banks_of_owner and the primary key of bank_versions.
        let bank_versions = sqlx::query_as(
            "select b.slug as bank, v.number, v.created_at, v.source
             from banks b join bank_versions v on v.bank = b.id where b.owner = $1 order by b.id, v.number",
        )
        .bind(id)
        .fetch_all(&mut *self.reader().await?)
        .await?;
        // By uploads_of_learner.
        let uploads = sqlx::query_as(
            "select file_name, created_at from uploads where learner = $1 order by created_at",
        )
        .bind(id)
        .fetch_all(&mut *self.reader().await?)
        .await?;
        // By the primary key of cards.
        let cards = sqlx::query_as(
            "select b.slug as bank, q.ident as question, c.state, c.step, c.stability, c.difficulty, c.interval_days,
                    c.last_at, c.due_at, c.reps, c.lapses
             from cards c join questions q on q.id = c.question join banks b on b.id = q.bank
             where c.learner = $1 order by c.question",
        )
        .bind(id)
        .fetch_all(&mut *self.reader().await?)
        .await?;
        Ok(Takeout {
            doujia: env!("CARGO_PKG_VERSION"),
            taken_at: now.to_string(),
            account: learner
                .account
                .as_ref()
                .map(|account| TakenAccount { name: account.name.clone(), role: account.role.code() }),
            learner_since: learner.created.to_string(),
            settings: TakenSettings {
                reading: settings.reading.code(),
                time_zone: settings.days.zone().iana_name().unwrap_or("UTC").to_owned(),
                day_start_minute: settings.days.start_minute(),
                new_per_day: settings.new_per_day,
                reviews_per_day: settings.reviews_per_day,
                retention_per_mille: settings.retention.as_per_mille(),
            },
            sessions,
            enrollments,
            banks,
            bank_versions,
            uploads,
            cards,
        })
    }

    /// So many reviews of a learner after this one, in the order of time.
    pub async fn taken_reviews(
        &self,
        learner: LearnerId,
        after: Option<&TakenReview>,
        most: u32,
    ) -> Result<Vec<TakenReview>> {
        // By reviews_by_day, whose entries of one instant hold the ids in their order.
        let reviews = sqlx::query_as(
            "select r.id, b.slug as bank, q.ident as question, r.hash as version, r.turn, r.answered_at, r.lang,
                    r.shown, r.answer, r.score, r.rating, r.took_ms, r.before, r.undone_at
             from reviews r join questions q on q.id = r.question join banks b on b.id = q.bank
             where r.learner = $1 and (r.answered_at, r.id) > ($2, $3)
             order by r.answered_at, r.id limit $4",
        )
        .bind(learner.0)
        .bind(after.map_or(i64::MIN, |review| review.answered_at))
        .bind(after.map_or(i64::MIN, |review| review.id))
        .bind(i64::from(most))
        .fetch_all(&mut *self.reader().await?)
        .await?;
        Ok(reviews)
    }
}
