//! Banks by the command line: checked, taken in, written again.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Output};

use doujia::store::file_url;
use sqlx::Connection;

const BANK: &str = "bank: week-3\nlang: en\ntitle: Week 3\nquestions:\n- id: first\n  kind: true-false\n  \
                    ask: Does a Job end?\n  answer: true\n";

fn doujia(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_doujia"));
    command.args(arguments).current_dir(folder).env("LANG", "en_US.UTF-8").env_remove("LC_ALL");
    let Output { status, stdout, stderr } = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

#[test]
fn pictures_and_scenarios_go_along_in_an_archive_and_a_text_says_what_it_cannot_take() {
    let folder = tempfile::tempdir().unwrap();
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x04\0\0\0\x03\x08\x06\0\0\0";
    let scenario = include_str!("../content/scenarios/delete-bare-pod.yaml")
        .replace("scenario: delete-bare-pod", "scenario: my-own");
    let bank =
        format!("{BANK}  image:\n    file: job.png\n    alt: A Job and its Pods\n  scenario: my-own\n");
    let mut writer = zip::ZipWriter::new(std::fs::File::create(folder.path().join("week.zip")).unwrap());
    for (name, bytes) in [
        ("banks/week.yaml", bank.as_bytes()),
        ("scenarios/my-own.yaml", scenario.as_bytes()),
        ("images/job.png", png),
    ] {
        writer.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap();
    std::fs::write(folder.path().join("alone.yaml"), &bank).unwrap();
    let (status, said, _) = doujia(folder.path(), &["check", "alone.yaml"]);
    assert!(status == 1 && said.contains("alone.yaml:10:11:") && said.contains("job.png"), "{said}");
    let (status, said, _) = doujia(folder.path(), &["check", "week.zip"]);
    assert_eq!(status, 0, "{said}");
    let (status, said, wrong) = doujia(folder.path(), &["import", "week.zip"]);
    assert_eq!(status, 0, "{said}{wrong}");
    let export = |arguments: &[&str]| doujia(folder.path(), &[&["export", "week-3"], arguments].concat());
    assert_eq!(export(&["--format", "zip", "--output", "out.zip"]).0, 0);
    let file = std::fs::File::open(folder.path().join("out.zip")).unwrap();
    let mut archive = zip::ZipArchive::new(file).unwrap();
    let mut content = |name: &str| {
        let mut bytes = Vec::new();
        archive.by_name(name).unwrap().read_to_end(&mut bytes).unwrap();
        bytes
    };
    assert_eq!(content("images/job.png"), png);
    assert_eq!(content("scenarios/my-own.yaml"), scenario.as_bytes());
    let (status, yaml, lost) = export(&[]);
    assert_eq!((status, lost.lines().count()), (1, 2), "{lost}");
    assert!(
        lost.contains("first: the file of the picture") && lost.contains("first: the bank’s own scenario")
    );
    // The names mean what they meant, and so nothing changes; nor does the archive change anything.
    std::fs::write(folder.path().join("again.yaml"), yaml).unwrap();
    for file in ["again.yaml", "out.zip"] {
        let (status, said, wrong) = doujia(folder.path(), &["import", file]);
        assert_eq!(status, 0, "{wrong}");
        assert!(said.contains("0 new, 0 with other words, 0 with another answer"), "{said}");
    }
}

/// In a folder as it is unpacked from an archive, or side by side.
#[test]
fn pictures_beside_the_file_of_a_bank_are_taken_along() {
    let folder = tempfile::tempdir().unwrap();
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x04\0\0\0\x03\x08\x06\0\0\0";
    let bank = format!("{BANK}  image:\n    file: job.png\n    alt: A Job and its Pods\n");
    let week = folder.path().join("week");
    std::fs::create_dir_all(week.join("images")).unwrap();
    std::fs::write(week.join("bank.yaml"), bank).unwrap();
    let check = || doujia(folder.path(), &["check", "week/bank.yaml"]);
    let (status, said, _) = check();
    assert!(status == 1 && said.contains("job.png"), "there is none: {said}");

    std::fs::write(week.join("images/job.png"), "<svg xmlns='http://www.w3.org/2000/svg'/>").unwrap();
    let (status, said, _) = check();
    assert!(status == 1 && said.contains("images/job.png") && said.contains("SVG"), "{said}");

    std::fs::write(week.join("images/job.png"), png).unwrap();
    let (status, said, _) = check();
    assert_eq!(status, 0, "{said}");
    let (status, said, wrong) = doujia(folder.path(), &["import", "week/bank.yaml"]);
    assert_eq!(status, 0, "{said}{wrong}");
    assert_eq!(doujia(folder.path(), &["export", "week-3", "--format", "zip", "--output", "out.zip"]).0, 0);
    let mut archive =
        zip::ZipArchive::new(std::fs::File::open(folder.path().join("out.zip")).unwrap()).unwrap();
    let mut bytes = Vec::new();
    archive.by_name("images/job.png").unwrap().read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes, png);
}

#[tokio::test]
async fn a_bank_from_before_there_were_versions_is_written_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("week.yaml"), BANK).unwrap();
    assert_eq!(doujia(folder.path(), &["import", "week.yaml"]).0, 0);
    let (_, before, _) = doujia(folder.path(), &["export", "week-3"]);
    // As the first schema left it: the question and its versions, but none of the bank.
    sqlx::any::install_default_drivers();
    let file = folder.path().join("data/doujia.db");
    let mut database = sqlx::AnyConnection::connect(&file_url(&file)).await.unwrap();
    let gone = sqlx::query("delete from bank_versions").execute(&mut database).await.unwrap();
    assert_eq!(gone.rows_affected(), 1);
    database.close().await.unwrap();
    let (status, after, wrong) = doujia(folder.path(), &["export", "week-3"]);
    assert_eq!((status, after), (0, before), "{wrong}");
}

