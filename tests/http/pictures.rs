//! Pictures of questions: they come in an archive, are shown to those who may see the bank, and go out again.

use std::io::{Cursor, Read, Write};

use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use crate::browser::Browser;
use crate::house::House;
use crate::teaching::{commit, person, publish, send};

/// The beginning of a PNG of this size, which is all that anybody looks at here.
fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    bytes.extend(width.to_be_bytes());
    bytes.extend(height.to_be_bytes());
    bytes.extend([8, 6, 0, 0, 0]);
    bytes
}

pub(crate) fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn unpacked(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut entry = |index| {
        let mut entry = archive.by_index(index).unwrap();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        (entry.name().unwrap().into_owned(), bytes)
    };
    (0..2).map(&mut entry).collect()
}

/// A bank of one question with a picture of this name.
fn bank(slug: &str, name: &str) -> String {
    format!(
        "---\nbank: {slug}\nlang: zh\ntitle: 第三周 | Week 3\n---\n## 图中有几个 Pod？ {{#how-many}}\n\
         en: How many Pods are in the picture?\n![三个 Pod | Three Pods]({name})\n答案: 3\n"
    )
}

async fn lost(teacher: &mut Browser, format: &str) -> Vec<String> {
    teacher.open(&format!("/teach/bank/week-3/export/{format}")).await;
    teacher.texts("main li")
}

#[tokio::test]
async fn a_picture_comes_in_an_archive_and_whoever_may_see_the_bank_sees_it() {
    let house = House::of_questions(&["one"]);
    let (mut teacher, mut learner) = (person(&house, "lin", "teacher").await, house.guest().await);
    let whole = archive(&[
        ("banks/week-3.md", bank("week-3", "three pods.png").as_bytes()),
        ("images/three pods.png", &png(400, 300)),
    ]);
    send(&mut teacher, "week-3.zip", &whole).await;
    assert!(!teacher.has(".problems li"), "{}", teacher.html);
    let image = ".preview .picture img[width='400'][height='300']";
    let preview = teacher.attrs(image, "src").remove(0);
    assert_eq!(
        (teacher.attrs(image, "alt"), teacher.attrs(image, "lang")),
        (vec!["三个 Pod".to_owned()], vec!["zh-CN".to_owned()])
    );
    let mut shown = teacher.clone();
    assert_eq!((shown.open(&preview).await.status, &shown.bytes), (200, &png(400, 300)));
    assert_eq!(learner.open(&preview).await.status, 200, "they are asked to sign in");
    assert!(learner.path.starts_with("/sign-in"), "{}", learner.path);
    commit(&mut teacher).await;

    let hash = preview.rsplit('/').next().unwrap().split('?').next().unwrap();
    let path = format!("/image/{hash}");
    assert_eq!(learner.open(&path).await.status, 404, "the bank is private");
    assert_eq!(shown.open(&path).await.status, 200, "but theirs");
    publish(&mut teacher, &mut learner).await;
    learner.open("/study?bank=week-3").await;
    assert_eq!(learner.attrs(".question .picture img", "src"), [path.as_str()]);
    learner.answer(&[("answer", "4")]).await;
    assert_eq!(learner.attrs(".feedback .picture img[width='400'][height='300']", "src"), [path.as_str()]);
    learner.open(&path).await;
    assert_eq!((learner.status, learner.header("content-type")), (200, "image/png"));
    assert_eq!(learner.bytes, png(400, 300));
    assert_eq!(learner.header("x-content-type-options"), "nosniff");
    assert_eq!(learner.header("cache-control"), "private, max-age=31536000, immutable");
    assert!(learner.header("content-security-policy").starts_with("default-src 'none';"));
    assert!(learner.header("content-security-policy").contains("sandbox"));
    let mut nobody = house.browser();
    assert_eq!(nobody.open(&path).await.path, "/");
    assert_eq!(learner.open("/image/../0").await.status, 404);

    // Out again: the archive has both files, and sent again it changes nothing. A text has only the name, which still
    // means the picture here.
    teacher.open("/teach/bank/week-3/export/zip").await;
    let files = unpacked(&teacher.bytes);
    assert_eq!(files[0].0, "banks/week-3.yaml");
    assert_eq!(files[1], ("images/three pods.png".to_owned(), png(400, 300)));
    let (written, text) = (teacher.bytes.clone(), files[0].1.clone());
    send(&mut teacher, "week-3.zip", &written).await;
    assert!(!teacher.has(".problems li") && !teacher.has(".changes li"), "{}", teacher.html);
    for format in ["yaml", "md", "csv", "xlsx", "gift"] {
        let lost = lost(&mut teacher, format).await;
        assert!(lost.iter().any(|line| line.starts_with("how-many 图片")), "{format}: {lost:?}");
    }
    teacher.open("/teach/bank/week-3/export/yaml?anyway").await;
    assert_eq!(teacher.bytes, text);
    send(&mut teacher, "week-3.yaml", &text).await;
    assert!(!teacher.has(".problems li") && !teacher.has(".changes li"), "{}", teacher.html);
}

