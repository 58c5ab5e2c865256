//! `/welcome/{token}`: whoever holds the link that the service printed at its start, while nobody administers it, becomes
//! the first administrator: with the account they are signed in with, or with a new one.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use crate::store::{Created, Entitlement, Holder, Purpose, Settings, TokenHash};

use super::cookies::Token;
use super::error::{Result, see_other};
use super::fields::Fields;
use super::page::{self, Frame};
use super::sign_up::{self, Wrong, link_gone};
use super::visitor::Visitor;
use super::{App, home, sign_in};

#[derive(Template)]
#[template(path = "welcome.html")]
struct View {
    f: Frame,
    /// Where the form goes.
    action: String,
    /// The name of the account that is signed in.
    known: Option<String>,
    name: String,
    wrong: Wrong,
}

/// `GET /welcome/{token}`
pub(super) async fn show(
    visitor: Visitor,
    token: web::Path<String>,
    app: web::Data<App>,
) -> Result<HttpResponse> {
    match good(&app, &token).await? {
        Some(_) => page::html(&view(visitor.frame, &token, String::new(), Wrong::default())),
        None => link_gone(visitor.frame),
    }
}

/// `POST /welcome/{token}`, with a name and a password where nobody is signed in
pub(super) async fn become_admin(
    visitor: Visitor,
    token: web::Path<String>,
    fields: Fields,
    request: HttpRequest,
    app: web::Data<App>,
) -> Result<HttpResponse> {
    let Visitor { frame: f, learner } = visitor;
    let Some(hash) = good(&app, &token).await? else { return link_gone(f) };
    if let Some(member) = learner.as_ref().filter(|learner| !learner.is_guest()) {
        return if app.store.become_first_admin(member, &hash, app.now()).await? {
            Ok(see_other(app.url("/admin")))
        } else {
            link_gone(f)
        };
    }
    let typed = fields.find("name").unwrap_or_default().to_owned();
    let again =
        |f, wrong| page::html_with(StatusCode::UNPROCESSABLE_ENTITY, &view(f, &token, typed.clone(), wrong));
    let (name, password) = match sign_up::read(&fields) {
        Ok(right) => right,
        Err(wrong) => return again(f, wrong),
    };
    let settings = Settings::new(f.reading(), home::zone_of(&fields));
    let holder = learner.map_or(Holder::New(&settings), |guest| Holder::Guest(guest.id));
    let entitlement = Entitlement::Ticket(Purpose::FirstAdmin, &hash);
    let password = app.hash(password).await?;
    match app.store.create_account(holder, &name, &password, entitlement, app.now()).await? {
        Created::Created(learner) => sign_in::begin_session(&app, &request, learner.id, "/admin").await,
        Created::NoTicket => link_gone(f),
        Created::NameTaken => again(f, Wrong { name: Some("name-wrong-taken"), ..Wrong::default() }),
    }
}

/// The hash of a link that can still be used. Where someone administers the service none can, whatever was printed before.
async fn good(app: &App, token: &str) -> Result<Option<TokenHash>> {
    let Some(hash) = Token::from_hex(token).map(|token| token.hash()) else { return Ok(None) };
    let is_good = app.store.ticket(Purpose::FirstAdmin, &hash, app.now()).await?.is_some();
    Ok((is_good && !app.store.has_admin().await?).then_some(hash))
}

fn view(f: Frame, token: &str, name: String, wrong: Wrong) -> View {
    let known = f.account.as_ref().map(|account| account.name.clone());
    View { action: f.url(&format!("/welcome/{token}")), known, name, wrong, f }
}
