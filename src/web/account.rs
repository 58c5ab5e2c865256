//! `/account`: who one is here, with which browsers one is signed in, another password, and the way out.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use crate::people::Password;
use crate::store::{KnownBrowser, Learner, TokenHash};

use super::error::{Error, Result, see_other};
use super::fields::Fields;
use super::limits::{Act, Who};
use super::page::{self, Frame};
use super::sign_up::{Wrong, name_of, new_password};
use super::visitor::Member;
use super::{App, cookies, sign_in};

#[derive(Template)]
#[template(path = "account.html")]
struct View {
    f: Frame,
    name: String,
    /// The role's Fluent key.
    role: String,
    since: String,
    browsers: Vec<Browser>,
    /// What was just done, as a Fluent key.
    done: Option<&'static str>,
    wrong: Wrong,
    /// What is wrong with the present password, as a Fluent key, where it is asked for before it is changed.
    wrong_present: Option<&'static str>,
    /// The same, where it is asked for before all is deleted.
    wrong_delete: Option<&'static str>,
    /// Whether nobody else could appoint an administrator.
    is_last_admin: bool,
}

/// A browser that is signed in.
struct Browser {
    /// What the form says to end it.
    id: String,
    /// What it is; unknown, where it did not say.
    name: Option<String>,
    since: String,
    seen: String,
    /// Whether it is this one.
    is_this: bool,
}

/// What to say on top: `?new` after signing up, `?password`, `?sessions`.
#[derive(Deserialize)]
pub(super) struct Query {
    new: Option<String>,
    password: Option<String>,
    sessions: Option<String>,
}

impl Query {
    fn done(&self) -> Option<&'static str> {
        match (&self.new, &self.password, &self.sessions) {
            (Some(_), ..) => Some("account-new"),
            (_, Some(_), _) => Some("account-password-changed"),
            (.., Some(_)) => Some("account-sessions-ended"),
            (None, None, None) => None,
        }
    }
}

/// The page, with nothing said yet.
async fn view(member: Member, request: &HttpRequest, app: &App) -> Result<View> {
    let Member { frame: f, learner } = member;
    let now = app.now();
    let account = learner.account.clone().ok_or(Error::NotFound)?;
    let this = cookies::token(request, app.base()).map(|token| token.hash());
    let zone = learner.settings.days.zone();
    let day = |at| zone.to_datetime(at).date().to_string();
    let minute = |at| zone.to_datetime(at).strftime("%Y-%m-%d %H:%M").to_string();
    let browser = |known: KnownBrowser| Browser {
        id: hex::encode(known.token.0),
        name: known.agent.as_deref().and_then(browser_name),
        since: day(known.since),
        seen: minute(known.seen),
        is_this: Some(known.token) == this,
    };
    let browsers = app.store.known_browsers(learner.id, now).await?;
    Ok(View {
        f,
        role: format!("role-{}", account.role.code()),
        name: account.name,
        since: day(learner.created),
        browsers: browsers.into_iter().map(browser).collect(),
        done: None,
        wrong: Wrong::default(),
        wrong_present: None,
        wrong_delete: None,
        is_last_admin: app.store.is_last_admin(&learner).await?,
    })
}

/// `GET /account`
pub(super) async fn show(
    member: Member,
    query: web::Query<Query>,
    request: HttpRequest,
    app: web::Data<App>,
) -> Result<HttpResponse> {
    let view = view(member, &request, &app).await?;
    page::html(&View { done: query.done(), ..view })
}

/// Whether a form's `present` is the password of who sends it. Wrong ones are counted: someone else may have found the
/// browser open.
async fn is_present(fields: &Fields, learner: &Learner, app: &App) -> Result<bool> {
    let who = Who::Learner(learner.id);
    app.limits.spend(Act::Password, who, app.now())?;
    let credentials = app.store.credentials(learner.id).await?;
    let password = Password::typed(fields.find("present").unwrap_or_default());
    let is_right = app.verify(password, credentials.map(|credentials| credentials.password)).await?;
    if is_right {
        app.limits.give_back(Act::Password, who);
    }
    Ok(is_right)
}