#[tokio::test]
async fn another_picture_is_an_edit_and_an_answer_keeps_the_one_that_was_shown() {
    let house = House::of_questions(&["one"]);
    let (mut teacher, mut learner) = (person(&house, "lin", "teacher").await, house.guest().await);
    let with = |width| {
        let text = bank("week-3", "images/pods.png");
        archive(&[("week-3.md", text.as_bytes()), ("images/pods.png", &png(width, 300))])
    };
    send(&mut teacher, "week-3.zip", with(400)).await;
    commit(&mut teacher).await;
    publish(&mut teacher, &mut learner).await;
    learner.open("/study?bank=week-3").await;
    learner.answer(&[("answer", "3")]).await;
    let (feedback, old) = (learner.path.clone(), learner.attrs(".picture img", "src").remove(0));
    learner.rate("easy").await;
    send(&mut teacher, "week-3.zip", with(500)).await;
    assert_eq!(teacher.attrs(".changes li", "class"), ["is-left"]);
    assert!(teacher.text(".changes li").contains('1'), "one card is told of, and kept");
    commit(&mut teacher).await;
    assert_eq!(house.count("select count(*) from cards where state <> 'new'").await, 1);
    learner.open(&feedback).await;
    assert_eq!(learner.attrs(".picture img", "src"), [old.as_str()]);
    assert_eq!(learner.open(&old).await.status, 200);
    // The first version comes back with its picture, which nobody has to send again.
    teacher.open("/teach/bank/week-3").await;
    teacher.submit(".versions li:last-child form", &[]).await;
    assert!(teacher.has(".preview .picture img[width='400']"), "{}", teacher.html);
    let restored = teacher.attrs(".preview .picture img", "src").remove(0);
    assert_eq!(teacher.clone().open(&restored).await.bytes, png(400, 300));
}

#[tokio::test]
async fn a_picture_is_kept_once_and_goes_with_the_last_bank_that_has_it() {
    let house = House::of_questions(&["one"]);
    let mut teacher = person(&house, "lin", "teacher").await;
    let images = "select count(*) from images";
    for slug in ["week-3", "week-4"] {
        let text = bank(slug, "pods.png");
        let whole = archive(&[("bank.md", text.as_bytes()), ("images/pods.png", &png(4, 3))]);
        send(&mut teacher, "bank.zip", whole).await;
        commit(&mut teacher).await;
    }
    assert_eq!(house.count("select count(*) from version_images").await, 2);
    for left in [1, 0] {
        assert_eq!(house.count(images).await, 1);
        teacher.open(if left == 1 { "/teach/bank/week-3" } else { "/teach/bank/week-4" }).await;
        teacher.submit("form[action$=delete]", &[("sure", "1")]).await;
        assert_eq!(house.count(images).await, left);
    }
}

