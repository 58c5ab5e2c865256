//! `/`: what this is, and one button that leads to a question.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use jiff::tz::TimeZone;

use crate::store::{Counts, Settings};

use super::cookies::Token;
use super::error::Result;
use super::fields::Fields;
use super::limits::{Act, Limits};
use super::page::{self, Frame};
use super::visitor::Visitor;
use super::{App, client};

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    f: Frame,
    /// What is left today, for someone who is known.
    left: Option<Counts>,
}

/// `GET /`
pub(super) async fn show(visitor: Visitor, app: web::Data<App>) -> Result<HttpResponse> {
    let left = match &visitor.learner {
        Some(learner) => Some(app.store.study(learner, None, app.now()).await?.left),
        None => None,
    };
    page::html(&Home { f: visitor.frame, left })
}

/// `POST /start`: a new guest, in the time zone the browser says, who is then asked the first question.
pub(super) async fn start(
    visitor: Visitor,
    form: Fields,
    request: HttpRequest,
    app: web::Data<App>,
) -> Result<HttpResponse> {
    let mut response = HttpResponse::SeeOther();
    response.insert_header(("location", app.url("/study")));
    if visitor.learner.is_none() {
        app.limits.spend(Act::Start, Limits::address(client::address(&request, &app)), app.now())?;
        let zone = zone_of(&form);
        let token = Token::random()?;
        let settings = Settings::new(visitor.frame.reading(), zone);
        app.store.create_guest(&settings, &token.hash(), app.now()).await?;
        response.cookie(token.cookie(app.base()));
    }
    Ok(response.finish())
}

/// The time zone the browser says it is in.
pub(super) fn zone_of(form: &Fields) -> TimeZone {
    form.find("zone").and_then(|name| TimeZone::get(name).ok()).unwrap_or(TimeZone::UTC)
}
