//! The files of `static/`: compressed once, under names that change with their content, so that browsers may keep them.

use std::collections::HashMap;
use std::io::Write;
use std::sync::OnceLock;

use actix_web::http::header::{ACCEPT_ENCODING, HeaderMap};
use actix_web::{HttpRequest, HttpResponse, web};
use flate2::Compression;
use flate2::write::GzEncoder;
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

use super::error::{Error, Result};

#[derive(RustEmbed)]
#[folder = "static/"]
struct Files;

/// One file, ready to be sent.
struct Asset {
    mime: String,
    plain: web::Bytes,
    /// Where it is smaller.
    gzip: Option<web::Bytes>,
}

/// All files, and how pages name them.
struct Assets {
    /// By hashed name, `base.1f2e3d4c5b.css`.
    by_name: HashMap<String, Asset>,
    /// From plain name to hashed name.
    names: HashMap<String, String>,
}

fn assets() -> &'static Assets {
    static ASSETS: OnceLock<Assets> = OnceLock::new();
    ASSETS.get_or_init(Assets::load)
}

impl Assets {
    fn load() -> Assets {
        let mut assets = Assets { by_name: HashMap::new(), names: HashMap::new() };
        for name in Files::iter() {
            let Some(file) = Files::get(&name) else { continue };
            let hash = hex::encode(&Sha256::digest(&file.data)[..5]);
            let hashed = match name.rsplit_once('.') {
                Some((stem, ending)) => format!("{stem}.{hash}.{ending}"),
                None => format!("{name}.{hash}"),
            };
            let gzip = gzip(&file.data, Compression::best()).filter(|small| small.len() < file.data.len());
            let asset = Asset {
                mime: file.metadata.mimetype().to_owned(),
                gzip: gzip.map(web::Bytes::from),
                plain: web::Bytes::from(file.data.into_owned()),
            };
            assets.names.insert(name.into_owned(), hashed.clone());
            assets.by_name.insert(hashed, asset);
        }
        assets
    }
}

/// The path of a file of `static/` below the base, with its hash; the plain path for one that is not there.
pub(super) fn path_of(name: &str) -> String {
    format!("/static/{}", assets().names.get(name).map_or(name, String::as_str))
}

/// `GET /static/{name}`
pub(super) async fn file(request: HttpRequest, name: web::Path<String>) -> Result<HttpResponse> {
    let asset = assets().by_name.get(&*name).ok_or(Error::NotFound)?;
    let mut response = HttpResponse::Ok();
    response
        .content_type(asset.mime.as_str())
        .insert_header(("cache-control", "public, max-age=31536000, immutable"))
        .insert_header(("vary", "accept-encoding"));
    Ok(match &asset.gzip {
        Some(gzip) if takes_gzip(request.headers()) => {
            response.insert_header(("content-encoding", "gzip")).body(gzip.clone())
        }
        Some(_) | None => response.body(asset.plain.clone()),
    })
}

/// Whether a browser can read gzip.
pub(super) fn takes_gzip(headers: &HeaderMap) -> bool {
    let accepted = headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepted.split(',').any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        name.trim().eq_ignore_ascii_case("gzip") && weight.replace(' ', "") != "q=0"
    })
}

/// The same bytes, smaller.
pub(super) fn gzip(bytes: &[u8], level: Compression) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 3), level);
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok()
}
