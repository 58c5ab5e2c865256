//! Who may do what: every page there is × every role × every method, in one table. A page that is mounted and not in the
//! table fails the test by name.

use std::collections::BTreeSet;

use doujia::web::ROUTES;
use reqwest::Method;

use crate::house::House;
use crate::roles::{Role, Town};

/// What comes of a method, and for whom. The number is the status that those get who may; a form is sent empty.
#[derive(Clone, Copy, Debug)]
enum May {
    /// Nobody may: there is no such method.
    No,
    /// Everybody.
    Anyone(u16),
    /// Who has begun to study, if only as a guest; others are sent to the first page.
    Student(u16),
    /// Who has no account yet; others are sent to theirs.
    Newcomer(u16),
    /// Who has an account; others are asked to sign in.
    Member(u16),
    /// The same of a form, which others cannot send.
    MembersForm(u16),
    /// Who administers the service. Others are asked to sign in, or refused where they have.
    Admin(u16),
    /// Who teaches, or administers the service. Others are asked to sign in, or refused where they have.
    Teacher(u16),
    /// Only the learner whose it is; for others it does not exist.
    Owner(u16),
}
use May::{Admin, Anyone, Member, MembersForm, Newcomer, No, Owner, Student, Teacher};

impl May {
    /// The status a role gets, and where it is sent.
    fn status(self, method: &Method, role: Role) -> (u16, Option<&'static str>) {
        let home = (303, Some("/"));
        match self {
            No => (405, None),
            Anyone(status) => (status, None),
            Newcomer(_) if role.account().is_some() => (303, Some("/account")),
            Member(_) if role.account().is_none() => (303, Some("/sign-in")),
            MembersForm(_) if role.account().is_none() => (401, None),
            Newcomer(status) | Member(status) | MembersForm(status) => (status, None),
            Teacher(status) => match role {
                Role::Teacher | Role::OtherTeacher | Role::Admin => (status, None),
                Role::Nobody | Role::Guest if method.is_safe() => (303, Some("/sign-in?next=")),
                Role::Nobody | Role::Guest => (401, None),
                _ => (403, None),
            },
            Admin(status) => match role {
                Role::Admin => (status, None),
                Role::Nobody | Role::Guest if method.is_safe() => (303, Some("/sign-in?next=")),
                Role::Nobody | Role::Guest => (401, None),
                _ => (403, None),
            },
            Student(status) | Owner(status) => match (self, role) {
                (_, Role::Nobody) => home,
                (Owner(_), other) if other != Role::Learner => (404, None),
                _ => (status, None),
            },
        }
    }
}

