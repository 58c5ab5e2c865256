//! `/admin`: who may do what, how much there is, a copy of it all, and what was changed by whom. For administrators only.

pub(super) mod audit;
pub(super) mod backup;
pub(super) mod invitations;
pub(super) mod overview;
pub(super) mod people;
pub(super) mod person;
pub(super) mod settings;

use actix_web::http::header::HeaderValue;
use jiff::Timestamp;

use crate::store::{Learner, Role};

use super::page::{Entry, Frame};

/// For answers with a secret in them: nothing between us and the browser, nor its history, keeps those.
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// One of the pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tab {
    Overview,
    People,
    Invitations,
    Settings,
    Audit,
}

/// The links between them.
fn tabs(f: &Frame, current: Tab) -> Vec<Entry> {
    [
        (Tab::Overview, "/admin", "admin-tab-overview"),
        (Tab::People, "/admin/people", "admin-tab-people"),
        (Tab::Invitations, "/admin/invitations", "admin-tab-invitations"),
        (Tab::Settings, "/admin/settings", "admin-tab-settings"),
        (Tab::Audit, "/admin/audit", "admin-tab-audit"),
    ]
    .into_iter()
    .map(|(tab, path, key)| Entry { url: f.url(path), name: f.say(key), current: tab == current })
    .collect()
}

/// An instant in the reader's time zone, to the minute.
fn local(reader: &Learner, at: Timestamp) -> String {
    reader.settings.days.zone().to_datetime(at).strftime("%Y-%m-%d %H:%M").to_string()
}

/// What a role is called.
fn role_name(f: &Frame, role: Role) -> String {
    f.say(role_key(role))
}

/// The key of what a role is called.
const fn role_key(role: Role) -> &'static str {
    match role {
        Role::Learner => "role-learner",
        Role::Teacher => "role-teacher",
        Role::Admin => "role-admin",
    }
}
