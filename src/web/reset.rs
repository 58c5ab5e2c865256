//! `/reset/{token}`: a link sets a new password, once.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use crate::store::{Purpose, TokenHash};

use super::cookies::Token;
use super::error::{Result, see_other};
use super::fields::Fields;
use super::limits::{Act, Limits};
use super::page::{self, Frame};
use super::sign_up::{Wrong, link_gone, name_of, new_password};
use super::visitor::Visitor;
use super::{App, client};

#[derive(Template)]
#[template(path = "reset.html")]
struct View {
    f: Frame,
    token: String,
    name: String,
    wrong: Wrong,
}

/// Whose password the link sets: the name, and by what the store knows the link.
async fn meant(token: &str, app: &App) -> Result<Option<(TokenHash, String)>> {
    let Some(hash) = Token::from_hex(token).map(|token| token.hash()) else { return Ok(None) };
    let ticket = app.store.ticket(Purpose::Reset, &hash, app.now()).await?;
    let Some(id) = ticket.and_then(|ticket| ticket.learner) else { return Ok(None) };
    let learner = app.store.learner(id).await?;
    Ok(learner.and_then(|learner| learner.account).map(|account| (hash, account.name)))
}

/// `GET /reset/{token}`
pub(super) async fn show(
    visitor: Visitor,
    token: web::Path<String>,
    app: web::Data<App>,
) -> Result<HttpResponse> {
    match meant(&token, &app).await? {
        Some((_, name)) => {
            page::html(&View { f: visitor.frame, token: token.into_inner(), name, wrong: Wrong::default() })
        }
        None => link_gone(visitor.frame),
    }
}

/// `POST /reset/{token}`: the new password is set, and every browser must sign in with it.
pub(super) async fn set(
    visitor: Visitor,
    token: web::Path<String>,
    fields: Fields,
    request: HttpRequest,
    app: web::Data<App>,
) -> Result<HttpResponse> {
    let Some((hash, name)) = meant(&token, &app).await? else { return link_gone(visitor.frame) };
    let password = match new_password(&fields, Some(&name_of(&name)?)) {
        Ok(password) => password,
        Err(wrong) => {
            let view = View { f: visitor.frame, token: token.into_inner(), name, wrong };
            return page::html_with(StatusCode::UNPROCESSABLE_ENTITY, &view);
        }
    };
    app.limits.spend(Act::SignUp, Limits::address(client::address(&request, &app)), app.now())?;
    let password = app.hash(password).await?;
    match app.store.reset_password(&hash, &password, app.now()).await? {
        Some(_) => Ok(see_other(app.url("/sign-in?reset"))),
        None => link_gone(visitor.frame),
    }
}