#[tokio::test]
async fn a_picture_that_is_missing_or_none_is_a_problem_with_its_place() {
    let house = House::of_questions(&["one"]);
    let mut teacher = person(&house, "lin", "teacher").await;
    let good = "## Does a Job end? {#ends}\nanswer: true\n";
    let text = format!("{}{good}", bank("week-3", "images/pods.svg"));
    let whole = archive(&[
        ("banks/week-3.md", text.as_bytes()),
        ("images/pods.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
        ("images/page.png", b"<html><script>alert(1)</script>"),
        ("images/huge.png", &png(60_000, 60_000)),
        ("images/cat.jpg", &png(4, 3)),
    ]);
    send(&mut teacher, "week-3.zip", whole).await;
    let places = teacher.texts(".problems .is-error > code");
    assert_eq!(
        places,
        [
            "banks/week-3.md:8:24: questions[0].image.file",
            "images/cat.jpg",
            "images/huge.png",
            "images/page.png",
            "images/pods.svg"
        ],
        "{:?}",
        teacher.texts(".problems li")
    );
    // The question is not told to bring the picture that it has brought.
    let first = &teacher.texts(".problems .is-error")[0];
    assert!(first.contains("原因写在图片所在的位置"), "{first}");
    assert_eq!(teacher.texts(".preview").len(), 1);
    commit(&mut teacher).await;
    assert_eq!(house.count("select count(*) from images").await, 0);
    // Mended and sent with its picture, it is added.
    let rest = teacher.attrs("a[href$=rest]", "href").remove(0);
    let mut file = teacher.clone();
    file.open(&rest).await;
    let mended = file.html.replace("pods.svg", "pods.png");
    assert!(mended.contains("how-many") && !mended.contains("ends"), "{mended}");
    let whole = archive(&[("banks/week-3.md", mended.as_bytes()), ("images/pods.png", &png(4, 3))]);
    send(&mut teacher, "week-3-to-mend.zip", whole).await;
    commit(&mut teacher).await;
    let there = "select count(*) from questions q join banks b on b.id = q.bank
                 where slug = 'week-3' and removed_at is null";
    assert_eq!(house.count(there).await, 2);
}

#[tokio::test]
async fn a_bank_does_not_grow_beyond_what_can_be_sent_again() {
    let house = House::of_questions(&["one"]);
    let mut teacher = person(&house, "lin", "teacher").await;
    // What does not get shorter in an archive.
    let noise = |mut seed: u32| {
        let mut next = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 24) as u8
        };
        png(4, 3).into_iter().chain((0..(2 << 20) - 100).map(|_| next())).collect::<Vec<u8>>()
    };
    let part = |from: u32| {
        let numbers = from..from + 5;
        let question = |n: u32| {
            format!(
                "- {{id: q{n}, ask: Is it so in {n}?, answer: true, image: {{file: {n}.png, alt: Picture {n}}}}}\n"
            )
        };
        let questions: String = numbers.clone().map(question).collect();
        let text = format!("bank: week-3\nlang: en\ntitle: Week 3\nquestions:\n{questions}");
        let images: Vec<(String, Vec<u8>)> = numbers.map(|n| (format!("images/{n}.png"), noise(n))).collect();
        let mut entries = vec![("banks/week-3.yaml", text.as_bytes())];
        entries.extend(images.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())));
        archive(&entries)
    };
    send(&mut teacher, "week-3.zip", part(0)).await;
    commit(&mut teacher).await;
    // Ten megabytes more, added to ten.
    send(&mut teacher, "week-3.zip", part(5)).await;
    let page = teacher.path.clone();
    teacher.open(&format!("{page}?mode=add")).await;
    let told = teacher.text(".problems .is-error");
    assert!(told.contains("20480 KiB") && told.contains("14336 KiB"), "{told}");
    assert!(!teacher.has("form[action$=commit]"));
    // In place of the ten they fit.
    teacher.open(&format!("{page}?mode=whole")).await;
    commit(&mut teacher).await;
    assert_eq!(
        house.count("select count(*) from questions where removed_at is null and ident like 'q%'").await,
        5
    );
}
