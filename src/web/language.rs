//! `POST /language`: one click changes the language on every page; and which language a new visitor gets.

use actix_web::http::header::{ACCEPT_LANGUAGE, HeaderMap, LOCATION};
use actix_web::{HttpResponse, web};

use crate::store::Settings;
use crate::text::{Lang, Reading};

use super::error::{Error, Result};
use super::fields::Fields;
use super::visitor::Visitor;
use super::{App, cookies};

/// `POST /language` with `reading` = `zh`, `en` or `both` and `back` = the page it was sent from.
pub(super) async fn change(visitor: Visitor, form: Fields, app: web::Data<App>) -> Result<HttpResponse> {
    let reading = match form.get("reading")? {
        "both" => Reading::Both(visitor.frame.lang()),
        code => Reading::from_code(code).ok_or(Error::BadForm("reading"))?,
    };
    if let Some(learner) = visitor.learner {
        app.store.save_settings(learner.id, &Settings { reading, ..learner.settings }).await?;
    }
    let back = form.find("back").filter(|path| is_local(path)).unwrap_or("/");
    Ok(HttpResponse::SeeOther()
        .cookie(cookies::reading_cookie(reading, app.base()))
        .insert_header((LOCATION, app.url(back)))
        .finish())
}

/// Whether a path stays on this service. Browsers take `//host` and `/\host` for another one.
pub(super) fn is_local(path: &str) -> bool {
    path.starts_with('/')
        && !path[1..].starts_with(['/', '\\'])
        && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
}

/// The language a browser prefers, of the two; Chinese where it does not say, English where it wants neither.
pub(super) fn preferred(headers: &HeaderMap) -> Reading {
    let Some(wanted) = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()) else {
        return Reading::Only(Lang::Zh);
    };
    let mut best: Option<(f32, Lang)> = None;
    for range in wanted.split(',') {
        let (tag, weight) = range.split_once(';').unwrap_or((range, ""));
        let primary = tag.trim().split('-').next().unwrap_or_default().to_ascii_lowercase();
        let weight = weight.trim().strip_prefix("q=").map_or(Some(1.0), |weight| weight.trim().parse().ok());
        if let (Some(lang), Some(weight)) = (Lang::from_code(&primary), weight)
            && best.is_none_or(|(most, _)| weight > most)
        {
            best = Some((weight, lang));
        }
    }
    Reading::Only(best.map_or(Lang::En, |(_, lang)| lang))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    #[test]
    fn the_browser_says_which_language() {
        let cases = [
            (Some("zh-CN,zh;q=0.9,en;q=0.8"), Lang::Zh),
            (Some("en-US,en;q=0.9,zh;q=0.8"), Lang::En),
            (Some("fr, zh;q=0.3, en;q=0.7"), Lang::En),
            (Some("zh-Hant-TW"), Lang::Zh),
            (Some("de"), Lang::En),
            (None, Lang::Zh),
        ];
        for (header, lang) in cases {
            let mut headers = HeaderMap::new();
            if let Some(header) = header {
                headers.insert(ACCEPT_LANGUAGE, HeaderValue::from_static(header));
            }
            assert_eq!(preferred(&headers), Reading::Only(lang), "{header:?}");
        }
    }

    #[test]
    fn the_way_back_stays_here() {
        assert!(is_local("/study") && is_local("/scenario/x?t=3") && is_local("/"));
        assert!(
            !is_local("//evil.example") && !is_local("/\\evil.example") && !is_local("https://evil.example")
        );
        assert!(!is_local("/a\r\nset-cookie: x") && !is_local(""));
    }
}
