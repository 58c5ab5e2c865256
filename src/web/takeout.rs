//! `/account/data`: everything that is a learner's, as one JSON file, sent while it is read.

use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::{HttpResponse, web};
use futures_util::stream;

use crate::store::{self, LearnerId, Store, TakenReview};

use super::App;
use super::error::{Error, Result};
use super::visitor::Member;

/// Reviews read at once.
const PAGE: u32 = 1000;

/// How far the file is.
enum At {
    /// The first bytes: all but the reviews.
    Head(web::Bytes),
    /// After this review; the first of them has nothing before it.
    Reviews(Option<Box<TakenReview>>),
    End,
}

/// `GET /account/data`
pub(super) async fn download(member: Member, app: web::Data<App>) -> Result<HttpResponse> {
    let learner = &member.learner;
    let taken = app.store.takeout(learner, app.now()).await?;
    let mut head = serde_json::to_string_pretty(&taken).map_err(corrupt)?;
    // The reviews are the last of its members.
    head.truncate(head.trim_end().trim_end_matches('}').trim_end().len());
    head.push_str(",\n  \"reviews\": [");
    let (store, id) = (app.store.clone(), learner.id);
    let body = stream::try_unfold(At::Head(head.into()), move |at| next(store.clone(), id, at));
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/json; charset=utf-8"))
        .insert_header((CONTENT_DISPOSITION, "attachment; filename=\"doujia-data.json\""))
        .streaming(body))
}

/// The next bytes, and how far the file is then.
async fn next(
    store: Store,
    learner: LearnerId,
    at: At,
) -> std::result::Result<Option<(web::Bytes, At)>, Error> {
    match at {
        At::Head(bytes) => Ok(Some((bytes, At::Reviews(None)))),
        At::Reviews(after) => {
            let mut reviews = store.taken_reviews(learner, after.as_deref(), PAGE).await?;
            let mut text = String::new();
            for (number, review) in reviews.iter().enumerate() {
                text.push_str(if number > 0 || after.is_some() { ",\n    " } else { "\n    " });
                text.push_str(&serde_json::to_string(review).map_err(corrupt)?);
            }
            let then = if reviews.len() < PAGE as usize {
                text.push_str("\n  ]\n}\n");
                At::End
            } else {
                At::Reviews(reviews.pop().map(Box::new))
            };
            Ok(Some((text.into(), then)))
        }
        At::End => Ok(None),
    }
}

fn corrupt(error: serde_json::Error) -> Error {
    Error::Store(store::Error::Corrupt(format!("data that cannot be written as JSON: {error}")))
}
