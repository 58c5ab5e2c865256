//! Who is there: the visitor of a page, and the learner that a session makes of one.

use std::future::Future;
use std::pin::Pin;

use actix_web::cookie::Cookie;
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use jiff::{SignedDuration, Timestamp};

use crate::store::{self, Card, Learner, QuestionId, Role, Session, Study, TokenHash};

use super::App;
use super::cookies::{self, Token};
use super::error::{Error, Result};
use super::page::{Frame, Section};

/// How stale a session's "last seen" may be: noting every request would make each page a write.
const TOUCH_AFTER: SignedDuration = SignedDuration::from_hours(1);

/// The session's cookie, in the extensions of a request whose answer shall carry it again.
pub(super) struct Renewed(pub(super) Cookie<'static>);

/// Whoever opened the page.
pub(super) struct Visitor {
    /// What their pages have around them.
    pub(super) frame: Frame,
    /// Who they are, where the session is known.
    pub(super) learner: Option<Learner>,
}

/// Someone who studies. Others are sent home, where they can begin.
pub(super) struct Student {
    /// What their pages have around them.
    pub(super) frame: Frame,
    /// Who they are.
    pub(super) learner: Learner,
}

impl Student {
    /// The frame of a page of this section.
    pub(super) fn frame(self, section: Section) -> Frame {
        self.frame.of_section(section)
    }
}

/// Who has opened the page, with what `find` brings along: the session of a token, and something more.
async fn arrival<T>(
    request: &HttpRequest,
    find: impl AsyncFnOnce(&App, &TokenHash) -> Found<T>,
) -> Result<Arrival<T>> {
    // The server cannot start without it.
    let app = request.app_data::<web::Data<App>>().cloned().ok_or(Error::NotFound)?;
    let (learner, more) = match cookies::token(request, app.base()) {
        Some(token) => match find(&app, &token.hash()).await? {
            Some((session, more)) => {
                renew(request, &app, &token, session.seen).await;
                (Some(session.learner), Some(more))
            }
            None => (None, None),
        },
        None => (None, None),
    };
    if let Some(learner) = &learner {
        request.extensions_mut().insert(learner.settings.reading);
    }
    let mut frame = Frame::of(request, &app);
    frame.known = learner.is_some();
    frame.account = learner.as_ref().and_then(|learner| learner.account.clone());
    Ok((Visitor { frame, learner }, more))
}

type Found<T> = store::Result<Option<(Session, T)>>;
type Arrival<T> = (Visitor, Option<T>);

/// Notes that a session is in use, where that was not noted lately.
async fn renew(request: &HttpRequest, app: &App, token: &Token, seen: Timestamp) {
    let now = app.now();
    if now.duration_since(seen) > TOUCH_AFTER {
        match app.store.touch_session(&token.hash(), now).await {
            // The browser, too, keeps it for longer.
            Ok(()) => drop(request.extensions_mut().insert(Renewed(token.cookie(app.base())))),
            // Where nothing can be written, pages can still be read; the next one tries again.
            Err(error) => tracing::warn!(%error, "a session cannot be renewed"),
        }
    }
}

async fn visitor(request: &HttpRequest) -> Result<Visitor> {
    let session = async |app: &App, token: &TokenHash| {
        let session = app.store.session(token, app.now()).await?;
        Ok(session.map(|session| (session, ())))
    };
    Ok(arrival(request, session).await?.0)
}

/// Someone who studies, and what they are asked next: one trip to the database.
pub(super) async fn at_study(request: &HttpRequest) -> Result<(Student, Study)> {
    student(arrival(request, async |app, token| app.store.session_at_study(token, app.now()).await).await?)
}

/// Someone who studies, and their card of a question: one trip to the database. No card where there is no such question
/// or its bank is not open to them.
pub(super) async fn at_card(request: &HttpRequest, question: QuestionId) -> Result<(Student, Option<Card>)> {
    student(
        arrival(request, async |app, token| app.store.session_at_card(token, question, app.now()).await)
            .await?,
    )
}

/// Someone who is not known yet has nothing to study.
fn student<T>((Visitor { frame, learner }, more): Arrival<T>) -> Result<(Student, T)> {
    match learner.zip(more) {
        Some((learner, more)) => Ok((Student { frame, learner }, more)),
        None => Err(Error::Elsewhere(frame.url("/"))),
    }
}

impl FromRequest for Visitor {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Visitor>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { visitor(&request).await })
    }
}

impl FromRequest for Student {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Student>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let visitor = visitor(&request).await?;
            let known = visitor.learner.is_some().then_some(());
            student((visitor, known)).map(|(student, ())| student)
        })
    }
}

/// Someone with an account. Others are asked to sign in.
pub(super) struct Member {
    /// What their pages have around them.
    pub(super) frame: Frame,
    /// Who they are.
    pub(super) learner: Learner,
}

/// A member who may bring banks.
pub(super) struct Teacher(pub(super) Member);

/// A member who looks after people and the service.
pub(super) struct Admin(pub(super) Member);

async fn member(request: HttpRequest, least: Role) -> Result<Member> {
    let method = request.method().clone();
    let Visitor { frame, learner } = visitor(&request).await?;
    match learner.filter(|learner| !learner.is_guest()) {
        Some(learner) if learner.role() >= least => Ok(Member { frame, learner }),
        Some(_) => Err(Error::Forbidden),
        None if method.is_safe() => {
            Err(Error::Elsewhere(frame.url(&super::sign_in::on_the_way_to(&frame.here))))
        }
        None => Err(Error::Unauthorized),
    }
}

impl FromRequest for Member {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Member>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        Box::pin(member(request.clone(), Role::Learner))
    }
}

impl FromRequest for Teacher {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Teacher>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let member = member(request.clone(), Role::Teacher);
        Box::pin(async move { member.await.map(Teacher) })
    }
}

impl FromRequest for Admin {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Admin>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let member = member(request.clone(), Role::Admin);
        Box::pin(async move { member.await.map(Admin) })
    }
}
