//! `/help`: the keys, how questions come back, and what this is.

use actix_web::HttpResponse;
use askama::Template;

use super::error::Result;
use super::page::{self, Frame, Section};
use super::visitor::Visitor;

#[derive(Template)]
#[template(path = "help.html")]
struct Help {
    f: Frame,
    version: &'static str,
}

/// `GET /help`
pub(super) async fn show(visitor: Visitor) -> Result<HttpResponse> {
    page::html(&Help { f: visitor.frame.of_section(Section::Help), version: env!("CARGO_PKG_VERSION") })
}
