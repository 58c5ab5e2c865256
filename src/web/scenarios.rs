//! `/scenarios`: all simulated clusters; `/scenario/{name}`: one, in the player.

use actix_web::{HttpResponse, web};
use askama::Template;

use crate::bank::ScenarioRef;
use crate::text::Text;

use super::App;
use super::error::{Error, Result};
use super::feedback::Moment;
use super::page::{self, Frame, Section};
use super::pair::Pair;
use super::visitor::Visitor;

#[derive(Template)]
#[template(path = "scenarios.html")]
struct Gallery {
    f: Frame,
    rows: Vec<Row>,
}

/// A scenario.
struct Row {
    url: String,
    title: Pair,
    claims: usize,
}

/// A scenario in the player, on a page of its own.
#[derive(Template)]
#[template(path = "scenario.html")]
pub(super) struct One {
    f: Frame,
    name: String,
    title: Pair,
    player: crate::player::View,
    /// Where one came from: path and words.
    back: (String, String),
}

impl One {
    pub(super) fn new(f: Frame, title: &Text, player: crate::player::View, back: (String, String)) -> One {
        let reading = f.reading();
        One { title: Pair::line(title, reading), name: Pair::plain(title, reading), player, back, f }
    }
}

/// `GET /scenarios`
pub(super) async fn show(visitor: Visitor, app: web::Data<App>) -> Result<HttpResponse> {
    let f = visitor.frame.of_section(Section::Scenarios);
    let listed = app.with_library(|library| {
        let row = |file: &crate::bank::library::ScenarioFile| {
            (file.scenario.name.clone(), file.scenario.title.clone(), file.scenario.claims.len())
        };
        library.scenarios().map(row).collect::<Vec<(String, Text, usize)>>()
    });
    let rows = listed.await.unwrap_or_default().into_iter().map(|(name, title, claims)| Row {
        url: f.url(&format!("/scenario/{name}")),
        title: Pair::line(&title, f.reading()),
        claims,
    });
    page::html(&Gallery { rows: rows.collect(), f })
}

/// `GET /scenario/{name}`
pub(super) async fn one(
    visitor: Visitor,
    name: web::Path<String>,
    moment: web::Query<Moment>,
    app: web::Data<App>,
) -> Result<HttpResponse> {
    let f = visitor.frame.of_section(Section::Scenarios);
    let name = name.into_inner();
    let wanted = name.clone();
    let title = app
        .with_library(move |library| library.scenario(&wanted).map(|file| file.scenario.title.clone()))
        .await
        .flatten()
        .ok_or(Error::NotFound)?;
    let alone = ScenarioRef { run: name.clone(), contrast: None, focus: None };
    let player = app.player(None, &alone).await?.ok_or(Error::NotFound)?;
    let opened = moment.t.unwrap_or_else(|| player.start());
    let player =
        player.view(f.reading(), opened, &|at| f.url(&format!("/scenario/{name}?t={at}#player-title")));
    let back = (f.url("/scenarios"), f.say("scenarios-all"));
    page::html(&One::new(f, &title, player, back))
}
