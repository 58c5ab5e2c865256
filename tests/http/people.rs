//! Guests: who they are, and that each has what is theirs.

use jiff::SignedDuration;

use crate::browser::Browser;
use crate::house::House;

#[tokio::test]
async fn learners_are_apart() {
    let house = House::of_questions(&["one"]);
    let mut one = house.guest().await;
    let mut other = house.guest().await;
    one.answer(&[("choice", "gone")]).await;
    let feedback = one.path.clone();
    other.open("/study").await;
    assert!(other.has("form.question"));
    other.open(&feedback).await;
    assert_eq!(other.status, 404);
    let (_, fields) = one.form("form.ratings");
    let csrf = other.open("/study").await.form("form.question").1[0].clone();
    let mut stolen: Vec<_> = fields.into_iter().filter(|(name, _)| name != "csrf").collect();
    stolen.extend([csrf, ("rating".to_owned(), "easy".to_owned())]);
    other.post("/study/rate", &stolen).await;
    assert_eq!(other.status, 404);
    assert_eq!(house.count("select count(*) from reviews where rating = 3").await, 1);
}

#[tokio::test]
async fn the_cookie_is_a_secret_and_the_database_has_only_its_hash() {
    let house = House::of_questions(&["one"]);
    let mut browser = Browser::without_redirects(&house.url);
    browser.open("/").await;
    browser.submit("main form", &[]).await;
    let cookie = browser.header("set-cookie").to_owned();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    assert!(!cookie.contains("Secure"));
    let token = cookie.strip_prefix("doujia=").unwrap().split(';').next().unwrap();
    assert_eq!(token.len(), 64);
    let file = std::fs::read(house.database()).unwrap();
    let bytes: Vec<u8> =
        (0..32).map(|at| u8::from_str_radix(&token[2 * at..2 * at + 2], 16).unwrap()).collect();
    let leaks = |needle: &[u8]| file.windows(needle.len()).any(|window| window == needle);
    assert!(!leaks(token.as_bytes()) && !leaks(&bytes));
}

#[tokio::test]
async fn over_tls_the_cookie_is_bound_to_the_host_and_pages_live_under_their_path() {
    let house = House::with(crate::house::BANK, Some("https://example.org/doujia"));
    let mut browser = Browser::without_redirects(&house.url);
    browser.open("/doujia/").await;
    assert_eq!(browser.attrs("a.brand", "href"), ["/doujia/"]);
    assert!(browser.attrs("link[rel=stylesheet]", "href")[0].starts_with("/doujia/static/"));
    let headers = [("content-type", "application/x-www-form-urlencoded"), ("origin", "https://example.org")];
    browser.send("/doujia/start", &headers, "zone=").await;
    assert_eq!((browser.status, browser.header("location")), (303, "/doujia/study"));
    let cookie = browser.header("set-cookie");
    assert!(cookie.starts_with("__Host-doujia="), "{cookie}");
    assert!(cookie.contains("Secure") && cookie.contains("Path=/;"), "{cookie}");
    assert!(browser.header("strict-transport-security").contains("max-age"));
    // A proxy may take the path away, and health is asked from beside.
    assert_eq!(browser.open("/healthz").await.status, 200);
    assert_eq!(browser.open("/doujia/healthz").await.status, 200);
}

#[tokio::test]
async fn who_is_not_known_is_sent_to_the_first_page() {
    let house = House::of_questions(&["one"]);
    for page in ["/study", "/study/done", "/study/feedback/1", "/banks", "/stats", "/settings"] {
        let mut browser = house.browser();
        browser.open(page).await;
        assert_eq!((browser.status, browser.path.as_str()), (200, "/"), "{page}");
    }
}

#[tokio::test]
async fn a_session_that_is_used_does_not_end() {
    let house = House::of_questions(&["one"]);
    let mut browser = house.guest().await;
    for _ in 0..3 {
        house.later(SignedDuration::from_hours(300 * 24));
        browser.open("/study").await;
        assert_eq!(browser.path, "/study");
        assert!(browser.header("set-cookie").starts_with("doujia="), "the browser keeps it for longer");
    }
    house.later(SignedDuration::from_hours(401 * 24));
    browser.open("/study").await;
    assert_eq!(browser.path, "/");
}

#[tokio::test]
async fn settings_are_kept_and_slips_are_told() {
    let house = House::new();
    let mut browser = house.guest().await;
    browser.open("/settings").await;
    assert_eq!(browser.attrs("#zone", "value"), ["Asia/Shanghai"]);
    let wrong = [("zone", "Mars/Base"), ("day-start", "25:00"), ("new-per-day", "-1"), ("retention", "100")];
    browser.submit("form.settings", &wrong).await;
    assert_eq!((browser.status, browser.texts(".wrong").len()), (422, 4), "{}", browser.html);
    let right =
        [("zone", "Europe/Berlin"), ("day-start", "05:30"), ("new-per-day", "1"), ("retention", "85")];
    browser.submit("form.settings", &right).await;
    assert_eq!(browser.path, "/settings?saved");
    assert_eq!(browser.attrs("#day-start, #retention", "value"), ["05:30", "85"]);
    browser.open("/study").await;
    assert!(browser.text(".counts").contains("新 1"), "{}", browser.text(".counts"));
}
