//! Which path is whose: every page in one list.

use actix_web::guard;
use actix_web::http::header::ALLOW;
use actix_web::web::{self, ServiceConfig};
use actix_web::{FromRequest, Handler, HttpResponse, Resource, Responder};

use super::error::{Error, Result};
use super::{
    assets, bank, banks, done, feedback, health, help, home, language, scenarios, settings, stats, study,
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

fn pages(config: &mut ServiceConfig) {
    config
        .service(get("/", home::show))
        .service(post("/start", home::start))
        .service(post("/language", language::change))
        .service(get("/study", study::show))
        .service(post("/study/answer", study::answer))
        .service(get("/study/feedback/{review}", feedback::show))
        .service(post("/study/rate", feedback::rate))
        .service(post("/study/undo", study::undo))
        .service(get("/study/done", done::show))
        .service(get("/banks", banks::show))
        .service(post("/banks/enroll", banks::enroll))
        .service(post("/banks/leave", banks::leave))
        .service(get("/bank/{slug}", bank::show))
        .service(get("/scenarios", scenarios::show))
        .service(get("/scenario/{name}", scenarios::one))
        .service(get("/stats", stats::show))
        .service(get_and_post("/settings", settings::show, settings::save))
        .service(get("/help", help::show))
        .service(get("/static/{name:.*}", assets::file))
        .service(get("/healthz", health::show));
}

/// A page that is looked at.
fn get<F, A>(path: &str, handler: F) -> Resource
where
    F: Handler<A>,
    A: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    let reads = web::route().guard(guard::Any(guard::Get()).or(guard::Head()));
    web::resource(path).route(reads.to(handler)).default_service(web::to(|| not_allowed("GET, HEAD")))
}

/// A form's target.
fn post<F, A>(path: &str, handler: F) -> Resource
where
    F: Handler<A>,
    A: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    web::resource(path).route(web::post().to(handler)).default_service(web::to(|| not_allowed("POST")))
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
        .default_service(web::to(|| not_allowed("GET, HEAD, POST")))
}

async fn not_allowed(methods: &'static str) -> HttpResponse {
    HttpResponse::MethodNotAllowed().insert_header((ALLOW, methods)).finish()
}

async fn nowhere() -> Result<HttpResponse> {
    Err(Error::NotFound)
}
