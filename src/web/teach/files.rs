//! `/teach/upload/{id}/image/{hash}` and `/teach/upload/{id}/scenario/{name}`: what goes with the questions of a bank that is
//! looked at, whether it came along or the bank has it already.

use actix_web::{HttpResponse, web};

use crate::bank::ScenarioRef;
use crate::store::UploadId;
use crate::web::App;
use crate::web::error::{Error, Result};
use crate::web::image::picture;
use crate::web::page::{self, Section};
use crate::web::scenarios::One;
use crate::web::visitor::{Member, Teacher};

use super::report::{Query, look};

/// `GET /teach/upload/{id}/image/{hash}`
pub(in crate::web) async fn image(
    Teacher(member): Teacher,
    path: web::Path<(i64, String)>,
    query: web::Query<Query>,
    app: web::Data<App>,
) -> Result<HttpResponse> {
    let (id, hash) = path.into_inner();
    let looked = look(&app, &member.learner, UploadId(id), query.mode.as_deref()).await?;
    let mut images = looked.prepared.sync.iter().flat_map(|sync| &sync.images);
    let image = images.find(|image| image.hash == hash).ok_or(Error::NotFound)?;
    if let Some(new) = &image.new {
        return Ok(picture(&new.media_type, web::Bytes::copy_from_slice(&new.bytes)));
    }
    let stored = app.store.image(&hash).await?.ok_or(Error::NotFound)?;
    Ok(picture(&stored.media_type, web::Bytes::from(stored.bytes)))
}

/// `GET /teach/upload/{id}/scenario/{name}`: a scenario that a choice names.
pub(in crate::web) async fn scenario(
    Teacher(member): Teacher,
    path: web::Path<(i64, String)>,
    query: web::Query<Query>,
    app: web::Data<App>,
) -> Result<HttpResponse> {
    let Member { frame, learner } = member;
    let (id, name) = path.into_inner();
    let looked = look(&app, &learner, UploadId(id), query.mode.as_deref()).await?;
    let scenarios = looked.prepared.sync.as_ref().map(|sync| sync.scenarios.as_slice()).unwrap_or_default();
    let title = app.scenario_title_among(scenarios, &name).await.ok_or(Error::NotFound)?;
    let alone = ScenarioRef { run: name.clone(), contrast: None, focus: None };
    let player = app.player_among(scenarios, &alone).await?.ok_or(Error::NotFound)?;
    let f = frame.of_section(Section::Teach);
    let mode = looked.mode.name();
    let link = |at| f.url(&format!("/teach/upload/{id}/scenario/{name}?mode={mode}&t={at}#player-title"));
    let player = player.view(f.reading(), query.t.unwrap_or_else(|| player.start()), &link);
    let back = (f.url(&format!("/teach/upload/{id}?mode={mode}")), f.say("teach-back"));
    page::html(&One::new(f, &title, player, back))
}
