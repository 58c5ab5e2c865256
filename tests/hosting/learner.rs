//! A learner at a browser, as far as an operator cares: they answer, and it is kept or not.

use crate::forms;
use crate::service::Service;

pub(crate) struct Learner {
    client: reqwest::Client,
    url: String,
}

impl Learner {
    /// Someone who pressed the one button.
    pub(crate) async fn begin(service: &Service) -> Learner {
        let policy = reqwest::redirect::Policy::none();
        let client = reqwest::Client::builder().cookie_store(true).redirect(policy).build().unwrap();
        let learner = Learner { client, url: service.url() };
        let home = learner.page("/").await.1;
        let start = forms::filled(&home, "/start").unwrap();
        assert_eq!(learner.post("/start", &start).await, (303, String::new()));
        learner
    }

    /// The same browser, whose service has moved.
    pub(crate) fn at(self, service: &Service) -> Learner {
        Learner { url: service.url(), ..self }
    }

    pub(crate) async fn page(&self, path: &str) -> (u16, String) {
        let response = self.client.get(format!("{}{path}", self.url)).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }

    async fn post(&self, path: &str, form: &[(String, String)]) -> (u16, String) {
        let response = self.client.post(format!("{}{path}", self.url)).form(form).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }

    /// Answers the question that is next.
    pub(crate) async fn answer(&self) -> (u16, String) {
        let (status, page) = self.page("/study").await;
        assert_eq!(status, 200, "{page}");
        let form = forms::filled(&page, "/study/answer").unwrap();
        self.post("/study/answer", &form).await
    }
}
