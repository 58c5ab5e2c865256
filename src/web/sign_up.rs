//! `/sign-up` and `/invitation/{token}`: a name and a password make an account; a guest keeps what they did.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use crate::people::{Name, NameError, Password, PasswordError};
use crate::store::{Created, Entitlement, Holder, Purpose, Settings, SignUp, TokenHash};

use super::cookies::Token;
use super::error::{Error, Result, see_other};
use super::fields::Fields;
use super::limits::{Act, Limits};
use super::page::{self, Frame};
use super::visitor::Visitor;
use super::{App, client, home, sign_in};

#[derive(Template)]
#[template(path = "sign-up.html")]
struct View {
    f: Frame,
    /// Why there is no form, as a Fluent key, where there is none.
    closed: Option<&'static str>,
    /// The secret of the invitation, where there is one.
    invitation: String,
    name: String,
    wrong: Wrong,
}

/// What is wrong with each field, as Fluent keys.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Wrong {
    /// With the name.
    pub(super) name: Option<&'static str>,
    /// With the new password.
    pub(super) password: Option<&'static str>,
    /// With its repetition.
    pub(super) again: Option<&'static str>,
}

/// The page that says that a link is spent.
#[derive(Template)]
#[template(path = "link-gone.html")]
struct LinkGone {
    f: Frame,
}

/// A link that is spent, expired or was never given out.
pub(super) fn link_gone(f: Frame) -> Result<HttpResponse> {
    page::html_with(StatusCode::NOT_FOUND, &LinkGone { f })
}

/// `GET /sign-up`
pub(super) async fn show(visitor: Visitor, app: web::Data<App>) -> Result<HttpResponse> {
    if visitor.frame.account.is_some() {
        return Ok(see_other(app.url("/account")));
    }
    let closed = closed(app.store.sign_up().await?, false);
    page::html(&View {
        f: visitor.frame,
        closed,
        invitation: String::new(),
        name: String::new(),
        wrong: Wrong::default(),
    })
}

/// `GET /invitation/{token}`: the same form, for who has the link.
pub(super) async fn invited(
    visitor: Visitor,
    token: web::Path<String>,
    app: web::Data<App>,
) -> Result<HttpResponse> {
    if visitor.frame.account.is_some() {
        return Ok(see_other(app.url("/account")));
    }
    let Some(hash) = Token::from_hex(&token).map(|token| token.hash()) else {
        return link_gone(visitor.frame);
    };
    if app.store.ticket(Purpose::Invitation, &hash, app.now()).await?.is_none() {
        return link_gone(visitor.frame);
    }
    page::html(&View {
        f: visitor.frame,
        closed: closed(app.store.sign_up().await?, true),
        invitation: token.into_inner(),
        name: String::new(),
        wrong: Wrong::default(),
    })
}

/// `POST /sign-up`
pub(super) async fn make(
    visitor: Visitor,
    fields: Fields,
    request: HttpRequest,
    app: web::Data<App>,
) -> Result<HttpResponse> {
    let Visitor { frame: f, learner } = visitor;
    if f.account.is_some() {
        return Ok(see_other(app.url("/account")));
    }
    let invitation = fields.find("invitation").unwrap_or_default().to_owned();
    let typed = fields.find("name").unwrap_or_default().to_owned();
    let view =
        |f, closed, wrong| View { f, closed, invitation: invitation.clone(), name: typed.clone(), wrong };
    if let Some(reason) = closed(app.store.sign_up().await?, !invitation.is_empty()) {
        return page::html_with(StatusCode::FORBIDDEN, &view(f, Some(reason), Wrong::default()));
    }
    let (name, password) = match read(&fields) {
        Ok(right) => right,
        Err(wrong) => return page::html_with(StatusCode::UNPROCESSABLE_ENTITY, &view(f, None, wrong)),
    };
    app.limits.spend(Act::SignUp, Limits::address(client::address(&request, &app)), app.now())?;
    let ticket: TokenHash;
    let entitlement = if invitation.is_empty() {
        Entitlement::Open
    } else {
        let Some(token) = Token::from_hex(&invitation) else { return link_gone(f) };
        ticket = token.hash();
        Entitlement::Ticket(Purpose::Invitation, &ticket)
    };
    let settings = Settings::new(f.reading(), home::zone_of(&fields));
    let holder = learner.map_or(Holder::New(&settings), |guest| Holder::Guest(guest.id));
    let hash = app.hash(password).await?;
    match app.store.create_account(holder, &name, &hash, entitlement, app.now()).await? {
        Created::Created(learner) => sign_in::begin_session(&app, &request, learner.id, "/account?new").await,
        Created::NoTicket => link_gone(f),
        Created::NameTaken => {
            let wrong = Wrong { name: Some("name-wrong-taken"), ..Wrong::default() };
            page::html_with(StatusCode::UNPROCESSABLE_ENTITY, &view(f, None, wrong))
        }
    }
}

/// Why someone may not sign up, as a Fluent key.
fn closed(mode: SignUp, invited: bool) -> Option<&'static str> {
    match mode {
        SignUp::Open => None,
        SignUp::Invitation => (!invited).then_some("sign-up-by-invitation"),
        SignUp::Closed => Some("sign-up-closed"),
    }
}

/// The name and the password of a form; or what is wrong.
pub(super) fn read(fields: &Fields) -> std::result::Result<(Name, Password), Wrong> {
    let name = Name::parse(fields.find("name").unwrap_or_default());
    let password = new_password(fields, name.as_ref().ok());
    match (name, password) {
        (Ok(name), Ok(password)) => Ok((name, password)),
        (name, password) => Err(Wrong {
            name: name.err().map(|error| match error {
                NameError::Length => "name-wrong-length",
                NameError::Characters => "name-wrong-characters",
            }),
            ..password.err().unwrap_or_default()
        }),
    }
}

/// The new password of a form, which was typed twice; or what is wrong. Without a name it is judged by itself.
pub(super) fn new_password(fields: &Fields, name: Option<&Name>) -> std::result::Result<Password, Wrong> {
    let typed = fields.find("password").unwrap_or_default();
    let password = Password::new(typed, name).map_err(|error| Wrong {
        password: Some(match error {
            PasswordError::Short => "password-wrong-short",
            PasswordError::Long => "password-wrong-long",
            PasswordError::Common => "password-wrong-common",
        }),
        ..Wrong::default()
    })?;
    if fields.find("again").unwrap_or_default() == typed {
        Ok(password)
    } else {
        Err(Wrong { again: Some("password-wrong-again"), ..Wrong::default() })
    }
}

/// The name of an account, as it was checked when it was made.
pub(super) fn name_of(written: &str) -> Result<Name> {
    Name::parse(written).map_err(|_| Error::NotFound)
}
