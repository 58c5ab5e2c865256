//! The pages around the loop, and that every sentence they use exists.

use std::collections::BTreeSet;

use doujia::locale::locale;
use doujia::text::Lang;

use crate::house::House;

#[tokio::test]
async fn banks_can_be_put_aside_and_taken_up_again() {
    let house = House::of_questions(&["one", "truth"]);
    let mut browser = house.guest().await;
    browser.answer(&[("choice", "gone")]).await.rate("easy").await;
    browser.open("/banks").await;
    assert!(browser.text(".bank h2").contains("每种一题"));
    assert_eq!(browser.texts(".bank dd"), ["2", "1", "0", "1", "0"]);
    browser.submit(".bank form", &[]).await;
    browser.open("/study").await;
    assert_eq!(browser.path, "/study/done");
    browser.open("/banks").await;
    browser.submit(".bank form", &[]).await;
    browser.open("/study").await;
    assert_eq!(browser.path, "/study");
    browser.open("/bank/one-of-each").await;
    assert!(browser.text("main").contains("Pod 自身不会自愈"), "{}", browser.html);
    assert_eq!(browser.open("/bank/none").await.status, 404);
}

#[tokio::test]
async fn statistics_show_the_day_and_what_is_to_come() {
    let house = House::of_questions(&["one", "truth"]);
    let mut browser = house.guest().await;
    browser.answer(&[("choice", "gone")]).await.rate("easy").await;
    browser.answer(&[("choice", "true")]).await;
    browser.open("/stats").await;
    assert_eq!(browser.texts("section:first-of-type dd"), ["2", "1", "2", "1"]);
    assert_eq!(browser.texts("rect.is-today").len(), 2);
}

#[tokio::test]
async fn the_gallery_opens_each_simulation_at_any_moment() {
    let house = House::of_questions(&["one"]);
    let mut browser = house.browser();
    browser.open("/scenarios").await;
    let urls = browser.attrs(".gallery a", "href");
    assert_eq!(urls, ["/scenario/delete-bare-pod"]);
    browser.open(&urls[0]).await;
    assert!(browser.has("[data-player]"), "{}", browser.html);
    assert_eq!(browser.open("/scenario/delete-bare-pod?t=2").await.status, 200);
    assert_eq!(browser.open("/scenario/delete-bare-pod?t=99999").await.status, 200);
}

#[tokio::test]
async fn the_service_says_that_it_is_well() {
    let house = House::of_questions(&["one"]);
    let mut browser = house.browser();
    browser.open("/healthz").await;
    assert_eq!((browser.status, browser.html.as_str()), (200, "ok\n"));
}

/// The keys that templates and handlers name, by the text of their sources.
#[tokio::test]
async fn the_scenario_guide_shows_every_verb_key_accessor_and_field() {
    use doujia::cluster::action;
    use doujia::cluster::claim::vocabulary;
    use doujia::cluster::scenario::KEYS;
    let house = House::of_questions(&["one"]);
    let mut browser = house.browser();
    for lang in ["zh-CN", "en"] {
        browser.open_with("/help/scenarios", "accept-language", lang).await;
        assert_eq!(browser.attrs("html", "lang"), [lang]);
        let begin_with =
            |what: &str, begin: &str| browser.texts(what).iter().any(|text| text.starts_with(begin));
        for (verb, _) in action::verbs() {
            assert!(begin_with("#verbs td:first-child code", &format!("{verb}:")), "{verb}");
        }
        for key in KEYS.iter().flat_map(|(_, keys)| *keys) {
            assert!(begin_with("#keys td:first-child code", &format!("{key}:")), "{key}");
        }
        let codes = browser.texts("#claims code");
        let fields = vocabulary::EVERY_OBJECT.iter().map(|field| (*field).to_owned());
        let asked = vocabulary::of_kinds().chain(vocabulary::others());
        let asked = asked.flat_map(|asked| asked.fields.iter().map(|f| (*f).to_owned()).chain(asked.written));
        let missing: Vec<String> = fields.chain(asked).filter(|code| !codes.contains(code)).collect();
        assert_eq!(missing, [""; 0]);
        // A sentence that is not there would show as its key, a number as its name.
        for wrong in ["[guide-", "[key-", "[verb-", "[asked-", "{$", "{ $"] {
            assert!(!browser.html.contains(wrong), "{lang}: {wrong}");
        }
    }
    let scenario = browser.open("/help/authoring/scenario.yaml").await;
    assert!(scenario.html.starts_with("# ") && scenario.html.contains("\nscenario: quiet-drain\n"));
}

#[test]
fn every_sentence_that_a_page_uses_exists_in_both_languages() {
    let root = env!("CARGO_MANIFEST_DIR");
    let mut keys = BTreeSet::new();
    for folder in ["templates", "src/web"] {
        collect(&std::path::Path::new(root).join(folder), &mut keys);
    }
    assert!(keys.len() > 100, "{keys:?}");
    for lang in Lang::ALL {
        let missing: Vec<_> = keys.iter().filter(|key| !locale(lang).has(key)).collect();
        assert!(missing.is_empty(), "{lang}: {missing:?}");
    }
}

fn collect(folder: &std::path::Path, keys: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, keys);
            continue;
        }
        let source = std::fs::read_to_string(&path).unwrap();
        for call in ["say(\"", "say_with(\"", "count(\""] {
            for rest in source.split(call).skip(1) {
                let key = rest.split('"').next().unwrap();
                keys.insert(key.to_owned());
            }
        }
    }
}
