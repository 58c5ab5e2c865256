//! What administrators see and do.

use doujia::store::file_url;
use reqwest::Method;

use crate::house::House;
use crate::roles::{Role, Town};

async fn town() -> Town {
    Town::new(House::of_questions(&["one"])).await
}

#[tokio::test]
async fn the_first_page_counts_what_there_is() {
    let mut town = town().await;
    let mut admin = town.browser(Role::Admin).await;
    admin.open("/admin").await;
    let facts = admin.texts(".facts dd");
    // Learners, teachers, administrators, locked out, guests; banks, brought, questions, answers.
    assert_eq!(facts[..9], ["2", "2", "1", "0", "1", "1", "0", "1", "1"], "{facts:?}");
    assert!(facts[9].ends_with("KB") || facts[9].ends_with("MB"), "{facts:?}");
    assert!(facts[10].ends_with("GB") || facts[10].ends_with("MB") || facts[10].ends_with("TB"), "{facts:?}");
    assert_eq!(facts[11], env!("CARGO_PKG_VERSION"));
    assert!(admin.has("nav.sections a[href='/admin'][aria-current]"));
    let mut teacher = town.browser(Role::Teacher).await;
    teacher.open("/study").await;
    assert!(!teacher.has("nav.sections a[href='/admin']"));
}

#[tokio::test]
async fn people_are_found_by_a_part_of_their_name_and_read_page_by_page() {
    let mut town = town().await;
    town.crowd(60).await;
    let mut admin = town.browser(Role::Admin).await;
    admin.open("/admin/people").await;
    assert_eq!(admin.texts("tbody tr").len(), 50);
    let next = admin.attrs("a[rel=next]", "href")[0].clone();
    admin.open(&next).await;
    assert_eq!(admin.texts("tbody tr").len(), 15);
    assert!(!admin.has("a[rel=next]"));
    // Whatever the case and width; a percent sign means itself.
    admin.open("/admin/people?q=%EF%BC%AFTHER").await;
    assert_eq!(admin.texts("tbody th"), ["other-learner", "other-teacher"]);
    admin.open("/admin/people?q=%25").await;
    assert!(!admin.has("table"));
    admin.open("/admin/people?q=%3Cb%3E").await;
    assert_eq!(admin.attrs("#q", "value"), ["<b>"]);
}

#[tokio::test]
async fn a_role_is_changed_at_once_and_who_changed_it_is_on_record() {
    let mut town = town().await;
    let mut admin = town.browser(Role::Admin).await;
    let mut learner = town.browser(Role::OtherLearner).await;
    assert_eq!(learner.open("/admin").await.status, 403);
    admin.open("/admin/people?q=other-learner").await;
    let person = admin.attrs("tbody a", "href")[0].clone();
    admin.open(&person).await.submit("form.change-role", &[("role", "admin")]).await;
    assert_eq!((admin.status, admin.path.clone()), (200, format!("{person}?saved")));
    assert_eq!(learner.open("/admin").await.status, 200);
    admin.submit("form.change-role", &[("role", "teacher")]).await;
    assert_eq!(learner.open("/admin").await.status, 403);
    // The same again changes nothing and is not told.
    admin.submit("form.change-role", &[("role", "teacher")]).await;
    admin.submit("form.change-role", &[("role", "emperor")]).await;
    assert_eq!(admin.status, 400);

    admin.open("/admin/audit").await;
    let told = admin.texts(".audit li span");
    assert_eq!(told.len(), 3, "{told:?}");
    assert_eq!(told[0], "admin 把 other-learner 的角色从“管理员”改为“教师”。");
    assert_eq!(told[2], "服务启动时打印了首位管理员的链接。");
    assert_eq!(told[1], "admin 把 other-learner 的角色从“学员”改为“管理员”。");
    admin.submit("form.languages", &[("reading", "en"), ("back", "/admin/audit")]).await;
    assert_eq!(
        admin.texts(".audit li span")[0],
        "admin changed the role of other-learner from Administrator to Teacher."
    );
}

