//! `/admin`: how much there is, how much room is left, and which program this is.

use actix_web::{HttpResponse, web};
use askama::Template;
use jiff::SignedDuration;

use crate::store::Figures;

use super::super::App;
use super::super::error::Result;
use super::super::page::{self, Entry, Frame, Section};
use super::super::visitor::{Admin, Member};
use super::{Tab, tabs};

#[derive(Template)]
#[template(path = "admin/overview.html")]
struct View {
    f: Frame,
    tabs: Vec<Entry>,
    figures: Figures,
    size: String,
    /// The room on the disk of the database; `None` where the system does not say.
    free: Option<String>,
    /// Whether another copy of the database would not fit.
    is_tight: bool,
    version: &'static str,
    uptime: String,
}

/// `GET /admin`
pub(in crate::web) async fn show(admin: Admin, app: web::Data<App>) -> Result<HttpResponse> {
    let Admin(Member { frame, .. }) = admin;
    let f = frame.of_section(Section::Admin);
    let figures = app.store.figures().await?;
    let folder = app.store.file().parent().map(std::path::Path::to_owned).unwrap_or_default();
    // Asking a disk may wait for it.
    let free = web::block(move || fs4::available_space(folder)).await.ok().and_then(std::io::Result::ok);
    page::html(&View {
        tabs: tabs(&f, Tab::Overview),
        size: size(figures.bytes),
        free: free.map(size),
        is_tight: free.is_some_and(|free| free < figures.bytes),
        version: env!("CARGO_PKG_VERSION"),
        uptime: uptime(&f, app.now().duration_since(app.started())),
        figures,
        f,
    })
}

/// A number of bytes as people read it.
fn size(bytes: u64) -> String {
    let (mut rest, mut unit) = (bytes as f64, "B");
    for next in ["KB", "MB", "GB", "TB"] {
        if rest < 1000.0 {
            break;
        }
        (rest, unit) = (rest / 1000.0, next);
    }
    if unit == "B" || rest >= 100.0 { format!("{rest:.0} {unit}") } else { format!("{rest:.1} {unit}") }
}

/// A long time, in the unit that says enough.
fn uptime(f: &Frame, time: SignedDuration) -> String {
    match time.as_mins() {
        minutes if minutes < 120 => f.count("admin-minutes", minutes),
        minutes if minutes < 2 * 24 * 60 => f.count("admin-hours", minutes / 60),
        minutes => f.count("admin-days", minutes / (24 * 60)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_has_the_unit_that_says_enough() {
        let sizes = [0, 999, 1000, 12_345, 123_456, 4_200_000, 999_999_999_999].map(size);
        assert_eq!(sizes, ["0 B", "999 B", "1.0 KB", "12.3 KB", "123 KB", "4.2 MB", "1000 GB"]);
    }
}