/// Path, the example that is asked for, and what GET (and HEAD) and POST do. PUT, PATCH and DELETE never do anything.
const TABLE: &[(&str, &str, May, May)] = &[
    ("/", "/", Anyone(200), No),
    ("/start", "/start", No, Anyone(303)),
    ("/language", "/language", No, Anyone(400)),
    ("/study", "/study", Student(200), No),
    ("/study/answer", "/study/answer", No, Student(400)),
    ("/study/feedback/{review}", "/study/feedback/1", Owner(200), No),
    (
        "/study/feedback/{review}/scenario/{name}",
        "/study/feedback/1/scenario/delete-bare-pod",
        Owner(200),
        No,
    ),
    ("/study/rate", "/study/rate", No, Student(400)),
    ("/study/undo", "/study/undo", No, Student(303)),
    ("/study/done", "/study/done", Student(200), No),
    ("/image/{hash}", "/image/0123", Student(404), No),
    ("/banks", "/banks", Student(200), No),
    ("/banks/enroll", "/banks/enroll", No, Student(400)),
    ("/banks/leave", "/banks/leave", No, Student(400)),
    ("/bank/{slug}", "/bank/one-of-each", Student(200), No),
    ("/join/{link}", "/join/0123", Anyone(404), Student(404)),
    ("/teach", "/teach", Member(200), No),
    ("/teach/upload", "/teach/upload", No, Teacher(415)),
    ("/teach/upload/{id}", "/teach/upload/1", Teacher(404), No),
    ("/teach/upload/{id}/rest", "/teach/upload/1/rest", Teacher(404), No),
    ("/teach/upload/{id}/question/{ident}", "/teach/upload/1/question/one", Teacher(404), No),
    ("/teach/upload/{id}/image/{hash}", "/teach/upload/1/image/0123", Teacher(404), No),
    ("/teach/upload/{id}/scenario/{name}", "/teach/upload/1/scenario/one", Teacher(404), No),
    ("/teach/upload/{id}/commit", "/teach/upload/1/commit", No, Teacher(400)),
    ("/teach/bank/{slug}", "/teach/bank/one-of-each", Teacher(404), No),
    ("/teach/bank/{slug}/audience", "/teach/bank/one-of-each/audience", No, Teacher(404)),
    ("/teach/bank/{slug}/restore", "/teach/bank/one-of-each/restore", No, Teacher(404)),
    ("/teach/bank/{slug}/delete", "/teach/bank/one-of-each/delete", No, Teacher(404)),
    ("/teach/bank/{slug}/compare", "/teach/bank/one-of-each/compare?from=1&to=1", Teacher(404), No),
    ("/teach/bank/{slug}/export/{format}", "/teach/bank/one-of-each/export/yaml", Teacher(404), No),
    ("/scenarios", "/scenarios", Anyone(200), No),
    ("/scenario/{name}", "/scenario/delete-bare-pod", Anyone(200), No),
    ("/stats", "/stats", Student(200), No),
    ("/settings", "/settings", Student(200), Student(422)),
    ("/help", "/help", Anyone(200), No),
    ("/help/authoring", "/help/authoring", Anyone(200), No),
    ("/help/authoring/{file}", "/help/authoring/template.csv", Anyone(200), No),
    ("/help/scenarios", "/help/scenarios", Anyone(200), No),
    ("/sign-up", "/sign-up", Newcomer(200), Newcomer(422)),
    ("/invitation/{token}", "/invitation/0123", Newcomer(404), No),
    ("/sign-in", "/sign-in", Newcomer(200), Anyone(422)),
    ("/sign-out", "/sign-out", No, Anyone(303)),
    ("/reset/{token}", "/reset/0123", Anyone(404), Anyone(404)),
    ("/welcome/{token}", "/welcome/0123", Anyone(404), Anyone(404)),
    ("/account", "/account", Member(200), No),
    ("/account/password", "/account/password", No, MembersForm(422)),
    ("/account/sessions/end", "/account/sessions/end", No, MembersForm(400)),
    ("/account/data", "/account/data", Member(200), No),
    ("/account/delete", "/account/delete", No, MembersForm(422)),
    ("/admin", "/admin", Admin(200), No),
    ("/admin/people", "/admin/people", Admin(200), No),
    ("/admin/people/{id}", "/admin/people/2", Admin(200), No),
    ("/admin/people/{id}/role", "/admin/people/2/role", No, Admin(400)),
    ("/admin/people/{id}/access", "/admin/people/2/access", No, Admin(400)),
    ("/admin/people/{id}/delete", "/admin/people/2/delete", No, Admin(400)),
    ("/admin/people/{id}/reset", "/admin/people/2/reset", No, Admin(400)),
    ("/admin/invitations", "/admin/invitations", Admin(200), Admin(400)),
    ("/admin/invitations/revoke", "/admin/invitations/revoke", No, Admin(400)),
    ("/admin/settings", "/admin/settings", Admin(200), Admin(400)),
    ("/admin/audit", "/admin/audit", Admin(200), No),
    ("/admin/backup", "/admin/backup", Admin(200), No),
    ("/static/{name:.*}", "{style}", Anyone(200), No),
    ("/healthz", "/healthz", Anyone(200), No),
    ("/readyz", "/readyz", Anyone(200), No),
];

#[test]
fn the_table_has_every_page_and_no_other() {
    let mounted: BTreeSet<&str> = ROUTES.iter().map(|route| route.path).collect();
    let listed: BTreeSet<&str> = TABLE.iter().map(|(path, ..)| *path).collect();
    assert_eq!(mounted.len(), ROUTES.len(), "two pages at one path");
    assert_eq!(listed.len(), TABLE.len(), "two rows for one path");
    let missing: Vec<_> = mounted.difference(&listed).collect();
    assert!(missing.is_empty(), "who may do what with {missing:?}? Say so in the table");
    let gone: Vec<_> = listed.difference(&mounted).collect();
    assert!(gone.is_empty(), "{gone:?} is in the table and is no page");
    for (path, _, get, post) in TABLE {
        let methods = ROUTES.iter().find(|route| route.path == *path).unwrap().methods;
        assert_eq!(methods.contains(&"GET"), !matches!(get, No), "GET {path}");
        assert_eq!(methods.contains(&"HEAD"), !matches!(get, No), "HEAD {path}");
        assert_eq!(methods.contains(&"POST"), !matches!(post, No), "POST {path}");
    }
}

#[tokio::test]
async fn every_role_gets_from_every_page_what_the_table_says() {
    let house = House::of_questions(&["one"]);
    let style = house.browser().open("/").await.attrs("link[rel=stylesheet]", "href")[0].clone();
    let mut town = Town::new(house).await;
    let mut wrong = Vec::new();
    for (path, example, get, post) in TABLE {
        let example = example.replace("{style}", &style);
        let methods = [
            (Method::GET, *get),
            (Method::HEAD, *get),
            (Method::POST, *post),
            (Method::PUT, No),
            (Method::PATCH, No),
            (Method::DELETE, No),
        ];
        for role in Role::ALL {
            for (method, may) in &methods {
                let outcome = town.ask(role, method, &example, &[]).await;
                let (status, location) = may.status(method, role);
                if outcome.status != status {
                    wrong.push(format!("{role:?} {method} {path}: {} and not {status}", outcome.status));
                } else if let Some(start) = location
                    && !outcome.location.starts_with(start)
                {
                    wrong.push(format!("{role:?} {method} {path} leads to {}", outcome.location));
                } else if status == 405 && outcome.allow.is_empty() {
                    wrong.push(format!("{role:?} {method} {path}: what is allowed is not said"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