#[tokio::test]
async fn who_is_locked_out_is_out_at_once() {
    let mut town = town().await;
    let mut admin = town.browser(Role::Admin).await;
    let mut learner = town.browser(Role::Learner).await;
    assert_eq!(learner.open("/study/feedback/1").await.status, 200);
    let person = format!("/admin/people/{}", Role::Learner.learner().unwrap());
    admin.open(&person).await.submit("form.change-access", &[("access", "no")]).await;
    assert!(admin.text(".facts").contains("停用时间"), "{}", admin.html);
    learner.open("/study").await;
    assert_eq!(learner.path, "/", "the session has ended");
    admin.open("/admin/people?q=learner").await;
    assert_eq!(admin.texts(".mark").len(), 1);
    admin.open(&person).await.submit("form.change-access", &[("access", "yes")]).await;
    assert!(!admin.text(".facts").contains("停用时间"));
    assert_eq!(town.house.count("select count(*) from reviews").await, 1, "what was learned is kept");
    assert_eq!(town.house.count("select count(*) from audit_log where action <> 'link-made'").await, 2);
}

#[tokio::test]
async fn an_account_is_deleted_with_all_that_is_theirs_once_one_is_sure() {
    let mut town = town().await;
    let mut admin = town.browser(Role::Admin).await;
    let person = format!("/admin/people/{}", Role::Learner.learner().unwrap());
    admin.open(&person).await.submit("form.delete", &[]).await;
    assert_eq!(admin.status, 400);
    assert_eq!(town.house.count("select count(*) from reviews").await, 1);
    admin.open(&person).await.submit("form.delete", &[("sure", "yes")]).await;
    assert_eq!((admin.status, admin.path.as_str()), (200, "/admin/people?deleted"));
    assert_eq!(town.house.count("select count(*) from reviews").await, 0);
    assert_eq!(admin.open(&person).await.status, 404);
    // A guest has no account: nobody finds them here.
    let guest = Role::Guest.learner().unwrap();
    assert_eq!(admin.open(&format!("/admin/people/{guest}")).await.status, 404);
    admin.open("/admin/people/x").await;
    assert_eq!(admin.status, 404);
}

#[tokio::test]
async fn a_form_about_somebody_who_is_gone_does_nothing_to_who_has_their_number_now() {
    let mut town = town().await;
    let mut admin = town.browser(Role::Admin).await;
    let person = format!("/admin/people/{}", Role::Learner.learner().unwrap());
    admin.open(&person).await;
    town.house.break_it("update accounts set name = 'innocent' where role = 'learner'").await;
    for form in ["form.change-role", "form.change-access", "form.reset", "form.delete"] {
        let mut stale = admin.clone();
        assert_eq!(stale.submit(form, &[("sure", "yes"), ("access", "no")]).await.status, 409, "{form}");
    }
    assert_eq!(admin.open(&person).await.text("h1"), "innocent");
}

#[tokio::test]
async fn there_is_always_an_administrator() {
    let mut town = town().await;
    let mut admin = town.browser(Role::Admin).await;
    let mine = format!("/admin/people/{}", Role::Admin.learner().unwrap());
    let ways = [
        ("form.change-role", [("role", "learner")]),
        ("form.change-access", [("access", "no")]),
        ("form.delete", [("sure", "yes")]),
    ];
    for (form, filled) in ways {
        admin.open(&mine).await.submit(form, &filled).await;
        assert_eq!(admin.status, 409, "{form}");
        assert!(admin.has(".notice.bad[role=alert]"), "{form}: {}", admin.html);
    }
    assert_eq!(town.house.count("select count(*) from audit_log where action <> 'link-made'").await, 0);
    // One who is locked out does not count; a second one does.
    let other = format!("/admin/people/{}", Role::Teacher.learner().unwrap());
    admin.open(&other).await.submit("form.change-role", &[("role", "admin")]).await;
    admin.submit("form.change-access", &[("access", "no")]).await;
    admin.open(&mine).await.submit("form.change-role", &[("role", "learner")]).await;
    assert_eq!(admin.status, 409);
    admin.open(&other).await.submit("form.change-access", &[("access", "yes")]).await;
    admin.open(&mine).await.submit("form.change-role", &[("role", "learner")]).await;
    assert_eq!((admin.status, admin.path.as_str()), (200, "/"));
    assert_eq!(admin.open("/admin").await.status, 403);
}

