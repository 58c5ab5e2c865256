//! `/sign-in` and `/sign-out`: whoever has an account is let in under its name, and what they did as a guest comes along.

use actix_web::http::StatusCode;
use actix_web::http::header::USER_AGENT;
use actix_web::{HttpMessage, HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use crate::people::{Name, Password};
use crate::store::{self, Credentials, Learner, LearnerId, Settings};

use super::cookies::{self, Token};
use super::error::{Result, see_other};
use super::fields::Fields;
use super::home::zone_of;
use super::language::is_local;
use super::limits::{Act, Limits};
use super::page::{self, Frame};
use super::visitor::{Renewed, Visitor};
use super::{App, client};

/// The most that is kept of what a browser calls itself.
const LONGEST_AGENT: usize = 300;

#[derive(Template)]
#[template(path = "sign-in.html")]
struct View {
    f: Frame,
    /// Where it leads afterwards.
    next: String,
    name: String,
    /// The Fluent key of what is wrong.
    wrong: Option<&'static str>,
    /// Whether a new password was just set by a link.
    reset: bool,
}

/// `?next=…` of the page that asks to sign in; `?reset` after a new password.
#[derive(Deserialize)]
pub(super) struct Query {
    next: Option<String>,
    reset: Option<String>,
}

/// The path of signing in that leads to a page afterwards.
pub(super) fn on_the_way_to(page: &str) -> String {
    let is_entrance =
        ["/sign-in", "/sign-up", "/invitation/", "/reset/"].iter().any(|at| page.starts_with(at));
    if page == "/" || is_entrance || !is_local(page) {
        return "/sign-in".to_owned();
    }
    match serde_urlencoded::to_string([("next", page)]) {
        Ok(query) => format!("/sign-in?{query}"),
        Err(_) => "/sign-in".to_owned(),
    }
}

/// Where signing in leads, where the form says a page of ours; studying, else.
fn destination(next: Option<&str>) -> &str {
    next.filter(|path| is_local(path)).unwrap_or("/study")
}

/// `GET /sign-in`
pub(super) async fn show(
    visitor: Visitor,
    query: web::Query<Query>,
    app: web::Data<App>,
) -> Result<HttpResponse> {
    if visitor.frame.account.is_some() {
        let next = query.next.as_deref().filter(|path| is_local(path));
        return Ok(see_other(app.url(next.unwrap_or("/account"))));
    }
    page::html(&View {
        f: visitor.frame,
        next: destination(query.next.as_deref()).to_owned(),
        name: String::new(),
        wrong: None,
        reset: query.reset.is_some(),
    })
}

/// `POST /sign-in`
pub(super) async fn sign_in(
    visitor: Visitor,
    fields: Fields,
    request: HttpRequest,
    app: web::Data<App>,
) -> Result<HttpResponse> {
    let typed = fields.find("name").unwrap_or_default();
    let next = destination(fields.find("next")).to_owned();
    let password = Password::typed(fields.find("password").unwrap_or_default());
    match known(typed, password, &request, &app).await? {
        Ok(learner) => {
            if learner.settings == Settings::default() {
                // The command line made the account, and nobody has chosen anything yet: it begins as a guest's would.
                let settings = Settings::new(visitor.frame.reading(), zone_of(&fields));
                app.store.save_settings(learner.id, &settings).await?;
            }
            if let Some(guest) = visitor.learner.filter(Learner::is_guest) {
                bring_along(&app, guest.id, &learner).await?;
            }
            begin_session(&app, &request, learner.id, &next).await
        }
        Err(wrong) => page::html_with(
            StatusCode::UNPROCESSABLE_ENTITY,
            &View { f: visitor.frame, next, name: typed.to_owned(), wrong: Some(wrong), reset: false },
        ),
    }
}

/// Whose name and password these are; or what is wrong, in the same words and after the same work whether there is such a
/// name or not.
async fn known(
    typed: &str,
    password: Password,
    request: &HttpRequest,
    app: &App,
) -> Result<std::result::Result<Learner, &'static str>> {
    let now = app.now();
    let address = client::address(request, app);
    let name = Name::parse(typed).ok();
    let mut counted = vec![(Act::SignIn, Limits::address(address))];
    if let Some(name) = &name {
        counted.push((Act::Password, app.limits.name_at(name, address)));
        counted.push((Act::PasswordFromAnywhere, app.limits.name(name)));
    }
    for (act, who) in &counted {
        app.limits.spend(*act, *who, now)?;
    }
    let found = match &name {
        Some(name) => app.store.account_by_name(name).await?,
        None => None,
    };
    let hash = found.as_ref().map(|credentials| credentials.password.clone());
    let is_right = app.verify(password, hash).await?;
    match found {
        Some(Credentials { disabled: true, .. }) if is_right => Ok(Err("sign-in-disabled")),
        Some(Credentials { learner, .. }) if is_right => {
            // Only wrong passwords count, so that a class may sign in at one address.
            counted.into_iter().for_each(|(act, who)| app.limits.give_back(act, who));
            Ok(Ok(learner))
        }
        Some(_) | None => Ok(Err("sign-in-wrong")),
    }
}

