//! A browser: it keeps cookies, follows redirects, fills in forms and reads pages.

use std::net::IpAddr;

use reqwest::header::{COOKIE, HeaderMap};
use reqwest::redirect::Policy;
use scraper::{ElementRef, Html, Selector};

/// A window of a browser. A clone is another window of the same browser: they share the cookies.
#[derive(Clone)]
pub(crate) struct Browser {
    client: reqwest::Client,
    origin: String,
    /// The path of the page that is open, with its query.
    pub(crate) path: String,
    pub(crate) status: u16,
    headers: HeaderMap,
    pub(crate) html: String,
    /// What came, where it is no text.
    pub(crate) bytes: Vec<u8>,
}

impl Browser {
    pub(crate) fn new(origin: &str) -> Browser {
        Browser::with_redirects(origin, Policy::limited(5))
    }

    /// One that shows redirects instead of following them.
    pub(crate) fn without_redirects(origin: &str) -> Browser {
        Browser::with_redirects(origin, Policy::none())
    }

    /// One that has this cookie already, and keeps no other.
    pub(crate) fn with_cookie(origin: &str, cookie: &str) -> Browser {
        let headers = HeaderMap::from_iter([(COOKIE, cookie.parse().unwrap())]);
        let client =
            reqwest::Client::builder().default_headers(headers).redirect(Policy::limited(5)).build().unwrap();
        Browser { client, ..Browser::new(origin) }
    }

    /// One at this address of the machine, `127.0.0.2` and so on.
    pub(crate) fn at(origin: &str, address: [u8; 4]) -> Browser {
        let builder = reqwest::Client::builder().cookie_store(true).redirect(Policy::limited(5));
        let client = builder.local_address(IpAddr::from(address)).build().unwrap();
        Browser { client, ..Browser::new(origin) }
    }

    fn with_redirects(origin: &str, redirects: Policy) -> Browser {
        Browser {
            client: reqwest::Client::builder().cookie_store(true).redirect(redirects).build().unwrap(),
            origin: origin.to_owned(),
            path: String::new(),
            status: 0,
            headers: HeaderMap::new(),
            html: String::new(),
            bytes: Vec::new(),
        }
    }

    /// The same browser, after the service moved to another port.
    pub(crate) fn moved_to(&mut self, origin: &str) -> &mut Browser {
        origin.clone_into(&mut self.origin);
        self
    }

    /// Opens a page.
    pub(crate) async fn open(&mut self, path: &str) -> &mut Browser {
        let request = self.client.get(format!("{}{path}", self.origin));
        self.load(request).await
    }

    /// Opens a page with a header of one's own.
    pub(crate) async fn open_with(&mut self, path: &str, name: &str, value: &str) -> &mut Browser {
        let request = self.client.get(format!("{}{path}", self.origin)).header(name, value);
        self.load(request).await
    }

    /// Sends a body as a form with headers of one's own.
    pub(crate) async fn send(
        &mut self,
        path: &str,
        headers: &[(&'static str, &str)],
        body: impl Into<reqwest::Body>,
    ) -> &mut Browser {
        let mut request = self.client.post(format!("{}{path}", self.origin)).body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.load(request).await
    }

    async fn load(&mut self, request: reqwest::RequestBuilder) -> &mut Browser {
        let response = request.send().await.unwrap();
        let url = response.url().clone();
        self.path = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        self.status = response.status().as_u16();
        self.headers = response.headers().clone();
        self.bytes = response.bytes().await.unwrap().to_vec();
        self.html = String::from_utf8_lossy(&self.bytes).into_owned();
        self
    }

    /// Where a form goes, and the fields it would send now: its hidden ones, what is chosen and filled in.
    pub(crate) fn form(&self, form: &str) -> (String, Vec<(String, String)>) {
        let page = Html::parse_document(&self.html);
        let form = page
            .select(&selector(form))
            .next()
            .unwrap_or_else(|| panic!("no {form} on {}: {}", self.path, self.html));
        let mut fields = Vec::new();
        let inputs = selector("input, select");
        for field in form.select(&inputs) {
            let attr = |name| field.value().attr(name);
            let Some(name) = attr("name") else { continue };
            if matches!(attr("type"), Some("radio" | "checkbox")) && attr("checked").is_none() {
                continue;
            }
            let value = if field.value().name() == "select" {
                chosen_option(field)
            } else {
                attr("value").unwrap_or_default().to_owned()
            };
            fields.push((name.to_owned(), value));
        }
        (form.value().attr("action").unwrap().to_owned(), fields)
    }

    /// Fills in a form and sends it. What is filled in takes the place of what stood there.
    pub(crate) async fn submit(&mut self, form: &str, filled: &[(&str, &str)]) -> &mut Browser {
        let (action, mut fields) = self.form(form);
        fields.retain(|(name, _)| !filled.iter().any(|(filled, _)| filled == name));
        fields.extend(filled.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        self.post(&action, &fields).await
    }

    /// Sends fields to an address, as a page of the service does.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(String, String)]) -> &mut Browser {
        let origin = self.origin.clone();
        let request = self.client.post(format!("{origin}{path}")).header("origin", origin).form(fields);
        self.load(request).await
    }

    /// Answers the question that is open.
    pub(crate) async fn answer(&mut self, filled: &[(&str, &str)]) -> &mut Browser {
        self.submit("form.question", filled).await
    }

    /// Rates the answer whose feedback is open.
    pub(crate) async fn rate(&mut self, rating: &str) -> &mut Browser {
        self.submit("form.ratings", &[("rating", rating)]).await
    }

    /// Whether something is on the page.
    pub(crate) fn has(&self, what: &str) -> bool {
        Html::parse_document(&self.html).select(&selector(what)).next().is_some()
    }

    /// The words of all that is found, each with its white space folded.
    pub(crate) fn texts(&self, what: &str) -> Vec<String> {
        Html::parse_document(&self.html).select(&selector(what)).map(words).collect()
    }

    /// The words of the first that is found.
    pub(crate) fn text(&self, what: &str) -> String {
        self.texts(what)
            .into_iter()
            .next()
            .unwrap_or_else(|| panic!("no {what} on {}: {}", self.path, self.html))
    }

    /// An attribute of all that is found.
    pub(crate) fn attrs(&self, what: &str, name: &str) -> Vec<String> {
        let page = Html::parse_document(&self.html);
        let found = selector(what);
        page.select(&found).filter_map(|found| found.value().attr(name)).map(str::to_owned).collect()
    }

    /// A header of the answer.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

fn selector(text: &str) -> Selector {
    Selector::parse(text).unwrap()
}

fn words(found: ElementRef<'_>) -> String {
    found.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn chosen_option(field: ElementRef<'_>) -> String {
    let all = selector("option");
    let options: Vec<_> = field.select(&all).collect();
    let chosen = options.iter().find(|option| option.value().attr("selected").is_some()).or(options.first());
    chosen.and_then(|option| option.value().attr("value")).unwrap_or_default().to_owned()
}
