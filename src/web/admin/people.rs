//! `/admin/people`: everyone with an account, by name; `?q=` looks for a part of a name.

use actix_web::{HttpResponse, web};
use askama::Template;
use unicode_normalization::UnicodeNormalization;

use crate::store::Person;

use super::super::App;
use super::super::error::Result;
use super::super::page::{self, Entry, Frame, Section};
use super::super::visitor::{Admin, Member};
use super::{Tab, local, role_name, tabs};

/// People on a page.
const PAGE: u32 = 50;

#[derive(Template)]
#[template(path = "admin/people.html")]
struct View {
    f: Frame,
    tabs: Vec<Entry>,
    query: String,
    rows: Vec<Row>,
    /// The URL of the next page, where there is one.
    next: Option<String>,
    deleted: bool,
}

/// A person.
struct Row {
    url: String,
    name: String,
    role: String,
    disabled: bool,
    created: String,
    seen: Option<String>,
}

/// `?q=` a part of a name, `after=` the last name of the page before, `deleted` after a deletion.
#[derive(serde::Deserialize)]
pub(in crate::web) struct Query {
    #[serde(default)]
    q: String,
    #[serde(default)]
    after: String,
    deleted: Option<String>,
}

/// `GET /admin/people`
pub(in crate::web) async fn list(
    admin: Admin,
    query: web::Query<Query>,
    app: web::Data<App>,
) -> Result<HttpResponse> {
    let Admin(Member { frame, learner }) = admin;
    let f = frame.of_section(Section::Admin);
    let mut people = app.store.people(&fold(&query.q), &query.after, PAGE + 1).await?;
    let more = people.len() > PAGE as usize;
    people.truncate(PAGE as usize);
    let next = people.last().filter(|_| more).and_then(|last| {
        let next = [("q", query.q.as_str()), ("after", last.folded.as_str())];
        Some(f.url(&format!("/admin/people?{}", serde_urlencoded::to_string(next).ok()?)))
    });
    let row = |person: Person| Row {
        url: f.url(&format!("/admin/people/{}", person.id)),
        role: role_name(&f, person.role),
        disabled: person.disabled.is_some(),
        created: local(&learner, person.created),
        seen: person.seen.map(|at| local(&learner, at)),
        name: person.name,
    };
    page::html(&View {
        tabs: tabs(&f, Tab::People),
        rows: people.into_iter().map(row).collect(),
        next,
        deleted: query.deleted.is_some(),
        query: query.into_inner().q,
        f,
    })
}

/// A part of a name as names are compared.
fn fold(text: &str) -> String {
    text.nfkc().collect::<String>().to_lowercase().nfkc().collect::<String>().trim().to_owned()
}
