//! `/admin/settings`: who may make an account.

use actix_web::{HttpResponse, web};
use askama::Template;

use crate::store::SignUp;

use super::super::App;
use super::super::error::{Error, Result, see_other};
use super::super::fields::Fields;
use super::super::page::{self, Entry, Frame, Section};
use super::super::visitor::{Admin, Member};
use super::{Tab, tabs};

#[derive(Template)]
#[template(path = "admin/settings.html")]
struct View {
    f: Frame,
    tabs: Vec<Entry>,
    modes: Vec<Mode>,
    saved: bool,
}

/// A way to choose.
struct Mode {
    code: &'static str,
    name: String,
    means: String,
    chosen: bool,
}

/// `?saved` after saving.
#[derive(serde::Deserialize)]
pub(in crate::web) struct Saved {
    saved: Option<String>,
}

/// `GET /admin/settings`
pub(in crate::web) async fn show(
    admin: Admin,
    query: web::Query<Saved>,
    app: web::Data<App>,
) -> Result<HttpResponse> {
    let Admin(Member { frame, .. }) = admin;
    let f = frame.of_section(Section::Admin);
    let now = app.store.sign_up().await?;
    let mode = |mode: SignUp| Mode {
        code: mode.code(),
        name: f.say(sign_up_key(mode)),
        means: f.say(&format!("{}-means", sign_up_key(mode))),
        chosen: mode == now,
    };
    page::html(&View {
        tabs: tabs(&f, Tab::Settings),
        modes: SignUp::ALL.map(mode).into(),
        saved: query.saved.is_some(),
        f,
    })
}

/// `POST /admin/settings` with `sign-up`
pub(in crate::web) async fn save(admin: Admin, form: Fields, app: web::Data<App>) -> Result<HttpResponse> {
    let mode = SignUp::from_code(form.get("sign-up")?).ok_or(Error::BadForm("sign-up"))?;
    app.store.set_sign_up(mode, Some(&admin.0.learner), app.now()).await?;
    Ok(see_other(app.url("/admin/settings?saved")))
}

const fn sign_up_key(mode: SignUp) -> &'static str {
    match mode {
        SignUp::Open => "admin-sign-up-open",
        SignUp::Invitation => "admin-sign-up-invitation",
        SignUp::Closed => "admin-sign-up-closed",
    }
}
