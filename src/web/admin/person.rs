//! `/admin/people/{id}`: one person, and what can be done about their account: another role, locking them out and letting
//! them in, deleting all that is theirs.

use actix_web::http::StatusCode;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use crate::store::{self, LearnerId, Person, Role, Ticket};

use super::super::App;
use super::super::cookies::Token;
use super::super::error::{Error, Result, see_other};
use super::super::fields::Fields;
use super::super::page::{self, Entry, Frame, Section};
use super::super::visitor::{Admin, Member};
use super::{NO_STORE, Tab, local, role_key, role_name, tabs};

#[derive(Template)]
#[template(path = "admin/person.html")]
struct View {
    f: Frame,
    tabs: Vec<Entry>,
    person: Person,
    role: String,
    created: String,
    disabled: Option<String>,
    seen: Option<String>,
    roles: Vec<Choice>,
    /// Whether it is the reader.
    is_self: bool,
    saved: bool,
    /// The reset link that was just made.
    link: Option<String>,
    /// The key of why what was asked for was not done.
    refused: Option<&'static str>,
}

/// A role to choose.
struct Choice {
    code: &'static str,
    name: String,
    can: String,
    chosen: bool,
}

/// `?saved` after a change.
#[derive(serde::Deserialize)]
pub(in crate::web) struct Saved {
    saved: Option<String>,
}

/// `GET /admin/people/{id}`
pub(in crate::web) async fn show(
    admin: Admin,
    id: web::Path<String>,
    query: web::Query<Saved>,
    app: web::Data<App>,
) -> Result<HttpResponse> {
    let id = number(&id)?;
    page::html(&View { saved: query.saved.is_some(), ..view(admin, id, &app).await? })
}

/// `POST /admin/people/{id}/role` with `role`
pub(in crate::web) async fn role(
    admin: Admin,
    id: web::Path<String>,
    form: Fields,
    app: web::Data<App>,
) -> Result<HttpResponse> {
    let id = number(&id)?;
    let role = Role::from_code(form.get("role")?).ok_or(Error::BadForm("role"))?;
    meant(&app, id, &form).await?;
    let done = app.store.set_role(id, role, Some(&admin.0.learner), app.now()).await;
    // Who is no administrator any more cannot see this page any more.
    let back = if id == admin.0.learner.id && role < Role::Admin { "/".to_owned() } else { saved(id) };
    done_or_refused(admin, id, &app, done, &back).await
}

/// `POST /admin/people/{id}/access` with `access` = `yes` or `no`
pub(in crate::web) async fn access(
    admin: Admin,
    id: web::Path<String>,
    form: Fields,
    app: web::Data<App>,
) -> Result<HttpResponse> {
    let id = number(&id)?;
    let disabled = match form.get("access")? {
        "yes" => false,
        "no" => true,
        _ => return Err(Error::BadForm("access")),
    };
    meant(&app, id, &form).await?;
    let done = app.store.set_disabled(id, disabled, Some(&admin.0.learner), app.now()).await;
    done_or_refused(admin, id, &app, done, &saved(id)).await
}

/// `POST /admin/people/{id}/delete` with `sure` = `yes`
pub(in crate::web) async fn delete(
    admin: Admin,
    id: web::Path<String>,
    form: Fields,
    app: web::Data<App>,
) -> Result<HttpResponse> {
    let id = number(&id)?;
    if form.find("sure") != Some("yes") {
        return Err(Error::BadForm("sure"));
    }
    meant(&app, id, &form).await?;
    let learner =
        app.store.learner(id).await?.filter(|learner| !learner.is_guest()).ok_or(Error::NotFound)?;
    let done = app.store.delete_learner(&learner, Some(&admin.0.learner), app.now()).await;
    done_or_refused(admin, id, &app, done, "/admin/people?deleted").await
}

/// `POST /admin/people/{id}/reset`: a link by which they set a new password. The answer is a page and not a redirect, as
/// everywhere else, since nothing but this answer may have the link.
pub(in crate::web) async fn reset(
    admin: Admin,
    id: web::Path<String>,
    form: Fields,
    request: HttpRequest,
    app: web::Data<App>,
) -> Result<HttpResponse> {
    let person = meant(&app, number(&id)?, &form).await?;
    let (token, now) = (Token::random()?, app.now());
    let ticket = Ticket::reset(person.id, now);
    app.store.make_ticket(&token.hash(), &ticket, &person.name, Some(&admin.0.learner), now).await?;
    let link = Some(app.link(&format!("/reset/{}", token.hex()), &request));
    let mut response = page::html(&View { link, ..view(admin, person.id, &app).await? })?;
    response.headers_mut().insert(CACHE_CONTROL, NO_STORE);
    Ok(response)
}

/// The person with this number, where it still is the one whose page the form was on: after a deletion somebody new may have
/// the number.
async fn meant(app: &App, id: LearnerId, form: &Fields) -> Result<Person> {
    let name = form.get("person")?;
    let person = app.store.person(id).await?.ok_or(Error::NotFound)?;
    if person.name != name {
        return Err(Error::Conflict("the number is somebody else's now"));
    }
    Ok(person)
}

/// The number in a path. What is none is nobody's.
fn number(id: &str) -> Result<LearnerId> {
    id.parse().map_err(|_| Error::NotFound)
}

fn saved(id: LearnerId) -> String {
    format!("/admin/people/{id}?saved")
}

/// On to the next page; or the person's page again, saying why not.
async fn done_or_refused(
    admin: Admin,
    id: LearnerId,
    app: &App,
    done: store::Result<()>,
    next: &str,
) -> Result<HttpResponse> {
    match done {
        Ok(()) => Ok(see_other(app.url(next))),
        Err(store::Error::LastAdmin) => {
            let view = View { refused: Some("admin-last-admin"), ..view(admin, id, app).await? };
            page::html_with(StatusCode::CONFLICT, &view)
        }
        Err(error) => Err(error.into()),
    }
}

async fn view(admin: Admin, id: LearnerId, app: &App) -> Result<View> {
    let Admin(Member { frame, learner }) = admin;
    let person = app.store.person(id).await?.ok_or(Error::NotFound)?;
    let f = frame.of_section(Section::Admin);
    let choice = |role: Role| Choice {
        code: role.code(),
        name: role_name(&f, role),
        can: f.say(&format!("{}-can", role_key(role))),
        chosen: role == person.role,
    };
    Ok(View {
        tabs: tabs(&f, Tab::People),
        role: role_name(&f, person.role),
        created: local(&learner, person.created),
        disabled: person.disabled.map(|at| local(&learner, at)),
        seen: person.seen.map(|at| local(&learner, at)),
        roles: Role::ALL.map(choice).into(),
        is_self: person.id == learner.id,
        person,
        saved: false,
        link: None,
        refused: None,
        f,
    })
}