#[test]
fn the_status_tells_whether_files_are_fine_wrong_or_not_there() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("good.yaml"), BANK).unwrap();
    std::fs::write(folder.path().join("bad.yaml"), BANK.replace("true\n", "perhaps\n")).unwrap();
    assert_eq!(doujia(folder.path(), &["check", "good.yaml"]).0, 0);
    let (status, said, _) = doujia(folder.path(), &["check", "bad.yaml", "good.yaml"]);
    assert_eq!(status, 1);
    assert!(said.starts_with("bad.yaml:8:"), "{said}");
    let (status, _, said) = doujia(folder.path(), &["check", "none.yaml"]);
    assert!(status == 2 && said.contains("none.yaml"), "{status} {said}");
}

#[test]
fn a_bank_is_taken_in_once_and_comes_out_as_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("week.yaml"), BANK).unwrap();
    let (status, said, wrong) = doujia(folder.path(), &["import", "week.yaml", "--dry-run"]);
    assert_eq!((status, said.contains("1 new")), (0, true), "{said}{wrong}");
    assert_eq!(doujia(folder.path(), &["export", "week-3"]).0, 1, "a dry run changes nothing");
    assert_eq!(doujia(folder.path(), &["import", "week.yaml", "--audience", "public"]).0, 0);
    let (_, said, _) = doujia(folder.path(), &["import", "week.yaml"]);
    assert!(said.contains("0 new, 0 with other words"), "{said}");
    let (status, first, wrong) = doujia(folder.path(), &["export", "week-3"]);
    assert_eq!(status, 0, "{wrong}");
    std::fs::write(folder.path().join("again.yaml"), &first).unwrap();
    assert_eq!(doujia(folder.path(), &["import", "again.yaml"]).0, 0);
    assert_eq!(doujia(folder.path(), &["export", "week-3"]).1, first);
    let (status, markdown, wrong) = doujia(folder.path(), &["export", "week-3", "--format", "markdown"]);
    assert!(status == 0 && markdown.contains("Does a Job end?"), "{wrong}");
}

#[test]
fn questions_are_added_or_the_file_is_the_whole_bank() {
    let folder = tempfile::tempdir().unwrap();
    let more = BANK.replace("id: first", "id: second").replace("a Job", "a Pod");
    std::fs::write(folder.path().join("week-3.yaml"), BANK).unwrap();
    std::fs::write(folder.path().join("more.yaml"), more).unwrap();
    let ids = || {
        let (status, yaml, _) = doujia(folder.path(), &["export", "week-3"]);
        assert_eq!(status, 0);
        yaml.lines()
            .filter_map(|line| line.trim().strip_prefix("- id: ").map(str::to_owned))
            .collect::<Vec<_>>()
    };
    assert_eq!(doujia(folder.path(), &["import", "week-3.yaml"]).0, 0);
    let (status, said, wrong) = doujia(folder.path(), &["import", "--add", "more.yaml"]);
    assert!(status == 0 && said.contains('1'), "{said}{wrong}");
    assert_eq!(ids(), ["first", "second"]);
    assert_eq!(doujia(folder.path(), &["import", "more.yaml"]).0, 0);
    assert_eq!(ids(), ["second"]);
}