/// Makes what was done as a guest the account's.
async fn bring_along(app: &App, guest: LearnerId, into: &Learner) -> Result<()> {
    match app.store.merge_guest(guest, into, app.now()).await {
        // Sent twice, it was done by the first.
        Ok(_) | Err(store::Error::NotFound(_)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Begins a session in place of the one the browser had, and goes on to a page. The token is always a new one: whoever
/// knew the old one, or gave it to this browser, knows nothing.
pub(super) async fn begin_session(
    app: &App,
    request: &HttpRequest,
    learner: LearnerId,
    next: &str,
) -> Result<HttpResponse> {
    let token = Token::random()?;
    let before = cookies::token(request, app.base()).map(|token| token.hash());
    let agent = request.headers().get(USER_AGENT).and_then(|agent| agent.to_str().ok());
    let agent: Option<String> = agent.map(|agent| agent.chars().take(LONGEST_AGENT).collect());
    app.store.create_session(&token.hash(), learner, agent.as_deref(), before.as_ref(), app.now()).await?;
    request.extensions_mut().remove::<Renewed>();
    let mut response = see_other(app.url(next));
    add_cookie(&mut response, &token.cookie(app.base()))?;
    Ok(response)
}

/// Ends the session in the browser, too.
pub(super) fn leave(app: &App, request: &HttpRequest) -> Result<HttpResponse> {
    request.extensions_mut().remove::<Renewed>();
    let mut response = see_other(app.url("/"));
    add_cookie(&mut response, &cookies::no_session(app.base()))?;
    Ok(response)
}

fn add_cookie(response: &mut HttpResponse, cookie: &actix_web::cookie::Cookie<'_>) -> Result<()> {
    response.add_cookie(cookie).map_err(|_| super::error::Error::BadForm("a cookie"))
}

/// `POST /sign-out`. Nobody is signed out twice, and a guest, who could never come back, not at all.
pub(super) async fn sign_out(
    visitor: Visitor,
    _form: Fields,
    request: HttpRequest,
    app: web::Data<App>,
) -> Result<HttpResponse> {
    if visitor.frame.is_guest() {
        return Ok(see_other(app.url("/")));
    }
    if let Some(token) = cookies::token(&request, app.base()) {
        app.store.end_session(&token.hash()).await?;
    }
    leave(&app, &request)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signing_in_leads_back_but_never_elsewhere() {
        assert_eq!(on_the_way_to("/teach?x=1"), "/sign-in?next=%2Fteach%3Fx%3D1");
        for nowhere in ["/", "/sign-in?next=%2Fteach", "/sign-up", "//evil.example", "/reset/abc"] {
            assert_eq!(on_the_way_to(nowhere), "/sign-in");
        }
        assert_eq!(destination(Some("/teach")), "/teach");
        for evil in ["//evil.example", "https://evil.example", "/\\evil.example", ""] {
            assert_eq!(destination(Some(evil)), "/study");
        }
    }
}
