//! `/admin/audit`: every change of a role, a bank or an account, told in sentences, the latest first.

use actix_web::{HttpResponse, web};
use askama::Template;
use fluent::FluentValue;
use serde_json::Value;

use crate::locale::Locale;
use crate::store::{AuditEntry, Role};

use super::super::App;
use super::super::error::Result;
use super::super::page::{self, Entry, Frame, Section};
use super::super::visitor::{Admin, Member};
use super::{Tab, local, role_key, tabs};

/// Entries on a page.
const PAGE: u32 = 100;

#[derive(Template)]
#[template(path = "admin/audit.html")]
struct View {
    f: Frame,
    tabs: Vec<Entry>,
    rows: Vec<Row>,
    /// The URL of the next page, where there is one.
    older: Option<String>,
}

/// A change.
struct Row {
    at: String,
    sentence: String,
}

/// `?before=` the number of the last entry of the page before.
#[derive(serde::Deserialize)]
pub(in crate::web) struct Query {
    before: Option<i64>,
}

/// `GET /admin/audit`
pub(in crate::web) async fn show(
    admin: Admin,
    query: web::Query<Query>,
    app: web::Data<App>,
) -> Result<HttpResponse> {
    let Admin(Member { frame, learner }) = admin;
    let f = frame.of_section(Section::Admin);
    let mut entries = app.store.audit_log(query.before, PAGE + 1).await?;
    let more = entries.len() > PAGE as usize;
    entries.truncate(PAGE as usize);
    let last = entries.last().filter(|_| more);
    let row = |(_, entry): &(i64, AuditEntry)| Row {
        at: local(&learner, entry.at),
        sentence: told(f.locale(), entry),
    };
    page::html(&View {
        tabs: tabs(&f, Tab::Audit),
        rows: entries.iter().map(row).collect(),
        older: last.map(|(number, _)| f.url(&format!("/admin/audit?before={number}"))),
        f,
    })
}

/// Parts of a detail that a sentence may name, each as an argument of the same name.
const DETAILS: [&str; 13] = [
    "before",
    "after",
    "from",
    "to",
    "role",
    "uses",
    "mode",
    "questions",
    "learners",
    "added",
    "edited",
    "reset",
    "removed",
];

/// A change as a sentence. One that no sentence is known for is told by its words.
fn told(locale: &Locale, entry: &AuditEntry) -> String {
    let actor = match (&entry.actor_name, entry.actor) {
        (Some(name), _) => name.clone(),
        (None, Some(_)) => locale.say("audit-a-guest"),
        (None, None) => locale.say("audit-command-line"),
    };
    let mut args: Vec<(&'static str, FluentValue<'_>)> =
        vec![("actor", actor.into()), ("subject", entry.subject.as_str().into())];
    for name in DETAILS {
        match entry.detail.get(name) {
            Some(Value::String(text)) => args.push((name, word(locale, text).into())),
            Some(Value::Number(number)) => args.push((name, number.as_f64().unwrap_or_default().into())),
            _ => args.push((name, "–".into())),
        }
    }
    let key = format!("audit-{}", entry.action);
    // Links are for one thing or another.
    let purpose = entry.detail.get("purpose").and_then(Value::as_str).unwrap_or_default();
    for key in [format!("{key}-{purpose}"), key] {
        if locale.has(&key) {
            return locale.say_with(&key, &args);
        }
    }
    args.push(("action", entry.action.as_str().into()));
    args.push(("detail", entry.detail.to_string().into()));
    locale.say_with("audit-other", &args)
}

/// A word of a detail, as people say it: a role, an audience, a way to sign up.
fn word(locale: &Locale, text: &str) -> String {
    let key =
        Role::from_code(text).map_or_else(|| format!("audit-word-{text}"), |role| role_key(role).to_owned());
    if locale.has(&key) { locale.say(&key) } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locale::locale;
    use crate::store::{AuditAction, LearnerId};
    use crate::text::Lang;
    use serde_json::json;

    fn entry(actor: Option<(i64, &str)>, action: &str, detail: Value) -> AuditEntry {
        AuditEntry {
            at: jiff::Timestamp::UNIX_EPOCH,
            actor: actor.map(|(id, _)| LearnerId(id)),
            actor_name: actor.map(|(_, name)| name.to_owned()),
            action: action.to_owned(),
            subject: "grace".to_owned(),
            detail,
        }
    }

    #[test]
    fn a_change_is_told_with_what_was_before_and_after() {
        let changed =
            entry(Some((1, "ada")), "role-changed", json!({"before": "learner", "after": "teacher"}));
        assert_eq!(
            told(locale(Lang::En), &changed),
            "ada changed the role of grace from Learner to Teacher."
        );
        assert_eq!(told(locale(Lang::Zh), &changed), "ada 把 grace 的角色从“学员”改为“教师”。");
    }

    #[test]
    fn a_change_that_nobody_has_a_sentence_for_is_told_all_the_same() {
        let changed = entry(None, "moon-painted", json!({"color": "green"}));
        let sentence = told(locale(Lang::En), &changed);
        for word in ["The command line", "moon-painted", "grace", "green"] {
            assert!(sentence.contains(word), "{sentence}");
        }
    }

    #[test]
    fn every_action_of_the_store_has_a_sentence() {
        for (action, lang) in
            AuditAction::ALL.into_iter().flat_map(|action| Lang::ALL.map(|lang| (action, lang)))
        {
            assert!(locale(lang).has(&format!("audit-{}", action.code())), "{lang}: {action:?}");
        }
    }
}