#[tokio::test]
async fn a_backup_is_a_whole_database_and_leaves_nothing_behind() {
    let mut town = town().await;
    let folder = town.house.database().parent().unwrap().to_owned();
    let files = || {
        let mut names: Vec<_> =
            std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let before = files();
    let head = town.ask(Role::Admin, &Method::HEAD, "/admin/backup", &[]).await;
    assert_eq!(head.status, 200);
    assert_eq!(
        town.house.count("select count(*) from audit_log where action <> 'link-made'").await,
        0,
        "nothing was taken"
    );
    let (disposition, bytes) = town.download(Role::Admin, "/admin/backup").await;
    assert_eq!(disposition, "attachment; filename=\"doujia-2026-03-02-010000.db\"");
    assert_eq!(files(), before);
    assert_eq!(town.house.count("select count(*) from audit_log where action = 'copy-taken'").await, 1);

    let copy = folder.join("copy.db");
    std::fs::write(&copy, bytes).unwrap();
    let pool = sqlx::AnyPool::connect(&file_url(&copy)).await.unwrap();
    let whole: String = sqlx::query_scalar("pragma integrity_check").fetch_one(&pool).await.unwrap();
    let people: i64 = sqlx::query_scalar("select count(*) from accounts").fetch_one(&pool).await.unwrap();
    pool.close().await;
    assert_eq!((whole.as_str(), people), ("ok", 5));
}

/// Where a link leads, without the house's address.
fn path(house: &House, link: &str) -> String {
    link.strip_prefix(&house.url).unwrap_or_else(|| panic!("{link}")).to_owned()
}

const WANTED: [(&str, &str); 3] =
    [("name", "Ada"), ("password", "peas in their pods"), ("again", "peas in their pods")];

#[tokio::test]
async fn who_opens_the_link_of_the_first_start_becomes_the_administrator_once() {
    let mut house = House::of_questions(&["one"]);
    let first = path(&house, house.welcome.as_ref().unwrap());
    house.restart(None).await;
    let link = path(&house, house.welcome.as_ref().unwrap());
    let mut browser = house.browser();
    assert_eq!(browser.open(&first).await.status, 404, "each start prints a new one");
    assert_eq!(browser.open("/welcome/0123").await.status, 404);
    browser.open(&link).await;
    browser.submit("form.welcome", &[("name", "Ada"), ("password", "12345678"), ("again", "12345678")]).await;
    assert_eq!((browser.status, browser.texts(".wrong").len()), (422, 1), "{}", browser.html);
    browser.submit("form.welcome", &WANTED).await;
    assert_eq!((browser.status, browser.path.as_str()), (200, "/admin"), "{}", browser.html);
    let mut late = house.browser();
    assert_eq!(late.open(&link).await.status, 404);
    house.restart(None).await;
    assert_eq!(house.welcome, None, "somebody administers it");
    assert_eq!(house.count("select count(*) from accounts where role = 'admin'").await, 1);
}

#[tokio::test]
async fn a_member_with_that_link_is_promoted_and_a_guest_keeps_what_they_did() {
    let mut town = town().await;
    town.house.break_it("update accounts set role = 'learner'").await;
    town.house.restart(None).await;
    let link = path(&town.house, town.house.welcome.as_ref().unwrap());
    let mut member = town.browser(Role::Learner).await;
    assert!(member.open(&link).await.text(".welcome strong").contains("learner"));
    member.submit("form.welcome", &[]).await;
    assert_eq!((member.status, member.path.as_str()), (200, "/admin"));
    member.open("/admin/audit").await;
    assert_eq!(member.texts(".audit li span")[0], "learner 把 learner 的角色从“学员”改为“管理员”。");

    town.house.break_it("update accounts set disabled_at = 1 where role = 'admin'").await;
    town.house.restart(None).await;
    let link = path(&town.house, town.house.welcome.as_ref().unwrap());
    let mut guest = town.house.guest().await;
    guest.answer(&[("choice", "gone")]).await;
    guest.open(&link).await.submit("form.welcome", &WANTED).await;
    assert_eq!(guest.path, "/admin");
    assert_eq!(guest.open("/stats").await.status, 200);
    assert_eq!(
        town.house
            .count(
                "select count(*) from reviews r join accounts a on a.learner = r.learner where a.name = 'Ada'"
            )
            .await,
        1
    );
}

#[tokio::test]
async fn the_link_of_the_first_start_is_good_for_a_day() {
    let house = House::of_questions(&["one"]);
    let link = path(&house, house.welcome.as_ref().unwrap());
    house.later(jiff::SignedDuration::from_hours(23));
    assert_eq!(house.browser().open(&link).await.status, 200);
    house.later(jiff::SignedDuration::from_hours(2));
    assert_eq!(house.browser().open(&link).await.status, 404);
}

#[tokio::test]
async fn an_invitation_brings_as_many_as_it_says_and_a_reset_link_works_once() {
    let mut town = town().await;
    let mut admin = town.browser(Role::Admin).await;
    admin.open("/admin/invitations").await;
    admin.submit("form.invite", &[("uses", "0")]).await;
    assert_eq!((admin.status, admin.texts(".wrong").len()), (422, 1));
    admin.submit("form.invite", &[("role", "teacher"), ("uses", "1")]).await;
    assert_eq!(admin.header("cache-control"), "no-store");
    let link = path(&town.house, &admin.text(".secret"));
    assert!(!admin.open("/admin/invitations").await.has(".secret"), "it is shown once");
    assert_eq!(admin.texts(".invitations li").len(), 1);
    let mut invited = town.house.browser();
    invited.open(&link).await.submit("form.sign-up", &WANTED).await;
    assert_eq!(
        town.house.count("select count(*) from accounts where name = 'Ada' and role = 'teacher'").await,
        1
    );
    assert_eq!(town.house.browser().open(&link).await.status, 404);
    assert!(!admin.open("/admin/invitations").await.has(".invitations li"));

    admin.submit("form.invite", &[]).await;
    let link = path(&town.house, &admin.text(".secret"));
    admin
        .submit(
            ".invitations form",
            &[("invitation", &admin.attrs(".invitations button", "value")[0].clone())],
        )
        .await;
    assert_eq!(admin.path, "/admin/invitations?revoked");
    assert_eq!(town.house.browser().open(&link).await.status, 404);

    let person = format!("/admin/people/{}", Role::Learner.learner().unwrap());
    admin.open(&person).await.submit("form.reset", &[]).await;
    let link = path(&town.house, &admin.text(".secret"));
    let mut learner = town.house.browser();
    learner.open(&link).await.submit("main form", &WANTED[1..]).await;
    assert_eq!(learner.status, 200, "{}", learner.html);
    assert_eq!(town.house.browser().open(&link).await.status, 404);
}

#[tokio::test]
async fn who_may_sign_up_is_decided_here() {
    let mut town = town().await;
    let mut admin = town.browser(Role::Admin).await;
    for (mode, form) in [("invitation", false), ("closed", false), ("open", true)] {
        admin.open("/admin/settings").await.submit("form.sign-up-mode", &[("sign-up", mode)]).await;
        assert_eq!(admin.path, "/admin/settings?saved");
        assert_eq!(admin.attrs("[name=sign-up][checked]", "value"), [mode]);
        assert_eq!(town.house.browser().open("/sign-up").await.has("form.sign-up"), form, "{mode}");
    }
    admin.open("/admin/settings").await.submit("form.sign-up-mode", &[("sign-up", "perhaps")]).await;
    assert_eq!(admin.status, 400);
}
