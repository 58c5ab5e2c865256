//! What every page has around its content: language, navigation, the token of its forms.

use actix_web::{HttpMessage, HttpRequest, HttpResponse, web};
use askama::Template;

use crate::locale::{Locale, locale};
use crate::store::{Account, Role};
use crate::text::{Lang, Reading};

use super::error::Result;
use super::{App, assets, cookies, language, sign_in};

/// A part of the service, as the navigation shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Section {
    /// Not in the navigation.
    None,
    Study,
    Banks,
    Teach,
    Scenarios,
    Stats,
    Settings,
    Help,
    Admin,
}

/// One entry of the navigation.
pub(super) struct Entry {
    pub(super) url: String,
    pub(super) name: String,
    pub(super) current: bool,
}

/// What the layout needs. Every view has one, as `f`.
pub(super) struct Frame {
    locale: &'static Locale,
    reading: Reading,
    prefix: String,
    section: Section,
    /// Where a form that changes the language comes back to.
    pub(super) here: String,
    /// The token of the session's forms; empty where there is no session.
    pub(super) csrf: String,
    /// Whether someone is known.
    pub(super) known: bool,
    /// Their account; a guest has none.
    pub(super) account: Option<Account>,
    /// The share of today's work that is done, 0 to 100, where the page shows it.
    pub(super) progress: Option<u32>,
}

impl Frame {
    /// What can be known of a request without the database.
    pub(super) fn of(request: &HttpRequest, app: &App) -> Frame {
        // A learner's own choice, once the database was asked, else the browser's.
        let chosen = request.extensions().get::<Reading>().copied();
        let reading = chosen
            .or_else(|| cookies::reading(request))
            .unwrap_or_else(|| language::preferred(request.headers()));
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
        let here =
            path.strip_prefix(app.base().prefix()).filter(|rest| rest.starts_with('/')).unwrap_or(path);
        Frame {
            locale: locale(reading.interface()),
            reading,
            prefix: app.base().prefix().to_owned(),
            section: Section::None,
            here: if request.method().is_safe() { here.to_owned() } else { "/".to_owned() },
            csrf: cookies::token(request, app.base()).map(|token| token.csrf()).unwrap_or_default(),
            known: false,
            account: None,
            progress: None,
        }
    }

    /// The same, as a page of this section.
    pub(super) fn of_section(self, section: Section) -> Frame {
        Frame { section, ..self }
    }

    /// In which language or languages content is shown.
    pub(super) fn reading(&self) -> Reading {
        self.reading
    }

    /// The interface's language.
    pub(super) fn lang(&self) -> Lang {
        self.reading.interface()
    }

    /// The interface's sentences.
    pub(super) fn locale(&self) -> &'static Locale {
        self.locale
    }

    /// A sentence.
    pub(super) fn say(&self, key: &str) -> String {
        self.locale.say(key)
    }

    /// A sentence that counts something, as `$count`.
    pub(super) fn count(&self, key: &str, count: impl Into<fluent::FluentValue<'static>>) -> String {
        self.locale.say_with(key, &[("count", count.into())])
    }

    /// The URL of a page.
    pub(super) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.prefix)
    }

    /// Where signing in leads back to this page.
    pub(super) fn sign_in_url(&self) -> String {
        self.url(&sign_in::on_the_way_to(&self.here))
    }

    /// Whether someone studies here without an account.
    pub(super) fn is_guest(&self) -> bool {
        self.known && self.account.is_none()
    }

    /// The URL of a file of `static/`.
    pub(super) fn asset(&self, name: &str) -> String {
        self.url(&assets::path_of(name))
    }

    /// `zh`, `en` or `both`.
    pub(super) fn is_reading(&self, choice: &str) -> bool {
        match self.reading {
            Reading::Only(lang) => lang.code() == choice,
            Reading::Both(_) => choice == "both",
        }
    }

    /// The navigation.
    pub(super) fn entries(&self) -> Vec<Entry> {
        let entries = [
            (Section::Study, "/study", "nav-study"),
            (Section::Banks, "/banks", "nav-banks"),
            (Section::Teach, "/teach", "nav-teach"),
            (Section::Scenarios, "/scenarios", "nav-scenarios"),
            (Section::Stats, "/stats", "nav-stats"),
            (Section::Settings, "/settings", "nav-settings"),
            (Section::Help, "/help", "nav-help"),
            (Section::Admin, "/admin", "nav-admin"),
        ];
        // Someone who is not known yet has nothing to study, count or set.
        let at_least = |role| self.account.as_ref().is_some_and(|account| account.role >= role);
        let open = |section| match section {
            Section::Scenarios | Section::Help => true,
            Section::Teach => at_least(Role::Teacher),
            Section::Admin => at_least(Role::Admin),
            _ => self.known,
        };
        entries
            .into_iter()
            .filter(|(section, ..)| open(*section))
            .map(|(section, path, key)| Entry {
                url: self.url(path),
                name: self.say(key),
                current: section == self.section,
            })
            .collect()
    }
}

/// A view as a page.
pub(super) fn html(view: &impl Template) -> Result<HttpResponse> {
    html_with(actix_web::http::StatusCode::OK, view)
}

/// A view as a page with this status.
pub(super) fn html_with(status: actix_web::http::StatusCode, view: &impl Template) -> Result<HttpResponse> {
    let body = web::Bytes::from(view.render()?);
    Ok(HttpResponse::build(status).content_type("text/html; charset=utf-8").body(body))
}
