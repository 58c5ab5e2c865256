//! A form with a file. It is read piece by piece, and no further than it may be long.

use std::future::Future;
use std::pin::Pin;

use actix_multipart::{Field, Multipart};
use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{FromRequest, HttpRequest, web};
use futures_util::StreamExt;

use crate::text::Lang;
use crate::web::error::Error;
use crate::web::fields::same;
use crate::web::visitor::{Member, Teacher};
use crate::web::{App, cookies};

/// The longest file, in bytes: an archive with its images.
const MAX_FILE: usize = 16 << 20;
/// The longest pasted text, in bytes.
const MAX_TEXT: usize = 4 << 20;
/// The longest of the other fields, in bytes.
const MAX_FIELD: usize = 1 << 10;
/// The most fields.
const MAX_FIELDS: usize = 20;

/// What a teacher sent. Of others nothing is read.
pub(in crate::web) struct Sending {
    /// Who sent it.
    pub(super) member: Member,
    /// What it is.
    pub(super) sent: Sent,
}

/// The fields of the form.
#[derive(Default)]
pub(super) struct Sent {
    /// The file: its name and what is in it.
    pub(super) file: Option<(String, Vec<u8>)>,
    /// What was pasted.
    pub(super) text: String,
    /// The language of what cannot say so itself.
    pub(super) lang: Option<Lang>,
    /// The title of what cannot say so itself.
    pub(super) title: String,
    fields: Vec<(String, String)>,
}

impl Sent {
    /// A field; empty where it is not there.
    pub(super) fn field(&self, name: &str) -> &str {
        self.fields.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value)
    }
}

impl FromRequest for Sending {
    type Error = actix_web::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Sending, actix_web::Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let form = Multipart::from_request(&request, payload);
        Box::pin(async move {
            let Teacher(member) = Teacher::from_request(&request, &mut Payload::None).await?;
            let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
            if !kind.is_some_and(|kind| kind.to_ascii_lowercase().starts_with("multipart/form-data")) {
                return Err(Error::NotAForm.into());
            }
            let form = form.await.map_err(|_| Error::NotAForm)?;
            let sent = read(form).await?;
            let app = request.app_data::<web::Data<App>>().ok_or(Error::NotFound)?;
            match cookies::token(&request, app.base()) {
                Some(token) if !same(sent.field("csrf"), &token.csrf()) => Err(Error::Foreign.into()),
                Some(_) | None => Ok(Sending { member, sent }),
            }
        })
    }
}

async fn read(mut form: Multipart) -> Result<Sent, Error> {
    let mut sending = Sent::default();
    let mut count = 0;
    while let Some(field) = form.next().await {
        let mut field = field.map_err(|_| Error::BadForm("the body"))?;
        count += 1;
        if count > MAX_FIELDS {
            return Err(Error::BadForm("the body"));
        }
        let name = field.name().unwrap_or_default().to_owned();
        let file_name =
            field.content_disposition().and_then(|said| said.get_filename()).unwrap_or_default().to_owned();
        let most = match name.as_str() {
            "file" => MAX_FILE,
            "text" => MAX_TEXT,
            _ => MAX_FIELD,
        };
        let bytes = bytes(&mut field, most).await?;
        if name == "file" {
            let file_name = file_name.rsplit(['/', '\\']).next().unwrap_or_default();
            sending.file = Some((file_name.chars().filter(|c| !c.is_control()).take(120).collect(), bytes));
            continue;
        }
        let value = String::from_utf8(bytes).map_err(|_| Error::BadForm("the body"))?;
        match name.as_str() {
            "text" => sending.text = value,
            "lang" => sending.lang = Lang::from_code(&value),
            "title" => value.trim().clone_into(&mut sending.title),
            _ => sending.fields.push((name, value)),
        }
    }
    Ok(sending)
}

async fn bytes(field: &mut Field, most: usize) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    while let Some(piece) = field.next().await {
        let piece = piece.map_err(|_| Error::BadForm("the body"))?;
        if bytes.len() + piece.len() > most {
            return Err(Error::TooLarge);
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}
