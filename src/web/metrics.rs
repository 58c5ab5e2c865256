//! What the service counts of itself, and the second address on which Prometheus may read it.
//!
//! Nothing in it is about a person: routes, not paths; kinds of question, not learners.

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::http::StatusCode;
use actix_web::{App as ActixApp, HttpResponse, HttpServer, web};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use crate::store;

use super::App;

/// Upper bounds in seconds; a page takes a few milliseconds, a big upload some seconds.
const REQUEST_SECONDS: [f64; 11] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];
const SIMULATION_SECONDS: [f64; 8] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0];

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// All counters of one service.
pub(super) struct Metrics {
    registry: Registry,
    requests: Family<Request, Histogram>,
    answers: Family<Answer, Counter>,
    simulations: Histogram,
    database_errors: Family<DatabaseError, Counter>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Request {
    route: String,
    status: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answer {
    kind: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct DatabaseError {
    kind: &'static str,
}

impl Metrics {
    pub(super) fn new() -> Metrics {
        let mut registry = Registry::with_prefix("doujia");
        let build = Info::new(vec![("version", env!("CARGO_PKG_VERSION")), ("kubernetes", "1.36")]);
        registry.register("build", "Which Doujia this is, and which Kubernetes it simulates", build);
        let requests: Family<Request, Histogram> =
            Family::new_with_constructor(|| Histogram::new(REQUEST_SECONDS));
        registry.register_with_unit(
            "http_request_duration",
            "How long requests took, by route and class of status",
            Unit::Seconds,
            requests.clone(),
        );
        let answers = Family::<Answer, Counter>::default();
        registry.register("answers", "Answers recorded, by kind of question and outcome", answers.clone());
        let simulations = Histogram::new(SIMULATION_SECONDS);
        registry.register_with_unit(
            "simulation_duration",
            "How long runs of the simulated cluster took",
            Unit::Seconds,
            simulations.clone(),
        );
        let database_errors = Family::<DatabaseError, Counter>::default();
        registry.register(
            "database_errors",
            "Requests that failed because of the database, by what was wrong with it",
            database_errors.clone(),
        );
        Metrics { registry, requests, answers, simulations, database_errors }
    }

    /// A request was answered. The route is a pattern of `routes`, never a path.
    pub(super) fn request(&self, route: &str, status: StatusCode, took: Duration) {
        let status = match status.as_u16() / 100 {
            1 => "1xx",
            2 => "2xx",
            3 => "3xx",
            4 => "4xx",
            _ => "5xx",
        };
        let labels = Request { route: route.to_owned(), status };
        self.requests.get_or_create(&labels).observe(took.as_secs_f64());
    }

    /// An answer is on disk.
    pub(super) fn answer(&self, kind: &'static str, is_correct: bool) {
        let outcome = if is_correct { "right" } else { "wrong" };
        self.answers.get_or_create(&Answer { kind, outcome }).inc();
    }

    /// The simulated cluster was run.
    pub(super) fn simulation(&self, took: Duration) {
        self.simulations.observe(took.as_secs_f64());
    }

    /// The database failed a request.
    pub(super) fn database_error(&self, error: &store::Error) {
        self.database_errors.get_or_create(&DatabaseError { kind: error.kind() }).inc();
    }

    fn text(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

/// A server of `/metrics` alone. It stops when its handle is told so, not by a signal.
pub(super) fn serve(listen: &str, app: web::Data<App>) -> std::io::Result<(SocketAddr, Server)> {
    let listener = TcpListener::bind(listen)?;
    let address = listener.local_addr()?;
    let server =
        HttpServer::new(move || ActixApp::new().app_data(app.clone()).route("/metrics", web::get().to(show)))
            .workers(1)
            .disable_signals()
            .shutdown_timeout(0)
            .listen(listener)?
            .run();
    Ok((address, server))
}

/// `GET /metrics`
async fn show(app: web::Data<App>) -> HttpResponse {
    match app.metrics().text() {
        Ok(text) => HttpResponse::Ok().content_type(OPEN_METRICS).body(text),
        Err(error) => {
            tracing::error!(%error, "the metrics cannot be written");
            HttpResponse::InternalServerError().finish()
        }
    }
}