/// `POST /account/password`: all other browsers must sign in again, and this one gets a new session.
pub(super) async fn change_password(
    member: Member,
    fields: Fields,
    request: HttpRequest,
    app: web::Data<App>,
) -> Result<HttpResponse> {
    let learner = member.learner.clone();
    let name = name_of(&learner.account.as_ref().ok_or(Error::NotFound)?.name)?;
    let wrong_present =
        if is_present(&fields, &learner, &app).await? { None } else { Some("password-wrong-present") };
    match (new_password(&fields, Some(&name)), wrong_present) {
        (Ok(password), None) => {
            let hash = app.hash(password).await?;
            app.store.set_password(&learner, &hash, Some(&learner), app.now()).await?;
            sign_in::begin_session(&app, &request, learner.id, "/account?password").await
        }
        (password, wrong_present) => {
            let view = view(member, &request, &app).await?;
            let wrong = password.err().unwrap_or_default();
            page::html_with(StatusCode::UNPROCESSABLE_ENTITY, &View { wrong, wrong_present, ..view })
        }
    }
}

/// `POST /account/sessions/end` with `session` = one of the list, or `others`.
pub(super) async fn end_sessions(
    member: Member,
    fields: Fields,
    request: HttpRequest,
    app: web::Data<App>,
) -> Result<HttpResponse> {
    let this = cookies::token(&request, app.base()).ok_or(Error::Unauthorized)?.hash();
    let session = fields.get("session")?;
    if session == "others" {
        app.store.end_other_sessions(member.learner.id, &this).await?;
    } else {
        let mut hash = [0; 32];
        hex::decode_to_slice(session, &mut hash).map_err(|_| Error::BadForm("session"))?;
        // One that has ended meanwhile is what was asked for.
        app.store.end_session_of(member.learner.id, &TokenHash(hash)).await?;
        if TokenHash(hash) == this {
            return sign_in::leave(&app, &request);
        }
    }
    Ok(see_other(app.url("/account?sessions")))
}

/// `POST /account/delete`, with the password: everything that is theirs is gone.
pub(super) async fn delete(
    member: Member,
    fields: Fields,
    request: HttpRequest,
    app: web::Data<App>,
) -> Result<HttpResponse> {
    let learner = member.learner.clone();
    if !is_present(&fields, &learner, &app).await? {
        let view = view(member, &request, &app).await?;
        let wrong_delete = Some("password-wrong-present");
        return page::html_with(StatusCode::UNPROCESSABLE_ENTITY, &View { wrong_delete, ..view });
    }
    app.store.delete_learner(&learner, Some(&learner), app.now()).await?;
    sign_in::leave(&app, &request)
}

/// `Firefox · Linux`, as far as a browser says what it is.
fn browser_name(agent: &str) -> Option<String> {
    // Each calls itself all that came before it, too.
    let browsers = [
        ("MicroMessenger", "WeChat"),
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser", "Samsung Internet"),
        ("Firefox/", "Firefox"),
        ("FxiOS", "Firefox"),
        ("CriOS", "Chrome"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ];
    let systems = [
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Macintosh", "macOS"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ];
    let find = |words: &[(&str, &'static str)]| {
        words.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name)
    };
    match (find(&browsers), find(&systems)) {
        (Some(browser), Some(system)) => Some(format!("{browser} · {system}")),
        (Some(one), None) | (None, Some(one)) => Some(one.to_owned()),
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_told_by_its_own_name() {
        let name = |agent| browser_name(agent).unwrap_or_default();
        assert_eq!(
            name("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
            "Firefox · Linux"
        );
        let edge = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0 Safari/537.36 Edg/138.0";
        assert_eq!(name(edge), "Edge · Windows");
        let safari =
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Version/18.5 Mobile/15E148 Safari/604.1";
        assert_eq!(name(safari), "Safari · iPhone");
        assert_eq!(browser_name("bot"), None);
    }
}
