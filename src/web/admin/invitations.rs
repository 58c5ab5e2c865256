//! `/admin/invitations`: links by which people make accounts, each for a role, a number of people and some days; and what
//! else has been given out. A link is shown once, where it is made: the database has only its hash.

use actix_web::http::StatusCode;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use jiff::SignedDuration;

use crate::store::{Invitation, Purpose, Role, SignUp, Ticket, TokenHash};

use super::super::App;
use super::super::cookies::Token;
use super::super::error::{Error, Result, see_other};
use super::super::fields::Fields;
use super::super::page::{self, Entry, Frame, Section};
use super::super::visitor::{Admin, Member};
use super::{Tab, local, role_name, tabs};

/// The most people that one link may bring.
const MOST_USES: u32 = 1000;
/// For how many days a link may be good.
const DAYS: [u32; 3] = [1, 7, 30];

#[derive(Template)]
#[template(path = "admin/invitations.html")]
struct View {
    f: Frame,
    tabs: Vec<Entry>,
    rows: Vec<Row>,
    roles: Vec<(&'static str, String)>,
    days: Vec<(u32, String)>,
    /// What stands in the field, and the key of what is wrong with it.
    uses: String,
    wrong: Option<&'static str>,
    /// The link that was just made.
    link: Option<String>,
    revoked: bool,
    /// Whether invitations are of no use now, because nobody may sign up.
    is_closed: bool,
}

/// An invitation.
struct Row {
    id: String,
    role: String,
    uses: String,
    by: String,
    expires: String,
}

/// `?revoked` after taking one back.
#[derive(serde::Deserialize)]
pub(in crate::web) struct Revoked {
    revoked: Option<String>,
}

/// `GET /admin/invitations`
pub(in crate::web) async fn show(
    admin: Admin,
    query: web::Query<Revoked>,
    app: web::Data<App>,
) -> Result<HttpResponse> {
    let mut view = view(admin, &app).await?;
    view.revoked = query.revoked.is_some();
    page::html(&view)
}

/// `POST /admin/invitations` with `role`, `uses` and `days`. The answer is a page and not a redirect, as everywhere else,
/// since nothing but this answer may have the link.
pub(in crate::web) async fn make(
    admin: Admin,
    form: Fields,
    request: HttpRequest,
    app: web::Data<App>,
) -> Result<HttpResponse> {
    let role = Role::from_code(form.get("role")?).ok_or(Error::BadForm("role"))?;
    let days: u32 = form.parse("days")?;
    if !DAYS.contains(&days) {
        return Err(Error::BadForm("days"));
    }
    let typed = form.get("uses")?.trim().to_owned();
    let Some(uses) = typed.parse().ok().filter(|uses| (1..=MOST_USES).contains(uses)) else {
        let wrong = Some("admin-uses-wrong");
        let view = View { uses: typed, wrong, ..view(admin, &app).await? };
        return page::html_with(StatusCode::UNPROCESSABLE_ENTITY, &view);
    };
    let (token, now) = (Token::random()?, app.now());
    let ticket = Ticket {
        purpose: Purpose::Invitation,
        learner: None,
        role: Some(role),
        uses,
        expires: now + SignedDuration::from_hours(24 * i64::from(days)),
    };
    app.store.make_ticket(&token.hash(), &ticket, "", Some(&admin.0.learner), now).await?;
    let link = Some(app.link(&format!("/invitation/{}", token.hex()), &request));
    let mut response = page::html(&View { link, ..view(admin, &app).await? })?;
    response.headers_mut().insert(CACHE_CONTROL, super::NO_STORE);
    Ok(response)
}

/// `POST /admin/invitations/revoke` with `invitation`
pub(in crate::web) async fn revoke(admin: Admin, form: Fields, app: web::Data<App>) -> Result<HttpResponse> {
    let mut hash = [0; 32];
    hex::decode_to_slice(form.get("invitation")?, &mut hash).map_err(|_| Error::BadForm("invitation"))?;
    app.store.revoke_invitation(&TokenHash(hash), Some(&admin.0.learner), app.now()).await?;
    Ok(see_other(app.url("/admin/invitations?revoked")))
}

async fn view(admin: Admin, app: &App) -> Result<View> {
    let Admin(Member { frame, learner }) = admin;
    let f = frame.of_section(Section::Admin);
    let invitations = app.store.invitations(app.now()).await?;
    let row = |invitation: Invitation| Row {
        id: hex::encode(invitation.token.0),
        role: role_name(&f, invitation.role),
        uses: f.count("admin-uses-left", invitation.uses),
        by: invitation.by.unwrap_or_else(|| f.say("audit-command-line")),
        expires: local(&learner, invitation.expires),
    };
    Ok(View {
        tabs: tabs(&f, Tab::Invitations),
        rows: invitations.into_iter().map(row).collect(),
        roles: Role::ALL.map(|role| (role.code(), role_name(&f, role))).into(),
        days: DAYS.map(|days| (days, f.count("admin-expires-days", days))).into(),
        uses: "1".to_owned(),
        wrong: None,
        link: None,
        revoked: false,
        is_closed: app.store.sign_up().await? == SignUp::Closed,
        f,
    })
}
