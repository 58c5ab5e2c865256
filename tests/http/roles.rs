//! People of every role, each known to the service without a sign-in: the tests of rights need many of them.

use doujia::store::file_url;
use reqwest::header::{CONTENT_DISPOSITION, COOKIE, HeaderMap, HeaderValue, LOCATION};
use reqwest::redirect::Policy;
use reqwest::{Client, Method};
use sha2::{Digest, Sha256};
use sqlx::AnyPool;

use crate::browser::Browser;
use crate::house::{House, monday};

/// Everyone there is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Was never here.
    Nobody,
    Guest,
    Learner,
    OtherLearner,
    Teacher,
    OtherTeacher,
    Admin,
}

impl Role {
    pub(crate) const ALL: [Role; 7] = [
        Role::Nobody,
        Role::Guest,
        Role::Learner,
        Role::OtherLearner,
        Role::Teacher,
        Role::OtherTeacher,
        Role::Admin,
    ];

    /// The name of the account and its role.
    pub(crate) const fn account(self) -> Option<(&'static str, &'static str)> {
        match self {
            Role::Nobody | Role::Guest => None,
            Role::Learner => Some(("learner", "learner")),
            Role::OtherLearner => Some(("other-learner", "learner")),
            Role::Teacher => Some(("teacher", "teacher")),
            Role::OtherTeacher => Some(("other-teacher", "teacher")),
            Role::Admin => Some(("admin", "admin")),
        }
    }

    /// Their number in the database; `None` for who was never here.
    pub(crate) const fn learner(self) -> Option<i64> {
        match self {
            Role::Nobody => None,
            other => Some(other as i64),
        }
    }
}

/// A house where one of each role lives.
pub(crate) struct Town {
    pub(crate) house: House,
    pool: AnyPool,
    tokens: u8,
}

/// What came of a request.
pub(crate) struct Outcome {
    pub(crate) status: u16,
    pub(crate) location: String,
    pub(crate) allow: String,
}

impl Town {
    pub(crate) async fn new(house: House) -> Town {
        sqlx::any::install_default_drivers();
        let pool = AnyPool::connect(&file_url(&house.database())).await.unwrap();
        let town = Town { house, pool, tokens: 0 };
        for role in Role::ALL {
            let Some(learner) = role.learner() else { continue };
            let mut browser = town.house.guest().await;
            if role == Role::Learner {
                browser.answer(&[("choice", "gone")]).await;
            }
            if let Some((name, role)) = role.account() {
                let sql = "insert into accounts (learner, name, name_folded, password_hash, role, created_at)
                           values ($1, $2, $2, 'none', $3, $4)";
                let insert = sqlx::query(sql).bind(learner).bind(name).bind(role);
                insert.bind(monday().as_millisecond()).execute(&town.pool).await.unwrap();
            }
        }
        town
    }

    /// The secret of a new session of someone.
    async fn session(&mut self, learner: i64) -> String {
        self.tokens = self.tokens.checked_add(1).unwrap_or(1);
        let token = [self.tokens; 32];
        let hash: [u8; 32] = Sha256::digest(token).into();
        let sql = "insert or replace into sessions (token_hash, learner, created_at, seen_at) values ($1, $2, $3, $3)";
        let insert = sqlx::query(sql).bind(&hash[..]).bind(learner).bind(monday().as_millisecond());
        insert.execute(&self.pool).await.unwrap();
        hex::encode(token)
    }

    /// A browser in which someone is known.
    pub(crate) async fn browser(&mut self, role: Role) -> Browser {
        let token = self.session(role.learner().unwrap()).await;
        Browser::with_cookie(&self.house.url, &format!("doujia={token}"))
    }

    /// More learners with accounts, one after the other.
    pub(crate) async fn crowd(&self, size: i64) {
        for number in 0..size {
            let learner = 1000 + number;
            let sql = "insert into learners (id, created_at, reading, zone, day_start_minute, new_per_day, reviews_per_day, retention)
                       select $1, created_at, reading, zone, day_start_minute, new_per_day, reviews_per_day, retention
                       from learners where id = 1";
            sqlx::query(sql).bind(learner).execute(&self.pool).await.unwrap();
            let sql = "insert into accounts (learner, name, name_folded, password_hash, role, created_at)
                       values ($1, $2, $2, 'none', 'learner', 0)";
            let insert = sqlx::query(sql).bind(learner).bind(format!("person-{number:03}"));
            insert.execute(&self.pool).await.unwrap();
        }
    }

    /// What a role gets as a file: what it shall be called, and its bytes.
    pub(crate) async fn download(&mut self, role: Role, path: &str) -> (String, Vec<u8>) {
        let token = self.session(role.learner().unwrap()).await;
        let request =
            Client::new().get(format!("{}{path}", self.house.url)).header(COOKIE, format!("doujia={token}"));
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        let disposition = response.headers()[CONTENT_DISPOSITION].to_str().unwrap().to_owned();
        (disposition, response.bytes().await.unwrap().to_vec())
    }

    /// Sends a request in a new session of a role, with the form token of that session and these fields where the method
    /// takes a body.
    pub(crate) async fn ask(
        &mut self,
        role: Role,
        method: &Method,
        path: &str,
        fields: &[(&str, &str)],
    ) -> Outcome {
        let mut headers = HeaderMap::new();
        let mut csrf = String::new();
        if let Some(learner) = role.learner() {
            let token = self.session(learner).await;
            headers.insert(COOKIE, HeaderValue::from_str(&format!("doujia={token}")).unwrap());
        }
        let client = Client::builder().default_headers(headers).redirect(Policy::none()).build().unwrap();
        if method == Method::POST && role != Role::Nobody {
            let html =
                client.get(format!("{}/help", self.house.url)).send().await.unwrap().text().await.unwrap();
            let mark = "name=\"csrf\" value=\"";
            let start = html.find(mark).unwrap() + mark.len();
            html[start..].split('"').next().unwrap().clone_into(&mut csrf);
        }
        let mut request = client.request(method.clone(), format!("{}{path}", self.house.url));
        if method == Method::POST {
            let mut form = vec![("csrf", csrf.as_str())];
            form.extend_from_slice(fields);
            request = request.form(&form);
        }
        let response = request.send().await.unwrap();
        let header = |name: reqwest::header::HeaderName| {
            response.headers().get(name).map_or_else(String::new, |value| value.to_str().unwrap().to_owned())
        };
        Outcome {
            status: response.status().as_u16(),
            location: header(LOCATION),
            allow: header(reqwest::header::ALLOW),
        }
    }
}
