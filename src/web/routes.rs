//! Which path is whose: every page in one list.

use actix_web::guard;
use actix_web::http::header::ALLOW;
use actix_web::web::{self, ServiceConfig};
use actix_web::{FromRequest, Handler, HttpResponse, Resource, Responder};

use super::error::{Error, Result};
use super::{
    account, admin, assets, authoring, bank, banks, done, feedback, health, help, home, image, join,
    language, reset, scenario_guide, scenarios, settings, sign_in, sign_up, stats, study, takeout, teach,
    welcome,
};

/// All pages, under the base URL's path; and at the root, too, for a proxy that takes that path away, and for those who
/// ask from beside us whether we are well.
pub(super) fn routes(prefix: &str) -> impl FnOnce(&mut ServiceConfig) {
    let prefix = prefix.to_owned();
    move |config| {
        if !prefix.is_empty() {
            config.service(web::scope(&prefix).route("", web::get().to(home::show)).configure(pages));
        }
        config.configure(pages).default_service(web::to(nowhere));
    }
}

/// A path and what may be done there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// The path under the base URL; `{name}` stands for anything but a slash.
    pub path: &'static str,
    /// The methods that have a handler; all others are answered with 405.
    pub methods: &'static [&'static str],
}

/// Mounts pages, and lists them in [`ROUTES`], so that no page can be mounted without being known to the test of rights.
macro_rules! pages {
    ($($kind:ident($path:literal $(, $handler:path)+),)*) => {
        /// Every page there is. `tests/http/rights.rs` says of each who may do what with it.
        pub const ROUTES: &[Route] = &[$(Route { path: $path, methods: methods::$kind }),*];

        fn pages(config: &mut ServiceConfig) {
            $(config.service($kind($path $(, $handler)+));)*
        }
    };
}

pages![
    get("/", home::show),
    post("/start", home::start),
    post("/language", language::change),
    get("/study", study::show),
    post("/study/answer", study::answer),
    get("/study/feedback/{review}", feedback::show),
    get("/study/feedback/{review}/scenario/{name}", feedback::scenario),
    post("/study/rate", feedback::rate),
    post("/study/undo", study::undo),
    get("/study/done", done::show),
    get("/image/{hash}", image::show),
    get("/banks", banks::show),
    post("/banks/enroll", banks::enroll),
    post("/banks/leave", banks::leave),
    get("/bank/{slug}", bank::show),
    get_and_post("/join/{link}", join::show, join::join),
    get("/teach", teach::show),
    post("/teach/upload", teach::upload),
    get("/teach/upload/{id}", teach::report::show),
    get("/teach/upload/{id}/rest", teach::report::rest),
    get("/teach/upload/{id}/question/{ident}", teach::report::one),
    get("/teach/upload/{id}/image/{hash}", teach::files::image),
    get("/teach/upload/{id}/scenario/{name}", teach::files::scenario),
    post("/teach/upload/{id}/commit", teach::report::commit),
    get("/teach/bank/{slug}", teach::bank::show),
    post("/teach/bank/{slug}/audience", teach::bank::audience),
    post("/teach/bank/{slug}/restore", teach::bank::restore),
    post("/teach/bank/{slug}/delete", teach::bank::delete),
    get("/teach/bank/{slug}/compare", teach::bank::compare),
    get("/teach/bank/{slug}/export/{format}", teach::bank::export),
    get("/scenarios", scenarios::show),
    get("/scenario/{name}", scenarios::one),
    get("/stats", stats::show),
    get_and_post("/settings", settings::show, settings::save),
    get("/help", help::show),
    get("/help/authoring", authoring::show),
    get("/help/authoring/{file}", authoring::file),
    get("/help/scenarios", scenario_guide::show),
    get_and_post("/sign-up", sign_up::show, sign_up::make),
    get("/invitation/{token}", sign_up::invited),
    get_and_post("/sign-in", sign_in::show, sign_in::sign_in),
    post("/sign-out", sign_in::sign_out),
    get_and_post("/reset/{token}", reset::show, reset::set),
    get_and_post("/welcome/{token}", welcome::show, welcome::become_admin),
    get("/account", account::show),
    post("/account/password", account::change_password),
    post("/account/sessions/end", account::end_sessions),
    get("/account/data", takeout::download),
    post("/account/delete", account::delete),
    get("/admin", admin::overview::show),
    get("/admin/people", admin::people::list),
    get("/admin/people/{id}", admin::person::show),
    post("/admin/people/{id}/role", admin::person::role),
    post("/admin/people/{id}/access", admin::person::access),
    post("/admin/people/{id}/delete", admin::person::delete),
    post("/admin/people/{id}/reset", admin::person::reset),
    get_and_post("/admin/invitations", admin::invitations::show, admin::invitations::make),
    post("/admin/invitations/revoke", admin::invitations::revoke),
    get_and_post("/admin/settings", admin::settings::show, admin::settings::save),
    get("/admin/audit", admin::audit::show),
    get("/admin/backup", admin::backup::download),
    get("/static/{name:.*}", assets::file),
    get("/healthz", health::alive),
    get("/readyz", health::ready),
];

/// The methods of each kind of page, by the name of the function that mounts it.
#[allow(non_upper_case_globals, reason = "named as the functions below")]
mod methods {
    pub(super) const get: &[&str] = &["GET", "HEAD"];
    pub(super) const post: &[&str] = &["POST"];
    pub(super) const get_and_post: &[&str] = &["GET", "HEAD", "POST"];
}

/// A page that is looked at.
fn get<F, A>(path: &str, handler: F) -> Resource
where
    F: Handler<A>,
    A: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    let reads = web::route().guard(guard::Any(guard::Get()).or(guard::Head()));
    web::resource(path).route(reads.to(handler)).default_service(web::to(|| not_allowed(methods::get)))
}

/// A form's target.
fn post<F, A>(path: &str, handler: F) -> Resource
where
    F: Handler<A>,
    A: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    web::resource(path).route(web::post().to(handler)).default_service(web::to(|| not_allowed(methods::post)))
}

/// A page with a form that comes back to it.
fn get_and_post<F, A, G, B>(path: &str, show: F, save: G) -> Resource
where
    F: Handler<A>,
    A: FromRequest + 'static,
    F::Output: Responder + 'static,
    G: Handler<B>,
    B: FromRequest + 'static,
    G::Output: Responder + 'static,
{
    let reads = web::route().guard(guard::Any(guard::Get()).or(guard::Head()));
    web::resource(path)
        .route(reads.to(show))
        .route(web::post().to(save))
        .default_service(web::to(|| not_allowed(methods::get_and_post)))
}

async fn not_allowed(methods: &'static [&'static str]) -> HttpResponse {
    HttpResponse::MethodNotAllowed().insert_header((ALLOW, methods.join(", "))).finish()
}

async fn nowhere() -> Result<HttpResponse> {
    Err(Error::NotFound)
}
